//! Who may act, since when, by whose word and until when: appointments, designations, terms, credentials, and the
//! validation of the ledger of all that.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use hokan_domain::{
    authority::{
        Effect, Ending,
        appointment::{self, Appointing, Appointment, AppointmentEvent, appoint},
        credential::{self, Credential, CredentialEvent, Issuing},
        designation::{
            self, Around, Designated, Designating, DesignationEvent, DesignationState, Owed, designate,
            nominate, register, short_of,
        },
        effects,
        staff::{self, Employment, Leaving, Staff, StaffEvent, employ, leave},
        validation::{self, Line, ValidationEvent},
    },
    ids::{AppointmentId, CredentialId, DesignationId, DivisionId, EventId, PersonId, ValidationId},
    japan_date::jst_date,
    person::{Part, Person, RoleHeld},
    profile::{Designation, Profile, RoleId},
    refusal::Refusal,
    term::take_effect,
    text::TextRef,
};
use uuid::Uuid;

use crate::towns::{
    self, article, clerk, code, day, default, gone, iide, kitami, minutes, missing, morning, nagasaki,
    nishi_izu, role, stamp, text, yabu,
};

/// The division for which everybody here acts, where a role has one.
const HERE: DivisionId = DivisionId(Uuid::from_u128(4));

fn here(person: Person) -> Person {
    let roles = person.roles.into_iter().map(|held| RoleHeld { division: Some(HERE), ..held }).collect();
    Person { roles, ..person }
}

fn holder(number: u128, role: RoleId) -> Person {
    here(towns::holder(number, role))
}

fn officer(number: u128, profile: &Profile, called: &str) -> Person {
    holder(number, role(profile, called))
}

fn deputy(number: u128, role: RoleId, of: &Person) -> Person {
    here(towns::deputy(number, role, of))
}

fn admin(number: u128) -> Person {
    Person { parts: [Part::Administrator].into(), ..clerk(number) }
}

fn today() -> chrono::NaiveDate {
    jst_date(morning())
}

fn rule<'a>(profile: &'a Profile, called: &str) -> &'a Designation {
    let found = profile.designations.iter().find(|rule| rule.name.ja.starts_with(called));
    found.unwrap_or_else(|| panic!("{} has no {called}", profile.id))
}

fn designating<'a>(rule: &'a Designation, person: &Person) -> Designating<'a> {
    let (person, from) = (person.id, today());
    Designating { rule, person, division: Some(HERE), from, to: None, duties: None }
}

fn around<'a>(whom: &'a Person, others: &'a [Designated], profile: &'a Profile) -> Around<'a> {
    Around { whom, staff: None, others, profile, now: morning() }
}

fn fold(number: u128, before: Option<Designated>, events: &[DesignationEvent], by: &Person) -> Designated {
    let mut state = before;
    for event in events {
        let stamp = stamp(number, morning(), by.id);
        state = designation::evolve(DesignationId(Uuid::from_u128(0xd0 + number)), state, &stamp, event);
    }
    state.unwrap()
}

/// Designated by the officer whom the rule names.
fn designated(number: u128, rule: &Designation, person: &Person, profile: &Profile) -> Designated {
    let officer = holder(900 + number, rule.by.clone());
    let events = designate(&designating(rule, person), None, &officer, around(person, &[], profile)).unwrap();
    fold(number, None, &events, &officer)
}

fn employed(person: &Person, employment: Employment, term_end: Option<&str>, told: bool) -> Staff {
    let information = told.then(|| text(7));
    let term_end = term_end.map(day);
    let event = StaffEvent::Employed { by: None, employment, term_end, information };
    staff::evolve(person.id, None, &stamp(1, morning(), person.id), &event).unwrap()
}

fn appointing(person: &Person, role: RoleId) -> Appointing {
    let (person, roles, from) = (person.id, vec![role], today());
    Appointing { person, roles, post: None, division: Some(HERE), deputy_for: None, from, to: None }
}

fn judged<'a>(
    whom: &'a Person,
    principal: Option<&'a Person>,
    actor: &'a Person,
    profile: &'a Profile,
) -> appointment::Around<'a> {
    appointment::Around { whom, principal, staff: None, actor: Some(actor), today: Some(today()), profile }
}

fn appointed(number: u128, appointing: &Appointing) -> Appointment {
    let Appointing { person, roles, post, division, deputy_for, from, to } = appointing.clone();
    let event = AppointmentEvent::Appointed { by: None, person, roles, post, division, deputy_for, from, to };
    let id = AppointmentId(Uuid::from_u128(0xa9 + number));
    appointment::evolve(id, None, &stamp(number, morning(), person), &event).unwrap()
}

