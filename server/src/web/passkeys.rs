//! Passkeys: signing in with one, proving again with one, and one's own.

use askama::Template;
use axum::{
    Json,
    extract::{Query, State},
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Redirect, Response},
};
use hokan_domain::text::Lang;
use hokan_mobile_api::{
    Problem, ProblemCode, ProblemDocument,
    auth::{Origin, language_of},
};

use super::{
    Web,
    error::Failed,
    form::Form,
    guard::{AnyVisitor, Visitor, local_path},
    layout::{Nav, Page, html_with},
    sign_in::{self, Next, session_cookie},
    texts,
};
use crate::{
    identity::{
        Opening, SignInError,
        passkey::{Challenge, PasskeyError, Passkeys},
    },
    mobile::sign_in_problem,
    store::sessions::{Method, SessionKind},
};

/// The longest name of a passkey.
const NAME: usize = 40;
/// The field that names the challenge.
pub(crate) const STEP: &str = "passkey_step";
/// The field with what the device answered.
pub(crate) const ANSWER: &str = "passkey_answer";

/// Why a passkey came to nothing, as the person reads it.
fn passkey_problem(error: PasskeyError, lang: Lang) -> Problem {
    match error {
        PasskeyError::Over => Problem::new(ProblemCode::PasskeyRefused, lang)
            .with_detail(texts::text(lang, "passkeys.over").into_owned()),
        PasskeyError::TooMany => Problem::new(ProblemCode::PasskeyRefused, lang)
            .with_detail(texts::text(lang, "passkeys.too_many").into_owned()),
        PasskeyError::NotBelieved(why) => {
            tracing::warn!(why, "the answer of a passkey is not believed");
            Problem::new(ProblemCode::PasskeyRefused, lang)
        }
        PasskeyError::Unknown => Problem::new(ProblemCode::PasskeyRefused, lang),
        PasskeyError::Store(error) => sign_in_problem(SignInError::Store(error), lang),
        PasskeyError::Fault(error) => sign_in_problem(SignInError::Fault(error), lang),
    }
}

fn passkeys(web: &Web, lang: Lang) -> Result<&Passkeys, Problem> {
    web.app.passkeys().ok_or_else(|| {
        Problem::new(ProblemCode::PasskeyRefused, lang)
            .with_detail(texts::text(lang, "passkeys.unnamed").into_owned())
    })
}

/// What a device is asked that is to prove whoever holds it.
pub(crate) async fn challenge(
    State(web): State<Web>,
    headers: HeaderMap,
    _form: Form,
) -> Result<Json<Challenge>, Failed> {
    let lang = language_of(&headers, &Uri::from_static("/sign-in"));
    let asked = passkeys(&web, lang)?.begin(web.app.store()).await;
    Ok(Json(asked.map_err(|error| passkey_problem(error, lang))?))
}

