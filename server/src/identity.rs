//! Who signs in and how: a name and a password, and a session on the server. Everything that knows of
//! passwords and tokens is here, behind [`Identity`].

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier, password_hash::phc::Salt};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use crate::{
    entropy::Entropy,
    store::{Store, StoreError, people::Account},
};

/// A session ends after this long, whatever happens.
const SESSION_LASTS: TimeDelta = TimeDelta::hours(12);
/// A session ends when it was not used for this long.
const SESSION_IDLES: TimeDelta = TimeDelta::hours(2);
/// How exactly the last use of a session is kept. Writing it for every request would make each read a write.
const TOUCH_EVERY: TimeDelta = TimeDelta::minutes(5);
/// Failures that cost nothing, for people who mistype.
const FREE_FAILURES: u32 = 4;
/// The longest wait between two attempts. A limit, so that nobody can lock out another person for good.
const LONGEST_WAIT: TimeDelta = TimeDelta::minutes(5);
/// Passwords that are checked at the same time. Each takes 19 MiB for some 30 ms.
const CHECKS_AT_ONCE: usize = 2;
/// The names and addresses whose failures are remembered. The oldest are forgotten first.
const MOST_REMEMBERED: usize = 10_000;

/// Why somebody could not sign in.
#[derive(Debug)]
pub enum SignInError {
    /// Name or password is wrong; which of the two is not said.
    Wrong,
    /// Too many failures; how long to wait.
    Wait(TimeDelta),
    /// The store failed.
    Store(StoreError),
    /// The password could not be hashed.
    Hash(String),
}

impl From<StoreError> for SignInError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// A session that was opened.
#[derive(Debug)]
pub struct Opened {
    /// The secret that opens it. Shown once; the server keeps only its hash.
    pub token: String,
    /// When it ends whatever happens.
    pub expires_at: DateTime<Utc>,
    /// Whose.
    pub account: Account,
}

/// Signs people in and knows their sessions.
#[derive(Debug, Clone)]
pub struct Identity {
    store: Store,
    failures: Arc<Mutex<HashMap<String, Failures>>>,
    checks: Arc<Semaphore>,
    /// What an unknown name's password is checked against, so that it takes as long as a known one's.
    decoy: Arc<str>,
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: DateTime<Utc>,
}

impl Failures {
    fn wait_until(self) -> DateTime<Utc> {
        let excess = self.count.saturating_sub(FREE_FAILURES);
        if excess == 0 {
            return self.last;
        }
        let seconds = 1_i64 << excess.min(20);
        self.last + TimeDelta::seconds(seconds).min(LONGEST_WAIT)
    }
}

/// Hashes a password with argon2id at the library's recommended cost (19 MiB, two passes; OWASP's first
/// choice).
///
/// # Errors
/// Where the library refuses, such as for a password of gigabytes.
pub fn hash_password(password: &str, entropy: &Entropy) -> Result<String, String> {
    let salt: [u8; 16] = entropy.bytes();
    let salt = Salt::new(&salt).map_err(|error| error.to_string())?;
    Argon2::default()
        .hash_password_with_salt(password.as_bytes(), salt.as_ref())
        .map(|hash| hash.to_string())
        .map_err(|error| error.to_string())
}

fn password_fits(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash)
        .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// What the server keeps of a token.
#[must_use]
pub fn token_hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// A name as it is compared: without white space around it, in lower case.
#[must_use]
pub fn canonical_login(login: &str) -> String {
    login.trim().to_lowercase()
}

impl Identity {
    /// Signs in against this store.
    #[must_use]
    pub fn new(store: &Store) -> Self {
        // A hash of nothing that anybody knows. Its failure to be made would show as a faster answer for
        // unknown names, and does not happen for a password of 43 characters.
        let decoy = hash_password(&new_token(&Entropy::system()), &Entropy::system()).unwrap_or_default();
        Self {
            store: store.clone(),
            failures: Arc::default(),
            checks: Arc::new(Semaphore::new(CHECKS_AT_ONCE)),
            decoy: decoy.into(),
        }
    }

