//! Signatures of webhooks: the symmetric scheme of the [Standard Webhooks specification, 1.0.0][spec].
//!
//! What is signed is `{id}.{timestamp}.{body}`; the signature is HMAC-SHA256, in base64 after `v1,`. While a
//! secret is changed, a webhook carries a signature for the old and one for the new, and the receiver accepts
//! it when one of them fits.
//!
//! [spec]: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The header with the message's id: the same for each attempt, so that a receiver can tell a repetition.
pub const HEADER_ID: &str = "webhook-id";
/// The header with the time of the attempt, in whole seconds since 1970 (UTC).
pub const HEADER_TIMESTAMP: &str = "webhook-timestamp";
/// The header with the signatures, separated by spaces.
pub const HEADER_SIGNATURE: &str = "webhook-signature";

/// How far a webhook's time may be from the receiver's, either way. What the specification's own libraries
/// take.
pub const TOLERANCE: TimeDelta = TimeDelta::minutes(5);

const SECRET_PREFIX: &str = "whsec_";
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
const VERSION: &str = "v1,";
/// The longest id. It goes into a header.
const LONGEST_ID: usize = 255;

/// A text that is no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// It does not begin as one.
    #[error("a webhook's secret begins with whsec_")]
    Prefix,
    /// What follows is not base64.
    #[error("a webhook's secret is base64 (with + and /, padded with =) after whsec_")]
    Base64,
    /// It is too short or too long.
    #[error("a webhook's secret has 24 to 64 bytes; this one has {0}")]
    Length(usize),
}

/// The secret that an endpoint's sender and receiver share. Each endpoint has its own.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// From random bytes; 32 are plenty.
    ///
    /// # Errors
    /// [`SecretError::Length`] where there are not 24 to 64 of them.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SecretError> {
        if SECRET_BYTES.contains(&bytes.len()) {
            Ok(Self(bytes.to_vec()))
        } else {
            Err(SecretError::Length(bytes.len()))
        }
    }

    /// Reads the form in which it is handed to people: `whsec_` and base64.
    ///
    /// # Errors
    /// Any [`SecretError`]. None repeats the text.
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        let encoded = text.strip_prefix(SECRET_PREFIX).ok_or(SecretError::Prefix)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| SecretError::Base64)?;
        Self::from_bytes(&bytes)
    }

    /// The form in which it is handed to people and stored. Whoever reads it can sign.
    #[must_use]
    pub fn reveal(&self) -> String {
        format!("{SECRET_PREFIX}{}", STANDARD.encode(&self.0))
    }

    fn mac(&self, id: &str, timestamp: &str, body: &[u8]) -> Option<Hmac<Sha256>> {
        // HMAC takes keys of any length, so there is always one.
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
            mac.update(part);
        }
        Some(mac)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Secret").finish_non_exhaustive()
    }
}

/// A message that cannot be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// There is no secret to sign with.
    #[error("the endpoint has no secret")]
    NoSecret,
    /// The id could be read as something else: with a full stop in it, another id and another time could have
    /// the same signature.
    #[error("a webhook's id has 1 to 255 letters, digits, hyphens and underscores")]
    Id,
}

/// The value of [`HEADER_SIGNATURE`]: one signature for each secret, the first first.
///
/// # Errors
/// Any [`SignError`].
pub fn sign(secrets: &[Secret], id: &str, at: DateTime<Utc>, body: &[u8]) -> Result<String, SignError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if id.is_empty() || id.len() > LONGEST_ID || !id.bytes().all(plain) {
        return Err(SignError::Id);
    }
    let timestamp = at.timestamp().to_string();
    let signatures: Vec<String> = secrets
        .iter()
        .filter_map(|secret| secret.mac(id, &timestamp, body))
        .map(|mac| format!("{VERSION}{}", STANDARD.encode(mac.finalize().into_bytes())))
        .collect();
    if signatures.is_empty() { Err(SignError::NoSecret) } else { Ok(signatures.join(" ")) }
}

/// The three headers of a webhook, as they arrived.
#[derive(Debug, Clone, Copy)]
pub struct SignedHeaders<'a> {
    /// The value of [`HEADER_ID`].
    pub id: &'a str,
    /// The value of [`HEADER_TIMESTAMP`].
    pub timestamp: &'a str,
    /// The value of [`HEADER_SIGNATURE`].
    pub signature: &'a str,
}

/// Why a webhook is not to be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// Its time is no number of seconds.
    #[error("the timestamp is no number of seconds")]
    Timestamp,
    /// It was signed too long ago; somebody may be repeating it.
    #[error("the timestamp is too old")]
    TooOld,
    /// It was signed too far in the future.
    #[error("the timestamp is too new")]
    TooNew,
    /// None of its signatures was made with any of the secrets.
    #[error("no signature fits")]
    NoMatch,
}

/// What a receiver does: checks that a webhook comes from somebody who knows one of the secrets and is fresh.
///
/// `body` is the body as it arrived, before anything reads it as JSON. `tolerance` is how far its time may be
/// from `now`, either way ([`TOLERANCE`]). A receiver also has to keep the ids that it has seen for that
/// long, or it will act on a repetition. Signatures of other versions than `v1` are passed over. The
/// comparison takes the same time wherever the difference is.
///
/// ```
/// # use hokan_outbound::webhook::{Secret, SignedHeaders, TOLERANCE, verify};
/// // What was agreed on, and what arrived.
/// let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
/// let headers = SignedHeaders {
///     id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
///     timestamp: "1614265330",
///     signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
/// };
/// let body = br#"{"test": 2432232314}"#;
/// let now = "2021-02-25T15:03:00Z".parse()?;
/// verify(&[secret], headers, body, now, TOLERANCE)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Any [`VerifyError`].
pub fn verify(
    secrets: &[Secret],
    headers: SignedHeaders<'_>,
    body: &[u8],
    now: DateTime<Utc>,
    tolerance: TimeDelta,
) -> Result<(), VerifyError> {
    let at = headers.timestamp.parse::<i64>().map_err(|_| VerifyError::Timestamp)?;
    let at = DateTime::from_timestamp(at, 0).ok_or(VerifyError::Timestamp)?;
    if now - at > tolerance {
        return Err(VerifyError::TooOld);
    }
    if at - now > tolerance {
        return Err(VerifyError::TooNew);
    }
    let given = headers.signature.split(' ').filter_map(|signature| signature.strip_prefix(VERSION));
    let given: Vec<Vec<u8>> = given.filter_map(|encoded| STANDARD.decode(encoded).ok()).collect();
    let fits = secrets.iter().any(|secret| {
        given.iter().any(|given| {
            let mac = secret.mac(headers.id, headers.timestamp, body);
            mac.is_some_and(|mac| mac.verify_slice(given).is_ok())
        })
    });
    if fits { Ok(()) } else { Err(VerifyError::NoMatch) }
}
