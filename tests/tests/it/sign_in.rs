//! Signing in on the real server: passwords by the rules, second factors, proving again, and what nobody gets in
//! by.

use chrono::TimeDelta;
use hokan_domain::{japan_date::jst_date, person::Part};
use hokan_mobile_api::{Standing, auth::Origin, wire::SignInAnswer};
use hokan_server::{
    app::{Administered, App, ProfileText},
    demo,
    identity::{Entered, Opened, SignInError, code_of_step, steps_at},
    store::sessions::{Method, SessionKind},
};
use hokan_tests::{
    database::{Database, TestDatabase},
    factor, on_both_databases,
    phone::{Phone, read, read_problem},
    server::{Server, ServerOptions, Tls},
    town::{PASSWORD, ShellTown, Town, event, person},
};
use reqwest::{Response, StatusCode, header};
use serde_json::{Value, json};

const BASE: &str = "/api/phone/v1";
/// Nothing that anybody would guess.
const OTHER: &str = "zu7-okapi-regal-31";

fn origin() -> Origin {
    Origin { remote: Some([192, 0, 2, 1].into()), agent: "a test".to_owned() }
}

async fn enter(app: &App, login: &str, password: &str) -> Result<Entered, SignInError> {
    app.identity().sign_in(login, password, SessionKind::Browser, &origin()).await
}

async fn done(app: &App, login: &str, password: &str) -> Opened {
    match enter(app, login, password).await.expect("the password is right") {
        Entered::Done(opened) => *opened,
        Entered::Second(_) => panic!("{login} has a second factor"),
    }
}

async fn step(app: &App, login: &str) -> String {
    match enter(app, login, PASSWORD).await.expect("the password is right") {
        Entered::Second(second) => second.token,
        Entered::Done(_) => panic!("{login} has no second factor"),
    }
}

async fn lives(app: &App, token: &str) -> bool {
    app.identity().identify(token).await.expect("a database").is_some()
}

/// The code of a time step near the town's clock.
fn code(town: &Town, login: &str, offset: i64) -> String {
    let now = *steps_at(town.clock.now()).start() + 1;
    code_of_step(&demo::totp_secret(login), now + offset)
}

async fn officer(town: &Town, login: &str) {
    let caller = person(&town.app, login, &[Part::Approver]).await;
    town.app.identity().set_totp(caller.person.id, demo::totp_secret(login)).await.expect("a database");
}

