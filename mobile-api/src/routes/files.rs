//! The routes of files.

use axum::{Json, extract::State, response::Response};

use super::{Segment, Shared, Unforeseen};
use crate::{
    auth::Session,
    file::{self, Upload},
    problem::{MEDIA_TYPE, Problem, ProblemDocument},
    wire::{FileBytes, FileView},
};

/// Send a photograph or a certificate
///
/// JPEG, PNG, WebP or PDF, at most 20 MB. Acts and observations then name it by its id.
#[utoipa::path(
    post, path = "/files", operation_id = "add_file", tag = "files",
    request_body(content(
        (FileBytes = "image/*"),
        (FileBytes = "application/pdf"),
        (FileBytes = "application/octet-stream"),
    ), description = "The file itself"),
    responses(
        (status = 200, description = "It is kept", body = FileView),
        (status = 413, description = "`body-too-large`", body = ProblemDocument, content_type = MEDIA_TYPE),
        (
            status = 415,
            description = "`file-unsupported`, `photo-heic`, `unsupported-media-type`",
            body = ProblemDocument,
            content_type = MEDIA_TYPE
        ),
        (status = 422, description = "`file-empty`", body = ProblemDocument, content_type = MEDIA_TYPE),
        Unforeseen,
    )
)]
pub(crate) async fn add_file(
    State(backend): Shared,
    session: Session,
    upload: Upload,
) -> Result<Json<FileView>, Problem> {
    backend.add_file(&session.caller, upload.media_type, upload.bytes.into()).await.map(Json)
}

/// Get a photograph or a certificate
#[utoipa::path(
    get, path = "/files/{id}", operation_id = "show_file", tag = "files",
    params(("id" = String, Path, description = "The file: `fil_…`")),
    responses(
        (status = 200, description = "Its bytes", content(
            (FileBytes = "image/jpeg"),
            (FileBytes = "image/png"),
            (FileBytes = "image/webp"),
            (FileBytes = "application/pdf"),
        )),
        (status = 404, description = "`not-found`", body = ProblemDocument, content_type = MEDIA_TYPE),
        Unforeseen,
    )
)]
pub(crate) async fn show_file(
    State(backend): Shared,
    session: Session,
    segment: Segment,
) -> Result<Response, Problem> {
    let id = segment.id(session.caller.lang)?;
    let (media_type, bytes) = backend.file(&session.caller, id).await?;
    Ok(file::answer(id, media_type, bytes))
}
