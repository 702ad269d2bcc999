//! The second step of signing in.

use askama::Template;
use axum::{
    extract::{Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Redirect, Response},
};
use hokan_domain::text::Lang;
use hokan_mobile_api::{
    ProblemDocument,
    auth::{Origin, cookie, language_of},
};

use super::{
    Web,
    error::Failed,
    form::Form,
    guard::{local_path, with_next},
    layout::{Page, html_with},
    prove,
    sign_in::{NO_STEP, Next, STEP_COOKIE, entered, stranger_page},
};
use crate::{identity::SignInError, mobile::sign_in_problem};

#[derive(Template)]
#[template(path = "second.html")]
struct SecondPage {
    page: Page,
    next: String,
    problem: Option<ProblemDocument>,
    /// Whether there is an app, and whether there is a passkey.
    codes: bool,
    passkeys: bool,
    /// The code, in the demonstration.
    shown: Option<String>,
}

/// The form.
pub(crate) async fn show(
    State(web): State<Web>,
    headers: HeaderMap,
    uri: Uri,
    Query(next): Query<Next>,
) -> Result<Response, Failed> {
    let lang = language_of(&headers, &uri);
    form_page(&web, lang, &headers, StatusCode::OK, next.path(), None).await
}

/// Takes a code and opens a session.
pub(crate) async fn sign_in(
    State(web): State<Web>,
    origin: Origin,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failed> {
    let lang = language_of(&headers, &Uri::from_static("/sign-in/second"));
    let next = local_path(form.raw("next"));
    let Some(step) = cookie(&headers, STEP_COOKIE) else {
        return Ok(Redirect::to(&with_next("/sign-in", next)).into_response());
    };
    match web.app.identity().second_step(step, form.raw(prove::FIELD), &origin).await {
        Ok(opened) => entered(&web, &headers, opened, next, lang).await,
        Err(SignInError::StepOver) => Ok(from_the_beginning(next)),
        Err(error) => {
            let problem = sign_in_problem(error, lang);
            let (status, retry_after) = (problem.status_code(), problem.retry_after);
            let mut response =
                form_page(&web, lang, &headers, status, next, Some(problem.into_document())).await?;
            if let Some(seconds) = retry_after {
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            }
            Ok(response)
        }
    }
}

/// Name and password are asked again.
fn from_the_beginning(next: &str) -> Response {
    let mut response = Redirect::to(&with_next("/sign-in", next)).into_response();
    response.headers_mut().append(header::SET_COOKIE, HeaderValue::from_static(NO_STEP));
    response
}

async fn form_page(
    web: &Web,
    lang: Lang,
    headers: &HeaderMap,
    status: StatusCode,
    next: &str,
    problem: Option<ProblemDocument>,
) -> Result<Response, Failed> {
    let step = cookie(headers, STEP_COOKIE).unwrap_or_default();
    let waits = web.app.identity().second(step).await;
    let waits = waits.map_err(|error| sign_in_problem(SignInError::Store(error), lang))?;
    let Some((person, factors)) = waits else {
        return Err(sign_in_problem(SignInError::StepOver, lang).into());
    };
    let here = with_next("/sign-in/second", next);
    let (page, cookie) = stranger_page(web, lang, headers, "second.title", here).await;
    let shown = web.shown_code(person).await;
    let codes = factors.totp || factors.recovery_codes > 0;
    let passkeys = !factors.passkeys.is_empty() && web.app.passkeys().is_some();
    let page = SecondPage { page, next: next.to_owned(), problem, codes, passkeys, shown };
    let mut response = html_with(status, lang, &page)?;
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

#[cfg(test)]
pub(crate) mod tests {
    use hokan_mobile_api::{Problem, ProblemCode};

    use super::*;

    pub(crate) fn sample(page: Page) -> impl Template {
        let problem = Some(Problem::new(ProblemCode::WrongCode, page.lang).into_document());
        let (next, shown) = ("/scan".to_owned(), Some("123456".to_owned()));
        SecondPage { page, next, problem, codes: true, passkeys: true, shown }
    }
}
