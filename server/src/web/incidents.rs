//! Incidents (事故・事案・兆候): reported, told along the chain, dealt with, closed.

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use hokan_domain::{
    event::{Scan, ScanMethod},
    ids::{IncidentId, ItemId},
    incident::{IncidentActKind, IncidentKind},
    label::LabelId,
    profile::Gravity,
    text::Lang,
};
use hokan_mobile_api::{
    Problem, ProblemCode,
    request::{IncidentActRequest, MAX_ITEMS, OpenIncidentRequest},
    wire::{IncidentLine, IncidentView, ItemCard, Named, ReportStepView, Resolution},
};
use serde::Deserialize;

use super::{
    Web,
    acting::{Acting, Acts, Closed},
    carry_outs::Shown,
    error::Failed,
    form::Form,
    guard::Visitor,
    layout::{Nav, Page, html, html_with, percent_encoded},
    prove, texts,
};

#[derive(Template)]
#[template(path = "incidents.html")]
struct IncidentsPage {
    page: Page,
    lines: Vec<IncidentLine>,
    all: bool,
}

/// The list.
pub(crate) async fn list(
    State(web): State<Web>,
    visitor: Visitor,
    Query(shown): Query<Shown>,
) -> Result<Response, Failed> {
    let lines = web.app.incidents(&visitor.caller, shown.which()).await?;
    let page = visitor.page(Nav::Menu, texts::text(visitor.lang, "incident.title"));
    html(visitor.lang, &IncidentsPage { page, lines, all: shown.all() })
}

// -------------------------------------------------------------------------------------------- reporting one

#[derive(Template)]
#[template(path = "incident_new.html")]
struct ReportPage {
    page: Page,
    items: Vec<Named>,
    divisions: Vec<Named>,
    acting: Acting,
}

impl Acts for ReportPage {
    fn acting(&self) -> &Acting {
        &self.acting
    }

    fn target(&self) -> String {
        "/incidents/new".to_owned()
    }
}

fn kinds(lang: Lang) -> Vec<Named> {
    let named = |kind: IncidentKind| Named { code: kind.code().to_owned(), name: kind.name(lang).to_owned() };
    IncidentKind::ALL.map(named).to_vec()
}

fn gravities(lang: Lang) -> Vec<Named> {
    let named = |one: Gravity| Named { code: one.code().to_owned(), name: one.name(lang).to_owned() };
    Gravity::ALL.map(named).to_vec()
}

impl ReportPage {
    fn kinds(&self) -> Vec<Named> {
        kinds(self.page.lang)
    }

    fn gravities(&self) -> Vec<Named> {
        gravities(self.page.lang)
    }

    fn divisions(&self) -> Vec<Named> {
        self.divisions.clone()
    }
}

/// What the form was opened with.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Chosen {
    #[serde(default)]
    item: String,
}

/// The form for reporting one.
pub(crate) async fn report_form(
    State(web): State<Web>,
    visitor: Visitor,
    Query(chosen): Query<Chosen>,
) -> Result<Response, Failed> {
    let form = Form::filled(visitor.lang, &[("items", &chosen.item)]);
    report_page(&web, &visitor, None, form).await
}

/// Reports one.
pub(crate) async fn report(State(web): State<Web>, visitor: Visitor, form: Form) -> Result<Response, Failed> {
    let outcome = async {
        let (event, request) = (form.event_id()?, read_report(&form, &visitor, &web).await?);
        web.app.open_incident(&visitor.caller, event, request).await
    };
    match Box::pin(outcome).await {
        Ok(answer) => Ok(Redirect::to(&format!("{}?done=yes", answer.incident.url)).into_response()),
        Err(problem) => report_page(&web, &visitor, Some(problem), form.shown_again()).await,
    }
}

/// The item that a label is on.
async fn item_of(
    web: &Web,
    visitor: &Visitor,
    label: &LabelId,
    form: &Form,
    field: &str,
) -> Result<Box<ItemCard>, Problem> {
    match web.app.resolve(&visitor.caller, label).await.map_err(|problem| problem.with_field(field))? {
        Resolution::Item { item } => Ok(item),
        _ => Err(form.wrong(field, "error.no_item")),
    }
}

