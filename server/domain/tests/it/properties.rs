//! What holds whatever happens, in whichever order the server hears of it.

use std::collections::BTreeSet;

use chrono::{DateTime, Days, NaiveDate, SubsecRound, TimeDelta, Utc};
use hokan_domain::{
    approval::{self, RequestState, Wanted},
    contents::{Category, Contents},
    custody::{Act, ActKind, Copying, OfferTo, Registration, copy, decide, open_acts},
    discrepancy::{Finding, FindingKind, Outcome, Settlement, Watch, differences, findings},
    disposal::{Destruction, Erasure, Performed, Presence, Shows, Verification},
    event::{Event, Receiver, Recorded, Scan, Stamp},
    ids::{
        CarryOutId, ContainerId, ContentsId, DeviceId, DivisionId, EventId, HandOverId, HoldId, ItemId,
        PersonId, PlaceId, RequestId,
    },
    item::{Custody, Item, ItemKind, evolve, fold, passed_over},
    label::ReplaceReason,
    observation::{EvidenceMark, Observation, Observed},
    person::Person,
    place::{Home, Zone},
    profile::{Gated, HANDLER, RoleId},
    protection::Secrecy,
    refusal::{Reason, Refusal},
    timeline::{OrderKey, in_order},
};
use proptest::{
    prelude::*,
    sample::Index,
    strategy::ValueTree,
    test_runner::{TestCaseResult, TestRunner},
};
use uuid::Uuid;

use crate::register::{
    CABINET, CASE, ITEM, KATO, Register, SATO, SUZUKI, TANAKA, TAX, VAULT, WELFARE, YAMADA, blank, camera,
    contents, delegated, destruction, encrypted, erasure, first_label, handler, label, morning, nobody,
    photograph, place, profile, speaks, text, town, towns, with_role, zone,
};

const PEOPLE: [PersonId; 3] = [SATO, SUZUKI, TANAKA];
const HOMES: [Home; 3] = [CABINET, VAULT, CASE];

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

fn person() -> impl Strategy<Value = PersonId> {
    prop::sample::select(&PEOPLE[..])
}

fn home() -> impl Strategy<Value = Home> {
    prop::sample::select(&HOMES[..])
}

/// One of two areas, or a place that lies in none.
fn area() -> impl Strategy<Value = Option<Zone>> {
    let areas = [zone(Some(1), Some(9)), zone(Some(2), Some(9)), zone(None, Some(9))];
    prop::option::of(prop::sample::select(areas.to_vec()))
}

fn outing() -> impl Strategy<Value = Option<CarryOutId>> {
    prop::option::of(Just(CarryOutId(Uuid::from_u128(5))))
}

fn receiver() -> impl Strategy<Value = Receiver> {
    prop_oneof![3 => person().prop_map(Receiver::Person), 1 => Just(Receiver::AnyHandler)]
}

// --------------------------------------------------------------- what happened, and when it was heard of

/// What somebody did, away from the server or at it. A number names one of the other things that happened,
/// so that an answer can name an offer.
#[derive(Debug, Clone)]
enum What {
    Offered(Receiver),
    Accepted(Option<usize>),
    Refused(Option<usize>),
    PutAway(Home, Option<Zone>),
    TakenOut,
    Seen(Option<Home>, Option<Zone>),
    /// What answers to nothing else that happened.
    Other(Observed),
    Withdrawn(usize),
    Lapsed(usize),
    Relabelled(u32),
}

fn named() -> impl Strategy<Value = Option<usize>> {
    prop::option::of(0..9_usize)
}

fn what() -> impl Strategy<Value = What> {
    prop_oneof![
        4 => receiver().prop_map(What::Offered),
        4 => named().prop_map(What::Accepted),
        3 => named().prop_map(What::Refused),
        2 => (home(), area()).prop_map(|(home, area)| What::PutAway(home, area)),
        2 => Just(What::TakenOut),
        2 => (prop::option::of(home()), area()).prop_map(|(home, area)| What::Seen(home, area)),
        6 => other().prop_map(What::Other),
        1 => (0..9_usize).prop_map(What::Withdrawn),
        1 => (0..9_usize).prop_map(What::Lapsed),
        1 => (2..4_u32).prop_map(What::Relabelled),
    ]
}

/// What else a phone can see its owner do.
fn other() -> impl Strategy<Value = Observed> {
    let worked = prop::sample::select(&Verification::ALL[..]);
    let presence = prop::sample::select(&[Presence::OnSite, Presence::Photograph, Presence::Certificate][..]);
    prop_oneof![
        2 => outing().prop_map(|carry_out| Observed::Departed { carry_out }),
        2 => outing().prop_map(|carry_out| Observed::Returned { carry_out }),
        1 => worked.prop_map(|verification| Observed::Sanitized {
            erasure: Erasure { verification, ..erasure("device-erase") }
        }),
        2 => Just(Observed::Destroyed { destruction: destruction("shred-flash") }),
        2 => presence.prop_map(|presence| Observed::Witnessed { presence, photographs: Vec::new() }),
        1 => Just(Observed::FaultReported { note: None }),
        1 => any::<bool>().prop_map(|faulty| Observed::FaultChecked { faulty, note: None }),
        1 => Just(Observed::LostReported { note: None }),
        1 => Just(Observed::Found),
    ]
}

/// Something that happened: who did it, in which minute, what, and which label was scanned with it.
type Happening = (PersonId, i64, What, u32);

fn history(most: usize) -> impl Strategy<Value = Vec<Happening>> {
    // Few minutes, so that things often happen in the same one.
    prop::collection::vec((person(), -3..12_i64, what(), 1..4_u32), 1..=most)
}

/// Ids that do not follow the order of things.
fn id_of(index: usize) -> EventId {
    EventId(Uuid::from_u128((index as u128 * 37 + 11) % 101 + 1))
}

/// The server hears of one thing that happened.
fn hear(register: &mut Register, history: &[Happening], index: usize) {
    let (actor, minute, what, scanned) = &history[index];
    let named = |other: &usize| HandOverId::from(id_of(other % history.len()));
    let mut around = None;
    let observed = match what {
        What::Offered(to) => Some(Observed::Offered { to: *to }),
        What::Accepted(offer) => {
            Some(Observed::Accepted { hand_over: offer.as_ref().map(named), from: None })
        }
        What::Refused(offer) => Some(Observed::Refused { hand_over: offer.as_ref().map(named), note: None }),
        What::PutAway(home, zone) => {
            around = *zone;
            Some(Observed::PutAway { home: *home })
        }
        What::TakenOut => Some(Observed::TakenOut),
        What::Seen(home, zone) => {
            around = *zone;
            Some(Observed::Seen { home: *home })
        }
        What::Other(observed) => Some(observed.clone()),
        What::Withdrawn(_) | What::Lapsed(_) | What::Relabelled(_) => None,
    };
    let mut stamp = register.at_server(id_of(index), *actor);
    stamp.occurred_at = morning() + TimeDelta::minutes(*minute);
    if let Some(observed) = observed {
        stamp.observed_by = Some((DeviceId(actor.0), index as u64));
        register.take_in(&Observation {
            observed,
            scan: camera(label(*scanned)),
            zone: around,
            stamp,
            marks: Vec::new(),
        });
        return;
    }
    // No two things happen at the server within the same millisecond; those that do are another test's.
    stamp.occurred_at += TimeDelta::milliseconds(1 + index as i64);
    let event = match what {
        What::Withdrawn(offer) => Event::HandOverWithdrawn { hand_over: named(offer), by: *actor },
        What::Lapsed(offer) => Event::HandOverLapsed { hand_over: named(offer) },
        What::Relabelled(number) => {
            Event::LabelReplaced { old: first_label(), new: label(*number), reason: ReplaceReason::Damaged }
        }
        _ => unreachable!("observed, so taken in above"),
    };
    let mut after = register.timeline.clone();
    after.push(Recorded { stamp, event: event.clone() });
    let mut events = vec![event];
    events.extend(differences(&after, &register.watch()));
    register.append(stamp, &events);
}

