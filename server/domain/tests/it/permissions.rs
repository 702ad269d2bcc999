//! Given what the regulation asks to be granted, when somebody asks, approves, turns down or goes ahead, then it
//! becomes these events or is refused for this reason, with the clause that asks for it.

use std::sync::Arc;

use chrono::{Days, NaiveDate, TimeDelta};
use hokan_domain::{
    approval::{RequestState, Wanted},
    contents::{Category, Contents},
    custody::{Act, ActKind, Copying, OfferTo, Registration, Resting, copy, open_acts, register},
    discrepancy::FindingKind,
    event::{Event, Scan},
    ids::{ContentsId, EventId, ItemId, PersonId, RequestId},
    item::{Custody, ItemKind},
    label::LabelState,
    observation::{Observation, Observed},
    person::Person,
    place::{Home, Zone},
    profile::{Approvers, Area, Bilingual, Clause, Condition, Gate, Gated, HANDLER, Profile, RoleId},
    protection::Secrecy,
    refusal::{Missing, Reason, Refusal, Source},
    text::Lang,
};
use uuid::Uuid;

use crate::register::{
    Book, CABINET, CASE, KATO, Register, SATO, SUZUKI, TANAKA, TAX, VAULT, WELFARE, YAMADA, at_the_desk,
    blank, camera, changed, cited, contents, encrypted, first_label, handler, label, nobody, officer, place,
    profile, put_away, role, speaks, take_out, text, town, with_role, zone,
};

// ------------------------------------------------------------------------------------------ situations

/// The role that is for the whole body, and the one that each division has for itself.
const GENERAL: &str = "general-officer";
const OFFICER: &str = "protection-officer";

/// A regulation that asks for this approval before anything is saved on a medium, and for nothing else.
fn asking(approvers: Approvers) -> Arc<Profile> {
    changed(|profile| {
        let clause = Clause { regulation: "保護規程".to_owned(), article: "第17条第1号".to_owned() };
        let source = Source::Clause(clause);
        profile.gates = vec![Gate { gated: Gated::Save, approvers, when: Condition::default(), source }];
    })
}

fn all() -> Approvers {
    Approvers::All(vec![OFFICER.into(), GENERAL.into()])
}

fn any() -> Approvers {
    Approvers::Any(vec![OFFICER.into(), GENERAL.into()])
}

/// Sato has asked to save something on it.
fn asked(approvers: Approvers) -> (Register, RequestId) {
    let mut register = Register::under(asking(approvers), ItemKind::UsbMemory);
    let request = register.ask(&handler(SATO), Wanted::Save, None);
    (register, request)
}

/// Somebody who holds these roles for the welfare division, as he is or as a deputy.
fn holder(register: &Register, id: PersonId, roles: &[&str], deputy_for: Option<PersonId>) -> Person {
    roles.iter().fold(nobody(id), |person, role| {
        with_role(&register.profile, person, &RoleId::from(*role), Some(WELFARE), deputy_for)
    })
}

fn approve(request: RequestId) -> Act {
    Act::Approve { request, note: None }
}

fn ask(wanted: Wanted, until: Option<NaiveDate>) -> Act {
    Act::Ask { wanted, reason: text(41), until }
}

fn describe(contents: Contents) -> Act {
    Act::RecordContents { contents }
}

/// Contents under this purpose.
fn serving(number: u128, purpose: &str) -> Contents {
    Contents { purpose_code: Some(purpose.to_owned()), ..contents(number) }
}

/// Is refused something that must be granted, and told by whom.
#[track_caller]
fn must_be_granted(refusal: &Refusal, gated: Gated, by: &str, article: &str) {
    let Reason::PermissionMissing { gated: found, roles } = &refusal.reason else {
        panic!("a permission is missing: {:?}", refusal.reason);
    };
    assert_eq!(*found, gated);
    assert_eq!(roles.iter().map(|role| role.ja.as_str()).collect::<Vec<_>>(), [by]);
    assert!(refusal.reason.sentence(Lang::Ja, &Book).contains(by), "it says whom to ask");
    assert!(cited(refusal).contains(article), "{}", cited(refusal));
}

// ------------------------------------------------------------------------------------- who must approve

/// What is under no division is for no division's officer to decide: the top role does, in the place of one of those
/// who must approve, and never twice.
#[test]
fn under_no_division() {
    let undivided = |approvers| {
        let mut register = Register::under(asking(approvers), ItemKind::UsbMemory);
        let id = register.fresh_id();
        let stamp = register.at_server(id, SATO);
        register.append(stamp, &[Event::Assigned { by: SATO, division: None }]);
        let request = register.ask(&handler(SATO), Wanted::Save, None);
        (register, request)
    };
    let approved = |request, by, role: &str| Event::Approved {
        request,
        by,
        role: role.into(),
        deputy_for: None,
        note: None,
    };
    let (mut register, request) = undivided(Approvers::One(OFFICER.into()));
    let officer = holder(&register, YAMADA, &[OFFICER], None);
    let refusal = register.refused(&officer, &approve(request));
    let Reason::UnderNoDivision { role, top } = &refusal.reason else { panic!("{:?}", refusal.reason) };
    assert_eq!((role[0].ja.as_str(), top[0].ja.as_str()), ("保護責任者", "総括責任者"));
    speaks(&refusal);
    assert!(cited(&refusal).contains("第17条第1号"));
    let general = holder(&register, KATO, &[GENERAL], None);
    let asks_himself = holder(&register, SATO, &[GENERAL], None);
    assert_eq!(register.refused(&asks_himself, &approve(request)).reason, Reason::OwnRequest);
    let events = register.approve(&general, request).unwrap();
    assert_eq!(events, [approved(request, KATO, GENERAL), Event::Granted { request }]);

    // Whoever holds it for the whole body decides as well.
    let (mut register, request) = undivided(Approvers::One(OFFICER.into()));
    let whole = with_role(&register.profile, nobody(YAMADA), &RoleId::from(OFFICER), None, None);
    register.approve(&whole, request).unwrap();
    assert_eq!(register.state(request), RequestState::Granted);

    // Where the top role has a say of its own, that is not counted for another's.
    let (mut register, request) = undivided(all());
    register.approve(&general, request).unwrap();
    let second = holder(&register, TANAKA, &[GENERAL], None);
    let refusal = register.refused(&second, &approve(request));
    assert!(matches!(refusal.reason, Reason::NotApprover { .. }), "{:?}", refusal.reason);
    register.approve(&whole, request).unwrap();
    assert_eq!(register.state(request), RequestState::Granted);

    // A division can be chosen at any time; then its officer decides.
    let (mut register, request) = undivided(Approvers::One(OFFICER.into()));
    register.done(SATO, &Act::Assign { division: Some(WELFARE) });
    register.approve(&officer, request).unwrap();
}

#[test]
fn all_of_two_roles_needs_both_by_different_people() {
    let (mut register, request) = asked(all());
    let officer = holder(&register, YAMADA, &[OFFICER], None);
    let events = register.approve(&officer, request).unwrap();
    let approved =
        |by, role: &str| Event::Approved { request, by, role: role.into(), deputy_for: None, note: None };
    assert_eq!(events, [approved(YAMADA, OFFICER)]);
    assert_eq!(register.state(request), RequestState::Open, "one of two");
    let general = holder(&register, KATO, &[GENERAL], None);
    let events = register.approve(&general, request).unwrap();
    assert_eq!(events, [approved(KATO, GENERAL), Event::Granted { request }]);
    assert_eq!(register.state(request), RequestState::Granted);

    // In the other order, too.
    let (mut register, request) = asked(all());
    register.approve(&general, request).unwrap();
    register.approve(&officer, request).unwrap();
    assert_eq!(register.state(request), RequestState::Granted);
}

#[test]
fn any_of_two_roles_is_granted_by_the_first_that_approves() {
    for roles in [[OFFICER], [GENERAL]] {
        let (mut register, request) = asked(any());
        register.approve(&holder(&register, YAMADA, &roles, None), request).unwrap();
        assert_eq!(register.state(request), RequestState::Granted);
    }
}

