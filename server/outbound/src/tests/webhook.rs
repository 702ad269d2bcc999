use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use chrono::TimeDelta;

use super::{deaf, now, town};
use crate::{
    testing::{Answer, FixedLookup, SmtpSink, WebhookReceiver},
    webhook::{
        AllowedAddresses, ClientError, Delivered, Endpoint, Looked, Lookup, Payload, Refusal, Secret,
        SignError, TOLERANCE, UrlError, WebhookClient, WebhookFailure, WebhookFailureKind, WebhookOptions,
        event_body,
    },
};

/// Long enough for any answer that comes.
const PATIENT: Duration = Duration::from_secs(60);
/// For answers that never come.
const IMPATIENT: Duration = Duration::from_millis(300);

fn secret(byte: u8) -> Secret {
    Secret::from_bytes(&[byte; 32]).unwrap()
}

fn endpoint(url: impl Into<String>) -> Endpoint {
    Endpoint { url: url.into(), secrets: vec![secret(1)] }
}

fn payload() -> Payload {
    let data = serde_json::json!({ "title": "税務システム控え 第3巻" });
    Payload {
        id: "0198c2d4-9f00-7c3e".to_owned(),
        timestamp: now(),
        body: event_body("item.overdue", now(), &data),
    }
}

/// http is allowed, and nothing else that is not by default.
fn guarded() -> WebhookOptions {
    WebhookOptions { allow_http: true, timeout: PATIENT, ..WebhookOptions::default() }
}

/// This machine is allowed too.
fn open() -> WebhookOptions {
    let allowed = AllowedAddresses { loopback: true, ..AllowedAddresses::default() };
    WebhookOptions { allowed, ..guarded() }
}

fn client(options: WebhookOptions) -> WebhookClient {
    WebhookClient::new(options).unwrap()
}

async fn deliver(options: WebhookOptions, url: &str) -> Result<Delivered, WebhookFailure> {
    client(options).deliver(&endpoint(url), &payload()).await
}

async fn receiver(answer: Answer) -> WebhookReceiver {
    WebhookReceiver::start(answer).await.unwrap()
}

async fn answered(answer: Answer) -> Result<Delivered, WebhookFailure> {
    let receiver = receiver(answer).await;
    deliver(open(), &receiver.url("/hook")).await
}

#[tokio::test]
async fn a_webhook_arrives_signed() {
    let receiver = receiver(Answer::Status(204)).await;
    let url = receiver.url("/hooks/hokan?token=1");
    assert_eq!(deliver(open(), &url).await, Ok(Delivered { status: 204 }));

    let [request] = receiver.requests().try_into().unwrap();
    assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/hooks/hokan?token=1"));
    assert_eq!(request.body, payload().body);
    assert_eq!(request.header("content-type"), "application/json");
    assert_eq!(request.header("webhook-id"), payload().id);
    assert_eq!(request.header("webhook-timestamp"), now().timestamp().to_string());
    assert!(request.header("user-agent").starts_with("Hokan/"));
    request.verify(&[secret(1)], now(), TOLERANCE).unwrap();
    assert!(request.verify(&[secret(2)], now(), TOLERANCE).is_err());
}

#[tokio::test]
async fn while_a_secret_is_changed_both_receivers_are_content() {
    let receiver = receiver(Answer::Status(200)).await;
    let endpoint = Endpoint { url: receiver.url("/"), secrets: vec![secret(2), secret(1)] };
    client(open()).deliver(&endpoint, &payload()).await.unwrap();
    let [request] = receiver.requests().try_into().unwrap();
    request.verify(&[secret(1)], now(), TOLERANCE).unwrap();
    request.verify(&[secret(2)], now(), TOLERANCE).unwrap();
    assert!(request.verify(&[secret(3)], now(), TOLERANCE).is_err());
}

#[tokio::test]
async fn every_status_but_2xx_is_a_failure() {
    for status in [200, 201, 202, 204, 299] {
        assert_eq!(answered(Answer::Status(status)).await, Ok(Delivered { status }));
    }
    for status in [400, 401, 404, 500, 502, 503, 504, 599] {
        let found = answered(Answer::Status(status)).await.unwrap_err();
        assert_eq!(found.kind, WebhookFailureKind::Status(status));
        assert_eq!(found.retry_after, None);
        assert!(found.kind.is_worth_retrying());
    }
}

