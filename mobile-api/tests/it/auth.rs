//! Nobody gets in without a session, and no other site acts with somebody's cookie.

use std::net::{IpAddr, SocketAddr};

use axum::{Extension, body::Body, extract::ConnectInfo};
use hokan_mobile_api::RemoteAddress;
use serde_json::{Value, json};

use crate::{
    fake::{CODE, MACHINE, PAIRING, PASSWORD, PHONE, SATO, label},
    flow::scan,
    phone::{Phone, event, server},
};

/// Every operation of the document: method, path with something in the place of what varies.
fn operations() -> Vec<(String, String)> {
    let document = serde_json::to_value(hokan_mobile_api::openapi()).unwrap();
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let path = path.replace("{code}", label(1).as_str()).replace("{id}", &format!("itm_{:032x}", 5));
        for (method, _) in item.as_object().unwrap().iter().filter(|(key, _)| *key != "parameters") {
            operations.push((method.to_uppercase(), path.clone()));
        }
    }
    operations
}

#[tokio::test]
async fn every_operation_but_two_needs_a_session() {
    let server = server();
    let stranger = Phone::stranger(&server);
    let mut open = Vec::new();
    let operations = operations();
    assert_eq!(operations.len(), 30);
    for (method, path) in operations {
        let bare = stranger.send(&method, &path, Body::empty()).await;
        if bare.status != 401 {
            open.push(path);
            continue;
        }
        bare.problem(401, "unauthenticated");
        // Not even a body that would be refused by itself is looked into.
        for (name, value) in [
            ("authorization", "Bearer stolen"),
            ("authorization", "Basic c2F0bzpwdw=="),
            ("cookie", "__Host-hokan=; other=token-1"),
            ("content-type", "application/json"),
        ] {
            let phone = stranger.clone().with(name, value).with("x-hokan", "1");
            phone.send(&method, &path, "{").await.problem(401, "unauthenticated");
        }
        let stale = stranger.clone().with("cookie", "__Host-hokan=stale").with("x-hokan", "1");
        stale.send(&method, &path, Body::empty()).await.problem(401, "unauthenticated");
    }
    assert_eq!(open, ["/openapi.json", "/sign-in", "/sign-in/second"]);
}

#[tokio::test]
async fn wrong_credentials_do_not_say_which_was_wrong() {
    let stranger = Phone::stranger(&server());
    let wrong = |login: &str, password: &str| json!({ "login": login, "password": password });
    let one = stranger.post("/sign-in", &wrong("sato", "x")).await.problem(401, "wrong-credentials");
    let other = stranger.post("/sign-in", &wrong("nobody", "x")).await.problem(401, "wrong-credentials");
    assert_eq!(one, other);
}

#[tokio::test]
async fn a_second_factor_follows_on_the_password() {
    let stranger = Phone::stranger(&server());
    let body = json!({ "login": "yamada", "password": PASSWORD });
    let first = stranger.post("/sign-in", &body).await.ok();
    assert_eq!(first["next"], "second-factor");
    assert!(first.get("token").is_none() && first.get("person").is_none(), "{first}");
    let step = first["step"].as_str().unwrap();
    let second = |step: &str, code: &str| json!({ "step": step, "code": code });
    stranger.post("/sign-in/second", &second("other", CODE)).await.problem(410, "sign-in-step-over");
    stranger.post("/sign-in/second", &second(step, "000000")).await.problem(403, "wrong-code");
    let opened = stranger.post("/sign-in/second", &second(step, CODE)).await.ok();
    assert_eq!(opened["next"], "done");
    assert!(opened["token"].as_str().is_some_and(|token| !token.is_empty()));
}

#[tokio::test]
async fn a_proof_gives_the_session_a_new_token() {
    let server = server();
    let bearer = |token: &str| Phone::stranger(&server).with("authorization", &format!("Bearer {token}"));
    let old = bearer(&format!("token-{SATO}"));
    old.post("/prove", &json!({ "code": "000000" })).await.problem(403, "wrong-code");
    let proven = old.post("/prove", &json!({ "code": CODE })).await.ok();
    old.get("/me").await.problem(401, "unauthenticated");
    assert_eq!(bearer(proven["token"].as_str().unwrap()).get("/me").await.ok()["person"]["name"], "佐藤");
}

#[tokio::test]
async fn the_address_of_whoever_signs_in_reaches_the_server() {
    let body = json!({ "login": "sato", "password": "x" });
    let throttled: IpAddr = [203, 0, 113, 9].into();
    let peer = ConnectInfo(SocketAddr::from((throttled, 1)));

    let direct = Phone::stranger(&server().layer(Extension(peer)));
    let reply = direct.post("/sign-in", &body).await;
    assert_eq!(reply.headers["retry-after"], "60");
    assert_eq!(reply.problem(429, "too-many-attempts")["retry_after"], 60);

    // What the server says of a proxy's client goes before the proxy's own address.
    let client = RemoteAddress([198, 51, 100, 1].into());
    let proxied = Phone::stranger(&server().layer(Extension(peer)).layer(Extension(client)));
    proxied.post("/sign-in", &body).await.problem(401, "wrong-credentials");
}