#[test]
fn one_role_is_enough_where_one_is_named() {
    let (mut register, request) = asked(Approvers::One(GENERAL.into()));
    let wrong = register.refused(&holder(&register, YAMADA, &[OFFICER], None), &approve(request));
    assert_eq!(wrong.reason.code(), "not-approver");
    register.approve(&holder(&register, YAMADA, &[GENERAL], None), request).unwrap();
    assert_eq!(register.state(request), RequestState::Granted);
}

/// Handlers approve where the regulation says so, each but the one who asked.
#[test]
fn any_other_handler_approves_where_handlers_do() {
    let (mut register, request) = asked(Approvers::One(HANDLER.into()));
    assert_eq!(register.refused(&handler(SATO), &approve(request)).reason, Reason::OwnRequest);
    register.approve(&handler(SUZUKI), request).unwrap();
    assert_eq!(register.state(request), RequestState::Granted);
}

/// Whoever asked does not approve, whatever roles he holds and whoever else holds them.
#[test]
fn own_request() {
    for approvers in [all(), any(), Approvers::One(GENERAL.into())] {
        let mut register = Register::under(asking(approvers), ItemKind::UsbMemory);
        let mut sato = holder(&register, SATO, &[OFFICER, GENERAL], None);
        sato.parts = handler(SATO).parts;
        let request = register.ask(&sato, Wanted::Save, None);
        let refusal = register.refused(&sato, &approve(request));
        assert_eq!(refusal.reason, Reason::OwnRequest);
        assert!(refusal.reason.is_about_authority());
        assert!(cited(&refusal).contains("申請した人は承認できない"), "{}", cited(&refusal));
        let turned_down = Act::TurnDown { request, reason: text(42) };
        assert_eq!(register.refused(&sato, &turned_down).reason, Reason::OwnRequest, "he may withdraw it");
        let deputy = with_role(&register.profile, sato, &GENERAL.into(), None, Some(KATO));
        assert_eq!(
            register.refused(&deputy, &approve(request)).reason,
            Reason::OwnRequest,
            "nor for another"
        );
    }
}

/// One person is one approval: he does not fill a second role, and neither he and his deputy are two.
#[test]
fn already_approved() {
    let (mut register, request) = asked(all());
    let both = holder(&register, YAMADA, &[OFFICER, GENERAL], None);
    register.approve(&both, request).unwrap();
    assert_eq!(register.state(request), RequestState::Open, "one person with both roles counts once");
    assert_eq!(register.refused(&both, &approve(request)).reason, Reason::AlreadyApproved);

    // The principal of a deputy who approved has approved.
    let (mut register, request) = asked(all());
    let deputy = holder(&register, TANAKA, &[OFFICER], Some(YAMADA));
    register.approve(&deputy, request).unwrap();
    let principal = holder(&register, YAMADA, &[OFFICER, GENERAL], None);
    let refusal = register.refused(&principal, &approve(request));
    assert_eq!(refusal.reason, Reason::AlreadyApproved);
    assert!(refusal.reason.is_about_authority());
}

/// Neither can a deputy approve in the second role what his principal approved in the first.
#[test]
fn a_deputy_does_not_approve_what_his_principal_asked_for_or_approved() {
    let (mut register, request) = asked(all());
    register.approve(&holder(&register, YAMADA, &[OFFICER], None), request).unwrap();
    let deputy = holder(&register, TANAKA, &[GENERAL], Some(YAMADA));
    assert_eq!(register.refused(&deputy, &approve(request)).reason.code(), "not-approver");
    register.approve(&holder(&register, TANAKA, &[GENERAL], Some(KATO)), request).unwrap();
    assert_eq!(register.state(request), RequestState::Granted, "for another he can");

    let (register, request) = asked(Approvers::One(OFFICER.into()));
    let deputy = holder(&register, TANAKA, &[OFFICER], Some(SATO));
    assert_eq!(register.refused(&deputy, &approve(request)).reason.code(), "not-approver");
    let turned_down = Act::TurnDown { request, reason: text(42) };
    assert_eq!(register.refused(&deputy, &turned_down).reason.code(), "not-approver");
}

#[test]
fn a_deputy_acts_in_his_own_name_and_it_is_recorded_for_whom() {
    let (mut register, request) = asked(Approvers::One(OFFICER.into()));
    let deputy = holder(&register, TANAKA, &[OFFICER], Some(YAMADA));
    let events = register.approve(&deputy, request).unwrap();
    let approved =
        Event::Approved { request, by: TANAKA, role: OFFICER.into(), deputy_for: Some(YAMADA), note: None };
    assert_eq!(events, [approved, Event::Granted { request }]);
    let given = &register.item.request(request).unwrap().given[0];
    assert_eq!((given.by, given.deputy_for, given.at), (TANAKA, Some(YAMADA), register.now));
}

/// Whoever holds the role himself acts for himself, also where he is a deputy beside that.
#[test]
fn a_role_of_ones_own_goes_before_that_of_a_deputy() {
    let (mut register, request) = asked(Approvers::One(OFFICER.into()));
    let deputy = holder(&register, TANAKA, &[OFFICER], Some(YAMADA));
    let both = with_role(&register.profile, deputy, &OFFICER.into(), Some(WELFARE), None);
    let events = register.approve(&both, request).unwrap();
    assert!(matches!(events[0], Event::Approved { by: TANAKA, deputy_for: None, .. }), "{events:?}");
}

/// Who can approve is said by the regulation, whose clause is cited; nobody else can, and nobody who is
/// suspended.
///
/// req: NI-003
#[test]
fn not_approver() {
    let mut register = Register::under(town("nishi-izu"), ItemKind::UsbMemory);
    let request = register.ask(&handler(SATO), Wanted::Save, None);
    let profile = register.profile.clone();
    let protection = role(&profile, "保護責任者");
    let of_tax = with_role(&profile, nobody(YAMADA), &protection, Some(TAX), None);
    let others = [
        nobody(YAMADA),
        handler(YAMADA),
        officer(&profile, YAMADA, &["総括責任者", "監査責任者", "システム管理者"]),
        of_tax.clone(),
        Person { active: false, ..officer(&profile, YAMADA, &["保護責任者"]) },
    ];
    for person in others {
        for act in [approve(request), Act::TurnDown { request, reason: text(42) }] {
            let refusal = register.refused(&person, &act);
            let roles = vec![Bilingual::new("保護責任者", "protection officer")];
            assert_eq!(refusal.reason, Reason::NotApprover { roles });
            assert!(refusal.reason.is_about_authority());
            assert!(refusal.reason.sentence(Lang::Ja, &Book).contains("保護責任者"));
            assert!(cited(&refusal).contains("第17条第1号"), "{}", cited(&refusal));
        }
    }
    // What belongs to the other division is for its own head, not for the first.
    let mut moved = register.clone();
    let of_welfare = officer(&profile, KATO, &["保護責任者"]);
    moved.done_by(&of_welfare, &Act::Assign { division: Some(TAX) });
    assert_eq!(moved.refused(&of_welfare, &approve(request)).reason.code(), "not-approver");
    moved.approve(&of_tax, request).unwrap();
    assert_eq!(moved.state(request), RequestState::Granted);
    register.approve(&of_welfare, request).unwrap();
    assert_eq!(register.state(request), RequestState::Granted);
}

// ------------------------------------------------------------------------------- the life of a request

#[test]
fn a_request_bears_the_id_of_its_act_and_waits() {
    let mut register = Register::under(asking(all()), ItemKind::UsbMemory);
    let until = register.today().checked_add_days(Days::new(3));
    let events = register.done(SATO, &ask(Wanted::Save, until));
    let request = register.timeline.last().unwrap().stamp.event.into();
    let requested = Event::Requested { request, by: SATO, wanted: Wanted::Save, reason: text(41), until };
    assert_eq!(events, [requested]);
    let known = register.item.request(request).unwrap();
    assert_eq!((known.by, known.until, known.state), (SATO, until, RequestState::Open));
    assert!(!known.is_live(register.today()), "asked for is not granted");
}

