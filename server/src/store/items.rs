//! Items: the folded rows, and the one way in which they change.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use hokan_domain::{
    approval::{RequestState, Wanted},
    discrepancy::Finding,
    event::{Event, Receiver, Recorded, Stamp},
    ids::{EventId, ItemId, PersonId},
    item::{Custody, Item, evolve, fold},
    label::LabelTarget,
    ledger::entry::Entry,
    place::Home,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect,
};

use super::{
    Store, StoreError, WriteTx,
    entity::{discrepancy, item, note_text},
    ledger::{ActStamp, NewEntry, Subject, recorded},
    subjects::day_number,
};

/// The word for items in the ledger.
pub const SUBJECT_KIND: &str = "item";

/// What an act on an item became.
#[derive(Debug, Clone)]
pub struct Appended {
    /// The item afterwards.
    pub item: Item,
    /// Its new entries.
    pub entries: Vec<Entry>,
}

pub(super) fn read(row: item::Model) -> Result<Item, StoreError> {
    serde_json::from_str(&row.state).map_err(|error| StoreError::corrupt("item", "state", row.id, error))
}

async fn load(connection: &impl ConnectionTrait, id: ItemId) -> Result<Option<Item>, StoreError> {
    item::Entity::find_by_id(id.0).one(connection).await?.map(read).transpose()
}

/// The row of an item, every column of it derived from the fold.
pub(super) fn row(item: &Item) -> Result<item::ActiveModel, StoreError> {
    let state =
        serde_json::to_string(item).map_err(|error| StoreError::corrupt("item", "state", item.id, error))?;
    let (holder, place, container) = match item.custody.value {
        Custody::Held { by } => (Some(by.0), None, None),
        Custody::Stored { home: Home::Place(id), .. } => (None, Some(id.0), None),
        Custody::Stored { home: Home::Container(id), .. } => (None, None, Some(id.0)),
        Custody::Out { .. } | Custody::Delivered { .. } | Custody::Destroyed { .. } => (None, None, None),
    };
    let carry_out = match item.custody.value {
        Custody::Out { carry_out, .. } => carry_out.map(|id| id.0),
        Custody::Delivered { carry_out } => Some(carry_out.0),
        _ => None,
    };
    let open_requests = item.requests.iter().filter(|request| request.state == RequestState::Open).count();
    let granted = item.requests.iter().filter(|request| request.state == RequestState::Granted);
    let permitted_until = granted.filter_map(|request| request.until).max();
    let checked_at = item.condition.as_ref().map_or(item.registered_at, |condition| condition.value.at);
    let disposal = &item.disposal;
    let offer = item.unanswered_offer();
    Ok(item::ActiveModel {
        id: Set(item.id.0),
        version: Set(i64::try_from(item.version).unwrap_or(i64::MAX)),
        state: Set(state),
        kind: Set(item.kind.code().to_owned()),
        label: Set(item.label.value.to_string()),
        title: Set(item.title.id.0),
        control_number: Set(item.control_number.map(|text| text.id.0)),
        holder: Set(holder),
        place: Set(place),
        container: Set(container),
        offer_from: Set(offer.map(|offer| offer.from.0)),
        offer_to: Set(offer.and_then(|offer| match offer.to {
            Receiver::Person(person) => Some(person.0),
            Receiver::AnyHandler => None,
        })),
        offer_expires_at: Set(offer.map(|offer| offer.expires_at.timestamp_millis())),
        discrepancies: Set(i32::try_from(item.discrepancies.len()).unwrap_or(i32::MAX)),
        registered_at: Set(item.registered_at.timestamp_millis()),
        division: Set(item.division.map(|id| id.0)),
        carry_out: Set(carry_out),
        gone: Set(item.is_surely_gone()),
        lost: Set(item.loss().is_some()),
        open_requests: Set(i32::try_from(open_requests).unwrap_or(i32::MAX)),
        unwitnessed: Set(disposal.destroyed.is_some() && !item.is_witnessed()),
        unconfirmed: Set(disposal.destroyed.is_some() && disposal.confirmed.is_none()),
        permitted_until: Set(permitted_until.map(day_number)),
        checked_at: Set(checked_at.timestamp_millis()),
    })
}

