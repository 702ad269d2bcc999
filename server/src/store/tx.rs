//! The one writer.
//!
//! Every change is an act: a function from an open transaction to its outcome. One task runs the acts, one
//! after another. Acts that wait while a transaction is open join it (group commit) and share its one
//! durable commit; a refusal undoes nobody else's act, and nobody hears of success before the commit is on
//! the disk. An act that was taken in runs to its end even when its caller has gone away, so a dropped
//! connection never leaves half an act behind.
//!
//! Rejected: a guard that callers hold across their own code. A caller that is dropped between two awaits
//! would have to roll back in `Drop`, which cannot await. Rejected too: several writing connections on
//! SQLite, where waiting for the lock takes seconds under load.

use std::{any::Any, collections::HashMap, future::Future, panic::AssertUnwindSafe, pin::Pin};

use chrono::{DateTime, Utc};
use futures_util::FutureExt;
use hokan_domain::{ids::PersonId, ledger::frontier::Frontier};
use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, IsolationLevel,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
use tokio::sync::{mpsc, oneshot};

use super::{ADVISORY_LOCK, StoreError, ledger, people::Account};
use crate::{clock::Clock, entropy::Entropy};

/// The most acts that share a transaction. More would only make the first wait longer.
const MOST_ACTS: usize = 64;
/// The acts that may wait before callers wait to be taken in.
const QUEUE: usize = 1024;

/// A future that borrows the transaction that it runs in.
pub type ActFuture<'t, T> = Pin<Box<dyn Future<Output = T> + Send + 't>>;

/// An act ready to run, or to be told that no transaction could be opened for it.
type Run = Box<dyn for<'t> FnOnce(Result<&'t mut WriteTx, StoreError>) -> ActFuture<'t, Outcome> + Send>;

/// Tells a caller what became of his act, once it is known whether the transaction was committed.
type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// What became of an act before the commit.
struct Outcome {
    /// Whether what it wrote is to be kept.
    keep: bool,
    answer: Answer,
}

enum Message {
    Act(Run),
    /// Finish what was taken in, close the database, and say so.
    Stop(oneshot::Sender<()>),
}

/// The way to the writer task.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    queue: mpsc::Sender<Message>,
}

/// An open transaction, as acts see it.
#[derive(Debug)]
pub struct WriteTx {
    tx: DatabaseTransaction,
    now: DateTime<Utc>,
    entropy: Entropy,
    head: Head,
    /// Acts of this transaction that are to be kept.
    kept: usize,
    /// Whether the present act has written anything.
    wrote: bool,
    /// How many events the present act has appended.
    events: usize,
    /// People who were looked up in this transaction. Nobody else can change them while it is open.
    pub(super) people: HashMap<PersonId, Account>,
}

/// The end of the ledger, as the open transaction sees it.
#[derive(Debug, Clone)]
pub(super) struct Head {
    pub(super) frontier: Frontier,
    pub(super) recorded_at: DateTime<Utc>,
}

