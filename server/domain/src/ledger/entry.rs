//! One entry of the ledger and the one text that stands for it.
//!
//! The canonical text is a single line of JSON: keys in the order of [`Entry`]'s fields, no white
//! space, times in RFC 3339 UTC with milliseconds, ids in lower case, absent values as `null`, the
//! body embedded exactly as it is stored. The leaf hash is SHA-256 of a zero byte and that line
//! (without a line feed), so that it can be recomputed with nothing but `sha256sum`.

use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, Datelike, Timelike};
use serde::{Deserialize, Deserializer, de};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::hash::{Hash, leaf_hash};

/// 0000-01-01T00:00:00.000Z in milliseconds; the year has four digits from here on.
const FIRST_MS: i64 = -62_167_219_200_000;
/// 9999-12-31T23:59:59.999Z in milliseconds.
const LAST_MS: i64 = 253_402_300_799_999;

/// What one entry of the ledger commits to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Place in the sequence, from 1. The index of the leaf is one less.
    pub seq: u64,
    /// Id of the event, made by the phone where it had no signal. Occurs once in a ledger.
    pub event_id: Uuid,
    /// Id of the request that made the event; one request can make several.
    pub act_id: Uuid,
    /// What kind of thing the event is about, in kebab-case: `item`, `carry-out`.
    pub subject_kind: String,
    /// Id of that thing.
    pub subject_id: String,
    /// Version of that thing after the event, from 1, one more with each event.
    pub subject_version: u64,
    /// What happened, in kebab-case: `hand-over-accepted`.
    pub kind: String,
    /// When it happened, as claimed, in milliseconds since 1970-01-01T00:00:00Z.
    pub occurred_at: i64,
    /// When the server recorded it, in milliseconds since 1970-01-01T00:00:00Z.
    pub recorded_at: i64,
    /// The person who acted; none for the system itself.
    pub actor: Option<Uuid>,
    /// The device that it was done on.
    pub device: Option<Uuid>,
    /// The device's own count of its acts.
    pub device_seq: Option<u64>,
    /// Digest of the profile (the regulation) that the act was judged by.
    pub profile: Option<Hash>,
    /// Digest of the request that made the event.
    pub request: Hash,
    /// Ids and values of the event as JSON, byte for byte as stored. No names and no free text.
    pub body: String,
}

/// Why an entry or its text is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// The line is not the JSON object of an entry.
    #[error("the line is not a ledger entry")]
    NotAnEntry,
    /// The line says what an entry says, but not in the canonical way.
    #[error("the line is not in the canonical form")]
    NotCanonical,
    /// The sequence number is 0.
    #[error("sequence numbers begin at 1")]
    Seq,
    /// The subject version is 0.
    #[error("subject versions begin at 1")]
    SubjectVersion,
    /// A kind is not in kebab-case.
    #[error("a kind is not in kebab-case")]
    Kind,
    /// A time lies outside the years 0000 to 9999.
    #[error("a time lies outside the years 0000 to 9999")]
    Time,
    /// The body is not JSON on one line: see [`body_is_json`].
    #[error("the body is not JSON on one line")]
    Body,
}

impl Entry {
    /// Whether the entry may be appended. What is stored already is judged by
    /// [`super::verify::Verifier`], which says more.
    ///
    /// # Errors
    /// The first of [`EntryError`] that applies.
    pub fn check(&self) -> Result<(), EntryError> {
        if self.seq == 0 {
            return Err(EntryError::Seq);
        }
        if self.subject_version == 0 {
            return Err(EntryError::SubjectVersion);
        }
        if !is_kebab(&self.subject_kind) || !is_kebab(&self.kind) {
            return Err(EntryError::Kind);
        }
        if ![self.occurred_at, self.recorded_at].iter().all(|ms| (FIRST_MS..=LAST_MS).contains(ms)) {
            return Err(EntryError::Time);
        }
        if body_is_json(&self.body) { Ok(()) } else { Err(EntryError::Body) }
    }

    /// The canonical text, without a line feed at its end.
    #[must_use]
    pub fn canonical(&self) -> String {
        let mut out = String::with_capacity(640 + self.body.len());
        self.write_canonical(&mut out);
        out
    }

