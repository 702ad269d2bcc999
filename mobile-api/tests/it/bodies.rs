//! The bodies of the document and what reads them agree, field by field.

use hokan_domain::{
    contents::Category,
    custody::ActKind,
    event::{Receiver, ScanMethod},
    ids::{DeviceId, HandOverId},
    item::ItemKind,
    label::ReplaceReason,
    place::Home,
};
use hokan_labels::LabelCode;
use hokan_mobile_api::wire::{
    ActBody, ContentsBody, ObservationBody, ObservationsBody, ObservedBody, RegisterBody, ScanBody, SignIn,
};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    fake::{SUZUKI, label, person, place, start},
    flow::registered,
    phone::{Phone, event},
};

fn scan() -> ScanBody {
    ScanBody { code: label(1).to_string(), method: ScanMethod::Camera }
}

fn text() -> Option<String> {
    Some("x".to_owned())
}

fn contents() -> ContentsBody {
    ContentsBody {
        category: Category::Personal,
        purpose: text(),
        records: Some(1),
        recorded_on: "2026-04-01".parse().ok(),
    }
}

/// One of each act with every field that it has.
fn acts() -> Vec<ActBody> {
    let (event_id, hand_over, scan) = (event(50), HandOverId(Uuid::nil()), scan());
    ActKind::ALL
        .into_iter()
        .map(|kind| match kind {
            ActKind::Offer => ActBody::Offer {
                event_id,
                to: Receiver::Person(person(SUZUKI)),
                note: text(),
                scan: Some(scan.clone()),
            },
            ActKind::Accept => ActBody::Accept { event_id, hand_over, scan: scan.clone() },
            ActKind::Refuse => ActBody::Refuse { event_id, hand_over, note: text() },
            ActKind::Withdraw => ActBody::Withdraw { event_id, hand_over },
            ActKind::PutAway => ActBody::PutAway {
                event_id,
                home: Some(Home::Place(place())),
                home_code: None,
                scan: scan.clone(),
            },
            ActKind::TakeOut => ActBody::TakeOut { event_id, scan: scan.clone() },
            ActKind::ReplaceLabel => {
                ActBody::ReplaceLabel { event_id, code: scan.code.clone(), reason: ReplaceReason::Damaged }
            }
            ActKind::RecordContents => ActBody::RecordContents { event_id, contents: contents() },
        })
        .collect()
}

fn observed() -> Vec<ObservedBody> {
    let home = Some(Home::Place(place()));
    vec![
        ObservedBody::Offered { to: Receiver::AnyHandler },
        ObservedBody::Accepted { hand_over: Some(HandOverId(Uuid::nil())), from: Some(person(SUZUKI)) },
        ObservedBody::Refused { hand_over: Some(HandOverId(Uuid::nil())), note: text() },
        ObservedBody::PutAway { home, home_code: None },
        ObservedBody::TakenOut {},
        ObservedBody::Seen { home, home_code: None },
    ]
}

/// The field that the reader complains about, if it does.
async fn complaint(phone: &Phone, path: &str, body: &Value) -> Option<(String, String)> {
    let reply = phone.post(path, body).await;
    let problem = reply.json();
    if path == "/observations?lang=en" {
        let problem = &problem["answers"][0]["problem"];
        (problem["code"] == "bad-request-body").then(|| parts(problem))
    } else {
        (reply.status == 422).then(|| parts(&problem))
    }
}

fn parts(problem: &Value) -> (String, String) {
    let text = |key: &str| problem[key].as_str().unwrap().to_owned();
    (text("field"), text("detail"))
}

/// The reader takes the whole body, and asks for no field that the body does not have.
async fn agrees(phone: &Phone, path: &str, body: impl Serialize, wrap: impl Fn(Value) -> Value) {
    let body = serde_json::to_value(body).unwrap();
    assert_eq!(complaint(phone, path, &wrap(body.clone())).await, None, "{body}");
    let mut odd = body.clone();
    odd["odd"] = json!(1);
    let (field, detail) = complaint(phone, path, &wrap(odd)).await.unwrap();
    assert_eq!(field, "odd");
    let known = detail.split_once("Known fields: ").unwrap().1;
    let mut fields: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
    // Of the two ways to name a home a body has one.
    if fields.contains(&"home") {
        fields.push("home_code");
    }
    fields.sort_unstable();
    assert_eq!(known.split(", ").collect::<Vec<_>>(), fields, "{path} {body}");
}

#[tokio::test]
async fn the_document_and_the_reader_know_the_same_fields() {
    let phone = Phone::alone();
    let item = registered(&phone, event(1)).await;
    let whole = |body| body;
    agrees(&phone, "/sign-in?lang=en", SignIn { login: "sato".into(), password: "x".into() }, whole).await;
    let register = RegisterBody {
        event_id: event(40),
        scan: scan(),
        kind: ItemKind::Ssd,
        title: "x".to_owned(),
        control_number: text(),
        serial: text(),
        contents: vec![contents()],
    };
    agrees(&phone, "/items?lang=en", register, whole).await;
    for act in acts() {
        agrees(&phone, &format!("/items/{item}/acts?lang=en"), act, whole).await;
    }
    for (index, observed) in (60..).zip(observed()) {
        let body = ObservationBody {
            event_id: event(index),
            device_seq: 1,
            occurred_at: start(),
            scan: scan(),
            observed,
        };
        let batch = |body: Value| json!({ "device": DeviceId(Uuid::nil()), "observations": [body] });
        agrees(&phone, "/observations?lang=en", body, batch).await;
    }
    let batch = ObservationsBody { device: DeviceId(Uuid::nil()), observations: Vec::new() };
    phone.post("/observations", &serde_json::to_value(batch).unwrap()).await.ok();
}

#[test]
fn secrets_are_not_printed() {
    let sign_in = SignIn { login: "sato".into(), password: "swordfish".into() };
    assert!(!format!("{sign_in:?}").contains("swordfish"));
}

/// The reader turns every valid code into the domain's name for it.
#[test]
fn both_crates_mean_the_same_twelve_characters() {
    let mut state = 7_u64;
    for _ in 0..1_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let code = LabelCode::from_entropy(state);
        assert_eq!(code.as_str().parse::<hokan_domain::label::LabelId>().unwrap().as_str(), code.as_str());
    }
}
