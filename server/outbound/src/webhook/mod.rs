//! Webhooks: a signed POST to another system.
//!
//! As the [Standard Webhooks specification, 1.0.0][spec] says it; [`verify`] is the receiver's half. One call
//! of [`WebhookClient::deliver`] is one attempt; when the next one is due is for [`crate::retry`] to say.
//!
//! Where it may go is said in [`AllowedAddresses`]. What counts is the address that the connection is made
//! to: names are resolved here and only addresses that passed are handed on, each delivery on a connection of
//! its own, so it does not help to let a name point elsewhere after it was checked. Redirects are not
//! followed, and the proxies of the environment are not used, since a proxy would connect on its own.
//!
//! [spec]: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md

use std::{fmt, future::Future, io, net::IpAddr, net::SocketAddr, pin::Pin, sync::Arc, time::Duration};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use reqwest::{
    StatusCode, Url,
    dns::{Addrs, Name, Resolve, Resolving},
    header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER},
    redirect,
};

use crate::{TrustError, cause, trust};

mod addresses;
mod signature;

pub use addresses::{AllowedAddresses, Network, NotANetwork, Refusal, refused_by_default};
pub use signature::{
    HEADER_ID, HEADER_SIGNATURE, HEADER_TIMESTAMP, Secret, SecretError, SignError, SignedHeaders, TOLERANCE,
    VerifyError, sign, verify,
};

/// So much of an answer is read, in bytes, so that a receiver can finish it; all of it is thrown away.
const ANSWER_IS_READ: usize = 4096;
/// So long is waited for it. The status has come by then, and with it what matters.
const ANSWER_IS_AWAITED: Duration = Duration::from_secs(2);
/// What `Retry-After` may ask for: not less, or it would ask for a flood.
const SHORTEST_ASKED_FOR: TimeDelta = TimeDelta::seconds(1);
/// The longest address of an endpoint, in bytes.
const LONGEST_URL: usize = 2048;

/// Finds the addresses of a name.
///
/// [`SystemLookup`] in operation. Tests give another one, to say what a name points to.
pub trait Lookup: fmt::Debug + Send + Sync + 'static {
    /// The addresses of a name.
    ///
    /// # Errors
    /// Where there are none, or nobody could be asked.
    fn lookup(&self, host: &str) -> Looked;
}

/// What a [`Lookup`] finds, once it has.
pub type Looked = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Asks the operating system.
#[derive(Debug, Clone, Copy)]
pub struct SystemLookup;

