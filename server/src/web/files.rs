//! Photographs and certificates that were sent in.

use axum::{
    body::Body,
    extract::{Path, Request, State},
    http::header,
    response::Response,
};
use hokan_domain::ids::FileId;
use hokan_mobile_api::{Problem, ProblemCode, SESSION_COOKIE};
use tower::ServiceExt as _;

use super::{Web, error::Failed, guard::Visitor};

/// A file, as the phones' interface gives it: to be saved, never to be shown as a page of this server.
pub(crate) async fn show(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Failed> {
    let lang = visitor.lang;
    let missing = || Failed::from(Problem::new(ProblemCode::NotFound, lang));
    let id: FileId = id.parse().map_err(|_| missing())?;
    let request = Request::builder()
        .uri(format!("/files/{id}"))
        .header(header::COOKIE, format!("{SESSION_COOKIE}={}", visitor.token))
        .body(Body::empty())
        .map_err(|error| Problem::internal(lang, &error))?;
    let Ok(answer) = web.phone.clone().oneshot(request).await;
    if answer.status().is_success() { Ok(answer) } else { Err(missing()) }
}
