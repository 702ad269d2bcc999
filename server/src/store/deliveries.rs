//! The outbox: what is to be sent, by mail to a person or by webhook to an endpoint, and what became of it.
//!
//! A row is written in the transaction of what it tells of, so that nothing is told that did not happen and
//! nothing that happened goes untold. Several servers may send: whoever does claims a row first, for some
//! minutes, so that a server that dies with one keeps it from nobody for long.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use hokan_domain::ids::PersonId;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, sea_query::Expr,
};
use uuid::Uuid;

use super::{
    Store, StoreError, WriteTx,
    entity::{delivery, job_run},
    ledger::time,
    subjects::day_number,
    webhooks::enabled,
};

/// By what something is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Channel {
    /// By mail, to a person.
    Mail,
    /// By webhook, to an endpoint.
    Webhook,
}

impl Channel {
    fn code(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Webhook => "webhook",
        }
    }
}

/// Something that is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its id, the same for each attempt.
    pub id: Uuid,
    /// By what.
    pub channel: Channel,
    /// To whom: the person or the endpoint.
    pub target: Uuid,
    /// What kind of thing it tells.
    pub topic: String,
    /// What is sent. Empty for mail: its text is made when it is sent, and so never lies here.
    pub body: String,
    /// How often it was tried, the present attempt included once it is claimed.
    pub attempts: u32,
    /// When it was queued.
    pub queued_at: DateTime<Utc>,
}

/// How a delivery ends that is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotSent {
    /// Trying again is of no use, or was of none.
    GivenUp,
    /// There is nobody to send it to any more, or nothing left to tell.
    Dropped,
}

/// That this server, and no other, sends a delivery now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    id: Uuid,
    until: i64,
}

fn read(row: delivery::Model) -> Result<Delivery, StoreError> {
    let channel = match row.channel.as_str() {
        "mail" => Channel::Mail,
        "webhook" => Channel::Webhook,
        other => return Err(StoreError::corrupt("delivery", "channel", row.id, other)),
    };
    Ok(Delivery {
        id: row.id,
        channel,
        target: row.target,
        topic: row.topic,
        body: row.body,
        attempts: u32::try_from(row.attempts).unwrap_or(0),
        queued_at: time("delivery", "created_at", row.id, row.created_at)?,
    })
}

/// Not being sent by anybody at this moment.
fn unclaimed(now: i64) -> Condition {
    Condition::any()
        .add(delivery::Column::ClaimedUntil.is_null())
        .add(delivery::Column::ClaimedUntil.lte(now))
}

impl WriteTx {
    async fn queue(
        &mut self,
        channel: Channel,
        target: Uuid,
        topic: &str,
        body: &str,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let row = delivery::ActiveModel {
            id: Set(self.entropy().id(self.now())),
            channel: Set(channel.code().to_owned()),
            target: Set(target),
            topic: Set(topic.to_owned()),
            body: Set(body.to_owned()),
            state: Set("waiting".to_owned()),
            attempts: Set(0),
            next_at: Set(at.timestamp_millis()),
            claimed_until: Set(None),
            created_at: Set(self.now().timestamp_millis()),
            finished_at: Set(None),
            last_error: Set(None),
        };
        delivery::Entity::insert(row).exec_without_returning(self.write()).await?;
        Ok(())
    }

    /// Queues a body for every endpoint that wants this kind of event. Returns for how many.
    ///
    /// # Errors
    /// Where the database fails or an endpoint cannot be read.
    pub async fn queue_webhooks(&mut self, kind: &str, body: &str) -> Result<usize, StoreError> {
        let now = self.now();
        let wanting: Vec<_> =
            enabled(self.read()).await?.into_iter().filter(|webhook| webhook.kinds.wants(kind)).collect();
        for webhook in &wanting {
            self.queue(Channel::Webhook, webhook.id.0, kind, body, now).await?;
        }
        Ok(wanting.len())
    }

