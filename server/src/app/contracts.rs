//! Contracts with contractors (委託契約) as people prepare them, put them in force and see them: what the
//! regulation asks of a contract stands beside what it has.

use chrono::{DateTime, NaiveDate, Utc};
use hokan_domain::{
    approval::{Given, RequestState},
    contract::{
        self, Contract, ContractAct, ContractActKind, ContractState, Drafting, Memorandum, Subcontract,
        Ticked, missing_to_activate,
    },
    ids::{ContractId, DivisionId, EventId, RequestId},
    japan_date::jst_date,
    ledger::entry::Entry,
    person::Person,
    personal_number::CheckedText,
    profile::{Choice, Profile},
    text::{Lang, TextRef},
};
use hokan_mobile_api::{
    Caller, Problem,
    request::Show,
    wire::{ClosedReason, GivenView, MissingView, Named, OpenAct, PersonView, StepView},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    App, AppError, Book,
    custody::read_division,
    journeys::told,
    store_problem,
    view::{given_view, person_view},
};
use crate::store::{WriteTx, texts::NewTexts};

// ------------------------------------------------------------------------------------------ what is asked

/// A contract to prepare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DraftRequest {
    /// With whom.
    pub(crate) contractor: CheckedText,
    /// About what.
    pub(crate) subject: CheckedText,
    /// The first day on which it is to be in force.
    pub(crate) from: NaiveDate,
    /// The last day; none where it has no end.
    pub(crate) to: Option<NaiveDate>,
    /// The division that entrusts.
    pub(crate) division: Option<DivisionId>,
}

/// An act on a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ContractActRequest {
    /// State what is entrusted, why, and how the data is protected. What is absent stays as it was.
    Propose { content: Option<CheckedText>, reason: Option<CheckedText>, protection: Option<CheckedText> },
    /// Approve what was proposed.
    Approve { note: Option<CheckedText> },
    /// Turn what was proposed down.
    TurnDown { reason: CheckedText },
    /// Say that the contract has a clause, and where.
    TickClause { clause: String, page: CheckedText },
    /// Say that it does not have it.
    StrikeClause { clause: String },
    /// Say that something was confirmed in writing, and by which paper.
    Confirm { confirmation: String, evidence: CheckedText },
    /// Say that it was not.
    StrikeConfirmation { confirmation: String },
    /// Put it in force.
    Activate,
    /// Record a memorandum.
    ConcludeMemorandum {
        on: NaiveDate,
        procedure: CheckedText,
        transport: CheckedText,
        route: CheckedText,
        storage: CheckedText,
        other: Option<CheckedText>,
    },
    /// Record that the contractor asks to entrust some of the work to another.
    AskSubcontract { to: CheckedText, reason: CheckedText, checked: Option<CheckedText> },
    /// Approve that.
    ApproveSubcontract { request: RequestId, note: Option<CheckedText> },
    /// Turn that down.
    TurnDownSubcontract { request: RequestId, reason: CheckedText },
    /// End the contract.
    End { on: NaiveDate, reason: Option<CheckedText> },
}

fn read_act(act: ContractActRequest, texts: &mut NewTexts) -> ContractAct {
    match act {
        ContractActRequest::Propose { content, reason, protection } => ContractAct::Propose {
            content: texts.add_optional(content),
            reason: texts.add_optional(reason),
            protection: texts.add_optional(protection),
        },
        ContractActRequest::Approve { note } => ContractAct::Approve { note: texts.add_optional(note) },
        ContractActRequest::TurnDown { reason } => ContractAct::TurnDown { reason: texts.add(&reason) },
        ContractActRequest::TickClause { clause, page } => {
            ContractAct::TickClause { clause, page: texts.add(&page) }
        }
        ContractActRequest::StrikeClause { clause } => ContractAct::StrikeClause { clause },
        ContractActRequest::Confirm { confirmation, evidence } => {
            ContractAct::Confirm { confirmation, evidence: texts.add(&evidence) }
        }
        ContractActRequest::StrikeConfirmation { confirmation } => {
            ContractAct::StrikeConfirmation { confirmation }
        }
        ContractActRequest::Activate => ContractAct::Activate {},
        ContractActRequest::ConcludeMemorandum { on, procedure, transport, route, storage, other } => {
            let memorandum = Memorandum {
                on,
                procedure: texts.add(&procedure),
                transport: texts.add(&transport),
                route: texts.add(&route),
                storage: texts.add(&storage),
                other: texts.add_optional(other),
            };
            ContractAct::ConcludeMemorandum { memorandum }
        }
        ContractActRequest::AskSubcontract { to, reason, checked } => ContractAct::AskSubcontract {
            to: texts.add(&to),
            reason: texts.add(&reason),
            checked: texts.add_optional(checked),
        },
        ContractActRequest::ApproveSubcontract { request, note } => {
            ContractAct::ApproveSubcontract { request, note: texts.add_optional(note) }
        }
        ContractActRequest::TurnDownSubcontract { request, reason } => {
            ContractAct::TurnDownSubcontract { request, reason: texts.add(&reason) }
        }
        ContractActRequest::End { on, reason } => ContractAct::End { on, reason: texts.add_optional(reason) },
    }
}

