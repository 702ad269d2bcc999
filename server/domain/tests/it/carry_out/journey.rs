//! From departure to the end: arrival, unpacking, delivery, closing, and what a page says of all that.

use hokan_domain::{
    carry_out::{
        Asked, CarryOutAct, CarryOutActKind, CarryOutEvent, CarryOutState, Opening, Plan, Stage, check,
        decide, explain,
    },
    container::{
        self, ContainerAct, ContainerActKind, ContainerEvent, ContainerState, LockNumber, NotALockNumber,
    },
    discrepancy::FindingKind,
    event::{Event, Scan, ScanMethod},
    ids::PersonId,
    item::{Custody, ItemKind},
    refusal::Reason,
    text::Lang,
};

use super::town::{
    CARRY_OUT, CASE, DATA, HARA, MORI, OTA, STRANGER, SYSTEM, TAPE, Town, USB, approve, arrive, boxed,
    by_hand, case_label, day, found, in_case, label_of, number, person, plan, request, scan_of, silent,
    two_officers, unpack, who,
};
use crate::register::{SATO, SUZUKI, camera, label, text};

/// Both are under way in the case, which was locked as A-1.
fn under_way() -> Town {
    let mut town = Town::with(silent());
    town.done(SATO, &request(boxed(&[USB, TAPE])));
    town.pack(USB);
    town.pack(TAPE);
    town.lock("A-1");
    town.done(SATO, &in_case());
    town
}

/// Both are under way in Sato's hands.
fn by_hand_under_way(for_good: bool) -> Town {
    let mut town = Town::with(silent());
    town.done(SATO, &request(Plan { for_good, ..plan(&[USB, TAPE]) }));
    town.done(SATO, &by_hand());
    town
}

fn deliver() -> CarryOutAct {
    CarryOutAct::Deliver { receipt: text(70) }
}

fn opening(lock: &str) -> Option<Opening> {
    Some(Opening { number_seen: number(lock), scan: camera(case_label()) })
}

fn unsealed() -> Event {
    Event::Unsealed { carry_out: CARRY_OUT, by: SATO, container: CASE, matches: false }
}

// ------------------------------------------------------------------------------------------------- arrival

/// req: NI-049
#[test]
fn a_lock_with_its_number_arrives_without_a_word_on_the_items() {
    let mut town = under_way();
    let receipt = Some(text(71));
    let act = CarryOutAct::Arrive { lock_seen: Some(number("a-1")), receipt };
    let decided = town.done(SUZUKI, &act);
    let arrived =
        CarryOutEvent::Arrived { by: SUZUKI, lock_seen: Some(number("A-1")), matches: Some(true), receipt };
    assert_eq!(decided.carry_out, [arrived]);
    assert_eq!(decided.items, []);
    assert_eq!(town.state(), CarryOutState::Arrived);
    let state = CarryOutState::Arrived.name();
    assert_eq!(town.refused(SATO, &arrive(None)).reason, Reason::CarryOutElsewhere { state });
}

/// A lock with another number is evidence: it is recorded and found, and nobody is turned away with it.
///
/// req: NI-049
#[test]
fn another_number_on_the_lock_is_found_and_not_refused() {
    let mut town = under_way();
    let decided = town.done(SATO, &arrive(Some("B-9")));
    assert_eq!(decided.items, [(USB, vec![unsealed()]), (TAPE, vec![unsealed()])]);
    assert_eq!(town.carry_out.as_ref().unwrap().arrival.as_ref().unwrap().matches, Some(false));
    for item in [USB, TAPE] {
        assert_eq!(town.findings(item), [FindingKind::SealMismatch]);
    }
}

#[test]
fn where_nobody_looked_at_the_lock_nothing_is_said_of_it() {
    let mut town = under_way();
    let decided = town.done(SATO, &arrive(None));
    let arrived = CarryOutEvent::Arrived { by: SATO, lock_seen: None, matches: None, receipt: None };
    assert_eq!((decided.carry_out, decided.items), (vec![arrived], vec![]));
    let decided = by_hand_under_way(false).done(SATO, &arrive(Some("B-9")));
    assert_eq!(decided.items, [], "it left without a lock");
}

// ----------------------------------------------------------------------------------------------- unpacking

