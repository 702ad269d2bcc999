//! Carry-outs (持出し): what is on the road, what one is asked for with, and each step of one.

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use chrono::NaiveDate;
use hokan_domain::{
    carry_out::{CarryOutActKind, Opening},
    container::ContainerAct,
    event::{Scan, ScanMethod},
    ids::{CarryOutId, ContainerId, EventId, ItemId},
    place::Home,
    profile::{Channel, Direction, Field, Measure},
    text::Lang,
};
use hokan_mobile_api::{
    Problem, ProblemCode,
    request::{
        ActRequest, CarryOutActRequest, HomeRef, MAX_ITEMS, MAX_LEGAL_GROUND, MAX_NUMBER, MAX_TITLE,
        PlanRequest, Show,
    },
    wire::{
        CarryOutLine, CarryOutStepView, CarryOutView, ContainerView, ItemSummary, Named, OpenAct, Resolution,
        Stage,
    },
};
use serde::Deserialize;

use super::{
    Web,
    acting::{Acting, Acts, Closed},
    error::Failed,
    form::{Form, fresh_event_id},
    guard::Visitor,
    layout::{Nav, Page, html, html_with, percent_encoded},
    prove, texts,
};
use crate::app::PlanForm;

// ---------------------------------------------------------------------------------------------- the list

#[derive(Template)]
#[template(path = "carry_outs.html")]
struct CarryOutsPage {
    page: Page,
    lines: Vec<CarryOutLine>,
    all: bool,
}

/// Which of a list are asked for.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Shown {
    #[serde(default)]
    show: String,
}

impl Shown {
    /// Whether those that have ended are asked for, too.
    pub(crate) fn all(&self) -> bool {
        self.show == "all"
    }

    /// The same as the use cases want to know it.
    pub(crate) fn which(&self) -> Show {
        if self.all() { Show::All } else { Show::Open }
    }
}

/// The list.
pub(crate) async fn list(
    State(web): State<Web>,
    visitor: Visitor,
    Query(shown): Query<Shown>,
) -> Result<Response, Failed> {
    let lines = web.app.carry_outs(&visitor.caller, shown.which()).await?;
    let page = visitor.page(Nav::CarryOuts, texts::text(visitor.lang, "carry.title"));
    html(visitor.lang, &CarryOutsPage { page, lines, all: shown.all() })
}

// ---------------------------------------------------------------------------------------------- the plan

/// How a field of the plan is filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Input {
    Line(usize),
    Day,
    Choice,
    Tick,
}

/// A field of the plan, with what asks for it.
#[derive(Debug, Clone)]
struct PlanField {
    name: &'static str,
    label: String,
    input: Input,
    choices: Vec<Named>,
    /// The clauses that ask for it; empty where none does.
    asked: Vec<String>,
    /// Whether it must be there whatever else is chosen.
    must: bool,
}

impl PlanField {
    fn most(&self) -> usize {
        if let Input::Line(most) = self.input { most } else { 0 }
    }

    fn is_line(&self) -> bool {
        matches!(self.input, Input::Line(_))
    }

    fn is_day(&self) -> bool {
        self.input == Input::Day
    }

    fn is_choice(&self) -> bool {
        self.input == Input::Choice
    }
}

#[derive(Template)]
#[template(path = "carry_out_plan.html")]
struct PlanPage {
    page: Page,
    /// The carry-out that is amended; none while one is asked for.
    amends: Option<CarryOutId>,
    plan: PlanForm,
    /// What the caller has in hand and has not chosen.
    at_hand: Vec<ItemSummary>,
    containers: Vec<Named>,
    acting: Acting,
}

/// Here the page is one form, so what was typed is shown again whatever was pressed.
impl Acts for PlanPage {
    fn acting(&self) -> &Acting {
        &self.acting
    }

    fn target(&self) -> String {
        match &self.amends {
            Some(id) => format!("/carry-outs/{id}/amend"),
            None => "/carry-outs/new".to_owned(),
        }
    }

