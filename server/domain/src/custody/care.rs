//! What is recorded of an item while it is in use: contents, protection, copies, faults, loss.

use super::{Act, ActKind, Case, Registration, at_hand, destroy, enter};
use crate::{
    approval::{Wanted, deciding, holding, not_deciding},
    contents::Contents,
    discrepancy::{Finding, Outcome, Settlement},
    event::Event,
    ids::{ContentsId, ItemId},
    item::Item,
    person::Person,
    profile::{Gated, Matter, Measure, Profile, RoleId},
    protection::Secrecy,
    refusal::{Reason, Refusal},
    retention::{RetentionRule, Start},
};

/// Which of these acts are open, before their details are known.
pub(super) fn check(case: &Case<'_>, kind: ActKind) -> Result<(), Refusal> {
    let Case { item, actor, profile, .. } = case;
    match kind {
        // A loss is told by whoever learns of it, and what was lost may turn up anywhere.
        ActKind::ReportLost => {
            if !actor.active {
                return Err(case.refuse(Reason::NotDesignated));
            }
            case.must_be_here()?;
            if item.loss().is_some() { Err(case.refuse(Reason::AlreadyDone)) } else { Ok(()) }
        }
        ActKind::ReportFound => {
            case.must_be_handler()?;
            case.must_be_here()?;
            if item.loss().is_none() { Err(case.refuse(Reason::NotLost)) } else { Ok(()) }
        }
        ActKind::SettleDiscrepancy => {
            if item.discrepancies.is_empty() {
                return Err(case.refuse(Reason::DiscrepancySettled));
            }
            match case.gate(Gated::SettleDiscrepancy) {
                None => case.must_be_handler()?,
                Some(gate) => {
                    let roles = gate.approvers.roles();
                    if !roles.iter().any(|role| deciding(actor, role, item.division, profile).is_some()) {
                        let reason = not_deciding(actor, roles, item.division, profile);
                        return Err(Refusal::by(&gate.source, reason));
                    }
                }
            }
            let mut open = item.discrepancies.iter().map(|finding| must_be_apart(case, *finding));
            // There is at least one: of several, one that he may settle is enough.
            let first = open.next().unwrap_or(Ok(()));
            first.or_else(|refusal| if open.any(|one| one.is_ok()) { Ok(()) } else { Err(refusal) })
        }
        ActKind::EraseContents => {
            case.must_be_handler()?;
            case.must_be_here()?;
            case.must_be_at_hand()?;
            if item.live_contents().next().is_none() {
                return Err(case.refuse(Reason::NoSuchContents));
            }
            if item.open_holds().next().is_some() {
                return Err(case.refuse(Reason::OnHold));
            }
            destroy::erasable(case)
        }
        ActKind::RecordRetentionEvent => {
            case.must_be_handler()?;
            case.must_be_here()?;
            if item.live_contents().next().is_none() {
                return Err(case.refuse(Reason::NoSuchContents));
            }
            waited_for(profile, |_| true)
        }
        ActKind::RecordProtection => {
            case.must_be_handler()?;
            case.must_be_here()?;
            case.must_be_at_hand()
        }
        ActKind::Assign => {
            case.must_be_here()?;
            may_be_moved(case)
        }
        _ => {
            case.must_be_handler()?;
            case.must_be_here()
        }
    }
}

/// The division decides whose officer approves what is done with an item. So that nobody chooses his approver by
/// moving it first, only an officer of the division that it is under gives it away.
fn may_be_moved(case: &Case<'_>) -> Result<(), Refusal> {
    let profile = case.profile;
    let per_division = |role: &&RoleId| profile.role(role).is_some_and(|role| role.per_division);
    let mut roles: Vec<RoleId> = Vec::new();
    for role in profile.gates.iter().flat_map(|gate| gate.approvers.roles()).filter(per_division) {
        if !roles.contains(role) {
            roles.push(role.clone());
        }
    }
    if case.item.division.is_none() || roles.is_empty() {
        return case.must_be_handler();
    }
    let holds = |role| holding(case.actor, role, case.item.division, profile).is_some();
    if roles.iter().any(holds) {
        Ok(())
    } else {
        Err(case.refuse(Reason::RoleMissing { roles: profile.role_names(&roles) }))
    }
}

