//! Who is signed in, and what there is to choose from.

use std::fmt;

use chrono::{DateTime, Utc};
use hokan_domain::{
    ids::{DeviceId, PersonId},
    item::ItemKind,
    label::LabelId,
    place::Home,
    profile::Profile,
    retention::Start,
    text::Lang,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{HomeKind, ItemSummary, Named, OfferedItem, PersonView};

/// Name and password of a person who signs in.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The name that the person signs in with.
    #[schema(max_length = 200, example = "sato")]
    pub login: String,
    /// The password, as typed.
    #[schema(max_length = 1000, format = Password)]
    pub password: String,
}

/// Never prints the password: requests end up in logs.
impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignIn").field("login", &self.login).finish_non_exhaustive()
    }
}

/// The person who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SignedInPerson {
    /// Who.
    #[schema(value_type = String, example = "per_0192f3c4d5e67890a1b2c3d4e5f60719")]
    pub id: PersonId,
    /// The display name.
    pub name: String,
    /// The parts that the person plays now.
    pub parts: Vec<Named>,
}

/// What follows on name and password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SignInNext {
    /// Nothing: the session is open.
    Done,
    /// A second factor has to be shown.
    SecondFactor,
    /// The password has to be changed on the page for it; until then the session opens nothing else.
    ChangePassword,
    /// A second factor has to be set up on the page for it; until then the session opens nothing else.
    Enrol,
}

/// How far name and password lead.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SignInAnswer {
    /// What follows.
    pub next: SignInNext,
    /// To be sent as `Authorization: Bearer TOKEN`; missing while a second factor has to be shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// To be sent with the code; only while a second factor has to be shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// Until when the session lasts, or the step.
    pub expires_at: DateTime<Utc>,
    /// Who signed in; missing while a second factor has to be shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<SignedInPerson>,
}

/// Never prints the secrets.
impl fmt::Debug for SignInAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignInAnswer").field("next", &self.next).finish_non_exhaustive()
    }
}

impl SignInAnswer {
    /// A session that is open, and what it still needs.
    #[must_use]
    pub fn opened(signed_in: SignedIn, next: SignInNext) -> Self {
        let SignedIn { token, expires_at, person } = signed_in;
        Self { next, token: Some(token), step: None, expires_at, person: Some(person) }
    }

    /// A second factor has to be shown.
    #[must_use]
    pub fn second(step: String, expires_at: DateTime<Utc>) -> Self {
        Self { next: SignInNext::SecondFactor, token: None, step: Some(step), expires_at, person: None }
    }
}

/// A second factor of somebody whose password was right.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SecondStep {
    /// The `step` that signing in answered.
    #[schema(max_length = 200)]
    pub step: String,
    /// A code of the authenticator app, or a recovery code.
    #[schema(max_length = 100, format = Password)]
    pub code: String,
}

/// Never prints the code.
impl fmt::Debug for SecondStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecondStep").finish_non_exhaustive()
    }
}

/// A second factor of somebody who is signed in.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// A code of the authenticator app, or a recovery code.
    #[schema(max_length = 100, format = Password)]
    pub code: String,
}

/// Never prints the code.
impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proof").finish_non_exhaustive()
    }
}

/// A session that was opened.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SignedIn {
    /// To be sent as `Authorization: Bearer TOKEN`.
    pub token: String,
    /// Until when, unless it is signed out before.
    pub expires_at: DateTime<Utc>,
    /// Who signed in.
    pub person: SignedInPerson,
}

/// Never prints the token: whoever reads a log must not be able to act with it.
impl fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedIn")
            .field("expires_at", &self.expires_at)
            .field("person", &self.person.id)
            .finish_non_exhaustive()
    }
}

/// What pairs a phone. Who confirms it is known by the session.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    /// What stands behind `/pair/` in the address of the QR code.
    #[schema(max_length = 200)]
    pub token: String,
    /// What the person calls the phone.
    #[schema(max_length = 60, example = "税務課の携帯電話")]
    pub name: String,
}

/// Never prints the token: requests end up in logs.
impl fmt::Debug for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pair").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A phone that was paired, and its session.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Paired {
    /// The phone. Its observations bear this id.
    #[schema(value_type = String, example = "dev_0192f3c4d5e67890a1b2c3d4e5f60722")]
    pub device: DeviceId,
    /// To be kept and sent as `Authorization: Bearer hkd_…` with observations that no session delivers any
    /// more. Shown once.
    pub delivery_secret: String,
    /// The session of the phone. It takes the place of the one that confirmed, which has ended.
    pub session: SignedIn,
}