on_both_databases! {
    /// A code opens a session once, and only near its time; a session that was opened with it is proven.
    async fn a_code_is_taken_once_and_near_its_time(db: TestDatabase) {
        let town = Town::on(&db).await;
        officer(&town, "kacho").await;
        let identity = town.app.identity();
        let waits = step(&town.app, "kacho").await;
        for wrong in [code(&town, "kacho", 2), code(&town, "kacho", -2), "000000x".to_owned()] {
            let answer = identity.second_step(&waits, &wrong, &origin()).await;
            assert!(matches!(answer, Err(SignInError::WrongCode)), "{wrong}: {answer:?}");
        }
        let right = code(&town, "kacho", 0);
        let opened = identity.second_step(&waits, &right, &origin()).await.expect("a session");
        assert_eq!((opened.session.method, opened.standing), (Method::PasswordAndCode, Standing::Full));
        assert_eq!(opened.session.proven_at, Some(town.clock.now()));
        let again = identity.second_step(&waits, &right, &origin()).await;
        assert!(matches!(again, Err(SignInError::StepOver)), "the step was used: {again:?}");
        let waits = step(&town.app, "kacho").await;
        for used in [right, code(&town, "kacho", -1)] {
            let replayed = identity.second_step(&waits, &used, &origin()).await;
            assert!(matches!(replayed, Err(SignInError::WrongCode)), "{replayed:?}");
        }
        town.clock.set(town.clock.now() + TimeDelta::seconds(30));
        identity.second_step(&waits, &code(&town, "kacho", 0), &origin()).await.expect("the next code");
    }

    /// A second step that takes too long, or in which too many codes were wrong, begins anew with the password;
    /// and codes are bounded over all steps, also for somebody who knows the password.
    async fn codes_cannot_be_guessed(db: TestDatabase) {
        let town = Town::on(&db).await;
        officer(&town, "kacho").await;
        let identity = town.app.identity();
        let waits = step(&town.app, "kacho").await;
        town.clock.set(town.clock.now() + TimeDelta::minutes(11));
        let late = identity.second_step(&waits, &code(&town, "kacho", 0), &origin()).await;
        assert!(matches!(late, Err(SignInError::StepOver)), "{late:?}");

        let mut looked_at = 0;
        for _ in 0..6 {
            let waits = step(&town.app, "kacho").await;
            for _ in 0..10 {
                match identity.second_step(&waits, "123456x", &origin()).await {
                    Err(SignInError::WrongCode) => looked_at += 1,
                    Err(SignInError::StepOver | SignInError::Wait(_)) => {}
                    other => panic!("{other:?}"),
                }
            }
        }
        assert_eq!(looked_at, 6, "of sixty attempts");
        town.clock.set(town.clock.now() + TimeDelta::minutes(6));
        let waits = step(&town.app, "kacho").await;
        identity.second_step(&waits, &code(&town, "kacho", 0), &origin()).await.expect("not for good");
    }

    /// Ten recovery codes are shown once when an app is set up; each lets in once, without the app.
    async fn a_recovery_code_lets_in_once(db: TestDatabase) {
        let town = Town::on(&db).await;
        let caller = person(&town.app, "kacho", &[Part::Witness]).await;
        let identity = town.app.identity();
        let opened = done(&town.app, "kacho", PASSWORD).await;
        assert_eq!(opened.standing, Standing::MustEnrol, "his part needs a second factor");
        let enrolment = identity.begin_totp(opened.session.id, caller.person.id, "kacho", "見本町").await;
        let enrolment = enrolment.expect("an app begins");
        let again = identity.begin_totp(opened.session.id, caller.person.id, "kacho", "見本町").await;
        assert_eq!(again.expect("it goes on").secret, enrolment.secret, "a reload changes nothing");
        assert!(!format!("{enrolment:?}").contains(&enrolment.secret));
        let app = totp_rs::Totp::from_url(&enrolment.uri).expect("an address that apps read");
        let seconds = u64::try_from(town.clock.now().timestamp()).expect("after 1970");
        let shown = app.generate(seconds).to_string();
        let enrolled = identity.confirm_totp(&opened.token, &shown).await.expect("it is set up");
        assert_eq!(enrolled.opened.standing, Standing::Full);
        assert!(!lives(&town.app, &opened.token).await, "the session has a new token");
        assert_eq!(enrolled.recovery_codes.len(), 10);

        let first = &enrolled.recovery_codes[0];
        let waits = step(&town.app, "kacho").await;
        let typed = first.to_uppercase().replace('-', " ");
        identity.second_step(&waits, &typed, &origin()).await.expect("it lets in");
        let waits = step(&town.app, "kacho").await;
        let again = identity.second_step(&waits, first, &origin()).await;
        assert!(matches!(again, Err(SignInError::WrongCode)), "{again:?}");
        let left = town.app.store().factors(caller.person.id).await.expect("a database");
        assert_eq!((left.totp, left.recovery_codes), (true, 9));
    }

    /// Whoever gets a one-time secret may do nothing with it but choose a password of his own, by the rules, and
    /// not for long; the secret is nothing that anybody else knows, and ends what was open before.
    ///
    /// req: YB-008
    /// req: KT-029
    /// req: KT-031
    async fn a_one_time_secret_must_be_changed_and_expires(db: TestDatabase) {
        let town = Town::on(&db).await;
        let before = done(&town.app, "aoi", PASSWORD).await;
        let secret = town.app.reset_password("aoi").await.expect("a secret");
        assert!(!lives(&town.app, &before.token).await, "sessions end with the reset");
        assert!(matches!(enter(&town.app, "aoi", PASSWORD).await, Err(SignInError::Wrong)));
        let opened = done(&town.app, "aoi", &secret).await;
        assert_eq!(opened.standing, Standing::MustChangePassword);
        let identity = town.app.identity();
        let about = ("見本町", "hokan.example");
        for (new, fault) in [("short", "too-short"), ("aoi-aoi-okapi-31-x", "about-oneself")] {
            let refused = identity.change_password(&opened.token, &secret, new, about, &origin()).await;
            let Err(SignInError::Refused(refusals)) = refused else { panic!("{new}: {refused:?}") };
            assert!(refusals.iter().any(|refusal| refusal.fault.code() == fault), "{refusals:?}");
        }
        let same = identity.change_password(&opened.token, &secret, &secret, about, &origin()).await;
        assert!(matches!(same, Err(SignInError::Refused(_))), "{same:?}");
        let wrong = identity.change_password(&opened.token, "x", OTHER, about, &origin()).await;
        assert!(matches!(wrong, Err(SignInError::Wrong)), "{wrong:?}");
        let changed = identity.change_password(&opened.token, &secret, OTHER, about, &origin()).await;
        let changed = changed.expect("it is changed");
        assert_eq!(changed.standing, Standing::Full);
        assert!(!lives(&town.app, &opened.token).await && lives(&town.app, &changed.token).await);
        assert!(matches!(enter(&town.app, "aoi", &secret).await, Err(SignInError::Wrong)), "it was used");

        let secret = town.app.reset_password("aoi").await.expect("another secret");
        let holds = town.app.profile().sign_in.initial.0;
        town.clock.set(town.clock.now() + holds);
        assert!(matches!(enter(&town.app, "aoi", &secret).await, Err(SignInError::Wrong)), "it is too old");
    }

    /// Under a regulation that asks for regular change, an old password opens nothing but the form for changing
    /// it, and the last ones cannot be used again.
    ///
    /// req: YB-038
    /// req: YB-039
    async fn passwords_are_changed_regularly_and_not_reused(db: TestDatabase) {
        let town = Town::on(&db).await;
        let text = ProfileText::shipped("yabu").expect("it comes with Hokan");
        let by = town.handlers[0].person.id;
        let today = jst_date(town.clock.now());
        let adopted = town.app.adopt_profile(&text, Default::default(), Some(today), by, event()).await;
        let rules = adopted.expect("adopted").sign_in.password.clone();
        let identity = town.app.identity();
        let about = ("見本町", "hokan.example");
        let opened = done(&town.app, "aoi", PASSWORD).await;
        let unmixed = identity
            .change_password(&opened.token, PASSWORD, "zuokapiregalxbquick", about, &origin())
            .await;
        let Err(SignInError::Refused(refusals)) = unmixed else { panic!("{unmixed:?}") };
        assert!(refusals.iter().any(|refusal| {
            refusal.fault.code() == "not-mixed"
                && refusal.source.cite(hokan_domain::text::Lang::Ja).contains("第11条第2項第3号")
        }));
        let changed = identity.change_password(&opened.token, PASSWORD, OTHER, about, &origin()).await;
        let changed = changed.expect("it is changed");
        let reused = identity.change_password(&changed.token, OTHER, OTHER, about, &origin()).await;
        let Err(SignInError::Refused(refusals)) = reused else { panic!("{reused:?}") };
        assert_eq!(refusals[0].fault.code(), "used-before");
        assert!(refusals[0].source.cite(hokan_domain::text::Lang::Ja).contains("第11条第2項第4号"));
        let (age, _) = rules.max_age.expect("a longest age");
        town.clock.set(town.clock.now() + age + TimeDelta::minutes(1));
        let opened = done(&town.app, "aoi", OTHER).await;
        assert_eq!(opened.standing, Standing::MustChangePassword, "it is too old");
    }

    /// Somebody who is suspended is out at once, also where he is signed in, and in again when it is lifted.
    async fn a_suspension_ends_sessions_at_once(db: TestDatabase) {
        let town = Town::on(&db).await;
        let person = town.handlers[0].person.id;
        let opened = done(&town.app, "aoi", PASSWORD).await;
        town.app.administer_as(None, person, Administered::Suspend).await.expect("suspended");
        assert!(!lives(&town.app, &opened.token).await);
        let listed = town.app.store().sessions_of(person).await.expect("a database");
        assert!(listed.is_empty(), "the rows are gone: {listed:?}");
        assert!(matches!(enter(&town.app, "aoi", PASSWORD).await, Err(SignInError::Wrong)));
        town.app.administer_as(None, person, Administered::Restore).await.expect("restored");
        assert!(!lives(&town.app, &opened.token).await, "what ended stays ended");
        done(&town.app, "aoi", PASSWORD).await;
    }

    /// Guesses at a password are bounded in number, from one place and from many; another name from there is let
    /// in, and so is the person himself where he was signed in before.
    async fn guesses_are_bounded_and_lock_nobody_out(db: TestDatabase) {
        let town = Town::on(&db).await;
        let from = |address: [u8; 4]| Origin { remote: Some(address.into()), agent: String::new() };
        let attempt = async |address: [u8; 4], password: &str| {
            town.app.identity().sign_in("aoi", password, SessionKind::Browser, &from(address)).await
        };
        attempt([192, 0, 2, 7], PASSWORD).await.expect("his own desk");
        let mut looked_at = 0;
        for _ in 0..30 {
            looked_at += u32::from(matches!(attempt([198, 51, 100, 1], "x").await, Err(SignInError::Wrong)));
        }
        assert_eq!(looked_at, 5);
        let refused = attempt([198, 51, 100, 1], PASSWORD).await;
        assert!(matches!(refused, Err(SignInError::Wait(_))), "also with the right one: {refused:?}");
        let other = from([198, 51, 100, 1]);
        let other = town.app.identity().sign_in("beni", PASSWORD, SessionKind::Browser, &other).await;
        other.expect("another name");
        for last in 2..60 {
            let _ = attempt([198, 51, 100, last], "x").await;
        }
        let elsewhere = attempt([198, 51, 100, 99], "x").await;
        assert!(matches!(elsewhere, Err(SignInError::Wait(_))), "{elsewhere:?}");
        attempt([192, 0, 2, 7], PASSWORD).await.expect("still his own desk");
    }

    /// Where a request came from is believed of a proxy that the settings name, and of nobody else: guesses are then
    /// counted where they are made, and everybody else signs in from where he is.
    async fn a_named_proxy_tells_where_requests_come_from(db: TestDatabase) {
        let args = ["--trusted-proxies", "127.0.0.1,::1"].map(str::to_owned).to_vec();
        let mut town = ShellTown::with(db, ServerOptions { tls: Tls::Own, args, ..Default::default() }).await;
        let sign_in = async |town: &ShellTown, from: &str, password: &str| {
            let body = json!({ "login": "aoi", "password": password });
            let request = town.server.client().post(town.server.url(&format!("{BASE}/sign-in"))).json(&body);
            request.header("x-forwarded-for", from).send().await.expect("an answer")
        };
        let guess = async |town: &ShellTown, said: &dyn Fn(u8) -> String| {
            let mut looked_at = 0;
            for guess in 0..8 {
                let answer = sign_in(town, &said(guess), "x").await;
                looked_at += u32::from(answer.status() == StatusCode::UNAUTHORIZED);
            }
            looked_at
        };
        // Whoever asks may write what he likes before what the proxy adds.
        let from_one_place = |guess: u8| format!("10.0.0.{guess}, 198.51.100.1");
        assert_eq!(guess(&town, &from_one_place).await, 5);
        let own = sign_in(&town, "203.0.113.9", PASSWORD).await;
        let own: SignInAnswer = read(own, StatusCode::OK).await;
        let token = own.token.expect("a token");
        let page = town.server.client().get(town.server.url("/account"));
        let page = page.header(header::COOKIE, format!("__Host-hokan={token}")).send().await.expect("an answer");
        let page = page.text().await.expect("a page");
        assert!(page.contains("203.0.113.9"), "the list of sessions says from where");

        // The same server without the setting believes nobody.
        town.server.stop().await;
        let data_dir = Some(town.server.data_dir().to_owned());
        let database_url = Some(town.database.url().to_owned());
        let plain = ServerOptions { data_dir, database_url, tls: Tls::Own, ..Default::default() };
        town.server = Server::start(plain).await;
        assert_eq!(guess(&town, &|guess| format!("198.51.100.{guess}")).await, 5);
    }

    /// The link by which the first administrator is made works once, until it is a day old or there is one, and
    /// only the last that was printed; the password is judged, and the part needs a second factor.
    async fn the_first_administrator_comes_by_a_link_that_works_once(db: TestDatabase) {
        let town = Town::on(&db).await;
        let token = |path: Option<String>| path.expect("a link")["/setup/".len()..].to_owned();
        let first = token(town.app.new_setup_link().await.expect("a database"));
        let link = token(town.app.new_setup_link().await.expect("a database"));
        let make = async |link: &str, login: &str, password: &str| {
            town.app.first_administrator(link, login, "中村 学", password).await
        };
        assert!(make(&first, "nakamura", OTHER).await.is_err(), "a newer one was printed");
        assert!(make(&link, "nakamura", "hokan").await.is_err(), "a password is judged");
        assert!(make("x", "nakamura", OTHER).await.is_err());
        town.clock.set(town.clock.now() + TimeDelta::hours(24));
        assert!(make(&link, "nakamura", OTHER).await.is_err(), "it is too old");
        let link = token(town.app.new_setup_link().await.expect("a database"));
        make(&link, "nakamura", OTHER).await.expect("the first administrator");
        assert!(make(&link, "second", OTHER).await.is_err(), "it works once");
        assert_eq!(town.app.new_setup_link().await.expect("a database"), None, "there is one");
        let opened = done(&town.app, "nakamura", OTHER).await;
        assert_eq!(opened.standing, Standing::MustEnrol);
    }
}

