//! The permission ledger (管理ファイル・ユーザＩＤ管理簿): every entry of who may what, and its periodic validation,
//! entry by entry.

use chrono::{DateTime, NaiveDate, Utc};
use hokan_domain::{
    approval::holding,
    authority::{
        appointment::Appointment,
        credential::Credential,
        designation::Designated,
        validation::{self, Line, Validation},
    },
    ids::{EventId, ValidationId},
    japan_date::jst_date,
    profile::Profile,
    text::{Lang, Names as _},
};
use hokan_mobile_api::{
    Caller, Problem,
    wire::{Named, PersonView},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    App, AppError, Book,
    people_views::{credential_named, designation_named},
    store_problem,
    view::person_view,
};
use crate::store::StoreError;

/// An entry of the permission ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct LedgerEntry {
    /// Which: `apt_…`, `dsg_…` or `crd_…`.
    pub(crate) id: String,
    /// Whose.
    pub(crate) person: PersonView,
    /// What: post, roles, designation or credential.
    pub(crate) what: String,
    /// For which division, or under which identifier.
    pub(crate) detail: String,
    /// The first day.
    pub(crate) from: NaiveDate,
    /// The last day; none where it has no end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) to: Option<NaiveDate>,
    /// Whether it counts today.
    pub(crate) in_force: bool,
    /// The validations that wait for a look at it.
    pub(crate) to_look_at: Vec<String>,
}

/// An inspection of the permission ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct LedgerInspection {
    /// Which.
    pub(crate) inspection: Named,
    /// The role that makes it.
    pub(crate) by: String,
    /// By which day it is due.
    pub(crate) due_on: NaiveDate,
    /// The clause that asks for it.
    pub(crate) source: String,
    /// Whether the caller can begin it now.
    pub(crate) may_begin: bool,
}

/// A validation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ValidationView {
    /// Which.
    #[schema(value_type = String, example = "vld_0192f3c4d5e67890a1b2c3d4e5f60718")]
    pub(crate) id: ValidationId,
    /// Of which inspection.
    pub(crate) inspection: Named,
    /// Who began it.
    pub(crate) begun_by: PersonView,
    /// When.
    pub(crate) begun_at: DateTime<Utc>,
    /// How many entries nobody looked at yet.
    pub(crate) open: usize,
    /// How many were found right.
    pub(crate) confirmed: usize,
    /// What was corrected: the entry, the event, and what was wrong.
    pub(crate) corrections: Vec<CorrectionView>,
    /// Who signed it off, and when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) signed_off: Option<(PersonView, DateTime<Utc>)>,
    /// Whether the caller makes it.
    pub(crate) mine: bool,
}

/// An entry that was corrected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct CorrectionView {
    /// Which entry.
    pub(crate) entry: String,
    /// The event that corrected it.
    #[schema(value_type = String)]
    pub(crate) event: EventId,
    /// What was wrong.
    pub(crate) note: String,
}

/// The permission ledger as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct PermissionLedger {
    /// Every entry that counts, or will.
    pub(crate) entries: Vec<LedgerEntry>,
    /// The inspections that the regulation asks for.
    pub(crate) inspections: Vec<LedgerInspection>,
    /// Validations, the last first.
    pub(crate) validations: Vec<ValidationView>,
}

/// What is done in a validation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ValidationAct {
    /// Find an entry right.
    Confirm(Line),
    /// Sign the whole off.
    SignOff,
}

/// All that the ledger is made of.
struct Loaded {
    appointments: Vec<Appointment>,
    designations: Vec<Designated>,
    credentials: Vec<Credential>,
    validations: Vec<Validation>,
}

