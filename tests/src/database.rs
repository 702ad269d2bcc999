//! An empty database for each test, on both back ends.

use tempfile::TempDir;

use crate::postgres::{FreshDatabase, Postgres};

/// The database systems that Hokan runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Database {
    /// A file in the data folder; what a body gets that sets up nothing.
    Sqlite,
    /// A PostgreSQL server; larger bodies and shared services.
    Postgres,
}

impl Database {
    /// Every back end, for tests that compare one with the other.
    pub fn each() -> [Self; 2] {
        [Self::Sqlite, Self::Postgres]
    }
}

/// A database of one test's own. It is empty (no migration has run) and is removed with the value.
#[derive(Debug)]
pub struct TestDatabase {
    home: Home,
}

/// Where it lies. Either removes it when the value goes.
#[derive(Debug)]
enum Home {
    File { folder: TempDir, url: String },
    Server(FreshDatabase),
}

impl TestDatabase {
    /// An empty database on the back end asked for.
    pub async fn fresh(kind: Database) -> Self {
        match kind {
            Database::Sqlite => {
                let folder = tempfile::tempdir().expect("a temporary folder for a SQLite file");
                let url = format!("sqlite://{}?mode=rwc", folder.path().join("hokan.db").display());
                Self { home: Home::File { folder, url } }
            }
            Database::Postgres => Self { home: Home::Server(Postgres::from_env().fresh_database().await) },
        }
    }

    /// Which back end it is on.
    pub fn kind(&self) -> Database {
        match self.home {
            Home::File { .. } => Database::Sqlite,
            Home::Server(_) => Database::Postgres,
        }
    }

    /// The address, as `DATABASE_URL` takes it.
    pub fn url(&self) -> &str {
        match &self.home {
            Home::File { url, .. } => url,
            Home::Server(database) => database.url(),
        }
    }

    /// The folder of the SQLite file; none on PostgreSQL.
    pub fn folder(&self) -> Option<&std::path::Path> {
        match &self.home {
            Home::File { folder, .. } => Some(folder.path()),
            Home::Server(_) => None,
        }
    }
}

/// Makes of one test two: `name::sqlite` and `name::postgres`, each with an empty database.
///
/// Two tests and not a loop, so that a failure names its back end and the two run side by side.
/// The body may return `()` or a `Result`. The caller's crate needs tokio with `macros` and
/// `rt-multi-thread`: the runtime has several threads, because the server that is tested has too.
///
/// ```
/// use hokan_tests::database::TestDatabase;
///
/// hokan_tests::on_both_databases! {
///     /// An address names its back end.
///     async fn address_names_the_back_end(db: TestDatabase) {
///         assert!(db.url().starts_with("sqlite:") || db.url().starts_with("postgres:"));
///     }
/// }
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! on_both_databases {
    ($(
        $(#[$meta:meta])*
        async fn $name:ident($db:ident: $database:ty) $(-> $result:ty)? $body:block
    )+) => {$(
        $(#[$meta])*
        async fn $name($db: $database) $(-> $result)? $body

        // A function and a module may share a name. So the body stays where it was written and
        // sees what is in scope there.
        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() $(-> $result)? {
                let db = $crate::database::TestDatabase::fresh($crate::database::Database::Sqlite).await;
                // Boxed: the future of a long test would overflow the lint against large futures.
                Box::pin(super::$name(db)).await
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() $(-> $result)? {
                let db = $crate::database::TestDatabase::fresh($crate::database::Database::Postgres).await;
                Box::pin(super::$name(db)).await
            }
        }
    )+};
}