fn leaving(last: chrono::NaiveDate, why: Ending) -> Leaving {
    Leaving { last, why, note: None }
}

// ------------------------------------------------------------------------------------------- who designates

/// req: II-018 II-023 NI-005 NI-060
#[test]
fn designation_is_by_whom_the_regulation_names_and_reported_at_once() {
    for (profile, called, by, told) in [
        (iide(), "本人確認情報操作者", "セキュリティ責任者", Some("セキュリティ統括責任者")),
        (iide(), "システム操作者", "システム管理者", Some("セキュリティ統括責任者")),
        (nishi_izu(), "事務取扱担当者", "保護責任者", Some("システム管理者")),
    ] {
        let (rule, clerk_1) = (rule(&profile, called), clerk(1));
        let here = around(&clerk_1, &[], &profile);
        let somebody = admin(2);
        let refusal = designate(&designating(rule, &clerk_1), None, &somebody, here).unwrap_err();
        assert_eq!(code(&refusal), "role-missing", "{called}");
        assert_eq!(article(&refusal.source), article(&rule.source));
        let officer = officer(3, &profile, by);
        let events = designate(&designating(rule, &clerk_1), None, &officer, here).unwrap();
        let state = fold(1, None, &events, &officer);
        assert_eq!(state.state, DesignationState::InForce, "{called}");
        let waits = state.waits.clone();
        assert_eq!(waits.as_ref().map(|waits| waits.role.clone()), told.map(|told| role(&profile, told)));
        if let (Some(waits), Some(told)) = (waits, told) {
            assert_eq!(waits.owed, Owed::Acknowledgement);
            assert!(waits.due.is_some_and(|due| due > morning()), "by when");
            assert!(!waits.is_overdue(morning()) && waits.is_overdue(morning() + TimeDelta::days(60)));
            let refusal = designation::acknowledge(&state, &officer, &profile).unwrap_err();
            assert_eq!(code(&refusal), "role-missing", "he told it, he is not told");
            let told = self::officer(4, &profile, told);
            let events = designation::acknowledge(&state, &told, &profile).unwrap();
            assert!(fold(2, Some(state), &events, &told).waits.is_none());
        }
    }
}

/// req: YB-009 YB-010
#[test]
fn yabu_nominates_and_registers_by_two_people() {
    let profile = yabu();
    let (rule, clerk_1) = (rule(&profile, "運用管理者"), clerk(1));
    let here = around(&clerk_1, &[], &profile);
    let wanted = designating(rule, &clerk_1);
    let manager = officer(3, &profile, "システム管理者");
    let refusal = designate(&wanted, None, &manager, here).unwrap_err();
    assert_eq!(code(&refusal), "designation-elsewhere", "nobody nominated him");
    assert_eq!(code(&nominate(&wanted, false, &clerk(5), here).unwrap_err()), "part-missing");
    let both = Person { parts: [Part::Administrator].into(), ..manager.clone() };
    let own = fold(1, None, &nominate(&wanted, true, &both, here).unwrap(), &both);
    assert_eq!(code(&designate(&wanted, Some(&own), &both, here).unwrap_err()), "own-request");
    let stand_in = deputy(6, rule.by.clone(), &both);
    assert_eq!(
        code(&designate(&wanted, Some(&own), &stand_in, here).unwrap_err()),
        "own-request",
        "a deputy"
    );
    let nominated = fold(2, None, &nominate(&wanted, true, &clerk(5), here).unwrap(), &clerk(5));
    assert_eq!(nominated.state, DesignationState::Nominated);
    let events = designate(&wanted, Some(&nominated), &manager, here).unwrap();
    let state = fold(3, Some(nominated), &events, &manager);
    assert_eq!(state.state, DesignationState::InForce);
    assert_eq!(effects(None, &[], std::slice::from_ref(&state), &[])[0].role, role(&profile, "運用管理者"));
    assert_eq!(code(&designate(&wanted, Some(&state), &manager, here).unwrap_err()), "designation-elsewhere");
}

