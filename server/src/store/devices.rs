//! Phones: offers to pair one, and those that are paired. Every change writes an audit row.

use chrono::{DateTime, Utc};
use hokan_domain::ids::{DeviceId, PersonId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, sea_query::Expr,
};

use super::{
    Store, StoreError, WriteTx,
    account_changes::AccountChange,
    entity::{device, pairing},
    ledger::time,
};

/// A phone that a person confirmed as his own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// The phone; its observations bear this id.
    pub id: DeviceId,
    /// Whose it is.
    pub person: PersonId,
    /// What the person calls it.
    pub name: String,
    /// What its browser or app said of itself, shortened.
    pub agent: String,
    /// When it was paired.
    pub paired_at: DateTime<Utc>,
    /// When it last opened a session or delivered something.
    pub last_seen_at: Option<DateTime<Utc>>,
    /// When it was revoked; none while it is in use.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// An offer to pair a phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pairing {
    /// Whose phone it will be.
    pub person: PersonId,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

fn read(row: device::Model) -> Result<Device, StoreError> {
    let id = row.id;
    let at = |column, millis| time("device", column, id, millis);
    Ok(Device {
        id: DeviceId(id),
        person: PersonId(row.person),
        name: row.name,
        agent: row.agent,
        paired_at: at("paired_at", row.paired_at)?,
        last_seen_at: row.last_seen_at.map(|millis| at("last_seen_at", millis)).transpose()?,
        revoked_at: row.revoked_at.map(|millis| at("revoked_at", millis)).transpose()?,
    })
}

async fn load(connection: &impl ConnectionTrait, id: DeviceId) -> Result<Option<Device>, StoreError> {
    device::Entity::find_by_id(id.0).one(connection).await?.map(read).transpose()
}

