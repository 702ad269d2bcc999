//! The store: the only part that knows sea-orm, SQL and the names of columns.
//!
//! Reads go to a pool; every write goes through the one writer in [`tx`], on SQLite and on PostgreSQL
//! alike, which is what makes the ledger gapless and its order the order of commits.

pub mod account_changes;
pub mod alerts;
pub mod calendars;
pub mod deliveries;
pub mod devices;
mod entity;
pub mod error;
pub mod factors;
pub mod files;
pub mod items;
pub mod labels;
pub mod leases;
pub mod ledger;
pub mod people;
pub mod places;
pub mod profiles;
pub mod provider;
pub mod retention;
pub mod roles;
pub mod sessions;
pub mod settings;
pub mod subjects;
pub mod texts;
pub mod tokens;
pub mod trail;
pub mod tx;
pub mod webhooks;

use std::{path::PathBuf, time::Duration};

use hokan_migrations::{Migrator, MigratorTrait};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, Statement};
use sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};

pub use self::{error::StoreError, tx::WriteTx};
use crate::{clock::Clock, entropy::Entropy};

/// Where the register is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A SQLite file. Needs nothing else.
    Sqlite(PathBuf),
    /// A PostgreSQL database.
    Postgres(String),
}

/// A URL that names no database that Hokan knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a database URL begins with sqlite: or postgres:, as in sqlite:/var/lib/hokan/hokan.db")]
pub struct BadDatabaseUrl;

impl std::str::FromStr for DatabaseUrl {
    type Err = BadDatabaseUrl;
    fn from_str(text: &str) -> Result<Self, BadDatabaseUrl> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            let path = path.split('?').next().unwrap_or(path);
            return if path.is_empty() { Err(BadDatabaseUrl) } else { Ok(Self::Sqlite(path.into())) };
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.to_owned()));
        }
        Err(BadDatabaseUrl)
    }
}

impl DatabaseUrl {
    /// Whether what goes to the database can be read on the way: the connection leaves this machine, and the address
    /// does not ask for TLS. Left to itself the driver would fall back to plain text without a word.
    #[must_use]
    pub fn travels_in_the_open(&self) -> bool {
        let Self::Postgres(url) = self else { return false };
        let rest = url.split_once("://").map_or("", |(_, rest)| rest);
        let (address, query) = rest.split_once('?').unwrap_or((rest, ""));
        let authority = address.split('/').next().unwrap_or_default();
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let given = |key: &str| {
            let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.filter(|(name, _)| *name == key).map(|(_, value)| value).next_back()
        };
        let protected = given("sslmode")
            .or(given("ssl-mode"))
            .is_some_and(|mode| ["require", "verify-ca", "verify-full"].contains(&mode));
        let is_here = |host: &str| {
            let bare = match host.strip_prefix('[') {
                Some(rest) => rest.split(']').next().unwrap_or_default(),
                None => host.split(':').next().unwrap_or_default(),
            };
            let socket =
                bare.is_empty() || bare.starts_with('/') || bare.to_ascii_lowercase().starts_with("%2f");
            socket
                || bare.eq_ignore_ascii_case("localhost")
                || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
        };
        let elsewhere = [Some(host), given("host"), given("hostaddr")].into_iter().flatten();
        !protected && elsewhere.into_iter().any(|host| !is_here(host))
    }
}

/// What to do about the schema when the store is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// Bring it up to date.
    Migrate,
    /// It must be there and no newer than this program.
    Require,
}

/// The register's data. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    reader: DatabaseConnection,
    writer: tx::Writer,
    clock: Clock,
    entropy: Entropy,
}

impl Store {
    /// Opens the database.
    ///
    /// # Errors
    /// Where it cannot be reached, or its schema is newer than this program, or older and `schema` is
    /// [`Schema::Require`].
    pub async fn open(
        url: &DatabaseUrl,
        schema: Schema,
        clock: Clock,
        entropy: Entropy,
    ) -> Result<Self, StoreError> {
        let writer = connect(url, Access::Write).await?;
        check_schema(&writer, schema).await?;
        let reader = connect(url, Access::Read).await?;
        let writer = tx::Writer::start(writer, clock.clone(), entropy.clone());
        Ok(Self { reader, writer, clock, entropy })
    }

    /// Waits until every act that was taken in has its answer, and closes the database.
    pub async fn close(self) {
        self.writer.stop().await;
        // A reader that is cut off loses nothing.
        let _ = self.reader.close().await;
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// Where it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        Ok(self.reader.ping().await?)
    }