impl WriteTx {
    /// The item with this id.
    ///
    /// # Errors
    /// Where the database fails or the row cannot be read.
    pub async fn item(&self, id: ItemId) -> Result<Option<Item>, StoreError> {
        load(self.read(), id).await
    }

    /// The items that rest in this home.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn items_resting_in(&self, home: Home) -> Result<Vec<ItemId>, StoreError> {
        let column = match home {
            Home::Place(id) => item::Column::Place.eq(id.0),
            Home::Container(id) => item::Column::Container.eq(id.0),
        };
        let ids: Vec<uuid::Uuid> = item::Entity::find()
            .select_only()
            .column(item::Column::Id)
            .filter(column)
            .order_by_asc(item::Column::Id)
            .into_tuple()
            .all(self.read())
            .await?;
        Ok(ids.into_iter().map(ItemId).collect())
    }

    /// Appends events about an item and folds them into its row, its labels and its discrepancies, all in
    /// this transaction. `before` is the item as this transaction read it, or `None` where the first event
    /// registers it.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn append_to_item(
        &mut self,
        act: &ActStamp,
        id: ItemId,
        before: Option<Item>,
        events: &[Event],
    ) -> Result<Appended, StoreError> {
        let known = before.is_some();
        let version = before.as_ref().map_or(0, |item| item.version);
        let mut new = Vec::with_capacity(events.len());
        for event in events {
            let body = serde_json::to_string(event)
                .map_err(|error| StoreError::corrupt("ledger_entry", "body", id, error))?;
            new.push(NewEntry { kind: event.kind().to_owned(), body });
        }
        let subject = id.to_string();
        let entries = self.append(act, Subject { kind: SUBJECT_KIND, id: &subject }, version, new).await?;

        let mut item = before;
        for (entry, event) in entries.iter().zip(events) {
            // Folded from what was written, not from what was meant, as a rebuild would.
            let recorded = Recorded { stamp: recorded(entry)?.stamp, event: event.clone() };
            item = evolve(id, item, &recorded);
            self.follow(id, &recorded).await?;
        }
        // What counts for nothing from now on was folded in long ago.
        if events.iter().any(|event| event.dismisses().is_some()) {
            item = fold(id, &self.timeline(id).await?);
        }
        let item = item.ok_or_else(|| {
            StoreError::corrupt("item", "id", id, "the first event of an item must register it")
        })?;
        let row = row(&item)?;
        let connection = self.write();
        if known {
            item::Entity::update_many().set(row).filter(item::Column::Id.eq(id.0)).exec(connection).await?;
        } else {
            item::Entity::insert(row).exec_without_returning(connection).await?;
        }
        Ok(Appended { item, entries })
    }

    /// Carries an event over into the rows beside the item's own.
    async fn follow(&mut self, id: ItemId, recorded: &Recorded) -> Result<(), StoreError> {
        match &recorded.event {
            Event::Registered { label, .. } => self.bind_label(label, LabelTarget::Item(id)).await,
            Event::LabelReplaced { old, new, .. } => {
                self.void_label(old, new).await?;
                self.bind_label(new, LabelTarget::Item(id)).await
            }
            Event::DiscrepancyRaised { finding, .. } => {
                self.open_discrepancy(id, finding, &recorded.stamp).await
            }
            Event::DiscrepancySettled { finding, .. } => {
                self.settle_discrepancy(finding, &recorded.stamp).await
            }
            _ => Ok(()),
        }
    }

    async fn open_discrepancy(
        &mut self,
        id: ItemId,
        finding: &Finding,
        stamp: &Stamp,
    ) -> Result<(), StoreError> {
        let row = discrepancy::ActiveModel {
            event: Set(finding.event.0),
            kind: Set(finding.kind.code().to_owned()),
            item: Set(id.0),
            raised_at: Set(stamp.recorded_at.timestamp_millis()),
            settled_at: Set(None),
        };
        // The same may be found again after it had settled.
        let again =
            sea_orm::sea_query::OnConflict::columns([discrepancy::Column::Event, discrepancy::Column::Kind])
                .update_columns([discrepancy::Column::RaisedAt, discrepancy::Column::SettledAt])
                .to_owned();
        // A new item's row is written after its events are folded, and nothing is found on a new item, so
        // the foreign key always holds.
        discrepancy::Entity::insert(row).on_conflict(again).exec_without_returning(self.write()).await?;
        Ok(())
    }

    async fn settle_discrepancy(&mut self, finding: &Finding, stamp: &Stamp) -> Result<(), StoreError> {
        discrepancy::Entity::update_many()
            .set(discrepancy::ActiveModel {
                settled_at: Set(Some(stamp.recorded_at.timestamp_millis())),
                ..Default::default()
            })
            .filter(discrepancy::Column::Event.eq(finding.event.0))
            .filter(discrepancy::Column::Kind.eq(finding.kind.code()))
            .exec(self.write())
            .await?;
        Ok(())
    }
}

