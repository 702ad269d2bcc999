//! Names and passwords: signing in with them, choosing a new one, one-time secrets that somebody else hands
//! over.

use std::sync::Arc;

use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier, password_hash::phc::Salt};
use chrono::{DateTime, Utc};
use hokan_domain::{
    ids::PersonId,
    japan_date::jst_date,
    password_rule::{self, About, Fault, PasswordRefusal},
    profile::SignInRules,
};
use hokan_mobile_api::auth::Origin;
use tokio::{sync::OwnedSemaphorePermit, time::timeout};

use super::{
    CHECK_PATIENCE, Identity, SignInError, canonical_login,
    recovery::base32_codes::grouped,
    second::Entered,
    session::{Opened, Opening},
    throttle::Keys,
};
use crate::{
    entropy::Entropy,
    store::{
        account_changes::AccountChange,
        people::{Account, Credential},
        sessions::{Method, SessionKind},
        trail::SIGN_IN_FAILED,
    },
};

/// How many old passwords are remembered where the regulation asks for fewer or for none, so that one that
/// begins to ask does not begin with nothing.
const REMEMBERED: u32 = 12;

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

/// A one-time secret of 80 bits that can be read out and typed: four groups of four letters and digits.
#[must_use]
pub fn one_time_secret(entropy: &Entropy) -> String {
    grouped(&entropy.bytes::<10>())
}

/// Fewer guesses than these, and a password is found by whoever has its hash, or has the patience.
const FEWEST_GUESSES: u64 = 100_000_000;

/// Whether a password is among those that programs try first: the thirty thousand chosen most often, names, words, keys
/// that lie beside each other, dates, and what people do to disguise them (OWASP ASVS 5.0, 6.2.4). This stands here and
/// not beside the other rules since the library asks what year it is.
fn is_guessed_soon(password: &str, about: &About<'_>) -> bool {
    let About { login, name, body, host } = *about;
    // Full-width characters are the same keys.
    let password = password_rule::folded(password);
    zxcvbn::zxcvbn(&password, &[login, name, body, host]).guesses() < FEWEST_GUESSES
}

fn password_fits(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash)
        .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

impl Credential {
    /// Whether it opens nothing but the form for changing it: somebody else chose it, or the regulation wants
    /// another by now.
    #[must_use]
    pub(super) fn must_be_changed(&self, rules: &SignInRules, now: DateTime<Utc>) -> bool {
        let too_old = |(age, _): &(chrono::TimeDelta, _)| now - self.changed_at > *age;
        self.must_change || rules.password.max_age.as_ref().is_some_and(too_old)
    }
}

impl Identity {
    /// Lets somebody in who knows the password: all the way, or to the second step where he has a second
    /// factor.
    ///
    /// # Errors
    /// Any [`SignInError`].
    pub async fn sign_in(
        &self,
        login: &str,
        password: &str,
        kind: SessionKind,
        origin: &Origin,
    ) -> Result<Entered, SignInError> {
        let (account, _) = self.password_of(login, password, origin).await?;
        let factors = self.store.factors(account.person.id).await?;
        if factors.any() {
            return self.begin_second(account.person.id, kind, factors).await.map(Entered::Second);
        }
        let opening = Opening {
            person: account.person.id,
            method: Method::Password,
            proven_at: None,
            kind,
            device: None,
            origin: origin.clone(),
        };
        self.open(opening).await.map(|opened| Entered::Done(Box::new(opened)))
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
        self.throttle.begin(&keys, now).map_err(SignInError::Wait)?;
        let known = match self.store.credential(&login).await? {
            Some((account, Some(credential))) => Some((account, credential)),
            _ => None,
        };
        let account = known.as_ref().map(|(account, _)| account.person.id);
        let hash = known.as_ref().map_or(&*self.decoy, |(_, credential)| &*credential.hash);
        let checked = self.check(password, hash.to_owned()).await;
        if matches!(checked, Err(SignInError::Busy)) {
            self.throttle.taken_back(&keys);
        }
        let fits = checked?;
        let holds = |credential: &Credential| credential.holds_until.is_none_or(|until| now < until);
        let known = known.filter(|(account, credential)| fits && account.person.active && holds(credential));
        let Some(known) = known else {
            self.note_failure(account, origin).await?;
            return Err(SignInError::Wrong);
        };
        self.throttle.succeeded(&keys, now);
        Ok(known)
    }

    /// Puts an attempt that failed into the trail.
    pub(crate) async fn note_failure(
        &self,
        account: Option<PersonId>,
        origin: &Origin,
    ) -> Result<(), SignInError> {
        // A name that is nobody's is not kept, not even as a hash: people type their password into the wrong
        // field.
        let at_what = account.map_or_else(|| "unknown".to_owned(), |id| id.to_string());
        let from = origin.remote.map(|remote| remote.to_string()).unwrap_or_default();
        self.store
            .write("sign-in.failed", move |tx| {
                Box::pin(async move { tx.audit(None, SIGN_IN_FAILED, at_what, from).await })
            })
            .await
            .map_err(SignInError::Store)
    }

