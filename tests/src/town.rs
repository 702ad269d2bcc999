//! A small register for a test: in this process, with a clock that the test moves, or set up through the
//! shell for a server of its own.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use hokan_domain::{
    event::{Scan, ScanMethod},
    ids::EventId,
    item::ItemKind,
    label::LabelId,
    person::Part,
    personal_number::CheckedText,
    place::{Home, PlaceKind},
    second_factor,
    text::Lang,
};
use hokan_mobile_api::{Caller, request::RegisterRequest, wire::ItemCard};
use hokan_server::{
    app::{App, NewHome, NewPerson, PrintRequest},
    clock::Clock,
    config::{Config, Flags},
    demo,
    entropy::Entropy,
    serve,
    store::Schema,
};
use tempfile::TempDir;
use uuid::Uuid;

use crate::{
    database::TestDatabase,
    phone::Phone,
    server::{Server, ServerOptions, run_hokan},
};

/// A register in this process with three handlers, an auditor and a cabinet.
pub struct Town {
    /// The server's use cases.
    pub app: App,
    /// The clock, which stands still until it is moved.
    pub clock: Clock,
    /// Three handlers.
    pub handlers: Vec<Caller>,
    /// Somebody who may look and not touch.
    pub auditor: Caller,
    /// A cabinet.
    pub cabinet: Home,
    /// Blank labels.
    pub labels: Vec<LabelId>,
    /// The data folder.
    pub folder: TempDir,
}

/// The moment at which a town's clock stands at first.
#[must_use]
pub fn start_of_time() -> DateTime<Utc> {
    DateTime::from_timestamp_millis(1_790_000_000_000).expect("a moment in 2026")
}

fn config(folder: &Path, url: &str) -> Config {
    let flags =
        Flags { data_dir: Some(folder.to_owned()), database_url: Some(url.to_owned()), ..Flags::default() };
    Config::load(&flags).expect("settings of a test")
}

impl Town {
    /// Sets one up on an empty database.
    pub async fn on(database: &TestDatabase) -> Self {
        let folder = tempfile::tempdir().expect("a data folder");
        let clock = Clock::standing_at(start_of_time());
        let entropy = Entropy::seeded(7);
        let app = serve::open(config(folder.path(), database.url()), clock.clone(), entropy, Schema::Migrate)
            .await
            .expect("the register opens");
        let mut handlers = Vec::new();
        for login in ["aoi", "beni", "chika"] {
            handlers.push(person(&app, login, &[Part::Handler]).await);
        }
        let auditor = person(&app, "kansa", &[Part::Auditor]).await;
        let request = PrintRequest { stock: "a4-24".to_owned(), count: 24, start_position: 1 };
        let sheet = app.print_labels(&handlers[0], event(), request).await.expect("labels are printed");
        let labels = app.store().labels_of_sheet(sheet).await.expect("a sheet");
        let labels = labels.into_iter().map(|(label, _)| label).collect();
        let cabinet = NewHome {
            name: "保管庫A".to_owned(),
            place: Some((PlaceKind::Cabinet, None)),
            lockable: true,
            ..NewHome::default()
        };
        let cabinet = app.add_home(cabinet).await.expect("a cabinet");
        Self { app, clock, handlers, auditor, cabinet, labels, folder }
    }

    /// Opens the same register again, as after a restart.
    pub async fn reopen(&self, database: &TestDatabase) -> App {
        serve::open(
            config(self.folder.path(), database.url()),
            self.clock.clone(),
            Entropy::system(),
            Schema::Require,
        )
        .await
        .expect("the register opens again")
    }

    /// Registers an item under the `index`-th label; the first handler holds it.
    pub async fn item(&self, index: usize) -> ItemCard {
        let request = registration(&self.labels[index], &format!("媒体 {index}"));
        self.app.register(&self.handlers[0], event(), request).await.expect("an item is registered").item
    }
}

/// Adds somebody to a register.
pub async fn person(app: &App, login: &str, parts: &[Part]) -> Caller {
    let new = NewPerson {
        login: login.to_owned(),
        name: format!("{login}さん"),
        parts: parts.to_vec(),
        password: PASSWORD.to_owned(),
        ..NewPerson::default()
    };
    let id = app.add_person(new).await.expect("a person is added");
    let account = app.store().person(id).await.expect("a database").expect("the person");
    Caller::without_session(account.person, account.name, Lang::Ja, "test")
}

/// A new event id.
#[must_use]
pub fn event() -> EventId {
    EventId(Uuid::new_v4())
}

/// A label seen by a camera.
#[must_use]
pub fn seen(label: &LabelId) -> Scan {
    Scan { label: label.clone(), method: ScanMethod::Camera }
}

/// What registers an item under this label.
#[must_use]
pub fn registration(label: &LabelId, title: &str) -> RegisterRequest {
    let text = |text: &str| CheckedText::new(text, 200).expect("a harmless text");
    RegisterRequest {
        division: None,
        protection: None,
        scan: seen(label),
        kind: ItemKind::UsbMemory,
        title: text(title),
        control_number: Some(text("住基-USB-001")),
        serial: None,
        contents: Vec::new(),
    }
}

