//! The shapes of a profile as it is written, and how one is taken out of TOML.
//!
//! The sections are taken out by hand, so that each knows where it stands and a mistake in one entry does not
//! hide those in the next; an entry itself is a struct that refuses unknown keys.

use std::{fmt, ops::Range};

use serde::{
    Deserialize, Deserializer,
    de::{self, Visitor},
};
use toml::{
    Spanned,
    de::{DeTable, DeValue, ValueDeserializer},
};

use super::{
    super::Bilingual,
    mistake::{Mistake, ProfileError},
};
use crate::retention::{Length, Start};

/// A short name or a word of a list, with its place.
pub(super) type Word = Spanned<String>;

/// What [`Number`] says of itself when it meets something else.
pub(super) const NUMBER: &str = "a whole number or the name of a number";

/// What [`Decimal`] says of itself when it meets something else.
pub(super) const DECIMAL: &str = "a number";

/// A number that is given, or the name of one in `[[values]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Number {
    Given(i64),
    Named(String),
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Either;
        impl Visitor<'_> for Either {
            type Value = Number;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(NUMBER)
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Number, E> {
                Ok(Number::Given(number))
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Number, E> {
                Ok(Number::Given(i64::try_from(number).unwrap_or(i64::MAX)))
            }
            fn visit_str<E: de::Error>(self, name: &str) -> Result<Number, E> {
                Ok(Number::Named(name.to_owned()))
            }
        }
        from.deserialize_any(Either)
    }
}

/// A number that may have a decimal point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Decimal(pub(super) f64);

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Either;
        impl Visitor<'_> for Either {
            type Value = Decimal;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(DECIMAL)
            }
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Decimal, E> {
                Ok(Decimal(number))
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Decimal, E> {
                // A particle is never so great that it would lose its last digit.
                i32::try_from(number)
                    .map(|number| Decimal(number.into()))
                    .map_err(|_| E::custom("the number is too great"))
            }
        }
        from.deserialize_any(Either)
    }
}

/// What every entry has: the clause that asks for it, and the regulation where that is another one.
pub(super) trait Cited {
    fn clause(&self) -> Option<&Word>;
    fn regulation(&self) -> Option<&str>;
}

