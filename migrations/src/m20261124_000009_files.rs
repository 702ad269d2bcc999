//! Files: which entry of the ledger names one first, so that what is shown can be held against it, and what nobody
//! names can go.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // None until an event names it. Of files that came in before this column, the job that lets files go finds
        // it out before it lets any of them go.
        let named = Table::alter().table("file").add_column(big_integer_null("named_by")).to_owned();
        manager.alter_table(named).await?;
        for index in [
            Index::create().name("file_by_name").table("file").col("named_by").col("added_at").to_owned(),
            Index::create().name("file_by_adder").table("file").col("added_by").col("added_at").to_owned(),
        ] {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
