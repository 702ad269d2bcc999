//! The desk's interface: everything that a phone can ask, and beside it what is done at a desk: the regulation
//! in force, retention and its sweep, calendars, contracts, certificates, and how the obligations stand.
//!
//! | Question | Module |
//! | --- | --- |
//! | Who asks? | [`guard`] |
//! | What may stand behind the question mark? | [`query`] |
//! | What is asked of the regulation? | [`profile`] |
//! | What has to go, when, and by which calendar? | [`retention`] |
//! | What is agreed with contractors? | [`contracts`] |
//! | What is proven? | [`evidence`] |
//! | Who may act, and who says so? | [`people`] |
//!
//! Invariants: what a phone can ask is answered by the phone's own routes, so nothing is written twice; a
//! handler reaches the server only through [`guard::Desk`], which knows who asks, so that a route without a
//! caller does not compile; document and routes are registered together.

mod contracts;
mod evidence;
mod guard;
pub(crate) mod people;
mod profile;
mod query;
mod retention;
mod trail;

use std::sync::Arc;

use axum::{Json, Router, routing::get};
use hokan_mobile_api::{Backend, ProblemDocument};
use utoipa::openapi::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use self::guard::Guarded;
use crate::app::App;

/// What every operation can answer beside its own, for the document.
#[derive(utoipa::IntoResponses)]
#[expect(dead_code, reason = "only its description is used")]
enum Unforeseen {
    /// `unauthenticated`
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthenticated(ProblemDocument),
    /// Any other problem; nothing was done
    #[response(status = "default", content_type = "application/problem+json")]
    Other(ProblemDocument),
}

/// The desk's own operations and their documentation, registered together.
fn registered() -> OpenApiRouter<Guarded> {
    OpenApiRouter::new()
        .routes(routes!(profile::show_profile))
        .routes(routes!(profile::show_summary))
        .routes(routes!(profile::set_value))
        .routes(routes!(retention::list_due))
        .routes(routes!(retention::show_counts))
        .routes(routes!(retention::sweep))
        .routes(routes!(retention::show_calendar, retention::mark_day))
        .routes(routes!(contracts::list_contracts, contracts::draft_contract))
        .routes(routes!(contracts::show_contract))
        .routes(routes!(contracts::act_on_contract))
        .routes(routes!(evidence::print_certificate))
        .routes(routes!(evidence::show_requirements))
        .routes(routes!(people::list_people))
        .routes(routes!(people::show_person, people::act_on_person))
        .routes(routes!(people::show_permission_ledger))
        .routes(routes!(people::begin_validation))
        .routes(routes!(people::act_on_validation))
        .routes(routes!(people::list_loans, people::lend_viewer_id))
        .routes(routes!(people::return_viewer_id))
        .routes(routes!(trail::list_trail))
        .routes(routes!(trail::show_trail_status))
        .routes(routes!(trail::review_trail))
        .routes(routes!(trail::settle_suspicion))
        .routes(routes!(trail::set_watch_limits))
}

/// The routes, to be nested wherever the server wants them.
pub(crate) fn router(app: &App) -> Router {
    let backend: Arc<dyn Backend> = Arc::new(app.clone());
    let (desk, _) = registered().split_for_parts();
    let all = desk
        .with_state(Guarded::new(app.clone()))
        .route("/openapi.json", get(show_document))
        .merge(hokan_mobile_api::operations(backend));
    hokan_mobile_api::finished(all)
}

/// The OpenAPI document of these routes, relative to where they are nested.
pub(crate) fn document() -> OpenApi {
    let mut document = hokan_mobile_api::openapi();
    document.info.title = "Hokan".to_owned();
    document.info.description = Some(
        "Everything that phones and desks ask of Hokan: custody of media, carry-outs, incidents, and at the \
         desk the regulation in force, retention, calendars, contracts and certificates.\n\n\
         Names and sentences are in the language of the request: `?lang=ja|en`, else the cookie `__Host-hokan-lang`, \
         else `Accept-Language`, else Japanese. Whatever is no success is a problem document (RFC 9457) with \
         a stable `code`. Unknown fields are refused. A field that is `null` counts as left out."
            .to_owned(),
    );
    document.merge(registered().into_openapi());
    document
}

/// Shows the document; the phone's own says of this route what there is to say.
async fn show_document() -> Json<OpenApi> {
    Json(document())
}