    /// Appends the canonical text to `out`, which a caller with many entries clears and reuses.
    ///
    /// Two different entries never have the same text, whatever their fields hold, provided that
    /// [`body_is_json`]. A time outside the years 0000 to 9999 is written as its milliseconds.
    pub fn write_canonical(&self, out: &mut String) {
        out.push_str("{\"seq\":");
        push_number(self.seq, out);
        out.push_str(",\"event_id\":");
        push_uuid(Some(&self.event_id), out);
        out.push_str(",\"act_id\":");
        push_uuid(Some(&self.act_id), out);
        out.push_str(",\"subject_kind\":");
        push_string(&self.subject_kind, out);
        out.push_str(",\"subject_id\":");
        push_string(&self.subject_id, out);
        out.push_str(",\"subject_version\":");
        push_number(self.subject_version, out);
        out.push_str(",\"kind\":");
        push_string(&self.kind, out);
        out.push_str(",\"occurred_at\":");
        push_time(self.occurred_at, out);
        out.push_str(",\"recorded_at\":");
        push_time(self.recorded_at, out);
        out.push_str(",\"actor\":");
        push_uuid(self.actor.as_ref(), out);
        out.push_str(",\"device\":");
        push_uuid(self.device.as_ref(), out);
        out.push_str(",\"device_seq\":");
        match self.device_seq {
            Some(number) => push_number(number, out),
            None => out.push_str("null"),
        }
        out.push_str(",\"profile\":");
        push_hash(self.profile.as_ref(), out);
        out.push_str(",\"request\":");
        push_hash(Some(&self.request), out);
        out.push_str(",\"body\":");
        out.push_str(&self.body);
        out.push('}');
    }

    /// Reads a canonical text.
    ///
    /// # Errors
    /// [`EntryError::NotAnEntry`] where it does not hold an entry, [`EntryError::NotCanonical`] where
    /// writing the entry again would not give the very same bytes, [`EntryError::Body`] where the body
    /// breaks the line.
    pub fn from_canonical(text: &str) -> Result<Self, EntryError> {
        let wire: Wire<'_> = serde_json::from_str(text).map_err(|_| EntryError::NotAnEntry)?;
        let entry = Self {
            seq: wire.seq,
            event_id: wire.event_id,
            act_id: wire.act_id,
            subject_kind: wire.subject_kind.into_owned(),
            subject_id: wire.subject_id.into_owned(),
            subject_version: wire.subject_version,
            kind: wire.kind.into_owned(),
            occurred_at: wire.occurred_at.0,
            recorded_at: wire.recorded_at.0,
            actor: wire.actor,
            device: wire.device,
            device_seq: wire.device_seq,
            profile: wire.profile,
            request: wire.request,
            body: wire.body.get().to_owned(),
        };
        if entry.body.bytes().any(|byte| byte < b' ') {
            return Err(EntryError::Body);
        }
        if entry.canonical() != text {
            return Err(EntryError::NotCanonical);
        }
        Ok(entry)
    }

    /// The leaf hash of the entry.
    #[must_use]
    pub fn leaf(&self) -> Hash {
        leaf_hash(self.canonical().as_bytes())
    }
}

/// Whether a body can stand in an entry: one JSON value on one line, with no control characters and no
/// white space around it.
#[must_use]
pub fn body_is_json(body: &str) -> bool {
    !body.starts_with(' ')
        && !body.ends_with(' ')
        && !body.bytes().any(|byte| byte < b' ')
        && serde_json::from_str::<de::IgnoredAny>(body).is_ok()
}

/// Lower-case ASCII words and numbers joined by single hyphens, beginning with a letter.
fn is_kebab(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.split('-').all(|word| {
            !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        })
}

fn push_number(number: u64, out: &mut String) {
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    let mut rest = number;
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.push_str(std::str::from_utf8(&digits[at..]).unwrap_or_default());
}

