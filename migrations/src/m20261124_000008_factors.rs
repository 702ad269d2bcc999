//! What proves a person beside a password: codes of an authenticator app, recovery codes, passkeys; passwords
//! that were used before; and the link by which the first administrator is made.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in tables() {
            manager.create_table(table).await?;
        }
        for (name, on, columns) in [
            ("password_history_by_person", "password_history", ["person", "set_at"].as_slice()),
            ("recovery_code_by_person", "recovery_code", &["person"]),
            ("passkey_by_person", "passkey", &["person"]),
            ("sign_in_step_by_expiry", "sign_in_step", &["expires_at"]),
        ] {
            let mut index = Index::create().name(name).table(on).to_owned();
            for column in columns {
                index.col(*column);
            }
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

fn of_person(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(table, "person").to("person", "id").to_owned()
}

fn tables() -> Vec<TableCreateStatement> {
    vec![
        // Hashes of passwords that were used before.
        table("password_history")
            .col(uuid("id").primary_key())
            .col(uuid("person"))
            .col(text("password_hash"))
            .col(big_integer("set_at"))
            .foreign_key(&mut of_person("password_history"))
            .to_owned(),
        // One authenticator app a person. `last_step` is the last time step whose code was taken. The secret
        // must be known to check a code; what protects it is what protects the database.
        table("totp")
            .col(uuid("person").primary_key())
            .col(blob("secret"))
            .col(big_integer("created_at"))
            .col(big_integer("last_step"))
            .foreign_key(&mut of_person("totp"))
            .to_owned(),
        table("recovery_code")
            .col(blob("hash").primary_key())
            .col(uuid("person"))
            .col(big_integer("created_at"))
            .foreign_key(&mut of_person("recovery_code"))
            .to_owned(),
        // `data` is the public key and what the library keeps beside it, as JSON.
        table("passkey")
            .col(uuid("id").primary_key())
            .col(uuid("person"))
            .col(ColumnDef::new("credential_id").blob().not_null().unique_key().to_owned())
            .col(text("name"))
            .col(text("data"))
            .col(big_integer("created_at"))
            .col(big_integer_null("used_at"))
            .foreign_key(&mut of_person("passkey"))
            .to_owned(),
        // What waits between two requests of one person: the second step after a password, a secret that is
        // being set up, the answer to a passkey's challenge.
        table("sign_in_step")
            .col(blob("token_hash").primary_key())
            .col(text("purpose"))
            .col(uuid_null("person"))
            .col(text("state"))
            .col(integer("tries"))
            .col(big_integer("expires_at"))
            .to_owned(),
        // The link by which the first administrator is made.
        table("setup_link").col(blob("token_hash").primary_key()).col(big_integer("expires_at")).to_owned(),
    ]
}
