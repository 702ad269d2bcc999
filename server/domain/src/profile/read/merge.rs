//! From two texts to one profile: words become rules, names of roles and numbers are looked up, and what the
//! regulation is silent on comes from the national default.

mod sections;

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use chrono::TimeDelta;
use toml::Spanned;

use super::{
    super::{kinds, *},
    mistake::{Mistake, ProfileError},
    written::{self, Cited, Demand, Document, Number, When, Word},
};
use crate::{contents::Category, item::ItemKind, ledger::hash::Hash, refusal::Source};

/// One text as it was read.
struct Layer<'t> {
    file: &'t str,
    text: &'t str,
    /// What its clauses are clauses of.
    regulation: String,
    /// Whether it is the body's own regulation.
    own: bool,
    written: Document,
}

/// What is being put together.
#[derive(Default)]
struct Merging {
    own_roles: Vec<Role>,
    default_roles: Vec<Role>,
    values: Vec<Value>,
    mistakes: Vec<ProfileError>,
}

/// What a regulation says of something that it may ask for.
type Said<T> = Option<Option<T>>;

/// Reads the two texts and puts them together.
pub(super) fn profile(
    own: Option<(&str, &str)>,
    beneath: (&str, &str),
    settings: &BTreeMap<String, u32>,
    digest: Hash,
) -> Result<Profile, Vec<ProfileError>> {
    let mut m = Merging::default();
    let in_order = |mut mistakes: Vec<ProfileError>| {
        mistakes.sort_by_key(|mistake| (mistake.file == beneath.0, mistake.line, mistake.column));
        mistakes
    };
    let own = own.map(|(file, text)| Layer::read(file, text, true, &mut m.mistakes));
    let default = Layer::read(beneath.0, beneath.1, false, &mut m.mistakes);
    if !m.mistakes.is_empty() {
        // What was left out would only be missed again below.
        return Err(in_order(m.mistakes));
    }
    let own = own.as_ref();
    m.values(own, &default, settings);
    m.roles(own, &default);
    let profile = m.put_together(own, &default, digest);
    match profile {
        Some(profile) if m.mistakes.is_empty() => Ok(profile),
        _ => Err(in_order(m.mistakes)),
    }
}

impl<'t> Layer<'t> {
    fn read(file: &'t str, text: &'t str, own: bool, mistakes: &mut Vec<ProfileError>) -> Self {
        let written = written::read(file, text, mistakes);
        let title = written.title.as_ref().map(|title| title.ja.clone());
        let regulation = written.regulation.clone().or(title).unwrap_or_default();
        Self { file, text, regulation, own, written }
    }
}

impl Merging {
    fn mistake(&mut self, layer: &Layer<'_>, span: Range<usize>, kind: Mistake) {
        self.mistakes.push(ProfileError::at(layer.file, layer.text, &span, kind));
    }

    /// What asks for an entry.
    fn source(&mut self, layer: &Layer<'_>, span: Range<usize>, entry: &impl Cited) -> Source {
        let article =
            entry.clause().map(|clause| clause.get_ref().trim()).filter(|clause| !clause.is_empty());
        if article.is_none() {
            let span = entry.clause().map_or(span, Spanned::span);
            self.mistake(layer, span, Mistake::MissingClause);
        }
        let clause = Clause {
            regulation: entry.regulation().unwrap_or(&layer.regulation).to_owned(),
            article: article.unwrap_or_default().to_owned(),
        };
        if layer.own { Source::Clause(clause) } else { Source::Default(clause) }
    }

    /// A short name.
    fn id(&mut self, layer: &Layer<'_>, written: &Word) -> String {
        let id = written.get_ref();
        let well_formed = !id.is_empty()
            && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if !well_formed {
            self.mistake(layer, written.span(), Mistake::BadId { id: id.clone() });
        }
        id.clone()
    }

    /// A list in which no short name comes twice.
    fn each<E, T>(
        &mut self,
        layer: &Layer<'_>,
        entries: &[Spanned<E>],
        id: impl Fn(&E) -> &Word,
        mut read: impl FnMut(&mut Self, &E, Range<usize>, String) -> T,
    ) -> Vec<T> {
        let mut seen = BTreeSet::new();
        let mut list = Vec::with_capacity(entries.len());
        for entry in entries {
            let word = id(entry.get_ref());
            let name = self.id(layer, word);
            if !seen.insert(name.clone()) {
                self.mistake(layer, word.span(), Mistake::Duplicate { id: name.clone() });
            }
            list.push(read(self, entry.get_ref(), entry.span(), name));
        }
        list
    }

