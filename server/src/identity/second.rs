//! The second step of signing in, and proving again who one is.

use chrono::{DateTime, TimeDelta, Utc};
use hokan_domain::ids::PersonId;
use hokan_mobile_api::auth::Origin;

use super::{
    Identity, SignInError, new_token,
    session::{Opened, Opening},
    throttle::Keys,
    token_hash, totp,
};
use crate::store::{
    StoreError,
    factors::{Factors, Step},
    sessions::{Method, SessionKind},
};

/// How long somebody may take between the password and the second factor.
const LASTS: TimeDelta = TimeDelta::minutes(10);
/// How often a code may be wrong before the password is asked again.
const TRIES: i32 = 5;
/// What waits for a second factor.
const SECOND: &str = "second-factor";

/// How far somebody came with his password.
#[derive(Debug)]
pub enum Entered {
    /// A session is open.
    Done(Box<Opened>),
    /// A second factor must be shown.
    Second(Second),
}

/// What waits for a second factor.
#[derive(Clone)]
pub struct Second {
    /// The secret by which the next request goes on. It opens nothing by itself.
    pub token: String,
    /// Until when.
    pub expires_at: DateTime<Utc>,
    /// Whose it is.
    pub person: PersonId,
    /// What can be shown.
    pub factors: Factors,
}

/// Never prints the token.
impl std::fmt::Debug for Second {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Second").field("person", &self.person).finish_non_exhaustive()
    }
}

impl Identity {
    /// Begins the second step for somebody who knew the password.
    pub(super) async fn begin_second(
        &self,
        person: PersonId,
        kind: SessionKind,
        factors: Factors,
    ) -> Result<Second, SignInError> {
        let token = new_token(self.store.entropy());
        let expires_at = self.store.clock().now() + LASTS;
        let step = Step {
            purpose: SECOND.to_owned(),
            person: Some(person),
            state: kind.code().to_owned(),
            tries: 0,
            expires_at,
        };
        let hash = token_hash(&token);
        self.store
            .write("sign-in.second", move |tx| Box::pin(async move { tx.keep_step(hash, &step).await }))
            .await
            .map_err(|error: StoreError| error)?;
        Ok(Second { token, expires_at, person, factors })
    }

    /// Who must show a second factor to go on, and which he has; none where nothing waits under this token.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn second(&self, token: &str) -> Result<Option<(PersonId, Factors)>, StoreError> {
        let step = self.store.step(&token_hash(token), SECOND).await?;
        match step.and_then(|step| step.person) {
            Some(person) => Ok(Some((person, self.store.factors(person).await?))),
            None => Ok(None),
        }
    }

    /// Opens the session of somebody who shows a code of his app, or a recovery code.
    ///
    /// # Errors
    /// [`SignInError::WrongCode`], [`SignInError::StepOver`] where nothing waits under this token any more,
    /// [`SignInError::Wait`], [`SignInError::Store`].
    pub async fn second_step(&self, token: &str, code: &str, origin: &Origin) -> Result<Opened, SignInError> {
        let hash = token_hash(token);
        let now = self.store.clock().now();
        let step = self.store.step(&hash, SECOND).await?.ok_or(SignInError::StepOver)?;
        let person = step.person.ok_or(SignInError::StepOver)?;
        let kind =
            if step.state == SessionKind::Phone.code() { SessionKind::Phone } else { SessionKind::Browser };
        let keys = Keys::code(person);
        self.throttle.begin(&keys, now).map_err(SignInError::Wait)?;
        let code = code.to_owned();
        let taken = self
            .store
            .write("sign-in.code", move |tx| {
                Box::pin(async move {
                    let step = tx.step(&hash, SECOND).await?.ok_or(SignInError::StepOver)?;
                    let taken = totp::takes(tx, person, &code).await?;
                    let tries = step.tries + 1;
                    if taken || tries >= TRIES {
                        tx.end_step(&hash).await?;
                    } else {
                        tx.count_try(&hash, tries).await?;
                    }
                    Ok::<_, SignInError>(taken)
                })
            })
            .await?;
        if !taken {
            self.note_failure(Some(person), origin).await?;
            return Err(SignInError::WrongCode);
        }
        self.throttle.succeeded(&keys, now);
        let opening = Opening {
            person,
            method: Method::PasswordAndCode,
            proven_at: Some(now),
            kind,
            device: None,
            origin: origin.clone(),
        };
        self.open(opening).await
    }

    /// Takes a second factor from somebody who is signed in. The session goes on under a new token and counts
    /// as proven now.
    ///
    /// # Errors
    /// [`SignInError::WrongCode`], [`SignInError::Wait`], [`SignInError::Wrong`] where there is no such
    /// session, [`SignInError::Store`].
    pub async fn prove(&self, token: &str, code: &str, origin: &Origin) -> Result<Opened, SignInError> {
        let identified = self.identify(token).await?.ok_or(SignInError::Wrong)?;
        let person = identified.account.person.id;
        let keys = Keys::code(person);
        let now = self.store.clock().now();
        self.throttle.begin(&keys, now).map_err(SignInError::Wait)?;
        let code = code.to_owned();
        let taken = self
            .store
            .write("prove.code", move |tx| Box::pin(async move { totp::takes(tx, person, &code).await }))
            .await
            .map_err(|error: StoreError| error)?;
        if !taken {
            self.note_failure(Some(person), origin).await?;
            return Err(SignInError::WrongCode);
        }
        self.throttle.succeeded(&keys, now);
        self.prove_session(token, now).await
    }
}
