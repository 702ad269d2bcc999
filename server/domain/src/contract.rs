//! Contracts with contractors (委託契約): what they must say, who approved them, and when they are in force.
//!
//! A contract begins as a draft. What is to be entrusted, why, and how the data is protected is approved
//! beforehand where the regulation asks for that; each clause that it asks for is ticked with the page on which
//! the contract has it; then it is put in force. Nothing is handed to a contractor without one in force:
//! [`check_in_force`].

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    approval::{self, Given, RequestState},
    event::Stamp,
    ids::{ContractId, DivisionId, EventId, ItemId, PersonId, RequestId},
    japan_date::jst_date,
    person::{Part, Person},
    profile::{Bilingual, Choice, Gate, Gated, Profile, RoleId},
    refusal::{Missing, Reason, Refusal, Source},
    text::{Lang, TextRef},
};

/// What the ledger calls the subject of these events.
pub const SUBJECT_KIND: &str = "contract";

/// The word in the short name of the clause that media come back when the work ends (返還・返却), as in
/// `erasure-and-return`.
pub const RETURN_CLAUSE: &str = "return";

/// Where a contract stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ContractState {
    /// It is being prepared.
    Draft,
    /// It was put in force.
    Active,
    /// It has ended.
    Ended,
}

impl ContractState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Draft, Self::Active, Self::Ended];

    /// The stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Active => "active",
            Self::Ended => "ended",
        }
    }

    /// The state that `code` names.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// What a person reads.
    #[must_use]
    pub fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::Draft => lang.pick("準備中", "draft"),
            Self::Active => lang.pick("有効", "active"),
            Self::Ended => lang.pick("終了", "ended"),
        }
    }
}

/// What both sides agreed about media on their way (覚書).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Memorandum {
    /// The day in Japan on which it was concluded.
    pub on: NaiveDate,
    /// How media are handed over and taken back (授受の手続き).
    pub procedure: TextRef,
    /// How they travel (搬送の方法).
    pub transport: TextRef,
    /// By which route (経路).
    pub route: TextRef,
    /// How they are stored (保管方法).
    pub storage: TextRef,
    /// What else was agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<TextRef>,
}

/// Something that happened to a contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ContractEvent {
    /// Its preparation began.
    Drafted {
        /// Who prepares it.
        by: PersonId,
        /// With whom.
        contractor: TextRef,
        /// About what.
        subject: TextRef,
        /// The first day on which it is to be in force.
        from: NaiveDate,
        /// The last day; none where it has no end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<NaiveDate>,
        /// The division that entrusts.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        division: Option<DivisionId>,
    },
    /// It was stated what is entrusted, why, and how the data is protected. What is absent stays as it was.
    Proposed {
        /// By whom.
        by: PersonId,
        /// What is entrusted (委託する事務の内容).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        content: Option<TextRef>,
        /// Why (理由).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<TextRef>,
        /// How the data is protected (情報の保護).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        protection: Option<TextRef>,
    },
    /// Somebody approved what was proposed.
    Approved {
        /// Who.
        by: PersonId,
        /// In which role.
        role: RoleId,
        /// For whom, where he is a deputy.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deputy_for: Option<PersonId>,
        /// A word with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<TextRef>,
    },
    /// Somebody turned what was proposed down.
    TurnedDown {
        /// Who.
        by: PersonId,
        /// In which role.
        role: RoleId,
        /// Why.
        reason: TextRef,
    },
    /// The contract was found to have a clause.
    ClauseTicked {
        /// By whom.
        by: PersonId,
        /// Which, as the profile names it.
        clause: String,
        /// On which page or in which article.
        page: TextRef,
    },
    /// It was found not to have it.
    ClauseStruck {
        /// By whom.
        by: PersonId,
        /// Which.
        clause: String,
    },
    /// Something beside the contract was confirmed in writing.
    Confirmed {
        /// By whom.
        by: PersonId,
        /// What, as the profile names it.
        confirmation: String,
        /// By which paper.
        evidence: TextRef,
    },
    /// It was found not to be confirmed.
    ConfirmationStruck {
        /// By whom.
        by: PersonId,
        /// What.
        confirmation: String,
    },
    /// The contract was put in force.
    Activated {
        /// By whom.
        by: PersonId,
    },
    /// A memorandum was concluded.
    MemorandumConcluded {
        /// By whom it was recorded.
        by: PersonId,
        /// What it says.
        memorandum: Memorandum,
    },
    /// The contractor asked to entrust some of the work to another (再委託).
    SubcontractAsked {
        /// The request.
        request: RequestId,
        /// By whom it was recorded.
        by: PersonId,
        /// To whom.
        to: TextRef,
        /// Why.
        reason: TextRef,
        /// How it was made sure that the data is safe there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        checked: Option<TextRef>,
    },
    /// Somebody approved it.
    SubcontractApproved {
        /// The request.
        request: RequestId,
        /// Who.
        by: PersonId,
        /// In which role.
        role: RoleId,
        /// For whom, where he is a deputy.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deputy_for: Option<PersonId>,
        /// A word with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<TextRef>,
    },
    /// The approvals are enough.
    SubcontractGranted {
        /// The request.
        request: RequestId,
    },
    /// Somebody turned it down.
    SubcontractTurnedDown {
        /// The request.
        request: RequestId,
        /// Who.
        by: PersonId,
        /// In which role.
        role: RoleId,
        /// Why.
        reason: TextRef,
    },
    /// The contract ended.
    Ended {
        /// Who says so.
        by: PersonId,
        /// On which day in Japan.
        on: NaiveDate,
        /// Why, where it ended before its time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<TextRef>,
    },
}

