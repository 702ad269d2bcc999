//! The demonstration town.

use std::path::Path;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use hokan_domain::{
    approval::RequestState,
    calendar::is_shut_by_law,
    item::Item,
    japan_date::{jst_date, jst_day_start},
    profile::Gated,
    text::Lang,
};
use hokan_mobile_api::{
    Caller,
    request::Show,
    wire::{CarryOutLine, CarryOutView},
};
use hokan_server::{
    app::{App, InboxKind, retention::Whose},
    clock::Clock,
    config::{Config, Flags},
    entropy::Entropy,
    serve,
    store::{Schema, items::ItemFilter},
};
use hokan_tests::{
    database::{Database, TestDatabase},
    server::{Server, ServerOptions, hokan, run_hokan},
};

/// The day after a weekend, at the beginning of a fiscal year.
const DATE: &str = "2026-04-06";

fn seed(folder: &Path, date: &str, more: &[&str]) -> String {
    let folder = folder.display().to_string();
    let mut args = vec!["demo", "--dir", &folder, "--seed-only", "--date", date];
    args.extend(more);
    let output = run_hokan(args);
    output.lines().last().expect("a summary").to_owned()
}

/// The same day under the same regulation makes the same town, to the last byte of the ledger; another day
/// or another regulation makes another.
#[test]
fn one_day_always_makes_the_same_town() {
    let folder = tempfile::tempdir().expect("a folder");
    let summary = |name: &str, date: &str, profile: &str| {
        seed(&folder.path().join(name), date, &["--profile", profile])
    };
    let first = seed(&folder.path().join("a"), "2026-04-01", &[]);
    assert!(first.contains("60 items"), "{first}");
    assert_eq!(first, summary("b", "2026-04-01", "national-default"), "what is not named is the default");
    assert_ne!(first, summary("c", "2026-04-02", "national-default"));
    let other = summary("d", "2026-04-01", "nishi-izu");
    assert_ne!(first, other);
    assert_eq!(other, summary("e", "2026-04-01", "nishi-izu"));
}

/// A regulation that does not come with the product is refused by name, and nothing is made.
#[test]
fn an_unknown_regulation_is_refused_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("town");
    let refused = hokan()
        .args(["demo", "--seed-only", "--profile", "atlantis", "--dir"])
        .arg(&dir)
        .output()
        .expect("hokan can be started");
    assert!(!refused.status.success());
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(told.contains("atlantis") && told.contains("nagasaki-kyosai"), "{told}");
    assert!(!dir.join("hokan.db").exists());
}

/// Everything in the town was done by its rules: its ledger is whole, its rows follow from it, everybody can
/// sign in, and something waits for somebody.
#[tokio::test(flavor = "multi_thread")]
async fn the_town_is_whole_and_lived_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("town");
    let path = dir.display().to_string();
    run_hokan(["demo", "--dir", &path, "--seed-only"]);
    is_whole(&["--data-dir", &path]);

    let server =
        Server::start(ServerOptions { data_dir: Some(dir), demo: true, ..ServerOptions::default() }).await;
    for login in ["sato", "suzuki", "takahashi", "tanaka", "ito", "watanabe", "yamamoto", "nakamura"] {
        let phone = hokan_tests::phone::Phone::sign_in(&server, login, hokan_server::demo::PASSWORD).await;
        let me = phone.me().await;
        assert_eq!(me.discrepancies_open, 1, "the scan from the vault waits");
    }
    // Hand-overs that were offered on the last evening, counted in the ledger, since they lapse within a day
    // and the server's clock is this machine's.
    let lines = bundle(folder.path(), &["--data-dir", &path]);
    let count = |kind: &str| lines.matches(&format!("\"kind\":\"{kind}\",\"occurred_at\"")).count();
    assert_eq!(count("hand-over-offered"), count("hand-over-accepted") + 3, "three hand-overs wait");
}

