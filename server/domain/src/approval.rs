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
    if actor.id == requested_by {
        return Err(Reason::OwnRequest);
    }
    // A deputy stands for the person whose part he takes: neither may approve what the other asked for or
    // approved already.
    if given.iter().any(|given| given.by == actor.id || given.deputy_for == Some(actor.id)) {
        return Err(Reason::AlreadyApproved);
    }
    let open = missing(approvers, given);
    let held = open.iter().find_map(|role| {
        let held = holding(actor, role, division, profile)?;
        let acts_for_requester = held.is_some_and(|principal| principal == requested_by);
        let principal_approved = held.is_some_and(|principal| given.iter().any(|g| g.by == principal));
        (!acts_for_requester && !principal_approved).then(|| (role.clone(), held))
    });
    held.ok_or_else(|| {
        let roles = if open.is_empty() { approvers.roles() } else { &open };
        Reason::NotApprover { roles: profile.role_names(roles) }
    })
}

/// Whether a person plays a role for a division, and for whom where he is a deputy.
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