impl ContractEvent {
    /// The stable word that names this kind of event in the ledger.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Drafted { .. } => "drafted",
            Self::Proposed { .. } => "proposed",
            Self::Approved { .. } => "approved",
            Self::TurnedDown { .. } => "turned-down",
            Self::ClauseTicked { .. } => "clause-ticked",
            Self::ClauseStruck { .. } => "clause-struck",
            Self::Confirmed { .. } => "confirmed",
            Self::ConfirmationStruck { .. } => "confirmation-struck",
            Self::Activated { .. } => "activated",
            Self::MemorandumConcluded { .. } => "memorandum-concluded",
            Self::SubcontractAsked { .. } => "subcontract-asked",
            Self::SubcontractApproved { .. } => "subcontract-approved",
            Self::SubcontractGranted { .. } => "subcontract-granted",
            Self::SubcontractTurnedDown { .. } => "subcontract-turned-down",
            Self::Ended { .. } => "ended",
        }
    }

    /// The texts that this event refers to.
    #[must_use]
    pub fn texts(&self) -> Vec<TextRef> {
        match self {
            Self::Drafted { contractor, subject, .. } => vec![*contractor, *subject],
            Self::Proposed { content, reason, protection, .. } => {
                [*content, *reason, *protection].into_iter().flatten().collect()
            }
            Self::Approved { note, .. }
            | Self::SubcontractApproved { note, .. }
            | Self::Ended { reason: note, .. } => note.iter().copied().collect(),
            Self::TurnedDown { reason: text, .. }
            | Self::SubcontractTurnedDown { reason: text, .. }
            | Self::ClauseTicked { page: text, .. }
            | Self::Confirmed { evidence: text, .. } => vec![*text],
            Self::MemorandumConcluded { memorandum, .. } => {
                let Memorandum { procedure, transport, route, storage, other, .. } = memorandum;
                [*procedure, *transport, *route, *storage].into_iter().chain(*other).collect()
            }
            Self::SubcontractAsked { to, reason, checked, .. } => {
                [*to, *reason].into_iter().chain(*checked).collect()
            }
            Self::ClauseStruck { .. }
            | Self::ConfirmationStruck { .. }
            | Self::Activated { .. }
            | Self::SubcontractGranted { .. } => Vec::new(),
        }
    }
}

/// What is to be approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proposal {
    /// What is entrusted (委託する事務の内容).
    pub content: Option<TextRef>,
    /// Why (理由).
    pub reason: Option<TextRef>,
    /// How the data is protected (情報の保護).
    pub protection: Option<TextRef>,
    /// Who stated it last.
    pub by: Option<PersonId>,
}

/// Somebody's word that the contract, or a paper beside it, says something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ticked {
    /// Who says so.
    pub by: PersonId,
    /// Since when.
    pub at: DateTime<Utc>,
    /// Where it says so.
    pub at_page: TextRef,
}

/// A request to entrust some of the work to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subcontract {
    /// Its id.
    pub id: RequestId,
    /// By whom it was recorded.
    pub by: PersonId,
    /// When.
    pub at: DateTime<Utc>,
    /// To whom.
    pub to: TextRef,
    /// Why.
    pub reason: TextRef,
    /// How it was made sure that the data is safe there.
    pub checked: Option<TextRef>,
    /// The approvals so far.
    pub given: Vec<Given>,
    /// Where it stands.
    pub state: RequestState,
}

