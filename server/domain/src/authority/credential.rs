//! Credentials that are not Hokan's own: a matching id (照合ID), the veins of the hand, a card. Only the facts are
//! recorded: which kind, for whom, since when, and that it was taken back. No template, no secret, no hash of one.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{Acting, designation::Designated, missing_field};
use crate::{
    approval::holding,
    event::Stamp,
    ids::{CredentialId, PersonId},
    person::{Part, Person},
    profile::{Choice, Profile, RoleId},
    refusal::{Reason, Refusal},
    text::TextRef,
};

/// What the ledger calls the subject of these events.
pub const SUBJECT_KIND: &str = "credential";

/// Something that happened to a credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum CredentialEvent {
    /// It was issued (発行).
    CredentialIssued {
        /// By whom.
        by: PersonId,
        /// In which role; none for an administrator.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        role: Option<RoleId>,
        /// For whom, where he is a deputy.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deputy_for: Option<PersonId>,
        /// To whom.
        person: PersonId,
        /// Which kind, as the profile calls it.
        what: String,
        /// What it is called where it is used: a user id, a number on a card; never a secret.
        identifier: TextRef,
        /// On which day.
        on: NaiveDate,
        /// Why there was no other way, where it is given only then (飯豊町 第7条第3項ただし書).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        exception: Option<TextRef>,
    },
    /// It was registered where it is used (登録), as a hand is at a reader.
    CredentialRegistered {
        /// Who recorded it.
        by: PersonId,
        /// On which day.
        on: NaiveDate,
        /// Where (指定する場所).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<TextRef>,
    },
    /// It was taken back or deleted (失効・削除).
    CredentialRevoked {
        /// Who recorded it; none on the server's shell.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<PersonId>,
        /// The last day on which it counts.
        on: NaiveDate,
        /// A word with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<TextRef>,
    },
}

impl CredentialEvent {
    /// The stable word that names this kind of event in the ledger.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::CredentialIssued { .. } => "credential-issued",
            Self::CredentialRegistered { .. } => "credential-registered",
            Self::CredentialRevoked { .. } => "credential-revoked",
        }
    }

    /// The texts that this event refers to.
    #[must_use]
    pub fn texts(&self) -> Vec<TextRef> {
        match self {
            Self::CredentialIssued { identifier, exception, .. } => {
                std::iter::once(*identifier).chain(*exception).collect()
            }
            Self::CredentialRegistered { place, .. } => place.iter().copied().collect(),
            Self::CredentialRevoked { note, .. } => note.iter().copied().collect(),
        }
    }
}

/// A credential: the fold of its events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credential {
    /// Its id.
    pub id: CredentialId,
    /// How many events were folded; the next event is number `version + 1`.
    pub version: u64,
    /// Whose.
    pub person: PersonId,
    /// Which kind, as the profile calls it.
    pub what: String,
    /// What it is called where it is used.
    pub identifier: TextRef,
    /// The day on which it was issued.
    pub issued_on: NaiveDate,
    /// Who issued it, and in which role.
    pub issued_by: (PersonId, Option<RoleId>),
    /// Why there was no other way.
    pub exception: Option<TextRef>,
    /// The day on which it was registered, and where.
    pub registered: Option<(NaiveDate, Option<TextRef>)>,
    /// The last day on which it counts.
    pub revoked_on: Option<NaiveDate>,
    /// When it was first recorded.
    pub at: DateTime<Utc>,
}

impl Credential {
    /// Whether it was taken back, or will be.
    #[must_use]
    pub fn is_revoked(&self) -> bool {
        self.revoked_on.is_some()
    }
}

/// Folds one event into the credential. Total; `None` stands for one that did not begin yet.
#[must_use]
pub fn evolve(
    id: CredentialId,
    credential: Option<Credential>,
    stamp: &Stamp,
    event: &CredentialEvent,
) -> Option<Credential> {
    let Some(mut credential) = credential else {
        let CredentialEvent::CredentialIssued { by, role, person, what, identifier, on, exception, .. } =
            event
        else {
            return None;
        };
        return Some(Credential {
            id,
            version: 1,
            person: *person,
            what: what.clone(),
            identifier: *identifier,
            issued_on: *on,
            issued_by: (*by, role.clone()),
            exception: *exception,
            registered: None,
            revoked_on: None,
            at: stamp.recorded_at,
        });
    };
    credential.version += 1;
    match event {
        CredentialEvent::CredentialIssued { .. } => {}
        CredentialEvent::CredentialRegistered { on, place, .. } => {
            credential.registered = Some((*on, *place));
        }
        CredentialEvent::CredentialRevoked { on, .. } => credential.revoked_on = Some(*on),
    }
    Some(credential)
}