/// req: YB-027
#[test]
fn what_is_scanned_is_back_in_the_hands_of_whoever_scanned_it() {
    let mut town = by_hand_under_way(false);
    town.done(SATO, &arrive(None));
    let decided = town.done(SUZUKI, &unpack(&[TAPE, USB]));
    let back = |item| Event::Returned { carry_out: Some(CARRY_OUT), by: SUZUKI, scan: scan_of(item) };
    assert_eq!(decided.items, [(TAPE, vec![back(TAPE)]), (USB, vec![back(USB)])]);
    let unpacked = CarryOutEvent::Unpacked { by: SUZUKI, found: vec![TAPE, USB], missing: vec![] };
    assert_eq!(decided.carry_out, [unpacked]);
    assert_eq!(decided.unexpected, []);
    assert_eq!(town.state(), CarryOutState::Returned);
    for item in [USB, TAPE] {
        assert_eq!((town.custody(item), town.findings(item)), (Custody::Held { by: SUZUKI }, vec![]));
    }
    town.done(SATO, &CarryOutAct::Close);
    assert_eq!(town.state(), CarryOutState::Closed);
}

/// req: YB-027
#[test]
fn what_is_not_there_is_missed_until_it_is_found() {
    let mut town = by_hand_under_way(false);
    let decided = town.done(SATO, &unpack(&[USB]));
    let missed = Event::MissedAtUnpacking { carry_out: CARRY_OUT, by: SATO };
    assert_eq!(decided.items[1], (TAPE, vec![missed]));
    let unpacked = CarryOutEvent::Unpacked { by: SATO, found: vec![USB], missing: vec![TAPE] };
    assert_eq!(decided.carry_out, [unpacked]);
    assert_eq!(town.state(), CarryOutState::Returned, "all of it is accounted for");
    assert_eq!(town.findings(TAPE), [FindingKind::MissingAtUnpacking]);

    let Reason::NotReady { missing } = town.refused(SATO, &CarryOutAct::Close).reason else { panic!("open") };
    assert_eq!(super::town::listed(&missing), [("returned", "back", Some(TAPE))]);
    // Looking again misses nothing twice.
    let again = town.clone().done(SATO, &unpack(&[]));
    assert_eq!(again.items, []);
    // It turns up.
    town.done(SUZUKI, &unpack(&[TAPE]));
    assert_eq!(town.custody(TAPE), Custody::Held { by: SUZUKI });
    assert_eq!(town.findings(TAPE), [], "whoever has it in hand has explained it");
    assert!(town.carry_out.as_ref().unwrap().missing.is_empty());
    let state = CarryOutState::Returned.name();
    assert_eq!(town.refused(SATO, &unpack(&[TAPE])).reason, Reason::CarryOutElsewhere { state });
    town.done(SATO, &CarryOutAct::Close);
}

#[test]
fn what_was_missed_and_is_reported_lost_lets_the_carry_out_close() {
    let mut town = by_hand_under_way(false);
    town.done(SATO, &unpack(&[USB]));
    town.write(TAPE, Event::LostReported { by: SATO, incident: None, note: None });
    town.done(SATO, &CarryOutAct::Close);
}

#[test]
fn part_of_it_can_come_back_while_the_rest_is_still_to_come() {
    let mut town = by_hand_under_way(false);
    let act = CarryOutAct::Unpack { found: found(&[USB]), opened: None, more_to_come: true };
    let decided = town.done(SATO, &act);
    let unpacked = CarryOutEvent::Unpacked { by: SATO, found: vec![USB], missing: vec![] };
    assert_eq!(decided.carry_out, [unpacked]);
    assert_eq!(town.state(), CarryOutState::Departed);
    assert_eq!(town.carry_out.as_ref().unwrap().out(), [TAPE]);
    assert_eq!((town.findings(TAPE), town.custody(USB)), (vec![], Custody::Held { by: SATO }));
    town.done(SATO, &unpack(&[TAPE]));
    assert_eq!(town.state(), CarryOutState::Returned);
}

#[test]
fn what_is_not_of_this_carry_out_is_told_and_left_alone() {
    let mut town = by_hand_under_way(false);
    town.add(STRANGER, ItemKind::OpticalDisc, None);
    let decided = town.done(SATO, &unpack(&[USB, STRANGER, TAPE, STRANGER]));
    assert_eq!(decided.unexpected, [STRANGER]);
    assert_eq!(decided.items.iter().map(|(item, _)| *item).collect::<Vec<_>>(), [USB, TAPE]);
    assert_eq!(town.state(), CarryOutState::Returned);
}

