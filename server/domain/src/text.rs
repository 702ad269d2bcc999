//! Languages, and texts that are kept beside the ledger.

use serde::{Deserialize, Serialize};

use crate::{
    ids::{ItemId, NoteId, PersonId, PlaceId},
    ledger::hash::Hash,
    place::Home,
};

/// A language that Hokan speaks. Japanese comes first everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// Japanese.
    #[default]
    Ja,
    /// English.
    En,
}

impl Lang {
    /// Picks one of two texts.
    #[must_use]
    pub fn pick<T>(self, ja: T, en: T) -> T {
        match self {
            Self::Ja => ja,
            Self::En => en,
        }
    }

    /// The language tag (BCP 47).
    #[must_use]
    pub fn tag(self) -> &'static str {
        self.pick("ja", "en")
    }
}

/// What an event holds of a text: where it is kept and its salted hash, never the text itself.
///
/// So a text can be erased later without breaking any proof, and nobody can find a short text by trying
/// all of them against the hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextRef {
    /// Where the text is kept.
    pub id: NoteId,
    /// `salted_digest(salt, text)`; the salt lies beside the text.
    pub digest: Hash,
}

/// Looks up what a person reads instead of an id. Implemented by the store; the rules never need a name.
pub trait Names {
    /// The display name of a person.
    fn person(&self, id: PersonId) -> String;
    /// The name of a place.
    fn place(&self, id: PlaceId) -> String;
    /// The title of an item.
    fn item(&self, id: ItemId) -> String;
    /// The name of a home, be it place or container.
    fn home(&self, home: Home) -> String;
}

/// Names nothing: prints the ids. For tests and for logs, where names must not appear.
#[derive(Debug, Clone, Copy)]
pub struct Nameless;

impl Names for Nameless {
    fn person(&self, id: PersonId) -> String {
        id.to_string()
    }
    fn place(&self, id: PlaceId) -> String {
        id.to_string()
    }
    fn item(&self, id: ItemId) -> String {
        id.to_string()
    }
    fn home(&self, home: Home) -> String {
        home.to_string()
    }
}
