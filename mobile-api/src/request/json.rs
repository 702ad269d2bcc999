//! Getting JSON out of a request, and a tree of it that forgets nothing.

use std::{fmt, str::FromStr};

use axum::{
    body::Bytes,
    extract::{
        DefaultBodyLimit, FromRequest, Request,
        rejection::{BytesRejection, FailedToBufferBody},
    },
    http::{HeaderMap, header},
};
use chrono::NaiveDate;
use hokan_domain::{ids::EventId, personal_number::CheckedText, text::Lang};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed as _, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{
    bodies::EVENT,
    read::{Expected, Field, Fields, Words, must_be},
};
use crate::{
    auth::language_of,
    problem::{Problem, ProblemCode},
};

/// A request's body, read and checked.
pub struct Body<T>(pub T);

/// What can be read from the text of a body.
pub trait FromBody: Sized {
    /// The most bytes that it can have.
    const LIMIT: usize;

    /// Reads it.
    ///
    /// # Errors
    /// What is wrong with it, by field; nothing that was sent is repeated.
    fn from_body(text: &str, lang: Lang) -> Result<Self, Problem>;
}

impl<T: FromBody, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let lang = language_of(request.headers(), request.uri());
        // Also a defence: a form on another site cannot send this media type without asking first.
        if !media_type(request.headers()).is_some_and(|found| is_json(&found)) {
            let detail = lang.pick(
                "Content-Typeをapplication/jsonにして送信してください。",
                "Send it with the Content-Type application/json.",
            );
            return Err(Problem::new(ProblemCode::UnsupportedMediaType, lang).with_detail(detail));
        }
        let bytes = buffer(request, T::LIMIT, lang).await?;
        let text = std::str::from_utf8(&bytes).map_err(|_| {
            Problem::new(ProblemCode::MalformedJson, lang).with_detail(
                lang.pick("送信された内容がUTF-8ではありません。", "What was sent is not UTF-8."),
            )
        })?;
        T::from_body(text, lang).map(Body)
    }
}

/// Takes in a whole body, unless it is larger than `limit`.
pub(crate) async fn buffer(mut request: Request, limit: usize, lang: Lang) -> Result<Bytes, Problem> {
    let too_large = || {
        let limit = if limit >= 1024 * 1024 {
            format!("{} MB", limit / (1024 * 1024))
        } else {
            format!("{} KB", limit / 1024)
        };
        Problem::new(ProblemCode::BodyTooLarge, lang).with_detail(lang.pick(
            format!("送信できるのは{limit}までです。小さくしてから、もう一度送信してください。"),
            format!("At most {limit} can be sent. Make it smaller and send it again."),
        ))
    };
    // Whoever announces too much need not send it first.
    let announced = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok())
        .unwrap_or(0);
    if announced > limit as u64 {
        return Err(too_large());
    }
    // Set here, where the limit is known, so that it holds whatever the server around sets for other routes.
    DefaultBodyLimit::max(limit).apply(&mut request);
    Bytes::from_request(request, &()).await.map_err(|rejection| match rejection {
        BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => too_large(),
        _ => Problem::new(ProblemCode::BodyIncomplete, lang),
    })
}

/// The media type of a request without its parameters, in lower case.
pub(crate) fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let essence = value.split(';').next().unwrap_or_default().trim();
    Some(essence.to_ascii_lowercase())
}

fn is_json(media_type: &str) -> bool {
    media_type == "application/json"
        || (media_type.starts_with("application/") && media_type.ends_with("+json"))
}

/// A JSON value in which a key that is given twice is still there twice.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    /// `null`
    Null,
    /// A whole number that is not negative.
    Whole(u64),
    /// Yes or no.
    Bool(bool),
    /// Anything that no field of ours takes: `-1`, `0.5`.
    Other,
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// An object, in the order in which it was sent.
    Object(Vec<(String, Node)>),
}

