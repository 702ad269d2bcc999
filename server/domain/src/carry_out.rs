//! Carry-outs (持出し): asked for, approved, packed, departed, arrived, returned or delivered, closed.
//!
//! | Question | Module |
//! | --- | --- |
//! | What is planned, what happened, where does it stand? | here ([`Plan`], [`CarryOutEvent`], [`evolve`]) |
//! | Who must approve? | [`needs`], [`needed`] |
//! | What is still missing before it can depart? | [`lacking`] |
//! | What may this person do with it now? | [`decide`], [`open_acts`] |
//! | What is still to be done, and by whom? | [`mod@explain`] |
//! | What did a phone without signal see? | [`observe`], [`covers`] |
//!
//! A carry-out keeps its own timeline and writes on the timelines of its items, so that who has an item is
//! always told by the item itself.

mod act;
mod approvals;
mod evidence;
mod explain;
mod ready;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

pub use self::{
    act::{
        CarryOutAct, CarryOutActKind, Decided, Found, Opening, Situation, check, decide, lapse, open_acts,
    },
    approvals::{Need, missing_roles, needed, needs},
    evidence::{Sighted, covers, observe},
    explain::{Asked, Stage, Step, explain},
    ready::lacking,
};
use crate::{
    approval::Given,
    container::LockNumber,
    event::{Scan, Stamp},
    ids::{CarryOutId, ContainerId, ContractId, DivisionId, ItemId, PersonId},
    item::{Item, ItemKind},
    profile::{Bilingual, Channel, Direction, Measure, Profile, RoleId},
    protection::Secrecy,
    text::TextRef,
    timeline::OrderKey,
};

/// What is to be carried out, and how. Texts that stay the same keep their references when it is amended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Which items, each once.
    pub items: Vec<ItemId>,
    /// Why: one of the profile's grounds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ground: Option<String>,
    /// Which of the profile's exempt movements it is, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exempt: Option<String>,
    /// To or from whom (相手方).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counterparty: Option<TextRef>,
    /// Under which contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<ContractId>,
    /// Under which item of article 19 of the Number Act (番号法第19条第N号): digits, as `9` or `第9号`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_ground: Option<String>,
    /// Whither.
    pub direction: Direction,
    /// How it leaves.
    pub channel: Channel,
    /// The place to which it goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination: Option<TextRef>,
    /// The means of transport.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transport: Option<TextRef>,
    /// The number under which it can be traced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking: Option<TextRef>,
    /// The route.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<TextRef>,
    /// The last day on which it is to be back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_back: Option<NaiveDate>,
    /// Whether it stays with the counterparty.
    pub for_good: bool,
    /// How it is packed (厳重な包装).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packaging: Option<TextRef>,
    /// Whether it is sealed (封かん).
    pub sealed: bool,
    /// Whether it is masked (目隠しシール).
    pub masked: bool,
    /// In which container.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<ContainerId>,
    /// Reasons that stand in the place of a measure.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub instead: Vec<(Measure, TextRef)>,
}

impl Plan {
    /// The texts that it refers to.
    #[must_use]
    pub fn texts(&self) -> Vec<TextRef> {
        [self.counterparty, self.destination, self.transport, self.tracking, self.route, self.packaging]
            .into_iter()
            .flatten()
            .chain(self.instead.iter().map(|(_, reason)| *reason))
            .collect()
    }

    /// Whether only data leaves, and every medium stays where it is.
    #[must_use]
    pub fn is_transmission(&self) -> bool {
        self.channel == Channel::Transmission
    }

    /// Whether something is to come back.
    #[must_use]
    pub fn returns(&self) -> bool {
        !self.for_good && !self.is_transmission()
    }

