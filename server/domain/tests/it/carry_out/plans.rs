//! What can be asked for, and how a request is changed, taken back, turned down or lapses.

use chrono::TimeDelta;
use hokan_domain::{
    carry_out::{CarryOutAct, CarryOutActKind, CarryOutEvent, CarryOutState, Plan, lapse, open_acts},
    event::Event,
    ids::ContractId,
    item::Custody,
    person::{Part, Person},
    profile::{Approvers, Channel, Direction, Measure},
    refusal::{ProductRule, Reason, Source},
    text::Lang,
};
use uuid::Uuid;

use super::town::{
    CARRY_OUT, HARA, MORI, OTA, OTHER, SYSTEM, TAPE, Town, USB, amend, approve, by_hand, clause, day,
    exempting, gated, grounded, listed, person, plan, reason_in_stead, request, silent, who,
};
use crate::register::{SATO, SUZUKI, text};

fn asked(plan: Plan) -> Town {
    let mut town = Town::with(gated(Approvers::One(SYSTEM.into())));
    town.done(SATO, &request(plan));
    town
}

fn granted(plan: Plan) -> Town {
    let mut town = asked(plan);
    town.done(HARA, &approve());
    town
}

#[test]
fn a_request_names_every_item_once_and_waits_for_approval() {
    let mut town = Town::with(gated(Approvers::One(SYSTEM.into())));
    let decided = town.done(SATO, &request(plan(&[USB, TAPE, USB])));
    let once = Box::new(plan(&[USB, TAPE]));
    assert_eq!(decided.carry_out, [CarryOutEvent::Requested { by: SATO, plan: once }]);
    assert!(decided.items.is_empty() && decided.container.is_empty());
    assert_eq!(town.state(), CarryOutState::Requested);
}

#[test]
fn what_nobody_needs_to_approve_is_granted_at_once() {
    let mut town = Town::with(silent());
    let decided = town.done(SATO, &request(plan(&[USB])));
    assert_eq!(decided.carry_out.last(), Some(&CarryOutEvent::Granted {}));
    assert_eq!(town.state(), CarryOutState::Granted);
}

/// req: NG-028
#[test]
fn not_designated() {
    let everything_else: Vec<_> = Part::ALL.into_iter().filter(|part| *part != Part::Handler).collect();
    let suspended = Person { active: false, ..who(SATO) };
    for actor in [person(SATO, &everything_else, &[]), suspended] {
        let mut town = Town::with(silent());
        let refusal = town.refused_as(&actor, &request(plan(&[USB])));
        assert_eq!(refusal.reason, Reason::NotDesignated);
        town.done(SATO, &request(plan(&[USB])));
        assert_eq!(town.refused_as(&actor, &by_hand()).reason, Reason::NotDesignated);
    }
}

/// Nothing leaves for a reason that the regulation does not know.
///
/// req: NI-043 NI-044 NI-045
#[test]
fn ground_not_permitted() {
    let mut town = Town::with(grounded(&[]));
    for ground in [None, Some("curiosity".to_owned())] {
        let refusal = town.refused(SATO, &request(Plan { ground, ..plan(&[USB]) }));
        assert_eq!(refusal.reason, Reason::GroundNotPermitted);
        assert_eq!(refusal.source, clause("第19条"), "the clause that permits nothing else");
    }
    let ground = Some("contractor".to_owned());
    town.done(SATO, &request(Plan { ground, ..plan(&[USB]) }));
}

/// Where the regulation lists no grounds, none can be made up: the ledger holds no free text.
#[test]
fn a_ground_is_one_of_a_list() {
    let mut town = Town::with(silent());
    let refusal = town.refused(SATO, &request(Plan { ground: Some("x".to_owned()), ..plan(&[USB]) }));
    assert_eq!(refusal.reason, Reason::GroundNotPermitted);
    assert_eq!(refusal.source, Source::Product(ProductRule::StepOrder));
    for legal_ground in ["税務署の求め", "第号", "111111111111111111111"] {
        let refused = town
            .refused(SATO, &request(Plan { legal_ground: Some(legal_ground.to_owned()), ..plan(&[USB]) }));
        let Reason::NotReady { missing } = refused.reason else { panic!("{refused:?}") };
        assert_eq!(listed(&missing), [("field", "legal-ground", None)]);
    }
    for legal_ground in ["9", "第9号", "第19条第9号", "16-2"] {
        let mut town = town.clone();
        town.done(SATO, &request(Plan { legal_ground: Some(legal_ground.to_owned()), ..plan(&[USB]) }));
    }
}