#[test]
fn a_request_is_turned_down_by_an_approver_with_his_reason() {
    for approvers in [all(), any()] {
        let (mut register, request) = asked(approvers);
        let general = holder(&register, KATO, &[GENERAL], None);
        let events = register.done_by(&general, &Act::TurnDown { request, reason: text(42) });
        let by = KATO;
        assert_eq!(events, [Event::TurnedDown { request, by, role: GENERAL.into(), reason: text(42) }]);
        assert_eq!(register.state(request), RequestState::TurnedDown);
        register.ask(&handler(SATO), Wanted::Save, None);
    }
}

/// What was answered, taken back or never asked waits for nobody.
#[test]
fn request_settled() {
    let (register, request) = asked(any());
    let [first, second] = [YAMADA, KATO].map(|id| holder(&register, id, &[OFFICER], None));
    let turn_down = Act::TurnDown { request, reason: text(42) };
    let withdraw = Act::WithdrawRequest { request };
    for (person, act) in [(&first, &approve(request)), (&first, &turn_down), (&handler(SATO), &withdraw)] {
        let mut settled = register.clone();
        settled.done_by(person, act);
        for (person, act) in
            [(&second, &approve(request)), (&second, &turn_down), (&handler(SATO), &withdraw)]
        {
            assert_eq!(settled.refused(person, act).reason, Reason::RequestSettled);
        }
    }
    let (register, request) = asked(any());
    let nothing = RequestId(Uuid::from_u128(0xdead));
    let officer = holder(&register, YAMADA, &[OFFICER], None);
    assert_eq!(register.refused(&officer, &approve(nothing)).reason, Reason::RequestSettled);
    for request in [request, nothing] {
        let ended = Act::EndPermission { request, reason: text(42) };
        assert_eq!(register.refused(&officer, &ended).reason, Reason::RequestSettled, "it was never granted");
    }
}

/// Only whoever asked takes it back, and only while he may act.
#[test]
fn not_requester() {
    let (mut register, request) = asked(any());
    let withdraw = Act::WithdrawRequest { request };
    let suspended = Person { active: false, ..handler(SATO) };
    for person in [handler(SUZUKI), holder(&register, KATO, &[OFFICER, GENERAL], None), suspended] {
        let refusal = register.refused(&person, &withdraw);
        assert_eq!(refusal.reason, Reason::NotRequester { by: SATO });
        assert!(refusal.reason.is_about_authority());
        assert!(refusal.reason.sentence(Lang::Ja, &Book).contains("佐藤さん"));
    }
    let events = register.done(SATO, &withdraw);
    assert_eq!(events, [Event::RequestWithdrawn { request, by: SATO }]);
    assert_eq!(register.state(request), RequestState::Withdrawn);
}

#[test]
fn what_was_granted_ends_by_the_requester_or_whoever_could_have_approved() {
    let until = |register: &Register| register.today().checked_add_days(Days::new(30));
    for (ender, may) in [(SATO, true), (KATO, true), (SUZUKI, false)] {
        let mut register = Register::under(asking(any()), ItemKind::UsbMemory);
        let day = until(&register);
        let request = register.grant(Wanted::Save, day);
        let person = match ender {
            KATO => holder(&register, KATO, &[GENERAL], None),
            _ => handler(ender),
        };
        let end = Act::EndPermission { request, reason: text(42) };
        if !may {
            let refusal = register.refused(&person, &end);
            assert!(matches!(refusal.reason, Reason::NotApprover { .. }), "{:?}", refusal.reason);
            continue;
        }
        register.done(SATO, &describe(contents(1)));
        let events = register.done_by(&person, &end);
        assert_eq!(events, [Event::PermissionEnded { request, by: ender, reason: Some(text(42)) }]);
        assert_eq!(register.state(request), RequestState::Ended);
        let refusal = register.refused(&handler(SATO), &describe(contents(2)));
        assert_eq!(refusal.reason.code(), "permission-missing");
    }
}

/// A permission is of use until the end of its last day in Japan, which is nine hours before that of UTC.
#[test]
fn a_permission_ends_with_its_last_day_in_japan() {
    let mut register = Register::under(asking(any()), ItemKind::UsbMemory);
    let today = register.today();
    register.grant(Wanted::Save, Some(today));
    register.wait(TimeDelta::hours(15) - TimeDelta::milliseconds(1));
    assert_eq!(register.today(), today, "a millisecond before midnight in Japan");
    register.done(SATO, &describe(contents(1)));
    register.wait(TimeDelta::milliseconds(1));
    assert_eq!(register.now.date_naive(), today, "in UTC it is the same day still");
    let refusal = register.refused(&handler(SATO), &describe(contents(2)));
    assert_eq!(refusal.reason.code(), "permission-missing");
}

/// A page offers approval to those who can approve something that waits, and to nobody else.
#[test]
fn approval_is_offered_to_whoever_can_approve_something_that_waits() {
    let (register, _) = asked(all());
    let offered = |person: &Person| {
        let open = open_acts(&register.item, person, &register.profile, register.now);
        open.into_iter().any(|(kind, open)| kind == ActKind::Approve && open.is_ok())
    };
    assert!(offered(&holder(&register, YAMADA, &[OFFICER], None)));
    assert!(offered(&holder(&register, YAMADA, &[GENERAL], Some(KATO))));
    for person in [handler(SATO), handler(SUZUKI), holder(&register, SATO, &[OFFICER], None)] {
        assert!(!offered(&person));
    }
}

// ----------------------------------------------------------------------------- what needs to be granted

/// Whoever is no operator handles nothing here: the regulation knows no exception, so there is none to ask
/// for.
///
/// req: NG-028
#[test]
fn nobody_but_an_operator_handles_where_the_regulation_knows_no_exception() {
    let mut register = Register::under(town("nagasaki-kyosai"), ItemKind::PaperRecord);
    register.done(SATO, &Act::Offer { to: OfferTo::AnyHandler, note: None, scan: None });
    let head = officer(&register.profile, SUZUKI, &["住基ネットセキュリティ統括責任者"]);
    for person in [nobody(SUZUKI), head] {
        let until = register.today().checked_add_days(Days::new(1));
        let exception = ask(Wanted::Handle { person: SUZUKI }, until);
        let accept = register.fitting(ActKind::Accept, TANAKA);
        for act in [exception, accept, take_out(register.scan()), put_away(CABINET), describe(contents(1))] {
            let refusal = register.refused(&person, &act);
            assert_eq!(refusal.reason, Reason::NotDesignated);
            assert!(cited(&refusal).contains("第9条第1項"), "{}", cited(&refusal));
        }
        let to = OfferTo::Person(person);
        let refused = register.clone().act(&handler(SATO), &Act::Offer { to, note: None, scan: None });
        assert!(refused.is_err());
        let refusal = register.refused(&handler(SATO), &ask(Wanted::Handle { person: SUZUKI }, until));
        assert_eq!(refusal.reason, Reason::PermissionNotNeeded { gated: Gated::Handle });
    }
    register.done(TANAKA, &register.fitting(ActKind::Accept, TANAKA));
}

/// Custody is refused to whoever was not designated, with the clause that asks for it.
///
/// req: II-018
#[test]
fn identity_data_is_handled_by_designated_operators_only() {
    let mut register = Register::under(town("iide"), ItemKind::PrintOut);
    let head = officer(&register.profile, SUZUKI, &["セキュリティ統括責任者", "セキュリティ責任者"]);
    let to = |person: &Person| Act::Offer { to: OfferTo::Person(person.clone()), note: None, scan: None };
    for person in [nobody(SUZUKI), head] {
        let refusal = register.refused(&handler(SATO), &to(&person));
        assert_eq!(refusal.reason, Reason::ReceiverNotDesignated { person: SUZUKI });
        assert!(cited(&refusal).contains("第7条第1項"), "{}", cited(&refusal));
        let refusal = register.refused(&person, &take_out(register.scan()));
        assert_eq!(refusal.reason, Reason::NotDesignated);
        assert!(cited(&refusal).contains("第7条第1項"), "{}", cited(&refusal));
    }
    register.done(SATO, &to(&handler(SUZUKI)));
    register.done(SUZUKI, &register.fitting(ActKind::Accept, SUZUKI));
}

