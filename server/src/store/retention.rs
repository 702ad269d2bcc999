//! Until when items are kept: one row an item, and the flags that the daily sweep sets on it.
//!
//! All of a row but its flag is a function of the item, the profile and the calendars, and can be computed
//! again at any time. The flag is what people were told: it only grows while the due date stays, ends when the
//! row goes (nothing is left that could become due) or the due date moves away, and sleeps while a hold is
//! open. Nothing here erases anything.

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};
use hokan_domain::{
    contents::Kept,
    ids::{DivisionId, ItemId},
    item::Item,
    japan_date::jst_date,
    profile::{Escalation, Matter, Profile},
    refusal::Source,
    retention::{
        self, Due, Facts, ItemDue, RetentionRule, Start, StepNo, Steps, Threshold, item_due, step_on,
    },
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait, ExprTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait,
    sea_query::{CaseStatement, Expr, OnConflict},
};

use super::{
    Store, StoreError, WriteTx,
    calendars::Calendars,
    entity::{item, retention as row},
    items::{self, Appended},
    subjects::{day_number, day_of},
};

/// Items that are looked at in one transaction when due dates are computed again: a few milliseconds, after
/// which the acts of people get their turn.
const PAGE: u64 = 500;

// ------------------------------------------------------------------------------------------------ computing

/// Where one body of data on an item stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentsDue<'a> {
    /// The data.
    pub kept: &'a Kept,
    /// The rule that it is under, with what asks for it; none where the profile has none for such data.
    pub rule: Option<&'a (RetentionRule, Source)>,
    /// When it must go; none without a rule.
    pub due: Option<Due>,
}

/// The rule that contents are under: the one that they name, otherwise the first default that fits.
///
/// Contents keep the name of a rule when another regulation comes into force. Where that one does not know
/// it, its default for such data applies, for what has no rule would be kept for ever unnoticed.
fn rule_of<'a>(item: &Item, kept: &Kept, profile: &'a Profile) -> Option<&'a (RetentionRule, Source)> {
    let named = kept.contents.retention.as_ref().and_then(|rule| profile.retention_rule(rule));
    named.or_else(|| {
        let matter = Matter {
            kind: item.kind,
            categories: [kept.contents.category].into(),
            records: kept.contents.records.unwrap_or(0),
            direction: None,
        };
        let (_, rule) = profile.retention.defaults.iter().find(|(when, _)| when.applies(&matter))?;
        profile.retention_rule(rule)
    })
}

/// Where everything stands that still lies on an item.
#[must_use]
pub fn contents_due<'a>(item: &'a Item, profile: &'a Profile, calendars: &Calendars) -> Vec<ContentsDue<'a>> {
    item.live_contents()
        .map(|kept| {
            let rule = rule_of(item, kept, profile);
            let facts = || Facts {
                recorded_on: kept.contents.recorded_on,
                received_on: kept.contents.received_on,
                start_date: kept.contents.starts_on,
                events: kept.events.clone(),
                extended_until: kept.extended_until,
            };
            let due = rule.map(|(rule, _)| retention::due(rule, &facts(), calendars));
            ContentsDue { kept, rule, due }
        })
        .collect()
}

fn waits_for_calendar(item: &Item, profile: &Profile) -> bool {
    item.live_contents()
        .filter_map(|kept| rule_of(item, kept, profile))
        .any(|(rule, _)| matches!(rule.start, Start::CalendarNext(_)))
}

/// When an item is flagged, as the profile says.
#[must_use]
pub fn steps(escalation: &Escalation) -> Steps {
    let days = |days: u32| u16::try_from(days).unwrap_or(u16::MAX);
    let before: Vec<u16> = escalation.days_before.iter().copied().map(days).collect();
    Steps::new(&before, days(escalation.every_days).try_into().unwrap_or(std::num::NonZeroU16::MIN))
}

/// What is stored of an item's due date beside its flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueRow {
    /// The first day on which something on it must go; none where that is not known or never comes.
    pub due_on: Option<NaiveDate>,
    /// The last day on which its going is in time.
    pub act_by: Option<NaiveDate>,
    /// Whether a hold is open.
    pub held: bool,
    /// The division whose officers answer for it.
    pub division: Option<DivisionId>,
    /// Whether a calendar had a say in it.
    pub by_calendar: bool,
}

