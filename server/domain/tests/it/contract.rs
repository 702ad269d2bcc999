//! Contracts: none is in force without its clauses and approvals, and nothing is entrusted further in secret.

use std::sync::LazyLock;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use hokan_domain::{
    approval::{self, RequestState},
    contract::{
        Contract, ContractAct, ContractActKind, ContractEvent, ContractState, Drafting, Memorandum,
        SUBJECT_KIND, check, check_in_force, decide, draft, due_returns, evolve, missing_to_activate,
        open_acts,
    },
    ids::{ContractId, DivisionId, EventId, PersonId, RequestId},
    japan_date::jst_date,
    person::{Part, Person},
    profile::{Gated, Profile, RoleId},
    refusal::{Refusal, Source},
    text::Lang,
};
use proptest::{prelude::*, sample::Index};
use uuid::Uuid;

use crate::towns::{
    article, code, day, default, deputy, gone, handler, holder, iide, item, kitami, minutes, missing,
    morning, nagasaki, nishi_izu, of_kind, officer, role, stamp, text,
};

const CONTRACT: ContractId = ContractId(Uuid::from_u128(0xc7));

/// A contract as the server keeps it: decide, append, fold. A clerk with number 1 drafted it.
struct Case {
    contract: Contract,
    profile: Profile,
    now: DateTime<Utc>,
    count: u128,
}

fn drafting() -> Drafting {
    Drafting {
        contractor: text(1),
        subject: text(2),
        from: day("2026-11-01"),
        to: Some(day("2027-03-31")),
        division: None,
    }
}

impl Case {
    fn begin(profile: Profile) -> Self {
        let drafted = draft(&drafting(), &handler(1), &profile).unwrap();
        let contract = evolve(CONTRACT, None, &stamp(0, morning(), handler(1).id), &drafted[0]).unwrap();
        Self { contract, profile, now: morning(), count: 0 }
    }

    /// With everything that it takes to be put in force.
    fn ready(profile: Profile) -> Self {
        let mut case = Self::begin(profile);
        case.propose();
        case.approve();
        case.tick_all();
        case
    }

    fn active(profile: Profile) -> Self {
        let mut case = Self::ready(profile);
        case.done(&handler(1), &ContractAct::Activate {});
        case
    }

    fn today(&self) -> NaiveDate {
        jst_date(self.now)
    }

    fn next_id(&self) -> EventId {
        EventId(Uuid::from_u128(0xac0 + self.count))
    }

    fn act(&mut self, actor: &Person, act: &ContractAct) -> Result<Vec<ContractEvent>, Refusal> {
        let events = decide(&self.contract, act, self.next_id(), actor, &self.profile, self.now)?;
        for event in &events {
            self.count += 1;
            let stamp = stamp(self.count, self.now, actor.id);
            self.contract = evolve(CONTRACT, Some(self.contract.clone()), &stamp, event).unwrap();
        }
        Ok(events)
    }

    fn done(&mut self, actor: &Person, act: &ContractAct) -> Vec<ContractEvent> {
        self.act(actor, act).unwrap()
    }

    fn refused(&mut self, actor: &Person, act: &ContractAct) -> Refusal {
        self.act(actor, act).unwrap_err()
    }

    fn propose(&mut self) {
        let all = ContractAct::Propose {
            content: Some(text(11)),
            reason: Some(text(12)),
            protection: Some(text(13)),
        };
        self.done(&handler(1), &all);
    }

    fn approve(&mut self) {
        if let Some(gate) = self.contract.gate(&self.profile) {
            let roles = approval::missing(&gate.approvers, &[]);
            for (role, number) in roles.into_iter().zip(60..) {
                self.done(&holder(number, role), &ContractAct::Approve { note: None });
            }
        }
    }

    /// Somebody who approves such contracts, where the regulation names a role; otherwise whoever handles it.
    fn officer(&self) -> Person {
        match self.contract.gate(&self.profile) {
            Some(gate) => holder(60, gate.approvers.roles()[0].clone()),
            None => handler(1),
        }
    }

    fn tick_all(&mut self) {
        let rules = self.profile.contract.clone();
        for clause in rules.clauses {
            self.done(&handler(1), &ContractAct::TickClause { clause: clause.id, page: text(14) });
        }
        for confirmation in rules.confirmations {
            let act = ContractAct::Confirm { confirmation: confirmation.id, evidence: text(15) };
            self.done(&handler(1), &act);
        }
    }

