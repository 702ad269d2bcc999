//! The headers that every answer of the pages bears, and the language cookie.

use std::net::IpAddr;

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use hokan_mobile_api::LANGUAGE_COOKIE;

use crate::config::Config;

/// Everything comes from this server; nothing in a page is a script or a style of its own; pictures may also
/// be made in the page, which the scanner needs.
const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    img-src 'self' data: blob:; media-src 'self' blob:; manifest-src 'self'; font-src 'self'; \
    worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const FIXED: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(self), microphone=(), geolocation=(), payment=()",
    ),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// Adds them.
pub(crate) async fn add(request: Request, next: Next) -> Response {
    let chosen = chosen_language(request.uri().query().unwrap_or_default());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // Pages show who has what: nothing of that may stay behind in a shared machine's cache.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if let Some(tag) = chosen {
        let cookie =
            format!("{LANGUAGE_COOKIE}={tag}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=31536000");
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            headers.append(header::SET_COOKIE, cookie);
        }
    }
    response
}

/// What every answer bears, also of the interfaces, of the health addresses and of a fault, where nothing more
/// precise was said: it is nothing to be shown in a frame, run, or read by another site.
const EVERYWHERE: [(HeaderName, &str); 5] = [
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Adds those; outside of everything else.
pub(crate) async fn add_everywhere(State(strict): State<bool>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in EVERYWHERE {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if strict {
        let year = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    response
}

/// Whether browsers are told to come through TLS only (RFC 6797). Not for localhost, where they would hold it against
/// every other server of the machine; for a bare address it has no meaning.
pub(crate) fn is_strict(config: &Config) -> bool {
    let host = config.public_host();
    config.secure && host != "localhost" && host.trim_matches(['[', ']']).parse::<IpAddr>().is_err()
}

/// The language that the address asks for; it is remembered from then on.
fn chosen_language(query: &str) -> Option<&'static str> {
    let value = query.split('&').find_map(|pair| pair.strip_prefix("lang="))?;
    ["ja", "en"].into_iter().find(|tag| *tag == value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_languages_are_remembered() {
        assert_eq!(chosen_language("lang=en"), Some("en"));
        assert_eq!(chosen_language("q=x&lang=ja"), Some("ja"));
        for other in ["", "lang=", "lang=fr", "xlang=en", "lang=en%0d%0aSet-Cookie:x"] {
            assert_eq!(chosen_language(other), None, "{other}");
        }
    }
}
