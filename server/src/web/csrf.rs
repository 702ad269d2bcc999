//! Proof that a form was sent by a page of ours, to this very browser session.
//!
//! The token is a digest of the cookie that holds the session, so nothing has to be kept, and several
//! servers on one database agree without sharing a secret: only who can read the cookie can compute the
//! token, and no page can read it (`HttpOnly`). Before there is a session, a cookie with a random value takes
//! its place. Beside the token the browser's own word is asked, where it gives one.

use std::fmt::Write as _;

use axum::http::{HeaderMap, header};
use hokan_mobile_api::{SESSION_COOKIE, auth::cookie};
use sha2::{Digest, Sha256};

/// The cookie that takes the place of a session before there is one.
pub(crate) const FORM_COOKIE: &str = "__Host-hokan-form";

/// The name of the field that carries the token.
pub(crate) const FIELD: &str = "csrf";

/// The token for the forms that are sent along with this cookie.
pub(crate) fn token_for(cookie: &str) -> String {
    let digest = Sha256::new().chain_update(b"hokan form 1\0").chain_update(cookie.as_bytes()).finalize();
    hex(&digest)
}

/// Whether the token belongs to one of the cookies that came with it, and no other site is behind it.
pub(crate) fn is_ours(headers: &HeaderMap, token: &str) -> bool {
    let fits = [SESSION_COOKIE, FORM_COOKIE]
        .into_iter()
        .filter_map(|name| cookie(headers, name))
        .any(|value| same(&token_for(value), token));
    fits && !is_from_elsewhere(headers)
}

/// Whether the browser says that another site sent this. Old browsers say nothing; then the token decides.
fn is_from_elsewhere(headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site != "same-origin" && site != "none";
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    match headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok()) {
        // A privacy setting may hide where it comes from; the token still decides.
        None | Some("null") => false,
        Some(origin) => {
            let authority = origin.split_once("://").map(|(_, authority)| authority);
            authority.is_none() || authority != host
        }
    }
}

/// Compares two texts in a time that does not depend on where they differ.
pub(crate) fn same(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    if left.len() != right.len() {
        return false;
    }
    let difference = left.iter().zip(right).fold(0_u8, |sum, (left, right)| sum | (left ^ right));
    std::hint::black_box(difference) == 0
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing into a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_token_fits_its_own_session_only() {
        let token = token_for("session-a");
        assert!(is_ours(&headers(&[("cookie", "__Host-hokan=session-a")]), &token));
        assert!(is_ours(&headers(&[("cookie", "__Host-hokan-form=session-a")]), &token));
        assert!(!is_ours(&headers(&[("cookie", "__Host-hokan=session-b")]), &token));
        assert!(!is_ours(&headers(&[("cookie", "other=session-a")]), &token));
        assert!(!is_ours(&headers(&[]), &token));
        assert!(!is_ours(&headers(&[("cookie", "__Host-hokan=session-a")]), ""));
    }

    #[test]
    fn the_browsers_word_counts_where_it_gives_one() {
        let token = token_for("s");
        for (name, value, ours) in [
            ("sec-fetch-site", "same-origin", true),
            ("sec-fetch-site", "none", true),
            ("sec-fetch-site", "same-site", false),
            ("sec-fetch-site", "cross-site", false),
            ("origin", "https://hokan.example:8443", true),
            ("origin", "null", true),
            ("origin", "https://elsewhere.example", false),
            ("origin", "nonsense", false),
        ] {
            let headers =
                headers(&[("cookie", "__Host-hokan=s"), ("host", "hokan.example:8443"), (name, value)]);
            assert_eq!(is_ours(&headers, &token), ours, "{name}: {value}");
        }
    }

    #[test]
    fn texts_are_compared_whole() {
        assert!(same("abc", "abc"));
        assert!(!same("abc", "abd"));
        assert!(!same("abc", "abcd"));
        assert_eq!(hex(&[0, 15, 255]), "000fff");
    }
}
