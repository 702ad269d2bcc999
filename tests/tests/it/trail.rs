//! The trail: every refusal is in it, days are sealed, young lines stay, old ones go without breaking the
//! others' proof, it is looked through by whom the regulation names, and what looks wrong is raised.

use chrono::{NaiveDate, TimeDelta};
use hokan_domain::{ids::PersonId, japan_date::jst_day_start, person::Part, place::PlaceKind, watch::Limits};
use hokan_mobile_api::{
    Backend as _, Caller,
    auth::Origin,
    request::{ActRequest, HomeRef, ObservedRequest},
    wire::SignIn,
};
use hokan_server::{
    app::{App, NewHome, TrailFault, rebuild_check, trail::TrailLineView, verify},
    store::trail::TrailQuery,
};
use hokan_tests::{
    body::{Body, New, Officer, day, refused, text},
    database::{Database, TestDatabase},
    on_both_databases,
    town::{Town, event, seen},
};
use sea_orm::{ConnectOptions, ConnectionTrait, DatabaseConnection};

async fn lines(app: &App, by: &Caller, act: &str) -> Vec<TrailLineView> {
    let query = TrailQuery { act: Some(act.to_owned()), ..TrailQuery::default() };
    app.trail(by, &query).await.expect("an auditor may look")
}

/// Whoever has the database's password, with its triggers out of his way or not.
async fn administrator(db: &TestDatabase, disarmed: bool) -> DatabaseConnection {
    let mut options = ConnectOptions::new(db.url());
    options.max_connections(1).sqlx_logging(false);
    let connection = sea_orm::Database::connect(options).await.expect("the administrator's connection");
    if disarmed {
        let statements: &[&str] = match db.kind() {
            Database::Sqlite => &["DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete"],
            Database::Postgres => &["ALTER TABLE audit DISABLE TRIGGER ALL"],
        };
        for statement in statements {
            connection.execute_unprepared(statement).await.expect("an administrator can do that");
        }
    }
    connection
}

async fn faults(app: &App) -> Vec<TrailFault> {
    app.verify_trail().await.expect("the check itself works").faults
}

/// The ledger holds together with what the server wrote into it by itself.
async fn is_whole(app: &App) {
    let problems = verify(app.store(), &[], &[]).await.expect("the check itself works").problems;
    assert_eq!(problems, Vec::<String>::new());
    let different = rebuild_check(app.store()).await.expect("the check itself works").problems;
    assert_eq!(different, Vec::<String>::new());
}

