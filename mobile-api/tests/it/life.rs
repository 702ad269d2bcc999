//! What an item goes through between its registration and its end.

use hokan_domain::ids::ItemId;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    fake::{CONTAINER_LABEL, PLACE_LABEL, SATO, SUZUKI, TANAKA, YAMADA, division, label, person, place},
    files::{JPEG, sent},
    flow::{registered, scan},
    phone::{Phone, Reply, event, server},
};

struct People {
    sato: Phone,
    suzuki: Phone,
    tanaka: Phone,
    yamada: Phone,
    item: ItemId,
}

async fn people() -> People {
    let server = server();
    let [sato, suzuki, tanaka, yamada] =
        [SATO, SUZUKI, TANAKA, YAMADA].map(|number| Phone::of(&server, number));
    let item = registered(&sato, event(1)).await;
    People { sato, suzuki, tanaka, yamada, item }
}

impl People {
    async fn act(&self, phone: &Phone, number: u128, mut body: Value) -> Reply {
        body["event_id"] = json!(event(number));
        phone.post(&format!("/items/{}/acts?lang=en", self.item), &body).await
    }

    async fn card(&self, phone: &Phone) -> Value {
        phone.get(&format!("/items/{}?lang=en", self.item)).await.ok()
    }
}

#[tokio::test]
async fn a_copy_needs_a_permission_that_somebody_else_grants() {
    let them = people().await;
    let contents = them.card(&them.sato).await["contents"][0]["id"].clone();
    let copy = json!({
        "event_id": event(20), "contents": [contents], "scan": scan(2), "kind": "usb-memory", "title": "複製",
        "protection": { "state": "password-only", "key_apart": false },
    });
    let url = format!("/items/{}/copies?lang=en", them.item);
    let refused = them.sato.post(&url, &copy).await.problem(409, "permission-missing");
    assert!(refused["source"].as_str().unwrap().starts_with("National default"));
    assert_eq!(refused["item"]["id"], json!(them.item), "the item that was to be copied");

    let ask = json!({ "act": "ask", "wanted": "copy", "contents": [contents], "reason": "控え" });
    let asked = them.act(&them.sato, 21, ask).await.ok();
    let request = &asked["item"]["requests"][0];
    assert_eq!(request["what"], json!({ "code": "copy", "name": "Copying" }));
    assert_eq!(request["state"]["code"], "open");
    assert_eq!(request["missing"], json!(["protection officer"]));
    assert_eq!(request["mine_to_decide"], false);
    let inbox = them.yamada.get("/inbox").await.ok();
    assert_eq!(inbox["lines"][0]["url"], format!("/items/{}", them.item));
    assert_eq!(them.suzuki.get("/inbox").await.ok(), json!({ "lines": [] }));

    let approve = json!({ "act": "approve", "request": request["id"] });
    them.act(&them.sato, 22, approve.clone()).await.problem(403, "own-request");
    them.act(&them.tanaka, 23, approve.clone()).await.problem(403, "not-approver");
    let granted = them.act(&them.yamada, 24, approve).await.ok();
    let request = &granted["item"]["requests"][0];
    assert_eq!(request["state"]["code"], "granted");
    assert_eq!(request["given"][0]["by"]["name"], "山田");

    let copied = them.sato.post(&url, &copy).await.ok();
    assert_eq!(copied["item"]["copied_from"], json!(them.item));
    assert_eq!(copied["item"]["protection"]["state"]["code"], "password-only");
    assert_eq!(them.sato.post(&url, &copy).await.ok()["repeated"], true);
    assert_eq!(them.card(&them.sato).await["copies"], json!([copied["item"]["id"]]));
}

