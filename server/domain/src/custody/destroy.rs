//! The end of an item: erased, destroyed, witnessed, confirmed, in this order and by different people.

use super::{Act, ActKind, Case, at_hand};
use crate::{
    approval::{Wanted, deciding, holding, not_deciding},
    disposal::{Destruction, Done, Erasure, Performed, Photograph, Presence, Shows, Verification},
    event::Event,
    ids::RequestId,
    observation::Proof,
    profile::{Gated, Method, RoleId, Technique},
    refusal::{Reason, Refusal, Source},
};

/// Which of these acts are open, before their details are known.
pub(super) fn check(case: &Case<'_>, kind: ActKind) -> Result<(), Refusal> {
    let Case { item, actor, profile, now } = case;
    match kind {
        ActKind::Sanitize | ActKind::Destroy => {
            case.must_be_handler()?;
            case.must_be_here()?;
            case.must_hold()?;
            if item.open_holds().next().is_some() {
                return Err(case.refuse(Reason::OnHold));
            }
            order(case)?;
            if kind == ActKind::Sanitize {
                return erasable(case);
            }
            // What turned up again after its destruction is for people to explain, not to be destroyed twice.
            if item.disposal.destroyed.is_some() {
                return Err(case.refuse(Reason::AlreadyDone));
            }
            // His phone has told already that he stood by.
            if item.disposal.witnessed.iter().any(|witnessed| witnessed.by == actor.id) {
                return Err(case.refuse(Reason::WitnessIsOperator));
            }
            erased_first(case)
        }
        ActKind::Witness => {
            let Some(destroyed) = &item.disposal.destroyed else {
                return Err(case.refuse(Reason::NotDestroyed));
            };
            if item.disposal.operators.contains(&actor.id) {
                return Err(case.refuse(Reason::WitnessIsOperator));
            }
            if item.disposal.witnessed.iter().any(|witnessed| witnessed.by == actor.id) {
                return Err(case.refuse(Reason::AlreadyDone));
            }
            let rules = &profile.disposal;
            may_witness(case)?;
            // A certificate comes weeks later; only who saw it himself must say so at once.
            if matches!(destroyed.what.performed, Performed::Here)
                && *now - destroyed.at > rules.witness_within
            {
                let minutes = rules.witness_within.num_minutes();
                return Err(Refusal::by(&rules.witness_source, Reason::WitnessTooLate { minutes }));
            }
            Ok(())
        }
        _ => confirming(case).map(drop),
    }
}

pub(super) fn decide(case: &Case<'_>, act: &Act) -> Result<Vec<Event>, Refusal> {
    let by = case.actor.id;
    match act {
        Act::Sanitize { erasure, scan } => {
            at_hand(case, scan)?;
            erasure_fits(case, erasure)?;
            Ok(vec![Event::Sanitized { by, erasure: erasure.clone(), scan: scan.clone() }])
        }
        Act::Destroy { destruction, scan } => {
            at_hand(case, scan)?;
            let method = method_fits(case, &destruction.method, disposes)?;
            // A way that leaves the medium whole is proven by its tool, which the erasure names.
            if method.needs_tool && !is_erased(case) {
                let reason = match &case.item.disposal.erased {
                    None => Reason::ToolMissing,
                    Some(_) => Reason::ErasureMissing,
                };
                return Err(Refusal::by(&method.source, reason));
            }
            certified(case, &destruction.performed)?;
            photographed(case, destruction)?;
            let request = order(case)?;
            Ok(vec![Event::Destroyed { request, by, destruction: destruction.clone(), scan: scan.clone() }])
        }
        Act::Witness { presence, photographs, scan } => {
            // Whoever sees papers about it does not see the thing.
            if *presence == Presence::OnSite {
                at_hand(case, scan)?;
            }
            present_enough(case, *presence)?;
            shown_after(case, photographs)?;
            Ok(vec![Event::Witnessed {
                by,
                presence: *presence,
                photographs: photographs.clone(),
                scan: scan.clone(),
            }])
        }
        Act::ConfirmDisposal { note } => {
            let role = confirming(case)?;
            Ok(vec![Event::DisposalConfirmed { by, role, note: *note }])
        }
        // The dispatcher sends nothing else here.
        _ => Ok(Vec::new()),
    }
}

/// Whether the actor holds a role that witnesses (別添1 2Gb; the profile names it).
pub(crate) fn may_witness(case: &Case<'_>) -> Result<(), Refusal> {
    let Case { item, actor, profile, .. } = case;
    let roles = profile.disposal.witness.roles();
    if roles.iter().any(|role| holding(actor, role, item.division, profile).is_some()) {
        return Ok(());
    }
    let roles = profile.role_names(roles);
    Err(Refusal::by(asks_for_witness(case), Reason::NotApprover { roles }))
}