/// A movement that the regulation exempts is recorded and needs neither approval nor ground, fields or
/// protection. What leaves the building is none, whatever it is called.
///
/// req: NI-046
#[test]
fn an_exempt_movement_is_granted_at_once() {
    let exempt = Plan {
        exempt: Some("network-to-system".to_owned()),
        direction: Direction::Inside,
        counterparty: None,
        ..plan(&[USB])
    };
    let mut town = Town::with(exempting());
    for wrong in [
        Plan { direction: Direction::Outside, ..exempt.clone() },
        Plan { direction: Direction::Inbound, ..exempt.clone() },
        Plan { exempt: Some("home".to_owned()), ..exempt.clone() },
    ] {
        let refusal = town.refused(SATO, &request(wrong));
        assert_eq!(refusal.reason, Reason::GroundNotPermitted);
        assert_eq!(refusal.source, clause("第19条"));
    }
    town.done(SATO, &request(exempt));
    assert_eq!(town.state(), CarryOutState::Granted);
    town.done(SATO, &by_hand());
    assert_eq!(town.custody(USB), Custody::Out { carry_out: Some(CARRY_OUT), by: SATO });
}

#[test]
fn a_channel_that_the_regulation_does_not_know_is_refused() {
    let mut profile = silent();
    profile.carry_out.channels = vec![Channel::Hand];
    let mut town = Town::with(profile);
    let refusal = town.refused(SATO, &request(Plan { channel: Channel::Post, ..plan(&[USB]) }));
    let Reason::NotReady { missing } = &refusal.reason else { panic!("{refusal:?}") };
    assert_eq!(listed(missing), [("field", "channel", None)]);
    assert_eq!(refusal.source, clause("第19条"));
}

#[test]
fn only_what_is_there_can_be_asked_for() {
    let mut town = Town::with(silent());
    let refused = |town: &Town| town.clone().refused(SATO, &request(plan(&[USB]))).reason;

    let mut gone = town.clone();
    gone.write(USB, Event::Delivered { carry_out: OTHER, by: SATO });
    assert_eq!(refused(&gone), Reason::ItemGone { custody: Custody::Delivered { carry_out: OTHER } });

    let mut out = town.clone();
    out.write(USB, Event::Departed { carry_out: Some(OTHER), by: SATO, container: None });
    assert_eq!(refused(&out), Reason::ItemOut);

    let mut elsewhere = town.clone();
    elsewhere.elsewhere = vec![USB];
    assert_eq!(refused(&elsewhere), Reason::OnOtherCarryOut { item: USB });

    let mut lost = town.clone();
    lost.write(USB, Event::LostReported { by: SATO, incident: None, note: None });
    let Reason::NotReady { missing } = refused(&lost) else { panic!("lost") };
    assert_eq!(listed(&missing), [("packed", "found", Some(USB))]);

    let mut unknown = town.clone();
    unknown.items.remove(&USB);
    let Reason::NotReady { missing } = refused(&unknown) else { panic!("unknown") };
    assert_eq!(listed(&missing), [("packed", "known", Some(USB))]);

    let Reason::NotReady { missing } = town.refused(SATO, &request(plan(&[]))).reason else {
        panic!("nothing")
    };
    assert_eq!(listed(&missing), [("packed", "items", None)]);
}

/// The same is not asked for twice, and nothing can be done with what was never asked for.
#[test]
fn carry_out_elsewhere() {
    let mut town = asked(plan(&[USB]));
    let state = CarryOutState::Requested.name();
    assert_eq!(town.refused(SATO, &request(plan(&[USB]))).reason, Reason::CarryOutElsewhere { state });
    let nothing = Town::with(silent());
    for (kind, open) in nothing.ask(&who(SATO), Some(&plan(&[USB])), open_acts) {
        let expected = (kind != CarryOutActKind::Request).then_some(Reason::RequestSettled);
        assert_eq!(open.err().map(|refusal| refusal.reason), expected, "{}", kind.code());
    }
}

#[test]
fn only_the_requester_amends_and_withdraws() {
    let mut town = asked(plan(&[USB]));
    assert_eq!(town.refused(SUZUKI, &amend(plan(&[USB]))).reason, Reason::NotRequester { by: SATO });
    assert_eq!(town.refused(SUZUKI, &CarryOutAct::Withdraw).reason, Reason::NotRequester { by: SATO });
    let decided = town.done(SATO, &CarryOutAct::Withdraw);
    assert_eq!(decided.carry_out, [CarryOutEvent::Withdrawn { by: SATO }]);
    assert_eq!(town.state(), CarryOutState::Withdrawn);
    assert_eq!(town.refused(HARA, &approve()).reason, Reason::RequestSettled);
    let state = CarryOutState::Withdrawn.name();
    for act in [amend(plan(&[USB])), by_hand(), CarryOutAct::Withdraw, CarryOutAct::Close] {
        assert_eq!(town.refused(SATO, &act).reason, Reason::CarryOutElsewhere { state: state.clone() });
    }
}

