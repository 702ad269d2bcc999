//! Evidence from phones that had no signal. Evidence is never refused: [`admit`] has no error type.

use chrono::TimeDelta;

use crate::{
    discrepancy::{Watch, differences},
    disposal::{Destruction, Erasure, Photograph, Presence},
    event::{Event, Receiver, Recorded, Scan, Stamp},
    ids::{CarryOutId, HandOverId, PersonId},
    place::{Home, Zone},
    profile::Profile,
    text::TextRef,
    timeline::OrderKey,
};

/// What a phone saw its owner do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Observed {
    /// Offered the item.
    Offered {
        /// To whom.
        to: Receiver,
    },
    /// Took it over.
    Accepted {
        /// The offer, where the phone knew of it.
        hand_over: Option<HandOverId>,
        /// From whom, where the owner said so.
        from: Option<PersonId>,
    },
    /// Declined it.
    Refused {
        /// The offer, where the phone knew of it.
        hand_over: Option<HandOverId>,
        /// Why.
        note: Option<TextRef>,
    },
    /// Put it away.
    PutAway {
        /// Where.
        home: Home,
    },
    /// Took it out.
    TakenOut,
    /// Scanned it and did nothing else.
    Seen {
        /// Where, where the owner said so.
        home: Option<Home>,
    },
    /// Left with it on a carry-out.
    Departed {
        /// The carry-out, where the phone knew of it.
        carry_out: Option<CarryOutId>,
    },
    /// Came back with it.
    Returned {
        /// The carry-out, where the phone knew of it.
        carry_out: Option<CarryOutId>,
    },
    /// Erased it.
    Sanitized {
        /// How.
        erasure: Erasure,
    },
    /// Destroyed it.
    Destroyed {
        /// How.
        destruction: Destruction,
    },
    /// Stood by when it was destroyed.
    Witnessed {
        /// How.
        presence: Presence,
        /// Photographs.
        photographs: Vec<Photograph>,
    },
    /// Found a fault.
    FaultReported {
        /// What is wrong.
        note: Option<TextRef>,
    },
    /// Looked whether it has a fault.
    FaultChecked {
        /// Whether it has one.
        faulty: bool,
        /// A word with it.
        note: Option<TextRef>,
    },
    /// Missed it. The scan is of its label on a list, or typed.
    LostReported {
        /// What is known.
        note: Option<TextRef>,
    },
    /// Found it again.
    Found,
}

/// One observation of one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// What was done.
    pub observed: Observed,
    /// The label as it was scanned.
    pub scan: Scan,
    /// The area around the place that was named.
    pub zone: Option<Zone>,
    /// When, by whom, by which device.
    pub stamp: Stamp,
}

/// Takes an observation in: its own event first, then whatever it does to the discrepancies.
///
/// `timeline` is every event of the item so far, in the order of the ledger.
#[must_use]
pub fn admit(timeline: &[Recorded], observation: &Observation, profile: &Profile) -> Vec<Event> {
    let event = observation.event(profile.hand_over_expires);
    let mut after = timeline.to_vec();
    after.push(Recorded { stamp: observation.stamp, event: event.clone() });
    let mut events = vec![event];
    events.extend(differences(&after, &Watch::from(profile)));
    events
}

impl Observation {
    fn event(&self, offer_lasts: TimeDelta) -> Event {
        let by = self.stamp.actor;
        let scan = self.scan.clone();
        match &self.observed {
            Observed::Offered { to } => Event::HandOverOffered {
                hand_over: self.stamp.event.into(),
                from: by,
                to: *to,
                expires_at: OrderKey::from(&self.stamp).at + offer_lasts,
                note: None,
                scan: Some(scan),
            },
            Observed::Accepted { hand_over, from } => {
                Event::HandOverAccepted { hand_over: *hand_over, from: *from, to: by, scan }
            }
            Observed::Refused { hand_over, note } => {
                Event::HandOverRefused { hand_over: *hand_over, by, note: *note, scan: Some(scan) }
            }
            Observed::PutAway { home } => Event::PutAway { by, home: *home, scan, zone: self.zone },
            Observed::TakenOut => Event::TakenOut { by, from: None, scan, purpose: None },
            Observed::Seen { home } => Event::Seen { by, home: *home, scan, zone: self.zone },
            Observed::Departed { carry_out } => {
                Event::Departed { carry_out: *carry_out, by, container: None }
            }
            Observed::Returned { carry_out } => Event::Returned { carry_out: *carry_out, by, scan },
            Observed::Sanitized { erasure } => Event::Sanitized { by, erasure: erasure.clone(), scan },
            Observed::Destroyed { destruction } => {
                Event::Destroyed { request: None, by, destruction: destruction.clone(), scan }
            }
            Observed::Witnessed { presence, photographs } => {
                Event::Witnessed { by, presence: *presence, photographs: photographs.clone(), scan }
            }
            Observed::FaultReported { note } => Event::FaultReported { by, note: *note, scan: Some(scan) },
            Observed::FaultChecked { faulty, note } => {
                Event::FaultChecked { by, faulty: *faulty, note: *note, scan }
            }
            Observed::LostReported { note } => Event::LostReported { by, incident: None, note: *note },
            Observed::Found => Event::Found { by, scan },
        }
    }
}
