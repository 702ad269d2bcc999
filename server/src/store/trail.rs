//! The trail (操作履歴): lines beside the ledger, sealed day by day within it; what people looked at, counted;
//! and what the watch over it reads.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use hokan_domain::{
    event::Event,
    ids::{PersonId, PlaceId},
    japan_date::{from_millis, jst_date, jst_day_start},
    ledger::hash::Hash,
    place::Home,
    trail::seal::{Line, Sealer, TrailDay},
    watch::{FailedSignIn, Sighting},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict},
};
use uuid::Uuid;

use super::{
    Store, StoreError, WriteTx,
    entity::{audit, ledger_entry, place, subject, trail_floor, view_count},
    ledger::{stored_entry, time},
    subjects::{Subjected, fold},
};

/// Lines that are read at once while a day is sealed or checked.
const AT_ONCE: u64 = 1_000;
/// The entries that the watch looks back on at the most.
const MOST_WATCHED: u64 = 20_000;
/// How a failed attempt to sign in is called in the trail.
pub const SIGN_IN_FAILED: &str = "sign-in-failed";

/// A line of the trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailLine {
    /// Its id.
    pub id: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// Who; none where nobody was known.
    pub actor: Option<PersonId>,
    /// What was done.
    pub act: String,
    /// To what.
    pub subject: String,
    /// What else is to be known.
    pub detail: String,
}

/// Which lines are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrailQuery {
    /// From this day on.
    pub from: Option<NaiveDate>,
    /// Until this day, inclusive.
    pub to: Option<NaiveDate>,
    /// Only this person's.
    pub actor: Option<PersonId>,
    /// Only this act.
    pub act: Option<String>,
    /// Only lines older than this one.
    pub before: Option<(DateTime<Utc>, Uuid)>,
}

fn day_range(day: NaiveDate) -> (i64, i64) {
    let next = day.succ_opt().unwrap_or(NaiveDate::MAX);
    (jst_day_start(day).timestamp_millis(), jst_day_start(next).timestamp_millis())
}

fn read(row: audit::Model) -> TrailLine {
    TrailLine {
        id: row.id,
        at: from_millis(row.at),
        actor: row.actor.map(PersonId),
        act: row.act,
        subject: row.subject,
        detail: row.detail,
    }
}

/// Number of lines and root of the tree over them, of a day, read in steps.
async fn sealed(connection: &impl ConnectionTrait, day: NaiveDate) -> Result<(u64, Hash), StoreError> {
    let (from, to) = day_range(day);
    let mut sealer = Sealer::default();
    let mut last: Option<(i64, Uuid)> = None;
    loop {
        let mut query =
            audit::Entity::find().filter(audit::Column::At.gte(from)).filter(audit::Column::At.lt(to));
        if let Some((at, id)) = last {
            let later = Condition::any()
                .add(audit::Column::At.gt(at))
                .add(audit::Column::At.eq(at).and(audit::Column::Id.gt(id)));
            query = query.filter(later);
        }
        let rows = query
            .order_by_asc(audit::Column::At)
            .order_by_asc(audit::Column::Id)
            .limit(AT_ONCE)
            .all(connection)
            .await?;
        for row in &rows {
            sealer.push(&Line {
                id: row.id,
                at: row.at,
                actor: row.actor,
                act: &row.act,
                subject: &row.subject,
                detail: &row.detail,
            });
        }
        match rows.last() {
            Some(row) if rows.len() as u64 == AT_ONCE => last = Some((row.at, row.id)),
            _ => return Ok(sealer.seal()),
        }
    }
}

fn views_of(row: view_count::Model) -> Result<(PersonId, DateTime<Utc>, u32), StoreError> {
    let hour = time("view_count", "hour", row.person, row.hour)?;
    Ok((PersonId(row.person), hour, u32::try_from(row.views).unwrap_or(0)))
}

#[derive(FromQueryResult)]
struct OneMoment {
    at: Option<i64>,
}