/// Defines the struct of an entry: the fields given and the two of [`Cited`]. What may be missing is an
/// `Option` or has a default.
macro_rules! entries {
    ($(
        $(#[$of_struct:meta])*
        $name:ident { $($(#[$of_field:meta])* $field:ident: $type:ty),* $(,)? }
    )*) => {$(
        $(#[$of_struct])*
        #[derive(Debug, Clone, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(super) struct $name {
            $($(#[$of_field])* pub(super) $field: $type,)*
            clause: Option<Word>,
            regulation: Option<String>,
        }

        impl Cited for $name {
            fn clause(&self) -> Option<&Word> {
                self.clause.as_ref()
            }
            fn regulation(&self) -> Option<&str> {
                self.regulation.as_deref()
            }
        }
    )*};
}

entries! {
    RoleEntry {
        id: Word,
        name: Bilingual,
        post: Option<String>,
        #[serde(default)]
        per_division: bool,
        #[serde(default)]
        stands_for: Vec<Word>,
        #[serde(default)]
        top: bool,
    }
    DesignationEntry {
        id: Word,
        name: Bilingual,
        by: Word,
        #[serde(default)]
        nominated: bool,
        registered_by: Option<Word>,
        report_to: Option<Word>,
        within: Option<Spanned<Within>>,
        holds: Option<Word>,
        fixed_term: Option<Word>,
        exactly: Option<Spanned<i64>>,
        among: Option<Word>,
    }
    ValueEntry {
        id: Word,
        name: Bilingual,
        phrase: Option<String>,
        unit: Word,
        value: Spanned<i64>,
        #[serde(default)]
        proposal: bool,
    }
    ChoiceEntry {
        id: Word,
        name: Bilingual,
    }
    CredentialEntry {
        id: Word,
        name: Bilingual,
        /// Whether it is given only where there is no other way.
        #[serde(default)]
        exception: bool,
    }
    GateEntry {
        before: Word,
        approvals: Spanned<Approvals>,
        when: Option<When>,
    }
    GroundEntry {
        id: Word,
        name: Bilingual,
        #[serde(default)]
        requires: Vec<Word>,
    }
    FieldsEntry {
        fields: Spanned<Vec<Word>>,
    }
    ProtectionEntry {
        when: Option<When>,
        any_of: Spanned<Vec<Word>>,
        #[serde(default)]
        reason_instead: bool,
    }
    RuleEntry {
        id: Word,
        name: Bilingual,
        start: Start,
        length: Length,
        grace_days: Option<Spanned<Number>>,
        #[serde(default)]
        first_day_counts: bool,
        occasion: Option<Bilingual>,
    }
    EscalationEntry {
        days_before: Spanned<Vec<Spanned<i64>>>,
        every_days: Spanned<Number>,
        owner: Word,
        #[serde(default)]
        escalate: Vec<LateEntry>,
    }
    MethodEntry {
        id: Word,
        name: Bilingual,
        kinds: Spanned<Vec<Word>>,
        technique: Word,
        disposes: Option<bool>,
        particle_class: Option<String>,
        particle_mm2: Option<Spanned<Decimal>>,
        #[serde(default)]
        needs_tool: bool,
    }
    WitnessEntry {
        by: Spanned<Approvals>,
        /// Whether the clause speaks of destruction by a contractor alone: then it says who stands by, and
        /// the default that somebody does where the body destroys by itself.
        #[serde(default)]
        delegated_only: bool,
    }
    DelegatedEntry {
        witnessed: bool,
        certificate: bool,
    }
    StepEntry {
        id: Word,
        from: Option<Word>,
        to: Option<Word>,
        outside: Option<Bilingual>,
        within: Spanned<Within>,
        malicious_days: Option<Spanned<Number>>,
        #[serde(default)]
        guide: bool,
        #[serde(default)]
        as_needed: bool,
        at_least: Option<Word>,
        #[serde(default)]
        attack_only: bool,
    }
    LogEntry {
        years: Spanned<Number>,
    }
    LimitEntry {
        at: Spanned<Number>,
    }
    LevelEntry {
        level: Spanned<i64>,
        name: Bilingual,
        permitted_by: Option<Word>,
        #[serde(default)]
        handlers_only: bool,
        tag: Option<Spanned<Demand>>,
        vendor_tag: Option<Spanned<Demand>>,
        vendor_escort: Option<Spanned<Demand>>,
    }
    InspectionEntry {
        id: Word,
        name: Bilingual,
        by: Word,
        every_days: Option<Spanned<Number>>,
        times_a_year: Option<Spanned<Number>>,
    }
    PaperEntry {
        id: Word,
        number: Option<String>,
        title: Bilingual,
    }
    RemarkEntry {
        text: Bilingual,
    }
    /// Something that is asked for, or of which the regulation says that it is not.
    Demand {
        #[serde(default = "yes")]
        required: bool,
        when: Option<When>,
    }
}

fn yes() -> bool {
    true
}

/// Who is told once something is late.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LateEntry {
    pub(super) after_days: Spanned<i64>,
    pub(super) to: Word,
}

/// Which retention rule is under which contents that name none.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DefaultRuleEntry {
    pub(super) when: Option<When>,
    pub(super) rule: Word,
}

/// Who must approve: exactly one of the three.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Approvals {
    pub(super) all: Option<Vec<Word>>,
    pub(super) any: Option<Vec<Word>>,
    pub(super) one: Option<Word>,
}

/// When an entry applies.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct When {
    pub(super) kinds: Option<Spanned<Vec<Word>>>,
    pub(super) categories: Option<Spanned<Vec<Word>>>,
    pub(super) direction: Option<Word>,
    pub(super) records_at_least: Option<Spanned<Number>>,
}

/// How long a report may take: exactly one of the two.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Within {
    pub(super) minutes: Option<Spanned<Number>>,
    pub(super) days: Option<Spanned<Number>>,
}

/// A clause that is cited for a rule of the product: the article alone, or with another regulation.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CitationEntry {
    pub(super) article: String,
    pub(super) regulation: Option<String>,
}