impl Node {
    /// Reads a whole text.
    pub(crate) fn parse(text: &str, lang: Lang) -> Result<Self, Problem> {
        serde_json::from_str(text).map_err(|error| malformed(&error, lang))
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Whole(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(u64::try_from(value).map_or(Node::Other, Node::Whole))
    }
    fn visit_f64<E>(self, _: f64) -> Result<Node, E> {
        Ok(Node::Other)
    }
    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Text(value.to_owned()))
    }
    fn visit_string<E>(self, value: String) -> Result<Node, E> {
        Ok(Node::Text(value))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(node) = seq.next_element()? {
            list.push(node);
        }
        Ok(Node::List(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut object = Vec::new();
        while let Some(entry) = map.next_entry()? {
            object.push(entry);
        }
        Ok(Node::Object(object))
    }
}

/// The fields of a body, for readers outside of this crate. Ask for each, then [`BodyFields::finish`], which
/// refuses what nobody asked for.
pub struct BodyFields {
    fields: Fields,
    lang: Lang,
}

impl BodyFields {
    /// The fields of the object that a body is.
    ///
    /// # Errors
    /// Where it is no JSON or no object, or a field is given twice.
    pub fn parse(text: &str, lang: Lang) -> Result<Self, Problem> {
        Ok(Self { fields: Field::root(Node::parse(text, lang)?, lang).fields()?, lang })
    }

    /// The id of the event, which must be there under `event_id`.
    ///
    /// # Errors
    /// Where it is missing or none.
    pub fn event_id(&mut self) -> Result<EventId, Problem> {
        self.fields.required("event_id", EVENT, Field::event_id)
    }

    /// The same where it may be left out.
    ///
    /// # Errors
    /// Where it is none.
    pub fn optional_event_id(&mut self) -> Result<Option<EventId>, Problem> {
        self.fields.optional("event_id", Field::event_id)
    }

    /// A text of one line without personal numbers.
    ///
    /// # Errors
    /// Where it is missing or cannot be kept.
    pub fn line(&mut self, name: &'static str, most: usize) -> Result<CheckedText, Problem> {
        self.fields.required(name, Expected::Text, |field| field.line(most))
    }

    /// A text of one line or several without personal numbers.
    ///
    /// # Errors
    /// Where it is missing or cannot be kept.
    pub fn lines(&mut self, name: &'static str, most: usize) -> Result<CheckedText, Problem> {
        self.fields.required(name, Expected::Text, |field| field.lines(most))
    }

    /// The same where it may be left out; an empty one counts as left out.
    ///
    /// # Errors
    /// Where it cannot be kept.
    pub fn optional_lines(
        &mut self,
        name: &'static str,
        most: usize,
    ) -> Result<Option<CheckedText>, Problem> {
        self.fields.optional_text(name, |field| field.lines(most))
    }

    /// The short name that the profile gives to something.
    ///
    /// # Errors
    /// Where it is missing or none.
    pub fn code(&mut self, name: &'static str) -> Result<String, Problem> {
        self.fields.required(name, Expected::Code, Field::code)
    }

    /// The same where it may be left out.
    ///
    /// # Errors
    /// Where it is none.
    pub fn optional_code(&mut self, name: &'static str) -> Result<Option<String>, Problem> {
        self.fields.optional(name, Field::code)
    }

    /// A word of a closed list.
    ///
    /// # Errors
    /// Where it is missing or not in the list.
    pub fn word<T>(
        &mut self,
        name: &'static str,
        words: fn() -> Vec<&'static str>,
        from_code: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, Problem> {
        let words: Words = words;
        self.fields.required(name, Expected::OneOf(words), |field| field.word(words, from_code))
    }

    /// A day.
    ///
    /// # Errors
    /// Where it is missing or none.
    pub fn date(&mut self, name: &'static str) -> Result<NaiveDate, Problem> {
        self.fields.required(name, Expected::Date, Field::date)
    }

    /// A day that may be left out.
    ///
    /// # Errors
    /// Where it is none.
    pub fn optional_date(&mut self, name: &'static str) -> Result<Option<NaiveDate>, Problem> {
        self.fields.optional(name, Field::date)
    }

    /// Yes or no, which must be said.
    ///
    /// # Errors
    /// Where it is missing or neither.
    pub fn boolean(&mut self, name: &'static str) -> Result<bool, Problem> {
        self.fields.required(name, Expected::Boolean, Field::boolean)
    }

    /// A number that is not negative and goes into 32 bits.
    ///
    /// # Errors
    /// Where it is missing, none or too great.
    pub fn number(&mut self, name: &'static str) -> Result<u32, Problem> {
        let number = self.fields.required(name, Expected::WholeNumber, Field::whole_number)?;
        u32::try_from(number).map_err(|_| must_be(name, Expected::WholeNumber, self.lang))
    }

    /// An id with this prefix.
    ///
    /// # Errors
    /// Where it is missing or of another kind.
    pub fn id<T: FromStr>(
        &mut self,
        name: &'static str,
        prefix: &'static [&'static str],
    ) -> Result<T, Problem> {
        self.fields.required(name, Expected::Id(prefix, false), |field| field.id(prefix))
    }

    /// An id with this prefix that may be left out.
    ///
    /// # Errors
    /// Where it is of another kind.
    pub fn optional_id<T: FromStr>(
        &mut self,
        name: &'static str,
        prefix: &'static [&'static str],
    ) -> Result<Option<T>, Problem> {
        self.fields.optional(name, |field| field.id(prefix))
    }

    /// That nothing else was sent.
    ///
    /// # Errors
    /// Where something was; its name alone is told.
    pub fn finish(self) -> Result<(), Problem> {
        self.fields.finish()
    }
}