/// req: KT-010 KT-011 KT-013
#[test]
fn kitami_applies_then_registers_then_tells() {
    let profile = kitami();
    let (rule, clerk_1) = (rule(&profile, "システム使用者（COKAS"), clerk(1));
    let state = designated(1, rule, &clerk_1, &profile);
    assert_eq!(state.state, DesignationState::Unregistered);
    assert!(effects(None, &[], std::slice::from_ref(&state), &[]).is_empty(), "nothing yet");
    let manager = holder(5, rule.registered_by.clone().unwrap());
    let events = register(&state, &clerk_1, &manager, &profile, morning()).unwrap();
    let state = fold(2, Some(state), &events, &manager);
    assert_eq!(state.state, DesignationState::InForce);
    assert_eq!(state.waits.as_ref().map(|waits| waits.owed), Some(Owed::Acknowledgement));
    let held = effects(None, &[], std::slice::from_ref(&state), &[]);
    assert_eq!(held.len(), 1);
    let refusal = register(&state, &clerk_1, &manager, &profile, morning()).unwrap_err();
    assert_eq!(code(&refusal), "designation-elsewhere");
}

/// req: NG-012
#[test]
fn designations_full() {
    let profile = nagasaki();
    let (operator, manager) = (rule(&profile, "システム操作者"), rule(&profile, "拠点管理者"));
    let mut all = Vec::new();
    for number in 1..=3 {
        let somebody = clerk(number);
        let boss = holder(50, manager.by.clone());
        let refusal =
            designate(&designating(manager, &somebody), None, &boss, around(&somebody, &all, &profile));
        assert_eq!(code(&refusal.unwrap_err()), "designation-missing", "out of the operators");
        all.push(designated(number, operator, &somebody, &profile));
        let short = short_of(manager, &all, today());
        let events =
            designate(&designating(manager, &somebody), None, &boss, around(&somebody, &all, &profile));
        match number {
            1 | 2 => {
                assert_eq!(u128::from(short), 3 - number);
                all.push(fold(number + 10, None, &events.unwrap(), &boss));
            }
            _ => {
                let refusal = events.unwrap_err();
                assert_eq!(code(&refusal), "designations-full");
                assert!(article(&refusal.source).contains("第5条第4項"));
                assert_eq!(short, 0);
            }
        }
    }
}

#[test]
fn designation_missing() {
    let profile = nagasaki();
    let (manager, somebody) = (rule(&profile, "拠点管理者"), clerk(1));
    let boss = holder(50, manager.by.clone());
    let refusal = designate(&designating(manager, &somebody), None, &boss, around(&somebody, &[], &profile));
    assert_eq!(code(&refusal.unwrap_err()), "designation-missing");
}

#[test]
fn designation_elsewhere() {
    let (profile, somebody) = (iide(), clerk(1));
    let state = designated(1, rule(&profile, "システム操作者"), &somebody, &profile);
    let boss = officer(3, &profile, "システム管理者");
    let refusal = register(&state, &somebody, &boss, &profile, morning()).unwrap_err();
    assert_eq!(code(&refusal), "designation-elsewhere");
}

/// req: KT-012
#[test]
fn fixed_term_excluded() {
    let profile = kitami();
    let somebody = clerk(1);
    let term = employed(&somebody, Employment::FixedTerm, Some("2027-03-31"), false);
    let listed = rule(&profile, "システム使用者（別表第2");
    let boss = holder(5, listed.by.clone());
    let here = Around { staff: Some(&term), ..around(&somebody, &[], &profile) };
    let refusal = designate(&designating(listed, &somebody), None, &boss, here).unwrap_err();
    assert_eq!(code(&refusal), "fixed-term-excluded");
    let usual = rule(&profile, "システム使用者（COKAS");
    let officer = holder(6, usual.by.clone());
    let refusal = designate(&designating(usual, &somebody), None, &officer, here).unwrap_err();
    assert_eq!(missing(&refusal)[0].name.ja, "利用者情報登録申請書による申請");
    let told = employed(&somebody, Employment::FixedTerm, Some("2027-03-31"), true);
    let here = Around { staff: Some(&told), ..here };
    let events = designate(&designating(usual, &somebody), None, &officer, here).unwrap();
    let state = fold(1, None, &events, &officer);
    assert_eq!(state.to, Some(day("2027-03-31")), "it lasts no longer than the term");
}

// -------------------------------------------------------------------------------------------- not for oneself