    fn ask(&mut self, checked: bool) -> RequestId {
        let id = self.next_id();
        self.done(&handler(1), &ask(checked));
        id.into()
    }
}

fn ask(checked: bool) -> ContractAct {
    ContractAct::AskSubcontract { to: text(21), reason: text(22), checked: checked.then(|| text(23)) }
}

/// The articles of the clauses that are missing, in their order.
fn articles(refusal: &Refusal, kind: &str) -> Vec<String> {
    of_kind(missing(refusal), kind).into_iter().map(|(_, article)| article.to_owned()).collect()
}

// ------------------------------------------------------------------------------------------------- approval

/// req: II-032
#[test]
fn content_reason_and_protection_are_approved_beforehand_by_the_officer_at_the_top() {
    let profile = iide();
    let mut case = Case::begin(profile.clone());
    case.tick_all();
    let top = officer(2, &profile, "セキュリティ統括責任者");
    assert!(profile.role(&role(&profile, "セキュリティ統括責任者")).unwrap().top);

    // Before it is approved it is not in force and nothing goes to the contractor.
    let refusal = case.refused(&handler(1), &ContractAct::Activate {});
    assert_eq!(of_kind(missing(&refusal), "approval"), [("セキュリティ統括責任者の承認", "第11条第1項")]);
    for contract in [None, Some(&case.contract)] {
        let refusal = check_in_force(contract, &profile, case.today()).unwrap_err();
        assert_eq!((code(&refusal), article(&refusal.source)), ("contract-not-in-force", "第11条第1項"));
    }

    let approve = ContractAct::Approve { note: None };
    let refusal = case.refused(&top, &approve);
    let names: Vec<_> = of_kind(missing(&refusal), "field");
    assert_eq!(
        names,
        [
            ("委託する事務の内容", "第11条第1項"),
            ("委託の理由", "第11条第1項"),
            ("情報の保護に関する事項", "第11条第1項")
        ]
    );
    let part = |content, reason, protection| ContractAct::Propose { content, reason, protection };
    case.done(&handler(1), &part(Some(text(11)), None, Some(text(13))));
    let refusal = case.refused(&top, &approve);
    assert_eq!(of_kind(missing(&refusal), "field"), [("委託の理由", "第11条第1項")]);
    case.done(&handler(1), &part(None, Some(text(12)), None));

    let refusal = case.refused(&handler(5), &approve);
    assert_eq!((code(&refusal), article(&refusal.source)), ("not-approver", "第11条第1項"));
    case.done(&top, &approve);
    case.done(&handler(1), &ContractAct::Activate {});
    assert_eq!(check_in_force(Some(&case.contract), &profile, case.today()), Ok(()));
}

/// req: KT-046
#[test]
fn the_head_of_information_systems_is_asked_before_work_is_entrusted_anew() {
    let profile = kitami();
    let mut case = Case::begin(profile.clone());
    case.tick_all();
    case.propose();
    let refusal = case.refused(&handler(1), &ContractAct::Activate {});
    assert_eq!(of_kind(missing(&refusal), "approval"), [("情報システム課長の承認", "第12条第2項")]);
    let refusal =
        case.refused(&officer(2, &profile, "情報セキュリティ責任者"), &ContractAct::Approve { note: None });
    assert_eq!((code(&refusal), article(&refusal.source)), ("not-approver", "第12条第2項"));
    case.done(&officer(3, &profile, "情報システム課長"), &ContractAct::Approve { note: Some(text(16)) });
    case.done(&handler(1), &ContractAct::Activate {});
}

#[test]
fn nobody_approves_what_he_drafted_or_proposed() {
    let profile = iide();
    let called = "セキュリティ統括責任者";
    let approve = ContractAct::Approve { note: None };
    let mut case = Case::begin(profile.clone());
    case.propose();
    let drafter = Person { id: handler(1).id, ..officer(2, &profile, called) };
    assert_eq!(code(&case.refused(&drafter, &approve)), "own-request");
    let of_drafter = deputy(3, role(&profile, called), &drafter);
    assert_eq!(code(&case.refused(&of_drafter, &approve)), "not-approver");

    let proposer = officer(4, &profile, called);
    let change = ContractAct::Propose { content: Some(text(19)), reason: None, protection: None };
    case.done(&proposer, &change);
    assert_eq!(code(&case.refused(&proposer, &approve)), "own-request");
    case.done(&officer(5, &profile, called), &approve);
    assert_eq!(code(&case.refused(&officer(5, &profile, called), &approve)), "already-approved");
    assert_eq!(code(&case.refused(&officer(6, &profile, called), &approve)), "already-done");
}

