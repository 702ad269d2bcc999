//! Given what the register knows, when an observation contradicts it, then this discrepancy is raised.
//!
//! Each kind has a test that bears its code as its name, as refusals have.

use chrono::TimeDelta;
use hokan_domain::{
    approval::Wanted,
    custody::{Act, ActKind, OfferTo, Resting},
    discrepancy::{FindingKind, Settlement, differences},
    disposal::Presence,
    event::{Event, Receiver},
    ids::{CarryOutId, ContainerId, DeviceId, PersonId},
    observation::{Observation, Observed},
    place::{Home, Zone},
    profile::Area,
};
use uuid::Uuid;

use crate::{
    given_when_then::tests,
    register::{
        CABINET, CASE, Register, SATO, SUZUKI, TANAKA, VAULT, camera, changed, destruction, first_label,
        handler, label, put_away, text, zone,
    },
};

const ACCEPTED: Observed = Observed::Accepted { hand_over: None, from: None };

fn offered_to(to: Receiver) -> Observed {
    Observed::Offered { to }
}

/// What was raised and settled by these events.
fn consequences(events: &[Event]) -> Vec<(&'static str, FindingKind)> {
    events
        .iter()
        .filter_map(|event| match event {
            Event::DiscrepancyRaised { finding } => Some(("raised", finding.kind)),
            Event::DiscrepancySettled { finding, by: Settlement::Evidence } => {
                Some(("settled", finding.kind))
            }
            _ => None,
        })
        .collect()
}

/// Sato has it; an hour has passed.
fn held() -> Register {
    let mut register = Register::begin();
    register.wait(TimeDelta::hours(1));
    register
}

/// Sato put it into this home; an hour has passed.
fn stored(home: Home) -> Register {
    let mut register = held();
    register.done(SATO, &put_away(home));
    register.wait(TimeDelta::hours(1));
    register
}

/// It is observed now, by a clock that is right.
fn observe(register: &mut Register, who: PersonId, observed: Observed) -> Vec<(&'static str, FindingKind)> {
    register.wait(TimeDelta::minutes(1));
    consequences(&register.observe(who, observed, register.now - TimeDelta::seconds(1)))
}

#[test]
fn accepted_without_offer() {
    let mut register = held();
    let raised = [("raised", FindingKind::AcceptedWithoutOffer)];
    assert_eq!(observe(&mut register, SUZUKI, ACCEPTED), raised);
    assert_eq!(register.item.holder(), Some(SUZUKI), "he has it all the same");

    let mut register = held();
    register.done(SATO, &Act::Offer { to: OfferTo::Person(handler(TANAKA)), note: None, scan: None });
    assert_eq!(observe(&mut register, SUZUKI, ACCEPTED), raised, "it was offered to somebody else");

    let mut register = held();
    register.done(SATO, &Act::Offer { to: OfferTo::Person(handler(SUZUKI)), note: None, scan: None });
    register.wait(register.profile.hand_over_expires);
    assert_eq!(
        observe(&mut register, SUZUKI, ACCEPTED),
        raised,
        "the offer had lapsed, as it would at the server"
    );
}

#[test]
fn offered_by_non_holder() {
    let mut register = held();
    let raised = [("raised", FindingKind::OfferedByNonHolder)];
    assert_eq!(observe(&mut register, TANAKA, offered_to(Receiver::AnyHandler)), raised);
    assert_eq!(register.item.holder(), Some(SATO));
}

#[test]
fn put_away_by_non_holder() {
    let raised = [("raised", FindingKind::PutAwayByNonHolder)];
    for mut register in [held(), stored(CABINET)] {
        assert_eq!(observe(&mut register, TANAKA, Observed::PutAway { home: VAULT }), raised);
    }
}

#[test]
fn taken_out_while_held() {
    let mut register = held();
    let raised = [("raised", FindingKind::TakenOutWhileHeld)];
    assert_eq!(observe(&mut register, SUZUKI, Observed::TakenOut), raised);
    assert_eq!(register.item.holder(), Some(SUZUKI));
}