impl Lookup for SystemLookup {
    fn lookup(&self, host: &str) -> Looked {
        let host = host.to_owned();
        Box::pin(async move {
            let found = tokio::net::lookup_host((host.as_str(), 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// How webhooks are sent.
#[derive(Debug, Clone)]
pub struct WebhookOptions {
    /// Which addresses are open that are refused by default.
    pub allowed: AllowedAddresses,
    /// Whether an endpoint may be `http://`. What is sent can then be read on the way, though not changed.
    pub allow_http: bool,
    /// How long a connection may take to come about, TLS included.
    pub connect_timeout: Duration,
    /// How long an attempt may take in all. The specification recommends 15 to 30 seconds.
    pub timeout: Duration,
    /// Authorities whose certificates are believed besides the public ones (PEM). Many towns have their own.
    pub extra_ca_pem: Option<String>,
    /// Who says that names have which addresses.
    pub lookup: Arc<dyn Lookup>,
}

impl Default for WebhookOptions {
    /// Nothing opened, https only, 5 seconds to connect, 20 in all.
    fn default() -> Self {
        Self {
            allowed: AllowedAddresses::default(),
            allow_http: false,
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(20),
            extra_ca_pem: None,
            lookup: Arc::new(SystemLookup),
        }
    }
}

/// A client that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The extra authorities cannot be used.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The client cannot be set up.
    #[error("the client for webhooks cannot be set up: {0}")]
    Client(#[from] reqwest::Error),
}

/// Where webhooks go, and the secrets that sign them.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The address. Paths and queries often hold a token, so it is never part of a failure's text.
    pub url: String,
    /// The secrets, the newest first. More than one while it is being changed.
    pub secrets: Vec<Secret>,
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origin = Url::parse(&self.url).map(|url| url.origin().ascii_serialization());
        f.debug_struct("Endpoint")
            .field("origin", &origin.unwrap_or_default())
            .field("secrets", &self.secrets.len())
            .finish_non_exhaustive()
    }
}

/// One attempt to deliver one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    /// The message's id, the same for each attempt: 1 to 255 letters, digits, hyphens and underscores.
    pub id: String,
    /// The time of this attempt; for a receiver, too old a webhook is a repetition.
    pub timestamp: DateTime<Utc>,
    /// What is sent: JSON, such as from [`event_body`]. The specification recommends less than 20 kB.
    pub body: Vec<u8>,
}

/// The body that the specification recommends: `type`, the `timestamp` of what happened (not of the attempt),
/// and `data`, without spaces.
#[must_use]
pub fn event_body(kind: &str, happened_at: DateTime<Utc>, data: &serde_json::Value) -> Vec<u8> {
    let at = happened_at.to_rfc3339_opts(SecondsFormat::Millis, true);
    serde_json::json!({ "type": kind, "timestamp": at, "data": data }).to_string().into_bytes()
}

/// An address that no endpoint may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// It is none, or too long a one.
    #[error("this is no address of the form https://host/path")]
    Malformed,
    /// It is neither https nor http.
    #[error("an endpoint's address begins with https://")]
    Scheme,
    /// It is http, which is not allowed here.
    #[error("an endpoint's address begins with https://; http:// is not allowed here")]
    PlainHttp,
    /// It has a name and a password in it.
    #[error("an endpoint's address holds no name and password")]
    Credentials,
    /// Its host is an address that is refused.
    #[error("the address leads to {0}, which is not allowed")]
    Refused(Refusal),
}

/// What kind of failure it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookFailureKind {
    /// The endpoint's address is none that an endpoint may have.
    Url(UrlError),
    /// The message cannot be signed.
    Sign(SignError),
    /// The endpoint leads to an address that is refused. Nothing was sent there.
    Refused(Refusal),
    /// It took too long.
    Timeout,
    /// There is no connection: the name is unknown, or nobody answers there.
    Connect,
    /// The receiver's certificate is not believed, or TLS failed otherwise.
    Tls,
    /// The connection ended, or the answer was not HTTP.
    Broken,
    /// The receiver sends elsewhere, with this status. Its new address has to be entered.
    Redirect(u16),
    /// 410: the receiver wants no more. The endpoint is to be disabled at once.
    Gone,
    /// Any other status that is not 2xx.
    Status(u16),
}

impl WebhookFailureKind {
    /// Whether the same message may succeed later. Not where the endpoint is to be disabled, and not where
    /// somebody has to change what is sent or where to.
    #[must_use]
    pub const fn is_worth_retrying(self) -> bool {
        !matches!(self, Self::Url(_) | Self::Sign(_) | Self::Gone)
    }
}

/// A webhook that was not delivered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct WebhookFailure {
    /// What kind.
    pub kind: WebhookFailureKind,
    /// How long to wait at least, where the receiver said so (429 and 503): 1 second to 24 hours.
    pub retry_after: Option<TimeDelta>,
    /// What happened, for the administrator: without the endpoint's address, and without the answer.
    pub detail: String,
}

impl WebhookFailure {
    fn new(kind: WebhookFailureKind, detail: impl Into<String>) -> Self {
        Self { kind, retry_after: None, detail: detail.into() }
    }
}

/// A webhook that was delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivered {
    /// The receiver's status, 200 to 299.
    pub status: u16,
}

/// Sends webhooks. Cheap to clone.
#[derive(Debug, Clone)]
pub struct WebhookClient {
    http: reqwest::Client,
    allowed: Arc<AllowedAddresses>,
    allow_http: bool,
}