    fn tried(&self, _act: &str) -> bool {
        true
    }
}

impl PlanPage {
    fn lang(&self) -> Lang {
        self.page.lang
    }

    fn directions(&self) -> Vec<Named> {
        DIRECTIONS.map(|direction| Named::direction(direction, self.lang())).to_vec()
    }

    /// What asks for a field: itself, or a measure that it is the record of.
    fn asks(&self, field: Option<Field>, measure: Option<Measure>) -> (Vec<String>, bool) {
        let mut asked = Vec::new();
        let mut must = false;
        for known in self.plan.fields.iter().filter(|known| Some(known.field) == field) {
            match &known.ground {
                Some(ground) => {
                    let told = self.page.t1("carry.asked_with", "ground", &ground.name);
                    asked.push(format!("{told} {}", known.source));
                }
                None => {
                    must = true;
                    asked.push(known.source.clone());
                }
            }
        }
        let of_measure = |known: &&crate::app::AskedMeasures| {
            measure.is_some_and(|measure| known.any_of.contains(&measure))
        };
        for known in self.plan.measures.iter().filter(of_measure) {
            let told = if known.any_of.len() > 1 {
                self.page.t1("carry.one_of", "measures", &known.name)
            } else {
                known.name.clone()
            };
            asked.push(format!("{told} {}", known.source));
        }
        (asked, must)
    }

    fn fields(&self) -> Vec<PlanField> {
        let text = |key| self.page.t(key).into_owned();
        let plan = &self.plan;
        let line = Input::Line(MAX_TITLE);
        let rows = [
            ("ground", text("carry.ground"), Input::Choice, Some(Field::Ground), None, plan.grounds.clone()),
            ("counterparty", text("carry.counterparty"), line, Some(Field::Counterparty), None, vec![]),
            (
                "contract",
                text("carry.contract"),
                Input::Choice,
                Some(Field::Contract),
                None,
                plan.contracts.clone(),
            ),
            (
                "legal_ground",
                text("carry.legal_ground"),
                Input::Line(MAX_LEGAL_GROUND),
                Some(Field::LegalGround),
                None,
                vec![],
            ),
            ("due_back", text("carry.due_back"), Input::Day, Some(Field::DueBack), None, vec![]),
            (
                "container",
                text("carry.container"),
                Input::Choice,
                None,
                Some(Measure::LockedContainer),
                self.containers.clone(),
            ),
            ("packaging", text("carry.packaging"), line, None, Some(Measure::StrictPackaging), vec![]),
            ("transport", text("carry.transport"), line, Some(Field::Transport), None, vec![]),
            (
                "tracking",
                text("carry.tracking"),
                Input::Line(MAX_NUMBER),
                Some(Field::Tracking),
                Some(Measure::Traceable),
                vec![],
            ),
            ("route", text("carry.route"), line, Some(Field::Route), None, vec![]),
            ("sealed", text("carry.sealed"), Input::Tick, None, Some(Measure::Sealed), vec![]),
            ("masked", text("carry.masked"), Input::Tick, None, Some(Measure::Masked), vec![]),
            ("destination", text("carry.destination"), line, None, None, vec![]),
        ];
        let mut fields: Vec<PlanField> = rows
            .into_iter()
            .filter(|(_, _, input, _, _, choices)| *input != Input::Choice || !choices.is_empty())
            .map(|(name, label, input, field, measure, choices)| {
                let (asked, must) = self.asks(field, measure);
                PlanField { name, label, input, choices, asked, must }
            })
            .collect();
        if !plan.exempt.is_empty() {
            fields.push(PlanField {
                name: "exempt",
                label: text("carry.exempt"),
                input: Input::Choice,
                choices: plan.exempt.clone(),
                asked: Vec::new(),
                must: false,
            });
        }
        fields
    }

    /// The fields that the regulation asks for, each with its clause.
    fn asked_fields(&self) -> Vec<PlanField> {
        self.fields().into_iter().filter(|field| !field.asked.is_empty()).collect()
    }

