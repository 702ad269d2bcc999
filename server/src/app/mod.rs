//! The use cases: one file each. A use case loads, lets the rules decide, appends, and commits; everything
//! that pages and phones show of the register is made here too, so that both show the same.

mod accounts;
mod arrivals;
mod carry_outs;
mod certificate;
pub(crate) mod contracts;
mod custody;
mod desk;
mod directory;
mod history;
mod inbox;
mod incidents;
mod journeys;
pub(crate) mod labels;
mod ledger;
mod lists;
mod names;
mod notify;
mod observe;
pub(crate) mod people;
pub(crate) mod people_views;
pub(crate) mod permission_ledger;
mod phones;
mod pictures;
mod plan_form;
mod profiles;
pub(crate) mod proof;
mod register;
mod resolve;
pub mod retention;
mod setup;
mod subjects;
mod tokens;
pub mod trail;
mod view;
pub(crate) mod viewer_ids;

use std::sync::Arc;

use chrono::NaiveDate;

use hokan_domain::{
    ids::{EventId, PersonId},
    item::Item,
    japan_date::jst_date,
    ledger::hash::Hash,
    profile::Profile,
    refusal::{Reason, Refusal},
    text::Lang,
};
use hokan_mobile_api::{Caller, Problem, ProblemCode};
use sha2::{Digest, Sha256};

pub use self::{
    accounts::{AccountLine, Administered, SetupLinkError},
    directory::{ItemList, ItemQuery},
    inbox::{InboxKind, InboxLine},
    labels::{PrintRequest, PrinterView, SheetView, StockView},
    ledger::{CheckpointFault, LedgerStatus, Verdict, export, rebuild_check, verdict_of, verify},
    names::Book,
    notify::{Told, Topic},
    profiles::{AdoptError, InForce, ProfileBook, ProfileText, Profiles},
    setup::{NewHolding, NewHome, NewPerson, SetupError},
    tokens::{NewToken, TokenError},
    trail::{TrailFault, TrailVerdict},
};
pub(crate) use self::{
    inbox::{INBOX_PAGE, disabled_sentence},
    lists::{DiscrepancyLine, DueLine},
    notify::tell_flagged,
    plan_form::{AskedMeasures, PlanForm},
    profiles::load as load_profiles,
};
use crate::{
    config::Config,
    identity::{Identity, passkey::Passkeys, provider::Provider},
    keys::LedgerKey,
    store::{Store, StoreError, ledger::ActStamp},
    tls::CaCertificate,
};

/// The product's name, which stands in the place of the town's until it has given its own.
pub(crate) const PRODUCT: &str = "Hokan";

/// The running server, as pages, phones and jobs see it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct App(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Store,
    in_force: InForce,
    config: Config,
    key: LedgerKey,
    identity: Identity,
    passkeys: Option<Passkeys>,
    provider: Option<Provider>,
    ca: Option<CaCertificate>,
    views: trail::Views,
    seldom: trail::Seldom,
    pictures: pictures::Pictures,
    arrivals: arrivals::Arrivals,
}

impl App {
    /// Puts the parts together.
    #[must_use]
    pub fn new(
        store: Store,
        profiles: Profiles,
        config: Config,
        key: LedgerKey,
        provider: Option<Provider>,
        ca: Option<CaCertificate>,
    ) -> Self {
        let in_force = InForce::new(profiles);
        let identity = Identity::new(&store, in_force.clone());
        let passkeys = Passkeys::new(&config.public_url);
        Self(Arc::new(Inner {
            store,
            in_force,
            config,
            key,
            identity,
            passkeys,
            provider,
            ca,
            views: trail::Views::default(),
            seldom: trail::Seldom::default(),
            pictures: pictures::Pictures::default(),
            arrivals: arrivals::Arrivals::default(),
        }))
    }

    /// Where the data lies.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// The regulation in force now.
    #[must_use]
    pub fn profile(&self) -> Arc<Profile> {
        self.profile_on(jst_date(self.0.store.clock().now()))
    }

    /// The regulation in force on a day: the last that had come into force by then. Before the first of them
    /// that first one judges, since something must.
    #[must_use]
    pub fn profile_on(&self, day: NaiveDate) -> Arc<Profile> {
        self.0.in_force.on(day)
    }

    /// The regulation in force, to be set anew when a version is adopted.
    fn in_force(&self) -> &InForce {
        &self.0.in_force
    }

