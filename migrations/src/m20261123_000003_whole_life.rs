//! The whole life of an item: profiles in force, roles and divisions, what has a life of its own beside
//! items (carry-outs, containers, incidents, contracts), retention, files, and what is told to whom.

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
        manager.get_connection().execute_unprepared("UPDATE item SET checked_at = registered_at").await?;
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

/// What the tables of the first version get beside what they had.
fn columns() -> Vec<(&'static str, ColumnDef)> {
    vec![
        ("person", text_null("email")),
        ("person", uuid_null("division")),
        // The kind of area of which the place is the edge (server-room, handling-area, office).
        ("place", text_null("area")),
        ("place", boolean("lockable").default(false).to_owned()),
        // The security level (セキュリティ区分), where the regulation has any.
        ("place", integer_null("level")),
        ("item", uuid_null("division")),
        ("item", uuid_null("carry_out")),
        ("item", boolean("gone").default(false).to_owned()),
        ("item", boolean("lost").default(false).to_owned()),
        ("item", integer("open_requests").default(0).to_owned()),
        ("item", boolean("unwitnessed").default(false).to_owned()),
        ("item", boolean("unconfirmed").default(false).to_owned()),
        // The last day of the permission that is of use longest, where any has a last day.
        ("item", integer_null("permitted_until")),
        // When somebody last looked whether it has a fault, and since its registration where nobody did.
        ("item", big_integer("checked_at").default(0).to_owned()),
    ]
}

fn tables() -> Vec<TableCreateStatement> {
    vec![
        // -- Folded from the ledger: what entries are about beside items and label sheets. `state` is the
        // whole fold; the other columns repeat parts of it for searching. Days count from 1970-01-01.
        table("subject")
            .col(uuid("id").primary_key())
            .col(text("kind"))
            .col(big_integer("version"))
            .col(text("state"))
            .col(text("phase"))
            .col(integer_null("due_on"))
            .col(big_integer("updated_at"))
            .check(Expr::col("version").gte(1))
            .to_owned(),
        // -- Computed from the fold, the profile and the calendars; the purge sweep works on nothing else.
        table("retention")
            .col(uuid("item").primary_key())
            // The first day on which something on the item must go; none where that is not known.
            .col(integer_null("due_on"))
            // The day until which that may take (遅滞なく).
            .col(integer_null("act_by"))
            .col(boolean("held"))
            .col(uuid_null("division"))
            // Whether a calendar had a say in it, so that a changed calendar need not look at all the others.
            .col(boolean("by_calendar"))
            // The last flag that was set, and when.
            .col(integer_null("step"))
            .col(integer_null("flagged_on"))
            .foreign_key(ForeignKey::create().from("retention", "item").to("item", "id"))
            .to_owned(),
        // -- Kept beside the ledger; every change writes an `audit` row in the same transaction.
        table("division").col(uuid("id").primary_key()).col(text_uniq("name")).to_owned(),
        table("role_holding")
            .col(uuid("id").primary_key())
            .col(uuid("person"))
            .col(text("role"))
            .col(uuid_null("division"))
            .col(uuid_null("deputy_for"))
            .col(integer("from_on"))
            .col(integer_null("to_on"))
            .foreign_key(ForeignKey::create().from("role_holding", "person").to("person", "id"))
            .to_owned(),
        // The texts that judged, by digest, so that they can be shown beside the judgement years later.
        table("profile_text")
            .col(blob("digest").primary_key())
            .col(text("profile"))
            .col(integer("in_force_from"))
            .col(text_null("own"))
            .col(text("beneath"))
            .col(text("settings"))
            .col(big_integer("adopted_at"))
            .to_owned(),
        table("calendar_day")
            .col(text("calendar"))
            .col(integer("day"))
            .col(text("mark"))
            .primary_key(Index::create().col("calendar").col("day"))
            .check(one_of("mark", &["added", "removed"]))
            .to_owned(),
        // Photographs and certificates. The ledger holds their hashes.
        table("file")
            .col(uuid("id").primary_key())
            .col(text("media_type"))
            .col(blob("digest"))
            .col(blob("bytes"))
            .col(big_integer("added_at"))
            .col(uuid("added_by"))
            .to_owned(),
        // -- What is told to whom.
        table("webhook")
            .col(uuid("id").primary_key())
            .col(text("url"))
            .col(text("secrets"))
            .col(text("kinds"))
            .col(big_integer("created_at"))
            // How it has been doing: messages in a row that were given up, and since when all fails.
            .col(integer("exhausted").default(0))
            .col(big_integer_null("failing_since"))
            .col(text_null("last_error"))
            .col(big_integer_null("disabled_at"))
            .col(text_null("disabled_why"))
            .to_owned(),
        // What is still to be sent, and for some weeks what was. A mail's text is made when it is sent.
        table("delivery")
            .col(uuid("id").primary_key())
            .col(text("channel"))
            .col(uuid("target"))
            .col(text("topic"))
            .col(text("body"))
            .col(text("state"))
            .col(integer("attempts"))
            .col(big_integer("next_at"))
            // Until when whoever is sending it now keeps it from the others.
            .col(big_integer_null("claimed_until"))
            .col(big_integer("created_at"))
            .col(big_integer_null("finished_at"))
            .col(text_null("last_error"))
            .check(one_of("channel", &["mail", "webhook"]))
            .check(one_of("state", &["waiting", "delivered", "given-up", "dropped"]))
            .to_owned(),
        // What was told, so that it is told once.
        table("alert")
            .col(uuid("id").primary_key())
            .col(text_uniq("key"))
            .col(text("kind"))
            .col(text("subject"))
            .col(big_integer("raised_at"))
            .col(big_integer_null("ended_at"))
            .to_owned(),
        // One job, one holder at a time, on however many servers.
        table("lease")
            .col(text("name").primary_key())
            .col(uuid("holder"))
            .col(big_integer("until"))
            .to_owned(),
        table("job_run")
            .col(text("name").primary_key())
            .col(integer("last_day"))
            .col(big_integer("finished_at"))
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
        index("subject_by_kind", "subject", &["kind", "phase", "due_on"]),
        // Not with the step: the sweep sets it on many rows, and would have to keep the index in order too.
        index("retention_by_due", "retention", &["due_on", "item"]),
        index("role_holding_by_person", "role_holding", &["person"]),
        index("item_by_carry_out", "item", &["carry_out"]),
        index("item_by_open_requests", "item", &["open_requests"]),
        index("item_by_permitted_until", "item", &["permitted_until"]),
        index("item_by_checked_at", "item", &["checked_at"]),
        index("discrepancy_by_settled_at", "discrepancy", &["settled_at"]),
        index("delivery_by_next", "delivery", &["state", "next_at"]),
        index("delivery_by_target", "delivery", &["target", "topic"]),
        index("alert_by_kind", "alert", &["kind", "ended_at"]),
    ]
}