/// A credential to record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuing<'a> {
    /// To whom.
    pub person: PersonId,
    /// Which kind.
    pub what: &'a Choice,
    /// What it is called where it is used.
    pub identifier: TextRef,
    /// On which day.
    pub on: NaiveDate,
    /// Why there was no other way.
    pub exception: Option<TextRef>,
}

/// In which role somebody issues credentials to a handler: whoever designates or registers him (飯豊町 第7条
/// 第3項・第8条第3項, 北見市 第5条第4項). None for an administrator, who records what others issued.
fn issuer(designations: &[Designated], actor: &Person, profile: &Profile) -> Result<Option<Acting>, Refusal> {
    let mut roles: Vec<RoleId> = Vec::new();
    for designated in designations {
        let rules = profile.designations.iter().filter(|rule| {
            // Whoever was set up is anybody's who designates.
            designated.designation.as_ref().is_none_or(|known| rule.id == *known)
        });
        for role in rules.flat_map(|rule| std::iter::once(&rule.by).chain(&rule.registered_by)) {
            if let Some(deputy_for) = holding(actor, role, designated.division, profile) {
                return Ok(Some(Acting { role: role.clone(), deputy_for }));
            }
            if !roles.contains(role) {
                roles.push(role.clone());
            }
        }
    }
    if actor.is(Part::Administrator) {
        return Ok(None);
    }
    Err(match roles.is_empty() {
        true => profile.refuse(Reason::PartMissing { part: Part::Administrator }),
        false => profile.refuse(Reason::RoleMissing { roles: profile.role_names(&roles) }),
    })
}

/// Records that a credential was issued. `designations` are those of the person that are in force.
///
/// # Errors
/// By the clause of the kind: [`Reason::RoleMissing`]; [`Reason::NotReady`] where a kind that is an exception has
/// no reason. An exception is the officer's own to make, not an administrator's.
pub fn issue(
    issuing: &Issuing<'_>,
    designations: &[Designated],
    actor: &Person,
    profile: &Profile,
) -> Result<Vec<CredentialEvent>, Refusal> {
    let Issuing { person, what, identifier, on, exception } = issuing;
    let by_clause = |refusal: Refusal| Refusal { source: what.source.clone(), ..refusal };
    let acting = issuer(designations, actor, profile).map_err(by_clause)?;
    let is_exception = profile.credentials.exceptions.contains(&what.id);
    if is_exception && acting.is_none() {
        let plain = Person { parts: std::collections::BTreeSet::new(), ..actor.clone() };
        issuer(designations, &plain, profile).map_err(by_clause)?;
    }
    if is_exception && exception.is_none() {
        let missing = missing_field(
            "exception",
            "生体認証によることができない事情",
            "why there is no other way",
            what.source.clone(),
        );
        Refusal::unless_complete(vec![missing])?;
    }
    let (role, deputy_for) = acting.map_or((None, None), |acting| (Some(acting.role), acting.deputy_for));
    Ok(vec![CredentialEvent::CredentialIssued {
        by: actor.id,
        role,
        deputy_for,
        person: *person,
        what: what.id.clone(),
        identifier: *identifier,
        on: *on,
        exception: *exception,
    }])
}

fn still_there(credential: &Credential, profile: &Profile) -> Result<(), Refusal> {
    if credential.is_revoked() { Err(profile.refuse(Reason::AlreadyDone)) } else { Ok(()) }
}

/// Records that a credential was registered where it is used.
///
/// # Errors
/// [`Reason::RoleMissing`]; [`Reason::AlreadyDone`] where it was registered or revoked;
/// [`Reason::PeriodInverted`] where it was not issued by then.
pub fn register(
    credential: &Credential,
    on: NaiveDate,
    place: Option<TextRef>,
    designations: &[Designated],
    actor: &Person,
    profile: &Profile,
) -> Result<Vec<CredentialEvent>, Refusal> {
    issuer(designations, actor, profile)?;
    still_there(credential, profile)?;
    if credential.registered.is_some() {
        return Err(profile.refuse(Reason::AlreadyDone));
    }
    if on < credential.issued_on {
        return Err(profile.refuse(Reason::PeriodInverted));
    }
    Ok(vec![CredentialEvent::CredentialRegistered { by: actor.id, on, place }])
}

/// Records that a credential was taken back.
///
/// # Errors
/// [`Reason::RoleMissing`], [`Reason::AlreadyDone`], [`Reason::PeriodInverted`] where it was not issued by then.
pub fn revoke(
    credential: &Credential,
    on: NaiveDate,
    note: Option<TextRef>,
    designations: &[Designated],
    actor: &Person,
    profile: &Profile,
) -> Result<Vec<CredentialEvent>, Refusal> {
    issuer(designations, actor, profile)?;
    still_there(credential, profile)?;
    if on < credential.issued_on {
        return Err(profile.refuse(Reason::PeriodInverted));
    }
    Ok(vec![CredentialEvent::CredentialRevoked { by: Some(actor.id), on, note }])
}