/// What everybody's password is once it was changed.
pub const PASSWORD: &str = "correct horse battery";

/// Does what somebody does who was just added: he changes the one-time secret to a password of his own, and sets
/// up an authenticator app where his part needs one.
async fn settle(data: &Path, url: &str, login: &str) {
    let app = serve::open(config(data, url), Clock::system(), Entropy::system(), Schema::Require)
        .await
        .expect("the register opens");
    app.set_password(login, PASSWORD).await.expect("a password");
    let person = app.person_named(login).await.expect("the person").person;
    if second_factor::is_needed(&person, &app.profile().sign_in) {
        app.identity().set_totp(person.id, demo::totp_secret(login)).await.expect("an authenticator app");
    }
    app.store().clone().close().await;
}

/// A server on its own process with two handlers and a cabinet, set up through the shell as an
/// administrator would.
pub struct ShellTown {
    /// The running server.
    pub server: Server,
    /// Names to sign in with and their passwords: two handlers, then an auditor.
    pub people: Vec<(String, String)>,
    /// The database, removed with the value.
    pub database: TestDatabase,
    /// `--data-dir DIR --database-url URL` for other commands.
    pub flags: Vec<String>,
    folder: TempDir,
}

impl ShellTown {
    /// Sets one up and starts the server.
    pub async fn on(database: TestDatabase) -> Self {
        Self::with(database, ServerOptions::default()).await
    }

    /// The same with further options for the server.
    pub async fn with(database: TestDatabase, options: ServerOptions) -> Self {
        let folder = tempfile::tempdir().expect("a data folder");
        let data = folder.path().join("data");
        let flags = vec![
            "--data-dir".to_owned(),
            data.display().to_string(),
            "--database-url".to_owned(),
            database.url().to_owned(),
        ];
        let mut people = Vec::new();
        for (login, name, part) in
            [("aoi", "葵", "handler"), ("beni", "紅", "handler"), ("kansa", "監査 一郎", "auditor")]
        {
            let mut args = vec!["user", "add", login, name, "--part", part];
            args.extend(flags.iter().map(String::as_str));
            run_hokan(args);
            settle(&data, database.url(), login).await;
            people.push((login.to_owned(), PASSWORD.to_owned()));
        }
        let mut args = vec!["place", "保管庫A", "--lockable"];
        args.extend(flags.iter().map(String::as_str));
        run_hokan(args);
        let mut args = vec!["body", "見本町"];
        args.extend(flags.iter().map(String::as_str));
        run_hokan(args);
        let options =
            ServerOptions { data_dir: Some(data), database_url: Some(database.url().to_owned()), ..options };
        let server = Server::start(options).await;
        Self { server, people, database, flags, folder }
    }

    /// Adds somebody who plays this part, with [`PASSWORD`] and, where one is needed, an authenticator app.
    pub async fn add(&self, login: &str, name: &str, part: &str) {
        self.shell(&["user", "add", login, name, "--part", part]);
        settle(self.server.data_dir(), self.database.url(), login).await;
    }

    /// Gives somebody [`PASSWORD`] in the place of his one-time secret, and an authenticator app whatever his part.
    pub async fn settle(&self, login: &str) {
        let (data, url) = (self.server.data_dir(), self.database.url());
        settle(data, url, login).await;
        let app = serve::open(config(data, url), Clock::system(), Entropy::system(), Schema::Require)
            .await
            .expect("the register opens");
        let person = app.person_named(login).await.expect("the person").person.id;
        app.identity().set_totp(person, demo::totp_secret(login)).await.expect("an authenticator app");
        app.store().clone().close().await;
    }

    /// The phone of the `index`-th of [`ShellTown::people`], signed in.
    pub async fn phone(&self, index: usize) -> Phone {
        let (login, password) = &self.people[index];
        Phone::sign_in(&self.server, login, password).await
    }

    /// A file in the town's own folder.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs `hokan ARGS…` on this town's register.
    pub fn shell(&self, args: &[&str]) -> String {
        let args = args.iter().copied().chain(self.flags.iter().map(String::as_str));
        run_hokan(args)
    }

    /// Prints blank labels and returns their codes with the PDF.
    pub fn print_labels(&self, stock: &str, count: u32, start: u32) -> (Vec<String>, Vec<u8>) {
        let file = self.file("labels.pdf");
        let (count, start, path) = (count.to_string(), start.to_string(), file.display().to_string());
        let output = self.shell(&[
            "label", "print", "--stock", stock, "--count", &count, "--start", &start, "--as", "aoi", "--out",
            &path,
        ]);
        let codes = output.lines().map(str::to_owned).collect();
        (codes, std::fs::read(file).expect("the PDF"))
    }
}