    /// A word of a list.
    fn word<T>(
        &mut self,
        layer: &Layer<'_>,
        written: &Word,
        from_code: impl Fn(&str) -> Option<T>,
        known: impl IntoIterator<Item = &'static str>,
    ) -> Option<T> {
        let found = from_code(written.get_ref());
        if found.is_none() {
            let known = known.into_iter().map(str::to_owned).collect();
            let word = written.get_ref().clone();
            self.mistake(layer, written.span(), Mistake::UnknownWord { word, known });
        }
        found
    }

    fn not_empty<T>(&mut self, layer: &Layer<'_>, key: &str, list: &Spanned<Vec<T>>) {
        if list.get_ref().is_empty() {
            self.mistake(layer, list.span(), Mistake::EmptyList { key: key.to_owned() });
        }
    }

    // ------------------------------------------------------------------------------------------ numbers

    fn values(&mut self, own: Option<&Layer<'_>>, beneath: &Layer<'_>, settings: &BTreeMap<String, u32>) {
        let own = own.map(|layer| self.values_of(layer)).unwrap_or_default();
        let default = self.values_of(beneath);
        self.values = by_id(own, default, |value| &value.id);
        for (id, number) in settings {
            let Some(value) = self.values.iter_mut().find(|value| value.id == *id) else {
                self.mistakes.push(ProfileError::in_settings(Mistake::UnknownSetting { id: id.clone() }));
                continue;
            };
            let (least, most) = unit_range(&value.unit).unwrap_or((0, i64::from(u32::MAX)));
            let found = i64::from(*number);
            if (least..=most).contains(&found) {
                value.value = *number;
                value.proposal = false;
            } else {
                let kind = Mistake::OutOfRange { key: id.clone(), least, most, found };
                self.mistakes.push(ProfileError::in_settings(kind));
            }
        }
    }

    fn values_of(&mut self, layer: &Layer<'_>) -> Vec<Value> {
        self.each(
            layer,
            &layer.written.values,
            |entry| &entry.id,
            |m, entry, span, id| {
                let known = UNITS.iter().map(|(unit, ..)| *unit);
                let range = m.word(layer, &entry.unit, unit_range, known);
                let (least, most) = range.unwrap_or((0, i64::from(u32::MAX)));
                let value = m.in_range(layer, &id, &entry.value, least, most);
                Value {
                    name: entry.name.clone(),
                    phrase: entry.phrase.clone(),
                    unit: entry.unit.get_ref().clone(),
                    value,
                    proposal: entry.proposal,
                    source: m.source(layer, span, entry),
                    id,
                }
            },
        )
    }

    fn in_range(
        &mut self,
        layer: &Layer<'_>,
        key: &str,
        written: &Spanned<i64>,
        least: i64,
        most: i64,
    ) -> u32 {
        let found = *written.get_ref();
        let number = u32::try_from(found).ok().filter(|_| (least..=most).contains(&found));
        if number.is_none() {
            let kind = Mistake::OutOfRange { key: key.to_owned(), least, most, found };
            self.mistake(layer, written.span(), kind);
        }
        number.unwrap_or_default()
    }

    /// A number that is given or named.
    fn number(
        &mut self,
        layer: &Layer<'_>,
        key: &str,
        written: &Spanned<Number>,
        unit: &'static str,
        (least, most): (i64, i64),
    ) -> u32 {
        let found = match written.get_ref() {
            Number::Given(number) => *number,
            Number::Named(id) => {
                let value = self.values.iter().find(|value| value.id == *id);
                let Some(value) = value else {
                    self.mistake(layer, written.span(), Mistake::UnknownValue { id: id.clone() });
                    return 0;
                };
                if value.unit != unit {
                    let (id, of) = (id.clone(), value.unit.clone());
                    self.mistake(layer, written.span(), Mistake::WrongUnit { id, unit: of, needed: unit });
                    return 0;
                }
                i64::from(value.value)
            }
        };
        self.in_range(layer, key, &Spanned::new(written.span(), found), least, most)
    }