#[test]
fn a_change_of_the_proposal_voids_what_was_approved() {
    let mut case = Case::ready(iide());
    assert_eq!(case.contract.given.len(), 1);
    case.done(&handler(1), &ContractAct::Propose { content: Some(text(99)), reason: None, protection: None });
    assert!(case.contract.given.is_empty());
    assert_eq!(case.contract.proposal.reason, Some(text(12)), "what is absent stays");
    assert_eq!(articles(&case.refused(&handler(1), &ContractAct::Activate {}), "approval"), ["第11条第1項"]);
}

#[test]
fn what_is_turned_down_can_be_proposed_anew() {
    let profile = iide();
    let mut case = Case::begin(profile.clone());
    case.propose();
    let top = officer(2, &profile, "セキュリティ統括責任者");
    let turn_down = ContractAct::TurnDown { reason: text(77) };
    assert_eq!(code(&case.refused(&handler(1), &turn_down)), "own-request");
    assert_eq!(code(&case.refused(&handler(5), &turn_down)), "not-approver");
    case.done(&top, &turn_down);
    assert_eq!(case.contract.turned_down, Some(text(77)));
    case.propose();
    assert_eq!(case.contract.turned_down, None);
    case.done(&top, &ContractAct::Approve { note: None });
}

// --------------------------------------------------------------------------------------------------- clauses

/// Activation lists each clause that is missing by its 号, and is refused for the want of any single one.
fn each_clause_is_needed(profile: &Profile, wanted: &[&str], kind: &str) {
    let mut bare = Case::begin(profile.clone());
    bare.propose();
    bare.approve();
    let listed = articles(&bare.refused(&handler(1), &ContractAct::Activate {}), kind);
    for article in wanted {
        assert!(listed.iter().any(|listed| listed == article), "{article}: {listed:?}");
    }
    let rules = &profile.contract;
    let choices = if kind == "clause" { &rules.clauses } else { &rules.confirmations };
    for choice in choices {
        let mut case = Case::ready(profile.clone());
        let strike = match kind {
            "clause" => ContractAct::StrikeClause { clause: choice.id.clone() },
            _ => ContractAct::StrikeConfirmation { confirmation: choice.id.clone() },
        };
        case.done(&handler(1), &strike);
        assert_eq!(code(&case.refused(&handler(1), &strike)), "no-such-clause");
        let refusal = case.refused(&handler(1), &ContractAct::Activate {});
        let [one] = missing(&refusal) else { panic!("{refusal:?}") };
        assert_eq!((one.code, &one.name, &one.source), (kind, &choice.name, &choice.source));
        assert!(check_in_force(Some(&case.contract), profile, case.today()).is_err());
        case.tick_all();
        case.done(&handler(1), &ContractAct::Activate {});
        assert_eq!(check_in_force(Some(&case.contract), profile, case.today()), Ok(()));
    }
}

/// req: II-033
/// req: II-034
/// req: II-035
/// req: II-036
/// req: II-037
#[test]
fn a_contract_of_iide_has_each_of_the_five_clauses() {
    let wanted: Vec<_> = (1..=5).map(|number| format!("第11条第2項第{number}号")).collect();
    let wanted: Vec<_> = wanted.iter().map(String::as_str).collect();
    each_clause_is_needed(&iide(), &wanted, "clause");
}

/// req: NG-066
/// req: NG-067
/// req: NG-068
/// req: NG-069
/// req: NG-071
/// req: NG-072
/// req: NG-073
/// req: NG-074
/// req: NG-075
/// req: NG-076
/// req: NG-077
/// req: NG-078
#[test]
fn a_contract_of_the_association_has_each_of_the_thirteen_clauses() {
    let wanted: Vec<_> = (1..=13).map(|number| format!("第22条第2項第{number}号")).collect();
    let wanted: Vec<_> = wanted.iter().map(String::as_str).collect();
    each_clause_is_needed(&nagasaki(), &wanted, "clause");
}

/// req: NI-077
/// req: NI-079
/// req: NI-080
/// req: NI-081
/// req: NI-082
#[test]
fn a_contract_of_nishiizu_has_each_of_the_six_clauses() {
    let wanted: Vec<_> = (1..=6).map(|number| format!("第37条第1項第{number}号")).collect();
    let wanted: Vec<_> = wanted.iter().map(String::as_str).collect();
    each_clause_is_needed(&nishi_izu(), &wanted, "clause");
}

