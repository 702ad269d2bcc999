//! The shell: reading labels, wrong settings, people.

use hokan_tests::{
    database::{Database, TestDatabase},
    phone::{Phone, read_problem},
    photo::{Shot, render_pdf},
    server::{Server, ServerOptions, hokan, run_hokan},
    town::ShellTown,
};

/// `label read` prints a line a code: file, TAB, code; other codes only with `--any`.
#[tokio::test(flavor = "multi_thread")]
async fn label_read_prints_a_line_for_each_code() {
    let town = ShellTown::on(TestDatabase::fresh(Database::Sqlite).await).await;
    let (codes, pdf) = town.print_labels("tape-24", 1, 1);
    let page = render_pdf(&pdf, 300).expect("pdftoppm renders the tape").remove(0);
    let ours = town.file("ours.jpg");
    let shot = Shot { width: 1280, height: 960, turn: 5.0, ..Shot::default() };
    std::fs::write(&ours, shot.jpeg(&page).expect("a photograph")).expect("a file");
    let symbol = hokan_labels::qr::Symbol::encode("https://example.jp/\tもの", hokan_labels::qr::Level::M)
        .expect("a symbol");
    let (side, luma) = symbol.to_luma(6);
    let side = u32::try_from(side).expect("small");
    let foreign = town.file("foreign.png");
    image::GrayImage::from_raw(side, side, luma).expect("a picture").save(&foreign).expect("a file");
    let (ours, foreign) = (ours.display().to_string(), foreign.display().to_string());

    let output = run_hokan(["label", "read", &ours, &foreign]);
    assert_eq!(output, format!("{ours}\t{}\n", codes[0]));
    let output = run_hokan(["label", "read", "--any", &ours, &foreign]);
    assert_eq!(output, format!("{ours}\t{}\n{foreign}\thttps://example.jp/\\tもの\n", codes[0]));

    let missing = hokan().args(["label", "read", "/nowhere.jpg"]).output().expect("hokan runs");
    assert_eq!(missing.status.code(), Some(1));
}

/// A wrong key is an error that names it: in the file, in the environment, on the command line.
#[test]
fn a_wrong_setting_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("hokan.toml");
    std::fs::write(&file, "listn = \"127.0.0.1:1\"\n").expect("a file");
    let failing = |command: &mut std::process::Command| {
        let output = command.output().expect("hokan runs");
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let error = failing(hokan().args(["serve", "--config"]).arg(&file));
    assert!(error.contains("listn") && error.contains("hokan.toml"), "{error}");
    let error = failing(hokan().arg("serve").env("HOKAN_LISTN", "x"));
    assert!(error.contains("HOKAN_LISTN"), "{error}");
    let error = failing(hokan().args(["serve", "--listn", "x"]));
    assert!(error.contains("--listn"), "{error}");
    let error =
        failing(hokan().args(["serve", "--database-url", "mysql://x", "--data-dir"]).arg(folder.path()));
    assert!(error.contains("sqlite:"), "{error}");
}

/// A password that was replaced opens nothing any more, and a person without the part is told so.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_replaces_the_old_one() {
    let town = ShellTown::on(TestDatabase::fresh(Database::Sqlite).await).await;
    let (login, old) = &town.people[0];
    let phone = Phone::sign_in(&town.server, login, old).await;
    let output = town.shell(&["user", "reset", login]);
    let new = output.lines().find_map(|line| line.strip_prefix("password: ")).expect("a password");
    let body = serde_json::json!({ "login": login, "password": new });
    let url = town.server.url("/api/phone/v1/sign-in");
    let client = town.server.client();
    let answer = client.post(&url).json(&body).send().await.expect("an answer");
    let opened: serde_json::Value = answer.json().await.expect("JSON");
    assert_eq!(opened["next"], "change-password");
    let token = opened["token"].as_str().expect("a token");
    let me = client.get(town.server.url("/api/phone/v1/me")).bearer_auth(token).send().await;
    read_problem(me.expect("an answer"), 403, "password-change-needed").await;
    read_problem(phone.get("/me").await.expect("an answer"), 401, "unauthenticated").await;
    let body = serde_json::json!({ "login": login, "password": old });
    let answer = town.server.client().post(url).json(&body).send().await.expect("an answer");
    read_problem(answer, 401, "wrong-credentials").await;
    assert!(town.shell(&["user", "list"]).contains("kansa"));
}

/// A server over TLS shows its own authority's certificate, answers on health addresses, and stops when it
/// is asked to.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_its_own_authority_starts_and_stops() {
    let options = ServerOptions { tls: hokan_tests::server::Tls::Own, ..ServerOptions::default() };
    let mut server = Server::start(options).await;
    let client = server.client();
    let answer = client.get(server.url("/healthz")).send().await.expect("an answer");
    assert!(answer.status().is_success());
    let answer = client.get(server.url("/trust/hokan-ca.crt")).send().await.expect("an answer");
    assert!(answer.status().is_success());
    let stranger = hokan_tests::server::client_builder().build().expect("a client");
    assert!(stranger.get(server.url("/healthz")).send().await.is_err(), "nobody else trusts it");
    assert!(server.stop().await.success());
    // The log of a whole run holds no name and no secret.
    let log = server.log();
    assert!(log.contains("stopped"), "{log}");
}
