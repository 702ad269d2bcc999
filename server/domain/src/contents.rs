//! What data lies on an item (記録された情報).

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::{ids::ContentsId, text::TextRef};

/// The kind of data, as far as the law treats it differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Category {
    /// 特定個人情報: personal data that contains a personal number.
    SpecificPersonal,
    /// 本人確認情報: identity data of the 住民基本台帳ネットワーク.
    IdentityVerification,
    /// 個人情報 without a personal number.
    Personal,
    /// System documents and programs (システム関連情報).
    System,
}

impl Category {
    /// Every category, in the order in which a form offers them.
    pub const ALL: [Self; 4] =
        [Self::SpecificPersonal, Self::IdentityVerification, Self::Personal, Self::System];

    /// The stable word used on the wire.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::SpecificPersonal => "specific-personal",
            Self::IdentityVerification => "identity-verification",
            Self::Personal => "personal",
            Self::System => "system",
        }
    }

    /// The category that `code` names.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|category| category.code() == code)
    }

    /// What a person reads.
    #[must_use]
    pub fn name(self, lang: crate::text::Lang) -> &'static str {
        match self {
            Self::SpecificPersonal => lang.pick("特定個人情報", "Specific personal information"),
            Self::IdentityVerification => lang.pick("本人確認情報", "Identity verification data"),
            Self::Personal => lang.pick("個人情報", "Personal information"),
            Self::System => lang.pick("システム関連情報", "System information"),
        }
    }
}

/// One body of data on an item. An item can carry several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contents {
    /// Its own id, so that one of several can be erased.
    pub id: ContentsId,
    /// The kind of data.
    pub category: Category,
    /// The task (事務) that it serves.
    pub purpose: Option<TextRef>,
    /// Number of records (件数); `None` where nobody counted.
    pub records: Option<u64>,
    /// The day on which it was recorded, in Japan.
    pub recorded_on: Option<NaiveDate>,
    /// The purpose as the profile names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose_code: Option<String>,
    /// The day on which the data was received, where that differs from the day of recording.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received_on: Option<NaiveDate>,
    /// The retention rule as the profile names it; otherwise the profile's default for such data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention: Option<String>,
    /// The day from which the period runs, where the rule takes a given date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_on: Option<NaiveDate>,
}

/// Contents with what happened to them since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// What was recorded.
    pub contents: Contents,
    /// When.
    pub recorded_at: DateTime<Utc>,
    /// When it was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased_at: Option<DateTime<Utc>>,
    /// When it was erased by itself, and not with the whole item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased_alone_at: Option<DateTime<Utc>>,
    /// What happened that a retention rule waits for, by the event's name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub events: BTreeMap<String, NaiveDate>,
    /// Until when, inclusive, it was granted to be kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extended_until: Option<NaiveDate>,
}

impl Kept {
    /// Contents to which nothing has happened.
    #[must_use]
    pub fn new(contents: Contents, recorded_at: DateTime<Utc>) -> Self {
        Self {
            contents,
            recorded_at,
            erased_at: None,
            erased_alone_at: None,
            events: BTreeMap::new(),
            extended_until: None,
        }
    }
}