impl WriteTx {
    /// How many lines a day has, and the root of the tree over them.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn seal_of(&self, day: NaiveDate) -> Result<(u64, Hash), StoreError> {
        sealed(self.read(), day).await
    }

    /// Lets the lines of all days before this one go. Their seals stay. Returns how many went.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn prune_trail(&mut self, before: NaiveDate) -> Result<u64, StoreError> {
        let before = jst_day_start(before).timestamp_millis();
        let row =
            trail_floor::ActiveModel { before: Set(before), pruned_at: Set(self.now().timestamp_millis()) };
        let mut once = OnConflict::column(trail_floor::Column::Before);
        once.do_nothing();
        trail_floor::Entity::insert(row).on_conflict(once).exec_without_returning(self.write()).await?;
        let gone =
            audit::Entity::delete_many().filter(audit::Column::At.lt(before)).exec(self.write()).await?;
        Ok(gone.rows_affected)
    }

    /// Adds to how many items somebody looked at in the hour that begins at this moment.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn add_views(
        &mut self,
        person: PersonId,
        hour: DateTime<Utc>,
        views: u32,
    ) -> Result<(), StoreError> {
        let views = i32::try_from(views).unwrap_or(i32::MAX);
        let row = view_count::ActiveModel {
            person: Set(person.0),
            hour: Set(hour.timestamp_millis()),
            views: Set(views),
        };
        let mut add = OnConflict::columns([view_count::Column::Person, view_count::Column::Hour]);
        add.value(
            view_count::Column::Views,
            Expr::col((view_count::Entity, view_count::Column::Views)).add(views),
        );
        view_count::Entity::insert(row).on_conflict(add).exec_without_returning(self.write()).await?;
        Ok(())
    }

    /// Takes out how many items people looked at in hours that began before this moment.
    ///
    /// # Errors
    /// Where the database fails or a row cannot be read.
    pub async fn take_views(
        &mut self,
        before: DateTime<Utc>,
    ) -> Result<Vec<(PersonId, DateTime<Utc>, u32)>, StoreError> {
        let old = view_count::Column::Hour.lt(before.timestamp_millis());
        let rows = view_count::Entity::find().filter(old.clone()).all(self.read()).await?;
        view_count::Entity::delete_many().filter(old).exec(self.write()).await?;
        rows.into_iter().map(views_of).collect()
    }
}

