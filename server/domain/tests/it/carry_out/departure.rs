//! What must be there before anything leaves: each thing under a regulation that asks for it alone.

use chrono::TimeDelta;
use hokan_domain::{
    carry_out::{CarryOutEvent, CarryOutState, Guarded, Load, Loaded, Plan},
    container::ContainerAct,
    event::{Event, Receiver, Scan, ScanMethod},
    ids::ContractId,
    item::{Custody, ItemKind},
    profile::{Approvers, Channel, Field, Measure, Profile},
    protection::Secrecy,
    refusal::{ProductRule, Reason, Source},
};
use uuid::Uuid;

use super::town::{
    CARRY_OUT, CASE, DATA, OTHER, PAPER, STRANGER, SYSTEM, TAPE, Town, USB, asking, boxed, by_hand,
    case_label, clause, day, encrypted, gate, gated, grounded, in_case, kinds, label_of, listed, number,
    plan, protecting, reason_in_stead, request, silent, two_officers,
};
use crate::register::{SATO, SUZUKI, camera, label, text};

fn asked(profile: Profile, plan: Plan) -> Town {
    let mut town = Town::with(profile);
    town.done(SATO, &request(plan));
    town
}

/// Both are in the case, which is locked for the carry-out.
fn packed(profile: Profile, plan: Plan) -> Town {
    let mut town = asked(profile, plan);
    town.pack(USB);
    town.pack(TAPE);
    town.lock("A-1");
    town
}

/// Something is missing for as long as the plan does not give it, and nothing else is.
fn is_asked_for(field: Field, without: Plan, with: Plan) {
    let mut town = asked(asking(field), without);
    let missing = town.missing(&by_hand());
    assert_eq!(listed(&missing), [("field", field.code(), None)]);
    assert_eq!(missing[0].source, clause("第11条第3項"));
    let mut town = asked(asking(field), with);
    town.done(SATO, &by_hand());
}

/// req: NG-038
#[test]
fn counterparty() {
    is_asked_for(Field::Counterparty, Plan { counterparty: None, ..plan(&[USB]) }, plan(&[USB]));
}

/// Kinds and quantity are counted from the items themselves, so that they are never missing and never wrong.
///
/// req: NG-038
#[test]
fn kinds_and_quantity_are_counted() {
    let mut profile = asking(Field::Kinds);
    profile.carry_out.fields.push((Field::Quantity, clause("第11条第3項")));
    let mut town = Town::with(profile);
    town.add(PAPER, ItemKind::PaperRecord, Some(7));
    town.protect(USB, encrypted(), true);
    town.protect(TAPE, Secrecy::PasswordOnly, false);
    town.done(SATO, &request(plan(&[USB, TAPE, PAPER])));
    let decided = town.done(SATO, &by_hand());
    let loaded = |item, item_kind, records, secrecy, key_apart| Loaded {
        item,
        item_kind,
        records: Some(records),
        secrecy,
        key_apart,
    };
    let load = Load {
        items: vec![
            loaded(USB, ItemKind::UsbMemory, 1200, Guarded::Encrypted, true),
            loaded(TAPE, ItemKind::MagneticTape, 30, Guarded::PasswordOnly, false),
            loaded(PAPER, ItemKind::PaperRecord, 7, Guarded::Unverified, false),
        ],
        kinds: [(ItemKind::UsbMemory, 1), (ItemKind::MagneticTape, 1), (ItemKind::PaperRecord, 1)].into(),
        quantity: 3,
        records: Some(1237),
    };
    let departed = CarryOutEvent::Departed { by: SATO, container: None, lock: None, load, scan: None };
    assert_eq!(decided.carry_out, [departed]);
}

/// The number of records is missing for the item on which nobody counted them.
///
/// req: NG-038
#[test]
fn records() {
    let mut town = Town::with(asking(Field::Records));
    town.record(TAPE, None);
    town.done(SATO, &request(plan(&[USB, TAPE])));
    let missing = town.missing(&by_hand());
    assert_eq!(listed(&missing), [("field", "records", Some(TAPE))]);
    assert_eq!(missing[0].source, clause("第11条第3項"));
    // Where the regulation does not ask, it leaves all the same and the book says that nobody counted.
    town.profile = silent();
    town.done(SATO, &by_hand());
    let load = &town.carry_out.as_ref().unwrap().departure.as_ref().unwrap().load;
    assert_eq!((load.records, load.quantity), (None, 2));
    assert_eq!(load.items[0].records, Some(1200));
}