/// What an erasure that a phone saw would have needed at the server and did not have.
pub(crate) fn erasure_lacks(case: &Case<'_>, erasure: &Erasure) -> Option<Proof> {
    if erasure_fits(case, erasure).is_err() {
        Some(Proof::Method)
    } else if order(case).is_err() || case.item.open_holds().next().is_some() {
        Some(Proof::Order)
    } else {
        None
    }
}

/// What a destruction that a phone saw would have needed at the server and did not have. Whether it was ordered
/// is told by the timeline, as the order may have been given before it was destroyed and have ended since.
pub(crate) fn destruction_lacks(case: &Case<'_>, destruction: &Destruction) -> Option<Proof> {
    match method_fits(case, &destruction.method, disposes) {
        Err(_) => return Some(Proof::Method),
        Ok(method) if method.needs_tool && !is_erased(case) => return Some(Proof::Erasure),
        Ok(_) => {}
    }
    if erased_first(case).is_err() {
        Some(Proof::Erasure)
    } else if certified(case, &destruction.performed).is_err() {
        Some(Proof::Certificate)
    } else if photographed(case, destruction).is_err() {
        Some(Proof::Photograph)
    } else {
        None
    }
}

/// What a witness whose phone tells of it would have needed at the server and did not have.
pub(crate) fn witness_lacks(case: &Case<'_>, photographs: &[Photograph]) -> Option<Proof> {
    shown_after(case, photographs).is_err().then_some(Proof::Photograph)
}

/// The order or permission, where the profile has a gate before destruction.
fn order(case: &Case<'_>) -> Result<Option<RequestId>, Refusal> {
    case.must_be_granted(Gated::Dispose, |wanted| matches!(wanted, Wanted::Dispose))
}

/// Erasure before destruction (養父市 第9条第2号).
fn erased_first(case: &Case<'_>) -> Result<(), Refusal> {
    let Some((when, source)) = &case.profile.disposal.erase_first else { return Ok(()) };
    if when.applies(&case.item.matter_before(Gated::Dispose)) && !is_erased(case) {
        return Err(Refusal::by(source, Reason::ErasureMissing));
    }
    Ok(())
}

/// Whether the last erasure of the whole item worked, and nothing was put on it since.
fn is_erased(case: &Case<'_>) -> bool {
    let erased = &case.item.disposal.erased;
    let worked = |erased: &Done<Erasure>| erased.what.verification != Verification::Failed;
    erased.as_ref().is_some_and(|erased| worked(erased) && !case.item.is_doubtful(erased.event))
        && case.item.live_contents().next().is_none()
}

/// Whether there is a way at all to erase such a thing.
pub(super) fn erasable(case: &Case<'_>) -> Result<(), Refusal> {
    if allowed(case, erases).next().is_some() { Ok(()) } else { Err(not_allowed(case, erases)) }
}

/// Whether an erasure names a way that is allowed, with its tool where it needs one.
pub(super) fn erasure_fits(case: &Case<'_>, erasure: &Erasure) -> Result<(), Refusal> {
    let method = method_fits(case, &erasure.method, erases)?;
    if method.needs_tool && erasure.tool.is_none() {
        return Err(Refusal::by(&method.source, Reason::ToolMissing));
    }
    Ok(())
}

/// What erases leaves the thing whole.
fn erases(method: &Method) -> bool {
    method.technique != Technique::Destroy
}

fn disposes(method: &Method) -> bool {
    method.disposes
}

/// The methods that are allowed for the item's kind and serve the end.
fn allowed<'a>(case: &Case<'a>, serves: fn(&Method) -> bool) -> impl Iterator<Item = &'a Method> {
    let kind = case.item.kind;
    let methods = case.profile.disposal.methods.iter();
    methods.filter(move |method| method.kinds.contains(&kind) && serves(method))
}

fn method_fits<'a>(
    case: &Case<'a>,
    method: &str,
    serves: fn(&Method) -> bool,
) -> Result<&'a Method, Refusal> {
    allowed(case, serves).find(|allowed| allowed.id == method).ok_or_else(|| not_allowed(case, serves))
}

fn not_allowed(case: &Case<'_>, serves: fn(&Method) -> bool) -> Refusal {
    let allowed = allowed(case, serves).map(|method| method.name.clone()).collect();
    Refusal::by(&case.profile.disposal.methods_source, Reason::MethodNotAllowed { allowed })
}

/// Where only a contractor's certificate will do, its number and a copy come with the record.
fn certified(case: &Case<'_>, performed: &Performed) -> Result<(), Refusal> {
    let rules = &case.profile.disposal.delegated;
    match performed {
        Performed::Delegated { certificate, file, .. }
            if !rules.witnessed && (certificate.is_none() || file.is_none()) =>
        {
            Err(Refusal::by(&rules.source, Reason::CertificateMissing))
        }
        _ => Ok(()),
    }
}

