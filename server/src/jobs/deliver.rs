//! Sending what the outbox holds: mail to people, webhooks to other systems; and queueing what is to be sent.
//!
//! Any number of servers may do this on one database. Each delivery is claimed before it is sent, and what
//! became of it is written down only by whoever still holds the claim; so one is sent twice only where a
//! server stood still for longer than a claim lasts. Receivers can tell even that: each attempt bears the id
//! of its message.

use std::{collections::BTreeMap, fs, path::Path, sync::Arc, time::Duration};

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt, stream};
use hokan_domain::{ids::PersonId, japan_date::jst_date};
use hokan_outbound::{
    mail::{MailCredentials, MailFailure, MailFailureKind, MailServer, Mailer},
    retry::{self, Next, Outcome, Patience},
    webhook::{
        AllowedAddresses, Lookup, Payload, SystemLookup, WebhookClient, WebhookFailure, WebhookFailureKind,
        WebhookOptions,
    },
};
use tokio::time::MissedTickBehavior;
use uuid::Uuid;

use crate::{
    app::App,
    config::{Config, MailSettings},
    store::{
        StoreError,
        deliveries::{Channel, Claim, Delivery, NotSent},
        webhooks::{Webhook, WebhookId},
    },
};

/// How often it is looked whether something has begun to wait.
const WATCH_EVERY: Duration = Duration::from_secs(5);
/// How often that is looked for also where nothing was written in the ledger: time alone makes things late,
/// and roles are not in the ledger.
const WATCH_ANYWAY: TimeDelta = TimeDelta::seconds(60);
/// How often it is looked whether something is due to be sent.
const SEND_EVERY: Duration = Duration::from_secs(3);
/// For how long a delivery is claimed: much longer than any attempt may take.
const CLAIM: TimeDelta = TimeDelta::minutes(5);
/// Deliveries that are taken up in one go.
const AT_ONCE: u64 = 200;
/// Endpoints that are sent to at the same time. One that does not answer keeps only one of these busy.
const ENDPOINTS_AT_ONCE: usize = 8;
/// For how long it can be looked up what was sent.
const REMEMBERED: TimeDelta = TimeDelta::days(30);
/// The job that forgets what is older.
const FORGET_JOB: &str = "outbox";

/// How things are sent, apart from the settings.
#[derive(Debug, Clone)]
pub struct SendOptions {
    /// How long one webhook or one mail may take in all.
    pub time_limit: Duration,
    /// When an endpoint is disabled.
    pub patience: Patience,
    /// Who says that names have which addresses.
    pub lookup: Arc<dyn Lookup>,
}

impl Default for SendOptions {
    /// Twenty seconds, and what the rules of retrying propose.
    fn default() -> Self {
        Self {
            time_limit: Duration::from_secs(20),
            patience: Patience::default(),
            lookup: Arc::new(SystemLookup),
        }
    }
}

/// What became of a round.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sent {
    /// Delivered.
    pub delivered: usize,
    /// Failed, to be tried again.
    pub failed: usize,
    /// Given up, or dropped since there was nobody to send it to or nothing left to tell.
    pub ended: usize,
}

impl Sent {
    fn add(&mut self, fate: Fate) {
        match fate {
            Fate::Delivered => self.delivered += 1,
            Fate::Failed => self.failed += 1,
            Fate::Ended => self.ended += 1,
            Fate::NotOurs => {}
        }
    }
}

/// What became of one delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Delivered,
    Failed,
    Ended,
    /// Another server has it, or it is not due any more.
    NotOurs,
}

/// Sends what the outbox holds.
#[derive(Debug, Clone)]
pub struct Courier {
    app: App,
    mailer: Option<Mailer>,
    client: WebhookClient,
    patience: Patience,
}

fn read_file(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| path.display().to_string())
}

