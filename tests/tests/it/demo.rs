//! The demonstration town.

use hokan_tests::server::{Server, ServerOptions, run_hokan};

fn seed(folder: &std::path::Path, date: &str) -> String {
    let folder = folder.display().to_string();
    run_hokan(["demo", "--dir", &folder, "--seed-only", "--date", date])
}

/// The same day makes the same town, to the last byte of the ledger; another day makes another.
#[test]
fn one_day_always_makes_the_same_town() {
    let folder = tempfile::tempdir().expect("a folder");
    let summary = |name: &str, date: &str| {
        let output = seed(&folder.path().join(name), date);
        output.lines().last().expect("a summary").to_owned()
    };
    let first = summary("a", "2026-04-01");
    assert!(first.contains("60 items"), "{first}");
    assert_eq!(first, summary("b", "2026-04-01"));
    assert_ne!(first, summary("c", "2026-04-02"));
}

/// Everything in the town was done by its rules: its ledger is whole, its rows follow from it, everybody can
/// sign in, and something waits for somebody.
#[tokio::test(flavor = "multi_thread")]
async fn the_town_is_whole_and_lived_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("town");
    let path = dir.display().to_string();
    run_hokan(["demo", "--dir", &path, "--seed-only"]);
    let verdict = run_hokan(["ledger", "verify", "--data-dir", &path]);
    assert!(verdict.contains("OK  the ledger is whole and unaltered"), "{verdict}");
    let verdict = run_hokan(["ledger", "rebuild", "--check", "--data-dir", &path]);
    assert!(verdict.contains("OK  the rows agree with the ledger"), "{verdict}");

    let server = Server::start(ServerOptions { data_dir: Some(dir), ..ServerOptions::default() }).await;
    for login in ["sato", "suzuki", "takahashi", "tanaka", "ito", "watanabe", "yamamoto", "nakamura"] {
        let phone = hokan_tests::phone::Phone::sign_in(&server, login, hokan_server::demo::PASSWORD).await;
        let me = phone.me().await;
        assert_eq!(me.discrepancies_open, 1, "the scan from the vault waits");
    }
    // Hand-overs that were offered on the last evening, counted in the ledger, since they lapse within a day
    // and the server's clock is this machine's.
    let bundle = folder.path().join("bundle.jsonl");
    run_hokan(["ledger", "export", "--data-dir", &path, "--out", &bundle.display().to_string()]);
    let lines = std::fs::read_to_string(bundle).expect("the bundle");
    let count = |kind: &str| lines.matches(&format!("\"kind\":\"{kind}\",\"occurred_at\"")).count();
    assert_eq!(count("hand-over-offered"), count("hand-over-accepted") + 3, "three hand-overs wait");
}