/// A contract: the fold of its events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// Its id.
    pub id: ContractId,
    /// How many events were folded; the next event is number `version + 1`.
    pub version: u64,
    /// With whom.
    pub contractor: TextRef,
    /// About what.
    pub subject: TextRef,
    /// The first day on which it is to be in force.
    pub from: NaiveDate,
    /// The last day; none where it has no end.
    pub to: Option<NaiveDate>,
    /// The division that entrusts.
    pub division: Option<DivisionId>,
    /// Who prepared it.
    pub drafted_by: PersonId,
    /// When.
    pub drafted_at: DateTime<Utc>,
    /// What is to be approved.
    pub proposal: Proposal,
    /// The approvals of the proposal as it stands. A change of it voids them.
    pub given: Vec<Given>,
    /// Why it was turned down, as long as nothing new was proposed since.
    pub turned_down: Option<TextRef>,
    /// The clauses that it has, as the profile names them.
    pub clauses: BTreeMap<String, Ticked>,
    /// What was confirmed in writing beside it, as the profile names it.
    pub confirmations: BTreeMap<String, Ticked>,
    /// What both sides agreed about media on their way. The last one holds.
    pub memorandum: Option<Memorandum>,
    /// Requests to entrust some of the work to another.
    pub subcontracts: Vec<Subcontract>,
    /// Where it stands.
    pub state: ContractState,
    /// The day in Japan on which it ended.
    pub ended_on: Option<NaiveDate>,
}

impl Contract {
    /// Whether media can be handed to the contractor on this day.
    #[must_use]
    pub fn in_force(&self, today: NaiveDate) -> bool {
        self.state == ContractState::Active && self.from <= today && self.to.is_none_or(|to| today <= to)
    }

    /// The day in Japan since which it is over, be it that it was ended or that its last day has passed.
    #[must_use]
    pub fn over_since(&self, today: NaiveDate) -> Option<NaiveDate> {
        match self.state {
            ContractState::Draft => None,
            ContractState::Ended => self.ended_on,
            ContractState::Active => self.to.filter(|to| *to < today),
        }
    }

    /// The gate that stands before it: a contract is about no one item, so conditions on items do not count.
    #[must_use]
    pub fn gate<'a>(&self, profile: &'a Profile) -> Option<&'a Gate> {
        gate(Gated::Contract, profile)
    }

    /// The request to entrust some of the work to another.
    #[must_use]
    pub fn subcontract(&self, id: RequestId) -> Option<&Subcontract> {
        self.subcontracts.iter().find(|subcontract| subcontract.id == id)
    }

    fn subcontract_mut(&mut self, id: RequestId) -> Option<&mut Subcontract> {
        self.subcontracts.iter_mut().find(|subcontract| subcontract.id == id)
    }
}

fn gate(gated: Gated, profile: &Profile) -> Option<&Gate> {
    profile.gates.iter().find(|gate| gate.gated == gated)
}

/// Folds one event into the contract. Total: any event on any contract gives a contract, and no profile or
/// clock is consulted. `None` stands for a contract that nobody has drafted yet.
#[must_use]
pub fn evolve(
    id: ContractId,
    contract: Option<Contract>,
    stamp: &Stamp,
    event: &ContractEvent,
) -> Option<Contract> {
    let at = stamp.recorded_at;
    let Some(mut contract) = contract else {
        return match event {
            ContractEvent::Drafted { by, contractor, subject, from, to, division } => Some(Contract {
                id,
                version: 1,
                contractor: *contractor,
                subject: *subject,
                from: *from,
                to: *to,
                division: *division,
                drafted_by: *by,
                drafted_at: at,
                proposal: Proposal::default(),
                given: Vec::new(),
                turned_down: None,
                clauses: BTreeMap::new(),
                confirmations: BTreeMap::new(),
                memorandum: None,
                subcontracts: Vec::new(),
                state: ContractState::Draft,
                ended_on: None,
            }),
            _ => None,
        };
    };
    contract.version += 1;
    match event {
        // A second draft of the same contract cannot be decided; folding it changes nothing.
        ContractEvent::Drafted { .. } => {}
        ContractEvent::Proposed { by, content, reason, protection } => {
            let known = contract.proposal;
            contract.proposal = Proposal {
                content: content.or(known.content),
                reason: reason.or(known.reason),
                protection: protection.or(known.protection),
                by: Some(*by),
            };
            contract.given.clear();
            contract.turned_down = None;
        }
        ContractEvent::Approved { by, role, deputy_for, .. } => {
            contract.given.push(Given { by: *by, role: role.clone(), deputy_for: *deputy_for, at });
        }
        ContractEvent::TurnedDown { reason, .. } => {
            contract.given.clear();
            contract.turned_down = Some(*reason);
        }
        ContractEvent::ClauseTicked { by, clause, page } => {
            contract.clauses.insert(clause.clone(), Ticked { by: *by, at, at_page: *page });
        }
        ContractEvent::ClauseStruck { clause, .. } => {
            contract.clauses.remove(clause);
        }
        ContractEvent::Confirmed { by, confirmation, evidence } => {
            let ticked = Ticked { by: *by, at, at_page: *evidence };
            contract.confirmations.insert(confirmation.clone(), ticked);
        }
        ContractEvent::ConfirmationStruck { confirmation, .. } => {
            contract.confirmations.remove(confirmation);
        }
        ContractEvent::Activated { .. } => contract.state = ContractState::Active,
        ContractEvent::MemorandumConcluded { memorandum, .. } => contract.memorandum = Some(*memorandum),
        ContractEvent::SubcontractAsked { request, by, to, reason, checked } => {
            contract.subcontracts.push(Subcontract {
                id: *request,
                by: *by,
                at,
                to: *to,
                reason: *reason,
                checked: *checked,
                given: Vec::new(),
                state: RequestState::Open,
            });
        }
        ContractEvent::SubcontractApproved { request, by, role, deputy_for, .. } => {
            let given = Given { by: *by, role: role.clone(), deputy_for: *deputy_for, at };
            if let Some(subcontract) = contract.subcontract_mut(*request) {
                subcontract.given.push(given);
            }
        }
        ContractEvent::SubcontractGranted { request } => {
            if let Some(subcontract) = contract.subcontract_mut(*request) {
                subcontract.state = RequestState::Granted;
            }
        }
        ContractEvent::SubcontractTurnedDown { request, .. } => {
            if let Some(subcontract) = contract.subcontract_mut(*request) {
                subcontract.state = RequestState::TurnedDown;
            }
        }
        ContractEvent::Ended { on, .. } => {
            contract.state = ContractState::Ended;
            contract.ended_on.get_or_insert(*on);
        }
    }
    Some(contract)
}

