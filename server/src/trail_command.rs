//! The trail on the shell: check it against its seals, let what has outlived its period go.

use std::process::ExitCode;

use anyhow::bail;
use chrono::NaiveDate;
use clap::Subcommand;
use hokan_domain::ids::EventId;

use crate::{
    command::{open, say, shell_caller},
    config::Flags,
    store::Schema,
};

#[derive(Debug, Subcommand)]
pub(crate) enum TrailCommand {
    /// Check every line against the seal of its day. Exit status 1 if anything is wrong. `hokan ledger verify`
    /// checks the seals themselves.
    Verify(Flags),
    /// Let the lines of all days before a day go, where their period is over. Their seals stay.
    Prune {
        /// The first day that stays, as in 2026-04-01.
        #[arg(long, value_name = "DATE")]
        before: NaiveDate,
        /// The name to sign in with of whoever does this.
        #[arg(long = "as", value_name = "LOGIN")]
        login: String,
        #[command(flatten)]
        flags: Flags,
    },
}

/// Runs a command about the trail.
///
/// # Errors
/// What kept it from being done, for people to read.
pub(crate) async fn run(command: TrailCommand) -> anyhow::Result<ExitCode> {
    match command {
        TrailCommand::Verify(flags) => {
            let app = open(&flags, Schema::Require).await?;
            let verdict = app.verify_trail().await;
            app.store().clone().close().await;
            let verdict = verdict?;
            for fault in &verdict.faults {
                say(&fault.to_string())?;
            }
            say(&format!(
                "{} lines of {} days, {} days pruned: {}",
                verdict.lines,
                verdict.days,
                verdict.pruned,
                if verdict.faults.is_empty() { "as they were sealed" } else { "NOT as they were sealed" }
            ))?;
            Ok(if verdict.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        TrailCommand::Prune { before, login, flags } => {
            let app = open(&flags, Schema::Require).await?;
            let caller = shell_caller(&app, &login).await;
            let pruned = match caller {
                Ok(caller) => {
                    let store = app.store();
                    let event = EventId(store.entropy().id(store.clock().now()));
                    Ok(app.prune_trail(&caller, before, event).await)
                }
                Err(error) => Err(error),
            };
            app.store().clone().close().await;
            match pruned? {
                Ok((lines, days)) => say(&format!("{lines} lines of {days} days have gone"))?,
                Err(problem) => bail!("{problem}"),
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}
