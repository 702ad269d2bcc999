//! Nothing secret is in what the program writes: logs at their most talkative, exports, answers that tell of a mistake,
//! what the shell prints, and the database itself.

use std::{fs, path::Path};

use hokan_mobile_api::SESSION_COOKIE;
use hokan_tests::{
    database::{Database, TestDatabase},
    form::{csrf, encoded},
    on_both_databases,
    phone::Phone,
    secrets::Secrets,
    server::{Server, ServerOptions, Tls, hokan},
    town::ShellTown,
};
use reqwest::Response;
use serde_json::json;
use uuid::Uuid;

/// What stands in the address of the database for its password. The test's server asks for none and takes any.
const DATABASE_PASSWORD: &str = "db-password-of-this-test-91";
/// What somebody types who mistakes the field, or his password.
const MISTYPED: &str = "mistyped horse battery 4711";

/// Everything that was read.
#[derive(Default)]
struct Heard(Vec<(String, Vec<u8>)>);

impl Heard {
    fn hear(&mut self, from: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.0.push((from.into(), bytes.into()));
    }

    /// Reads an answer that tells of a mistake, or shows a list; with its headers.
    async fn answer(&mut self, from: &str, answer: Response) {
        let headers = format!("{:?}", answer.headers());
        let body = answer.bytes().await.expect("a body");
        self.hear(from, [headers.into_bytes(), body.to_vec()].concat());
    }
}

/// The lines of a key file between its first and last.
fn pem(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines().filter(|line| !line.starts_with("-----")).map(str::to_owned).collect()
}

/// A cookie that an answer sets.
fn cookie(answer: &Response, name: &str) -> Option<String> {
    let lines = answer.headers().get_all("set-cookie").iter().filter_map(|line| line.to_str().ok());
    let start = format!("{name}=");
    let mut values = lines.filter_map(|line| line.strip_prefix(&start)?.split(';').next());
    values.next().filter(|value| !value.is_empty()).map(str::to_owned)
}

/// The address of the database with a password in it.
fn with_password(url: &str) -> String {
    match url.split_once('@') {
        Some((before, after)) if !before.rsplit('/').next().is_some_and(|user| user.contains(':')) => {
            format!("{before}:{DATABASE_PASSWORD}@{after}")
        }
        _ => url.to_owned(),
    }
}