/// A medium that moves is never lost from sight: who gives it says so, it stays his until the one whom it is
/// for has scanned it himself, and meanwhile the hand-over stays open.
///
/// req: YB-027
#[test]
fn a_medium_that_moves_is_given_by_one_and_taken_by_the_other() {
    let mut register = Register::under(town("yabu"), ItemKind::UsbMemory);
    register.done(SATO, &Act::Offer { to: OfferTo::Person(handler(SUZUKI)), note: None, scan: None });
    assert_eq!(register.item.holder(), Some(SATO));
    let accept = register.fitting(ActKind::Accept, SUZUKI);
    for (person, act) in [(SATO, put_away(CABINET)), (TANAKA, accept.clone())] {
        let refusal = register.refused(&handler(person), &act);
        assert!(cited(&refusal).contains("第9条第1号後段"), "{}", cited(&refusal));
    }
    let unseen = Act::Accept { hand_over: register.hand_over(), scan: at_the_desk() };
    assert_eq!(register.refused(&handler(SUZUKI), &unseen).reason, Reason::LabelNotAtHand);
    let mut late = register.clone();
    late.wait(late.profile.hand_over_expires);
    assert!(late.item.unanswered_offer().is_some(), "it is not forgotten");
    let refusal = late.refused(&handler(SUZUKI), &accept);
    assert_eq!(refusal.reason, Reason::HandOverLapsed);
    assert!(cited(&refusal).contains("第9条第1号後段"), "{}", cited(&refusal));
    register.done(SUZUKI, &accept);
    assert_eq!(register.item.holder(), Some(SUZUKI));
}

/// 「職務の遂行上やむを得ないとき」: the protection officer grants it, for one person, one item, until a day.
///
/// req: NI-006
#[test]
fn somebody_who_is_no_handler_gets_an_item_by_an_exception_for_that_item_until_its_day() {
    let paper = Register::under(town("nishi-izu"), ItemKind::PaperRecord);
    let offer = |person: &Person| Act::Offer { to: OfferTo::Person(person.clone()), note: None, scan: None };
    let (suzuki, tanaka) = (nobody(SUZUKI), nobody(TANAKA));
    let refusal = paper.refused(&handler(SATO), &offer(&suzuki));
    assert_eq!(refusal.reason, Reason::ReceiverNotDesignated { person: SUZUKI });
    assert!(cited(&refusal).contains("第6条第2項"), "{}", cited(&refusal));

    let mut register = paper.clone();
    let today = register.today();
    let wanted = Wanted::Handle { person: SUZUKI };
    let endless = register.refused(&suzuki, &ask(wanted.clone(), None));
    assert_eq!(endless.reason.code(), "not-ready", "an exception has an end");
    assert!(cited(&endless).contains("第6条第2項"), "{}", cited(&endless));
    let other_wish = register.refused(&suzuki, &ask(Wanted::Dispose, Some(today)));
    assert_eq!(other_wish.reason, Reason::NotDesignated, "he may ask for nothing else");

    let request = register.ask(&suzuki, wanted, Some(today));
    let protection = officer(&register.profile, YAMADA, &["保護責任者"]);
    assert_eq!(register.refused(&handler(SATO), &approve(request)).reason.code(), "not-approver");
    register.approve(&protection, request).unwrap();
    register.done(SATO, &offer(&suzuki));
    let accept = register.fitting(ActKind::Accept, SUZUKI);
    register.done_by(&suzuki, &accept);
    assert_eq!(register.item.holder(), Some(SUZUKI));
    let refusal = register.refused(&suzuki, &offer(&tanaka));
    assert_eq!(refusal.reason, Reason::ReceiverNotDesignated { person: TANAKA }, "for him alone");
    register.done_by(&suzuki, &put_away(CABINET));

    // The next day it is over.
    register.wait(TimeDelta::days(1));
    let refusal = register.refused(&suzuki, &take_out(register.scan()));
    assert_eq!(refusal.reason, Reason::NotDesignated);
    assert!(cited(&refusal).contains("第6条第2項"), "{}", cited(&refusal));

    // Another item is not meant, and neither is whoever is suspended.
    let mut other = paper.clone();
    other.done(SATO, &put_away(CABINET));
    assert_eq!(other.refused(&suzuki, &take_out(other.scan())).reason, Reason::NotDesignated);
    let mut suspended = paper;
    suspended.grant(Wanted::Handle { person: SUZUKI }, Some(today));
    let suzuki = Person { active: false, ..suzuki };
    let refusal = suspended.refused(&handler(SATO), &offer(&suzuki));
    assert_eq!(refusal.reason.code(), "receiver-not-designated");
}

/// A medium with many records is neither taken out nor taken over before the manager of identity data has
/// approved of so many.
///
/// req: NG-029
#[test]
fn many_records_are_handled_only_with_prior_approval() {
    let profile = town("nagasaki-kyosai");
    let threshold = u64::from(profile.value("bulk-records").unwrap().value);
    let with = |records| {
        let mut register = Register::under(profile.clone(), ItemKind::UsbMemory);
        let data = Contents { records: Some(records), ..serving(1, "claims") };
        register.done(SATO, &describe(data));
        register
    };
    let mut few = with(threshold - 1);
    few.done(SATO, &put_away(CASE));
    few.done(SUZUKI, &take_out(few.scan()));

    let mut offered = with(threshold);
    let mut stored = offered.clone();
    offered.done(SATO, &Act::Offer { to: OfferTo::AnyHandler, note: None, scan: None });
    let accept = offered.fitting(ActKind::Accept, SUZUKI);
    stored.done(SATO, &put_away(CASE));
    for (register, act) in [(&mut offered, accept), (&mut stored, take_out(camera_of_first()))] {
        let refusal = register.refused(&handler(SUZUKI), &act);
        must_be_granted(&refusal, Gated::Bulk, "本人確認情報管理責任者", "第9条第2項");
        let small = register.ask(&handler(SATO), Wanted::Bulk { records: threshold }, None);
        assert_eq!(register.state(small), RequestState::Open);
        let manager = officer(&register.profile, YAMADA, &["本人確認情報管理責任者"]);
        let system = officer(&register.profile, KATO, &["住基ネットシステム管理者"]);
        assert_eq!(register.refused(&system, &approve(small)).reason.code(), "not-approver");
        register.approve(&manager, small).unwrap();
        register.done(SUZUKI, &act);
    }
    // Approval for some does not cover more.
    let mut more = with(threshold + 1);
    more.grant(Wanted::Bulk { records: threshold }, None);
    more.done(SATO, &put_away(CASE));
    let refusal = more.refused(&handler(SUZUKI), &take_out(more.scan()));
    must_be_granted(&refusal, Gated::Bulk, "本人確認情報管理責任者", "第9条第2項");
}

fn camera_of_first() -> Scan {
    camera(first_label())
}

/// Copies what is on it, under a label of its own.
fn copying(register: &Register) -> Copying {
    let live: Vec<_> = register.item.live_contents().map(|kept| kept.contents.clone()).collect();
    let registration = Registration {
        label: label(2),
        division: register.item.division,
        contents: live.iter().map(|data| Contents { id: new_id(data.id), ..data.clone() }).collect(),
        ..blank(register.item.kind)
    };
    Copying {
        contents: live.iter().map(|data| data.id).collect(),
        registration,
        copy: ItemId(Uuid::from_u128(0xc0)),
    }
}

fn new_id(id: ContentsId) -> ContentsId {
    ContentsId(Uuid::from_u128(id.0.as_u128() + 1000))
}