#[test]
fn own_authority() {
    let profile = default();
    let boss = admin(1);
    let approver = profile.roles[0].id.clone();
    let wanted = appointing(&boss, approver.clone());
    let refusal = appoint(&wanted, judged(&boss, None, &boss, &profile)).unwrap_err();
    assert_eq!(code(&refusal), "own-authority", "himself");
    let chief = holder(2, approver.clone());
    let acting = Person {
        roles: [RoleHeld { role: approver.clone(), division: Some(HERE), deputy_for: Some(chief.id) }].into(),
        ..boss.clone()
    };
    let refusal = appoint(&appointing(&chief, approver.clone()), judged(&chief, None, &acting, &profile));
    assert_eq!(code(&refusal.unwrap_err()), "own-authority", "his principal");
    let lesser = deputy(3, approver.clone(), &boss);
    let refusal = appoint(&appointing(&lesser, approver.clone()), judged(&lesser, None, &boss, &profile));
    assert_eq!(code(&refusal.unwrap_err()), "own-authority", "his deputy");
    appoint(&appointing(&clerk(4), approver), judged(&clerk(4), None, &boss, &profile)).unwrap();

    let profile = iide();
    let rule = rule(&profile, "システム操作者");
    let manager = holder(5, rule.by.clone());
    let refusal = designate(&designating(rule, &manager), None, &manager, around(&manager, &[], &profile));
    assert_eq!(code(&refusal.unwrap_err()), "own-authority", "as a handler");
    let term = employ(Employment::Regular, None, None, &boss, &boss, &profile).unwrap_err();
    assert_eq!(code(&term), "own-authority", "his own term");
}

/// Application and registration are two steps of two people, and a deputy is none other than his principal.
#[test]
fn nobody_registers_what_he_or_his_deputy_applied_for() {
    let profile = kitami();
    let (rule, somebody) = (rule(&profile, "システム使用者（COKAS"), clerk(1));
    let registrar = rule.registered_by.clone().unwrap();
    let both = |number: u128, deputy_for: Option<PersonId>| {
        let held = |role: &RoleId| RoleHeld { role: role.clone(), division: Some(HERE), deputy_for };
        Person { roles: [held(&rule.by), held(&registrar)].into(), ..clerk(number) }
    };
    let chief = both(2, None);
    let stand_in = both(3, Some(chief.id));
    for (applies, registers) in [(&chief, &chief), (&chief, &stand_in), (&stand_in, &chief)] {
        let events =
            designate(&designating(rule, &somebody), None, applies, around(&somebody, &[], &profile))
                .unwrap();
        let state = fold(1, None, &events, applies);
        let refusal = register(&state, &somebody, registers, &profile, morning()).unwrap_err();
        assert_eq!(code(&refusal), "own-request");
    }
}

// ------------------------------------------------------------------------------------------------------ days

#[test]
fn day_is_over() {
    let profile = default();
    let (boss, somebody, approver) = (admin(1), clerk(2), default().roles[0].id.clone());
    let yesterday = today().pred_opt().unwrap();
    let wanted = Appointing { from: yesterday, ..appointing(&somebody, approver) };
    let here = judged(&somebody, None, &boss, &profile);
    assert_eq!(code(&appoint(&wanted, here).unwrap_err()), "day-is-over");
    let on_the_shell = appointment::Around { actor: None, today: None, ..here };
    appoint(&wanted, on_the_shell).unwrap();
    let held = appointed(1, &wanted);
    let before = yesterday.pred_opt().unwrap();
    let end = |last, today| appointment::end(&held, last, Ending::Released, Some(&boss), today, &profile);
    assert_eq!(code(&end(before, Some(today())).unwrap_err()), "day-is-over");
    end(yesterday, Some(today())).unwrap();
    end(before, None).unwrap();
    let left =
        leave(None, leaving(before, Ending::Retirement), &somebody, &boss, today(), &profile).unwrap_err();
    assert_eq!(code(&left), "day-is-over");
    let profile = iide();
    let rule = rule(&profile, "システム操作者");
    let wanted = Designating { from: yesterday, ..designating(rule, &somebody) };
    let manager = holder(5, rule.by.clone());
    let refusal = designate(&wanted, None, &manager, around(&somebody, &[], &profile)).unwrap_err();
    assert_eq!(code(&refusal), "day-is-over");
}

#[test]
fn period_inverted() {
    let profile = default();
    let wanted = Appointing {
        from: day("2026-12-02"),
        to: Some(day("2026-12-01")),
        ..appointing(&clerk(2), profile.roles[0].id.clone())
    };
    let refusal = appoint(&wanted, judged(&clerk(2), None, &admin(1), &profile)).unwrap_err();
    assert_eq!(code(&refusal), "period-inverted");
}