/// A profile as it is written.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) id: Option<Word>,
    pub(super) title: Option<Bilingual>,
    pub(super) regulation: Option<String>,
    pub(super) number: Option<String>,
    pub(super) in_force_from: Option<Spanned<toml::value::Datetime>>,
    pub(super) expires_hours: Option<Spanned<Number>>,
    pub(super) clock_skew_minutes: Option<Spanned<Number>>,
    pub(super) window_hours: Option<Spanned<Number>>,
    pub(super) roles: Vec<Spanned<RoleEntry>>,
    pub(super) designations: Vec<Spanned<DesignationEntry>>,
    pub(super) values: Vec<Spanned<ValueEntry>>,
    pub(super) purpose_required: Option<Spanned<Demand>>,
    pub(super) purposes: Vec<Spanned<ChoiceEntry>>,
    pub(super) gates: Vec<Spanned<GateEntry>>,
    pub(super) carry_out: CarryOutSection,
    pub(super) media: MediaSection,
    pub(super) retention: RetentionSection,
    pub(super) disposal: DisposalSection,
    pub(super) incident: IncidentSection,
    pub(super) contract: ContractSection,
    pub(super) log: Option<Spanned<LogEntry>>,
    pub(super) levels: Vec<Spanned<LevelEntry>>,
    pub(super) credential_kinds: Vec<Spanned<CredentialEntry>>,
    pub(super) password_rules: Vec<Spanned<ChoiceEntry>>,
    pub(super) sign_in: SignInSection,
    pub(super) inspections: Vec<Spanned<InspectionEntry>>,
    pub(super) forms: Vec<Spanned<PaperEntry>>,
    pub(super) books: Vec<Spanned<PaperEntry>>,
    pub(super) remarks: Vec<Spanned<RemarkEntry>>,
    pub(super) citations: Vec<(Word, CitationEntry)>,
}

/// `[carry_out]`
#[derive(Debug, Default)]
pub(super) struct CarryOutSection {
    /// Where it stands.
    pub(super) span: Range<usize>,
    pub(super) leaves: Option<Word>,
    pub(super) channels: Option<Spanned<Vec<Word>>>,
    /// The clause for `leaves` and `channels`.
    clause: Option<Word>,
    regulation: Option<String>,
    pub(super) lapses_days: Option<Spanned<Number>>,
    pub(super) exempt: Vec<Spanned<ChoiceEntry>>,
    pub(super) ground_required: Option<Spanned<Demand>>,
    pub(super) grounds: Vec<Spanned<GroundEntry>>,
    pub(super) fields: Vec<Spanned<FieldsEntry>>,
    pub(super) protections: Vec<Spanned<ProtectionEntry>>,
}

impl Cited for CarryOutSection {
    fn clause(&self) -> Option<&Word> {
        self.clause.as_ref()
    }
    fn regulation(&self) -> Option<&str> {
        self.regulation.as_deref()
    }
}

/// `[media]`
#[derive(Debug, Default)]
pub(super) struct MediaSection {
    pub(super) before_data: Vec<Spanned<ProtectionEntry>>,
    pub(super) lockable_home: Option<Spanned<Demand>>,
    pub(super) designated_home: Option<Spanned<Demand>>,
}

/// `[retention]`
#[derive(Debug, Default)]
pub(super) struct RetentionSection {
    pub(super) rules: Vec<Spanned<RuleEntry>>,
    pub(super) defaults: Vec<Spanned<DefaultRuleEntry>>,
    pub(super) escalation: Option<Spanned<EscalationEntry>>,
}

/// `[disposal]`
#[derive(Debug, Default)]
pub(super) struct DisposalSection {
    pub(super) erase_first: Option<Spanned<Demand>>,
    pub(super) methods: Vec<Spanned<MethodEntry>>,
    pub(super) only_these: Option<Spanned<Demand>>,
    pub(super) witness: Option<Spanned<WitnessEntry>>,
    pub(super) witness_within_minutes: Option<Spanned<Number>>,
    pub(super) photo_before: Option<Spanned<Demand>>,
    pub(super) photo_after: Option<Spanned<Demand>>,
    pub(super) photo_shows_label: Option<Spanned<Demand>>,
    pub(super) delegated: Option<Spanned<DelegatedEntry>>,
}

/// `[incident]`
#[derive(Debug, Default)]
pub(super) struct IncidentSection {
    pub(super) chain: Vec<Spanned<StepEntry>>,
    pub(super) cause: Option<Spanned<Demand>>,
    pub(super) prevention: Option<Spanned<Demand>>,
    pub(super) damage: Option<Spanned<Demand>>,
}

/// `[contract]`
#[derive(Debug, Default)]
pub(super) struct ContractSection {
    pub(super) clauses: Vec<Spanned<ChoiceEntry>>,
    pub(super) confirmations: Vec<Spanned<ChoiceEntry>>,
    pub(super) subcontract_forbidden: Option<Spanned<Demand>>,
}

