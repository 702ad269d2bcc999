//! Sessions: how long they last, what ends them, and that no token outlives what it was given for.

use chrono::TimeDelta;
use hokan_domain::person::Part;
use hokan_mobile_api::{Standing, auth::Origin};
use hokan_server::{
    app::{App, NewPerson},
    identity::{Entered, Opened, SignInError},
    store::sessions::{Method, SessionKind},
};
use hokan_tests::{database::TestDatabase, on_both_databases, town::Town};

const PASSWORD: &str = "correct horse battery";

async fn sign_in(app: &App, login: &str) -> Opened {
    let origin = Origin { remote: None, agent: "a test".to_owned() };
    let entered = app.identity().sign_in(login, PASSWORD, SessionKind::Browser, &origin).await;
    match entered.expect("the password is right") {
        Entered::Done(opened) => *opened,
        Entered::Second(_) => panic!("{login} has no second factor"),
    }
}

async fn lives(app: &App, token: &str) -> bool {
    app.identity().identify(token).await.expect("a database").is_some()
}

on_both_databases! {
    /// A session that nobody uses ends after the time that the regulation in force gives, and one that is used
    /// ends after its longest time all the same.
    async fn sessions_end_by_idleness_and_by_age(db: TestDatabase) {
        let town = Town::on(&db).await;
        let rules = town.app.profile().sign_in.clone();
        let minute = TimeDelta::minutes(1);
        let idle = sign_in(&town.app, "aoi").await;
        town.clock.set(town.clock.now() + rules.idle.0 - minute);
        assert!(lives(&town.app, &idle.token).await, "it was used in time");
        town.clock.set(town.clock.now() + rules.idle.0);
        assert!(!lives(&town.app, &idle.token).await, "nobody used it");

        let used = sign_in(&town.app, "aoi").await;
        let end = town.clock.now() + rules.lasts.0;
        while town.clock.now() + rules.idle.0 < end {
            town.clock.set(town.clock.now() + rules.idle.0 - minute);
            assert!(lives(&town.app, &used.token).await, "it is in use");
        }
        town.clock.set(end);
        assert!(!lives(&town.app, &used.token).await, "it is too old");
    }

    /// A session that may do more from now on has a new token, and the old one opens nothing.
    async fn a_raised_session_has_a_new_token(db: TestDatabase) {
        let town = Town::on(&db).await;
        let opened = sign_in(&town.app, "aoi").await;
        assert_eq!((opened.session.method, opened.session.proven_at), (Method::Password, None));
        let now = town.clock.now();
        let raise = move |session: &mut hokan_server::store::sessions::Session| session.proven_at = Some(now);
        let raised = town.app.identity().raise(&opened.token, "proven", raise).await.expect("it is raised");
        assert_ne!(raised.token, opened.token);
        assert_eq!(raised.session.id, opened.session.id, "it is the same session");
        assert!(!lives(&town.app, &opened.token).await, "the old token is dead");
        let found = town.app.identity().identify(&raised.token).await.expect("a database").expect("it lives");
        assert_eq!((found.session.proven_at, found.standing), (Some(now), Standing::Full));
        let again = town.app.identity().raise(&opened.token, "proven", raise).await;
        assert!(matches!(again, Err(SignInError::Wrong)), "a dead token raises nothing");
        town.app.identity().sign_out(&raised.token).await.expect("a database");
        assert!(!lives(&town.app, &raised.token).await, "a token that was taken along opens nothing");
    }

    /// Whoever signs in under an id that is lent out ends the session of whoever had it before.
    async fn an_id_that_is_lent_has_one_live_session(db: TestDatabase) {
        let town = Town::on(&db).await;
        let new = NewPerson {
            login: "etsuran".to_owned(),
            name: "閲覧用".to_owned(),
            parts: vec![Part::Auditor],
            password: PASSWORD.to_owned(),
            one_live_session: true,
            ..NewPerson::default()
        };
        let person = town.app.add_person(new).await.expect("a person");
        let first = sign_in(&town.app, "etsuran").await;
        let second = sign_in(&town.app, "etsuran").await;
        assert!(!lives(&town.app, &first.token).await && lives(&town.app, &second.token).await);
        let listed = town.app.store().sessions_of(person).await.expect("a database");
        assert_eq!(listed.iter().map(|session| session.id).collect::<Vec<_>>(), [second.session.id]);
        assert_eq!(listed[0].agent, "a test");
        let (one, other) = (sign_in(&town.app, "aoi").await, sign_in(&town.app, "aoi").await);
        assert!(lives(&town.app, &one.token).await && lives(&town.app, &other.token).await, "others may have two");
    }
}