// ------------------------------------------------------------------------------------------ what can be done

/// What is needed to begin a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drafting {
    /// With whom.
    pub contractor: TextRef,
    /// About what.
    pub subject: TextRef,
    /// The first day on which it is to be in force.
    pub from: NaiveDate,
    /// The last day; none where it has no end.
    pub to: Option<NaiveDate>,
    /// The division that entrusts.
    pub division: Option<DivisionId>,
}

/// Begins the preparation of a contract.
///
/// # Errors
/// A refusal where the person may not act at all, or the contract would end before it begins.
pub fn draft(drafting: &Drafting, actor: &Person, profile: &Profile) -> Result<Vec<ContractEvent>, Refusal> {
    must_be_concerned(actor, profile)?;
    let Drafting { contractor, subject, from, to, division } = *drafting;
    if to.is_some_and(|to| to < from) {
        return Err(profile.refuse(Reason::NotLater { until: from }));
    }
    Ok(vec![ContractEvent::Drafted { by: actor.id, contractor, subject, from, to, division }])
}

/// What somebody asks to do with a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContractAct {
    /// State what is entrusted, why, and how the data is protected. What is absent stays as it was.
    Propose {
        /// What is entrusted.
        content: Option<TextRef>,
        /// Why.
        reason: Option<TextRef>,
        /// How the data is protected.
        protection: Option<TextRef>,
    },
    /// Approve what was proposed.
    Approve {
        /// A word with it.
        note: Option<TextRef>,
    },
    /// Turn what was proposed down.
    TurnDown {
        /// Why.
        reason: TextRef,
    },
    /// Say that the contract has a clause.
    TickClause {
        /// Which, as the profile names it.
        clause: String,
        /// On which page or in which article.
        page: TextRef,
    },
    /// Say that it does not have it.
    StrikeClause {
        /// Which.
        clause: String,
    },
    /// Say that something was confirmed in writing.
    Confirm {
        /// What, as the profile names it.
        confirmation: String,
        /// By which paper, or why there is nothing to confirm in this case.
        evidence: TextRef,
    },
    /// Say that it was not.
    StrikeConfirmation {
        /// What.
        confirmation: String,
    },
    /// Put it in force.
    Activate {},
    /// Record a memorandum.
    ConcludeMemorandum {
        /// What it says.
        memorandum: Memorandum,
    },
    /// Record that the contractor asks to entrust some of the work to another.
    AskSubcontract {
        /// To whom.
        to: TextRef,
        /// Why.
        reason: TextRef,
        /// How it was made sure that the data is safe there.
        checked: Option<TextRef>,
    },
    /// Approve that.
    ApproveSubcontract {
        /// The request.
        request: RequestId,
        /// A word with it.
        note: Option<TextRef>,
    },
    /// Turn that down.
    TurnDownSubcontract {
        /// The request.
        request: RequestId,
        /// Why.
        reason: TextRef,
    },
    /// End the contract.
    End {
        /// On which day in Japan.
        on: NaiveDate,
        /// Why, where it ends before its time.
        reason: Option<TextRef>,
    },
}

