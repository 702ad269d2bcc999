//! What a phone talks to: routes, wire types, problem documents, photographs and offline batches. The desk's
//! own programs talk to the same.
//!
//! The crate knows the domain's types and how to read labels; it knows no database. Whoever embeds it gives
//! it a [`Backend`] and nests the [`router`] wherever it likes:
//!
//! ```text
//! let app = axum::Router::new().nest("/api/phone/v1", hokan_mobile_api::router(backend));
//! ```
//!
//! | Question | Module |
//! | --- | --- |
//! | What does the server have to provide? | [`backend`] |
//! | What does a request look like when it gets there? | [`request`] |
//! | What goes over the wire? | [`wire`], `openapi.json` beside this crate |
//! | What can go wrong? | [`problem`], `PROBLEMS.md` beside this crate |
//! | Who asks, in which language, and did he mean to? | [`auth`] |
//!
//! Invariants: no method of the backend that shows or changes anything can be called without a
//! [`backend::Caller`]; every answer that is no success is a problem document; nothing that was sent is
//! repeated in one; every observation of a batch gets its own answer; the document and the routes cannot
//! differ, because they are registered together.

use std::sync::Arc;

use axum::{
    Router,
    extract::FromRef,
    http::{HeaderName, HeaderValue, header},
    response::Response,
};
use utoipa::{
    Modify, OpenApi,
    openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
};
use utoipa_axum::{router::OpenApiRouter, routes};

pub mod auth;
pub mod backend;
mod file;
mod photo;
pub mod problem;
pub mod request;
mod routes;
pub mod wire;

pub use auth::{CSRF_HEADER, Courier, LANGUAGE_COOKIE, RemoteAddress, SESSION_COOKIE, Session};
pub use backend::{Backend, Caller, Standing};
pub use file::{MAX_FILE_BYTES, MediaType};
pub use photo::MAX_PHOTO_BYTES;
pub use problem::{Problem, ProblemCode, ProblemDocument};

use self::routes::{carry_outs, containers, files, incidents};

/// What the handlers share.
#[derive(Clone)]
pub(crate) struct ApiState {
    pub(crate) backend: Arc<dyn Backend>,
    pub(crate) reader: photo::Reader,
}

impl FromRef<ApiState> for Arc<dyn Backend> {
    fn from_ref(state: &ApiState) -> Self {
        Arc::clone(&state.backend)
    }
}

impl FromRef<ApiState> for photo::Reader {
    fn from_ref(state: &ApiState) -> Self {
        state.reader.clone()
    }
}

/// The parts of the document that belong to no single route.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Hokan phone interface",
        description = "What a phone needs to keep custody of media (保管): who has what, what a label leads \
                       to, acts with a scan, carry-outs and containers, incidents, and what was seen \
                       without signal.\n\n\
                       Names and sentences are in the language of the request: `?lang=ja|en`, else the \
                       cookie `__Host-hokan-lang`, else `Accept-Language`, else Japanese. Whatever is no success is \
                       a problem document (RFC 9457) with a stable `code`. Unknown fields are refused. A \
                       field that is `null` counts as left out.",
        version = "1"
    ),
    security(("token" = []), ("cookie" = [])),
    modifiers(&SecuritySchemes)
)]
struct Document;

struct SecuritySchemes;

impl Modify for SecuritySchemes {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let token = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("The token that signing in gave."))
            .build();
        let cookie = ApiKeyValue::with_description(
            SESSION_COOKIE,
            "The session of a browser. Requests that change something also need `X-Hokan: 1` or \
             `Sec-Fetch-Site: same-origin`.",
        );
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(token));
        components.add_security_scheme("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    }
}

/// The operations and their documentation, registered together.
fn operations_registered() -> OpenApiRouter<ApiState> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(routes::sign_in))
        .routes(routes!(routes::sign_in_second))
        .routes(routes!(routes::sign_out))
        .routes(routes!(routes::prove))
        .routes(routes!(routes::pair))
        .routes(routes!(routes::me))
        .routes(routes!(routes::inbox))
        .routes(routes!(routes::directory))
        .routes(routes!(routes::resolve_label))
        .routes(routes!(routes::read_photo))
        .routes(routes!(routes::register_item))
        .routes(routes!(routes::show_item))
        .routes(routes!(routes::show_history))
        .routes(routes!(routes::explain_act))
        .routes(routes!(routes::act_on_item))
        .routes(routes!(routes::copy_item))
        .routes(routes!(routes::record_observations))
        .routes(routes!(files::add_file))
        .routes(routes!(files::show_file))
        .routes(routes!(carry_outs::list_carry_outs, carry_outs::request_carry_out))
        .routes(routes!(carry_outs::show_carry_out))
        .routes(routes!(carry_outs::act_on_carry_out))
        .routes(routes!(containers::show_container))
        .routes(routes!(containers::act_on_container))
        .routes(routes!(incidents::list_incidents, incidents::open_incident))
        .routes(routes!(incidents::show_incident))
        .routes(routes!(incidents::act_on_incident))
}

/// The same with the route that shows the document.
fn registered() -> OpenApiRouter<ApiState> {
    operations_registered().routes(routes!(routes::show_document))
}

/// The routes, to be nested wherever the server wants them.
///
/// Addresses that do not exist and methods that they do not take are answered with problem documents too.
pub fn router(backend: Arc<dyn Backend>) -> Router {
    let (router, _) = registered().split_for_parts();
    finished(router).with_state(state(backend))
}

/// The same routes without the one that shows the document, for an interface that has further ones and a
/// document of its own: to be merged with those, and then to be [`finished`].
pub fn operations(backend: Arc<dyn Backend>) -> Router {
    let (router, _) = operations_registered().split_for_parts();
    router.with_state(state(backend))
}

/// Gives routes what every interface has: problem documents also for addresses and methods that there are
/// not, and answers that nobody keeps.
pub fn finished<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    router
        .method_not_allowed_fallback(routes::method_not_allowed)
        .fallback(routes::no_such_address)
        .layer(axum::middleware::map_response(never_stored))
}

fn state(backend: Arc<dyn Backend>) -> ApiState {
    ApiState { backend, reader: photo::Reader::new() }
}

/// The OpenAPI document of exactly these routes, relative to where they are nested.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    registered().into_openapi()
}

/// Who has what is nobody's business but the caller's: no cache on the way or in the phone keeps it.
async fn never_stored(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff"));
    response
}
