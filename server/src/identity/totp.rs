//! Codes of an authenticator app (RFC 6238): six digits, thirty seconds, one step either way, and no step
//! twice.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use hokan_domain::ids::{PersonId, SessionId};
use totp_rs::Builder;

use super::{Identity, SignInError, recovery, session::Opened, throttle::Keys, token_hash};
use crate::store::{
    StoreError, WriteTx,
    account_changes::AccountChange,
    factors::{Step, Totp},
    sessions::Method,
};

/// Seconds of a time step.
const STEP: u64 = 30;
/// How long somebody may take to set up an app.
const ENROLMENT_LASTS: TimeDelta = TimeDelta::minutes(30);
/// What waits for the first code of an app.
const ENROLMENT: &str = "enrol-totp";

/// An authenticator app that is being set up.
#[derive(Clone)]
pub struct Enrolment {
    /// The secret as it is typed where no picture can be taken.
    pub secret: String,
    /// The address that the app reads from a picture.
    pub uri: String,
}

/// Never prints the secret.
impl std::fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Enrolment").finish_non_exhaustive()
    }
}

/// A second factor that was set up.
#[derive(Debug)]
pub struct Enrolled {
    /// The session, under a new token.
    pub opened: Opened,
    /// Recovery codes, shown once.
    pub recovery_codes: Vec<String>,
}

/// The time step of a moment.
fn step_at(now: DateTime<Utc>) -> i64 {
    now.timestamp().max(0) / i64::try_from(STEP).unwrap_or(i64::MAX)
}

fn generator(secret: &[u8]) -> totp_rs::Totp {
    Builder::new().with_secret(secret.to_vec()).with_step_duration(STEP).with_skew(1).build_noncompliant()
}

/// The code of a time step. For the demonstration, which shows it, and for tests, which have no app.
#[must_use]
pub fn code_of_step(secret: &[u8], step: i64) -> String {
    let time = u64::try_from(step).unwrap_or(0).saturating_mul(STEP);
    generator(secret).generate(time).to_string()
}

/// The steps whose codes are taken at a moment: this one and its neighbours, since clocks differ.
#[must_use]
pub fn steps_at(now: DateTime<Utc>) -> std::ops::RangeInclusive<i64> {
    step_at(now) - 1..=step_at(now) + 1
}

/// The step of which this is the code, if it is later than the last that was used.
fn step_of(totp: &Totp, code: &str, now: DateTime<Utc>) -> Option<i64> {
    let time = u64::try_from(now.timestamp()).ok()?;
    let step = i64::try_from(generator(&totp.secret).check(code, time)?).ok()?;
    // The library gives the earliest step that fits; two neighbours with the same code are one in a million.
    (step > totp.last_step).then_some(step)
}

/// Whether somebody shows something that only he has: a code of his app, or a recovery code, which is used up
/// by it.
pub(super) async fn takes(tx: &mut WriteTx, person: PersonId, typed: &str) -> Result<bool, StoreError> {
    let plain = recovery::base32_codes::plain(typed);
    if plain.len() == 6 {
        let Some(totp) = tx.totp(person).await? else { return Ok(false) };
        let Some(step) = step_of(&totp, &plain, tx.now()) else { return Ok(false) };
        tx.use_totp_step(person, step).await?;
        return Ok(true);
    }
    let used = tx.use_recovery_code(person, &recovery::hash(person, typed)).await?;
    if used {
        tx.account_changed(Some(person), AccountChange::RecoveryCodeUsed, person, "").await?;
    }
    Ok(used)
}

/// Where the secret waits that a session sets up.
fn waits_at(session: SessionId) -> Vec<u8> {
    token_hash(&format!("{ENROLMENT} {session}"))
}

impl Identity {
    /// Begins to set up an authenticator app, or goes on with what this session began.
    ///
    /// # Errors
    /// Where the store fails or the secret cannot be written as an address.
    pub async fn begin_totp(
        &self,
        session: SessionId,
        person: PersonId,
        login: &str,
        body: &str,
    ) -> Result<Enrolment, SignInError> {
        let hash = waits_at(session);
        let secret = match self.store.step(&hash, ENROLMENT).await? {
            Some(step) => URL_SAFE_NO_PAD.decode(&step.state).unwrap_or_default(),
            None => {
                let secret = self.store.entropy().bytes::<20>().to_vec();
                let step = Step {
                    purpose: ENROLMENT.to_owned(),
                    person: Some(person),
                    state: URL_SAFE_NO_PAD.encode(&secret),
                    tries: 0,
                    expires_at: self.store.clock().now() + ENROLMENT_LASTS,
                };
                self.store
                    .write("totp.begin", move |tx| Box::pin(async move { tx.keep_step(hash, &step).await }))
                    .await
                    .map_err(|error: StoreError| error)?;
                secret
            }
        };
        let told = |text: &str| text.replace(':', " ");
        let totp = Builder::new()
            .with_secret(secret)
            .with_step_duration(STEP)
            .with_skew(1)
            .with_account_name(told(login))
            .with_issuer(Some(told(&format!("Hokan {body}"))))
            .build()
            .map_err(|error| SignInError::Fault(error.to_string()))?;
        let uri = totp.to_url().map_err(|error| SignInError::Fault(error.to_string()))?;
        Ok(Enrolment { secret: totp.secret().to_base32(), uri })
    }