    /// Queues a mail that replaces those of the same topic that still wait for this person: it will say all
    /// that they would.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn queue_mail(&mut self, person: PersonId, topic: &str) -> Result<(), StoreError> {
        let now = self.now();
        delivery::Entity::update_many()
            .col_expr(delivery::Column::State, Expr::value("dropped"))
            .col_expr(delivery::Column::FinishedAt, Expr::value(now.timestamp_millis()))
            .col_expr(delivery::Column::LastError, Expr::value("a later mail says the same"))
            .filter(delivery::Column::Channel.eq(Channel::Mail.code()))
            .filter(delivery::Column::Target.eq(person.0))
            .filter(delivery::Column::Topic.eq(topic))
            .filter(delivery::Column::State.eq("waiting"))
            .filter(unclaimed(now.timestamp_millis()))
            .exec(self.write())
            .await?;
        self.queue(Channel::Mail, person.0, topic, "", now).await
    }

    /// Queues a mail at once, unless one of the same topic waits for this person already, which will say this
    /// too; and no sooner than `gap` after the last.
    ///
    /// # Errors
    /// Where the database fails or a row cannot be read.
    pub async fn queue_urgent_mail(
        &mut self,
        person: PersonId,
        topic: &str,
        gap: TimeDelta,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let of_person = || {
            delivery::Entity::find()
                .filter(delivery::Column::Channel.eq(Channel::Mail.code()))
                .filter(delivery::Column::Target.eq(person.0))
                .filter(delivery::Column::Topic.eq(topic))
        };
        let waiting = of_person().filter(delivery::Column::State.eq("waiting"));
        // What is being sent now may have been written before this happened.
        let joins = waiting.clone().filter(unclaimed(now.timestamp_millis())).count(self.read()).await? > 0;
        if joins {
            return Ok(());
        }
        let sending = waiting.count(self.read()).await? > 0;
        let last = of_person()
            .filter(delivery::Column::State.eq("delivered"))
            .order_by_desc(delivery::Column::FinishedAt)
            .one(self.read())
            .await?;
        let last = last.and_then(|row| row.finished_at.map(|at| (row.id, at)));
        let last = match last {
            _ if sending => Some(now),
            Some((id, at)) => Some(time("delivery", "finished_at", id, at)?),
            None => None,
        };
        let at = last.map_or(now, |last| Ord::max(now, last + gap));
        self.queue(Channel::Mail, person.0, topic, "", at).await
    }

    /// Takes a delivery that is due for this server to send, and counts the attempt. None where another server
    /// was faster, or it is not due any more.
    ///
    /// # Errors
    /// Where the database fails or the row cannot be read.
    pub async fn claim_delivery(
        &mut self,
        id: Uuid,
        span: TimeDelta,
    ) -> Result<Option<(Claim, Delivery)>, StoreError> {
        let now = self.now();
        let claim = Claim { id, until: (now + span).timestamp_millis() };
        let claimed = delivery::Entity::update_many()
            .col_expr(delivery::Column::ClaimedUntil, Expr::value(claim.until))
            .col_expr(delivery::Column::Attempts, Expr::col(delivery::Column::Attempts).add(1))
            .filter(delivery::Column::Id.eq(id))
            .filter(delivery::Column::State.eq("waiting"))
            .filter(delivery::Column::NextAt.lte(now.timestamp_millis()))
            .filter(unclaimed(now.timestamp_millis()))
            .exec(self.write())
            .await?;
        if claimed.rows_affected == 0 {
            return Ok(None);
        }
        let row = delivery::Entity::find_by_id(id).one(self.read()).await?;
        row.map(|row| read(row).map(|delivery| (claim, delivery))).transpose()
    }

    /// Writes down how a claimed delivery stands. `false` where the claim has run out and another server has
    /// it.
    async fn settle(&mut self, claim: Claim, row: delivery::ActiveModel) -> Result<bool, StoreError> {
        let row = delivery::ActiveModel { claimed_until: Set(None), ..row };
        let done = delivery::Entity::update_many()
            .set(row)
            .filter(delivery::Column::Id.eq(claim.id))
            .filter(delivery::Column::State.eq("waiting"))
            .filter(delivery::Column::ClaimedUntil.eq(claim.until))
            .exec(self.write())
            .await?;
        Ok(done.rows_affected > 0)
    }

    /// It was delivered.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn delivered(&mut self, claim: Claim) -> Result<bool, StoreError> {
        let row = delivery::ActiveModel {
            state: Set("delivered".to_owned()),
            finished_at: Set(Some(self.now().timestamp_millis())),
            last_error: Set(None),
            ..Default::default()
        };
        self.settle(claim, row).await
    }

    /// It failed and is to be tried again.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn try_again(
        &mut self,
        claim: Claim,
        error: &str,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let row = delivery::ActiveModel {
            next_at: Set(at.timestamp_millis()),
            last_error: Set(Some(error.to_owned())),
            ..Default::default()
        };
        self.settle(claim, row).await
    }

    /// It is not sent, and not tried again.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn not_sent(&mut self, claim: Claim, how: NotSent, error: &str) -> Result<bool, StoreError> {
        let state = match how {
            NotSent::GivenUp => "given-up",
            NotSent::Dropped => "dropped",
        };
        let row = delivery::ActiveModel {
            state: Set(state.to_owned()),
            finished_at: Set(Some(self.now().timestamp_millis())),
            last_error: Set(Some(error.to_owned())),
            ..Default::default()
        };
        self.settle(claim, row).await
    }

    /// Whether a daily job has not been done for this day yet; notes that it now is.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn first_on(&mut self, job: &str, day: NaiveDate) -> Result<bool, StoreError> {
        let known = job_run::Entity::find_by_id(job).one(self.read()).await?;
        if known.is_some_and(|known| known.last_day >= day_number(day)) {
            return Ok(false);
        }
        self.finish_job(job, day).await?;
        Ok(true)
    }

    /// Forgets what was sent or not sent before this moment, and mail that waits since before it. Returns how many.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn forget_deliveries(&mut self, before: DateTime<Utc>) -> Result<u64, StoreError> {
        let before = before.timestamp_millis();
        let finished = delivery::Column::State.ne("waiting").and(delivery::Column::FinishedAt.lt(before));
        // Where no mail server is set up, nothing takes these away.
        let unsent = delivery::Column::State
            .eq("waiting")
            .and(delivery::Column::Channel.eq(Channel::Mail.code()))
            .and(delivery::Column::CreatedAt.lt(before));
        let gone = delivery::Entity::delete_many()
            .filter(Condition::any().add(finished).add(unsent))
            .exec(self.write())
            .await?;
        Ok(gone.rows_affected)
    }
}

