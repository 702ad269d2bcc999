//! Acts on items, and reading them.

use chrono::NaiveDate;
use hokan_domain::{
    custody::ActKind,
    discrepancy::{Finding, FindingKind, Outcome},
    disposal::{Presence, Shows, Verification},
    event::{Receiver, Scan},
    ids::{ContentsId, DivisionId, EventId, FileId, HandOverId, HoldId, ItemId, PersonId, RequestId},
    label::{LabelId, ReplaceReason},
    personal_number::CheckedText,
    profile::Gated,
    text::Lang,
};

use super::{
    ContentsRequest, DestructionRequest, ErasureRequest, HomeRef, MAX_CONTENTS, MAX_NOTE, MAX_NUMBER,
    MAX_PHOTOGRAPHS, MAX_TITLE, PerformedRequest, PlaceRef, ProtectionRequest, SecrecyRequest,
    bodies::{EVENT, KIB, contents},
    json::{FromBody, Node},
    read::{Expected, Field, Fields, Words},
};
use crate::{problem::Problem, wire::ANY_HANDLER};

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
        /// What for, as the profile names it; none for what its contents serve.
        purpose: Option<String>,
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
    /// Put it under a division.
    Assign {
        /// Which; none takes it out of its division.
        division: Option<DivisionId>,
    },
    /// Set the place where it belongs.
    DesignateHome {
        /// The place.
        place: PlaceRef,
    },
    /// State how its data is protected.
    RecordProtection {
        /// How.
        protection: ProtectionRequest,
    },
    /// Erase some of its contents.
    EraseContents {
        /// Which.
        contents: ContentsId,
        /// How.
        erasure: ErasureRequest,
    },
    /// Record that what a retention rule waits for has happened.
    RecordRetentionEvent {
        /// To which contents.
        contents: ContentsId,
        /// What, as the profile names it.
        event: String,
        /// On which day.
        on: NaiveDate,
    },
    /// Ask for something that must be granted.
    Ask {
        /// What for.
        wanted: WantedRequest,
        /// Why.
        reason: CheckedText,
        /// The last day on which it is of use.
        until: Option<NaiveDate>,
    },
    /// Approve a request.
    Approve {
        /// Which.
        request: RequestId,
        /// A word with it.
        note: Option<CheckedText>,
    },
    /// Turn a request down.
    TurnDown {
        /// Which.
        request: RequestId,
        /// Why.
        reason: CheckedText,
    },
    /// Take a request back.
    WithdrawRequest {
        /// Which.
        request: RequestId,
    },
    /// End what was granted before its time.
    EndPermission {
        /// Which.
        request: RequestId,
        /// Why.
        reason: CheckedText,
    },
    /// Suspend retention.
    PlaceHold {
        /// Why.
        reason: CheckedText,
    },
    /// Lift a suspension.
    LiftHold {
        /// Which.
        hold: HoldId,
        /// Why.
        reason: CheckedText,
    },
    /// Erase the whole item.
    Sanitize {
        /// How.
        erasure: ErasureRequest,
        /// The label.
        scan: Scan,
    },
    /// Destroy it, or have it destroyed.
    Destroy {
        /// How.
        destruction: DestructionRequest,
        /// The label.
        scan: Scan,
    },
    /// Stand by at its destruction.
    Witness {
        /// How.
        presence: Presence,
        /// Photographs that were sent before, each with what it shows.
        photographs: Vec<(FileId, Shows)>,
        /// The label.
        scan: Scan,
    },
    /// Confirm its destruction.
    ConfirmDisposal {
        /// A word with it.
        note: Option<CheckedText>,
    },
    /// Report a fault.
    ReportFault {
        /// What is wrong.
        note: Option<CheckedText>,
        /// The label, if it was scanned.
        scan: Option<Scan>,
    },
    /// Record whether it has a fault.
    CheckFault {
        /// Whether it has one.
        faulty: bool,
        /// A word with it.
        note: Option<CheckedText>,
        /// The label.
        scan: Scan,
    },
    /// Report that it is not to be found.
    ReportLost {
        /// What is known.
        note: Option<CheckedText>,
    },
    /// Report that it was found.
    ReportFound {
        /// The label.
        scan: Scan,
    },
    /// Settle a discrepancy.
    SettleDiscrepancy {
        /// Which.
        finding: Finding,
        /// Whether what was observed counts.
        outcome: Outcome,
        /// How it came about.
        reason: CheckedText,
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
            Self::Assign { .. } => ActKind::Assign,
            Self::DesignateHome { .. } => ActKind::DesignateHome,
            Self::RecordProtection { .. } => ActKind::RecordProtection,
            Self::EraseContents { .. } => ActKind::EraseContents,
            Self::RecordRetentionEvent { .. } => ActKind::RecordRetentionEvent,
            Self::Ask { .. } => ActKind::Ask,
            Self::Approve { .. } => ActKind::Approve,
            Self::TurnDown { .. } => ActKind::TurnDown,
            Self::WithdrawRequest { .. } => ActKind::WithdrawRequest,
            Self::EndPermission { .. } => ActKind::EndPermission,
            Self::PlaceHold { .. } => ActKind::PlaceHold,
            Self::LiftHold { .. } => ActKind::LiftHold,
            Self::Sanitize { .. } => ActKind::Sanitize,
            Self::Destroy { .. } => ActKind::Destroy,
            Self::Witness { .. } => ActKind::Witness,
            Self::ConfirmDisposal { .. } => ActKind::ConfirmDisposal,
            Self::ReportFault { .. } => ActKind::ReportFault,
            Self::CheckFault { .. } => ActKind::CheckFault,
            Self::ReportLost { .. } => ActKind::ReportLost,
            Self::ReportFound { .. } => ActKind::ReportFound,
            Self::SettleDiscrepancy { .. } => ActKind::SettleDiscrepancy,
        }
    }
}