/// req: NG-065
#[test]
fn that_the_contractor_meets_the_standard_of_protection_is_confirmed_first() {
    let profile = nagasaki();
    each_clause_is_needed(&profile, &["第22条第1項"], "confirmation");
    let confirmed = profile.contract.confirmations.iter().any(|choice| choice.name.ja.contains("保護の水準"));
    assert!(confirmed);
}

/// req: KT-045
/// req: KT-047
/// req: KT-048
/// req: KT-049
/// req: KT-050
/// req: KT-051
#[test]
fn shares_of_contractors_and_what_external_services_need_are_confirmed_first() {
    let mut wanted = vec!["第12条第1項第3号".to_owned()];
    wanted.extend((1..=5).map(|number| format!("第13条第1項第{number}号")));
    let wanted: Vec<_> = wanted.iter().map(String::as_str).collect();
    each_clause_is_needed(&kitami(), &wanted, "confirmation");
}

/// req: NI-075
/// req: NI-076
/// req: NI-090
#[test]
fn ability_workers_inspection_and_special_terms_are_confirmed_in_writing() {
    let profile = nishi_izu();
    each_clause_is_needed(&profile, &["第37条第1項柱書", "別表第1"], "confirmation");
    let names: Vec<_> = profile.contract.confirmations.iter().map(|choice| &*choice.name.ja).collect();
    for what in ["能力", "責任者", "業務従事者", "検査", "特記事項"] {
        assert!(names.iter().any(|name| name.contains(what)), "{what}: {names:?}");
    }
    // By which paper, by whom and when is kept.
    let case = Case::ready(profile);
    for ticked in case.contract.confirmations.values().chain(case.contract.clauses.values()) {
        assert_eq!((ticked.by, ticked.at), (handler(1).id, morning()));
    }
    assert!(case.contract.confirmations.values().all(|ticked| ticked.at_page == text(15)));
}

/// Only what the regulation lists is ticked.
#[test]
fn no_such_clause() {
    let mut case = Case::begin(nagasaki());
    let clause = ContractAct::TickClause { clause: "moonlight".to_owned(), page: text(14) };
    assert_eq!(code(&case.refused(&handler(1), &clause)), "no-such-clause");
    let confirmation = ContractAct::Confirm { confirmation: "moonlight".to_owned(), evidence: text(14) };
    assert_eq!(code(&case.refused(&handler(1), &confirmation)), "no-such-clause");
}

// ------------------------------------------------------------------------------------------- further entrusting

/// The association lets nobody entrust its work further.
///
/// req: NG-070
#[test]
fn subcontract_forbidden() {
    let profile = nagasaki();
    let mut case = Case::active(profile.clone());
    let everybody: Vec<_> =
        profile.roles.iter().zip(20..).map(|(role, number)| holder(number, role.id.clone())).collect();
    for actor in everybody.iter().chain([&handler(1)]) {
        let refusal = case.refused(actor, &ask(true));
        assert_eq!((code(&refusal), article(&refusal.source)), ("subcontract-forbidden", "第22条第2項第5号"));
    }
    // A request that was recorded before it was forbidden is not approved any more either.
    let request = RequestId(Uuid::from_u128(1));
    let asked = ContractEvent::SubcontractAsked {
        request,
        by: handler(1).id,
        to: text(21),
        reason: text(22),
        checked: Some(text(23)),
    };
    case.contract =
        evolve(CONTRACT, Some(case.contract.clone()), &stamp(99, morning(), handler(1).id), &asked).unwrap();
    for actor in &everybody {
        let refusal = case.refused(actor, &ContractAct::ApproveSubcontract { request, note: None });
        assert_eq!((code(&refusal), article(&refusal.source)), ("subcontract-forbidden", "第22条第2項第5号"));
    }
}

