//! The routes of carry-outs.

use axum::{Json, extract::State};

use super::{ActProblems, Segment, Shared, Unforeseen};
use crate::{
    auth::Session,
    problem::{MEDIA_TYPE, Problem, ProblemDocument},
    request::{Asked, Body, CarryOutActEnvelope, CarryOutEnvelope, Show},
    wire::{CarryOutActBody, CarryOutAnswer, CarryOutBody, CarryOutView, CarryOuts},
};

/// List the carry-outs
#[utoipa::path(
    get, path = "/carry-outs", operation_id = "list_carry_outs", tag = "carry-outs",
    params(("show" = Option<String>, Query, description = "`open`, or `all` with those that have ended")),
    responses(
        (status = 200, description = "The latest first", body = CarryOuts),
        Unforeseen,
    )
)]
pub(crate) async fn list_carry_outs(
    State(backend): Shared,
    session: Session,
    Asked(show): Asked<Show>,
) -> Result<Json<CarryOuts>, Problem> {
    let carry_outs = backend.carry_outs(&session.caller, show).await?;
    Ok(Json(CarryOuts { carry_outs }))
}

/// Ask for a carry-out
#[utoipa::path(
    post, path = "/carry-outs", operation_id = "request_carry_out", tag = "carry-outs",
    request_body = CarryOutBody,
    responses(
        (status = 200, description = "It is asked for", body = CarryOutAnswer),
        ActProblems,
        Unforeseen,
    )
)]
pub(crate) async fn request_carry_out(
    State(backend): Shared,
    session: Session,
    Body(body): Body<CarryOutEnvelope>,
) -> Result<Json<CarryOutAnswer>, Problem> {
    backend.request_carry_out(&session.caller, body.event, body.plan).await.map(Json)
}

/// Show a carry-out
#[utoipa::path(
    get, path = "/carry-outs/{id}", operation_id = "show_carry_out", tag = "carry-outs",
    params(("id" = String, Path, description = "The carry-out: `cro_…`")),
    responses(
        (status = 200, description = "The carry-out with its steps", body = CarryOutView),
        (status = 404, description = "`not-found`", body = ProblemDocument, content_type = MEDIA_TYPE),
        Unforeseen,
    )
)]
pub(crate) async fn show_carry_out(
    State(backend): Shared,
    session: Session,
    segment: Segment,
) -> Result<Json<CarryOutView>, Problem> {
    let carry_out = segment.id(session.caller.lang)?;
    backend.carry_out(&session.caller, carry_out).await.map(Json)
}

/// Do something with a carry-out
///
/// A refusal lists in `missing` what is still missing, each with the clause that asks for it.
#[utoipa::path(
    post, path = "/carry-outs/{id}/acts", operation_id = "act_on_carry_out", tag = "carry-outs",
    params(("id" = String, Path, description = "The carry-out: `cro_…`")),
    request_body = CarryOutActBody,
    responses(
        (status = 200, description = "It is done", body = CarryOutAnswer),
        ActProblems,
        Unforeseen,
    )
)]
pub(crate) async fn act_on_carry_out(
    State(backend): Shared,
    session: Session,
    segment: Segment,
    Body(body): Body<CarryOutActEnvelope>,
) -> Result<Json<CarryOutAnswer>, Problem> {
    let carry_out = segment.id(session.caller.lang)?;
    backend.act_on_carry_out(&session.caller, carry_out, body.event, body.act).await.map(Json)
}