/// Opens the session of whoever proves himself with a passkey. The device has verified its user, so that is two
/// factors.
pub(crate) async fn sign_in(
    State(web): State<Web>,
    origin: Origin,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failed> {
    let lang = language_of(&headers, &Uri::from_static("/sign-in"));
    let next = local_path(form.raw("next")).to_owned();
    let proven = match passkeys(&web, lang) {
        Ok(passkeys) => passkeys
            .finish(web.app.store(), form.raw(STEP), form.raw(ANSWER))
            .await
            .map_err(|error| passkey_problem(error, lang)),
        Err(problem) => Err(problem),
    };
    let opened = match proven {
        Ok(person) => {
            let opening = Opening {
                person,
                method: Method::Passkey,
                proven_at: Some(web.app.store().clock().now()),
                kind: SessionKind::Browser,
                device: None,
                origin: origin.clone(),
            };
            web.app.identity().open(opening).await.map_err(|error| sign_in_problem(error, lang))
        }
        Err(problem) => Err(problem),
    };
    match opened {
        Ok(opened) => sign_in::entered(&web, &headers, opened, &next, lang).await,
        Err(problem) => {
            if let Err(error) = web.app.identity().note_failure(None, &origin).await {
                return Err(sign_in_problem(error, lang).into());
            }
            sign_in::refused(&web, lang, &headers, next, String::new(), problem).await
        }
    }
}

/// Takes the answer of a device from somebody who is signed in, and whose passkey it must be.
///
/// # Errors
/// `passkey-refused`.
pub(crate) async fn must_be_own(
    web: &Web,
    visitor: &Visitor,
    step: &str,
    answer: &str,
) -> Result<(), Problem> {
    let lang = visitor.lang;
    let proven = passkeys(web, lang)?.finish(web.app.store(), step, answer).await;
    let person = proven.map_err(|error| passkey_problem(error, lang))?;
    if person == visitor.caller.person.id {
        return Ok(());
    }
    Err(passkey_problem(PasskeyError::Unknown, lang))
}

#[derive(Template)]
#[template(path = "passkeys.html")]
struct PasskeysPage {
    page: Page,
    next: String,
    /// Whether the server has a name that passkeys can be bound to.
    named: bool,
    /// Whether the password is asked once more: of whoever has nothing else yet to prove himself with.
    asks_password: bool,
    name: String,
    problem: Option<ProblemDocument>,
}

async fn page_of(
    web: &Web,
    visitor: &Visitor,
    next: &str,
    name: String,
    problem: Option<Problem>,
) -> Result<Response, Failed> {
    let status = problem.as_ref().map_or(StatusCode::OK, Problem::status_code);
    let factors = web.app.store().factors(visitor.caller.person.id).await;
    let factors = factors.map_err(|error| Problem::internal(visitor.lang, &error))?;
    let template = PasskeysPage {
        page: visitor.page(Nav::Elsewhere, texts::text(visitor.lang, "passkeys.title")),
        asks_password: !factors.any(),
        next: next.to_owned(),
        named: web.app.passkeys().is_some(),
        name,
        problem: problem.map(Problem::into_document),
    };
    html_with(status, visitor.lang, &template)
}

/// The form for a new passkey.
pub(crate) async fn show(
    State(web): State<Web>,
    AnyVisitor(visitor): AnyVisitor,
    Query(next): Query<Next>,
) -> Result<Response, Failed> {
    page_of(&web, &visitor, next.path(), String::new(), None).await
}

/// What a device is asked that is to make a passkey.
pub(crate) async fn new_challenge(
    State(web): State<Web>,
    AnyVisitor(visitor): AnyVisitor,
    _form: Form,
) -> Result<Json<Challenge>, Failed> {
    let lang = visitor.lang;
    let account = web.app.store().person(visitor.caller.person.id).await;
    let account = account.map_err(|error| Problem::internal(lang, &error))?;
    let account = account.ok_or_else(|| Problem::new(ProblemCode::Unauthenticated, lang))?;
    let asked = passkeys(&web, lang)?.begin_registration(web.app.store(), &account).await;
    Ok(Json(asked.map_err(|error| passkey_problem(error, lang))?))
}

/// Takes in a passkey. Its device verified its user just now, so the session counts as proven.
pub(crate) async fn add(
    State(web): State<Web>,
    AnyVisitor(visitor): AnyVisitor,
    origin: Origin,
    form: Form,
) -> Result<Response, Failed> {
    let next = local_path(form.raw("next"));
    match register(&web, &visitor, &origin, &form).await {
        Ok(cookie) => {
            let mut response = Redirect::to(next).into_response();
            response.headers_mut().append(header::SET_COOKIE, cookie);
            Ok(response)
        }
        Err(problem) => page_of(&web, &visitor, next, form.raw("name").to_owned(), Some(problem)).await,
    }
}

async fn register(
    web: &Web,
    visitor: &Visitor,
    origin: &Origin,
    form: &Form,
) -> Result<axum::http::HeaderValue, Problem> {
    let (lang, store, identity) = (visitor.lang, web.app.store(), web.app.identity());
    let person = visitor.caller.person.id;
    let name = form.line("name", NAME)?.into_string();
    let factors = store.factors(person).await.map_err(|error| Problem::internal(lang, &error))?;
    // Whoever finds an open desk must not leave there with a key of his own.
    if factors.any() {
        web.app.must_be_proven(&visitor.caller)?;
    } else {
        let account = store.person(person).await.map_err(|error| Problem::internal(lang, &error))?;
        let login = account.map(|account| account.login).unwrap_or_default();
        let known = identity.password_again(&login, form.raw("password"), origin).await;
        known.map_err(|error| sign_in_problem(error, lang).with_field("password"))?;
    }
    let registered = passkeys(web, lang)?
        .register(store, person, form.raw(STEP), form.raw(ANSWER), name)
        .await
        .map_err(|error| passkey_problem(error, lang));
    registered?;
    let opened = identity.prove_session(&visitor.token, store.clock().now()).await;
    let opened = opened.map_err(|error| sign_in_problem(error, lang))?;
    session_cookie(&opened.token).map_err(|_| Problem::new(ProblemCode::Unauthenticated, lang))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn sample(page: Page) -> impl Template {
        PasskeysPage {
            problem: Some(Problem::new(ProblemCode::PasskeyRefused, page.lang).into_document()),
            page,
            next: "/account".to_owned(),
            named: true,
            asks_password: true,
            name: "携帯".to_owned(),
        }
    }
}
