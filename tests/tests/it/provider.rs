//! Signing in through the body's identity provider, on the real server over TLS.

use chrono::TimeDelta;
use hokan_tests::{
    database::TestDatabase,
    on_both_databases,
    phone::read,
    provider::{CLIENT_SECRET, Says, TestProvider},
    server::{ServerOptions, Tls},
    town::ShellTown,
};
use reqwest::{Client, Response, StatusCode};
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::Value;

/// A town whose people may come through a provider; `hana` bears a mail address.
async fn town(db: TestDatabase, provider: &TestProvider, more: &[&str]) -> ShellTown {
    let mut args = provider.flags();
    args.extend(more.iter().copied().map(str::to_owned));
    let env = vec![("HOKAN_PROVIDER_CLIENT_SECRET".to_owned(), CLIENT_SECRET.to_owned())];
    let town = ShellTown::with(db, ServerOptions { tls: Tls::Own, args, env, ..Default::default() }).await;
    town.shell(&["user", "add", "hana", "花", "--part", "handler", "--email", "Hana@town.example.jp"]);
    town
}

fn location(answer: &Response) -> String {
    assert!(answer.status().is_redirection(), "{}", answer.status());
    answer.headers()["location"].to_str().expect("an address").to_owned()
}

/// Sends the form that leads to the provider.
async fn begin(town: &ShellTown, browser: &Client) -> Response {
    begin_at(town, browser, "/sign-in", "next=%2Fitems").await
}

/// The same from the form on this page.
async fn begin_at(town: &ShellTown, browser: &Client, page: &str, fields: &str) -> Response {
    let form = browser.get(town.server.url(page)).send().await.expect("an answer");
    let page = form.text().await.expect("a page");
    let (_, page) = page.split_once("action=\"/sign-in/provider\"").expect("a form that leads there");
    let (_, rest) = page.split_once("name=\"csrf\" value=\"").expect("a form");
    let csrf = rest.split_once('"').expect("its end").0.to_owned();
    let request = browser.post(town.server.url("/sign-in/provider"));
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    request.body(format!("csrf={csrf}&{fields}")).send().await.expect("an answer")
}

/// To the provider and back; the address with which the browser comes back.
async fn sent_back(town: &ShellTown, browser: &Client) -> String {
    let there = address_there(&begin(town, browser).await);
    let there = browser.get(there).send().await.expect("an answer");
    location(&there)
}

fn address_there(begin: &Response) -> String {
    assert_eq!(begin.status(), StatusCode::OK);
    let refresh = begin.headers()["refresh"].to_str().expect("an address");
    refresh.strip_prefix("0;url=").expect("at once").to_owned()
}

async fn come_back(town: &ShellTown, browser: &Client) -> Response {
    let back = sent_back(town, browser).await;
    browser.get(back).send().await.expect("an answer")
}

async fn me(town: &ShellTown, browser: &Client) -> Response {
    browser.get(town.server.url("/api/phone/v1/me")).send().await.expect("an answer")
}

/// Refused with this status, in words, and without a session.
async fn refused(town: &ShellTown, browser: &Client, answer: Response, status: u16, code: &str) {
    assert_eq!(answer.status().as_u16(), status);
    let page = answer.text().await.expect("a page");
    assert!(page.contains(code), "{page}");
    assert_eq!(me(town, browser).await.status(), StatusCode::UNAUTHORIZED);
}

fn hana() -> Says {
    Says::of("hana-at-the-town").with_email("hana@town.example.jp", true)
}