    /// Whether approvals that were given to this plan are void once it becomes `new`.
    ///
    /// What decides whether it may leave at all voids them whenever it changes. How it travels may be filled
    /// in until departure, but not taken back or replaced after the approvers saw it.
    #[must_use]
    pub fn voids_approvals(&self, new: &Self) -> bool {
        let items = |plan: &Self| plan.items.iter().copied().collect::<BTreeSet<_>>();
        let core = items(self) != items(new)
            || self.ground != new.ground
            || self.exempt != new.exempt
            || self.counterparty != new.counterparty
            || self.contract != new.contract
            || self.legal_ground != new.legal_ground
            || self.direction != new.direction
            || self.channel != new.channel
            || self.destination != new.destination
            || self.for_good != new.for_good;
        let replaced = |old: Option<TextRef>, new: Option<TextRef>| old.is_some() && new != old;
        let later = self.due_back.is_some_and(|old| new.due_back.is_none_or(|new| new > old));
        core || later
            || replaced(self.transport, new.transport)
            || replaced(self.route, new.route)
            || replaced(self.packaging, new.packaging)
            || (self.tracking.is_some() && new.tracking.is_none())
            || (self.container.is_some() && new.container.is_none())
            || (self.sealed && !new.sealed)
            || (self.masked && !new.masked)
            || new.instead.iter().any(|reason| !self.instead.contains(reason))
    }
}

/// How the data on an item was protected when it left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Guarded {
    /// Nobody had verified it.
    Unverified,
    /// Not at all.
    None,
    /// By a password alone.
    PasswordOnly,
    /// By encryption.
    Encrypted,
}

/// An item as it left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Loaded {
    /// Which.
    pub item: ItemId,
    /// What it is.
    pub item_kind: ItemKind,
    /// How many records lay on it; none where somebody did not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub records: Option<u64>,
    /// How its data was protected.
    pub secrecy: Guarded,
    /// Whether password or key was kept apart.
    pub key_apart: bool,
}

impl From<&Item> for Loaded {
    fn from(item: &Item) -> Self {
        let protection = item.protection.as_ref().map(|protection| &protection.value);
        Self {
            item: item.id,
            item_kind: item.kind,
            records: counted(item.live_contents().map(|kept| kept.contents.records)),
            secrecy: match protection.map(|protection| &protection.secrecy) {
                None => Guarded::Unverified,
                Some(Secrecy::None) => Guarded::None,
                Some(Secrecy::PasswordOnly) => Guarded::PasswordOnly,
                Some(Secrecy::Encrypted { .. }) => Guarded::Encrypted,
            },
            key_apart: protection.is_some_and(|protection| protection.key_apart),
        }
    }
}

/// What left, as the carry-out book lists it (種類・数量・件数).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Load {
    /// The items.
    pub items: Vec<Loaded>,
    /// How many of each kind (種類).
    pub kinds: BTreeMap<ItemKind, u32>,
    /// How many in all (数量).
    pub quantity: u32,
    /// How many records in all (件数); none where somebody did not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub records: Option<u64>,
}

impl Load {
    /// What these items are together.
    #[must_use]
    pub fn of<'a>(items: impl IntoIterator<Item = &'a Item>) -> Self {
        Self::together(items.into_iter().map(Loaded::from).collect())
    }

    fn together(items: Vec<Loaded>) -> Self {
        let mut kinds = BTreeMap::new();
        for loaded in &items {
            *kinds.entry(loaded.item_kind).or_default() += 1;
        }
        Self {
            kinds,
            quantity: u32::try_from(items.len()).unwrap_or(u32::MAX),
            records: counted(items.iter().map(|loaded| loaded.records)),
            items,
        }
    }

    /// Whether this item is of it.
    #[must_use]
    pub fn has(&self, item: ItemId) -> bool {
        self.items.iter().any(|loaded| loaded.item == item)
    }

    /// Adds what left later.
    fn add(&mut self, later: &Self) {
        let mut items = std::mem::take(&mut self.items);
        items.extend(
            later
                .items
                .iter()
                .filter(|loaded| !items.iter().any(|known| known.item == loaded.item))
                .cloned()
                .collect::<Vec<_>>(),
        );
        *self = Self::together(items);
    }
}

/// The sum of what was counted; none where one of them was not.
fn counted(mut counts: impl Iterator<Item = Option<u64>>) -> Option<u64> {
    counts.try_fold(0, |sum: u64, count| Some(sum.saturating_add(count?)))
}

