//! Tokens for machines, for administrators.

use std::collections::BTreeSet;

use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use chrono::{DateTime, Utc};
use hokan_domain::japan_date::jst_day_start;
use hokan_mobile_api::{Problem, ProblemCode, ProblemDocument};

use super::{
    Web,
    error::Failed,
    form::Form,
    guard::Visitor,
    layout::{Nav, Page, html_with},
    prove, texts,
};
use crate::{app::NewToken, machine::Scope, store::tokens::ApiToken};

#[derive(Template)]
#[template(path = "tokens.html")]
struct TokensPage {
    page: Page,
    tokens: Vec<(ApiToken, String)>,
    now: DateTime<Utc>,
    /// A secret that was just made, shown this once.
    secret: Option<String>,
    form: Form,
    problem: Option<ProblemDocument>,
}

impl TokensPage {
    fn scopes(&self) -> [Scope; 7] {
        Scope::ALL
    }

    fn scope_name(&self, scope: &Scope) -> &'static str {
        scope.name(self.page.lang)
    }

    fn chose(&self, scope: &Scope) -> bool {
        self.form.chose(&field(*scope), "yes")
    }

    fn is_live(&self, token: &ApiToken) -> bool {
        token.is_live(self.now)
    }

    fn wrong(&self, field: &str) -> bool {
        self.problem.as_ref().is_some_and(|problem| problem.field.as_deref() == Some(field))
    }
}

fn field(scope: Scope) -> String {
    format!("scope_{scope}")
}

/// The page.
pub(crate) async fn show(State(web): State<Web>, visitor: Visitor) -> Result<Response, Failed> {
    tokens_page(&web, &visitor, None, Form::default(), None).await
}

/// Makes a token.
pub(crate) async fn add(State(web): State<Web>, visitor: Visitor, form: Form) -> Result<Response, Failed> {
    let added = match read(&form) {
        Ok(new) => web.app.add_token_at_desk(&visitor.caller, new).await,
        Err(problem) => Err(problem),
    };
    match added {
        Ok((_, secret)) => tokens_page(&web, &visitor, Some(secret), Form::default(), None).await,
        Err(problem) if problem.is(ProblemCode::SecondFactorNeeded) => {
            prove::ask(&web, &visitor, "/tokens", &form).await
        }
        Err(problem) => tokens_page(&web, &visitor, None, form.shown_again(), Some(problem)).await,
    }
}

/// Revokes one.
pub(crate) async fn revoke(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
    _form: Form,
) -> Result<Response, Failed> {
    let id = id.parse().map_err(|_| Problem::new(ProblemCode::NotFound, visitor.lang))?;
    web.app.revoke_token(&visitor.caller, id).await?;
    Ok(Redirect::to("/tokens").into_response())
}

fn read(form: &Form) -> Result<NewToken, Problem> {
    let last = form.optional_day("expires_on")?.ok_or_else(|| form.wrong("expires_on", "error.day"))?;
    // It holds to the end of its last day.
    let after = last.succ_opt().ok_or_else(|| form.wrong("expires_on", "error.day"))?;
    let scopes: BTreeSet<Scope> =
        Scope::ALL.into_iter().filter(|scope| form.chose(&field(*scope), "yes")).collect();
    Ok(NewToken {
        name: form.raw("name").to_owned(),
        owner: form.raw("owner").to_owned(),
        scopes,
        expires_at: jst_day_start(after),
    })
}

async fn tokens_page(
    web: &Web,
    visitor: &Visitor,
    secret: Option<String>,
    form: Form,
    problem: Option<Problem>,
) -> Result<Response, Failed> {
    let status = problem.as_ref().map_or(StatusCode::OK, |problem| problem.status_code());
    let template = TokensPage {
        page: visitor.page(Nav::Elsewhere, texts::text(visitor.lang, "tokens.title")),
        tokens: web.app.tokens(&visitor.caller).await?,
        now: web.app.store().clock().now(),
        secret,
        form,
        problem: problem.map(Problem::into_document),
    };
    html_with(status, visitor.lang, &template)
}

#[cfg(test)]
pub(crate) mod tests {
    use hokan_domain::ids::PersonId;
    use uuid::Uuid;

    use super::*;
    use crate::store::tokens::TokenId;

    pub(crate) fn sample(page: Page) -> impl Template {
        let at = DateTime::from_timestamp(1_795_392_000, 0).unwrap();
        let token = |number, revoked| ApiToken {
            id: TokenId(Uuid::from_u128(number)),
            name: "電算室の出入口 <b>\"".to_owned(),
            owner: PersonId(Uuid::from_u128(1)),
            scopes: Scope::ALL.into(),
            created_at: at,
            expires_at: at + chrono::TimeDelta::days(300),
            last_used_at: Some(at),
            revoked_at: revoked,
        };
        let named = |token: ApiToken| (token, "佐藤 花子".to_owned());
        TokensPage {
            problem: Some(Problem::new(ProblemCode::TextEmpty, page.lang).with_field("name").into_document()),
            form: Form::filled(page.lang, &[("scope_read-register", "yes")]),
            page,
            tokens: vec![named(token(1, None)), named(token(2, Some(at)))],
            now: at,
            secret: Some("hkt_secret".to_owned()),
        }
    }
}
