//! Who must approve, and whose approval counts.

use hokan_domain::{
    approval::Given,
    carry_out::{CarryOutAct, CarryOutEvent, CarryOutState, missing_roles, needed, needs},
    event::Event,
    ids::{DivisionId, PersonId},
    item::{Item, ItemKind},
    person::{Part, Person, RoleHeld},
    profile::{Approvers, Condition, Gated, Profile},
    refusal::Reason,
};

use super::town::{
    DATA, ENDO, HARA, HEALTH, KATO, MANUAL, MORI, OFFICER, OTA, SYSTEM, TAPE, TAX, Town, USB, approve,
    by_hand, clause, deputy, gate, gated, listed, person, plan, request, two_officers, who,
};
use crate::register::{SATO, SUZUKI, TANAKA, text};

fn approved(by: PersonId, role: &str, divisions: &[DivisionId]) -> CarryOutEvent {
    let divisions = divisions.to_vec();
    CarryOutEvent::Approved { by, role: role.into(), deputy_for: None, divisions, note: None }
}

fn asked(profile: Profile) -> Town {
    let mut town = Town::with(profile);
    town.done(SATO, &request(plan(&[USB])));
    town
}

/// A medium leaves only with the consent of both officers, in whichever order they give it.
///
/// req: NG-037
#[test]
fn a_medium_needs_both_officers() {
    for (first, second) in [(MORI, HARA), (HARA, MORI)] {
        let mut town = asked(two_officers());
        let missing = town.missing(&by_hand());
        assert_eq!(listed(&missing), [("approval", DATA, None), ("approval", SYSTEM, None)]);
        assert!(missing.iter().all(|missing| missing.source == clause("第11条第3項")));
        assert_eq!(town.done(first, &approve()).carry_out.len(), 1, "one of two is not enough");
        assert_eq!(town.state(), CarryOutState::Requested);
        assert_eq!(town.missing(&by_hand()).len(), 1);
        assert_eq!(town.done(second, &approve()).carry_out[1..], [CarryOutEvent::Granted {}]);
        assert_eq!(town.state(), CarryOutState::Granted);
        town.done(SATO, &by_hand());
    }
}

/// A document leaves with the permission of the system's officer alone.
///
/// req: NG-044
#[test]
fn a_document_needs_the_systems_officer_alone() {
    let mut town = Town::with(two_officers());
    town.add(MANUAL, ItemKind::SystemDocument, None);
    town.done(SATO, &request(plan(&[MANUAL])));
    let missing = town.missing(&by_hand());
    assert_eq!(listed(&missing), [("approval", SYSTEM, None)]);
    assert_eq!(missing[0].source, clause("第12条第2項"));
    let refusal = town.refused(MORI, &approve());
    let roles = town.profile.role_names(&[SYSTEM.into()]);
    assert_eq!(refusal.reason, Reason::NotApprover { roles });
    assert_eq!(refusal.source, clause("第12条第2項"), "who may approve is the regulation's word");
    let decided = town.done(HARA, &approve());
    assert_eq!(decided.carry_out, [approved(HARA, SYSTEM, &[]), CarryOutEvent::Granted {}]);
}

/// What needs different approvals goes together only with all of them; one approval serves every gate that
/// asks for its role.
///
/// req: NG-037 NG-044
#[test]
fn items_of_several_kinds_need_the_approvals_of_all_of_them() {
    let mut town = Town::with(two_officers());
    town.add(MANUAL, ItemKind::SystemDocument, None);
    town.done(SATO, &request(plan(&[MANUAL, USB])));
    let items: Vec<Item> = town.items.values().cloned().collect();
    assert_eq!(needed(&plan(&[MANUAL, USB]), &items, &town.profile).len(), 2);
    assert_eq!(needed(&plan(&[TAPE, USB]), &items, &town.profile).len(), 1, "each gate once");
    assert_eq!(listed(&town.missing(&by_hand())), [("approval", SYSTEM, None), ("approval", DATA, None)]);
    town.done(HARA, &approve());
    assert_eq!(town.state(), CarryOutState::Requested);
    town.done(MORI, &approve());
    assert_eq!(town.state(), CarryOutState::Granted);
}

/// Either of two officers is enough, and while none has approved that is one thing that is missing.
///
/// req: YB-032
#[test]
fn either_of_two_officers_is_enough() {
    for officer in [MORI, HARA] {
        let mut town = asked(gated(Approvers::Any(vec![DATA.into(), SYSTEM.into()])));
        let missing = town.missing(&by_hand());
        assert_eq!(listed(&missing), [("approval", "data-manager,system-manager", None)]);
        assert_eq!(missing[0].name.ja, "data-manager（和）又はsystem-manager（和）の承認");
        assert_eq!(missing[0].name.en, "approval by data-manager (en) or system-manager (en)");
        town.done(officer, &approve());
        assert_eq!(town.state(), CarryOutState::Granted);
        let late = if officer == MORI { HARA } else { MORI };
        assert_eq!(town.refused(late, &approve()).reason, Reason::RequestSettled, "nothing is open any more");
    }
}

