//! What phones without signal saw of a carry-out: never refused, and found where it contradicts.

use chrono::TimeDelta;
use hokan_domain::{
    carry_out::{CarryOutAct, CarryOutEvent, CarryOutState, Decided, Sighted, covers, observe},
    discrepancy::FindingKind,
    event::Event,
    ids::ItemId,
    item::{Custody, ItemKind},
    profile::Approvers,
};

use super::town::{
    CARRY_OUT, CASE, DATA, MORI, OTA, STRANGER, TAPE, Town, USB, approve, boxed, by_hand, case_label, found,
    gated, in_case, number, plan, request, scan_of, silent, unpack, who,
};
use crate::register::{SATO, SUZUKI, camera, text};

/// The phone tells of it now; it happened so many minutes ago.
fn seen(town: &mut Town, sighted: &Sighted, minutes_ago: i64) -> Decided {
    let at = town.now - TimeDelta::minutes(minutes_ago);
    let decided = town.ask(&who(SATO), None, |situation| observe(situation, sighted, at));
    town.take(SATO, &decided);
    decided
}

fn left(items: &[ItemId]) -> Sighted {
    Sighted::Departed { items: items.to_vec(), scan: scan_of(items[0]) }
}

fn left_in_case(items: &[ItemId]) -> Sighted {
    Sighted::Departed { items: items.to_vec(), scan: camera(case_label()) }
}

fn back(items: &[ItemId], that_was_all: bool) -> Sighted {
    Sighted::Returned { found: found(items), that_was_all }
}

fn arrived(lock: &str) -> Sighted {
    Sighted::Arrived { lock_seen: Some(number(lock)), receipt: Some(text(71)) }
}

/// Both are packed and locked, and the carry-out is approved.
fn ready() -> Town {
    let mut town = Town::with(gated(Approvers::One(DATA.into())));
    town.done(SATO, &request(boxed(&[USB, TAPE])));
    town.done(MORI, &approve());
    town.pack(USB);
    town.pack(TAPE);
    town.lock("A-1");
    town
}

#[test]
fn an_approved_carry_out_that_a_phone_saw_leave_has_left() {
    let mut town = ready();
    let decided = seen(&mut town, &left_in_case(&[USB, TAPE]), 0);
    let event = Event::Departed { carry_out: Some(CARRY_OUT), by: SATO, container: Some(CASE) };
    assert_eq!(decided.items, [(USB, vec![event.clone()]), (TAPE, vec![event])]);
    let [CarryOutEvent::Departed { by: SATO, container: Some(CASE), lock, load, scan }] =
        decided.carry_out.as_slice()
    else {
        panic!("{decided:?}")
    };
    assert_eq!((lock.as_ref(), load.quantity), (Some(&number("A-1")), 2));
    assert_eq!(scan, &Some(camera(case_label())));
    assert_eq!((town.state(), town.findings(USB)), (CarryOutState::Departed, vec![]));
    // Seen to arrive with its number, and to come back.
    let decided = seen(&mut town, &arrived("A-1"), 0);
    assert!(matches!(decided.carry_out[..], [CarryOutEvent::Arrived { matches: Some(true), .. }]));
    // The way back is no step of its own.
    let decided = seen(&mut town, &left_in_case(&[USB, TAPE]), 0);
    assert_eq!((decided.carry_out, town.findings(USB)), (vec![], vec![]));
    seen(&mut town, &back(&[USB, TAPE], true), 0);
    assert_eq!((town.state(), town.findings(USB)), (CarryOutState::Returned, vec![]));
    town.done(SATO, &CarryOutAct::Close);
}

