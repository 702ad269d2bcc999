//! Ids that are lent for viewing (閲覧用ユーザIDの貸与): to one named person at a time, with the moment of the
//! loan and of its return.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    approval,
    event::Stamp,
    ids::{DivisionId, LoanId, PersonId},
    japan_date::jst_date_time,
    person::Person,
    profile::{Bilingual, Profile, RoleId},
    refusal::{Missing, ProductRule, Reason, Refusal},
    text::{Lang, Names, TextRef},
};

/// What the ledger calls the subject of these events.
pub const SUBJECT_KIND: &str = "loan";

/// Who borrows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Borrower {
    /// Somebody who can sign in.
    Person(PersonId),
    /// Somebody of another division who cannot, by name.
    Named(TextRef),
}

/// Something that happened to a loan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum LoanEvent {
    /// An id was lent.
    Lent {
        /// By whom.
        by: PersonId,
        /// In which role; none where the regulation names nobody.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        role: Option<RoleId>,
        /// For whom, where he is a deputy.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deputy_for: Option<PersonId>,
        /// Which id.
        viewer_id: String,
        /// To whom.
        borrower: Borrower,
        /// What he needs to view.
        purpose: TextRef,
        /// Until when.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due: Option<DateTime<Utc>>,
    },
    /// It came back.
    Returned {
        /// Who recorded it.
        by: PersonId,
    },
}

impl LoanEvent {
    /// The stable word that names this kind of event in the ledger.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Lent { .. } => "lent",
            Self::Returned { .. } => "returned",
        }
    }

    /// The texts that this event refers to.
    #[must_use]
    pub fn texts(&self) -> Vec<TextRef> {
        match self {
            Self::Lent { borrower: Borrower::Named(name), purpose, .. } => vec![*name, *purpose],
            Self::Lent { borrower: Borrower::Person(_), purpose, .. } => vec![*purpose],
            Self::Returned { .. } => Vec::new(),
        }
    }
}

/// A loan: the fold of its events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Loan {
    /// Its id.
    pub id: LoanId,
    /// How many events were folded; the next event is number `version + 1`.
    pub version: u64,
    /// Which id was lent.
    pub viewer_id: String,
    /// To whom.
    pub borrower: Borrower,
    /// What he needs to view.
    pub purpose: TextRef,
    /// Who lent it.
    pub lent_by: PersonId,
    /// When.
    pub lent_at: DateTime<Utc>,
    /// Until when.
    pub due: Option<DateTime<Utc>>,
    /// Who recorded that it came back, and when.
    pub returned: Option<(PersonId, DateTime<Utc>)>,
}

impl Loan {
    /// Whether it did not come back yet.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.returned.is_none()
    }

    /// Whether it should have come back.
    #[must_use]
    pub fn is_overdue(&self, now: DateTime<Utc>) -> bool {
        self.is_open() && self.due.is_some_and(|due| now > due)
    }
}

/// Folds one event into the loan. Total; `None` stands for one that did not begin yet.
#[must_use]
pub fn evolve(id: LoanId, loan: Option<Loan>, stamp: &Stamp, event: &LoanEvent) -> Option<Loan> {
    let Some(mut loan) = loan else {
        return match event {
            LoanEvent::Lent { by, viewer_id, borrower, purpose, due, .. } => Some(Loan {
                id,
                version: 1,
                viewer_id: viewer_id.clone(),
                borrower: *borrower,
                purpose: *purpose,
                lent_by: *by,
                lent_at: stamp.recorded_at,
                due: *due,
                returned: None,
            }),
            LoanEvent::Returned { .. } => None,
        };
    };
    loan.version += 1;
    if let LoanEvent::Returned { by } = event {
        loan.returned.get_or_insert((*by, stamp.recorded_at));
    }
    Some(loan)
}

/// What is needed to lend an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lending {
    /// Which id.
    pub viewer_id: String,
    /// To whom.
    pub borrower: Option<Borrower>,
    /// What he needs to view, as he applied for it.
    pub purpose: TextRef,
    /// Until when.
    pub due: Option<DateTime<Utc>>,
    /// The division whose terminal it is.
    pub division: Option<DivisionId>,
}

