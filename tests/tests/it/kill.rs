//! A power cut at any moment: no acknowledged act is lost, and the ledger has no gap.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use hokan_mobile_api::wire::ActAnswer;
use hokan_tests::{
    database::TestDatabase,
    on_both_databases,
    phone::{Phone, scan},
    photo::Random,
    town::ShellTown,
};
use serde_json::json;
use uuid::Uuid;

/// How often the server is killed on each database.
const KILLS: u64 = 50;
/// Callers at once.
const CALLERS: usize = 6;

/// What one caller was told: the event ids that were acknowledged, with their place in the ledger.
type Acknowledged = Vec<(Uuid, u64)>;

/// Puts an item away and takes it out again until the server is gone, and remembers every answer.
async fn work(phone: Phone, item: String, code: String, home: String, stop: Arc<AtomicBool>) -> Acknowledged {
    let mut acknowledged = Vec::new();
    while !stop.load(Ordering::SeqCst) {
        for act in ["put-away", "take-out"] {
            let event = Uuid::new_v4();
            let mut body = json!({ "event_id": event, "act": act, "scan": scan(&code) });
            if act == "put-away" {
                body["home"] = json!(home);
            }
            let Ok(answer) = phone.post(&format!("/items/{item}/acts"), &body).await else {
                return acknowledged;
            };
            // Refused where an unacknowledged act of the round before had been recorded after all; whatever
            // is acknowledged is remembered.
            if answer.status().is_success() {
                match answer.json::<ActAnswer>().await {
                    Ok(answer) => acknowledged.push((event, answer.seq)),
                    Err(_) => return acknowledged,
                }
            }
        }
    }
    acknowledged
}

on_both_databases! {
    /// Fifty times the process is killed under load, at moments that chance picks.
    async fn a_kill_at_any_moment_loses_nothing_that_was_acknowledged(db: TestDatabase) {
        let mut town = ShellTown::on(db).await;
        let (codes, _) = town.print_labels("a4-24", 24, 1);
        let (login, password) = town.people[0].clone();
        let phone = Phone::sign_in(&town.server, &login, &password).await;
        let mut items = Vec::new();
        for code in &codes[..CALLERS] {
            items.push(phone.register(code, "usb-memory", "試験用").await.item.id.to_string());
        }
        let directory: serde_json::Value =
            phone.get("/directory").await.expect("an answer").json().await.expect("a directory");
        let home = directory["homes"][0]["id"].as_str().expect("a place").to_owned();

        let mut random = Random(0x5eed);
        let mut acknowledged: Acknowledged = Vec::new();
        for _ in 0..KILLS {
            let stop = Arc::new(AtomicBool::new(false));
            let workers: Vec<_> = items
                .iter()
                .zip(&codes)
                .map(|(item, code)| {
                    let (phone, item, code) = (phone.clone(), item.clone(), code.clone());
                    tokio::spawn(work(phone, item, code, home.clone(), stop.clone()))
                })
                .collect();
            tokio::time::sleep(Duration::from_millis(50 + random.next() % 300)).await;
            town.server.kill9();
            stop.store(true, Ordering::SeqCst);
            for worker in workers {
                acknowledged.extend(worker.await.expect("a worker ends"));
            }
            town.server.start_again().await;
        }
        assert!(acknowledged.len() > 100, "only {} acts were acknowledged", acknowledged.len());

        // Every acknowledged act is where it was said to be.
        let bundle = town.file("bundle.jsonl");
        town.shell(&["ledger", "export", "--out", &bundle.display().to_string()]);
        let lines = std::fs::read_to_string(&bundle).expect("the bundle");
        let recorded: std::collections::HashMap<u64, String> = lines
            .lines()
            .filter(|line| line.starts_with("{\"seq\":"))
            .map(|line| {
                let entry: serde_json::Value = serde_json::from_str(line).expect("an entry");
                (entry["seq"].as_u64().expect("a number"), line.to_owned())
            })
            .collect();
        for (event, seq) in &acknowledged {
            let line = recorded.get(seq).unwrap_or_else(|| panic!("acknowledged entry {seq} is lost"));
            assert!(line.contains(&event.to_string()), "entry {seq} is another act's");
        }
        let verdict = town.shell(&["ledger", "verify"]);
        assert!(verdict.contains("OK  the ledger is whole and unaltered"), "{verdict}");
        let verdict = town.shell(&["ledger", "rebuild", "--check"]);
        assert!(verdict.contains("OK  the rows agree with the ledger"), "{verdict}");
        eprintln!("{KILLS} kills, {} acknowledged acts", acknowledged.len());
    }
}
