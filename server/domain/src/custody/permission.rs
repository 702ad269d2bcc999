//! What must be granted: requests about an item, the approvals that they need, and holds.

use super::{Act, ActKind, Case};
use crate::{
    approval::{self, Given, Request, RequestState, Wanted},
    event::Event,
    ids::{EventId, RequestId},
    profile::{Bilingual, Gate, Gated, RoleId},
    refusal::{Missing, Reason, Refusal},
};

/// Which of these acts are open, before it is known which request is meant.
pub(super) fn check(case: &Case<'_>, kind: ActKind) -> Result<(), Refusal> {
    let Case { item, actor, profile, .. } = case;
    match kind {
        ActKind::Ask => {
            let handles = case.must_be_handler();
            // Whoever is no handler may ask for nothing but to be let handle it.
            if !actor.active || (handles.is_err() && case.gate(Gated::Handle).is_none()) {
                return handles;
            }
            case.must_be_here()
        }
        ActKind::Approve | ActKind::TurnDown => {
            let mut first = None;
            for request in open(case) {
                match role_for(case, request) {
                    Ok(_) => return Ok(()),
                    Err(refusal) => {
                        first.get_or_insert(refusal);
                    }
                }
            }
            Err(first.unwrap_or_else(|| case.refuse(Reason::RequestSettled)))
        }
        ActKind::WithdrawRequest => match open(case).next() {
            None => Err(case.refuse(Reason::RequestSettled)),
            Some(_) if open(case).any(|request| is_requester(case, request)) => Ok(()),
            Some(request) => Err(case.refuse(Reason::NotRequester { by: request.by })),
        },
        ActKind::EndPermission => {
            let mut granted = item.requests.iter().filter(|request| request.state == RequestState::Granted);
            match granted.next() {
                None => Err(case.refuse(Reason::RequestSettled)),
                Some(request) => {
                    let may = |request: &Request| may_end(case, request);
                    if may(request) || granted.any(may) {
                        Ok(())
                    } else {
                        let roles = gate_of(case, &request.wanted)
                            .map(|gate| profile.role_names(gate.approvers.roles()))
                            .unwrap_or_default();
                        Err(case.refuse(Reason::NotApprover { roles }))
                    }
                }
            }
        }
        ActKind::PlaceHold => {
            case.must_be_here()?;
            role_for_hold(case).map(drop)
        }
        _ => {
            if item.open_holds().next().is_none() {
                return Err(case.refuse(Reason::HoldLifted));
            }
            role_for_hold(case).map(drop)
        }
    }
}

pub(super) fn decide(case: &Case<'_>, act: &Act, act_id: EventId) -> Result<Vec<Event>, Refusal> {
    let Case { actor, .. } = case;
    let by = actor.id;
    match act {
        Act::Ask { wanted, reason, until } => {
            may_ask(case, wanted, until.is_some())?;
            Ok(vec![Event::Requested {
                request: act_id.into(),
                by,
                wanted: wanted.clone(),
                reason: *reason,
                until: *until,
            }])
        }
        Act::Approve { request, note } => {
            let request = find(case, *request)?;
            let (role, deputy_for) = role_for(case, request)?;
            let gate = needed(case, &request.wanted)?;
            let mut given = request.given.clone();
            given.push(Given { by, role: role.clone(), deputy_for, at: case.now });
            let mut events = vec![Event::Approved { request: request.id, by, role, deputy_for, note: *note }];
            let (division, profile) = (case.item.division, case.profile);
            if approval::missing_about(&gate.approvers, &given, division, profile).is_empty() {
                events.push(Event::Granted { request: request.id });
            }
            Ok(events)
        }
        Act::TurnDown { request, reason } => {
            let request = find(case, *request)?;
            let (role, _) = role_for(case, request)?;
            Ok(vec![Event::TurnedDown { request: request.id, by, role, reason: *reason }])
        }
        Act::WithdrawRequest { request } => {
            let request = find(case, *request)?;
            if !is_requester(case, request) {
                return Err(case.refuse(Reason::NotRequester { by: request.by }));
            }
            Ok(vec![Event::RequestWithdrawn { request: request.id, by }])
        }
        Act::EndPermission { request, reason } => {
            let request = case
                .item
                .request(*request)
                .filter(|request| request.state == RequestState::Granted)
                .ok_or_else(|| case.refuse(Reason::RequestSettled))?;
            if !may_end(case, request) {
                return Err(case.refuse(Reason::NotRequester { by: request.by }));
            }
            Ok(vec![Event::PermissionEnded { request: request.id, by, reason: Some(*reason) }])
        }
        Act::PlaceHold { reason } => {
            let role = role_for_hold(case)?;
            Ok(vec![Event::HoldPlaced { hold: act_id.into(), by, role, reason: *reason }])
        }
        Act::LiftHold { hold, reason } => {
            if !case.item.open_holds().any(|open| open.id == *hold) {
                return Err(case.refuse(Reason::HoldLifted));
            }
            let role = role_for_hold(case)?;
            Ok(vec![Event::HoldLifted { hold: *hold, by, role, reason: *reason }])
        }
        // The dispatcher sends nothing else here.
        _ => Ok(Vec::new()),
    }
}

