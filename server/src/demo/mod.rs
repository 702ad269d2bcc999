//! A small town to look around in, under any of the regulations that come with the product. Everything in it
//! was done through the same use cases as in a real one, by a clock that is moved and bytes that come from
//! the date, so that one day under one regulation always makes the same town.
//!
//! | Question | Module |
//! | --- | --- |
//! | Who lives there, and in which role of the regulation? | [`people`] |
//! | What do they keep, and until when? | [`goods`] |
//! | Who did what, and when? | [`town`], [`story`] |
//! | What do its photographs show? | [`picture`] |
//! | What is there to see? | [`sights`] |

mod goods;
mod people;
mod picture;
mod sights;
mod story;
mod town;

use anyhow::anyhow;
use chrono::{Datelike, NaiveDate, TimeDelta};
use hokan_domain::japan_date;
use hokan_mobile_api::Problem;
use sha2::{Digest, Sha256};

use crate::{
    app::{App, ProfileText},
    clock::Clock,
    config::Config,
    entropy::Entropy,
    serve,
    store::{Schema, StoreError, settings::Setting},
};

/// The password of everybody in the demonstration. A real register never has one that was not drawn.
pub const PASSWORD: &str = "hokan-demo";

/// The secret of somebody's authenticator app in the demonstration, which shows the codes itself. A real register
/// never has one that was not drawn.
#[must_use]
pub fn totp_secret(login: &str) -> Vec<u8> {
    let digest = Sha256::new().chain_update(b"hokan demo app\0").chain_update(login.as_bytes()).finalize();
    digest.iter().copied().take(20).collect()
}

/// Gives everybody an authenticator app, and says in the register itself that it is a demonstration.
async fn finish(app: &App) -> Result<(), StoreError> {
    for account in app.store().people().await? {
        app.identity().set_totp(account.person.id, totp_secret(&account.login)).await?;
    }
    app.store()
        .write("demo.mark", |tx| Box::pin(async move { tx.set_setting(Setting::Demonstration, "yes").await }))
        .await
}

/// The name of the town.
pub const BODY: &str = "見本町";

/// How many items there are.
pub const ITEMS: usize = 60;

/// For how many days before its today the town has been at work.
const DAYS: i64 = 40;

/// What was made, or found.
#[derive(Debug)]
pub struct Made {
    /// Whether the town was there already.
    pub found: bool,
    /// What there is, for people.
    pub summary: String,
}

fn problem(problem: Problem) -> anyhow::Error {
    anyhow!("{}: {}", problem.code, problem.detail)
}

/// Makes the town in the data folder of `config`, unless there is one already: under the regulation of this
/// name, with `date` as its today.
///
/// # Errors
/// Where no such regulation comes with the product, the register cannot be opened or something in the town is
/// refused.
pub async fn make(config: &Config, date: Option<NaiveDate>, profile: &str) -> anyhow::Result<Made> {
    let profile = ProfileText::shipped(profile)?;
    let today = date.unwrap_or_else(|| japan_date::jst_date(Clock::system().now()));
    let seed = u64::try_from(today.num_days_from_ce()).unwrap_or(0);
    // The town's day begins at midnight in Japan; what its people did lies before that, so that nothing in
    // the ledger lies in the future of the server that goes on with it.
    let midnight = japan_date::jst_day_start(today);
    let clock = Clock::standing_at(midnight - TimeDelta::days(DAYS));
    let app = serve::open(config.clone(), clock.clone(), Entropy::seeded(seed), Schema::Migrate).await?;
    let found = app.store().has_people().await?;
    if found && app.store().setting(Setting::Demonstration).await?.is_none() {
        app.store().clone().close().await;
        anyhow::bail!(
            "{} holds a register that is no demonstration of this version: choose another folder",
            config.data_dir.display()
        );
    }
    if !found {
        Box::pin(town::build(app.clone(), clock, today, &profile)).await?;
        finish(&app).await?;
    }
    let summary = summary(&app).await?;
    app.store().clone().close().await;
    Ok(Made { found, summary })
}

async fn summary(app: &App) -> anyhow::Result<String> {
    let store = app.store();
    let items = store.count_items(&crate::store::items::ItemFilter::first(1)).await?;
    let frontier = store.ledger_head().await?;
    Ok(format!(
        "{}: {} people, {items} items, {} sheets of labels, {} entries in the ledger, root {}",
        app.body_name().await,
        store.people().await?.len(),
        store.sheets().await?.len(),
        frontier.size(),
        frontier.root().to_base64(),
    ))
}

/// What to look at, and who may sign in.
///
/// # Errors
/// Where the store fails.
pub async fn welcome(app: &App, made: &Made) -> anyhow::Result<String> {
    let config = app.config();
    let mut text = format!("\n{}\n\nOpen {}\n", made.summary, config.public_url);
    if app.ca_certificate().is_some() {
        text.push_str(&format!(
            "The certificate is this server's own: a browser warns until it is told to trust it.\n\
             {}/trust shows how.\n",
            config.public_url
        ));
    }
    text.push_str(&sights::told(app).await?);
    text.push_str(&format!(
        "\nTry: sign in as sato, hand an item over to suzuki, sign in as suzuki in another browser and accept \
         it on the scan page.\nThen: hokan ledger verify --data-dir {}\nCtrl-C stops the server.\n",
        config.data_dir.display()
    ));
    Ok(text)
}
