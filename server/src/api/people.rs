//! People, their posts, roles, designations and credentials; the permission ledger; viewer ids on loan.

use axum::Json;
use chrono::{DateTime, NaiveDate, Utc};
use hokan_domain::{
    authority::{Ending, staff::Employment, validation::Line},
    ids::{EventId, LoanId, PersonId, ValidationId},
    profile::RoleId,
    text::Lang,
};
use hokan_mobile_api::{
    Problem, ProblemCode, ProblemDocument,
    request::{Body, BodyFields, FromBody, MAX_NOTE, MAX_NUMBER, MAX_TITLE},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Unforeseen,
    guard::{Desk, Segment},
    query::Query,
};
use crate::app::{
    people::{Correction, DesignateRequest, PersonAct},
    people_views::{PersonAnswer, PersonLine, PersonRecord},
    permission_ledger::{PermissionLedger, ValidationAct},
    viewer_ids::{LendRequest, LoanView},
};

/// How these operations can end other than well, for the document.
#[derive(utoipa::IntoResponses)]
#[expect(dead_code, reason = "only its description is used")]
enum PeopleProblems {
    /// A refusal about who asks: `part-missing`, `role-missing`, `own-authority`, `own-request` and others
    #[response(status = 403, content_type = "application/problem+json")]
    Authority(ProblemDocument),
    /// `not-found`
    #[response(status = 404, content_type = "application/problem+json")]
    Unknown(ProblemDocument),
    /// A refusal about the state of things, or `event-id-reused`
    #[response(status = 409, content_type = "application/problem+json")]
    State(ProblemDocument),
    /// `bad-request-body`, `unknown-reference` and others that name a `field`
    #[response(status = 422, content_type = "application/problem+json")]
    Body(ProblemDocument),
}

/// Everybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct People {
    /// By the name to sign in with.
    people: Vec<PersonLine>,
}

/// List people
///
/// For administrators, auditors and the officers who designate or register.
#[utoipa::path(
    get, path = "/people", operation_id = "list_people", tag = "people",
    params(
        ("show" = Option<String>, Query, description = "`open` for those who may sign in, which is the default, or `all`"),
        ("q" = Option<String>, Query, description = "Only those whose name contains this")
    ),
    responses((status = 200, description = "Everybody", body = People), PeopleProblems, Unforeseen)
)]
pub(crate) async fn list_people(desk: Desk, mut query: Query) -> Result<Json<People>, Problem> {
    let (all, containing) = (query.shows_all()?, query.one("q")?);
    query.finish()?;
    let people = desk.app.people_list(&desk.caller, containing.as_deref(), all).await?;
    Ok(Json(People { people }))
}

fn person_id(segment: &Segment, lang: Lang) -> Result<PersonId, Problem> {
    segment.0.parse().map_err(|_| Problem::new(ProblemCode::NotFound, lang))
}

/// Show a person's record
///
/// Posts, roles, designations, credentials and what the person has in hand. One's own, or anybody's for
/// administrators, auditors and the officers who designate or register. Looking is a line of the trail.
#[utoipa::path(
    get, path = "/people/{id}", operation_id = "show_person", tag = "people",
    params(("id" = String, Path, description = "The person: `per_…`")),
    responses((status = 200, description = "The record", body = PersonRecord), PeopleProblems, Unforeseen)
)]
pub(crate) async fn show_person(desk: Desk, segment: Segment) -> Result<Json<PersonRecord>, Problem> {
    let id = person_id(&segment, desk.caller.lang)?;
    desk.app.person_record(&desk.caller, id).await.map(Json)
}