/// What decides whether it may leave, and what the approvers saw of how it travels, cannot be changed behind
/// their backs.
#[test]
fn an_amendment_after_approval_voids_the_approvals() {
    let before = Plan { container: None, ..plan(&[USB]) };
    let changes: [(&str, Plan); 21] = [
        ("items", plan(&[USB, TAPE])),
        ("ground", Plan { ground: Some("contractor".to_owned()), ..before.clone() }),
        ("counterparty", Plan { counterparty: Some(text(90)), ..before.clone() }),
        ("no counterparty", Plan { counterparty: None, ..before.clone() }),
        ("contract", Plan { contract: Some(ContractId(Uuid::from_u128(7))), ..before.clone() }),
        ("legal ground", Plan { legal_ground: Some("8".to_owned()), ..before.clone() }),
        ("direction", Plan { direction: Direction::Inbound, ..before.clone() }),
        ("channel", Plan { channel: Channel::Post, ..before.clone() }),
        ("destination", Plan { destination: Some(text(90)), ..before.clone() }),
        ("for good", Plan { for_good: true, ..before.clone() }),
        ("due back later", Plan { due_back: Some(day("2026-11-21")), ..before.clone() }),
        ("never due back", Plan { due_back: None, ..before.clone() }),
        ("transport", Plan { transport: Some(text(90)), ..before.clone() }),
        ("route", Plan { route: Some(text(90)), ..before.clone() }),
        ("packaging", Plan { packaging: Some(text(90)), ..before.clone() }),
        ("no packaging", Plan { packaging: None, ..before.clone() }),
        ("no tracking", Plan { tracking: None, ..before.clone() }),
        ("not sealed", Plan { sealed: false, ..before.clone() }),
        ("not masked", Plan { masked: false, ..before.clone() }),
        ("an excuse", Plan { instead: vec![reason_in_stead(Measure::Encryption)], ..before.clone() }),
        ("no container", before.clone()),
    ];
    for (what, after) in changes {
        let first = match what {
            "no container" => Plan { container: Some(super::town::CASE), ..before.clone() },
            _ => before.clone(),
        };
        let mut town = granted(first);
        town.profile.carry_out.grounds = grounded(&[]).carry_out.grounds;
        let decided = town.done(SATO, &amend(after.clone()));
        let amended = CarryOutEvent::Amended { by: SATO, plan: Box::new(after) };
        assert_eq!(decided.carry_out, [amended, CarryOutEvent::ApprovalsVoided {}], "{what}");
        assert_eq!(town.state(), CarryOutState::Requested, "{what}");
        assert_eq!(town.carry_out.as_ref().unwrap().consents, [], "{what}");
        // And who approved may do so again.
        town.done(HARA, &approve());
        assert_eq!(town.state(), CarryOutState::Granted, "{what}");
    }
}

#[test]
fn filling_in_how_it_travels_leaves_the_approvals_as_they_are() {
    let bare = Plan {
        transport: None,
        tracking: None,
        route: None,
        due_back: Some(day("2026-11-20")),
        packaging: None,
        sealed: false,
        masked: false,
        ..plan(&[USB, TAPE])
    };
    let mut town = granted(bare);
    let filled =
        Plan { container: Some(super::town::CASE), due_back: Some(day("2026-11-19")), ..plan(&[TAPE, USB]) };
    let decided = town.done(SATO, &amend(filled.clone()));
    assert_eq!(decided.carry_out, [CarryOutEvent::Amended { by: SATO, plan: Box::new(filled.clone()) }]);
    assert_eq!(town.state(), CarryOutState::Granted);
    let corrected = Plan { tracking: Some(text(91)), ..filled };
    assert_eq!(town.done(SATO, &amend(corrected)).carry_out.len(), 1, "a number with a typing error");
}

