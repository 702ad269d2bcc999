//! Evidence from phones that had no signal. Evidence is never refused: [`admit`] has no error type.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    custody::{Case, destroy},
    discrepancy::{FindingKind, Watch, differences},
    disposal::{Destruction, Erasure, Photograph, Presence},
    event::{Event, Receiver, Recorded, Scan, Stamp},
    ids::{CarryOutId, HandOverId, PersonId},
    item::Item,
    person::Person,
    place::{Home, Zone},
    profile::Profile,
    text::{Lang, Names, TextRef},
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

/// Whose authority had ended, or how, when an observation came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// The phone had been taken off its person's list.
    PhoneRevoked,
    /// The person had been suspended or had left.
    Suspended,
}

/// What somebody would have needed to do this at the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Authority {
    /// To be designated, or an exception for this item (西伊豆町 第6条第2項ただし書).
    Designation,
    /// A role that the regulation lets witness a destruction.
    WitnessRole,
    /// A second factor, shown a moment before: without it a phone that somebody found would be its person's eyes.
    SecondFactor,
}

/// What an erasure or destruction would have needed at the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// A way that the regulation allows for such a thing, with its tool where it needs one.
    Method,
    /// The order or permission.
    Order,
    /// Erasure before destruction.
    Erasure,
    /// A photograph that shows what it must.
    Photograph,
    /// The contractor's certificate.
    Certificate,
}

/// What is to be known of an observation before one believes it.
///
/// An observation is taken in whoever sends it, as evidence is never refused; what speaks against it is kept
/// beside it for good, and a person settles it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EvidenceMark {
    /// It came in when the authority behind it had ended.
    LateAuthority {
        /// Which.
        ended: Ended,
    },
    /// It came in from somebody who could not have done it at the server.
    WithoutAuthority {
        /// What was missing.
        lacking: Authority,
    },
    /// It came in without what it would have needed at the server.
    WithoutProof {
        /// What was missing.
        lacking: Proof,
    },
    /// Whoever sent it says that somebody else saw it. It stays the word of whoever sent it.
    ReportedFor {
        /// Who is said to have seen it.
        person: PersonId,
    },
    /// A machine's reader told of it, and no person. It bears the id of whoever answers for the machine.
    ByMachine,
}

impl EvidenceMark {
    /// What there is for a person to settle.
    #[must_use]
    pub fn finding(self) -> FindingKind {
        match self {
            Self::LateAuthority { .. } => FindingKind::LateAuthority,
            Self::WithoutAuthority { .. } => FindingKind::WithoutAuthority,
            Self::WithoutProof { .. } => FindingKind::WithoutProof,
            Self::ReportedFor { .. } => FindingKind::ReportedByAnother,
            Self::ByMachine => FindingKind::ToldByMachine,
        }
    }

    /// What a person reads.
    #[must_use]
    pub fn sentence(self, lang: Lang, names: &dyn Names) -> String {
        let text = match self {
            Self::LateAuthority { ended: Ended::PhoneRevoked } => lang.pick(
                "端末の登録が解除された後に届きました。",
                "It came in after the phone had been revoked.",
            ),
            Self::LateAuthority { ended: Ended::Suspended } => lang
                .pick("利用が停止された後に届きました。", "It came in after the person had been suspended."),
            Self::WithoutAuthority { lacking: Authority::Designation } => lang.pick(
                "担当者の指定がない人から届きました。",
                "It came in from somebody who is not designated for this.",
            ),
            Self::WithoutAuthority { lacking: Authority::WitnessRole } => lang.pick(
                "立会いを認められた役割のない人から届きました。",
                "It came in from somebody without a role that may witness.",
            ),
            Self::WithoutAuthority { lacking: Authority::SecondFactor } => lang.pick(
                "立会いを伝えた人の2要素による本人確認がありません。",
                "Whoever told of having witnessed it had shown no second factor.",
            ),
            Self::WithoutProof { lacking } => lacking.sentence(lang),
            Self::ReportedFor { person } => {
                let person = names.person(person);
                return lang.pick(
                    format!("{person}さんが見たものとして、ほかの人から届きました。"),
                    format!("It came in from somebody who says that {person} saw it."),
                );
            }
            Self::ByMachine => lang.pick("機器から届きました。", "It came in from a machine."),
        };
        text.to_owned()
    }
}

impl Proof {
    fn sentence(self, lang: Lang) -> &'static str {
        match self {
            Self::Method => lang.pick(
                "規程で認められた方法と製品が記録されていません。",
                "It names no way, with its tool, that the regulation allows.",
            ),
            Self::Order => lang.pick(
                "廃棄の指示又は許可がないまま届きました。",
                "It came in without an order or permission in force.",
            ),
            Self::Erasure => {
                lang.pick("廃棄の前の消去が記録されていません。", "No erasure went before the destruction.")
            }
            Self::Photograph => lang.pick(
                "必要な写真がないまま届きました。",
                "It came in without the photograph that is needed.",
            ),
            Self::Certificate => lang.pick(
                "委託先の証明書がないまま届きました。",
                "It came in without the contractor's certificate.",
            ),
        }
    }
}