/// An act about a person: `act` with the fields that go with it, and no others.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the fields document the body; they are read one by one")]
pub(crate) struct PersonActBody {
    /// An id for this act, a UUID or `evt_…`. What the act begins bears the same with a prefix of its own.
    event_id: String,
    /// `employ`, `appoint`, `end-appointment`, `nominate`, `designate`, `register`, `acknowledge`, `turn-down`,
    /// `end-designation`, `issue-credential`, `register-credential`, `revoke-credential`, `leave` or `resume`.
    #[schema(example = "designate")]
    act: String,
    /// `employ`: `regular`, `fixed-term` or `contractor`.
    employment: Option<String>,
    /// `employ`: the last day of the term.
    term_end: Option<NaiveDate>,
    /// `employ`: the application of user information that was filed.
    information: Option<String>,
    /// `appoint`: the role; where it is left out those that the regulation gives to the post.
    role: Option<String>,
    /// `appoint`: the post.
    post: Option<String>,
    /// `appoint`: whose place he takes, `per_…`.
    deputy_for: Option<String>,
    /// `appoint`, `nominate`, `designate`: for which division, `div_…`.
    division: Option<String>,
    /// `appoint`, `nominate`, `designate`: the first day; today where it is left out.
    from: Option<NaiveDate>,
    /// `appoint`, `nominate`, `designate`: the last day.
    to: Option<NaiveDate>,
    /// `nominate`, `designate`: in which way, as the profile names it. `register`, `acknowledge`, `turn-down`,
    /// `end-designation`: which, `dsg_…`.
    designation: Option<String>,
    /// `designate`: the nomination, `dsg_…`.
    nomination: Option<String>,
    /// `nominate`, `designate`: what he is to do.
    duties: Option<String>,
    /// `turn-down`: why.
    reason: Option<String>,
    /// `end-appointment`: which, `apt_…`.
    appointment: Option<String>,
    /// `end-appointment`, `end-designation`, `leave`: the last day.
    last: Option<NaiveDate>,
    /// `end-appointment`, `end-designation`, `leave`: `released`, `transfer`, `retirement`, `breach` or `correction`.
    why: Option<String>,
    /// `end-appointment`, `end-designation`: the validation that found the entry to be wrong, `vld_…`.
    validation: Option<String>,
    /// `end-appointment`, `end-designation`: with `validation`, what was wrong.
    wrong: Option<String>,
    /// `end-designation`, `revoke-credential`, `leave`: a word with it.
    note: Option<String>,
    /// `issue-credential`: which kind, as the profile names it.
    what: Option<String>,
    /// `issue-credential`: what it is called where it is used; never a secret.
    identifier: Option<String>,
    /// `issue-credential`: why there was no other way.
    exception: Option<String>,
    /// `register-credential`, `revoke-credential`: which, `crd_…`.
    credential: Option<String>,
    /// `issue-credential`, `register-credential`, `revoke-credential`: the day.
    on: Option<NaiveDate>,
    /// `register-credential`: where.
    place: Option<String>,
}

/// The body of an act.
#[derive(Debug)]
pub(crate) struct Act {
    event: EventId,
    act: PersonAct,
}

fn endings() -> Vec<&'static str> {
    Ending::ALL.map(Ending::code).to_vec()
}

fn why(fields: &mut BodyFields) -> Result<Ending, Problem> {
    fields.word("why", endings, Ending::from_code)
}

fn correction(fields: &mut BodyFields) -> Result<Option<Correction>, Problem> {
    let Some(validation) = fields.optional_id("validation", &["vld_"])? else { return Ok(None) };
    Ok(Some(Correction { validation, note: fields.lines("wrong", MAX_NOTE)? }))
}

fn designating(fields: &mut BodyFields) -> Result<DesignateRequest, Problem> {
    Ok(DesignateRequest {
        designation: fields.code("designation")?,
        division: fields.optional_id("division", &["div_"])?,
        from: fields.optional_date("from")?,
        to: fields.optional_date("to")?,
        duties: fields.optional_lines("duties", MAX_NOTE)?,
    })
}

impl FromBody for Act {
    const LIMIT: usize = 32 * 1024;

