//! How people prove who they are: sessions that know how and when that was proven, and passwords that hold for
//! a time.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // A session that does not say how its person was proven is worth nothing: everybody signs in again.
        manager.drop_table(Table::drop().table("session").to_owned()).await?;
        for (table, column) in columns() {
            let alter = Table::alter().table(table).add_column(column).to_owned();
            manager.alter_table(alter).await?;
        }
        for table in tables() {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

fn table(name: &'static str) -> TableCreateStatement {
    Table::create().table(name).to_owned()
}

fn one_of(column: &'static str, values: &[&'static str]) -> SimpleExpr {
    Expr::col(column).is_in(values.iter().copied())
}

fn of_person(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(table, "person").to("person", "id").to_owned()
}

/// What the tables of earlier versions get beside what they had.
fn columns() -> Vec<(&'static str, ColumnDef)> {
    vec![
        // At most one live session (the ids that are lent out for viewing).
        ("person", boolean("one_live_session").default(false).to_owned()),
        // A secret that somebody else chose and that opens nothing but the form for changing it.
        ("credential", boolean("must_change").default(false).to_owned()),
        // Until when such a secret holds.
        ("credential", big_integer_null("holds_until")),
    ]
}

fn tables() -> Vec<TableCreateStatement> {
    vec![
        table("session")
            .col(blob("token_hash").primary_key())
            // The name of the session in lists. It opens nothing.
            .col(uuid_uniq("id"))
            .col(uuid("person"))
            .col(text("kind"))
            .col(uuid_null("device"))
            .col(text("method"))
            // When a second factor was last shown; none where none was.
            .col(big_integer_null("proven_at"))
            // Whether it may do nothing but change the password.
            .col(boolean("must_change"))
            .col(text("address"))
            .col(text("agent"))
            .col(big_integer("created_at"))
            .col(big_integer("seen_at"))
            .col(big_integer("expires_at"))
            .check(one_of("kind", &["browser", "phone"]))
            .check(one_of("method", &["password", "password-and-code", "passkey", "provider"]))
            .foreign_key(&mut of_person("session"))
            .to_owned(),
    ]
}

fn indexes() -> Vec<IndexCreateStatement> {
    let index = |name: &'static str, on: &'static str, columns: &[&'static str]| {
        let mut index = Index::create().name(name).table(on).to_owned();
        for column in columns {
            index.col(*column);
        }
        index
    };
    vec![
        index("session_by_person", "session", &["person"]),
        index("session_by_device", "session", &["device"]),
    ]
}
