//! Who must approve a carry-out, and whose approval counts.

use std::{collections::BTreeSet, ptr};

use super::{CarryOut, Consent, Plan, Situation};
use crate::{
    approval::{self, Given, speaking},
    ids::{DivisionId, ItemId, PersonId},
    item::Item,
    profile::{Gate, Gated, Profile, RoleId},
    refusal::{Reason, Refusal},
};

/// A gate that a carry-out must pass, for the items of one division where each has its own officers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need<'p> {
    /// The gate.
    pub gate: &'p Gate,
    /// The division whose officers must approve; none where the roles are for the whole body, or the item is
    /// under no division.
    pub division: Option<DivisionId>,
    /// The first item that needs it.
    pub item: ItemId,
}

/// The gates that this carry-out must pass: those of every item, and those of all its records together.
#[must_use]
pub fn needed<'p>(plan: &Plan, items: &[Item], profile: &'p Profile) -> Vec<&'p Gate> {
    let mut gates: Vec<&Gate> = Vec::new();
    for need in needs(plan, items, profile) {
        if !gates.iter().any(|gate| ptr::eq(*gate, need.gate)) {
            gates.push(need.gate);
        }
    }
    gates
}

/// The gates that this carry-out must pass, each for every division whose officers must approve.
#[must_use]
pub fn needs<'p>(plan: &Plan, items: &[Item], profile: &'p Profile) -> Vec<Need<'p>> {
    if plan.exempt.is_some() {
        return Vec::new();
    }
    let planned = || items.iter().filter(|item| plan.items.contains(&item.id));
    let direction = Some(plan.direction);
    let total = planned()
        .map(|item| item.matter(direction).records)
        .fold(0, |sum: u64, records| sum.saturating_add(records));
    let mut needs: Vec<Need<'p>> = Vec::new();
    // The gates of taking out first, so that a page shows them before that of the number of records.
    for gated in [Gated::CarryOut, Gated::Bulk] {
        for item in planned() {
            let mut matter = item.matter(direction);
            if gated == Gated::Bulk {
                matter.records = total;
            }
            let Some(gate) = profile.gate(gated, &matter) else { continue };
            let per_division = gate.approvers.roles().iter().any(|role| is_per_division(role, profile));
            let need = Need { gate, division: item.division.filter(|_| per_division), item: item.id };
            let known = |known: &Need<'_>| ptr::eq(known.gate, gate) && known.division == need.division;
            if !needs.iter().any(known) {
                needs.push(need);
            }
        }
    }
    needs
}

/// The roles whose approval is still missing for this; none where it is enough.
#[must_use]
pub fn missing_roles(need: &Need<'_>, carry_out: Option<&CarryOut>, profile: &Profile) -> Vec<RoleId> {
    let given: Vec<Given> =
        given_for(need, carry_out, profile).map(|consent| consent.given.clone()).collect();
    approval::missing_about(&need.gate.approvers, &given, need.division, profile)
}

/// The approvals that count for this.
pub(super) fn given_for<'a>(
    need: &Need<'_>,
    carry_out: Option<&'a CarryOut>,
    profile: &Profile,
) -> impl Iterator<Item = &'a Consent> {
    let division = need.division;
    carry_out.map(counted).unwrap_or_default().into_iter().filter(move |consent| {
        // Whoever spoke for a division said nothing of what is under none.
        !is_per_division(&consent.given.role, profile)
            || division.map_or(consent.divisions.is_empty(), |division| consent.divisions.contains(&division))
    })
}

/// In which role, for whom and for which divisions the actor can approve what still misses approval.
pub(super) struct Voice {
    pub(super) role: RoleId,
    pub(super) deputy_for: Option<PersonId>,
    pub(super) divisions: Vec<DivisionId>,
}

