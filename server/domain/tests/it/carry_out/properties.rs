//! What holds of a carry-out whatever people do, in whichever order.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use hokan_domain::{
    carry_out::{
        CarryOut, CarryOutAct, CarryOutEvent, CarryOutState, Consent, Decided, Opening, Plan, Sighted,
        explain, fold, observe, open_acts,
    },
    event::Event,
    ids::{DivisionId, ItemId, PersonId},
    item::{Custody, ItemKind},
    person::{Part, Person, RoleHeld},
    profile::{Approvers, Condition, Direction, Gated, Profile},
};
use proptest::prelude::*;

use super::town::{
    CARRY_OUT, DATA, HEALTH, KATO, MANUAL, OFFICER, SYSTEM, TAPE, TAX, Town, USB, amend, approve, arrive,
    boxed, by_hand, camera_of_case, found, gate, in_case, kinds, number, plan, request, scan_of, silent,
    unpack,
};
use crate::register::{SATO, SUZUKI, TANAKA, text};

const ITEMS: [ItemId; 3] = [USB, TAPE, MANUAL];
const PEOPLE: [PersonId; 4] = [SATO, SUZUKI, TANAKA, KATO];

/// A regulation with gates of every form at once.
fn strict() -> Profile {
    let mut profile = silent();
    let documents = kinds(&[ItemKind::SystemDocument]);
    let outside = Condition { direction: Some(Direction::Outside), ..Condition::default() };
    let bulk = Condition { records_at_least: Some(1230), ..Condition::default() };
    profile.gates = vec![
        gate(Gated::CarryOut, Approvers::Any(vec![DATA.into(), SYSTEM.into()]), documents, "1"),
        gate(Gated::CarryOut, Approvers::All(vec![OFFICER.into(), SYSTEM.into()]), outside, "2"),
        gate(Gated::CarryOut, Approvers::One(OFFICER.into()), Condition::default(), "3"),
        gate(Gated::Bulk, Approvers::One(DATA.into()), bulk, "4"),
    ];
    profile.carry_out.lapses = TimeDelta::hours(12);
    profile
}

/// Four people who each may be handler, hold any of the roles, and stand in for one another.
fn people() -> impl Strategy<Value = Vec<Person>> {
    let role = (0..3_usize, prop::option::of(0..2_usize), prop::option::weighted(0.1, 0..4_usize));
    let person = (prop::bool::weighted(0.8), prop::collection::vec(role, 1..6));
    prop::collection::vec(person, 4).prop_map(|people| {
        let held = |by: PersonId, (role, division, other): (usize, Option<usize>, Option<usize>)| RoleHeld {
            role: [DATA, SYSTEM, OFFICER][role].into(),
            division: division.map(|division| [TAX, HEALTH][division]),
            deputy_for: other.map(|other| PEOPLE[other]).filter(|other| *other != by),
        };
        people
            .into_iter()
            .zip(PEOPLE)
            .map(|((handler, roles), id)| Person {
                id,
                active: true,
                parts: handler.then_some(Part::Handler).into_iter().collect(),
                roles: roles.into_iter().map(|role| held(id, role)).collect(),
            })
            .collect()
    })
}

#[derive(Debug, Clone)]
enum Doing {
    Act(usize, usize, usize),
    Assign(usize, bool),
    Record(usize),
    /// Bring the items of the plan together as it says: in somebody's hands, or in the locked container.
    Gather(usize),
    Wait(i64),
    SawLeave(usize, usize),
    SawReturn(usize, usize),
}

fn doings() -> impl Strategy<Value = Vec<Doing>> {
    let doing = prop_oneof![
        24 => (0..4_usize, 0..14_usize, 0..6_usize).prop_map(|(who, act, how)| Doing::Act(who, act, how)),
        1 => (0..3_usize, any::<bool>()).prop_map(|(item, tax)| Doing::Assign(item, tax)),
        1 => (0..3_usize).prop_map(Doing::Record),
        4 => (0..4_usize).prop_map(Doing::Gather),
        1 => (0..200_i64).prop_map(Doing::Wait),
        1 => (0..4_usize, 0..3_usize).prop_map(|(who, item)| Doing::SawLeave(who, item)),
        1 => (0..4_usize, 0..3_usize).prop_map(|(who, item)| Doing::SawReturn(who, item)),
    ];
    prop::collection::vec(doing, 1..60)
}

fn plan_of(how: usize) -> Plan {
    let plan = match how {
        0 => plan(&[USB]),
        1 => plan(&[USB, TAPE]),
        2 => plan(&[MANUAL]),
        3 => boxed(&[USB, TAPE]),
        4 => Plan { for_good: true, ..plan(&[TAPE, MANUAL]) },
        _ => Plan { direction: Direction::Inside, ..plan(&ITEMS) },
    };
    Plan { due_back: None, ..plan }
}

