//! Who is signed in, and what there is to choose from.

use std::fmt;

use chrono::{DateTime, Utc};
use hokan_domain::{
    ids::PersonId, item::ItemKind, label::LabelId, place::Home, profile::Profile, retention::Start,
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
