//! The regulations that were adopted, with the texts that they were read from.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use hokan_domain::ledger::hash::Hash;
use sea_orm::{ActiveValue::Set, EntityTrait, QueryOrder, QuerySelect};

use super::{
    Store, StoreError, WriteTx,
    entity::profile_text,
    subjects::{day_number, day_of},
};

/// A version of a profile with everything that it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adopted {
    /// The digest that entries name.
    pub digest: Hash,
    /// The profile's short name.
    pub profile: String,
    /// The first day on which it judges.
    pub in_force_from: NaiveDate,
    /// The regulation's own text; none for the national default alone.
    pub own: Option<String>,
    /// The text beneath it.
    pub beneath: String,
    /// The body's own numbers.
    pub settings: BTreeMap<String, u32>,
}

fn read(row: profile_text::Model) -> Result<Adopted, StoreError> {
    let corrupt = |column, why: &dyn ToString| {
        StoreError::corrupt("profile_text", column, &row.profile, why.to_string())
    };
    Ok(Adopted {
        digest: Hash::from_slice(&row.digest).map_err(|error| corrupt("digest", &error))?,
        in_force_from: day_of(row.in_force_from),
        settings: serde_json::from_str(&row.settings).map_err(|error| corrupt("settings", &error))?,
        profile: row.profile,
        own: row.own,
        beneath: row.beneath,
    })
}

impl WriteTx {
    /// Keeps a version, or moves one that is known to another first day.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn adopt_profile(&mut self, adopted: &Adopted) -> Result<(), StoreError> {
        let settings = serde_json::to_string(&adopted.settings)
            .map_err(|error| StoreError::corrupt("profile_text", "settings", &adopted.profile, error))?;
        let row = profile_text::ActiveModel {
            digest: Set(adopted.digest.as_bytes().to_vec()),
            profile: Set(adopted.profile.clone()),
            in_force_from: Set(day_number(adopted.in_force_from)),
            own: Set(adopted.own.clone()),
            beneath: Set(adopted.beneath.clone()),
            settings: Set(settings),
            adopted_at: Set(self.now().timestamp_millis()),
        };
        let on_conflict = sea_orm::sea_query::OnConflict::column(profile_text::Column::Digest)
            .update_columns([profile_text::Column::InForceFrom, profile_text::Column::AdoptedAt])
            .to_owned();
        profile_text::Entity::insert(row)
            .on_conflict(on_conflict)
            .exec_without_returning(self.write())
            .await?;
        Ok(())
    }
}

impl Store {
    /// Every version that was adopted, in the order in which they come into force; of two of the same day the
    /// one that was adopted later comes later.
    ///
    /// # Errors
    /// Where the database fails or a row cannot be read.
    pub async fn adopted_profiles(&self) -> Result<Vec<Adopted>, StoreError> {
        let rows = profile_text::Entity::find()
            .order_by_asc(profile_text::Column::InForceFrom)
            .order_by_asc(profile_text::Column::AdoptedAt)
            .all(&self.reader)
            .await?;
        rows.into_iter().map(read).collect()
    }

    /// The digest and first day of every version that was adopted, in the order of [`Store::adopted_profiles`],
    /// without their texts: cheap enough to be asked every minute.
    ///
    /// # Errors
    /// Where the database fails or a row cannot be read.
    pub async fn adopted_versions(&self) -> Result<Vec<(Hash, NaiveDate)>, StoreError> {
        let rows: Vec<(Vec<u8>, i32)> = profile_text::Entity::find()
            .select_only()
            .columns([profile_text::Column::Digest, profile_text::Column::InForceFrom])
            .order_by_asc(profile_text::Column::InForceFrom)
            .order_by_asc(profile_text::Column::AdoptedAt)
            .into_tuple()
            .all(&self.reader)
            .await?;
        rows.into_iter()
            .map(|(digest, from)| {
                let digest = Hash::from_slice(&digest)
                    .map_err(|error| StoreError::corrupt("profile_text", "digest", from, error))?;
                Ok((digest, day_of(from)))
            })
            .collect()
    }
}
