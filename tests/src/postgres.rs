//! The PostgreSQL server of a test run, and a database on it for each test.
//!
//! `tests/run` starts the server as an unprivileged user in a temporary folder and names it in
//! `HOKAN_TEST_POSTGRES`. Its `fsync` stays on: some tests are about what survives a kill.

use std::thread;

use sea_orm::{ConnectOptions, ConnectionTrait, DatabaseConnection, DbErr};
use uuid::Uuid;

/// The variable that names the server: `postgres://user:password@host:port/database`.
pub const VARIABLE: &str = "HOKAN_TEST_POSTGRES";

/// A PostgreSQL server on which tests may make and drop databases.
#[derive(Clone, Debug)]
pub struct Postgres {
    /// The database that the tests connect to only to make and drop others.
    maintenance_url: String,
}

impl Postgres {
    /// The server that this test run was given.
    ///
    /// # Panics
    ///
    /// When there is none. A run without PostgreSQL would leave half of the product untested, so
    /// the test fails and does not skip.
    pub fn from_env() -> Self {
        let Ok(maintenance_url) = std::env::var(VARIABLE) else {
            panic!(
                "{VARIABLE} is not set, so there is no PostgreSQL to test on. Run tests/run, which starts one, \
                 or set it to postgres://user:password@host:port/postgres of a server that may be written to."
            );
        };
        Self { maintenance_url }
    }

    /// An empty database with a name of its own, dropped with the value.
    pub async fn fresh_database(&self) -> FreshDatabase {
        let name = format!("hokan_test_{}", Uuid::new_v4().simple());
        // template0: nobody can be connected to it, so that tests can make databases at the same time.
        let create = format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'");
        if let Err(error) = self.execute(&create).await {
            panic!("could not make a database on the server in {VARIABLE}: {error}");
        }
        FreshDatabase { url: self.url_of(&name), name, server: self.clone() }
    }

    fn url_of(&self, database: &str) -> String {
        let (address, options) = match self.maintenance_url.split_once('?') {
            Some((address, options)) => (address, format!("?{options}")),
            None => (self.maintenance_url.as_str(), String::new()),
        };
        let Some((server, _)) = address.rsplit_once('/') else {
            panic!(
                "{VARIABLE} names no database: it must look like postgres://user:password@host:port/postgres"
            );
        };
        format!("{server}/{database}{options}")
    }

    async fn execute(&self, sql: &str) -> Result<(), DbErr> {
        let connection = connect(&self.maintenance_url).await?;
        let done = connection.execute_unprepared(sql).await;
        connection.close().await?;
        done.map(|_| ())
    }
}

/// A database that one test has to itself.
#[derive(Debug)]
pub struct FreshDatabase {
    name: String,
    url: String,
    server: Postgres,
}

impl FreshDatabase {
    /// Its address, as `DATABASE_URL` takes it.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for FreshDatabase {
    fn drop(&mut self) {
        // FORCE ends the connections that a failed test or a killed server left open.
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        let server = self.server.clone();
        // A thread with a runtime of its own: drop cannot await, and the test's runtime may be ending.
        let dropped = thread::spawn(move || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(|error| error.to_string())?
                .block_on(server.execute(&sql))
                .map_err(|error| error.to_string())
        })
        .join();
        // Not a panic: it would hide the failure of the test that is being unwound. The whole
        // server is thrown away at the end of the run.
        match dropped {
            Ok(Ok(())) => {}
            Ok(Err(error)) => eprintln!("could not drop the test database {}: {error}", self.name),
            Err(_) => eprintln!("could not drop the test database {}", self.name),
        }
    }
}

async fn connect(url: &str) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    sea_orm::Database::connect(options).await
}
