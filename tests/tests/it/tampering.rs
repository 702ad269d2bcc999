//! The administrator who edits the database: whatever he alters in the ledger is found and named.

use hokan_domain::{event::Receiver, ledger::note::NoteVerifier};
use hokan_mobile_api::request::{ActRequest, HomeRef};
use hokan_server::{
    app::{rebuild_check, verify},
    clock::Clock,
    entropy::Entropy,
    store::{Schema, Store},
};
use hokan_tests::{
    database::{Database, TestDatabase},
    on_both_databases,
    server::hokan,
    town::{Town, event, seen},
};
use sea_orm::{ConnectOptions, ConnectionTrait, DatabaseConnection, Statement};

/// A register with a dozen entries and two checkpoints, closed, and the administrator's own connection to
/// it with the triggers out of his way.
async fn tampered_with(db: &TestDatabase) -> (Town, DatabaseConnection, Vec<NoteVerifier>) {
    let town = Town::on(db).await;
    for index in 0..2 {
        let item = town.item(index).await;
        let scan = || seen(&town.labels[index]);
        let put = ActRequest::PutAway { home: HomeRef::Id(town.cabinet), scan: scan() };
        town.app.act(&town.handlers[0], item.id, event(), put).await.expect("put away");
        town.app.checkpoint().await.expect("a checkpoint");
        let take = ActRequest::TakeOut { scan: scan(), purpose: None };
        town.app.act(&town.handlers[1], item.id, event(), take).await.expect("taken out");
        let note = hokan_domain::personal_number::CheckedText::new("点検のため", 100).expect("harmless");
        let offer = ActRequest::Offer { to: Receiver::AnyHandler, note: Some(note), scan: Some(scan()) };
        town.app.act(&town.handlers[1], item.id, event(), offer).await.expect("offered");
    }
    town.app.checkpoint().await.expect("a checkpoint");
    let keys = vec![town.app.key().signer().expect("a key").verifier()];
    let mut options = ConnectOptions::new(db.url());
    options.max_connections(1).sqlx_logging(false);
    let connection = sea_orm::Database::connect(options).await.expect("the administrator's connection");
    let disarm: &[&str] = match db.kind() {
        Database::Sqlite => &[
            "DROP TRIGGER ledger_entry_no_update",
            "DROP TRIGGER ledger_entry_no_delete",
            "DROP TRIGGER ledger_checkpoint_no_update",
        ],
        Database::Postgres => &[
            "ALTER TABLE ledger_entry DISABLE TRIGGER ALL",
            "ALTER TABLE ledger_checkpoint DISABLE TRIGGER ALL",
        ],
    };
    for statement in disarm {
        connection.execute_unprepared(statement).await.expect("an administrator can do that");
    }
    (town, connection, keys)
}

async fn problems(store: &Store, keys: &[NoteVerifier]) -> Vec<String> {
    verify(store, keys, &[]).await.expect("the check itself works").problems
}

