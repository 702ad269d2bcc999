//! The regulation (規程) in force, as data.
//!
//! A profile is TOML in which unknown keys are refused. Its digest is written into every event that was
//! judged by it, so that years later the text that judged can be shown beside the judgement.
//!
//! | Question | Module |
//! | --- | --- |
//! | What can a profile say? | [`rules`] |
//! | How is one read, and what is refused? | [`read`] |

pub mod explain;
pub mod kinds;
pub mod read;
pub mod rules;

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};

pub use self::{
    read::{Mistake, NATIONAL_DEFAULT, ProfileError, ProfileErrors, SHIPPED, Shipped, Texts},
    rules::*,
};
use crate::{
    ledger::hash::Hash,
    refusal::{ProductRule, Reason, Refusal, Source},
    text::Lang,
};

/// Two texts, one in each language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bilingual {
    /// Japanese.
    pub ja: String,
    /// English.
    pub en: String,
}

impl Bilingual {
    /// A text in both languages.
    pub fn new(ja: impl Into<String>, en: impl Into<String>) -> Self {
        Self { ja: ja.into(), en: en.into() }
    }

    /// A text made for each language.
    pub fn of(make: impl Fn(Lang) -> String) -> Self {
        Self { ja: make(Lang::Ja), en: make(Lang::En) }
    }

    /// The text in one language.
    #[must_use]
    pub fn get(&self, lang: Lang) -> &str {
        lang.pick(&self.ja, &self.en)
    }
}

/// A clause (条・項・号) of a regulation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    /// The regulation's title.
    pub regulation: String,
    /// The article, such as 第11条第3項.
    pub article: String,
}

/// A profile that was read and found sound: the regulation's own entries, and the national default's where
/// it is silent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Its short name.
    pub id: String,
    /// Its title.
    pub title: Bilingual,
    /// Its number and the amendment that it follows (令和2年規程第2号, 令和5年改正).
    pub number: Option<String>,
    /// The first day on which it is in force.
    pub in_force_from: NaiveDate,
    /// SHA-256 of the texts that it was read from and of the body's own numbers.
    pub digest: Hash,
    /// How long an offered hand-over can be accepted.
    pub hand_over_expires: TimeDelta,
    /// How far a device's clock may run ahead before that is a discrepancy.
    pub allowed_clock_skew: TimeDelta,
    /// How long missing evidence may still come in from phones without signal before a discrepancy bothers a
    /// person.
    pub offline_window: TimeDelta,
    /// The roles.
    pub roles: Vec<Role>,
    /// The ways to become a handler.
    pub designations: Vec<Designation>,
    /// The numbers.
    pub values: Vec<Value>,
    /// The permitted purposes.
    pub purposes: Purposes,
    /// Who must approve what. The regulation's own come before the national default's.
    pub gates: Vec<Gate>,
    /// Taking items out.
    pub carry_out: CarryOutRules,
    /// Media before and while they are used.
    pub media: MediaRules,
    /// How long data is kept.
    pub retention: RetentionRules,
    /// How it goes.
    pub disposal: DisposalRules,
    /// What happens when something is lost.
    pub incident: IncidentRules,
    /// Contracts with contractors.
    pub contract: ContractRules,
    /// For how many years the trail of what people did is kept, and by what.
    pub log_years: (u32, Source),
    /// Security levels of places.
    pub levels: Vec<Level>,
    /// How people prove who they are.
    pub credentials: CredentialRules,
    /// How people sign in, and for how long.
    pub sign_in: SignInRules,
    /// What is looked at again and again.
    pub inspections: Vec<Inspection>,
    /// The forms.
    pub forms: Vec<Paper>,
    /// The books.
    pub books: Vec<Paper>,
    /// What the body should know about the text.
    pub remarks: Vec<Remark>,
    pub(crate) citations: BTreeMap<ProductRule, Clause>,
}

impl Profile {
    /// What asks for this rule: the regulation's clause where the profile names one, otherwise the product.
    #[must_use]
    pub fn source(&self, rule: ProductRule) -> Source {
        self.citations.get(&rule).map_or(Source::Product(rule), |clause| Source::Clause(clause.clone()))
    }

    /// The gate that stands before this, if there is one: the first that applies, and the regulation's own
    /// before the national default's.
    #[must_use]
    pub fn gate(&self, gated: Gated, matter: &Matter) -> Option<&Gate> {
        self.gates.iter().find(|gate| gate.gated == gated && gate.when.applies(matter))
    }

    /// The role with this name.
    #[must_use]
    pub fn role(&self, id: &RoleId) -> Option<&Role> {
        self.roles.iter().find(|role| role.id == *id)
    }

    /// What people call a role; its short name where the profile does not know it any more.
    #[must_use]
    pub fn role_name(&self, id: &RoleId, lang: Lang) -> String {
        if id.0 == HANDLER {
            return lang.pick("取扱担当者", "designated handler").to_owned();
        }
        self.role(id).map_or_else(|| id.0.clone(), |role| role.name.get(lang).to_owned())
    }

    /// What people call these roles.
    #[must_use]
    pub fn role_names(&self, roles: &[RoleId]) -> Vec<Bilingual> {
        roles.iter().map(|role| Bilingual::of(|lang| self.role_name(role, lang))).collect()
    }

    /// A refusal for this reason, by the rule of the product that it follows from or the clause that asks
    /// for the same.
    #[must_use]
    pub fn refuse(&self, reason: Reason) -> Refusal {
        Refusal { source: self.source(reason.rule()), reason }
    }

    /// The number in force under this name.
    #[must_use]
    pub fn value(&self, id: &str) -> Option<&Value> {
        self.values.iter().find(|value| value.id == id)
    }

    /// The retention rule with this name, with what asks for it.
    #[must_use]
    pub fn retention_rule(&self, id: &str) -> Option<&(crate::retention::RetentionRule, Source)> {
        self.retention.rules.iter().find(|(rule, _)| rule.id == id)
    }

    /// The method with this name.
    #[must_use]
    pub fn method(&self, id: &str) -> Option<&Method> {
        self.disposal.methods.iter().find(|method| method.id == id)
    }

    /// The purpose with this name.
    #[must_use]
    pub fn purpose(&self, id: &str) -> Option<&Choice> {
        self.purposes.list.iter().find(|purpose| purpose.id == id)
    }

    /// The ground with this name.
    #[must_use]
    pub fn ground(&self, id: &str) -> Option<&Ground> {
        self.carry_out.grounds.iter().find(|ground| ground.id == id)
    }
}