/// Somebody asks for it, an officer of this role decides on the ground of what was looked at.
fn further_entrusting_is_decided_on(profile: &Profile, called: &str, cited: &str) {
    let mut case = Case::active(profile.clone());
    let decider = officer(2, profile, called);

    // Without a word on how its safety was checked it cannot be approved.
    let unchecked = case.ask(false);
    let approve = |request| ContractAct::ApproveSubcontract { request, note: Some(text(24)) };
    let refusal = case.refused(&decider, &approve(unchecked));
    assert_eq!(articles(&refusal, "field"), [cited]);
    let turn_down = ContractAct::TurnDownSubcontract { request: unchecked, reason: text(25) };
    case.done(&decider, &turn_down);
    assert_eq!(case.contract.subcontract(unchecked).unwrap().state, RequestState::TurnedDown);
    assert_eq!(code(&case.refused(&decider, &turn_down)), "request-settled");

    let request = case.ask(true);
    let refusal = case.refused(&handler(7), &approve(request));
    assert_eq!((code(&refusal), article(&refusal.source)), ("not-approver", cited));
    let asker = Person { id: handler(1).id, ..decider.clone() };
    assert_eq!(code(&case.refused(&asker, &approve(request))), "own-request");
    assert_eq!(case.contract.subcontract(request).unwrap().state, RequestState::Open);
    case.done(&decider, &approve(request));
    let subcontract = case.contract.subcontract(request).unwrap();
    assert_eq!((subcontract.state, subcontract.given[0].by), (RequestState::Granted, decider.id));
    assert_eq!(code(&case.refused(&officer(3, profile, called), &approve(request))), "request-settled");
}

/// req: NI-078
/// req: NI-084
#[test]
fn nishiizu_decides_on_further_entrusting_after_its_safety_was_checked() {
    further_entrusting_is_decided_on(&nishi_izu(), "保護責任者", "第37条第4項");
}

/// req: KT-043
#[test]
fn kitami_decides_on_further_entrusting_after_its_safety_was_checked() {
    further_entrusting_is_decided_on(&kitami(), "情報セキュリティ責任者", "第12条第1項第1号");
}

#[test]
fn nothing_is_entrusted_further_under_a_contract_that_is_not_in_force() {
    let mut case = Case::ready(nishi_izu());
    assert_eq!(code(&case.refused(&handler(1), &ask(true))), "contract-not-in-force");
    case.done(&handler(1), &ContractAct::Activate {});
    case.now += TimeDelta::days(200);
    assert_eq!(code(&case.refused(&handler(1), &ask(true))), "contract-not-in-force");
}

#[test]
fn where_nobody_needs_to_approve_it_asking_for_it_is_all() {
    let mut profile = nishi_izu();
    profile.gates.retain(|gate| gate.gated != Gated::Subcontract);
    let mut case = Case::active(profile);
    let request = case.ask(false);
    assert_eq!(case.contract.subcontract(request).unwrap().state, RequestState::Granted);
}

// ------------------------------------------------------------------------------------------- its life

#[test]
fn it_is_in_force_from_its_first_day_to_its_last() {
    let profile = nagasaki();
    let ready = Case::ready(profile.clone());
    assert!(!ready.contract.in_force(day("2026-11-02")), "a draft is not in force");
    let mut case = Case::active(profile.clone());
    for (on, in_force) in
        [("2026-10-31", false), ("2026-11-01", true), ("2027-03-31", true), ("2027-04-01", false)]
    {
        assert_eq!(case.contract.in_force(day(on)), in_force, "{on}");
        assert_eq!(check_in_force(Some(&case.contract), &profile, day(on)).is_ok(), in_force, "{on}");
    }
    case.contract.to = None;
    assert!(case.contract.in_force(day("2099-01-01")));

    case.done(&case.officer(), &ContractAct::End { on: day("2026-11-02"), reason: Some(text(31)) });
    assert_eq!(case.contract.ended_on, Some(day("2026-11-02")));
    assert!(!case.contract.in_force(day("2026-11-02")));
}

/// What is in force is not proposed or approved again, and with what has ended nothing is done any more.
#[test]
fn contract_elsewhere() {
    let mut case = Case::begin(nagasaki());
    let end = ContractAct::End { on: day("2026-11-02"), reason: None };
    assert_eq!(code(&case.refused(&handler(1), &end)), "contract-elsewhere", "a draft has nothing to end");
    let mut case = Case::active(nagasaki());
    let propose = ContractAct::Propose { content: None, reason: None, protection: None };
    for act in [&propose, &ContractAct::Approve { note: None }, &ContractAct::Activate {}] {
        assert_eq!(code(&case.refused(&handler(1), act)), "contract-elsewhere", "{act:?}");
    }
    case.done(&case.officer(), &end);
    for act in [
        end,
        ContractAct::Activate {},
        ContractAct::TickClause { clause: "confidentiality".to_owned(), page: text(14) },
        propose,
    ] {
        assert_eq!(code(&case.refused(&handler(1), &act)), "contract-elsewhere", "{act:?}");
    }
}

