//! Designation (指定・指名): how somebody becomes a handler. The regulation says who designates, who registers it,
//! who is told and how soon; whether the division names the person first; and how many there are to be.
//!
//! 1. Nomination (指名) by the division, where the regulation wants it (養父市 第4条第3項).
//! 2. Designation (指定) by the officer whom the regulation names; under 北見市 第5条第2項 it is at once the
//!    application to the manager of the system.
//! 3. Registration (登録) by that manager, where the regulation wants it. Only then is it in force.
//! 4. Report or notice (報告・通知), and its acknowledgement by whoever is to be told.
//!
//! The end of a designation is one more step, told in the same way where another than the designating officer
//! ends it (北見市 第5条第7項・第8項).

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Acting, Ended, Ending, acting, division_is_said, ends_not_before, missing_field, not_over, not_own,
    period_fits, staff::Staff,
};
use crate::{
    event::Stamp,
    ids::{DesignationId, DivisionId, PersonId},
    incident::Due,
    japan_date::jst_date,
    person::{Part, Person},
    profile::{Bilingual, Clock, Designation, FixedTerm, Profile, RoleId},
    refusal::{Reason, Refusal},
    text::{Lang, TextRef},
};

/// What the ledger calls the subject of these events.
pub const SUBJECT_KIND: &str = "designation";

/// Something that happened to a designation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum DesignationEvent {
    /// Somebody was made a handler when the register was set up, on the server's shell.
    SetUp {
        /// Who.
        person: PersonId,
        /// The first day.
        from: NaiveDate,
    },
    /// The division named somebody.
    Nominated {
        /// Who named him.
        by: PersonId,
        /// Whom.
        person: PersonId,
        /// In which way, as the profile calls it.
        designation: String,
        /// For which division.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        division: Option<DivisionId>,
        /// The first day.
        from: NaiveDate,
        /// The last day.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<NaiveDate>,
        /// What he is to do (役割).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        duties: Option<TextRef>,
        /// Who is to designate.
        waits_for: RoleId,
    },
    /// An officer designated somebody.
    Designated {
        /// Who designated.
        by: PersonId,
        /// In which role.
        role: RoleId,
        /// For whom, where he is a deputy.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deputy_for: Option<PersonId>,
        /// Whom.
        person: PersonId,
        /// In which way, as the profile calls it.
        designation: String,
        /// For which division.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        division: Option<DivisionId>,
        /// The first day.
        from: NaiveDate,
        /// The last day; that of the term where there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<NaiveDate>,
        /// What he is to do (役割).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        duties: Option<TextRef>,
        /// The role that he holds by it, where he does not become a handler.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        holds: Option<RoleId>,
        /// Who is to register it before it is in force.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        registrar: Option<RoleId>,
        /// Who is to be told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tell: Option<RoleId>,
        /// By when the next of the two is to be done.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due: Option<DateTime<Utc>>,
    },
    /// It was entered in the book, and is in force.
    DesignationRegistered {
        /// By whom.
        by: PersonId,
        /// In which role.
        role: RoleId,
        /// For whom, where he is a deputy.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deputy_for: Option<PersonId>,
        /// By when the notice is to be acknowledged.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due: Option<DateTime<Utc>>,
    },
    /// Whoever was to be told took note.
    DesignationAcknowledged {
        /// Who.
        by: PersonId,
        /// In which role.
        role: RoleId,
        /// For whom, where he is a deputy.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deputy_for: Option<PersonId>,
    },
    /// A nomination or application was turned down.
    DesignationTurnedDown {
        /// By whom.
        by: PersonId,
        /// In which role.
        role: RoleId,
        /// Why.
        reason: TextRef,
    },
    /// It ended, or will.
    DesignationEnded {
        /// By whom; none on the server's shell.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<PersonId>,
        /// In which role; none for an administrator.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        role: Option<RoleId>,
        /// The last day.
        last: NaiveDate,
        /// Why.
        why: Ending,
        /// A word with it; the ground, where it is a breach.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<TextRef>,
        /// Who is to be told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tell: Option<RoleId>,
    },
}