/// What a phone had already told of is back and is not taken back twice.
#[test]
fn what_came_back_by_its_own_timeline_is_back() {
    for scanned in [vec![USB, TAPE], vec![TAPE]] {
        let mut town = by_hand_under_way(false);
        let scan = scan_of(USB);
        town.write(USB, Event::Returned { carry_out: Some(CARRY_OUT), by: SUZUKI, scan });
        let decided = town.done(SATO, &unpack(&scanned));
        assert_eq!(decided.items.len(), 1);
        assert_eq!(town.custody(USB), Custody::Held { by: SUZUKI });
        assert_eq!((town.state(), town.findings(USB)), (CarryOutState::Returned, vec![]));
    }
}

#[test]
fn unpacking_needs_the_labels_at_hand() {
    let mut town = by_hand_under_way(false);
    let mut act = |scan| {
        let found = vec![hokan_domain::carry_out::Found { item: USB, scan }];
        let act = CarryOutAct::Unpack { found, opened: None, more_to_come: false };
        town.refused(SATO, &act).reason
    };
    let desk = Scan { label: label_of(USB), method: ScanMethod::Desk };
    assert_eq!(act(desk), Reason::LabelNotAtHand);
    assert_eq!(act(camera(label(77))), Reason::WrongLabel { scanned: label(77) });
}

/// A container is opened before anything is taken out of it, with its number.
///
/// req: NI-049
#[test]
fn a_locked_container_is_opened_with_its_number() {
    let mut town = under_way();
    assert_eq!(town.refused(SATO, &unpack(&[USB, TAPE])).reason, Reason::ContainerLocked);
    let act = |opened| CarryOutAct::Unpack { found: found(&[USB, TAPE]), opened, more_to_come: false };
    let wrong = Opening { number_seen: number("A-1"), scan: camera(label(77)) };
    let refused = town.refused(SATO, &act(Some(wrong))).reason;
    assert_eq!(refused, Reason::WrongLabel { scanned: label(77) });

    let mut right = town.clone();
    let decided = right.done(SATO, &act(opening("a-1")));
    let opened = |seen: &str, matches| ContainerEvent::Opened {
        by: SATO,
        number_seen: number(seen),
        matches,
        scan: camera(case_label()),
    };
    assert_eq!(decided.container, [opened("A-1", true)]);
    assert!(decided.items.iter().all(|(_, events)| events.len() == 1));
    assert_eq!(right.container.locked, None);
    assert_eq!(right.findings(USB), []);

    let decided = town.done(SATO, &act(opening("B-9")));
    assert_eq!(decided.container, [opened("B-9", false)]);
    assert_eq!(decided.items[0].1[0], unsealed());
    assert_eq!(decided.items[0].1.len(), 2, "and it is back");
    assert_eq!(town.findings(USB), [FindingKind::SealMismatch]);
    assert_eq!(town.state(), CarryOutState::Returned);
}

/// At the destination it is opened, and locked anew for the way back under another number.
#[test]
fn it_comes_back_under_another_lock() {
    let mut town = under_way();
    town.done(SATO, &arrive(Some("A-1")));
    assert_eq!(town.open("A-1").items, []);
    town.lock("A-2");
    let act = CarryOutAct::Unpack { found: found(&[USB, TAPE]), opened: opening("A-2"), more_to_come: false };
    town.done(SATO, &act);
    assert_eq!((town.findings(USB), town.state()), (vec![], CarryOutState::Returned));
}

// ------------------------------------------------------------------------------------- delivery, and the end

#[test]
fn what_was_to_stay_is_delivered_with_the_name_of_whoever_took_it() {
    let mut town = by_hand_under_way(true);
    town.done(SATO, &arrive(None));
    let decided = town.done(SATO, &deliver());
    assert_eq!(decided.carry_out, [CarryOutEvent::Delivered { by: SATO, receipt: text(70) }]);
    let delivered = Event::Delivered { carry_out: CARRY_OUT, by: SATO };
    assert_eq!(decided.items, [(USB, vec![delivered.clone()]), (TAPE, vec![delivered])]);
    assert_eq!(town.custody(USB), Custody::Delivered { carry_out: CARRY_OUT });
    assert_eq!(town.state(), CarryOutState::Delivered);
    town.done(SATO, &CarryOutAct::Close);
    let state = CarryOutState::Closed.name();
    for act in [deliver(), CarryOutAct::Close, unpack(&[USB])] {
        assert_eq!(town.refused(SATO, &act).reason, Reason::CarryOutElsewhere { state: state.clone() });
    }
}

