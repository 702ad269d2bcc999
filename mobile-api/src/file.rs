//! Photographs and certificates: what a file is shows in its bytes, whatever it is said to be.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use hokan_domain::{ids::FileId, text::Lang};

use crate::{
    auth::language_of,
    problem::{Problem, ProblemCode},
    request::{buffer, media_type},
};

/// The largest file that is taken in.
pub const MAX_FILE_BYTES: usize = 20 * 1024 * 1024;

/// What the bytes of a file are: a picture or a document. Nothing else is kept, so nothing that is shown
/// again can be a page or a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MediaType {
    /// A JPEG photograph.
    Jpeg,
    /// A PNG picture.
    Png,
    /// A WebP picture.
    WebP,
    /// A PDF document.
    Pdf,
}

impl MediaType {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Jpeg, Self::Png, Self::WebP, Self::Pdf];

    /// What the bytes of a file are, by its first bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::WebP),
            [b'%', b'P', b'D', b'F', b'-', ..] => Some(Self::Pdf),
            _ => None,
        }
    }

    /// What the bytes of a file are, for whoever sent it in.
    ///
    /// # Errors
    /// `file-empty`; `photo-heic` and `file-unsupported` where nothing of the kind is kept.
    pub fn told_by(bytes: &[u8], lang: Lang) -> Result<Self, Problem> {
        if bytes.is_empty() {
            return Err(Problem::new(ProblemCode::FileEmpty, lang));
        }
        let unsupported = if is_heif(bytes) { ProblemCode::PhotoHeic } else { ProblemCode::FileUnsupported };
        Self::of(bytes).ok_or_else(|| Problem::new(unsupported, lang))
    }

    /// The name of the media type.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
            Self::Pdf => "application/pdf",
        }
    }

    /// The media type of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|media_type| media_type.name() == name)
    }

    /// Whether it is a picture.
    #[must_use]
    pub fn is_picture(self) -> bool {
        self != Self::Pdf
    }

    /// What the name of such a file ends with.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::WebP => "webp",
            Self::Pdf => "pdf",
        }
    }
}

/// A file as it was sent.
pub(crate) struct Upload {
    pub(crate) media_type: MediaType,
    pub(crate) bytes: Bytes,
}

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let lang = language_of(request.headers(), request.uri());
        // Also a defence: a form on another site cannot send one of these types without asking first.
        let accepted = media_type(request.headers()).is_some_and(|said| {
            said.starts_with("image/") || said == "application/pdf" || said == "application/octet-stream"
        });
        if !accepted {
            let detail = lang.pick(
                "ファイルそのものを、image/jpegやapplication/pdfなどのContent-Typeで送信してください。",
                "Send the file itself, with a Content-Type such as image/jpeg or application/pdf.",
            );
            return Err(Problem::new(ProblemCode::UnsupportedMediaType, lang).with_detail(detail));
        }
        let bytes = buffer(request, MAX_FILE_BYTES, lang).await?;
        let media_type = MediaType::told_by(&bytes, lang)?;
        Ok(Self { media_type, bytes })
    }
}

/// Whether it is what some phones make of a photograph unless they are told otherwise.
fn is_heif(bytes: &[u8]) -> bool {
    const BRANDS: [&[u8]; 5] = [b"heic", b"heix", b"hevc", b"mif1", b"msf1"];
    bytes.get(4..8) == Some(b"ftyp") && bytes.get(8..12).is_some_and(|brand| BRANDS.contains(&brand))
}

/// A file as an answer: to be saved, never to be shown as a page of this server.
pub(crate) fn answer(id: FileId, media_type: MediaType, bytes: Vec<u8>) -> Response {
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type.name()));
    // An id and a fixed ending: nothing in it needs to be quoted.
    let disposition = format!("attachment; filename=\"{id}.{}\"", media_type.extension());
    if let Ok(disposition) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_is_shows_in_its_first_bytes() {
        for (bytes, media_type) in [
            (&b"\xff\xd8\xff\xe0rest"[..], Some(MediaType::Jpeg)),
            (b"\x89PNG\r\n\x1a\nrest", Some(MediaType::Png)),
            (b"RIFF\x01\x02\x03\x04WEBPVP8 ", Some(MediaType::WebP)),
            (b"%PDF-1.7", Some(MediaType::Pdf)),
            (b"RIFF\x01\x02\x03\x04WAVE", None),
            (b"<html>", None),
            (b"GIF89a", None),
            (b"%PDF", None),
            (b"", None),
        ] {
            assert_eq!(MediaType::of(bytes), media_type, "{bytes:?}");
        }
    }

    #[test]
    fn a_file_that_is_not_kept_says_what_to_do() {
        for (bytes, code) in [
            (&b""[..], ProblemCode::FileEmpty),
            (b"<html>", ProblemCode::FileUnsupported),
            (b"\0\0\0\x18ftypheic\0\0\0\0", ProblemCode::PhotoHeic),
            (b"\0\0\0\x18ftypisom\0\0\0\0", ProblemCode::FileUnsupported),
        ] {
            assert!(MediaType::told_by(bytes, Lang::En).unwrap_err().is(code), "{bytes:?}");
        }
    }

    #[test]
    fn every_media_type_reads_back() {
        for media_type in MediaType::ALL {
            assert_eq!(MediaType::from_name(media_type.name()), Some(media_type));
            assert_eq!(media_type.is_picture(), media_type.name().starts_with("image/"));
        }
        assert_eq!(MediaType::from_name("text/html"), None);
    }
}
