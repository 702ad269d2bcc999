//! A carry-out from its request to its end, in a container with a numbered lock.

use serde_json::{Value, json};

use crate::{
    bad_input::PERSONAL_NUMBER,
    fake::{CONTAINER_LABEL, SATO, SUZUKI, YAMADA, container, label},
    flow::{registered, scan},
    phone::{Phone, event, server},
};

fn plan(item: &Value) -> Value {
    json!({
        "items": [item], "direction": "outside", "channel": "hand", "counterparty": "県税事務所",
        "due_back": "2026-04-03", "container": container(),
        "instead": [{ "measure": "traceable", "reason": "職員が直接持参するため" }],
    })
}

#[tokio::test]
async fn what_leaves_was_approved_packed_and_locked_and_comes_back() {
    let server = server();
    let [sato, suzuki, yamada] = [SATO, SUZUKI, YAMADA].map(|number| Phone::of(&server, number));
    let item = json!(registered(&sato, event(1)).await);
    let body = json!({ "event_id": event(2), "plan": plan(&item) });
    let asked = sato.post("/carry-outs?lang=en", &body).await.ok();
    let carry_out = asked["carry_out"]["id"].as_str().unwrap().to_owned();
    assert_eq!(carry_out, format!("cro_{}", event(2).0.simple()), "it bears the id of its request");
    assert_eq!(asked["carry_out"]["state"], json!({ "code": "requested", "name": "Requested" }));
    assert_eq!(
        asked["carry_out"]["plan"]["channel"],
        json!({ "code": "hand", "name": "Carried by a person" })
    );
    assert_eq!(sato.post("/carry-outs", &body).await.ok()["repeated"], true);

    let url = format!("/carry-outs/{carry_out}/acts?lang=en");
    let depart = json!({ "act": "depart", "scan": { "code": label(CONTAINER_LABEL), "method": "camera" } });
    let act = |number: u128, mut body: Value| {
        body["event_id"] = json!(event(number));
        body
    };
    let refused = sato.post(&url, &act(3, depart.clone())).await.problem(409, "not-ready");
    let missing: Vec<_> = refused["missing"].as_array().unwrap().iter().map(|it| &it["code"]).collect();
    assert_eq!(missing, ["approval", "packed", "locked"]);
    assert_eq!(refused["missing"][0]["name"], "approval by protection officer");
    assert!(refused["missing"][0]["source"].as_str().unwrap().contains("別添1 2B"));
    let view = sato.get(&format!("/carry-outs/{carry_out}?lang=en")).await.ok();
    let step = |view: &Value, act: &str| {
        view["steps"].as_array().unwrap().iter().find(|step| step["act"]["code"] == act).unwrap().clone()
    };
    assert_eq!(step(&view, "approve")["stage"], "next");
    assert_eq!(step(&view, "approve")["approvals"][0]["missing"], json!(["protection officer"]));
    assert_eq!(step(&view, "depart")["missing"], refused["missing"], "a page says what the decision says");

    let lines = yamada.get("/carry-outs").await.ok();
    assert_eq!(lines["carry_outs"][0]["mine_to_decide"], true);
    sato.post(&url, &act(4, json!({ "act": "approve" }))).await.problem(403, "own-request");
    let granted = yamada.post(&url, &act(5, json!({ "act": "approve", "note": "気をつけて" }))).await.ok();
    assert_eq!(granted["carry_out"]["state"]["code"], "granted");
    assert_eq!(step(&granted["carry_out"], "approve")["approvals"][0]["given"][0]["note"], "気をつけて");

    let put_away = json!({ "event_id": event(6), "act": "put-away", "home": container(), "scan": scan(1) });
    sato.post(&format!("/items/{}/acts", item.as_str().unwrap()), &put_away).await.ok();
    let container_url = format!("/containers/{}/acts?lang=en", container());
    let lock = json!({
        "event_id": event(7), "act": "lock", "number": "A-0417", "carry_out": carry_out,
        "scan": { "code": label(CONTAINER_LABEL), "method": "camera" },
    });
    let locked = sato.post(&container_url, &lock).await.ok();
    assert_eq!(locked["container"]["locked"]["number"], "A-0417");
    assert_eq!(locked["container"]["items"][0]["id"], item);
    assert_eq!(locked["container"]["carry_out"], carry_out);
    let departed = sato.post(&url, &act(8, depart)).await.ok();
    assert_eq!(departed["carry_out"]["lock"], "A-0417");
    assert_eq!(departed["carry_out"]["load"]["quantity"], 1);
    assert_eq!(departed["carry_out"]["out"][0]["custody"]["state"], "out");
    assert_eq!(departed["carry_out"]["out"][0]["custody"]["carry_out"], carry_out);

    let arrive = json!({ "act": "arrive", "lock_seen": "a-0418", "receipt": "県税 田口" });
    let arrived = suzuki.post(&url, &act(9, arrive)).await.ok();
    assert_eq!(arrived["carry_out"]["lock_matches"], false, "evidence, no reason to refuse");
    let unpack = json!({
        "act": "unpack", "found": [scan(1)], "more_to_come": false,
        "opened": { "number_seen": "A-0417", "scan": { "code": label(CONTAINER_LABEL), "method": "photo" } },
    });
    let back = suzuki.post(&url, &act(10, unpack)).await.ok();
    assert_eq!(back["carry_out"]["state"]["code"], "returned");
    let closed = suzuki.post(&url, &act(11, json!({ "act": "close" }))).await.ok();
    assert_eq!(closed["carry_out"]["ended"]["by"]["name"], "鈴木");
    assert_eq!(sato.get("/carry-outs").await.ok(), json!({ "carry_outs": [] }));
    let all = sato.get("/carry-outs?show=all&lang=en").await.ok();
    assert_eq!(all["carry_outs"][0]["state"]["name"], "Closed");
}

