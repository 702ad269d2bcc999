//! Labels: a printed code bound to one thing, void once it is replaced.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::ids::{ContainerId, ItemId, PlaceId};

/// The twelve characters of a label's code, in their canonical form.
///
/// The rules treat it as an opaque name: its check characters are verified where it is read (the `labels`
/// crate), before it gets here.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct LabelId(String);

/// A text that is not a canonical label code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a label code has twelve upper-case letters and digits")]
pub struct NotALabel;

impl LabelId {
    /// The twelve characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for LabelId {
    type Err = NotALabel;
    fn from_str(text: &str) -> Result<Self, NotALabel> {
        let canonical =
            text.len() == 12 && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if canonical { Ok(Self(text.to_owned())) } else { Err(NotALabel) }
    }
}

impl fmt::Display for LabelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for LabelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for LabelId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// What a label is stuck on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LabelTarget {
    /// A medium or document.
    Item(ItemId),
    /// A container.
    Container(ContainerId),
    /// A place, so that putting away is two scans.
    Place(PlaceId),
}

/// Where a label stands in its own life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LabelState {
    /// Printed ahead, on nothing yet.
    Blank,
    /// The current label of its target.
    Bound(LabelTarget),
    /// No longer valid; scanning it says so and names the label that replaced it.
    Void {
        /// What it was stuck on.
        target: Option<LabelTarget>,
        /// The label that took its place.
        replaced_by: Option<LabelId>,
    },
}

/// Why a label was replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReplaceReason {
    /// It can no longer be read.
    Damaged,
    /// It came off or is missing.
    Missing,
    /// Another size or stock is wanted.
    Restock,
}

impl ReplaceReason {
    /// Every reason, in the order in which a form offers them.
    pub const ALL: [Self; 3] = [Self::Damaged, Self::Missing, Self::Restock];

    /// The stable word used on the wire.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Damaged => "damaged",
            Self::Missing => "missing",
            Self::Restock => "restock",
        }
    }

    /// The reason that `code` names.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }
}

/// Something that happened to a sheet of labels, from which the state of every label is folded together
/// with the events of the items that bear them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum SheetEvent {
    /// Blank labels were printed.
    LabelsPrinted {
        /// On what stock.
        stock: String,
        /// The position on the sheet at which printing began, counted from one.
        start_position: u32,
        /// The codes in the order of their positions.
        labels: Vec<LabelId>,
    },
    /// A label was stuck on a place or a container. An item's own registration says the same of items.
    LabelBound {
        /// The label.
        label: LabelId,
        /// On what.
        target: LabelTarget,
    },
}

impl SheetEvent {
    /// The stable word that names this kind of event in the ledger.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::LabelsPrinted { .. } => "labels-printed",
            Self::LabelBound { .. } => "label-bound",
        }
    }
}
