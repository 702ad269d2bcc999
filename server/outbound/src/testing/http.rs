//! A receiver of webhooks that keeps what it gets.

use std::{
    collections::VecDeque,
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use chrono::{DateTime, TimeDelta, Utc};
use rustls::ServerConfig;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
    sync::watch,
    task::{JoinHandle, JoinSet},
};

use super::tls::{self, Wire};
use crate::webhook::{
    HEADER_ID, HEADER_SIGNATURE, HEADER_TIMESTAMP, Secret, SignedHeaders, VerifyError, verify,
};

/// What a receiver answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// This status.
    Status(u16),
    /// This status with this header.
    With(u16, String, String),
    /// Nothing, for good.
    Hang,
    /// This status, and a body that never ends.
    Endless(u16),
    /// This status, and then nothing of the body that it announces.
    HangInBody(u16),
    /// The end of the connection.
    Drop,
    /// Something that is not HTTP.
    Nonsense,
}

impl Answer {
    /// A redirect to this address.
    #[must_use]
    pub fn redirect(status: u16, to: &str) -> Self {
        Self::With(status, "location".to_owned(), to.to_owned())
    }

    /// A status that asks to wait.
    #[must_use]
    pub fn retry_after(status: u16, value: &str) -> Self {
        Self::With(status, "retry-after".to_owned(), value.to_owned())
    }
}

/// A request that a receiver got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedRequest {
    /// Such as `POST`.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// The headers, their names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl ReceivedRequest {
    /// The value of a header; empty where there is none.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }

    /// Whether it comes from somebody who knows one of the secrets and is fresh.
    ///
    /// # Errors
    /// As [`verify`].
    pub fn verify(
        &self,
        secrets: &[Secret],
        now: DateTime<Utc>,
        tolerance: TimeDelta,
    ) -> Result<(), VerifyError> {
        let headers = SignedHeaders {
            id: self.header(HEADER_ID),
            timestamp: self.header(HEADER_TIMESTAMP),
            signature: self.header(HEADER_SIGNATURE),
        };
        verify(secrets, headers, &self.body, now, tolerance)
    }
}

#[derive(Debug)]
struct Shared {
    answers: Mutex<VecDeque<Answer>>,
    requests: watch::Sender<Vec<ReceivedRequest>>,
    connections: AtomicUsize,
}

impl Shared {
    /// Each answer but the last is given once.
    fn next_answer(&self) -> Answer {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let next = answers.pop_front();
        if let (true, Some(last)) = (answers.is_empty(), &next) {
            answers.push_back(last.clone());
        }
        next.unwrap_or(Answer::Status(200))
    }
}

/// A receiver of webhooks on this machine. It ends when it is dropped.
#[derive(Debug)]
pub struct WebhookReceiver {
    address: SocketAddr,
    scheme: &'static str,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl WebhookReceiver {
    /// Starts one on 127.0.0.1 that gives this answer to everything.
    ///
    /// # Errors
    /// Where nothing can be listened on.
    pub async fn start(answer: Answer) -> io::Result<Self> {
        Self::start_on(Ipv4Addr::LOCALHOST.into(), answer, None).await
    }

    /// Starts one on this address, over TLS if there is a configuration.
    ///
    /// # Errors
    /// Where this cannot be listened on.
    pub async fn start_on(host: IpAddr, answer: Answer, tls: Option<Arc<ServerConfig>>) -> io::Result<Self> {
        let listener = TcpListener::bind((host, 0)).await?;
        let address = listener.local_addr()?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        let shared = Arc::new(Shared {
            answers: Mutex::new(VecDeque::from([answer])),
            requests: watch::Sender::new(Vec::new()),
            connections: AtomicUsize::new(0),
        });
        let task = tokio::spawn(listen(listener, tls, Arc::clone(&shared)));
        Ok(Self { address, scheme, shared, task })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address of a path of it, such as `/hook`.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }

    /// The same under another name for its host.
    #[must_use]
    pub fn url_as(&self, host: &str, path: &str) -> String {
        format!("{}://{host}:{}{path}", self.scheme, self.address.port())
    }

    /// Lets it give these answers, one to each request from now on, and the last to all that follow. No
    /// answers change nothing.
    pub fn answer(&self, answers: impl IntoIterator<Item = Answer>) {
        let answers: VecDeque<_> = answers.into_iter().collect();
        if !answers.is_empty() {
            *self.shared.answers.lock().unwrap_or_else(PoisonError::into_inner) = answers;
        }
    }

    /// The requests that it got, in order.
    #[must_use]
    pub fn requests(&self) -> Vec<ReceivedRequest> {
        self.shared.requests.borrow().clone()
    }

    /// The requests that it got, once there are so many.
    pub async fn wait_for(&self, count: usize) -> Vec<ReceivedRequest> {
        let mut requests = self.shared.requests.subscribe();
        // The sender lives as long as this does.
        let found = requests.wait_for(|requests| requests.len() >= count).await;
        found.map(|requests| requests.clone()).unwrap_or_default()
    }

    /// How many connections it was given, also those over which no request came.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }
}

impl Drop for WebhookReceiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen(listener: TcpListener, tls: Option<Arc<ServerConfig>>, shared: Arc<Shared>) {
    // Dropped with the task, and its tasks with it.
    let mut conversations = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        shared.connections.fetch_add(1, Ordering::SeqCst);
        let (tls, shared) = (tls.clone(), Arc::clone(&shared));
        conversations.spawn(async move {
            // Whatever goes wrong is the client's to see.
            let _ = match tls {
                Some(config) => match tls::accept(stream, config) {
                    Ok(stream) => converse(stream, &shared).await,
                    Err(error) => Err(error),
                },
                None => converse(stream, &shared).await,
            };
        });
        while conversations.try_join_next().is_some() {}
    }
}

/// Requests and their answers, until the client or an answer ends it.
async fn converse(wire: impl Wire, shared: &Shared) -> io::Result<()> {
    let mut wire = BufReader::new(wire);
    while let Some(request) = read(&mut wire).await? {
        shared.requests.send_modify(|requests| requests.push(request));
        let answer = shared.next_answer();
        let head = |status: u16, headers: &str| format!("HTTP/1.1 {status} -\r\n{headers}\r\n");
        match answer {
            Answer::Status(status) => say(&mut wire, &head(status, "content-length: 0\r\n")).await?,
            Answer::With(status, name, value) => {
                say(&mut wire, &head(status, &format!("content-length: 0\r\n{name}: {value}\r\n"))).await?;
            }
            Answer::Hang => std::future::pending::<()>().await,
            Answer::Endless(status) => {
                say(&mut wire, &head(status, "transfer-encoding: chunked\r\n")).await?;
                loop {
                    say(&mut wire, "10\r\nthere is more...\r\n").await?;
                }
            }
            Answer::HangInBody(status) => {
                say(&mut wire, &head(status, "content-length: 100\r\n")).await?;
                std::future::pending::<()>().await;
            }
            Answer::Drop => break,
            Answer::Nonsense => {
                say(&mut wire, "220 this is no HTTP\r\n").await?;
                break;
            }
        }
    }
    wire.shutdown().await
}

async fn say(wire: &mut BufReader<impl Wire>, text: &str) -> io::Result<()> {
    wire.write_all(text.as_bytes()).await?;
    wire.flush().await
}

async fn read(wire: &mut BufReader<impl Wire>) -> io::Result<Option<ReceivedRequest>> {
    let mut first = String::new();
    if wire.read_line(&mut first).await? == 0 {
        return Ok(None);
    }
    let mut words = first.split(' ').map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        wire.read_line(&mut line).await?;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':') {
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    let mut request = ReceivedRequest { method, path, headers, body: Vec::new() };
    let length = request.header("content-length").parse().unwrap_or(0);
    request.body = vec![0; length];
    wire.read_exact(&mut request.body).await?;
    Ok(Some(request))
}
