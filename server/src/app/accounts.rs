//! How people sign in, as they and their administrators change it: passwords, second factors, sessions,
//! suspension, and the first administrator.

use hokan_domain::{
    ids::{PasskeyId, PersonId, SessionId},
    person::Part,
};
use hokan_mobile_api::{Caller, Problem, ProblemCode, auth::Origin};

use super::{App, NewPerson, SetupError, setup, store_problem};
use crate::{
    identity::{
        Enrolled, Enrolment, Opened, SignInError, new_token, one_time_secret, provider::Provider, token_hash,
    },
    mobile::sign_in_problem,
    store::{
        StoreError, WriteTx, account_changes::AccountChange, factors::Factors, people::Account,
        sessions::Session,
    },
};

/// For how long the link holds by which the first administrator is made.
const SETUP_LINK_LASTS: chrono::TimeDelta = chrono::TimeDelta::hours(24);

/// Somebody as an administrator sees how he signs in.
#[derive(Debug, Clone)]
pub struct AccountLine {
    /// Who.
    pub account: Account,
    /// What he can show beside a password.
    pub factors: Factors,
    /// How many sessions are open.
    pub sessions: usize,
}

/// Why a person could not be added as the first administrator.
#[derive(Debug)]
pub enum SetupLinkError {
    /// The link is over, was used, or never was one.
    Over,
    /// The password may not be chosen.
    SignIn(SignInError),
    /// The person could not be added.
    Setup(SetupError),
}

impl App {
    // ------------------------------------------------------------------------------------- one's own

    /// Changes the password of whoever asks.
    ///
    /// # Errors
    /// `wrong-credentials` where the old one is wrong, `password-refused`, `too-many-attempts`.
    pub async fn change_password(
        &self,
        caller: &Caller,
        token: &str,
        old: &str,
        new: &str,
        origin: &Origin,
    ) -> Result<Opened, Problem> {
        let body = self.body_name().await;
        let about = (body.as_str(), self.config().public_host());
        let changed = self.identity().change_password(token, old, new, about, origin).await;
        changed.map_err(|error| match error {
            SignInError::Wrong => sign_in_problem(error, caller.lang).with_field("old"),
            error => sign_in_problem(error, caller.lang),
        })
    }