/// Something that happened to a carry-out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum CarryOutEvent {
    /// Somebody asked for it. It bears the id of this event.
    Requested {
        /// By whom.
        by: PersonId,
        /// What is planned.
        plan: Box<Plan>,
    },
    /// The plan was changed.
    Amended {
        /// By whom.
        by: PersonId,
        /// What is planned now.
        plan: Box<Plan>,
    },
    /// The approvals so far were given to another plan and count no more.
    ApprovalsVoided {},
    /// Somebody approved it.
    Approved {
        /// Who.
        by: PersonId,
        /// In which role.
        role: RoleId,
        /// For whom, where he is a deputy.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deputy_for: Option<PersonId>,
        /// For the items of which divisions, where each division has its own holder of the role.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        divisions: Vec<DivisionId>,
        /// A word with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<TextRef>,
    },
    /// The approvals are enough, or none was needed.
    Granted {},
    /// Somebody turned it down.
    TurnedDown {
        /// Who.
        by: PersonId,
        /// In which role.
        role: RoleId,
        /// Why.
        reason: TextRef,
    },
    /// The requester took it back.
    Withdrawn {
        /// Who.
        by: PersonId,
    },
    /// It was approved and did not depart in time.
    Lapsed {},
    /// It left. Where phones without signal saw its items leave one by one, there is an event for each.
    Departed {
        /// Who took it.
        by: PersonId,
        /// In which container.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        container: Option<ContainerId>,
        /// The number on its lock or seal.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lock: Option<LockNumber>,
        /// What left.
        load: Load,
        /// The label that was scanned: the container's, or that of an item in hand.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scan: Option<Scan>,
    },
    /// It reached its destination.
    Arrived {
        /// Who says so.
        by: PersonId,
        /// The number that was found on lock or seal.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lock_seen: Option<LockNumber>,
        /// Whether it left with that number; none where it left without a lock or nobody looked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        matches: Option<bool>,
        /// The name of whoever took it in for the counterparty.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        receipt: Option<TextRef>,
    },
    /// It came back, all of it or some.
    Unpacked {
        /// Who unpacked.
        by: PersonId,
        /// What was there.
        found: Vec<ItemId>,
        /// What should have been there and was not.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        missing: Vec<ItemId>,
    },
    /// It was handed to the counterparty for good.
    Delivered {
        /// Who says so.
        by: PersonId,
        /// The name of whoever took it.
        receipt: TextRef,
    },
    /// Nothing is left to do.
    Closed {
        /// Who says so.
        by: PersonId,
    },
}

impl CarryOutEvent {
    /// The stable word that names this kind of event in the ledger.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Requested { .. } => "requested",
            Self::Amended { .. } => "amended",
            Self::ApprovalsVoided {} => "approvals-voided",
            Self::Approved { .. } => "approved",
            Self::Granted {} => "granted",
            Self::TurnedDown { .. } => "turned-down",
            Self::Withdrawn { .. } => "withdrawn",
            Self::Lapsed {} => "lapsed",
            Self::Departed { .. } => "departed",
            Self::Arrived { .. } => "arrived",
            Self::Unpacked { .. } => "unpacked",
            Self::Delivered { .. } => "delivered",
            Self::Closed { .. } => "closed",
        }
    }

    /// The label as it was scanned in this event.
    #[must_use]
    pub fn scan(&self) -> Option<&Scan> {
        match self {
            Self::Departed { scan, .. } => scan.as_ref(),
            _ => None,
        }
    }

    /// The texts that this event refers to.
    #[must_use]
    pub fn texts(&self) -> Vec<TextRef> {
        match self {
            Self::Requested { plan, .. } | Self::Amended { plan, .. } => plan.texts(),
            Self::Approved { note, .. } => note.iter().copied().collect(),
            Self::Arrived { receipt, .. } => receipt.iter().copied().collect(),
            Self::TurnedDown { reason: text, .. } | Self::Delivered { receipt: text, .. } => vec![*text],
            _ => Vec::new(),
        }
    }
}