/// Where each division has its own officer, that of every division must approve.
///
/// req: NI-010
#[test]
fn items_of_two_divisions_need_the_officers_of_both() {
    let mut town = Town::with(gated(Approvers::One(OFFICER.into())));
    town.write(TAPE, Event::Assigned { by: SATO, division: Some(HEALTH) });
    town.done(SATO, &request(plan(&[USB, TAPE])));
    let missing = town.missing(&by_hand());
    assert_eq!(listed(&missing), [("approval", OFFICER, Some(USB)), ("approval", OFFICER, Some(TAPE))]);
    let decided = town.done(KATO, &approve());
    assert_eq!(decided.carry_out, [approved(KATO, OFFICER, &[TAX])]);
    assert_eq!(listed(&town.missing(&by_hand())), [("approval", OFFICER, Some(TAPE))]);
    let second = person(TANAKA, &[Part::Approver], &[(OFFICER, Some(TAX))]);
    let refusal = town.refused_as(&second, &approve());
    assert!(matches!(refusal.reason, Reason::NotApprover { .. }), "another officer of the same division");
    assert_eq!(town.done(ENDO, &approve()).carry_out[1..], [CarryOutEvent::Granted {}]);

    // Whoever is the officer of both approves for both.
    let mut town = Town::with(gated(Approvers::One(OFFICER.into())));
    town.write(TAPE, Event::Assigned { by: SATO, division: Some(HEALTH) });
    town.done(SATO, &request(plan(&[USB, TAPE])));
    let both = person(KATO, &[Part::Approver], &[(OFFICER, Some(TAX)), (OFFICER, Some(HEALTH))]);
    let decided = town.done_as(&both, &approve());
    assert_eq!(decided.carry_out, [approved(KATO, OFFICER, &[TAX, HEALTH]), CarryOutEvent::Granted {}]);
}

/// An item that goes to another division after the approval needs the officer of that.
#[test]
fn an_approval_does_not_follow_an_item_into_another_division() {
    let mut town = asked(gated(Approvers::One(OFFICER.into())));
    town.done(KATO, &approve());
    town.write(USB, Event::Assigned { by: SATO, division: Some(HEALTH) });
    assert_eq!(listed(&town.missing(&by_hand())), [("approval", OFFICER, Some(USB))]);
    let decided = town.done(ENDO, &approve());
    assert_eq!(decided.carry_out, [approved(ENDO, OFFICER, &[HEALTH])], "it is granted already");
    town.done(SATO, &by_hand());
}

/// req: NG-037
#[test]
fn own_request() {
    let mut town = asked(two_officers());
    let both = person(SATO, &[Part::Handler, Part::Approver], &[(DATA, None), (SYSTEM, None)]);
    assert_eq!(town.refused_as(&both, &approve()).reason, Reason::OwnRequest);
    // Nor does anybody in his place.
    let refusal = town.refused_as(&deputy(TANAKA, DATA, SATO), &approve());
    assert!(matches!(refusal.reason, Reason::NotApprover { .. }));
}

/// Two roles are two people, even where one person holds both or stands in for the other.
#[test]
fn already_approved() {
    let both = person(MORI, &[Part::Approver], &[(DATA, None), (SYSTEM, None)]);
    let mut town = asked(two_officers());
    town.done_as(&both, &approve());
    assert_eq!(town.refused_as(&both, &approve()).reason, Reason::AlreadyApproved);
    let refusal = town.refused_as(&deputy(TANAKA, SYSTEM, MORI), &approve());
    assert!(matches!(refusal.reason, Reason::NotApprover { .. }), "the deputy of one who approved");
    assert_eq!(listed(&town.missing(&by_hand())), [("approval", SYSTEM, None)]);

    let mut town = asked(two_officers());
    let stand_in = deputy(TANAKA, DATA, MORI);
    let decided = town.done_as(&stand_in, &approve());
    let given = CarryOutEvent::Approved {
        by: TANAKA,
        role: DATA.into(),
        deputy_for: Some(MORI),
        divisions: Vec::new(),
        note: None,
    };
    assert_eq!(decided.carry_out, [given]);
    assert_eq!(town.refused_as(&both, &approve()).reason, Reason::AlreadyApproved, "he has spoken");
    let other = deputy(SUZUKI, SYSTEM, MORI);
    assert!(matches!(town.refused_as(&other, &approve()).reason, Reason::NotApprover { .. }));
    town.done(HARA, &approve());
    assert_eq!(town.state(), CarryOutState::Granted);
}

