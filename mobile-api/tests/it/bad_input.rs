//! Everything that can be wrong with a request, each with its own answer.

use axum::body::Body;
use hokan_domain::ids::ItemId;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    fake::{label, place},
    flow::{registered, scan},
    phone::{Phone, event},
};

/// Valid by its check digit, made up for tests.
pub(crate) const PERSONAL_NUMBER: &str = "123456789018";

fn registration() -> Value {
    json!({ "event_id": event(9), "scan": scan(3), "kind": "ssd", "title": "SSD" })
}

fn changed(path: &[&str], value: Value) -> Value {
    let mut body = registration();
    let mut at = &mut body;
    for key in path {
        at = &mut at[*key];
    }
    *at = value;
    body
}

#[tokio::test]
async fn every_wrong_field_is_named() {
    let phone = Phone::alone();
    let code = label(3).as_str().to_owned();
    let mistyped = format!("{}{}", if code.starts_with('7') { '8' } else { '7' }, &code[1..]);
    let cases: Vec<(Value, u16, &str, &str)> = vec![
        (json!({}), 422, "bad-request-body", "event_id"),
        (changed(&["event_id"], json!("7")), 422, "bad-request-body", "event_id"),
        (changed(&["event_id"], json!(ItemId(Uuid::nil()))), 422, "bad-request-body", "event_id"),
        (changed(&["scan"], json!(code)), 422, "bad-request-body", "scan"),
        (changed(&["scan", "method"], json!("guess")), 422, "bad-request-body", "scan.method"),
        (changed(&["scan", "method"], Value::Null), 422, "bad-request-body", "scan.method"),
        (changed(&["scan", "extra"], json!(1)), 422, "bad-request-body", "scan.extra"),
        (changed(&["scan", "code"], json!("ABC")), 400, "label-code-length", "scan.code"),
        (changed(&["scan", "code"], json!("U23456789ABC")), 400, "label-code-character", "scan.code"),
        (changed(&["scan", "code"], json!(mistyped)), 400, "label-check-failed", "scan.code"),
        (changed(&["scan", "code"], json!(label(77))), 404, "unknown-label", "scan.code"),
        (changed(&["kind"], json!("floppy")), 422, "bad-request-body", "kind"),
        (changed(&["title"], json!(5)), 422, "bad-request-body", "title"),
        (changed(&["title"], json!(["SSD"])), 422, "bad-request-body", "title"),
        (changed(&["title"], json!(" \u{3000}")), 422, "text-empty", "title"),
        (changed(&["title"], json!("a\u{7}b")), 422, "text-control-character", "title"),
        (changed(&["title"], json!("a\nb")), 422, "text-control-character", "title"),
        (changed(&["title"], json!("長".repeat(201))), 422, "text-too-long", "title"),
        (
            changed(&["title"], json!(format!("住民 {PERSONAL_NUMBER}"))),
            422,
            "personal-number-in-text",
            "title",
        ),
        (changed(&["serial"], json!("1234-5678-9018")), 422, "personal-number-in-text", "serial"),
        (changed(&["contents"], json!({})), 422, "bad-request-body", "contents"),
        (changed(&["contents"], json!([1])), 422, "bad-request-body", "contents[0]"),
        (changed(&["contents"], json!(vec![json!({}); 51])), 422, "bad-request-body", "contents"),
        (
            changed(&["contents"], json!([{ "category": "personal" }, { "category": "secret" }])),
            422,
            "bad-request-body",
            "contents[1].category",
        ),
        (
            changed(&["contents"], json!([{ "category": "personal", "records": -1 }])),
            422,
            "bad-request-body",
            "contents[0].records",
        ),
        (
            changed(&["contents"], json!([{ "category": "personal", "records": 9_007_199_254_740_992_u64 }])),
            422,
            "bad-request-body",
            "contents[0].records",
        ),
        (
            changed(&["contents"], json!([{ "category": "personal", "recorded_on": "2026-02-30" }])),
            422,
            "bad-request-body",
            "contents[0].recorded_on",
        ),
        (
            changed(&["contents"], json!([{ "category": "personal", "recorded_on": "2026-2-3" }])),
            422,
            "bad-request-body",
            "contents[0].recorded_on",
        ),
        (
            changed(&["contents"], json!([{ "category": "personal", "purpose": PERSONAL_NUMBER }])),
            422,
            "personal-number-in-text",
            "contents[0].purpose",
        ),
        (changed(&["holder"], json!("me")), 422, "bad-request-body", "holder"),
    ];
    for (body, status, code, field) in cases {
        for lang in ["ja", "en"] {
            let reply = phone.post(&format!("/items?lang={lang}"), &body).await;
            assert!(!reply.text.contains(PERSONAL_NUMBER) && !reply.text.contains("9018"), "{}", reply.text);
            let problem = reply.problem(status, code);
            assert_eq!(problem["field"], field, "{body}");
            let ascii_only = |text: &Value| text.as_str().unwrap().is_ascii();
            if lang == "ja" {
                assert!(!ascii_only(&problem["detail"]) && !ascii_only(&problem["title"]), "{problem}");
            } else if code == "bad-request-body" {
                let detail = problem["detail"].as_str().unwrap().replace(['“', '”'], "");
                assert!(detail.is_ascii() && detail.contains(field), "{detail}");
            }
        }
    }
    phone.post("/items", &registration()).await.ok();
}