/// A value cut out of a larger text without being read yet, so that what is wrong inside stays inside.
///
/// Even half a surrogate pair or a value nested too deep spoils only itself this way: a phone whose queue
/// holds one such observation could otherwise never send any of the others.
pub(crate) enum Raw<'a> {
    /// An object.
    Object(Vec<(String, &'a RawValue)>),
    /// Anything else.
    Other,
}

impl<'a> Raw<'a> {
    /// Reads the outermost object of a text.
    pub(crate) fn parse(text: &'a str, lang: Lang) -> Result<Self, Problem> {
        let value: &RawValue = serde_json::from_str(text).map_err(|error| malformed(&error, lang))?;
        if !value.get().starts_with('{') {
            return Ok(Self::Other);
        }
        let mut deserializer = serde_json::Deserializer::from_str(value.get());
        RawObject.deserialize(&mut deserializer).map(Self::Object).map_err(|error| malformed(&error, lang))
    }
}

/// The elements of a list that was cut out, or `None` where it is no list.
pub(crate) fn raw_list(value: &RawValue) -> Option<Vec<&RawValue>> {
    serde_json::from_str(value.get()).ok()
}

struct RawObject;

impl<'de> serde::de::DeserializeSeed<'de> for RawObject {
    type Value = Vec<(String, &'de RawValue)>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for RawObject {
    type Value = Vec<(String, &'de RawValue)>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut object = Vec::new();
        while let Some(entry) = map.next_entry()? {
            object.push(entry);
        }
        Ok(object)
    }
}

/// Says where the text stops being JSON, never what stands there.
fn malformed(error: &serde_json::Error, lang: Lang) -> Problem {
    let (line, column) = (error.line(), error.column());
    Problem::new(ProblemCode::MalformedJson, lang).with_detail(lang.pick(
        format!(
            "送信された内容をJSONとして読めません({line}行{column}文字目)。直してから、もう一度送信してください。"
        ),
        format!(
            "What was sent cannot be read as JSON (line {line}, column {column}). \
             Correct it and send it again."
        ),
    ))
}
