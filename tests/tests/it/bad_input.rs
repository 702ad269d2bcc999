//! Bad input of every kind gets a clear answer with the right status and a code; nothing is lost, nothing is
//! half-written.

use hokan_tests::{
    database::TestDatabase,
    on_both_databases,
    phone::{read_problem, scan},
    server::Server,
    town::ShellTown,
};
use serde_json::json;
use uuid::Uuid;

/// A PNG that says it is 60,000 × 60,000 and holds nothing.
fn enormous_png() -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    bytes.extend(60_000_u32.to_be_bytes());
    bytes.extend(60_000_u32.to_be_bytes());
    bytes.extend([8, 0, 0, 0, 0]);
    // The checksum of a header that a reader might check before it looks at the size.
    bytes.extend(crc(&bytes[12..29]).to_be_bytes());
    bytes
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 },
        )
    })
}

fn jpeg() -> Vec<u8> {
    let picture = image::GrayImage::from_fn(640, 480, |x, y| image::Luma([((x * y) % 251) as u8]));
    hokan_tests::photo::encode_jpeg(&picture, 80).expect("a photograph")
}

async fn anonymous(server: &Server, path: &str) -> reqwest::Response {
    server.client().get(server.url(path)).send().await.expect("an answer")
}

on_both_databases! {
    /// Photographs.
    async fn photographs_that_cannot_be_read(db: TestDatabase) {
        let town = ShellTown::on(db).await;
        let phone = town.phone(0).await;
        let mut truncated = jpeg();
        truncated.truncate(truncated.len() / 2);
        let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".to_vec();
        for (bytes, status, code) in [
            (truncated, 422, "photo-truncated"),
            (enormous_png(), 413, "photo-too-many-pixels"),
            (heic, 415, "photo-heic"),
            (b"%PDF-1.7".to_vec(), 415, "photo-unsupported"),
            (Vec::new(), 422, "photo-empty"),
        ] {
            let answer = phone.post_bytes("/photo", "image/jpeg", bytes).await.expect("an answer");
            read_problem(answer, status, code).await;
        }
        // By a connection of its own, as below.
        let (other, huge) = (town.phone(1).await, vec![0xFF; 21 * 1024 * 1024]);
        let answer = other.post_bytes("/photo", "image/jpeg", huge).await.expect("an answer");
        read_problem(answer, 413, "body-too-large").await;
        let answer = phone.post_bytes("/photo", "text/html", jpeg()).await.expect("an answer");
        read_problem(answer, 415, "unsupported-media-type").await;
        // A picture without a code is no error, and says what to do.
        let seen = phone.photo(jpeg()).await;
        assert!(seen.codes.is_empty() && seen.sentence.is_some());
        // A code that is not ours.
        let symbol = hokan_labels::qr::Symbol::encode("https://example.jp/", hokan_labels::qr::Level::M).expect("a symbol");
        let (side, luma) = symbol.to_luma(8);
        let side = u32::try_from(side).expect("small");
        let picture = image::GrayImage::from_raw(side, side, luma).expect("a picture");
        let seen = phone.photo(hokan_tests::photo::encode_jpeg(&picture, 90).expect("a photograph")).await;
        assert_eq!(seen.codes.len(), 1);
        assert_eq!(seen.codes[0].problem.as_ref().map(|problem| problem.code.as_ref()), Some("foreign-code"));
    }

    /// Codes: typed badly, mistyped, unknown, blank, void.
    async fn label_codes_that_lead_nowhere(db: TestDatabase) {
        let town = ShellTown::on(db).await;
        let (codes, _) = town.print_labels("a4-24", 3, 1);
        let phone = town.phone(0).await;
        let wrong_check = format!("{}{}", &codes[0][..11], if codes[0].ends_with('7') { '8' } else { '7' });
        let unknown = hokan_labels::code::LabelCode::from_entropy(42).to_string();
        for (code, status, problem) in [
            ("ABC", 400, "label-code-length"),
            ("ABCDEFGHJK!M", 400, "label-code-character"),
            (wrong_check.as_str(), 400, "label-check-failed"),
            (unknown.as_str(), 404, "unknown-label"),
        ] {
            let answer = phone.get(&format!("/labels/{code}")).await.expect("an answer");
            read_problem(answer, status, problem).await;
        }
        // Lower case with hyphens, O for 0, I and l for 1.
        let sloppy = codes[0].to_lowercase().replace('0', "o").replace('1', "l");
        let answer = phone.get(&format!("/labels/{}-{}-{}", &sloppy[..4], &sloppy[4..8], &sloppy[8..])).await;
        let blank: serde_json::Value = answer.expect("an answer").json().await.expect("a resolution");
        assert_eq!((blank["state"].as_str(), blank["code"].as_str()), (Some("blank"), Some(codes[0].as_str())));

        let item = phone.register(&codes[0], "optical-disc", "検査用").await.item;
        let taken = json!({ "event_id": Uuid::new_v4(), "scan": scan(&codes[0]), "kind": "ssd", "title": "別のもの" });
        read_problem(phone.post("/items", &taken).await.expect("an answer"), 409, "label-taken").await;
        let replace = json!({ "act": "replace-label", "code": codes[1], "reason": "damaged" });
        phone.act(&item.id.to_string(), replace).await;
        let answer = phone.get(&format!("/labels/{}", codes[0])).await.expect("an answer");
        let void: serde_json::Value = answer.json().await.expect("a resolution");
        assert_eq!((void["state"].as_str(), void["replaced_by"].as_str()), (Some("void"), Some(codes[1].as_str())));
        // An act with the void label, and with another item's.
        for code in [&codes[0], &codes[2]] {
            let put = json!({ "act": "put-away", "home_code": codes[2], "scan": scan(code) });
            let answer = phone.try_act(&item.id.to_string(), put).await;
            assert!(answer.status().is_client_error());
        }
    }

    /// Bodies: not JSON, wrong types, unknown keys, personal numbers, other people's acts.
    async fn bodies_that_cannot_be_taken(db: TestDatabase) {
        let town = ShellTown::on(db).await;
        let (codes, _) = town.print_labels("a4-24", 4, 1);
        let phone = town.phone(0).await;
        let auditor = town.phone(2).await;
        let before = town.shell(&["ledger", "verify"]);

        let answer = phone.post_bytes("/items", "application/json", b"{".to_vec()).await.expect("an answer");
        read_problem(answer, 400, "malformed-json").await;
        let good = json!({ "event_id": Uuid::new_v4(), "scan": scan(&codes[0]), "kind": "ssd", "title": "よい名前" });
        for (key, value, status, code) in [
            ("kind", json!(7), 422, "bad-request-body"),
            ("kind", json!("zeppelin"), 422, "bad-request-body"),
            ("colour", json!("red"), 422, "bad-request-body"),
            ("title", json!("番号 1234-5678-9018 の控え"), 422, "personal-number-in-text"),
            ("title", json!(""), 422, "text-empty"),
            ("title", json!("長".repeat(1000)), 422, "text-too-long"),
        ] {
            let mut body = good.clone();
            body[key] = value;
            let problem = read_problem(phone.post("/items", &body).await.expect("an answer"), status, code).await;
            assert!(!problem.to_string().contains("1234"), "a number is never repeated: {problem}");
        }
        let answer = auditor.post("/items", &good).await.expect("an answer");
        let problem = read_problem(answer, 403, "not-designated").await;
        assert!(problem["source"].is_string(), "a refusal cites its source: {problem}");
        // By a connection of its own: the server closes one whose body it does not read to the end, and a request that
        // is sent on it at that moment gets no answer.
        let huge = vec![b' '; 2 * 1024 * 1024];
        let other = town.phone(1).await;
        let answer = other.post_bytes("/items", "application/json", huge).await.expect("an answer");
        read_problem(answer, 413, "body-too-large").await;
        read_problem(phone.get("/nothing").await.expect("an answer"), 404, "not-found").await;
        read_problem(anonymous(&town.server, "/api/phone/v1/me").await, 401, "unauthenticated").await;

        assert_eq!(town.shell(&["ledger", "verify"]), before, "nothing was half-written");
    }

    /// Guessing passwords gets slower, and says for how long.
    async fn guessing_passwords_gets_slower(db: TestDatabase) {
        let town = ShellTown::on(db).await;
        let client = town.server.client();
        let url = town.server.url("/api/phone/v1/sign-in");
        let mut statuses = Vec::new();
        for _ in 0..8 {
            let body = json!({ "login": "aoi", "password": "guess" });
            let answer = client.post(&url).json(&body).send().await.expect("an answer");
            statuses.push(answer.status().as_u16());
        }
        assert_eq!(statuses[0], 401);
        assert_eq!(statuses.last(), Some(&429));
    }
}