async fn read_report(form: &Form, visitor: &Visitor, web: &Web) -> Result<OpenIncidentRequest, Problem> {
    let mut items = form.ids::<ItemId>("items")?;
    for label in form.labels("labels")? {
        let item = item_of(web, visitor, &label, form, "labels").await?.id;
        if !items.contains(&item) {
            items.push(item);
        }
    }
    if items.len() > MAX_ITEMS {
        return Err(form.wrong("labels", "error.too_many_items"));
    }
    Ok(OpenIncidentRequest {
        kind: form.word("kind", IncidentKind::from_code)?,
        gravity: form.word("gravity", Gravity::from_code)?,
        known_on: form.optional_day("known_on")?,
        division: form.optional_id("division")?,
        content: form.optional_statement("content")?,
        attack: form.ticked("attack"),
        malicious: form.ticked("malicious"),
        items,
    })
}

async fn report_page(
    web: &Web,
    visitor: &Visitor,
    problem: Option<Problem>,
    form: Form,
) -> Result<Response, Failed> {
    let directory = web.app.directory(&visitor.caller).await?;
    let mut items = Vec::new();
    for id in form.all("items").filter_map(|id| id.parse::<ItemId>().ok()).take(MAX_ITEMS) {
        let item = web.app.item(&visitor.caller, id).await?;
        items.push(Named { code: id.to_string(), name: item.title });
    }
    let status = problem.as_ref().map_or(StatusCode::OK, Problem::status_code);
    let page = visitor.page(Nav::Menu, texts::text(visitor.lang, "incident.new"));
    let acting = Acting::after(Vec::new(), problem, form);
    let divisions = directory.choices.divisions;
    html_with(status, visitor.lang, &ReportPage { page, items, divisions, acting })
}

// ------------------------------------------------------------------------------------------- one of them

#[derive(Template)]
#[template(path = "incident.html")]
struct IncidentPage {
    page: Page,
    incident: IncidentView,
    done: bool,
    acting: Acting,
}

impl Acts for IncidentPage {
    fn acting(&self) -> &Acting {
        &self.acting
    }

    fn target(&self) -> String {
        format!("/incidents/{}/acts", self.incident.id)
    }
}

impl IncidentPage {
    fn closed_all(&self) -> Vec<Closed> {
        self.closed(&IncidentActKind::ALL.map(IncidentActKind::code))
    }

    fn gravities(&self) -> Vec<Named> {
        gravities(self.page.lang)
    }

    /// Whether everything that it is about could be read by nobody.
    fn all_encrypted(&self) -> bool {
        !self.incident.items.is_empty() && self.incident.items.iter().all(|lost| lost.was_encrypted)
    }

    #[expect(clippy::unused_self, reason = "templates reach functions through the page")]
    fn step_class(&self, step: &ReportStepView) -> &'static str {
        match step {
            step if step.told.is_some() => "done",
            step if step.left_out.is_some() => "never",
            step if step.overdue => "late",
            _ => "next",
        }
    }

    /// Whether a step can be judged not to be needed.
    fn may_leave_out(&self, step: &ReportStepView) -> bool {
        step.as_needed && step.told.is_none() && step.left_out.is_none() && self.is_open("leave-out")
    }

    fn tried_step(&self, act: &str, step: &ReportStepView) -> bool {
        self.chose(act, "step", &step.step.code)
    }
}

/// The page of an incident.
pub(crate) async fn show(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
    Query(arrival): Query<super::carry_outs::Arrival>,
) -> Result<Response, Failed> {
    let id = incident_id(&id, visitor.lang)?;
    incident_page(&web, &visitor, id, arrival.is_done(), None, Form::default()).await
}