#[test]
fn due_back() {
    is_asked_for(Field::DueBack, Plan { due_back: None, ..plan(&[USB]) }, plan(&[USB]));
    // What stays with the counterparty need not come back.
    let for_good = Plan { due_back: None, for_good: true, ..plan(&[USB]) };
    asked(asking(Field::DueBack), for_good).done(SATO, &by_hand());
    // A day that is over is no day by which it can be back.
    let mut late = asked(asking(Field::DueBack), Plan { due_back: Some(day("2026-11-02")), ..plan(&[USB]) });
    late.clone().done(SATO, &by_hand());
    late.now += TimeDelta::hours(24);
    assert_eq!(listed(&late.missing(&by_hand())), [("field", "due-back", None)]);
}

/// req: NI-050
#[test]
fn transport_and_tracking() {
    is_asked_for(Field::Transport, Plan { transport: None, ..plan(&[USB]) }, plan(&[USB]));
    is_asked_for(Field::Tracking, Plan { tracking: None, ..plan(&[USB]) }, plan(&[USB]));
}

#[test]
fn route() {
    is_asked_for(Field::Route, Plan { route: None, ..plan(&[USB]) }, plan(&[USB]));
}

/// Nothing is given to anybody outside article 19 of the Number Act.
///
/// req: NI-072
#[test]
fn legal_ground() {
    is_asked_for(Field::LegalGround, Plan { legal_ground: None, ..plan(&[USB]) }, plan(&[USB]));
}

/// A ground can ask for more than every carry-out must tell.
///
/// req: NI-043 NI-045
#[test]
fn what_the_ground_asks_for() {
    let ground = Some("contractor".to_owned());
    let mut town = asked(
        grounded(&[Field::Counterparty, Field::Contract]),
        Plan { ground, counterparty: None, ..plan(&[USB]) },
    );
    let missing = town.missing(&by_hand());
    assert_eq!(listed(&missing), [("field", "counterparty", None), ("field", "contract", None)]);
    assert!(missing.iter().all(|missing| missing.source == clause("第19条第1号")));
}

/// Nothing goes to a contractor under a contract that is not in force, whether or not one had to be named.
///
/// req: II-032
#[test]
fn contract_not_in_force() {
    let contract = Some(ContractId(Uuid::from_u128(7)));
    let ground = Some("contractor".to_owned());
    let mut town = asked(grounded(&[Field::Contract]), Plan { contract, ground, ..plan(&[USB]) });
    for in_force in [None, Some(false)] {
        town.contract_in_force = in_force;
        let missing = town.missing(&by_hand());
        assert_eq!(listed(&missing), [("field", "contract", None)]);
        assert_eq!(missing[0].source, clause("第19条第1号"));
        assert_eq!(missing[0].name.ja, "効力のある委託契約");
    }
    town.contract_in_force = Some(true);
    town.done(SATO, &by_hand());

    let mut town = asked(silent(), Plan { contract, ..plan(&[USB]) });
    assert_eq!(town.missing(&by_hand())[0].source, Source::Product(ProductRule::StepOrder));
    town.profile.gates = vec![gate(
        hokan_domain::profile::Gated::Contract,
        Approvers::One(DATA.into()),
        hokan_domain::profile::Condition::default(),
        "第11条第1項",
    )];
    assert_eq!(town.missing(&by_hand())[0].source, clause("第11条第1項"));
}

/// Which measures the medium itself has, as they were verified last.
///
/// req: NI-047 NI-048
#[test]
fn encryption_and_password() {
    let met = |measure, secrecy, key_apart| {
        let mut town = Town::with(protecting(&[measure]));
        town.protect(USB, secrecy, key_apart);
        town.done(SATO, &request(plan(&[USB])));
        town.try_act(SATO, &by_hand()).is_ok()
    };
    for (measure, none, password, encryption) in
        [(Measure::Encryption, false, false, true), (Measure::Password, false, true, true)]
    {
        assert_eq!(met(measure, Secrecy::None, true), none);
        assert_eq!(met(measure, Secrecy::PasswordOnly, true), password);
        assert_eq!(met(measure, encrypted(), false), encryption);
    }
    assert!(met(Measure::KeyApart, encrypted(), true));
    assert!(!met(Measure::KeyApart, encrypted(), false));

    // It is missing for each medium that lacks it, and only for that.
    let mut town = Town::with(protecting(&[Measure::Encryption, Measure::Password]));
    town.protect(TAPE, encrypted(), true);
    town.done(SATO, &request(plan(&[USB, TAPE])));
    let missing = town.missing(&by_hand());
    assert_eq!(listed(&missing), [("protection", "encryption,password", Some(USB))]);
    assert_eq!(missing[0].source, clause("別表第2"));
    assert_eq!(missing[0].name.ja, "暗号化又はパスワードによる保護");
}

