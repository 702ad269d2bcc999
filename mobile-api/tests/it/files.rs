//! Photographs and certificates come in and go out as they are, and as nothing else.

use hokan_domain::ids::FileId;
use hokan_mobile_api::MAX_FILE_BYTES;

use crate::{
    fake::{SATO, SUZUKI},
    phone::{Phone, server},
};

pub(crate) const JPEG: &[u8] = b"\xff\xd8\xff\xe0 a photograph";

/// Sends a photograph and gives its id.
pub(crate) async fn sent(phone: &Phone) -> String {
    let file = phone.file("image/jpeg", JPEG.to_vec()).await.ok();
    file["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_file_comes_back_as_it_was_and_is_only_saved() {
    let server = server();
    let (sato, suzuki) = (Phone::of(&server, SATO), Phone::of(&server, SUZUKI));
    for (said, bytes, is, ending) in [
        ("application/octet-stream", JPEG, "image/jpeg", "jpg"),
        ("image/heic", b"\x89PNG\r\n\x1a\n...", "image/png", "png"),
        ("image/webp", b"RIFF....WEBPVP8 ", "image/webp", "webp"),
        ("application/pdf", b"%PDF-1.7 <script>", "application/pdf", "pdf"),
    ] {
        let file = sato.file(said, bytes.to_vec()).await.ok();
        assert_eq!(file["media_type"], is, "what it is said to be does not count");
        let id: FileId = file["id"].as_str().unwrap().parse().unwrap();
        let reply = suzuki.get(&format!("/files/{id}")).await;
        assert_eq!((reply.status.as_u16(), reply.bytes.as_slice()), (200, bytes));
        assert_eq!(reply.headers["content-type"], is);
        assert_eq!(reply.headers["x-content-type-options"], "nosniff");
        assert_eq!(reply.headers["content-disposition"], format!("attachment; filename=\"{id}.{ending}\""));
        assert_eq!(reply.headers["content-security-policy"], "default-src 'none'; sandbox");
        assert_eq!(reply.headers["cache-control"], "no-store");
    }
}

#[tokio::test]
async fn what_is_neither_picture_nor_pdf_is_not_kept() {
    let phone = Phone::alone();
    phone.file("image/svg+xml", b"<svg/>".to_vec()).await.problem(415, "file-unsupported");
    phone.file("text/html", JPEG.to_vec()).await.problem(415, "unsupported-media-type");
    phone
        .file("application/x-www-form-urlencoded", JPEG.to_vec())
        .await
        .problem(415, "unsupported-media-type");
    phone.send("POST", "/files", JPEG.to_vec()).await.problem(415, "unsupported-media-type");
    phone.file("image/jpeg", Vec::new()).await.problem(422, "file-empty");
    phone.file("image/heic", b"\0\0\0\x18ftypheic".to_vec()).await.problem(415, "photo-heic");
    let mut largest = JPEG.to_vec();
    largest.resize(MAX_FILE_BYTES, 0);
    phone.file("image/jpeg", largest.clone()).await.ok();
    largest.push(0);
    phone.file("image/jpeg", largest).await.problem(413, "body-too-large");
    phone.get(&format!("/files/fil_{:032x}", 404)).await.problem(404, "not-found");
    phone.get(&format!("/files/itm_{:032x}", 404)).await.problem(404, "not-found");
}
