//! What is recorded of an item while it is in use: contents and what happens to them, protection, faults, loss,
//! where it belongs, what disagrees, and what was copied.

use chrono::{Days, NaiveDate, TimeDelta};
use hokan_domain::{
    approval::Wanted,
    contents::{Category, Contents, Kept},
    custody::{Act, ActKind, Copying, Registration, copy, register},
    discrepancy::{Finding, FindingKind, Outcome, Settlement},
    disposal::{Erasure, Verification},
    event::{Event, Recorded},
    ids::{CarryOutId, ContentsId, DeviceId, EventId, ItemId},
    item::{Condition, Custody, ItemKind, Loss, evolve},
    label::{LabelState, LabelTarget},
    observation::{Observation, Observed},
    person::Person,
    profile::{Gated, Measure},
    protection::{Protected, Secrecy},
    refusal::Reason,
    text::Lang,
};
use uuid::Uuid;

use crate::register::{
    Book, CABINET, CASE, KATO, Register, SATO, SUZUKI, TANAKA, TAX, VAULT, WELFARE, YAMADA, blank, camera,
    changed, cited, contents, encrypted, erasure, first_label, handler, label, morning, nobody, officer,
    place, profile, put_away, role, speaks, take_out, text, town, with_role, zone,
};

/// Sato has a USB memory with two bodies of data on it.
fn described() -> Register {
    let mut register = Register::begin();
    for number in [1, 2] {
        register.done(SATO, &Act::RecordContents { contents: contents(number) });
    }
    register
}

fn live(register: &Register) -> Vec<ContentsId> {
    register.item.live_contents().map(|kept| kept.contents.id).collect()
}

fn erase(number: u128, erasure: Erasure) -> Act {
    Act::EraseContents { contents: contents(number).id, erasure }
}

// -------------------------------------------------------------------------------------------- contents

#[test]
fn one_of_several_contents_is_erased_and_the_others_stay() {
    let mut register = described();
    register.wait(TimeDelta::days(1));
    let erasure = erasure("device-erase");
    let events = register.done(SATO, &erase(1, erasure.clone()));
    assert_eq!(events, [Event::ContentsErased { by: SATO, contents: contents(1).id, erasure }]);
    assert_eq!(live(&register), [contents(2).id]);
    let erased_at = Some(register.now);
    let gone = Kept { erased_at, erased_alone_at: erased_at, ..Kept::new(contents(1), morning()) };
    assert_eq!(register.item.contents[0], gone, "what was there and when it went is still told");
    assert_eq!(register.item.matter(None).records, 1200, "the rest counts");
    assert_eq!(register.item.matter_before(Gated::Dispose).records, 2400, "for its end, all of it");
}

#[test]
fn an_erasure_that_failed_erased_nothing() {
    let mut register = described();
    let failed = Erasure { verification: Verification::Failed, ..erasure("device-erase") };
    register.done(SATO, &erase(1, failed));
    assert_eq!(live(&register).len(), 2);
    register.done(SATO, &erase(1, erasure("device-erase")));
    assert_eq!(live(&register), [contents(2).id]);
}

/// What is not there, or not any more, is neither erased nor copied nor kept longer.
#[test]
fn no_such_contents() {
    let mut register = described();
    register.done(SATO, &erase(1, erasure("device-erase")));
    for number in [1, 3] {
        let id = contents(number).id;
        let until = NaiveDate::from_ymd_opt(2030, 3, 31).unwrap();
        let ask = |wanted| Act::Ask { wanted, reason: text(41), until: None };
        let acts = [
            erase(number, erasure("device-erase")),
            Act::RecordRetentionEvent {
                contents: id,
                event: "contract-ended".to_owned(),
                on: register.today(),
            },
            ask(Wanted::Copy { contents: vec![contents(2).id, id] }),
            ask(Wanted::Copy { contents: Vec::new() }),
            ask(Wanted::Extend { contents: id, until }),
        ];
        for act in acts {
            let refusal = register.refused(&handler(SATO), &act);
            assert_eq!(refusal.reason, Reason::NoSuchContents, "{:?}", act.kind());
        }
    }
    let empty = Register::begin();
    for kind in [ActKind::EraseContents, ActKind::RecordRetentionEvent] {
        let refusal = empty.refused(&handler(SATO), &empty.fitting(kind, SATO));
        assert_eq!(refusal.reason, Reason::NoSuchContents);
    }
}

