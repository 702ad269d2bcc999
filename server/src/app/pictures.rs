//! Pictures are looked into a few at a time, whoever asks: each takes up to some hundred megabytes and a
//! processor, and an observation may name twenty.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use hokan_domain::{ids::FileId, label::LabelId};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use crate::store::StoreError;

/// How many are looked into at once.
const AT_ONCE: usize = 2;
/// How long one waits for its turn: as long as a person with a certificate to print or a phone with a queue does.
const PATIENCE: Duration = Duration::from_secs(30);
/// Of how many it is remembered which labels they show. What a file holds never changes.
const MOST_REMEMBERED: usize = 1_000;

/// The turns, and what was read before.
#[derive(Debug)]
pub(super) struct Pictures {
    permits: Arc<Semaphore>,
    labels: Mutex<HashMap<FileId, Vec<LabelId>>>,
}

impl Default for Pictures {
    fn default() -> Self {
        Self { permits: Arc::new(Semaphore::new(AT_ONCE)), labels: Mutex::default() }
    }
}

impl Pictures {
    /// Waits for a turn. It lasts until what is returned is dropped.
    ///
    /// # Errors
    /// [`StoreError::Busy`] where none comes for too long, and where the server is being stopped.
    pub(super) async fn turn(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        let turn = timeout(PATIENCE, Arc::clone(&self.permits).acquire_owned()).await;
        turn.map_err(|_| StoreError::Busy)?.map_err(|_| StoreError::Closed)
    }

    /// The labels that a picture shows, if it was read before.
    pub(super) fn known(&self, file: FileId) -> Option<Vec<LabelId>> {
        self.labels.lock().unwrap_or_else(PoisonError::into_inner).get(&file).cloned()
    }

    /// Remembers them.
    pub(super) fn remember(&self, file: FileId, labels: &[LabelId]) {
        let mut known = self.labels.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_REMEMBERED {
            known.clear();
        }
        known.insert(file, labels.to_vec());
    }
}
