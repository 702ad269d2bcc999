//! People and what they hold, the permission ledger with its validation, and viewer ids on loan.

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use chrono::NaiveDate;
use hokan_domain::{
    authority::{Ending, staff::Employment, validation::Line},
    ids::{LoanId, PersonId, ValidationId},
    japan_date::jst_date,
    profile::RoleId,
    text::Lang,
};
use hokan_mobile_api::{
    Problem, ProblemCode,
    request::{MAX_NOTE, MAX_NUMBER, MAX_TITLE},
    wire::Named,
};
use serde::Deserialize;

use super::{
    Web,
    acting::{Acting, Acts},
    error::Failed,
    form::Form,
    guard::Visitor,
    layout::{Nav, Page, html, html_with},
    prove, texts,
};
use crate::{
    api::people::end_of_day,
    app::{
        people::{Correction, DesignateRequest, PersonAct},
        people_views::{PersonLine, PersonRecord},
        permission_ledger::{PermissionLedger, ValidationAct},
        viewer_ids::{LendRequest, LoanView},
    },
};

// ------------------------------------------------------------------------------------------------- the list

/// Which people are to be shown.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    show: String,
}

#[derive(Template)]
#[template(path = "people.html")]
struct PeoplePage {
    page: Page,
    lines: Vec<PersonLine>,
    asked: Asked,
    all: bool,
}

/// The list.
pub(crate) async fn list(
    State(web): State<Web>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Failed> {
    let all = asked.show == "all";
    let lines = web.app.people_list(&visitor.caller, Some(&asked.q), all).await?;
    let page = visitor.page(Nav::Menu, texts::text(visitor.lang, "people.title"));
    html(visitor.lang, &PeoplePage { page, lines, asked, all })
}

// ------------------------------------------------------------------------------------------ a person's record

#[derive(Template)]
#[template(path = "person.html")]
struct PersonPage {
    page: Page,
    record: PersonRecord,
    roles: Vec<Named>,
    divisions: Vec<Named>,
    people: Vec<Named>,
    nominations: Vec<Named>,
    kinds: Vec<Named>,
    /// Validations of the permission ledger that an ending may be the correction of.
    validations: Vec<Named>,
    today: NaiveDate,
    done: bool,
    acting: Acting,
}

impl Acts for PersonPage {
    fn acting(&self) -> &Acting {
        &self.acting
    }

    fn target(&self) -> String {
        format!("/people/{}/acts", self.record.person.id)
    }
}

impl PersonPage {
    fn may(&self, act: &str) -> bool {
        self.record.acts.iter().any(|open| open == act)
    }

    #[expect(clippy::unused_self, reason = "templates reach functions through the page")]
    fn can(&self, acts: &[String], act: &str) -> bool {
        acts.iter().any(|open| open == act)
    }

    /// What stands on the button of an act.
    fn word(&self, act: &str) -> String {
        match act {
            "register" => self.page.t("people.register"),
            _ => self.page.t("people.acknowledge"),
        }
        .into_owned()
    }

    fn endings(&self) -> Vec<Named> {
        let lang = self.page.lang;
        Ending::ALL.map(|why| Named { code: why.code().to_owned(), name: why.name(lang).to_owned() }).into()
    }

    fn leavings(&self) -> Vec<Named> {
        let leaving = [Ending::Transfer.code(), Ending::Retirement.code(), Ending::Breach.code()];
        self.endings().into_iter().filter(|why| leaving.contains(&why.code.as_str())).collect()
    }

    fn employments(&self) -> Vec<Named> {
        let lang = self.page.lang;
        Employment::ALL
            .map(|one| Named { code: one.code().to_owned(), name: one.name(lang).to_owned() })
            .into()
    }
}

fn person_id(text: &str, lang: Lang) -> Result<PersonId, Problem> {
    text.parse().map_err(|_| Problem::new(ProblemCode::NotFound, lang))
}

/// What a page was opened with.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Arrival {
    #[serde(default)]
    done: String,
}