impl super::Store {
    /// Runs one act in a transaction of the writer and returns its answer once that is durable.
    ///
    /// An `Err` from the act undoes everything that it wrote.
    ///
    /// # Errors
    /// What the act returns, or a [`StoreError`] where the transaction could not be committed.
    pub async fn write<T, E, F>(&self, name: &'static str, act: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: for<'t> FnOnce(&'t mut WriteTx) -> ActFuture<'t, Result<T, E>> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel::<Result<T, E>>();
        let run: Run = Box::new(move |tx| {
            Box::pin(async move {
                let result = match tx {
                    Ok(tx) => AssertUnwindSafe(async { act(tx).await }).catch_unwind().await.unwrap_or_else(
                        |panic| {
                            tracing::error!(act = name, panic = panic_text(&*panic), "an act panicked");
                            Err(StoreError::Panicked(name).into())
                        },
                    ),
                    Err(error) => Err(error.into()),
                };
                Outcome {
                    keep: result.is_ok(),
                    answer: Box::new(move |committed| {
                        let answer = match committed {
                            Ok(()) => result,
                            Err(error) => result.and(Err(error.into())),
                        };
                        // The caller may have gone away; the act is recorded all the same.
                        let _ = sender.send(answer);
                    }),
                }
            })
        });
        self.writer.queue.send(Message::Act(run)).await.map_err(|_| StoreError::Closed)?;
        receiver.await.map_err(|_| StoreError::Closed)?
    }
}

impl super::Store {
    /// Looks at several things as of one moment, on a connection of the readers: whoever looks keeps nobody waiting
    /// who acts. What tries to write fails in the database.
    ///
    /// # Errors
    /// What `looking` returns, or a [`StoreError`] where the database fails.
    #[expect(clippy::disallowed_methods, reason = "it begins what can only read, and undoes it")]
    pub async fn snapshot<T, E, F>(&self, looking: F) -> Result<T, E>
    where
        E: From<StoreError>,
        F: for<'t> FnOnce(&'t mut WriteTx) -> ActFuture<'t, Result<T, E>>,
    {
        let postgres = self.reader.get_database_backend() == DbBackend::Postgres;
        let options = TransactionOptions {
            access_mode: postgres.then_some(AccessMode::ReadOnly),
            isolation_level: postgres.then_some(IsolationLevel::RepeatableRead),
            sqlite_transaction_mode: Some(SqliteTransactionMode::Deferred),
        };
        let tx = self.reader.begin_with_options(options).await.map_err(StoreError::from)?;
        let mut tx = WriteTx::over(tx, &self.clock, &self.entropy).await?;
        let looked = looking(&mut tx).await;
        // There is nothing to undo; the connection goes back to the others.
        tx.tx.rollback().await.map_err(StoreError::from)?;
        looked
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("")
}

impl Writer {
    pub(super) fn start(connection: DatabaseConnection, clock: Clock, entropy: Entropy) -> Self {
        let (queue, messages) = mpsc::channel(QUEUE);
        tokio::spawn(run(connection, clock, entropy, messages));
        Self { queue }
    }

