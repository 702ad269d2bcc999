//! The routes of containers.

use axum::{Json, extract::State};

use super::{ActProblems, Segment, Shared, Unforeseen};
use crate::{
    auth::Session,
    problem::{MEDIA_TYPE, Problem, ProblemDocument},
    request::{Body, ContainerActEnvelope},
    wire::{ContainerActBody, ContainerAnswer, ContainerView},
};

/// Show a container
#[utoipa::path(
    get, path = "/containers/{id}", operation_id = "show_container", tag = "containers",
    params(("id" = String, Path, description = "The container: `con_…`")),
    responses(
        (status = 200, description = "The container with what is in it", body = ContainerView),
        (status = 404, description = "`not-found`", body = ProblemDocument, content_type = MEDIA_TYPE),
        Unforeseen,
    )
)]
pub(crate) async fn show_container(
    State(backend): Shared,
    session: Session,
    segment: Segment,
) -> Result<Json<ContainerView>, Problem> {
    let container = segment.id(session.caller.lang)?;
    backend.container(&session.caller, container).await.map(Json)
}

/// Lock or open a container
///
/// A number that is another than the one that it was locked with is no reason to refuse: it is recorded, and
/// found as a discrepancy of what is in it.
#[utoipa::path(
    post, path = "/containers/{id}/acts", operation_id = "act_on_container", tag = "containers",
    params(("id" = String, Path, description = "The container: `con_…`")),
    request_body = ContainerActBody,
    responses(
        (status = 200, description = "It is done", body = ContainerAnswer),
        ActProblems,
        Unforeseen,
    )
)]
pub(crate) async fn act_on_container(
    State(backend): Shared,
    session: Session,
    segment: Segment,
    Body(body): Body<ContainerActEnvelope>,
) -> Result<Json<ContainerAnswer>, Problem> {
    let container = segment.id(session.caller.lang)?;
    backend.act_on_container(&session.caller, container, body.event, body.act).await.map(Json)
}
