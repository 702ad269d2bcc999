//! What has a life of its own beside items: carry-outs, containers, incidents, contracts and the like. All of
//! them are kept in the same way, so there is one table and one way to append.

use chrono::NaiveDate;
use hokan_domain::{event::Stamp, ids::PersonId, ledger::entry::Entry, text::TextRef};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use super::{
    Store, StoreError, WriteTx,
    entity::{container, item, person, place, subject},
    ledger::{ActStamp, NewEntry, Subject, stamp_of},
};

/// A thing that the ledger keeps account of.
pub trait Subjected: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    /// What happens to it.
    type Event: Serialize + DeserializeOwned + Clone + Send + Sync;

    /// The word for such things in the ledger.
    const KIND: &'static str;

    /// Its id as the ledger prints it.
    fn printed(id: Uuid) -> String;
    /// How many events were folded.
    fn version(&self) -> u64;
    /// Where it stands, as a word to search by.
    fn phase(&self) -> String;
    /// The day on which somebody owes an act, where there is one.
    fn due_on(&self) -> Option<NaiveDate>;
    /// The person whose record it belongs to, where it belongs to one.
    fn person(&self) -> Option<PersonId> {
        None
    }
    /// The word for an event in the ledger.
    fn event_kind(event: &Self::Event) -> &'static str;
    /// The texts that an event refers to.
    fn texts(event: &Self::Event) -> Vec<TextRef>;
    /// Folds one event. `None` where the event cannot begin such a thing.
    fn evolve(id: Uuid, before: Option<Self>, stamp: &Stamp, event: &Self::Event) -> Option<Self>;
}

/// A day as the database keeps it: counted from 1970-01-01.
pub(super) fn day_number(day: NaiveDate) -> i32 {
    i32::try_from((day - NaiveDate::default()).num_days()).unwrap_or(i32::MAX)
}

/// Reads a day back.
pub(super) fn day_of(number: i32) -> NaiveDate {
    NaiveDate::default() + chrono::TimeDelta::days(i64::from(number))
}

fn read<T: Subjected>(row: subject::Model) -> Result<T, StoreError> {
    if row.kind != T::KIND {
        return Err(StoreError::corrupt("subject", "kind", row.id, "it is of another kind"));
    }
    serde_json::from_str(&row.state).map_err(|error| StoreError::corrupt("subject", "state", row.id, error))
}

async fn load<T: Subjected>(connection: &impl ConnectionTrait, id: Uuid) -> Result<Option<T>, StoreError> {
    subject::Entity::find_by_id(id)
        .filter(subject::Column::Kind.eq(T::KIND))
        .one(connection)
        .await?
        .map(read)
        .transpose()
}

fn row<T: Subjected>(id: Uuid, state: &T, updated_at: i64) -> Result<subject::ActiveModel, StoreError> {
    Ok(subject::ActiveModel {
        id: Set(id),
        kind: Set(T::KIND.to_owned()),
        version: Set(i64::try_from(state.version()).unwrap_or(i64::MAX)),
        state: Set(serde_json::to_string(state)
            .map_err(|error| StoreError::corrupt("subject", "state", id, error))?),
        phase: Set(state.phase()),
        due_on: Set(state.due_on().map(day_number)),
        updated_at: Set(updated_at),
        person: Set(state.person().map(|person| person.0)),
    })
}

/// Folds one entry into its subject.
///
/// # Errors
/// Where the entry cannot be read, or begins nothing.
pub fn fold<T: Subjected>(id: Uuid, before: Option<T>, entry: &Entry) -> Result<T, StoreError> {
    let event: T::Event = serde_json::from_str(&entry.body)
        .map_err(|error| StoreError::corrupt("ledger_entry", "body", entry.seq, error))?;
    if T::event_kind(&event) != entry.kind {
        return Err(StoreError::corrupt("ledger_entry", "kind", entry.seq, "it differs from the body's"));
    }
    T::evolve(id, before, &stamp_of(entry)?, &event)
        .ok_or_else(|| StoreError::corrupt("ledger_entry", "kind", entry.seq, "it begins nothing"))
}

/// Whether an id that a caller chose is something else's already, or no random one at all.
async fn is_taken(connection: &impl ConnectionTrait, id: Uuid) -> Result<bool, StoreError> {
    if !matches!(id.get_version_num(), 4 | 7) {
        return Ok(true);
    }
    Ok(subject::Entity::find_by_id(id).one(connection).await?.is_some()
        || item::Entity::find_by_id(id).one(connection).await?.is_some()
        || container::Entity::find_by_id(id).one(connection).await?.is_some()
        || place::Entity::find_by_id(id).one(connection).await?.is_some()
        || person::Entity::find_by_id(id).one(connection).await?.is_some())
}

impl WriteTx {
    /// The thing with this id.
    ///
    /// # Errors
    /// Where the database fails or the row cannot be read.
    pub async fn subject<T: Subjected>(&self, id: Uuid) -> Result<Option<T>, StoreError> {
        load(self.read(), id).await
    }

    /// Refuses an id that is to name something new and is something else's already. Asked before anything is
    /// written: what fails later takes everything that shares its transaction down with it.
    ///
    /// # Errors
    /// [`StoreError::EventIdReused`].
    pub async fn must_be_free(&self, id: Uuid) -> Result<(), StoreError> {
        if is_taken(self.read(), id).await? { Err(StoreError::EventIdReused(id)) } else { Ok(()) }
    }

