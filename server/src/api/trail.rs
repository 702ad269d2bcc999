//! The trail: looking through it, signing that off, and what looks wrong in it.

use axum::Json;
use chrono::NaiveDate;
use hokan_domain::{
    ids::{EventId, SuspicionId},
    personal_number::CheckedText,
    text::Lang,
    watch::Limits,
};
use hokan_mobile_api::{
    Problem, ProblemCode, ProblemDocument,
    problem::MEDIA_TYPE,
    request::{Body, BodyFields, FromBody},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Unforeseen,
    guard::{Desk, Segment},
    query::Query,
};
use crate::{
    app::trail::{PAGE, ReviewView, SuspicionView, TrailLineView, TrailStatus, place_from},
    store::trail::TrailQuery,
};

/// The longest remark.
const MAX_NOTE: usize = 2_000;

/// A page of the trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct TrailLines {
    /// The newest first.
    lines: Vec<TrailLineView>,
    /// What to send as `after` for the next page; none on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Look through the trail
///
/// For auditors, the custodian of the rules and administrators. That somebody looked is a line of its own.
#[utoipa::path(
    get, path = "/trail", operation_id = "list_trail", tag = "trail",
    params(
        ("from" = Option<NaiveDate>, Query, description = "From this day on"),
        ("to" = Option<NaiveDate>, Query, description = "Until this day"),
        ("person" = Option<String>, Query, description = "Only this person's: `per_…`"),
        ("act" = Option<String>, Query, description = "Only this act, as lines name it"),
        ("after" = Option<String>, Query, description = "What the page before gave as `next`")
    ),
    responses(
        (status = 200, description = "The newest lines first", body = TrailLines),
        (status = 403, description = "`part-missing`", body = ProblemDocument, content_type = MEDIA_TYPE),
        Unforeseen,
    )
)]
pub(crate) async fn list_trail(desk: Desk, mut query: Query) -> Result<Json<TrailLines>, Problem> {
    let mut wanted = TrailQuery { from: query.date("from")?, to: query.date("to")?, ..TrailQuery::default() };
    if let Some(person) = query.one("person")? {
        let id = person.parse().map_err(|_| {
            query.wrong("person", "per_で始まるIDにしてください。", "It is an id that begins with per_.")
        })?;
        wanted.actor = Some(id);
    }
    wanted.act = query.one("act")?;
    if let Some(after) = query.one("after")? {
        let place = place_from(&after).ok_or_else(|| {
            query.wrong(
                "after",
                "前のページのnextの値にしてください。",
                "It is what the page before gave as next.",
            )
        })?;
        wanted.before = Some(place);
    }
    query.finish()?;
    let lines = desk.app.trail(&desk.caller, &wanted).await?;
    let full = lines.len() as u64 == PAGE;
    let next = lines.last().filter(|_| full).map(|line| line.place.clone());
    Ok(Json(TrailLines { lines, next }))
}

/// How the trail stands
///
/// For how long it is kept and by which clause, when it is to be looked through next, what looks wrong, and the
/// rules by which it is watched.
#[utoipa::path(
    get, path = "/trail/status", operation_id = "show_trail_status", tag = "trail",
    responses(
        (status = 200, description = "The trail as a whole", body = TrailStatus),
        (status = 403, description = "`part-missing`", body = ProblemDocument, content_type = MEDIA_TYPE),
        Unforeseen,
    )
)]
pub(crate) async fn show_trail_status(desk: Desk) -> Result<Json<TrailStatus>, Problem> {
    desk.app.trail_status(&desk.caller).await.map(Json)
}

/// A review to sign off.
#[derive(Debug)]
pub(crate) struct Review {
    event: EventId,
    days: (NaiveDate, NaiveDate),
    note: CheckedText,
}

/// A review to sign off.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the fields document the body; they are read one by one")]
pub(crate) struct ReviewBody {
    /// The id of the event that this makes: `evt_…` or a UUID.
    event_id: String,
    /// The first day that was looked through.
    from: NaiveDate,
    /// The last day; it must be over.
    to: NaiveDate,
    /// What was found.
    note: String,
}

impl FromBody for Review {
    const LIMIT: usize = 16 * 1024;

    fn from_body(text: &str, lang: Lang) -> Result<Self, Problem> {
        let mut fields = BodyFields::parse(text, lang)?;
        let event = fields.event_id()?;
        let days = (fields.date("from")?, fields.date("to")?);
        let note = fields.lines("note", MAX_NOTE)?;
        fields.finish()?;
        Ok(Self { event, days, note })
    }
}