/// Copying takes a permission that is for one copy; each copy bears a label of its own and is linked to what
/// it was made from.
#[track_caller]
fn copies_only_with_permission(mut register: Register, by: &str, article: &str) {
    let source = register.item.id;
    let wish = copying(&register);
    let try_it =
        |register: &Register| copy(&register.item, &wish, &handler(SATO), &register.profile, register.now);
    let refusal = try_it(&register).unwrap_err();
    speaks(&refusal);
    must_be_granted(&refusal, Gated::Copy, by, article);
    let another = register.ask(&handler(SATO), Wanted::Copy { contents: wish.contents.clone() }, None);
    assert_eq!(try_it(&register).unwrap_err().reason.code(), "permission-missing", "asked is not granted");
    let approver = officer(&register.profile, YAMADA, &[by]);
    register.approve(&approver, another).unwrap();
    let (copied, begun) = try_it(&register).unwrap();
    let (contents, request) = (wish.contents.clone(), Some(another));
    assert_eq!(copied, [Event::Copied { by: SATO, contents, copy: wish.copy, request }]);
    assert_eq!(begun.last(), Some(&Event::CopyOf { by: SATO, source }));
    assert!(matches!(&begun[0], Event::Registered { label: own, .. } if *own == label(2)));
    let id = register.fresh_id();
    register.append(register.at_server(id, SATO), &copied);
    assert_eq!(register.item.copies, [wish.copy]);
    assert_eq!(register.state(another), RequestState::Ended, "it was for one copy");
    assert_eq!(try_it(&register).unwrap_err().reason.code(), "permission-missing");
}

/// 「複製…について保護責任者の指示に従う」, of papers and of media, where the permission to copy lets the data
/// be put on the copy.
///
/// req: NI-008
#[test]
fn copies_are_made_on_the_protection_officers_instruction() {
    let mut paper = Register::under(town("nishi-izu"), ItemKind::PaperRecord);
    paper.done(SATO, &describe(serving(1, "ordinance-tasks")));
    copies_only_with_permission(paper, "保護責任者", "第6条第4項第1号");
    let mut usb = Register::under(town("nishi-izu"), ItemKind::UsbMemory);
    usb.grant(Wanted::Use, None);
    usb.grant(Wanted::Save, None);
    usb.done(SATO, &describe(serving(1, "ordinance-tasks")));
    copies_only_with_permission(usb, "保護責任者", "第6条第4項第1号");
}

/// Documents are copied with the system manager's permission; media of identity data are no documents.
///
/// req: NG-044
#[test]
fn documents_are_copied_with_the_system_managers_permission() {
    let profile = town("nagasaki-kyosai");
    let mut document = Register::under(profile.clone(), ItemKind::SystemDocument);
    document.done(SATO, &describe(Contents { category: Category::System, ..serving(1, "claims") }));
    copies_only_with_permission(document, "住基ネットシステム管理者", "第12条第2項");
    let data = officer(&profile, YAMADA, &["本人確認情報管理責任者"]);
    let mut document = Register::under(profile, ItemKind::SystemDocument);
    document.done(SATO, &describe(serving(1, "claims")));
    let contents = vec![contents(1).id];
    let request = document.ask(&handler(SATO), Wanted::Copy { contents }, None);
    let refusal = document.refused(&data, &approve(request));
    assert!(matches!(refusal.reason, Reason::NotApprover { .. }));
    assert!(cited(&refusal).contains("第12条第2項"), "{}", cited(&refusal));
}

/// A permission is for what was asked: not for contents that were added since, and not for those of which
/// there are none.
#[test]
fn a_permission_to_copy_covers_the_contents_that_were_named() {
    let mut register = Register::under(town("kitami"), ItemKind::PaperRecord);
    register.done(SATO, &describe(serving(1, "own-tasks")));
    register.grant(Wanted::Copy { contents: vec![contents(1).id] }, None);
    register.done(SATO, &describe(serving(2, "own-tasks")));
    let wish = copying(&register);
    let both = copy(&register.item, &wish, &handler(SATO), &register.profile, register.now);
    assert_eq!(both.unwrap_err().reason.code(), "permission-missing");
    let first = Copying { contents: vec![contents(1).id], ..wish.clone() };
    copy(&register.item, &first, &handler(SATO), &register.profile, register.now).unwrap();
    let nothing = Copying { contents: Vec::new(), ..wish };
    let refusal = copy(&register.item, &nothing, &handler(SATO), &register.profile, register.now);
    assert_eq!(refusal.unwrap_err().reason, Reason::NoSuchContents);
    let taken = Copying {
        registration: Registration {
            label_state: LabelState::Void { target: None, replaced_by: None },
            ..first.registration.clone()
        },
        ..first.clone()
    };
    let refusal = copy(&register.item, &taken, &handler(SATO), &register.profile, register.now);
    assert_eq!(refusal.unwrap_err().reason.code(), "label-void", "a copy needs a label of its own");
    let stranger = copy(&register.item, &first, &handler(SUZUKI), &register.profile, register.now);
    assert_eq!(stranger.unwrap_err().reason.code(), "not-current-holder");
}

/// A medium bears data only once the protection officer has permitted it and the data is kept from whoever
/// finds it.
///
/// req: NI-037
#[test]
fn data_goes_on_a_medium_with_permission_and_under_encryption_or_password() {
    let profile = town("nishi-izu");
    let bare = Registration { protection: None, division: Some(WELFARE), ..blank(ItemKind::UsbMemory) };
    let full = Registration { contents: vec![serving(1, "ordinance-tasks")], ..bare.clone() };
    let refusal = register(&full, &handler(SATO), &profile).unwrap_err();
    speaks(&refusal);
    assert_eq!(refusal.reason.code(), "permission-missing", "it is registered empty");

    let mut medium = Register::of(profile, &bare);
    medium.grant(Wanted::Use, None);
    let data = describe(serving(1, "ordinance-tasks"));
    let refusal = medium.refused(&handler(SATO), &data);
    must_be_granted(&refusal, Gated::Save, "保護責任者", "第17条第1号");
    medium.grant(Wanted::Save, None);
    for secrecy in [None, Some(Secrecy::None)] {
        if let Some(secrecy) = secrecy {
            medium.done(SATO, &Act::RecordProtection { secrecy, key_apart: true });
        }
        let refusal = medium.refused(&handler(SATO), &data);
        assert_eq!(refusal.reason.code(), "protection-missing");
        assert!(refusal.reason.sentence(Lang::Ja, &Book).contains("暗号化"));
        assert!(cited(&refusal).contains("第17条第1号"), "{}", cited(&refusal));
    }
    for secrecy in [Secrecy::PasswordOnly, encrypted()] {
        let mut medium = medium.clone();
        medium.done(SATO, &Act::RecordProtection { secrecy, key_apart: false });
        medium.done(SATO, &data);
        assert_eq!(medium.item.live_contents().count(), 1);
    }
}

/// Also where a page could not know yet what data it will be.
#[test]
fn protection_missing() {
    let measures = |profile: &mut Profile| {
        let only_numbers = Some([Category::SpecificPersonal].into());
        for protection in &mut profile.media.before_data {
            protection.when = Condition { categories: only_numbers.clone(), ..Condition::default() };
        }
    };
    let unprotected = Registration { protection: None, ..blank(ItemKind::UsbMemory) };
    let mut medium = Register::of(changed(measures), &unprotected);
    medium.done(SATO, &describe(Contents { category: Category::System, ..contents(1) }));
    let refusal = medium.refused(&handler(SATO), &describe(contents(2)));
    assert!(matches!(refusal.reason, Reason::ProtectionMissing { .. }), "{:?}", refusal.reason);
    medium.done(SATO, &Act::RecordProtection { secrecy: encrypted(), key_apart: false });
    medium.done(SATO, &describe(contents(2)));

    let full = Registration { contents: vec![contents(1)], ..unprotected };
    let refusal = register(&full, &handler(SATO), &profile()).unwrap_err();
    speaks(&refusal);
    assert!(matches!(refusal.reason, Reason::ProtectionMissing { .. }));
}

