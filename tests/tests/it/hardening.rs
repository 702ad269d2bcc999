//! What nobody may do to the server or its register by doing too much of something, by going round the pages, or by
//! writing into the database himself.

use std::time::Duration;

use chrono::TimeDelta;
use hokan_domain::{contents::Category, disposal::Presence, ids::FileId, item::ItemKind, person::Part};
use hokan_mobile_api::{
    Caller, SESSION_COOKIE,
    request::{ActRequest, HomeRef, PerformedRequest, WantedRequest},
};
use hokan_server::{
    app::{App, TrailFault, trail::TrailLineView, verify},
    config::{Config, Flags},
    entropy::Entropy,
    serve,
    store::{Schema, StoreError, trail::TrailQuery},
    tls::{TlsError, own_certificate},
};
use hokan_tests::{
    body::{Body, Medium, New, Officer, contents, erasure},
    database::{Database, TestDatabase},
    on_both_databases,
    server::{ServerOptions, Tls},
    town::{ShellTown, Town, event, person, seen},
};
use sea_orm::{ConnectOptions, ConnectionTrait, DatabaseConnection};

/// Lines about one kind of act that one person can cause in a minute.
const LINES_A_MINUTE: usize = 20;

async fn lines(app: &App, by: &Caller, act: &str) -> Vec<TrailLineView> {
    let query = TrailQuery { act: Some(act.to_owned()), ..TrailQuery::default() };
    app.trail(by, &query).await.expect("an auditor may look")
}

/// Whoever has the database's password.
async fn administrator(db: &TestDatabase) -> DatabaseConnection {
    let mut options = ConnectOptions::new(db.url());
    options.max_connections(1).sqlx_logging(false);
    sea_orm::Database::connect(options).await.expect("the administrator's connection")
}

async fn problems(app: &App) -> Vec<String> {
    verify(app.store(), &[], &[]).await.expect("the check itself works").problems
}

fn jpeg(of: u8) -> Vec<u8> {
    let picture = image::GrayImage::from_pixel(64, 48, image::Luma([of]));
    hokan_tests::photo::encode_jpeg(&picture, 80).expect("a photograph")
}