/// Whatever a timeline says: an approval by the requester, or a second one by the same person, opens nothing.
#[test]
fn approvals_that_could_not_be_given_do_not_count() {
    let mut town = asked(two_officers());
    let both = [approved(SATO, DATA, &[]), approved(SATO, SYSTEM, &[])];
    let twice = [approved(MORI, DATA, &[]), approved(MORI, SYSTEM, &[])];
    for (events, still) in [(both, vec![DATA, SYSTEM]), (twice, vec![SYSTEM])] {
        let mut town = town.clone();
        let decided = hokan_domain::carry_out::Decided { carry_out: events.to_vec(), ..Default::default() };
        town.take(SATO, &decided);
        let missing = town.missing(&by_hand());
        let roles: Vec<_> = missing.iter().map(|missing| missing.which.as_str()).collect();
        assert_eq!(roles, still);
    }
    assert_eq!(town.missing(&by_hand()).len(), 2);
}

/// Whoever holds several of the roles speaks in the one with which he settles most, or the one that he names.
#[test]
fn an_approver_of_several_roles_chooses_or_settles_most() {
    let either = Approvers::Any(vec![DATA.into(), SYSTEM.into()]);
    let mut profile = gated(either);
    let bulk = Condition { records_at_least: Some(1000), ..Condition::default() };
    profile.gates.push(gate(Gated::Bulk, Approvers::One(SYSTEM.into()), bulk, "第30条"));
    let both = person(MORI, &[Part::Approver], &[(DATA, None), (SYSTEM, None)]);
    let mut town = asked(profile.clone());
    let decided = town.done_as(&both, &approve());
    assert_eq!(decided.carry_out, [approved(MORI, SYSTEM, &[]), CarryOutEvent::Granted {}]);
    let mut town = asked(profile);
    let act = CarryOutAct::Approve { role: Some(DATA.into()), note: Some(text(60)) };
    town.done_as(&both, &act);
    assert_eq!(town.state(), CarryOutState::Requested);
    assert_eq!(town.carry_out.as_ref().unwrap().consents[0].note, Some(text(60)));
    let act = CarryOutAct::Approve { role: Some(DATA.into()), note: None };
    assert!(matches!(town.refused(HARA, &act).reason, Reason::NotApprover { .. }), "not his to name");
}

/// The records of all items together count as many, though none of them alone does.
///
/// req: NG-029
#[test]
fn many_records_together_need_the_approval_for_many() {
    let mut profile = gated(Approvers::One(DATA.into()));
    let bulk = Condition { records_at_least: Some(1230), ..Condition::default() };
    profile.gates.push(gate(Gated::Bulk, Approvers::One(SYSTEM.into()), bulk, "第30条"));
    let mut alone = Town::with(profile.clone());
    alone.done(SATO, &request(plan(&[USB])));
    assert_eq!(listed(&alone.missing(&by_hand())), [("approval", DATA, None)]);
    let mut together = Town::with(profile);
    together.done(SATO, &request(plan(&[USB, TAPE])));
    let missing = together.missing(&by_hand());
    assert_eq!(listed(&missing), [("approval", DATA, None), ("approval", SYSTEM, None)]);
    assert_eq!(missing[1].source, clause("第30条"));
    together.done(MORI, &approve());
    assert_eq!(together.state(), CarryOutState::Requested);
    together.done(HARA, &approve());
    together.done(SATO, &by_hand());
    // What grows over the threshold after the approval needs it all the same.
    alone.done(MORI, &approve());
    alone.record(USB, Some(30));
    assert_eq!(listed(&alone.missing(&by_hand())), [("approval", SYSTEM, None)]);
    alone.done(HARA, &approve());
    alone.done(SATO, &by_hand());
}

/// Approvals can become enough without anybody approving, as when data is erased meanwhile.
#[test]
fn what_needs_no_more_approval_departs() {
    let mut profile = gated(Approvers::One(DATA.into()));
    let bulk = Condition { records_at_least: Some(1200), ..Condition::default() };
    profile.gates = vec![gate(Gated::Bulk, Approvers::One(SYSTEM.into()), bulk, "第30条")];
    let mut town = asked(profile);
    town.profile.gates[0].when.records_at_least = Some(5000);
    assert_eq!(town.refused(HARA, &approve()).reason, Reason::RequestSettled);
    let decided = town.done(SATO, &by_hand());
    assert_eq!(decided.carry_out[0], CarryOutEvent::Granted {});
    assert!(matches!(decided.carry_out[1], CarryOutEvent::Departed { .. }));
    assert_eq!(town.state(), CarryOutState::Departed);
}

