//! Given what the register knows, when an observation contradicts it, then this discrepancy is raised.
//!
//! Each kind has a test that bears its code as its name, as refusals have.

use chrono::TimeDelta;
use hokan_domain::{
    approval::Wanted,
    custody::{Act, ActKind, OfferTo, Resting},
    discrepancy::{FindingKind, Settlement, differences},
    disposal::{Destruction, Presence, Shows},
    event::{Event, Receiver},
    ids::{CarryOutId, ContainerId, DeviceId, PersonId},
    observation::{Authority, Delivery, Ended, EvidenceMark, Observation, Observed, Proof},
    person::{Part, Person},
    place::{Home, Zone},
    profile::Area,
};
use uuid::Uuid;

use crate::{
    given_when_then::tests,
    register::{
        CABINET, CASE, KATO, Register, SATO, SUZUKI, TANAKA, VAULT, camera, changed, delegated, destruction,
        erasure, first_label, handler, label, nobody, photograph, put_away, text, with_role, zone,
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
            Event::DiscrepancyRaised { finding, .. } => Some(("raised", finding.kind)),
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
        let of = |number| Observation {
            observed: observed.clone(),
            scan: scan(number),
            zone: None,
            stamp,
            marks: Vec::new(),
        };
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
    let old = Observation { observed, scan, zone: None, stamp, marks: Vec::new() };
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
        consequences(&register.take_in(&Observation {
            observed,
            scan,
            zone: Some(zone),
            stamp,
            marks: Vec::new(),
        }))
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
    let seen = Observation { observed, scan, zone: Some(zone(Some(2), None)), stamp, marks: Vec::new() };
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
        assert!(!register.item.is_witnessed(), "nobody else stood by");
    }
    let mut register = ordered;
    assert_eq!(observe(&mut register, SATO, destroyed), []);
    assert_eq!(observe(&mut register, SUZUKI, witnessed.clone()), []);
    assert!(register.item.is_witnessed());
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

/// What came in like this, on an item that Sato holds, and what is then to be settled.
fn delivered(marks: Vec<EvidenceMark>) -> (Register, Vec<(&'static str, FindingKind)>) {
    let mut register = held();
    let observation = Observation {
        observed: Observed::Seen { home: None },
        scan: register.scan(),
        zone: None,
        stamp: register.claim(SATO, register.now),
        marks,
    };
    let events = register.take_in(&observation);
    (register, consequences(&events))
}

/// It is taken in and told of, and no later evidence makes the doubt go away: a person has to.
fn raises(mark: EvidenceMark, kind: FindingKind) {
    let (mut register, raised) = delivered(vec![mark]);
    assert_eq!(raised, [("raised", kind)]);
    assert_eq!(observe(&mut register, SATO, Observed::Seen { home: None }), []);
    assert_eq!(register.item.discrepancies.len(), 1);
    assert!(!kind.may_settle_itself() && kind.casts_doubt());
}

#[test]
fn late_authority() {
    for ended in [Ended::PhoneRevoked, Ended::Suspended] {
        raises(EvidenceMark::LateAuthority { ended }, FindingKind::LateAuthority);
    }
    assert_eq!(delivered(Vec::new()).1, []);
}

/// Beside each other where both are so.
#[test]
fn reported_by_another() {
    let by = EvidenceMark::ReportedFor { person: SUZUKI };
    raises(by, FindingKind::ReportedByAnother);
    let late = EvidenceMark::LateAuthority { ended: Ended::Suspended };
    let both = [("raised", FindingKind::LateAuthority), ("raised", FindingKind::ReportedByAnother)];
    assert_eq!(delivered(vec![late, by]).1, both);
}

#[test]
fn without_authority() {
    for lacking in [Authority::Designation, Authority::WitnessRole, Authority::SecondFactor] {
        raises(EvidenceMark::WithoutAuthority { lacking }, FindingKind::WithoutAuthority);
    }
}

#[test]
fn without_proof() {
    for lacking in [Proof::Method, Proof::Order, Proof::Erasure, Proof::Photograph, Proof::Certificate] {
        raises(EvidenceMark::WithoutProof { lacking }, FindingKind::WithoutProof);
    }
}

/// A reader that sees a label go by does what it is there for; that something left or came back is for a person
/// to say.
#[test]
fn told_by_machine() {
    let passes = |observed: Observed| {
        let mut register = held();
        let stamp = register.claim(SATO, register.now);
        let marks = vec![EvidenceMark::ByMachine];
        let scan = register.scan();
        let events = register.take_in(&Observation { observed, scan, zone: None, stamp, marks });
        consequences(&events)
    };
    assert_eq!(passes(Observed::Seen { home: None }), []);
    let left = passes(Observed::Departed { carry_out: Some(CarryOutId(Uuid::from_u128(5))) });
    assert_eq!(left, [("raised", FindingKind::ToldByMachine)]);
}

/// Until the evidence is heard that he had it.
#[test]
fn ended_by_non_holder() {
    let mut ordered = held();
    ordered.grant(Wanted::Dispose, None);
    let destroyed = || Observed::Destroyed { destruction: destruction("shred-flash") };
    let raised = [("raised", FindingKind::EndedByNonHolder)];
    assert_eq!(observe(&mut ordered.clone(), SATO, destroyed()), []);
    let sanitized = Observed::Sanitized { erasure: erasure("device-erase") };
    assert_eq!(observe(&mut ordered.clone(), SUZUKI, sanitized), raised);
    let mut register = ordered;
    assert_eq!(observe(&mut register, SUZUKI, destroyed()), raised);
    assert!(register.item.is_end_doubtful() && !register.item.is_surely_gone());
    let before = register.now - TimeDelta::minutes(5);
    register.observe(SATO, offered_to(Receiver::Person(SUZUKI)), before);
    let accepted = register.observe(SUZUKI, ACCEPTED, before + TimeDelta::minutes(1));
    assert_eq!(consequences(&accepted), [("settled", FindingKind::EndedByNonHolder)]);
    assert!(register.item.is_surely_gone());
}

/// By the clocks of both, in whichever order the two are heard of; a contractor's certificate comes when it
/// comes.
#[test]
fn witnessed_late() {
    let within = TimeDelta::minutes(30);
    let mut ordered = held();
    ordered.profile = changed(|profile| profile.disposal.witness_within = within);
    ordered.grant(Wanted::Dispose, None);
    let at = ordered.now;
    ordered.wait(TimeDelta::days(1));
    let heard = |destruction, after, order: [usize; 2]| {
        let mut register = ordered.clone();
        for told in order {
            match told {
                0 => register.observe(
                    SATO,
                    Observed::Destroyed { destruction: Clone::clone(&destruction) },
                    at,
                ),
                _ => {
                    let photographs = Vec::new();
                    let witnessed = Observed::Witnessed { presence: Presence::OnSite, photographs };
                    register.observe(SUZUKI, witnessed, at + after)
                }
            };
        }
        register.item.discrepancies.iter().map(|finding| finding.kind).collect::<Vec<_>>()
    };
    let late = within + TimeDelta::minutes(1);
    for order in [[0, 1], [1, 0]] {
        assert_eq!(heard(destruction("shred-flash"), within, order), []);
        assert_eq!(heard(destruction("shred-flash"), late, order), [FindingKind::WitnessedLate]);
        assert_eq!(heard(delegated("shred-flash"), late, order), []);
    }
}

/// Whose word it is and who brings it, as they are when it comes in, and what the same would have needed at the
/// server.
#[test]
fn what_is_to_be_known_of_an_observation_follows_from_who_brings_it() {
    let mut register = held();
    register.grant(Wanted::Dispose, None);
    let register = register;
    let marks = |sender: &Person, observed: &Observed| register.delivery(sender).marks(observed);
    let (seen, taken) = (Observed::Seen { home: None }, Observed::TakenOut);
    let photographs = vec![photograph(Shows::After)];
    let witnessed = Observed::Witnessed { presence: Presence::OnSite, photographs };
    let late = |ended| EvidenceMark::LateAuthority { ended };
    let authority = |lacking| EvidenceMark::WithoutAuthority { lacking };
    let proof = |lacking| EvidenceMark::WithoutProof { lacking };

    let (sato, anybody) = (handler(SATO), nobody(KATO));
    for observed in [&seen, &taken] {
        assert_eq!(marks(&sato, observed), []);
    }
    let revoked = Delivery { phone_revoked: true, ..register.delivery(&sato) };
    assert_eq!(revoked.marks(&taken), [late(Ended::PhoneRevoked)]);
    let suspended = Person { active: false, ..sato.clone() };
    assert_eq!(marks(&suspended, &taken), [late(Ended::Suspended)]);
    let other = Delivery { claimed: Some(SUZUKI), ..register.delivery(&sato) };
    assert_eq!(other.marks(&taken), [EvidenceMark::ReportedFor { person: SUZUKI }]);
    let own = Delivery { claimed: Some(SATO), ..register.delivery(&sato) };
    assert_eq!(own.marks(&taken), []);
    let machine = Delivery { by_machine: true, ..register.delivery(&sato) };
    assert_eq!(machine.marks(&seen), [EvidenceMark::ByMachine]);

    // A part is no role: who witnesses is the regulation's word.
    assert_eq!(marks(&anybody, &seen), []);
    assert_eq!(marks(&anybody, &taken), [authority(Authority::Designation)]);
    let part = Person { parts: [Part::Witness].into(), ..anybody.clone() };
    for person in [&anybody, &part] {
        assert_eq!(marks(person, &witnessed), [authority(Authority::WitnessRole)]);
    }
    let roles = register.profile.disposal.witness.roles().to_vec();
    let holder = with_role(&register.profile, nobody(KATO), &roles[0], register.item.division, None);
    assert_eq!(marks(&holder, &witnessed), []);
    // Whoever found his phone is not his eyes.
    let found = Delivery { proven: false, ..register.delivery(&holder) };
    assert_eq!(found.marks(&witnessed), [authority(Authority::SecondFactor)]);
    assert_eq!(found.marks(&seen), []);

    let destroyed = |destruction| Observed::Destroyed { destruction };
    assert_eq!(marks(&sato, &destroyed(destruction("shred-flash"))), []);
    assert_eq!(marks(&sato, &destroyed(destruction("by-hand"))), [proof(Proof::Method)]);
    let without = Destruction { photographs: Vec::new(), ..destruction("shred-flash") };
    let needs_photograph = register.profile.disposal.photo_before.is_some();
    let expected = [proof(Proof::Photograph)];
    assert_eq!(marks(&sato, &destroyed(without)), if needs_photograph { &expected[..] } else { &[] });
    let unordered = held();
    let sanitized = Observed::Sanitized { erasure: erasure("device-erase") };
    assert_eq!(marks(&sato, &sanitized), []);
    assert_eq!(unordered.delivery(&sato).marks(&sanitized), [proof(Proof::Order)]);
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