/// Where a carry-out stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CarryOutState {
    /// 申請中
    Requested,
    /// 承認済み
    Granted,
    /// 搬送中
    Departed,
    /// 到着
    Arrived,
    /// 返却済み
    Returned,
    /// 引渡し済み
    Delivered,
    /// 終了
    Closed,
    /// 差戻し
    TurnedDown,
    /// 取下げ
    Withdrawn,
    /// 失効
    Lapsed,
}

impl CarryOutState {
    /// Every state.
    pub const ALL: [Self; 10] = [
        Self::Requested,
        Self::Granted,
        Self::Departed,
        Self::Arrived,
        Self::Returned,
        Self::Delivered,
        Self::Closed,
        Self::TurnedDown,
        Self::Withdrawn,
        Self::Lapsed,
    ];

    /// The stable word used in the database and on the wire.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Granted => "granted",
            Self::Departed => "departed",
            Self::Arrived => "arrived",
            Self::Returned => "returned",
            Self::Delivered => "delivered",
            Self::Closed => "closed",
            Self::TurnedDown => "turned-down",
            Self::Withdrawn => "withdrawn",
            Self::Lapsed => "lapsed",
        }
    }

    /// The state that `code` names.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// What a person reads.
    #[must_use]
    pub fn name(self) -> Bilingual {
        match self {
            Self::Requested => Bilingual::new("申請中", "Requested"),
            Self::Granted => Bilingual::new("承認済み", "Approved"),
            Self::Departed => Bilingual::new("搬送中", "On the way"),
            Self::Arrived => Bilingual::new("到着", "Arrived"),
            Self::Returned => Bilingual::new("返却済み", "Returned"),
            Self::Delivered => Bilingual::new("引渡し済み", "Delivered"),
            Self::Closed => Bilingual::new("終了", "Closed"),
            Self::TurnedDown => Bilingual::new("差戻し", "Turned down"),
            Self::Withdrawn => Bilingual::new("取下げ", "Withdrawn"),
            Self::Lapsed => Bilingual::new("失効", "Lapsed"),
        }
    }

    /// Whether it has not left yet and still can.
    #[must_use]
    pub fn is_before_departure(self) -> bool {
        matches!(self, Self::Requested | Self::Granted)
    }

    /// Whether it has left and neither come back nor been delivered.
    #[must_use]
    pub fn is_under_way(self) -> bool {
        matches!(self, Self::Departed | Self::Arrived)
    }

    /// Whether its items cannot be on another carry-out.
    #[must_use]
    pub fn is_open(self) -> bool {
        self.is_before_departure() || self.is_under_way()
    }
}

/// An approval that was given to a carry-out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// Who approved, when, in which role.
    pub given: Given,
    /// For the items of which divisions, where each division has its own holder of the role.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub divisions: Vec<DivisionId>,
    /// A word with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<TextRef>,
}

/// How it left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Departure {
    /// Who took it.
    pub by: PersonId,
    /// When.
    pub at: DateTime<Utc>,
    /// In which container.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<ContainerId>,
    /// The number on its lock or seal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock: Option<LockNumber>,
    /// What left.
    pub load: Load,
}

/// How it reached its destination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arrival {
    /// Who says so.
    pub by: PersonId,
    /// When.
    pub at: DateTime<Utc>,
    /// The number that was found on lock or seal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock_seen: Option<LockNumber>,
    /// Whether it left with that number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matches: Option<bool>,
    /// Who took it in for the counterparty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<TextRef>,
}

/// Who ended something, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ended {
    /// Who; nobody where time ran out.
    pub by: Option<PersonId>,
    /// When.
    pub at: DateTime<Utc>,
    /// The text with it: why it was turned down, or who took what was delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<TextRef>,
}