#[test]
fn a_suspended_officer_and_one_without_the_role_approve_nothing() {
    let mut town = asked(two_officers());
    let suspended = Person { active: false, ..who(MORI) };
    for actor in [suspended, who(OTA), who(SUZUKI)] {
        let refusal = town.refused_as(&actor, &approve());
        let roles = town.profile.role_names(&[DATA.into(), SYSTEM.into()]);
        assert_eq!(refusal.reason, Reason::NotApprover { roles });
    }
}

/// A role of the whole body beside one of each division: the first approves once for all.
#[test]
fn a_role_of_the_whole_body_counts_for_every_division() {
    let mut town = Town::with(gated(Approvers::All(vec![OFFICER.into(), SYSTEM.into()])));
    town.write(TAPE, Event::Assigned { by: SATO, division: Some(HEALTH) });
    town.done(SATO, &request(plan(&[USB, TAPE])));
    let items: Vec<Item> = town.items.values().cloned().collect();
    let profile = town.profile.clone();
    let needs = needs(&plan(&[USB, TAPE]), &items, &profile);
    assert_eq!(needs.iter().map(|need| need.division).collect::<Vec<_>>(), [Some(TAX), Some(HEALTH)]);
    let missing = town.missing(&by_hand());
    let officers = [("approval", OFFICER, Some(USB)), ("approval", OFFICER, Some(TAPE))];
    assert_eq!(listed(&missing), [officers[0], ("approval", SYSTEM, None), officers[1]]);
    for officer in [HARA, KATO, ENDO] {
        town.done(officer, &approve());
    }
    assert_eq!(town.state(), CarryOutState::Granted);
    for need in &needs {
        assert_eq!(missing_roles(need, town.carry_out.as_ref(), &town.profile), []);
        assert_eq!(missing_roles(need, None, &town.profile).len(), 2);
    }
}

/// What is under no division is for no division's officer, so that nobody chooses who approves; the top role decides,
/// or whoever holds the role for the whole body. Whoever approves for a division said nothing of it.
///
/// req: NI-010
#[test]
fn no_divisions_officer_approves_for_an_item_of_no_division() {
    let undivided = |top: bool| {
        let mut profile = gated(Approvers::One(OFFICER.into()));
        for role in profile.roles.iter_mut().filter(|role| role.id.0 == SYSTEM) {
            role.top = top;
        }
        let mut town = Town::with(profile);
        town.write(USB, Event::Assigned { by: SATO, division: None });
        town.done(SATO, &request(plan(&[TAPE, USB])));
        town
    };
    let mut town = undivided(true);
    assert_eq!(listed(&town.missing(&by_hand())).len(), 2);
    town.done(KATO, &approve());
    assert_eq!(listed(&town.missing(&by_hand())), [("approval", OFFICER, None)]);
    let refusal = town.refused(ENDO, &approve());
    let names = |role: &str| town.profile.role_names(&[role.into()]);
    assert_eq!(refusal.reason, Reason::UnderNoDivision { role: names(OFFICER), top: names(SYSTEM) });
    let decided = town.done(HARA, &approve());
    assert_eq!(decided.carry_out, [approved(HARA, SYSTEM, &[]), CarryOutEvent::Granted {}]);

    let mut town = undivided(false);
    let refusal = town.refused(ENDO, &approve());
    assert!(matches!(refusal.reason, Reason::NotApprover { .. }), "the tape is of another division");
    let whole = person(TANAKA, &[Part::Approver], &[(OFFICER, None)]);
    town.done(KATO, &approve());
    town.done_as(&whole, &approve());
    assert_eq!(town.state(), CarryOutState::Granted);
}

#[test]
fn who_approved_is_kept_with_role_and_moment() {
    let mut town = asked(two_officers());
    let at = town.now;
    town.done(MORI, &approve());
    let given = Given { by: MORI, role: DATA.into(), deputy_for: None, at };
    assert_eq!(town.carry_out.as_ref().unwrap().consents[0].given, given);
    // A person of many parts is judged by the role that he holds now.
    let held = RoleHeld { role: SYSTEM.into(), division: Some(TAX), deputy_for: None };
    let odd = Person { id: HARA, active: true, parts: [Part::Handler].into(), roles: [held].into() };
    town.done_as(&odd, &approve());
    assert_eq!(town.state(), CarryOutState::Granted);
}
