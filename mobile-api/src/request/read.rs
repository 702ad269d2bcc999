//! Reading fields: each mistake is named by its path and by what was expected, in plain words.

use std::str::FromStr;

use chrono::{DateTime, NaiveDate, Utc};
use hokan_domain::{
    container::LockNumber,
    event::{Scan, ScanMethod},
    ids::{ContainerId, DeviceId, EventId, PlaceId},
    label::LabelId,
    personal_number::{CheckedText, TextProblem},
    place::Home,
    text::Lang,
};
use hokan_labels::LabelCode;
use uuid::Uuid;

use super::{HomeRef, MAX_CODE, MAX_SAFE_INTEGER, PlaceRef, json::Node};
use crate::problem::{Problem, ProblemCode};

/// What a field must be.
#[derive(Clone, Copy)]
pub(crate) enum Expected {
    Object,
    List,
    Text,
    Boolean,
    WholeNumber,
    Date,
    DateTime,
    /// An id with one of these prefixes; `true` where a bare UUID will do as well.
    Id(&'static [&'static str], bool),
    /// A person's id or `any-handler`.
    Receiver,
    /// The short name that the profile gives to something.
    Code,
    LockNumber,
    OneOf(Words),
}

/// The words of a closed list.
pub(crate) type Words = fn() -> Vec<&'static str>;

impl Expected {
    fn words(self, lang: Lang) -> String {
        let list = |words: &[&str], or_ja: &str| match lang {
            Lang::Ja => format!("{}{or_ja}", words.join("、")),
            Lang::En => words.join(" or "),
        };
        match self {
            Self::Object => lang.pick("オブジェクト({ }で囲んだ項目)", "an object, fields in { }").to_owned(),
            Self::List => lang.pick("一覧([ ]で囲んだ並び)", "a list, in [ ]").to_owned(),
            Self::Text => lang.pick("文字列", "a text").to_owned(),
            Self::Boolean => lang.pick("trueかfalse", "true or false").to_owned(),
            Self::Code => lang
                .pick(
                    "一覧にあるコード(英小文字・数字・ハイフン)",
                    "a code from the directory: small letters, digits and hyphens",
                )
                .to_owned(),
            Self::LockNumber => lang.pick(
                format!("錠・封印の番号(英数字とハイフン、{}文字まで)", LockNumber::LONGEST),
                format!("the number of a lock: letters, digits and hyphens, at most {}", LockNumber::LONGEST),
            ),
            Self::WholeNumber => lang.pick(
                format!("0から{MAX_SAFE_INTEGER}までの整数"),
                format!("a whole number from 0 to {MAX_SAFE_INTEGER}"),
            ),
            Self::Date => lang.pick("2025-04-01の形の日付", "a date like 2025-04-01").to_owned(),
            Self::DateTime => lang
                .pick(
                    "2025-04-01T09:00:00+09:00の形の日時(時差つき)",
                    "a date and time with its offset, like 2025-04-01T09:00:00+09:00",
                )
                .to_owned(),
            Self::Id(prefixes, bare) => {
                let prefixes = list(prefixes, "");
                match bare {
                    true => lang.pick(
                        format!("UUID、または{prefixes}で始まるID"),
                        format!("a UUID, or an id that begins with {prefixes}"),
                    ),
                    false => lang
                        .pick(format!("{prefixes}で始まるID"), format!("an id that begins with {prefixes}")),
                }
            }
            Self::Receiver => lang
                .pick("per_で始まるID、またはany-handler", "an id that begins with per_, or any-handler")
                .to_owned(),
            Self::OneOf(words) => {
                let words = list(&words(), "のいずれか");
                lang.pick(words.clone(), format!("one of {words}"))
            }
        }
    }
}

/// One field with its value.
pub(crate) struct Field {
    lang: Lang,
    path: String,
    node: Node,
}

impl Field {
    /// The outermost value of a body.
    pub(crate) fn root(node: Node, lang: Lang) -> Self {
        Self { lang, path: String::new(), node }
    }

