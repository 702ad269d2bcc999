//! The trail: its lines, what looks wrong in it, and signing off that it was looked through.

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use chrono::NaiveDate;
use hokan_domain::{ids::SuspicionId, japan_date::jst_date};
use hokan_mobile_api::{Problem, ProblemCode, ProblemDocument, request::MAX_NOTE};
use serde::Deserialize;

use super::{
    Web,
    error::Failed,
    form::{Form, fresh_event_id},
    guard::Visitor,
    layout::{Nav, Page, html_with, percent_encoded},
    texts,
};
use crate::{
    app::trail::{PAGE, TrailLineView, TrailStatus, place_from},
    store::trail::TrailQuery,
};

/// Which lines are to be shown.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    act: String,
    #[serde(default)]
    after: String,
}

impl Asked {
    fn query(&self) -> TrailQuery {
        let day = |text: &str| text.parse::<NaiveDate>().ok();
        let act = self.act.trim();
        TrailQuery {
            from: day(&self.from),
            to: day(&self.to),
            actor: None,
            act: (!act.is_empty()).then(|| act.to_owned()),
            before: place_from(&self.after),
        }
    }
}

#[derive(Template)]
#[template(path = "trail.html")]
struct TrailPage {
    page: Page,
    status: TrailStatus,
    lines: Vec<TrailLineView>,
    asked: Asked,
    problem: Option<ProblemDocument>,
    form: Form,
    /// The days that a review is proposed for: from the day after the last one to yesterday.
    proposed: (NaiveDate, NaiveDate),
}

impl TrailPage {
    /// Each form is an act of its own.
    #[expect(clippy::unused_self, reason = "templates reach functions through the page")]
    fn event(&self) -> String {
        fresh_event_id()
    }

    fn next(&self) -> Option<String> {
        let last = self.lines.last().filter(|_| self.lines.len() as u64 == PAGE)?;
        let Asked { from, to, act, .. } = &self.asked;
        let act = percent_encoded(act);
        Some(format!("/trail?from={from}&to={to}&act={act}&after={}#lines", last.place))
    }
}

/// The page.
pub(crate) async fn show(
    State(web): State<Web>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Failed> {
    trail_page(&web, &visitor, asked, None, Form::default()).await
}

/// Signs a review off.
pub(crate) async fn review(State(web): State<Web>, visitor: Visitor, form: Form) -> Result<Response, Failed> {
    let read = || {
        let day = |name: &str| form.optional_day(name)?.ok_or_else(|| form.wrong(name, "error.day"));
        Ok((form.event_id()?, (day("from")?, day("to")?), form.line("note", MAX_NOTE)?))
    };
    let outcome = match read() {
        Ok((event, days, note)) => web.app.review_trail(&visitor.caller, event, days, note).await.map(drop),
        Err(problem) => Err(problem),
    };
    answer(&web, &visitor, form, outcome).await
}

/// Settles what looked wrong.
pub(crate) async fn settle(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Failed> {
    let id: SuspicionId =
        id.parse().map_err(|_| Failed::from(Problem::new(ProblemCode::NotFound, visitor.lang)))?;
    let outcome = match form.event_id().and_then(|event| Ok((event, form.line("reason", MAX_NOTE)?))) {
        Ok((event, reason)) => web.app.settle_suspicion(&visitor.caller, id, event, reason).await.map(drop),
        Err(problem) => Err(problem),
    };
    answer(&web, &visitor, form, outcome).await
}

async fn answer(
    web: &Web,
    visitor: &Visitor,
    form: Form,
    outcome: Result<(), Problem>,
) -> Result<Response, Failed> {
    match outcome {
        Ok(()) => Ok(Redirect::to("/trail").into_response()),
        Err(problem) => trail_page(web, visitor, Asked::default(), Some(problem), form.shown_again()).await,
    }
}

async fn trail_page(
    web: &Web,
    visitor: &Visitor,
    asked: Asked,
    problem: Option<Problem>,
    form: Form,
) -> Result<Response, Failed> {
    let lines = web.app.trail(&visitor.caller, &asked.query()).await?;
    let status = web.app.trail_status(&visitor.caller).await?;
    let store = web.app.store();
    let now = store.clock().now();
    let yesterday = jst_date(now).pred_opt().unwrap_or_default();
    let after_last = status.reviews.iter().map(|review| review.to).max().and_then(|day| day.succ_opt());
    let since = after_last.unwrap_or_else(|| yesterday - chrono::Days::new(29)).min(yesterday);
    let code = problem.as_ref().map_or(StatusCode::OK, Problem::status_code);
    let page = visitor.page(Nav::Ledger, texts::text(visitor.lang, "trail.title"));
    let page = TrailPage {
        page,
        status,
        lines,
        asked,
        problem: problem.map(Problem::into_document),
        form,
        proposed: (since, yesterday),
    };
    html_with(code, visitor.lang, &page)
}

#[cfg(test)]
pub(crate) mod tests {
    use hokan_domain::{
        ids::{PersonId, TrailReviewId},
        watch::{Limits, Rule},
    };
    use hokan_mobile_api::wire::{Named, PersonView};
    use uuid::Uuid;

    use super::*;
    use crate::app::trail::{ReviewView, RuleView, SuspicionView};

    pub(crate) fn sample(page: Page) -> impl Template {
        let lang = page.lang;
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let moment = chrono::DateTime::from_timestamp(1_795_392_000, 0).unwrap();
        let who = PersonView { id: PersonId(Uuid::from_u128(1)), name: "佐藤 花子 <b>".to_owned() };
        let named = |rule: Rule| Named { code: rule.code().to_owned(), name: rule.name(lang).to_owned() };
        let suspicion = |number, settled: bool| SuspicionView {
            id: SuspicionId(Uuid::from_u128(number)),
            rule: named(Rule::Night),
            person: Some(who.clone()),
            count: 7,
            when: "2026-11-23 22:10 – 2026-11-23 23:40".to_owned(),
            raised_at: moment,
            settled_by: settled.then(|| who.clone()),
            reason: settled.then(|| "棚卸の残業".to_owned()),
        };
        let limits = Limits::default();
        let rules =
            Rule::ALL.map(|rule| RuleView { rule: named(rule), sentence: rule.sentence(&limits, lang) });
        let status = TrailStatus {
            years: 7,
            source: "第9条の3".to_owned(),
            keep_from: day("2019-11-24"),
            sealed_to: Some(day("2026-11-22")),
            review_due: Some(day("2026-12-31")),
            review_source: Some("第14条第1項".to_owned()),
            suspicions: vec![suspicion(1, false), suspicion(2, true)],
            reviews: vec![ReviewView {
                id: TrailReviewId(Uuid::from_u128(3)),
                at: moment,
                by: who.clone(),
                from: day("2026-10-01"),
                to: day("2026-10-31"),
                lines: 1_234,
                open: 0,
                note: "異常なし".to_owned(),
            }],
            rules: rules.into(),
            limits,
        };
        let line = TrailLineView {
            place: "1_2".to_owned(),
            at: moment,
            at_text: "2026-11-23 09:00".to_owned(),
            actor: Some(who),
            act: "refused".to_owned(),
            subject: "itm_1".to_owned(),
            detail: "not-designated".to_owned(),
        };
        let problem = Problem::new(ProblemCode::BadRequestBody, lang).into_document();
        TrailPage {
            page,
            status,
            lines: vec![line],
            asked: Asked::default(),
            problem: Some(problem),
            form: Form::default(),
            proposed: (day("2026-11-01"), day("2026-11-22")),
        }
    }
}
