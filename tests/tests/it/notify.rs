//! What people and other systems are told: the inbox, the mail of the day, mail about incidents, webhooks.

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use hokan_domain::{
    approval::Wanted,
    carry_out::{CarryOut, CarryOutEvent, Load, Plan},
    contents::{Category, Contents},
    disposal::{Destruction, Performed, Presence},
    event::{Event, Receiver},
    ids::{CarryOutId, ContentsId, DeviceId, IncidentId, ItemId, PersonId, RequestId},
    incident::IncidentKind,
    japan_date::jst_day_start,
    ledger::hash::Hash,
    person::Part,
    personal_number::CheckedText,
    profile::{Channel as Way, Direction, Gravity, RoleId},
    text::Lang,
};
use hokan_mobile_api::{
    Backend as _, Caller,
    auth::Origin,
    request::{
        ActRequest, HomeRef, ObservedRequest, OpenIncidentRequest, ParsedObservation, RegisterRequest,
        WantedRequest,
    },
    wire::SignIn,
};
use hokan_outbound::{
    retry::{Patience, SCHEDULE},
    testing::{Answer, SmtpBehaviour, SmtpSetup, SmtpSink, WebhookReceiver},
    webhook::{Endpoint, HEADER_ID, Secret},
};
use hokan_server::{
    app::{Administered, App, InboxKind, InboxLine, NewHolding, NewPerson, NewToken, ProfileText},
    config::{Config, Flags, MailFlags, MailSecurity, WebhookFlags},
    entropy::Entropy,
    jobs::{
        deliver::{Courier, SendOptions, Sent},
        purge,
    },
    machine, serve,
    store::{
        Schema, StoreError,
        deliveries::Channel,
        ledger::ActStamp,
        webhooks::{Kinds, WebhookId},
    },
};
use hokan_tests::{
    bulk,
    database::TestDatabase,
    on_both_databases,
    server::{hokan, run_hokan},
    town::{Town, event, registration, seen, start_of_time},
};
use sea_orm::ConnectionTrait;
use serde_json::Value;
use uuid::Uuid;

/// Where people reach the server of these tests.
const ORIGIN: &str = "https://hokan.town.example.jp";
/// The name that an officer bears, which goes into no mail and no webhook.
const OFFICER: &str = "保護 太郎";

// -------------------------------------------------------------------------------------------- the town's hall

/// A register with officers, whose server may send mail and webhooks to this machine.
struct Hall {
    town: Town,
    app: App,
    courier: Courier,
    /// 保護責任者 of 税務課, with a mail address.
    officer: Caller,
    /// システム管理者, with a mail address.
    administrator: Caller,
}

fn settings(town: &Town, db: &TestDatabase, mail: Option<SocketAddr>, loopback: bool) -> Config {
    let flags = Flags {
        data_dir: Some(town.folder.path().to_owned()),
        database_url: Some(db.url().to_owned()),
        public_url: Some(ORIGIN.to_owned()),
        mail: match mail {
            Some(address) => MailFlags {
                host: Some(address.ip().to_string()),
                port: Some(address.port()),
                security: Some(MailSecurity::None),
                from: Some("保管 <hokan@town.example.jp>".to_owned()),
                ..MailFlags::default()
            },
            None => MailFlags::default(),
        },
        webhooks: WebhookFlags {
            allow_http: Some(true),
            allow_loopback: Some(loopback),
            ..WebhookFlags::default()
        },
        ..Flags::default()
    };
    Config::load(&flags).expect("settings of a test")
}

fn quick() -> SendOptions {
    SendOptions { time_limit: Duration::from_secs(2), ..SendOptions::default() }
}

async fn add_person(app: &App, login: &str, name: &str, parts: &[Part]) -> Caller {
    let new = NewPerson {
        login: login.to_owned(),
        name: name.to_owned(),
        parts: parts.to_vec(),
        password: "correct horse battery".to_owned(),
        email: Some(format!("{login}@town.example.jp")),
        ..NewPerson::default()
    };
    let id = app.add_person(new).await.expect("a person is added");
    caller(app, id).await
}

/// A person as signed in now, with the roles that he holds now.
async fn caller(app: &App, id: PersonId) -> Caller {
    let account = app.store().person(id).await.expect("a database").expect("the person");
    Caller::without_session(account.person, account.name, Lang::Ja, "test")
}

async fn grant(app: &App, login: &str, role: &str, division: Option<&str>, to: Option<NaiveDate>) {
    let new = NewHolding {
        login: login.to_owned(),
        role: RoleId::from(role),
        division: division.map(str::to_owned),
        deputy_for: None,
        from: None,
        to,
    };
    app.grant_role(new).await.expect("a role is granted");
}

impl Hall {
    async fn open(db: &TestDatabase, mail: Option<&SmtpSink>) -> Self {
        Self::with(db, mail, true, quick()).await
    }

    async fn with(db: &TestDatabase, mail: Option<&SmtpSink>, loopback: bool, options: SendOptions) -> Self {
        let town = Town::on(db).await;
        let config = settings(&town, db, mail.map(SmtpSink::address), loopback);
        let app = serve::open(config, town.clock.clone(), Entropy::system(), Schema::Require)
            .await
            .expect("the register opens again");
        app.add_division("税務課").await.expect("a division");
        app.add_division("住民課").await.expect("a division");
        let officer = add_person(&app, "hogo", OFFICER, &[]).await;
        grant(&app, "hogo", "protection-officer", Some("税務課"), None).await;
        let officer = caller(&app, officer.person.id).await;
        let administrator = add_person(&app, "kanri", "管理 次郎", &[Part::Administrator]).await;
        let courier = Courier::with(&app, options).expect("a courier");
        Self { town, app, courier, officer, administrator }
    }

    fn handler(&self, index: usize) -> &Caller {
        &self.town.handlers[index]
    }

    /// Registers an item of 税務課 under the `index`-th label; the first handler holds it.
    async fn item(&self, index: usize) -> ItemId {
        let division = self.app.add_division("税務課").await.expect("it is there");
        let request = RegisterRequest {
            division: Some(division),
            ..registration(&self.town.labels[index], &format!("媒体 {index}"))
        };
        self.app.register(self.handler(0), event(), request).await.expect("registered").item.id
    }

    /// The first handler asks for leave to destroy an item.
    async fn ask(&self, item: ItemId) -> RequestId {
        let act = event();
        let ask =
            ActRequest::Ask { wanted: WantedRequest::Dispose, reason: text("期間満了"), until: None };
        self.app.act(self.handler(0), item, act, ask).await.expect("asked");
        act.into()
    }

    async fn approve(&self, item: ItemId, request: RequestId) {
        let approve = ActRequest::Approve { request, note: None };
        self.app.act(&self.officer, item, event(), approve).await.expect("approved");
    }

    async fn inbox(&self, of: &Caller) -> Vec<InboxLine> {
        self.app.inbox(&caller(&self.app, of.person.id).await).await.expect("an inbox")
    }

    /// The kinds in somebody's inbox, with what each is about.
    async fn kinds(&self, of: &Caller) -> Vec<InboxKind> {
        self.inbox(of).await.into_iter().map(|line| line.kind).collect()
    }

    /// Moves the clock to a moment after the start.
    fn later(&self, by: TimeDelta) {
        self.town.clock.set(self.app.store().clock().now() + by);
    }

    /// Moves the clock to a time of day in Japan, so many days after the first.
    fn at(&self, days: i64, hour: i64, minute: i64) {
        let first = hokan_domain::japan_date::jst_date(start_of_time());
        let day = jst_day_start(first) + TimeDelta::days(days);
        self.town.clock.set(day + TimeDelta::hours(hour) + TimeDelta::minutes(minute));
    }

    async fn queue(&self) {
        self.courier.queue().await.expect("what waits is queued");
    }

    async fn send(&self, channel: Channel) -> Sent {
        self.courier.send(channel).await.expect("what is due is sent")
    }

