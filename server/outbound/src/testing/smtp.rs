//! A mail server that keeps what it gets.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use base64::{Engine, engine::general_purpose::STANDARD};
use rustls::ServerConfig;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
};

use super::{
    mime,
    tls::{self, Wire},
};

/// What a mail server does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SmtpBehaviour {
    /// It takes every mail.
    #[default]
    Accept,
    /// It has no such mailbox: 550 to every recipient.
    RefuseRecipient,
    /// It wants no mail from this sender: 553.
    RefuseSender,
    /// It takes recipient and text, and then refuses the mail: 554.
    RefuseContent,
    /// It is busy: 451 to every recipient.
    TryLater,
    /// It takes connections and says nothing.
    Hang,
    /// It ends the connection in the middle of a mail's text.
    DropInContent,
    /// It takes the mail, and says nothing to QUIT.
    HangAtFarewell,
    /// It refuses the recipient, and says nothing to QUIT.
    RefuseRecipientAndHang,
}

/// Whether a mail server protects its connections.
#[derive(Debug, Clone, Default)]
pub enum SmtpTls {
    /// No, and it does not offer to.
    #[default]
    None,
    /// After STARTTLS, and it takes no mail before.
    StartTls(Arc<ServerConfig>),
    /// From the first byte.
    Implicit(Arc<ServerConfig>),
}

/// How a mail server is set up.
#[derive(Debug, Clone, Default)]
pub struct SmtpSetup {
    /// What it does.
    pub behaviour: SmtpBehaviour,
    /// Whether it protects its connections.
    pub tls: SmtpTls,
    /// The name and password that it wants to know before it takes mail. A wrong attempt is repeated in the
    /// refusal, as careless servers do.
    pub credentials: Option<(String, String)>,
    /// What somebody on the way adds behind the reply to STARTTLS.
    pub added_after_starttls: Option<String>,
}

/// A mail that a server took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedMail {
    /// The sender of the envelope.
    pub from: String,
    /// The recipients of the envelope.
    pub to: Vec<String>,
    /// The mail, with the dots taken off that the protocol put on.
    pub content: String,
    /// Whether it came over TLS.
    pub encrypted: bool,
    /// Who had signed in.
    pub user: Option<String>,
}

impl ReceivedMail {
    /// The value of a header, in one line, as it was sent.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        mime::header(&self.content, name)
    }

    /// The value of a header as people read it.
    #[must_use]
    pub fn decoded_header(&self, name: &str) -> Option<String> {
        self.header(name).map(|value| mime::words(&value))
    }

    /// The subject as people read it; empty where there is none.
    #[must_use]
    pub fn subject(&self) -> String {
        self.decoded_header("Subject").unwrap_or_default()
    }

    /// The text as people read it, with line feeds.
    #[must_use]
    pub fn text(&self) -> String {
        mime::text(&self.content)
    }
}

#[derive(Debug)]
struct Shared {
    setup: Mutex<SmtpSetup>,
    mails: watch::Sender<Vec<ReceivedMail>>,
    commands: Mutex<Vec<String>>,
    connections: AtomicUsize,
}

/// A mail server on this machine. It ends when it is dropped.
#[derive(Debug)]
pub struct SmtpSink {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl SmtpSink {
    /// Starts one that takes every mail.
    ///
    /// # Errors
    /// Where nothing can be listened on.
    pub async fn start() -> io::Result<Self> {
        Self::start_with(SmtpSetup::default()).await
    }

    /// Starts one that does this.
    ///
    /// # Errors
    /// Where nothing can be listened on.
    pub async fn start_with(setup: SmtpSetup) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            setup: Mutex::new(setup),
            mails: watch::Sender::new(Vec::new()),
            commands: Mutex::default(),
            connections: AtomicUsize::new(0),
        });
        let task = tokio::spawn(listen(listener, Arc::clone(&shared)));
        Ok(Self { address, shared, task })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Lets it do something else from the next connection on.
    pub fn set(&self, setup: SmtpSetup) {
        *self.shared.setup.lock().unwrap_or_else(PoisonError::into_inner) = setup;
    }

    /// The mails that it took, in order.
    #[must_use]
    pub fn mails(&self) -> Vec<ReceivedMail> {
        self.shared.mails.borrow().clone()
    }

    /// The mails that it took, once there are so many.
    pub async fn wait_for(&self, count: usize) -> Vec<ReceivedMail> {
        let mut mails = self.shared.mails.subscribe();
        // The sender lives as long as this does.
        mails.wait_for(|mails| mails.len() >= count).await.map(|mails| mails.clone()).unwrap_or_default()
    }

    /// The first words of the commands that it was given, in order, in upper case.
    #[must_use]
    pub fn commands(&self) -> Vec<String> {
        self.shared.commands.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many connections it was given.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }
}