/// Which items to list.
#[derive(Debug, Clone, Default)]
pub struct ItemFilter {
    /// Held by this person.
    pub holder: Option<PersonId>,
    /// Resting here.
    pub home: Option<Home>,
    /// Offered to this person or to anybody, by somebody else, and not yet answered.
    pub offered_to: Option<PersonId>,
    /// Offered by this person and not yet answered.
    pub offered_by: Option<PersonId>,
    /// With an open discrepancy.
    pub with_discrepancy: bool,
    /// The title, the control number or the label contains this.
    pub containing: Option<String>,
    /// How many to leave out.
    pub offset: u64,
    /// How many to list at the most.
    pub limit: u64,
}

impl ItemFilter {
    /// Everything, up to `limit`.
    #[must_use]
    pub fn first(limit: u64) -> Self {
        Self { limit, ..Self::default() }
    }

    fn condition(&self, now: DateTime<Utc>) -> Condition {
        let mut all = Condition::all();
        if let Some(holder) = self.holder {
            all = all.add(item::Column::Holder.eq(holder.0));
        }
        match self.home {
            Some(Home::Place(id)) => all = all.add(item::Column::Place.eq(id.0)),
            Some(Home::Container(id)) => all = all.add(item::Column::Container.eq(id.0)),
            None => {}
        }
        let pending = item::Column::OfferExpiresAt.gt(now.timestamp_millis());
        if let Some(person) = self.offered_to {
            let to_anybody = Condition::all()
                .add(item::Column::OfferTo.is_null())
                .add(item::Column::OfferFrom.ne(person.0));
            all = all
                .add(pending.clone())
                .add(Condition::any().add(item::Column::OfferTo.eq(person.0)).add(to_anybody));
        }
        if let Some(person) = self.offered_by {
            all = all.add(pending).add(item::Column::OfferFrom.eq(person.0));
        }
        if self.with_discrepancy {
            all = all.add(item::Column::Discrepancies.gt(0));
        }
        if let Some(text) = &self.containing {
            let texts = || {
                sea_orm::sea_query::Query::select()
                    .column(note_text::Column::Id)
                    .from(note_text::Entity)
                    .and_where(note_text::Column::Body.contains(text))
                    .to_owned()
            };
            let code: String = text.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
            let mut any = Condition::any()
                .add(item::Column::Title.in_subquery(texts()))
                .add(item::Column::ControlNumber.in_subquery(texts()));
            if !code.is_empty() {
                any = any.add(item::Column::Label.contains(code.to_ascii_uppercase()));
            }
            all = all.add(any);
        }
        all
    }
}

impl Store {
    /// The item with this id.
    ///
    /// # Errors
    /// Where the database fails or the row cannot be read.
    pub async fn item(&self, id: ItemId) -> Result<Option<Item>, StoreError> {
        load(&self.reader, id).await
    }