/// A person's record. Looking is a line of the trail.
pub(crate) async fn show(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
    Query(arrival): Query<Arrival>,
) -> Result<Response, Failed> {
    let id = person_id(&id, visitor.lang)?;
    person_page(&web, &visitor, id, !arrival.done.is_empty(), None, Form::default()).await
}

/// Does an act about a person.
pub(crate) async fn act(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Failed> {
    let id = person_id(&id, visitor.lang)?;
    let outcome = match form.event_id().and_then(|event| Ok((event, read_act(&form)?))) {
        Ok((event, act)) => Box::pin(web.app.act_on_person(&visitor.caller, id, event, act)).await.map(drop),
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(()) => Ok(Redirect::to(&format!("/people/{id}?done=yes")).into_response()),
        Err(problem) if problem.is(ProblemCode::NotFound) => Err(problem.into()),
        Err(problem) if problem.is(ProblemCode::SecondFactorNeeded) => {
            prove::ask(&web, &visitor, &format!("/people/{id}/acts"), &form).await
        }
        Err(problem) => person_page(&web, &visitor, id, false, Some(problem), form.shown_again()).await,
    }
}

fn read_act(form: &Form) -> Result<PersonAct, Problem> {
    let known = |code: &str| PersonAct::CODES.into_iter().find(|known| *known == code);
    let why = || form.word("why", Ending::from_code);
    let correction = || -> Result<Option<Correction>, Problem> {
        let Some(validation) = form.optional_id("validation")? else { return Ok(None) };
        Ok(Some(Correction { validation, note: form.note("wrong")? }))
    };
    let designating = || -> Result<DesignateRequest, Problem> {
        Ok(DesignateRequest {
            designation: form
                .optional_code("designation")
                .ok_or_else(|| form.wrong("designation", "error.choose"))?,
            division: form.optional_id("division")?,
            from: form.optional_day("from")?,
            to: form.optional_day("to")?,
            duties: form.optional_line("duties", MAX_NOTE)?,
        })
    };
    Ok(match form.word("act", known)? {
        "employ" => PersonAct::Employ {
            employment: form.word("employment", Employment::from_code)?,
            term_end: form.optional_day("term_end")?,
            information: form.optional_line("information", MAX_NOTE)?,
        },
        "appoint" => PersonAct::Appoint {
            role: form.optional_code("role").map(RoleId),
            post: form.optional_line("post", MAX_TITLE)?,
            division: form.optional_id("division")?,
            deputy_for: form.optional_id("deputy_for")?,
            from: form.optional_day("from")?,
            to: form.optional_day("to")?,
        },
        "end-appointment" => PersonAct::EndAppointment {
            appointment: form.id("appointment")?,
            last: form.day("last")?,
            why: why()?,
            correction: correction()?,
        },
        "nominate" => PersonAct::Nominate(designating()?),
        "designate" => {
            PersonAct::Designate { nomination: form.optional_id("nomination")?, request: designating()? }
        }
        "register" => PersonAct::Register { designation: form.id("designation")? },
        "acknowledge" => PersonAct::Acknowledge { designation: form.id("designation")? },
        "turn-down" => {
            PersonAct::TurnDown { designation: form.id("designation")?, reason: form.note("reason")? }
        }
        "end-designation" => PersonAct::EndDesignation {
            designation: form.id("designation")?,
            last: form.day("last")?,
            why: why()?,
            note: form.optional_line("note", MAX_NOTE)?,
            correction: correction()?,
        },
        "issue-credential" => PersonAct::IssueCredential {
            what: form.optional_code("what").ok_or_else(|| form.wrong("what", "error.choose"))?,
            identifier: form.line("identifier", MAX_NUMBER)?,
            on: form.day("on")?,
            exception: form.optional_line("exception", MAX_NOTE)?,
        },
        "register-credential" => PersonAct::RegisterCredential {
            credential: form.id("credential")?,
            on: form.day("on")?,
            place: form.optional_line("place", MAX_TITLE)?,
        },
        "revoke-credential" => PersonAct::RevokeCredential {
            credential: form.id("credential")?,
            on: form.day("on")?,
            note: form.optional_line("note", MAX_NOTE)?,
        },
        "leave" => PersonAct::Leave {
            last: form.day("last")?,
            why: why()?,
            note: form.optional_line("note", MAX_NOTE)?,
        },
        _ => PersonAct::Resume,
    })
}

async fn person_page(
    web: &Web,
    visitor: &Visitor,
    id: PersonId,
    done: bool,
    problem: Option<Problem>,
    form: Form,
) -> Result<Response, Failed> {
    let record = web.app.person_record(&visitor.caller, id).await?;
    let lang = visitor.lang;
    let directory = web.app.directory(&visitor.caller).await?;
    let (people, validations) = match record.acts.is_empty() {
        true => (Vec::new(), Vec::new()),
        false => {
            let people = web.app.people_list(&visitor.caller, None, false).await?;
            let others = people.into_iter().map(|line| line.person).filter(|other| other.id != id);
            let people = others.map(|other| Named { code: other.id.to_string(), name: other.name }).collect();
            (people, web.app.open_validations(&visitor.caller).await?)
        }
    };
    let status = problem.as_ref().map_or(StatusCode::OK, Problem::status_code);
    let page = PersonPage {
        page: visitor.page(Nav::Menu, record.person.name.clone()),
        record,
        roles: web.app.roles_to_give(lang),
        divisions: directory.choices.divisions,
        people,
        nominations: web.app.nominations(lang),
        kinds: web.app.credential_kinds(lang),
        validations,
        today: jst_date(web.app.store().clock().now()),
        done,
        acting: Acting::after(Vec::new(), problem, form),
    };
    html_with(status, lang, &page)
}

// ------------------------------------------------------------------------------------ the permission ledger

#[derive(Template)]
#[template(path = "permission_ledger.html")]
struct LedgerPage {
    page: Page,
    ledger: PermissionLedger,
    acting: Acting,
}

impl Acts for LedgerPage {
    fn acting(&self) -> &Acting {
        &self.acting
    }

    fn target(&self) -> String {
        "/permission-ledger".to_owned()
    }
}

impl LedgerPage {
    /// Whether the caller makes this validation.
    fn is_mine(&self, validation: &str) -> bool {
        self.ledger.validations.iter().any(|one| one.mine && one.id.to_string() == validation)
    }
}

/// The permission ledger.
pub(crate) async fn ledger(State(web): State<Web>, visitor: Visitor) -> Result<Response, Failed> {
    let ledger = web.app.permission_ledger(&visitor.caller).await?;
    let page = visitor.page(Nav::Menu, texts::text(visitor.lang, "people.ledger"));
    html(visitor.lang, &LedgerPage { page, ledger, acting: Acting::default() })
}

/// Begins a validation of it.
pub(crate) async fn begin(State(web): State<Web>, visitor: Visitor, form: Form) -> Result<Response, Failed> {
    let read = || {
        let inspection =
            form.optional_code("inspection").ok_or_else(|| form.wrong("inspection", "error.reload"))?;
        Ok((form.event_id()?, inspection))
    };
    let outcome = match read() {
        Ok((event, inspection)) => {
            web.app.begin_validation(&visitor.caller, event, inspection).await.map(drop)
        }
        Err(problem) => Err(problem),
    };
    ledger_after(&web, &visitor, "/permission-ledger/validations", form, outcome).await
}

/// Finds an entry right, or signs the validation off.
pub(crate) async fn look(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Failed> {
    let id: ValidationId =
        id.parse().map_err(|_| Failed::from(Problem::new(ProblemCode::NotFound, visitor.lang)))?;
    let read = || {
        let act = match form.raw("entry") {
            "" => ValidationAct::SignOff,
            _ => ValidationAct::Confirm(form.id::<Line>("entry")?),
        };
        Ok((form.event_id()?, act))
    };
    let outcome = match read() {
        Ok((event, act)) => web.app.act_on_validation(&visitor.caller, id, event, act).await.map(drop),
        Err(problem) => Err(problem),
    };
    ledger_after(&web, &visitor, &format!("/permission-ledger/validations/{id}"), form, outcome).await
}

async fn ledger_after(
    web: &Web,
    visitor: &Visitor,
    address: &str,
    form: Form,
    outcome: Result<(), Problem>,
) -> Result<Response, Failed> {
    let problem = match outcome {
        Ok(()) => return Ok(Redirect::to("/permission-ledger").into_response()),
        Err(problem) if problem.is(ProblemCode::SecondFactorNeeded) => {
            return prove::ask(web, visitor, address, &form).await;
        }
        Err(problem) => problem,
    };
    let ledger = web.app.permission_ledger(&visitor.caller).await?;
    let page = visitor.page(Nav::Menu, texts::text(visitor.lang, "people.ledger"));
    let status = problem.status_code();
    let acting = Acting::after(Vec::new(), Some(problem), form.shown_again());
    html_with(status, visitor.lang, &LedgerPage { page, ledger, acting })
}

// ----------------------------------------------------------------------------------------------- viewer ids

#[derive(Template)]
#[template(path = "viewer_ids.html")]
struct LoansPage {
    page: Page,
    loans: Vec<LoanView>,
    people: Vec<Named>,
    divisions: Vec<Named>,
    acting: Acting,
}

impl Acts for LoansPage {
    fn acting(&self) -> &Acting {
        &self.acting
    }

    fn target(&self) -> String {
        "/viewer-ids".to_owned()
    }
}

/// The book of loans.
pub(crate) async fn loans(State(web): State<Web>, visitor: Visitor) -> Result<Response, Failed> {
    loans_page(&web, &visitor, None, Form::default()).await
}

/// Lends an id.
pub(crate) async fn lend(State(web): State<Web>, visitor: Visitor, form: Form) -> Result<Response, Failed> {
    let read = || {
        let request = LendRequest {
            viewer_id: form.line("viewer_id", MAX_NUMBER)?.into_string(),
            person: form.optional_id("person")?,
            name: form.optional_line("name", MAX_TITLE)?,
            purpose: form.line("purpose", MAX_NOTE)?,
            due: form.optional_day("until")?.and_then(end_of_day),
            division: form.optional_id("division")?,
        };
        Ok((form.event_id()?, request))
    };
    let outcome = match read() {
        Ok((event, request)) => {
            Box::pin(web.app.lend_viewer_id(&visitor.caller, event, request)).await.map(drop)
        }
        Err(problem) => Err(problem),
    };
    loans_after(&web, &visitor, "/viewer-ids", form, outcome).await
}

/// Records that an id came back.
pub(crate) async fn give_back(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Failed> {
    let id: LoanId =
        id.parse().map_err(|_| Failed::from(Problem::new(ProblemCode::NotFound, visitor.lang)))?;
    let outcome = match form.event_id() {
        Ok(event) => Box::pin(web.app.return_viewer_id(&visitor.caller, id, event)).await.map(drop),
        Err(problem) => Err(problem),
    };
    loans_after(&web, &visitor, &format!("/viewer-ids/{id}"), form, outcome).await
}

async fn loans_after(
    web: &Web,
    visitor: &Visitor,
    address: &str,
    form: Form,
    outcome: Result<(), Problem>,
) -> Result<Response, Failed> {
    match outcome {
        Ok(()) => Ok(Redirect::to("/viewer-ids").into_response()),
        Err(problem) if problem.is(ProblemCode::SecondFactorNeeded) => {
            prove::ask(web, visitor, address, &form).await
        }
        Err(problem) => loans_page(web, visitor, Some(problem), form.shown_again()).await,
    }
}

async fn loans_page(
    web: &Web,
    visitor: &Visitor,
    problem: Option<Problem>,
    form: Form,
) -> Result<Response, Failed> {
    let loans = web.app.loans(&visitor.caller).await?;
    let people = web.app.people_list(&visitor.caller, None, false).await?;
    let people = people.into_iter().map(|line| line.person);
    let people = people.map(|one| Named { code: one.id.to_string(), name: one.name }).collect();
    let divisions = web.app.directory(&visitor.caller).await?.choices.divisions;
    let status = problem.as_ref().map_or(StatusCode::OK, Problem::status_code);
    let page = visitor.page(Nav::Menu, texts::text(visitor.lang, "people.loans"));
    let acting = Acting::after(Vec::new(), problem, form);
    html_with(status, visitor.lang, &LoansPage { page, loans, people, divisions, acting })
}

#[cfg(test)]
pub(crate) mod tests {
    use chrono::{DateTime, Utc};
    use hokan_domain::ids::{AppointmentId, CredentialId, DesignationId, EventId};
    use hokan_mobile_api::wire::{ItemSummary, PersonView};
    use uuid::Uuid;

    use super::*;
    use crate::app::{
        people_views::{AppointmentView, CredentialView, DesignationView, EndingView, OwedView, TakenView},
        permission_ledger::{CorrectionView, LedgerEntry, LedgerInspection, ValidationView},
    };

    fn who() -> PersonView {
        PersonView { id: PersonId(Uuid::from_u128(1)), name: "佐藤 花子 <b>".to_owned() }
    }

    fn named(code: &str, name: &str) -> Named {
        Named { code: code.to_owned(), name: name.to_owned() }
    }

    fn day() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 23).unwrap()
    }

    fn moment() -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_392_000, 0).unwrap()
    }

    pub(crate) fn sample_list(page: Page) -> impl Template {
        let line = PersonLine {
            person: who(),
            login: "sato".to_owned(),
            division: Some(named("div_1", "税務課")),
            roles: vec!["取扱担当者".to_owned()],
            active: false,
            until: Some(day()),
        };
        PeoplePage { page, lines: vec![line], asked: Asked::default(), all: true }
    }

    pub(crate) fn sample(page: Page, item: ItemSummary) -> impl Template {
        let ending = || EndingView { last: day(), why: named("transfer", "異動"), by: Some(who()) };
        let text = |text: &str| Some(text.to_owned());
        let appointment = |number, ended| AppointmentView {
            id: AppointmentId(Uuid::from_u128(number)),
            post: text("副町長"),
            roles: vec![named("top", "総括責任者")],
            division: Some(named("div_1", "税務課")),
            deputy_for: Some(who()),
            from: day(),
            to: Some(day()),
            ended,
            in_force: true,
            may_end: true,
        };
        let designation = |number| DesignationView {
            id: DesignationId(Uuid::from_u128(number)),
            designation: named("operator", "システム操作者"),
            division: Some(named("div_1", "税務課")),
            from: day(),
            to: Some(day()),
            duties: text("媒体の管理"),
            state: named("nominated", "指名済み"),
            in_force: true,
            steps: vec![TakenView {
                step: named("designated", "指定"),
                by: who(),
                role: text("システム管理者"),
                deputy_for: Some(who()),
                at: moment(),
            }],
            waits: Some(OwedView {
                owed: "確認".to_owned(),
                role: "統括責任者".to_owned(),
                due: Some(moment()),
                overdue: true,
            }),
            turned_down: text("不要"),
            ended: Some(ending()),
            acts: ["designate", "turn-down", "register", "acknowledge", "end-designation"]
                .map(str::to_owned)
                .into(),
            source: text("第8条第1項"),
        };
        let record = PersonRecord {
            person: who(),
            login: "sato".to_owned(),
            division: Some(named("div_1", "税務課")),
            parts: vec![named("handler", "取扱担当者")],
            active: true,
            employment: Some(named("fixed-term", "会計年度任用職員")),
            term_end: Some(day()),
            information: text("申請書"),
            left: Some(ending()),
            appointments: vec![appointment(11, None), appointment(12, Some(ending()))],
            designations: vec![designation(21), designation(22)],
            credentials: vec![CredentialView {
                id: CredentialId(Uuid::from_u128(31)),
                what: named("palm", "手のひら静脈"),
                identifier: "K-001".to_owned(),
                issued_on: day(),
                issued_by: who(),
                exception: text("けが"),
                registered_on: None,
                place: text("情報政策室"),
                revoked_on: None,
            }],
            holds: vec![item],
            to_hand_over: true,
            acts: PersonAct::CODES.map(str::to_owned).into(),
            designate_as: vec![named("operator", "システム操作者")],
        };
        let form = Form::filled(page.lang, &[("act", "leave"), ("why", "transfer")]);
        let problem = Problem::new(ProblemCode::BadRequestBody, page.lang).with_field("last");
        PersonPage {
            page,
            record,
            roles: vec![named("top", "総括責任者")],
            divisions: vec![named("div_1", "税務課")],
            people: vec![named("per_2", "鈴木 一郎")],
            nominations: vec![named("manager", "運用管理者")],
            kinds: vec![named("palm", "手のひら静脈")],
            validations: vec![named("vld_1", "管理ファイルの正当性の確認")],
            today: day(),
            done: true,
            acting: Acting::after(Vec::new(), Some(problem), form),
        }
    }

    pub(crate) fn sample_ledger(page: Page) -> impl Template {
        let id = ValidationId(Uuid::from_u128(41));
        let validation = |id, signed_off| ValidationView {
            id,
            inspection: named("ledger-x", "管理ファイルの正当性の確認"),
            begun_by: who(),
            begun_at: moment(),
            open: 1,
            confirmed: 2,
            corrections: vec![CorrectionView {
                entry: "apt_1".to_owned(),
                event: EventId(Uuid::from_u128(5)),
                note: "誤り".to_owned(),
            }],
            signed_off,
            mine: true,
        };
        let ledger = PermissionLedger {
            entries: vec![LedgerEntry {
                id: "apt_00000000000000000000000000000001".to_owned(),
                person: who(),
                what: "総括責任者".to_owned(),
                detail: "税務課".to_owned(),
                from: day(),
                to: Some(day()),
                in_force: true,
                to_look_at: vec![id.to_string()],
            }],
            inspections: vec![LedgerInspection {
                inspection: named("ledger-x", "管理ファイルの正当性の確認"),
                by: "管理者".to_owned(),
                due_on: day(),
                source: "第5条第10項".to_owned(),
                may_begin: true,
            }],
            validations: vec![
                validation(id, None),
                validation(ValidationId(Uuid::from_u128(42)), Some((who(), moment()))),
            ],
        };
        let problem = Problem::new(ProblemCode::NotFound, page.lang);
        let acting = Acting::after(Vec::new(), Some(problem), Form::default());
        LedgerPage { page, ledger, acting }
    }

    pub(crate) fn sample_loans(page: Page) -> impl Template {
        let loan = |number, returned: bool| LoanView {
            id: LoanId(Uuid::from_u128(number)),
            viewer_id: "etsuran-1".to_owned(),
            borrower: "田中 健".to_owned(),
            purpose: "照会".to_owned(),
            lent_by: who(),
            lent_at: moment(),
            due: Some(moment()),
            overdue: true,
            returned_at: returned.then(moment),
            returned_by: returned.then(who),
        };
        let form = Form::filled(page.lang, &[("act", "lend"), ("viewer_id", "etsuran-1")]);
        let problem = Problem::new(ProblemCode::TextEmpty, page.lang).with_field("purpose");
        LoansPage {
            page,
            loans: vec![loan(1, false), loan(2, true)],
            people: vec![named("per_2", "鈴木 一郎")],
            divisions: vec![named("div_1", "税務課")],
            acting: Acting::after(Vec::new(), Some(problem), form),
        }
    }
}
