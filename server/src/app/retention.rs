//! Due dates: kept in step with rules and calendars, and as people see them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, TimeDelta};
use hokan_domain::{
    calendar::Calendar,
    ids::{DivisionId, ItemId, PersonId},
    item::{Item, ItemKind},
    japan_date::jst_date,
    label::LabelId,
    ledger::hash::Hash,
    person::{Part, Person},
    profile::{Escalation, HANDLER, Profile, RoleId},
    retention::{Due, Start, StepNo, explain},
    text::Lang,
};

use super::{App, Book};
use crate::{
    jobs::lease::Lease,
    store::{
        StoreError,
        calendars::{CLOSED_DAYS, CalendarDay, Calendars, Mark, with_changes},
        retention::{
            Concern, ContentsDue, FlagCounts, FlagFilter, Flagged, Reached, Recompute, contents_due, steps,
        },
        settings::Setting,
    },
};

// ------------------------------------------------------------------------------------------ kept in step

/// The version of the way in which due dates are computed. To be counted up where the same rules come to give
/// other dates, so that what is stored is computed again.
const COMPUTED_BY: &str = "hokan-due-v1";

/// A digest of everything beside the items themselves that due dates are computed by.
fn basis(profile: &Profile, days: &[CalendarDay]) -> String {
    let mut text = format!("{COMPUTED_BY}\n{}\n", profile.digest);
    for CalendarDay { calendar, day, mark } in days {
        text.push_str(&format!("{calendar}\n{day}\n{}\n", mark.code()));
    }
    Hash::of(text.as_bytes()).to_string()
}

impl App {
    /// The calendars in force.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn calendars(&self) -> Result<Calendars, StoreError> {
        self.store().calendars().await
    }

    /// Whether the stored due dates were computed by other rules or calendars than those in force now.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn dues_outdated(&self) -> Result<bool, StoreError> {
        let known = self.store().setting(Setting::DueBasis).await?;
        Ok(known != Some(basis(&self.profile(), &self.store().calendar_days().await?)))
    }

    /// Computes all due dates again if rules or calendars changed since they were stored. Returns how many
    /// moved; none where nothing had changed.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn keep_dues_current(&self, lease: Option<&mut Lease>) -> Result<Option<u64>, StoreError> {
        if self.dues_outdated().await? {
            return self.recompute_dues(Recompute::All, lease).await.map(Some);
        }
        Ok(None)
    }

    /// Computes due dates again, a few items in each transaction, so that acts of people go between. Returns
    /// how many moved.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn recompute_dues(
        &self,
        which: Recompute,
        mut lease: Option<&mut Lease>,
    ) -> Result<u64, StoreError> {
        let store = self.store();
        // What is stored at the end is what was in force at the beginning: a change meanwhile is then seen.
        let profile = self.profile();
        let basis = basis(&profile, &store.calendar_days().await?);
        let (mut after, mut changed, mut looked_at) = (None, 0, 0);
        loop {
            let page = store.recompute_dues(after, which, profile.clone()).await?;
            changed += page.changed;
            looked_at += page.looked_at;
            if let Some(lease) = &mut lease
                && !lease.keep().await?
            {
                // Whoever has the lease now finds the old digest and does all of it.
                return Ok(changed);
            }
            match page.last {
                Some(last) => after = Some(last),
                None => break,
            }
        }
        let today = jst_date(store.clock().now());
        store.lower_flags(today, &steps(&profile.retention.escalation)).await?;
        store
            .write("retention.basis", move |tx| {
                Box::pin(async move { tx.set_setting(Setting::DueBasis, &basis).await })
            })
            .await?;
        tracing::info!(looked_at, changed, "due dates were computed again");
        Ok(changed)
    }
}

// --------------------------------------------------------------------------------------------- calendars

/// What to do with a day of a calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CalendarEdit {
    /// Make it one of the calendar's days.
    Add,
    /// Take it out of them.
    Remove,
    /// Take back what the body did with it.
    Unmark,
}