/// req: KT-027
#[test]
fn beyond_term() {
    let profile = kitami();
    let somebody = clerk(2);
    let term = employed(&somebody, Employment::FixedTerm, Some("2027-03-31"), true);
    let wanted =
        Appointing { to: Some(day("2027-04-01")), ..appointing(&somebody, profile.roles[0].id.clone()) };
    let boss = admin(1);
    let here = appointment::Around { staff: Some(&term), ..judged(&somebody, None, &boss, &profile) };
    let refusal = appoint(&wanted, here).unwrap_err();
    assert_eq!((code(&refusal), article(&refusal.source)), ("beyond-term", "第7条"));
    let endless = appointed(1, &Appointing { to: None, ..wanted });
    let held = effects(Some(&term), &[endless], &[], &[]);
    assert_eq!(held[0].to, Some(day("2027-03-31")), "whatever was written, nothing outlasts the term");
    let refusal = employ(Employment::FixedTerm, None, None, &somebody, &boss, &profile).unwrap_err();
    assert_eq!(missing(&refusal)[0].name.ja, "任用期間の末日");
}

/// req: YB-035
#[test]
fn person_left() {
    let profile = default();
    let (boss, somebody) = (admin(1), clerk(2));
    let last = day("2026-11-30");
    let events = leave(None, leaving(last, Ending::Transfer), &somebody, &boss, today(), &profile).unwrap();
    let left = staff::evolve(somebody.id, None, &stamp(1, morning(), boss.id), &events[0]).unwrap();
    let wanted = Appointing { from: day("2026-12-01"), ..appointing(&somebody, profile.roles[0].id.clone()) };
    let here = appointment::Around { staff: Some(&left), ..judged(&somebody, None, &boss, &profile) };
    assert_eq!(code(&appoint(&wanted, here).unwrap_err()), "person-left");
    let again =
        leave(Some(&left), leaving(last, Ending::Transfer), &somebody, &boss, today(), &profile).unwrap_err();
    assert_eq!(code(&again), "already-done");
    let stranger =
        leave(None, leaving(last, Ending::Transfer), &somebody, &clerk(9), today(), &profile).unwrap_err();
    assert!(["part-missing", "role-missing"].contains(&code(&stranger)));
    let officer = holder(8, iide().designations[0].by.clone());
    let rules = iide();
    leave(None, leaving(last, Ending::Transfer), &somebody, &officer, today(), &rules).unwrap();
    let other = leave(None, leaving(last, Ending::Transfer), &boss, &officer, today(), &rules).unwrap_err();
    assert_eq!(code(&other), "part-missing", "no officer gets rid of an administrator");
    let mut person = Person { roles: [].into(), ..somebody };
    take_effect(&mut person, None, Some(last), [], last);
    assert!(person.active, "on his last day he still signs in");
    take_effect(&mut person, None, Some(last), [], day("2026-12-01"));
    assert!(!person.active);
    let back = staff::resume(Some(&left), &person, &boss, &profile).unwrap();
    let back = staff::evolve(person.id, Some(left), &stamp(2, morning(), boss.id), &back[0]).unwrap();
    assert_eq!(back.serves_until(), None);
}

#[test]
fn nothing_to_deputise() {
    let profile = default();
    let approver = profile.roles[0].id.clone();
    let (boss, chief, other) = (admin(1), holder(2, approver.clone()), clerk(3));
    let wanted = Appointing { deputy_for: Some(other.id), ..appointing(&clerk(4), approver.clone()) };
    let refusal = appoint(&wanted, judged(&clerk(4), Some(&other), &boss, &profile)).unwrap_err();
    assert_eq!(code(&refusal), "nothing-to-deputise");
    let wanted = Appointing { deputy_for: Some(chief.id), ..appointing(&clerk(4), approver) };
    appoint(&wanted, judged(&clerk(4), Some(&chief), &chief, &profile)).unwrap();
    let left = gone(chief);
    let refusal = appoint(&wanted, judged(&clerk(4), Some(&left), &boss, &profile)).unwrap_err();
    assert_eq!(code(&refusal), "nothing-to-deputise");
}

/// A deputy acts while the one whose place he takes holds the role, and no longer.
#[test]
fn a_deputy_does_not_outlast_his_principal() {
    let approver = default().roles[0].id.clone();
    let chief = holder(2, approver.clone());
    let wanted = Appointing { deputy_for: Some(chief.id), ..appointing(&clerk(4), approver.clone()) };
    let deputy = appointed(1, &wanted);
    let held = |from: &str, to: Option<&str>| Effect {
        subject: Uuid::from_u128(9),
        person: chief.id,
        role: approver.clone(),
        division: None,
        deputy_for: None,
        from: day(from),
        to: to.map(day),
    };
    let days = |principals: &[Effect]| -> Vec<(String, Option<String>)> {
        let held = effects(None, std::slice::from_ref(&deputy), &[], principals);
        held.iter().map(|held| (held.from.to_string(), held.to.map(|to| to.to_string()))).collect()
    };
    assert!(days(&[]).is_empty());
    let from = today().to_string();
    assert_eq!(days(&[held("2026-01-01", None)]), [(from.clone(), None)]);
    let ended = held("2026-01-01", Some("2026-11-30"));
    assert_eq!(days(std::slice::from_ref(&ended)), [(from.clone(), Some("2026-11-30".to_owned()))]);
    let again = held("2027-01-10", None);
    let both = [(from, Some("2026-11-30".to_owned())), ("2027-01-10".to_owned(), None)];
    assert_eq!(days(&[ended, again]), both, "with the gap of his principal");
    assert!(days(&[held("2026-01-01", Some("2026-10-01"))]).is_empty(), "over before it began");
}

