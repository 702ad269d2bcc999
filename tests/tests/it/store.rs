//! The store: retries, what refuses to be changed, what refuses to start.

use hokan_domain::event::Receiver;
use hokan_mobile_api::request::{ActRequest, HomeRef};
use hokan_server::{
    app::verify,
    clock::Clock,
    entropy::Entropy,
    store::{Schema, Store, StoreError},
};
use hokan_tests::{
    database::{Database, TestDatabase},
    on_both_databases,
    town::{Town, event, registration, seen},
};
use sea_orm::{ConnectOptions, ConnectionTrait, DatabaseConnection, DbBackend, Statement};

async fn connect(db: &TestDatabase) -> DatabaseConnection {
    let mut options = ConnectOptions::new(db.url());
    options.max_connections(1).sqlx_logging(false);
    sea_orm::Database::connect(options).await.expect("the test's own connection")
}

on_both_databases! {
    /// A retried request with the same event id returns the first outcome; the same id with other content
    /// is refused, and so is the same id from somebody else.
    async fn a_retry_gets_the_first_outcome_and_a_reused_id_is_refused(db: TestDatabase) {
        let town = Town::on(&db).await;
        let item = town.item(0).await;
        let id = event();
        let put = || ActRequest::PutAway { home: HomeRef::Id(town.cabinet), scan: seen(&town.labels[0]) };
        let first = town.app.act(&town.handlers[0], item.id, id, put()).await.expect("put away");
        assert!(!first.repeated);
        let again = town.app.act(&town.handlers[0], item.id, id, put()).await.expect("the same again");
        assert!(again.repeated);
        assert_eq!((again.seq, again.recorded_at), (first.seq, first.recorded_at));
        assert_eq!(again.item.version, first.item.version, "nothing was done again");

        let other = ActRequest::TakeOut { scan: seen(&town.labels[0]), purpose: None };
        let refused = town.app.act(&town.handlers[0], item.id, id, other).await.expect_err("another act");
        assert_eq!(refused.code, "event-id-reused");
        let refused = town.app.act(&town.handlers[1], item.id, id, put()).await.expect_err("another person");
        assert_eq!(refused.code, "event-id-reused");

        let registered = event();
        let first = town.app
            .register(&town.handlers[0], registered, registration(&town.labels[1], "同じもの"))
            .await
            .expect("registered");
        let again = town.app
            .register(&town.handlers[0], registered, registration(&town.labels[1], "同じもの"))
            .await
            .expect("the same again");
        assert!(again.repeated);
        assert_eq!(again.item.id, first.item.id);
        let refused = town.app
            .register(&town.handlers[0], registered, registration(&town.labels[1], "別のもの"))
            .await
            .expect_err("another title");
        assert_eq!(refused.code, "event-id-reused");
    }

    /// A refused act leaves nothing behind, not even the note that came with it.
    async fn a_refused_act_writes_nothing(db: TestDatabase) {
        let town = Town::on(&db).await;
        let item = town.item(0).await;
        let before = town.app.store().all_texts().await.expect("texts").len();
        let size = town.app.store().ledger_head().await.expect("a head").size();
        let note = hokan_domain::personal_number::CheckedText::new("来週返します", 100).expect("harmless");
        let offer = ActRequest::Offer { to: Receiver::AnyHandler, note: Some(note), scan: None };
        let refused = town.app.act(&town.handlers[1], item.id, event(), offer).await.expect_err("not the holder");
        assert_eq!(refused.code, "not-current-holder");
        assert_eq!(town.app.store().all_texts().await.expect("texts").len(), before);
        assert_eq!(town.app.store().ledger_head().await.expect("a head").size(), size);
    }

    /// What must only grow refuses to be changed: entries, checkpoints, the audit.
    async fn entries_checkpoints_and_audit_refuse_update_and_delete(db: TestDatabase) {
        let town = Town::on(&db).await;
        town.item(0).await;
        town.app.checkpoint().await.expect("a checkpoint");
        let connection = connect(&db).await;
        for statement in [
            "UPDATE ledger_entry SET body = '{}' WHERE seq = 1",
            "DELETE FROM ledger_entry WHERE seq = 1",
            "UPDATE ledger_checkpoint SET note = ''",
            "DELETE FROM ledger_checkpoint",
            "UPDATE audit SET act = ''",
            "DELETE FROM audit",
        ] {
            let error = connection.execute_unprepared(statement).await.expect_err(statement).to_string();
            assert!(error.contains("only grows"), "{statement}: {error}");
        }
    }

    /// A server refuses to start on a schema that is newer than itself, and says what to do.
    async fn a_newer_schema_is_refused(db: TestDatabase) {
        let town = Town::on(&db).await;
        let connection = connect(&db).await;
        connection
            .execute_unprepared("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29991231_000001_later', 0)")
            .await
            .expect("a migration of the future");
        let url = db.url().parse().expect("a database");
        let opened = Store::open(&url, Schema::Migrate, Clock::system(), Entropy::system()).await;
        let error = opened.expect_err("too new");
        assert!(matches!(&error, StoreError::Schema(why) if why.contains("m29991231_000001_later")), "{error}");
        drop(town);
    }

    /// A database goes with the key that signed it.
    async fn another_key_is_refused(db: TestDatabase) {
        let town = Town::on(&db).await;
        let key = town.folder.path().join("ledger.key");
        std::fs::write(&key, "localhost/hokan\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n").expect("another key");
        let flags = hokan_server::config::Flags {
            data_dir: Some(town.folder.path().to_owned()),
            database_url: Some(db.url().to_owned()),
            ..hokan_server::config::Flags::default()
        };
        let config = hokan_server::config::Config::load(&flags).expect("settings");
        let opened = hokan_server::serve::open(config, Clock::system(), Entropy::system(), Schema::Require).await;
        assert!(opened.expect_err("another key").to_string().contains("ledger.key"));
    }

    /// An act that panics is answered, and the writer goes on.
    async fn a_panic_inside_an_act_harms_nobody_else(db: TestDatabase) {
        let town = Town::on(&db).await;
        let store = town.app.store();
        let answer: Result<(), StoreError> = store
            .write("test.panic", |_| Box::pin(async { panic!("on purpose") }))
            .await;
        assert!(matches!(answer, Err(StoreError::Panicked("test.panic"))), "{answer:?}");
        town.item(0).await;
        let keys = [town.app.key().signer().expect("a key").verifier()];
        assert_eq!(verify(store, &keys, &[]).await.expect("a check").problems, Vec::<String>::new());
    }

    /// An act whose caller goes away while it waits is done all the same, and whole.
    async fn a_caller_who_leaves_does_not_undo_the_act(db: TestDatabase) {
        let town = Town::on(&db).await;
        let item = town.item(0).await;
        let id = event();
        let put = || ActRequest::PutAway { home: HomeRef::Id(town.cabinet), scan: seen(&town.labels[0]) };
        let app = town.app.clone();
        let (caller, act) = (town.handlers[0].clone(), put());
        let gone = tokio::spawn(async move { app.act(&caller, item.id, id, act).await });
        tokio::task::yield_now().await;
        gone.abort();
        drop(gone.await);
        let again = town.app.act(&town.handlers[0], item.id, id, put()).await.expect("done once or now");
        assert_eq!(again.item.version, 2);
        let keys = [town.app.key().signer().expect("a key").verifier()];
        let verdict = verify(town.app.store(), &keys, &[]).await.expect("a check");
        assert_eq!(verdict.problems, Vec::<String>::new());
    }
}

