//! Given what the register knows, when an observation contradicts it, then this discrepancy is raised.
//!
//! Each kind has a test that bears its code as its name, as refusals have.

use chrono::TimeDelta;
use hokan_domain::{
    custody::{Act, ActKind, OfferTo},
    discrepancy::{FindingKind, Settlement},
    event::{Event, Receiver},
    ids::{DeviceId, PersonId},
    observation::{Observation, Observed},
    place::Home,
};

use crate::register::{
    CABINET, CASE, Register, SATO, SUZUKI, TANAKA, VAULT, camera, first_label, handler, label,
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
    register.done(SATO, &Act::PutAway { home, scan: camera(first_label()) });
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
        let of = |number| Observation { observed: observed.clone(), scan: camera(label(number)), stamp };
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
    let old = Observation { observed: Observed::Seen { home: None }, scan: camera(first_label()), stamp };
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
    let tests = include_str!("discrepancies.rs");
    for kind in FindingKind::ALL {
        let name = kind.code().replace('-', "_");
        assert!(tests.contains(&format!("#[test]\nfn {name}() {{")), "no test named {name}");
    }
}
