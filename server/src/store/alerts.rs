//! What waits for somebody, read with filters so that the register is never read whole; and what was told of
//! it, so that it is told once.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use hokan_domain::{
    authority::{designation::Designated, validation::Validation},
    carry_out::CarryOut,
    discrepancy::{Finding, FindingKind},
    entry_book::Permit,
    ids::{DivisionId, EventId, ItemId, PersonId},
    incident::Incident,
    item::{Item, ItemKind},
    japan_date::jst_day_start,
    person::RoleHeld,
    profile::RoleId,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::{
    Store, StoreError, WriteTx,
    entity::{alert, api_token, credential, discrepancy, item, role_holding, subject},
    items,
    ledger::time,
    roles::{Holding, Stranded, stranded},
    subjects::{Subjected, day_number, day_of},
    webhooks::{self, Webhook},
};

/// Ids that one statement names at the most.
const AT_ONCE: usize = 500;

// ---------------------------------------------------------------------------------------------- what waits

/// What to look for. What is not asked for is not read.
#[derive(Debug, Clone, Default)]
pub struct Look {
    /// Hand-overs that wait for an answer: this person's, or everybody's where no person is named.
    pub offers: Option<Option<PersonId>>,
    /// Items with a request that waits for approval.
    pub requests: bool,
    /// Destroyed items that no witness has vouched for.
    pub unwitnessed: bool,
    /// Destroyed items whose destruction nobody has confirmed.
    pub unconfirmed: bool,
    /// Open discrepancies; those that may settle themselves only where they were raised until this moment.
    pub discrepancies: Option<DateTime<Utc>>,
    /// Carry-outs that are not over: this person's, or everybody's where no person is named, with the items
    /// of those that wait for approval or are overdue.
    pub carry_outs: bool,
    /// Incidents that are not closed.
    pub incidents: bool,
    /// Role holdings, permissions and permits that end until this day.
    pub terms: Option<NaiveDate>,
    /// Items of these kinds that nobody has looked at for faults since this moment.
    pub unchecked: Option<(BTreeSet<ItemKind>, DateTime<Utc>)>,
    /// How old a password may become, where the regulation says.
    pub oldest_password: Option<TimeDelta>,
    /// Endpoints that are disabled.
    pub disabled: bool,
    /// Designations about which somebody owes something, and those in force where `counted` says so.
    pub designations: bool,
    /// Whether designations in force are wanted, too: where the regulation wants a number of them.
    pub counted: bool,
    /// What people hold who are no handlers any more.
    pub stranded: bool,
    /// Validations of the permission ledger.
    pub validations: bool,
}

/// A discrepancy that is open.
#[derive(Debug, Clone)]
pub struct OpenFinding {
    /// What and by which event.
    pub finding: Finding,
    /// The item.
    pub item: ItemId,
    /// When it was raised.
    pub raised_at: DateTime<Utc>,
}

/// Items of one division that are due for the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unchecked {
    /// The division.
    pub division: Option<DivisionId>,
    /// How many.
    pub items: u64,
    /// Since when the oldest of them was not looked at.
    pub oldest: DateTime<Utc>,
}

/// What was found.
#[derive(Debug, Clone, Default)]
pub struct Matters {
    /// Items that are offered to somebody.
    pub offers: Vec<Item>,
    /// Items with a request that waits for approval.
    pub requests: Vec<Item>,
    /// Destroyed items without a witness.
    pub unwitnessed: Vec<Item>,
    /// Destroyed items without a confirmation.
    pub unconfirmed: Vec<Item>,
    /// Open discrepancies.
    pub discrepancies: Vec<OpenFinding>,
    /// Carry-outs that are not over.
    pub carry_outs: Vec<CarryOut>,
    /// Incidents that are not closed.
    pub incidents: Vec<Incident>,
    /// Role holdings that end soon and that nothing follows.
    pub holdings: Vec<Holding>,
    /// Items with a permission that has a last day.
    pub permitted: Vec<Item>,
    /// Permits to enter that end soon.
    pub permits: Vec<Permit>,
    /// Passwords that must be changed soon: whose, and when they were chosen.
    pub passwords: Vec<(PersonId, DateTime<Utc>)>,
    /// Machines' tokens that end soon: whoever answers for it, its name, and when.
    pub tokens: Vec<(PersonId, String, DateTime<Utc>)>,
    /// Items due for a look for faults.
    pub unchecked: Vec<Unchecked>,
    /// Endpoints that are disabled.
    pub disabled: Vec<Webhook>,
    /// Designations, in the order in which they were begun.
    pub designations: Vec<Designated>,
    /// What people hold who are no handlers any more.
    pub stranded: Vec<Stranded>,
    /// Validations of the permission ledger.
    pub validations: Vec<Validation>,
    /// The items of discrepancies and carry-outs.
    pub items: HashMap<ItemId, Item>,
}

