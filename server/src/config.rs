//! How the server is set up: flags, then environment, then file, then defaults. A key that nobody knows is
//! an error that names it, wherever it stands: a mistyped setting that is silently ignored is found on the
//! day it was needed.

use std::{
    fs,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::NaiveTime;
use clap::{Args, ValueEnum};
use hokan_outbound::mail::{MailAddress, Security};
use serde::Deserialize;

use crate::store::DatabaseUrl;

/// Where the server listens unless told otherwise: on this machine only.
const DEFAULT_LISTEN: &str = "127.0.0.1:8443";

/// What one person can send in on one day: pictures of some hundred media, and still no database that is full by the
/// evening.
const FILE_BYTES_A_DAY: u64 = 1_000_000_000;

/// A setting that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not TOML, has an unknown key or a wrong value.
    #[error("{path}: {source}")]
    Syntax {
        /// Which file.
        path: PathBuf,
        /// What and where.
        source: Box<toml::de::Error>,
    },
    /// An environment variable that begins as ours do but is none.
    #[error("{0} is set in the environment, but there is no such setting. Known are: {known}", known = KNOWN_ENV.join(", "))]
    UnknownVariable(String),
    /// A value that cannot be used.
    #[error("{key}: {why}")]
    Value {
        /// The setting.
        key: &'static str,
        /// Why not.
        why: String,
    },
}

/// What protects the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum TlsMode {
    /// A certificate of the server's own small certificate authority, which each phone is told to trust once.
    #[default]
    Own,
    /// Certificate and key from files.
    Files,
    /// None. Only behind a proxy on the same machine, or for a look at the demonstration.
    Off,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// How the connection to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum MailSecurity {
    /// Not at all. Only to a mail server on this machine, unless `allow-plain` is set.
    None,
    /// It begins in the open and is then protected; usually on port 587.
    #[default]
    Starttls,
    /// TLS from the first byte; usually on port 465.
    Tls,
}

impl MailSecurity {
    /// The same, as whoever sends mail calls it.
    #[must_use]
    pub fn security(self) -> Security {
        match self {
            Self::None => Security::None,
            Self::Starttls => Security::StartTls,
            Self::Tls => Security::Tls,
        }
    }

    fn usual_port(self) -> u16 {
        match self {
            Self::None => 25,
            Self::Starttls => 587,
            Self::Tls => 465,
        }
    }
}

/// The settings that flags and environment can give.
#[derive(Debug, Clone, Default, Args)]
pub struct Flags {
    /// A file with settings (TOML). Flags and environment come before it.
    #[arg(long, env = "HOKAN_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The folder for the database, the ledger's key and the certificates.
    #[arg(long, env = "HOKAN_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// sqlite:PATH or postgres://…; a SQLite file in the data folder if not given.
    // Not shown with its value: it may hold a password.
    #[arg(long, env = "DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// Address and port to listen on. This machine only, unless another address is given.
    #[arg(long, env = "HOKAN_LISTEN", value_name = "ADDRESS:PORT")]
    pub listen: Option<SocketAddr>,
    /// The address under which people reach the server, as in `https://hokan.town.example.jp`.
    #[arg(long, env = "HOKAN_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// What protects the connection.
    #[arg(long, env = "HOKAN_TLS", value_enum)]
    pub tls: Option<TlsMode>,
    /// Speak plain HTTP on an address that other machines reach, with `--tls off`: behind a proxy on another machine,
    /// over a network that nobody else is on.
    #[arg(long, env = "HOKAN_ALLOW_PLAIN_HTTP", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    pub allow_plain_http: Option<bool>,
    /// Addresses of proxies whose `X-Forwarded-For` is believed, separated by commas. None unless they are given.
    #[arg(long, env = "HOKAN_TRUSTED_PROXIES", value_name = "ADDRESSES", value_delimiter = ',')]
    pub trusted_proxies: Option<Vec<IpAddr>>,
    /// The certificate chain (PEM), with `--tls files`.
    #[arg(long, env = "HOKAN_TLS_CERTIFICATE", value_name = "FILE")]
    pub tls_certificate: Option<PathBuf>,
    /// The certificate's key (PEM), with `--tls files`.
    #[arg(long, env = "HOKAN_TLS_KEY", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
    /// How log lines are written.
    #[arg(long, env = "HOKAN_LOG_FORMAT", value_enum)]
    pub log_format: Option<LogFormat>,
    /// The section `[mail]` of the file.
    #[command(flatten)]
    pub mail: MailFlags,
    /// The section `[webhooks]` of the file.
    #[command(flatten)]
    pub webhooks: WebhookFlags,
    /// The section `[jobs]` of the file.
    #[command(flatten)]
    pub jobs: JobFlags,
    /// The section `[sign-in.provider]` of the file.
    #[command(flatten)]
    pub provider: ProviderFlags,
}

