//! What goes over the wire: the bodies of requests and answers, as the OpenAPI document shows them.
//!
//! Answers hold the domain's own ids, printed with their prefixes, and every name and sentence in the
//! language of the request, so that a phone needs no tables of its own.
//!
//! The bodies of requests are here for whoever *sends* them and for the document; they cannot be
//! deserialised. What *receives* them is [`crate::request`], which names each mistake by its field and gives
//! the backend checked domain types.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use hokan_domain::{
    contents::Category,
    custody::ActKind,
    discrepancy::Finding,
    event::{Receiver, ScanMethod},
    ids::{DeviceId, EventId, HandOverId, ItemId, PersonId},
    item::ItemKind,
    label::{LabelId, ReplaceReason},
    person::Part,
    place::Home,
    refusal::Refusal,
    text::{Lang, Names},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::problem::ProblemDocument;

// ---------------------------------------------------------------------------------------------- requests

/// Name and password of a person who signs in.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The name that the person signs in with.
    #[schema(max_length = 200, example = "sato")]
    pub login: String,
    /// The password, as typed.
    #[schema(max_length = 1000, format = Password)]
    pub password: String,
}

/// Never prints the password: requests end up in logs.
impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignIn").field("login", &self.login).finish_non_exhaustive()
    }
}

/// A label as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScanBody {
    /// The twelve characters, as read or typed: any case, with or without hyphens.
    #[schema(example = "JPJT-J39B-5DV3")]
    pub code: String,
    /// How it was read.
    #[schema(value_type = String, pattern = "^(camera|photo|typed|desk)$", example = "camera")]
    pub method: ScanMethod,
}

/// What data lies on an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContentsBody {
    /// The kind of data; the directory lists them.
    #[schema(value_type = String, example = "specific-personal")]
    pub category: Category,
    /// The task (事務) that it serves.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    pub purpose: Option<String>,
    /// Number of records (件数).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 9_007_199_254_740_991_u64)]
    pub records: Option<u64>,
    /// The day on which it was recorded, in Japan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorded_on: Option<NaiveDate>,
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
}

/// An act on an item. `act` says which; beside it stand the fields that this act needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "act", rename_all = "kebab-case")]
pub enum ActBody {
    /// Offer it to somebody.
    Offer {
        /// The act's own id, made by the phone; also accepted as a bare UUID.
        #[schema(value_type = String, example = "evt_0192f3c4d5e67890a1b2c3d4e5f60718")]
        event_id: EventId,
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
        /// The act's own id, made by the phone; also accepted as a bare UUID.
        #[schema(value_type = String, example = "evt_0192f3c4d5e67890a1b2c3d4e5f60718")]
        event_id: EventId,
        /// The offer that is accepted.
        #[schema(value_type = String, example = "hov_0192f3c4d5e67890a1b2c3d4e5f60720")]
        hand_over: HandOverId,
        /// The label as the receiver sees it.
        scan: ScanBody,
    },
    /// Decline to take it over.
    Refuse {
        /// The act's own id, made by the phone; also accepted as a bare UUID.
        #[schema(value_type = String, example = "evt_0192f3c4d5e67890a1b2c3d4e5f60718")]
        event_id: EventId,
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
        /// The act's own id, made by the phone; also accepted as a bare UUID.
        #[schema(value_type = String, example = "evt_0192f3c4d5e67890a1b2c3d4e5f60718")]
        event_id: EventId,
        /// The offer.
        #[schema(value_type = String, example = "hov_0192f3c4d5e67890a1b2c3d4e5f60720")]
        hand_over: HandOverId,
    },
    /// Put it into a place or container, named by exactly one of `home` and `home_code`.
    PutAway {
        /// The act's own id, made by the phone; also accepted as a bare UUID.
        #[schema(value_type = String, example = "evt_0192f3c4d5e67890a1b2c3d4e5f60718")]
        event_id: EventId,
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
        /// The act's own id, made by the phone; also accepted as a bare UUID.
        #[schema(value_type = String, example = "evt_0192f3c4d5e67890a1b2c3d4e5f60718")]
        event_id: EventId,
        /// The item's label.
        scan: ScanBody,
    },
    /// Put a new label on it.
    ReplaceLabel {
        /// The act's own id, made by the phone; also accepted as a bare UUID.
        #[schema(value_type = String, example = "evt_0192f3c4d5e67890a1b2c3d4e5f60718")]
        event_id: EventId,
        /// The code on the new label.
        #[schema(example = "JPJT-J39B-5DV3")]
        code: String,
        /// Why.
        #[schema(value_type = String, pattern = "^(damaged|missing|restock)$", example = "damaged")]
        reason: ReplaceReason,
    },
    /// State what data lies on it.
    RecordContents {
        /// The act's own id, made by the phone; also accepted as a bare UUID.
        #[schema(value_type = String, example = "evt_0192f3c4d5e67890a1b2c3d4e5f60718")]
        event_id: EventId,
        /// What data.
        contents: ContentsBody,
    },
}

/// The bytes of a picture file.
#[derive(Debug, Clone, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, format = Binary)]
pub struct PictureFile(pub Vec<u8>);

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
}

