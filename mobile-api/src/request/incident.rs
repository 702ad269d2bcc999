//! Incidents (事故・事案・兆候): reporting one and dealing with it, and reading that.

use chrono::{DateTime, NaiveDate, Utc};
use hokan_domain::{
    ids::{DivisionId, EventId, ItemId},
    incident::{IncidentActKind, IncidentKind},
    personal_number::CheckedText,
    profile::Gravity,
    text::Lang,
};

use super::{
    MAX_ITEMS, MAX_STATEMENT,
    act::{note, reason},
    bodies::{EVENT, KIB},
    json::{FromBody, Node},
    read::{Expected, Field, Fields, Words},
};
use crate::problem::Problem;

/// A report of an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenIncidentRequest {
    /// What kind of thing happened.
    pub kind: IncidentKind,
    /// How grave it seems.
    pub gravity: Gravity,
    /// The day in Japan on which anybody in the body got to know of it; today where nobody says otherwise.
    pub known_on: Option<NaiveDate>,
    /// The division whose officers answer for what it is about.
    pub division: Option<DivisionId>,
    /// What happened, as far as is known.
    pub content: Option<CheckedText>,
    /// Whether it came, or may have come, from an attack from outside.
    pub attack: bool,
    /// Whether it may have been done with a wrongful purpose.
    pub malicious: bool,
    /// What it is about.
    pub items: Vec<ItemId>,
}

/// An act on an incident that was reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IncidentActRequest {
    /// Take a step of the reporting chain.
    Tell {
        /// Which, as the profile names it.
        step: String,
        /// When, where it was not just now.
        at: Option<DateTime<Utc>>,
        /// A word with it.
        note: Option<CheckedText>,
    },
    /// Say that a step is not needed.
    LeaveOut {
        /// Which, as the profile names it.
        step: String,
        /// Why.
        reason: CheckedText,
    },
    /// Say what was done to keep the damage small.
    Contain {
        /// What.
        measure: CheckedText,
    },
    /// Give an instruction.
    Instruct {
        /// Which.
        instruction: CheckedText,
    },
    /// Say that it is about another item, too.
    AddItem {
        /// Which.
        item: ItemId,
    },
    /// Judge how grave it is and where it came from.
    SetGravity {
        /// How grave.
        gravity: Gravity,
        /// Whether it came, or may have come, from an attack from outside.
        attack: bool,
        /// Whether it may have been done with a wrongful purpose.
        malicious: bool,
        /// Why.
        reason: Option<CheckedText>,
    },
    /// State what happened.
    StateContent {
        /// What.
        content: CheckedText,
    },
    /// State its cause.
    StateCause {
        /// The cause.
        cause: CheckedText,
    },
    /// State the damage.
    StateDamage {
        /// The damage.
        damage: CheckedText,
    },
    /// State what keeps it from happening again.
    StatePrevention {
        /// The plan.
        prevention: CheckedText,
    },
    /// Count the persons whom it concerns.
    Count {
        /// How many.
        persons: u64,
    },
    /// Record that it was made public.
    Publish {
        /// On which day in Japan.
        on: NaiveDate,
        /// How and what.
        note: Option<CheckedText>,
    },
    /// Record that persons whom it concerns were told.
    NotifyPerson {
        /// How many.
        persons: u64,
        /// How and what.
        note: Option<CheckedText>,
    },
    /// Approve that it be closed as it stands.
    ApproveClosing,
    /// Close it.
    Close,
    /// Open it again.
    Reopen {
        /// Why.
        reason: CheckedText,
    },
}

impl IncidentActRequest {
    /// The kind of this act.
    #[must_use]
    pub fn kind(&self) -> IncidentActKind {
        match self {
            Self::Tell { .. } => IncidentActKind::Tell,
            Self::LeaveOut { .. } => IncidentActKind::LeaveOut,
            Self::Contain { .. } => IncidentActKind::Contain,
            Self::Instruct { .. } => IncidentActKind::Instruct,
            Self::AddItem { .. } => IncidentActKind::AddItem,
            Self::SetGravity { .. } => IncidentActKind::SetGravity,
            Self::StateContent { .. } => IncidentActKind::StateContent,
            Self::StateCause { .. } => IncidentActKind::StateCause,
            Self::StateDamage { .. } => IncidentActKind::StateDamage,
            Self::StatePrevention { .. } => IncidentActKind::StatePrevention,
            Self::Count { .. } => IncidentActKind::Count,
            Self::Publish { .. } => IncidentActKind::Publish,
            Self::NotifyPerson { .. } => IncidentActKind::NotifyPerson,
            Self::ApproveClosing => IncidentActKind::ApproveClosing,
            Self::Close => IncidentActKind::Close,
            Self::Reopen { .. } => IncidentActKind::Reopen,
        }
    }
}

const KINDS: Words = || IncidentKind::ALL.iter().map(|kind| kind.code()).collect();
const GRAVITIES: Words = || Gravity::ALL.iter().map(|gravity| gravity.code()).collect();
const ACTS: Words = || IncidentActKind::ALL.iter().map(|kind| kind.code()).collect();

