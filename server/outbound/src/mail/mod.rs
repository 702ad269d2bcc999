//! Mail: one plain text to one person, over SMTP (RFC 5321).
//!
//! One call of [`Mailer::send`] is one attempt, on a connection of its own. What comes back says whether to
//! try again; when, is for [`crate::retry`] to say. A mail that is sent again has the same `Message-ID`, so
//! that mailboxes can show it once where the server took it and the answer was lost.
//!
//! Without TLS, mail goes to this machine only, where a mail server of the machine often listens, unless the
//! settings say otherwise in so many words: a mail on the wire can be read, and the password before it too.

use std::{
    fmt, io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::{Duration, SystemTime},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use lettre::{
    message::{
        SinglePart,
        header::{ContentType, Header, HeaderName, HeaderValue},
    },
    transport::smtp::{
        authentication::{Credentials, DEFAULT_MECHANISMS},
        client::{AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters, TlsParametersBuilder},
        commands::{Data, Mail, Rcpt},
        extension::ClientId,
    },
};
use rustls::pki_types::ServerName;
use serde::{Deserialize, Serialize};
use tokio::{
    net::{TcpStream, lookup_host},
    time::timeout,
};

use crate::{TrustError, cause, text, trust};

mod address;
mod line_by_line;

pub use address::{AddressError, MailAddress};

use line_by_line::LineByLine;

/// How long the server's answer to the farewell is waited for. The mail's fate is known by then.
const FAREWELL: Duration = Duration::from_secs(2);
/// The longest subject, in characters.
const LONGEST_SUBJECT: usize = 200;
/// The longest id, in bytes. It goes into a header that is not broken into lines.
const LONGEST_ID: usize = 128;
/// The longest of a server's answer that is repeated, in characters.
const LONGEST_ANSWER: usize = 300;
/// The end of the year 9999: the last second that a mail's date can be.
const LAST_SECOND: i64 = 253_402_300_799;

/// How the connection to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// Not at all.
    None,
    /// It begins in the open and is then protected (RFC 3207), usually on port 587. Where the server does not
    /// offer that, nothing is sent.
    StartTls,
    /// TLS from the first byte (RFC 8314), usually on port 465.
    Tls,
}

/// What the mail server wants to know before it takes mail.
#[derive(Clone, PartialEq, Eq)]
pub struct MailCredentials {
    /// The user's name there.
    pub user: String,
    /// The password.
    pub password: String,
}

impl fmt::Debug for MailCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailCredentials").field("user", &self.user).finish_non_exhaustive()
    }
}

/// The server that takes the mail, and in whose name it is sent.
#[derive(Debug, Clone)]
pub struct MailServer {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// What it wants to know, if anything.
    pub credentials: Option<MailCredentials>,
    /// Who the mail is from.
    pub from: MailAddress,
    /// How long one mail may take in all.
    pub timeout: Duration,
    /// Authorities whose certificates are believed besides the public ones (PEM).
    pub extra_ca_pem: Option<String>,
    /// Whether [`Security::None`] may be used with another machine.
    pub allow_plain: bool,
}

/// Settings that mail cannot be sent with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    /// The host is neither a name nor an address.
    #[error("the mail server's host is neither a name nor an address")]
    Host,
    /// Mail would go over the network for all to read.
    #[error(
        "without TLS, mail is sent to this machine only; \
         to another one it would be readable on the way, and has to be allowed in so many words"
    )]
    PlainNotAllowed,
    /// There is no time to send anything.
    #[error("the time for sending a mail is zero")]
    Timeout,
    /// The extra authorities cannot be used.
    #[error(transparent)]
    Trust(#[from] TrustError),
}

/// One mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Who it is for.
    pub to: MailAddress,
    /// The subject. Line breaks in it become spaces.
    pub subject: String,
    /// The text, with line feeds. Control characters are left out.
    pub text: String,
    /// What makes it this mail and no other, the same for each attempt: 1 to 128 letters, digits, hyphens,
    /// full stops and underscores, such as a UUID. The `Message-ID` is made from it.
    pub id: String,
    /// Where answers go, if not to the sender.
    pub reply_to: Option<MailAddress>,
}

/// A mail that the server took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The `Message-ID` that it has, with its angle brackets. The mail server's log knows it by this.
    pub message_id: String,
}