/// Sign off that the trail was looked through
///
/// For the role that the regulation names, or auditors where it names none.
#[utoipa::path(
    post, path = "/trail/reviews", operation_id = "review_trail", tag = "trail",
    request_body = ReviewBody,
    responses(
        (status = 200, description = "It is signed off", body = ReviewView),
        (
            status = 403,
            description = "`part-missing`, `role-missing`",
            body = ProblemDocument,
            content_type = MEDIA_TYPE
        ),
        (
            status = 422,
            description = "`bad-request-body` where a day is not over",
            body = ProblemDocument,
            content_type = MEDIA_TYPE
        ),
        Unforeseen,
    )
)]
pub(crate) async fn review_trail(desk: Desk, Body(body): Body<Review>) -> Result<Json<ReviewView>, Problem> {
    desk.app.review_trail(&desk.caller, body.event, body.days, body.note).await.map(Json)
}

/// What a suspicion was.
#[derive(Debug)]
pub(crate) struct Settle {
    event: EventId,
    reason: CheckedText,
}

/// What a suspicion was.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the fields document the body; they are read one by one")]
pub(crate) struct SettleSuspicionBody {
    /// The id of the event that this makes: `evt_…` or a UUID.
    event_id: String,
    /// What it was.
    reason: String,
}

impl FromBody for Settle {
    const LIMIT: usize = 16 * 1024;

    fn from_body(text: &str, lang: Lang) -> Result<Self, Problem> {
        let mut fields = BodyFields::parse(text, lang)?;
        let event = fields.event_id()?;
        let reason = fields.lines("reason", MAX_NOTE)?;
        fields.finish()?;
        Ok(Self { event, reason })
    }
}

/// Settle what looked wrong
///
/// For auditors, the custodian and administrators; never for the one whom it is about.
#[utoipa::path(
    post, path = "/trail/suspicions/{id}", operation_id = "settle_suspicion", tag = "trail",
    params(("id" = String, Path, description = "The suspicion: `sus_…`")),
    request_body = SettleSuspicionBody,
    responses(
        (status = 200, description = "It is settled", body = SuspicionView),
        (
            status = 403,
            description = "`part-missing`, `own-suspicion`",
            body = ProblemDocument,
            content_type = MEDIA_TYPE
        ),
        (status = 404, description = "`not-found`", body = ProblemDocument, content_type = MEDIA_TYPE),
        (status = 409, description = "`already-done`", body = ProblemDocument, content_type = MEDIA_TYPE),
        Unforeseen,
    )
)]
pub(crate) async fn settle_suspicion(
    desk: Desk,
    segment: Segment,
    Body(body): Body<Settle>,
) -> Result<Json<SuspicionView>, Problem> {
    let lang = desk.caller.lang;
    let id: SuspicionId = segment.0.parse().map_err(|_| Problem::new(ProblemCode::NotFound, lang))?;
    desk.app.settle_suspicion(&desk.caller, id, body.event, body.reason).await.map(Json)
}

/// The numbers of the rules.
#[derive(Debug)]
pub(crate) struct SetLimits(Limits);

/// The numbers of the rules by which the trail is watched.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the fields document the body; they are read one by one")]
pub(crate) struct WatchLimitsBody {
    /// So many failed attempts at one account or from one address within an hour are too many.
    failed_sign_ins: u32,
    /// Nobody gets from one building to another in fewer minutes.
    minutes_between_buildings: u32,
    /// So many items looked at by one person within an hour are too many.
    views: u32,
    /// So many acts of one person in one night are too many.
    night_acts: u32,
    /// The hour of the clock in Japan at which the night begins, 12 to 23.
    night_from: u32,
    /// The hour of the clock in Japan at which it ends, 0 to 11.
    night_to: u32,
}

impl FromBody for SetLimits {
    const LIMIT: usize = 4 * 1024;

    fn from_body(text: &str, lang: Lang) -> Result<Self, Problem> {
        let mut fields = BodyFields::parse(text, lang)?;
        let limits = Limits {
            failed_sign_ins: fields.number("failed_sign_ins")?,
            minutes_between_buildings: fields.number("minutes_between_buildings")?,
            views: fields.number("views")?,
            night_acts: fields.number("night_acts")?,
            night_from: fields.number("night_from")?,
            night_to: fields.number("night_to")?,
        };
        fields.finish()?;
        Ok(Self(limits))
    }
}

/// Set the numbers of the rules by which the trail is watched
///
/// For administrators.
#[utoipa::path(
    post, path = "/trail/limits", operation_id = "set_watch_limits", tag = "trail",
    request_body = WatchLimitsBody,
    responses(
        (status = 200, description = "The trail as a whole", body = TrailStatus),
        (status = 403, description = "`part-missing`", body = ProblemDocument, content_type = MEDIA_TYPE),
        (status = 422, description = "`bad-request-body`", body = ProblemDocument, content_type = MEDIA_TYPE),
        Unforeseen,
    )
)]
pub(crate) async fn set_watch_limits(
    desk: Desk,
    Body(body): Body<SetLimits>,
) -> Result<Json<TrailStatus>, Problem> {
    desk.app.set_watch_limits(&desk.caller, body.0).await?;
    desk.app.trail_status(&desk.caller).await.map(Json)
}