/// Does an act.
pub(crate) async fn act(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Failed> {
    let id = incident_id(&id, visitor.lang)?;
    let outcome = async {
        let (event, act) = (form.event_id()?, read_act(&form, &visitor, &web).await?);
        web.app.act_on_incident(&visitor.caller, id, event, act).await
    };
    match Box::pin(outcome).await {
        Ok(_) => Ok(Redirect::to(&format!("/incidents/{id}?done={}", percent_encoded(form.raw("act"))))
            .into_response()),
        Err(problem) if problem.is(ProblemCode::NotFound) => Err(problem.into()),
        Err(problem) if problem.is(ProblemCode::SecondFactorNeeded) => {
            prove::ask(&web, &visitor, &format!("/incidents/{id}/acts"), &form).await
        }
        Err(problem) => incident_page(&web, &visitor, id, false, Some(problem), form.shown_again()).await,
    }
}

async fn read_act(form: &Form, visitor: &Visitor, web: &Web) -> Result<IncidentActRequest, Problem> {
    let step = || form.optional_code("step").ok_or_else(|| form.wrong("step", "error.reload"));
    Ok(match form.word("act", IncidentActKind::from_code)? {
        IncidentActKind::Tell => IncidentActRequest::Tell {
            step: step()?,
            at: form.optional_moment("at")?,
            note: form.optional_note("note")?,
        },
        IncidentActKind::LeaveOut => {
            IncidentActRequest::LeaveOut { step: step()?, reason: form.note("reason")? }
        }
        IncidentActKind::Contain => IncidentActRequest::Contain { measure: form.statement("text")? },
        IncidentActKind::Instruct => IncidentActRequest::Instruct { instruction: form.statement("text")? },
        IncidentActKind::AddItem => {
            let scan = Scan { label: form.label("code")?, method: ScanMethod::Typed };
            let item = item_of(web, visitor, &scan.label, form, "code").await?.id;
            IncidentActRequest::AddItem { item }
        }
        IncidentActKind::SetGravity => IncidentActRequest::SetGravity {
            gravity: form.word("gravity", Gravity::from_code)?,
            attack: form.ticked("attack"),
            malicious: form.ticked("malicious"),
            reason: form.optional_statement("reason")?,
        },
        IncidentActKind::StateContent => {
            IncidentActRequest::StateContent { content: form.statement("text")? }
        }
        IncidentActKind::StateCause => IncidentActRequest::StateCause { cause: form.statement("text")? },
        IncidentActKind::StateDamage => IncidentActRequest::StateDamage { damage: form.statement("text")? },
        IncidentActKind::StatePrevention => {
            IncidentActRequest::StatePrevention { prevention: form.statement("text")? }
        }
        IncidentActKind::Count => IncidentActRequest::Count { persons: form.number("persons")? },
        IncidentActKind::Publish => {
            IncidentActRequest::Publish { on: form.day("on")?, note: form.optional_note("note")? }
        }
        IncidentActKind::NotifyPerson => IncidentActRequest::NotifyPerson {
            persons: form.number("persons")?,
            note: form.optional_note("note")?,
        },
        IncidentActKind::ApproveClosing => IncidentActRequest::ApproveClosing,
        IncidentActKind::Close => IncidentActRequest::Close,
        IncidentActKind::Reopen => IncidentActRequest::Reopen { reason: form.note("reason")? },
    })
}

async fn incident_page(
    web: &Web,
    visitor: &Visitor,
    id: IncidentId,
    done: bool,
    problem: Option<Problem>,
    form: Form,
) -> Result<Response, Failed> {
    let mut incident = web.app.incident(&visitor.caller, id).await?;
    let status = problem.as_ref().map_or(StatusCode::OK, Problem::status_code);
    let page = visitor.page(Nav::Menu, incident.kind.name.clone());
    let acting = Acting::after(std::mem::take(&mut incident.acts), problem, form);
    html_with(status, visitor.lang, &IncidentPage { page, incident, done, acting })
}

fn incident_id(text: &str, lang: Lang) -> Result<IncidentId, Problem> {
    text.parse().map_err(|_| Problem::new(ProblemCode::NotFound, lang))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn sample_list(page: Page, line: IncidentLine) -> impl Template {
        IncidentsPage { page, lines: vec![line], all: true }
    }

    pub(crate) fn sample_new(page: Page, division: Named) -> impl Template {
        let form = Form::filled(page.lang, &[("act", "report"), ("kind", "loss")]);
        let problem = Problem::new(ProblemCode::TextEmpty, page.lang).with_field("content");
        let items = vec![Named { code: "itm_1".to_owned(), name: "USB <3>".to_owned() }];
        let acting = Acting::after(Vec::new(), Some(problem), form);
        ReportPage { page, items, divisions: vec![division], acting }
    }

    pub(crate) fn sample(page: Page, mut incident: IncidentView) -> impl Template {
        let form = Form::filled(page.lang, &[("act", "tell"), ("step", "to-officer")]);
        let problem = Problem::new(ProblemCode::TextEmpty, page.lang).with_field("note");
        let acting = Acting::after(std::mem::take(&mut incident.acts), Some(problem), form);
        IncidentPage { page, incident, done: true, acting }
    }
}
