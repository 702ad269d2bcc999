//! The trail (操作履歴) as people use it: looked through, signed off, proven, pruned; and what looks wrong in it.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, Days, DurationRound, NaiveDate, TimeDelta, Utc};
use hokan_domain::{
    ids::{EventId, PersonId, SuspicionId, TrailReviewId},
    japan_date::{jst_date, jst_date_time},
    ledger::hash::Hash,
    person::Part,
    personal_number::CheckedText,
    refusal::Reason,
    text::Lang,
    trail::{
        self,
        review::{self, Looked, ReviewEvent, TrailReview},
        seal::{DayEvent, TrailDay, day_id},
    },
    watch::{self, Found, Limits, Rule, Suspicion, SuspicionEvent},
};
use hokan_mobile_api::{
    Caller, Problem, ProblemCode,
    wire::{Named, PersonView},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{App, AppError, store_problem, view::person_view};
use crate::{
    app::names::Book,
    store::{
        StoreError, WriteTx,
        account_changes::AccountChange,
        ledger::ActStamp,
        settings::Setting,
        texts::NewTexts,
        trail::{TrailLine, TrailQuery},
    },
};

/// Lines of the trail that are shown at once.
pub const PAGE: u64 = 200;
/// How far back what was raised and settled is shown.
const SUSPICIONS: usize = 200;
/// Two moments that are compared with each other are at the most so far apart.
const WATCHED: TimeDelta = TimeDelta::hours(12);

/// How many items people looked at since it was last written down.
#[derive(Debug, Default)]
pub(super) struct Views(Mutex<HashMap<(PersonId, DateTime<Utc>), u32>>);

impl Views {
    fn add(&self, person: PersonId, at: DateTime<Utc>) {
        // Cutting off to the hour fails only beyond the years that a date can have.
        let hour = at.duration_trunc(TimeDelta::hours(1)).unwrap_or(at);
        let mut views = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *views.entry((person, hour)).or_default() += 1;
    }

    fn take(&self) -> HashMap<(PersonId, DateTime<Utc>), u32> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Lines about one kind of act that one person can cause in one minute. Of what is more only the count is kept: a line
/// for each would let anybody fill the trail, and the one writer's time, at the speed of his connection.
const LINES_A_MINUTE: u32 = 20;

/// Who caused lines of which kind in which minute.
type Caused = (PersonId, &'static str, DateTime<Utc>);

/// How many lines of a kind people caused in the present minutes.
#[derive(Debug, Default)]
pub(super) struct Seldom(Mutex<HashMap<Caused, u32>>);

impl Seldom {
    /// Counts one more; whether it still gets a line of its own.
    fn may(&self, person: PersonId, act: &'static str, at: DateTime<Utc>) -> bool {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry((person, act, minute(at))).or_default();
        *count += 1;
        *count <= LINES_A_MINUTE
    }

    /// What was more than that in minutes that are over.
    fn take_over(&self, now: DateTime<Utc>) -> Vec<(Caused, u32)> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut over = Vec::new();
        counts.retain(|(person, act, at), count| {
            let lasts = *at >= minute(now);
            if !lasts && *count > LINES_A_MINUTE {
                over.push(((*person, *act, *at), *count - LINES_A_MINUTE));
            }
            lasts
        });
        over
    }
}

fn minute(at: DateTime<Utc>) -> DateTime<Utc> {
    // Cutting off to the minute fails only beyond the years that a date can have.
    at.duration_trunc(TimeDelta::minutes(1)).unwrap_or(at)
}

// ------------------------------------------------------------------------------------------------- wire

/// A line of the trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TrailLineView {
    /// Its place in the list, for `after`.
    pub place: String,
    /// When.
    pub at: DateTime<Utc>,
    /// The same for people, in Japan.
    pub at_text: String,
    /// Who; none where nobody was known.
    pub actor: Option<PersonView>,
    /// What was done.
    pub act: String,
    /// To what.
    pub subject: String,
    /// What else is to be known.
    pub detail: String,
}

/// A rule by which the trail is watched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RuleView {
    /// The rule.
    pub rule: Named,
    /// The rule in a sentence, with its numbers.
    pub sentence: String,
}

