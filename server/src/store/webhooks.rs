//! Endpoints that are told by webhook what happens, and how they have been doing. Every change by a person
//! writes an `audit` row in the same transaction.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use hokan_outbound::{
    retry::{Disable, Health, Outcome, Patience},
    webhook::{Endpoint, Secret},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, sea_query::Expr,
};
use uuid::Uuid;

use super::{
    Store, StoreError, WriteTx,
    entity::{delivery, webhook},
    ledger::time,
};

/// Stands for every kind of event among the kinds that an endpoint wants.
const EVERYTHING: &str = "*";

/// The id of an endpoint, printed as `whk_` and 32 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WebhookId(pub Uuid);

impl fmt::Display for WebhookId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "whk_{}", self.0.simple())
    }
}

/// A text that is no endpoint's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an endpoint's id looks like whk_ and 32 hexadecimal digits; `hokan webhook list` shows them")]
pub struct BadWebhookId;

impl FromStr for WebhookId {
    type Err = BadWebhookId;
    fn from_str(text: &str) -> Result<Self, BadWebhookId> {
        let hex = text.strip_prefix("whk_").filter(|hex| hex.len() == 32).ok_or(BadWebhookId)?;
        Uuid::try_parse(hex).map(Self).map_err(|_| BadWebhookId)
    }
}

/// Which kinds of event an endpoint wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kinds {
    /// Every one, also those that a later version brings.
    All,
    /// These, by their words.
    These(Vec<String>),
}

impl Kinds {
    /// Whether this kind is among them.
    #[must_use]
    pub fn wants(&self, kind: &str) -> bool {
        match self {
            Self::All => true,
            Self::These(kinds) => kinds.iter().any(|wanted| wanted == kind),
        }
    }

    fn written(&self) -> String {
        match self {
            Self::All => EVERYTHING.to_owned(),
            Self::These(kinds) => kinds.join(" "),
        }
    }

    fn read(written: &str) -> Self {
        match written {
            EVERYTHING => Self::All,
            _ => Self::These(written.split(' ').filter(|kind| !kind.is_empty()).map(str::to_owned).collect()),
        }
    }
}

impl fmt::Display for Kinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str(EVERYTHING),
            Self::These(kinds) => f.write_str(&kinds.join(",")),
        }
    }
}

/// That an endpoint gets nothing any more, until somebody enables it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disabled {
    /// Since when.
    pub at: DateTime<Utc>,
    /// Why.
    pub why: Disable,
}

/// An endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Where it is, and the secrets that sign what it gets.
    pub endpoint: Endpoint,
    /// Which kinds of event it wants.
    pub kinds: Kinds,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// How it has been doing.
    pub health: Health,
    /// What went wrong last, since the last success.
    pub last_error: Option<String>,
    /// That it is disabled.
    pub disabled: Option<Disabled>,
}

impl Webhook {
    /// The endpoint's host, without the path and the query, which often hold a token.
    #[must_use]
    pub fn host(&self) -> &str {
        let rest = self.endpoint.url.split_once("://").map_or("", |(_, rest)| rest);
        rest.split(['/', '?', '#']).next().unwrap_or_default()
    }
}

fn read(row: webhook::Model) -> Result<Webhook, StoreError> {
    let id = row.id;
    let at = |column, millis| time("webhook", column, id, millis);
    let secrets = row
        .secrets
        .split(' ')
        .map(Secret::parse)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| StoreError::corrupt("webhook", "secrets", id, error))?;
    let disabled = match (row.disabled_at, row.disabled_why) {
        (Some(since), Some(why)) => Some(Disabled {
            at: at("disabled_at", since)?,
            why: serde_json::from_str(&why)
                .map_err(|error| StoreError::corrupt("webhook", "disabled_why", id, error))?,
        }),
        _ => None,
    };
    Ok(Webhook {
        id: WebhookId(id),
        endpoint: Endpoint { url: row.url, secrets },
        kinds: Kinds::read(&row.kinds),
        created_at: at("created_at", row.created_at)?,
        health: Health {
            exhausted: u32::try_from(row.exhausted).unwrap_or(0),
            failing_since: row.failing_since.map(|since| at("failing_since", since)).transpose()?,
        },
        last_error: row.last_error,
        disabled,
    })
}

async fn load(connection: &impl ConnectionTrait) -> Result<Vec<Webhook>, StoreError> {
    let rows = webhook::Entity::find()
        .order_by_asc(webhook::Column::CreatedAt)
        .order_by_asc(webhook::Column::Id)
        .all(connection)
        .await?;
    rows.into_iter().map(read).collect()
}

/// Those that are disabled.
pub(super) async fn disabled(connection: &impl ConnectionTrait) -> Result<Vec<Webhook>, StoreError> {
    let rows = webhook::Entity::find()
        .filter(webhook::Column::DisabledAt.is_not_null())
        .order_by_asc(webhook::Column::DisabledAt)
        .all(connection)
        .await?;
    rows.into_iter().map(read).collect()
}

/// Those that get what happens.
pub(super) async fn enabled(connection: &impl ConnectionTrait) -> Result<Vec<Webhook>, StoreError> {
    let rows = webhook::Entity::find()
        .filter(webhook::Column::DisabledAt.is_null())
        .order_by_asc(webhook::Column::Id)
        .all(connection)
        .await?;
    rows.into_iter().map(read).collect()
}

