//! The calendars of the body: what it has added to those that come with the product, or taken out of them.
//!
//! A calendar of dates (年金給付日) has the dates of its rule, the added ones beside them and the removed ones
//! not. The days of the calendar of closed days (行政機関の休日) are those on which offices are shut; what is
//! added there or removed moves every date that lies on the business day before.

use chrono::NaiveDate;
use hokan_domain::{
    calendar::{Calendar, PENSION_PAYMENT},
    ids::PersonId,
    retention::EARLIEST,
};
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, QueryOrder, sea_query::OnConflict};

pub use hokan_domain::calendar::Calendars;

use super::{
    Store, StoreError, WriteTx,
    entity::calendar_day,
    subjects::{day_number, day_of},
};

/// The id of the calendar of closed days.
pub const CLOSED_DAYS: &str = "national";

/// What the body did with a day of a calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// It is a day of the calendar, though the rule does not say so.
    Added,
    /// It is none, though the rule says so. A date that the rule moves is marked under the date that the rule
    /// names.
    Removed,
}

impl Mark {
    /// The stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
        }
    }
}

/// One day of a calendar that the body changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CalendarDay {
    /// The calendar's id.
    pub calendar: String,
    /// The day.
    pub day: NaiveDate,
    /// What was done with it.
    pub mark: Mark,
}

fn read(row: calendar_day::Model) -> Result<CalendarDay, StoreError> {
    let mark = match row.mark.as_str() {
        "added" => Mark::Added,
        "removed" => Mark::Removed,
        other => return Err(StoreError::corrupt("calendar_day", "mark", &row.calendar, other)),
    };
    Ok(CalendarDay { day: day_of(row.day), calendar: row.calendar, mark })
}

async fn load(connection: &impl ConnectionTrait) -> Result<Vec<CalendarDay>, StoreError> {
    let rows = calendar_day::Entity::find()
        .order_by_asc(calendar_day::Column::Calendar)
        .order_by_asc(calendar_day::Column::Day)
        .all(connection)
        .await?;
    rows.into_iter().map(read).collect()
}

/// The calendars that come with the product, with what the body changed in them, and its own.
#[must_use]
pub fn with_changes(days: &[CalendarDay]) -> Calendars {
    let mut closed_days = Calendar::national();
    for CalendarDay { day, mark, .. } in days.iter().filter(|day| day.calendar == CLOSED_DAYS) {
        match mark {
            Mark::Added => closed_days.closed.insert(*day),
            Mark::Removed => closed_days.open.insert(*day),
        };
    }
    let mut calendars = Calendars::from([(PENSION_PAYMENT.to_owned(), Calendar::pension_payment())]);
    for CalendarDay { calendar, day, mark } in days.iter().filter(|day| day.calendar != CLOSED_DAYS) {
        let calendar = calendars
            .entry(calendar.clone())
            .or_insert_with(|| Calendar::empty(calendar, calendar, calendar));
        match mark {
            Mark::Added => {
                calendar.dates.insert(*day);
            }
            // Before all other days it is never the next one, and within no days that anybody looks at.
            Mark::Removed => {
                calendar.moved.insert(*day, EARLIEST);
            }
        }
    }
    for calendar in calendars.values_mut() {
        calendar.closed.clone_from(&closed_days.closed);
        calendar.open.clone_from(&closed_days.open);
    }
    calendars.insert(CLOSED_DAYS.to_owned(), closed_days);
    calendars
}

impl WriteTx {
    /// What the body changed in its calendars.
    ///
    /// # Errors
    /// Where the database fails or a row cannot be read.
    pub async fn calendar_days(&self) -> Result<Vec<CalendarDay>, StoreError> {
        load(self.read()).await
    }

    /// The calendars as this transaction sees them.
    ///
    /// # Errors
    /// Where the database fails or a row cannot be read.
    pub async fn calendars(&self) -> Result<Calendars, StoreError> {
        Ok(with_changes(&load(self.read()).await?))
    }

    /// Marks a day of a calendar, or takes its mark away where there is none.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn mark_calendar_day(
        &mut self,
        calendar: &str,
        day: NaiveDate,
        mark: Option<Mark>,
        by: Option<PersonId>,
    ) -> Result<(), StoreError> {
        match mark {
            Some(mark) => {
                let row = calendar_day::ActiveModel {
                    calendar: Set(calendar.to_owned()),
                    day: Set(day_number(day)),
                    mark: Set(mark.code().to_owned()),
                };
                let on_conflict =
                    OnConflict::columns([calendar_day::Column::Calendar, calendar_day::Column::Day])
                        .update_column(calendar_day::Column::Mark)
                        .to_owned();
                calendar_day::Entity::insert(row)
                    .on_conflict(on_conflict)
                    .exec_without_returning(self.write())
                    .await?;
            }
            None => {
                calendar_day::Entity::delete_by_id((calendar.to_owned(), day_number(day)))
                    .exec(self.write())
                    .await?;
            }
        }
        let done = mark.map_or("unmarked", Mark::code);
        self.audit(by, "calendar-changed", calendar, format!("{day} {done}")).await
    }
}

impl Store {
    /// What the body changed in its calendars.
    ///
    /// # Errors
    /// Where the database fails or a row cannot be read.
    pub async fn calendar_days(&self) -> Result<Vec<CalendarDay>, StoreError> {
        load(&self.reader).await
    }

    /// The calendars that come with the product, with what the body changed in them, and its own.
    ///
    /// # Errors
    /// Where the database fails or a row cannot be read.
    pub async fn calendars(&self) -> Result<Calendars, StoreError> {
        Ok(with_changes(&self.calendar_days().await?))
    }
}
