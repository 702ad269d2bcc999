//! Phones that are paired with a person, and tokens for machines.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use hokan_mobile_api::wire::{ObservationAnswers, ObservationOutcome, Paired};
use hokan_server::{app::NewToken, machine};
use hokan_tests::{
    database::TestDatabase,
    on_both_databases,
    phone::{Phone, read, read_problem, scan},
    town::{ShellTown, Town},
};
use reqwest::{Method, Response, StatusCode};
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::{Value, json};
use uuid::Uuid;

/// Asks as somebody with this secret in the header.
async fn ask(town: &ShellTown, secret: &str, method: Method, path: &str, body: Option<&Value>) -> Response {
    let request = town.server.client().request(method, town.server.url(path)).bearer_auth(secret);
    let request = match body {
        Some(body) => request.json(body),
        None => request,
    };
    request.send().await.expect("an answer")
}

pub(crate) async fn page(town: &ShellTown, token: &str, path: &str) -> String {
    let cookie = format!("__Host-hokan={token}");
    let answer = town.server.client().get(town.server.url(path)).header("cookie", cookie).send().await;
    answer.expect("an answer").text().await.expect("a page")
}

/// What stands between two texts.
fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("no {before:?} in {text}"));
    rest.split_once(after).expect("its end").0
}

/// Sends a form of a page as its person would.
pub(crate) async fn send_form(
    town: &ShellTown,
    token: &str,
    from: &str,
    to: &str,
    fields: &[(&str, &str)],
) -> Response {
    let csrf = page(town, token, from).await;
    let csrf = between(&csrf, "name=\"csrf\" value=\"", "\"").to_owned();
    let mut body = format!("csrf={csrf}");
    for (name, value) in fields {
        body.push_str(&format!("&{name}={value}"));
    }
    let request =
        town.server.client().post(town.server.url(to)).header("cookie", format!("__Host-hokan={token}"));
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
    request.send().await.expect("an answer")
}

/// The token of an offer to pair a phone of whoever has this session.
pub(crate) async fn offered(town: &ShellTown, token: &str) -> String {
    let answer = send_form(town, token, "/account/phones", "/account/phones", &[]).await;
    let shown = answer.text().await.expect("a page");
    assert!(shown.contains("class=\"qr\""), "{shown}");
    between(&shown, "/pair/", "<").to_owned()
}

async fn paired(town: &ShellTown, desk: &Phone, index: usize) -> Paired {
    let offer = offered(town, desk.token()).await;
    let phone = town.phone(index).await;
    let answer = phone.post("/pair", &json!({ "token": offer, "name": "税務課の携帯電話" })).await;
    read(answer.expect("an answer"), StatusCode::OK).await
}

/// One scan, as a phone sends it.
fn seen(code: &str, at: chrono::DateTime<chrono::Utc>, person: Option<&str>) -> Value {
    let mut observation = json!({
        "event_id": Uuid::new_v4(), "device_seq": 1, "occurred_at": at.to_rfc3339(), "scan": scan(code),
        "observed": "taken-out",
    });
    if let Some(person) = person {
        observation["person"] = json!(person);
    }
    json!({ "device": Uuid::new_v4(), "observations": [observation] })
}

async fn deliver(town: &ShellTown, secret: &str, batch: &Value) -> ObservationAnswers {
    let answer = ask(town, secret, Method::POST, "/api/phone/v1/observations", Some(batch)).await;
    read(answer, StatusCode::OK).await
}

fn kinds(answers: &ObservationAnswers) -> Vec<&str> {
    answers.answers[0].discrepancies.iter().map(|found| found.kind.as_str()).collect()
}

async fn sql(town: &ShellTown, statement: &str) {
    let connection = sea_orm::Database::connect(town.database.url()).await.expect("a connection");
    connection.execute_unprepared(statement).await.expect("it is done");
}