/// That a contract has ended, or that something is not needed any more, is recorded with its day; the last
/// word counts.
#[test]
fn what_a_retention_rule_waits_for_is_recorded_with_its_day() {
    let mut register = described();
    let day = |day| NaiveDate::from_ymd_opt(2027, 3, day).unwrap();
    for on in [day(30), day(31)] {
        let event = "contract-ended".to_owned();
        let act = Act::RecordRetentionEvent { contents: contents(1).id, event: event.clone(), on };
        let events = register.done(SATO, &act);
        let contents = contents(1).id;
        assert_eq!(events, [Event::RetentionEventOccurred { by: SATO, contents, event, on }]);
    }
    assert_eq!(register.item.contents[0].events.get("contract-ended"), Some(&day(31)));
    assert!(register.item.contents[1].events.is_empty(), "of the other nothing was told");
}

/// A rule or an event that the profile does not know would keep its data for ever, unnoticed.
#[test]
fn rule_unknown() {
    let medium = described();
    let unknown = Contents { retention: Some("for-ever-and-a-day".to_owned()), ..contents(3) };
    let happened = |event: &str| Act::RecordRetentionEvent {
        contents: contents(1).id,
        event: event.to_owned(),
        on: medium.today(),
    };
    for act in [Act::RecordContents { contents: unknown.clone() }, happened("moon-landing")] {
        let refusal = medium.refused(&handler(SATO), &act);
        assert_eq!(refusal.reason, Reason::RuleUnknown);
        assert!(cited(&refusal).contains("国の標準"), "{}", cited(&refusal));
    }
    let registration = Registration { contents: vec![unknown], ..blank(ItemKind::UsbMemory) };
    let refusal = register(&registration, &handler(SATO), &profile()).unwrap_err();
    assert_eq!(refusal.reason, Reason::RuleUnknown);
    let known = Contents { retention: Some("fiscal-5".to_owned()), ..contents(3) };
    medium.clone().done(SATO, &Act::RecordContents { contents: known });
}

/// Records that nobody could count do not overflow into few.
#[test]
fn the_number_of_records_never_wraps_around() {
    let mut register = Register::under(town("nagasaki-kyosai"), ItemKind::UsbMemory);
    for number in [1, 2] {
        let data = Contents {
            records: Some(u64::MAX),
            purpose_code: register.purpose(),
            category: Category::IdentityVerification,
            ..contents(number)
        };
        register.done(SATO, &Act::RecordContents { contents: data });
    }
    assert_eq!(register.item.matter(None).records, u64::MAX);
    register.done(SATO, &put_away(CASE));
    let refusal = register.refused(&handler(SUZUKI), &take_out(register.scan()));
    assert_eq!(refusal.reason.code(), "permission-missing");
}

// ------------------------------------------------------------------------------------------- protection

#[test]
fn protection_is_what_was_verified_last_by_whom_and_when() {
    let mut register = Register::begin();
    let states = [
        (Secrecy::None, false, [false, false, false]),
        (Secrecy::PasswordOnly, false, [false, true, false]),
        (Secrecy::PasswordOnly, true, [false, true, true]),
        (encrypted(), false, [true, true, false]),
        (encrypted(), true, [true, true, true]),
    ];
    for (secrecy, key_apart, has) in states {
        register.wait(TimeDelta::minutes(1));
        let act = Act::RecordProtection { secrecy: secrecy.clone(), key_apart };
        let events = register.done(SATO, &act);
        let recorded = Event::ProtectionRecorded { by: SATO, secrecy: secrecy.clone(), key_apart };
        assert_eq!(events, [recorded]);
        let known = &register.item.protection.as_ref().unwrap().value;
        let (verified_by, verified_at) = (SATO, register.now);
        assert_eq!(*known, Protected { secrecy, key_apart, verified_by, verified_at });
        let measures = [Measure::Encryption, Measure::Password, Measure::KeyApart];
        assert_eq!(measures.map(|measure| known.has(measure)), has);
        assert!(!known.has(Measure::LockedContainer), "that is no property of a medium");
    }
}

