//! What proves people beside their password, and the passwords that were used before.
//!
//! Only what must be known to check a proof is kept: hashes of codes, public keys, and the secret of an
//! authenticator app, without which no code can be computed.

use chrono::{DateTime, Utc};
use hokan_domain::ids::{PasskeyId, PersonId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};

use super::{
    Store, StoreError, WriteTx,
    entity::{passkey, password_history, recovery_code, setup_link, sign_in_step, totp},
    ledger::time,
};

/// An authenticator app of somebody.
#[derive(Clone, PartialEq, Eq)]
pub struct Totp {
    /// What app and server share.
    pub secret: Vec<u8>,
    /// The last time step whose code was taken: no earlier one and not the same again.
    pub last_step: i64,
}

/// Never prints the secret.
impl std::fmt::Debug for Totp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Totp").field("last_step", &self.last_step).finish_non_exhaustive()
    }
}

/// A passkey of somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// Its name in lists.
    pub id: PasskeyId,
    /// Whose.
    pub person: PersonId,
    /// What its person calls it.
    pub name: String,
    /// The public key and what the library keeps beside it, as JSON.
    pub data: String,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// When it was last used.
    pub used_at: Option<DateTime<Utc>>,
}

/// What a person can show beside a password.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Factors {
    /// Whether there is an authenticator app.
    pub totp: bool,
    /// How many recovery codes are left.
    pub recovery_codes: u64,
    /// The passkeys, the newest first.
    pub passkeys: Vec<Passkey>,
}

impl Factors {
    /// Whether there is anything to show.
    #[must_use]
    pub fn any(&self) -> bool {
        self.totp || !self.passkeys.is_empty()
    }
}

/// What waits between two requests of one person.
#[derive(Clone, PartialEq, Eq)]
pub struct Step {
    /// What it waits for: a word of whoever began it.
    pub purpose: String,
    /// Whose it is, where that is known.
    pub person: Option<PersonId>,
    /// What has to be kept.
    pub state: String,
    /// How often it was tried in vain.
    pub tries: i32,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

/// Never prints the state, which may hold a secret.
impl std::fmt::Debug for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Step").field("purpose", &self.purpose).finish_non_exhaustive()
    }
}

fn read_passkey(row: passkey::Model) -> Result<Passkey, StoreError> {
    let at = |column, millis| time("passkey", column, row.id, millis);
    Ok(Passkey {
        id: PasskeyId(row.id),
        person: PersonId(row.person),
        created_at: at("created_at", row.created_at)?,
        used_at: row.used_at.map(|millis| at("used_at", millis)).transpose()?,
        name: row.name,
        data: row.data,
    })
}

fn read_step(row: sign_in_step::Model) -> Result<Step, StoreError> {
    Ok(Step {
        expires_at: time("sign_in_step", "expires_at", "a step", row.expires_at)?,
        purpose: row.purpose,
        person: row.person.map(PersonId),
        state: row.state,
        tries: row.tries,
    })
}