    /// A mistake in this field.
    pub(crate) fn must_be(&self, expected: Expected) -> Problem {
        must_be(&self.path, expected, self.lang)
    }

    /// The fields of an object, none of them given twice.
    pub(crate) fn fields(self) -> Result<Fields, Problem> {
        let problem = self.must_be(Expected::Object);
        let Node::Object(entries) = self.node else { return Err(problem) };
        Fields::new(entries, self.path, self.lang)
    }

    /// The elements of a list.
    pub(crate) fn list(self, most: usize) -> Result<Vec<Self>, Problem> {
        let problem = self.must_be(Expected::List);
        let Node::List(nodes) = self.node else { return Err(problem) };
        let (lang, path) = (self.lang, self.path);
        if nodes.len() > most {
            let detail = lang.pick(
                format!("「{path}」は{most}件までです。"),
                format!("“{path}” takes at most {most} elements."),
            );
            return Err(Problem::new(ProblemCode::BadRequestBody, lang).with_detail(detail).with_field(path));
        }
        let field = |(index, node)| Self { lang, path: format!("{path}[{index}]"), node };
        Ok(nodes.into_iter().enumerate().map(field).collect())
    }

    /// The elements of a list, at least one.
    pub(crate) fn some(self, most: usize) -> Result<Vec<Self>, Problem> {
        let (lang, path) = (self.lang, self.path.clone());
        let fields = self.list(most)?;
        if fields.is_empty() {
            let detail = lang.pick(
                format!("「{path}」に一件以上入れてください。"),
                format!("“{path}” needs at least one element."),
            );
            return Err(Problem::new(ProblemCode::BadRequestBody, lang).with_detail(detail).with_field(path));
        }
        Ok(fields)
    }

    fn text_as(self, expected: Expected) -> Result<(Self, String), Problem> {
        match self.node {
            Node::Text(text) => Ok((Self { node: Node::Null, ..self }, text)),
            _ => Err(self.must_be(expected)),
        }
    }

    /// A text that is kept for nothing but comparing: a name to sign in with, a password.
    pub(crate) fn credential(self, most: usize) -> Result<String, Problem> {
        let (field, text) = self.text_as(Expected::Text)?;
        if text.is_empty() {
            return Err(Problem::new(ProblemCode::TextEmpty, field.lang).with_field(field.path));
        }
        if text.chars().count() > most {
            return Err(Problem::new(ProblemCode::TextTooLong, field.lang).with_field(field.path));
        }
        Ok(text)
    }

    /// A text without personal numbers, on one line.
    pub(crate) fn line(self, most: usize) -> Result<CheckedText, Problem> {
        self.checked(|text| CheckedText::new(text, most))
    }

    /// A text without personal numbers, on one line or several.
    pub(crate) fn lines(self, most: usize) -> Result<CheckedText, Problem> {
        self.checked(|text| CheckedText::multi_line(text, most))
    }

    fn checked(
        self,
        check: impl FnOnce(&str) -> Result<CheckedText, TextProblem>,
    ) -> Result<CheckedText, Problem> {
        let (field, text) = self.text_as(Expected::Text)?;
        check(&text).map_err(|error| Problem::text(&error, field.lang).with_field(field.path))
    }

    /// A word of a closed list.
    pub(crate) fn word<T>(
        self,
        words: Words,
        from_code: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, Problem> {
        let (field, text) = self.text_as(Expected::OneOf(words))?;
        from_code(&text).ok_or_else(|| field.must_be(Expected::OneOf(words)))
    }

    /// An id of one kind.
    pub(crate) fn id<T: FromStr>(self, prefix: &'static [&'static str]) -> Result<T, Problem> {
        let (field, text) = self.text_as(Expected::Id(prefix, false))?;
        text.parse().map_err(|_| field.must_be(Expected::Id(prefix, false)))
    }