    /// How this server was set up.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// Who signs in and how.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.0.identity
    }

    /// Passkeys; none where the server has no name to which they could be bound.
    #[must_use]
    pub fn passkeys(&self) -> Option<&Passkeys> {
        self.0.passkeys.as_ref()
    }

    /// The body's identity provider, where people sign in through one.
    #[must_use]
    pub fn provider(&self) -> Option<&Provider> {
        self.0.provider.as_ref()
    }

    /// The key that signs the ledger's checkpoints.
    #[must_use]
    pub fn key(&self) -> &LedgerKey {
        &self.0.key
    }

    /// The server's own certificate authority, where it uses one.
    #[must_use]
    pub fn ca_certificate(&self) -> Option<CaCertificate> {
        self.0.ca.clone()
    }

    /// What all events of an act have in common. `asked` is everything that was asked, in a stable form.
    fn stamp(&self, caller: &Caller, act: EventId, asked: &str) -> ActStamp {
        self.stamp_by(caller, act, asked, &self.profile())
    }

    fn stamp_by(&self, caller: &Caller, act: EventId, asked: &str, profile: &Profile) -> ActStamp {
        self.stamp_of(caller.person.id, act, asked, profile)
    }

    /// The same for an act of somebody who need not be the caller.
    fn stamp_of(&self, actor: PersonId, act: EventId, asked: &str, profile: &Profile) -> ActStamp {
        let mut digest = Sha256::new();
        digest.update(self.0.key.request_secret());
        digest.update(actor.0.as_bytes());
        digest.update(asked.as_bytes());
        ActStamp {
            act,
            request: Hash::new(digest.finalize().into()),
            actor,
            profile: profile.digest,
            occurred_at: None,
            observed_by: None,
        }
    }

    /// Turns what went wrong into what the person reads.
    async fn problem(&self, caller: &Caller, error: AppError) -> Problem {
        let lang = caller.lang;
        match error {
            AppError::Refused { refusal, item } => {
                let subject = item.as_ref().map(|item| item.id.to_string()).unwrap_or_default();
                self.note_refusal(caller, &refusal.reason, subject).await;
                let told = self.with_names(lang, |book| Problem::refused(&refusal, lang, book)).await;
                let problem = match told {
                    Ok(problem) => problem,
                    Err(error) => return Problem::internal(lang, &error),
                };
                match item {
                    Some(item) => match self.card(caller, &item).await {
                        Ok(card) => problem.with_item(card),
                        Err(problem) => problem,
                    },
                    None => problem,
                }
            }
            AppError::NotFound => Problem::new(ProblemCode::NotFound, lang),
            AppError::UnknownLabel => Problem::new(ProblemCode::UnknownLabel, lang),
            AppError::UnknownReference(field) => {
                Problem::new(ProblemCode::UnknownReference, lang).with_field(field)
            }
            AppError::Unauthenticated => Problem::new(ProblemCode::Unauthenticated, lang),
            AppError::Unproven => Problem::new(ProblemCode::SecondFactorNeeded, lang),
            AppError::Store(error) => store_problem(&error, lang),
        }
    }
}

/// What went wrong in the store, as the person reads it.
fn store_problem(error: &StoreError, lang: Lang) -> Problem {
    match error {
        StoreError::EventIdReused(_) => Problem::new(ProblemCode::EventIdReused, lang),
        // Nothing was recorded, and the same act may be sent again: that is what “busy” tells a phone.
        StoreError::RolledBack(_) | StoreError::Closed | StoreError::Busy => {
            tracing::warn!(%error, "an act was not recorded");
            Problem::new(ProblemCode::Busy, lang).with_retry_after(1)
        }
        StoreError::Database(_)
        | StoreError::Corrupt { .. }
        | StoreError::Panicked(_)
        | StoreError::Schema(_) => Problem::internal(lang, error),
    }
}

/// Why a use case came to nothing.
#[derive(Debug)]
enum AppError {
    /// The rules refuse it. The item is as the transaction saw it.
    Refused { refusal: Refusal, item: Option<Box<Item>> },
    /// There is no such thing.
    NotFound,
    /// No such label was ever printed.
    UnknownLabel,
    /// A person or place that was named is not in the register.
    UnknownReference(&'static str),
    /// The person has left the register since the request was let in.
    Unauthenticated,
    /// The act needs a second factor that was shown a moment ago.
    Unproven,
    /// The store failed.
    Store(StoreError),
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl AppError {
    fn refused(refusal: Refusal, item: &Item) -> Self {
        Self::Refused { refusal, item: Some(Box::new(item.clone())) }
    }

    fn reason(reason: Reason, profile: &Profile) -> Self {
        Self::Refused { refusal: profile.refuse(reason), item: None }
    }
}
