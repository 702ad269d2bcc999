//! The page that leads a phone through installing the town's own certificate, open to everybody: without the
//! certificate nobody would get any further.

use askama::Template;
use axum::{
    extract::{Request, State},
    http::{HeaderMap, Uri, header},
    response::{IntoResponse, Response},
};
use hokan_labels::qr::{Level, QUIET_MODULES, Symbol};
use hokan_mobile_api::{Problem, ProblemCode, auth::language_of};

use super::{
    Web,
    error::Failed,
    layout::{Nav, Page, html},
    texts,
};

#[derive(Template)]
#[template(path = "trust.html")]
struct TrustPage {
    page: Page,
    address: String,
    symbol: Option<Drawing>,
    fingerprint: Option<String>,
}

/// A QR symbol as one path of an SVG picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Drawing {
    /// The length of a side, in modules, with the quiet zone.
    pub(crate) side: usize,
    /// The dark modules as outlines.
    pub(crate) path: String,
}

impl Drawing {
    /// The symbol of a text, where one can hold it.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let symbol = Symbol::encode(text, Level::M).ok()?;
        let mut path = String::new();
        for outline in symbol.outlines() {
            for (index, (x, y)) in outline.into_iter().enumerate() {
                let quiet = QUIET_MODULES;
                let letter = if index == 0 { 'M' } else { 'L' };
                path.push_str(&format!("{letter}{} {}", usize::from(x) + quiet, usize::from(y) + quiet));
            }
            path.push('Z');
        }
        Some(Self { side: symbol.size() + 2 * QUIET_MODULES, path })
    }
}

/// The page.
pub(crate) async fn show(State(web): State<Web>, request: Request) -> Result<Response, Failed> {
    let lang = language_of(request.headers(), request.uri());
    let address = format!("{}/trust", web.app.config().public_url.trim_end_matches('/'));
    let page = Page {
        lang,
        title: texts::text(lang, "trust.title").into_owned(),
        body_name: web.app.body_name().await,
        nav: Nav::Elsewhere,
        here: "/trust".to_owned(),
        viewer: None,
        csrf: String::new(),
    };
    let symbol = Drawing::of(&address);
    let fingerprint = web.app.ca_certificate().map(|certificate| certificate.fingerprint);
    html(lang, &TrustPage { page, address, symbol, fingerprint })
}

/// The certificate, in the form that phones and computers install.
pub(crate) async fn certificate(State(web): State<Web>, headers: HeaderMap) -> Result<Response, Failed> {
    let Some(certificate) = web.app.ca_certificate() else {
        let lang = language_of(&headers, &Uri::from_static("/trust"));
        let detail = texts::text(lang, "trust.none");
        return Err(Problem::new(ProblemCode::NotFound, lang).with_detail(detail).into());
    };
    let headers = [
        (header::CONTENT_TYPE, "application/x-x509-ca-cert"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"hokan-ca.crt\""),
    ];
    Ok((headers, certificate.der).into_response())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn sample(page: Page) -> impl Template {
        let address = "https://hokan.example:8443/trust".to_owned();
        TrustPage {
            page,
            symbol: Drawing::of(&address),
            address,
            fingerprint: Some("12:AB:34:CD".to_owned()),
        }
    }

    #[test]
    fn the_drawing_has_a_quiet_zone() {
        let drawing = Drawing::of("https://hokan.example/trust").unwrap();
        assert!(drawing.path.starts_with("M4 4L"), "{}", &drawing.path[..20]);
        assert!(drawing.side >= 29);
    }
}
