//! The sections of a profile, one by one: what is written of each, and what the two texts make of it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, TimeDelta};
use toml::Spanned;

use super::{
    super::{
        super::*,
        mistake::Mistake,
        written::{self, DelegatedEntry, Demand, Word},
    },
    Layer, Merging, silent,
};
use crate::{
    item::ItemKind,
    password_rule::default_clause,
    refusal::{ProductRule, Source},
    retention::RetentionRule,
};

const CHANNELS: [(Channel, &str); 3] =
    [(Channel::Hand, "hand"), (Channel::Post, "post"), (Channel::Transmission, "transmission")];

const TECHNIQUES: [(Technique, &str); 3] =
    [(Technique::Clear, "clear"), (Technique::Purge, "purge"), (Technique::Destroy, "destroy")];

const GRAVITIES: [(Gravity, &str); 3] =
    [(Gravity::Sign, "sign"), (Gravity::Incident, "incident"), (Gravity::Grave, "grave")];

const FIXED_TERMS: [(FixedTerm, &str); 3] = [
    (FixedTerm::Alike, "alike"),
    (FixedTerm::AfterInformation, "after-information"),
    (FixedTerm::Never, "never"),
];

impl Merging {
    pub(super) fn choices(
        &mut self,
        layer: &Layer<'_>,
        entries: &[Spanned<written::ChoiceEntry>],
    ) -> Vec<Choice> {
        self.each(
            layer,
            entries,
            |entry| &entry.id,
            |m, entry, span, id| Choice {
                name: entry.name.clone(),
                source: m.source(layer, span, entry),
                id,
            },
        )
    }

    /// Each kind of credential, and whether it is given only where there is no other way.
    pub(super) fn credential_kinds(&mut self, layer: &Layer<'_>) -> Vec<(Choice, bool)> {
        self.each(
            layer,
            &layer.written.credential_kinds,
            |entry| &entry.id,
            |m, entry, span, id| {
                let source = m.source(layer, span, entry);
                (Choice { name: entry.name.clone(), source, id }, entry.exception)
            },
        )
    }

    pub(super) fn papers(
        &mut self,
        layer: &Layer<'_>,
        entries: &[Spanned<written::PaperEntry>],
    ) -> Vec<Paper> {
        self.each(
            layer,
            entries,
            |entry| &entry.id,
            |m, entry, span, id| Paper {
                number: entry.number.clone(),
                title: entry.title.clone(),
                source: m.source(layer, span, entry),
                id,
            },
        )
    }

    pub(super) fn designations(&mut self, layer: &Layer<'_>) -> Vec<Designation> {
        let known: BTreeSet<_> =
            layer.written.designations.iter().map(|entry| entry.get_ref().id.get_ref().clone()).collect();
        self.each(
            layer,
            &layer.written.designations,
            |entry| &entry.id,
            |m, entry, span, id| {
                if let Some(among) = entry.among.as_ref().filter(|among| !known.contains(among.get_ref())) {
                    let designation = among.get_ref().clone();
                    m.mistake(layer, among.span(), Mistake::UnknownDesignation { designation });
                }
                let exactly = entry.exactly.as_ref();
                let fixed_term = entry.fixed_term.as_ref().and_then(|word| {
                    let from_code = |code: &str| {
                        FIXED_TERMS.into_iter().find(|(_, known)| *known == code).map(|(how, _)| how)
                    };
                    m.word(layer, word, from_code, FIXED_TERMS.map(|(_, code)| code))
                });
                Designation {
                    name: entry.name.clone(),
                    by: m.role(layer, &entry.by),
                    nominated: entry.nominated,
                    registered_by: entry.registered_by.as_ref().map(|role| m.role(layer, role)),
                    report_to: entry.report_to.as_ref().map(|role| m.role(layer, role)),
                    within: entry.within.as_ref().map(|within| m.within(layer, within)),
                    holds: entry.holds.as_ref().map(|role| m.role(layer, role)),
                    fixed_term: fixed_term.unwrap_or_default(),
                    exactly: exactly.map(|number| m.in_range(layer, "exactly", number, 1, 10_000)),
                    among: entry.among.as_ref().map(|among| among.get_ref().clone()),
                    source: m.source(layer, span, entry),
                    id,
                }
            },
        )
    }