// --------------------------------------------------------------------------------------- over the connection

/// A browser without a screen: cookies and forms.
struct Desk {
    client: reqwest::Client,
    base: String,
}

impl Desk {
    fn at(server: &Server) -> Self {
        Self { client: server.client(), base: server.url("") }
    }

    async fn page(&self, path: &str) -> (StatusCode, String) {
        let answer = self.client.get(format!("{}{path}", self.base)).send().await.expect("an answer");
        (answer.status(), answer.text().await.expect("a body"))
    }

    /// Sends a form with the token that stands on a page.
    async fn send(&self, from: &str, to: &str, fields: &[(&str, &str)]) -> Response {
        let (_, page) = self.page(from).await;
        self.send_as(&token_in(&page), to, fields).await
    }

    async fn send_as(&self, csrf: &str, to: &str, fields: &[(&str, &str)]) -> Response {
        let fields: Vec<_> = [("csrf", csrf)].iter().chain(fields).copied().collect();
        let body = fields.iter().map(|(key, value)| format!("{key}={}", encoded(value)));
        let body = body.collect::<Vec<_>>().join("&");
        self.client
            .post(format!("{}{to}", self.base))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body)
            .send()
            .await
            .expect("an answer")
    }

    async fn password(&self, login: &str) -> Response {
        self.send("/sign-in", "/sign-in", &[("login", login), ("password", PASSWORD)]).await
    }

    /// Name, password and code.
    async fn sign_in(&self, server: &Server, login: &str) -> Response {
        let answer = self.password(login).await;
        assert_eq!(location(&answer), "/sign-in/second");
        let code = factor::next_code(server, login).await;
        let answer = self.send("/sign-in/second", "/sign-in/second", &[("proof_code", &code)]).await;
        assert_eq!((answer.status(), location(&answer).as_str()), (StatusCode::SEE_OTHER, "/"));
        answer
    }
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn token_in(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"csrf\" value=\"").expect("a form");
    rest.split('"').next().expect("a token").to_owned()
}

