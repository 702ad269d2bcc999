//! Acts on items, as they are sent.

use chrono::NaiveDate;
use hokan_domain::{
    discrepancy::{FindingKind, Outcome},
    disposal::{Presence, Verification},
    event::Receiver,
    ids::{
        ContentsId, DivisionId, EventId, FileId, HandOverId, HoldId, ItemId, PersonId, PlaceId, RequestId,
    },
    label::ReplaceReason,
    place::Home,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    ContentsBody, PhotographBody, ProtectionBody, ScanBody,
    common::{home_text, receiver_text},
};

/// An act on an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ActBody {
    /// The act's own id, made by the phone, once for one act; also accepted as a bare UUID.
    #[schema(value_type = String, example = "evt_0192f3c4d5e67890a1b2c3d4e5f60718")]
    pub event_id: EventId,
    /// What is done.
    #[serde(flatten)]
    pub act: ItemActBody,
}

/// What is done with an item. `act` says what; beside it stand the fields that this act needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "act", rename_all = "kebab-case")]
pub enum ItemActBody {
    /// Offer it to somebody.
    Offer {
        /// A person's id, or `any-handler`.
        #[serde(serialize_with = "receiver_text")]
        #[schema(value_type = String, example = "per_0192f3c4d5e67890a1b2c3d4e5f60719")]
        to: Receiver,
        /// A word to the receiver.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(max_length = 1000)]
        note: Option<String>,
        /// The label, if it was scanned.
        #[serde(skip_serializing_if = "Option::is_none")]
        scan: Option<ScanBody>,
    },
    /// Take it over.
    Accept {
        /// The offer that is accepted.
        #[schema(value_type = String, example = "hov_0192f3c4d5e67890a1b2c3d4e5f60720")]
        hand_over: HandOverId,
        /// The label as the receiver sees it.
        scan: ScanBody,
    },
    /// Decline to take it over.
    Refuse {
        /// The offer that is declined.
        #[schema(value_type = String, example = "hov_0192f3c4d5e67890a1b2c3d4e5f60720")]
        hand_over: HandOverId,
        /// Why.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(max_length = 1000)]
        note: Option<String>,
    },
    /// Take the offer back.
    Withdraw {
        /// The offer.
        #[schema(value_type = String, example = "hov_0192f3c4d5e67890a1b2c3d4e5f60720")]
        hand_over: HandOverId,
    },
    /// Put it into a place or container, named by exactly one of `home` and `home_code`.
    PutAway {
        /// The id of the place (`plc_…`) or container (`con_…`).
        #[serde(skip_serializing_if = "Option::is_none", serialize_with = "home_text")]
        #[schema(value_type = Option<String>, example = "plc_0192f3c4d5e67890a1b2c3d4e5f60721")]
        home: Option<Home>,
        /// The code on the label of the place or container.
        #[serde(skip_serializing_if = "Option::is_none")]
        home_code: Option<String>,
        /// The item's label.
        scan: ScanBody,
    },
    /// Take it out of its home.
    TakeOut {
        /// The item's label.
        scan: ScanBody,
        /// What for, as the regulation names it; left out, what its contents serve.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(max_length = 60)]
        purpose: Option<String>,
    },
    /// Put a new label on it.
    ReplaceLabel {
        /// The code on the new label.
        #[schema(example = "JPJT-J39B-5DV3")]
        code: String,
        /// Why.
        #[schema(value_type = String, pattern = "^(damaged|missing|restock)$", example = "damaged")]
        reason: ReplaceReason,
    },
    /// State what data lies on it.
    RecordContents {
        /// What data.
        contents: ContentsBody,
    },
    /// Put it under a division.
    Assign {
        /// Which; left out, it is under none any more.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<String>)]
        division: Option<DivisionId>,
    },
    /// Set the place where it belongs, named by exactly one of `home` and `home_code`.
    DesignateHome {
        /// The id of the place (`plc_…`).
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<String>, example = "plc_0192f3c4d5e67890a1b2c3d4e5f60721")]
        home: Option<PlaceId>,
        /// The code on the label of the place.
        #[serde(skip_serializing_if = "Option::is_none")]
        home_code: Option<String>,
    },
    /// State how its data is protected.
    RecordProtection {
        /// How.
        #[serde(flatten)]
        protection: ProtectionBody,
    },
    /// Erase some of its contents.
    EraseContents {
        /// Which.
        #[schema(value_type = String, example = "cnt_0192f3c4d5e67890a1b2c3d4e5f60725")]
        contents: ContentsId,
        /// How.
        #[serde(flatten)]
        erasure: ErasureBody,
    },
    /// Record that what a retention rule waits for has happened.
    RecordRetentionEvent {
        /// To which contents.
        #[schema(value_type = String, example = "cnt_0192f3c4d5e67890a1b2c3d4e5f60725")]
        contents: ContentsId,
        /// What; the directory lists them.
        #[schema(max_length = 60, example = "contract-ended")]
        event: String,
        /// On which day in Japan.
        on: NaiveDate,
    },
    /// Ask for something that must be granted.
    Ask {
        /// What for.
        #[serde(flatten)]
        wanted: WantedBody,
        /// Why.
        #[schema(max_length = 1000)]
        reason: String,
        /// The last day on which it is of use, in Japan.
        #[serde(skip_serializing_if = "Option::is_none")]
        until: Option<NaiveDate>,
    },
    /// Approve a request.
    Approve {
        /// The request.
        #[schema(value_type = String, example = "req_0192f3c4d5e67890a1b2c3d4e5f60726")]
        request: RequestId,
        /// A word with it.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(max_length = 1000)]
        note: Option<String>,
    },
    /// Turn a request down.
    TurnDown {
        /// The request.
        #[schema(value_type = String, example = "req_0192f3c4d5e67890a1b2c3d4e5f60726")]
        request: RequestId,
        /// Why.
        #[schema(max_length = 1000)]
        reason: String,
    },
    /// Take a request back.
    WithdrawRequest {
        /// The request.
        #[schema(value_type = String, example = "req_0192f3c4d5e67890a1b2c3d4e5f60726")]
        request: RequestId,
    },
    /// End what was granted before its time.
    EndPermission {
        /// The request.
        #[schema(value_type = String, example = "req_0192f3c4d5e67890a1b2c3d4e5f60726")]
        request: RequestId,
        /// Why.
        #[schema(max_length = 1000)]
        reason: String,
    },
    /// Suspend retention.
    PlaceHold {
        /// Why.
        #[schema(max_length = 1000)]
        reason: String,
    },
    /// Lift a suspension.
    LiftHold {
        /// The hold.
        #[schema(value_type = String, example = "hld_0192f3c4d5e67890a1b2c3d4e5f60727")]
        hold: HoldId,
        /// Why.
        #[schema(max_length = 1000)]
        reason: String,
    },
    /// Erase the whole item.
    Sanitize {
        /// How.
        #[serde(flatten)]
        erasure: ErasureBody,
        /// The item's label.
        scan: ScanBody,
    },
    /// Destroy it, or have it destroyed.
    Destroy {
        /// How.
        #[serde(flatten)]
        destruction: DestructionBody,
        /// The item's label.
        scan: ScanBody,
    },
    /// Stand by at its destruction.
    Witness {
        /// How.
        #[schema(value_type = String, pattern = "^(on-site|photograph|certificate)$", example = "on-site")]
        presence: Presence,
        /// Photographs that were sent before.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        #[schema(max_items = 20)]
        photographs: Vec<PhotographBody>,
        /// The item's label.
        scan: ScanBody,
    },
    /// Confirm its destruction.
    ConfirmDisposal {
        /// A word with it.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(max_length = 1000)]
        note: Option<String>,
    },
    /// Report a fault.
    ReportFault {
        /// What is wrong.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(max_length = 1000)]
        note: Option<String>,
        /// The label, if it was scanned.
        #[serde(skip_serializing_if = "Option::is_none")]
        scan: Option<ScanBody>,
    },
    /// Record whether it has a fault.
    CheckFault {
        /// Whether it has one.
        faulty: bool,
        /// A word with it.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(max_length = 1000)]
        note: Option<String>,
        /// The item's label.
        scan: ScanBody,
    },
    /// Report that it is not to be found.
    ReportLost {
        /// What is known.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(max_length = 1000)]
        note: Option<String>,
    },
    /// Report that it was found.
    ReportFound {
        /// The item's label.
        scan: ScanBody,
    },
    /// Settle a discrepancy.
    SettleDiscrepancy {
        /// The event that brought it to light.
        #[schema(value_type = String, example = "evt_0192f3c4d5e67890a1b2c3d4e5f60718")]
        finding_event: EventId,
        /// The stable word for the kind of contradiction.
        #[schema(value_type = String, example = "accepted-without-offer")]
        finding_kind: FindingKind,
        /// Whether what was observed counts from now on: `upheld` where it is missing, or `dismissed`. What is
        /// dismissed stays in the history and moves, erases and witnesses nothing any more, with all its discrepancies.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<String>, example = "dismissed")]
        outcome: Option<Outcome>,
        /// How it came about.
        #[schema(max_length = 1000)]
        reason: String,
    },
}