fn mailer(settings: &MailSettings, time_limit: Duration) -> anyhow::Result<Mailer> {
    let credentials = match &settings.credentials {
        Some((user, file)) => {
            let password = read_file(file).context("mail.password-file")?;
            let password = password.lines().next().unwrap_or_default().to_owned();
            Some(MailCredentials { user: user.clone(), password })
        }
        None => None,
    };
    let extra_ca = settings.extra_ca.as_deref().map(read_file).transpose().context("mail.extra-ca")?;
    let server = MailServer {
        host: settings.host.clone(),
        port: settings.port,
        security: settings.security.security(),
        credentials,
        from: settings.from.clone(),
        timeout: time_limit,
        extra_ca_pem: extra_ca,
        allow_plain: settings.allow_plain,
    };
    Mailer::new(server).context("the settings for mail")
}

/// A client for webhooks with these settings.
///
/// # Errors
/// Where the file with authorities cannot be used.
pub(crate) fn webhook_client(config: &Config, options: &SendOptions) -> anyhow::Result<WebhookClient> {
    let settings = &config.webhooks;
    let extra_ca = settings.extra_ca.as_deref().map(read_file).transpose().context("webhooks.extra-ca")?;
    let options = WebhookOptions {
        allowed: AllowedAddresses {
            loopback: settings.allow_loopback,
            link_local: settings.allow_link_local,
            hosts: settings.hosts.clone(),
            networks: Vec::new(),
        },
        allow_http: settings.allow_http,
        timeout: options.time_limit,
        extra_ca_pem: extra_ca,
        lookup: Arc::clone(&options.lookup),
        ..WebhookOptions::default()
    };
    WebhookClient::new(options).context("the settings for webhooks")
}

/// The message's id, as its receiver sees it.
pub(crate) fn message_id(id: Uuid) -> String {
    format!("msg_{}", id.simple())
}

impl Courier {
    /// Reads the settings. Nothing is sent.
    ///
    /// # Errors
    /// Where mail or webhooks cannot be sent with these settings.
    pub fn new(app: &App) -> anyhow::Result<Self> {
        Self::with(app, SendOptions::default())
    }

    /// The same with other options.
    ///
    /// # Errors
    /// As [`Courier::new`].
    pub fn with(app: &App, options: SendOptions) -> anyhow::Result<Self> {
        let config = app.config();
        let mailer = config.mail.as_ref().map(|settings| mailer(settings, options.time_limit)).transpose()?;
        let client = webhook_client(config, &options)?;
        Ok(Self { app: app.clone(), mailer, client, patience: options.patience })
    }

    /// Does what there is to do until the task is ended. What is being sent at that moment is sent again when
    /// its claim has run out.
    pub async fn run(self) {
        tokio::join!(
            self.keep_watch(),
            self.keep_sending(Channel::Mail),
            self.keep_sending(Channel::Webhook)
        );
    }

    async fn keep_watch(&self) {
        let mut ticks = tokio::time::interval(WATCH_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut seen: Option<(u64, DateTime<Utc>)> = None;
        loop {
            ticks.tick().await;
            match self.watch_if_changed(seen).await {
                Ok(now_seen) => seen = now_seen,
                // It is tried again at the next tick.
                Err(error) => tracing::error!(%error, "what waits could not be told"),
            }
        }
    }

    async fn watch_if_changed(
        &self,
        seen: Option<(u64, DateTime<Utc>)>,
    ) -> Result<Option<(u64, DateTime<Utc>)>, StoreError> {
        let now = self.app.store().clock().now();
        let size = self.app.store().ledger_head().await?.size();
        if seen.is_some_and(|(known, at)| known == size && now < at + WATCH_ANYWAY) {
            return Ok(seen);
        }
        self.queue().await?;
        Ok(Some((size, now)))
    }

    async fn keep_sending(&self, channel: Channel) {
        let mut ticks = tokio::time::interval(SEND_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Err(error) = self.send(channel).await {
                tracing::error!(%error, "the outbox could not be read");
            }
        }
    }

    /// Queues what is to be told now, and forgets what was told long ago.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn queue(&self) -> Result<(), StoreError> {
        let told = self.app.watch().await?;
        if told.raised > 0 {
            tracing::debug!(raised = told.raised, ended = told.ended, "alerts");
        }
        let mails = self.app.queue_digests().await?;
        if mails > 0 {
            tracing::info!(mails, "the mail of the day is queued");
        }
        self.forget().await
    }

