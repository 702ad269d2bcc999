//! The figures: each beside a yardstick that is measured in the same run, for a figure alone says more of the
//! machine than of the program.
//!
//! `cargo bench -p hokan-tests` prints them as a table. `cargo bench -p hokan-tests -- FOLDER…` also reads the
//! photographs in these folders: `NAME.png` with its text in `NAME.txt`; a picture without a text must have
//! no code. With `HOKAN_TEST_POSTGRES` set, hand-overs are measured on PostgreSQL too.

#![expect(clippy::print_stdout, reason = "printing a table is what this is for")]

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use hokan_domain::{
    event::Receiver,
    ids::{EventId, ItemId},
    ledger::{
        entry::Entry,
        frontier::Frontier,
        hash::{Hash, leaf_hash},
        verify::Verifier,
    },
};
use hokan_labels::{
    code::LabelCode,
    payload::label_url,
    qr::{Level, Symbol},
    reader::{ReadLimits, read},
    sheet::{LabelText, PrintJob, PrinterOffset, print},
    stock::Stock,
};
use hokan_mobile_api::{Caller, request::ActRequest};
use hokan_server::{
    app::{App, verify},
    config::{Config, Flags, TlsMode},
    serve,
};
use hokan_tests::{
    database::{Database, TestDatabase},
    photo::{Random, Shot, encode_jpeg},
    town::{Town, event, seen},
};
use sha2::{Digest, Sha256};

/// How long each rate is measured.
const SPAN: Duration = Duration::from_secs(4);
/// How often each rate is measured; the median counts.
const ROUNDS: usize = 3;

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn line(what: &str, figure: &str, yardstick: &str, ratio: &str) {
    println!("| {what} | {figure} | {yardstick} | {ratio} |");
}

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let folders: Vec<PathBuf> =
        std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).map(PathBuf::from).collect();
    println!("| What | Figure | Yardstick in the same run | Ratio |");
    println!("| --- | --- | --- | --- |");
    runtime.block_on(hand_overs());
    runtime.block_on(answers());
    labels_to_pdf();
    own_labels();
    ledger(&runtime);
    for folder in folders {
        photographs(&folder);
    }
}

// ------------------------------------------------------------------------------------------ hand-overs

/// Durable commits a second of SQLite with nothing above it: one row inserted and one updated each, by one
/// thread, in the same mode (WAL, synchronous=FULL) and on the same disk.
fn bare_commits(folder: &Path) -> f64 {
    let connection = rusqlite::Connection::open(folder.join("bare.db")).expect("a file");
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             CREATE TABLE IF NOT EXISTS entry (seq INTEGER PRIMARY KEY, body TEXT);
             CREATE TABLE IF NOT EXISTS item (id INTEGER PRIMARY KEY, version INTEGER);
             INSERT OR IGNORE INTO item VALUES (1, 0);",
        )
        .expect("tables");
    let body = "x".repeat(350);
    let began = Instant::now();
    let mut commits = 0;
    while began.elapsed() < SPAN / 2 {
        connection.execute_batch("BEGIN IMMEDIATE").expect("begun");
        connection
            .prepare_cached("INSERT INTO entry (body) VALUES (?1)")
            .expect("a statement")
            .execute([&body])
            .expect("inserted");
        connection
            .prepare_cached("UPDATE item SET version = version + 1 WHERE id = 1")
            .expect("a statement")
            .execute([])
            .expect("updated");
        connection.execute_batch("COMMIT").expect("committed");
        commits += 1;
    }
    f64::from(commits) / began.elapsed().as_secs_f64()
}

