//! What can be done on the shell.

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, BufWriter, IsTerminal, Write},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::{Context, bail};
use chrono::NaiveDate;
use clap::{Args, Parser, Subcommand};
use hokan_domain::{
    ids::{EventId, PlaceId},
    ledger::{
        bundle::{BundleVerifier, Trust},
        note::NoteVerifier,
    },
    obligation::Regulation,
    person::Part,
    place::PlaceKind,
    profile::Area,
    text::Lang,
};
use hokan_labels::{
    payload::{PayloadContent, code_in_payload},
    reader::{ReadLimits, read},
};
use hokan_mobile_api::Caller;

use crate::{
    app::{self, Administered, App, NewHome, NewPerson, PrintRequest, Verdict},
    clock::Clock,
    config::{Config, Flags, LogFormat},
    demo,
    entropy::Entropy,
    identity::one_time_secret,
    keys::LedgerKey,
    profile_command::{self, DivisionCommand, ProfileCommand, RoleCommand},
    purge_command::{self, CalendarCommand, PurgeCommand},
    serve,
    store::{Schema, Store, settings::Setting},
    token_command::{self, TokenCommand},
    trail_command::{self, TrailCommand},
    webhook_command::{self, WebhookCommand},
};

/// Hokan (保管): the register of every medium and document that holds personal-number data.
#[derive(Debug, Parser)]
#[command(name = "hokan", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the register.
    Serve(Serve),
    /// Make a small town and serve it, to look around.
    Demo(Demo),
    /// Bring the database up to date for this version.
    Migrate(Flags),
    /// The ledger: check it, fold it again, take it away.
    #[command(subcommand)]
    Ledger(Ledger),
    /// Labels: print them, read them out of photographs.
    #[command(subcommand)]
    Label(Label),
    /// People: add them, let them in again, keep them out.
    #[command(subcommand)]
    User(User),
    /// Add a place where items rest.
    Place(AddPlace),
    /// Add a container.
    Container(AddContainer),
    /// Set the body's name, as labels bear it.
    Body(SetBody),
    /// Profiles: the regulations as data. Check one, adopt one, set its numbers, have an act explained.
    #[command(subcommand)]
    Profile(Box<ProfileCommand>),
    /// The purge sweep: flag what has outlived its retention rule, list what is due.
    #[command(subcommand)]
    Purge(Box<PurgeCommand>),
    /// Calendars that due dates wait for.
    #[command(subcommand)]
    Calendar(Box<CalendarCommand>),
    /// The trail: check it against its seals, let what has outlived its period go.
    #[command(subcommand)]
    Trail(Box<TrailCommand>),
    /// Webhooks: tell other systems of the house.
    #[command(subcommand)]
    Webhook(Box<WebhookCommand>),
    /// Tokens for machines: make one, list them, revoke one.
    #[command(subcommand)]
    Token(Box<TokenCommand>),
    /// The body's identity provider.
    #[command(subcommand)]
    Provider(ProviderCommand),
    /// Roles of the regulation: give one to somebody, end it, list who holds which.
    #[command(subcommand)]
    Role(Box<RoleCommand>),
    /// Divisions of the body.
    #[command(subcommand)]
    Division(Box<DivisionCommand>),
    /// What the five regulations ask for, and which test proves that it is done.
    Requirements {
        /// Only of this regulation: iide, yabu, nagasaki-kyosai, nishi-izu or kitami.
        #[arg(long)]
        town: Option<Regulation>,
        /// Only what is open.
        #[arg(long)]
        open: bool,
        /// In Japanese.
        #[arg(long)]
        ja: bool,
    },
}

