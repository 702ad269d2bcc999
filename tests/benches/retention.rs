//! The figures of retention: the sweep over a great register beside the same statements written by hand, what it
//! needs of memory, and what it costs to explain what can be done with one item.
//!
//! `cargo bench -p hokan-tests --bench retention` prints them as a table, for registers of 1,000,000 and
//! 5,000,000 items of which one in a hundred is due; `-- --items=100000` for another size. With
//! `HOKAN_TEST_POSTGRES` set, PostgreSQL is measured too.

#![expect(clippy::print_stdout, reason = "printing a table is what this is for")]

use std::{collections::BTreeMap, fs, hint::black_box, time::Instant};

use chrono::{DateTime, NaiveDate, Utc};
use hokan_domain::{
    approval::Wanted,
    contents::{Category, Contents},
    custody::{ActKind, open_acts},
    event::{Event, Recorded, Scan, ScanMethod, Stamp},
    explanation::explain,
    ids::{ContentsId, DivisionId, EventId, ItemId, NoteId, PersonId, PlaceId},
    item::{Item, ItemKind, fold},
    japan_date::jst_date,
    ledger::hash::Hash,
    person::{Part, Person, RoleHeld},
    place::Home,
    profile::{Profile, read::SHIPPED},
    protection::Secrecy,
    retention::{Steps, Threshold, thresholds},
    text::TextRef,
};
use hokan_server::{jobs::purge, store::retention::steps};
use hokan_tests::{
    bulk,
    database::{Database, TestDatabase},
    town::{Town, start_of_time},
};
use sea_orm::{ConnectionTrait, DatabaseConnection};
use uuid::Uuid;

/// How often each sweep is measured; the median counts.
const ROUNDS: usize = 3;
/// For how many days something is due already, at the most: ten weeks, so ten steps.
const DUE_FOR_DAYS: u64 = 70;

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn line(what: &str, figure: &str, yardstick: &str, ratio: &str) {
    println!("| {what} | {figure} | {yardstick} | {ratio} |");
}

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let sizes = std::env::args().find_map(|arg| Some(arg.strip_prefix("--items=")?.to_owned()));
    let sizes = sizes.unwrap_or_else(|| "1000000,5000000".to_owned());
    println!("| What | Figure | Yardstick in the same run | Ratio |");
    println!("| --- | --- | --- | --- |");
    for size in sizes.split(',') {
        let size = size.parse().expect("a number of items");
        runtime.block_on(sweeps(Database::Sqlite, size));
        if std::env::var_os("HOKAN_TEST_POSTGRES").is_some() {
            runtime.block_on(sweeps(Database::Postgres, size));
        }
    }
    explanations();
}

// ------------------------------------------------------------------------------------------------- the sweep

/// The most memory that the process has had since it was last asked, in kilobytes.
fn peak_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|kilobytes| kilobytes.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

/// Forgets the peak, so that the next one is that of what is measured. Where the kernel does not do so, the
/// figure is what the peak grew by.
fn forget_peak() {
    // An error means that the peak of before stays.
    let _ = fs::write("/proc/self/clear_refs", "5");
}

/// The sweep's statements as somebody would write them who knows the oldest due date.
fn by_hand(today: NaiveDate, steps: &Steps) -> Vec<String> {
    let number = |day: NaiveDate| (day - NaiveDate::default()).num_days();
    let oldest = number(today) - i64::try_from(DUE_FOR_DAYS).expect("a few days");
    thresholds(today, steps)
        .into_iter()
        .filter(|threshold| number(threshold.due_to) >= oldest)
        .map(|Threshold { due_from, due_to, step }| {
            format!(
                "UPDATE retention SET step = {}, flagged_on = {} WHERE held = false \
                 AND due_on BETWEEN {} AND {} AND (step IS NULL OR step < {})",
                step.0,
                number(today),
                number(due_from),
                number(due_to),
                step.0
            )
        })
        .collect()
}

/// A connection with nothing above it.
enum Bare {
    Sqlite(rusqlite::Connection),
    Postgres(DatabaseConnection),
}

