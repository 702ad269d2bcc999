//! What happens when something is lost, leaks, breaks or nearly does (事故・事案・兆候): who was told and
//! when, what came of it, and what keeps it from happening again.
//!
//! Reporting is evidence: [`open`] refuses nobody who may act at all, and a closed incident is opened again by
//! whoever learns more. What is refused is to skip what the regulation asks for: [`decide`] closes an incident
//! only with its cause, the damage and the plan against its happening again, each step of the reporting chain
//! taken, and the officers' approval of just that.
//!
//! Whether the data was encrypted at the moment of the loss decides what follows from it, so [`ItemAtLoss`]
//! fixes that in the event and [`draft`] tells it first.

use std::{collections::BTreeSet, fmt::Write as _};

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    approval::{self, Given},
    calendar::{Calendar, nth_day},
    contents::Category,
    event::Stamp,
    ids::{CarryOutId, DivisionId, IncidentId, ItemId, PersonId},
    item::{Custody, Item, ItemKind},
    japan_date::{jst_date, jst_date_time, jst_day_start, wareki},
    person::Person,
    profile::{
        Bilingual, Clock, Condition, Gate, Gated, Gravity, HANDLER, Matter, Profile, ReportStep, RoleId,
    },
    protection::{Protected, Secrecy},
    refusal::{Missing, Reason, Refusal, Source},
    text::{Lang, Names, TextRef},
    timeline::to_millis,
};

/// What the ledger calls the subject of these events.
pub const SUBJECT_KIND: &str = "incident";

/// What kind of thing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IncidentKind {
    /// Something is not to be found (紛失・滅失・盗難).
    Loss,
    /// Data got to somebody whom it does not concern (漏えい).
    Leak,
    /// Data or medium is damaged (毀損・障害).
    Damage,
    /// Something may be about to go wrong (兆候).
    Sign,
    /// A password or another credential was stolen or leaked (パスワードの盗用・漏えい).
    Credential,
    /// Somebody attacks from outside, or seems to (不正アクセス・不正プログラム).
    Attack,
    /// Somebody broke the rules, or seems to have (規程違反).
    Breach,
}

impl IncidentKind {
    /// Every kind, in the order in which a form offers them.
    pub const ALL: [Self; 7] =
        [Self::Loss, Self::Leak, Self::Damage, Self::Sign, Self::Credential, Self::Attack, Self::Breach];

    /// The stable word used in the database and on the wire.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Loss => "loss",
            Self::Leak => "leak",
            Self::Damage => "damage",
            Self::Sign => "sign",
            Self::Credential => "credential",
            Self::Attack => "attack",
            Self::Breach => "breach",
        }
    }

    /// The kind that `code` names.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// What a person reads.
    #[must_use]
    pub fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::Loss => lang.pick("紛失・滅失", "Loss"),
            Self::Leak => lang.pick("漏えい", "Leak"),
            Self::Damage => lang.pick("毀損", "Damage"),
            Self::Sign => lang.pick("兆候", "Sign of trouble"),
            Self::Credential => lang.pick("パスワード等の漏えい", "Leaked credential"),
            Self::Attack => lang.pick("外部からの攻撃", "Attack from outside"),
            Self::Breach => lang.pick("規程違反", "Breach of the rules"),
        }
    }
}

/// An item that an incident is about, as the register had it at that moment. Later events of the item do not
/// change it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemAtLoss {
    /// The item.
    pub item: ItemId,
    /// How its data was protected, as last verified; none where nobody ever did.
    pub protection: Option<Protected>,
    /// What it is.
    pub item_kind: ItemKind,
    /// Who or what had it.
    pub custody: Custody,
    /// The carry-out that it was on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carry_out: Option<CarryOutId>,
    /// The kinds of data on it that were not erased.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub categories: BTreeSet<Category>,
    /// The records on it, as far as they were counted; none where nobody counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub records: Option<u64>,
}

impl ItemAtLoss {
    /// The item as it stands: hand in the fold of its events up to the loss.
    #[must_use]
    pub fn of(item: &Item) -> Self {
        let custody = item.custody.value;
        let counted: Vec<u64> = item.live_contents().filter_map(|kept| kept.contents.records).collect();
        Self {
            item: item.id,
            protection: item.protection.as_ref().map(|latest| latest.value.clone()),
            item_kind: item.kind,
            custody,
            carry_out: match custody {
                Custody::Out { carry_out, .. } => carry_out,
                Custody::Delivered { carry_out } => Some(carry_out),
                _ => None,
            },
            categories: item.live_contents().map(|kept| kept.contents.category).collect(),
            records: (!counted.is_empty())
                .then(|| counted.into_iter().fold(0, |sum: u64, records| sum.saturating_add(records))),
        }
    }

    /// Whether a finder needs a key that was kept apart from it: what exempts an incident from some reports.
    #[must_use]
    pub fn was_encrypted(&self) -> bool {
        self.protection.as_ref().is_some_and(|protected| {
            matches!(protected.secrecy, Secrecy::Encrypted { .. }) && protected.key_apart
        })
    }

    /// How it was protected, as a person reads it.
    #[must_use]
    pub fn protection_name(&self, lang: Lang) -> String {
        match &self.protection {
            None => lang.pick("記録なし（確認されていない）", "Not recorded (nobody verified it)").to_owned(),
            Some(protected) => {
                let secrecy = protected.secrecy.name(lang);
                match (&protected.secrecy, protected.key_apart) {
                    (Secrecy::None, _) => secrecy.to_owned(),
                    (_, true) => lang.pick(
                        format!("{secrecy}（鍵・パスワードは別に管理）"),
                        format!("{secrecy} (key or password kept apart)"),
                    ),
                    (_, false) => lang.pick(
                        format!("{secrecy}（鍵・パスワードは別に管理されていない）"),
                        format!("{secrecy} (key or password not kept apart)"),
                    ),
                }
            }
        }
    }

    fn matter(&self) -> Matter {
        Matter {
            kind: self.item_kind,
            categories: self.categories.clone(),
            records: self.records.unwrap_or(0),
            direction: None,
        }
    }
}