/// Why a calendar stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum CalendarError {
    /// Nothing waits for such a calendar.
    #[error("there is no calendar “{name}”: there are {known}")]
    Unknown {
        /// The name that was given.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// It is one of its days already.
    #[error("{0} is in the calendar already")]
    There(NaiveDate),
    /// It is none of its days.
    #[error("{0} is not in the calendar")]
    NotThere(NaiveDate),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Every calendar that a rule waits for, that comes with the product, or that the body made.
fn known_calendars(profile: &Profile, calendars: &Calendars) -> BTreeSet<String> {
    let awaited = profile.retention.rules.iter().filter_map(|(rule, _)| match &rule.start {
        Start::CalendarNext(id) => Some(id.clone()),
        _ => None,
    });
    calendars.keys().cloned().chain(awaited).collect()
}

/// The date that rule or list names for what happens on this day, or for this date itself where it is moved.
fn nominal(calendar: &Calendar, day: NaiveDate) -> Option<NaiveDate> {
    // A date lies no further off than a run of closed days is long.
    let before = day.checked_sub_signed(TimeDelta::days(30)).unwrap_or(day);
    let found = calendar.occurrences(before..=day);
    let on_the_day = found.iter().find(|occurrence| occurrence.date == day);
    on_the_day.or_else(|| found.iter().find(|occurrence| occurrence.nominal == day)).map(|it| it.nominal)
}

/// Which day is to be marked how.
fn edited(
    name: &str,
    day: NaiveDate,
    edit: CalendarEdit,
    days: &[CalendarDay],
) -> Result<(NaiveDate, Option<Mark>), CalendarError> {
    let calendars = with_changes(days);
    let calendar = calendars.get(name).cloned().unwrap_or_else(|| Calendar::empty(name, name, name));
    let mark = |day| {
        let marked = days.iter().find(|known| known.calendar == name && known.day == day);
        marked.map(|known| known.mark)
    };
    let closed = name == CLOSED_DAYS;
    match edit {
        CalendarEdit::Unmark if mark(day).is_some() => Ok((day, None)),
        CalendarEdit::Unmark => {
            // A date that was taken out is marked under the day that the rule names.
            let whole = Calendar { moved: BTreeMap::new(), ..calendar };
            let nominal = nominal(&whole, day).filter(|day| !closed && mark(*day).is_some());
            nominal.map(|day| (day, None)).ok_or(CalendarError::NotThere(day))
        }
        CalendarEdit::Add if mark(day) == Some(Mark::Removed) => Ok((day, None)),
        CalendarEdit::Remove if mark(day) == Some(Mark::Added) => Ok((day, None)),
        CalendarEdit::Add if closed && calendar.is_business_day(day) => Ok((day, Some(Mark::Added))),
        CalendarEdit::Remove if closed && !calendar.is_business_day(day) => Ok((day, Some(Mark::Removed))),
        CalendarEdit::Add if !closed && calendar.occurrences(day..=day).is_empty() => {
            // A date that was taken out comes back under the day on which it would lie, too.
            let whole = Calendar { moved: BTreeMap::new(), ..calendar };
            match nominal(&whole, day) {
                Some(nominal) if mark(nominal) == Some(Mark::Removed) => Ok((nominal, None)),
                _ => Ok((day, Some(Mark::Added))),
            }
        }
        CalendarEdit::Remove if !closed => {
            let nominal = nominal(&calendar, day).ok_or(CalendarError::NotThere(day))?;
            Ok((nominal, Some(Mark::Removed)))
        }
        CalendarEdit::Add => Err(CalendarError::There(day)),
        CalendarEdit::Remove => Err(CalendarError::NotThere(day)),
    }
}

impl App {
    /// The calendar with this name, which may have no days yet.
    ///
    /// # Errors
    /// [`CalendarError::Unknown`], or where the store fails.
    pub async fn calendar(&self, name: &str) -> Result<Calendar, CalendarError> {
        let mut calendars = self.calendars().await?;
        self.must_be_known(name, &calendars)?;
        Ok(calendars.remove(name).unwrap_or_else(|| Calendar::empty(name, name, name)))
    }

    fn must_be_known(&self, name: &str, calendars: &Calendars) -> Result<(), CalendarError> {
        let known = known_calendars(&self.profile(), calendars);
        if known.contains(name) {
            return Ok(());
        }
        let known = known.into_iter().collect::<Vec<_>>().join(", ");
        Err(CalendarError::Unknown { name: name.to_owned(), known })
    }

    /// Adds a day to a calendar or takes one out, and moves the due dates that wait for it. Returns how many
    /// moved.
    ///
    /// # Errors
    /// Any [`CalendarError`].
    pub async fn edit_calendar(
        &self,
        name: &str,
        day: NaiveDate,
        edit: CalendarEdit,
        by: Option<PersonId>,
    ) -> Result<u64, CalendarError> {
        self.must_be_known(name, &self.calendars().await?)?;
        // Where nothing else had changed, only what waits for a calendar can move.
        let which = if self.dues_outdated().await? { Recompute::All } else { Recompute::ByCalendar };
        let name = name.to_owned();
        self.store()
            .write("calendar.edit", move |tx| {
                Box::pin(async move {
                    let (day, mark) = edited(&name, day, edit, &tx.calendar_days().await?)?;
                    tx.mark_calendar_day(&name, day, mark, by).await?;
                    Ok::<_, CalendarError>(())
                })
            })
            .await?;
        Ok(self.recompute_dues(which, None).await?)
    }
}

// ----------------------------------------------------------------------------------------- what is flagged

/// Whose flags are meant.
#[derive(Debug, Clone, Copy)]
pub enum Whose<'a> {
    /// Everybody's.
    Everybody,
    /// Those that this person owes an act for, or is told of because they are late.
    Person(&'a Person),
}

/// One body of data as people read when it must go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueContents {
    /// What kind of data.
    pub category: &'static str,
    /// The first day on which it must go, where that is known.
    pub due_on: Option<NaiveDate>,
    /// Why then, with the clause that asks for it.
    pub sentence: String,
}