impl DueRow {
    /// What is to be stored of this item; none where the body has it no more or nothing is left on it.
    #[must_use]
    pub fn of(item: &Item, profile: &Profile, calendars: &Calendars) -> Option<Self> {
        if item.is_surely_gone() || item.live_contents().next().is_none() {
            return None;
        }
        let contents = contents_due(item, profile, calendars);
        let ItemDue { first, act_by, .. } = item_due(contents.iter().filter_map(|one| one.due.as_ref()));
        Some(Self {
            due_on: first,
            act_by,
            held: item.open_holds().next().is_some(),
            division: item.division,
            by_calendar: waits_for_calendar(item, profile),
        })
    }

    fn read(row: &row::Model) -> Self {
        Self {
            due_on: row.due_on.map(day_of),
            act_by: row.act_by.map(day_of),
            held: row.held,
            division: row.division.map(DivisionId),
            by_calendar: row.by_calendar,
        }
    }
}

// -------------------------------------------------------------------------------------------- keeping in step

/// Events after which a due date is what it was, unless a phone without signal tells of them late: then an
/// item that was gone may be there again. Whatever is not listed is looked at.
const LEAVE_DUE_DATES: [&str; 18] = [
    "hand-over-offered",
    "hand-over-accepted",
    "hand-over-refused",
    "hand-over-withdrawn",
    "hand-over-lapsed",
    "put-away",
    "taken-out",
    "seen",
    "label-replaced",
    "home-designated",
    "protection-recorded",
    "requested",
    "approved",
    "departed",
    "returned",
    "fault-reported",
    "fault-checked",
    "lost-reported",
];

impl WriteTx {
    /// Brings an item's due date up to date after events were appended to it, in the same transaction.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn keep_due(&mut self, done: &Appended, profile: &Profile) -> Result<(), StoreError> {
        let Appended { item, entries } = done;
        let leaves = |kind: &str| LEAVE_DUE_DATES.contains(&kind);
        // An item that never bore anything has no row; most acts move none.
        if item.contents.is_empty()
            || entries.iter().all(|entry| entry.device.is_none() && leaves(&entry.kind))
        {
            return Ok(());
        }
        // Read here and not remembered, so that several servers on one database agree on them.
        let calendars = match waits_for_calendar(item, profile) {
            true => self.calendars().await?,
            false => Calendars::new(),
        };
        let due = DueRow::of(item, profile, &calendars);
        self.set_due(item.id, due, &steps(&profile.retention.escalation)).await
    }

    /// Stores an item's due date. A flag that was set survives, unless the due date moves later and the flag
    /// says more than is true of the new one; without a row or a due date there is no flag.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn set_due(
        &mut self,
        item: ItemId,
        due: Option<DueRow>,
        steps: &Steps,
    ) -> Result<(), StoreError> {
        let Some(due) = due else {
            row::Entity::delete_by_id(item.0).exec(self.write()).await?;
            return Ok(());
        };
        let today = jst_date(self.now());
        let step = due.due_on.and_then(|due_on| step_on(due_on, today, steps));
        let new = row::ActiveModel {
            item: Set(item.0),
            due_on: Set(due.due_on.map(day_number)),
            act_by: Set(due.act_by.map(day_number)),
            held: Set(due.held),
            division: Set(due.division.map(|id| id.0)),
            by_calendar: Set(due.by_calendar),
            step: Set(None),
            flagged_on: Set(None),
        };
        // In an upsert both rows have these columns, so each is named with its table.
        let old = |column: row::Column| Expr::col((row::Entity, column));
        let moves_later = match due.due_on {
            Some(due_on) => old(row::Column::DueOn).lt(day_number(due_on)),
            None => Expr::value(true),
        };
        let says_too_much = old(row::Column::Step).gt(step.map_or(i32::MIN, |step| step.0));
        let surviving = |column: row::Column| {
            CaseStatement::new()
                .case(moves_later.clone().and(says_too_much.clone()), Expr::value(None::<i32>))
                .finally(old(column))
        };
        let mut on_conflict = OnConflict::column(row::Column::Item);
        on_conflict
            .update_columns([
                row::Column::DueOn,
                row::Column::ActBy,
                row::Column::Held,
                row::Column::Division,
                row::Column::ByCalendar,
            ])
            .value(row::Column::Step, surviving(row::Column::Step))
            .value(row::Column::FlaggedOn, surviving(row::Column::FlaggedOn));
        row::Entity::insert(new).on_conflict(on_conflict).exec_without_returning(self.write()).await?;
        Ok(())
    }

    /// Computes the due dates of the next few items again and stores those that differ.
    async fn recompute_page(
        &mut self,
        after: Option<ItemId>,
        which: Recompute,
        profile: &Profile,
    ) -> Result<Recomputed, StoreError> {
        let after = after.map(|id| id.0);
        let found = match which {
            Recompute::All => {
                let mut page = item::Entity::find().order_by_asc(item::Column::Id).limit(PAGE);
                if let Some(after) = after {
                    page = page.filter(item::Column::Id.gt(after));
                }
                page.all(self.read()).await?
            }
            Recompute::ByCalendar => {
                let mut page = row::Entity::find()
                    .select_only()
                    .column(row::Column::Item)
                    .filter(row::Column::ByCalendar.eq(true))
                    .order_by_asc(row::Column::Item)
                    .limit(PAGE);
                if let Some(after) = after {
                    page = page.filter(row::Column::Item.gt(after));
                }
                item::Entity::find()
                    .filter(item::Column::Id.in_subquery(page.into_query()))
                    .order_by_asc(item::Column::Id)
                    .all(self.read())
                    .await?
            }
        };
        let (Some(first), Some(last)) = (found.first(), found.last()) else {
            return Ok(Recomputed::default());
        };
        let last = ItemId(last.id);
        let mut stored: BTreeMap<_, _> = row::Entity::find()
            .filter(row::Column::Item.between(first.id, last.0))
            .all(self.read())
            .await?
            .iter()
            .map(|row| (row.item, DueRow::read(row)))
            .collect();
        let calendars = self.calendars().await?;
        let steps = steps(&profile.retention.escalation);
        let mut page = Recomputed { last: Some(last), ..Recomputed::default() };
        for row in found {
            let item = items::read(row)?;
            let due = DueRow::of(&item, profile, &calendars);
            page.looked_at += 1;
            if stored.remove(&item.id.0) != due {
                self.set_due(item.id, due, &steps).await?;
                page.changed += 1;
            }
        }
        Ok(page)
    }
}

