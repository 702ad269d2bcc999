//! What it takes to leave with two hundred items at once: one act, one transaction, an event for each item.
//!
//! `cargo bench -p hokan-tests --bench departure` prints it as a table. With `HOKAN_TEST_POSTGRES` set, PostgreSQL is
//! measured too.

#![expect(clippy::print_stdout, reason = "printing a table is what this is for")]

use std::{path::Path, time::Instant};

use hokan_domain::{contents::Category, item::ItemKind};
use hokan_mobile_api::request::{ContentsRequest, PlanRequest};
use hokan_server::app::PrintRequest;
use hokan_tests::{
    body::{Body, Medium, New, Officer, contents, day, text},
    database::{Database, TestDatabase},
    town::event,
};

/// How many items leave at once.
const ITEMS: usize = 200;
/// How often it is measured; the median counts.
const ROUNDS: usize = 3;
/// Who approves it (長崎共済 第11条第3項).
const OFFICERS: &[Officer<'_>] =
    &[("soumu", &[("data-manager", None)]), ("nenkin", &[("system-manager", None)])];

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    println!("| What | Figure | Yardstick in the same run | Ratio |");
    println!("| --- | --- | --- | --- |");
    let mut kinds = vec![Database::Sqlite];
    if std::env::var_os("HOKAN_TEST_POSTGRES").is_some() {
        kinds.push(Database::Postgres);
    }
    for kind in kinds {
        runtime.block_on(departures(kind));
    }
}

/// The same number of rows written and updated in one transaction of SQLite with nothing above it, in milliseconds.
fn bare(folder: &Path, round: usize) -> f64 {
    let connection = rusqlite::Connection::open(folder.join(format!("bare-{round}.db"))).expect("a file");
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             CREATE TABLE entry (seq INTEGER PRIMARY KEY, body TEXT);
             CREATE TABLE item (id INTEGER PRIMARY KEY, state TEXT);",
        )
        .expect("tables");
    let (body, state) = ("x".repeat(350), "y".repeat(1_500));
    for id in (0_i64..).take(ITEMS) {
        connection.execute("INSERT INTO item VALUES (?1, ?2)", (id, &state)).expect("inserted");
    }
    let began = Instant::now();
    connection.execute_batch("BEGIN IMMEDIATE").expect("begun");
    for id in (0_i64..).take(ITEMS) {
        let mut insert =
            connection.prepare_cached("INSERT INTO entry (body) VALUES (?1)").expect("a statement");
        insert.execute([&body]).expect("inserted");
        let mut update =
            connection.prepare_cached("UPDATE item SET state = ?2 WHERE id = ?1").expect("a statement");
        update.execute((id, &state)).expect("updated");
    }
    connection.execute_batch("COMMIT").expect("committed");
    began.elapsed().as_secs_f64() * 1_000.0
}

async fn departures(kind: Database) {
    let database = TestDatabase::fresh(kind).await;
    let mut body = Body::under(&database, "nagasaki-kyosai", OFFICERS).await;
    let labels = ITEMS * ROUNDS;
    for _ in 0..labels.div_ceil(600) {
        let request = PrintRequest { stock: "a4-24".to_owned(), count: 600, start_position: 1 };
        let sheet = body.town.app.print_labels(&body.town.handlers[0], event(), request).await;
        let sheet = body.store().labels_of_sheet(sheet.expect("labels are printed")).await.expect("a sheet");
        body.town.labels.extend(sheet.into_iter().map(|(label, _)| label));
    }
    let folder = tempfile::tempdir().expect("a folder");
    let (mut took, mut yardstick) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let mut tapes: Vec<Medium> = Vec::with_capacity(ITEMS);
        for _ in 0..ITEMS {
            let data = ContentsRequest {
                recorded_on: Some(body.today()),
                ..contents(Category::IdentityVerification, Some("recipients"), 1)
            };
            let new = New::of(ItemKind::MagneticTape, &body).with(data).encrypted();
            tapes.push(body.register("aoi", new).await.expect("registered"));
        }
        let plan = PlanRequest {
            counterparty: Some(text("地方公務員共済組合連合会")),
            container: Some(body.container),
            due_back: Some(day("2026-09-30")),
            ..body.plan(&tapes.iter().collect::<Vec<_>>())
        };
        let id = body.request("aoi", plan).await.expect("requested");
        for officer in ["soumu", "nenkin"] {
            body.consent(officer, id).await.expect("approved");
        }
        for tape in &tapes {
            body.act("aoi", tape, tape.put_away(body.case())).await.expect("packed");
        }
        body.lock("aoi", "A-1041", Some(id)).await.expect("locked");
        yardstick.push(bare(folder.path(), round));
        let began = Instant::now();
        let left = body.depart("aoi", id, &body.container_label).await;
        took.push(began.elapsed().as_secs_f64() * 1_000.0);
        left.expect("nothing is missing");
        body.open("aoi", "A-1041").await.expect("opened");
        body.unpack("aoi", id, None, &tapes.iter().collect::<Vec<_>>()).await.expect("back");
    }
    let (took, yardstick) = (median(took), median(yardstick));
    println!(
        "| {}: departure of a carry-out with {ITEMS} items, one transaction, with its answer | {took:.0} ms | \
         {yardstick:.1} ms, as many rows written and updated by bare SQLite | {:.0} |",
        body.store().backend_name(),
        took / yardstick
    );
}