/// Whoever stands at the cabinet may look; what somebody has is his to look at.
#[test]
fn protection_is_verified_by_whoever_has_it_at_hand() {
    let mut register = Register::begin();
    let act = Act::RecordProtection { secrecy: encrypted(), key_apart: true };
    assert_eq!(register.refused(&handler(SUZUKI), &act).reason.code(), "not-current-holder");
    assert_eq!(register.refused(&nobody(SATO), &act).reason, Reason::NotDesignated);
    register.done(SATO, &put_away(CABINET));
    register.done(SUZUKI, &act);
}

#[test]
fn whoever_registers_an_item_states_its_division_and_how_it_is_protected() {
    let registration = Registration { division: Some(WELFARE), ..blank(ItemKind::UsbMemory) };
    let events = register(&registration, &handler(SATO), &profile()).unwrap();
    let kinds: Vec<_> = events.iter().map(Event::kind).collect();
    assert_eq!(kinds, ["registered", "assigned", "protection-recorded"]);
    assert_eq!(events[1], Event::Assigned { by: SATO, division: Some(WELFARE) });
    let expected = Event::ProtectionRecorded { by: SATO, secrecy: encrypted(), key_apart: true };
    assert_eq!(events[2], expected);
}

// ------------------------------------------------------------------------------------------------ faults

/// Whether a medium has a fault is recorded, with day and name and also where it has none; how often one
/// must look, and who, is the regulation's word.
///
/// req: NG-042
#[test]
fn whether_a_medium_has_a_fault_is_recorded() {
    let mut register = Register::under(town("nagasaki-kyosai"), ItemKind::MagneticTape);
    let check = |faulty| Act::CheckFault { faulty, note: Some(text(51)), scan: camera(first_label()) };
    let condition = |register: &Register| register.item.condition.as_ref().map(|latest| latest.value);
    assert_eq!(condition(&register), None, "nobody looked yet");
    for faulty in [false, true, false] {
        register.wait(TimeDelta::days(1));
        let events = register.done(TANAKA, &check(faulty));
        let (note, scan) = (Some(text(51)), camera(first_label()));
        assert_eq!(events, [Event::FaultChecked { by: TANAKA, faulty, note, scan }]);
        assert_eq!(condition(&register), Some(Condition { faulty, by: TANAKA, at: register.now }));
    }
    register.wait(TimeDelta::days(1));
    let events = register.done(SUZUKI, &Act::ReportFault { note: None, scan: None });
    assert_eq!(events, [Event::FaultReported { by: SUZUKI, note: None, scan: None }]);
    let found = Condition { faulty: true, by: SUZUKI, at: register.now };
    assert_eq!(condition(&register), Some(found));

    let inspections = &register.profile.inspections;
    let inspection = inspections.iter().find(|inspection| inspection.id == "media-faults").unwrap();
    assert_eq!(inspection.by, role(&register.profile, "住基ネットシステム管理者"));
    assert!(inspection.source.cite(Lang::Ja).contains("第11条第6項"));
}