/// Media and terminals are used once the protection officer has permitted them, and no longer.
///
/// req: NI-040
#[test]
fn media_and_terminals_are_used_only_where_they_are_permitted() {
    for kind in [ItemKind::UsbMemory, ItemKind::HardDisk, ItemKind::OpticalDisc, ItemKind::Terminal] {
        let mut stored = Register::under(town("nishi-izu"), kind);
        let mut offered = stored.clone();
        let refusal = stored.refused(&handler(SATO), &describe(serving(1, "ordinance-tasks")));
        must_be_granted(&refusal, Gated::Use, "保護責任者", "第18条第1号");
        stored.done(SATO, &put_away(CABINET));
        offered.done(SATO, &Act::Offer { to: OfferTo::AnyHandler, note: None, scan: None });
        let accept = offered.fitting(ActKind::Accept, SUZUKI);
        for (register, act) in [(&mut stored, take_out(camera_of_first())), (&mut offered, accept)] {
            let refusal = register.refused(&handler(SUZUKI), &act);
            must_be_granted(&refusal, Gated::Use, "保護責任者", "第18条第1号");
            let last = register.today().checked_add_days(Days::new(30));
            let request = register.grant(Wanted::Use, last);
            register.clone().done(SUZUKI, &act);
            register.clone().done(SATO, &Act::EndPermission { request, reason: text(42) });
        }
        stored.wait(TimeDelta::days(31));
        let refusal = stored.refused(&handler(SUZUKI), &take_out(stored.scan()));
        must_be_granted(&refusal, Gated::Use, "保護責任者", "第18条第1号");
    }
    let mut paper = Register::under(town("nishi-izu"), ItemKind::PaperRecord);
    paper.done(SATO, &put_away(CABINET));
    paper.done(SUZUKI, &take_out(paper.scan()));
}

/// Connecting is forbidden in principle: what is permitted names the terminal and has an end.
///
/// req: NI-041
#[test]
fn a_medium_is_connected_to_a_named_terminal_by_permission_until_a_day() {
    let mut register = Register::under(town("nishi-izu"), ItemKind::UsbMemory);
    let terminal = ItemId(Uuid::from_u128(0x7e));
    let wanted = Wanted::Connect { terminal };
    let refusal = register.refused(&handler(SATO), &ask(wanted.clone(), None));
    assert_eq!(refusal.reason.code(), "not-ready", "without an end it would be no exception");
    assert!(cited(&refusal).contains("第18条第2号"), "{}", cited(&refusal));
    let connected = |register: &Register, terminal: ItemId| {
        let fits = |wanted: &Wanted| matches!(wanted, Wanted::Connect { terminal: to } if *to == terminal);
        register.item.permission(register.today(), fits).is_some()
    };
    let today = register.today();
    let request = register.ask(&handler(SATO), wanted, Some(today));
    assert!(!connected(&register, terminal), "asked is not granted");
    let wrong = officer(&register.profile, YAMADA, &["システム管理者"]);
    let refusal = register.refused(&wrong, &approve(request));
    assert_eq!(refusal.reason.code(), "not-approver");
    assert!(cited(&refusal).contains("第18条第2号"), "{}", cited(&refusal));
    let protection = officer(&register.profile, YAMADA, &["保護責任者"]);
    register.approve(&protection, request).unwrap();
    assert!(connected(&register, terminal));
    assert!(!connected(&register, ItemId(Uuid::from_u128(0x7f))), "to that terminal");
    register.wait(TimeDelta::days(1));
    assert!(!connected(&register, terminal), "until that day");
}

/// What a document says of the system goes to a third party only with the system manager's permission.
///
/// req: YB-046
#[test]
fn system_information_is_disclosed_with_the_system_managers_permission() {
    let mut register = Register::under(town("yabu"), ItemKind::SystemDocument);
    let told = |register: &Register| {
        let fits = |wanted: &Wanted| *wanted == Wanted::Disclose { to: text(43) };
        register.item.permission(register.today(), fits).is_some()
    };
    let request = register.ask(&handler(SATO), Wanted::Disclose { to: text(43) }, None);
    let operation = officer(&register.profile, KATO, &["運用管理者"]);
    let refusal = register.refused(&operation, &approve(request));
    let Reason::NotApprover { roles } = &refusal.reason else { panic!("{:?}", refusal.reason) };
    assert_eq!(roles[0].ja, "システム管理者");
    assert!(cited(&refusal).contains("第13条"), "{}", cited(&refusal));
    assert!(!told(&register));
    register.approve(&officer(&register.profile, YAMADA, &["システム管理者"]), request).unwrap();
    assert!(told(&register));
    let other = |wanted: &Wanted| *wanted == Wanted::Disclose { to: text(44) };
    assert!(register.item.permission(register.today(), other).is_none(), "to that third party");
}

/// What must be granted cites the clause that asks for it, in each of the regulations.
#[test]
fn permission_missing() {
    for (id, by, article) in [
        ("nishi-izu", "保護責任者", "第20条柱書"),
        ("yabu", "システム管理者", "第9条第2号"),
        ("nagasaki-kyosai", "本人確認情報管理責任者", "国の標準"),
        ("iide", "セキュリティ責任者", "国の標準"),
        ("kitami", "情報セキュリティ責任者", "国の標準"),
        ("national-default", "保護責任者", "別添1 2Ed"),
    ] {
        let register = Register::under(town(id), ItemKind::HardDisk);
        for kind in [ActKind::Sanitize, ActKind::Destroy] {
            let refusal = register.refused(&handler(SATO), &register.fitting(kind, SATO));
            must_be_granted(&refusal, Gated::Dispose, by, article);
        }
    }
}

/// Nobody is sent to ask for what needs no permission.
#[test]
fn permission_not_needed() {
    let register = Register::under(town("yabu"), ItemKind::UsbMemory);
    let day = register.today().checked_add_days(Days::new(1));
    let terminal = ItemId(Uuid::from_u128(0x7e));
    for wanted in [Wanted::Use, Wanted::Save, Wanted::Bulk { records: 9 }, Wanted::Connect { terminal }] {
        let gated = wanted.gated();
        let refusal = register.refused(&handler(SATO), &ask(wanted, day));
        assert_eq!(refusal.reason, Reason::PermissionNotNeeded { gated });
        assert!(refusal.reason.sentence(Lang::Ja, &Book).contains(gated.name(Lang::Ja)));
    }
    // Of paper the same regulation asks nothing that it asks of media.
    let paper = Register::under(town("nishi-izu"), ItemKind::PaperRecord);
    let refusal = paper.refused(&handler(SATO), &ask(Wanted::Save, None));
    assert_eq!(refusal.reason, Reason::PermissionNotNeeded { gated: Gated::Save });
    let number = |register: &Register, records| {
        register.clone().act(&handler(SATO), &ask(Wanted::Bulk { records }, None)).map(drop)
    };
    let pensions = Register::under(town("nagasaki-kyosai"), ItemKind::UsbMemory);
    let few = number(&pensions, 99).unwrap_err();
    assert_eq!(few.reason, Reason::PermissionNotNeeded { gated: Gated::Bulk });
    number(&pensions, 100).unwrap();
}

/// What is missing is listed, each with the clause that asks for it.
#[test]
fn not_ready() {
    let register = Register::under(town("nishi-izu"), ItemKind::UsbMemory);
    let terminal = ItemId(Uuid::from_u128(0x7e));
    let refusal = register.refused(&handler(SATO), &ask(Wanted::Connect { terminal }, None));
    let Reason::NotReady { missing } = &refusal.reason else { panic!("{:?}", refusal.reason) };
    let [Missing { code: "field", which, source, item: None, .. }] = missing.as_slice() else {
        panic!("one field: {missing:?}");
    };
    assert_eq!((which.as_str(), source), ("until", &refusal.source));
    assert!(refusal.reason.sentence(Lang::Ja, &Book).contains("期限"));
}

