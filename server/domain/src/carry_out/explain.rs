//! What is done and what is still to be done with a carry-out, ready for a page.

use chrono::{DateTime, Utc};

use super::{
    CarryOut, CarryOutActKind, CarryOutState, Consent, Ended, Situation, approvals::given_for, check,
    lacking, missing_roles, needs,
};
use crate::{
    ids::{DivisionId, ItemId, PersonId},
    profile::Bilingual,
    refusal::{Missing, Refusal, Source},
};

/// Where a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// It is done.
    Done,
    /// It is what comes next.
    Next,
    /// Something else comes first.
    Later,
    /// It will not be: the carry-out ended before, or goes another way.
    Never,
}

/// A step of a carry-out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The act that takes it.
    pub kind: CarryOutActKind,
    /// Where it stands.
    pub stage: Stage,
    /// Who took it, where it is done and one person took it.
    pub by: Option<PersonId>,
    /// When.
    pub at: Option<DateTime<Utc>>,
    /// Who must approve: for the step of approval, and none for the others.
    pub approvals: Vec<Asked>,
    /// What is missing before it can be taken, as the decision lists it.
    pub missing: Vec<Missing>,
    /// Whether this person may take it now.
    pub open: Result<(), Refusal>,
}

/// An approval that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The roles, as people call them.
    pub roles: Vec<Bilingual>,
    /// Whether all of them must approve, rather than one.
    pub all: bool,
    /// The division whose officers must.
    pub division: Option<DivisionId>,
    /// The first item for which it is asked.
    pub item: ItemId,
    /// The approvals that count for it.
    pub given: Vec<Consent>,
    /// The roles that have not approved yet and of which it takes one or all.
    pub missing: Vec<Bilingual>,
    /// What asks for it.
    pub source: Source,
}

/// The steps of a carry-out from its request to its end, each with what it takes and what is missing.
///
/// It asks what the decision asks, so that a page never promises what is then refused. Before there is a
/// request there is nothing to explain.
#[must_use]
pub fn explain(situation: &Situation<'_>) -> Vec<Step> {
    let Some(carry_out) = situation.carry_out else { return Vec::new() };
    let state = situation.state(carry_out);
    let last = if carry_out.plan.returns() { CarryOutActKind::Unpack } else { CarryOutActKind::Deliver };
    let mut kinds = vec![
        CarryOutActKind::Request,
        CarryOutActKind::Approve,
        CarryOutActKind::Depart,
        CarryOutActKind::Arrive,
        last,
        CarryOutActKind::Close,
    ];
    // What was to stay may have come back all the same.
    if last == CarryOutActKind::Deliver && carry_out.unpacked.is_some() {
        kinds.insert(4, CarryOutActKind::Unpack);
    }
    kinds.into_iter().map(|kind| step(situation, carry_out, state, kind)).collect()
}

fn step(
    situation: &Situation<'_>,
    carry_out: &CarryOut,
    state: CarryOutState,
    kind: CarryOutActKind,
) -> Step {
    let open = check(situation, kind);
    let (by, at) = taken(carry_out, kind).unzip();
    let asks = kind == CarryOutActKind::Approve;
    let missing = match kind {
        CarryOutActKind::Depart if state.is_before_departure() => lacking(situation, carry_out),
        _ => match &open {
            Err(Refusal { reason: crate::refusal::Reason::NotReady { missing }, .. }) => missing.clone(),
            _ => Vec::new(),
        },
    };
    Step {
        kind,
        stage: stage(carry_out, state, kind),
        by: by.flatten(),
        at,
        approvals: if asks { asked(situation, carry_out) } else { Vec::new() },
        missing,
        open,
    }
}

fn stage(carry_out: &CarryOut, state: CarryOutState, kind: CarryOutActKind) -> Stage {
    if taken(carry_out, kind).is_some() {
        return Stage::Done;
    }
    let ended_early =
        matches!(state, CarryOutState::TurnedDown | CarryOutState::Withdrawn | CarryOutState::Lapsed);
    // The arrival need not be recorded: what came back had arrived.
    let next = match state {
        CarryOutState::Requested => Some(CarryOutActKind::Approve),
        CarryOutState::Granted => Some(CarryOutActKind::Depart),
        CarryOutState::Departed => Some(CarryOutActKind::Arrive),
        CarryOutState::Arrived if carry_out.plan.returns() => Some(CarryOutActKind::Unpack),
        CarryOutState::Arrived => Some(CarryOutActKind::Deliver),
        CarryOutState::Returned | CarryOutState::Delivered => Some(CarryOutActKind::Close),
        _ => None,
    };
    match next {
        _ if ended_early => Stage::Never,
        Some(next) if next == kind => Stage::Next,
        Some(next) if kind > next => Stage::Later,
        _ => Stage::Never,
    }
}

/// Who took a step and when; nobody where time or several people did.
fn taken(carry_out: &CarryOut, kind: CarryOutActKind) -> Option<(Option<PersonId>, DateTime<Utc>)> {
    let ended = |ended: &Ended| (ended.by, ended.at);
    match kind {
        CarryOutActKind::Request => Some((Some(carry_out.requested_by), carry_out.requested_at)),
        CarryOutActKind::Approve => carry_out.granted_at.map(|at| (None, at)),
        CarryOutActKind::Depart => carry_out.departure.as_ref().map(|left| (Some(left.by), left.at)),
        CarryOutActKind::Arrive => carry_out.arrival.as_ref().map(|arrival| (Some(arrival.by), arrival.at)),
        // Part of it may have come back while the rest is still out.
        CarryOutActKind::Unpack if !carry_out.state.is_open() => carry_out.unpacked.as_ref().map(ended),
        CarryOutActKind::Deliver => carry_out.delivered.as_ref().map(ended),
        CarryOutActKind::Close if carry_out.state == CarryOutState::Closed => {
            carry_out.ended.as_ref().map(ended)
        }
        _ => None,
    }
}

fn asked(situation: &Situation<'_>, carry_out: &CarryOut) -> Vec<Asked> {
    let profile = situation.profile;
    needs(&carry_out.plan, situation.items, profile)
        .into_iter()
        .map(|need| Asked {
            roles: profile.role_names(need.gate.approvers.roles()),
            all: need.gate.approvers.needs_all(),
            division: need.division,
            item: need.item,
            given: given_for(&need, Some(carry_out), profile)
                .filter(|consent| need.gate.approvers.roles().contains(&consent.given.role))
                .cloned()
                .collect(),
            missing: profile.role_names(&missing_roles(&need, Some(carry_out), profile)),
            source: need.gate.source.clone(),
        })
        .collect()
}