/// What left without approval is out on no carry-out, whatever the phone believed.
///
/// req: NG-037 NI-010 YB-032
#[test]
fn what_left_without_approval_is_found() {
    let profile = gated(Approvers::One(DATA.into()));
    // Nobody asked, nobody approved, or it was taken back.
    let nothing = Town::with(profile);
    let mut asked = nothing.clone();
    asked.done(SATO, &request(plan(&[USB])));
    let mut withdrawn = asked.clone();
    withdrawn.done(SATO, &CarryOutAct::Withdraw);
    // Approved after it left, or lapsed before.
    let mut late = asked.clone();
    late.now += TimeDelta::hours(2);
    late.done(MORI, &approve());
    let mut lapsed = asked.clone();
    lapsed.done(MORI, &approve());
    lapsed.now += TimeDelta::days(31);
    // The approvals are enough no more.
    let mut changed = asked.clone();
    changed.done(MORI, &approve());
    changed.profile.gates[0].approvers = Approvers::One("system-manager".into());
    for (what, mut town, minutes) in [
        ("nothing", nothing, 0),
        ("asked", asked, 0),
        ("withdrawn", withdrawn, 0),
        ("late", late, 60),
        ("lapsed", lapsed, 0),
        ("changed", changed, 0),
    ] {
        let decided = seen(&mut town, &left(&[USB]), minutes);
        let event = Event::Departed { carry_out: None, by: SATO, container: None };
        assert_eq!((decided.items, decided.carry_out), (vec![(USB, vec![event])], vec![]), "{what}");
        assert_eq!(town.findings(USB), [FindingKind::DepartedWithoutCarryOut], "{what}");
    }
}

/// Clocks differ by as much as the profile allows, and what left before the approval lapsed has not lapsed.
#[test]
fn the_moment_at_which_it_left_counts() {
    let mut town = ready();
    let granted_at = town.carry_out.as_ref().unwrap().granted_at.unwrap();
    let skew = town.profile.allowed_clock_skew;
    let lapses = town.carry_out.as_ref().unwrap().lapses_at(&town.profile).unwrap();
    let covered = |town: &Town, at| town.ask(&who(OTA), None, |situation| covers(situation, USB, at));
    let moment = TimeDelta::milliseconds(1);
    assert_eq!(covered(&town, granted_at - skew), Some(CARRY_OUT));
    assert_eq!(covered(&town, granted_at - skew - moment), None);
    assert_eq!(covered(&town, lapses - moment), Some(CARRY_OUT));
    assert_eq!(covered(&town, lapses), None);
    let stranger = town.ask(&who(OTA), None, |situation| covers(situation, STRANGER, granted_at));
    assert_eq!(stranger, None, "not of the plan");
    // It left in time, which is heard of late.
    town.now = lapses + TimeDelta::hours(2);
    seen(&mut town, &left_in_case(&[USB, TAPE]), 3 * 60);
    assert_eq!((town.state(), town.findings(USB)), (CarryOutState::Departed, vec![]));
}

/// What was in the case without being on the plan left without approval; what was on the plan and not in the
/// case did not leave.
#[test]
fn only_what_is_of_the_plan_is_out_on_it() {
    let mut town = ready();
    town.add(STRANGER, ItemKind::OpticalDisc, None);
    let decided = seen(&mut town, &left_in_case(&[USB, STRANGER]), 0);
    assert_eq!(town.findings(STRANGER), [FindingKind::DepartedWithoutCarryOut]);
    assert_eq!(town.findings(USB), []);
    assert!(matches!(town.custody(TAPE), Custody::Stored { .. }));
    let [CarryOutEvent::Departed { load, .. }] = decided.carry_out.as_slice() else { panic!("{decided:?}") };
    assert_eq!(load.items.iter().map(|loaded| loaded.item).collect::<Vec<_>>(), [USB]);
    seen(&mut town, &back(&[USB], true), 0);
    assert_eq!(town.state(), CarryOutState::Returned, "what did not leave is not missed");
    assert_eq!(town.findings(TAPE), []);
}

/// A phone that scans one item after the other tells of one departure after the other.
#[test]
fn items_that_leave_one_by_one_are_out_together() {
    let mut town = Town::with(silent());
    town.done(SATO, &request(plan(&[USB, TAPE])));
    seen(&mut town, &left(&[USB]), 0);
    assert_eq!(town.carry_out.as_ref().unwrap().out(), [USB]);
    seen(&mut town, &left(&[TAPE]), 0);
    let departure = town.carry_out.as_ref().unwrap().departure.clone().unwrap();
    assert_eq!((departure.load.quantity, departure.load.records), (2, Some(1230)));
    assert_eq!((town.findings(TAPE), town.carry_out.as_ref().unwrap().out()), (vec![], vec![USB, TAPE]));
    // What came back leaves again on another carry-out only.
    seen(&mut town, &back(&[USB], false), 0);
    let decided = seen(&mut town, &left(&[USB]), 0);
    assert_eq!(decided.carry_out, []);
    assert_eq!(town.findings(USB), [FindingKind::DepartedWithoutCarryOut]);
    seen(&mut town, &back(&[TAPE], false), 0);
    assert_eq!(town.state(), CarryOutState::Returned);
}