impl Bare {
    async fn to(database: &TestDatabase) -> Self {
        match database.folder() {
            Some(folder) => {
                let connection = rusqlite::Connection::open(folder.join("hokan.db")).expect("the file");
                connection
                    .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")
                    .expect("the mode of the server's own");
                Self::Sqlite(connection)
            }
            None => Self::Postgres(bulk::connect(database).await),
        }
    }

    async fn execute(&self, statement: &str) -> u64 {
        match self {
            Self::Sqlite(connection) => {
                u64::try_from(connection.execute(statement, []).expect("done")).expect("rows")
            }
            Self::Postgres(connection) => {
                connection.execute_unprepared(statement).await.expect("done").rows_affected()
            }
        }
    }

    /// Takes all flags back, and tidies up after it.
    async fn forget_flags(&self) {
        self.execute("UPDATE retention SET step = NULL, flagged_on = NULL WHERE step IS NOT NULL").await;
        if let Self::Postgres(_) = self {
            self.execute("VACUUM retention").await;
        }
    }
}

async fn sweeps(kind: Database, items: u64) {
    let database = TestDatabase::fresh(kind).await;
    let town = Town::on(&database).await;
    let today = jst_date(town.clock.now());
    let day = (today - NaiveDate::default()).num_days();
    // The others become due from a hundred days on, so that nothing is flagged ahead.
    let due_on = format!(
        "CAST(CASE WHEN i % 100 = 0 THEN {day} - (i / 100) % {DUE_FOR_DAYS} ELSE {day} + 100 + i / 2000 END AS integer)"
    );
    bulk::add_due_dates(&database, items, &due_on).await;
    // Otherwise the first sweep would look whether anything is to be computed again.
    town.app.keep_dues_current(None).await.expect("a register without items");
    let steps = steps(&town.app.profile().retention.escalation);
    let bare = Bare::to(&database).await;
    let statements = by_hand(today, &steps);

    let (mut sweep, mut again, mut hand, mut hand_again) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut grown = 0;
    let millis = |began: Instant| began.elapsed().as_secs_f64() * 1000.0;
    for _ in 0..ROUNDS {
        for (times, due) in [(&mut sweep, items / 100), (&mut again, 0)] {
            forget_peak();
            let before = peak_memory();
            let began = Instant::now();
            let report = purge::run(&town.app, None, false).await.expect("a sweep");
            times.push(millis(began));
            grown = grown.max(peak_memory().saturating_sub(before));
            assert_eq!(report.flagged_total(), due);
        }
        bare.forget_flags().await;
        for (times, due) in [(&mut hand, items / 100), (&mut hand_again, 0)] {
            let began = Instant::now();
            let mut rows = 0;
            for statement in &statements {
                rows += bare.execute(statement).await;
            }
            times.push(millis(began));
            assert_eq!(rows, due);
        }
        bare.forget_flags().await;
    }
    let name = town.app.store().backend_name();
    for (what, sweep, hand) in [
        (format!("{} of them due", items / 100), median(sweep), median(hand)),
        ("again, with nothing to flag".to_owned(), median(again), median(hand_again)),
    ] {
        line(
            &format!("{name}: sweep over {items} due dates, {what}"),
            &format!("{sweep:.1} ms"),
            &format!("{hand:.1} ms for the same {} statements by hand", statements.len()),
            &format!("{:.2}", sweep / hand),
        );
    }
    line(
        &format!("{name}: memory that a sweep over {items} due dates adds to the server's"),
        &format!("{:.1} MB at the most", megabytes(grown)),
        &format!("{:.1} MB of it before", megabytes(peak_memory())),
        "",
    );
    town.app.store().clone().close().await;
}

fn megabytes(kilobytes: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "far below the limit")]
    let megabytes = kilobytes as f64 / 1024.0;
    megabytes
}

// ------------------------------------------------------------------------------------------- explanations

/// What this thread has spent on the processor, in microseconds, whatever else runs on the machine.
fn on_processor() -> f64 {
    let spent = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos: f64 = spent.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or(0.0);
    nanos / 1000.0
}

