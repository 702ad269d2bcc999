//! How a profile is read, and what is refused.
//!
//! Two texts make a profile: the body's own regulation, and beneath it the national default, which answers
//! where the regulation is silent. An entry of the first carries [`Source::Clause`], one of the second
//! [`Source::Default`]. The body may set the numbers that a text leaves open (`[[values]]`); its settings
//! replace what either text proposes.
//!
//! # What replaces what
//!
//! | Part of the text | The regulation and the default together |
//! | --- | --- |
//! | `[[values]]` | by id; then the body's settings |
//! | `[[roles]]` | own ones; of the default those whose work none of them does (same id, or `stands_for`) |
//! | `[[gates]]` | own before default; a gate of the default goes where an own one has no `when` |
//! | single keys (`leaves`, `witness`, `photo_before` …) | own before default, key by key |
//! | `[[designations]]`, `[[purposes.list]]`, `[[carry_out.grounds]]`, `[[carry_out.exempt]]`, `[[carry_out.fields]]`, `[[credentials.*]]`, `[[contract.*]]` | the own list, or else the default's |
//! | `[sign_in]`, `[sign_in.password]` | own before default, key by key |
//! | `[[inspections]]`, `[[forms]]`, `[[books]]`, `[[levels]]` | own ones, and the default's of other ids or numbers |
//! | `[[carry_out.protections]]`, `[[media.before_data]]` | own ones, and the default's for kinds of item of which no own one speaks |
//! | `[[disposal.methods]]` | the same, apart for erasing (`clear`, `purge`) and destroying (`destroy`) |
//! | `[[retention.rules]]` | own ones; of the default only those that `[[retention.defaults]]` fall back on, and all where there are no own ones |
//! | `[[retention.defaults]]` | own before default; the default's go where an own one has no `when` |
//! | `[[incident.chain]]` | own steps; the default's within the body only where there are no own ones within it; the default's to the outside, which the law asks for, by id |
//! | `[[remarks]]`, `[citations]` | both |
//!
//! A role that the default names is played here by the roles that stand for it. Where several do, one
//! approver becomes any of them; where all of a list must approve, or one role has something to do, it is
//! the first of them.
//!
//! Something that the default asks for and the regulation does not want is said so:
//! `photo_after = { required = false, clause = "第3条" }`.
//!
//! # How it is written
//!
//! Every entry names its clause, and the regulation where that is another one (`regulation = "…"`). Where a
//! number stands, the name of one in `[[values]]` can stand too. Kinds of item are named one by one or by the
//! groups in [`kinds`](super::kinds).
//!
//! ```toml
//! id = "mihon"
//! title = { ja = "見本町特定個人情報等取扱規程", en = "Mihon: regulation on personal numbers" }
//! in_force_from = 2026-04-01
//!
//! [[roles]]
//! id = "data-officer"
//! name = { ja = "情報管理者", en = "data officer" }
//! post = "総務課長"
//! stands_for = ["protection-officer"]
//! clause = "第4条"
//!
//! [[values]]
//! id = "bulk-records"
//! name = { ja = "大量に当たる件数", en = "what counts as many" }
//! phrase = "大量"
//! unit = "records"
//! value = 500
//! proposal = true
//! clause = "第9条第2項"
//!
//! [[gates]]
//! before = "bulk"
//! approvals = { one = "data-officer" }       # or { all = […] }, { any = […] }
//! when = { kinds = ["media"], records_at_least = "bulk-records" }
//! clause = "第9条第2項"
//!
//! [carry_out]
//! leaves = "office"
//! clause = "第11条"
//!
//! [[carry_out.protections]]
//! when = { kinds = ["media"] }
//! any_of = ["locked-container", "strict-packaging"]
//! clause = "第11条第2項"
//!
//! [citations]
//! handlers-only = "第7条第1項"
//! ```
//!
//! # What is refused
//!
//! Whatever is not understood, with its place, and as many mistakes at once as can be told apart: see
//! [`Mistake`].

mod merge;
mod mistake;
mod written;

use std::collections::BTreeMap;

pub use self::mistake::{Mistake, ProfileError, ProfileErrors};
use super::Profile;
use crate::ledger::hash::Hash;
#[cfg(doc)]
use crate::refusal::Source;

/// The profile beneath all others, as shipped.
pub const NATIONAL_DEFAULT: &str = include_str!("../../../profiles/national-default.toml");

/// The file that [`NATIONAL_DEFAULT`] is kept in.
pub const NATIONAL_DEFAULT_FILE: &str = "national-default.toml";

