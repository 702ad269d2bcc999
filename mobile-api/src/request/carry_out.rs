//! Carry-outs (持出し): what is planned and what is done, and reading it.

use chrono::NaiveDate;
use hokan_domain::{
    carry_out::{CarryOutActKind, Opening},
    container::LockNumber,
    event::Scan,
    ids::{ContainerId, ContractId, EventId, ItemId},
    personal_number::CheckedText,
    profile::{Channel, Direction, Measure, RoleId},
    text::Lang,
};

use super::{
    MAX_ITEMS, MAX_LEGAL_GROUND, MAX_NOTE, MAX_NUMBER, MAX_TITLE,
    act::{note, reason, scan},
    bodies::{EVENT, KIB},
    json::{FromBody, Node},
    read::{Expected, Field, Fields, Words},
};
use crate::{
    problem::Problem,
    wire::{CHANNELS, DIRECTIONS, channel_code},
};

/// What is to be carried out, and how: [`hokan_domain::carry_out::Plan`] with its texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanRequest {
    /// Which items.
    pub items: Vec<ItemId>,
    /// Why: one of the profile's grounds.
    pub ground: Option<String>,
    /// Which of the profile's exempt movements it is, where it is one.
    pub exempt: Option<String>,
    /// To or from whom (相手方).
    pub counterparty: Option<CheckedText>,
    /// Under which contract.
    pub contract: Option<ContractId>,
    /// Under which item of article 19 of the Number Act (番号法第19条第N号).
    pub legal_ground: Option<CheckedText>,
    /// Whither.
    pub direction: Direction,
    /// How it leaves.
    pub channel: Channel,
    /// The place to which it goes.
    pub destination: Option<CheckedText>,
    /// The means of transport.
    pub transport: Option<CheckedText>,
    /// The number under which it can be traced.
    pub tracking: Option<CheckedText>,
    /// The route.
    pub route: Option<CheckedText>,
    /// The last day on which it is to be back.
    pub due_back: Option<NaiveDate>,
    /// Whether it stays with the counterparty.
    pub for_good: bool,
    /// How it is packed (厳重な包装).
    pub packaging: Option<CheckedText>,
    /// Whether it is sealed (封かん).
    pub sealed: bool,
    /// Whether it is masked (目隠しシール).
    pub masked: bool,
    /// In which container.
    pub container: Option<ContainerId>,
    /// Reasons that stand in the place of a measure.
    pub instead: Vec<(Measure, CheckedText)>,
}

/// An act on a carry-out that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CarryOutActRequest {
    /// Change the plan.
    Amend {
        /// What is planned from now on, all of it. A text that says what it said before is to stay the same
        /// text, so that approvals given to it do not lapse.
        plan: Box<PlanRequest>,
    },
    /// Approve it.
    Approve {
        /// In which role, where the approver holds several.
        role: Option<RoleId>,
        /// A word with it.
        note: Option<CheckedText>,
    },
    /// Turn it down.
    TurnDown {
        /// Why.
        reason: CheckedText,
    },
    /// Take it back.
    Withdraw,
    /// Leave with it.
    Depart {
        /// The label of the container, or of one of the items.
        scan: Option<Scan>,
    },
    /// Record that it reached its destination.
    Arrive {
        /// The number on lock or seal as it is found.
        lock_seen: Option<LockNumber>,
        /// The name of whoever took it in for the counterparty.
        receipt: Option<CheckedText>,
    },
    /// Take it back in.
    Unpack {
        /// The labels of what is there.
        found: Vec<Scan>,
        /// How the container was found, where it is opened now.
        opened: Option<Opening>,
        /// Whether what is not there is still to come, so that nothing is missed.
        more_to_come: bool,
    },
    /// Record that it was handed over for good.
    Deliver {
        /// The name of whoever took it.
        receipt: CheckedText,
    },
    /// Say that nothing is left to do.
    Close,
}

impl CarryOutActRequest {
    /// The kind of this act.
    #[must_use]
    pub fn kind(&self) -> CarryOutActKind {
        match self {
            Self::Amend { .. } => CarryOutActKind::Amend,
            Self::Approve { .. } => CarryOutActKind::Approve,
            Self::TurnDown { .. } => CarryOutActKind::TurnDown,
            Self::Withdraw => CarryOutActKind::Withdraw,
            Self::Depart { .. } => CarryOutActKind::Depart,
            Self::Arrive { .. } => CarryOutActKind::Arrive,
            Self::Unpack { .. } => CarryOutActKind::Unpack,
            Self::Deliver { .. } => CarryOutActKind::Deliver,
            Self::Close => CarryOutActKind::Close,
        }
    }
}

const DIRECTION_WORDS: Words = || DIRECTIONS.iter().map(|direction| direction.code()).collect();
const CHANNEL_WORDS: Words = || CHANNELS.iter().map(|channel| channel_code(*channel)).collect();
const MEASURES: Words = || Measure::ALL.iter().map(|measure| measure.code()).collect();
/// Every act but the request itself, which has an address of its own.
const ACTS: Words = || {
    let kinds = CarryOutActKind::ALL.iter().filter(|kind| **kind != CarryOutActKind::Request);
    kinds.map(|kind| kind.code()).collect()
};

/// The body of a request for a carry-out.
pub(crate) struct CarryOutEnvelope {
    pub(crate) event: EventId,
    pub(crate) plan: PlanRequest,
}

impl FromBody for CarryOutEnvelope {
    const LIMIT: usize = 256 * KIB;