fn location(answer: &Response) -> String {
    let place = answer.headers().get(header::LOCATION).and_then(|place| place.to_str().ok());
    place.unwrap_or_default().to_owned()
}

/// The value that an answer sets for the cookie of the session.
fn session_of(answer: &Response) -> String {
    let cookies = answer.headers().get_all(header::SET_COOKIE).iter();
    let found = cookies.filter_map(|cookie| cookie.to_str().ok()).find_map(|cookie| {
        let (name, rest) = cookie.split_once('=')?;
        (name == "__Host-hokan").then(|| rest.to_owned())
    });
    let found = found.expect("a session");
    assert!(found.contains("; Secure; HttpOnly; SameSite=Lax") && !found.contains("Expires"), "{found}");
    found.split(';').next().expect("a value").to_owned()
}

async fn town(database: Database) -> ShellTown {
    let options = ServerOptions { tls: Tls::Own, ..ServerOptions::default() };
    let town = ShellTown::with(TestDatabase::fresh(database).await, options).await;
    town.add("soumu", "総務 次郎", "administrator").await;
    town
}

async fn status_with(server: &Server, cookie: &str) -> StatusCode {
    let request = server.client().get(server.url("/account")).header(header::COOKIE, cookie);
    request.send().await.expect("an answer").status()
}