impl WriteTx {
    /// A person's authenticator app.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn totp(&self, person: PersonId) -> Result<Option<Totp>, StoreError> {
        let row = totp::Entity::find_by_id(person.0).one(self.read()).await?;
        Ok(row.map(|row| Totp { secret: row.secret, last_step: row.last_step }))
    }

    /// Keeps a person's authenticator app, in the place of any other.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn set_totp(&mut self, person: PersonId, kept: &Totp) -> Result<(), StoreError> {
        let row = totp::ActiveModel {
            person: Set(person.0),
            secret: Set(kept.secret.clone()),
            created_at: Set(self.now().timestamp_millis()),
            last_step: Set(kept.last_step),
        };
        let on_conflict = sea_orm::sea_query::OnConflict::column(totp::Column::Person)
            .update_columns([totp::Column::Secret, totp::Column::CreatedAt, totp::Column::LastStep])
            .to_owned();
        totp::Entity::insert(row).on_conflict(on_conflict).exec_without_returning(self.write()).await?;
        Ok(())
    }

    /// Notes the time step whose code was taken.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn use_totp_step(&mut self, person: PersonId, step: i64) -> Result<(), StoreError> {
        totp::Entity::update_many()
            .set(totp::ActiveModel { last_step: Set(step), ..Default::default() })
            .filter(totp::Column::Person.eq(person.0))
            .exec(self.write())
            .await?;
        Ok(())
    }

    /// Forgets a person's authenticator app. Returns whether there was one.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn remove_totp(&mut self, person: PersonId) -> Result<bool, StoreError> {
        let removed = totp::Entity::delete_by_id(person.0).exec(self.write()).await?;
        Ok(removed.rows_affected > 0)
    }

    /// Keeps the hashes of a person's recovery codes, in the place of all others.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn set_recovery_codes(
        &mut self,
        person: PersonId,
        hashes: Vec<Vec<u8>>,
    ) -> Result<(), StoreError> {
        let of_person = recovery_code::Column::Person.eq(person.0);
        recovery_code::Entity::delete_many().filter(of_person).exec(self.write()).await?;
        let created_at = self.now().timestamp_millis();
        for hash in hashes {
            let row = recovery_code::ActiveModel {
                hash: Set(hash),
                person: Set(person.0),
                created_at: Set(created_at),
            };
            recovery_code::Entity::insert(row).exec_without_returning(self.write()).await?;
        }
        Ok(())
    }

    /// Uses a recovery code up. Returns whether it was one of this person.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn use_recovery_code(&mut self, person: PersonId, hash: &[u8]) -> Result<bool, StoreError> {
        let used = recovery_code::Entity::delete_many()
            .filter(recovery_code::Column::Person.eq(person.0))
            .filter(recovery_code::Column::Hash.eq(hash.to_vec()))
            .exec(self.write())
            .await?;
        Ok(used.rows_affected > 0)
    }

    /// Keeps a passkey.
    ///
    /// # Errors
    /// Where the database fails, also where the same passkey is somebody's already.
    pub async fn add_passkey(&mut self, kept: &Passkey, credential: Vec<u8>) -> Result<(), StoreError> {
        let row = passkey::ActiveModel {
            id: Set(kept.id.0),
            person: Set(kept.person.0),
            credential_id: Set(credential),
            name: Set(kept.name.clone()),
            data: Set(kept.data.clone()),
            created_at: Set(kept.created_at.timestamp_millis()),
            used_at: Set(kept.used_at.map(|at| at.timestamp_millis())),
        };
        passkey::Entity::insert(row).exec_without_returning(self.write()).await?;
        Ok(())
    }

    /// The passkey that a device calls so.
    ///
    /// # Errors
    /// Where the database fails or the row cannot be read.
    pub async fn passkey_with(&self, credential: &[u8]) -> Result<Option<Passkey>, StoreError> {
        let of_device = passkey::Column::CredentialId.eq(credential.to_vec());
        let row = passkey::Entity::find().filter(of_device).one(self.read()).await?;
        row.map(read_passkey).transpose()
    }

    /// Notes that a passkey was used, with what the library keeps of it from then on.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn use_passkey(&mut self, id: PasskeyId, data: &str) -> Result<(), StoreError> {
        let used_at = Some(self.now().timestamp_millis());
        passkey::Entity::update_many()
            .set(passkey::ActiveModel {
                data: Set(data.to_owned()),
                used_at: Set(used_at),
                ..Default::default()
            })
            .filter(passkey::Column::Id.eq(id.0))
            .exec(self.write())
            .await?;
        Ok(())
    }

    /// Forgets a passkey of a person. Returns whether there was one.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn remove_passkey(&mut self, person: PersonId, id: PasskeyId) -> Result<bool, StoreError> {
        let removed = passkey::Entity::delete_many()
            .filter(passkey::Column::Person.eq(person.0))
            .filter(passkey::Column::Id.eq(id.0))
            .exec(self.write())
            .await?;
        Ok(removed.rows_affected > 0)
    }

    /// Forgets everything that a person can show beside a password.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn remove_factors(&mut self, person: PersonId) -> Result<(), StoreError> {
        self.remove_totp(person).await?;
        self.set_recovery_codes(person, Vec::new()).await?;
        let of_person = passkey::Column::Person.eq(person.0);
        passkey::Entity::delete_many().filter(of_person).exec(self.write()).await?;
        Ok(())
    }

    /// What a person can show beside a password.
    ///
    /// # Errors
    /// Where the database fails or a row cannot be read.
    pub async fn factors(&self, person: PersonId) -> Result<Factors, StoreError> {
        factors(self.read(), person).await
    }

    /// Keeps what waits for a next request under the hash of what opens it, in the place of any that was kept
    /// under the same, and sweeps away those that have expired.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn keep_step(&mut self, token_hash: Vec<u8>, step: &Step) -> Result<(), StoreError> {
        let now = self.now().timestamp_millis();
        let over = sign_in_step::Column::ExpiresAt.lte(now);
        sign_in_step::Entity::delete_many().filter(over).exec(self.write()).await?;
        self.end_step(&token_hash).await?;
        let row = sign_in_step::ActiveModel {
            token_hash: Set(token_hash),
            purpose: Set(step.purpose.clone()),
            person: Set(step.person.map(|person| person.0)),
            state: Set(step.state.clone()),
            tries: Set(step.tries),
            expires_at: Set(step.expires_at.timestamp_millis()),
        };
        sign_in_step::Entity::insert(row).exec_without_returning(self.write()).await?;
        Ok(())
    }

    /// Ends the oldest of what waits for a purpose, until fewer than `most` are left.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn end_oldest_steps(&mut self, purpose: &str, most: u64) -> Result<(), StoreError> {
        let of_purpose = sign_in_step::Column::Purpose.eq(purpose);
        let waiting = sign_in_step::Entity::find().filter(of_purpose.clone()).count(self.read()).await?;
        if waiting < most {
            return Ok(());
        }
        let oldest = sign_in_step::Entity::find()
            .filter(of_purpose)
            .order_by_asc(sign_in_step::Column::ExpiresAt)
            .limit(waiting - most + 1)
            .all(self.read())
            .await?;
        for step in oldest {
            sign_in_step::Entity::delete_by_id(step.token_hash).exec(self.write()).await?;
        }
        Ok(())
    }

    /// What waits under this hash for this purpose, if it has not expired.
    ///
    /// # Errors
    /// Where the database fails or the row cannot be read.
    pub async fn step(&self, token_hash: &[u8], purpose: &str) -> Result<Option<Step>, StoreError> {
        let row = sign_in_step::Entity::find_by_id(token_hash.to_vec()).one(self.read()).await?;
        let step = row.map(read_step).transpose()?;
        Ok(step.filter(|step| step.purpose == purpose && self.now() < step.expires_at))
    }

    /// Counts an attempt that failed.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn count_try(&mut self, token_hash: &[u8], tries: i32) -> Result<(), StoreError> {
        sign_in_step::Entity::update_many()
            .set(sign_in_step::ActiveModel { tries: Set(tries), ..Default::default() })
            .filter(sign_in_step::Column::TokenHash.eq(token_hash.to_vec()))
            .exec(self.write())
            .await?;
        Ok(())
    }

    /// Ends what waits under this hash.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn end_step(&mut self, token_hash: &[u8]) -> Result<(), StoreError> {
        sign_in_step::Entity::delete_by_id(token_hash.to_vec()).exec(self.write()).await?;
        Ok(())
    }

    /// Remembers a password that is used no more, and no more of them than `most`.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn keep_old_password(
        &mut self,
        person: PersonId,
        hash: String,
        set_at: DateTime<Utc>,
        most: u64,
    ) -> Result<(), StoreError> {
        let row = password_history::ActiveModel {
            id: Set(self.entropy().id(self.now())),
            person: Set(person.0),
            password_hash: Set(hash),
            set_at: Set(set_at.timestamp_millis()),
        };
        password_history::Entity::insert(row).exec_without_returning(self.write()).await?;
        let kept = old(self.read(), person).await?;
        for row in kept.into_iter().skip(usize::try_from(most).unwrap_or(usize::MAX)) {
            password_history::Entity::delete_by_id(row.id).exec(self.write()).await?;
        }
        Ok(())
    }

    /// Keeps the link by which the first administrator is made, in the place of any other.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn set_setup_link(
        &mut self,
        token_hash: Vec<u8>,
        expires_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        setup_link::Entity::delete_many().exec(self.write()).await?;
        let row = setup_link::ActiveModel {
            token_hash: Set(token_hash),
            expires_at: Set(expires_at.timestamp_millis()),
        };
        setup_link::Entity::insert(row).exec_without_returning(self.write()).await?;
        Ok(())
    }

    /// Whether this is the link by which the first administrator is made.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn is_setup_link(&self, token_hash: &[u8]) -> Result<bool, StoreError> {
        let row = setup_link::Entity::find_by_id(token_hash.to_vec()).one(self.read()).await?;
        Ok(row.is_some_and(|row| self.now().timestamp_millis() < row.expires_at))
    }

    /// Ends the link by which the first administrator is made.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn end_setup_link(&mut self) -> Result<(), StoreError> {
        setup_link::Entity::delete_many().exec(self.write()).await?;
        Ok(())
    }
}