/// The word for [`Receiver::AnyHandler`] on the wire.
pub(crate) const ANY_HANDLER: &str = "any-handler";

fn receiver_text<S: serde::Serializer>(to: &Receiver, serializer: S) -> Result<S::Ok, S::Error> {
    match to {
        Receiver::Person(person) => serializer.collect_str(person),
        Receiver::AnyHandler => serializer.serialize_str(ANY_HANDLER),
    }
}

#[expect(clippy::ref_option, reason = "serde calls it with a reference to the field")]
fn home_text<S: serde::Serializer>(home: &Option<Home>, serializer: S) -> Result<S::Ok, S::Error> {
    match home {
        Some(home) => serializer.collect_str(home),
        None => serializer.serialize_none(),
    }
}

// ----------------------------------------------------------------------------------------------- answers

/// A code of a closed list together with what people read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Named {
    /// The stable word.
    pub code: String,
    /// What people read.
    pub name: String,
}

impl Named {
    /// An item's kind.
    #[must_use]
    pub fn kind(kind: ItemKind, lang: Lang) -> Self {
        Self { code: kind.code().to_owned(), name: kind.name(lang).to_owned() }
    }

    /// A kind of data.
    #[must_use]
    pub fn category(category: Category, lang: Lang) -> Self {
        Self { code: category.code().to_owned(), name: category.name(lang).to_owned() }
    }

    /// A part that a person plays.
    #[must_use]
    pub fn part(part: Part, lang: Lang) -> Self {
        Self { code: part.code().to_owned(), name: part.name(lang).to_owned() }
    }
}

/// A person, as others see him or her.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PersonView {
    /// Who.
    #[schema(value_type = String, example = "per_0192f3c4d5e67890a1b2c3d4e5f60719")]
    pub id: PersonId,
    /// The display name.
    #[schema(example = "佐藤 花子")]
    pub name: String,
}

/// The person who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SignedInPerson {
    /// Who.
    #[schema(value_type = String, example = "per_0192f3c4d5e67890a1b2c3d4e5f60719")]
    pub id: PersonId,
    /// The display name.
    pub name: String,
    /// The parts that the person plays now.
    pub parts: Vec<Named>,
}

/// A session that was opened.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SignedIn {
    /// To be sent as `Authorization: Bearer TOKEN`.
    pub token: String,
    /// Until when, unless it is signed out before.
    pub expires_at: DateTime<Utc>,
    /// Who signed in.
    pub person: SignedInPerson,
}

/// Never prints the token: whoever reads a log must not be able to act with it.
impl fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedIn")
            .field("expires_at", &self.expires_at)
            .field("person", &self.person.id)
            .finish_non_exhaustive()
    }
}

/// What concerns the person who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Me {
    /// Who it is.
    pub person: SignedInPerson,
    /// What he or she holds.
    pub holding: Vec<ItemSummary>,
    /// What others offer, to this person or to any handler.
    pub offered_to_me: Vec<OfferedItem>,
    /// What this person offers and nobody has answered.
    pub offered_by_me: Vec<OfferedItem>,
    /// How many discrepancies wait for somebody to settle them.
    pub discrepancies_open: u64,
}

/// What a phone needs to choose from, so that it can fill its forms without signal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Directory {
    /// Everybody who may receive now, without the caller.
    pub people: Vec<PersonView>,
    /// Places and containers.
    pub homes: Vec<DirectoryHome>,
    /// The kinds of item, in the order in which a form offers them.
    pub item_kinds: Vec<Named>,
    /// The kinds of data, in the order in which a form offers them.
    pub categories: Vec<Named>,
}

/// Whether a home is a place or a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HomeKind {
    /// A cabinet, room or building.
    Place,
    /// A lockable box.
    Container,
}

impl From<Home> for HomeKind {
    fn from(home: Home) -> Self {
        match home {
            Home::Place(_) => Self::Place,
            Home::Container(_) => Self::Container,
        }
    }
}

/// A place or container in the directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DirectoryHome {
    /// `plc_…` or `con_…`.
    pub id: String,
    /// Which of the two.
    pub kind: HomeKind,
    /// What people call it.
    pub name: String,
    /// The code on its label, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub label: Option<LabelId>,
}

impl DirectoryHome {
    /// An entry of the directory.
    #[must_use]
    pub fn new(home: Home, name: String, label: Option<LabelId>) -> Self {
        Self { id: home.to_string(), kind: home.into(), name, label }
    }
}

/// A place or container, as others refer to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HomeView {
    /// `plc_…` or `con_…`.
    pub id: String,
    /// Which of the two.
    pub kind: HomeKind,
    /// What people call it.
    pub name: String,
}

impl HomeView {
    /// A home with its name.
    #[must_use]
    pub fn new(home: Home, name: String) -> Self {
        Self { id: home.to_string(), kind: home.into(), name }
    }
}

/// Whether an item is in somebody's hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CustodyState {
    /// A person has it.
    Held,
    /// It rests in a place or container.
    Stored,
}