fn act_of(act: usize, how: usize, town: &Town) -> CarryOutAct {
    match act {
        0 => request(plan_of(how)),
        1 if how < 2 => amend(plan_of(how)),
        1..=5 => approve(),
        6 if how == 0 => CarryOutAct::TurnDown { reason: text(1) },
        7 if how == 0 => CarryOutAct::Withdraw,
        6..=8 => match town.carry_out.as_ref().and_then(|carry_out| carry_out.plan.container) {
            Some(_) => in_case(),
            None => by_hand(),
        },
        9 => arrive((how > 2).then_some("A-1")),
        10 => {
            let opened = Some(Opening { number_seen: number("A-1"), scan: camera_of_case() });
            CarryOutAct::Unpack { found: found(&ITEMS[..how % 4]), opened, more_to_come: how > 3 }
        }
        11 => CarryOutAct::Deliver { receipt: text(2) },
        12 => unpack(&ITEMS),
        _ => CarryOutAct::Close,
    }
}

/// Whether these approvals satisfy this gate, told anew: without the requester, each person once.
fn satisfied(gate: &Approvers, division: DivisionId, carry_out: &CarryOut) -> bool {
    let mut heard = BTreeSet::from([carry_out.requested_by]);
    let mut roles = Vec::new();
    for Consent { given, divisions, .. } in &carry_out.consents {
        let people: Vec<PersonId> = [Some(given.by), given.deputy_for].into_iter().flatten().collect();
        if people.iter().any(|person| heard.contains(person)) {
            continue;
        }
        heard.extend(people);
        if given.role.0 != OFFICER || divisions.contains(&division) {
            roles.push(given.role.clone());
        }
    }
    let has = |role| roles.contains(role);
    match gate {
        Approvers::All(needed) => needed.iter().all(has),
        Approvers::Any(needed) => needed.iter().any(has),
        Approvers::One(needed) => has(needed),
    }
}

/// Everything leaves only with the approvals that its gates ask for.
fn may_leave(town: &Town, carry_out: &CarryOut) {
    let items: Vec<_> = carry_out.plan.items.iter().map(|id| &town.items[id]).collect();
    let total: u64 = items.iter().map(|item| item.matter(None).records).sum();
    for item in items {
        let matter = item.matter(Some(carry_out.plan.direction));
        let mut together = matter.clone();
        together.records = total;
        let gates = [town.profile.gate(Gated::CarryOut, &matter), town.profile.gate(Gated::Bulk, &together)];
        for gate in gates.into_iter().flatten() {
            assert!(
                satisfied(&gate.approvers, item.division.unwrap(), carry_out),
                "left without {:?}: {carry_out:?}",
                gate.approvers
            );
        }
    }
}

fn gather(town: &mut Town, by: PersonId) {
    let Some(plan) = town.carry_out.as_ref().map(|carry_out| carry_out.plan.clone()) else { return };
    let is_here = |id: &&ItemId| {
        let custody = town.items[*id].custody.value;
        matches!(custody, Custody::Held { .. } | Custody::Stored { .. })
    };
    let here: Vec<ItemId> = plan.items.iter().filter(is_here).copied().collect();
    if town.container.locked.is_some() {
        town.open("A-1");
    }
    for item in &here {
        let scan = scan_of(*item);
        town.write(*item, Event::TakenOut { by, from: None, scan, purpose: None });
    }
    if plan.container.is_some() && !here.is_empty() {
        here.iter().for_each(|item| town.pack(*item));
        town.lock("A-1");
    }
}

