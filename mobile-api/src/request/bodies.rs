//! Reading the body of each request.

use hokan_domain::{
    contents::Category,
    custody::ActKind,
    event::Receiver,
    ids::{DeviceId, EventId, HandOverId, PersonId},
    item::ItemKind,
    label::ReplaceReason,
    text::Lang,
};
use serde_json::value::RawValue;

use super::{
    ActRequest, ContentsRequest, MAX_BATCH, MAX_CONTENTS, MAX_NOTE, MAX_NUMBER, MAX_TITLE, ObservedRequest,
    ParsedObservation, RegisterRequest,
    json::{FromBody, Node, Raw, raw_list},
    read::{Expected, Field, Fields, Words, must_be},
};
use crate::{
    problem::{Problem, ProblemCode},
    wire::{ANY_HANDLER, SignIn},
};

const KIB: usize = 1024;

const EVENT: Expected = Expected::Id(&["evt_"], true);
const DEVICE: Expected = Expected::Id(&["dev_"], true);
const HAND_OVER: Expected = Expected::Id(&["hov_"], false);

const ITEM_KINDS: Words = || ItemKind::ALL.iter().map(|kind| kind.code()).collect();
const CATEGORIES: Words = || Category::ALL.iter().map(|category| category.code()).collect();
const REASONS: Words = || ReplaceReason::ALL.iter().map(|reason| reason.code()).collect();
const ACTS: Words = || ActKind::ALL.iter().map(|kind| kind.code()).collect();
const OBSERVED: Words = || Observed::ALL.iter().map(|observed| observed.code()).collect();

impl FromBody for SignIn {
    const LIMIT: usize = 16 * KIB;

    fn from_body(text: &str, lang: Lang) -> Result<Self, Problem> {
        let mut fields = Field::root(Node::parse(text, lang)?, lang).fields()?;
        let login = fields.required("login", Expected::Text, |field| field.credential(200))?;
        // The bound keeps hashing cheap, whatever is sent.
        let password = fields.required("password", Expected::Text, |field| field.credential(1000))?;
        fields.finish()?;
        Ok(Self { login, password })
    }
}

/// The body of a registration.
pub(crate) struct RegisterEnvelope {
    pub(crate) event: EventId,
    pub(crate) request: RegisterRequest,
}

impl FromBody for RegisterEnvelope {
    const LIMIT: usize = 256 * KIB;

    fn from_body(text: &str, lang: Lang) -> Result<Self, Problem> {
        let mut fields = Field::root(Node::parse(text, lang)?, lang).fields()?;
        let event = fields.required("event_id", EVENT, Field::event_id)?;
        let request = RegisterRequest {
            scan: fields.required("scan", Expected::Object, Field::scan)?,
            kind: fields.required("kind", Expected::OneOf(ITEM_KINDS), |field| {
                field.word(ITEM_KINDS, ItemKind::from_code)
            })?,
            title: fields.required("title", Expected::Text, |field| field.line(MAX_TITLE))?,
            control_number: fields.optional_text("control_number", |field| field.line(MAX_NUMBER))?,
            serial: fields.optional_text("serial", |field| field.line(MAX_NUMBER))?,
            contents: fields
                .optional("contents", |field| field.list(MAX_CONTENTS)?.into_iter().map(contents).collect())?
                .unwrap_or_default(),
        };
        fields.finish()?;
        Ok(Self { event, request })
    }
}

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
        let act = match kind {
            ActKind::Offer => ActRequest::Offer {
                to: fields.required("to", Expected::Receiver, receiver)?,
                note: fields.optional_text("note", |field| field.lines(MAX_NOTE))?,
                scan: fields.optional("scan", Field::scan)?,
            },
            ActKind::Accept => ActRequest::Accept {
                hand_over: hand_over(&mut fields)?,
                scan: fields.required("scan", Expected::Object, Field::scan)?,
            },
            ActKind::Refuse => ActRequest::Refuse {
                hand_over: hand_over(&mut fields)?,
                note: fields.optional_text("note", |field| field.lines(MAX_NOTE))?,
            },
            ActKind::Withdraw => ActRequest::Withdraw { hand_over: hand_over(&mut fields)? },
            ActKind::PutAway => ActRequest::PutAway {
                home: fields.required_home()?,
                scan: fields.required("scan", Expected::Object, Field::scan)?,
            },
            ActKind::TakeOut => {
                ActRequest::TakeOut { scan: fields.required("scan", Expected::Object, Field::scan)? }
            }
            ActKind::ReplaceLabel => ActRequest::ReplaceLabel {
                label: fields.required("code", Expected::Text, Field::label)?,
                reason: fields.required("reason", Expected::OneOf(REASONS), |field| {
                    field.word(REASONS, ReplaceReason::from_code)
                })?,
            },
            ActKind::RecordContents => ActRequest::RecordContents {
                contents: fields.required("contents", Expected::Object, contents)?,
            },
        };
        fields.finish()?;
        Ok(Self { event, act })
    }
}

fn hand_over(fields: &mut Fields) -> Result<HandOverId, Problem> {
    fields.required("hand_over", HAND_OVER, |field| field.id(&["hov_"]))
}