#[tokio::test]
async fn gone_means_no_more() {
    let found = answered(Answer::Status(410)).await.unwrap_err();
    assert_eq!(found.kind, WebhookFailureKind::Gone);
    assert!(!found.kind.is_worth_retrying());
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = receiver(Answer::Status(200)).await;
    for status in [301, 302, 303, 307, 308] {
        let answer = Answer::redirect(status, &elsewhere.url("/other"));
        let found = answered(answer).await.unwrap_err();
        assert_eq!(found.kind, WebhookFailureKind::Redirect(status));
        assert!(found.detail.contains("sends elsewhere"), "{found}");
        // The address it sends to may hold a token.
        assert!(!found.detail.contains("/other"), "{found}");
    }
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn what_the_receiver_asks_for_is_honoured_within_bounds() {
    for (value, wait) in [
        ("120", TimeDelta::seconds(120)),
        ("0", TimeDelta::seconds(1)),
        ("86401", TimeDelta::hours(24)),
        ("99999999999999999999999", TimeDelta::hours(24)),
        ("Mon, 23 Nov 2026 00:40:00 GMT", TimeDelta::minutes(10)),
        ("Mon, 23 Nov 2026 00:20:00 GMT", TimeDelta::seconds(1)),
        ("Fri, 31 Dec 2027 00:00:00 GMT", TimeDelta::hours(24)),
    ] {
        for status in [429, 503] {
            let found = answered(Answer::retry_after(status, value)).await.unwrap_err();
            assert_eq!(found.kind, WebhookFailureKind::Status(status));
            assert_eq!(found.retry_after, Some(wait), "{value}");
        }
    }
    for value in ["", "soon", "-5", "1.5", "2026-11-23T00:40:00Z"] {
        let found = answered(Answer::retry_after(429, value)).await.unwrap_err();
        assert_eq!(found.retry_after, None, "{value}");
    }
    // From others it is not asked for.
    assert_eq!(answered(Answer::retry_after(500, "120")).await.unwrap_err().retry_after, None);
}

#[tokio::test]
async fn a_receiver_that_says_nothing_is_given_up() {
    let receiver = receiver(Answer::Hang).await;
    let found = deliver(WebhookOptions { timeout: IMPATIENT, ..open() }, &receiver.url("/")).await;
    assert_eq!(found.unwrap_err().kind, WebhookFailureKind::Timeout);
    assert_eq!(receiver.requests().len(), 1);
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off() {
    assert_eq!(answered(Answer::Endless(200)).await, Ok(Delivered { status: 200 }));
    let found = answered(Answer::Endless(500)).await.unwrap_err();
    assert_eq!(found.kind, WebhookFailureKind::Status(500));
}

#[tokio::test]
async fn a_status_counts_though_its_body_never_comes() {
    let receiver = receiver(Answer::HangInBody(200)).await;
    let impatient = WebhookOptions { timeout: IMPATIENT, ..open() };
    assert_eq!(deliver(impatient, &receiver.url("/")).await, Ok(Delivered { status: 200 }));
}

#[tokio::test]
async fn a_connection_that_ends_and_an_answer_that_is_no_http_are_failures() {
    for answer in [Answer::Drop, Answer::Nonsense] {
        let found = answered(answer).await.unwrap_err();
        assert_eq!(found.kind, WebhookFailureKind::Broken, "{found}");
        assert!(found.kind.is_worth_retrying());
    }
}

#[tokio::test]
async fn nobody_listening_is_a_failure() {
    let (_socket, deaf) = deaf();
    let found = deliver(open(), &format!("http://{deaf}/")).await.unwrap_err();
    assert_eq!(found.kind, WebhookFailureKind::Connect);
    assert_eq!(found.detail, "no connection to the receiver: connection refused");
}

#[tokio::test]
async fn a_name_without_an_address_is_a_failure() {
    let options = WebhookOptions { lookup: Arc::new(FixedLookup::default()), ..open() };
    let found = deliver(options, "https://nowhere.example.jp/").await.unwrap_err();
    assert_eq!(found.kind, WebhookFailureKind::Connect);
    assert!(found.detail.contains("no address"), "{found}");
    let none = FixedLookup::default().with("empty.example.jp", &[]);
    let options = WebhookOptions { lookup: Arc::new(none), ..open() };
    let found = deliver(options, "https://empty.example.jp/").await.unwrap_err();
    assert_eq!(found.kind, WebhookFailureKind::Connect);
}

#[tokio::test]
async fn this_machine_is_refused_however_it_is_written() {
    let four = receiver(Answer::Status(200)).await;
    for host in [
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "017700000001",
        "127.0.0.1.",
        "１２７.０.０.１",
        "127。0。0。1",
        "%31%32%37.0.0.1",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:FFFF:7F00:0001]",
        "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[2002:7f00:1::]",
        "localhost",
        "LocalHost",
    ] {
        let found = deliver(guarded(), &four.url_as(host, "/")).await.unwrap_err();
        assert_eq!(found.kind, WebhookFailureKind::Refused(Refusal::Loopback), "{host}: {found}");
        assert!(found.detail.contains("a loopback address"), "{found}");
    }
    for host in ["0", "0.0.0.0", "[::]"] {
        let found = deliver(guarded(), &four.url_as(host, "/")).await.unwrap_err();
        assert_eq!(found.kind, WebhookFailureKind::Refused(Refusal::Unspecified), "{host}: {found}");
    }
    assert_eq!(four.connections(), 0);
    // It would have been reached.
    assert!(deliver(open(), &four.url_as("2130706433", "/")).await.is_ok());
    assert!(deliver(open(), &four.url_as("localhost", "/")).await.is_ok());
}

#[tokio::test]
async fn this_machine_is_refused_over_ipv6() {
    // A machine without IPv6 has nothing to guard there.
    let Ok(six) = WebhookReceiver::start_on(Ipv6Addr::LOCALHOST.into(), Answer::Status(200), None).await
    else {
        return;
    };
    for host in ["[::1]", "[0:0:0:0:0:0:0:1]"] {
        let found = deliver(guarded(), &six.url_as(host, "/")).await.unwrap_err();
        assert_eq!(found.kind, WebhookFailureKind::Refused(Refusal::Loopback), "{host}");
    }
    assert_eq!(six.connections(), 0);
    assert!(deliver(open(), &six.url("/")).await.is_ok());
}

#[tokio::test]
async fn metadata_services_are_refused() {
    for host in ["169.254.169.254", "[fd00:ec2::254]", "[::ffff:169.254.169.254]", "0xa9fea9fe"] {
        let found = deliver(open(), &format!("http://{host}/latest/meta-data/")).await.unwrap_err();
        assert_eq!(found.kind, WebhookFailureKind::Refused(Refusal::Metadata), "{host}");
    }
}

#[tokio::test]
async fn a_name_that_leads_to_this_machine_is_refused() {
    let receiver = receiver(Answer::Status(200)).await;
    let loopback: IpAddr = Ipv4Addr::LOCALHOST.into();
    for addresses in [
        vec![loopback],
        vec!["::ffff:127.0.0.1".parse().unwrap()],
        vec![loopback, "169.254.169.254".parse().unwrap()],
    ] {
        for host in ["hooks.example.com", "localhost."] {
            let lookup = FixedLookup::default().with(host, &addresses);
            let options = WebhookOptions { lookup: Arc::new(lookup), ..guarded() };
            let found = deliver(options, &receiver.url_as(host, "/")).await.unwrap_err();
            assert!(matches!(found.kind, WebhookFailureKind::Refused(_)), "{host}: {found}");
        }
    }
    assert_eq!(receiver.connections(), 0);
}

#[tokio::test]
async fn of_a_names_addresses_only_those_are_used_that_are_allowed() {
    let allowed_one = Ipv4Addr::new(127, 0, 0, 2);
    let receiver = WebhookReceiver::start_on(allowed_one.into(), Answer::Status(200), None).await.unwrap();
    // On the same port of the other address, unless somebody else has it.
    let other = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, receiver.address().port()));
    let lookup =
        FixedLookup::default().with("hooks.example.com", &[Ipv4Addr::LOCALHOST.into(), allowed_one.into()]);
    let allowed =
        AllowedAddresses { networks: vec!["127.0.0.2".parse().unwrap()], ..AllowedAddresses::default() };
    let options = WebhookOptions { allowed, lookup: Arc::new(lookup), ..guarded() };
    deliver(options, &receiver.url_as("hooks.example.com", "/")).await.unwrap();
    assert_eq!(receiver.requests().len(), 1);
    if let Ok(other) = other {
        other.set_nonblocking(true).unwrap();
        assert_eq!(other.accept().unwrap_err().kind(), io::ErrorKind::WouldBlock);
    }
}

