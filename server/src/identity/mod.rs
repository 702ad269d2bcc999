//! Who signs in and how, and the sessions on the server. Everything that knows of passwords, codes and tokens
//! is here, behind [`Identity`].
//!
//! | Question | Module |
//! | --- | --- |
//! | Is it the person's password? | [`password`] |
//! | Is it the person's passkey? | [`passkey`] |
//! | How often may somebody try? | [`throttle`] |
//! | Who is it, as the body's identity provider says? | [`provider`] |
//! | Is this phone that person's? | [`pairing`] |
//! | What is open for whom, how was he proven, until when? | [`session`] |
//! | What follows on the password, and who proves himself again? | [`second`] |
//! | Is it a code of the person's app? | [`totp`] |
//! | And if the app is lost? | [`recovery`] |
//!
//! Invariants: the server keeps only hashes of what opens anything; every way of signing in ends in
//! [`Identity::open`], and every rise in what a session may do gives it a new token.

pub mod pairing;
pub mod passkey;
pub mod password;
pub mod provider;
pub mod recovery;
pub mod second;
pub mod session;
pub mod throttle;
pub mod totp;

use std::{sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use hokan_domain::password_rule::PasswordRefusal;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use self::throttle::Throttle;
pub use self::{
    password::{hash_password, one_time_secret},
    second::{Entered, Second},
    session::{Identified, Opened, Opening},
    totp::{Enrolled, Enrolment, code_of_step, steps_at},
};
use crate::{
    app::InForce,
    entropy::Entropy,
    store::{Store, StoreError},
};

/// Passwords that are checked at the same time. Each takes 19 MiB for some 30 ms.
const CHECKS_AT_ONCE: usize = 2;

/// How long a password waits to be looked at. Longer, and whoever waits has given up; so the queue has an end.
const CHECK_PATIENCE: Duration = Duration::from_secs(10);

/// Why somebody could not sign in.
#[derive(Debug)]
pub enum SignInError {
    /// Name or password is wrong; which of the two is not said.
    Wrong,
    /// Too many failures; how long to wait.
    Wait(TimeDelta),
    /// The code is wrong, or was used before.
    WrongCode,
    /// The second step took too long, or too many codes were wrong: the password is asked again.
    StepOver,
    /// Too many passwords are being looked at. Nothing counts, and it may be tried again.
    Busy,
    /// The password may not be chosen.
    Refused(Vec<PasswordRefusal>),
    /// The store failed.
    Store(StoreError),
    /// Something of the cryptography failed.
    Fault(String),
}

impl From<StoreError> for SignInError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Signs people in and knows their sessions.
#[derive(Debug, Clone)]
pub struct Identity {
    store: Store,
    in_force: InForce,
    throttle: Throttle,
    checks: Arc<Semaphore>,
    /// What an unknown name's password is checked against, so that it takes as long as a known one's.
    decoy: Arc<str>,
}

impl Identity {
    /// Signs in against this store, by the rules of the regulation in force.
    #[must_use]
    pub fn new(store: &Store, in_force: InForce) -> Self {
        // A hash of nothing that anybody knows. Its failure to be made would show as a faster answer for
        // unknown names, and does not happen for a password of 43 characters.
        let decoy = hash_password(&new_token(&Entropy::system()), &Entropy::system()).unwrap_or_default();
        Self {
            store: store.clone(),
            in_force,
            throttle: Throttle::default(),
            checks: Arc::new(Semaphore::new(CHECKS_AT_ONCE)),
            decoy: decoy.into(),
        }
    }
}

/// What the server keeps of a token.
#[must_use]
pub fn token_hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// A new secret of 256 bits.
#[must_use]
pub fn new_token(entropy: &Entropy) -> String {
    URL_SAFE_NO_PAD.encode(entropy.bytes::<32>())
}

/// A name as it is compared: without white space around it, in lower case.
#[must_use]
pub fn canonical_login(login: &str) -> String {
    login.trim().to_lowercase()
}