    /// The others.
    fn other_fields(&self) -> Vec<PlanField> {
        self.fields().into_iter().filter(|field| field.asked.is_empty()).collect()
    }

    /// What is told by the items themselves, with the clause that asks for it.
    fn counted(&self) -> Vec<String> {
        let of_items = [Field::Kinds, Field::Quantity, Field::Records];
        let asked = self.plan.fields.iter().filter(|asked| of_items.contains(&asked.field));
        asked.map(|asked| format!("{} {}", asked.field.name(self.lang()), asked.source)).collect()
    }

    /// Measures that are recorded of each medium and not of the way it goes.
    fn of_media(&self) -> Vec<String> {
        let of_data = [Measure::Encryption, Measure::Password, Measure::KeyApart];
        let asked = self.plan.measures.iter();
        asked
            .filter(|asked| asked.any_of.iter().any(|measure| of_data.contains(measure)))
            .map(|asked| format!("{} {}", asked.name, asked.source))
            .collect()
    }

    /// Measures in whose place a reason can stand: the name of the field, and what is to be explained.
    fn excusable(&self) -> Vec<Named> {
        let asked = self.plan.measures.iter().filter(|asked| asked.reason_instead);
        asked
            .filter_map(|asked| {
                let measure = asked.any_of.first()?;
                Some(Named { code: instead_field(*measure), name: asked.name.clone() })
            })
            .collect()
    }

    fn is_chosen(&self, name: &str, value: impl AsRef<str>) -> bool {
        self.acting.form.chose(name, value.as_ref())
    }

    fn no_items(&self) -> bool {
        self.plan.items.is_empty()
    }
}

/// Every direction, in the order in which the form offers them.
const DIRECTIONS: [Direction; 3] = [Direction::Outside, Direction::Inside, Direction::Inbound];

/// Every channel.
const CHANNELS: [Channel; 3] = [Channel::Hand, Channel::Post, Channel::Transmission];

fn instead_field(measure: Measure) -> String {
    format!("instead-{}", measure.code())
}

fn direction(form: &Form) -> Option<Direction> {
    DIRECTIONS.into_iter().find(|direction| direction.code() == form.raw("direction"))
}

/// What a form of a carry-out was opened with.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Chosen {
    #[serde(default)]
    item: String,
}

/// The form for asking for a carry-out.
pub(crate) async fn plan(
    State(web): State<Web>,
    visitor: Visitor,
    Query(chosen): Query<Chosen>,
) -> Result<Response, Failed> {
    let mut fields = vec![("direction", "outside"), ("channel", "hand")];
    if chosen.item.parse::<ItemId>().is_ok() {
        fields.push(("items", chosen.item.as_str()));
    }
    let form = Form::filled(visitor.lang, &fields);
    plan_page(&web, &visitor, None, None, form).await
}

/// Asks for a carry-out, or puts one more label on its list.
pub(crate) async fn request(
    State(web): State<Web>,
    visitor: Visitor,
    form: Form,
) -> Result<Response, Failed> {
    if form.raw("do") != "ask" {
        return add_label(&web, &visitor, None, form).await;
    }
    let outcome = async {
        let (event, plan) = (form.event_id()?, read_plan(&form)?);
        web.app.request_carry_out(&visitor.caller, event, plan).await
    };
    match Box::pin(outcome).await {
        Ok(answer) => Ok(Redirect::to(&format!("{}?done=request", answer.carry_out.url)).into_response()),
        Err(problem) => plan_page(&web, &visitor, None, Some(problem), form.shown_again()).await,
    }
}