fn photographed(case: &Case<'_>, destruction: &Destruction) -> Result<(), Refusal> {
    let rules = &case.profile.disposal;
    let mut before = destruction.photographs.iter().filter(|photo| photo.shows == Shows::Before).peekable();
    if let Some(source) = &rules.photo_before
        && before.peek().is_none()
    {
        let reason = Reason::PhotographMissing { shows: Shows::Before, label_unread: false };
        return Err(Refusal::by(source, reason));
    }
    if let Some(source) = &rules.photo_shows_label
        && before.peek().is_some()
        && !before.any(|photo| photo.label_read)
    {
        let reason = Reason::PhotographMissing { shows: Shows::Before, label_unread: true };
        return Err(Refusal::by(source, reason));
    }
    Ok(())
}

/// What asks that somebody stands by, or makes sure of it otherwise.
fn asks_for_witness<'a>(case: &Case<'a>) -> &'a Source {
    let rules = &case.profile.disposal;
    match case.item.disposal.destroyed.as_ref().map(|destroyed| &destroyed.what.performed) {
        Some(Performed::Delegated { .. }) => &rules.delegated.source,
        _ => &rules.witness_source,
    }
}

/// The photograph of what is left, by operator or witness.
fn shown_after(case: &Case<'_>, by_witness: &[Photograph]) -> Result<(), Refusal> {
    let Some(source) = &case.profile.disposal.photo_after else { return Ok(()) };
    let by_operator = case.item.disposal.destroyed.iter().flat_map(|destroyed| &destroyed.what.photographs);
    if by_operator.chain(by_witness).any(|photo| photo.shows == Shows::After) {
        return Ok(());
    }
    let reason = Reason::PhotographMissing { shows: Shows::After, label_unread: false };
    Err(Refusal::by(source, reason))
}

/// Whether being there in this way is enough: on site where the body destroys by itself; where a contractor
/// does, in whichever way the profile allows (西伊豆町 第20条第4号).
fn present_enough(case: &Case<'_>, presence: Presence) -> Result<(), Refusal> {
    let rules = &case.profile.disposal;
    let Some(destroyed) = &case.item.disposal.destroyed else {
        return Err(case.refuse(Reason::NotDestroyed));
    };
    match (&destroyed.what.performed, presence) {
        (Performed::Here, Presence::OnSite) => Ok(()),
        (Performed::Here, _) => Err(Refusal::by(&rules.witness_source, Reason::PresenceNotEnough)),
        (Performed::Delegated { .. }, Presence::OnSite) if rules.delegated.witnessed => Ok(()),
        (Performed::Delegated { certificate, file, .. }, Presence::Certificate)
            if rules.delegated.certificate =>
        {
            if certificate.is_some() && file.is_some() {
                Ok(())
            } else {
                Err(Refusal::by(&rules.delegated.source, Reason::CertificateMissing))
            }
        }
        (Performed::Delegated { .. }, _) => {
            Err(Refusal::by(&rules.delegated.source, Reason::PresenceNotEnough))
        }
    }
}

/// In which role the actor confirms.
fn confirming(case: &Case<'_>) -> Result<RoleId, Refusal> {
    let Case { item, actor, profile, .. } = case;
    let Some(gate) = case.gate(Gated::ConfirmDisposal) else {
        return Err(case.refuse(Reason::PermissionNotNeeded { gated: Gated::ConfirmDisposal }));
    };
    if item.disposal.destroyed.is_none() {
        return Err(case.refuse(Reason::NotDestroyed));
    }
    if item.disposal.confirmed.is_some() {
        return Err(case.refuse(Reason::AlreadyDone));
    }
    let roles = gate.approvers.roles();
    let held = roles.iter().find_map(|role| deciding(actor, role, item.division, profile));
    let Some((role, _)) = held else {
        return Err(Refusal::by(&gate.source, not_deciding(actor, roles, item.division, profile)));
    };
    if item.disposal.operators.contains(&actor.id) {
        return Err(case.refuse(Reason::WitnessIsOperator));
    }
    if item.is_end_doubtful() {
        return Err(case.refuse(Reason::EvidenceInDoubt));
    }
    // Evidence from phones is never refused, but not every way of having been there is enough, and what is
    // doubtful counts only when somebody has settled that.
    let counts = |witness: &&Done<Presence>| {
        !item.disposal.operators.contains(&witness.by) && present_enough(case, witness.what).is_ok()
    };
    let mut witnesses = item.disposal.witnessed.iter().filter(counts).peekable();
    if witnesses.peek().is_none() {
        return Err(Refusal::by(asks_for_witness(case), Reason::NotWitnessed));
    }
    if witnesses.all(|witness| item.is_doubtful(witness.event)) {
        return Err(case.refuse(Reason::EvidenceInDoubt));
    }
    Ok(role)
}
