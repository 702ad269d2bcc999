//! Posts and roles (充て職): a post such as 副町長 holds roles of the regulation, and a person holds the post from
//! a day to a day. Where a regulation names no post a person holds the role itself. Whoever stands in (代理) acts
//! under his own name.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{Ended, Ending, division_is_said, ends_not_before, not_over, not_own, period_fits, staff::Staff};
use crate::{
    approval::holding,
    event::Stamp,
    ids::{AppointmentId, DivisionId, PersonId},
    person::{Part, Person},
    profile::{Profile, RoleId},
    refusal::{Reason, Refusal},
    text::TextRef,
};

/// What the ledger calls the subject of these events.
pub const SUBJECT_KIND: &str = "appointment";

/// Something that happened to an appointment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum AppointmentEvent {
    /// Somebody got a post or a role.
    Appointed {
        /// By whom it was recorded; none on the server's shell.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<PersonId>,
        /// Who got it.
        person: PersonId,
        /// The roles: those that the post held by the regulation then in force.
        roles: Vec<RoleId>,
        /// The post, as it is called; none where the role is held without one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        post: Option<TextRef>,
        /// For which division; none where it is for the whole body.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        division: Option<DivisionId>,
        /// Whose place he takes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deputy_for: Option<PersonId>,
        /// The first day.
        from: NaiveDate,
        /// The last day; none where it has no end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<NaiveDate>,
    },
    /// It ended, or will.
    AppointmentEnded {
        /// By whom; none on the server's shell.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<PersonId>,
        /// The last day.
        last: NaiveDate,
        /// Why.
        why: Ending,
    },
}

impl AppointmentEvent {
    /// The stable word that names this kind of event in the ledger.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Appointed { .. } => "appointed",
            Self::AppointmentEnded { .. } => "appointment-ended",
        }
    }

    /// The texts that this event refers to.
    #[must_use]
    pub fn texts(&self) -> Vec<TextRef> {
        match self {
            Self::Appointed { post, .. } => post.iter().copied().collect(),
            Self::AppointmentEnded { .. } => Vec::new(),
        }
    }
}

/// An appointment: the fold of its events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Appointment {
    /// Its id.
    pub id: AppointmentId,
    /// How many events were folded; the next event is number `version + 1`.
    pub version: u64,
    /// Who.
    pub person: PersonId,
    /// The roles.
    pub roles: Vec<RoleId>,
    /// The post, as it is called.
    pub post: Option<TextRef>,
    /// For which division.
    pub division: Option<DivisionId>,
    /// Whose place he takes.
    pub deputy_for: Option<PersonId>,
    /// The first day.
    pub from: NaiveDate,
    /// The last day, as it was set at first.
    pub to: Option<NaiveDate>,
    /// Who recorded it; none on the server's shell.
    pub by: Option<PersonId>,
    /// When.
    pub at: DateTime<Utc>,
    /// That it was ended.
    pub ended: Option<Ended>,
}

impl Appointment {
    /// The last day; none where it has no end.
    #[must_use]
    pub fn last(&self) -> Option<NaiveDate> {
        super::earlier(self.to, self.ended.as_ref().map(|ended| ended.last))
    }

    /// Whether it counts on a day, as far as the appointment itself says.
    #[must_use]
    pub fn stands_on(&self, day: NaiveDate) -> bool {
        self.from <= day && self.last().is_none_or(|last| day <= last)
    }
}

/// Folds one event into the appointment. Total; `None` stands for one that did not begin yet.
#[must_use]
pub fn evolve(
    id: AppointmentId,
    appointment: Option<Appointment>,
    stamp: &Stamp,
    event: &AppointmentEvent,
) -> Option<Appointment> {
    match (appointment, event) {
        (None, AppointmentEvent::Appointed { by, person, roles, post, division, deputy_for, from, to }) => {
            Some(Appointment {
                id,
                version: 1,
                person: *person,
                roles: roles.clone(),
                post: *post,
                division: *division,
                deputy_for: *deputy_for,
                from: *from,
                to: *to,
                by: *by,
                at: stamp.recorded_at,
                ended: None,
            })
        }
        (None, AppointmentEvent::AppointmentEnded { .. }) => None,
        (Some(mut appointment), event) => {
            appointment.version += 1;
            if let AppointmentEvent::AppointmentEnded { by, last, why } = event {
                appointment.ended = Some(Ended { by: *by, last: *last, why: *why });
            }
            Some(appointment)
        }
    }
}