/// A session never goes on under a token that was there before a rise: one that was set beforehand is not adopted,
/// the one from before the second step is none, proving again makes a new one, and what was signed out is dead.
/// Signing in at a desk ends the session that the browser had.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_change_with_every_rise_and_die() {
    let town = town(Database::Sqlite).await;
    let server = &town.server;
    let desk = Desk::at(server);
    let planted = server
        .client()
        .post(server.url("/sign-in"))
        .header(header::COOKIE, "__Host-hokan=planted")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body("login=soumu&password=x&csrf=x")
        .send()
        .await
        .expect("an answer");
    assert_eq!(planted.status(), StatusCode::FORBIDDEN, "a form needs its token");
    assert_eq!(status_with(server, "__Host-hokan=planted").await, StatusCode::SEE_OTHER);

    let opened = session_of(&desk.sign_in(server, "soumu").await);
    assert_eq!(status_with(server, &format!("__Host-hokan={opened}")).await, StatusCode::OK);
    let code = factor::next_code(server, "soumu").await;
    let proven = desk.send("/account/prove", "/account/prove", &[("proof_code", &code)]).await;
    let proven = session_of(&proven);
    assert_ne!(proven, opened);
    assert_eq!(status_with(server, &format!("__Host-hokan={opened}")).await, StatusCode::SEE_OTHER);

    let (_, page) = desk.page("/account").await;
    let csrf = token_in(&page);
    // Somebody else signs in at the same browser.
    let answer = desk.send_as(&csrf, "/sign-in", &[("login", "aoi"), ("password", PASSWORD)]).await;
    let aoi = session_of(&answer);
    assert_eq!(status_with(server, &format!("__Host-hokan={proven}")).await, StatusCode::SEE_OTHER);
    desk.send("/account", "/sign-out", &[]).await;
    assert_eq!(status_with(server, &format!("__Host-hokan={aoi}")).await, StatusCode::SEE_OTHER);
}