/// A lockable container or strict packaging.
///
/// req: NG-039
#[test]
fn container_or_packaging() {
    let either = || protecting(&[Measure::LockedContainer, Measure::StrictPackaging]);
    let bare = Plan { packaging: None, ..plan(&[USB, TAPE]) };
    let mut town = asked(either(), bare.clone());
    let missing = town.missing(&by_hand());
    assert_eq!(
        listed(&missing),
        [("protection", "locked-container,strict-packaging", None)],
        "once, not a medium"
    );
    assert_eq!(missing[0].source, clause("別表第2"));
    asked(either(), plan(&[USB, TAPE])).done(SATO, &by_hand());
    packed(either(), Plan { container: Some(CASE), ..bare }).done(SATO, &in_case());
}

/// A container protects only once everything is in it and it is locked.
///
/// req: NI-049
#[test]
fn locked_container() {
    let locked = || protecting(&[Measure::LockedContainer]);
    let mut town = asked(locked(), plan(&[USB, TAPE]));
    assert_eq!(listed(&town.missing(&by_hand())), [("protection", "locked-container", None)]);

    let mut town = asked(locked(), boxed(&[USB, TAPE]));
    town.pack(USB);
    let missing = town.missing(&in_case());
    assert_eq!(listed(&missing), [("packed", "in-container", Some(TAPE)), ("locked", "lock", None)]);
    assert_eq!(missing[1].source, clause("別表第2"), "what asks for the container asks for its lock");
    town.pack(TAPE);
    assert_eq!(listed(&town.missing(&in_case())), [("locked", "lock", None)]);
    town.lock("A-1");
    town.done(SATO, &in_case());
}

/// req: NI-050 NI-051
#[test]
fn traceable_sealed_and_masked() {
    let cases = [
        (Measure::Traceable, Plan { tracking: None, ..plan(&[USB, TAPE]) }),
        (Measure::Sealed, Plan { sealed: false, ..plan(&[USB, TAPE]) }),
        (Measure::Masked, Plan { masked: false, ..plan(&[USB, TAPE]) }),
    ];
    for (measure, without) in cases {
        let mut town = asked(protecting(&[measure]), without);
        assert_eq!(listed(&town.missing(&by_hand())), [("protection", measure.code(), None)]);
        asked(protecting(&[measure]), plan(&[USB, TAPE])).done(SATO, &by_hand());
    }
}

/// What is asked of papers is not asked of media.
///
/// req: NI-051
#[test]
fn measures_are_asked_of_what_they_are_for() {
    let mut profile = protecting(&[Measure::Sealed]);
    profile.carry_out.protections[0].when = kinds(&[ItemKind::PaperRecord]);
    let open = Plan { sealed: false, ..plan(&[USB]) };
    asked(profile.clone(), open.clone()).done(SATO, &by_hand());
    let mut town = Town::with(profile);
    town.add(PAPER, ItemKind::PaperRecord, Some(1));
    town.done(SATO, &request(Plan { items: vec![USB, PAPER], ..open }));
    assert_eq!(listed(&town.missing(&by_hand())), [("protection", "sealed", None)]);
}

/// A reason stands in the place of a measure only where the regulation lets it, and only of that measure.
#[test]
fn a_reason_stands_in_the_place_of_a_measure_where_that_is_allowed() {
    let excused = Plan { instead: vec![reason_in_stead(Measure::Encryption)], ..plan(&[USB]) };
    let mut strict = asked(protecting(&[Measure::Encryption]), excused.clone());
    assert_eq!(strict.missing(&by_hand()).len(), 1);
    let lenient = |measure| {
        let mut profile = protecting(&[measure]);
        profile.carry_out.protections[0].reason_instead = true;
        profile
    };
    asked(lenient(Measure::Encryption), excused.clone()).done(SATO, &by_hand());
    assert_eq!(asked(lenient(Measure::Password), excused).missing(&by_hand()).len(), 1);
    assert_eq!(asked(lenient(Measure::Encryption), plan(&[USB])).missing(&by_hand()).len(), 1);
}

