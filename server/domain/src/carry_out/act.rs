//! What a person may do with a carry-out now.
//!
//! [`open_acts`], [`decide`] and the page that explains a carry-out ask the same [`check`].

use chrono::{DateTime, Utc};

use super::{
    CarryOut, CarryOutEvent, CarryOutState, Consent, Load, Plan,
    approvals::{Voice, officer, voice},
    lacking, missing_roles, needs,
    ready::{absent, packed_in, planned},
};
use crate::{
    approval::Given,
    container::{
        ContainerAct, ContainerEvent, Inside, LockNumber, label_at_hand, observe as observe_container,
    },
    custody::Case,
    event::{Event, Scan},
    ids::ItemId,
    item::{Custody, Item},
    person::{Part, Person},
    profile::{Bilingual, Direction, Profile, RoleId},
    refusal::{Missing, ProductRule, Reason, Refusal},
    text::{Lang, TextRef},
};

/// Everything that an act is judged by.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// The carry-out; none while it is only asked for.
    pub carry_out: Option<&'a CarryOut>,
    /// The items of the plan; of the new plan where it is asked for or amended.
    pub items: &'a [Item],
    /// Those of them that are on another carry-out that is open.
    pub elsewhere: &'a [ItemId],
    /// The container of the plan.
    pub container: Option<Inside<'a>>,
    /// Whether the contract of the plan is in force today; none where it names none.
    pub contract_in_force: Option<bool>,
    /// The regulation.
    pub profile: &'a Profile,
    /// Who acts.
    pub actor: &'a Person,
    /// The moment of the act.
    pub now: DateTime<Utc>,
}

/// An item that is back, with its label as it was scanned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Which.
    pub item: ItemId,
    /// The label.
    pub scan: Scan,
}

/// How a container was found and opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The number on the lock or seal, as it was found.
    pub number_seen: LockNumber,
    /// The container's label.
    pub scan: Scan,
}

/// What somebody asks to do with a carry-out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CarryOutAct {
    /// Ask for it.
    Request {
        /// What is planned.
        plan: Box<Plan>,
    },
    /// Change the plan.
    Amend {
        /// What is planned from now on.
        plan: Box<Plan>,
    },
    /// Approve it.
    Approve {
        /// In which role, where the approver holds several; none for the one with which he settles most.
        role: Option<RoleId>,
        /// A word with it.
        note: Option<TextRef>,
    },
    /// Turn it down, be it that it waits for approval or has not left yet.
    TurnDown {
        /// Why.
        reason: TextRef,
    },
    /// Take it back.
    Withdraw,
    /// Leave with it.
    Depart {
        /// The label: of the container where one is used, otherwise of one of the items.
        scan: Option<Scan>,
    },
    /// Record that it reached its destination.
    Arrive {
        /// The number on lock or seal as it is found.
        lock_seen: Option<LockNumber>,
        /// The name of whoever took it in for the counterparty.
        receipt: Option<TextRef>,
    },
    /// Take it back in.
    Unpack {
        /// What is there.
        found: Vec<Found>,
        /// How the container was found, where it is opened now.
        opened: Option<Opening>,
        /// Whether what is not there is still to come, so that nothing is missed.
        more_to_come: bool,
    },
    /// Record that it was handed over for good.
    Deliver {
        /// The name of whoever took it.
        receipt: TextRef,
    },
    /// Say that nothing is left to do.
    Close,
}

macro_rules! act_kinds {
    ($($kind:ident, $code:literal, $ja:literal, $en:literal;)*) => {
        /// The kinds of act, as pages and phones name them, in the order of the steps.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum CarryOutActKind {
            $(#[doc = concat!("[`CarryOutAct::", stringify!($kind), "`]")] $kind,)*
        }

        impl CarryOutActKind {
            /// Every kind.
            pub const ALL: [Self; [$(CarryOutActKind::$kind),*].len()] = [$(Self::$kind),*];

            /// The stable word used on the wire.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$kind => $code,)*
                }
            }

            /// What stands on the button.
            #[must_use]
            pub fn name(self, lang: Lang) -> &'static str {
                match self {
                    $(Self::$kind => lang.pick($ja, $en),)*
                }
            }
        }

        impl CarryOutAct {
            /// The kind of this act.
            #[must_use]
            pub fn kind(&self) -> CarryOutActKind {
                match self {
                    $(Self::$kind { .. } => CarryOutActKind::$kind,)*
                }
            }
        }
    };
}