/// Who or what has an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CustodyView {
    /// Held or stored.
    pub state: CustodyState,
    /// Who has it, or who put it away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonView>,
    /// Where it rests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home: Option<HomeView>,
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
    /// The kind of data.
    pub category: Named,
    /// The task (事務) that it serves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// Number of records (件数).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub records: Option<u64>,
    /// The day on which it was recorded, in Japan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorded_on: Option<NaiveDate>,
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
}

impl DiscrepancyView {
    /// A finding as people read it.
    #[must_use]
    pub fn new(finding: Finding, lang: Lang) -> Self {
        Self {
            kind: finding.kind.code().to_owned(),
            sentence: finding.kind.sentence(lang).to_owned(),
            event_id: finding.event,
        }
    }
}

/// Why an act is not open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClosedReason {
    /// The stable code.
    #[schema(example = "not-current-holder")]
    pub code: String,
    /// What is wrong and what to do.
    pub sentence: String,
    /// The clause or rule that asks for it.
    pub source: String,
}

/// A kind of act with the answer whether it is open to this person now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OpenAct {
    /// The stable word, as it is sent.
    #[schema(example = "accept")]
    pub act: String,
    /// What stands on the button.
    pub name: String,
    /// Whether it is open.
    pub open: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<ClosedReason>,
}

impl OpenAct {
    /// The answer of [`hokan_domain::custody::open_acts`] as a phone shows it.
    #[must_use]
    pub fn new(kind: ActKind, answer: &Result<(), Refusal>, lang: Lang, names: &dyn Names) -> Self {
        Self {
            act: kind.code().to_owned(),
            name: act_name(kind, lang).to_owned(),
            open: answer.is_ok(),
            reason: answer.as_ref().err().map(|refusal| ClosedReason {
                code: refusal.reason.code().to_owned(),
                sentence: refusal.reason.sentence(lang, names),
                source: refusal.source.cite(lang),
            }),
        }
    }
}

/// What stands on the button for an act.
#[must_use]
pub fn act_name(kind: ActKind, lang: Lang) -> &'static str {
    match kind {
        ActKind::Offer => lang.pick("引き渡す", "Hand over"),
        ActKind::Accept => lang.pick("受け取る", "Take over"),
        ActKind::Refuse => lang.pick("受け取らない", "Decline"),
        ActKind::Withdraw => lang.pick("引渡しを取り下げる", "Withdraw the offer"),
        ActKind::PutAway => lang.pick("保管する", "Put away"),
        ActKind::TakeOut => lang.pick("取り出す", "Take out"),
        ActKind::ReplaceLabel => lang.pick("ラベルを貼り替える", "Replace the label"),
        ActKind::RecordContents => lang.pick("記録内容を登録する", "Record contents"),
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

/// What a label leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Resolution {
    /// It is on an item.
    Item {
        /// The item.
        item: Box<ItemCard>,
    },
    /// It is on a container.
    Container {
        /// `con_…`
        id: String,
        /// What people call it.
        name: String,
        /// What rests in it.
        items: Vec<ItemSummary>,
    },
    /// It is on a place.
    Place {
        /// `plc_…`
        id: String,
        /// What people call it.
        name: String,
        /// What rests in it.
        items: Vec<ItemSummary>,
    },
    /// It is on nothing yet.
    Blank {
        /// Its code.
        #[schema(value_type = String)]
        code: LabelId,
        /// Whether the caller may register an item with it.
        may_register: bool,
        /// What to do.
        sentence: String,
    },
    /// It is no longer valid.
    Void {
        /// Its code.
        #[schema(value_type = String)]
        code: LabelId,
        /// The label that took its place.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<String>)]
        replaced_by: Option<LabelId>,
        /// What to do.
        sentence: String,
        /// The item that it was on.
        #[serde(skip_serializing_if = "Option::is_none")]
        item: Option<Box<ItemSummary>>,
    },
}

/// What was found in a photograph.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PhotoAnswer {
    /// Width of the photograph as it was read, in pixels.
    pub width: u32,
    /// Height of the photograph as it was read, in pixels.
    pub height: u32,
    /// Whether everything in it that looks like a code was looked at; if not, there may be more.
    pub complete: bool,
    /// Every code in it, from top to bottom and from left to right.
    pub codes: Vec<PhotoCode>,
    /// What to do, where there was nothing of ours in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentence: Option<String>,
}

/// One code in a photograph.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PhotoCode {
    /// What the code says, shortened to 300 characters. Empty where it holds a personal number (the back of
    /// a My Number card has one in its code), because Hokan never passes one on.
    pub text: String,
    /// The label's code, where it is one of ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub code: Option<LabelId>,
    /// Its four corners in the photograph, clockwise from the symbol's own top left, as x and y in pixels.
    #[schema(value_type = Vec<Vec<f32>>)]
    pub corners: [[f32; 2]; 4],
    /// What the label leads to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolution: Option<Resolution>,
    /// Why it leads to nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<ProblemDocument>,
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
    /// The hash of its leaf in the ledger's Merkle tree.
    pub leaf_hash: String,
}
