//! Forms as they were sent. Their fields cannot be reached before the token was checked.

use std::str::FromStr;

use axum::{
    body::Bytes,
    extract::{FromRequest, Multipart, Request},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use hokan_domain::{
    container::LockNumber,
    discrepancy::{Finding, FindingKind},
    disposal::{Shows, Verification},
    event::{Scan, ScanMethod},
    ids::{EventId, FileId},
    label::LabelId,
    personal_number::{self, CheckedText},
    text::Lang,
};
use hokan_labels::{LabelCode, PayloadContent, code_in_payload};
use hokan_mobile_api::{
    Backend as _, MAX_FILE_BYTES, MediaType, Problem, ProblemCode,
    auth::language_of,
    request::{
        ContentsRequest, DestructionRequest, ErasureRequest, MAX_NOTE, MAX_NUMBER, MAX_PHOTOGRAPHS,
        MAX_STATEMENT, MAX_TITLE, PerformedRequest, ProtectionRequest, SecrecyRequest,
    },
};
use uuid::Uuid;

use super::{Web, at_hand, csrf, error::Failed, guard::Visitor, texts};

/// The largest form with photographs: one before, one after, and a contractor's certificate.
pub(crate) const LIMIT_WITH_FILES: usize = 3 * MAX_FILE_BYTES + 256 * 1024;

/// The fields of a form that one of our own pages sent.
#[derive(Clone, Default)]
pub(crate) struct Form {
    lang: Lang,
    fields: Vec<(String, String)>,
    /// Files that came with it, by the name of their field, until [`Form::keep_files`] makes ids of them.
    files: Vec<(String, Bytes)>,
}

impl FromRequest<Web> for Form {
    type Rejection = Response;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Response> {
        let lang = language_of(request.headers(), request.uri());
        let headers = request.headers().clone();
        let kind = headers.get(header::CONTENT_TYPE).map(|kind| kind.as_bytes());
        if kind.is_some_and(|kind| kind.starts_with(b"multipart/form-data")) {
            return Self::with_files(request, web, lang).await;
        }
        let axum::Form(fields) = axum::Form::<Vec<(String, String)>>::from_request(request, web)
            .await
            .map_err(IntoResponse::into_response)?;
        let form = Self { lang, fields, files: Vec::new() };
        if csrf::is_ours(&headers, form.raw(csrf::FIELD)) {
            Ok(form)
        } else {
            Err(out_of_date(lang).into_response())
        }
    }
}

/// A form that was not sent by a page of this session.
pub(crate) fn out_of_date(lang: Lang) -> Failed {
    let detail = texts::text(lang, "error.form_out_of_date");
    Problem::new(ProblemCode::CrossSiteRequest, lang).with_detail(detail).into()
}

impl Form {
    /// Reads a form that may hold files. The token stands before everything else in it, so that a stranger's
    /// files are not even taken in.
    async fn with_files(request: Request, web: &Web, lang: Lang) -> Result<Self, Response> {
        let headers = request.headers().clone();
        let unreadable = |status: StatusCode| {
            let code = if status == StatusCode::PAYLOAD_TOO_LARGE {
                ProblemCode::BodyTooLarge
            } else {
                ProblemCode::BodyIncomplete
            };
            Failed::from(Problem::new(code, lang)).into_response()
        };
        let mut parts = Multipart::from_request(request, web).await.map_err(IntoResponse::into_response)?;
        let mut form = Self { lang, ..Self::default() };
        let mut is_ours = false;
        while let Some(part) = parts.next_field().await.map_err(|error| unreadable(error.status()))? {
            let name = part.name().unwrap_or_default().to_owned();
            if part.file_name().is_some() {
                if !is_ours {
                    break;
                }
                let bytes = part.bytes().await.map_err(|error| unreadable(error.status()))?;
                // A browser sends an empty file for a field in which none was chosen.
                if !bytes.is_empty() {
                    form.files.push((name, bytes));
                }
                continue;
            }
            let text = part.text().await.map_err(|error| unreadable(error.status()))?;
            if name == csrf::FIELD {
                is_ours = csrf::is_ours(&headers, &text);
            } else if !is_ours {
                break;
            }
            form.fields.push((name, text));
        }
        if is_ours { Ok(form) } else { Err(out_of_date(lang).into_response()) }
    }

    /// Keeps the files that came with the form and puts their ids in the place of their fields, so that from
    /// here on a form is text alone: what is refused is shown again without choosing the pictures anew.
    ///
    /// # Errors
    /// `photo-heic`, `file-unsupported`, and what keeping a file answers.
    pub(crate) async fn keep_files(&mut self, visitor: &Visitor, web: &Web) -> Result<(), Problem> {
        for (name, bytes) in std::mem::take(&mut self.files) {
            let kept = async {
                let media_type = MediaType::told_by(&bytes, self.lang)?;
                web.app.add_file(&visitor.caller, media_type, bytes.into()).await
            };
            let kept = kept.await.map_err(|problem| problem.with_field(name.as_str()))?;
            self.fields.push((name, kept.id.to_string()));
        }
        Ok(())
    }

    /// A form with these fields, for showing it for the first time.
    pub(crate) fn filled(lang: Lang, fields: &[(&str, &str)]) -> Self {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { lang, fields, files: Vec::new() }
    }

    /// Puts one more value under a name, unless it is there already.
    pub(crate) fn add(&mut self, name: &str, value: impl Into<String>) {
        let value = value.into();
        if !self.chose(name, &value) {
            self.fields.push((name.to_owned(), value));
        }
    }

    /// Puts a value into a field, in the place of whatever was there.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.fields.retain(|(key, _)| key != name);
        self.fields.push((name.to_owned(), value.into()));
    }

    /// What was sent in a field; empty where there was none.
    pub(crate) fn raw(&self, name: &str) -> &str {
        self.fields.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// Everything that was sent under a name.
    pub(crate) fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        self.fields.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The same form to be shown again: nothing that was typed is lost but personal numbers, which no page
    /// repeats.
    pub(crate) fn shown_again(mut self) -> Self {
        // What no person typed may look like a number by chance and must stay as it is.
        const NOT_TYPED: [&str; 8] =
            ["csrf", "act", "event_id", "at_hand", "hand_over", "label", "to", "home"];
        for (name, value) in &mut self.fields {
            if !NOT_TYPED.contains(&name.as_str()) && !is_id(value) {
                *value = without_personal_numbers(value);
            }
        }
        self
    }

    /// The fields to be sent once more, without what belongs to the page that sent them.
    pub(crate) fn to_send_again(&self) -> Vec<(String, String)> {
        let kept = self.fields.iter().filter(|(key, _)| key != csrf::FIELD && key != super::prove::FIELD);
        kept.cloned().collect()
    }

    /// Whether this was chosen in a field.
    pub(crate) fn chose(&self, name: &str, value: &str) -> bool {
        self.all(name).any(|chosen| chosen == value)
    }

    /// Whether a box was ticked.
    pub(crate) fn ticked(&self, name: &str) -> bool {
        self.chose(name, "yes")
    }

    /// The id of something that was chosen.
    pub(crate) fn id<T: FromStr>(&self, name: &str) -> Result<T, Problem> {
        self.word(name, |text| text.trim().parse().ok())
    }

    /// The id of something that may have been chosen.
    pub(crate) fn optional_id<T: FromStr>(&self, name: &str) -> Result<Option<T>, Problem> {
        if self.raw(name).trim().is_empty() { Ok(None) } else { self.id(name).map(Some) }
    }

    /// The ids of everything that was ticked under a name.
    pub(crate) fn ids<T: FromStr>(&self, name: &str) -> Result<Vec<T>, Problem> {
        let read = |text: &str| text.trim().parse().map_err(|_| self.wrong(name, "error.choose"));
        self.all(name).filter(|text| !text.trim().is_empty()).map(read).collect()
    }

    /// A field that holds one of several words.
    pub(crate) fn word<T>(&self, name: &str, read: impl FnOnce(&str) -> Option<T>) -> Result<T, Problem> {
        read(self.raw(name)).ok_or_else(|| self.wrong(name, "error.choose"))
    }

    /// A text on one line that must be there.
    pub(crate) fn line(&self, name: &str, most: usize) -> Result<CheckedText, Problem> {
        CheckedText::new(self.raw(name), most)
            .map_err(|error| Problem::text(&error, self.lang).with_field(name))
    }

    /// A text on one line that may be left out.
    pub(crate) fn optional_line(&self, name: &str, most: usize) -> Result<Option<CheckedText>, Problem> {
        if self.raw(name).trim().is_empty() { Ok(None) } else { self.line(name, most).map(Some) }
    }

    /// A text on several lines that may be left out.
    pub(crate) fn optional_note(&self, name: &str) -> Result<Option<CheckedText>, Problem> {
        if self.raw(name).trim().is_empty() { Ok(None) } else { self.note(name).map(Some) }
    }

    /// A remark of several lines.
    pub(crate) fn note(&self, name: &str) -> Result<CheckedText, Problem> {
        CheckedText::multi_line(self.raw(name), MAX_NOTE)
            .map_err(|error| Problem::text(&error, self.lang).with_field(name))
    }

    /// A statement of several lines, longer than a remark.
    pub(crate) fn statement(&self, name: &str) -> Result<CheckedText, Problem> {
        CheckedText::multi_line(self.raw(name), MAX_STATEMENT)
            .map_err(|error| Problem::text(&error, self.lang).with_field(name))
    }

    /// The same, where it may be left out.
    pub(crate) fn optional_statement(&self, name: &str) -> Result<Option<CheckedText>, Problem> {
        if self.raw(name).trim().is_empty() { Ok(None) } else { self.statement(name).map(Some) }
    }

    /// The number on a lock or seal, where it may be left out.
    pub(crate) fn optional_lock(&self, name: &str) -> Result<Option<LockNumber>, Problem> {
        let text = plain_digits(self.raw(name)).replace(['−', '－', 'ー', '‐', '–'], "-");
        if text.is_empty() {
            return Ok(None);
        }
        CheckedText::new(&text, LockNumber::LONGEST)
            .map_err(|error| Problem::text(&error, self.lang).with_field(name))?;
        text.parse().map(Some).map_err(|_| self.wrong(name, "error.lock_number"))
    }

    /// The number on a lock or seal.
    pub(crate) fn lock(&self, name: &str) -> Result<LockNumber, Problem> {
        self.optional_lock(name)?.ok_or_else(|| self.wrong(name, "error.lock_number"))
    }

    /// The id that the page gave to the act, so that sending the form twice records it once.
    pub(crate) fn event_id(&self) -> Result<EventId, Problem> {
        EventId::parse_lenient(self.raw("event_id")).map_err(|_| self.wrong("event_id", "error.reload"))
    }

    /// A label's code as a person types it, or the whole text of a label's symbol.
    pub(crate) fn label(&self, name: &str) -> Result<LabelId, Problem> {
        label_in(self.raw(name), self.lang).map_err(|problem| problem.with_field(name))
    }

    /// A whole number that may be left out. Japanese keyboards give full-width digits and commas.
    pub(crate) fn optional_number(&self, name: &str) -> Result<Option<u64>, Problem> {
        let text = plain_digits(self.raw(name));
        if text.is_empty() {
            return Ok(None);
        }
        text.parse().map(Some).map_err(|_| self.wrong(name, "error.whole_number"))
    }

    /// A whole number.
    pub(crate) fn number(&self, name: &str) -> Result<u64, Problem> {
        self.optional_number(name)?.ok_or_else(|| self.wrong(name, "error.whole_number"))
    }

    /// A day.
    pub(crate) fn day(&self, name: &str) -> Result<NaiveDate, Problem> {
        self.optional_day(name)?.ok_or_else(|| self.wrong(name, "error.day"))
    }

    /// A moment in Japan that may be left out, to the minute.
    pub(crate) fn optional_moment(&self, name: &str) -> Result<Option<DateTime<Utc>>, Problem> {
        let text = self.raw(name).trim();
        if text.is_empty() {
            return Ok(None);
        }
        let formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"];
        let local = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
        // Japan has known no other offset since 1951.
        let moment = local.and_then(|local| local.checked_sub_signed(TimeDelta::hours(9)));
        moment.map(|moment| Some(moment.and_utc())).ok_or_else(|| self.wrong(name, "error.moment"))
    }

    /// A day that may be left out.
    pub(crate) fn optional_day(&self, name: &str) -> Result<Option<NaiveDate>, Problem> {
        let text = self.raw(name).trim();
        if text.is_empty() {
            return Ok(None);
        }
        NaiveDate::parse_from_str(text, "%Y-%m-%d").map(Some).map_err(|_| self.wrong(name, "error.day"))
    }

    /// A measure in millimetres.
    pub(crate) fn millimetres(&self, name: &str) -> Result<f64, Problem> {
        let text = plain_digits(self.raw(name)).replace(['−', '－', 'ー'], "-").replace('．', ".");
        let value: Option<f64> = if text.is_empty() { Some(0.0) } else { text.parse().ok() };
        value
            .filter(|value: &f64| value.is_finite() && value.abs() <= 20.0)
            .ok_or_else(|| self.wrong(name, "error.millimetres"))
    }

    /// How the data on an item is protected, where that was chosen.
    pub(crate) fn protection(&self) -> Result<Option<ProtectionRequest>, Problem> {
        let secrecy = match self.raw("protection") {
            "" => return Ok(None),
            "none" => SecrecyRequest::None,
            "password-only" => SecrecyRequest::PasswordOnly,
            "encrypted" => SecrecyRequest::Encrypted {
                tool: self.line("tool", MAX_TITLE)?,
                algorithm: self.line("algorithm", MAX_NUMBER)?,
            },
            _ => return Err(self.wrong("protection", "error.choose")),
        };
        Ok(Some(ProtectionRequest { secrecy, key_apart: self.chose("key_apart", "yes") }))
    }

    /// A word of a list that the regulation sets; whether it is on the list is for the rules to say.
    pub(crate) fn optional_code(&self, name: &str) -> Option<String> {
        let text = self.raw(name).trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// How something was erased.
    pub(crate) fn erasure(&self) -> Result<ErasureRequest, Problem> {
        Ok(ErasureRequest {
            method: self.optional_code("method").ok_or_else(|| self.wrong("method", "error.choose"))?,
            tool: self.optional_line("tool", MAX_TITLE)?,
            verification: self.word("verification", |code| {
                Verification::ALL.into_iter().find(|outcome| outcome.code() == code)
            })?,
        })
    }

    /// How something was destroyed, and by whom.
    pub(crate) fn destruction(&self) -> Result<DestructionRequest, Problem> {
        let contractor = self.optional_line("contractor", MAX_TITLE)?;
        let certificate = self.optional_line("certificate", MAX_NUMBER)?;
        let file: Option<FileId> = self.optional_id("certificate_file")?;
        let performed = match contractor {
            Some(contractor) => PerformedRequest::Delegated { contractor, certificate, file },
            None if certificate.is_some() || file.is_some() => {
                return Err(self.wrong("contractor", "error.contractor_first"));
            }
            None => PerformedRequest::Here,
        };
        Ok(DestructionRequest {
            method: self.optional_code("method").ok_or_else(|| self.wrong("method", "error.choose"))?,
            performed,
            photographs: self.photographs()?,
        })
    }

    /// The discrepancy that a form is about.
    pub(crate) fn finding(&self) -> Result<Finding, Problem> {
        let reload = |_| self.wrong("finding_event", "error.reload");
        Ok(Finding {
            event: EventId::parse_lenient(self.raw("finding_event")).map_err(reload)?,
            kind: self.word("finding_kind", FindingKind::from_code)?,
        })
    }

    /// The photographs of a destruction that came with the form or before it.
    pub(crate) fn photographs(&self) -> Result<Vec<(FileId, Shows)>, Problem> {
        let mut photographs = Vec::new();
        for (name, shows) in [("before", Shows::Before), ("after", Shows::After)] {
            photographs.extend(self.ids::<FileId>(name)?.into_iter().map(|file| (file, shows)));
        }
        photographs.truncate(MAX_PHOTOGRAPHS);
        Ok(photographs)
    }

    /// The labels in a field with one on each line, as a reader that types what it reads leaves them. All of
    /// them or the first mistake.
    pub(crate) fn labels(&self, name: &str) -> Result<Vec<LabelId>, Problem> {
        let mut labels = Vec::new();
        for text in self.all(name).flat_map(|text| text.split(['\n', ',', '、', '，'])) {
            if !text.trim().is_empty() {
                let label = label_in(text.trim(), self.lang).map_err(|problem| problem.with_field(name))?;
                if !labels.contains(&label) {
                    labels.push(label);
                }
            }
        }
        Ok(labels)
    }

    /// What data lies on an item, where a category was chosen.
    pub(crate) fn contents(&self) -> Result<Option<ContentsRequest>, Problem> {
        if self.raw("category").is_empty() {
            return Ok(None);
        }
        Ok(Some(ContentsRequest {
            category: self.word("category", hokan_domain::contents::Category::from_code)?,
            purpose: self.optional_line("purpose", MAX_TITLE)?,
            records: self.optional_number("records")?,
            recorded_on: self.optional_day("recorded_on")?,
            purpose_code: self.optional_code("purpose_code"),
            received_on: self.optional_day("received_on")?,
            retention: self.optional_code("retention"),
            starts_on: self.optional_day("starts_on")?,
        }))
    }

    /// The label as it was read: with proof that it was read a moment ago, else as it was typed.
    pub(crate) fn scan(&self, visitor: &Visitor, web: &Web) -> Result<Option<Scan>, Problem> {
        if let Some(scan) = at_hand::open(self.raw("at_hand"), visitor, web) {
            return Ok(Some(scan));
        }
        if self.raw("code").trim().is_empty() {
            return Ok(None);
        }
        Ok(Some(Scan { label: self.label("code")?, method: ScanMethod::Typed }))
    }

    /// A mistake in a field.
    pub(crate) fn wrong(&self, name: &str, key: &str) -> Problem {
        Problem::new(ProblemCode::BadRequestBody, self.lang)
            .with_detail(texts::text(self.lang, key))
            .with_field(name)
    }
}

/// Whether a value is an id of ours, which nobody typed.
fn is_id(value: &str) -> bool {
    value.split_once('_').is_some_and(|(prefix, id)| {
        prefix.len() == 3
            && prefix.bytes().all(|byte| byte.is_ascii_lowercase())
            && id.len() == 32
            && id.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

/// A text with a dot in the place of each character of a personal number.
pub(crate) fn without_personal_numbers(text: &str) -> String {
    let mut text = text.to_owned();
    while let Some(found) = personal_number::find(&text) {
        let covered = found.start_char..found.start_char + found.len.max(1);
        let cover = |(at, char)| if covered.contains(&at) { '●' } else { char };
        text = text.chars().enumerate().map(cover).collect();
    }
    text
}

/// A fresh id for an act, to stand in its form.
pub(crate) fn fresh_event_id() -> String {
    EventId(Uuid::new_v4()).to_string()
}

/// The label in a text that was typed, pasted, or read from a symbol.
pub(crate) fn label_in(text: &str, lang: Lang) -> Result<LabelId, Problem> {
    let code = match code_in_payload(text) {
        PayloadContent::Ours(code) => code,
        PayloadContent::Damaged(error) => return Err(Problem::label_code(&error, lang)),
        // An address, as strange QR codes hold, is no code with a slip of the finger in it.
        PayloadContent::Foreign if text.contains("://") => {
            return Err(Problem::new(ProblemCode::ForeignCode, lang));
        }
        PayloadContent::Foreign => {
            text.parse::<LabelCode>().map_err(|error| Problem::label_code(&error, lang))?
        }
    };
    code.as_str().parse().map_err(|error| Problem::internal(lang, &error))
}

/// Digits as ASCII, without the commas and spaces that part thousands.
fn plain_digits(text: &str) -> String {
    text.chars()
        .filter(|char| !char.is_whitespace() && !matches!(char, ',' | '，' | '、'))
        .map(|char| match char {
            '０'..='９' => char::from_u32(u32::from(char) - 0xFEE0).unwrap_or(char),
            _ => char,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(fields: &[(&str, &str)]) -> Form {
        Form::filled(Lang::Ja, fields)
    }

    #[test]
    fn numbers_are_read_as_people_type_them() {
        for (typed, number) in
            [("", None), (" 1,234 ", Some(1234)), ("１２，３４５", Some(12_345)), ("0", Some(0))]
        {
            assert_eq!(form(&[("n", typed)]).optional_number("n"), Ok(number));
        }
        for typed in ["-1", "1.5", "many", "99999999999999999999"] {
            let problem = form(&[("n", typed)]).optional_number("n").unwrap_err();
            assert_eq!(problem.field.as_deref(), Some("n"));
        }
        assert_eq!(form(&[("mm", "－１．５")]).millimetres("mm"), Ok(-1.5));
        assert_eq!(form(&[]).millimetres("mm"), Ok(0.0));
        for typed in ["x", "inf", "NaN", "51"] {
            assert!(form(&[("mm", typed)]).millimetres("mm").is_err(), "{typed}");
        }
    }

    #[test]
    fn a_label_may_be_typed_or_pasted() {
        let code = LabelCode::from_entropy(0x2_5A5A_1234_ABCD);
        let label: LabelId = code.as_str().parse().unwrap();
        for typed in [
            code.grouped(),
            code.grouped().to_lowercase().replace('-', " "),
            format!("HTTPS://X.EXAMPLE/L/{code}"),
            format!("HOKAN:{code}"),
        ] {
            assert_eq!(form(&[("code", &typed)]).label("code").as_ref(), Ok(&label), "{typed}");
        }
        let mistyped = code.as_str().replacen('J', "K", 1);
        for typed in ["", "JPJT", &mistyped, "https://example.com/"] {
            let problem = form(&[("code", typed)]).label("code").unwrap_err();
            assert_eq!(problem.field.as_deref(), Some("code"), "{typed}");
        }
    }

    #[test]
    fn texts_are_checked_for_personal_numbers() {
        let problem = form(&[("title", "番号 123456789018")]).line("title", 200).unwrap_err();
        assert!(problem.is(ProblemCode::PersonalNumberInText));
        assert!(!problem.detail.contains("123456789018"));
        assert_eq!(form(&[("note", " \n")]).optional_note("note"), Ok(None));
        assert!(form(&[]).line("title", 200).is_err());
    }

    #[test]
    fn a_personal_number_is_not_shown_again() {
        let form =
            form(&[("note", "番号 1234 5678 9018 と 123456789018 です"), ("event_id", "123456789018")]);
        let form = form.shown_again();
        assert_eq!(form.raw("note"), "番号 ●●●●●●●●●●●●●● と ●●●●●●●●●●●● です");
        assert_eq!(form.raw("event_id"), "123456789018");
    }

    #[test]
    fn contents_are_left_out_without_a_category() {
        assert_eq!(form(&[("purpose", "x")]).contents(), Ok(None));
        let given = form(&[("category", "personal"), ("records", "3"), ("recorded_on", "2026-11-23")]);
        let contents = given.contents().unwrap().unwrap();
        assert_eq!(
            (contents.records, contents.recorded_on.map(|day| day.to_string())),
            (Some(3), Some("2026-11-23".to_owned()))
        );
        assert!(form(&[("category", "else")]).contents().is_err());
    }
}