act_kinds! {
    Request, "request", "持出しを申請する", "Request a carry-out";
    Amend, "amend", "申請を訂正する", "Amend the request";
    Approve, "approve", "承認する", "Approve";
    TurnDown, "turn-down", "差し戻す", "Turn down";
    Withdraw, "withdraw", "申請を取り下げる", "Withdraw the request";
    Depart, "depart", "出発を記録する", "Depart";
    Arrive, "arrive", "到着を記録する", "Record the arrival";
    Unpack, "unpack", "返却を記録する", "Take back in";
    Deliver, "deliver", "引渡しを記録する", "Record the delivery";
    Close, "close", "持出しを終了する", "Close";
}

impl CarryOutActKind {
    /// The kind that `code` names.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// What an act becomes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decided {
    /// On the carry-out's own timeline.
    pub carry_out: Vec<CarryOutEvent>,
    /// On the timelines of its items.
    pub items: Vec<(ItemId, Vec<Event>)>,
    /// On the container's timeline.
    pub container: Vec<ContainerEvent>,
    /// What was scanned and is not of this carry-out. Nothing happens to it.
    pub unexpected: Vec<ItemId>,
}

impl Decided {
    pub(super) fn happened_to(&mut self, item: ItemId, event: Event) {
        match self.items.iter_mut().find(|(known, _)| *known == item) {
            Some((_, events)) => events.push(event),
            None => self.items.push((item, vec![event])),
        }
    }
}

impl<'a> Situation<'a> {
    fn no<T>(&self, reason: Reason) -> Result<T, Refusal> {
        Err(self.profile.refuse(reason))
    }

    /// A designated handler, or somebody who was let handle every one of the items.
    fn must_be_handler(&self) -> Result<(), Refusal> {
        let Self { items, actor, profile, now, .. } = *self;
        let excepted = |item| Case { item, actor, profile, now }.must_be_handler().is_ok();
        if actor.is(Part::Handler) || (!items.is_empty() && items.iter().all(excepted)) {
            Ok(())
        } else {
            self.no(Reason::NotDesignated)
        }
    }

    pub(super) fn state(&self, carry_out: &CarryOut) -> CarryOutState {
        carry_out.standing(self.profile, self.now)
    }

    fn must_be(&self, carry_out: &CarryOut, fits: impl Fn(CarryOutState) -> bool) -> Result<(), Refusal> {
        let state = self.state(carry_out);
        if fits(state) { Ok(()) } else { self.no(Reason::CarryOutElsewhere { state: state.name() }) }
    }

    fn must_be_requester(&self, carry_out: &CarryOut) -> Result<(), Refusal> {
        let by = carry_out.requested_by;
        if by == self.actor.id { Ok(()) } else { self.no(Reason::NotRequester { by }) }
    }

    fn must_wait_for_approval(&self, carry_out: &CarryOut) -> Result<(), Refusal> {
        if self.state(carry_out).is_before_departure() { Ok(()) } else { self.no(Reason::RequestSettled) }
    }

    /// Whether what is planned is here and on no other way.
    fn must_be_here(&self, plan: &Plan) -> Result<(), Refusal> {
        for item in planned(plan, self.items) {
            let custody = item.custody.value;
            if custody.is_gone() {
                return self.no(Reason::ItemGone { custody });
            }
            // Where only data leaves it makes no difference where its medium is.
            if item.is_out() && !plan.is_transmission() {
                return self.no(Reason::ItemOut);
            }
            if self.elsewhere.contains(&item.id) {
                return self.no(Reason::OnOtherCarryOut { item: item.id });
            }
        }
        Ok(())
    }

    /// Those that are out on this carry-out by their own timelines. One whose departure only a phone without
    /// signal told of may be out on it without knowing.
    fn still_out(&self, carry_out: &CarryOut) -> impl Iterator<Item = &'a Item> {
        let (id, left) = (carry_out.id, carry_out.out());
        self.items.iter().filter(move |item| {
            left.contains(&item.id)
                && matches!(item.custody.value, Custody::Out { carry_out, .. } if carry_out.is_none_or(|on| on == id))
        })
    }
}