// -------------------------------------------------------------------------------------------- extension

#[test]
fn an_extension_holds_as_long_as_its_permission() {
    let mut register = Register::under(town("kitami"), ItemKind::PaperRecord);
    register.done(SATO, &describe(serving(1, "own-tasks")));
    let (id, day) = (contents(1).id, |year| NaiveDate::from_ymd_opt(year, 3, 31).unwrap());
    let until = |register: &Register| register.item.contents[0].extended_until;
    let extend = |until| Wanted::Extend { contents: id, until };
    let first = register.ask(&handler(SATO), extend(day(2030)), None);
    assert_eq!(until(&register), None, "asked is not granted");
    let officer = officer(&register.profile, YAMADA, &["情報セキュリティ責任者"]);
    register.approve(&officer, first).unwrap();
    assert_eq!(until(&register), Some(day(2030)));
    let second = register.grant(extend(day(2032)), None);
    assert_eq!(until(&register), Some(day(2032)));
    register.done(SATO, &Act::EndPermission { request: second, reason: text(42) });
    assert_eq!(until(&register), Some(day(2030)), "the first still stands");
    register.done(SATO, &Act::EndPermission { request: first, reason: text(42) });
    assert_eq!(until(&register), None);
}

/// An extension goes beyond what is granted already.
#[test]
fn not_later() {
    let mut register = Register::under(town("kitami"), ItemKind::PaperRecord);
    register.done(SATO, &describe(serving(1, "own-tasks")));
    let day = |year| NaiveDate::from_ymd_opt(year, 3, 31).unwrap();
    let extend = |until| Wanted::Extend { contents: contents(1).id, until };
    register.grant(extend(day(2030)), None);
    for until in [day(2029), day(2030)] {
        let refusal = register.refused(&handler(SATO), &ask(extend(until), None));
        assert_eq!(refusal.reason, Reason::NotLater { until: day(2030) });
        assert!(refusal.reason.sentence(Lang::Ja, &Book).contains("令和12年3月31日"));
    }
    register.done(SATO, &ask(extend(day(2031)), None));
}

// --------------------------------------------------------------------------------------------- purposes

/// Data serves one of the listed purposes when it is registered and when it is described, and is taken out
/// for one of them.
#[track_caller]
fn only_for_the_listed_purposes(id: &str, kind: ItemKind, purposes: &[(&str, &str)], article: &str) {
    let profile = town(id);
    let listed: Vec<_> = profile.purposes.list.iter().map(|purpose| purpose.id.as_str()).collect();
    assert_eq!(listed, purposes.iter().map(|(purpose, _)| *purpose).collect::<Vec<_>>());
    let begun = Register::under(profile.clone(), kind);
    let registered = |purpose: Option<&str>| {
        let data = Contents { purpose_code: purpose.map(str::to_owned), records: None, ..contents(1) };
        let registration = Registration { contents: vec![data], ..blank(kind) };
        register(&registration, &handler(SATO), &profile)
    };
    let described = |purpose: Option<&str>| {
        let data = Contents { purpose_code: purpose.map(str::to_owned), records: None, ..contents(1) };
        begun.clone().act(&handler(SATO), &describe(data))
    };
    let taken = |purpose: &str| {
        let mut stored = begun.clone();
        stored.done(SATO, &put_away(CASE));
        let (scan, purpose) = (stored.scan(), Some(purpose.to_owned()));
        stored.act(&handler(SUZUKI), &Act::TakeOut { scan, purpose, locked: false })
    };
    for (purpose, clause) in purposes {
        registered(Some(purpose)).unwrap();
        described(Some(purpose)).unwrap();
        let events = taken(purpose).unwrap();
        let noted = matches!(&events[0], Event::TakenOut { purpose: Some(noted), .. } if noted == purpose);
        assert!(noted, "{events:?}");
        let source = &profile.purpose(purpose).unwrap().source;
        assert!(source.cite(Lang::Ja).contains(clause), "{}", source.cite(Lang::Ja));
    }
    let refusals = [registered(None), registered(Some("marketing")), described(None)]
        .into_iter()
        .chain([described(Some("marketing")), taken("marketing")]);
    for refusal in refusals {
        let refusal = refusal.unwrap_err();
        speaks(&refusal);
        assert_eq!(refusal.reason, Reason::PurposeNotPermitted);
        assert!(cited(&refusal).contains(article), "{}", cited(&refusal));
    }
}

/// Identity data serves one of four tasks of pensions and nothing else.
///
/// req: NG-030 NG-031 NG-032 NG-033
#[test]
fn identity_data_is_used_for_the_four_purposes_only() {
    let purposes = [
        ("likely-claimants", "第10条第1号"),
        ("claims", "第10条第2号"),
        ("notices", "第10条第3号"),
        ("recipients", "第10条第4号"),
    ];
    only_for_the_listed_purposes("nagasaki-kyosai", ItemKind::UsbMemory, &purposes, "第10条");
}

/// Nothing is collected or used beyond the tasks of the ordinance.
///
/// req: NI-065 NI-066 NI-068
#[test]
fn numbers_are_registered_and_used_for_tasks_of_the_ordinance_only() {
    let purposes = [("ordinance-tasks", "第31条")];
    only_for_the_listed_purposes("nishi-izu", ItemKind::PaperRecord, &purposes, "第29条");
}

/// Own tasks, training, and what the officer finds necessary.
///
/// req: KT-038
#[test]
fn systems_are_used_for_own_tasks_training_and_what_the_officer_finds_necessary() {
    let purposes =
        [("own-tasks", "第10条第1号"), ("training", "第10条第2号"), ("as-the-officer-finds", "第10条第3号")];
    only_for_the_listed_purposes("kitami", ItemKind::PaperRecord, &purposes, "第10条");
}

/// Where the regulation lists no purposes none need be named, but what is named is a word of the profile:
/// the ledger holds nobody's own words.
#[test]
fn purpose_not_permitted() {
    let mut register = Register::begin();
    let refusal = register.refused(&handler(SATO), &describe(serving(1, "佐藤さんの分")));
    assert_eq!(refusal.reason, Reason::PurposeNotPermitted);
    register.done(SATO, &describe(contents(1)));
    register.done(SATO, &put_away(CABINET));
    let (scan, purpose) = (register.scan(), Some("whatever".to_owned()));
    let refusal = register.refused(&handler(SATO), &Act::TakeOut { scan, purpose, locked: false });
    assert_eq!(refusal.reason, Reason::PurposeNotPermitted);
    register.done(SATO, &take_out(register.scan()));
}

/// What is taken out without naming a purpose is taken for the one that its contents serve. Where that is no
/// longer one of the list another must be named.
#[test]
fn without_a_purpose_an_item_is_taken_for_what_its_contents_serve() {
    let mut register = Register::under(town("nagasaki-kyosai"), ItemKind::UsbMemory);
    register.done(SATO, &describe(Contents { records: None, ..serving(1, "claims") }));
    register.done(SATO, &put_away(CASE));
    register.clone().done(SUZUKI, &take_out(register.scan()));
    let mut later = Profile::clone(&register.profile);
    later.purposes.list.retain(|purpose| purpose.id != "claims");
    register.profile = Arc::new(later);
    let refusal = register.refused(&handler(SUZUKI), &take_out(register.scan()));
    assert_eq!(refusal.reason, Reason::PurposeNotPermitted);
    assert!(cited(&refusal).contains("第10条"), "{}", cited(&refusal));
    let (scan, purpose) = (register.scan(), Some("notices".to_owned()));
    register.done(SUZUKI, &Act::TakeOut { scan, purpose, locked: false });
}

// ------------------------------------------------------------------------------------------- where it rests