/// A look that is heard of late does not undo a later one.
#[test]
fn the_last_look_at_a_medium_counts_whenever_it_is_heard_of() {
    let mut register = Register::begin();
    register.wait(TimeDelta::hours(1));
    let early = register.now - TimeDelta::minutes(30);
    register.done(SATO, &Act::ReportFault { note: None, scan: Some(register.scan()) });
    register.wait(TimeDelta::hours(1));
    register.observe(TANAKA, Observed::FaultChecked { faulty: false, note: None }, early);
    assert!(register.item.condition.as_ref().unwrap().value.faulty);
    let late = register.now - TimeDelta::minutes(1);
    register.observe(TANAKA, Observed::FaultChecked { faulty: false, note: None }, late);
    assert!(!register.item.condition.as_ref().unwrap().value.faulty);
}

// -------------------------------------------------------------------------------------------------- loss

/// Whoever learns of a loss reports it, be he a handler or not; a handler reports that it was found, with the
/// label before him.
#[test]
fn a_loss_is_reported_by_whoever_learns_of_it_and_ends_when_it_is_found() {
    let mut register = Register::begin();
    register.done(SATO, &put_away(CABINET));
    let lost = Act::ReportLost { incident: None, note: Some(text(52)) };
    let suspended = Person { active: false, ..handler(SUZUKI) };
    assert_eq!(register.refused(&suspended, &lost).reason, Reason::NotDesignated);
    let events = register.done_by(&nobody(SUZUKI), &lost);
    assert_eq!(events, [Event::LostReported { by: SUZUKI, incident: None, note: Some(text(52)) }]);
    let loss = Loss { by: SUZUKI, at: register.now, incident: None };
    assert_eq!(register.item.loss(), Some(&loss));
    assert_eq!(register.refused(&handler(TANAKA), &lost).reason, Reason::AlreadyDone);

    register.wait(TimeDelta::hours(1));
    let found = Act::ReportFound { scan: camera(first_label()) };
    assert_eq!(register.refused(&nobody(SUZUKI), &found).reason, Reason::NotDesignated);
    let wrong = Act::ReportFound { scan: camera(label(9)) };
    assert_eq!(register.refused(&handler(TANAKA), &wrong).reason.code(), "wrong-label");
    let events = register.done(TANAKA, &found);
    assert_eq!(events, [Event::Found { by: TANAKA, scan: camera(first_label()) }]);
    assert_eq!(register.item.loss(), None);
}

#[test]
fn not_lost() {
    let mut register = Register::begin();
    let found = Act::ReportFound { scan: camera(first_label()) };
    assert_eq!(register.refused(&handler(SATO), &found).reason, Reason::NotLost);
    register.done(SATO, &Act::ReportLost { incident: None, note: None });
    register.done(SATO, &found);
    assert_eq!(register.refused(&handler(SATO), &found).reason, Reason::NotLost);
}

/// A report that is heard of late does not lose again what was found since.
#[test]
fn what_was_found_after_it_was_missed_is_not_lost_in_any_order() {
    let mut register = Register::begin();
    let at = register.now;
    register.wait(TimeDelta::hours(1));
    register.observe(TANAKA, Observed::Found, at + TimeDelta::minutes(20));
    register.observe(SUZUKI, Observed::LostReported { note: None }, at + TimeDelta::minutes(10));
    assert_eq!(register.item.loss(), None);
    register.observe(SUZUKI, Observed::LostReported { note: None }, at + TimeDelta::minutes(30));
    assert_eq!(register.item.loss().map(|loss| loss.at), Some(at + TimeDelta::minutes(30)));
}

// --------------------------------------------------------------------------------- where it belongs, is out