/// Through which mail server people are told what waits for them. Without a host no mail is sent.
#[derive(Debug, Clone, Default, Args, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[command(next_help_heading = "Mail")]
pub struct MailFlags {
    /// The mail server's name or address. Without it no mail is sent.
    #[arg(id = "mail-host", long = "mail-host", env = "HOKAN_MAIL_HOST", value_name = "HOST")]
    pub host: Option<String>,
    /// Its port; 587, 465 or 25, by how the connection is protected, if not given.
    #[arg(id = "mail-port", long = "mail-port", env = "HOKAN_MAIL_PORT", value_name = "PORT")]
    pub port: Option<u16>,
    /// How the connection to it is protected.
    #[arg(id = "mail-security", long = "mail-security", env = "HOKAN_MAIL_SECURITY", value_enum)]
    pub security: Option<MailSecurity>,
    /// The name to sign in to it with.
    #[arg(id = "mail-user", long = "mail-user", env = "HOKAN_MAIL_USER", value_name = "NAME")]
    pub user: Option<String>,
    /// A file that holds the password to it, in its first line.
    #[arg(
        id = "mail-password-file",
        long = "mail-password-file",
        env = "HOKAN_MAIL_PASSWORD_FILE",
        value_name = "FILE"
    )]
    pub password_file: Option<PathBuf>,
    /// Who the mail is from, as in `hokan@town.example.jp`, with or without a name before it.
    #[arg(id = "mail-from", long = "mail-from", env = "HOKAN_MAIL_FROM", value_name = "ADDRESS")]
    pub from: Option<String>,
    /// Authorities whose certificates are believed besides the public ones (PEM).
    #[arg(id = "mail-extra-ca", long = "mail-extra-ca", env = "HOKAN_MAIL_EXTRA_CA", value_name = "FILE")]
    pub extra_ca: Option<PathBuf>,
    /// Send mail to another machine without TLS, where all on the way can read it.
    #[arg(id = "mail-allow-plain", long = "mail-allow-plain", env = "HOKAN_MAIL_ALLOW_PLAIN", value_name = "BOOL", num_args = 0..=1,
          default_missing_value = "true")]
    pub allow_plain: Option<bool>,
}

/// What webhooks may reach that they may not by default.
#[derive(Debug, Clone, Default, Args, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[command(next_help_heading = "Webhooks")]
pub struct WebhookFlags {
    /// Let an endpoint's address begin with http://. What is sent can then be read on the way.
    #[arg(id = "webhooks-allow-http", long = "webhooks-allow-http", env = "HOKAN_WEBHOOKS_ALLOW_HTTP", value_name = "BOOL",
          num_args = 0..=1, default_missing_value = "true")]
    pub allow_http: Option<bool>,
    /// Let webhooks reach this machine.
    #[arg(id = "webhooks-allow-loopback", long = "webhooks-allow-loopback", env = "HOKAN_WEBHOOKS_ALLOW_LOOPBACK", value_name = "BOOL",
          num_args = 0..=1, default_missing_value = "true")]
    pub allow_loopback: Option<bool>,
    /// Let webhooks reach link-local addresses.
    #[arg(id = "webhooks-allow-link-local", long = "webhooks-allow-link-local", env = "HOKAN_WEBHOOKS_ALLOW_LINK_LOCAL", value_name = "BOOL",
          num_args = 0..=1, default_missing_value = "true")]
    pub allow_link_local: Option<bool>,
    /// Names, separated by commas, that may lead to this machine or to link-local addresses.
    #[arg(
        id = "webhooks-hosts",
        long = "webhooks-hosts",
        env = "HOKAN_WEBHOOKS_HOSTS",
        value_name = "HOST",
        value_delimiter = ','
    )]
    pub hosts: Option<Vec<String>>,
    /// Authorities whose certificates are believed besides the public ones (PEM).
    #[arg(
        id = "webhooks-extra-ca",
        long = "webhooks-extra-ca",
        env = "HOKAN_WEBHOOKS_EXTRA_CA",
        value_name = "FILE"
    )]
    pub extra_ca: Option<PathBuf>,
}

/// The body's own identity provider (OpenID Connect). Without an issuer nobody signs in through one.
#[derive(Debug, Clone, Default, Args, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[command(next_help_heading = "Identity provider")]
pub struct ProviderFlags {
    /// Its issuer, exactly as its discovery document names it.
    #[arg(
        id = "provider-issuer",
        long = "provider-issuer",
        env = "HOKAN_PROVIDER_ISSUER",
        value_name = "URL"
    )]
    pub issuer: Option<String>,
    /// Under which id it knows this server.
    #[arg(
        id = "provider-client-id",
        long = "provider-client-id",
        env = "HOKAN_PROVIDER_CLIENT_ID",
        value_name = "ID"
    )]
    pub client_id: Option<String>,
    /// A file that holds the secret that it gave to this server, in its first line.
    #[arg(
        id = "provider-client-secret-file",
        long = "provider-client-secret-file",
        env = "HOKAN_PROVIDER_CLIENT_SECRET_FILE",
        value_name = "FILE"
    )]
    pub client_secret_file: Option<PathBuf>,
    /// The secret itself. Meant for the environment: whoever lists processes can read an argument.
    #[arg(
        id = "provider-client-secret",
        long = "provider-client-secret",
        env = "HOKAN_PROVIDER_CLIENT_SECRET",
        hide = true,
        hide_env_values = true
    )]
    #[serde(skip)]
    pub client_secret: Option<Hidden>,
    /// What the button on the sign-in page calls it.
    #[arg(id = "provider-name", long = "provider-name", env = "HOKAN_PROVIDER_NAME", value_name = "NAME")]
    pub name: Option<String>,
    /// Ways of signing in there (`amr`), separated by commas, each of which counts as a second factor.
    #[arg(
        id = "provider-second-factor-amr",
        long = "provider-second-factor-amr",
        env = "HOKAN_PROVIDER_SECOND_FACTOR_AMR",
        value_name = "AMR",
        value_delimiter = ','
    )]
    pub second_factor_amr: Option<Vec<String>>,
    /// Levels of signing in there (`acr`), separated by commas, each of which counts as a second factor.
    #[arg(
        id = "provider-second-factor-acr",
        long = "provider-second-factor-acr",
        env = "HOKAN_PROVIDER_SECOND_FACTOR_ACR",
        value_name = "ACR",
        value_delimiter = ','
    )]
    pub second_factor_acr: Option<Vec<String>>,
    /// Let it tell by a verified mail address who somebody is who signs in through it for the first time.
    #[arg(id = "provider-link-by-email", long = "provider-link-by-email", env = "HOKAN_PROVIDER_LINK_BY_EMAIL", value_name = "BOOL",
          num_args = 0..=1, default_missing_value = "true")]
    pub link_by_email: Option<bool>,
    /// Authorities whose certificates are believed besides the public ones (PEM).
    #[arg(
        id = "provider-extra-ca",
        long = "provider-extra-ca",
        env = "HOKAN_PROVIDER_EXTRA_CA",
        value_name = "FILE"
    )]
    pub extra_ca: Option<PathBuf>,
    /// Let it be on this machine without TLS.
    #[arg(id = "provider-allow-loopback", long = "provider-allow-loopback", env = "HOKAN_PROVIDER_ALLOW_LOOPBACK", value_name = "BOOL",
          num_args = 0..=1, default_missing_value = "true")]
    pub allow_loopback: Option<bool>,
}