    fn from_body(text: &str, lang: Lang) -> Result<Self, Problem> {
        let mut fields = BodyFields::parse(text, lang)?;
        let event = fields.event_id()?;
        let known = |code: &str| PersonAct::CODES.into_iter().find(|known| *known == code);
        let act = match fields.word("act", || PersonAct::CODES.to_vec(), known)? {
            "employ" => PersonAct::Employ {
                employment: fields.word(
                    "employment",
                    || Employment::ALL.map(Employment::code).to_vec(),
                    Employment::from_code,
                )?,
                term_end: fields.optional_date("term_end")?,
                information: fields.optional_lines("information", MAX_NOTE)?,
            },
            "appoint" => PersonAct::Appoint {
                role: fields.optional_code("role")?.map(RoleId),
                post: fields.optional_lines("post", MAX_TITLE)?,
                division: fields.optional_id("division", &["div_"])?,
                deputy_for: fields.optional_id("deputy_for", &["per_"])?,
                from: fields.optional_date("from")?,
                to: fields.optional_date("to")?,
            },
            "end-appointment" => PersonAct::EndAppointment {
                appointment: fields.id("appointment", &["apt_"])?,
                last: fields.date("last")?,
                why: why(&mut fields)?,
                correction: correction(&mut fields)?,
            },
            "nominate" => PersonAct::Nominate(designating(&mut fields)?),
            "designate" => PersonAct::Designate {
                nomination: fields.optional_id("nomination", &["dsg_"])?,
                request: designating(&mut fields)?,
            },
            "register" => PersonAct::Register { designation: fields.id("designation", &["dsg_"])? },
            "acknowledge" => PersonAct::Acknowledge { designation: fields.id("designation", &["dsg_"])? },
            "turn-down" => PersonAct::TurnDown {
                designation: fields.id("designation", &["dsg_"])?,
                reason: fields.lines("reason", MAX_NOTE)?,
            },
            "end-designation" => PersonAct::EndDesignation {
                designation: fields.id("designation", &["dsg_"])?,
                last: fields.date("last")?,
                why: why(&mut fields)?,
                note: fields.optional_lines("note", MAX_NOTE)?,
                correction: correction(&mut fields)?,
            },
            "issue-credential" => PersonAct::IssueCredential {
                what: fields.code("what")?,
                identifier: fields.line("identifier", MAX_NUMBER)?,
                on: fields.date("on")?,
                exception: fields.optional_lines("exception", MAX_NOTE)?,
            },
            "register-credential" => PersonAct::RegisterCredential {
                credential: fields.id("credential", &["crd_"])?,
                on: fields.date("on")?,
                place: fields.optional_lines("place", MAX_TITLE)?,
            },
            "revoke-credential" => PersonAct::RevokeCredential {
                credential: fields.id("credential", &["crd_"])?,
                on: fields.date("on")?,
                note: fields.optional_lines("note", MAX_NOTE)?,
            },
            "leave" => PersonAct::Leave {
                last: fields.date("last")?,
                why: why(&mut fields)?,
                note: fields.optional_lines("note", MAX_NOTE)?,
            },
            _ => PersonAct::Resume,
        };
        fields.finish()?;
        Ok(Self { event, act })
    }
}

/// Do something about a person
///
/// Appoint, designate, register, acknowledge, end, transfer and the others. Who may is said by the regulation in
/// force; nobody gives authority to himself, to the one whose place he takes or to his own deputy.
#[utoipa::path(
    post, path = "/people/{id}", operation_id = "act_on_person", tag = "people",
    params(("id" = String, Path, description = "The person: `per_…`")),
    request_body = PersonActBody,
    responses((status = 200, description = "It is recorded", body = PersonAnswer), PeopleProblems, Unforeseen)
)]
pub(crate) async fn act_on_person(
    desk: Desk,
    segment: Segment,
    Body(body): Body<Act>,
) -> Result<Json<PersonAnswer>, Problem> {
    let id = person_id(&segment, desk.caller.lang)?;
    Box::pin(desk.app.act_on_person(&desk.caller, id, body.event, body.act)).await.map(Json)
}

// ------------------------------------------------------------------------------------ the permission ledger

/// Show the permission ledger
///
/// Every entry of who may what, the inspections that the regulation asks for, and the validations made. Looking is
/// a line of the trail.
#[utoipa::path(
    get, path = "/permission-ledger", operation_id = "show_permission_ledger", tag = "people",
    responses((status = 200, description = "The ledger", body = PermissionLedger), PeopleProblems, Unforeseen)
)]
pub(crate) async fn show_permission_ledger(desk: Desk) -> Result<Json<PermissionLedger>, Problem> {
    desk.app.permission_ledger(&desk.caller).await.map(Json)
}

