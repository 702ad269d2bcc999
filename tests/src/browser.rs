//! A headless Chromium, driven over WebDriver.
//!
//! ```no_run
//! # async fn example() -> anyhow::Result<()> {
//! use hokan_tests::browser::{Browser, BrowserOptions, Viewport};
//! use thirtyfour::prelude::*;
//!
//! let phone = Browser::start(BrowserOptions { viewport: Viewport::PHONE, ..Default::default() }).await;
//! phone.goto("http://localhost:8080/").await?;
//! phone.query(By::Css("h1")).first().await?; // waits until it is there
//! phone.screenshot_to_file("home-phone").await;
//! phone.close().await;
//! # Ok(())
//! # }
//! ```
//!
//! [`Browser`] dereferences to thirtyfour's [`WebDriver`]. Each has an empty profile of its own and
//! ends with the value: only its own ChromeDriver, and the Chromium that carries its profile.

use std::fs;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;
use thirtyfour::{Capabilities, WebDriver};

use crate::server::install_crypto;
use crate::workspace;

/// How long ChromeDriver may take to start. Not a promise about its speed.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a page sees of the device.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Viewport {
    /// Width in CSS pixels.
    pub width: u32,
    /// Height in CSS pixels.
    pub height: u32,
    /// Device pixels to a CSS pixel.
    pub scale: f64,
    /// Whether it is a touch screen that obeys the page's viewport tag.
    pub mobile: bool,
}

impl Viewport {
    /// A phone held upright.
    pub const PHONE: Self = Self { width: 390, height: 844, scale: 2.0, mobile: true };
    /// A window on a desk.
    pub const DESK: Self = Self { width: 1280, height: 900, scale: 1.0, mobile: false };
}

/// What a browser is started with.
#[derive(Clone, Debug)]
pub struct BrowserOptions {
    /// The size of the page.
    pub viewport: Viewport,
    /// The languages that the browser asks for, the best first.
    pub languages: String,
    /// A film for the camera, as [`crate::camera`] writes it. Without one there is a camera that
    /// shows a test picture.
    pub camera: Option<PathBuf>,
    /// Further host names that lead to this machine, beside `localhost`.
    pub hosts: Vec<String>,
    /// Further flags for Chromium.
    pub flags: Vec<String>,
}

impl Default for BrowserOptions {
    fn default() -> Self {
        Self {
            viewport: Viewport::DESK,
            languages: "ja".to_owned(),
            camera: None,
            hosts: Vec::new(),
            flags: Vec::new(),
        }
    }
}

/// A running browser. Dereferences to [`WebDriver`].
#[derive(Debug)]
pub struct Browser {
    /// `None` only while it is being ended.
    driver: Option<WebDriver>,
    chromedriver: Chromedriver,
}

impl Browser {
    /// Starts a browser with an empty profile.
    ///
    /// # Panics
    ///
    /// When Chromium or ChromeDriver is missing or does not start. A browser test that skipped
    /// itself would pass where it proves nothing.
    pub async fn start(options: BrowserOptions) -> Self {
        let chromium = find("HOKAN_TEST_CHROMIUM", &["chromium", "chromium-browser", "google-chrome"]);
        let chromedriver = Chromedriver::start().await;
        let capabilities = capabilities(&chromium, &chromedriver.profile(), &options);
        install_crypto();
        let driver = match WebDriver::new(&chromedriver.url, capabilities).await {
            Ok(driver) => driver,
            Err(error) => panic!("Chromium did not start: {error}\n{}", chromedriver.log()),
        };
        let browser = Self { driver: Some(driver), chromedriver };
        browser.resize(options.viewport).await;
        browser
    }

