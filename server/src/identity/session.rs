//! Sessions on the server: opened in one place, found again by their token, raised, ended.

use chrono::{DateTime, TimeDelta, Utc};
use hokan_domain::{
    ids::{DeviceId, PersonId, SessionId},
    japan_date::jst_date,
    second_factor,
};
use hokan_mobile_api::{Standing, auth::Origin};

use super::{Identity, SignInError, new_token, token_hash};
use crate::store::{
    StoreError,
    people::Account,
    sessions::{Method, Session, SessionKind},
};

/// How exactly the last use of a session is kept at most. Writing it for every request would make each read a
/// write.
const TOUCH_EVERY: TimeDelta = TimeDelta::minutes(5);

/// What a session is opened for.
#[derive(Debug, Clone)]
pub struct Opening {
    /// Whose it is to be.
    pub person: PersonId,
    /// How the person was proven.
    pub method: Method,
    /// When a second factor was shown; none where none was.
    pub proven_at: Option<DateTime<Utc>>,
    /// What it is used from.
    pub kind: SessionKind,
    /// The paired device, where it is one.
    pub device: Option<DeviceId>,
    /// Where the request came from.
    pub origin: Origin,
}

/// A session that was opened or raised.
pub struct Opened {
    /// The secret that opens it. Shown once; the server keeps only its hash.
    pub token: String,
    /// The session.
    pub session: Session,
    /// Whose.
    pub account: Account,
    /// What it may do.
    pub standing: Standing,
}

/// Never prints the token.
impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened").field("session", &self.session.id).finish_non_exhaustive()
    }
}

/// A live session that a token opens.
#[derive(Debug, Clone)]
pub struct Identified {
    /// The session.
    pub session: Session,
    /// Whose.
    pub account: Account,
    /// What it may do.
    pub standing: Standing,
}

/// How long sessions last.
#[derive(Debug, Clone, Copy)]
struct Limits {
    lasts: TimeDelta,
    idles: TimeDelta,
}

impl Limits {
    /// How exactly the last use is kept: never so coarsely that somebody at work is taken for idle.
    fn touch_every(self) -> TimeDelta {
        (self.idles / 10).min(TOUCH_EVERY)
    }
}

impl Identity {
    /// What the regulation in force today says of how long sessions last.
    fn limits(&self) -> Limits {
        let rules = self.in_force.on(jst_date(self.store.clock().now()));
        Limits { lasts: rules.sign_in.lasts.0, idles: rules.sign_in.idle.0 }
    }

    /// What a session may do.
    pub(super) fn standing(&self, session: &Session, account: &Account) -> Standing {
        let rules = self.in_force.on(jst_date(self.store.clock().now()));
        if session.must_change {
            Standing::MustChangePassword
        } else if session.proven_at.is_none() && second_factor::is_needed(&account.person, &rules.sign_in) {
            Standing::MustEnrol
        } else {
            Standing::Full
        }
    }

    /// Opens a session. Every way of signing in ends here.
    ///
    /// # Errors
    /// [`SignInError::Wrong`] where the person may not act any more, [`SignInError::Store`].
    pub async fn open(&self, opening: Opening) -> Result<Opened, SignInError> {
        let token = new_token(self.store.entropy());
        let hash = token_hash(&token);
        let (lasts, rules) = (self.limits().lasts, self.rules());
        let (session, account) = self
            .store
            .write("sign-in", move |tx| {
                Box::pin(async move {
                    let Opening { person, method, proven_at, kind, device, origin } = opening;
                    // Authority may have ended since the person was proven.
                    let account = tx.person(person).await?.filter(|account| account.person.active);
                    let account = account.ok_or(SignInError::Wrong)?;
                    let by_password = matches!(method, Method::Password | Method::PasswordAndCode);
                    let credential = tx.credential_of(person).await?;
                    let must_change = by_password
                        && credential.is_some_and(|known| known.must_be_changed(&rules, tx.now()));
                    let now = tx.now();
                    let session = Session {
                        id: SessionId(tx.entropy().id(now)),
                        person,
                        kind,
                        device,
                        method,
                        proven_at,
                        must_change,
                        address: origin.remote.map(|remote| remote.to_string()).unwrap_or_default(),
                        agent: origin.agent,
                        created_at: now,
                        seen_at: now,
                        expires_at: now + lasts,
                    };
                    if account.one_live_session {
                        tx.end_sessions_of(person, None).await?;
                    }
                    tx.open_session(hash, &session).await?;
                    let detail = format!("{} {} {}", session.id, kind.code(), method.code());
                    tx.audit(Some(person), "sign-in", person, detail).await?;
                    Ok::<_, SignInError>((session, account))
                })
            })
            .await?;
        let standing = self.standing(&session, &account);
        Ok(Opened { token, session, account, standing })
    }