/// What the register says of a carry-out now: the fold of its events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CarryOut {
    /// Its id.
    pub id: CarryOutId,
    /// How many events were folded; the next event is number `version + 1`.
    pub version: u64,
    /// Where it stands. Whether an approval has lapsed meanwhile is told by [`CarryOut::standing`].
    pub state: CarryOutState,
    /// What is planned.
    pub plan: Plan,
    /// Who asked for it.
    pub requested_by: PersonId,
    /// When.
    pub requested_at: DateTime<Utc>,
    /// The approvals that were given to the plan as it is now.
    pub consents: Vec<Consent>,
    /// When they were enough.
    pub granted_at: Option<DateTime<Utc>>,
    /// How it left.
    pub departure: Option<Departure>,
    /// How it reached its destination.
    pub arrival: Option<Arrival>,
    /// What came back.
    pub found: BTreeSet<ItemId>,
    /// What was missed when it was unpacked and has not come back since.
    pub missing: BTreeSet<ItemId>,
    /// Who last unpacked.
    pub unpacked: Option<Ended>,
    /// Who delivered it.
    pub delivered: Option<Ended>,
    /// Who closed it, turned it down or took it back.
    pub ended: Option<Ended>,
}

impl CarryOut {
    /// Where it stands at `now`: an approval that was not used in time has lapsed, whether or not that was
    /// recorded already.
    #[must_use]
    pub fn standing(&self, profile: &Profile, now: DateTime<Utc>) -> CarryOutState {
        match self.lapses_at(profile) {
            Some(at) if now >= at => CarryOutState::Lapsed,
            _ => self.state,
        }
    }

    /// When it lapses unless it departs.
    #[must_use]
    pub fn lapses_at(&self, profile: &Profile) -> Option<DateTime<Utc>> {
        let granted_at = self.granted_at.filter(|_| self.state == CarryOutState::Granted)?;
        granted_at.checked_add_signed(profile.carry_out.lapses)
    }

    /// The items that left and have neither come back nor been delivered.
    #[must_use]
    pub fn out(&self) -> Vec<ItemId> {
        if self.delivered.is_some() {
            return Vec::new();
        }
        let left = self.departure.iter().flat_map(|departure| &departure.load.items);
        left.map(|loaded| loaded.item).filter(|item| !self.found.contains(item)).collect()
    }

    /// For how many days something has been due back, where it has. The day on which it is due is none.
    #[must_use]
    pub fn overdue(&self, today: NaiveDate) -> Option<u64> {
        let out = self.departure.is_some() && !self.out().is_empty() && self.plan.returns();
        let due = self.plan.due_back.filter(|_| out)?;
        u64::try_from((today - due).num_days()).ok().filter(|days| *days > 0)
    }

    /// Where it stands follows from what is known of the journey, in whichever order that was heard of.
    fn travel(&mut self) {
        if !self.state.is_open() {
            return;
        }
        let Some(departure) = &self.departure else { return };
        let accounted = departure
            .load
            .items
            .iter()
            .all(|loaded| self.found.contains(&loaded.item) || self.missing.contains(&loaded.item));
        self.state = if self.delivered.is_some() {
            CarryOutState::Delivered
        } else if accounted && self.unpacked.is_some() {
            CarryOutState::Returned
        } else if self.arrival.is_some() {
            CarryOutState::Arrived
        } else {
            CarryOutState::Departed
        };
    }

    fn end(&mut self, state: CarryOutState, ended: Ended) {
        if self.state.is_before_departure() {
            self.state = state;
            self.ended = Some(ended);
        }
    }
}

