//! The trail: each day sealed once it is over, and watched by its rules every few minutes.

use std::time::Duration;

use super::lease::Lease;
use crate::{app::App, store::StoreError};

/// The job's name, under which its lease is kept.
pub const JOB: &str = "trail";

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(5 * 60);

/// Seals and watches until the task is ended.
pub async fn run(app: App) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = once(&app).await {
            // It is tried again at the next tick.
            tracing::error!(%error, "the trail could not be looked after");
        }
    }
}

/// Seals the days that are over and raises what looks wrong, unless another server is at it.
///
/// # Errors
/// Where the store fails.
pub async fn once(app: &App) -> Result<(), StoreError> {
    let Some(lease) = Lease::take(app.store(), JOB).await? else { return Ok(()) };
    app.seal_trail().await?;
    app.watch_trail().await?;
    app.drop_unnamed_files().await?;
    lease.end().await
}