#[test]
fn seen_elsewhere() {
    let raised = [("raised", FindingKind::SeenElsewhere)];
    for (home, seen, expected) in [
        (CABINET, VAULT, &raised[..]),
        (CABINET, CASE, &raised),
        (CABINET, CABINET, &[]),
        // A container moves about with what is in it.
        (CASE, VAULT, &[]),
        (CASE, CASE, &[]),
    ] {
        let mut register = stored(home);
        let seen = Observed::Seen { home: Some(seen) };
        assert_eq!(observe(&mut register, TANAKA, seen), expected, "rests in {home}");
    }
    assert_eq!(
        observe(&mut held(), TANAKA, Observed::Seen { home: Some(VAULT) }),
        [],
        "its holder carries it"
    );
    assert_eq!(observe(&mut stored(CABINET), TANAKA, Observed::Seen { home: None }), []);
}

/// Whatever was done with it, also where it was only declined.
#[test]
fn void_label_scanned() {
    let mut register = stored(CABINET);
    register.done(SATO, &register.fitting(ActKind::ReplaceLabel, SATO));
    register.wait(TimeDelta::minutes(1));
    let refused = Observed::Refused { hand_over: None, note: None };
    for observed in [Observed::Seen { home: None }, refused] {
        let mut stamp = register.at_server(register.clone().fresh_id(), TANAKA);
        stamp.observed_by = Some((DeviceId(TANAKA.0), 1));
        let scan = |number| camera(label(number));
        let of = |number| Observation { observed: observed.clone(), scan: scan(number), zone: None, stamp };
        let raised = [("raised", FindingKind::VoidLabelScanned)];
        assert_eq!(consequences(&register.clone().take_in(&of(1))), raised);
        let current = Observation { scan: register.scan(), ..of(1) };
        assert_eq!(consequences(&register.clone().take_in(&current)), []);
    }
    // What was scanned before the label was replaced, and what a slow clock puts there, is no void label.
    let before = register.now - TimeDelta::minutes(30);
    let events = register.clone().observe(TANAKA, Observed::Seen { home: None }, before);
    assert_eq!(consequences(&events), [], "the new label by a slow clock");
    let mut stamp = register.at_server(register.clone().fresh_id(), TANAKA);
    stamp.occurred_at = before;
    let (observed, scan) = (Observed::Seen { home: None }, camera(first_label()));
    let old = Observation { observed, scan, zone: None, stamp };
    assert_eq!(consequences(&register.take_in(&old)), [], "the old label while it was in force");
}

#[test]
fn clock_ahead() {
    let allowed = held().profile.allowed_clock_skew;
    let mut register = held();
    let events = register.observe(SATO, Observed::Seen { home: None }, register.now + allowed);
    assert_eq!(consequences(&events), []);
    let later = register.now + allowed + TimeDelta::milliseconds(1);
    let events = register.observe(SATO, Observed::Seen { home: None }, later);
    assert_eq!(consequences(&events), [("raised", FindingKind::ClockAhead)]);
}

/// Where it is scanned in another area than the one that nothing leaves without a carry-out, be it put away
/// there or only seen. Which area that is, is the regulation's word.
#[test]
fn outside_zone() {
    let (here, there) = (zone(Some(1), Some(9)), zone(Some(2), Some(9)));
    let seen = |register: &mut Register, observed: Observed, zone: Zone| {
        register.wait(TimeDelta::minutes(1));
        let stamp = register.at_server(register.clone().fresh_id(), TANAKA);
        let scan = register.scan();
        consequences(&register.take_in(&Observation { observed, scan, zone: Some(zone), stamp }))
    };
    let in_the_area = |register: &mut Register| {
        let home = Resting { zone: Some(here), ..Resting::plain(CABINET) };
        register.done(SATO, &Act::PutAway { home, scan: camera(first_label()) });
    };
    let raised = [("raised", FindingKind::OutsideZone)];
    let mut register = held();
    in_the_area(&mut register);
    assert_eq!(seen(&mut register.clone(), Observed::Seen { home: None }, here), []);
    assert_eq!(seen(&mut register.clone(), Observed::Seen { home: None }, there), raised);
    let put_away = Observed::PutAway { home: CASE };
    let all = seen(&mut register.clone(), put_away, there);
    assert!(all.contains(&raised[0]), "{all:?}");

    // On a carry-out it may be anywhere, and where it was before counts for nothing when it is back.
    let out = Observed::Departed { carry_out: Some(CarryOutId(Uuid::from_u128(5))) };
    assert_eq!(observe(&mut register, SATO, out), []);
    assert_eq!(seen(&mut register, Observed::Seen { home: None }, there), []);
    let back = Observed::Returned { carry_out: Some(CarryOutId(Uuid::from_u128(5))) };
    assert_eq!(observe(&mut register, SATO, back), []);

    // Where only the office counts, the other area lies in the same one.
    let mut wide = held();
    wide.profile = changed(|profile| profile.carry_out.leaves = Area::Office);
    in_the_area(&mut wide);
    assert_eq!(seen(&mut wide.clone(), Observed::Seen { home: None }, there), []);
    let elsewhere = zone(Some(3), Some(8));
    assert_eq!(seen(&mut wide, Observed::Seen { home: None }, elsewhere), raised);
}

