//! Why an act is open or not, told whole: who must approve, who has, what is missing, by which clause.
//!
//! Made from the same look-ups as the decision, so that what a page explains is what the server decides.

use chrono::{DateTime, Utc};

use crate::{
    approval::{self, Given, Request, RequestState, Wanted},
    custody::{ActKind, check},
    item::Item,
    person::Person,
    profile::{Gate, Gated, Profile, RoleId},
    refusal::{Refusal, Source},
};

/// One gate before an act, with how far it is passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateView {
    /// What it stands before.
    pub gated: Gated,
    /// The roles that approve.
    pub roles: Vec<RoleId>,
    /// Whether every one of them is needed.
    pub all: bool,
    /// The approvals so far, of the request that came furthest.
    pub given: Vec<Given>,
    /// The roles that are still missing; none once it is granted.
    pub missing: Vec<RoleId>,
    /// Where that request stands; none where nobody asked.
    pub state: Option<RequestState>,
    /// What asks for it.
    pub source: Source,
}

/// An act explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Which act.
    pub act: ActKind,
    /// The gates before it.
    pub gates: Vec<GateView>,
    /// Why it is not open to this person now; none where it is.
    pub refusal: Option<Refusal>,
}

/// The gates that stand before a kind of act.
#[must_use]
pub fn gates_before(act: ActKind) -> &'static [Gated] {
    match act {
        ActKind::Accept | ActKind::TakeOut => &[Gated::Use, Gated::Bulk],
        ActKind::RecordContents => &[Gated::Use, Gated::Save],
        ActKind::Sanitize | ActKind::Destroy => &[Gated::Dispose],
        ActKind::ConfirmDisposal => &[Gated::ConfirmDisposal],
        ActKind::PlaceHold | ActKind::LiftHold => &[Gated::Hold],
        ActKind::SettleDiscrepancy => &[Gated::SettleDiscrepancy],
        _ => &[],
    }
}

/// Explains one act on one item for one person.
#[must_use]
pub fn explain(
    item: &Item,
    act: ActKind,
    actor: &Person,
    profile: &Profile,
    now: DateTime<Utc>,
) -> Explanation {
    let gates = gates_before(act)
        .iter()
        .filter_map(|gated| profile.gate(*gated, &item.matter_before(*gated)))
        .map(|gate| view(item, gate, profile))
        .collect();
    Explanation { act, gates, refusal: check(item, act, actor, profile, now).err() }
}

/// Explains what is asked for on an item: the gate before it and how far each request came.
#[must_use]
pub fn explain_wanted(item: &Item, wanted: &Wanted, profile: &Profile) -> Option<GateView> {
    let gated = wanted.gated();
    profile.gate(gated, &item.matter_before(gated)).map(|gate| view(item, gate, profile))
}

fn view(item: &Item, gate: &Gate, profile: &Profile) -> GateView {
    let furthest = |request: &&Request| match request.state {
        RequestState::Granted => (3, request.given.len()),
        RequestState::Open => (2, request.given.len()),
        _ => (1, 0),
    };
    let request =
        item.requests.iter().filter(|request| request.wanted.gated() == gate.gated).max_by_key(furthest);
    let given = request.map(|request| request.given.clone()).unwrap_or_default();
    let granted = request.is_some_and(|request| request.state == RequestState::Granted);
    GateView {
        gated: gate.gated,
        roles: gate.approvers.roles().to_vec(),
        all: gate.approvers.needs_all(),
        missing: if granted {
            Vec::new()
        } else {
            approval::missing_about(&gate.approvers, &given, item.division, profile)
        },
        given,
        state: request.map(|request| request.state),
        source: gate.source.clone(),
    }
}
