//! The regulation on the shell: check a profile, adopt it, set its numbers, have an act explained; give its
//! roles to people.

use std::{collections::BTreeMap, fs, path::PathBuf, process::ExitCode};

use anyhow::{Context, bail};
use chrono::NaiveDate;
use clap::{Args, Subcommand};
use hokan_domain::{
    custody::ActKind,
    explanation::{Explanation, explain},
    ids::EventId,
    japan_date::jst_date,
    label::{LabelState, LabelTarget},
    profile::{
        Profile, RoleId,
        read::{SHIPPED, Texts},
    },
    text::{Lang, Names},
};

use crate::{
    app::{App, NewHolding, ProfileText},
    command::{open, say, shell_caller},
    config::Flags,
    store::Schema,
};

#[derive(Debug, Subcommand)]
pub(crate) enum ProfileCommand {
    /// List the profiles that come with Hokan, and those that were adopted here.
    List(Flags),
    /// Read a profile and say what is wrong with it, or what it asks for.
    Check {
        /// A file, or the name of a profile that comes with Hokan.
        file: String,
        /// In Japanese.
        #[arg(long)]
        ja: bool,
    },
    /// Let a profile judge from a day on.
    Adopt {
        /// A file, or the name of a profile that comes with Hokan.
        file: String,
        /// The first day, as in 2026-04-01; the profile's own where none is given.
        #[arg(long)]
        from: Option<NaiveDate>,
        #[command(flatten)]
        by: By,
        #[command(flatten)]
        flags: Flags,
    },
    /// Set a number that the regulation leaves to the body, from today on.
    Set {
        /// The number's name, as `hokan profile check` shows it.
        value: String,
        /// The number.
        number: u32,
        #[command(flatten)]
        by: By,
        #[command(flatten)]
        flags: Flags,
    },
    /// Say who must approve an act on an item, what is missing, and by which clause.
    Explain {
        /// The act, as in take-out or destroy.
        act: String,
        /// The code on the item's label.
        #[arg(long, value_name = "CODE")]
        item: String,
        /// For whom: the name to sign in with.
        #[command(flatten)]
        by: By,
        /// In Japanese.
        #[arg(long)]
        ja: bool,
        #[command(flatten)]
        flags: Flags,
    },
}

