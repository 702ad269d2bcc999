//! What an item goes through: protection, requests, holds, faults, loss, disposal.

use chrono::{DateTime, NaiveDate, Utc};
use hokan_domain::ids::{FileId, HoldId, IncidentId, RequestId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{GivenView, Named, PersonView, StepView};

/// How the data on an item is protected, as last verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProtectionView {
    /// `none`, `password-only` or `encrypted`.
    pub state: Named,
    /// The tool with its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// The algorithm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<String>,
    /// Whether password or key is kept apart.
    pub key_apart: bool,
    /// Who verified it.
    pub verified_by: PersonView,
    /// When.
    pub verified_at: DateTime<Utc>,
}

/// Something that was asked for an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RequestView {
    /// The request.
    #[schema(value_type = String, example = "req_0192f3c4d5e67890a1b2c3d4e5f60726")]
    pub id: RequestId,
    /// What for.
    pub what: Named,
    /// More about it, where there is more: which contents, to whom, until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
    /// Who asked.
    pub by: PersonView,
    /// When.
    pub at: DateTime<Utc>,
    /// Why; missing where it was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The last day on which it is of use, in Japan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
    /// `open`, `granted`, `turned-down`, `withdrawn` or `ended`.
    pub state: Named,
    /// The approvals so far.
    pub given: Vec<GivenView>,
    /// The roles whose approval is still missing, as people call them.
    pub missing: Vec<String>,
    /// The clause or rule that asks for the approval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Whether the caller can approve it or turn it down now.
    pub mine_to_decide: bool,
}

/// A suspension of retention.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HoldView {
    /// The hold.
    #[schema(value_type = String, example = "hld_0192f3c4d5e67890a1b2c3d4e5f60727")]
    pub id: HoldId,
    /// Who placed it.
    pub by: PersonView,
    /// When.
    pub at: DateTime<Utc>,
    /// Why; missing where it was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Where the disposal of an item stands.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct DisposalView {
    /// The order or permission.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ordered: Option<StepView>,
    /// The erasure of the whole item: method, tool and outcome.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub erased: Option<StepView>,
    /// The destruction: method, and the contractor where there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destroyed: Option<StepView>,
    /// Who stood by, and how.
    pub witnessed: Vec<StepView>,
    /// Who confirmed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirmed: Option<StepView>,
    /// Photographs of operator and witnesses.
    pub photographs: Vec<PhotographView>,
    /// The contractor's certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub certificate: Option<FileId>,
}

/// A photograph of a destruction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PhotographView {
    /// The file, to be got from `/files/{id}`.
    #[schema(value_type = String, example = "fil_0192f3c4d5e67890a1b2c3d4e5f60724")]
    pub file: FileId,
    /// What it shows.
    pub shows: Named,
    /// Whether the server read this item's label in it.
    pub label_read: bool,
}

/// Whether an item has a fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ConditionView {
    /// Whether it has one.
    pub faulty: bool,
    /// Who said so.
    pub by: PersonView,
    /// When.
    pub at: DateTime<Utc>,
}

/// That an item is not to be found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LostView {
    /// Who reported it.
    pub by: PersonView,
    /// When.
    pub at: DateTime<Utc>,
    /// The incident that this opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub incident: Option<IncidentId>,
}

/// Until when an item is kept: of everything on it that which must go first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DueView {
    /// The first day on which it must go.
    pub due_on: NaiveDate,
    /// The last day on which its going is in time.
    pub act_by: NaiveDate,
    /// The same as a sentence, with the rule.
    pub sentence: String,
    /// Whether a hold suspends it.
    pub held: bool,
    /// At which step of the reminders it stands; its code is a number, negative before the day itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<Named>,
}
