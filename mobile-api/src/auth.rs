//! Who asks, and in which language.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, FromRef, FromRequestParts, MatchedPath},
    http::{HeaderMap, Method, Uri, header, request::Parts},
};
use hokan_domain::text::Lang;

use crate::{
    backend::{Backend, Caller},
    problem::{Problem, ProblemCode},
};

/// The cookie that holds a browser's session token. The prefix makes browsers keep it to this host, to TLS
/// and to the path `/`.
pub const SESSION_COOKIE: &str = "__Host-hokan";

/// The cookie that holds the language that the person chose: `ja` or `en`.
pub const LANGUAGE_COOKIE: &str = "__Host-hokan-lang";

/// The header that the product's own pages send with every request that changes something. A page of another
/// site cannot send it without asking this server first, which never agrees.
pub const CSRF_HEADER: &str = "x-hokan";

/// What stands before the secret of a machine's token.
pub const MACHINE_PREFIX: &str = "hkt_";

/// What stands before the secret with which a paired phone delivers what it saw.
pub const DELIVERY_PREFIX: &str = "hkd_";

/// The address that a request came from, where a proxy stands between. The server sets it as an extension of
/// the request when it trusts the proxy; otherwise the address of the connection is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RemoteAddress(pub IpAddr);

/// The language of a request: `?lang=`, else the language cookie, else `Accept-Language`, else Japanese.
#[must_use]
pub fn language_of(headers: &HeaderMap, uri: &Uri) -> Lang {
    let asked = uri.query().and_then(|query| {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(key, _)| *key == "lang").find_map(|(_, value)| lang_from_tag(value))
    });
    asked
        .or_else(|| cookie(headers, LANGUAGE_COOKIE).and_then(lang_from_tag))
        .or_else(|| accepted_language(headers))
        .unwrap_or_default()
}

/// The value of a cookie that was sent.
#[must_use]
pub fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
        .filter(|value| !value.is_empty())
}

fn lang_from_tag(tag: &str) -> Option<Lang> {
    let primary = tag.trim().split('-').next().unwrap_or_default();
    [Lang::Ja, Lang::En].into_iter().find(|lang| primary.eq_ignore_ascii_case(lang.tag()))
}

/// The language with the greatest weight among those that Hokan speaks; the first of them where weights are
/// equal (RFC 9110, 12.5.4).
fn accepted_language(headers: &HeaderMap) -> Option<Lang> {
    let mut best: Option<(Lang, f32)> = None;
    let lines = headers.get_all(header::ACCEPT_LANGUAGE);
    for range in lines.iter().filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(',')) {
        let mut parts = range.split(';');
        let Some(lang) = parts.next().and_then(lang_from_tag) else { continue };
        let weight = parts
            .find_map(|part| part.trim().strip_prefix("q="))
            .map_or(1.0, |weight| weight.trim().parse::<f32>().unwrap_or(0.0));
        if weight > 0.0 && best.is_none_or(|(_, greatest)| weight > greatest) {
            best = Some((lang, weight));
        }
    }
    best.map(|(lang, _)| lang)
}

/// Whether a request that a browser's cookie vouches for was sent by the product's own pages.
///
/// Reading changes nothing and needs no proof. For the rest either the product's header must be there, or
/// the browser must say that no other site is behind it. Pages and this interface ask the same question.
#[must_use]
pub fn is_same_origin(method: &Method, headers: &HeaderMap) -> bool {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return true;
    }
    let is = |name: &str, wanted: &[&str]| {
        let mut values = headers.get_all(name).iter();
        // Two values contradict each other or were put together by somebody in between: no proof.
        match (values.next(), values.next()) {
            (Some(value), None) => wanted.iter().any(|wanted| value == wanted),
            _ => false,
        }
    };
    is(CSRF_HEADER, &["1"]) || is("sec-fetch-site", &["same-origin", "none"])
}

/// The language of the request; never fails.
pub(crate) struct Language(pub(crate) Lang);

impl<S: Sync> FromRequestParts<S> for Language {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(language_of(&parts.headers, &parts.uri)))
    }
}

/// Where a request came from, as far as that is known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origin {
    /// The address.
    pub remote: Option<IpAddr>,
    /// What the browser or app calls itself, shortened; its own word, and no proof of anything.
    pub agent: String,
}

/// The most characters of an agent's name that are kept.
const AGENT: usize = 200;

impl<S: Sync> FromRequestParts<S> for Origin {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let told = parts.extensions.get::<RemoteAddress>().map(|address| address.0);
        let peer = || parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        let agent = parts.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
        let agent = agent.unwrap_or_default().chars().filter(|char| !char.is_control()).take(AGENT);
        Ok(Self { remote: told.or_else(peer), agent: agent.collect() })
    }
}

