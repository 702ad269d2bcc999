//! The built `hokan` program, run as an administrator would run it.
//!
//! The tests start the real program and not its library: a kill must take all of it, and what the
//! command line promises is tested with it.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Once;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::database::TestDatabase;
use crate::workspace;

/// How long the program may take to start or to end before the test gives up. Not a promise about
/// its speed: on a loaded machine a first start with all migrations can take many seconds.
const PATIENCE: Duration = Duration::from_secs(120);

/// The program that tests run: `hokan` beside this build's tests, or what `HOKAN_TEST_PROGRAM`
/// names (to run the tests on a release build, for one).
///
/// # Panics
///
/// When it has not been built.
pub fn program() -> PathBuf {
    let program = match std::env::var_os("HOKAN_TEST_PROGRAM") {
        Some(path) => PathBuf::from(path),
        None => workspace::build_folder().join("hokan"),
    };
    assert!(
        program.is_file(),
        "{} is missing. Run tests/run, or `cargo build --workspace --all-targets` before the tests: \
         cargo builds the program of another crate only when asked to.",
        program.display()
    );
    warn_when_stale(&program);
    program
}

/// Says so when a source is newer than the program. Not a failure: someone may be writing while
/// the tests run, and `tests/run` builds first.
fn warn_when_stale(program: &Path) {
    let Ok(sources) = fs::read_to_string(program.with_extension("d")) else { return };
    let changed = |path: &Path| path.metadata().and_then(|of| of.modified()).ok();
    let newer =
        sources.split_whitespace().skip(1).find(|source| changed(Path::new(source)) > changed(program));
    if let Some(source) = newer {
        eprintln!("note: {} is older than {source}; cargo build --workspace renews it", program.display());
    }
}

/// `hokan`, without any setting from the environment of the test run.
pub fn hokan() -> Command {
    let mut command = Command::new(program());
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("HOKAN_") || name == "DATABASE_URL" {
            command.env_remove(&*name);
        }
    }
    command
}

/// Runs `hokan ARGS…` to its end and returns what it wrote to standard output.
///
/// # Panics
///
/// When it fails; with both its outputs.
pub fn run_hokan<I: IntoIterator<Item: AsRef<OsStr>>>(args: I) -> String {
    let mut command = hokan();
    command.args(args).stdin(Stdio::null());
    let output = command.output().expect("hokan can be started");
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{command:?} ended with {}\n{stdout}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    stdout
}

/// How the server is reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tls {
    /// Plain HTTP on the loopback address, as behind a proxy.
    #[default]
    Off,
    /// HTTPS under the server's own certificate authority, as on a town's network.
    Own,
}

/// What a server is started with. `ServerOptions::default()` is SQLite in a fresh data folder,
/// without TLS.
#[derive(Clone, Debug, Default)]
pub struct ServerOptions {
    /// The data folder; a temporary one when not given.
    pub data_dir: Option<PathBuf>,
    /// The database; SQLite in the data folder when not given.
    pub database_url: Option<String>,
    /// How it is reached.
    pub tls: Tls,
    /// Whether the data folder holds a demonstration, which only `hokan demo` serves.
    pub demo: bool,
    /// Further arguments of `hokan serve`.
    pub args: Vec<String>,
    /// Environment variables to set.
    pub env: Vec<(String, String)>,
}

impl ServerOptions {
    /// Default options on this database.
    pub fn on(database: &TestDatabase) -> Self {
        Self { database_url: Some(database.url().to_owned()), ..Self::default() }
    }
}

/// A running `hokan serve`. Ends, by force, with the value.
#[derive(Debug)]
pub struct Server {
    options: ServerOptions,
    data_dir: PathBuf,
    /// Outlives the process, so that a killed server can be started again on what it left.
    work: TempDir,
    child: Option<Child>,
    address: String,
}

impl Server {
    /// Starts a server on a free port and waits until it says that it is ready.
    ///
    /// # Panics
    ///
    /// When it ends or does not become ready; with what it wrote.
    pub async fn start(options: ServerOptions) -> Self {
        let work = tempfile::tempdir().expect("a temporary folder for a server");
        let data_dir = options.data_dir.clone().unwrap_or_else(|| work.path().join("data"));
        fs::create_dir_all(&data_dir).expect("the data folder can be made");
        let mut server = Self { options, data_dir, work, child: None, address: "127.0.0.1:0".to_owned() };
        server.start_again().await;
        server
    }