    /// Gives the page another size.
    pub async fn resize(&self, viewport: Viewport) {
        // Not the window's size: Chromium makes no window as narrow as a phone.
        let cdp = self.cdp();
        cdp.send_raw(
            "Emulation.setDeviceMetricsOverride",
            json!({
                "width": viewport.width, "height": viewport.height,
                "deviceScaleFactor": viewport.scale, "mobile": viewport.mobile,
            }),
        )
        .await
        .expect("the page takes the size");
        cdp.send_raw("Emulation.setTouchEmulationEnabled", json!({ "enabled": viewport.mobile }))
            .await
            .expect("the page takes touch or leaves it");
    }

    /// Saves what is seen as `target/screenshots/NAME.png` and returns the path.
    pub async fn screenshot_to_file(&self, name: &str) -> PathBuf {
        let picture = self.screenshot_as_png().await.expect("a screenshot");
        save(name, &picture)
    }

    /// Prints the page as a PDF file's bytes, as a clerk's print command does.
    pub async fn print_to_pdf(&self) -> Vec<u8> {
        self.print_page(thirtyfour::common::print::PrintParameters::default()).await.expect("the page prints")
    }

    /// What the browser complained of since the last call: errors of scripts, refused resources,
    /// breaches of the content security policy.
    pub async fn complaints(&self) -> Vec<String> {
        let log = self.browser_log().await.expect("the browser's log");
        log.into_iter().filter(|entry| entry.level == "SEVERE").map(|entry| entry.message).collect()
    }

    /// Ends the browser in good order. Dropping it, as a failing test does, ends it by force.
    ///
    /// # Panics
    ///
    /// When the browser has ended by itself: a crash must not pass unseen.
    pub async fn close(mut self) {
        if let Some(driver) = self.driver.take()
            && let Err(error) = driver.quit().await
        {
            panic!("the browser could not be ended: {error}\n{}", self.chromedriver.log());
        }
    }
}

impl Deref for Browser {
    type Target = WebDriver;

    fn deref(&self) -> &WebDriver {
        self.driver.as_ref().expect("the browser runs until it is closed")
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Without asking: thirtyfour would end the session from another thread, wait for it two
        // minutes and give up. The drop of ChromeDriver ends Chromium too.
        if let Some(driver) = self.driver.take() {
            drop(driver.leak());
        }
    }
}

/// One ChromeDriver process and the folder of the one Chromium that it starts.
#[derive(Debug)]
struct Chromedriver {
    child: Child,
    url: String,
    work: TempDir,
}

