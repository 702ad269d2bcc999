//! The ledger in the database: its end, appending to it, reading it back, its checkpoints.

use chrono::{DateTime, Utc};
use hokan_domain::{
    event::{Event, Recorded, Stamp},
    ids::{DeviceId, EventId, ItemId, PersonId},
    ledger::{
        entry::Entry,
        frontier::Frontier,
        hash::{Hash, leaf_hash},
    },
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::{
    Store, StoreError, WriteTx,
    entity::{ledger_checkpoint, ledger_entry, ledger_head},
    files::files_in,
    tx::Head,
};

/// Rows that are read from the ledger at once when it is read whole.
const PAGE: u64 = 2_000;

/// What all events of one act have in common.
#[derive(Debug, Clone)]
pub struct ActStamp {
    /// The id that the caller gave to the act.
    pub act: EventId,
    /// A keyed digest of what was asked, by which a retry is told from another request with the same id.
    pub request: Hash,
    /// Who acts.
    pub actor: PersonId,
    /// The profile that judged it.
    pub profile: Hash,
    /// When it happened; `None` for acts that happen as they are recorded.
    pub occurred_at: Option<DateTime<Utc>>,
    /// The device that observed it without the server, with the device's own count.
    pub observed_by: Option<(DeviceId, u64)>,
}

/// An entry together with the leaf hash that is stored beside it.
#[derive(Debug, Clone)]
pub struct StoredEntry {
    /// The entry.
    pub entry: Entry,
    /// Its leaf hash as stored, which need not be what the entry hashes to.
    pub leaf: Hash,
}

/// A thing that entries are about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) kind: &'static str,
    pub(super) id: &'a str,
}

/// One event that is to be appended, in the form in which the ledger keeps it.
#[derive(Debug)]
pub(super) struct NewEntry {
    pub(super) kind: String,
    pub(super) body: String,
}

fn millis(at: DateTime<Utc>) -> i64 {
    at.timestamp_millis()
}

/// Reads milliseconds back into a time.
pub(super) fn time(
    table: &'static str,
    column: &'static str,
    row: impl ToString,
    millis: i64,
) -> Result<DateTime<Utc>, StoreError> {
    DateTime::from_timestamp_millis(millis)
        .ok_or_else(|| StoreError::corrupt(table, column, row, "the time is out of range"))
}

pub(super) async fn load_head(connection: &impl ConnectionTrait) -> Result<Head, StoreError> {
    match ledger_head::Entity::find_by_id(1).one(connection).await? {
        None => Ok(Head { frontier: Frontier::new(), recorded_at: DateTime::UNIX_EPOCH }),
        Some(row) => read_head(row),
    }
}

fn read_head(row: ledger_head::Model) -> Result<Head, StoreError> {
    let frontier: Frontier =
        row.frontier.parse().map_err(|error| StoreError::corrupt("ledger_head", "frontier", 1, error))?;
    if i64::try_from(frontier.size()).ok() != Some(row.size) {
        return Err(StoreError::corrupt("ledger_head", "size", 1, "it differs from the frontier's"));
    }
    Ok(Head { frontier, recorded_at: time("ledger_head", "recorded_at", 1, row.recorded_at)? })
}

pub(super) async fn save_head(connection: &impl ConnectionTrait, head: &Head) -> Result<(), StoreError> {
    let row = ledger_head::ActiveModel {
        id: Set(1),
        size: Set(signed(head.frontier.size())),
        frontier: Set(head.frontier.to_string()),
        root: Set(head.frontier.root().as_bytes().to_vec()),
        recorded_at: Set(millis(head.recorded_at)),
    };
    let on_conflict = sea_orm::sea_query::OnConflict::column(ledger_head::Column::Id)
        .update_columns([
            ledger_head::Column::Size,
            ledger_head::Column::Frontier,
            ledger_head::Column::Root,
            ledger_head::Column::RecordedAt,
        ])
        .to_owned();
    ledger_head::Entity::insert(row).on_conflict(on_conflict).exec_without_returning(connection).await?;
    Ok(())
}