/// Media and papers rest where it can be locked.
///
/// req: NI-038 NI-089
#[test]
fn home_not_lockable() {
    for kind in [ItemKind::UsbMemory, ItemKind::MagneticTape, ItemKind::PaperRecord, ItemKind::PrintOut] {
        let mut register = Register::under(town("nishi-izu"), kind);
        let home = |lockable| Act::PutAway {
            home: Resting { lockable, ..Resting::plain(CABINET) },
            scan: camera_of_first(),
        };
        let refusal = register.refused(&handler(SATO), &home(false));
        assert_eq!(refusal.reason, Reason::HomeNotLockable { home: CABINET });
        assert!(refusal.reason.sentence(Lang::Ja, &Book).contains("施錠できる保管場所"));
        assert!(cited(&refusal).contains("第17条第2号"), "{}", cited(&refusal));
        register.done(SATO, &home(true));
    }
    let mut terminal = Register::under(town("nishi-izu"), ItemKind::Terminal);
    let home = Resting { lockable: false, ..Resting::plain(CABINET) };
    terminal.done(SATO, &Act::PutAway { home, scan: camera_of_first() });
}

/// An item rests in the place where it belongs or within it; one that belongs nowhere yet is told so.
///
/// req: NG-036
#[test]
fn not_designated_home() {
    let mut register = Register::under(town("nagasaki-kyosai"), ItemKind::UsbMemory);
    let refusal = register.refused(&handler(SATO), &put_away(CABINET));
    let Reason::NotReady { missing } = &refusal.reason else { panic!("{:?}", refusal.reason) };
    assert_eq!((missing[0].code, missing[0].item), ("designated-home", Some(register.item.id)));
    assert!(cited(&refusal).contains("第11条第2項"), "{}", cited(&refusal));

    register.done(SATO, &Act::DesignateHome { place: place(VAULT), zone: None });
    let refusal = register.refused(&handler(SATO), &put_away(CABINET));
    assert_eq!(refusal.reason, Reason::NotDesignatedHome { place: place(VAULT) });
    assert!(refusal.reason.sentence(Lang::Ja, &Book).contains("第一保管庫"));
    assert!(cited(&refusal).contains("第11条第2項"), "{}", cited(&refusal));
    register.clone().done(SATO, &put_away(VAULT));
    let shelf = Resting { within: vec![place(CABINET), place(VAULT)], ..Resting::plain(CABINET) };
    register.clone().done(SATO, &Act::PutAway { home: shelf, scan: camera_of_first() });
    register.clone().done(SATO, &put_away(CASE));

    // Scanned elsewhere, it is missed where it belongs.
    register.done(SATO, &put_away(VAULT));
    register.wait(TimeDelta::hours(1));
    register.observe(TANAKA, Observed::Seen { home: Some(CABINET) }, register.now);
    let kinds: Vec<_> = register.item.discrepancies.iter().map(|finding| finding.kind).collect();
    assert_eq!(kinds, [FindingKind::SeenElsewhere]);
}

/// Documents are kept in their set place, where they are and with whom is recorded, and somebody looks after
/// that.
///
/// req: NG-043
#[test]
fn documents_are_kept_in_a_set_place_and_their_custody_is_recorded() {
    let mut register = Register::under(town("nagasaki-kyosai"), ItemKind::SystemDocument);
    let refusal = register.refused(&handler(SATO), &put_away(CABINET));
    assert_eq!(refusal.reason.code(), "not-ready");
    assert!(cited(&refusal).contains("第12条第1項"), "{}", cited(&refusal));
    register.done(SATO, &Act::DesignateHome { place: place(CABINET), zone: None });
    let refusal = register.refused(&handler(SATO), &put_away(VAULT));
    assert_eq!(refusal.reason, Reason::NotDesignatedHome { place: place(CABINET) });
    assert!(cited(&refusal).contains("第12条第1項"), "{}", cited(&refusal));
    register.done(SATO, &put_away(CABINET));
    assert_eq!(register.item.custody.value, Custody::Stored { home: CABINET, by: SATO });
    let inspections = &register.profile.inspections;
    let documents = inspections.iter().find(|inspection| inspection.id == "documents").unwrap();
    assert_eq!(documents.by, role(&register.profile, "住基ネットシステム管理者"));
    assert!(documents.source.cite(Lang::Ja).contains("第12条第1項"));
}

fn put_into(home: Home, zone: Zone) -> Act {
    let home = Resting { zone: Some(zone), ..Resting::plain(home) };
    Act::PutAway { home, scan: camera_of_first() }
}

/// Any movement out of the handling area is a carry-out, also within the building.
///
/// req: NI-042
#[test]
fn carry_out_needed() {
    let mut register = Register::under(town("nishi-izu"), ItemKind::PaperRecord);
    let (here, there, corridor) = (zone(Some(1), Some(9)), zone(Some(2), Some(9)), zone(None, Some(9)));
    register.done(SATO, &put_into(CABINET, here));
    register.done(SATO, &take_out(register.scan()));
    for beyond in [there, corridor] {
        let refusal = register.refused(&handler(SATO), &put_into(VAULT, beyond));
        assert_eq!(refusal.reason, Reason::CarryOutNeeded { area: Area::HandlingArea });
        assert!(refusal.reason.sentence(Lang::Ja, &Book).contains("取扱区域"));
        assert!(cited(&refusal).contains("第19条柱書"), "{}", cited(&refusal));
    }
    register.clone().done(SATO, &put_into(VAULT, here));
    // Where the regulation speaks of the office, the other room in it is none of its business.
    let mut yabu = Register::under(town("yabu"), ItemKind::PaperRecord);
    yabu.done(SATO, &put_into(CABINET, here));
    yabu.done(SATO, &take_out(yabu.scan()));
    let refusal = yabu.refused(&handler(SATO), &put_into(VAULT, zone(Some(3), Some(8))));
    assert_eq!(refusal.reason, Reason::CarryOutNeeded { area: Area::Office });
    assert!(cited(&refusal).contains("第10条第4号"), "{}", cited(&refusal));
    yabu.done(SATO, &put_into(VAULT, there));
}

/// What is in the server room does not leave it unnoticed: it is not put away elsewhere, and where its label
/// is scanned elsewhere with no carry-out, that is raised.
///
/// req: II-009
#[test]
fn nothing_leaves_the_server_room_unnoticed() {
    let mut register = Register::under(town("iide"), ItemKind::HardDisk);
    let server_room = Zone { server_room: Some(place(VAULT)), ..zone(Some(1), Some(9)) };
    let beside_it = zone(Some(1), Some(9));
    register.done(SATO, &put_into(VAULT, server_room));
    register.wait(TimeDelta::hours(1));
    let seen = |zone, number| {
        let stamp = register.at_server(EventId(Uuid::from_u128(number)), TANAKA);
        let scan = register.scan();
        let seen = Observation {
            observed: Observed::Seen { home: None },
            scan,
            zone: Some(zone),
            stamp,
            marks: Vec::new(),
        };
        let mut told = register.clone();
        told.take_in(&seen);
        told.item.discrepancies.iter().map(|finding| finding.kind).collect::<Vec<_>>()
    };
    assert_eq!(seen(server_room, 0x51), []);
    assert_eq!(seen(beside_it, 0x52), [FindingKind::OutsideZone]);
    register.done(SATO, &take_out(register.scan()));
    let refusal = register.refused(&handler(SATO), &put_into(CABINET, beside_it));
    assert_eq!(refusal.reason, Reason::CarryOutNeeded { area: Area::ServerRoom });
    assert!(cited(&refusal).contains("第5条第2項"), "{}", cited(&refusal));
}

/// Nothing is put into a locked container or taken out of one.
#[test]
fn container_locked() {
    let mut register = Register::begin();
    let locked = Resting { locked: true, ..Resting::plain(CASE) };
    let refusal = register.refused(&handler(SATO), &Act::PutAway { home: locked, scan: camera_of_first() });
    assert_eq!(refusal.reason, Reason::ContainerLocked);
    register.done(SATO, &put_away(CASE));
    let taken = |locked| Act::TakeOut { scan: camera_of_first(), purpose: None, locked };
    assert_eq!(register.refused(&handler(SATO), &taken(true)).reason, Reason::ContainerLocked);
    register.done(SATO, &taken(false));
}
