//! Texts beside the ledger: names and remarks that people wrote. The ledger holds only their salted hashes.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use hokan_domain::{ids::NoteId, ledger::hash::salted_digest, personal_number::CheckedText, text::TextRef};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use super::{Store, StoreError, WriteTx, entity::note_text};
use crate::entropy::Entropy;

/// Texts that an act brings: named before the act is judged, since the events refer to them, and kept only
/// once it was decided, so that a refused act writes nothing.
#[derive(Debug)]
pub struct NewTexts {
    entropy: Entropy,
    now: DateTime<Utc>,
    rows: Vec<note_text::ActiveModel>,
}

impl NewTexts {
    /// None yet.
    #[must_use]
    pub fn new(tx: &WriteTx) -> Self {
        Self { entropy: tx.entropy().clone(), now: tx.now(), rows: Vec::new() }
    }

    /// Sets a text aside and returns what an event holds of it.
    pub fn add(&mut self, text: &CheckedText) -> TextRef {
        let salt: [u8; 16] = self.entropy.bytes();
        let id = NoteId(self.entropy.id(self.now));
        self.rows.push(note_text::ActiveModel {
            id: Set(id.0),
            salt: Set(Some(salt.to_vec())),
            body: Set(Some(text.as_str().to_owned())),
            erased_at: Set(None),
        });
        TextRef { id, digest: salted_digest(&salt, text.as_str()) }
    }

    /// The same for a text that may be absent.
    pub fn add_optional(&mut self, text: Option<CheckedText>) -> Option<TextRef> {
        text.map(|text| self.add(&text))
    }
}

impl WriteTx {
    /// Keeps the texts of an act that was decided.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn keep_texts(&mut self, texts: NewTexts) -> Result<(), StoreError> {
        if !texts.rows.is_empty() {
            note_text::Entity::insert_many(texts.rows).exec_without_returning(self.write()).await?;
        }
        Ok(())
    }
}

/// A text as it is kept, with its salt.
#[derive(Debug, Clone)]
pub struct KeptText {
    /// Its id.
    pub id: NoteId,
    /// Salt and text; `None` once it was erased.
    pub content: Option<(Vec<u8>, String)>,
}

impl Store {
    /// The texts with these ids; an erased or unknown one is absent.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn texts(
        &self,
        ids: impl IntoIterator<Item = NoteId>,
    ) -> Result<HashMap<NoteId, String>, StoreError> {
        let salted = self.salted_texts(ids).await?;
        Ok(salted.into_iter().map(|(id, (_, text))| (id, text)).collect())
    }

    /// The same, each with its salt before it.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn salted_texts(
        &self,
        ids: impl IntoIterator<Item = NoteId>,
    ) -> Result<HashMap<NoteId, (Vec<u8>, String)>, StoreError> {
        let ids: Vec<_> = ids.into_iter().map(|id| id.0).collect();
        let mut texts = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(500) {
            let rows = note_text::Entity::find()
                .filter(note_text::Column::Id.is_in(ids.iter().copied()))
                .all(&self.reader)
                .await?;
            texts.extend(rows.into_iter().filter_map(|row| Some((NoteId(row.id), (row.salt?, row.body?)))));
        }
        Ok(texts)
    }

    /// Every text that is kept, for proving that none was changed.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn all_texts(&self) -> Result<Vec<KeptText>, StoreError> {
        let rows = note_text::Entity::find().all(&self.reader).await?;
        Ok(rows
            .into_iter()
            .map(|row| KeptText { id: NoteId(row.id), content: row.salt.zip(row.body) })
            .collect())
    }
}