// ------------------------------------------------------------------------------------------- what is shown

/// A contract in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ContractLine {
    /// Which.
    #[schema(value_type = String, example = "ctr_0192f3c4d5e67890a1b2c3d4e5f60718")]
    pub(crate) id: ContractId,
    /// With whom.
    pub(crate) contractor: String,
    /// About what.
    pub(crate) subject: String,
    /// The first day on which it is to be in force.
    from: NaiveDate,
    /// The last day; none where it has no end.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<NaiveDate>,
    /// Where it stands.
    state: Named,
    /// Whether media can be handed to the contractor today.
    in_force: bool,
}

/// What is to be approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ProposalView {
    /// What is entrusted.
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<String>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// How the data is protected.
    #[serde(skip_serializing_if = "Option::is_none")]
    protection: Option<String>,
    /// Who stated it last.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<PersonView>,
}

/// Who must approve it beforehand, and who has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ContractApproval {
    /// The roles whose holders approve.
    roles: Vec<String>,
    /// Whether a holder of each of them is needed and not of any.
    all: bool,
    /// The approvals so far. A change of what was proposed voids them.
    given: Vec<GivenView>,
    /// The clause that asks for it.
    source: String,
}

/// Something that the regulation asks of a contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ClauseView {
    /// What.
    clause: Named,
    /// The clause of the regulation that asks for it.
    source: String,
    /// Who found it, when, and where it stands; none as long as it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    ticked: Option<StepView>,
}

/// What both sides agreed about media on their way (覚書).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct MemorandumView {
    /// The day on which it was concluded.
    on: NaiveDate,
    /// How media are handed over and taken back.
    procedure: String,
    /// How they travel.
    transport: String,
    /// By which route.
    route: String,
    /// How they are stored.
    storage: String,
    /// What else was agreed.
    #[serde(skip_serializing_if = "Option::is_none")]
    other: Option<String>,
}

/// A request to entrust some of the work to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct SubcontractView {
    /// Which, for approving it or turning it down.
    #[schema(value_type = String)]
    request: RequestId,
    /// By whom it was recorded.
    by: PersonView,
    /// When.
    at: DateTime<Utc>,
    /// To whom.
    to: String,
    /// Why.
    reason: String,
    /// How it was made sure that the data is safe there.
    #[serde(skip_serializing_if = "Option::is_none")]
    checked: Option<String>,
    /// The approvals so far.
    given: Vec<GivenView>,
    /// Where it stands.
    state: Named,
}

