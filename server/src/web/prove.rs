//! Proving again who one is, before acts that need it.
//!
//! Whoever sends such a form without a fresh proof gets a page that asks for a code and holds everything that
//! he sent. Sent from there, with the code, [`again`] takes the code, gives the session its new token, and lets
//! the form go on to where it was meant to go in the first place: nothing has to be typed or chosen twice.

use askama::Template;
use axum::{
    body::{Body, to_bytes},
    extract::{FromRequest, FromRequestParts, Query, Request, State},
    http::{HeaderValue, Method, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use hokan_mobile_api::{
    Problem, ProblemCode, ProblemDocument, SESSION_COOKIE,
    auth::{Origin, cookie},
};

use super::{
    FORM_LIMIT, Web, at_hand, csrf,
    error::Failed,
    form::{Form, out_of_date},
    guard::{AnyVisitor, Visitor, local_path, with_next},
    layout::{Nav, Page, html_with, percent_encoded},
    passkeys::{self, ANSWER, STEP},
    sign_in::{Next as Whither, session_cookie},
    texts,
};
use crate::{
    identity::{Opened, SignInError},
    mobile::sign_in_problem,
};

/// The field that holds the code.
pub(crate) const FIELD: &str = "proof_code";

/// What stands in the address of a form that holds a code.
const MARK: &str = "proof=yes";

#[derive(Template)]
#[template(path = "prove.html")]
struct ProvePage {
    page: Page,
    /// Where the form goes on to.
    target: String,
    fields: Vec<(String, String)>,
    problem: Option<ProblemDocument>,
    /// Whether there is anything to show.
    can: bool,
    /// Whether there is a passkey to show, and whether there is an app.
    passkeys: bool,
    codes: bool,
    /// The code, in the demonstration.
    shown: Option<String>,
    /// The identity provider, where its word proves this person, and the page to come back to from there.
    provider: Option<(String, String)>,
}

/// The page that asks for a code and holds what was sent.
pub(crate) async fn page(
    web: &Web,
    visitor: &Visitor,
    target: &str,
    fields: Vec<(String, String)>,
    problem: Option<Problem>,
) -> Result<Response, Failed> {
    let factors = web.app.factors(&visitor.caller).await?;
    let next = fields.iter().find(|(name, _)| name == "next").map(|(_, next)| local_path(next).to_owned());
    let provider = web.app.proving_provider(&visitor.caller).await?;
    let provider =
        provider.map(|provider| (provider.name().to_owned(), next.unwrap_or_else(|| page_of(target))));
    let status = problem.as_ref().map_or(StatusCode::OK, Problem::status_code);
    let page = ProvePage {
        page: visitor.page(Nav::Elsewhere, texts::text(visitor.lang, "prove.title")),
        target: target.to_owned(),
        fields,
        problem: problem.map(Problem::into_document),
        can: factors.any() || provider.is_some(),
        passkeys: !factors.passkeys.is_empty() && web.app.passkeys().is_some(),
        codes: factors.totp || factors.recovery_codes > 0,
        shown: web.shown_code(visitor.caller.person.id).await,
        provider,
    };
    html_with(status, visitor.lang, &page)
}

/// The page on which a form stands that is sent to this address. Whoever proves himself at the provider leaves this
/// server, and what he typed stays behind.
fn page_of(target: &str) -> String {
    let path = target.split('?').next().unwrap_or_default();
    let section = || path.split('/').nth(1).map(|section| format!("/{section}"));
    let page = path.strip_suffix("/acts").map(str::to_owned).or_else(section);
    local_path(page.as_deref().unwrap_or("/")).to_owned()
}

/// What a handler answers that was refused for want of a proof: the page that asks for it, with the form.
pub(crate) async fn ask(
    web: &Web,
    visitor: &Visitor,
    address: &str,
    form: &Form,
) -> Result<Response, Failed> {
    page(web, visitor, &format!("{address}?{MARK}"), form.to_send_again(), None).await
}

/// The page by itself, for a session that has shown no second factor and needs one.
pub(crate) async fn show(
    State(web): State<Web>,
    AnyVisitor(visitor): AnyVisitor,
    Query(next): Query<Whither>,
) -> Result<Response, Failed> {
    let fields = vec![("next".to_owned(), next.path().to_owned())];
    page(&web, &visitor, "/account/prove", fields, None).await
}

/// Takes a code.
pub(crate) async fn prove(
    State(web): State<Web>,
    AnyVisitor(visitor): AnyVisitor,
    origin: Origin,
    form: Form,
) -> Result<Response, Failed> {
    let next = local_path(form.raw("next"));
    let shown = Shown { code: form.raw(FIELD), step: form.raw(STEP), answer: form.raw(ANSWER) };
    match shown.prove(&web, &visitor, &origin).await {
        Ok(opened) => {
            let mut response = Redirect::to(next).into_response();
            response.headers_mut().append(header::SET_COOKIE, session_cookie(&opened.token)?);
            Ok(response)
        }
        Err(problem) => {
            let mut fields = form.to_send_again();
            fields.retain(|(key, _)| ![FIELD, STEP, ANSWER].contains(&key.as_str()));
            page(&web, &visitor, "/account/prove", fields, Some(problem)).await
        }
    }
}

/// What somebody shows: a code, or the answer of a device.
struct Shown<'a> {
    code: &'a str,
    step: &'a str,
    answer: &'a str,
}

impl Shown<'_> {
    /// Takes it, and gives the session its new token.
    async fn prove(&self, web: &Web, visitor: &Visitor, origin: &Origin) -> Result<Opened, Problem> {
        let lang = visitor.lang;
        let proven = if self.answer.is_empty() {
            web.app.identity().prove(&visitor.token, self.code, origin).await
        } else {
            passkeys::must_be_own(web, visitor, self.step, self.answer).await?;
            let now = web.app.store().clock().now();
            web.app.identity().prove_session(&visitor.token, now).await
        };
        proven.map_err(|error| match error {
            SignInError::Wrong => Problem::new(ProblemCode::Unauthenticated, lang),
            error => sign_in_problem(error, lang),
        })
    }
}

