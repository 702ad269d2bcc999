//! How one signs in oneself: password, second factors, sessions.

use std::fmt::Write as _;

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use hokan_domain::{
    ids::{PasskeyId, SessionId},
    japan_date::jst_date_time,
    person::Part,
};
use hokan_labels::qr::{Level, Symbol};
use hokan_mobile_api::{Problem, ProblemCode, ProblemDocument, Standing, auth::Origin};

use super::{
    Web,
    error::Failed,
    form::Form,
    guard::{AnyVisitor, Visitor, local_path},
    layout::{Nav, Page, html, html_with},
    prove,
    sign_in::{Next, session_cookie},
    texts,
};
use crate::{
    identity::Opened,
    store::{
        factors::Factors,
        sessions::{Session, SessionKind},
    },
};

/// A session as its person sees it.
struct SessionLine {
    id: String,
    kind: String,
    address: String,
    agent: String,
    since: String,
    seen: String,
    this: bool,
}

fn line(session: &Session, page: &Page, this: SessionId) -> SessionLine {
    let kind = match session.kind {
        SessionKind::Browser => "account.browser",
        SessionKind::Phone => "account.phone",
    };
    SessionLine {
        id: session.id.to_string(),
        kind: page.t(kind).into_owned(),
        address: session.address.clone(),
        agent: session.agent.clone(),
        since: jst_date_time(session.created_at),
        seen: jst_date_time(session.seen_at),
        this: session.id == this,
    }
}

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    page: Page,
    factors: Factors,
    sessions: Vec<SessionLine>,
    administers: bool,
    problem: Option<ProblemDocument>,
}

impl AccountPage {
    fn others(&self) -> bool {
        self.sessions.iter().any(|session| !session.this)
    }
}

/// The page.
pub(crate) async fn show(State(web): State<Web>, visitor: Visitor) -> Result<Response, Failed> {
    let page = visitor.page(Nav::Elsewhere, texts::text(visitor.lang, "account.title"));
    let sessions = web.app.own_sessions(&visitor.caller).await?;
    let sessions = sessions.iter().map(|session| line(session, &page, visitor.caller.session_id)).collect();
    let factors = web.app.factors(&visitor.caller).await?;
    let administers = visitor.caller.person.is(Part::Administrator);
    html(visitor.lang, &AccountPage { page, factors, sessions, administers, problem: None })
}

/// Ends one of one's own sessions.
pub(crate) async fn end_session(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
    _form: Form,
) -> Result<Response, Failed> {
    let id: SessionId = id.parse().map_err(|_| Problem::new(ProblemCode::NotFound, visitor.lang))?;
    web.app.end_own_session(&visitor.caller, id).await?;
    Ok(Redirect::to("/account#sessions").into_response())
}

/// Ends all of them but this one.
pub(crate) async fn end_others(
    State(web): State<Web>,
    visitor: Visitor,
    _form: Form,
) -> Result<Response, Failed> {
    web.app.end_other_sessions(&visitor.caller).await?;
    Ok(Redirect::to("/account#sessions").into_response())
}