/// What somebody asks permission for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WantedRequest {
    /// To copy some of its contents.
    Copy {
        /// Which. Never empty.
        contents: Vec<ContentsId>,
    },
    /// To put data on it.
    Save,
    /// To connect it to a terminal.
    Connect {
        /// Which terminal.
        terminal: ItemId,
    },
    /// To use it at all.
    Use,
    /// To handle more records than the profile lets pass.
    Bulk {
        /// How many.
        records: u64,
    },
    /// To let somebody handle it who is no designated handler.
    Handle {
        /// Who.
        person: PersonId,
    },
    /// To tell a third party what it says.
    Disclose {
        /// To whom.
        to: CheckedText,
    },
    /// To destroy it.
    Dispose,
    /// To keep some of its contents longer.
    Extend {
        /// Which.
        contents: ContentsId,
        /// Until when, inclusive.
        until: NaiveDate,
    },
}

const HAND_OVER: Expected = Expected::Id(&["hov_"], false);
const REQUEST: Expected = Expected::Id(&["req_"], false);
const CONTENTS: Expected = Expected::Id(&["cnt_"], false);

const REASONS: Words = || ReplaceReason::ALL.iter().map(|reason| reason.code()).collect();
const ACTS: Words = || ActKind::ALL.iter().map(|kind| kind.code()).collect();
const STATES: Words = || vec!["none", "password-only", "encrypted"];
const VERIFICATIONS: Words = || Verification::ALL.iter().map(|outcome| outcome.code()).collect();
const FINDINGS: Words = || FindingKind::ALL.iter().map(|kind| kind.code()).collect();
const OUTCOMES: Words = || Outcome::ALL.iter().map(|outcome| outcome.code()).collect();
const WANTED: Words = || ASKED.iter().map(|gated| gated.code()).collect();
const PRESENCES: Words = || vec!["on-site", "photograph", "certificate"];
const SHOWN: Words = || vec!["before", "after"];

/// What can be asked for about one item.
const ASKED: [Gated; 9] = [
    Gated::Copy,
    Gated::Save,
    Gated::Connect,
    Gated::Use,
    Gated::Bulk,
    Gated::Handle,
    Gated::Disclose,
    Gated::Dispose,
    Gated::Extend,
];