/// The passwords that will be older than this by the end of that day and are not yet.
async fn passwords(
    connection: &impl ConnectionTrait,
    oldest: TimeDelta,
    until: NaiveDate,
    now: DateTime<Utc>,
) -> Result<Vec<(PersonId, DateTime<Utc>)>, StoreError> {
    let ends = |at: DateTime<Utc>| (at - oldest).timestamp_millis();
    let rows = credential::Entity::find()
        .filter(credential::Column::MustChange.eq(false))
        .filter(credential::Column::ChangedAt.gt(ends(now)))
        .filter(credential::Column::ChangedAt.lte(ends(jst_day_start(until))))
        .order_by_asc(credential::Column::ChangedAt)
        .all(connection)
        .await?;
    rows.into_iter()
        .map(|row| Ok((PersonId(row.person), time("credential", "changed_at", row.person, row.changed_at)?)))
        .collect()
}

/// The tokens of machines that end between now and then.
async fn tokens(
    connection: &impl ConnectionTrait,
    until: NaiveDate,
    now: DateTime<Utc>,
) -> Result<Vec<(PersonId, String, DateTime<Utc>)>, StoreError> {
    let rows = api_token::Entity::find()
        .filter(api_token::Column::RevokedAt.is_null())
        .filter(api_token::Column::ExpiresAt.gt(now.timestamp_millis()))
        .filter(api_token::Column::ExpiresAt.lte(jst_day_start(until).timestamp_millis()))
        .order_by_asc(api_token::Column::ExpiresAt)
        .all(connection)
        .await?;
    rows.into_iter()
        .map(|row| {
            let ends = time("api_token", "expires_at", row.id, row.expires_at)?;
            Ok((PersonId(row.owner), row.name, ends))
        })
        .collect()
}

async fn items_where(connection: &impl ConnectionTrait, which: Condition) -> Result<Vec<Item>, StoreError> {
    let rows = item::Entity::find().filter(which).order_by_asc(item::Column::Id).all(connection).await?;
    rows.into_iter().map(items::read).collect()
}

async fn subjects_where<T: Subjected>(
    connection: &impl ConnectionTrait,
    which: Condition,
) -> Result<Vec<T>, StoreError> {
    let rows = subject::Entity::find()
        .filter(subject::Column::Kind.eq(T::KIND))
        .filter(which)
        .order_by_asc(subject::Column::Id)
        .all(connection)
        .await?;
    rows.into_iter()
        .map(|row| {
            serde_json::from_str(&row.state)
                .map_err(|error| StoreError::corrupt("subject", "state", row.id, error))
        })
        .collect()
}

/// The items that somebody is offered and has not answered.
async fn offers(
    connection: &impl ConnectionTrait,
    to: Option<PersonId>,
    now: DateTime<Utc>,
) -> Result<Vec<Item>, StoreError> {
    let mut which = Condition::all()
        .add(item::Column::OfferFrom.is_not_null())
        .add(item::Column::OfferExpiresAt.gt(now.timestamp_millis()));
    if let Some(person) = to {
        let open =
            Condition::any().add(item::Column::OfferTo.eq(person.0)).add(item::Column::OfferTo.is_null());
        which = which.add(item::Column::OfferFrom.ne(person.0)).add(open);
    }
    items_where(connection, which).await
}

async fn discrepancies(
    connection: &impl ConnectionTrait,
    settling_raised_until: DateTime<Utc>,
) -> Result<Vec<OpenFinding>, StoreError> {
    let settling =
        FindingKind::ALL.into_iter().filter(|kind| kind.may_settle_itself()).map(FindingKind::code);
    let due = Condition::any()
        .add(discrepancy::Column::Kind.is_not_in(settling))
        .add(discrepancy::Column::RaisedAt.lte(settling_raised_until.timestamp_millis()));
    let rows = discrepancy::Entity::find()
        .filter(discrepancy::Column::SettledAt.is_null())
        .filter(due)
        .order_by_asc(discrepancy::Column::RaisedAt)
        .order_by_asc(discrepancy::Column::Event)
        .all(connection)
        .await?;
    rows.into_iter()
        .map(|row| {
            let kind = FindingKind::from_code(&row.kind)
                .ok_or_else(|| StoreError::corrupt("discrepancy", "kind", row.event, &row.kind))?;
            Ok(OpenFinding {
                finding: Finding { kind, event: EventId(row.event) },
                item: ItemId(row.item),
                raised_at: time("discrepancy", "raised_at", row.event, row.raised_at)?,
            })
        })
        .collect()
}

