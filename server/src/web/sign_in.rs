//! Signing in and out.

use askama::Template;
use axum::{
    extract::{Query, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use hokan_domain::text::Lang;
use hokan_mobile_api::{
    Backend as _, Problem, ProblemDocument, SESSION_COOKIE,
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
use crate::{
    identity::{Entered, Opened},
    mobile::sign_in_problem,
    store::sessions::SessionKind,
};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    page: Page,
    next: String,
    login: String,
    problem: Option<ProblemDocument>,
    has_own_ca: bool,
    passkeys: bool,
    /// What the body's identity provider is called, where there is one.
    provider: Option<String>,
}

/// Where to go afterwards.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Next {
    /// The address on this server; anything else counts as none.
    #[serde(default)]
    pub(crate) next: String,
}

impl Next {
    /// The place, if it is one on this server, or else the home page.
    pub(crate) fn path(&self) -> &str {
        local_path(&self.next)
    }
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
        Ok(Entered::Done(opened)) => entered(&web, &headers, *opened, &next, lang).await,
        Ok(Entered::Second(second)) => {
            let mut response = Redirect::to(&with_next("/sign-in/second", &next)).into_response();
            response.headers_mut().append(header::SET_COOKIE, step_cookie(&second.token)?);
            Ok(response)
        }
        Err(error) => refused(&web, lang, &headers, next, login, sign_in_problem(error, lang)).await,
    }
}

/// The form once more, with what was wrong.
pub(crate) async fn refused(
    web: &Web,
    lang: Lang,
    headers: &HeaderMap,
    next: String,
    login: String,
    problem: Problem,
) -> Result<Response, Failed> {
    let (status, retry_after) = (problem.status_code(), problem.retry_after);
    let (login, problem) = (without_personal_numbers(&login), Some(problem.into_document()));
    let mut response = form_page(web, lang, headers, status, next, login, problem).await?;
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(response)
}

/// Leads on with a session that was just opened. One that the browser had before ends: at a desk that is shared,
/// it may be somebody else's.
pub(crate) async fn entered(
    web: &Web,
    headers: &HeaderMap,
    opened: Opened,
    next: &str,
    lang: Lang,
) -> Result<Response, Failed> {
    if let Some(before) = cookie(headers, SESSION_COOKIE) {
        web.app.sign_out(before, lang).await?;
    }
    let mut response = Redirect::to(next).into_response();
    let headers = response.headers_mut();
    headers.append(header::SET_COOKIE, session_cookie(&opened.token)?);
    headers.append(header::SET_COOKIE, HeaderValue::from_static(NO_STEP));
    Ok(response)
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
    let here = with_next("/sign-in", &next);
    let (page, cookie) = stranger_page(web, lang, headers, "sign_in.title", here).await;
    let has_own_ca = web.app.ca_certificate().is_some();
    let passkeys = web.app.passkeys().is_some();
    let provider = web.app.provider().map(|provider| provider.name().to_owned());
    let template = SignInPage { page, next, login, problem, has_own_ca, passkeys, provider };
    let mut response = html_with(status, lang, &template)?;
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// What is around a page for somebody who is not signed in, with the cookie that its form needs, where the
/// browser has none yet.
pub(crate) async fn stranger_page(
    web: &Web,
    lang: Lang,
    headers: &HeaderMap,
    title: &str,
    here: String,
) -> (Page, Option<HeaderValue>) {
    let known = cookie(headers, csrf::FORM_COOKIE).map(str::to_owned);
    let value = known.clone().unwrap_or_else(|| csrf::hex(&web.app.store().entropy().bytes::<32>()));
    let page = Page {
        lang,
        title: texts::text(lang, title).into_owned(),
        body_name: web.app.body_name().await,
        nav: Nav::Elsewhere,
        here,
        viewer: None,
        csrf: csrf::token_for(&value),
    };
    let cookie = format!("{}={value}; Path=/; Secure; HttpOnly; SameSite=Lax", csrf::FORM_COOKIE);
    let cookie = if known.is_none() { HeaderValue::from_str(&cookie).ok() } else { None };
    (page, cookie)
}

/// The cookie that opens the session. It goes with the browser: the server alone knows how long the session
/// lasts.
pub(crate) fn session_cookie(token: &str) -> Result<HeaderValue, Failed> {
    made(format!("{SESSION_COOKIE}={token}; Path=/; Secure; HttpOnly; SameSite=Lax"))
}

/// The cookie between password and second factor.
pub(crate) const STEP_COOKIE: &str = "__Host-hokan-step";

/// The same when it is over.
pub(crate) const NO_STEP: &str = "__Host-hokan-step=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0";

fn step_cookie(token: &str) -> Result<HeaderValue, Failed> {
    made(format!("{STEP_COOKIE}={token}; Path=/; Secure; HttpOnly; SameSite=Lax"))
}

fn made(cookie: String) -> Result<HeaderValue, Failed> {
    HeaderValue::from_str(&cookie)
        .map_err(|error| hokan_mobile_api::Problem::internal(Lang::Ja, &error).into())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use hokan_mobile_api::ProblemCode;

    pub(crate) fn sample(page: Page) -> impl Template {
        let problem = Problem::new(ProblemCode::WrongCredentials, page.lang).into_document();
        SignInPage {
            page,
            next: "/scan".to_owned(),
            login: "sato".to_owned(),
            problem: Some(problem),
            has_own_ca: true,
            passkeys: true,
            provider: Some("みどり町 職員認証".to_owned()),
        }
    }

    #[test]
    fn the_session_cookie_stays_on_this_host_and_out_of_reach_of_scripts() {
        assert_eq!(
            session_cookie("t0ken").unwrap(),
            "__Host-hokan=t0ken; Path=/; Secure; HttpOnly; SameSite=Lax"
        );
        assert!(NO_STEP.starts_with(&format!("{STEP_COOKIE}=;")));
        assert!(NO_SESSION.starts_with(&format!("{SESSION_COOKIE}=;")));
    }
}