/// Whose due dates are computed again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recompute {
    /// Those of all items.
    All,
    /// Those in which a calendar had a say.
    ByCalendar,
}

/// What became of some items whose due dates were computed again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recomputed {
    /// The last item that was looked at; none where there was none left.
    pub last: Option<ItemId>,
    /// How many were looked at.
    pub looked_at: u64,
    /// How many due dates differed from what was stored.
    pub changed: u64,
}

impl Store {
    /// Computes the due dates of the next few items after this one again, as one act, and stores those that
    /// differ.
    ///
    /// # Errors
    /// Where the database fails or an item cannot be read.
    pub async fn recompute_dues(
        &self,
        after: Option<ItemId>,
        which: Recompute,
        profile: std::sync::Arc<Profile>,
    ) -> Result<Recomputed, StoreError> {
        self.write("retention.recompute", move |tx| {
            Box::pin(async move { tx.recompute_page(after, which, &profile).await })
        })
        .await
    }

    /// Takes back flags that say more than is true, as after the profile's interval of reminders became
    /// longer: what is flagged already would otherwise be silent until the new count has caught up.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn lower_flags(&self, today: NaiveDate, steps: &Steps) -> Result<u64, StoreError> {
        let mut lowered = 0;
        let flagged = row::Column::Step.is_not_null().and(row::Column::DueOn.is_not_null());
        for Standing { due_on, step, .. } in self.standings(flagged).await? {
            let true_step = step_on(due_on, today, steps).map(|step| step.0);
            if step.is_none() || step <= true_step {
                continue;
            }
            let lower = row::Entity::update_many()
                .set(row::ActiveModel { step: Set(true_step), ..Default::default() })
                .filter(row::Column::DueOn.eq(day_number(due_on)))
                .filter(row::Column::Step.eq(step));
            lowered += self
                .write("retention.lower", move |tx| {
                    Box::pin(async move { Ok::<_, StoreError>(lower.exec(tx.write()).await?.rows_affected) })
                })
                .await?;
        }
        Ok(lowered)
    }
}

