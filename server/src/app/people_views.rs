//! People as officers see them: the list, and a person's record with what is open to whoever looks at it. Each look
//! at a record is a line of the trail.

use chrono::{DateTime, NaiveDate, Utc};
use hokan_domain::{
    approval::holding,
    authority::{
        Ended,
        appointment::{self, Appointment},
        credential::Credential,
        designation::{self, Around, Designated, Designating, Owed, Taken, designate},
        may_manage,
        staff::{self, Employment, Staff},
        validation::inspections,
    },
    ids::{AppointmentId, CredentialId, DesignationId, EventId, PersonId},
    japan_date::jst_date,
    person::{Part, Person},
    profile::{HANDLER, Profile},
    refusal::Refusal,
    text::Lang,
};
use hokan_mobile_api::{
    Caller, Problem,
    wire::{ItemSummary, Named, PersonView},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{App, AppError, Book, store_problem, view::person_view, view::summary};
use crate::store::{items::ItemFilter, people::Account};

/// How many items of a person are listed.
const MOST_HELD: u64 = 500;

// ------------------------------------------------------------------------------------------- what is shown

/// A person in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct PersonLine {
    /// Who.
    pub(crate) person: PersonView,
    /// The name to sign in with.
    pub(crate) login: String,
    /// The division that the person works in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) division: Option<Named>,
    /// Parts and roles of today, as people call them.
    pub(crate) roles: Vec<String>,
    /// Whether the person may sign in.
    pub(crate) active: bool,
    /// The last day on which the person has any authority, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) until: Option<NaiveDate>,
}

/// That something ended, or will.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct EndingView {
    /// The last day.
    pub(crate) last: NaiveDate,
    /// Why.
    pub(crate) why: Named,
    /// By whom; none where it was done on the server's shell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) by: Option<PersonView>,
}

/// A post or role of somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct AppointmentView {
    /// Which.
    #[schema(value_type = String, example = "apt_0192f3c4d5e67890a1b2c3d4e5f60718")]
    pub(crate) id: AppointmentId,
    /// The post.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) post: Option<String>,
    /// The roles.
    pub(crate) roles: Vec<Named>,
    /// For which division.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) division: Option<Named>,
    /// Whose place he takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) deputy_for: Option<PersonView>,
    /// The first day.
    pub(crate) from: NaiveDate,
    /// The last day; none where it has no end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) to: Option<NaiveDate>,
    /// That it was ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ended: Option<EndingView>,
    /// Whether it counts today, as far as it says itself.
    pub(crate) in_force: bool,
    /// Whether the caller may end it.
    pub(crate) may_end: bool,
}

/// A step of a designation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct TakenView {
    /// Which step.
    pub(crate) step: Named,
    /// Who took it.
    pub(crate) by: PersonView,
    /// In which role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) role: Option<String>,
    /// For whom, where he is a deputy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) deputy_for: Option<PersonView>,
    /// When.
    pub(crate) at: DateTime<Utc>,
}

/// What somebody owes about a designation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct OwedView {
    /// What.
    pub(crate) owed: String,
    /// The role that owes it.
    pub(crate) role: String,
    /// By when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) due: Option<DateTime<Utc>>,
    /// Whether it is late.
    pub(crate) overdue: bool,
}

/// A designation of somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct DesignationView {
    /// Which.
    #[schema(value_type = String, example = "dsg_0192f3c4d5e67890a1b2c3d4e5f60718")]
    pub(crate) id: DesignationId,
    /// In which way: as the profile calls it, or that the register was set up so.
    pub(crate) designation: Named,
    /// For which division.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) division: Option<Named>,
    /// The first day.
    pub(crate) from: NaiveDate,
    /// The last day; none where it has no end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) to: Option<NaiveDate>,
    /// What he is to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) duties: Option<String>,
    /// Where it stands.
    pub(crate) state: Named,
    /// Whether it counts today, as far as it says itself.
    pub(crate) in_force: bool,
    /// The steps so far.
    pub(crate) steps: Vec<TakenView>,
    /// What somebody owes now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) waits: Option<OwedView>,
    /// Why it was turned down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) turned_down: Option<String>,
    /// That it was ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ended: Option<EndingView>,
    /// The acts on it that are open to the caller.
    pub(crate) acts: Vec<String>,
    /// The clause that it follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source: Option<String>,
}

