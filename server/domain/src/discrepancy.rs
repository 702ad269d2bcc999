//! Where register and world disagree (食い違い).
//!
//! Findings are a pure function of an item's timeline. When evidence arrives that explains one, the next
//! look no longer finds it, and it settles itself.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::{
    event::{Event, Receiver, Recorded},
    ids::{EventId, PersonId},
    item::Custody,
    label::LabelId,
    place::Home,
    text::{Lang, TextRef},
    timeline::in_order,
};

/// What kind of contradiction it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// Taken over without an offer from whoever had it.
    AcceptedWithoutOffer,
    /// Offered by somebody who did not have it.
    OfferedByNonHolder,
    /// Put away by somebody who did not have it.
    PutAwayByNonHolder,
    /// Taken out of its home while somebody else had it.
    TakenOutWhileHeld,
    /// Seen somewhere other than its home.
    SeenElsewhere,
    /// Its void label was scanned after it had been replaced.
    VoidLabelScanned,
    /// The device's clock ran ahead of the server's by more than the allowed skew.
    ClockAhead,
}

impl FindingKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::AcceptedWithoutOffer,
        Self::OfferedByNonHolder,
        Self::PutAwayByNonHolder,
        Self::TakenOutWhileHeld,
        Self::SeenElsewhere,
        Self::VoidLabelScanned,
        Self::ClockAhead,
    ];

    /// The stable word used in the database and on the wire.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::AcceptedWithoutOffer => "accepted-without-offer",
            Self::OfferedByNonHolder => "offered-by-non-holder",
            Self::PutAwayByNonHolder => "put-away-by-non-holder",
            Self::TakenOutWhileHeld => "taken-out-while-held",
            Self::SeenElsewhere => "seen-elsewhere",
            Self::VoidLabelScanned => "void-label-scanned",
            Self::ClockAhead => "clock-ahead",
        }
    }

    /// The kind that `code` names.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// What a person reads.
    #[must_use]
    pub fn sentence(self, lang: Lang) -> &'static str {
        match self {
            Self::AcceptedWithoutOffer => lang.pick(
                "引渡しの申し出がないまま受け取られています。",
                "It was taken over although whoever had it had not offered it.",
            ),
            Self::OfferedByNonHolder => lang.pick(
                "保持していない人が引渡しを申し出ています。",
                "It was offered by somebody who did not have it.",
            ),
            Self::PutAwayByNonHolder => lang.pick(
                "保持していない人が保管しています。",
                "It was put away by somebody who did not have it.",
            ),
            Self::TakenOutWhileHeld => lang.pick(
                "ほかの人が保持している間に取り出されています。",
                "It was taken out while somebody else had it.",
            ),
            Self::SeenElsewhere => lang.pick(
                "登録された保管場所と違う場所で見つかっています。",
                "It was seen somewhere other than its home.",
            ),
            Self::VoidLabelScanned => lang.pick(
                "無効になったラベルが読み取られています。",
                "Its void label was scanned after it had been replaced.",
            ),
            Self::ClockAhead => {
                lang.pick("端末の時計が進んでいます。", "The device's clock ran ahead of the server's.")
            }
        }
    }
}

/// One contradiction, named by the event that brought it to light.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// What is wrong.
    pub kind: FindingKind,
    /// With which event.
    pub event: EventId,
}

/// What settled a discrepancy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Settlement {
    /// Evidence arrived that explains it.
    Evidence,
    /// A person explained it.
    Person {
        /// Who.
        by: PersonId,
        /// How.
        reason: TextRef,
    },
}