async fn old(
    connection: &impl sea_orm::ConnectionTrait,
    person: PersonId,
) -> Result<Vec<password_history::Model>, StoreError> {
    Ok(password_history::Entity::find()
        .filter(password_history::Column::Person.eq(person.0))
        .order_by_desc(password_history::Column::SetAt)
        .order_by_desc(password_history::Column::Id)
        .all(connection)
        .await?)
}

async fn factors(
    connection: &impl sea_orm::ConnectionTrait,
    person: PersonId,
) -> Result<Factors, StoreError> {
    let passkeys = passkey::Entity::find()
        .filter(passkey::Column::Person.eq(person.0))
        .order_by_desc(passkey::Column::CreatedAt)
        .order_by_desc(passkey::Column::Id)
        .all(connection)
        .await?;
    let codes = recovery_code::Entity::find().filter(recovery_code::Column::Person.eq(person.0));
    Ok(Factors {
        totp: totp::Entity::find_by_id(person.0).one(connection).await?.is_some(),
        recovery_codes: codes.count(connection).await?,
        passkeys: passkeys.into_iter().map(read_passkey).collect::<Result<_, _>>()?,
    })
}

impl Store {
    /// What a person can show beside a password.
    ///
    /// # Errors
    /// Where the database fails or a row cannot be read.
    pub async fn factors(&self, person: PersonId) -> Result<Factors, StoreError> {
        factors(&self.reader, person).await
    }

