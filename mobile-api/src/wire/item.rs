//! Items: what they are, who has them, what lies on them.

use chrono::{DateTime, NaiveDate, Utc};
use hokan_domain::{
    contents::Category,
    discrepancy::Finding,
    event::Receiver,
    ids::{CarryOutId, ContentsId, DivisionId, EventId, HandOverId, ItemId},
    item::{Item, ItemKind},
    label::LabelId,
    text::{Lang, Names},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    ConditionView, DisposalView, DueView, HoldView, HomeView, LostView, Named, OpenAct, PersonView,
    ProtectionView, RequestView, ScanBody,
};

// ---------------------------------------------------------------------------------------------- requests

/// What data lies on an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContentsBody {
    /// The kind of data; the directory lists them.
    #[schema(value_type = String, example = "specific-personal")]
    pub category: Category,
    /// The task (事務) that it serves, in words of one's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    pub purpose: Option<String>,
    /// The purpose as the regulation names it; the directory lists them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 60)]
    pub purpose_code: Option<String>,
    /// Number of records (件数).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 9_007_199_254_740_991_u64)]
    pub records: Option<u64>,
    /// The day on which it was recorded, in Japan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorded_on: Option<NaiveDate>,
    /// The day on which it was received, where that differs from the day of recording.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub received_on: Option<NaiveDate>,
    /// The retention rule; the directory lists them. Left out, the one that the regulation has for such data.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 60)]
    pub retention: Option<String>,
    /// The day from which the period runs, where the rule takes a given date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starts_on: Option<NaiveDate>,
}

/// How the data on an item is protected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProtectionBody {
    /// What keeps a finder from reading it.
    #[serde(flatten)]
    pub secrecy: SecrecyBody,
    /// Whether password or key is kept and sent apart from the medium.
    pub key_apart: bool,
}

/// What keeps a finder from reading the data. `state` says what; beside it stand the fields for that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum SecrecyBody {
    /// Nothing.
    None {},
    /// A password alone, without encryption.
    PasswordOnly {},
    /// Encryption.
    Encrypted {
        /// The tool with its version. Never a key.
        #[schema(max_length = 200)]
        tool: String,
        /// The algorithm.
        #[schema(max_length = 100, example = "AES-256")]
        algorithm: String,
    },
}

/// Registers an item by binding a blank label to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterBody {
    /// Made by the phone, once for one act: sending the same act again gives the first answer again. Also
    /// accepted as a bare UUID.
    #[schema(value_type = String, example = "evt_0192f3c4d5e67890a1b2c3d4e5f60718")]
    pub event_id: EventId,
    /// The blank label that was stuck on the item.
    pub scan: ScanBody,
    /// What it is; the directory lists the kinds.
    #[schema(value_type = String, example = "usb-memory")]
    pub kind: ItemKind,
    /// What people call it.
    #[schema(max_length = 200, example = "税務課 USBメモリ 3")]
    pub title: String,
    /// The body's own number for it (管理番号).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100)]
    pub control_number: Option<String>,
    /// The maker's serial number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100)]
    pub serial: Option<String>,
    /// What data lies on it, as far as that is known already.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 50)]
    pub contents: Vec<ContentsBody>,
    /// The division whose officers answer for it; the directory lists them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub division: Option<DivisionId>,
    /// How its data is protected, where that was verified already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protection: Option<ProtectionBody>,
}

/// Copies contents of an item and registers the copy by binding a blank label to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CopyBody {
    /// Made by the phone, once for one act; also accepted as a bare UUID.
    #[schema(value_type = String, example = "evt_0192f3c4d5e67890a1b2c3d4e5f60718")]
    pub event_id: EventId,
    /// Which of the item's contents.
    #[schema(value_type = Vec<String>, min_items = 1, max_items = 50)]
    pub contents: Vec<ContentsId>,
    /// The blank label that was stuck on the copy.
    pub scan: ScanBody,
    /// What the copy is; the directory lists the kinds.
    #[schema(value_type = String, example = "usb-memory")]
    pub kind: ItemKind,
    /// What people call it.
    #[schema(max_length = 200)]
    pub title: String,
    /// The body's own number for it (管理番号).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100)]
    pub control_number: Option<String>,
    /// The maker's serial number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100)]
    pub serial: Option<String>,
    /// How its data is protected, where that was verified already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protection: Option<ProtectionBody>,
}