/// Acts a second by so many callers, each with an item of his own that goes to and fro between two people.
/// An offer and its acceptance are two acts, each durable before it is answered.
async fn acts(town: &Arc<Town>, items: &[(ItemId, usize)], callers: usize) -> f64 {
    let began = Instant::now();
    let tasks: Vec<_> = items[..callers]
        .iter()
        .map(|(id, label)| {
            let (town, id, label) = (town.clone(), *id, *label);
            tokio::spawn(async move {
                let scan = seen(&town.labels[label]);
                let mut holder = holder(&town.app, &town.handlers, id).await;
                let mut acts = 0_u32;
                while began.elapsed() < SPAN {
                    let (from, to) = (&town.handlers[holder], &town.handlers[1 - holder]);
                    let offer = ActRequest::Offer {
                        to: Receiver::Person(to.person.id),
                        note: None,
                        scan: Some(scan.clone()),
                    };
                    let act: EventId = event();
                    town.app.act(from, id, act, offer).await.expect("an offer");
                    let accept = ActRequest::Accept { hand_over: act.into(), scan: scan.clone() };
                    town.app.act(to, id, event(), accept).await.expect("an acceptance");
                    holder = 1 - holder;
                    acts += 2;
                }
                acts
            })
        })
        .collect();
    let mut acts = 0;
    for task in tasks {
        acts += task.await.expect("a caller ends");
    }
    f64::from(acts) / began.elapsed().as_secs_f64()
}

async fn holder(app: &App, handlers: &[Caller], id: ItemId) -> usize {
    let item = app.store().item(id).await.expect("a database").expect("an item");
    usize::from(item.holder() == Some(handlers[1].person.id))
}

async fn hand_overs() {
    let mut kinds = vec![Database::Sqlite];
    if std::env::var_os("HOKAN_TEST_POSTGRES").is_some() {
        kinds.push(Database::Postgres);
    }
    for kind in kinds {
        let database = TestDatabase::fresh(kind).await;
        let town = Arc::new(Town::on(&database).await);
        let mut items = Vec::new();
        for index in 0..16 {
            items.push((town.item(index).await.id, index));
        }
        let folder = tempfile::tempdir().expect("a folder");
        let (mut bare, mut one, mut sixteen) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            bare.push(bare_commits(folder.path()));
            one.push(acts(&town, &items, 1).await);
            sixteen.push(acts(&town, &items, 16).await);
        }
        let (bare, one, sixteen) = (median(bare), median(one), median(sixteen));
        let name = town.app.store().backend_name();
        for (callers, rate) in [("1 caller", one), ("16 callers", sixteen)] {
            line(
                &format!("{name}: durable acts (two to a hand-over), {callers}"),
                &format!("{rate:.0}/s ({:.0} hand-overs/s)", rate / 2.0),
                &format!("{bare:.0}/s bare SQLite commits, one each"),
                &format!("{:.2}", rate / bare),
            );
        }
    }
}

// --------------------------------------------------------------------------------------------- answers

