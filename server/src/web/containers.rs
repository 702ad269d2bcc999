//! Containers that can be locked: what is in one, its lock, and opening it.

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use hokan_domain::{
    container::{ContainerAct, ContainerActKind},
    ids::ContainerId,
    text::Lang,
};
use hokan_mobile_api::{Problem, ProblemCode, wire::ContainerView};

use super::{
    Web,
    acting::{Acting, Acts, Closed},
    carry_outs::Arrival,
    error::Failed,
    form::Form,
    guard::Visitor,
    layout::{Nav, Page, html_with, percent_encoded},
};

#[derive(Template)]
#[template(path = "container.html")]
struct ContainerPage {
    page: Page,
    container: ContainerView,
    done: bool,
    acting: Acting,
}

impl Acts for ContainerPage {
    fn acting(&self) -> &Acting {
        &self.acting
    }

    fn target(&self) -> String {
        format!("/containers/{}/acts", self.container.id)
    }
}

impl ContainerPage {
    fn closed_all(&self) -> Vec<Closed> {
        self.closed(&ContainerActKind::ALL.map(ContainerActKind::code))
    }
}

/// The page.
pub(crate) async fn show(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
    Query(arrival): Query<Arrival>,
) -> Result<Response, Failed> {
    let id = container_id(&id, visitor.lang)?;
    container_page(&web, &visitor, id, arrival, None, Form::default()).await
}

/// Locks or opens it.
pub(crate) async fn act(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Failed> {
    let id = container_id(&id, visitor.lang)?;
    let outcome = async {
        let (event, act) = (form.event_id()?, read_act(&form, &visitor, &web)?);
        web.app.act_on_container(&visitor.caller, id, event, act).await
    };
    let outcome = Box::pin(outcome).await;
    let at_hand = form.raw("at_hand").to_owned();
    match outcome {
        Ok(_) => {
            let address = format!("/containers/{id}?done=yes&at_hand={}", percent_encoded(&at_hand));
            Ok(Redirect::to(&address).into_response())
        }
        Err(problem) if problem.is(ProblemCode::NotFound) => Err(problem.into()),
        Err(problem) => {
            let arrival = Arrival { at_hand, ..Arrival::default() };
            container_page(&web, &visitor, id, arrival, Some(problem), form.shown_again()).await
        }
    }
}

fn read_act(form: &Form, visitor: &Visitor, web: &Web) -> Result<ContainerAct, Problem> {
    let scan = || form.scan(visitor, web)?.ok_or_else(|| form.wrong("code", "error.scan_first"));
    Ok(match form.word("act", ContainerActKind::from_code)? {
        ContainerActKind::Lock => ContainerAct::Lock {
            number: form.lock("number")?,
            scan: scan()?,
            carry_out: form.optional_id("carry_out")?,
        },
        ContainerActKind::Open => {
            ContainerAct::Open { number_seen: form.lock("number_seen")?, scan: scan()? }
        }
    })
}

async fn container_page(
    web: &Web,
    visitor: &Visitor,
    id: ContainerId,
    arrival: Arrival,
    problem: Option<Problem>,
    form: Form,
) -> Result<Response, Failed> {
    let mut container = Box::pin(web.app.container(&visitor.caller, id)).await?;
    let status = problem.as_ref().map_or(StatusCode::OK, Problem::status_code);
    let page = visitor.page(Nav::CarryOuts, container.name.clone());
    let acts = std::mem::take(&mut container.acts);
    let fits = |label: &_| container.label.as_ref() == Some(label);
    let acting = Acting::after(acts, problem, form).with_seal(&arrival.at_hand, fits, visitor, web);
    html_with(status, visitor.lang, &ContainerPage { page, container, done: arrival.is_done(), acting })
}

fn container_id(text: &str, lang: Lang) -> Result<ContainerId, Problem> {
    text.parse().map_err(|_| Problem::new(ProblemCode::NotFound, lang))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn sample(page: Page, mut container: ContainerView) -> impl Template {
        let acts = std::mem::take(&mut container.acts);
        let problem = Problem::new(ProblemCode::TextEmpty, page.lang).with_field("number");
        let form = Form::filled(page.lang, &[("act", "lock")]);
        ContainerPage { page, container, done: true, acting: Acting::after(acts, Some(problem), form) }
    }
}