/// The body of an act.
pub(crate) struct ActEnvelope {
    pub(crate) event: EventId,
    pub(crate) act: ActRequest,
}

impl FromBody for ActEnvelope {
    const LIMIT: usize = 64 * KIB;

    fn from_body(text: &str, lang: Lang) -> Result<Self, Problem> {
        let mut fields = Field::root(Node::parse(text, lang)?, lang).fields()?;
        let event = fields.required("event_id", EVENT, Field::event_id)?;
        let kind =
            fields.required("act", Expected::OneOf(ACTS), |field| field.word(ACTS, ActKind::from_code))?;
        let act = act(kind, &mut fields)?;
        fields.finish()?;
        Ok(Self { event, act })
    }
}

fn act(kind: ActKind, fields: &mut Fields) -> Result<ActRequest, Problem> {
    Ok(match kind {
        ActKind::Offer => ActRequest::Offer {
            to: fields.required("to", Expected::Receiver, receiver)?,
            note: note(fields)?,
            scan: fields.optional("scan", Field::scan)?,
        },
        ActKind::Accept => ActRequest::Accept { hand_over: hand_over(fields)?, scan: scan(fields)? },
        ActKind::Refuse => ActRequest::Refuse { hand_over: hand_over(fields)?, note: note(fields)? },
        ActKind::Withdraw => ActRequest::Withdraw { hand_over: hand_over(fields)? },
        ActKind::PutAway => ActRequest::PutAway { home: fields.required_home()?, scan: scan(fields)? },
        ActKind::TakeOut => {
            ActRequest::TakeOut { scan: scan(fields)?, purpose: fields.optional("purpose", Field::code)? }
        }
        ActKind::ReplaceLabel => ActRequest::ReplaceLabel {
            label: fields.required("code", Expected::Text, Field::label)?,
            reason: fields.required("reason", Expected::OneOf(REASONS), |field| {
                field.word(REASONS, ReplaceReason::from_code)
            })?,
        },
        ActKind::RecordContents => {
            ActRequest::RecordContents { contents: fields.required("contents", Expected::Object, contents)? }
        }
        ActKind::Assign => {
            ActRequest::Assign { division: fields.optional("division", |field| field.id(&["div_"]))? }
        }
        ActKind::DesignateHome => ActRequest::DesignateHome { place: fields.required_place()? },
        ActKind::RecordProtection => ActRequest::RecordProtection { protection: protection_of(fields)? },
        ActKind::EraseContents => {
            ActRequest::EraseContents { contents: contents_id(fields)?, erasure: erasure(fields)? }
        }
        ActKind::RecordRetentionEvent => ActRequest::RecordRetentionEvent {
            contents: contents_id(fields)?,
            event: fields.required("event", Expected::Code, Field::code)?,
            on: fields.required("on", Expected::Date, Field::date)?,
        },
        ActKind::Ask => ActRequest::Ask {
            wanted: wanted(fields)?,
            reason: reason(fields)?,
            until: fields.optional("until", Field::date)?,
        },
        ActKind::Approve => ActRequest::Approve { request: request(fields)?, note: note(fields)? },
        ActKind::TurnDown => ActRequest::TurnDown { request: request(fields)?, reason: reason(fields)? },
        ActKind::WithdrawRequest => ActRequest::WithdrawRequest { request: request(fields)? },
        ActKind::EndPermission => {
            ActRequest::EndPermission { request: request(fields)?, reason: reason(fields)? }
        }
        ActKind::PlaceHold => ActRequest::PlaceHold { reason: reason(fields)? },
        ActKind::LiftHold => ActRequest::LiftHold {
            hold: fields.required("hold", Expected::Id(&["hld_"], false), |field| field.id(&["hld_"]))?,
            reason: reason(fields)?,
        },
        ActKind::Sanitize => ActRequest::Sanitize { erasure: erasure(fields)?, scan: scan(fields)? },
        ActKind::Destroy => ActRequest::Destroy { destruction: destruction(fields)?, scan: scan(fields)? },
        ActKind::Witness => ActRequest::Witness {
            presence: presence(fields)?,
            photographs: photographs(fields)?,
            scan: scan(fields)?,
        },
        ActKind::ConfirmDisposal => ActRequest::ConfirmDisposal { note: note(fields)? },
        ActKind::ReportFault => {
            ActRequest::ReportFault { note: note(fields)?, scan: fields.optional("scan", Field::scan)? }
        }
        ActKind::CheckFault => ActRequest::CheckFault {
            faulty: fields.required("faulty", Expected::Boolean, Field::boolean)?,
            note: note(fields)?,
            scan: scan(fields)?,
        },
        ActKind::ReportLost => ActRequest::ReportLost { note: note(fields)? },
        ActKind::ReportFound => ActRequest::ReportFound { scan: scan(fields)? },
        ActKind::SettleDiscrepancy => ActRequest::SettleDiscrepancy {
            finding: Finding {
                event: fields.required("finding_event", EVENT, Field::event_id)?,
                kind: fields.required("finding_kind", Expected::OneOf(FINDINGS), |field| {
                    field.word(FINDINGS, FindingKind::from_code)
                })?,
            },
            outcome: fields
                .optional("outcome", |field| field.word(OUTCOMES, Outcome::from_code))?
                .unwrap_or_default(),
            reason: reason(fields)?,
        },
    })
}