    /// Gives a session a new token because it may do more from now on: `raise` alters what it says of itself.
    /// The old token is dead.
    ///
    /// # Errors
    /// [`SignInError::Wrong`] where there is no such session any more, [`SignInError::Store`].
    pub async fn raise<F>(&self, token: &str, act: &'static str, raise: F) -> Result<Opened, SignInError>
    where
        F: FnOnce(&mut Session) + Send + 'static,
    {
        let old = token_hash(token);
        let token = new_token(self.store.entropy());
        let hash = token_hash(&token);
        let (session, account) = self
            .store
            .write("session.raise", move |tx| {
                Box::pin(async move {
                    let mut session = tx.session(&old).await?.ok_or(SignInError::Wrong)?;
                    let account = tx.person(session.person).await?.filter(|account| account.person.active);
                    let account = account.ok_or(SignInError::Wrong)?;
                    raise(&mut session);
                    session.seen_at = tx.now();
                    tx.end_session(&old).await?;
                    tx.open_session(hash, &session).await?;
                    tx.audit(Some(session.person), act, session.person, session.id).await?;
                    Ok::<_, SignInError>((session, account))
                })
            })
            .await?;
        let standing = self.standing(&session, &account);
        Ok(Opened { token, session, account, standing })
    }

    /// Whose live session a token opens.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn identify(&self, token: &str) -> Result<Option<Identified>, StoreError> {
        let hash = token_hash(token);
        let Some((session, account)) = self.store.session(&hash).await? else { return Ok(None) };
        let now = self.store.clock().now();
        let limits = self.limits();
        // The regulation may have become stricter since the session was opened.
        let ends_at = session.expires_at.min(session.created_at + limits.lasts);
        let live = now < ends_at && now < session.seen_at + limits.idles && account.person.active;
        if !live {
            return Ok(None);
        }
        if now > session.seen_at + limits.touch_every() {
            self.store
                .write("session.touch", move |tx| Box::pin(async move { tx.touch_session(&hash).await }))
                .await?;
        }
        let standing = self.standing(&session, &account);
        Ok(Some(Identified { session, account, standing }))
    }

    /// The live sessions of a person, the one that was used last first.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn sessions_of(&self, person: PersonId) -> Result<Vec<Session>, StoreError> {
        let (now, limits) = (self.store.clock().now(), self.limits());
        let mut listed = self.store.sessions_of(person).await?;
        listed.retain(|session| {
            now < session.created_at + limits.lasts && now < session.seen_at + limits.idles
        });
        Ok(listed)
    }

    /// Ends a session.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn sign_out(&self, token: &str) -> Result<(), StoreError> {
        let hash = token_hash(token);
        self.store
            .write("sign-out", move |tx| {
                Box::pin(async move {
                    if let Some(person) = tx.end_session(&hash).await? {
                        tx.audit(Some(person), "sign-out", person, "").await?;
                    }
                    Ok(())
                })
            })
            .await
    }
}