/// A secret that is never printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Hidden(String);

impl Hidden {
    /// The secret itself.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(hidden)")
    }
}

impl From<String> for Hidden {
    fn from(secret: String) -> Self {
        Self(secret)
    }
}

impl std::str::FromStr for Hidden {
    type Err = std::convert::Infallible;
    fn from_str(secret: &str) -> Result<Self, Self::Err> {
        Ok(Self(secret.to_owned()))
    }
}

/// When the daily jobs run.
#[derive(Debug, Clone, Default, Args, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[command(next_help_heading = "Jobs")]
pub struct JobFlags {
    /// The hour in Japan, 0 to 23, at which the retention periods are looked through.
    #[arg(
        id = "jobs-purge-hour",
        long = "jobs-purge-hour",
        env = "HOKAN_JOBS_PURGE_HOUR",
        value_name = "HOUR"
    )]
    pub purge_hour: Option<u8>,
    /// The hour in Japan, 0 to 23, at which people get the day's mail.
    #[arg(
        id = "jobs-digest-hour",
        long = "jobs-digest-hour",
        env = "HOKAN_JOBS_DIGEST_HOUR",
        value_name = "HOUR"
    )]
    pub digest_hour: Option<u8>,
}

/// The environment variables that begin with `HOKAN_` and mean something. `HOKAN_LOG` chooses what is
/// logged, in the form of tracing's filters.
const KNOWN_ENV: [&str; 36] = [
    "HOKAN_ALLOW_PLAIN_HTTP",
    "HOKAN_CONFIG",
    "HOKAN_DATA_DIR",
    "HOKAN_JOBS_DIGEST_HOUR",
    "HOKAN_JOBS_PURGE_HOUR",
    "HOKAN_LISTEN",
    "HOKAN_LOG",
    "HOKAN_LOG_FORMAT",
    "HOKAN_MAIL_ALLOW_PLAIN",
    "HOKAN_MAIL_EXTRA_CA",
    "HOKAN_MAIL_FROM",
    "HOKAN_MAIL_HOST",
    "HOKAN_MAIL_PASSWORD_FILE",
    "HOKAN_MAIL_PORT",
    "HOKAN_MAIL_SECURITY",
    "HOKAN_MAIL_USER",
    "HOKAN_PROVIDER_ALLOW_LOOPBACK",
    "HOKAN_PROVIDER_CLIENT_ID",
    "HOKAN_PROVIDER_CLIENT_SECRET",
    "HOKAN_PROVIDER_CLIENT_SECRET_FILE",
    "HOKAN_PROVIDER_EXTRA_CA",
    "HOKAN_PROVIDER_ISSUER",
    "HOKAN_PROVIDER_LINK_BY_EMAIL",
    "HOKAN_PROVIDER_NAME",
    "HOKAN_PROVIDER_SECOND_FACTOR_ACR",
    "HOKAN_PROVIDER_SECOND_FACTOR_AMR",
    "HOKAN_PUBLIC_URL",
    "HOKAN_TLS",
    "HOKAN_TLS_CERTIFICATE",
    "HOKAN_TLS_KEY",
    "HOKAN_TRUSTED_PROXIES",
    "HOKAN_WEBHOOKS_ALLOW_HTTP",
    "HOKAN_WEBHOOKS_ALLOW_LINK_LOCAL",
    "HOKAN_WEBHOOKS_ALLOW_LOOPBACK",
    "HOKAN_WEBHOOKS_EXTRA_CA",
    "HOKAN_WEBHOOKS_HOSTS",
];