    /// Adds an endpoint; gives its id and its secret.
    async fn endpoint(&self, url: String, kinds: Kinds) -> (WebhookId, Secret) {
        let secret = Secret::from_bytes(&self.app.store().entropy().bytes::<32>()).expect("a secret");
        let endpoint = Endpoint { url, secrets: vec![secret.clone()] };
        let id: Result<WebhookId, StoreError> = self
            .app
            .store()
            .write("test.endpoint", move |tx| {
                Box::pin(async move { tx.add_webhook(&endpoint, &kinds).await })
            })
            .await;
        (id.expect("an endpoint"), secret)
    }

    fn stamp(&self) -> ActStamp {
        let act = event();
        ActStamp {
            act,
            request: Hash::of(act.to_string().as_bytes()),
            actor: self.handler(0).person.id,
            profile: self.app.profile().digest,
            occurred_at: None,
            observed_by: None,
        }
    }

    /// Events as they are, without asking who may: what is tested here is who is told.
    async fn happens(&self, item: ItemId, events: Vec<Event>) {
        let (stamp, profile) = (self.stamp(), self.app.profile());
        let done: Result<(), StoreError> = self
            .app
            .store()
            .write("test.happens", move |tx| {
                Box::pin(async move {
                    let before = tx.item(item).await?;
                    let done = tx.append_to_item(&stamp, item, before, &events).await?;
                    tx.keep_due(&done, &profile).await
                })
            })
            .await;
        done.expect("events are appended");
    }

    async fn carries_out(&self, id: CarryOutId, events: Vec<CarryOutEvent>) {
        let stamp = self.stamp();
        let done: Result<(), StoreError> = self
            .app
            .store()
            .write("test.carries-out", move |tx| {
                Box::pin(async move {
                    let before: Option<CarryOut> = tx.subject(id.0).await?;
                    tx.append_to(&stamp, id.0, before, &events).await?;
                    Ok(())
                })
            })
            .await;
        done.expect("events are appended");
    }

    async fn adopt(&self, profile: &ProfileText) {
        self.app
            .adopt_profile(profile, BTreeMap::new(), None, self.handler(0).person.id, event())
            .await
            .expect("the regulation is sound");
    }

    async fn incident(&self, by: &Caller) -> IncidentId {
        let act = event();
        let division = self.app.add_division("税務課").await.expect("it is there");
        let request = OpenIncidentRequest {
            kind: IncidentKind::Loss,
            gravity: Gravity::Incident,
            known_on: None,
            division: Some(division),
            content: Some(text("棚にない")),
            attack: false,
            malicious: false,
            items: Vec::new(),
        };
        self.app.open_incident(by, act, request).await.expect("reported");
        act.into()
    }
}

fn text(text: &str) -> CheckedText {
    CheckedText::new(text, 200).expect("a harmless text")
}

fn these(kinds: &[&str]) -> Kinds {
    Kinds::These(kinds.iter().map(|kind| (*kind).to_owned()).collect())
}

async fn suspend(db: &TestDatabase, person: &Caller) {
    let connection = bulk::connect(db).await;
    let id = person.person.id.0;
    let statement = match db.kind() {
        hokan_tests::database::Database::Sqlite => {
            format!("UPDATE person SET active = 0 WHERE id = X'{}'", id.simple())
        }
        hokan_tests::database::Database::Postgres => {
            format!("UPDATE person SET active = false WHERE id = '{id}'")
        }
    };
    let done = connection.execute_unprepared(&statement).await.expect("suspended");
    assert_eq!(done.rows_affected(), 1);
    connection.close().await.expect("a connection closes");
}

fn body(request: &hokan_outbound::testing::ReceivedRequest) -> Value {
    serde_json::from_slice(&request.body).expect("JSON")
}

const ONE: Sent = Sent { delivered: 1, failed: 0, ended: 0 };
const NONE: Sent = Sent { delivered: 0, failed: 0, ended: 0 };
const FAILED: Sent = Sent { delivered: 0, failed: 1, ended: 0 };

// ---------------------------------------------------------------------------------------------------- the inbox