/// Something in the trail that somebody has to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SuspicionView {
    /// Its id.
    #[schema(value_type = String)]
    pub id: SuspicionId,
    /// The rule that raised it.
    pub rule: Named,
    /// Whom it is about.
    pub person: Option<PersonView>,
    /// How many there were.
    pub count: u32,
    /// From when until when, in Japan.
    pub when: String,
    /// When it was raised.
    pub raised_at: DateTime<Utc>,
    /// Who settled it.
    pub settled_by: Option<PersonView>,
    /// What it was.
    pub reason: Option<String>,
}

/// A review that was signed off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReviewView {
    /// Its id.
    #[schema(value_type = String)]
    pub id: TrailReviewId,
    /// When.
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: PersonView,
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// How many lines there were.
    pub lines: u64,
    /// How many things that looked wrong were open then.
    pub open: u64,
    /// What was found.
    pub note: String,
}

/// The trail as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TrailStatus {
    /// For how many years it is kept.
    pub years: u32,
    /// By which clause.
    pub source: String,
    /// The first day that must be kept today.
    pub keep_from: NaiveDate,
    /// The last day that was sealed.
    pub sealed_to: Option<NaiveDate>,
    /// By which day it is to be looked through next; none where the regulation asks for no review.
    pub review_due: Option<NaiveDate>,
    /// By which clause.
    pub review_source: Option<String>,
    /// What looks wrong and is open, and what was settled, the last raised first.
    pub suspicions: Vec<SuspicionView>,
    /// The reviews, the last first.
    pub reviews: Vec<ReviewView>,
    /// The rules by which it is watched.
    pub rules: Vec<RuleView>,
    /// Their numbers.
    #[schema(value_type = Object)]
    pub limits: Limits,
}

/// What is wrong with a day of the trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrailFault {
    /// Its lines are not those that were sealed.
    Changed {
        /// The day.
        day: NaiveDate,
        /// How many lines were sealed.
        sealed: u64,
        /// How many there are.
        found: u64,
    },
    /// Days that are over have lines and no seal, or their lines should have gone.
    Unsealed {
        /// How many such lines.
        lines: u64,
    },
    /// A day's row is not what the ledger folds to.
    Row {
        /// The day.
        day: NaiveDate,
    },
}

impl std::fmt::Display for TrailFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Changed { day, sealed, found } if sealed == found => {
                write!(f, "{day}: its {found} lines are not those that were sealed")
            }
            Self::Changed { day, sealed, found } => {
                write!(f, "{day}: {sealed} lines were sealed and there are {found}")
            }
            Self::Unsealed { lines } => {
                write!(f, "{lines} lines lie on days that are over and have no seal")
            }
            Self::Row { day } => write!(f, "{day}: the seal's row is not what the ledger says"),
        }
    }
}

/// What a check of the trail found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrailVerdict {
    /// How many days were checked.
    pub days: u64,
    /// How many lines they have.
    pub lines: u64,
    /// How many days' lines have gone.
    pub pruned: u64,
    /// What is wrong.
    pub faults: Vec<TrailFault>,
}

// ---------------------------------------------------------------------------------------------- use cases

impl App {
    /// Writes a line into the trail, for what is no act on the register and changes nothing else.
    pub async fn note(
        &self,
        actor: Option<PersonId>,
        act: &'static str,
        subject: impl ToString,
        detail: impl ToString,
    ) -> Result<(), StoreError> {
        let (subject, detail) = (subject.to_string(), detail.to_string());
        self.store()
            .write("trail.note", move |tx| {
                Box::pin(async move { tx.audit(actor, act, subject, detail).await })
            })
            .await
    }

    /// That a person looked at an item. Counted here and written down by the minute: a write for each look
    /// would make every reading a writing.
    pub(super) fn looked_at_item(&self, caller: &Caller) {
        self.0.views.add(caller.person.id, self.store().clock().now());
    }

    /// Refuses whoever may not see the trail.
    async fn may_look(&self, caller: &Caller) -> Result<(), Problem> {
        let profile = self.profile();
        if watch::may_look(&caller.person, &profile) {
            return Ok(());
        }
        let error = AppError::reason(Reason::PartMissing { part: Part::Auditor }, &profile);
        Err(self.problem(caller, error).await)
    }