/// The project's own tests speak to each other through variables that begin so.
const TEST_ENV: &str = "HOKAN_TEST_";

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Written {
    data_dir: Option<PathBuf>,
    database_url: Option<String>,
    listen: Option<SocketAddr>,
    public_url: Option<String>,
    tls: Option<TlsMode>,
    allow_plain_http: Option<bool>,
    trusted_proxies: Option<Vec<IpAddr>>,
    tls_certificate: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    log_format: Option<LogFormat>,
    #[serde(default)]
    mail: MailFlags,
    #[serde(default)]
    webhooks: WebhookFlags,
    #[serde(default)]
    jobs: JobFlags,
    #[serde(default)]
    sign_in: SignInSections,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct SignInSections {
    provider: ProviderFlags,
}

/// The mail server, and in whose name mail is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailSettings {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: MailSecurity,
    /// The name to sign in with and the file that holds the password, if it wants to know any.
    pub credentials: Option<(String, PathBuf)>,
    /// Who the mail is from.
    pub from: MailAddress,
    /// A file with authorities that are believed besides the public ones.
    pub extra_ca: Option<PathBuf>,
    /// Whether another machine may be reached without TLS.
    pub allow_plain: bool,
}

/// What webhooks may reach that they may not by default. The default opens nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WebhookSettings {
    /// Whether an endpoint's address may begin with http://.
    pub allow_http: bool,
    /// Whether they may reach this machine.
    pub allow_loopback: bool,
    /// Whether they may reach link-local addresses.
    pub allow_link_local: bool,
    /// Names that may lead to either.
    pub hosts: Vec<String>,
    /// A file with authorities that are believed besides the public ones.
    pub extra_ca: Option<PathBuf>,
}

/// The body's own identity provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderSettings {
    /// Its issuer, exactly as its discovery document names it.
    pub issuer: String,
    /// Under which id it knows this server.
    pub client_id: String,
    /// The secret that it gave to this server; none for a client that is public.
    pub client_secret: Option<Hidden>,
    /// What people call it.
    pub name: String,
    /// Ways of signing in there (RFC 8176) each of which counts as a second factor.
    pub second_factor_amr: Vec<String>,
    /// Levels of signing in there each of which counts as a second factor.
    pub second_factor_acr: Vec<String>,
    /// Whether a verified mail address tells who somebody is who signs in through it for the first time.
    pub link_by_email: bool,
    /// A file with authorities that are believed besides the public ones.
    pub extra_ca: Option<PathBuf>,
    /// Whether it may be on this machine without TLS.
    pub allow_loopback: bool,
}

/// When the daily jobs run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobSettings {
    /// The hour in Japan, 0 to 23, at which the retention periods are looked through.
    pub purge_hour: u8,
    /// The hour in Japan, 0 to 23, at which people get the day's mail.
    pub digest_hour: u8,
}

impl Default for JobSettings {
    /// At one in the night, when nobody waits, and at eight, before the day begins.
    fn default() -> Self {
        Self { purge_hour: 1, digest_hour: 8 }
    }
}

impl JobSettings {
    /// The time of day in Japan at which the retention periods are looked through.
    #[must_use]
    pub fn purge_at(self) -> NaiveTime {
        // Every hour that is let in is one.
        NaiveTime::from_hms_opt(u32::from(self.purge_hour), 0, 0).unwrap_or_default()
    }

    /// The time of day in Japan at which people get the day's mail.
    #[must_use]
    pub fn digest_at(self) -> NaiveTime {
        NaiveTime::from_hms_opt(u32::from(self.digest_hour), 0, 0).unwrap_or_default()
    }
}

/// The settings in force.
#[derive(Debug, Clone)]
pub struct Config {
    /// The folder for the database, the ledger's key and the certificates.
    pub data_dir: PathBuf,
    /// Where the register is kept.
    pub database: DatabaseUrl,
    /// Where the server listens.
    pub listen: SocketAddr,
    /// The address under which people reach the server, without a slash at its end.
    pub public_url: String,
    /// Whether `public_url` was given rather than made from `listen`.
    pub public_url_given: bool,
    /// What protects the connection.
    pub tls: TlsMode,
    /// Certificate and key, with [`TlsMode::Files`].
    pub tls_files: Option<(PathBuf, PathBuf)>,
    /// Whether people reach the server through TLS.
    pub secure: bool,
    /// Whose word is believed about where a request came from.
    pub trusted_proxies: Arc<[IpAddr]>,
    /// How many bytes of photographs and certificates one person can send in on one day.
    pub file_bytes_a_day: u64,
    /// How log lines are written.
    pub log_format: LogFormat,
    /// The mail server; none where no mail is sent.
    pub mail: Option<MailSettings>,
    /// What webhooks may reach.
    pub webhooks: WebhookSettings,
    /// When the daily jobs run.
    pub jobs: JobSettings,
    /// Whether this is the demonstration, which shows codes that elsewhere only a person's own app knows. No
    /// setting reaches it; only `hokan demo` sets it.
    pub demo: bool,
    /// The body's identity provider; none where nobody signs in through one.
    pub provider: Option<ProviderSettings>,
}

