//! Tokens for machines. Kept as hashes; every change writes an audit row.

use std::{collections::BTreeSet, fmt, str::FromStr};

use chrono::{DateTime, Utc};
use hokan_domain::ids::PersonId;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, sea_query::Expr,
};
use uuid::Uuid;

use super::{Store, StoreError, WriteTx, account_changes::AccountChange, entity::api_token, ledger::time};
use crate::machine::Scope;

/// A token's public name: `tok_…`. It opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenId(pub Uuid);

impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tok_{}", self.0.simple())
    }
}

/// A text that is no id of a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected an id of the form tok_ followed by 32 hexadecimal digits")]
pub struct BadTokenId;

impl FromStr for TokenId {
    type Err = BadTokenId;
    fn from_str(text: &str) -> Result<Self, BadTokenId> {
        let hex = text.strip_prefix("tok_").filter(|hex| hex.len() == 32).ok_or(BadTokenId)?;
        Uuid::try_parse(hex).map(Self).map_err(|_| BadTokenId)
    }
}

/// A machine's token, without the secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiToken {
    /// Its public name.
    pub id: TokenId,
    /// What people call the machine.
    pub name: String,
    /// Who answers for it and whose authority it never exceeds.
    pub owner: PersonId,
    /// What it is for.
    pub scopes: BTreeSet<Scope>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it ends by itself.
    pub expires_at: DateTime<Utc>,
    /// When it was last used, to within some minutes.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked; none while it is in use.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl ApiToken {
    /// Whether it opens anything at this moment, its owner's standing apart.
    #[must_use]
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }
}

fn read(row: api_token::Model) -> Result<ApiToken, StoreError> {
    let id = row.id;
    let at = |column, millis| time("api_token", column, id, millis);
    let scopes = row
        .scopes
        .split(' ')
        .filter(|code| !code.is_empty())
        .map(|code| {
            Scope::from_code(code).ok_or_else(|| StoreError::corrupt("api_token", "scopes", id, code))
        })
        .collect::<Result<_, _>>()?;
    Ok(ApiToken {
        id: TokenId(id),
        name: row.name,
        owner: PersonId(row.owner),
        scopes,
        created_at: at("created_at", row.created_at)?,
        expires_at: at("expires_at", row.expires_at)?,
        last_used_at: row.last_used_at.map(|millis| at("last_used_at", millis)).transpose()?,
        revoked_at: row.revoked_at.map(|millis| at("revoked_at", millis)).transpose()?,
    })
}

async fn load(connection: &impl ConnectionTrait, id: TokenId) -> Result<Option<ApiToken>, StoreError> {
    api_token::Entity::find_by_id(id.0).one(connection).await?.map(read).transpose()
}

impl WriteTx {
    /// Adds a token under the hash of its secret. `by` is who made it; none on the shell.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn add_token(
        &mut self,
        token: &ApiToken,
        token_hash: Vec<u8>,
        by: Option<PersonId>,
    ) -> Result<(), StoreError> {
        let scopes: Vec<_> = token.scopes.iter().map(|scope| scope.code()).collect();
        let millis = |at: DateTime<Utc>| at.timestamp_millis();
        let row = api_token::ActiveModel {
            id: Set(token.id.0),
            name: Set(token.name.clone()),
            owner: Set(token.owner.0),
            scopes: Set(scopes.join(" ")),
            token_hash: Set(token_hash),
            created_at: Set(millis(token.created_at)),
            expires_at: Set(millis(token.expires_at)),
            last_used_at: Set(token.last_used_at.map(millis)),
            revoked_at: Set(token.revoked_at.map(millis)),
        };
        api_token::Entity::insert(row).exec_without_returning(self.write()).await?;
        let change = AccountChange::TokenAdded;
        let detail = format!("{} for {}", scopes.join(" "), token.owner);
        self.audit(by, change.act(), token.id, detail).await?;
        self.tell_of_account(token.owner, change).await
    }

    /// A token, in use or not.
    ///
    /// # Errors
    /// Where the database fails or the row cannot be read.
    pub async fn token(&self, id: TokenId) -> Result<Option<ApiToken>, StoreError> {
        load(self.read(), id).await
    }

    /// Revokes a token. `false` where there is none or it was revoked before.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn revoke_token(&mut self, id: TokenId, by: Option<PersonId>) -> Result<bool, StoreError> {
        let now = self.now().timestamp_millis();
        let revoked = api_token::Entity::update_many()
            .col_expr(api_token::Column::RevokedAt, Expr::value(now))
            .filter(api_token::Column::Id.eq(id.0))
            .filter(api_token::Column::RevokedAt.is_null())
            .exec(self.write())
            .await?
            .rows_affected
            > 0;
        if revoked {
            self.audit(by, "token-revoked", id, "").await?;
        }
        Ok(revoked)
    }

    /// Notes that a token was used.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn touch_token(&mut self, id: TokenId) -> Result<(), StoreError> {
        let now = self.now().timestamp_millis();
        api_token::Entity::update_many()
            .col_expr(api_token::Column::LastUsedAt, Expr::value(now))
            .filter(api_token::Column::Id.eq(id.0))
            .exec(self.write())
            .await?;
        Ok(())
    }
}

impl Store {
    /// The token whose secret has this hash, in use or not.
    ///
    /// # Errors
    /// Where the database fails or the row cannot be read.
    pub async fn token_hashed(&self, token_hash: &[u8]) -> Result<Option<ApiToken>, StoreError> {
        let row = api_token::Entity::find()
            .filter(api_token::Column::TokenHash.eq(token_hash.to_vec()))
            .one(&self.reader)
            .await?;
        row.map(read).transpose()
    }

    /// Every token, the latest first.
    ///
    /// # Errors
    /// Where the database fails or a row cannot be read.
    pub async fn tokens(&self) -> Result<Vec<ApiToken>, StoreError> {
        let rows =
            api_token::Entity::find().order_by_desc(api_token::Column::CreatedAt).all(&self.reader).await?;
        rows.into_iter().map(read).collect()
    }
}
