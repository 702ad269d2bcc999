//! How an item ends (廃棄): erasure, destruction, witness, confirmation.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    ids::{EventId, FileId, PersonId, RequestId},
    ledger::hash::Hash,
    profile::RoleId,
    text::{Lang, TextRef},
    timeline::OrderKey,
};

/// What came of looking whether an erasure worked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verification {
    /// The tool said that it was done.
    ToolReport,
    /// The medium was read again in part and held nothing.
    Sampled,
    /// The medium was read again in full and held nothing.
    Full,
    /// It did not work.
    Failed,
}

impl Verification {
    /// Every outcome.
    pub const ALL: [Self; 4] = [Self::ToolReport, Self::Sampled, Self::Full, Self::Failed];

    /// The stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::ToolReport => "tool-report",
            Self::Sampled => "sampled",
            Self::Full => "full",
            Self::Failed => "failed",
        }
    }

    /// What a person reads.
    #[must_use]
    pub fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::ToolReport => lang.pick("ソフトウェアの完了報告", "the tool's own report"),
            Self::Sampled => lang.pick("一部の再読取り", "read again in part"),
            Self::Full => lang.pick("全部の再読取り", "read again in full"),
            Self::Failed => lang.pick("失敗", "failed"),
        }
    }
}

/// An erasure (消去).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Erasure {
    /// The method, as the profile names it.
    pub method: String,
    /// The tool with its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<TextRef>,
    /// What came of looking whether it worked.
    pub verification: Verification,
}

/// A photograph or another file that is kept beside the ledger, which holds its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileRef {
    /// Where it is kept.
    pub id: FileId,
    /// SHA-256 of its bytes.
    pub digest: Hash,
}

/// What a photograph shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shows {
    /// The medium before, with its serial number.
    Before,
    /// What is left.
    After,
}

/// A photograph of a destruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Photograph {
    /// The picture.
    pub file: FileRef,
    /// What it shows.
    pub shows: Shows,
    /// Whether the server's own reader found this item's label in it.
    pub label_read: bool,
}

/// Who destroys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "done", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Performed {
    /// The body itself.
    Here,
    /// A contractor.
    Delegated {
        /// Which.
        contractor: TextRef,
        /// The number of its certificate, once there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        certificate: Option<TextRef>,
        /// The certificate itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        file: Option<FileRef>,
    },
}

/// A destruction, as the operator recorded it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Destruction {
    /// The method, as the profile names it.
    pub method: String,
    /// Who destroyed.
    pub performed: Performed,
    /// Photographs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub photographs: Vec<Photograph>,
}

/// How a witness was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Presence {
    /// He saw it happen.
    OnSite,
    /// He saw photographs of it.
    Photograph,
    /// He saw the contractor's certificate.
    Certificate,
}

impl Presence {
    /// The presence that `code` names.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "on-site" => Some(Self::OnSite),
            "photograph" => Some(Self::Photograph),
            "certificate" => Some(Self::Certificate),
            _ => None,
        }
    }

    /// What a person reads.
    #[must_use]
    pub fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::OnSite => lang.pick("立会い", "on site"),
            Self::Photograph => lang.pick("写真による確認", "by photograph"),
            Self::Certificate => lang.pick("証明書による確認", "by the contractor's certificate"),
        }
    }
}

/// An act of a disposal with who did it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Done<T> {
    /// Its place among all that happened to the item.
    pub key: OrderKey,
    /// The event.
    pub event: EventId,
    /// Who.
    pub by: PersonId,
    /// When, by the clock of whoever observed it.
    pub at: DateTime<Utc>,
    /// What.
    pub what: T,
}

/// Where the disposal of an item stands. Its parts may come in any order from phones without signal.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disposal {
    /// The order or permission that it rests on, where one was named.
    pub request: Option<RequestId>,
    /// The last erasure of the whole item. One that is doubtful stands behind one that is not.
    pub erased: Option<Done<Erasure>>,
    /// Other erasures of the whole item that were told of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_erasures: Vec<Done<Erasure>>,
    /// The destruction: the first, where several were told of. One that is doubtful stands behind one that is
    /// not.
    pub destroyed: Option<Done<Destruction>>,
    /// Other destructions that were told of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_destructions: Vec<Done<Destruction>>,
    /// Everybody who says that he destroyed it.
    pub operators: BTreeSet<PersonId>,
    /// Who stood by, and how, in the order in which it happened.
    pub witnessed: Vec<Done<Presence>>,
    /// Who confirmed it, in which role.
    pub confirmed: Option<Done<RoleId>>,
}

impl Disposal {
    /// Whether an event is an erasure, a destruction or a witness of this disposal.
    #[must_use]
    pub fn rests_on(&self, event: EventId) -> bool {
        self.erasures().any(|erased| erased.event == event)
            || self.destructions().any(|destroyed| destroyed.event == event)
            || self.witnessed.iter().any(|witness| witness.event == event)
    }

    /// Every erasure of the whole item that was told of.
    pub fn erasures(&self) -> impl Iterator<Item = &Done<Erasure>> {
        self.erased.iter().chain(&self.other_erasures)
    }

    /// Every destruction that was told of.
    pub fn destructions(&self) -> impl Iterator<Item = &Done<Destruction>> {
        self.destroyed.iter().chain(&self.other_destructions)
    }
}
