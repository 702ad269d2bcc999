//! The page on which the first administrator is made, behind a link that the server prints on its console.

use askama::Template;
use axum::{
    extract::{Path, State},
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
    layout::{Page, html_with, percent_encoded},
    sign_in::{entered, stranger_page},
    texts,
};
use crate::{
    app::{SetupError, SetupLinkError},
    identity::Entered,
    mobile::sign_in_problem,
    store::sessions::SessionKind,
};

#[derive(Template)]
#[template(path = "setup.html")]
struct SetupPage {
    page: Page,
    token: String,
    login: String,
    name: String,
    least: u32,
    problem: Option<ProblemDocument>,
}

/// The form.
pub(crate) async fn show(
    State(web): State<Web>,
    headers: HeaderMap,
    uri: Uri,
    Path(token): Path<String>,
) -> Result<Response, Failed> {
    let lang = language_of(&headers, &uri);
    form_page(&web, lang, &headers, &token, &Form::filled(lang, &[]), None).await
}

/// Makes the first administrator and signs him in, so that he sets up his second factor.
pub(crate) async fn make(
    State(web): State<Web>,
    origin: Origin,
    headers: HeaderMap,
    Path(token): Path<String>,
    form: Form,
) -> Result<Response, Failed> {
    let lang = language_of(&headers, &Uri::from_static("/setup"));
    let (login, name, password) = (form.raw("login"), form.raw("name"), form.raw("new"));
    if password != form.raw("again") {
        let problem = form.wrong("again", "account.not_the_same");
        return form_page(&web, lang, &headers, &token, &form, Some(problem)).await;
    }
    match Box::pin(web.app.first_administrator(&token, login, name, password)).await {
        Ok(_) => {
            match web.app.identity().sign_in(login, password, SessionKind::Browser, &origin).await {
                Ok(Entered::Done(opened)) => {
                    entered(&web, &headers, *opened, "/account/second-factor", lang).await
                }
                // He is there; that he has to type what he has just chosen is no harm.
                Ok(Entered::Second(_)) | Err(_) => Ok(Redirect::to("/sign-in").into_response()),
            }
        }
        Err(error) => {
            let problem = match error {
                SetupLinkError::Over => return Err(over(lang)),
                SetupLinkError::SignIn(error) => sign_in_problem(error, lang),
                SetupLinkError::Setup(SetupError::Store(error)) => Problem::internal(lang, &error),
                SetupLinkError::Setup(SetupError::Text(error)) => {
                    Problem::text(&error, lang).with_field("name")
                }
                SetupLinkError::Setup(_) => form.wrong("login", "setup.bad_login"),
            };
            form_page(&web, lang, &headers, &token, &form, Some(problem)).await
        }
    }
}

/// The link is over, was used, or never was one.
fn over(lang: Lang) -> Failed {
    Problem::new(ProblemCode::NotFound, lang).with_detail(texts::text(lang, "setup.over")).into()
}

async fn form_page(
    web: &Web,
    lang: Lang,
    headers: &HeaderMap,
    token: &str,
    form: &Form,
    problem: Option<Problem>,
) -> Result<Response, Failed> {
    let known = web.app.is_setup_link(token).await;
    if !known.map_err(|error| Problem::internal(lang, &error))? {
        return Err(over(lang));
    }
    let here = format!("/setup/{}", percent_encoded(token));
    let (page, cookie) = stranger_page(web, lang, headers, "setup.title", here).await;
    let status = problem.as_ref().map_or(StatusCode::OK, Problem::status_code);
    let page = SetupPage {
        page,
        token: token.to_owned(),
        login: form.raw("login").to_owned(),
        name: form.raw("name").to_owned(),
        least: web.app.profile().sign_in.password.min_length.0,
        problem: problem.map(Problem::into_document),
    };
    let mut response = html_with(status, lang, &page)?;
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn sample(page: Page) -> impl Template {
        let problem = Some(Problem::new(ProblemCode::PasswordRefused, page.lang).into_document());
        let (login, name) = ("sato".to_owned(), "佐藤 <花子>".to_owned());
        SetupPage { page, token: "t0ken".to_owned(), login, name, least: 12, problem }
    }
}
