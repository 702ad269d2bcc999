//! The trail: days that have outlived their period may go, and no others; what people looked at, counted.

use sea_orm_migration::{prelude::*, schema::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // How far the trail was pruned. A line may be deleted only if it is older than the newest of these.
        let floor = Table::create()
            .table("trail_floor")
            .col(big_integer("before").primary_key())
            .col(big_integer("pruned_at"))
            .to_owned();
        manager.create_table(floor).await?;
        // How many items somebody looked at in an hour, which begins at `hour` (UTC milliseconds).
        let views = Table::create()
            .table("view_count")
            .col(uuid("person"))
            .col(big_integer("hour"))
            .col(integer("views"))
            .primary_key(Index::create().col("person").col("hour"))
            .to_owned();
        manager.create_table(views).await?;
        let index = Index::create().name("audit_by_actor").table("audit").col("actor").col("at").to_owned();
        manager.create_index(index).await?;

        let connection = manager.get_connection();
        match manager.get_database_backend() {
            DbBackend::Sqlite => {
                for statement in [
                    "DROP TRIGGER audit_no_delete",
                    "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit \
                     WHEN OLD.at >= (SELECT coalesce(max(before), 0) FROM trail_floor) BEGIN \
                     SELECT RAISE(ABORT, 'audit only grows: this line is too young to go'); END",
                    "CREATE TRIGGER trail_floor_no_update BEFORE UPDATE ON trail_floor BEGIN \
                     SELECT RAISE(ABORT, 'trail_floor only grows: UPDATE is refused'); END",
                    "CREATE TRIGGER trail_floor_no_delete BEFORE DELETE ON trail_floor BEGIN \
                     SELECT RAISE(ABORT, 'trail_floor only grows: DELETE is refused'); END",
                ] {
                    connection.execute_unprepared(statement).await?;
                }
            }
            DbBackend::Postgres => {
                for statement in [
                    "DROP TRIGGER audit_only_grows ON audit",
                    "CREATE TRIGGER audit_only_grows BEFORE UPDATE OR TRUNCATE ON audit \
                     FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
                    "CREATE FUNCTION refuse_young_line() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                     IF OLD.at >= (SELECT coalesce(max(before), 0) FROM trail_floor) THEN \
                     RAISE EXCEPTION 'audit only grows: this line is too young to go'; END IF; \
                     RETURN OLD; END $$",
                    "CREATE TRIGGER audit_young_stay BEFORE DELETE ON audit \
                     FOR EACH ROW EXECUTE FUNCTION refuse_young_line()",
                    "CREATE TRIGGER trail_floor_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON trail_floor \
                     FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
                ] {
                    connection.execute_unprepared(statement).await?;
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
