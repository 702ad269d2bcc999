//! Photographs and certificates.

use hokan_domain::{disposal::FileRef, ids::FileId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::MediaType;

/// The bytes of a file.
#[derive(Debug, Clone, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, format = Binary)]
pub struct FileBytes(pub Vec<u8>);

/// A file that is kept beside the ledger, which holds its hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FileView {
    /// The file.
    #[schema(value_type = String, example = "fil_0192f3c4d5e67890a1b2c3d4e5f60724")]
    pub id: FileId,
    /// SHA-256 of its bytes, as base64.
    pub digest: String,
    /// What its bytes are.
    #[schema(example = "image/jpeg")]
    pub media_type: String,
}

impl FileView {
    /// A file with what its bytes are.
    #[must_use]
    pub fn new(file: FileRef, media_type: MediaType) -> Self {
        Self { id: file.id, digest: file.digest.to_base64(), media_type: media_type.name().to_owned() }
    }
}