/// Sequence numbers and versions count up from one and never come near the end of `i64`.
fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn unsigned(
    table: &'static str,
    column: &'static str,
    row: impl ToString,
    value: i64,
) -> Result<u64, StoreError> {
    u64::try_from(value).map_err(|_| StoreError::corrupt(table, column, row, "it is negative"))
}

pub(super) fn stored_entry(row: ledger_entry::Model) -> Result<StoredEntry, StoreError> {
    let seq = row.seq;
    let hash = |column, bytes: &[u8]| {
        Hash::from_slice(bytes).map_err(|error| StoreError::corrupt("ledger_entry", column, seq, error))
    };
    Ok(StoredEntry {
        leaf: hash("leaf", &row.leaf)?,
        entry: Entry {
            seq: unsigned("ledger_entry", "seq", seq, seq)?,
            event_id: row.event_id,
            act_id: row.act_id,
            subject_kind: row.subject_kind,
            subject_id: row.subject_id,
            subject_version: unsigned("ledger_entry", "subject_version", seq, row.subject_version)?,
            kind: row.kind,
            occurred_at: row.occurred_at,
            recorded_at: row.recorded_at,
            actor: row.actor,
            device: row.device,
            device_seq: match row.device_seq {
                Some(value) => Some(unsigned("ledger_entry", "device_seq", seq, value)?),
                None => None,
            },
            profile: match row.profile {
                Some(bytes) => Some(hash("profile", &bytes)?),
                None => None,
            },
            request: hash("request", &row.request)?,
            body: row.body,
        },
    })
}

/// Where and when an entry stands.
///
/// # Errors
/// Where a column cannot be read.
pub fn stamp_of(entry: &Entry) -> Result<Stamp, StoreError> {
    let corrupt =
        |column, why: &dyn ToString| StoreError::corrupt("ledger_entry", column, entry.seq, why.to_string());
    Ok(Stamp {
        event: EventId(entry.event_id),
        occurred_at: time("ledger_entry", "occurred_at", entry.seq, entry.occurred_at)?,
        recorded_at: time("ledger_entry", "recorded_at", entry.seq, entry.recorded_at)?,
        actor: PersonId(entry.actor.ok_or_else(|| corrupt("actor", &"it is missing"))?),
        observed_by: match (entry.device, entry.device_seq) {
            (Some(device), Some(seq)) => Some((DeviceId(device), seq)),
            (None, None) => None,
            _ => {
                return Err(corrupt("device_seq", &"it stands without its device, or the other way round"));
            }
        },
    })
}

/// Reads an entry about an item back into what happened.
///
/// # Errors
/// Where the entry is not one about an item, or its body cannot be read.
pub fn recorded(entry: &Entry) -> Result<Recorded, StoreError> {
    let corrupt =
        |column, why: &dyn ToString| StoreError::corrupt("ledger_entry", column, entry.seq, why.to_string());
    let event: Event = serde_json::from_str(&entry.body).map_err(|error| corrupt("body", &error))?;
    if event.kind() != entry.kind {
        return Err(corrupt("kind", &"it differs from the body's"));
    }
    Ok(Recorded { stamp: stamp_of(entry)?, event })
}

async fn subject_entries(
    connection: &impl ConnectionTrait,
    subject: &str,
) -> Result<Vec<StoredEntry>, StoreError> {
    let rows = ledger_entry::Entity::find()
        .filter(ledger_entry::Column::SubjectId.eq(subject))
        .order_by_asc(ledger_entry::Column::SubjectVersion)
        .all(connection)
        .await?;
    rows.into_iter().map(stored_entry).collect()
}

/// The entries of an act, and the one that bears its id within another act.
async fn act_entries(connection: &impl ConnectionTrait, act: EventId) -> Result<Vec<Entry>, StoreError> {
    let either = Condition::any()
        .add(ledger_entry::Column::ActId.eq(act.0))
        .add(ledger_entry::Column::EventId.eq(act.0));
    let rows = ledger_entry::Entity::find()
        .filter(either)
        .order_by_asc(ledger_entry::Column::Seq)
        .all(connection)
        .await?;
    rows.into_iter().map(|row| Ok(stored_entry(row)?.entry)).collect()
}