/// The guard before everything that needs a person: yields the caller, and the token that vouched for him.
///
/// Standing first among a handler's arguments it is asked before a body is read, so strangers cannot make
/// the server take in or look into anything.
///
/// Any router whose state knows the backend can take it, so that another interface of the same server asks in
/// the same way.
pub struct Session {
    /// Who asks.
    pub caller: Caller,
    /// The token that opened the session.
    pub token: String,
}

impl<S: Sync> FromRequestParts<S> for Session
where
    Arc<dyn Backend>: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let AnySession(session) = AnySession::from_request_parts(parts, state).await?;
        match session.caller.standing.problem(session.caller.lang) {
            None => Ok(session),
            Some(problem) => Err(problem),
        }
    }
}

/// The same guard, which lets restricted sessions pass too: only for what such a session is there for, which
/// is to change the password, to set up or show a second factor, and to sign out.
pub struct AnySession(
    /// Who asks, and with which token.
    pub Session,
);

impl<S: Sync> FromRequestParts<S> for AnySession
where
    Arc<dyn Backend>: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let lang = language_of(&parts.headers, &parts.uri);
        // A token in the header wins: browsers never add that header by themselves, so it proves intent.
        let token = match bearer(&parts.headers) {
            Some(token) => token,
            None => {
                let token = cookie(&parts.headers, SESSION_COOKIE)
                    .ok_or_else(|| Problem::new(ProblemCode::Unauthenticated, lang))?;
                if !is_same_origin(&parts.method, &parts.headers) {
                    return Err(Problem::new(ProblemCode::CrossSiteRequest, lang));
                }
                token
            }
        };
        let token = token.to_owned();
        let backend = Arc::<dyn Backend>::from_ref(state);
        let caller = if token.starts_with(MACHINE_PREFIX) {
            // What a machine may ask depends on the route, so an address that is none opens nothing.
            let route = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
            backend.identify_machine(&token, &parts.method, route, lang).await?
        } else {
            backend.identify(&token, lang).await?
        };
        Ok(Self(Session { caller, token }))
    }
}

/// The guard before the taking in of observations: a session or a machine's token as elsewhere, or a paired
/// phone's delivery secret, which opens this and nothing else.
///
/// The secret still delivers when the person is suspended or the phone revoked: what was seen before is
/// evidence, and is marked with how it came in.
pub struct Courier {
    /// Who delivers.
    pub caller: Caller,
}

impl<S: Sync> FromRequestParts<S> for Courier
where
    Arc<dyn Backend>: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let secret = bearer(&parts.headers).filter(|token| token.starts_with(DELIVERY_PREFIX));
        let caller = match secret {
            Some(secret) => {
                let (secret, lang) = (secret.to_owned(), language_of(&parts.headers, &parts.uri));
                Arc::<dyn Backend>::from_ref(state).identify_phone(&secret, lang).await?
            }
            None => Session::from_request_parts(parts, state).await?.caller,
        };
        Ok(Self { caller })
    }
}

/// The bearer token, if one was sent. Other schemes are left alone: they may be meant for a proxy.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language(uri: &str, headers: &[(&str, &str)]) -> Lang {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name.parse::<header::HeaderName>().unwrap(), value.parse().unwrap());
        }
        language_of(&map, &uri.parse().unwrap())
    }

    #[test]
    fn the_address_wins_over_the_cookie_and_the_cookie_over_the_browser() {
        assert_eq!(language("/", &[]), Lang::Ja);
        assert_eq!(language("/?lang=en", &[("cookie", "__Host-hokan-lang=ja")]), Lang::En);
        assert_eq!(language("/?x=1&lang=xx", &[("cookie", "a=b; __Host-hokan-lang=en")]), Lang::En);
        assert_eq!(language("/", &[("cookie", "__Host-hokan-lang=ja"), ("accept-language", "en")]), Lang::Ja);
    }

    #[test]
    fn the_browsers_weights_are_honoured() {
        for (header, lang) in [
            ("en", Lang::En),
            ("en-GB,en;q=0.9", Lang::En),
            ("ja,en-US;q=0.9,en;q=0.8", Lang::Ja),
            ("fr, en;q=0.3, ja;q=0.2", Lang::En),
            ("en;q=0, fr", Lang::Ja),
            ("en;q=what, ja;q=0.1", Lang::Ja),
            ("de", Lang::Ja),
            (";;;,,q=", Lang::Ja),
        ] {
            assert_eq!(language("/", &[("accept-language", header)]), lang, "{header}");
        }
    }

    #[test]
    fn only_a_bearer_token_is_taken_from_the_header() {
        let bearer_of = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            bearer(&headers).map(str::to_owned)
        };
        assert_eq!(bearer_of("Bearer abc"), Some("abc".to_owned()));
        assert_eq!(bearer_of("bearer  abc "), Some("abc".to_owned()));
        for other in ["Basic YTpi", "Bearer", "Bearer ", "abc", ""] {
            assert_eq!(bearer_of(other), None, "{other}");
        }
    }
}