    /// The items that fit, newest first.
    ///
    /// # Errors
    /// Where the database fails or a row cannot be read.
    pub async fn items(&self, filter: &ItemFilter) -> Result<Vec<Item>, StoreError> {
        let rows = item::Entity::find()
            .filter(filter.condition(self.clock.now()))
            .order_by_desc(item::Column::RegisteredAt)
            .order_by_desc(item::Column::Id)
            .offset(filter.offset)
            .limit(filter.limit)
            .all(&self.reader)
            .await?;
        rows.into_iter().map(read).collect()
    }

    /// How many items fit.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn count_items(&self, filter: &ItemFilter) -> Result<u64, StoreError> {
        Ok(item::Entity::find().filter(filter.condition(self.clock.now())).count(&self.reader).await?)
    }

    /// Whether somebody may handle anything by an exception that an officer granted and that has not ended (西伊豆町
    /// 第6条第2項ただし書).
    ///
    /// # Errors
    /// Where the database fails or a row cannot be read.
    pub async fn handles_by_exception(&self, person: PersonId, today: NaiveDate) -> Result<bool, StoreError> {
        // An exception always has an end, and the fold names whom it is for.
        let which = Condition::all()
            .add(item::Column::PermittedUntil.gte(day_number(today)))
            .add(item::Column::Gone.eq(false))
            .add(item::Column::State.contains(person.to_string()));
        let rows = item::Entity::find().filter(which).all(&self.reader).await?;
        for row in rows {
            let excepted =
                |wanted: &Wanted| matches!(wanted, Wanted::Handle { person: whom } if *whom == person);
            if read(row)?.permission(today, excepted).is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Everything that happened to an item, in the order of the ledger.
    ///
    /// # Errors
    /// Where the database fails or an entry cannot be read.
    pub async fn timeline(&self, id: ItemId) -> Result<Vec<(Entry, Recorded)>, StoreError> {
        let stored = self.entries_about(&id.to_string()).await?;
        stored
            .into_iter()
            .map(|stored| {
                let recorded = recorded(&stored.entry)?;
                Ok((stored.entry, recorded))
            })
            .collect()
    }

    /// The ids of all items, for refolding them one by one.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn item_ids(&self) -> Result<BTreeSet<ItemId>, StoreError> {
        let ids: Vec<uuid::Uuid> = item::Entity::find()
            .select_only()
            .column(item::Column::Id)
            .into_tuple()
            .all(&self.reader)
            .await?;
        Ok(ids.into_iter().map(ItemId).collect())
    }

    /// Where the row of an item differs from what its events fold to: the names of the columns.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn item_row_differs(&self, folded: &Item) -> Result<Vec<String>, StoreError> {
        use sea_orm::{ActiveModelTrait, IntoActiveModel, Iterable};
        let Some(stored) = item::Entity::find_by_id(folded.id.0).one(&self.reader).await? else {
            return Ok(vec!["id".to_owned()]);
        };
        let stored = stored.into_active_model();
        let folded = row(folded)?;
        Ok(item::Column::iter()
            .filter(|column| stored.get(*column).into_value() != folded.get(*column).into_value())
            .map(|column| sea_orm::IdenStatic::as_str(&column).to_owned())
            .collect())
    }

    /// The open discrepancies in the table, as (item, finding).
    ///
    /// # Errors
    /// Where the database fails or a row cannot be read.
    pub async fn open_discrepancies(&self) -> Result<Vec<(ItemId, Finding)>, StoreError> {
        let rows = discrepancy::Entity::find()
            .filter(discrepancy::Column::SettledAt.is_null())
            .order_by_asc(discrepancy::Column::RaisedAt)
            .all(&self.reader)
            .await?;
        rows.into_iter()
            .map(|row| {
                let kind = hokan_domain::discrepancy::FindingKind::from_code(&row.kind)
                    .ok_or_else(|| StoreError::corrupt("discrepancy", "kind", row.event, &row.kind))?;
                Ok((ItemId(row.item), Finding { kind, event: EventId(row.event) }))
            })
            .collect()
    }
}