    /// The passkey that a device calls so.
    ///
    /// # Errors
    /// Where the database fails or the row cannot be read.
    pub async fn passkey_with(&self, credential: &[u8]) -> Result<Option<Passkey>, StoreError> {
        let of_device = passkey::Column::CredentialId.eq(credential.to_vec());
        let row = passkey::Entity::find().filter(of_device).one(&self.reader).await?;
        row.map(read_passkey).transpose()
    }

    /// A person's authenticator app.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn totp(&self, person: PersonId) -> Result<Option<Totp>, StoreError> {
        let row = totp::Entity::find_by_id(person.0).one(&self.reader).await?;
        Ok(row.map(|row| Totp { secret: row.secret, last_step: row.last_step }))
    }

    /// What waits under this hash for this purpose, if it has not expired.
    ///
    /// # Errors
    /// Where the database fails or the row cannot be read.
    pub async fn step(&self, token_hash: &[u8], purpose: &str) -> Result<Option<Step>, StoreError> {
        let row = sign_in_step::Entity::find_by_id(token_hash.to_vec()).one(&self.reader).await?;
        let step = row.map(read_step).transpose()?;
        Ok(step.filter(|step| step.purpose == purpose && self.clock.now() < step.expires_at))
    }

    /// The hashes of the passwords that a person used before, the newest first.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn old_passwords(&self, person: PersonId) -> Result<Vec<String>, StoreError> {
        let rows = old(&self.reader, person).await?;
        Ok(rows.into_iter().map(|row| row.password_hash).collect())
    }
}