/// Takes a passkey off the list.
pub(crate) async fn remove_passkey(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Failed> {
    let passkey: PasskeyId = id.parse().map_err(|_| Problem::new(ProblemCode::NotFound, visitor.lang))?;
    match web.app.remove_passkey(&visitor.caller, passkey).await {
        Ok(()) => Ok(Redirect::to("/account#factors").into_response()),
        Err(problem) if problem.is(ProblemCode::SecondFactorNeeded) => {
            prove::ask(&web, &visitor, &format!("/account/passkeys/{passkey}/remove"), &form).await
        }
        Err(problem) => Err(problem.into()),
    }
}

// ----------------------------------------------------------------------------------------------- the password

#[derive(Template)]
#[template(path = "account_password.html")]
struct PasswordPage {
    page: Page,
    next: String,
    least: u32,
    mixed: bool,
    source: String,
    needed: bool,
    problem: Option<ProblemDocument>,
}

/// The form for another password.
pub(crate) async fn password_form(
    State(web): State<Web>,
    AnyVisitor(visitor): AnyVisitor,
    Query(next): Query<Next>,
) -> Result<Response, Failed> {
    password_page(&web, &visitor, next.path(), None)
}

fn password_page(
    web: &Web,
    visitor: &Visitor,
    next: &str,
    problem: Option<Problem>,
) -> Result<Response, Failed> {
    let rules = &web.app.profile().sign_in.password;
    let status = problem.as_ref().map_or(StatusCode::OK, Problem::status_code);
    let page = PasswordPage {
        page: visitor.page(Nav::Elsewhere, texts::text(visitor.lang, "account.change_password")),
        next: next.to_owned(),
        least: rules.min_length.0,
        mixed: rules.classes.is_some(),
        source: rules.min_length.1.cite(visitor.lang),
        needed: visitor.caller.standing == Standing::MustChangePassword,
        problem: problem.map(Problem::into_document),
    };
    html_with(status, visitor.lang, &page)
}

/// Changes the password.
pub(crate) async fn change_password(
    State(web): State<Web>,
    AnyVisitor(visitor): AnyVisitor,
    origin: Origin,
    form: Form,
) -> Result<Response, Failed> {
    let next = local_path(form.raw("next"));
    if form.raw("new") != form.raw("again") {
        let problem = form.wrong("again", "account.not_the_same");
        return password_page(&web, &visitor, next, Some(problem));
    }
    let changed =
        web.app.change_password(&visitor.caller, &visitor.token, form.raw("old"), form.raw("new"), &origin);
    match Box::pin(changed).await {
        Ok(opened) => lead_on(&opened, next),
        Err(problem) => password_page(&web, &visitor, next, Some(problem)),
    }
}

/// Leads on under the session's new token.
fn lead_on(opened: &Opened, next: &str) -> Result<Response, Failed> {
    let mut response = Redirect::to(next).into_response();
    response.headers_mut().append(header::SET_COOKIE, session_cookie(&opened.token)?);
    Ok(response)
}

// ------------------------------------------------------------------------------------------ the second factor

#[derive(Template)]
#[template(path = "account_factor.html")]
struct FactorPage {
    page: Page,
    next: String,
    secret: String,
    /// The outline of the picture that the app reads, as the path of an SVG, and its side in modules.
    picture: (String, usize),
    needed: bool,
    asks_password: bool,
    problem: Option<ProblemDocument>,
}

#[derive(Template)]
#[template(path = "account_codes.html")]
struct CodesPage {
    page: Page,
    next: String,
    codes: Vec<String>,
}

/// The form for setting up an authenticator app. Whoever has a second factor and has not shown it is asked for
/// it first.
pub(crate) async fn factor_form(
    State(web): State<Web>,
    AnyVisitor(visitor): AnyVisitor,
    Query(next): Query<Next>,
) -> Result<Response, Failed> {
    let caller = &visitor.caller;
    if web.app.factors(caller).await?.any() && !web.app.may_change_factors(caller, &visitor.token).await? {
        // Somebody who only came here because he must show it goes on to where he wanted to go.
        let needed = caller.standing == Standing::MustEnrol;
        let back = if needed { next.path() } else { "/account/second-factor" };
        return Ok(Redirect::to(&prove::address(back)).into_response());
    }
    factor_page(&web, &visitor, next.path(), None).await
}

async fn factor_page(
    web: &Web,
    visitor: &Visitor,
    next: &str,
    problem: Option<Problem>,
) -> Result<Response, Failed> {
    let caller = &visitor.caller;
    let enrolment = web.app.begin_totp(caller).await?;
    let status = problem.as_ref().map_or(StatusCode::OK, Problem::status_code);
    let picture = picture(&enrolment.uri).ok_or_else(|| Problem::internal(visitor.lang, &"no picture"))?;
    let page = FactorPage {
        page: visitor.page(Nav::Elsewhere, texts::text(visitor.lang, "factor.title")),
        next: next.to_owned(),
        secret: enrolment.secret,
        picture,
        needed: caller.standing == Standing::MustEnrol,
        asks_password: !web.app.may_change_factors(caller, &visitor.token).await?,
        problem: problem.map(Problem::into_document),
    };
    html_with(status, visitor.lang, &page)
}

/// The outline of a symbol with its quiet zone, and its side in modules.
fn picture(text: &str) -> Option<(String, usize)> {
    const QUIET: u16 = 4;
    let symbol = Symbol::encode(text, Level::M).ok()?;
    let mut path = String::new();
    for outline in symbol.outlines() {
        for (index, (x, y)) in outline.iter().enumerate() {
            let command = if index == 0 { 'M' } else { 'L' };
            // Writing into a string cannot fail.
            let _ = write!(path, "{command}{} {}", x + QUIET, y + QUIET);
        }
        path.push('Z');
    }
    Some((path, symbol.size() + 2 * usize::from(QUIET)))
}

/// Sets the app up.
pub(crate) async fn add_factor(
    State(web): State<Web>,
    AnyVisitor(visitor): AnyVisitor,
    origin: Origin,
    form: Form,
) -> Result<Response, Failed> {
    let next = local_path(form.raw("next")).to_owned();
    let (password, code) = (form.raw("password"), form.raw(prove::FIELD));
    let enrolled = web.app.confirm_totp(&visitor.caller, &visitor.token, password, code, &origin);
    match Box::pin(enrolled).await {
        Ok(enrolled) => codes_page(&visitor, enrolled.recovery_codes, next, Some(&enrolled.opened)),
        Err(problem) if problem.is(ProblemCode::SecondFactorNeeded) => {
            Ok(Redirect::to(&prove::address("/account/second-factor")).into_response())
        }
        Err(problem) => factor_page(&web, &visitor, &next, Some(problem)).await,
    }
}

/// The recovery codes, shown once.
fn codes_page(
    visitor: &Visitor,
    codes: Vec<String>,
    next: String,
    opened: Option<&Opened>,
) -> Result<Response, Failed> {
    let mut page = visitor.page(Nav::Elsewhere, texts::text(visitor.lang, "factor.codes"));
    if let Some(opened) = opened {
        page.csrf = super::csrf::token_for(&opened.token);
    }
    let mut response = html(visitor.lang, &CodesPage { page, next, codes })?;
    if let Some(opened) = opened {
        response.headers_mut().append(header::SET_COOKIE, session_cookie(&opened.token)?);
    }
    Ok(response)
}

/// Makes new recovery codes.
pub(crate) async fn renew_codes(
    State(web): State<Web>,
    visitor: Visitor,
    form: Form,
) -> Result<Response, Failed> {
    match web.app.renew_recovery_codes(&visitor.caller).await {
        Ok(codes) => codes_page(&visitor, codes, "/account".to_owned(), None),
        Err(problem) if problem.is(ProblemCode::SecondFactorNeeded) => {
            prove::ask(&web, &visitor, "/account/recovery-codes", &form).await
        }
        Err(problem) => Err(problem.into()),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use chrono::{DateTime, Utc};
    use hokan_domain::ids::PersonId;
    use uuid::Uuid;

    use super::*;
    use crate::store::factors::Passkey;

    fn moment() -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_392_000, 0).unwrap()
    }

    pub(crate) fn sample(page: Page) -> impl Template {
        let session = |number: u128| SessionLine {
            id: SessionId(Uuid::from_u128(number)).to_string(),
            kind: page.t("account.browser").into_owned(),
            address: "192.0.2.1".to_owned(),
            agent: "Mozilla <5.0>".to_owned(),
            since: jst_date_time(moment()),
            seen: jst_date_time(moment()),
            this: number == 1,
        };
        let passkey = Passkey {
            id: PasskeyId(Uuid::from_u128(3)),
            person: PersonId(Uuid::from_u128(4)),
            name: "税務課の <鍵>".to_owned(),
            data: String::new(),
            created_at: moment(),
            used_at: Some(moment()),
        };
        let sessions = vec![session(1), session(2)];
        let factors = Factors { totp: true, recovery_codes: 7, passkeys: vec![passkey] };
        let problem = Some(Problem::new(ProblemCode::NotFound, page.lang).into_document());
        AccountPage { page, factors, sessions, administers: true, problem }
    }

    pub(crate) fn sample_password(page: Page) -> impl Template {
        let problem = Some(Problem::new(ProblemCode::PasswordRefused, page.lang).into_document());
        let source = "別添1 2Fb".to_owned();
        PasswordPage { page, next: "/".to_owned(), least: 12, mixed: true, source, needed: true, problem }
    }

    pub(crate) fn sample_factor(page: Page) -> impl Template {
        let problem = Some(Problem::new(ProblemCode::WrongCode, page.lang).into_document());
        let picture = picture("otpauth://totp/Hokan:sato?secret=ABC").unwrap();
        FactorPage {
            page,
            next: "/".to_owned(),
            secret: "JBSWY3DPEHPK3PXP".to_owned(),
            picture,
            needed: true,
            asks_password: true,
            problem,
        }
    }

    pub(crate) fn sample_codes(page: Page) -> impl Template {
        CodesPage { page, next: "/".to_owned(), codes: vec!["0123-4567-89ab-cdef".to_owned()] }
    }
}