/// Something that happened to an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum IncidentEvent {
    /// Somebody reported it.
    Opened {
        /// Who.
        by: PersonId,
        /// What kind of thing happened.
        incident_kind: IncidentKind,
        /// How grave it is, as far as is known.
        gravity: Gravity,
        /// The day in Japan on which anybody in the body got to know of it.
        known_on: NaiveDate,
        /// The division whose officers answer for what it is about.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        division: Option<DivisionId>,
        /// What happened.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        content: Option<TextRef>,
        /// Whether it came, or may have come, from an attack from outside.
        attack: bool,
        /// Whether it may have been done with a wrongful purpose (不正の目的).
        malicious: bool,
        /// What it is about.
        items: Vec<ItemAtLoss>,
    },
    /// It turned out to be about another item, too.
    ItemAdded {
        /// Who says so.
        by: PersonId,
        /// Which, as it was at that moment.
        item: ItemAtLoss,
    },
    /// It was judged how grave it is and where it came from.
    GravitySet {
        /// By whom.
        by: PersonId,
        /// How grave.
        gravity: Gravity,
        /// Whether it came, or may have come, from an attack from outside.
        attack: bool,
        /// Whether it may have been done with a wrongful purpose.
        malicious: bool,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<TextRef>,
    },
    /// It was stated what happened (内容).
    ContentStated {
        /// By whom.
        by: PersonId,
        /// What.
        content: TextRef,
    },
    /// Its cause was stated (原因).
    CauseStated {
        /// By whom.
        by: PersonId,
        /// The cause.
        cause: TextRef,
    },
    /// The damage was stated (被害の状況).
    DamageStated {
        /// By whom.
        by: PersonId,
        /// The damage.
        damage: TextRef,
    },
    /// It was stated what keeps it from happening again (再発防止).
    PreventionStated {
        /// By whom.
        by: PersonId,
        /// The plan.
        prevention: TextRef,
    },
    /// It was counted how many persons it concerns (本人の数).
    AffectedCounted {
        /// By whom.
        by: PersonId,
        /// How many.
        persons: u64,
    },
    /// Something was done to keep the damage small (被害拡大防止).
    Contained {
        /// By whom.
        by: PersonId,
        /// What.
        measure: TextRef,
    },
    /// An officer gave an instruction (指示).
    Instructed {
        /// Who.
        by: PersonId,
        /// The instruction.
        instruction: TextRef,
    },
    /// A step of the reporting chain was taken.
    Told {
        /// Which, as the profile names it.
        step: String,
        /// Who told.
        by: PersonId,
        /// In which role; none where anybody takes this step.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        role: Option<RoleId>,
        /// For whom, where he is a deputy.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deputy_for: Option<PersonId>,
        /// The role that was told; none for a post or an authority, which the step names.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<RoleId>,
        /// When, as he says.
        at: DateTime<Utc>,
        /// A word with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<TextRef>,
    },
    /// A step that is taken as needed was judged not to be needed.
    StepLeftOut {
        /// Which, as the profile names it.
        step: String,
        /// Who judged.
        by: PersonId,
        /// In which role; none where anybody takes this step.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        role: Option<RoleId>,
        /// For whom, where he is a deputy.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deputy_for: Option<PersonId>,
        /// Why.
        reason: TextRef,
    },
    /// It was made public (公表).
    Published {
        /// By whom.
        by: PersonId,
        /// On which day in Japan.
        on: NaiveDate,
        /// How and what.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<TextRef>,
    },
    /// Persons whom it concerns were told (本人への対応).
    PersonNotified {
        /// By whom.
        by: PersonId,
        /// How many.
        persons: u64,
        /// How and what. Who they are is nothing for this register.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<TextRef>,
    },
    /// An officer approved that it be closed as it stands.
    ApprovedClosing {
        /// Who.
        by: PersonId,
        /// In which role.
        role: RoleId,
        /// For whom, where he is a deputy.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deputy_for: Option<PersonId>,
    },
    /// It was closed (終結).
    Closed {
        /// By whom.
        by: PersonId,
    },
    /// It was opened again.
    Reopened {
        /// By whom.
        by: PersonId,
        /// Why.
        reason: TextRef,
    },
}

impl IncidentEvent {
    /// The stable word that names this kind of event in the ledger.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Opened { .. } => "opened",
            Self::ItemAdded { .. } => "item-added",
            Self::GravitySet { .. } => "gravity-set",
            Self::ContentStated { .. } => "content-stated",
            Self::CauseStated { .. } => "cause-stated",
            Self::DamageStated { .. } => "damage-stated",
            Self::PreventionStated { .. } => "prevention-stated",
            Self::AffectedCounted { .. } => "affected-counted",
            Self::Contained { .. } => "contained",
            Self::Instructed { .. } => "instructed",
            Self::Told { .. } => "told",
            Self::StepLeftOut { .. } => "step-left-out",
            Self::Published { .. } => "published",
            Self::PersonNotified { .. } => "person-notified",
            Self::ApprovedClosing { .. } => "approved-closing",
            Self::Closed { .. } => "closed",
            Self::Reopened { .. } => "reopened",
        }
    }

    /// The texts that this event refers to.
    #[must_use]
    pub fn texts(&self) -> Vec<TextRef> {
        match self {
            Self::Opened { content, items, .. } => {
                content.iter().copied().chain(items.iter().flat_map(protection_texts)).collect()
            }
            Self::ItemAdded { item, .. } => protection_texts(item).collect(),
            Self::GravitySet { reason: note, .. }
            | Self::Told { note, .. }
            | Self::Published { note, .. }
            | Self::PersonNotified { note, .. } => note.iter().copied().collect(),
            Self::ContentStated { content: text, .. }
            | Self::CauseStated { cause: text, .. }
            | Self::DamageStated { damage: text, .. }
            | Self::PreventionStated { prevention: text, .. }
            | Self::Contained { measure: text, .. }
            | Self::Instructed { instruction: text, .. }
            | Self::StepLeftOut { reason: text, .. }
            | Self::Reopened { reason: text, .. } => vec![*text],
            Self::AffectedCounted { .. } | Self::ApprovedClosing { .. } | Self::Closed { .. } => Vec::new(),
        }
    }
}

fn protection_texts(item: &ItemAtLoss) -> impl Iterator<Item = TextRef> + use<> {
    let texts = match &item.protection {
        Some(Protected { secrecy: Secrecy::Encrypted { tool, algorithm }, .. }) => {
            [Some(*tool), Some(*algorithm)]
        }
        _ => [None, None],
    };
    texts.into_iter().flatten()
}

/// What is known of an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// What happened (内容).
    pub content: Option<TextRef>,
    /// Why (原因).
    pub cause: Option<TextRef>,
    /// What came of it (被害の状況).
    pub damage: Option<TextRef>,
    /// What keeps it from happening again (再発防止).
    pub prevention: Option<TextRef>,
    /// How many persons it concerns (本人の数).
    pub affected: Option<u64>,
}