/// An item that is flagged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueItem {
    /// Which.
    pub item: ItemId,
    /// The code on its label.
    pub code: LabelId,
    /// What it is.
    pub kind: ItemKind,
    /// What people call it.
    pub title: String,
    /// The division whose officers answer for it.
    pub division: Option<DivisionId>,
    /// The first day on which something on it must go.
    pub due_on: NaiveDate,
    /// The last day on which its going is in time.
    pub act_by: NaiveDate,
    /// How far the flag has gone.
    pub step: StepNo,
    /// When it was last raised.
    pub flagged_on: NaiveDate,
    /// Whether a hold on it is open by now.
    pub held: bool,
    /// Who owes the act, and who is told beside him by now.
    pub told: Vec<RoleId>,
    /// What lies on it, the most urgent first.
    pub contents: Vec<DueContents>,
    /// The place in the list, from which the next page goes on.
    pub place: Reached,
}

/// Who owes the act for something that is due, and who is told beside him because it is late. It is late once
/// the last day on which its going was in time has passed.
#[must_use]
pub fn told(escalation: &Escalation, act_by: NaiveDate, today: NaiveDate) -> Vec<RoleId> {
    let late = (today - act_by).num_days();
    let beside = escalation.escalate.iter().filter(|(days, _)| late > 0 && late >= i64::from(*days));
    std::iter::once(&escalation.owner).chain(beside.map(|(_, role)| role)).cloned().collect()
}