/// What is to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appointing {
    /// Who gets it.
    pub person: PersonId,
    /// The roles. Never empty.
    pub roles: Vec<RoleId>,
    /// The post that holds them.
    pub post: Option<TextRef>,
    /// For which division.
    pub division: Option<DivisionId>,
    /// Whose place he takes.
    pub deputy_for: Option<PersonId>,
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: Option<NaiveDate>,
}

/// What an appointment is judged with.
#[derive(Debug, Clone, Copy)]
pub struct Around<'a> {
    /// Who gets it, as of now.
    pub whom: &'a Person,
    /// Whose place is to be taken, as of now.
    pub principal: Option<&'a Person>,
    /// How he works for the body.
    pub staff: Option<&'a Staff>,
    /// Who records it; none on the server's shell.
    pub actor: Option<&'a Person>,
    /// The day; none on the server's shell, where what began before the register did is entered.
    pub today: Option<NaiveDate>,
    /// The regulation in force.
    pub profile: &'a Profile,
}

/// Gives somebody a post or a role.
///
/// Administrators record it, for others than themselves. A deputy may also be named by the one whose place he
/// takes.
///
/// # Errors
/// [`Reason::PartMissing`], [`Reason::OwnAuthority`], [`Reason::NotReady`] without a division where the role has
/// one, [`Reason::NothingToDeputise`], [`Reason::DayIsOver`], [`Reason::PeriodInverted`], [`Reason::PersonLeft`],
/// [`Reason::BeyondTerm`].
pub fn appoint(appointing: &Appointing, around: Around<'_>) -> Result<Vec<AppointmentEvent>, Refusal> {
    let Appointing { person, roles, post, division, deputy_for, from, to } = appointing;
    let Around { whom, principal, staff, actor, today, profile } = around;
    if let Some(actor) = actor
        && !actor.is(Part::Administrator)
        && !(actor.active && *deputy_for == Some(actor.id))
    {
        return Err(profile.refuse(Reason::PartMissing { part: Part::Administrator }));
    }
    // Whoever names his own deputy gives away nothing but his own place.
    if actor.is_none_or(|actor| *deputy_for != Some(actor.id)) {
        not_own(actor, whom, profile)?;
    }
    not_over(*from, today, profile)?;
    division_is_said(roles, *division, profile)?;
    if let Some(whose) = deputy_for {
        let holds = |role| {
            principal.is_some_and(|principal| {
                // A deputy has no deputy: his place is not his own.
                principal.id == *whose
                    && holding(principal, role, *division, profile).is_some_and(|for_whom| for_whom.is_none())
            })
        };
        if whose == person || !roles.iter().all(holds) {
            return Err(profile.refuse(Reason::NothingToDeputise { person: *whose }));
        }
    }
    period_fits(*person, *from, *to, staff, profile)?;
    Ok(vec![AppointmentEvent::Appointed {
        by: actor.map(|actor| actor.id),
        person: *person,
        roles: roles.clone(),
        post: *post,
        division: *division,
        deputy_for: *deputy_for,
        from: *from,
        to: *to,
    }])
}

/// That an appointment ends because the person, or the one whose place he takes, leaves after a day (異動・退職); none
/// where it ends by then already. Who may say so is asked of [`super::staff::leave`].
#[must_use]
pub fn end_with_person(
    appointment: &Appointment,
    last: NaiveDate,
    why: Ending,
    by: PersonId,
) -> Option<AppointmentEvent> {
    let over = appointment.last().is_some_and(|known| known <= last);
    (!over).then_some(AppointmentEvent::AppointmentEnded { by: Some(by), last, why })
}

/// Ends an appointment after a day. `actor` is none on the server's shell; `today` also where a validation corrects
/// the entry.
///
/// # Errors
/// [`Reason::PartMissing`]; [`Reason::AlreadyDone`] where it ends by then already; [`Reason::DayIsOver`].
pub fn end(
    appointment: &Appointment,
    last: NaiveDate,
    why: Ending,
    actor: Option<&Person>,
    today: Option<NaiveDate>,
    profile: &Profile,
) -> Result<Vec<AppointmentEvent>, Refusal> {
    if let Some(actor) = actor
        && !actor.is(Part::Administrator)
        && !(actor.active && appointment.deputy_for == Some(actor.id))
    {
        return Err(profile.refuse(Reason::PartMissing { part: Part::Administrator }));
    }
    ends_not_before(last, today, profile)?;
    if appointment.last().is_some_and(|known| known <= last) {
        return Err(profile.refuse(Reason::AlreadyDone));
    }
    Ok(vec![AppointmentEvent::AppointmentEnded { by: actor.map(|actor| actor.id), last, why }])
}