/// Does what a day brings, and hears what is answered.
async fn a_day(
    server: &Server,
    town: &ShellTown,
    codes: &[String],
    secrets: &mut Secrets,
    heard: &mut Heard,
) {
    let [(aoi, password), _, (kansa, auditors)] = town.people.as_slice() else { panic!("three people") };
    for (login, password) in &town.people {
        secrets.note(&format!("the password of {login}"), password);
    }
    secrets.note("a mistyped password", MISTYPED);
    let client = server.client();
    let api = |path: &str| server.url(&format!("/api/phone/v1{path}"));

    // Signing in, right and wrong, in an app and on the page.
    for (login, password) in [(aoi.as_str(), MISTYPED), ("nobody", password), (MISTYPED, MISTYPED)] {
        let body = json!({ "login": login, "password": password });
        let answer = client.post(api("/sign-in")).json(&body).send().await.expect("an answer");
        heard.answer("a failed sign-in", answer).await;
    }
    for body in [
        json!({ "login": password, "pass": password }),
        json!({ "login": [password], "password": { "is": password } }),
        json!(password),
    ] {
        let answer = client.post(api("/sign-in")).json(&body).send().await.expect("an answer");
        heard.answer("a sign-in that cannot be read", answer).await;
    }
    let phone = Phone::sign_in(server, aoi, password).await;
    let auditor = Phone::sign_in(server, kansa, auditors).await;
    secrets.note("the session of an app", phone.token());
    secrets.note("the session of an auditor's app", auditor.token());
    secrets.note("the form token of a session", &csrf(phone.token()));

    let page = client.get(server.url("/sign-in")).send().await.expect("an answer");
    let form = cookie(&page, "__Host-hokan-form").expect("a cookie for the form");
    secrets.note("the cookie of a form", &form);
    secrets.note("the form token of a stranger", &csrf(&form));
    let send = async |login: &str, password: &str, token: &str| {
        let body = encoded(&[("csrf", token), ("login", login), ("password", password)]);
        let request =
            client.post(server.url("/sign-in")).header("cookie", format!("__Host-hokan-form={form}"));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        request.body(body).send().await.expect("an answer")
    };
    let signed_in = send(aoi, password, &csrf(&form)).await;
    assert!(signed_in.status().is_redirection(), "{signed_in:?}");
    let session = cookie(&signed_in, SESSION_COOKIE).expect("a session");
    secrets.note("the session of a browser", &session);
    secrets.note("the form token of a browser's session", &csrf(&session));
    heard.answer("a form without its token", send(aoi, password, "0".repeat(64).as_str()).await).await;
    let page = client.get(server.url("/items?q=x")).header("cookie", format!("{SESSION_COOKIE}={session}"));
    page.send().await.expect("an answer");

    // Acts, mistakes, files.
    let item = phone.register(&codes[0], "usb-memory", "検査用").await.item.id.to_string();
    phone.act(&item, json!({ "act": "report-fault", "note": "端子が曲がっている" })).await;
    for act in
        [json!({ "act": "accept", "hand_over": password, "scan": password }), json!({ "act": MISTYPED })]
    {
        heard.answer("an act that cannot be read", phone.try_act(&item, act).await).await;
    }
    let picture = image::GrayImage::from_pixel(64, 48, image::Luma([90]));
    let picture = hokan_tests::photo::encode_jpeg(&picture, 80).expect("a photograph");
    let kept = phone.post_bytes("/files", "image/jpeg", picture.clone()).await.expect("an answer");
    assert!(kept.status().is_success());
    phone.photo(picture).await;
    let wrong = phone.post_bytes("/files", "image/jpeg", password.clone().into_bytes()).await;
    heard.answer("a file of another kind", wrong.expect("an answer")).await;
    let observations = json!({ "device": Uuid::new_v4(), "observations": [{ "event_id": password }] });
    heard.answer("a batch", phone.post("/observations", &observations).await.expect("an answer")).await;
    let stray = client.get(api("/me")).bearer_auth(MISTYPED).send().await.expect("an answer");
    heard.answer("an unknown session", stray).await;
    let escaped = MISTYPED.replace(' ', "%20");
    for path in [format!("/items/{escaped}"), format!("/labels/{escaped}"), format!("/{escaped}?x={escaped}")]
    {
        heard.answer("an address that is none", phone.get(&path).await.expect("an answer")).await;
    }

    // What auditors and handlers are shown.
    for path in ["/me", "/directory", "/inbox"] {
        heard.answer(path, phone.get(path).await.expect("an answer")).await;
    }
    heard.answer("a history", phone.get(&format!("/items/{item}/history")).await.expect("an answer")).await;
    for path in ["/trail", "/trail/status", "/profile"] {
        let url = server.url(&format!("/api/v1{path}"));
        let shown = client.get(url).bearer_auth(auditor.token()).send().await.expect("an answer");
        assert!(shown.status().is_success(), "{path}");
        heard.answer(path, shown).await;
    }
    assert!(phone.post("/sign-out", &json!({})).await.expect("an answer").status().is_success());
}

