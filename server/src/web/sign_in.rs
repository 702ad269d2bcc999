//! Signing in and out.

use askama::Template;
use axum::{
    extract::{Query, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use chrono::{DateTime, Utc};
use hokan_domain::text::Lang;
use hokan_mobile_api::{
    Backend as _, ProblemDocument, SESSION_COOKIE,
    auth::{Origin, cookie, language_of},
};
use serde::Deserialize;

use super::{
    Web, csrf,
    error::Failed,
    form::{Form, without_personal_numbers},
    guard::{AnyVisitor, NO_SESSION, local_path, with_next},
    layout::{Nav, Page, html_with},
    texts,
};
use crate::{mobile::sign_in_problem, store::sessions::SessionKind};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    page: Page,
    next: String,
    login: String,
    problem: Option<ProblemDocument>,
    has_own_ca: bool,
}

/// Where to go afterwards.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Next {
    #[serde(default)]
    next: String,
}

/// The form.
pub(crate) async fn show(
    State(web): State<Web>,
    Query(next): Query<Next>,
    request: Request,
) -> Result<Response, Failed> {
    let lang = language_of(request.headers(), request.uri());
    let next = local_path(&next.next).to_owned();
    form_page(&web, lang, request.headers(), StatusCode::OK, next, String::new(), None).await
}

/// Opens a session.
pub(crate) async fn sign_in(
    State(web): State<Web>,
    origin: Origin,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failed> {
    let lang = language_of(&headers, &axum::http::Uri::from_static("/sign-in"));
    let next = local_path(form.raw("next")).to_owned();
    let login = form.raw("login").trim().to_owned();
    let password = form.raw("password");
    match web.app.identity().sign_in(&login, password, SessionKind::Browser, &origin).await {
        Ok(opened) => {
            let mut response = Redirect::to(&next).into_response();
            response
                .headers_mut()
                .append(header::SET_COOKIE, session_cookie(&opened.token, opened.session.expires_at)?);
            Ok(response)
        }
        Err(error) => {
            let problem = sign_in_problem(error, lang);
            let status = problem.status_code();
            let retry_after = problem.retry_after;
            let problem = Some(problem.into_document());
            let mut response =
                form_page(&web, lang, &headers, status, next, without_personal_numbers(&login), problem)
                    .await?;
            if let Some(seconds) = retry_after {
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            }
            Ok(response)
        }
    }
}

/// Ends the session.
pub(crate) async fn sign_out(
    State(web): State<Web>,
    AnyVisitor(visitor): AnyVisitor,
    _form: Form,
) -> Result<Response, Failed> {
    web.app.sign_out(&visitor.token, visitor.lang).await?;
    let mut response = Redirect::to("/sign-in").into_response();
    let headers = response.headers_mut();
    headers.append(header::SET_COOKIE, HeaderValue::from_static(NO_SESSION));
    // What the browser still keeps of this person's pages goes with the session; what a phone has not sent
    // yet is evidence and stays.
    headers.insert("clear-site-data", HeaderValue::from_static("\"cache\""));
    Ok(response)
}

async fn form_page(
    web: &Web,
    lang: Lang,
    headers: &HeaderMap,
    status: StatusCode,
    next: String,
    login: String,
    problem: Option<ProblemDocument>,
) -> Result<Response, Failed> {
    let known = cookie(headers, csrf::FORM_COOKIE).map(str::to_owned);
    let value = known.clone().unwrap_or_else(|| csrf::hex(&web.app.store().entropy().bytes::<32>()));
    let here = with_next("/sign-in", &next);
    let page = Page {
        lang,
        title: texts::text(lang, "sign_in.title").into_owned(),
        body_name: web.app.body_name().await,
        nav: Nav::Elsewhere,
        here,
        viewer: None,
        csrf: csrf::token_for(&value),
    };
    let has_own_ca = web.app.ca_certificate().is_some();
    let mut response = html_with(status, lang, &SignInPage { page, next, login, problem, has_own_ca })?;
    if known.is_none() {
        let cookie = format!("{}={value}; Path=/; Secure; HttpOnly; SameSite=Lax", csrf::FORM_COOKIE);
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    Ok(response)
}

/// The cookie that opens the session, for as long as the session lasts.
fn session_cookie(token: &str, expires_at: DateTime<Utc>) -> Result<HeaderValue, Failed> {
    let expires = expires_at.format("%a, %d %b %Y %H:%M:%S GMT");
    HeaderValue::from_str(&format!(
        "{SESSION_COOKIE}={token}; Path=/; Secure; HttpOnly; SameSite=Lax; Expires={expires}"
    ))
    .map_err(|error| hokan_mobile_api::Problem::internal(Lang::Ja, &error).into())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use hokan_mobile_api::{Problem, ProblemCode};

    pub(crate) fn sample(page: Page) -> impl Template {
        let problem = Problem::new(ProblemCode::WrongCredentials, page.lang).into_document();
        SignInPage {
            page,
            next: "/scan".to_owned(),
            login: "sato".to_owned(),
            problem: Some(problem),
            has_own_ca: true,
        }
    }

    #[test]
    fn the_session_cookie_stays_on_this_host_and_out_of_reach_of_scripts() {
        let expires_at = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        assert_eq!(
            session_cookie("t0ken", expires_at).unwrap(),
            "__Host-hokan=t0ken; Path=/; Secure; HttpOnly; SameSite=Lax; Expires=Fri, 15 Jan 2027 08:00:00 GMT"
        );
        assert!(NO_SESSION.starts_with(&format!("{SESSION_COOKIE}=;")));
    }
}