    /// What whoever asks can show beside a password.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn factors(&self, caller: &Caller) -> Result<Factors, Problem> {
        self.store().factors(caller.person.id).await.map_err(|error| store_problem(&error, caller.lang))
    }

    /// Whether whoever asks may change what proves him without showing it again: he signed in, or proved
    /// himself, within the last minutes.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn may_change_factors(&self, caller: &Caller, token: &str) -> Result<bool, Problem> {
        if self.must_be_proven(caller).is_ok() {
            return Ok(true);
        }
        if self.factors(caller).await?.any() {
            return Ok(false);
        }
        let known = self.store().session(&token_hash(token)).await;
        let known = known.map_err(|error| store_problem(&error, caller.lang))?;
        let now = self.store().clock().now();
        Ok(known.is_some_and(|(session, _)| now - session.created_at <= super::proof::PROOF_LASTS))
    }

    /// Begins to set up an authenticator app for whoever asks.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn begin_totp(&self, caller: &Caller) -> Result<Enrolment, Problem> {
        let account = self.account_of(caller).await?;
        let body = self.body_name().await;
        self.identity()
            .begin_totp(caller.session_id, caller.person.id, &account.login, &body)
            .await
            .map_err(|error| sign_in_problem(error, caller.lang))
    }

    /// Sets the authenticator app up. `password` is asked where the session is older than some minutes and
    /// nothing else was shown since.
    ///
    /// # Errors
    /// `second-factor-needed` where there is another factor already that must be shown first,
    /// `wrong-credentials`, `wrong-code`, `sign-in-step-over`, `too-many-attempts`.
    pub async fn confirm_totp(
        &self,
        caller: &Caller,
        token: &str,
        password: &str,
        code: &str,
        origin: &Origin,
    ) -> Result<Enrolled, Problem> {
        let failed = |error| sign_in_problem(error, caller.lang);
        if !self.may_change_factors(caller, token).await? {
            if self.factors(caller).await?.any() {
                return Err(Problem::new(ProblemCode::SecondFactorNeeded, caller.lang));
            }
            let login = self.account_of(caller).await?.login;
            let again = self.identity().password_again(&login, password, origin).await;
            again.map_err(|error| failed(error).with_field("password"))?;
        }
        self.identity().confirm_totp(token, code).await.map_err(|error| failed(error).with_field("code"))
    }

    /// Fresh recovery codes for whoever asks, in the place of all others.
    ///
    /// # Errors
    /// `second-factor-needed`.
    pub async fn renew_recovery_codes(&self, caller: &Caller) -> Result<Vec<String>, Problem> {
        self.must_be_proven(caller)?;
        let renewed = self.identity().renew_recovery_codes(caller.person.id).await;
        renewed.map_err(|error| store_problem(&error, caller.lang))
    }

    /// Takes a passkey of whoever asks off the list.
    ///
    /// # Errors
    /// `second-factor-needed`, `not-found`.
    pub async fn remove_passkey(&self, caller: &Caller, passkey: PasskeyId) -> Result<(), Problem> {
        self.must_be_proven(caller)?;
        let person = caller.person.id;
        let removed = self
            .store()
            .write("passkey.remove", move |tx| {
                Box::pin(async move {
                    let removed = tx.remove_passkey(person, passkey).await?;
                    if removed {
                        tx.account_changed(Some(person), AccountChange::SecondFactorRemoved, person, passkey)
                            .await?;
                    }
                    Ok::<_, StoreError>(removed)
                })
            })
            .await
            .map_err(|error| store_problem(&error, caller.lang))?;
        if removed { Ok(()) } else { Err(Problem::new(ProblemCode::NotFound, caller.lang)) }
    }

    /// The live sessions of whoever asks, the one that was used last first.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn own_sessions(&self, caller: &Caller) -> Result<Vec<Session>, Problem> {
        let listed = self.identity().sessions_of(caller.person.id).await;
        listed.map_err(|error| store_problem(&error, caller.lang))
    }

    /// Ends a session of whoever asks.
    ///
    /// # Errors
    /// `not-found`.
    pub async fn end_own_session(&self, caller: &Caller, id: SessionId) -> Result<(), Problem> {
        let person = caller.person.id;
        let ended = self
            .store()
            .write("session.end", move |tx| {
                Box::pin(async move {
                    let ended = tx.end_session_of(person, id).await?;
                    if ended {
                        tx.audit(Some(person), "sign-out", person, id).await?;
                    }
                    Ok::<_, StoreError>(ended)
                })
            })
            .await
            .map_err(|error| store_problem(&error, caller.lang))?;
        if ended { Ok(()) } else { Err(Problem::new(ProblemCode::NotFound, caller.lang)) }
    }

    /// Ends all sessions of whoever asks but the one that he asks with.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn end_other_sessions(&self, caller: &Caller) -> Result<u64, Problem> {
        let (person, but) = (caller.person.id, caller.session_id);
        self.store()
            .write("session.end-others", move |tx| {
                Box::pin(async move {
                    let ended = tx.end_sessions_of(person, Some(but)).await?;
                    tx.audit(Some(person), "sign-out-others", person, format!("{ended} sessions ended"))
                        .await?;
                    Ok::<_, StoreError>(ended)
                })
            })
            .await
            .map_err(|error| store_problem(&error, caller.lang))
    }

    /// The identity provider, where its word counts as a second factor and whoever asks is known to it.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn proving_provider(&self, caller: &Caller) -> Result<Option<&Provider>, Problem> {
        let Some(provider) = self.provider().filter(|provider| provider.can_prove()) else { return Ok(None) };
        let linked = self.store().is_provider_linked(provider.issuer(), caller.person.id).await;
        let linked = linked.map_err(|error| store_problem(&error, caller.lang))?;
        Ok(linked.then_some(provider))
    }

    async fn account_of(&self, caller: &Caller) -> Result<Account, Problem> {
        let known = self.store().person(caller.person.id).await;
        known
            .map_err(|error| store_problem(&error, caller.lang))?
            .ok_or_else(|| Problem::new(ProblemCode::Unauthenticated, caller.lang))
    }

    // ------------------------------------------------------------------------------- others', by administrators

    /// Everybody with how he signs in, for administrators.
    ///
    /// # Errors
    /// `part-missing`.
    pub async fn accounts(&self, caller: &Caller) -> Result<Vec<AccountLine>, Problem> {
        self.must_play(caller, Part::Administrator, &[]).await?;
        let lines = async {
            let mut lines = Vec::new();
            for account in self.store().people().await? {
                let factors = self.store().factors(account.person.id).await?;
                let sessions = self.identity().sessions_of(account.person.id).await?.len();
                lines.push(AccountLine { account, factors, sessions });
            }
            Ok(lines)
        };
        lines.await.map_err(|error: StoreError| store_problem(&error, caller.lang))
    }

    /// Does something to somebody's way of signing in, for an administrator on a page who has just proven
    /// himself.
    ///
    /// # Errors
    /// `part-missing`, `forbidden`, `second-factor-needed`, `not-found`.
    pub async fn administer(
        &self,
        caller: &Caller,
        person: PersonId,
        what: Administered,
    ) -> Result<Option<String>, Problem> {
        self.must_play(caller, Part::Administrator, &[]).await?;
        self.must_be_proven(caller)?;
        // Somebody who suspends himself, or takes his own second factor away, locks everybody out; his own
        // password has a form of its own, which asks for the old one.
        if person == caller.person.id && what != Administered::SignOut {
            return Err(Problem::new(ProblemCode::Forbidden, caller.lang));
        }
        match self.administer_as(Some(caller.person.id), person, what).await {
            Ok(secret) => Ok(secret),
            Err(SetupError::NoSuchPerson(_)) => Err(Problem::new(ProblemCode::NotFound, caller.lang)),
            Err(SetupError::Store(error)) => Err(store_problem(&error, caller.lang)),
            Err(error) => Err(Problem::internal(caller.lang, &error)),
        }
    }

    /// The same without asking who does it; `by` is none on the shell. Gives the one-time secret where one
    /// was made.
    ///
    /// # Errors
    /// [`SetupError::NoSuchPerson`], [`SetupError::Password`], [`SetupError::Store`].
    pub async fn administer_as(
        &self,
        by: Option<PersonId>,
        person: PersonId,
        what: Administered,
    ) -> Result<Option<String>, SetupError> {
        let secret = match what {
            Administered::Reset => Some(one_time_secret(self.store().entropy())),
            _ => None,
        };
        let hash = match &secret {
            Some(secret) => {
                let hashed = self.identity().hash(secret).await;
                Some(hashed.map_err(|error| SetupError::Password(format!("{error:?}")))?)
            }
            None => None,
        };
        let holds = self.profile().sign_in.initial.0;
        self.store()
            .write("account.administer", move |tx| {
                Box::pin(async move {
                    let known = tx.person(person).await?;
                    if known.is_none() {
                        return Err(SetupError::NoSuchPerson(person.to_string()));
                    }
                    if let Some(hash) = hash {
                        if let Some(old) = tx.credential_of(person).await? {
                            tx.keep_old_password(person, old.hash, old.changed_at, u64::MAX).await?;
                        }
                        tx.set_credential(person, &setup::one_time(tx, hash, holds)).await?;
                    }
                    match what {
                        Administered::Suspend => tx.set_active(person, false).await?,
                        Administered::Restore => tx.set_active(person, true).await?,
                        Administered::RemoveFactors => tx.remove_factors(person).await?,
                        Administered::Reset | Administered::SignOut => {}
                    }
                    let ended = match what {
                        Administered::Restore => 0,
                        _ => tx.end_sessions_of(person, None).await?,
                    };
                    let detail = format!("{ended} sessions ended");
                    match what.change() {
                        Some(change) => tx.account_changed(by, change, person, detail).await?,
                        None => tx.audit(by, "signed-out-by-administrator", person, detail).await?,
                    }
                    Ok(())
                })
            })
            .await?;
        Ok(secret)
    }

    /// The person who signs in under this name.
    ///
    /// # Errors
    /// [`SetupError::NoSuchPerson`], [`SetupError::Store`].
    pub async fn person_named(&self, login: &str) -> Result<Account, SetupError> {
        let login = crate::identity::canonical_login(login);
        let known = self.store().credential(&login).await?;
        known.map(|(account, _)| account).ok_or(SetupError::NoSuchPerson(login))
    }

    /// Gives somebody a one-time secret in the place of his password. His sessions end, and the secret opens
    /// nothing but the form for choosing a password of his own.
    ///
    /// # Errors
    /// [`SetupError::NoSuchPerson`], [`SetupError::Password`], [`SetupError::Store`].
    pub async fn reset_password(&self, login: &str) -> Result<String, SetupError> {
        let person = self.person_named(login).await?.person.id;
        let secret = self.administer_as(None, person, Administered::Reset).await?;
        secret.ok_or_else(|| SetupError::Password("no secret was made".to_owned()))
    }

    // ------------------------------------------------------------------------------------ the first administrator

    /// A new link by which the first administrator is made, in the place of any other: its path. None where
    /// there is an administrator.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn new_setup_link(&self) -> Result<Option<String>, StoreError> {
        let token = new_token(self.store().entropy());
        let hash = token_hash(&token);
        let expires_at = self.store().clock().now() + SETUP_LINK_LASTS;
        let made = self
            .store()
            .write("setup.link", move |tx| {
                Box::pin(async move {
                    if has_administrator(tx).await? {
                        tx.end_setup_link().await?;
                        return Ok(false);
                    }
                    tx.set_setup_link(hash, expires_at).await?;
                    Ok::<_, StoreError>(true)
                })
            })
            .await?;
        Ok(made.then(|| format!("/setup/{token}")))
    }

    /// Whether the link by which the first administrator is made is in force.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn is_setup_link(&self, token: &str) -> Result<bool, StoreError> {
        let hash = token_hash(token);
        self.store()
            .write("setup.look", move |tx| Box::pin(async move { tx.is_setup_link(&hash).await }))
            .await
    }

    /// Makes the first administrator, once.
    ///
    /// # Errors
    /// Any [`SetupLinkError`].
    pub async fn first_administrator(
        &self,
        token: &str,
        login: &str,
        name: &str,
        password: &str,
    ) -> Result<PersonId, SetupLinkError> {
        if !self.is_setup_link(token).await.map_err(|error| SetupLinkError::Setup(error.into()))? {
            return Err(SetupLinkError::Over);
        }
        let body = self.body_name().await;
        let host = self.config().public_host();
        let about = hokan_domain::password_rule::About { login, name, body: &body, host };
        self.identity().judge(password, &about).map_err(SetupLinkError::SignIn)?;
        let new = NewPerson {
            login: login.to_owned(),
            name: name.to_owned(),
            parts: vec![Part::Administrator],
            password: password.to_owned(),
            ..NewPerson::default()
        };
        let added = self.add_person_by_link(new, token_hash(token)).await;
        added.map_err(SetupLinkError::Setup)?.ok_or(SetupLinkError::Over)
    }
}