macro_rules! act_kinds {
    ($($kind:ident, $code:literal, $ja:literal, $en:literal;)*) => {
        /// The kinds of act, as pages and phones name them, in the order in which a page shows them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ContractActKind {
            $(#[doc = concat!("[`ContractAct::", stringify!($kind), "`]")] $kind,)*
        }

        impl ContractActKind {
            /// Every kind.
            pub const ALL: [Self; [$(ContractActKind::$kind),*].len()] = [$(Self::$kind),*];

            /// The stable word used on the wire.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$kind => $code,)*
                }
            }

            /// The kind that `code` names.
            #[must_use]
            pub fn from_code(code: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|kind| kind.code() == code)
            }

            /// What stands on the button.
            #[must_use]
            pub fn name(self, lang: Lang) -> &'static str {
                match self {
                    $(Self::$kind => lang.pick($ja, $en),)*
                }
            }
        }

        impl ContractAct {
            /// The kind of this act.
            #[must_use]
            pub fn kind(&self) -> ContractActKind {
                match self {
                    $(Self::$kind { .. } => ContractActKind::$kind,)*
                }
            }
        }
    };
}

act_kinds! {
    Approve, "approve", "委託を承認する", "Approve the contract";
    TurnDown, "turn-down", "委託を承認しない", "Turn the contract down";
    ApproveSubcontract, "approve-subcontract", "再委託を承認する", "Approve further entrusting";
    TurnDownSubcontract, "turn-down-subcontract", "再委託を承認しない", "Turn further entrusting down";
    Propose, "propose", "委託の内容・理由・情報の保護を記録する", "State content, reason and protection";
    TickClause, "tick-clause", "条項を確認する", "Tick a clause";
    StrikeClause, "strike-clause", "条項の確認を取り消す", "Strike a clause";
    Confirm, "confirm", "書面での確認を記録する", "Record a written confirmation";
    StrikeConfirmation, "strike-confirmation", "書面での確認を取り消す", "Strike a confirmation";
    Activate, "activate", "契約を有効にする", "Put in force";
    ConcludeMemorandum, "conclude-memorandum", "覚書を記録する", "Record a memorandum";
    AskSubcontract, "ask-subcontract", "再委託を申請する", "Ask to entrust further";
    End, "end", "契約を終了する", "End the contract";
}

/// Whether this person may do this kind of act on this contract now, as far as can be said before the details
/// of the act are known.
///
/// # Errors
/// The first reason that stands against it.
pub fn check(
    contract: &Contract,
    kind: ContractActKind,
    actor: &Person,
    profile: &Profile,
    today: NaiveDate,
) -> Result<(), Refusal> {
    must_be_concerned(actor, profile)?;
    let state = contract.state;
    let elsewhere = || {
        let state = Bilingual::of(|lang| state.name(lang).to_owned());
        Err(profile.refuse(Reason::ContractElsewhere { state }))
    };
    match kind {
        ContractActKind::Propose if state != ContractState::Draft => elsewhere(),
        ContractActKind::Approve | ContractActKind::TurnDown | ContractActKind::Activate
            if state != ContractState::Draft =>
        {
            elsewhere()
        }
        ContractActKind::TickClause
        | ContractActKind::StrikeClause
        | ContractActKind::Confirm
        | ContractActKind::StrikeConfirmation
        | ContractActKind::ConcludeMemorandum
            if state == ContractState::Ended =>
        {
            elsewhere()
        }
        ContractActKind::End if state != ContractState::Active => elsewhere(),
        // Every carry-out to the contractor rests on a contract in force: whoever approves such a contract has the say
        // over its end, and over what would be missing from it.
        ContractActKind::End | ContractActKind::StrikeClause | ContractActKind::StrikeConfirmation
            if state == ContractState::Active =>
        {
            must_be_its_officer(contract, actor, profile)
        }
        ContractActKind::Approve => approving(contract, actor, profile).map(drop),
        ContractActKind::TurnDown => role_for(contract, actor, profile).map(drop),
        ContractActKind::Activate => Refusal::unless_complete(missing_to_activate(contract, profile)),
        ContractActKind::AskSubcontract => may_ask_subcontract(contract, profile, today),
        ContractActKind::ApproveSubcontract | ContractActKind::TurnDownSubcontract => {
            let mut first = None;
            for request in contract.subcontracts.iter().filter(|one| one.state == RequestState::Open) {
                let may = match kind {
                    ContractActKind::ApproveSubcontract => {
                        approving_subcontract(contract, request, actor, profile)
                    }
                    _ => role_for_subcontract(contract, request, actor, profile),
                };
                match may {
                    Ok(_) => return Ok(()),
                    Err(refusal) => {
                        first.get_or_insert(refusal);
                    }
                }
            }
            Err(first.unwrap_or_else(|| profile.refuse(Reason::RequestSettled)))
        }
        _ => Ok(()),
    }
}