on_both_databases! {
    /// The whole way, twice: linked by the verified address the first time, known by the subject from then on.
    async fn somebody_signs_in_through_the_provider(db: TestDatabase) {
        let provider = TestProvider::start(hana()).await;
        let town = town(db, &provider, &["--provider-link-by-email", "--provider-name", "職員認証"]).await;
        let page = town.server.client().get(town.server.url("/sign-in")).send().await.expect("an answer");
        assert!(page.text().await.expect("a page").contains("職員認証"));
        let browser = town.server.client();
        let answer = come_back(&town, &browser).await;
        assert_eq!(location(&answer), "/items");
        let known: Value = read(me(&town, &browser).await, StatusCode::OK).await;
        assert_eq!(known["person"]["name"], "花");
        // Without an address from now on, and even with somebody else's.
        provider.say(Says::of("hana-at-the-town").with_email("aoi@town.example.jp", true));
        let other = town.server.client();
        come_back(&town, &other).await;
        let again: Value = read(me(&town, &other).await, StatusCode::OK).await;
        assert_eq!(again["person"]["id"], known["person"]["id"]);
        // Somebody else there with the same address is not the same person.
        provider.say(Says::of("another").with_email("hana@town.example.jp", true));
        let stranger = town.server.client();
        let answer = come_back(&town, &stranger).await;
        refused(&town, &stranger, answer, 403, "provider-person-unknown").await;
        assert!(!town.server.log().contains(CLIENT_SECRET));
    }

    /// Nobody gets in whom the register does not know, by an address that was not verified, or where linking
    /// is not allowed.
    async fn nobody_is_let_in_or_added_whom_the_register_does_not_know(db: TestDatabase) {
        let provider = TestProvider::start(Says::of("nobody").with_email("x@town.example.jp", true)).await;
        let town = town(db, &provider, &["--provider-link-by-email"]).await;
        let people = town.shell(&["user", "list"]);
        for says in [
            Says::of("nobody").with_email("x@town.example.jp", true),
            Says::of("nobody"),
            Says::of("nobody").with_email("hana@town.example.jp", false),
        ] {
            provider.say(says);
            let browser = town.server.client();
            let answer = come_back(&town, &browser).await;
            refused(&town, &browser, answer, 403, "provider-person-unknown").await;
        }
        assert_eq!(town.shell(&["user", "list"]), people);
    }

    /// An address links nobody unless the administrator allows it.
    async fn an_address_links_nobody_by_itself(db: TestDatabase) {
        let provider = TestProvider::start(hana()).await;
        let town = town(db, &provider, &[]).await;
        let browser = town.server.client();
        let answer = come_back(&town, &browser).await;
        refused(&town, &browser, answer, 403, "provider-person-unknown").await;
    }

    /// Neither before the link is made nor after.
    async fn a_suspended_person_does_not_come_in_through_the_provider(db: TestDatabase) {
        let provider = TestProvider::start(hana()).await;
        let town = town(db, &provider, &["--provider-link-by-email"]).await;
        let browser = town.server.client();
        come_back(&town, &browser).await;
        read::<Value>(me(&town, &browser).await, StatusCode::OK).await;
        let connection = sea_orm::Database::connect(town.database.url()).await.expect("a connection");
        connection.execute_unprepared("UPDATE person SET active = FALSE WHERE login = 'hana'").await.expect("a row");
        let answer = come_back(&town, &browser).await;
        refused(&town, &browser, answer, 403, "provider-person-unknown").await;
    }

    /// A token that was made for another attempt, another service, by another key or another issuer, or that
    /// has expired, is not believed.
    async fn a_token_that_does_not_fit_is_not_believed(db: TestDatabase) {
        let provider = TestProvider::start(hana()).await;
        let town = town(db, &provider, &["--provider-link-by-email"]).await;
        for says in [
            Says { nonce: Some("another".to_owned()), ..hana() },
            Says { audience: "another-service".to_owned(), ..hana() },
            Says { holds: TimeDelta::minutes(-1), ..hana() },
            Says { issuer: Some("https://elsewhere.example".to_owned()), ..hana() },
            Says { signed_by_another: true, ..hana() },
        ] {
            let what = format!("{says:?}");
            provider.say(says);
            let browser = town.server.client();
            let answer = come_back(&town, &browser).await;
            assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{what}");
            refused(&town, &browser, answer, 401, "provider-sign-in-failed").await;
        }
    }

    /// The session knows of a second factor only where the administrator said what counts as one there.
    async fn a_second_factor_counts_where_the_administrator_says_so(db: TestDatabase) {
        let provider = TestProvider::start(hana()).await;
        let more = ["--provider-link-by-email", "--provider-second-factor-amr", "mfa,hwk"];
        let town = town(db, &provider, &more).await;
        let connection = sea_orm::Database::connect(town.database.url()).await.expect("a connection");
        let (now, hour) = (Some(TimeDelta::zero()), Some(TimeDelta::hours(1)));
        for (amr, shown_ago, long_ago) in
            [("pwd", now, None), ("mfa", now, Some(false)), ("mfa", hour, Some(true)), ("mfa", None, None)]
        {
            provider.say(Says { amr: vec![amr.to_owned()], shown_ago, ..hana() });
            connection.execute_unprepared("DELETE FROM session").await.expect("rows");
            assert_eq!(location(&come_back(&town, &town.server.client()).await), "/items");
            let sql = "SELECT method, proven_at FROM session";
            let sql = Statement::from_string(connection.get_database_backend(), sql);
            let row = connection.query_one_raw(sql).await.expect("an answer").expect("a session");
            assert_eq!(row.try_get_by_index::<String>(0).expect("a word"), "provider");
            let proven = row.try_get_by_index::<Option<i64>>(1).expect("a moment");
            let half_an_hour_ago = hokan_server::clock::Clock::system().now() - TimeDelta::minutes(30);
            let proven = proven.map(|at| at < half_an_hour_ago.timestamp_millis());
            assert_eq!(proven, long_ago, "{amr} {shown_ago:?}: it counts from when it was shown there");
        }
        town.shell(&["provider", "unlink", "hana"]);
    }

    /// Whoever has no factor here but the provider's proves himself there, and only then passes where a fresh proof is
    /// asked for.
    async fn whoever_the_provider_vouches_for_proves_himself_there(db: TestDatabase) {
        let hour = Some(TimeDelta::hours(1));
        let shown = |ago| Says { amr: vec!["mfa".to_owned()], shown_ago: ago, ..Says::of("chief") };
        let provider = TestProvider::start(shown(hour)).await;
        let town = town(db, &provider, &["--provider-second-factor-amr", "mfa"]).await;
        town.shell(&["user", "add", "chief", "長", "--part", "administrator"]);
        let issuer = provider.issuer();
        town.shell(&["provider", "link", "chief", "--subject", "chief", "--issuer", &issuer]);
        let browser = town.server.client();
        assert_eq!(location(&come_back(&town, &browser).await), "/items");

        let fresh_codes = async || {
            let account = browser.get(town.server.url("/account")).send().await.expect("an answer");
            let page = account.text().await.expect("a page");
            let (_, rest) = page.split_once("name=\"csrf\" value=\"").expect("a form");
            let csrf = rest.split_once('"').expect("its end").0.to_owned();
            let request = browser.post(town.server.url("/account/recovery-codes"));
            let request = request.header("content-type", "application/x-www-form-urlencoded");
            let answer = request.body(format!("csrf={csrf}")).send().await.expect("an answer");
            answer.text().await.expect("a page")
        };
        let asked = fresh_codes().await;
        assert!(asked.contains("name=\"anew\"") && !asked.contains("name=\"proof_code\""), "{asked}");

        let there = begin_at(&town, &browser, "/account/prove?next=%2Finbox", "next=%2Finbox&anew=1").await;
        let there = address_there(&there);
        assert!(there.contains("max_age=300"), "{there}");
        provider.say(shown(Some(TimeDelta::zero())));
        let back = browser.get(there).send().await.expect("an answer");
        let answer = browser.get(location(&back)).send().await.expect("an answer");
        assert_eq!(location(&answer), "/inbox");
        let codes = fresh_codes().await;
        assert!(!codes.contains("name=\"anew\""), "he is proven now: {codes}");
        let rows = sea_orm::Database::connect(town.database.url()).await.expect("a connection");
        let sql = Statement::from_string(rows.get_database_backend(), "SELECT count(*) FROM recovery_code");
        let row = rows.query_one_raw(sql).await.expect("an answer").expect("a row");
        assert_eq!(row.try_get_by_index::<i64>(0).expect("a number"), 10);
    }

    /// Another site's link signs nobody in, and a mail address makes nobody an officer: these are linked by hand.
    async fn neither_a_link_nor_an_address_makes_an_officer(db: TestDatabase) {
        let kansa = Says::of("kansa-at-the-town").with_email("kansa@town.example.jp", true);
        let provider = TestProvider::start(kansa).await;
        let town = town(db, &provider, &["--provider-link-by-email"]).await;
        for part in ["administrator", "approver", "witness", "auditor"] {
            let email = format!("{part}@town.example.jp");
            town.shell(&["user", "add", part, part, "--part", part, "--email", &email]);
            provider.say(Says::of(part).with_email(&email, true));
            let browser = town.server.client();
            let answer = come_back(&town, &browser).await;
            refused(&town, &browser, answer, 403, "provider-person-unknown").await;
        }
        let issuer = provider.issuer();
        town.shell(&["provider", "link", "approver", "--subject", "approver", "--issuer", &issuer]);
        provider.say(Says::of("approver"));
        let browser = town.server.client();
        come_back(&town, &browser).await;
        // He is known. The provider vouches for no second factor, so he has to show one here.
        let problem: Value = read(me(&town, &browser).await, StatusCode::FORBIDDEN).await;
        assert_eq!(problem["code"], "second-factor-enrolment-needed");

        let stranger = town.server.client();
        let link = stranger.get(town.server.url("/sign-in/provider")).send().await.expect("an answer");
        assert_eq!(link.status(), StatusCode::METHOD_NOT_ALLOWED);
        let form = stranger.post(town.server.url("/sign-in/provider"));
        let form = form.header("content-type", "application/x-www-form-urlencoded").body("next=%2F");
        assert_eq!(form.send().await.expect("an answer").status(), StatusCode::FORBIDDEN);
    }

    /// A state serves once, and only the browser that was sent away comes back with it.
    async fn a_state_serves_once_and_in_its_own_browser(db: TestDatabase) {
        let provider = TestProvider::start(hana()).await;
        let town = town(db, &provider, &["--provider-link-by-email"]).await;
        let browser = town.server.client();
        let back = sent_back(&town, &browser).await;

        let other = town.server.client();
        let answer = other.get(&back).send().await.expect("an answer");
        refused(&town, &other, answer, 401, "provider-sign-in-failed").await;
        // Also not one that has an attempt of its own under way.
        sent_back(&town, &other).await;
        let answer = other.get(&back).send().await.expect("an answer");
        refused(&town, &other, answer, 401, "provider-sign-in-failed").await;

        let answer = browser.get(&back).send().await.expect("an answer");
        assert_eq!(location(&answer), "/items");
        let replayed = browser.get(&back).send().await.expect("an answer");
        assert_eq!(replayed.status(), StatusCode::UNAUTHORIZED);
        let invented = town.server.url("/sign-in/provider/return?state=x&code=y");
        let answer = other.get(invented).send().await.expect("an answer");
        refused(&town, &other, answer, 401, "provider-sign-in-failed").await;
    }
}

/// People who sign in with a password do not wait for a provider that is away.
#[tokio::test]
async fn a_provider_that_does_not_answer_is_said_to_be_away() {
    let db = TestDatabase::fresh(hokan_tests::database::Database::Sqlite).await;
    let provider = TestProvider::start(hana()).await;
    let town = town(db, &provider, &[]).await;
    drop(provider);
    tokio::task::yield_now().await;
    let browser = town.server.client();
    let answer = begin(&town, &browser).await;
    refused(&town, &browser, answer, 502, "provider-unreachable").await;
    town.phone(0).await;
}
