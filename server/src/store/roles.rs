//! Divisions, and who holds which role of the regulation from when to when.

use chrono::NaiveDate;
use hokan_domain::{
    ids::{DivisionId, PersonId},
    person::RoleHeld,
    profile::RoleId,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
};

use super::{
    Store, StoreError, WriteTx,
    entity::{division, role_holding},
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

fn read(row: role_holding::Model) -> Holding {
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

/// The roles that people hold on a day: all people's, or one person's.
pub(super) async fn held_on(
    connection: &impl ConnectionTrait,
    person: Option<PersonId>,
    day: NaiveDate,
) -> Result<Vec<Holding>, StoreError> {
    let day = day_number(day);
    let mut query = role_holding::Entity::find().filter(role_holding::Column::FromOn.lte(day)).filter(
        Condition::any().add(role_holding::Column::ToOn.is_null()).add(role_holding::Column::ToOn.gte(day)),
    );
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

    /// Gives a role to a person.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn grant_role(&mut self, holding: &Holding) -> Result<(), StoreError> {
        let row = role_holding::ActiveModel {
            id: Set(self.entropy().id(self.now())),
            person: Set(holding.person.0),
            role: Set(holding.held.role.0.clone()),
            division: Set(holding.held.division.map(|id| id.0)),
            deputy_for: Set(holding.held.deputy_for.map(|id| id.0)),
            from_on: Set(day_number(holding.from)),
            to_on: Set(holding.to.map(day_number)),
        };
        role_holding::Entity::insert(row).exec_without_returning(self.write()).await?;
        self.people.remove(&holding.person);
        Ok(())
    }

    /// Ends a role of a person after this day, wherever it had no earlier end. Returns how many ended.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn end_role(
        &mut self,
        person: PersonId,
        role: &RoleId,
        last: NaiveDate,
    ) -> Result<u64, StoreError> {
        let last = day_number(last);
        let ended = role_holding::Entity::update_many()
            .set(role_holding::ActiveModel { to_on: Set(Some(last)), ..Default::default() })
            .filter(role_holding::Column::Person.eq(person.0))
            .filter(role_holding::Column::Role.eq(role.0.as_str()))
            .filter(
                Condition::any()
                    .add(role_holding::Column::ToOn.is_null())
                    .add(role_holding::Column::ToOn.gt(last)),
            )
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
}
