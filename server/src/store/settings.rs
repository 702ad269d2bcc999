//! The few settings that belong to the register rather than to the machine it runs on.

use sea_orm::{ActiveValue::Set, EntityTrait};

use super::{Store, StoreError, WriteTx, entity::setting};

/// A setting that is kept in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// The name of the town or association, as printed on labels.
    BodyName,
    /// The host in the payload of labels, upper case; none where there is no stable host.
    LabelHost,
    /// The origin line of checkpoints.
    LedgerOrigin,
    /// The verifier key of the ledger's checkpoints.
    LedgerVerifier,
    /// The digest of everything that the stored due dates were computed by.
    DueBasis,
    /// Whether this is a demonstration, whose passwords and codes everybody can know.
    Demonstration,
    /// The numbers of the rules by which the trail is watched, as JSON.
    WatchLimits,
}

impl Setting {
    fn name(self) -> &'static str {
        match self {
            Self::BodyName => "body-name",
            Self::LabelHost => "label-host",
            Self::LedgerOrigin => "ledger-origin",
            Self::LedgerVerifier => "ledger-verifier",
            Self::DueBasis => "due-basis",
            Self::Demonstration => "demonstration",
            Self::WatchLimits => "watch-limits",
        }
    }
}

impl Store {
    /// The value of a setting.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn setting(&self, setting: Setting) -> Result<Option<String>, StoreError> {
        Ok(setting::Entity::find_by_id(setting.name()).one(&self.reader).await?.map(|row| row.value))
    }
}

impl WriteTx {
    /// Sets a setting.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn set_setting(&mut self, setting: Setting, value: &str) -> Result<(), StoreError> {
        let row = setting::ActiveModel { name: Set(setting.name().to_owned()), value: Set(value.to_owned()) };
        let on_conflict = sea_orm::sea_query::OnConflict::column(setting::Column::Name)
            .update_column(setting::Column::Value)
            .to_owned();
        setting::Entity::insert(row).on_conflict(on_conflict).exec_without_returning(self.write()).await?;
        Ok(())
    }
}