async fn answers() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = TestDatabase::fresh(Database::Sqlite).await;
    let town = Town::on(&database).await;
    let item = town.item(0).await;
    let label = town.labels[0].clone();
    hokan_server::app::App::store(&town.app).clone().close().await;
    drop(item);
    let flags = Flags {
        data_dir: Some(town.folder.path().to_owned()),
        database_url: Some(database.url().to_owned()),
        listen: Some("127.0.0.1:0".parse().expect("an address")),
        tls: Some(TlsMode::Off),
        ..Flags::default()
    };
    let running = serve::start(Config::load(&flags).expect("settings"), None).await.expect("a server");
    let url = running.app().config().public_url.clone();
    let client = hokan_tests::server::client_builder().build().expect("a client");
    let sign_in = serde_json::json!({ "login": "aoi", "password": "correct horse battery" });
    let signed_in: hokan_mobile_api::wire::SignedIn = client
        .post(format!("{url}/api/phone/v1/sign-in"))
        .json(&sign_in)
        .send()
        .await
        .expect("an answer")
        .json()
        .await
        .expect("signed in");
    let timed = async |request: &dyn Fn() -> reqwest::RequestBuilder, times: usize| {
        let mut millis = Vec::new();
        for _ in 0..times {
            let began = Instant::now();
            let answer = request().send().await.expect("an answer");
            assert!(answer.status().is_success());
            answer.bytes().await.expect("a body");
            millis.push(began.elapsed().as_secs_f64() * 1000.0);
        }
        median(millis)
    };
    let healthz = timed(&|| client.get(format!("{url}/healthz")), 1000).await;
    let code = timed(
        &|| client.get(format!("{url}/api/phone/v1/labels/{label}")).bearer_auth(&signed_in.token),
        1000,
    )
    .await;
    let beside = format!("{healthz:.2} ms /healthz");
    line(
        "code → item over HTTP, median",
        &format!("{code:.2} ms"),
        &beside,
        &format!("{:.1}", code / healthz),
    );
    let symbol = Symbol::encode(&format!("HOKAN:{label}"), Level::Q).expect("a symbol");
    for (name, width, height) in [("1280×960", 1280, 960), ("4032×3024", 4032, 3024)] {
        let jpeg = phone_photo(&symbol, width, height);
        let photo = timed(
            &|| {
                client
                    .post(format!("{url}/api/phone/v1/photo"))
                    .bearer_auth(&signed_in.token)
                    .header("content-type", "image/jpeg")
                    .body(jpeg.clone())
            },
            15,
        )
        .await;
        line(
            &format!("photo {name} → item over HTTP, median"),
            &format!("{photo:.1} ms"),
            &beside,
            &format!("{:.0}", photo / healthz),
        );
    }
    running.stop().await.expect("stopped");
    drop(folder);
}

fn picture_of(symbol: &Symbol, module: usize) -> image::GrayImage {
    let (side, luma) = symbol.to_luma(module);
    let side = u32::try_from(side).expect("small");
    image::GrayImage::from_raw(side, side, luma).expect("a picture")
}

fn phone_photo(symbol: &Symbol, width: u32, height: u32) -> Vec<u8> {
    let shot = Shot {
        width,
        height,
        fill: 0.5,
        turn: 8.0,
        tilt: 10.0,
        blur: 0.7,
        noise: 3.0,
        quality: 80,
        ..Shot::default()
    };
    shot.jpeg(&picture_of(symbol, 12)).expect("a photograph")
}

// ---------------------------------------------------------------------------------------------- labels

fn labels_to_pdf() {
    for count in [24, 240, 2_400_u64] {
        let codes: Vec<_> =
            (0..count).map(|number| LabelCode::from_entropy(number * 0x9E37_79B9_7F4A)).collect();
        let job = PrintJob {
            stock: Stock::built_in("a4-24").expect("a stock"),
            start_position: 1,
            used_positions: Vec::new(),
            offset: PrinterOffset::default(),
            labels: codes
                .iter()
                .zip(1..)
                .map(|(code, number)| LabelText {
                    code: *code,
                    control_number: Some(format!("住基-{number:04}")),
                    caption: None,
                })
                .collect(),
            host: Some("hokan.town.example.jp".parse().expect("a host")),
            body_name: "長崎県市町村職員共済組合".to_owned(),
            outlines: false,
            title: "ラベル".to_owned(),
            created_unix: 1_790_000_000,
        };
        let (mut whole, mut symbols, mut size) = (Vec::new(), Vec::new(), 0);
        for _ in 0..ROUNDS {
            let began = Instant::now();
            size = print(&job).expect("a PDF").len();
            whole.push(began.elapsed().as_secs_f64() * 1000.0);
            let began = Instant::now();
            for code in &codes {
                std::hint::black_box(
                    Symbol::encode(&label_url(job.host.as_ref(), *code), Level::Q).expect("a symbol"),
                );
            }
            symbols.push(began.elapsed().as_secs_f64() * 1000.0);
        }
        let (whole, symbols) = (median(whole), median(symbols));
        line(
            &format!("{count} labels to PDF"),
            &format!("{whole:.0} ms, {} kB", size / 1000),
            &format!("{symbols:.0} ms for their QR symbols alone"),
            &format!("{:.1}", whole / symbols),
        );
    }
}