/// A credential that is not Hokan's own, as a fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct CredentialView {
    /// Which.
    #[schema(value_type = String, example = "crd_0192f3c4d5e67890a1b2c3d4e5f60718")]
    pub(crate) id: CredentialId,
    /// Which kind.
    pub(crate) what: Named,
    /// What it is called where it is used.
    pub(crate) identifier: String,
    /// The day on which it was issued.
    pub(crate) issued_on: NaiveDate,
    /// By whom it was recorded.
    pub(crate) issued_by: PersonView,
    /// Why there was no other way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) exception: Option<String>,
    /// The day on which it was registered where it is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) registered_on: Option<NaiveDate>,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) place: Option<String>,
    /// The last day on which it counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) revoked_on: Option<NaiveDate>,
}

/// A person's record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct PersonRecord {
    /// Who.
    pub(crate) person: PersonView,
    /// The name to sign in with.
    pub(crate) login: String,
    /// The division that the person works in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) division: Option<Named>,
    /// The parts of today.
    pub(crate) parts: Vec<Named>,
    /// Whether the person may sign in today.
    pub(crate) active: bool,
    /// How the person works for the body, where that was recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) employment: Option<Named>,
    /// The last day of the term.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) term_end: Option<NaiveDate>,
    /// The application of user information that was filed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) information: Option<String>,
    /// That the person leaves or left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) left: Option<EndingView>,
    /// Posts and roles, the oldest first.
    pub(crate) appointments: Vec<AppointmentView>,
    /// Designations, the oldest first.
    pub(crate) designations: Vec<DesignationView>,
    /// Credentials of other systems.
    pub(crate) credentials: Vec<CredentialView>,
    /// What the person has in hand.
    pub(crate) holds: Vec<ItemSummary>,
    /// Whether that is to be handed over: the person's authority is over or ends on a known day.
    pub(crate) to_hand_over: bool,
    /// The acts about this person that are open to the caller.
    pub(crate) acts: Vec<String>,
    /// The ways of designation that the caller decides.
    pub(crate) designate_as: Vec<Named>,
}

/// What became of an act about a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct PersonAnswer {
    /// The act.
    #[schema(value_type = String)]
    pub(crate) event_id: EventId,
    /// Its first entry in the ledger.
    pub(crate) seq: u64,
    /// When it was recorded.
    pub(crate) recorded_at: DateTime<Utc>,
    /// Whether it had been recorded before.
    pub(crate) repeated: bool,
    /// The person's record as it is now.
    pub(crate) person: PersonRecord,
}

// ------------------------------------------------------------------------------------------ how it is shown

/// All that a record is made of, as it was read.
struct Loaded {
    account: Account,
    staff: Option<Staff>,
    appointments: Vec<Appointment>,
    designations: Vec<Designated>,
    credentials: Vec<Credential>,
    items: Vec<hokan_domain::item::Item>,
}

/// Who looks, and by which rules.
struct Look<'a> {
    actor: &'a Person,
    profile: &'a Profile,
    now: DateTime<Utc>,
    lang: Lang,
}

pub(super) fn named_division(id: hokan_domain::ids::DivisionId, book: &Book) -> Named {
    Named { code: id.to_string(), name: book.division(id) }
}

pub(super) fn ending_view(ended: &Ended, lang: Lang, book: &Book) -> EndingView {
    EndingView {
        last: ended.last,
        why: Named { code: ended.why.code().to_owned(), name: ended.why.name(lang).to_owned() },
        by: ended.by.map(|by| person_view(by, book)),
    }
}

