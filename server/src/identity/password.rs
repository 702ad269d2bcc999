//! Signing in with a name and a password.

use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier, password_hash::phc::Salt};
use hokan_mobile_api::auth::Origin;

use super::{
    Identity, SignInError, canonical_login,
    session::{Opened, Opening},
    throttle::Keys,
};
use crate::{
    entropy::Entropy,
    store::{
        people::{Account, Credential},
        sessions::{Method, SessionKind},
        trail::SIGN_IN_FAILED,
    },
};

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

impl Identity {
    /// Opens a session for somebody who knows the password.
    ///
    /// # Errors
    /// Any [`SignInError`].
    pub async fn sign_in(
        &self,
        login: &str,
        password: &str,
        kind: SessionKind,
        origin: &Origin,
    ) -> Result<Opened, SignInError> {
        let (account, _) = self.password_of(login, password, origin).await?;
        let opening = Opening {
            person: account.person.id,
            method: Method::Password,
            proven_at: None,
            kind,
            device: None,
            origin: origin.clone(),
        };
        self.open(opening).await
    }

    /// Who knows this password.
    pub(super) async fn password_of(
        &self,
        login: &str,
        password: &str,
        origin: &Origin,
    ) -> Result<(Account, Credential), SignInError> {
        let login = canonical_login(login);
        let now = self.store.clock().now();
        let keys = Keys::of(&login, origin.remote);
        if let Some(wait) = self.throttle.wait(&keys, now) {
            return Err(SignInError::Wait(wait));
        }
        // Counted before the password is looked at and given back on success: of many attempts that are sent at
        // the same moment each sees those before it.
        self.throttle.failed(&keys, now);
        let known = match self.store.credential(&login).await? {
            Some((account, Some(credential))) => Some((account, credential)),
            _ => None,
        };
        let account = known.as_ref().map(|(account, _)| account.person.id);
        let hash = known.as_ref().map_or(&*self.decoy, |(_, credential)| &*credential.hash);
        let fits = self.check(password, hash.to_owned()).await?;
        let holds = |credential: &Credential| credential.holds_until.is_none_or(|until| now < until);
        let known = known.filter(|(account, credential)| fits && account.person.active && holds(credential));
        let Some(known) = known else {
            // A name that is nobody's is not kept, not even as a hash: people type their password into the
            // wrong field.
            let at_what = account.map_or_else(|| "unknown".to_owned(), |id| id.to_string());
            let from = origin.remote.map(|remote| remote.to_string()).unwrap_or_default();
            self.store
                .write("sign-in.failed", move |tx| {
                    Box::pin(async move { tx.audit(None, SIGN_IN_FAILED, at_what, from).await })
                })
                .await?;
            return Err(SignInError::Wrong);
        };
        self.throttle.succeeded(&keys);
        Ok(known)
    }

    /// Whether a password fits a hash. Not more than a few are looked at at the same time.
    pub(super) async fn check(&self, password: &str, hash: String) -> Result<bool, SignInError> {
        let fault = |error: &dyn ToString| SignInError::Fault(error.to_string());
        let _permit = self.checks.acquire().await.map_err(|error| fault(&error))?;
        let password = password.to_owned();
        tokio::task::spawn_blocking(move || password_fits(&password, &hash))
            .await
            .map_err(|error| fault(&error))
    }
}