/// The role holdings that end from today until this day and that no other of the same person follows.
async fn holdings(
    connection: &impl ConnectionTrait,
    today: NaiveDate,
    until: NaiveDate,
) -> Result<Vec<Holding>, StoreError> {
    let live = Condition::any()
        .add(role_holding::Column::ToOn.is_null())
        .add(role_holding::Column::ToOn.gte(day_number(today)));
    let rows = role_holding::Entity::find()
        .filter(live)
        .order_by_asc(role_holding::Column::Id)
        .all(connection)
        .await?;
    let follows = |ends: &role_holding::Model, last: i32| {
        rows.iter().any(|other| {
            (other.person, &other.role, other.division, other.deputy_for)
                == (ends.person, &ends.role, ends.division, ends.deputy_for)
                && other.from_on <= last.saturating_add(1)
                && other.to_on.is_none_or(|to| to > last)
        })
    };
    let ending = rows.iter().filter_map(|row| {
        let last = row.to_on.filter(|last| *last <= day_number(until))?;
        let begun = row.from_on <= day_number(today);
        (begun && !follows(row, last)).then(|| Holding {
            person: PersonId(row.person),
            held: RoleHeld {
                role: RoleId(row.role.clone()),
                division: row.division.map(DivisionId),
                deputy_for: row.deputy_for.map(PersonId),
            },
            from: day_of(row.from_on),
            to: Some(day_of(last)),
        })
    });
    Ok(ending.collect())
}

async fn unchecked(
    connection: &impl ConnectionTrait,
    kinds: &BTreeSet<ItemKind>,
    since: DateTime<Utc>,
) -> Result<Vec<Unchecked>, StoreError> {
    let rows: Vec<(Option<uuid::Uuid>, i64, i64)> = item::Entity::find()
        .select_only()
        .column(item::Column::Division)
        .column_as(item::Column::Id.count(), "items")
        .column_as(item::Column::CheckedAt.min(), "oldest")
        .filter(item::Column::CheckedAt.lt(since.timestamp_millis()))
        .filter(item::Column::Gone.eq(false))
        .filter(item::Column::Kind.is_in(kinds.iter().map(|kind| kind.code())))
        .group_by(item::Column::Division)
        .order_by_asc(item::Column::Division)
        .into_tuple()
        .all(connection)
        .await?;
    rows.into_iter()
        .map(|(division, items, oldest)| {
            Ok(Unchecked {
                division: division.map(DivisionId),
                items: items.unsigned_abs(),
                oldest: time("item", "checked_at", "the oldest", oldest)?,
            })
        })
        .collect()
}

async fn look(
    connection: &impl ConnectionTrait,
    look: &Look,
    today: NaiveDate,
    now: DateTime<Utc>,
) -> Result<Matters, StoreError> {
    let mut found = Matters::default();
    if let Some(to) = look.offers {
        found.offers = offers(connection, to, now).await?;
    }
    if look.requests {
        let which = Condition::all().add(item::Column::OpenRequests.gt(0));
        found.requests = items_where(connection, which).await?;
    }
    if look.unwitnessed {
        let which = Condition::all().add(item::Column::Unwitnessed.eq(true));
        found.unwitnessed = items_where(connection, which).await?;
    }
    if look.unconfirmed {
        let which =
            Condition::all().add(item::Column::Unconfirmed.eq(true)).add(item::Column::Unwitnessed.eq(false));
        found.unconfirmed = items_where(connection, which).await?;
    }
    if let Some(until) = look.discrepancies {
        found.discrepancies = discrepancies(connection, until).await?;
    }
    if look.carry_outs {
        let open = Condition::all().add(subject::Column::Phase.is_in([
            "requested",
            "granted",
            "departed",
            "arrived",
        ]));
        found.carry_outs = subjects_where(connection, open).await?;
    }
    if look.incidents {
        let open = Condition::all().add(subject::Column::Phase.eq("open"));
        found.incidents = subjects_where(connection, open).await?;
    }
    if let Some(until) = look.terms {
        found.holdings = holdings(connection, today, until).await?;
        let which = Condition::all().add(item::Column::PermittedUntil.gte(day_number(today)));
        found.permitted = items_where(connection, which).await?;
        let which = Condition::all()
            .add(subject::Column::Phase.eq("issued"))
            .add(subject::Column::DueOn.between(day_number(today), day_number(until)));
        found.permits = subjects_where(connection, which).await?;
        found.tokens = tokens(connection, until, now).await?;
        if let Some(oldest) = look.oldest_password {
            found.passwords = passwords(connection, oldest, until, now).await?;
        }
    }
    if let Some((kinds, since)) = &look.unchecked {
        found.unchecked = unchecked(connection, kinds, *since).await?;
    }
    if look.designations || look.counted {
        let mut phases = vec!["untold"];
        phases.extend(look.designations.then_some(["nominated", "unregistered"]).into_iter().flatten());
        phases.extend(look.counted.then_some("in-force"));
        found.designations =
            subjects_where(connection, Condition::all().add(subject::Column::Phase.is_in(phases))).await?;
    }
    if look.stranded {
        found.stranded = stranded(connection, today).await?;
    }
    if look.validations {
        found.validations = subjects_where(connection, Condition::all()).await?;
    }
    if look.disabled {
        found.disabled = webhooks::disabled(connection).await?;
    }
    let planned = found
        .carry_outs
        .iter()
        .filter(|carry_out| carry_out.state.is_before_departure() || carry_out.overdue(today).is_some())
        .flat_map(|carry_out| carry_out.plan.items.iter().copied());
    let wanted: BTreeSet<ItemId> = found.discrepancies.iter().map(|open| open.item).chain(planned).collect();
    let wanted: Vec<ItemId> = wanted.into_iter().collect();
    for ids in wanted.chunks(AT_ONCE) {
        let which = Condition::all().add(item::Column::Id.is_in(ids.iter().map(|id| id.0)));
        for item in items_where(connection, which).await? {
            found.items.insert(item.id, item);
        }
    }
    Ok(found)
}

