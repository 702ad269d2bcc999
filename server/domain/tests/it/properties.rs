//! What holds whatever happens, in whichever order the server hears of it.

use std::collections::BTreeSet;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use hokan_domain::{
    custody::{Act, ActKind, OfferTo, decide, open_acts},
    discrepancy::{Finding, FindingKind, Settlement, differences, findings},
    event::{Event, Receiver, Recorded, Stamp},
    ids::{DeviceId, EventId, HandOverId, PersonId},
    item::{Custody, Item, ItemKind, evolve, fold},
    label::ReplaceReason,
    observation::{Observation, Observed},
    place::Home,
    timeline::{OrderKey, in_order},
};
use proptest::{prelude::*, sample::Index, test_runner::TestCaseResult};
use uuid::Uuid;

use crate::register::{
    CABINET, CASE, ITEM, Register, SATO, SUZUKI, TANAKA, VAULT, camera, contents, first_label, handler,
    label, morning, text,
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
    PutAway(Home),
    TakenOut,
    Seen(Option<Home>),
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
        2 => home().prop_map(What::PutAway),
        2 => Just(What::TakenOut),
        1 => prop::option::of(home()).prop_map(What::Seen),
        1 => (0..9_usize).prop_map(What::Withdrawn),
        1 => (0..9_usize).prop_map(What::Lapsed),
        1 => (2..4_u32).prop_map(What::Relabelled),
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
    let observed = match what {
        What::Offered(to) => Some(Observed::Offered { to: *to }),
        What::Accepted(offer) => {
            Some(Observed::Accepted { hand_over: offer.as_ref().map(named), from: None })
        }
        What::Refused(offer) => Some(Observed::Refused { hand_over: offer.as_ref().map(named), note: None }),
        What::PutAway(home) => Some(Observed::PutAway { home: *home }),
        What::TakenOut => Some(Observed::TakenOut),
        What::Seen(home) => Some(Observed::Seen { home: *home }),
        What::Withdrawn(_) | What::Lapsed(_) | What::Relabelled(_) => None,
    };
    let mut stamp = register.at_server(id_of(index), *actor);
    stamp.occurred_at = morning() + TimeDelta::minutes(*minute);
    if let Some(observed) = observed {
        stamp.observed_by = Some((DeviceId(actor.0), index as u64));
        register.take_in(&Observation { observed, scan: camera(label(*scanned)), stamp });
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
    events.extend(differences(&after, register.profile.allowed_clock_skew));
    register.append(stamp, &events);
}

/// What the register says of the item once it has heard of everything in this order.
fn heard_in(order: &[usize], gaps: &[i64], history: &[Happening]) -> Register {
    let mut register = Register::begin();
    // Long after all of it happened, so that no clock runs ahead.
    register.wait(TimeDelta::hours(12));
    for (index, gap) in order.iter().zip(gaps) {
        register.wait(TimeDelta::milliseconds(*gap));
        hear(&mut register, history, *index);
    }
    register
}

fn said(register: &Register) -> impl PartialEq + std::fmt::Debug {
    let Item { custody, label, discrepancies, .. } = &register.item;
    let moments = [0, 5, 20 * 60, 24 * 60 + 5, 48 * 60].map(|minute| morning() + TimeDelta::minutes(minute));
    (
        custody.value,
        custody.key.at,
        label.value.clone(),
        register.item.unanswered_offer().copied(),
        moments.map(|now| register.item.pending_offer(now).copied()),
        discrepancies.clone(),
        findings(&register.timeline, register.profile.allowed_clock_skew),
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
            Some(home) => chain.extend([(holder, What::PutAway(*home)), (*next, What::TakenOut)]),
            None if *next == holder => chain.push((holder, What::Seen(None))),
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
        prop_assert_eq!(findings(&register.timeline, register.profile.allowed_clock_skew), BTreeSet::new());
        let mut open = BTreeSet::new();
        for recorded in &register.timeline {
            match &recorded.event {
                Event::DiscrepancyRaised { finding } => prop_assert!(open.insert(*finding), "raised twice"),
                Event::DiscrepancySettled { finding, by } => {
                    prop_assert_eq!(*by, Settlement::Evidence);
                    prop_assert!(open.remove(finding), "settled what was not open");
                }
                _ => {}
            }
        }
        let last_actor = history.iter().rev().find(|(_, _, what, _)| !matches!(what, What::Seen(_)));
        prop_assert_eq!(register.item.holder(), Some(last_actor.map_or(SATO, |(actor, ..)| *actor)));
    }
}

// ------------------------------------------------------------------------- a year in the life of an item

/// One thing after another, at the server or away from it.
#[derive(Debug, Clone)]
enum Step {
    /// Time passes.
    Wait(TimeDelta),
    /// Somebody asks for an act that fits.
    Act(PersonId, ActKind),
    /// Somebody offers it to whom he likes.
    Offer(PersonId, Receiver),
    /// Somebody's phone tells what was done so many minutes ago.
    Observe(PersonId, i64, Observed),
    /// A person explains one of the open discrepancies.
    Explain(Index),
}

fn step() -> impl Strategy<Value = Step> {
    let observed = prop_oneof![
        3 => receiver().prop_map(|to| Observed::Offered { to }),
        3 => Just(Observed::Accepted { hand_over: None, from: None }),
        1 => Just(Observed::Refused { hand_over: None, note: None }),
        2 => home().prop_map(|home| Observed::PutAway { home }),
        2 => Just(Observed::TakenOut),
        1 => prop::option::of(home()).prop_map(|home| Observed::Seen { home }),
    ];
    // Often no time passes, so that much happens within one millisecond; sometimes offers lapse. Clocks run
    // behind, or ahead by up to a quarter of an hour.
    let wait = prop_oneof![0..5_i64, 1_000..600_000_i64, Just(25 * 3_600_000_i64)];
    prop_oneof![
        4 => wait.prop_map(|millis| Step::Wait(TimeDelta::milliseconds(millis))),
        8 => (person(), prop::sample::select(&ActKind::ALL[..])).prop_map(|(who, kind)| Step::Act(who, kind)),
        3 => (person(), receiver()).prop_map(|(who, to)| Step::Offer(who, to)),
        5 => (person(), -15..60_i64, observed).prop_map(|(who, ago, what)| Step::Observe(who, ago, what)),
        1 => any::<Index>().prop_map(Step::Explain),
    ]
}

fn year() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(step(), 1..30)
}