pub(super) fn decide(case: &Case<'_>, act: &Act) -> Result<Vec<Event>, Refusal> {
    let by = case.actor.id;
    let one = |event| Ok(vec![event]);
    match act {
        Act::Assign { division } => one(Event::Assigned { by, division: *division }),
        Act::DesignateHome { place, zone } => one(Event::HomeDesignated { by, place: *place, zone: *zone }),
        Act::RecordProtection { secrecy, key_apart } => {
            one(Event::ProtectionRecorded { by, secrecy: secrecy.clone(), key_apart: *key_apart })
        }
        Act::EraseContents { contents, erasure } => {
            must_live(case, *contents)?;
            destroy::erasure_fits(case, erasure)?;
            one(Event::ContentsErased { by, contents: *contents, erasure: erasure.clone() })
        }
        Act::RecordRetentionEvent { contents, event, on } => {
            must_live(case, *contents)?;
            waited_for(case.profile, |waited| waited == event)?;
            one(Event::RetentionEventOccurred { by, contents: *contents, event: event.clone(), on: *on })
        }
        Act::ReportFault { note, scan } => one(Event::FaultReported { by, note: *note, scan: scan.clone() }),
        Act::CheckFault { faulty, note, scan } => {
            at_hand(case, scan)?;
            one(Event::FaultChecked { by, faulty: *faulty, note: *note, scan: scan.clone() })
        }
        Act::ReportLost { incident, note } => {
            one(Event::LostReported { by, incident: *incident, note: *note })
        }
        Act::ReportFound { scan } => {
            at_hand(case, scan)?;
            one(Event::Found { by, scan: scan.clone() })
        }
        Act::SettleDiscrepancy { finding, outcome, reason } => {
            let item = case.item;
            if !item.discrepancies.contains(finding) {
                return Err(case.refuse(Reason::DiscrepancySettled));
            }
            must_be_apart(case, *finding)?;
            let settled = |finding| {
                let by = Settlement::Person { by, reason: *reason, outcome: *outcome };
                Event::DiscrepancySettled { finding, by }
            };
            if *outcome == Outcome::Upheld {
                return one(settled(*finding));
            }
            if !item.dismissible.contains(&finding.event) {
                return Err(case.refuse(Reason::NotAnObservation));
            }
            // What is untrue contradicts nothing more, in whichever way it did.
            let others = item.discrepancies.iter().copied();
            let others = others.filter(|other| other.event == finding.event && other != finding);
            Ok(std::iter::once(*finding).chain(others).map(settled).collect())
        }
        // The dispatcher sends nothing else here.
        _ => Ok(Vec::new()),
    }
}

/// Nobody explains away what he did himself, nor his deputy for him. What the record of a disposal rests on is
/// settled by neither operator nor witness.
fn must_be_apart(case: &Case<'_>, finding: Finding) -> Result<(), Refusal> {
    let Case { item, actor, profile, .. } = case;
    let disposal = &item.disposal;
    let caused_by = item.caused_by.get(&finding.event).copied();
    let had_part = disposal.operators.contains(&actor.id)
        || disposal.witnessed.iter().any(|witness| witness.by == actor.id);
    let apart = |role| {
        let held = deciding(actor, role, item.division, profile);
        held.is_some_and(|(_, principal)| principal.is_none() || principal != caused_by)
    };
    let only_for_him =
        case.gate(Gated::SettleDiscrepancy).is_some_and(|gate| !gate.approvers.roles().iter().any(apart));
    if caused_by == Some(actor.id) || only_for_him || (had_part && disposal.rests_on(finding.event)) {
        return Err(case.refuse(Reason::OwnRequest));
    }
    Ok(())
}

fn must_live(case: &Case<'_>, contents: ContentsId) -> Result<(), Refusal> {
    if case.item.live_contents().any(|kept| kept.contents.id == contents) {
        Ok(())
    } else {
        Err(case.refuse(Reason::NoSuchContents))
    }
}

/// What must stand before data goes on an item: permission to use it, permission to save on it, protection.
/// `matter` tells what will lie on it.
pub(super) fn before_data(case: &Case<'_>, matter: &Matter) -> Result<(), Refusal> {
    case.must_be_granted_for(Gated::Use, matter, |wanted| matches!(wanted, Wanted::Use))?;
    case.must_be_granted_for(Gated::Save, matter, |wanted| matches!(wanted, Wanted::Save))?;
    let known = case.item.protection.as_ref().map(|protection| &protection.value);
    protected(case.profile, matter, known.map(|known| (&known.secrecy, known.key_apart)))
}

/// Whether what is recorded meets the protections that apply.
fn protected(profile: &Profile, matter: &Matter, known: Option<(&Secrecy, bool)>) -> Result<(), Refusal> {
    for protection in profile.media.before_data.iter().filter(|protection| protection.when.applies(matter)) {
        let met = known.is_some_and(|(secrecy, key_apart)| {
            protection.any_of.iter().any(|measure| has(secrecy, key_apart, *measure))
        });
        if !met {
            let any_of = protection.any_of.clone();
            return Err(Refusal::by(&protection.source, Reason::ProtectionMissing { any_of }));
        }
    }
    Ok(())
}