    /// How long something may take: minutes or days, and not both.
    fn within(&mut self, layer: &Layer<'_>, entry: &Spanned<written::Within>) -> Clock {
        let within = entry.get_ref();
        match (&within.minutes, &within.days) {
            (Some(minutes), None) => {
                Clock::Minutes(self.number(layer, "minutes", minutes, "minutes", (0, 44_640)))
            }
            (None, Some(days)) => Clock::Days(self.number(layer, "days", days, "days", (1, 366))),
            _ => {
                let keys = vec!["minutes", "days"];
                self.mistake(layer, entry.span(), Mistake::OneOf { keys });
                Clock::Minutes(0)
            }
        }
    }

    pub(super) fn gates(&mut self, layer: &Layer<'_>) -> Vec<Gate> {
        let mut gates = Vec::new();
        for written in &layer.written.gates {
            let entry = written.get_ref();
            let gated = self.word(layer, &entry.before, Gated::from_code, Gated::ALL.map(Gated::code));
            let approvers = self.approvers(layer, entry.before.get_ref(), &entry.approvals);
            let when = self.condition(layer, entry.when.as_ref());
            let source = self.source(layer, written.span(), entry);
            let Some(gated) = gated else { continue };
            if gates.iter().any(|gate: &Gate| gate.gated == gated && gate.when == Condition::default()) {
                let gated = gated.code().to_owned();
                self.mistake(layer, entry.before.span(), Mistake::NeverReached { gated });
            }
            gates.push(Gate { gated, approvers, when, source });
        }
        gates
    }

    pub(super) fn fields(&mut self, layer: &Layer<'_>, words: &[Word]) -> Vec<Field> {
        let from_code = |code: &str| Field::ALL.into_iter().find(|field| field.code() == code);
        let words = words.iter();
        words.filter_map(|word| self.word(layer, word, from_code, Field::ALL.map(Field::code))).collect()
    }

    pub(super) fn needed_fields(&mut self, layer: &Layer<'_>) -> Vec<(Field, Source)> {
        let mut needed: Vec<(Field, Source)> = Vec::new();
        for written in &layer.written.carry_out.fields {
            let entry = written.get_ref();
            self.not_empty(layer, "fields", &entry.fields);
            let source = self.source(layer, written.span(), entry);
            for field in self.fields(layer, entry.fields.get_ref()) {
                if needed.iter().any(|(known, _)| *known == field) {
                    let id = field.code().to_owned();
                    self.mistake(layer, entry.fields.span(), Mistake::Duplicate { id });
                } else {
                    needed.push((field, source.clone()));
                }
            }
        }
        needed
    }

    pub(super) fn grounds(&mut self, layer: &Layer<'_>) -> Vec<Ground> {
        self.each(
            layer,
            &layer.written.carry_out.grounds,
            |entry| &entry.id,
            |m, entry, span, id| Ground {
                name: entry.name.clone(),
                requires: m.fields(layer, &entry.requires),
                source: m.source(layer, span, entry),
                id,
            },
        )
    }

    pub(super) fn protections(
        &mut self,
        layer: &Layer<'_>,
        entries: &[Spanned<written::ProtectionEntry>],
    ) -> Vec<Protection> {
        let mut protections = Vec::new();
        for written in entries {
            let entry = written.get_ref();
            self.not_empty(layer, "any_of", &entry.any_of);
            let known = Measure::ALL.map(Measure::code);
            let words = entry.any_of.get_ref().iter();
            protections.push(Protection {
                when: self.condition(layer, entry.when.as_ref()),
                any_of: words.filter_map(|word| self.word(layer, word, Measure::from_code, known)).collect(),
                reason_instead: entry.reason_instead,
                source: self.source(layer, written.span(), entry),
            });
        }
        protections
    }