    /// Lines of the trail, the newest first, of which a page at a time. Looking is a line of its own.
    ///
    /// # Errors
    /// `part-missing`.
    pub async fn trail(&self, caller: &Caller, query: &TrailQuery) -> Result<Vec<TrailLineView>, Problem> {
        self.may_look(caller).await?;
        let fault = |error| store_problem(&error, caller.lang);
        let lines = self.store().trail(query, PAGE).await.map_err(fault)?;
        let span = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
        let detail =
            format!("{}..{} {}", span(query.from), span(query.to), query.act.as_deref().unwrap_or(""));
        let whose = query.actor.map(|actor| actor.to_string()).unwrap_or_default();
        self.note(Some(caller.person.id), "trail-viewed", whose, detail.trim()).await.map_err(fault)?;
        let view = |line: &TrailLine, book: &Book| TrailLineView {
            place: place(line),
            at: line.at,
            at_text: jst_date_time(line.at),
            actor: line.actor.map(|actor| person_view(actor, book)),
            act: line.act.clone(),
            subject: line.subject.clone(),
            detail: line.detail.clone(),
        };
        self.with_names(caller.lang, |book| lines.iter().map(|line| view(line, book)).collect())
            .await
            .map_err(fault)
    }

    /// How the trail stands: for how long it is kept, what looks wrong, when it was last looked through.
    ///
    /// # Errors
    /// `part-missing`.
    pub async fn trail_status(&self, caller: &Caller) -> Result<TrailStatus, Problem> {
        self.may_look(caller).await?;
        let lang = caller.lang;
        let status = async {
            let store = self.store();
            let today = jst_date(store.clock().now());
            let profile = self.profile_on(today);
            let (years, source) = &profile.log_years;
            let suspicions = store.subjects::<Suspicion>(&[]).await?;
            let reviews = store.subjects::<TrailReview>(&[]).await?;
            let limits = self.watch_limits().await?;
            let sealed_to = self.trail_sealed_to().await?;
            let first = store.first_trail_day(NaiveDate::default()).await?.unwrap_or(today);
            let last = reviews.iter().map(TrailReview::to).max();
            let review_due = review::next_due(&profile, last, first);
            let review_source = review::inspection(&profile).map(|one| one.source.cite(lang));
            let views = |book: &Book| {
                let suspicions = suspicions.iter().take(SUSPICIONS);
                let suspicions: Vec<_> = suspicions.map(|one| suspicion_view(one, lang, book)).collect();
                let reviews: Vec<_> = reviews.iter().map(|review| review_view(review, book)).collect();
                (suspicions, reviews)
            };
            let (suspicions, reviews) = self.with_names(lang, views).await?;
            Ok::<_, StoreError>(TrailStatus {
                years: *years,
                source: source.cite(lang),
                keep_from: trail::keep_from(&profile, today),
                sealed_to,
                review_due,
                review_source,
                suspicions,
                reviews,
                rules: rules(&limits, lang),
                limits,
            })
        };
        status.await.map_err(|error| store_problem(&error, lang))
    }