on_both_databases! {
    /// Offered at the desk, shown to nobody as whose but its person, confirmed once by that person.
    async fn a_phone_is_paired_by_its_own_person_once(db: TestDatabase) {
        let town = ShellTown::on(db).await;
        let (desk, beni) = (town.phone(0).await, town.phone(1).await);
        let offer = offered(&town, desk.token()).await;

        let stranger = town.server.client().get(town.server.url(&format!("/pair/{offer}"))).send().await;
        let stranger = stranger.expect("an answer").text().await.expect("a page");
        assert!(stranger.contains("葵") && !stranger.contains("<form method=\"post\" action=\"/pair"), "{stranger}");
        let body = json!({ "token": offer, "name": "電話" });
        read_problem(beni.post("/pair", &body).await.expect("an answer"), 403, "forbidden").await;

        let phone = town.phone(0).await;
        let confirm = page(&town, phone.token(), &format!("/pair/{offer}")).await;
        assert!(confirm.contains(&format!("action=\"/pair/{offer}\"")), "{confirm}");
        let paired: Paired = read(phone.post("/pair", &body).await.expect("an answer"), StatusCode::OK).await;
        read_problem(phone.get("/me").await.expect("an answer"), 401, "unauthenticated").await;
        let me = ask(&town, &paired.session.token, Method::GET, "/api/phone/v1/me", None).await;
        assert_eq!(me.status(), StatusCode::OK);
        read_problem(town.phone(0).await.post("/pair", &body).await.expect("an answer"), 410, "pairing-over").await;

        let listed = page(&town, desk.token(), "/account/phones").await;
        assert!(listed.contains("電話") && listed.contains(&paired.device.to_string()), "{listed}");
        let path = format!("/account/phones/{}", paired.device);
        let answer = send_form(&town, desk.token(), "/account/phones", &format!("{path}/name"), &[("name", "new-name")]).await;
        assert!(answer.status().is_redirection());
        assert!(page(&town, desk.token(), "/account/phones").await.contains("new-name"));
        // Another handler neither sees nor revokes it.
        assert!(!page(&town, beni.token(), "/account/phones").await.contains("new-name"));
        let answer = send_form(&town, beni.token(), "/account/phones", &format!("{path}/revoke"), &[]).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    }

    /// Its sessions end at once; what it saw before still comes in, marked, and waits for a person.
    async fn a_revoked_phone_still_delivers_what_it_saw_and_nothing_else(db: TestDatabase) {
        let town = ShellTown::on(db).await;
        let desk = town.phone(0).await;
        let (codes, _) = town.print_labels("a4-24", 2, 1);
        let item = desk.register(&codes[0], "paper-record", "申請書綴り").await.item;
        let paired = paired(&town, &desk, 0).await;
        let at = item.registered_at + TimeDelta::milliseconds(1);

        let while_paired = deliver(&town, &paired.delivery_secret, &seen(&codes[0], at, None)).await;
        assert_eq!(while_paired.answers[0].outcome, ObservationOutcome::Recorded);
        let by_session = deliver(&town, &paired.session.token, &seen(&codes[0], at, None)).await;
        assert_eq!(by_session.answers[0].outcome, ObservationOutcome::Recorded);
        for (method, path) in [(Method::GET, "/me"), (Method::GET, "/directory"), (Method::POST, "/items")] {
            let answer =
                ask(&town, &paired.delivery_secret, method, &format!("/api/phone/v1{path}"), None).await;
            read_problem(answer, 401, "unauthenticated").await;
        }

        let path = format!("/account/phones/{}/revoke", paired.device);
        assert!(send_form(&town, desk.token(), "/account/phones", &path, &[]).await.status().is_redirection());
        let answer = ask(&town, &paired.session.token, Method::GET, "/api/phone/v1/me", None).await;
        read_problem(answer, 401, "unauthenticated").await;
        let late = deliver(&town, &paired.delivery_secret, &seen(&codes[0], at, None)).await;
        assert_eq!(late.answers[0].outcome, ObservationOutcome::RecordedWithDiscrepancy);
        assert_eq!(kinds(&late), ["late-authority"]);

        let history: Value = read(
            desk.get(&format!("/items/{}/history", item.id)).await.expect("an answer"), StatusCode::OK,
        ).await;
        let lines = history["lines"].as_array().expect("lines");
        let device = json!(paired.device);
        let from_phone = lines.iter().filter(|line| line["device"] == device).count();
        assert_eq!(from_phone, 3, "its id stands at each, whatever the batch called itself: {history}");
        assert!(lines.iter().any(|line| line["kind"] == "evidence-marked"), "{history}");
        assert!(town.shell(&["ledger", "verify"]).contains("OK  the ledger is whole"));
        assert!(town.shell(&["ledger", "rebuild", "--check"]).contains("OK  the rows agree"));
    }

    /// A suspended person's phone, too; and somebody who is designated no more.
    async fn what_a_suspended_person_saw_comes_in_marked(db: TestDatabase) {
        let town = ShellTown::on(db).await;
        let desk = town.phone(0).await;
        let (codes, _) = town.print_labels("a4-24", 2, 1);
        let item = desk.register(&codes[0], "paper-record", "申請書綴り").await.item;
        let paired = paired(&town, &desk, 0).await;
        let at = item.registered_at + TimeDelta::milliseconds(1);
        sql(&town, "UPDATE person SET active = FALSE WHERE login = 'aoi'").await;
        let suspended = deliver(&town, &paired.delivery_secret, &seen(&codes[0], at, None)).await;
        assert_eq!(kinds(&suspended), ["late-authority"]);
        let answer = ask(&town, &paired.session.token, Method::GET, "/api/phone/v1/me", None).await;
        read_problem(answer, 401, "unauthenticated").await;
        sql(&town, "UPDATE person SET active = TRUE WHERE login = 'aoi'").await;
        sql(&town, "DELETE FROM role_holding WHERE person = (SELECT id FROM person WHERE login = 'aoi')").await;
        let ended = deliver(&town, &paired.delivery_secret, &seen(&codes[0], at, None)).await;
        assert_eq!(kinds(&ended), ["without-authority"]);
    }

    /// What somebody sends in is his own word, whomever he says it of: it puts nothing into a colleague's hands,
    /// and that colleague's own word still comes in.
    async fn a_scan_cannot_become_another_persons(db: TestDatabase) {
        let town = ShellTown::on(db).await;
        let (aoi, beni) = (town.phone(0).await, town.phone(1).await);
        let (codes, _) = town.print_labels("a4-24", 2, 1);
        let item = beni.register(&codes[0], "paper-record", "申請書綴り").await.item;
        let me = aoi.me().await.person.id.to_string();
        let batch = seen(&codes[0], item.registered_at + TimeDelta::milliseconds(1), Some(&me));
        let through_beni = deliver(&town, beni.token(), &batch).await;
        assert_eq!(through_beni.answers[0].outcome, ObservationOutcome::RecordedWithDiscrepancy);
        assert_eq!(kinds(&through_beni), ["reported-by-another"]);
        let card = aoi.item(&item.id.to_string()).await;
        assert_eq!(card.custody.person.map(|person| person.name), Some("紅".to_owned()), "it is Beni's word");
        let again = deliver(&town, beni.token(), &batch).await;
        assert_eq!(again.answers[0].outcome, ObservationOutcome::AlreadyRecorded);
        assert_eq!(again.answers[0].seq, through_beni.answers[0].seq);
        // A moment later: what happened at one and the same moment stands in the order of ids.
        let mut batch = batch.clone();
        batch["observations"][0]["occurred_at"] = json!(item.registered_at + TimeDelta::milliseconds(2));
        let own = deliver(&town, aoi.token(), &batch).await;
        assert_eq!(kinds(&own), ["taken-out-while-held"]);
        let card = aoi.item(&item.id.to_string()).await;
        assert_eq!(card.custody.person.map(|person| person.name), Some("葵".to_owned()), "now it is Aoi's");

        let nobody = format!("per_{}", Uuid::new_v4().simple());
        let unknown = deliver(&town, beni.token(), &seen(&codes[0], item.registered_at, Some(&nobody))).await;
        let problem = unknown.answers[0].problem.as_ref().expect("a problem");
        assert_eq!((problem.code.as_ref(), problem.field.as_deref()), ("unknown-reference", Some("person")));
    }

    /// A machine tells what a reader sees, and nothing becomes the word of whoever answers for it.
    async fn a_machine_speaks_for_nobody(db: TestDatabase) {
        let town = ShellTown::on(db).await;
        let aoi = town.phone(0).await;
        let (codes, _) = town.print_labels("a4-24", 2, 1);
        let item = aoi.register(&codes[0], "paper-record", "申請書綴り").await.item;
        let at = item.registered_at + TimeDelta::milliseconds(1);
        let scope = "write-observations";
        let token = town.shell(&["token", "add", "入退室装置", "--owner", "beni", "--scope", scope, "--days", "30"]);
        let token = token.lines().find_map(|line| line.strip_prefix("token: ")).expect("a token").to_owned();
        let says = |observed: &str| {
            let mut batch = seen(&codes[0], at, None);
            batch["observations"][0]["observed"] = json!(observed);
            if observed == "witnessed" {
                batch["observations"][0]["presence"] = json!("on-site");
            }
            batch
        };
        for observed in ["taken-out", "accepted", "witnessed", "found"] {
            let answers = deliver(&town, &token, &says(observed)).await;
            let problem = answers.answers[0].problem.as_ref().expect("a problem");
            assert_eq!(problem.code.as_ref(), "token-scope", "{observed}");
        }
        let passed = deliver(&town, &token, &says("seen")).await;
        assert_eq!(passed.answers[0].outcome, ObservationOutcome::Recorded);
        let again = deliver(&town, &token, &says("seen")).await;
        assert_eq!(again.answers[0].outcome, ObservationOutcome::AlreadyRecorded, "within a minute it is one");
        let left = deliver(&town, &token, &says("departed")).await;
        assert!(kinds(&left).contains(&"told-by-machine"), "{:?}", kinds(&left));
        let history: Value = read(
            aoi.get(&format!("/items/{}/history", item.id)).await.expect("an answer"), StatusCode::OK,
        ).await;
        let lines = history["lines"].as_array().expect("lines");
        assert_eq!(lines.iter().filter(|line| line["kind"] == "seen").count(), 1);
    }

    /// A browser's session stays in its cookie: the page pairs it, and no script reads a token.
    async fn a_browser_pairs_on_the_page_only(db: TestDatabase) {
        let town = ShellTown::on(db).await;
        let desk = town.phone(0).await;
        let offer = offered(&town, desk.token()).await;
        let phone = town.phone(0).await;
        let request = town.server.client().post(town.server.url("/api/phone/v1/pair"));
        let request = request.header("cookie", format!("__Host-hokan={}", phone.token())).header("x-hokan", "1");
        let answer = request.json(&json!({ "token": offer, "name": "電話" })).send().await.expect("an answer");
        read_problem(answer, 401, "unauthenticated").await;
        let path = format!("/pair/{offer}");
        let answer = send_form(&town, phone.token(), &path, &path, &[("name", "phone")]).await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert!(answer.headers().get_all("set-cookie").iter().any(|cookie| {
            cookie.to_str().is_ok_and(|cookie| cookie.starts_with("__Host-hokan=") && cookie.contains("HttpOnly"))
        }));
    }

    /// Some weeks after a phone was revoked, or its person's end, its secret opens nothing.
    async fn a_delivery_secret_ends(db: TestDatabase) {
        use hokan_mobile_api::{Backend as _, auth::Origin, Session, wire::{Pair, SignIn}};
        let town = Town::on(&db).await;
        let lang = hokan_domain::text::Lang::Ja;
        let mut secrets = Vec::new();
        for _ in 0..2 {
            let sign_in = SignIn { login: "aoi".to_owned(), password: "correct horse battery".to_owned() };
            let signed_in = town.app.sign_in(lang, sign_in, Origin::default()).await.expect("a session");
            let caller = town.app.identify(signed_in.token.as_deref().expect("a session"), lang).await.expect("live");
            let offer = town.app.identity().offer_pairing(caller.person.id).await.expect("an offer");
            let session = Session { caller, token: signed_in.token.expect("a session") };
            let pair = Pair { token: offer.token, name: "電話".to_owned() };
            let paired = town.app.pair(&session, pair).await.expect("paired");
            secrets.push((paired.device, paired.delivery_secret));
        }
        let [(revoked, first), (_, second)] = &secrets[..] else { panic!("two phones") };
        town.app.revoke_phone(&town.handlers[0], *revoked).await.expect("revoked");
        let weeks = async |weeks| {
            town.clock.set(town.clock.now() + TimeDelta::weeks(weeks));
        };
        weeks(3).await;
        town.app.identify_phone(first, lang).await.expect("it may still have a queue");
        weeks(2).await;
        let over = town.app.identify_phone(first, lang).await.expect_err("it is over");
        assert_eq!(over.code.as_ref(), "unauthenticated");
        town.app.identify_phone(second, lang).await.expect("that one is in use");
        let connection = sea_orm::Database::connect(db.url()).await.expect("a connection");
        connection.execute_unprepared("UPDATE person SET active = FALSE").await.expect("it is done");
        town.app.identify_phone(second, lang).await.expect("it may still have a queue");
        weeks(5).await;
        let over = town.app.identify_phone(second, lang).await.expect_err("it is over");
        assert_eq!(over.code.as_ref(), "unauthenticated");
    }

    /// Every route of both interfaces asks a machine for a scope or refuses machines; no token opens a page.
    async fn every_route_has_a_scope_or_refuses_machines(db: TestDatabase) {
        let town = ShellTown::on(db).await;
        let add = |scopes: &str| {
            let output =
                town.shell(&["token", "add", "入退室装置", "--owner", "aoi", "--scope", scopes, "--days", "30"]);
            output.lines().find_map(|line| line.strip_prefix("token: ")).expect("a token").to_owned()
        };
        let every: Vec<_> = machine::Scope::ALL.iter().map(|scope| scope.code()).collect();
        let all = add(&every.join(","));
        assert!(all.starts_with("hkt_"));
        let mut one = Vec::new();
        for scope in machine::Scope::ALL {
            one.push((scope, add(scope.code())));
        }
        let answer = town.server.client().get(town.server.url("/api/v1/openapi.json")).send().await;
        let document: Value = read(answer.expect("an answer"), StatusCode::OK).await;
        let mut asked = BTreeSet::new();
        for (path, item) in document["paths"].as_object().expect("paths") {
            for (method, operation) in item.as_object().expect("a path item") {
                if operation["security"] == json!([{}]) {
                    continue;
                }
                let verb = Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method");
                let address: Vec<_> =
                    path.split('/').map(|part| if part.starts_with('{') { "x" } else { part }).collect();
                let url = format!("/api/v1{}", address.join("/"));
                let wanted = machine::scope_of(verb.as_str(), &format!("/api/v1{path}"));
                let everything = ask(&town, &all, verb.clone(), &url, None).await;
                match wanted {
                    None => {
                        read_problem(everything, 403, "token-scope").await;
                    }
                    Some(scope) => {
                        assert_ne!(everything.status(), StatusCode::FORBIDDEN, "{method} {path}");
                        asked.insert(scope);
                        for (_, token) in one.iter().filter(|(own, _)| *own != scope) {
                            read_problem(ask(&town, token, verb.clone(), &url, None).await, 403, "token-scope").await;
                        }
                    }
                }
            }
        }
        assert_eq!(asked.len(), machine::Scope::ALL.len(), "each scope opens something: {asked:?}");
        let page = page(&town, &all, "/items").await;
        assert!(!page.contains("name=\"q\""), "a token opens no page");

        // Kept as a hash only, shown once, over when revoked.
        let listed = town.shell(&["token", "list"]);
        assert!(!listed.contains("hkt_") && listed.contains("aoi"), "{listed}");
        let connection = sea_orm::Database::connect(town.database.url()).await.expect("a connection");
        let rows = Statement::from_string(connection.get_database_backend(), "SELECT token_hash FROM api_token");
        for row in connection.query_all_raw(rows).await.expect("rows") {
            assert_eq!(row.try_get_by_index::<Vec<u8>>(0).expect("a hash").len(), 32);
        }
        let (_, readers) = &one[0];
        assert_eq!(ask(&town, readers, Method::GET, "/api/v1/directory", None).await.status(), StatusCode::OK);
        let id = town.shell(&["token", "add", "x", "--owner", "aoi", "--scope", "read-register", "--days", "1"]);
        let (id, secret) = (id.lines().next().expect("an id"), between(&id, "token: ", "\n"));
        town.shell(&["token", "revoke", id]);
        read_problem(ask(&town, secret, Method::GET, "/api/v1/directory", None).await, 401, "unauthenticated").await;
        sql(&town, "UPDATE person SET active = FALSE WHERE login = 'aoi'").await;
        read_problem(ask(&town, readers, Method::GET, "/api/v1/directory", None).await, 401, "unauthenticated").await;
    }

    /// Within a year, for something, with somebody who answers for it; over at its end.
    async fn a_token_has_an_end_a_scope_and_somebody_who_answers_for_it(db: TestDatabase) {
        use hokan_mobile_api::Backend as _;
        let town = Town::on(&db).await;
        let now = town.clock.now();
        let new = |owner: &str, days: i64, scopes: &[machine::Scope]| NewToken {
            name: "入退室装置".to_owned(),
            owner: owner.to_owned(),
            scopes: scopes.iter().copied().collect(),
            expires_at: now + TimeDelta::days(days),
        };
        let register = [machine::Scope::ReadRegister];
        for wrong in
            [new("aoi", 366, &register), new("aoi", 0, &register), new("aoi", 30, &[]), new("nobody", 30, &register)]
        {
            assert!(town.app.add_token(None, wrong).await.is_err());
        }
        let (_, secret) = town.app.add_token(None, new("aoi", 30, &register)).await.expect("a token");
        let lang = hokan_domain::text::Lang::Ja;
        let identify = || town.app.identify_machine(&secret, &axum::http::Method::GET, "/api/v1/directory", lang);
        let caller = identify().await.expect("it is live");
        assert_eq!(caller.person.id, town.handlers[0].person.id);
        assert_eq!(caller.proven_at, None, "no second factor was shown");
        town.clock.set(now + TimeDelta::days(30));
        let over = identify().await.expect_err("it is over");
        assert_eq!(over.code.as_ref(), "unauthenticated");
    }

    /// Whoever signed in long ago signs in again before he pairs a phone; an offer ends after five minutes.
    async fn pairing_wants_a_fresh_sign_in_and_a_fresh_offer(db: TestDatabase) {
        use hokan_mobile_api::{Backend as _, Session, auth::Origin, wire::{Pair, SignIn}};
        let town = Town::on(&db).await;
        let lang = hokan_domain::text::Lang::Ja;
        let sign_in = SignIn { login: "aoi".to_owned(), password: "correct horse battery".to_owned() };
        let signed_in = town.app.sign_in(lang, sign_in, Origin::default()).await.expect("a session");
        let session = async || Session {
            caller: town.app.identify(signed_in.token.as_deref().expect("a session"), lang).await.expect("live"),
            token: signed_in.token.clone().expect("a session"),
        };
        let offer = async || {
            let offer = town.app.identity().offer_pairing(town.handlers[0].person.id).await.expect("an offer");
            Pair { token: offer.token, name: "電話".to_owned() }
        };
        let in_time = offer().await;
        town.clock.set(town.clock.now() + TimeDelta::minutes(6));
        let over = town.app.pair(&session().await, in_time).await.expect_err("the offer is over");
        assert_eq!(over.code.as_ref(), "pairing-over");
        town.clock.set(town.clock.now() + TimeDelta::minutes(6));
        let stale = town.app.pair(&session().await, offer().await).await.expect_err("signed in too long ago");
        assert_eq!(stale.code.as_ref(), "unauthenticated");
    }
}