    /// A span of time, from the body's own text or else from the default, in one of which it must stand.
    fn span(
        &mut self,
        own: Option<&Layer<'_>>,
        beneath: &Layer<'_>,
        key: &str,
        pick: impl Fn(&Document) -> Option<&Spanned<Number>>,
        unit: &'static str,
        range: (i64, i64),
    ) -> TimeDelta {
        let read = |m: &mut Self, layer: &Layer<'_>| {
            pick(&layer.written).map(|written| m.number(layer, key, written, unit, range))
        };
        let default = read(self, beneath);
        let own = own.and_then(|layer| read(self, layer));
        let number = i64::from(own.or(default).unwrap_or_default());
        if default.is_none() {
            self.mistake(beneath, 0..0, Mistake::MissingKey { key: key.to_owned() });
        }
        match unit {
            "days" => TimeDelta::days(number),
            "hours" => TimeDelta::hours(number),
            _ => TimeDelta::minutes(number),
        }
    }

    // -------------------------------------------------------------------------------------------- roles

    fn roles(&mut self, own: Option<&Layer<'_>>, beneath: &Layer<'_>) {
        self.default_roles = self.roles_of(beneath);
        self.own_roles = own.map(|layer| self.roles_of(layer)).unwrap_or_default();
        for (layer, entry) in
            own.into_iter().flat_map(|layer| layer.written.roles.iter().map(move |e| (layer, e)))
        {
            for word in &entry.get_ref().stands_for {
                if !self.default_roles.iter().any(|role| role.id.0 == *word.get_ref()) {
                    let role = word.get_ref().clone();
                    self.mistake(layer, word.span(), Mistake::UnknownRole { role });
                }
            }
        }
    }

    fn roles_of(&mut self, layer: &Layer<'_>) -> Vec<Role> {
        self.each(
            layer,
            &layer.written.roles,
            |entry| &entry.id,
            |m, entry, span, id| {
                // Every handler plays this role already.
                if id == HANDLER {
                    m.mistake(layer, entry.id.span(), Mistake::Duplicate { id: id.clone() });
                }
                Role {
                    name: entry.name.clone(),
                    post: entry.post.clone(),
                    per_division: entry.per_division,
                    stands_for: entry.stands_for.iter().map(|role| RoleId(role.get_ref().clone())).collect(),
                    top: entry.top,
                    source: m.source(layer, span, entry),
                    id: RoleId(id),
                }
            },
        )
    }

    /// The body's own roles that do the work of this role of the default.
    fn standing_for<'m>(&'m self, id: &'m str) -> impl Iterator<Item = &'m Role> {
        self.own_roles
            .iter()
            .filter(move |role| role.id.0 == id || role.stands_for.iter().any(|other| other.0 == id))
    }

    /// The roles that do what a text gives this role to do; none where there is no such role.
    fn playing(&mut self, layer: &Layer<'_>, written: &Word) -> Vec<RoleId> {
        let id = written.get_ref();
        let is = |role: &&Role| role.id.0 == *id;
        if id == HANDLER || (layer.own && self.own_roles.iter().any(|role| is(&role))) {
            return vec![RoleId(id.clone())];
        }
        if !self.default_roles.iter().any(|role| is(&role)) {
            self.mistake(layer, written.span(), Mistake::UnknownRole { role: id.clone() });
            return Vec::new();
        }
        let standing: Vec<_> = self.standing_for(id).map(|role| role.id.clone()).collect();
        if standing.is_empty() { vec![RoleId(id.clone())] } else { standing }
    }

    /// The one role that does it: the first, where several do.
    fn role(&mut self, layer: &Layer<'_>, written: &Word) -> RoleId {
        self.playing(layer, written).into_iter().next().unwrap_or_else(|| RoleId(written.get_ref().clone()))
    }

    /// The roles of the profile: the regulation's own, and the default's for whose work it has none.
    fn all_roles(&self) -> Vec<Role> {
        let own_top = self.own_roles.iter().any(|role| role.top);
        let default = self
            .default_roles
            .iter()
            .filter(|role| self.standing_for(&role.id.0).next().is_none())
            .map(|role| Role { top: role.top && !own_top, ..role.clone() });
        self.own_roles.iter().cloned().chain(default).collect()
    }

    fn approvers(
        &mut self,
        layer: &Layer<'_>,
        before: &str,
        written: &Spanned<written::Approvals>,
    ) -> Approvers {
        let approvals = written.get_ref();
        let nobody = |m: &mut Self| {
            let gated = before.to_owned();
            m.mistake(layer, written.span(), Mistake::NobodyApproves { gated });
            Approvers::Any(Vec::new())
        };
        let listed = |m: &mut Self, words: &[Word], all: bool| {
            let mut roles = Vec::new();
            for word in words {
                let playing = m.playing(layer, word);
                // Of those who do the same work one is enough.
                let wanted = if all { 1 } else { playing.len() };
                roles.extend(playing.into_iter().take(wanted));
            }
            let mut seen = BTreeSet::new();
            roles.retain(|role| seen.insert(role.clone()));
            roles
        };
        match (&approvals.all, &approvals.any, &approvals.one) {
            (Some(words), None, None) if words.is_empty() => nobody(self),
            (None, Some(words), None) if words.is_empty() => nobody(self),
            (Some(words), None, None) => several(listed(self, words, true), Approvers::All),
            (None, Some(words), None) => several(listed(self, words, false), Approvers::Any),
            (None, None, Some(word)) => several(self.playing(layer, word), Approvers::Any),
            (None, None, None) => nobody(self),
            _ => {
                self.mistake(layer, written.span(), Mistake::OneOf { keys: vec!["all", "any", "one"] });
                Approvers::Any(Vec::new())
            }
        }
    }

    // --------------------------------------------------------------------------------------- conditions

    fn kinds(&mut self, layer: &Layer<'_>, written: &Spanned<Vec<Word>>) -> BTreeSet<ItemKind> {
        self.not_empty(layer, "kinds", written);
        let found = written
            .get_ref()
            .iter()
            .filter_map(|word| self.word(layer, word, kinds::named, kinds::words()))
            .flatten();
        found.collect()
    }

    fn condition(&mut self, layer: &Layer<'_>, written: Option<&When>) -> Condition {
        let Some(written) = written else { return Condition::default() };
        let known = Category::ALL.map(Category::code);
        let directions = [Direction::Inside, Direction::Outside, Direction::Inbound];
        Condition {
            kinds: written.kinds.as_ref().map(|kinds| self.kinds(layer, kinds)),
            categories: written.categories.as_ref().map(|list| {
                self.not_empty(layer, "categories", list);
                let words = list.get_ref().iter();
                words.filter_map(|word| self.word(layer, word, Category::from_code, known)).collect()
            }),
            direction: written.direction.as_ref().and_then(|word| {
                let from_code = |code: &str| directions.into_iter().find(|known| known.code() == code);
                self.word(layer, word, from_code, directions.map(Direction::code))
            }),
            records_at_least: written.records_at_least.as_ref().map(|number| {
                let range = unit_range("records").unwrap_or_default();
                self.number(layer, "records_at_least", number, "records", range).into()
            }),
        }
    }

    fn demand(&mut self, layer: &Layer<'_>, written: Option<&Spanned<Demand>>) -> Said<(Condition, Source)> {
        let written = written?;
        let demand = written.get_ref();
        let source = self.source(layer, written.span(), demand);
        let when = self.condition(layer, demand.when.as_ref());
        Some(demand.required.then_some((when, source)))
    }

    /// Something that is asked for under every condition or not at all.
    fn plain_demand(
        &mut self,
        own: Option<&Layer<'_>>,
        beneath: &Layer<'_>,
        pick: impl Fn(&Document) -> Option<&Spanned<Demand>>,
    ) -> Option<Source> {
        let default = self.unconditional(beneath, pick(&beneath.written));
        let own = own.and_then(|layer| self.unconditional(layer, pick(&layer.written)));
        own.or(default).flatten()
    }

    fn unconditional(&mut self, layer: &Layer<'_>, written: Option<&Spanned<Demand>>) -> Said<Source> {
        if let Some(when) = written.filter(|written| written.get_ref().when.is_some()) {
            let known = ["required", "clause", "regulation"].map(str::to_owned).to_vec();
            self.mistake(layer, when.span(), Mistake::UnknownKey { key: "when".to_owned(), known });
        }
        self.demand(layer, written).map(|said| said.map(|(_, source)| source))
    }

    /// Something that one entry asks for.
    fn asked(&mut self, layer: &Layer<'_>, written: Option<&Spanned<Demand>>) -> Option<Source> {
        self.unconditional(layer, written).flatten()
    }

    fn conditional_demand(
        &mut self,
        own: Option<&Layer<'_>>,
        beneath: &Layer<'_>,
        pick: impl Fn(&Document) -> Option<&Spanned<Demand>>,
    ) -> Option<(Condition, Source)> {
        let default = self.demand(beneath, pick(&beneath.written));
        let own = own.and_then(|layer| self.demand(layer, pick(&layer.written)));
        own.or(default).flatten()
    }

    // ------------------------------------------------------------------------------------------ merging

    /// A list that is the regulation's own wherever it has one.
    fn either<T>(
        &mut self,
        own: Option<&Layer<'_>>,
        beneath: &Layer<'_>,
        read: impl Fn(&mut Self, &Layer<'_>) -> Vec<T>,
    ) -> Vec<T> {
        let default = read(self, beneath);
        let own = own.map(|layer| read(self, layer)).unwrap_or_default();
        if own.is_empty() { default } else { own }
    }

    /// A list whose entries of the default stay unless the regulation has one of the same short name.
    fn joined<T>(
        &mut self,
        own: Option<&Layer<'_>>,
        beneath: &Layer<'_>,
        read: impl Fn(&mut Self, &Layer<'_>) -> Vec<T>,
        id: impl Fn(&T) -> &str,
    ) -> Vec<T> {
        let default = read(self, beneath);
        let own = own.map(|layer| read(self, layer)).unwrap_or_default();
        by_id(own, default, id)
    }

    /// Protections: of the default those stay that are for kinds on which the regulation is silent.
    fn by_kind(
        &mut self,
        own: Option<&Layer<'_>>,
        beneath: &Layer<'_>,
        read: impl Fn(&mut Self, &Layer<'_>) -> Vec<Protection>,
    ) -> Vec<Protection> {
        let default = read(self, beneath);
        let mut merged = own.map(|layer| read(self, layer)).unwrap_or_default();
        let spoken_of = merged.iter().filter(|own| is_plain(&own.when)).map(|own| own.when.kinds.clone());
        let spoken_of: Vec<_> = spoken_of.collect();
        for mut protection in default {
            if let Some(left) = silent(protection.when.kinds.as_ref(), &spoken_of) {
                protection.when.kinds = left;
                merged.push(protection);
            }
        }
        merged
    }

    fn put_together(
        &mut self,
        own: Option<&Layer<'_>>,
        beneath: &Layer<'_>,
        digest: Hash,
    ) -> Option<Profile> {
        let this = own.unwrap_or(beneath);
        let in_force_from = self.date(this);
        if own.is_some() {
            self.date(beneath);
        }
        let id = this.written.id.as_ref().map(|id| self.id(this, id));
        let hand_over_expires = self.span(
            own,
            beneath,
            "hand_over.expires_hours",
            |written| written.expires_hours.as_ref(),
            "hours",
            (1, 24 * 31),
        );
        let allowed_clock_skew = self.span(
            own,
            beneath,
            "offline.allowed_clock_skew_minutes",
            |written| written.clock_skew_minutes.as_ref(),
            "minutes",
            (0, 24 * 60),
        );
        let offline_window = self.span(
            own,
            beneath,
            "offline.window_hours",
            |written| written.window_hours.as_ref(),
            "hours",
            (1, 24 * 31),
        );
        let designations = self.either(own, beneath, Self::designations);
        let purposes = Purposes {
            required: self.plain_demand(own, beneath, |written| written.purpose_required.as_ref()),
            list: self.either(own, beneath, |m, layer| m.choices(layer, &layer.written.purposes)),
        };
        let own_gates = own.map(|layer| self.gates(layer)).unwrap_or_default();
        let default_gates = self.gates(beneath);
        let carry_out = self.carry_out(own, beneath);
        let media = self.media(own, beneath);
        let retention = self.retention(own, beneath);
        let disposal = self.disposal(own, beneath);
        let incident = self.incident(own, beneath);
        let contract = self.contract(own, beneath);
        let log_years = self.log_years(beneath);
        let own_log_years = own.and_then(|layer| self.log_years(layer));
        let kinds: Vec<(Choice, bool)> = self.either(own, beneath, Self::credential_kinds);
        let credentials = CredentialRules {
            exceptions: kinds
                .iter()
                .filter(|(_, exception)| *exception)
                .map(|(kind, _)| kind.id.clone())
                .collect(),
            kinds: kinds.into_iter().map(|(kind, _)| kind).collect(),
            password: self.either(own, beneath, |m, layer| m.choices(layer, &layer.written.password_rules)),
        };
        let sign_in = self.sign_in(own, beneath);
        let mut levels = own.map(|layer| self.levels(layer)).unwrap_or_default();
        let other: Vec<_> = self
            .levels(beneath)
            .into_iter()
            .filter(|default| !levels.iter().any(|own: &Level| own.level == default.level))
            .collect();
        levels.extend(other);
        levels.sort_by_key(|level| level.level);
        let inspections = self.joined(own, beneath, Self::inspections, |inspection| &inspection.id);
        let forms =
            self.joined(own, beneath, |m, layer| m.papers(layer, &layer.written.forms), |form| &form.id);
        let books =
            self.joined(own, beneath, |m, layer| m.papers(layer, &layer.written.books), |book| &book.id);
        let mut remarks = own.map(|layer| self.remarks(layer)).unwrap_or_default();
        remarks.extend(self.remarks(beneath));
        let mut citations = self.citations(beneath);
        citations.extend(own.map(|layer| self.citations(layer)).unwrap_or_default());

        // The default has to answer wherever a regulation can be silent.
        let answered = [
            ("carry_out", carry_out.is_some()),
            ("retention.escalation", retention.is_some()),
            ("disposal", disposal.is_some()),
            ("log", log_years.is_some()),
        ];
        for (key, _) in answered.into_iter().filter(|(_, answered)| !answered) {
            self.mistake(beneath, 0..0, Mistake::MissingKey { key: key.to_owned() });
        }
        Some(Profile {
            id: id?,
            title: this.written.title.clone()?,
            number: this.written.number.clone(),
            in_force_from: in_force_from?,
            digest,
            hand_over_expires,
            allowed_clock_skew,
            offline_window,
            roles: self.all_roles(),
            designations,
            values: self.values.clone(),
            purposes,
            gates: merge_gates(own_gates, default_gates, contract.subcontract_forbidden.is_some()),
            carry_out: carry_out?,
            media,
            retention: retention?,
            disposal: disposal?,
            incident,
            contract,
            log_years: own_log_years.or(log_years)?,
            levels,
            credentials,
            sign_in,
            inspections,
            forms,
            books,
            remarks,
            citations,
        })
    }
}

/// What numbers count, with the least and the greatest of each.
const UNITS: [(&str, i64, i64); 8] = [
    ("records", 1, 1_000_000_000),
    ("minutes", 0, 44_640),
    ("hours", 1, 8_784),
    ("days", 0, 3_660),
    ("times-a-year", 1, 366),
    ("years", 1, 200),
    ("characters", 8, 128),
    ("passwords", 1, 100),
];

fn unit_range(unit: &str) -> Option<(i64, i64)> {
    UNITS.iter().find(|(known, ..)| *known == unit).map(|(_, least, most)| (*least, *most))
}

/// Several roles, or the only one.
fn several(mut roles: Vec<RoleId>, make: impl Fn(Vec<RoleId>) -> Approvers) -> Approvers {
    match roles.pop() {
        Some(only) if roles.is_empty() => Approvers::One(only),
        last => {
            roles.extend(last);
            make(roles)
        }
    }
}

fn by_id<T>(own: Vec<T>, default: Vec<T>, id: impl Fn(&T) -> &str) -> Vec<T> {
    let mut merged = own;
    let left: Vec<_> =
        default.into_iter().filter(|entry| !merged.iter().any(|own| id(own) == id(entry))).collect();
    merged.extend(left);
    merged
}

/// Whether nothing but the kind of item limits a condition.
fn is_plain(condition: &Condition) -> bool {
    condition.categories.is_none() && condition.direction.is_none() && condition.records_at_least.is_none()
}

/// The kinds that are left of an entry's when those are taken away on which the regulation speaks; `None`
/// where none is left. An entry without kinds is for all of them.
fn silent(
    kinds: Option<&BTreeSet<ItemKind>>,
    spoken_of: &[Option<BTreeSet<ItemKind>>],
) -> Option<Option<BTreeSet<ItemKind>>> {
    if spoken_of.is_empty() {
        return Some(kinds.cloned());
    }
    let mut left = kinds.cloned().unwrap_or_else(|| ItemKind::ALL.into());
    for spoken in spoken_of {
        match spoken {
            Some(spoken) => left.retain(|kind| !spoken.contains(kind)),
            None => return None,
        }
    }
    (!left.is_empty()).then_some(Some(left))
}

/// The regulation's own gates, and the default's for what it leaves open.
fn merge_gates(own: Vec<Gate>, default: Vec<Gate>, subcontract_forbidden: bool) -> Vec<Gate> {
    let settled = |gated: Gated| {
        own.iter().any(|gate| gate.gated == gated && gate.when == Condition::default())
            || (subcontract_forbidden && gated == Gated::Subcontract)
    };
    let left: Vec<_> = default.into_iter().filter(|gate| !settled(gate.gated)).collect();
    own.into_iter().chain(left).collect()
}
