//! Phones that are paired with a person, tokens for machines, and people who sign in through the body's own
//! identity provider.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in tables() {
            manager.create_table(table).await?;
        }
        for (name, on, column) in [
            ("device_by_person", "device", "person"),
            ("api_token_by_owner", "api_token", "owner"),
            ("provider_link_by_person", "provider_link", "person"),
        ] {
            manager.create_index(Index::create().name(name).table(on).col(column).to_owned()).await?;
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

fn tables() -> Vec<TableCreateStatement> {
    vec![
        // A phone that somebody confirmed as his. The secret with which it delivers what it saw is kept as its
        // hash, and outlives the pairing: what was seen before a revocation is evidence after it.
        table("device")
            .col(uuid("id").primary_key())
            .col(uuid("person"))
            .col(text("name"))
            .col(text("agent"))
            .col(blob_uniq("delivery_hash"))
            .col(big_integer("paired_at"))
            .col(big_integer_null("last_seen_at"))
            .col(big_integer_null("revoked_at"))
            .foreign_key(ForeignKey::create().from("device", "person").to("person", "id"))
            .to_owned(),
        // Offers to pair a phone; each goes when it is used.
        table("pairing")
            .col(blob("token_hash").primary_key())
            .col(uuid("person"))
            .col(big_integer("expires_at"))
            .foreign_key(ForeignKey::create().from("pairing", "person").to("person", "id"))
            .to_owned(),
        // Machines, each on the authority of the person who answers for it.
        table("api_token")
            .col(uuid("id").primary_key())
            .col(text("name"))
            .col(uuid("owner"))
            .col(text("scopes"))
            .col(blob_uniq("token_hash"))
            .col(big_integer("created_at"))
            .col(big_integer("expires_at"))
            .col(big_integer_null("last_used_at"))
            .col(big_integer_null("revoked_at"))
            .foreign_key(ForeignKey::create().from("api_token", "owner").to("person", "id"))
            .to_owned(),
        // Who is who at the identity provider.
        table("provider_link")
            .col(text("issuer"))
            .col(text("subject"))
            .col(uuid("person"))
            .col(big_integer("linked_at"))
            .primary_key(Index::create().col("issuer").col("subject"))
            .foreign_key(ForeignKey::create().from("provider_link", "person").to("person", "id"))
            .to_owned(),
        // People who were sent to the identity provider and are not back yet; each goes when it is used.
        table("provider_attempt")
            .col(blob("state_hash").primary_key())
            .col(blob("browser_hash"))
            .col(text("nonce"))
            .col(text("verifier"))
            .col(text("next"))
            .col(big_integer("expires_at"))
            .to_owned(),
    ]
}
