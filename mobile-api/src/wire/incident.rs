//! Incidents (事故・事案・兆候): reported, told, dealt with, closed.

use chrono::{DateTime, NaiveDate, Utc};
use hokan_domain::{
    ids::{DivisionId, EventId, IncidentId, ItemId},
    incident::IncidentKind,
    profile::Gravity,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{GivenView, ItemSummary, MissingView, Named, OpenAct, PersonView, StepView};

// ---------------------------------------------------------------------------------------------- requests

/// Reports an incident. A report is evidence: nobody who may act at all is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenIncidentBody {
    /// Made by the phone, once for one act; also accepted as a bare UUID.
    #[schema(value_type = String, example = "evt_0192f3c4d5e67890a1b2c3d4e5f60718")]
    pub event_id: EventId,
    /// What kind of thing happened.
    #[schema(
        value_type = String,
        pattern = "^(loss|leak|damage|sign|credential|attack|breach)$",
        example = "loss"
    )]
    pub kind: IncidentKind,
    /// How grave it seems.
    #[schema(value_type = String, pattern = "^(sign|incident|grave)$", example = "incident")]
    pub gravity: Gravity,
    /// The day in Japan on which anybody in the body got to know of it; left out, today.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known_on: Option<NaiveDate>,
    /// The division whose officers answer for what it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub division: Option<DivisionId>,
    /// What happened, as far as is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 4000)]
    pub content: Option<String>,
    /// Whether it came, or may have come, from an attack from outside. Left out, it did not.
    #[schema(required = false)]
    pub attack: bool,
    /// Whether it may have been done with a wrongful purpose. Left out, it was not.
    #[schema(required = false)]
    pub malicious: bool,
    /// What it is about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>, max_items = 200)]
    pub items: Vec<ItemId>,
}

/// An act on an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct IncidentActBody {
    /// The act's own id, made by the phone; also accepted as a bare UUID.
    #[schema(value_type = String, example = "evt_0192f3c4d5e67890a1b2c3d4e5f60718")]
    pub event_id: EventId,
    /// What is done.
    #[serde(flatten)]
    pub act: IncidentStepBody,
}

/// What is done with an incident. `act` says what; beside it stand the fields that this act needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "act", rename_all = "kebab-case")]
pub enum IncidentStepBody {
    /// Take a step of the reporting chain.
    Tell {
        /// The step; the incident lists them.
        #[schema(max_length = 60, example = "to-officer")]
        step: String,
        /// When, where it was not just now, with its offset from UTC.
        #[serde(skip_serializing_if = "Option::is_none")]
        at: Option<DateTime<Utc>>,
        /// A word with it.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(max_length = 1000)]
        note: Option<String>,
    },
    /// Say that a step is not needed.
    LeaveOut {
        /// The step; the incident lists them.
        #[schema(max_length = 60, example = "to-general-officer")]
        step: String,
        /// Why.
        #[schema(max_length = 1000)]
        reason: String,
    },
    /// Say what was done to keep the damage small.
    Contain {
        /// What.
        #[schema(max_length = 4000)]
        measure: String,
    },
    /// Give an instruction.
    Instruct {
        /// Which.
        #[schema(max_length = 4000)]
        instruction: String,
    },
    /// Say that it is about another item, too.
    AddItem {
        /// Which.
        #[schema(value_type = String, example = "itm_0192f3c4d5e67890a1b2c3d4e5f60723")]
        item: ItemId,
    },
    /// Judge how grave it is and where it came from.
    SetGravity {
        /// How grave.
        #[schema(value_type = String, pattern = "^(sign|incident|grave)$", example = "incident")]
        gravity: Gravity,
        /// Whether it came, or may have come, from an attack from outside.
        attack: bool,
        /// Whether it may have been done with a wrongful purpose.
        malicious: bool,
        /// Why.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(max_length = 4000)]
        reason: Option<String>,
    },
    /// State what happened (内容).
    StateContent {
        /// What.
        #[schema(max_length = 4000)]
        content: String,
    },
    /// State its cause (原因).
    StateCause {
        /// The cause.
        #[schema(max_length = 4000)]
        cause: String,
    },
    /// State the damage (被害の状況).
    StateDamage {
        /// The damage.
        #[schema(max_length = 4000)]
        damage: String,
    },
    /// State what keeps it from happening again (再発防止).
    StatePrevention {
        /// The plan.
        #[schema(max_length = 4000)]
        prevention: String,
    },
    /// Count the persons whom it concerns (本人の数).
    Count {
        /// How many.
        #[schema(maximum = 9_007_199_254_740_991_u64)]
        persons: u64,
    },
    /// Record that it was made public (公表).
    Publish {
        /// On which day in Japan.
        on: NaiveDate,
        /// How and what.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(max_length = 1000)]
        note: Option<String>,
    },
    /// Record that persons whom it concerns were told (本人への対応). Who they are is nothing for this register.
    NotifyPerson {
        /// How many.
        #[schema(maximum = 9_007_199_254_740_991_u64)]
        persons: u64,
        /// How and what.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(max_length = 1000)]
        note: Option<String>,
    },
    /// Approve that it be closed as it stands.
    ApproveClosing {},
    /// Close it (終結).
    Close {},
    /// Open it again.
    Reopen {
        /// Why.
        #[schema(max_length = 1000)]
        reason: String,
    },
}

