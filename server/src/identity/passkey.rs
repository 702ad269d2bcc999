//! Passkeys: Web Authentication (WebAuthn level 3) with user verification, which is two factors in one: the
//! device, and the finger, face or PIN that it asks for. What the device checks stays in it; the server keeps a
//! public key.
//!
//! A challenge is kept on the server for five minutes and serves once. Signing in asks for no name: the device
//! says whose passkey it holds, so nobody learns by asking who has one.

use std::sync::Arc;

use chrono::TimeDelta;
use hokan_domain::ids::{PasskeyId, PersonId};
use webauthn_rs::{
    Webauthn, WebauthnBuilder,
    prelude::{
        DiscoverableAuthentication, Passkey as Key, PasskeyRegistration, PublicKeyCredential,
        RegisterPublicKeyCredential, Url, WebauthnError,
    },
};
use webauthn_rs_proto::ResidentKeyRequirement;

use super::{new_token, token_hash};
use crate::{
    app::PRODUCT,
    store::{
        Store, StoreError,
        account_changes::AccountChange,
        factors::{Passkey, Step},
        people::Account,
    },
};

/// How long a device may take to answer.
const CHALLENGE_LASTS: TimeDelta = TimeDelta::minutes(5);
/// A challenge for a passkey that is to be registered.
const REGISTERING: &str = "passkey-new";
/// A challenge for a passkey that proves somebody.
const PROVING: &str = "passkey";
/// Challenges of people who are not known yet that wait at the same time. Whoever asks for more makes the oldest
/// go, and fills no database.
const MOST_WAITING: u64 = 500;
/// The passkeys that one person may have.
pub const MOST_PASSKEYS: usize = 10;

/// Why a passkey came to nothing.
#[derive(Debug)]
pub enum PasskeyError {
    /// The challenge was answered, or its time is over, or there never was one.
    Over,
    /// The answer cannot be believed. The text is for the log.
    NotBelieved(String),
    /// The passkey is nobody's here.
    Unknown,
    /// The person has as many as one may have.
    TooMany,
    /// The store failed.
    Store(StoreError),
    /// Something of the cryptography failed.
    Fault(String),
}

impl From<StoreError> for PasskeyError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// What a device is asked.
#[derive(Debug, serde::Serialize)]
pub struct Challenge {
    /// What the answer has to name.
    pub step: String,
    /// The options for the browser's call.
    pub options: serde_json::Value,
}

/// Registers passkeys and believes them. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Passkeys(Arc<Webauthn>);

fn not_believed(error: &dyn std::fmt::Display) -> PasskeyError {
    PasskeyError::NotBelieved(error.to_string())
}

fn fault(error: &dyn std::fmt::Display) -> PasskeyError {
    PasskeyError::Fault(error.to_string())
}

impl Passkeys {
    /// Passkeys for a server at this address; none where it has no name, since devices bind passkeys to names
    /// and not to numbers.
    #[must_use]
    pub fn new(public_url: &str) -> Option<Self> {
        let origin = Url::parse(public_url).ok()?;
        let name = origin.domain()?.to_owned();
        let webauthn = WebauthnBuilder::new(&name, &origin).ok()?.rp_name(PRODUCT).build().ok()?;
        Some(Self(Arc::new(webauthn)))
    }

    /// Asks a device of this person for a new passkey.
    ///
    /// # Errors
    /// [`PasskeyError::TooMany`], [`PasskeyError::Store`], [`PasskeyError::Fault`].
    pub async fn begin_registration(
        &self,
        store: &Store,
        account: &Account,
    ) -> Result<Challenge, PasskeyError> {
        let person = account.person.id;
        let known = store.factors(person).await?.passkeys;
        if known.len() >= MOST_PASSKEYS {
            return Err(PasskeyError::TooMany);
        }
        let known: Vec<_> = known.iter().map(key_of).collect::<Result<_, _>>()?;
        let known = known.iter().map(|key| key.cred_id().clone()).collect();
        let (mut asked, state) = self
            .0
            .start_passkey_registration(person.0, &account.login, &account.name, Some(known))
            .map_err(|error| fault(&error))?;
        // The library leaves it to the device whether it can find the passkey again without being told whose it
        // is. Signing in tells it nothing.
        if let Some(selection) = &mut asked.public_key.authenticator_selection {
            selection.resident_key = Some(ResidentKeyRequirement::Required);
            selection.require_resident_key = true;
        }
        let state = serde_json::to_string(&state).map_err(|error| fault(&error))?;
        let options = serde_json::to_value(&asked.public_key).map_err(|error| fault(&error))?;
        let step = keep(store, REGISTERING, Some(person), state).await?;
        Ok(Challenge { step, options })
    }