fn own_labels() {
    let symbol = Symbol::encode("HTTPS://HOKAN.TOWN.EXAMPLE.JP/L/JPJTJ39B5DV3", Level::Q).expect("a symbol");
    let modules = symbol.to_luma(1).0;
    let page = picture_of(&symbol, 16);
    for module_px in [2_u16, 3, 4, 6] {
        let mut random = Random(u64::from(module_px) * 7919);
        let (mut good, mut millis) = (0, Vec::new());
        for seed in 0..40 {
            // The symbol's side in the photograph, as a share of the photograph's shorter side.
            #[expect(clippy::cast_precision_loss, reason = "a few dozen modules")]
            let fill = f32::from(module_px) * modules as f32 / 960.0;
            let shot = Shot {
                width: 1280,
                height: 960,
                fill,
                turn: random.between(-25.0, 25.0),
                tilt: random.between(-25.0, 25.0),
                sway: random.between(-25.0, 25.0),
                blur: random.between(0.3, 1.0),
                shake: random.between(0.0, 2.0),
                shake_angle: random.between(0.0, 180.0),
                noise: random.between(1.0, 6.0),
                shade: random.between(0.0, 0.4),
                shadow: random.between(0.6, 1.0),
                quality: 60,
                seed,
            };
            let jpeg = encode_jpeg(&shot.take(&page), 60).expect("a photograph");
            let began = Instant::now();
            let reading = read(&jpeg, &ReadLimits::default());
            millis.push(began.elapsed().as_secs_f64() * 1000.0);
            good += usize::from(reading.is_ok_and(|reading| {
                reading.codes.iter().any(|found| found.text.ends_with("/L/JPJTJ39B5DV3"))
            }));
        }
        line(
            &format!("own labels, {module_px} px a module, tilted, shaken, noisy"),
            &format!("{good} of 40 read, median {:.1} ms", median(millis.clone())),
            &format!("slowest {:.0} ms", millis.into_iter().fold(0.0, f64::max)),
            "",
        );
    }
}

fn photographs(folder: &Path) {
    let mut folders: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    if folders.is_empty() {
        folders.push(folder.to_owned());
    }
    for folder in folders {
        let mut photos: Vec<PathBuf> = fs::read_dir(&folder)
            .expect("a folder")
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| {
                path.extension()
                    .is_some_and(|kind| ["png", "jpg", "jpeg", "webp"].iter().any(|known| kind == *known))
            })
            .collect();
        photos.sort();
        let (mut good, mut wrong, mut millis, mut decode) = (0, 0, Vec::new(), Vec::new());
        for photo in &photos {
            let bytes = fs::read(photo).expect("a photograph");
            let began = Instant::now();
            let reading = read(&bytes, &ReadLimits::default());
            millis.push(began.elapsed().as_secs_f64() * 1000.0);
            let began = Instant::now();
            std::hint::black_box(image::load_from_memory(&bytes).map(|picture| picture.to_luma8()).ok());
            decode.push(began.elapsed().as_secs_f64() * 1000.0);
            let codes = reading.map(|reading| reading.codes).unwrap_or_default();
            match fs::read_to_string(photo.with_extension("txt")) {
                Ok(text) if codes.iter().any(|found| found.text.trim_end() == text.trim_end()) => good += 1,
                Ok(_) => wrong += codes.len(),
                Err(_) if codes.is_empty() => good += 1,
                Err(_) => wrong += codes.len(),
            }
        }
        let slowest = millis.iter().copied().fold(0.0, f64::max);
        let (read_ms, decode_ms) = (median(millis), median(decode));
        line(
            &format!("photographs in {}", folder.file_name().unwrap_or_default().to_string_lossy()),
            &format!(
                "{good} of {} right, {wrong} wrong texts, median {read_ms:.1} ms, slowest {slowest:.0} ms",
                photos.len()
            ),
            &format!("{decode_ms:.1} ms to decode the picture"),
            &format!("{:.1}", read_ms / decode_ms),
        );
    }
}