#[tokio::test]
async fn an_item_is_destroyed_in_front_of_a_witness() {
    let them = people().await;
    let path = format!("/items/{}/explanation?act=destroy&lang=en", them.item);
    let explained = them.sato.get(&path).await.ok();
    assert_eq!(explained["open"], false);
    assert_eq!(explained["reason"]["code"], "permission-missing");
    assert_eq!(explained["gates"][0]["what"]["code"], "dispose");
    assert_eq!(explained["gates"][0]["missing"], json!(["protection officer"]));
    assert!(explained["gates"][0].get("state").is_none(), "nobody asked");

    let ask = json!({ "act": "ask", "wanted": "dispose", "reason": "保存期間満了", "until": "2026-12-31" });
    let asked = them.act(&them.sato, 30, ask).await.ok();
    let request = asked["item"]["requests"][0]["id"].clone();
    them.act(&them.yamada, 31, json!({ "act": "approve", "request": request })).await.ok();

    let (before, after) = (sent(&them.sato).await, sent(&them.suzuki).await);
    let destroy = |photographs: Value| json!({ "act": "destroy", "method": "shred-flash", "photographs": photographs, "scan": scan(1) });
    them.act(&them.sato, 32, destroy(json!([]))).await.problem(409, "photograph-missing");
    let nowhere = json!([{ "file": format!("fil_{:032x}", 404), "shows": "before" }]);
    let problem = them.act(&them.sato, 33, destroy(nowhere)).await.problem(422, "unknown-reference");
    assert_eq!(problem["field"], "photographs[0].file");
    let destroyed =
        them.act(&them.sato, 34, destroy(json!([{ "file": before, "shows": "before" }]))).await.ok();
    assert_eq!(destroyed["item"]["custody"]["state"], "destroyed");

    let witness = json!({
        "act": "witness", "presence": "on-site", "scan": scan(1),
        "photographs": [{ "file": after, "shows": "after" }],
    });
    them.act(&them.sato, 35, witness.clone()).await.problem(403, "witness-is-operator");
    let witnessed = them.act(&them.suzuki, 36, witness).await.ok();
    let disposal = &witnessed["item"]["disposal"];
    assert_eq!(disposal["ordered"]["by"]["name"], "佐藤");
    assert_eq!(disposal["witnessed"][0]["by"]["name"], "鈴木");
    assert_eq!(disposal["photographs"][0]["file"], json!(before));
    assert_eq!(them.tanaka.get(&format!("/files/{before}")).await.bytes, JPEG);
    let offer = json!({ "act": "put-away", "home": place(), "scan": scan(1) });
    them.act(&them.sato, 37, offer).await.problem(409, "not-current-holder");
}

#[tokio::test]
async fn a_hold_stands_before_every_erasure() {
    let them = people().await;
    let contents = them.card(&them.sato).await["contents"][0]["id"].clone();
    let hold = json!({ "act": "place-hold", "reason": "訴訟" });
    them.act(&them.sato, 40, hold.clone()).await.problem(403, "not-approver");
    let held = them.act(&them.yamada, 41, hold).await.ok();
    assert_eq!(held["item"]["holds"][0]["reason"], "訴訟");
    let erase = json!({
        "act": "erase-contents", "contents": contents, "method": "erase-software", "tool": "X 1.0",
        "verification": "full",
    });
    them.act(&them.sato, 42, erase.clone()).await.problem(409, "on-hold");
    let hold = held["item"]["holds"][0]["id"].clone();
    let lifted =
        them.act(&them.yamada, 43, json!({ "act": "lift-hold", "hold": hold, "reason": "和解" })).await.ok();
    assert_eq!(lifted["item"]["holds"], json!([]));
    let erased = them.act(&them.sato, 44, erase).await.ok();
    assert!(erased["item"]["contents"][0]["erased_at"].is_string());
}