// -------------------------------------------------------------------------------------------------- the sweep

/// Rows that a sweep changes in one transaction at the most: a fiscal year lets a great part of a register
/// become due on one day, and people's acts are not to wait until all of it is flagged.
const MOST_ROWS: u64 = 20_000;

/// Rows with one due date and one flag.
#[derive(Debug, Clone, Copy)]
struct Standing {
    due_on: NaiveDate,
    act_by: Option<NaiveDate>,
    step: Option<i32>,
    rows: u64,
}

/// Rows whose flag is to be raised to one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Raise {
    /// The step, with the due dates that stand at it and occur.
    pub threshold: Threshold,
    /// Whether they were flagged as due before, and this is a reminder.
    pub reminder: bool,
    /// How many rows there were when the plan was made.
    pub rows: u64,
}

/// What a sweep has to do on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SweepPlan {
    /// The day.
    pub day: NaiveDate,
    /// The statements, by growing step; none that would find nothing.
    pub raises: Vec<Raise>,
    /// How many items bear something whose period is over on that day, apart from those on hold.
    pub overdue: u64,
    /// How many of these are late: the last day on which their going was in time has passed.
    pub late: u64,
}

/// How far a statement has come that changes more rows than one transaction should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    due_on: NaiveDate,
    item: ItemId,
}

impl Reached {
    /// The place after an item that is due on this day.
    #[must_use]
    pub fn at(due_on: NaiveDate, item: ItemId) -> Self {
        Self { due_on, item }
    }
}

impl Raise {
    /// The rows that are to be flagged. A row that is at the step or beyond is none of them, so that the same
    /// sweep again finds nothing, and two at once flag each row once.
    fn condition(&self) -> Condition {
        let Threshold { due_from, due_to, step } = self.threshold;
        let before = if self.reminder {
            Condition::all().add(row::Column::Step.gte(0)).add(row::Column::Step.lt(step.0))
        } else {
            Condition::any().add(row::Column::Step.is_null()).add(row::Column::Step.lt(Ord::min(step.0, 0)))
        };
        Condition::all()
            .add(row::Column::Held.eq(false))
            .add(row::Column::DueOn.between(day_number(due_from), day_number(due_to)))
            .add(before)
    }
}

fn key() -> Expr {
    Expr::tuple([Expr::col(row::Column::DueOn), Expr::col(row::Column::Item)])
}

impl Reached {
    fn expr(self) -> Expr {
        Expr::tuple([Expr::value(day_number(self.due_on)), Expr::value(self.item.0)])
    }
}

impl WriteTx {
    async fn raise_flags(
        &mut self,
        raise: &Raise,
        day: NaiveDate,
        after: Option<Reached>,
    ) -> Result<(u64, Option<Reached>), StoreError> {
        let mut condition = raise.condition();
        let mut until = None;
        if let Some(after) = after {
            condition = condition.add(key().gt(after.expr()));
        }
        if raise.rows > MOST_ROWS {
            let last: Option<(i32, uuid::Uuid)> = row::Entity::find()
                .select_only()
                .columns([row::Column::DueOn, row::Column::Item])
                .filter(condition.clone())
                .order_by_asc(row::Column::DueOn)
                .order_by_asc(row::Column::Item)
                .offset(MOST_ROWS - 1)
                .limit(1)
                .into_tuple()
                .one(self.read())
                .await?;
            until = last.map(|(due_on, item)| Reached { due_on: day_of(due_on), item: ItemId(item) });
        }
        if let Some(until) = until {
            condition = condition.add(key().lte(until.expr()));
        }
        let flag = row::ActiveModel {
            step: Set(Some(raise.threshold.step.0)),
            flagged_on: Set(Some(day_number(day))),
            ..Default::default()
        };
        let done = row::Entity::update_many().set(flag).filter(condition).exec(self.write()).await?;
        Ok((done.rows_affected, until))
    }
}