/// What carry-outs rest on is not taken from under them by whoever has some part: only a role that approves such
/// contracts ends one in force or strikes what it was put in force with. A draft is for all who prepare it.
#[test]
fn what_is_in_force_is_ended_and_struck_by_whom_approves_it() {
    for profile in [default(), nagasaki(), nishi_izu(), iide(), kitami()] {
        let clause = profile.contract.clauses.first().map(|clause| clause.id.clone());
        let mut acts = vec![ContractAct::End { on: day("2026-11-02"), reason: None }];
        acts.extend(clause.clone().map(|clause| ContractAct::StrikeClause { clause }));
        let mut case = Case::active(profile.clone());
        let gate = case.contract.gate(&profile).expect("each has a gate before a contract");
        let named = gate.approvers.roles().to_vec();
        let other =
            profile.roles.iter().find(|role| !named.contains(&role.id)).expect("other roles").id.clone();
        let administrator = Person { parts: [Part::Administrator].into(), ..gone(handler(9)) };
        let administrator = Person { active: true, ..administrator };
        for who in [handler(1), handler(2), holder(61, other), administrator] {
            for act in &acts {
                let refusal = case.refused(&who, act);
                assert_eq!(code(&refusal), "not-approver", "{act:?}");
                assert!(refusal.reason.is_about_authority());
            }
        }
        for act in acts.iter().rev() {
            case.done(&case.officer(), act);
        }
        if let Some(clause) = clause {
            Case::ready(profile).done(&handler(1), &ContractAct::StrikeClause { clause });
        }
    }
}

#[test]
fn a_contract_does_not_end_before_it_begins_nor_in_the_future() {
    let backwards = Drafting { to: Some(day("2026-10-31")), ..drafting() };
    assert_eq!(code(&draft(&backwards, &handler(1), &default()).unwrap_err()), "not-later");
    assert_eq!(code(&draft(&drafting(), &gone(handler(1)), &default()).unwrap_err()), "not-designated");
    let mut case = Case::active(nagasaki());
    case.done(&case.officer(), &ContractAct::End { on: day("2027-01-01"), reason: None });
    assert_eq!(case.contract.ended_on, Some(day("2026-11-02")));
}

#[test]
fn what_the_contractor_still_has_is_due_back_when_the_contract_is_over() {
    for (profile, cited) in
        [(iide(), "第11条第2項第2号"), (nagasaki(), "第22条第2項第11号"), (nishi_izu(), "第37条第1項第5号")]
    {
        let mut case = Case::active(profile.clone());
        let with_them = [item(1), item(2)];
        assert_eq!(due_returns(&case.contract, &with_them, &profile, day("2027-03-31")), []);
        // Its last day has passed, though nobody ended it.
        let due = due_returns(&case.contract, &with_them, &profile, day("2027-04-01"));
        assert_eq!(due.iter().map(|due| due.item).collect::<Vec<_>>(), with_them);
        for due in due {
            assert_eq!(due.since, day("2027-03-31"));
            assert_eq!(article(&due.source.unwrap()), cited);
        }
        case.done(&case.officer(), &ContractAct::End { on: day("2026-11-02"), reason: None });
        let due = due_returns(&case.contract, &with_them[..1], &profile, day("2026-11-02"));
        assert_eq!((due.len(), due[0].since), (1, day("2026-11-02")));
    }
}

/// req: NG-079
#[test]
fn a_memorandum_says_how_media_are_handed_over_travel_and_are_stored() {
    let mut case = Case::active(nagasaki());
    let memorandum = Memorandum {
        on: day("2026-11-02"),
        procedure: text(41),
        transport: text(42),
        route: text(43),
        storage: text(44),
        other: Some(text(45)),
    };
    case.done(&handler(1), &ContractAct::ConcludeMemorandum { memorandum });
    assert_eq!(case.contract.memorandum, Some(memorandum));
    let newer = Memorandum { route: text(46), other: None, ..memorandum };
    case.done(&handler(1), &ContractAct::ConcludeMemorandum { memorandum: newer });
    assert_eq!(case.contract.memorandum.unwrap().route, text(46));
}

// ------------------------------------------------------------------------------------------- properties

