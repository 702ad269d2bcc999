//! What happened, line by line.

use chrono::{DateTime, Utc};
use hokan_domain::ids::{DeviceId, EventId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::PersonView;

/// The history of an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct History {
    /// One line for each event.
    pub lines: Vec<HistoryLine>,
}

/// One event of an item's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HistoryLine {
    /// Its place in the ledger.
    pub seq: u64,
    /// The event.
    #[schema(value_type = String, example = "evt_0192f3c4d5e67890a1b2c3d4e5f60718")]
    pub event_id: EventId,
    /// The stable word for what happened.
    #[schema(example = "hand-over-accepted")]
    pub kind: String,
    /// When it happened, as claimed by whoever observed it.
    pub occurred_at: DateTime<Utc>,
    /// When the server recorded it.
    pub recorded_at: DateTime<Utc>,
    /// `occurred_at` for people, in Japan time.
    pub occurred_text: String,
    /// `recorded_at` for people, in Japan time.
    pub recorded_text: String,
    /// Whether it was recorded noticeably later than it happened.
    pub late: bool,
    /// Who acted.
    pub actor: PersonView,
    /// The device that observed it without signal.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub device: Option<DeviceId>,
    /// What happened.
    pub sentence: String,
    /// A word that was left with it; missing where there was none or it was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Why it counts for nothing, for people: somebody settled it as untrue, or it rests on what was. Missing in the
    /// usual case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub untrue: Option<String>,
    /// The hash of its leaf in the ledger's Merkle tree.
    pub leaf_hash: String,
}