/// Says first this, then that.
#[derive(Debug)]
struct Turncoat {
    asked: AtomicUsize,
    first: IpAddr,
    then: IpAddr,
}

impl Lookup for Turncoat {
    fn lookup(&self, _: &str) -> Looked {
        let address = if self.asked.fetch_add(1, Ordering::SeqCst) == 0 { self.first } else { self.then };
        Box::pin(std::future::ready(Ok(vec![address])))
    }
}

#[tokio::test]
async fn a_name_that_leads_elsewhere_later_gets_nowhere() {
    let allowed_one = Ipv4Addr::new(127, 0, 0, 2);
    let receiver = WebhookReceiver::start_on(allowed_one.into(), Answer::Status(200), None).await.unwrap();
    let lookup = Arc::new(Turncoat {
        asked: AtomicUsize::new(0),
        first: allowed_one.into(),
        then: Ipv4Addr::LOCALHOST.into(),
    });
    let allowed =
        AllowedAddresses { networks: vec!["127.0.0.2".parse().unwrap()], ..AllowedAddresses::default() };
    let client = client(WebhookOptions { allowed, lookup: Arc::<Turncoat>::clone(&lookup), ..guarded() });
    let endpoint = endpoint(receiver.url_as("rebind.example.com", "/"));

    // What was looked up is what is connected to: it is asked once.
    client.deliver(&endpoint, &payload()).await.unwrap();
    assert_eq!(lookup.asked.load(Ordering::SeqCst), 1);
    // The next delivery asks again, on a connection of its own.
    let found = client.deliver(&endpoint, &payload()).await.unwrap_err();
    assert_eq!(found.kind, WebhookFailureKind::Refused(Refusal::Loopback));
    assert_eq!(lookup.asked.load(Ordering::SeqCst), 2);
    assert_eq!(receiver.connections(), 1);
}

