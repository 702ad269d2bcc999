//! Due dates by the million, without the items that they are of: the sweep touches nothing else, and a register
//! of so many items would take longer to make than to sweep.

use sea_orm::{ConnectOptions, ConnectionTrait, DatabaseConnection};

use crate::database::{Database, TestDatabase};

/// A connection of one's own, beside the server's.
///
/// # Panics
///
/// When the database cannot be reached.
pub async fn connect(database: &TestDatabase) -> DatabaseConnection {
    let mut options = ConnectOptions::new(database.url());
    options.max_connections(1).sqlx_logging(false);
    sea_orm::Database::connect(options).await.expect("a connection of one's own")
}

/// Adds so many due dates that are not flagged yet, in one statement. `due_on` says in SQL on which day the
/// `i`-th is due, counted from 1970-01-01; each is late 30 days after it.
///
/// # Panics
///
/// When the database refuses.
pub async fn add_due_dates(database: &TestDatabase, rows: u64, due_on: &str) {
    let connection = connect(database).await;
    let columns = "item, due_on, act_by, held, division, by_calendar, step, flagged_on";
    let statements = match database.kind() {
        Database::Sqlite => vec![
            "PRAGMA foreign_keys = OFF".to_owned(),
            format!(
                "INSERT INTO retention ({columns})
                 WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
                 SELECT unhex(printf('%032x', i)), {due_on}, {due_on} + 30, 0, NULL, 0, NULL, NULL FROM n"
            ),
        ],
        Database::Postgres => vec![
            "ALTER TABLE retention DROP CONSTRAINT IF EXISTS retention_item_fkey".to_owned(),
            format!(
                "INSERT INTO retention ({columns})
                 SELECT lpad(to_hex(i), 32, '0')::uuid, {due_on}, {due_on} + 30, false, NULL, false, NULL, NULL
                 FROM generate_series(1, {rows}) AS n(i)"
            ),
            // As the server's own housekeeping would do before long.
            "VACUUM ANALYZE retention".to_owned(),
        ],
    };
    for statement in statements {
        connection.execute_unprepared(&statement).await.expect("due dates are added");
    }
    connection.close().await.expect("a connection closes");
}