fn is_whole(place: &[&str]) {
    let verdict = run_hokan([&["ledger", "verify"], place].concat());
    assert!(verdict.contains("OK  the ledger is whole and unaltered"), "{verdict}");
    let verdict = run_hokan([&["ledger", "rebuild", "--check"], place].concat());
    assert!(verdict.contains("OK  the rows agree with the ledger"), "{verdict}");
}

fn bundle(folder: &Path, place: &[&str]) -> String {
    let bundle = folder.join("bundle.jsonl");
    let out = bundle.display().to_string();
    run_hokan([&["ledger", "export", "--out", &out], place].concat());
    std::fs::read_to_string(bundle).expect("the bundle")
}

/// People act while they are at work.
fn only_at_work(bundle: &str) {
    for line in bundle.lines().filter(|line| line.starts_with("{\"seq\"")) {
        let entry: serde_json::Value = serde_json::from_str(line).expect("an entry");
        for field in ["occurred_at", "recorded_at"] {
            let at: DateTime<Utc> = entry[field].as_str().expect("a time").parse().expect("a moment");
            let day = jst_date(at);
            let since = at - jst_day_start(day);
            let in_time = since >= TimeDelta::minutes(510) && since <= TimeDelta::minutes(1_035);
            assert!(in_time && !is_shut_by_law(day), "{field} in {line}");
        }
    }
}

async fn caller(app: &App, login: &str) -> Caller {
    let people = app.store().people().await.expect("people");
    let account = people.into_iter().find(|account| account.login == login).expect("somebody of the town");
    Caller::without_session(account.person, account.name, Lang::Ja, "test")
}

/// Makes the town of a regulation and looks whether it shows what it is there to show.
async fn shows(profile: &str, database: Option<&TestDatabase>) {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("town");
    let path = dir.display().to_string();
    let mut place = vec!["--data-dir", path.as_str()];
    let mut more = vec!["--profile", profile];
    if let Some(database) = database {
        place.extend(["--database-url", database.url()]);
        more.extend(["--database-url", database.url()]);
    }
    let summary = seed(&dir, DATE, &more);
    if database.is_some() {
        let there = folder.path().join("on-sqlite");
        assert_eq!(summary, seed(&there, DATE, &["--profile", profile]), "the same on both databases");
    }
    is_whole(&place);
    only_at_work(&bundle(folder.path(), &place));

    let flags = Flags {
        data_dir: Some(dir),
        database_url: database.map(|database| database.url().to_owned()),
        ..Flags::default()
    };
    let today: NaiveDate = DATE.parse().expect("a day");
    let clock = Clock::standing_at(jst_day_start(today));
    let config = Config::load(&flags).expect("settings");
    let app = serve::open(config, clock, Entropy::system(), Schema::Require).await.expect("the town opens");
    assert_eq!(app.profile().id, profile);

    disposals_and_the_rest(&app).await;
    what_waits(&app, today).await;
    carry_outs(&app).await;
}

async fn disposals_and_the_rest(app: &App) {
    let items = app.store().items(&ItemFilter::first(100)).await.expect("items");
    assert_eq!(items.len(), hokan_server::demo::ITEMS);
    let count = |is: &dyn Fn(&Item) -> bool| items.iter().filter(|item| is(item)).count();
    assert_eq!(count(&|item| item.loss().is_some()), 1, "lost");
    assert_eq!(count(&|item| item.open_holds().next().is_some()), 1, "on hold");
    assert_eq!(
        count(&|item| item.condition.as_ref().is_some_and(|condition| condition.value.faulty)),
        1,
        "with a fault"
    );
    assert_eq!(count(&|item| !item.discrepancies.is_empty()), 1, "with a discrepancy");
    let destroyed = |item: &Item| item.disposal.destroyed.is_some();
    assert_eq!(count(&|item| destroyed(item) && !item.is_witnessed()), 1, "without a witness");
    let done: Vec<&Item> = items.iter().filter(|item| item.is_witnessed()).collect();
    let [done] = done[..] else { panic!("one destruction was witnessed: {done:?}") };
    let photographs = &done.disposal.destroyed.as_ref().expect("destroyed").what.photographs;
    assert!(photographs.iter().any(|photograph| photograph.label_read), "its label can be read");
    let matter = done.matter_before(Gated::ConfirmDisposal);
    let is_confirmed = done.disposal.confirmed.is_some();
    assert_eq!(is_confirmed, app.profile().gate(Gated::ConfirmDisposal, &matter).is_some());
    assert!(items.iter().all(|item| item.division.is_some()), "everything is under a division");
    let waits = |item: &Item| item.requests.iter().any(|request| request.state == RequestState::Open);
    assert!(count(&waits) > 0, "something was asked for and not yet approved");
}