/// What an administrator may do to somebody's way of signing in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Administered {
    /// A one-time secret takes the place of the password.
    Reset,
    /// The person may not act any more; sessions end at once.
    Suspend,
    /// The person may act again.
    Restore,
    /// Authenticator app, recovery codes and passkeys are forgotten.
    RemoveFactors,
    /// All sessions end.
    SignOut,
}

impl Administered {
    /// Every one.
    pub const ALL: [Self; 5] =
        [Self::Reset, Self::Suspend, Self::Restore, Self::RemoveFactors, Self::SignOut];

    /// The word in the form of the page.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::Suspend => "suspend",
            Self::Restore => "restore",
            Self::RemoveFactors => "remove-factors",
            Self::SignOut => "sign-out",
        }
    }

    /// What the word stands for.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|what| what.code() == code)
    }

    /// What changes by it about how the person signs in; none where only sessions end.
    fn change(self) -> Option<AccountChange> {
        match self {
            Self::Reset => Some(AccountChange::PasswordReset),
            Self::Suspend => Some(AccountChange::Suspended),
            Self::Restore => Some(AccountChange::Restored),
            Self::RemoveFactors => Some(AccountChange::SecondFactorRemoved),
            Self::SignOut => None,
        }
    }
}

/// Whether somebody is an administrator and may act.
pub(super) async fn has_administrator(tx: &WriteTx) -> Result<bool, StoreError> {
    let people = tx.everybody().await?;
    Ok(people.iter().any(|account| account.person.is(Part::Administrator)))
}