#[derive(Debug, Args)]
struct Serve {
    #[command(flatten)]
    flags: Flags,
    /// Write address and port into this file once the server listens.
    #[arg(long, value_name = "FILE")]
    port_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct Demo {
    /// The folder of the town; made if it is not there. It is served as it is if there is a town in it.
    #[arg(long, default_value = "hokan-demo", value_name = "DIR")]
    dir: PathBuf,
    /// Make the town and do not serve it.
    #[arg(long)]
    seed_only: bool,
    /// The town's today, as in 2026-04-01. The same day makes the same town.
    #[arg(long, value_name = "DATE")]
    date: Option<NaiveDate>,
    /// The regulation that is in force in the town, by the name of its profile.
    #[arg(long, default_value = "national-default", value_name = "NAME")]
    profile: String,
    #[command(flatten)]
    flags: Flags,
    /// Write address and port into this file once the server listens.
    #[arg(long, value_name = "FILE")]
    port_file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Ledger {
    /// Check every entry, the tree, the signatures and the texts. Exit status 1 if anything is wrong.
    Verify(Box<Verify>),
    /// Fold every entry again and compare with the rows.
    Rebuild {
        /// Compare only; nothing is written.
        #[arg(long, required = true)]
        check: bool,
        #[command(flatten)]
        flags: Flags,
    },
    /// Write the ledger as a bundle that can be checked without this server.
    Export {
        /// The file to write.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// With the names and remarks that lie beside the ledger.
        #[arg(long)]
        with_texts: bool,
        #[command(flatten)]
        flags: Flags,
    },
    /// Sign the ledger as it is now and print the signature, to be kept elsewhere.
    Checkpoint(Flags),
}

#[derive(Debug, Args)]
struct Verify {
    /// Check this database.
    #[arg(long, value_name = "URL", conflicts_with = "bundle")]
    database: Option<String>,
    /// Check this exported bundle.
    #[arg(long, value_name = "FILE")]
    bundle: Option<PathBuf>,
    /// A verifier key that you trust, from elsewhere than the server. Can be given several times.
    #[arg(long = "key", value_name = "VKEY")]
    keys: Vec<String>,
    /// A file with a signed checkpoint that you kept. Can be given several times.
    #[arg(long = "checkpoint", value_name = "FILE")]
    checkpoints: Vec<PathBuf>,
    #[command(flatten)]
    flags: Flags,
}

#[derive(Debug, Args)]
struct PrintLabels {
    /// The stock, as in a4-24; `--stock list` shows what there is.
    #[arg(long)]
    stock: String,
    /// How many.
    #[arg(long, default_value_t = 24)]
    count: u32,
    /// The position of the first label on a half-used sheet, counted from 1 along the rows.
    #[arg(long, default_value_t = 1, value_name = "POSITION")]
    start: u32,
    /// The printer whose stored offset is to be used.
    #[arg(long)]
    printer: Option<String>,
    /// The name to sign in with of whoever prints.
    #[arg(long = "as", value_name = "LOGIN")]
    login: String,
    /// The file to write.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    flags: Flags,
}

#[derive(Debug, Subcommand)]
enum Label {
    /// Print blank labels to be stuck on items.
    Print(Box<PrintLabels>),
    /// Read labels out of photographs: a line for each, file and code.
    Read {
        /// Also the text of codes that are not ours.
        #[arg(long)]
        any: bool,
        /// JPEG, PNG or WebP.
        #[arg(required = true)]
        photos: Vec<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
enum User {
    /// Add somebody and print a one-time password, which is shown only once and must be changed.
    Add {
        /// The name to sign in with.
        login: String,
        /// The name that others see.
        name: String,
        /// What the person may do: handler, approver, witness, custodian, auditor, administrator.
        #[arg(long = "part", value_parser = part)]
        parts: Vec<Part>,
        /// Where mail reaches the person.
        #[arg(long)]
        email: Option<String>,
        /// The division that the person works in; made if there is none of that name.
        #[arg(long)]
        division: Option<String>,
        /// The id is lent out for viewing (閲覧用ID): it has one live session, which ends when it is lent and when
        /// it comes back.
        #[arg(long)]
        lent: bool,
        #[command(flatten)]
        flags: Flags,
    },
    /// Print a one-time password for somebody; it is shown only once, must be changed, and ends all sessions.
    #[command(alias = "password")]
    Reset(OnePerson),
    /// Let somebody act no more; all sessions end at once.
    Suspend(OnePerson),
    /// Let somebody act again.
    Restore(OnePerson),
    /// Show what somebody can show beside a password, and from where he is signed in.
    Factors(OnePerson),
    /// Forget somebody's authenticator app, recovery codes and passkeys, when they are lost.
    RemoveFactor(OnePerson),
    /// End all sessions of somebody.
    SignOut(OnePerson),
    /// List everybody.
    List(Flags),
}

#[derive(Debug, Subcommand)]
enum ProviderCommand {
    /// Settle who a person is at the identity provider.
    ///
    /// Approvers, witnesses, administrators and officers are linked in this way only.
    Link {
        /// The name to sign in with.
        login: String,
        /// Who the person is there: the `sub` of the provider's tokens.
        #[arg(long)]
        subject: String,
        /// The provider's issuer, exactly as its discovery document names it.
        #[arg(long)]
        issuer: String,
        #[command(flatten)]
        flags: Flags,
    },
    /// Forget who a person is at the identity provider; the next sign-in there settles it anew.
    Unlink {
        /// The name to sign in with.
        login: String,
        #[command(flatten)]
        flags: Flags,
    },
}

#[derive(Debug, Args)]
struct OnePerson {
    /// The name to sign in with.
    login: String,
    #[command(flatten)]
    flags: Flags,
}

#[derive(Debug, Args)]
struct AddPlace {
    /// What people call it.
    name: String,
    /// building, room or cabinet.
    #[arg(long, default_value = "cabinet", value_parser = place_kind)]
    kind: PlaceKind,
    /// The place that it is in: plc_…
    #[arg(long, value_name = "PLACE")]
    within: Option<PlaceId>,
    /// Of what kind of area it is the edge: server-room, handling-area or office.
    #[arg(long, value_parser = area)]
    area: Option<Area>,
    /// It can be locked.
    #[arg(long)]
    lockable: bool,
    /// Its security level.
    #[arg(long)]
    level: Option<u8>,
    #[command(flatten)]
    flags: Flags,
}

#[derive(Debug, Args)]
struct AddContainer {
    /// What people call it.
    name: String,
    #[command(flatten)]
    flags: Flags,
}

#[derive(Debug, Args)]
struct SetBody {
    /// The name of the town or association.
    name: String,
    #[command(flatten)]
    flags: Flags,
}

fn part(code: &str) -> Result<Part, String> {
    Part::from_code(code).ok_or_else(|| {
        let known: Vec<_> = Part::ALL.iter().map(|part| part.code()).collect();
        format!("there is no such part; known are {}", known.join(", "))
    })
}

fn place_kind(code: &str) -> Result<PlaceKind, String> {
    PlaceKind::from_code(code).ok_or_else(|| "building, room or cabinet".to_owned())
}

fn area(code: &str) -> Result<Area, String> {
    Area::from_code(code).ok_or_else(|| "server-room, handling-area or office".to_owned())
}

/// Runs a command.
///
/// # Errors
/// What kept it from being done, for people to read.
pub async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::Serve(command) => {
            let config = Config::load(&command.flags)?;
            log(config.log_format);
            let running = serve::start(config, command.port_file).await?;
            tell_the_first(running.app()).await?;
            running.until_stopped().await?;
        }
        Command::Demo(command) => return Box::pin(run_demo(command)).await,
        Command::Migrate(flags) => {
            let app = open(&flags, Schema::Migrate).await?;
            app.store().clone().close().await;
        }
        Command::Ledger(command) => return Box::pin(run_ledger(command)).await,
        Command::Label(command) => return Box::pin(run_label(command)).await,
        Command::User(command) => run_user(command).await?,
        Command::Place(command) => {
            let app = open(&command.flags, Schema::Require).await?;
            let new = NewHome {
                name: command.name,
                place: Some((command.kind, command.within)),
                area: command.area,
                lockable: command.lockable,
                level: command.level,
                ..NewHome::default()
            };
            say(&app.add_home(new).await?.to_string())?;
            app.store().clone().close().await;
        }
        Command::Container(command) => {
            let app = open(&command.flags, Schema::Require).await?;
            let new = NewHome { name: command.name, ..NewHome::default() };
            say(&app.add_home(new).await?.to_string())?;
            app.store().clone().close().await;
        }
        Command::Profile(command) => return Box::pin(profile_command::run(*command)).await,
        Command::Trail(command) => return Box::pin(trail_command::run(*command)).await,
        Command::Purge(command) => return Box::pin(purge_command::run(*command)).await,
        Command::Calendar(command) => Box::pin(purge_command::run_calendar(*command)).await?,
        Command::Webhook(command) => return Box::pin(webhook_command::run(*command)).await,
        Command::Provider(ProviderCommand::Link { login, subject, issuer, flags }) => {
            let app = open(&flags, Schema::Require).await?;
            let person = shell_caller(&app, &login).await?.person.id;
            app.store().set_provider_link(issuer, subject, person).await?;
            app.store().clone().close().await;
        }
        Command::Provider(ProviderCommand::Unlink { login, flags }) => {
            let app = open(&flags, Schema::Require).await?;
            let person = shell_caller(&app, &login).await?.person.id;
            let gone = app.store().unlink_provider(person).await?;
            app.store().clone().close().await;
            if gone == 0 {
                bail!("“{login}” has never come through the identity provider");
            }
        }
        Command::Token(command) => return Box::pin(token_command::run(*command)).await,
        Command::Role(command) => Box::pin(profile_command::run_role(*command)).await?,
        Command::Division(command) => Box::pin(profile_command::run_division(*command)).await?,
        Command::Requirements { town, open, ja } => {
            let lang = if ja { Lang::Ja } else { Lang::En };
            say(&hokan_domain::obligation::report(lang, town, open)?)?;
        }
        Command::Body(command) => {
            let app = open(&command.flags, Schema::Require).await?;
            let host = app.config().label_host().map(str::to_owned);
            app.set_body(&command.name, host.as_deref()).await?;
            app.store().clone().close().await;
        }
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn say(line: &str) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{line}")
}

fn log(format: LogFormat) {
    let filter = tracing_subscriber::EnvFilter::try_from_env("HOKAN_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info,sqlx=warn,sea_orm_migration=warn"));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal());
    // A second call in one process keeps the first subscriber.
    let _ = match format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().try_init(),
    };
}