impl Config {
    /// Puts flags, environment and file together.
    ///
    /// # Errors
    /// Any [`ConfigError`].
    pub fn load(flags: &Flags) -> Result<Self, ConfigError> {
        check_environment(std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()))?;
        let written = match &flags.config {
            Some(path) => read_file(path)?,
            None => Written::default(),
        };
        Self::merge(flags, written)
    }

    fn merge(flags: &Flags, written: Written) -> Result<Self, ConfigError> {
        let value = |key, why: &dyn ToString| ConfigError::Value { key, why: why.to_string() };
        let data_dir =
            flags.data_dir.clone().or(written.data_dir).unwrap_or_else(|| PathBuf::from("hokan-data"));
        let database = match flags.database_url.clone().or(written.database_url) {
            Some(url) => url.parse().map_err(|error| value("database-url", &error))?,
            None => DatabaseUrl::Sqlite(data_dir.join("hokan.db")),
        };
        if database.travels_in_the_open() {
            let why = "the database is on another machine, so the address must say how the way there is protected: \
                       ?sslmode=verify-full (or verify-ca; or require, which does not check whose certificate it is)";
            return Err(value("database-url", &why));
        }
        let listen = match flags.listen.or(written.listen) {
            Some(listen) => listen,
            None => DEFAULT_LISTEN.parse().map_err(|error| value("listen", &error))?,
        };
        let tls = flags.tls.or(written.tls).unwrap_or_default();
        let allowed = flags.allow_plain_http.or(written.allow_plain_http).unwrap_or_default();
        if tls == TlsMode::Off && !listen.ip().to_canonical().is_loopback() && !allowed {
            let why = "“off” sends passwords and sessions in the clear to whoever is on the way. Listen on 127.0.0.1 \
                       behind a proxy on this machine, or say allow-plain-http = true if that is what is wanted";
            return Err(value("tls", &why));
        }
        let certificate = flags.tls_certificate.clone().or(written.tls_certificate);
        let key = flags.tls_key.clone().or(written.tls_key);
        let tls_files = match (tls, certificate, key) {
            (TlsMode::Files, Some(certificate), Some(key)) => Some((certificate, key)),
            (TlsMode::Files, ..) => {
                return Err(value("tls", &"with “files”, both tls-certificate and tls-key are needed"));
            }
            (_, None, None) => None,
            _ => return Err(value("tls-certificate", &"it is only used with tls = “files”")),
        };
        let given = flags.public_url.clone().or(written.public_url);
        let public_url_given = given.is_some();
        let scheme = if tls == TlsMode::Off { "http" } else { "https" };
        let public_url = given.unwrap_or_else(|| format!("{scheme}://{}", local_name(listen)));
        let public_url = public_url.trim_end_matches('/').to_owned();
        if host_of(&public_url).is_none() {
            return Err(value("public-url", &"it must look like https://hokan.town.example.jp"));
        }
        let secure = public_url.starts_with("https://");
        let trusted_proxies = flags.trusted_proxies.clone().or(written.trusted_proxies).unwrap_or_default();
        let log_format = flags.log_format.or(written.log_format).unwrap_or_default();
        let mail = mail(&flags.mail, written.mail)?;
        let webhooks = webhooks(&flags.webhooks, written.webhooks);
        let jobs = jobs(&flags.jobs, &written.jobs)?;
        let provider = provider(&flags.provider, written.sign_in.provider)?;
        Ok(Self {
            data_dir,
            database,
            listen,
            public_url,
            public_url_given,
            tls,
            tls_files,
            secure,
            trusted_proxies: trusted_proxies.iter().map(IpAddr::to_canonical).collect(),
            file_bytes_a_day: FILE_BYTES_A_DAY,
            log_format,
            mail,
            webhooks,
            jobs,
            demo: false,
            provider,
        })
    }

    /// The same settings with the port that the server really listens on, where the system chose one.
    #[must_use]
    pub fn listening_on(mut self, actual: SocketAddr) -> Self {
        self.listen = actual;
        if !self.public_url_given {
            let scheme = if self.tls == TlsMode::Off { "http" } else { "https" };
            self.public_url = format!("{scheme}://{}", local_name(actual));
        }
        self
    }

    /// The host in the public address, without its port.
    #[must_use]
    pub fn public_host(&self) -> &str {
        host_of(&self.public_url).unwrap_or("localhost")
    }

    /// Host and port for the payload of labels, where people reach the server by a name that will last.
    #[must_use]
    pub fn label_host(&self) -> Option<&str> {
        if !self.public_url_given {
            return None;
        }
        self.public_url.strip_prefix("https://").and_then(|rest| rest.split('/').next())
    }
}

fn wrong(key: &'static str, why: impl ToString) -> ConfigError {
    ConfigError::Value { key, why: why.to_string() }
}

