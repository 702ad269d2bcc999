//! An incident from its report to its end.

use serde_json::{Value, json};

use crate::{
    bad_input::PERSONAL_NUMBER,
    fake::{SATO, TANAKA, YAMADA},
    flow::registered,
    phone::{Phone, event, server},
};

#[tokio::test]
async fn an_incident_closes_only_with_what_the_regulation_asks_for() {
    let server = server();
    let [sato, tanaka, yamada] = [SATO, TANAKA, YAMADA].map(|number| Phone::of(&server, number));
    let item = registered(&sato, event(1)).await;
    let report = json!({
        "event_id": event(2), "kind": "loss", "gravity": "incident", "content": "庁用車内に置き忘れ\n調査中",
        "items": [item],
    });
    let opened = tanaka.post("/incidents?lang=en", &report).await.ok();
    let incident = opened["incident"]["id"].as_str().unwrap().to_owned();
    assert_eq!(incident, format!("inc_{}", event(2).0.simple()));
    assert_eq!(opened["incident"]["headline"], "At that moment: encrypted (all 1, keys kept apart)");
    assert_eq!(opened["incident"]["items"][0]["was_encrypted"], true);
    assert_eq!(tanaka.post("/incidents", &report).await.ok()["repeated"], true);

    let chain = opened["incident"]["chain"].as_array().unwrap();
    let steps: Vec<_> = chain.iter().map(|step| &step["step"]["code"]).collect();
    assert_eq!(steps, ["to-officer", "to-general-officer", "ppc-prompt"]);
    assert_eq!(chain[0]["to"], "protection officer");
    assert_eq!((&chain[0]["mine_to_tell"], &chain[1]["mine_to_tell"]), (&json!(true), &json!(false)));
    assert!(chain[0]["source"].as_str().unwrap().contains("別添2 2A"));

    let url = format!("/incidents/{incident}/acts?lang=en");
    let act = |number: u128, mut body: Value| {
        body["event_id"] = json!(event(number));
        body
    };
    let told =
        tanaka.post(&url, &act(3, json!({ "act": "tell", "step": "to-officer", "note": "電話" }))).await.ok();
    assert_eq!(told["incident"]["chain"][0]["told"]["by"]["name"], "田中");
    assert_eq!(told["incident"]["chain"][0]["told"]["text"], "電話");
    tanaka
        .post(&url, &act(4, json!({ "act": "tell", "step": "to-general-officer" })))
        .await
        .problem(403, "role-missing");
    yamada.post(&url, &act(5, json!({ "act": "tell", "step": "to-general-officer" }))).await.ok();
    tanaka
        .post(&url, &act(6, json!({ "act": "tell", "step": "nowhere" })))
        .await
        .problem(409, "no-such-step");
    sato.post(&url, &act(7, json!({ "act": "state-cause", "cause": "確認不足" }))).await.ok();
    let counted = sato.post(&url, &act(8, json!({ "act": "count", "persons": 120 }))).await.ok();
    assert_eq!(counted["incident"]["affected"], 120);
    assert_eq!(counted["incident"]["cause"], "確認不足");

    let refused = yamada.post(&url, &act(9, json!({ "act": "close" }))).await.problem(409, "not-ready");
    let missing: Vec<_> = refused["missing"].as_array().unwrap().iter().map(|it| &it["which"]).collect();
    assert_eq!(missing, ["damage", "prevention", "ppc-prompt", "protection-officer", "general-officer"]);
    let shown = yamada.get(&format!("/incidents/{incident}?lang=en")).await.ok();
    assert_eq!(shown["closing"]["missing"], refused["missing"]);
    assert_eq!(shown["closing"]["roles"], json!(["protection officer", "general officer"]));
    assert_eq!(shown["closing"]["all"], true);

    let lines = sato.get("/incidents?show=open").await.ok();
    assert_eq!(lines["incidents"][0]["id"], incident);
    assert!(lines["incidents"][0]["next_due"].is_string());
}

#[tokio::test]
async fn reports_are_read_to_the_last_field() {
    let phone = Phone::alone();
    let cases = [
        ("kind", json!("fire"), "bad-request-body", "kind"),
        ("gravity", json!(null), "bad-request-body", "gravity"),
        ("known_on", json!("2026-4-1"), "bad-request-body", "known_on"),
        ("attack", json!(1), "bad-request-body", "attack"),
        ("content", json!(PERSONAL_NUMBER), "personal-number-in-text", "content"),
        ("content", json!("長".repeat(4_001)), "text-too-long", "content"),
        ("items", json!([format!("itm_{:032x}", 404)]), "unknown-reference", "items[0]"),
        ("items", json!(vec!["x"; 201]), "bad-request-body", "items"),
        ("odd", json!(1), "bad-request-body", "odd"),
    ];
    for (field, value, code, named) in cases {
        let mut report = json!({ "event_id": event(1), "kind": "leak", "gravity": "sign" });
        report[field] = value;
        let reply = phone.post("/incidents", &report).await;
        assert!(!reply.text.contains(PERSONAL_NUMBER));
        assert_eq!(reply.problem(422, code)["field"], named);
    }
    let path = format!("/incidents/inc_{:032x}/acts", 404);
    let cases = [
        (json!({ "act": "forget" }), "act"),
        (json!({ "act": "tell", "step": "Who?" }), "step"),
        (json!({ "act": "tell", "step": "to-officer", "at": "noon" }), "at"),
        (json!({ "act": "set-gravity", "gravity": "grave", "attack": true }), "malicious"),
        (json!({ "act": "count", "persons": -1 }), "persons"),
        (json!({ "act": "close", "reason": "x" }), "reason"),
    ];
    for (mut body, field) in cases {
        body["event_id"] = json!(event(2));
        assert_eq!(phone.post(&path, &body).await.problem(422, "bad-request-body")["field"], field);
    }
    phone.get(&format!("/incidents/inc_{:032x}", 404)).await.problem(404, "not-found");
}