/// The label, where it must have been scanned.
pub(super) fn scan(fields: &mut Fields) -> Result<Scan, Problem> {
    fields.required("scan", Expected::Object, Field::scan)
}

/// A word that may be left with something.
pub(super) fn note(fields: &mut Fields) -> Result<Option<CheckedText>, Problem> {
    fields.optional_text("note", |field| field.lines(MAX_NOTE))
}

/// Why, where it must be said.
pub(super) fn reason(fields: &mut Fields) -> Result<CheckedText, Problem> {
    fields.required("reason", Expected::Text, |field| field.lines(MAX_NOTE))
}

fn hand_over(fields: &mut Fields) -> Result<HandOverId, Problem> {
    fields.required("hand_over", HAND_OVER, |field| field.id(&["hov_"]))
}

fn request(fields: &mut Fields) -> Result<RequestId, Problem> {
    fields.required("request", REQUEST, |field| field.id(&["req_"]))
}

fn contents_id(fields: &mut Fields) -> Result<ContentsId, Problem> {
    fields.required("contents", CONTENTS, |field| field.id(&["cnt_"]))
}

/// Several contents, at least one.
pub(super) fn contents_ids(fields: &mut Fields) -> Result<Vec<ContentsId>, Problem> {
    fields.required("contents", Expected::List, |field| {
        field.some(MAX_CONTENTS)?.into_iter().map(|field| field.id(&["cnt_"])).collect()
    })
}

pub(super) fn receiver(field: Field) -> Result<Receiver, Problem> {
    field.id_or_word(Expected::Receiver, |text| match text {
        ANY_HANDLER => Some(Receiver::AnyHandler),
        _ => text.parse::<PersonId>().ok().map(Receiver::Person),
    })
}

/// How data is protected, in an object of its own.
pub(super) fn protection(field: Field) -> Result<ProtectionRequest, Problem> {
    let mut fields = field.fields()?;
    let protection = protection_of(&mut fields)?;
    fields.finish()?;
    Ok(protection)
}

fn protection_of(fields: &mut Fields) -> Result<ProtectionRequest, Problem> {
    let state = fields.required("state", Expected::OneOf(STATES), |field| {
        field.word(STATES, |word| STATES().into_iter().find(|state| *state == word))
    })?;
    let secrecy = match state {
        "none" => SecrecyRequest::None,
        "password-only" => SecrecyRequest::PasswordOnly,
        _ => SecrecyRequest::Encrypted {
            tool: fields.required("tool", Expected::Text, |field| field.line(MAX_TITLE))?,
            algorithm: fields.required("algorithm", Expected::Text, |field| field.line(MAX_NUMBER))?,
        },
    };
    let key_apart = fields.required("key_apart", Expected::Boolean, Field::boolean)?;
    Ok(ProtectionRequest { secrecy, key_apart })
}