on_both_databases! {
    /// Altering any column of any entry is found, and the entry is named.
    async fn an_altered_column_of_any_entry_is_found_and_named(db: TestDatabase) {
        let (town, connection, keys) = tampered_with(&db).await;
        let store = town.app.store();
        assert_eq!(problems(store, &keys).await, Vec::<String>::new());
        let size = store.ledger_head().await.expect("a head").size();
        assert_eq!(size, 12);
        let uuid = match db.kind() {
            Database::Sqlite => "X'0123456789ABCDEF0123456789ABCDEF'",
            Database::Postgres => "'01234567-89ab-cdef-0123-456789abcdef'",
        };
        let hash = match db.kind() {
            Database::Sqlite => "zeroblob(32)",
            Database::Postgres => "'\\x0000000000000000000000000000000000000000000000000000000000000000'::bytea",
        };
        let alterations = [
            ("event_id", uuid.to_owned()),
            ("act_id", uuid.to_owned()),
            ("subject_kind", "'other'".to_owned()),
            ("subject_id", "subject_id || 'x'".to_owned()),
            ("subject_version", "subject_version + 100".to_owned()),
            ("kind", "kind || 'x'".to_owned()),
            ("occurred_at", "occurred_at - 1".to_owned()),
            ("recorded_at", "recorded_at + 1".to_owned()),
            ("actor", uuid.to_owned()),
            ("device", uuid.to_owned()),
            ("device_seq", "7".to_owned()),
            ("profile", hash.to_owned()),
            ("request", hash.to_owned()),
            ("body", "replace(body, '0', '1')".to_owned()),
            ("leaf", hash.to_owned()),
        ];
        for seq in 1..=size {
            for (column, value) in &alterations {
                // Within a transaction that is rolled back nobody else would see it; so it is put back by
                // hand from a copy.
                for statement in [
                    format!("CREATE TABLE kept AS SELECT * FROM ledger_entry WHERE seq = {seq}"),
                    format!("UPDATE ledger_entry SET {column} = {value} WHERE seq = {seq}"),
                ] {
                    connection.execute_unprepared(&statement).await.expect(&statement);
                }
                let found = problems(store, &keys).await;
                let named = format!("entry {seq}");
                assert!(
                    found.iter().any(|problem| problem.contains(&format!("{named} "))
                        || problem.contains(&format!("{named}:"))),
                    "{column} of {seq}: {found:?}"
                );
                for statement in [
                    format!("UPDATE ledger_entry SET {column} = (SELECT {column} FROM kept) WHERE seq = {seq}"),
                    "DROP TABLE kept".to_owned(),
                ] {
                    connection.execute_unprepared(&statement).await.expect(&statement);
                }
            }
        }
        assert_eq!(problems(store, &keys).await, Vec::<String>::new(), "all was put back");
    }

    /// A deleted entry, a swapped pair, a cut tail: found.
    async fn a_missing_entry_is_found_and_named(db: TestDatabase) {
        let (town, connection, keys) = tampered_with(&db).await;
        let store = town.app.store();
        let size = store.ledger_head().await.expect("a head").size();
        connection.execute_unprepared("DELETE FROM ledger_entry WHERE seq = 4").await.expect("deleted");
        let found = problems(store, &keys).await;
        assert!(found.iter().any(|problem| problem.contains("entry 4 missing")), "{found:?}");
        connection.execute_unprepared(&format!("DELETE FROM ledger_entry WHERE seq >= {}", size - 1)).await
            .expect("the tail is cut");
        let found = problems(store, &keys).await;
        assert!(found.iter().any(|problem| problem.contains("missing at the end")), "{found:?}");
    }

    /// A thorough administrator recomputes the hash of the entry that he altered, and the root. The signed
    /// checkpoints still name the stretch in which he did it.
    async fn a_rewritten_history_is_found_by_the_signatures(db: TestDatabase) {
        let (town, connection, keys) = tampered_with(&db).await;
        let store = town.app.store();
        let mut entries = Vec::new();
        for (_, stored) in store.entries_after(0).await.expect("entries") {
            entries.push(stored.expect("readable").entry);
        }
        entries[2].recorded_at += 1;
        let mut frontier = hokan_domain::ledger::frontier::Frontier::new();
        for entry in &entries {
            frontier.push(entry.leaf());
        }
        let blob = |hash: hokan_domain::ledger::hash::Hash| match db.kind() {
            Database::Sqlite => format!("X'{hash}'"),
            Database::Postgres => format!("'\\x{hash}'::bytea"),
        };
        for statement in [
            format!("UPDATE ledger_entry SET recorded_at = recorded_at + 1, leaf = {} WHERE seq = 3",
                blob(entries[2].leaf())),
            format!("UPDATE ledger_head SET frontier = '{frontier}', root = {}", blob(frontier.root())),
        ] {
            connection.execute_unprepared(&statement).await.expect(&statement);
        }
        let found = problems(store, &keys).await;
        assert!(!found.is_empty());
        assert!(found[0].contains("1 to 3") || found[0].contains("entry 3") || found[0].contains("entries"), "{found:?}");
        // Somebody who signs it all anew with a key of his own is found by whoever knows the real one.
        let stranger = hokan_domain::ledger::note::NoteSigner::from_seed("localhost/hokan", &[9; 32])
            .expect("a key").verifier();
        assert!(!problems(store, &[stranger]).await.is_empty());
    }

    /// A text beside the ledger cannot be altered either; a row that disagrees with its events is named.
    async fn altered_texts_and_rows_are_found(db: TestDatabase) {
        let (town, connection, keys) = tampered_with(&db).await;
        let store = town.app.store();
        assert_eq!(rebuild_check(store).await.expect("a check").problems, Vec::<String>::new());
        connection.execute_unprepared("UPDATE note_text SET body = '別の名前' WHERE body = '媒体 0'").await
            .expect("altered");
        let found = problems(store, &keys).await;
        assert!(found.iter().any(|problem| problem.contains("entry 5: its text")), "{found:?}");

        connection.execute_unprepared("UPDATE item SET holder = NULL").await.expect("altered");
        connection.execute_unprepared("UPDATE label SET state = 'blank', target_kind = NULL, target_id = NULL \
            WHERE state = 'bound'").await.expect("altered");
        let found = rebuild_check(store).await.expect("a check").problems;
        assert!(found.iter().any(|problem| problem.contains("the column holder differs")), "{found:?}");
        assert!(found.iter().any(|problem| problem.starts_with("label ")), "{found:?}");
    }
}