impl WriteTx {
    /// Adds an endpoint.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn add_webhook(&mut self, endpoint: &Endpoint, kinds: &Kinds) -> Result<WebhookId, StoreError> {
        let id = WebhookId(self.entropy().id(self.now()));
        let secrets: Vec<String> = endpoint.secrets.iter().map(Secret::reveal).collect();
        let row = webhook::ActiveModel {
            id: Set(id.0),
            url: Set(endpoint.url.clone()),
            secrets: Set(secrets.join(" ")),
            kinds: Set(kinds.written()),
            created_at: Set(self.now().timestamp_millis()),
            exhausted: Set(0),
            failing_since: Set(None),
            last_error: Set(None),
            disabled_at: Set(None),
            disabled_why: Set(None),
        };
        webhook::Entity::insert(row).exec_without_returning(self.write()).await?;
        self.audit(None, "webhook-added", id, kinds.written()).await?;
        Ok(id)
    }

    /// Removes an endpoint with all that was still to be sent there. `false` where there is none.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn remove_webhook(&mut self, id: WebhookId) -> Result<bool, StoreError> {
        let removed = webhook::Entity::delete_by_id(id.0).exec(self.write()).await?.rows_affected > 0;
        if removed {
            self.drop_deliveries_to(id, "the endpoint was removed").await?;
            self.audit(None, "webhook-removed", id, "").await?;
        }
        Ok(removed)
    }

    /// Lets an endpoint get again what happens from now on. `false` where there is none.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn enable_webhook(&mut self, id: WebhookId) -> Result<bool, StoreError> {
        let row = webhook::ActiveModel {
            exhausted: Set(0),
            failing_since: Set(None),
            last_error: Set(None),
            disabled_at: Set(None),
            disabled_why: Set(None),
            ..Default::default()
        };
        let known = webhook::Entity::update_many()
            .set(row)
            .filter(webhook::Column::Id.eq(id.0))
            .exec(self.write())
            .await?
            .rows_affected
            > 0;
        if known {
            self.audit(None, "webhook-enabled", id, "").await?;
        }
        Ok(known)
    }

    /// The endpoint with this id.
    ///
    /// # Errors
    /// Where the database fails or the row cannot be read.
    pub async fn webhook(&self, id: WebhookId) -> Result<Option<Webhook>, StoreError> {
        webhook::Entity::find_by_id(id.0).one(self.read()).await?.map(read).transpose()
    }

    /// Notes what became of an attempt, and disables the endpoint where that is due: nothing is sent there any
    /// more, also not what was waiting.
    ///
    /// # Errors
    /// Where the database fails or the row cannot be read.
    pub async fn note_webhook_outcome(
        &mut self,
        id: WebhookId,
        outcome: Outcome,
        error: Option<&str>,
        patience: Patience,
    ) -> Result<Option<Disable>, StoreError> {
        let Some(known) = self.webhook(id).await? else { return Ok(None) };
        let now = self.now();
        let (health, disable) = known.health.after(outcome, now, patience);
        let disable = disable.filter(|_| known.disabled.is_none());
        if health == known.health && error == known.last_error.as_deref() && disable.is_none() {
            return Ok(None);
        }
        let mut row = webhook::ActiveModel {
            exhausted: Set(i32::try_from(health.exhausted).unwrap_or(i32::MAX)),
            failing_since: Set(health.failing_since.map(|since| since.timestamp_millis())),
            last_error: Set(error.map(str::to_owned)),
            ..Default::default()
        };
        if let Some(why) = &disable {
            let why = serde_json::to_string(why)
                .map_err(|error| StoreError::corrupt("webhook", "disabled_why", id, error))?;
            row.disabled_at = Set(Some(now.timestamp_millis()));
            row.disabled_why = Set(Some(why));
        }
        webhook::Entity::update_many()
            .set(row)
            .filter(webhook::Column::Id.eq(id.0))
            .exec(self.write())
            .await?;
        if disable.is_some() {
            self.drop_deliveries_to(id, "the endpoint was disabled").await?;
            self.audit(None, "webhook-disabled", id, error.unwrap_or_default()).await?;
        }
        Ok(disable)
    }

    async fn drop_deliveries_to(&mut self, id: WebhookId, why: &str) -> Result<(), StoreError> {
        let now = self.now().timestamp_millis();
        delivery::Entity::update_many()
            .col_expr(delivery::Column::State, Expr::value("dropped"))
            .col_expr(delivery::Column::FinishedAt, Expr::value(now))
            .col_expr(delivery::Column::LastError, Expr::value(why))
            .filter(delivery::Column::Target.eq(id.0))
            .filter(delivery::Column::State.eq("waiting"))
            .exec(self.write())
            .await?;
        Ok(())
    }
}

impl Store {
    /// Every endpoint, the first added first.
    ///
    /// # Errors
    /// Where the database fails or a row cannot be read.
    pub async fn webhooks(&self) -> Result<Vec<Webhook>, StoreError> {
        load(&self.reader).await
    }
}
