//! What a mistake looks like: one function makes a page of every problem, with the same texts as phones get.

use askama::Template;
use axum::{
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use hokan_domain::text::Lang;
use hokan_mobile_api::{Problem, ProblemCode, ProblemDocument, SESSION_COOKIE, auth};

use super::{
    Web,
    layout::{Nav, Page, html_with},
};

/// A page that could not be shown. [`as_page`] gives it its looks.
#[derive(Debug, Clone)]
pub(crate) struct Failed(Box<ProblemDocument>);

impl From<Problem> for Failed {
    fn from(problem: Problem) -> Self {
        Self(Box::new(problem.into_document()))
    }
}

impl From<ProblemDocument> for Failed {
    fn from(problem: ProblemDocument) -> Self {
        Self(Box::new(problem))
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Nothing is at this address.
pub(crate) async fn not_found(request: Request) -> Failed {
    let lang = auth::language_of(request.headers(), request.uri());
    let detail = super::texts::text(lang, "error.no_such_page");
    Problem::new(ProblemCode::NotFound, lang).with_detail(detail).into()
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    page: Page,
    problem: ProblemDocument,
    signed_in: bool,
}

/// Makes a page of whatever went wrong, be it said by a handler or by the framework before one was reached.
pub(crate) async fn as_page(State(web): State<Web>, request: Request, next: Next) -> Response {
    let lang = auth::language_of(request.headers(), request.uri());
    let here = request.uri().path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string);
    let signed_in = auth::cookie(request.headers(), SESSION_COOKIE).is_some();
    let is_read = request.method().is_safe();
    let mut response = next.run(request).await;
    let problem = match response.extensions_mut().remove::<Failed>() {
        Some(failed) => *failed.0,
        None => match bare_problem(&response, lang) {
            Some(problem) => problem.into_document(),
            None => return response,
        },
    };
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let retry_after = problem.retry_after;
    let page = Page {
        lang,
        title: problem.title.clone(),
        body_name: web.app.body_name().await,
        nav: Nav::Elsewhere,
        here: if is_read { here } else { "/".to_owned() },
        viewer: None,
        csrf: String::new(),
    };
    let mut answer = match html_with(status, lang, &ErrorPage { page, problem, signed_in }) {
        Ok(answer) => answer,
        // Not even the page for mistakes could be made: the status alone still says what there is to say.
        Err(_) => status.into_response(),
    };
    if let Some(seconds) = retry_after {
        answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let Some(allow) = response.headers_mut().remove(header::ALLOW) {
        answer.headers_mut().insert(header::ALLOW, allow);
    }
    answer
}

/// What the framework answers where it refuses a request itself: a status with a line of English.
fn bare_problem(response: &Response, lang: Lang) -> Option<Problem> {
    let status = response.status();
    let is_page = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| !kind.as_bytes().starts_with(b"text/plain"));
    if is_page || !(status.is_client_error() || status.is_server_error()) {
        return None;
    }
    let code = match status {
        StatusCode::NOT_FOUND => ProblemCode::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => ProblemCode::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => ProblemCode::BodyTooLarge,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ProblemCode::UnsupportedMediaType,
        status if status.is_client_error() => ProblemCode::BadRequestBody,
        _ => return Some(Problem::internal(lang, &format_args!("a bare {status}"))),
    };
    Some(Problem::new(code, lang))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn sample(page: Page) -> impl Template {
        let lang = page.lang;
        let problem = Problem::new(ProblemCode::UnknownLabel, lang).into_document();
        ErrorPage { page, problem, signed_in: true }
    }

    #[test]
    fn what_the_framework_says_becomes_a_problem() {
        let bare = (StatusCode::PAYLOAD_TOO_LARGE, "length limit exceeded").into_response();
        assert!(bare_problem(&bare, Lang::Ja).is_some_and(|p| p.is(ProblemCode::BodyTooLarge)));
        let page = (StatusCode::CONFLICT, axum::response::Html("x")).into_response();
        assert!(bare_problem(&page, Lang::Ja).is_none());
        assert!(bare_problem(&StatusCode::SEE_OTHER.into_response(), Lang::Ja).is_none());
    }
}
