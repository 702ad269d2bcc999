//! Posts, roles, designations and what belongs to them, as recorded history: who may act, since when, by whose
//! word, until when.
//!
//! | Question | Module |
//! | --- | --- |
//! | Is somebody employed, until when, and has he left? | [`staff`] |
//! | Who holds which post and role, and who stands in? | [`appointment`] |
//! | Who is a handler, by whose designation? | [`designation`] |
//! | Which credentials of other systems does he have? | [`credential`] |
//! | Was the permission ledger looked through? | [`validation`] |
//!
//! Invariants: [`effects`] is the one place that says what follows from all of it, and consults no profile, so
//! that the past is not judged again; days are days in Japan, and both the first and the last count.

pub mod appointment;
pub mod credential;
pub mod designation;
pub mod staff;
pub mod validation;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use self::{appointment::Appointment, designation::Designated, staff::Staff};
use crate::{
    approval::holding,
    ids::{DivisionId, PersonId},
    person::{Part, Person},
    profile::{Bilingual, HANDLER, Profile, RoleId},
    refusal::{Missing, ProductRule, Reason, Refusal},
    text::Lang,
};

/// Why something ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// It is not needed any more (解除).
    Released,
    /// The person goes to another division (異動).
    Transfer,
    /// The person retires (退職).
    Retirement,
    /// The rules were broken, or seem to have been (個人情報保護法第69条第1項に抵触).
    Breach,
    /// A validation of the ledger found it to be wrong (修正).
    Correction,
}

impl Ending {
    /// Every reason.
    pub const ALL: [Self; 5] =
        [Self::Released, Self::Transfer, Self::Retirement, Self::Breach, Self::Correction];

    /// The stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Released => "released",
            Self::Transfer => "transfer",
            Self::Retirement => "retirement",
            Self::Breach => "breach",
            Self::Correction => "correction",
        }
    }

    /// The reason that `code` names.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ending| ending.code() == code)
    }

    /// What a person reads.
    #[must_use]
    pub fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::Released => lang.pick("解除", "released"),
            Self::Transfer => lang.pick("異動", "transfer"),
            Self::Retirement => lang.pick("退職", "retirement"),
            Self::Breach => lang.pick("法令・規程への抵触", "breach"),
            Self::Correction => lang.pick("台帳の修正", "correction"),
        }
    }
}

/// That something has ended, or will.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ended {
    /// Who ended it; none where that was done on the server's shell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonId>,
    /// The last day on which it counts.
    pub last: NaiveDate,
    /// Why.
    pub why: Ending,
}

/// In which role somebody acts, and for whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acting {
    /// The role.
    pub role: RoleId,
    /// For whom, where he is a deputy.
    pub deputy_for: Option<PersonId>,
}

/// A role of the regulation in force that somebody holds because of something recorded.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Effect {
    /// What it follows from: an appointment or a designation.
    pub subject: Uuid,
    /// Who.
    pub person: PersonId,
    /// The role; [`HANDLER`] for a designated handler.
    pub role: RoleId,
    /// For which division; none where it is for the whole body.
    pub division: Option<DivisionId>,
    /// Whose place he takes.
    pub deputy_for: Option<PersonId>,
    /// The first day.
    pub from: NaiveDate,
    /// The last day; none where it has no end.
    pub to: Option<NaiveDate>,
}

/// The earlier of two last days, where either is known.
#[must_use]
pub fn earlier(one: Option<NaiveDate>, other: Option<NaiveDate>) -> Option<NaiveDate> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// What a person's recorded history adds up to: the roles that he holds, each from a day to a day. Nothing lasts
/// beyond his term of appointment or his last day, and a deputy acts only while the one whose place he takes holds
/// the role himself: `principals` is what all of those hold who have deputies.
#[must_use]
pub fn effects(
    staff: Option<&Staff>,
    appointments: &[Appointment],
    designations: &[Designated],
    principals: &[Effect],
) -> Vec<Effect> {
    let until = staff.and_then(Staff::serves_until);
    let appointed = appointments.iter().flat_map(|appointment| {
        appointment.roles.iter().map(move |role| Effect {
            subject: appointment.id.0,
            person: appointment.person,
            role: role.clone(),
            division: appointment.division,
            deputy_for: appointment.deputy_for,
            from: appointment.from,
            to: appointment.last(),
        })
    });
    let designated = designations.iter().filter_map(|designated| {
        Some(Effect {
            subject: designated.id.0,
            person: designated.person,
            role: designated.holds.clone().unwrap_or_else(|| RoleId::from(HANDLER)),
            division: designated.division,
            deputy_for: None,
            from: designated.in_force_from()?,
            to: designated.last(),
        })
    });
    let mut effects: Vec<Effect> = appointed
        .chain(designated)
        .map(|effect| Effect { to: earlier(effect.to, until), ..effect })
        .flat_map(|effect| while_principal_holds(effect, principals))
        .filter(|effect| effect.to.is_none_or(|to| effect.from <= to))
        .collect();
    effects.sort();
    effects.dedup();
    effects
}

/// The parts of a deputy's time in which the one whose place he takes holds the role.
fn while_principal_holds(effect: Effect, principals: &[Effect]) -> Vec<Effect> {
    let Some(principal) = effect.deputy_for else { return vec![effect] };
    principals
        .iter()
        .filter(|held| held.person == principal && held.deputy_for.is_none() && held.role == effect.role)
        .filter(|held| held.division.is_none() || held.division == effect.division)
        .map(|held| Effect {
            from: effect.from.max(held.from),
            to: earlier(effect.to, held.to),
            ..effect.clone()
        })
        .collect()
}