/// It settles itself when the phone is heard with which it left on a carry-out.
#[test]
fn an_item_outside_its_area_is_explained_by_a_departure_that_is_heard_of_later() {
    let mut register = held();
    let home = Resting { zone: Some(zone(Some(1), None)), ..Resting::plain(CABINET) };
    register.done(SATO, &Act::PutAway { home, scan: camera(first_label()) });
    let left = register.now + TimeDelta::minutes(5);
    register.wait(TimeDelta::hours(1));
    let mut stamp = register.at_server(register.clone().fresh_id(), TANAKA);
    stamp.observed_by = Some((DeviceId(TANAKA.0), 1));
    let (observed, scan) = (Observed::Seen { home: None }, register.scan());
    let seen = Observation { observed, scan, zone: Some(zone(Some(2), None)), stamp };
    assert_eq!(consequences(&register.take_in(&seen)), [("raised", FindingKind::OutsideZone)]);
    let departed = Observed::Departed { carry_out: Some(CarryOutId(Uuid::from_u128(5))) };
    let events = register.observe(SATO, departed, left);
    assert_eq!(consequences(&events), [("settled", FindingKind::OutsideZone)]);
}

#[test]
fn departed_without_carry_out() {
    let mut register = held();
    let known = Observed::Departed { carry_out: Some(CarryOutId(Uuid::from_u128(5))) };
    assert_eq!(observe(&mut register.clone(), SATO, known), []);
    let raised = [("raised", FindingKind::DepartedWithoutCarryOut)];
    assert_eq!(observe(&mut register, SATO, Observed::Departed { carry_out: None }), raised);
    assert!(register.item.is_out(), "it is gone all the same");
}

#[test]
fn returned_while_not_out() {
    let returned = Observed::Returned { carry_out: None };
    let raised = [("raised", FindingKind::ReturnedWhileNotOut)];
    for mut register in [held(), stored(CABINET)] {
        assert_eq!(observe(&mut register, TANAKA, returned.clone()), raised);
        assert_eq!(register.item.holder(), Some(TANAKA));
    }
    let mut register = held();
    let now = register.now;
    register.wait(TimeDelta::hours(1));
    let events = register.observe(SATO, returned, now + TimeDelta::minutes(10));
    assert_eq!(consequences(&events), raised);
    let departed = Observed::Departed { carry_out: Some(CarryOutId(Uuid::from_u128(5))) };
    let events = register.observe(SATO, departed, now);
    assert_eq!(consequences(&events), [("settled", FindingKind::ReturnedWhileNotOut)]);
}

/// What the server wrote of a carry-out on the item's timeline, and what follows from it.
fn told(register: &mut Register, event: Event) -> Vec<(&'static str, FindingKind)> {
    register.wait(TimeDelta::minutes(1));
    let stamp = register.at_server(register.clone().fresh_id(), TANAKA);
    register.append(stamp, &[event]);
    let follows = differences(&register.timeline, &register.watch());
    register.append(register.at_server(register.clone().fresh_id(), TANAKA), &follows);
    consequences(&follows)
}

#[test]
fn seal_mismatch() {
    let carry_out = CarryOutId(Uuid::from_u128(5));
    let container = ContainerId(Uuid::from_u128(0xc1));
    let opened = |matches| Event::Unsealed { carry_out, by: TANAKA, container, matches };
    assert_eq!(told(&mut held(), opened(true)), []);
    assert_eq!(told(&mut held(), opened(false)), [("raised", FindingKind::SealMismatch)]);
}