fn push_uuid(id: Option<&Uuid>, out: &mut String) {
    match id {
        Some(id) => {
            let mut buffer = [0_u8; uuid::fmt::Hyphenated::LENGTH];
            out.push('"');
            out.push_str(id.hyphenated().encode_lower(&mut buffer));
            out.push('"');
        }
        None => out.push_str("null"),
    }
}

fn push_hash(hash: Option<&Hash>, out: &mut String) {
    match hash {
        Some(hash) => {
            out.push('"');
            hash.push_hex(out);
            out.push('"');
        }
        None => out.push_str("null"),
    }
}

/// A JSON string with as few escapes as RFC 8259 allows, control characters in the short form where
/// there is one: what most JSON writers do.
pub(crate) fn push_string(text: &str, out: &mut String) {
    out.push('"');
    if text.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') {
        out.push_str(text);
    } else {
        for c in text.chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\u{8}' => out.push_str("\\b"),
                '\u{c}' => out.push_str("\\f"),
                c if c < ' ' => {
                    out.push_str("\\u00");
                    super::hash::push_hex(&[c as u8], out);
                }
                c => out.push(c),
            }
        }
    }
    out.push('"');
}

/// `"2026-11-23T01:02:03.004Z"`, or the bare milliseconds outside the years 0000 to 9999.
pub(crate) fn push_time(ms: i64, out: &mut String) {
    fn digits<const N: usize>(mut number: u32) -> [u8; N] {
        let mut digits = [b'0'; N];
        for digit in digits.iter_mut().rev() {
            *digit += (number % 10) as u8;
            number /= 10;
        }
        digits
    }
    let time = DateTime::from_timestamp_millis(ms).filter(|_| (FIRST_MS..=LAST_MS).contains(&ms));
    let Some(time) = time.map(|time| time.naive_utc()) else {
        if ms < 0 {
            out.push('-');
        }
        push_number(ms.unsigned_abs(), out);
        return;
    };
    let mut text = *b"\"0000-00-00T00:00:00.000Z\"";
    text[1..5].copy_from_slice(&digits::<4>(time.year().unsigned_abs()));
    text[6..8].copy_from_slice(&digits::<2>(time.month()));
    text[9..11].copy_from_slice(&digits::<2>(time.day()));
    text[12..14].copy_from_slice(&digits::<2>(time.hour()));
    text[15..17].copy_from_slice(&digits::<2>(time.minute()));
    text[18..20].copy_from_slice(&digits::<2>(time.second()));
    text[21..24].copy_from_slice(&digits::<3>(time.nanosecond() / 1_000_000));
    out.push_str(std::str::from_utf8(&text).unwrap_or_default());
}

/// The JSON of an entry, borrowing what it can.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire<'a> {
    seq: u64,
    event_id: Uuid,
    act_id: Uuid,
    #[serde(borrow)]
    subject_kind: Cow<'a, str>,
    #[serde(borrow)]
    subject_id: Cow<'a, str>,
    subject_version: u64,
    #[serde(borrow)]
    kind: Cow<'a, str>,
    occurred_at: Millis,
    recorded_at: Millis,
    actor: Option<Uuid>,
    device: Option<Uuid>,
    device_seq: Option<u64>,
    profile: Option<Hash>,
    request: Hash,
    #[serde(borrow)]
    body: &'a RawValue,
}

/// A time as [`push_time`] writes it.
pub(crate) struct Millis(pub(crate) i64);