/// The form for amending a carry-out, filled in with what is planned.
pub(crate) async fn amending(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Failed> {
    let id = carry_out_id(&id, visitor.lang)?;
    let view = web.app.carry_out(&visitor.caller, id).await?;
    let form = filled(visitor.lang, &view);
    plan_page(&web, &visitor, Some(id), None, form).await
}

/// Amends a carry-out, or puts one more label on its list.
pub(crate) async fn amend(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Failed> {
    let id = carry_out_id(&id, visitor.lang)?;
    if form.raw("do") != "ask" {
        return add_label(&web, &visitor, Some(id), form).await;
    }
    let outcome = async {
        let (event, plan) = (form.event_id()?, Box::new(read_plan(&form)?));
        web.app.act_on_carry_out(&visitor.caller, id, event, CarryOutActRequest::Amend { plan }).await
    };
    match Box::pin(outcome).await {
        Ok(answer) => Ok(Redirect::to(&format!("{}?done=amend", answer.carry_out.url)).into_response()),
        Err(problem) if problem.is(ProblemCode::NotFound) => Err(problem.into()),
        Err(problem) => plan_page(&web, &visitor, Some(id), Some(problem), form.shown_again()).await,
    }
}

/// Puts what a label is on to the list: an item, or a container with all that is in it.
async fn add_label(
    web: &Web,
    visitor: &Visitor,
    amends: Option<CarryOutId>,
    mut form: Form,
) -> Result<Response, Failed> {
    let problem = if form.raw("code").trim().is_empty() {
        None
    } else {
        let found = async {
            let label = form.label("code")?;
            web.app.resolve(&visitor.caller, &label).await.map_err(|problem| problem.with_field("code"))
        };
        match found.await {
            Ok(Resolution::Item { item }) => {
                form.add("items", item.id.to_string());
                form.set("code", "");
                None
            }
            Ok(Resolution::Container { id, items, .. }) => {
                for item in items {
                    form.add("items", item.id.to_string());
                }
                form.set("container", id);
                form.set("code", "");
                None
            }
            Ok(_) => Some(form.wrong("code", "error.no_item")),
            Err(problem) => Some(problem),
        }
    };
    plan_page(web, visitor, amends, problem, form.shown_again()).await
}

async fn plan_page(
    web: &Web,
    visitor: &Visitor,
    amends: Option<CarryOutId>,
    problem: Option<Problem>,
    form: Form,
) -> Result<Response, Failed> {
    let caller = &visitor.caller;
    let ids: Vec<ItemId> = form.all("items").filter_map(|id| id.parse().ok()).take(MAX_ITEMS).collect();
    let whither = direction(&form).unwrap_or(Direction::Outside);
    let plan = web.app.plan_form(caller, &ids, whither).await?;
    let me = web.app.me(caller).await?;
    let at_hand = me.holding.into_iter().filter(|item| !ids.contains(&item.id)).collect();
    let directory = web.app.directory(caller).await?;
    let containers = directory.homes.iter().filter(|home| home.id.starts_with(ContainerId::PREFIX));
    let containers =
        containers.map(|home| Named { code: home.id.clone(), name: home.name.clone() }).collect();
    let status = problem.as_ref().map_or(StatusCode::OK, Problem::status_code);
    let title = if amends.is_some() { "carry.amend_title" } else { "carry.new" };
    let page = visitor.page(Nav::CarryOuts, texts::text(visitor.lang, title));
    let acting = Acting::after(Vec::new(), problem, form);
    html_with(status, visitor.lang, &PlanPage { page, amends, plan, at_hand, containers, acting })
}

fn read_plan(form: &Form) -> Result<PlanRequest, Problem> {
    let mut items: Vec<ItemId> = Vec::new();
    for item in form.ids::<ItemId>("items")? {
        if !items.contains(&item) {
            items.push(item);
        }
    }
    if items.is_empty() {
        return Err(form.wrong("code", "error.no_items"));
    }
    if items.len() > MAX_ITEMS {
        return Err(form.wrong("code", "error.too_many_items"));
    }
    let line = |name| form.optional_line(name, MAX_TITLE);
    let mut instead = Vec::new();
    for measure in Measure::ALL {
        if let Some(reason) = form.optional_note(&instead_field(measure))? {
            instead.push((measure, reason));
        }
    }
    Ok(PlanRequest {
        items,
        ground: form.optional_code("ground"),
        exempt: form.optional_code("exempt"),
        counterparty: line("counterparty")?,
        contract: form.optional_id("contract")?,
        legal_ground: form.optional_line("legal_ground", MAX_LEGAL_GROUND)?,
        direction: direction(form).ok_or_else(|| form.wrong("direction", "error.choose"))?,
        channel: form.word("channel", |code| {
            CHANNELS.into_iter().find(|channel| Named::channel(*channel, Lang::Ja).code == code)
        })?,
        destination: line("destination")?,
        transport: line("transport")?,
        tracking: form.optional_line("tracking", MAX_NUMBER)?,
        route: line("route")?,
        due_back: form.optional_day("due_back")?,
        for_good: form.ticked("for_good"),
        packaging: line("packaging")?,
        sealed: form.ticked("sealed"),
        masked: form.ticked("masked"),
        container: form.optional_id("container")?,
        instead,
    })
}

/// The form with what is planned.
fn filled(lang: Lang, view: &CarryOutView) -> Form {
    let plan = &view.plan;
    let mut form = Form::filled(lang, &[]);
    for item in &plan.items {
        form.add("items", item.id.to_string());
    }
    let day = |day: &NaiveDate| day.to_string();
    let code = |named: &Option<Named>| named.as_ref().map(|named| named.code.clone());
    let tick = |yes: bool| yes.then(|| "yes".to_owned());
    let values = [
        ("direction", Some(plan.direction.code.clone())),
        ("channel", Some(plan.channel.code.clone())),
        ("ground", code(&plan.ground)),
        ("exempt", code(&plan.exempt)),
        ("contract", code(&plan.contract)),
        ("counterparty", plan.counterparty.clone()),
        ("legal_ground", plan.legal_ground.clone()),
        ("destination", plan.destination.clone()),
        ("transport", plan.transport.clone()),
        ("tracking", plan.tracking.clone()),
        ("route", plan.route.clone()),
        ("due_back", plan.due_back.as_ref().map(day)),
        ("packaging", plan.packaging.clone()),
        ("container", plan.container.as_ref().map(|home| home.id.clone())),
        ("for_good", tick(plan.for_good)),
        ("sealed", tick(plan.sealed)),
        ("masked", tick(plan.masked)),
    ];
    for (name, value) in values {
        if let Some(value) = value {
            form.set(name, value);
        }
    }
    for excuse in &plan.instead {
        if let (Some(measure), Some(reason)) = (Measure::from_code(&excuse.measure.code), &excuse.reason) {
            form.set(&instead_field(measure), reason.clone());
        }
    }
    form
}

// ------------------------------------------------------------------------------------------- one of them

/// What is done on the page that is no act of the carry-out itself, but of an item or a container.
const PACK: &str = "pack";
const LOCK: &str = "lock";

#[derive(Template)]
#[template(path = "carry_out.html")]
struct CarryOutPage {
    page: Page,
    carry_out: CarryOutView,
    container: Option<ContainerView>,
    done: Option<String>,
    acting: Acting,
}

impl Acts for CarryOutPage {
    fn acting(&self) -> &Acting {
        &self.acting
    }

    fn target(&self) -> String {
        format!("/carry-outs/{}/acts", self.carry_out.id)
    }
}

impl CarryOutPage {
    fn closed_all(&self) -> Vec<Closed> {
        let codes: Vec<&str> = self.acting.acts.iter().map(|act| act.act.as_str()).collect();
        self.closed(&codes)
    }

    fn nothing_open(&self) -> bool {
        self.acting.acts.iter().all(|act| !act.open)
    }

    #[expect(clippy::unused_self, reason = "templates reach functions through the page")]
    fn step_class(&self, step: &CarryOutStepView) -> &'static str {
        match step.stage {
            Stage::Done => "done",
            Stage::Next => "next",
            Stage::Later => "later",
            Stage::Never => "never",
        }
    }

    /// Whether what is missing for a step is worth showing: of what comes next, and of the departure until
    /// then.
    #[expect(clippy::unused_self, reason = "templates reach functions through the page")]
    fn tells_missing(&self, step: &CarryOutStepView) -> bool {
        !step.missing.is_empty()
            && (step.stage == Stage::Next || (step.act.code == "depart" && step.stage == Stage::Later))
    }

    /// Whether an item lies in the container already.
    fn is_packed(&self, item: &ItemSummary) -> bool {
        self.container
            .as_ref()
            .is_some_and(|container| container.items.iter().any(|inside| inside.id == item.id))
    }

    fn is_locked(&self) -> bool {
        self.container.as_ref().is_some_and(|container| container.locked.is_some())
    }
}

/// What leads to the page of a carry-out.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Arrival {
    /// What was just done.
    #[serde(default)]
    pub(crate) done: String,
    /// The seal of a label that was just read.
    #[serde(default)]
    pub(crate) at_hand: String,
}

