//! Retention on the shell: sweep, list what has to go, and the calendars that due dates wait for.

use std::process::ExitCode;

use anyhow::bail;
use chrono::{Datelike, NaiveDate, Weekday};
use clap::{Args, Subcommand};
use hokan_domain::{
    calendar::{Calendar, Placed, holiday},
    japan_date::{jst_date, wareki, weekday_ja},
    text::Lang,
};

use crate::{
    app::{
        App,
        retention::{CalendarEdit, DueItem, Whose},
    },
    command::{open, say, shell_caller},
    config::Flags,
    jobs::purge::{self, SweepReport},
    store::{Schema, calendars::CLOSED_DAYS},
};

/// Items that are listed from one reading.
const PAGE: u64 = 200;
/// The most days that a calendar is shown for.
const MOST_DAYS: i64 = 366 * 20;

#[derive(Debug, Subcommand)]
pub(crate) enum PurgeCommand {
    /// Flag what has to go, as the server does each day. Erases nothing.
    Run {
        /// Say what would be flagged and write nothing.
        #[arg(long)]
        dry_run: bool,
        /// The day to sweep for, as in 2026-04-01; today where none is given. Only a dry run looks ahead.
        #[arg(long, value_name = "DATE")]
        as_of: Option<NaiveDate>,
        /// Compute every due date again first, in case of doubt.
        #[arg(long, conflicts_with = "dry_run")]
        recompute: bool,
        #[command(flatten)]
        flags: Flags,
    },
    /// List what has to go: the code on the label, the title, when and by which clause, who owes the act.
    List {
        /// Also what will be due soon.
        #[arg(long)]
        soon: bool,
        /// Only what concerns this person: the name to sign in with.
        #[arg(long = "for", value_name = "LOGIN")]
        person: Option<String>,
        /// In Japanese.
        #[arg(long)]
        ja: bool,
        #[command(flatten)]
        flags: Flags,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum CalendarCommand {
    /// Show the days of a calendar.
    Show {
        /// pension-payment, national (the days on which offices are shut), or one that the profile names.
        name: String,
        /// The first day; today where none is given.
        #[arg(long, value_name = "DATE")]
        from: Option<NaiveDate>,
        /// The last day; a year later where none is given.
        #[arg(long, value_name = "DATE")]
        to: Option<NaiveDate>,
        /// In Japanese.
        #[arg(long)]
        ja: bool,
        #[command(flatten)]
        flags: Flags,
    },
    /// Add a day to a calendar; the due dates that wait for it move.
    Add(EditDay),
    /// Take a day out of a calendar; the due dates that wait for it move.
    Remove(EditDay),
}

#[derive(Debug, Args)]
pub(crate) struct EditDay {
    /// The calendar.
    name: String,
    /// The day, as in 2026-12-15.
    date: NaiveDate,
    /// The name to sign in with of whoever does this.
    #[arg(long = "as", value_name = "LOGIN")]
    login: Option<String>,
    #[command(flatten)]
    flags: Flags,
}

fn lang(ja: bool) -> Lang {
    if ja { Lang::Ja } else { Lang::En }
}

/// Runs a command about what has to go.
///
/// # Errors
/// What kept it from being done, for people to read.
pub(crate) async fn run(command: PurgeCommand) -> anyhow::Result<ExitCode> {
    match command {
        PurgeCommand::Run { dry_run, as_of, recompute, flags } => {
            let app = open(&flags, Schema::Require).await?;
            let swept = sweep(&app, as_of, dry_run, recompute).await;
            app.store().clone().close().await;
            for line in swept? {
                say(&line)?;
            }
        }
        PurgeCommand::List { soon, person, ja, flags } => {
            let app = open(&flags, Schema::Require).await?;
            let listed = list(&app, !soon, person.as_deref(), lang(ja)).await;
            app.store().clone().close().await;
            listed?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn sweep(
    app: &App,
    as_of: Option<NaiveDate>,
    dry_run: bool,
    recompute: bool,
) -> anyhow::Result<Vec<String>> {
    let today = jst_date(app.store().clock().now());
    if let Some(day) = as_of.filter(|day| *day > today)
        && !dry_run
    {
        // A flag is what people were told, and nobody can be told of a day that has not come.
        bail!("{day} has not come yet: only a dry run looks ahead (--dry-run)");
    }
    if recompute {
        app.recompute_dues(crate::store::retention::Recompute::All, None).await?;
    }
    let report = purge::run(app, as_of, dry_run).await?;
    Ok(told(app, &report))
}

/// A sweep as lines for people, in both languages: whoever reads a shell's output need not be who typed.
fn told(app: &App, report: &SweepReport) -> Vec<String> {
    let profile = app.profile();
    let escalation = &profile.retention.escalation;
    let day = report.day;
    let mut lines = vec![format!("{}（{}） / {day}", wareki(day), weekday_ja(day))];
    if report.skipped_because_leased {
        lines.push("別のサーバが処理しています / another server is at it".to_owned());
        return lines;
    }
    if report.dry_run {
        lines.push("試行：何も記録していません / dry run: nothing was written".to_owned());
    }
    if let Some(changed) = report.recomputed {
        lines.push(format!(
            "規程か暦が変わり{changed}件の期日を改めました / due dates that moved first: {changed}"
        ));
    }
    if report.dues_outdated {
        lines.push(
            "規程か暦が変わり、期日の再計算を待っています。実行の結果はこれと異なることがあります / \
             due dates wait to be computed again: a run may flag others"
                .to_owned(),
        );
    }
    if report.missed_days > 0 {
        lines.push(format!("行われなかった日 / days without a sweep: {}", report.missed_days));
    }
    if report.flagged.is_empty() {
        lines.push("  新しい通知はありません / nothing new to flag".to_owned());
    }
    for (step, rows) in &report.flagged {
        lines.push(format!("  {} / {}: {rows}", step.name(Lang::Ja), step.name(Lang::En)));
    }
    lines.push(format!("新たに満了 / newly due: {}", report.newly_due));
    lines.push(format!("満了して残るもの / overdue: {}", report.overdue_total));
    lines.push(format!("うち廃棄の期限を過ぎたもの / of these late: {}", report.late_total));
    lines.push(format!(
        "担当 / owner: {} ・ {}",
        profile.role_name(&escalation.owner, Lang::Ja),
        escalation.source.cite(Lang::Ja)
    ));
    lines.push(format!("規程 / profile: {} ({})", profile.title.get(Lang::Ja), profile.id));
    lines
}

async fn list(app: &App, due_only: bool, login: Option<&str>, lang: Lang) -> anyhow::Result<()> {
    let caller = match login {
        Some(login) => Some(shell_caller(app, login).await?),
        None => None,
    };
    let whose = caller.as_ref().map_or(Whose::Everybody, |caller| Whose::Person(&caller.person));
    let profile = app.profile();
    let mut after = None;
    loop {
        let page = app.due_items(whose, due_only, after, PAGE, lang).await?;
        for item in &page {
            let told: Vec<_> = item.told.iter().map(|role| profile.role_name(role, lang)).collect();
            say(&due_line(item, &told.join(lang.pick("・", ", ")), lang))?;
        }
        match page.last() {
            Some(last) => after = Some(last.place),
            None => return Ok(()),
        }
    }
}

fn due_line(item: &DueItem, told: &str, lang: Lang) -> String {
    // What else lies on it is told beside the most urgent, so that nobody destroys what must still be kept.
    let reasons: Vec<_> = item.contents.iter().map(|contents| contents.sentence.as_str()).collect();
    format!(
        "{}\t{}\t{}\t{}\t{}\t{told}",
        item.code,
        item.title,
        item.due_on,
        item.step.name(lang),
        reasons.join(lang.pick("；", "; "))
    )
}

/// Runs a command about calendars.
///
/// # Errors
/// What kept it from being done, for people to read.
pub(crate) async fn run_calendar(command: CalendarCommand) -> anyhow::Result<()> {
    match command {
        CalendarCommand::Show { name, from, to, ja, flags } => {
            let app = open(&flags, Schema::Require).await?;
            let today = jst_date(app.store().clock().now());
            let calendar = app.calendar(&name).await;
            app.store().clone().close().await;
            let from = from.unwrap_or(today);
            let to = to.unwrap_or_else(|| from.with_year(from.year() + 1).unwrap_or(from));
            if (to - from).num_days() > MOST_DAYS {
                bail!("that is more than twenty years: give a shorter time");
            }
            for line in days_of(&name, &calendar?, from, to, lang(ja)) {
                say(&line)?;
            }
            Ok(())
        }
        CalendarCommand::Add(edit) => change(edit, CalendarEdit::Add).await,
        CalendarCommand::Remove(edit) => change(edit, CalendarEdit::Remove).await,
    }
}

async fn change(edit: EditDay, what: CalendarEdit) -> anyhow::Result<()> {
    let EditDay { name, date, login, flags } = edit;
    let app = open(&flags, Schema::Require).await?;
    let changed = async {
        let by = match &login {
            Some(login) => Some(shell_caller(&app, login).await?.person.id),
            None => None,
        };
        anyhow::Ok(app.edit_calendar(&name, date, what, by).await?)
    };
    let changed = changed.await;
    app.store().clone().close().await;
    say(&format!("改めた期日 / due dates that moved: {}", changed?))?;
    Ok(())
}

fn days_of(name: &str, calendar: &Calendar, from: NaiveDate, to: NaiveDate, lang: Lang) -> Vec<String> {
    let day = |date: NaiveDate| match lang {
        Lang::Ja => format!("{date}\t{}（{}）", wareki(date), weekday_ja(date)),
        Lang::En => format!("{date}\t{}", date.weekday()),
    };
    if name == CLOSED_DAYS {
        // Weekends are shut anyway, and would hide what is worth reading.
        let weekend = |date: NaiveDate| matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
        return from
            .iter_days()
            .take_while(|date| *date <= to)
            .filter(|date| {
                let open = calendar.is_business_day(*date);
                if weekend(*date) { open } else { !open }
            })
            .map(|date| {
                let open = calendar.is_business_day(date);
                let why = match holiday(date) {
                    _ if open => lang.pick("開庁", "open").to_owned(),
                    Some(holiday) => holiday.name(lang).to_owned(),
                    None => lang.pick("休日", "shut").to_owned(),
                };
                format!("{}\t{why}", day(date))
            })
            .collect();
    }
    let placed = |occurrence: &hokan_domain::calendar::Occurrence| match occurrence.placed {
        Placed::ByRule => String::new(),
        Placed::BusinessDayBefore => lang.pick(
            format!("{}の直前の営業日", wareki(occurrence.nominal)),
            format!("the business day before {}", occurrence.nominal),
        ),
        Placed::Listed => lang.pick("追加", "added").to_owned(),
        Placed::Moved => lang.pick(
            format!("{}から変更", wareki(occurrence.nominal)),
            format!("instead of {}", occurrence.nominal),
        ),
    };
    let occurrences = calendar.occurrences(from..=to);
    occurrences
        .iter()
        .map(|occurrence| format!("{}\t{}", day(occurrence.date), placed(occurrence)).trim_end().to_owned())
        .collect()
}
