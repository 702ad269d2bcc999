//! Endpoints of webhooks on the shell.

use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Subcommand;
use hokan_domain::{japan_date::jst_date_time, text::Lang};
use hokan_outbound::webhook::{Endpoint, Payload, Secret, event_body};
use serde_json::json;

use crate::{
    app::{App, Topic, disabled_sentence},
    command::{open, say},
    config::Flags,
    jobs::deliver::{SendOptions, message_id, webhook_client},
    store::{
        Schema,
        webhooks::{Kinds, Webhook, WebhookId},
    },
};

/// The kind of event that a test sends, and nothing else.
const TEST: &str = "test";

#[derive(Debug, Subcommand)]
pub(crate) enum WebhookCommand {
    /// Add an endpoint and print the secret that signs what it gets; it is shown only once.
    Add {
        /// Its address, as in `https://relay.town.example.jp/hokan`.
        url: String,
        /// The kinds of event that it wants, separated by commas; every kind where none is given.
        #[arg(long, value_delimiter = ',', value_parser = topic)]
        kinds: Vec<Topic>,
        #[command(flatten)]
        flags: Flags,
    },
    /// List the endpoints: how each is doing, and why one is disabled.
    List(Flags),
    /// Remove an endpoint with all that was still to be sent there.
    Remove {
        /// As `hokan webhook list` shows it.
        id: WebhookId,
        #[command(flatten)]
        flags: Flags,
    },
    /// Let an endpoint get again what happens from now on.
    Enable {
        /// As `hokan webhook list` shows it.
        id: WebhookId,
        #[command(flatten)]
        flags: Flags,
    },
    /// Send an event of the kind “test” to an endpoint now, enabled or not, and say what became of it.
    Test {
        /// As `hokan webhook list` shows it.
        id: WebhookId,
        #[command(flatten)]
        flags: Flags,
    },
}

fn topic(code: &str) -> Result<Topic, String> {
    Topic::from_code(code).ok_or_else(|| {
        let known: Vec<_> = Topic::ALL.iter().map(|topic| topic.code()).collect();
        format!("there is no such kind of event; known are {}", known.join(", "))
    })
}

/// Runs a command about webhooks.
///
/// # Errors
/// What kept it from being done, for people to read.
pub(crate) async fn run(command: WebhookCommand) -> anyhow::Result<ExitCode> {
    let flags = match &command {
        WebhookCommand::List(flags)
        | WebhookCommand::Add { flags, .. }
        | WebhookCommand::Remove { flags, .. }
        | WebhookCommand::Enable { flags, .. }
        | WebhookCommand::Test { flags, .. } => flags.clone(),
    };
    let app = open(&flags, Schema::Require).await?;
    let done = run_on(&app, command).await;
    app.store().clone().close().await;
    for line in done? {
        say(&line)?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn run_on(app: &App, command: WebhookCommand) -> anyhow::Result<Vec<String>> {
    match command {
        WebhookCommand::Add { url, kinds, .. } => add(app, url, &kinds).await,
        WebhookCommand::List(_) => {
            let mut lines = Vec::new();
            for webhook in app.store().webhooks().await? {
                lines.push(listed(&webhook, app.store().waiting_deliveries(webhook.id.0).await?));
            }
            Ok(lines)
        }
        WebhookCommand::Remove { id, .. } => {
            let known = app
                .store()
                .write("webhook.remove", move |tx| Box::pin(async move { tx.remove_webhook(id).await }));
            known_or_say(id, known.await?)
        }
        WebhookCommand::Enable { id, .. } => {
            let known = app
                .store()
                .write("webhook.enable", move |tx| Box::pin(async move { tx.enable_webhook(id).await }));
            known_or_say(id, known.await?)
        }
        WebhookCommand::Test { id, .. } => test(app, id).await,
    }
}

fn known_or_say(id: WebhookId, known: bool) -> anyhow::Result<Vec<String>> {
    if !known {
        bail!("there is no endpoint {id}: `hokan webhook list` shows those that there are");
    }
    Ok(Vec::new())
}

async fn add(app: &App, url: String, topics: &[Topic]) -> anyhow::Result<Vec<String>> {
    webhook_client(app.config(), &SendOptions::default())?.check_url(&url)?;
    let secret = Secret::from_bytes(&app.store().entropy().bytes::<32>())?;
    let revealed = secret.reveal();
    let kinds = match topics {
        [] => Kinds::All,
        topics => Kinds::These(topics.iter().map(|topic| topic.code().to_owned()).collect()),
    };
    let endpoint = Endpoint { url, secrets: vec![secret] };
    let id = app
        .store()
        .write("webhook.add", move |tx| Box::pin(async move { tx.add_webhook(&endpoint, &kinds).await }))
        .await?;
    Ok(vec![id.to_string(), format!("secret: {revealed}")])
}

/// One endpoint in one line. Path and query of its address are left out: they often hold a token.
fn listed(webhook: &Webhook, waiting: u64) -> String {
    let state = match (&webhook.disabled, webhook.health.failing_since) {
        (Some(disabled), _) => {
            format!("disabled {}: {}", jst_date_time(disabled.at), disabled_sentence(disabled.why, Lang::En))
        }
        (None, Some(since)) => format!("failing since {}", jst_date_time(since)),
        (None, None) => "well".to_owned(),
    };
    let error = webhook.last_error.as_deref().unwrap_or_default();
    format!("{}\t{}\t{}\t{waiting} waiting\t{state}\t{error}", webhook.id, webhook.host(), webhook.kinds)
        .trim_end()
        .to_owned()
}

async fn test(app: &App, id: WebhookId) -> anyhow::Result<Vec<String>> {
    let webhooks = app.store().webhooks().await?;
    let webhook = webhooks.into_iter().find(|webhook| webhook.id == id);
    let webhook = webhook.with_context(|| format!("there is no endpoint {id}"))?;
    let client = webhook_client(app.config(), &SendOptions::default())?;
    let now = app.store().clock().now();
    let data = json!({ "url": app.config().public_url });
    let payload = Payload {
        id: message_id(app.store().entropy().id(now)),
        timestamp: now,
        body: event_body(TEST, now, &data),
    };
    let delivered =
        client.deliver(&webhook.endpoint, &payload).await.context("the event was not delivered")?;
    let mut lines = vec![format!("delivered: status {}", delivered.status)];
    if webhook.disabled.is_some() {
        lines.push(format!("the endpoint is disabled: `hokan webhook enable {id}` lets it get events again"));
    }
    Ok(lines)
}