    /// Takes in the passkey that a device of this person made. Returns its name in lists.
    ///
    /// # Errors
    /// Any [`PasskeyError`].
    pub async fn register(
        &self,
        store: &Store,
        person: PersonId,
        step: &str,
        answer: &str,
        name: String,
    ) -> Result<PasskeyId, PasskeyError> {
        let waiting = take(store, REGISTERING, step).await?;
        let waiting = waiting.filter(|waiting| waiting.person == Some(person)).ok_or(PasskeyError::Over)?;
        let state: PasskeyRegistration =
            serde_json::from_str(&waiting.state).map_err(|error| fault(&error))?;
        let answer: RegisterPublicKeyCredential =
            serde_json::from_str(answer).map_err(|error| not_believed(&error))?;
        let key =
            self.0.finish_passkey_registration(&answer, &state).map_err(|error| not_believed(&error))?;
        let credential = key.cred_id().to_vec();
        let data = serde_json::to_string(&key).map_err(|error| fault(&error))?;
        store
            .write("passkey.add", move |tx| {
                Box::pin(async move {
                    if tx.passkey_with(&credential).await?.is_some() {
                        return Err(PasskeyError::NotBelieved("the passkey is known already".to_owned()));
                    }
                    if tx.factors(person).await?.passkeys.len() >= MOST_PASSKEYS {
                        return Err(PasskeyError::TooMany);
                    }
                    let now = tx.now();
                    let id = PasskeyId(tx.entropy().id(now));
                    let kept = Passkey { id, person, name, data, created_at: now, used_at: None };
                    tx.add_passkey(&kept, credential).await?;
                    tx.account_changed(Some(person), AccountChange::PasskeyAdded, person, id).await?;
                    Ok(id)
                })
            })
            .await
    }

    /// Asks whatever device is there to prove whoever it is.
    ///
    /// # Errors
    /// [`PasskeyError::Store`], [`PasskeyError::Fault`].
    pub async fn begin(&self, store: &Store) -> Result<Challenge, PasskeyError> {
        let (asked, state) = self.0.start_discoverable_authentication().map_err(|error| fault(&error))?;
        let state = serde_json::to_string(&state).map_err(|error| fault(&error))?;
        let options = serde_json::to_value(&asked.public_key).map_err(|error| fault(&error))?;
        let step = keep(store, PROVING, None, state).await?;
        Ok(Challenge { step, options })
    }

    /// Who answered: whose device signed the challenge, after it had verified its user.
    ///
    /// # Errors
    /// Any [`PasskeyError`] but [`PasskeyError::TooMany`].
    pub async fn finish(&self, store: &Store, step: &str, answer: &str) -> Result<PersonId, PasskeyError> {
        let waiting = take(store, PROVING, step).await?.ok_or(PasskeyError::Over)?;
        let state: DiscoverableAuthentication =
            serde_json::from_str(&waiting.state).map_err(|error| fault(&error))?;
        let answer: PublicKeyCredential =
            serde_json::from_str(answer).map_err(|error| not_believed(&error))?;
        let (whose, credential) = self
            .0
            .identify_discoverable_authentication(&answer)
            .map(|(whose, credential)| (PersonId(whose), credential.to_vec()))
            .map_err(|error| not_believed(&error))?;
        let known = store.passkey_with(&credential).await?;
        let known = known.filter(|known| known.person == whose).ok_or(PasskeyError::Unknown)?;
        let mut key = key_of(&known)?;
        let proven =
            self.0.finish_discoverable_authentication_v2(&answer, state, &key).map_err(
                |error| match error {
                    // A counter that went back: somebody may have copied the device.
                    WebauthnError::CredentialPossibleCompromise => PasskeyError::NotBelieved(format!(
                        "passkey {} may have been copied: {error}",
                        known.id
                    )),
                    error => not_believed(&error),
                },
            )?;
        if !proven.user_verified() {
            return Err(PasskeyError::NotBelieved("the device did not verify its user".to_owned()));
        }
        key.update_credential(&proven);
        let data = serde_json::to_string(&key).map_err(|error| fault(&error))?;
        let id = known.id;
        store
            .write("passkey.used", move |tx| Box::pin(async move { tx.use_passkey(id, &data).await }))
            .await?;
        Ok(known.person)
    }
}

fn key_of(known: &Passkey) -> Result<Key, PasskeyError> {
    serde_json::from_str(&known.data).map_err(|error| fault(&error))
}

/// Keeps a challenge. Returns what opens it.
async fn keep(
    store: &Store,
    purpose: &'static str,
    person: Option<PersonId>,
    state: String,
) -> Result<String, StoreError> {
    let token = new_token(store.entropy());
    let hash = token_hash(&token);
    store
        .write("passkey.ask", move |tx| {
            Box::pin(async move {
                if person.is_none() {
                    tx.end_oldest_steps(purpose, MOST_WAITING).await?;
                }
                let expires_at = tx.now() + CHALLENGE_LASTS;
                let step = Step { purpose: purpose.to_owned(), person, state, tries: 0, expires_at };
                tx.keep_step(hash, &step).await
            })
        })
        .await?;
    Ok(token)
}

/// Takes a challenge, which is over by that.
async fn take(store: &Store, purpose: &'static str, token: &str) -> Result<Option<Step>, StoreError> {
    let hash = token_hash(token);
    store
        .write("passkey.answer", move |tx| {
            Box::pin(async move {
                let step = tx.step(&hash, purpose).await?;
                tx.end_step(&hash).await?;
                Ok(step)
            })
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_without_a_name_has_no_passkeys() {
        for named in ["https://hokan.town.example.jp", "https://localhost:8443", "http://localhost:8080"] {
            assert!(Passkeys::new(named).is_some(), "{named}");
        }
        for unnamed in ["https://192.0.2.7", "https://[2001:db8::7]:8443", "hokan"] {
            assert!(Passkeys::new(unnamed).is_none(), "{unnamed}");
        }
    }
}