/// A proxy connects on its own, wherever it is asked to. The environment can only be set for another process,
/// so this runs the first test of this file in one.
#[test]
fn the_proxies_of_the_environment_are_not_used() {
    let test = std::env::current_exe().unwrap();
    // Nobody listens there.
    let proxy = "http://127.0.0.1:9";
    let found = std::process::Command::new(test)
        .args(["--exact", "tests::webhook::a_webhook_arrives_signed"])
        .envs(["http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"].map(|name| (name, proxy)))
        .env_remove("no_proxy")
        .env_remove("NO_PROXY")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&found.stdout);
    assert!(found.status.success() && told.contains("1 passed"), "{told}");
}

#[tokio::test]
async fn a_listed_host_is_reached() {
    let receiver = receiver(Answer::Status(200)).await;
    let allowed = AllowedAddresses { hosts: vec!["localhost".to_owned()], ..AllowedAddresses::default() };
    let options = WebhookOptions { allowed, ..guarded() };
    deliver(options.clone(), &receiver.url_as("localhost", "/")).await.unwrap();
    let found = deliver(options, &receiver.url("/")).await.unwrap_err();
    assert_eq!(found.kind, WebhookFailureKind::Refused(Refusal::Loopback));
}

#[test]
fn an_endpoints_address_is_checked_when_it_is_entered() {
    let strict = client(WebhookOptions::default());
    for url in [
        "https://hooks.example.jp/a",
        "https://10.1.2.3:8443/",
        "https://192.168.0.9/",
        "https://[fd12::1]:444/",
        "https://172.16.0.1/",
    ] {
        assert_eq!(strict.check_url(url), Ok(()), "{url}");
    }
    for (url, error) in [
        ("", UrlError::Malformed),
        ("hooks.example.jp", UrlError::Malformed),
        ("https://", UrlError::Malformed),
        ("https://a b/", UrlError::Malformed),
        ("https://1.2.3.4.5/", UrlError::Malformed),
        ("https://256.0.0.1/", UrlError::Malformed),
        (&format!("https://a.example/{}", "x".repeat(2048)), UrlError::Malformed),
        ("http://hooks.example.jp/", UrlError::PlainHttp),
        ("ftp://hooks.example.jp/", UrlError::Scheme),
        ("file:///etc/passwd", UrlError::Scheme),
        ("gopher://hooks.example.jp/", UrlError::Scheme),
        ("https://user:password@hooks.example.jp/", UrlError::Credentials),
        ("https://user@hooks.example.jp/", UrlError::Credentials),
        ("https://:password@hooks.example.jp/", UrlError::Credentials),
        ("https://127.0.0.1/", UrlError::Refused(Refusal::Loopback)),
        ("https://0x7f.1/", UrlError::Refused(Refusal::Loopback)),
        ("https://[::1]/", UrlError::Refused(Refusal::Loopback)),
        ("https://[fe80::1]/", UrlError::Refused(Refusal::LinkLocal)),
        ("https://169.254.169.254/", UrlError::Refused(Refusal::Metadata)),
        ("https://224.0.0.1/", UrlError::Refused(Refusal::Multicast)),
        ("https://255.255.255.255/", UrlError::Refused(Refusal::Broadcast)),
    ] {
        assert_eq!(strict.check_url(url), Err(error), "{url}");
    }
    assert_eq!(client(guarded()).check_url("http://hooks.example.jp/"), Ok(()));
}

