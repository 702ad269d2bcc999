//! How others sign in, for administrators: one-time secrets, suspension, lost second factors, sessions.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use hokan_domain::ids::PersonId;
use hokan_mobile_api::{Problem, ProblemCode, ProblemDocument};

use super::{
    Web,
    error::Failed,
    form::Form,
    guard::Visitor,
    layout::{Nav, Page, html_with},
    prove, texts,
};
use crate::app::{AccountLine, Administered};

#[derive(Template)]
#[template(path = "accounts.html")]
struct AccountsPage {
    page: Page,
    lines: Vec<AccountLine>,
    own: PersonId,
    /// A one-time secret, shown once, with the name of whoever it is for.
    secret: Option<(String, String)>,
    problem: Option<ProblemDocument>,
}

impl AccountsPage {
    /// What can be done to this person, with the word on the button.
    fn open(&self, line: &AccountLine) -> Vec<(&'static str, String)> {
        let own = line.account.person.id == self.own;
        let active = line.account.person.active;
        Administered::ALL
            .into_iter()
            .filter(|what| match what {
                Administered::SignOut => line.sessions > 0,
                Administered::Restore => !active,
                Administered::Suspend => active && !own,
                Administered::Reset => !own,
                Administered::RemoveFactors => !own && line.factors.any(),
            })
            .map(|what| {
                let key = match what {
                    Administered::Reset => "accounts.reset",
                    Administered::Suspend => "accounts.suspend",
                    Administered::Restore => "accounts.restore",
                    Administered::RemoveFactors => "accounts.remove_factors",
                    Administered::SignOut => "accounts.sign_out",
                };
                (what.code(), self.page.t(key).into_owned())
            })
            .collect()
    }
}

/// The list.
pub(crate) async fn show(State(web): State<Web>, visitor: Visitor) -> Result<Response, Failed> {
    list(&web, &visitor, None, None).await
}

async fn list(
    web: &Web,
    visitor: &Visitor,
    secret: Option<(String, String)>,
    problem: Option<Problem>,
) -> Result<Response, Failed> {
    let lines = web.app.accounts(&visitor.caller).await?;
    let status = problem.as_ref().map_or(StatusCode::OK, Problem::status_code);
    let page = AccountsPage {
        page: visitor.page(Nav::Menu, texts::text(visitor.lang, "accounts.title")),
        lines,
        own: visitor.caller.person.id,
        secret,
        problem: problem.map(Problem::into_document),
    };
    html_with(status, visitor.lang, &page)
}

/// Does something to somebody's way of signing in.
pub(crate) async fn act(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Failed> {
    let person: PersonId = id.parse().map_err(|_| Problem::new(ProblemCode::NotFound, visitor.lang))?;
    let what = form.word("what", Administered::from_code)?;
    match web.app.administer(&visitor.caller, person, what).await {
        Ok(secret) => {
            let account = web.app.store().person(person).await;
            let account = account.map_err(|error| Problem::internal(visitor.lang, &error))?;
            let name = account.map(|account| account.name).unwrap_or_default();
            list(&web, &visitor, secret.map(|secret| (name, secret)), None).await
        }
        Err(problem) if problem.is(ProblemCode::SecondFactorNeeded) => {
            prove::ask(&web, &visitor, &format!("/accounts/{person}"), &form).await
        }
        Err(problem) => Err(problem.into()),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeSet;

    use hokan_domain::person::{Part, Person};
    use uuid::Uuid;

    use super::*;
    use crate::store::{factors::Factors, people::Account};

    pub(crate) fn sample(page: Page) -> impl Template {
        let line = |number: u128, active| AccountLine {
            account: Account {
                person: Person {
                    id: PersonId(Uuid::from_u128(number)),
                    active,
                    parts: BTreeSet::from([Part::Handler]),
                    roles: BTreeSet::new(),
                },
                login: "sato".to_owned(),
                name: "佐藤 <花子>".to_owned(),
                email: None,
                division: None,
                term_end: None,
                left_on: None,
                one_live_session: false,
            },
            factors: Factors { totp: true, ..Factors::default() },
            sessions: 2,
        };
        let problem = Some(Problem::new(ProblemCode::Forbidden, page.lang).into_document());
        let secret = Some(("佐藤 <花子>".to_owned(), "0123-4567-89ab-cdef".to_owned()));
        AccountsPage {
            page,
            lines: vec![line(1, true), line(2, false)],
            own: PersonId(Uuid::from_u128(1)),
            secret,
            problem,
        }
    }
}
