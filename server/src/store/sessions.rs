//! Sessions: whose, how and how freshly that was proven, from where, until when.

use chrono::{DateTime, NaiveDate, Utc};
use hokan_domain::{
    ids::{DeviceId, PersonId, SessionId},
    japan_date::jst_date,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, IdenStatic, Iterable, QueryFilter,
    QueryOrder,
    sea_query::{Expr, ExprTrait, Order, Query, SelectStatement},
};

use super::{
    Store, StoreError, WriteTx,
    entity::{person, role_holding, session},
    ledger::time,
    people::{self, Account},
    roles,
};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $code:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// The stable word used in the database.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            fn read(code: &str) -> Result<Self, StoreError> {
                match code {
                    $($code => Ok(Self::$variant),)*
                    _ => Err(StoreError::corrupt("session", stringify!($name), "a session", code)),
                }
            }
        }
    };
}

words! {
    /// What a session is used from.
    SessionKind {
        /// A browser, which keeps the token in a cookie.
        Browser = "browser",
        /// An app, which sends the token with every request.
        Phone = "phone",
    }
}

words! {
    /// How the person of a session was proven.
    Method {
        /// By a password alone.
        Password = "password",
        /// By a password and then a code of an authenticator app, a recovery code or a passkey.
        PasswordAndCode = "password-and-code",
        /// By a passkey that verified its user, which is two factors in one.
        Passkey = "passkey",
        /// By the body's own identity provider.
        Provider = "provider",
    }
}

/// A session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its name in lists. It opens nothing.
    pub id: SessionId,
    /// Whose.
    pub person: PersonId,
    /// What it is used from.
    pub kind: SessionKind,
    /// The paired device, where it is one.
    pub device: Option<DeviceId>,
    /// How the person was proven.
    pub method: Method,
    /// When a second factor was last shown; none where none was.
    pub proven_at: Option<DateTime<Utc>>,
    /// Whether it may do nothing but change the password.
    pub must_change: bool,
    /// The address that it was opened from; empty where that is not known.
    pub address: String,
    /// What the browser or app called itself, shortened.
    pub agent: String,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
    /// When it was last used, give or take some minutes.
    pub seen_at: DateTime<Utc>,
    /// When it ends whatever happens.
    pub expires_at: DateTime<Utc>,
}

fn read(row: session::Model) -> Result<Session, StoreError> {
    let at = |column, millis| time("session", column, row.id, millis);
    Ok(Session {
        id: SessionId(row.id),
        person: PersonId(row.person),
        kind: SessionKind::read(&row.kind)?,
        device: row.device.map(DeviceId),
        method: Method::read(&row.method)?,
        proven_at: row.proven_at.map(|millis| at("proven_at", millis)).transpose()?,
        must_change: row.must_change,
        created_at: at("created_at", row.created_at)?,
        seen_at: at("seen_at", row.seen_at)?,
        expires_at: at("expires_at", row.expires_at)?,
        address: row.address,
        agent: row.agent,
    })
}