    /// Lets the acts that wait finish, and ends the task.
    pub(super) async fn stop(&self) {
        let (closed, is_closed) = oneshot::channel();
        if self.queue.send(Message::Stop(closed)).await.is_ok() {
            // An error means that the task is gone, which is as good.
            let _ = is_closed.await;
        }
    }
}

async fn run(
    connection: DatabaseConnection,
    clock: Clock,
    entropy: Entropy,
    mut messages: mpsc::Receiver<Message>,
) {
    let mut waiting = Vec::new();
    while let Some(message) = messages.recv().await {
        match message {
            Message::Act(first) => {
                let mut batch = Batch { answers: Vec::new(), first: Some(first) };
                waiting.extend(batch.run(&connection, &clock, &entropy, &mut messages).await);
            }
            Message::Stop(closed) => waiting.push(closed),
        }
        if !waiting.is_empty() {
            // What was taken in before the door closed is still answered; then the loop ends by itself.
            messages.close();
        }
    }
    if let Err(error) = connection.close().await {
        tracing::warn!(%error, "the database was not closed in order");
    }
    for closed in waiting {
        // Whoever asked may have gone away.
        let _ = closed.send(());
    }
}

struct Batch {
    answers: Vec<Answer>,
    first: Option<Run>,
}

impl Batch {
    /// Runs acts in one transaction until none waits, commits, and answers. Returns who asked to stop.
    async fn run(
        &mut self,
        connection: &DatabaseConnection,
        clock: &Clock,
        entropy: &Entropy,
        messages: &mut mpsc::Receiver<Message>,
    ) -> Option<oneshot::Sender<()>> {
        let mut stop = None;
        let mut tx = match WriteTx::begin(connection, clock, entropy).await {
            Ok(tx) => tx,
            Err(error) => {
                tracing::error!(%error, "no transaction could be opened");
                if let Some(act) = self.first.take() {
                    (act(Err(error)).await.answer)(Ok(()));
                }
                return None;
            }
        };
        let size_before = tx.head.frontier.size();
        let mut next = self.first.take();
        while let Some(act) = next.take() {
            tx.begin_act(clock);
            let before = tx.head.clone();
            let outcome = act(Ok(&mut tx)).await;
            if outcome.keep {
                tx.kept += 1;
                self.answers.push(outcome.answer);
            } else {
                let undone = tx.undo_act(before).await;
                // The failed act has its own answer, whatever becomes of the others.
                (outcome.answer)(Ok(()));
                if !undone {
                    // Dropping the transaction rolls it back.
                    for answer in self.answers.drain(..) {
                        answer(Err(StoreError::RolledBack("another act in it failed".to_owned())));
                    }
                    return stop;
                }
            }
            if tx.kept >= MOST_ACTS {
                break;
            }
            match messages.try_recv() {
                Ok(Message::Act(act)) => next = Some(act),
                Ok(Message::Stop(closed)) => stop = Some(closed),
                Err(_) => {}
            }
        }
        let committed = tx.commit(size_before).await;
        if let Err(error) = &committed {
            tracing::error!(%error, acts = self.answers.len(), "a transaction could not be committed");
        }
        for answer in self.answers.drain(..) {
            answer(match &committed {
                Ok(()) => Ok(()),
                Err(error) => Err(StoreError::RolledBack(error.to_string())),
            });
        }
        stop
    }
}

impl WriteTx {
    #[expect(clippy::disallowed_methods, reason = "the one place where a transaction begins")]
    async fn begin(
        connection: &DatabaseConnection,
        clock: &Clock,
        entropy: &Entropy,
    ) -> Result<Self, StoreError> {
        let options = TransactionOptions {
            access_mode: (connection.get_database_backend() == DbBackend::Postgres)
                .then_some(AccessMode::ReadWrite),
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let tx = connection.begin_with_options(options).await?;
        if tx.get_database_backend() == DbBackend::Postgres {
            // Before anything is read: at READ COMMITTED each later statement sees what the last holder
            // of the lock committed.
            let lock = format!("SELECT pg_advisory_xact_lock({ADVISORY_LOCK})");
            tx.execute_raw(Statement::from_string(DbBackend::Postgres, lock)).await?;
        }
        Self::over(tx, clock, entropy).await
    }

    async fn over(tx: DatabaseTransaction, clock: &Clock, entropy: &Entropy) -> Result<Self, StoreError> {
        let head = ledger::load_head(&tx).await?;
        Ok(Self {
            tx,
            now: clock.now(),
            entropy: entropy.clone(),
            head,
            kept: 0,
            wrote: false,
            events: 0,
            people: HashMap::new(),
        })
    }

    fn begin_act(&mut self, clock: &Clock) {
        self.now = clock.now().max(self.head.recorded_at);
        self.wrote = false;
        self.events = 0;
    }

    /// Counts more events of the present act; returns how many it had before.
    pub(super) fn count_events(&mut self, more: usize) -> usize {
        let before = self.events;
        self.events += more;
        before
    }

    /// The moment of receipt of this act: never before that of the last entry in the ledger.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Where random bytes come from.
    #[must_use]
    pub fn entropy(&self) -> &Entropy {
        &self.entropy
    }

    pub(super) fn head(&mut self) -> &mut Head {
        &mut self.head
    }

    /// The connection, for reading.
    pub(super) fn read(&self) -> &DatabaseTransaction {
        &self.tx
    }

    /// The connection, for writing.
    pub(super) fn write(&mut self) -> &DatabaseTransaction {
        self.wrote = true;
        &self.tx
    }

    /// Undoes the present act. `false` where only the whole transaction could be undone.
    ///
    /// Acts are judged before they write, so one that fails has written nothing, unless the database or the
    /// program failed under it. Then all acts of the transaction are undone, and their callers are told to
    /// send them again, which is safe. A savepoint for each act would spare them that, but every act of
    /// every day would pay for it.
    async fn undo_act(&mut self, before: Head) -> bool {
        self.head = before;
        if self.wrote {
            return false;
        }
        // PostgreSQL gives up a transaction in which any statement failed, also a read; ask before others
        // rely on it.
        match self.tx.get_database_backend() {
            DbBackend::Postgres => self.tx.execute_unprepared("SELECT 1").await.is_ok(),
            _ => true,
        }
    }

    async fn commit(self, size_before: u64) -> Result<(), StoreError> {
        if self.head.frontier.size() != size_before {
            ledger::save_head(&self.tx, &self.head).await?;
        }
        Ok(self.tx.commit().await?)
    }
}
