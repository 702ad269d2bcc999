//! The routes of incidents.

use axum::{Json, extract::State};

use super::{ActProblems, Segment, Shared, Unforeseen};
use crate::{
    auth::Session,
    problem::{MEDIA_TYPE, Problem, ProblemDocument},
    request::{Asked, Body, IncidentActEnvelope, IncidentEnvelope, Show},
    wire::{IncidentActBody, IncidentAnswer, IncidentView, Incidents, OpenIncidentBody},
};

/// List the incidents
#[utoipa::path(
    get, path = "/incidents", operation_id = "list_incidents", tag = "incidents",
    params(("show" = Option<String>, Query, description = "`open`, or `all` with those that are closed")),
    responses(
        (status = 200, description = "The latest first", body = Incidents),
        Unforeseen,
    )
)]
pub(crate) async fn list_incidents(
    State(backend): Shared,
    session: Session,
    Asked(show): Asked<Show>,
) -> Result<Json<Incidents>, Problem> {
    let incidents = backend.incidents(&session.caller, show).await?;
    Ok(Json(Incidents { incidents }))
}

/// Report an incident
#[utoipa::path(
    post, path = "/incidents", operation_id = "open_incident", tag = "incidents",
    request_body = OpenIncidentBody,
    responses(
        (status = 200, description = "It is reported", body = IncidentAnswer),
        ActProblems,
        Unforeseen,
    )
)]
pub(crate) async fn open_incident(
    State(backend): Shared,
    session: Session,
    Body(body): Body<IncidentEnvelope>,
) -> Result<Json<IncidentAnswer>, Problem> {
    backend.open_incident(&session.caller, body.event, body.request).await.map(Json)
}

/// Show an incident
#[utoipa::path(
    get, path = "/incidents/{id}", operation_id = "show_incident", tag = "incidents",
    params(("id" = String, Path, description = "The incident: `inc_…`")),
    responses(
        (status = 200, description = "The incident with who is to be told until when", body = IncidentView),
        (status = 404, description = "`not-found`", body = ProblemDocument, content_type = MEDIA_TYPE),
        Unforeseen,
    )
)]
pub(crate) async fn show_incident(
    State(backend): Shared,
    session: Session,
    segment: Segment,
) -> Result<Json<IncidentView>, Problem> {
    let incident = segment.id(session.caller.lang)?;
    backend.incident(&session.caller, incident).await.map(Json)
}

/// Do something about an incident
///
/// A refusal lists in `missing` what is still missing, each with the clause that asks for it.
#[utoipa::path(
    post, path = "/incidents/{id}/acts", operation_id = "act_on_incident", tag = "incidents",
    params(("id" = String, Path, description = "The incident: `inc_…`")),
    request_body = IncidentActBody,
    responses(
        (status = 200, description = "It is done", body = IncidentAnswer),
        ActProblems,
        Unforeseen,
    )
)]
pub(crate) async fn act_on_incident(
    State(backend): Shared,
    session: Session,
    segment: Segment,
    Body(body): Body<IncidentActEnvelope>,
) -> Result<Json<IncidentAnswer>, Problem> {
    let incident = segment.id(session.caller.lang)?;
    backend.act_on_incident(&session.caller, incident, body.event, body.act).await.map(Json)
}
