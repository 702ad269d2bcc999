//! Until when things are kept: due dates that follow rules, calendars, holds and extensions, and the sweep that
//! flags what has to go.

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};
use futures_util::future::join_all;
use hokan_domain::{
    approval::{RequestState, Wanted},
    calendar::PENSION_PAYMENT,
    contents::{Category, Contents},
    disposal::{Destruction, Erasure, Performed, Verification},
    event::{Event, Scan, ScanMethod},
    ids::{ContentsId, DivisionId, EventId, ItemId, PersonId},
    item::ItemKind,
    japan_date::jst_day_start,
    label::LabelId,
    ledger::hash::Hash,
    person::{Person, RoleHeld},
    personal_number::CheckedText,
    profile::{Profile, RoleId},
    retention::{NO_LONGER_NEEDED, OPERATION_ENDED, next_step_date, step_on},
    text::{Lang, TextRef},
};
use hokan_mobile_api::request::{ActRequest, ContentsRequest, RegisterRequest};
use hokan_server::{
    app::{
        App, ProfileText,
        retention::{CalendarEdit, CalendarError, Whose, told},
    },
    jobs::{
        lease::Lease,
        purge::{self, JOB, PURGE_AT, SweepReport},
    },
    store::{
        StoreError,
        ledger::ActStamp,
        retention::{DueRow, Recompute, steps},
        texts::NewTexts,
    },
};
use hokan_tests::{
    bulk,
    database::{Database, TestDatabase},
    on_both_databases,
    server::hokan,
    town::{Town, event, registration},
};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use uuid::Uuid;

/// A regulation whose rules begin in every way.
const RULES: &str = r#"
id = "purge-test"
title = { ja = "保存期間の試験規程", en = "A regulation to test retention with" }
in_force_from = 2020-04-01

[[retention.rules]]
id = "year"
name = { ja = "1年保存", en = "1 year" }
start = "recorded"
length = { years = 1 }
grace_days = 30
clause = "第1条"

[[retention.rules]]
id = "operation-ended"
name = { ja = "運用の終了まで", en = "until operation ends" }
start = { event = "operation-ended" }
length = "none"
clause = "第2条"

[[retention.rules]]
id = "payment"
name = { ja = "次回の年金給付まで", en = "until the next payment" }
start = { calendar = "pension-payment" }
length = "none"
clause = "第3条"

[[retention.rules]]
id = "open-day"
name = { ja = "次回の公開日まで", en = "until the next open day" }
start = { calendar = "open-days" }
length = "none"
clause = "第4条"

[[retention.rules]]
id = "for-ever"
name = { ja = "永年保存", en = "for ever" }
start = "recorded"
length = "permanent"
clause = "第5条"

[[retention.defaults]]
when = { categories = ["personal"] }
rule = "year"

[[retention.defaults]]
rule = "for-ever"

[retention.escalation]
days_before = [90, 30, 7]
every_days = 7
owner = "protection-officer"
escalate = [{ after_days = 7, to = "general-officer" }]
clause = "第6条"
"#;

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a day")
}

/// Moves the town's clock to noon of a day in Japan.
fn noon(town: &Town, day: NaiveDate) {
    town.clock.set(jst_day_start(day) + TimeDelta::hours(12));
}

async fn adopt(app: &App, by: PersonId, text: &ProfileText) {
    app.adopt_profile(text, BTreeMap::new(), None, by, event()).await.expect("the regulation is sound");
    app.keep_dues_current(None).await.expect("due dates follow");
}

/// The text of the test's own regulation.
fn own(text: &str) -> ProfileText {
    ProfileText { file: "purge-test.toml".to_owned(), own: Some(text.to_owned()) }
}

async fn town_with(db: &TestDatabase, text: &ProfileText, today: NaiveDate) -> Town {
    let town = Town::on(db).await;
    noon(&town, today);
    adopt(&town.app, town.handlers[0].person.id, text).await;
    town
}

fn contents(category: Category, recorded_on: NaiveDate) -> Contents {
    Contents {
        id: ContentsId(Uuid::new_v4()),
        category,
        purpose: None,
        records: Some(10),
        recorded_on: Some(recorded_on),
        purpose_code: None,
        received_on: None,
        retention: None,
        starts_on: None,
    }
}

fn under(rule: &str, recorded_on: NaiveDate) -> Contents {
    Contents { retention: Some(rule.to_owned()), ..contents(Category::Personal, recorded_on) }
}

fn stamp(town: &Town, profile: &Profile) -> ActStamp {
    let act = event();
    ActStamp {
        act,
        request: Hash::of(act.to_string().as_bytes()),
        actor: town.handlers[0].person.id,
        profile: profile.digest,
        occurred_at: None,
        observed_by: None,
    }
}

