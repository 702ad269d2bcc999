//! Who approved what: requests, the approvals given to them, and whether those are enough.
//!
//! Who must approve comes from the profile; that nobody approves his own request, and that one person does
//! not approve twice, are rules of the product, checked on persons and not on roles.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    ids::{ContentsId, DivisionId, ItemId, PersonId, RequestId},
    person::{Part, Person},
    profile::{Approvers, Gated, HANDLER, Profile, RoleId},
    refusal::Reason,
    text::TextRef,
};

/// One approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// Who approved.
    pub by: PersonId,
    /// In which role.
    pub role: RoleId,
    /// For whom, where a deputy (代理) approved in his own name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deputy_for: Option<PersonId>,
    /// When.
    pub at: DateTime<Utc>,
}

/// The roles whose approval is still missing; none where it is enough.
#[must_use]
pub fn missing(approvers: &Approvers, given: &[Given]) -> Vec<RoleId> {
    let has = |role: &RoleId| given.iter().any(|given| given.role == *role);
    match approvers {
        Approvers::All(roles) => roles.iter().filter(|role| !has(role)).cloned().collect(),
        Approvers::Any(roles) if roles.iter().any(has) => Vec::new(),
        Approvers::Any(roles) => roles.clone(),
        Approvers::One(role) if has(role) => Vec::new(),
        Approvers::One(role) => vec![role.clone()],
    }
}

/// The same about a thing. Of one under no division the top role approves in the place of the officers of divisions,
/// one approval for one of them.
#[must_use]
pub fn missing_about(
    approvers: &Approvers,
    given: &[Given],
    division: Option<DivisionId>,
    profile: &Profile,
) -> Vec<RoleId> {
    let mut open = missing(approvers, given);
    let Some(top) = top_instead(approvers, division, profile) else { return open };
    let mut by_top = given.iter().filter(|given| given.role == *top).count();
    let mut stood_in = false;
    open.retain(|role| {
        let stands_in = by_top > 0 && is_per_division(role, profile);
        by_top -= usize::from(stands_in);
        stood_in |= stands_in;
        !stands_in
    });
    // Of several any of whom is enough, one was enough.
    if stood_in && !approvers.needs_all() { Vec::new() } else { open }
}

/// The top role, where it decides in the place of the officers of divisions: about what is under none, unless it has a
/// say of its own in it, which must not count twice.
fn top_instead<'a>(
    approvers: &Approvers,
    division: Option<DivisionId>,
    profile: &'a Profile,
) -> Option<&'a RoleId> {
    let top = top_of(profile)?;
    (division.is_none() && !approvers.roles().contains(top)).then_some(top)
}

fn top_of(profile: &Profile) -> Option<&RoleId> {
    profile.roles.iter().find(|role| role.top).map(|role| &role.id)
}

fn is_per_division(role: &RoleId, profile: &Profile) -> bool {
    profile.role(role).is_some_and(|role| role.per_division)
}

/// In which role, and for whom, a person decides about a thing where the regulation names this one. A role that each
/// division has for itself says nothing of what is under none: so that nobody chooses who decides, it is for whoever
/// holds that role for the whole body, or the top role.
#[must_use]
pub fn deciding(
    person: &Person,
    role: &RoleId,
    division: Option<DivisionId>,
    profile: &Profile,
) -> Option<(RoleId, Option<PersonId>)> {
    if division.is_some() || !is_per_division(role, profile) {
        return holding(person, role, division, profile).map(|deputy_for| (role.clone(), deputy_for));
    }
    let whole = |role: &RoleId| {
        let held = person.roles.iter().find(|held| held.role == *role && held.division.is_none());
        held.filter(|_| person.active).map(|held| (role.clone(), held.deputy_for))
    };
    whole(role).or_else(|| {
        let top = top_of(profile)?;
        holding(person, top, None, profile).map(|deputy_for| (top.clone(), deputy_for))
    })
}

/// In which role, and for whom, a person speaks among several approvers where this one of them is asked: as
/// [`deciding`], but the top role stands in for officers of divisions only where it has no say of its own, which must
/// not count twice.
#[must_use]
pub fn speaking(
    actor: &Person,
    role: &RoleId,
    approvers: &Approvers,
    division: Option<DivisionId>,
    profile: &Profile,
) -> Option<(RoleId, Option<PersonId>)> {
    let (decides, deputy_for) = deciding(actor, role, division, profile)?;
    (decides == *role || !approvers.roles().contains(&decides)).then_some((decides, deputy_for))
}

/// Why somebody who holds none of the roles that can decide about a thing does not: where he holds one for a division
/// and the thing is under none, that is what is to be mended.
#[must_use]
pub fn not_deciding(
    person: &Person,
    roles: &[RoleId],
    division: Option<DivisionId>,
    profile: &Profile,
) -> Reason {
    let held = roles.iter().find(|role| {
        division.is_none() && is_per_division(role, profile) && holding(person, role, None, profile).is_some()
    });
    match held {
        Some(role) => Reason::UnderNoDivision {
            role: profile.role_names(std::slice::from_ref(role)),
            top: top_of(profile)
                .map(std::slice::from_ref)
                .map(|top| profile.role_names(top))
                .unwrap_or_default(),
        },
        None => Reason::NotApprover { roles: profile.role_names(roles) },
    }
}