/// What a designation is called.
pub(super) fn designation_named(designated: &Designated, profile: &Profile, lang: Lang) -> Named {
    match designation::rule_of(designated, profile) {
        Some(rule) => Named { code: rule.id.clone(), name: rule.name.get(lang).to_owned() },
        None => match &designated.designation {
            Some(id) => Named { code: id.clone(), name: id.clone() },
            None => {
                let name = lang.pick("取扱担当者（初期設定）", "handler, as set up").to_owned();
                Named { code: "set-up".to_owned(), name }
            }
        },
    }
}

/// What a kind of credential is called.
pub(super) fn credential_named(credential: &Credential, profile: &Profile, lang: Lang) -> Named {
    let kind = profile.credentials.kinds.iter().find(|kind| kind.id == credential.what);
    let name = kind.map_or_else(|| credential.what.clone(), |kind| kind.name.get(lang).to_owned());
    Named { code: credential.what.clone(), name }
}

impl Look<'_> {
    fn today(&self) -> NaiveDate {
        jst_date(self.now)
    }

    fn appointment(&self, one: &Appointment, book: &Book) -> AppointmentView {
        let Self { actor, profile, lang, .. } = self;
        let why = hokan_domain::authority::Ending::Released;
        let today = self.today();
        AppointmentView {
            id: one.id,
            post: one.post.map(|post| book.text(post)),
            roles: one
                .roles
                .iter()
                .map(|role| Named { code: role.0.clone(), name: profile.role_name(role, *lang) })
                .collect(),
            division: one.division.map(|id| named_division(id, book)),
            deputy_for: one.deputy_for.map(|id| person_view(id, book)),
            from: one.from,
            to: one.last(),
            ended: one.ended.as_ref().map(|ended| ending_view(ended, *lang, book)),
            in_force: one.stands_on(today),
            may_end: appointment::end(one, today, why, Some(actor), Some(today), profile).is_ok(),
        }
    }

    fn taken(&self, step: &str, taken: &Taken, book: &Book) -> TakenView {
        let (ja, en) = match step {
            "nominated" => ("指名", "nominated"),
            "designated" => ("指定・申請", "designated"),
            "registered" => ("登録", "registered"),
            _ => ("確認", "taken note"),
        };
        TakenView {
            step: Named { code: step.to_owned(), name: self.lang.pick(ja, en).to_owned() },
            by: person_view(taken.by, book),
            role: taken.role.as_ref().map(|role| self.profile.role_name(role, self.lang)),
            deputy_for: taken.deputy_for.map(|id| person_view(id, book)),
            at: taken.at,
        }
    }

    /// The acts on a designation that are open to whoever looks.
    fn acts_on(&self, one: &Designated, loaded: &Loaded) -> Vec<String> {
        let Self { actor, profile, now, .. } = self;
        let whom = &loaded.account.person;
        let today = self.today();
        let mut acts = Vec::new();
        let nominated = designation::rule_of(one, profile)
            .filter(|_| one.waits.as_ref().is_some_and(|waits| waits.owed == Owed::Designation));
        if let Some(rule) = nominated {
            let designating = Designating {
                rule,
                person: one.person,
                division: one.division,
                from: one.from.max(today),
                to: one.to,
                duties: one.duties,
            };
            let staff = loaded.staff.as_ref();
            let around = Around { whom, staff, others: &loaded.designations, profile, now: *now };
            if designate(&designating, Some(one), actor, around).is_ok() {
                acts.extend(["designate", "turn-down"]);
            }
        }
        if designation::register(one, whom, actor, profile, *now).is_ok() {
            acts.extend(["register", "turn-down"]);
        }
        if designation::acknowledge(one, actor, profile).is_ok() {
            acts.push("acknowledge");
        }
        let why = hokan_domain::authority::Ending::Released;
        if designation::end(one, today, why, None, actor, Some(today), profile).is_ok() {
            acts.push("end-designation");
        }
        acts.into_iter().map(str::to_owned).collect()
    }

    fn designation(&self, one: &Designated, loaded: &Loaded, book: &Book) -> DesignationView {
        let Self { profile, lang, now, .. } = self;
        let mut steps = Vec::new();
        for (step, taken) in
            [("nominated", &one.nominated), ("designated", &one.designated), ("registered", &one.registered)]
        {
            steps.extend(taken.as_ref().map(|taken| self.taken(step, taken, book)));
        }
        steps.extend(one.acknowledged.iter().map(|taken| self.taken("acknowledged", taken, book)));
        let state = one.state;
        DesignationView {
            id: one.id,
            designation: designation_named(one, profile, *lang),
            division: one.division.map(|id| named_division(id, book)),
            from: one.from,
            to: one.last(),
            duties: one.duties.map(|duties| book.text(duties)),
            state: Named { code: state.code().to_owned(), name: state.name().get(*lang).to_owned() },
            in_force: one.stands_on(self.today()),
            steps,
            waits: one.waits.as_ref().map(|waits| OwedView {
                owed: waits.owed.name(*lang).to_owned(),
                role: profile.role_name(&waits.role, *lang),
                due: waits.due,
                overdue: waits.is_overdue(*now),
            }),
            turned_down: one.turned_down.map(|reason| book.text(reason)),
            ended: one.ended.as_ref().map(|ended| ending_view(ended, *lang, book)),
            acts: self.acts_on(one, loaded),
            source: designation::rule_of(one, profile).map(|rule| rule.source.cite(*lang)),
        }
    }

    fn credential(&self, one: &Credential, book: &Book) -> CredentialView {
        CredentialView {
            id: one.id,
            what: credential_named(one, self.profile, self.lang),
            identifier: book.text(one.identifier),
            issued_on: one.issued_on,
            issued_by: person_view(one.issued_by.0, book),
            exception: one.exception.map(|text| book.text(text)),
            registered_on: one.registered.as_ref().map(|(on, _)| *on),
            place: one.registered.as_ref().and_then(|(_, place)| *place).map(|text| book.text(text)),
            revoked_on: one.revoked_on,
        }
    }

    fn acts(&self, loaded: &Loaded) -> Vec<String> {
        let Self { actor, profile, .. } = self;
        let whom = &loaded.account.person;
        let mut acts = Vec::new();
        if staff::employ(Employment::Regular, None, None, whom, actor, profile).is_ok() {
            acts.extend(["employ", "appoint"]);
            let left = loaded.staff.as_ref().is_some_and(|staff| staff.left.is_some());
            acts.extend(left.then_some("resume"));
            acts.extend(profile.designations.iter().any(|rule| rule.nominated).then_some("nominate"));
        }
        if !self.designate_as().is_empty() && actor.id != whom.id {
            acts.push("designate");
        }
        if may_manage(actor, profile).is_ok() {
            acts.push("leave");
            acts.extend((!profile.credentials.kinds.is_empty()).then_some("issue-credential"));
        }
        acts.into_iter().map(str::to_owned).collect()
    }

    fn designate_as(&self) -> Vec<Named> {
        let rules = self.profile.designations.iter().filter(|rule| !rule.nominated);
        rules
            .filter(|rule| holding(self.actor, &rule.by, None, self.profile).is_some())
            .map(|rule| Named { code: rule.id.clone(), name: rule.name.get(self.lang).to_owned() })
            .collect()
    }

    fn record(&self, loaded: &Loaded, book: &Book) -> PersonRecord {
        let Self { lang, .. } = self;
        let Loaded { account, staff, appointments, designations, credentials, items } = loaded;
        let staff = staff.as_ref();
        PersonRecord {
            person: PersonView { id: account.person.id, name: account.name.clone() },
            login: account.login.clone(),
            division: account.division.map(|id| named_division(id, book)),
            parts: account.person.parts.iter().map(|part| Named::part(*part, *lang)).collect(),
            active: account.person.active,
            employment: staff.and_then(|staff| staff.employment).map(|employment| Named {
                code: employment.code().to_owned(),
                name: employment.name(*lang).to_owned(),
            }),
            term_end: staff.and_then(|staff| staff.term_end),
            information: staff.and_then(|staff| staff.information).map(|text| book.text(text)),
            left: staff.and_then(|staff| staff.left.as_ref()).map(|left| ending_view(left, *lang, book)),
            appointments: appointments.iter().map(|one| self.appointment(one, book)).collect(),
            designations: designations
                .iter()
                .filter(|one| one.person == account.person.id)
                .map(|one| self.designation(one, loaded, book))
                .collect(),
            credentials: credentials.iter().map(|one| self.credential(one, book)).collect(),
            holds: items.iter().map(|item| summary(item, *lang, book)).collect(),
            to_hand_over: !items.is_empty()
                && (!account.person.is(Part::Handler) || staff.and_then(Staff::serves_until).is_some()),
            acts: self.acts(loaded),
            designate_as: self.designate_as(),
        }
    }
}