impl WriteTx {
    /// Opens a session under the hash of its token, and sweeps away those that have expired.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn open_session(&mut self, token_hash: Vec<u8>, session: &Session) -> Result<(), StoreError> {
        let now = self.now().timestamp_millis();
        session::Entity::delete_many().filter(session::Column::ExpiresAt.lte(now)).exec(self.write()).await?;
        let row = session::ActiveModel {
            token_hash: Set(token_hash),
            id: Set(session.id.0),
            person: Set(session.person.0),
            kind: Set(session.kind.code().to_owned()),
            device: Set(session.device.map(|device| device.0)),
            method: Set(session.method.code().to_owned()),
            proven_at: Set(session.proven_at.map(|at| at.timestamp_millis())),
            must_change: Set(session.must_change),
            address: Set(session.address.clone()),
            agent: Set(session.agent.clone()),
            created_at: Set(session.created_at.timestamp_millis()),
            seen_at: Set(session.seen_at.timestamp_millis()),
            expires_at: Set(session.expires_at.timestamp_millis()),
        };
        session::Entity::insert(row).exec_without_returning(self.write()).await?;
        Ok(())
    }

    /// The session with this token hash, expired or not.
    ///
    /// # Errors
    /// Where the database fails or the row cannot be read.
    pub async fn session(&self, token_hash: &[u8]) -> Result<Option<Session>, StoreError> {
        session::Entity::find_by_id(token_hash.to_vec()).one(self.read()).await?.map(read).transpose()
    }

    /// Notes that a session was used.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn touch_session(&mut self, token_hash: &[u8]) -> Result<(), StoreError> {
        let now = self.now().timestamp_millis();
        session::Entity::update_many()
            .set(session::ActiveModel { seen_at: Set(now), ..Default::default() })
            .filter(session::Column::TokenHash.eq(token_hash.to_vec()))
            .exec(self.write())
            .await?;
        Ok(())
    }

    /// Ends the session with this token hash. Returns whose it was.
    ///
    /// # Errors
    /// Where the database fails or the row cannot be read.
    pub async fn end_session(&mut self, token_hash: &[u8]) -> Result<Option<PersonId>, StoreError> {
        let session = self.session(token_hash).await?;
        session::Entity::delete_by_id(token_hash.to_vec()).exec(self.write()).await?;
        Ok(session.map(|session| session.person))
    }

    /// Ends one session of a person by its name. Returns whether there was one.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn end_session_of(&mut self, person: PersonId, id: SessionId) -> Result<bool, StoreError> {
        let ended = session::Entity::delete_many()
            .filter(session::Column::Id.eq(id.0))
            .filter(session::Column::Person.eq(person.0))
            .exec(self.write())
            .await?;
        Ok(ended.rows_affected > 0)
    }

    /// Ends all sessions of a person but the one that is named, if any. Returns how many ended.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn end_sessions_of(
        &mut self,
        person: PersonId,
        but: Option<SessionId>,
    ) -> Result<u64, StoreError> {
        let mut of_person = Condition::all().add(session::Column::Person.eq(person.0));
        if let Some(but) = but {
            of_person = of_person.add(session::Column::Id.ne(but.0));
        }
        let ended = session::Entity::delete_many().filter(of_person).exec(self.write()).await?;
        Ok(ended.rows_affected)
    }

    /// Ends all sessions of a device. Returns how many ended.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn end_sessions_on(&mut self, device: DeviceId) -> Result<u64, StoreError> {
        let on_device = session::Column::Device.eq(device.0);
        let ended = session::Entity::delete_many().filter(on_device).exec(self.write()).await?;
        Ok(ended.rows_affected)
    }
}

/// What stands before the columns of each table in the answer.
const SESSION: &str = "s_";
/// See [`SESSION`].
const PERSON: &str = "p_";
/// See [`SESSION`].
const HOLDING: &str = "h_";

/// The session with its person, once for each role that the person holds on this day. One question and not three:
/// every request asks it, and each crossing to the database costs more than the rows.
fn with_person_and_roles(token_hash: &[u8], today: NaiveDate) -> SelectStatement {
    fn columns<E: EntityTrait>(query: &mut SelectStatement, table: E, prefix: &str) {
        for column in E::Column::iter() {
            query.expr_as(Expr::col((table, column)), format!("{prefix}{}", column.as_str()));
        }
    }
    let whose =
        Expr::col((person::Entity, person::Column::Id)).equals((session::Entity, session::Column::Person));
    let their = Expr::col((role_holding::Entity, role_holding::Column::Person))
        .equals((session::Entity, session::Column::Person));
    let mut query = Query::select();
    columns(&mut query, session::Entity, SESSION);
    columns(&mut query, person::Entity, PERSON);
    columns(&mut query, role_holding::Entity, HOLDING);
    query
        .from(session::Entity)
        .inner_join(person::Entity, whose)
        .left_join(role_holding::Entity, roles::in_force_on(today).add(their))
        .and_where(session::Column::TokenHash.eq(token_hash.to_vec()))
        .order_by((role_holding::Entity, role_holding::Column::Id), Order::Asc)
        .take()
}

impl Store {
    /// The session with this token hash, expired or not, with its person.
    ///
    /// # Errors
    /// Where the database fails or a row cannot be read.
    pub async fn session(&self, token_hash: &[u8]) -> Result<Option<(Session, Account)>, StoreError> {
        let today = jst_date(self.clock.now());
        let rows = self.reader.query_all(&with_person_and_roles(token_hash, today)).await?;
        let Some(first) = rows.first() else { return Ok(None) };
        let session = session::Model::from_query_result(first, SESSION)?;
        let person = person::Model::from_query_result(first, PERSON)?;
        let mut held = Vec::with_capacity(rows.len());
        for row in &rows {
            held.extend(role_holding::Model::from_query_result_optional(row, HOLDING)?);
        }
        Ok(Some((read(session)?, people::serving(person, held, today)?)))
    }

    /// The sessions of a person that have not expired, the one that was used last first.
    ///
    /// # Errors
    /// Where the database fails or a row cannot be read.
    pub async fn sessions_of(&self, person: PersonId) -> Result<Vec<Session>, StoreError> {
        let now = self.clock.now().timestamp_millis();
        let rows = session::Entity::find()
            .filter(session::Column::Person.eq(person.0))
            .filter(session::Column::ExpiresAt.gt(now))
            .order_by_desc(session::Column::SeenAt)
            .order_by_asc(session::Column::Id)
            .all(&self.reader)
            .await?;
        rows.into_iter().map(read).collect()
    }
}