    /// Something else that is written like an id.
    pub(crate) fn id_or_word<T>(
        self,
        expected: Expected,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, Problem> {
        let (field, text) = self.text_as(expected)?;
        read(&text).ok_or_else(|| field.must_be(expected))
    }

    /// An event's id, in either form.
    pub(crate) fn event_id(self) -> Result<EventId, Problem> {
        const EXPECTED: Expected = Expected::Id(&["evt_"], true);
        let (field, text) = self.text_as(EXPECTED)?;
        EventId::parse_lenient(&text).map_err(|_| field.must_be(EXPECTED))
    }

    /// A device's id, in either form.
    pub(crate) fn device_id(self) -> Result<DeviceId, Problem> {
        const EXPECTED: Expected = Expected::Id(&["dev_"], true);
        let (field, text) = self.text_as(EXPECTED)?;
        text.parse()
            .ok()
            .or_else(|| Uuid::try_parse(&text).ok().map(DeviceId))
            .ok_or_else(|| field.must_be(EXPECTED))
    }

    /// The id of a place or container.
    pub(crate) fn home_id(self) -> Result<Home, Problem> {
        const EXPECTED: Expected = Expected::Id(&["plc_", "con_"], false);
        let (field, text) = self.text_as(EXPECTED)?;
        let place = text.parse::<PlaceId>().map(Home::Place);
        place
            .or_else(|_| text.parse::<ContainerId>().map(Home::Container))
            .map_err(|_| field.must_be(EXPECTED))
    }

    /// A label's code, with its check characters.
    pub(crate) fn label(self) -> Result<LabelId, Problem> {
        let (field, text) = self.text_as(Expected::Text)?;
        let code: LabelCode =
            text.parse().map_err(|error| Problem::label_code(&error, field.lang).with_field(field.path))?;
        label_id(code, field.lang)
    }

    /// A label as it was read.
    pub(crate) fn scan(self) -> Result<Scan, Problem> {
        const METHODS: Words = || vec!["camera", "photo", "typed", "desk"];
        let mut fields = self.fields()?;
        let label = fields.required("code", Expected::Text, Field::label)?;
        let method = fields.required("method", Expected::OneOf(METHODS), |field| {
            field.word(METHODS, ScanMethod::from_code)
        })?;
        fields.finish()?;
        Ok(Scan { label, method })
    }

    /// Yes or no.
    pub(crate) fn boolean(self) -> Result<bool, Problem> {
        match self.node {
            Node::Bool(value) => Ok(value),
            _ => Err(self.must_be(Expected::Boolean)),
        }
    }

    /// The short name that the profile gives to something. It goes into the ledger as it is, so it must not
    /// be able to say anything else.
    pub(crate) fn code(self) -> Result<String, Problem> {
        let (field, text) = self.text_as(Expected::Code)?;
        let is_short = (1..=MAX_CODE).contains(&text.len());
        let is_code = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !is_short || !text.bytes().all(is_code) {
            return Err(field.must_be(Expected::Code));
        }
        field.without_personal_number(text)
    }

    /// The number on a lock or seal.
    pub(crate) fn lock_number(self) -> Result<LockNumber, Problem> {
        let (field, text) = self.text_as(Expected::LockNumber)?;
        let number: LockNumber = text.parse().map_err(|_| field.must_be(Expected::LockNumber))?;
        field.without_personal_number(text)?;
        Ok(number)
    }

    fn without_personal_number(self, text: String) -> Result<String, Problem> {
        match CheckedText::new(&text, text.len()) {
            Ok(_) => Ok(text),
            Err(error) => Err(Problem::text(&error, self.lang).with_field(self.path)),
        }
    }

    /// A number that is not negative.
    pub(crate) fn whole_number(self) -> Result<u64, Problem> {
        match self.node {
            Node::Whole(number) if number <= MAX_SAFE_INTEGER => Ok(number),
            _ => Err(self.must_be(Expected::WholeNumber)),
        }
    }

    /// A day.
    pub(crate) fn date(self) -> Result<NaiveDate, Problem> {
        let (field, text) = self.text_as(Expected::Date)?;
        let day = NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok();
        // The parser also takes signs and single digits; a date that prints otherwise was not written so.
        day.filter(|day| day.to_string() == text).ok_or_else(|| field.must_be(Expected::Date))
    }

    /// A moment, given with its offset from UTC.
    pub(crate) fn date_time(self) -> Result<DateTime<Utc>, Problem> {
        let (field, text) = self.text_as(Expected::DateTime)?;
        let moment = DateTime::parse_from_rfc3339(&text).map_err(|_| field.must_be(Expected::DateTime))?;
        Ok(moment.to_utc())
    }
}

/// The fields of an object. Ask for each, then [`Fields::finish`].
pub(crate) struct Fields {
    lang: Lang,
    path: String,
    entries: Vec<(String, Node)>,
    known: Vec<&'static str>,
}

impl Fields {
    fn new(entries: Vec<(String, Node)>, path: String, lang: Lang) -> Result<Self, Problem> {
        let mut names: Vec<&str> = entries.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        if let Some(twice) = names.windows(2).find_map(|pair| (pair[0] == pair[1]).then_some(pair[0])) {
            let field = join(&path, presentable(twice));
            let detail = lang.pick(
                format!("「{field}」が二度あります。一つにしてください。"),
                format!("“{field}” is given twice. Give it once."),
            );
            return Err(Problem::new(ProblemCode::BadRequestBody, lang)
                .with_detail(detail)
                .with_field(field));
        }
        Ok(Self { lang, path, entries, known: Vec::new() })
    }

