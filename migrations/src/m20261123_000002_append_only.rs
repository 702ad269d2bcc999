//! Triggers that refuse to change what must only ever grow.
//!
//! They stop a mistake and a careless administrator, not one who drops the trigger first: against that
//! stand the hashes and the checkpoints that were printed or copied elsewhere.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const APPEND_ONLY: [&str; 3] = ["ledger_entry", "ledger_checkpoint", "audit"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        match manager.get_database_backend() {
            DbBackend::Sqlite => {
                for table in APPEND_ONLY {
                    for act in ["UPDATE", "DELETE"] {
                        connection
                            .execute_unprepared(&format!(
                                "CREATE TRIGGER {table}_no_{} BEFORE {act} ON {table} BEGIN \
                                 SELECT RAISE(ABORT, '{table} only grows: {act} is refused'); END",
                                act.to_lowercase()
                            ))
                            .await?;
                    }
                }
            }
            DbBackend::Postgres => {
                connection
                    .execute_unprepared(
                        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                         RAISE EXCEPTION '% only grows: % is refused', TG_TABLE_NAME, TG_OP; END $$",
                    )
                    .await?;
                for table in APPEND_ONLY {
                    connection
                        .execute_unprepared(&format!(
                            "CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} \
                             FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
                        ))
                        .await?;
                }
            }
            other => return Err(DbErr::Migration(format!("{other:?} is not supported"))),
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