/// Whether two people are one in what they may give each other: the same person, or one the deputy of the other.
fn stand_for_each_other(one: &Person, other: &Person) -> bool {
    let deputy =
        |one: &Person, other: &Person| one.roles.iter().any(|held| held.deputy_for == Some(other.id));
    one.id == other.id || deputy(one, other) || deputy(other, one)
}

/// That nobody gives authority to himself or to his principal or deputy. `actor` is none on the server's shell.
fn not_own(actor: Option<&Person>, whom: &Person, profile: &Profile) -> Result<(), Refusal> {
    match actor {
        Some(actor) if stand_for_each_other(actor, whom) => Err(profile.refuse(Reason::OwnAuthority)),
        _ => Ok(()),
    }
}

/// That authority begins on no day that is over. `today` is none on the server's shell, where what began before the
/// register did is entered.
fn not_over(from: NaiveDate, today: Option<NaiveDate>, profile: &Profile) -> Result<(), Refusal> {
    match today {
        Some(today) if from < today => Err(profile.refuse(Reason::DayIsOver { first: today })),
        _ => Ok(()),
    }
}

/// That a last day lies no further back than yesterday, which is to say at once. `today` is none on the server's
/// shell, and where a validation of the permission ledger found the entry to be wrong.
fn ends_not_before(last: NaiveDate, today: Option<NaiveDate>, profile: &Profile) -> Result<(), Refusal> {
    match today.and_then(|today| today.pred_opt()) {
        Some(yesterday) if last < yesterday => Err(profile.refuse(Reason::DayIsOver { first: yesterday })),
        _ => Ok(()),
    }
}

/// That this person keeps the register of people: an administrator, or an officer who designates or registers.
///
/// # Errors
/// [`Reason::RoleMissing`] with the roles that do.
pub fn may_manage(actor: &Person, profile: &Profile) -> Result<(), Refusal> {
    let officers = officers(profile);
    let holds = |role: &RoleId| holding(actor, role, None, profile).is_some();
    if actor.is(Part::Administrator) || officers.iter().any(holds) {
        return Ok(());
    }
    if officers.is_empty() {
        return Err(profile.refuse(Reason::PartMissing { part: Part::Administrator }));
    }
    Err(profile.refuse(Reason::RoleMissing { roles: profile.role_names(&officers) }))
}

/// The roles that designate, register, or are told of it, each once.
#[must_use]
pub fn officers(profile: &Profile) -> Vec<RoleId> {
    let mut roles: Vec<RoleId> = Vec::new();
    for rule in &profile.designations {
        for role in std::iter::once(&rule.by).chain(&rule.registered_by).chain(&rule.report_to) {
            if !roles.contains(role) {
                roles.push(role.clone());
            }
        }
    }
    roles
}

/// In which of these roles this person acts for a division.
///
/// # Errors
/// [`Reason::RoleMissing`] with all of them.
fn acting(
    actor: &Person,
    roles: &[&RoleId],
    division: Option<DivisionId>,
    profile: &Profile,
) -> Result<Acting, Refusal> {
    let held = roles.iter().find_map(|role| {
        holding(actor, role, division, profile).map(|deputy_for| Acting { role: (*role).clone(), deputy_for })
    });
    held.ok_or_else(|| {
        let roles: Vec<RoleId> = roles.iter().map(|role| (*role).clone()).collect();
        profile.refuse(Reason::RoleMissing { roles: profile.role_names(&roles) })
    })
}

/// That a period runs forward, within the person's term and before he leaves.
fn period_fits(
    person: PersonId,
    from: NaiveDate,
    to: Option<NaiveDate>,
    staff: Option<&Staff>,
    profile: &Profile,
) -> Result<(), Refusal> {
    if to.is_some_and(|to| to < from) {
        return Err(profile.refuse(Reason::PeriodInverted));
    }
    let Some(staff) = staff else { return Ok(()) };
    if let Some(left) = staff.left.as_ref().filter(|left| left.last < from) {
        return Err(profile.refuse(Reason::PersonLeft { person, last: left.last }));
    }
    match staff.term_end {
        Some(on) if on < from || to.is_some_and(|to| on < to) => {
            Err(profile.refuse(Reason::BeyondTerm { on }))
        }
        _ => Ok(()),
    }
}

/// Something that a form must say.
fn missing_field(which: &str, ja: &str, en: &str, source: crate::refusal::Source) -> Missing {
    let name = Bilingual::new(ja, en);
    Missing { code: "field", which: which.to_owned(), name, item: None, source }
}

/// The division, where one of these roles is held for a division.
fn division_is_said(
    roles: &[RoleId],
    division: Option<DivisionId>,
    profile: &Profile,
) -> Result<(), Refusal> {
    let per_division = |role: &RoleId| profile.role(role).filter(|role| role.per_division);
    match (division, roles.iter().find_map(per_division)) {
        (None, Some(role)) => {
            let missing = missing_field("division", "部署", "division", role.source.clone());
            Refusal::unless_complete(vec![missing])
        }
        _ => Ok(()),
    }
}

/// The rule by which authority ends with the term.
fn term_rule(profile: &Profile) -> crate::refusal::Source {
    profile.source(ProductRule::TermEnds)
}