/// One's own sessions are listed; each can be ended, and all others at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn own_sessions_are_listed_and_ended() {
    let town = town(Database::Sqlite).await;
    let phone = town.phone(0).await;
    let desk = Desk::at(&town.server);
    desk.password("aoi").await;
    let (status, page) = desk.page("/account").await;
    assert_eq!(status, StatusCode::OK);
    let (_, rest) = page.split_once("/account/sessions/ses_").expect("the phone's session");
    let id = rest.split('/').next().expect("its name");
    let beni = Desk::at(&town.server);
    beni.password("beni").await;
    let foreign = beni.send("/account", &format!("/account/sessions/ses_{id}/end"), &[]).await;
    assert_eq!(foreign.status(), StatusCode::NOT_FOUND, "nobody ends another's");
    phone.me().await;
    desk.send("/account", &format!("/account/sessions/ses_{id}/end"), &[]).await;
    read_problem(phone.get("/me").await.expect("an answer"), 401, "unauthenticated").await;
    let (one, two) = (town.phone(0).await, town.phone(0).await);
    desk.send("/account", "/account/sessions/end-others", &[]).await;
    for phone in [one, two] {
        read_problem(phone.get("/me").await.expect("an answer"), 401, "unauthenticated").await;
    }
    assert_eq!(desk.page("/account").await.0, StatusCode::OK, "this one goes on");
}

/// An act that needs it asks for a code, holds what was sent, and goes on with it; a wrong code does nothing and
/// loses nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_goes_on_after_the_proof() {
    let mut town = town(Database::Sqlite).await;
    let administrator = Desk::at(&town.server);
    administrator.sign_in(&town.server, "soumu").await;
    make_stale(&mut town, "soumu").await;
    let (_, page) = administrator.page("/accounts").await;
    let (_, rest) = page.split_once("/accounts/per_").expect("somebody");
    let forms: Vec<_> = page.match_indices("action=\"/accounts/per_").collect();
    assert!(forms.len() >= 4, "everybody is listed: {rest}");
    let aoi = town.shell(&["user", "list"]);
    let aoi = aoi.lines().find(|line| line.starts_with("aoi\t")).expect("aoi");
    let aoi = aoi.split('\t').nth(1).expect("an id").to_owned();
    let address = format!("/accounts/{aoi}");
    let asked = administrator.send("/accounts", &address, &[("what", "reset")]).await;
    let asked = asked.text().await.expect("a page");
    assert!(asked.contains("name=\"what\" value=\"reset\""), "{asked}");
    assert!(asked.contains(&format!("action=\"{address}?proof=yes\"")), "{asked}");
    let csrf = token_in(&asked);
    let target = format!("{address}?proof=yes");
    let wrong = administrator.send_as(&csrf, &target, &[("what", "reset"), ("proof_code", "000000")]).await;
    assert_eq!(wrong.status(), StatusCode::FORBIDDEN);
    let wrong = wrong.text().await.expect("a page");
    assert!(wrong.contains("name=\"what\" value=\"reset\""), "nothing is lost: {wrong}");
    Phone::sign_in(&town.server, "aoi", PASSWORD).await;
    let code = factor::next_code(&town.server, "soumu").await;
    let forged = administrator.send_as("x", &target, &[("what", "reset"), ("proof_code", &code)]).await;
    assert_eq!(forged.status(), StatusCode::FORBIDDEN, "another site's form");
    let reset = administrator.send_as(&csrf, &target, &[("what", "reset"), ("proof_code", &code)]).await;
    assert_eq!(reset.status(), StatusCode::OK);
    session_of(&reset);
    let reset = reset.text().await.expect("a page");
    let (_, rest) = reset.split_once("<code id=\"secret\">").expect("a one-time secret");
    let secret = rest.split('<').next().expect("the secret");
    let body = json!({ "login": "aoi", "password": secret });
    let url = town.server.url(&format!("{BASE}/sign-in"));
    let answer = town.server.client().post(url).json(&body).send().await.expect("an answer");
    let answer: SignInAnswer = read(answer, StatusCode::OK).await;
    assert_eq!(serde_json::to_value(answer.next).expect("a word"), "change-password");
    // Fresh now: the next act is done at once.
    let again = administrator.send("/accounts", &address, &[("what", "suspend")]).await;
    assert!(again.text().await.expect("a page").contains("停止中"));
}

/// Makes a session's proof too old, as if somebody had gone for lunch.
async fn make_stale(town: &mut ShellTown, login: &str) {
    town.server.stop().await;
    let path = town.database.url().trim_start_matches("sqlite://");
    let path = path.split('?').next().expect("a path");
    let connection = rusqlite::Connection::open(path).expect("the database");
    let changed = connection
        .execute(
            "UPDATE session SET proven_at = proven_at - 600000, created_at = created_at - 600000 \
             WHERE person = (SELECT id FROM person WHERE login = ?1)",
            [login],
        )
        .expect("a session");
    assert_eq!(changed, 1);
    drop(connection);
    town.server.start_again().await;
}

