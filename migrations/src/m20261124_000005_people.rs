//! People as recorded history: whom an entry's subject is about, what a role holding follows from, and until when
//! somebody serves.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in columns() {
            let alter = Table::alter().table(table).add_column(column).to_owned();
            manager.alter_table(alter).await?;
        }
        for statement in HANDLERS {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        manager
            .create_index(Index::create().name("subject_by_person").table("subject").col("person").to_owned())
            .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

fn columns() -> Vec<(&'static str, ColumnDef)> {
    vec![
        // Folded: the person whom an appointment, a designation or a credential is about.
        ("subject", uuid_null("person")),
        // Folded: the appointment or designation that a holding follows from; none for those of before.
        ("role_holding", uuid_null("subject")),
        // Folded: the last day of the term of appointment, and the day after which the person is gone.
        ("person", integer_null("term_on")),
        ("person", integer_null("left_on")),
    ]
}

/// Handlers of before: the part becomes a role that is held, from the day on which the person was added. They have
/// no entry in the ledger, since nobody recorded one. A person's id serves as the row's: no other row bears it.
const HANDLERS: [&str; 2] = [
    "INSERT INTO role_holding (id, person, role, from_on) \
     SELECT id, id, 'handler', CAST(created_at / 86400000 AS INTEGER) FROM person \
     WHERE ' ' || parts || ' ' LIKE '% handler %'",
    "UPDATE person SET parts = TRIM(REPLACE(' ' || parts || ' ', ' handler ', ' '))",
];
