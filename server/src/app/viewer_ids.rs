//! Lending of viewer ids (閲覧用ユーザIDの貸与, 北見市 第11条): one borrower at a time, with a book of it. Where a lent
//! id signs in here its sessions end when it is lent and when it comes back.

use chrono::{DateTime, Utc};
use hokan_domain::{
    ids::{DivisionId, EventId, LoanId, PersonId},
    japan_date::jst_date,
    lending::{self, Borrower, Lending, Loan},
    personal_number::CheckedText,
    text::{Lang, Names as _},
};
use hokan_mobile_api::{Caller, Problem, wire::PersonView};
use serde::Serialize;
use utoipa::ToSchema;

use super::{App, AppError, Book, custody::read_division, store_problem, view::person_view};
use crate::{
    identity::canonical_login,
    store::{StoreError, WriteTx, texts::NewTexts},
};

/// A loan to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LendRequest {
    /// Which id.
    pub(crate) viewer_id: String,
    /// To whom, where he is in the register.
    pub(crate) person: Option<PersonId>,
    /// His name, where he is not.
    pub(crate) name: Option<CheckedText>,
    /// What he needs to view.
    pub(crate) purpose: CheckedText,
    /// Until when.
    pub(crate) due: Option<DateTime<Utc>>,
    /// The division whose terminal it is.
    pub(crate) division: Option<DivisionId>,
}

/// A line of the book of loans (閲覧用ユーザID貸与簿).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct LoanView {
    /// Which.
    #[schema(value_type = String, example = "lon_0192f3c4d5e67890a1b2c3d4e5f60718")]
    pub(crate) id: LoanId,
    /// Which id was lent.
    pub(crate) viewer_id: String,
    /// The viewer's name.
    pub(crate) borrower: String,
    /// What he needs to view.
    pub(crate) purpose: String,
    /// Who lent it.
    pub(crate) lent_by: PersonView,
    /// When.
    pub(crate) lent_at: DateTime<Utc>,
    /// Until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) due: Option<DateTime<Utc>>,
    /// Whether it should have come back.
    pub(crate) overdue: bool,
    /// When it came back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) returned_at: Option<DateTime<Utc>>,
    /// Who recorded that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) returned_by: Option<PersonView>,
}

fn view(loan: &Loan, now: DateTime<Utc>, book: &Book) -> LoanView {
    LoanView {
        id: loan.id,
        viewer_id: loan.viewer_id.clone(),
        borrower: match loan.borrower {
            Borrower::Person(person) => book.person(person),
            Borrower::Named(name) => book.text(name),
        },
        purpose: book.text(loan.purpose),
        lent_by: person_view(loan.lent_by, book),
        lent_at: loan.lent_at,
        due: loan.due,
        overdue: loan.is_overdue(now),
        returned_at: loan.returned.map(|(_, at)| at),
        returned_by: loan.returned.map(|(by, _)| person_view(by, book)),
    }
}

/// Ends the sessions under an id, where it signs in here. An id that is somebody's own is not lent.
async fn sign_out(tx: &mut WriteTx, by: PersonId, viewer_id: &str, act: &str) -> Result<(), AppError> {
    let Some(account) = tx.person_with_login(&canonical_login(viewer_id)).await? else { return Ok(()) };
    if !account.one_live_session {
        return Err(AppError::UnknownReference("viewer_id"));
    }
    let id = account.person.id;
    tx.end_sessions_of(id, None).await?;
    tx.audit(Some(by), act, id, viewer_id).await?;
    Ok(())
}

