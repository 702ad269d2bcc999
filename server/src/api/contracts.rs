//! The routes of contracts with contractors.

use axum::Json;
use chrono::NaiveDate;
use hokan_domain::{
    contract::ContractActKind,
    ids::{ContractId, EventId},
    text::Lang,
};
use hokan_mobile_api::{
    Problem, ProblemCode, ProblemDocument,
    problem::MEDIA_TYPE,
    request::{Body, BodyFields, FromBody, MAX_NOTE, MAX_STATEMENT, MAX_TITLE, Show},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Unforeseen,
    guard::{Desk, Segment},
    query::Query,
};
use crate::app::contracts::{ContractActRequest, ContractAnswer, ContractLine, ContractView, DraftRequest};

/// How an act can end other than well, for the document.
#[derive(utoipa::IntoResponses)]
#[expect(dead_code, reason = "only its description is used")]
enum ActProblems {
    /// A refusal about who asks
    #[response(status = 403, content_type = "application/problem+json")]
    Authority(ProblemDocument),
    /// `not-found`
    #[response(status = 404, content_type = "application/problem+json")]
    Unknown(ProblemDocument),
    /// A refusal about the state of things, or `event-id-reused`
    #[response(status = 409, content_type = "application/problem+json")]
    State(ProblemDocument),
    /// `bad-request-body`, `personal-number-in-text` and others that name a `field`
    #[response(status = 422, content_type = "application/problem+json")]
    Body(ProblemDocument),
}

/// A contract to prepare.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its description is used")]
pub(crate) struct DraftContractBody {
    /// An id for this act, a UUID or `evt_…`. The contract bears the same with `ctr_`.
    event_id: String,
    /// With whom.
    contractor: String,
    /// About what.
    subject: String,
    /// The first day on which it is to be in force.
    from: NaiveDate,
    /// The last day; none where it has no end.
    to: Option<NaiveDate>,
    /// The division that entrusts: `div_…`.
    division: Option<String>,
}

/// The body of a draft.
pub(crate) struct Draft {
    event: EventId,
    request: DraftRequest,
}

impl FromBody for Draft {
    const LIMIT: usize = 32 * 1024;

    fn from_body(text: &str, lang: Lang) -> Result<Self, Problem> {
        let mut fields = BodyFields::parse(text, lang)?;
        let event = fields.event_id()?;
        let request = DraftRequest {
            contractor: fields.line("contractor", MAX_TITLE)?,
            subject: fields.line("subject", MAX_TITLE)?,
            from: fields.date("from")?,
            to: fields.optional_date("to")?,
            division: fields.optional_id("division", &["div_"])?,
        };
        fields.finish()?;
        Ok(Self { event, request })
    }
}

/// An act on a contract: `act` with the fields that go with it, and no others.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its description is used")]
pub(crate) struct ContractActBody {
    /// An id for this act, a UUID or `evt_…`.
    event_id: String,
    /// `propose`, `approve`, `turn-down`, `tick-clause`, `strike-clause`, `confirm`, `strike-confirmation`,
    /// `activate`, `conclude-memorandum`, `ask-subcontract`, `approve-subcontract`, `turn-down-subcontract` or
    /// `end`.
    #[schema(example = "tick-clause")]
    act: String,
    /// `propose`: what is entrusted.
    content: Option<String>,
    /// `propose`, `turn-down`, `ask-subcontract`, `turn-down-subcontract`, `end`: why.
    reason: Option<String>,
    /// `propose`: how the data is protected.
    protection: Option<String>,
    /// `approve`, `approve-subcontract`: a word with it.
    note: Option<String>,
    /// `tick-clause`, `strike-clause`: which, as the profile names it.
    clause: Option<String>,
    /// `tick-clause`: the page or article that has it.
    page: Option<String>,
    /// `confirm`, `strike-confirmation`: which, as the profile names it.
    confirmation: Option<String>,
    /// `confirm`: the paper, or why there is nothing to confirm.
    evidence: Option<String>,
    /// `conclude-memorandum`, `end`: the day.
    on: Option<NaiveDate>,
    /// `conclude-memorandum`: how media are handed over and taken back.
    procedure: Option<String>,
    /// `conclude-memorandum`: how they travel.
    transport: Option<String>,
    /// `conclude-memorandum`: by which route.
    route: Option<String>,
    /// `conclude-memorandum`: how they are stored.
    storage: Option<String>,
    /// `conclude-memorandum`: what else was agreed.
    other: Option<String>,
    /// `ask-subcontract`: to whom.
    to: Option<String>,
    /// `ask-subcontract`: how it was made sure that the data is safe there.
    checked: Option<String>,
    /// `approve-subcontract`, `turn-down-subcontract`: which request, `req_…`.
    request: Option<String>,
}

/// The body of an act.
pub(crate) struct Act {
    event: EventId,
    act: ContractActRequest,
}

impl FromBody for Act {
    const LIMIT: usize = 128 * 1024;

    fn from_body(text: &str, lang: Lang) -> Result<Self, Problem> {
        let mut fields = BodyFields::parse(text, lang)?;
        let event = fields.event_id()?;
        let kinds = || ContractActKind::ALL.iter().map(|kind| kind.code()).collect();
        let kind = fields.word("act", kinds, ContractActKind::from_code)?;
        let act = read_act(kind, &mut fields)?;
        fields.finish()?;
        Ok(Self { event, act })
    }
}