/// A profile that comes with the product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shipped {
    /// Its short name.
    pub id: &'static str,
    /// The file that it is kept in.
    pub file: &'static str,
    /// Its text.
    pub text: &'static str,
}

/// Every profile that comes with the product, the national default first.
pub const SHIPPED: &[Shipped] = &[
    Shipped { id: "national-default", file: NATIONAL_DEFAULT_FILE, text: NATIONAL_DEFAULT },
    Shipped { id: "iide", file: "iide.toml", text: include_str!("../../../profiles/iide.toml") },
    Shipped { id: "yabu", file: "yabu.toml", text: include_str!("../../../profiles/yabu.toml") },
    Shipped {
        id: "nagasaki-kyosai",
        file: "nagasaki-kyosai.toml",
        text: include_str!("../../../profiles/nagasaki-kyosai.toml"),
    },
    Shipped {
        id: "nishi-izu",
        file: "nishi-izu.toml",
        text: include_str!("../../../profiles/nishi-izu.toml"),
    },
    Shipped { id: "kitami", file: "kitami.toml", text: include_str!("../../../profiles/kitami.toml") },
];

/// What a profile is read from.
#[derive(Debug, Clone, Copy)]
pub struct Texts<'t> {
    /// The body's own regulation, with the name of its file. None where the national default is all.
    pub own: Option<(&'t str, &'t str)>,
    /// The national default, with the name of its file.
    pub beneath: (&'t str, &'t str),
    /// The body's own numbers, by the names of [`Value`](super::Value)s.
    pub settings: &'t BTreeMap<String, u32>,
}

/// No numbers of the body's own.
static NO_SETTINGS: BTreeMap<String, u32> = BTreeMap::new();

impl<'t> Texts<'t> {
    /// The national default alone.
    #[must_use]
    pub fn national_default() -> Self {
        Self { own: None, beneath: (NATIONAL_DEFAULT_FILE, NATIONAL_DEFAULT), settings: &NO_SETTINGS }
    }

    /// A regulation with the national default beneath it.
    #[must_use]
    pub fn of(file: &'t str, text: &'t str) -> Self {
        Self { own: Some((file, text)), ..Self::national_default() }
    }

    /// With the body's own numbers.
    #[must_use]
    pub fn with(self, settings: &'t BTreeMap<String, u32>) -> Self {
        Self { settings, ..self }
    }

    /// SHA-256 of all that the profile is read from. Of the national default alone it is that of its text;
    /// otherwise lengths stand before the parts, so that no two sets of texts and numbers are taken for one
    /// another. The names of the files do not count.
    fn digest(&self) -> Hash {
        if self.own.is_none() && self.settings.is_empty() {
            return Hash::of(self.beneath.1.as_bytes());
        }
        let mut bytes = b"hokan-profile-v1\0".to_vec();
        let mut part = |text: &str| {
            bytes.extend(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
            bytes.extend(text.as_bytes());
        };
        part(self.beneath.1);
        part(self.own.map_or("", |(_, text)| text));
        for (id, number) in self.settings {
            part(id);
            part(&number.to_string());
        }
        Hash::of(&bytes)
    }
}

impl Profile {
    /// Reads a profile.
    ///
    /// # Errors
    /// Every mistake that was found in the texts and in the body's own numbers.
    pub fn read(texts: &Texts<'_>) -> Result<Self, ProfileErrors> {
        merge::profile(texts.own, texts.beneath, texts.settings, texts.digest()).map_err(ProfileErrors)
    }

    /// Reads a text that stands alone, as the national default does: nothing beneath it answers where it is
    /// silent.
    ///
    /// # Errors
    /// Every mistake that was found.
    pub fn parse(text: &str) -> Result<Self, ProfileErrors> {
        Self::read(&Texts { beneath: (NATIONAL_DEFAULT_FILE, text), ..Texts::national_default() })
    }

    /// The profile of this name that comes with the product, with the body's own numbers.
    ///
    /// # Errors
    /// Mistakes in the numbers; the texts that come with the product have none.
    #[must_use]
    pub fn shipped(id: &str, settings: &BTreeMap<String, u32>) -> Option<Result<Self, ProfileErrors>> {
        let shipped = SHIPPED.iter().find(|shipped| shipped.id == id)?;
        let texts = if shipped.text == NATIONAL_DEFAULT {
            Texts::national_default()
        } else {
            Texts::of(shipped.file, shipped.text)
        };
        Some(Self::read(&texts.with(settings)))
    }
}
