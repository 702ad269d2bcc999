//! The harness itself: a test that seems to run on a fresh PostgreSQL must really do so.

use hokan_tests::database::{Database, TestDatabase};
use hokan_tests::on_both_databases;
use sea_orm::{ConnectOptions, ConnectionTrait, DatabaseConnection, DbBackend, Statement};

on_both_databases! {
    /// Each test gets a database of its own on the back end that its name says.
    async fn a_database_is_empty_and_of_the_kind_asked_for(db: TestDatabase) -> Result<(), sea_orm::DbErr> {
        let other = TestDatabase::fresh(db.kind()).await;
        let (here, there) = (connect(db.url()).await?, connect(other.url()).await?);
        let expected = match db.kind() {
            Database::Sqlite => DbBackend::Sqlite,
            Database::Postgres => DbBackend::Postgres,
        };
        assert_eq!(here.get_database_backend(), expected);

        // The second would fail if both were one database.
        here.execute_unprepared("CREATE TABLE t (n INTEGER)").await?;
        there.execute_unprepared("CREATE TABLE t (n INTEGER)").await?;
        Ok(())
    }
}

/// What a test leaves behind would fill the disk of who runs the tests often.
#[tokio::test]
async fn a_database_is_gone_after_its_test() -> Result<(), sea_orm::DbErr> {
    let file = TestDatabase::fresh(Database::Sqlite).await;
    let folder = file.folder().expect("SQLite is a file").to_owned();
    connect(file.url()).await?;
    drop(file);
    assert!(!folder.exists());

    let gone = TestDatabase::fresh(Database::Postgres).await;
    let name =
        gone.url().rsplit('/').next().unwrap_or_default().split('?').next().unwrap_or_default().to_owned();
    // Left open on purpose: a failed test leaves its connections too.
    let _open = connect(gone.url()).await?;
    let witness = TestDatabase::fresh(Database::Postgres).await;
    let catalogue = connect(witness.url()).await?;
    let listed = async || {
        let sql = "SELECT 1 FROM pg_database WHERE datname = $1";
        let found = Statement::from_sql_and_values(DbBackend::Postgres, sql, [name.as_str().into()]);
        catalogue.query_one_raw(found).await.map(|row| row.is_some())
    };
    assert!(listed().await?);
    drop(gone);
    assert!(!listed().await?);
    Ok(())
}

/// A PostgreSQL that acknowledges what it has not written would make the tests of a power cut
/// prove nothing.
#[tokio::test]
async fn the_postgresql_of_the_tests_is_durable() -> Result<(), sea_orm::DbErr> {
    let db = TestDatabase::fresh(Database::Postgres).await;
    let connection = connect(db.url()).await?;
    for setting in ["fsync", "synchronous_commit", "full_page_writes"] {
        let show = Statement::from_string(DbBackend::Postgres, format!("SHOW {setting}"));
        let row = connection.query_one_raw(show).await?.expect("SHOW answers with a row");
        assert_eq!(row.try_get_by_index::<String>(0)?, "on", "{setting}");
    }
    Ok(())
}

async fn connect(url: &str) -> Result<DatabaseConnection, sea_orm::DbErr> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    sea_orm::Database::connect(options).await
}