/// The first of these people asks for something; then people do what they do.
fn run(
    people: &[Person],
    doings: &[Doing],
    mut watch: impl FnMut(&Town, Option<&CarryOut>, &Decided),
) -> Town {
    let mut town = Town::with(strict());
    town.add(MANUAL, ItemKind::SystemDocument, None);
    let first = Doing::Act(0, 0, doings.len() % 6);
    for doing in std::iter::once(&first).chain(doings) {
        let before = town.carry_out.clone();
        let asked = town.clone();
        let mut saw = |town: &mut Town, who: usize, sighted: Sighted| {
            let decided = town.ask(&people[who], None, |situation| observe(situation, &sighted, town.now));
            town.take(people[who].id, &decided);
            watch(&asked, before.as_ref(), &decided);
        };
        match doing {
            Doing::Act(who, act, how) => {
                let act = act_of(*act, *how, &town);
                if let Ok(decided) = town.try_as(&people[*who], &act) {
                    watch(&asked, before.as_ref(), &decided);
                }
            }
            Doing::Assign(item, tax) => {
                let division = Some(if *tax { TAX } else { HEALTH });
                town.write(ITEMS[*item], Event::Assigned { by: SATO, division });
            }
            Doing::Record(item) => town.record(ITEMS[*item], Some(700)),
            Doing::Gather(who) => gather(&mut town, PEOPLE[*who]),
            Doing::Wait(minutes) => town.now += TimeDelta::minutes(*minutes),
            Doing::SawLeave(who, item) => {
                let scan = scan_of(ITEMS[*item]);
                saw(&mut town, *who, Sighted::Departed { items: vec![ITEMS[*item]], scan });
            }
            Doing::SawReturn(who, item) => {
                let found = found(&ITEMS[*item..=*item]);
                saw(&mut town, *who, Sighted::Returned { found, that_was_all: false });
            }
        }
        town.now += TimeDelta::minutes(1);
    }
    town
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever people do, nothing leaves on a carry-out without the approvals that its gates ask for, given
    /// by people other than the requester, each of whom counts once.
    ///
    /// req: NG-037 NG-044 YB-032 NI-010
    #[test]
    fn nothing_leaves_without_the_approvals(people in people(), doings in doings()) {
        run(&people, &doings, |town, before, decided| {
            let leaves = decided.carry_out.iter().any(|event| matches!(event, CarryOutEvent::Departed { .. }));
            let on_it = decided.items.iter().flat_map(|(_, events)| events).any(|event| {
                matches!(event, Event::Departed { carry_out: Some(CARRY_OUT), .. })
            });
            assert!(!leaves || on_it, "what leaves is written on the items");
            // Once it is on its way only evidence tells of more that left. Evidence is never refused, and the item
            // may have gone to another division since.
            if leaves && !before.unwrap().state.is_under_way() {
                may_leave(town, before.unwrap());
            }
        });
    }

    /// The requester never counts as an approver, nor does a deputy in his place, and nobody counts twice.
    ///
    /// req: NG-037
    #[test]
    fn the_requester_is_never_an_approver(people in people(), doings in doings()) {
        let town = run(&people, &doings, |_, before, decided| {
            for event in &decided.carry_out {
                if let CarryOutEvent::Approved { by, deputy_for, .. } = event {
                    let carry_out = before.unwrap();
                    let people: Vec<_> = [Some(*by), *deputy_for].into_iter().flatten().collect();
                    assert!(!people.contains(&carry_out.requested_by));
                    for Consent { given, .. } in &carry_out.consents {
                        assert!(!people.contains(&given.by), "spoke twice");
                        assert!(given.deputy_for.is_none_or(|other| !people.contains(&other)));
                    }
                }
            }
        });
        for (_, event) in &town.told {
            if let CarryOutEvent::TurnedDown { by, .. } = event {
                prop_assert_ne!(*by, town.carry_out.as_ref().unwrap().requested_by);
            }
        }
    }

    /// The register is the fold of the ledger, at whatever moment it is read.
    #[test]
    fn the_same_events_fold_to_the_same_state(people in people(), doings in doings()) {
        let town = run(&people, &doings, |_, _, _| {});
        prop_assert_eq!(&fold(CARRY_OUT, &town.told), &town.carry_out);
        let stored = serde_json::to_string(&town.carry_out).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Option<CarryOut>>(&stored).unwrap(), &town.carry_out);
        prop_assert_eq!(&fold(CARRY_OUT, &town.told), &town.carry_out);
    }

    /// Folding any events in any order gives a carry-out and never stops.
    #[test]
    fn folding_is_total(people in people(), doings in doings(), turn in any::<prop::sample::Index>()) {
        let mut told = run(&people, &doings, |_, _, _| {}).told;
        if !told.is_empty() {
            let at = turn.index(told.len());
            told.rotate_left(at);
        }
        let begins = told.iter().any(|(_, event)| matches!(event, CarryOutEvent::Requested { .. }));
        prop_assert_eq!(fold(CARRY_OUT, &told).is_some(), begins);
    }

    /// Items and carry-out agree: what is out on it is on the plan, and once it ended nothing is out on it
    /// but what is lost.
    #[test]
    fn items_and_carry_out_agree(people in people(), doings in doings()) {
        let town = run(&people, &doings, |_, _, _| {});
        let Some(carry_out) = &town.carry_out else { return Ok(()) };
        for item in town.items.values() {
            if item.custody.value.is_gone() {
                prop_assert!(carry_out.delivered.is_some());
            }
            if matches!(item.custody.value, Custody::Out { carry_out: Some(CARRY_OUT), .. }) {
                let left = carry_out.departure.as_ref().unwrap();
                prop_assert!(left.load.items.iter().any(|loaded| loaded.item == item.id));
                prop_assert!(carry_out.state != CarryOutState::Closed || item.loss().is_some());
            }
        }
        let before = [CarryOutState::Requested, CarryOutState::Granted];
        prop_assert_eq!(carry_out.departure.is_none(), before.contains(&carry_out.state) || matches!(
            carry_out.state,
            CarryOutState::TurnedDown | CarryOutState::Withdrawn | CarryOutState::Lapsed
        ));
    }

    /// A page asks what a decision asks.
    #[test]
    fn a_page_offers_what_is_open(people in people(), doings in doings()) {
        let town = run(&people, &doings, |_, _, _| {});
        for person in &people {
            town.ask(person, Some(&plan_of(5)), |situation| {
                let open = open_acts(situation);
                for step in explain(situation) {
                    let (_, answer) = open.iter().find(|(kind, _)| *kind == step.kind).unwrap();
                    assert_eq!(answer, &step.open);
                }
            });
        }
    }
}