/// A validation to begin.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the fields document the body; they are read one by one")]
pub(crate) struct BeginValidationBody {
    /// An id for this act, a UUID or `evt_…`. The validation bears the same with `vld_`.
    event_id: String,
    /// Which inspection, as the profile names it.
    inspection: String,
}

/// The body of a beginning.
#[derive(Debug)]
pub(crate) struct Begin {
    event: EventId,
    inspection: String,
}

impl FromBody for Begin {
    const LIMIT: usize = 4 * 1024;

    fn from_body(text: &str, lang: Lang) -> Result<Self, Problem> {
        let mut fields = BodyFields::parse(text, lang)?;
        let (event, inspection) = (fields.event_id()?, fields.code("inspection")?);
        fields.finish()?;
        Ok(Self { event, inspection })
    }
}

/// Begin a validation of the permission ledger
#[utoipa::path(
    post, path = "/permission-ledger/validations", operation_id = "begin_validation", tag = "people",
    request_body = BeginValidationBody,
    responses((status = 200, description = "It has begun", body = PermissionLedger), PeopleProblems, Unforeseen)
)]
pub(crate) async fn begin_validation(
    desk: Desk,
    Body(body): Body<Begin>,
) -> Result<Json<PermissionLedger>, Problem> {
    Box::pin(desk.app.begin_validation(&desk.caller, body.event, body.inspection)).await.map(Json)
}

/// An act in a validation.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the fields document the body; they are read one by one")]
pub(crate) struct ValidationActBody {
    /// An id for this act, a UUID or `evt_…`.
    event_id: String,
    /// `confirm` or `sign-off`.
    act: String,
    /// `confirm`: the entry that is right, `apt_…`, `dsg_…` or `crd_…`.
    entry: Option<String>,
}

/// The body of an act in a validation.
#[derive(Debug)]
pub(crate) struct Look {
    event: EventId,
    act: ValidationAct,
}

impl FromBody for Look {
    const LIMIT: usize = 4 * 1024;

    fn from_body(text: &str, lang: Lang) -> Result<Self, Problem> {
        let mut fields = BodyFields::parse(text, lang)?;
        let event = fields.event_id()?;
        let words = || vec!["confirm", "sign-off"];
        let confirms = fields.word("act", words, |code| match code {
            "confirm" => Some(true),
            "sign-off" => Some(false),
            _ => None,
        })?;
        let act = match confirms {
            true => ValidationAct::Confirm(fields.id::<Line>("entry", &["apt_", "dsg_", "crd_"])?),
            false => ValidationAct::SignOff,
        };
        fields.finish()?;
        Ok(Self { event, act })
    }
}

/// Find an entry right, or sign the validation off
///
/// What is wrong is ended by an act about the person that names the validation.
#[utoipa::path(
    post, path = "/permission-ledger/validations/{id}", operation_id = "act_on_validation", tag = "people",
    params(("id" = String, Path, description = "The validation: `vld_…`")),
    request_body = ValidationActBody,
    responses((status = 200, description = "It is recorded", body = PermissionLedger), PeopleProblems, Unforeseen)
)]
pub(crate) async fn act_on_validation(
    desk: Desk,
    segment: Segment,
    Body(body): Body<Look>,
) -> Result<Json<PermissionLedger>, Problem> {
    let lang = desk.caller.lang;
    let id: ValidationId = segment.0.parse().map_err(|_| Problem::new(ProblemCode::NotFound, lang))?;
    Box::pin(desk.app.act_on_validation(&desk.caller, id, body.event, body.act)).await.map(Json)
}

// ----------------------------------------------------------------------------------------------- viewer ids

/// The book of loans.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Loans {
    /// The last first.
    loans: Vec<LoanView>,
}

