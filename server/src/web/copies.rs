//! Copying what lies on an item to another medium, which gets a label of its own.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use hokan_domain::item::ItemKind;
use hokan_mobile_api::{
    Problem, ProblemCode,
    request::{CopyRequest, MAX_NUMBER, MAX_TITLE},
    wire::{Directory, ItemCard, Named},
};

use super::{
    Web,
    acting::{Acting, Acts},
    error::Failed,
    form::Form,
    guard::Visitor,
    items::{item_id, live_contents},
    layout::{Nav, Page, html_with},
    texts,
};

#[derive(Template)]
#[template(path = "copy.html")]
struct CopyPage {
    page: Page,
    item: ItemCard,
    directory: Directory,
    acting: Acting,
}

impl Acts for CopyPage {
    fn acting(&self) -> &Acting {
        &self.acting
    }

    fn target(&self) -> String {
        format!("/items/{}/copy", self.item.id)
    }
}

impl CopyPage {
    fn live_contents(&self) -> Vec<Named> {
        live_contents(&self.item)
    }
}

/// The form.
pub(crate) async fn show(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Failed> {
    copy_page(&web, &visitor, &id, None, Form::default()).await
}

/// Copies.
pub(crate) async fn copy(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Failed> {
    let source = item_id(&id, visitor.lang)?;
    let outcome = async {
        let (event, request) = (form.event_id()?, read(&form, &visitor, &web)?);
        web.app.copy(&visitor.caller, source, event, request).await
    };
    match outcome.await {
        Ok(answer) => {
            let address = format!("/items/{}?done={}", answer.item.id, answer.event_id);
            Ok(Redirect::to(&address).into_response())
        }
        Err(problem) if problem.is(ProblemCode::NotFound) => Err(problem.into()),
        Err(problem) => copy_page(&web, &visitor, &id, Some(problem), form.shown_again()).await,
    }
}

fn read(form: &Form, visitor: &Visitor, web: &Web) -> Result<CopyRequest, Problem> {
    let contents = form.ids("contents")?;
    if contents.is_empty() {
        return Err(form.wrong("contents", "error.choose"));
    }
    Ok(CopyRequest {
        contents,
        scan: form.scan(visitor, web)?.ok_or_else(|| form.wrong("code", "error.scan_first"))?,
        kind: form.word("kind", ItemKind::from_code)?,
        title: form.line("title", MAX_TITLE)?,
        control_number: form.optional_line("control_number", MAX_NUMBER)?,
        serial: form.optional_line("serial", MAX_NUMBER)?,
        protection: form.protection()?,
    })
}

async fn copy_page(
    web: &Web,
    visitor: &Visitor,
    id: &str,
    problem: Option<Problem>,
    form: Form,
) -> Result<Response, Failed> {
    let item = web.app.item(&visitor.caller, item_id(id, visitor.lang)?).await?;
    let directory = web.app.directory(&visitor.caller).await?;
    let status = problem.as_ref().map_or(StatusCode::OK, Problem::status_code);
    let page = visitor.page(Nav::Items, texts::text(visitor.lang, "copy.title"));
    let acting = Acting::after(Vec::new(), problem, form);
    html_with(status, visitor.lang, &CopyPage { page, item, directory, acting })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn sample(page: Page, item: ItemCard, directory: Directory) -> impl Template {
        let problem = Problem::new(ProblemCode::TextEmpty, page.lang).with_field("title");
        let form = Form::filled(page.lang, &[("act", "copy"), ("code", "JPJTJ39B5DV3")]);
        CopyPage { page, item, directory, acting: Acting::after(Vec::new(), Some(problem), form) }
    }
}