/// Whether somebody may look at everybody's record: whoever keeps the register of people, and whoever audits it.
fn may_look(actor: &Person, profile: &Profile) -> Result<(), Refusal> {
    if actor.active && actor.is(Part::Auditor) {
        return Ok(());
    }
    may_keep(actor, profile)
}

/// Whether somebody keeps the register of people: an administrator, an officer who designates, registers or is told,
/// or one who validates the permission ledger.
fn may_keep(actor: &Person, profile: &Profile) -> Result<(), Refusal> {
    if inspections(profile).any(|inspection| holding(actor, &inspection.by, None, profile).is_some()) {
        return Ok(());
    }
    may_manage(actor, profile)
}

impl App {
    /// Refuses whoever does not keep the register of people.
    pub(super) async fn must_keep_people(&self, caller: &Caller) -> Result<(), Problem> {
        self.judged(caller, may_keep(&caller.person, &self.profile())).await
    }

    /// Refuses whoever may not look at other people's records.
    pub(super) async fn must_see_people(&self, caller: &Caller) -> Result<(), Problem> {
        self.judged(caller, may_look(&caller.person, &self.profile())).await
    }

    async fn judged(&self, caller: &Caller, answer: Result<(), Refusal>) -> Result<(), Problem> {
        match answer {
            Ok(()) => Ok(()),
            Err(refusal) => Err(self.problem(caller, AppError::Refused { refusal, item: None }).await),
        }
    }

