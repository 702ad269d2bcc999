//! Where register and world disagree (食い違い).
//!
//! Findings are a pure function of an item's timeline. When evidence arrives that explains one, the next
//! look no longer finds it, and it settles itself.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    approval::Wanted,
    disposal::Performed,
    event::{Event, Recorded},
    ids::{EventId, ItemId, PersonId},
    item::{Custody, Item, evolve_at},
    japan_date::jst_date,
    label::LabelId,
    observation::EvidenceMark,
    place::Home,
    profile::{Area, Condition, Gated, Profile},
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
    /// Scanned outside the area in which it belongs, with no carry-out.
    OutsideZone,
    /// It left on no carry-out that the register knows.
    DepartedWithoutCarryOut,
    /// It came back though the register did not have it out.
    ReturnedWhileNotOut,
    /// Lock or seal did not bear the number that it was locked with.
    SealMismatch,
    /// It was not in the container when that was unpacked.
    MissingAtUnpacking,
    /// Scanned after it was destroyed or handed over for good.
    GoneItemScanned,
    /// Destroyed without order or permission.
    DestroyedWithoutOrder,
    /// Operator and witness of its destruction are the same person.
    WitnessedByOperator,
    /// Taken, given or put away by somebody while it was on a carry-out.
    HandledWhileOut,
    /// Sent in after the authority of whoever observed it, or of his phone, had ended.
    LateAuthority,
    /// Sent in by somebody other than the person whose observation it is said to be.
    ReportedByAnother,
    /// Sent in by somebody who could not have done it at the server.
    WithoutAuthority,
    /// Sent in without what it would have needed at the server.
    WithoutProof,
    /// Told by a machine and no person.
    ToldByMachine,
    /// Erased or destroyed by somebody who did not have it.
    EndedByNonHolder,
    /// Witnessed later than the regulation allows.
    WitnessedLate,
}

