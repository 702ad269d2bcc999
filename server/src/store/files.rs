//! Photographs and certificates. The ledger holds their hashes, so that a changed file is noticed.

use chrono::{DateTime, Utc};
use hokan_domain::{
    disposal::FileRef,
    ids::{FileId, PersonId},
    ledger::hash::Hash,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, ExprTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, Func},
};
use uuid::Uuid;

use super::{
    Store, StoreError, WriteTx,
    entity::{file, ledger_entry},
};

/// Files that are looked at in one step of letting go.
const AT_ONCE: u64 = 200;

/// A file as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptFile {
    /// Its id and the hash that was taken when it came in.
    pub file: FileRef,
    /// Its media type, by its first bytes.
    pub media_type: String,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The first entry of the ledger that names it; none where none does yet.
    pub named_by: Option<u64>,
}

/// The files that the body of an event names, whatever kind of event it is.
#[must_use]
pub fn files_in(body: &str) -> Vec<FileRef> {
    fn walk(value: &serde_json::Value, found: &mut Vec<FileRef>) {
        match value {
            serde_json::Value::Object(fields) => {
                if let Ok(file) = serde_json::from_value::<FileRef>(value.clone()) {
                    found.push(file);
                    return;
                }
                fields.values().for_each(|value| walk(value, found));
            }
            serde_json::Value::Array(values) => values.iter().for_each(|value| walk(value, found)),
            _ => {}
        }
    }
    // Most events name none, and are not taken apart for it.
    if !body.contains("\"fil_") {
        return Vec::new();
    }
    let mut found = Vec::new();
    if let Ok(value) = serde_json::from_str(body) {
        walk(&value, &mut found);
    }
    found
}

fn read(row: file::Model) -> Result<KeptFile, StoreError> {
    let digest = Hash::from_slice(&row.digest)
        .map_err(|error| StoreError::corrupt("file", "digest", row.id, error))?;
    Ok(KeptFile {
        file: FileRef { id: FileId(row.id), digest },
        media_type: row.media_type,
        bytes: row.bytes,
        named_by: row.named_by.and_then(|seq| u64::try_from(seq).ok()),
    })
}

impl WriteTx {
    /// Keeps a file.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn add_file(
        &mut self,
        media_type: &str,
        bytes: Vec<u8>,
        by: PersonId,
    ) -> Result<FileRef, StoreError> {
        let file = FileRef { id: FileId(self.entropy().id(self.now())), digest: Hash::of(&bytes) };
        let row = file::ActiveModel {
            id: Set(file.id.0),
            media_type: Set(media_type.to_owned()),
            digest: Set(file.digest.as_bytes().to_vec()),
            bytes: Set(bytes),
            added_at: Set(self.now().timestamp_millis()),
            added_by: Set(by.0),
            named_by: Set(None),
        };
        file::Entity::insert(row).exec_without_returning(self.write()).await?;
        Ok(file)
    }

    /// The file with this id.
    ///
    /// # Errors
    /// Where the database fails or the row cannot be read.
    pub async fn file(&self, id: FileId) -> Result<Option<KeptFile>, StoreError> {
        file::Entity::find_by_id(id.0).one(self.read()).await?.map(read).transpose()
    }
}

impl WriteTx {
    /// How many bytes of files somebody sent in since a moment.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn bytes_added(&self, by: PersonId, since: DateTime<Utc>) -> Result<u64, StoreError> {
        #[derive(FromQueryResult)]
        struct Size {
            bytes: i64,
        }
        let sizes = file::Entity::find()
            .select_only()
            .column_as(
                Expr::expr(Func::cust("length").arg(Expr::col(file::Column::Bytes))).cast_as("bigint"),
                "bytes",
            )
            .filter(file::Column::AddedBy.eq(by.0))
            .filter(file::Column::AddedAt.gte(since.timestamp_millis()))
            .into_model::<Size>()
            .all(self.read())
            .await?;
        Ok(sizes.iter().map(|size| u64::try_from(size.bytes).unwrap_or(0)).sum())
    }

    /// Remembers that an entry names these files. The first that does stays.
    pub(super) async fn name_files(&mut self, seq: i64, files: &[FileRef]) -> Result<(), StoreError> {
        file::Entity::update_many()
            .col_expr(file::Column::NamedBy, Expr::value(seq))
            .filter(file::Column::Id.is_in(files.iter().map(|file| file.id.0)))
            .filter(file::Column::NamedBy.is_null())
            .exec(self.write())
            .await?;
        Ok(())
    }

    /// Lets a file go that no entry names. Returns whether it went; one that was named meanwhile stays.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn drop_file(&mut self, id: FileId) -> Result<bool, StoreError> {
        let gone = file::Entity::delete_many()
            .filter(file::Column::Id.eq(id.0))
            .filter(file::Column::NamedBy.is_null())
            .exec(self.write())
            .await?;
        Ok(gone.rows_affected > 0)
    }

    /// Remembers which entry names a file that came in before that was kept.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn found_named(&mut self, id: FileId, seq: u64) -> Result<(), StoreError> {
        let seq = i64::try_from(seq).unwrap_or(i64::MAX);
        file::Entity::update_many()
            .col_expr(file::Column::NamedBy, Expr::value(seq))
            .filter(file::Column::Id.eq(id.0))
            .exec(self.write())
            .await?;
        Ok(())
    }
}

impl Store {
    /// Files that came in before a moment and that no entry is known to name, the oldest first; so many that they
    /// can be looked at in one step.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn unnamed_files(&self, before: DateTime<Utc>) -> Result<Vec<FileId>, StoreError> {
        #[derive(FromQueryResult)]
        struct Id {
            id: Uuid,
        }
        let ids = file::Entity::find()
            .select_only()
            .column(file::Column::Id)
            .filter(file::Column::NamedBy.is_null())
            .filter(file::Column::AddedAt.lt(before.timestamp_millis()))
            .order_by_asc(file::Column::AddedAt)
            .limit(AT_ONCE)
            .into_model::<Id>()
            .all(&self.reader)
            .await?;
        Ok(ids.into_iter().map(|row| FileId(row.id)).collect())
    }

    /// The first entry of the ledger whose body names a file, looked for in all of them.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn entry_naming(&self, id: FileId) -> Result<Option<u64>, StoreError> {
        let row = ledger_entry::Entity::find()
            .filter(ledger_entry::Column::Body.contains(id.to_string()))
            .order_by_asc(ledger_entry::Column::Seq)
            .one(&self.reader)
            .await?;
        Ok(row.and_then(|row| u64::try_from(row.seq).ok()))
    }

    /// The file as an entry of the ledger names it; none where that entry does not.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn file_named_in(&self, seq: u64, id: FileId) -> Result<Option<FileRef>, StoreError> {
        let seq = i64::try_from(seq).unwrap_or(i64::MAX);
        let row = ledger_entry::Entity::find_by_id(seq).one(&self.reader).await?;
        Ok(row.and_then(|row| files_in(&row.body).into_iter().find(|file| file.id == id)))
    }

    /// The file with this id.
    ///
    /// # Errors
    /// Where the database fails or the row cannot be read.
    pub async fn file(&self, id: FileId) -> Result<Option<KeptFile>, StoreError> {
        file::Entity::find_by_id(id.0).one(&self.reader).await?.map(read).transpose()
    }
}