    /// Sets the app up with the first code that it shows. The session is proven by it and gets a new token.
    ///
    /// # Errors
    /// [`SignInError::WrongCode`], [`SignInError::StepOver`] where it took too long, and as
    /// [`Identity::second_step`].
    pub async fn confirm_totp(&self, token: &str, code: &str) -> Result<Enrolled, SignInError> {
        let identified = self.identify(token).await?.ok_or(SignInError::Wrong)?;
        let person = identified.account.person.id;
        let keys = Keys::code(person);
        let now = self.store.clock().now();
        self.throttle.begin(&keys, now).map_err(SignInError::Wait)?;
        let hash = waits_at(identified.session.id);
        let codes = recovery::fresh(self.store.entropy());
        let hashes = codes.iter().map(|code| recovery::hash(person, code)).collect();
        let typed = recovery::base32_codes::plain(code);
        self.store
            .write("totp.confirm", move |tx| {
                Box::pin(async move {
                    let step = tx.step(&hash, ENROLMENT).await?.ok_or(SignInError::StepOver)?;
                    let secret = URL_SAFE_NO_PAD.decode(&step.state).unwrap_or_default();
                    let mut totp = Totp { secret, last_step: 0 };
                    totp.last_step = step_of(&totp, &typed, tx.now()).ok_or(SignInError::WrongCode)?;
                    tx.set_totp(person, &totp).await?;
                    tx.set_recovery_codes(person, hashes).await?;
                    tx.end_step(&hash).await?;
                    tx.account_changed(
                        Some(person),
                        AccountChange::SecondFactorAdded,
                        person,
                        "authenticator app",
                    )
                    .await?;
                    Ok::<_, SignInError>(())
                })
            })
            .await?;
        self.throttle.succeeded(&keys, now);
        let opened = self.prove_session(token, now).await?;
        Ok(Enrolled { opened, recovery_codes: codes })
    }

    /// Gives somebody an authenticator app with this secret, without asking for a code. For the demonstration
    /// and for tests; people set theirs up themselves.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn set_totp(&self, person: PersonId, secret: Vec<u8>) -> Result<(), StoreError> {
        self.store
            .write("totp.set", move |tx| {
                Box::pin(async move {
                    tx.set_totp(person, &Totp { secret, last_step: 0 }).await?;
                    tx.audit(None, "second-factor-added", person, "authenticator app").await
                })
            })
            .await
    }

    /// The next code of somebody's app that would be taken. Only the demonstration shows it.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn shown_code(&self, person: PersonId) -> Result<Option<String>, StoreError> {
        let Some(totp) = self.store.totp(person).await? else { return Ok(None) };
        let mut steps = steps_at(self.store.clock().now());
        let step = steps.find(|step| *step > totp.last_step);
        Ok(step.map(|step| code_of_step(&totp.secret, step)))
    }

    /// Fresh recovery codes, in the place of all others. Shown once.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn renew_recovery_codes(&self, person: PersonId) -> Result<Vec<String>, StoreError> {
        let codes = recovery::fresh(self.store.entropy());
        let hashes = codes.iter().map(|code| recovery::hash(person, code)).collect();
        self.store
            .write("recovery-codes.renew", move |tx| {
                Box::pin(async move {
                    tx.set_recovery_codes(person, hashes).await?;
                    tx.account_changed(Some(person), AccountChange::RecoveryCodesRenewed, person, "").await
                })
            })
            .await?;
        Ok(codes)
    }

    /// Marks a session as proven now and gives it a new token.
    pub(crate) async fn prove_session(&self, token: &str, now: DateTime<Utc>) -> Result<Opened, SignInError> {
        self.raise(token, "proven", move |session| {
            session.proven_at = Some(now);
            if session.method == Method::Password {
                session.method = Method::PasswordAndCode;
            }
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    /// RFC 6238, appendix B, the last six of eight digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        let secret = b"12345678901234567890";
        for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
            assert_eq!(code_of_step(secret, step_at(at(seconds))), code);
        }
    }

    #[test]
    fn a_step_is_taken_once_and_only_near_its_time() {
        let secret = b"12345678901234567890".to_vec();
        let now = at(1_800_000_000);
        let mut totp = Totp { secret: secret.clone(), last_step: 0 };
        for step in steps_at(now) {
            assert_eq!(step_of(&totp, &code_of_step(&secret, step), now), Some(step));
        }
        for step in [step_at(now) - 2, step_at(now) + 2] {
            assert_eq!(step_of(&totp, &code_of_step(&secret, step), now), None);
        }
        totp.last_step = step_at(now);
        assert_eq!(step_of(&totp, &code_of_step(&secret, step_at(now)), now), None, "used");
        assert_eq!(step_of(&totp, &code_of_step(&secret, step_at(now) - 1), now), None, "earlier");
        for nonsense in ["", "12345", "abcdef", "1234567"] {
            assert_eq!(step_of(&totp, nonsense, now), None);
        }
    }
}
