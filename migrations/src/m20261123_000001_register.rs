//! The register: ledger, texts beside it, items and labels folded from it, people, places, sessions.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
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

fn tables() -> Vec<TableCreateStatement> {
    vec![
        // -- The ledger: never updated, never deleted from (triggers in the next migration).
        table("ledger_entry")
            .col(big_integer("seq").primary_key())
            .col(uuid_uniq("event_id"))
            .col(uuid("act_id"))
            .col(text("subject_kind"))
            .col(text("subject_id"))
            .col(big_integer("subject_version"))
            .col(text("kind"))
            .col(big_integer("occurred_at"))
            .col(big_integer("recorded_at"))
            .col(uuid_null("actor"))
            .col(uuid_null("device"))
            .col(big_integer_null("device_seq"))
            .col(blob_null("profile"))
            .col(blob("request"))
            .col(text("body"))
            .col(blob("leaf"))
            .check(Expr::col("seq").gte(1))
            .check(Expr::col("subject_version").gte(1))
            .to_owned(),
        // One row: the size of the tree, its perfect subtrees and its root, and when the last entry was
        // recorded, since receipt never goes backwards, whatever a machine's clock does.
        table("ledger_head")
            .col(integer("id").primary_key())
            .col(big_integer("size"))
            .col(text("frontier"))
            .col(blob("root"))
            .col(big_integer("recorded_at"))
            .check(Expr::col("id").eq(1))
            .to_owned(),
        table("ledger_checkpoint")
            .col(big_integer("size").primary_key())
            .col(text("note"))
            .col(big_integer("made_at"))
            .to_owned(),
        // Texts that events refer to by id and salted hash. `body` and `salt` go when a text is erased.
        table("note_text")
            .col(uuid("id").primary_key())
            .col(blob_null("salt"))
            .col(text_null("body"))
            .col(big_integer_null("erased_at"))
            .to_owned(),
        // -- Folded from the ledger; `ledger rebuild --check` folds it again and compares.
        // `state` is the whole fold; the other columns repeat parts of it for searching.
        table("item")
            .col(uuid("id").primary_key())
            .col(big_integer("version"))
            .col(text("state"))
            .col(text("kind"))
            .col(string_len_uniq("label", 12))
            .col(uuid("title"))
            .col(uuid_null("control_number"))
            .col(uuid_null("holder"))
            .col(uuid_null("place"))
            .col(uuid_null("container"))
            .col(uuid_null("offer_from"))
            .col(uuid_null("offer_to"))
            .col(big_integer_null("offer_expires_at"))
            .col(integer("discrepancies"))
            .col(big_integer("registered_at"))
            .check(Expr::col("version").gte(1))
            .to_owned(),
        table("label_sheet")
            .col(uuid("id").primary_key())
            .col(big_integer("version"))
            .col(text("stock"))
            .col(integer("start_position"))
            .col(integer("count"))
            .col(big_integer("printed_at"))
            .col(uuid("printed_by"))
            .to_owned(),
        table("label")
            .col(string_len("code", 12).primary_key())
            .col(text("state"))
            .col(text_null("target_kind"))
            .col(uuid_null("target_id"))
            .col(string_len_null("replaced_by", 12))
            .col(uuid("sheet"))
            .col(integer("sheet_index"))
            .check(one_of("state", &["blank", "bound", "void"]))
            .check(
                one_of("target_kind", &["item", "container", "place"]).or(Expr::col("target_kind").is_null()),
            )
            .foreign_key(ForeignKey::create().from("label", "sheet").to("label_sheet", "id"))
            .to_owned(),
        table("discrepancy")
            .col(uuid("event"))
            .col(text("kind"))
            .col(uuid("item"))
            .col(big_integer("raised_at"))
            .col(big_integer_null("settled_at"))
            .primary_key(Index::create().col("event").col("kind"))
            .foreign_key(ForeignKey::create().from("discrepancy", "item").to("item", "id"))
            .to_owned(),
        // -- Kept beside the ledger; every change writes an `audit` row in the same transaction.
        table("person")
            .col(uuid("id").primary_key())
            .col(text_uniq("login"))
            .col(text("name"))
            .col(text("parts"))
            .col(boolean("active"))
            .col(big_integer("created_at"))
            .to_owned(),
        table("credential")
            .col(uuid("person").primary_key())
            .col(text("password_hash"))
            .col(big_integer("changed_at"))
            .foreign_key(ForeignKey::create().from("credential", "person").to("person", "id"))
            .to_owned(),
        table("session")
            .col(blob("token_hash").primary_key())
            .col(uuid("person"))
            .col(big_integer("created_at"))
            .col(big_integer("seen_at"))
            .col(big_integer("expires_at"))
            .foreign_key(ForeignKey::create().from("session", "person").to("person", "id"))
            .to_owned(),
        table("place")
            .col(uuid("id").primary_key())
            .col(text("kind"))
            .col(text("name"))
            .col(uuid_null("parent"))
            .col(string_len_null("label", 12).unique_key())
            .check(one_of("kind", &["building", "room", "cabinet"]))
            .foreign_key(ForeignKey::create().from("place", "parent").to("place", "id"))
            .to_owned(),
        table("container")
            .col(uuid("id").primary_key())
            .col(text("name"))
            .col(string_len_null("label", 12).unique_key())
            .to_owned(),
        table("printer")
            .col(text("name").primary_key())
            .col(integer("offset_x_um"))
            .col(integer("offset_y_um"))
            .to_owned(),
        table("setting").col(text("name").primary_key()).col(text("value")).to_owned(),
        table("audit")
            .col(uuid("id").primary_key())
            .col(big_integer("at"))
            .col(uuid_null("actor"))
            .col(text("act"))
            .col(text("subject"))
            .col(text("detail"))
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
        index("ledger_entry_by_subject", "ledger_entry", &["subject_id", "subject_version"])
            .unique()
            .to_owned(),
        index("ledger_entry_by_act", "ledger_entry", &["act_id"]),
        index("item_by_holder", "item", &["holder"]),
        index("item_by_place", "item", &["place"]),
        index("item_by_container", "item", &["container"]),
        index("item_by_offer_to", "item", &["offer_to"]),
        index("item_by_offer_from", "item", &["offer_from"]),
        index("item_by_registered_at", "item", &["registered_at"]),
        index("label_by_sheet", "label", &["sheet", "sheet_index"]),
        index("label_by_target", "label", &["target_id"]),
        index("discrepancy_by_item", "discrepancy", &["item"]),
        index("session_by_person", "session", &["person"]),
        index("audit_by_at", "audit", &["at"]),
    ]
}
