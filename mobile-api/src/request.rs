//! Requests as the backend gets them: read, checked, in the domain's own types.
//!
//! Reading is done by hand ([`read`]) rather than by a deriving deserialiser, for three reasons: every
//! mistake is named by its field and by what was expected, in the person's language; nothing that was sent is
//! ever repeated in an answer (it may be a personal number in the wrong field); and a key given twice is a
//! mistake rather than a choice between two truths.

use chrono::{DateTime, NaiveDate, Utc};
use hokan_domain::{
    contents::Category,
    custody::ActKind,
    event::{Receiver, Scan},
    ids::{EventId, HandOverId, PersonId},
    item::ItemKind,
    label::{LabelId, ReplaceReason},
    personal_number::CheckedText,
    place::Home,
};

mod bodies;
mod json;
mod read;

pub(crate) use bodies::{ActEnvelope, Batch, RegisterEnvelope};
pub(crate) use json::{Body, buffer, media_type};
pub(crate) use read::label_id;

/// The greatest number that a phone's own language can hold exactly (2⁵³ − 1).
pub const MAX_SAFE_INTEGER: u64 = 9_007_199_254_740_991;

/// The most observations that one batch may hold.
pub const MAX_BATCH: usize = 500;

/// The most statements of contents that one registration may hold.
pub const MAX_CONTENTS: usize = 50;

/// The most characters of a title or purpose.
pub const MAX_TITLE: usize = 200;

/// The most characters of a control number or serial number.
pub const MAX_NUMBER: usize = 100;

/// The most characters of a note, which may have several lines.
pub const MAX_NOTE: usize = 1_000;

/// A place or container, as the person named it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HomeRef {
    /// Chosen from the directory.
    Id(Home),
    /// By the label that was scanned on it.
    Label(LabelId),
}

/// What data lies on an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentsRequest {
    /// The kind of data.
    pub category: Category,
    /// The task (事務) that it serves.
    pub purpose: Option<CheckedText>,
    /// Number of records (件数).
    pub records: Option<u64>,
    /// The day on which it was recorded, in Japan.
    pub recorded_on: Option<NaiveDate>,
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
}

/// An act on an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActRequest {
    /// Offer it to somebody.
    Offer {
        /// To whom.
        to: Receiver,
        /// A word with it.
        note: Option<CheckedText>,
        /// The label, if it was scanned.
        scan: Option<Scan>,
    },
    /// Take it over.
    Accept {
        /// The offer that is accepted.
        hand_over: HandOverId,
        /// The label as the receiver sees it.
        scan: Scan,
    },
    /// Decline to take it over.
    Refuse {
        /// The offer that is declined.
        hand_over: HandOverId,
        /// Why.
        note: Option<CheckedText>,
    },
    /// Take the offer back.
    Withdraw {
        /// The offer.
        hand_over: HandOverId,
    },
    /// Put it into a place or container.
    PutAway {
        /// Where.
        home: HomeRef,
        /// The label.
        scan: Scan,
    },
    /// Take it out of its home.
    TakeOut {
        /// The label.
        scan: Scan,
    },
    /// Put a new label on it.
    ReplaceLabel {
        /// The new label.
        label: LabelId,
        /// Why.
        reason: ReplaceReason,
    },
    /// State what data lies on it.
    RecordContents {
        /// What data.
        contents: ContentsRequest,
    },
}

impl ActRequest {
    /// The kind of this act.
    #[must_use]
    pub fn kind(&self) -> ActKind {
        match self {
            Self::Offer { .. } => ActKind::Offer,
            Self::Accept { .. } => ActKind::Accept,
            Self::Refuse { .. } => ActKind::Refuse,
            Self::Withdraw { .. } => ActKind::Withdraw,
            Self::PutAway { .. } => ActKind::PutAway,
            Self::TakeOut { .. } => ActKind::TakeOut,
            Self::ReplaceLabel { .. } => ActKind::ReplaceLabel,
            Self::RecordContents { .. } => ActKind::RecordContents,
        }
    }
}

/// What the owner of a phone did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObservedRequest {
    /// Offered the item.
    Offered {
        /// To whom.
        to: Receiver,
    },
    /// Took it over.
    Accepted {
        /// The offer, where the phone knew of it.
        hand_over: Option<HandOverId>,
        /// From whom, where the owner said so.
        from: Option<PersonId>,
    },
    /// Declined it.
    Refused {
        /// The offer, where the phone knew of it.
        hand_over: Option<HandOverId>,
        /// Why.
        note: Option<CheckedText>,
    },
    /// Put it away.
    PutAway {
        /// Where.
        home: HomeRef,
    },
    /// Took it out of its home.
    TakenOut,
    /// Scanned it and did nothing else.
    Seen {
        /// Where, where the owner said so.
        home: Option<HomeRef>,
    },
}

/// One observation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsedObservation {
    /// Its id, made by the phone.
    pub event: EventId,
    /// The phone's own count of observations.
    pub device_seq: u64,
    /// When, by the phone's clock.
    pub occurred_at: DateTime<Utc>,
    /// The item's label as it was scanned.
    pub scan: Scan,
    /// What was done.
    pub observed: ObservedRequest,
}