    /// The clock that the store reads.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Where the store's random bytes come from.
    #[must_use]
    pub fn entropy(&self) -> &Entropy {
        &self.entropy
    }

    /// The kind of database, for people.
    #[must_use]
    pub fn backend_name(&self) -> &'static str {
        match self.reader.get_database_backend() {
            DbBackend::Postgres => "PostgreSQL",
            _ => "SQLite",
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Read,
    Write,
}

async fn connect(url: &DatabaseUrl, access: Access) -> Result<DatabaseConnection, StoreError> {
    let text = match url {
        DatabaseUrl::Sqlite(path) => format!("sqlite:{}", path.display()),
        DatabaseUrl::Postgres(url) => url.clone(),
    };
    if let (DatabaseUrl::Sqlite(path), Access::Write) = (url, access) {
        make_private(path);
    }
    let mut options = ConnectOptions::new(text);
    options
        .sqlx_logging(false)
        .min_connections(1)
        .max_connections(if access == Access::Write { 1 } else { 4 })
        .test_before_acquire(false)
        // A connection that lay idle may have been cut off meanwhile; one in constant use need not be asked.
        .test_before_acquire_if_idle_for(Duration::from_secs(30))
        .acquire_timeout(Duration::from_secs(30))
        .connect_timeout(Duration::from_secs(10));
    if let DatabaseUrl::Sqlite(_) = url {
        options.map_sqlx_sqlite_opts(move |options| {
            let options = options
                .create_if_missing(access == Access::Write)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .busy_timeout(Duration::from_secs(10))
                .statement_cache_capacity(200);
            match access {
                Access::Write => options,
                Access::Read => options.pragma("query_only", "ON"),
            }
        });
    }
    Ok(Database::connect(options).await?)
}

/// Makes the file of a new database for its owner alone, whatever the shell's mask is; SQLite gives the files
/// beside it the same mode. Where it cannot be made, opening the database says why.
fn make_private(path: &std::path::Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let _ = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    }
    #[cfg(not(unix))]
    let _ = path;
}

/// The arbitrary but fixed number under which Hokan's processes take turns on one PostgreSQL database.
pub(crate) const ADVISORY_LOCK: i64 = 0x0068_6f6b_616e;

async fn check_schema(connection: &DatabaseConnection, schema: Schema) -> Result<(), StoreError> {
    // The migrator takes no lock of its own: two servers that start at once must not both migrate.
    let backend = connection.get_database_backend();
    let lock =
        |function: &str| Statement::from_string(backend, format!("SELECT {function}({ADVISORY_LOCK})"));
    let postgres = backend == DbBackend::Postgres;
    if postgres {
        connection.execute_raw(lock("pg_advisory_lock")).await?;
    }
    let outcome = check_schema_locked(connection, schema).await;
    if postgres {
        connection.execute_raw(lock("pg_advisory_unlock")).await?;
    }
    outcome
}

async fn check_schema_locked(connection: &DatabaseConnection, schema: Schema) -> Result<(), StoreError> {
    let known: Vec<String> =
        Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect();
    let applied = applied_migrations(connection).await?;
    let unknown: Vec<&str> =
        applied.iter().filter(|name| !known.contains(name)).map(String::as_str).collect();
    if !unknown.is_empty() {
        return Err(StoreError::Schema(format!(
            "the database was written by a newer version of Hokan: this one does not know {}. \
             Start the newer version, or restore a backup that was made before the upgrade",
            unknown.join(", ")
        )));
    }
    if applied.len() == known.len() {
        return Ok(());
    }
    match schema {
        Schema::Migrate => Ok(Migrator::up(connection, None).await?),
        Schema::Require => Err(StoreError::Schema(
            "the database is not set up for this version of Hokan: run `hokan migrate` first".to_owned(),
        )),
    }
}

async fn applied_migrations(connection: &DatabaseConnection) -> Result<Vec<String>, DbErr> {
    let backend = connection.get_database_backend();
    let exists = match backend {
        DbBackend::Postgres => {
            "SELECT 1 FROM information_schema.tables WHERE table_schema = current_schema() \
                                AND table_name = 'seaql_migrations'"
        }
        _ => "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'seaql_migrations'",
    };
    if connection.query_one_raw(Statement::from_string(backend, exists)).await?.is_none() {
        return Ok(Vec::new());
    }
    let rows = connection
        .query_all_raw(Statement::from_string(
            backend,
            "SELECT version FROM seaql_migrations ORDER BY version",
        ))
        .await?;
    rows.iter().map(|row| row.try_get("", "version")).collect()
}