impl Store {
    /// How many of these rows there are of each due date and each flag, apart from those on hold.
    async fn standings(&self, which: Expr) -> Result<Vec<Standing>, StoreError> {
        let rows: Vec<(i32, Option<i32>, Option<i32>, i64)> = row::Entity::find()
            .select_only()
            .columns([row::Column::DueOn, row::Column::ActBy, row::Column::Step])
            .column_as(row::Column::Item.count(), "rows")
            .filter(row::Column::Held.eq(false))
            .filter(which)
            .group_by(row::Column::DueOn)
            .group_by(row::Column::ActBy)
            .group_by(row::Column::Step)
            .order_by_asc(row::Column::DueOn)
            .into_tuple()
            .all(&self.reader)
            .await?;
        let standing = |(due_on, act_by, step, rows): (i32, Option<i32>, Option<i32>, i64)| Standing {
            due_on: day_of(due_on),
            act_by: act_by.map(day_of),
            step,
            rows: rows.unsigned_abs(),
        };
        Ok(rows.into_iter().map(standing).collect())
    }

    /// What a sweep would do on a day, without doing it.
    ///
    /// One statement counts what is due; from it follow the statements that have anything to change, each
    /// with no more of the due dates than occur. On an ordinary day these are a handful, whatever has come
    /// together over the years.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn sweep_plan(&self, day: NaiveDate, steps: &Steps) -> Result<SweepPlan, StoreError> {
        let lead = steps.before_days().first().copied().unwrap_or(0);
        let latest = day.checked_add_signed(TimeDelta::days(i64::from(lead))).unwrap_or(NaiveDate::MAX);
        let mut raises = BTreeMap::<(StepNo, bool), Raise>::new();
        let (mut overdue, mut late) = (0, 0);
        for standing in self.standings(row::Column::DueOn.lte(day_number(latest))).await? {
            if standing.due_on <= day {
                overdue += standing.rows;
            }
            if standing.act_by.is_some_and(|act_by| act_by < day) {
                late += standing.rows;
            }
            let Some(step) = step_on(standing.due_on, day, steps) else { continue };
            if standing.step.is_some_and(|flagged| flagged >= step.0) {
                continue;
            }
            let reminder = standing.step.is_some_and(|flagged| flagged >= 0);
            let raise = raises.entry((step, reminder)).or_insert(Raise {
                threshold: Threshold { due_from: standing.due_on, due_to: standing.due_on, step },
                reminder,
                rows: 0,
            });
            // They come by due date.
            raise.threshold.due_to = standing.due_on;
            raise.rows += standing.rows;
        }
        Ok(SweepPlan { day, raises: raises.into_values().collect(), overdue, late })
    }

    /// Raises flags, as one act: all of them where they are few, otherwise those after `after`, as many as one
    /// transaction should change. Returns how many were raised and, where there may be more, how far it came.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn raise_flags(
        &self,
        raise: Raise,
        day: NaiveDate,
        after: Option<Reached>,
    ) -> Result<(u64, Option<Reached>), StoreError> {
        self.write("purge.flag", move |tx| Box::pin(async move { tx.raise_flags(&raise, day, after).await }))
            .await
    }
}

// -------------------------------------------------------------------------------------------------- listing

/// What concerns somebody among the rows that are flagged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Concern {
    /// Only those whose going was in time until this day at the latest.
    pub in_time_until: Option<NaiveDate>,
    /// Only those of this division, or of none.
    pub division: Option<DivisionId>,
}

/// Which flagged rows to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlagFilter {
    /// Those that any of these takes in.
    pub concerns: Vec<Concern>,
    /// Those that are due until this day: today's, or that of the earliest flag. Nothing later is flagged, and
    /// the index by due date need not be read beyond it.
    pub due_until: NaiveDate,
}

/// A row that is flagged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flagged {
    /// The item.
    pub item: ItemId,
    /// The first day on which something on it must go.
    pub due_on: NaiveDate,
    /// The last day on which its going is in time.
    pub act_by: NaiveDate,
    /// How far the flag has gone.
    pub step: StepNo,
    /// When it was last raised.
    pub flagged_on: NaiveDate,
    /// The division whose officers answer for it.
    pub division: Option<DivisionId>,
}

impl Flagged {
    /// The place in the list, from which the next page goes on.
    #[must_use]
    pub fn place(&self) -> Reached {
        Reached { due_on: self.due_on, item: self.item }
    }
}