impl WebhookClient {
    /// A client with these options.
    ///
    /// # Errors
    /// [`ClientError`] where the authorities cannot be used or TLS cannot be set up.
    pub fn new(options: WebhookOptions) -> Result<Self, ClientError> {
        let extra = trust::authorities(options.extra_ca_pem.as_deref())?;
        let allowed = Arc::new(options.allowed);
        let guard = Guard { lookup: options.lookup, allowed: Arc::clone(&allowed) };
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(trust::client_config(&extra)?)
            .dns_resolver(guard)
            .no_proxy()
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .https_only(!options.allow_http)
            // A connection that is kept would be used again without looking where it leads.
            .pool_max_idle_per_host(0)
            .connect_timeout(options.connect_timeout)
            .timeout(options.timeout)
            .user_agent(concat!("Hokan/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { http, allowed, allow_http: options.allow_http })
    }

    /// Whether an endpoint may have this address, as far as can be told without asking for its name's
    /// addresses; those are checked at each delivery.
    ///
    /// # Errors
    /// [`UrlError`] where it may not.
    pub fn check_url(&self, url: &str) -> Result<(), UrlError> {
        self.parse(url).map(drop)
    }

    fn parse(&self, text: &str) -> Result<Url, UrlError> {
        if text.len() > LONGEST_URL {
            return Err(UrlError::Malformed);
        }
        let url = Url::parse(text).map_err(|_| UrlError::Malformed)?;
        match url.scheme() {
            "https" => {}
            "http" if self.allow_http => {}
            "http" => return Err(UrlError::PlainHttp),
            _ => return Err(UrlError::Scheme),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlError::Credentials);
        }
        // Parsing has turned every spelling of an IPv4 address (2130706433, 0x7f.1, full-width digits) into
        // the usual one. The resolver is not asked about addresses, so they are checked here.
        let host = url.host_str().unwrap_or_default();
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        if bare.is_empty() {
            return Err(UrlError::Malformed);
        }
        if let Ok(address) = bare.parse::<IpAddr>() {
            self.allowed.check(bare, address).map_err(UrlError::Refused)?;
        }
        Ok(url)
    }

    /// Makes one attempt to deliver one message.
    ///
    /// # Errors
    /// [`WebhookFailure`] for everything but a status of 200 to 299.
    pub async fn deliver(&self, endpoint: &Endpoint, payload: &Payload) -> Result<Delivered, WebhookFailure> {
        let url = self.parse(&endpoint.url).map_err(|error| match error {
            UrlError::Refused(refusal) => refused(refusal),
            error => WebhookFailure::new(WebhookFailureKind::Url(error), error.to_string()),
        })?;
        let signature = sign(&endpoint.secrets, &payload.id, payload.timestamp, &payload.body)
            .map_err(|error| WebhookFailure::new(WebhookFailureKind::Sign(error), error.to_string()))?;
        let request = self
            .http
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header(HEADER_ID, &payload.id)
            .header(HEADER_TIMESTAMP, payload.timestamp.timestamp())
            .header(HEADER_SIGNATURE, signature)
            .body(payload.body.clone());
        let mut response = request.send().await.map_err(|error| failed(&error))?;
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        discard(response).await;
        judge(status, &headers, payload.timestamp)
    }
}

/// Reads a little of an answer and throws it away.
async fn discard(mut response: reqwest::Response) {
    let read = async {
        let mut left = ANSWER_IS_READ;
        while let Ok(Some(chunk)) = response.chunk().await {
            left = left.saturating_sub(chunk.len());
            if left == 0 {
                break;
            }
        }
    };
    // Whether it ended, failed or was cut off makes no difference: the status has been given.
    let _ = tokio::time::timeout(ANSWER_IS_AWAITED, read).await;
}

/// What a status means.
fn judge(status: StatusCode, headers: &HeaderMap, at: DateTime<Utc>) -> Result<Delivered, WebhookFailure> {
    let code = status.as_u16();
    if status.is_success() {
        return Ok(Delivered { status: code });
    }
    if status.is_redirection() {
        let detail = format!(
            "the receiver sends elsewhere ({code}); this is not followed, the new address has to be entered"
        );
        return Err(WebhookFailure::new(WebhookFailureKind::Redirect(code), detail));
    }
    if status == StatusCode::GONE {
        let detail = "the receiver wants no more webhooks (410 Gone)";
        return Err(WebhookFailure::new(WebhookFailureKind::Gone, detail));
    }
    let detail = format!("the receiver answered with status {code}");
    let mut failure = WebhookFailure::new(WebhookFailureKind::Status(code), detail);
    if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        let asked_for = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        failure.retry_after = asked_for.and_then(|value| retry_after(value, at));
    }
    Err(failure)
}