/// A contract, with what is still missing before it can be put in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ContractView {
    /// Its id.
    #[schema(value_type = String, example = "ctr_0192f3c4d5e67890a1b2c3d4e5f60718")]
    id: ContractId,
    /// With whom.
    contractor: String,
    /// About what.
    subject: String,
    /// The first day on which it is to be in force.
    from: NaiveDate,
    /// The last day; none where it has no end.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<NaiveDate>,
    /// The division that entrusts.
    #[serde(skip_serializing_if = "Option::is_none")]
    division: Option<Named>,
    /// Who prepared it.
    drafted_by: PersonView,
    /// When.
    drafted_at: DateTime<Utc>,
    /// Where it stands.
    state: Named,
    /// Whether media can be handed to the contractor today.
    in_force: bool,
    /// The day since which it is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    over_since: Option<NaiveDate>,
    /// What is to be approved.
    proposal: ProposalView,
    /// Who must approve it beforehand, where the regulation asks for that.
    #[serde(skip_serializing_if = "Option::is_none")]
    approval: Option<ContractApproval>,
    /// Why it was turned down, as long as nothing new was proposed since.
    #[serde(skip_serializing_if = "Option::is_none")]
    turned_down: Option<String>,
    /// The clauses that the regulation asks for.
    clauses: Vec<ClauseView>,
    /// What is to be confirmed in writing beside it.
    confirmations: Vec<ClauseView>,
    /// What both sides agreed about media on their way.
    #[serde(skip_serializing_if = "Option::is_none")]
    memorandum: Option<MemorandumView>,
    /// Requests to entrust some of the work to another.
    subcontracts: Vec<SubcontractView>,
    /// What is still missing before it can be put in force.
    missing: Vec<MissingView>,
    /// Every act with the answer whether it is open to the caller now.
    acts: Vec<OpenAct>,
    /// How many events it has.
    version: u64,
}

/// What became of an act on a contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ContractAnswer {
    /// The act.
    #[schema(value_type = String)]
    event_id: EventId,
    /// Its first entry in the ledger.
    seq: u64,
    /// When it was recorded.
    recorded_at: DateTime<Utc>,
    /// Whether it had been recorded before.
    repeated: bool,
    /// The contract as it is now.
    contract: ContractView,
}

fn state_named(state: ContractState, lang: Lang) -> Named {
    Named { code: state.code().to_owned(), name: state.name(lang).to_owned() }
}

fn request_state(state: RequestState, lang: Lang) -> Named {
    let (code, name) = match state {
        RequestState::Open => ("open", lang.pick("承認待ち", "waits for approval")),
        RequestState::Granted => ("granted", lang.pick("承認済み", "granted")),
        RequestState::TurnedDown => ("turned-down", lang.pick("不承認", "turned down")),
        RequestState::Withdrawn => ("withdrawn", lang.pick("取下げ", "taken back")),
        RequestState::Ended => ("ended", lang.pick("終了", "ended")),
    };
    Named { code: code.to_owned(), name: name.to_owned() }
}

fn given(list: &[Given], book: &Book) -> Vec<GivenView> {
    list.iter().map(|given| given_view(given, None, book)).collect()
}

fn clause_view(choice: &Choice, ticked: Option<&Ticked>, lang: Lang, book: &Book) -> ClauseView {
    ClauseView {
        clause: Named { code: choice.id.clone(), name: choice.name.get(lang).to_owned() },
        source: choice.source.cite(lang),
        ticked: ticked.map(|ticked| StepView {
            by: person_view(ticked.by, book),
            at: ticked.at,
            text: Some(book.text(ticked.at_page)),
        }),
    }
}

fn subcontract_view(subcontract: &Subcontract, lang: Lang, book: &Book) -> SubcontractView {
    SubcontractView {
        request: subcontract.id,
        by: person_view(subcontract.by, book),
        at: subcontract.at,
        to: book.text(subcontract.to),
        reason: book.text(subcontract.reason),
        checked: subcontract.checked.map(|text| book.text(text)),
        given: given(&subcontract.given, book),
        state: request_state(subcontract.state, lang),
    }
}

