//! What there is to see in the town, for whoever starts it: from the register as it is now.

use std::fmt::Write as _;

use hokan_domain::{
    item::Item,
    profile::{Gated, HANDLER, Profile, RoleId},
    text::Lang,
};
use hokan_mobile_api::{Caller, request::Show};

use super::{ITEMS, PASSWORD, people::PEOPLE, problem};
use crate::{
    app::{App, INBOX_PAGE},
    store::{items::ItemFilter, people::Account},
};

/// How many lines of an inbox are shown.
const LINES: usize = 10;

fn caller(account: &Account) -> Caller {
    Caller::without_session(account.person.clone(), account.name.clone(), Lang::Ja, "demo")
}

/// Who may sign in, in which role; who approves what; what waits for whom, and where.
pub(super) async fn told(app: &App) -> anyhow::Result<String> {
    let profile = app.profile();
    let people = app.store().people().await?;
    let mut text =
        format!("\nThe regulation in force: {} / {} ({})\n", profile.title.ja, profile.title.en, profile.id);
    writeln!(text, "\nEverybody's password is {PASSWORD}. Sign in as")?;
    for lives in PEOPLE {
        writeln!(text, "  {:<10} {}  {}", lives.login, lives.name, lives.what)?;
        if let Some(account) = people.iter().find(|account| account.login == lives.login) {
            let roles = roles(account, &profile);
            if !roles.is_empty() {
                writeln!(text, "             {}", roles.join("、"))?;
            }
        }
    }
    text.push_str("\nWho approves\n");
    for gated in Gated::ALL {
        for gate in profile.gates.iter().filter(|gate| gate.gated == gated) {
            let roles = gate.approvers.roles();
            let named: Vec<String> = roles.iter().map(|role| named(role, &people, &profile)).collect();
            let joined = named.join(if gate.approvers.needs_all() { " and " } else { " or " });
            writeln!(text, "  {}: {joined}  {}", gated.name(Lang::Ja), gate.source.cite(Lang::Ja))?;
        }
    }
    text.push_str("\nWhat waits\n");
    for account in &people {
        let lines = app.inbox(&caller(account)).await.map_err(problem)?;
        for line in lines.iter().take(LINES) {
            let kind = line.kind.name(Lang::Ja);
            writeln!(text, "  {:<10} {kind}: {}  {}", account.login, line.title, line.url)?;
        }
        if lines.len() > LINES {
            writeln!(text, "  {:<10} and {} more  {}", account.login, lines.len() - LINES, INBOX_PAGE)?;
        }
    }
    if let Some(account) = people.first() {
        let caller = caller(account);
        text.push_str("\nOn the road, and other things to look at\n");
        for line in app.carry_outs(&caller, Show::Open).await.map_err(problem)? {
            let seen = app.carry_out(&caller, line.id).await.map_err(problem)?;
            let lock = seen.lock.map(|lock| format!("（封印番号 {lock}）")).unwrap_or_default();
            writeln!(text, "  {}{lock}  {}", seen.sentence, seen.url)?;
        }
        for line in app.incidents(&caller, Show::Open).await.map_err(problem)? {
            writeln!(text, "  {}：{}  {}", line.kind.name, line.headline, line.url)?;
        }
        for item in app.store().items(&ItemFilter::first(u64::try_from(ITEMS)?)).await? {
            if let Some(what) = remarkable(&item) {
                let card = app.item(&caller, item.id).await.map_err(problem)?;
                writeln!(text, "  {}：{what}  {}", card.title, card.url)?;
            }
        }
    }
    Ok(text)
}

/// What an item is there to show, if it is more than being kept.
fn remarkable(item: &Item) -> Option<&'static str> {
    let disposal = &item.disposal;
    if item.loss().is_some() {
        Some("紛失")
    } else if disposal.confirmed.is_some() {
        Some("廃棄済み（立会い・確認済み）")
    } else if item.is_witnessed() {
        Some("廃棄済み（立会い済み）")
    } else if disposal.destroyed.is_some() {
        Some("廃棄済み（立会い待ち）")
    } else if item.open_holds().next().is_some() {
        Some("保存期間の停止中")
    } else if !item.discrepancies.is_empty() {
        Some("食い違いあり")
    } else if item.condition.as_ref().is_some_and(|condition| condition.value.faulty) {
        Some("障害あり")
    } else {
        None
    }
}

/// The roles that somebody plays, each once.
fn roles(account: &Account, profile: &Profile) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for held in &account.person.roles {
        let role = profile.role_name(&held.role, Lang::Ja);
        let name = if held.deputy_for.is_some() { format!("{role}（代理）") } else { role };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// A role with whoever plays it.
fn named(role: &RoleId, people: &[Account], profile: &Profile) -> String {
    let name = profile.role_name(role, Lang::Ja);
    if role.0 == HANDLER {
        return name;
    }
    let plays = |account: &&Account| account.person.roles.iter().any(|held| held.role == *role);
    let logins: Vec<&str> = people.iter().filter(plays).map(|account| account.login.as_str()).collect();
    format!("{} ({name})", logins.join("/"))
}