impl WriteTx {
    /// The entries that this act became when it first came, if it did.
    ///
    /// # Errors
    /// [`StoreError::EventIdReused`] where the act's id was used for something else.
    pub async fn first_outcome(&self, act: &ActStamp) -> Result<Vec<Entry>, StoreError> {
        let entries = act_entries(self.read(), act.act).await?;
        // Callers choose the id. One that names an event within somebody else's act would fail only when it is
        // written, and take everything that shares its transaction down with it.
        let same = entries.iter().all(|entry| {
            entry.act_id == act.act.0 && entry.request == act.request && entry.actor == Some(act.actor.0)
        });
        if same { Ok(entries) } else { Err(StoreError::EventIdReused(act.act.0)) }
    }

    /// The whole timeline of an item, in the order of the ledger.
    ///
    /// # Errors
    /// Where the database fails or an entry cannot be read.
    pub async fn timeline(&self, item: ItemId) -> Result<Vec<Recorded>, StoreError> {
        let entries = subject_entries(self.read(), &item.to_string()).await?;
        entries.iter().map(|stored| recorded(&stored.entry)).collect()
    }

    /// Appends events about one subject, the first of which gets version `version + 1`.
    pub(super) async fn append(
        &mut self,
        act: &ActStamp,
        subject: Subject<'_>,
        version: u64,
        events: Vec<NewEntry>,
    ) -> Result<Vec<Entry>, StoreError> {
        let recorded_at = self.now();
        let mut entries = Vec::with_capacity(events.len());
        let mut rows = Vec::with_capacity(events.len());
        let mut canonical = String::new();
        // An act may be about several things; its events are counted through all of them.
        let first = self.count_events(events.len());
        for (position, event) in events.into_iter().enumerate() {
            let index = first + position;
            let entry = Entry {
                seq: self.head().frontier.size() + 1,
                event_id: act.act.nth_of_act(index).0,
                act_id: act.act.0,
                subject_kind: subject.kind.to_owned(),
                subject_id: subject.id.to_owned(),
                subject_version: version + 1 + position as u64,
                kind: event.kind,
                // Only what was observed elsewhere has a time of its own. What follows from it happens now.
                occurred_at: millis(match act.occurred_at {
                    Some(at) if index == 0 => at,
                    _ => recorded_at,
                }),
                recorded_at: millis(recorded_at),
                actor: Some(act.actor.0),
                device: act.observed_by.filter(|_| index == 0).map(|(device, _)| device.0),
                device_seq: act.observed_by.filter(|_| index == 0).map(|(_, seq)| seq),
                profile: Some(act.profile),
                request: act.request,
                body: event.body,
            };
            canonical.clear();
            entry.write_canonical(&mut canonical);
            let leaf = leaf_hash(canonical.as_bytes());
            rows.push(ledger_entry::ActiveModel {
                seq: Set(signed(entry.seq)),
                event_id: Set(entry.event_id),
                act_id: Set(entry.act_id),
                subject_kind: Set(entry.subject_kind.clone()),
                subject_id: Set(entry.subject_id.clone()),
                subject_version: Set(signed(entry.subject_version)),
                kind: Set(entry.kind.clone()),
                occurred_at: Set(entry.occurred_at),
                recorded_at: Set(entry.recorded_at),
                actor: Set(entry.actor),
                device: Set(entry.device),
                device_seq: Set(entry.device_seq.map(signed)),
                profile: Set(entry.profile.map(|hash| hash.as_bytes().to_vec())),
                request: Set(entry.request.as_bytes().to_vec()),
                body: Set(entry.body.clone()),
                leaf: Set(leaf.as_bytes().to_vec()),
            });
            self.head().frontier.push(leaf);
            entries.push(entry);
        }
        self.head().recorded_at = recorded_at;
        ledger_entry::Entity::insert_many(rows).exec_without_returning(self.write()).await?;
        for entry in &entries {
            let files = files_in(&entry.body);
            if !files.is_empty() {
                self.name_files(signed(entry.seq), &files).await?;
            }
        }
        Ok(entries)
    }