// ----------------------------------------------------------------------------------------------- answers

/// The incidents, the latest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Incidents {
    /// One line for each.
    pub incidents: Vec<IncidentLine>,
}

/// An incident in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IncidentLine {
    /// The incident.
    #[schema(value_type = String, example = "inc_0192f3c4d5e67890a1b2c3d4e5f60729")]
    pub id: IncidentId,
    /// Where its page is on this server.
    pub url: String,
    /// What kind of thing happened.
    pub kind: Named,
    /// How grave it is.
    pub gravity: Named,
    /// How what it is about was protected when it happened.
    pub headline: String,
    /// Who reported it.
    pub reported_by: PersonView,
    /// When.
    pub reported_at: DateTime<Utc>,
    /// The day in Japan on which anybody in the body got to know of it.
    pub known_on: NaiveDate,
    /// Until when the next step of the reporting chain is in time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_due: Option<DateTime<Utc>>,
    /// How many steps of the reporting chain are late.
    pub overdue: u32,
    /// Whether it is closed.
    pub closed: bool,
}

/// Everything about an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IncidentView {
    /// The incident.
    #[schema(value_type = String, example = "inc_0192f3c4d5e67890a1b2c3d4e5f60729")]
    pub id: IncidentId,
    /// Where its page is on this server.
    pub url: String,
    /// What kind of thing happened.
    pub kind: Named,
    /// How grave it is.
    pub gravity: Named,
    /// How what it is about was protected when it happened: what to show first.
    pub headline: String,
    /// Whether it came, or may have come, from an attack from outside.
    pub attack: bool,
    /// Whether it may have been done with a wrongful purpose.
    pub malicious: bool,
    /// The division whose officers answer for what it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub division: Option<Named>,
    /// Who reported it.
    pub reported_by: PersonView,
    /// When.
    pub reported_at: DateTime<Utc>,
    /// The day in Japan on which anybody in the body got to know of it.
    pub known_on: NaiveDate,
    /// What happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// What came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub damage: Option<String>,
    /// What keeps it from happening again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prevention: Option<String>,
    /// How many persons it concerns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub affected: Option<u64>,
    /// What it is about, as it was when it happened.
    pub items: Vec<ItemAtLossView>,
    /// The steps of the reporting chain.
    pub chain: Vec<ReportStepView>,
    /// What was done to keep the damage small.
    pub measures: Vec<StepView>,
    /// What officers instructed.
    pub instructions: Vec<StepView>,
    /// That it was made public.
    pub published: Vec<PublicationView>,
    /// That persons whom it concerns were told.
    pub notified: Vec<NotificationView>,
    /// What its closing takes.
    pub closing: ClosingView,
    /// That it is closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed: Option<StepView>,
    /// Every kind of act, open or not, in the order in which to show them.
    pub acts: Vec<OpenAct>,
    /// Grows with every event of the incident.
    pub version: u64,
}

/// An item that an incident is about, as it was when it happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ItemAtLossView {
    /// The item as it is now.
    pub item: ItemSummary,
    /// Whether it was encrypted and its key kept apart.
    pub was_encrypted: bool,
    /// How it was protected, as people read it.
    pub protection: String,
    /// The kinds of data on it.
    pub categories: Vec<Named>,
    /// The records on it, as far as they were counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub records: Option<u64>,
}

/// How a step of the reporting chain stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReportStepView {
    /// The stable word, as it is sent, and the report to whom.
    pub step: Named,
    /// The role that reports, as people call it; missing where anybody does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// To whom.
    pub to: String,
    /// Until when it is in time.
    pub due_at: DateTime<Utc>,
    /// The same for people, in Japan time.
    pub due_text: String,
    /// Who told, when, and a word with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub told: Option<StepView>,
    /// Whether it can be judged not to be needed.
    pub as_needed: bool,
    /// Who judged that it is not needed, when, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_out: Option<StepView>,
    /// Whether it waits and is late.
    pub overdue: bool,
    /// Whether it was taken late.
    pub late: bool,
    /// Whether the caller can take it now.
    pub mine_to_tell: bool,
    /// The clause that asks for it.
    pub source: String,
}

/// That an incident was made public.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PublicationView {
    /// By whom.
    pub by: PersonView,
    /// On which day in Japan.
    pub on: NaiveDate,
    /// How and what.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// That persons whom an incident concerns were told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NotificationView {
    /// By whom.
    pub by: PersonView,
    /// When it was recorded.
    pub at: DateTime<Utc>,
    /// How many.
    pub persons: u64,
    /// How and what.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// What the closing of an incident takes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct ClosingView {
    /// The roles that approve it, as people call them; empty where nobody needs to.
    pub roles: Vec<String>,
    /// Whether every one of them is needed.
    pub all: bool,
    /// The approvals so far.
    pub given: Vec<GivenView>,
    /// What is still missing: facts, reports, approvals.
    pub missing: Vec<MissingView>,
    /// The clause that asks for the approval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// The answer to an act on an incident, or to a report of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IncidentAnswer {
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
    /// The incident as it is now.
    pub incident: IncidentView,
}