    pub(super) fn carry_out(
        &mut self,
        own: Option<&Layer<'_>>,
        beneath: &Layer<'_>,
    ) -> Option<CarryOutRules> {
        let edge = |m: &mut Self, layer: &Layer<'_>| {
            let section = &layer.written.carry_out;
            let leaves = section.leaves.as_ref();
            let leaves =
                leaves.and_then(|word| m.word(layer, word, Area::from_code, Area::ALL.map(Area::code)));
            let channels = section.channels.as_ref().map(|list| {
                m.not_empty(layer, "channels", list);
                let words = list.get_ref().iter();
                let from_code = |code: &str| {
                    CHANNELS.into_iter().find(|(_, known)| *known == code).map(|(channel, _)| channel)
                };
                let known = CHANNELS.map(|(_, code)| code);
                words.filter_map(|word| m.word(layer, word, from_code, known)).collect::<Vec<_>>()
            });
            let said = section.leaves.is_some() || section.channels.is_some();
            let source = said.then(|| m.source(layer, section.span.clone(), section));
            (leaves, channels, source)
        };
        let (leaves, channels, source) = edge(self, beneath);
        let (own_leaves, own_channels, own_source) = own.map(|layer| edge(self, layer)).unwrap_or_default();
        let ground_required =
            self.plain_demand(own, beneath, |written| written.carry_out.ground_required.as_ref());
        let lapses = self.span(
            own,
            beneath,
            "carry_out.lapses_days",
            |written| written.carry_out.lapses_days.as_ref(),
            "days",
            (1, 366),
        );
        let exempt = self.either(own, beneath, |m, layer| m.choices(layer, &layer.written.carry_out.exempt));
        let grounds = self.either(own, beneath, Self::grounds);
        let fields = self.either(own, beneath, Self::needed_fields);
        let protections =
            self.by_kind(own, beneath, |m, layer| m.protections(layer, &layer.written.carry_out.protections));
        let rules = CarryOutRules {
            leaves: own_leaves.or(leaves)?,
            channels: own_channels.or(channels)?,
            source: own_source.or(source)?,
            exempt,
            ground_required,
            grounds,
            fields,
            protections,
            lapses,
        };
        Some(rules)
    }

    pub(super) fn media(&mut self, own: Option<&Layer<'_>>, beneath: &Layer<'_>) -> MediaRules {
        MediaRules {
            before_data: self
                .by_kind(own, beneath, |m, layer| m.protections(layer, &layer.written.media.before_data)),
            lockable_home: self
                .conditional_demand(own, beneath, |written| written.media.lockable_home.as_ref()),
            designated_home: self
                .plain_demand(own, beneath, |written| written.media.designated_home.as_ref()),
        }
    }

    pub(super) fn retention_rules(&mut self, layer: &Layer<'_>) -> Vec<(RetentionRule, Source)> {
        self.each(
            layer,
            &layer.written.retention.rules,
            |entry| &entry.id,
            |m, entry, span, id| {
                let grace = entry.grace_days.as_ref();
                let grace_days =
                    grace.map(|number| m.number(layer, "grace_days", number, "days", (0, 3_660)));
                let source = m.source(layer, span, entry);
                let rule = RetentionRule {
                    id,
                    name: entry.name.clone(),
                    start: entry.start.clone(),
                    length: entry.length,
                    grace_days: grace_days.unwrap_or_default(),
                    first_day_counts: entry.first_day_counts,
                    occasion: entry.occasion.clone(),
                };
                (rule, source)
            },
        )
    }

    pub(super) fn retention(
        &mut self,
        own: Option<&Layer<'_>>,
        beneath: &Layer<'_>,
    ) -> Option<RetentionRules> {
        let default_rules = self.retention_rules(beneath);
        let mut rules = own.map(|layer| self.retention_rules(layer)).unwrap_or_default();
        let mut defaults: Vec<(Condition, String)> = Vec::new();
        for layer in own.into_iter().chain([beneath]) {
            let is_own = layer.own;
            let settled = defaults.iter().any(|(when, _)| *when == Condition::default());
            for written in &layer.written.retention.defaults {
                let entry = written.get_ref();
                let name = entry.rule.get_ref();
                let in_own = || is_own && rules.iter().any(|(rule, _)| rule.id == *name);
                if !in_own() && !default_rules.iter().any(|(rule, _)| rule.id == *name) {
                    let kind = Mistake::UnknownRetentionRule { rule: name.clone() };
                    self.mistake(layer, entry.rule.span(), kind);
                }
                let when = self.condition(layer, entry.when.as_ref());
                if !settled {
                    defaults.push((when, name.clone()));
                }
            }
        }
        if rules.is_empty() {
            rules = default_rules;
        } else {
            // The regulation says how long things are kept: of the default only what it falls back on.
            let missing = |rule: &RetentionRule| {
                defaults.iter().any(|(_, name)| *name == rule.id)
                    && !rules.iter().any(|(own, _)| own.id == rule.id)
            };
            let fallen_back: Vec<_> = default_rules.into_iter().filter(|(rule, _)| missing(rule)).collect();
            rules.extend(fallen_back);
        }
        let escalation = self.escalation(beneath);
        let own_escalation = own.and_then(|layer| self.escalation(layer));
        Some(RetentionRules { rules, defaults, escalation: own_escalation.or(escalation)? })
    }

    pub(super) fn escalation(&mut self, layer: &Layer<'_>) -> Option<Escalation> {
        let written = layer.written.retention.escalation.as_ref()?;
        let entry = written.get_ref();
        let mut days_before: Vec<_> = entry
            .days_before
            .get_ref()
            .iter()
            .map(|number| self.in_range(layer, "days_before", number, 1, 3_660))
            .collect();
        days_before.sort_unstable_by(|a, b| b.cmp(a));
        let owner = self.role(layer, &entry.owner);
        let late: Vec<_> = entry
            .escalate
            .iter()
            .map(|late| {
                let days = self.in_range(layer, "after_days", &late.after_days, 0, 3_660);
                (days, self.role(layer, &late.to))
            })
            .collect();
        Some(Escalation {
            days_before,
            every_days: self.number(layer, "every_days", &entry.every_days, "days", (1, 366)),
            // One role may do the work of both: nobody is told twice.
            escalate: late.into_iter().filter(|(_, role)| *role != owner).collect(),
            owner,
            source: self.source(layer, written.span(), entry),
        })
    }

    pub(super) fn methods(&mut self, layer: &Layer<'_>) -> Vec<Method> {
        self.each(
            layer,
            &layer.written.disposal.methods,
            |entry| &entry.id,
            |m, entry, span, id| {
                let from_code = |code: &str| {
                    TECHNIQUES.into_iter().find(|(_, known)| *known == code).map(|(technique, _)| technique)
                };
                let technique = m.word(layer, &entry.technique, from_code, TECHNIQUES.map(|(_, code)| code));
                let technique = technique.unwrap_or(Technique::Destroy);
                let particle = entry.particle_mm2.as_ref().map(|size| {
                    let hundredths = (size.get_ref().0 * 100.0).round();
                    // Far below what a float holds exactly.
                    let found = if hundredths.is_finite() { hundredths.clamp(-1.0, 1e9) as i64 } else { -1 };
                    m.in_range(layer, "particle_mm2", &Spanned::new(size.span(), found), 1, 100_000_000)
                });
                Method {
                    name: entry.name.clone(),
                    kinds: m.kinds(layer, &entry.kinds),
                    technique,
                    disposes: entry.disposes.unwrap_or(technique == Technique::Destroy),
                    particle_class: entry.particle_class.clone(),
                    particle_mm2: particle,
                    needs_tool: entry.needs_tool,
                    source: m.source(layer, span, entry),
                    id,
                }
            },
        )
    }

    pub(super) fn disposal(&mut self, own: Option<&Layer<'_>>, beneath: &Layer<'_>) -> Option<DisposalRules> {
        let witness = |m: &mut Self, layer: &Layer<'_>| {
            let written = layer.written.disposal.witness.as_ref()?;
            let by = m.approvers(layer, "disposal.witness", &written.get_ref().by);
            let source = m.source(layer, written.span(), written.get_ref());
            Some((by, (!written.get_ref().delegated_only).then_some(source)))
        };
        let default_witness = witness(self, beneath);
        let own_witness = own.and_then(|layer| witness(self, layer));
        let delegated = |m: &mut Self, layer: &Layer<'_>| {
            let written = layer.written.disposal.delegated.as_ref()?;
            let DelegatedEntry { witnessed, certificate, .. } = *written.get_ref();
            if !witnessed && !certificate {
                m.mistake(layer, written.span(), Mistake::EmptyList { key: "delegated".to_owned() });
            }
            Some(Delegated {
                witnessed,
                certificate,
                source: m.source(layer, written.span(), written.get_ref()),
            })
        };
        let default_delegated = delegated(self, beneath);
        let own_delegated = own.and_then(|layer| delegated(self, layer));
        let demand = |m: &mut Self, pick: fn(&written::DisposalSection) -> Option<&Spanned<Demand>>| {
            m.plain_demand(own, beneath, |written| pick(&written.disposal))
        };
        let methods_source = demand(self, |section| section.only_these.as_ref());
        let photo_before = demand(self, |section| section.photo_before.as_ref());
        let photo_after = demand(self, |section| section.photo_after.as_ref());
        let photo_shows_label = demand(self, |section| section.photo_shows_label.as_ref());
        let erase_first =
            self.conditional_demand(own, beneath, |written| written.disposal.erase_first.as_ref());
        let own_methods = own.map(|layer| self.methods(layer)).unwrap_or_default();
        let default_methods = self.methods(beneath);
        let (default_witness, default_witness_source) = default_witness?;
        let (witness, own_witness_source) = own_witness.unwrap_or((default_witness, None));
        let witness_source = own_witness_source.or(default_witness_source)?;
        let witness_within = self.span(
            own,
            beneath,
            "disposal.witness_within_minutes",
            |written| written.disposal.witness_within_minutes.as_ref(),
            "minutes",
            (1, 1_440),
        );
        Some(DisposalRules {
            erase_first,
            methods: merge_methods(own_methods, default_methods),
            methods_source: methods_source?,
            witness,
            witness_source,
            witness_within,
            photo_before,
            photo_after,
            photo_shows_label,
            delegated: own_delegated.or(default_delegated)?,
        })
    }

    pub(super) fn chain(&mut self, layer: &Layer<'_>) -> Vec<ReportStep> {
        self.each(
            layer,
            &layer.written.incident.chain,
            |entry| &entry.id,
            |m, entry, span, id| {
                let within = m.within(layer, &entry.within);
                if entry.to.is_some() == entry.outside.is_some() {
                    m.mistake(layer, span.clone(), Mistake::OneOf { keys: vec!["to", "outside"] });
                }
                let from_code = |code: &str| {
                    GRAVITIES.into_iter().find(|(_, known)| *known == code).map(|(gravity, _)| gravity)
                };
                let at_least = entry.at_least.as_ref();
                let at_least =
                    at_least.and_then(|word| m.word(layer, word, from_code, GRAVITIES.map(|(_, code)| code)));
                ReportStep {
                    from: entry.from.as_ref().map(|role| m.role(layer, role)),
                    to: entry.to.as_ref().map(|role| m.role(layer, role)),
                    outside: entry.outside.clone(),
                    within,
                    malicious_days: entry
                        .malicious_days
                        .as_ref()
                        .map(|days| m.number(layer, "malicious_days", days, "days", (1, 366))),
                    guide: entry.guide,
                    as_needed: entry.as_needed,
                    at_least: at_least.unwrap_or_default(),
                    attack_only: entry.attack_only,
                    source: m.source(layer, span, entry),
                    id,
                }
            },
        )
    }

    pub(super) fn incident(&mut self, own: Option<&Layer<'_>>, beneath: &Layer<'_>) -> IncidentRules {
        let default_chain = self.chain(beneath);
        let mut chain = own.map(|layer| self.chain(layer)).unwrap_or_default();
        // Who tells whom within the body is one matter, on which a regulation speaks or not. The duty to tell
        // those outside comes from the law, whatever the regulation says.
        let says_who_tells = chain.iter().any(|step| step.to.is_some());
        let left: Vec<_> = default_chain
            .into_iter()
            .filter(|step| !(says_who_tells && step.to.is_some()))
            .filter(|step| !chain.iter().any(|own| own.id == step.id))
            .collect();
        chain.extend(left);
        IncidentRules {
            chain,
            cause: self.plain_demand(own, beneath, |written| written.incident.cause.as_ref()),
            prevention: self.plain_demand(own, beneath, |written| written.incident.prevention.as_ref()),
            damage: self.plain_demand(own, beneath, |written| written.incident.damage.as_ref()),
        }
    }

    pub(super) fn contract(&mut self, own: Option<&Layer<'_>>, beneath: &Layer<'_>) -> ContractRules {
        ContractRules {
            clauses: self.either(own, beneath, |m, layer| m.choices(layer, &layer.written.contract.clauses)),
            confirmations: self
                .either(own, beneath, |m, layer| m.choices(layer, &layer.written.contract.confirmations)),
            subcontract_forbidden: self
                .plain_demand(own, beneath, |written| written.contract.subcontract_forbidden.as_ref()),
        }
    }

    pub(super) fn log_years(&mut self, layer: &Layer<'_>) -> Option<(u32, Source)> {
        let written = layer.written.log.as_ref()?;
        let entry = written.get_ref();
        let years = self.number(layer, "log.years", &entry.years, "years", (1, 200));
        Some((years, self.source(layer, written.span(), entry)))
    }

    /// A number of `[sign_in]` with what asks for it, from the body's own text or else from the default.
    fn limit(
        &mut self,
        own: Option<&Layer<'_>>,
        beneath: &Layer<'_>,
        key: &str,
        unit: &'static str,
        pick: impl Fn(&written::SignInSection) -> Option<&Spanned<written::LimitEntry>>,
    ) -> Option<(u32, Source)> {
        let range = super::unit_range(unit).unwrap_or_default();
        let mut read = |layer: &Layer<'_>| {
            let written = pick(&layer.written.sign_in)?;
            let entry = written.get_ref();
            // Nothing may hold for no time at all.
            let number = self.number(layer, key, &entry.at, unit, (range.0.max(1), range.1));
            Some((number, self.source(layer, written.span(), entry)))
        };
        let default = read(beneath);
        own.and_then(read).or(default)
    }

    pub(super) fn sign_in(&mut self, own: Option<&Layer<'_>>, beneath: &Layer<'_>) -> SignInRules {
        // A default that was adopted before it spoke of signing in is as strict as the one that does.
        let silent = |number| (number, default_clause(&beneath.regulation));
        let (idle, by) = self
            .limit(own, beneath, "sign_in.idle_minutes", "minutes", |s| s.idle_minutes.as_ref())
            .unwrap_or_else(|| silent(30));
        let idle = (TimeDelta::minutes(idle.into()), by);
        let (lasts, by) = self
            .limit(own, beneath, "sign_in.absolute_hours", "hours", |s| s.absolute_hours.as_ref())
            .unwrap_or_else(|| silent(12));
        let lasts = (TimeDelta::hours(lasts.into()), by);
        let (initial, by) = self
            .limit(own, beneath, "sign_in.initial_days", "days", |s| s.initial_days.as_ref())
            .unwrap_or_else(|| silent(7));
        let initial = (TimeDelta::days(initial.into()), by);
        let min_length = self
            .limit(own, beneath, "sign_in.password.min_length", "characters", |s| s.min_length.as_ref())
            .unwrap_or_else(|| silent(12));
        let max_age =
            self.limit(own, beneath, "sign_in.password.max_age_days", "days", |s| s.max_age_days.as_ref());
        let history =
            self.limit(own, beneath, "sign_in.password.history", "passwords", |s| s.history.as_ref());
        let not_guessable = self.plain_demand(own, beneath, |w| w.sign_in.not_guessable.as_ref());
        SignInRules {
            second_factor_for_all: self
                .plain_demand(own, beneath, |w| w.sign_in.second_factor_for_all.as_ref()),
            idle,
            lasts,
            initial,
            password: PasswordRules {
                min_length,
                classes: self.plain_demand(own, beneath, |w| w.sign_in.classes.as_ref()),
                max_age: max_age.map(|(days, by)| (TimeDelta::days(days.into()), by)),
                history,
                not_guessable: not_guessable.unwrap_or_else(|| default_clause(&beneath.regulation)),
            },
        }
    }

    pub(super) fn levels(&mut self, layer: &Layer<'_>) -> Vec<Level> {
        let mut levels: Vec<Level> = Vec::new();
        for written in &layer.written.levels {
            let entry = written.get_ref();
            let number = self.in_range(layer, "level", &entry.level, 1, 9);
            let level = u8::try_from(number).unwrap_or_default();
            if levels.iter().any(|known| known.level == level) {
                self.mistake(layer, entry.level.span(), Mistake::Duplicate { id: number.to_string() });
            }
            levels.push(Level {
                level,
                name: entry.name.clone(),
                permitted_by: entry.permitted_by.as_ref().map(|role| self.role(layer, role)),
                handlers_only: entry.handlers_only,
                tag: self.asked(layer, entry.tag.as_ref()),
                vendor_tag: self.asked(layer, entry.vendor_tag.as_ref()),
                vendor_escort: self.asked(layer, entry.vendor_escort.as_ref()),
                source: self.source(layer, written.span(), entry),
            });
        }
        levels
    }

    pub(super) fn inspections(&mut self, layer: &Layer<'_>) -> Vec<Inspection> {
        self.each(
            layer,
            &layer.written.inspections,
            |entry| &entry.id,
            |m, entry, span, id| {
                let every_days = match (&entry.every_days, &entry.times_a_year) {
                    (Some(days), None) => m.number(layer, "every_days", days, "days", (1, 3_660)),
                    (None, Some(times)) => {
                        let times = m.number(layer, "times_a_year", times, "times-a-year", (1, 366));
                        // As many as are asked for fit into every year.
                        365 / times.max(1)
                    }
                    _ => {
                        let keys = vec!["every_days", "times_a_year"];
                        m.mistake(layer, span.clone(), Mistake::OneOf { keys });
                        1
                    }
                };
                Inspection {
                    name: entry.name.clone(),
                    by: m.role(layer, &entry.by),
                    every_days: every_days.max(1),
                    source: m.source(layer, span, entry),
                    id,
                }
            },
        )
    }

    pub(super) fn remarks(&mut self, layer: &Layer<'_>) -> Vec<Remark> {
        let entries = layer.written.remarks.iter();
        entries
            .map(|written| Remark {
                text: written.get_ref().text.clone(),
                source: self.source(layer, written.span(), written.get_ref()),
            })
            .collect()
    }

    pub(super) fn citations(&mut self, layer: &Layer<'_>) -> BTreeMap<ProductRule, Clause> {
        let mut citations = BTreeMap::new();
        for (name, entry) in &layer.written.citations {
            let Some(rule) = ProductRule::from_code(name.get_ref()) else {
                self.mistake(layer, name.span(), Mistake::NotAProductRule { name: name.get_ref().clone() });
                continue;
            };
            if entry.article.trim().is_empty() {
                self.mistake(layer, name.span(), Mistake::MissingClause);
            }
            let regulation = entry.regulation.clone().unwrap_or_else(|| layer.regulation.clone());
            citations.insert(rule, Clause { regulation, article: entry.article.clone() });
        }
        citations
    }

    pub(super) fn date(&mut self, layer: &Layer<'_>) -> Option<NaiveDate> {
        let written = layer.written.in_force_from.as_ref()?;
        let found = written.get_ref();
        let date = found
            .date
            .filter(|_| found.time.is_none() && found.offset.is_none())
            .and_then(|date| NaiveDate::from_ymd_opt(date.year.into(), date.month.into(), date.day.into()));
        if date.is_none() {
            self.mistake(layer, written.span(), Mistake::BadDate { found: found.to_string() });
        }
        date
    }
}

/// The regulation's own methods, and the default's for kinds for which it names none. Erasing and destroying
/// are two matters: a regulation that names shredders says nothing about software.
fn merge_methods(own: Vec<Method>, default: Vec<Method>) -> Vec<Method> {
    let spoken_of = |destroying: bool| -> Vec<Option<BTreeSet<ItemKind>>> {
        own.iter()
            .filter(|method| (method.technique == Technique::Destroy) == destroying)
            .map(|method| Some(method.kinds.clone()))
            .collect()
    };
    let (erasing, destroying) = (spoken_of(false), spoken_of(true));
    let mut left = Vec::new();
    for mut method in default {
        let spoken = if method.technique == Technique::Destroy { &destroying } else { &erasing };
        if let Some(Some(kinds)) = silent(Some(&method.kinds), spoken) {
            method.kinds = kinds;
            // Both may call a shredder by the same short name, for other kinds.
            if own.iter().any(|own| own.id == method.id) {
                method.id = format!("national-{}", method.id);
            }
            left.push(method);
        }
    }
    own.into_iter().chain(left).collect()
}
