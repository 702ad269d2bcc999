//! Requests as the backend gets them: read, checked, in the domain's own types.
//!
//! Reading is done by hand ([`read`]) rather than by a deriving deserialiser, for three reasons: every
//! mistake is named by its field and by what was expected, in the person's language; nothing that was sent is
//! ever repeated in an answer (it may be a personal number in the wrong field); and a key given twice is a
//! mistake rather than a choice between two truths.
//!
//! | Question | Module |
//! | --- | --- |
//! | What can be asked of an item? | [`ActRequest`] |
//! | What can a phone have seen? | [`ObservedRequest`] |
//! | What can be asked of a carry-out, a container, an incident? | [`CarryOutActRequest`], [`hokan_domain::container::ContainerAct`], [`IncidentActRequest`] |

use chrono::NaiveDate;
use hokan_domain::{
    contents::Category,
    disposal::{Shows, Verification},
    event::Scan,
    ids::{ContentsId, DivisionId, FileId, PlaceId},
    item::ItemKind,
    label::LabelId,
    personal_number::CheckedText,
    place::Home,
};

mod act;
mod bodies;
mod carry_out;
mod container;
mod incident;
mod json;
mod observed;
mod query;
mod read;

pub use act::{ActRequest, WantedRequest};
pub use carry_out::{CarryOutActRequest, PlanRequest};
pub use incident::{IncidentActRequest, OpenIncidentRequest};
pub use json::{Body, BodyFields, FromBody};
pub use observed::{ObservedRequest, ParsedObservation};
pub use query::Show;

pub(crate) use act::ActEnvelope;
pub(crate) use bodies::{CopyEnvelope, RegisterEnvelope};
pub(crate) use carry_out::{CarryOutActEnvelope, CarryOutEnvelope};
pub(crate) use container::ContainerActEnvelope;
pub(crate) use incident::{IncidentActEnvelope, IncidentEnvelope};
pub(crate) use json::{buffer, media_type};
pub(crate) use observed::Batch;
pub(crate) use query::Asked;
pub(crate) use read::label_id;

/// The greatest number that a phone's own language can hold exactly (2⁵³ − 1).
pub const MAX_SAFE_INTEGER: u64 = 9_007_199_254_740_991;

/// The most observations that one batch may hold.
pub const MAX_BATCH: usize = 500;

/// The most statements of contents that one registration may hold, and the most that one request may name.
pub const MAX_CONTENTS: usize = 50;

/// The most items that one carry-out or one report of an incident may name.
pub const MAX_ITEMS: usize = 200;

/// The most photographs that one act may name.
pub const MAX_PHOTOGRAPHS: usize = 20;

/// The most characters of a title or purpose.
pub const MAX_TITLE: usize = 200;

/// The most characters of a control number, serial number or tracking number.
pub const MAX_NUMBER: usize = 100;

/// The longest name of a phone, in characters.
pub const MAX_PHONE_NAME: usize = 60;

/// The most characters of a note or reason, which may have several lines.
pub const MAX_NOTE: usize = 1_000;

/// The most characters of what is stated about an incident, which may have several lines.
pub const MAX_STATEMENT: usize = 4_000;

/// The most characters of a short name of the profile.
pub const MAX_CODE: usize = 60;

/// The most characters of the item of a law under which something is carried out (番号法第19条の号).
pub const MAX_LEGAL_GROUND: usize = 20;

/// A place or container, as the person named it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HomeRef {
    /// Chosen from the directory.
    Id(Home),
    /// By the label that was scanned on it.
    Label(LabelId),
}

/// A place, as the person named it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlaceRef {
    /// Chosen from the directory.
    Id(PlaceId),
    /// By the label that was scanned on it, which may turn out to be on something else.
    Label(LabelId),
}

/// What data lies on an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentsRequest {
    /// The kind of data.
    pub category: Category,
    /// The task (事務) that it serves.
    pub purpose: Option<CheckedText>,
    /// The purpose as the profile names it.
    pub purpose_code: Option<String>,
    /// Number of records (件数).
    pub records: Option<u64>,
    /// The day on which it was recorded, in Japan.
    pub recorded_on: Option<NaiveDate>,
    /// The day on which it was received, where that differs from the day of recording.
    pub received_on: Option<NaiveDate>,
    /// The retention rule as the profile names it.
    pub retention: Option<String>,
    /// The day from which the period runs, where the rule takes a given date.
    pub starts_on: Option<NaiveDate>,
}

/// What keeps a finder from reading the data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecrecyRequest {
    /// Nothing.
    None,
    /// A password alone, without encryption.
    PasswordOnly,
    /// Encryption.
    Encrypted {
        /// The tool with its version.
        tool: CheckedText,
        /// The algorithm, such as AES-256.
        algorithm: CheckedText,
    },
}

/// How the data on an item is protected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProtectionRequest {
    /// What keeps a finder from reading it.
    pub secrecy: SecrecyRequest,
    /// Whether password or key is kept apart.
    pub key_apart: bool,
}

/// An item to register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterRequest {
    /// The blank label that was stuck on it.
    pub scan: Scan,
    /// What it is.
    pub kind: ItemKind,
    /// What people call it.
    pub title: CheckedText,
    /// The body's own number for it (管理番号).
    pub control_number: Option<CheckedText>,
    /// The maker's serial number.
    pub serial: Option<CheckedText>,
    /// What data lies on it, as far as that is known already.
    pub contents: Vec<ContentsRequest>,
    /// The division whose officers answer for it.
    pub division: Option<DivisionId>,
    /// How its data is protected, where that was verified already.
    pub protection: Option<ProtectionRequest>,
}

/// A copy of some contents of an item, which is registered as an item of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyRequest {
    /// Which of the contents. Never empty.
    pub contents: Vec<ContentsId>,
    /// The blank label that was stuck on the copy.
    pub scan: Scan,
    /// What the copy is.
    pub kind: ItemKind,
    /// What people call it.
    pub title: CheckedText,
    /// The body's own number for it (管理番号).
    pub control_number: Option<CheckedText>,
    /// The maker's serial number.
    pub serial: Option<CheckedText>,
    /// How its data is protected, where that was verified already.
    pub protection: Option<ProtectionRequest>,
}

/// An erasure (消去).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasureRequest {
    /// The method, as the profile names it.
    pub method: String,
    /// The tool with its version.
    pub tool: Option<CheckedText>,
    /// What came of looking whether it worked.
    pub verification: Verification,
}

/// Who destroys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PerformedRequest {
    /// The body itself.
    Here,
    /// A contractor.
    Delegated {
        /// Which.
        contractor: CheckedText,
        /// The number of its certificate, once there is one.
        certificate: Option<CheckedText>,
        /// The certificate itself.
        file: Option<FileId>,
    },
}

/// A destruction (廃棄).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DestructionRequest {
    /// The method, as the profile names it.
    pub method: String,
    /// Who destroyed.
    pub performed: PerformedRequest,
    /// Photographs that were sent before, each with what it shows.
    pub photographs: Vec<(FileId, Shows)>,
}