/// For whom something is done on the shell.
#[derive(Debug, Args)]
pub(crate) struct By {
    /// The name to sign in with of whoever does this.
    #[arg(long = "as", value_name = "LOGIN")]
    login: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RoleCommand {
    /// Give a role to somebody.
    Grant {
        /// The name to sign in with.
        login: String,
        /// The role, as the profile names it.
        role: String,
        /// For which division.
        #[arg(long)]
        division: Option<String>,
        /// Whose deputy: the name to sign in with.
        #[arg(long, value_name = "LOGIN")]
        deputy_for: Option<String>,
        /// The first day; today where none is given.
        #[arg(long)]
        from: Option<NaiveDate>,
        /// The last day.
        #[arg(long)]
        to: Option<NaiveDate>,
        #[command(flatten)]
        flags: Flags,
    },
    /// End a role of somebody.
    End {
        /// The name to sign in with.
        login: String,
        /// The role.
        role: String,
        /// The last day; today where none is given.
        #[arg(long)]
        last: Option<NaiveDate>,
        #[command(flatten)]
        flags: Flags,
    },
    /// List who holds which role today.
    List(Flags),
}

#[derive(Debug, Subcommand)]
pub(crate) enum DivisionCommand {
    /// Add a division.
    Add {
        /// What people call it.
        name: String,
        #[command(flatten)]
        flags: Flags,
    },
    /// List the divisions.
    List(Flags),
}

fn text_of(file: &str) -> anyhow::Result<ProfileText> {
    if SHIPPED.iter().any(|shipped| shipped.id == file) {
        return Ok(ProfileText::shipped(file)?);
    }
    let path = PathBuf::from(file);
    let own = fs::read_to_string(&path).with_context(|| {
        format!("{file} is no file that can be read, and no profile of that name comes with Hokan")
    })?;
    Ok(ProfileText { file: file.to_owned(), own: Some(own) })
}

fn lang(ja: bool) -> Lang {
    if ja { Lang::Ja } else { Lang::En }
}

/// Runs a command about profiles.
///
/// # Errors
/// What kept it from being done, for people to read.
pub(crate) async fn run(command: ProfileCommand) -> anyhow::Result<ExitCode> {
    match command {
        ProfileCommand::List(flags) => list(&flags).await?,
        ProfileCommand::Check { file, ja } => return check(&file, lang(ja)),
        ProfileCommand::Adopt { file, from, by, flags } => {
            let text = text_of(&file)?;
            let app = open(&flags, Schema::Require).await?;
            let caller = shell_caller(&app, &by.login).await?;
            let act = EventId(app.store().entropy().id(app.store().clock().now()));
            let settings = BTreeMap::new();
            let profile = app.adopt_profile(&text, settings, from, caller.person.id, act).await?;
            say(&format!(
                "{} ({}) judges from {}\ndigest {}",
                profile.id,
                profile.title.get(Lang::Ja),
                profile.in_force_from,
                profile.digest
            ))?;
            app.store().clone().close().await;
        }
        ProfileCommand::Set { value, number, by, flags } => {
            let app = open(&flags, Schema::Require).await?;
            let caller = shell_caller(&app, &by.login).await?;
            let act = EventId(app.store().entropy().id(app.store().clock().now()));
            let profile = app.set_profile_value(&value, number, caller.person.id, act).await?;
            say(&format!("{value} = {number} from {}\ndigest {}", profile.in_force_from, profile.digest))?;
            app.store().clone().close().await;
        }
        ProfileCommand::Explain { act, item, by, ja, flags } => {
            let app = open(&flags, Schema::Require).await?;
            let told = explain_act(&app, &act, &item, &by.login, lang(ja)).await;
            app.store().clone().close().await;
            for line in told? {
                say(&line)?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(flags: &Flags) -> anyhow::Result<()> {
    for shipped in SHIPPED {
        let text = ProfileText::shipped(shipped.id)?;
        let profile = text.read(&BTreeMap::new())?;
        say(&format!("{}\t{}", shipped.id, profile.title.get(Lang::Ja)))?;
    }
    let app = open(flags, Schema::Require).await?;
    for adopted in app.store().adopted_profiles().await? {
        say(&format!("adopted\t{}\tfrom {}\t{}", adopted.profile, adopted.in_force_from, adopted.digest))?;
    }
    say(&format!("in force\t{}", app.profile().id))?;
    app.store().clone().close().await;
    Ok(())
}

fn check(file: &str, lang: Lang) -> anyhow::Result<ExitCode> {
    let text = text_of(file)?;
    let settings = BTreeMap::new();
    let texts = match &text.own {
        Some(own) => Texts::of(&text.file, own),
        None => Texts::national_default(),
    };
    match Profile::read(&texts.with(&settings)) {
        Ok(profile) => {
            say(hokan_domain::profile::explain::summary(&profile, lang).trim_end())?;
            Ok(ExitCode::SUCCESS)
        }
        Err(errors) => {
            say(&errors.text(lang))?;
            Ok(ExitCode::FAILURE)
        }
    }
}

async fn explain_act(
    app: &App,
    act: &str,
    code: &str,
    login: &str,
    lang: Lang,
) -> anyhow::Result<Vec<String>> {
    let Some(kind) = ActKind::from_code(act) else {
        let known: Vec<_> = ActKind::ALL.iter().map(|kind| kind.code()).collect();
        bail!("there is no act “{act}”; known are {}", known.join(", "));
    };
    let code: hokan_labels::LabelCode = code.parse().context("the code on the label")?;
    let label: hokan_domain::label::LabelId = code.as_str().parse().context("the code on the label")?;
    let Some(LabelState::Bound(LabelTarget::Item(id))) = app.store().label(&label).await? else {
        bail!("the label {label} is on no item");
    };
    let item = app.store().item(id).await?.context("the item of the label")?;
    let caller = shell_caller(app, login).await?;
    let now = app.store().clock().now();
    let profile = app.profile_on(jst_date(now));
    let explanation = explain(&item, kind, &caller.person, &profile, now);
    Ok(app.with_names(lang, |book| lines(&explanation, &profile, lang, book)).await?)
}

/// An explanation as lines for people.
fn lines(explanation: &Explanation, profile: &Profile, lang: Lang, names: &dyn Names) -> Vec<String> {
    let mut lines = vec![explanation.act.name(lang).to_owned()];
    for gate in &explanation.gates {
        let name = |role: &RoleId| profile.role_name(role, lang);
        let join = |roles: &[RoleId]| {
            let joint = if gate.all { lang.pick("及び", " and ") } else { lang.pick("又は", " or ") };
            roles.iter().map(name).collect::<Vec<_>>().join(joint)
        };
        let (what, roles, cite) = (gate.gated.name(lang), join(&gate.roles), gate.source.cite(lang));
        lines.push(
            lang.pick(format!("  {what}：{roles}の許可（{cite}）"), format!("  {what}: by {roles} ({cite})")),
        );
        for given in &gate.given {
            let (by, role) = (names.person(given.by), name(&given.role));
            lines.push(
                lang.pick(format!("    {by}（{role}）が承認済み"), format!("    approved by {by} ({role})")),
            );
        }
        if !gate.missing.is_empty() {
            let missing = join(&gate.missing);
            lines.push(lang.pick(format!("    未承認：{missing}"), format!("    still missing: {missing}")));
        }
    }
    lines.push(match &explanation.refusal {
        None => lang.pick("  いま行えます。", "  It can be done now.").to_owned(),
        Some(refusal) => {
            format!("  {} [{}]", refusal.reason.sentence(lang, names), refusal.source.cite(lang))
        }
    });
    lines
}

/// Runs a command about roles.
///
/// # Errors
/// What kept it from being done, for people to read.
pub(crate) async fn run_role(command: RoleCommand) -> anyhow::Result<()> {
    match command {
        RoleCommand::Grant { login, role, division, deputy_for, from, to, flags } => {
            let app = open(&flags, Schema::Require).await?;
            let new = NewHolding { login, role: RoleId(role), division, deputy_for, from, to };
            app.grant_role(new).await?;
            app.store().clone().close().await;
        }
        RoleCommand::End { login, role, last, flags } => {
            let app = open(&flags, Schema::Require).await?;
            let last = last.unwrap_or_else(|| jst_date(app.store().clock().now()));
            let ended = app.end_role(&login, RoleId(role), last).await?;
            say(&format!("{ended} ended after {last}"))?;
            app.store().clone().close().await;
        }
        RoleCommand::List(flags) => {
            let app = open(&flags, Schema::Require).await?;
            let profile = app.profile();
            let today = jst_date(app.store().clock().now());
            let holdings = app.store().roles_held(today).await?;
            let people = app.store().person_names(holdings.iter().map(|holding| holding.person)).await?;
            for holding in holdings {
                let name = people.get(&holding.person).map(String::as_str).unwrap_or_default();
                let role = profile.role_name(&holding.held.role, Lang::Ja);
                let until = holding.to.map(|to| to.to_string()).unwrap_or_default();
                say(&format!("{}\t{role}\t{name}\t{}\t{until}", holding.held.role, holding.from))?;
            }
            app.store().clone().close().await;
        }
    }
    Ok(())
}

/// Runs a command about divisions.
///
/// # Errors
/// What kept it from being done, for people to read.
pub(crate) async fn run_division(command: DivisionCommand) -> anyhow::Result<()> {
    match command {
        DivisionCommand::Add { name, flags } => {
            let app = open(&flags, Schema::Require).await?;
            say(&app.add_division(&name).await?.to_string())?;
            app.store().clone().close().await;
        }
        DivisionCommand::List(flags) => {
            let app = open(&flags, Schema::Require).await?;
            for division in app.store().divisions().await? {
                say(&format!("{}\t{}", division.id, division.name))?;
            }
            app.store().clone().close().await;
        }
    }
    Ok(())
}