impl DesignationEvent {
    /// The stable word that names this kind of event in the ledger.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::SetUp { .. } => "set-up",
            Self::Nominated { .. } => "nominated",
            Self::Designated { .. } => "designated",
            Self::DesignationRegistered { .. } => "designation-registered",
            Self::DesignationAcknowledged { .. } => "designation-acknowledged",
            Self::DesignationTurnedDown { .. } => "designation-turned-down",
            Self::DesignationEnded { .. } => "designation-ended",
        }
    }

    /// The texts that this event refers to.
    #[must_use]
    pub fn texts(&self) -> Vec<TextRef> {
        match self {
            Self::Nominated { duties, .. } | Self::Designated { duties, .. } => {
                duties.iter().copied().collect()
            }
            Self::DesignationTurnedDown { reason, .. } => vec![*reason],
            Self::DesignationEnded { note, .. } => note.iter().copied().collect(),
            _ => Vec::new(),
        }
    }
}

/// Where a designation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DesignationState {
    /// The division named somebody; an officer is to designate.
    Nominated,
    /// An officer designated; another is to register it.
    Unregistered,
    /// It is in force.
    InForce,
    /// It was turned down.
    TurnedDown,
    /// It was ended.
    Ended,
}

impl DesignationState {
    /// The stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Nominated => "nominated",
            Self::Unregistered => "unregistered",
            Self::InForce => "in-force",
            Self::TurnedDown => "turned-down",
            Self::Ended => "ended",
        }
    }

    /// What a person reads.
    #[must_use]
    pub fn name(self) -> Bilingual {
        let (ja, en) = match self {
            Self::Nominated => ("指名済み・指定待ち", "nominated, to be designated"),
            Self::Unregistered => ("申請済み・登録待ち", "applied for, to be registered"),
            Self::InForce => ("指定済み", "designated"),
            Self::TurnedDown => ("不承認", "turned down"),
            Self::Ended => ("解除済み", "ended"),
        };
        Bilingual::new(ja, en)
    }
}

/// What somebody owes about a designation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Owed {
    /// To designate who was nominated.
    Designation,
    /// To register who was designated.
    Registration,
    /// To take note of a designation (報告・通知).
    Acknowledgement,
    /// To take note of its end.
    EndAcknowledgement,
}

impl Owed {
    /// What a person reads.
    #[must_use]
    pub fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::Designation => lang.pick("指定", "to designate"),
            Self::Registration => lang.pick("登録", "to register"),
            Self::Acknowledgement => lang.pick("報告・通知の確認", "to take note"),
            Self::EndAcknowledgement => lang.pick("解除の通知の確認", "to take note of the end"),
        }
    }
}

/// That somebody owes something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waits {
    /// What.
    pub owed: Owed,
    /// The role that owes it.
    pub role: RoleId,
    /// By when; none where the regulation says nothing of it.
    pub due: Option<DateTime<Utc>>,
    /// Since when.
    pub since: DateTime<Utc>,
}

impl Waits {
    /// Whether it is late.
    #[must_use]
    pub fn is_overdue(&self, now: DateTime<Utc>) -> bool {
        self.due.is_some_and(|due| now > due)
    }
}

/// A step that somebody took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Taken {
    /// Who.
    pub by: PersonId,
    /// In which role; none for a nomination.
    pub role: Option<RoleId>,
    /// For whom, where he is a deputy.
    pub deputy_for: Option<PersonId>,
    /// When.
    pub at: DateTime<Utc>,
}

impl Taken {
    /// Whether it counts as this person's own: he took it, or his deputy did, or one whose deputy he is.
    #[must_use]
    pub fn is_of(&self, person: &Person) -> bool {
        let principals = person.roles.iter().filter_map(|held| held.deputy_for);
        std::iter::once(person.id).chain(principals).any(|one| one == self.by || self.deputy_for == Some(one))
    }
}