/// Finds the voice of the actor; `role` names the role where he holds several and chose one.
pub(super) fn voice(
    situation: &Situation<'_>,
    carry_out: &CarryOut,
    role: Option<&RoleId>,
) -> Result<Voice, Refusal> {
    let Situation { actor, profile, items, .. } = situation;
    if actor.id == carry_out.requested_by {
        return Err(profile.refuse(Reason::OwnRequest));
    }
    let heard: BTreeSet<PersonId> = carry_out.consents.iter().flat_map(persons).collect();
    if heard.contains(&actor.id) {
        return Err(profile.refuse(Reason::AlreadyApproved));
    }
    let open: Vec<(Need<'_>, Vec<RoleId>)> = needs(&carry_out.plan, items, profile)
        .into_iter()
        .map(|need| (need, missing_roles(&need, Some(carry_out), profile)))
        .filter(|(_, roles)| !roles.is_empty())
        .collect();
    let Some((first, _)) = open.first() else { return Err(profile.refuse(Reason::RequestSettled)) };
    // Whoever holds several of the roles speaks in the one with which he settles most.
    let mut voices: Vec<(Voice, usize)> = Vec::new();
    for (need, roles) in &open {
        for open_role in roles {
            let approvers = &need.gate.approvers;
            let Some((open_role, deputy_for)) = speaking(actor, open_role, approvers, need.division, profile)
            else {
                continue;
            };
            if role.is_some_and(|role| *role != open_role) {
                continue;
            }
            // A deputy is as little another person than the one for whom he stands.
            if deputy_for.is_some_and(|other| other == carry_out.requested_by || heard.contains(&other)) {
                continue;
            }
            let known = voices
                .iter()
                .position(|(voice, _)| voice.role == open_role && voice.deputy_for == deputy_for);
            let index = known.unwrap_or_else(|| {
                voices.push((Voice { role: open_role.clone(), deputy_for, divisions: Vec::new() }, 0));
                voices.len() - 1
            });
            let (voice, settles) = &mut voices[index];
            *settles += 1;
            if let Some(division) = need.division.filter(|_| is_per_division(&open_role, profile))
                && !voice.divisions.contains(&division)
            {
                voice.divisions.push(division);
            }
        }
    }
    let most = voices.iter().map(|(_, settles)| *settles).max();
    voices.into_iter().find(|(_, settles)| Some(*settles) == most).map(|(voice, _)| voice).ok_or_else(|| {
        let mut roles: Vec<RoleId> = Vec::new();
        for role in open.iter().flat_map(|(_, roles)| roles) {
            if !roles.contains(role) {
                roles.push(role.clone());
            }
        }
        // Who may approve is the regulation's word; that nobody approves for himself is the product's.
        let undivided = open.iter().all(|(need, _)| need.division.is_none());
        let reason = match undivided {
            true => approval::not_deciding(actor, &roles, None, profile),
            false => Reason::NotApprover { roles: profile.role_names(&roles) },
        };
        Refusal::by(&first.gate.source, reason)
    })
}

/// In which of the needed roles this person speaks, whether or not he approved already. Nobody speaks about
/// his own request.
pub(super) fn officer(situation: &Situation<'_>, carry_out: &CarryOut) -> Result<RoleId, Refusal> {
    let Situation { actor, profile, items, .. } = situation;
    if actor.id == carry_out.requested_by {
        return Err(profile.refuse(Reason::OwnRequest));
    }
    let needs = needs(&carry_out.plan, items, profile);
    let Some(first) = needs.first() else { return Err(profile.refuse(Reason::RequestSettled)) };
    let held = needs.iter().find_map(|need| {
        let approvers = &need.gate.approvers;
        approvers.roles().iter().find_map(|role| {
            speaking(actor, role, approvers, need.division, profile)
                .filter(|(_, deputy_for)| *deputy_for != Some(carry_out.requested_by))
        })
    });
    held.map(|(role, _)| role).ok_or_else(|| {
        let roles = profile.role_names(first.gate.approvers.roles());
        Refusal::by(&first.gate.source, Reason::NotApprover { roles })
    })
}

/// The approvals that count at all: none by the requester or his deputy, and one a person. Both are refused
/// when they are given; here they are left out whatever the timeline says.
fn counted(carry_out: &CarryOut) -> Vec<&Consent> {
    let mut heard = BTreeSet::from([carry_out.requested_by]);
    carry_out
        .consents
        .iter()
        .filter(|consent| {
            let new = persons(consent).all(|person| !heard.contains(&person));
            heard.extend(persons(consent));
            new
        })
        .collect()
}

/// Who stands behind an approval: whoever gave it, and the one for whom.
fn persons(consent: &Consent) -> impl Iterator<Item = PersonId> {
    std::iter::once(consent.given.by).chain(consent.given.deputy_for)
}

fn is_per_division(role: &RoleId, profile: &Profile) -> bool {
    profile.role(role).is_some_and(|role| role.per_division)
}