/// Whether this person may do this kind of act with this carry-out now, as far as can be said before the
/// details of the act are known.
///
/// # Errors
/// The first refusal that stands against it.
pub fn check(situation: &Situation<'_>, kind: CarryOutActKind) -> Result<(), Refusal> {
    let profile = situation.profile;
    let Some(carry_out) = situation.carry_out else {
        return match kind {
            CarryOutActKind::Request => situation.must_be_handler(),
            _ => situation.no(Reason::RequestSettled),
        };
    };
    let plan = &carry_out.plan;
    match kind {
        CarryOutActKind::Request => situation.must_be(carry_out, |_| false),
        CarryOutActKind::Amend => {
            situation.must_be_handler()?;
            situation.must_be(carry_out, CarryOutState::is_before_departure)?;
            situation.must_be_requester(carry_out)
        }
        CarryOutActKind::Withdraw => {
            situation.must_be(carry_out, CarryOutState::is_before_departure)?;
            situation.must_be_requester(carry_out)
        }
        CarryOutActKind::Approve => {
            situation.must_wait_for_approval(carry_out)?;
            voice(situation, carry_out, None).map(drop)
        }
        CarryOutActKind::TurnDown => {
            situation.must_wait_for_approval(carry_out)?;
            officer(situation, carry_out).map(drop)
        }
        CarryOutActKind::Depart => {
            situation.must_be_handler()?;
            situation.must_be(carry_out, CarryOutState::is_before_departure)?;
            situation.must_be_here(plan)?;
            let offered = planned(plan, situation.items).find_map(|item| item.pending_offer(situation.now));
            if let Some(offer) = offered.filter(|_| !plan.is_transmission()) {
                return situation.no(Reason::HandOverPending { to: offer.to });
            }
            Refusal::unless_complete(lacking(situation, carry_out))
        }
        CarryOutActKind::Arrive => {
            situation.must_be_handler()?;
            situation.must_be(carry_out, |state| state == CarryOutState::Departed)
        }
        CarryOutActKind::Unpack => {
            situation.must_be_handler()?;
            if plan.is_transmission() {
                return situation.no(Reason::ItemNotOut);
            }
            // What was missed can still come back.
            let late = situation.still_out(carry_out).next().is_some();
            situation.must_be(carry_out, |state| {
                state.is_under_way() || (state == CarryOutState::Returned && late)
            })
        }
        CarryOutActKind::Deliver => {
            situation.must_be_handler()?;
            situation.must_be(carry_out, CarryOutState::is_under_way)?;
            if plan.returns() {
                // What was approved to come back cannot stay without being approved to stay.
                return Refusal::unless_complete(vec![Missing {
                    code: "field",
                    which: "for-good".to_owned(),
                    name: Bilingual::new(
                        "返却しない持出しとしての承認",
                        "approval to leave it there for good",
                    ),
                    item: None,
                    source: profile.source(ProductRule::StepOrder),
                }]);
            }
            Ok(())
        }
        CarryOutActKind::Close => {
            situation.must_be_handler()?;
            situation.must_be(carry_out, |state| {
                matches!(state, CarryOutState::Returned | CarryOutState::Delivered)
            })?;
            let missed = situation.still_out(carry_out).filter(|item| item.loss().is_none());
            Refusal::unless_complete(
                missed
                    .map(|item| Missing {
                        code: "returned",
                        which: "back".to_owned(),
                        name: Bilingual::new("返却又は紛失の報告", "its return, or a report of its loss"),
                        item: Some(item.id),
                        source: profile.source(ProductRule::StepOrder),
                    })
                    .collect(),
            )
        }
    }
}

/// Every kind of act with its answer for this person now.
#[must_use]
pub fn open_acts(situation: &Situation<'_>) -> Vec<(CarryOutActKind, Result<(), Refusal>)> {
    CarryOutActKind::ALL.into_iter().map(|kind| (kind, check(situation, kind))).collect()
}

