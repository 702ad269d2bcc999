//! The desk's interface: everything of the phone's and the desk's own beside it, each for whom it is meant.

use std::collections::{BTreeMap, BTreeSet};

use hokan_domain::contents::Category;
use hokan_server::{
    app::ProfileText,
    clock::Clock,
    config::{Config, Flags},
    entropy::Entropy,
    serve,
    store::Schema,
};
use hokan_tests::{
    database::TestDatabase,
    on_both_databases,
    phone::{Phone, read, read_problem, scan},
    server::Server,
    town::{PASSWORD, ShellTown, event},
};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

/// The address of the desk's interface on a server.
const BASE: &str = "/api/v1";

/// Somebody at a desk, signed in.
struct Desk {
    client: reqwest::Client,
    base: String,
    token: String,
}

impl Desk {
    /// The session of a phone opens the desk, too.
    fn of(server: &Server, phone: &Phone) -> Self {
        Self { client: server.client(), base: server.url(BASE), token: phone.token().to_owned() }
    }

    async fn get(&self, path: &str) -> Response {
        let url = format!("{}{path}", self.base);
        self.client.get(url).bearer_auth(&self.token).send().await.expect("an answer")
    }

    async fn post(&self, path: &str, body: &Value) -> Response {
        let url = format!("{}{path}", self.base);
        self.client.post(url).bearer_auth(&self.token).json(body).send().await.expect("an answer")
    }

    async fn show(&self, path: &str) -> Value {
        read(self.get(path).await, StatusCode::OK).await
    }
}

/// The desk of the `index`-th of the town's people.
async fn desk(town: &ShellTown, index: usize) -> Desk {
    Desk::of(&town.server, &town.phone(index).await)
}

/// The desk of an administrator, who is added first.
async fn administrator(town: &ShellTown) -> Desk {
    town.add("soumu", "総務 次郎", "administrator").await;
    let phone = Phone::sign_in(&town.server, "soumu", PASSWORD).await;
    Desk::of(&town.server, &phone)
}

/// Lets a profile judge that comes with the product. The server must not be running.
async fn adopt(town: &ShellTown, profile: &str) {
    let flags = Flags {
        data_dir: Some(town.server.data_dir().to_owned()),
        database_url: Some(town.database.url().to_owned()),
        ..Flags::default()
    };
    let config = Config::load(&flags).expect("settings of a test");
    let app =
        serve::open(config, Clock::system(), Entropy::system(), Schema::Require).await.expect("it opens");
    let by = app.store().people().await.expect("a database")[0].person.id;
    let text = ProfileText::shipped(profile).expect("it comes with Hokan");
    app.adopt_profile(&text, BTreeMap::new(), None, by, event()).await.expect("adopted");
    app.store().clone().close().await;
}

async fn document(server: &Server) -> Value {
    let answer = server.client().get(server.url("/api/v1/openapi.json")).send().await.expect("an answer");
    read(answer, StatusCode::OK).await
}

/// Every operation of a document, as (method, path, operation).
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().expect("paths");
    let methods = paths.iter().flat_map(|(path, item)| {
        let item = item.as_object().expect("a path item");
        item.iter().map(move |(method, operation)| (method.clone(), path.clone(), operation.clone()))
    });
    methods.collect()
}

