//! Where register and world disagree (食い違い).
//!
//! Findings are a pure function of an item's timeline. When evidence arrives that explains one, the next
//! look no longer finds it, and it settles itself.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    event::{Event, Recorded},
    ids::{EventId, ItemId, PersonId},
    item::{Custody, Item, evolve_at},
    label::LabelId,
    place::Home,
    text::{Lang, TextRef},
    timeline::{in_order, to_millis},
};

/// What kind of contradiction it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// Taken over without an offer in force from whoever had it.
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
                "有効な引渡しの申し出がないまま受け取られています。",
                "It was taken over without an offer in force from whoever had it.",
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
/// The timeline is folded as the register folds it, only in the order in which things happened, and each
/// event is held against what stood before it. `events` come in the order of the ledger; `allowed_skew` is
/// how far a device's clock may run ahead before that is a finding.
#[must_use]
pub fn findings(events: &[Recorded], allowed_skew: TimeDelta) -> BTreeSet<Finding> {
    let mut found = BTreeSet::new();
    let mut before: Option<Item> = None;
    let mut void: BTreeSet<&LabelId> = BTreeSet::new();
    for (key, recorded) in in_order(events) {
        let Recorded { stamp, event } = recorded;
        let mut report = |kind| {
            found.insert(Finding { kind, event: stamp.event });
        };
        if to_millis(stamp.occurred_at) - to_millis(stamp.recorded_at) > allowed_skew {
            report(FindingKind::ClockAhead);
        }
        // A label that is bound only later is not void: then the device's clock was slow.
        if event.scan().is_some_and(|scan| void.contains(&scan.label)) {
            report(FindingKind::VoidLabelScanned);
        }
        let custody = before.as_ref().map(|item| item.custody.value);
        let holder = custody.as_ref().and_then(Custody::holder);
        match event {
            Event::HandOverOffered { from, .. } if holder != Some(*from) => {
                report(FindingKind::OfferedByNonHolder);
            }
            Event::HandOverAccepted { to, .. } => {
                // As at the server: an offer to somebody else, or whose time had run out, is none.
                let offer = before.as_ref().and_then(|item| item.pending_offer(key.at));
                if !offer.is_some_and(|offer| offer.is_for(*to)) {
                    report(FindingKind::AcceptedWithoutOffer);
                }
            }
            Event::PutAway { by, .. } if holder != Some(*by) => report(FindingKind::PutAwayByNonHolder),
            Event::TakenOut { by, .. } if holder.is_some_and(|holder| holder != *by) => {
                report(FindingKind::TakenOutWhileHeld);
            }
            Event::Seen { home: Some(seen), .. } => {
                if matches!(custody, Some(Custody::Stored { home, .. }) if differs(home, *seen)) {
                    report(FindingKind::SeenElsewhere);
                }
            }
            Event::LabelReplaced { old, new, .. } => {
                void.insert(old);
                void.remove(new);
            }
            _ => {}
        }
        // Only the fold is wanted; which item it is makes no difference to it.
        before = evolve_at(ItemId(Uuid::nil()), before, recorded, key);
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
