//! Photographs and certificates. The ledger holds their hashes, so that a changed file is noticed.

use hokan_domain::{
    disposal::FileRef,
    ids::{FileId, PersonId},
    ledger::hash::Hash,
};
use sea_orm::{ActiveValue::Set, EntityTrait};

use super::{Store, StoreError, WriteTx, entity::file};

/// A file as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptFile {
    /// Its id and the hash that was taken when it came in.
    pub file: FileRef,
    /// Its media type, by its first bytes.
    pub media_type: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

fn read(row: file::Model) -> Result<KeptFile, StoreError> {
    let digest = Hash::from_slice(&row.digest)
        .map_err(|error| StoreError::corrupt("file", "digest", row.id, error))?;
    Ok(KeptFile {
        file: FileRef { id: FileId(row.id), digest },
        media_type: row.media_type,
        bytes: row.bytes,
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

impl Store {
    /// The file with this id.
    ///
    /// # Errors
    /// Where the database fails or the row cannot be read.
    pub async fn file(&self, id: FileId) -> Result<Option<KeptFile>, StoreError> {
        file::Entity::find_by_id(id.0).one(&self.reader).await?.map(read).transpose()
    }
}
