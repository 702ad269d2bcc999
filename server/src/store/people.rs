//! People and their passwords. Kept beside the ledger, with an audit row for every change.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use hokan_domain::{
    ids::{DivisionId, PersonId},
    japan_date::jst_date,
    person::{Part, Person, RoleHeld},
    term::take_effect,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use super::{
    Store, StoreError, WriteTx,
    entity::{audit, credential, person, role_holding},
    ledger::time,
    roles::{self, Holding},
    subjects::{day_number, day_of},
};

/// A person as the register knows him.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// What the rules need.
    pub person: Person,
    /// The name to sign in with.
    pub login: String,
    /// The name that others see.
    pub name: String,
    /// Where mail reaches the person.
    pub email: Option<String>,
    /// The division that the person works in.
    pub division: Option<DivisionId>,
    /// The last day of the term of appointment, where there is one.
    pub term_end: Option<NaiveDate>,
    /// The last day before the person is gone, where that is known.
    pub left_on: Option<NaiveDate>,
    /// Whether signing in ends the session that was open (the ids that are lent out for viewing).
    pub one_live_session: bool,
}

/// A password as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    /// Its argon2id hash.
    pub hash: String,
    /// When it was set.
    pub changed_at: DateTime<Utc>,
    /// Whether somebody else chose it, so that it opens nothing but the form for changing it.
    pub must_change: bool,
    /// Until when it holds; without end where none is given.
    pub holds_until: Option<DateTime<Utc>>,
}

/// Never prints the hash.
impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credential").field("must_change", &self.must_change).finish_non_exhaustive()
    }
}

fn read(row: person::Model) -> Result<Account, StoreError> {
    let parts = row
        .parts
        .split(' ')
        .filter(|code| !code.is_empty())
        .map(|code| Part::from_code(code).ok_or_else(|| StoreError::corrupt("person", "parts", row.id, code)))
        .collect::<Result<BTreeSet<_>, _>>()?;
    Ok(Account {
        person: Person { id: PersonId(row.id), active: row.active, parts, roles: BTreeSet::new() },
        login: row.login,
        name: row.name,
        email: row.email,
        division: row.division.map(DivisionId),
        term_end: row.term_on.map(day_of),
        left_on: row.left_on.map(day_of),
        one_live_session: row.one_live_session,
    })
}

fn read_credential(row: credential::Model) -> Result<Credential, StoreError> {
    let at = |column, millis| time("credential", column, row.person, millis);
    Ok(Credential {
        changed_at: at("changed_at", row.changed_at)?,
        must_change: row.must_change,
        holds_until: row.holds_until.map(|millis| at("holds_until", millis)).transpose()?,
        hash: row.password_hash,
    })
}

pub(super) async fn load(
    connection: &impl ConnectionTrait,
    id: PersonId,
    today: NaiveDate,
) -> Result<Option<Account>, StoreError> {
    let Some(row) = person::Entity::find_by_id(id.0).one(connection).await? else { return Ok(None) };
    with_roles(connection, read(row)?, today).await.map(Some)
}

/// A person as he serves on a day on which he holds these roles.
pub(super) fn serving(
    row: person::Model,
    held: Vec<role_holding::Model>,
    today: NaiveDate,
) -> Result<Account, StoreError> {
    Ok(holding(read(row)?, held.into_iter().map(roles::read).collect(), today))
}

/// A person with the roles that he holds today.
async fn with_roles(
    connection: &impl ConnectionTrait,
    account: Account,
    today: NaiveDate,
) -> Result<Account, StoreError> {
    let held = roles::held_on(connection, Some(account.person.id), today).await?;
    Ok(holding(account, held, today))
}

fn holding(mut account: Account, held: Vec<Holding>, today: NaiveDate) -> Account {
    let (term_end, left_on) = (account.term_end, account.left_on);
    take_effect(&mut account.person, term_end, left_on, held.into_iter().map(|holding| holding.held), today);
    account
}

impl WriteTx {
    /// The person with this id.
    ///
    /// # Errors
    /// Where the database fails or the row cannot be read.
    pub async fn person(&mut self, id: PersonId) -> Result<Option<Account>, StoreError> {
        if let Some(known) = self.people.get(&id) {
            return Ok(Some(known.clone()));
        }
        let account = load(self.read(), id, jst_date(self.now())).await?;
        if let Some(account) = &account {
            self.people.insert(id, account.clone());
        }
        Ok(account)
    }