async fn what_waits(app: &App, today: NaiveDate) {
    let due = app.due_counts(Whose::Everybody).await.expect("flags");
    assert!(due.overdue >= 2 && due.late >= 1, "{due:?} on {today}");
    let mut kinds = Vec::new();
    for login in ["tanaka", "nakamura", "watanabe", "ito", "suzuki"] {
        let lines = app.inbox(&caller(app, login).await).await.expect("an inbox");
        kinds.extend(lines.into_iter().map(|line| (login, line.kind)));
    }
    for wanted in [
        InboxKind::Approval,
        InboxKind::CarryOutApproval,
        InboxKind::Witness,
        InboxKind::Discrepancy,
        InboxKind::Retention,
        InboxKind::Incident,
        InboxKind::Term,
    ] {
        assert!(kinds.iter().any(|(_, kind)| *kind == wanted), "{wanted:?} in {kinds:?}");
    }
    assert!(kinds.contains(&("ito", InboxKind::Witness)), "{kinds:?}");
    let anybody = caller(app, "sato").await;
    let incidents = app.incidents(&anybody, Show::Open).await.expect("incidents");
    assert_eq!(incidents.len(), 1);
}

async fn carry_outs(app: &App) {
    let anybody = caller(app, "sato").await;
    let open = app.carry_outs(&anybody, Show::Open).await.expect("carry-outs");
    let all = app.carry_outs(&anybody, Show::All).await.expect("carry-outs");
    assert_eq!((open.len(), all.len()), (2, 3), "one of three is over");
    let in_state = |state: &str| -> &CarryOutLine {
        open.iter().find(|line| line.state.code == state).unwrap_or_else(|| panic!("none is {state}"))
    };
    let road: CarryOutView = app.carry_out(&anybody, in_state("departed").id).await.expect("a carry-out");
    assert_eq!(road.lock.as_deref(), Some("MH-20417"));
    let case = road.plan.container.expect("a container").id.parse().expect("the id of a container");
    let case = app.container(&anybody, case).await.expect("a container");
    assert!(case.locked.is_some(), "what is on the road is locked");
    let waiting = app.carry_out(&anybody, in_state("requested").id).await.expect("a carry-out");
    let given = waiting.steps.iter().flat_map(|step| &step.approvals).any(|asked| !asked.given.is_empty());
    let several = waiting.steps.iter().flat_map(|step| &step.approvals).any(|asked| asked.all);
    assert_eq!(given, several, "where two must approve, one of them has");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_national_default_is_shown() {
    shows("national-default", None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn iide_is_shown() {
    shows("iide", None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yabu_is_shown() {
    shows("yabu", None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nagasaki_kyosai_is_shown() {
    shows("nagasaki-kyosai", None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nishi_izu_is_shown() {
    shows("nishi-izu", None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kitami_is_shown() {
    shows("kitami", None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_town_is_the_same_on_postgresql() {
    let database = TestDatabase::fresh(Database::Postgres).await;
    shows("nagasaki-kyosai", Some(&database)).await;
}