/// A step of the reporting chain that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Told {
    /// Which, as the profile names it.
    pub step: String,
    /// Who told.
    pub by: PersonId,
    /// In which role.
    pub role: Option<RoleId>,
    /// For whom, where he is a deputy.
    pub deputy_for: Option<PersonId>,
    /// The role that was told; none for a post or an authority, which the step names.
    pub to: Option<RoleId>,
    /// When, as he says.
    pub at: DateTime<Utc>,
    /// When he recorded it.
    pub recorded_at: DateTime<Utc>,
    /// A word with it.
    pub note: Option<TextRef>,
}

/// A text with who wrote it and when: an instruction, a measure, the reason why a step is not needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// Who.
    pub by: PersonId,
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub text: TextRef,
}

/// That it was made public.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publication {
    /// By whom.
    pub by: PersonId,
    /// On which day in Japan.
    pub on: NaiveDate,
    /// How and what.
    pub note: Option<TextRef>,
}

/// That persons whom it concerns were told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notification {
    /// By whom.
    pub by: PersonId,
    /// When it was recorded.
    pub at: DateTime<Utc>,
    /// How many.
    pub persons: u64,
    /// How and what.
    pub note: Option<TextRef>,
}

/// That it is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closed {
    /// By whom.
    pub by: PersonId,
    /// When.
    pub at: DateTime<Utc>,
}

/// An incident: the fold of its events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Incident {
    /// Its id.
    pub id: IncidentId,
    /// How many events were folded; the next event is number `version + 1`.
    pub version: u64,
    /// What it is about, with how that was protected when it happened.
    pub items: Vec<ItemAtLoss>,
    /// What kind of thing happened.
    pub kind: IncidentKind,
    /// How grave it is.
    pub gravity: Gravity,
    /// Whether it came, or may have come, from an attack from outside.
    pub attack: bool,
    /// Whether it may have been done with a wrongful purpose (不正の目的).
    pub malicious: bool,
    /// The division whose officers answer for what it is about.
    pub division: Option<DivisionId>,
    /// Who reported it.
    pub reported_by: PersonId,
    /// When, by the clock of whoever reported it, but never after the server took it in.
    pub reported_at: DateTime<Utc>,
    /// The day in Japan on which anybody in the body got to know of it: day 1 of every term in days.
    pub known_on: NaiveDate,
    /// What is known of it.
    pub facts: Facts,
    /// What was done to keep the damage small.
    pub measures: Vec<Said>,
    /// What officers instructed.
    pub instructions: Vec<Said>,
    /// The steps of the reporting chain that were taken.
    pub told: Vec<Told>,
    /// Those that were judged not to be needed, by the step's name.
    pub left_out: Vec<(String, Said)>,
    /// That it was made public.
    pub published: Vec<Publication>,
    /// Whom it concerns was told.
    pub notified: Vec<Notification>,
    /// Who approved that it be closed as it stands. What changes its substance voids them.
    pub approvals: Vec<Given>,
    /// That it is closed.
    pub closed: Option<Closed>,
}

impl Incident {
    /// How this step was taken, where it was.
    #[must_use]
    pub fn told(&self, step: &str) -> Option<&Told> {
        self.told.iter().find(|told| told.step == step)
    }

    /// Why this step is not needed, where that was judged.
    #[must_use]
    pub fn left_out(&self, step: &str) -> Option<&Said> {
        self.left_out.iter().find(|(left, _)| left == step).map(|(_, said)| said)
    }

    /// Whether all that it is about was encrypted and its key kept apart; unknown where it is about no item.
    #[must_use]
    pub fn was_encrypted(&self) -> Option<bool> {
        (!self.items.is_empty()).then(|| self.items.iter().all(ItemAtLoss::was_encrypted))
    }

    /// How what it is about was protected when it happened: what stands first wherever it is shown.
    #[must_use]
    pub fn headline(&self, lang: Lang) -> String {
        let encrypted = self.items.iter().filter(|item| item.was_encrypted()).count();
        let open = self.items.len() - encrypted;
        match (encrypted, open) {
            (0, 0) => lang.pick("対象の媒体は登録されていません", "No item is named").to_owned(),
            (all, 0) => lang.pick(
                format!("発生時の状態: 暗号化済み（対象{all}件すべて、鍵は別に管理）"),
                format!("At that moment: encrypted (all {all}, keys kept apart)"),
            ),
            (_, open) => lang.pick(
                format!("発生時の状態: 暗号化が確認できないもの{open}件（対象{}件中）", self.items.len()),
                format!("At that moment: {open} of {} not known to be encrypted", self.items.len()),
            ),
        }
    }

    /// The gate that stands before its closing: the first that applies to anything that it is about.
    #[must_use]
    pub fn gate<'a>(&self, profile: &'a Profile) -> Option<&'a Gate> {
        profile.gates.iter().filter(|gate| gate.gated == Gated::CloseIncident).find(|gate| {
            gate.when == Condition::default()
                || self.items.iter().any(|item| gate.when.applies(&item.matter()))
        })
    }

    /// The steps of the reporting chain that an incident of this gravity and origin goes through.
    pub fn steps<'a>(&self, profile: &'a Profile) -> impl Iterator<Item = &'a ReportStep> + use<'a> {
        let (gravity, attack) = (self.gravity, self.attack);
        let applies = move |step: &&ReportStep| step.at_least <= gravity && (attack || !step.attack_only);
        profile.incident.chain.iter().filter(applies)
    }

    /// Its substance has changed: whoever approved its closing approved something else.
    fn changed(&mut self) {
        self.approvals.clear();
    }
}