pub(crate) async fn open(flags: &Flags, schema: Schema) -> anyhow::Result<App> {
    serve::open(Config::load(flags)?, Clock::system(), Entropy::system(), schema).await
}

/// Prints the link by which the first administrator is made, while there is none. It goes to the console and
/// nowhere else; each start makes a new one.
async fn tell_the_first(app: &App) -> anyhow::Result<()> {
    if let Some(path) = app.new_setup_link().await? {
        say(&format!(
            "There is no administrator yet. Open this link within 24 hours to become the first; it works once:\n  \
             {}{path}",
            app.config().public_url
        ))?;
    }
    Ok(())
}

async fn run_demo(command: Demo) -> anyhow::Result<ExitCode> {
    let flags = Flags { data_dir: Some(command.dir.clone()), ..command.flags };
    let mut config = Config::load(&flags)?;
    config.demo = true;
    log(config.log_format);
    let made = demo::make(&config, command.date, &command.profile).await?;
    if command.seed_only {
        say(&format!("{}\n{}", config.data_dir.display(), made.summary))?;
        return Ok(ExitCode::SUCCESS);
    }
    let running = serve::start(config, command.port_file).await?;
    say(&demo::welcome(running.app(), &made).await?)?;
    running.until_stopped().await?;
    Ok(ExitCode::SUCCESS)
}