static PROFILES: LazyLock<[Profile; 5]> =
    LazyLock::new(|| [default(), iide(), nagasaki(), nishi_izu(), kitami()]);

fn people(profile: &Profile) -> Vec<Person> {
    let roles = profile.roles.iter().zip(1_u128..);
    let held = roles.map(|(role, number)| holder(number * 10, role.id.clone()));
    held.chain([handler(1), handler(2), gone(handler(3))]).collect()
}

fn act_of(what: u8, which: &Index, contract: &Contract, profile: &Profile) -> ContractAct {
    let choice = |list: &[hokan_domain::profile::Choice]| match list {
        [] => "none".to_owned(),
        list => which.get(list).id.clone(),
    };
    let request = contract.subcontracts.last().map_or(RequestId(Uuid::nil()), |subcontract| subcontract.id);
    let word = text(100);
    match what {
        0 => ContractAct::Propose { content: Some(word), reason: None, protection: Some(word) },
        1 => ContractAct::Propose { content: None, reason: Some(word), protection: None },
        2..=4 => ContractAct::Approve { note: None },
        5 => ContractAct::TurnDown { reason: word },
        6..=20 => ContractAct::TickClause { clause: choice(&profile.contract.clauses), page: word },
        21 => ContractAct::StrikeClause { clause: choice(&profile.contract.clauses) },
        22..=25 => {
            let confirmation = choice(&profile.contract.confirmations);
            ContractAct::Confirm { confirmation, evidence: word }
        }
        26..=29 => ContractAct::Activate {},
        30 => ask(what.is_multiple_of(2)),
        31 | 32 => ContractAct::ApproveSubcontract { request, note: None },
        33 => ContractAct::TurnDownSubcontract { request, reason: word },
        _ => ContractAct::End { on: day("2026-11-02"), reason: None },
    }
}

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(256))]

    /// Whatever people try: a contract is in force only with every clause, every confirmation and the approvals of
    /// people who did not ask for them; and what a page offers is what is decided.
    #[test]
    fn nothing_is_in_force_without_what_the_profile_asks_for(
        which in 0_usize..5,
        far in any::<bool>(),
        tries in prop::collection::vec((any::<Index>(), 0_u8..36, any::<Index>()), 0..150),
    ) {
        let profile = PROFILES[which].clone();
        let people = people(&profile);
        let mut case = Case::begin(profile.clone());
        // From nothing at all few tries come to an end.
        if far {
            case.tick_all();
            case.propose();
        }
        for (who, what, which) in &tries {
            let actor = who.get(&people);
            let act = act_of(*what, which, &case.contract, &profile);
            let offered = check(&case.contract, act.kind(), actor, &profile, case.today());
            let before = case.contract.clone();
            match case.act(actor, &act) {
                Ok(_) => prop_assert_eq!(offered, Ok(()), "not offered, yet done: {:?}", act),
                Err(_) => prop_assert_eq!(&case.contract, &before, "a refusal changes nothing"),
            }
            let contract = &case.contract;
            if before.state == ContractState::Draft && contract.state == ContractState::Active {
                prop_assert_eq!(missing_to_activate(contract, &profile), vec![]);
                for clause in &profile.contract.clauses {
                    prop_assert!(contract.clauses.contains_key(&clause.id));
                }
                for given in &contract.given {
                    prop_assert!(given.by != contract.drafted_by && Some(given.by) != contract.proposal.by);
                }
                prop_assert_eq!(contract.given.is_empty(), contract.gate(&profile).is_none());
            }
            for subcontract in &contract.subcontracts {
                if subcontract.state == RequestState::Granted {
                    prop_assert!(profile.contract.subcontract_forbidden.is_none());
                    prop_assert!(subcontract.given.iter().all(|given| given.by != subcontract.by));
                }
            }
        }
    }

    /// `evolve` takes any event on any contract.
    #[test]
    fn folding_is_total(order in prop::collection::vec(any::<Index>(), 0..60)) {
        let golden = events();
        let mut contract = None;
        for (index, number) in order.iter().zip(0..) {
            contract = evolve(CONTRACT, contract, &stamp(number, morning(), handler(1).id), index.get(&golden));
        }
        if let Some(contract) = contract {
            let json = serde_json::to_string(&contract).unwrap();
            prop_assert_eq!(serde_json::from_str::<Contract>(&json).unwrap(), contract);
        }
    }
}