#[test]
fn an_item_is_put_under_a_division_and_given_a_place_where_it_belongs() {
    let mut register = Register::begin();
    let events = register.done(SATO, &Act::Assign { division: Some(TAX) });
    assert_eq!(events, [Event::Assigned { by: SATO, division: Some(TAX) }]);
    assert_eq!(register.item.division, Some(TAX));
    let around = Some(zone(Some(1), Some(9)));
    let events = register.done(TANAKA, &Act::DesignateHome { place: place(CABINET), zone: around });
    assert_eq!(events, [Event::HomeDesignated { by: TANAKA, place: place(CABINET), zone: around }]);
    assert_eq!(register.item.designated_home, Some(place(CABINET)));
    assert_eq!(register.item.zone.as_ref().map(|zone| zone.value), around, "nobody saw it elsewhere");
    // Where it was seen counts for more, also where that was before.
    let moved = Some(zone(Some(2), Some(9)));
    register.done(TANAKA, &Act::DesignateHome { place: place(VAULT), zone: moved });
    assert_eq!(register.item.zone.as_ref().map(|zone| zone.value), moved);
    let mut stamp = register.at_server(register.clone().fresh_id(), TANAKA);
    stamp.occurred_at -= TimeDelta::days(1);
    stamp.observed_by = Some((DeviceId(TANAKA.0), 1));
    let (observed, scan) = (Observed::Seen { home: None }, register.scan());
    register.take_in(&Observation { observed, scan, zone: around, stamp, marks: Vec::new() });
    assert_eq!(register.item.zone.as_ref().map(|zone| zone.value), around);
    let away = Act::Assign { division: None };
    let refusal = register.refused(&handler(SATO), &away);
    assert!(matches!(refusal.reason, Reason::RoleMissing { .. }), "a handler chooses no approver");
    let profile = register.profile.clone();
    let head = |of| with_role(&profile, nobody(YAMADA), &role(&profile, "保護責任者"), Some(of), None);
    assert!(matches!(register.refused(&head(WELFARE), &away).reason, Reason::RoleMissing { .. }));
    register.done_by(&head(TAX), &away);
    assert_eq!(register.item.division, None);
}

/// What is out is neither taken nor described nor labelled anew until its return is recorded.
#[test]
fn item_out() {
    let mut register = described();
    register.wait(TimeDelta::hours(1));
    let carry_out = Some(CarryOutId(Uuid::from_u128(5)));
    register.observe(SATO, Observed::Departed { carry_out }, register.now);
    assert_eq!(register.item.custody.value, Custody::Out { carry_out, by: SATO });
    let kinds = [
        ActKind::TakeOut,
        ActKind::RecordContents,
        ActKind::RecordProtection,
        ActKind::EraseContents,
        ActKind::ReplaceLabel,
    ];
    for kind in kinds {
        let refusal = register.refused(&handler(SATO), &register.fitting(kind, SATO));
        assert_eq!(refusal.reason, Reason::ItemOut, "{}", kind.code());
        assert!(refusal.reason.sentence(Lang::Ja, &Book).contains("返却"));
    }
    for kind in [ActKind::ReportFault, ActKind::ReportLost, ActKind::Assign] {
        register.clone().done(SATO, &register.fitting(kind, SATO));
    }
    register.wait(TimeDelta::hours(1));
    register.observe(SATO, Observed::Returned { carry_out }, register.now);
    assert!(register.item.discrepancies.is_empty());
    register.done(SATO, &register.fitting(ActKind::RecordContents, SATO));
}

// ------------------------------------------------------------------------------------------ discrepancies

/// Somebody took it over without an offer, as his phone told.
fn disputed(mut register: Register) -> (Register, Finding) {
    register.wait(TimeDelta::hours(1));
    let accepted = Observed::Accepted { hand_over: None, from: None };
    register.observe(SUZUKI, accepted, register.now);
    let finding = *register.item.discrepancies.first().unwrap();
    assert_eq!(finding.kind, FindingKind::AcceptedWithoutOffer);
    (register, finding)
}

