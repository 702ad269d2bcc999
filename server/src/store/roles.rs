//! Divisions, and who holds which role of the regulation from when to when.

use chrono::NaiveDate;
use hokan_domain::{
    authority::Effect,
    ids::{DivisionId, PersonId},
    person::RoleHeld,
    profile::{HANDLER, RoleId},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{ExprTrait, Query},
};
use uuid::Uuid;

use super::{
    Store, StoreError, WriteTx,
    entity::{division, item, person, role_holding},
    subjects::{day_number, day_of},
};

/// A division (課・局) of the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Division {
    /// Its id.
    pub id: DivisionId,
    /// What people call it.
    pub name: String,
}

/// That a person holds a role for a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// Who.
    pub person: PersonId,
    /// Which role, and for whom where he is a deputy.
    pub held: RoleHeld,
    /// The first day.
    pub from: NaiveDate,
    /// The last day; none where it has no end.
    pub to: Option<NaiveDate>,
}

pub(super) fn read(row: role_holding::Model) -> Holding {
    Holding {
        person: PersonId(row.person),
        held: RoleHeld {
            role: RoleId(row.role),
            division: row.division.map(DivisionId),
            deputy_for: row.deputy_for.map(PersonId),
        },
        from: day_of(row.from_on),
        to: row.to_on.map(day_of),
    }
}

fn effect(row: role_holding::Model) -> Effect {
    let subject = row.subject.unwrap_or(row.id);
    let Holding { person, held, from, to } = read(row);
    let RoleHeld { role, division, deputy_for } = held;
    Effect { subject, person, role, division, deputy_for, from, to }
}

/// That a holding is in force on a day.
pub(super) fn in_force_on(day: NaiveDate) -> Condition {
    let day = day_number(day);
    let until = role_holding::Column::ToOn;
    Condition::all()
        .add(role_holding::Column::FromOn.lte(day))
        .add(Condition::any().add(until.is_null()).add(until.gte(day)))
}

/// The roles that people hold on a day: all people's, or one person's.
pub(super) async fn held_on(
    connection: &impl ConnectionTrait,
    person: Option<PersonId>,
    day: NaiveDate,
) -> Result<Vec<Holding>, StoreError> {
    let mut query = role_holding::Entity::find().filter(in_force_on(day));
    if let Some(person) = person {
        query = query.filter(role_holding::Column::Person.eq(person.0));
    }
    let rows = query.order_by_asc(role_holding::Column::Id).all(connection).await?;
    Ok(rows.into_iter().map(read).collect())
}

impl WriteTx {
    /// Adds a division.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn add_division(&mut self, division: &Division) -> Result<(), StoreError> {
        let row = division::ActiveModel { id: Set(division.id.0), name: Set(division.name.clone()) };
        division::Entity::insert(row).exec_without_returning(self.write()).await?;
        Ok(())
    }

    /// The division with this name.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn division_named(&self, name: &str) -> Result<Option<DivisionId>, StoreError> {
        let row = division::Entity::find().filter(division::Column::Name.eq(name)).one(self.read()).await?;
        Ok(row.map(|row| DivisionId(row.id)))
    }

    /// Whether there is such a division.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn division_exists(&self, id: DivisionId) -> Result<bool, StoreError> {
        Ok(division::Entity::find_by_id(id.0).one(self.read()).await?.is_some())
    }

    /// Puts what follows from a person's recorded history in the place of what followed before: until when he
    /// serves, and the roles that he holds. Holdings from before there was such a history stay.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn set_authority(
        &mut self,
        person: PersonId,
        term_end: Option<NaiveDate>,
        left_on: Option<NaiveDate>,
        effects: &[Effect],
    ) -> Result<(), StoreError> {
        person::Entity::update_many()
            .set(person::ActiveModel {
                term_on: Set(term_end.map(day_number)),
                left_on: Set(left_on.map(day_number)),
                ..Default::default()
            })
            .filter(person::Column::Id.eq(person.0))
            .exec(self.write())
            .await?;
        role_holding::Entity::delete_many()
            .filter(role_holding::Column::Person.eq(person.0))
            .filter(role_holding::Column::Subject.is_not_null())
            .exec(self.write())
            .await?;
        let rows = effects.iter().enumerate().map(|(index, effect)| {
            // The first of a subject bears its id, so that holdings stand in the order in which they were given.
            let first = index == 0 || effects[index - 1].subject != effect.subject;
            let id = match first {
                true => effect.subject,
                false => {
                    Uuid::new_v5(&effect.subject, format!("{} {}", effect.role.0, effect.from).as_bytes())
                }
            };
            role_holding::ActiveModel {
                id: Set(id),
                person: Set(effect.person.0),
                role: Set(effect.role.0.clone()),
                division: Set(effect.division.map(|id| id.0)),
                deputy_for: Set(effect.deputy_for.map(|id| id.0)),
                from_on: Set(day_number(effect.from)),
                to_on: Set(effect.to.map(day_number)),
                subject: Set(Some(effect.subject)),
            }
        });
        let rows: Vec<_> = rows.collect();
        if !rows.is_empty() {
            role_holding::Entity::insert_many(rows).exec_without_returning(self.write()).await?;
        }
        self.people.remove(&person);
        Ok(())
    }

    /// What these people hold themselves, in nobody's place, whenever that is or was.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn own_holdings(&self, people: &[PersonId]) -> Result<Vec<Effect>, StoreError> {
        if people.is_empty() {
            return Ok(Vec::new());
        }
        let rows = role_holding::Entity::find()
            .filter(role_holding::Column::Person.is_in(people.iter().map(|id| id.0)))
            .filter(role_holding::Column::DeputyFor.is_null())
            .all(self.read())
            .await?;
        Ok(rows.into_iter().map(effect).collect())
    }

    /// Ends the holdings of a person that no recorded history stands behind: all, or those of a role. Returns how
    /// many ended.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn end_old_holdings(
        &mut self,
        person: PersonId,
        role: Option<&RoleId>,
        last: NaiveDate,
    ) -> Result<u64, StoreError> {
        let last = day_number(last);
        let mut which = Condition::all()
            .add(role_holding::Column::Person.eq(person.0))
            .add(role_holding::Column::Subject.is_null())
            .add(
                Condition::any()
                    .add(role_holding::Column::ToOn.is_null())
                    .add(role_holding::Column::ToOn.gt(last)),
            );
        if let Some(role) = role {
            which = which.add(role_holding::Column::Role.eq(role.0.as_str()));
        }
        let ended = role_holding::Entity::update_many()
            .set(role_holding::ActiveModel { to_on: Set(Some(last)), ..Default::default() })
            .filter(which)
            .exec(self.write())
            .await?;
        self.people.remove(&person);
        Ok(ended.rows_affected)
    }
}

