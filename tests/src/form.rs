//! Forms as a browser sends them, for tests that drive the pages without one.

use sha2::{Digest, Sha256};

/// The token that a page puts into its forms, by the value of the cookie that comes along: the session's, or where there
/// is none yet, the form's own.
#[must_use]
pub fn csrf(cookie: &str) -> String {
    let digest = Sha256::new().chain_update(b"hokan form 1\0").chain_update(cookie.as_bytes()).finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The fields as `application/x-www-form-urlencoded`.
#[must_use]
pub fn encoded(fields: &[(&str, &str)]) -> String {
    let escaped = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    fields.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect::<Vec<_>>().join("&")
}
