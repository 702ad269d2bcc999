//! What can go wrong in the store.

use sea_orm::DbErr;

/// A fault of the store. A refusal is not one: see [`hokan_domain::refusal`].
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database answered with an error, or not at all.
    #[error("database: {0}")]
    Database(#[from] DbErr),
    /// A row holds what no version of this program writes.
    #[error("{table}.{column} of {row} cannot be read: {why}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// Which row.
        row: String,
        /// Why not.
        why: String,
    },
    /// The same event id came with other content.
    #[error("event id {0} was used before with other content")]
    EventIdReused(uuid::Uuid),
    /// The transaction that the act shared with others could not be committed. Nothing was recorded.
    #[error("the transaction was rolled back: {0}")]
    RolledBack(String),
    /// Too much of what takes long is under way. Nothing was recorded, and it may be tried again.
    #[error("too much is under way")]
    Busy,
    /// The writer has stopped: the server is shutting down.
    #[error("the store is closed")]
    Closed,
    /// The act panicked. Nothing of it was recorded.
    #[error("the act {0} failed inside")]
    Panicked(&'static str),
    /// The schema is not what this program knows.
    #[error("{0}")]
    Schema(String),
}

impl StoreError {
    pub(crate) fn corrupt(
        table: &'static str,
        column: &'static str,
        row: impl ToString,
        why: impl ToString,
    ) -> Self {
        Self::Corrupt { table, column, row: row.to_string(), why: why.to_string() }
    }
}
