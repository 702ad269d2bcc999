//! Authority everywhere: every route of the program asks who it is, and takes an act from nobody but whom the table
//! of routes names; another division's officer, two at once, and the table itself as a page of the documents.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::{join, join_all};
use hokan_domain::{item::ItemKind, person::Part, profile::Gated};
use hokan_mobile_api::{
    SESSION_COOKIE,
    request::{ActRequest, PlanRequest, WantedRequest},
};
use hokan_server::{
    app::NewHome,
    authority::{self, Audience, DESK_BASE, Entry, PHONE_BASE},
    clock::Clock,
    config::{Config, Flags},
    entropy::Entropy,
    serve,
    store::Schema,
};
use hokan_tests::{
    body::{Body, DIVISION, New, OTHER_DIVISION, Officer, refused, text},
    database::TestDatabase,
    form::{csrf, encoded},
    on_both_databases,
    phone::{Phone, read, scan},
    server::{ServerOptions, Tls},
    town::{PASSWORD, ShellTown, event},
    workspace,
};
use reqwest::{Method, Response, StatusCode};
use sea_orm::{ConnectOptions, ConnectionTrait as _};
use serde_json::{Value, json};
use uuid::Uuid;

/// The routes that ask for no session, and why. The list may shrink. Whoever makes it longer has to say why a
/// stranger may ask for that, here and in the table, and to raise the number below, which is never done in passing.
const PUBLIC: [(&str, &str, &str); 22] = [
    ("GET", "/healthz", "a load balancer has no session, and hears nothing but that the process lives"),
    ("GET", "/readyz", "the same of the database"),
    ("GET", "/sign-in", "who is to sign in has no session yet"),
    ("POST", "/sign-in", "who is to sign in has no session yet"),
    ("POST", "/sign-in/passkey", "who is to sign in has no session yet"),
    ("POST", "/sign-in/passkey/challenge", "who is to sign in has no session yet, and says no name either"),
    ("GET", "/sign-in/second", "who knew the password has no session before the second factor"),
    ("POST", "/sign-in/second", "who knew the password has no session before the second factor"),
    (
        "GET",
        "/setup/{token}",
        "before the first administrator nobody has a session; the secret is the console's",
    ),
    (
        "POST",
        "/setup/{token}",
        "before the first administrator nobody has a session; the secret is the console's",
    ),
    ("POST", "/sign-in/provider", "who is to sign in has no session yet"),
    ("GET", "/sign-in/provider/return", "who is to sign in has no session yet; it serves one browser, once"),
    (
        "GET",
        "/pair/{token}",
        "opened on a phone on which nobody has signed in yet, by whoever has its one-time address",
    ),
    ("GET", "/trust", "to be read before the certificate is trusted, and so before anybody can sign in"),
    ("GET", "/trust/hokan-ca.crt", "the certificate that is to be trusted; what is secret of it is its key"),
    (
        "GET",
        "/static/{*path}",
        "what the page to sign in is made of, and a scan page without a person; the same files for everybody",
    ),
    ("GET", "/api/phone/v1/openapi.json", "describes the interface, and holds no data of the body's"),
    ("POST", "/api/phone/v1/sign-in", "who is to sign in has no session yet"),
    ("POST", "/api/phone/v1/sign-in/second", "who knew the password has no session before the second factor"),
    ("GET", "/api/v1/openapi.json", "describes the interface, and holds no data of the body's"),
    ("POST", "/api/v1/sign-in", "who is to sign in has no session yet"),
    ("POST", "/api/v1/sign-in/second", "who knew the password has no session before the second factor"),
];

/// The length that the list may not exceed.
const MOST_PUBLIC: usize = 22;

