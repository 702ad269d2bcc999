//! Reading the bodies that begin something: a session, an item, a copy.

use hokan_domain::{
    contents::Category,
    ids::{ContentsId, EventId},
    item::ItemKind,
    text::Lang,
};

use super::{
    ContentsRequest, CopyRequest, MAX_CONTENTS, MAX_NUMBER, MAX_PHONE_NAME, MAX_TITLE, RegisterRequest,
    act::{contents_ids, protection, scan},
    json::{FromBody, Node},
    read::{Expected, Field, Fields, Words},
};
use crate::{
    problem::Problem,
    wire::{Pair, Proof, SecondStep, SignIn},
};

pub(super) const KIB: usize = 1024;

pub(super) const EVENT: Expected = Expected::Id(&["evt_"], true);

const ITEM_KINDS: Words = || ItemKind::ALL.iter().map(|kind| kind.code()).collect();
const CATEGORIES: Words = || Category::ALL.iter().map(|category| category.code()).collect();

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

impl FromBody for SecondStep {
    const LIMIT: usize = 16 * KIB;

    fn from_body(text: &str, lang: Lang) -> Result<Self, Problem> {
        let mut fields = Field::root(Node::parse(text, lang)?, lang).fields()?;
        let step = fields.required("step", Expected::Text, |field| field.credential(200))?;
        let code = fields.required("code", Expected::Text, |field| field.credential(100))?;
        fields.finish()?;
        Ok(Self { step, code })
    }
}

impl FromBody for Proof {
    const LIMIT: usize = 16 * KIB;

    fn from_body(text: &str, lang: Lang) -> Result<Self, Problem> {
        let mut fields = Field::root(Node::parse(text, lang)?, lang).fields()?;
        let code = fields.required("code", Expected::Text, |field| field.credential(100))?;
        fields.finish()?;
        Ok(Self { code })
    }
}

impl FromBody for Pair {
    const LIMIT: usize = 16 * KIB;

    fn from_body(text: &str, lang: Lang) -> Result<Self, Problem> {
        let mut fields = Field::root(Node::parse(text, lang)?, lang).fields()?;
        let token = fields.required("token", Expected::Text, |field| field.credential(200))?;
        let name = fields.required("name", Expected::Text, |field| field.line(MAX_PHONE_NAME))?;
        fields.finish()?;
        Ok(Self { token, name: name.into_string() })
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
            scan: scan(&mut fields)?,
            kind: kind(&mut fields)?,
            title: fields.required("title", Expected::Text, |field| field.line(MAX_TITLE))?,
            control_number: fields.optional_text("control_number", |field| field.line(MAX_NUMBER))?,
            serial: fields.optional_text("serial", |field| field.line(MAX_NUMBER))?,
            contents: fields
                .optional("contents", |field| field.list(MAX_CONTENTS)?.into_iter().map(contents).collect())?
                .unwrap_or_default(),
            division: fields.optional("division", |field| field.id(&["div_"]))?,
            protection: fields.optional("protection", protection)?,
        };
        fields.finish()?;
        Ok(Self { event, request })
    }
}

/// The body of a copy.
pub(crate) struct CopyEnvelope {
    pub(crate) event: EventId,
    pub(crate) request: CopyRequest,
}

impl FromBody for CopyEnvelope {
    const LIMIT: usize = 64 * KIB;

    fn from_body(text: &str, lang: Lang) -> Result<Self, Problem> {
        let mut fields = Field::root(Node::parse(text, lang)?, lang).fields()?;
        let event = fields.required("event_id", EVENT, Field::event_id)?;
        let contents: Vec<ContentsId> = contents_ids(&mut fields)?;
        let request = CopyRequest {
            contents,
            scan: scan(&mut fields)?,
            kind: kind(&mut fields)?,
            title: fields.required("title", Expected::Text, |field| field.line(MAX_TITLE))?,
            control_number: fields.optional_text("control_number", |field| field.line(MAX_NUMBER))?,
            serial: fields.optional_text("serial", |field| field.line(MAX_NUMBER))?,
            protection: fields.optional("protection", protection)?,
        };
        fields.finish()?;
        Ok(Self { event, request })
    }
}

fn kind(fields: &mut Fields) -> Result<ItemKind, Problem> {
    fields.required("kind", Expected::OneOf(ITEM_KINDS), |field| field.word(ITEM_KINDS, ItemKind::from_code))
}

/// One statement of what data lies on an item.
pub(super) fn contents(field: Field) -> Result<ContentsRequest, Problem> {
    let mut fields = field.fields()?;
    let contents = ContentsRequest {
        category: fields.required("category", Expected::OneOf(CATEGORIES), |field| {
            field.word(CATEGORIES, Category::from_code)
        })?,
        purpose: fields.optional_text("purpose", |field| field.line(MAX_TITLE))?,
        purpose_code: fields.optional("purpose_code", Field::code)?,
        records: fields.optional("records", Field::whole_number)?,
        recorded_on: fields.optional("recorded_on", Field::date)?,
        received_on: fields.optional("received_on", Field::date)?,
        retention: fields.optional("retention", Field::code)?,
        starts_on: fields.optional("starts_on", Field::date)?,
    };
    fields.finish()?;
    Ok(contents)
}
