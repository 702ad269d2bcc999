//! What the question "who is it?" costs: the processor's time of a request that needs a session beside that of
//! `/healthz`, which needs none, on the same server.
//!
//! `cargo bench -p hokan-tests --bench guard` prints it as a table. Time of the processor and not of the clock: what
//! else the machine does is not in it. The client runs on the main thread, whose time is left out. With
//! `HOKAN_TEST_POSTGRES` set, PostgreSQL is measured too; what the database's own processes use is not in these
//! figures, and waiting for them costs nothing here.

#![expect(clippy::print_stdout, reason = "printing a table is what this is for")]

use std::fs;

use hokan_server::{
    app::App,
    config::{Config, Flags, TlsMode},
    serve,
};
use hokan_tests::{
    database::{Database, TestDatabase},
    town::Town,
};
use reqwest::RequestBuilder;

/// Requests of each kind in one round.
const REQUESTS: usize = 1_000;
/// How often each kind is measured, in turns; the median counts.
const ROUNDS: usize = 7;
/// What a guarded request may cost more than `/healthz`, in milliseconds.
const AIM: f64 = 0.3;

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The nanoseconds that all threads of this process but the main one were on a processor. Those of threads that have
/// ended are lost, so all that count must live as long as the measurement does.
fn server_time() -> u64 {
    let main = std::process::id().to_string();
    let threads = fs::read_dir("/proc/self/task").expect("Linux tells of the threads");
    let names = threads.filter_map(|thread| thread.ok()?.file_name().into_string().ok());
    let times = names.filter(|name| *name != main).filter_map(|name| {
        let text = fs::read_to_string(format!("/proc/self/task/{name}/schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    });
    times.sum()
}

fn main() {
    let server = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let server = server.expect("a runtime for the server");
    let client = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let client = client.expect("a runtime for the client");
    println!("| What | Figure | Yardstick in the same run | Ratio |");
    println!("| --- | --- | --- | --- |");
    let mut kinds = vec![Database::Sqlite];
    if std::env::var_os("HOKAN_TEST_POSTGRES").is_some() {
        kinds.push(Database::Postgres);
    }
    for kind in kinds {
        measure(kind, &server, &client);
    }
}

/// Milliseconds of the processor for one request.
fn cost(client: &tokio::runtime::Runtime, request: &dyn Fn() -> RequestBuilder) -> f64 {
    let before = server_time();
    client.block_on(async {
        for _ in 0..REQUESTS {
            let answer = request().send().await.expect("an answer");
            assert!(!answer.status().is_server_error(), "{answer:?}");
            answer.bytes().await.expect("a body");
        }
    });
    let spent = server_time().saturating_sub(before);
    // Some microseconds a request, of which a float loses nothing.
    spent as f64 / 1e6 / REQUESTS as f64
}

fn measure(kind: Database, server: &tokio::runtime::Runtime, client: &tokio::runtime::Runtime) {
    let (_town, _database, running, token) = server.block_on(async {
        let database = TestDatabase::fresh(kind).await;
        let town = Town::on(&database).await;
        App::store(&town.app).clone().close().await;
        let flags = Flags {
            data_dir: Some(town.folder.path().to_owned()),
            database_url: Some(database.url().to_owned()),
            listen: Some("127.0.0.1:0".parse().expect("an address")),
            tls: Some(TlsMode::Off),
            ..Flags::default()
        };
        let running = serve::start(Config::load(&flags).expect("settings"), None).await.expect("a server");
        let url = running.app().config().public_url.clone();
        let client = hokan_tests::server::client_builder().build().expect("a client");
        let sign_in = serde_json::json!({ "login": "aoi", "password": "correct horse battery" });
        let answer = client.post(format!("{url}/api/phone/v1/sign-in")).json(&sign_in).send().await;
        let signed_in: hokan_mobile_api::wire::SignedIn =
            answer.expect("an answer").json().await.expect("signed in");
        (town, database, running, signed_in.token)
    });
    let url = running.app().config().public_url.clone();
    // Made on the main thread, so that its work is done there.
    let http = hokan_tests::server::client_builder().build().expect("a client");
    let get = |path: &str| http.get(format!("{url}{path}"));
    // The code cannot be read, so the session is all that is looked up; the other shows what a small answer adds.
    let guarded = || get("/api/phone/v1/labels/none").bearer_auth(&token);
    let small = || get("/api/phone/v1/inbox").bearer_auth(&token);
    let healthz = || get("/healthz");
    for request in [&healthz as &dyn Fn() -> RequestBuilder, &guarded, &small] {
        cost(client, request);
    }
    let (mut bare, mut asked, mut answered) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        bare.push(cost(client, &healthz));
        asked.push(cost(client, &guarded));
        answered.push(cost(client, &small));
    }
    let bare = median(bare);
    for (what, cost) in [("a session and no more", median(asked)), ("what waits for me", median(answered))] {
        let more = cost - bare;
        println!(
            "| {kind:?}: {what}, processor time a request | {cost:.3} ms | {bare:.3} ms /healthz; {more:.3} ms more, {AIM} \
             aimed at | {:.1} |",
            cost / bare
        );
    }
    server.block_on(running.stop()).expect("it stops");
}
