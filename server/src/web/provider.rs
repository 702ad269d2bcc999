//! Signing in through the body's identity provider: there and back.

use askama::Template;
use axum::{
    extract::{Query, State},
    http::{HeaderMap, HeaderValue, Uri, header},
    response::Response,
};
use hokan_domain::text::Lang;
use hokan_mobile_api::{
    Problem, ProblemCode,
    auth::{Origin, cookie, language_of},
};
use serde::Deserialize;

use super::{
    Web,
    error::Failed,
    form::Form,
    guard::local_path,
    layout::{Nav, Page, html},
    sign_in::entered,
    texts,
};
use crate::{
    identity::{
        Opening,
        provider::{Provider, ProviderError},
    },
    mobile::sign_in_problem,
    store::sessions::{Method, SessionKind},
};

/// The cookie that binds an attempt to the browser that was sent away. `Lax` lets it come along when the
/// provider sends the browser back.
const ATTEMPT_COOKIE: &str = "__Host-hokan-provider";
/// Takes it away again.
const NO_ATTEMPT: &str = "__Host-hokan-provider=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0";

/// With what the provider sends somebody back.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Returned {
    #[serde(default)]
    state: String,
    #[serde(default)]
    code: String,
}

fn provider(web: &Web, lang: Lang) -> Result<&Provider, Failed> {
    web.app.provider().ok_or_else(|| Problem::new(ProblemCode::NotFound, lang).into())
}

/// What the person reads; what only the administrator should read goes to the log.
fn problem(error: ProviderError, lang: Lang) -> Problem {
    match error {
        ProviderError::Unreachable(why) => {
            tracing::warn!(why, "the identity provider does not answer");
            Problem::new(ProblemCode::ProviderUnreachable, lang)
        }
        ProviderError::Failed(why) => {
            tracing::warn!(why, "a sign-in through the identity provider was not believed");
            Problem::new(ProblemCode::ProviderSignInFailed, lang)
        }
        ProviderError::Unknown => Problem::new(ProblemCode::ProviderPersonUnknown, lang),
        ProviderError::SignIn(error) => sign_in_problem(error, lang),
    }
}

#[derive(Template)]
#[template(path = "provider.html")]
struct LeavingPage {
    page: Page,
    name: String,
    address: String,
}

/// Sends the browser there, at the wish of whoever sent the form: no other site signs anybody in (OWASP ASVS
/// 5.0, 7.6.2). It goes there from a page and not by a redirect, which the policy on forms would stop.
pub(crate) async fn begin(
    State(web): State<Web>,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failed> {
    let lang = language_of(&headers, &Uri::from_static("/sign-in/provider"));
    let provider = provider(&web, lang)?;
    let anew = form.chose("anew", "1");
    let sent = provider.begin(web.app.store(), local_path(form.raw("next")), anew).await;
    let sent = sent.map_err(|error| problem(error, lang))?;
    let attempt =
        format!("{ATTEMPT_COOKIE}={}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=600", sent.browser);
    let page = Page {
        lang,
        title: texts::text(lang, "sign_in.title").into_owned(),
        body_name: web.app.body_name().await,
        nav: Nav::Elsewhere,
        here: "/sign-in".to_owned(),
        viewer: None,
        csrf: String::new(),
    };
    let name = provider.name().to_owned();
    let mut response = html(lang, &LeavingPage { page, name, address: sent.address.clone() })?;
    let refresh = HeaderValue::from_str(&format!("0;url={}", sent.address));
    let refresh = refresh.map_err(|error| Problem::internal(lang, &error))?;
    response.headers_mut().insert(header::REFRESH, refresh);
    let attempt = HeaderValue::from_str(&attempt).map_err(|error| Problem::internal(lang, &error))?;
    response.headers_mut().append(header::SET_COOKIE, attempt);
    Ok(response)
}

/// Takes in who comes back.
pub(crate) async fn finish(
    State(web): State<Web>,
    origin: Origin,
    Query(returned): Query<Returned>,
    headers: HeaderMap,
) -> Result<Response, Failed> {
    let lang = language_of(&headers, &Uri::from_static("/sign-in/provider/return"));
    let provider = provider(&web, lang)?;
    let browser = cookie(&headers, ATTEMPT_COOKIE).unwrap_or_default();
    let proven = provider.finish(web.app.store(), &returned.state, browser, &returned.code).await;
    let proven = proven.map_err(|error| problem(error, lang))?;
    let now = web.app.store().clock().now();
    // A provider whose clock runs ahead proves nothing for longer than one whose clock is right.
    let proven_at = proven.proven_at.map(|at| at.min(now));
    let opening = Opening {
        person: proven.person,
        method: Method::Provider,
        proven_at,
        kind: SessionKind::Browser,
        device: None,
        origin,
    };
    let opened = web.app.identity().open(opening).await.map_err(|error| sign_in_problem(error, lang))?;
    let mut response = entered(&web, &headers, opened, local_path(&proven.next), lang).await?;
    response.headers_mut().append(header::SET_COOKIE, HeaderValue::from_static(NO_ATTEMPT));
    Ok(response)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn sample(page: Page) -> impl Template {
        let address = "https://login.example.jp/authorize?state=a&nonce=b".to_owned();
        LeavingPage { page, name: "みどり町 職員認証 <b>".to_owned(), address }
    }
}