/// A discrepancy is settled on the page only after a factor was shown again; what is settled as untrue is gone from the
/// list, and stays in the history with words that say so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_discrepancy_is_settled_on_the_page_after_the_proof() {
    let mut town = town(Database::Sqlite).await;
    town.shell(&["role", "grant", "soumu", "general-officer"]);
    let (codes, _) = town.print_labels("a4-24", 1, 1);
    let (aoi, beni) = (town.phone(0).await, town.phone(1).await);
    let item = aoi.register(&codes[0], "usb-memory", "受渡し用").await.item.id;
    let batch = json!({ "device": uuid::Uuid::new_v4(), "observations": [{
        "event_id": event(), "device_seq": 2, "occurred_at": hokan_server::clock::Clock::system().now(), "observed": "taken-out",
        "scan": { "code": codes[0], "method": "camera" },
    }]});
    let _: Value = read(beni.post("/observations", &batch).await.expect("an answer"), StatusCode::OK).await;
    let holder = async || aoi.item(&item.to_string()).await.custody.person.map(|person| person.name);
    assert_eq!(holder().await.as_deref(), Some("紅"));

    let desk = Desk::at(&town.server);
    desk.sign_in(&town.server, "soumu").await;
    make_stale(&mut town, "soumu").await;
    let (_, page) = desk.page("/discrepancies").await;
    assert!(page.contains("name=\"outcome\" value=\"dismissed\""), "{page}");
    let value = |name: &str| {
        let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\"")).expect("a field");
        rest.split('"').next().expect("a value").to_owned()
    };
    let (event_id, finding, kind) = (value("event_id"), value("finding_event"), value("finding_kind"));
    assert_eq!(kind, "taken-out-while-held");
    let fields = [
        ("act", "settle-discrepancy"),
        ("event_id", &event_id),
        ("back", "/discrepancies"),
        ("finding_event", &finding),
        ("finding_kind", &kind),
        ("outcome", "dismissed"),
        ("reason", "紅さんは取り出していない"),
    ];
    let acts = format!("/items/{item}/acts");
    let asked = desk.send("/discrepancies", &acts, &fields).await.text().await.expect("a page");
    assert!(asked.contains(&format!("action=\"{acts}?proof=yes\"")), "{asked}");
    assert!(asked.contains("name=\"outcome\" value=\"dismissed\""), "{asked}");
    assert_eq!(holder().await.as_deref(), Some("紅"), "nothing is settled yet");
    let code = factor::next_code(&town.server, "soumu").await;
    let proven: Vec<_> = fields.into_iter().chain([("proof_code", code.as_str())]).collect();
    let settled = desk.send_as(&token_in(&asked), &format!("{acts}?proof=yes"), &proven).await;
    assert_eq!((settled.status(), location(&settled).as_str()), (StatusCode::SEE_OTHER, "/discrepancies"));
    assert_eq!(holder().await.as_deref(), Some("葵"), "it is where it was");
    let (_, list) = desk.page("/discrepancies").await;
    assert!(list.contains("食い違いはありません。"), "{list}");
    let (_, page) = desk.page(&format!("/items/{item}")).await;
    assert!(page.contains("</s>") && page.contains("事実でないと処理済み"), "{page}");
    assert!(page.contains("紅さんは取り出していない"), "{page}");
    assert!(town.shell(&["ledger", "verify"]).contains("OK"));
    assert!(town.shell(&["ledger", "rebuild", "--check"]).contains("OK  the rows agree"));
}

/// A contract is approved only after a factor was shown again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_contract_is_approved_after_the_proof() {
    let mut town = town(Database::Sqlite).await;
    town.shell(&["division", "add", "住民課"]);
    town.shell(&["role", "grant", "soumu", "protection-officer", "--division", "住民課"]);
    let aoi = town.phone(0).await;
    let officer = Phone::sign_in(&town.server, "soumu", PASSWORD).await;
    make_stale(&mut town, "soumu").await;
    let client = town.server.client();
    let send = async |token: &str, path: &str, mut body: Value| {
        body["event_id"] = json!(event());
        let request = client.post(town.server.url(&format!("/api/v1{path}"))).bearer_auth(token).json(&body);
        request.send().await.expect("an answer")
    };
    let draft = json!({ "contractor": "株式会社見本", "subject": "届出書の入力", "from": "2026-04-01" });
    let drafted: Value = read(send(aoi.token(), "/contracts", draft).await, StatusCode::OK).await;
    let acts = format!("/contracts/{}/acts", drafted["contract"]["id"].as_str().expect("an id"));
    let proposed = json!({ "act": "propose", "content": "入力", "reason": "人手", "protection": "暗号化" });
    let _: Value = read(send(aoi.token(), &acts, proposed).await, StatusCode::OK).await;
    let approve = || json!({ "act": "approve" });
    // Whoever may not is told that, and not asked to prove himself.
    read_problem(send(aoi.token(), &acts, approve()).await, 403, "own-request").await;
    read_problem(send(officer.token(), &acts, approve()).await, 403, "second-factor-needed").await;
    let code = factor::next_code(&town.server, "soumu").await;
    let proven: Value =
        read(officer.post("/prove", &json!({ "code": code })).await.expect("an answer"), StatusCode::OK)
            .await;
    let token = proven["token"].as_str().expect("a token");
    let _: Value = read(send(token, &acts, approve()).await, StatusCode::OK).await;
}