    /// Starts it again after [`Server::kill9`] or [`Server::stop`], on the same data and the same
    /// port: to a phone or a browser it is the same server, back from an outage.
    ///
    /// # Panics
    ///
    /// When it still runs, and as [`Server::start`].
    pub async fn start_again(&mut self) {
        assert!(self.child.is_none(), "the server is running already");
        let port_file = self.work.path().join("port");
        fs::remove_file(&port_file).or_else(ignore_missing).expect("the old port file can be removed");
        let mut log = File::options().create(true).append(true).open(self.log_path()).expect("a log file");
        writeln!(log, "--- start").expect("the log file takes a line");

        let mut command = hokan();
        let (subcommand, folder) =
            if self.options.demo { ("demo", "--dir") } else { ("serve", "--data-dir") };
        command
            .arg(subcommand)
            .args([OsStr::new(folder), self.data_dir.as_os_str()])
            .args(["--listen", &self.address])
            .args(["--tls", if self.options.tls == Tls::Own { "own" } else { "off" }])
            .args([OsStr::new("--port-file"), port_file.as_os_str()]);
        if let Some(url) = &self.options.database_url {
            command.args(["--database-url", url]);
        }
        let child = command
            .args(&self.options.args)
            .envs(self.options.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a second handle of the log file"))
            .stderr(log)
            .spawn()
            .expect("hokan can be started");
        self.child = Some(child);

        let started = Instant::now();
        loop {
            if let Some(address) = complete_line(&port_file) {
                self.address = address;
                break;
            }
            self.expect_starting(started, "wrote no port file").await;
        }
        let client = self.client();
        let ready = self.url("/readyz");
        while !client.get(&ready).send().await.is_ok_and(|answer| answer.status().is_success()) {
            self.expect_starting(started, "did not become ready").await;
        }
    }

    async fn expect_starting(&mut self, started: Instant, failing: &str) {
        if let Some(status) = self.child.as_mut().and_then(|child| child.try_wait().expect("a child of ours"))
        {
            self.child = None;
            panic!("hokan serve ended with {status} before it was ready:\n{}", self.log());
        }
        assert!(started.elapsed() < PATIENCE, "hokan serve {failing}:\n{}", self.log());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    /// The address of a page, from its path: `server.url("/readyz")`.
    pub fn url(&self, path: &str) -> String {
        let scheme = if self.options.tls == Tls::Own { "https" } else { "http" };
        // A name and not a number: passkeys and certificates are about names.
        format!("{scheme}://localhost:{}{path}", self.port())
    }

    /// The address that it listens on, `127.0.0.1:PORT`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The port that it listens on.
    pub fn port(&self) -> u16 {
        let port = self.address.rsplit(':').next().and_then(|port| port.parse().ok());
        port.unwrap_or_else(|| panic!("the port file holds HOST:PORT, not {:?}", self.address))
    }

    /// The data folder, for the other commands of the program.
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// A client with an empty cookie jar: one person at one browser. It follows no redirects, so
    /// that a test sees them, and trusts this server's own certificate authority and nothing else.
    pub fn client(&self) -> reqwest::Client {
        self.client_builder().build().expect("a client can be made")
    }

    /// As [`Server::client`], for a test that wants to set more.
    pub fn client_builder(&self) -> reqwest::ClientBuilder {
        let mut builder = client_builder();
        if self.options.tls == Tls::Own {
            let path = self.data_dir.join("tls/ca.pem");
            let pem =
                fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}\n{}", path.display(), self.log()));
            let authority = reqwest::Certificate::from_pem(&pem).expect("tls/ca.pem is a certificate");
            builder = builder.tls_certs_only([authority]);
        }
        builder
    }

    /// All that the server wrote, over all its starts.
    pub fn log(&self) -> String {
        fs::read(self.log_path())
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    fn log_path(&self) -> PathBuf {
        self.work.path().join("log")
    }

    /// The process id, for tests that measure it.
    ///
    /// # Panics
    ///
    /// When it is not running.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("the server runs").id()
    }

    /// Ends it as a power cut does: it gets to do nothing more.
    ///
    /// # Panics
    ///
    /// When it is not running, for then the test did not test what it says.
    pub fn kill9(&mut self) {
        let mut child = self.child.take().expect("the server runs");
        assert!(
            child.try_wait().expect("a child of ours").is_none(),
            "the server had ended by itself:\n{}",
            self.log()
        );
        child.kill().expect("a child of ours can be killed");
        child.wait().expect("a child of ours can be waited for");
    }

    /// Asks it to end, as systemd does, and returns how it ended.
    ///
    /// # Panics
    ///
    /// When it is not running or does not end.
    pub async fn stop(&mut self) -> ExitStatus {
        let mut child = self.child.take().expect("the server runs");
        terminate(child.id());
        let asked = Instant::now();
        loop {
            if let Some(status) = child.try_wait().expect("a child of ours") {
                return status;
            }
            if asked.elapsed() > PATIENCE {
                child.kill().expect("a child of ours can be killed");
                child.wait().expect("a child of ours can be waited for");
                panic!("the server did not end when asked to:\n{}", self.log());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // Both fail only when it has ended already.
            drop(child.kill());
            drop(child.wait());
        }
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<_> = log.lines().collect();
            eprintln!("--- the end of the server's log:");
            for line in &lines[lines.len().saturating_sub(60)..] {
                eprintln!("{line}");
            }
        }
    }
}

/// A client for any server: with a cookie jar, without redirects and without the proxies of the
/// machine.
pub fn client_builder() -> reqwest::ClientBuilder {
    install_crypto();
    reqwest::Client::builder().no_proxy().cookie_store(true).redirect(reqwest::redirect::Policy::none())
}

/// Makes ring the cryptography of TLS in this process; reqwest is built without a choice of its own.
pub fn install_crypto() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Fails only when someone else has installed one, which is as good.
        drop(rustls::crypto::ring::default_provider().install_default());
    });
}

/// Sends SIGTERM. The standard library can only kill, and a signal needs no dependency when every
/// shell has `kill` built in.
pub(crate) fn terminate(pid: u32) {
    let sent = Command::new("sh").args(["-c", "kill -s TERM \"$1\"", "sh", &pid.to_string()]).status();
    assert!(sent.is_ok_and(|status| status.success()), "SIGTERM could not be sent to {pid}");
}

/// The first line of a file, once it is whole: the other side may be writing it just now.
fn complete_line(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    text.split_once('\n').map(|(line, _)| line.trim().to_owned())
}

fn ignore_missing(error: std::io::Error) -> std::io::Result<()> {
    if error.kind() == std::io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}