/// What the register says of the item once it has heard of everything in this order.
fn heard_in(order: &[usize], gaps: &[i64], history: &[Happening]) -> Register {
    let mut register = Register::begin();
    // It carries data, may be destroyed, and belongs in the first area.
    register.done(SATO, &Act::RecordContents { contents: contents(1) });
    register.grant(Wanted::Dispose, None);
    let place = place(CABINET);
    register.done(SATO, &Act::DesignateHome { place, zone: Some(zone(Some(1), Some(9))) });
    // Long after all of it happened, so that no clock runs ahead.
    register.wait(TimeDelta::hours(12));
    for (index, gap) in order.iter().zip(gaps) {
        register.wait(TimeDelta::milliseconds(*gap));
        hear(&mut register, history, *index);
    }
    register
}

/// All that the register says, but for the number of the last event.
fn said(register: &Register) -> impl PartialEq + std::fmt::Debug {
    let moments = [0, 5, 20 * 60, 24 * 60 + 5, 48 * 60].map(|minute| morning() + TimeDelta::minutes(minute));
    let item = &register.item;
    (
        moments.map(|now| item.pending_offer(now).copied()),
        (item.custody.value, item.custody.key.at, item.label.value.clone()),
        item.unanswered_offer().copied(),
        item.zone.as_ref().map(|zone| zone.value),
        (item.contents.clone(), item.disposal.clone(), item.loss().copied()),
        item.condition.as_ref().map(|condition| condition.value),
        item.discrepancies.clone(),
        findings(&register.timeline, &register.watch()),
    )
}

fn shuffled(most: usize) -> impl Strategy<Value = (Vec<Happening>, [Vec<usize>; 2], [Vec<i64>; 2])> {
    history(most).prop_flat_map(|history| {
        let order: Vec<_> = (0..history.len()).collect();
        let gaps = prop::collection::vec(0..90_000_i64, history.len());
        let orders = [Just(order.clone()).prop_shuffle(), Just(order).prop_shuffle()];
        (Just(history), orders, [gaps.clone(), gaps])
    })
}

proptest! {
    #![proptest_config(cases(256))]

    /// Which phone found a signal first decides nothing: who has the item, which offer waits, which label is
    /// in force and what is contradictory come out the same.
    #[test]
    fn the_order_of_arrival_changes_nothing((history, [one, other], [slow, fast]) in shuffled(9)) {
        let (one, other) = (heard_in(&one, &slow, &history), heard_in(&other, &fast, &history));
        prop_assert_eq!(said(&one), said(&other));
    }
}

/// A slow clock can place an answer before the moment at which the offerer got the item. Then it is forgotten
/// with all that came before, whether it is heard of first or last.
#[test]
fn an_answer_from_before_the_item_changed_hands_counts_in_no_order() {
    let history = [
        (SUZUKI, 5, What::TakenOut, 1),
        (SUZUKI, 6, What::Offered(Receiver::Person(TANAKA)), 1),
        (TANAKA, 4, What::Refused(Some(1)), 1),
    ];
    let [last, first] = [[0, 1, 2], [2, 0, 1]].map(|order| heard_in(&order, &[1000; 3], &history));
    assert_eq!(said(&last), said(&first));
    assert_eq!(last.hand_over(), id_of(1).into());
}

/// A withdrawal that is heard of before its offer still ends it, also where other offers were replaced
/// meanwhile.
#[test]
fn an_end_that_arrives_before_its_offer_ends_it() {
    let offered = |minute, to| (SATO, minute, What::Offered(Receiver::Person(to)), 1);
    let withdrawn = (SATO, 4, What::Withdrawn(2), 1);
    let history = [offered(1, SUZUKI), offered(2, TANAKA), offered(3, SUZUKI), withdrawn];
    for order in [[3, 0, 1, 2], [3, 2, 1, 0], [0, 1, 2, 3]] {
        assert_eq!(heard_in(&order, &[1000; 4], &history).item.unanswered_offer(), None, "{order:?}");
    }
}

/// Hand-overs and rests in homes as they should be, one thing a minute: who does what.
fn clean_chain(steps: &[(PersonId, Option<Home>)]) -> Vec<Happening> {
    let mut holder = SATO;
    let mut chain: Vec<(PersonId, What)> = Vec::new();
    for (next, home) in steps {
        match home {
            Some(home) => chain.extend([(holder, What::PutAway(*home, None)), (*next, What::TakenOut)]),
            None if *next == holder => chain.push((holder, What::Seen(None, None))),
            None => {
                let offered = What::Offered(Receiver::Person(*next));
                chain.extend([(holder, offered), (*next, What::Accepted(None))]);
            }
        }
        holder = *next;
    }
    (1..).zip(chain).map(|(minute, (actor, what))| (actor, minute, what, 1)).collect()
}

proptest! {
    #![proptest_config(cases(128))]

    /// What looks contradictory while evidence is missing settles itself when the evidence arrives.
    #[test]
    fn discrepancies_settle_themselves_when_missing_evidence_arrives(
        (history, order) in prop::collection::vec((person(), prop::option::of(home())), 1..6)
            .prop_map(|steps| clean_chain(&steps))
            .prop_flat_map(|history| {
                let order: Vec<_> = (0..history.len()).collect();
                (Just(history), Just(order).prop_shuffle())
            })
    ) {
        let register = heard_in(&order, &vec![1000; order.len()], &history);
        prop_assert_eq!(&register.item.discrepancies, &BTreeSet::new());
        prop_assert_eq!(findings(&register.timeline, &register.watch()), BTreeSet::new());
        let mut open = BTreeSet::new();
        for recorded in &register.timeline {
            match &recorded.event {
                Event::DiscrepancyRaised { finding, .. } => prop_assert!(open.insert(*finding), "raised twice"),
                Event::DiscrepancySettled { finding, by } => {
                    prop_assert_eq!(*by, Settlement::Evidence);
                    prop_assert!(open.remove(finding), "settled what was not open");
                }
                _ => {}
            }
        }
        let last_actor = history.iter().rev().find(|(_, _, what, _)| !matches!(what, What::Seen(..)));
        prop_assert_eq!(register.item.holder(), Some(last_actor.map_or(SATO, |(actor, ..)| *actor)));
    }
}

// ------------------------------------------------------------------------- a year in the life of an item

/// One thing after another, at the server or away from it. Numbers choose people.
#[derive(Debug, Clone)]
enum Step {
    /// Time passes.
    Wait(TimeDelta),
    /// Somebody asks for an act that fits.
    Act(usize, ActKind),
    /// The first who may, from this one on, does so.
    Whoever(usize, ActKind),
    /// Somebody asks for one of the things that can be granted, with or without an end.
    Wish(usize, usize, bool),
    /// Somebody offers it to whom he likes.
    Offer(usize, Receiver),
    /// The first who may, from this one on, copies what is on it.
    Copy(usize),
    /// Somebody's phone tells what was done so many minutes ago.
    Observe(usize, i64, Observed),
    /// A person explains one of the open discrepancies.
    Explain(Index),
}