// ----------------------------------------------------------------------------------------------- answers

/// Whether an item is in somebody's hands, in a home, out or gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CustodyState {
    /// A person has it.
    Held,
    /// It rests in a place or container.
    Stored,
    /// It is out on a carry-out.
    Out,
    /// It was handed to the counterparty for good.
    Delivered,
    /// It was destroyed.
    Destroyed,
}

/// Who or what has an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CustodyView {
    /// Held, stored, out or gone.
    pub state: CustodyState,
    /// Who has it, who put it away, took it out or destroyed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonView>,
    /// Where it rests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home: Option<HomeView>,
    /// The carry-out that it is out on, or by which it was delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub carry_out: Option<CarryOutId>,
    /// Since when.
    pub since: DateTime<Utc>,
    /// The same as a sentence.
    pub sentence: String,
}

/// An item in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ItemSummary {
    /// The item.
    #[schema(value_type = String, example = "itm_0192f3c4d5e67890a1b2c3d4e5f60723")]
    pub id: ItemId,
    /// The code on the label in force.
    #[schema(value_type = String, example = "JPJTJ39B5DV3")]
    pub code: LabelId,
    /// What it is.
    pub kind: Named,
    /// What people call it.
    pub title: String,
    /// The body's own number for it (管理番号).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control_number: Option<String>,
    /// Who or what has it.
    pub custody: CustodyView,
    /// Where its page is on this server.
    #[schema(example = "/items/itm_0192f3c4d5e67890a1b2c3d4e5f60723")]
    pub url: String,
}

impl ItemSummary {
    /// Where the page of an item is on this server.
    #[must_use]
    pub fn url_of(item: ItemId) -> String {
        format!("/items/{item}")
    }
}

/// Who may accept an offer: a person, or the word `any-handler`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum ReceiverView {
    /// This person and nobody else.
    Person(PersonView),
    /// Whichever designated handler comes first.
    Anybody(AnyHandler),
}

impl ReceiverView {
    /// A receiver with his or her name.
    #[must_use]
    pub fn new(to: Receiver, names: &dyn Names) -> Self {
        match to {
            Receiver::Person(id) => Self::Person(PersonView { id, name: names.person(id) }),
            Receiver::AnyHandler => Self::Anybody(AnyHandler::AnyHandler),
        }
    }
}

/// The one word `any-handler`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AnyHandler {
    /// Whichever designated handler comes first.
    AnyHandler,
}

/// An offer that waits for an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OfferView {
    /// The hand-over.
    #[schema(value_type = String, example = "hov_0192f3c4d5e67890a1b2c3d4e5f60720")]
    pub hand_over: HandOverId,
    /// Who offers.
    pub from: PersonView,
    /// Who may accept.
    pub to: ReceiverView,
    /// Until when.
    pub expires_at: DateTime<Utc>,
    /// The same for people, in Japan time.
    pub expires_text: String,
}

/// An item together with the offer that waits for an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OfferedItem {
    /// The item.
    pub item: ItemSummary,
    /// The hand-over.
    #[schema(value_type = String, example = "hov_0192f3c4d5e67890a1b2c3d4e5f60720")]
    pub hand_over: HandOverId,
    /// Who offers.
    pub from: PersonView,
    /// Who may accept.
    pub to: ReceiverView,
    /// Until when.
    pub expires_at: DateTime<Utc>,
    /// The same for people, in Japan time.
    pub expires_text: String,
}

