//! What waits for a person, and why something is open or not.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ClosedReason, GivenView, Named};

/// What waits for the caller.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct Inbox {
    /// The most urgent first.
    pub lines: Vec<InboxLine>,
}

/// One thing that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InboxLine {
    /// What kind of thing it is.
    pub kind: Named,
    /// What it is about.
    pub title: String,
    /// What to do.
    pub sentence: String,
    /// Where to do it on this server.
    pub url: String,
    /// By which day in Japan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_on: Option<NaiveDate>,
    /// Since when it waits.
    pub since: DateTime<Utc>,
    /// Whether it is late.
    pub overdue: bool,
}

/// Why an act is open or not, told whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ExplanationView {
    /// Which act.
    pub act: Named,
    /// Whether it is open to the caller now.
    pub open: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<ClosedReason>,
    /// The gates before it.
    pub gates: Vec<GateViewBody>,
}

/// One gate before an act, with how far it is passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GateViewBody {
    /// What it stands before.
    pub what: Named,
    /// The roles that approve, as people call them.
    pub roles: Vec<String>,
    /// Whether every one of them is needed.
    pub all: bool,
    /// The approvals so far, of the request that came furthest.
    pub given: Vec<GivenView>,
    /// The roles that are still missing.
    pub missing: Vec<String>,
    /// Where that request stands; missing where nobody asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<Named>,
    /// The clause or rule that asks for it.
    pub source: String,
}