impl Drop for SmtpSink {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen(listener: TcpListener, shared: Arc<Shared>) {
    // Dropped with the task, and its tasks with it.
    let mut conversations = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        shared.connections.fetch_add(1, Ordering::SeqCst);
        let setup = shared.setup.lock().unwrap_or_else(PoisonError::into_inner).clone();
        conversations.spawn(converse(stream, setup, Arc::clone(&shared)));
        while conversations.try_join_next().is_some() {}
    }
}

/// One connection, in the open until STARTTLS.
async fn converse(stream: TcpStream, setup: SmtpSetup, shared: Arc<Shared>) {
    // Whatever goes wrong is the client's to see.
    let _ = match setup.tls.clone() {
        SmtpTls::None => Conversation::new(stream, &setup, &shared, false).run(true).await.map(drop),
        SmtpTls::Implicit(config) => match tls::accept(stream, config) {
            Ok(stream) => Conversation::new(stream, &setup, &shared, true).run(true).await.map(drop),
            Err(error) => Err(error),
        },
        SmtpTls::StartTls(config) => {
            match Conversation::new(stream, &setup, &shared, false).run(true).await {
                Ok(Some(stream)) => match tls::accept(stream, config) {
                    Ok(stream) => Conversation::new(stream, &setup, &shared, true).run(false).await.map(drop),
                    Err(error) => Err(error),
                },
                other => other.map(drop),
            }
        }
    };
}

struct Conversation<'a, W> {
    wire: BufReader<W>,
    setup: &'a SmtpSetup,
    shared: &'a Shared,
    encrypted: bool,
    user: Option<String>,
    from: Option<String>,
    to: Vec<String>,
}

impl<'a, W: Wire> Conversation<'a, W> {
    fn new(wire: W, setup: &'a SmtpSetup, shared: &'a Shared, encrypted: bool) -> Self {
        let wire = BufReader::new(wire);
        Self { wire, setup, shared, encrypted, user: None, from: None, to: Vec::new() }
    }

    /// Speaks to the end, or to STARTTLS; then what is spoken over comes back.
    async fn run(mut self, greet: bool) -> io::Result<Option<W>> {
        if self.setup.behaviour == SmtpBehaviour::Hang {
            return std::future::pending().await;
        }
        if greet {
            self.say("220 sink ESMTP").await?;
        }
        loop {
            let Some(line) = self.line().await? else { return Ok(None) };
            let verb = line.split(' ').next().unwrap_or_default().to_ascii_uppercase();
            self.shared.commands.lock().unwrap_or_else(PoisonError::into_inner).push(verb.clone());
            let rest = line[verb.len().min(line.len())..].trim().to_owned();
            match verb.as_str() {
                "EHLO" => self.say_hello().await?,
                "STARTTLS" if self.offers_starttls() => {
                    // In one piece, as it would come from the way.
                    let added = self.setup.added_after_starttls.as_deref().unwrap_or_default();
                    self.wire.write_all(format!("220 go ahead\r\n{added}").as_bytes()).await?;
                    self.wire.flush().await?;
                    return Ok(Some(self.wire.into_inner()));
                }
                _ if self.offers_starttls() && verb != "QUIT" => {
                    self.say("530 5.7.0 STARTTLS first").await?;
                }
                "AUTH" => self.sign_in(&rest).await?,
                "MAIL" => self.sender(&rest).await?,
                "RCPT" => self.recipient(&rest).await?,
                "DATA" => self.content().await?,
                "RSET" => {
                    (self.from, self.to) = (None, Vec::new());
                    self.say("250 forgotten").await?;
                }
                "NOOP" => self.say("250 yes").await?,
                "QUIT" => {
                    if matches!(
                        self.setup.behaviour,
                        SmtpBehaviour::HangAtFarewell | SmtpBehaviour::RefuseRecipientAndHang
                    ) {
                        return std::future::pending().await;
                    }
                    self.say("221 bye").await?;
                    return Ok(None);
                }
                _ => self.say("502 5.5.1 unknown").await?,
            }
        }
    }

    fn offers_starttls(&self) -> bool {
        matches!(self.setup.tls, SmtpTls::StartTls(_)) && !self.encrypted
    }

    async fn say(&mut self, reply: &str) -> io::Result<()> {
        self.wire.write_all(format!("{reply}\r\n").as_bytes()).await?;
        self.wire.flush().await
    }