/// Events as they are, without asking who may: what is tested here is what follows from them.
async fn happens(town: &Town, item: ItemId, events: Vec<Event>) {
    let profile = town.app.profile();
    let stamp = stamp(town, &profile);
    let done: Result<(), StoreError> = town
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

fn text() -> TextRef {
    TextRef { id: hokan_domain::ids::NoteId(Uuid::new_v4()), digest: Hash::of(b"a text") }
}

/// Registers an item under the `index`-th label.
async fn shelve(town: &Town, index: usize, kind: ItemKind, contents: Vec<Contents>) -> ItemId {
    let id = ItemId(town.app.store().entropy().id(town.clock.now()));
    let title: Result<TextRef, StoreError> = town
        .app
        .store()
        .write("test.title", move |tx| {
            Box::pin(async move {
                let mut texts = NewTexts::new(tx);
                let title = texts.add(&CheckedText::new(&format!("媒体{index}"), 100).expect("harmless"));
                tx.keep_texts(texts).await?;
                Ok(title)
            })
        })
        .await;
    let registered = Event::Registered {
        item_kind: kind,
        label: town.labels[index].clone(),
        title: title.expect("a title"),
        control_number: None,
        serial: None,
        holder: town.handlers[0].person.id,
    };
    let recorded = contents.into_iter().map(|contents| Event::ContentsRecorded { contents });
    happens(town, id, std::iter::once(registered).chain(recorded).collect()).await;
    id
}

async fn due_row(town: &Town, item: ItemId) -> Option<DueRow> {
    town.app.store().due_of(item).await.expect("a database").map(|(row, _)| row)
}

async fn due_on(town: &Town, item: ItemId) -> Option<NaiveDate> {
    due_row(town, item).await.and_then(|row| row.due_on)
}

async fn flag(town: &Town, item: ItemId) -> Option<i32> {
    town.app.store().due_of(item).await.expect("a database").and_then(|(_, step)| step).map(|step| step.0)
}

async fn sweep(town: &Town, day: NaiveDate) -> SweepReport {
    noon(town, day);
    purge::run(&town.app, None, false).await.expect("a sweep")
}

/// The items that are listed as flagged.
async fn listed(town: &Town) -> Vec<ItemId> {
    let items = town.app.due_items(Whose::Everybody, false, None, 100, Lang::Ja).await.expect("a list");
    items.into_iter().map(|item| item.item).collect()
}

fn flagged(report: &SweepReport) -> Vec<(i32, u64)> {
    report.flagged.iter().map(|(step, rows)| (step.0, *rows)).collect()
}

fn scan(label: &LabelId) -> Scan {
    Scan { label: label.clone(), method: ScanMethod::Camera }
}

fn erasure(verification: Verification) -> Erasure {
    Erasure { method: "overwrite".to_owned(), tool: None, verification }
}

fn erased(by: PersonId, contents: ContentsId) -> Event {
    Event::ContentsErased { by, contents, erasure: erasure(Verification::Full) }
}

on_both_databases! {
    /// Under the regulation of the pension association, what it got of the resident network is due on the
    /// day after the next payment, which is moved off closed days, and is flagged on that day.
    /// req: NG-035
    async fn pension_data_is_flagged_on_the_day_after_the_next_payment(db: TestDatabase) {
        let nagasaki = ProfileText::shipped("nagasaki-kyosai").expect("it comes with Hokan");
        let town = town_with(&db, &nagasaki, day(2026, 10, 20)).await;
        let got = |received| Contents {
            received_on: Some(received),
            ..contents(Category::IdentityVerification, day(2026, 4, 1))
        };
        let december = shelve(&town, 0, ItemKind::OpticalDisc, vec![got(day(2026, 10, 20))]).await;
        // 15 August 2027 is a Sunday.
        let august = shelve(&town, 1, ItemKind::OpticalDisc, vec![got(day(2027, 6, 20))]).await;
        // What arrives on a day of payment waits for the next.
        let february = shelve(&town, 2, ItemKind::OpticalDisc, vec![got(day(2026, 12, 15))]).await;
        assert_eq!(due_on(&town, december).await, Some(day(2026, 12, 16)));
        assert_eq!(due_on(&town, august).await, Some(day(2027, 8, 14)));
        assert_eq!(due_on(&town, february).await, Some(day(2027, 2, 16)));
        let grace = town.app.profile().retention_rule("next-payment").expect("its rule").0.grace_days;
        let act_by = due_row(&town, december).await.and_then(|row| row.act_by);
        assert_eq!(act_by, Some(day(2026, 12, 16) + TimeDelta::days(i64::from(grace))));

        assert_eq!(sweep(&town, day(2026, 12, 15)).await.newly_due, 0);
        let report = sweep(&town, day(2026, 12, 16)).await;
        assert_eq!((report.newly_due, report.overdue_total), (1, 1));
        let items = town.app.due_items(Whose::Everybody, true, None, 10, Lang::Ja).await.expect("a list");
        assert_eq!(items.iter().map(|item| item.item).collect::<Vec<_>>(), [december]);
        let sentence = &items[0].contents[0].sentence;
        assert!(sentence.contains("次回の年金給付日 令和8年12月15日の後、遅滞なく消去・廃棄"), "{sentence}");
        assert!(sentence.contains("第11条第1項"), "{sentence}");
    }

    /// Under the town's filing regulation a paper is kept for five years from the next 1 April, where nothing
    /// else is said, and what is past its period is flagged and stays so.
    /// req: NI-074 NI-052
    async fn records_are_flagged_when_their_fiscal_years_have_passed(db: TestDatabase) {
        let nishi_izu = ProfileText::shipped("nishi-izu").expect("it comes with Hokan");
        let town = town_with(&db, &nishi_izu, day(2026, 10, 1)).await;
        let recorded = |on| vec![contents(Category::SpecificPersonal, on)];
        let paper = shelve(&town, 0, ItemKind::PaperRecord, recorded(day(2025, 6, 10))).await;
        let named = vec![Contents {
            retention: Some("fiscal-1".to_owned()),
            ..contents(Category::SpecificPersonal, day(2025, 6, 10))
        }];
        let one_year = shelve(&town, 1, ItemKind::PaperRecord, named).await;
        let medium = shelve(&town, 2, ItemKind::UsbMemory, recorded(day(2025, 6, 10))).await;
        assert_eq!(due_on(&town, paper).await, Some(day(2031, 4, 1)));
        assert_eq!(due_on(&town, one_year).await, Some(day(2027, 4, 1)));
        assert_eq!(due_on(&town, medium).await, None, "it waits until it is no longer needed");

        for (today, due) in [(day(2027, 3, 31), vec![]), (day(2027, 4, 1), vec![one_year]), (day(2030, 4, 1), vec![one_year])] {
            sweep(&town, today).await;
            let items = town.app.due_items(Whose::Everybody, true, None, 10, Lang::Ja).await.expect("a list");
            assert_eq!(items.iter().map(|item| item.item).collect::<Vec<_>>(), due, "{today}");
        }
        let sentence = &town.app.due_items(Whose::Everybody, true, None, 10, Lang::Ja).await.expect("a list")[0].contents[0].sentence;
        assert!(sentence.starts_with("令和8年4月1日起算・1年保存・令和9年3月31日満了"), "{sentence}");
        assert!(sentence.contains("第36条"), "{sentence}");
        let counts = town.app.due_counts(Whose::Everybody).await.expect("counts");
        assert_eq!((counts.overdue, counts.late), (1, 1));
    }

    /// What is kept for the time of operation has no due date until operation has ended, and is flagged then.
    /// req: YB-019
    async fn the_end_of_operation_starts_what_waits_for_it(db: TestDatabase) {
        let yabu = ProfileText::shipped("yabu").expect("it comes with Hokan");
        let town = town_with(&db, &yabu, day(2026, 10, 1)).await;
        let data = under(OPERATION_ENDED, day(2026, 10, 1));
        let item = shelve(&town, 0, ItemKind::HardDisk, vec![data.clone()]).await;
        assert_eq!(due_row(&town, item).await.map(|row| row.due_on), Some(None));
        assert_eq!(flagged(&sweep(&town, day(2027, 3, 30)).await), []);
        let ended = |on| Event::RetentionEventOccurred {
            by: town.handlers[0].person.id,
            contents: data.id,
            event: OPERATION_ENDED.to_owned(),
            on,
        };
        happens(&town, item, vec![ended(day(2027, 3, 31))]).await;
        assert_eq!(due_on(&town, item).await, Some(day(2027, 4, 1)));
        assert_eq!(flagged(&sweep(&town, day(2027, 4, 1)).await), [(0, 1)]);
        assert_eq!(listed(&town).await, [item]);
    }

    /// A date that the body moves in its calendar moves what waits for it, and leaves a trace.
    async fn a_changed_calendar_moves_what_waits_for_it(db: TestDatabase) {
        let town = town_with(&db, &own(RULES), day(2026, 10, 20)).await;
        let item = shelve(&town, 0, ItemKind::OpticalDisc, vec![under("payment", day(2026, 10, 20))]).await;
        let other = shelve(&town, 1, ItemKind::OpticalDisc, vec![under("year", day(2026, 10, 20))]).await;
        let by = Some(town.handlers[0].person.id);
        let edit = async |name: &str, day, edit| town.app.edit_calendar(name, day, edit, by).await;
        assert_eq!(due_on(&town, item).await, Some(day(2026, 12, 16)));

        assert_eq!(edit(PENSION_PAYMENT, day(2026, 12, 11), CalendarEdit::Add).await.expect("added"), 1);
        assert_eq!(due_on(&town, item).await, Some(day(2026, 12, 12)));
        edit(PENSION_PAYMENT, day(2026, 12, 11), CalendarEdit::Remove).await.expect("taken back");
        assert_eq!(due_on(&town, item).await, Some(day(2026, 12, 16)));
        edit(PENSION_PAYMENT, day(2026, 12, 15), CalendarEdit::Remove).await.expect("removed");
        assert_eq!(due_on(&town, item).await, Some(day(2027, 2, 16)));
        edit(PENSION_PAYMENT, day(2026, 12, 15), CalendarEdit::Add).await.expect("restored");
        assert_eq!(due_on(&town, item).await, Some(day(2026, 12, 16)));
        // A day on which offices are shut moves the payment to the business day before.
        edit("national", day(2026, 12, 15), CalendarEdit::Add).await.expect("shut");
        assert_eq!(due_on(&town, item).await, Some(day(2026, 12, 15)));
        edit("national", day(2026, 12, 15), CalendarEdit::Remove).await.expect("open again");
        assert_eq!(due_on(&town, item).await, Some(day(2026, 12, 16)));

        assert!(matches!(
            edit(PENSION_PAYMENT, day(2026, 12, 15), CalendarEdit::Add).await,
            Err(CalendarError::There(_))
        ));
        assert!(matches!(
            edit(PENSION_PAYMENT, day(2026, 12, 17), CalendarEdit::Remove).await,
            Err(CalendarError::NotThere(_))
        ));
        assert!(matches!(
            edit("pension", day(2026, 12, 17), CalendarEdit::Add).await,
            Err(CalendarError::Unknown { .. })
        ));
        assert_eq!(due_on(&town, other).await, Some(day(2027, 10, 21)), "no calendar had a say in it");
        assert!(town.app.store().calendar_days().await.expect("days").is_empty(), "all was taken back");
        assert_eq!(count(&db, "audit WHERE act = 'calendar-changed'").await, 6);
        assert!(!town.app.dues_outdated().await.expect("a database"));
    }

    /// A payment that the rule moved off a Sunday is taken out under either of its days, and comes back.
    async fn a_moved_date_is_found_under_both_its_days(db: TestDatabase) {
        let town = town_with(&db, &own(RULES), day(2027, 6, 20)).await;
        let item = shelve(&town, 0, ItemKind::OpticalDisc, vec![under("payment", day(2027, 6, 20))]).await;
        let (sunday, friday) = (day(2027, 8, 15), day(2027, 8, 13));
        assert_eq!(due_on(&town, item).await, Some(day(2027, 8, 14)));
        for (removed, restored) in [(friday, friday), (sunday, sunday), (friday, sunday), (sunday, friday)] {
            town.app.edit_calendar(PENSION_PAYMENT, removed, CalendarEdit::Remove, None).await.expect("removed");
            assert_eq!(due_on(&town, item).await, Some(day(2027, 10, 16)));
            town.app.edit_calendar(PENSION_PAYMENT, restored, CalendarEdit::Add, None).await.expect("restored");
            assert_eq!(due_on(&town, item).await, Some(day(2027, 8, 14)));
        }
        assert!(town.app.store().calendar_days().await.expect("days").is_empty());
        // Listed, it happens on the Sunday itself.
        town.app.edit_calendar(PENSION_PAYMENT, sunday, CalendarEdit::Add, None).await.expect("listed");
        assert_eq!(due_on(&town, item).await, Some(day(2027, 8, 16)));
    }

    /// A calendar that a rule names exists as soon as it has a day.
    async fn a_rule_can_wait_for_a_calendar_of_the_body_s_own(db: TestDatabase) {
        let town = town_with(&db, &own(RULES), day(2026, 10, 20)).await;
        let item = shelve(&town, 0, ItemKind::PaperRecord, vec![under("open-day", day(2026, 10, 20))]).await;
        assert_eq!(due_on(&town, item).await, None);
        town.app.edit_calendar("open-days", day(2026, 11, 3), CalendarEdit::Add, None).await.expect("a day");
        assert_eq!(due_on(&town, item).await, Some(day(2026, 11, 4)));
    }

    /// A hold silences the flag; when it is lifted everything stands where it would have stood.
    /// req: NI-074
    async fn a_hold_stops_the_flags_and_lifting_it_restores_them(db: TestDatabase) {
        let town = town_with(&db, &own(RULES), day(2026, 10, 1)).await;
        let item = shelve(&town, 0, ItemKind::PaperRecord, vec![under("year", day(2026, 10, 1))]).await;
        let by = town.handlers[0].person.id;
        assert_eq!(flagged(&sweep(&town, day(2027, 10, 2)).await), [(0, 1)]);
        let hold = |at: EventId| Event::HoldPlaced {
            hold: at.into(),
            by,
            role: RoleId::from("protection-officer"),
            reason: text(),
        };
        let (first, second) = (event(), event());
        happens(&town, item, vec![hold(first), hold(second)]).await;
        assert!(listed(&town).await.is_empty());
        let report = sweep(&town, day(2027, 11, 30)).await;
        assert_eq!((report.flagged_total(), report.overdue_total), (0, 0));

        let lift = |at: EventId| Event::HoldLifted {
            hold: at.into(),
            by,
            role: RoleId::from("protection-officer"),
            reason: text(),
        };
        happens(&town, item, vec![lift(first)]).await;
        assert!(listed(&town).await.is_empty(), "another hold is open");
        happens(&town, item, vec![lift(second)]).await;
        assert_eq!(due_on(&town, item).await, Some(day(2027, 10, 2)), "the days of a hold are not added");
        assert_eq!(listed(&town).await, [item]);
        let report = sweep(&town, day(2027, 12, 1)).await;
        assert_eq!((flagged(&report), report.newly_due), (vec![(8, 1)], 0));
    }

    /// An extension moves the day, and the flag falls back to what is true of the new one.
    async fn an_extension_moves_the_day_and_takes_the_flag_back(db: TestDatabase) {
        let town = town_with(&db, &own(RULES), day(2026, 10, 1)).await;
        let kept = under("year", day(2026, 10, 1));
        let item = shelve(&town, 0, ItemKind::PaperRecord, vec![kept.clone()]).await;
        let by = town.handlers[0].person.id;
        sweep(&town, day(2027, 10, 9)).await;
        assert_eq!(flag(&town, item).await, Some(1));
        let extend = |until| {
            let request = event();
            let wanted = Wanted::Extend { contents: kept.id, until };
            vec![
                Event::Requested { request: request.into(), by, wanted, reason: text(), until: None },
                Event::Granted { request: request.into() },
            ]
        };
        happens(&town, item, extend(day(2027, 10, 31))).await;
        assert_eq!(due_on(&town, item).await, Some(day(2027, 11, 1)));
        assert_eq!(flag(&town, item).await, None);
        assert!(listed(&town).await.is_empty());
        // 23 days before it, the step of 30 days is reached and was not told of.
        assert_eq!(flagged(&sweep(&town, day(2027, 10, 9)).await), [(-30, 1)]);
        // A day later it is still that step: nothing is told again.
        happens(&town, item, extend(day(2027, 11, 1))).await;
        assert_eq!((due_on(&town, item).await, flag(&town, item).await), (Some(day(2027, 11, 2)), Some(-30)));
        assert_eq!(flagged(&sweep(&town, day(2027, 10, 10)).await), []);
        // An earlier day never takes a flag back.
        let earlier = Event::ContentsRecorded { contents: under("year", day(2026, 9, 1)) };
        happens(&town, item, vec![earlier]).await;
        assert_eq!((due_on(&town, item).await, flag(&town, item).await), (Some(day(2027, 9, 2)), Some(-30)));
        assert_eq!(flagged(&sweep(&town, day(2027, 10, 10)).await), [(5, 1)]);
        let granted = town.app.store().item(item).await.expect("a database").expect("the item");
        assert!(granted.requests.iter().all(|request| request.state == RequestState::Granted));
    }

    /// Day by day for a year each step is reached on its day and told once, and a sweep again tells nothing.
    /// req: NI-074
    async fn a_sweep_again_flags_nothing_and_each_step_comes_on_its_day(db: TestDatabase) {
        let town = town_with(&db, &own(RULES), day(2026, 10, 1)).await;
        let item = shelve(&town, 0, ItemKind::PaperRecord, vec![under("year", day(2026, 10, 1))]).await;
        let steps = steps(&town.app.profile().retention.escalation);
        let due = day(2027, 10, 2);
        assert_eq!(due_on(&town, item).await, Some(due));
        let ledger = town.app.store().ledger_head().await.expect("a head").size();
        let mut today = day(2027, 6, 1);
        let mut told = Vec::new();
        while today < day(2028, 1, 1) {
            let report = sweep(&town, today).await;
            let expected = step_on(due, today, &steps);
            assert_eq!(flag(&town, item).await, expected.map(|step| step.0), "{today}");
            assert_eq!(sweep(&town, today).await.flagged, BTreeMap::new(), "{today}, again");
            told.extend(flagged(&report).iter().map(|(step, _)| (today, *step)));
            // Only every third day without a change, to save time.
            today = next_step_date(due, today, &steps).map_or(today, |next| next.min(today + TimeDelta::days(3)));
        }
        let expected: Vec<_> = [(90, -90), (30, -30), (7, -7), (0, 0), (-7, 1), (-14, 2)]
            .map(|(before, step)| (due - TimeDelta::days(before), step))
            .into();
        assert_eq!(told[..6], expected);
        assert_eq!(town.app.store().ledger_head().await.expect("a head").size(), ledger);
        assert!(town.app.store().item(item).await.expect("a database").is_some(), "nothing is ever erased");
    }

    /// Of two servers that sweep one database at once, each row is flagged by one, lease or no lease.
    async fn two_servers_at_once_flag_each_row_once(db: TestDatabase) {
        let town = town_with(&db, &own(RULES), day(2026, 10, 1)).await;
        bulk::add_due_dates(&db, 50_000, "20000 + i % 700").await;
        let other = town.reopen(&db).await;
        let today = NaiveDate::default() + TimeDelta::days(20_600);
        noon(&town, today);
        let steps = steps(&town.app.profile().retention.escalation);

        // By the rule of the statements alone.
        let before = today - TimeDelta::days(200);
        let sweeps = join_all([town.app.store(), other.store()].map(|store| async {
            let plan = store.sweep_plan(before, &steps).await.expect("a plan");
            let mut rows = 0;
            for raise in plan.raises {
                let mut reached = None;
                loop {
                    let (raised, until) = store.raise_flags(raise, before, reached).await.expect("raised");
                    rows += raised;
                    match until {
                        Some(until) => reached = Some(until),
                        None => break,
                    }
                }
            }
            rows
        }))
        .await;
        let expected = count(&db, "retention WHERE due_on <= 20490").await;
        assert_eq!(sweeps.iter().sum::<u64>(), expected);
        assert_eq!(count(&db, "retention WHERE step IS NOT NULL").await, expected);

        // And by the lease.
        let reports = join_all([&town.app, &other].map(|app| purge::run(app, None, false))).await;
        let reports: Vec<_> = reports.into_iter().map(|report| report.expect("a sweep")).collect();
        let flagged: u64 = reports.iter().map(SweepReport::flagged_total).sum();
        assert_eq!(flagged, count(&db, "retention WHERE flagged_on = 20600").await);
        assert_eq!(count(&db, "retention WHERE step IS NULL AND due_on <= 20690").await, 0);
        assert!(reports.iter().any(|report| !report.skipped_because_leased));
        other.store().clone().close().await;
    }

    /// More rows at one step than one transaction should change are flagged a part at a time, each once.
    async fn a_great_many_due_on_one_day_are_flagged_in_parts(db: TestDatabase) {
        let town = town_with(&db, &own(RULES), day(2026, 10, 1)).await;
        bulk::add_due_dates(&db, 45_000, "20000 + (i % 2)").await;
        let steps = steps(&town.app.profile().retention.escalation);
        let today = NaiveDate::default() + TimeDelta::days(20_003);
        let store = town.app.store();
        let plan = store.sweep_plan(today, &steps).await.expect("a plan");
        assert_eq!((plan.raises.len(), plan.raises[0].rows, plan.overdue), (1, 45_000, 45_000));
        let (mut parts, mut reached) = (Vec::new(), None);
        loop {
            let (rows, until) = store.raise_flags(plan.raises[0], today, reached).await.expect("raised");
            parts.push(rows);
            match until {
                Some(until) => reached = Some(until),
                None => break,
            }
        }
        assert_eq!(parts, [20_000, 20_000, 5_000]);
        assert_eq!(count(&db, "retention WHERE step = 0 AND flagged_on = 20003").await, 45_000);
    }

    /// A lease belongs to one server until it is given back or has run out.
    async fn a_lease_has_one_holder_at_a_time(db: TestDatabase) {
        let town = town_with(&db, &own(RULES), day(2026, 10, 1)).await;
        let other = town.reopen(&db).await;
        let lease = Lease::take(town.app.store(), JOB).await.expect("a database").expect("it is free");
        assert!(Lease::take(other.store(), JOB).await.expect("a database").is_none());
        assert!(Lease::take(other.store(), "another").await.expect("a database").is_some());
        let skipped = purge::run(&other, None, false).await.expect("no fault");
        assert!(skipped.skipped_because_leased);
        assert_eq!(other.store().job_run(JOB).await.expect("a database"), None);
        lease.end().await.expect("given back");
        let lost = Lease::take(other.store(), JOB).await.expect("a database").expect("it is free again");

        // The other server stands still; its lease runs out, and it hears so when it goes on.
        let mut lost = lost;
        town.clock.set(town.clock.now() + TimeDelta::minutes(4));
        assert!(lost.keep().await.expect("a database"), "prolonged in time");
        assert!(Lease::take(town.app.store(), JOB).await.expect("a database").is_none());
        town.clock.set(town.clock.now() + TimeDelta::minutes(6));
        let mut taken = Lease::take(town.app.store(), JOB).await.expect("a database").expect("it ran out");
        assert!(!lost.keep().await.expect("a database"));
        lost.end().await.expect("there is nothing to give back");
        assert!(taken.keep().await.expect("a database"));
        assert!(Lease::take(other.store(), JOB).await.expect("a database").is_none(), "it is still held");
        other.store().clone().close().await;
    }

    /// A dry run writes nothing and says exactly what the run then does.
    async fn a_dry_run_writes_nothing_and_equals_the_run_that_follows(db: TestDatabase) {
        let town = town_with(&db, &own(RULES), day(2026, 10, 1)).await;
        bulk::add_due_dates(&db, 10_000, "20500 + i % 300").await;
        let item = shelve(&town, 0, ItemKind::PaperRecord, vec![under("year", day(2025, 9, 1))]).await;
        let days = [20_520, 20_560, 20_561, 20_700].map(|day| NaiveDate::default() + TimeDelta::days(day));
        for today in days {
            noon(&town, today);
            let before = table(&db).await;
            let dry = purge::run(&town.app, None, true).await.expect("a dry run");
            assert_eq!(table(&db).await, before, "nothing was written");
            assert!(dry.dry_run && !dry.dues_outdated && dry.flagged_total() > 0);
            let run = purge::run(&town.app, None, false).await.expect("a run");
            let same = |report: &SweepReport| {
                (report.day, report.flagged.clone(), report.newly_due, report.overdue_total, report.late_total)
            };
            assert_eq!(same(&dry), same(&run));
        }
        assert!(flag(&town, item).await.is_some());
        assert_eq!(count(&db, "audit WHERE act = 'purge-swept'").await, 4);
    }

    /// A sweep can be made for another day: for one that has passed, or dry for one to come.
    async fn a_sweep_can_be_made_for_another_day(db: TestDatabase) {
        let town = town_with(&db, &own(RULES), day(2026, 10, 1)).await;
        shelve(&town, 0, ItemKind::PaperRecord, vec![under("year", day(2025, 11, 1))]).await;
        let ahead = purge::run(&town.app, Some(day(2026, 11, 2)), true).await.expect("a dry run");
        assert_eq!((flagged(&ahead), ahead.overdue_total), (vec![(0, 1)], 1));
        let past = purge::run(&town.app, Some(day(2026, 9, 1)), false).await.expect("a run");
        assert_eq!(flagged(&past), [(-90, 1)]);
        let last = town.app.store().job_run(JOB).await.expect("a database").expect("a run");
        assert_eq!(last.last_day, day(2026, 9, 1));
        assert_eq!(flagged(&sweep(&town, day(2026, 11, 9)).await), [(1, 1)]);
        // For a day before, it takes nothing back, and the later day stays the last.
        assert_eq!(flagged(&purge::run(&town.app, Some(day(2026, 10, 1)), false).await.expect("a run")), []);
        let last = town.app.store().job_run(JOB).await.expect("a database").expect("a run");
        assert_eq!(last.last_day, day(2026, 11, 9));
    }

    /// The sweep of a day is made once, from its hour on; one sweep makes up for all that were missed.
    async fn a_server_that_was_down_makes_up_for_the_days(db: TestDatabase) {
        let town = town_with(&db, &own(RULES), day(2026, 10, 1)).await;
        let item = shelve(&town, 0, ItemKind::PaperRecord, vec![under("year", day(2025, 11, 1))]).await;
        let at = |day, hours, minutes| {
            town.clock.set(jst_day_start(day) + TimeDelta::hours(hours) + TimeDelta::minutes(minutes));
        };
        let look = async || purge::when_due(&town.app, PURGE_AT).await.expect("no fault");
        let first = look().await.expect("nobody has swept yet");
        assert_eq!((first.day, first.missed_days), (day(2026, 10, 1), 0));
        assert_eq!(look().await, None, "the day is done");
        at(day(2026, 10, 2), 0, 59);
        assert_eq!(look().await, None, "its hour has not come");
        at(day(2026, 10, 2), 1, 0);
        let second = look().await.expect("its hour has come");
        assert_eq!((second.day, second.missed_days), (day(2026, 10, 2), 0));

        // Down from the 3rd until half past midnight of 17 November: what is owed is the 16th.
        at(day(2026, 11, 17), 0, 30);
        let report = look().await.expect("days were missed");
        assert_eq!((report.day, report.missed_days), (day(2026, 11, 16), 44));
        assert_eq!((flagged(&report), report.newly_due), (vec![(2, 1)], 1));
        assert_eq!(flag(&town, item).await, Some(2));
        at(day(2026, 11, 17), 1, 0);
        assert_eq!(look().await.map(|report| (report.day, report.missed_days)), Some((day(2026, 11, 17), 0)));
    }

    /// An item with several bodies of data is due when the first of them is; what is erased counts no more.
    /// req: NI-052
    async fn an_item_is_due_with_the_first_of_what_still_lies_on_it(db: TestDatabase) {
        let town = town_with(&db, &own(RULES), day(2026, 10, 1)).await;
        let by = town.handlers[0].person.id;
        let (first, second) = (under("year", day(2026, 5, 1)), under("payment", day(2026, 10, 1)));
        let for_ever = under("for-ever", day(2026, 10, 1));
        let all = vec![first.clone(), second.clone(), for_ever.clone()];
        let item = shelve(&town, 0, ItemKind::HardDisk, all).await;
        assert_eq!(due_on(&town, item).await, Some(day(2026, 10, 16)));
        sweep(&town, day(2026, 10, 20)).await;
        assert_eq!(flag(&town, item).await, Some(0));
        let listed_contents = town.app.due_items(Whose::Everybody, true, None, 10, Lang::Ja).await.expect("a list");
        let days: Vec<_> = listed_contents[0].contents.iter().map(|contents| contents.due_on).collect();
        assert_eq!(days, [Some(day(2026, 10, 16)), Some(day(2027, 5, 2)), None]);

        // An erasure that failed changes nothing.
        let failed = Event::ContentsErased { by, contents: second.id, erasure: erasure(Verification::Failed) };
        happens(&town, item, vec![failed]).await;
        assert_eq!((due_on(&town, item).await, flag(&town, item).await), (Some(day(2026, 10, 16)), Some(0)));
        happens(&town, item, vec![erased(by, second.id)]).await;
        assert_eq!((due_on(&town, item).await, flag(&town, item).await), (Some(day(2027, 5, 2)), None));
        assert!(listed(&town).await.is_empty());
        happens(&town, item, vec![erased(by, first.id)]).await;
        assert_eq!(due_row(&town, item).await.map(|row| row.due_on), Some(None), "the rest is kept for ever");
        happens(&town, item, vec![erased(by, for_ever.id)]).await;
        assert_eq!(due_row(&town, item).await, None, "nothing lies on it any more");
    }

    /// Disposal ends the flag, whether the item is destroyed, wiped or handed over for good.
    /// req: NI-052
    async fn disposal_ends_the_flags(db: TestDatabase) {
        let town = town_with(&db, &own(RULES), day(2026, 10, 1)).await;
        let by = town.handlers[0].person.id;
        let mut items = Vec::new();
        for index in 0..3 {
            items.push(shelve(&town, index, ItemKind::HardDisk, vec![under("year", day(2025, 9, 1))]).await);
        }
        let moved = shelve(&town, 3, ItemKind::HardDisk, vec![under("year", day(2025, 9, 1))]).await;
        sweep(&town, day(2026, 10, 1)).await;
        assert_eq!(listed(&town).await.len(), 4);
        let label = |index: usize| scan(&town.labels[index]);
        let destruction = Destruction {
            method: "crush".to_owned(),
            performed: Performed::Here,
            photographs: Vec::new(),
        };
        let sanitized = Event::Sanitized { by, erasure: erasure(Verification::Full), scan: label(1) };
        for (item, event) in [
            (items[0], Event::Destroyed { request: None, by, destruction, scan: label(0) }),
            (items[1], sanitized),
            (items[2], Event::Delivered { carry_out: event().into(), by }),
            // Changing hands ends nothing.
            (moved, Event::PutAway { by, home: town.cabinet, scan: label(3), zone: None }),
        ] {
            happens(&town, item, vec![event]).await;
        }
        for item in items {
            assert_eq!(due_row(&town, item).await, None);
        }
        assert_eq!(listed(&town).await, [moved]);
        assert_eq!(sweep(&town, day(2026, 10, 8)).await.overdue_total, 1);
    }

    /// What people register and record through the server is what is swept, and the shell tells of it.
    /// req: NI-074
    async fn what_people_register_is_swept_and_listed_on_the_shell(db: TestDatabase) {
        let town = Town::on(&db).await;
        let caller = &town.handlers[0];
        let recorded = |retention: Option<&str>| ContentsRequest {
            category: Category::SpecificPersonal,
            purpose: None,
            purpose_code: None,
            records: Some(3),
            recorded_on: Some(day(2015, 6, 10)),
            received_on: None,
            retention: retention.map(str::to_owned),
            starts_on: None,
        };
        let paper = RegisterRequest {
            kind: ItemKind::PaperRecord,
            contents: vec![recorded(Some(NO_LONGER_NEEDED))],
            ..registration(&town.labels[0], "住民票の写し")
        };
        let item = town.app.register(caller, event(), paper).await.expect("registered").item.id;
        assert_eq!(due_row(&town, item).await.map(|row| row.due_on), Some(None));
        let more = ActRequest::RecordContents { contents: recorded(None) };
        town.app.act(caller, item, event(), more).await.expect("recorded");
        assert_eq!(due_on(&town, item).await, Some(day(2021, 4, 1)));
        let kept = town.app.store().item(item).await.expect("a database").expect("the item").contents;
        let happened = ActRequest::RecordRetentionEvent {
            contents: kept[0].contents.id,
            event: NO_LONGER_NEEDED.to_owned(),
            on: day(2020, 5, 1),
        };
        town.app.act(caller, item, event(), happened).await.expect("recorded");
        assert_eq!(due_on(&town, item).await, Some(day(2020, 5, 2)));

        let folder = town.folder.path().display().to_string();
        let shell = |args: &[&str]| {
            let output = hokan()
                .args(args)
                .args(["--data-dir", &folder, "--database-url", db.url()])
                .output()
                .expect("hokan runs");
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            (output.status.success(), text(&output.stdout), text(&output.stderr))
        };
        let before = table(&db).await;
        let (well, dry, _) = shell(&["purge", "run", "--dry-run", "--as-of", "2020-05-02"]);
        assert!(well && dry.contains("保存期間が満了 / Due: 1"), "{dry}");
        assert_eq!(table(&db).await, before);
        let (well, run, _) = shell(&["purge", "run", "--as-of", "2020-05-09"]);
        assert!(well && run.contains("期限超過・催促1回目 / Overdue, reminder 1: 1"), "{run}");
        assert!(run.contains("newly due: 1") && run.contains("overdue: 1"), "{run}");
        assert!(run.contains("national-default") && run.contains("別添1 2Ed"), "{run}");
        assert_eq!(flag(&town, item).await, Some(1));
        let (well, again, _) = shell(&["purge", "run", "--as-of", "2020-05-09", "--recompute"]);
        assert!(well && again.contains("nothing new to flag"), "{again}");
        let (well, _, error) = shell(&["purge", "run", "--as-of", "9000-01-01"]);
        assert!(!well && error.contains("--dry-run"), "{error}");

        let (well, list, _) = shell(&["purge", "list", "--ja"]);
        let fields: Vec<_> = list.trim_end().split('\t').collect();
        assert!(well && fields[0] == town.labels[0].as_str() && fields[1] == "住民票の写し", "{list}");
        assert_eq!((fields.len(), fields[2]), (6, "2020-05-02"), "{list}");
        assert!(fields[4].contains("不要となった日 令和2年5月1日の後、遅滞なく消去・廃棄"), "{list}");
        assert!(fields[4].contains("令和3年3月31日満了"), "what else lies on it: {list}");

        let (well, days, _) = shell(&["calendar", "show", PENSION_PAYMENT, "--from", "2027-08-01", "--to", "2027-12-31"]);
        assert_eq!((well, days.lines().count()), (true, 3), "{days}");
        assert!(days.starts_with("2027-08-13"), "{days}");
        let (well, ..) = shell(&["calendar", "remove", PENSION_PAYMENT, "2027-08-13", "--as", "aoi"]);
        assert!(well);
        let (_, days, _) = shell(&["calendar", "show", PENSION_PAYMENT, "--from", "2027-08-01", "--to", "2027-12-31"]);
        assert!(days.starts_with("2027-10-15"), "{days}");
        let (well, _, error) = shell(&["calendar", "add", "pension", "2027-08-13"]);
        assert!(!well && error.contains(PENSION_PAYMENT), "{error}");
        let (_, days, _) = shell(&["calendar", "show", "national", "--from", "2027-08-09", "--to", "2027-08-13", "--ja"]);
        assert!(days.contains("山の日"), "{days}");
    }

    /// When other rules come into force, what is stored follows them by the next sweep at the latest.
    async fn other_rules_move_what_is_stored(db: TestDatabase) {
        let town = town_with(&db, &own(RULES), day(2026, 10, 1)).await;
        let by = town.handlers[0].person.id;
        let year = shelve(&town, 0, ItemKind::PaperRecord, vec![under("year", day(2026, 10, 1))]).await;
        let dropped = shelve(&town, 1, ItemKind::PaperRecord, vec![under("payment", day(2026, 10, 1))]).await;
        let empty = shelve(&town, 2, ItemKind::UsbMemory, Vec::new()).await;
        assert_eq!(due_row(&town, empty).await, None);

        // Six months instead of a year from 1 April 2027 on, and no rule any more that waits for a payment.
        let later = RULES
            .replace("length = { years = 1 }", "length = { months = 6 }")
            .replace("id = \"payment\"", "id = \"renamed\"")
            .replace("2020-04-01", "2027-04-01");
        town.app.adopt_profile(&own(&later), BTreeMap::new(), None, by, event()).await.expect("sound");
        assert_eq!(town.app.keep_dues_current(None).await.expect("a database"), None, "it is not in force yet");
        sweep(&town, day(2027, 3, 31)).await;
        assert_eq!(due_on(&town, year).await, Some(day(2027, 10, 2)));
        noon(&town, day(2027, 4, 1));
        assert!(town.app.dues_outdated().await.expect("a database"));
        assert!(purge::run(&town.app, None, true).await.expect("a dry run").dues_outdated);
        let report = sweep(&town, day(2027, 4, 1)).await;
        assert_eq!(report.recomputed, Some(2));
        assert_eq!(due_on(&town, year).await, Some(day(2027, 4, 2)));
        // What its regulation does not know any more falls under its default, not out of sight.
        assert_eq!(due_on(&town, dropped).await, Some(day(2027, 4, 2)));
        assert_eq!(town.app.keep_dues_current(None).await.expect("a database"), None);

        // Where it is in doubt, everything is computed again; what is right stays.
        let recomputed = town.app.recompute_dues(Recompute::All, None).await.expect("recomputed");
        assert_eq!(recomputed, 0);
        let connection = bulk::connect(&db).await;
        connection.execute_unprepared("DELETE FROM retention").await.expect("lost");
        assert_eq!(town.app.recompute_dues(Recompute::All, None).await.expect("recomputed"), 2);
        assert_eq!(due_on(&town, year).await, Some(day(2027, 4, 2)));
    }

    /// Reminders that come less often from now on do not fall silent until the count has caught up.
    async fn rarer_reminders_do_not_fall_silent(db: TestDatabase) {
        let town = town_with(&db, &own(RULES), day(2026, 10, 1)).await;
        let item = shelve(&town, 0, ItemKind::PaperRecord, vec![under("year", day(2025, 9, 1))]).await;
        sweep(&town, day(2026, 10, 28)).await;
        assert_eq!(flag(&town, item).await, Some(8), "56 days by weeks");
        let rarer = own(&RULES.replace("every_days = 7", "every_days = 28").replace("2020-04-01", "2026-10-28"));
        adopt(&town.app, town.handlers[0].person.id, &rarer).await;
        assert_eq!(flag(&town, item).await, Some(2), "56 days by four weeks");
        assert_eq!(flagged(&sweep(&town, day(2026, 11, 25)).await), [(3, 1)]);
    }

    /// Whoever owes the act sees what is flagged, within his own division; whoever is told of what is late
    /// sees that, and nobody else sees anything.
    async fn flags_are_listed_for_those_whom_they_concern(db: TestDatabase) {
        let town = town_with(&db, &own(RULES), day(2026, 10, 1)).await;
        let by = town.handlers[0].person.id;
        let (ours, theirs) = (DivisionId(Uuid::new_v4()), DivisionId(Uuid::new_v4()));
        let mut items = Vec::new();
        for (index, division) in [Some(ours), Some(theirs), None].into_iter().enumerate() {
            let kept = under("year", day(2025, 9, 1) - TimeDelta::days(100 * i64::try_from(index).expect("few")));
            let item = shelve(&town, index, ItemKind::PaperRecord, vec![kept]).await;
            happens(&town, item, vec![Event::Assigned { by, division }]).await;
            items.push(item);
        }
        sweep(&town, day(2026, 10, 1)).await;
        let profile = town.app.profile();
        let escalation = &profile.retention.escalation;
        let officer = |role: &RoleId, division| Person {
            id: PersonId(Uuid::new_v4()),
            active: true,
            parts: Default::default(),
            roles: [RoleHeld { role: role.clone(), division, deputy_for: None }].into(),
        };
        let seen = async |person: &Person| {
            let items = town.app.due_items(Whose::Person(person), false, None, 10, Lang::Ja).await.expect("a list");
            let counts = town.app.due_counts(Whose::Person(person)).await.expect("counts");
            assert_eq!(u64::try_from(items.len()).expect("few"), counts.steps.values().sum::<u64>());
            items.into_iter().map(|item| item.item).collect::<Vec<_>>()
        };
        let per_division = profile.role(&escalation.owner).is_some_and(|role| role.per_division);
        let own_division = if per_division { vec![items[2], items[0]] } else { vec![items[2], items[1], items[0]] };
        assert_eq!(seen(&officer(&escalation.owner, Some(ours))).await, own_division);
        // Due since 2 September 2026, 25 May and 14 February; each was in time for 30 days more.
        let general = &escalation.escalate[0].1;
        assert_eq!(seen(&officer(general, None)).await, [items[2], items[1]]);
        assert!(seen(&officer(&RoleId::from("nobody"), None)).await.is_empty());
        assert!(seen(&Person { active: false, ..officer(&escalation.owner, None) }).await.is_empty());
        let today = day(2026, 10, 1);
        assert_eq!(told(escalation, day(2026, 10, 2), today), std::slice::from_ref(&escalation.owner));
        assert_eq!(told(escalation, day(2026, 9, 25), today), std::slice::from_ref(&escalation.owner));
        assert_eq!(told(escalation, day(2026, 9, 24), today), [escalation.owner.clone(), general.clone()]);

        // Page by page the same.
        let mut after = None;
        let mut paged = Vec::new();
        while let Some(item) =
            town.app.due_items(Whose::Everybody, false, after, 1, Lang::Ja).await.expect("a page").pop()
        {
            after = Some(item.place);
            paged.push(item.item);
        }
        assert_eq!(paged, [items[2], items[1], items[0]]);
    }
}

/// How many rows there are.
async fn count(db: &TestDatabase, what: &str) -> u64 {
    let connection = bulk::connect(db).await;
    let sql = format!("SELECT COUNT(*) AS n FROM {what}");
    let row = connection.query_one_raw(Statement::from_string(backend(db), sql)).await.expect("a count");
    let rows: i64 = row.expect("a row").try_get("", "n").expect("a number");
    rows.unsigned_abs()
}

/// What a sweep could change, row by row.
async fn table(db: &TestDatabase) -> Vec<(i32, Option<i32>, Option<i32>)> {
    let connection = bulk::connect(db).await;
    let sql = "SELECT due_on, step, flagged_on FROM retention ORDER BY item";
    let rows = connection.query_all_raw(Statement::from_string(backend(db), sql)).await.expect("rows");
    rows.iter()
        .map(|row| {
            let value = |column| -> Option<i32> { row.try_get("", column).expect("a number") };
            (value("due_on").unwrap_or_default(), value("step"), value("flagged_on"))
        })
        .collect()
}

fn backend(db: &TestDatabase) -> DbBackend {
    match db.kind() {
        Database::Sqlite => DbBackend::Sqlite,
        Database::Postgres => DbBackend::Postgres,
    }
}