    /// Whether a password fits a hash. Not more than a few are looked at at the same time.
    pub(super) async fn check(&self, password: &str, hash: String) -> Result<bool, SignInError> {
        let permit = self.turn().await?;
        let password = password.to_owned();
        let checked = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            password_fits(&password, &hash)
        });
        checked.await.map_err(|error| SignInError::Fault(error.to_string()))
    }

    /// Waits until one more password can be looked at. The turn goes with the work: whoever gives up does not stop
    /// the thread.
    async fn turn(&self) -> Result<OwnedSemaphorePermit, SignInError> {
        let turn = timeout(CHECK_PATIENCE, Arc::clone(&self.checks).acquire_owned()).await;
        turn.map_err(|_| SignInError::Busy)?.map_err(|error| SignInError::Fault(error.to_string()))
    }

    /// Hashes a password beside the work of the server.
    ///
    /// # Errors
    /// Where the library refuses.
    pub async fn hash(&self, password: &str) -> Result<String, SignInError> {
        let permit = self.turn().await?;
        let (password, entropy) = (password.to_owned(), self.store.entropy().clone());
        let hashed = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            hash_password(&password, &entropy)
        });
        hashed.await.map_err(|error| SignInError::Fault(error.to_string()))?.map_err(SignInError::Fault)
    }

    /// What the regulation in force today says of signing in.
    pub(super) fn rules(&self) -> SignInRules {
        self.in_force.on(jst_date(self.store.clock().now())).sign_in.clone()
    }

    /// Judges a password that somebody wants to use from now on.
    ///
    /// # Errors
    /// [`SignInError::Refused`] with everything that speaks against it.
    pub fn judge(&self, password: &str, about: &About<'_>) -> Result<(), SignInError> {
        let rules = self.rules().password;
        let mut refusals = password_rule::judge(password, &rules, about);
        let is_said = refusals.iter().any(|refusal| matches!(refusal.fault, Fault::Common | Fault::TooLong));
        if !is_said && is_guessed_soon(password, about) {
            refusals.push(PasswordRefusal { fault: Fault::Common, source: rules.not_guessable });
        }
        if refusals.is_empty() { Ok(()) } else { Err(SignInError::Refused(refusals)) }
    }

    /// Changes the password of whoever has this session and knows the old one. All other sessions of that
    /// person end; this one goes on under a new token.
    ///
    /// # Errors
    /// [`SignInError::Wrong`] where the old one is wrong, [`SignInError::Refused`] where the new one may not
    /// be chosen, and as [`Identity::sign_in`].
    pub async fn change_password(
        &self,
        token: &str,
        old: &str,
        new: &str,
        about: (&str, &str),
        origin: &Origin,
    ) -> Result<Opened, SignInError> {
        let identified = self.identify(token).await?.ok_or(SignInError::Wrong)?;
        let account = identified.account;
        let (_, known) = self.password_of(&account.login, old, origin).await?;
        let (body, host) = about;
        self.judge(new, &About { login: &account.login, name: &account.name, body, host })?;
        let rules = self.rules().password;
        let forbidden = rules.history.as_ref().map_or(1, |(most, _)| *most);
        let person = account.person.id;
        let before = self.store.old_passwords(person).await?;
        // The one in use counts as the last of them.
        let before = std::iter::once(known.hash.clone()).chain(before);
        for hash in before.take(usize::try_from(forbidden.max(1)).unwrap_or(usize::MAX)) {
            if self.check(new, hash).await? {
                return Err(SignInError::Refused(vec![password_rule::used_before(&rules)]));
            }
        }
        let hash = self.hash(new).await?;
        let session = identified.session.id;
        let most = u64::from(forbidden.max(REMEMBERED));
        self.store
            .write("password.change", move |tx| {
                Box::pin(async move {
                    let current = tx.credential_of(person).await?;
                    if current.as_ref().map(|current| &current.hash) != Some(&known.hash) {
                        return Err(SignInError::Wrong);
                    }
                    tx.keep_old_password(person, known.hash, known.changed_at, most).await?;
                    let kept =
                        Credential { hash, changed_at: tx.now(), must_change: false, holds_until: None };
                    tx.set_credential(person, &kept).await?;
                    let ended = tx.end_sessions_of(person, Some(session)).await?;
                    let detail = format!("{ended} sessions ended");
                    tx.account_changed(Some(person), AccountChange::PasswordChanged, person, detail).await?;
                    Ok(())
                })
            })
            .await?;
        self.raise(token, "password-session", |session| session.must_change = false).await
    }

    /// Whether this is the password of whoever has this session, asked once more before something that a
    /// stranger at an open desk must not do.
    ///
    /// # Errors
    /// [`SignInError::Wrong`] where it is not, and as [`Identity::sign_in`].
    pub async fn password_again(
        &self,
        login: &str,
        password: &str,
        origin: &Origin,
    ) -> Result<(), SignInError> {
        self.password_of(login, password, origin).await.map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_tried_first_is_refused() {
        let about =
            About { login: "sato", name: "佐藤 花子", body: "みどり町", host: "hokan.example.jp" };
        // Far down in lists of passwords by how often they were chosen, and disguised.
        for password in [
            "trustno1",
            "footballfan",
            "liverpool123",
            "gandalf99",
            "P@ssw0rd2019",
            "ｔｒｕｓｔｎｏ１",
            "1qaz2wsx3edc",
            "Butterfly7!",
            "thunderbird",
            "cocacola12",
            "19870512",
            "Sunsh1ne!!",
            "charlotte22",
            "elephant!1",
        ] {
            assert!(is_guessed_soon(password, &about), "{password}");
        }
        for password in
            ["kumo-ga-7-tsu nagareru", "R4t-taXe-9kLo", "鉛筆と消しゴムと夏の川", "mizu umi koori 43"]
        {
            assert!(!is_guessed_soon(password, &about), "{password}");
        }
    }
}
