//! What happened: the events that the ledger keeps.
//!
//! Events hold ids and values, never a name or a free text: those lie beside the ledger behind a
//! [`TextRef`], so that one can be erased without breaking a proof.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    approval::Wanted,
    contents::Contents,
    discrepancy::{Finding, Outcome, Settlement},
    disposal::{Destruction, Erasure, Performed, Photograph, Presence},
    ids::{
        CarryOutId, ContainerId, ContentsId, DeviceId, DivisionId, EventId, HandOverId, HoldId, IncidentId,
        ItemId, PersonId, PlaceId, RequestId,
    },
    item::ItemKind,
    label::{LabelId, ReplaceReason},
    observation::EvidenceMark,
    place::{Home, Zone},
    profile::RoleId,
    protection::Secrecy,
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
        /// The area around that place, where the plan of the building has any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        zone: Option<Zone>,
    },
    /// The item was taken out of its home.
    TakenOut {
        /// By whom.
        by: PersonId,
        /// Whence; unknown to a phone that had no signal.
        from: Option<Home>,
        /// The label.
        scan: Scan,
        /// What for, as the profile names it, where that is another purpose than the contents'.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        purpose: Option<String>,
    },
    /// The label was scanned and nothing else was done.
    Seen {
        /// By whom.
        by: PersonId,
        /// Where, if the person said so.
        home: Option<Home>,
        /// The label.
        scan: Scan,
        /// The area around that place, where the plan of the building has any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        zone: Option<Zone>,
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
    /// The item was put under a division (課), whose officers answer for it.
    Assigned {
        /// By whom.
        by: PersonId,
        /// The division.
        division: Option<DivisionId>,
    },
    /// The place where it belongs was set (所定の場所).
    HomeDesignated {
        /// By whom.
        by: PersonId,
        /// The place.
        place: PlaceId,
        /// The area around it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        zone: Option<Zone>,
    },
    /// The protection of its data was verified.
    ProtectionRecorded {
        /// Who verified it.
        by: PersonId,
        /// What keeps a finder from reading it.
        secrecy: Secrecy,
        /// Whether password or key is kept apart.
        key_apart: bool,
    },
    /// Some of its contents were erased.
    ContentsErased {
        /// Who erased them.
        by: PersonId,
        /// Which.
        contents: ContentsId,
        /// How.
        erasure: Erasure,
    },
    /// What a retention rule waits for has happened (契約の終了など).
    RetentionEventOccurred {
        /// Who recorded it.
        by: PersonId,
        /// To which contents.
        contents: ContentsId,
        /// What, as the profile names it.
        event: String,
        /// On which day.
        on: NaiveDate,
    },
    /// Contents were copied to another item.
    Copied {
        /// Who copied.
        by: PersonId,
        /// Which contents.
        contents: Vec<ContentsId>,
        /// On what.
        copy: ItemId,
        /// The permission.
        request: Option<RequestId>,
    },
    /// The item is a copy of another.
    CopyOf {
        /// Who copied.
        by: PersonId,
        /// Of which.
        source: ItemId,
    },
    /// Somebody asked for something that must be granted.
    Requested {
        /// The request.
        request: RequestId,
        /// By whom.
        by: PersonId,
        /// What for.
        wanted: Wanted,
        /// Why.
        reason: TextRef,
        /// The last day on which it is of use.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<NaiveDate>,
    },
    /// Somebody approved a request.
    Approved {
        /// The request.
        request: RequestId,
        /// Who.
        by: PersonId,
        /// In which role.
        role: RoleId,
        /// For whom, where he is a deputy.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deputy_for: Option<PersonId>,
        /// A word with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<TextRef>,
    },
    /// The approvals are enough.
    Granted {
        /// The request.
        request: RequestId,
    },
    /// Somebody turned a request down.
    TurnedDown {
        /// The request.
        request: RequestId,
        /// Who.
        by: PersonId,
        /// In which role.
        role: RoleId,
        /// Why.
        reason: TextRef,
    },
    /// The requester took a request back.
    RequestWithdrawn {
        /// The request.
        request: RequestId,
        /// Who.
        by: PersonId,
    },
    /// What was granted ended before its time.
    PermissionEnded {
        /// The request.
        request: RequestId,
        /// Who ended it.
        by: PersonId,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<TextRef>,
    },
    /// Retention was suspended.
    HoldPlaced {
        /// The hold.
        hold: HoldId,
        /// By whom.
        by: PersonId,
        /// In which role.
        role: RoleId,
        /// Why.
        reason: TextRef,
    },
    /// A hold was lifted.
    HoldLifted {
        /// The hold.
        hold: HoldId,
        /// By whom.
        by: PersonId,
        /// In which role.
        role: RoleId,
        /// Why.
        reason: TextRef,
    },
    /// The item left on a carry-out.
    Departed {
        /// The carry-out; unknown to a phone that had no signal.
        carry_out: Option<CarryOutId>,
        /// Who took it.
        by: PersonId,
        /// In which container.
        container: Option<ContainerId>,
    },
    /// The container in which it travelled was opened.
    Unsealed {
        /// The carry-out.
        carry_out: CarryOutId,
        /// Who opened it.
        by: PersonId,
        /// Which container.
        container: ContainerId,
        /// Whether lock or seal bore the number that it was locked with.
        matches: bool,
    },
    /// The item came back from a carry-out.
    Returned {
        /// The carry-out; unknown to a phone that had no signal.
        carry_out: Option<CarryOutId>,
        /// Who took it back.
        by: PersonId,
        /// The label.
        scan: Scan,
    },
    /// The container was unpacked and the item was not in it.
    MissedAtUnpacking {
        /// The carry-out.
        carry_out: CarryOutId,
        /// Who unpacked.
        by: PersonId,
    },
    /// The item was handed to the counterparty for good.
    Delivered {
        /// The carry-out.
        carry_out: CarryOutId,
        /// Who says so.
        by: PersonId,
    },
    /// The whole item was erased.
    Sanitized {
        /// Who erased it.
        by: PersonId,
        /// How.
        erasure: Erasure,
        /// The label.
        scan: Scan,
    },
    /// The item was destroyed, as its operator says.
    Destroyed {
        /// The order or permission.
        request: Option<RequestId>,
        /// Who destroyed it, or gave it to the contractor.
        by: PersonId,
        /// How.
        destruction: Destruction,
        /// The label.
        scan: Scan,
    },
    /// Somebody stood by.
    Witnessed {
        /// Who.
        by: PersonId,
        /// How he was there.
        presence: Presence,
        /// Photographs that he took.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        photographs: Vec<Photograph>,
        /// The label.
        scan: Scan,
    },
    /// An officer confirmed the destruction.
    DisposalConfirmed {
        /// Who.
        by: PersonId,
        /// In which role.
        role: RoleId,
        /// A word with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<TextRef>,
    },
    /// A fault was found (障害).
    FaultReported {
        /// By whom.
        by: PersonId,
        /// What is wrong.
        note: Option<TextRef>,
        /// The label, if it was scanned.
        scan: Option<Scan>,
    },
    /// Somebody looked whether the medium has a fault (障害の有無).
    FaultChecked {
        /// Who.
        by: PersonId,
        /// Whether it has one.
        faulty: bool,
        /// A word with it.
        note: Option<TextRef>,
        /// The label.
        scan: Scan,
    },
    /// The item is not to be found.
    LostReported {
        /// By whom.
        by: PersonId,
        /// The incident that it opened; unknown to a phone that had no signal.
        incident: Option<IncidentId>,
        /// What is known.
        note: Option<TextRef>,
    },
    /// A lost item was found.
    Found {
        /// By whom.
        by: PersonId,
        /// The label.
        scan: Scan,
    },
    /// How an observation came in, where that weighs on what it proves. It stands beside the observation, in
    /// the same act.
    EvidenceMarked {
        /// The event of the observation.
        evidence: EventId,
        /// What is to be known of it.
        mark: EvidenceMark,
    },
    /// Register and world disagree.
    DiscrepancyRaised {
        /// About what.
        finding: Finding,
        /// Whose act or observation that was. Nobody settles what he caused himself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caused_by: Option<PersonId>,
        /// Whether that is an observation which can be settled as untrue.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        dismissible: bool,
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
            Self::Assigned { .. } => "assigned",
            Self::HomeDesignated { .. } => "home-designated",
            Self::ProtectionRecorded { .. } => "protection-recorded",
            Self::ContentsErased { .. } => "contents-erased",
            Self::RetentionEventOccurred { .. } => "retention-event-occurred",
            Self::Copied { .. } => "copied",
            Self::CopyOf { .. } => "copy-of",
            Self::Requested { .. } => "requested",
            Self::Approved { .. } => "approved",
            Self::Granted { .. } => "granted",
            Self::TurnedDown { .. } => "turned-down",
            Self::RequestWithdrawn { .. } => "request-withdrawn",
            Self::PermissionEnded { .. } => "permission-ended",
            Self::HoldPlaced { .. } => "hold-placed",
            Self::HoldLifted { .. } => "hold-lifted",
            Self::Departed { .. } => "departed",
            Self::Unsealed { .. } => "unsealed",
            Self::Returned { .. } => "returned",
            Self::MissedAtUnpacking { .. } => "missed-at-unpacking",
            Self::Delivered { .. } => "delivered",
            Self::Sanitized { .. } => "sanitized",
            Self::Destroyed { .. } => "destroyed",
            Self::Witnessed { .. } => "witnessed",
            Self::DisposalConfirmed { .. } => "disposal-confirmed",
            Self::FaultReported { .. } => "fault-reported",
            Self::FaultChecked { .. } => "fault-checked",
            Self::LostReported { .. } => "lost-reported",
            Self::Found { .. } => "found",
            Self::EvidenceMarked { .. } => "evidence-marked",
            Self::DiscrepancyRaised { .. } => "discrepancy-raised",
            Self::DiscrepancySettled { .. } => "discrepancy-settled",
        }
    }

    /// The observation that this settles as untrue.
    #[must_use]
    pub fn dismisses(&self) -> Option<EventId> {
        match self {
            Self::DiscrepancySettled {
                finding,
                by: Settlement::Person { outcome: Outcome::Dismissed, .. },
            } => Some(finding.event),
            _ => None,
        }
    }

    /// The label as it was scanned in this event.
    #[must_use]
    pub fn scan(&self) -> Option<&Scan> {
        match self {
            Self::HandOverOffered { scan, .. }
            | Self::HandOverRefused { scan, .. }
            | Self::FaultReported { scan, .. } => scan.as_ref(),
            Self::Returned { scan, .. }
            | Self::Sanitized { scan, .. }
            | Self::Destroyed { scan, .. }
            | Self::Witnessed { scan, .. }
            | Self::FaultChecked { scan, .. }
            | Self::Found { scan, .. }
            | Self::HandOverAccepted { scan, .. }
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
            Self::DiscrepancySettled { by: Settlement::Person { reason, .. }, .. }
            | Self::TurnedDown { reason, .. }
            | Self::HoldPlaced { reason, .. }
            | Self::HoldLifted { reason, .. } => vec![*reason],
            Self::Requested { reason, wanted, .. } => match wanted {
                Wanted::Disclose { to } => vec![*reason, *to],
                _ => vec![*reason],
            },
            Self::PermissionEnded { reason: note, .. }
            | Self::Approved { note, .. }
            | Self::DisposalConfirmed { note, .. }
            | Self::FaultReported { note, .. }
            | Self::FaultChecked { note, .. }
            | Self::LostReported { note, .. } => note.iter().copied().collect(),
            Self::ProtectionRecorded { secrecy: Secrecy::Encrypted { tool, algorithm }, .. } => {
                vec![*tool, *algorithm]
            }
            Self::ContentsErased { erasure, .. } | Self::Sanitized { erasure, .. } => {
                erasure.tool.into_iter().collect()
            }
            Self::Destroyed { destruction, .. } => match destruction.performed {
                Performed::Delegated { contractor, certificate, .. } => {
                    std::iter::once(contractor).chain(certificate).collect()
                }
                Performed::Here => Vec::new(),
            },
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