/// What was approved to come back does not stay without being approved to stay.
#[test]
fn what_was_to_come_back_is_not_delivered() {
    let mut town = by_hand_under_way(false);
    let Reason::NotReady { missing } = town.refused(SATO, &deliver()).reason else { panic!("delivered") };
    assert_eq!(super::town::listed(&missing), [("field", "for-good", None)]);
    // What was to stay and is not taken comes back.
    let mut town = by_hand_under_way(true);
    town.done(SATO, &unpack(&[USB, TAPE]));
    assert_eq!(town.state(), CarryOutState::Returned);
}

#[test]
fn nothing_ends_before_it_has_left() {
    let mut town = Town::with(silent());
    town.done(SATO, &request(plan(&[USB])));
    let state = CarryOutState::Granted.name();
    for act in [arrive(None), unpack(&[USB]), deliver(), CarryOutAct::Close] {
        assert_eq!(town.refused(SATO, &act).reason, Reason::CarryOutElsewhere { state: state.clone() });
    }
    town.done(SATO, &by_hand());
    let state = CarryOutState::Departed.name();
    assert_eq!(town.refused(SATO, &CarryOutAct::Close).reason, Reason::CarryOutElsewhere { state });
}

/// req: II-034
#[test]
fn what_is_out_beyond_the_day_on_which_it_is_due_is_overdue() {
    let overdue = |town: &Town, on: &str| town.carry_out.as_ref().unwrap().overdue(day(on));
    let mut town = Town::with(silent());
    town.done(SATO, &request(plan(&[USB, TAPE])));
    assert_eq!(overdue(&town, "2026-12-01"), None, "it has not left");
    town.done(SATO, &by_hand());
    assert_eq!(overdue(&town, "2026-11-20"), None);
    assert_eq!(overdue(&town, "2026-11-21"), Some(1));
    assert_eq!(overdue(&town, "2026-12-20"), Some(30));
    let mut part = town.clone();
    part.done(SATO, &unpack(&[USB]));
    assert_eq!(overdue(&part, "2026-11-22"), Some(2), "the rest is still out");
    town.done(SATO, &unpack(&[USB, TAPE]));
    assert_eq!(overdue(&town, "2026-12-20"), None);
    assert_eq!(overdue(&by_hand_under_way(true), "2026-12-20"), None, "what stays is never due");
}

// ------------------------------------------------------------------------------------------ what a page says

fn stages(town: &Town, actor: PersonId) -> Vec<(CarryOutActKind, Stage)> {
    town.ask(&who(actor), None, explain).into_iter().map(|step| (step.kind, step.stage)).collect()
}

#[test]
fn a_page_tells_the_steps_and_who_must_approve() {
    use CarryOutActKind as Kind;
    let mut town = Town::with(two_officers());
    assert_eq!(town.ask(&who(SATO), Some(&plan(&[USB])), explain), []);
    town.done(SATO, &request(plan(&[USB])));
    town.done(MORI, &approve());
    let steps = town.ask(&who(HARA), None, explain);
    let expected = [
        (Kind::Request, Stage::Done),
        (Kind::Approve, Stage::Next),
        (Kind::Depart, Stage::Later),
        (Kind::Arrive, Stage::Later),
        (Kind::Unpack, Stage::Later),
        (Kind::Close, Stage::Later),
    ];
    assert_eq!(stages(&town, SATO), expected);
    assert_eq!(steps[0].by, Some(SATO));
    let names =
        |roles: &[&str]| town.profile.role_names(&roles.iter().map(|r| (*r).into()).collect::<Vec<_>>());
    let [Asked { roles, all, given, missing, source, .. }] = steps[1].approvals.as_slice() else {
        panic!("one gate: {steps:?}")
    };
    assert_eq!((roles, *all, missing), (&names(&[DATA, SYSTEM]), true, &names(&[SYSTEM])));
    assert_eq!(given.iter().map(|consent| consent.given.by).collect::<Vec<_>>(), [MORI]);
    assert_eq!(source.cite(Lang::Ja), "保護規程 第11条第3項");
    assert_eq!(steps[1].open, Ok(()), "it is the reader's to approve");
    assert_eq!(super::town::listed(&steps[2].missing)[0], ("approval", SYSTEM, None));

    town.done(HARA, &approve());
    assert_eq!(stages(&town, SATO)[1..3], [(Kind::Approve, Stage::Done), (Kind::Depart, Stage::Next)]);
    town.done(SATO, &by_hand());
    let expected = [
        (Kind::Request, Stage::Done),
        (Kind::Approve, Stage::Done),
        (Kind::Depart, Stage::Done),
        (Kind::Arrive, Stage::Next),
        (Kind::Unpack, Stage::Later),
        (Kind::Close, Stage::Later),
    ];
    assert_eq!(stages(&town, SATO), expected);
    town.done(SATO, &unpack(&[USB]));
    let expected = [(Kind::Arrive, Stage::Never), (Kind::Unpack, Stage::Done), (Kind::Close, Stage::Next)];
    assert_eq!(stages(&town, SATO)[3..], expected);
    town.done(SATO, &CarryOutAct::Close);
    assert_eq!(stages(&town, SATO)[5], (Kind::Close, Stage::Done));

    let mut down = Town::with(two_officers());
    down.done(SATO, &request(plan(&[USB])));
    down.done(HARA, &CarryOutAct::TurnDown { reason: text(1) });
    assert!(stages(&down, SATO)[1..].iter().all(|(_, stage)| *stage == Stage::Never));

    let for_good = by_hand_under_way(true);
    assert_eq!(stages(&for_good, SATO)[4], (Kind::Deliver, Stage::Later));
}