/// Every kind of act with its answer for this person now.
#[must_use]
pub fn open_acts(
    contract: &Contract,
    actor: &Person,
    profile: &Profile,
    today: NaiveDate,
) -> Vec<(ContractActKind, Result<(), Refusal>)> {
    ContractActKind::ALL
        .into_iter()
        .map(|kind| (kind, check(contract, kind, actor, profile, today)))
        .collect()
}

/// Decides one act: the events that it becomes, or why it is refused. `act_id` is the id of the act and so of
/// its first event.
///
/// # Errors
/// A refusal, which leaves everything as it was.
pub fn decide(
    contract: &Contract,
    act: &ContractAct,
    act_id: EventId,
    actor: &Person,
    profile: &Profile,
    now: DateTime<Utc>,
) -> Result<Vec<ContractEvent>, Refusal> {
    let (by, today) = (actor.id, jst_date(now));
    match act {
        // Which request is meant says more than whether there is any for this person.
        ContractAct::ApproveSubcontract { .. } | ContractAct::TurnDownSubcontract { .. } => {
            must_be_concerned(actor, profile)?;
        }
        _ => check(contract, act.kind(), actor, profile, today)?,
    }
    let event = match act {
        ContractAct::Propose { content, reason, protection } => {
            ContractEvent::Proposed { by, content: *content, reason: *reason, protection: *protection }
        }
        ContractAct::Approve { note } => {
            let (role, deputy_for) = approving(contract, actor, profile)?;
            ContractEvent::Approved { by, role, deputy_for, note: *note }
        }
        ContractAct::TurnDown { reason } => {
            let (role, _) = role_for(contract, actor, profile)?;
            ContractEvent::TurnedDown { by, role, reason: *reason }
        }
        ContractAct::TickClause { clause, page } => {
            must_be_listed(&profile.contract.clauses, clause, profile)?;
            ContractEvent::ClauseTicked { by, clause: clause.clone(), page: *page }
        }
        ContractAct::StrikeClause { clause } => {
            must_be_ticked(&contract.clauses, clause, profile)?;
            ContractEvent::ClauseStruck { by, clause: clause.clone() }
        }
        ContractAct::Confirm { confirmation, evidence } => {
            must_be_listed(&profile.contract.confirmations, confirmation, profile)?;
            ContractEvent::Confirmed { by, confirmation: confirmation.clone(), evidence: *evidence }
        }
        ContractAct::StrikeConfirmation { confirmation } => {
            must_be_ticked(&contract.confirmations, confirmation, profile)?;
            ContractEvent::ConfirmationStruck { by, confirmation: confirmation.clone() }
        }
        ContractAct::Activate {} => ContractEvent::Activated { by },
        ContractAct::ConcludeMemorandum { memorandum } => {
            ContractEvent::MemorandumConcluded { by, memorandum: *memorandum }
        }
        ContractAct::AskSubcontract { to, reason, checked } => {
            let request = act_id.into();
            let asked =
                ContractEvent::SubcontractAsked { request, by, to: *to, reason: *reason, checked: *checked };
            // Where nobody needs to approve it, asking for it is all.
            return Ok(match gate(Gated::Subcontract, profile) {
                Some(_) => vec![asked],
                None => vec![asked, ContractEvent::SubcontractGranted { request }],
            });
        }
        ContractAct::ApproveSubcontract { request, note } => {
            let request = find_open(contract, *request, profile)?;
            let (role, deputy_for) = approving_subcontract(contract, request, actor, profile)?;
            let mut given = request.given.clone();
            given.push(Given { by, role: role.clone(), deputy_for, at: now });
            let request = request.id;
            let approved = ContractEvent::SubcontractApproved { request, by, role, deputy_for, note: *note };
            let complete = gate(Gated::Subcontract, profile)
                .is_none_or(|gate| approval::missing(&gate.approvers, &given).is_empty());
            return Ok(match complete {
                true => vec![approved, ContractEvent::SubcontractGranted { request }],
                false => vec![approved],
            });
        }
        ContractAct::TurnDownSubcontract { request, reason } => {
            let request = find_open(contract, *request, profile)?;
            let (role, _) = role_for_subcontract(contract, request, actor, profile)?;
            ContractEvent::SubcontractTurnedDown { request: request.id, by, role, reason: *reason }
        }
        ContractAct::End { on, reason } => ContractEvent::Ended { by, on: (*on).min(today), reason: *reason },
    };
    Ok(vec![event])
}