/// How a body is sent.
#[derive(Debug, Clone)]
enum Sent {
    Json(Value),
    Form(Vec<(&'static str, String)>),
    Jpeg,
}

/// Somebody who is signed in, in an app and in a browser.
struct Someone {
    token: String,
}

/// A town with one of everything that addresses name.
struct World {
    town: ShellTown,
    /// By sign-in name.
    people: BTreeMap<&'static str, Someone>,
    /// What stands in the place of a parameter, by what stands before it.
    names: BTreeMap<&'static str, String>,
    codes: Vec<String>,
}

/// Adds a container with a label. The server must not be running.
pub(crate) async fn add_container(town: &ShellTown, label: &str) {
    let flags = Flags {
        data_dir: Some(town.server.data_dir().to_owned()),
        database_url: Some(town.database.url().to_owned()),
        ..Flags::default()
    };
    let config = Config::load(&flags).expect("settings of a test");
    let app =
        serve::open(config, Clock::system(), Entropy::system(), Schema::Require).await.expect("it opens");
    let by = app.store().people().await.expect("a database")[0].person.id;
    let label = (label.parse().expect("a label"), event(), by);
    let container =
        NewHome { name: "搬送用ケース".to_owned(), label: Some(label), ..NewHome::default() };
    app.add_home(container).await.expect("a container");
    app.store().clone().close().await;
}

fn jpeg() -> Vec<u8> {
    let picture = image::GrayImage::from_fn(64, 48, |x, y| image::Luma([((x * y) % 251) as u8]));
    hokan_tests::photo::encode_jpeg(&picture, 80).expect("a photograph")
}

fn plan(item: &str) -> Value {
    json!({ "items": [item], "direction": "outside", "channel": "hand", "counterparty": "県税事務所" })
}

impl World {
    async fn build(db: TestDatabase) -> Self {
        let mut town = ShellTown::with(db, ServerOptions { tls: Tls::Own, ..ServerOptions::default() }).await;
        town.add("soumu", "総務 次郎", "administrator").await;
        let (codes, _) = town.print_labels("a4-24", 12, 1);
        town.server.stop().await;
        add_container(&town, &codes[6]).await;
        town.server.start_again().await;
        let aoi = town.phone(0).await;
        let kansa = town.phone(2).await;
        let soumu = Phone::sign_in(&town.server, "soumu", PASSWORD).await;

        let item = aoi.register(&codes[0], "usb-memory", "検査用").await.item.id.to_string();
        let asked = json!({ "event_id": Uuid::new_v4(), "plan": plan(&item) });
        let asked: Value =
            read(aoi.post("/carry-outs", &asked).await.expect("an answer"), StatusCode::OK).await;
        let report =
            json!({ "event_id": Uuid::new_v4(), "kind": "loss", "gravity": "incident", "items": [item] });
        let report: Value =
            read(aoi.post("/incidents", &report).await.expect("an answer"), StatusCode::OK).await;
        let file = aoi.post_bytes("/files", "image/jpeg", jpeg()).await.expect("an answer");
        let file: Value = read(file, StatusCode::OK).await;
        let directory: Value = read(aoi.get("/directory").await.expect("an answer"), StatusCode::OK).await;
        let homes = directory["homes"].as_array().expect("homes").iter();
        let container = homes.filter_map(|home| home["id"].as_str()).find(|id| id.starts_with("con_"));
        let container = container.expect("a container").to_owned();
        let me: Value = read(soumu.get("/me").await.expect("an answer"), StatusCode::OK).await;
        let draft = json!({
            "event_id": Uuid::new_v4(), "contractor": "株式会社見本", "subject": "入力", "from": "2026-04-01",
        });
        let client = town.server.client();
        let contract =
            client.post(town.server.url(&format!("{DESK_BASE}/contracts"))).bearer_auth(aoi.token());
        let contract: Value =
            read(contract.json(&draft).send().await.expect("an answer"), StatusCode::OK).await;

        let mut people = BTreeMap::new();
        for (login, phone) in [("aoi", &aoi), ("kansa", &kansa), ("soumu", &soumu)] {
            people.insert(login, Someone { token: phone.token().to_owned() });
        }
        let id = |value: &Value| value.as_str().expect("an id").to_owned();
        let names = BTreeMap::from([
            ("items", item),
            ("carry-outs", id(&asked["carry_out"]["id"])),
            ("incidents", id(&report["incident"]["id"])),
            ("contracts", id(&contract["contract"]["id"])),
            ("containers", container),
            ("files", id(&file["id"])),
            ("suspicions", format!("sus_{}", Uuid::new_v4().simple())),
            ("calendars", "national".to_owned()),
            ("L", codes[0].clone()),
            ("l", codes[0].clone()),
            ("static", "app.css".to_owned()),
            ("setup", "made-up".to_owned()),
            ("sessions", format!("ses_{}", Uuid::new_v4().simple())),
            ("passkeys", format!("psk_{}", Uuid::new_v4().simple())),
            ("accounts", aoi.me().await.person.id.to_string()),
            ("pair", "A".repeat(43)),
            ("phones", format!("dev_{}", Uuid::new_v4().simple())),
            ("tokens", format!("tok_{}", Uuid::new_v4().simple())),
            ("people", id(&me["person"]["id"])),
            ("validations", format!("vld_{}", Uuid::new_v4().simple())),
            ("viewer-ids", format!("lon_{}", Uuid::new_v4().simple())),
        ]);
        let mut world = Self { town, people, names, codes };
        let page = world.ask("aoi", "GET", "/labels", None).await.text().await.expect("a page");
        let sheet = page.split("/labels/sht_").nth(1).expect("a sheet");
        let sheet: String = sheet.chars().take_while(|char| *char != '"' && *char != '?').collect();
        world.names.insert("labels", format!("sht_{sheet}"));
        world
    }

    fn id(&self, what: &str) -> &str {
        &self.names[what]
    }

    /// An address with its parameters filled in, and what it has to be asked beside.
    fn address(&self, path: &str) -> String {
        let mut parts: Vec<&str> = Vec::new();
        for part in path.split('/') {
            let before = parts.last().copied().unwrap_or_default();
            parts.push(match part {
                "{code}" if before == "labels" => &self.codes[0],
                part if part.starts_with('{') => {
                    self.names.get(before).unwrap_or_else(|| panic!("nothing stands for {part} of {path}"))
                }
                part => part,
            });
        }
        let mut address = parts.join("/");
        if path.ends_with("/explanation") {
            address.push_str("?act=offer");
        } else if path.ends_with("/certificates") {
            address.push_str(&format!("?item={}", self.id("items")));
        } else if path.ends_with("/calendars/{name}") {
            address.push_str("?from=2027-03-08&to=2027-03-12");
        }
        address
    }

    /// Asks as somebody: in the interfaces with his token, of the pages with his cookie.
    async fn ask(&self, who: &str, method: &str, path: &str, body: Option<Sent>) -> Response {
        let someone = &self.people[who];
        let client = self.town.server.client();
        let method_of = Method::from_bytes(method.as_bytes()).expect("a method");
        let mut request = client.request(method_of, self.town.server.url(&self.address(path)));
        let page = !path.starts_with("/api/");
        request = match page {
            true => request.header("cookie", format!("{SESSION_COOKIE}={}", someone.token)),
            false => request.bearer_auth(&someone.token),
        };
        let body = body.or_else(|| {
            (method == "POST").then(|| if page { Sent::Form(Vec::new()) } else { Sent::Json(json!({})) })
        });
        request = match body {
            None => request,
            Some(Sent::Json(body)) => request.json(&body),
            Some(Sent::Jpeg) => request.header("content-type", "image/jpeg").body(jpeg()),
            Some(Sent::Form(mut fields)) => {
                fields.insert(0, ("csrf", csrf(&someone.token)));
                let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
                request.header("content-type", "application/x-www-form-urlencoded").body(encoded(&fields))
            }
        };
        request.send().await.unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// What is asked of a route that is not for everybody, so that nothing but authority stands against it.
    fn probe(&self, method: &str, path: &str) -> Option<Sent> {
        let event = || json!(Uuid::new_v4());
        let form = |fields: &[(&'static str, &str)]| {
            let mut fields: Vec<_> =
                fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
            fields.push(("event_id", Uuid::new_v4().to_string()));
            Some(Sent::Form(fields))
        };
        let item = self.id("items");
        let (blank, container) = (self.codes[5].as_str(), self.codes[6].as_str());
        let page = match (method, path) {
            ("POST", "/items/{id}/acts") => {
                form(&[("act", "replace-label"), ("new_code", blank), ("reason", "damaged")])
            }
            ("POST", "/items/{id}/copy") => form(&[
                ("contents", "cnt_00000000000000000000000000000001"),
                ("code", blank),
                ("kind", "usb-memory"),
                ("title", "写し"),
            ]),
            ("POST", "/carry-outs/new" | "/carry-outs/{id}/amend") => form(&[
                ("do", "ask"),
                ("items", item),
                ("direction", "outside"),
                ("channel", "hand"),
                ("counterparty", "県税事務所"),
            ]),
            ("POST", "/carry-outs/{id}/acts") => form(&[("act", "approve")]),
            ("POST", "/containers/{id}/acts") => {
                form(&[("act", "lock"), ("number", "A-1"), ("code", container)])
            }
            ("POST", "/incidents/{id}/acts") => form(&[("act", "instruct"), ("text", "調査すること")]),
            ("POST", "/register") => form(&[("code", blank), ("kind", "ssd"), ("title", "新規")]),
            ("POST", "/labels") => form(&[("stock", "a4-24"), ("count", "1"), ("start_position", "1")]),
            ("POST", "/labels/printers") => {
                form(&[("name", "1号機"), ("offset_x_mm", "0"), ("offset_y_mm", "0")])
            }
            ("POST", "/accounts/{id}") => form(&[("what", "restore")]),
            ("POST", "/trail/reviews") => {
                form(&[("from", "2026-04-01"), ("to", "2026-04-02"), ("note", "異常なし")])
            }
            ("POST", "/trail/suspicions/{id}") => form(&[("reason", "棚卸のため")]),
            ("POST", "/tokens/{id}/revoke") => form(&[]),
            ("POST", "/tokens") => form(&[("name", "入口"), ("owner", "aoi"), ("scope", "read-register")]),
            ("POST", "/people/{id}/acts") => {
                form(&[("act", "leave"), ("last", "2099-03-31"), ("why", "transfer")])
            }
            ("POST", "/permission-ledger/validations") => form(&[("inspection", "ledger")]),
            ("POST", "/permission-ledger/validations/{id}" | "/viewer-ids/{id}") => form(&[]),
            ("POST", "/viewer-ids") => {
                form(&[("viewer_id", "etsuran-1"), ("name", "来庁者"), ("purpose", "照会")])
            }
            _ => None,
        };
        if page.is_some() {
            return page;
        }
        let operation = path.strip_prefix(PHONE_BASE).or_else(|| path.strip_prefix(DESK_BASE))?;
        let json = match (method, operation) {
            ("POST", "/items") => {
                json!({ "event_id": event(), "scan": scan(blank), "kind": "ssd", "title": "新規" })
            }
            ("POST", "/items/{id}/copies") => json!({
                "event_id": event(), "scan": scan(blank), "kind": "ssd", "title": "写し",
                "contents": ["cnt_00000000000000000000000000000001"],
            }),
            ("POST", "/items/{id}/acts") => {
                json!({ "event_id": event(), "act": "replace-label", "code": blank, "reason": "damaged" })
            }
            ("POST", "/files") => return Some(Sent::Jpeg),
            ("POST", "/carry-outs") => json!({ "event_id": event(), "plan": plan(item) }),
            ("POST", "/carry-outs/{id}/acts") => json!({ "event_id": event(), "act": "approve" }),
            ("POST", "/containers/{id}/acts") => {
                json!({ "event_id": event(), "act": "lock", "number": "A-1", "scan": scan(container) })
            }
            ("POST", "/incidents/{id}/acts") => {
                json!({ "event_id": event(), "act": "instruct", "instruction": "調査すること" })
            }
            ("POST", "/profile/values") => json!({ "value": "zeppelin", "number": 1 }),
            ("POST", "/purge") => json!({ "dry_run": true }),
            ("POST", "/calendars/{name}") => json!({ "day": "2027-03-10", "mark": "none" }),
            ("POST", "/contracts") => json!({
                "event_id": event(), "contractor": "株式会社見本", "subject": "入力", "from": "2026-04-01",
            }),
            ("POST", "/contracts/{id}/acts") => json!({ "event_id": event(), "act": "activate" }),
            ("POST", "/trail/reviews") => json!({
                "event_id": event(), "from": "2026-04-01", "to": "2026-04-02", "note": "異常なし",
            }),
            ("POST", "/trail/suspicions/{id}") => json!({ "event_id": event(), "reason": "棚卸のため" }),
            ("POST", "/people/{id}") => json!({
                "event_id": event(), "act": "leave", "last": "2099-03-31", "why": "transfer",
            }),
            ("POST", "/permission-ledger/validations") => {
                json!({ "event_id": event(), "inspection": "ledger" })
            }
            ("POST", "/permission-ledger/validations/{id}") => {
                json!({ "event_id": event(), "act": "sign-off" })
            }
            ("POST", "/viewer-ids") => json!({
                "event_id": event(), "viewer_id": "etsuran-1", "name": "来庁者", "purpose": "照会",
            }),
            ("POST", "/viewer-ids/{id}") => json!({ "event_id": event() }),
            ("POST", "/trail/limits") => json!({
                "failed_sign_ins": 10, "minutes_between_buildings": 10, "views": 200, "night_acts": 5,
                "night_from": 22, "night_to": 5,
            }),
            _ => return None,
        };
        Some(Sent::Json(json))
    }
}

/// Compares a page of the documents with what it should be; `HOKAN_UPDATE_SNAPSHOTS=1` writes it.
fn matches_document(name: &str, wanted: &str) {
    let path = workspace::root().join("server/docs").join(name);
    if std::env::var_os("HOKAN_UPDATE_SNAPSHOTS").is_some_and(|value| value == "1") {
        std::fs::write(&path, wanted).expect("the document can be written");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == wanted, "{name} is not what the code says; renew it with HOKAN_UPDATE_SNAPSHOTS=1");
}

fn is_page(path: &str) -> bool {
    !path.starts_with("/api/")
}

/// Every route of the program with its line of the table.
fn walked() -> Vec<(String, String, Entry)> {
    let table = authority::table();
    let routes = authority::routes();
    let walked = routes.into_iter().map(|(method, path)| {
        let entry = table.get(&(method.clone(), path.clone())).copied();
        let entry = entry.unwrap_or_else(|| panic!("{method} {path} has no line in server/src/authority.rs"));
        (method, path, entry)
    });
    walked.collect()
}

/// No route is without a line that says for whom it is, and no line without a route.
#[test]
fn every_route_says_for_whom_it_is() {
    let routes: BTreeSet<_> = walked().into_iter().map(|(method, path, _)| (method, path)).collect();
    let table: BTreeSet<_> = authority::table().into_keys().collect();
    assert_eq!(
        table.difference(&routes).collect::<Vec<_>>(),
        Vec::<&(String, String)>::new(),
        "lines of no route"
    );
    assert!(routes.len() > 90, "{}", routes.len());
}

/// The list of public routes can only shrink.
#[test]
fn the_list_of_public_routes_can_only_shrink() {
    let walked = walked();
    let public = walked.iter().filter(|(_, _, entry)| entry.audience == Audience::Public);
    let public: BTreeSet<_> = public.map(|(method, path, _)| (method.as_str(), path.as_str())).collect();
    let listed: BTreeSet<_> = PUBLIC.iter().map(|(method, path, _)| (*method, *path)).collect();
    assert_eq!(public, listed, "the table and the list of public routes");
    assert!(listed.len() <= MOST_PUBLIC, "a public route was added");
    assert!(PUBLIC.iter().all(|(_, _, why)| why.len() > 20), "each says why");
}

/// The page of the documents is what the table says.
#[test]
fn the_document_of_routes_is_up_to_date() {
    matches_document("routes.md", &authority::document());
}

on_both_databases! {
    /// A stranger, somebody with a made-up token, and somebody whose session has ended get nothing from any route
    /// that is not public.
    async fn a_stranger_gets_nothing(db: TestDatabase) {
        let mut world = World::build(db).await;
        let ended = world.town.phone(1).await;
        let out = ended.post("/sign-out", &json!({})).await.expect("an answer");
        assert_eq!(out.status(), StatusCode::NO_CONTENT);
        world.people.insert("ended", Someone { token: ended.token().to_owned() });
        world.people.insert("made-up", Someone { token: "A".repeat(43) });
        let client = world.town.server.client();
        let mut refused = 0;
        for (method, path, entry) in walked() {
            let url = world.town.server.url(&world.address(&path));
            let method_of = Method::from_bytes(method.as_bytes()).expect("a method");
            let stranger = client.request(method_of, url).send().await.expect("an answer");
            let name = format!("{method} {path}");
            if entry.audience == Audience::Public {
                let asks = stranger.status() == StatusCode::UNAUTHORIZED
                    || stranger.headers().get("location").is_some_and(|to| to.as_bytes().starts_with(b"/sign-in"));
                assert!(!asks, "{name} is public and asks who it is");
                continue;
            }
            refused += 1;
            let mut answers = vec![stranger];
            for who in ["made-up", "ended"] {
                answers.push(world.ask(who, &method, &path, world.probe(&method, &path)).await);
            }
            for answer in answers {
                let (status, headers) = (answer.status(), answer.headers().clone());
                let body = answer.text().await.expect("a body");
                if is_page(&path) {
                    let to = headers.get("location").and_then(|to| to.to_str().ok()).unwrap_or_default();
                    assert!(status == StatusCode::SEE_OTHER && to.starts_with("/sign-in"), "{name}: {status} {to}");
                    assert!(body.is_empty(), "{name}: {body}");
                } else {
                    assert_eq!(status, StatusCode::UNAUTHORIZED, "{name}: {body}");
                    let problem: Value = serde_json::from_str(&body).expect("a problem document");
                    assert_eq!(problem["code"], "unauthenticated", "{name}");
                    assert_eq!(headers.get("cache-control").map(|value| value.as_bytes()), Some(&b"no-store"[..]));
                }
            }
        }
        assert!(refused > 80, "{refused}");
    }

    /// Somebody whose session is only there to finish signing in gets nothing but that, and may sign out.
    async fn a_session_that_must_change_its_password_opens_nothing_else(db: TestDatabase) {
        let world = World::build(db).await;
        let mut options = ConnectOptions::new(world.town.database.url());
        options.max_connections(1).sqlx_logging(false);
        let connection = sea_orm::Database::connect(options).await.expect("a connection");
        connection.execute_unprepared("UPDATE session SET must_change = TRUE").await.expect("as after a reset");
        for (method, path, entry) in walked() {
            if matches!(entry.audience, Audience::Public | Audience::AnySession) {
                continue;
            }
            let answer = world.ask("soumu", &method, &path, world.probe(&method, &path)).await;
            let (status, headers) = (answer.status(), answer.headers().clone());
            let body = answer.text().await.expect("a body");
            let name = format!("{method} {path}");
            if is_page(&path) {
                let to = headers.get("location").and_then(|to| to.to_str().ok()).unwrap_or_default();
                assert!(status == StatusCode::SEE_OTHER && to.starts_with("/account/password"), "{name}: {status} {to}");
            } else {
                assert_eq!(status, StatusCode::FORBIDDEN, "{name}: {body}");
                assert!(body.contains("\"password-change-needed\""), "{name}: {body}");
            }
        }
        let out = world.ask("soumu", "POST", "/api/v1/sign-out", None).await;
        assert_eq!(out.status(), StatusCode::NO_CONTENT);
    }

    /// What the table names for a part is refused to whoever does not play it, and what it leaves to the rules is
    /// refused to somebody whom no rule names; what is for everybody is shown to an auditor, too.
    async fn the_wrong_role_is_refused_everywhere(db: TestDatabase) {
        let world = World::build(db).await;
        let mut judged = 0;
        for (method, path, entry) in walked() {
            let name = format!("{method} {path}");
            let wrong = match entry.audience {
                Audience::Public | Audience::AnySession => continue,
                Audience::SignedIn => {
                    let answer = world.ask("kansa", &method, &path, None).await;
                    let status = answer.status().as_u16();
                    // 410: nobody offered to pair that. 409: there is no certificate of what still exists; 422: an empty form says nothing.
                    // 404: a session or passkey that is not one's own.
                    let own = status == 404 && path.starts_with("/account/");
                    let shown = own || matches!(status, 200 | 303 | 409 | 410 | 415 | 422);
                    assert!(shown, "{name} is for everybody and gave {status}: {}", answer.text().await.expect("a body"));
                    continue;
                }
                Audience::Parts(parts) if parts.contains(&Part::Handler) => "kansa",
                Audience::Parts(_) => "aoi",
                Audience::Rules => "kansa",
            };
            judged += 1;
            let probe = world.probe(&method, &path);
            assert!(method == "GET" || probe.is_some(), "{name} needs a probe: what would its rightful user send?");
            let answer = world.ask(wrong, &method, &path, probe).await;
            let status = answer.status();
            let body = answer.text().await.expect("a body");
            assert_eq!(status, StatusCode::FORBIDDEN, "{name} by {wrong}: {body}");
            if is_page(&path) {
                assert!(!body.contains("入力画面の有効期限"), "{name} was refused for its form: {body}");
                continue;
            }
            let problem: Value = serde_json::from_str(&body).expect("a problem document");
            let code = problem["code"].as_str().expect("a code");
            let of_authority = ["part-missing", "not-designated", "not-approver", "role-missing"];
            assert!(of_authority.contains(&code), "{name} by {wrong}: {problem}");
            assert!(problem["source"].as_str().is_some_and(|source| !source.is_empty()), "{name}: {problem}");
        }
        assert!(judged > 30, "{judged}");

        // The part that the table names is not turned away by the same question.
        for (method, path, entry) in walked() {
            let Audience::Parts(parts) = entry.audience else { continue };
            assert!(parts.contains(&Part::Administrator), "{path}");
            let answer = world.ask("soumu", &method, &path, world.probe(&method, &path)).await;
            let status = answer.status();
            let own = path.ends_with("/trail/reviews");
            assert!(own || status != StatusCode::FORBIDDEN, "{method} {path} is the administrator's: {status}");
        }
    }

    /// Where the regulation gives the say to each division's own officer, another division's has none: over what is
    /// asked, granted, carried out, confirmed, and over which division it is under.
    async fn another_divisions_officer_has_no_say(db: TestDatabase) {
        let body = divided(&db).await;
        let usb = body.register("aoi", New::of(ItemKind::UsbMemory, &body).encrypted()).await.expect("registered");

        let request = body.ask("aoi", &usb, WantedRequest::Use, None).await.expect("asked");
        refused(body.approve("zeimu", &usb, request).await, "not-approver", "第18条第1号");
        let turn_down = || ActRequest::TurnDown { request, reason: text("不要") };
        refused(body.act("zeimu", &usb, turn_down()).await, "not-approver", "第18条第1号");
        body.approve("jumin", &usb, request).await.expect("it is of his division");
        let end = || ActRequest::EndPermission { request, reason: text("不要") };
        let ended = body.act("zeimu", &usb, end()).await.expect_err("it is of another division");
        assert_eq!(ended.code, "not-approver");

        // He cannot get a say by moving the item, and neither can whoever handles it.
        let assign = |division| ActRequest::Assign { division };
        for who in ["zeimu", "aoi", "beni"] {
            for division in [None, Some(body.other_division)] {
                let moved = body.act(who, &usb, assign(division)).await.expect_err("it is another's to give away");
                assert_eq!((&*moved.code, moved.status), ("role-missing", 403), "{who}");
            }
        }

        let carry_out = PlanRequest {
            ground: Some("other-body".to_owned()),
            counterparty: Some(text("静岡県税務課")),
            legal_ground: Some(text("第8号")),
            due_back: Some(body.today()),
            ..body.plan(&[&usb])
        };
        let carry_out = body.request("aoi", carry_out).await.expect("asked");
        let problem = body.consent("zeimu", carry_out).await.expect_err("it is of another division");
        assert_eq!((&*problem.code, problem.status), ("not-approver", 403));
        body.consent("jumin", carry_out).await.expect("it is of his division");

        let disposal = body.ask("aoi", &usb, WantedRequest::Dispose, None).await.expect("asked");
        refused(body.approve("zeimu", &usb, disposal).await, "not-approver", "第20条柱書");

        // Only the officer of the division gives it away, and from then on he has no say either.
        body.act("jumin", &usb, assign(Some(body.other_division))).await.expect("it is his to give away");
        refused(body.approve("jumin", &usb, disposal).await, "not-approver", "第20条柱書");
        body.approve("zeimu", &usb, disposal).await.expect("it is of his division now");
        body.is_whole().await;
    }

    /// What is under no division is for no division's officer: the general officer decides, or a division is chosen
    /// first.
    async fn what_is_under_no_division_is_for_no_divisions_officer(db: TestDatabase) {
        let body = divided(&db).await;
        body.grant("beni", "general-officer", None, None).await;
        let new = New { division: None, ..New::of(ItemKind::UsbMemory, &body).encrypted() };
        let usb = body.register("aoi", new).await.expect("registered");
        assert!(body.card("kansa", &usb).await.division.is_none());
        let request = body.ask("aoi", &usb, WantedRequest::Use, None).await.expect("asked");
        for officer in ["jumin", "zeimu"] {
            let problem = body.approve(officer, &usb, request).await.expect_err("it is under no division");
            assert_eq!((&*problem.code, problem.status), ("under-no-division", 403), "{officer}");
            assert!(problem.detail.contains("総括責任者"), "it says what to do: {}", problem.detail);
        }
        body.approve("beni", &usb, request).await.expect("the general officer");
        let request = body.ask("aoi", &usb, WantedRequest::Save, None).await.expect("asked");
        body.act("aoi", &usb, ActRequest::Assign { division: Some(body.division) }).await.expect("chosen");
        body.approve("jumin", &usb, request).await.expect("it is of his division now");
        body.is_whole().await;
    }

    /// Two officers of one role approve the same request at once: one approval counts, the other hears that it is
    /// settled, and there is one grant.
    async fn of_two_who_approve_at_once_one_counts(db: TestDatabase) {
        let mut body = divided(&db).await;
        body.add("jumin2", &[Part::Approver]).await;
        body.grant("jumin2", "protection-officer", Some(DIVISION), None).await;
        for _ in 0..8 {
            let usb = body.register("aoi", New::of(ItemKind::UsbMemory, &body).encrypted()).await.expect("registered");
            let request = body.ask("aoi", &usb, WantedRequest::Use, None).await.expect("asked");
            let answers = join_all(["jumin", "jumin2"].map(|who| body.approve(who, &usb, request))).await;
            let settled: Vec<_> = answers.iter().filter_map(|answer| answer.as_ref().err()).collect();
            assert_eq!(settled.len(), 1, "one of two counts");
            assert_eq!(settled[0].code, "request-settled");
            let card = body.card("kansa", &usb).await;
            let known = card.requests.iter().find(|known| known.id == request).expect("the request");
            assert_eq!((known.given.len(), &*known.state.code), (1, "granted"));
        }
        body.is_whole().await;
    }

    /// Where two roles are asked, both count when they come at once, and the same person sent twice counts once.
    async fn of_two_roles_that_approve_at_once_both_count(db: TestDatabase) {
        let officers: &[Officer<'_>] =
            &[("data", &[("data-manager", None)]), ("nenkin", &[("system-manager", None)])];
        let body = Body::under(&db, "nagasaki-kyosai", officers).await;
        let kind = body.profile.gates.iter().find(|gate| gate.gated == Gated::CarryOut);
        assert!(kind.is_some(), "the regulation has a gate before a carry-out");
        for _ in 0..6 {
            let tape = body.register("aoi", New::of(ItemKind::MagneticTape, &body)).await.expect("registered");
            let carry_out = body.request("aoi", body.plan(&[&tape])).await.expect("asked");
            let answers = join_all(["data", "nenkin", "data", "nenkin"].map(|who| body.consent(who, carry_out))).await;
            let counted = answers.iter().filter(|answer| answer.is_ok()).count();
            assert_eq!(counted, 2, "{answers:?}");
            for problem in answers.iter().filter_map(|answer| answer.as_ref().err()) {
                assert!(["already-approved", "request-settled"].contains(&&*problem.code), "{problem}");
            }
            let caller = body.who("kansa").await;
            let view = body.town.app.carry_out(&caller, carry_out).await.expect("the carry-out");
            let given: Vec<_> =
                view.steps.iter().flat_map(|step| &step.approvals).flat_map(|one| &one.given).collect();
            let by: BTreeSet<_> = given.iter().map(|given| given.by.id).collect();
            assert_eq!((given.len(), by.len()), (2, 2), "each once");
            assert_eq!(view.state.code, "granted");
        }
        body.is_whole().await;
    }

    /// Somebody destroys what was granted while its division's officer takes the grant back: one of the two comes
    /// first, and never both.
    async fn an_act_and_the_end_of_its_permission_at_once(db: TestDatabase) {
        let body = divided(&db).await;
        for _ in 0..6 {
            let usb = body.register("aoi", New::of(ItemKind::UsbMemory, &body).encrypted()).await.expect("registered");
            let request = body.permit("aoi", &usb, WantedRequest::Use, "jumin").await;
            body.act("aoi", &usb, usb.put_away(body.house.cabinet)).await.expect("put away");
            let take = ActRequest::TakeOut { scan: usb.seen(), purpose: Some("ordinance-tasks".to_owned()) };
            let end = ActRequest::EndPermission { request, reason: text("不要") };
            let (taken, ended) =
                Box::pin(join(body.act("beni", &usb, take), body.act("jumin", &usb, end))).await;
            ended.expect("the officer may always end it");
            if let Err(problem) = taken {
                assert_eq!((&*problem.code, problem.status), ("permission-missing", 409), "{problem}");
            }
        }
        body.is_whole().await;
    }
}

/// A body whose regulation gives each division an officer of its own.
async fn divided(db: &TestDatabase) -> Body {
    Body::under(
        db,
        "nishi-izu",
        &[
            ("jumin", &[("protection-officer", Some(DIVISION))]),
            ("zeimu", &[("protection-officer", Some(OTHER_DIVISION))]),
        ],
    )
    .await
}