/// That mail does not get through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailTrouble {
    /// How many mails wait that were tried in vain, or were given up lately.
    pub mails: u64,
    /// Since when the oldest of them was to be sent.
    pub since: DateTime<Utc>,
    /// What went wrong with the last of them.
    pub last_error: String,
}

impl Store {
    /// What is due on a channel: where and in which order it became so.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn due_deliveries(
        &self,
        channel: Channel,
        limit: u64,
    ) -> Result<Vec<(Uuid, Uuid)>, StoreError> {
        let now = self.clock.now().timestamp_millis();
        Ok(delivery::Entity::find()
            .select_only()
            .columns([delivery::Column::Target, delivery::Column::Id])
            .filter(delivery::Column::State.eq("waiting"))
            .filter(delivery::Column::NextAt.lte(now))
            .filter(delivery::Column::Channel.eq(channel.code()))
            .filter(unclaimed(now))
            .order_by_asc(delivery::Column::NextAt)
            .order_by_asc(delivery::Column::Id)
            .limit(limit)
            .into_tuple()
            .all(&self.reader)
            .await?)
    }

    /// How many deliveries wait, also those that are not due yet.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn waiting_deliveries(&self, target: Uuid) -> Result<u64, StoreError> {
        Ok(delivery::Entity::find()
            .filter(delivery::Column::Target.eq(target))
            .filter(delivery::Column::State.eq("waiting"))
            .count(&self.reader)
            .await?)
    }

    /// Whether mail does not get through: one that was given up since this moment, or that was tried so often
    /// in vain and still waits.
    ///
    /// # Errors
    /// Where the database fails or a row cannot be read.
    pub async fn mail_trouble(
        &self,
        since: DateTime<Utc>,
        attempts: u32,
    ) -> Result<Option<MailTrouble>, StoreError> {
        let given_up = Condition::all()
            .add(delivery::Column::State.eq("given-up"))
            .add(delivery::Column::FinishedAt.gte(since.timestamp_millis()));
        let in_vain = Condition::all()
            .add(delivery::Column::State.eq("waiting"))
            .add(delivery::Column::Attempts.gte(i32::try_from(attempts).unwrap_or(i32::MAX)));
        let rows = delivery::Entity::find()
            .filter(delivery::Column::Channel.eq(Channel::Mail.code()))
            .filter(Condition::any().add(given_up).add(in_vain))
            .order_by_asc(delivery::Column::CreatedAt)
            .all(&self.reader)
            .await?;
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Ok(None) };
        Ok(Some(MailTrouble {
            mails: u64::try_from(rows.len()).unwrap_or(u64::MAX),
            since: time("delivery", "created_at", first.id, first.created_at)?,
            last_error: last.last_error.clone().unwrap_or_default(),
        }))
    }
}