/// How many rows are flagged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FlagCounts {
    /// At each step.
    pub steps: BTreeMap<StepNo, u64>,
    /// How many of all these have something whose period is over.
    pub overdue: u64,
    /// How many of those are late.
    pub late: u64,
}

impl FlagFilter {
    fn condition(&self) -> Condition {
        let concerns = self.concerns.iter().fold(Condition::any(), |any, concern| {
            let mut all = Condition::all().add(Expr::value(true));
            if let Some(until) = concern.in_time_until {
                all = all.add(row::Column::ActBy.lte(day_number(until)));
            }
            if let Some(division) = concern.division {
                let theirs = Condition::any()
                    .add(row::Column::Division.eq(division.0))
                    .add(row::Column::Division.is_null());
                all = all.add(theirs);
            }
            any.add(all)
        });
        Condition::all()
            .add(row::Column::Held.eq(false))
            .add(row::Column::DueOn.lte(day_number(self.due_until)))
            .add(row::Column::Step.is_not_null())
            // Whoever has no concern sees nothing, where an empty condition would let everything through.
            .add(if self.concerns.is_empty() { Condition::all().add(Expr::value(false)) } else { concerns })
    }
}

#[derive(FromQueryResult)]
struct Counted {
    step: i32,
    rows: i64,
    late: i64,
}

impl Store {
    /// The flagged rows with their items, the longest due first, after this place.
    ///
    /// # Errors
    /// Where the database fails or an item cannot be read.
    pub async fn flagged(
        &self,
        filter: &FlagFilter,
        after: Option<Reached>,
        limit: u64,
    ) -> Result<Vec<(Flagged, Item)>, StoreError> {
        let mut condition = filter.condition();
        if let Some(after) = after {
            condition = condition.add(key().gt(after.expr()));
        }
        let rows = row::Entity::find()
            .filter(condition)
            .order_by_asc(row::Column::DueOn)
            .order_by_asc(row::Column::Item)
            .limit(limit)
            .all(&self.reader)
            .await?;
        let mut items = BTreeMap::new();
        for rows in rows.chunks(500) {
            let found = item::Entity::find()
                .filter(item::Column::Id.is_in(rows.iter().map(|row| row.item)))
                .all(&self.reader)
                .await?;
            items.extend(found.into_iter().map(|found| (found.id, found)));
        }
        let mut flagged = Vec::with_capacity(rows.len());
        for row in rows {
            let (Some(due_on), Some(step), Some(item)) = (row.due_on, row.step, items.remove(&row.item))
            else {
                continue;
            };
            let due_on = day_of(due_on);
            let flag = Flagged {
                item: ItemId(row.item),
                due_on,
                act_by: row.act_by.map_or(due_on, day_of),
                step: StepNo(step),
                flagged_on: row.flagged_on.map_or(due_on, day_of),
                division: row.division.map(DivisionId),
            };
            flagged.push((flag, items::read(item)?));
        }
        Ok(flagged)
    }

    /// How many rows are flagged.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn flag_counts(&self, filter: &FlagFilter, today: NaiveDate) -> Result<FlagCounts, StoreError> {
        let late = CaseStatement::new()
            .case(row::Column::ActBy.lt(day_number(today)), Expr::value(1_i64))
            .finally(Expr::value(0_i64));
        let rows = row::Entity::find()
            .select_only()
            .column(row::Column::Step)
            .column_as(row::Column::Item.count(), "rows")
            .column_as(Expr::expr(late).sum().cast_as("bigint"), "late")
            .filter(filter.condition())
            .group_by(row::Column::Step)
            .into_model::<Counted>()
            .all(&self.reader)
            .await?;
        let mut counts = FlagCounts::default();
        for Counted { step, rows, late } in rows {
            counts.steps.insert(StepNo(step), rows.unsigned_abs());
            counts.late += late.unsigned_abs();
            if step >= 0 {
                counts.overdue += rows.unsigned_abs();
            }
        }
        Ok(counts)
    }

    /// The stored due date of an item and the flag on it.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn due_of(&self, item: ItemId) -> Result<Option<(DueRow, Option<StepNo>)>, StoreError> {
        let row = row::Entity::find_by_id(item.0).one(&self.reader).await?;
        Ok(row.map(|row| (DueRow::read(&row), row.step.map(StepNo))))
    }
}