/// Folds one event into the incident. Total: any event on any incident gives an incident, and no profile or
/// clock is consulted. `None` stands for an incident that nobody has reported yet.
#[must_use]
pub fn evolve(
    id: IncidentId,
    incident: Option<Incident>,
    stamp: &Stamp,
    event: &IncidentEvent,
) -> Option<Incident> {
    let at = stamp.recorded_at;
    let Some(mut incident) = incident else {
        return match event {
            IncidentEvent::Opened {
                by,
                incident_kind,
                gravity,
                known_on,
                division,
                content,
                attack,
                malicious,
                items,
            } => Some(Incident {
                id,
                version: 1,
                items: items.clone(),
                kind: *incident_kind,
                gravity: *gravity,
                attack: *attack,
                malicious: *malicious,
                division: *division,
                reported_by: *by,
                reported_at: stamp.occurred_at.min(at),
                known_on: *known_on,
                facts: Facts { content: *content, ..Facts::default() },
                measures: Vec::new(),
                instructions: Vec::new(),
                told: Vec::new(),
                left_out: Vec::new(),
                published: Vec::new(),
                notified: Vec::new(),
                approvals: Vec::new(),
                closed: None,
            }),
            _ => None,
        };
    };
    incident.version += 1;
    match event {
        // A second report of the same incident cannot be decided; folding it changes nothing.
        IncidentEvent::Opened { .. } => {}
        IncidentEvent::ItemAdded { item, .. } => {
            if incident.items.iter().all(|known| known.item != item.item) {
                incident.items.push(item.clone());
                incident.changed();
            }
        }
        IncidentEvent::GravitySet { gravity, attack, malicious, .. } => {
            (incident.gravity, incident.attack, incident.malicious) = (*gravity, *attack, *malicious);
            incident.changed();
        }
        IncidentEvent::ContentStated { content, .. } => {
            incident.facts.content = Some(*content);
            incident.changed();
        }
        IncidentEvent::CauseStated { cause, .. } => {
            incident.facts.cause = Some(*cause);
            incident.changed();
        }
        IncidentEvent::DamageStated { damage, .. } => {
            incident.facts.damage = Some(*damage);
            incident.changed();
        }
        IncidentEvent::PreventionStated { prevention, .. } => {
            incident.facts.prevention = Some(*prevention);
            incident.changed();
        }
        IncidentEvent::AffectedCounted { persons, .. } => {
            incident.facts.affected = Some(*persons);
            incident.changed();
        }
        IncidentEvent::Contained { by, measure } => {
            incident.measures.push(Said { by: *by, at, text: *measure });
        }
        IncidentEvent::Instructed { by, instruction } => {
            incident.instructions.push(Said { by: *by, at, text: *instruction });
        }
        IncidentEvent::Told { step, by, role, deputy_for, to, at: told_at, note } => {
            // The first telling stands: a later record of it must not make it look timely or late.
            if incident.told(step).is_none() {
                incident.told.push(Told {
                    step: step.clone(),
                    by: *by,
                    role: role.clone(),
                    deputy_for: *deputy_for,
                    to: to.clone(),
                    at: *told_at,
                    recorded_at: at,
                    note: *note,
                });
            }
        }
        IncidentEvent::StepLeftOut { step, by, reason, .. } => {
            incident.left_out.retain(|(left, _)| left != step);
            incident.left_out.push((step.clone(), Said { by: *by, at, text: *reason }));
        }
        IncidentEvent::Published { by, on, note } => {
            incident.published.push(Publication { by: *by, on: *on, note: *note });
        }
        IncidentEvent::PersonNotified { by, persons, note } => {
            incident.notified.push(Notification { by: *by, at, persons: *persons, note: *note });
        }
        IncidentEvent::ApprovedClosing { by, role, deputy_for } => {
            incident.approvals.push(Given { by: *by, role: role.clone(), deputy_for: *deputy_for, at });
        }
        IncidentEvent::Closed { by } => incident.closed = Some(Closed { by: *by, at }),
        IncidentEvent::Reopened { .. } => {
            incident.closed = None;
            incident.changed();
        }
    }
    Some(incident)
}

// ------------------------------------------------------------------------------------------ what can be done

/// What is needed to report an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// What kind of thing happened.
    pub kind: IncidentKind,
    /// How grave it seems.
    pub gravity: Gravity,
    /// The day in Japan on which anybody in the body got to know of it; today where nobody says otherwise.
    pub known_on: Option<NaiveDate>,
    /// The division whose officers answer for what it is about.
    pub division: Option<DivisionId>,
    /// What happened, as far as is known.
    pub content: Option<TextRef>,
    /// Whether it came, or may have come, from an attack from outside.
    pub attack: bool,
    /// Whether it may have been done with a wrongful purpose.
    pub malicious: bool,
    /// What it is about, as it was at that moment.
    pub items: Vec<ItemAtLoss>,
}

impl Opening {
    /// A report of which no more is known than what kind of thing happened.
    #[must_use]
    pub fn bare(kind: IncidentKind, gravity: Gravity) -> Self {
        Self {
            kind,
            gravity,
            known_on: None,
            division: None,
            content: None,
            attack: false,
            malicious: false,
            items: Vec::new(),
        }
    }
}

/// Reports an incident.
///
/// # Errors
/// Only where the person may not act at all: a report is evidence and is never refused.
pub fn open(
    opening: &Opening,
    actor: &Person,
    profile: &Profile,
    now: DateTime<Utc>,
) -> Result<Vec<IncidentEvent>, Refusal> {
    must_be_active(actor, profile)?;
    let today = jst_date(now);
    Ok(vec![IncidentEvent::Opened {
        by: actor.id,
        incident_kind: opening.kind,
        gravity: opening.gravity,
        // Nobody knows of anything before it is known: a term must not begin in the future.
        known_on: opening.known_on.map_or(today, |day| day.min(today)),
        division: opening.division,
        content: opening.content,
        attack: opening.attack || opening.kind == IncidentKind::Attack,
        malicious: opening.malicious,
        items: opening.items.clone(),
    }])
}

/// What somebody asks to do with an incident that was reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IncidentAct {
    /// Take a step of the reporting chain.
    Tell {
        /// Which, as the profile names it.
        step: String,
        /// When, where it was not just now.
        at: Option<DateTime<Utc>>,
        /// A word with it.
        note: Option<TextRef>,
    },
    /// Say that a step is not needed.
    LeaveOut {
        /// Which, as the profile names it.
        step: String,
        /// Why.
        reason: TextRef,
    },
    /// Say what was done to keep the damage small.
    Contain {
        /// What.
        measure: TextRef,
    },
    /// Give an instruction.
    Instruct {
        /// Which.
        instruction: TextRef,
    },
    /// Say that it is about another item, too.
    AddItem {
        /// Which, as it was at that moment.
        item: ItemAtLoss,
    },
    /// Judge how grave it is and where it came from.
    SetGravity {
        /// How grave.
        gravity: Gravity,
        /// Whether it came, or may have come, from an attack from outside.
        attack: bool,
        /// Whether it may have been done with a wrongful purpose.
        malicious: bool,
        /// Why.
        reason: Option<TextRef>,
    },
    /// State what happened.
    StateContent {
        /// What.
        content: TextRef,
    },
    /// State its cause.
    StateCause {
        /// The cause.
        cause: TextRef,
    },
    /// State the damage.
    StateDamage {
        /// The damage.
        damage: TextRef,
    },
    /// State what keeps it from happening again.
    StatePrevention {
        /// The plan.
        prevention: TextRef,
    },
    /// Count the persons whom it concerns.
    Count {
        /// How many.
        persons: u64,
    },
    /// Record that it was made public.
    Publish {
        /// On which day in Japan.
        on: NaiveDate,
        /// How and what.
        note: Option<TextRef>,
    },
    /// Record that persons whom it concerns were told.
    NotifyPerson {
        /// How many.
        persons: u64,
        /// How and what.
        note: Option<TextRef>,
    },
    /// Approve that it be closed as it stands.
    ApproveClosing {},
    /// Close it.
    Close {},
    /// Open it again.
    Reopen {
        /// Why.
        reason: TextRef,
    },
}