async fn offered(
    connection: &impl ConnectionTrait,
    token_hash: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<Pairing>, StoreError> {
    let Some(row) = pairing::Entity::find_by_id(token_hash.to_vec()).one(connection).await? else {
        return Ok(None);
    };
    let expires_at = time("pairing", "expires_at", "a pairing", row.expires_at)?;
    Ok(Some(Pairing { person: PersonId(row.person), expires_at }).filter(|pairing| now < pairing.expires_at))
}

impl WriteTx {
    /// Offers to pair a phone under the hash of a token, and forgets offers whose time is over. A person has one
    /// offer at a time: the new one takes the place of the old one, and the trail tells of the first.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn offer_pairing(
        &mut self,
        token_hash: Vec<u8>,
        person: PersonId,
        expires_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let now = self.now().timestamp_millis();
        pairing::Entity::delete_many().filter(pairing::Column::ExpiresAt.lte(now)).exec(self.write()).await?;
        let row = pairing::ActiveModel {
            token_hash: Set(token_hash),
            person: Set(person.0),
            expires_at: Set(expires_at.timestamp_millis()),
        };
        let replaced = pairing::Entity::delete_many()
            .filter(pairing::Column::Person.eq(person.0))
            .exec(self.write())
            .await?
            .rows_affected;
        pairing::Entity::insert(row).exec_without_returning(self.write()).await?;
        if replaced > 0 {
            return Ok(());
        }
        self.audit(Some(person), "phone-offered", person, "").await
    }

    /// The offer to pair a phone under this hash, if it is in force.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn pairing(&self, token_hash: &[u8]) -> Result<Option<Pairing>, StoreError> {
        offered(self.read(), token_hash, self.now()).await
    }

    /// Uses up an offer to pair a phone.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn end_pairing(&mut self, token_hash: &[u8]) -> Result<(), StoreError> {
        pairing::Entity::delete_by_id(token_hash.to_vec()).exec(self.write()).await?;
        Ok(())
    }

    /// Adds a phone with the hash of the secret with which it delivers observations.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn add_device(&mut self, device: &Device, delivery_hash: Vec<u8>) -> Result<(), StoreError> {
        let millis = |at: DateTime<Utc>| at.timestamp_millis();
        let row = device::ActiveModel {
            id: Set(device.id.0),
            person: Set(device.person.0),
            name: Set(device.name.clone()),
            agent: Set(device.agent.clone()),
            delivery_hash: Set(delivery_hash),
            paired_at: Set(millis(device.paired_at)),
            last_seen_at: Set(device.last_seen_at.map(millis)),
            revoked_at: Set(device.revoked_at.map(millis)),
        };
        device::Entity::insert(row).exec_without_returning(self.write()).await?;
        let change = AccountChange::PhonePaired;
        self.audit(Some(device.person), change.act(), device.id, "").await?;
        self.tell_of_account(device.person, change).await
    }

    /// A phone, revoked or not.
    ///
    /// # Errors
    /// Where the database fails or the row cannot be read.
    pub async fn device(&self, id: DeviceId) -> Result<Option<Device>, StoreError> {
        load(self.read(), id).await
    }

    /// Gives a phone another name.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn rename_device(&mut self, id: DeviceId, name: &str, by: PersonId) -> Result<(), StoreError> {
        device::Entity::update_many()
            .col_expr(device::Column::Name, Expr::value(name))
            .filter(device::Column::Id.eq(id.0))
            .exec(self.write())
            .await?;
        self.audit(Some(by), "phone-renamed", id, "").await
    }

    /// Revokes a phone. `false` where it was revoked before. Its sessions are the caller's to end.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn revoke_device(&mut self, id: DeviceId, by: PersonId) -> Result<bool, StoreError> {
        let now = self.now().timestamp_millis();
        let revoked = device::Entity::update_many()
            .col_expr(device::Column::RevokedAt, Expr::value(now))
            .filter(device::Column::Id.eq(id.0))
            .filter(device::Column::RevokedAt.is_null())
            .exec(self.write())
            .await?
            .rows_affected
            > 0;
        if revoked {
            self.audit(Some(by), "phone-revoked", id, "").await?;
        }
        Ok(revoked)
    }

    /// Notes that a phone was heard of.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn touch_device(&mut self, id: DeviceId) -> Result<(), StoreError> {
        let now = self.now().timestamp_millis();
        device::Entity::update_many()
            .col_expr(device::Column::LastSeenAt, Expr::value(now))
            .filter(device::Column::Id.eq(id.0))
            .exec(self.write())
            .await?;
        Ok(())
    }
}

impl Store {
    /// The offer to pair a phone under the hash of this token, if it is in force.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn pairing(&self, token_hash: &[u8]) -> Result<Option<Pairing>, StoreError> {
        offered(&self.reader, token_hash, self.clock.now()).await
    }

    /// A phone, revoked or not.
    ///
    /// # Errors
    /// Where the database fails or the row cannot be read.
    pub async fn device(&self, id: DeviceId) -> Result<Option<Device>, StoreError> {
        load(&self.reader, id).await
    }

    /// The phone that delivers with the secret of this hash, revoked or not.
    ///
    /// # Errors
    /// Where the database fails or the row cannot be read.
    pub async fn device_delivering(&self, delivery_hash: &[u8]) -> Result<Option<Device>, StoreError> {
        let row = device::Entity::find()
            .filter(device::Column::DeliveryHash.eq(delivery_hash.to_vec()))
            .one(&self.reader)
            .await?;
        row.map(read).transpose()
    }

    /// The phones of one person, or of everybody; the latest paired first, and those in use before those that
    /// are revoked.
    ///
    /// # Errors
    /// Where the database fails or a row cannot be read.
    pub async fn devices(&self, person: Option<PersonId>) -> Result<Vec<Device>, StoreError> {
        let mut query = device::Entity::find().order_by_desc(device::Column::PairedAt);
        if let Some(person) = person {
            query = query.filter(device::Column::Person.eq(person.0));
        }
        let rows = query.all(&self.reader).await?;
        let mut devices = rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        devices.sort_by_key(|device| device.revoked_at.is_some());
        Ok(devices)
    }
}