#[tokio::test]
async fn what_is_known_of_an_item_is_recorded_by_acts_of_its_own() {
    let them = people().await;
    let assigned = them.act(&them.sato, 50, json!({ "act": "assign", "division": division() })).await.ok();
    assert_eq!(assigned["item"]["division"]["code"], division().to_string());
    let home = json!({ "act": "designate-home", "home_code": label(PLACE_LABEL) });
    let designated = them.act(&them.sato, 51, home).await.ok();
    assert_eq!(designated["item"]["designated_home"]["id"], place().to_string());
    let no_place = json!({ "act": "designate-home", "home_code": label(CONTAINER_LABEL) });
    let problem = them.act(&them.sato, 52, no_place).await.problem(422, "unknown-reference");
    assert_eq!(problem["field"], "home_code");

    let none = json!({ "act": "record-protection", "state": "none", "key_apart": false });
    let protection = them.act(&them.sato, 53, none).await.ok()["item"]["protection"].clone();
    assert_eq!(protection["state"], json!({ "code": "none", "name": "Not protected" }));
    assert!(protection.get("tool").is_none());
    let faulty = json!({ "act": "check-fault", "faulty": true, "note": "読めない", "scan": scan(1) });
    assert_eq!(them.act(&them.sato, 54, faulty).await.ok()["item"]["condition"]["faulty"], true);

    let lost = them.act(&them.tanaka, 55, json!({ "act": "report-lost", "note": "棚卸しで不明" })).await.ok();
    assert_eq!(lost["item"]["lost"]["by"]["name"], "田中");
    let found = them.act(&them.suzuki, 56, json!({ "act": "report-found", "scan": scan(1) })).await.ok();
    assert!(found["item"].get("lost").is_none());
}

