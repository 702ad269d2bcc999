//! Who is who at the body's identity provider, and who was sent there and is not back yet.

use chrono::{DateTime, Utc};
use hokan_domain::ids::PersonId;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::{
    Store, StoreError, WriteTx,
    account_changes::AccountChange,
    entity::{person, provider_attempt, provider_link},
    ledger::time,
};

/// Somebody who was sent to the provider.
#[derive(Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The hash of the `state` that comes back.
    pub state_hash: Vec<u8>,
    /// The hash of the cookie that stays in the browser.
    pub browser_hash: Vec<u8>,
    /// What the ID token must repeat.
    pub nonce: String,
    /// The other half of the code challenge (RFC 7636).
    pub verifier: String,
    /// Where the person wanted to go.
    pub next: String,
    /// Until when he may come back.
    pub expires_at: DateTime<Utc>,
}

/// Leaves the secrets out.
impl std::fmt::Debug for Attempt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Attempt").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// Attempts that are kept at the same time. Whoever begins more makes room by the oldest.
const ATTEMPTS: u64 = 1_000;

impl WriteTx {
    /// Keeps an attempt, and forgets those whose time is over and the oldest of too many.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn keep_attempt(&mut self, attempt: Attempt) -> Result<(), StoreError> {
        let now = self.now().timestamp_millis();
        provider_attempt::Entity::delete_many()
            .filter(provider_attempt::Column::ExpiresAt.lte(now))
            .exec(self.write())
            .await?;
        let too_old = provider_attempt::Entity::find()
            .order_by_desc(provider_attempt::Column::ExpiresAt)
            .offset(ATTEMPTS - 1)
            .one(self.read())
            .await?;
        if let Some(too_old) = too_old {
            provider_attempt::Entity::delete_many()
                .filter(provider_attempt::Column::ExpiresAt.lte(too_old.expires_at))
                .exec(self.write())
                .await?;
        }
        let row = provider_attempt::ActiveModel {
            state_hash: Set(attempt.state_hash),
            browser_hash: Set(attempt.browser_hash),
            nonce: Set(attempt.nonce),
            verifier: Set(attempt.verifier),
            next: Set(attempt.next),
            expires_at: Set(attempt.expires_at.timestamp_millis()),
        };
        provider_attempt::Entity::insert(row).exec_without_returning(self.write()).await?;
        Ok(())
    }

    /// Uses up the attempt with this state; `None` where there is none in force from this browser.
    ///
    /// An attempt of another browser stays: whoever sends somebody a stolen link must not be able to end what
    /// he has under way.
    ///
    /// # Errors
    /// Where the database fails or the row cannot be read.
    pub async fn take_attempt(
        &mut self,
        state_hash: &[u8],
        browser_hash: &[u8],
    ) -> Result<Option<Attempt>, StoreError> {
        let found = provider_attempt::Entity::find_by_id(state_hash.to_vec())
            .filter(provider_attempt::Column::BrowserHash.eq(browser_hash.to_vec()))
            .one(self.read())
            .await?;
        let Some(row) = found else { return Ok(None) };
        provider_attempt::Entity::delete_by_id(state_hash.to_vec()).exec(self.write()).await?;
        let attempt = Attempt {
            expires_at: time("provider_attempt", "expires_at", "an attempt", row.expires_at)?,
            state_hash: row.state_hash,
            browser_hash: row.browser_hash,
            nonce: row.nonce,
            verifier: row.verifier,
            next: row.next,
        };
        let now = self.now();
        Ok(Some(attempt).filter(|attempt| now < attempt.expires_at))
    }

    /// Who this subject of an issuer is, where that was settled before.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn provider_link(&self, issuer: &str, subject: &str) -> Result<Option<PersonId>, StoreError> {
        let key = (issuer.to_owned(), subject.to_owned());
        let row = provider_link::Entity::find_by_id(key).one(self.read()).await?;
        Ok(row.map(|row| PersonId(row.person)))
    }

    /// Whether somebody at this issuer is this person already.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn is_provider_linked(&self, issuer: &str, person: PersonId) -> Result<bool, StoreError> {
        is_linked(self.read(), issuer, person).await
    }

    /// Settles who a subject of an issuer is.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn link_provider(
        &mut self,
        issuer: &str,
        subject: &str,
        person: PersonId,
    ) -> Result<(), StoreError> {
        let row = provider_link::ActiveModel {
            issuer: Set(issuer.to_owned()),
            subject: Set(subject.to_owned()),
            person: Set(person.0),
            linked_at: Set(self.now().timestamp_millis()),
        };
        provider_link::Entity::insert(row).exec_without_returning(self.write()).await?;
        self.account_changed(Some(person), AccountChange::ProviderLinked, person, issuer).await
    }

    /// Whoever bears this mail address, in the register's own spelling apart from case: none where nobody does
    /// or several do.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn person_with_email(&self, email: &str) -> Result<Option<PersonId>, StoreError> {
        let wanted = email.to_lowercase();
        let rows =
            person::Entity::find().filter(person::Column::Email.is_not_null()).all(self.read()).await?;
        let mut fitting =
            rows.iter().filter(|row| row.email.as_deref().is_some_and(|own| own.to_lowercase() == wanted));
        match (fitting.next(), fitting.next()) {
            (Some(row), None) => Ok(Some(PersonId(row.id))),
            _ => Ok(None),
        }
    }
}

async fn is_linked(
    connection: &impl ConnectionTrait,
    issuer: &str,
    person: PersonId,
) -> Result<bool, StoreError> {
    let row = provider_link::Entity::find()
        .filter(provider_link::Column::Issuer.eq(issuer))
        .filter(provider_link::Column::Person.eq(person.0))
        .one(connection)
        .await?;
    Ok(row.is_some())
}

impl Store {
    /// Whether somebody at this issuer is this person.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn is_provider_linked(&self, issuer: &str, person: PersonId) -> Result<bool, StoreError> {
        is_linked(&self.reader, issuer, person).await
    }

    /// Settles on the shell who a subject of an issuer is; whatever was settled of either before is forgotten.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn set_provider_link(
        &self,
        issuer: String,
        subject: String,
        person: PersonId,
    ) -> Result<(), StoreError> {
        self.write("provider.link", move |tx| {
            Box::pin(async move {
                let same_subject = Condition::all()
                    .add(provider_link::Column::Issuer.eq(issuer.as_str()))
                    .add(provider_link::Column::Subject.eq(subject.as_str()));
                let either =
                    Condition::any().add(provider_link::Column::Person.eq(person.0)).add(same_subject);
                provider_link::Entity::delete_many().filter(either).exec(tx.write()).await?;
                tx.link_provider(&issuer, &subject, person).await
            })
        })
        .await
    }

    /// Takes away all that ties a person to the identity provider. Returns how many ties there were.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn unlink_provider(&self, person: PersonId) -> Result<u64, StoreError> {
        self.write("provider.unlink", move |tx| {
            Box::pin(async move {
                let gone = provider_link::Entity::delete_many()
                    .filter(provider_link::Column::Person.eq(person.0))
                    .exec(tx.write())
                    .await?
                    .rows_affected;
                if gone > 0 {
                    tx.account_changed(None, AccountChange::ProviderUnlinked, person, "").await?;
                }
                Ok(gone)
            })
        })
        .await
    }
}