/// A body of the national default's disposal, with its officer.
async fn iide(db: &TestDatabase) -> Body {
    let officers: &[Officer<'_>] = &[("jumin", &[("security-officer", None)])];
    Body::under(db, "iide", officers).await
}

/// A tape that was destroyed before a witness, with its photographs.
async fn destroyed(body: &Body) -> (Medium, Vec<FileId>) {
    let data = contents(Category::IdentityVerification, None, 7_000);
    let new = New::of(ItemKind::MagneticTape, body).with(data).encrypted();
    let tape = body.register("aoi", new).await.expect("registered");
    body.permit("aoi", &tape, WantedRequest::Dispose, "jumin").await;
    let degauss = erasure("degauss", Some("消磁機 D-200"));
    body.act("aoi", &tape, tape.sanitize(degauss)).await.expect("erased");
    body.destroy("aoi", &tape, "shred-tape", PerformedRequest::Here).await.expect("shredded");
    body.act("jumin", &tape, tape.witness(Presence::OnSite)).await.expect("witnessed");
    let files = body.card("kansa", &tape).await.disposal.expect("an end").photographs;
    (tape, files.into_iter().map(|one| one.file).collect())
}

on_both_databases! {
    /// Whoever could name a file in no act cannot send one in, and nobody fills the database in a day.
    async fn files_come_from_whom_they_concern_and_so_many_a_day(db: TestDatabase) {
        let town = Town::on(&db).await;
        let kanri = person(&town.app, "kanri", &[Part::Administrator]).await;
        for stranger in [&town.auditor, &kanri] {
            let problem = town.app.keep_file(stranger, "image/jpeg", jpeg(1)).await.expect_err("it is not his");
            assert_eq!((&*problem.code, problem.status), ("part-missing", 403));
        }
        let witness = person(&town.app, "tachiai", &[Part::Witness]).await;
        town.app.keep_file(&witness, "image/jpeg", jpeg(2)).await.expect("he may have to show what he saw");

        let flags = Flags {
            data_dir: Some(town.folder.path().to_owned()),
            database_url: Some(db.url().to_owned()),
            ..Flags::default()
        };
        let config = Config { file_bytes_a_day: 10_000, ..Config::load(&flags).expect("settings of a test") };
        let app = serve::open(config, town.clock.clone(), Entropy::system(), Schema::Require).await;
        let app = app.expect("the register opens again");
        let [aoi, beni, _] = town.handlers.as_slice() else { panic!("three handlers") };
        let send = async |by: &Caller, bytes: usize| app.keep_file(by, "image/jpeg", vec![0xFF; bytes]).await;
        send(aoi, 6_000).await.expect("within a day's measure");
        send(aoi, 4_000).await.expect("just that");
        let problem = send(aoi, 1).await.expect_err("one too many");
        assert_eq!((&*problem.code, problem.status), ("body-too-large", 413));
        send(beni, 6_000).await.expect("each has his own measure");
        town.clock.set(town.clock.now() + TimeDelta::days(1));
        send(aoi, 6_000).await.expect("and each day");
        app.store().clone().close().await;
    }

    /// What no act names goes after a day; what one names stays, also where it was named before that was kept.
    async fn files_that_nobody_names_go(db: TestDatabase) {
        let body = iide(&db).await;
        let (_, named) = destroyed(&body).await;
        let stray = body.photograph("aoi", None).await;
        let app = &body.town.app;
        assert_eq!(app.drop_unnamed_files().await.expect("it works"), 0, "it is young");
        let connection = administrator(&db).await;
        connection.execute_unprepared("UPDATE file SET named_by = NULL").await.expect("as before the column");
        body.set(body.now() + TimeDelta::hours(25));
        assert_eq!(app.drop_unnamed_files().await.expect("it works"), 1);
        assert_eq!(app.drop_unnamed_files().await.expect("it works"), 0);
        let kansa = body.who("kansa").await;
        assert_eq!(app.kept_file(&kansa, stray).await.expect_err("it is gone").code, "not-found");
        assert_eq!(named.len(), 2);
        for file in named {
            app.kept_file(&kansa, file).await.expect("an act names it");
        }
        let dropped = lines(app, &kansa, "file-dropped").await;
        assert_eq!(dropped.iter().map(|line| line.subject.as_str()).collect::<Vec<_>>(), [stray.to_string()]);
        body.is_whole().await;
    }

    /// Whoever alters a photograph in the database, and its digest beside it, is found out: it is not shown, and the
    /// check of the ledger says which it is.
    async fn an_altered_file_is_found_out(db: TestDatabase) {
        let body = iide(&db).await;
        let (_, files) = destroyed(&body).await;
        let app = &body.town.app;
        assert_eq!(problems(app).await, Vec::<String>::new());
        let connection = administrator(&db).await;
        let kansa = body.who("kansa").await;
        let other = jpeg(77);
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let digest = hokan_domain::ledger::hash::Hash::of(&other);
        let blob = |bytes: &[u8]| match db.kind() {
            Database::Sqlite => format!("X'{}'", hex(bytes)),
            Database::Postgres => format!("decode('{}', 'hex')", hex(bytes)),
        };
        let id = |file: FileId| match db.kind() {
            Database::Sqlite => format!("X'{}'", file.0.simple()),
            Database::Postgres => format!("'{}'::uuid", file.0),
        };
        let update = format!(
            "UPDATE file SET bytes = {}, digest = {} WHERE id = {}",
            blob(&other),
            blob(digest.as_bytes()),
            id(files[0])
        );
        connection.execute_unprepared(&update).await.expect("he can");
        assert_eq!(app.kept_file(&kansa, files[0]).await.expect_err("it is another").code, "internal");
        app.kept_file(&kansa, files[1]).await.expect("it is as it was");
        let found = problems(app).await;
        assert!(found.len() == 1 && found[0].contains(&files[0].to_string()), "{found:?}");
        let delete = format!("DELETE FROM file WHERE id = {}", id(files[1]));
        connection.execute_unprepared(&delete).await.expect("he can");
        let found = problems(app).await;
        assert!(found.len() == 2 && found.iter().any(|line| line.contains(&files[1].to_string())), "{found:?}");
    }

    /// Reading a file, printing a certificate and looking at items are in the trail, and what somebody does in a loop
    /// is counted there and not written down each time.
    async fn what_people_look_at_is_in_the_trail_and_counted(db: TestDatabase) {
        let body = iide(&db).await;
        let (tape, files) = destroyed(&body).await;
        let app = &body.town.app;
        let kansa = body.who("kansa").await;
        for _ in 0..LINES_A_MINUTE + 13 {
            app.kept_file(&kansa, files[0]).await.expect("he may look");
        }
        let read = lines(app, &kansa, "file-read").await;
        assert_eq!(read.len(), LINES_A_MINUTE);
        assert!(read.iter().all(|line| line.subject == files[0].to_string()), "{read:?}");
        app.certificate(&kansa, &[tape.id], &[kansa.lang]).await.expect("it was destroyed before a witness");
        assert_eq!(lines(app, &kansa, "certificate-printed").await.len(), 1);
        app.history(&kansa, tape.id).await.expect("he may look");
        app.item(&kansa, tape.id).await.expect("he may look");

        body.pass(2);
        app.watch_trail().await.expect("the watch works");
        let read = lines(app, &kansa, "file-read").await;
        assert_eq!(read.len(), LINES_A_MINUTE + 1);
        assert!(read[0].detail.starts_with("13 more within the minute of"), "{:?}", read[0]);
        assert_eq!(lines(app, &kansa, "items-viewed").await, [], "the hour is still watched");
        body.set(body.now() + TimeDelta::hours(15));
        for _ in 0..2 {
            app.watch_trail().await.expect("the watch works");
        }
        let viewed = lines(app, &kansa, "items-viewed").await;
        let of = |login: &str| {
            let id = body.id(login);
            viewed.iter().find(|line| line.actor.as_ref().is_some_and(|actor| actor.id == id))
        };
        let detail = &of("kansa").expect("he looked").detail;
        assert!(detail.contains(" in the hour of "), "{detail}");
        let count: u32 = detail.split(' ').next().and_then(|count| count.parse().ok()).expect("a count");
        assert!(count >= 2, "the history and the item: {detail}");
    }

    /// Refusals in a loop do not fill the trail: some have a line each, the rest is one line with their number.
    async fn refusals_in_a_loop_are_counted(db: TestDatabase) {
        let town = Town::on(&db).await;
        let item = town.item(0).await;
        for _ in 0..LINES_A_MINUTE + 40 {
            let put = ActRequest::PutAway { home: HomeRef::Id(town.cabinet), scan: seen(&town.labels[0]) };
            town.app.act(&town.handlers[1], item.id, event(), put).await.expect_err("another one holds it");
        }
        let put = ActRequest::PutAway { home: HomeRef::Id(town.cabinet), scan: seen(&town.labels[0]) };
        town.app.act(&town.handlers[2], item.id, event(), put).await.expect_err("another one holds it");
        let refused = lines(&town.app, &town.auditor, "refused").await;
        assert_eq!(refused.len(), LINES_A_MINUTE + 1, "each person has his own measure");
        town.clock.set(town.clock.now() + TimeDelta::minutes(1));
        town.app.watch_trail().await.expect("the watch works");
        let refused = lines(&town.app, &town.auditor, "refused").await;
        assert_eq!(refused.len(), LINES_A_MINUTE + 2);
        assert!(refused[0].detail.starts_with("40 more within the minute of"), "{:?}", refused[0]);
        assert_eq!(refused[0].actor.as_ref().map(|actor| actor.id), Some(town.handlers[1].person.id));
    }

    /// Nothing that somebody writes beside the ledger stops the sealing of the trail unnoticed.
    async fn sealing_goes_on_from_the_ledger(db: TestDatabase) {
        let town = Town::on(&db).await;
        let app = &town.app;
        let connection = administrator(&db).await;
        let first = hokan_domain::japan_date::jst_date(town.clock.now());
        let ahead = "INSERT INTO setting (name, value) VALUES ('trail-sealed', '2099-12-31')";
        connection.execute_unprepared(ahead).await.expect("he can");
        town.clock.set(town.clock.now() + TimeDelta::days(3));
        let lagging = app.verify_trail().await.expect("the check itself works").faults;
        assert!(matches!(lagging.as_slice(), [TrailFault::Unsealed { lines }] if *lines > 0), "{lagging:?}");
        assert_eq!(app.seal_trail().await.expect("sealing works"), 1);
        assert_eq!(app.trail_sealed_to().await.expect("a database"), Some(first));
        assert_eq!(app.verify_trail().await.expect("the check itself works").faults, []);

        // A seal that stands in the row beside the ledger and not in the ledger itself.
        let fold = "UPDATE subject SET state = replace(state, '\"lines\":', '\"lines\":1') WHERE kind = 'trail-day'";
        connection.execute_unprepared(fold).await.expect("he can");
        let faults = app.verify_trail().await.expect("the check itself works").faults;
        assert!(matches!(faults.as_slice(), [TrailFault::Row { day }] if *day == first), "{faults:?}");
        let gone = "DELETE FROM subject WHERE kind = 'trail-day'";
        connection.execute_unprepared(gone).await.expect("he can");
        let faults = app.verify_trail().await.expect("the check itself works").faults;
        assert!(matches!(faults.as_slice(), [TrailFault::Row { day }] if *day == first), "{faults:?}");
        assert_eq!(app.seal_trail().await.expect("sealing works"), 0, "the ledger knows that day");
    }

    /// Looking at a carry-out or a container waits for nobody who writes, and so keeps nobody waiting.
    async fn looking_waits_for_no_writer(db: TestDatabase) {
        let body = Body::under(&db, "national-default", &[]).await;
        let item = body.register("aoi", New::of(ItemKind::UsbMemory, &body)).await.expect("registered");
        let carry_out = body.request("aoi", body.plan(&[&item])).await.expect("asked");
        let (app, kansa) = (&body.town.app, body.who("kansa").await);
        let (begun, has_begun) = tokio::sync::oneshot::channel();
        let (end, ends) = tokio::sync::oneshot::channel::<()>();
        let store = body.store().clone();
        let writing = tokio::spawn(async move {
            store
                .write("test.hold", move |_| {
                    Box::pin(async move {
                        begun.send(()).expect("the test waits");
                        ends.await.expect("the test ends it");
                        Ok::<_, StoreError>(())
                    })
                })
                .await
        });
        has_begun.await.expect("the writer is held");
        let looked = tokio::time::timeout(Duration::from_secs(60), async {
            let shown = app.carry_out(&kansa, carry_out).await.expect("he may look");
            let container = app.container(&kansa, body.container).await.expect("he may look");
            (shown.id, container.id)
        });
        let looked = looked.await;
        end.send(()).expect("the writer waits");
        writing.await.expect("no panic").expect("a database");
        assert_eq!(looked.expect("looking waited for the writer"), (carry_out, body.container));
    }

    /// Every answer, also of the interfaces, of the health addresses and of what is not there, says that it is nothing to be
    /// framed, run or read by another site, and that browsers come through TLS only.
    async fn every_answer_bears_its_headers(db: TestDatabase) {
        let args = ["--public-url", "https://hokan.town.example.jp"].map(str::to_owned).to_vec();
        let town = ShellTown::with(db, ServerOptions { tls: Tls::Own, args, ..ServerOptions::default() }).await;
        let phone = town.phone(0).await;
        for path in [
            "/healthz",
            "/readyz",
            "/sign-in",
            "/",
            "/nowhere",
            "/static/app.css",
            "/trust/hokan-ca.crt",
            "/api/phone/v1/me",
            "/api/phone/v1/openapi.json",
            "/api/phone/v1/nowhere",
            "/api/v1/retention",
            "/api/v1/nowhere",
            "/api/nowhere",
        ] {
            for token in [None, Some(phone.token())] {
                let mut request = town.server.client().get(town.server.url(path));
                if let Some(token) = token {
                    request = request.bearer_auth(token).header("cookie", format!("{SESSION_COOKIE}={token}"));
                }
                let answer = request.send().await.expect("an answer");
                let header = |name: &str| {
                    let value = answer.headers().get(name).and_then(|value| value.to_str().ok());
                    value.unwrap_or_else(|| panic!("{path} bears no {name}")).to_owned()
                };
                assert!(header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
                assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
                assert_eq!(header("x-frame-options"), "DENY", "{path}");
                assert_eq!(header("cross-origin-resource-policy"), "same-origin", "{path}");
                assert_eq!(header("strict-transport-security"), "max-age=31536000; includeSubDomains", "{path}");
                assert!(header("cache-control").starts_with("no-"), "{path}");
                assert!(["same-origin", "no-referrer"].contains(&&*header("referrer-policy")), "{path}");
            }
        }
    }

    /// A label counts as seen by a camera only where the browser says that no page led there; a link and an address
    /// without such a word count as typed.
    async fn a_link_is_no_camera(db: TestDatabase) {
        let town = ShellTown::with(db, ServerOptions { tls: Tls::Own, ..ServerOptions::default() }).await;
        let (codes, _) = town.print_labels("a4-24", 1, 1);
        let phone = town.phone(0).await;
        phone.register(&codes[0], "usb-memory", "検査用").await;
        let cookie = format!("{SESSION_COOKIE}={}", phone.token());
        for (headers, method) in [
            (&[("sec-fetch-site", "none"), ("sec-fetch-mode", "navigate")][..], "camera"),
            (&[("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "navigate")], "typed"),
            (&[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")], "typed"),
            (&[("sec-fetch-site", "none"), ("sec-fetch-mode", "navigate"), ("referer", "https://x.example/")], "typed"),
            (&[("sec-fetch-site", "none"), ("sec-fetch-mode", "cors")], "typed"),
            (&[], "typed"),
        ] {
            let mut request = town.server.client().get(town.server.url(&format!("/L/{}", codes[0])));
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            let answer = request.header("cookie", &cookie).send().await.expect("an answer");
            let to = answer.headers().get("location").and_then(|to| to.to_str().ok()).expect("the item's page");
            assert!(to.contains(&format!("{}.{method}.", codes[0])), "{headers:?} led to {to}");
        }
    }
}

/// The town's own authority vouches for the names that it was made for and says so; for another it is not used.
#[test]
fn the_authority_is_for_its_own_names() {
    let folder = tempfile::tempdir().expect("a folder");
    let hosts = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let now = hokan_tests::town::start_of_time();
    let ours = hosts(&["hokan.town.example.jp", "192.0.2.7", "localhost", "127.0.0.1"]);
    let made = own_certificate(folder.path(), &ours, now).expect("certificates are made");
    let der = made.authority.expect("an authority").der;
    // id-ce-nameConstraints, critical (RFC 5280, 4.2.1.10).
    let critical = [0x06, 0x03, 0x55, 0x1d, 0x1e, 0x01, 0x01, 0xff];
    assert!(der.windows(critical.len()).any(|window| window == critical), "it has no bounds");
    assert!(der.windows(21).any(|window| window == b"hokan.town.example.jp"));
    own_certificate(folder.path(), &ours, now).expect("the same names");
    own_certificate(folder.path(), &ours[..2], now).expect("fewer names");
    let more = hosts(&["hokan.town.example.jp", "bank.example"]);
    let error = own_certificate(folder.path(), &more, now).expect_err("it is not for that one");
    assert!(matches!(&error, TlsError::OutsideAuthority { host, .. } if host == "bank.example"), "{error}");
    for name in ["ca.pem", "ca-key.pem"] {
        std::fs::remove_file(folder.path().join(name)).expect("moved away");
    }
    own_certificate(folder.path(), &more, now).expect("a new authority");
}