// ---------------------------------------------------------------------------------------------- ledger

fn entries(count: u64) -> Vec<Entry> {
    (1..=count)
        .map(|seq| Entry {
            seq,
            event_id: uuid::Uuid::from_u128(u128::from(seq)),
            act_id: uuid::Uuid::from_u128(u128::from(seq)),
            subject_kind: "item".to_owned(),
            subject_id: format!("itm_{:032x}", seq % 10_000),
            subject_version: seq.div_ceil(10_000),
            kind: "hand-over-accepted".to_owned(),
            occurred_at: 1_790_000_000_000,
            recorded_at: 1_790_000_000_000,
            actor: Some(uuid::Uuid::from_u128(7)),
            device: None,
            device_seq: None,
            profile: Some(Hash::EMPTY_ROOT),
            request: Hash::EMPTY_ROOT,
            body: format!("{{\"kind\":\"hand-over-accepted\",\"to\":\"per_{:032x}\"}}", seq % 100),
        })
        .collect()
}

fn ledger(runtime: &tokio::runtime::Runtime) {
    const COUNT: u64 = 300_000;
    #[expect(clippy::cast_precision_loss, reason = "hundreds of thousands")]
    let rate = |seconds: f64| COUNT as f64 / seconds;
    let entries = entries(COUNT);
    let canonical: Vec<String> = entries.iter().map(Entry::canonical).collect();
    let (mut bare, mut append, mut check) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let began = Instant::now();
        for text in &canonical {
            std::hint::black_box(Sha256::digest(text.as_bytes()));
        }
        bare.push(rate(began.elapsed().as_secs_f64()));
        let began = Instant::now();
        let mut frontier = Frontier::new();
        let mut text = String::new();
        for entry in &entries {
            text.clear();
            entry.write_canonical(&mut text);
            frontier.push(leaf_hash(text.as_bytes()));
        }
        std::hint::black_box(frontier.root());
        append.push(rate(began.elapsed().as_secs_f64()));
        let began = Instant::now();
        let mut verifier = Verifier::new::<&str>(&[], None, &[]);
        for entry in &entries {
            verifier.feed(entry, None);
        }
        assert!(verifier.finish().is_ok());
        check.push(rate(began.elapsed().as_secs_f64()));
    }
    let (bare, append, check) = (median(bare), median(append), median(check));
    let beside = format!("{:.2} M/s bare SHA-256 of the same texts", bare / 1e6);
    line(
        "ledger: append in memory",
        &format!("{:.2} M entries/s", append / 1e6),
        &beside,
        &format!("{:.2}", append / bare),
    );
    line(
        "ledger: full check in memory",
        &format!("{:.2} M entries/s", check / 1e6),
        &beside,
        &format!("{:.2}", check / bare),
    );
    runtime.block_on(async {
        let database = TestDatabase::fresh(Database::Sqlite).await;
        let town = Arc::new(Town::on(&database).await);
        let mut items = Vec::new();
        for index in 0..16 {
            items.push((town.item(index).await.id, index));
        }
        acts(&town, &items, 16).await;
        let began = Instant::now();
        let verdict = verify(town.app.store(), &[], &[]).await.expect("a check");
        let seconds = began.elapsed().as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "tens of thousands")]
        let rate = verdict.entries as f64 / seconds;
        line(
            &format!("ledger: full check of {} entries out of SQLite", verdict.entries),
            &format!("{:.0} k entries/s", rate / 1000.0),
            &beside,
            &format!("{:.2}", rate / bare),
        );
    });
}