/// A designation: the fold of its events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Designated {
    /// Its id.
    pub id: DesignationId,
    /// How many events were folded; the next event is number `version + 1`.
    pub version: u64,
    /// Who.
    pub person: PersonId,
    /// In which way, as the profile calls it; none where the register was set up so.
    pub designation: Option<String>,
    /// For which division.
    pub division: Option<DivisionId>,
    /// The first day.
    pub from: NaiveDate,
    /// The last day, as it was set at first.
    pub to: Option<NaiveDate>,
    /// What he is to do.
    pub duties: Option<TextRef>,
    /// The role that he holds by it, where he does not become a handler.
    pub holds: Option<RoleId>,
    /// Where it stands.
    pub state: DesignationState,
    /// The nomination.
    pub nominated: Option<Taken>,
    /// The designation.
    pub designated: Option<Taken>,
    /// The registration.
    pub registered: Option<Taken>,
    /// The acknowledgements, in their order.
    pub acknowledged: Vec<Taken>,
    /// Who is told once it is in force.
    pub tell: Option<RoleId>,
    /// What somebody owes now.
    pub waits: Option<Waits>,
    /// Why it was turned down.
    pub turned_down: Option<TextRef>,
    /// That it was ended.
    pub ended: Option<Ended>,
    /// When it was begun.
    pub at: DateTime<Utc>,
}

impl Designated {
    /// The last day; none where it has no end.
    #[must_use]
    pub fn last(&self) -> Option<NaiveDate> {
        super::earlier(self.to, self.ended.as_ref().map(|ended| ended.last))
    }

    /// The first day on which it counts: not before it was registered, where it has to be.
    #[must_use]
    pub fn in_force_from(&self) -> Option<NaiveDate> {
        let begun = matches!(self.state, DesignationState::InForce | DesignationState::Ended);
        let registered = self.registered.as_ref().map(|registered| jst_date(registered.at));
        begun.then(|| registered.map_or(self.from, |on| self.from.max(on)))
    }

    /// Whether it counts on a day, as far as the designation itself says.
    #[must_use]
    pub fn stands_on(&self, day: NaiveDate) -> bool {
        self.in_force_from().is_some_and(|from| from <= day) && self.last().is_none_or(|last| day <= last)
    }

    /// Whether it counts on a day or is on its way to.
    fn occupies(&self, from: NaiveDate, to: Option<NaiveDate>) -> bool {
        self.state != DesignationState::TurnedDown
            && to.is_none_or(|to| self.from <= to)
            && self.last().is_none_or(|last| from <= last)
    }

    /// How it is to be searched for: where it stands, or that somebody owes something.
    #[must_use]
    pub fn phase(&self) -> &'static str {
        match (self.state, &self.waits) {
            (DesignationState::InForce | DesignationState::Ended, Some(_)) => "untold",
            (state, _) => state.code(),
        }
    }
}