    /// The path of a field of this object.
    pub(crate) fn path_of(&self, name: &str) -> String {
        join(&self.path, name)
    }

    fn take(&mut self, name: &'static str) -> Option<Field> {
        self.known.push(name);
        let index = self.entries.iter().position(|(key, _)| key == name)?;
        let (_, node) = self.entries.swap_remove(index);
        // `null` says the same as leaving the field out.
        (node != Node::Null).then(|| Field { lang: self.lang, path: join(&self.path, name), node })
    }

    /// A field that must be there.
    pub(crate) fn required<T>(
        &mut self,
        name: &'static str,
        expected: Expected,
        read: impl FnOnce(Field) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        match self.take(name) {
            Some(field) => read(field),
            None => Err(self.missing(name, expected)),
        }
    }

    /// A field that may be left out.
    pub(crate) fn optional<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(Field) -> Result<T, Problem>,
    ) -> Result<Option<T>, Problem> {
        self.take(name).map(read).transpose()
    }

    /// A text that may be left out. One with nothing to see in it counts as left out: forms send such, and an
    /// observation must not be turned away for an empty note.
    pub(crate) fn optional_text(
        &mut self,
        name: &'static str,
        read: impl FnOnce(Field) -> Result<CheckedText, Problem>,
    ) -> Result<Option<CheckedText>, Problem> {
        match self.optional(name, read) {
            Err(problem) if problem.is(ProblemCode::TextEmpty) => Ok(None),
            answer => answer,
        }
    }

    /// A choice that counts as “no” where it is left out.
    pub(crate) fn flag(&mut self, name: &'static str) -> Result<bool, Problem> {
        Ok(self.optional(name, Field::boolean)?.unwrap_or(false))
    }

    /// Where something is: by its id or by the label scanned on it, never by both.
    pub(crate) fn home(&mut self) -> Result<Option<HomeRef>, Problem> {
        self.id_or_label(Field::home_id, HomeRef::Id, HomeRef::Label)
    }

    /// The same where it must be said.
    pub(crate) fn required_home(&mut self) -> Result<HomeRef, Problem> {
        let home = self.home()?;
        home.ok_or_else(|| self.no_home())
    }

    /// The same where it must be a place.
    pub(crate) fn required_place(&mut self) -> Result<PlaceRef, Problem> {
        let place = self.id_or_label(|field| field.id(&["plc_"]), PlaceRef::Id, PlaceRef::Label)?;
        place.ok_or_else(|| self.no_home())
    }