/// Decides one act: the events that it becomes, or why it is refused.
///
/// # Errors
/// A refusal, which leaves everything as it was. That a lock bears another number is none.
pub fn decide(situation: &Situation<'_>, act: &CarryOutAct) -> Result<Decided, Refusal> {
    check(situation, act.kind())?;
    let by = situation.actor.id;
    if let CarryOutAct::Request { plan } = act {
        return request(situation, plan);
    }
    let Some(carry_out) = situation.carry_out else { return situation.no(Reason::RequestSettled) };
    let only = |event| Ok(Decided { carry_out: vec![event], ..Decided::default() });
    match act {
        // Answered above.
        CarryOutAct::Request { .. } => situation.no(Reason::RequestSettled),
        CarryOutAct::Amend { plan } => amend(situation, carry_out, plan),
        CarryOutAct::Approve { role, note } => approve(situation, carry_out, role.as_ref(), *note),
        CarryOutAct::TurnDown { reason } => {
            let role = officer(situation, carry_out)?;
            only(CarryOutEvent::TurnedDown { by, role, reason: *reason })
        }
        CarryOutAct::Withdraw => only(CarryOutEvent::Withdrawn { by }),
        CarryOutAct::Depart { scan } => depart(situation, carry_out, scan.as_ref()),
        CarryOutAct::Arrive { lock_seen, receipt } => {
            Ok(arrive(situation, carry_out, lock_seen.as_ref(), *receipt))
        }
        CarryOutAct::Unpack { found, opened, more_to_come } => {
            unpack(situation, carry_out, found, opened.as_ref(), *more_to_come)
        }
        CarryOutAct::Deliver { receipt } => {
            let mut decided = Decided {
                carry_out: vec![CarryOutEvent::Delivered { by, receipt: *receipt }],
                ..Decided::default()
            };
            for item in situation.still_out(carry_out) {
                decided.happened_to(item.id, Event::Delivered { carry_out: carry_out.id, by });
            }
            Ok(decided)
        }
        CarryOutAct::Close => only(CarryOutEvent::Closed { by }),
    }
}

/// The event that a carry-out needs whose approval has lapsed.
#[must_use]
pub fn lapse(carry_out: &CarryOut, profile: &Profile, now: DateTime<Utc>) -> Option<CarryOutEvent> {
    let lapsed =
        carry_out.state != CarryOutState::Lapsed && carry_out.standing(profile, now) == CarryOutState::Lapsed;
    lapsed.then_some(CarryOutEvent::Lapsed {})
}

fn request(situation: &Situation<'_>, plan: &Plan) -> Result<Decided, Refusal> {
    let plan = Box::new(sound(situation, plan)?);
    let granted = needs(&plan, situation.items, situation.profile).is_empty();
    let mut events = vec![CarryOutEvent::Requested { by: situation.actor.id, plan }];
    events.extend(granted.then_some(CarryOutEvent::Granted {}));
    Ok(Decided { carry_out: events, ..Decided::default() })
}

fn amend(situation: &Situation<'_>, carry_out: &CarryOut, plan: &Plan) -> Result<Decided, Refusal> {
    let plan = Box::new(sound(situation, plan)?);
    let granted = carry_out.state == CarryOutState::Granted;
    let voided = carry_out.plan.voids_approvals(&plan) && (granted || !carry_out.consents.is_empty());
    let no_need = needs(&plan, situation.items, situation.profile).is_empty();
    let mut events = vec![CarryOutEvent::Amended { by: situation.actor.id, plan }];
    events.extend(voided.then_some(CarryOutEvent::ApprovalsVoided {}));
    events.extend((no_need && (voided || !granted)).then_some(CarryOutEvent::Granted {}));
    Ok(Decided { carry_out: events, ..Decided::default() })
}

fn approve(
    situation: &Situation<'_>,
    carry_out: &CarryOut,
    role: Option<&RoleId>,
    note: Option<TextRef>,
) -> Result<Decided, Refusal> {
    let by = situation.actor.id;
    let Voice { role, deputy_for, divisions } = voice(situation, carry_out, role)?;
    let mut after = carry_out.clone();
    after.consents.push(Consent {
        given: Given { by, role: role.clone(), deputy_for, at: situation.now },
        divisions: divisions.clone(),
        note,
    });
    let mut events = vec![CarryOutEvent::Approved { by, role, deputy_for, divisions, note }];
    let enough = needs(&after.plan, situation.items, situation.profile)
        .iter()
        .all(|need| missing_roles(need, Some(&after), situation.profile).is_empty());
    events
        .extend((enough && carry_out.state == CarryOutState::Requested).then_some(CarryOutEvent::Granted {}));
    Ok(Decided { carry_out: events, ..Decided::default() })
}