/// Folds one event into the designation. Total; `None` stands for one that did not begin yet.
#[must_use]
pub fn evolve(
    id: DesignationId,
    designated: Option<Designated>,
    stamp: &Stamp,
    event: &DesignationEvent,
) -> Option<Designated> {
    let at = stamp.recorded_at;
    let begun = |person: PersonId, from: NaiveDate| Designated {
        id,
        version: 0,
        person,
        designation: None,
        division: None,
        from,
        to: None,
        duties: None,
        holds: None,
        state: DesignationState::InForce,
        nominated: None,
        designated: None,
        registered: None,
        acknowledged: Vec::new(),
        tell: None,
        waits: None,
        turned_down: None,
        ended: None,
        at,
    };
    let mut now = match (designated, event) {
        (Some(known), _) => known,
        (
            None,
            DesignationEvent::SetUp { person, from }
            | DesignationEvent::Nominated { person, from, .. }
            | DesignationEvent::Designated { person, from, .. },
        ) => begun(*person, *from),
        (None, _) => return None,
    };
    now.version += 1;
    let taken = |by: &PersonId, role: Option<&RoleId>, deputy_for: Option<PersonId>| Taken {
        by: *by,
        role: role.cloned(),
        deputy_for,
        at,
    };
    match event {
        DesignationEvent::SetUp { .. } => {}
        DesignationEvent::Nominated { by, designation, division, to, duties, waits_for, .. } => {
            now.designation = Some(designation.clone());
            now.division = *division;
            now.to = *to;
            now.duties = *duties;
            now.state = DesignationState::Nominated;
            now.nominated = Some(taken(by, None, None));
            now.waits =
                Some(Waits { owed: Owed::Designation, role: waits_for.clone(), due: None, since: at });
        }
        DesignationEvent::Designated {
            by,
            role,
            deputy_for,
            person,
            designation,
            division,
            from,
            to,
            duties,
            holds,
            registrar,
            tell,
            due,
        } => {
            now.person = *person;
            now.designation = Some(designation.clone());
            now.division = *division;
            now.from = *from;
            now.to = *to;
            now.duties = duties.or(now.duties);
            now.holds.clone_from(holds);
            now.tell.clone_from(tell);
            now.designated = Some(taken(by, Some(role), *deputy_for));
            let owed = match registrar {
                Some(role) => Some((Owed::Registration, role)),
                None => tell.as_ref().map(|role| (Owed::Acknowledgement, role)),
            };
            now.state = match registrar {
                Some(_) => DesignationState::Unregistered,
                None => DesignationState::InForce,
            };
            now.waits = owed.map(|(owed, role)| Waits { owed, role: role.clone(), due: *due, since: at });
        }
        DesignationEvent::DesignationRegistered { by, role, deputy_for, due } => {
            now.registered = Some(taken(by, Some(role), *deputy_for));
            now.state = DesignationState::InForce;
            now.waits = now.tell.as_ref().map(|role| Waits {
                owed: Owed::Acknowledgement,
                role: role.clone(),
                due: *due,
                since: at,
            });
        }
        DesignationEvent::DesignationAcknowledged { by, role, deputy_for } => {
            now.acknowledged.push(taken(by, Some(role), *deputy_for));
            now.waits = None;
        }
        DesignationEvent::DesignationTurnedDown { reason, .. } => {
            now.state = DesignationState::TurnedDown;
            now.turned_down = Some(*reason);
            now.waits = None;
        }
        DesignationEvent::DesignationEnded { by, last, why, tell, .. } => {
            // What never came into force never does.
            now.state = match now.state {
                DesignationState::Nominated | DesignationState::Unregistered => DesignationState::TurnedDown,
                _ => DesignationState::Ended,
            };
            now.ended = Some(Ended { by: *by, last: *last, why: *why });
            now.waits = tell.as_ref().map(|role| Waits {
                owed: Owed::EndAcknowledgement,
                role: role.clone(),
                due: None,
                since: at,
            });
        }
    }
    Some(now)
}

/// Somebody to be designated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Designating<'a> {
    /// In which way.
    pub rule: &'a Designation,
    /// Who.
    pub person: PersonId,
    /// For which division.
    pub division: Option<DivisionId>,
    /// The first day.
    pub from: NaiveDate,
    /// The last day; that of the term where none is given.
    pub to: Option<NaiveDate>,
    /// What he is to do.
    pub duties: Option<TextRef>,
}

/// What a designation is judged with.
#[derive(Debug, Clone, Copy)]
pub struct Around<'a> {
    /// Who is to be designated, as of now.
    pub whom: &'a Person,
    /// How the person works for the body.
    pub staff: Option<&'a Staff>,
    /// All designations of the person, and all of the same kind.
    pub others: &'a [Designated],
    /// The regulation in force.
    pub profile: &'a Profile,
    /// The moment.
    pub now: DateTime<Utc>,
}

impl Designating<'_> {
    fn to(&self, around: Around<'_>) -> Option<NaiveDate> {
        self.to.or_else(|| around.staff.and_then(|staff| staff.term_end))
    }

    /// That this can be, whoever does it. `own` is the designation itself, where it was nominated before.
    fn fits(&self, around: Around<'_>, own: Option<DesignationId>) -> Result<(), Refusal> {
        let Around { staff, others, profile, .. } = around;
        let Self { rule, person, division, from, .. } = self;
        let to = self.to(around);
        let no = |reason| Err(Refusal::by(&rule.source, reason));
        let held: Vec<RoleId> = rule.holds.iter().cloned().chain([rule.by.clone()]).collect();
        division_is_said(&held, *division, profile)?;
        not_over(*from, Some(jst_date(around.now)), profile)?;
        period_fits(*person, *from, to, staff, profile)?;
        if staff.is_some_and(Staff::has_term) {
            match rule.fixed_term {
                FixedTerm::Alike => {}
                FixedTerm::Never => return no(Reason::FixedTermExcluded),
                FixedTerm::AfterInformation => {
                    if staff.is_none_or(|staff| staff.information.is_none()) {
                        let missing = missing_field(
                            "information",
                            "利用者情報登録申請書による申請",
                            "the application of user information",
                            rule.source.clone(),
                        );
                        Refusal::unless_complete(vec![missing])?;
                    }
                }
            }
        }
        let mut others = others.iter().filter(|other| Some(other.id) != own);
        if let Some(among) = &rule.among {
            let is_among = |other: &Designated| {
                other.person == *person && other.designation.as_ref() == Some(among) && other.stands_on(*from)
            };
            if !others.clone().any(is_among) {
                let first = profile.designations.iter().find(|known| known.id == *among);
                let name = first.map_or_else(|| Bilingual::new(among, among), |first| first.name.clone());
                return no(Reason::DesignationMissing { name });
            }
        }
        let alike: Vec<&Designated> = others
            .by_ref()
            .filter(|other| other.designation.as_ref() == Some(&rule.id) && other.occupies(*from, to))
            .collect();
        if alike.iter().any(|other| other.person == *person && other.division == *division) {
            return no(Reason::AlreadyDone);
        }
        if let Some(exactly) = rule.exactly
            && alike.len() >= exactly as usize
        {
            return no(Reason::DesignationsFull { name: rule.name.clone(), exactly });
        }
        Ok(())
    }
}

