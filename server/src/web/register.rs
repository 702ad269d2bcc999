//! Registering an item by binding a blank label to it.

use askama::Template;
use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use hokan_domain::{event::Scan, item::ItemKind};
use hokan_mobile_api::{
    Problem, ProblemCode, ProblemDocument,
    request::{MAX_NUMBER, MAX_TITLE, RegisterRequest},
    wire::Directory,
};
use serde::Deserialize;

use super::{
    Web, at_hand,
    error::Failed,
    form::{Form, fresh_event_id},
    guard::Visitor,
    layout::{Nav, Page, html_with},
    texts,
};

#[derive(Template)]
#[template(path = "register.html")]
struct RegisterPage {
    page: Page,
    directory: Directory,
    problem: Option<ProblemDocument>,
    form: Form,
    event_id: String,
}

/// The fields of contents are a part that the item's page shares; there a page has several forms, here one.
impl RegisterPage {
    fn typed(&self, _form: &str, field: &str) -> &str {
        self.form.raw(field)
    }

    fn chose(&self, _form: &str, field: &str, value: &str) -> bool {
        self.form.chose(field, value)
    }

    fn wrong(&self, _form: &str, field: &str) -> bool {
        self.problem.as_ref().is_some_and(|problem| problem.field.as_deref() == Some(field))
    }
}

/// Which label to register with.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Blank {
    #[serde(default)]
    code: String,
    #[serde(default)]
    at_hand: String,
}

/// The form.
pub(crate) async fn show(
    State(web): State<Web>,
    visitor: Visitor,
    Query(blank): Query<Blank>,
) -> Result<Response, Failed> {
    let sealed = at_hand::open(&blank.at_hand, &visitor, &web);
    let code = sealed.as_ref().map_or(blank.code.as_str(), |scan| scan.label.as_str());
    let seal = if sealed.is_some() { blank.at_hand.as_str() } else { "" };
    let form = Form::filled(visitor.lang, &[("code", code), ("at_hand", seal)]).shown_again();
    register_page(&web, &visitor, form, None).await
}

/// Registers the item.
pub(crate) async fn register(
    State(web): State<Web>,
    visitor: Visitor,
    form: Form,
) -> Result<Response, Failed> {
    let asked = form.event_id().and_then(|event| Ok((event, read(&form, &visitor, &web)?)));
    let outcome = match asked {
        Ok((event, request)) => web.app.register(&visitor.caller, event, request).await,
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(answer) => {
            let address = format!("/items/{}?done={}", answer.item.id, answer.event_id);
            Ok(Redirect::to(&address).into_response())
        }
        Err(problem) => register_page(&web, &visitor, form.shown_again(), Some(problem)).await,
    }
}

fn read(form: &Form, visitor: &Visitor, web: &Web) -> Result<RegisterRequest, Problem> {
    let typed = form.label("code");
    let scan = match form.scan(visitor, web)? {
        // The seal speaks of the label that was read; who then typed another one means that other one.
        Some(sealed) => match typed {
            Ok(label) if label != sealed.label => {
                Scan { label, method: hokan_domain::event::ScanMethod::Typed }
            }
            _ => sealed,
        },
        None => return Err(form.wrong("code", "error.scan_first")),
    };
    Ok(RegisterRequest {
        scan,
        kind: form.word("kind", ItemKind::from_code)?,
        title: form.line("title", MAX_TITLE)?,
        control_number: form.optional_line("control_number", MAX_NUMBER)?,
        serial: form.optional_line("serial", MAX_NUMBER)?,
        contents: form.contents()?.into_iter().collect(),
        division: match form.raw("division") {
            "" => None,
            _ => Some(form.word("division", |text| text.parse().ok())?),
        },
        protection: form.protection()?,
    })
}

async fn register_page(
    web: &Web,
    visitor: &Visitor,
    form: Form,
    problem: Option<Problem>,
) -> Result<Response, Failed> {
    let directory = web.app.directory(&visitor.caller).await?;
    let status = problem.as_ref().map_or(StatusCode::OK, Problem::status_code);
    let used_up = problem.as_ref().is_some_and(|problem| problem.is(ProblemCode::EventIdReused));
    let kept = form.raw("event_id");
    let event_id = if kept.is_empty() || used_up { fresh_event_id() } else { kept.to_owned() };
    let page = visitor.page(Nav::Items, texts::text(visitor.lang, "register.title"));
    let problem = problem.map(Problem::into_document);
    html_with(status, visitor.lang, &RegisterPage { page, directory, problem, form, event_id })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn sample(page: Page, directory: Directory) -> impl Template {
        let problem = Problem::new(ProblemCode::TextEmpty, page.lang).with_field("title");
        let form = Form::filled(page.lang, &[("code", "JPJTJ39B5DV3"), ("kind", "usb-memory")]);
        RegisterPage {
            page,
            directory,
            problem: Some(problem.into_document()),
            form,
            event_id: fresh_event_id(),
        }
    }
}
