//! The periodic validation of the permission ledger (管理ファイルの正当性の確認, 北見市 第5条第10項・第6条第5項):
//! every entry is looked at, confirmed or corrected, and the officer signs the whole off. A correction names the
//! act that made it (第5条第11項・第6条第6項).

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Acting, acting,
    appointment::Appointment,
    credential::Credential,
    designation::{Designated, DesignationState, rule_of},
};
use crate::{
    event::Stamp,
    ids::{AppointmentId, CredentialId, DesignationId, EventId, PersonId, ValidationId},
    japan_date::jst_date,
    person::Person,
    profile::{Bilingual, Inspection, Profile, RoleId},
    refusal::{Missing, Reason, Refusal},
    text::TextRef,
};

/// What the ledger calls the subject of these events.
pub const SUBJECT_KIND: &str = "validation";

/// How a profile's inspections begin that look through the permission ledger: `ledger-cokas`.
const OF_THE_LEDGER: &str = "ledger-";

/// An entry of the permission ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Line {
    /// A post or role of somebody.
    Appointment(AppointmentId),
    /// A designation of somebody.
    Designation(DesignationId),
    /// A credential of somebody.
    Credential(CredentialId),
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Appointment(id) => id.fmt(f),
            Self::Designation(id) => id.fmt(f),
            Self::Credential(id) => id.fmt(f),
        }
    }
}

impl std::str::FromStr for Line {
    type Err = crate::ids::BadId;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        (text.parse().map(Self::Appointment))
            .or_else(|_| text.parse().map(Self::Designation))
            .or_else(|_| text.parse().map(Self::Credential))
    }
}

/// Something that happened in a validation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ValidationEvent {
    /// It began, with the entries of that moment.
    ValidationBegun {
        /// By whom.
        by: PersonId,
        /// In which role.
        role: RoleId,
        /// For whom, where he is a deputy.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deputy_for: Option<PersonId>,
        /// Which inspection of the profile it is.
        inspection: String,
        /// The entries.
        lines: Vec<Line>,
    },
    /// An entry was found right.
    EntryConfirmed {
        /// By whom.
        by: PersonId,
        /// Which.
        line: Line,
    },
    /// An entry was found wrong, and corrected.
    EntryCorrected {
        /// By whom.
        by: PersonId,
        /// Which.
        line: Line,
        /// The event that corrected it.
        correction: EventId,
        /// What was wrong.
        note: TextRef,
    },
    /// The officer signed it off.
    ValidationSignedOff {
        /// Who.
        by: PersonId,
        /// In which role.
        role: RoleId,
        /// For whom, where he is a deputy.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deputy_for: Option<PersonId>,
    },
}

impl ValidationEvent {
    /// The stable word that names this kind of event in the ledger.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ValidationBegun { .. } => "validation-begun",
            Self::EntryConfirmed { .. } => "entry-confirmed",
            Self::EntryCorrected { .. } => "entry-corrected",
            Self::ValidationSignedOff { .. } => "validation-signed-off",
        }
    }

    /// The texts that this event refers to.
    #[must_use]
    pub fn texts(&self) -> Vec<TextRef> {
        match self {
            Self::EntryCorrected { note, .. } => vec![*note],
            _ => Vec::new(),
        }
    }
}

/// What was found of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Found {
    /// By whom.
    pub by: PersonId,
    /// When.
    pub at: DateTime<Utc>,
    /// The event that corrected it, and what was wrong; none where it was right.
    pub corrected: Option<(EventId, TextRef)>,
}

/// A validation: the fold of its events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validation {
    /// Its id.
    pub id: ValidationId,
    /// How many events were folded; the next event is number `version + 1`.
    pub version: u64,
    /// Which inspection of the profile it is.
    pub inspection: String,
    /// When it began.
    pub begun_at: DateTime<Utc>,
    /// Who began it.
    pub begun_by: PersonId,
    /// The entries that nobody looked at yet.
    pub open: BTreeSet<Line>,
    /// What was found of the others, in the order of the entries.
    #[serde(with = "pairs")]
    pub found: BTreeMap<Line, Found>,
    /// Who signed it off, and when.
    pub signed_off: Option<(PersonId, DateTime<Utc>)>,
}

