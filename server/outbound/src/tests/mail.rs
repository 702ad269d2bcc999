use std::time::Duration;

use super::{deaf, now, town};
use crate::{
    TrustError,
    mail::{
        AddressError, MailAddress, MailCredentials, MailFailure, MailFailureKind, MailServer, Mailer,
        Message, Security, SetupError,
    },
    testing::{SmtpBehaviour, SmtpSetup, SmtpSink, SmtpTls},
};

/// Long enough for any answer that comes.
const PATIENT: Duration = Duration::from_secs(60);
/// For answers that never come.
const IMPATIENT: Duration = Duration::from_millis(300);

fn server(sink: &SmtpSink) -> MailServer {
    MailServer {
        host: sink.address().ip().to_string(),
        port: sink.address().port(),
        security: Security::None,
        credentials: None,
        from: MailAddress::parse("記録媒体 保管係 <hokan@town.example.jp>").unwrap(),
        timeout: PATIENT,
        extra_ca_pem: None,
        allow_plain: false,
    }
}

fn message() -> Message {
    Message {
        to: MailAddress::parse("山田 花子 <hanako@town.example.jp>").unwrap(),
        subject: "【保管】返却期限を過ぎた記録媒体が3件あります（税務課・住民課）。確かめてください"
            .to_owned(),
        text: "媒体の返却期限が過ぎています。\n\n・税務システム控え 第3巻\n・髙﨑支所 𠮷野家 🗄\n".to_owned(),
        id: "0198c2d4-9f00-7c3e-a1b2-000000000001".to_owned(),
        reply_to: None,
    }
}

async fn sink(behaviour: SmtpBehaviour) -> SmtpSink {
    SmtpSink::start_with(SmtpSetup { behaviour, ..SmtpSetup::default() }).await.unwrap()
}

async fn failure(server: MailServer) -> MailFailure {
    Mailer::new(server).unwrap().send(&message(), now()).await.unwrap_err()
}

fn mailer(server: MailServer) -> Mailer {
    Mailer::new(server).unwrap()
}