/// One whole run at a level of logging; afterwards nothing secret may be anywhere.
async fn nothing_secret_is_written(db: TestDatabase, level: &str) {
    let kind = db.kind();
    let mut town = ShellTown::with(db, ServerOptions { tls: Tls::Own, ..ServerOptions::default() }).await;
    let (codes, _) = town.print_labels("a4-24", 4, 1);
    let (mut secrets, mut heard) = (Secrets::default(), Heard::default());
    town.server.stop().await;
    let after = |text: &str, start: &str| {
        let found =
            text.split_whitespace().find_map(|word| word.strip_prefix(start).map(|_| word.to_owned()));
        found.unwrap_or_else(|| panic!("{start} is not in {text}"))
    };
    let (beni, _) = &town.people[1];
    let reset = town.shell(&["user", "reset", beni]);
    let one_time =
        reset.lines().find_map(|line| line.strip_prefix("password: ")).expect("a one-time secret").to_owned();
    secrets.note("a one-time secret", &one_time);
    let made =
        town.shell(&["token", "add", "gate", "--owner", "kansa", "--scope", "read-retention", "--days", "3"]);
    let machine = after(&made, "hkt_");
    secrets.note("a machine's token", &machine);
    let url = match kind {
        Database::Sqlite => town.database.url().to_owned(),
        Database::Postgres => with_password(town.database.url()),
    };
    let options = ServerOptions {
        data_dir: Some(town.server.data_dir().to_owned()),
        database_url: Some(url),
        tls: Tls::Own,
        env: vec![("HOKAN_LOG".to_owned(), level.to_owned())],
        ..ServerOptions::default()
    };
    let mut server = Server::start(options).await;
    a_day(&server, &town, &codes, &mut secrets, &mut heard).await;
    let client = server.client();
    let first = json!({ "login": beni, "password": one_time });
    let answer =
        client.post(server.url("/api/phone/v1/sign-in")).json(&first).send().await.expect("an answer");
    let answer: serde_json::Value = answer.json().await.expect("an answer");
    secrets.note("the session of a one-time secret", answer["token"].as_str().expect("a session"));
    for path in ["/retention/counts", "/contracts", "/me"] {
        let asked = client.get(server.url(&format!("/api/v1{path}"))).bearer_auth(&machine);
        heard.answer("what a machine is told", asked.send().await.expect("an answer")).await;
    }
    assert!(server.stop().await.success());

    let data = town.server.data_dir();
    secrets.note("the password of the database", DATABASE_PASSWORD);
    let key = fs::read_to_string(data.join("ledger.key")).expect("the ledger's key");
    secrets.note("the ledger's key", key.lines().nth(1).expect("its second line"));
    for file in ["ca-key.pem", "server-key.pem"] {
        // The last line may be short, and the first is the same for every key of the kind.
        for (number, line) in pem(&data.join("tls").join(file)).iter().enumerate().skip(1) {
            if line.len() > 20 {
                secrets.note(&format!("line {number} of {file}"), line);
            }
        }
    }
    assert!(secrets.len() >= 15, "{}", secrets.len());

    let log = server.log();
    assert!(log.lines().count() > 50, "it was to be talkative:\n{log}");
    heard.hear("the log", log);
    let bundle = town.file("bundle.jsonl");
    let texts = ["ledger", "export", "--with-texts", "--out", &bundle.display().to_string()];
    heard.hear("what the export says", town.shell(&texts));
    heard.hear("the export", fs::read(&bundle).expect("the export"));
    for args in [&["user", "list"][..], &["ledger", "verify"], &["trail", "verify"], &["profile", "show"]] {
        let mut command = hokan();
        let output = command.args(args).args(&town.flags).env("HOKAN_LOG", level).output().expect("it runs");
        heard.hear(args.join(" "), [output.stdout, output.stderr].concat());
    }
    // A database that does not answer, and an address that is none.
    for url in ["postgres://hokan:PASSWORD@127.0.0.1:1/hokan", "mysql://hokan:PASSWORD@127.0.0.1/hokan"] {
        let url = url.replace("PASSWORD", DATABASE_PASSWORD);
        let empty = tempfile::tempdir().expect("a folder");
        let mut command = hokan();
        command.args(["user", "list", "--database-url", &url, "--data-dir"]).arg(empty.path());
        let output = command.env("HOKAN_LOG", level).output().expect("it runs");
        assert!(!output.status.success());
        heard.hear("a database that does not answer", [output.stdout, output.stderr].concat());
    }
    if let Some(folder) = town.database.folder() {
        for file in fs::read_dir(folder).expect("the database's folder") {
            let path = file.expect("a file").path();
            heard.hear(path.display().to_string(), fs::read(&path).expect("a file"));
        }
    }
    // The secret of an authenticator app has to lie in the database, and nowhere else.
    let mut at_rest = Secrets::default();
    at_rest.note_bytes("the secret of an app", &hokan_server::demo::totp_secret("kansa"));
    let folder = town.database.folder().map(|folder| folder.display().to_string());
    for (from, bytes) in &heard.0 {
        if !folder.as_ref().is_some_and(|folder| from.starts_with(folder)) {
            assert_eq!(at_rest.found_in(bytes), Vec::<&str>::new(), "{from} holds what nobody may read");
        }
        assert_eq!(secrets.found_in(bytes), Vec::<&str>::new(), "{from} holds what nobody may read");
    }
}

on_both_databases! {
    /// At the level that operations.md names for looking closer.
    async fn nothing_secret_is_written_at_debug(db: TestDatabase) {
        nothing_secret_is_written(db, "debug").await;
    }

    /// At the most talkative level that there is.
    async fn nothing_secret_is_written_at_trace(db: TestDatabase) {
        nothing_secret_is_written(db, "trace").await;
    }
}