/// Both databases have the same tables with the same columns.
#[tokio::test]
async fn both_databases_have_the_same_schema() {
    let mut schemas = Vec::new();
    for kind in Database::each() {
        let db = TestDatabase::fresh(kind).await;
        let town = Town::on(&db).await;
        let connection = connect(&db).await;
        let sql = match kind {
            Database::Sqlite => {
                "SELECT m.name AS t, p.name AS c FROM sqlite_master m, pragma_table_info(m.name) p \
                 WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'"
            }
            Database::Postgres => {
                "SELECT table_name::text AS t, column_name::text AS c FROM information_schema.columns \
                 WHERE table_schema = current_schema()"
            }
        };
        let backend = match kind {
            Database::Sqlite => DbBackend::Sqlite,
            Database::Postgres => DbBackend::Postgres,
        };
        let rows = connection.query_all_raw(Statement::from_string(backend, sql)).await.expect("a catalogue");
        let mut columns: Vec<(String, String)> = rows
            .iter()
            .map(|row| (row.try_get("", "t").expect("a table"), row.try_get("", "c").expect("a column")))
            .collect();
        columns.sort();
        schemas.push(columns);
        drop(town);
    }
    assert!(schemas[0].len() > 50, "the catalogue was read");
    assert_eq!(schemas[0], schemas[1]);
}