/// By when something is to be done that begins now.
fn due(rule: &Designation, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    Some(match rule.within? {
        Clock::Minutes(minutes) => now + TimeDelta::minutes(i64::from(minutes)),
        Clock::Days(days) => Due::On(jst_date(now) + Days::new(u64::from(days.saturating_sub(1)))).moment(),
    })
}

/// Names somebody for designation by the officer, where the regulation wants the division to (養父市 第4条第3項).
/// `works_there` says that the actor himself works in that division; an administrator may record it for one who
/// does not sign in.
///
/// # Errors
/// [`Reason::PartMissing`], [`Reason::OwnAuthority`], [`Reason::DesignationElsewhere`] where the regulation knows no
/// nomination, and what
/// [`designate`] refuses.
pub fn nominate(
    designating: &Designating<'_>,
    works_there: bool,
    actor: &Person,
    around: Around<'_>,
) -> Result<Vec<DesignationEvent>, Refusal> {
    let Designating { rule, person, division, from, duties, .. } = designating;
    if !(actor.active && (works_there || actor.is(Part::Administrator))) {
        return Err(around.profile.refuse(Reason::PartMissing { part: Part::Administrator }));
    }
    not_own(Some(actor), around.whom, around.profile)?;
    if !rule.nominated {
        let state = Bilingual::new("指名を要しない", "no nomination needed");
        return Err(Refusal::by(&rule.source, Reason::DesignationElsewhere { state }));
    }
    designating.fits(around, None)?;
    Ok(vec![DesignationEvent::Nominated {
        by: actor.id,
        person: *person,
        designation: rule.id.clone(),
        division: *division,
        from: *from,
        to: designating.to(around),
        duties: *duties,
        waits_for: rule.by.clone(),
    }])
}

/// Designates somebody. `nominated` is the nomination, which the regulation may want first.
///
/// # Errors
/// By the clause of the designation: [`Reason::RoleMissing`]; [`Reason::DesignationElsewhere`] where a nomination
/// is missing or settled; [`Reason::OwnRequest`] where the actor, or one whose deputy he is, made it, since nomination
/// and designation are two steps of two people; [`Reason::OwnAuthority`]; [`Reason::DayIsOver`]; [`Reason::NotReady`] without a division or, for a fixed-term appointee, without the
/// application that comes first; [`Reason::PeriodInverted`], [`Reason::PersonLeft`], [`Reason::BeyondTerm`],
/// [`Reason::FixedTermExcluded`], [`Reason::DesignationMissing`], [`Reason::AlreadyDone`],
/// [`Reason::DesignationsFull`].
pub fn designate(
    designating: &Designating<'_>,
    nominated: Option<&Designated>,
    actor: &Person,
    around: Around<'_>,
) -> Result<Vec<DesignationEvent>, Refusal> {
    let Designating { rule, person, division, from, duties, .. } = designating;
    let Around { profile, now, .. } = around;
    let no = |reason| Err(Refusal::by(&rule.source, reason));
    let Acting { role, deputy_for } = acting_by(rule, &[&rule.by], actor, *division, profile)?;
    match nominated {
        None if rule.nominated => {
            let state = Bilingual::new("指名待ち", "to be nominated first");
            return no(Reason::DesignationElsewhere { state });
        }
        Some(known) if known.state != DesignationState::Nominated => {
            return no(Reason::DesignationElsewhere { state: known.state.name() });
        }
        Some(known) if known.nominated.as_ref().is_some_and(|step| step.is_of(actor)) => {
            return Err(profile.refuse(Reason::OwnRequest));
        }
        _ => {}
    }
    not_own(Some(actor), around.whom, profile)?;
    designating.fits(around, nominated.map(|known| known.id))?;
    Ok(vec![DesignationEvent::Designated {
        by: actor.id,
        role,
        deputy_for,
        person: *person,
        designation: rule.id.clone(),
        division: *division,
        from: *from,
        to: designating.to(around),
        duties: *duties,
        holds: rule.holds.clone(),
        registrar: rule.registered_by.clone(),
        tell: rule.report_to.clone(),
        due: due(rule, now),
    }])
}