#[tokio::test]
async fn a_changed_plan_keeps_what_stays_the_same() {
    let server = server();
    let [sato, yamada] = [SATO, YAMADA].map(|number| Phone::of(&server, number));
    let item = json!(registered(&sato, event(1)).await);
    let body = json!({ "event_id": event(2), "plan": plan(&item) });
    let asked = sato.post("/carry-outs", &body).await.ok();
    let url = format!("/carry-outs/{}/acts", asked["carry_out"]["id"].as_str().unwrap());
    yamada.post(&url, &json!({ "event_id": event(3), "act": "approve" })).await.ok();
    let mut changed = plan(&item);
    changed["tracking"] = json!("1234-5678");
    let amend = json!({ "event_id": event(4), "act": "amend", "plan": changed });
    let amended = sato.post(&url, &amend).await.ok();
    assert_eq!(amended["carry_out"]["state"]["code"], "granted");
    changed["counterparty"] = json!("別の相手");
    let amend = json!({ "event_id": event(5), "act": "amend", "plan": changed });
    let amended = sato.post(&url, &amend).await.ok();
    assert_eq!(amended["carry_out"]["state"]["code"], "requested");
}

#[tokio::test]
async fn a_container_opens_for_whoever_sees_its_lock() {
    let phone = Phone::alone();
    let url = format!("/containers/{}/acts", container());
    let label = json!({ "code": label(CONTAINER_LABEL), "method": "camera" });
    let lock = json!({ "event_id": event(1), "act": "lock", "number": "7", "scan": label });
    phone.post(&url, &lock).await.problem(409, "container-empty");
    let open = json!({ "event_id": event(2), "act": "open", "number_seen": "7", "scan": label });
    phone.post(&url, &open).await.problem(409, "container-not-locked");
    let item = registered(&phone, event(3)).await;
    let put_away = json!({ "event_id": event(4), "act": "put-away", "home": container(), "scan": scan(1) });
    phone.post(&format!("/items/{item}/acts"), &put_away).await.ok();
    phone.post(&url, &lock).await.ok();
    let other = json!({ "event_id": event(5), "act": "open", "number_seen": "8", "scan": label });
    let opened = phone.post(&url, &other).await.ok();
    assert_eq!(opened["matches"], false);
    assert!(opened["container"].get("locked").is_none());
    let shown = phone.get(&format!("/containers/{}", container())).await.ok();
    assert_eq!(shown["items"][0]["id"], json!(item));
    phone.get(&format!("/containers/con_{:032x}", 404)).await.problem(404, "not-found");
    let long = "1".repeat(41);
    for (number, code) in [
        ("", "bad-request-body"),
        ("錠", "bad-request-body"),
        (long.as_str(), "bad-request-body"),
        (PERSONAL_NUMBER, "personal-number-in-text"),
    ] {
        let lock = json!({ "event_id": event(6), "act": "lock", "number": number, "scan": label });
        assert_eq!(phone.post(&url, &lock).await.problem(422, code)["field"], "number");
    }
}

#[tokio::test]
async fn plans_are_read_to_the_last_field() {
    let phone = Phone::alone();
    let item = json!(registered(&phone, event(1)).await);
    let cases = [
        ("items", json!([]), "bad-request-body", "plan.items"),
        ("items", json!(vec![item.clone(); 201]), "bad-request-body", "plan.items"),
        ("items", json!([format!("itm_{:032x}", 404)]), "unknown-reference", "plan.items[0]"),
        ("direction", json!("up"), "bad-request-body", "plan.direction"),
        ("channel", json!(null), "bad-request-body", "plan.channel"),
        ("ground", json!("第1号"), "bad-request-body", "plan.ground"),
        ("counterparty", json!(PERSONAL_NUMBER), "personal-number-in-text", "plan.counterparty"),
        ("tracking", json!("9".repeat(101)), "text-too-long", "plan.tracking"),
        ("legal_ground", json!("9".repeat(21)), "text-too-long", "plan.legal_ground"),
        ("due_back", json!("tomorrow"), "bad-request-body", "plan.due_back"),
        ("for_good", json!("yes"), "bad-request-body", "plan.for_good"),
        (
            "instead",
            json!([{ "measure": "hope", "reason": "x" }]),
            "bad-request-body",
            "plan.instead[0].measure",
        ),
        ("instead", json!([{ "measure": "sealed" }]), "bad-request-body", "plan.instead[0].reason"),
        ("odd", json!(1), "bad-request-body", "plan.odd"),
    ];
    for (field, value, code, named) in cases {
        let mut plan = plan(&item);
        plan[field] = value;
        let reply = phone.post("/carry-outs", &json!({ "event_id": event(2), "plan": plan })).await;
        assert!(!reply.text.contains(PERSONAL_NUMBER));
        assert_eq!(reply.problem(422, code)["field"], named);
    }
    let problem = phone.get("/carry-outs?show=mine").await.problem(422, "bad-request-body");
    assert_eq!(problem["field"], "show");
    let request = json!({ "event_id": event(3), "act": "request", "plan": plan(&item) });
    let path = format!("/carry-outs/cro_{:032x}/acts", 404);
    assert_eq!(phone.post(&path, &request).await.problem(422, "bad-request-body")["field"], "act");
    let close = json!({ "event_id": event(3), "act": "close" });
    phone.post(&path, &close).await.problem(404, "not-found");
    phone.get(&format!("/carry-outs/itm_{:032x}", 404)).await.problem(404, "not-found");
}