on_both_databases! {
    /// A request waits for the officers of the item's division: the holder of the role and his deputy. It does
    /// not wait for whoever made it, whatever he holds; for other divisions; for somebody who is suspended;
    /// and for nobody once it is granted.
    async fn a_request_waits_for_those_who_can_approve_it(db: TestDatabase) {
        let hall = Hall::open(&db, None).await;
        grant(&hall.app, "aoi", "protection-officer", Some("税務課"), None).await;
        grant(&hall.app, "chika", "protection-officer", Some("住民課"), None).await;
        let deputy = add_person(&hall.app, "dairi", "代理 花子", &[]).await;
        hall.app.grant_role(NewHolding {
            login: "dairi".to_owned(),
            role: RoleId::from("protection-officer"),
            division: Some("税務課".to_owned()),
            deputy_for: Some("hogo".to_owned()),
            from: None,
            to: None,
        }).await.expect("a deputy");

        let item = hall.item(0).await;
        let request = hall.ask(item).await;
        for (who, told) in [
            (&hall.officer, vec![InboxKind::Approval]),
            (&deputy, vec![InboxKind::Approval]),
            (hall.handler(0), vec![]),
            (hall.handler(1), vec![]),
            (hall.handler(2), vec![]),
            (&hall.administrator, vec![]),
            (&hall.town.auditor, vec![]),
        ] {
            assert_eq!(hall.kinds(who).await, told, "{}", who.name);
        }
        let line = hall.inbox(&hall.officer).await.remove(0);
        assert_eq!(line.title, "媒体 0");
        assert_eq!(line.sentence, "aoiさんさんの申請（廃棄）が承認を待っています。");
        assert_eq!(line.url, format!("/items/{item}"));
        assert_eq!((line.subject, line.due_on, line.overdue), (item.to_string(), None, false));
        let wire = hall.inbox(&hall.officer).await.remove(0).wire(Lang::En);
        assert_eq!((wire.kind.code.as_str(), wire.kind.name.as_str()), ("approval", "Waiting for your approval"));

        suspend(&db, &deputy).await;
        assert_eq!(hall.kinds(&deputy).await, []);
        hall.approve(item, request).await;
        assert_eq!(hall.kinds(&hall.officer).await, []);
    }

    /// Of several requests about one item each waits for those who can approve that one.
    async fn each_request_about_an_item_is_a_line_of_its_own(db: TestDatabase) {
        let hall = Hall::open(&db, None).await;
        let item = hall.item(0).await;
        hall.ask(item).await;
        hall.later(TimeDelta::minutes(1));
        // The officer asks for something himself; that one is for others to approve.
        let own = Event::Requested {
            request: RequestId(Uuid::new_v4()),
            by: hall.officer.person.id,
            wanted: Wanted::Copy { contents: Vec::new() },
            reason: hokan_domain::text::TextRef {
                id: hokan_domain::ids::NoteId(Uuid::new_v4()),
                digest: Hash::of(b"why"),
            },
            until: None,
        };
        hall.happens(item, vec![own]).await;
        assert_eq!(hall.kinds(&hall.officer).await, [InboxKind::Approval]);
        grant(&hall.app, "beni", "protection-officer", Some("税務課"), None).await;
        assert_eq!(hall.kinds(hall.handler(1)).await, [InboxKind::Approval, InboxKind::Approval]);
        let lines = hall.inbox(hall.handler(1)).await;
        assert!(lines[0].since < lines[1].since, "the oldest comes first");
    }

    /// An offer waits for whoever was asked, and for every handler where anybody was, until it ends.
    async fn an_offer_waits_for_whoever_was_asked(db: TestDatabase) {
        let hall = Hall::open(&db, None).await;
        let (first, second) = (hall.item(0).await, hall.item(1).await);
        let offer = |to| ActRequest::Offer { to, note: None, scan: None };
        let to_beni = Receiver::Person(hall.handler(1).person.id);
        hall.app.act(hall.handler(0), first, event(), offer(to_beni)).await.expect("offered");
        hall.app.act(hall.handler(0), second, event(), offer(Receiver::AnyHandler)).await.expect("offered");
        assert_eq!(hall.kinds(hall.handler(0)).await, []);
        assert_eq!(hall.kinds(hall.handler(1)).await, [InboxKind::HandOver, InboxKind::HandOver]);
        assert_eq!(hall.kinds(hall.handler(2)).await, [InboxKind::HandOver]);
        assert_eq!(hall.kinds(&hall.officer).await, [], "no handler");
        hall.later(hall.app.profile().hand_over_expires);
        assert_eq!(hall.kinds(hall.handler(1)).await, []);
    }

    /// A discrepancy that evidence may still explain bothers nobody before the time for that has passed, and
    /// never if it came in time; one that nothing can explain is told at once.
    async fn a_discrepancy_that_may_settle_itself_waits_for_its_evidence(db: TestDatabase) {
        let receiver = WebhookReceiver::start(Answer::Status(204)).await.expect("a receiver");
        let hall = Hall::open(&db, None).await;
        hall.endpoint(receiver.url("/"), these(&["discrepancy.raised"])).await;
        let (first, second, third) = (hall.item(0).await, hall.item(1).await, hall.item(2).await);
        let began = hall.app.store().clock().now();
        hall.later(TimeDelta::minutes(10));
        let saw = |caller: &Caller, index: usize, minute: i64, observed| {
            let observation = ParsedObservation {
                event: event(),
                person: None,
                device_seq: u64::try_from(minute).expect("a minute"),
                occurred_at: began + TimeDelta::minutes(minute),
                scan: seen(&hall.town.labels[index]),
                observed,
            };
            let (app, caller) = (hall.app.clone(), caller.clone());
            async move {
                let device = DeviceId(Uuid::new_v4());
                app.observe(&caller, device, vec![observation]).await.expect("taken in");
            }
        };
        let put_away = || ObservedRequest::PutAway { home: HomeRef::Id(hall.town.cabinet) };
        // Beni put away what Aoi holds, by the register: the hand-over between them is still in Aoi's phone.
        saw(hall.handler(1), 0, 5, put_away()).await;
        saw(hall.handler(1), 1, 5, put_away()).await;
        assert_eq!(hall.app.store().open_discrepancies().await.expect("a list").len(), 2);
        assert_eq!(hall.kinds(&hall.officer).await, []);
        hall.queue().await;
        assert_eq!(hall.send(Channel::Webhook).await, NONE);

        // For the first item the evidence comes in time.
        let to = Receiver::Person(hall.handler(1).person.id);
        saw(hall.handler(0), 0, 2, ObservedRequest::Offered { to }).await;
        saw(hall.handler(1), 0, 3, ObservedRequest::Accepted { hand_over: None, from: None }).await;
        assert_eq!(hall.app.store().open_discrepancies().await.expect("a list").len(), 1);
        hall.later(hall.app.profile().offline_window - TimeDelta::seconds(1));
        assert_eq!(hall.kinds(&hall.officer).await, []);
        hall.later(TimeDelta::seconds(1));
        let lines = hall.inbox(&hall.officer).await;
        assert_eq!(lines.len(), 1);
        assert_eq!((lines[0].kind, lines[0].subject.as_str()), (InboxKind::Discrepancy, second.to_string().as_str()));
        assert!(lines[0].sentence.starts_with("保持していない人が保管しています。"), "{}", lines[0].sentence);
        hall.queue().await;
        assert_eq!(hall.send(Channel::Webhook).await, ONE);
        let told = body(&receiver.requests()[0]);
        assert_eq!(told["data"]["item"], second.to_string());
        assert_eq!(told["data"]["what"], "put-away-by-non-holder");

        // A clock that ran ahead is explained by nothing.
        let ahead = hall.app.profile().allowed_clock_skew + TimeDelta::hours(1);
        let minute = (hall.app.store().clock().now() + ahead - began).num_minutes();
        saw(hall.handler(0), 2, minute, ObservedRequest::Seen { home: None }).await;
        let about: Vec<String> = hall.inbox(&hall.officer).await.into_iter().map(|line| line.subject).collect();
        assert_eq!(about, [second.to_string(), third.to_string()]);
        let _ = first;
    }

    /// A carry-out waits for the officers' approval; then for the requester to leave with it; and when it is
    /// overdue, for everybody who has a part in it.
    async fn a_carry_out_waits_for_one_after_another(db: TestDatabase) {
        let receiver = WebhookReceiver::start(Answer::Status(200)).await.expect("a receiver");
        let hall = Hall::open(&db, None).await;
        hall.endpoint(receiver.url("/"), these(&["request.waiting", "carry-out.overdue"])).await;
        let items = vec![hall.item(0).await, hall.item(1).await];
        let today = hokan_domain::japan_date::jst_date(start_of_time());
        let plan = Plan {
            items: items.clone(),
            ground: None,
            exempt: None,
            counterparty: None,
            contract: None,
            legal_ground: None,
            direction: Direction::Outside,
            channel: Way::Hand,
            destination: None,
            transport: None,
            tracking: None,
            route: None,
            due_back: Some(today + TimeDelta::days(1)),
            for_good: false,
            packaging: None,
            sealed: false,
            masked: false,
            container: None,
            instead: Vec::new(),
        };
        let id = CarryOutId(Uuid::new_v4());
        let (aoi, beni) = (hall.handler(0).person.id, hall.handler(1).person.id);
        hall.carries_out(id, vec![CarryOutEvent::Requested { by: aoi, plan: Box::new(plan) }]).await;
        assert_eq!(hall.kinds(&hall.officer).await, [InboxKind::CarryOutApproval]);
        assert_eq!(hall.inbox(&hall.officer).await[0].title, "媒体 0 ほか1件");
        assert_eq!(hall.kinds(hall.handler(0)).await, []);
        hall.queue().await;
        assert_eq!(hall.send(Channel::Webhook).await, ONE);

        let approved = CarryOutEvent::Approved {
            by: hall.officer.person.id,
            role: RoleId::from("protection-officer"),
            deputy_for: None,
            divisions: Vec::new(),
            note: None,
        };
        hall.carries_out(id, vec![approved, CarryOutEvent::Granted {}]).await;
        assert_eq!(hall.kinds(&hall.officer).await, []);
        assert_eq!(hall.kinds(hall.handler(0)).await, [InboxKind::CarryOutGranted]);

        let mut loaded = Vec::new();
        for item in &items {
            loaded.push(hall.app.store().item(*item).await.expect("a database").expect("the item"));
        }
        let departed = CarryOutEvent::Departed {
            by: beni,
            container: None,
            lock: None,
            load: Load::of(&loaded),
            scan: None,
        };
        hall.carries_out(id, vec![departed]).await;
        for item in &items {
            hall.happens(*item, vec![Event::Departed { carry_out: Some(id), by: beni, container: None }]).await;
        }
        for who in [hall.handler(0), hall.handler(1), &hall.officer] {
            assert_eq!(hall.kinds(who).await, [], "{}", who.name);
        }
        hall.at(2, 9, 0);
        hall.queue().await;
        hall.queue().await;
        for who in [hall.handler(0), hall.handler(1), &hall.officer] {
            let line = hall.inbox(who).await.remove(0);
            assert_eq!((line.kind, line.overdue), (InboxKind::CarryOutOverdue, true), "{}", who.name);
            assert_eq!(line.due_on, Some(today + TimeDelta::days(1)));
            assert_eq!(line.url, format!("/carry-outs/{id}"));
        }
        assert_eq!(hall.kinds(hall.handler(2)).await, []);
        assert_eq!(hall.send(Channel::Webhook).await, ONE, "told once");
        let told = body(&receiver.requests()[1]);
        assert_eq!(told["type"], "carry-out.overdue");
        assert_eq!((&told["data"]["items_out"], &told["data"]["days"]), (&2.into(), &1.into()));
    }

    /// A destruction waits for any other handler as its witness and then, where the regulation asks for it,
    /// for the officer who confirms it. Where nobody stood by in time the officer hears of that.
    async fn a_destruction_waits_for_its_witness_and_then_for_its_confirmation(db: TestDatabase) {
        let receiver = WebhookReceiver::start(Answer::Status(200)).await.expect("a receiver");
        let hall = Hall::open(&db, None).await;
        hall.adopt(&ProfileText::shipped("nishi-izu").expect("it comes with Hokan")).await;
        hall.endpoint(receiver.url("/"), these(&["disposal.waiting"])).await;
        let (item, lonely) = (hall.item(0).await, hall.item(1).await);
        let (aoi, beni) = (hall.handler(0).person.id, hall.handler(1).person.id);
        let destroyed = |index: usize| Event::Destroyed {
            request: None,
            by: aoi,
            destruction: Destruction {
                method: "shred".to_owned(),
                performed: Performed::Here,
                photographs: Vec::new(),
            },
            scan: seen(&hall.town.labels[index]),
        };
        hall.happens(item, vec![destroyed(0)]).await;
        assert_eq!(hall.kinds(hall.handler(0)).await, [], "not the operator");
        assert_eq!(hall.kinds(hall.handler(1)).await, [InboxKind::Witness]);
        let witnessed = Event::Witnessed {
            by: beni,
            presence: Presence::OnSite,
            photographs: Vec::new(),
            scan: seen(&hall.town.labels[0]),
        };
        hall.queue().await;
        hall.happens(item, vec![witnessed]).await;
        assert_eq!(hall.kinds(hall.handler(1)).await, []);
        assert_eq!(hall.kinds(&hall.officer).await, [InboxKind::Confirmation]);
        hall.queue().await;
        assert_eq!(hall.send(Channel::Webhook).await, Sent { delivered: 2, ..NONE });
        // Two that are due at once may arrive in either order.
        let told = receiver.requests();
        let told: std::collections::BTreeSet<_> =
            told.iter().filter_map(|told| body(told)["data"]["what"].as_str().map(str::to_owned)).collect();
        assert_eq!(told, ["confirmation".to_owned(), "witness".to_owned()].into());
        let confirm = ActRequest::ConfirmDisposal { note: None };
        hall.app.act(&hall.officer, item, event(), confirm).await.expect("confirmed");
        assert_eq!(hall.kinds(&hall.officer).await, []);

        hall.happens(lonely, vec![destroyed(1)]).await;
        hall.later(hall.app.profile().disposal.witness_within + TimeDelta::seconds(1));
        assert_eq!(hall.kinds(hall.handler(1)).await, []);
        let line = hall.inbox(&hall.officer).await.remove(0);
        assert_eq!((line.kind, line.overdue), (InboxKind::Unwitnessed, true));
    }

    /// A role that ends soon is told to whoever holds it and to the administrators, unless it goes on.
    async fn a_role_that_ends_soon_is_told_unless_it_goes_on(db: TestDatabase) {
        let receiver = WebhookReceiver::start(Answer::Status(200)).await.expect("a receiver");
        let hall = Hall::open(&db, None).await;
        hall.endpoint(receiver.url("/"), these(&["term.expiring"])).await;
        let today = hokan_domain::japan_date::jst_date(start_of_time());
        let (soon, far) = (today + TimeDelta::days(30), today + TimeDelta::days(31));
        grant(&hall.app, "beni", "protection-officer", Some("税務課"), Some(soon)).await;
        grant(&hall.app, "chika", "protection-officer", Some("住民課"), Some(far)).await;
        assert_eq!(hall.kinds(hall.handler(2)).await, []);
        let line = hall.inbox(hall.handler(1)).await.remove(0);
        assert_eq!((line.kind, line.due_on), (InboxKind::Term, Some(soon)));
        assert_eq!(line.title, "保護責任者（税務課）");
        assert!(line.sentence.starts_with("あなたの役割は"), "{}", line.sentence);
        let line = hall.inbox(&hall.administrator).await.remove(0);
        assert!(line.sentence.starts_with("beniさんさんの役割は"), "{}", line.sentence);
        hall.queue().await;
        assert_eq!(hall.send(Channel::Webhook).await, ONE);
        let told = body(&receiver.requests()[0]);
        assert_eq!(told["data"]["person"], hall.handler(1).person.id.to_string());

        let new = NewHolding {
            login: "beni".to_owned(),
            role: RoleId::from("protection-officer"),
            division: Some("税務課".to_owned()),
            deputy_for: None,
            from: Some(soon + TimeDelta::days(1)),
            to: None,
        };
        hall.app.grant_role(new).await.expect("it goes on");
        assert_eq!(hall.kinds(hall.handler(1)).await, []);
        assert_eq!(hall.kinds(&hall.administrator).await, []);
    }

    /// What somebody signs in with and must renew, and a machine's token for which he answers, are told to him in time,
    /// and to nobody else.
    ///
    /// req: KT-034
    async fn what_somebody_signs_in_with_is_told_before_it_ends(db: TestDatabase) {
        let hall = Hall::open(&db, None).await;
        hall.adopt(&ProfileText::shipped("kitami").expect("it comes with Hokan")).await;
        let now = hall.app.store().clock().now();
        let token = NewToken {
            name: "出入口の読取機".to_owned(),
            owner: "kanri".to_owned(),
            scopes: [machine::Scope::ReadRegister].into(),
            expires_at: now + TimeDelta::days(170),
        };
        hall.app.add_token(None, token).await.expect("a token");
        let of = async |who: &Caller| {
            let lines = hall.inbox(who).await.into_iter();
            let ours = lines.filter(|line| ["/account/password", "/tokens"].contains(&line.url.as_str()));
            ours.map(|line| (line.kind, line.url)).collect::<Vec<_>>()
        };
        hall.later(TimeDelta::days(130));
        assert_eq!(of(&hall.administrator).await, []);
        hall.later(TimeDelta::days(15));
        let token = (InboxKind::Term, "/tokens".to_owned());
        assert_eq!(of(&hall.administrator).await, std::slice::from_ref(&token));
        hall.later(TimeDelta::days(10));
        let password = (InboxKind::Term, "/account/password".to_owned());
        assert_eq!(of(&hall.administrator).await, [token, password.clone()]);
        assert_eq!(of(hall.handler(0)).await, std::slice::from_ref(&password), "each his own");
        hall.later(TimeDelta::days(20));
        assert_eq!(of(&hall.administrator).await, [password], "the token is over");
        hall.later(TimeDelta::days(10));
        assert_eq!(of(&hall.administrator).await, [], "the next sign-in asks for another");
    }

    /// A permission that ends soon is told to whoever asked for it.
    async fn a_permission_that_ends_soon_is_told_to_the_requester(db: TestDatabase) {
        let hall = Hall::open(&db, None).await;
        let today = hokan_domain::japan_date::jst_date(start_of_time());
        let item = hall.item(0).await;
        let act = event();
        let ask = ActRequest::Ask {
            wanted: WantedRequest::Dispose,
            reason: text("期間満了"),
            until: Some(today + TimeDelta::days(40)),
        };
        hall.app.act(hall.handler(0), item, act, ask).await.expect("asked");
        hall.approve(item, act.into()).await;
        assert_eq!(hall.kinds(hall.handler(0)).await, []);
        hall.at(10, 9, 0);
        let line = hall.inbox(hall.handler(0)).await.remove(0);
        assert_eq!((line.kind, line.due_on), (InboxKind::Term, Some(today + TimeDelta::days(40))));
        assert_eq!(hall.kinds(hall.handler(1)).await, []);
        hall.at(41, 9, 0);
        assert_eq!(hall.kinds(hall.handler(0)).await, [], "it has ended");
    }

    /// What has to go waits for the officer of its division, by its title; and one event tells other systems of
    /// a sweep.
    async fn what_has_to_go_waits_for_its_officer_and_is_one_event_a_sweep(db: TestDatabase) {
        let receiver = WebhookReceiver::start(Answer::Status(200)).await.expect("a receiver");
        let hall = Hall::open(&db, None).await;
        hall.adopt(&ProfileText {
            file: "test.toml".to_owned(),
            own: Some(RULES.to_owned()),
        }).await;
        hall.endpoint(receiver.url("/"), Kinds::All).await;
        let today = hokan_domain::japan_date::jst_date(start_of_time());
        let contents = |recorded_on| Event::ContentsRecorded {
            contents: Contents {
                id: ContentsId(Uuid::new_v4()),
                category: Category::Personal,
                purpose: None,
                records: None,
                recorded_on: Some(recorded_on),
                purpose_code: None,
                received_on: None,
                retention: None,
                starts_on: None,
            },
        };
        let mut items = Vec::new();
        for (index, days) in [(0, 400), (1, 370), (2, 300)] {
            let item = hall.item(index).await;
            hall.happens(item, vec![contents(today - TimeDelta::days(days))]).await;
            items.push(item);
        }
        hall.app.keep_dues_current(None).await.expect("due dates follow");
        assert_eq!(hall.kinds(&hall.officer).await, []);
        purge::run(&hall.app, None, false).await.expect("a sweep");
        let lines = hall.inbox(&hall.officer).await;
        let about: Vec<_> = lines.iter().map(|line| (line.kind, line.title.as_str(), line.overdue)).collect();
        assert_eq!(about, [
            (InboxKind::Retention, "媒体 0", true),
            (InboxKind::Retention, "媒体 1", true),
            (InboxKind::Retention, "媒体 2", false),
        ]);
        assert_eq!(hall.kinds(hall.handler(0)).await, []);
        assert_eq!(hall.send(Channel::Webhook).await, ONE);
        let told = body(&receiver.requests()[0]);
        assert_eq!((&told["type"], &told["data"]["items"]), (&"retention.flagged".into(), &3.into()));
        purge::run(&hall.app, None, false).await.expect("another sweep");
        assert_eq!(hall.send(Channel::Webhook).await, NONE, "nothing new was flagged");
    }

    /// Where the regulation asks for it, media at which nobody has looked for faults for too long wait for the
    /// officer.
    async fn media_wait_to_be_looked_at_for_faults(db: TestDatabase) {
        let hall = Hall::open(&db, None).await;
        hall.adopt(&ProfileText::shipped("nagasaki-kyosai").expect("it comes with Hokan")).await;
        grant(&hall.app, "beni", "system-manager", None, None).await;
        let (item, other) = (hall.item(0).await, hall.item(1).await);
        let profile = hall.app.profile();
        let every = profile.inspections.iter().find(|inspection| inspection.id == "media-faults");
        let every = TimeDelta::days(i64::from(every.expect("the regulation asks for it").every_days));
        // That there are no site managers yet waits, too.
        assert_eq!(hall.kinds(hall.handler(1)).await, [InboxKind::Short]);
        hall.later(every - TimeDelta::days(1));
        let checked = |index: usize| Event::FaultChecked {
            by: hall.handler(0).person.id,
            faulty: false,
            note: None,
            scan: seen(&hall.town.labels[index]),
        };
        hall.happens(other, vec![checked(1)]).await;
        hall.later(TimeDelta::days(2));
        let line = hall.inbox(hall.handler(1)).await.remove(0);
        assert_eq!((line.kind, line.overdue), (InboxKind::FaultCheck, true));
        assert_eq!(line.sentence, "確認の時期を過ぎた媒体が1件あります。");
        hall.happens(item, vec![checked(0)]).await;
        assert_eq!(hall.kinds(hall.handler(1)).await, [InboxKind::Short]);
    }
}

