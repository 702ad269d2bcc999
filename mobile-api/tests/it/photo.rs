//! Photographs, good and bad.

use axum::body::Body;
use hokan_domain::label::LabelId;
use hokan_labels::{
    LabelCode, label_url,
    qr::{Level, Symbol},
};
use image::{GrayImage, ImageFormat};
use serde_json::{Value, json};

use crate::{
    bad_input::PERSONAL_NUMBER,
    fake::label,
    flow::registered,
    phone::{Phone, event},
};

fn payload(label: &LabelId) -> String {
    label_url(None, label.as_str().parse::<LabelCode>().unwrap())
}

/// Codes side by side on a white sheet.
fn picture(texts: &[&str], format: ImageFormat) -> Vec<u8> {
    let symbols: Vec<(usize, Vec<u8>)> =
        texts.iter().map(|text| Symbol::encode(text, Level::Q).unwrap().to_luma(8)).collect();
    let width = symbols.iter().map(|(side, _)| *side).sum::<usize>().max(200);
    let height = symbols.iter().map(|(side, _)| *side).max().unwrap_or(200);
    let mut sheet = GrayImage::from_pixel(width as u32, height as u32, image::Luma([255]));
    let mut left = 0;
    for (side, pixels) in &symbols {
        for (index, value) in pixels.iter().enumerate() {
            sheet.put_pixel((left + index % side) as u32, (index / side) as u32, image::Luma([*value]));
        }
        left += side;
    }
    let mut bytes = std::io::Cursor::new(Vec::new());
    sheet.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A PNG that says it has these sides, with hardly anything behind it.
fn png_header(width: u32, height: u32) -> Vec<u8> {
    let crc = |bytes: &[u8]| {
        !bytes.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 * (crc & 1)))
        })
    };
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let ihdr = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 0, 0, 0, 0]].concat();
    for (kind, data) in [(b"IHDR", ihdr), (b"IDAT", vec![0x78, 0x9c, 0x03, 0, 0, 0, 0, 1]), (b"IEND", vec![])]
    {
        png.extend((data.len() as u32).to_be_bytes());
        let chunk = [&kind[..], &data].concat();
        png.extend(&chunk);
        png.extend(crc(&chunk).to_be_bytes());
    }
    png
}

#[tokio::test]
async fn every_code_in_a_photograph_is_answered() {
    let phone = Phone::alone();
    let item = registered(&phone, event(1)).await;
    let wrong = payload(&label(1)).replace(label(1).as_str(), "000000000000");
    let card = format!("12345 {PERSONAL_NUMBER}");
    let texts = [
        payload(&label(1)),
        payload(&label(2)),
        payload(&label(77)),
        "https://example.jp/".to_owned(),
        wrong,
        card,
    ];
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    for (format, media_type) in
        [(ImageFormat::Png, "image/png"), (ImageFormat::Jpeg, "application/octet-stream")]
    {
        let reply = phone.photo(media_type, picture(&texts, format)).await;
        assert!(!reply.text.contains(PERSONAL_NUMBER), "{}", reply.text);
        let answer = reply.ok();
        assert!(answer["width"].as_u64() > answer["height"].as_u64());
        let mut codes = answer["codes"].as_array().unwrap().clone();
        codes.sort_by(|a, b| {
            let left = |code: &Value| code["corners"][0][0].as_f64().unwrap();
            left(a).total_cmp(&left(b))
        });
        let seen: Vec<_> = codes
            .iter()
            .map(|code| (code["resolution"]["state"].as_str(), code["problem"]["code"].as_str()))
            .collect();
        assert_eq!(
            seen,
            [
                (Some("item"), None),
                (Some("blank"), None),
                (None, Some("unknown-label")),
                (None, Some("foreign-code")),
                (None, Some("label-check-failed")),
                (None, Some("foreign-code")),
            ]
        );
        assert_eq!(codes[0]["resolution"]["item"]["id"], item.to_string());
        assert_eq!(codes[0]["code"], json!(label(1)));
        assert_eq!(codes[3]["text"], "https://example.jp/");
        assert_eq!(codes[5]["text"], "");
        assert!(answer.get("sentence").is_none());
    }
}

#[tokio::test]
async fn a_photograph_without_a_label_says_what_to_do() {
    let phone = Phone::alone();
    let answer = phone.photo("image/jpeg", picture(&[], ImageFormat::Jpeg)).await.ok();
    assert_eq!(answer["codes"], json!([]));
    assert!(answer["sentence"].as_str().unwrap().contains("12文字"));
    let answer = phone.photo("image/jpeg", picture(&["hello"], ImageFormat::Jpeg)).await.ok();
    assert_eq!(answer["codes"][0]["problem"]["code"], "foreign-code");
    assert!(answer["sentence"].as_str().unwrap().contains("Hokanのラベル"));
}

#[tokio::test]
async fn what_is_no_photograph_is_told_so() {
    let phone = Phone::alone();
    let jpeg = picture(&[&payload(&label(1))], ImageFormat::Jpeg);
    let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".to_vec();
    for (bytes, status, code) in [
        (Vec::new(), 422, "photo-empty"),
        (heic, 415, "photo-heic"),
        (b"GIF89a\x01\0\x01\0".to_vec(), 415, "photo-unsupported"),
        (b"hello".to_vec(), 415, "photo-unsupported"),
        (jpeg[..jpeg.len() / 2].to_vec(), 422, "photo-truncated"),
        (png_header(60_000, 60_000), 413, "photo-too-many-pixels"),
    ] {
        phone.photo("image/jpeg", bytes).await.problem(status, code);
    }
    let told = phone.photo("image/png", png_header(60_000, 60_000)).await;
    assert!(told.problem(413, "photo-too-many-pixels")["detail"].as_str().unwrap().contains("60000×60000"));
}

#[tokio::test]
async fn photographs_are_bounded_and_typed() {
    let phone = Phone::alone();
    let jpeg = picture(&[&payload(&label(1))], ImageFormat::Jpeg);
    for media_type in ["multipart/form-data; boundary=x", "application/json", "text/plain", "video/mp4"] {
        phone.photo(media_type, jpeg.clone()).await.problem(415, "unsupported-media-type");
    }
    phone.send("POST", "/photo", jpeg).await.ok();
    let problem = phone.photo("image/jpeg", vec![0; 20 * 1024 * 1024 + 1]).await;
    assert!(problem.problem(413, "body-too-large")["detail"].as_str().unwrap().contains("20 MB"));
    let announced = phone.with("content-length", "20971521").with("content-type", "image/jpeg");
    announced.send("POST", "/photo", Body::empty()).await.problem(413, "body-too-large");
}