impl Store {
    /// What waits, as it was committed last.
    ///
    /// # Errors
    /// Where the database fails or a row cannot be read.
    pub async fn look(&self, what: &Look, today: NaiveDate) -> Result<Matters, StoreError> {
        look(&self.reader, what, today, self.clock.now()).await
    }
}

// ------------------------------------------------------------------------------------------- what was told

/// That something was told: a kind of thing, what it is about, and how far that had come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// What makes it this alert and no other.
    pub key: String,
    /// The kind of thing.
    pub kind: String,
    /// What it is about.
    pub subject: String,
}

impl WriteTx {
    /// What waits, as this transaction sees it.
    ///
    /// # Errors
    /// Where the database fails or a row cannot be read.
    pub async fn look(&self, what: &Look, today: NaiveDate) -> Result<Matters, StoreError> {
        look(self.read(), what, today, self.now()).await
    }

    /// The alerts that have not ended, by key.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn open_alerts(&self) -> Result<BTreeMap<String, Alert>, StoreError> {
        let rows = alert::Entity::find()
            .filter(alert::Column::EndedAt.is_null())
            .order_by_asc(alert::Column::Key)
            .all(self.read())
            .await?;
        let alert = |row: alert::Model| Alert { key: row.key, kind: row.kind, subject: row.subject };
        Ok(rows.into_iter().map(|row| (row.key.clone(), alert(row))).collect())
    }

    /// Raises an alert. Returns whether it is to be told: not where it ended less than `quiet` ago.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn raise_alert(&mut self, alert: &Alert, quiet: TimeDelta) -> Result<bool, StoreError> {
        let now = self.now();
        let known =
            alert::Entity::find().filter(alert::Column::Key.eq(alert.key.as_str())).one(self.read()).await?;
        let Some(known) = known else {
            let row = alert::ActiveModel {
                id: Set(self.entropy().id(now)),
                key: Set(alert.key.clone()),
                kind: Set(alert.kind.clone()),
                subject: Set(alert.subject.clone()),
                raised_at: Set(now.timestamp_millis()),
                ended_at: Set(None),
            };
            alert::Entity::insert(row).exec_without_returning(self.write()).await?;
            return Ok(true);
        };
        let row = alert::ActiveModel {
            raised_at: Set(now.timestamp_millis()),
            ended_at: Set(None),
            ..Default::default()
        };
        alert::Entity::update_many()
            .set(row)
            .filter(alert::Column::Id.eq(known.id))
            .exec(self.write())
            .await?;
        Ok(known.ended_at.is_some_and(|ended| ended <= (now - quiet).timestamp_millis()))
    }

    /// Ends alerts: what they told of waits no more.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn end_alerts(&mut self, keys: &[String]) -> Result<(), StoreError> {
        let now = self.now().timestamp_millis();
        for keys in keys.chunks(AT_ONCE) {
            alert::Entity::update_many()
                .set(alert::ActiveModel { ended_at: Set(Some(now)), ..Default::default() })
                .filter(alert::Column::Key.is_in(keys.iter().map(String::as_str)))
                .exec(self.write())
                .await?;
        }
        Ok(())
    }

    /// Forgets the alerts that ended before this moment.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn forget_alerts(&mut self, before: DateTime<Utc>) -> Result<u64, StoreError> {
        let gone = alert::Entity::delete_many()
            .filter(alert::Column::EndedAt.lt(before.timestamp_millis()))
            .exec(self.write())
            .await?;
        Ok(gone.rows_affected)
    }
}