#[test]
fn another_number_on_the_lock_is_found() {
    let mut town = ready();
    town.done(SATO, &in_case());
    let decided = seen(&mut town, &arrived("B-9"), 0);
    let unsealed = Event::Unsealed { carry_out: CARRY_OUT, by: SATO, container: CASE, matches: false };
    assert_eq!(decided.items, [(USB, vec![unsealed.clone()]), (TAPE, vec![unsealed])]);
    assert_eq!(town.findings(USB), [FindingKind::SealMismatch]);
    assert_eq!(seen(&mut town, &arrived("B-9"), 0), Decided::default(), "it arrives once");
}

/// The phone that saw it arrive may find a signal before the one that saw it leave.
#[test]
fn the_journey_is_told_in_whichever_order() {
    let mut town = ready();
    let decided = seen(&mut town, &arrived("a-1"), 0);
    assert!(matches!(decided.carry_out[..], [CarryOutEvent::Arrived { matches: Some(true), .. }]));
    assert_eq!(town.state(), CarryOutState::Granted);
    seen(&mut town, &left_in_case(&[USB, TAPE]), 0);
    assert_eq!(town.state(), CarryOutState::Arrived);
}

#[test]
fn what_is_seen_to_come_back_is_back_and_the_rest_is_missed_only_if_that_was_all() {
    let mut town = ready();
    town.done(SATO, &in_case());
    let part = seen(&mut town, &back(&[USB], false), 0);
    let returned = Event::Returned { carry_out: Some(CARRY_OUT), by: SATO, scan: scan_of(USB) };
    assert_eq!(part.items, [(USB, vec![returned])]);
    assert_eq!((town.state(), town.findings(TAPE)), (CarryOutState::Departed, vec![]));
    let mut all = town.clone();
    seen(&mut all, &back(&[], true), 0);
    assert_eq!(
        (all.state(), all.findings(TAPE)),
        (CarryOutState::Returned, vec![FindingKind::MissingAtUnpacking])
    );
    assert_eq!(seen(&mut all, &back(&[], true), 0), Decided::default(), "it is missed once");
    seen(&mut all, &back(&[TAPE], true), 0);
    assert_eq!((all.findings(TAPE), all.custody(TAPE)), (vec![], Custody::Held { by: SATO }));
    seen(&mut town, &back(&[TAPE], false), 0);
    assert_eq!(town.state(), CarryOutState::Returned);
}

#[test]
fn what_comes_back_without_having_been_out_is_found() {
    let mut town = Town::with(silent());
    let decided = seen(&mut town, &back(&[USB], true), 0);
    let returned = Event::Returned { carry_out: None, by: SATO, scan: scan_of(USB) };
    assert_eq!((decided.items, decided.carry_out), (vec![(USB, vec![returned])], vec![]));
    assert_eq!(town.findings(USB), [FindingKind::ReturnedWhileNotOut]);
    // As is what comes back twice, or with a carry-out to which it does not belong.
    let mut town = ready();
    town.add(STRANGER, ItemKind::OpticalDisc, None);
    town.done(SATO, &in_case());
    town.done(
        SUZUKI,
        &CarryOutAct::Unpack {
            found: found(&[USB, TAPE]),
            opened: Some(hokan_domain::carry_out::Opening {
                number_seen: number("A-1"),
                scan: camera(case_label()),
            }),
            more_to_come: false,
        },
    );
    seen(&mut town, &back(&[USB, STRANGER], true), 0);
    assert_eq!(town.findings(USB), [FindingKind::ReturnedWhileNotOut]);
    assert_eq!(town.findings(STRANGER), [FindingKind::ReturnedWhileNotOut]);
    assert_eq!(town.state(), CarryOutState::Returned);
}

/// An arrival of which nothing is known leaves no trace that could be wrong.
#[test]
fn an_arrival_of_nothing_is_nothing() {
    let mut town = Town::with(silent());
    assert_eq!(seen(&mut town, &arrived("A-1"), 0), Decided::default());
    town.done(SATO, &request(plan(&[USB])));
    town.done(SATO, &by_hand());
    town.done(SATO, &unpack(&[USB]));
    assert_eq!(seen(&mut town, &arrived("A-1"), 0), Decided::default());
}