    fn from_body(text: &str, lang: Lang) -> Result<Self, Problem> {
        let mut fields = Field::root(Node::parse(text, lang)?, lang).fields()?;
        let event = fields.required("event_id", EVENT, Field::event_id)?;
        let plan = fields.required("plan", Expected::Object, plan)?;
        fields.finish()?;
        Ok(Self { event, plan })
    }
}

/// The body of an act on a carry-out.
pub(crate) struct CarryOutActEnvelope {
    pub(crate) event: EventId,
    pub(crate) act: CarryOutActRequest,
}

impl FromBody for CarryOutActEnvelope {
    const LIMIT: usize = 256 * KIB;

    fn from_body(text: &str, lang: Lang) -> Result<Self, Problem> {
        let mut fields = Field::root(Node::parse(text, lang)?, lang).fields()?;
        let event = fields.required("event_id", EVENT, Field::event_id)?;
        let kind = fields.required("act", Expected::OneOf(ACTS), |field| {
            field.word(ACTS, |code| {
                CarryOutActKind::from_code(code).filter(|kind| *kind != CarryOutActKind::Request)
            })
        })?;
        let act = match kind {
            CarryOutActKind::Approve => CarryOutActRequest::Approve {
                role: fields.optional("role", Field::code)?.map(RoleId),
                note: note(&mut fields)?,
            },
            CarryOutActKind::TurnDown => CarryOutActRequest::TurnDown { reason: reason(&mut fields)? },
            CarryOutActKind::Withdraw => CarryOutActRequest::Withdraw,
            CarryOutActKind::Depart => {
                CarryOutActRequest::Depart { scan: fields.optional("scan", Field::scan)? }
            }
            CarryOutActKind::Arrive => CarryOutActRequest::Arrive {
                lock_seen: fields.optional("lock_seen", Field::lock_number)?,
                receipt: fields.optional_text("receipt", |field| field.line(MAX_TITLE))?,
            },
            CarryOutActKind::Unpack => CarryOutActRequest::Unpack {
                found: fields.required("found", Expected::List, |field| {
                    field.list(MAX_ITEMS)?.into_iter().map(Field::scan).collect()
                })?,
                opened: fields.optional("opened", opening)?,
                more_to_come: fields.flag("more_to_come")?,
            },
            CarryOutActKind::Deliver => CarryOutActRequest::Deliver {
                receipt: fields.required("receipt", Expected::Text, |field| field.line(MAX_TITLE))?,
            },
            CarryOutActKind::Close => CarryOutActRequest::Close,
            CarryOutActKind::Amend | CarryOutActKind::Request => {
                CarryOutActRequest::Amend { plan: Box::new(fields.required("plan", Expected::Object, plan)?) }
            }
        };
        fields.finish()?;
        Ok(Self { event, act })
    }
}

fn opening(field: Field) -> Result<Opening, Problem> {
    let mut fields = field.fields()?;
    let number_seen = fields.required("number_seen", Expected::LockNumber, Field::lock_number)?;
    let scan = scan(&mut fields)?;
    fields.finish()?;
    Ok(Opening { number_seen, scan })
}

fn plan(field: Field) -> Result<PlanRequest, Problem> {
    let mut fields = field.fields()?;
    let line = |fields: &mut Fields, name| fields.optional_text(name, |field| field.line(MAX_TITLE));
    let direction = |code: &str| DIRECTIONS.into_iter().find(|direction| direction.code() == code);
    let channel = |code: &str| CHANNELS.into_iter().find(|channel| channel_code(*channel) == code);
    let plan = PlanRequest {
        items: fields.required("items", Expected::List, |field| {
            field.some(MAX_ITEMS)?.into_iter().map(|field| field.id(&["itm_"])).collect()
        })?,
        ground: fields.optional("ground", Field::code)?,
        exempt: fields.optional("exempt", Field::code)?,
        counterparty: line(&mut fields, "counterparty")?,
        contract: fields.optional("contract", |field| field.id(&["ctr_"]))?,
        legal_ground: fields.optional_text("legal_ground", |field| field.line(MAX_LEGAL_GROUND))?,
        direction: fields.required("direction", Expected::OneOf(DIRECTION_WORDS), |field| {
            field.word(DIRECTION_WORDS, direction)
        })?,
        channel: fields.required("channel", Expected::OneOf(CHANNEL_WORDS), |field| {
            field.word(CHANNEL_WORDS, channel)
        })?,
        destination: line(&mut fields, "destination")?,
        transport: line(&mut fields, "transport")?,
        tracking: fields.optional_text("tracking", |field| field.line(MAX_NUMBER))?,
        route: line(&mut fields, "route")?,
        due_back: fields.optional("due_back", Field::date)?,
        for_good: fields.flag("for_good")?,
        packaging: line(&mut fields, "packaging")?,
        sealed: fields.flag("sealed")?,
        masked: fields.flag("masked")?,
        container: fields.optional("container", |field| field.id(&["con_"]))?,
        instead: fields
            .optional("instead", |field| field.list(Measure::ALL.len())?.into_iter().map(instead).collect())?
            .unwrap_or_default(),
    };
    fields.finish()?;
    Ok(plan)
}

fn instead(field: Field) -> Result<(Measure, CheckedText), Problem> {
    let mut fields = field.fields()?;
    let measure = fields
        .required("measure", Expected::OneOf(MEASURES), |field| field.word(MEASURES, Measure::from_code))?;
    let reason = fields.required("reason", Expected::Text, |field| field.lines(MAX_NOTE))?;
    fields.finish()?;
    Ok((measure, reason))
}