fn entries(
    loaded: &Loaded,
    today: NaiveDate,
    profile: &Profile,
    lang: Lang,
    book: &Book,
) -> Vec<LedgerEntry> {
    let counts = |last: Option<NaiveDate>| last.is_none_or(|last| today <= last);
    let open = |line: Line| -> Vec<String> {
        let waiting =
            loaded.validations.iter().filter(|one| one.signed_off.is_none() && one.open.contains(&line));
        waiting.map(|one| one.id.to_string()).collect()
    };
    let mut entries = Vec::new();
    for one in loaded.appointments.iter().filter(|one| counts(one.last())) {
        let roles: Vec<String> = one.roles.iter().map(|role| profile.role_name(role, lang)).collect();
        let roles = roles.join(lang.pick("、", ", "));
        let deputy = one.deputy_for.map(|whose| {
            let name = book.person(whose);
            lang.pick(format!("{name}の代理"), format!("deputy of {name}"))
        });
        let what = one.post.map_or(roles.clone(), |post| format!("{} {roles}", book.text(post)));
        entries.push(LedgerEntry {
            id: one.id.to_string(),
            person: person_view(one.person, book),
            what: [Some(what), deputy].into_iter().flatten().collect::<Vec<_>>().join(" "),
            detail: one.division.map(|id| book.division(id)).unwrap_or_default(),
            from: one.from,
            to: one.last(),
            in_force: one.stands_on(today),
            to_look_at: open(Line::Appointment(one.id)),
        });
    }
    let refused = hokan_domain::authority::designation::DesignationState::TurnedDown;
    for one in loaded.designations.iter().filter(|one| one.state != refused && counts(one.last())) {
        entries.push(LedgerEntry {
            id: one.id.to_string(),
            person: person_view(one.person, book),
            what: designation_named(one, profile, lang).name,
            detail: one.division.map(|id| book.division(id)).unwrap_or_default(),
            from: one.from,
            to: one.last(),
            in_force: one.stands_on(today),
            to_look_at: open(Line::Designation(one.id)),
        });
    }
    for one in loaded.credentials.iter().filter(|one| counts(one.revoked_on)) {
        entries.push(LedgerEntry {
            id: one.id.to_string(),
            person: person_view(one.person, book),
            what: credential_named(one, profile, lang).name,
            detail: book.text(one.identifier),
            from: one.issued_on,
            to: one.revoked_on,
            in_force: one.issued_on <= today,
            to_look_at: open(Line::Credential(one.id)),
        });
    }
    entries.sort_by(|a, b| (&a.person.name, a.from, &a.id).cmp(&(&b.person.name, b.from, &b.id)));
    entries
}

fn inspection_named(id: &str, profile: &Profile, lang: Lang) -> Named {
    let known = profile.inspections.iter().find(|inspection| inspection.id == id);
    let name = known.map_or_else(|| id.to_owned(), |known| known.name.get(lang).to_owned());
    Named { code: id.to_owned(), name }
}

impl App {
    /// The permission ledger, with its validations. Looking is a line of the trail.
    ///
    /// # Errors
    /// A refusal where the caller does not keep the register of people.
    pub(crate) async fn permission_ledger(&self, caller: &Caller) -> Result<PermissionLedger, Problem> {
        self.must_see_people(caller).await?;
        let ledger = self.read_ledger(caller).await?;
        let noted = self.note(Some(caller.person.id), "permission-ledger-viewed", "ledger", "").await;
        noted.map_err(|error| store_problem(&error, caller.lang))?;
        Ok(ledger)
    }

    async fn read_ledger(&self, caller: &Caller) -> Result<PermissionLedger, Problem> {
        let lang = caller.lang;
        let store = self.store();
        let fault = |error: StoreError| store_problem(&error, lang);
        let loaded = async {
            Ok(Loaded {
                appointments: store.every_subject().await?,
                designations: store.every_subject().await?,
                credentials: store.every_subject().await?,
                validations: store.every_subject().await?,
            })
        };
        let loaded: Loaded = loaded.await.map_err(fault)?;
        let today = jst_date(store.clock().now());
        let profile = self.profile_on(today);
        let makes = |inspection: &hokan_domain::profile::Inspection| {
            holding(&caller.person, &inspection.by, None, &profile).is_some()
        };
        let going_on =
            |id: &str| loaded.validations.iter().any(|one| one.inspection == id && one.signed_off.is_none());
        let view = |one: &Validation, book: &Book| ValidationView {
            id: one.id,
            inspection: inspection_named(&one.inspection, &profile, lang),
            begun_by: person_view(one.begun_by, book),
            begun_at: one.begun_at,
            open: one.open.len(),
            confirmed: one.found.values().filter(|found| found.corrected.is_none()).count(),
            corrections: one
                .found
                .iter()
                .filter_map(|(line, found)| {
                    let (event, note) = found.corrected?;
                    Some(CorrectionView { entry: line.to_string(), event, note: book.text(note) })
                })
                .collect(),
            signed_off: one.signed_off.map(|(by, at)| (person_view(by, book), at)),
            mine: validation::inspections(&profile)
                .any(|inspection| inspection.id == one.inspection && makes(inspection)),
        };
        self.with_names(lang, |book| PermissionLedger {
            entries: entries(&loaded, today, &profile, lang, book),
            inspections: validation::inspections(&profile)
                .map(|inspection| LedgerInspection {
                    inspection: inspection_named(&inspection.id, &profile, lang),
                    by: profile.role_name(&inspection.by, lang),
                    due_on: validation::due_on(inspection, &loaded.validations, &profile),
                    source: inspection.source.cite(lang),
                    may_begin: makes(inspection) && !going_on(&inspection.id),
                })
                .collect(),
            validations: loaded.validations.iter().rev().map(|one| view(one, book)).collect(),
        })
        .await
        .map_err(fault)
    }

