//! The files that pages are made of, within the program.

use std::{borrow::Cow, sync::LazyLock};

use axum::{
    extract::{Path, Query},
    http::{HeaderMap, HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
};
use hokan_domain::text::Lang;
use rust_embed::Embed;
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::{csrf, error::Failed, scan};

#[derive(Embed)]
#[folder = "static/"]
struct Files;

/// How many bytes of its hash tell one version of a file from another.
const HASH_BYTES: usize = 8;

/// What the service worker keeps beside the page: all that this loads.
const KEPT: [&str; 8] =
    ["app.css", "api.js", "code.js", "hokan.webmanifest", "icon.svg", "queue.js", "scan.js", "store.js"];

/// The worker. It stands over all pages and not only over the files beside it.
const WORKER: &str = "sw.js";
/// What stands in the worker where the addresses of the kept files go.
const MARK: &str = "'%KEPT%'";

/// The page for where there is no signal, which is the same for everybody as any file is.
const SHELLS: [(Lang, &str); 2] = [(Lang::Ja, "offline-ja.html"), (Lang::En, "offline-en.html")];

/// The files that are made of others.
static MADE: LazyLock<Vec<(&'static str, Vec<u8>)>> = LazyLock::new(|| {
    let shells = SHELLS.iter().filter_map(|(lang, path)| Some((*path, scan::shell(*lang)?.into_bytes())));
    let mut made: Vec<_> = shells.collect();
    if let Some(file) = Files::get(WORKER) {
        let address = |(path, bytes): &(&str, Vec<u8>)| versioned(path, &version(bytes));
        let [ja, en] = SHELLS.map(|(_, path)| made.iter().find(|(made, _)| *made == path).map(address));
        let mut kept = json!({ "files": KEPT.map(url), "ja": ja, "en": en });
        kept["version"] = version(kept.to_string().as_bytes()).into();
        let worker = String::from_utf8_lossy(&file.data).replace(MARK, &kept.to_string());
        made.push((WORKER, worker.into_bytes()));
    }
    made
});

/// A version of a file.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Version {
    v: Option<String>,
}

/// The address of a file with its version, so that browsers may keep it for ever.
pub(crate) fn url(path: &str) -> String {
    match Files::get(path) {
        Some(file) => versioned(path, &csrf::hex(&file.metadata.sha256_hash()[..HASH_BYTES])),
        None => format!("/static/{path}"),
    }
}

fn versioned(path: &str, version: &str) -> String {
    format!("/static/{path}?v={version}")
}

fn version(bytes: &[u8]) -> String {
    csrf::hex(&Sha256::digest(bytes)[..HASH_BYTES])
}

/// A file and its version.
fn find(path: &str) -> Option<(Cow<'static, [u8]>, String)> {
    if let Some((_, bytes)) = MADE.iter().find(|(made, _)| *made == path) {
        return Some((Cow::Borrowed(bytes), version(bytes)));
    }
    let file = Files::get(path)?;
    let version = csrf::hex(&file.metadata.sha256_hash()[..HASH_BYTES]);
    Some((file.data, version))
}

/// A file.
pub(crate) async fn show(
    Path(path): Path<String>,
    Query(asked): Query<Version>,
    headers: HeaderMap,
) -> Result<Response, Failed> {
    let Some((body, version)) = find(&path) else {
        let lang = hokan_mobile_api::auth::language_of(&headers, &axum::http::Uri::from_static("/"));
        return Err(hokan_mobile_api::Problem::new(hokan_mobile_api::ProblemCode::NotFound, lang).into());
    };
    let tag = format!("\"{version}\"");
    let keep = if asked.v.as_deref() == Some(version.as_str()) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let common = [(header::ETAG, tag.clone()), (header::CACHE_CONTROL, keep.to_owned())];
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    if known.is_some_and(|known| known.split(',').any(|one| one.trim().trim_start_matches("W/") == tag)) {
        return Ok((StatusCode::NOT_MODIFIED, common).into_response());
    }
    let mut response = (common, [(header::CONTENT_TYPE, media_type(&path))], body).into_response();
    if path == WORKER {
        let everywhere = header::HeaderValue::from_static("/");
        response.headers_mut().insert(HeaderName::from_static("service-worker-allowed"), everywhere);
    }
    Ok(response)
}

/// The media type by the end of the name. The folder holds nothing else.
fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, end)| end) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("html") => "text/html; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("webmanifest") => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_has_a_media_type_and_a_version() {
        for path in Files::iter() {
            assert_ne!(media_type(&path), "application/octet-stream", "{path}");
            assert!(url(&path).starts_with(&format!("/static/{path}?v=")), "{path}");
        }
        assert_eq!(url("none.css"), "/static/none.css");
    }

    /// What a browser keeps for where there is no signal is whole, and says nothing of anybody.
    #[test]
    fn the_worker_keeps_what_the_shell_loads_and_nothing_of_anybodys() {
        let text = |path| String::from_utf8(find(path).unwrap().0.into_owned()).unwrap();
        let worker = text(WORKER);
        assert!(!worker.contains("%KEPT%"));
        for (_, path) in SHELLS {
            let shell = text(path);
            assert!(worker.contains(&versioned(path, &find(path).unwrap().1)), "{path}");
            assert!(!shell.contains("data-person") && !shell.contains("account-menu"), "{path}");
            let loaded = shell.split("<link rel=").chain(shell.split("<script")).skip(1);
            for address in loaded.filter_map(|part| Some(part.split_once("\"/static/")?.1.split_once('"')?.0))
            {
                // Only the home screen asks for pictures, and only where there is signal.
                assert!(
                    worker.contains(address) || address.ends_with(".png") || address.contains(".png?"),
                    "{address}"
                );
            }
        }
        for path in KEPT.iter().filter(|path| path.ends_with(".js")) {
            for import in text(path).split(" from './").skip(1) {
                let import = import.split('\'').next().unwrap();
                assert!(KEPT.contains(&import), "{path} needs {import}");
            }
        }
    }

    #[test]
    fn nothing_is_loaded_from_elsewhere() {
        for path in Files::iter() {
            let data = Files::get(&path).unwrap().data;
            let text = String::from_utf8_lossy(&data);
            for address in ["http://", "https://"] {
                for (at, _) in text.match_indices(address) {
                    let rest = &text[at..];
                    assert!(
                        rest.starts_with("http://www.w3.org/"),
                        "{path} names {}",
                        &rest[..40.min(rest.len())]
                    );
                }
            }
        }
    }
}