/// The body of a report.
pub(crate) struct IncidentEnvelope {
    pub(crate) event: EventId,
    pub(crate) request: OpenIncidentRequest,
}

impl FromBody for IncidentEnvelope {
    const LIMIT: usize = 128 * KIB;

    fn from_body(text: &str, lang: Lang) -> Result<Self, Problem> {
        let mut fields = Field::root(Node::parse(text, lang)?, lang).fields()?;
        let event = fields.required("event_id", EVENT, Field::event_id)?;
        let request = OpenIncidentRequest {
            kind: fields.required("kind", Expected::OneOf(KINDS), |field| {
                field.word(KINDS, IncidentKind::from_code)
            })?,
            gravity: gravity(&mut fields)?,
            known_on: fields.optional("known_on", Field::date)?,
            division: fields.optional("division", |field| field.id(&["div_"]))?,
            content: fields.optional_text("content", |field| field.lines(MAX_STATEMENT))?,
            attack: fields.flag("attack")?,
            malicious: fields.flag("malicious")?,
            items: fields
                .optional("items", |field| {
                    field.list(MAX_ITEMS)?.into_iter().map(|field| field.id(&["itm_"])).collect()
                })?
                .unwrap_or_default(),
        };
        fields.finish()?;
        Ok(Self { event, request })
    }
}

/// The body of an act on an incident.
pub(crate) struct IncidentActEnvelope {
    pub(crate) event: EventId,
    pub(crate) act: IncidentActRequest,
}

impl FromBody for IncidentActEnvelope {
    const LIMIT: usize = 128 * KIB;

    fn from_body(text: &str, lang: Lang) -> Result<Self, Problem> {
        let mut fields = Field::root(Node::parse(text, lang)?, lang).fields()?;
        let event = fields.required("event_id", EVENT, Field::event_id)?;
        let kind = fields
            .required("act", Expected::OneOf(ACTS), |field| field.word(ACTS, IncidentActKind::from_code))?;
        let act = act(kind, &mut fields)?;
        fields.finish()?;
        Ok(Self { event, act })
    }
}

fn act(kind: IncidentActKind, fields: &mut Fields) -> Result<IncidentActRequest, Problem> {
    Ok(match kind {
        IncidentActKind::Tell => IncidentActRequest::Tell {
            step: step(fields)?,
            at: fields.optional("at", Field::date_time)?,
            note: note(fields)?,
        },
        IncidentActKind::LeaveOut => {
            IncidentActRequest::LeaveOut { step: step(fields)?, reason: reason(fields)? }
        }
        IncidentActKind::Contain => IncidentActRequest::Contain { measure: statement(fields, "measure")? },
        IncidentActKind::Instruct => {
            IncidentActRequest::Instruct { instruction: statement(fields, "instruction")? }
        }
        IncidentActKind::AddItem => IncidentActRequest::AddItem {
            item: fields.required("item", Expected::Id(&["itm_"], false), |field| field.id(&["itm_"]))?,
        },
        IncidentActKind::SetGravity => IncidentActRequest::SetGravity {
            gravity: gravity(fields)?,
            attack: fields.required("attack", Expected::Boolean, Field::boolean)?,
            malicious: fields.required("malicious", Expected::Boolean, Field::boolean)?,
            reason: fields.optional_text("reason", |field| field.lines(MAX_STATEMENT))?,
        },
        IncidentActKind::StateContent => {
            IncidentActRequest::StateContent { content: statement(fields, "content")? }
        }
        IncidentActKind::StateCause => IncidentActRequest::StateCause { cause: statement(fields, "cause")? },
        IncidentActKind::StateDamage => {
            IncidentActRequest::StateDamage { damage: statement(fields, "damage")? }
        }
        IncidentActKind::StatePrevention => {
            IncidentActRequest::StatePrevention { prevention: statement(fields, "prevention")? }
        }
        IncidentActKind::Count => IncidentActRequest::Count { persons: persons(fields)? },
        IncidentActKind::Publish => IncidentActRequest::Publish {
            on: fields.required("on", Expected::Date, Field::date)?,
            note: note(fields)?,
        },
        IncidentActKind::NotifyPerson => {
            IncidentActRequest::NotifyPerson { persons: persons(fields)?, note: note(fields)? }
        }
        IncidentActKind::ApproveClosing => IncidentActRequest::ApproveClosing,
        IncidentActKind::Close => IncidentActRequest::Close,
        IncidentActKind::Reopen => IncidentActRequest::Reopen { reason: reason(fields)? },
    })
}

fn gravity(fields: &mut Fields) -> Result<Gravity, Problem> {
    fields.required("gravity", Expected::OneOf(GRAVITIES), |field| field.word(GRAVITIES, Gravity::from_code))
}

fn step(fields: &mut Fields) -> Result<String, Problem> {
    fields.required("step", Expected::Code, Field::code)
}

fn persons(fields: &mut Fields) -> Result<u64, Problem> {
    fields.required("persons", Expected::WholeNumber, Field::whole_number)
}

fn statement(fields: &mut Fields, name: &'static str) -> Result<CheckedText, Problem> {
    fields.required(name, Expected::Text, |field| field.lines(MAX_STATEMENT))
}