// ----------------------------------------------------------------------------------- credentials, validation

/// req: II-020 II-025
#[test]
fn a_password_instead_of_the_palm_needs_its_reason_and_the_officer() {
    let profile = iide();
    let somebody = clerk(1);
    let state = designated(1, rule(&profile, "システム操作者"), &somebody, &profile);
    let exception = profile.credentials.exceptions.first().expect("iide knows an exception").clone();
    let what = profile.credentials.kinds.iter().find(|kind| kind.id == exception).unwrap();
    let issuing = |exception: Option<TextRef>| Issuing {
        person: somebody.id,
        what,
        identifier: text(1),
        on: today(),
        exception,
    };
    let manager = officer(3, &profile, "システム管理者");
    let held = [state];
    let refusal = credential::issue(&issuing(None), &held, &manager, &profile).unwrap_err();
    assert_eq!(missing(&refusal).len(), 1);
    let refusal = credential::issue(&issuing(Some(text(2))), &held, &admin(4), &profile).unwrap_err();
    assert_eq!(code(&refusal), "role-missing");
    let events = credential::issue(&issuing(Some(text(2))), &held, &manager, &profile).unwrap();
    let id = CredentialId(Uuid::from_u128(5));
    let issued = credential::evolve(id, None, &stamp(1, morning(), manager.id), &events[0]).unwrap();
    let revoke = |on, of: &Credential| credential::revoke(of, on, None, &held, &manager, &profile);
    assert_eq!(code(&revoke(day("2026-01-01"), &issued).unwrap_err()), "period-inverted");
    let events = revoke(today(), &issued).unwrap();
    let revoked = credential::evolve(id, Some(issued), &stamp(2, morning(), manager.id), &events[0]).unwrap();
    assert_eq!(code(&revoke(today(), &revoked).unwrap_err()), "already-done");
}

/// req: KT-019
#[test]
fn a_validation_is_signed_off_entry_by_entry() {
    let profile = kitami();
    let inspection = validation::inspections(&profile).next().expect("kitami looks through its ledger");
    let manager = holder(1, inspection.by.clone());
    let id = ValidationId(Uuid::from_u128(6));
    let lines = vec![
        Line::Designation(DesignationId(Uuid::from_u128(1))),
        Line::Appointment(AppointmentId(Uuid::from_u128(2))),
    ];
    let begun = validation::begin(inspection, lines.clone(), None, &clerk(2), &profile).unwrap_err();
    assert_eq!((code(&begun), article(&begun.source)), ("role-missing", article(&inspection.source)));
    let begun = validation::begin(inspection, lines.clone(), None, &manager, &profile).unwrap();
    let fold = |state, event: &ValidationEvent| {
        validation::evolve(id, state, &stamp(1, morning(), manager.id), event).unwrap()
    };
    let state = fold(None, &begun[0]);
    assert_eq!(missing(&validation::sign_off(&state, inspection, &manager, &profile).unwrap_err()).len(), 2);
    let events = validation::look_at(&state, inspection, lines[0], None, &manager, &profile).unwrap();
    let state = fold(Some(state), &events[0]);
    let again = validation::look_at(&state, inspection, lines[0], None, &manager, &profile).unwrap_err();
    assert_eq!(code(&again), "already-done");
    let corrected = Some((EventId(Uuid::from_u128(7)), text(8)));
    let events = validation::look_at(&state, inspection, lines[1], corrected, &manager, &profile).unwrap();
    let state = fold(Some(state), &events[0]);
    let events = validation::sign_off(&state, inspection, &manager, &profile).unwrap();
    let state = fold(Some(state), &events[0]);
    assert!(state.signed_off.is_some() && state.found.len() == 2);
    let due = validation::due_on(inspection, &[state], &profile);
    assert!(due > today(), "the next is counted from the last: {due}");
}

