//! Reading labels: the phone page with its live camera, the form that takes its place without script, and
//! what a label's own address leads to.

use askama::Template;
use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, Multipart, Path, Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use hokan_domain::{
    event::{Scan, ScanMethod},
    label::LabelId,
    text::Lang,
};
use hokan_mobile_api::{
    CSRF_HEADER, MAX_PHOTO_BYTES, Problem, ProblemCode, ProblemDocument, SESSION_COOKIE,
    wire::{ItemSummary, PhotoAnswer, Resolution},
};
use tower::ServiceExt as _;

use super::{
    Web, at_hand, csrf,
    error::Failed,
    form::{label_in, out_of_date, without_personal_numbers},
    guard::Visitor,
    layout::{Nav, Page, html, html_with, percent_encoded},
    texts,
};
use crate::app::PRODUCT;

/// The largest form: a photograph and what is around it.
pub(crate) const LIMIT: usize = MAX_PHOTO_BYTES + 64 * 1024;

/// The most characters of a typed code that are shown again.
const SHOWN: usize = 100;

#[derive(Template)]
#[template(path = "scan.html")]
struct ScanPage {
    page: Page,
    problem: Option<ProblemDocument>,
    typed: String,
    found: Vec<Found>,
    looked: bool,
    /// Who is signed in, by id and name, whose what is seen without signal becomes; none in the shell.
    person: Option<(String, String)>,
}

/// One label in a photograph with several.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Found {
    code: String,
    title: String,
    detail: String,
    address: Option<String>,
}

#[derive(Template)]
#[template(path = "label.html")]
struct LabelPage {
    page: Page,
    code: LabelId,
    sentence: String,
    item: Option<Box<ItemSummary>>,
    replaced_by: Option<LabelId>,
}

#[derive(Template)]
#[template(path = "place.html")]
struct PlacePage {
    page: Page,
    items: Vec<ItemSummary>,
}

/// The phone page.
pub(crate) async fn show(visitor: Visitor) -> Result<Response, Failed> {
    scan_page(&visitor, None, String::new(), Vec::new(), false)
}