fn mail(flags: &MailFlags, written: MailFlags) -> Result<Option<MailSettings>, ConfigError> {
    let host = flags.host.clone().or(written.host);
    let from = flags.from.clone().or(written.from);
    let port = flags.port.or(written.port);
    let security = flags.security.or(written.security);
    let user = flags.user.clone().or(written.user);
    let password_file = flags.password_file.clone().or(written.password_file);
    let extra_ca = flags.extra_ca.clone().or(written.extra_ca);
    let allow_plain = flags.allow_plain.or(written.allow_plain);
    let Some(host) = host else {
        // A setting that has no effect was meant to have one.
        let others = [
            ("mail.from", from.is_some()),
            ("mail.port", port.is_some()),
            ("mail.security", security.is_some()),
            ("mail.user", user.is_some()),
            ("mail.password-file", password_file.is_some()),
            ("mail.extra-ca", extra_ca.is_some()),
            ("mail.allow-plain", allow_plain.is_some()),
        ];
        return match others.into_iter().find(|(_, given)| *given) {
            Some((key, _)) => Err(wrong(key, "it is only used with mail.host")),
            None => Ok(None),
        };
    };
    let from = from.ok_or_else(|| wrong("mail.from", "with mail.host, the sender is needed"))?;
    let from = MailAddress::parse(&from).map_err(|error| wrong("mail.from", error))?;
    let credentials = match (user, password_file) {
        (Some(user), Some(file)) => Some((user, file)),
        (None, None) => None,
        _ => return Err(wrong("mail.user", "user and password-file are used together")),
    };
    let security = security.unwrap_or_default();
    Ok(Some(MailSettings {
        host,
        port: port.unwrap_or_else(|| security.usual_port()),
        security,
        credentials,
        from,
        extra_ca,
        allow_plain: allow_plain.unwrap_or_default(),
    }))
}

fn webhooks(flags: &WebhookFlags, written: WebhookFlags) -> WebhookSettings {
    WebhookSettings {
        allow_http: flags.allow_http.or(written.allow_http).unwrap_or_default(),
        allow_loopback: flags.allow_loopback.or(written.allow_loopback).unwrap_or_default(),
        allow_link_local: flags.allow_link_local.or(written.allow_link_local).unwrap_or_default(),
        hosts: flags.hosts.clone().or(written.hosts).unwrap_or_default(),
        extra_ca: flags.extra_ca.clone().or(written.extra_ca),
    }
}

fn jobs(flags: &JobFlags, written: &JobFlags) -> Result<JobSettings, ConfigError> {
    let usual = JobSettings::default();
    let hour = |key, hour: u8| {
        if hour < 24 { Ok(hour) } else { Err(wrong(key, "an hour is 0 to 23")) }
    };
    let purge_hour = flags.purge_hour.or(written.purge_hour).unwrap_or(usual.purge_hour);
    let digest_hour = flags.digest_hour.or(written.digest_hour).unwrap_or(usual.digest_hour);
    Ok(JobSettings {
        purge_hour: hour("jobs.purge-hour", purge_hour)?,
        digest_hour: hour("jobs.digest-hour", digest_hour)?,
    })
}

fn provider(flags: &ProviderFlags, written: ProviderFlags) -> Result<Option<ProviderSettings>, ConfigError> {
    let client_id = flags.client_id.clone().or(written.client_id);
    let file = flags.client_secret_file.clone().or(written.client_secret_file);
    let name = flags.name.clone().or(written.name);
    let amr = flags.second_factor_amr.clone().or(written.second_factor_amr);
    let acr = flags.second_factor_acr.clone().or(written.second_factor_acr);
    let link_by_email = flags.link_by_email.or(written.link_by_email);
    let extra_ca = flags.extra_ca.clone().or(written.extra_ca);
    let allow_loopback = flags.allow_loopback.or(written.allow_loopback);
    let Some(issuer) = flags.issuer.clone().or(written.issuer) else {
        // A setting that has no effect was meant to have one.
        let others = [
            ("sign-in.provider.client-id", client_id.is_some()),
            ("sign-in.provider.client-secret-file", file.is_some()),
            ("sign-in.provider.client-secret", flags.client_secret.is_some()),
            ("sign-in.provider.name", name.is_some()),
            ("sign-in.provider.second-factor-amr", amr.is_some()),
            ("sign-in.provider.second-factor-acr", acr.is_some()),
            ("sign-in.provider.link-by-email", link_by_email.is_some()),
            ("sign-in.provider.extra-ca", extra_ca.is_some()),
            ("sign-in.provider.allow-loopback", allow_loopback.is_some()),
        ];
        return match others.into_iter().find(|(_, given)| *given) {
            Some((key, _)) => Err(wrong(key, "it is only used with sign-in.provider.issuer")),
            None => Ok(None),
        };
    };
    let client_id = client_id
        .ok_or_else(|| wrong("sign-in.provider.client-id", "with an issuer, the client id is needed"))?;
    let client_secret = match (flags.client_secret.clone(), file) {
        (Some(_), Some(_)) => {
            return Err(wrong("sign-in.provider.client-secret-file", "the secret is given twice"));
        }
        (given, None) => given,
        (None, Some(file)) => {
            let text =
                fs::read_to_string(&file).map_err(|source| ConfigError::File { path: file, source })?;
            Some(Hidden(text.lines().next().unwrap_or_default().trim().to_owned()))
        }
    };
    if client_secret.as_ref().is_some_and(|secret| secret.0.is_empty()) {
        return Err(wrong("sign-in.provider.client-secret-file", "its first line is empty"));
    }
    let host = host_of(&issuer);
    let allow_loopback = allow_loopback.unwrap_or_default();
    if host.is_none() || !(issuer.starts_with("https://") || allow_loopback) {
        return Err(wrong("sign-in.provider.issuer", "it must look like https://login.town.example.jp"));
    }
    Ok(Some(ProviderSettings {
        name: name.unwrap_or_else(|| host.unwrap_or_default().to_owned()),
        issuer,
        client_id,
        client_secret,
        second_factor_amr: amr.unwrap_or_default(),
        second_factor_acr: acr.unwrap_or_default(),
        link_by_email: link_by_email.unwrap_or_default(),
        extra_ca,
        allow_loopback,
    }))
}

