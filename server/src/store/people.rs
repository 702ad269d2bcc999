//! People, their passwords and their sessions. Kept beside the ledger, with an audit row for every change.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use hokan_domain::{
    ids::{DivisionId, PersonId},
    japan_date::jst_date,
    person::{Part, Person},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
};

use super::{
    Store, StoreError, WriteTx,
    entity::{audit, credential, person, session},
    ledger::time,
    roles,
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
}

/// A live session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Whose.
    pub person: PersonId,
    /// When it was last used.
    pub seen_at: DateTime<Utc>,
    /// When it ends whatever happens.
    pub expires_at: DateTime<Utc>,
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
    })
}

async fn load(
    connection: &impl ConnectionTrait,
    id: PersonId,
    today: NaiveDate,
) -> Result<Option<Account>, StoreError> {
    let Some(row) = person::Entity::find_by_id(id.0).one(connection).await? else { return Ok(None) };
    with_roles(connection, read(row)?, today).await.map(Some)
}

/// A person with the roles that he holds today.
async fn with_roles(
    connection: &impl ConnectionTrait,
    mut account: Account,
    today: NaiveDate,
) -> Result<Account, StoreError> {
    let held = roles::held_on(connection, Some(account.person.id), today).await?;
    account.person.roles = held.into_iter().map(|holding| holding.held).collect();
    Ok(account)
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
        };
        person::Entity::insert(row).exec_without_returning(self.write()).await?;
        Ok(())
    }

    /// The person who signs in with this name.
    ///
    /// # Errors
    /// Where the database fails or the row cannot be read.
    pub async fn person_with_login(&self, login: &str) -> Result<Option<Account>, StoreError> {
        let row = person::Entity::find().filter(person::Column::Login.eq(login)).one(self.read()).await?;
        row.map(read).transpose()
    }

    /// Sets a person's password hash.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn set_password_hash(&mut self, id: PersonId, hash: String) -> Result<(), StoreError> {
        let row = credential::ActiveModel {
            person: Set(id.0),
            password_hash: Set(hash),
            changed_at: Set(self.now().timestamp_millis()),
        };
        let on_conflict = sea_orm::sea_query::OnConflict::column(credential::Column::Person)
            .update_columns([credential::Column::PasswordHash, credential::Column::ChangedAt])
            .to_owned();
        credential::Entity::insert(row).on_conflict(on_conflict).exec_without_returning(self.write()).await?;
        Ok(())
    }

    /// Opens a session under the hash of its token.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn open_session(
        &mut self,
        token_hash: Vec<u8>,
        person: PersonId,
        expires_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let now = self.now().timestamp_millis();
        let row = session::ActiveModel {
            token_hash: Set(token_hash),
            person: Set(person.0),
            created_at: Set(now),
            seen_at: Set(now),
            expires_at: Set(expires_at.timestamp_millis()),
        };
        session::Entity::insert(row).exec_without_returning(self.write()).await?;
        Ok(())
    }

    /// Notes that a session was used.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn touch_session(&mut self, token_hash: &[u8]) -> Result<(), StoreError> {
        let now = self.now().timestamp_millis();
        session::Entity::update_many()
            .set(session::ActiveModel { seen_at: Set(now), ..Default::default() })
            .filter(session::Column::TokenHash.eq(token_hash.to_vec()))
            .exec(self.write())
            .await?;
        Ok(())
    }

    /// Ends a session, and with it every one that has expired. Returns whose it was.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn end_session(&mut self, token_hash: &[u8]) -> Result<Option<PersonId>, StoreError> {
        let row = session::Entity::find_by_id(token_hash.to_vec()).one(self.read()).await?;
        let now = self.now().timestamp_millis();
        session::Entity::delete_many()
            .filter(
                Condition::any()
                    .add(session::Column::TokenHash.eq(token_hash.to_vec()))
                    .add(session::Column::ExpiresAt.lte(now)),
            )
            .exec(self.write())
            .await?;
        Ok(row.map(|row| PersonId(row.person)))
    }

    /// Ends all sessions of a person.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn end_sessions_of(&mut self, person: PersonId) -> Result<(), StoreError> {
        session::Entity::delete_many()
            .filter(session::Column::Person.eq(person.0))
            .exec(self.write())
            .await?;
        Ok(())
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
        for holding in roles::held_on(&self.reader, None, jst_date(self.clock.now())).await? {
            if let Some(account) = accounts.iter_mut().find(|account| account.person.id == holding.person) {
                account.person.roles.insert(holding.held);
            }
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

    /// A person and the hash of his password, by login.
    ///
    /// # Errors
    /// Where the database fails or a row cannot be read.
    pub async fn credential(&self, login: &str) -> Result<Option<(Account, Option<String>)>, StoreError> {
        let Some(row) =
            person::Entity::find().filter(person::Column::Login.eq(login)).one(&self.reader).await?
        else {
            return Ok(None);
        };
        let hash = credential::Entity::find_by_id(row.id).one(&self.reader).await?;
        let account = with_roles(&self.reader, read(row)?, jst_date(self.clock.now())).await?;
        Ok(Some((account, hash.map(|hash| hash.password_hash))))
    }

    /// The session with this token hash, expired or not, with its person.
    ///
    /// # Errors
    /// Where the database fails or a row cannot be read.
    pub async fn session(&self, token_hash: &[u8]) -> Result<Option<(Session, Account)>, StoreError> {
        let Some(row) = session::Entity::find_by_id(token_hash.to_vec()).one(&self.reader).await? else {
            return Ok(None);
        };
        let today = jst_date(self.clock.now());
        let Some(account) = load(&self.reader, PersonId(row.person), today).await? else { return Ok(None) };
        let session = Session {
            person: PersonId(row.person),
            seen_at: time("session", "seen_at", "a session", row.seen_at)?,
            expires_at: time("session", "expires_at", "a session", row.expires_at)?,
        };
        Ok(Some((session, account)))
    }
}