// ----------------------------------------------------------------------------------------------------- golden

fn per(number: u128) -> PersonId {
    PersonId(Uuid::from_u128(number))
}

fn at() -> Option<DateTime<Utc>> {
    Some(morning() + minutes(30))
}

fn division() -> Option<DivisionId> {
    Some(DivisionId(Uuid::from_u128(0xd1)))
}

fn staff_events() -> Vec<StaffEvent> {
    let employed = |employment, term_end, information| StaffEvent::Employed {
        by: Some(per(1)),
        employment,
        term_end,
        information,
    };
    vec![
        employed(Employment::FixedTerm, Some(day("2027-03-31")), Some(text(1))),
        employed(Employment::Regular, None, None),
        StaffEvent::Left { by: Some(per(1)), last: today(), why: Ending::Retirement, note: Some(text(2)) },
        StaffEvent::Left { by: None, last: today(), why: Ending::Transfer, note: None },
        StaffEvent::Resumed { by: per(1) },
    ]
}

fn appointment_events() -> Vec<AppointmentEvent> {
    let (person, roles, from) = (per(2), vec![RoleId::from("approver")], today());
    let ended = |by| AppointmentEvent::AppointmentEnded { by, last: today(), why: Ending::Released };
    vec![
        AppointmentEvent::Appointed {
            by: Some(per(1)),
            person,
            roles: roles.clone(),
            post: Some(text(1)),
            division: division(),
            deputy_for: Some(per(3)),
            from,
            to: Some(day("2027-03-31")),
        },
        AppointmentEvent::Appointed {
            by: None,
            person,
            roles,
            post: None,
            division: None,
            deputy_for: None,
            from,
            to: None,
        },
        ended(Some(per(1))),
        ended(None),
    ]
}

fn designation_events() -> Vec<DesignationEvent> {
    let (by, person, from, to) = (per(1), per(2), today(), Some(day("2027-03-31")));
    let (role, other) = (RoleId::from("officer"), RoleId::from("manager"));
    let deputy_for = Some(per(3));
    vec![
        DesignationEvent::SetUp { person, from },
        DesignationEvent::Nominated {
            by,
            person,
            designation: "operator".to_owned(),
            division: division(),
            from,
            to,
            duties: Some(text(1)),
            waits_for: role.clone(),
        },
        DesignationEvent::Designated {
            by,
            role: role.clone(),
            deputy_for,
            person,
            designation: "operator".to_owned(),
            division: division(),
            from,
            to,
            duties: Some(text(1)),
            holds: Some(other.clone()),
            registrar: Some(other.clone()),
            tell: Some(role.clone()),
            due: at(),
        },
        DesignationEvent::Designated {
            by,
            role: role.clone(),
            deputy_for: None,
            person,
            designation: "operator".to_owned(),
            division: None,
            from,
            to: None,
            duties: None,
            holds: None,
            registrar: None,
            tell: None,
            due: None,
        },
        DesignationEvent::DesignationRegistered { by, role: role.clone(), deputy_for, due: at() },
        DesignationEvent::DesignationAcknowledged { by, role: role.clone(), deputy_for },
        DesignationEvent::DesignationTurnedDown { by, role: role.clone(), reason: text(4) },
        DesignationEvent::DesignationEnded {
            by: Some(by),
            role: Some(role),
            last: today(),
            why: Ending::Breach,
            note: Some(text(5)),
            tell: Some(other),
        },
        DesignationEvent::DesignationEnded {
            by: None,
            role: None,
            last: today(),
            why: Ending::Correction,
            note: None,
            tell: None,
        },
    ]
}

fn credential_events() -> Vec<CredentialEvent> {
    let (by, on) = (per(1), today());
    vec![
        CredentialEvent::CredentialIssued {
            by,
            role: Some(RoleId::from("officer")),
            deputy_for: Some(per(3)),
            person: per(2),
            what: "matching-id".to_owned(),
            identifier: text(1),
            on,
            exception: Some(text(2)),
        },
        CredentialEvent::CredentialIssued {
            by,
            role: None,
            deputy_for: None,
            person: per(2),
            what: "palm-vein".to_owned(),
            identifier: text(1),
            on,
            exception: None,
        },
        CredentialEvent::CredentialRegistered { by, on, place: Some(text(3)) },
        CredentialEvent::CredentialRevoked { by: Some(by), on, note: Some(text(4)) },
    ]
}