/// `[sign_in]` with `[sign_in.password]`
#[derive(Debug, Default)]
pub(super) struct SignInSection {
    pub(super) second_factor_for_all: Option<Spanned<Demand>>,
    pub(super) idle_minutes: Option<Spanned<LimitEntry>>,
    pub(super) absolute_hours: Option<Spanned<LimitEntry>>,
    pub(super) initial_days: Option<Spanned<LimitEntry>>,
    pub(super) min_length: Option<Spanned<LimitEntry>>,
    pub(super) classes: Option<Spanned<Demand>>,
    pub(super) max_age_days: Option<Spanned<LimitEntry>>,
    pub(super) history: Option<Spanned<LimitEntry>>,
    pub(super) not_guessable: Option<Spanned<Demand>>,
}

/// Reads the text of a profile. What could not be read is left out, and its mistake added.
pub(super) fn read(file: &str, text: &str, mistakes: &mut Vec<ProfileError>) -> Document {
    let (root, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        // What was recovered from a text that is not TOML says little about what was meant.
        mistakes.extend(errors.iter().map(|error| {
            let span = error.span().unwrap_or_default();
            ProfileError::at(file, text, &span, Mistake::Syntax { detail: error.message().to_owned() })
        }));
        return Document::default();
    }
    let mut reader = Reader { file, text, mistakes };
    let mut table = Table::new(root.into_inner(), 0..0);
    let document = document(&mut table, &mut reader);
    table.finish(&mut reader);
    document
}

fn document(root: &mut Table<'_>, r: &mut Reader<'_>) -> Document {
    let mut document = Document {
        id: root.required("id", r),
        title: root.required("title", r),
        regulation: root.take("regulation", r),
        number: root.take("number", r),
        in_force_from: root.required("in_force_from", r),
        roles: root.each("roles", r),
        designations: root.each("designations", r),
        values: root.each("values", r),
        gates: root.each("gates", r),
        log: root.take("log", r),
        levels: root.each("levels", r),
        inspections: root.each("inspections", r),
        forms: root.each("forms", r),
        books: root.each("books", r),
        remarks: root.each("remarks", r),
        ..Document::default()
    };
    root.section("hand_over", r, |table, r| {
        document.expires_hours = table.take("expires_hours", r);
    });
    root.section("offline", r, |table, r| {
        document.clock_skew_minutes = table.take("allowed_clock_skew_minutes", r);
        document.window_hours = table.take("window_hours", r);
    });
    root.section("purposes", r, |table, r| {
        document.purpose_required = table.take("required", r);
        document.purposes = table.each("list", r);
    });
    root.section("carry_out", r, |table, r| {
        document.carry_out = CarryOutSection {
            span: table.span.clone(),
            leaves: table.take("leaves", r),
            channels: table.take("channels", r),
            clause: table.take("clause", r),
            regulation: table.take("regulation", r),
            lapses_days: table.take("lapses_days", r),
            exempt: table.each("exempt", r),
            ground_required: table.take("ground_required", r),
            grounds: table.each("grounds", r),
            fields: table.each("fields", r),
            protections: table.each("protections", r),
        };
    });
    root.section("media", r, |table, r| {
        document.media = MediaSection {
            before_data: table.each("before_data", r),
            lockable_home: table.take("lockable_home", r),
            designated_home: table.take("designated_home", r),
        };
    });
    root.section("retention", r, |table, r| {
        document.retention = RetentionSection {
            rules: table.each("rules", r),
            defaults: table.each("defaults", r),
            escalation: table.take("escalation", r),
        };
    });
    root.section("disposal", r, |table, r| {
        document.disposal = DisposalSection {
            erase_first: table.take("erase_first", r),
            methods: table.each("methods", r),
            only_these: table.take("only_these", r),
            witness: table.take("witness", r),
            witness_within_minutes: table.take("witness_within_minutes", r),
            photo_before: table.take("photo_before", r),
            photo_after: table.take("photo_after", r),
            photo_shows_label: table.take("photo_shows_label", r),
            delegated: table.take("delegated", r),
        };
    });
    root.section("incident", r, |table, r| {
        document.incident = IncidentSection {
            chain: table.each("chain", r),
            cause: table.take("cause", r),
            prevention: table.take("prevention", r),
            damage: table.take("damage", r),
        };
    });
    root.section("contract", r, |table, r| {
        document.contract = ContractSection {
            clauses: table.each("clauses", r),
            confirmations: table.each("confirmations", r),
            subcontract_forbidden: table.take("subcontract_forbidden", r),
        };
    });
    root.section("credentials", r, |table, r| {
        document.credential_kinds = table.each("kinds", r);
        document.password_rules = table.each("password", r);
    });
    root.section("sign_in", r, |table, r| {
        document.sign_in.second_factor_for_all = table.take("second_factor_for_all", r);
        document.sign_in.idle_minutes = table.take("idle_minutes", r);
        document.sign_in.absolute_hours = table.take("absolute_hours", r);
        document.sign_in.initial_days = table.take("initial_days", r);
        table.section("password", r, |table, r| {
            document.sign_in.min_length = table.take("min_length", r);
            document.sign_in.classes = table.take("classes", r);
            document.sign_in.max_age_days = table.take("max_age_days", r);
            document.sign_in.history = table.take("history", r);
            document.sign_in.not_guessable = table.take("not_guessable", r);
        });
    });
    root.section("citations", r, |table, r| document.citations = table.citations(r));
    document
}