/// Contracts are the business of those who handle what is entrusted or answer for it; somebody who may only look
/// (an auditor, the borrower of a viewer's id) changes none.
fn must_be_concerned(actor: &Person, profile: &Profile) -> Result<(), Refusal> {
    let plays = [Part::Handler, Part::Approver, Part::Custodian, Part::Administrator];
    let concerned = !actor.roles.is_empty() || plays.into_iter().any(|part| actor.is(part));
    if actor.active && concerned { Ok(()) } else { Err(profile.refuse(Reason::NotDesignated)) }
}

/// Somebody who holds a role that approves such a contract; where the regulation names none, whoever is concerned.
fn must_be_its_officer(contract: &Contract, actor: &Person, profile: &Profile) -> Result<(), Refusal> {
    let Some(gate) = contract.gate(profile) else { return Ok(()) };
    let roles = gate.approvers.roles();
    if roles.iter().any(|role| approval::holding(actor, role, contract.division, profile).is_some()) {
        return Ok(());
    }
    Err(Refusal::by(&gate.source, Reason::NotApprover { roles: profile.role_names(roles) }))
}

fn must_be_listed(list: &[Choice], id: &str, profile: &Profile) -> Result<(), Refusal> {
    if list.iter().any(|choice| choice.id == id) { Ok(()) } else { Err(profile.refuse(Reason::NoSuchClause)) }
}

fn must_be_ticked(ticked: &BTreeMap<String, Ticked>, id: &str, profile: &Profile) -> Result<(), Refusal> {
    if ticked.contains_key(id) { Ok(()) } else { Err(profile.refuse(Reason::NoSuchClause)) }
}

type InRole = (RoleId, Option<PersonId>);

/// Who may approve is the regulation's word; that nobody approves for himself is the product's.
fn by_gate(gate: &Gate, given: &[Given], reason: Reason, profile: &Profile) -> Refusal {
    match reason {
        Reason::NotApprover { .. } if approval::missing(&gate.approvers, given).is_empty() => {
            profile.refuse(Reason::AlreadyDone)
        }
        Reason::NotApprover { .. } => Refusal::by(&gate.source, reason),
        _ => profile.refuse(reason),
    }
}

fn role_for(contract: &Contract, actor: &Person, profile: &Profile) -> Result<InRole, Refusal> {
    let Some(gate) = contract.gate(profile) else {
        return Err(profile.refuse(Reason::PermissionNotNeeded { gated: Gated::Contract }));
    };
    // Whoever drafted it asks for it, and so does whoever stated what is to be approved.
    let askers = [Some(contract.drafted_by), contract.proposal.by];
    let mut role = None;
    for asker in askers.into_iter().flatten() {
        let held =
            approval::role_of(actor, asker, &gate.approvers, &contract.given, contract.division, profile);
        role = Some(held.map_err(|reason| by_gate(gate, &contract.given, reason, profile))?);
    }
    role.ok_or_else(|| profile.refuse(Reason::RequestSettled))
}

fn approving(contract: &Contract, actor: &Person, profile: &Profile) -> Result<InRole, Refusal> {
    let role = role_for(contract, actor, profile)?;
    Refusal::unless_complete(missing_to_approve(contract, profile))?;
    Ok(role)
}

/// What must still be stated before the contract can be approved.
#[must_use]
pub fn missing_to_approve(contract: &Contract, profile: &Profile) -> Vec<Missing> {
    let Some(gate) = contract.gate(profile) else { return Vec::new() };
    let Proposal { content, reason, protection, .. } = contract.proposal;
    let stated = [
        ("content", Bilingual::new("委託する事務の内容", "what is entrusted"), content),
        ("reason", Bilingual::new("委託の理由", "why it is entrusted"), reason),
        ("protection", Bilingual::new("情報の保護に関する事項", "how the data is protected"), protection),
    ];
    stated
        .into_iter()
        .filter(|(_, _, text)| text.is_none())
        .map(|(which, name, _)| Missing {
            code: "field",
            which: which.to_owned(),
            name,
            item: None,
            source: gate.source.clone(),
        })
        .collect()
}