    /// Adds a person. The login must be free.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn add_person(&mut self, account: &Account) -> Result<(), StoreError> {
        let parts: Vec<_> = account.person.parts.iter().map(|part| part.code()).collect();
        let row = person::ActiveModel {
            id: Set(account.person.id.0),
            login: Set(account.login.clone()),
            name: Set(account.name.clone()),
            parts: Set(parts.join(" ")),
            active: Set(account.person.active),
            created_at: Set(self.now().timestamp_millis()),
            email: Set(account.email.clone()),
            division: Set(account.division.map(|id| id.0)),
            term_on: Set(account.term_end.map(day_number)),
            left_on: Set(account.left_on.map(day_number)),
            one_live_session: Set(account.one_live_session),
        };
        person::Entity::insert(row).exec_without_returning(self.write()).await?;
        Ok(())
    }

    /// Everybody, without the roles.
    ///
    /// # Errors
    /// Where the database fails or a row cannot be read.
    pub async fn everybody(&self) -> Result<Vec<Account>, StoreError> {
        let rows = person::Entity::find().all(self.read()).await?;
        rows.into_iter().map(read).collect()
    }

    /// The person who signs in with this name.
    ///
    /// # Errors
    /// Where the database fails or the row cannot be read.
    pub async fn person_with_login(&self, login: &str) -> Result<Option<Account>, StoreError> {
        let row = person::Entity::find().filter(person::Column::Login.eq(login)).one(self.read()).await?;
        row.map(read).transpose()
    }

    /// Lets a person act, or no more.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn set_active(&mut self, id: PersonId, active: bool) -> Result<(), StoreError> {
        person::Entity::update_many()
            .set(person::ActiveModel { active: Set(active), ..Default::default() })
            .filter(person::Column::Id.eq(id.0))
            .exec(self.write())
            .await?;
        self.people.remove(&id);
        Ok(())
    }

    /// Keeps a person's password from now on.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn set_credential(&mut self, id: PersonId, credential: &Credential) -> Result<(), StoreError> {
        let row = credential::ActiveModel {
            person: Set(id.0),
            password_hash: Set(credential.hash.clone()),
            changed_at: Set(credential.changed_at.timestamp_millis()),
            must_change: Set(credential.must_change),
            holds_until: Set(credential.holds_until.map(|at| at.timestamp_millis())),
        };
        let on_conflict = sea_orm::sea_query::OnConflict::column(credential::Column::Person)
            .update_columns([
                credential::Column::PasswordHash,
                credential::Column::ChangedAt,
                credential::Column::MustChange,
                credential::Column::HoldsUntil,
            ])
            .to_owned();
        credential::Entity::insert(row).on_conflict(on_conflict).exec_without_returning(self.write()).await?;
        Ok(())
    }

    /// A person's password as it is kept.
    ///
    /// # Errors
    /// Where the database fails or the row cannot be read.
    pub async fn credential_of(&self, id: PersonId) -> Result<Option<Credential>, StoreError> {
        credential::Entity::find_by_id(id.0).one(self.read()).await?.map(read_credential).transpose()
    }

    /// Records who changed what outside the ledger, or signed in, or tried to.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn audit(
        &mut self,
        actor: Option<PersonId>,
        act: &str,
        subject: impl ToString,
        detail: impl ToString,
    ) -> Result<(), StoreError> {
        let row = audit::ActiveModel {
            id: Set(self.entropy().id(self.now())),
            at: Set(self.now().timestamp_millis()),
            actor: Set(actor.map(|actor| actor.0)),
            act: Set(act.to_owned()),
            subject: Set(subject.to_string()),
            detail: Set(detail.to_string()),
        };
        audit::Entity::insert(row).exec_without_returning(self.write()).await?;
        Ok(())
    }
}

impl Store {
    /// The person with this id.
    ///
    /// # Errors
    /// Where the database fails or the row cannot be read.
    pub async fn person(&self, id: PersonId) -> Result<Option<Account>, StoreError> {
        load(&self.reader, id, jst_date(self.clock.now())).await
    }

    /// Everybody, by login.
    ///
    /// # Errors
    /// Where the database fails or a row cannot be read.
    pub async fn people(&self) -> Result<Vec<Account>, StoreError> {
        let rows = person::Entity::find().order_by_asc(person::Column::Login).all(&self.reader).await?;
        let mut accounts: Vec<Account> = rows.into_iter().map(read).collect::<Result<_, _>>()?;
        let today = jst_date(self.clock.now());
        let mut held: HashMap<PersonId, Vec<RoleHeld>> = HashMap::new();
        for holding in roles::held_on(&self.reader, None, today).await? {
            held.entry(holding.person).or_default().push(holding.held);
        }
        for account in &mut accounts {
            let held = held.remove(&account.person.id).unwrap_or_default();
            take_effect(&mut account.person, account.term_end, account.left_on, held, today);
        }
        Ok(accounts)
    }

    /// Whether anybody is in the register.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn has_people(&self) -> Result<bool, StoreError> {
        Ok(person::Entity::find().one(&self.reader).await?.is_some())
    }

    /// The names of these people.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn person_names(
        &self,
        ids: impl IntoIterator<Item = PersonId>,
    ) -> Result<HashMap<PersonId, String>, StoreError> {
        let rows = person::Entity::find()
            .filter(person::Column::Id.is_in(ids.into_iter().map(|id| id.0)))
            .all(&self.reader)
            .await?;
        Ok(rows.into_iter().map(|row| (PersonId(row.id), row.name)).collect())
    }

    /// A person and his password as it is kept, by login.
    ///
    /// # Errors
    /// Where the database fails or a row cannot be read.
    pub async fn credential(&self, login: &str) -> Result<Option<(Account, Option<Credential>)>, StoreError> {
        // Three questions whether there is such a person or not: the time of the answer must not tell.
        let row = person::Entity::find().filter(person::Column::Login.eq(login)).one(&self.reader).await?;
        let id = row.as_ref().map_or(uuid::Uuid::nil(), |row| row.id);
        let credential = credential::Entity::find_by_id(id).one(&self.reader).await?;
        let today = jst_date(self.clock.now());
        let held = roles::held_on(&self.reader, Some(PersonId(id)), today).await?;
        let Some(row) = row else { return Ok(None) };
        let mut account = read(row)?;
        let (term_end, left_on) = (account.term_end, account.left_on);
        let held = held.into_iter().map(|holding| holding.held);
        take_effect(&mut account.person, term_end, left_on, held, today);
        Ok(Some((account, credential.map(read_credential).transpose()?)))
    }
}