macro_rules! act_kinds {
    ($($kind:ident, $code:literal, $ja:literal, $en:literal;)*) => {
        /// The kinds of act, as pages and phones name them, in the order in which a page shows them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum IncidentActKind {
            $(#[doc = concat!("[`IncidentAct::", stringify!($kind), "`]")] $kind,)*
        }

        impl IncidentActKind {
            /// Every kind.
            pub const ALL: [Self; [$(IncidentActKind::$kind),*].len()] = [$(Self::$kind),*];

            /// The stable word used on the wire.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$kind => $code,)*
                }
            }

            /// The kind that `code` names.
            #[must_use]
            pub fn from_code(code: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|kind| kind.code() == code)
            }

            /// What stands on the button.
            #[must_use]
            pub fn name(self, lang: Lang) -> &'static str {
                match self {
                    $(Self::$kind => lang.pick($ja, $en),)*
                }
            }
        }

        impl IncidentAct {
            /// The kind of this act.
            #[must_use]
            pub fn kind(&self) -> IncidentActKind {
                match self {
                    $(Self::$kind { .. } => IncidentActKind::$kind,)*
                }
            }
        }
    };
}

act_kinds! {
    Tell, "tell", "報告・連絡を記録する", "Record a report to somebody";
    LeaveOut, "leave-out", "報告不要と判断する", "Judge a report not to be needed";
    Contain, "contain", "被害拡大防止の措置を記録する", "Record a measure";
    Instruct, "instruct", "指示する", "Give an instruction";
    AddItem, "add-item", "対象の媒体を加える", "Add an item";
    SetGravity, "set-gravity", "重大さを判断する", "Judge how grave it is";
    StateContent, "state-content", "内容を記録する", "State what happened";
    StateCause, "state-cause", "原因を記録する", "State the cause";
    StateDamage, "state-damage", "被害の状況を記録する", "State the damage";
    StatePrevention, "state-prevention", "再発防止策を記録する", "State the plan against a repetition";
    Count, "count", "本人の数を記録する", "Count the persons concerned";
    Publish, "publish", "公表を記録する", "Record the publication";
    NotifyPerson, "notify-person", "本人への対応を記録する", "Record that persons were told";
    ApproveClosing, "approve-closing", "終結を承認する", "Approve the closing";
    Close, "close", "終結する", "Close";
    Reopen, "reopen", "終結を取り消す", "Open again";
}

/// Whether this person may do this kind of act on this incident now, as far as can be said before the details
/// of the act are known.
///
/// # Errors
/// The first reason that stands against it.
pub fn check(
    incident: &Incident,
    kind: IncidentActKind,
    actor: &Person,
    profile: &Profile,
) -> Result<(), Refusal> {
    must_be_active(actor, profile)?;
    match (kind, &incident.closed) {
        (IncidentActKind::Reopen, Some(_)) => return Ok(()),
        (IncidentActKind::Reopen, None) => return Err(profile.refuse(Reason::AlreadyDone)),
        (_, Some(_)) => return Err(profile.refuse(Reason::IncidentClosed)),
        (_, None) => {}
    }
    match kind {
        IncidentActKind::Tell | IncidentActKind::LeaveOut => {
            let mut first = None;
            for step in incident.steps(profile) {
                let may = match kind {
                    IncidentActKind::Tell => may_tell(incident, step, actor, profile),
                    _ => may_leave_out(incident, step, actor, profile),
                };
                match may {
                    Ok(_) => return Ok(()),
                    // A step that is done says less than who could take one that is not.
                    Err(refusal) if refusal.reason == Reason::AlreadyDone => {}
                    Err(refusal) => {
                        first.get_or_insert(refusal);
                    }
                }
            }
            Err(first.unwrap_or_else(|| profile.refuse(Reason::AlreadyDone)))
        }
        IncidentActKind::SetGravity
        | IncidentActKind::Instruct
        | IncidentActKind::Publish
        | IncidentActKind::NotifyPerson => must_be_officer(incident, actor, profile),
        IncidentActKind::ApproveClosing => approving(incident, actor, profile).map(drop),
        IncidentActKind::Close => closing(incident, actor, profile),
        // What is known is evidence, whoever knows it.
        _ => Ok(()),
    }
}

/// Every kind of act with its answer for this person now.
#[must_use]
pub fn open_acts(
    incident: &Incident,
    actor: &Person,
    profile: &Profile,
) -> Vec<(IncidentActKind, Result<(), Refusal>)> {
    IncidentActKind::ALL.into_iter().map(|kind| (kind, check(incident, kind, actor, profile))).collect()
}

