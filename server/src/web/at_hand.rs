//! Whether the label was in front of the person a moment ago.
//!
//! Taking over and taking out need a label at hand. A phone's own camera opens `/L/CODE`, and the photo form
//! reads a symbol on the server; both lead to the item's page, which must know this when the button is
//! pressed. So the address carries a seal: which label, how it was read and when, under a digest that only
//! the same session can make, and that is worth nothing after a while. A bookmark or a link from somebody
//! else is no label at hand.

use chrono::{DateTime, TimeDelta, Utc};
use hokan_domain::event::{Scan, ScanMethod};
use sha2::{Digest, Sha256};

use super::{Web, csrf, guard::Visitor};

/// How long a reading counts: long enough to read the page, too short to walk away.
const LASTS: TimeDelta = TimeDelta::minutes(10);

/// Seals a reading.
pub(crate) fn seal(scan: &Scan, visitor: &Visitor, web: &Web) -> String {
    seal_at(scan, &visitor.token, web.app.store().clock().now())
}

/// The reading in a seal, if it is one of this session's and fresh.
pub(crate) fn open(text: &str, visitor: &Visitor, web: &Web) -> Option<Scan> {
    open_at(text, &visitor.token, web.app.store().clock().now())
}

/// The same reading for the session's next token, where it is one of this session's and fresh.
pub(crate) fn seal_again(text: &str, old: &str, new: &str, now: DateTime<Utc>) -> Option<String> {
    open_at(text, old, now)?;
    let (said, _) = text.rsplit_once('.')?;
    Some(format!("{said}.{}", digest(new, said)))
}

fn seal_at(scan: &Scan, token: &str, now: DateTime<Utc>) -> String {
    let method = match scan.method {
        ScanMethod::Camera => "camera",
        ScanMethod::Photo => "photo",
        ScanMethod::Typed => "typed",
        ScanMethod::Desk => "desk",
    };
    let said = format!("{}.{method}.{}", scan.label, now.timestamp());
    let digest = digest(token, &said);
    format!("{said}.{digest}")
}

fn open_at(text: &str, token: &str, now: DateTime<Utc>) -> Option<Scan> {
    let (said, digest_given) = text.rsplit_once('.')?;
    if !csrf::same(&digest(token, said), digest_given) {
        return None;
    }
    let mut parts = said.split('.');
    let (label, method, at) = (parts.next()?, parts.next()?, parts.next()?);
    let at = DateTime::from_timestamp(at.parse().ok()?, 0)?;
    let age = now - at;
    // Another server of the same body may have sealed it, whose clock may run a little ahead.
    if age > LASTS || age < -TimeDelta::minutes(1) {
        return None;
    }
    Some(Scan { label: label.parse().ok()?, method: ScanMethod::from_code(method)? })
}

/// The session's token is a secret of fixed length in front, and only its owner gains from a seal.
fn digest(token: &str, said: &str) -> String {
    let digest = Sha256::new()
        .chain_update(b"hokan at hand 1\0")
        .chain_update(token.as_bytes())
        .chain_update(b"\0")
        .chain_update(said.as_bytes())
        .finalize();
    csrf::hex(&digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_is_good_for_its_session_and_for_a_while() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let scan = Scan { label: "JPJTJ39B5DV3".parse().unwrap(), method: ScanMethod::Camera };
        let seal = seal_at(&scan, "session", now);
        assert_eq!(open_at(&seal, "session", now), Some(scan.clone()));
        assert_eq!(open_at(&seal, "session", now + TimeDelta::minutes(10)), Some(scan));
        assert_eq!(open_at(&seal, "session", now + TimeDelta::minutes(11)), None);
        assert_eq!(open_at(&seal, "session", now - TimeDelta::minutes(2)), None);
        assert_eq!(open_at(&seal, "other", now), None);
        let again = seal_again(&seal, "session", "next", now).unwrap();
        assert_eq!(
            open_at(&again, "next", now + TimeDelta::minutes(11)),
            None,
            "it is no fresher than before"
        );
        assert!(open_at(&again, "next", now).is_some());
        assert_eq!(seal_again(&seal, "other", "next", now), None);
        assert_eq!(open_at(&seal.replace("camera", "photo"), "session", now), None);
        for nonsense in ["", ".", "...", "JPJTJ39B5DV3.camera.1800000000"] {
            assert_eq!(open_at(nonsense, "session", now), None, "{nonsense}");
        }
    }
}