impl FindingKind {
    /// Every kind.
    pub const ALL: [Self; 23] = [
        Self::AcceptedWithoutOffer,
        Self::OfferedByNonHolder,
        Self::PutAwayByNonHolder,
        Self::TakenOutWhileHeld,
        Self::SeenElsewhere,
        Self::VoidLabelScanned,
        Self::ClockAhead,
        Self::OutsideZone,
        Self::DepartedWithoutCarryOut,
        Self::ReturnedWhileNotOut,
        Self::SealMismatch,
        Self::MissingAtUnpacking,
        Self::GoneItemScanned,
        Self::DestroyedWithoutOrder,
        Self::WitnessedByOperator,
        Self::HandledWhileOut,
        Self::LateAuthority,
        Self::ReportedByAnother,
        Self::WithoutAuthority,
        Self::WithoutProof,
        Self::ToldByMachine,
        Self::EndedByNonHolder,
        Self::WitnessedLate,
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
            Self::OutsideZone => "outside-zone",
            Self::DepartedWithoutCarryOut => "departed-without-carry-out",
            Self::ReturnedWhileNotOut => "returned-while-not-out",
            Self::SealMismatch => "seal-mismatch",
            Self::MissingAtUnpacking => "missing-at-unpacking",
            Self::GoneItemScanned => "gone-item-scanned",
            Self::DestroyedWithoutOrder => "destroyed-without-order",
            Self::WitnessedByOperator => "witnessed-by-operator",
            Self::HandledWhileOut => "handled-while-out",
            Self::LateAuthority => "late-authority",
            Self::ReportedByAnother => "reported-by-another",
            Self::WithoutAuthority => "without-authority",
            Self::WithoutProof => "without-proof",
            Self::ToldByMachine => "told-by-machine",
            Self::EndedByNonHolder => "ended-by-non-holder",
            Self::WitnessedLate => "witnessed-late",
        }
    }

    /// The kind that `code` names.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// Whether evidence that is still on its way can explain it, so that nobody need be troubled before the
    /// time for that has passed.
    #[must_use]
    pub fn may_settle_itself(self) -> bool {
        !matches!(
            self,
            Self::VoidLabelScanned
                | Self::ClockAhead
                | Self::SealMismatch
                | Self::GoneItemScanned
                | Self::DestroyedWithoutOrder
                | Self::WitnessedByOperator
                | Self::LateAuthority
                | Self::ReportedByAnother
                | Self::WithoutAuthority
                | Self::WithoutProof
                | Self::ToldByMachine
        )
    }

    /// Whether an erasure, a destruction or a witness that this speaks against counts for nothing until a person
    /// has settled it.
    #[must_use]
    pub fn casts_doubt(self) -> bool {
        matches!(
            self,
            Self::DestroyedWithoutOrder
                | Self::LateAuthority
                | Self::ReportedByAnother
                | Self::WithoutAuthority
                | Self::WithoutProof
                | Self::ToldByMachine
                | Self::EndedByNonHolder
                | Self::WitnessedLate
        )
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
            Self::OutsideZone => lang.pick(
                "持出しの手続がないまま、決められた区域の外で読み取られています。",
                "It was scanned outside the area in which it belongs, with no carry-out.",
            ),
            Self::DepartedWithoutCarryOut => lang.pick(
                "承認された持出しがないまま持ち出されています。",
                "It left on no carry-out that the register knows.",
            ),
            Self::ReturnedWhileNotOut => lang.pick(
                "持ち出されていないはずの媒体が返却されています。",
                "It came back though the register did not have it out.",
            ),
            Self::SealMismatch => lang.pick(
                "容器の錠又は封印の番号が出発時と違います。",
                "Lock or seal did not bear the number that it was locked with.",
            ),
            Self::MissingAtUnpacking => lang.pick(
                "容器を開けたとき、中にありませんでした。",
                "It was not in the container when that was unpacked.",
            ),
            Self::GoneItemScanned => lang.pick(
                "廃棄又は引渡し済みのはずの媒体のラベルが読み取られています。",
                "Its label was scanned after it was destroyed or handed over for good.",
            ),
            Self::DestroyedWithoutOrder => lang.pick(
                "廃棄の指示又は許可がないまま廃棄されています。",
                "It was destroyed without order or permission.",
            ),
            Self::WitnessedByOperator => lang.pick(
                "廃棄の作業者と立会者が同じ人です。",
                "Operator and witness of its destruction are the same person.",
            ),
            Self::HandledWhileOut => lang.pick(
                "持出し中のはずの媒体が扱われています。",
                "It was handled while the register had it out on a carry-out.",
            ),
            Self::LateAuthority => lang.pick(
                "権限が終わった後に届いた記録です。",
                "It was sent in after the authority to handle it had ended.",
            ),
            Self::ReportedByAnother => lang.pick(
                "ほかの人のサインインを通して届いた記録です。",
                "It was sent in through the sign-in of somebody else.",
            ),
            Self::WithoutAuthority => lang
                .pick("権限のない人から届いた記録です。", "It was sent in by somebody who may not do this."),
            Self::WithoutProof => lang.pick(
                "規程が求める証拠がないまま届いた記録です。",
                "It was sent in without a proof that the regulation asks for.",
            ),
            Self::ToldByMachine => {
                lang.pick("機器だけが記録した出入りです。", "Only a machine told of its coming or going.")
            }
            Self::EndedByNonHolder => lang.pick(
                "保持していない人が消去又は廃棄しています。",
                "It was erased or destroyed by somebody who did not have it.",
            ),
            Self::WitnessedLate => lang.pick(
                "立会いが規程の時間内に記録されていません。",
                "It was witnessed later than the regulation allows.",
            ),
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

/// How a person settled a discrepancy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// What was observed is true, and counts.
    #[default]
    Upheld,
    /// What was observed is untrue. It stays in the timeline as evidence, and counts for nothing.
    Dismissed,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 2] = [Self::Upheld, Self::Dismissed];

    /// The stable word used on the wire.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Upheld => "upheld",
            Self::Dismissed => "dismissed",
        }
    }

    /// The outcome that `code` names.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.code() == code)
    }

    fn is_upheld(&self) -> bool {
        *self == Self::Upheld
    }
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
        /// Whether what was observed counts from now on.
        #[serde(default, skip_serializing_if = "Outcome::is_upheld")]
        outcome: Outcome,
    },
}

/// What a timeline is watched for that depends on the regulation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watch {
    /// How far a device's clock may run ahead before that is a finding.
    pub allowed_skew: TimeDelta,
    /// The area whose edge nothing crosses without a carry-out.
    pub leaves: Area,
    /// What is destroyed only on order or permission: whatever one of these applies to.
    pub ordered: Vec<Condition>,
    /// How long after a destruction on site its witness may tell of it.
    pub witness_within: TimeDelta,
}

impl From<&Profile> for Watch {
    fn from(profile: &Profile) -> Self {
        Self {
            allowed_skew: profile.allowed_clock_skew,
            leaves: profile.carry_out.leaves,
            ordered: profile
                .gates
                .iter()
                .filter(|gate| gate.gated == Gated::Dispose)
                .map(|gate| gate.when.clone())
                .collect(),
            witness_within: profile.disposal.witness_within,
        }
    }
}

