//! What phones saw without signal, and what became of it.

use chrono::{DateTime, Utc};
use hokan_domain::{
    disposal::Presence,
    event::Receiver,
    ids::{CarryOutId, DeviceId, EventId, HandOverId, PersonId},
    place::Home,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    DestructionBody, ErasureBody, PhotographBody, ScanBody,
    common::{home_text, receiver_text},
};
use crate::problem::ProblemDocument;

/// What a phone saw while it had no signal, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ObservationsBody {
    /// The phone, by the id that it gave itself; also accepted as a bare UUID.
    #[schema(value_type = String, example = "dev_0192f3c4d5e67890a1b2c3d4e5f60722")]
    pub device: DeviceId,
    /// At most 500. Each is answered on its own: a bad one does not spoil the others.
    #[schema(max_items = 500)]
    pub observations: Vec<ObservationBody>,
}

/// One observation. `observed` says what the owner of the phone did; beside it stand the fields for that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ObservationBody {
    /// The observation's own id, made by the phone; also accepted as a bare UUID.
    #[schema(value_type = String, example = "evt_0192f3c4d5e67890a1b2c3d4e5f60718")]
    pub event_id: EventId,
    /// Who was signed in on the phone when it was made (`per_…`); the caller, if left out. What somebody else
    /// sends in is recorded as this person's, marked with who sent it, and raises a discrepancy.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "per_0192f3c4d5e67890a1b2c3d4e5f60719")]
    pub person: Option<PersonId>,
    /// The phone's own count of observations.
    #[schema(maximum = 9_007_199_254_740_991_u64)]
    pub device_seq: u64,
    /// When, by the phone's clock, with its offset from UTC.
    pub occurred_at: DateTime<Utc>,
    /// The item's label as it was scanned.
    pub scan: ScanBody,
    /// What was done.
    #[serde(flatten)]
    pub observed: ObservedBody,
}

/// What the owner of a phone did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "observed", rename_all = "kebab-case")]
pub enum ObservedBody {
    /// Offered the item.
    Offered {
        /// A person's id, or `any-handler`.
        #[serde(serialize_with = "receiver_text")]
        #[schema(value_type = String, example = "any-handler")]
        to: Receiver,
    },
    /// Took it over.
    Accepted {
        /// The offer, where the phone knew of it.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<String>)]
        hand_over: Option<HandOverId>,
        /// From whom, where the owner said so.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<String>)]
        from: Option<PersonId>,
    },
    /// Declined it.
    Refused {
        /// The offer, where the phone knew of it.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<String>)]
        hand_over: Option<HandOverId>,
        /// Why.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(max_length = 1000)]
        note: Option<String>,
    },
    /// Put it away, into exactly one of `home` and `home_code`.
    PutAway {
        /// The id of the place (`plc_…`) or container (`con_…`).
        #[serde(skip_serializing_if = "Option::is_none", serialize_with = "home_text")]
        #[schema(value_type = Option<String>)]
        home: Option<Home>,
        /// The code on the label of the place or container.
        #[serde(skip_serializing_if = "Option::is_none")]
        home_code: Option<String>,
    },
    /// Took it out of its home.
    TakenOut {},
    /// Scanned it and did nothing else; `home` or `home_code` where the owner said where.
    Seen {
        /// The id of the place (`plc_…`) or container (`con_…`).
        #[serde(skip_serializing_if = "Option::is_none", serialize_with = "home_text")]
        #[schema(value_type = Option<String>)]
        home: Option<Home>,
        /// The code on the label of the place or container.
        #[serde(skip_serializing_if = "Option::is_none")]
        home_code: Option<String>,
    },
    /// Left with it on a carry-out.
    Departed {
        /// The carry-out, where the phone knew of it.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<String>)]
        carry_out: Option<CarryOutId>,
    },
    /// Came back with it.
    Returned {
        /// The carry-out, where the phone knew of it.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<String>)]
        carry_out: Option<CarryOutId>,
    },
    /// Erased it.
    Sanitized {
        /// How.
        #[serde(flatten)]
        erasure: ErasureBody,
    },
    /// Destroyed it.
    Destroyed {
        /// How.
        #[serde(flatten)]
        destruction: DestructionBody,
    },
    /// Stood by when it was destroyed.
    Witnessed {
        /// How.
        #[schema(value_type = String, pattern = "^(on-site|photograph|certificate)$", example = "on-site")]
        presence: Presence,
        /// Photographs that were sent before.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        #[schema(max_items = 20)]
        photographs: Vec<PhotographBody>,
    },
    /// Found a fault.
    FaultReported {
        /// What is wrong.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(max_length = 1000)]
        note: Option<String>,
    },
    /// Looked whether it has a fault.
    FaultChecked {
        /// Whether it has one.
        faulty: bool,
        /// A word with it.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(max_length = 1000)]
        note: Option<String>,
    },
    /// Missed it. The scan is of its label on a list, or typed.
    LostReported {
        /// What is known.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(max_length = 1000)]
        note: Option<String>,
    },
    /// Found it again.
    Found {},
}

/// What became of an observation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ObservationOutcome {
    /// It is in the ledger.
    Recorded,
    /// It was in the ledger already; nothing was done again.
    AlreadyRecorded,
    /// It is in the ledger, and it contradicts what the register said.
    RecordedWithDiscrepancy,
    /// It could not be read, or its label or its event id cannot be what they are said to be. `problem`
    /// says why.
    TurnedAway,
}

/// A contradiction that an observation brought to light.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ObservationDiscrepancy {
    /// The stable word for the kind of contradiction.
    pub kind: String,
    /// What people read.
    pub sentence: String,
}

/// The answer to one observation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ObservationAnswer {
    /// The observation; missing where it could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub event_id: Option<EventId>,
    /// What became of it.
    pub outcome: ObservationOutcome,
    /// Its place in the ledger.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// The contradictions that it brought to light.
    pub discrepancies: Vec<ObservationDiscrepancy>,
    /// Why it was turned away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<ProblemDocument>,
}

impl ObservationAnswer {
    /// An observation that was turned away.
    #[must_use]
    pub fn turned_away(event_id: Option<EventId>, problem: crate::Problem) -> Self {
        Self {
            event_id,
            outcome: ObservationOutcome::TurnedAway,
            seq: None,
            discrepancies: Vec::new(),
            problem: Some(problem.into_document()),
        }
    }
}

/// The answers to a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ObservationAnswers {
    /// One for each observation, in the order in which they were sent.
    pub answers: Vec<ObservationAnswer>,
}