    /// Opens a session for somebody who knows the password.
    ///
    /// # Errors
    /// Any [`SignInError`].
    pub async fn sign_in(
        &self,
        login: &str,
        password: &str,
        remote: Option<IpAddr>,
    ) -> Result<Opened, SignInError> {
        let login = canonical_login(login);
        let now = self.store.clock().now();
        // Behind a proxy on this machine everybody comes from one address; failures of one must not slow all.
        let remote = remote.filter(|remote| !remote.is_loopback());
        let keys = [Some(format!("name {login}")), remote.map(|remote| format!("address {remote}"))];
        if let Some(wait) = self.wait(&keys, now) {
            return Err(SignInError::Wait(wait));
        }
        let known = self.store.credential(&login).await?;
        let (account, hash) = match known {
            Some((account, Some(hash))) => (Some(account), hash),
            _ => (None, self.decoy.to_string()),
        };
        let fits = self.check(password, hash).await?;
        let account = account.filter(|account| fits && account.person.active);
        let Some(account) = account else {
            self.failed(&keys, now);
            let what = format!("{keys:?}");
            let hashed = URL_SAFE_NO_PAD.encode(&Sha256::digest(what.as_bytes())[..6]);
            self.store
                .write("sign-in.failed", move |tx| {
                    // The name is not kept: people type their password into the wrong field.
                    Box::pin(async move { tx.audit(None, "sign-in-failed", hashed, "").await })
                })
                .await?;
            return Err(SignInError::Wrong);
        };
        self.succeeded(&keys);
        let token = new_token(self.store.entropy());
        let hash = token_hash(&token);
        let person = account.person.id;
        let expires_at = self
            .store
            .write("sign-in", move |tx| {
                Box::pin(async move {
                    let expires_at = tx.now() + SESSION_LASTS;
                    tx.open_session(hash, person, expires_at).await?;
                    tx.audit(Some(person), "sign-in", person, "").await?;
                    Ok::<_, StoreError>(expires_at)
                })
            })
            .await?;
        Ok(Opened { token, expires_at, account })
    }

    /// Whose live session a token opens.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn identify(&self, token: &str) -> Result<Option<Account>, StoreError> {
        let hash = token_hash(token);
        let Some((session, account)) = self.store.session(&hash).await? else { return Ok(None) };
        let now = self.store.clock().now();
        let live = now < session.expires_at && now < session.seen_at + SESSION_IDLES && account.person.active;
        if !live {
            return Ok(None);
        }
        if now > session.seen_at + TOUCH_EVERY {
            self.store
                .write("session.touch", move |tx| Box::pin(async move { tx.touch_session(&hash).await }))
                .await?;
        }
        Ok(Some(account))
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

    async fn check(&self, password: &str, hash: String) -> Result<bool, SignInError> {
        let fault = |error: &dyn ToString| SignInError::Hash(error.to_string());
        let _permit = self.checks.acquire().await.map_err(|error| fault(&error))?;
        let password = password.to_owned();
        tokio::task::spawn_blocking(move || password_fits(&password, &hash))
            .await
            .map_err(|error| fault(&error))
    }

    fn wait(&self, keys: &[Option<String>], now: DateTime<Utc>) -> Option<TimeDelta> {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        keys.iter()
            .flatten()
            .filter_map(|key| failures.get(key))
            .map(|failed| failed.wait_until() - now)
            .filter(|wait| *wait > TimeDelta::zero())
            .max()
    }

    fn failed(&self, keys: &[Option<String>], now: DateTime<Utc>) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= MOST_REMEMBERED {
            failures.retain(|_, failed| failed.last + LONGEST_WAIT > now);
        }
        if failures.len() >= MOST_REMEMBERED {
            // Somebody tries ten thousand names within minutes. Forgetting all costs him a pause for each
            // that he tries again, and costs the memory of this server nothing.
            failures.clear();
        }
        for key in keys.iter().flatten() {
            let failed = failures.entry(key.clone()).or_insert(Failures { count: 0, last: now });
            failed.count = failed.count.saturating_add(1);
            failed.last = now;
        }
    }

    fn succeeded(&self, keys: &[Option<String>]) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        for key in keys.iter().flatten() {
            failures.remove(key);
        }
    }
}

/// A new secret of 256 bits.
#[must_use]
pub fn new_token(entropy: &Entropy) -> String {
    URL_SAFE_NO_PAD.encode(entropy.bytes::<32>())
}