impl Store {
    /// Lines of the trail, the newest first.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn trail(&self, query: &TrailQuery, most: u64) -> Result<Vec<TrailLine>, StoreError> {
        let mut find = audit::Entity::find();
        if let Some(from) = query.from {
            find = find.filter(audit::Column::At.gte(day_range(from).0));
        }
        if let Some(to) = query.to {
            find = find.filter(audit::Column::At.lt(day_range(to).1));
        }
        if let Some(actor) = query.actor {
            find = find.filter(audit::Column::Actor.eq(actor.0));
        }
        if let Some(act) = &query.act {
            find = find.filter(audit::Column::Act.eq(act.as_str()));
        }
        if let Some((at, id)) = query.before {
            let at = at.timestamp_millis();
            let older = Condition::any()
                .add(audit::Column::At.lt(at))
                .add(audit::Column::At.eq(at).and(audit::Column::Id.lt(id)));
            find = find.filter(older);
        }
        let rows = find
            .order_by_desc(audit::Column::At)
            .order_by_desc(audit::Column::Id)
            .limit(most)
            .all(&self.reader)
            .await?;
        Ok(rows.into_iter().map(read).collect())
    }

    /// How many lines the trail has from one day to another, both inclusive.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn trail_lines(&self, from: NaiveDate, to: NaiveDate) -> Result<u64, StoreError> {
        let query = audit::Entity::find()
            .filter(audit::Column::At.gte(day_range(from).0))
            .filter(audit::Column::At.lt(day_range(to).1));
        Ok(query.count(&self.reader).await?)
    }

    /// The day of the oldest line from this day on.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn first_trail_day(&self, from: NaiveDate) -> Result<Option<NaiveDate>, StoreError> {
        let first = audit::Entity::find()
            .select_only()
            .column_as(audit::Column::At.min(), "at")
            .filter(audit::Column::At.gte(jst_day_start(from).timestamp_millis()))
            .into_model::<OneMoment>()
            .one(&self.reader)
            .await?;
        Ok(first.and_then(|first| first.at).map(|at| jst_date(from_millis(at))))
    }

    /// Every day that was sealed, oldest first.
    ///
    /// # Errors
    /// Where the database fails or a row cannot be read.
    pub async fn trail_days(&self) -> Result<Vec<TrailDay>, StoreError> {
        let rows = subject::Entity::find()
            .filter(subject::Column::Kind.eq(TrailDay::KIND))
            .all(&self.reader)
            .await?;
        let mut days = rows
            .into_iter()
            .map(|row| {
                serde_json::from_str::<TrailDay>(&row.state)
                    .map_err(|error| StoreError::corrupt("subject", "state", row.id, error))
            })
            .collect::<Result<Vec<_>, _>>()?;
        days.sort_by_key(|day| day.day);
        Ok(days)
    }

    /// What a day's lines hash to now.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn trail_seal(&self, day: NaiveDate) -> Result<(u64, Hash), StoreError> {
        sealed(&self.reader, day).await
    }

    /// The attempts to sign in that failed since a moment.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn failed_sign_ins(&self, since: DateTime<Utc>) -> Result<Vec<FailedSignIn>, StoreError> {
        let rows = audit::Entity::find()
            .filter(audit::Column::At.gte(since.timestamp_millis()))
            .filter(audit::Column::Act.eq(SIGN_IN_FAILED))
            .order_by_desc(audit::Column::At)
            .limit(MOST_WATCHED)
            .all(&self.reader)
            .await?;
        // Each counts twice: at the account, and from the address.
        let attempts = rows.into_iter().flat_map(|row| {
            let at = from_millis(row.at);
            let account = FailedSignIn { at, person: row.subject.parse().ok(), at_what: row.subject };
            let address =
                (!row.detail.is_empty()).then_some(FailedSignIn { at, person: None, at_what: row.detail });
            std::iter::once(account).chain(address)
        });
        Ok(attempts.collect())
    }

    /// How many items people looked at, by the hour, since a moment.
    ///
    /// # Errors
    /// Where the database fails or a row cannot be read.
    pub async fn views(
        &self,
        since: DateTime<Utc>,
    ) -> Result<Vec<(PersonId, DateTime<Utc>, u32)>, StoreError> {
        let rows = view_count::Entity::find()
            .filter(view_count::Column::Hour.gte(since.timestamp_millis()))
            .all(&self.reader)
            .await?;
        rows.into_iter().map(views_of).collect()
    }

    /// Whether there are counts of hours that began before this moment.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn has_views_before(&self, before: DateTime<Utc>) -> Result<bool, StoreError> {
        let old = view_count::Column::Hour.lt(before.timestamp_millis());
        Ok(view_count::Entity::find().filter(old).one(&self.reader).await?.is_some())
    }

    /// Every day that was sealed as the ledger tells it, oldest first.
    ///
    /// # Errors
    /// Where the database fails or an entry cannot be read.
    pub async fn sealed_days(&self) -> Result<Vec<TrailDay>, StoreError> {
        let rows = ledger_entry::Entity::find()
            .filter(ledger_entry::Column::SubjectKind.eq(TrailDay::KIND))
            .order_by_asc(ledger_entry::Column::Seq)
            .all(&self.reader)
            .await?;
        let mut days: BTreeMap<Uuid, TrailDay> = BTreeMap::new();
        for row in rows {
            let entry = stored_entry(row)?.entry;
            let id = entry.subject_id.split_once('_').and_then(|(_, id)| Uuid::try_parse(id).ok());
            let id =
                id.ok_or_else(|| StoreError::corrupt("ledger_entry", "subject_id", entry.seq, "no id"))?;
            let folded = fold(id, days.remove(&id), &entry)?;
            days.insert(id, folded);
        }
        let mut days: Vec<_> = days.into_values().collect();
        days.sort_by_key(|day| day.day);
        Ok(days)
    }

    /// Who acted at the server since a moment, and who was seen in which building.
    ///
    /// # Errors
    /// Where the database fails or a row cannot be read.
    pub async fn watched(
        &self,
        since: DateTime<Utc>,
    ) -> Result<(Vec<(PersonId, DateTime<Utc>)>, Vec<Sighting>), StoreError> {
        let rows = ledger_entry::Entity::find()
            .order_by_desc(ledger_entry::Column::Seq)
            .limit(MOST_WATCHED)
            .all(&self.reader)
            .await?;
        let since = since.timestamp_millis();
        let buildings = self.buildings().await?;
        let (mut acts, mut sightings) = (Vec::new(), Vec::new());
        // What is received goes up with the sequence, so the rest is older still.
        for row in rows.into_iter().take_while(|row| row.recorded_at >= since) {
            let Some(person) = row.actor.map(PersonId).filter(|actor| *actor != PersonId::SERVER) else {
                continue;
            };
            if row.device.is_none() {
                acts.push((person, from_millis(row.recorded_at)));
            }
            if !matches!(row.kind.as_str(), "seen" | "put-away" | "taken-out") {
                continue;
            }
            let Ok(event) = serde_json::from_str::<Event>(&row.body) else { continue };
            let home = match event {
                Event::Seen { home, .. } | Event::TakenOut { from: home, .. } => home,
                Event::PutAway { home, .. } => Some(home),
                _ => None,
            };
            let Some(Home::Place(place)) = home else { continue };
            if let Some(building) = buildings.get(&place) {
                let at = from_millis(row.occurred_at);
                sightings.push(Sighting { person, at, building: *building });
            }
        }
        // One act is several events.
        acts.sort_unstable();
        acts.dedup();
        Ok((acts, sightings))
    }

    /// In which building each place lies: the outermost place around it.
    async fn buildings(&self) -> Result<std::collections::HashMap<PlaceId, PlaceId>, StoreError> {
        let rows = place::Entity::find().all(&self.reader).await?;
        let parents: std::collections::HashMap<Uuid, Option<Uuid>> =
            rows.iter().map(|row| (row.id, row.parent)).collect();
        let outermost = |id: Uuid| {
            let mut at = id;
            // No house has more storeys than places.
            for _ in 0..parents.len() {
                match parents.get(&at).copied().flatten() {
                    Some(parent) => at = parent,
                    None => break,
                }
            }
            at
        };
        Ok(rows.iter().map(|row| (PlaceId(row.id), PlaceId(outermost(row.id)))).collect())
    }
}
