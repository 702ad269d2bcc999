//! Questions to one service that the administrator chose, such as the body's identity provider: one request,
//! one answer of bounded size.
//!
//! Only https, or http to this very machine where that is allowed; no redirects, so that an answer cannot lead
//! anywhere else; no proxies of the environment.

use std::{net::IpAddr, time::Duration};

use reqwest::{Method, StatusCode, Url, header::HeaderMap, redirect};

use crate::{TrustError, trust};

/// The largest answer that is read, in bytes. Discovery documents and key sets take some kilobytes.
const LARGEST_ANSWER: usize = 1024 * 1024;

/// How a service is asked.
#[derive(Debug, Clone, Default)]
pub struct AskOptions {
    /// Whether it may be on this machine, also without TLS.
    pub allow_loopback: bool,
    /// Authorities whose certificates are believed besides the public ones (PEM).
    pub extra_ca_pem: Option<String>,
}

/// Why there is no answer. Addresses are left out: their queries can hold secrets.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// The extra authorities cannot be used.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The address is none that may be asked.
    #[error("only https:// may be asked, and http:// on this machine where that is allowed")]
    Address,
    /// The answer is larger than is read.
    #[error("the answer is larger than {LARGEST_ANSWER} bytes")]
    TooLarge,
    /// The connection failed.
    #[error("the service does not answer: {0}")]
    Connection(reqwest::Error),
}

impl From<reqwest::Error> for AskError {
    fn from(error: reqwest::Error) -> Self {
        Self::Connection(error.without_url())
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, whole.
    pub body: Vec<u8>,
}

/// Asks. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Asker {
    http: reqwest::Client,
    allow_loopback: bool,
}

impl Asker {
    /// Somebody who asks in this way.
    ///
    /// # Errors
    /// Where the authorities cannot be used or TLS cannot be set up.
    pub fn new(options: &AskOptions) -> Result<Self, AskError> {
        let extra = trust::authorities(options.extra_ca_pem.as_deref())?;
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(trust::client_config(&extra)?)
            .no_proxy()
            .redirect(redirect::Policy::none())
            .referer(false)
            .connect_timeout(Duration::from_secs(5))
            .timeout(Duration::from_secs(15))
            .user_agent(concat!("Hokan/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { http, allow_loopback: options.allow_loopback })
    }

    /// Whether an address may be asked.
    ///
    /// # Errors
    /// [`AskError::Address`] where it may not.
    pub fn check(&self, address: &str) -> Result<Url, AskError> {
        let url = Url::parse(address).map_err(|_| AskError::Address)?;
        let plain = url.scheme() == "http" && self.allow_loopback && is_this_machine(&url);
        let fits = url.scheme() == "https" || plain;
        let named = !url.username().is_empty() || url.password().is_some();
        if fits && !named { Ok(url) } else { Err(AskError::Address) }
    }

    /// Sends one request and reads the answer, whatever its status.
    ///
    /// # Errors
    /// Any [`AskError`].
    pub async fn ask(
        &self,
        method: Method,
        address: &str,
        headers: HeaderMap,
        body: Vec<u8>,
    ) -> Result<Answer, AskError> {
        let url = self.check(address)?;
        let mut response = self.http.request(method, url).headers(headers).body(body).send().await?;
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > LARGEST_ANSWER {
                return Err(AskError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, headers, body })
    }
}

fn is_this_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_is_asked_and_plain_http_on_this_machine_where_that_is_allowed() {
        let strict = Asker::new(&AskOptions::default()).expect("a client");
        let at_home =
            Asker::new(&AskOptions { allow_loopback: true, ..AskOptions::default() }).expect("a client");
        assert!(strict.check("https://login.town.example.jp/realms/town").is_ok());
        for address in ["http://127.0.0.1:8080/", "http://localhost/", "http://[::1]:9/"] {
            assert!(strict.check(address).is_err(), "{address}");
            assert!(at_home.check(address).is_ok(), "{address}");
        }
        for address in [
            "http://10.0.0.1/",
            "http://localhost.example/",
            "ftp://127.0.0.1/",
            "https://a:b@c.example/",
            "x",
        ] {
            assert!(at_home.check(address).is_err(), "{address}");
        }
    }
}