/// Lets a form with a code go on as a form of a proven session.
pub(crate) async fn again(State(web): State<Web>, request: Request, next: Next) -> Response {
    let is_marked = request.uri().query().is_some_and(|query| query.split('&').any(|pair| pair == MARK));
    if request.method() != Method::POST || !is_marked {
        return next.run(request).await;
    }
    match proven(&web, request).await {
        Ok((request, cookie)) => {
            let mut response = next.run(request).await;
            response.headers_mut().append(header::SET_COOKIE, cookie);
            response
        }
        Err(response) => response,
    }
}

/// The same request as if it had come from the session that it became.
async fn proven(web: &Web, request: Request) -> Result<(Request, HeaderValue), Response> {
    let (mut parts, body) = request.into_parts();
    let AnyVisitor(visitor) = AnyVisitor::from_request_parts(&mut parts, web).await?;
    let failed = |problem: Problem| Failed::from(problem).into_response();
    let Ok(origin) = Origin::from_request_parts(&mut parts, web).await;
    let bytes = to_bytes(body, FORM_LIMIT)
        .await
        .map_err(|_| failed(Problem::new(ProblemCode::BodyTooLarge, visitor.lang)))?;
    let copy = Request::from_parts(parts.clone(), Body::from(bytes));
    let axum::Form(mut fields) = axum::Form::<Vec<(String, String)>>::from_request(copy, web)
        .await
        .map_err(IntoResponse::into_response)?;
    let field = |name: &str| fields.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value);
    if !csrf::is_ours(&parts.headers, field(csrf::FIELD)) {
        return Err(out_of_date(visitor.lang).into_response());
    }
    let shown = Shown { code: field(FIELD), step: field(STEP), answer: field(ANSWER) };
    let opened = match shown.prove(web, &visitor, &origin).await {
        Ok(opened) => opened,
        Err(problem) if problem.is(ProblemCode::Unauthenticated) => return Err(failed(problem)),
        Err(problem) => {
            fields.retain(|(key, _)| ![csrf::FIELD, FIELD, STEP, ANSWER].contains(&key.as_str()));
            let target = parts.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
            let page = page(web, &visitor, &target, fields, Some(problem)).await;
            return Err(page.unwrap_or_else(IntoResponse::into_response));
        }
    };
    let now = web.app.store().clock().now();
    for (key, value) in &mut fields {
        match key.as_str() {
            csrf::FIELD => *value = csrf::token_for(&opened.token),
            "at_hand" => {
                *value = at_hand::seal_again(value, &visitor.token, &opened.token, now).unwrap_or_default();
            }
            _ => {}
        }
    }
    fields.retain(|(key, _)| ![FIELD, STEP, ANSWER].contains(&key.as_str()));
    let body = fields
        .iter()
        .map(|(key, value)| format!("{}={}", percent_encoded(key), percent_encoded(value)))
        .collect::<Vec<_>>()
        .join("&");
    let cookie = session_cookie(&opened.token).map_err(IntoResponse::into_response)?;
    with_token(&mut parts, &opened.token);
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    Ok((Request::from_parts(parts, Body::from(body)), cookie))
}

/// Puts the new token in the place of the old one.
fn with_token(parts: &mut Parts, token: &str) {
    let mut kept = format!("{SESSION_COOKIE}={token}");
    for name in [csrf::FORM_COOKIE, hokan_mobile_api::LANGUAGE_COOKIE] {
        if let Some(value) = cookie(&parts.headers, name) {
            kept.push_str(&format!("; {name}={value}"));
        }
    }
    if let Ok(value) = HeaderValue::from_str(&kept) {
        parts.headers.insert(header::COOKIE, value);
    }
}

/// Where a session goes that has a second factor and has not shown it.
pub(crate) fn address(next: &str) -> String {
    with_next("/account/prove", next)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn sample(page: Page) -> impl Template {
        let problem = Some(Problem::new(ProblemCode::WrongCode, page.lang).into_document());
        let fields = vec![("note".to_owned(), "<b> & \"".to_owned())];
        let target = format!("/items/itm_1/acts?{MARK}");
        ProvePage {
            page,
            target,
            fields,
            problem,
            can: true,
            passkeys: true,
            codes: true,
            shown: Some("123456".to_owned()),
            provider: Some(("みどり町 職員認証 <b>".to_owned(), "/items/itm_1".to_owned())),
        }
    }

    #[test]
    fn who_went_to_the_provider_comes_back_to_the_form() {
        for (target, page) in [
            ("/items/itm_1/acts?proof=yes", "/items/itm_1"),
            ("/account/recovery-codes?proof=yes", "/account"),
            ("/tokens", "/tokens"),
            ("/permission-ledger/validations/x", "/permission-ledger"),
            ("", "/"),
        ] {
            assert_eq!(page_of(target), page);
        }
    }
}