/// How a browser on this machine reaches an address: by name, since certificates and passkeys want one.
fn local_name(listen: SocketAddr) -> String {
    if listen.ip().is_loopback() || listen.ip().is_unspecified() {
        format!("localhost:{}", listen.port())
    } else {
        listen.to_string()
    }
}

fn host_of(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let authority = rest.split('/').next()?;
    let host = match authority.strip_prefix('[') {
        Some(bracketed) => bracketed.split(']').next()?,
        None => authority.split(':').next()?,
    };
    (!host.is_empty() && !host.contains(char::is_whitespace) && !host.contains('@')).then_some(host)
}

fn read_file(path: &Path) -> Result<Written, ConfigError> {
    let text =
        fs::read_to_string(path).map_err(|source| ConfigError::File { path: path.to_owned(), source })?;
    toml::from_str(&text)
        .map_err(|source| ConfigError::Syntax { path: path.to_owned(), source: Box::new(source) })
}

fn check_environment(names: impl Iterator<Item = String>) -> Result<(), ConfigError> {
    for name in names {
        if name.starts_with("HOKAN_") && !name.starts_with(TEST_ENV) && !KNOWN_ENV.contains(&name.as_str()) {
            return Err(ConfigError::UnknownVariable(name));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> Result<Written, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn an_unknown_key_is_named() {
        assert!(file("listn = \"127.0.0.1:1\"").unwrap_err().contains("listn"));
    }

    #[test]
    fn an_unknown_variable_is_named() {
        let error = check_environment(["HOKAN_LISTN".to_owned()].into_iter()).unwrap_err();
        assert!(error.to_string().contains("HOKAN_LISTN"));
        assert!(check_environment(["HOKAN_LISTEN".to_owned(), "PATH".to_owned()].into_iter()).is_ok());
    }

    #[test]
    fn a_flag_comes_before_the_file() {
        let written = file("listen = \"127.0.0.1:1\"\nlog-format = \"json\"").unwrap();
        let flags = Flags { listen: Some("127.0.0.1:2".parse().unwrap()), ..Flags::default() };
        let config = Config::merge(&flags, written).unwrap();
        assert_eq!(config.listen.port(), 2);
        assert_eq!(config.log_format, LogFormat::Json);
        assert_eq!(config.public_url, "https://localhost:2");
        assert_eq!(config.label_host(), None);
    }

    #[test]
    fn labels_point_to_a_host_that_was_given() {
        let flags = Flags { public_url: Some("https://hokan.town.example.jp/".into()), ..Flags::default() };
        let config = Config::merge(&flags, Written::default()).unwrap();
        assert_eq!(config.label_host(), Some("hokan.town.example.jp"));
        assert_eq!(config.public_host(), "hokan.town.example.jp");
    }

    #[test]
    fn half_a_certificate_is_refused() {
        let flags =
            Flags { tls: Some(TlsMode::Files), tls_certificate: Some("a.pem".into()), ..Flags::default() };
        assert!(Config::merge(&flags, Written::default()).is_err());
    }

    #[test]
    fn a_database_of_another_kind_is_refused() {
        let flags = Flags { database_url: Some("mysql://x".into()), ..Flags::default() };
        assert!(Config::merge(&flags, Written::default()).unwrap_err().to_string().contains("sqlite:"));
    }

    #[test]
    fn plain_http_on_the_network_is_said_in_so_many_words() {
        let on = |listen: &str, allow| Flags {
            listen: Some(listen.parse().unwrap()),
            tls: Some(TlsMode::Off),
            allow_plain_http: allow,
            ..Flags::default()
        };
        for listen in ["0.0.0.0:8080", "192.0.2.1:8080", "[::]:8080", "[2001:db8::1]:8080"] {
            for allow in [None, Some(false)] {
                let error = Config::merge(&on(listen, allow), Written::default()).unwrap_err().to_string();
                assert!(error.starts_with("tls:") && error.contains("allow-plain-http"), "{error}");
            }
            assert!(Config::merge(&on(listen, Some(true)), Written::default()).is_ok(), "{listen}");
        }
        for listen in ["127.0.0.1:8080", "127.8.0.1:8080", "[::1]:8080", "[::ffff:127.0.0.1]:8080"] {
            assert!(Config::merge(&on(listen, None), Written::default()).is_ok(), "{listen}");
        }
        let error = Config::merge(&Flags::default(), file("tls = \"off\"\nlisten = \"0.0.0.0:1\"").unwrap());
        assert!(error.is_err(), "also where the file says so");
    }

    #[test]
    fn a_database_elsewhere_is_reached_through_tls() {
        let open = |url: &str| {
            let flags = Flags { database_url: Some(url.to_owned()), ..Flags::default() };
            Config::merge(&flags, Written::default()).err().map(|error| error.to_string())
        };
        for url in [
            "postgres://hokan:secret@db.example.jp/hokan",
            "postgresql://db.example.jp:5432/hokan?application_name=x",
            "postgres://hokan@192.0.2.7/hokan?sslmode=prefer",
            "postgres://hokan@192.0.2.7/hokan?sslmode=disable",
            "postgres://hokan@[2001:db8::1]:5432/hokan",
            "postgres://localhost/hokan?host=db.example.jp",
            "postgres://hokan@localhost@db.example.jp/hokan",
            "postgres://hokan@db.example.jp/hokan?sslmode=verify-full&sslmode=prefer",
        ] {
            let error = open(url).unwrap_or_else(|| panic!("{url} is taken"));
            assert!(error.starts_with("database-url:") && error.contains("verify-full"), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
        for url in [
            "postgres://hokan@db.example.jp/hokan?sslmode=verify-full",
            "postgres://hokan@db.example.jp/hokan?sslmode=verify-ca",
            "postgres://hokan@db.example.jp/hokan?sslmode=require",
            "postgres://hokan@localhost/hokan",
            "postgres://hokan@127.0.0.1:5432/hokan",
            "postgres://hokan@[::1]/hokan",
            "postgres:///hokan?host=/run/postgresql",
            "postgres://%2Frun%2Fpostgresql/hokan",
            "sqlite:/var/lib/hokan/hokan.db",
        ] {
            assert_eq!(open(url), None, "{url}");
        }
    }

    #[test]
    fn sections_are_read_and_an_unknown_key_in_one_is_named() {
        let written = file(
            "[mail]\nhost = \"mail.town.example.jp\"\nfrom = \"保管 <hokan@town.example.jp>\"\n\
             [webhooks]\nallow-loopback = true\nhosts = [\"relay\"]\n[jobs]\ndigest-hour = 7\n",
        )
        .unwrap();
        let config = Config::merge(&Flags::default(), written).unwrap();
        let mail = config.mail.unwrap();
        assert_eq!((mail.port, mail.security), (587, MailSecurity::Starttls));
        assert_eq!(mail.from.address(), "hokan@town.example.jp");
        assert!(config.webhooks.allow_loopback && !config.webhooks.allow_http);
        assert_eq!(config.webhooks.hosts, ["relay"]);
        assert_eq!(config.jobs, JobSettings { purge_hour: 1, digest_hour: 7 });
        for (text, key) in [
            ("[mail]\nhots = \"x\"", "hots"),
            ("[webhooks]\nallow-everything = true", "allow-everything"),
            ("[jobs]\npurge_hour = 1", "purge_hour"),
            ("[mial]\nhost = \"x\"", "mial"),
        ] {
            assert!(file(text).unwrap_err().contains(key), "{text}");
        }
    }

    #[test]
    fn half_a_mail_server_is_refused() {
        for (text, key) in [
            ("[mail]\nfrom = \"a@b.example\"", "mail.from"),
            ("[mail]\nhost = \"h\"", "mail.from"),
            ("[mail]\nhost = \"h\"\nfrom = \"nobody\"", "mail.from"),
            ("[mail]\nhost = \"h\"\nfrom = \"a@b.example\"\nuser = \"u\"", "mail.user"),
            ("[jobs]\ndigest-hour = 24", "jobs.digest-hour"),
        ] {
            let error = Config::merge(&Flags::default(), file(text).unwrap()).unwrap_err().to_string();
            assert!(error.starts_with(key), "{text}: {error}");
        }
        assert!(Config::merge(&Flags::default(), Written::default()).unwrap().mail.is_none());
    }

    #[test]
    fn the_identity_provider_is_whole_or_not_there_and_its_secret_is_not_printed() {
        let town = "[sign-in.provider]\nissuer = \"https://login.town.example.jp/\"\nclient-id = \"hokan\"\n";
        let flags = |secret: &str| Flags {
            provider: ProviderFlags { client_secret: Some(secret.to_owned().into()), ..Default::default() },
            ..Flags::default()
        };
        let config = Config::merge(&flags("swordfish"), file(town).unwrap()).unwrap();
        assert!(!format!("{config:?}").contains("swordfish"));
        let provider = config.provider.unwrap();
        assert_eq!(provider.name, "login.town.example.jp");
        assert_eq!(provider.client_secret.unwrap().reveal(), "swordfish");
        assert!(!provider.link_by_email && !provider.allow_loopback);
        for (text, key) in [
            ("[sign-in.provider]\nissuer = \"https://x.example\"", "sign-in.provider.client-id"),
            ("[sign-in.provider]\nlink-by-email = true", "sign-in.provider.link-by-email"),
            (
                "[sign-in.provider]\nissuer = \"http://x.example\"\nclient-id = \"h\"",
                "sign-in.provider.issuer",
            ),
        ] {
            let error = Config::merge(&Flags::default(), file(text).unwrap()).unwrap_err().to_string();
            assert!(error.starts_with(key), "{text}: {error}");
        }
        assert!(file("[sign-in.provider]\nclient-secret = \"x\"").unwrap_err().contains("client-secret"));
        assert!(Config::merge(&Flags::default(), Written::default()).unwrap().provider.is_none());
    }

    #[test]
    fn every_flag_has_a_variable_that_is_known() {
        use clap::Args as _;
        let command = Flags::augment_args(clap::Command::new("test"));
        let named = command.get_arguments().filter_map(|arg| arg.get_env()?.to_str());
        let ours: Vec<&str> = named.filter(|name| name.starts_with("HOKAN_")).collect();
        assert_eq!(ours.len() + 1, KNOWN_ENV.len(), "HOKAN_LOG has no flag");
        assert!(ours.iter().all(|name| KNOWN_ENV.contains(name)));
    }
}