/// Flipping bytes of entries in the database file itself, below SQL: found, named, exit status 1.
#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_byte_in_the_database_file_is_found_and_named() {
    let db = TestDatabase::fresh(Database::Sqlite).await;
    let (town, connection, keys) = tampered_with(&db).await;
    let mut needles = Vec::new();
    for (seq, stored) in town.app.store().entries_after(0).await.expect("entries") {
        let stored = stored.expect("readable");
        needles.push((seq, stored.entry.body.into_bytes()));
        needles.push((seq, stored.leaf.as_bytes().to_vec()));
        needles.push((seq, stored.entry.request.as_bytes().to_vec()));
    }
    town.app.store().clone().close().await;
    // Nothing left in the log beside the file: a flipped byte must be one that is read.
    let backend = connection.get_database_backend();
    let checkpoint = Statement::from_string(backend, "PRAGMA wal_checkpoint(TRUNCATE)");
    let row =
        connection.query_one_raw(checkpoint).await.expect("a checkpoint of the file").expect("its outcome");
    assert_eq!(row.try_get_by_index::<i32>(0).expect("a number"), 0, "nobody else has the file open");
    connection.close().await.expect("closed");
    let path = db.folder().expect("a file").join("hokan.db");
    let whole = std::fs::read(&path).expect("the file");

    let copy = tempfile::tempdir().expect("a folder");
    let mut tried = 0;
    for (seq, needle) in &needles {
        // A page that was split keeps a stale copy of what moved; the one that is read is among these.
        let places: Vec<usize> = whole
            .windows(needle.len())
            .enumerate()
            .filter(|(_, bytes)| bytes == needle)
            .map(|(at, _)| at)
            .collect();
        assert!(!places.is_empty(), "entry {seq} is in the file");
        for offset in (0..needle.len()).step_by(11) {
            for bit in [0x01_u8, 0x80] {
                let mut bytes = whole.clone();
                for at in &places {
                    bytes[at + offset] ^= bit;
                }
                let altered = copy.path().join(format!("{tried}.db"));
                std::fs::write(&altered, bytes).expect("a copy");
                let url = hokan_server::store::DatabaseUrl::Sqlite(altered.clone());
                let store = Store::open(&url, Schema::Require, Clock::system(), Entropy::system())
                    .await
                    .expect("opens");
                let found = problems(&store, &keys).await;
                let named = format!("entry {seq}");
                assert!(
                    found.iter().any(|problem| problem.contains(&format!("{named} "))
                        || problem.contains(&format!("{named}:"))),
                    "byte {offset} (bit {bit}) of {} of entry {seq}: {found:?}",
                    String::from_utf8_lossy(needle)
                );
                store.close().await;
                if tried % 40 == 0 {
                    let url = format!("sqlite:{}", altered.display());
                    let output = hokan()
                        .args(["ledger", "verify", "--database", &url])
                        .args(["--data-dir".as_ref(), copy.path().as_os_str()])
                        .output()
                        .expect("hokan runs");
                    assert_eq!(output.status.code(), Some(1));
                    assert!(String::from_utf8_lossy(&output.stdout).contains(&named));
                }
                tried += 1;
                std::fs::remove_file(&altered).expect("removed");
            }
        }
    }
    assert!(tried > 300, "{tried} bytes were tried");
}