    /// Everybody, by login: who may sign in, or all.
    ///
    /// # Errors
    /// A refusal where the caller does not keep the register of people.
    pub(crate) async fn people_list(
        &self,
        caller: &Caller,
        containing: Option<&str>,
        all: bool,
    ) -> Result<Vec<PersonLine>, Problem> {
        self.must_see_people(caller).await?;
        let lang = caller.lang;
        let fault = |error| store_problem(&error, lang);
        let wanted = containing.map(str::trim).filter(|text| !text.is_empty()).map(str::to_lowercase);
        let mut people = self.store().people().await.map_err(fault)?;
        people.retain(|account| all || account.person.active);
        if let Some(wanted) = &wanted {
            people.retain(|account| {
                account.name.to_lowercase().contains(wanted) || account.login.contains(wanted)
            });
        }
        let profile = self.profile();
        let line = |account: &Account, book: &Book| {
            let parts = account.person.parts.iter().map(|part| part.name(lang).to_owned());
            let roles = account.person.roles.iter().filter(|held| held.role.0 != HANDLER).map(|held| {
                let role = profile.role_name(&held.role, lang);
                match held.division {
                    Some(id) => lang.pick(
                        format!("{role}（{}）", book.division(id)),
                        format!("{role} ({})", book.division(id)),
                    ),
                    None => role,
                }
            });
            PersonLine {
                person: PersonView { id: account.person.id, name: account.name.clone() },
                login: account.login.clone(),
                division: account.division.map(|id| named_division(id, book)),
                roles: parts.chain(roles).collect(),
                active: account.person.active,
                until: hokan_domain::authority::earlier(account.term_end, account.left_on),
            }
        };
        self.with_names(lang, |book| people.iter().map(|account| line(account, book)).collect())
            .await
            .map_err(fault)
    }