#[tokio::test]
async fn an_address_that_no_endpoint_may_have_is_not_tried() {
    let receiver = receiver(Answer::Status(200)).await;
    let https_only = WebhookOptions { allow_http: false, ..open() };
    let found = deliver(https_only, &receiver.url("/")).await.unwrap_err();
    assert_eq!(found.kind, WebhookFailureKind::Url(UrlError::PlainHttp));
    assert!(!found.kind.is_worth_retrying());
    let unsigned = Endpoint { secrets: Vec::new(), ..endpoint(receiver.url("/")) };
    let found = client(open()).deliver(&unsigned, &payload()).await.unwrap_err();
    assert_eq!(found.kind, WebhookFailureKind::Sign(SignError::NoSecret));
    assert_eq!(receiver.connections(), 0);
}

#[tokio::test]
async fn the_towns_own_authority_is_believed_when_it_is_given() {
    let here = town();
    let receiver = WebhookReceiver::start_on(Ipv4Addr::LOCALHOST.into(), Answer::Status(200), Some(here.tls))
        .await
        .unwrap();
    let trusting = |pem: Option<&str>| WebhookOptions {
        extra_ca_pem: pem.map(str::to_owned),
        allow_http: false,
        ..open()
    };
    deliver(trusting(Some(&here.ca_pem)), &receiver.url("/")).await.unwrap();
    deliver(trusting(Some(&here.ca_pem)), &receiver.url_as("localhost", "/")).await.unwrap();
    // Among others it is found too.
    let both = format!("{}{}", town().ca_pem, here.ca_pem);
    deliver(trusting(Some(&both)), &receiver.url("/")).await.unwrap();
    assert_eq!(receiver.requests().len(), 3);

    for pem in [None, Some(town().ca_pem)] {
        let found = deliver(trusting(pem.as_deref()), &receiver.url("/")).await.unwrap_err();
        assert_eq!(found.kind, WebhookFailureKind::Tls, "{found}");
    }
    // A certificate for other names.
    let lookup = FixedLookup::default().with("hooks.example.jp", &[Ipv4Addr::LOCALHOST.into()]);
    let options = WebhookOptions { lookup: Arc::new(lookup), ..trusting(Some(&here.ca_pem)) };
    let found = deliver(options, &receiver.url_as("hooks.example.jp", "/")).await.unwrap_err();
    assert_eq!(found.kind, WebhookFailureKind::Tls, "{found}");
    assert_eq!(receiver.requests().len(), 3);
}

#[tokio::test]
async fn a_receiver_without_tls_is_no_https() {
    // A mail server speaks first, and not TLS.
    let other = SmtpSink::start().await.unwrap();
    let found = deliver(open(), &format!("https://{}/", other.address())).await.unwrap_err();
    assert_eq!(found.kind, WebhookFailureKind::Tls, "{found}");
}

#[test]
fn authorities_that_are_none_are_refused() {
    let options = |pem: &str| WebhookOptions { extra_ca_pem: Some(pem.to_owned()), ..open() };
    assert!(matches!(WebhookClient::new(options("none")), Err(ClientError::Trust(_))));
}

#[tokio::test]
async fn neither_secrets_nor_tokens_are_shown() {
    let receiver = receiver(Answer::Status(500)).await;
    let (_socket, deaf) = deaf();
    let mut shown = format!("{:?}", client(open()));
    for base in [receiver.url(""), format!("http://{deaf}")] {
        let endpoint = endpoint(format!("{base}/hook/token-4711?key=4711"));
        shown += &format!("{endpoint:?}");
        for options in [open(), guarded()] {
            let found = client(options).deliver(&endpoint, &payload()).await.unwrap_err();
            shown += &format!("{found} {found:?}");
        }
    }
    assert!(shown.contains("127.0.0.1"), "{shown}");
    assert!(!shown.contains("4711") && !shown.contains("whsec_"), "{shown}");
}
