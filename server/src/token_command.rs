//! Tokens for machines on the shell.

use std::process::ExitCode;

use anyhow::bail;
use chrono::TimeDelta;
use clap::Subcommand;
use hokan_domain::japan_date::jst_date_time;

use crate::{
    app::{App, NewToken},
    command::{open, say},
    config::Flags,
    machine::Scope,
    store::{Schema, tokens::TokenId},
};

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Make a token and print it; it is shown only once.
    Add {
        /// What people call the machine.
        name: String,
        /// The login of whoever answers for it; the token never exceeds that person's authority.
        #[arg(long, value_name = "LOGIN")]
        owner: String,
        /// What it is for, separated by commas.
        #[arg(long = "scope", value_delimiter = ',', required = true, value_parser = scope)]
        scopes: Vec<Scope>,
        /// How many days it holds, 1 to 365.
        #[arg(long, value_parser = clap::value_parser!(u16).range(1..=365))]
        days: u16,
        #[command(flatten)]
        flags: Flags,
    },
    /// List the tokens: id, name, who answers, scopes, end, last use.
    List(Flags),
    /// Revoke a token at once.
    Revoke {
        /// As `hokan token list` shows it.
        id: TokenId,
        #[command(flatten)]
        flags: Flags,
    },
}

fn scope(code: &str) -> Result<Scope, String> {
    Scope::from_code(code).ok_or_else(|| {
        let known: Vec<_> = Scope::ALL.iter().map(|scope| scope.code()).collect();
        format!("there is no such scope; known are {}", known.join(", "))
    })
}

/// Runs a command about tokens.
///
/// # Errors
/// What kept it from being done, for people to read.
pub(crate) async fn run(command: TokenCommand) -> anyhow::Result<ExitCode> {
    let flags = match &command {
        TokenCommand::List(flags) | TokenCommand::Add { flags, .. } | TokenCommand::Revoke { flags, .. } => {
            flags.clone()
        }
    };
    let app = open(&flags, Schema::Require).await?;
    let done = run_on(&app, command).await;
    app.store().clone().close().await;
    for line in done? {
        say(&line)?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn run_on(app: &App, command: TokenCommand) -> anyhow::Result<Vec<String>> {
    match command {
        TokenCommand::Add { name, owner, scopes, days, .. } => {
            let expires_at = app.store().clock().now() + TimeDelta::days(i64::from(days));
            let new = NewToken { name, owner, scopes: scopes.into_iter().collect(), expires_at };
            let (token, secret) = app.add_token(None, new).await?;
            Ok(vec![token.id.to_string(), format!("token: {secret}")])
        }
        TokenCommand::List(_) => {
            let tokens = app.store().tokens().await?;
            let people = app.store().people().await?;
            let now = app.store().clock().now();
            let lines = tokens.iter().map(|token| {
                let owner = people.iter().find(|account| account.person.id == token.owner);
                let owner = owner.map_or("", |account| account.login.as_str());
                let scopes: Vec<_> = token.scopes.iter().map(|scope| scope.code()).collect();
                let state = if token.is_live(now) { "until" } else { "over" };
                let used = token.last_used_at.map_or_else(|| "never used".to_owned(), jst_date_time);
                let until = jst_date_time(token.expires_at);
                format!(
                    "{}\t{}\t{owner}\t{}\t{state} {until}\t{used}",
                    token.id,
                    token.name,
                    scopes.join(",")
                )
            });
            Ok(lines.collect())
        }
        TokenCommand::Revoke { id, .. } => {
            let known = app
                .store()
                .write("token.revoke", move |tx| Box::pin(async move { tx.revoke_token(id, None).await }));
            if !known.await? {
                bail!("there is no token {id} in use: `hokan token list` shows those that there are");
            }
            Ok(Vec::new())
        }
    }
}