/// Whoever asks, in whichever state: a step that the page calls open is not refused for a reason that the
/// page could have known, and what it lists as missing is what the refusal lists.
#[test]
fn a_page_and_a_decision_say_the_same() {
    let mut waiting = Town::with(two_officers());
    waiting.done(SATO, &request(plan(&[USB])));
    let mut granted = waiting.clone();
    granted.done(MORI, &approve());
    granted.done(HARA, &approve());
    let mut missed = by_hand_under_way(false);
    missed.done(SATO, &unpack(&[USB]));
    let towns = [waiting, granted, under_way(), by_hand_under_way(true), missed];
    for town in &towns {
        for actor in [SATO, SUZUKI, MORI, HARA, OTA] {
            let act = |kind| match kind {
                CarryOutActKind::Request => request(plan(&[USB])),
                CarryOutActKind::Approve => approve(),
                CarryOutActKind::Depart => by_hand(),
                CarryOutActKind::Arrive => arrive(None),
                CarryOutActKind::Unpack => {
                    let opened = town.container.locked.as_ref().and_then(|_| opening("A-1"));
                    CarryOutAct::Unpack { found: found(&[USB]), opened, more_to_come: false }
                }
                CarryOutActKind::Deliver => deliver(),
                _ => CarryOutAct::Close,
            };
            town.ask(&who(actor), None, |situation| {
                for step in explain(situation) {
                    let decided = decide(situation, &act(step.kind)).map(drop);
                    assert_eq!(step.open, decided, "{}", step.kind.code());
                    assert_eq!(step.open, check(situation, step.kind));
                    if let Err(refusal) = &step.open
                        && let Reason::NotReady { missing } = &refusal.reason
                    {
                        assert_eq!(&step.missing, missing);
                    }
                }
            });
        }
    }
}

// ------------------------------------------------------------------------------------------------ containers

#[test]
fn a_lock_number_is_letters_digits_and_hyphens_whatever_their_case() {
    assert_eq!(number("Ab-12"), number("aB-12"));
    assert_ne!(number("Ab-12"), number("Ab-13"));
    assert_eq!(number("Ab-12").to_string(), "Ab-12", "it is shown as it was written");
    for wrong in ["", " A1", "A 1", "Ａ１", "A_1", &"1".repeat(41)] {
        assert_eq!(wrong.parse::<LockNumber>(), Err(NotALockNumber), "{wrong:?}");
        assert!(serde_json::from_value::<LockNumber>(wrong.into()).is_err());
    }
    assert!("1".repeat(40).parse::<LockNumber>().is_ok());
}

fn lock_as(lock: &str) -> ContainerAct {
    ContainerAct::Lock { number: number(lock), scan: camera(case_label()), carry_out: None }
}

fn open_as(lock: &str) -> ContainerAct {
    ContainerAct::Open { number_seen: number(lock), scan: camera(case_label()) }
}