/// What of the flags concerns a person: everything for whoever owes the act, what is late for whoever is told
/// then, each within the division for which the role is held.
fn concerns(person: &Person, profile: &Profile, today: NaiveDate) -> Vec<Concern> {
    let escalation = &profile.retention.escalation;
    let mut concerns = Vec::new();
    let mut take_in = |role: &RoleId, in_time_until: Option<NaiveDate>| {
        let per_division = profile.role(role).is_some_and(|role| role.per_division);
        let held = person.roles.iter().filter(|held| person.active && held.role == *role);
        concerns.extend(
            held.map(|held| Concern { in_time_until, division: held.division.filter(|_| per_division) }),
        );
        // That somebody is a handler is a part and no role that is held.
        if role.0 == HANDLER && person.is(Part::Handler) {
            concerns.push(Concern { in_time_until, division: None });
        }
    };
    take_in(&escalation.owner, None);
    for (days, role) in &escalation.escalate {
        let late = TimeDelta::days(i64::from(*days).max(1));
        take_in(role, today.checked_sub_signed(late));
    }
    concerns
}

/// Why everything on an item must go when it must, the most urgent first.
#[must_use]
pub fn explained(item: &Item, profile: &Profile, calendars: &Calendars, lang: Lang) -> Vec<DueContents> {
    let mut contents: Vec<_> = contents_due(item, profile, calendars)
        .into_iter()
        .map(|ContentsDue { kept, rule, due }| DueContents {
            category: kept.contents.category.name(lang),
            due_on: due.as_ref().and_then(Due::due_on),
            sentence: match (rule, &due) {
                (Some((rule, source)), Some(due)) => explain(due, rule, lang, &source.cite(lang)),
                _ => lang.pick("保存期間の規則がありません", "No retention rule applies to it.").to_owned(),
            },
        })
        .collect();
    // What has no date comes last.
    contents.sort_by_key(|contents| (contents.due_on.is_none(), contents.due_on));
    contents
}

impl App {
    /// Which flags to look at.
    fn flag_filter(&self, whose: Whose<'_>, due_only: bool, today: NaiveDate) -> FlagFilter {
        let profile = self.profile();
        let lead = steps(&profile.retention.escalation).before_days().first().copied().unwrap_or(0);
        let lead = if due_only { 0 } else { i64::from(lead) };
        let due_until = today.checked_add_signed(TimeDelta::days(lead)).unwrap_or(today);
        let concerns = match whose {
            Whose::Everybody => vec![Concern::default()],
            Whose::Person(person) => concerns(person, &profile, today),
        };
        FlagFilter { concerns, due_until }
    }

    /// The items that are flagged, the longest due first, after this place: what is due, or with
    /// `due_only` unset also what will be soon.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn due_items(
        &self,
        whose: Whose<'_>,
        due_only: bool,
        after: Option<Reached>,
        limit: u64,
        lang: Lang,
    ) -> Result<Vec<DueItem>, StoreError> {
        let today = jst_date(self.store().clock().now());
        let profile = self.profile();
        let filter = self.flag_filter(whose, due_only, today);
        let flagged = self.store().flagged(&filter, after, limit).await?;
        let calendars = self.calendars().await?;
        let view = |flag: &Flagged, item: &Item, book: &Book| DueItem {
            item: flag.item,
            code: item.label.value.clone(),
            kind: item.kind,
            title: book.text(item.title),
            division: flag.division,
            due_on: flag.due_on,
            act_by: flag.act_by,
            step: flag.step,
            flagged_on: flag.flagged_on,
            held: item.open_holds().next().is_some(),
            told: told(&profile.retention.escalation, flag.act_by, today),
            contents: explained(item, &profile, &calendars, lang),
            place: flag.place(),
        };
        self.with_names(lang, |book| flagged.iter().map(|(flag, item)| view(flag, item, book)).collect())
            .await
    }

    /// How many items are flagged.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn due_counts(&self, whose: Whose<'_>) -> Result<FlagCounts, StoreError> {
        let today = jst_date(self.store().clock().now());
        self.store().flag_counts(&self.flag_filter(whose, false, today), today).await
    }
}
