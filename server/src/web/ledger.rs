//! The ledger: how large it is, what its newest checkpoint says, and how anybody can check it.

use askama::Template;
use axum::{extract::State, response::Response};

use super::{
    Web,
    error::Failed,
    guard::Visitor,
    layout::{Nav, Page, html},
    texts,
};
use crate::app::LedgerStatus;

#[derive(Template)]
#[template(path = "ledger.html")]
struct LedgerPage {
    page: Page,
    status: LedgerStatus,
}

/// The page.
pub(crate) async fn show(State(web): State<Web>, visitor: Visitor) -> Result<Response, Failed> {
    let status = web.app.ledger_status(&visitor.caller).await?;
    let page = visitor.page(Nav::Ledger, texts::text(visitor.lang, "ledger.title"));
    html(visitor.lang, &LedgerPage { page, status })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn sample(page: Page) -> impl Template {
        let status = LedgerStatus {
            entries: 1284,
            root: "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=".to_owned(),
            checkpoint: Some(
                "hokan.example/ledger\n1284\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— hokan.example/ledger x0\n"
                    .to_owned(),
            ),
            verifier: "hokan.example/ledger+12ab34cd+AUqom".to_owned(),
        };
        LedgerPage { page, status }
    }
}