/// Where the mistakes of one text go.
struct Reader<'r> {
    file: &'r str,
    text: &'r str,
    mistakes: &'r mut Vec<ProfileError>,
}

impl Reader<'_> {
    fn mistake(&mut self, span: &Range<usize>, kind: Mistake) {
        self.mistakes.push(ProfileError::at(self.file, self.text, span, kind));
    }

    fn value<'t, T: Deserialize<'t>>(&mut self, value: Spanned<DeValue<'t>>) -> Option<T> {
        let whole = value.span();
        match T::deserialize(ValueDeserializer::from(value)) {
            Ok(value) => Some(value),
            Err(error) => {
                let span = error.span().unwrap_or(whole);
                self.mistake(&span, Mistake::from_serde(error.message()));
                None
            }
        }
    }
}

/// A table of which each key is taken at most once, so that at the end the unknown ones are left.
struct Table<'t> {
    left: Vec<(String, Range<usize>, Spanned<DeValue<'t>>)>,
    known: Vec<String>,
    span: Range<usize>,
}

impl<'t> Table<'t> {
    fn new(table: DeTable<'t>, span: Range<usize>) -> Self {
        let left =
            table.into_iter().map(|(key, value)| (key.get_ref().to_string(), key.span(), value)).collect();
        Self { left, known: Vec::new(), span }
    }

    fn remove(&mut self, key: &str) -> Option<Spanned<DeValue<'t>>> {
        self.known.push(key.to_owned());
        let index = self.left.iter().position(|(name, ..)| name == key)?;
        Some(self.left.swap_remove(index).2)
    }

    fn take<T: Deserialize<'t>>(&mut self, key: &str, r: &mut Reader<'_>) -> Option<T> {
        self.remove(key).and_then(|value| r.value(value))
    }

    fn required<T: Deserialize<'t>>(&mut self, key: &str, r: &mut Reader<'_>) -> Option<T> {
        let Some(value) = self.remove(key) else {
            r.mistake(&self.span, Mistake::MissingKey { key: key.to_owned() });
            return None;
        };
        r.value(value)
    }

    fn each<T: Deserialize<'t>>(&mut self, key: &str, r: &mut Reader<'_>) -> Vec<Spanned<T>> {
        let Some(value) = self.remove(key) else { return Vec::new() };
        let span = value.span();
        let DeValue::Array(array) = value.into_inner() else {
            let (found, needed) = ("another value".to_owned(), "a list".to_owned());
            r.mistake(&span, Mistake::WrongType { found, needed });
            return Vec::new();
        };
        array.into_iter().filter_map(|entry| r.value(entry)).collect()
    }

    fn section(
        &mut self,
        key: &str,
        r: &mut Reader<'_>,
        inside: impl FnOnce(&mut Table<'t>, &mut Reader<'_>),
    ) {
        let Some(value) = self.remove(key) else { return };
        let span = value.span();
        let DeValue::Table(table) = value.into_inner() else {
            let (found, needed) = ("another value".to_owned(), "a table".to_owned());
            r.mistake(&span, Mistake::WrongType { found, needed });
            return;
        };
        let mut table = Table::new(table, span);
        inside(&mut table, r);
        table.finish(r);
    }

    fn citations(&mut self, r: &mut Reader<'_>) -> Vec<(Word, CitationEntry)> {
        let entries = std::mem::take(&mut self.left);
        entries
            .into_iter()
            .filter_map(|(name, span, value)| {
                let entry = if let DeValue::String(article) = value.get_ref() {
                    CitationEntry { article: article.to_string(), regulation: None }
                } else {
                    r.value(value)?
                };
                Some((Spanned::new(span, name), entry))
            })
            .collect()
    }

    fn finish(self, r: &mut Reader<'_>) {
        for (key, span, _) in &self.left {
            r.mistake(span, Mistake::UnknownKey { key: key.clone(), known: self.known.clone() });
        }
    }
}