/// What kind of failure it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MailFailureKind {
    /// There is no connection: the name is unknown, nobody answers, or the connection ended on the way.
    Connection,
    /// It took too long. The server may have the mail all the same.
    Timeout,
    /// The server's certificate is not believed, or it does not offer TLS.
    Tls,
    /// The server does not accept the name and the password, or wants some.
    SignIn,
    /// The server takes no mail from here, or not in this sender's name.
    Refused,
    /// The server asks to try again later (a 4xx reply).
    Temporary,
    /// The server will not take this mail, or has no such mailbox (a 5xx reply about the recipient or the
    /// mail).
    Permanent,
    /// The message cannot be sent by anyone: its id or its time.
    Invalid,
}

impl MailFailureKind {
    /// Whether the same mail may succeed later: by itself, or after the settings were put right.
    #[must_use]
    pub const fn is_worth_retrying(self) -> bool {
        !matches!(self, Self::Permanent | Self::Invalid)
    }

    /// Whether the settings are wrong rather than this one mail: no other mail will be taken either.
    #[must_use]
    pub const fn is_about_settings(self) -> bool {
        matches!(self, Self::Tls | Self::SignIn | Self::Refused)
    }
}

/// A mail that was not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct MailFailure {
    /// What kind.
    pub kind: MailFailureKind,
    /// The server's reply code, where it replied.
    pub code: Option<u16>,
    /// What happened, for the administrator: in English, with the server's own words in one line, without the
    /// password.
    pub detail: String,
}

impl MailFailure {
    fn new(kind: MailFailureKind, detail: impl Into<String>) -> Self {
        Self { kind, code: None, detail: detail.into() }
    }
}

/// How far the conversation had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Greeting,
    StartTls,
    SignIn,
    Sender,
    Recipient,
    Content,
}

impl Step {
    const fn name(self) -> &'static str {
        match self {
            Self::Greeting => "greeting the mail server",
            Self::StartTls => "STARTTLS",
            Self::SignIn => "signing in to the mail server",
            Self::Sender => "naming the sender",
            Self::Recipient => "naming the recipient",
            Self::Content => "handing over the mail",
        }
    }
}

/// `Auto-Submitted: auto-generated` (RFC 3834), so that no absence notice answers.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// Sends mail. Cheap to clone.
#[derive(Clone)]
pub struct Mailer(Arc<Inner>);

struct Inner {
    server: MailServer,
    host: String,
    tls: Option<TlsParameters>,
    hello: ClientId,
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Mailer").field(&self.0.server).finish()
    }
}

impl Mailer {
    /// Checks the settings. Nothing is sent, and no name is looked up.
    ///
    /// # Errors
    /// Any [`SetupError`].
    pub fn new(server: MailServer) -> Result<Self, SetupError> {
        let host = server.host.trim();
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host).to_owned();
        ServerName::try_from(host.as_str()).map_err(|_| SetupError::Host)?;
        if server.timeout.is_zero() {
            return Err(SetupError::Timeout);
        }
        let tls = if server.security == Security::None {
            if !server.allow_plain && !is_this_machine(&host) {
                return Err(SetupError::PlainNotAllowed);
            }
            None
        } else {
            Some(tls_parameters(&host, server.extra_ca_pem.as_deref())?)
        };
        Ok(Self(Arc::new(Inner { server, host, tls, hello: hello() })))
    }

    /// Makes one attempt to send one mail. `now` is its date.
    ///
    /// # Errors
    /// [`MailFailure`] where the server did not say that it has the mail.
    pub async fn send(&self, message: &Message, now: DateTime<Utc>) -> Result<Sent, MailFailure> {
        let (message_id, content) = self.0.compose(message, now)?;
        let attempt = async {
            let mut connection = self.0.connect().await?;
            let result = self.0.hand_over(&mut connection, message, &content).await;
            Ok((connection, result))
        };
        let late = |_| MailFailure::new(MailFailureKind::Timeout, "the mail server took too long");
        let (mut connection, result) = timeout(self.0.server.timeout, attempt).await.map_err(late)??;
        // Whether the server answers this makes no difference to the mail.
        let _ = timeout(FAREWELL.min(self.0.server.timeout), connection.quit()).await;
        result.map(|()| Sent { message_id })
    }
}