/// In which role, and for whom, this person can approve what still misses approval.
///
/// # Errors
/// [`Reason::OwnRequest`], [`Reason::AlreadyApproved`], or [`Reason::NotApprover`] with the roles that can.
pub fn role_of(
    actor: &Person,
    requested_by: PersonId,
    approvers: &Approvers,
    given: &[Given],
    division: Option<DivisionId>,
    profile: &Profile,
) -> Result<(RoleId, Option<PersonId>), Reason> {
    let open = missing(approvers, given);
    let holds = |role: &RoleId| Some((role.clone(), holding(actor, role, division, profile)?));
    role_among(actor, requested_by, given, &open, holds).map_err(|none| {
        let roles = if open.is_empty() { approvers.roles() } else { &open };
        none.unwrap_or_else(|| Reason::NotApprover { roles: profile.role_names(roles) })
    })
}

/// The same about a thing.
///
/// # Errors
/// As [`role_of`], and [`Reason::UnderNoDivision`].
pub fn role_about(
    actor: &Person,
    requested_by: PersonId,
    approvers: &Approvers,
    given: &[Given],
    division: Option<DivisionId>,
    profile: &Profile,
) -> Result<(RoleId, Option<PersonId>), Reason> {
    let open = missing_about(approvers, given, division, profile);
    let holds = |role: &RoleId| speaking(actor, role, approvers, division, profile);
    role_among(actor, requested_by, given, &open, holds).map_err(|none| {
        let roles = if open.is_empty() { approvers.roles() } else { &open };
        none.unwrap_or_else(|| not_deciding(actor, roles, division, profile))
    })
}

/// The first of these roles in which a person may speak. The error is none where he holds none of them.
fn role_among(
    actor: &Person,
    requested_by: PersonId,
    given: &[Given],
    open: &[RoleId],
    holds: impl Fn(&RoleId) -> Option<(RoleId, Option<PersonId>)>,
) -> Result<(RoleId, Option<PersonId>), Option<Reason>> {
    if actor.id == requested_by {
        return Err(Some(Reason::OwnRequest));
    }
    // A deputy stands for the person whose part he takes: neither may approve what the other asked for or
    // approved already.
    if given.iter().any(|given| given.by == actor.id || given.deputy_for == Some(actor.id)) {
        return Err(Some(Reason::AlreadyApproved));
    }
    let held = open.iter().find_map(|role| {
        let (role, held) = holds(role)?;
        let acts_for_requester = held.is_some_and(|principal| principal == requested_by);
        let principal_approved = held.is_some_and(|principal| given.iter().any(|g| g.by == principal));
        (!acts_for_requester && !principal_approved).then_some((role, held))
    });
    held.ok_or(None)
}

/// Whether a person plays a role for a division, and for whom where he is a deputy. No division stands for any of them;
/// about a thing see [`deciding`].
#[must_use]
pub fn holding(
    person: &Person,
    role: &RoleId,
    division: Option<DivisionId>,
    profile: &Profile,
) -> Option<Option<PersonId>> {
    if !person.active {
        return None;
    }
    if role.0 == HANDLER {
        return person.is(Part::Handler).then_some(None);
    }
    let per_division = profile.role(role).is_some_and(|role| role.per_division);
    person
        .roles
        .iter()
        .find(|held| held.role == *role && (!per_division || division.is_none() || held.division == division))
        .map(|held| held.deputy_for)
}

/// What somebody asks permission for, about one item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Wanted {
    /// To copy some of its contents.
    Copy {
        /// Which.
        contents: Vec<ContentsId>,
    },
    /// To put data on it.
    Save,
    /// To connect it to a terminal.
    Connect {
        /// Which terminal.
        terminal: ItemId,
    },
    /// To use it at all (使用の許可).
    Use,
    /// To handle more records than the profile lets pass.
    Bulk {
        /// How many.
        records: u64,
    },
    /// To let somebody handle it who is no designated handler.
    Handle {
        /// Who.
        person: PersonId,
    },
    /// To tell a third party what it says.
    Disclose {
        /// To whom.
        to: TextRef,
    },
    /// To destroy it.
    Dispose,
    /// To keep some of its contents longer.
    Extend {
        /// Which.
        contents: ContentsId,
        /// Until when, inclusive.
        until: NaiveDate,
    },
}

impl Wanted {
    /// The gate that stands before it.
    #[must_use]
    pub fn gated(&self) -> Gated {
        match self {
            Self::Copy { .. } => Gated::Copy,
            Self::Save => Gated::Save,
            Self::Connect { .. } => Gated::Connect,
            Self::Use => Gated::Use,
            Self::Bulk { .. } => Gated::Bulk,
            Self::Handle { .. } => Gated::Handle,
            Self::Disclose { .. } => Gated::Disclose,
            Self::Dispose => Gated::Dispose,
            Self::Extend { .. } => Gated::Extend,
        }
    }
}

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RequestState {
    /// It waits for approval.
    Open,
    /// It is granted.
    Granted,
    /// It was turned down.
    TurnedDown,
    /// The requester took it back.
    Withdrawn,
    /// What was granted has ended: revoked, or used up.
    Ended,
}

/// A request about one item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Its id.
    pub id: RequestId,
    /// What is asked.
    pub wanted: Wanted,
    /// By whom.
    pub by: PersonId,
    /// When.
    pub at: DateTime<Utc>,
    /// Why.
    pub reason: TextRef,
    /// The last day on which it is of use, in Japan; none where it has no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
    /// The approvals so far.
    pub given: Vec<Given>,
    /// Where it stands.
    pub state: RequestState,
}

impl Request {
    /// Whether it is granted and of use on this day.
    #[must_use]
    pub fn is_live(&self, today: NaiveDate) -> bool {
        self.state == RequestState::Granted && self.until.is_none_or(|until| today <= until)
    }
}