impl App {
    /// Lends a viewer id. Returns the book.
    ///
    /// # Errors
    /// A refusal, `unknown-reference` (`person`, `division`), `event-id-reused`.
    pub(crate) async fn lend_viewer_id(
        &self,
        caller: &Caller,
        event: EventId,
        request: LendRequest,
    ) -> Result<Vec<LoanView>, Problem> {
        self.must_keep_people(caller).await?;
        self.must_be_proven(caller)?;
        let mut stamp = self.stamp(caller, event, &format!("loan {request:?}"));
        let app = self.clone();
        let by = caller.person.id;
        let done = self.store().write("loan.lend", move |tx| {
            Box::pin(async move {
                if !tx.first_outcome(&stamp).await?.is_empty() {
                    return Ok(());
                }
                tx.must_be_free(event.0).await?;
                let profile = app.profile_on(jst_date(tx.now()));
                stamp.profile = profile.digest;
                let actor = tx.person(by).await?.ok_or(AppError::Unauthenticated)?.person;
                let mut texts = NewTexts::new(tx);
                let borrower = match (request.person, request.name) {
                    (Some(person), _) => {
                        let known = tx.person(person).await?;
                        known
                            .filter(|known| known.person.active)
                            .ok_or(AppError::UnknownReference("person"))?;
                        Some(Borrower::Person(person))
                    }
                    (None, name) => texts.add_optional(name).map(Borrower::Named),
                };
                let lending = Lending {
                    viewer_id: request.viewer_id,
                    borrower,
                    purpose: texts.add(&request.purpose),
                    due: request.due,
                    division: read_division(tx, request.division).await?,
                };
                let loans: Vec<Loan> = tx.subjects(&["open"]).await?;
                let events = lending::lend(&lending, &loans, &actor, &profile)
                    .map_err(|refusal| AppError::Refused { refusal, item: None })?;
                tx.keep_texts(texts).await?;
                let (loan, _) = tx.append_to::<Loan>(&stamp, event.0, None, &events).await?;
                let loan = loan.ok_or(AppError::NotFound)?;
                sign_out(tx, by, &loan.viewer_id, "viewer-id-lent").await?;
                Ok(())
            })
        });
        self.book_after(caller, done.await).await
    }

    /// Records that a viewer id came back. Returns the book.
    ///
    /// # Errors
    /// `not-found`, a refusal, `event-id-reused`.
    pub(crate) async fn return_viewer_id(
        &self,
        caller: &Caller,
        id: LoanId,
        event: EventId,
    ) -> Result<Vec<LoanView>, Problem> {
        self.must_keep_people(caller).await?;
        self.must_be_proven(caller)?;
        let mut stamp = self.stamp(caller, event, &format!("{id} return"));
        let app = self.clone();
        let by = caller.person.id;
        let done = self.store().write("loan.return", move |tx| {
            Box::pin(async move {
                let known: Loan = tx.subject(id.0).await?.ok_or(AppError::NotFound)?;
                if !tx.first_outcome(&stamp).await?.is_empty() {
                    return Ok(());
                }
                let profile = app.profile_on(jst_date(tx.now()));
                stamp.profile = profile.digest;
                let actor = tx.person(by).await?.ok_or(AppError::Unauthenticated)?.person;
                let events = lending::give_back(&known, &actor, &profile)
                    .map_err(|refusal| AppError::Refused { refusal, item: None })?;
                let viewer_id = known.viewer_id.clone();
                tx.append_to(&stamp, id.0, Some(known), &events).await?;
                sign_out(tx, by, &viewer_id, "viewer-id-returned").await?;
                Ok(())
            })
        });
        self.book_after(caller, done.await).await
    }

    /// The book of loans, the last first, for whoever keeps the register of people.
    ///
    /// # Errors
    /// A refusal where the caller does not.
    pub(crate) async fn loans(&self, caller: &Caller) -> Result<Vec<LoanView>, Problem> {
        self.must_see_people(caller).await?;
        self.read_loans(caller.lang).await
    }

    async fn read_loans(&self, lang: Lang) -> Result<Vec<LoanView>, Problem> {
        let fault = |error: StoreError| store_problem(&error, lang);
        let loans: Vec<Loan> = self.store().every_subject().await.map_err(fault)?;
        let now = self.store().clock().now();
        self.with_names(lang, |book| loans.iter().rev().map(|loan| view(loan, now, book)).collect())
            .await
            .map_err(fault)
    }

    async fn book_after(
        &self,
        caller: &Caller,
        done: Result<(), AppError>,
    ) -> Result<Vec<LoanView>, Problem> {
        match done {
            Ok(()) => self.read_loans(caller.lang).await,
            Err(error) => Err(self.problem(caller, error).await),
        }
    }
}