fn open<'a>(case: &Case<'a>) -> impl Iterator<Item = &'a Request> + use<'a> {
    case.item.requests.iter().filter(|request| request.state == RequestState::Open)
}

fn find<'a>(case: &Case<'a>, id: RequestId) -> Result<&'a Request, Refusal> {
    open(case).find(|request| request.id == id).ok_or_else(|| case.refuse(Reason::RequestSettled))
}

fn gate_of<'a>(case: &Case<'a>, wanted: &Wanted) -> Option<&'a Gate> {
    let mut matter = case.item.matter_before(wanted.gated());
    if let Wanted::Bulk { records } = wanted {
        matter.records = *records;
    }
    case.profile.gate(wanted.gated(), &matter)
}

/// The gate that stands before what is wanted. Where there is none nobody needs to ask.
fn needed<'a>(case: &Case<'a>, wanted: &Wanted) -> Result<&'a Gate, Refusal> {
    gate_of(case, wanted).ok_or_else(|| case.refuse(Reason::PermissionNotNeeded { gated: wanted.gated() }))
}

fn role_for(case: &Case<'_>, request: &Request) -> Result<(RoleId, Option<crate::ids::PersonId>), Refusal> {
    let gate = needed(case, &request.wanted)?;
    let Case { item, actor, profile, .. } = case;
    approval::role_about(actor, request.by, &gate.approvers, &request.given, item.division, profile).map_err(
        |reason| match reason {
            // Who may approve is the regulation's word; that nobody approves for himself is the product's.
            Reason::NotApprover { .. } | Reason::UnderNoDivision { .. } => Refusal::by(&gate.source, reason),
            _ => case.refuse(reason),
        },
    )
}

/// Whether the actor asked for it, and may still act.
fn is_requester(case: &Case<'_>, request: &Request) -> bool {
    case.actor.active && request.by == case.actor.id
}

/// The requester, and whoever could have approved.
fn may_end(case: &Case<'_>, request: &Request) -> bool {
    is_requester(case, request)
        || gate_of(case, &request.wanted).is_some_and(|gate| {
            gate.approvers
                .roles()
                .iter()
                .any(|role| approval::deciding(case.actor, role, case.item.division, case.profile).is_some())
        })
}

fn role_for_hold(case: &Case<'_>) -> Result<RoleId, Refusal> {
    let Case { item, actor, profile, .. } = case;
    let Some(gate) = case.gate(Gated::Hold) else {
        return Err(case.refuse(Reason::PermissionNotNeeded { gated: Gated::Hold }));
    };
    let roles = gate.approvers.roles();
    let held = roles.iter().find_map(|role| approval::deciding(actor, role, item.division, profile));
    held.map(|(role, _)| role).ok_or_else(|| {
        Refusal::by(&gate.source, approval::not_deciding(actor, roles, item.division, profile))
    })
}

fn may_ask(case: &Case<'_>, wanted: &Wanted, has_end: bool) -> Result<(), Refusal> {
    let gate = needed(case, wanted)?;
    // Whoever is no handler may ask for nothing but to be let handle it.
    if !matches!(wanted, Wanted::Handle { .. }) {
        case.must_be_handler()?;
    }
    match wanted {
        // What has no end is no exception and no connection but a rule of its own.
        Wanted::Handle { .. } | Wanted::Connect { .. } if !has_end => {
            Refusal::unless_complete(vec![Missing {
                code: "field",
                which: "until".to_owned(),
                name: Bilingual::new("期限", "the day on which it ends"),
                item: None,
                source: gate.source.clone(),
            }])
        }
        Wanted::Dispose if case.item.open_holds().next().is_some() => Err(case.refuse(Reason::OnHold)),
        Wanted::Copy { contents } => {
            let live = |id| case.item.live_contents().any(|kept| kept.contents.id == id);
            if contents.is_empty() || !contents.iter().all(|id| live(*id)) {
                return Err(case.refuse(Reason::NoSuchContents));
            }
            Ok(())
        }
        Wanted::Extend { contents, until } => {
            let kept = case
                .item
                .live_contents()
                .find(|kept| kept.contents.id == *contents)
                .ok_or_else(|| case.refuse(Reason::NoSuchContents))?;
            match kept.extended_until {
                Some(known) if *until <= known => Err(case.refuse(Reason::NotLater { until: known })),
                _ => Ok(()),
            }
        }
        _ => Ok(()),
    }
}
