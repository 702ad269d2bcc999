//! What phones saw without signal: each observation is answered on its own, and none is lost.

use hokan_mobile_api::wire::{ObservationAnswers, ObservationOutcome};
use hokan_tests::{
    database::TestDatabase,
    on_both_databases,
    phone::{read, read_problem, scan},
    town::ShellTown,
};
use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

on_both_databases! {
    /// Recorded, recorded with a discrepancy, turned away, already recorded: all in one batch and its retry.
    async fn each_observation_of_a_batch_has_its_own_answer(db: TestDatabase) {
        let town = ShellTown::on(db).await;
        let (codes, _) = town.print_labels("a4-24", 3, 1);
        let aoi = town.phone(0).await;
        let beni = town.phone(1).await;
        let item = aoi.register(&codes[0], "magnetic-tape", "日次バックアップ").await.item;
        let directory: Value = read(aoi.get("/directory").await.expect("an answer"), StatusCode::OK).await;
        let cabinet = directory["homes"][0]["id"].clone();
        let now = chrono::DateTime::from_timestamp_millis(item.registered_at.timestamp_millis() + 1).expect("a moment");

        let one = |seq: u64, code: &str, observed: &str, more: Value| {
            let mut observation = json!({
                "event_id": Uuid::new_v4(), "device_seq": seq, "occurred_at": now.to_rfc3339(),
                "scan": scan(code), "observed": observed,
            });
            for (key, value) in more.as_object().expect("an object") {
                observation[key] = value.clone();
            }
            observation
        };
        let wrong_check = format!("{}{}", &codes[0][..11], if codes[0].ends_with('0') { '1' } else { '0' });
        let unknown = hokan_labels::code::LabelCode::from_entropy(42).grouped();
        let batch = json!({ "device": Uuid::new_v4(), "observations": [
            // Beni put away what Aoi holds.
            one(1, &codes[0], "put-away", json!({ "home": cabinet })),
            // Taken out again by Beni, as a phone without signal may well see it.
            one(2, &codes[0], "taken-out", json!({})),
            one(3, &unknown, "taken-out", json!({})),
            one(4, &wrong_check, "taken-out", json!({})),
            one(5, &codes[1], "taken-out", json!({})),
            json!({ "event_id": 7 }),
            one(6, &codes[0], "flown-away", json!({})),
        ]});
        let answers: ObservationAnswers =
            read(beni.post("/observations", &batch).await.expect("an answer"), StatusCode::OK).await;
        let outcomes: Vec<_> = answers.answers.iter().map(|answer| answer.outcome).collect();
        use ObservationOutcome::{AlreadyRecorded, Recorded, RecordedWithDiscrepancy, TurnedAway};
        assert_eq!(outcomes, [
            RecordedWithDiscrepancy, Recorded, TurnedAway, TurnedAway, TurnedAway, TurnedAway, TurnedAway,
        ]);
        let codes_of: Vec<_> = answers.answers.iter()
            .filter_map(|answer| answer.problem.as_ref().map(|problem| problem.code.to_string())).collect();
        assert_eq!(codes_of,
            ["unknown-label", "label-check-failed", "label-blank", "bad-request-body", "bad-request-body"]);
        assert_eq!(answers.answers[0].discrepancies[0].kind, "put-away-by-non-holder");

        // The evidence counts: Beni has it now, and the contradiction waits for a person.
        let card = aoi.item(&item.id.to_string()).await;
        assert_eq!(card.custody.person.as_ref().map(|person| person.name.as_str()), Some("紅"));
        assert_eq!(card.discrepancies.len(), 1);

        let again: ObservationAnswers =
            read(beni.post("/observations", &batch).await.expect("an answer"), StatusCode::OK).await;
        let outcomes: Vec<_> = again.answers.iter().take(2).map(|answer| answer.outcome).collect();
        assert_eq!(outcomes, [AlreadyRecorded, AlreadyRecorded]);
        assert_eq!(again.answers[0].seq, answers.answers[0].seq);
        assert_eq!(aoi.item(&item.id.to_string()).await.version, card.version, "nothing was done again");

        // The same id with other content.
        let mut reused = batch["observations"][0].clone();
        reused["observed"] = json!("taken-out");
        reused.as_object_mut().expect("an object").remove("home");
        let answers: ObservationAnswers = read(
            beni.post("/observations", &json!({ "device": batch["device"], "observations": [reused] }))
                .await.expect("an answer"),
            StatusCode::OK,
        ).await;
        assert_eq!(answers.answers[0].outcome, TurnedAway);
        assert_eq!(answers.answers[0].problem.as_ref().map(|problem| problem.code.as_ref()), Some("event-id-reused"));

        let too_many: Vec<Value> = (0..501).map(|seq| one(seq, &codes[0], "taken-out", json!({}))).collect();
        let answer = beni.post("/observations", &json!({ "device": Uuid::new_v4(), "observations": too_many }))
            .await.expect("an answer");
        read_problem(answer, 413, "batch-too-large").await;

        let verdict = town.shell(&["ledger", "verify"]);
        assert!(verdict.contains("OK  the ledger is whole"), "{verdict}");
        assert!(town.shell(&["ledger", "rebuild", "--check"]).contains("OK  the rows agree"));
    }

    /// A discrepancy settles itself when the missing evidence arrives.
    async fn a_late_offer_settles_the_discrepancy_of_its_acceptance(db: TestDatabase) {
        let town = ShellTown::on(db).await;
        let (codes, _) = town.print_labels("a4-24", 1, 1);
        let aoi = town.phone(0).await;
        let beni = town.phone(1).await;
        let item = aoi.register(&codes[0], "paper-record", "申請書綴り").await.item;
        let moment = |millis: i64| {
            chrono::DateTime::from_timestamp_millis(item.registered_at.timestamp_millis() + millis)
                .expect("a moment").to_rfc3339()
        };
        let to = beni.me().await.person.id;
        let accepted = json!({ "device": Uuid::new_v4(), "observations": [{
            "event_id": Uuid::new_v4(), "device_seq": 1, "occurred_at": moment(2), "scan": scan(&codes[0]),
            "observed": "accepted",
        }]});
        let offered = json!({ "device": Uuid::new_v4(), "observations": [{
            "event_id": Uuid::new_v4(), "device_seq": 1, "occurred_at": moment(1), "scan": scan(&codes[0]),
            "observed": "offered", "to": to,
        }]});
        // The receiver's phone finds a signal first.
        let first: ObservationAnswers = read(beni.post("/observations", &accepted).await.expect("an answer"), StatusCode::OK).await;
        assert_eq!(first.answers[0].outcome, ObservationOutcome::RecordedWithDiscrepancy);
        assert_eq!(beni.item(&item.id.to_string()).await.discrepancies.len(), 1);
        let second: ObservationAnswers = read(aoi.post("/observations", &offered).await.expect("an answer"), StatusCode::OK).await;
        assert_eq!(second.answers[0].outcome, ObservationOutcome::Recorded);
        let card = beni.item(&item.id.to_string()).await;
        assert_eq!(card.discrepancies, vec![], "the offer explains it");
        assert_eq!(card.custody.person.map(|person| person.name), Some("紅".to_owned()));
        assert!(card.offer.is_none(), "an offer that was answered does not wait");
    }
}