/// A phone without a fresh proof is told so, proves itself, and goes on under a new token.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_proves_itself_again() {
    let mut town = town(Database::Sqlite).await;
    let phone = Phone::sign_in(&town.server, "soumu", PASSWORD).await;
    make_stale(&mut town, "soumu").await;
    let client = town.server.client();
    let value = json!({ "value": "password-characters", "number": 14 });
    let set = async |token: &str| {
        let request = client.post(town.server.url("/api/v1/profile/values")).bearer_auth(token).json(&value);
        request.send().await.expect("an answer")
    };
    read_problem(set(phone.token()).await, 403, "second-factor-needed").await;
    let wrong = phone.post("/prove", &json!({ "code": "000000" })).await.expect("an answer");
    read_problem(wrong, 403, "wrong-code").await;
    let code = factor::next_code(&town.server, "soumu").await;
    let proven: Value =
        read(phone.post("/prove", &json!({ "code": code })).await.expect("an answer"), StatusCode::OK).await;
    let token = proven["token"].as_str().expect("a token");
    assert_eq!(set(token).await.status(), StatusCode::OK);
    read_problem(phone.get("/me").await.expect("an answer"), 401, "unauthenticated").await;
}

/// The server prints the link for the first administrator on its console, and who opens it sets up everything on
/// pages: name, password, authenticator app, recovery codes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_start_leads_to_an_administrator_with_two_factors() {
    let server = Server::start(ServerOptions { tls: Tls::Own, ..ServerOptions::default() }).await;
    let log = server.log();
    let (_, rest) = log.split_once("/setup/").expect("a link on the console");
    let link = format!("/setup/{}", rest.split_whitespace().next().expect("its secret"));
    let desk = Desk::at(&server);
    assert_eq!(desk.page("/setup/nonsense").await.0, StatusCode::NOT_FOUND);
    let who = [("name", "中村 学"), ("login", "nakamura")];
    let weak = [who[0], who[1], ("new", "password"), ("again", "password")];
    let refused = desk.send(&link, &link, &weak).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let strong = [who[0], who[1], ("new", OTHER), ("again", OTHER)];
    let made = desk.send(&link, &link, &strong).await;
    assert_eq!(location(&made), "/account/second-factor");
    assert_eq!(desk.page(&link).await.0, StatusCode::NOT_FOUND, "it was used");
    let inside = desk.client.get(server.url("/items")).send().await.expect("an answer");
    assert!(location(&inside).starts_with("/account/second-factor"), "nothing else is open yet");
    let (_, page) = desk.page("/account/second-factor").await;
    let (_, rest) = page.split_once("<code id=\"secret\" class=\"wrap\">").expect("a secret");
    let secret = rest.split('<').next().expect("the secret");
    let app = totp_rs::Totp::from_url(format!("otpauth://totp/x?secret={secret}")).expect("an app");
    let code = app.generate_current().to_string();
    let csrf = token_in(&page);
    let added = desk.send_as(&csrf, "/account/second-factor", &[("proof_code", &code)]).await;
    assert_eq!(added.status(), StatusCode::OK);
    let codes = added.text().await.expect("a page");
    assert_eq!(codes.matches("<li><code>").count(), 10, "{codes}");
    assert_eq!(desk.page("/items").await.0, StatusCode::OK);
    assert_eq!(desk.page("/accounts").await.0, StatusCode::OK);
}

/// A demonstration is served by `hokan demo` alone, and a register of one's own is never shown as one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_demonstration_is_never_served_as_a_register() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("town").display().to_string();
    hokan_tests::server::run_hokan(["demo", "--dir", &data, "--seed-only"]);
    let refused = hokan_tests::server::hokan()
        .args(["serve", "--tls", "off", "--listen", "127.0.0.1:0", "--data-dir", &data])
        .output()
        .expect("hokan runs");
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("demonstration"));
    let town = ShellTown::on(TestDatabase::fresh(Database::Sqlite).await).await;
    let flags = ["--database-url", town.database.url(), "--seed-only", "--dir"];
    let refused = hokan_tests::server::hokan()
        .arg("demo")
        .args(flags)
        .arg(town.server.data_dir())
        .output()
        .expect("hokan runs");
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("no demonstration"));
}