/// What a step became.
enum Became {
    /// Nothing: time passed, or there was nothing to explain.
    Nothing,
    /// The act was decided.
    Acted(PersonId, Vec<Event>),
    /// The act was refused.
    Refused,
    /// The observation was admitted.
    Admitted(PersonId, Vec<Event>),
    /// A person explained this.
    Explained,
}

fn play(register: &mut Register, step: &Step) -> Became {
    let act = |register: &mut Register, who: PersonId, act: &Act| match register.act(&handler(who), act) {
        Ok(events) => Became::Acted(who, events),
        Err(_) => Became::Refused,
    };
    match step {
        Step::Wait(time) => {
            register.wait(*time);
            Became::Nothing
        }
        Step::Act(who, kind) => {
            let fitting = register.fitting(*kind, *who);
            act(register, *who, &fitting)
        }
        Step::Offer(who, to) => {
            let to = match to {
                Receiver::Person(person) => OfferTo::Person(handler(*person)),
                Receiver::AnyHandler => OfferTo::AnyHandler,
            };
            act(register, *who, &Act::Offer { to, note: None, scan: None })
        }
        Step::Observe(who, ago, observed) => {
            // Phones count finer than the ledger.
            let at = register.now - TimeDelta::minutes(*ago) + TimeDelta::microseconds(300);
            Became::Admitted(*who, register.observe(*who, observed.clone(), at))
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

/// Plays a year and looks after each step at what was, what happened and what is.
fn live(
    year: &[Step],
    mut look: impl FnMut(&Register, &Became, &Register) -> TestCaseResult,
) -> TestCaseResult {
    let mut register = Register::begin();
    for step in year {
        let before = register.clone();
        let became = play(&mut register, step);
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
    (open, explained)
}

proptest! {
    #![proptest_config(cases(128))]

    /// The stored row is the fold of the ledger, which keeps milliseconds, also when the row was written and
    /// read back at each step; its version counts the entries.
    #[test]
    fn a_replay_equals_the_stored_row(year in year()) {
        let mut register = Register::begin();
        for step in &year {
            play(&mut register, step);
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
        let skew = register.profile.allowed_clock_skew;
        prop_assert_eq!(findings(&ledger, skew), findings(&register.timeline, skew));
        let replayed = fold(ITEM, &ledger).unwrap();
        prop_assert_eq!(replayed.version, ledger.len() as u64);
        prop_assert_eq!(replayed, register.item);
    }

    /// An observation is recorded whatever the register thinks of it, with who, when and what he saw; what
    /// follows from it comes after.
    #[test]
    fn an_observation_is_never_lost(year in year()) {
        live(&year, |before, became, after| {
            if let Became::Admitted(who, events) = became {
                let recorded = &after.timeline[before.timeline.len()];
                prop_assert_eq!(&recorded.event, &events[0]);
                prop_assert_eq!(recorded.stamp.actor, *who);
                prop_assert_eq!(recorded.event.scan(), Some(&before.scan()));
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
    fn the_open_discrepancies_are_those_of_the_timeline(year in year()) {
        live(&year, |before, became, after| {
            let skew = after.profile.allowed_clock_skew;
            let found = findings(&after.timeline, skew);
            if matches!(became, Became::Acted(..) | Became::Refused) {
                prop_assert_eq!(&findings(&before.timeline, skew), &found, "an act at the server");
            }
            let (open, explained) = account(&after.timeline);
            prop_assert_eq!(&open, &found.difference(&explained).copied().collect::<BTreeSet<_>>());
            prop_assert_eq!(&open, &after.item.discrepancies);
            prop_assert!(differences(&after.timeline, skew).is_empty());
            Ok(())
        })?;
    }

    /// What a person explained stays explained, also when evidence makes it go away and come back.
    #[test]
    fn what_a_person_explained_is_not_raised_again(year in year()) {
        live(&year, |before, became, after| {
            let (_, explained) = account(&before.timeline);
            if let Became::Admitted(_, events) = became {
                for event in events {
                    if let Event::DiscrepancyRaised { finding } = event {
                        prop_assert!(!explained.contains(finding));
                    }
                }
            }
            prop_assert!(after.item.discrepancies.is_disjoint(&explained));
            Ok(())
        })?;
    }

    /// A page offers an act exactly when the server then allows it, and gives the server's reason otherwise.
    #[test]
    fn what_a_page_offers_is_what_the_server_decides(year in year()) {
        live(&year, |_, _, register| {
            for who in PEOPLE {
                let actor = handler(who);
                for (kind, open) in open_acts(&register.item, &actor, &register.profile, register.now) {
                    let (act, id) = (register.fitting(kind, who), id_of(0));
                    let decided = decide(&register.item, &act, id, &actor, &register.profile, register.now);
                    prop_assert_eq!(decided.map(|_| ()), open, "{} by {:?}", kind.code(), who);
                }
            }
            Ok(())
        })?;
    }

    /// Nobody or one person has the item, and nobody else may give it away or put it away.
    #[test]
    fn there_are_never_two_holders(year in year()) {
        live(&year, |_, _, register| {
            let may = |kind, who| {
                let open = open_acts(&register.item, &handler(who), &register.profile, register.now);
                open.into_iter().any(|(open, answer)| open == kind && answer.is_ok())
            };
            for kind in [ActKind::Offer, ActKind::PutAway] {
                let able: Vec<_> = PEOPLE.into_iter().filter(|who| may(kind, *who)).collect();
                prop_assert!(able.iter().all(|who| register.item.holder() == Some(*who)), "{:?}", able);
            }
            let takers = PEOPLE.into_iter().filter(|who| may(ActKind::TakeOut, *who)).count();
            prop_assert_eq!(takers > 0, register.item.holder().is_none(), "to be taken out, it must rest");
            Ok(())
        })?;
    }

    /// At the server, an item passes from one person to another only when the second accepts what the first
    /// offered to him; every other act leaves it with whoever had it or puts it to rest.
    #[test]
    fn custody_passes_only_when_the_addressee_accepts_the_holders_offer(year in year()) {
        live(&year, |before, became, after| {
            let Became::Acted(who, events) = became else { return Ok(()) };
            let (old, new) = (before.item.holder(), after.item.holder());
            if let (Some(old), Some(new)) = (old, new)
                && old != new
            {
                let accepted = matches!(&events[0], Event::HandOverAccepted { to, .. } if to == who);
                prop_assert!(accepted);
                prop_assert_eq!(new, *who);
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
    fn a_decided_act_takes_effect_at_once(year in year()) {
        live(&year, |before, became, after| {
            let Became::Acted(who, events) = became else { return Ok(()) };
            let item = &after.item;
            match &events[0] {
                Event::HandOverOffered { hand_over, .. } => {
                    let pending = item.pending_offer(after.now).map(|offer| offer.hand_over);
                    prop_assert_eq!(pending, Some(*hand_over));
                }
                Event::HandOverAccepted { .. } | Event::TakenOut { .. } => {
                    prop_assert_eq!(item.custody.value, Custody::Held { by: *who });
                    prop_assert_eq!(item.unanswered_offer(), None);
                }
                Event::HandOverRefused { .. } | Event::HandOverWithdrawn { .. } => {
                    prop_assert_eq!(item.custody.value, before.item.custody.value);
                    prop_assert_eq!(item.unanswered_offer(), None);
                }
                Event::PutAway { home, .. } => {
                    prop_assert_eq!(item.custody.value, Custody::Stored { home: *home, by: *who });
                    prop_assert_eq!(item.unanswered_offer(), None);
                }
                Event::LabelReplaced { new, .. } => prop_assert_eq!(&item.label.value, new),
                Event::ContentsRecorded { .. } => {
                    prop_assert_eq!(item.contents.len(), before.item.contents.len() + 1);
                }
                other => prop_assert!(false, "no act becomes {}", other.kind()),
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
        let mut register = Register::begin();
        for step in &year {
            play(&mut register, step);
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

fn any_event() -> impl Strategy<Value = Event> {
    let hand_over = || some_id().prop_map(|id| HandOverId(Uuid::from_u128(id)));
    let scan = || (1..4_u32).prop_map(|number| camera(label(number)));
    let finding = || {
        (prop::sample::select(&FindingKind::ALL[..]), some_id())
            .prop_map(|(kind, id)| Finding { kind, event: EventId(Uuid::from_u128(id)) })
    };
    let by = prop_oneof![
        Just(Settlement::Evidence),
        person().prop_map(|by| Settlement::Person { by, reason: text(3) })
    ];
    prop_oneof![
        (prop::sample::select(&ItemKind::ALL[..]), 1..4_u32, person()).prop_map(
            |(item_kind, number, holder)| {
                let label = label(number);
                Event::Registered {
                    item_kind,
                    label,
                    title: text(1),
                    control_number: None,
                    serial: Some(text(2)),
                    holder,
                }
            }
        ),
        some_id().prop_map(|id| Event::ContentsRecorded { contents: contents(id) }),
        (hand_over(), person(), receiver(), moment(), prop::option::of(scan())).prop_map(
            |(hand_over, from, to, expires_at, scan)| Event::HandOverOffered {
                hand_over,
                from,
                to,
                expires_at,
                note: None,
                scan
            }
        ),
        (prop::option::of(hand_over()), prop::option::of(person()), person(), scan())
            .prop_map(|(hand_over, from, to, scan)| Event::HandOverAccepted { hand_over, from, to, scan }),
        (prop::option::of(hand_over()), person(), prop::option::of(scan())).prop_map(
            |(hand_over, by, scan)| { Event::HandOverRefused { hand_over, by, note: Some(text(4)), scan } }
        ),
        (hand_over(), person()).prop_map(|(hand_over, by)| Event::HandOverWithdrawn { hand_over, by }),
        hand_over().prop_map(|hand_over| Event::HandOverLapsed { hand_over }),
        (person(), home(), scan()).prop_map(|(by, home, scan)| Event::PutAway { by, home, scan }),
        (person(), prop::option::of(home()), scan()).prop_map(|(by, from, scan)| Event::TakenOut {
            by,
            from,
            scan
        }),
        (person(), prop::option::of(home()), scan()).prop_map(|(by, home, scan)| Event::Seen {
            by,
            home,
            scan
        }),
        (1..4_u32, 1..4_u32).prop_map(|(old, new)| Event::LabelReplaced {
            old: label(old),
            new: label(new),
            reason: ReplaceReason::Missing
        }),
        finding().prop_map(|finding| Event::DiscrepancyRaised { finding }),
        (finding(), by).prop_map(|(finding, by)| Event::DiscrepancySettled { finding, by }),
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

proptest! {
    #![proptest_config(cases(128))]

    /// Any events in any order fold into an item and can be searched for contradictions; only a registration
    /// begins one, and what an item becomes can be written and read back.
    #[test]
    fn any_sequence_of_events_can_be_folded(events in prop::collection::vec(any_recorded(), 0..20)) {
        let mut item: Option<Item> = None;
        for recorded in &events {
            let registers = matches!(recorded.event, Event::Registered { .. });
            let before = item.clone();
            item = evolve(ITEM, item, recorded);
            prop_assert_eq!(item.is_some(), before.is_some() || registers);
            if let (Some(before), Some(after)) = (&before, &item) {
                prop_assert_eq!(after.version, before.version + 1);
            }
            prop_assert_eq!(&through_json(&recorded.event), &recorded.event);
        }
        prop_assert_eq!(&fold(ITEM, &events), &item);
        if let Some(item) = item {
            let _ = item.unanswered_offer();
            prop_assert_eq!(through_json(&item), item);
        }
        let skew = TimeDelta::minutes(5);
        let found = findings(&events, skew);
        let ids: BTreeSet<_> = events.iter().map(|recorded| recorded.stamp.event).collect();
        prop_assert!(found.iter().all(|finding| ids.contains(&finding.event)));
        prop_assert_eq!(in_order(&events).len(), events.len());
        let _ = differences(&events, skew);
    }
}