/// A map whose keys are no texts, as a list of pairs.
mod pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{Found, Line};

    pub(super) fn serialize<S: Serializer>(
        map: &BTreeMap<Line, Found>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        map.iter().collect::<Vec<_>>().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<Line, Found>, D::Error> {
        Ok(Vec::<(Line, Found)>::deserialize(deserializer)?.into_iter().collect())
    }
}

/// Folds one event into the validation. Total; `None` stands for one that did not begin yet.
#[must_use]
pub fn evolve(
    id: ValidationId,
    validation: Option<Validation>,
    stamp: &Stamp,
    event: &ValidationEvent,
) -> Option<Validation> {
    let Some(mut validation) = validation else {
        let ValidationEvent::ValidationBegun { by, inspection, lines, .. } = event else { return None };
        return Some(Validation {
            id,
            version: 1,
            inspection: inspection.clone(),
            begun_at: stamp.recorded_at,
            begun_by: *by,
            open: lines.iter().copied().collect(),
            found: BTreeMap::new(),
            signed_off: None,
        });
    };
    validation.version += 1;
    let mut find = |by: PersonId, line: Line, corrected| {
        validation.open.remove(&line);
        validation.found.insert(line, Found { by, at: stamp.recorded_at, corrected });
    };
    match event {
        ValidationEvent::ValidationBegun { .. } => {}
        ValidationEvent::EntryConfirmed { by, line } => find(*by, *line, None),
        ValidationEvent::EntryCorrected { by, line, correction, note } => {
            find(*by, *line, Some((*correction, *note)));
        }
        ValidationEvent::ValidationSignedOff { by, .. } => {
            validation.signed_off = Some((*by, stamp.recorded_at));
        }
    }
    Some(validation)
}

/// The inspections of a profile that look through the permission ledger.
pub fn inspections(profile: &Profile) -> impl Iterator<Item = &Inspection> {
    profile.inspections.iter().filter(|inspection| inspection.id.starts_with(OF_THE_LEDGER))
}

/// Since which day an inspection is due: so many days after the last that was signed off, or after the
/// regulation came into force where there was none. `validations` are all of them.
#[must_use]
pub fn due_on(inspection: &Inspection, validations: &[Validation], profile: &Profile) -> NaiveDate {
    let signed = validations
        .iter()
        .filter(|validation| validation.inspection == inspection.id)
        .filter_map(|validation| validation.signed_off.map(|(_, at)| jst_date(at)))
        .max();
    let last = signed.unwrap_or(profile.in_force_from);
    last.checked_add_signed(TimeDelta::days(i64::from(inspection.every_days))).unwrap_or(NaiveDate::MAX)
}

/// The entries that an inspection looks at, as they stand on a day: where its officer designates or registers, those
/// designations and the credentials of the same people; otherwise all.
#[must_use]
pub fn entries(
    inspection: &Inspection,
    all: (&[Appointment], &[Designated], &[Credential]),
    day: NaiveDate,
    profile: &Profile,
) -> Vec<Line> {
    let (appointments, designations, credentials) = all;
    let his = |rule: &crate::profile::Designation| {
        rule.by == inspection.by || rule.registered_by.as_ref() == Some(&inspection.by)
    };
    let only_his = profile.designations.iter().any(his);
    let counts = |last: Option<NaiveDate>| last.is_none_or(|last| day <= last);
    let designations: Vec<&Designated> = designations
        .iter()
        .filter(|one| one.state != DesignationState::TurnedDown && counts(one.last()))
        .filter(|one| !only_his || rule_of(one, profile).is_some_and(his))
        .collect();
    let appointed = appointments.iter().filter(|one| !only_his && counts(one.last()));
    let issued = credentials
        .iter()
        .filter(|one| counts(one.revoked_on))
        .filter(|one| !only_his || designations.iter().any(|designated| designated.person == one.person));
    appointed
        .map(|one| Line::Appointment(one.id))
        .chain(designations.iter().map(|one| Line::Designation(one.id)))
        .chain(issued.map(|one| Line::Credential(one.id)))
        .collect()
}