/// Decides one act: the events that it becomes, or why it is refused.
///
/// # Errors
/// A refusal, which leaves everything as it was.
pub fn decide(
    incident: &Incident,
    act: &IncidentAct,
    actor: &Person,
    profile: &Profile,
    now: DateTime<Utc>,
) -> Result<Vec<IncidentEvent>, Refusal> {
    let by = actor.id;
    // Which step is meant says more than whether there is any step for this person.
    if !matches!(act, IncidentAct::Tell { .. } | IncidentAct::LeaveOut { .. }) || incident.closed.is_some() {
        check(incident, act.kind(), actor, profile)?;
    }
    must_be_active(actor, profile)?;
    let event = match act {
        IncidentAct::Tell { step, at, note } => {
            let step = find_step(incident, step, profile)?;
            let (role, deputy_for) = may_tell(incident, step, actor, profile)?;
            IncidentEvent::Told {
                step: step.id.clone(),
                by,
                role,
                deputy_for,
                to: step.to.clone(),
                at: to_millis(at.map_or(now, |at| at.min(now))),
                note: *note,
            }
        }
        IncidentAct::LeaveOut { step, reason } => {
            let step = find_step(incident, step, profile)?;
            let (role, deputy_for) = may_leave_out(incident, step, actor, profile)?;
            IncidentEvent::StepLeftOut { step: step.id.clone(), by, role, deputy_for, reason: *reason }
        }
        IncidentAct::Contain { measure } => IncidentEvent::Contained { by, measure: *measure },
        IncidentAct::Instruct { instruction } => IncidentEvent::Instructed { by, instruction: *instruction },
        IncidentAct::AddItem { item } => {
            if incident.items.iter().any(|known| known.item == item.item) {
                return Err(profile.refuse(Reason::AlreadyDone));
            }
            IncidentEvent::ItemAdded { by, item: item.clone() }
        }
        IncidentAct::SetGravity { gravity, attack, malicious, reason } => IncidentEvent::GravitySet {
            by,
            gravity: *gravity,
            attack: *attack,
            malicious: *malicious,
            reason: *reason,
        },
        IncidentAct::StateContent { content } => IncidentEvent::ContentStated { by, content: *content },
        IncidentAct::StateCause { cause } => IncidentEvent::CauseStated { by, cause: *cause },
        IncidentAct::StateDamage { damage } => IncidentEvent::DamageStated { by, damage: *damage },
        IncidentAct::StatePrevention { prevention } => {
            IncidentEvent::PreventionStated { by, prevention: *prevention }
        }
        IncidentAct::Count { persons } => IncidentEvent::AffectedCounted { by, persons: *persons },
        IncidentAct::Publish { on, note } => {
            IncidentEvent::Published { by, on: (*on).min(jst_date(now)), note: *note }
        }
        IncidentAct::NotifyPerson { persons, note } => {
            IncidentEvent::PersonNotified { by, persons: *persons, note: *note }
        }
        IncidentAct::ApproveClosing {} => {
            let (role, deputy_for) = approving(incident, actor, profile)?;
            IncidentEvent::ApprovedClosing { by, role, deputy_for }
        }
        IncidentAct::Close {} => IncidentEvent::Closed { by },
        IncidentAct::Reopen { reason } => IncidentEvent::Reopened { by, reason: *reason },
    };
    Ok(vec![event])
}

fn must_be_active(actor: &Person, profile: &Profile) -> Result<(), Refusal> {
    if actor.active { Ok(()) } else { Err(profile.refuse(Reason::NotDesignated)) }
}

/// The roles that have a say in an incident: those that approve its closing, and those of the reporting chain.
fn officers(incident: &Incident, profile: &Profile) -> Vec<RoleId> {
    let of_gate = incident.gate(profile).map(|gate| gate.approvers.roles()).unwrap_or_default();
    let of_chain = profile.incident.chain.iter().flat_map(|step| step.from.iter().chain(&step.to));
    let mut roles: Vec<RoleId> = Vec::new();
    for role in of_gate.iter().chain(of_chain) {
        if role.0 != HANDLER && !roles.contains(role) {
            roles.push(role.clone());
        }
    }
    roles
}

fn must_be_officer(incident: &Incident, actor: &Person, profile: &Profile) -> Result<(), Refusal> {
    let roles = officers(incident, profile);
    // A regulation that names no officers leaves it to whoever may act.
    let may = roles.is_empty()
        || roles.iter().any(|role| approval::holding(actor, role, incident.division, profile).is_some());
    if may { Ok(()) } else { Err(profile.refuse(Reason::RoleMissing { roles: profile.role_names(&roles) })) }
}

fn find_step<'a>(incident: &Incident, id: &str, profile: &'a Profile) -> Result<&'a ReportStep, Refusal> {
    let Some(step) = profile.incident.chain.iter().find(|step| step.id == id) else {
        return Err(profile.refuse(Reason::NoSuchStep));
    };
    if incident.steps(profile).any(|applies| applies.id == id) {
        Ok(step)
    } else {
        Err(Refusal::by(&step.source, Reason::StepNotApplicable))
    }
}

type InRole = (Option<RoleId>, Option<PersonId>);

fn in_role(
    incident: &Incident,
    step: &ReportStep,
    actor: &Person,
    profile: &Profile,
) -> Result<InRole, Refusal> {
    let Some(role) = &step.from else { return Ok((None, None)) };
    match approval::holding(actor, role, incident.division, profile) {
        Some(deputy_for) => Ok((Some(role.clone()), deputy_for)),
        None => {
            let roles = profile.role_names(std::slice::from_ref(role));
            Err(Refusal::by(&step.source, Reason::RoleMissing { roles }))
        }
    }
}

fn may_tell(
    incident: &Incident,
    step: &ReportStep,
    actor: &Person,
    profile: &Profile,
) -> Result<InRole, Refusal> {
    let role = in_role(incident, step, actor, profile)?;
    match incident.told(&step.id) {
        Some(_) => Err(Refusal::by(&step.source, Reason::AlreadyDone)),
        None => Ok(role),
    }
}

fn may_leave_out(
    incident: &Incident,
    step: &ReportStep,
    actor: &Person,
    profile: &Profile,
) -> Result<InRole, Refusal> {
    if !step.as_needed {
        return Err(Refusal::by(&step.source, Reason::StepMandatory));
    }
    // That nothing needs to be reported is never for just anybody to judge.
    if step.from.is_none() {
        must_be_officer(incident, actor, profile)?;
    }
    may_tell(incident, step, actor, profile)
}

// ------------------------------------------------------------------------------------------------- closing

/// What is still missing before officers can approve that the incident be closed: facts, and steps of the
/// reporting chain.
#[must_use]
pub fn missing_to_approve(incident: &Incident, profile: &Profile) -> Vec<Missing> {
    let rules = &profile.incident;
    let facts = [
        ("cause", Bilingual::new("原因", "cause"), &rules.cause, incident.facts.cause),
        ("damage", Bilingual::new("被害の状況", "damage"), &rules.damage, incident.facts.damage),
        (
            "prevention",
            Bilingual::new("再発防止策", "plan against a repetition"),
            &rules.prevention,
            incident.facts.prevention,
        ),
    ];
    let facts = facts.into_iter().filter_map(|(which, name, asked_by, fact)| {
        let source = asked_by.clone().filter(|_| fact.is_none())?;
        Some(Missing { code: "field", which: which.to_owned(), name, item: None, source })
    });
    let steps = incident
        .steps(profile)
        .filter(|step| incident.told(&step.id).is_none())
        .filter(|step| !step.as_needed || incident.left_out(&step.id).is_none())
        .map(|step| Missing {
            code: "report",
            which: step.id.clone(),
            name: Bilingual::of(|lang| step_name(step, profile, lang)),
            item: None,
            source: step.source.clone(),
        });
    facts.chain(steps).collect()
}

