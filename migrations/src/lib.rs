//! The database schema, one file a change, the same on SQLite and PostgreSQL.
//!
//! Invariants:
//! - A migration that has been released is never edited; a change is a new file.
//! - Each runs in a transaction, also on SQLite, where the library would not by default.
//! - Times are UTC milliseconds since 1970 as BIGINT, so that both databases keep, compare and return
//!   exactly what the ledger's hashes were made over.
//! - Ids are UUIDs, hashes are 32 bytes.

pub use sea_orm_migration::prelude::MigratorTrait;
use sea_orm_migration::prelude::*;

mod m20261123_000001_register;
mod m20261123_000002_append_only;
mod m20261123_000003_whole_life;
mod m20261124_000004_identity;
mod m20261124_000005_people;
mod m20261124_000006_devices;
mod m20261124_000007_trail;
mod m20261124_000008_factors;
mod m20261124_000009_files;

/// All migrations, oldest first.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261123_000001_register::Migration),
            Box::new(m20261123_000002_append_only::Migration),
            Box::new(m20261123_000003_whole_life::Migration),
            Box::new(m20261124_000004_identity::Migration),
            Box::new(m20261124_000005_people::Migration),
            Box::new(m20261124_000006_devices::Migration),
            Box::new(m20261124_000007_trail::Migration),
            Box::new(m20261124_000008_factors::Migration),
            Box::new(m20261124_000009_files::Migration),
        ]
    }
}