/// Nobody comes back five times: all that is missing is told at once, each with what asks for it.
///
/// req: NG-037 NG-038 NG-039
#[test]
fn everything_that_is_missing_is_told_at_once() {
    let mut profile = two_officers();
    profile.carry_out.fields =
        vec![(Field::Counterparty, clause("第11条第3項")), (Field::Route, clause("第22条第3項"))];
    profile.carry_out.protections = protecting(&[Measure::Encryption]).carry_out.protections;
    let plan = Plan { counterparty: None, route: None, ..boxed(&[USB]) };
    let mut town = asked(profile, plan);
    town.add(STRANGER, ItemKind::OpticalDisc, None);
    town.pack(STRANGER);
    let missing = town.missing(&in_case());
    let expected = [
        ("approval", DATA, None),
        ("approval", SYSTEM, None),
        ("field", "counterparty", None),
        ("field", "route", None),
        ("protection", "encryption", Some(USB)),
        ("packed", "in-container", Some(USB)),
        ("packed", "not-planned", Some(STRANGER)),
        ("locked", "lock", None),
    ];
    assert_eq!(listed(&missing), expected);
    let cited: Vec<_> = missing.iter().map(|missing| missing.source.clone()).collect();
    let product = Source::Product(ProductRule::LockedIsLocked);
    let [officers, book, route, table] = ["第11条第3項", "第11条第3項", "第22条第3項", "別表第2"].map(clause);
    let expected =
        [&officers, &officers, &book, &route, &table, &product, &product, &product].map(Clone::clone);
    assert_eq!(cited, expected);
}

#[test]
fn whoever_leaves_has_it_in_his_hands() {
    let mut town = asked(silent(), plan(&[USB, TAPE]));
    let refusal = town.refused(SUZUKI, &by_hand());
    let Reason::NotReady { missing } = refusal.reason else { panic!("not in his hands") };
    assert_eq!(listed(&missing), [("packed", "in-hand", Some(USB)), ("packed", "in-hand", Some(TAPE))]);
    assert_eq!(missing[0].source, Source::Product(ProductRule::HolderActs));
    town.pack(TAPE);
    assert_eq!(
        listed(&town.missing(&by_hand())),
        [("packed", "in-hand", Some(TAPE))],
        "no container is planned"
    );
}

#[test]
fn a_container_that_is_locked_for_another_carry_out_stays() {
    let mut town = asked(silent(), boxed(&[USB]));
    town.pack(USB);
    let scan = camera(case_label());
    let act = ContainerAct::Lock { number: number("A-1"), scan, carry_out: Some(OTHER) };
    town.turn(SATO, &act).unwrap();
    assert_eq!(listed(&town.missing(&in_case())), [("locked", "lock", None)]);
    town.open("A-1");
    let act = ContainerAct::Lock { number: number("A-2"), scan: camera(case_label()), carry_out: None };
    town.turn(SATO, &act).unwrap();
    town.done(SATO, &in_case());
}

#[test]
fn the_container_is_scanned_where_it_stands() {
    let mut town = packed(silent(), boxed(&[USB, TAPE]));
    assert_eq!(town.refused(SATO, &by_hand()).reason, Reason::LabelNotAtHand);
    let depart = |scan| hokan_domain::carry_out::CarryOutAct::Depart { scan: Some(scan) };
    let desk = Scan { label: case_label(), method: ScanMethod::Desk };
    assert_eq!(town.refused(SATO, &depart(desk)).reason, Reason::LabelNotAtHand);
    let wrong = label_of(USB);
    let refused = town.refused(SATO, &depart(camera(wrong.clone())));
    assert_eq!(refused.reason, Reason::WrongLabel { scanned: wrong });
    let mut in_hand = asked(silent(), plan(&[USB, TAPE]));
    assert_eq!(
        in_hand.refused(SATO, &depart(camera(label(77)))).reason,
        Reason::WrongLabel { scanned: label(77) }
    );
    in_hand.done(SATO, &depart(camera(label_of(TAPE))));
}

/// Departure is written on the timeline of every item, and the number of the lock on the carry-out's.
///
/// req: NG-038 NG-039 NI-049
#[test]
fn departure_is_written_on_every_item() {
    let mut town = packed(silent(), boxed(&[USB, TAPE]));
    let decided = town.done(SUZUKI, &in_case());
    let left = Event::Departed { carry_out: Some(CARRY_OUT), by: SUZUKI, container: Some(CASE) };
    assert_eq!(decided.items, [(USB, vec![left.clone()]), (TAPE, vec![left])]);
    assert!(decided.container.is_empty());
    let departure = town.carry_out.as_ref().unwrap().departure.as_ref().unwrap();
    assert_eq!((departure.by, departure.container), (SUZUKI, Some(CASE)));
    assert_eq!(departure.lock, Some(number("a-1")));
    assert_eq!(town.state(), CarryOutState::Departed);
    for item in [USB, TAPE] {
        assert_eq!(town.custody(item), Custody::Out { carry_out: Some(CARRY_OUT), by: SUZUKI });
        assert_eq!(town.findings(item), []);
    }
    let state = CarryOutState::Departed.name();
    assert_eq!(town.refused(SATO, &in_case()).reason, Reason::CarryOutElsewhere { state });
}