impl Chromedriver {
    async fn start() -> Self {
        let program = find("HOKAN_TEST_CHROMEDRIVER", &["chromedriver", "chromium.chromedriver"]);
        let work = tempfile::Builder::new().prefix("hokan-chromium-").tempdir().expect("a temporary folder");
        let temporary = work.path().join("tmp");
        fs::create_dir(&temporary).expect("a folder in an empty folder");
        let log = fs::File::create(work.path().join("log")).expect("a log file");
        let child = Command::new(&program)
            // It chooses a free port itself and says which.
            .arg("--port=0")
            // Else Chromium writes certificates and settings to the home of whoever runs the tests,
            // and leaves folders in /tmp when it is killed.
            .env("HOME", work.path())
            .env("TMPDIR", &temporary)
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("XDG_CACHE_HOME")
            .env_remove("DISPLAY")
            .env_remove("DBUS_SESSION_BUS_ADDRESS")
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a second handle of the log file"))
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        let mut started = Self { child, url: String::new(), work };

        let since = Instant::now();
        loop {
            if let Some(port) = started.port() {
                started.url = format!("http://127.0.0.1:{port}");
                return started;
            }
            let ended = started.child.try_wait().expect("a child of ours");
            assert!(
                ended.is_none() && since.elapsed() < PATIENCE,
                "{} did not start ({ended:?}):\n{}",
                program.display(),
                started.log()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// From its line "ChromeDriver was started successfully on port 12345."
    fn port(&self) -> Option<u16> {
        let log = self.log();
        let (_, rest) = log.split_once("started successfully on port ")?;
        // The full stop says that the number is whole.
        rest.split_once('.')?.0.parse().ok()
    }

    fn log(&self) -> String {
        fs::read_to_string(self.work.path().join("log")).unwrap_or_default()
    }

    fn profile(&self) -> PathBuf {
        self.work.path().join("profile")
    }
}

impl Drop for Chromedriver {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        // A Chromium whose ChromeDriver was killed lives on. Ours are those with our profile's
        // folder, which no other process can have, on their command line. Until none is left: they
        // still write to the folder, which could then not be removed.
        let profile = format!("--user-data-dir={}", self.profile().display());
        for _ in 0..100 {
            let ours = processes_with(&profile);
            if ours.is_empty() {
                break;
            }
            let mut kill = Command::new("sh");
            kill.args(["-c", "kill -s KILL \"$@\"", "sh"]).args(ours).stderr(Stdio::null());
            drop(kill.status());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn processes_with(argument: &str) -> Vec<String> {
    let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
    processes
        .filter_map(Result::ok)
        .filter(|process| {
            fs::read(process.path().join("cmdline")).is_ok_and(|line| {
                line.split(|byte| *byte == 0 || *byte == b' ').any(|part| part == argument.as_bytes())
            })
        })
        .filter_map(|process| process.file_name().into_string().ok())
        .filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()))
        .collect()
}

fn capabilities(chromium: &Path, profile: &Path, options: &BrowserOptions) -> Capabilities {
    let mut hosts: Vec<_> = options.hosts.iter().map(|host| format!("MAP {host} 127.0.0.1")).collect();
    // Hokan loads nothing from other hosts. Here nothing can be loaded from them: an attempt is an
    // error in the browser's log and never a connection.
    hosts.extend(["MAP * ~NOTFOUND", "EXCLUDE localhost", "EXCLUDE 127.0.0.1"].map(str::to_owned));

    let mut flags: Vec<String> = [
        "--headless=new",
        // Chromium's sandbox does not start as root or in most containers. The pages are our own.
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        // Containers give /dev/shm 64 MB, too little for a page with a camera.
        "--disable-dev-shm-usage",
        // It would look for its maker's hosts at each start.
        "--no-first-run",
        "--no-default-browser-check",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--password-store=basic",
        // A camera, and leave to use it without a question.
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
    ]
    .map(str::to_owned)
    .into();
    flags.push(format!("--user-data-dir={}", profile.display()));
    flags.push(format!("--host-resolver-rules={}", hosts.join(", ")));
    if let Some(film) = &options.camera {
        flags.push(format!("--use-file-for-fake-video-capture={}", film.display()));
    }
    flags.extend(options.flags.iter().cloned());

    let mut capabilities = Capabilities::new();
    let mut set = |name: &str, value| {
        capabilities.set(name, value).expect("JSON of our own making");
    };
    set("browserName", json!("chrome"));
    // The certificate of the server under test comes from its own authority.
    set("acceptInsecureCerts", json!(true));
    set("goog:loggingPrefs", json!({ "browser": "ALL" }));
    set(
        "goog:chromeOptions",
        json!({
            "binary": chromium,
            "args": flags,
            "prefs": { "intl.accept_languages": options.languages },
        }),
    );
    capabilities
}

/// The program that the variable names, or the first of these in the search path.
fn find(variable: &str, names: &[&str]) -> PathBuf {
    if let Some(path) = std::env::var_os(variable) {
        return PathBuf::from(path);
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = names
        .iter()
        .flat_map(|name| std::env::split_paths(&path).map(move |folder| folder.join(name)))
        .find(|program| program.is_file());
    found.unwrap_or_else(|| {
        panic!(
            "none of {} is in the search path. Run tests/run, which installs what is missing, or name the program \
             in {variable}.",
            names.join(", ")
        )
    })
}

fn save(name: &str, picture: &[u8]) -> PathBuf {
    let folder = workspace::build_folder().parent().expect("target/PROFILE").join("screenshots");
    fs::create_dir_all(&folder).expect("target/screenshots can be made");
    let path = folder.join(format!("{name}.png"));
    fs::write(&path, picture).expect("the screenshot is written");
    path
}