/// What is still missing before the incident can be closed: also the approvals.
#[must_use]
pub fn missing_to_close(incident: &Incident, profile: &Profile) -> Vec<Missing> {
    let mut missing = missing_to_approve(incident, profile);
    if let Some(gate) = incident.gate(profile) {
        let roles = approval::missing(&gate.approvers, &incident.approvals);
        missing.extend(roles.into_iter().map(|role| Missing {
            code: "approval",
            name: Bilingual::of(|lang| {
                let name = profile.role_name(&role, lang);
                lang.pick(format!("{name}の承認"), format!("approval by {name}"))
            }),
            which: role.0,
            item: None,
            source: gate.source.clone(),
        }));
    }
    missing
}

fn approving(
    incident: &Incident,
    actor: &Person,
    profile: &Profile,
) -> Result<(RoleId, Option<PersonId>), Refusal> {
    let Some(gate) = incident.gate(profile) else {
        return Err(profile.refuse(Reason::PermissionNotNeeded { gated: Gated::CloseIncident }));
    };
    // Nobody asks for the closing: it is due. That one person alone does not approve and close is judged when
    // it is closed, so an officer who reported the incident himself can still take his part.
    let nobody = PersonId(Uuid::nil());
    let role =
        approval::role_of(actor, nobody, &gate.approvers, &incident.approvals, incident.division, profile)
            .map_err(|reason| match reason {
                Reason::NotApprover { .. }
                    if approval::missing(&gate.approvers, &incident.approvals).is_empty() =>
                {
                    profile.refuse(Reason::AlreadyDone)
                }
                Reason::NotApprover { .. } => Refusal::by(&gate.source, reason),
                _ => profile.refuse(reason),
            })?;
    Refusal::unless_complete(missing_to_approve(incident, profile))?;
    Ok(role)
}

fn closing(incident: &Incident, actor: &Person, profile: &Profile) -> Result<(), Refusal> {
    if incident.gate(profile).is_none() {
        must_be_officer(incident, actor, profile)?;
    }
    Refusal::unless_complete(missing_to_close(incident, profile))?;
    // A deputy and the one in whose place he stands are one.
    let is_actor = |person: PersonId| {
        person == actor.id || actor.roles.iter().any(|held| held.deputy_for == Some(person))
    };
    let others = |given: &Given| !is_actor(given.by) && !given.deputy_for.is_some_and(is_actor);
    if incident.approvals.is_empty() || incident.approvals.iter().any(others) {
        Ok(())
    } else {
        Err(profile.refuse(Reason::ClosesAlone))
    }
}

// -------------------------------------------------------------------------------------------------- clocks

/// Until when a step is in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Until this moment.
    At(DateTime<Utc>),
    /// Until the end of this day in Japan.
    On(NaiveDate),
}

impl Due {
    /// Whether this moment is too late.
    #[must_use]
    pub fn is_past(self, moment: DateTime<Utc>) -> bool {
        match self {
            Self::At(at) => moment > at,
            Self::On(day) => jst_date(moment) > day,
        }
    }

    /// The last moment that is in time.
    #[must_use]
    pub fn moment(self) -> DateTime<Utc> {
        match self {
            Self::At(at) => at,
            Self::On(day) => day
                .checked_add_days(Days::new(1))
                .map_or(DateTime::<Utc>::MAX_UTC, |next| jst_day_start(next) - TimeDelta::milliseconds(1)),
        }
    }
}

/// How a step of the reporting chain stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClockView {
    /// Which, as the profile names it.
    pub step: String,
    /// Who reports: a role, or anybody where there is none.
    pub from: Option<RoleId>,
    /// To which role.
    pub to: Option<RoleId>,
    /// To whom outside, or to a post that is no role.
    pub outside: Option<Bilingual>,
    /// Until when it is in time. Where the step before was not taken yet, counted from when that is due.
    pub due: Due,
    /// When it was taken.
    pub told_at: Option<DateTime<Utc>>,
    /// Whether it can be judged not to be needed.
    pub as_needed: bool,
    /// Whether it was judged not to be needed.
    pub left_out: bool,
    /// Whether it waits and is late.
    pub overdue: bool,
    /// Whether it was taken late.
    pub late: bool,
    /// What asks for it.
    pub source: Source,
}

/// How each step of the reporting chain stands that this incident goes through. `calendar` says which days are
/// closed: those of the State's organs, towards which the terms in days run.
#[must_use]
pub fn clocks(
    incident: &Incident,
    profile: &Profile,
    calendar: &Calendar,
    now: DateTime<Utc>,
) -> Vec<ClockView> {
    let mut views: Vec<ClockView> = Vec::new();
    for step in incident.steps(profile) {
        let due = match step.within {
            Clock::Minutes(minutes) => {
                // A role that is told by several can begin with the first; as long as nobody told it, it is counted
                // from when somebody ought to have.
                let before = || views.iter().filter(|view| step.from.is_some() && view.to == step.from);
                let begins = before()
                    .filter_map(|view| view.told_at)
                    .min()
                    .or_else(|| before().map(|view| view.due.moment()).min())
                    .unwrap_or(incident.reported_at);
                let ends = begins.checked_add_signed(TimeDelta::minutes(i64::from(minutes)));
                Due::At(ends.unwrap_or(DateTime::<Utc>::MAX_UTC))
            }
            Clock::Days(days) => {
                let days = step.malicious_days.filter(|_| incident.malicious).unwrap_or(days);
                Due::On(match step.guide {
                    true => nth_day(incident.known_on, days),
                    false => calendar.deadline(incident.known_on, days),
                })
            }
        };
        let told_at = incident.told(&step.id).map(|told| told.at);
        let left_out = told_at.is_none() && step.as_needed && incident.left_out(&step.id).is_some();
        views.push(ClockView {
            step: step.id.clone(),
            from: step.from.clone(),
            to: step.to.clone(),
            outside: step.outside.clone(),
            due,
            told_at,
            as_needed: step.as_needed,
            left_out,
            overdue: told_at.is_none() && !left_out && due.is_past(now),
            late: told_at.is_some_and(|at| due.is_past(at)),
            source: step.source.clone(),
        });
    }
    views
}