#[tokio::test]
async fn nothing_that_was_sent_is_repeated() {
    let phone = Phone::alone();
    for body in [
        changed(&["title"], json!(123_456_789_018_u64)),
        changed(&["kind"], json!(PERSONAL_NUMBER)),
        changed(&["event_id"], json!(PERSONAL_NUMBER)),
        changed(&["scan", "code"], json!(PERSONAL_NUMBER)),
        changed(&["scan", "method"], json!({ PERSONAL_NUMBER: PERSONAL_NUMBER })),
        changed(&[PERSONAL_NUMBER], json!(1)),
        changed(&["contents"], json!([PERSONAL_NUMBER])),
    ] {
        let reply = phone.post("/items?lang=en", &body).await;
        assert!(reply.status.is_client_error() && !reply.text.contains(PERSONAL_NUMBER), "{}", reply.text);
    }
    let twice = format!("{{\"{PERSONAL_NUMBER}\":1,\"{PERSONAL_NUMBER}\":2}}");
    for body in
        [twice, format!("{{\"title\": {PERSONAL_NUMBER} {PERSONAL_NUMBER}}}"), PERSONAL_NUMBER.to_owned()]
    {
        let reply = phone.post_text("/items?lang=en", body).await;
        assert!(reply.status.is_client_error() && !reply.text.contains(PERSONAL_NUMBER), "{}", reply.text);
    }
    let reply = phone.get(&format!("/labels/{PERSONAL_NUMBER}")).await;
    assert!(!reply.text.contains(PERSONAL_NUMBER));
    reply.problem(400, "label-check-failed");
}

#[tokio::test]
async fn a_key_that_is_given_twice_is_no_choice() {
    let body = registration().to_string().replacen('{', "{\"title\":\"other\",", 1);
    let problem = Phone::alone().post_text("/items?lang=en", body).await.problem(422, "bad-request-body");
    assert_eq!(problem["detail"], "“title” is given twice. Give it once.");
    assert_eq!(problem["field"], "title");
}