/// Everything that is contradictory in a timeline, whoever may have settled it meanwhile.
///
/// `allowed_skew` is how far a device's clock may run ahead before that is a finding.
#[must_use]
pub fn findings(events: &[Recorded], allowed_skew: TimeDelta) -> BTreeSet<Finding> {
    let mut found = BTreeSet::new();
    let mut custody: Option<Custody> = None;
    let mut offer: Option<(PersonId, Receiver)> = None;
    let mut label: Option<&LabelId> = None;
    for Recorded { stamp, event } in in_order(events) {
        let mut report = |kind| {
            found.insert(Finding { kind, event: stamp.event });
        };
        if stamp.occurred_at > stamp.recorded_at + allowed_skew {
            report(FindingKind::ClockAhead);
        }
        if let (Some(scan), Some(label)) = (event.scan(), label)
            && scan.label != *label
        {
            report(FindingKind::VoidLabelScanned);
        }
        let holder = custody.as_ref().and_then(Custody::holder);
        match event {
            Event::Registered { label: bound, holder, .. } => {
                label = Some(bound);
                custody = Some(Custody::Held { by: *holder });
            }
            Event::HandOverOffered { from, to, .. } => {
                if holder != Some(*from) {
                    report(FindingKind::OfferedByNonHolder);
                }
                offer = Some((*from, *to));
            }
            Event::HandOverAccepted { to, .. } => {
                let answers_offer = offer.is_some_and(|(from, receiver)| {
                    holder == Some(from)
                        && match receiver {
                            Receiver::Person(person) => person == *to,
                            Receiver::AnyHandler => from != *to,
                        }
                });
                if !answers_offer {
                    report(FindingKind::AcceptedWithoutOffer);
                }
                custody = Some(Custody::Held { by: *to });
                offer = None;
            }
            Event::HandOverRefused { .. }
            | Event::HandOverWithdrawn { .. }
            | Event::HandOverLapsed { .. } => {
                offer = None;
            }
            Event::PutAway { by, home, .. } => {
                if holder != Some(*by) {
                    report(FindingKind::PutAwayByNonHolder);
                }
                custody = Some(Custody::Stored { home: *home, by: *by });
                offer = None;
            }
            Event::TakenOut { by, .. } => {
                if holder.is_some_and(|holder| holder != *by) {
                    report(FindingKind::TakenOutWhileHeld);
                }
                custody = Some(Custody::Held { by: *by });
                offer = None;
            }
            Event::Seen { home: Some(seen), .. } => {
                let elsewhere =
                    matches!(&custody, Some(Custody::Stored { home, .. }) if differs(*home, *seen));
                if elsewhere {
                    report(FindingKind::SeenElsewhere);
                }
            }
            Event::LabelReplaced { new, .. } => label = Some(new),
            Event::Seen { home: None, .. }
            | Event::ContentsRecorded { .. }
            | Event::DiscrepancyRaised { .. }
            | Event::DiscrepancySettled { .. } => {}
        }
    }
    found
}

/// Whether being seen in `seen` contradicts resting in `home`. A container moves about, so an item that
/// rests in one contradicts nothing when it is seen in a place.
fn differs(home: Home, seen: Home) -> bool {
    match (home, seen) {
        (Home::Place(home), Home::Place(seen)) => home != seen,
        (Home::Container(home), Home::Container(seen)) => home != seen,
        (Home::Place(_), Home::Container(_)) => true,
        (Home::Container(_), Home::Place(_)) => false,
    }
}

/// The events that bring the recorded discrepancies in line with the timeline: raised where something new
/// is found, settled where evidence explained what was open. What a person settled stays settled.
#[must_use]
pub fn differences(events: &[Recorded], allowed_skew: TimeDelta) -> Vec<Event> {
    let mut open = BTreeSet::new();
    let mut explained = BTreeSet::new();
    for recorded in events {
        match &recorded.event {
            Event::DiscrepancyRaised { finding } => {
                open.insert(*finding);
            }
            Event::DiscrepancySettled { finding, by } => {
                open.remove(finding);
                if matches!(by, Settlement::Person { .. }) {
                    explained.insert(*finding);
                }
            }
            _ => {}
        }
    }
    let found = findings(events, allowed_skew);
    let settled = open
        .difference(&found)
        .map(|finding| Event::DiscrepancySettled { finding: *finding, by: Settlement::Evidence });
    let raised = found
        .iter()
        .filter(|finding| !open.contains(finding) && !explained.contains(finding))
        .map(|finding| Event::DiscrepancyRaised { finding: *finding });
    raised.chain(settled).collect()
}