fn read_act(kind: ContractActKind, fields: &mut BodyFields) -> Result<ContractActRequest, Problem> {
    Ok(match kind {
        ContractActKind::Propose => ContractActRequest::Propose {
            content: fields.optional_lines("content", MAX_STATEMENT)?,
            reason: fields.optional_lines("reason", MAX_STATEMENT)?,
            protection: fields.optional_lines("protection", MAX_STATEMENT)?,
        },
        ContractActKind::Approve => {
            ContractActRequest::Approve { note: fields.optional_lines("note", MAX_NOTE)? }
        }
        ContractActKind::TurnDown => {
            ContractActRequest::TurnDown { reason: fields.lines("reason", MAX_NOTE)? }
        }
        ContractActKind::TickClause => ContractActRequest::TickClause {
            clause: fields.code("clause")?,
            page: fields.line("page", MAX_TITLE)?,
        },
        ContractActKind::StrikeClause => ContractActRequest::StrikeClause { clause: fields.code("clause")? },
        ContractActKind::Confirm => ContractActRequest::Confirm {
            confirmation: fields.code("confirmation")?,
            evidence: fields.line("evidence", MAX_TITLE)?,
        },
        ContractActKind::StrikeConfirmation => {
            ContractActRequest::StrikeConfirmation { confirmation: fields.code("confirmation")? }
        }
        ContractActKind::Activate => ContractActRequest::Activate,
        ContractActKind::ConcludeMemorandum => ContractActRequest::ConcludeMemorandum {
            on: fields.date("on")?,
            procedure: fields.lines("procedure", MAX_STATEMENT)?,
            transport: fields.lines("transport", MAX_STATEMENT)?,
            route: fields.lines("route", MAX_STATEMENT)?,
            storage: fields.lines("storage", MAX_STATEMENT)?,
            other: fields.optional_lines("other", MAX_STATEMENT)?,
        },
        ContractActKind::AskSubcontract => ContractActRequest::AskSubcontract {
            to: fields.line("to", MAX_TITLE)?,
            reason: fields.lines("reason", MAX_NOTE)?,
            checked: fields.optional_lines("checked", MAX_STATEMENT)?,
        },
        ContractActKind::ApproveSubcontract => ContractActRequest::ApproveSubcontract {
            request: fields.id("request", &["req_"])?,
            note: fields.optional_lines("note", MAX_NOTE)?,
        },
        ContractActKind::TurnDownSubcontract => ContractActRequest::TurnDownSubcontract {
            request: fields.id("request", &["req_"])?,
            reason: fields.lines("reason", MAX_NOTE)?,
        },
        ContractActKind::End => ContractActRequest::End {
            on: fields.date("on")?,
            reason: fields.optional_lines("reason", MAX_NOTE)?,
        },
    })
}

/// The contracts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Contracts {
    /// The last changed first.
    contracts: Vec<ContractLine>,
}

fn contract_id(segment: &Segment, lang: Lang) -> Result<ContractId, Problem> {
    segment.0.parse().map_err(|_| Problem::new(ProblemCode::NotFound, lang))
}

/// List the contracts
#[utoipa::path(
    get, path = "/contracts", operation_id = "list_contracts", tag = "contracts",
    params(("show" = Option<String>, Query, description = "`open`, or `all` with those that have ended")),
    responses(
        (status = 200, description = "The last changed first", body = Contracts),
        Unforeseen,
    )
)]
pub(crate) async fn list_contracts(desk: Desk, mut query: Query) -> Result<Json<Contracts>, Problem> {
    let show = if query.shows_all()? { Show::All } else { Show::Open };
    query.finish()?;
    let contracts = desk.app.contracts(&desk.caller, show).await?;
    Ok(Json(Contracts { contracts }))
}

/// Begin a contract
#[utoipa::path(
    post, path = "/contracts", operation_id = "draft_contract", tag = "contracts",
    request_body = DraftContractBody,
    responses(
        (status = 200, description = "Its preparation has begun", body = ContractAnswer),
        ActProblems,
        Unforeseen,
    )
)]
pub(crate) async fn draft_contract(
    desk: Desk,
    Body(body): Body<Draft>,
) -> Result<Json<ContractAnswer>, Problem> {
    desk.app.draft_contract(&desk.caller, body.event, body.request).await.map(Json)
}

/// Show a contract
#[utoipa::path(
    get, path = "/contracts/{id}", operation_id = "show_contract", tag = "contracts",
    params(("id" = String, Path, description = "The contract: `ctr_…`")),
    responses(
        (status = 200, description = "What it has, and what is still missing", body = ContractView),
        (status = 404, description = "`not-found`", body = ProblemDocument, content_type = MEDIA_TYPE),
        Unforeseen,
    )
)]
pub(crate) async fn show_contract(desk: Desk, segment: Segment) -> Result<Json<ContractView>, Problem> {
    let id = contract_id(&segment, desk.caller.lang)?;
    desk.app.contract(&desk.caller, id).await.map(Json)
}

/// Do something with a contract
///
/// A refusal lists in `missing` what is still missing, each with the clause that asks for it.
#[utoipa::path(
    post, path = "/contracts/{id}/acts", operation_id = "act_on_contract", tag = "contracts",
    params(("id" = String, Path, description = "The contract: `ctr_…`")),
    request_body = ContractActBody,
    responses(
        (status = 200, description = "It is done", body = ContractAnswer),
        ActProblems,
        Unforeseen,
    )
)]
pub(crate) async fn act_on_contract(
    desk: Desk,
    segment: Segment,
    Body(body): Body<Act>,
) -> Result<Json<ContractAnswer>, Problem> {
    let id = contract_id(&segment, desk.caller.lang)?;
    desk.app.act_on_contract(&desk.caller, id, body.event, body.act).await.map(Json)
}