/// What is asked for. `wanted` says what; beside it stand the fields for that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "wanted", rename_all = "kebab-case")]
pub enum WantedBody {
    /// To copy some of its contents.
    Copy {
        /// Which.
        #[schema(value_type = Vec<String>, min_items = 1, max_items = 50)]
        contents: Vec<ContentsId>,
    },
    /// To put data on it.
    Save {},
    /// To connect it to a terminal.
    Connect {
        /// The terminal, which is an item itself.
        #[schema(value_type = String, example = "itm_0192f3c4d5e67890a1b2c3d4e5f60723")]
        terminal: ItemId,
    },
    /// To use it at all (使用の許可).
    Use {},
    /// To handle more records than the regulation lets pass.
    Bulk {
        /// How many.
        #[schema(maximum = 9_007_199_254_740_991_u64)]
        records: u64,
    },
    /// To let somebody handle it who is no designated handler.
    Handle {
        /// Who.
        #[schema(value_type = String, example = "per_0192f3c4d5e67890a1b2c3d4e5f60719")]
        person: PersonId,
    },
    /// To tell a third party what it says.
    Disclose {
        /// To whom.
        #[schema(max_length = 200)]
        to: String,
    },
    /// To destroy it.
    Dispose {},
    /// To keep some of its contents longer.
    Extend {
        /// Which.
        #[schema(value_type = String, example = "cnt_0192f3c4d5e67890a1b2c3d4e5f60725")]
        contents: ContentsId,
        /// Until when, inclusive, in Japan.
        until_on: NaiveDate,
    },
}

/// An erasure (消去).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ErasureBody {
    /// The method; the directory lists them.
    #[schema(max_length = 60, example = "overwrite")]
    pub method: String,
    /// The tool with its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    pub tool: Option<String>,
    /// What came of looking whether it worked.
    #[schema(value_type = String, pattern = "^(tool-report|sampled|full|failed)$", example = "sampled")]
    pub verification: Verification,
}

/// A destruction (廃棄). Whoever names a contractor says that the contractor destroyed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DestructionBody {
    /// The method; the directory lists them.
    #[schema(max_length = 60, example = "crush-drive")]
    pub method: String,
    /// The contractor, where one destroyed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    pub contractor: Option<String>,
    /// The number of the contractor's certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100)]
    pub certificate: Option<String>,
    /// The certificate itself, sent before: `fil_…`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub certificate_file: Option<FileId>,
    /// Photographs that were sent before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20)]
    pub photographs: Vec<PhotographBody>,
}