/// What `Retry-After` asks for (RFC 9110, section 10.2.3): a number of seconds, or a time.
fn retry_after(value: &str, now: DateTime<Utc>) -> Option<TimeDelta> {
    let value = value.trim();
    let longest = crate::retry::LONGEST_ASKED_FOR;
    let wait = if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More than fits a number is more than is granted.
        value.parse().ok().and_then(TimeDelta::try_seconds).unwrap_or(longest)
    } else {
        DateTime::parse_from_rfc2822(value).ok()?.with_timezone(&Utc) - now
    };
    Some(wait.clamp(SHORTEST_ASKED_FOR, longest))
}

fn refused(refusal: Refusal) -> WebhookFailure {
    let detail = format!("the endpoint leads to {refusal}, which is not allowed");
    WebhookFailure::new(WebhookFailureKind::Refused(refusal), detail)
}

/// What an error of the client means. Its own text is not used: it holds the endpoint's address.
fn failed(error: &reqwest::Error) -> WebhookFailure {
    if let Some(RefusedAddress(refusal)) = cause::find(error) {
        return refused(*refusal);
    }
    if let Some(tls) = cause::find::<rustls::Error>(error) {
        return WebhookFailure::new(WebhookFailureKind::Tls, format!("TLS with the receiver failed: {tls}"));
    }
    if error.is_timeout() {
        return WebhookFailure::new(WebhookFailureKind::Timeout, "the receiver took too long to answer");
    }
    if error.is_dns() {
        return WebhookFailure::new(WebhookFailureKind::Connect, "the receiver's name has no address");
    }
    let io = cause::io_kind(error).map_or_else(String::new, |kind| format!(": {kind}"));
    if error.is_connect() {
        let detail = format!("no connection to the receiver{io}");
        return WebhookFailure::new(WebhookFailureKind::Connect, detail);
    }
    let detail = format!("the connection ended before there was an answer, or it was not HTTP{io}");
    WebhookFailure::new(WebhookFailureKind::Broken, detail)
}

/// Every address that a name has is refused.
#[derive(Debug, thiserror::Error)]
#[error("every address of this name is refused: {0}")]
struct RefusedAddress(Refusal);

/// Resolves names, and hands on only addresses that may be connected to.
#[derive(Debug)]
struct Guard {
    lookup: Arc<dyn Lookup>,
    allowed: Arc<AllowedAddresses>,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let looked = self.lookup.lookup(name.as_str());
        let allowed = Arc::clone(&self.allowed);
        Box::pin(async move {
            let mut refusal = None;
            let mut open = Vec::new();
            for address in looked.await? {
                match allowed.check(name.as_str(), address) {
                    // The port is put in by whoever asks.
                    Ok(()) => open.push(SocketAddr::new(address, 0)),
                    Err(error) => refusal = Some(error),
                }
            }
            match refusal {
                Some(refusal) if open.is_empty() => Err(RefusedAddress(refusal).into()),
                _ if open.is_empty() => Err(io::Error::from(io::ErrorKind::NotFound).into()),
                _ => Ok(Box::new(open.into_iter()) as Addrs),
            }
        })
    }
}