fn receiver(field: Field) -> Result<Receiver, Problem> {
    field.id_or_word(Expected::Receiver, |text| match text {
        ANY_HANDLER => Some(Receiver::AnyHandler),
        _ => text.parse::<PersonId>().ok().map(Receiver::Person),
    })
}

fn contents(field: Field) -> Result<ContentsRequest, Problem> {
    let mut fields = field.fields()?;
    let contents = ContentsRequest {
        category: fields.required("category", Expected::OneOf(CATEGORIES), |field| {
            field.word(CATEGORIES, Category::from_code)
        })?,
        purpose: fields.optional_text("purpose", |field| field.line(MAX_TITLE))?,
        records: fields.optional("records", Field::whole_number)?,
        recorded_on: fields.optional("recorded_on", Field::date)?,
    };
    fields.finish()?;
    Ok(contents)
}

/// One element of a batch: its event's id, as far as it could be read, and what was read of the rest.
pub(crate) struct Element {
    pub(crate) event: Option<EventId>,
    pub(crate) observation: Result<ParsedObservation, Problem>,
}

/// A batch of observations.
pub(crate) struct Batch {
    pub(crate) device: DeviceId,
    pub(crate) elements: Vec<Element>,
}

impl FromBody for Batch {
    // Room for a full batch of the longest notes.
    const LIMIT: usize = 4 * KIB * KIB;

    fn from_body(text: &str, lang: Lang) -> Result<Self, Problem> {
        let Raw::Object(entries) = Raw::parse(text, lang)? else {
            return Err(must_be("", Expected::Object, lang));
        };
        // The elements stay unread; everything else is read as in any other body.
        let mut elements: Option<&RawValue> = None;
        let mut nodes = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            if key == "observations" {
                elements = Some(value);
                nodes.push((key, Node::Other));
            } else {
                nodes.push((key, Node::parse(value.get(), lang)?));
            }
        }
        let mut fields = Field::root(Node::Object(nodes), lang).fields()?;
        let device = fields.required("device", DEVICE, Field::device_id)?;
        fields.required("observations", Expected::List, |_| Ok(()))?;
        fields.finish()?;
        let elements =
            elements.and_then(raw_list).ok_or_else(|| must_be("observations", Expected::List, lang))?;
        if elements.len() > MAX_BATCH {
            return Err(Problem::new(ProblemCode::BatchTooLarge, lang).with_field("observations"));
        }
        Ok(Self { device, elements: elements.into_iter().map(|raw| element(raw, lang)).collect() })
    }
}

fn element(raw: &RawValue, lang: Lang) -> Element {
    let mut event = None;
    let observation = Node::parse(raw.get(), lang).and_then(|node| observation(node, lang, &mut event));
    Element { event, observation }
}

/// Reads one observation. The event's id is read first and handed out by itself, so that the answer can name
/// the observation even where the rest cannot be read.
fn observation(node: Node, lang: Lang, id: &mut Option<EventId>) -> Result<ParsedObservation, Problem> {
    let mut fields = Field::root(node, lang).fields()?;
    let event = fields.required("event_id", EVENT, Field::event_id)?;
    *id = Some(event);
    let device_seq = fields.required("device_seq", Expected::WholeNumber, Field::whole_number)?;
    let occurred_at = fields.required("occurred_at", Expected::DateTime, Field::date_time)?;
    let scan = fields.required("scan", Expected::Object, Field::scan)?;
    let observed = fields
        .required("observed", Expected::OneOf(OBSERVED), |field| field.word(OBSERVED, Observed::from_code))?;
    let observed = match observed {
        Observed::Offered => {
            ObservedRequest::Offered { to: fields.required("to", Expected::Receiver, receiver)? }
        }
        Observed::Accepted => ObservedRequest::Accepted {
            hand_over: fields.optional("hand_over", |field| field.id(&["hov_"]))?,
            from: fields.optional("from", |field| field.id(&["per_"]))?,
        },
        Observed::Refused => ObservedRequest::Refused {
            hand_over: fields.optional("hand_over", |field| field.id(&["hov_"]))?,
            note: fields.optional_text("note", |field| field.lines(MAX_NOTE))?,
        },
        Observed::PutAway => ObservedRequest::PutAway { home: fields.required_home()? },
        Observed::TakenOut => ObservedRequest::TakenOut,
        Observed::Seen => ObservedRequest::Seen { home: fields.home()? },
    };
    fields.finish()?;
    Ok(ParsedObservation { event, device_seq, occurred_at, scan, observed })
}

/// The words for what a phone can observe.
#[derive(Clone, Copy)]
enum Observed {
    Offered,
    Accepted,
    Refused,
    PutAway,
    TakenOut,
    Seen,
}

impl Observed {
    const ALL: [Self; 6] =
        [Self::Offered, Self::Accepted, Self::Refused, Self::PutAway, Self::TakenOut, Self::Seen];

    fn code(self) -> &'static str {
        match self {
            Self::Offered => "offered",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::PutAway => "put-away",
            Self::TakenOut => "taken-out",
            Self::Seen => "seen",
        }
    }

    fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|observed| observed.code() == code)
    }
}