/// Processor time of one call, in microseconds.
fn cost<T>(call: impl Fn() -> T) -> f64 {
    const CALLS: u32 = 2_000;
    let rounds = (0..5).map(|_| {
        let began = on_processor();
        for _ in 0..CALLS {
            black_box(call());
        }
        (on_processor() - began) / f64::from(CALLS)
    });
    median(rounds.collect())
}

/// An item in the middle of its life: two bodies of data, a permission that was granted and one that waits.
fn an_item(now: DateTime<Utc>, handler: PersonId, division: DivisionId) -> Item {
    let text = || TextRef { id: NoteId(Uuid::from_u128(7)), digest: Hash::of(b"a text") };
    let label: hokan_domain::label::LabelId = "JPJTJ39B5DV3".parse().expect("a label");
    let contents = |number, category| Event::ContentsRecorded {
        contents: Contents {
            id: ContentsId(Uuid::from_u128(number)),
            category,
            purpose: Some(text()),
            records: Some(1_200),
            recorded_on: Some(jst_date(now)),
            purpose_code: None,
            received_on: None,
            retention: None,
            starts_on: None,
        },
    };
    let requested = |number, wanted| Event::Requested {
        request: EventId(Uuid::from_u128(number)).into(),
        by: handler,
        wanted,
        reason: text(),
        until: None,
    };
    let home = Home::Place(PlaceId(Uuid::from_u128(5)));
    let events = [
        Event::Registered {
            item_kind: ItemKind::UsbMemory,
            label: label.clone(),
            title: text(),
            control_number: Some(text()),
            serial: None,
            holder: handler,
        },
        Event::Assigned { by: handler, division: Some(division) },
        Event::ProtectionRecorded {
            by: handler,
            secrecy: Secrecy::Encrypted { tool: text(), algorithm: text() },
            key_apart: true,
        },
        contents(21, Category::SpecificPersonal),
        contents(22, Category::IdentityVerification),
        requested(31, Wanted::Use),
        Event::Granted { request: EventId(Uuid::from_u128(31)).into() },
        requested(32, Wanted::Dispose),
        Event::PutAway { by: handler, home, scan: Scan { label, method: ScanMethod::Camera }, zone: None },
    ];
    let stamp = |number: usize| Stamp {
        event: EventId(Uuid::from_u128(number as u128)),
        occurred_at: now,
        recorded_at: now,
        actor: handler,
        observed_by: None,
    };
    let timeline: Vec<_> =
        events.into_iter().zip(1..).map(|(event, number)| Recorded { stamp: stamp(number), event }).collect();
    fold(ItemId(Uuid::from_u128(1)), &timeline).expect("an item")
}

fn explanations() {
    let now = start_of_time();
    let division = DivisionId(Uuid::from_u128(3));
    for shipped in SHIPPED {
        let profile =
            Profile::shipped(shipped.id, &BTreeMap::new()).expect("it comes with Hokan").expect("sound");
        // A handler who also holds the first of the regulation's roles.
        let role = profile.roles.first().map(|role| role.id.clone());
        let person = Person {
            id: PersonId(Uuid::from_u128(2)),
            active: true,
            parts: [Part::Handler].into(),
            roles: role
                .map(|role| RoleHeld { role, division: Some(division), deputy_for: None })
                .into_iter()
                .collect(),
        };
        let item = an_item(now, person.id, division);
        let state = serde_json::to_string(&item).expect("an item is written");
        let reading = cost(|| serde_json::from_str::<Item>(&state).expect("an item is read"));
        let acts = cost(|| open_acts(&item, &person, &profile, now));
        let explained = cost(|| -> Vec<_> {
            ActKind::ALL.into_iter().map(|act| explain(&item, act, &person, &profile, now)).collect()
        });
        line(
            &format!("{}: what can be done with an item, all {} acts", shipped.id, ActKind::ALL.len()),
            &format!("{acts:.1} µs of processor, explained with gates and approvals {explained:.1} µs"),
            &format!("{reading:.1} µs to read the item out of its row"),
            &format!("{:.2}", (acts + explained) / reading),
        );
    }
}
