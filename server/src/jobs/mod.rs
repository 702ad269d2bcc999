//! What the server does by itself at its time: on one server at a time, and again where it was missed.

pub mod deliver;
pub mod lease;
pub mod purge;
pub mod trail;

use std::time::Duration;

use chrono::NaiveTime;

use crate::app::App;

/// How often it is looked whether there is anything to do. Looking is two or three small reads.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Does what there is to do until the task is ended: the sweep each day from `purge_at` on, in Japan.
pub async fn run(app: App, purge_at: NaiveTime) {
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        // Before the sweep, which is made by the regulation in force.
        if let Err(error) = app.follow_profiles().await {
            tracing::error!(%error, "the regulation could not be read");
        }
        if let Err(error) = purge::when_due(&app, purge_at).await {
            // It is tried again at the next tick.
            tracing::error!(%error, "the purge sweep failed");
        }
    }
}