/// Whoever the regulation says settles a discrepancy, with how it came about; then it stays settled.
#[test]
fn a_discrepancy_is_settled_by_whom_the_regulation_says_with_a_reason() {
    for (id, name, article) in [
        ("nishi-izu", "保護責任者", "国の標準"),
        ("yabu", "システム管理者", "国の標準"),
        ("nagasaki-kyosai", "本人確認情報管理責任者", "国の標準"),
        ("national-default", "保護責任者", "別添1 2Cb"),
    ] {
        let (mut register, finding) = disputed(Register::under(town(id), ItemKind::PaperRecord));
        let settle = Act::SettleDiscrepancy { finding, outcome: Outcome::Upheld, reason: text(53) };
        let head = role(&register.profile, name);
        let mut others = vec![handler(SATO), nobody(KATO)];
        if register.profile.role(&head).unwrap().per_division {
            others.push(with_role(&register.profile, nobody(KATO), &head, Some(TAX), None));
        }
        for person in others {
            let refusal = register.refused(&person, &settle);
            let Reason::NotApprover { roles } = &refusal.reason else { panic!("{:?}", refusal.reason) };
            assert_eq!(roles[0].ja, name);
            assert!(cited(&refusal).contains(article), "{}", cited(&refusal));
        }
        let events = register.done_by(&officer(&register.profile, YAMADA, &[name]), &settle);
        let by = Settlement::Person { by: YAMADA, reason: text(53), outcome: Outcome::Upheld };
        assert_eq!(events, [Event::DiscrepancySettled { finding, by }]);
        assert!(register.item.discrepancies.is_empty());
        register.wait(TimeDelta::hours(1));
        register.observe(TANAKA, Observed::Seen { home: None }, register.now);
        assert!(register.item.discrepancies.is_empty(), "it is not raised again");
    }
}

/// Where the regulation says nothing of it any handler settles it; what is not open is not settled.
#[test]
fn discrepancy_settled() {
    let mut plain = Register::begin();
    plain.profile = changed(|profile| profile.gates.clear());
    let finding = Finding { kind: FindingKind::ClockAhead, event: EventId(Uuid::from_u128(0xdead)) };
    let settle = |finding| Act::SettleDiscrepancy { finding, outcome: Outcome::Upheld, reason: text(53) };
    let refusal = plain.refused(&handler(SATO), &settle(finding));
    assert_eq!(refusal.reason, Reason::DiscrepancySettled);
    let (mut register, open) = disputed(plain);
    let refusal = register.refused(&handler(SATO), &settle(finding));
    assert_eq!(refusal.reason, Reason::DiscrepancySettled, "another one is open");
    assert_eq!(register.refused(&nobody(SATO), &settle(open)).reason, Reason::NotDesignated);
    register.done(SATO, &settle(open));
    assert_eq!(register.refused(&handler(SATO), &settle(open)).reason, Reason::DiscrepancySettled);
}

/// Nobody explains away what he did himself, be it that the regulation lets him settle what others did, and no
/// deputy does it for him.
#[test]
fn whoever_caused_a_discrepancy_does_not_settle_it() {
    let mut plain = Register::begin();
    plain.profile = changed(|profile| profile.gates.clear());
    let (mut register, finding) = disputed(plain);
    let settle = Act::SettleDiscrepancy { finding, outcome: Outcome::Upheld, reason: text(53) };
    assert_eq!(register.refused(&handler(SUZUKI), &settle).reason, Reason::OwnRequest);
    register.done(SATO, &settle);

    let (mut register, finding) = disputed(Register::under(town("national-default"), ItemKind::PaperRecord));
    let settle = Act::SettleDiscrepancy { finding, outcome: Outcome::Upheld, reason: text(53) };
    let head = role(&register.profile, "保護責任者");
    let division = register.item.division;
    let himself = with_role(&register.profile, handler(SUZUKI), &head, division, None);
    let deputy = with_role(&register.profile, nobody(KATO), &head, division, Some(SUZUKI));
    for person in [&himself, &deputy] {
        assert_eq!(register.refused(person, &settle).reason, Reason::OwnRequest);
    }
    register.done_by(&with_role(&register.profile.clone(), nobody(KATO), &head, division, None), &settle);
}

// ------------------------------------------------------------------------------------------------- copies