fn view(
    contract: &Contract,
    person: &Person,
    profile: &Profile,
    today: NaiveDate,
    lang: Lang,
    book: &Book,
) -> ContractView {
    let text = |text: Option<TextRef>| text.map(|text| book.text(text));
    let open_act = |kind: ContractActKind, answer: &Result<(), hokan_domain::refusal::Refusal>| OpenAct {
        act: kind.code().to_owned(),
        name: kind.name(lang).to_owned(),
        open: answer.is_ok(),
        reason: answer.as_ref().err().map(|refusal| ClosedReason::new(refusal, lang, book)),
    };
    let missing = match contract.state {
        ContractState::Draft => missing_to_activate(contract, profile),
        ContractState::Active | ContractState::Ended => Vec::new(),
    };
    ContractView {
        id: contract.id,
        contractor: book.text(contract.contractor),
        subject: book.text(contract.subject),
        from: contract.from,
        to: contract.to,
        division: contract.division.map(|id| Named { code: id.to_string(), name: book.division(id) }),
        drafted_by: person_view(contract.drafted_by, book),
        drafted_at: contract.drafted_at,
        state: state_named(contract.state, lang),
        in_force: contract.in_force(today),
        over_since: contract.over_since(today),
        proposal: ProposalView {
            content: text(contract.proposal.content),
            reason: text(contract.proposal.reason),
            protection: text(contract.proposal.protection),
            by: contract.proposal.by.map(|by| person_view(by, book)),
        },
        approval: contract.gate(profile).map(|gate| ContractApproval {
            roles: gate.approvers.roles().iter().map(|role| book.role(role)).collect(),
            all: gate.approvers.needs_all(),
            given: given(&contract.given, book),
            source: gate.source.cite(lang),
        }),
        turned_down: text(contract.turned_down),
        clauses: profile
            .contract
            .clauses
            .iter()
            .map(|clause| clause_view(clause, contract.clauses.get(&clause.id), lang, book))
            .collect(),
        confirmations: profile
            .contract
            .confirmations
            .iter()
            .map(|one| clause_view(one, contract.confirmations.get(&one.id), lang, book))
            .collect(),
        memorandum: contract.memorandum.map(|memorandum| MemorandumView {
            on: memorandum.on,
            procedure: book.text(memorandum.procedure),
            transport: book.text(memorandum.transport),
            route: book.text(memorandum.route),
            storage: book.text(memorandum.storage),
            other: text(memorandum.other),
        }),
        subcontracts: contract.subcontracts.iter().map(|one| subcontract_view(one, lang, book)).collect(),
        missing: missing.iter().map(|missing| MissingView::new(missing, lang)).collect(),
        acts: contract::open_acts(contract, person, profile, today)
            .iter()
            .map(|(kind, answer)| open_act(*kind, answer))
            .collect(),
        version: contract.version,
    }
}

// --------------------------------------------------------------------------------------------- what is done

struct ContractDone {
    contract: Contract,
    entries: Vec<Entry>,
    repeated: bool,
}

/// Whether an act needs a second factor that was shown a moment ago: what lets data go to somebody else.
fn needs_proof(act: &ContractActRequest) -> bool {
    matches!(act, ContractActRequest::Approve { .. } | ContractActRequest::ApproveSubcontract { .. })
}

async fn actor(tx: &mut WriteTx, caller: hokan_domain::ids::PersonId) -> Result<Person, AppError> {
    Ok(tx.person(caller).await?.ok_or(AppError::Unauthenticated)?.person)
}

impl App {
    /// Begins the preparation of a contract, which bears the id that follows from the event's.
    ///
    /// # Errors
    /// A refusal, `event-id-reused`, `unknown-reference` (`division`).
    pub(crate) async fn draft_contract(
        &self,
        caller: &Caller,
        event: EventId,
        request: DraftRequest,
    ) -> Result<ContractAnswer, Problem> {
        let mut stamp = self.stamp(caller, event, &format!("contract {request:?}"));
        let app = self.clone();
        let person = caller.person.id;
        let id = ContractId::from(event);
        let done = self
            .store()
            .write("contract.draft", move |tx| {
                Box::pin(async move {
                    let entries = tx.first_outcome(&stamp).await?;
                    if !entries.is_empty() {
                        let contract = tx.subject(id.0).await?.ok_or(AppError::NotFound)?;
                        return Ok(ContractDone { contract, entries, repeated: true });
                    }
                    tx.must_be_free(id.0).await?;
                    let profile = app.profile_on(jst_date(tx.now()));
                    stamp.profile = profile.digest;
                    let actor = actor(tx, person).await?;
                    let mut texts = NewTexts::new(tx);
                    let drafting = Drafting {
                        contractor: texts.add(&request.contractor),
                        subject: texts.add(&request.subject),
                        from: request.from,
                        to: request.to,
                        division: read_division(tx, request.division).await?,
                    };
                    let events = contract::draft(&drafting, &actor, &profile)
                        .map_err(|refusal| AppError::Refused { refusal, item: None })?;
                    tx.keep_texts(texts).await?;
                    let (contract, entries) = tx.append_to::<Contract>(&stamp, id.0, None, &events).await?;
                    let contract = contract.ok_or(AppError::NotFound)?;
                    Ok(ContractDone { contract, entries, repeated: false })
                })
            })
            .await;
        self.contract_answer(caller, event, done).await
    }

