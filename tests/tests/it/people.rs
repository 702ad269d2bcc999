//! People as recorded history, through the desk's interface of a real server: who designates, who registers and takes
//! note, deputies, transfer in one act, the permission ledger entry by entry, viewer ids on loan, and what happens
//! when an approval and the end of the approver's post come at once.

use std::collections::BTreeMap;

use hokan_domain::japan_date::jst_date;
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
    phone::{Phone, read},
    town::{PASSWORD, ShellTown, event},
};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

/// A division of the body.
const DIVISION: &str = "住民課";
/// The address of the desk's interface.
const BASE: &str = "/api/v1";

/// A body under a regulation, with people who hold its roles.
struct Body {
    town: ShellTown,
    phones: BTreeMap<String, Phone>,
    ids: BTreeMap<String, String>,
    division: String,
}

fn today() -> chrono::NaiveDate {
    jst_date(Clock::system().now())
}

fn yesterday() -> String {
    today().pred_opt().expect("a day before").to_string()
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

impl Body {
    /// `people` are names to sign in with, each with the roles of the regulation that he holds. `soumu` administers.
    async fn under(db: TestDatabase, profile: &str, people: &[(&str, &[&str])]) -> Self {
        let mut town = ShellTown::on(db).await;
        town.server.stop().await;
        adopt(&town, profile).await;
        town.shell(&["division", "add", DIVISION]);
        let mut logins = Vec::new();
        for (login, part) in
            [("soumu", "administrator")].into_iter().chain(people.iter().map(|(login, _)| (*login, "none")))
        {
            let mut args = vec!["user", "add", login, login];
            if part != "none" {
                args.extend(["--part", part]);
            }
            town.shell(&args);
            logins.push(login.to_owned());
        }
        for (login, roles) in people {
            for role in *roles {
                town.shell(&["role", "grant", login, role, "--division", DIVISION]);
            }
        }
        for login in &logins {
            town.settle(login).await;
        }
        town.server.start_again().await;
        let mut phones = BTreeMap::new();
        for login in &logins {
            phones.insert(login.clone(), Phone::sign_in(&town.server, login, PASSWORD).await);
        }
        phones.insert("aoi".to_owned(), town.phone(0).await);
        phones.insert("kansa".to_owned(), town.phone(2).await);
        let mut body = Self { town, phones, ids: BTreeMap::new(), division: String::new() };
        let listed = body.get("soumu", "/people?show=all").await;
        for line in listed["people"].as_array().expect("people") {
            let (login, id) = (&line["login"], &line["person"]["id"]);
            body.ids.insert(text(login), text(id));
        }
        let directory = body.phones["soumu"].get("/directory").await.expect("an answer");
        let directory: Value = read(directory, StatusCode::OK).await;
        body.division = text(&directory["choices"]["divisions"][0]["code"]);
        body
    }

    async fn send(&self, who: &str, path: &str, body: &Value) -> Response {
        let url = self.town.server.url(&format!("{BASE}{path}"));
        let request = self.town.server.client().post(url).bearer_auth(self.phones[who].token());
        request.json(body).send().await.expect("an answer")
    }

    async fn ask(&self, who: &str, path: &str) -> Response {
        let url = self.town.server.url(&format!("{BASE}{path}"));
        let request = self.town.server.client().get(url).bearer_auth(self.phones[who].token());
        request.send().await.expect("an answer")
    }

    async fn get(&self, who: &str, path: &str) -> Value {
        read(self.ask(who, path).await, StatusCode::OK).await
    }

    fn person(&self, login: &str) -> String {
        format!("/people/{}", self.ids[login])
    }

    /// Does an act about somebody, which must go through.
    async fn act(&self, who: &str, whom: &str, act: Value) -> Value {
        let answer = self.send(who, &self.person(whom), &with_event(act)).await;
        read(answer, StatusCode::OK).await
    }

    /// Tries an act about somebody, which must be refused.
    async fn refused(&self, who: &str, whom: &str, act: Value, code: &str) -> Value {
        let answer = self.send(who, &self.person(whom), &with_event(act)).await;
        let problem = problem_of(answer).await;
        assert_eq!(problem["code"], code, "{problem}");
        problem
    }

    async fn inbox(&self, who: &str) -> Vec<String> {
        let inbox: Value =
            read(self.phones[who].get("/inbox").await.expect("an answer"), StatusCode::OK).await;
        let lines = inbox["lines"].as_array().expect("lines").iter();
        lines.map(|line| text(&line["kind"]["code"])).collect()
    }

    /// The parts that somebody plays today.
    async fn parts(&self, whom: &str) -> Vec<String> {
        let record = self.get("soumu", &self.person(whom)).await;
        record["parts"].as_array().expect("parts").iter().map(|part| text(&part["code"])).collect()
    }

    /// The ledger holds together, and every row is what it says.
    fn is_whole(&self) {
        self.town.shell(&["ledger", "verify"]);
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// What a refusal says.
async fn problem_of(answer: Response) -> Value {
    let status = answer.status();
    let text = answer.text().await.expect("a body");
    assert!(status.is_client_error(), "{status}: {text}");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn with_event(mut act: Value) -> Value {
    act["event_id"] = json!(Uuid::new_v4());
    act
}

/// The last designation of a record.
fn last_designation(answer: &Value) -> Value {
    let all = answer["person"]["designations"].as_array().expect("designations");
    all.last().expect("a designation").clone()
}

on_both_databases! {
    /// 飯豊町: the officer designates, the top officer is told at once and takes note; the rest is refused with the
    /// clause.
    ///
    /// req: II-018 II-023
    async fn iide_designates_reports_and_takes_note(db: TestDatabase) {
        let officers: &[(&str, &[&str])] =
            &[("kakari", &[]), ("sekinin", &["system-manager"]), ("soukatsu", &["overall-officer"])];
        let body = Body::under(db, "iide", officers).await;
        let designate = || json!({ "act": "designate", "designation": "system-operator", "division": body.division });
        let problem = body.refused("soumu", "kakari", designate(), "role-missing").await;
        assert!(text(&problem["source"]).contains("第8条"), "{problem}");
        body.refused("sekinin", "sekinin", designate(), "own-authority").await;
        let past = json!({
            "act": "designate", "designation": "system-operator", "division": body.division, "from": yesterday(),
        });
        body.refused("sekinin", "kakari", past, "day-is-over").await;
        assert!(!body.parts("kakari").await.contains(&"handler".to_owned()));

        let answer = body.act("sekinin", "kakari", designate()).await;
        let designation = last_designation(&answer);
        assert_eq!(designation["state"]["code"], "in-force");
        assert!(designation["waits"]["due"].is_string(), "{designation}");
        assert!(body.parts("kakari").await.contains(&"handler".to_owned()));
        assert!(body.inbox("soukatsu").await.contains(&"designation".to_owned()));
        let note = json!({ "act": "acknowledge", "designation": designation["id"] });
        body.refused("sekinin", "kakari", note.clone(), "role-missing").await;
        let answer = body.act("soukatsu", "kakari", note.clone()).await;
        assert!(last_designation(&answer)["waits"].is_null());
        assert!(!body.inbox("soukatsu").await.contains(&"designation".to_owned()));
        body.refused("soukatsu", "kakari", note, "designation-elsewhere").await;

        let end = json!({
            "act": "end-designation", "designation": designation["id"], "last": yesterday(), "why": "released",
        });
        body.act("sekinin", "kakari", end).await;
        assert!(!body.parts("kakari").await.contains(&"handler".to_owned()), "it is over at once");
        body.is_whole();
    }

    /// 養父市: a division names the operation manager, another person designates him.
    ///
    /// req: YB-009 YB-010
    async fn yabu_nominates_then_designates(db: TestDatabase) {
        let officers: &[(&str, &[&str])] = &[("kakari", &[]), ("joho", &["system-manager"])];
        let body = Body::under(db, "yabu", officers).await;
        let named = |act: &str| json!({ "act": act, "designation": "operation-manager", "division": body.division });
        body.refused("joho", "kakari", named("designate"), "designation-elsewhere").await;
        body.refused("aoi", "kakari", named("nominate"), "part-missing").await;
        let answer = body.act("soumu", "kakari", named("nominate")).await;
        let nomination = last_designation(&answer);
        assert_eq!(nomination["state"]["code"], "nominated");
        assert!(body.inbox("joho").await.contains(&"designation".to_owned()));
        let mut designate = named("designate");
        designate["nomination"] = nomination["id"].clone();
        let answer = body.act("joho", "kakari", designate).await;
        assert_eq!(last_designation(&answer)["state"]["code"], "in-force");
        let listed = body.get("soumu", "/people").await;
        let kakari = listed["people"].as_array().expect("people").iter().find(|one| one["login"] == "kakari");
        let roles = kakari.expect("he is there")["roles"].as_array().expect("roles").clone();
        assert!(roles.iter().any(|role| text(role).contains("運用管理者")), "{roles:?}");
        body.is_whole();
    }

    /// 北見市: application, entry in the ledger by another, notice; a fixed-term appointee only after his
    /// information was filed, and never longer than his term.
    ///
    /// req: KT-010 KT-011 KT-012 KT-013 KT-027
    async fn kitami_applies_registers_and_tells(db: TestDatabase) {
        let officers: &[(&str, &[&str])] =
            &[("kakari", &[]), ("kacho", &["security-officer"]), ("cokas", &["cokas-manager"])];
        let body = Body::under(db, "kitami", officers).await;
        let end = today().checked_add_days(chrono::Days::new(20)).expect("a day").to_string();
        let mut term = json!({ "act": "employ", "employment": "fixed-term" });
        body.refused("soumu", "kakari", term.clone(), "not-ready").await;
        term["term_end"] = json!(end);
        body.act("soumu", "kakari", term.clone()).await;
        let designate = || json!({ "act": "designate", "designation": "system-user", "division": body.division });
        let problem = body.refused("kacho", "kakari", designate(), "not-ready").await;
        assert!(problem["missing"].to_string().contains("利用者情報登録申請書"), "{problem}");
        term["information"] = json!("令和8年度 第12号");
        body.act("soumu", "kakari", term).await;
        let mut beyond = designate();
        beyond["to"] = json!("2099-03-31");
        body.refused("kacho", "kakari", beyond, "beyond-term").await;
        let applied = last_designation(&body.act("kacho", "kakari", designate()).await);
        assert_eq!((&applied["state"]["code"], &applied["to"]), (&json!("unregistered"), &json!(end)));
        assert!(!body.parts("kakari").await.contains(&"handler".to_owned()), "not before it is registered");
        assert!(body.inbox("cokas").await.contains(&"designation".to_owned()));
        let register = json!({ "act": "register", "designation": applied["id"] });
        body.refused("kacho", "kakari", register.clone(), "role-missing").await;
        body.act("cokas", "kakari", register).await;
        assert!(body.parts("kakari").await.contains(&"handler".to_owned()));
        assert!(body.inbox("kacho").await.contains(&"designation".to_owned()), "the notice");
        assert!(body.inbox("kakari").await.contains(&"term".to_owned()), "his term ends soon");
        assert!(body.inbox("kacho").await.contains(&"term".to_owned()), "and the officer is warned");
        body.is_whole();
    }

    /// 長崎共済: two site managers out of the operators; a third is refused, fewer stand in the inbox.
    ///
    /// req: NG-008 NG-012
    async fn nagasaki_has_exactly_two_site_managers(db: TestDatabase) {
        let officers: &[(&str, &[&str])] =
            &[("a", &[]), ("b", &[]), ("c", &[]), ("data", &["data-manager"]), ("nenkin", &["system-manager"])];
        let body = Body::under(db, "nagasaki-kyosai", officers).await;
        let named = |what: &str| json!({ "act": "designate", "designation": what, "division": body.division });
        body.refused("nenkin", "a", named("site-manager"), "designation-missing").await;
        for login in ["a", "b", "c"] {
            body.act("data", login, named("operator")).await;
        }
        for login in ["a", "b"] {
            assert!(body.inbox("nenkin").await.contains(&"designations-short".to_owned()));
            body.act("nenkin", login, named("site-manager")).await;
        }
        assert!(!body.inbox("nenkin").await.contains(&"designations-short".to_owned()));
        let problem = body.refused("nenkin", "c", named("site-manager"), "designations-full").await;
        assert!(text(&problem["source"]).contains("第5条第4項"), "{problem}");
        body.is_whole();
    }

    /// Transfer in one act: posts, deputies and designations end, he is signed out, and what he holds is listed for
    /// whoever sees to its hand-over. Nobody but whom the regulation names can do it.
    ///
    /// req: YB-035
    async fn a_transfer_ends_everything_in_one_act(db: TestDatabase) {
        let officers: &[(&str, &[&str])] = &[("buka", &[]), ("kacho", &["protection-officer"])];
        let body = Body::under(db, "nishi-izu", officers).await;
        let designated = json!({ "act": "designate", "designation": "handler", "division": body.division });
        body.act("kacho", "buka", designated).await;
        let appoint = |deputy_for: &str| json!({
            "act": "appoint", "role": "protection-officer", "division": body.division, "deputy_for": deputy_for,
        });
        body.refused("soumu", "soumu", appoint(&body.ids["kacho"]), "own-authority").await;
        body.refused("soumu", "aoi", appoint(&body.ids["buka"]), "nothing-to-deputise").await;
        body.act("kacho", "aoi", appoint(&body.ids["kacho"])).await;
        let (codes, _) = body.town.print_labels("a4-24", 1, 1);
        body.phones["buka"].register(&codes[0], "usb-memory", "異動の前に").await;

        let leave = |last: &str| json!({ "act": "leave", "last": last, "why": "transfer" });
        body.refused("buka", "kacho", leave(&yesterday()), "role-missing").await;
        body.refused("kacho", "soumu", leave(&yesterday()), "part-missing").await;
        body.refused("soumu", "kacho", leave("2020-01-01"), "day-is-over").await;
        let answer = body.act("soumu", "kacho", leave(&yesterday())).await;
        assert_eq!(answer["person"]["active"], false);
        assert!(answer["person"]["appointments"].to_string().contains("transfer"));
        let out = body.ask("kacho", "/people").await;
        assert_eq!(out.status(), StatusCode::UNAUTHORIZED, "his session is over");
        let deputy = body.get("soumu", &body.person("aoi")).await;
        assert_eq!(deputy["appointments"][0]["in_force"], false, "a deputy does not outlast his principal");

        body.act("soumu", "buka", leave(&yesterday())).await;
        let record = body.get("soumu", &body.person("buka")).await;
        assert_eq!((record["holds"].as_array().map(Vec::len), &record["to_hand_over"]), (Some(1), &json!(true)));
        assert!(body.inbox("soumu").await.contains(&"stranded".to_owned()));
        let again = json!({ "act": "resume" });
        body.act("soumu", "buka", again).await;
        let back = body.get("soumu", &body.person("buka")).await;
        assert_eq!(back["active"], true);
        assert!(!body.parts("buka").await.contains(&"handler".to_owned()), "what ended is not revived");
        body.is_whole();
    }

    /// The permission ledger is validated entry by entry; a correction is tied to the act that made it; only then is
    /// it signed off. Looking at a record is in the trail.
    ///
    /// req: KT-004 KT-019
    async fn the_permission_ledger_is_validated_entry_by_entry(db: TestDatabase) {
        let officers: &[(&str, &[&str])] =
            &[("kakari", &[]), ("moto", &[]), ("kacho", &["security-officer"]), ("cokas", &["cokas-manager"])];
        let body = Body::under(db, "kitami", officers).await;
        for login in ["kakari", "moto"] {
            let designate = json!({ "act": "designate", "designation": "system-user", "division": body.division });
            let applied = last_designation(&body.act("kacho", login, designate).await);
            body.act("cokas", login, json!({ "act": "register", "designation": applied["id"] })).await;
        }
        let begin = json!({ "inspection": "ledger-cokas" });
        let stranger = body.send("kacho", "/permission-ledger/validations", &with_event(begin.clone())).await;
        assert_eq!(problem_of(stranger).await["code"], "role-missing");
        let answer = body.send("cokas", "/permission-ledger/validations", &with_event(begin)).await;
        let ledger: Value = read(answer, StatusCode::OK).await;
        let validation = text(&ledger["validations"][0]["id"]);
        assert_eq!(ledger["validations"][0]["open"], 2);
        let entries: Vec<(String, String)> = ledger["entries"]
            .as_array()
            .expect("entries")
            .iter()
            .filter(|entry| entry["to_look_at"].to_string().contains(&validation))
            .map(|entry| (text(&entry["person"]["name"]), text(&entry["id"])))
            .collect();
        let entry = |who: &str| entries.iter().find(|(name, _)| name == who).expect("his entry").1.clone();
        let path = format!("/permission-ledger/validations/{validation}");
        let early = body.send("cokas", &path, &with_event(json!({ "act": "sign-off" }))).await;
        assert_eq!(problem_of(early).await["code"], "not-ready");
        let confirm = json!({ "act": "confirm", "entry": entry("kakari") });
        assert_eq!(body.send("cokas", &path, &with_event(confirm)).await.status(), StatusCode::OK);
        // He had left long before: only a correction found by the validation may say so backwards.
        let end = json!({
            "act": "end-designation", "designation": entry("moto"), "last": "2026-10-01", "why": "correction",
        });
        body.refused("cokas", "moto", end.clone(), "day-is-over").await;
        let mut corrected = end;
        corrected["validation"] = json!(validation);
        corrected["wrong"] = json!("すでに異動している");
        body.act("cokas", "moto", corrected).await;
        let done = body.send("cokas", &path, &with_event(json!({ "act": "sign-off" }))).await;
        let ledger: Value = read(done, StatusCode::OK).await;
        assert!(ledger["validations"][0]["signed_off"].is_array(), "{}", ledger["validations"][0]);
        assert_eq!(ledger["validations"][0]["corrections"].as_array().map(Vec::len), Some(1));

        body.get("kansa", &body.person("kakari")).await;
        let trail = body.get("kansa", "/trail?act=person-viewed").await;
        let subject = &body.ids["kakari"];
        assert!(trail["lines"].to_string().contains(subject.as_str()), "{trail}");
        let other = problem_of(body.ask("aoi", &body.person("kakari")).await).await;
        assert_eq!(other["code"], "role-missing", "others' records are not his to see");
        assert_eq!(body.ask("aoi", &body.person("aoi")).await.status(), StatusCode::OK, "his own is");
        body.is_whole();
    }

    /// A credential that is not Hokan's own is recorded as a fact; a password instead of the palm needs its reason.
    ///
    /// req: II-020 II-025
    async fn credentials_of_other_systems_are_facts(db: TestDatabase) {
        let officers: &[(&str, &[&str])] = &[("kakari", &[]), ("sekinin", &["system-manager"])];
        let body = Body::under(db, "iide", officers).await;
        let designate = json!({ "act": "designate", "designation": "system-operator", "division": body.division });
        body.act("sekinin", "kakari", designate).await;
        let profile = hokan_domain::profile::Profile::shipped("iide", &BTreeMap::new());
        let profile = profile.expect("it is there").expect("it is sound");
        let exception = profile.credentials.exceptions.first().expect("an exception").clone();
        let issue = json!({
            "act": "issue-credential", "what": exception, "identifier": "K-001", "on": today().to_string(),
        });
        body.refused("sekinin", "kakari", issue.clone(), "not-ready").await;
        let mut with_reason = issue;
        with_reason["exception"] = json!("けがのため");
        body.refused("soumu", "kakari", with_reason.clone(), "role-missing").await;
        let answer = body.act("sekinin", "kakari", with_reason).await;
        let credential = &answer["person"]["credentials"][0];
        assert_eq!(credential["exception"], "けがのため");
        let revoke = json!({
            "act": "revoke-credential", "credential": credential["id"], "on": today().to_string(),
        });
        body.act("sekinin", "kakari", revoke.clone()).await;
        body.refused("sekinin", "kakari", revoke, "already-done").await;
        body.is_whole();
    }

    /// A viewer id is lent to one person at a time, never somebody's own id, and comes back into the book.
    ///
    /// req: KT-040 KT-041
    async fn a_viewer_id_has_one_borrower(db: TestDatabase) {
        let officers: &[(&str, &[&str])] = &[("kacho", &["security-officer"])];
        let body = Body::under(db, "kitami", officers).await;
        let lend = |id: &str| with_event(json!({
            "viewer_id": id, "name": "来庁 太郎", "purpose": "照会のため", "division": body.division,
        }));
        let problem = problem_of(body.send("soumu", "/viewer-ids", &lend("etsuran-1")).await).await;
        assert_eq!(problem["code"], "role-missing");
        let own = problem_of(body.send("kacho", "/viewer-ids", &lend("aoi")).await).await;
        assert_eq!((&own["code"], &own["field"]), (&json!("unknown-reference"), &json!("viewer_id")));
        let book: Value = read(body.send("kacho", "/viewer-ids", &lend("etsuran-1")).await, StatusCode::OK).await;
        let loan = text(&book["loans"][0]["id"]);
        let problem = problem_of(body.send("kacho", "/viewer-ids", &lend("Etsuran-1")).await).await;
        assert_eq!(problem["code"], "id-on-loan");
        let path = format!("/viewer-ids/{loan}");
        assert_eq!(body.send("kacho", &path, &with_event(json!({}))).await.status(), StatusCode::OK);
        assert_eq!(body.send("kacho", "/viewer-ids", &lend("etsuran-1")).await.status(), StatusCode::OK);
        body.is_whole();
    }

    /// An id that is lent out has one live session, and none goes on under it when it is lent or has come back.
    ///
    /// req: KT-040 KT-041
    async fn a_lent_ids_session_ends_with_the_loan(db: TestDatabase) {
        let officers: &[(&str, &[&str])] = &[("kacho", &["security-officer"])];
        let body = Body::under(db, "kitami", officers).await;
        body.town.shell(&["user", "add", "etsuran", "閲覧用", "--part", "auditor", "--lent"]);
        body.town.settle("etsuran").await;
        let sign_in = async || Phone::sign_in(&body.town.server, "etsuran", PASSWORD).await;
        let lives = async |phone: &Phone| {
            phone.get("/me").await.expect("an answer").status() == StatusCode::OK
        };
        let left_open = sign_in().await;
        let lend = with_event(json!({
            "viewer_id": "etsuran", "name": "来庁 太郎", "purpose": "照会のため", "division": body.division,
        }));
        let book: Value = read(body.send("kacho", "/viewer-ids", &lend).await, StatusCode::OK).await;
        assert!(!lives(&left_open).await, "whoever had it before is signed out");
        let first = sign_in().await;
        let second = sign_in().await;
        assert!(!lives(&first).await && lives(&second).await, "one live session");
        let path = format!("/viewer-ids/{}", text(&book["loans"][0]["id"]));
        assert_eq!(body.send("kacho", &path, &with_event(json!({}))).await.status(), StatusCode::OK);
        assert!(!lives(&second).await, "it has come back");
        body.is_whole();
    }

    /// Whoever takes the ledger out leaves a line in the trail that says so.
    async fn an_export_leaves_its_line_in_the_trail(db: TestDatabase) {
        let body = Body::under(db, "kitami", &[]).await;
        let exported = async || {
            let lines = body.get("kansa", "/trail?act=ledger-exported").await;
            lines["lines"].as_array().expect("lines").clone()
        };
        assert!(exported().await.is_empty());
        let out = body.town.file("bundle.jsonl").display().to_string();
        body.town.shell(&["ledger", "export", "--out", &out]);
        body.town.shell(&["ledger", "export", "--out", &out, "--with-texts"]);
        let lines = exported().await;
        assert_eq!(lines.len(), 2, "{lines:?}");
        for what in [" entries with texts", " entries without texts"] {
            assert!(lines.iter().any(|line| line.to_string().contains(what)), "{what}: {lines:?}");
        }
    }

    /// An approval and the end of the approver's post at once, in both orders: the approval is recorded before the
    /// end or not at all.
    async fn an_approval_and_the_end_of_the_approvers_post_at_once(db: TestDatabase) {
        let officers: &[(&str, &[&str])] = &[("kacho", &[]), ("buka", &[])];
        let body = Body::under(db, "nishi-izu", officers).await;
        let (codes, _) = body.town.print_labels("a4-24", 8, 1);
        let mut outcomes = [0, 0];
        for (round, code) in codes.iter().enumerate() {
            let appoint = json!({ "act": "appoint", "role": "protection-officer", "division": body.division });
            let held = body.act("soumu", "kacho", appoint).await;
            let held = held["person"]["appointments"].as_array().expect("posts").last().expect("a post").clone();
            let item = body.phones["aoi"].register(code, "usb-memory", "検査用").await.item.id;
            let path = format!("/items/{item}/acts");
            let assign = with_event(json!({ "act": "assign", "division": body.division }));
            let answer = body.phones["aoi"].post(&path, &assign).await.expect("an answer");
            let _: Value = read(answer, StatusCode::OK).await;
            let asked = with_event(json!({
                "act": "ask", "wanted": "use", "reason": "検査",
            }));
            let answer = body.phones["aoi"].post(&path, &asked).await.expect("an answer");
            let asked: Value = read(answer, StatusCode::OK).await;
            let request = asked["item"]["requests"][0]["id"].clone();
            let approve = with_event(json!({ "act": "approve", "request": request }));
            let approve = body.phones["kacho"].post(&path, &approve);
            let end = with_event(json!({
                "act": "end-appointment", "appointment": held["id"], "last": yesterday(), "why": "released",
            }));
            let target = body.person("kacho");
            let end = body.send("soumu", &target, &end);
            let (approved, ended) = if round % 2 == 0 {
                futures_util::future::join(approve, end).await
            } else {
                let (ended, approved) = futures_util::future::join(end, approve).await;
                (approved, ended)
            };
            let ended: Value = read(ended, StatusCode::OK).await;
            let approved = approved.expect("an answer");
            if approved.status() == StatusCode::OK {
                let approved: Value = read(approved, StatusCode::OK).await;
                let before = approved["seq"].as_u64() < ended["seq"].as_u64();
                assert!(before, "an approval after the end of the post: {approved} {ended}");
                outcomes[0] += 1;
            } else {
                assert_eq!(problem_of(approved).await["code"], "not-approver");
                outcomes[1] += 1;
            }
        }
        assert_eq!(outcomes[0] + outcomes[1], codes.len(), "each time one of the two");
        body.is_whole();
    }
}