    /// Keeps a signed checkpoint. One of the same size stays as it is: a tree of one size has one root.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn keep_checkpoint(&mut self, size: u64, note: String) -> Result<(), StoreError> {
        let row = ledger_checkpoint::ActiveModel {
            size: Set(signed(size)),
            note: Set(note),
            made_at: Set(millis(self.now())),
        };
        ledger_checkpoint::Entity::insert(row)
            .on_conflict_do_nothing()
            .exec_without_returning(self.write())
            .await?;
        Ok(())
    }

    /// Size and root of the tree as this transaction sees it.
    pub fn tree(&mut self) -> (u64, Hash) {
        let frontier = &self.head().frontier;
        (frontier.size(), frontier.root())
    }
}

impl Store {
    /// The end of the ledger's tree, from which its size and its root follow.
    ///
    /// # Errors
    /// Where the database fails or the row cannot be read.
    pub async fn ledger_head(&self) -> Result<Frontier, StoreError> {
        Ok(load_head(&self.reader).await?.frontier)
    }

    /// The end of the tree together with the root that is stored beside it, out of one row, so that both are
    /// of the same moment. The root is not taken from the frontier, so that a change to either is noticed.
    ///
    /// # Errors
    /// Where the database fails or the row cannot be read.
    pub async fn ledger_head_and_root(&self) -> Result<(Frontier, Hash), StoreError> {
        match ledger_head::Entity::find_by_id(1).one(&self.reader).await? {
            None => Ok((Frontier::new(), Hash::EMPTY_ROOT)),
            Some(row) => {
                let root = Hash::from_slice(&row.root)
                    .map_err(|error| StoreError::corrupt("ledger_head", "root", 1, error))?;
                Ok((read_head(row)?.frontier, root))
            }
        }
    }

    /// The entries about one subject, oldest first.
    ///
    /// # Errors
    /// Where the database fails or a row cannot be read.
    pub async fn entries_about(&self, subject: &str) -> Result<Vec<StoredEntry>, StoreError> {
        subject_entries(&self.reader, subject).await
    }

    /// Up to `PAGE` entries after `seq`, each with its stored leaf hash. A row that cannot be read comes as
    /// an error of its own, so that the others are still seen.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn entries_after(
        &self,
        seq: u64,
    ) -> Result<Vec<(u64, Result<StoredEntry, StoreError>)>, StoreError> {
        let page = ledger_entry::Entity::find()
            .filter(ledger_entry::Column::Seq.gt(signed(seq)))
            .order_by_asc(ledger_entry::Column::Seq)
            .limit(PAGE);
        match page.clone().all(&self.reader).await {
            Ok(rows) => Ok(rows.into_iter().map(|row| (row.seq.unsigned_abs(), stored_entry(row))).collect()),
            // A row that was altered need not even be what its columns are said to hold. Row by row the
            // broken one is named.
            Err(_) => {
                let seqs: Vec<i64> = page
                    .select_only()
                    .column(ledger_entry::Column::Seq)
                    .into_tuple()
                    .all(&self.reader)
                    .await?;
                let mut rows = Vec::with_capacity(seqs.len());
                for seq in seqs {
                    let row = match ledger_entry::Entity::find_by_id(seq).one(&self.reader).await {
                        Ok(Some(row)) => stored_entry(row),
                        Ok(None) => Err(StoreError::corrupt("ledger_entry", "seq", seq, "it is gone")),
                        Err(error) => Err(StoreError::corrupt("ledger_entry", "*", seq, error)),
                    };
                    rows.push((seq.unsigned_abs(), row));
                }
                Ok(rows)
            }
        }
    }

    /// All signed checkpoints, smallest first.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn checkpoints(&self) -> Result<Vec<String>, StoreError> {
        let rows = ledger_checkpoint::Entity::find()
            .order_by_asc(ledger_checkpoint::Column::Size)
            .all(&self.reader)
            .await?;
        Ok(rows.into_iter().map(|row| row.note).collect())
    }

    /// The newest signed checkpoint.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn newest_checkpoint(&self) -> Result<Option<String>, StoreError> {
        let row = ledger_checkpoint::Entity::find()
            .order_by_desc(ledger_checkpoint::Column::Size)
            .one(&self.reader)
            .await?;
        Ok(row.map(|row| row.note))
    }
}