/// Whether contents name a purpose and a retention rule that the profile knows.
pub(super) fn contents_fit(profile: &Profile, contents: &Contents) -> Result<(), Refusal> {
    purpose_fits(profile, contents.purpose_code.as_deref())?;
    match &contents.retention {
        Some(rule) if profile.retention_rule(rule).is_none() => {
            Err(Refusal::by(&profile.retention.escalation.source, Reason::RuleUnknown))
        }
        _ => Ok(()),
    }
}

/// Whether a rule of the profile waits for such an event.
fn waited_for(profile: &Profile, such: impl Fn(&str) -> bool) -> Result<(), Refusal> {
    let waits = |rule: &RetentionRule| matches!(&rule.start, Start::Event(waited) if such(waited));
    if profile.retention.rules.iter().any(|(rule, _)| waits(rule)) {
        Ok(())
    } else {
        Err(Refusal::by(&profile.retention.escalation.source, Reason::RuleUnknown))
    }
}

/// A purpose that is named is one of the profile's, so that the ledger holds words of the profile and never
/// one of somebody's own.
fn purpose_fits(profile: &Profile, purpose: Option<&str>) -> Result<(), Refusal> {
    match (purpose, &profile.purposes.required) {
        (Some(purpose), _) if profile.purpose(purpose).is_some() => Ok(()),
        (_, Some(source)) => Err(Refusal::by(source, Reason::PurposeNotPermitted)),
        (Some(_), None) => Err(profile.refuse(Reason::PurposeNotPermitted)),
        (None, None) => Ok(()),
    }
}

/// Whether an item may be taken for this purpose: the one that is named, otherwise the ones that its contents
/// serve.
pub(super) fn purpose_of_use(case: &Case<'_>, purpose: Option<&str>) -> Result<(), Refusal> {
    if purpose.is_some() || case.profile.purposes.required.is_none() {
        return purpose_fits(case.profile, purpose);
    }
    for kept in case.item.live_contents() {
        purpose_fits(case.profile, kept.contents.purpose_code.as_deref())?;
    }
    Ok(())
}

/// Whether an item may enter the register with this on it. `permitted` says that somebody granted just that.
pub(super) fn registration_fits(
    registration: &Registration,
    permitted: bool,
    profile: &Profile,
) -> Result<(), Refusal> {
    let matter = Matter::of(registration.kind, &registration.contents, None);
    for contents in &registration.contents {
        contents_fit(profile, contents)?;
    }
    if registration.contents.is_empty() {
        return Ok(());
    }
    // What carries data when it is registered is evidence of what is; but where the regulation lets no data
    // on a medium without permission, it is registered empty, permitted, and then described.
    for gated in [Gated::Use, Gated::Save] {
        if let Some(gate) = profile.gate(gated, &matter).filter(|_| !permitted) {
            let roles = profile.role_names(gate.approvers.roles());
            return Err(Refusal::by(&gate.source, Reason::PermissionMissing { gated, roles }));
        }
    }
    let known = registration.protection.as_ref().map(|(secrecy, key_apart)| (secrecy, *key_apart));
    protected(profile, &matter, known)
}

fn has(secrecy: &Secrecy, key_apart: bool, measure: Measure) -> bool {
    secrecy.has(measure) || (key_apart && measure == Measure::KeyApart)
}

/// What is needed to copy contents to another item, which is registered as a labelled item of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copying {
    /// Which of the source's contents.
    pub contents: Vec<ContentsId>,
    /// The new item. Its contents are the copied ones, with ids of their own.
    pub registration: Registration,
    /// The id of the new item.
    pub copy: ItemId,
}

/// Copies contents of an item to a new one: what happens to the source, and what begins the copy.
///
/// # Errors
/// A refusal: permission to copy where the profile has a gate before it (長崎共済 第12条第2項, 西伊豆町
/// 第6条第4項第1号), contents that are not there, and whatever stands against registering the copy.
pub fn copy(
    source: &Item,
    copying: &Copying,
    actor: &Person,
    profile: &Profile,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<(Vec<Event>, Vec<Event>), Refusal> {
    let case = Case { item: source, actor, profile, now };
    case.must_be_handler()?;
    case.must_be_here()?;
    case.must_hold()?;
    for contents in &copying.contents {
        must_live(&case, *contents)?;
    }
    if copying.contents.is_empty() {
        return Err(case.refuse(Reason::NoSuchContents));
    }
    let request = case.must_be_granted(Gated::Copy, |wanted| match wanted {
        Wanted::Copy { contents } => copying.contents.iter().all(|wanted| contents.contains(wanted)),
        _ => false,
    })?;
    // Whoever lets data be copied lets it be put on the copy. To use that needs a permission of its own.
    let mut begun = enter(&copying.registration, request.is_some(), actor, profile)?;
    begun.push(Event::CopyOf { by: actor.id, source: source.id });
    let copied =
        Event::Copied { by: actor.id, contents: copying.contents.clone(), copy: copying.copy, request };
    Ok((vec![copied], begun))
}