impl Arrival {
    /// Whether something was just done.
    pub(crate) fn is_done(&self) -> bool {
        !self.done.is_empty()
    }
}

/// The page of a carry-out.
pub(crate) async fn show(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
    Query(arrival): Query<Arrival>,
) -> Result<Response, Failed> {
    let id = carry_out_id(&id, visitor.lang)?;
    carry_out_page(&web, &visitor, id, arrival, None, Form::default()).await
}

/// Does an act.
pub(crate) async fn act(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Failed> {
    let id = carry_out_id(&id, visitor.lang)?;
    let outcome = Box::pin(do_act(&web, &visitor, id, &form)).await;
    let seal = form.raw("at_hand").to_owned();
    match outcome {
        Ok(()) => {
            let at_hand =
                if seal.is_empty() { String::new() } else { format!("&at_hand={}", percent_encoded(&seal)) };
            let done = percent_encoded(form.raw("act"));
            Ok(Redirect::to(&format!("/carry-outs/{id}?done={done}{at_hand}")).into_response())
        }
        Err(problem) if problem.is(ProblemCode::NotFound) => Err(problem.into()),
        Err(problem) if problem.is(ProblemCode::SecondFactorNeeded) => {
            prove::ask(&web, &visitor, &format!("/carry-outs/{id}/acts"), &form).await
        }
        Err(problem) => {
            let arrival = Arrival { at_hand: seal, ..Arrival::default() };
            carry_out_page(&web, &visitor, id, arrival, Some(problem), form.shown_again()).await
        }
    }
}

async fn do_act(web: &Web, visitor: &Visitor, id: CarryOutId, form: &Form) -> Result<(), Problem> {
    let event = form.event_id()?;
    let caller = &visitor.caller;
    match form.raw("act") {
        PACK => pack(web, visitor, id, event, form).await,
        LOCK => {
            let container = container_of(web, visitor, id, form).await?;
            let act = ContainerAct::Lock {
                number: form.lock("number")?,
                scan: form.scan(visitor, web)?.ok_or_else(|| form.wrong("code", "error.scan_first"))?,
                carry_out: Some(id),
            };
            web.app.act_on_container(caller, container, event, act).await.map(drop)
        }
        _ => {
            let act = read_act(form, visitor, web)?;
            web.app.act_on_carry_out(caller, id, event, act).await.map(drop)
        }
    }
}

async fn container_of(
    web: &Web,
    visitor: &Visitor,
    id: CarryOutId,
    form: &Form,
) -> Result<ContainerId, Problem> {
    let planned = web.app.carry_out(&visitor.caller, id).await?.plan.container;
    let planned = planned.and_then(|home| home.id.parse().ok());
    planned.ok_or_else(|| form.wrong("act", "error.reload"))
}

/// Puts an item into the container of the carry-out.
async fn pack(
    web: &Web,
    visitor: &Visitor,
    id: CarryOutId,
    event: EventId,
    form: &Form,
) -> Result<(), Problem> {
    let container = container_of(web, visitor, id, form).await?;
    let scan = form.scan(visitor, web)?.ok_or_else(|| form.wrong("code", "error.scan_first"))?;
    let found = web.app.resolve(&visitor.caller, &scan.label).await;
    match found.map_err(|problem| problem.with_field("code"))? {
        Resolution::Item { item } => {
            let home = HomeRef::Id(Home::Container(container));
            let act = ActRequest::PutAway { home, scan };
            web.app.act(&visitor.caller, item.id, event, act).await.map(drop)
        }
        _ => Err(form.wrong("code", "error.no_item")),
    }
}

fn read_act(form: &Form, visitor: &Visitor, web: &Web) -> Result<CarryOutActRequest, Problem> {
    let kind = form.word("act", CarryOutActKind::from_code)?;
    Ok(match kind {
        CarryOutActKind::Approve => {
            CarryOutActRequest::Approve { role: None, note: form.optional_note("note")? }
        }
        CarryOutActKind::TurnDown => CarryOutActRequest::TurnDown { reason: form.note("reason")? },
        CarryOutActKind::Withdraw => CarryOutActRequest::Withdraw,
        CarryOutActKind::Depart => CarryOutActRequest::Depart { scan: form.scan(visitor, web)? },
        CarryOutActKind::Arrive => CarryOutActRequest::Arrive {
            lock_seen: form.optional_lock("lock_seen")?,
            receipt: form.optional_line("receipt", MAX_TITLE)?,
        },
        CarryOutActKind::Unpack => {
            let method = ScanMethod::Typed;
            let found = form.labels("found")?.into_iter().map(|label| Scan { label, method }).collect();
            let opened = match form.optional_lock("number_seen")? {
                Some(number_seen) => {
                    let label = form.label("container_code")?;
                    Some(Opening { number_seen, scan: Scan { label, method } })
                }
                None => None,
            };
            CarryOutActRequest::Unpack { found, opened, more_to_come: form.ticked("more_to_come") }
        }
        CarryOutActKind::Deliver => CarryOutActRequest::Deliver { receipt: form.line("receipt", MAX_TITLE)? },
        CarryOutActKind::Close => CarryOutActRequest::Close,
        // These have a form of their own, with the whole plan.
        CarryOutActKind::Request | CarryOutActKind::Amend => return Err(form.wrong("act", "error.reload")),
    })
}

async fn carry_out_page(
    web: &Web,
    visitor: &Visitor,
    id: CarryOutId,
    arrival: Arrival,
    problem: Option<Problem>,
    form: Form,
) -> Result<Response, Failed> {
    let lang = visitor.lang;
    let mut carry_out = Box::pin(web.app.carry_out(&visitor.caller, id)).await?;
    let container = match carry_out.plan.container.as_ref().and_then(|home| home.id.parse().ok()) {
        Some(container) => Some(web.app.container(&visitor.caller, container).await?),
        None => None,
    };
    let mut acts = std::mem::take(&mut carry_out.acts);
    add_packing(&mut acts, &carry_out, container.as_ref(), lang);
    let status = problem.as_ref().map_or(StatusCode::OK, Problem::status_code);
    let page = visitor.page(Nav::CarryOuts, carry_out.sentence.clone());
    let done = acts.iter().find(|act| act.act == arrival.done).map(|act| act.name.clone());
    // What was just done may be closed by now, and these are no acts of the carry-out itself.
    let done = done.or_else(|| {
        let key = match arrival.done.as_str() {
            "request" => "carry.new",
            PACK => "carry.pack",
            LOCK => "carry.lock",
            _ => return None,
        };
        Some(texts::text(lang, key).into_owned())
    });
    let fits = |label: &_| {
        carry_out.plan.items.iter().any(|item| item.code == *label)
            || container.as_ref().is_some_and(|container| container.label.as_ref() == Some(label))
    };
    let acting = Acting::after(acts, problem, form).with_seal(&arrival.at_hand, fits, visitor, web);
    html_with(status, lang, &CarryOutPage { page, carry_out, container, done, acting })
}

/// Packing and locking, while something is to be packed: they are acts of an item and of the container.
fn add_packing(
    acts: &mut Vec<OpenAct>,
    carry_out: &CarryOutView,
    container: Option<&ContainerView>,
    lang: Lang,
) {
    let waits = ["requested", "granted"].contains(&carry_out.state.code.as_str());
    let Some(container) = container.filter(|_| waits) else { return };
    let inside = |item: &ItemSummary| container.items.iter().any(|known| known.id == item.id);
    let whole = carry_out.plan.items.iter().all(inside);
    if container.locked.is_none() && !whole {
        let name = texts::text(lang, "carry.pack").into_owned();
        acts.push(OpenAct { act: PACK.to_owned(), name, open: true, reason: None });
    }
    if let Some(lock) = container.acts.iter().find(|act| act.act == LOCK)
        && container.locked.is_none()
    {
        let name = texts::text(lang, "carry.lock").into_owned();
        acts.push(OpenAct { name, ..lock.clone() });
    }
}

fn carry_out_id(text: &str, lang: Lang) -> Result<CarryOutId, Problem> {
    text.parse().map_err(|_| Problem::new(ProblemCode::NotFound, lang))
}

/// A fresh id where a form is shown for the first time, otherwise the one that it had.
impl PlanPage {
    fn request_id(&self) -> String {
        let used_up = self.problem().is_some_and(|no| no.code == ProblemCode::EventIdReused.code());
        let kept = self.acting.form.raw("event_id");
        if kept.is_empty() || used_up { fresh_event_id() } else { kept.to_owned() }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn sample_list(page: Page, line: CarryOutLine) -> impl Template {
        CarryOutsPage { page, lines: vec![line], all: false }
    }

    pub(crate) fn sample_plan(page: Page, plan: PlanForm, item: ItemSummary) -> impl Template {
        let problem = Problem::new(ProblemCode::TextEmpty, page.lang).with_field("counterparty");
        let form = Form::filled(page.lang, &[("direction", "outside"), ("code", "JPJT")]);
        let containers = vec![Named { code: "con_1".to_owned(), name: "搬送ケース1".to_owned() }];
        let acting = Acting::after(Vec::new(), Some(problem), form);
        PlanPage { page, amends: None, plan, at_hand: vec![item], containers, acting }
    }

    pub(crate) fn sample(page: Page, mut carry_out: CarryOutView, container: ContainerView) -> impl Template {
        let mut acts = std::mem::take(&mut carry_out.acts);
        add_packing(&mut acts, &carry_out, Some(&container), page.lang);
        let problem = Problem::new(ProblemCode::TextEmpty, page.lang).with_field("reason");
        let form = Form::filled(page.lang, &[("act", "turn-down")]);
        let done = Some("承認する".to_owned());
        let acting = Acting::after(acts, Some(problem), form);
        CarryOutPage { page, carry_out, container: Some(container), done, acting }
    }

    #[test]
    fn what_is_planned_comes_back_from_its_form() {
        let form = Form::filled(
            Lang::Ja,
            &[
                ("items", "itm_00000000000000000000000000000001"),
                ("items", "itm_00000000000000000000000000000001"),
                ("direction", "outside"),
                ("channel", "post"),
                ("counterparty", "連合会"),
                ("sealed", "yes"),
                ("instead-traceable", "手渡しのため"),
            ],
        );
        let plan = read_plan(&form).unwrap();
        assert_eq!(plan.items.len(), 1, "each once");
        assert_eq!((plan.direction, plan.channel), (Direction::Outside, Channel::Post));
        assert!(plan.sealed && !plan.masked);
        assert_eq!(plan.instead.len(), 1);
        let none = Form::filled(Lang::Ja, &[("direction", "outside"), ("channel", "hand")]);
        assert_eq!(read_plan(&none).unwrap_err().field.as_deref(), Some("code"));
    }
}