/// What a label's address leads to.
pub(crate) async fn open_label(
    State(web): State<Web>,
    visitor: Visitor,
    Path(code): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failed> {
    let label = label_in(&code, visitor.lang)?;
    follow(&web, &visitor, Scan { label, method: how_it_came(&headers) }).await
}

/// How somebody came to a label's address. A phone's own camera opens it in the browser, and then no page is behind it.
/// A link, a form or another site's page is no camera; the way over signing in does not count as one either, since what
/// is typed into the address leads there as well. Whether the address was typed by hand cannot be told from here.
fn how_it_came(headers: &HeaderMap) -> ScanMethod {
    let is = |name: &str, wanted: &str| headers.get(name).is_some_and(|value| value == wanted);
    if is("sec-fetch-site", "none") && is("sec-fetch-mode", "navigate") && !headers.contains_key("referer") {
        ScanMethod::Camera
    } else {
        ScanMethod::Typed
    }
}

/// The form without script: a photograph, or the twelve characters.
pub(crate) async fn read(
    State(web): State<Web>,
    visitor: Visitor,
    request: Request,
) -> Result<Response, Failed> {
    let sent = match Sent::read(request, &web, visitor.lang).await {
        Ok(sent) => sent,
        Err(NotRead::Problem(problem)) => {
            return scan_page(&visitor, Some(problem), String::new(), Vec::new(), false);
        }
        Err(NotRead::Failed(failed)) => return Err(failed),
    };
    if !sent.code.trim().is_empty() {
        let shown: String = without_personal_numbers(&sent.code).chars().take(SHOWN).collect();
        return match label_in(&sent.code, visitor.lang) {
            Ok(label) => {
                let scan = Scan { label, method: ScanMethod::Typed };
                match web.app.resolve(&visitor.caller, &scan.label).await {
                    Ok(resolution) => lead(&web, &visitor, &scan, &resolution),
                    Err(problem) => scan_page(&visitor, Some(problem), shown, Vec::new(), false),
                }
            }
            Err(problem) => scan_page(&visitor, Some(problem), shown, Vec::new(), false),
        };
    }
    match read_photo(&web, &visitor, sent.photo).await {
        Ok(answer) => found(&web, &visitor, answer),
        Err(problem) => {
            let lang = visitor.lang;
            let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
            let page = visitor.page(Nav::Scan, texts::text(lang, "scan.title"));
            let view = ScanPage {
                page,
                problem: Some(*problem),
                typed: String::new(),
                found: Vec::new(),
                looked: false,
                person: Some(whose(&visitor)),
            };
            html_with(status, lang, &view)
        }
    }
}

/// What the form held.
struct Sent {
    code: String,
    photo: Bytes,
}

/// Why a form could not be read.
enum NotRead {
    /// The person can put it right on the page.
    Problem(Problem),
    /// Nothing can be shown but the mistake.
    Failed(Failed),
}

impl Sent {
    async fn read(request: Request, web: &Web, lang: Lang) -> Result<Self, NotRead> {
        let headers = request.headers().clone();
        let unreadable = |status: StatusCode| {
            let code = if status == StatusCode::PAYLOAD_TOO_LARGE {
                ProblemCode::BodyTooLarge
            } else {
                ProblemCode::BodyIncomplete
            };
            NotRead::Problem(Problem::new(code, lang))
        };
        let mut parts = Multipart::from_request(request, web)
            .await
            .map_err(|_| NotRead::Failed(Problem::new(ProblemCode::UnsupportedMediaType, lang).into()))?;
        let mut sent = Self { code: String::new(), photo: Bytes::new() };
        let mut is_ours = false;
        while let Some(part) = parts.next_field().await.map_err(|error| unreadable(error.status()))? {
            match part.name() {
                Some(csrf::FIELD) => {
                    let token = part.text().await.map_err(|error| unreadable(error.status()))?;
                    is_ours = csrf::is_ours(&headers, &token);
                }
                // The token stands before everything else, so a stranger's photograph is not even taken in.
                _ if !is_ours => break,
                Some("code") => {
                    sent.code = part.text().await.map_err(|error| unreadable(error.status()))?;
                }
                Some("photo") => {
                    sent.photo = part.bytes().await.map_err(|error| unreadable(error.status()))?;
                }
                _ => {}
            }
        }
        if is_ours { Ok(sent) } else { Err(NotRead::Failed(out_of_date(lang))) }
    }
}

/// Has a photograph read through the phones' interface, which bounds what that may cost.
async fn read_photo(web: &Web, visitor: &Visitor, photo: Bytes) -> Result<PhotoAnswer, Box<ProblemDocument>> {
    let lang = visitor.lang;
    let internal = |error: &dyn std::fmt::Display| Box::new(Problem::internal(lang, error).into_document());
    let request = Request::builder()
        .method("POST")
        .uri(format!("/photo?lang={}", lang.tag()))
        .header(header::COOKIE, format!("{SESSION_COOKIE}={}", visitor.token))
        .header(CSRF_HEADER, "1")
        .header(header::CONTENT_TYPE, "application/octet-stream")
        .body(Body::from(photo))
        .map_err(|error| internal(&error))?;
    let Ok(response) = web.phone.clone().oneshot(request).await;
    let is_success = response.status().is_success();
    let body = axum::body::to_bytes(response.into_body(), 4 * 1024 * 1024)
        .await
        .map_err(|error| internal(&error))?;
    if is_success {
        serde_json::from_slice(&body).map_err(|error| internal(&error))
    } else {
        Err(serde_json::from_slice(&body).unwrap_or_else(|error| internal(&error)))
    }
}

/// What to show of a photograph: the one thing in it, or a list.
fn found(web: &Web, visitor: &Visitor, answer: PhotoAnswer) -> Result<Response, Failed> {
    let mut codes = answer.codes;
    if codes.len() == 1
        && let Some(code) = codes.pop_if(|code| code.resolution.is_some())
        && let (Some(label), Some(resolution)) = (code.code, code.resolution)
    {
        return lead(web, visitor, &Scan { label, method: ScanMethod::Photo }, &resolution);
    }
    let lang = visitor.lang;
    let list = codes
        .into_iter()
        .map(|found| {
            let address = match (&found.code, &found.resolution) {
                (Some(label), Some(resolution)) => {
                    let scan = Scan { label: label.clone(), method: ScanMethod::Photo };
                    Some(address_of(web, visitor, &scan, resolution))
                }
                _ => None,
            };
            let detail = match &found.resolution {
                Some(Resolution::Item { item }) => item.custody.sentence.clone(),
                Some(Resolution::Blank { sentence, .. } | Resolution::Void { sentence, .. }) => {
                    sentence.clone()
                }
                Some(Resolution::Place { items, .. } | Resolution::Container { items, .. }) => {
                    texts::text_with(lang, "scan.items_inside", "count", items.len())
                }
                None => found.problem.as_ref().map(|problem| problem.detail.clone()).unwrap_or_default(),
            };
            let title = match &found.resolution {
                Some(Resolution::Item { item }) => item.title.clone(),
                Some(Resolution::Place { name, .. } | Resolution::Container { name, .. }) => name.clone(),
                Some(Resolution::Blank { .. }) => texts::text(lang, "label.blank").into_owned(),
                Some(Resolution::Void { .. }) => texts::text(lang, "label.void").into_owned(),
                None => found.problem.as_ref().map(|problem| problem.title.clone()).unwrap_or_default(),
            };
            let code = found.code.map(|code| code.to_string()).unwrap_or_default();
            Found { code, title, detail, address }
        })
        .collect();
    scan_page(visitor, None, String::new(), list, true)
}

/// Looks up a label and leads to what it is on.
async fn follow(web: &Web, visitor: &Visitor, scan: Scan) -> Result<Response, Failed> {
    let resolution = web.app.resolve(&visitor.caller, &scan.label).await?;
    match resolution {
        // These have a page of their own at the label's address, so that looking again is a reload.
        Resolution::Place { name, items, .. } => place_page(visitor, name, items),
        Resolution::Void { code, replaced_by, sentence, item } => {
            let page = visitor.page(Nav::Scan, texts::text(visitor.lang, "label.void"));
            html(visitor.lang, &LabelPage { page, code, sentence, item, replaced_by })
        }
        Resolution::Blank { code, may_register: false, sentence } => {
            let page = visitor.page(Nav::Scan, texts::text(visitor.lang, "label.blank"));
            html(visitor.lang, &LabelPage { page, code, sentence, item: None, replaced_by: None })
        }
        resolution => lead(web, visitor, &scan, &resolution),
    }
}

/// Leads to what a label is on.
fn lead(web: &Web, visitor: &Visitor, scan: &Scan, resolution: &Resolution) -> Result<Response, Failed> {
    Ok(Redirect::to(&address_of(web, visitor, scan, resolution)).into_response())
}

/// The page of what a label is on, with the seal that the label was read.
fn address_of(web: &Web, visitor: &Visitor, scan: &Scan, resolution: &Resolution) -> String {
    let seal = || percent_encoded(&at_hand::seal(scan, visitor, web));
    match resolution {
        Resolution::Item { item } => format!("{}?at_hand={}", item.url, seal()),
        Resolution::Container { id, .. } => format!("/containers/{id}?at_hand={}", seal()),
        Resolution::Blank { may_register: true, .. } => format!("/register?at_hand={}", seal()),
        _ => format!("/L/{}", scan.label),
    }
}

fn place_page(visitor: &Visitor, name: String, items: Vec<ItemSummary>) -> Result<Response, Failed> {
    html(visitor.lang, &PlacePage { page: visitor.page(Nav::Scan, name), items })
}

fn scan_page(
    visitor: &Visitor,
    problem: Option<Problem>,
    typed: String,
    found: Vec<Found>,
    looked: bool,
) -> Result<Response, Failed> {
    let status = problem.as_ref().map_or(StatusCode::OK, Problem::status_code);
    let page = visitor.page(Nav::Scan, texts::text(visitor.lang, "scan.title"));
    let problem = problem.map(Problem::into_document);
    let person = Some(whose(visitor));
    html_with(status, visitor.lang, &ScanPage { page, problem, typed, found, looked, person })
}

fn whose(visitor: &Visitor) -> (String, String) {
    (visitor.caller.person.id.to_string(), visitor.caller.name.clone())
}

/// The phone page without anything of anybody's, which browsers keep for where there is no signal. None where it cannot
/// be made, and then it is not there.
pub(super) fn shell(lang: Lang) -> Option<String> {
    let page = Page {
        lang,
        title: texts::text(lang, "scan.title").into_owned(),
        body_name: PRODUCT.to_owned(),
        nav: Nav::Scan,
        here: "/scan".to_owned(),
        viewer: None,
        csrf: String::new(),
    };
    let (typed, found) = (String::new(), Vec::new());
    ScanPage { page, problem: None, typed, found, looked: false, person: None }.render().ok()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn sample(page: Page) -> impl Template {
        let found = Found {
            code: "JPJTJ39B5DV3".to_owned(),
            title: "税務課 USBメモリ 3".to_owned(),
            detail: "佐藤 花子さんが保持しています".to_owned(),
            address: Some("/items/itm_1".to_owned()),
        };
        let problem = Problem::new(ProblemCode::LabelCheckFailed, page.lang).into_document();
        let person = Some(("per_1".to_owned(), "佐藤 花子".to_owned()));
        let typed = "JPJT".to_owned();
        ScanPage { page, problem: Some(problem), typed, found: vec![found], looked: true, person }
    }

    pub(crate) fn sample_place(page: Page, items: Vec<ItemSummary>) -> impl Template {
        PlacePage { page, items }
    }

    pub(crate) fn sample_void(page: Page, item: ItemSummary) -> impl Template {
        let code: LabelId = "00000000004J".parse().unwrap();
        LabelPage {
            page,
            replaced_by: Some(item.code.clone()),
            code,
            sentence: "ラベルは無効です。".to_owned(),
            item: Some(Box::new(item)),
        }
    }

    /// The words in single quotes, as the script names its texts.
    fn quoted(script: &str) -> std::collections::BTreeSet<&str> {
        script
            .split('\'')
            .filter(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
            .collect()
    }

    #[test]
    fn the_scanner_has_the_texts_that_it_asks_for() {
        let script = include_str!("../../static/scan.js");
        let template = include_str!("../../templates/scan.html");
        let keys: Vec<&str> =
            template.split("data-key=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let quoted = quoted(script);
        for key in &keys {
            let plain = key.strip_suffix("_title").unwrap_or(key);
            assert!(quoted.contains(plain), "nothing shows “{key}”");
        }
        for asked in script.split(" t('").chain(script.split("(t('")).skip(1) {
            let key = asked.split('\'').next().unwrap();
            let is_key = key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            assert!(!is_key || key.is_empty() || keys.contains(&key), "no text for “{key}”");
        }
        for cause in ["insecure", "denied", "no_camera", "camera_busy"] {
            assert!(keys.contains(&format!("{cause}_title").as_str()) && keys.contains(&cause));
        }
    }
}