#[tokio::test]
async fn a_cookie_alone_changes_nothing() {
    let server = server();
    let cookie = format!("__Host-hokan-lang=en; __Host-hokan=token-{SATO}");
    let browser = Phone::stranger(&server).with("cookie", &cookie);
    assert_eq!(browser.get("/me").await.ok()["person"]["name"], "佐藤", "reading needs no proof");

    let body = json!({ "event_id": event(1), "scan": scan(1), "kind": "ssd", "title": "SSD" });
    let forged: [&[(&str, &str)]; 8] = [
        &[],
        &[("x-hokan", "0")],
        &[("x-hokan", "")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")],
        &[("origin", "https://hokan.example")],
        &[("authorization", "Basic c2F0bzpwdw==")],
    ];
    for headers in forged {
        let phone = headers.iter().fold(browser.clone(), |phone, (name, value)| phone.with(name, value));
        let problem = phone.post("/items", &body).await.problem(403, "cross-site-request");
        assert_eq!(problem["title"], "Request from another site", "the cookie's language is used");
        phone.send("POST", "/sign-out", Body::empty()).await.problem(403, "cross-site-request");
    }
    for (name, value) in [("x-hokan", "1"), ("sec-fetch-site", "same-origin"), ("sec-fetch-site", "none")] {
        let answer: Value = browser.clone().with(name, value).post("/items", &body).await.ok();
        assert_eq!(answer["item"]["title"], "SSD");
    }
}

#[tokio::test]
async fn answers_are_in_the_language_of_the_request() {
    let phone = Phone::alone();
    let kind = |reply: &Value| reply["item_kinds"][1]["name"].as_str().unwrap().to_owned();
    assert_eq!(kind(&phone.get("/directory").await.ok()), "ハードディスク");
    let english = phone.clone().with("accept-language", "fr, en-GB;q=0.8, ja;q=0.5");
    assert_eq!(kind(&english.get("/directory").await.ok()), "Hard disk");
    let chosen = english.clone().with("cookie", "__Host-hokan-lang=ja");
    assert_eq!(kind(&chosen.get("/directory").await.ok()), "ハードディスク");
    assert_eq!(kind(&chosen.get("/directory?lang=en").await.ok()), "Hard disk");
    let problem = chosen.get("/nowhere?lang=en").await.problem(404, "not-found");
    assert_eq!(problem["title"], "Not found");
}

/// What a machine may ask depends on the route, and the route that is told is the whole pattern.
#[tokio::test]
async fn a_machine_is_told_by_its_token_and_let_in_by_route() {
    let server = server();
    let machine = Phone::stranger(&server).with("authorization", &format!("Bearer {MACHINE}"));
    machine.get(&format!("/items/itm_{:032x}", 5)).await.problem(404, "not-found");
    for (method, path) in operations() {
        if path == "/openapi.json"
            || path == "/sign-in"
            || path == "/sign-in/second"
            || (method == "GET" && path.starts_with("/items/itm"))
        {
            continue;
        }
        machine.send(&method, &path, Body::empty()).await.problem(403, "token-scope");
    }
    let stranger = Phone::stranger(&server).with("authorization", "Bearer hkt_unknown");
    stranger.get("/me").await.problem(401, "unauthenticated");
}

/// A paired phone's secret delivers what was seen and opens nothing else, not even as a cookie.
#[tokio::test]
async fn a_delivery_secret_opens_the_taking_in_of_observations_only() {
    let server = server();
    let phone = Phone::stranger(&server).with("authorization", &format!("Bearer {PHONE}"));
    let batch = json!({ "device": uuid::Uuid::from_u128(70), "observations": [] });
    phone.post("/observations", &batch).await.ok();
    for (method, path) in operations() {
        if !["/openapi.json", "/sign-in", "/sign-in/second", "/observations"].contains(&path.as_str()) {
            phone.send(&method, &path, Body::empty()).await.problem(401, "unauthenticated");
        }
    }
    let browser = Phone::stranger(&server).with("cookie", &format!("__Host-hokan={PHONE}"));
    browser.with("x-hokan", "1").post("/observations", &batch).await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn pairing_gives_a_session_of_the_phone_in_the_place_of_the_one_that_confirmed() {
    let server = server();
    let phone = Phone::of(&server, SATO);
    let body = |token: &str, name: &str| json!({ "token": token, "name": name });
    phone.post("/pair", &body("another", "電話")).await.problem(410, "pairing-over");
    phone.post("/pair", &body(PAIRING, "")).await.problem(422, "text-empty");
    let paired = phone.post("/pair", &body(PAIRING, "電話")).await.ok();
    phone.get("/me").await.problem(401, "unauthenticated");
    let token = paired["session"]["token"].as_str().unwrap();
    let phone = Phone::stranger(&server).with("authorization", &format!("Bearer {token}"));
    phone.get("/me").await.ok();
}