/// Lends an id. `loans` are those that there are of it, or of any.
///
/// Who designates operators lends ids, too (北見市 第11条第4項 lets the rules on designation apply to viewers):
/// where there are several ways to become one, whoever designates by the first that the regulation names.
///
/// # Errors
/// By the clause that asks for the record of loans where the regulation has one: [`Reason::RoleMissing`],
/// [`Reason::NotReady`] where id or name is missing, [`Reason::IdOnLoan`].
pub fn lend(
    lending: &Lending,
    loans: &[Loan],
    actor: &Person,
    profile: &Profile,
) -> Result<Vec<LoanEvent>, Refusal> {
    let source = profile.source(ProductRule::OneBorrower);
    if !actor.active {
        return Err(profile.refuse(Reason::NotDesignated));
    }
    let (role, deputy_for) = lender(lending.division, actor, profile)?;
    let viewer_id = lending.viewer_id.trim();
    let lacks = |which: &str, name| Missing {
        code: "field",
        which: which.to_owned(),
        name,
        item: None,
        source: source.clone(),
    };
    let mut missing = Vec::new();
    if viewer_id.is_empty() {
        missing.push(lacks("viewer-id", Bilingual::new("閲覧用ユーザID", "the id")));
    }
    let Some(borrower) = lending.borrower else {
        missing.push(lacks("borrower", Bilingual::new("閲覧者の氏名", "the viewer's name")));
        return Err(Refusal { source, reason: Reason::NotReady { missing } });
    };
    Refusal::unless_complete(missing)?;
    // Ids that differ only in case are told apart by no one who types them.
    if loans.iter().any(|loan| loan.is_open() && loan.viewer_id.eq_ignore_ascii_case(viewer_id)) {
        return Err(profile.refuse(Reason::IdOnLoan { id: viewer_id.to_owned() }));
    }
    Ok(vec![LoanEvent::Lent {
        by: actor.id,
        role,
        deputy_for,
        viewer_id: viewer_id.to_owned(),
        borrower,
        purpose: lending.purpose,
        due: lending.due,
    }])
}

/// Records that an id came back.
///
/// # Errors
/// [`Reason::AlreadyDone`] where it did already.
pub fn give_back(loan: &Loan, actor: &Person, profile: &Profile) -> Result<Vec<LoanEvent>, Refusal> {
    if !actor.active {
        return Err(profile.refuse(Reason::NotDesignated));
    }
    if !loan.is_open() {
        return Err(profile.refuse(Reason::AlreadyDone));
    }
    Ok(vec![LoanEvent::Returned { by: actor.id }])
}

fn lender(
    division: Option<DivisionId>,
    actor: &Person,
    profile: &Profile,
) -> Result<(Option<RoleId>, Option<PersonId>), Refusal> {
    let Some(role) = profile.designations.first().map(|designation| &designation.by) else {
        return Ok((None, None));
    };
    match approval::holding(actor, role, division, profile) {
        Some(deputy_for) => Ok((Some(role.clone()), deputy_for)),
        None => {
            let source = profile.source(ProductRule::OneBorrower);
            let roles = profile.role_names(std::slice::from_ref(role));
            Err(Refusal::by(&source, Reason::RoleMissing { roles }))
        }
    }
}

/// The headings of the book of loans (閲覧用ユーザID貸与簿), in the order of [`fn@line`].
#[must_use]
pub fn headings(lang: Lang) -> [&'static str; 6] {
    lang.pick(
        ["閲覧者の氏名", "閲覧用ユーザID", "閲覧の目的", "貸与日時", "貸与者", "返却日時"],
        ["Viewer", "Id", "Purpose", "Lent at", "Lent by", "Returned at"],
    )
}

/// A loan as the book shows it. `text` looks up what a person wrote; none where that was erased.
#[must_use]
pub fn line(loan: &Loan, names: &dyn Names, text: &dyn Fn(TextRef) -> Option<String>) -> [String; 6] {
    let borrower = match loan.borrower {
        Borrower::Person(person) => names.person(person),
        Borrower::Named(name) => text(name).unwrap_or_default(),
    };
    [
        borrower,
        loan.viewer_id.clone(),
        text(loan.purpose).unwrap_or_default(),
        jst_date_time(loan.lent_at),
        names.person(loan.lent_by),
        loan.returned.map(|(_, at)| jst_date_time(at)).unwrap_or_default(),
    ]
}