/// Show the book of viewer ids on loan
#[utoipa::path(
    get, path = "/viewer-ids", operation_id = "list_loans", tag = "people",
    responses((status = 200, description = "The book", body = Loans), PeopleProblems, Unforeseen)
)]
pub(crate) async fn list_loans(desk: Desk) -> Result<Json<Loans>, Problem> {
    Ok(Json(Loans { loans: desk.app.loans(&desk.caller).await? }))
}

/// A viewer id to lend.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the fields document the body; they are read one by one")]
pub(crate) struct LendBody {
    /// An id for this act, a UUID or `evt_…`. The loan bears the same with `lon_`.
    event_id: String,
    /// Which id.
    viewer_id: String,
    /// To whom, where the borrower is in the register: `per_…`.
    person: Option<String>,
    /// The borrower's name, where he is not.
    name: Option<String>,
    /// What the borrower needs to view.
    purpose: String,
    /// The division whose terminal it is, `div_…`.
    division: Option<String>,
    /// The last day of the loan.
    until: Option<NaiveDate>,
}

/// The body of a loan.
#[derive(Debug)]
pub(crate) struct Lend {
    event: EventId,
    request: LendRequest,
}

/// The end of a day in Japan, as a moment.
pub(crate) fn end_of_day(day: NaiveDate) -> Option<DateTime<Utc>> {
    day.succ_opt().map(hokan_domain::japan_date::jst_day_start)
}

impl FromBody for Lend {
    const LIMIT: usize = 16 * 1024;

    fn from_body(text: &str, lang: Lang) -> Result<Self, Problem> {
        let mut fields = BodyFields::parse(text, lang)?;
        let event = fields.event_id()?;
        let request = LendRequest {
            viewer_id: fields.line("viewer_id", MAX_NUMBER)?.into_string(),
            person: fields.optional_id("person", &["per_"])?,
            name: fields.optional_lines("name", MAX_TITLE)?,
            purpose: fields.lines("purpose", MAX_NOTE)?,
            division: fields.optional_id("division", &["div_"])?,
            due: fields.optional_date("until")?.and_then(end_of_day),
        };
        fields.finish()?;
        Ok(Self { event, request })
    }
}

/// Lend a viewer id
///
/// One borrower at a time. Where the id signs in here, its sessions end.
#[utoipa::path(
    post, path = "/viewer-ids", operation_id = "lend_viewer_id", tag = "people",
    request_body = LendBody,
    responses((status = 200, description = "It is lent", body = Loans), PeopleProblems, Unforeseen)
)]
pub(crate) async fn lend_viewer_id(desk: Desk, Body(body): Body<Lend>) -> Result<Json<Loans>, Problem> {
    let loans = Box::pin(desk.app.lend_viewer_id(&desk.caller, body.event, body.request)).await?;
    Ok(Json(Loans { loans }))
}

/// That a viewer id came back.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the fields document the body; they are read one by one")]
pub(crate) struct ReturnBody {
    /// An id for this act, a UUID or `evt_…`.
    event_id: String,
}

/// The body of a return.
#[derive(Debug)]
pub(crate) struct Return(EventId);

impl FromBody for Return {
    const LIMIT: usize = 4 * 1024;

    fn from_body(text: &str, lang: Lang) -> Result<Self, Problem> {
        let mut fields = BodyFields::parse(text, lang)?;
        let event = fields.event_id()?;
        fields.finish()?;
        Ok(Self(event))
    }
}

/// Record that a viewer id came back
#[utoipa::path(
    post, path = "/viewer-ids/{id}", operation_id = "return_viewer_id", tag = "people",
    params(("id" = String, Path, description = "The loan: `lon_…`")),
    request_body = ReturnBody,
    responses((status = 200, description = "It came back", body = Loans), PeopleProblems, Unforeseen)
)]
pub(crate) async fn return_viewer_id(
    desk: Desk,
    segment: Segment,
    Body(body): Body<Return>,
) -> Result<Json<Loans>, Problem> {
    let lang = desk.caller.lang;
    let id: LoanId = segment.0.parse().map_err(|_| Problem::new(ProblemCode::NotFound, lang))?;
    let loans = Box::pin(desk.app.return_viewer_id(&desk.caller, id, body.0)).await?;
    Ok(Json(Loans { loans }))
}