    /// Does one act on a contract.
    ///
    /// # Errors
    /// A refusal, `not-found`, `event-id-reused`; `second-factor-needed` for approving.
    pub(crate) async fn act_on_contract(
        &self,
        caller: &Caller,
        id: ContractId,
        event: EventId,
        act: ContractActRequest,
    ) -> Result<ContractAnswer, Problem> {
        let mut stamp = self.stamp(caller, event, &format!("{id} {act:?}"));
        let proven = !needs_proof(&act) || self.must_be_proven(caller).is_ok();
        let app = self.clone();
        let person = caller.person.id;
        let done = self
            .store()
            .write("contract.act", move |tx| {
                Box::pin(async move {
                    let known: Contract = tx.subject(id.0).await?.ok_or(AppError::NotFound)?;
                    let entries = tx.first_outcome(&stamp).await?;
                    if !entries.is_empty() {
                        return Ok(ContractDone { contract: known, entries, repeated: true });
                    }
                    let profile = app.profile_on(jst_date(tx.now()));
                    stamp.profile = profile.digest;
                    let actor = actor(tx, person).await?;
                    let mut texts = NewTexts::new(tx);
                    let act = read_act(act, &mut texts);
                    let events = contract::decide(&known, &act, event, &actor, &profile, tx.now())
                        .map_err(|refusal| AppError::Refused { refusal, item: None })?;
                    // After the rules: nobody is asked to prove himself for what he may not do anyway.
                    if !proven {
                        return Err(AppError::Unproven);
                    }
                    tx.keep_texts(texts).await?;
                    let (contract, entries) = tx.append_to(&stamp, id.0, Some(known), &events).await?;
                    let contract = contract.ok_or(AppError::NotFound)?;
                    Ok(ContractDone { contract, entries, repeated: false })
                })
            })
            .await;
        self.contract_answer(caller, event, done).await
    }

    async fn contract_answer(
        &self,
        caller: &Caller,
        event: EventId,
        done: Result<ContractDone, AppError>,
    ) -> Result<ContractAnswer, Problem> {
        let done = match done {
            Ok(done) => done,
            Err(error) => return Err(self.problem(caller, error).await),
        };
        let (seq, recorded_at) = told(&done.entries, caller.lang)?;
        let contract = self.contract(caller, done.contract.id).await?;
        Ok(ContractAnswer { event_id: event, seq, recorded_at, repeated: done.repeated, contract })
    }

    /// A contract, with what is still missing before it can be put in force.
    ///
    /// # Errors
    /// `not-found`.
    pub(crate) async fn contract(&self, caller: &Caller, id: ContractId) -> Result<ContractView, Problem> {
        let lang = caller.lang;
        let fault = |error| store_problem(&error, lang);
        let contract: Option<Contract> = self.store().subject(id.0).await.map_err(fault)?;
        let Some(contract) = contract else {
            return Err(self.problem(caller, AppError::NotFound).await);
        };
        let today = jst_date(self.store().clock().now());
        let profile = self.profile_on(today);
        self.with_names(lang, |book| view(&contract, &caller.person, &profile, today, lang, book))
            .await
            .map_err(fault)
    }

    /// The contracts, the last changed first.
    ///
    /// # Errors
    /// Where the store fails.
    pub(crate) async fn contracts(&self, caller: &Caller, show: Show) -> Result<Vec<ContractLine>, Problem> {
        let lang = caller.lang;
        let fault = |error| store_problem(&error, lang);
        let phases: &[&str] = match show {
            Show::Open => &["draft", "active"],
            Show::All => &[],
        };
        let contracts = self.store().subjects::<Contract>(phases).await.map_err(fault)?;
        let today = jst_date(self.store().clock().now());
        let line = |contract: &Contract, book: &Book| ContractLine {
            id: contract.id,
            contractor: book.text(contract.contractor),
            subject: book.text(contract.subject),
            from: contract.from,
            to: contract.to,
            state: state_named(contract.state, lang),
            in_force: contract.in_force(today),
        };
        self.with_names(lang, |book| contracts.iter().map(|contract| line(contract, book)).collect())
            .await
            .map_err(fault)
    }
}
