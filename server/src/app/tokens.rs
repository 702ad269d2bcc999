//! Tokens for machines: who makes one, what it may be, and whom it stands for.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use hokan_domain::personal_number::CheckedText;
use hokan_domain::{ids::PersonId, person::Part, personal_number::TextProblem, text::Lang};
use hokan_mobile_api::{Caller, Problem, ProblemCode};

use super::{App, AppError, store_problem};
use crate::{
    identity::{canonical_login, new_token, token_hash},
    machine::{Scope, TOKEN_PREFIX, scope_of},
    store::{
        StoreError,
        tokens::{ApiToken, TokenId},
    },
};

/// The longest that a token may hold.
const LONGEST: TimeDelta = TimeDelta::days(365);
/// How exactly the last use is kept. Writing it for every request would make each read a write.
const TOUCH_EVERY: TimeDelta = TimeDelta::minutes(5);
/// The longest name of a machine.
const NAME: usize = 60;

/// A machine's token to be made.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// What people call the machine.
    pub name: String,
    /// The login of whoever answers for it.
    pub owner: String,
    /// What it is for.
    pub scopes: BTreeSet<Scope>,
    /// When it ends by itself.
    pub expires_at: DateTime<Utc>,
}

/// Why no token was made.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The name cannot be kept.
    #[error("the name: {0}")]
    Name(TextProblem),
    /// It would open nothing.
    #[error("a token needs at least one scope")]
    NoScope,
    /// It would end in the past, or in more than a year.
    #[error("a token ends in the future, and within a year")]
    Expiry,
    /// Nobody active signs in under the owner's name.
    #[error("nobody who may act signs in as “{0}”: a token needs somebody who answers for it")]
    Owner(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl TokenError {
    /// The same for a page.
    pub(crate) fn problem(&self, lang: Lang) -> Problem {
        let wrong = |field: &str, ja: &str, en: &str| {
            Problem::new(ProblemCode::BadRequestBody, lang).with_detail(lang.pick(ja, en)).with_field(field)
        };
        match self {
            Self::Name(error) => Problem::text(error, lang).with_field("name"),
            Self::NoScope => {
                wrong("scope", "範囲を一つ以上選んでください。", "Choose at least one thing that it is for.")
            }
            Self::Expiry => wrong(
                "expires_on",
                "有効期限は明日から一年以内の日にしてください。",
                "Choose a last day from tomorrow on and within a year.",
            ),
            Self::Owner(_) => wrong(
                "owner",
                "責任者の利用者名が見つからないか、停止されています。確かめてください。",
                "Nobody who may act signs in under the owner's name. Check it.",
            ),
            Self::Store(error) => store_problem(error, lang),
        }
    }
}

impl App {
    /// Makes a token and returns it with its secret, which nobody can show again. `by` is who makes it; none on
    /// the shell.
    ///
    /// # Errors
    /// Any [`TokenError`].
    pub async fn add_token(
        &self,
        by: Option<PersonId>,
        new: NewToken,
    ) -> Result<(ApiToken, String), TokenError> {
        let name = CheckedText::new(&new.name, NAME).map_err(TokenError::Name)?.into_string();
        if new.scopes.is_empty() {
            return Err(TokenError::NoScope);
        }
        let secret = format!("{TOKEN_PREFIX}{}", new_token(self.store().entropy()));
        let hash = token_hash(&secret);
        let token = self
            .store()
            .write("token.add", move |tx| {
                Box::pin(async move {
                    let now = tx.now();
                    if new.expires_at <= now || new.expires_at > now + LONGEST {
                        return Err(TokenError::Expiry);
                    }
                    let owner = tx.person_with_login(&canonical_login(&new.owner)).await?;
                    let owner = owner.filter(|account| account.person.active);
                    let owner = owner.ok_or(TokenError::Owner(new.owner))?.person.id;
                    let token = ApiToken {
                        id: TokenId(tx.entropy().id(now)),
                        name,
                        owner,
                        scopes: new.scopes,
                        created_at: now,
                        expires_at: new.expires_at,
                        last_used_at: None,
                        revoked_at: None,
                    };
                    tx.add_token(&token, hash, by).await?;
                    Ok(token)
                })
            })
            .await?;
        Ok((token, secret))
    }

    /// The same for an administrator at a desk, who has just shown a second factor.
    ///
    /// # Errors
    /// `part-missing`, `second-factor-needed`, `bad-request-body`.
    pub(crate) async fn add_token_at_desk(
        &self,
        caller: &Caller,
        new: NewToken,
    ) -> Result<(ApiToken, String), Problem> {
        self.must_play(caller, Part::Administrator, &[]).await?;
        self.must_be_proven(caller)?;
        self.add_token(Some(caller.person.id), new).await.map_err(|error| error.problem(caller.lang))
    }

    /// Every token, with the names of those who answer for them. For administrators.
    ///
    /// # Errors
    /// `part-missing`.
    pub(crate) async fn tokens(&self, caller: &Caller) -> Result<Vec<(ApiToken, String)>, Problem> {
        self.must_play(caller, Part::Administrator, &[]).await?;
        let fault = |error: StoreError| store_problem(&error, caller.lang);
        let tokens = self.store().tokens().await.map_err(fault)?;
        let names = self.store().person_names(tokens.iter().map(|token| token.owner)).await.map_err(fault)?;
        let named = |token: ApiToken| {
            let name = names.get(&token.owner).cloned().unwrap_or_default();
            (token, name)
        };
        Ok(tokens.into_iter().map(named).collect())
    }

    /// Revokes a token at once. For administrators.
    ///
    /// # Errors
    /// `part-missing`, `not-found`.
    pub(crate) async fn revoke_token(&self, caller: &Caller, id: TokenId) -> Result<(), Problem> {
        self.must_play(caller, Part::Administrator, &[]).await?;
        let by = Some(caller.person.id);
        let known = self.store().write("token.revoke", move |tx| {
            Box::pin(async move {
                let known = tx.token(id).await?.is_some();
                if known {
                    tx.revoke_token(id, by).await?;
                }
                Ok::<_, StoreError>(known)
            })
        });
        if known.await.map_err(|error| store_problem(&error, caller.lang))? {
            return Ok(());
        }
        Err(self.problem(caller, AppError::NotFound).await)
    }

    /// For whom a machine acts at this route.
    ///
    /// # Errors
    /// `unauthenticated`, `token-scope`.
    pub(crate) async fn machine(
        &self,
        token: &str,
        method: &str,
        route: &str,
        lang: Lang,
    ) -> Result<Caller, Problem> {
        let fault = |error: StoreError| store_problem(&error, lang);
        let unknown = || Problem::new(ProblemCode::Unauthenticated, lang);
        let store = self.store();
        let now = store.clock().now();
        let token = store.token_hashed(&token_hash(token)).await.map_err(fault)?;
        let token = token.filter(|token| token.is_live(now)).ok_or_else(unknown)?;
        let owner = store.person(token.owner).await.map_err(fault)?;
        let owner = owner.filter(|account| account.person.active).ok_or_else(unknown)?;
        if !scope_of(method, route).is_some_and(|scope| token.scopes.contains(&scope)) {
            return Err(Problem::new(ProblemCode::TokenScope, lang));
        }
        let id = token.id;
        if token.last_used_at.is_none_or(|at| now.signed_duration_since(at) > TOUCH_EVERY) {
            store
                .write("token.touch", move |tx| Box::pin(async move { tx.touch_token(id).await }))
                .await
                .map_err(fault)?;
        }
        let caller = Caller::without_session(owner.person, owner.name, lang, &id.to_string());
        // What a machine hands in bears the machine's own id, and nobody showed a factor for it.
        let device = Some(hokan_domain::ids::DeviceId(id.0));
        Ok(Caller { device, by_machine: true, proven_at: None, ..caller })
    }
}