    /// The validations that go on and that the caller makes: what an ending may be the correction of.
    pub(crate) async fn open_validations(&self, caller: &Caller) -> Result<Vec<Named>, Problem> {
        let validations: Vec<Validation> =
            self.store().every_subject().await.map_err(|error| store_problem(&error, caller.lang))?;
        let profile = self.profile();
        let mine = |one: &&Validation| {
            one.signed_off.is_none()
                && validation::inspections(&profile).any(|inspection| {
                    inspection.id == one.inspection
                        && holding(&caller.person, &inspection.by, None, &profile).is_some()
                })
        };
        let named = |one: &Validation| Named {
            code: one.id.to_string(),
            name: inspection_named(&one.inspection, &profile, caller.lang).name,
        };
        Ok(validations.iter().filter(mine).map(named).collect())
    }

    /// Begins a validation of the permission ledger, with the entries of now.
    ///
    /// # Errors
    /// `unknown-reference` (`inspection`), a refusal, `event-id-reused`.
    pub(crate) async fn begin_validation(
        &self,
        caller: &Caller,
        event: EventId,
        inspection: String,
    ) -> Result<PermissionLedger, Problem> {
        self.must_keep_people(caller).await?;
        self.must_be_proven(caller)?;
        let mut stamp = self.stamp(caller, event, &format!("validation {inspection}"));
        let app = self.clone();
        let by = caller.person.id;
        let done = self.store().write("validation.begin", move |tx| {
            Box::pin(async move {
                if !tx.first_outcome(&stamp).await?.is_empty() {
                    return Ok(());
                }
                tx.must_be_free(event.0).await?;
                let today = jst_date(tx.now());
                let profile = app.profile_on(today);
                stamp.profile = profile.digest;
                let actor = tx.person(by).await?.ok_or(AppError::Unauthenticated)?.person;
                let inspection = validation::inspections(&profile)
                    .find(|known| known.id == inspection)
                    .ok_or(AppError::UnknownReference("inspection"))?;
                let appointments: Vec<Appointment> = tx.every_subject().await?;
                let designations: Vec<Designated> = tx.every_subject().await?;
                let credentials: Vec<Credential> = tx.every_subject().await?;
                let all = (&*appointments, &*designations, &*credentials);
                let lines = validation::entries(inspection, all, today, &profile);
                let known: Vec<Validation> = tx.every_subject().await?;
                let open =
                    known.iter().find(|one| one.inspection == inspection.id && one.signed_off.is_none());
                let events = validation::begin(inspection, lines, open, &actor, &profile)
                    .map_err(|refusal| AppError::Refused { refusal, item: None })?;
                tx.append_to::<Validation>(&stamp, event.0, None, &events).await?;
                Ok(())
            })
        });
        self.ledger_after(caller, done.await).await
    }

    /// Looks at an entry in a validation and finds it right, or signs the validation off.
    ///
    /// # Errors
    /// `not-found`, a refusal, `event-id-reused`.
    pub(crate) async fn act_on_validation(
        &self,
        caller: &Caller,
        id: ValidationId,
        event: EventId,
        act: ValidationAct,
    ) -> Result<PermissionLedger, Problem> {
        self.must_keep_people(caller).await?;
        self.must_be_proven(caller)?;
        let mut stamp = self.stamp(caller, event, &format!("{id} {act:?}"));
        let app = self.clone();
        let by = caller.person.id;
        let done = self.store().write("validation.act", move |tx| {
            Box::pin(async move {
                let known: Validation = tx.subject(id.0).await?.ok_or(AppError::NotFound)?;
                if !tx.first_outcome(&stamp).await?.is_empty() {
                    return Ok(());
                }
                let profile = app.profile_on(jst_date(tx.now()));
                stamp.profile = profile.digest;
                let actor = tx.person(by).await?.ok_or(AppError::Unauthenticated)?.person;
                let inspection = validation::inspections(&profile)
                    .find(|inspection| inspection.id == known.inspection)
                    .ok_or(AppError::NotFound)?;
                let events = match act {
                    ValidationAct::Confirm(line) => {
                        validation::look_at(&known, inspection, line, None, &actor, &profile)
                    }
                    ValidationAct::SignOff => validation::sign_off(&known, inspection, &actor, &profile),
                };
                let events = events.map_err(|refusal| AppError::Refused { refusal, item: None })?;
                tx.append_to(&stamp, id.0, Some(known), &events).await?;
                Ok(())
            })
        });
        self.ledger_after(caller, done.await).await
    }

    async fn ledger_after(
        &self,
        caller: &Caller,
        done: Result<(), AppError>,
    ) -> Result<PermissionLedger, Problem> {
        match done {
            Ok(()) => self.read_ledger(caller).await,
            Err(error) => Err(self.problem(caller, error).await),
        }
    }
}
