//! The lease under which a job runs on one of several servers.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::store::{Store, StoreError};

/// For how long a lease is taken. Whoever dies with one keeps the others from the job for no longer than that.
const SPAN: TimeDelta = TimeDelta::minutes(5);
/// How long before its end a lease is prolonged.
const MARGIN: TimeDelta = TimeDelta::minutes(3);

/// That this server, and no other on the same database, runs a job now.
///
/// A lease keeps two servers from doing the same work, not from doing harm: clocks differ, and a server that
/// stood still may go on when its lease has passed to another. So a job must also be right when two run it at
/// once.
#[derive(Debug)]
pub struct Lease {
    store: Store,
    name: &'static str,
    holder: Uuid,
    until: DateTime<Utc>,
}

impl Lease {
    /// Takes the lease on a job; none where somebody else has it.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn take(store: &Store, name: &'static str) -> Result<Option<Self>, StoreError> {
        let now = store.clock().now();
        let holder = store.entropy().id(now);
        let mut lease = Self { store: store.clone(), name, holder, until: now };
        Ok(lease.prolong().await?.then_some(lease))
    }

    async fn prolong(&mut self) -> Result<bool, StoreError> {
        let (name, holder) = (self.name, self.holder);
        let now = self.store.clock().now();
        let taken = self
            .store
            .write("lease.take", move |tx| Box::pin(async move { tx.take_lease(name, holder, SPAN).await }))
            .await?;
        self.until = now + SPAN;
        Ok(taken)
    }

    /// Prolongs the lease when it is time to. To be called between the steps of a job. `false` where somebody
    /// else has taken it meanwhile: then the job is his.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn keep(&mut self) -> Result<bool, StoreError> {
        if self.store.clock().now() + MARGIN < self.until {
            return Ok(true);
        }
        let kept = self.prolong().await?;
        if !kept {
            tracing::warn!(job = self.name, "another server has taken the job over");
        }
        Ok(kept)
    }

    /// Gives the lease back. One that is dropped instead, as when its job failed, ends by itself.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn end(self) -> Result<(), StoreError> {
        let (name, holder) = (self.name, self.holder);
        self.store
            .write("lease.end", move |tx| Box::pin(async move { tx.end_lease(name, holder).await }))
            .await
    }
}
