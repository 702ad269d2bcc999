//! How the data on an item is protected (暗号化・パスワード): recorded facts, never a key.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    ids::PersonId,
    profile::Measure,
    text::{Lang, TextRef},
};

/// What keeps a finder from reading the data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Secrecy {
    /// Nothing.
    None,
    /// A password alone, without encryption.
    PasswordOnly,
    /// Encryption.
    Encrypted {
        /// The tool with its version.
        tool: TextRef,
        /// The algorithm, such as AES-256.
        algorithm: TextRef,
    },
}

/// The protection of an item as somebody verified it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Protected {
    /// What keeps a finder from reading it.
    pub secrecy: Secrecy,
    /// Whether password or key is kept and sent apart from the medium.
    pub key_apart: bool,
    /// Who verified it.
    pub verified_by: PersonId,
    /// When.
    pub verified_at: DateTime<Utc>,
}

impl Secrecy {
    /// The stable word.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::PasswordOnly => "password-only",
            Self::Encrypted { .. } => "encrypted",
        }
    }

    /// Whether this is what a measure asks for.
    #[must_use]
    pub fn has(&self, measure: Measure) -> bool {
        match measure {
            Measure::Encryption => matches!(self, Self::Encrypted { .. }),
            // A password is what opens what is encrypted, too.
            Measure::Password => !matches!(self, Self::None),
            _ => false,
        }
    }

    /// What a person reads.
    #[must_use]
    pub fn name(&self, lang: Lang) -> &'static str {
        match self {
            Self::None => lang.pick("保護なし", "Not protected"),
            Self::PasswordOnly => lang.pick("パスワードのみ", "Password only"),
            Self::Encrypted { .. } => lang.pick("暗号化", "Encrypted"),
        }
    }
}

impl Protected {
    /// Whether this measure is in place. Measures of transport are none of the medium's own.
    #[must_use]
    pub fn has(&self, measure: Measure) -> bool {
        self.secrecy.has(measure) || (measure == Measure::KeyApart && self.key_apart)
    }
}