/// A copy is an item of its own: it bears its own label, its contents bear ids of their own, and either
/// leads to the other.
#[test]
fn a_copy_is_a_labelled_item_of_its_own_linked_to_its_source() {
    let mut source = described();
    source.grant(Wanted::Copy { contents: vec![contents(1).id, contents(2).id] }, None);
    let copied = |number: u128| Contents { id: ContentsId(Uuid::from_u128(number)), ..contents(1) };
    let id = ItemId(Uuid::from_u128(0xc0));
    let copying = Copying {
        contents: vec![contents(1).id, contents(2).id],
        registration: Registration {
            label: label(2),
            contents: vec![copied(11), copied(12)],
            ..blank(ItemKind::OpticalDisc)
        },
        copy: id,
    };
    let (told, begun) = copy(&source.item, &copying, &handler(SATO), &source.profile, source.now).unwrap();
    let event = source.fresh_id();
    source.append(source.at_server(event, SATO), &told);
    let copy_of = (1..).zip(&begun).fold(None, |item, (number, event)| {
        let stamp = source.at_server(EventId(Uuid::from_u128(0xc000 + number)), SATO);
        evolve(id, item, &Recorded { stamp, event: event.clone() })
    });
    let made = copy_of.unwrap();
    assert_eq!((made.id, &made.label.value, made.kind), (id, &label(2), ItemKind::OpticalDisc));
    assert_eq!((made.copied_from, made.custody.value), (Some(source.item.id), Custody::Held { by: SATO }));
    assert_eq!(source.item.copies, [id]);
    let ids: Vec<_> = made.live_contents().map(|kept| kept.contents.id).collect();
    assert_eq!(ids, [copied(11).id, copied(12).id]);
    assert!(live(&source).iter().all(|id| !ids.contains(id)), "each can be erased by itself");
    source.done(SATO, &erase(1, erasure("device-erase")));
    assert_eq!(made.live_contents().count(), 2);
}

/// Nothing is copied on a label that is taken, without protection, from what somebody else has or what is
/// gone.
#[test]
fn a_copy_must_be_able_to_enter_the_register() {
    let mut source = described();
    source.grant(Wanted::Copy { contents: vec![contents(1).id] }, None);
    let made = Contents { id: ContentsId(Uuid::from_u128(11)), ..contents(1) };
    let registration = Registration { label: label(2), contents: vec![made], ..blank(ItemKind::UsbMemory) };
    let copying = |registration: &Registration| Copying {
        contents: vec![contents(1).id],
        registration: registration.clone(),
        copy: ItemId(Uuid::from_u128(0xc0)),
    };
    let refused = |source: &Register, registration: &Registration, who: &Person| {
        let refusal =
            copy(&source.item, &copying(registration), who, &source.profile, source.now).unwrap_err();
        speaks(&refusal);
        refusal.reason.code()
    };
    let sato = handler(SATO);
    let taken = LabelState::Bound(LabelTarget::Item(source.item.id));
    let wrong = Registration { label_state: taken, ..registration.clone() };
    assert_eq!(refused(&source, &wrong, &sato), "label-taken");
    let bare = Registration { protection: None, ..registration.clone() };
    assert_eq!(refused(&source, &bare, &sato), "protection-missing");
    assert_eq!(refused(&source, &registration, &handler(SUZUKI)), "not-current-holder");
    assert_eq!(refused(&source, &registration, &nobody(SATO)), "not-designated");
    source.wait(TimeDelta::hours(1));
    source.observe(SATO, Observed::Departed { carry_out: None }, source.now);
    assert_eq!(refused(&source, &registration, &sato), "not-current-holder");
}

/// The day on which something ends is a day in Japan, not one of UTC.
#[test]
fn the_day_is_that_of_japan() {
    let mut register = Register::begin();
    assert_eq!(register.today(), "2026-11-02".parse().unwrap());
    register.wait(TimeDelta::hours(15));
    assert_eq!(register.now.date_naive(), "2026-11-02".parse().unwrap());
    assert_eq!(register.today(), "2026-11-02".parse::<NaiveDate>().unwrap() + Days::new(1));
}
