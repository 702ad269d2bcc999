//! Reading acts on containers. They hold no text, so the domain's own acts are what the backend gets.

use hokan_domain::{
    container::{ContainerAct, ContainerActKind},
    ids::EventId,
    text::Lang,
};

use super::{
    act::scan,
    bodies::{EVENT, KIB},
    json::{FromBody, Node},
    read::{Expected, Field, Words},
};
use crate::problem::Problem;

const ACTS: Words = || ContainerActKind::ALL.iter().map(|kind| kind.code()).collect();

/// The body of an act on a container.
pub(crate) struct ContainerActEnvelope {
    pub(crate) event: EventId,
    pub(crate) act: ContainerAct,
}

impl FromBody for ContainerActEnvelope {
    const LIMIT: usize = 16 * KIB;

    fn from_body(text: &str, lang: Lang) -> Result<Self, Problem> {
        let mut fields = Field::root(Node::parse(text, lang)?, lang).fields()?;
        let event = fields.required("event_id", EVENT, Field::event_id)?;
        let kind = fields
            .required("act", Expected::OneOf(ACTS), |field| field.word(ACTS, ContainerActKind::from_code))?;
        let act = match kind {
            ContainerActKind::Lock => ContainerAct::Lock {
                number: fields.required("number", Expected::LockNumber, Field::lock_number)?,
                scan: scan(&mut fields)?,
                carry_out: fields.optional("carry_out", |field| field.id(&["cro_"]))?,
            },
            ContainerActKind::Open => ContainerAct::Open {
                number_seen: fields.required("number_seen", Expected::LockNumber, Field::lock_number)?,
                scan: scan(&mut fields)?,
            },
        };
        fields.finish()?;
        Ok(Self { event, act })
    }
}
