//! The tables as sea-orm sees them. Private to the store: nothing else knows a column's name.

#![expect(unreachable_pub, reason = "sea-orm's derives want these items public, and the module is private")]

macro_rules! entity {
    ($(#[$doc:meta])* $module:ident, $table:literal, { $($(#[$attr:meta])* $field:ident: $ty:ty,)* }) => {
        $(#[$doc])*
        pub(super) mod $module {
            use sea_orm::entity::prelude::*;

            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
            #[sea_orm(table_name = $table)]
            pub struct Model {
                $($(#[$attr])* pub $field: $ty,)*
            }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}

            impl ActiveModelBehavior for ActiveModel {}
        }
    };
}

entity!(ledger_entry, "ledger_entry", {
    #[sea_orm(primary_key, auto_increment = false)]
    seq: i64,
    event_id: Uuid,
    act_id: Uuid,
    subject_kind: String,
    subject_id: String,
    subject_version: i64,
    kind: String,
    occurred_at: i64,
    recorded_at: i64,
    actor: Option<Uuid>,
    device: Option<Uuid>,
    device_seq: Option<i64>,
    profile: Option<Vec<u8>>,
    request: Vec<u8>,
    body: String,
    leaf: Vec<u8>,
});

entity!(ledger_head, "ledger_head", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: i32,
    size: i64,
    frontier: String,
    root: Vec<u8>,
    recorded_at: i64,
});

entity!(ledger_checkpoint, "ledger_checkpoint", {
    #[sea_orm(primary_key, auto_increment = false)]
    size: i64,
    note: String,
    made_at: i64,
});

entity!(note_text, "note_text", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    salt: Option<Vec<u8>>,
    body: Option<String>,
    erased_at: Option<i64>,
});

entity!(item, "item", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    version: i64,
    state: String,
    kind: String,
    label: String,
    title: Uuid,
    control_number: Option<Uuid>,
    holder: Option<Uuid>,
    place: Option<Uuid>,
    container: Option<Uuid>,
    offer_from: Option<Uuid>,
    offer_to: Option<Uuid>,
    offer_expires_at: Option<i64>,
    discrepancies: i32,
    registered_at: i64,
});

entity!(label_sheet, "label_sheet", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    version: i64,
    stock: String,
    start_position: i32,
    count: i32,
    printed_at: i64,
    printed_by: Uuid,
});

entity!(label, "label", {
    #[sea_orm(primary_key, auto_increment = false)]
    code: String,
    state: String,
    target_kind: Option<String>,
    target_id: Option<Uuid>,
    replaced_by: Option<String>,
    sheet: Uuid,
    sheet_index: i32,
});

entity!(discrepancy, "discrepancy", {
    #[sea_orm(primary_key, auto_increment = false)]
    event: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    kind: String,
    item: Uuid,
    raised_at: i64,
    settled_at: Option<i64>,
});

entity!(person, "person", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    login: String,
    name: String,
    parts: String,
    active: bool,
    created_at: i64,
});

entity!(credential, "credential", {
    #[sea_orm(primary_key, auto_increment = false)]
    person: Uuid,
    password_hash: String,
    changed_at: i64,
});

entity!(session, "session", {
    #[sea_orm(primary_key, auto_increment = false)]
    token_hash: Vec<u8>,
    person: Uuid,
    created_at: i64,
    seen_at: i64,
    expires_at: i64,
});

entity!(place, "place", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    kind: String,
    name: String,
    parent: Option<Uuid>,
    label: Option<String>,
});

entity!(container, "container", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    name: String,
    label: Option<String>,
});

entity!(printer, "printer", {
    #[sea_orm(primary_key, auto_increment = false)]
    name: String,
    offset_x_um: i32,
    offset_y_um: i32,
});

entity!(setting, "setting", {
    #[sea_orm(primary_key, auto_increment = false)]
    name: String,
    value: String,
});

entity!(audit, "audit", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    at: i64,
    actor: Option<Uuid>,
    act: String,
    subject: String,
    detail: String,
});