#[test]
fn a_container_is_locked_and_opened_with_its_number() {
    let mut town = Town::with(silent());
    let reason = |town: &mut Town, actor, act: &ContainerAct| town.turn(actor, act).unwrap_err().reason;
    assert_eq!(reason(&mut town, SATO, &lock_as("A-1")), Reason::ContainerEmpty);
    assert_eq!(reason(&mut town, SATO, &open_as("A-1")), Reason::ContainerNotLocked);
    town.pack(USB);
    assert_eq!(reason(&mut town, OTA, &lock_as("A-1")), Reason::NotDesignated);
    for (scan, expected) in [
        (Scan { label: case_label(), method: ScanMethod::Desk }, Reason::LabelNotAtHand),
        (camera(label(77)), Reason::WrongLabel { scanned: label(77) }),
    ] {
        let act = ContainerAct::Lock { number: number("A-1"), scan, carry_out: None };
        assert_eq!(reason(&mut town, SATO, &act), expected);
    }
    let decided = town.turn(SATO, &lock_as("A-1")).unwrap();
    let scan = camera(case_label());
    let locked = ContainerEvent::Locked { by: SATO, number: number("A-1"), scan, carry_out: None };
    assert_eq!(decided.container, [locked]);
    let lock = town.container.locked.clone().unwrap();
    assert_eq!((lock.number, lock.by, town.container.version), (number("A-1"), SATO, 1));
    assert_eq!(reason(&mut town, SATO, &lock_as("A-2")), Reason::ContainerLocked);
    for (kind, open) in container::open_acts(&town.case(&[USB]), &who(SATO), &town.profile) {
        assert_eq!(open.is_ok(), kind == ContainerActKind::Open);
        assert_eq!(ContainerActKind::from_code(kind.code()), Some(kind));
        assert_ne!(kind.name(Lang::Ja), kind.name(Lang::En));
    }
    town.turn(SUZUKI, &open_as("a-1")).unwrap();
    assert_eq!(town.container.locked, None);
}

/// Opened under way with another number, the container says so on every item that travels in it.
///
/// req: NI-049
#[test]
fn a_container_opened_under_way_with_another_number_tells_on_its_items() {
    let mut town = under_way();
    let decided = town.open("B-9");
    assert_eq!(decided.items, [(USB, vec![unsealed()]), (TAPE, vec![unsealed()])]);
    assert_eq!(town.findings(TAPE), [FindingKind::SealMismatch]);
    // Before it leaves, too.
    let mut town = Town::with(silent());
    town.done(SATO, &request(boxed(&[USB])));
    town.pack(USB);
    town.lock("A-1");
    assert_eq!(town.open("B-9").items, [(USB, vec![unsealed()])]);
}

/// What a phone saw long ago does not open what was locked since.
#[test]
fn the_last_turn_of_the_lock_counts_in_whichever_order_it_is_heard_of() {
    let mut town = Town::with(silent());
    town.pack(USB);
    let early = town.now;
    town.now += chrono::TimeDelta::hours(1);
    town.turn(SATO, &lock_as("A-2")).unwrap();
    let stamp = town.seen_at(early);
    let opened = container::observe(&town.case(&[USB]), &open_as("A-1"), SATO);
    let [event] = opened.container.as_slice() else { panic!("{opened:?}") };
    let after = container::evolve(CASE, Some(town.container.clone()), &stamp, 2, event);
    assert_eq!(
        (after.version, after.locked, after.changed),
        (2, town.container.locked, town.container.changed)
    );
}

/// Evidence needs neither a designation nor a reason to be there.
#[test]
fn what_a_phone_saw_of_a_lock_is_never_refused() {
    let mut town = Town::with(silent());
    town.container = ContainerState::new(CASE);
    let nobody = person(OTA, &[], &[]).id;
    let opened = container::observe(&town.case(&[]), &open_as("A-1"), nobody);
    assert!(matches!(opened.container[..], [ContainerEvent::Opened { matches: true, .. }]));
    let locked = container::observe(&town.case(&[]), &lock_as("A-1"), nobody);
    assert!(matches!(locked.container[..], [ContainerEvent::Locked { .. }]));
}

#[test]
fn container_empty() {
    let mut town = Town::with(silent());
    assert_eq!(town.turn(SATO, &lock_as("A-1")).unwrap_err().reason, Reason::ContainerEmpty);
}

#[test]
fn container_not_locked() {
    let mut town = Town::with(silent());
    assert_eq!(town.turn(SATO, &open_as("A-1")).unwrap_err().reason, Reason::ContainerNotLocked);
}