    async fn forget(&self) -> Result<(), StoreError> {
        let store = self.app.store();
        let today = jst_date(store.clock().now());
        if store.job_run(FORGET_JOB).await?.is_some_and(|last| last.last_day >= today) {
            return Ok(());
        }
        store
            .write("outbox.forget", move |tx| {
                Box::pin(async move {
                    if tx.first_on(FORGET_JOB, today).await? {
                        let before = tx.now() - REMEMBERED;
                        tx.forget_deliveries(before).await?;
                        tx.forget_alerts(before).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Sends what is due now on a channel.
    ///
    /// # Errors
    /// Where the store fails before anything is sent.
    pub async fn send(&self, channel: Channel) -> Result<Sent, StoreError> {
        let mut sent = Sent::default();
        if channel == Channel::Mail && self.mailer.is_none() {
            return Ok(sent);
        }
        let due = self.app.store().due_deliveries(channel, AT_ONCE).await?;
        let mut turns: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
        for (target, id) in due {
            // All mail goes through one server.
            let turn = if channel == Channel::Mail { Uuid::nil() } else { target };
            turns.entry(turn).or_default().push(id);
        }
        let turns = stream::iter(turns.into_values().map(|ids| self.turn(channel, ids)));
        let mut turns = turns.buffer_unordered(ENDPOINTS_AT_ONCE);
        while let Some(fates) = turns.next().await {
            for fate in fates {
                sent.add(fate);
            }
        }
        Ok(sent)
    }

    /// Sends one after another to one server, until that does not answer as it should: the others would fare
    /// no better, and each would cost the time that it takes to find out.
    async fn turn(&self, channel: Channel, ids: Vec<Uuid>) -> Vec<Fate> {
        let mut fates = Vec::new();
        for id in ids {
            let done = match channel {
                Channel::Mail => self.send_mail(id).await,
                Channel::Webhook => self.send_webhook(id).await,
            };
            match done {
                Ok((fate, goes_on)) => {
                    fates.push(fate);
                    if !goes_on {
                        break;
                    }
                }
                Err(error) => {
                    tracing::error!(%error, "a delivery was not recorded");
                    break;
                }
            }
        }
        fates
    }

    // -------------------------------------------------------------------------------------------- webhooks

    async fn send_webhook(&self, id: Uuid) -> Result<(Fate, bool), StoreError> {
        let store = self.app.store();
        let claimed = store
            .write("delivery.claim", move |tx| {
                Box::pin(async move {
                    let Some((claim, delivery)) = tx.claim_delivery(id, CLAIM).await? else {
                        return Ok::<_, StoreError>(Err(Fate::NotOurs));
                    };
                    let webhook = tx.webhook(WebhookId(delivery.target)).await?;
                    match webhook.filter(|webhook| webhook.disabled.is_none()) {
                        Some(webhook) => Ok(Ok((claim, delivery, webhook))),
                        None => {
                            tx.not_sent(claim, NotSent::Dropped, "there is no such endpoint any more")
                                .await?;
                            Ok(Err(Fate::Ended))
                        }
                    }
                })
            })
            .await?;
        let (claim, delivery, webhook) = match claimed {
            Ok(claimed) => claimed,
            Err(fate) => return Ok((fate, true)),
        };
        let payload = Payload {
            id: message_id(delivery.id),
            timestamp: store.clock().now(),
            body: delivery.body.clone().into_bytes(),
        };
        let delivered = self.client.deliver(&webhook.endpoint, &payload).await;
        let goes_on = delivered.is_ok();
        let fate = self.note_webhook(claim, &delivery, &webhook, delivered.err()).await?;
        Ok((fate, goes_on))
    }

    async fn note_webhook(
        &self,
        claim: Claim,
        delivery: &Delivery,
        webhook: &Webhook,
        failure: Option<WebhookFailure>,
    ) -> Result<Fate, StoreError> {
        let jitter = self.jitter();
        let (attempts, id, patience) = (delivery.attempts, webhook.id, self.patience);
        let host = webhook.host().to_owned();
        self.app
            .store()
            .write("delivery.outcome", move |tx| {
                Box::pin(async move {
                    let Some(failure) = failure else {
                        if tx.delivered(claim).await? {
                            tx.note_webhook_outcome(id, Outcome::Delivered, None, patience).await?;
                        }
                        return Ok(Fate::Delivered);
                    };
                    let detail = failure.detail;
                    let next = match failure.kind.is_worth_retrying() {
                        true => retry::next(attempts, jitter, failure.retry_after),
                        false => Next::GivesUp,
                    };
                    let (outcome, fate, ours) = match next {
                        Next::After(wait) => {
                            let at = tx.now() + wait;
                            (Outcome::Failed, Fate::Failed, tx.try_again(claim, &detail, at).await?)
                        }
                        Next::GivesUp => {
                            let gone = failure.kind == WebhookFailureKind::Gone;
                            let outcome = if gone { Outcome::Gone } else { Outcome::Exhausted };
                            let ours = tx.not_sent(claim, NotSent::GivenUp, &detail).await?;
                            (outcome, Fate::Ended, ours)
                        }
                    };
                    if ours {
                        tracing::info!(endpoint = %id, host, attempts, detail, "a webhook was not delivered");
                        if let Some(why) =
                            tx.note_webhook_outcome(id, outcome, Some(&detail), patience).await?
                        {
                            tracing::warn!(endpoint = %id, host, ?why, "an endpoint was disabled");
                        }
                    }
                    Ok(fate)
                })
            })
            .await
    }

    fn jitter(&self) -> u32 {
        u32::from_be_bytes(self.app.store().entropy().bytes())
    }

    // ------------------------------------------------------------------------------------------------ mail

    async fn send_mail(&self, id: Uuid) -> Result<(Fate, bool), StoreError> {
        let Some(mailer) = &self.mailer else { return Ok((Fate::NotOurs, false)) };
        let store = self.app.store();
        let claimed = store
            .write("delivery.claim", move |tx| Box::pin(async move { tx.claim_delivery(id, CLAIM).await }))
            .await?;
        let Some((claim, delivery)) = claimed else { return Ok((Fate::NotOurs, true)) };
        let person = PersonId(delivery.target);
        let message = match self.app.mail_to(person, &delivery).await? {
            Ok(message) => message,
            Err(why) => {
                store
                    .write("delivery.drop", move |tx| {
                        Box::pin(async move { tx.not_sent(claim, NotSent::Dropped, why).await })
                    })
                    .await?;
                return Ok((Fate::Ended, true));
            }
        };
        let failure = mailer.send(&message, store.clock().now()).await.err();
        // What is wrong with one mail need not be wrong with the next.
        let goes_on = failure.as_ref().is_none_or(|failure| {
            use MailFailureKind::{Invalid, Permanent, Temporary};
            matches!(failure.kind, Permanent | Temporary | Invalid)
        });
        Ok((self.note_mail(claim, delivery.attempts, failure).await?, goes_on))
    }

    async fn note_mail(
        &self,
        claim: Claim,
        attempts: u32,
        failure: Option<MailFailure>,
    ) -> Result<Fate, StoreError> {
        let jitter = self.jitter();
        self.app
            .store()
            .write("delivery.outcome", move |tx| {
                Box::pin(async move {
                    let Some(failure) = failure else {
                        tx.delivered(claim).await?;
                        return Ok(Fate::Delivered);
                    };
                    tracing::warn!(attempts, detail = failure.detail, "a mail was not delivered");
                    let next = match failure.kind.is_worth_retrying() {
                        true => retry::next(attempts, jitter, None),
                        false => Next::GivesUp,
                    };
                    match next {
                        Next::After(wait) => {
                            let at = tx.now() + wait;
                            tx.try_again(claim, &failure.detail, at).await?;
                            Ok(Fate::Failed)
                        }
                        Next::GivesUp => {
                            tx.not_sent(claim, NotSent::GivenUp, &failure.detail).await?;
                            Ok(Fate::Ended)
                        }
                    }
                })
            })
            .await
    }
}