#[test]
fn what_is_lost_gone_out_or_offered_does_not_leave() {
    let town = asked(silent(), plan(&[USB]));
    let refused = |event| {
        let mut town = town.clone();
        town.write(USB, event);
        town.refused(SATO, &by_hand()).reason
    };
    let lost = refused(Event::LostReported { by: SATO, incident: None, note: None });
    let Reason::NotReady { missing } = lost else { panic!("{lost:?}") };
    assert_eq!(listed(&missing), [("packed", "found", Some(USB))]);
    let gone = Custody::Delivered { carry_out: OTHER };
    assert_eq!(refused(Event::Delivered { carry_out: OTHER, by: SATO }), Reason::ItemGone { custody: gone });
    assert_eq!(refused(Event::Departed { carry_out: None, by: SATO, container: None }), Reason::ItemOut);
    let mut elsewhere = town.clone();
    elsewhere.elsewhere = vec![USB];
    assert_eq!(elsewhere.refused(SATO, &by_hand()).reason, Reason::OnOtherCarryOut { item: USB });
    let offered = Event::HandOverOffered {
        hand_over: hokan_domain::ids::HandOverId(Uuid::from_u128(9)),
        from: SATO,
        to: Receiver::AnyHandler,
        expires_at: town.now + TimeDelta::hours(1),
        note: None,
        scan: None,
    };
    assert_eq!(refused(offered), Reason::HandOverPending { to: Receiver::AnyHandler });
}

/// Where only data is sent, the medium stays where it is; what protects the data is asked for, and what
/// protects a parcel is not.
///
/// req: NI-009
#[test]
fn item_not_out() {
    let sent = Plan {
        channel: Channel::Transmission,
        packaging: None,
        tracking: None,
        due_back: None,
        ..plan(&[USB])
    };
    let mut profile = gated(Approvers::One(DATA.into()));
    profile.carry_out.fields = vec![(Field::DueBack, clause("第1条"))];
    profile.carry_out.protections = protecting(&[Measure::Encryption]).carry_out.protections;
    let packaging = [Measure::LockedContainer, Measure::StrictPackaging];
    profile.carry_out.protections.extend(protecting(&packaging).carry_out.protections);
    let mut town = asked(profile, sent);
    town.pack(USB);
    let missing = town.missing(&by_hand());
    assert_eq!(listed(&missing), [("approval", DATA, None), ("protection", "encryption", Some(USB))]);
    town.protect(USB, encrypted(), true);
    town.done(super::town::MORI, &super::town::approve());
    let before = town.custody(USB);
    let decided = town.done(SATO, &by_hand());
    assert_eq!(decided.items, []);
    let unpack = super::town::unpack(&[USB]);
    assert_eq!(town.refused(SATO, &unpack).reason, Reason::ItemNotOut);
    let receipt = text(70);
    let decided = town.done(SATO, &hokan_domain::carry_out::CarryOutAct::Deliver { receipt });
    assert_eq!(decided.carry_out, [CarryOutEvent::Delivered { by: SATO, receipt }]);
    assert_eq!(decided.items, []);
    assert_eq!(town.custody(USB), before);
    town.done(SATO, &hokan_domain::carry_out::CarryOutAct::Close);
}

/// What protects a parcel does not protect what is sent over a line.
///
/// req: NI-009
#[test]
fn a_container_protects_no_transmission() {
    let sent = Plan { channel: Channel::Transmission, container: Some(CASE), ..plan(&[USB]) };
    let mut town = asked(protecting(&[Measure::Encryption, Measure::LockedContainer]), sent);
    let missing = town.missing(&by_hand());
    assert_eq!(listed(&missing), [("protection", "encryption,locked-container", Some(USB))]);
}

/// The purpose of a designation: somebody who is no handler may be let handle this item, and then leave with
/// it.
#[test]
fn whoever_was_let_handle_the_item_may_leave_with_it() {
    use hokan_domain::{approval::Wanted, ids::RequestId};
    let mut town = Town::with(silent());
    let request_id = RequestId(Uuid::from_u128(8));
    let wanted = Wanted::Handle { person: super::town::OTA };
    town.write(USB, Event::Requested { request: request_id, by: SATO, wanted, reason: text(1), until: None });
    town.write(USB, Event::Granted { request: request_id });
    let ota = super::town::OTA;
    assert_eq!(town.refused(ota, &request(plan(&[USB, TAPE]))).reason, Reason::NotDesignated);
    town.done(ota, &request(plan(&[USB])));
}