#[tokio::test]
async fn what_is_not_json_is_told_where() {
    let phone = Phone::alone();
    let deep = "[".repeat(100_000);
    let cases: [&[u8]; 9] =
        [b"", b"{", b"nul", b"{\"a\":1,}", b"{} {}", b"\"\\ud800\"", b"{\"a\":1e999}", b"'", deep.as_bytes()];
    for body in cases {
        phone.post_text("/items", body.to_vec()).await.problem(400, "malformed-json");
    }
    let problem = phone.post_text("/items?lang=en", "{\n  \"a\": x}").await.problem(400, "malformed-json");
    assert!(problem["detail"].as_str().unwrap().contains("line 2, column 8"), "{problem}");
    let not_utf8 = phone.post_text("/items", b"{\"title\":\"\xff\"}".to_vec()).await;
    not_utf8.problem(400, "malformed-json");
    for body in ["[]", "7", "\"\"", "null"] {
        let problem = phone.post_text("/items", body).await.problem(422, "bad-request-body");
        assert!(problem.get("field").is_none());
    }
}

#[tokio::test]
async fn only_json_is_taken_for_json() {
    let phone = Phone::alone();
    let body = registration().to_string();
    phone.send("POST", "/items", body.clone()).await.problem(415, "unsupported-media-type");
    for media_type in
        ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/json", ";"]
    {
        let phone = phone.clone().with("content-type", media_type);
        phone.send("POST", "/items", body.clone()).await.problem(415, "unsupported-media-type");
    }
    phone.with("content-type", "Application/Problem+JSON ;a=b").send("POST", "/items", body).await.ok();
}

#[tokio::test]
async fn bodies_are_bounded_whether_announced_or_not() {
    let phone = Phone::alone();
    let big = format!("{{\"title\":\"{}\"}}", "a".repeat(300 * 1024));
    let problem = phone.post_text("/items?lang=en", big).await.problem(413, "body-too-large");
    assert!(problem["detail"].as_str().unwrap().contains("256 KB"));
    let announced = phone.clone().with("content-length", "99999999999");
    announced.post_text("/items", "{}").await.problem(413, "body-too-large");
    // Without a length in the header, piece by piece.
    let pieces = std::iter::repeat_n(Ok::<_, std::convert::Infallible>(vec![b' '; 65_536]), 64);
    let unannounced = Body::from_stream(futures_util::stream::iter(pieces));
    phone.post_text("/sign-in", unannounced).await.problem(413, "body-too-large");
}

/// Whatever a body is turned into, the answer is a problem that the sender can do something about.
#[tokio::test]
async fn no_body_makes_the_server_stumble() {
    let phone = Phone::alone();
    let item = registered(&phone, event(1)).await;
    let acts = format!("/items/{item}/acts");
    let observation = json!({
        "event_id": event(2), "device_seq": 1, "occurred_at": "2026-04-01T09:00:00Z", "scan": scan(1),
        "observed": "put-away", "home": place(),
    });
    let batch = json!({ "device": Uuid::from_u128(7), "observations": [observation] });
    let offer =
        json!({ "event_id": event(3), "act": "offer", "to": "any-handler", "note": "x", "scan": scan(1) });
    let contents = json!([{ "category": "personal", "records": 1, "recorded_on": "2026-04-01" }]);
    let register = changed(&["contents"], contents);
    for (path, body) in [("/items", register), (acts.as_str(), offer), ("/observations", batch)] {
        let text = body.to_string();
        for end in 0..text.len() {
            phone.post_text(path, text[..end].to_owned()).await.problem(400, "malformed-json");
        }
        for odd in ["null", "true", "-1", "1e300", "\"\"", "\"\\u0000\"", "{}", "[]", "[[{}]]", "\"９９\""]
        {
            // Every value in its turn; the keys stay as they are.
            for (at, _) in text.match_indices(':') {
                let rest = &text[at + 1..];
                let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
                let Some(Ok(_)) = values.next() else { continue };
                let changed = format!("{}:{odd}{}", &text[..at], &rest[values.byte_offset()..]);
                let reply = phone.post_text(path, changed).await;
                assert!(reply.status.as_u16() < 500, "{}", reply.text);
                reply.json();
            }
        }
    }
}

#[tokio::test]
async fn a_broken_connection_is_told_apart() {
    let pieces = [Ok(&b"{"[..]), Err(std::io::Error::other("connection reset"))];
    let broken = Body::from_stream(futures_util::stream::iter(pieces));
    Phone::alone().post_text("/items", broken).await.problem(400, "body-incomplete");
}

