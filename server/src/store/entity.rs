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
    division: Option<Uuid>,
    carry_out: Option<Uuid>,
    gone: bool,
    lost: bool,
    open_requests: i32,
    unwitnessed: bool,
    unconfirmed: bool,
    permitted_until: Option<i32>,
    checked_at: i64,
});

entity!(subject, "subject", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    kind: String,
    version: i64,
    state: String,
    phase: String,
    due_on: Option<i32>,
    updated_at: i64,
    person: Option<Uuid>,
});

entity!(retention, "retention", {
    #[sea_orm(primary_key, auto_increment = false)]
    item: Uuid,
    due_on: Option<i32>,
    act_by: Option<i32>,
    held: bool,
    division: Option<Uuid>,
    by_calendar: bool,
    step: Option<i32>,
    flagged_on: Option<i32>,
});

entity!(division, "division", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    name: String,
});

entity!(role_holding, "role_holding", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    person: Uuid,
    role: String,
    division: Option<Uuid>,
    deputy_for: Option<Uuid>,
    from_on: i32,
    to_on: Option<i32>,
    subject: Option<Uuid>,
});

entity!(profile_text, "profile_text", {
    #[sea_orm(primary_key, auto_increment = false)]
    digest: Vec<u8>,
    profile: String,
    in_force_from: i32,
    own: Option<String>,
    beneath: String,
    settings: String,
    adopted_at: i64,
});

entity!(calendar_day, "calendar_day", {
    #[sea_orm(primary_key, auto_increment = false)]
    calendar: String,
    #[sea_orm(primary_key, auto_increment = false)]
    day: i32,
    mark: String,
});

entity!(file, "file", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    media_type: String,
    digest: Vec<u8>,
    bytes: Vec<u8>,
    added_at: i64,
    added_by: Uuid,
    named_by: Option<i64>,
});

entity!(webhook, "webhook", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    url: String,
    secrets: String,
    kinds: String,
    created_at: i64,
    exhausted: i32,
    failing_since: Option<i64>,
    last_error: Option<String>,
    disabled_at: Option<i64>,
    disabled_why: Option<String>,
});

entity!(delivery, "delivery", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    channel: String,
    target: Uuid,
    topic: String,
    body: String,
    state: String,
    attempts: i32,
    next_at: i64,
    claimed_until: Option<i64>,
    created_at: i64,
    finished_at: Option<i64>,
    last_error: Option<String>,
});

entity!(alert, "alert", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    key: String,
    kind: String,
    subject: String,
    raised_at: i64,
    ended_at: Option<i64>,
});

entity!(lease, "lease", {
    #[sea_orm(primary_key, auto_increment = false)]
    name: String,
    holder: Uuid,
    until: i64,
});

entity!(job_run, "job_run", {
    #[sea_orm(primary_key, auto_increment = false)]
    name: String,
    last_day: i32,
    finished_at: i64,
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
    email: Option<String>,
    division: Option<Uuid>,
    term_on: Option<i32>,
    left_on: Option<i32>,
    one_live_session: bool,
});

entity!(credential, "credential", {
    #[sea_orm(primary_key, auto_increment = false)]
    person: Uuid,
    password_hash: String,
    changed_at: i64,
    must_change: bool,
    holds_until: Option<i64>,
});

entity!(session, "session", {
    #[sea_orm(primary_key, auto_increment = false)]
    token_hash: Vec<u8>,
    id: Uuid,
    person: Uuid,
    kind: String,
    device: Option<Uuid>,
    method: String,
    proven_at: Option<i64>,
    must_change: bool,
    address: String,
    agent: String,
    created_at: i64,
    seen_at: i64,
    expires_at: i64,
});

entity!(password_history, "password_history", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    person: Uuid,
    password_hash: String,
    set_at: i64,
});

entity!(totp, "totp", {
    #[sea_orm(primary_key, auto_increment = false)]
    person: Uuid,
    secret: Vec<u8>,
    created_at: i64,
    last_step: i64,
});

entity!(recovery_code, "recovery_code", {
    #[sea_orm(primary_key, auto_increment = false)]
    hash: Vec<u8>,
    person: Uuid,
    created_at: i64,
});

entity!(passkey, "passkey", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    person: Uuid,
    credential_id: Vec<u8>,
    name: String,
    data: String,
    created_at: i64,
    used_at: Option<i64>,
});

entity!(sign_in_step, "sign_in_step", {
    #[sea_orm(primary_key, auto_increment = false)]
    token_hash: Vec<u8>,
    purpose: String,
    person: Option<Uuid>,
    state: String,
    tries: i32,
    expires_at: i64,
});

entity!(setup_link, "setup_link", {
    #[sea_orm(primary_key, auto_increment = false)]
    token_hash: Vec<u8>,
    expires_at: i64,
});

entity!(place, "place", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    kind: String,
    name: String,
    parent: Option<Uuid>,
    label: Option<String>,
    area: Option<String>,
    lockable: bool,
    level: Option<i32>,
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

entity!(trail_floor, "trail_floor", {
    #[sea_orm(primary_key, auto_increment = false)]
    before: i64,
    pruned_at: i64,
});

entity!(view_count, "view_count", {
    #[sea_orm(primary_key, auto_increment = false)]
    person: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    hour: i64,
    views: i32,
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

entity!(device, "device", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    person: Uuid,
    name: String,
    agent: String,
    delivery_hash: Vec<u8>,
    paired_at: i64,
    last_seen_at: Option<i64>,
    revoked_at: Option<i64>,
});

entity!(pairing, "pairing", {
    #[sea_orm(primary_key, auto_increment = false)]
    token_hash: Vec<u8>,
    person: Uuid,
    expires_at: i64,
});

entity!(api_token, "api_token", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    name: String,
    owner: Uuid,
    scopes: String,
    token_hash: Vec<u8>,
    created_at: i64,
    expires_at: i64,
    last_used_at: Option<i64>,
    revoked_at: Option<i64>,
});

entity!(provider_link, "provider_link", {
    #[sea_orm(primary_key, auto_increment = false)]
    issuer: String,
    #[sea_orm(primary_key, auto_increment = false)]
    subject: String,
    person: Uuid,
    linked_at: i64,
});

entity!(provider_attempt, "provider_attempt", {
    #[sea_orm(primary_key, auto_increment = false)]
    state_hash: Vec<u8>,
    browser_hash: Vec<u8>,
    nonce: String,
    verifier: String,
    next: String,
    expires_at: i64,
});