impl Watch {
    fn asks_for_order(&self, item: Option<&Item>) -> bool {
        match item.map(|item| item.matter_before(Gated::Dispose)) {
            Some(matter) => self.ordered.iter().any(|when| when.applies(&matter)),
            None => !self.ordered.is_empty(),
        }
    }
}

/// Everything that is contradictory in a timeline, whoever may have settled it meanwhile.
///
/// The timeline is folded as the register folds it, only in the order in which things happened, and each
/// event is held against what stood before it. `events` come in the order of the ledger.
#[must_use]
pub fn findings(events: &[Recorded], watch: &Watch) -> BTreeSet<Finding> {
    let mut found = BTreeSet::new();
    let mut before: Option<Item> = None;
    let mut void: BTreeSet<&LabelId> = BTreeSet::new();
    let (mut operators, mut witnesses) = (BTreeSet::new(), BTreeSet::new());
    let untrue = counts_for_nothing(events);
    for (key, recorded) in in_order(events) {
        let Recorded { stamp, event } = recorded;
        // What was found to be untrue contradicts nothing and explains nothing.
        if untrue.contains(&stamp.event) {
            continue;
        }
        let mut report = |kind| {
            found.insert(Finding { kind, event: stamp.event });
        };
        if to_millis(stamp.occurred_at) - to_millis(stamp.recorded_at) > watch.allowed_skew {
            report(FindingKind::ClockAhead);
        }
        // A label that is bound only later is not void: then the device's clock was slow.
        if event.scan().is_some_and(|scan| void.contains(&scan.label)) {
            report(FindingKind::VoidLabelScanned);
        }
        let custody = before.as_ref().map(|item| item.custody.value);
        let holder = custody.as_ref().and_then(Custody::holder);
        let scanned = event.scan().is_some();
        // Whoever stands by scans what is gone already, and an operator may tell of his work twice.
        let expected = match event {
            Event::Witnessed { .. } => true,
            Event::Destroyed { by, .. } => custody == Some(Custody::Destroyed { by: *by }),
            _ => false,
        };
        if scanned && custody.is_some_and(|custody| custody.is_gone()) && !expected {
            report(FindingKind::GoneItemScanned);
        }
        let is_here = custody.is_some_and(|custody| !custody.is_gone());
        let out = matches!(custody, Some(Custody::Out { .. }));
        if out
            && matches!(
                event,
                Event::HandOverAccepted { .. } | Event::TakenOut { .. } | Event::PutAway { .. }
            )
        {
            report(FindingKind::HandledWhileOut);
        }
        if let Event::PutAway { zone: Some(there), .. } | Event::Seen { zone: Some(there), .. } = event
            && !out
            && before
                .as_ref()
                .and_then(|item| item.zone.as_ref())
                .is_some_and(|here| here.value.leaves(watch.leaves, there))
        {
            report(FindingKind::OutsideZone);
        }
        // Whoever has it in hand or finds it has explained why it was not in its container.
        if scanned || matches!(event, Event::HandOverAccepted { .. }) {
            found.retain(|finding| finding.kind != FindingKind::MissingAtUnpacking);
        }
        let mut report = |kind| {
            found.insert(Finding { kind, event: stamp.event });
        };
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
            Event::Departed { carry_out: None, .. } => report(FindingKind::DepartedWithoutCarryOut),
            Event::Returned { .. } if !out => report(FindingKind::ReturnedWhileNotOut),
            Event::Unsealed { matches: false, .. } => report(FindingKind::SealMismatch),
            Event::MissedAtUnpacking { .. } => report(FindingKind::MissingAtUnpacking),
            Event::Destroyed { by, .. } => {
                // What the server decided was judged by the regulation of its day and is not judged again.
                let seen_away = stamp.observed_by.is_some();
                if seen_away && watch.asks_for_order(before.as_ref()) && !is_ordered(before.as_ref(), key.at)
                {
                    report(FindingKind::DestroyedWithoutOrder);
                }
                if seen_away && is_here && holder != Some(*by) {
                    report(FindingKind::EndedByNonHolder);
                }
                operators.insert(*by);
                if witnesses.contains(by) {
                    report(FindingKind::WitnessedByOperator);
                }
            }
            Event::Sanitized { by, .. } if stamp.observed_by.is_some() && is_here && holder != Some(*by) => {
                report(FindingKind::EndedByNonHolder);
            }
            Event::Witnessed { by, .. } => {
                let destroyed = before.as_ref().and_then(|item| item.disposal.destroyed.as_ref());
                // A certificate comes weeks later; only who saw it himself must say so at once.
                if stamp.observed_by.is_some()
                    && destroyed.is_some_and(|destroyed| {
                        matches!(destroyed.what.performed, Performed::Here)
                            && key.at - destroyed.at > watch.witness_within
                    })
                {
                    report(FindingKind::WitnessedLate);
                }
                witnesses.insert(*by);
                if operators.contains(by) {
                    report(FindingKind::WitnessedByOperator);
                }
            }
            // What is handled while it is out is one contradiction, not two.
            Event::PutAway { .. } | Event::TakenOut { .. } if out => {}
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
            Event::EvidenceMarked { evidence, mark } => {
                let marked = events.iter().find(|known| known.stamp.event == *evidence);
                // That a reader saw a label go by is what a reader is there for.
                let usual = |known: &Recorded| {
                    *mark == EvidenceMark::ByMachine && matches!(known.event, Event::Seen { .. })
                };
                if !untrue.contains(evidence) && marked.is_some_and(|known| !usual(known)) {
                    found.insert(Finding { kind: mark.finding(), event: *evidence });
                }
            }
            _ => {}
        }
        // Only the fold is wanted; which item it is makes no difference to it.
        before = evolve_at(ItemId(Uuid::nil()), before, recorded, key);
    }
    found
}

