//! What concerns the person: what he or she has, what is offered, what waits.

use askama::Template;
use axum::{extract::State, response::Response};
use hokan_mobile_api::wire::{Me, ReceiverView};

use super::{
    Web,
    error::Failed,
    guard::Visitor,
    layout::{Nav, Page, html},
    texts,
};
use crate::app::{InboxKind, InboxLine};

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    page: Page,
    me: Me,
    /// What waits, the most urgent first.
    inbox: Vec<InboxLine>,
}

/// How many lines of the inbox stand on the home page.
const MOST_LINES: usize = 5;

impl HomePage {
    fn top(&self) -> &[InboxLine] {
        self.inbox.get(..MOST_LINES).unwrap_or(&self.inbox)
    }

    fn has_more(&self) -> bool {
        self.inbox.len() > MOST_LINES
    }

    fn is_for_anybody(&self, to: &ReceiverView) -> bool {
        matches!(to, ReceiverView::Anybody(_))
    }

    fn receiver(&self, to: &ReceiverView) -> String {
        receiver(&self.page, to)
    }
}

/// Who may accept an offer, as people read it.
pub(crate) fn receiver(page: &Page, to: &ReceiverView) -> String {
    match to {
        ReceiverView::Person(person) => page.t1("offer.to_person", "name", &person.name),
        ReceiverView::Anybody(_) => page.t("offer.any_handler").into_owned(),
    }
}

/// The page.
pub(crate) async fn show(State(web): State<Web>, visitor: Visitor) -> Result<Response, Failed> {
    let me = web.app.me(&visitor.caller).await?;
    let page = visitor.page(Nav::Home, texts::text(visitor.lang, "nav.home"));
    // What is offered has a list of its own on this page.
    let waits = web.app.inbox(&visitor.caller).await?.into_iter();
    let inbox = waits.filter(|line| line.kind != InboxKind::HandOver).collect();
    html(visitor.lang, &HomePage { page, me, inbox })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn sample(page: Page, me: Me, line: InboxLine) -> impl Template {
        HomePage { page, me, inbox: vec![line; MOST_LINES + 1] }
    }
}