fn officer(inspection: &Inspection, actor: &Person, profile: &Profile) -> Result<Acting, Refusal> {
    acting(actor, &[&inspection.by], None, profile)
        .map_err(|refusal| Refusal { source: inspection.source.clone(), ..refusal })
}

/// Begins a validation. `open` is one of the same inspection that is not signed off.
///
/// # Errors
/// By the clause of the inspection: [`Reason::RoleMissing`], [`Reason::AlreadyDone`] where one goes on.
pub fn begin(
    inspection: &Inspection,
    lines: Vec<Line>,
    open: Option<&Validation>,
    actor: &Person,
    profile: &Profile,
) -> Result<Vec<ValidationEvent>, Refusal> {
    let Acting { role, deputy_for } = officer(inspection, actor, profile)?;
    if open.is_some() {
        return Err(Refusal::by(&inspection.source, Reason::AlreadyDone));
    }
    let inspection = inspection.id.clone();
    Ok(vec![ValidationEvent::ValidationBegun { by: actor.id, role, deputy_for, inspection, lines }])
}

fn goes_on(validation: &Validation, inspection: &Inspection) -> Result<(), Refusal> {
    if validation.signed_off.is_some() {
        return Err(Refusal::by(&inspection.source, Reason::AlreadyDone));
    }
    Ok(())
}

/// Confirms an entry, or says by which event it was corrected and what was wrong with it.
///
/// # Errors
/// By the clause of the inspection: [`Reason::RoleMissing`]; [`Reason::AlreadyDone`] where the entry was looked at
/// already, is none of this validation, or all of it is signed off.
pub fn look_at(
    validation: &Validation,
    inspection: &Inspection,
    line: Line,
    corrected: Option<(EventId, TextRef)>,
    actor: &Person,
    profile: &Profile,
) -> Result<Vec<ValidationEvent>, Refusal> {
    officer(inspection, actor, profile)?;
    goes_on(validation, inspection)?;
    if !validation.open.contains(&line) {
        return Err(Refusal::by(&inspection.source, Reason::AlreadyDone));
    }
    let by = actor.id;
    Ok(vec![match corrected {
        None => ValidationEvent::EntryConfirmed { by, line },
        Some((correction, note)) => ValidationEvent::EntryCorrected { by, line, correction, note },
    }])
}

/// Signs a validation off.
///
/// # Errors
/// By the clause of the inspection: [`Reason::RoleMissing`], [`Reason::AlreadyDone`], [`Reason::NotReady`] with
/// every entry that nobody looked at.
pub fn sign_off(
    validation: &Validation,
    inspection: &Inspection,
    actor: &Person,
    profile: &Profile,
) -> Result<Vec<ValidationEvent>, Refusal> {
    let Acting { role, deputy_for } = officer(inspection, actor, profile)?;
    goes_on(validation, inspection)?;
    let missing = validation.open.iter().map(|line| Missing {
        code: "entry",
        which: line.to_string(),
        name: match line {
            Line::Appointment(_) => Bilingual::new("職・役割の記載", "an entry of a post or role"),
            Line::Designation(_) => Bilingual::new("指定の記載", "an entry of a designation"),
            Line::Credential(_) => Bilingual::new("認証情報の記載", "an entry of a credential"),
        },
        item: None,
        source: inspection.source.clone(),
    });
    Refusal::unless_complete(missing.collect())?;
    Ok(vec![ValidationEvent::ValidationSignedOff { by: actor.id, role, deputy_for }])
}
