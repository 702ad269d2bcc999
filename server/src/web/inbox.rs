//! What waits: for the person, for whoever settles discrepancies, for whoever answers for retention; and the
//! menu that leads to everything that has no place in the bar.

use askama::Template;
use axum::{extract::State, response::Response};

use super::{
    Web,
    acting::{Acting, Acts},
    error::Failed,
    guard::Visitor,
    layout::{Nav, Page, html},
    texts,
};
use crate::app::{DiscrepancyLine, DueLine, InboxLine};

#[derive(Template)]
#[template(path = "inbox.html")]
struct InboxPage {
    page: Page,
    lines: Vec<InboxLine>,
}

/// Everything that waits for the person, the most urgent first.
pub(crate) async fn show(State(web): State<Web>, visitor: Visitor) -> Result<Response, Failed> {
    let lines = web.app.inbox(&visitor.caller).await?;
    let page = visitor.page(Nav::Home, texts::text(visitor.lang, "inbox.title"));
    html(visitor.lang, &InboxPage { page, lines })
}

#[derive(Template)]
#[template(path = "discrepancies.html")]
struct DiscrepanciesPage {
    page: Page,
    lines: Vec<DiscrepancyLine>,
    acting: Acting,
}

impl Acts for DiscrepanciesPage {
    fn acting(&self) -> &Acting {
        &self.acting
    }

    fn target(&self) -> String {
        "/discrepancies".to_owned()
    }
}

impl DiscrepanciesPage {
    #[expect(clippy::unused_self, reason = "templates reach functions through the page")]
    fn acts_of(&self, line: &DiscrepancyLine) -> String {
        format!("/items/{}/acts", line.item.id)
    }
}

/// Every discrepancy that is open, with whose it is to settle.
pub(crate) async fn discrepancies(State(web): State<Web>, visitor: Visitor) -> Result<Response, Failed> {
    let lines = web.app.discrepancies(&visitor.caller).await?;
    let page = visitor.page(Nav::Menu, texts::text(visitor.lang, "discrepancy.title"));
    html(visitor.lang, &DiscrepanciesPage { page, lines, acting: Acting::default() })
}

#[derive(Template)]
#[template(path = "retention.html")]
struct RetentionPage {
    page: Page,
    lines: Vec<DueLine>,
}

/// What has to go or is about to.
pub(crate) async fn retention(State(web): State<Web>, visitor: Visitor) -> Result<Response, Failed> {
    let lines = web.app.due_lines_for(&visitor.caller).await?;
    let page = visitor.page(Nav::Menu, texts::text(visitor.lang, "retention.title"));
    html(visitor.lang, &RetentionPage { page, lines })
}

#[derive(Template)]
#[template(path = "menu.html")]
struct MenuPage {
    page: Page,
}

/// Everything that has no place in the bar.
pub(crate) async fn menu(visitor: Visitor) -> Result<Response, Failed> {
    let page = visitor.page(Nav::Menu, texts::text(visitor.lang, "nav.menu"));
    html(visitor.lang, &MenuPage { page })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn sample(page: Page, line: InboxLine) -> impl Template {
        InboxPage { page, lines: vec![line] }
    }

    pub(crate) fn sample_discrepancies(page: Page, line: DiscrepancyLine) -> impl Template {
        DiscrepanciesPage { page, lines: vec![line.clone(), line], acting: Acting::default() }
    }

    pub(crate) fn sample_retention(page: Page, line: DueLine) -> impl Template {
        RetentionPage { page, lines: vec![line] }
    }

    pub(crate) fn sample_menu(page: Page) -> impl Template {
        MenuPage { page }
    }
}
