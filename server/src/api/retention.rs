//! What has to go and when: the list, the sweep, and the calendars that some of it waits for.

use std::collections::BTreeMap;

use axum::Json;
use chrono::{Months, NaiveDate};
use hokan_domain::{calendar::Calendar, ids::ItemId, japan_date::jst_date, label::LabelId, text::Lang};
use hokan_mobile_api::{
    Problem, ProblemDocument,
    problem::MEDIA_TYPE,
    request::{Body, BodyFields, FromBody},
    wire::Named,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Unforeseen,
    guard::{Desk, Segment},
    query::Query,
};
use crate::{
    app::retention::{CalendarEdit, DueItem, Whose},
    jobs::purge::SweepReport,
    store::{
        StoreError,
        calendars::{CLOSED_DAYS, Mark},
        retention::{FlagCounts, Reached},
    },
};

/// How many items one page lists.
const PAGE: usize = 100;

/// The most days of a calendar that are shown at once.
const MOST_DAYS: i64 = 3_700;

fn fault(error: &StoreError, lang: Lang) -> Problem {
    Problem::internal(lang, error)
}

/// An item that is flagged because something on it has to go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct DueLine {
    /// Which.
    #[schema(value_type = String, example = "itm_0192f3c4d5e67890a1b2c3d4e5f60718")]
    item: ItemId,
    /// The code on its label.
    #[schema(value_type = String)]
    code: LabelId,
    /// What kind of item.
    kind: Named,
    /// What people call it.
    title: String,
    /// The first day on which something on it must go.
    due_on: NaiveDate,
    /// The last day on which its going is in time.
    act_by: NaiveDate,
    /// How far the flag has gone: below 0 before it is due, then counted up.
    step: i32,
    /// Why it must go then, of what is most urgent on it.
    sentence: String,
    /// Whether a hold on it is open. What a hold keeps leaves the list with the hold's act.
    held: bool,
}

/// A page of what is flagged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct DueLines {
    /// The longest due first.
    items: Vec<DueLine>,
    /// What to send as `after` for the next page; none on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

fn due_line(due: DueItem, lang: Lang) -> DueLine {
    DueLine {
        item: due.item,
        code: due.code,
        kind: Named::kind(due.kind, lang),
        title: due.title,
        due_on: due.due_on,
        act_by: due.act_by,
        step: due.step.0,
        sentence: due.contents.into_iter().next().map(|contents| contents.sentence).unwrap_or_default(),
        held: due.held,
    }
}

/// The place in the list that `DAY_ITEM` names.
fn place(text: &str) -> Option<Reached> {
    let (day, item) = text.split_once('_')?;
    Some(Reached::at(day.parse().ok()?, item.parse().ok()?))
}

fn whose<'d>(query: &mut Query, desk: &'d Desk) -> Result<Whose<'d>, Problem> {
    match query.one("whose")?.as_deref() {
        None | Some("all") => Ok(Whose::Everybody),
        Some("mine") => Ok(Whose::Person(&desk.caller.person)),
        Some(_) => Err(query.wrong("whose", "allかmineにしてください。", "It is all or mine.")),
    }
}

/// What has to go
#[utoipa::path(
    get, path = "/retention", operation_id = "list_due_items", tag = "retention",
    params(
        ("after" = Option<String>, Query, description = "The `next` of the page before"),
        ("whose" = Option<String>, Query, description = "`all`, or `mine` for what concerns the caller")
    ),
    responses(
        (status = 200, description = "The items that are flagged, the longest due first", body = DueLines),
        Unforeseen,
    )
)]
pub(crate) async fn list_due(desk: Desk, mut query: Query) -> Result<Json<DueLines>, Problem> {
    let lang = desk.caller.lang;
    let whose = whose(&mut query, &desk)?;
    let after = match query.one("after")? {
        None => None,
        Some(text) => Some(place(&text).ok_or_else(|| {
            query.wrong(
                "after",
                "前のページのnextをそのまま入れてください。",
                "It is the next of the page before.",
            )
        })?),
    };
    query.finish()?;
    // One more than a page tells whether there is another.
    let found = desk.app.due_items(whose, false, after, PAGE as u64 + 1, lang).await;
    let mut found = found.map_err(|error| fault(&error, lang))?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let next = found.last().filter(|_| more).map(|last| format!("{}_{}", last.due_on, last.item));
    Ok(Json(DueLines { items: found.into_iter().map(|due| due_line(due, lang)).collect(), next }))
}

/// How many items are flagged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct DueCounts {
    /// At each step.
    steps: BTreeMap<i32, u64>,
    /// How many of all these have something whose period is over.
    overdue: u64,
    /// How many of those are late.
    late: u64,
}