#[tokio::test]
async fn evidence_of_a_life_without_signal_is_taken_in() {
    let them = people().await;
    let photograph = json!([{ "file": sent(&them.sato).await, "shows": "before" }]);
    let observation = |number: u128, observed: &str, more: Value| {
        let mut body = json!({
            "event_id": event(number), "device_seq": number, "occurred_at": "2026-04-01T08:00:00+09:00",
            "scan": scan(1), "observed": observed,
        });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let sent = [
        observation(60, "departed", json!({})),
        observation(61, "returned", json!({ "carry_out": format!("cro_{:032x}", 7) })),
        observation(62, "sanitized", json!({ "method": "erase-software", "verification": "sampled" })),
        observation(63, "fault-reported", json!({ "note": "異音" })),
        observation(64, "fault-checked", json!({ "faulty": false })),
        observation(65, "lost-reported", json!({})),
        observation(66, "found", json!({})),
        observation(67, "destroyed", json!({ "method": "shred-flash", "photographs": photograph })),
        observation(68, "witnessed", json!({ "presence": "photograph" })),
        observation(69, "witnessed", json!({ "presence": "by hearsay" })),
        observation(70, "destroyed", json!({ "method": "shred-flash", "certificate": "7" })),
        observation(71, "fault-checked", json!({})),
    ];
    let batch = json!({ "device": Uuid::from_u128(70), "observations": sent });
    let answers = them.sato.post("/observations", &batch).await.ok();
    let answers = answers["answers"].as_array().unwrap();
    for answer in &answers[..9] {
        assert_ne!(answer["outcome"], "turned-away", "{answer}");
    }
    assert_eq!(answers[0]["discrepancies"][0]["kind"], "departed-without-carry-out");
    assert_eq!(answers[8]["discrepancies"][0]["kind"], "witnessed-by-operator");
    let fields: Vec<_> = answers[9..].iter().map(|answer| &answer["problem"]["field"]).collect();
    assert_eq!(fields, ["presence", "contractor", "faulty"]);

    let card = them.card(&them.yamada).await;
    let open = card["discrepancies"].as_array().unwrap();
    let departed = open.iter().find(|it| it["kind"] == "departed-without-carry-out").unwrap();
    let settle = json!({
        "act": "settle-discrepancy", "finding_event": departed["event_id"],
        "finding_kind": departed["kind"], "reason": "口頭で承認済み",
    });
    them.act(&them.sato, 80, settle.clone()).await.problem(403, "not-approver");
    let settled = them.act(&them.yamada, 81, settle.clone()).await.ok();
    assert_eq!(settled["item"]["discrepancies"].as_array().unwrap().len(), open.len() - 1);
    them.act(&them.yamada, 82, settle).await.problem(409, "discrepancy-settled");
}

#[tokio::test]
async fn new_fields_are_named_where_they_are_wrong() {
    let them = people().await;
    let number = crate::bad_input::PERSONAL_NUMBER;
    let request = format!("req_{:032x}", 1);
    let cases = [
        (json!({ "act": "take-out", "scan": scan(1), "purpose": "Tax!" }), "bad-request-body", "purpose"),
        (
            json!({ "act": "take-out", "scan": scan(1), "purpose": number }),
            "personal-number-in-text",
            "purpose",
        ),
        (json!({ "act": "assign", "division": place() }), "bad-request-body", "division"),
        (json!({ "act": "designate-home" }), "bad-request-body", "home"),
        (json!({ "act": "designate-home", "home": format!("con_{:032x}", 1) }), "bad-request-body", "home"),
        (json!({ "act": "record-protection", "key_apart": true }), "bad-request-body", "state"),
        (
            json!({ "act": "record-protection", "state": "rot13", "key_apart": true }),
            "bad-request-body",
            "state",
        ),
        (
            json!({ "act": "record-protection", "state": "none", "key_apart": "no" }),
            "bad-request-body",
            "key_apart",
        ),
        (
            json!({ "act": "record-protection", "state": "none", "key_apart": false, "tool": "X" }),
            "bad-request-body",
            "tool",
        ),
        (
            json!({ "act": "record-protection", "state": "encrypted", "tool": "X", "key_apart": true }),
            "bad-request-body",
            "algorithm",
        ),
        (json!({ "act": "ask", "wanted": "leave", "reason": "x" }), "bad-request-body", "wanted"),
        (
            json!({ "act": "ask", "wanted": "copy", "contents": [], "reason": "x" }),
            "bad-request-body",
            "contents",
        ),
        (
            json!({ "act": "ask", "wanted": "copy", "contents": [request], "reason": "x" }),
            "bad-request-body",
            "contents[0]",
        ),
        (json!({ "act": "ask", "wanted": "dispose", "reason": " " }), "text-empty", "reason"),
        (json!({ "act": "ask", "wanted": "dispose", "reason": number }), "personal-number-in-text", "reason"),
        (
            json!({ "act": "ask", "wanted": "dispose", "reason": "長".repeat(1_001) }),
            "text-too-long",
            "reason",
        ),
        (
            json!({ "act": "ask", "wanted": "handle", "person": person(77), "reason": "x" }),
            "unknown-reference",
            "person",
        ),
        (json!({ "act": "approve", "request": request, "reason": "x" }), "bad-request-body", "reason"),
        (json!({ "act": "turn-down", "request": request }), "bad-request-body", "reason"),
        (
            json!({ "act": "sanitize", "method": "overwrite", "verification": "hoped", "scan": scan(1) }),
            "bad-request-body",
            "verification",
        ),
        (
            json!({ "act": "destroy", "method": "shred-flash", "certificate": "7", "scan": scan(1) }),
            "bad-request-body",
            "contractor",
        ),
        (
            json!({ "act": "destroy", "method": "shred-flash", "photographs": vec![json!({}); 21] }),
            "bad-request-body",
            "photographs",
        ),
        (
            json!({ "act": "witness", "presence": "on-site", "photographs": [{ "file": request }] }),
            "bad-request-body",
            "photographs[0].file",
        ),
        (
            json!({ "act": "settle-discrepancy", "finding_event": event(1), "finding_kind": "odd", "reason": "x" }),
            "bad-request-body",
            "finding_kind",
        ),
    ];
    for (body, code, field) in cases {
        let reply = them.act(&them.sato, 90, body.clone()).await;
        assert!(!reply.text.contains(number), "{}", reply.text);
        assert_eq!(reply.problem(422, code)["field"], field, "{body}");
    }
    let path = format!("/items/{}/explanation", them.item);
    for query in ["", "?act=", "?act=fly", "?lang=en"] {
        let problem = them.sato.get(&format!("{path}{query}")).await.problem(422, "bad-request-body");
        assert_eq!(problem["field"], "act");
    }
}