impl Store {
    /// All divisions, by name.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn divisions(&self) -> Result<Vec<Division>, StoreError> {
        let rows = division::Entity::find().order_by_asc(division::Column::Name).all(&self.reader).await?;
        Ok(rows.into_iter().map(|row| Division { id: DivisionId(row.id), name: row.name }).collect())
    }

    /// Who holds which role on a day.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn roles_held(&self, day: NaiveDate) -> Result<Vec<Holding>, StoreError> {
        held_on(&self.reader, None, day).await
    }

    /// Who holds what, as the rows have it, for comparing: what follows from recorded history, what stands from
    /// before there was such, and for each person the last day of the term and the day of leaving.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn authority_rows(&self) -> Result<(Vec<Effect>, Vec<Effect>, Vec<LastDays>), StoreError> {
        let rows = role_holding::Entity::find().all(&self.reader).await?;
        let (rows, old): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.subject.is_some());
        let mut effects: Vec<Effect> = rows.into_iter().map(effect).collect();
        effects.sort();
        let old = old.into_iter().map(effect).collect();
        let people = person::Entity::find().all(&self.reader).await?;
        let ends = people
            .into_iter()
            .map(|row| LastDays {
                person: PersonId(row.id),
                term: row.term_on.map(day_of),
                left: row.left_on.map(day_of),
            })
            .collect();
        Ok((effects, old, ends))
    }
}

/// Until when somebody serves.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LastDays {
    /// Who.
    pub person: PersonId,
    /// The last day of the term.
    pub term: Option<NaiveDate>,
    /// The last day before he is gone.
    pub left: Option<NaiveDate>,
}

/// Items in the hands of somebody who is no handler any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stranded {
    /// Who has them.
    pub person: PersonId,
    /// The division that answers for them.
    pub division: Option<DivisionId>,
    /// How many.
    pub items: u64,
}

/// What people have in hand who are no handlers on this day and were not let handle it: to be handed over.
pub(super) async fn stranded(
    connection: &impl ConnectionTrait,
    today: NaiveDate,
) -> Result<Vec<Stranded>, StoreError> {
    let day = day_number(today);
    let handlers = Query::select()
        .column((role_holding::Entity, role_holding::Column::Person))
        .from(role_holding::Entity)
        .inner_join(
            person::Entity,
            sea_orm::sea_query::Expr::col((role_holding::Entity, role_holding::Column::Person))
                .equals((person::Entity, person::Column::Id)),
        )
        .cond_where(
            Condition::all()
                .add(role_holding::Column::Role.eq(HANDLER))
                .add(role_holding::Column::FromOn.lte(day))
                .add(
                    Condition::any()
                        .add(role_holding::Column::ToOn.is_null())
                        .add(role_holding::Column::ToOn.gte(day)),
                )
                .add(person::Column::Active.eq(true))
                .add(
                    Condition::any()
                        .add(person::Column::LeftOn.is_null())
                        .add(person::Column::LeftOn.gte(day)),
                ),
        )
        .to_owned();
    let permitted = Condition::any()
        .add(item::Column::PermittedUntil.is_null())
        .add(item::Column::PermittedUntil.lt(day));
    let rows: Vec<(Option<Uuid>, Option<Uuid>, i64)> = item::Entity::find()
        .select_only()
        .column(item::Column::Holder)
        .column(item::Column::Division)
        .column_as(item::Column::Id.count(), "items")
        .filter(item::Column::Holder.is_not_null())
        .filter(item::Column::Gone.eq(false))
        .filter(permitted)
        .filter(item::Column::Holder.not_in_subquery(handlers))
        .group_by(item::Column::Holder)
        .group_by(item::Column::Division)
        .order_by_asc(item::Column::Holder)
        .order_by_asc(item::Column::Division)
        .into_tuple()
        .all(connection)
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(holder, division, items)| {
            Some(Stranded {
                person: PersonId(holder?),
                division: division.map(DivisionId),
                items: items.unsigned_abs(),
            })
        })
        .collect())
}