/// How much has to go
#[utoipa::path(
    get, path = "/retention/counts", operation_id = "count_due_items", tag = "retention",
    params(("whose" = Option<String>, Query, description = "`all`, or `mine` for what concerns the caller")),
    responses(
        (status = 200, description = "By step", body = DueCounts),
        Unforeseen,
    )
)]
pub(crate) async fn show_counts(desk: Desk, mut query: Query) -> Result<Json<DueCounts>, Problem> {
    let whose = whose(&mut query, &desk)?;
    query.finish()?;
    let counts = desk.app.due_counts(whose).await.map_err(|error| fault(&error, desk.caller.lang))?;
    let FlagCounts { steps, overdue, late } = counts;
    Ok(Json(DueCounts {
        steps: steps.into_iter().map(|(step, rows)| (step.0, rows)).collect(),
        overdue,
        late,
    }))
}

/// What to sweep for.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its description is used")]
pub(crate) struct SweepBody {
    /// Whether nothing is to be written.
    dry_run: bool,
    /// For which day; today where none is given. Only a dry run looks ahead.
    as_of: Option<NaiveDate>,
}

/// The body of a sweep.
pub(crate) struct Sweep {
    dry_run: bool,
    as_of: Option<NaiveDate>,
}

impl FromBody for Sweep {
    const LIMIT: usize = 4 * 1024;

    fn from_body(text: &str, lang: Lang) -> Result<Self, Problem> {
        let mut fields = BodyFields::parse(text, lang)?;
        let dry_run = fields.boolean("dry_run")?;
        let as_of = fields.optional_date("as_of")?;
        fields.finish()?;
        Ok(Self { dry_run, as_of })
    }
}

/// What a sweep did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct SweepView {
    /// The day that it was made for.
    day: NaiveDate,
    /// How many flags were raised to each step.
    flagged: BTreeMap<i32, u64>,
    /// How many of these were not flagged as due before.
    newly_due: u64,
    /// How many items bear something whose period is over, apart from those on hold.
    overdue: u64,
    /// How many of these are late.
    late: u64,
    /// Whether another server was at it, and this one left it to that.
    skipped_because_leased: bool,
    /// Whether nothing was written.
    dry_run: bool,
    /// How many due dates were computed again first, since rules or calendars had changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    recomputed: Option<u64>,
    /// Whether due dates wait to be computed again, so that a run may flag others than this dry one says.
    dues_outdated: bool,
    /// The days before this one for which no sweep was made.
    missed_days: u64,
}

impl From<SweepReport> for SweepView {
    fn from(report: SweepReport) -> Self {
        Self {
            day: report.day,
            flagged: report.flagged.into_iter().map(|(step, rows)| (step.0, rows)).collect(),
            newly_due: report.newly_due,
            overdue: report.overdue_total,
            late: report.late_total,
            skipped_because_leased: report.skipped_because_leased,
            dry_run: report.dry_run,
            recomputed: report.recomputed,
            dues_outdated: report.dues_outdated,
            missed_days: report.missed_days,
        }
    }
}

/// Flag what has to go
///
/// The sweep that runs each night by itself, now. It erases nothing. For the custodian and administrators.
#[utoipa::path(
    post, path = "/purge", operation_id = "sweep", tag = "retention",
    request_body = SweepBody,
    responses(
        (status = 200, description = "What it did, or would do", body = SweepView),
        (status = 403, description = "`part-missing`", body = ProblemDocument, content_type = MEDIA_TYPE),
        Unforeseen,
    )
)]
pub(crate) async fn sweep(desk: Desk, Body(body): Body<Sweep>) -> Result<Json<SweepView>, Problem> {
    let report = desk.app.sweep(&desk.caller, body.as_of, body.dry_run).await?;
    Ok(Json(report.into()))
}

/// A date of a calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct CalendarDate {
    /// The day.
    day: NaiveDate,
    /// The day that the rule names for it, where it is another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    nominal: Option<NaiveDate>,
}

/// What the body did with a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct CalendarMark {
    /// The day, as the rule names it.
    day: NaiveDate,
    /// `added` or `removed`.
    mark: &'static str,
}

/// A calendar within some days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct CalendarView {
    /// Which.
    calendar: Named,
    /// From which day.
    from: NaiveDate,
    /// To which, this one included.
    to: NaiveDate,
    /// Its dates; of the calendar of closed days, the days on which offices are shut.
    days: Vec<CalendarDate>,
    /// What the body did with its days.
    marks: Vec<CalendarMark>,
}