fn validation_events() -> Vec<ValidationEvent> {
    let (by, role) = (per(1), RoleId::from("manager"));
    let id = Uuid::from_u128(0xc1);
    let line = Line::Appointment(AppointmentId(id));
    vec![
        ValidationEvent::ValidationBegun {
            by,
            role: role.clone(),
            deputy_for: Some(per(3)),
            inspection: "ledger-system".to_owned(),
            lines: vec![line, Line::Designation(DesignationId(id)), Line::Credential(CredentialId(id))],
        },
        ValidationEvent::EntryConfirmed { by, line },
        ValidationEvent::EntryCorrected { by, line, correction: EventId(id), note: text(1) },
        ValidationEvent::ValidationSignedOff { by, role, deputy_for: None },
    ]
}

#[test]
fn events_about_people_are_written_and_read_as_ever() {
    use crate::golden::{check, every_kind};
    let golden: BTreeMap<&str, (&str, &str)> = [
        ("staff", (include_str!("golden_staff_events.jsonl"), include_str!("../../src/authority/staff.rs"))),
        (
            "appointment",
            (
                include_str!("golden_appointment_events.jsonl"),
                include_str!("../../src/authority/appointment.rs"),
            ),
        ),
        (
            "designation",
            (
                include_str!("golden_designation_events.jsonl"),
                include_str!("../../src/authority/designation.rs"),
            ),
        ),
        (
            "credential",
            (
                include_str!("golden_credential_events.jsonl"),
                include_str!("../../src/authority/credential.rs"),
            ),
        ),
        (
            "validation",
            (
                include_str!("golden_validation_events.jsonl"),
                include_str!("../../src/authority/validation.rs"),
            ),
        ),
    ]
    .into();
    check(golden["staff"].0, &staff_events(), StaffEvent::kind, StaffEvent::texts);
    check(golden["appointment"].0, &appointment_events(), AppointmentEvent::kind, AppointmentEvent::texts);
    check(golden["designation"].0, &designation_events(), DesignationEvent::kind, DesignationEvent::texts);
    check(golden["credential"].0, &credential_events(), CredentialEvent::kind, CredentialEvent::texts);
    check(golden["validation"].0, &validation_events(), ValidationEvent::kind, ValidationEvent::texts);
    for (lines, source) in golden.values() {
        every_kind(source, lines);
    }
}

/// Which lines a kind of event folds to nothing on: those that begin nothing.
#[test]
fn folding_what_did_not_begin_gives_nothing() {
    let id = Uuid::from_u128(1);
    let stamp = stamp(1, morning(), per(1));
    for event in designation_events() {
        let begins = matches!(event.kind(), "set-up" | "nominated" | "designated");
        assert_eq!(designation::evolve(DesignationId(id), None, &stamp, &event).is_some(), begins);
    }
    for event in appointment_events() {
        let begun = appointment::evolve(AppointmentId(id), None, &stamp, &event);
        assert_eq!(begun.is_some(), event.kind() == "appointed");
    }
    for event in credential_events() {
        let begun = credential::evolve(CredentialId(id), None, &stamp, &event);
        assert_eq!(begun.is_some(), event.kind() == "credential-issued");
    }
    for event in validation_events() {
        let begun = validation::evolve(ValidationId(id), None, &stamp, &event);
        assert_eq!(begun.is_some(), event.kind() == "validation-begun");
    }
}

fn refused_with_clause(refusal: &Refusal) -> bool {
    !refusal.source.cite(hokan_domain::text::Lang::Ja).is_empty()
}

/// req: KT-010
#[test]
fn whoever_ends_a_designation_tells_the_other() {
    let profile = kitami();
    let (rule, somebody) = (rule(&profile, "システム使用者（COKAS"), clerk(1));
    let state = designated(1, rule, &somebody, &profile);
    let officer = holder(2, rule.by.clone());
    let manager = holder(3, rule.registered_by.clone().unwrap());
    let end = |actor: &Person, why, note| {
        designation::end(&state, today(), why, note, actor, Some(today()), &profile)
    };
    assert!(refused_with_clause(&end(&clerk(9), Ending::Released, None).unwrap_err()));
    assert_eq!(missing(&end(&manager, Ending::Breach, None).unwrap_err())[0].which, "note");
    for (actor, told) in [(&officer, &manager), (&manager, &officer)] {
        let events = end(actor, Ending::Breach, Some(text(1))).unwrap();
        let ended = fold(2, Some(state.clone()), &events, actor);
        let waits = ended.waits.clone().unwrap();
        assert_eq!(waits.owed, Owed::EndAcknowledgement);
        designation::acknowledge(&ended, told, &profile).unwrap();
    }
}