/// Whoever has it in hand afterwards has explained it.
#[test]
fn missing_at_unpacking() {
    let carry_out = CarryOutId(Uuid::from_u128(5));
    let mut register = held();
    let missed = Event::MissedAtUnpacking { carry_out, by: TANAKA };
    assert_eq!(told(&mut register, missed), [("raised", FindingKind::MissingAtUnpacking)]);
    let found = observe(&mut register, SATO, Observed::Seen { home: None });
    assert_eq!(found, [("settled", FindingKind::MissingAtUnpacking)]);
}

/// The label of what was destroyed or handed over for good is scanned again. Standing by at the destruction
/// is no such scan.
#[test]
fn gone_item_scanned() {
    let raised = [("raised", FindingKind::GoneItemScanned)];
    let mut register = held();
    register.grant(Wanted::Dispose, None);
    let destroyed = Observed::Destroyed { destruction: destruction("shred-flash") };
    assert_eq!(observe(&mut register, SATO, destroyed.clone()), []);
    let witnessed = Observed::Witnessed { presence: Presence::OnSite, photographs: Vec::new() };
    assert_eq!(observe(&mut register, SUZUKI, witnessed), []);
    assert_eq!(observe(&mut register.clone(), TANAKA, Observed::Seen { home: None }), raised);
    assert_eq!(observe(&mut register.clone(), TANAKA, Observed::Found), raised);
    assert_eq!(
        observe(&mut register.clone(), SATO, destroyed.clone()),
        [],
        "told twice by the same operator"
    );
    assert_eq!(observe(&mut register, TANAKA, destroyed), raised, "another says that it was he");

    let mut register = held();
    let delivered = Event::Delivered { carry_out: CarryOutId(Uuid::from_u128(5)), by: TANAKA };
    assert_eq!(told(&mut register, delivered), []);
    assert_eq!(observe(&mut register, TANAKA, Observed::Seen { home: None }), raised);
}

/// A phone tells of a destruction that nobody had ordered, that was ordered for an earlier day, or that a
/// hold forbade.
#[test]
fn destroyed_without_order() {
    let destroyed = || Observed::Destroyed { destruction: destruction("shred-flash") };
    let raised = [("raised", FindingKind::DestroyedWithoutOrder)];
    assert_eq!(observe(&mut held(), SATO, destroyed()), raised);

    let mut ordered = held();
    let until = ordered.today();
    let request = ordered.grant(Wanted::Dispose, Some(until));
    assert_eq!(observe(&mut ordered.clone(), SATO, destroyed()), []);

    let mut late = ordered.clone();
    late.wait(TimeDelta::days(1));
    assert_eq!(observe(&mut late, SATO, destroyed()), raised, "the order was for yesterday");

    let mut revoked = ordered.clone();
    revoked.done(SATO, &Act::EndPermission { request, reason: text(8) });
    assert_eq!(observe(&mut revoked, SATO, destroyed()), raised, "the order was revoked");

    let mut held_back = ordered.clone();
    held_back.hold();
    assert_eq!(observe(&mut held_back, SATO, destroyed()), raised, "a hold suspends the order");

    let mut free = held();
    free.profile = changed(|profile| profile.gates.clear());
    assert_eq!(observe(&mut free, SATO, destroyed()), [], "nobody asks for an order");
    assert!(!FindingKind::DestroyedWithoutOrder.may_settle_itself(), "no phone can order it afterwards");
}

/// In whichever order the two are heard of.
#[test]
fn witnessed_by_operator() {
    let raised = [("raised", FindingKind::WitnessedByOperator)];
    let destroyed = Observed::Destroyed { destruction: destruction("shred-flash") };
    let witnessed = Observed::Witnessed { presence: Presence::OnSite, photographs: Vec::new() };
    let mut ordered = held();
    ordered.grant(Wanted::Dispose, None);
    let at = ordered.now;
    ordered.wait(TimeDelta::hours(1));
    for observed in [[&destroyed, &witnessed], [&witnessed, &destroyed]] {
        let mut register = ordered.clone();
        for (minutes, observed) in [10, 11].into_iter().zip(observed) {
            register.wait(TimeDelta::minutes(1));
            register.observe(SATO, observed.clone(), at + TimeDelta::minutes(minutes));
        }
        let kinds: Vec<_> = register.item.discrepancies.iter().map(|finding| finding.kind).collect();
        assert_eq!(kinds, [FindingKind::WitnessedByOperator]);
        assert!(!register.item.disposal.is_witnessed(), "nobody else stood by");
    }
    let mut register = ordered;
    assert_eq!(observe(&mut register, SATO, destroyed), []);
    assert_eq!(observe(&mut register, SUZUKI, witnessed.clone()), []);
    assert!(register.item.disposal.is_witnessed());
    assert_eq!(observe(&mut register, SATO, witnessed), raised);
}