/// The property above would hold of a world in which nothing comes in force.
#[test]
fn under_every_regulation_a_contract_can_come_in_force() {
    for profile in &*PROFILES {
        let mut case = Case::active(profile.clone());
        assert!(case.contract.in_force(case.today()), "{}", profile.id);
        case.now += minutes(1);
        let acts = open_acts(&case.contract, &case.officer(), profile, case.today());
        let ends = acts.iter().find(|(kind, _)| *kind == ContractActKind::End).unwrap();
        assert_eq!(ends.1, Ok(()));
    }
}

#[test]
fn where_the_regulation_is_silent_the_national_default_asks_and_is_cited_as_such() {
    let mut case = Case::begin(nagasaki());
    case.tick_all();
    let refusal = case.refused(&handler(1), &ContractAct::Activate {});
    for missing in missing(&refusal) {
        assert!(matches!(missing.source, Source::Default(_)), "{missing:?}");
    }
}

// ---------------------------------------------------------------------------------------------------- golden

const GOLDEN: &str = include_str!("golden_contract_events.jsonl");

/// What the golden lines mean, in their order.
fn events() -> Vec<ContractEvent> {
    let id = |number: u128| Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0000 + number);
    let (by, other, request) = (PersonId(id(1)), PersonId(id(2)), RequestId(id(3)));
    let officer = RoleId::from("protection-officer");
    vec![
        ContractEvent::Drafted {
            by,
            contractor: text(11),
            subject: text(12),
            from: day("2026-11-01"),
            to: Some(day("2027-03-31")),
            division: Some(DivisionId(id(4))),
        },
        ContractEvent::Drafted {
            by,
            contractor: text(11),
            subject: text(12),
            from: day("2026-11-01"),
            to: None,
            division: None,
        },
        ContractEvent::Proposed {
            by,
            content: Some(text(13)),
            reason: Some(text(14)),
            protection: Some(text(15)),
        },
        ContractEvent::Proposed { by, content: None, reason: None, protection: None },
        ContractEvent::Approved { by, role: officer.clone(), deputy_for: Some(other), note: Some(text(16)) },
        ContractEvent::Approved { by, role: officer.clone(), deputy_for: None, note: None },
        ContractEvent::TurnedDown { by, role: officer.clone(), reason: text(17) },
        ContractEvent::ClauseTicked { by, clause: "confidentiality".to_owned(), page: text(18) },
        ContractEvent::ClauseStruck { by, clause: "confidentiality".to_owned() },
        ContractEvent::Confirmed { by, confirmation: "inspection".to_owned(), evidence: text(19) },
        ContractEvent::ConfirmationStruck { by, confirmation: "inspection".to_owned() },
        ContractEvent::Activated { by },
        ContractEvent::MemorandumConcluded {
            by,
            memorandum: Memorandum {
                on: day("2026-11-02"),
                procedure: text(20),
                transport: text(21),
                route: text(22),
                storage: text(23),
                other: Some(text(24)),
            },
        },
        ContractEvent::SubcontractAsked {
            request,
            by,
            to: text(25),
            reason: text(26),
            checked: Some(text(27)),
        },
        ContractEvent::SubcontractApproved {
            request,
            by,
            role: officer.clone(),
            deputy_for: None,
            note: Some(text(28)),
        },
        ContractEvent::SubcontractGranted { request },
        ContractEvent::SubcontractTurnedDown { request, by, role: officer, reason: text(29) },
        ContractEvent::Ended { by, on: day("2027-03-31"), reason: Some(text(30)) },
        ContractEvent::Ended { by, on: day("2027-03-31"), reason: None },
    ]
}

#[test]
fn events_are_read_and_written_as_ever() {
    crate::golden::check(GOLDEN, &events(), ContractEvent::kind, ContractEvent::texts);
    crate::golden::every_kind(include_str!("../../src/contract.rs"), GOLDEN);
    assert_eq!(SUBJECT_KIND, "contract");
}

#[test]
fn codes_name_what_they_are_the_codes_of() {
    for state in ContractState::ALL {
        assert_eq!(ContractState::from_code(state.code()), Some(state));
        assert_eq!(serde_json::to_value(state).unwrap(), state.code());
        assert_ne!(state.name(Lang::Ja), state.name(Lang::En));
    }
    for kind in ContractActKind::ALL {
        assert_eq!(ContractActKind::from_code(kind.code()), Some(kind));
        assert_ne!(kind.name(Lang::Ja), kind.name(Lang::En));
    }
}