/// Data kept for one year.
const RULES: &str = r#"
id = "notify-test"
title = { ja = "試験規程", en = "A regulation to test with" }
in_force_from = 2020-04-01

[[retention.rules]]
id = "year"
name = { ja = "1年保存", en = "1 year" }
start = "recorded"
length = { years = 1 }
clause = "第1条"

[[retention.defaults]]
rule = "year"
"#;

// --------------------------------------------------------------------------------------------------------- mail

on_both_databases! {
    /// One mail a day at its hour to everybody for whom something waits, in Japanese, with titles and without
    /// names; none where nothing waits, and none to somebody who is suspended.
    async fn one_mail_a_day_tells_what_waits(db: TestDatabase) {
        let sink = SmtpSink::start().await.expect("a mail server");
        let hall = Hall::open(&db, Some(&sink)).await;
        let second = add_person(&hall.app, "fuku", "副 三郎", &[]).await;
        grant(&hall.app, "fuku", "protection-officer", Some("税務課"), None).await;
        hall.at(1, 8, 0);
        hall.queue().await;
        assert_eq!(hall.send(Channel::Mail).await, NONE, "nothing waits for anybody");

        let item = hall.item(0).await;
        let request = hall.ask(item).await;
        suspend(&db, &second).await;
        hall.at(1, 23, 59);
        hall.queue().await;
        hall.at(2, 7, 59);
        hall.queue().await;
        assert_eq!(hall.send(Channel::Mail).await, NONE, "the hour has not come");
        hall.at(2, 8, 0);
        hall.queue().await;
        hall.queue().await;
        assert_eq!(hall.send(Channel::Mail).await, ONE);
        hall.at(2, 18, 0);
        hall.queue().await;
        assert_eq!(hall.send(Channel::Mail).await, NONE, "one a day");

        let mails = sink.mails();
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].to, ["hogo@town.example.jp"]);
        assert_eq!(mails[0].subject(), "【Hokan】お知らせ 1 件（承認待ち 1 件）");
        assert_eq!(mails[0].decoded_header("From").expect("a sender"), "保管 <hokan@town.example.jp>");
        let text = mails[0].text();
        assert_eq!(text, format!(
            "確認が必要なお知らせが 1 件あります。\n\n承認待ち 1 件\n\n■ 承認待ち（1 件）\n・媒体 0\n  \
             {ORIGIN}/items/{item}\n\nすべてのお知らせは次のページで確認できます。\n{ORIGIN}/inbox\n\n\
             このメールはHokanが自動で送信しています。\n"
        ));
        assert!(!text.contains("さん") && !text.contains("太郎"), "{text}");

        hall.at(3, 9, 0);
        hall.queue().await;
        assert_eq!(hall.send(Channel::Mail).await, ONE, "it still waits");
        hall.approve(item, request).await;
        hall.at(4, 9, 0);
        hall.queue().await;
        assert_eq!(hall.send(Channel::Mail).await, NONE);
        assert_eq!(sink.mails().len(), 2);
    }

    /// Whoever changes how somebody signs in, that person hears of it, also when he was suspended by it; and nothing
    /// in the mail opens anything. Attempts that look wrong are told too. It is told as news or not at all.
    async fn changes_of_how_somebody_signs_in_are_mailed_to_him(db: TestDatabase) {
        let sink = SmtpSink::start().await.expect("a mail server");
        let hall = Hall::open(&db, Some(&sink)).await;
        let (app, whose) = (&hall.app, hall.officer.person.id);
        let by = Some(hall.administrator.person.id);
        hall.at(1, 9, 30);
        app.administer_as(by, whose, Administered::SignOut).await.expect("sessions end");
        assert_eq!(hall.send(Channel::Mail).await, NONE, "nothing changed");
        let secret = app.administer_as(by, whose, Administered::Reset).await.expect("a reset");
        let secret = secret.expect("a one-time secret");
        assert_eq!(hall.send(Channel::Mail).await, ONE);
        app.administer_as(by, whose, Administered::Suspend).await.expect("suspended");
        assert_eq!(hall.send(Channel::Mail).await, ONE, "also to somebody who may not act any more");
        app.administer_as(by, whose, Administered::Restore).await.expect("restored");
        assert_eq!(hall.send(Channel::Mail).await, ONE);
        app.administer_as(by, hall.handler(0).person.id, Administered::Reset).await.expect("a reset");
        assert_eq!(hall.send(Channel::Mail).await, NONE, "no address");

        for _ in 0..10 {
            let sign_in = SignIn { login: "hogo".to_owned(), password: "wrong".to_owned() };
            app.sign_in(Lang::Ja, sign_in, Origin::default()).await.expect_err("wrong");
            hall.later(TimeDelta::minutes(5));
        }
        assert_eq!(app.watch_trail().await.expect("the watch works"), 1);
        assert_eq!(hall.send(Channel::Mail).await, ONE);

        let mails = sink.mails();
        let said = ["仮パスワードを発行", "利用が停止", "利用が再開", "何度も失敗"];
        for (mail, said) in mails.iter().zip(said) {
            assert_eq!(mail.to, ["hogo@town.example.jp"]);
            assert_eq!(mail.subject(), "【Hokan】サインインに関するお知らせ");
            let text = mail.text();
            assert!(text.contains(said) && text.contains(&format!("{ORIGIN}/account")), "{text}");
            assert!(!text.contains(&secret) && !text.contains("次郎") && !text.contains("太郎"), "{text}");
        }
        assert!(mails[0].text().contains(" 09:30"), "{}", mails[0].text());
        assert_eq!(mails.len(), said.len());

        app.administer_as(by, whose, Administered::Reset).await.expect("a reset");
        hall.later(TimeDelta::days(4));
        assert_eq!(hall.send(Channel::Mail).await, Sent { ended: 1, ..NONE }, "it is no news any more");
    }

    /// A mail whose reason has gone by the time it is sent is not sent, nor one to somebody who was suspended
    /// meanwhile.
    async fn a_mail_tells_what_waits_when_it_is_sent(db: TestDatabase) {
        let sink = SmtpSink::start().await.expect("a mail server");
        let hall = Hall::open(&db, Some(&sink)).await;
        let item = hall.item(0).await;
        let request = hall.ask(item).await;
        hall.at(1, 8, 0);
        hall.queue().await;
        hall.approve(item, request).await;
        assert_eq!(hall.send(Channel::Mail).await, Sent { ended: 1, ..NONE });
        hall.ask(item).await;
        hall.at(2, 8, 0);
        hall.queue().await;
        suspend(&db, &hall.officer).await;
        assert_eq!(hall.send(Channel::Mail).await, Sent { ended: 1, ..NONE });
        assert_eq!(sink.mails().len(), 0);
    }

    /// A mail server that is busy or silent is tried again later, and gets the mail once it takes it. The
    /// administrators hear of it where it lasts.
    async fn a_mail_that_is_not_taken_is_sent_again_later(db: TestDatabase) {
        let behaves = |behaviour| SmtpSetup { behaviour, ..SmtpSetup::default() };
        let sink = SmtpSink::start_with(behaves(SmtpBehaviour::TryLater)).await.expect("a mail server");
        let hall = Hall::open(&db, Some(&sink)).await;
        let item = hall.item(0).await;
        hall.ask(item).await;
        hall.at(1, 8, 0);
        hall.queue().await;
        assert_eq!(hall.send(Channel::Mail).await, FAILED);
        assert_eq!(hall.send(Channel::Mail).await, NONE, "not at once");
        sink.set(behaves(SmtpBehaviour::Hang));
        hall.later(SCHEDULE[0] * 6 / 5);
        assert_eq!(hall.send(Channel::Mail).await, FAILED);
        hall.later(SCHEDULE[1] * 6 / 5);
        assert_eq!(hall.kinds(&hall.administrator).await, []);
        assert_eq!(hall.send(Channel::Mail).await, FAILED);
        let line = hall.inbox(&hall.administrator).await.remove(0);
        assert_eq!(line.kind, InboxKind::Mail);
        assert!(line.sentence.contains("took too long"), "{}", line.sentence);
        sink.set(behaves(SmtpBehaviour::Accept));
        hall.later(SCHEDULE[2] * 6 / 5);
        assert_eq!(hall.send(Channel::Mail).await, ONE);
        assert_eq!(hall.kinds(&hall.administrator).await, []);
        assert_eq!(sink.mails().len(), 1);

        // An address that there is not is not tried again.
        sink.set(behaves(SmtpBehaviour::RefuseRecipient));
        hall.at(2, 8, 0);
        hall.queue().await;
        assert_eq!(hall.send(Channel::Mail).await, Sent { ended: 1, ..NONE });
        assert_eq!(hall.kinds(&hall.administrator).await, [InboxKind::Mail]);
    }

    /// An incident is mailed at once to those whom its next step concerns, and no more than once in fifteen
    /// minutes to one person: what comes between joins the next mail.
    async fn incidents_are_mailed_at_once_and_do_not_flood(db: TestDatabase) {
        let sink = SmtpSink::start().await.expect("a mail server");
        let receiver = WebhookReceiver::start(Answer::Status(200)).await.expect("a receiver");
        let hall = Hall::open(&db, Some(&sink)).await;
        hall.endpoint(receiver.url("/"), these(&["incident.opened"])).await;
        hall.at(1, 12, 0);
        hall.queue().await;
        let first = hall.incident(hall.handler(0)).await;
        let line = hall.inbox(&hall.officer).await.remove(0);
        assert_eq!((line.kind, line.subject), (InboxKind::Incident, first.to_string()));
        assert_eq!(line.title, "紛失・滅失（事案）");
        assert!(line.sentence.starts_with("総括責任者への報告を"), "{}", line.sentence);
        assert!(hall.inbox(hall.handler(0)).await[0].sentence.starts_with("保護責任者への報告を"));
        assert_eq!(hall.kinds(hall.handler(1)).await, []);
        hall.queue().await;
        assert_eq!(hall.send(Channel::Mail).await, ONE);
        assert_eq!(hall.send(Channel::Webhook).await, ONE);

        for minutes in [2, 3] {
            hall.later(TimeDelta::minutes(minutes));
            hall.incident(hall.handler(0)).await;
            hall.queue().await;
            assert_eq!(hall.send(Channel::Mail).await, NONE);
            assert_eq!(hall.send(Channel::Webhook).await, ONE, "other systems are told of each at once");
        }
        hall.later(TimeDelta::minutes(10));
        assert_eq!(hall.send(Channel::Mail).await, ONE);
        let mails = sink.mails();
        assert_eq!(mails.len(), 2);
        assert_eq!(mails[0].subject(), "【Hokan】お知らせ 1 件（事故・事案 1 件）");
        assert_eq!(mails[1].subject(), "【Hokan】お知らせ 3 件（事故・事案 3 件）");
        assert!(mails.iter().all(|mail| mail.to == ["hogo@town.example.jp"]));

        // The clock of a step that is not taken runs out.
        hall.at(2, 12, 0);
        assert!(hall.inbox(&hall.officer).await.iter().all(|line| line.overdue));
    }

    /// Without settings for mail nothing is queued for it.
    async fn without_a_mail_server_nothing_is_queued_for_mail(db: TestDatabase) {
        let hall = Hall::open(&db, None).await;
        let item = hall.item(0).await;
        hall.ask(item).await;
        hall.incident(hall.handler(0)).await;
        hall.at(1, 9, 0);
        hall.queue().await;
        let due = hall.app.store().due_deliveries(Channel::Mail, 10).await.expect("a list");
        assert_eq!(due, []);
    }
}