fn dates(name: &str, calendar: &Calendar, from: NaiveDate, to: NaiveDate) -> Vec<CalendarDate> {
    if name == CLOSED_DAYS {
        let shut =
            from.iter_days().take_while(|day| *day <= to).filter(|day| !calendar.is_business_day(*day));
        return shut.map(|day| CalendarDate { day, nominal: None }).collect();
    }
    let found = calendar.occurrences(from..=to).into_iter();
    found
        .map(|one| CalendarDate { day: one.date, nominal: (one.nominal != one.date).then_some(one.nominal) })
        .collect()
}

/// The dates of a calendar
#[utoipa::path(
    get, path = "/calendars/{name}", operation_id = "show_calendar", tag = "retention",
    params(
        ("name" = String, Path, description = "`national` for closed days, or what a retention rule waits for"),
        ("from" = Option<NaiveDate>, Query, description = "The first day; today where none is given"),
        ("to" = Option<NaiveDate>, Query, description = "The last day; a year later where none is given")
    ),
    responses(
        (status = 200, description = "Its dates and what the body did with them", body = CalendarView),
        (status = 404, description = "`not-found`", body = ProblemDocument, content_type = MEDIA_TYPE),
        Unforeseen,
    )
)]
pub(crate) async fn show_calendar(
    desk: Desk,
    Segment(name): Segment,
    mut query: Query,
) -> Result<Json<CalendarView>, Problem> {
    let lang = desk.caller.lang;
    let today = jst_date(desk.app.store().clock().now());
    let from = query.date("from")?.unwrap_or(today);
    let to = query.date("to")?.unwrap_or_else(|| from.checked_add_months(Months::new(12)).unwrap_or(from));
    if !(0..=MOST_DAYS).contains(&(to - from).num_days()) {
        return Err(query.wrong(
            "to",
            "fromの日以後、10年以内にしてください。",
            "It is a day not before from, within ten years.",
        ));
    }
    query.finish()?;
    let calendar = desk.app.calendar_for(&desk.caller, &name).await?;
    let marked = desk.app.store().calendar_days().await.map_err(|error| fault(&error, lang))?;
    let marks =
        marked.into_iter().filter(|marked| marked.calendar == name && (from..=to).contains(&marked.day));
    Ok(Json(CalendarView {
        days: dates(&name, &calendar, from, to),
        marks: marks.map(|marked| CalendarMark { day: marked.day, mark: marked.mark.code() }).collect(),
        calendar: Named { code: name, name: calendar.name.get(lang).to_owned() },
        from,
        to,
    }))
}

/// A day to mark.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its description is used")]
pub(crate) struct MarkDayBody {
    /// Which.
    day: NaiveDate,
    /// `added`, `removed`, or `none` for what the rule says.
    #[schema(example = "added")]
    mark: String,
}

/// The body of marking a day.
pub(crate) struct MarkDay {
    day: NaiveDate,
    edit: CalendarEdit,
}

impl FromBody for MarkDay {
    const LIMIT: usize = 4 * 1024;

    fn from_body(text: &str, lang: Lang) -> Result<Self, Problem> {
        let mut fields = BodyFields::parse(text, lang)?;
        let day = fields.date("day")?;
        let words = || vec![Mark::Added.code(), Mark::Removed.code(), "none"];
        let edit = fields.word("mark", words, |word| match word {
            "added" => Some(CalendarEdit::Add),
            "removed" => Some(CalendarEdit::Remove),
            "none" => Some(CalendarEdit::Unmark),
            _ => None,
        })?;
        fields.finish()?;
        Ok(Self { day, edit })
    }
}

/// What marking a day did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct DayMarked {
    /// The day.
    day: NaiveDate,
    /// Whether anything had to change.
    changed: bool,
    /// How many due dates moved with it.
    moved: u64,
}

/// Add a day to a calendar or take one out
///
/// Due dates that wait for the calendar move with it. What is so already stays so. For administrators.
#[utoipa::path(
    post, path = "/calendars/{name}", operation_id = "mark_calendar_day", tag = "retention",
    params(("name" = String, Path, description = "`national` for closed days, or what a retention rule waits for")),
    request_body = MarkDayBody,
    responses(
        (status = 200, description = "It is marked", body = DayMarked),
        (status = 403, description = "`part-missing`", body = ProblemDocument, content_type = MEDIA_TYPE),
        (status = 404, description = "`not-found`", body = ProblemDocument, content_type = MEDIA_TYPE),
        Unforeseen,
    )
)]
pub(crate) async fn mark_day(
    desk: Desk,
    Segment(name): Segment,
    Body(body): Body<MarkDay>,
) -> Result<Json<DayMarked>, Problem> {
    let moved = desk.app.mark_calendar(&desk.caller, &name, body.day, body.edit).await?;
    Ok(Json(DayMarked { day: body.day, changed: moved.is_some(), moved: moved.unwrap_or(0) }))
}