    /// Those of a kind that stand at one of these phases.
    ///
    /// # Errors
    /// Where the database fails or a row cannot be read.
    pub async fn subjects<T: Subjected>(&self, phases: &[&str]) -> Result<Vec<T>, StoreError> {
        // All of them: what is decided by them must not hang on how many there are.
        list(self.read(), phases, None).await
    }

    /// Those of a kind that belong to a person's record, the oldest first.
    ///
    /// # Errors
    /// Where the database fails or a row cannot be read.
    pub async fn subjects_of<T: Subjected>(&self, person: PersonId) -> Result<Vec<T>, StoreError> {
        of_person(self.read(), person).await
    }

    /// Every one of a kind, the oldest first.
    ///
    /// # Errors
    /// Where the database fails or a row cannot be read.
    pub async fn every_subject<T: Subjected>(&self) -> Result<Vec<T>, StoreError> {
        every(self.read()).await
    }

    /// Appends events about a thing and folds them into its row. `before` is the thing as this transaction
    /// read it, or `None` where the first event begins it.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn append_to<T: Subjected>(
        &mut self,
        act: &ActStamp,
        id: Uuid,
        before: Option<T>,
        events: &[T::Event],
    ) -> Result<(Option<T>, Vec<Entry>), StoreError> {
        if events.is_empty() {
            return Ok((before, Vec::new()));
        }
        let known = before.is_some();
        let version = before.as_ref().map_or(0, T::version);
        let mut new = Vec::with_capacity(events.len());
        for event in events {
            let body = serde_json::to_string(event)
                .map_err(|error| StoreError::corrupt("ledger_entry", "body", id, error))?;
            new.push(NewEntry { kind: T::event_kind(event).to_owned(), body });
        }
        let printed = T::printed(id);
        let entries = self.append(act, Subject { kind: T::KIND, id: &printed }, version, new).await?;
        let mut state = before;
        for entry in &entries {
            state = Some(fold(id, state, entry)?);
        }
        if let Some(state) = &state {
            let row = row(id, state, self.now().timestamp_millis())?;
            let connection = self.write();
            if known {
                subject::Entity::update_many()
                    .set(row)
                    .filter(subject::Column::Id.eq(id))
                    .exec(connection)
                    .await?;
            } else {
                subject::Entity::insert(row).exec_without_returning(connection).await?;
            }
        }
        Ok((state, entries))
    }
}

async fn list<T: Subjected>(
    connection: &impl ConnectionTrait,
    phases: &[&str],
    most: Option<u64>,
) -> Result<Vec<T>, StoreError> {
    let mut query = subject::Entity::find().filter(subject::Column::Kind.eq(T::KIND));
    if !phases.is_empty() {
        query = query.filter(subject::Column::Phase.is_in(phases.iter().copied()));
    }
    let rows = query
        .order_by_desc(subject::Column::UpdatedAt)
        .order_by_asc(subject::Column::Id)
        .limit(most)
        .all(connection)
        .await?;
    rows.into_iter().map(read).collect()
}

async fn every<T: Subjected>(connection: &impl ConnectionTrait) -> Result<Vec<T>, StoreError> {
    let rows = subject::Entity::find()
        .filter(subject::Column::Kind.eq(T::KIND))
        .order_by_asc(subject::Column::Id)
        .all(connection)
        .await?;
    rows.into_iter().map(read).collect()
}

async fn of_person<T: Subjected>(
    connection: &impl ConnectionTrait,
    person: PersonId,
) -> Result<Vec<T>, StoreError> {
    let rows = subject::Entity::find()
        .filter(subject::Column::Person.eq(person.0))
        .filter(subject::Column::Kind.eq(T::KIND))
        .order_by_asc(subject::Column::UpdatedAt)
        .order_by_asc(subject::Column::Id)
        .all(connection)
        .await?;
    rows.into_iter().map(read).collect()
}

/// The most of a kind that are listed for people at once.
const MOST: u64 = 2_000;

impl Store {
    /// The thing with this id.
    ///
    /// # Errors
    /// Where the database fails or the row cannot be read.
    pub async fn subject<T: Subjected>(&self, id: Uuid) -> Result<Option<T>, StoreError> {
        load(&self.reader, id).await
    }

    /// Those of a kind that stand at one of these phases, or all of them where none is named, the last
    /// changed first.
    ///
    /// # Errors
    /// Where the database fails or a row cannot be read.
    pub async fn subjects<T: Subjected>(&self, phases: &[&str]) -> Result<Vec<T>, StoreError> {
        list(&self.reader, phases, Some(MOST)).await
    }

    /// Those of a kind that belong to a person's record, the oldest first.
    ///
    /// # Errors
    /// Where the database fails or a row cannot be read.
    pub async fn subjects_of<T: Subjected>(&self, person: PersonId) -> Result<Vec<T>, StoreError> {
        of_person(&self.reader, person).await
    }

    /// Every one of a kind, the oldest first.
    ///
    /// # Errors
    /// Where the database fails or a row cannot be read.
    pub async fn every_subject<T: Subjected>(&self) -> Result<Vec<T>, StoreError> {
        every(&self.reader).await
    }

    /// Every row, as (id, kind, state), for comparing with what the ledger folds to.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn subject_rows(&self) -> Result<Vec<(Uuid, String, String)>, StoreError> {
        let rows = subject::Entity::find().all(&self.reader).await?;
        Ok(rows.into_iter().map(|row| (row.id, row.kind, row.state)).collect())
    }
}