fn depart(situation: &Situation<'_>, carry_out: &CarryOut, scan: Option<&Scan>) -> Result<Decided, Refusal> {
    let plan = &carry_out.plan;
    let inside = packed_in(situation, plan).filter(|_| !plan.is_transmission());
    match (&inside, scan) {
        (Some(_), None) => return situation.no(Reason::LabelNotAtHand),
        (Some(inside), Some(scan)) => {
            label_at_hand(inside, scan).map_err(|reason| situation.profile.refuse(reason))?;
        }
        (None, Some(scan)) => {
            if !planned(plan, situation.items).any(|item| item.label.value == scan.label) {
                return situation.no(Reason::WrongLabel { scanned: scan.label.clone() });
            }
        }
        (None, None) => {}
    }
    // Approvals may have become enough without anybody approving, as when data was erased meanwhile.
    let granted = (carry_out.state == CarryOutState::Requested).then_some(CarryOutEvent::Granted {});
    let left = departed(situation, inside.as_ref(), planned(plan, situation.items), scan);
    let mut decided =
        Decided { carry_out: granted.into_iter().chain([left]).collect(), ..Decided::default() };
    if !plan.is_transmission() {
        let event = Event::Departed {
            carry_out: Some(carry_out.id),
            by: situation.actor.id,
            container: inside.map(|inside| inside.state.id),
        };
        for item in planned(plan, situation.items) {
            decided.happened_to(item.id, event.clone());
        }
    }
    Ok(decided)
}

/// That these items left.
pub(super) fn departed<'a>(
    situation: &Situation<'_>,
    inside: Option<&Inside<'_>>,
    items: impl Iterator<Item = &'a Item>,
    scan: Option<&Scan>,
) -> CarryOutEvent {
    CarryOutEvent::Departed {
        by: situation.actor.id,
        container: inside.map(|inside| inside.state.id),
        lock: inside.and_then(|inside| inside.state.locked.as_ref()).map(|lock| lock.number.clone()),
        load: Load::of(items),
        scan: scan.cloned(),
    }
}

/// That it reached its destination. A lock with another number than at departure is evidence.
pub(super) fn arrive(
    situation: &Situation<'_>,
    carry_out: &CarryOut,
    lock_seen: Option<&LockNumber>,
    receipt: Option<TextRef>,
) -> Decided {
    let by = situation.actor.id;
    let departure = carry_out.departure.as_ref();
    let container = departure.map_or(carry_out.plan.container, |departure| departure.container);
    // Of a departure that is not heard of yet, the container's own lock tells.
    let lock = match departure {
        Some(departure) => departure.lock.as_ref(),
        None => packed_in(situation, &carry_out.plan)
            .and_then(|inside| inside.state.locked.as_ref())
            .map(|lock| &lock.number),
    };
    let matches = lock.zip(lock_seen).map(|(lock, seen)| lock == seen);
    let arrived = CarryOutEvent::Arrived { by, lock_seen: lock_seen.cloned(), matches, receipt };
    let mut decided = Decided { carry_out: vec![arrived], ..Decided::default() };
    if let (Some(false), Some(container)) = (matches, container) {
        let id = carry_out.id;
        let left = if departure.is_some() { carry_out.out() } else { carry_out.plan.items.clone() };
        for item in left {
            decided.happened_to(item, Event::Unsealed { carry_out: id, by, container, matches: false });
        }
    }
    decided
}

fn unpack(
    situation: &Situation<'_>,
    carry_out: &CarryOut,
    found: &[Found],
    opened: Option<&Opening>,
    more_to_come: bool,
) -> Result<Decided, Refusal> {
    let profile = situation.profile;
    let by = situation.actor.id;
    for Found { item, scan } in found {
        if !scan.method.label_at_hand() {
            return situation.no(Reason::LabelNotAtHand);
        }
        let known = situation.items.iter().find(|known| known.id == *item);
        if known.is_some_and(|known| known.label.value != scan.label) {
            return situation.no(Reason::WrongLabel { scanned: scan.label.clone() });
        }
    }
    let mut decided = Decided::default();
    let travelled = carry_out.departure.as_ref().and_then(|departure| departure.container);
    // Locked for another carry-out it has been emptied of this one.
    let inside = situation.container.filter(|inside| {
        Some(inside.state.id) == travelled && inside.state.carry_out.is_none_or(|on| on == carry_out.id)
    });
    if let Some(inside) = inside.filter(|inside| inside.state.locked.is_some()) {
        let Some(Opening { number_seen, scan }) = opened else {
            return situation.no(Reason::ContainerLocked);
        };
        label_at_hand(&inside, scan).map_err(|reason| profile.refuse(reason))?;
        let travelling: Vec<ItemId> = situation.still_out(carry_out).map(|item| item.id).collect();
        let inside = Inside { items: &travelling, carry_out: Some(carry_out.id), ..inside };
        let act = ContainerAct::Open { number_seen: number_seen.clone(), scan: scan.clone() };
        let opened = observe_container(&inside, &act, by);
        decided.container = opened.container;
        decided.items = opened.items;
    }
    let out: Vec<ItemId> = situation.still_out(carry_out).map(|item| item.id).collect();
    take_in(&mut decided, situation, carry_out, found, &out, !more_to_come);
    Ok(decided)
}

