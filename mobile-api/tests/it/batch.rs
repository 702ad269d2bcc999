//! What phones bring home from where there was no signal.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    bad_input::PERSONAL_NUMBER,
    fake::{SATO, SUZUKI, label, place},
    flow::{registered, scan},
    phone::{Phone, event, server},
};

fn observation(number: u128, observed: &str) -> Value {
    json!({
        "event_id": event(number), "device_seq": number, "occurred_at": "2026-04-01T08:00:00+09:00",
        "scan": scan(1), "observed": observed,
    })
}

fn with(mut observation: Value, key: &str, value: Value) -> Value {
    observation[key] = value;
    observation
}

fn batch(observations: &[Value]) -> Value {
    json!({ "device": Uuid::from_u128(70), "observations": observations })
}

#[tokio::test]
async fn a_bad_observation_spoils_no_other() {
    let server = server();
    registered(&Phone::of(&server, SATO), event(1)).await;
    let phone = Phone::of(&server, SUZUKI);
    let later = |number, observed| {
        with(observation(number, observed), "occurred_at", json!("2026-04-01T09:00:01+09:00"))
    };
    let unreadable = |number, key: &str, value| with(observation(number, "seen"), key, value);
    let sent = [
        observation(100, "seen"),
        json!(7),
        unreadable(101, "device_seq", json!("one")),
        unreadable(102, "occurred_at", json!("yesterday")),
        unreadable(103, "occurred_at", json!("2026-04-01T08:00:00")),
        unreadable(104, "scan", json!({ "code": "0000", "method": "camera" })),
        unreadable(105, "to", json!("any-handler")),
        unreadable(106, "observed", json!("eaten")),
        unreadable(107, "event_id", json!(7)),
        unreadable(108, "scan", scan(77)),
        with(observation(109, "put-away"), "home", json!(format!("plc_{:032x}", 404))),
        with(later(110, "refused"), "note", json!(format!("{PERSONAL_NUMBER} さん"))),
        with(later(111, "refused"), "note", json!("")),
        later(112, "accepted"),
        observation(100, "seen"),
        observation(100, "taken-out"),
    ];
    let answers = phone.post("/observations?lang=en", &batch(&sent)).await.ok();
    assert!(!answers.to_string().contains(PERSONAL_NUMBER));
    let answers = answers["answers"].as_array().unwrap();
    let seen: Vec<(&str, &str, bool)> = answers
        .iter()
        .map(|answer| {
            let problem = answer["problem"]["code"].as_str().unwrap_or_default();
            (answer["outcome"].as_str().unwrap(), problem, answer["event_id"].is_string())
        })
        .collect();
    let away = "turned-away";
    assert_eq!(
        seen,
        [
            ("recorded", "", true),
            (away, "bad-request-body", false),
            (away, "bad-request-body", true),
            (away, "bad-request-body", true),
            (away, "bad-request-body", true),
            (away, "label-code-length", true),
            (away, "bad-request-body", true),
            (away, "bad-request-body", true),
            (away, "bad-request-body", false),
            (away, "unknown-label", true),
            (away, "unknown-reference", true),
            (away, "personal-number-in-text", true),
            ("recorded", "", true),
            ("recorded-with-discrepancy", "", true),
            ("already-recorded", "", true),
            (away, "event-id-reused", true),
        ]
    );
    assert_eq!(answers[2]["problem"]["field"], "device_seq");
    assert_eq!(answers[5]["problem"]["field"], "scan.code");
    assert_eq!(answers[13]["discrepancies"][0]["kind"], "accepted-without-offer");
    assert_eq!(answers[0]["seq"], answers[14]["seq"]);
}

#[tokio::test]
async fn what_is_broken_inside_an_observation_stays_inside() {
    let phone = Phone::alone();
    registered(&phone, event(1)).await;
    let good = observation(100, "seen").to_string();
    let half_pair = with(observation(101, "refused"), "note", json!("@")).to_string().replace('@', "\\ud83d");
    let too_deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    let twice = observation(102, "seen").to_string().replacen('{', "{\"device_seq\":9,", 1);
    let device = Uuid::from_u128(70);
    let body =
        format!("{{\"observations\":[{half_pair},{too_deep},{twice},{good}],\"device\":\"{device}\"}}");
    let answers = phone.post_text("/observations", body).await.ok();
    let codes: Vec<_> =
        (0..4).map(|index| answers["answers"][index]["problem"]["code"].as_str().unwrap_or("none")).collect();
    assert_eq!(codes, ["malformed-json", "malformed-json", "bad-request-body", "none"]);
    assert_eq!(answers["answers"][3]["outcome"], "recorded");
}

#[tokio::test]
async fn a_batch_may_be_empty_or_full_but_not_fuller() {
    let phone = Phone::alone();
    registered(&phone, event(1)).await;
    assert_eq!(phone.post("/observations", &batch(&[])).await.ok(), json!({ "answers": [] }));
    let many: Vec<_> = (0..501).map(|number| observation(1000 + number, "seen")).collect();
    let full = phone.post("/observations", &batch(&many[..500])).await.ok();
    let answers = full["answers"].as_array().unwrap();
    assert_eq!(answers.len(), 500);
    for (answer, sent) in answers.iter().zip(&many) {
        assert_eq!((&answer["outcome"], &answer["event_id"]), (&json!("recorded"), &sent["event_id"]));
    }
    let problem = phone.post("/observations", &batch(&many)).await.problem(413, "batch-too-large");
    assert_eq!(problem["field"], "observations");
}

#[tokio::test]
async fn the_envelope_itself_must_be_right() {
    let phone = Phone::alone();
    let device = json!(Uuid::from_u128(70));
    for (body, field) in [
        (json!({ "observations": [] }), "device"),
        (json!({ "device": device }), "observations"),
        (json!({ "device": device, "observations": {} }), "observations"),
        (json!({ "device": device, "observations": null }), "observations"),
        (json!({ "device": place(), "observations": [] }), "device"),
        (json!({ "device": device, "observations": [], "extra": label(1) }), "extra"),
    ] {
        let problem = phone.post("/observations", &body).await.problem(422, "bad-request-body");
        assert_eq!(problem["field"], field);
    }
    let twice = format!("{{\"device\":{device},\"observations\":[],\"observations\":[]}}");
    phone.post_text("/observations", twice).await.problem(422, "bad-request-body");
    phone.post_text("/observations", "[]").await.problem(422, "bad-request-body");
    phone.post_text("/observations", "{\"observations\":[}").await.problem(400, "malformed-json");
}