    /// A person's record; one's own, or anybody's for whoever keeps the register of people. Looking is a line of the
    /// trail.
    ///
    /// # Errors
    /// `not-found`, or a refusal where the caller does not keep the register of people.
    pub(crate) async fn person_record(&self, caller: &Caller, id: PersonId) -> Result<PersonRecord, Problem> {
        if caller.person.id != id {
            self.must_see_people(caller).await?;
        }
        let record = self.record_of(caller, id).await?;
        let noted = self.note(Some(caller.person.id), "person-viewed", id, "").await;
        noted.map_err(|error| store_problem(&error, caller.lang))?;
        Ok(record)
    }

    /// The record, for whoever was found to be allowed to see it.
    pub(super) async fn record_of(&self, caller: &Caller, id: PersonId) -> Result<PersonRecord, Problem> {
        let lang = caller.lang;
        let store = self.store();
        let loaded = async {
            let Some(account) = store.person(id).await? else { return Ok(None) };
            let mut designations = store.every_subject::<Designated>().await?;
            designations.sort_by_key(|one| one.at);
            let mut appointments = store.subjects_of::<Appointment>(id).await?;
            appointments.sort_by_key(|one| one.from);
            let held = ItemFilter { holder: Some(id), ..ItemFilter::first(MOST_HELD) };
            Ok(Some(Loaded {
                account,
                staff: store.subject(id.0).await?,
                appointments,
                designations,
                credentials: store.subjects_of(id).await?,
                items: store.items(&held).await?,
            }))
        };
        let fault = |error: crate::store::StoreError| store_problem(&error, lang);
        let Some(loaded) = loaded.await.map_err(fault)? else {
            return Err(self.problem(caller, AppError::NotFound).await);
        };
        let now = store.clock().now();
        let profile = self.profile_on(jst_date(now));
        // What is open is judged by what the caller holds now: the act itself may have changed that.
        let actor = match store.person(caller.person.id).await.map_err(fault)? {
            Some(account) => account.person,
            None => caller.person.clone(),
        };
        let look = Look { actor: &actor, profile: &profile, now, lang };
        self.with_names(lang, |book| look.record(&loaded, book)).await.map_err(fault)
    }

    /// The roles that somebody can be given, and the officers who designate, as people call them.
    pub(crate) fn roles_to_give(&self, lang: Lang) -> Vec<Named> {
        let profile = self.profile();
        let name = |role: &hokan_domain::profile::Role| Named {
            code: role.id.0.clone(),
            name: role.name.get(lang).to_owned(),
        };
        profile.roles.iter().map(name).collect()
    }

    /// The ways in which a division nominates somebody.
    pub(crate) fn nominations(&self, lang: Lang) -> Vec<Named> {
        let profile = self.profile();
        let rules = profile.designations.iter().filter(|rule| rule.nominated);
        rules.map(|rule| Named { code: rule.id.clone(), name: rule.name.get(lang).to_owned() }).collect()
    }

    /// The kinds of credentials of other systems that the regulation names.
    pub(crate) fn credential_kinds(&self, lang: Lang) -> Vec<Named> {
        let profile = self.profile();
        let kinds = profile.credentials.kinds.iter();
        kinds.map(|kind| Named { code: kind.id.clone(), name: kind.name.get(lang).to_owned() }).collect()
    }
}