on_both_databases! {
    /// req: II-028
    async fn every_refusal_is_in_the_trail(db: TestDatabase) {
        let town = Town::on(&db).await;
        let item = town.item(0).await;
        let put = ActRequest::PutAway { home: HomeRef::Id(town.cabinet), scan: seen(&town.labels[0]) };
        let not_his = town.app.act(&town.handlers[1], item.id, event(), put).await;
        let problem = not_his.expect_err("another one holds it");
        let refusals = lines(&town.app, &town.auditor, "refused").await;
        assert_eq!(refusals.len(), 1, "{refusals:?}");
        assert_eq!(refusals[0].detail, problem.code);
        assert_eq!(refusals[0].subject, item.id.to_string());
        assert_eq!(refusals[0].actor.as_ref().map(|actor| actor.id), Some(town.handlers[1].person.id));

        // Looking through the trail is in the trail.
        assert!(!lines(&town.app, &town.auditor, "trail-viewed").await.is_empty());
        let query = TrailQuery::default();
        let problem = town.app.trail(&town.handlers[0], &query).await.expect_err("he is no auditor");
        assert_eq!(problem.code, "part-missing");
    }

    /// A day that is over gets one seal, and the ledger holds it.
    async fn a_day_is_sealed_once_when_it_is_over(db: TestDatabase) {
        let town = Town::on(&db).await;
        assert_eq!(town.app.seal_trail().await.expect("sealing works"), 0, "the day is not over");
        town.clock.set(town.clock.now() + TimeDelta::days(3));
        assert_eq!(town.app.seal_trail().await.expect("sealing works"), 1, "nothing happened in between");
        assert_eq!(town.app.seal_trail().await.expect("sealing works"), 0);
        let verdict = town.app.verify_trail().await.expect("the check itself works");
        assert_eq!((verdict.days, verdict.faults.as_slice()), (1, &[][..]));
        assert!(verdict.lines > 3, "{verdict:?}");
        is_whole(&town.app).await;
    }

    /// Whatever is altered in, taken from or put into a sealed day is found out, and which day it was.
    async fn whoever_alters_the_trail_is_found_out(db: TestDatabase) {
        let town = Town::on(&db).await;
        let first = hokan_domain::japan_date::jst_date(town.clock.now());
        town.clock.set(town.clock.now() + TimeDelta::days(2));
        town.app.seal_trail().await.expect("sealing works");
        assert_eq!(faults(&town.app).await, []);

        let armed = administrator(&db, false).await;
        for statement in ["UPDATE audit SET detail = 'x'", "DELETE FROM audit"] {
            armed.execute_unprepared(statement).await.expect_err("the database refuses it");
        }
        assert_eq!(faults(&town.app).await, []);

        let connection = administrator(&db, true).await;
        let altered = |faults: Vec<TrailFault>| {
            let [TrailFault::Changed { day, sealed, found }] = faults.as_slice() else {
                panic!("{faults:?}")
            };
            assert_eq!(*day, first);
            i64::try_from(*found).expect("few") - i64::try_from(*sealed).expect("few")
        };
        let kept = "CREATE TABLE kept AS SELECT * FROM audit";
        connection.execute_unprepared(kept).await.expect("a copy");
        let one = "(SELECT min(detail) FROM audit WHERE act = 'person-added')";
        for (statement, difference) in [
            (format!("UPDATE audit SET detail = 'administrator' WHERE detail = {one}"), 0),
            (format!("UPDATE audit SET actor = NULL, act = 'nothing' WHERE detail = {one}"), 0),
            (format!("DELETE FROM audit WHERE detail = {one}"), -1),
        ] {
            connection.execute_unprepared(&statement).await.expect("he can");
            let found = altered(faults(&town.app).await);
            assert!(if difference == 0 { found == 0 } else { found < 0 }, "{statement}: {found}");
            connection.execute_unprepared("DELETE FROM audit").await.expect("he can");
            connection.execute_unprepared("INSERT INTO audit SELECT * FROM kept").await.expect("he can");
            assert_eq!(faults(&town.app).await, [], "as it was");
        }
        // A line on a day before that one, which had none.
        let id = match db.kind() {
            Database::Sqlite => "X'00000000000000000000000000000001'",
            Database::Postgres => "'00000000-0000-0000-0000-000000000001'::uuid",
        };
        let at = jst_day_start(first).timestamp_millis() - 1;
        let invented = format!("INSERT INTO audit VALUES ({id}, {at}, NULL, 'sign-in', '', '')");
        connection.execute_unprepared(&invented).await.expect("he can");
        assert_eq!(faults(&town.app).await, [TrailFault::Unsealed { lines: 1 }]);
    }

    /// Seven years, and no line of them goes; what is older goes, and the rest is proven as before.
    /// req: II-030
    async fn young_lines_stay_and_old_ones_go(db: TestDatabase) {
        let mut body = Body::under(&db, "iide", &[]).await;
        body.add("kanri", &[Part::Administrator]).await;
        let app = &body.town.app;
        body.noon("2027-10-01");
        let kansa = body.who("kansa").await;
        lines(app, &kansa, "refused").await;
        body.noon("2030-01-01");
        app.seal_trail().await.expect("sealing works");
        let before = app.verify_trail().await.expect("the check itself works");
        assert_eq!((before.faults.as_slice(), before.pruned), (&[][..], 0));

        let prune = async |on: &str, cut: &str| {
            body.noon(on);
            let kanri = body.who("kanri").await;
            app.prune_trail(&kanri, day(cut), event()).await
        };
        refused(prune("2030-01-01", "2027-01-01").await, "trail-too-young", "第9条の3");
        refused(prune("2033-10-01", "2027-10-01").await, "trail-too-young", "第9条の3");
        let armed = administrator(&db, false).await;
        armed.execute_unprepared("DELETE FROM audit WHERE at < 1800000000000").await.expect_err("too young");

        let (gone, days) = prune("2034-10-01", "2027-10-01").await.expect("seven years are over");
        assert!(gone > 0 && days > 0, "{gone} {days}");
        let after = app.verify_trail().await.expect("the check itself works");
        assert_eq!((after.faults.as_slice(), after.pruned), (&[][..], days));
        assert!(after.lines < before.lines + 100 && after.days >= 1);
        let rest = TrailQuery { to: Some(day("2027-09-30")), ..TrailQuery::default() };
        let kansa = body.who("kansa").await;
        assert_eq!(app.trail(&kansa, &rest).await.expect("an auditor may look"), []);
        is_whole(app).await;

        let handler = body.who("aoi").await;
        let problem = app.prune_trail(&handler, day("2027-10-01"), event()).await.expect_err("no administrator");
        assert_eq!(problem.code, "part-missing");
    }

    /// The system manager looks through the trail and signs that off; others do not.
    /// req: NG-055
    async fn a_review_is_signed_off_by_whom_the_regulation_names(db: TestDatabase) {
        let officers: &[Officer<'_>] = &[("nenkin", &[("system-manager", None)])];
        let body = Body::under(&db, "nagasaki-kyosai", officers).await;
        let app = &body.town.app;
        body.noon("2026-11-02");
        let october = (day("2026-10-01"), day("2026-10-31"));
        let sign = async |by: &str, days: (NaiveDate, NaiveDate)| {
            let caller = body.who(by).await;
            app.review_trail(&caller, event(), days, text("異常なし")).await
        };
        refused(sign("kansa", october).await, "role-missing", "第14条第1項");
        let problem = sign("aoi", october).await.expect_err("he may not even look");
        assert_eq!(problem.code, "part-missing");
        let today = sign("nenkin", (day("2026-10-01"), day("2026-11-02"))).await.expect_err("today is not over");
        assert_eq!((&*today.code, today.field.as_deref()), ("bad-request-body", Some("to")));

        let before = app.trail_status(&body.who("kansa").await).await.expect("an auditor may look");
        assert!(before.review_due.is_some() && before.reviews.is_empty());
        let review = sign("nenkin", october).await.expect("he is named");
        assert_eq!((review.by.id, review.note.as_str()), (body.id("nenkin"), "異常なし"));
        let after = app.trail_status(&body.who("nenkin").await).await.expect("whoever reviews may look");
        assert_eq!(after.reviews.len(), 1);
        // Twelve times a year: the next within about a month of the last day that was looked through.
        assert!(after.review_due > before.review_due.max(Some(day("2026-11-20"))), "{:?}", after.review_due);
        assert_eq!(after.review_source.as_deref().map(|source| source.contains("第14条第1項")), Some(true));
        is_whole(app).await;
    }

    /// Each rule of the watch raises what it says, once, and it stays until somebody else settles it.
    async fn what_looks_wrong_is_raised_once_and_settled_by_another(db: TestDatabase) {
        let mut body = Body::under(&db, "national-default", &[]).await;
        body.add("kansa2", &[Part::Auditor, Part::Handler]).await;
        let item = body.register("aoi", New::of(hokan_domain::item::ItemKind::UsbMemory, &body)).await;
        let item = item.expect("an item is registered");
        let branch = {
            let building = NewHome {
                name: "支所".to_owned(),
                place: Some((PlaceKind::Building, None)),
                ..NewHome::default()
            };
            body.town.app.add_home(building).await.expect("a building")
        };
        let app = &body.town.app;
        body.noon("2026-10-01");
        assert_eq!(app.watch_trail().await.expect("the watch works"), 0);

        // Ten attempts at one account, each as late as the growing pause asks.
        for _ in 0..10 {
            let sign_in = SignIn { login: "aoi".to_owned(), password: "wrong".to_owned() };
            app.sign_in(hokan_domain::text::Lang::Ja, sign_in, Origin::default()).await.expect_err("wrong");
            body.pass(5);
        }
        assert_eq!(app.watch_trail().await.expect("the watch works"), 1);
        assert_eq!(app.watch_trail().await.expect("the watch works"), 0, "it was raised already");

        // A look at two hundred items within an hour of the clock.
        body.noon("2026-10-02");
        let kansa2 = body.who("kansa2").await;
        for _ in 0..Limits::default().views {
            app.item(&kansa2, item.id).await.expect("anybody may look");
        }
        assert_eq!(app.watch_trail().await.expect("the watch works"), 1);

        // In the town hall, and a minute later at the branch.
        body.noon("2026-10-03");
        for home in [body.house.cabinet, branch] {
            let seen = ObservedRequest::Seen { home: Some(HomeRef::Id(home)) };
            let answer = body.observe("aoi", &item, seen, body.now()).await;
            assert!(answer.problem.is_none(), "{answer:?}");
            body.pass(1);
        }
        assert_eq!(app.watch_trail().await.expect("the watch works"), 1);

        // Five acts at one in the morning.
        body.set(jst_day_start(day("2026-10-05")) + TimeDelta::hours(1));
        for number in 0..5 {
            let act = if number % 2 == 0 { item.put_away(body.house.cabinet) } else { item.take_out() };
            body.act("aoi", &item, act).await.expect("he may");
            body.pass(1);
        }
        assert_eq!(app.watch_trail().await.expect("the watch works"), 1);

        let status = app.trail_status(&kansa2).await.expect("an auditor may look");
        let mut raised: Vec<(&str, Option<PersonId>)> = status
            .suspicions
            .iter()
            .map(|one| (one.rule.code.as_str(), one.person.as_ref().map(|person| person.id)))
            .collect();
        raised.sort_unstable();
        let expected = [
            ("failed-sign-ins", Some(body.id("aoi"))),
            ("far-apart", Some(body.id("aoi"))),
            ("mass-views", Some(body.id("kansa2"))),
            ("night", Some(body.id("aoi"))),
        ];
        assert_eq!(raised, expected);
        assert_eq!(status.rules.len(), 4);

        let own = status.suspicions.iter().find(|one| one.rule.code == "mass-views").expect("it was raised");
        let settle = async |by: &str| {
            let caller = body.who(by).await;
            app.settle_suspicion(&caller, own.id, event(), text("棚卸のため")).await
        };
        assert_eq!(settle("kansa2").await.expect_err("it is about him").code, "own-suspicion");
        assert_eq!(settle("beni").await.expect_err("he is no auditor").code, "part-missing");
        let settled = settle("kansa").await.expect("another auditor settles it");
        assert_eq!(settled.reason.as_deref(), Some("棚卸のため"));
        assert_eq!(settle("kansa").await.expect_err("it is settled").code, "already-done");
        is_whole(app).await;
    }

    /// The numbers of the rules are the administrator's to set.
    async fn the_rules_of_the_watch_can_be_set(db: TestDatabase) {
        let mut body = Body::under(&db, "national-default", &[]).await;
        body.add("kanri", &[Part::Administrator]).await;
        let app = &body.town.app;
        let limits = Limits { views: 3, ..Limits::default() };
        let kansa = body.who("kansa").await;
        assert_eq!(app.set_watch_limits(&kansa, limits).await.expect_err("no administrator").code, "part-missing");
        let kanri = body.who("kanri").await;
        let wrong = Limits { night_to: 13, ..limits };
        let problem = app.set_watch_limits(&kanri, wrong).await.expect_err("no night ends after noon");
        assert_eq!(problem.field.as_deref(), Some("night_to"));
        app.set_watch_limits(&kanri, limits).await.expect("he is an administrator");
        let status = app.trail_status(&kansa).await.expect("an auditor may look");
        assert_eq!(status.limits, limits);
        let sentence = &status.rules.iter().find(|rule| rule.rule.code == "mass-views").expect("a rule").sentence;
        assert!(sentence.contains('3'), "{sentence}");
        assert_eq!(lines(app, &kansa, "watch-limits-set").await.len(), 1);
    }
}