    fn id_or_label<I, T>(
        &mut self,
        read: impl FnOnce(Field) -> Result<I, Problem>,
        by_id: impl FnOnce(I) -> T,
        by_label: impl FnOnce(LabelId) -> T,
    ) -> Result<Option<T>, Problem> {
        let id = self.optional("home", read)?;
        let label = self.optional("home_code", Field::label)?;
        match (id, label) {
            (Some(_), Some(_)) => {
                let (home, code) = (self.path_of("home"), self.path_of("home_code"));
                let detail = self.lang.pick(
                    format!("「{home}」と「{code}」はどちらか一つだけを入れてください。"),
                    format!("Give either “{home}” or “{code}”, not both."),
                );
                Err(Problem::new(ProblemCode::BadRequestBody, self.lang).with_detail(detail).with_field(home))
            }
            (Some(home), None) => Ok(Some(by_id(home))),
            (None, Some(label)) => Ok(Some(by_label(label))),
            (None, None) => Ok(None),
        }
    }

    fn no_home(&self) -> Problem {
        let (home, code) = (self.path_of("home"), self.path_of("home_code"));
        let detail = self.lang.pick(
            format!("保管先がありません。「{home}」か「{code}」を入れてください。"),
            format!("It is not said where to. Give “{home}” or “{code}”."),
        );
        Problem::new(ProblemCode::BadRequestBody, self.lang).with_detail(detail).with_field(home)
    }

    /// A field that another one needs.
    pub(crate) fn missing(&self, name: &str, expected: Expected) -> Problem {
        let (lang, field) = (self.lang, join(&self.path, name));
        let expected = expected.words(lang);
        let detail = lang.pick(
            format!("「{field}」がありません。{expected}を入れてください。"),
            format!("“{field}” is missing. It must be {expected}."),
        );
        Problem::new(ProblemCode::BadRequestBody, lang).with_detail(detail).with_field(field)
    }

    /// Refuses what nobody asked for: a key that is not known may be a known one misspelt.
    pub(crate) fn finish(self) -> Result<(), Problem> {
        // The first by name, so that the answer does not depend on what was taken before.
        let Some(unknown) = self.entries.iter().map(|(key, _)| key.as_str()).min() else { return Ok(()) };
        let lang = self.lang;
        let field = join(&self.path, presentable(unknown));
        let mut known = self.known;
        known.sort_unstable();
        let known = known.join(", ");
        let detail = lang.pick(
            format!("「{field}」という項目はありません。使える項目: {known}"),
            format!("There is no field “{field}”. Known fields: {known}"),
        );
        Err(Problem::new(ProblemCode::BadRequestBody, lang).with_detail(detail).with_field(field))
    }
}

/// A mistake in the field at `path`.
pub(crate) fn must_be(path: &str, expected: Expected, lang: Lang) -> Problem {
    let words = expected.words(lang);
    let problem = Problem::new(ProblemCode::BadRequestBody, lang);
    if path.is_empty() {
        return problem.with_detail(
            lang.pick(format!("送信する内容は{words}にしてください。"), format!("The body must be {words}.")),
        );
    }
    let detail =
        lang.pick(format!("「{path}」には{words}を入れてください。"), format!("“{path}” must be {words}."));
    problem.with_detail(detail).with_field(path)
}

/// A label's code as the domain names it.
pub(crate) fn label_id(code: LabelCode, lang: Lang) -> Result<LabelId, Problem> {
    // Both crates mean the same twelve characters; that they agree is asserted by a test, and a fault here
    // must not be anything worse than an answer.
    code.as_str().parse().map_err(|error| Problem::internal(lang, &error))
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// A key as it can be shown: one that looks like a field's name, else a placeholder. Keys come from the
/// outside like values do, and what was sent is not repeated.
fn presentable(key: &str) -> &str {
    let like_a_name = key.len() <= 40
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
        && key.bytes().filter(u8::is_ascii_digit).count() <= 4;
    if like_a_name && !key.is_empty() { key } else { "?" }
}