#[tokio::test]
async fn a_japanese_mail_arrives_intact() {
    let sink = SmtpSink::start().await.unwrap();
    let sent = mailer(server(&sink)).send(&message(), now()).await.unwrap();

    let [mail] = sink.mails().try_into().unwrap();
    assert_eq!(mail.subject(), message().subject);
    assert_eq!(mail.text(), message().text);
    assert_eq!(
        (mail.from.as_str(), mail.to.as_slice()),
        ("hokan@town.example.jp", &["hanako@town.example.jp".to_owned()][..])
    );
    let header = |name| mail.decoded_header(name).unwrap();
    assert_eq!(header("From"), "記録媒体 保管係 <hokan@town.example.jp>");
    assert_eq!(header("To"), "山田 花子 <hanako@town.example.jp>");
    assert_eq!(header("Date"), "Mon, 23 Nov 2026 00:30:00 +0000");
    assert_eq!(header("MIME-Version"), "1.0");
    assert_eq!(header("Content-Type"), "text/plain; charset=utf-8");
    assert_eq!(header("Auto-Submitted"), "auto-generated");
    assert_eq!(header("Message-ID"), "<0198c2d4-9f00-7c3e-a1b2-000000000001@town.example.jp>");
    assert_eq!(header("Message-ID"), sent.message_id);
    assert_eq!(mail.header("Reply-To"), None);
    // Nothing on the wire needs a server that takes more than ASCII, and no line is too long for one.
    assert!(mail.content.is_ascii());
    assert!(mail.content.lines().all(|line| line.len() <= 998));
    assert!(!mail.encrypted);
    assert_eq!(sink.commands(), ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"]);
}

#[tokio::test]
async fn a_mail_that_is_sent_again_is_the_same_mail() {
    let sink = SmtpSink::start().await.unwrap();
    let mailer = mailer(server(&sink));
    mailer.send(&message(), now()).await.unwrap();
    mailer.send(&message(), now() + chrono::TimeDelta::hours(2)).await.unwrap();
    let mails = sink.wait_for(2).await;
    assert_eq!(mails[0].header("Message-ID"), mails[1].header("Message-ID"));
    assert_ne!(mails[0].header("Date"), mails[1].header("Date"));
    assert_eq!(sink.connections(), 2);
}

#[tokio::test]
async fn any_text_arrives_as_it_was() {
    let sink = SmtpSink::start().await.unwrap();
    let mailer = mailer(server(&sink));
    let long = "long ".repeat(300);
    let texts = [
        // Lines that mean something to SMTP.
        ".\n..\n.dot\nQUIT\n\n.",
        "plain ASCII, two lines\nand the second",
        long.trim_end(),
        "mostly ASCII with one 字 in it and = signs = in between\n",
        "\n\n  spaces at the ends  \n\ttabs\n",
        "",
    ];
    for (text, count) in texts.iter().zip(1..) {
        mailer.send(&Message { text: (*text).to_owned(), ..message() }, now()).await.unwrap();
        let mails = sink.wait_for(count).await;
        // The end of the last line is SMTP's own.
        assert_eq!(mails[count - 1].text().trim_end_matches('\n'), text.trim_end_matches('\n'));
    }
    // Line ends of other systems are line ends; characters that mail programs choke on are left out.
    let odd = Message { text: "a\r\nb\rc\u{0}\u{1b}[31md\u{85}e".to_owned(), ..message() };
    mailer.send(&odd, now()).await.unwrap();
    assert_eq!(sink.mails().last().unwrap().text().trim_end(), "a\nb\nc[31mde");
}

#[tokio::test]
async fn answers_go_where_they_are_to_go() {
    let sink = SmtpSink::start().await.unwrap();
    let reply_to = Some(MailAddress::parse("情報係 <joho@town.example.jp>").unwrap());
    mailer(server(&sink)).send(&Message { reply_to, ..message() }, now()).await.unwrap();
    let [mail] = sink.mails().try_into().unwrap();
    assert_eq!(mail.decoded_header("Reply-To").unwrap(), "情報係 <joho@town.example.jp>");
    assert_eq!(mail.to, ["hanako@town.example.jp"]);
}

#[tokio::test]
async fn no_text_becomes_a_header() {
    let sink = SmtpSink::start().await.unwrap();
    let mailer = mailer(server(&sink));
    let attacks = [
        "期限\r\nBcc: eve@example.com\r\n\r\nX",
        "due\r\nBcc: eve@example.com",
        "due\nBcc: eve@example.com",
        "due\rBcc: eve@example.com",
        "due\r\n.\r\nMAIL FROM:<eve@example.com>",
        "due\u{2028}Bcc: eve@example.com",
        "due\0\u{85}Bcc: eve@example.com",
        "=?utf-8?q?due=0D=0ABcc:_eve@example.com?=",
    ];
    for (subject, count) in attacks.iter().zip(1..) {
        mailer.send(&Message { subject: (*subject).to_owned(), ..message() }, now()).await.unwrap();
        let mails = sink.wait_for(count).await;
        let mail = &mails[count - 1];
        assert_eq!(mail.header("Bcc"), None, "{subject:?}");
        assert_eq!(mail.text(), message().text, "{subject:?}");
        assert_eq!(mail.to, ["hanako@town.example.jp"], "{subject:?}");
        assert!(mail.subject().contains("Bcc:") || mail.subject().contains("MAIL FROM"), "{subject:?}");
    }
    let verbs: Vec<_> = sink.commands().into_iter().filter(|verb| verb == "MAIL").collect();
    assert_eq!(verbs.len(), attacks.len());
}

#[tokio::test]
async fn an_id_that_could_be_a_header_is_not_sent() {
    let sink = SmtpSink::start().await.unwrap();
    let mailer = mailer(server(&sink));
    for id in ["", "a\r\nBcc: b@c.jp", "a b", "a>", "a@b", "番号", &"x".repeat(129)] {
        let found = mailer.send(&Message { id: id.to_owned(), ..message() }, now()).await.unwrap_err();
        assert_eq!(found.kind, MailFailureKind::Invalid, "{id}");
    }
    let long_ago = super::at("1969-12-31T23:59:59Z");
    assert_eq!(mailer.send(&message(), long_ago).await.unwrap_err().kind, MailFailureKind::Invalid);
    let far = super::at("9999-12-31T23:59:59Z") + chrono::TimeDelta::seconds(1);
    assert_eq!(mailer.send(&message(), far).await.unwrap_err().kind, MailFailureKind::Invalid);
    assert_eq!(sink.connections(), 0);
}

#[test]
fn addresses_are_checked() {
    for text in [
        "a@example.jp",
        "first.last+tag@sub.town.example.lg.jp",
        "o'neill@example.jp",
        "a@xn--wgv71a119e.jp",
        "a@localhost",
    ] {
        assert_eq!(MailAddress::parse(text).unwrap().address(), text);
    }
    for (text, error) in [
        ("", AddressError::Malformed),
        ("a", AddressError::Malformed),
        ("a@", AddressError::Malformed),
        ("@example.jp", AddressError::Malformed),
        ("a@@example.jp", AddressError::Malformed),
        ("a..b@example.jp", AddressError::Malformed),
        ("a@-example.jp", AddressError::Malformed),
        ("a b@example.jp", AddressError::Characters),
        ("a@example.jp\r\nRCPT TO:<eve@example.com>", AddressError::Name),
        ("a\n@example.jp", AddressError::Characters),
        ("a@example.jp>", AddressError::Characters),
        ("a@example.jp, b@example.jp", AddressError::Characters),
        ("\"a b\"@example.jp", AddressError::Characters),
        ("日本@example.jp", AddressError::Characters),
        ("a@日本.jp", AddressError::Characters),
        ("名前\r\nBcc: b@example.jp <a@example.jp>", AddressError::Name),
        ("名\u{2028}前 <a@example.jp>", AddressError::Name),
        (&format!("{} <a@example.jp>", "名".repeat(101)), AddressError::Name),
        (&format!("{}@example.jp", "a".repeat(250)), AddressError::TooLong),
    ] {
        assert_eq!(MailAddress::parse(text), Err(error), "{text:?}");
    }
    let named = MailAddress::parse(" \"保管係\" < a@example.jp > ").unwrap();
    assert_eq!(
        (named.name(), named.address(), named.domain()),
        (Some("保管係"), "a@example.jp", "example.jp")
    );
    assert_eq!(MailAddress::parse(&named.to_string()).unwrap(), named);
    assert_eq!(MailAddress::parse("<a@example.jp>").unwrap().name(), None);
    assert_eq!(serde_json::to_string(&named).unwrap(), r#""保管係 <a@example.jp>""#);
    assert!(serde_json::from_str::<MailAddress>(r#""a@b@c <x>""#).is_err());
}

#[tokio::test]
async fn a_name_with_signs_in_it_stays_a_name() {
    let sink = SmtpSink::start().await.unwrap();
    let mailer = mailer(server(&sink));
    let names = ["Smith, \"Bob\" <eve@example.com>", "係; (課) \\", "a@b.example, c"];
    for (name, count) in names.iter().zip(1..) {
        let to = MailAddress::parse("hanako@town.example.jp").unwrap().with_name(name).unwrap();
        mailer.send(&Message { to, ..message() }, now()).await.unwrap();
        let mails = sink.wait_for(count).await;
        assert_eq!(mails[count - 1].to, ["hanako@town.example.jp"]);
        let header = mails[count - 1].header("To").unwrap();
        assert!(header.ends_with("<hanako@town.example.jp>"), "{header}");
        assert_eq!(header.matches('@').count(), 1, "{header}");
    }
}

#[tokio::test]
async fn a_mailbox_that_does_not_exist_is_permanent() {
    let sink = sink(SmtpBehaviour::RefuseRecipient).await;
    let found = failure(server(&sink)).await;
    assert_eq!((found.kind, found.code), (MailFailureKind::Permanent, Some(550)));
    assert!(found.detail.contains("There is no such mailbox here"), "{found}");
    assert!(!found.kind.is_worth_retrying());
    assert!(!found.kind.is_about_settings());
    assert_eq!(sink.mails(), []);
}

#[tokio::test]
async fn a_refused_text_is_permanent() {
    let found = failure(server(&sink(SmtpBehaviour::RefuseContent).await)).await;
    assert_eq!((found.kind, found.code), (MailFailureKind::Permanent, Some(554)));
}

#[tokio::test]
async fn a_refused_sender_is_a_matter_of_settings() {
    let found = failure(server(&sink(SmtpBehaviour::RefuseSender).await)).await;
    assert_eq!((found.kind, found.code), (MailFailureKind::Refused, Some(553)));
    assert!(found.kind.is_worth_retrying() && found.kind.is_about_settings());
}

#[tokio::test]
async fn a_busy_server_is_tried_again() {
    let sink = sink(SmtpBehaviour::TryLater).await;
    let found = failure(server(&sink)).await;
    assert_eq!((found.kind, found.code), (MailFailureKind::Temporary, Some(451)));
    assert!(found.kind.is_worth_retrying());
    // And then it works.
    sink.set(SmtpSetup::default());
    mailer(server(&sink)).send(&message(), now()).await.unwrap();
    assert_eq!(sink.mails().len(), 1);
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up() {
    let sink = sink(SmtpBehaviour::Hang).await;
    let found = failure(MailServer { timeout: IMPATIENT, ..server(&sink) }).await;
    assert_eq!(found.kind, MailFailureKind::Timeout);
    assert!(found.kind.is_worth_retrying());
    assert_eq!(sink.connections(), 1);
}

#[tokio::test]
async fn a_connection_that_ends_in_the_text_is_tried_again() {
    let sink = sink(SmtpBehaviour::DropInContent).await;
    let found = failure(server(&sink)).await;
    assert_eq!(found.kind, MailFailureKind::Connection);
    assert!(found.kind.is_worth_retrying());
    assert_eq!(sink.mails(), []);
}

#[tokio::test]
async fn a_mail_that_was_taken_is_sent_whatever_follows() {
    let sink = sink(SmtpBehaviour::HangAtFarewell).await;
    mailer(MailServer { timeout: IMPATIENT, ..server(&sink) }).send(&message(), now()).await.unwrap();
    assert_eq!(sink.mails().len(), 1);
}

#[tokio::test]
async fn a_refusal_is_reported_whatever_follows() {
    let sink = sink(SmtpBehaviour::RefuseRecipientAndHang).await;
    let found = failure(MailServer { timeout: IMPATIENT, ..server(&sink) }).await;
    assert_eq!(found.kind, MailFailureKind::Permanent);
}

#[tokio::test]
async fn nobody_listening_is_tried_again() {
    let sink = SmtpSink::start().await.unwrap();
    let (_socket, deaf) = deaf();
    for security in [Security::None, Security::StartTls, Security::Tls] {
        let found = failure(MailServer { security, port: deaf.port(), ..server(&sink) }).await;
        assert_eq!(found.kind, MailFailureKind::Connection, "{security:?}: {found}");
        assert!(found.kind.is_worth_retrying());
    }
}

#[tokio::test]
async fn a_server_that_wants_a_password_gets_it() {
    let credentials = Some(("hokan".to_owned(), "正しい-password".to_owned()));
    let sink = SmtpSink::start_with(SmtpSetup { credentials, ..SmtpSetup::default() }).await.unwrap();
    let with = |password: &str| MailServer {
        credentials: Some(MailCredentials { user: "hokan".to_owned(), password: password.to_owned() }),
        ..server(&sink)
    };
    mailer(with("正しい-password")).send(&message(), now()).await.unwrap();
    assert_eq!(sink.mails()[0].user.as_deref(), Some("hokan"));

    // The server repeats everything it was told; none of it gets into the failure.
    let found = failure(with("wrong-Pa55")).await;
    assert_eq!((found.kind, found.code), (MailFailureKind::SignIn, Some(535)));
    assert!(found.kind.is_worth_retrying() && found.kind.is_about_settings());
    let shown = format!("{found} {found:?}");
    assert!(shown.contains("not hokan with ***"), "{shown}");
    // The name and the password, in base64.
    for secret in ["wrong-Pa55", "d3JvbmctUGE1NQ", "AGhva2FuAHdyb25nLVBhNTU"] {
        assert!(!shown.contains(secret), "{shown}");
    }

    // Without any, the server says so.
    let found = failure(server(&sink)).await;
    assert_eq!((found.kind, found.code), (MailFailureKind::SignIn, Some(530)));
    assert_eq!(sink.mails().len(), 1);
}

#[tokio::test]
async fn a_server_that_offers_no_way_of_signing_in_gets_no_mail() {
    let sink = SmtpSink::start().await.unwrap();
    let credentials = Some(MailCredentials { user: "u".to_owned(), password: "p".to_owned() });
    assert_eq!(failure(MailServer { credentials, ..server(&sink) }).await.kind, MailFailureKind::SignIn);
    assert_eq!(sink.mails(), []);
}

#[tokio::test]
async fn the_password_is_not_shown() {
    let sink = SmtpSink::start().await.unwrap();
    let credentials = Some(MailCredentials { user: "hokan".to_owned(), password: "tell-nobody".to_owned() });
    let server = MailServer { credentials, ..server(&sink) };
    let shown = format!("{server:?} {:?}", mailer(server.clone()));
    assert!(shown.contains("hokan") && !shown.contains("tell-nobody"), "{shown}");
}

#[tokio::test]
async fn starttls_protects_the_mail() {
    let town = town();
    let setup = SmtpSetup {
        tls: SmtpTls::StartTls(town.tls),
        credentials: Some(("u".to_owned(), "p".to_owned())),
        ..SmtpSetup::default()
    };
    let sink = SmtpSink::start_with(setup).await.unwrap();
    let server = MailServer {
        security: Security::StartTls,
        extra_ca_pem: Some(town.ca_pem),
        credentials: Some(MailCredentials { user: "u".to_owned(), password: "p".to_owned() }),
        ..server(&sink)
    };
    mailer(server.clone()).send(&message(), now()).await.unwrap();
    mailer(MailServer { host: "localhost".to_owned(), ..server }).send(&message(), now()).await.unwrap();
    for mail in sink.mails() {
        assert!(mail.encrypted);
        assert_eq!(mail.text(), message().text);
    }
    let first = ["EHLO", "STARTTLS", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "QUIT"];
    assert_eq!(sink.commands(), [first, first].concat());
}

#[tokio::test]
async fn tls_from_the_first_byte_protects_the_mail() {
    let town = town();
    let setup = SmtpSetup { tls: SmtpTls::Implicit(town.tls), ..SmtpSetup::default() };
    let sink = SmtpSink::start_with(setup).await.unwrap();
    let server = MailServer { security: Security::Tls, extra_ca_pem: Some(town.ca_pem), ..server(&sink) };
    mailer(server).send(&message(), now()).await.unwrap();
    assert!(sink.mails()[0].encrypted);
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_not_believed() {
    for security in [Security::StartTls, Security::Tls] {
        let tls = match security {
            Security::StartTls => SmtpTls::StartTls(town().tls),
            _ => SmtpTls::Implicit(town().tls),
        };
        let setup = SmtpSetup { tls, ..SmtpSetup::default() };
        let sink = SmtpSink::start_with(setup).await.unwrap();
        // Another town's authority does not help.
        for extra_ca_pem in [None, Some(town().ca_pem)] {
            let found = failure(MailServer { security, extra_ca_pem, ..server(&sink) }).await;
            assert_eq!(found.kind, MailFailureKind::Tls, "{security:?}: {found}");
            assert!(found.kind.is_about_settings());
        }
        assert_eq!(sink.mails(), []);
    }
}

#[tokio::test]
async fn without_starttls_nothing_is_sent() {
    let sink = SmtpSink::start().await.unwrap();
    let found = failure(MailServer { security: Security::StartTls, ..server(&sink) }).await;
    assert_eq!(found.kind, MailFailureKind::Tls, "{found}");
    assert_eq!(sink.mails(), []);
    assert!(!sink.commands().contains(&"MAIL".to_owned()));
}

/// Somebody on the way adds replies in the open. Were they read after the handshake, the reply to the mail
/// would be taken for the one before it, which says to go ahead, and a refused mail for a sent one.
#[tokio::test]
async fn replies_added_behind_starttls_are_not_believed() {
    let town = town();
    let sink = SmtpSink::start_with(SmtpSetup {
        behaviour: SmtpBehaviour::RefuseContent,
        tls: SmtpTls::StartTls(town.tls),
        added_after_starttls: Some("250-sink\r\n250 8BITMIME\r\n".to_owned()),
        ..SmtpSetup::default()
    })
    .await
    .unwrap();
    let server =
        MailServer { security: Security::StartTls, extra_ca_pem: Some(town.ca_pem), ..server(&sink) };
    let found = failure(server).await;
    assert_eq!(found.kind, MailFailureKind::Tls, "{found}");
    assert!(!sink.commands().contains(&"MAIL".to_owned()));
}

#[tokio::test]
async fn without_tls_mail_stays_on_this_machine() {
    let sink = SmtpSink::start().await.unwrap();
    for host in ["localhost", "LOCALHOST.", "127.0.0.1", "127.9.9.9", "::1", "[::1]"] {
        assert!(Mailer::new(MailServer { host: host.to_owned(), ..server(&sink) }).is_ok(), "{host}");
    }
    let elsewhere = ["mail.town.example.jp", "192.168.1.5", "0.0.0.0", "localhost.example.jp", "fd00::1"];
    for host in elsewhere {
        let there = MailServer { host: host.to_owned(), ..server(&sink) };
        assert_eq!(Mailer::new(there.clone()).unwrap_err(), SetupError::PlainNotAllowed, "{host}");
        assert!(Mailer::new(MailServer { allow_plain: true, ..there.clone() }).is_ok(), "{host}");
        assert!(Mailer::new(MailServer { security: Security::StartTls, ..there }).is_ok(), "{host}");
    }
    mailer(MailServer { host: "localhost".to_owned(), ..server(&sink) })
        .send(&message(), now())
        .await
        .unwrap();
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused() {
    let sink = SmtpSink::start().await.unwrap();
    let refused = |server| Mailer::new(server).unwrap_err();
    for host in ["", " ", "a b", "http://a", "a\r\nb", "a:25", "2130706433"] {
        let server = MailServer { host: host.to_owned(), ..server(&sink) };
        assert_eq!(refused(server), SetupError::Host, "{host:?}");
    }
    assert_eq!(refused(MailServer { timeout: Duration::ZERO, ..server(&sink) }), SetupError::Timeout);
    let with_ca = |pem: &str| MailServer {
        security: Security::Tls,
        extra_ca_pem: Some(pem.to_owned()),
        ..server(&sink)
    };
    assert_eq!(refused(with_ca("none")), SetupError::Trust(TrustError::NoCertificate));
    let nonsense = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert!(matches!(refused(with_ca(nonsense)), SetupError::Trust(TrustError::Malformed(_))));
    assert_eq!(serde_json::to_string(&Security::StartTls).unwrap(), r#""starttls""#);
}