/// Takes back in what was found; what is out and was not found is missed where that was all.
pub(super) fn take_in(
    decided: &mut Decided,
    situation: &Situation<'_>,
    carry_out: &CarryOut,
    found: &[Found],
    out: &[ItemId],
    that_was_all: bool,
) {
    let by = situation.actor.id;
    let left = carry_out.out();
    let mut back: Vec<ItemId> = Vec::new();
    for Found { item, scan } in found {
        if back.contains(item) || decided.unexpected.contains(item) {
            continue;
        }
        if !left.contains(item) {
            decided.unexpected.push(*item);
            continue;
        }
        back.push(*item);
        // What came back already by its own timeline does not come back again.
        if out.contains(item) {
            let returned = Event::Returned { carry_out: Some(carry_out.id), by, scan: scan.clone() };
            decided.happened_to(*item, returned);
        }
    }
    // What came back by its own timeline is back, whoever unpacks.
    let known_back = |item: &&ItemId| !back.contains(item) && !out.contains(item);
    let known_back: Vec<ItemId> = left.iter().filter(known_back).copied().collect();
    back.extend(known_back);
    // Nothing is missed twice.
    let is_missed = |item: &&ItemId| !back.contains(item) && !carry_out.missing.contains(item);
    let missing: Vec<ItemId> = out.iter().filter(is_missed).filter(|_| that_was_all).copied().collect();
    for item in &missing {
        decided.happened_to(*item, Event::MissedAtUnpacking { carry_out: carry_out.id, by });
    }
    decided.carry_out.push(CarryOutEvent::Unpacked { by, found: back, missing });
}

/// The plan with every item once, if nothing is wrong with it.
fn sound(situation: &Situation<'_>, plan: &Plan) -> Result<Plan, Refusal> {
    let profile = situation.profile;
    let rules = &profile.carry_out;
    let mut plan = plan.clone();
    let mut seen: Vec<ItemId> = Vec::new();
    plan.items.retain(|item| {
        let new = !seen.contains(item);
        seen.push(*item);
        new
    });
    situation.must_be_here(&plan)?;
    Refusal::unless_complete(absent(&plan, situation.items, profile))?;
    match (&plan.exempt, &plan.ground) {
        // A movement that leaves the building is never exempt, whatever it is called.
        (Some(exempt), _)
            if plan.direction != Direction::Inside
                || !rules.exempt.iter().any(|known| known.id == *exempt) =>
        {
            return Err(Refusal::by(&rules.source, Reason::GroundNotPermitted));
        }
        (_, Some(ground)) if profile.ground(ground).is_none() => {
            let source = rules.ground_required.clone();
            let source = source.unwrap_or_else(|| profile.source(ProductRule::StepOrder));
            return Err(Refusal::by(&source, Reason::GroundNotPermitted));
        }
        (None, None) => {
            if let Some(source) = &rules.ground_required {
                return Err(Refusal::by(source, Reason::GroundNotPermitted));
            }
        }
        _ => {}
    }
    let mut missing = Vec::new();
    if plan.exempt.is_none() && !rules.channels.contains(&plan.channel) {
        missing.push(Missing {
            code: "field",
            which: "channel".to_owned(),
            name: Bilingual::new("認められた持出しの手段", "a channel that is permitted"),
            item: None,
            source: rules.source.clone(),
        });
    }
    // The ledger holds no free text: an item of a law is a number.
    let is_number = |text: &str| {
        text.chars().count() <= 20
            && text.chars().any(|char| char.is_ascii_digit())
            && text.chars().all(|char| char.is_ascii_digit() || "第条項号の-".contains(char))
    };
    if plan.legal_ground.as_deref().is_some_and(|text| !is_number(text)) {
        let field = crate::profile::Field::LegalGround;
        missing.push(Missing {
            code: "field",
            which: field.code().to_owned(),
            name: Bilingual::of(|lang| field.name(lang).to_owned()),
            item: None,
            source: profile.source(ProductRule::StepOrder),
        });
    }
    Refusal::unless_complete(missing)?;
    Ok(plan)
}