#[tokio::test]
async fn acts_need_their_own_fields_and_no_others() {
    let phone = Phone::alone();
    let item = registered(&phone, event(1)).await;
    let url = format!("/items/{item}/acts?lang=en");
    let hand_over = format!("hov_{:032x}", 1);
    let cases = [
        (json!({ "act": "fly" }), "act"),
        (json!({}), "act"),
        (json!({ "act": "offer" }), "to"),
        (json!({ "act": "offer", "to": "somebody" }), "to"),
        (json!({ "act": "offer", "to": format!("itm_{:032x}", 1) }), "to"),
        (json!({ "act": "offer", "to": "any-handler", "hand_over": hand_over }), "hand_over"),
        (json!({ "act": "accept", "scan": scan(1) }), "hand_over"),
        (json!({ "act": "accept", "hand_over": hand_over }), "scan"),
        (json!({ "act": "withdraw", "hand_over": hand_over, "note": "x" }), "note"),
        (json!({ "act": "put-away", "scan": scan(1) }), "home"),
        (json!({ "act": "put-away", "scan": scan(1), "home": "here" }), "home"),
        (json!({ "act": "put-away", "scan": scan(1), "home": place(), "home_code": label(2) }), "home"),
        (json!({ "act": "take-out" }), "scan"),
        (json!({ "act": "replace-label", "code": label(2), "reason": "ugly" }), "reason"),
        (json!({ "act": "record-contents", "contents": {} }), "contents.category"),
    ];
    for (mut body, field) in cases {
        body["event_id"] = json!(event(20));
        let problem = phone.post(&url, &body).await.problem(422, "bad-request-body");
        assert_eq!(problem["field"], field, "{body}: {problem}");
    }
    let unknown = json!({ "event_id": event(21), "act": "offer", "to": format!("per_{:032x}", 77) });
    assert_eq!(phone.post(&url, &unknown).await.problem(422, "unknown-reference")["field"], "to");
    let blank = json!({ "event_id": event(22), "act": "offer", "to": "any-handler", "note": " " });
    phone.post(&url, &blank).await.ok();
}

#[tokio::test]
async fn addresses_that_name_nothing_are_not_found() {
    let phone = Phone::alone();
    let unknown = format!("/items/itm_{:032x}", 404);
    for path in
        ["", "/nowhere", "/nowhere/", "/items/7", "/items/%ff", "/items/itm_x/history", "/labels", &unknown]
    {
        phone.get(path).await.problem(404, "not-found");
    }
    let act = json!({ "event_id": event(1), "act": "take-out", "scan": scan(1) });
    phone.post(&format!("{unknown}/acts"), &act).await.problem(404, "not-found");
    phone.get(&format!("/labels/{}", label(77))).await.problem(404, "unknown-label");
    assert_eq!(phone.get("/labels/short").await.problem(400, "label-code-length")["field"], "code");
    phone.get("/labels/%E3%81%82%00").await.problem(400, "label-code-character");
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_ones() {
    let phone = Phone::alone();
    for (method, path, allowed) in
        [("DELETE", "/me", "GET,HEAD"), ("GET", "/photo", "POST"), ("PUT", "/items", "POST")]
    {
        let reply = phone.send(method, path, Body::empty()).await;
        assert_eq!(reply.headers["allow"], allowed);
        reply.problem(405, "http-method-not-allowed");
    }
}

#[tokio::test]
async fn a_fault_shows_a_number_and_no_cause() {
    let reply = Phone::alone().post("/items", &changed(&["title"], json!("fault"))).await;
    assert!(!reply.text.contains("secret"), "{}", reply.text);
    let problem = reply.problem(500, "internal");
    let incident = problem["incident"].as_str().unwrap();
    assert!(incident.starts_with("flt_") && problem["detail"].as_str().unwrap().contains(incident));
}