/// What is still missing before the contract can be put in force: approvals, clauses, confirmations, each with
/// what asks for it.
#[must_use]
pub fn missing_to_activate(contract: &Contract, profile: &Profile) -> Vec<Missing> {
    let mut missing = Vec::new();
    if let Some(gate) = contract.gate(profile) {
        for role in approval::missing(&gate.approvers, &contract.given) {
            missing.push(Missing {
                code: "approval",
                name: Bilingual::of(|lang| {
                    let name = profile.role_name(&role, lang);
                    lang.pick(format!("{name}の承認"), format!("approval by {name}"))
                }),
                which: role.0,
                item: None,
                source: gate.source.clone(),
            });
        }
    }
    let lists = [
        ("clause", &profile.contract.clauses, &contract.clauses),
        ("confirmation", &profile.contract.confirmations, &contract.confirmations),
    ];
    for (code, choices, ticked) in lists {
        let open = choices.iter().filter(|choice| !ticked.contains_key(&choice.id));
        missing.extend(open.map(|choice| Missing {
            code,
            which: choice.id.clone(),
            name: choice.name.clone(),
            item: None,
            source: choice.source.clone(),
        }));
    }
    missing
}

fn may_ask_subcontract(contract: &Contract, profile: &Profile, today: NaiveDate) -> Result<(), Refusal> {
    if let Some(source) = &profile.contract.subcontract_forbidden {
        return Err(Refusal::by(source, Reason::SubcontractForbidden));
    }
    check_in_force(Some(contract), profile, today)
}

fn find_open<'a>(
    contract: &'a Contract,
    id: RequestId,
    profile: &Profile,
) -> Result<&'a Subcontract, Refusal> {
    contract
        .subcontract(id)
        .filter(|request| request.state == RequestState::Open)
        .ok_or_else(|| profile.refuse(Reason::RequestSettled))
}

fn role_for_subcontract(
    contract: &Contract,
    request: &Subcontract,
    actor: &Person,
    profile: &Profile,
) -> Result<InRole, Refusal> {
    // A regulation that came to forbid it while the request waited forbids it.
    if let Some(source) = &profile.contract.subcontract_forbidden {
        return Err(Refusal::by(source, Reason::SubcontractForbidden));
    }
    let Some(gate) = gate(Gated::Subcontract, profile) else {
        return Err(profile.refuse(Reason::PermissionNotNeeded { gated: Gated::Subcontract }));
    };
    approval::role_of(actor, request.by, &gate.approvers, &request.given, contract.division, profile)
        .map_err(|reason| by_gate(gate, &request.given, reason, profile))
}

fn approving_subcontract(
    contract: &Contract,
    request: &Subcontract,
    actor: &Person,
    profile: &Profile,
) -> Result<InRole, Refusal> {
    let role = role_for_subcontract(contract, request, actor, profile)?;
    // It is approved on the ground of what was looked at, not on trust.
    if let (None, Some(gate)) = (request.checked, gate(Gated::Subcontract, profile)) {
        Refusal::unless_complete(vec![Missing {
            code: "field",
            which: "checked".to_owned(),
            name: Bilingual::new("再委託先の安全管理の確認", "how its safety was checked"),
            item: None,
            source: gate.source.clone(),
        }])?;
    }
    Ok(role)
}

/// Whether media may be handed to a contractor today under this contract; `None` where no contract was named.
///
/// # Errors
/// [`Reason::ContractNotInForce`], by what asks for the approval of contracts or for the first of their clauses.
pub fn check_in_force(
    contract: Option<&Contract>,
    profile: &Profile,
    today: NaiveDate,
) -> Result<(), Refusal> {
    if contract.is_some_and(|contract| contract.in_force(today)) {
        return Ok(());
    }
    let asked_by = gate(Gated::Contract, profile)
        .map(|gate| &gate.source)
        .or_else(|| profile.contract.clauses.first().map(|clause| &clause.source));
    Err(match asked_by {
        Some(source) => Refusal::by(source, Reason::ContractNotInForce),
        None => profile.refuse(Reason::ContractNotInForce),
    })
}

/// Something that a contractor has to give back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueReturn {
    /// What.
    pub item: ItemId,
    /// Since which day the contract is over.
    pub since: NaiveDate,
    /// The clause of the regulation that asks for its return, where it names one.
    pub source: Option<Source>,
}

/// What the contractor has to give back because the contract is over. `handed_over` are the items that were
/// handed over under it and did not come back; who has what is known elsewhere.
#[must_use]
pub fn due_returns(
    contract: &Contract,
    handed_over: &[ItemId],
    profile: &Profile,
    today: NaiveDate,
) -> Vec<DueReturn> {
    let Some(since) = contract.over_since(today) else { return Vec::new() };
    let clause =
        profile.contract.clauses.iter().find(|clause| clause.id.split('-').any(|word| word == RETURN_CLAUSE));
    let source = clause.map(|clause| clause.source.clone());
    handed_over.iter().map(|item| DueReturn { item: *item, since, source: source.clone() }).collect()
}
