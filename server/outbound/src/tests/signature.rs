use chrono::{DateTime, TimeDelta};
use proptest::prelude::*;

use super::now;
use crate::webhook::{
    Secret, SecretError, SignError, SignedHeaders, TOLERANCE, VerifyError, event_body, sign, verify,
};

/// The vector of the specification's own libraries (webhook.test.ts, webhook_test.go). The same signature
/// comes out of `openssl dgst -sha256 -mac HMAC`.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const TIMESTAMP: &str = "1614265330";
const BODY: &[u8] = br#"{"test": 2432232314}"#;
const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

fn headers(signature: &str) -> SignedHeaders<'_> {
    SignedHeaders { id: ID, timestamp: TIMESTAMP, signature }
}

fn then() -> DateTime<chrono::Utc> {
    DateTime::from_timestamp(1_614_265_330, 0).unwrap()
}

fn other() -> Secret {
    Secret::from_bytes(&[7; 32]).unwrap()
}

#[test]
fn the_published_vector_comes_out() {
    let secret = Secret::parse(SECRET).unwrap();
    assert_eq!(sign(std::slice::from_ref(&secret), ID, then(), BODY).unwrap(), SIGNATURE);
    assert_eq!(verify(&[secret], headers(SIGNATURE), BODY, then(), TOLERANCE), Ok(()));
}

#[test]
fn while_a_secret_is_changed_there_is_a_signature_for_each() {
    let secrets = [other(), Secret::parse(SECRET).unwrap()];
    let both = sign(&secrets, ID, then(), BODY).unwrap();
    let one_by_one: Vec<_> = both.split(' ').collect();
    assert_eq!(one_by_one.len(), 2);
    assert_eq!(one_by_one[1], SIGNATURE);
    // A receiver that knows only one of them is content, whichever it is.
    for secret in secrets {
        assert_eq!(verify(&[secret], headers(&both), BODY, then(), TOLERANCE), Ok(()));
    }
}

#[test]
fn signatures_of_other_versions_are_passed_over() {
    let secret = [Secret::parse(SECRET).unwrap()];
    let wrong = "Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=";
    let given = format!("v1,{wrong} v2,{wrong} v1a,{wrong} {SIGNATURE} v1,");
    assert_eq!(verify(&secret, headers(&given), BODY, then(), TOLERANCE), Ok(()));
    let value = SIGNATURE.strip_prefix("v1,").unwrap();
    for given in ["", "v1,", value, &format!("v2,{value}"), &format!("v1,{wrong}"), &SIGNATURE[..20]] {
        let found = verify(&secret, headers(given), BODY, then(), TOLERANCE);
        assert_eq!(found, Err(VerifyError::NoMatch), "{given}");
    }
}

#[test]
fn whatever_is_changed_no_longer_fits() {
    let secret = [Secret::parse(SECRET).unwrap()];
    let changed = |headers, body: &[u8]| verify(&secret, headers, body, then(), TOLERANCE);
    assert_eq!(changed(headers(SIGNATURE), br#"{"test":2432232314}"#), Err(VerifyError::NoMatch));
    let id = SignedHeaders { id: "msg_other", ..headers(SIGNATURE) };
    assert_eq!(changed(id, BODY), Err(VerifyError::NoMatch));
    let timestamp = SignedHeaders { timestamp: "1614265331", ..headers(SIGNATURE) };
    assert_eq!(changed(timestamp, BODY), Err(VerifyError::NoMatch));
    assert_eq!(verify(&[other()], headers(SIGNATURE), BODY, then(), TOLERANCE), Err(VerifyError::NoMatch));
    assert_eq!(verify(&[], headers(SIGNATURE), BODY, then(), TOLERANCE), Err(VerifyError::NoMatch));
}

#[test]
fn a_webhook_is_believed_for_five_minutes_either_way() {
    let secret = [Secret::parse(SECRET).unwrap()];
    let found = |now| verify(&secret, headers(SIGNATURE), BODY, now, TOLERANCE);
    let second = TimeDelta::seconds(1);
    assert_eq!(found(then() + TOLERANCE), Ok(()));
    assert_eq!(found(then() - TOLERANCE), Ok(()));
    assert_eq!(found(then() + TOLERANCE + second), Err(VerifyError::TooOld));
    assert_eq!(found(then() - TOLERANCE - second), Err(VerifyError::TooNew));
    for timestamp in ["", "hello", "1614265330.5", "99999999999999999", "99999999999999999999"] {
        let headers = SignedHeaders { timestamp, ..headers(SIGNATURE) };
        let found = verify(&secret, headers, BODY, then(), TOLERANCE);
        assert_eq!(found, Err(VerifyError::Timestamp), "{timestamp}");
    }
}

#[test]
fn a_secret_has_24_to_64_bytes_and_is_not_shown() {
    assert_eq!(Secret::from_bytes(&[0; 23]), Err(SecretError::Length(23)));
    assert_eq!(Secret::from_bytes(&[0; 65]), Err(SecretError::Length(65)));
    assert!(Secret::from_bytes(&[0; 24]).is_ok() && Secret::from_bytes(&[0; 64]).is_ok());
    assert_eq!(Secret::parse("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), Err(SecretError::Prefix));
    assert_eq!(Secret::parse("whsec_"), Err(SecretError::Length(0)));
    // One letter short of the published one.
    assert_eq!(Secret::parse("whsec_MfKQ9r8GKYqTwjUPD8ILPZIo2LaLaSw"), Err(SecretError::Base64));
    let secret = Secret::parse(SECRET).unwrap();
    assert_eq!(secret.reveal(), SECRET);
    assert_eq!(format!("{secret:?}"), "Secret(..)");
}

#[test]
fn an_id_cannot_be_read_as_something_else() {
    let secrets = [other()];
    for id in ["", "a.b", "a b", "a\r\nx-y: z", "番号", &"a".repeat(256)] {
        assert_eq!(sign(&secrets, id, now(), b""), Err(SignError::Id), "{id}");
    }
    assert!(sign(&secrets, "0198-ab_C", now(), b"").is_ok());
    assert_eq!(sign(&[], "a", now(), b""), Err(SignError::NoSecret));
}

#[test]
fn a_body_has_the_recommended_form() {
    let data = serde_json::json!({ "item": "0198", "title": "住民票の控え" });
    let body = String::from_utf8(event_body("item.overdue", now(), &data)).unwrap();
    assert_eq!(
        body,
        r#"{"type":"item.overdue","timestamp":"2026-11-23T00:30:00.000Z","data":{"item":"0198","title":"住民票の控え"}}"#
    );
}

proptest! {
    #[test]
    fn what_is_signed_is_believed(
        key in proptest::collection::vec(any::<u8>(), 24..=64),
        id in "[A-Za-z0-9_-]{1,255}",
        seconds in 0..4_102_444_800_i64,
        body in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let secret = Secret::from_bytes(&key).unwrap();
        prop_assert_eq!(&Secret::parse(&secret.reveal()).unwrap(), &secret);
        let at = DateTime::from_timestamp(seconds, 0).unwrap();
        let signature = sign(std::slice::from_ref(&secret), &id, at, &body).unwrap();
        let timestamp = seconds.to_string();
        let headers = SignedHeaders { id: &id, timestamp: &timestamp, signature: &signature };
        prop_assert_eq!(verify(&[secret], headers, &body, at, TOLERANCE), Ok(()));
    }
}
