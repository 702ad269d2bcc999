//! Observations of phones without signal, and reading them.

use chrono::{DateTime, Utc};
use hokan_domain::{
    disposal::{Presence, Shows},
    event::{Receiver, Scan},
    ids::{CarryOutId, DeviceId, EventId, FileId, HandOverId, PersonId},
    personal_number::CheckedText,
    text::Lang,
};
use serde_json::value::RawValue;

use super::{
    DestructionRequest, ErasureRequest, HomeRef, MAX_BATCH,
    act::{destruction, erasure, note, photographs, presence, receiver, scan},
    bodies::{EVENT, KIB},
    json::{FromBody, Node, Raw, raw_list},
    read::{Expected, Field, Fields, Words, must_be},
};
use crate::problem::{Problem, ProblemCode};

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
    /// Left with it on a carry-out.
    Departed {
        /// The carry-out, where the phone knew of it.
        carry_out: Option<CarryOutId>,
    },
    /// Came back with it.
    Returned {
        /// The carry-out, where the phone knew of it.
        carry_out: Option<CarryOutId>,
    },
    /// Erased it.
    Sanitized {
        /// How.
        erasure: ErasureRequest,
    },
    /// Destroyed it.
    Destroyed {
        /// How.
        destruction: DestructionRequest,
    },
    /// Stood by when it was destroyed.
    Witnessed {
        /// How.
        presence: Presence,
        /// Photographs that were sent before, each with what it shows.
        photographs: Vec<(FileId, Shows)>,
    },
    /// Found a fault.
    FaultReported {
        /// What is wrong.
        note: Option<CheckedText>,
    },
    /// Looked whether it has a fault.
    FaultChecked {
        /// Whether it has one.
        faulty: bool,
        /// A word with it.
        note: Option<CheckedText>,
    },
    /// Missed it.
    LostReported {
        /// What is known.
        note: Option<CheckedText>,
    },
    /// Found it again.
    Found,
}

/// One observation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsedObservation {
    /// Its id, made by the phone.
    pub event: EventId,
    /// Who was signed in when it was made; none where the phone says that it was the caller.
    pub person: Option<PersonId>,
    /// The phone's own count of observations.
    pub device_seq: u64,
    /// When, by the phone's clock.
    pub occurred_at: DateTime<Utc>,
    /// The item's label as it was scanned.
    pub scan: Scan,
    /// What was done.
    pub observed: ObservedRequest,
}

const DEVICE: Expected = Expected::Id(&["dev_"], true);

const OBSERVED: Words = || Observed::ALL.iter().map(|observed| observed.code()).collect();

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
    let person = fields.optional("person", |field| field.id(&["per_"]))?;
    let device_seq = fields.required("device_seq", Expected::WholeNumber, Field::whole_number)?;
    let occurred_at = fields.required("occurred_at", Expected::DateTime, Field::date_time)?;
    let scan = scan(&mut fields)?;
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
            note: note(&mut fields)?,
        },
        Observed::PutAway => ObservedRequest::PutAway { home: fields.required_home()? },
        Observed::TakenOut => ObservedRequest::TakenOut,
        Observed::Seen => ObservedRequest::Seen { home: fields.home()? },
        Observed::Departed => ObservedRequest::Departed { carry_out: carry_out(&mut fields)? },
        Observed::Returned => ObservedRequest::Returned { carry_out: carry_out(&mut fields)? },
        Observed::Sanitized => ObservedRequest::Sanitized { erasure: erasure(&mut fields)? },
        Observed::Destroyed => ObservedRequest::Destroyed { destruction: destruction(&mut fields)? },
        Observed::Witnessed => ObservedRequest::Witnessed {
            presence: presence(&mut fields)?,
            photographs: photographs(&mut fields)?,
        },
        Observed::FaultReported => ObservedRequest::FaultReported { note: note(&mut fields)? },
        Observed::FaultChecked => ObservedRequest::FaultChecked {
            faulty: fields.required("faulty", Expected::Boolean, Field::boolean)?,
            note: note(&mut fields)?,
        },
        Observed::LostReported => ObservedRequest::LostReported { note: note(&mut fields)? },
        Observed::Found => ObservedRequest::Found,
    };
    fields.finish()?;
    Ok(ParsedObservation { event, person, device_seq, occurred_at, scan, observed })
}

fn carry_out(fields: &mut Fields) -> Result<Option<CarryOutId>, Problem> {
    fields.optional("carry_out", |field| field.id(&["cro_"]))
}

macro_rules! observed {
    ($($name:ident = $code:literal,)*) => {
        /// The words for what a phone can observe.
        #[derive(Clone, Copy)]
        enum Observed {
            $($name,)*
        }

        impl Observed {
            const ALL: &[Self] = &[$(Self::$name),*];

            fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }

            fn from_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|observed| observed.code() == code)
            }
        }
    };
}

observed! {
    Offered = "offered",
    Accepted = "accepted",
    Refused = "refused",
    PutAway = "put-away",
    TakenOut = "taken-out",
    Seen = "seen",
    Departed = "departed",
    Returned = "returned",
    Sanitized = "sanitized",
    Destroyed = "destroyed",
    Witnessed = "witnessed",
    FaultReported = "fault-reported",
    FaultChecked = "fault-checked",
    LostReported = "lost-reported",
    Found = "found",
}