fn acting_by(
    rule: &Designation,
    roles: &[&RoleId],
    actor: &Person,
    division: Option<DivisionId>,
    profile: &Profile,
) -> Result<Acting, Refusal> {
    acting(actor, roles, division, profile)
        .map_err(|refusal| Refusal { source: rule.source.clone(), ..refusal })
}

/// The rule that a designation follows; none where the regulation in force has no such one.
#[must_use]
pub fn rule_of<'p>(designated: &Designated, profile: &'p Profile) -> Option<&'p Designation> {
    let id = designated.designation.as_ref()?;
    profile.designations.iter().find(|rule| rule.id == *id)
}

fn elsewhere<T>(designated: &Designated, profile: &Profile) -> Result<T, Refusal> {
    let reason = Reason::DesignationElsewhere { state: designated.state.name() };
    Err(match rule_of(designated, profile) {
        Some(rule) => Refusal::by(&rule.source, reason),
        None => profile.refuse(reason),
    })
}

fn owed<'d>(designated: &'d Designated, wanted: &[Owed], profile: &Profile) -> Result<&'d Waits, Refusal> {
    match &designated.waits {
        Some(waits) if wanted.contains(&waits.owed) => Ok(waits),
        _ => elsewhere(designated, profile),
    }
}

fn acting_on(
    designated: &Designated,
    waits: &Waits,
    actor: &Person,
    profile: &Profile,
) -> Result<Acting, Refusal> {
    acting(actor, &[&waits.role], designated.division, profile).map_err(|refusal| {
        match rule_of(designated, profile) {
            Some(rule) => Refusal { source: rule.source.clone(), ..refusal },
            None => refusal,
        }
    })
}

/// Enters a designation in the book; from now on it is in force.
///
/// # Errors
/// By the clause of the designation: [`Reason::DesignationElsewhere`], [`Reason::RoleMissing`];
/// [`Reason::OwnRequest`] where the actor, his deputy or the one whose deputy he is designated, since application and
/// registration are two steps of two people; [`Reason::OwnAuthority`].
pub fn register(
    designated: &Designated,
    whom: &Person,
    actor: &Person,
    profile: &Profile,
    now: DateTime<Utc>,
) -> Result<Vec<DesignationEvent>, Refusal> {
    let waits = owed(designated, &[Owed::Registration], profile)?;
    let Acting { role, deputy_for } = acting_on(designated, waits, actor, profile)?;
    if designated.designated.as_ref().is_some_and(|step| step.is_of(actor)) {
        return Err(profile.refuse(Reason::OwnRequest));
    }
    not_own(Some(actor), whom, profile)?;
    let due = rule_of(designated, profile).and_then(|rule| due(rule, now));
    Ok(vec![DesignationEvent::DesignationRegistered { by: actor.id, role, deputy_for, due }])
}

/// Takes note of a designation or of its end.
///
/// # Errors
/// By the clause of the designation: [`Reason::DesignationElsewhere`], [`Reason::RoleMissing`].
pub fn acknowledge(
    designated: &Designated,
    actor: &Person,
    profile: &Profile,
) -> Result<Vec<DesignationEvent>, Refusal> {
    let waits = owed(designated, &[Owed::Acknowledgement, Owed::EndAcknowledgement], profile)?;
    let Acting { role, deputy_for } = acting_on(designated, waits, actor, profile)?;
    Ok(vec![DesignationEvent::DesignationAcknowledged { by: actor.id, role, deputy_for }])
}