    /// Signs off that the trail of some days was looked through.
    ///
    /// # Errors
    /// `role-missing` or `part-missing`; `bad-request-body` where the days are none or not over.
    pub async fn review_trail(
        &self,
        caller: &Caller,
        event: EventId,
        (from, to): (NaiveDate, NaiveDate),
        note: CheckedText,
    ) -> Result<ReviewView, Problem> {
        self.may_look(caller).await?;
        let lang = caller.lang;
        let fault = |error| store_problem(&error, lang);
        let today = jst_date(self.store().clock().now());
        if from > to || to >= today {
            let detail = lang.pick(
                "終わった日だけを、古い日から順に指定してください。",
                "Name days that are over, the older one first.",
            );
            return Err(Problem::new(ProblemCode::BadRequestBody, lang).with_detail(detail).with_field("to"));
        }
        let lines = self.store().trail_lines(from, to).await.map_err(fault)?;
        let open = self.store().subjects::<Suspicion>(&["open"]).await.map_err(fault)?.len() as u64;
        let mut stamp = self.stamp(caller, event, &format!("trail-review {from} {to} {note:?}"));
        let app = self.clone();
        let person = caller.person.id;
        let id = TrailReviewId::from(event);
        let done = self
            .store()
            .write("trail.review", move |tx| {
                Box::pin(async move {
                    if !tx.first_outcome(&stamp).await?.is_empty() {
                        return tx.subject::<TrailReview>(id.0).await?.ok_or(AppError::NotFound);
                    }
                    tx.must_be_free(id.0).await?;
                    let profile = app.profile_on(jst_date(tx.now()));
                    stamp.profile = profile.digest;
                    let actor = actor(tx, person).await?;
                    let mut texts = NewTexts::new(tx);
                    let looked = Looked { from, to, lines, open, note: texts.add(&note) };
                    let events = review::sign_off(&looked, &actor, &profile)
                        .map_err(|refusal| AppError::Refused { refusal, item: None })?;
                    tx.keep_texts(texts).await?;
                    let (review, _) = tx.append_to::<TrailReview>(&stamp, id.0, None, &events).await?;
                    review.ok_or(AppError::NotFound)
                })
            })
            .await;
        match done {
            Ok(review) => self.with_names(lang, |book| review_view(&review, book)).await.map_err(fault),
            Err(error) => Err(self.problem(caller, error).await),
        }
    }

    /// Settles what looked wrong, with what it was.
    ///
    /// # Errors
    /// `part-missing`, `own-suspicion`, `already-done`, `not-found`.
    pub async fn settle_suspicion(
        &self,
        caller: &Caller,
        id: SuspicionId,
        event: EventId,
        reason: CheckedText,
    ) -> Result<SuspicionView, Problem> {
        // Before anything is looked up: whether there is such a thing is the trail's to tell.
        self.may_look(caller).await?;
        let mut stamp = self.stamp(caller, event, &format!("{id} {reason:?}"));
        let app = self.clone();
        let (person, lang) = (caller.person.id, caller.lang);
        let done = self
            .store()
            .write("suspicion.settle", move |tx| {
                Box::pin(async move {
                    let known: Suspicion = tx.subject(id.0).await?.ok_or(AppError::NotFound)?;
                    if !tx.first_outcome(&stamp).await?.is_empty() {
                        return Ok(known);
                    }
                    let profile = app.profile_on(jst_date(tx.now()));
                    stamp.profile = profile.digest;
                    let actor = actor(tx, person).await?;
                    let mut texts = NewTexts::new(tx);
                    let events = watch::settle(&known, texts.add(&reason), &actor, &profile)
                        .map_err(|refusal| AppError::Refused { refusal, item: None })?;
                    tx.keep_texts(texts).await?;
                    let (settled, _) = tx.append_to(&stamp, id.0, Some(known), &events).await?;
                    settled.ok_or(AppError::NotFound)
                })
            })
            .await;
        match done {
            Ok(settled) => self
                .with_names(lang, |book| suspicion_view(&settled, lang, book))
                .await
                .map_err(|error| store_problem(&error, lang)),
            Err(error) => Err(self.problem(caller, error).await),
        }
    }

    /// The numbers of the rules by which the trail is watched.
    ///
    /// # Errors
    /// Where the store fails or the setting cannot be read.
    pub async fn watch_limits(&self) -> Result<Limits, StoreError> {
        match self.store().setting(Setting::WatchLimits).await? {
            Some(text) => serde_json::from_str(&text)
                .map_err(|error| StoreError::corrupt("setting", "value", "watch-limits", error)),
            None => Ok(Limits::default()),
        }
    }

    /// Sets them. For administrators.
    ///
    /// # Errors
    /// `part-missing`; `bad-request-body` with the number that cannot stand.
    pub async fn set_watch_limits(&self, caller: &Caller, limits: Limits) -> Result<(), Problem> {
        self.must_play(caller, Part::Administrator, &[]).await?;
        let lang = caller.lang;
        if let Some(field) = limits.wrong() {
            let detail = lang.pick(
                "回数と分は1から100000まで、夜の始まりは12から23時、終わりは0から11時です。",
                "Counts and minutes are 1 to 100000; a night begins at 12 to 23 and ends at 0 to 11.",
            );
            return Err(Problem::new(ProblemCode::BadRequestBody, lang)
                .with_detail(detail)
                .with_field(field));
        }
        let text = serde_json::to_string(&limits).map_err(|error| Problem::internal(lang, &error))?;
        let by = caller.person.id;
        self.store()
            .write("watch.limits", move |tx| {
                Box::pin(async move {
                    tx.set_setting(Setting::WatchLimits, &text).await?;
                    tx.audit(Some(by), "watch-limits-set", "watch", text).await
                })
            })
            .await
            .map_err(|error: StoreError| store_problem(&error, lang))
    }