/// Through whom an observation came in, as the server found them at that moment.
#[derive(Debug, Clone, Copy)]
pub struct Delivery<'a> {
    /// Whose sign-in, phone or token sent it: who was proven. It becomes this person's word and nobody else's.
    pub sender: &'a Person,
    /// Whose observation the sender says it is, where he says so.
    pub claimed: Option<PersonId>,
    /// Whether the sender had shown a second factor a moment before.
    pub proven: bool,
    /// Whether the phone that sent it was revoked before.
    pub phone_revoked: bool,
    /// Whether a machine's token sent it, for which the sender answers.
    pub by_machine: bool,
    /// The item as the register has it.
    pub item: &'a Item,
    /// The regulation of the day on which it came in.
    pub profile: &'a Profile,
    /// When it came in.
    pub at: DateTime<Utc>,
}

impl Delivery<'_> {
    /// What is to be known of an observation that came in this way. Nothing in the usual case: sent by whoever
    /// made it, who could have done the same at the server.
    #[must_use]
    pub fn marks(&self, observed: &Observed) -> Vec<EvidenceMark> {
        let mut marks = Vec::new();
        if self.phone_revoked {
            marks.push(EvidenceMark::LateAuthority { ended: Ended::PhoneRevoked });
        } else if !self.sender.active {
            marks.push(EvidenceMark::LateAuthority { ended: Ended::Suspended });
        }
        let Self { sender, item, profile, at, .. } = *self;
        // Whether he may act at all was asked above. What is missing besides is told all the same.
        let sender = Person { active: true, ..sender.clone() };
        let case = Case { item, actor: &sender, profile, now: at };
        let lacking = match observed {
            Observed::Witnessed { .. } => {
                destroy::may_witness(&case).is_err().then_some(Authority::WitnessRole)
            }
            // Anybody may see a label, and a loss is told by whoever learns of it.
            Observed::Seen { .. } | Observed::LostReported { .. } => None,
            _ => case.must_be_handler().is_err().then_some(Authority::Designation),
        };
        marks.extend(lacking.map(|lacking| EvidenceMark::WithoutAuthority { lacking }));
        if matches!(observed, Observed::Witnessed { .. }) && !self.proven {
            marks.push(EvidenceMark::WithoutAuthority { lacking: Authority::SecondFactor });
        }
        let proof = match observed {
            Observed::Sanitized { erasure } => destroy::erasure_lacks(&case, erasure),
            Observed::Destroyed { destruction } => destroy::destruction_lacks(&case, destruction),
            Observed::Witnessed { photographs, .. } => destroy::witness_lacks(&case, photographs),
            _ => None,
        };
        marks.extend(proof.map(|lacking| EvidenceMark::WithoutProof { lacking }));
        let claimed = self.claimed.filter(|person| *person != sender.id);
        marks.extend(claimed.map(|person| EvidenceMark::ReportedFor { person }));
        marks.extend(self.by_machine.then_some(EvidenceMark::ByMachine));
        marks
    }
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
    /// What is to be known of it, from [`Delivery::marks`].
    pub marks: Vec<EvidenceMark>,
}

/// Takes an observation in: its own event first, then whatever it does to the discrepancies.
///
/// `timeline` is every event of the item so far, in the order of the ledger.
#[must_use]
pub fn admit(timeline: &[Recorded], observation: &Observation, profile: &Profile) -> Vec<Event> {
    let mut events = vec![observation.event(profile.hand_over_expires)];
    let marks = observation.marks.iter();
    events.extend(marks.map(|mark| Event::EvidenceMarked { evidence: observation.stamp.event, mark: *mark }));
    let mut after = timeline.to_vec();
    for (index, event) in events.iter().enumerate() {
        let stamp = match index {
            0 => observation.stamp,
            // As the ledger stamps what follows from an observation: it happens on receipt.
            _ => Stamp {
                event: observation.stamp.event.nth_of_act(index),
                occurred_at: observation.stamp.recorded_at,
                observed_by: None,
                ..observation.stamp
            },
        };
        after.push(Recorded { stamp, event: event.clone() });
    }
    events.extend(differences(&after, &Watch::from(profile)));
    events
}

impl Observation {
    /// Whether the same device saw the same label in the same place within this minute already, so that a reader
    /// before which an item lies does not fill the ledger.
    #[must_use]
    pub fn repeats(&self, timeline: &[Recorded]) -> bool {
        let Observed::Seen { home: here } = &self.observed else { return false };
        let (Some((device, _)), minute) = (self.stamp.observed_by, TimeDelta::minutes(1)) else {
            return false;
        };
        timeline.iter().any(|known| {
            let Event::Seen { by, home, scan, .. } = &known.event else { return false };
            let same_device = known.stamp.observed_by.is_some_and(|(known, _)| known == device);
            let apart = (known.stamp.occurred_at - self.stamp.occurred_at).abs();
            same_device
                && *by == self.stamp.actor
                && (home, &scan.label) == (here, &self.scan.label)
                && apart < minute
        })
    }

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