async fn run_ledger(command: Ledger) -> anyhow::Result<ExitCode> {
    match command {
        Ledger::Verify(verify) => run_verify(*verify).await,
        Ledger::Rebuild { check: _, flags } => {
            let app = open(&flags, Schema::Require).await?;
            let verdict = app::rebuild_check(app.store()).await?;
            app.store().clone().close().await;
            report(&verdict, "the rows agree with the ledger")
        }
        Ledger::Export { out, with_texts, flags } => {
            let app = open(&flags, Schema::Require).await?;
            app.checkpoint().await?;
            let file = File::create(&out).with_context(|| format!("{} cannot be written", out.display()))?;
            let entries = app::export(app.store(), app.key(), with_texts, &mut BufWriter::new(file)).await?;
            let texts = if with_texts { "with texts" } else { "without texts" };
            app.note(None, "ledger-exported", "shell", format!("{entries} entries {texts}")).await?;
            app.store().clone().close().await;
            say(&format!("{entries} entries written to {}", out.display()))?;
            Ok(ExitCode::SUCCESS)
        }
        Ledger::Checkpoint(flags) => {
            let app = open(&flags, Schema::Require).await?;
            let note = app.checkpoint().await?;
            let vkey = app.key().signer()?.verifier();
            app.store().clone().close().await;
            match note {
                Some(note) => write!(io::stdout().lock(), "{note}")?,
                None => say("The ledger is empty: there is nothing to sign yet.")?,
            }
            eprintln!("verifier key: {vkey}");
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn run_verify(verify: Verify) -> anyhow::Result<ExitCode> {
    let keys = verify
        .keys
        .iter()
        .map(|key| NoteVerifier::parse(key).with_context(|| format!("{key} is no verifier key")))
        .collect::<Result<Vec<_>, _>>()?;
    let checkpoints = verify
        .checkpoints
        .iter()
        .map(|path| fs::read_to_string(path).with_context(|| path.display().to_string()))
        .collect::<Result<Vec<_>, _>>()?;
    if let Some(path) = &verify.bundle {
        let file = File::open(path).with_context(|| path.display().to_string())?;
        let mut verifier = BundleVerifier::new(Trust { keys, checkpoints });
        let mut line = Vec::new();
        let mut reader = BufReader::new(file);
        while reader.read_until(b'\n', &mut line)? > 0 {
            // Bytes that are no text cannot be what was written, and the check says so of their line.
            verifier.line(String::from_utf8_lossy(&line).trim_end_matches('\n'));
            line.clear();
        }
        let bundle = verifier.finish();
        let mut verdict = app::verdict_of(&bundle.report);
        if !bundle.keys_trusted {
            verdict.notices.push(
                "署名の鍵はこのファイル自身のものです。別に入手した鍵を --key で指定してください / \
                 the signatures were checked with the file's own key: give one from elsewhere with --key"
                    .to_owned(),
            );
        }
        return report(&verdict, "the ledger is whole and unaltered");
    }
    let flags = match verify.database {
        Some(url) => Flags { database_url: Some(url), ..verify.flags },
        None => verify.flags,
    };
    let config = Config::load(&flags)?;
    // The check opens the database without the key: it is what an auditor can do who has only a copy.
    let store = Store::open(&config.database, Schema::Require, Clock::system(), Entropy::system()).await?;
    let mut notices = Vec::new();
    let keys = if keys.is_empty() {
        notices.push(
            "署名の鍵はこのデータベース自身のものです。別に入手した鍵を --key で指定してください / \
             the signatures were checked with the database's own key: give one from elsewhere with --key"
                .to_owned(),
        );
        let own = match LedgerKey::load(&config.data_dir) {
            Ok(key) => Some(key.signer()?.verifier().to_string()),
            Err(_) => store.setting(Setting::LedgerVerifier).await?,
        };
        own.iter().map(|key| NoteVerifier::parse(key)).collect::<Result<Vec<_>, _>>()?
    } else {
        keys
    };
    let mut verdict = app::verify(&store, &keys, &checkpoints).await?;
    store.close().await;
    verdict.notices.extend(notices);
    report(&verdict, "the ledger is whole and unaltered")
}

fn report(verdict: &Verdict, well: &str) -> anyhow::Result<ExitCode> {
    let mut out = io::stdout().lock();
    for problem in &verdict.problems {
        writeln!(out, "NG  {problem}")?;
    }
    for notice in &verdict.notices {
        writeln!(out, "--  {notice}")?;
    }
    writeln!(out, "{} entries", verdict.entries)?;
    if !verdict.root.is_empty() {
        writeln!(out, "root {}", verdict.root)?;
        writeln!(out, "signed up to entry {}", verdict.signed_up_to)?;
    }
    if verdict.problems.is_empty() {
        writeln!(out, "OK  {well}")?;
        Ok(ExitCode::SUCCESS)
    } else {
        writeln!(out, "NG  {} problems", verdict.problems.len())?;
        Ok(ExitCode::FAILURE)
    }
}

async fn run_label(command: Label) -> anyhow::Result<ExitCode> {
    match command {
        Label::Print(print) => {
            let PrintLabels { stock, count, start, printer, login, out, flags } = *print;
            let app = open(&flags, Schema::Require).await?;
            if stock == "list" {
                for stock in app.stocks() {
                    say(&format!("{}\t{}", stock.id, stock.name))?;
                }
                return Ok(ExitCode::SUCCESS);
            }
            let caller = shell_caller(&app, &login).await?;
            let event = EventId(app.store().entropy().id(app.store().clock().now()));
            let request = PrintRequest { stock, count, start_position: start };
            let sheet = app.print_labels(&caller, event, request).await.map_err(problem)?;
            let pdf = app.sheet_pdf(&caller, sheet, printer.as_deref()).await.map_err(problem)?;
            fs::write(&out, pdf).with_context(|| format!("{} cannot be written", out.display()))?;
            for (label, _) in app.store().labels_of_sheet(sheet).await? {
                say(label.as_str())?;
            }
            app.store().clone().close().await;
            Ok(ExitCode::SUCCESS)
        }
        Label::Read { any, photos } => {
            let mut status = ExitCode::SUCCESS;
            let mut out = io::stdout().lock();
            for photo in photos {
                let limits = ReadLimits::default();
                let reading = fs::read(&photo)
                    .map_err(|error| error.to_string())
                    .and_then(|bytes| read(&bytes, &limits).map_err(|error| error.to_string()));
                let reading = match reading {
                    Ok(reading) => reading,
                    Err(error) => {
                        eprintln!("{}: {error}", photo.display());
                        status = ExitCode::FAILURE;
                        continue;
                    }
                };
                for found in reading.codes {
                    match code_in_payload(&found.text) {
                        PayloadContent::Ours(code) => writeln!(out, "{}\t{code}", photo.display())?,
                        _ if any => writeln!(out, "{}\t{}", photo.display(), one_line(&found.text))?,
                        PayloadContent::Damaged(_) => {
                            eprintln!("{}: a label whose check characters do not fit", photo.display());
                        }
                        PayloadContent::Foreign => {}
                    }
                }
            }
            Ok(status)
        }
    }
}

/// A text that stays on its line, so that a line is a code whatever the code says.
fn one_line(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r").replace('\t', "\\t")
}

pub(crate) fn problem(problem: hokan_mobile_api::Problem) -> anyhow::Error {
    anyhow::anyhow!("{} ({})", problem.detail, problem.code)
}

/// Whoever has the shell of the server can act as anybody; the ledger names whom he said he acts for.
pub(crate) async fn shell_caller(app: &App, login: &str) -> anyhow::Result<Caller> {
    let people = app.store().people().await?;
    let Some(account) = people.into_iter().find(|account| account.login == login) else {
        bail!("nobody signs in as “{login}”: `hokan user list` shows who there is");
    };
    Ok(Caller::without_session(account.person, account.name, Lang::En, "shell"))
}

async fn run_user(command: User) -> anyhow::Result<()> {
    match command {
        User::Add { login, name, parts, email, division, lent, flags } => {
            let app = open(&flags, Schema::Migrate).await?;
            let password = one_time_secret(app.store().entropy());
            let division = match division {
                Some(name) => Some(app.add_division(&name).await?),
                None => None,
            };
            let new = NewPerson {
                login,
                name,
                parts,
                password: password.clone(),
                one_time: true,
                email,
                division,
                one_live_session: lent,
            };
            let id = app.add_person(new).await?;
            say(&format!("{id}\npassword: {password}"))?;
            app.store().clone().close().await;
        }
        User::Reset(who) => administer(who, Administered::Reset).await?,
        User::Suspend(who) => administer(who, Administered::Suspend).await?,
        User::Restore(who) => administer(who, Administered::Restore).await?,
        User::RemoveFactor(who) => administer(who, Administered::RemoveFactors).await?,
        User::SignOut(who) => administer(who, Administered::SignOut).await?,
        User::Factors(who) => {
            let app = open(&who.flags, Schema::Require).await?;
            let account = app.person_named(&who.login).await?;
            let factors = app.store().factors(account.person.id).await?;
            say(&format!("authenticator app: {}", if factors.totp { "yes" } else { "no" }))?;
            say(&format!("recovery codes: {}", factors.recovery_codes))?;
            for passkey in &factors.passkeys {
                say(&format!("passkey: {}\t{}", passkey.id, passkey.name))?;
            }
            for session in app.identity().sessions_of(account.person.id).await? {
                let (kind, seen) = (session.kind.code(), session.seen_at.to_rfc3339());
                say(&format!("session: {}\t{kind}\t{seen}\t{}", session.id, session.address))?;
            }
            app.store().clone().close().await;
        }
        User::List(flags) => {
            let app = open(&flags, Schema::Require).await?;
            for account in app.store().people().await? {
                let parts: Vec<_> = account.person.parts.iter().map(|part| part.code()).collect();
                say(&format!(
                    "{}\t{}\t{}\t{}",
                    account.login,
                    account.person.id,
                    account.name,
                    parts.join(",")
                ))?;
            }
            app.store().clone().close().await;
        }
    }
    Ok(())
}

async fn administer(who: OnePerson, what: Administered) -> anyhow::Result<()> {
    let app = open(&who.flags, Schema::Require).await?;
    let person = app.person_named(&who.login).await?.person.id;
    if let Some(secret) = app.administer_as(None, person, what).await? {
        say(&format!("password: {secret}"))?;
    }
    app.store().clone().close().await;
    Ok(())
}