/// What a person calls a step: the report to whom.
#[must_use]
pub fn step_name(step: &ReportStep, profile: &Profile, lang: Lang) -> String {
    let to = match (&step.to, &step.outside) {
        (_, Some(outside)) => outside.get(lang).to_owned(),
        (Some(role), None) => profile.role_name(role, lang),
        (None, None) => step.id.clone(),
    };
    lang.pick(format!("{to}への報告"), format!("report to {to}"))
}

// --------------------------------------------------------------------------------------------------- draft

/// A draft of the report to the 個人情報保護委員会, with its nine items as far as they are known and before
/// them how the media were protected. `text` looks up what a person wrote; none where that was erased.
#[must_use]
pub fn draft(
    incident: &Incident,
    profile: &Profile,
    names: &dyn Names,
    text: &dyn Fn(TextRef) -> Option<String>,
    lang: Lang,
) -> String {
    let unknown = || lang.pick("（未記載）", "(not stated yet)").to_owned();
    let read = |at: TextRef| {
        text(at).unwrap_or_else(|| lang.pick("（記載は消去済み）", "(the text was erased)").to_owned())
    };
    let stated = |at: Option<TextRef>| at.map_or_else(unknown, read);
    let day = |day: NaiveDate| lang.pick(wareki(day), day.to_string());
    let mut out = String::new();
    // Writing to a string cannot fail.
    let mut line = |text: &str| {
        let _ = writeln!(out, "{text}");
    };

    line(lang.pick(
        "特定個人情報の漏えい等に関する報告（案）",
        "Report of a breach of specific personal information (draft)",
    ));
    line("");
    line(lang.pick("【発生時の暗号化等の状態】", "[Protection at that moment]"));
    line(&incident.headline(lang));
    for at_loss in &incident.items {
        let (title, kind) = (names.item(at_loss.item), at_loss.item_kind.name(lang));
        line(&lang.pick(
            format!("・{title}（{kind}）: {}", at_loss.protection_name(lang)),
            format!("- {title} ({kind}): {}", at_loss.protection_name(lang)),
        ));
        if let Some(protected) = &at_loss.protection {
            if let Secrecy::Encrypted { tool, algorithm } = &protected.secrecy {
                let (tool, algorithm) = (read(*tool), read(*algorithm));
                line(&lang.pick(
                    format!("  方式 {algorithm}、ソフトウェア {tool}"),
                    format!("  Algorithm {algorithm}, tool {tool}"),
                ));
            }
            let (who, when) = (names.person(protected.verified_by), jst_date_time(protected.verified_at));
            line(&lang.pick(format!("  確認 {when} {who}"), format!("  Verified {when} by {who}")));
        }
    }

    let heading = |number: usize, ja: &str, en: &str| format!("\n{number} {}", lang.pick(ja, en));
    line(&heading(1, "概要", "Outline"));
    let (kind, gravity) = (incident.kind.name(lang), incident.gravity.name(lang));
    line(&lang.pick(format!("{kind}（{gravity}）"), format!("{kind} ({gravity})")));
    let (known, reported) = (day(incident.known_on), jst_date_time(incident.reported_at));
    line(&lang.pick(
        format!("知った日 {known}、最初の報告 {reported}"),
        format!("Known on {known}, first reported {reported}"),
    ));
    line(&stated(incident.facts.content));

    line(&heading(2, "特定個人情報の項目", "Kinds of data"));
    let categories: BTreeSet<Category> =
        incident.items.iter().flat_map(|at_loss| at_loss.categories.iter().copied()).collect();
    let categories: Vec<_> = categories.into_iter().map(|category| category.name(lang)).collect();
    line(&if categories.is_empty() { unknown() } else { categories.join(lang.pick("、", ", ")) });
    let records: Option<u64> = incident
        .items
        .iter()
        .filter_map(|at_loss| at_loss.records)
        .reduce(|sum, records| sum.saturating_add(records));
    if let Some(records) = records {
        line(&lang.pick(format!("記録された件数 {records}件"), format!("{records} records on the items")));
    }

    line(&heading(3, "本人の数", "Number of persons"));
    line(
        &incident
            .facts
            .affected
            .map_or_else(unknown, |persons| lang.pick(format!("{persons}人"), persons.to_string())),
    );

    line(&heading(4, "原因", "Cause"));
    line(&stated(incident.facts.cause));
    if incident.attack {
        line(lang.pick("外部からの攻撃による（疑いを含む）", "An attack from outside, or what seems one"));
    }
    if incident.malicious {
        line(lang.pick("不正の目的によるおそれがある", "It may have been done with a wrongful purpose"));
    }

    line(&heading(5, "二次被害又はそのおそれの有無及びその内容", "Further damage"));
    line(&stated(incident.facts.damage));

    line(&heading(6, "本人への対応の実施状況", "What was done for the persons"));
    if incident.notified.is_empty() {
        line(lang.pick("未実施", "Nothing yet"));
    }
    for notified in &incident.notified {
        let (on, persons) = (day(jst_date(notified.at)), notified.persons);
        line(&lang.pick(format!("{on} {persons}人に連絡"), format!("{on}: {persons} told")));
        if let Some(note) = notified.note {
            line(&read(note));
        }
    }

    line(&heading(7, "公表の実施状況", "Publication"));
    if incident.published.is_empty() {
        line(lang.pick("未実施", "Nothing yet"));
    }
    for published in &incident.published {
        let on = day(published.on);
        line(&lang.pick(format!("{on} 公表"), format!("Published on {on}")));
        if let Some(note) = published.note {
            line(&read(note));
        }
    }

    line(&heading(8, "再発防止のための措置", "What keeps it from happening again"));
    line(&stated(incident.facts.prevention));

    line(&heading(9, "その他参考となる事項", "Other matters"));
    for (label, said) in [
        (lang.pick("措置", "Measure"), &incident.measures),
        (lang.pick("指示", "Instruction"), &incident.instructions),
    ] {
        for said in said {
            line(&format!("{label} {} {}", jst_date_time(said.at), read(said.text)));
        }
    }
    for told in &incident.told {
        let step = profile.incident.chain.iter().find(|step| step.id == told.step);
        let name = step.map_or_else(|| told.step.clone(), |step| step_name(step, profile, lang));
        line(&format!("{name} {}", jst_date_time(told.at)));
    }
    out
}
