//! How the server is set up: flags, then environment, then file, then defaults. A key that nobody knows is
//! an error that names it, wherever it stands: a mistyped setting that is silently ignored is found on the
//! day it was needed.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};
use serde::Deserialize;

use crate::store::DatabaseUrl;

/// Where the server listens unless told otherwise: on this machine only.
const DEFAULT_LISTEN: &str = "127.0.0.1:8443";

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
    /// The certificate chain (PEM), with `--tls files`.
    #[arg(long, env = "HOKAN_TLS_CERTIFICATE", value_name = "FILE")]
    pub tls_certificate: Option<PathBuf>,
    /// The certificate's key (PEM), with `--tls files`.
    #[arg(long, env = "HOKAN_TLS_KEY", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
    /// How log lines are written.
    #[arg(long, env = "HOKAN_LOG_FORMAT", value_enum)]
    pub log_format: Option<LogFormat>,
}

/// The environment variables that begin with `HOKAN_` and mean something. `HOKAN_LOG` chooses what is
/// logged, in the form of tracing's filters.
const KNOWN_ENV: [&str; 9] = [
    "HOKAN_CONFIG",
    "HOKAN_DATA_DIR",
    "HOKAN_LISTEN",
    "HOKAN_LOG",
    "HOKAN_LOG_FORMAT",
    "HOKAN_PUBLIC_URL",
    "HOKAN_TLS",
    "HOKAN_TLS_CERTIFICATE",
    "HOKAN_TLS_KEY",
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
    tls_certificate: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    log_format: Option<LogFormat>,
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
    /// How log lines are written.
    pub log_format: LogFormat,
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
        let listen = match flags.listen.or(written.listen) {
            Some(listen) => listen,
            None => DEFAULT_LISTEN.parse().map_err(|error| value("listen", &error))?,
        };
        let tls = flags.tls.or(written.tls).unwrap_or_default();
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
        let log_format = flags.log_format.or(written.log_format).unwrap_or_default();
        Ok(Self {
            data_dir,
            database,
            listen,
            public_url,
            public_url_given,
            tls,
            tls_files,
            secure,
            log_format,
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
}
