//! Evidence from phones that had no signal. Evidence is never refused: [`admit`] has no error type.

use chrono::TimeDelta;

use crate::{
    discrepancy::differences,
    event::{Event, Receiver, Recorded, Scan, Stamp},
    ids::{HandOverId, PersonId},
    place::Home,
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
}

/// One observation of one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// What was done.
    pub observed: Observed,
    /// The label as it was scanned.
    pub scan: Scan,
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
    events.extend(differences(&after, profile.allowed_clock_skew));
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
            Observed::PutAway { home } => Event::PutAway { by, home: *home, scan },
            Observed::TakenOut => Event::TakenOut { by, from: None, scan },
            Observed::Seen { home } => Event::Seen { by, home: *home, scan },
        }
    }
}