/// One contradiction and not two: nobody held it, but that follows from its being out.
#[test]
fn handled_while_out() {
    let raised = [("raised", FindingKind::HandledWhileOut)];
    let mut out = held();
    assert_eq!(
        observe(&mut out, SATO, Observed::Departed { carry_out: Some(CarryOutId(Uuid::from_u128(5))) }),
        []
    );
    assert_eq!(observe(&mut out.clone(), SUZUKI, Observed::TakenOut), raised);
    assert_eq!(observe(&mut out.clone(), SUZUKI, Observed::PutAway { home: CABINET }), raised);
    let accepted = observe(&mut out.clone(), SUZUKI, ACCEPTED);
    assert!(accepted.contains(&raised[0]), "{accepted:?}");
    assert_eq!(observe(&mut out, SUZUKI, Observed::Seen { home: None }), [], "it is only looked at");
}

/// Two phones meet in a vault; the receiver's finds a signal first, and three days later the giver's.
#[test]
fn a_hand_over_without_signal_settles_itself_when_the_other_phone_is_heard() {
    let mut register = held();
    let met = register.now;
    register.wait(TimeDelta::hours(1));
    let events = register.observe(SUZUKI, ACCEPTED, met + TimeDelta::minutes(1));
    assert_eq!(consequences(&events), [("raised", FindingKind::AcceptedWithoutOffer)]);
    register.wait(TimeDelta::days(3));
    let events = register.observe(SATO, offered_to(Receiver::Person(SUZUKI)), met);
    assert_eq!(consequences(&events), [("settled", FindingKind::AcceptedWithoutOffer)]);
    assert!(register.item.discrepancies.is_empty());
    assert_eq!((register.item.holder(), register.item.unanswered_offer()), (Some(SUZUKI), None));
}

/// An offer made without signal counts from when it was made: heard of days later it can no longer be
/// accepted at the server, but an acceptance of that day still answers it.
#[test]
fn an_offer_without_signal_lapses_by_the_time_at_which_it_was_made() {
    let mut register = held();
    let made = register.now;
    register.wait(TimeDelta::days(2));
    assert_eq!(consequences(&register.observe(SATO, offered_to(Receiver::Person(SUZUKI)), made)), []);
    assert_eq!(register.item.pending_offer(register.now), None);
    let late = register.act(&handler(SUZUKI), &register.fitting(ActKind::Accept, SUZUKI)).unwrap_err();
    assert_eq!(late.reason.code(), "hand-over-lapsed");
    let events = register.observe(SUZUKI, ACCEPTED, made + TimeDelta::minutes(1));
    assert_eq!(consequences(&events), []);
    assert_eq!(register.item.holder(), Some(SUZUKI));
}

/// Evidence that explains one thing can bring another to light.
#[test]
fn a_missing_hand_over_in_between_is_found_where_it_belongs() {
    let mut register = held();
    let at = |minute| register.now + TimeDelta::minutes(minute);
    let (first, second, third) = (at(1), at(2), at(3));
    register.wait(TimeDelta::hours(1));
    let put_away = Observed::PutAway { home: CABINET };
    let events = register.observe(TANAKA, put_away, third);
    assert_eq!(consequences(&events), [("raised", FindingKind::PutAwayByNonHolder)]);
    let events = register.observe(TANAKA, ACCEPTED, second);
    let changed =
        [("raised", FindingKind::AcceptedWithoutOffer), ("settled", FindingKind::PutAwayByNonHolder)];
    assert_eq!(consequences(&events), changed);
    let events = register.observe(SATO, offered_to(Receiver::AnyHandler), first);
    assert_eq!(consequences(&events), [("settled", FindingKind::AcceptedWithoutOffer)]);
}

#[test]
fn every_kind_of_discrepancy_has_a_test_of_its_name() {
    let tests = tests();
    for kind in FindingKind::ALL {
        let name = kind.code().replace('-', "_");
        assert!(tests.contains(&format!("#[test]\nfn {name}() {{")), "no test named {name}");
    }
}
