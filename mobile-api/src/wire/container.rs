//! Containers that can be locked (施錠できる搬送容器).

use chrono::{DateTime, Utc};
use hokan_domain::{
    ids::{CarryOutId, ContainerId, EventId},
    label::LabelId,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{HomeView, ItemSummary, OpenAct, PersonView, ScanBody};

/// An act on a container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ContainerActBody {
    /// The act's own id, made by the phone; also accepted as a bare UUID.
    #[schema(value_type = String, example = "evt_0192f3c4d5e67890a1b2c3d4e5f60718")]
    pub event_id: EventId,
    /// What is done.
    #[serde(flatten)]
    pub act: ContainerStepBody,
}

/// What is done with a container. `act` says what; beside it stand the fields that this act needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "act", rename_all = "kebab-case")]
pub enum ContainerStepBody {
    /// Lock it.
    Lock {
        /// The number on the lock or seal: letters, digits and hyphens.
        #[schema(max_length = 40, example = "A-0417")]
        number: String,
        /// The container's label.
        scan: ScanBody,
        /// For which carry-out.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<String>)]
        carry_out: Option<CarryOutId>,
    },
    /// Open it. A number that does not match is recorded and found as a discrepancy, never refused.
    Open {
        /// The number on the lock or seal as it is found.
        #[schema(max_length = 40, example = "A-0417")]
        number_seen: String,
        /// The container's label.
        scan: ScanBody,
    },
}

/// Everything about a container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ContainerView {
    /// The container.
    #[schema(value_type = String, example = "con_0192f3c4d5e67890a1b2c3d4e5f6072a")]
    pub id: ContainerId,
    /// Where its page is on this server.
    pub url: String,
    /// What people call it.
    pub name: String,
    /// The code on its label, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub label: Option<LabelId>,
    /// Where it is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<HomeView>,
    /// The lock, while it is locked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locked: Option<LockView>,
    /// The carry-out that it was locked for, or on which it travels.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub carry_out: Option<CarryOutId>,
    /// What is in it.
    pub items: Vec<ItemSummary>,
    /// Every kind of act, open or not.
    pub acts: Vec<OpenAct>,
    /// Grows with every event of the container.
    pub version: u64,
}

/// That a container is locked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LockView {
    /// The number on the lock or seal.
    pub number: String,
    /// Who locked it.
    pub by: PersonView,
    /// When.
    pub at: DateTime<Utc>,
}

/// The answer to an act on a container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ContainerAnswer {
    /// The act.
    #[schema(value_type = String, example = "evt_0192f3c4d5e67890a1b2c3d4e5f60718")]
    pub event_id: EventId,
    /// Its place in the ledger.
    pub seq: u64,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// Whether the same act had been recorded before; nothing was done again.
    pub repeated: bool,
    /// What happened.
    pub sentence: String,
    /// Whether the number was the one that it was locked with; missing where it was locked now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matches: Option<bool>,
    /// The container as it is now.
    pub container: ContainerView,
}