/// Turns a nomination or an application down.
///
/// # Errors
/// By the clause of the designation: [`Reason::DesignationElsewhere`], [`Reason::RoleMissing`].
pub fn turn_down(
    designated: &Designated,
    reason: TextRef,
    actor: &Person,
    profile: &Profile,
) -> Result<Vec<DesignationEvent>, Refusal> {
    let waits = owed(designated, &[Owed::Designation, Owed::Registration], profile)?;
    let Acting { role, .. } = acting_on(designated, waits, actor, profile)?;
    Ok(vec![DesignationEvent::DesignationTurnedDown { by: actor.id, role, reason }])
}

/// Ends a designation after a day: the officer who designates, the one who registers (北見市 第5条第7項), or an
/// administrator. Where it is not the designating officer he is told. `today` is none where a validation corrects the
/// entry.
///
/// # Errors
/// By the clause of the designation: [`Reason::RoleMissing`], [`Reason::DesignationElsewhere`], and
/// [`Reason::NotReady`] where the ground of a breach is missing; [`Reason::DayIsOver`].
pub fn end(
    designated: &Designated,
    last: NaiveDate,
    why: Ending,
    note: Option<TextRef>,
    actor: &Person,
    today: Option<NaiveDate>,
    profile: &Profile,
) -> Result<Vec<DesignationEvent>, Refusal> {
    let rule = rule_of(designated, profile);
    let source = rule.map_or_else(
        || profile.source(crate::refusal::ProductRule::HandlersOnly),
        |rule| rule.source.clone(),
    );
    let roles: Vec<&RoleId> = match rule {
        Some(rule) => std::iter::once(&rule.by).chain(&rule.registered_by).collect(),
        // Whoever was set up, or designated under a regulation of the past, is ended by whoever designates now.
        None => profile.designations.iter().map(|rule| &rule.by).collect(),
    };
    let acting = match acting(actor, &roles, designated.division, profile) {
        Ok(acting) => Some(acting),
        Err(_) if actor.is(Part::Administrator) => None,
        Err(refusal) => return Err(Refusal { source, ..refusal }),
    };
    let over = matches!(designated.state, DesignationState::Ended | DesignationState::TurnedDown);
    if over && designated.last().is_none_or(|known| known <= last) {
        return elsewhere(designated, profile);
    }
    ends_not_before(last, today, profile)?;
    if why == Ending::Breach && note.is_none() {
        let missing = missing_field("note", "抵触すると判断した理由", "the ground", source);
        Refusal::unless_complete(vec![missing])?;
    }
    let role = acting.map(|acting| acting.role);
    let tell = rule.and_then(|rule| match &role {
        Some(role) if *role == rule.by => rule.registered_by.clone(),
        _ => Some(rule.by.clone()),
    });
    Ok(vec![DesignationEvent::DesignationEnded { by: Some(actor.id), role, last, why, note, tell }])
}

/// That a designation ends because the person leaves after a day (異動・退職), and whoever designates is told; none where
/// it ends by then already. Who may say so is asked of [`super::staff::leave`].
#[must_use]
pub fn end_with_person(
    designated: &Designated,
    last: NaiveDate,
    why: Ending,
    by: PersonId,
    profile: &Profile,
) -> Option<DesignationEvent> {
    let over = designated.state == DesignationState::TurnedDown
        || designated.last().is_some_and(|known| known <= last);
    let tell = rule_of(designated, profile).map(|rule| rule.by.clone());
    (!over).then_some(DesignationEvent::DesignationEnded {
        by: Some(by),
        role: None,
        last,
        why,
        note: None,
        tell,
    })
}

/// How many of a kind are missing on a day, where the regulation wants a number of them (長崎共済 第5条第4項).
#[must_use]
pub fn short_of(rule: &Designation, designations: &[Designated], day: NaiveDate) -> u32 {
    let stand = designations
        .iter()
        .filter(|other| other.designation.as_ref() == Some(&rule.id) && other.stands_on(day))
        .count();
    rule.exactly.unwrap_or(0).saturating_sub(u32::try_from(stand).unwrap_or(u32::MAX))
}