/// Where nobody needs to approve, an amended plan is granted at once as the first one was; an exemption that
/// is given up is none any more.
#[test]
fn an_amended_plan_is_judged_as_a_new_one() {
    let mut town = Town::with(silent());
    town.done(SATO, &request(plan(&[USB])));
    let decided = town.done(SATO, &amend(plan(&[USB, TAPE])));
    assert_eq!(decided.carry_out[1..], [CarryOutEvent::ApprovalsVoided {}, CarryOutEvent::Granted {}]);
    assert_eq!(town.state(), CarryOutState::Granted);

    let mut town = Town::with(exempting());
    town.profile.carry_out.ground_required = None;
    let inside = Plan { direction: Direction::Inside, ..plan(&[USB]) };
    town.done(SATO, &request(Plan { exempt: Some("network-to-system".to_owned()), ..inside.clone() }));
    town.done(SATO, &amend(inside));
    assert_eq!(town.state(), CarryOutState::Requested);
    let refusal = town.refused(SATO, &amend(Plan { ground: Some("x".to_owned()), ..plan(&[USB]) }));
    assert_eq!(refusal.reason, Reason::GroundNotPermitted, "an amendment is held to what a request is");
}

/// An officer can stop it until it leaves, even after he approved.
#[test]
fn whoever_can_approve_can_turn_down() {
    for mut town in [asked(plan(&[USB])), granted(plan(&[USB]))] {
        let act = CarryOutAct::TurnDown { reason: text(50) };
        for other in [MORI, OTA, SUZUKI] {
            let refusal = town.refused(other, &act);
            assert!(matches!(refusal.reason, Reason::NotApprover { .. }));
            assert_eq!(refusal.source, clause("第11条第3項"));
        }
        assert_eq!(town.refused(SATO, &act).reason, Reason::OwnRequest);
        let decided = town.done(HARA, &act);
        let down = CarryOutEvent::TurnedDown { by: HARA, role: SYSTEM.into(), reason: text(50) };
        assert_eq!(decided.carry_out, [down]);
        assert_eq!(town.state(), CarryOutState::TurnedDown);
        let ended = town.carry_out.as_ref().unwrap().ended.unwrap();
        assert_eq!((ended.by, ended.text), (Some(HARA), Some(text(50))));
        assert_eq!(town.refused(HARA, &act).reason, Reason::RequestSettled);
    }
}

#[test]
fn an_approval_that_is_not_used_in_time_lapses() {
    let mut town = granted(plan(&[USB]));
    let carry_out = town.carry_out.clone().unwrap();
    let last = carry_out.lapses_at(&town.profile).unwrap();
    assert_eq!(last, carry_out.granted_at.unwrap() + TimeDelta::days(30));
    town.now = last - TimeDelta::milliseconds(1);
    assert_eq!(lapse(&carry_out, &town.profile, town.now), None);
    town.profile.carry_out.fields.clear();
    town.clone().done(SATO, &by_hand());

    town.now = last;
    assert_eq!(town.state(), CarryOutState::Lapsed, "whether or not that was recorded");
    let state = CarryOutState::Lapsed.name();
    assert_eq!(town.refused(SATO, &by_hand()).reason, Reason::CarryOutElsewhere { state });
    assert_eq!(town.refused(HARA, &approve()).reason, Reason::RequestSettled);
    let lapsed = lapse(&carry_out, &town.profile, town.now).unwrap();
    let decided = hokan_domain::carry_out::Decided { carry_out: vec![lapsed], ..Default::default() };
    town.take(SATO, &decided);
    assert_eq!(town.carry_out.as_ref().unwrap().state, CarryOutState::Lapsed);
    assert_eq!(lapse(town.carry_out.as_ref().unwrap(), &town.profile, town.now), None, "it lapses once");
    // A request that nobody answered waits on.
    let mut waiting = asked(plan(&[USB]));
    waiting.now += TimeDelta::days(365);
    assert_eq!(waiting.state(), CarryOutState::Requested);
}

#[test]
fn states_and_acts_have_stable_words_and_names() {
    for state in CarryOutState::ALL {
        assert_eq!(CarryOutState::from_code(state.code()), Some(state));
        assert_eq!(serde_json::to_value(state).unwrap(), state.code());
        assert_ne!(state.name().ja, state.name().en);
    }
    for kind in CarryOutActKind::ALL {
        assert_eq!(CarryOutActKind::from_code(kind.code()), Some(kind));
        assert_ne!(kind.name(Lang::Ja), kind.name(Lang::En));
    }
    assert_eq!(CarryOutState::from_code("gone"), None);
    assert_eq!(CarryOutActKind::from_code("steal"), None);
}

#[test]
fn on_other_carry_out() {
    let mut town = Town::with(silent());
    town.elsewhere = vec![USB];
    let refused = town.refused(SATO, &request(plan(&[USB]))).reason;
    assert_eq!(refused, Reason::OnOtherCarryOut { item: USB });
}