impl<'de> Deserialize<'de> for Millis {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Millis;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time in RFC 3339 or a number of milliseconds")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Millis, E> {
                DateTime::parse_from_rfc3339(text)
                    .map(|time| Millis(time.timestamp_millis()))
                    .map_err(E::custom)
            }

            fn visit_i64<E: de::Error>(self, ms: i64) -> Result<Millis, E> {
                Ok(Millis(ms))
            }

            fn visit_u64<E: de::Error>(self, ms: u64) -> Result<Millis, E> {
                i64::try_from(ms).map(Millis).map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A plain entry; its ids follow from `seq`, so that they differ.
    pub(crate) fn sample(seq: u64) -> Entry {
        Entry {
            seq,
            event_id: Uuid::from_u128(0x0198_0000_0000_7000_8000_0000_0000_0000 + u128::from(seq)),
            act_id: Uuid::from_u128(0x0198_0000_0000_7000_9000_0000_0000_0000 + u128::from(seq / 2)),
            subject_kind: "item".to_owned(),
            subject_id: format!("item-{}", (seq - 1) % 3),
            subject_version: (seq - 1) / 3 + 1,
            kind: "taken-over".to_owned(),
            occurred_at: 1_795_395_723_004,
            recorded_at: 1_795_395_723_004 + i64::try_from(seq).unwrap() * 1_000,
            actor: Some(Uuid::from_u128(7)),
            device: None,
            device_seq: Some(seq + 10),
            profile: Some(Hash::of(b"profile")),
            request: Hash::of(&seq.to_be_bytes()),
            body: format!("{{\"place\":\"cabinet-{seq}\",\"count\":{seq}}}"),
        }
    }

    #[test]
    fn the_canonical_text_is_as_documented() {
        let mut entry = sample(5);
        entry.profile = None;
        assert_eq!(
            entry.canonical(),
            concat!(
                r#"{"seq":5,"event_id":"01980000-0000-7000-8000-000000000005","#,
                r#""act_id":"01980000-0000-7000-9000-000000000002","subject_kind":"item","#,
                r#""subject_id":"item-1","subject_version":2,"kind":"taken-over","#,
                r#""occurred_at":"2026-11-23T01:02:03.004Z","recorded_at":"2026-11-23T01:02:08.004Z","#,
                r#""actor":"00000000-0000-0000-0000-000000000007","device":null,"device_seq":15,"#,
                r#""profile":null,"#,
                r#""request":"REQUEST","#,
                r#""body":{"place":"cabinet-5","count":5}}"#
            )
            .replace("REQUEST", &Hash::of(&5_u64.to_be_bytes()).to_string())
        );
        let with_zero = [&[0], entry.canonical().as_bytes()].concat();
        assert_eq!(entry.leaf(), Hash::of(&with_zero));
        assert_eq!(entry.check(), Ok(()));
    }

    #[test]
    fn a_text_that_is_not_canonical_is_refused() {
        let entry = sample(1);
        let text = entry.canonical();
        assert_eq!(Entry::from_canonical(&text).as_ref(), Ok(&entry));
        let changes = [
            ("{\"seq\"", "{ \"seq\""),
            ("\"seq\":1", "\"seq\":1.0"),
            ("\"seq\":1", "\"seq\":01"),
            ("\"device\":null,", ""),
            ("\"device\":null,", "\"device\":null,\"device\":null,"),
            ("\"device\":null,", "\"device\":null,\"more\":1,"),
            (".004Z", ".0040Z"),
            (".004Z", ".004+00:00"),
            ("T01:02:03", "t01:02:03"),
            ("T01:02:03", "T01:02:60"),
            ("item-0", "ite\\u006d-0"),
            ("\"body\":", "\"body\": "),
            ("00000007\"", "0000000G\""),
            ("01980000-0000-7000-8000-000000000001", "0198000000007000800000000000000001"),
        ];
        for (from, to) in changes {
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text, "{from}");
            assert!(Entry::from_canonical(&changed).is_err(), "{to}");
        }
        assert_eq!(Entry::from_canonical(&format!("{text}\n")), Err(EntryError::NotCanonical));
        assert_eq!(Entry::from_canonical(&text.replace("\"count\":", "\"count\":\n")), Err(EntryError::Body));
        assert_eq!(Entry::from_canonical(""), Err(EntryError::NotAnEntry));
        // The order of the keys.
        let swapped = text.replace("\"device\":null,\"device_seq\":11", "\"device_seq\":11,\"device\":null");
        assert_eq!(Entry::from_canonical(&swapped), Err(EntryError::NotCanonical));
    }

    #[test]
    fn what_may_not_be_appended_is_named() {
        let change = |edit: fn(&mut Entry)| {
            let mut entry = sample(1);
            edit(&mut entry);
            entry.check()
        };
        assert_eq!(change(|e| e.seq = 0), Err(EntryError::Seq));
        assert_eq!(change(|e| e.subject_version = 0), Err(EntryError::SubjectVersion));
        for bad in ["", "Item", "carry_out", "carry--out", "-item", "item-", "1item", "記録媒体"] {
            let mut entry = sample(1);
            entry.kind = bad.to_owned();
            assert_eq!(entry.check(), Err(EntryError::Kind), "{bad}");
        }
        assert_eq!(change(|e| e.recorded_at = LAST_MS + 1), Err(EntryError::Time));
        assert_eq!(change(|e| e.occurred_at = i64::MIN), Err(EntryError::Time));
        for bad in ["", " {}", "{} ", "{", "{}{}", "{},\"x\":1", "{\"a\":\n1}", "{\"a\":\t1}", "nul"] {
            let mut entry = sample(1);
            entry.body = bad.to_owned();
            assert_eq!(entry.check(), Err(EntryError::Body), "{bad}");
        }
    }

    #[test]
    fn times_at_the_edges_read_back() {
        let written = |ms| {
            let mut out = String::new();
            push_time(ms, &mut out);
            out
        };
        assert_eq!(written(0), "\"1970-01-01T00:00:00.000Z\"");
        assert_eq!(written(-1), "\"1969-12-31T23:59:59.999Z\"");
        assert_eq!(written(FIRST_MS), "\"0000-01-01T00:00:00.000Z\"");
        assert_eq!(written(FIRST_MS - 1), (FIRST_MS - 1).to_string());
        assert_eq!(written(LAST_MS), "\"9999-12-31T23:59:59.999Z\"");
        assert_eq!(written(LAST_MS + 1), (LAST_MS + 1).to_string());
        for ms in [i64::MIN, FIRST_MS - 1, FIRST_MS, -1, 0, 951_782_400_000, LAST_MS, LAST_MS + 1, i64::MAX] {
            let mut entry = sample(1);
            entry.occurred_at = ms;
            assert_eq!(Entry::from_canonical(&entry.canonical()), Ok(entry), "{ms}");
        }
    }

    /// Entries with anything in their fields.
    pub(crate) fn any_entry() -> impl Strategy<Value = Entry> {
        let ids = (any::<u128>(), any::<u128>(), any::<Option<u128>>(), any::<Option<u128>>());
        let texts = (".{0,12}", "\\PC{0,12}", "[a-z]{1,8}(-[a-z]{1,8}){0,2}");
        let numbers =
            (any::<u64>(), any::<u64>(), any::<i64>(), 0..4_102_444_800_000_i64, any::<Option<u64>>());
        let rest = (any::<Option<[u8; 32]>>(), any::<[u8; 32]>(), ".{0,20}", any::<i32>());
        (ids, texts, numbers, rest).prop_map(|(ids, texts, numbers, rest)| Entry {
            seq: numbers.0,
            event_id: Uuid::from_u128(ids.0),
            act_id: Uuid::from_u128(ids.1),
            subject_kind: texts.2.clone(),
            subject_id: texts.0,
            subject_version: numbers.1,
            kind: texts.1,
            occurred_at: numbers.2,
            recorded_at: numbers.3,
            actor: ids.2.map(Uuid::from_u128),
            device: ids.3.map(Uuid::from_u128),
            device_seq: numbers.4,
            profile: rest.0.map(Hash::new),
            request: Hash::new(rest.1),
            body: serde_json::json!({ "a": rest.2, "n": [rest.3, null, { "x": 1.5 }] }).to_string(),
        })
    }

    proptest! {
        #[test]
        fn any_entry_reads_back_from_its_one_line(entry in any_entry()) {
            let text = entry.canonical();
            prop_assert!(!text.contains('\n'));
            prop_assert_eq!(Entry::from_canonical(&text), Ok(entry.clone()));
            let value: serde_json::Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(value["subject_id"].as_str(), Some(entry.subject_id.as_str()));
            prop_assert_eq!(value["seq"].as_u64(), Some(entry.seq));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in ".{0,200}") {
            prop_assert!(Entry::from_canonical(&text).is_err());
        }
    }
}