// ----------------------------------------------------------------------------------------------------- webhooks

on_both_databases! {
    /// A webhook is signed with the endpoint's secret, tells only what the endpoint wants to hear, and holds
    /// ids and addresses: no title and no name.
    async fn a_webhook_is_signed_and_names_nobody(db: TestDatabase) {
        let receiver = WebhookReceiver::start(Answer::Status(200)).await.expect("a receiver");
        let other = WebhookReceiver::start(Answer::Status(200)).await.expect("a receiver");
        let hall = Hall::open(&db, None).await;
        let (_, secret) = hall.endpoint(receiver.url("/hook?token=x"), these(&["request.waiting"])).await;
        hall.endpoint(other.url("/"), these(&["incident.opened"])).await;
        let item = hall.item(0).await;
        let request = hall.ask(item).await;
        hall.queue().await;
        hall.queue().await;
        let sent_at = hall.app.store().clock().now();
        assert_eq!(hall.send(Channel::Webhook).await, ONE);
        assert_eq!(hall.send(Channel::Webhook).await, NONE);
        assert_eq!((receiver.requests().len(), other.connections()), (1, 0));

        let got = receiver.requests().remove(0);
        got.verify(std::slice::from_ref(&secret), sent_at, TimeDelta::seconds(1)).expect("its signature");
        let forged = Secret::from_bytes(&[7; 32]).expect("a secret");
        assert!(got.verify(&[forged], sent_at, TimeDelta::seconds(1)).is_err());
        assert!(got.header(HEADER_ID).starts_with("msg_"));
        assert_eq!(got.path, "/hook?token=x");
        let told = body(&got);
        assert_eq!(told, serde_json::json!({
            "type": "request.waiting",
            "timestamp": sent_at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
            "data": {
                "item": item,
                "request": request,
                "what": "dispose",
                "url": format!("{ORIGIN}/items/{item}"),
            },
        }));
        let text = String::from_utf8(got.body).expect("UTF-8");
        for name in ["媒体", "さん", OFFICER, "税務課"] {
            assert!(!text.contains(name), "{text}");
        }
    }

    /// What fails is tried again on the schedule, under the same id, until it is taken.
    async fn what_fails_is_tried_again_until_it_is_taken(db: TestDatabase) {
        let receiver = WebhookReceiver::start(Answer::Status(500)).await.expect("a receiver");
        receiver.answer([Answer::Status(500), Answer::Drop, Answer::retry_after(503, "600"), Answer::Status(200)]);
        let hall = Hall::open(&db, None).await;
        let (id, secret) = hall.endpoint(receiver.url("/"), Kinds::All).await;
        let item = hall.item(0).await;
        hall.ask(item).await;
        hall.queue().await;
        assert_eq!(hall.send(Channel::Webhook).await, FAILED);
        assert_eq!(hall.send(Channel::Webhook).await, NONE, "not at once");
        assert_eq!(hall.app.store().waiting_deliveries(id.0).await.expect("a count"), 1);
        hall.later(SCHEDULE[0] * 6 / 5);
        assert_eq!(hall.send(Channel::Webhook).await, FAILED);
        hall.later(SCHEDULE[1] * 6 / 5);
        assert_eq!(hall.send(Channel::Webhook).await, FAILED);
        let failing = hall.app.store().webhooks().await.expect("a list").remove(0);
        assert_eq!(failing.last_error.as_deref(), Some("the receiver answered with status 503"));
        assert!(failing.health.failing_since.is_some());
        hall.later(SCHEDULE[2] * 6 / 5);
        let sent_at = hall.app.store().clock().now();
        assert_eq!(hall.send(Channel::Webhook).await, ONE);
        let well = hall.app.store().webhooks().await.expect("a list").remove(0);
        assert_eq!((well.health.failing_since, well.last_error), (None, None));

        let got = receiver.requests();
        assert_eq!(got.len(), 4);
        assert!(got.iter().all(|request| request.header(HEADER_ID) == got[0].header(HEADER_ID)));
        assert!(got.iter().all(|request| request.body == got[0].body));
        // Each attempt bears its own time, so that a receiver takes a late one, too.
        got[3].verify(&[secret], sent_at, TimeDelta::seconds(1)).expect("its signature");
    }

    /// A redirect is not followed; a receiver that hangs holds up nobody else.
    async fn a_redirect_is_not_followed_and_a_hang_holds_up_nobody(db: TestDatabase) {
        let elsewhere = WebhookReceiver::start(Answer::Status(200)).await.expect("a receiver");
        let redirects =
            WebhookReceiver::start(Answer::redirect(307, &elsewhere.url("/"))).await.expect("a receiver");
        let hangs = WebhookReceiver::start(Answer::Hang).await.expect("a receiver");
        let well = WebhookReceiver::start(Answer::Status(200)).await.expect("a receiver");
        let hall = Hall::open(&db, None).await;
        for receiver in [&redirects, &hangs, &well] {
            hall.endpoint(receiver.url("/"), Kinds::All).await;
        }
        for index in 0..3 {
            let item = hall.item(index).await;
            hall.ask(item).await;
        }
        hall.queue().await;
        // The other two are asked once: what does not answer is not asked for each of its messages.
        assert_eq!(hall.send(Channel::Webhook).await, Sent { delivered: 3, failed: 2, ended: 0 });
        assert_eq!((redirects.requests().len(), hangs.requests().len(), well.requests().len()), (1, 1, 3));
        assert_eq!(elsewhere.connections(), 0);
        let told: Vec<_> = hall.app.store().webhooks().await.expect("a list").into_iter()
            .map(|webhook| webhook.last_error.unwrap_or_default()).collect();
        assert!(["(307)", "took too long"].iter().all(|why| told.iter().any(|told| told.contains(why)))
                && told.iter().any(|told| told.is_empty()), "{told:?}");
    }

    /// A receiver that says that it is gone gets nothing more, and the administrators hear of it until they
    /// enable it again.
    async fn an_endpoint_that_is_gone_is_disabled_at_once(db: TestDatabase) {
        let receiver = WebhookReceiver::start(Answer::Status(410)).await.expect("a receiver");
        let hall = Hall::open(&db, None).await;
        let (id, _) = hall.endpoint(receiver.url("/"), Kinds::All).await;
        for index in 0..3 {
            let item = hall.item(index).await;
            hall.ask(item).await;
        }
        hall.queue().await;
        assert_eq!(hall.send(Channel::Webhook).await, Sent { ended: 1, ..NONE });
        assert_eq!(hall.send(Channel::Webhook).await, NONE, "what was waiting is dropped");
        let item = hall.item(3).await;
        hall.ask(item).await;
        hall.queue().await;
        assert_eq!(hall.send(Channel::Webhook).await, NONE, "and nothing is added");
        assert_eq!(receiver.requests().len(), 1);
        let line = hall.inbox(&hall.administrator).await.remove(0);
        assert_eq!((line.kind, line.subject), (InboxKind::Webhook, id.to_string()));
        assert_eq!(line.title, receiver.address().to_string());
        assert!(line.sentence.contains("410"), "{}", line.sentence);
        assert!(!hall.kinds(&hall.officer).await.contains(&InboxKind::Webhook));

        receiver.answer([Answer::Status(200)]);
        let enabled: Result<bool, StoreError> = hall.app.store()
            .write("test.enable", move |tx| Box::pin(async move { tx.enable_webhook(id).await }))
            .await;
        assert!(enabled.expect("enabled"));
        assert_eq!(hall.kinds(&hall.administrator).await, []);
        let item = hall.item(4).await;
        hall.ask(item).await;
        hall.queue().await;
        assert_eq!(hall.send(Channel::Webhook).await, ONE);
    }

    /// An endpoint that takes nothing for as long as patience lasts is disabled.
    async fn an_endpoint_that_takes_nothing_is_disabled_in_the_end(db: TestDatabase) {
        let receiver = WebhookReceiver::start(Answer::Status(500)).await.expect("a receiver");
        let patience = Patience { exhausted: 1, ..Patience::default() };
        let hall = Hall::with(&db, None, true, SendOptions { patience, ..quick() }).await;
        hall.endpoint(receiver.url("/"), Kinds::All).await;
        let item = hall.item(0).await;
        hall.ask(item).await;
        hall.queue().await;
        for delay in SCHEDULE {
            assert_eq!(hall.send(Channel::Webhook).await, FAILED);
            hall.later(delay * 6 / 5);
        }
        assert_eq!(hall.kinds(&hall.administrator).await, []);
        assert_eq!(hall.send(Channel::Webhook).await, Sent { ended: 1, ..NONE });
        let line = hall.inbox(&hall.administrator).await.remove(0);
        assert!(line.sentence.contains("続けて1件"), "{}", line.sentence);
    }

    /// This machine is not reached unless that was allowed, neither by its address nor by a name for it.
    async fn this_machine_is_not_reached_unless_that_is_allowed(db: TestDatabase) {
        let receiver = WebhookReceiver::start(Answer::Status(200)).await.expect("a receiver");
        let hall = Hall::with(&db, None, false, quick()).await;
        hall.endpoint(receiver.url("/"), Kinds::All).await;
        hall.endpoint(receiver.url_as("localhost", "/"), Kinds::All).await;
        let item = hall.item(0).await;
        hall.ask(item).await;
        hall.queue().await;
        assert_eq!(hall.send(Channel::Webhook).await, Sent { failed: 2, ..NONE });
        assert_eq!(receiver.connections(), 0);
        for webhook in hall.app.store().webhooks().await.expect("a list") {
            let error = webhook.last_error.expect("what went wrong");
            assert!(error.contains("a loopback address"), "{error}");
        }
    }

    /// Two servers on one database tell each thing once.
    async fn two_servers_tell_each_thing_once(db: TestDatabase) {
        let sink = SmtpSink::start().await.expect("a mail server");
        let receiver = WebhookReceiver::start(Answer::Status(200)).await.expect("a receiver");
        let hall = Hall::open(&db, Some(&sink)).await;
        hall.endpoint(receiver.url("/"), Kinds::All).await;
        let config = settings(&hall.town, &db, Some(sink.address()), true);
        let second = serve::open(config, hall.town.clock.clone(), Entropy::system(), Schema::Require)
            .await
            .expect("a second server");
        let second = Courier::with(&second, quick()).expect("its courier");
        for index in 0..12 {
            let item = hall.item(index).await;
            hall.ask(item).await;
        }
        hall.incident(hall.handler(0)).await;
        hall.at(1, 8, 0);
        for _ in 0..3 {
            let (one, other) = tokio::join!(hall.courier.queue(), second.queue());
            one.expect("queued");
            other.expect("queued");
        }
        let (one, other, mail, more_mail) = tokio::join!(
            hall.courier.send(Channel::Webhook),
            second.send(Channel::Webhook),
            hall.courier.send(Channel::Mail),
            second.send(Channel::Mail),
        );
        let sent = one.expect("sent").delivered + other.expect("sent").delivered;
        assert_eq!((sent, receiver.requests().len()), (13, 13));
        let mut ids: Vec<_> = receiver.requests().iter().map(|told| told.header(HEADER_ID).to_owned()).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 13);
        // The mail of the day and the one about the incident.
        let mails = mail.expect("sent").delivered + more_mail.expect("sent").delivered;
        assert_eq!((mails, sink.mails().len()), (2, 2));
    }

    /// A server that dies while it sends keeps nothing from the others for long.
    async fn what_a_dead_server_had_claimed_is_sent_by_another(db: TestDatabase) {
        let receiver = WebhookReceiver::start(Answer::Status(200)).await.expect("a receiver");
        let hall = Hall::open(&db, None).await;
        hall.endpoint(receiver.url("/"), Kinds::All).await;
        let item = hall.item(0).await;
        hall.ask(item).await;
        hall.queue().await;
        let due = hall.app.store().due_deliveries(Channel::Webhook, 10).await.expect("a list");
        let id = due[0].1;
        let claimed: Result<bool, StoreError> = hall.app.store()
            .write("test.claim", move |tx| Box::pin(async move {
                Ok(tx.claim_delivery(id, TimeDelta::minutes(5)).await?.is_some())
            }))
            .await;
        assert!(claimed.expect("claimed"));
        assert_eq!(hall.send(Channel::Webhook).await, NONE);
        hall.later(TimeDelta::minutes(5));
        assert_eq!(hall.send(Channel::Webhook).await, ONE);
    }

    /// What was sent is forgotten after some weeks; what waits is not.
    async fn what_was_sent_is_forgotten_in_the_end(db: TestDatabase) {
        let receiver = WebhookReceiver::start(Answer::Status(200)).await.expect("a receiver");
        let hall = Hall::open(&db, None).await;
        hall.endpoint(receiver.url("/"), Kinds::All).await;
        let item = hall.item(0).await;
        let request = hall.ask(item).await;
        hall.queue().await;
        assert_eq!(hall.send(Channel::Webhook).await, ONE);
        hall.approve(item, request).await;
        hall.queue().await;
        let rows = async |table: &str| {
            let connection = bulk::connect(&db).await;
            let statement = sea_orm::Statement::from_string(
                connection.get_database_backend(),
                format!("SELECT count(*) AS n FROM {table}"),
            );
            let row = connection.query_one_raw(statement).await.expect("a query").expect("a row");
            let rows: i64 = row.try_get("", "n").expect("a number");
            connection.close().await.expect("a connection closes");
            rows
        };
        assert_eq!((rows("delivery").await, rows("alert").await), (1, 1));
        hall.at(40, 9, 0);
        hall.queue().await;
        assert_eq!((rows("delivery").await, rows("alert").await), (0, 0));
    }

    /// Endpoints are set up on the shell; the secret is shown once, and an address that is not allowed is
    /// refused.
    async fn endpoints_are_set_up_on_the_shell(db: TestDatabase) {
        let receiver = WebhookReceiver::start(Answer::Status(200)).await.expect("a receiver");
        let town = Town::on(&db).await;
        let data = town.folder.path().display().to_string();
        let here = ["--data-dir", &data, "--database-url", db.url()];
        let open = ["--webhooks-allow-http", "true", "--webhooks-allow-loopback", "true"];
        let run = |args: &[&str]| {
            let args: Vec<&str> = ["webhook"].iter().chain(args).chain(&here).copied().collect();
            run_hokan(args)
        };
        let url = receiver.url("/hook?token=secret");
        let refused = hokan().args(["webhook", "add", &url]).args(here).output().expect("hokan can be started");
        assert!(!refused.status.success());
        assert!(String::from_utf8_lossy(&refused.stderr).contains("https://"), "{refused:?}");
        let add: Vec<&str> = ["add", &url, "--kinds", "incident.opened,request.waiting"].into_iter().chain(open).collect();
        let added = run(&add);
        let (id, secret) = added.trim().split_once('\n').expect("two lines");
        let secret = Secret::parse(secret.strip_prefix("secret: ").expect("the secret")).expect("a secret");
        let listed = run(&["list"]);
        assert!(listed.starts_with(&format!("{id}\t{}\tincident.opened,request.waiting\t0 waiting\twell", receiver.address())), "{listed}");
        assert!(!listed.contains("token") && !listed.contains("whsec_"), "{listed}");
        let test: Vec<&str> = ["test", id].into_iter().chain(open).collect();
        assert_eq!(run(&test).trim(), "delivered: status 200");
        let got = receiver.requests().remove(0);
        assert_eq!(body(&got)["type"], "test");
        let now: DateTime<Utc> = DateTime::from_timestamp(
            got.header("webhook-timestamp").parse().expect("seconds"), 0,
        ).expect("a moment");
        got.verify(&[secret], now, TimeDelta::seconds(1)).expect("its signature");
        run(&["enable", id]);
        run(&["remove", id]);
        assert_eq!(run(&["list"]), "");
    }
}