impl Inner {
    /// The mail as it goes over the wire, all of it ASCII.
    fn compose(&self, message: &Message, now: DateTime<Utc>) -> Result<(String, Vec<u8>), MailFailure> {
        let invalid = |detail: &str| MailFailure::new(MailFailureKind::Invalid, detail);
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let id = &message.id;
        if id.is_empty() || id.len() > LONGEST_ID || !id.bytes().all(plain) {
            return Err(invalid(
                "a mail's id has 1 to 128 letters, digits, hyphens, full stops and underscores",
            ));
        }
        // The library panics outside of these.
        if !(0..=LAST_SECOND).contains(&now.timestamp()) {
            return Err(invalid("a mail's date lies between the years 1970 and 9999"));
        }
        let from = &self.server.from;
        let message_id = format!("<{id}@{}>", from.domain());
        let mut builder = lettre::Message::builder()
            .date(SystemTime::from(now))
            .from(from.mailbox())
            .to(message.to.mailbox())
            .subject(text::one_line(&message.subject, LONGEST_SUBJECT))
            .message_id(Some(message_id.clone()))
            .header(AutoSubmitted);
        if let Some(reply_to) = &message.reply_to {
            builder = builder.reply_to(reply_to.mailbox());
        }
        let content = SinglePart::builder().header(ContentType::TEXT_PLAIN).body(lines(&message.text));
        let mail = builder.singlepart(content).map_err(|error| invalid(&error.to_string()))?;
        Ok((message_id, mail.formatted()))
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, MailFailure> {
        let addresses = self.addresses().await?;
        // So that an address where nobody answers leaves time for the others.
        let each = self.server.timeout / u32::try_from(addresses.len()).unwrap_or(u32::MAX);
        let greeting = |error| self.failed(Step::Greeting, &error);
        let mut connection = match (&self.tls, self.server.security) {
            (Some(tls), Security::StartTls) => {
                let stream = Box::new(LineByLine::new(reach(&addresses, each).await?));
                let connecting = AsyncSmtpConnection::connect_with_transport(stream, &self.hello);
                let mut connection = connecting.await.map_err(greeting)?;
                let protecting = connection.starttls(tls.clone(), &self.hello).await;
                protecting.map_err(|error| self.failed(Step::StartTls, &error))?;
                connection
            }
            (tls, _) => {
                let (each, tls) = (Some(each), tls.clone());
                let connecting =
                    AsyncSmtpConnection::connect_tokio1(&addresses[..], each, &self.hello, tls, None);
                connecting.await.map_err(greeting)?
            }
        };
        if let Some(MailCredentials { user, password }) = &self.server.credentials {
            let credentials = Credentials::new(user.clone(), password.clone());
            let signing_in = connection.auth(DEFAULT_MECHANISMS, &credentials).await;
            signing_in.map_err(|error| self.failed(Step::SignIn, &error))?;
        }
        Ok(connection)
    }

    /// Where the mail server is.
    async fn addresses(&self) -> Result<Vec<SocketAddr>, MailFailure> {
        let port = self.server.port;
        // A name that has to be this machine is not asked for: RFC 6761 says what it is, and whoever answers
        // for names might say something else.
        if self.server.security == Security::None && !self.server.allow_plain && is_localhost(&self.host) {
            return Ok(vec![(Ipv4Addr::LOCALHOST, port).into(), (Ipv6Addr::LOCALHOST, port).into()]);
        }
        let found = lookup_host((self.host.as_str(), port)).await;
        let found: Vec<_> = found.map(Iterator::collect).unwrap_or_default();
        if found.is_empty() {
            let detail = "the mail server's name has no address";
            return Err(MailFailure::new(MailFailureKind::Connection, detail));
        }
        Ok(found)
    }

    /// The commands one by one rather than the library's way of sending, which waits for an answer to its
    /// farewell before it says what failed.
    async fn hand_over(
        &self,
        connection: &mut AsyncSmtpConnection,
        message: &Message,
        content: &[u8],
    ) -> Result<(), MailFailure> {
        let sender = connection.command(Mail::new(Some(self.server.from.envelope()), Vec::new())).await;
        sender.map_err(|error| self.failed(Step::Sender, &error))?;
        let recipient = connection.command(Rcpt::new(message.to.envelope(), Vec::new())).await;
        recipient.map_err(|error| self.failed(Step::Recipient, &error))?;
        let start = connection.command(Data).await;
        start.map_err(|error| self.failed(Step::Content, &error))?;
        let end = connection.message(content).await;
        end.map_err(|error| self.failed(Step::Content, &error))?;
        Ok(())
    }

    /// What an error at this step means.
    fn failed(&self, step: Step, error: &lettre::transport::smtp::Error) -> MailFailure {
        use MailFailureKind::{Connection, Permanent, Refused, SignIn, Temporary, Timeout, Tls};

        let code = error.status().map(u16::from);
        let kind = match code {
            // RFC 4954, section 6: sign in first; wrong name or password; too weak a way; only over TLS.
            Some(530 | 534 | 535 | 538) => SignIn,
            Some(400..=499) => Temporary,
            Some(_) if step == Step::SignIn => SignIn,
            Some(_) if matches!(step, Step::Recipient | Step::Content) => Permanent,
            Some(_) if step == Step::StartTls => Tls,
            Some(_) => Refused,
            None if cause::find::<rustls::Error>(error).is_some() => Tls,
            None if cause::is_timeout(error) => Timeout,
            // The library's own refusals: no STARTTLS on offer, or no way of signing in that it knows.
            None if error.is_client() && step == Step::StartTls => Tls,
            None if error.is_client() && step == Step::SignIn => SignIn,
            None => Connection,
        };
        let told = text::one_line(&self.without_secrets(&error.to_string()), LONGEST_ANSWER);
        MailFailure { kind, code, detail: format!("{}: {told}", step.name()) }
    }

    /// A server may repeat anything in its reply, also what signed in.
    fn without_secrets(&self, told: &str) -> String {
        let Some(MailCredentials { user, password }) = &self.server.credentials else {
            return told.to_owned();
        };
        let plain = STANDARD.encode(format!("\0{user}\0{password}"));
        let mut told = told.to_owned();
        for secret in [&plain, &STANDARD.encode(password), password] {
            if !secret.is_empty() {
                told = told.replace(secret.as_str(), "***");
            }
        }
        told
    }
}

/// A connection to the first of these addresses where somebody answers.
async fn reach(addresses: &[SocketAddr], each: Duration) -> Result<TcpStream, MailFailure> {
    let mut why = io::ErrorKind::NotFound;
    for address in addresses {
        match timeout(each, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => why = error.kind(),
            Err(_) => why = io::ErrorKind::TimedOut,
        }
    }
    let detail = format!("no connection to the mail server: {why}");
    Err(MailFailure::new(MailFailureKind::Connection, detail))
}

/// The text with line feeds only and without characters that mail programs choke on.
fn lines(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.chars().filter(|&c| matches!(c, '\n' | '\t') || !c.is_control()).collect()
}

fn is_localhost(host: &str) -> bool {
    host.strip_suffix('.').unwrap_or(host).eq_ignore_ascii_case("localhost")
}

/// Whether a host is this machine, whoever is asked.
fn is_this_machine(host: &str) -> bool {
    is_localhost(host) || host.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

/// The name that this machine gives of itself: its own, or where that is no name, an address (RFC 5321,
/// section 4.1.4).
fn hello() -> ClientId {
    match ClientId::default() {
        ClientId::Domain(name) if !is_name(&name) => ClientId::Ipv4(Ipv4Addr::LOCALHOST),
        known => known,
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
}

/// The library takes the provider of cryptography that was installed, and ring where none was; it was built
/// with no other.
fn tls_parameters(host: &str, extra_ca_pem: Option<&str>) -> Result<TlsParameters, TrustError> {
    let tls = |error: lettre::transport::smtp::Error| TrustError::Tls(error.to_string());
    let mut builder =
        TlsParametersBuilder::new(host.to_owned()).certificate_store(CertificateStore::WebpkiRoots);
    for certificate in trust::authorities(extra_ca_pem)? {
        builder = builder.add_root_certificate(Certificate::from_der(certificate.to_vec()).map_err(tls)?);
    }
    builder.build().map_err(tls)
}
