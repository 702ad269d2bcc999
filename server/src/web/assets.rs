//! The files that pages are made of, within the program.

use std::borrow::Cow;

use axum::{
    extract::{Path, Query},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use rust_embed::{Embed, EmbeddedFile};
use serde::Deserialize;

use super::{csrf, error::Failed};

#[derive(Embed)]
#[folder = "static/"]
struct Files;

/// How many bytes of its hash tell one version of a file from another.
const HASH_BYTES: usize = 8;

/// A version of a file.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Version {
    v: Option<String>,
}

/// The address of a file with its version, so that browsers may keep it for ever.
pub(crate) fn url(path: &str) -> String {
    match Files::get(path) {
        Some(file) => format!("/static/{path}?v={}", version(&file)),
        None => format!("/static/{path}"),
    }
}

fn version(file: &EmbeddedFile) -> String {
    csrf::hex(&file.metadata.sha256_hash()[..HASH_BYTES])
}

/// A file.
pub(crate) async fn show(
    Path(path): Path<String>,
    Query(asked): Query<Version>,
    headers: HeaderMap,
) -> Result<Response, Failed> {
    let Some(file) = Files::get(&path) else {
        let lang = hokan_mobile_api::auth::language_of(&headers, &axum::http::Uri::from_static("/"));
        return Err(hokan_mobile_api::Problem::new(hokan_mobile_api::ProblemCode::NotFound, lang).into());
    };
    let version = version(&file);
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
    let body: Cow<'static, [u8]> = file.data;
    Ok((common, [(header::CONTENT_TYPE, media_type(&path))], body).into_response())
}

/// The media type by the end of the name. The folder holds nothing else.
fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, end)| end) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
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
