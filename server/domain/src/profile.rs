//! The regulation (規程) in force, as data.
//!
//! A profile is TOML in which unknown keys are refused. Its digest is written into every event that was
//! judged by it, so that years later the text that judged can be shown beside the judgement.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde::Deserialize;

use crate::{
    ledger::hash::Hash,
    refusal::{ProductRule, Source},
    text::Lang,
};

/// The profile beneath all others, as shipped.
pub const NATIONAL_DEFAULT: &str = include_str!("../../profiles/national-default.toml");

/// A profile that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// Not TOML, an unknown key, a missing value or a wrong type. The message names line and column.
    #[error("{0}")]
    Syntax(#[from] toml::de::Error),
    /// A number outside its range.
    #[error("{key} must be between {least} and {most}, but is {found}")]
    OutOfRange {
        /// The key.
        key: &'static str,
        /// The least value allowed.
        least: i64,
        /// The greatest value allowed.
        most: i64,
        /// The value found.
        found: i64,
    },
    /// A citation for a rule that does not exist.
    #[error("citations: there is no rule named {0:?}")]
    UnknownRule(String),
}

/// Two texts, one in each language.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bilingual {
    /// Japanese.
    pub ja: String,
    /// English.
    pub en: String,
}

impl Bilingual {
    /// The text in one language.
    #[must_use]
    pub fn get(&self, lang: Lang) -> &str {
        lang.pick(&self.ja, &self.en)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: String,
    title: Bilingual,
    hand_over: WrittenHandOver,
    offline: WrittenOffline,
    #[serde(default)]
    citations: BTreeMap<String, Clause>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenHandOver {
    expires_hours: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenOffline {
    allowed_clock_skew_minutes: i64,
}

/// A clause (条・項・号) of a regulation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    /// The regulation's title.
    pub regulation: String,
    /// The article, such as 第11条第3項.
    pub article: String,
}

/// A profile that was read and found sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Its short name.
    pub id: String,
    /// Its title.
    pub title: Bilingual,
    /// SHA-256 of the text that it was read from.
    pub digest: Hash,
    /// How long an offered hand-over can be accepted.
    pub hand_over_expires: TimeDelta,
    /// How far a device's clock may run ahead before that is a discrepancy.
    pub allowed_clock_skew: TimeDelta,
    citations: BTreeMap<ProductRule, Clause>,
}

impl Profile {
    /// Reads a profile.
    ///
    /// # Errors
    /// Any [`ProfileError`].
    pub fn parse(text: &str) -> Result<Self, ProfileError> {
        let written: Written = toml::from_str(text)?;
        let hours = in_range("hand_over.expires_hours", written.hand_over.expires_hours, 1, 24 * 31)?;
        let skew = in_range(
            "offline.allowed_clock_skew_minutes",
            written.offline.allowed_clock_skew_minutes,
            0,
            24 * 60,
        )?;
        let citations = written
            .citations
            .into_iter()
            .map(|(name, clause)| {
                ProductRule::from_code(&name)
                    .map(|rule| (rule, clause))
                    .ok_or(ProfileError::UnknownRule(name))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            id: written.id,
            title: written.title,
            digest: Hash::of(text.as_bytes()),
            hand_over_expires: TimeDelta::hours(hours),
            allowed_clock_skew: TimeDelta::minutes(skew),
            citations,
        })
    }

    /// What asks for this rule: the regulation's clause where the profile names one, otherwise the product.
    #[must_use]
    pub fn source(&self, rule: ProductRule) -> Source {
        self.citations.get(&rule).map_or(Source::Product(rule), |clause| Source::Clause(clause.clone()))
    }
}

fn in_range(key: &'static str, found: i64, least: i64, most: i64) -> Result<i64, ProfileError> {
    if (least..=most).contains(&found) {
        Ok(found)
    } else {
        Err(ProfileError::OutOfRange { key, least, most, found })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_default_is_sound() {
        let profile = Profile::parse(NATIONAL_DEFAULT).unwrap();
        assert_eq!(profile.id, "national-default");
    }

    #[test]
    fn an_unknown_key_is_refused_by_name() {
        let text = NATIONAL_DEFAULT.replace("expires_hours", "expire_hours");
        assert!(Profile::parse(&text).unwrap_err().to_string().contains("expire_hours"));
    }

    #[test]
    fn a_citation_for_no_rule_is_refused() {
        let text =
            format!("{NATIONAL_DEFAULT}\n[citations]\nnobody = {{ regulation = \"x\", article = \"y\" }}\n");
        assert!(matches!(Profile::parse(&text), Err(ProfileError::UnknownRule(name)) if name == "nobody"));
    }

    #[test]
    fn a_clause_of_the_profile_is_cited_before_the_product_rule() {
        let text = format!(
            "{NATIONAL_DEFAULT}\n[citations]\nhandlers-only = {{ regulation = \"規程\", article = \"第7条第1項\" }}\n"
        );
        let source = Profile::parse(&text).unwrap().source(ProductRule::HandlersOnly);
        assert_eq!(source.cite(Lang::Ja), "規程 第7条第1項");
    }

    #[test]
    fn a_number_out_of_range_is_named() {
        let text = NATIONAL_DEFAULT.replace("expires_hours = 24", "expires_hours = 0");
        assert!(Profile::parse(&text).unwrap_err().to_string().contains("hand_over.expires_hours"));
    }
}