/// Folds one event in. Total: any event on any carry-out gives a carry-out, and no profile or clock is
/// consulted. `None` stands for one that nobody asked for yet; only a request changes that.
#[must_use]
pub fn evolve(
    id: CarryOutId,
    carry_out: Option<CarryOut>,
    stamp: &Stamp,
    version: u64,
    event: &CarryOutEvent,
) -> Option<CarryOut> {
    let recorded_at = stamp.recorded_at;
    let Some(mut carry_out) = carry_out else {
        return match event {
            CarryOutEvent::Requested { by, plan } => Some(CarryOut {
                id,
                version,
                state: CarryOutState::Requested,
                plan: (**plan).clone(),
                requested_by: *by,
                requested_at: recorded_at,
                consents: Vec::new(),
                granted_at: None,
                departure: None,
                arrival: None,
                found: BTreeSet::new(),
                missing: BTreeSet::new(),
                unpacked: None,
                delivered: None,
                ended: None,
            }),
            _ => None,
        };
    };
    carry_out.version = version;
    let before_departure = carry_out.state.is_before_departure();
    // What was seen counts from when it was seen; what was decided, from when it was recorded.
    let seen_at = OrderKey::new(stamp, version).at;
    match event {
        // A second request for the same carry-out cannot be decided; folding it changes nothing.
        CarryOutEvent::Requested { .. } => {}
        CarryOutEvent::Amended { plan, .. } => {
            if before_departure {
                carry_out.plan = (**plan).clone();
            }
        }
        CarryOutEvent::ApprovalsVoided {} => {
            if before_departure {
                carry_out.consents.clear();
                carry_out.granted_at = None;
                carry_out.state = CarryOutState::Requested;
            }
        }
        CarryOutEvent::Approved { by, role, deputy_for, divisions, note } => {
            carry_out.consents.push(Consent {
                given: Given { by: *by, role: role.clone(), deputy_for: *deputy_for, at: recorded_at },
                divisions: divisions.clone(),
                note: *note,
            });
        }
        CarryOutEvent::Granted {} => {
            if carry_out.state == CarryOutState::Requested {
                carry_out.state = CarryOutState::Granted;
                carry_out.granted_at = Some(recorded_at);
            }
        }
        CarryOutEvent::TurnedDown { by, reason, .. } => {
            let ended = Ended { by: Some(*by), at: recorded_at, text: Some(*reason) };
            carry_out.end(CarryOutState::TurnedDown, ended);
        }
        CarryOutEvent::Withdrawn { by } => {
            let ended = Ended { by: Some(*by), at: recorded_at, text: None };
            carry_out.end(CarryOutState::Withdrawn, ended);
        }
        CarryOutEvent::Lapsed {} => {
            carry_out.end(CarryOutState::Lapsed, Ended { by: None, at: recorded_at, text: None });
        }
        CarryOutEvent::Departed { by, container, lock, load, .. } => {
            match &mut carry_out.departure {
                Some(departure) => departure.load.add(load),
                None => {
                    carry_out.departure = Some(Departure {
                        by: *by,
                        at: seen_at,
                        container: *container,
                        lock: lock.clone(),
                        load: load.clone(),
                    });
                }
            }
            carry_out.travel();
        }
        CarryOutEvent::Arrived { by, lock_seen, matches, receipt } => {
            carry_out.arrival.get_or_insert(Arrival {
                by: *by,
                at: seen_at,
                lock_seen: lock_seen.clone(),
                matches: *matches,
                receipt: *receipt,
            });
            carry_out.travel();
        }
        CarryOutEvent::Unpacked { by, found, missing } => {
            carry_out.found.extend(found);
            let found = &carry_out.found;
            carry_out.missing.extend(missing);
            carry_out.missing.retain(|item| !found.contains(item));
            carry_out.unpacked = Some(Ended { by: Some(*by), at: seen_at, text: None });
            carry_out.travel();
        }
        CarryOutEvent::Delivered { by, receipt } => {
            let delivered = Ended { by: Some(*by), at: recorded_at, text: Some(*receipt) };
            carry_out.delivered.get_or_insert(delivered);
            carry_out.travel();
        }
        CarryOutEvent::Closed { by } => {
            if matches!(carry_out.state, CarryOutState::Returned | CarryOutState::Delivered) {
                carry_out.state = CarryOutState::Closed;
                carry_out.ended = Some(Ended { by: Some(*by), at: recorded_at, text: None });
            }
        }
    }
    Some(carry_out)
}

/// Folds a whole timeline, in the order in which the ledger keeps it.
#[must_use]
pub fn fold(id: CarryOutId, events: &[(Stamp, CarryOutEvent)]) -> Option<CarryOut> {
    (1..)
        .zip(events)
        .fold(None, |carry_out, (version, (stamp, event))| evolve(id, carry_out, stamp, version, event))
}