/// One body of data on an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ContentsView {
    /// Its own id.
    #[schema(value_type = String, example = "cnt_0192f3c4d5e67890a1b2c3d4e5f60725")]
    pub id: ContentsId,
    /// The kind of data.
    pub category: Named,
    /// The task (事務) that it serves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// The purpose as the regulation names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose_code: Option<Named>,
    /// Number of records (件数).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub records: Option<u64>,
    /// The day on which it was recorded, in Japan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorded_on: Option<NaiveDate>,
    /// The day on which it was received, where that differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub received_on: Option<NaiveDate>,
    /// The retention rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention: Option<Named>,
    /// The day from which the period runs, where that was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starts_on: Option<NaiveDate>,
    /// When it was erased; missing while it is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub erased_at: Option<DateTime<Utc>>,
}

/// Register and world disagree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DiscrepancyView {
    /// The stable word for the kind of contradiction.
    #[schema(example = "accepted-without-offer")]
    pub kind: String,
    /// What people read.
    pub sentence: String,
    /// The event that brought it to light.
    #[schema(value_type = String, example = "evt_0192f3c4d5e67890a1b2c3d4e5f60718")]
    pub event_id: EventId,
    /// Whether it can be settled with the outcome `dismissed`: a phone told of that event later, and no carry-out
    /// tells of it as well.
    pub dismissible: bool,
}

impl DiscrepancyView {
    /// A finding about an item as people read it.
    #[must_use]
    pub fn of(item: &Item, finding: Finding, lang: Lang) -> Self {
        Self {
            kind: finding.kind.code().to_owned(),
            sentence: finding.kind.sentence(lang).to_owned(),
            event_id: finding.event,
            dismissible: item.dismissible.contains(&finding.event),
        }
    }
}

/// Everything about an item that fits on a phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ItemCard {
    /// The item.
    #[schema(value_type = String, example = "itm_0192f3c4d5e67890a1b2c3d4e5f60723")]
    pub id: ItemId,
    /// The code on the label in force.
    #[schema(value_type = String, example = "JPJTJ39B5DV3")]
    pub code: LabelId,
    /// What it is.
    pub kind: Named,
    /// What people call it.
    pub title: String,
    /// The body's own number for it (管理番号).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control_number: Option<String>,
    /// The maker's serial number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    /// Who or what has it.
    pub custody: CustodyView,
    /// Where its page is on this server.
    #[schema(example = "/items/itm_0192f3c4d5e67890a1b2c3d4e5f60723")]
    pub url: String,
    /// When it was registered.
    pub registered_at: DateTime<Utc>,
    /// What data lies on it.
    pub contents: Vec<ContentsView>,
    /// The division whose officers answer for it; its code is an id: `div_…`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub division: Option<Named>,
    /// The place where it belongs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub designated_home: Option<HomeView>,
    /// How its data is protected, as last verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protection: Option<ProtectionView>,
    /// The item of which it is a copy.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub copied_from: Option<ItemId>,
    /// Copies of it.
    #[schema(value_type = Vec<String>)]
    pub copies: Vec<ItemId>,
    /// Until when it is kept, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<DueView>,
    /// Suspensions of its retention that are not lifted.
    pub holds: Vec<HoldView>,
    /// What was asked for it: what waits and what is granted, then what has ended.
    pub requests: Vec<RequestView>,
    /// Where its disposal stands, once it has begun.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disposal: Option<DisposalView>,
    /// Whether it has a fault, as last told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<ConditionView>,
    /// That it is not to be found, while that holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost: Option<LostView>,
    /// The offer that waits for an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offer: Option<OfferView>,
    /// Where register and world disagree.
    pub discrepancies: Vec<DiscrepancyView>,
    /// Every kind of act, open or not, in the order in which to show them.
    pub acts: Vec<OpenAct>,
    /// Grows with every event of the item.
    pub version: u64,
}

/// The answer to an act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ActAnswer {
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
    /// The item as it is now.
    pub item: ItemCard,
}