    async fn line(&mut self) -> io::Result<Option<String>> {
        let mut line = Vec::new();
        if self.wire.read_until(b'\n', &mut line).await? == 0 {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&line).into_owned();
        Ok(Some(line.trim_end_matches(['\r', '\n']).to_owned()))
    }

    async fn say_hello(&mut self) -> io::Result<()> {
        let mut offers = vec!["sink", "8BITMIME"];
        if self.offers_starttls() {
            offers.push("STARTTLS");
        } else if self.setup.credentials.is_some() {
            offers.push("AUTH PLAIN LOGIN");
        }
        let last = offers.len() - 1;
        for (index, offer) in offers.iter().enumerate() {
            let mark = if index == last { ' ' } else { '-' };
            self.say(&format!("250{mark}{offer}")).await?;
        }
        Ok(())
    }

    /// RFC 4616: nothing, the name, the password, between zero bytes.
    async fn sign_in(&mut self, rest: &str) -> io::Result<()> {
        let told = rest.strip_prefix("PLAIN ").and_then(|encoded| STANDARD.decode(encoded).ok());
        let told = String::from_utf8_lossy(&told.unwrap_or_default()).into_owned();
        let mut parts = told.split('\0').skip(1);
        let given =
            (parts.next().unwrap_or_default().to_owned(), parts.next().unwrap_or_default().to_owned());
        if self.setup.credentials.as_ref() == Some(&given) {
            self.user = Some(given.0);
            self.say("235 2.7.0 welcome").await
        } else {
            let reply = format!("535 5.7.8 not {} with {} ({rest})", given.0, given.1);
            self.say(&reply).await
        }
    }

    async fn sender(&mut self, rest: &str) -> io::Result<()> {
        if self.setup.credentials.is_some() && self.user.is_none() {
            return self.say("530 5.7.0 sign in first").await;
        }
        if self.setup.behaviour == SmtpBehaviour::RefuseSender {
            return self.say("553 5.7.1 not in this name").await;
        }
        match address(rest, "FROM:") {
            Some(from) => {
                (self.from, self.to) = (Some(from), Vec::new());
                self.say("250 2.1.0 ok").await
            }
            None => self.say("501 5.5.4 MAIL FROM:<address>").await,
        }
    }

    async fn recipient(&mut self, rest: &str) -> io::Result<()> {
        if self.from.is_none() {
            return self.say("503 5.5.1 MAIL first").await;
        }
        match (self.setup.behaviour, address(rest, "TO:")) {
            (SmtpBehaviour::RefuseRecipient | SmtpBehaviour::RefuseRecipientAndHang, _) => {
                self.say("550-5.1.1 There is no such mailbox").await?;
                self.say("550 5.1.1 here").await
            }
            (SmtpBehaviour::TryLater, _) => self.say("451 4.3.0 busy, try later").await,
            (_, Some(to)) => {
                self.to.push(to);
                self.say("250 2.1.5 ok").await
            }
            (_, None) => self.say("501 5.5.4 RCPT TO:<address>").await,
        }
    }

    async fn content(&mut self) -> io::Result<()> {
        let Some(from) = self.from.take().filter(|_| !self.to.is_empty()) else {
            return self.say("503 5.5.1 RCPT first").await;
        };
        self.say("354 go ahead").await?;
        let mut content = String::new();
        loop {
            let Some(line) = self.line().await? else { return Ok(()) };
            if self.setup.behaviour == SmtpBehaviour::DropInContent {
                return Err(io::ErrorKind::ConnectionAborted.into());
            }
            if line == "." {
                break;
            }
            // RFC 5321, section 4.5.2: a line that begins with a dot was given one more.
            content.push_str(line.strip_prefix('.').unwrap_or(&line));
            content.push_str("\r\n");
        }
        if self.setup.behaviour == SmtpBehaviour::RefuseContent {
            return self.say("554 5.7.1 not this mail").await;
        }
        let to = std::mem::take(&mut self.to);
        let mail = ReceivedMail { from, to, content, encrypted: self.encrypted, user: self.user.clone() };
        self.shared.mails.send_modify(|mails| mails.push(mail));
        self.say("250 2.0.0 taken").await
    }
}

/// The address between the angle brackets.
fn address(rest: &str, word: &str) -> Option<String> {
    let rest = rest.get(word.len()..).filter(|_| rest.to_ascii_uppercase().starts_with(word))?;
    let (address, _) = rest.trim().strip_prefix('<')?.split_once('>')?;
    Some(address.to_owned())
}