/// A year: under which regulation, with whom, on what kind of thing, step by step.
#[derive(Debug, Clone)]
struct Year {
    town: &'static str,
    kind: ItemKind,
    /// Which roles each of the five holds beside his part, and as whose deputy.
    roles: Vec<(u16, Option<usize>)>,
    steps: Vec<Step>,
}

/// The first three are handlers, the others are not.
const ALL: [PersonId; 5] = [SATO, SUZUKI, TANAKA, YAMADA, KATO];

impl Year {
    fn begin(&self) -> Register {
        Register::under(town(self.town), self.kind)
    }

    /// The people with what allows them to act.
    fn people(&self, register: &Register) -> Vec<Person> {
        let profile = &register.profile;
        let mut people: Vec<_> = ALL.into_iter().zip(&self.roles).collect();
        let mut people: Vec<_> = people
            .drain(..)
            .map(|(id, (mask, deputy_for))| {
                let plain = if PEOPLE.contains(&id) { handler(id) } else { nobody(id) };
                let held = profile.roles.iter().enumerate().filter(|(bit, _)| mask >> (bit % 16) & 1 == 1);
                held.fold(plain, |person, (bit, role)| {
                    let division = if mask >> 15 == 1 && bit % 2 == 1 { TAX } else { WELFARE };
                    let deputy_for = deputy_for.map(|other| ALL[other]).filter(|other| *other != id);
                    with_role(profile, person, &role.id, Some(division), deputy_for)
                })
            })
            .collect();
        // One of them may not act for the time being.
        if self.roles[4].0 & 0b111 == 0b101 {
            people[4].active = false;
        }
        people
    }
}

fn one() -> impl Strategy<Value = usize> {
    0..ALL.len()
}

fn step() -> impl Strategy<Value = Step> {
    let observed = prop_oneof![
        3 => receiver().prop_map(|to| Observed::Offered { to }),
        3 => Just(Observed::Accepted { hand_over: None, from: None }),
        1 => Just(Observed::Refused { hand_over: None, note: None }),
        2 => home().prop_map(|home| Observed::PutAway { home }),
        2 => Just(Observed::TakenOut),
        1 => prop::option::of(home()).prop_map(|home| Observed::Seen { home }),
        3 => other(),
    ];
    // Often no time passes, so that much happens within one millisecond; sometimes offers lapse. Clocks run
    // behind, or ahead by up to a quarter of an hour.
    let wait = prop_oneof![0..5_i64, 1_000..600_000_i64, Just(25 * 3_600_000_i64)];
    let kind = || prop::sample::select(&ActKind::ALL[..]);
    prop_oneof![
        4 => wait.prop_map(|millis| Step::Wait(TimeDelta::milliseconds(millis))),
        8 => (one(), kind()).prop_map(|(who, kind)| Step::Act(who, kind)),
        8 => (one(), kind()).prop_map(|(who, kind)| Step::Whoever(who, kind)),
        3 => (one(), 0..9_usize, any::<bool>()).prop_map(|(who, what, ends)| Step::Wish(who, what, ends)),
        3 => (one(), receiver()).prop_map(|(who, to)| Step::Offer(who, to)),
        1 => one().prop_map(Step::Copy),
        4 => (one(), -15..60_i64, observed).prop_map(|(who, ago, what)| Step::Observe(who, ago, what)),
        1 => any::<Index>().prop_map(Step::Explain),
    ]
}

/// What often comes one after the other, so that lives get on.
fn course() -> impl Strategy<Value = Vec<Step>> {
    let course = |kinds: &'static [ActKind]| {
        prop::collection::vec(one(), kinds.len()).prop_map(move |who| {
            who.into_iter().zip(kinds).map(|(who, kind)| Step::Whoever(who, *kind)).collect::<Vec<_>>()
        })
    };
    let whoever = |who, kind| Step::Whoever(who, kind);
    let copied = (0..3_usize, one()).prop_map(move |(handler, first)| {
        let copying = Step::Wish(handler, 4, false);
        let [content, approve] = [ActKind::RecordContents, ActKind::Approve].map(|kind| whoever(first, kind));
        vec![content, copying, approve.clone(), approve, Step::Copy(first)]
    });
    prop_oneof![
        8 => step().prop_map(|step| vec![step]),
        1 => copied,
        1 => course(&[ActKind::Ask, ActKind::TurnDown]),
        1 => course(&[ActKind::Offer, ActKind::Refuse]),
        1 => course(&[ActKind::Offer, ActKind::Accept, ActKind::RecordContents, ActKind::PutAway]),
        1 => course(&[ActKind::Ask, ActKind::Approve, ActKind::Approve]),
        1 => course(&[
            ActKind::TakeOut,
            ActKind::Ask,
            ActKind::Approve,
            ActKind::Approve,
            ActKind::Sanitize,
            ActKind::Destroy,
            ActKind::Witness,
            ActKind::ConfirmDisposal,
        ]),
    ]
}

/// A year under the national default, with a USB memory and people without roles.
fn year() -> impl Strategy<Value = Year> {
    prop::collection::vec(step(), 1..30).prop_map(|steps| Year {
        town: "national-default",
        kind: ItemKind::UsbMemory,
        roles: vec![(0, None); ALL.len()],
        steps,
    })
}

/// A year under any of the regulations, with officers.
fn any_year() -> impl Strategy<Value = Year> {
    let kinds = [ItemKind::UsbMemory, ItemKind::HardDisk, ItemKind::PaperRecord, ItemKind::SystemDocument];
    let roles = (any::<u16>(), prop::option::weighted(0.2, one()));
    let courses = prop::collection::vec(course(), 1..25);
    (
        prop::sample::select(towns()),
        prop::sample::select(kinds.to_vec()),
        prop::collection::vec(roles, ALL.len()),
        courses.prop_map(|courses| courses.concat()),
    )
        .prop_map(|(town, kind, roles, steps)| Year { town, kind, roles, steps })
}

/// What a step became.
enum Became {
    /// Nothing: time passed, or there was nothing to explain.
    Nothing,
    /// The act was decided.
    Acted(Person, Vec<Event>),
    /// The act was refused.
    Refused(Refusal),
    /// The observation was admitted.
    Admitted(PersonId, Vec<Event>),
    /// A person explained this.
    Explained,
}

fn play(register: &mut Register, people: &[Person], step: &Step) -> Became {
    let act = |register: &mut Register, who: &Person, act: &Act| match register.act(who, act) {
        Ok(events) => Became::Acted(who.clone(), events),
        Err(refusal) => Became::Refused(refusal),
    };
    match step {
        Step::Wait(time) => {
            register.wait(*time);
            Became::Nothing
        }
        Step::Act(who, kind) => {
            let fitting = register.fitting_for(*kind, &people[*who]);
            act(register, &people[*who], &fitting)
        }
        Step::Whoever(first, kind) => {
            let able = |who: &&Person| register.clone().act(who, &register.fitting_for(*kind, who)).is_ok();
            let (before, from) = people.split_at(*first);
            let who = from.iter().chain(before).find(able).unwrap_or(&people[*first]);
            let fitting = register.fitting_for(*kind, who);
            act(register, who, &fitting)
        }
        Step::Wish(who, what, ends) => {
            let mut wishes = register.wishes(ALL[(who + 1) % ALL.len()]);
            let wanted = wishes.swap_remove(what % wishes.len());
            let until = ends.then(|| register.today() + Days::new(2));
            act(register, &people[*who], &Act::Ask { wanted, reason: text(41), until })
        }
        Step::Offer(who, to) => {
            let to = match to {
                Receiver::Person(person) => OfferTo::Person(handler(*person)),
                Receiver::AnyHandler => OfferTo::AnyHandler,
            };
            act(register, &people[*who], &Act::Offer { to, note: None, scan: None })
        }
        Step::Copy(first) => {
            let copying = copying(register);
            let try_it = |who: &Person| copy(&register.item, &copying, who, &register.profile, register.now);
            let (before, from) = people.split_at(*first);
            let able = from.iter().chain(before).find(|who| try_it(who).is_ok());
            let who = able.unwrap_or(&people[*first]);
            match try_it(who) {
                Ok((events, _)) => {
                    let id = register.fresh_id();
                    register.append(register.at_server(id, who.id), &events);
                    Became::Acted(who.clone(), events)
                }
                Err(refusal) => Became::Refused(refusal),
            }
        }
        Step::Observe(who, ago, observed) => {
            // Phones count finer than the ledger.
            let at = register.now - TimeDelta::minutes(*ago) + TimeDelta::microseconds(300);
            let who = people[*who].id;
            Became::Admitted(who, register.observe(who, observed.clone(), at))
        }
        Step::Explain(which) => {
            let open: Vec<_> = register.item.discrepancies.iter().copied().collect();
            if open.is_empty() {
                return Became::Nothing;
            }
            register.explain(open[which.index(open.len())]);
            Became::Explained
        }
    }
}