/// Whether an order to destroy it was in force on that day. A hold suspends every order.
fn is_ordered(before: Option<&Item>, at: DateTime<Utc>) -> bool {
    before.is_some_and(|item| {
        item.open_holds().next().is_none()
            && item.permission(jst_date(at), |wanted| matches!(wanted, Wanted::Dispose)).is_some()
    })
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

/// The observations that a person found to be untrue: they stay where they are and count for nothing.
#[must_use]
pub fn dismissed(events: &[Recorded]) -> BTreeSet<EventId> {
    events.iter().filter_map(|recorded| recorded.event.dismisses()).collect()
}

/// What counts for nothing: the observations that were dismissed, and the word of whoever stood by at a destruction
/// when nothing was left of it. What else he may have seen he has to tell again.
pub(crate) fn counts_for_nothing(events: &[Recorded]) -> BTreeSet<EventId> {
    let mut void = BTreeSet::new();
    for (number, recorded) in (0..).zip(events) {
        let Some(untrue) = recorded.event.dismisses() else { continue };
        void.insert(untrue);
        let told: Vec<&Recorded> = events.iter().take(number).collect();
        let ends = || told.iter().filter(|known| matches!(known.event, Event::Destroyed { .. }));
        let ended = ends().any(|known| known.stamp.event == untrue);
        if ended && ends().all(|known| void.contains(&known.stamp.event)) {
            let witnesses = told.iter().filter(|known| matches!(known.event, Event::Witnessed { .. }));
            void.extend(witnesses.map(|known| known.stamp.event));
        }
    }
    void
}

/// Whether the register can do without an event: one that a phone told of. What was done at the server was judged
/// there, and what a carry-out says as well cannot be taken out of the item alone.
fn is_dismissible(recorded: &Recorded) -> bool {
    let on_carry_out = matches!(
        recorded.event,
        Event::Departed { carry_out: Some(_), .. } | Event::Returned { carry_out: Some(_), .. }
    );
    recorded.stamp.observed_by.is_some() && !on_carry_out
}

/// The events that bring the recorded discrepancies in line with the timeline: raised where something new
/// is found, settled where evidence explained what was open. What a person settled stays settled.
#[must_use]
pub fn differences(events: &[Recorded], watch: &Watch) -> Vec<Event> {
    let mut open = BTreeSet::new();
    let mut explained = BTreeSet::new();
    for recorded in events {
        match &recorded.event {
            Event::DiscrepancyRaised { finding, .. } => {
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
    let found = findings(events, watch);
    let settled = open
        .difference(&found)
        .map(|finding| Event::DiscrepancySettled { finding: *finding, by: Settlement::Evidence });
    let raised = found.iter().filter(|finding| !open.contains(finding) && !explained.contains(finding)).map(
        |finding| {
            let about = events.iter().find(|recorded| recorded.stamp.event == finding.event);
            let caused_by = about.map(|recorded| recorded.stamp.actor);
            let dismissible = about.is_some_and(is_dismissible);
            Event::DiscrepancyRaised { finding: *finding, caused_by, dismissible }
        },
    );
    raised.chain(settled).collect()
}
