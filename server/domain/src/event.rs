//! What happened: the events that the ledger keeps.
//!
//! Events hold ids and values, never a name or a free text: those lie beside the ledger behind a
//! [`TextRef`], so that one can be erased without breaking a proof.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    contents::Contents,
    discrepancy::{Finding, Settlement},
    ids::{DeviceId, EventId, HandOverId, PersonId},
    item::ItemKind,
    label::{LabelId, ReplaceReason},
    place::Home,
    text::TextRef,
};

/// How a label's code came in. A typed code is weaker evidence than one read by a camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScanMethod {
    /// Read from the label by a camera.
    Camera,
    /// Read from a photograph by the server.
    Photo,
    /// Typed by hand.
    Typed,
    /// Chosen on a desk page, without the label at hand.
    Desk,
}

impl ScanMethod {
    /// The method that `code` names.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "camera" => Some(Self::Camera),
            "photo" => Some(Self::Photo),
            "typed" => Some(Self::Typed),
            "desk" => Some(Self::Desk),
            _ => None,
        }
    }

    /// Whether the person had the label in front of him.
    #[must_use]
    pub fn label_at_hand(self) -> bool {
        !matches!(self, Self::Desk)
    }
}

/// A label seen by the person who acts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scan {
    /// The code on the label.
    pub label: LabelId,
    /// How it was read.
    pub method: ScanMethod,
}

/// Who may accept a hand-over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Receiver {
    /// This person and nobody else.
    Person(PersonId),
    /// Whichever designated handler comes first (窓口の担当者).
    AnyHandler,
}

/// Something that happened to an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Event {
    /// The item entered the register and got its label; the person who registered it holds it.
    Registered {
        /// What it is.
        item_kind: ItemKind,
        /// The label bound to it.
        label: LabelId,
        /// What people call it.
        title: TextRef,
        /// The body's own number for it (管理番号).
        control_number: Option<TextRef>,
        /// The maker's serial number.
        serial: Option<TextRef>,
        /// Who holds it now.
        holder: PersonId,
    },
    /// Data was stated to lie on the item.
    ContentsRecorded {
        /// What data.
        contents: Contents,
    },
    /// The holder offered the item to somebody.
    HandOverOffered {
        /// The hand-over that this begins.
        hand_over: HandOverId,
        /// Who offers.
        from: PersonId,
        /// Who may accept.
        to: Receiver,
        /// Until when.
        expires_at: DateTime<Utc>,
        /// A word from the offerer.
        note: Option<TextRef>,
        /// The label, if it was scanned.
        scan: Option<Scan>,
    },
    /// The receiver took the item over with a scan of his own.
    HandOverAccepted {
        /// The offer that it answers; unknown to a phone that had no signal.
        hand_over: Option<HandOverId>,
        /// From whom.
        from: Option<PersonId>,
        /// To whom.
        to: PersonId,
        /// The label as the receiver saw it.
        scan: Scan,
    },
    /// The receiver declined.
    HandOverRefused {
        /// The offer that it answers.
        hand_over: Option<HandOverId>,
        /// Who declined.
        by: PersonId,
        /// Why.
        note: Option<TextRef>,
        /// The label, if it was scanned.
        scan: Option<Scan>,
    },
    /// The offerer took the offer back.
    HandOverWithdrawn {
        /// The offer.
        hand_over: HandOverId,
        /// Who withdrew it.
        by: PersonId,
    },
    /// Nobody accepted in time.
    HandOverLapsed {
        /// The offer.
        hand_over: HandOverId,
    },
    /// The item was put away.
    PutAway {
        /// By whom.
        by: PersonId,
        /// Where.
        home: Home,
        /// The label.
        scan: Scan,
    },
    /// The item was taken out of its home.
    TakenOut {
        /// By whom.
        by: PersonId,
        /// Whence; unknown to a phone that had no signal.
        from: Option<Home>,
        /// The label.
        scan: Scan,
    },
    /// The label was scanned and nothing else was done.
    Seen {
        /// By whom.
        by: PersonId,
        /// Where, if the person said so.
        home: Option<Home>,
        /// The label.
        scan: Scan,
    },
    /// A new label took the place of the old one, which is void from now on.
    LabelReplaced {
        /// The void label.
        old: LabelId,
        /// The label in force.
        new: LabelId,
        /// Why.
        reason: ReplaceReason,
    },
    /// Register and world disagree.
    DiscrepancyRaised {
        /// About what.
        finding: Finding,
    },
    /// They agree again, or a person has explained why they did not.
    DiscrepancySettled {
        /// About what.
        finding: Finding,
        /// By what.
        by: Settlement,
    },
}

impl Event {
    /// The stable word that names this kind of event in the ledger.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Registered { .. } => "registered",
            Self::ContentsRecorded { .. } => "contents-recorded",
            Self::HandOverOffered { .. } => "hand-over-offered",
            Self::HandOverAccepted { .. } => "hand-over-accepted",
            Self::HandOverRefused { .. } => "hand-over-refused",
            Self::HandOverWithdrawn { .. } => "hand-over-withdrawn",
            Self::HandOverLapsed { .. } => "hand-over-lapsed",
            Self::PutAway { .. } => "put-away",
            Self::TakenOut { .. } => "taken-out",
            Self::Seen { .. } => "seen",
            Self::LabelReplaced { .. } => "label-replaced",
            Self::DiscrepancyRaised { .. } => "discrepancy-raised",
            Self::DiscrepancySettled { .. } => "discrepancy-settled",
        }
    }

    /// The label as it was scanned in this event.
    #[must_use]
    pub fn scan(&self) -> Option<&Scan> {
        match self {
            Self::HandOverOffered { scan, .. } | Self::HandOverRefused { scan, .. } => scan.as_ref(),
            Self::HandOverAccepted { scan, .. }
            | Self::PutAway { scan, .. }
            | Self::TakenOut { scan, .. }
            | Self::Seen { scan, .. } => Some(scan),
            _ => None,
        }
    }

    /// The texts that this event refers to.
    #[must_use]
    pub fn texts(&self) -> Vec<TextRef> {
        match self {
            Self::Registered { title, control_number, serial, .. } => {
                [Some(*title), *control_number, *serial].into_iter().flatten().collect()
            }
            Self::ContentsRecorded { contents } => contents.purpose.into_iter().collect(),
            Self::HandOverOffered { note, .. } | Self::HandOverRefused { note, .. } => {
                note.iter().copied().collect()
            }
            Self::DiscrepancySettled { by: Settlement::Person { reason, .. }, .. } => vec![*reason],
            _ => Vec::new(),
        }
    }
}

/// Where and when an event stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// The event's id.
    pub event: EventId,
    /// When it happened, by the clock of whoever observed it.
    pub occurred_at: DateTime<Utc>,
    /// When the server took it in.
    pub recorded_at: DateTime<Utc>,
    /// Who acted.
    pub actor: PersonId,
    /// The device that observed it without the server, and the device's own count of observations.
    pub observed_by: Option<(DeviceId, u64)>,
}

/// An event with its stamp: one line of an item's timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Where and when.
    pub stamp: Stamp,
    /// What.
    pub event: Event,
}