/// All that is on it, copied to another of its kind.
fn copying(register: &Register) -> Copying {
    let live: Vec<_> = register.item.live_contents().map(|kept| kept.contents.clone()).collect();
    let copied = (500..)
        .zip(&live)
        .map(|(number, contents)| Contents { id: ContentsId(Uuid::from_u128(number)), ..contents.clone() });
    Copying {
        contents: live.iter().map(|contents| contents.id).collect(),
        registration: Registration {
            label: label(77),
            contents: copied.collect(),
            ..blank(register.item.kind)
        },
        copy: ItemId(Uuid::from_u128(0xc0)),
    }
}

/// Plays a year and looks after each step at what was, what happened and what is.
fn live(
    year: &Year,
    mut look: impl FnMut(&Register, &Became, &Register) -> TestCaseResult,
) -> TestCaseResult {
    let mut register = year.begin();
    let people = year.people(&register);
    for step in &year.steps {
        let before = register.clone();
        let became = play(&mut register, &people, step);
        look(&before, &became, &register)?;
    }
    Ok(())
}

/// Reads back what was written, as the store does.
fn through_json<T: serde::Serialize + serde::de::DeserializeOwned>(value: &T) -> T {
    serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
}

/// The discrepancies that were raised and not settled since, and those that a person settled.
fn account(timeline: &[Recorded]) -> (BTreeSet<Finding>, BTreeSet<Finding>) {
    let (mut open, mut explained) = (BTreeSet::new(), BTreeSet::new());
    for recorded in timeline {
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
    (open, explained)
}

proptest! {
    #![proptest_config(cases(128))]

    /// The stored row is the fold of the ledger, which keeps milliseconds, also when the row was written and
    /// read back at each step; its version counts the entries.
    #[test]
    fn a_replay_equals_the_stored_row(year in any_year()) {
        let mut register = year.begin();
        let people = year.people(&register);
        for step in &year.steps {
            play(&mut register, &people, step);
            register.item = through_json(&register.item);
        }
        let ledger: Vec<_> = register
            .timeline
            .iter()
            .map(|Recorded { stamp, event }| {
                let occurred_at = stamp.occurred_at.trunc_subsecs(3);
                Recorded { stamp: Stamp { occurred_at, ..*stamp }, event: through_json(event) }
            })
            .collect();
        let watch = register.watch();
        prop_assert_eq!(findings(&ledger, &watch), findings(&register.timeline, &watch));
        let replayed = fold(ITEM, &ledger).unwrap();
        prop_assert_eq!(replayed.version, ledger.len() as u64);
        prop_assert_eq!(replayed, register.item);
    }

    /// An observation is recorded whatever the register thinks of it, with who, when and what he saw; what
    /// follows from it comes after.
    #[test]
    fn an_observation_is_never_lost(year in any_year()) {
        live(&year, |before, became, after| {
            if let Became::Admitted(who, events) = became {
                let recorded = &after.timeline[before.timeline.len()];
                prop_assert_eq!(&recorded.event, &events[0]);
                prop_assert_eq!(recorded.stamp.actor, *who);
                // Nobody scans what he misses, and what leaves is told by its container.
                let unseen = matches!(events[0], Event::LostReported { .. } | Event::Departed { .. });
                let scan = before.scan();
                prop_assert_eq!(recorded.event.scan(), Some(&scan).filter(|_| !unseen));
                let [own, followed @ ..] = events.as_slice() else { return Ok(()) };
                let settles_or_raises = |event: &Event| {
                    let evidence = Settlement::Evidence;
                    matches!(event, Event::DiscrepancySettled { by, .. } if *by == evidence)
                        || matches!(event, Event::DiscrepancyRaised { .. })
                };
                prop_assert!(!settles_or_raises(own));
                prop_assert!(followed.iter().all(settles_or_raises));
                prop_assert_eq!(after.timeline.len(), before.timeline.len() + events.len());
            }
            Ok(())
        })?;
    }

    /// What was raised and not settled is what is found in the timeline, less what people explained. Acts
    /// that the server allowed never contradict anything.
    #[test]
    fn the_open_discrepancies_are_those_of_the_timeline(year in any_year()) {
        live(&year, |before, became, after| {
            let watch = after.watch();
            let found = findings(&after.timeline, &watch);
            if matches!(became, Became::Acted(..) | Became::Refused(_)) {
                prop_assert_eq!(&findings(&before.timeline, &watch), &found, "an act at the server");
            }
            let (open, explained) = account(&after.timeline);
            prop_assert_eq!(&open, &found.difference(&explained).copied().collect::<BTreeSet<_>>());
            prop_assert_eq!(&open, &after.item.discrepancies);
            prop_assert!(differences(&after.timeline, &watch).is_empty());
            Ok(())
        })?;
    }

    /// What was settled as untrue is as if nobody had told of it: who has it, what lies on it and where it stands is
    /// what the rest of the timeline tells. It is found no more, and stays in the timeline.
    #[test]
    fn what_was_dismissed_is_as_if_nobody_had_told_it(year in any_year(), which in any::<Index>()) {
        let mut register = year.begin();
        let people = year.people(&register);
        for step in &year.steps {
            play(&mut register, &people, step);
        }
        let open: Vec<_> = register.item.discrepancies.iter().copied().collect();
        let open: Vec<_> = open
            .into_iter()
            .filter(|finding| register.item.dismissible.contains(&finding.event))
            .collect();
        prop_assume!(!open.is_empty());
        let untrue = which.get(&open).event;
        let settled = open.iter().filter(|finding| finding.event == untrue).map(|finding| {
            let by = Settlement::Person { by: YAMADA, reason: text(9), outcome: Outcome::Dismissed };
            Event::DiscrepancySettled { finding: *finding, by }
        });
        let (settled, id) = (settled.collect::<Vec<_>>(), register.fresh_id());
        let before = register.timeline.clone();
        let stamp = register.at_server(id, YAMADA);
        register.append(stamp, &settled);
        prop_assert_eq!(&register.timeline[..before.len()], &before[..], "it stays where it was");
        prop_assert!(passed_over(&register.timeline).contains(&untrue));

        // The same events, of which that one says nothing.
        let silent: Vec<_> = before
            .into_iter()
            .map(|recorded| match recorded.stamp.event == untrue {
                true => Recorded {
                    event: Event::EvidenceMarked { evidence: untrue, mark: EvidenceMark::ByMachine },
                    ..recorded
                },
                false => recorded,
            })
            .collect();
        let (told, without) = (&register.item, fold(ITEM, &silent).unwrap());
        prop_assert_eq!(&told.custody, &without.custody);
        prop_assert_eq!(told.unanswered_offer(), without.unanswered_offer());
        prop_assert_eq!(&told.contents, &without.contents);
        prop_assert_eq!(&told.zone, &without.zone);
        prop_assert_eq!((&told.lost, &told.condition), (&without.lost, &without.condition));
        prop_assert_eq!(&told.disposal.destroyed, &without.disposal.destroyed);
        prop_assert_eq!(&told.disposal.operators, &without.disposal.operators);
        let found = findings(&register.timeline, &register.watch());
        prop_assert!(found.iter().all(|finding| finding.event != untrue));
        let again = differences(&register.timeline, &register.watch());
        let id = register.fresh_id();
        let stamp = register.at_server(id, YAMADA);
        register.append(stamp, &again);
        let (open, explained) = account(&register.timeline);
        prop_assert_eq!(open, found.difference(&explained).copied().collect::<BTreeSet<_>>());
        prop_assert_eq!(fold(ITEM, &register.timeline).unwrap(), register.item);
    }

    /// What a person explained stays explained, also when evidence makes it go away and come back.
    #[test]
    fn what_a_person_explained_is_not_raised_again(year in any_year()) {
        live(&year, |before, became, after| {
            let (_, explained) = account(&before.timeline);
            if let Became::Admitted(_, events) = became {
                for event in events {
                    if let Event::DiscrepancyRaised { finding, .. } = event {
                        prop_assert!(!explained.contains(finding));
                    }
                }
            }
            prop_assert!(after.item.discrepancies.is_disjoint(&explained));
            Ok(())
        })?;
    }

    /// A page offers an act exactly when the server then allows it, and gives the server's reason otherwise.
    /// Only what to ask for must be chosen first: where nothing can be asked for at all, that is said then.
    #[test]
    fn what_a_page_offers_is_what_the_server_decides(year in any_year()) {
        let people = year.people(&year.begin());
        live(&year, |_, _, register| {
            for actor in &people {
                for (kind, open) in open_acts(&register.item, actor, &register.profile, register.now) {
                    let (act, id) = (register.fitting_for(kind, actor), id_of(0));
                    let decided = decide(&register.item, &act, id, actor, &register.profile, register.now);
                    let decided = decided.map(|_| ());
                    let nothing_to_ask_for = kind == ActKind::Ask
                        && open.is_ok()
                        && matches!(
                            decided.as_ref().map_err(|refusal| &refusal.reason),
                            Err(Reason::OnHold | Reason::NoSuchContents | Reason::PermissionNotNeeded { .. })
                        );
                    if !nothing_to_ask_for {
                        prop_assert_eq!(decided, open, "{} by {:?}", kind.code(), actor);
                    }
                }
            }
            Ok(())
        })?;
    }

    /// Nobody or one person has the item, and nobody else may give it away or put it away.
    #[test]
    fn there_are_never_two_holders(year in any_year()) {
        let people = year.people(&year.begin());
        live(&year, |_, _, register| {
            let may = |kind, who: &Person| {
                let open = open_acts(&register.item, who, &register.profile, register.now);
                open.into_iter().any(|(open, answer)| open == kind && answer.is_ok())
            };
            for kind in [ActKind::Offer, ActKind::PutAway, ActKind::Sanitize, ActKind::Destroy] {
                let able: Vec<_> = people.iter().filter(|who| may(kind, who)).map(|who| who.id).collect();
                prop_assert!(able.iter().all(|who| register.item.holder() == Some(*who)), "{:?}", able);
            }
            let takers = people.iter().filter(|who| may(ActKind::TakeOut, who)).count();
            let rests = matches!(register.item.custody.value, Custody::Stored { .. });
            prop_assert!(takers == 0 || rests, "to be taken out, it must rest");
            let free = |gated| register.profile.gate(gated, &register.item.matter(None)).is_none();
            if rests && free(Gated::Use) && free(Gated::Bulk) {
                prop_assert!(takers >= PEOPLE.len(), "any handler may take it out");
            }
            Ok(())
        })?;
    }

    /// At the server, an item passes from one person to another only when the second accepts what the first
    /// offered to him; every other act leaves it with whoever had it or puts it to rest.
    #[test]
    fn custody_passes_only_when_the_addressee_accepts_the_holders_offer(year in any_year()) {
        live(&year, |before, became, after| {
            let Became::Acted(who, events) = became else { return Ok(()) };
            let (old, new) = (before.item.holder(), after.item.holder());
            if let (Some(old), Some(new)) = (old, new)
                && old != new
            {
                let accepted = matches!(&events[0], Event::HandOverAccepted { to, .. } if *to == who.id);
                prop_assert!(accepted);
                prop_assert_eq!(new, who.id);
                let offer = before.item.pending_offer(before.now).unwrap();
                prop_assert_eq!(offer.from, old);
                prop_assert!(offer.to == Receiver::Person(new) || offer.to == Receiver::AnyHandler);
            }
            Ok(())
        })?;
    }

    /// What the server allowed takes effect at once, whatever was observed before, whatever the ids, and also
    /// within the same millisecond.
    #[test]
    fn a_decided_act_takes_effect_at_once(year in any_year()) {
        live(&year, |before, became, after| {
            if let Became::Acted(who, events) = became {
                took_effect(before, who.id, events, after)?;
            }
            Ok(())
        })?;
    }

    /// A clock that runs ahead wins nothing: its observation is placed at its receipt, is flagged beyond the
    /// allowed skew, and what happens at the server afterwards comes after it, be it in the same millisecond.
    #[test]
    fn a_clock_ahead_is_clamped_to_receipt_and_flagged(
        year in year(),
        who in person(),
        ahead in 0..1_200_i64,
    ) {
        let mut register = year.begin();
        let people = year.people(&register);
        for step in &year.steps {
            play(&mut register, &people, step);
        }
        let ahead = TimeDelta::seconds(ahead);
        register.observe(who, Observed::PutAway { home: CASE }, register.now + ahead);
        let mut stamps = register.timeline.iter().rev().map(|recorded| recorded.stamp);
        let stamp = stamps.find(|stamp| stamp.observed_by.is_some()).unwrap();
        prop_assert_eq!(OrderKey::from(&stamp).at, stamp.recorded_at);
        prop_assert_eq!(register.item.custody.key.at, register.now);
        prop_assert_eq!(register.item.custody.value, Custody::Stored { home: CASE, by: who });
        let flag = Finding { kind: FindingKind::ClockAhead, event: stamp.event };
        let flagged = ahead > register.profile.allowed_clock_skew;
        prop_assert_eq!(register.item.discrepancies.contains(&flag), flagged);
        register.done(TANAKA, &register.fitting(ActKind::TakeOut, TANAKA));
        prop_assert_eq!(register.item.holder(), Some(TANAKA));
    }

    /// Whoever confirms a destruction, and at least one who stood by, did not destroy the item themselves.
    #[test]
    fn a_destruction_is_never_confirmed_by_its_operator_alone(year in any_year()) {
        live(&year, |before, became, after| {
            let Became::Acted(who, events) = became else { return Ok(()) };
            let disposal = &after.item.disposal;
            match &events[0] {
                Event::Witnessed { .. } => prop_assert!(!before.item.disposal.operators.contains(&who.id)),
                Event::Destroyed { .. } => {
                    let stood_by = before.item.disposal.witnessed.iter().any(|witness| witness.by == who.id);
                    prop_assert!(!stood_by);
                }
                Event::DisposalConfirmed { .. } => {
                    prop_assert!(!disposal.operators.contains(&who.id));
                    let another = |witness: &PersonId| !disposal.operators.contains(witness);
                    prop_assert!(disposal.witnessed.iter().map(|witness| witness.by).any(|by| another(&by)));
                    prop_assert!(after.item.is_witnessed());
                }
                _ => {}
            }
            Ok(())
        })?;
    }

    /// Where somebody must order or permit it, nothing is erased or destroyed without that, and nothing while
    /// it is held back.
    #[test]
    fn nothing_ends_without_order_or_in_spite_of_a_hold(year in any_year()) {
        live(&year, |before, became, _| {
            let Became::Acted(_, events) = became else { return Ok(()) };
            let item = &before.item;
            let ends = matches!(events[0], Event::Sanitized { .. } | Event::Destroyed { .. });
            if ends || matches!(events[0], Event::ContentsErased { .. }) {
                prop_assert_eq!(item.open_holds().count(), 0);
            }
            if ends && before.profile.gate(Gated::Dispose, &item.matter_before(Gated::Dispose)).is_some() {
                let order = item.permission(before.today(), |wanted| *wanted == Wanted::Dispose);
                prop_assert!(order.is_some());
                if let Event::Destroyed { request, .. } = &events[0] {
                    prop_assert_eq!(*request, order.map(|order| order.id), "it rests on that order");
                }
            }
            Ok(())
        })?;
    }

    /// What is granted was approved by as many people as it takes, none of them the requester, each once, and
    /// no deputy for somebody who asked or approved himself.
    #[test]
    fn what_is_granted_was_approved_by_others(year in any_year()) {
        live(&year, |before, became, after| {
            let Became::Acted(_, events) = became else { return Ok(()) };
            for event in events {
                let Event::Granted { request } = event else { continue };
                let request = after.item.request(*request).unwrap();
                let mut matter = before.item.matter_before(request.wanted.gated());
                if let Wanted::Bulk { records } = request.wanted {
                    matter.records = records;
                }
                let gate = before.profile.gate(request.wanted.gated(), &matter).unwrap();
                prop_assert_eq!(approval::missing(&gate.approvers, &request.given), Vec::<RoleId>::new());
                let mut acted = vec![request.by];
                for given in &request.given {
                    prop_assert!(gate.approvers.roles().contains(&given.role));
                    acted.push(given.by);
                    acted.extend(given.deputy_for);
                }
                let people: BTreeSet<_> = acted.iter().collect();
                prop_assert_eq!(people.len(), acted.len(), "nobody acts twice: {:?}", acted);
            }
            Ok(())
        })?;
    }

    /// Every refusal cites what asks for it and says in both languages what to do.
    #[test]
    fn every_refusal_cites_its_source_and_speaks(year in any_year()) {
        live(&year, |before, became, after| {
            if let Became::Refused(refusal) = became {
                speaks(refusal);
                prop_assert_eq!(&before.item, &after.item, "a refusal leaves everything as it was");
            }
            Ok(())
        })?;
    }

    /// Nothing is done any more with what is gone, but for what ends its story.
    #[test]
    fn what_is_gone_is_not_handled(year in any_year()) {
        live(&year, |before, became, _| {
            if let Became::Acted(_, events) = became
                && before.item.custody.value.is_gone()
            {
                let story = [
                    "witnessed",
                    "disposal-confirmed",
                    "discrepancy-settled",
                    "approved",
                    "turned-down",
                    "request-withdrawn",
                    "permission-ended",
                    "hold-lifted",
                ];
                prop_assert!(story.contains(&events[0].kind()), "{}", events[0].kind());
            }
            Ok(())
        })?;
    }
}

/// What the first of these events says is so now.
fn took_effect(before: &Register, who: PersonId, events: &[Event], after: &Register) -> TestCaseResult {
    let item = &after.item;
    match &events[0] {
        Event::HandOverOffered { hand_over, .. } => {
            let pending = item.pending_offer(after.now).map(|offer| offer.hand_over);
            prop_assert_eq!(pending, Some(*hand_over));
        }
        Event::HandOverAccepted { .. } | Event::TakenOut { .. } => {
            prop_assert_eq!(item.custody.value, Custody::Held { by: who });
            prop_assert_eq!(item.unanswered_offer(), None);
        }
        Event::HandOverRefused { .. } | Event::HandOverWithdrawn { .. } => {
            prop_assert_eq!(item.custody.value, before.item.custody.value);
            prop_assert_eq!(item.unanswered_offer(), None);
        }
        Event::PutAway { home, .. } => {
            prop_assert_eq!(item.custody.value, Custody::Stored { home: *home, by: who });
            prop_assert_eq!(item.unanswered_offer(), None);
        }
        Event::LabelReplaced { new, .. } => prop_assert_eq!(&item.label.value, new),
        Event::ContentsRecorded { .. } => {
            prop_assert_eq!(item.contents.len(), before.item.contents.len() + 1);
        }
        Event::Assigned { division, .. } => prop_assert_eq!(item.division, *division),
        Event::HomeDesignated { place, .. } => prop_assert_eq!(item.designated_home, Some(*place)),
        Event::ProtectionRecorded { secrecy, .. } => {
            let protection = item.protection.as_ref().unwrap();
            prop_assert_eq!((&protection.value.secrecy, protection.value.verified_by), (secrecy, who));
        }
        Event::ContentsErased { contents, .. } => {
            prop_assert!(item.live_contents().all(|kept| kept.contents.id != *contents));
        }
        Event::RetentionEventOccurred { contents, event, on, .. } => {
            let kept = item.live_contents().find(|kept| kept.contents.id == *contents).unwrap();
            prop_assert_eq!(kept.events.get(event), Some(on));
        }
        Event::Copied { copy, request, .. } => {
            prop_assert_eq!(item.copies.last(), Some(copy));
            let used_up = |request: &RequestId| after.state(*request) == RequestState::Ended;
            prop_assert!(request.as_ref().is_none_or(used_up));
        }
        Event::Requested { request, .. } => prop_assert_eq!(after.state(*request), RequestState::Open),
        Event::Approved { request, .. } => {
            let given = &item.request(*request).unwrap().given;
            prop_assert_eq!(given.last().map(|given| given.by), Some(who));
            let granted = events.iter().any(|event| matches!(event, Event::Granted { .. }));
            let state = if granted { RequestState::Granted } else { RequestState::Open };
            prop_assert_eq!(after.state(*request), state);
        }
        Event::TurnedDown { request, .. } => {
            prop_assert_eq!(after.state(*request), RequestState::TurnedDown);
        }
        Event::RequestWithdrawn { request, .. } => {
            prop_assert_eq!(after.state(*request), RequestState::Withdrawn);
        }
        Event::PermissionEnded { request, .. } => {
            prop_assert_eq!(after.state(*request), RequestState::Ended);
        }
        Event::HoldPlaced { hold, .. } => prop_assert!(item.open_holds().any(|open| open.id == *hold)),
        Event::HoldLifted { hold, .. } => prop_assert!(item.open_holds().all(|open| open.id != *hold)),
        Event::Sanitized { .. } => {
            prop_assert_eq!(item.live_contents().count(), 0);
            prop_assert_eq!(item.custody.value, before.item.custody.value);
        }
        Event::Destroyed { .. } => {
            prop_assert_eq!(item.custody.value, Custody::Destroyed { by: who });
            prop_assert_eq!(item.live_contents().count(), 0);
        }
        Event::Witnessed { .. } => prop_assert!(item.is_witnessed()),
        Event::DisposalConfirmed { .. } => {
            prop_assert_eq!(item.disposal.confirmed.as_ref().map(|confirmed| confirmed.by), Some(who));
        }
        Event::FaultReported { .. } => prop_assert!(item.condition.as_ref().unwrap().value.faulty),
        Event::FaultChecked { faulty, .. } => {
            prop_assert_eq!(item.condition.as_ref().unwrap().value.faulty, *faulty);
        }
        Event::LostReported { .. } => prop_assert!(item.loss().is_some()),
        Event::Found { .. } => prop_assert!(item.loss().is_none()),
        Event::DiscrepancySettled { finding, .. } => {
            prop_assert!(!item.discrepancies.contains(finding));
        }
        other => prop_assert!(false, "no act becomes {}", other.kind()),
    }
    Ok(())
}

/// The lives that the promises above are held against know every act, and come to a confirmed end.
#[test]
fn the_lives_reach_everything() {
    let mut runner = TestRunner::deterministic();
    let mut reached = BTreeSet::new();
    for _ in 0..3_000 {
        let year = any_year().new_tree(&mut runner).unwrap().current();
        live(&year, |_, became, _| {
            if let Became::Acted(_, events) = became {
                reached.extend(events.iter().map(Event::kind));
            }
            Ok(())
        })
        .unwrap();
    }
    let acts = ActKind::ALL.len();
    // `granted` and `copied` are no acts of their own; nothing else is missing.
    assert_eq!(reached.len(), acts + 2, "{reached:?}");
}

// ------------------------------------------------------------------------ whatever a ledger could hold

fn moment() -> impl Strategy<Value = DateTime<Utc>> {
    prop_oneof![
        4 => (-50..50_i64).prop_map(|minute| morning() + TimeDelta::minutes(minute)),
        1 => any::<i64>().prop_map(|millis| DateTime::from_timestamp_millis(millis).unwrap_or_default()),
        1 => prop::sample::select(&[DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC][..]),
    ]
}

fn some_id() -> impl Strategy<Value = u128> {
    0..6_u128
}

fn uuid() -> impl Strategy<Value = Uuid> {
    some_id().prop_map(Uuid::from_u128)
}

fn any_scan() -> impl Strategy<Value = Scan> {
    (1..4_u32).prop_map(|number| camera(label(number)))
}

fn any_event() -> impl Strategy<Value = Event> {
    prop_oneof![6 => any_hand_over(), 4 => any_description(), 4 => any_request(), 4 => any_end()]
}

/// An item is registered and passes from hand to hand.
fn any_hand_over() -> impl Strategy<Value = Event> {
    let hand_over = || uuid().prop_map(HandOverId);
    let finding = || {
        (prop::sample::select(&FindingKind::ALL[..]), uuid())
            .prop_map(|(kind, id)| Finding { kind, event: EventId(id) })
    };
    let by =
        prop_oneof![
            Just(Settlement::Evidence),
            (person(), prop::sample::select(&Outcome::ALL[..]))
                .prop_map(|(by, outcome)| Settlement::Person { by, reason: text(3), outcome })
        ];
    prop_oneof![
        (prop::sample::select(&ItemKind::ALL[..]), 1..4_u32, person()).prop_map(
            |(item_kind, number, holder)| {
                let label = label(number);
                let (title, serial) = (text(1), Some(text(2)));
                Event::Registered { item_kind, label, title, control_number: None, serial, holder }
            }
        ),
        (hand_over(), person(), receiver(), moment(), prop::option::of(any_scan())).prop_map(
            |(hand_over, from, to, expires_at, scan)| {
                Event::HandOverOffered { hand_over, from, to, expires_at, note: None, scan }
            }
        ),
        (prop::option::of(hand_over()), prop::option::of(person()), person(), any_scan())
            .prop_map(|(hand_over, from, to, scan)| Event::HandOverAccepted { hand_over, from, to, scan }),
        (prop::option::of(hand_over()), person(), prop::option::of(any_scan())).prop_map(
            |(hand_over, by, scan)| Event::HandOverRefused { hand_over, by, note: Some(text(4)), scan }
        ),
        (hand_over(), person()).prop_map(|(hand_over, by)| Event::HandOverWithdrawn { hand_over, by }),
        hand_over().prop_map(|hand_over| Event::HandOverLapsed { hand_over }),
        (person(), home(), any_scan(), area()).prop_map(|(by, home, scan, zone)| Event::PutAway {
            by,
            home,
            scan,
            zone
        }),
        (person(), prop::option::of(home()), any_scan()).prop_map(|(by, from, scan)| Event::TakenOut {
            by,
            from,
            scan,
            purpose: None
        }),
        (person(), prop::option::of(home()), any_scan(), area())
            .prop_map(|(by, home, scan, zone)| Event::Seen { by, home, scan, zone }),
        (1..4_u32, 1..4_u32).prop_map(|(old, new)| Event::LabelReplaced {
            old: label(old),
            new: label(new),
            reason: ReplaceReason::Missing
        }),
        (uuid(), person()).prop_map(|(evidence, by)| Event::EvidenceMarked {
            evidence: EventId(evidence),
            mark: EvidenceMark::ReportedFor { person: by }
        }),
        (finding(), any::<bool>()).prop_map(|(finding, dismissible)| Event::DiscrepancyRaised {
            finding,
            caused_by: None,
            dismissible
        }),
        (finding(), by).prop_map(|(finding, by)| Event::DiscrepancySettled { finding, by }),
    ]
}

fn any_contents() -> impl Strategy<Value = ContentsId> {
    uuid().prop_map(ContentsId)
}

fn any_erasure() -> impl Strategy<Value = Erasure> {
    prop::sample::select(&Verification::ALL[..])
        .prop_map(|verification| Erasure { verification, ..erasure("overwrite") })
}

/// What is known of it, what it is copied to and where it belongs.
fn any_description() -> impl Strategy<Value = Event> {
    let secrecy = prop_oneof![Just(Secrecy::None), Just(Secrecy::PasswordOnly), Just(encrypted())];
    let records = prop_oneof![Just(None), any::<u64>().prop_map(Some)];
    let category = prop::sample::select(&Category::ALL[..]);
    prop_oneof![
        (some_id(), records, category).prop_map(|(id, records, category)| Event::ContentsRecorded {
            contents: Contents { records, category, ..contents(id) }
        }),
        (person(), prop::option::of(uuid().prop_map(DivisionId)))
            .prop_map(|(by, division)| Event::Assigned { by, division }),
        (person(), uuid().prop_map(PlaceId), area()).prop_map(|(by, place, zone)| Event::HomeDesignated {
            by,
            place,
            zone
        }),
        (person(), secrecy, any::<bool>()).prop_map(|(by, secrecy, key_apart)| Event::ProtectionRecorded {
            by,
            secrecy,
            key_apart
        }),
        (person(), any_contents(), any_erasure()).prop_map(|(by, contents, erasure)| Event::ContentsErased {
            by,
            contents,
            erasure
        }),
        (person(), any_contents(), moment()).prop_map(|(by, contents, at)| Event::RetentionEventOccurred {
            by,
            contents,
            event: "contract-ended".to_owned(),
            on: at.date_naive().clamp(morning().date_naive(), "2100-01-01".parse().unwrap())
        }),
        (person(), any_contents(), uuid(), prop::option::of(uuid())).prop_map(
            |(by, contents, copy, request)| Event::Copied {
                by,
                contents: vec![contents],
                copy: ItemId(copy),
                request: request.map(RequestId)
            }
        ),
        (person(), uuid()).prop_map(|(by, source)| Event::CopyOf { by, source: ItemId(source) }),
        (person(), prop::option::of(any_scan())).prop_map(|(by, scan)| Event::FaultReported {
            by,
            note: None,
            scan
        }),
        (person(), any::<bool>(), any_scan()).prop_map(|(by, faulty, scan)| Event::FaultChecked {
            by,
            faulty,
            note: Some(text(5)),
            scan
        }),
        person().prop_map(|by| Event::LostReported { by, incident: None, note: None }),
        (person(), any_scan()).prop_map(|(by, scan)| Event::Found { by, scan }),
    ]
}

/// What is asked for, granted and held back.
fn any_request() -> impl Strategy<Value = Event> {
    let request = || uuid().prop_map(RequestId);
    let role = || prop_oneof![Just(RoleId::from("officer")), Just(RoleId::from(HANDLER))];
    let wanted = prop_oneof![
        any_contents().prop_map(|contents| Wanted::Copy { contents: vec![contents] }),
        Just(Wanted::Save),
        uuid().prop_map(|terminal| Wanted::Connect { terminal: ItemId(terminal) }),
        Just(Wanted::Use),
        any::<u64>().prop_map(|records| Wanted::Bulk { records }),
        person().prop_map(|person| Wanted::Handle { person }),
        Just(Wanted::Disclose { to: text(6) }),
        Just(Wanted::Dispose),
        (any_contents(), 2027..2040_i32).prop_map(|(contents, year)| Wanted::Extend {
            contents,
            until: NaiveDate::from_ymd_opt(year, 3, 31).unwrap()
        }),
    ];
    prop_oneof![
        4 => (request(), person(), wanted).prop_map(|(request, by, wanted)| Event::Requested {
            request,
            by,
            wanted,
            reason: text(7),
            until: None
        }),
        2 => (request(), person(), role(), prop::option::of(person())).prop_map(
            |(request, by, role, deputy_for)| {
                Event::Approved { request, by, role, deputy_for, note: None }
            }
        ),
        3 => request().prop_map(|request| Event::Granted { request }),
        1 => (request(), person(), role())
            .prop_map(|(request, by, role)| Event::TurnedDown { request, by, role, reason: text(8) }),
        1 => (request(), person()).prop_map(|(request, by)| Event::RequestWithdrawn { request, by }),
        1 => (request(), person())
            .prop_map(|(request, by)| Event::PermissionEnded { request, by, reason: None }),
        1 => (uuid(), person(), role()).prop_map(|(hold, by, role)| Event::HoldPlaced {
            hold: HoldId(hold),
            by,
            role,
            reason: text(9)
        }),
        1 => (uuid(), person(), role()).prop_map(|(hold, by, role)| Event::HoldLifted {
            hold: HoldId(hold),
            by,
            role,
            reason: text(9)
        }),
    ]
}

/// It leaves, and it ends.
fn any_end() -> impl Strategy<Value = Event> {
    let carry_out = || uuid().prop_map(CarryOutId);
    let how = prop_oneof![
        Just(destruction("shred-flash")),
        Just(delegated("incinerate")),
        Just(Destruction {
            performed: Performed::Delegated { contractor: text(1), certificate: None, file: None },
            photographs: Vec::new(),
            ..destruction("incinerate")
        }),
    ];
    let presence = prop::sample::select(&[Presence::OnSite, Presence::Photograph, Presence::Certificate][..]);
    prop_oneof![
        (prop::option::of(carry_out()), person(), any::<bool>()).prop_map(|(carry_out, by, packed)| {
            let container = packed.then_some(ContainerId(Uuid::from_u128(0xc1)));
            Event::Departed { carry_out, by, container }
        }),
        (carry_out(), person(), any::<bool>()).prop_map(|(carry_out, by, matches)| {
            Event::Unsealed { carry_out, by, container: ContainerId(Uuid::from_u128(0xc1)), matches }
        }),
        (prop::option::of(carry_out()), person(), any_scan())
            .prop_map(|(carry_out, by, scan)| Event::Returned { carry_out, by, scan }),
        (carry_out(), person()).prop_map(|(carry_out, by)| Event::MissedAtUnpacking { carry_out, by }),
        (carry_out(), person()).prop_map(|(carry_out, by)| Event::Delivered { carry_out, by }),
        (person(), any_erasure(), any_scan()).prop_map(|(by, erasure, scan)| Event::Sanitized {
            by,
            erasure,
            scan
        }),
        (prop::option::of(uuid()), person(), how, any_scan()).prop_map(|(request, by, destruction, scan)| {
            Event::Destroyed { request: request.map(RequestId), by, destruction, scan }
        }),
        (person(), presence, any_scan()).prop_map(|(by, presence, scan)| Event::Witnessed {
            by,
            presence,
            photographs: vec![photograph(Shows::After)],
            scan
        }),
        person().prop_map(|by| Event::DisposalConfirmed { by, role: RoleId::from("officer"), note: None }),
    ]
}

fn any_recorded() -> impl Strategy<Value = Recorded> {
    let device = prop::option::of((some_id().prop_map(|id| DeviceId(Uuid::from_u128(id))), any::<u64>()));
    (some_id(), moment(), moment(), person(), device, any_event()).prop_map(
        |(id, occurred_at, recorded_at, actor, observed_by, event)| {
            let event_id = EventId(Uuid::from_u128(id));
            Recorded { stamp: Stamp { event: event_id, occurred_at, recorded_at, actor, observed_by }, event }
        },
    )
}

/// With an id of its own, as the ledger sees to.
fn numbered(number: u128, recorded: Recorded) -> Recorded {
    let Recorded { stamp, event } = recorded;
    Recorded { stamp: Stamp { event: EventId(Uuid::from_u128(number)), ..stamp }, event }
}

proptest! {
    #![proptest_config(cases(128))]

    /// Any events in any order fold into an item and can be searched for contradictions; only a registration
    /// begins one, and what an item becomes can be written and read back.
    #[test]
    fn any_sequence_of_events_can_be_folded(events in prop::collection::vec(any_recorded(), 0..20)) {
        let mut item: Option<Item> = None;
        let events: Vec<_> = (0..).zip(events).map(|(number, recorded)| numbered(number, recorded)).collect();
        for (number, recorded) in (1..).zip(&events) {
            let registers = matches!(recorded.event, Event::Registered { .. });
            let before = item.clone();
            item = evolve(ITEM, item, recorded);
            // As the store does.
            if recorded.event.dismisses().is_some() {
                item = fold(ITEM, &events[..number]);
            }
            prop_assert_eq!(item.is_some(), before.is_some() || registers);
            if let (Some(before), Some(after)) = (&before, &item) {
                prop_assert_eq!(after.version, before.version + 1);
            }
            prop_assert_eq!(&through_json(&recorded.event), &recorded.event);
        }
        prop_assert_eq!(&fold(ITEM, &events), &item);
        if let Some(item) = item {
            let _ = item.unanswered_offer();
            let _ = (item.matter(None), item.matter_before(Gated::Dispose));
            prop_assert_eq!(through_json(&item), item);
        }
        let watch = Watch::from(profile().as_ref());
        let found = findings(&events, &watch);
        let ids: BTreeSet<_> = events.iter().map(|recorded| recorded.stamp.event).collect();
        prop_assert!(found.iter().all(|finding| ids.contains(&finding.event)));
        prop_assert_eq!(in_order(&events).len(), events.len());
        let _ = differences(&events, &watch);
    }
}