/// How something was erased.
pub(super) fn erasure(fields: &mut Fields) -> Result<ErasureRequest, Problem> {
    let verification = |code: &str| Verification::ALL.into_iter().find(|outcome| outcome.code() == code);
    Ok(ErasureRequest {
        method: fields.required("method", Expected::Code, Field::code)?,
        tool: fields.optional_text("tool", |field| field.line(MAX_TITLE))?,
        verification: fields.required("verification", Expected::OneOf(VERIFICATIONS), |field| {
            field.word(VERIFICATIONS, verification)
        })?,
    })
}

/// How something was destroyed. Whoever names a contractor says that the contractor destroyed it.
pub(super) fn destruction(fields: &mut Fields) -> Result<DestructionRequest, Problem> {
    let method = fields.required("method", Expected::Code, Field::code)?;
    let contractor = fields.optional_text("contractor", |field| field.line(MAX_TITLE))?;
    let certificate = fields.optional_text("certificate", |field| field.line(MAX_NUMBER))?;
    let file = fields.optional("certificate_file", |field| field.id(&["fil_"]))?;
    let performed = match contractor {
        Some(contractor) => PerformedRequest::Delegated { contractor, certificate, file },
        None if certificate.is_some() || file.is_some() => {
            return Err(fields.missing("contractor", Expected::Text));
        }
        None => PerformedRequest::Here,
    };
    Ok(DestructionRequest { method, performed, photographs: photographs(fields)? })
}

/// How a witness was there.
pub(super) fn presence(fields: &mut Fields) -> Result<Presence, Problem> {
    fields
        .required("presence", Expected::OneOf(PRESENCES), |field| field.word(PRESENCES, Presence::from_code))
}

/// Photographs; none where they are left out.
pub(super) fn photographs(fields: &mut Fields) -> Result<Vec<(FileId, Shows)>, Problem> {
    let photographs = fields.optional("photographs", |field| {
        field.list(MAX_PHOTOGRAPHS)?.into_iter().map(photograph).collect()
    })?;
    Ok(photographs.unwrap_or_default())
}

fn photograph(field: Field) -> Result<(FileId, Shows), Problem> {
    let mut fields = field.fields()?;
    let file = fields.required("file", Expected::Id(&["fil_"], false), |field| field.id(&["fil_"]))?;
    let shows = fields.required("shows", Expected::OneOf(SHOWN), |field| {
        field.word(SHOWN, |word| match word {
            "before" => Some(Shows::Before),
            "after" => Some(Shows::After),
            _ => None,
        })
    })?;
    fields.finish()?;
    Ok((file, shows))
}

fn wanted(fields: &mut Fields) -> Result<WantedRequest, Problem> {
    let asked = |code: &str| ASKED.into_iter().find(|gated| gated.code() == code);
    let gated = fields.required("wanted", Expected::OneOf(WANTED), |field| field.word(WANTED, asked))?;
    Ok(match gated {
        Gated::Copy => WantedRequest::Copy { contents: contents_ids(fields)? },
        Gated::Save => WantedRequest::Save,
        Gated::Connect => WantedRequest::Connect {
            terminal: fields
                .required("terminal", Expected::Id(&["itm_"], false), |field| field.id(&["itm_"]))?,
        },
        Gated::Bulk => WantedRequest::Bulk {
            records: fields.required("records", Expected::WholeNumber, Field::whole_number)?,
        },
        Gated::Handle => WantedRequest::Handle {
            person: fields.required("person", Expected::Id(&["per_"], false), |field| field.id(&["per_"]))?,
        },
        Gated::Disclose => WantedRequest::Disclose {
            to: fields.required("to", Expected::Text, |field| field.line(MAX_TITLE))?,
        },
        Gated::Dispose => WantedRequest::Dispose,
        Gated::Extend => WantedRequest::Extend {
            contents: contents_id(fields)?,
            until: fields.required("until_on", Expected::Date, Field::date)?,
        },
        // No word but the last of the list gets here.
        _ => WantedRequest::Use,
    })
}
