//! What people do with their phones, from the first scan on.

use axum::body::Body;
use hokan_domain::ids::{EventId, ItemId};
use serde_json::{Value, json};

use crate::{
    fake::{PASSWORD, PLACE_LABEL, SATO, SUZUKI, TANAKA, label, person, place},
    phone::{Phone, event, server},
};

pub(crate) fn scan(number: u64) -> Value {
    json!({ "code": label(number), "method": "camera" })
}

/// Registers an item under label 1 and gives its id.
pub(crate) async fn registered(phone: &Phone, act: EventId) -> ItemId {
    let body = json!({
        "event_id": act, "scan": scan(1), "kind": "usb-memory", "title": "税務課 USBメモリ 3",
        "control_number": "税-0003", "serial": null,
        "protection": { "state": "encrypted", "tool": "X 1.0", "algorithm": "AES-256", "key_apart": true },
        "contents": [
            { "category": "specific-personal", "purpose": "当初課税", "records": 120,
              "recorded_on": "2026-03-31" },
        ],
    });
    let answer = phone.post("/items", &body).await.ok();
    assert_eq!(answer["repeated"], false);
    answer["item"]["id"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn an_item_goes_from_its_blank_label_through_two_hands_into_the_cabinet() {
    let server = server();
    let (sato, suzuki) = (Phone::of(&server, SATO), Phone::of(&server, SUZUKI));

    let blank = sato.get(&format!("/labels/{}", label(1))).await.ok();
    assert_eq!((&blank["state"], &blank["may_register"]), (&json!("blank"), &json!(true)));

    let item = registered(&sato, event(1)).await;
    let typed = label(1).as_str().to_lowercase();
    let resolved = sato.get(&format!("/labels/{}-{}", &typed[..4], &typed[4..])).await.ok();
    assert_eq!(resolved["state"], "item");
    let card = &resolved["item"];
    assert_eq!(card["id"], item.to_string());
    assert_eq!(card["contents"][0]["records"], 120);
    assert_eq!(card["control_number"], "税-0003");
    assert!(card.get("serial").is_none(), "what is not there is left out");
    assert_eq!(card["url"], format!("/items/{item}"));
    let open = |card: &Value, act: &str| {
        let acts = card["acts"].as_array().unwrap().clone();
        acts.into_iter().find(|it| it["act"] == act).unwrap()["open"].as_bool().unwrap()
    };
    assert!(open(card, "offer") && open(card, "put-away") && !open(card, "take-out"));

    let offer = json!({ "event_id": event(2), "act": "offer", "to": person(SUZUKI), "note": "二枚組\nです" });
    let answer = sato.post(&format!("/items/{item}/acts"), &offer).await.ok();
    let hand_over = answer["item"]["offer"]["hand_over"].clone();

    let me = suzuki.get("/me").await.ok();
    assert_eq!(me["offered_to_me"][0]["hand_over"], hand_over);
    assert_eq!(me["offered_to_me"][0]["from"]["name"], "佐藤");
    assert_eq!(me["holding"], json!([]));
    assert_eq!(sato.get("/me").await.ok()["offered_by_me"][0]["to"]["name"], "鈴木");

    let accept = json!({ "event_id": event(3), "act": "accept", "hand_over": hand_over, "scan": scan(1) });
    suzuki.post(&format!("/items/{item}/acts"), &accept).await.ok();
    let put_away = json!({
        "event_id": event(4), "act": "put-away", "home_code": label(PLACE_LABEL), "scan": scan(1),
    });
    let stored = suzuki.post(&format!("/items/{item}/acts"), &put_away).await.ok();
    assert_eq!(stored["item"]["custody"]["state"], "stored");
    assert_eq!(stored["item"]["custody"]["home"]["id"], place().to_string());
    let place = sato.get(&format!("/labels/{}", label(PLACE_LABEL))).await.ok();
    assert_eq!((&place["state"], &place["items"][0]["id"]), (&json!("place"), &json!(item)));

    let again =
        json!({ "event_id": event(5), "act": "replace-label", "code": label(2), "reason": "damaged" });
    suzuki.post(&format!("/items/{item}/acts"), &again).await.ok();
    let void = sato.get(&format!("/labels/{}", label(1))).await.ok();
    assert_eq!((&void["state"], &void["replaced_by"]), (&json!("void"), &json!(label(2))));
    assert_eq!(void["item"]["id"], item.to_string());

    let history = sato.get(&format!("/items/{item}/history")).await.ok();
    let kinds: Vec<_> = history["lines"].as_array().unwrap().iter().map(|line| &line["kind"]).collect();
    assert_eq!(
        kinds,
        [
            "registered",
            "protection-recorded",
            "contents-recorded",
            "hand-over-offered",
            "hand-over-accepted",
            "put-away",
            "label-replaced"
        ]
    );
}

#[tokio::test]
async fn an_act_sent_twice_is_done_once() {
    let phone = Phone::alone();
    let item = registered(&phone, event(1)).await;
    let url = format!("/items/{item}/acts");
    let act = json!({
        "event_id": event(2).0, "act": "put-away", "home": place(),
        "scan": { "code": label(1), "method": "typed" },
    });
    let first = phone.post(&url, &act).await.ok();
    let second = phone.post(&url, &act).await.ok();
    assert_eq!((&first["repeated"], &second["repeated"]), (&json!(false), &json!(true)));
    assert_eq!(first["seq"], second["seq"]);
    assert_eq!(second["event_id"], event(2).to_string(), "a bare UUID is answered in the printed form");

    let other = json!({ "event_id": event(2), "act": "take-out", "scan": scan(1) });
    phone.post(&url, &other).await.problem(409, "event-id-reused");
}

#[tokio::test]
async fn a_refusal_cites_its_source_and_shows_the_item() {
    let server = server();
    let (sato, suzuki) = (Phone::of(&server, SATO), Phone::of(&server, SUZUKI));
    let item = registered(&sato, event(1)).await;
    let url = format!("/items/{item}/acts");
    let body = json!({ "event_id": event(2), "act": "put-away", "home": place(), "scan": scan(1) });

    let refused = suzuki.post(&url, &body).await.problem(409, "not-current-holder");
    assert!(refused["detail"].as_str().unwrap().contains("佐藤さん"));
    assert_eq!(refused["source"], "Hokanの規則: 渡せるのは保持者だけ");
    assert_eq!(refused["item"]["custody"]["person"]["name"], "佐藤");

    let tanaka = Phone::of(&server, TANAKA);
    let refused = tanaka.with("accept-language", "en").post(&url, &body).await.problem(403, "not-designated");
    assert_eq!(refused["detail"], "You are not a designated handler. Ask to be designated first.");
}

#[tokio::test]
async fn an_offer_to_any_handler_says_so_in_one_word() {
    let server = server();
    let phone = Phone::of(&server, SATO);
    let item = registered(&phone, event(1)).await;
    let offer = json!({ "event_id": event(2), "act": "offer", "to": "any-handler", "scan": scan(1) });
    let answer = phone.post(&format!("/items/{item}/acts"), &offer).await.ok();
    assert_eq!(answer["item"]["offer"]["to"], "any-handler");
    let me = Phone::of(&server, SUZUKI).get("/me").await.ok();
    assert_eq!(me["offered_to_me"][0]["to"], "any-handler");
}

#[tokio::test]
async fn a_session_is_opened_used_and_ended() {
    let stranger = Phone::stranger(&server());
    let signed_in = stranger.post("/sign-in", &json!({ "login": "sato", "password": PASSWORD })).await.ok();
    assert_eq!(signed_in["person"]["parts"][0], json!({ "code": "handler", "name": "事務取扱担当者" }));
    let token = signed_in["token"].as_str().unwrap();
    let phone = stranger.clone().with("authorization", &format!("Bearer {token}"));
    assert_eq!(phone.get("/me").await.ok()["person"]["name"], "佐藤");
    let gone = phone.send("POST", "/sign-out", Body::empty()).await;
    assert_eq!((gone.status.as_u16(), gone.text.as_str()), (204, ""));
    phone.get("/me").await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn the_directory_is_what_forms_need() {
    let directory = Phone::alone().get("/directory?lang=en").await.ok();
    assert_eq!(directory["people"], json!([{ "id": person(SUZUKI), "name": "鈴木" }]));
    assert_eq!(directory["homes"][0]["kind"], "place");
    assert_eq!(directory["homes"][0]["label"], json!(label(PLACE_LABEL)));
    assert_eq!(directory["item_kinds"][0], json!({ "code": "usb-memory", "name": "USB memory" }));
    assert_eq!(directory["categories"][0]["code"], "specific-personal");
}