/// Every `$ref` within a value.
fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                match (key.as_str(), value) {
                    ("$ref", Value::String(reference)) => {
                        found.insert(reference.clone());
                    }
                    _ => references(value, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

/// The sources of what a contract still needs, of this kind.
fn sources(problem: &Value, code: &str) -> Vec<String> {
    let missing = problem["missing"].as_array().expect("what is missing").iter();
    let ours = missing.filter(|missing| missing["code"] == code);
    ours.map(|missing| missing["source"].as_str().expect("a source").to_owned()).collect()
}

on_both_databases! {
    /// Nobody gets anything without a session but the two addresses that say so in the document, and the
    /// document holds what phones ask and what the desk asks.
    async fn every_route_of_the_document_asks_who_it_is(db: TestDatabase) {
        let town = ShellTown::on(db).await;
        let document = document(&town.server).await;
        assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.")));
        assert_eq!(document["info"]["title"], "Hokan");

        let operations = operations(&document);
        let client = town.server.client();
        let mut open = BTreeSet::new();
        for (method, path, operation) in &operations {
            if operation["security"] == json!([{}]) {
                open.insert(path.as_str());
                continue;
            }
            let address: Vec<_> =
                path.split('/').map(|part| if part.starts_with('{') { "x" } else { part }).collect();
            let url = town.server.url(&format!("{BASE}{}", address.join("/")));
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method");
            let answer = client.request(method, url).send().await.expect("an answer");
            assert_eq!(answer.headers().get("cache-control").map(|value| value.as_bytes()), Some(&b"no-store"[..]));
            read_problem(answer, 401, "unauthenticated").await;
        }
        assert_eq!(open, BTreeSet::from(["/openapi.json", "/sign-in", "/sign-in/second"]));

        let shown: BTreeSet<_> = operations.iter().map(|(method, path, _)| (method.as_str(), path.as_str())).collect();
        let phone = serde_json::to_value(hokan_mobile_api::openapi()).expect("a document");
        for (method, path, _) in self::operations(&phone) {
            assert!(shown.contains(&(method.as_str(), path.as_str())), "{method} {path}");
        }
        for operation in [
            ("get", "/profile"),
            ("get", "/profile/summary"),
            ("post", "/profile/values"),
            ("get", "/retention"),
            ("get", "/retention/counts"),
            ("post", "/purge"),
            ("get", "/calendars/{name}"),
            ("post", "/calendars/{name}"),
            ("get", "/contracts"),
            ("post", "/contracts"),
            ("get", "/contracts/{id}"),
            ("post", "/contracts/{id}/acts"),
            ("get", "/certificates"),
            ("get", "/requirements"),
        ] {
            assert!(shown.contains(&operation), "{operation:?}");
        }
        let ids: BTreeSet<_> = operations.iter().map(|(_, _, one)| one["operationId"].to_string()).collect();
        assert_eq!(ids.len(), operations.len(), "each operation has a name of its own");
        let mut found = BTreeSet::new();
        references(&document, &mut found);
        for reference in found {
            let pointer = reference.strip_prefix('#').expect("a reference within the document");
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
    }

    /// What phones ask is answered here too, and what neither asks is a problem document.
    async fn the_phones_world_is_there_too(db: TestDatabase) {
        let town = ShellTown::on(db).await;
        let desk = desk(&town, 0).await;
        assert_eq!(desk.show("/me").await, on_the_phone(&town, "/me").await);
        assert!(desk.show("/directory").await.is_object());
        read_problem(desk.get("/nothing").await, 404, "not-found").await;
        read_problem(desk.post("/retention", &json!({})).await, 405, "http-method-not-allowed").await;
        read_problem(desk.get("/retention?colour=red").await, 422, "bad-request-body").await;

        let text = desk.get("/profile/summary?lang=en").await.text().await.expect("a text");
        assert!(text.lines().count() > 20, "{text}");
        let report = desk.show("/requirements").await;
        let list = report["requirements"].as_array().expect("a list");
        let counts = &report["counts"];
        let sum: u64 = ["proven", "evidence_only", "open"].map(|key| counts[key].as_u64().expect("a sum")).iter().sum();
        assert_eq!((Some(sum), sum), (counts["total"].as_u64(), list.len() as u64));
        assert!(list.iter().any(|one| one["id"] == "NG-066"));
    }

    /// Numbers of the regulation are set by administrators and nobody else.
    async fn numbers_of_the_regulation_need_an_administrator(db: TestDatabase) {
        let town = ShellTown::on(db).await;
        let handler = desk(&town, 0).await;
        let administrator = administrator(&town).await;
        let before = handler.show("/profile").await;
        let value = before["values"]
            .as_array()
            .and_then(|values| values.iter().find(|value| value["proposal"] == true))
            .expect("a number that is only proposed");
        assert!(value["mark"].is_string() && value["source"].is_string());
        let name = value["value"]["code"].as_str().expect("a name");
        let number = value["number"].as_u64().expect("a number") + 1;
        let body = json!({ "value": name, "number": number });

        let problem = read_problem(handler.post("/profile/values", &body).await, 403, "part-missing").await;
        assert!(problem["source"].is_string(), "a refusal cites its source: {problem}");
        assert_eq!(handler.show("/profile").await, before);

        for (body, code) in [
            (json!({ "value": name, "number": 1234567890123_u64 }), "bad-request-body"),
            (json!({ "value": name, "number": -987654 }), "bad-request-body"),
            (json!({ "value": name, "number": number, "zeppelin": 987654 }), "bad-request-body"),
            (json!({ "value": "zeppelin-987654", "number": number }), "unknown-reference"),
            (json!({ "value": name }), "bad-request-body"),
        ] {
            let problem = read_problem(administrator.post("/profile/values", &body).await, 422, code).await;
            assert!(!problem.to_string().contains("987654"), "what was sent is not repeated: {problem}");
        }

        let answer = administrator.post("/profile/values", &body).await;
        let after: Value = read(answer, StatusCode::OK).await;
        let set = after["values"].as_array().and_then(|values| values.iter().find(|one| one["value"]["code"] == name));
        let set = set.expect("the number");
        assert_eq!((set["number"].as_u64(), set["proposal"].as_bool()), (Some(number), Some(false)));
        assert_ne!(after["digest"], before["digest"]);
        assert_eq!(handler.show("/profile").await["digest"], after["digest"], "it is in force at once");
    }

    /// Days of calendars are marked by administrators, and taken back.
    async fn calendars_are_kept_by_administrators(db: TestDatabase) {
        let town = ShellTown::on(db).await;
        let handler = desk(&town, 0).await;
        let administrator = administrator(&town).await;
        let range = "/calendars/national?from=2027-03-08&to=2027-03-12";
        let day = |mark: &str| json!({ "day": "2027-03-10", "mark": mark });
        read_problem(handler.post("/calendars/national", &day("added")).await, 403, "part-missing").await;
        assert_eq!(handler.show(range).await["days"], json!([]));
        for (mark, changed, days) in [
            ("added", true, json!([{ "day": "2027-03-10" }])),
            ("added", false, json!([{ "day": "2027-03-10" }])),
            ("none", true, json!([])),
            ("none", false, json!([])),
        ] {
            let answer: Value = read(administrator.post("/calendars/national", &day(mark)).await, StatusCode::OK).await;
            assert_eq!(answer["changed"], changed, "{mark}: {answer}");
            assert_eq!(handler.show(range).await["days"], days, "{mark}");
        }
        // A date that is taken out comes back under its own day, too.
        let pension = "/calendars/pension-payment?from=2027-02-01&to=2027-02-28";
        let date = handler.show(pension).await["days"][0]["day"].clone();
        for (mark, left) in [("removed", 0), ("none", 1)] {
            let body = json!({ "day": date, "mark": mark });
            let answer: Value =
                read(administrator.post("/calendars/pension-payment", &body).await, StatusCode::OK).await;
            assert_eq!(answer["changed"], true, "{mark}: {answer}");
            assert_eq!(handler.show(pension).await["days"].as_array().map(Vec::len), Some(left), "{mark}");
        }
        read_problem(handler.get("/calendars/zeppelin").await, 404, "not-found").await;
        let backwards = handler.get("/calendars/national?from=2027-03-10&to=2027-03-01").await;
        read_problem(backwards, 422, "bad-request-body").await;
    }

    /// A dry run says what a run would do and writes nothing; who is neither custodian nor administrator may
    /// do neither.
    async fn a_dry_run_of_the_sweep_writes_nothing(db: TestDatabase) {
        let town = ShellTown::on(db).await;
        let handler = desk(&town, 0).await;
        let administrator = administrator(&town).await;
        let (codes, _) = town.print_labels("a4-24", 1, 1);
        let rules = handler.show("/profile").await["retention"].clone();
        let rule = rules.as_array().and_then(|rules| rules.iter().find(|rule| rule["start"] == "fiscal-year"));
        let rule = rule.expect("a rule that begins with the year of the recording")["rule"]["code"].clone();
        let body = json!({
            "event_id": Uuid::new_v4(),
            "scan": scan(&codes[0]),
            "kind": "usb-memory",
            "title": "古い媒体",
            "protection": { "state": "password-only", "key_apart": true },
            "contents": [{ "category": Category::ALL[0].code(), "recorded_on": "1990-04-01", "retention": rule }],
        });
        let registered: Value = read(handler.post("/items", &body).await, StatusCode::OK).await;

        for desk in [&handler, &desk(&town, 2).await] {
            read_problem(desk.post("/purge", &json!({ "dry_run": true })).await, 403, "part-missing").await;
        }
        let (ledger, counts) = (town.shell(&["ledger", "verify"]), handler.show("/retention/counts").await);
        let dry: Value = read(administrator.post("/purge", &json!({ "dry_run": true })).await, StatusCode::OK).await;
        assert_eq!((&dry["dry_run"], &dry["newly_due"]), (&json!(true), &json!(1)), "{dry}");
        assert_eq!(town.shell(&["ledger", "verify"]), ledger);
        assert_eq!(handler.show("/retention/counts").await, counts);
        assert_eq!(handler.show("/retention").await["items"], json!([]), "nothing is flagged yet");
        let ahead = json!({ "dry_run": false, "as_of": "2999-01-01" });
        read_problem(administrator.post("/purge", &ahead).await, 422, "bad-request-body").await;

        let again: Value = read(administrator.post("/purge", &json!({ "dry_run": true })).await, StatusCode::OK).await;
        assert_eq!(again["newly_due"], dry["newly_due"], "the dry run left everything to do");
        let run: Value = read(administrator.post("/purge", &json!({ "dry_run": false })).await, StatusCode::OK).await;
        assert_eq!((&run["dry_run"], &run["newly_due"]), (&json!(false), &json!(1)), "{run}");
        let due = handler.show("/retention").await;
        assert_eq!(due["items"][0]["item"], registered["item"]["id"], "{due}");
        assert!(due["items"][0]["sentence"].as_str().is_some_and(|text| !text.is_empty()), "{due}");
        assert_eq!(handler.show("/retention/counts").await["overdue"], 1);
        let last = &due["items"][0];
        let place = format!("{}_{}", last["due_on"].as_str().expect("a day"), last["item"].as_str().expect("an id"));
        let rest = handler.show(&format!("/retention?after={place}")).await;
        assert_eq!(rest, json!({ "items": [] }));
        read_problem(handler.get("/retention?after=zeppelin").await, 422, "bad-request-body").await;
    }

    /// There is no certificate of the end of what has not ended.
    async fn what_still_exists_has_no_certificate_of_destruction(db: TestDatabase) {
        let town = ShellTown::on(db).await;
        let (codes, _) = town.print_labels("a4-24", 1, 1);
        let phone = town.phone(0).await;
        let item = phone.register(&codes[0], "usb-memory", "検査用").await.item.id;
        let desk = Desk::of(&town.server, &phone);
        let answer = desk.get(&format!("/certificates?item={item}&lang=ja&lang=en")).await;
        read_problem(answer, 409, "not-destroyed").await;
        let unknown = format!("itm_{}", Uuid::new_v4().simple());
        read_problem(desk.get(&format!("/certificates?item={unknown}")).await, 404, "not-found").await;
        for query in ["", "?item=zeppelin", "?lang=ja", "?item=itm_7", "?colour=red"] {
            let problem = read_problem(desk.get(&format!("/certificates{query}")).await, 422, "bad-request-body").await;
            assert!(!problem.to_string().contains("zeppelin"), "{problem}");
        }
    }

    /// A contract without what the regulation of Nagasaki's association asks for is not put in force, and the
    /// refusal names each 号.
    ///
    /// req: NG-066 NG-067 NG-068 NG-069 NG-071 NG-072 NG-073 NG-074 NG-075 NG-076 NG-077 NG-078
    async fn a_contract_without_its_clauses_is_not_put_in_force(db: TestDatabase) {
        let mut town = ShellTown::on(db).await;
        town.server.stop().await;
        adopt(&town, "nagasaki-kyosai").await;
        town.server.start_again().await;
        let desk = desk(&town, 0).await;
        assert_eq!(desk.show("/profile").await["id"], "nagasaki-kyosai");

        let event = Uuid::new_v4();
        let draft = json!({
            "event_id": event,
            "contractor": "株式会社見本",
            "subject": "届出書の入力",
            "from": "2026-04-01",
        });
        let mut wrong = draft.clone();
        wrong["subject"] = json!("番号 1234-5678-9018 の入力");
        let problem = read_problem(desk.post("/contracts", &wrong).await, 422, "personal-number-in-text").await;
        assert!(!problem.to_string().contains("1234"), "a number is never repeated: {problem}");
        let drafted: Value = read(desk.post("/contracts", &draft).await, StatusCode::OK).await;
        let again: Value = read(desk.post("/contracts", &draft).await, StatusCode::OK).await;
        assert_eq!((&drafted["repeated"], &again["repeated"]), (&json!(false), &json!(true)));
        let contract = drafted["contract"]["id"].as_str().expect("an id").to_owned();
        assert_eq!(contract, format!("ctr_{}", event.simple()));
        let acts = format!("/contracts/{contract}/acts");
        let act = async |mut act: Value| {
            act["event_id"] = json!(Uuid::new_v4());
            desk.post(&acts, &act).await
        };

        let problem = read_problem(act(json!({ "act": "activate" })).await, 409, "not-ready").await;
        let found = sources(&problem, "clause");
        assert_eq!(found.len(), 13, "{problem}");
        for (number, source) in (1..=13).zip(&found) {
            assert!(source.ends_with(&format!("第22条第2項第{number}号")), "{source}");
        }
        assert_eq!(sources(&problem, "confirmation").len(), 1, "{problem}");

        // Each of them is needed: with all others there, its own is what is named.
        let clauses = drafted["contract"]["clauses"].as_array().expect("clauses").clone();
        for (ticked, clause) in clauses.iter().enumerate() {
            let problem = read_problem(act(json!({ "act": "activate" })).await, 409, "not-ready").await;
            assert_eq!(sources(&problem, "clause"), found[ticked..], "{problem}");
            let tick = json!({ "act": "tick-clause", "clause": clause["clause"]["code"], "page": "第5条" });
            let _: Value = read(act(tick).await, StatusCode::OK).await;
        }
        for (clause, source) in clauses.iter().zip(&found) {
            let code = &clause["clause"]["code"];
            let _: Value = read(act(json!({ "act": "strike-clause", "clause": code })).await, StatusCode::OK).await;
            let problem = read_problem(act(json!({ "act": "activate" })).await, 409, "not-ready").await;
            assert_eq!(sources(&problem, "clause"), std::slice::from_ref(source), "{problem}");
            let tick = json!({ "act": "tick-clause", "clause": code, "page": "第6条" });
            let _: Value = read(act(tick).await, StatusCode::OK).await;
        }
        let unknown = json!({ "act": "tick-clause", "clause": "zeppelin", "page": "1" });
        read_problem(act(unknown).await, 409, "no-such-clause").await;
        let stray = json!({ "act": "activate", "clause": "confidentiality" });
        read_problem(act(stray).await, 422, "bad-request-body").await;

        let shown = desk.show(&format!("/contracts/{contract}")).await;
        assert!(sources(&shown, "clause").is_empty() && sources(&shown, "confirmation").len() == 1, "{shown}");
        assert_eq!(shown["state"]["code"], "draft");
        let list = desk.show("/contracts").await;
        assert_eq!(list["contracts"][0]["id"], contract.as_str());
        read_problem(desk.get("/contracts/ctr_7").await, 404, "not-found").await;
    }
}

/// What the phone's own interface answers to the first of the town's people.
async fn on_the_phone(town: &ShellTown, path: &str) -> Value {
    let phone = town.phone(0).await;
    read(phone.get(path).await.expect("an answer"), StatusCode::OK).await
}