    // -------------------------------------------------------------------------------- what the server does

    /// The last day of the trail that was sealed.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn trail_sealed_to(&self) -> Result<Option<NaiveDate>, StoreError> {
        // Out of the ledger and not out of a row beside it: whoever could set a row to a day in years to come would
        // have stopped the sealing.
        Ok(self.store().sealed_days().await?.last().map(|day| day.day))
    }

    /// Seals every day of the trail that is over and has no seal. Returns how many.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn seal_trail(&self) -> Result<u64, StoreError> {
        let mut sealed = 0;
        loop {
            let today = jst_date(self.store().clock().now());
            let after = self.trail_sealed_to().await?.and_then(|day| day.succ_opt()).unwrap_or_default();
            let next = self.store().first_trail_day(after).await?;
            let Some(day) = next.filter(|day| *day < today) else { return Ok(sealed) };
            let stamp = self.server_stamp(&format!("seal {day}"));
            let id = day_id(day);
            let done = self
                .store()
                .write("trail.seal", move |tx| {
                    Box::pin(async move {
                        // Another server may have been first.
                        if tx.subject::<TrailDay>(id.0).await?.is_some() {
                            return Ok::<_, StoreError>(0);
                        }
                        let (lines, root) = tx.seal_of(day).await?;
                        let event = DayEvent::Sealed { day, lines, root };
                        tx.append_to::<TrailDay>(&stamp, id.0, None, &[event]).await?;
                        Ok(1)
                    })
                })
                .await?;
            if done == 0 && self.trail_sealed_to().await?.is_none_or(|last| last < day) {
                return Err(StoreError::corrupt(
                    "subject",
                    "state",
                    id,
                    "a seal that the ledger does not know",
                ));
            }
            sealed += done;
        }
    }

    /// Checks every line of the days that were sealed against their seals. What the ledger says of the seals is
    /// checked by [`super::verify`] and [`super::rebuild_check`].
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn verify_trail(&self) -> Result<TrailVerdict, StoreError> {
        let store = self.store();
        let mut verdict = TrailVerdict::default();
        let mut expected = 0;
        let days = store.sealed_days().await?;
        let rows = store.trail_days().await?;
        for row in &rows {
            if row.id != day_id(row.day) || !days.contains(row) {
                verdict.faults.push(TrailFault::Row { day: row.day });
            }
        }
        for day in &days {
            if !rows.iter().any(|row| row.id == day.id) {
                verdict.faults.push(TrailFault::Row { day: day.day });
            }
            let (lines, root) = store.trail_seal(day.day).await?;
            let sealed: (u64, Hash) =
                if day.pruned.is_some() { (0, Hash::EMPTY_ROOT) } else { (day.lines, day.root) };
            if day.pruned.is_some() {
                verdict.pruned += 1;
            } else {
                verdict.days += 1;
                verdict.lines += lines;
            }
            if (lines, root) != sealed {
                verdict.faults.push(TrailFault::Changed { day: day.day, sealed: sealed.0, found: lines });
            }
            expected += lines;
        }
        // A day is sealed within minutes after its end. One that is over since yesterday and has no seal is either a
        // server that stood still, which its administrator knows, or somebody who did not want it sealed.
        let since = jst_date(store.clock().now()) - Days::new(2);
        let horizon = days.last().map_or(since, |last| last.day.max(since));
        let there = store.trail_lines(NaiveDate::default(), horizon).await?;
        if there > expected {
            verdict.faults.push(TrailFault::Unsealed { lines: there - expected });
        }
        Ok(verdict)
    }

    /// Lets the lines of all days before this one go, where their period is over. Their seals stay, so what is
    /// left is proven as before. Returns how many lines went, and of how many days.
    ///
    /// # Errors
    /// `part-missing`, `trail-too-young` by the clause that says how long it is kept.
    pub async fn prune_trail(
        &self,
        caller: &Caller,
        before: NaiveDate,
        event: EventId,
    ) -> Result<(u64, u64), Problem> {
        self.must_play(caller, Part::Administrator, &[]).await?;
        let lang = caller.lang;
        let fault = |error| store_problem(&error, lang);
        let today = jst_date(self.store().clock().now());
        let profile = self.profile_on(today);
        let oldest = self.store().first_trail_day(NaiveDate::default()).await.map_err(fault)?;
        let Some(oldest) = oldest else { return Ok((0, 0)) };
        if let Err(refusal) = trail::may_prune(&profile, oldest, before, today) {
            return Err(self.problem(caller, AppError::Refused { refusal, item: None }).await);
        }
        self.seal_trail().await.map_err(fault)?;
        let days: Vec<TrailDay> = self.store().trail_days().await.map_err(fault)?;
        let stamp = self.stamp_by(caller, event, &format!("prune {before}"), &profile);
        let by = caller.person.id;
        self.store()
            .write("trail.prune", move |tx| {
                Box::pin(async move {
                    let mut pruned = 0;
                    for day in days.into_iter().filter(|day| day.day < before && day.pruned.is_none()) {
                        // As this transaction sees it: somebody else may prune at the same time.
                        let known = tx.subject::<TrailDay>(day.id.0).await?;
                        if known.as_ref().is_some_and(|known| known.pruned.is_none()) {
                            tx.append_to(&stamp, day.id.0, known, &[DayEvent::Pruned { by }]).await?;
                            pruned += 1;
                        }
                    }
                    let lines = tx.prune_trail(before).await?;
                    tx.audit(Some(by), "trail-pruned", before, format!("{lines} lines of {pruned} days"))
                        .await?;
                    Ok::<_, StoreError>((lines, pruned))
                })
            })
            .await
            .map_err(fault)
    }

    /// Writes down how many items people looked at, watches the trail by its rules, and raises what they find.
    /// Returns how many were raised. Looking twice raises nothing twice.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn watch_trail(&self) -> Result<u64, StoreError> {
        let views = self.0.views.take();
        let store = self.store();
        let now = store.clock().now();
        if !views.is_empty() {
            store
                .write("trail.views", move |tx| {
                    Box::pin(async move {
                        for ((person, hour), count) in views {
                            tx.add_views(person, hour, count).await?;
                        }
                        Ok::<_, StoreError>(())
                    })
                })
                .await?;
        }
        self.note_counts(now).await?;
        let limits = self.watch_limits().await?;
        let since = now - WATCHED;
        let (acts, sightings) = store.watched(since).await?;
        let mut found = watch::failed_sign_ins(&store.failed_sign_ins(since).await?, &limits);
        found.extend(watch::far_apart(&sightings, &limits));
        found.extend(watch::mass_views(&store.views(since).await?, &limits));
        found.extend(watch::night(&acts, &limits));
        let mut raised = 0;
        for found in found {
            raised += u64::from(self.raise(found).await?);
        }
        Ok(raised)
    }

    async fn raise(&self, found: Found) -> Result<bool, StoreError> {
        let id = found.id();
        if self.store().subject::<Suspicion>(id.0).await?.is_some() {
            return Ok(false);
        }
        let stamp = self.server_stamp(&id.to_string());
        let Found { rule, person, count, from, to, .. } = found;
        tracing::warn!(rule = rule.code(), count, "something in the trail looks wrong");
        self.store()
            .write("suspicion.raise", move |tx| {
                Box::pin(async move {
                    if tx.subject::<Suspicion>(id.0).await?.is_some() {
                        return Ok(false);
                    }
                    let event = SuspicionEvent::Raised { rule, person, count, from, to };
                    tx.append_to::<Suspicion>(&stamp, id.0, None, &[event]).await?;
                    if let (Rule::FailedSignIns, Some(person)) = (rule, person) {
                        tx.tell_of_account(person, AccountChange::AttemptsFailed).await?;
                    }
                    Ok(true)
                })
            })
            .await
    }

    /// The stamp of what the server does by itself.
    fn server_stamp(&self, what: &str) -> ActStamp {
        let store = self.store();
        ActStamp {
            act: EventId(store.entropy().id(store.clock().now())),
            request: Hash::of(what.as_bytes()),
            actor: PersonId::SERVER,
            profile: self.profile().digest,
            occurred_at: None,
            observed_by: None,
        }
    }

    /// Puts into the trail what was only counted: how many items each person looked at in an hour, once that hour is no
    /// longer watched, and how many more lines of a kind somebody caused in a minute than were written.
    async fn note_counts(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        let more = self.0.seldom.take_over(now);
        let before = now - WATCHED - TimeDelta::hours(1);
        if more.is_empty() && !self.store().has_views_before(before).await? {
            return Ok(());
        }
        self.store()
            .write("trail.counts", move |tx| {
                Box::pin(async move {
                    for ((person, act, at), count) in more {
                        let detail = format!("{count} more within the minute of {}", jst_date_time(at));
                        tx.audit(Some(person), act, "", detail).await?;
                    }
                    for (person, hour, count) in tx.take_views(before).await? {
                        let detail = format!("{count} in the hour of {}", jst_date_time(hour));
                        tx.audit(Some(person), "items-viewed", "", detail).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Puts a line into the trail that a person can cause as often as he likes: after some in a minute only the count
    /// of the rest is kept. That it could not be put there stops nobody.
    pub(super) async fn note_seldom(
        &self,
        caller: &Caller,
        act: &'static str,
        subject: impl ToString,
        detail: impl ToString,
    ) {
        let person = caller.person.id;
        if !self.0.seldom.may(person, act, self.store().clock().now()) {
            return;
        }
        if let Err(error) = self.note(Some(person), act, subject, detail).await {
            tracing::error!(%error, act, "a line could not be put into the trail");
        }
    }

    /// Puts a refusal into the trail. That it could not be put there is no reason to tell the person anything
    /// else than that he was refused.
    pub(super) async fn note_refusal(&self, caller: &Caller, reason: &Reason, subject: impl ToString) {
        self.note_seldom(caller, "refused", subject, reason.code()).await;
    }
}

async fn actor(tx: &mut WriteTx, person: PersonId) -> Result<hokan_domain::person::Person, AppError> {
    Ok(tx.person(person).await?.ok_or(AppError::Unauthenticated)?.person)
}

/// Where a line stands in the list.
fn place(line: &TrailLine) -> String {
    format!("{}_{}", line.at.timestamp_millis(), line.id.simple())
}

/// Reads a place back.
pub fn place_from(text: &str) -> Option<(DateTime<Utc>, uuid::Uuid)> {
    let (at, id) = text.split_once('_')?;
    Some((DateTime::from_timestamp_millis(at.parse().ok()?)?, uuid::Uuid::try_parse(id).ok()?))
}

fn rules(limits: &Limits, lang: Lang) -> Vec<RuleView> {
    let view = |rule: Rule| RuleView { rule: named(rule, lang), sentence: rule.sentence(limits, lang) };
    Rule::ALL.map(view).into()
}

fn named(rule: Rule, lang: Lang) -> Named {
    Named { code: rule.code().to_owned(), name: rule.name(lang).to_owned() }
}

fn suspicion_view(suspicion: &Suspicion, lang: Lang, book: &Book) -> SuspicionView {
    let settled = suspicion.settled.as_ref();
    SuspicionView {
        id: suspicion.id,
        rule: named(suspicion.rule, lang),
        person: suspicion.person.map(|person| person_view(person, book)),
        count: suspicion.count,
        when: format!("{} – {}", jst_date_time(suspicion.from), jst_date_time(suspicion.to)),
        raised_at: suspicion.raised_at,
        settled_by: settled.map(|(by, _, _)| person_view(*by, book)),
        reason: settled.map(|(_, _, reason)| book.text(*reason)),
    }
}

fn review_view(review: &TrailReview, book: &Book) -> ReviewView {
    let ReviewEvent::Reviewed { by, from, to, lines, open, note, .. } = &review.signed;
    ReviewView {
        id: review.id,
        at: review.at,
        by: person_view(*by, book),
        from: *from,
        to: *to,
        lines: *lines,
        open: *open,
        note: book.text(*note),
    }
}