/// Never prints the secret.
impl fmt::Debug for Paired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Paired")
            .field("device", &self.device)
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}

/// What concerns the person who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Me {
    /// Who it is.
    pub person: SignedInPerson,
    /// What he or she holds.
    pub holding: Vec<ItemSummary>,
    /// What others offer, to this person or to any handler.
    pub offered_to_me: Vec<OfferedItem>,
    /// What this person offers and nobody has answered.
    pub offered_by_me: Vec<OfferedItem>,
    /// How many discrepancies wait for somebody to settle them.
    pub discrepancies_open: u64,
}

/// What a phone needs to choose from, so that it can fill its forms without signal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Directory {
    /// Everybody who may receive now, without the caller.
    pub people: Vec<PersonView>,
    /// Places and containers.
    pub homes: Vec<DirectoryHome>,
    /// The kinds of item, in the order in which a form offers them.
    pub item_kinds: Vec<Named>,
    /// The kinds of data, in the order in which a form offers them.
    pub categories: Vec<Named>,
    /// What the regulation in force lets people choose from.
    pub choices: Choices,
}

/// What the regulation in force lets people choose from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct Choices {
    /// The divisions (課); their codes are ids: `div_…`.
    pub divisions: Vec<Named>,
    /// The permitted purposes (事務).
    pub purposes: Vec<Named>,
    /// Whether data must be recorded under one of the purposes.
    pub purpose_required: bool,
    /// The retention rules.
    pub retention_rules: Vec<Named>,
    /// What retention rules wait for; each is named after the first rule that waits for it.
    pub retention_events: Vec<Named>,
    /// The allowed ways to erase and to destroy.
    pub methods: Vec<MethodChoice>,
    /// The permitted grounds (事由) of a carry-out.
    pub grounds: Vec<Named>,
    /// Movements that are no carry-outs though they look like them.
    pub exempt: Vec<Named>,
}

/// An allowed way to erase or to destroy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MethodChoice {
    /// The stable word, as it is sent.
    #[schema(example = "crush-drive")]
    pub code: String,
    /// What people read.
    pub name: String,
    /// The codes of the kinds of item that it is for.
    pub kinds: Vec<String>,
    /// Whether it destroys, rather than erases.
    pub disposes: bool,
    /// Whether tool and version must be given.
    pub needs_tool: bool,
}

impl Choices {
    /// What this regulation lets people choose from.
    #[must_use]
    pub fn of(profile: &Profile, divisions: Vec<Named>, lang: Lang) -> Self {
        let mut retention_events: Vec<Named> = Vec::new();
        for (rule, _) in &profile.retention.rules {
            if let Start::Event(event) = &rule.start
                && !retention_events.iter().any(|known| known.code == *event)
            {
                retention_events.push(Named { code: event.clone(), name: rule.name.get(lang).to_owned() });
            }
        }
        let rules = profile.retention.rules.iter();
        let methods = profile.disposal.methods.iter();
        let grounds = profile.carry_out.grounds.iter();
        Self {
            divisions,
            purposes: profile.purposes.list.iter().map(|purpose| Named::choice(purpose, lang)).collect(),
            purpose_required: profile.purposes.required.is_some(),
            retention_rules: rules
                .map(|(rule, _)| Named { code: rule.id.clone(), name: rule.name.get(lang).to_owned() })
                .collect(),
            retention_events,
            methods: methods
                .map(|method| MethodChoice {
                    code: method.id.clone(),
                    name: method.name.get(lang).to_owned(),
                    kinds: method.kinds.iter().map(|kind| ItemKind::code(*kind).to_owned()).collect(),
                    disposes: method.disposes,
                    needs_tool: method.needs_tool,
                })
                .collect(),
            grounds: grounds
                .map(|ground| Named { code: ground.id.clone(), name: ground.name.get(lang).to_owned() })
                .collect(),
            exempt: profile.carry_out.exempt.iter().map(|choice| Named::choice(choice, lang)).collect(),
        }
    }
}

/// A place or container in the directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DirectoryHome {
    /// `plc_…` or `con_…`.
    pub id: String,
    /// Which of the two.
    pub kind: HomeKind,
    /// What people call it.
    pub name: String,
    /// The code on its label, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub label: Option<LabelId>,
}

impl DirectoryHome {
    /// An entry of the directory.
    #[must_use]
    pub fn new(home: Home, name: String, label: Option<LabelId>) -> Self {
        Self { id: home.to_string(), kind: home.into(), name, label }
    }
}
