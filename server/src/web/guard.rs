//! Who is at the other end: the guard before every page that shows or changes anything.

use axum::{
    extract::FromRequestParts,
    http::{HeaderValue, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use hokan_domain::text::Lang;
use hokan_mobile_api::{
    Backend as _, Caller, ProblemCode, SESSION_COOKIE, Standing,
    auth::{cookie, language_of},
};

use super::{
    Web, csrf,
    error::Failed,
    layout::{Nav, Page, Viewer, percent_encoded},
};

/// The cookie of a session that is over.
pub(crate) const NO_SESSION: &str = "__Host-hokan=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0";

/// A person with a session. Nobody else can make one, so a handler that takes a visitor is guarded.
#[derive(Clone)]
pub(crate) struct Visitor {
    /// Who it is, as the register's use cases want to know it.
    pub(crate) caller: Caller,
    /// What opens the session.
    pub(crate) token: String,
    /// The language of the request.
    pub(crate) lang: Lang,
    here: String,
    body_name: String,
}

impl Visitor {
    /// What is around a page for this person.
    pub(crate) fn page(&self, nav: Nav, title: impl Into<String>) -> Page {
        Page {
            lang: self.lang,
            title: title.into(),
            body_name: self.body_name.clone(),
            nav,
            here: self.here.clone(),
            viewer: Some(Viewer { name: self.caller.name.clone() }),
            csrf: csrf::token_for(&self.token),
        }
    }
}

impl FromRequestParts<Web> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Response> {
        let AnyVisitor(visitor) = AnyVisitor::from_request_parts(parts, web).await?;
        let first = match visitor.caller.standing {
            Standing::Full => return Ok(visitor),
            Standing::MustChangePassword => "/account/password",
            Standing::MustEnrol => "/account/second-factor",
        };
        Err(Redirect::to(&with_next(first, &visitor.here)).into_response())
    }
}

/// The same guard, which lets restricted sessions pass too: only for what such a session is there for, which
/// is to change the password, to set up or show a second factor, and to sign out.
pub(crate) struct AnyVisitor(pub(crate) Visitor);

impl FromRequestParts<Web> for AnyVisitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Response> {
        let lang = language_of(&parts.headers, &parts.uri);
        let asked = parts.uri.path_and_query().map_or("/", |asked| asked.as_str());
        let here = if parts.method.is_safe() { asked } else { form_page(parts.uri.path()) };
        let Some(token) = cookie(&parts.headers, SESSION_COOKIE) else {
            return Err(to_sign_in(here));
        };
        match web.app.identify(token, lang).await {
            Ok(caller) => Ok(Self(Visitor {
                caller,
                token: token.to_owned(),
                lang,
                here: here.to_owned(),
                body_name: web.app.body_name().await,
            })),
            Err(problem) if problem.is(ProblemCode::Unauthenticated) => {
                let mut response = to_sign_in(here);
                response.headers_mut().append(header::SET_COOKIE, HeaderValue::from_static(NO_SESSION));
                Err(response)
            }
            Err(problem) => Err(Failed::from(problem).into_response()),
        }
    }
}

/// The page that a form stands on, for the address that it is sent to.
fn form_page(path: &str) -> &str {
    match path.strip_suffix("/acts").or_else(|| path.strip_suffix("/printers")) {
        Some(page) => page,
        None if path == "/sign-out" => "/",
        None if path.starts_with("/account/phones/") => "/account/phones",
        None if path.starts_with("/tokens/") => "/tokens",
        None => path,
    }
}

/// Leads to the sign-in page and from there back to where the person wanted to go.
fn to_sign_in(next: &str) -> Response {
    Redirect::to(&with_next("/sign-in", next)).into_response()
}

/// The address of a page that leads on from there.
pub(crate) fn with_next(address: &str, next: &str) -> String {
    if next == "/" { address.to_owned() } else { format!("{address}?next={}", percent_encoded(next)) }
}

/// A place on this server to go to after signing in; the home page where the text is anything else.
///
/// Browsers take `//host` and `/\host` for another host, so neither may pass.
pub(crate) fn local_path(next: &str) -> &str {
    let plain = next.len() <= 1000 && next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if plain && next.starts_with('/') && !next.starts_with("//") { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_server_are_returned_to() {
        for good in ["/", "/items?q=%E4%BF%9D&page=2", "/L/JPJTJ39B5DV3"] {
            assert_eq!(local_path(good), good);
        }
        for bad in ["", "items", "//evil.example", "/\\evil.example", "https://evil.example", "/a\nb", "/保"]
        {
            assert_eq!(local_path(bad), "/", "{bad}");
        }
    }

    #[test]
    fn a_form_leads_back_to_its_page() {
        assert_eq!(form_page("/items/itm_1/acts"), "/items/itm_1");
        assert_eq!(form_page("/labels/printers"), "/labels");
        assert_eq!(form_page("/sign-out"), "/");
        assert_eq!(form_page("/register"), "/register");
    }

    #[test]
    fn signing_in_leads_back() {
        let response = to_sign_in("/items?q=a b");
        assert_eq!(response.headers()[header::LOCATION], "/sign-in?next=/items%3Fq%3Da%20b");
        assert_eq!(to_sign_in("/").headers()[header::LOCATION], "/sign-in");
    }
}
