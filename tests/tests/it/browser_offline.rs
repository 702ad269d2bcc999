//! What a phone saw without signal, in a real browser whose server is really gone.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use hokan_domain::{discrepancy::FindingKind, text::Lang};
use hokan_labels::LabelCode;
use hokan_tests::{
    browser::{Browser, BrowserOptions},
    database::{Database, TestDatabase},
    on_both_databases,
    phone::{Phone, read},
    town::ShellTown,
};
use reqwest::StatusCode;
use serde_json::{Value, json};
use thirtyfour::prelude::*;

use crate::{
    authority::add_container,
    browser_pages::{Seat, person, typed},
    devices::{offered, page, send_form},
};

const PATIENCE: Duration = Duration::from_secs(60);
const STEP: Duration = Duration::from_millis(50);

/// A detector as some phones have one: it reads what the test puts before it.
const DETECTOR: &str = "window.BarcodeDetector = class {
    static async getSupportedFormats() { return ['qr_code']; }
    async detect() { return window.before ? [{ rawValue: window.before }] : []; }
};";

/// Runs a module's worth of script in the page and gives what it returns.
async fn run(browser: &Browser, script: &str) -> anyhow::Result<Value> {
    let script = format!(
        "const done = arguments[arguments.length - 1];
         (async () => {{ {script} }})().then((value) => done({{ value }}), (error) => done({{ error: String(error) }}));"
    );
    let answer: Value = browser.execute_async(script.as_str(), Vec::new()).await?.convert()?;
    ensure!(answer.get("error").is_none(), "{answer}");
    Ok(answer["value"].clone())
}

/// What waits in this browser, the oldest first.
async fn kept(browser: &Browser) -> anyhow::Result<Vec<Value>> {
    let kept = run(browser, "return (await import('/static/queue.js')).all();").await?;
    Ok(kept.as_array().cloned().unwrap_or_default())
}

/// Opens the scan page, and waits until its worker keeps what is needed without signal.
async fn open_scan_page(seat: &Seat) -> anyhow::Result<()> {
    seat.open("/scan").await?;
    let ready = "await navigator.serviceWorker.ready;
                 for (let n = 0; n < 600 && !navigator.serviceWorker.controller; n += 1)
                   await new Promise((done) => setTimeout(done, 50));
                 return Boolean(navigator.serviceWorker.controller);";
    ensure!(run(&seat.browser, ready).await? == json!(true), "the worker stands over the page");
    Ok(())
}

/// Types a code and says what was done, where the server does not answer.
async fn record(seat: &Seat, code: &str, did: &str) -> anyhow::Result<()> {
    seat.type_code(&typed(code)).await?;
    seat.wait_for_text("#drawer-title", "この端末に記録する").await?;
    press_called(seat, did).await?;
    Ok(())
}

/// Presses the button of the open sheet that is called so.
async fn press_called(seat: &Seat, name: &str) -> anyhow::Result<()> {
    for button in seat.browser.find_all(By::Css("#drawer-acts button, #drawer-body button")).await? {
        if button.text().await? == name {
            button.scroll_into_view().await?;
            return Ok(button.click().await?);
        }
    }
    anyhow::bail!("no button is called {name}")
}

async fn recorded(seat: &Seat) -> anyhow::Result<()> {
    seat.wait_for_text("#drawer-result.good", "この端末に記録しました").await?;
    Ok(())
}

/// Waits until nothing waits in this browser any more.
async fn nothing_waits(seat: &Seat) -> anyhow::Result<()> {
    let since = Instant::now();
    loop {
        let kept = kept(&seat.browser).await?;
        if kept.iter().all(|one| one["state"] != "waiting") {
            return Ok(());
        }
        if since.elapsed() > PATIENCE {
            let picture = seat.browser.screenshot_to_file("failure").await;
            anyhow::bail!("still there: {kept:?} ({})", picture.display());
        }
        tokio::time::sleep(STEP).await;
    }
}

async fn lines(phone: &Phone, item: &str) -> anyhow::Result<Vec<Value>> {
    let history: Value = read(phone.get(&format!("/items/{item}/history")).await?, StatusCode::OK).await;
    Ok(history["lines"].as_array().context("lines")?.clone())
}

fn of_kind<'l>(lines: &'l [Value], kind: &str) -> Vec<&'l Value> {
    lines.iter().filter(|line| line["kind"] == kind).collect()
}

fn moment(value: &Value) -> anyhow::Result<chrono::DateTime<chrono::FixedOffset>> {
    Ok(chrono::DateTime::parse_from_rfc3339(value.as_str().context("a moment")?)?)
}

async fn sign_out(seat: &Seat) -> anyhow::Result<()> {
    seat.press(".account summary").await?;
    seat.press(".account-menu button").await?;
    seat.wait_for_path("/sign-in").await
}

on_both_databases! {
    /// The server is gone; a clerk types one label and holds another before the camera, opens the page anew, and says
    /// what he did. When the server is back it is in the ledger, once, at the moment and by the person of the scan,
    /// though the answer was lost and two pages sent at once.
    async fn what_was_seen_without_signal_is_sent_once(db: TestDatabase) -> anyhow::Result<()> {
        let mut town = ShellTown::on(db).await;
        let (codes, _) = town.print_labels("a4-24", 4, 1);
        let aoi = town.phone(0).await;
        let item = aoi.register(&codes[0], "usb-memory", "税務課 USBメモリ 1").await.item.id.to_string();
        let own = aoi.me().await.person.id.to_string();
        let seat = Seat::phone(&town.server, person(&town, 0), None).await?;
        let detector = json!({ "source": DETECTOR });
        seat.browser.cdp().send_raw("Page.addScriptToEvaluateOnNewDocument", detector).await?;
        open_scan_page(&seat).await?;
        assert!(town.server.stop().await.success());
        add_container(&town, &codes[1]).await;

        // Typed, with a slip at first.
        let slip = format!("{}{}", &codes[0][..11], if codes[0].ends_with('0') { '1' } else { '0' });
        seat.type_code(&slip).await?;
        seat.wait_for_text("#drawer-title", "12文字が正しくありません").await?;
        seat.close_sheet().await?;
        seat.type_code(&typed(&codes[0])).await?;
        seat.wait_for_text("#drawer-title", "この端末に記録する").await?;
        seat.keep_picture("offline-sheet-phone").await?;
        press_called(&seat, "取り出した").await?;
        recorded(&seat).await?;
        seat.keep_picture("offline-recorded-phone").await?;
        seat.close_sheet().await?;
        seat.wait_for_text("#waiting-list", "葵さん 1件").await?;
        seat.wait_for_text("#no-signal", "サーバーにつながりません").await?;
        seat.press("#send-now").await?;
        seat.wait_for_text("#waiting-status", "まだつながりません").await?;

        // Opened anew, from wherever: the page that the browser keeps, in which nothing is anybody's.
        seat.open("/items").await?;
        seat.wait_for_text("h1", "ラベルを読み取る").await?;
        assert!(seat.browser.find_all(By::Css("nav.tabs, .account")).await?.is_empty());
        seat.wait_for_text("#waiting-list", "葵さん 1件").await?;
        seat.keep_picture("offline-shell-phone").await?;
        let in_cache = run(
            &seat.browser,
            "const found = [];
             for (const name of await caches.keys()) {
               const cache = await caches.open(name);
               for (const { url } of await cache.keys())
                 found.push([new URL(url).pathname, (await (await cache.match(url)).text()).includes('葵')]);
             }
             return found;",
        )
        .await?;
        let in_cache = in_cache.as_array().context("files")?;
        ensure!(in_cache.iter().any(|file| file[0] == "/static/offline-ja.html"), "{in_cache:?}");
        for file in in_cache {
            let path = file[0].as_str().context("a path")?;
            ensure!(path.starts_with("/static/") && file[1] == json!(false), "{file} is somebody's");
        }
        let shown = seat.see("#waiting-list details summary").await?;
        shown.click().await?;
        seat.wait_for_text("#waiting-list", "取り出した").await?;
        // The phone's own camera opened a label's address, where it knows that there is no network.
        let network = |offline: bool| {
            json!({ "offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 })
        };
        seat.browser.cdp().send_raw("Network.enable", json!({})).await?;
        seat.browser.cdp().send_raw("Network.emulateNetworkConditions", network(true)).await?;
        seat.open(&format!("/L/{}", codes[0])).await?;
        seat.wait_for_text("#drawer-title", "この端末に記録する").await?;
        seat.close_sheet().await?;
        seat.browser.cdp().send_raw("Network.emulateNetworkConditions", network(false)).await?;

        // Before the camera: the item, and then the label of what it went into.
        seat.browser.execute(format!("window.before = 'HOKAN:{}'", codes[0]).as_str(), Vec::new()).await?;
        seat.wait_for_text("#drawer-title", "この端末に記録する").await?;
        press_called(&seat, "しまった").await?;
        seat.wait_for_text("#drawer-title", "どこにしまいましたか").await?;
        seat.keep_picture("offline-home-phone").await?;
        seat.browser.execute(format!("window.before = 'HOKAN:{}'", codes[1]).as_str(), Vec::new()).await?;
        recorded(&seat).await?;
        seat.browser.execute("window.before = null", Vec::new()).await?;
        seat.close_sheet().await?;
        seat.wait_for_text("#waiting-list", "葵さん 2件").await?;
        seat.keep_picture("offline-waiting-phone").await?;
        let queue = kept(&seat.browser).await?;
        assert_eq!(queue.len(), 2);
        for one in &queue {
            assert_eq!(one["person"], json!(own), "{one}");
            assert_eq!(one["scan"]["code"], json!(codes[0]), "{one}");
        }
        assert_eq!((&queue[0]["scan"]["method"], &queue[1]["scan"]["method"]), (&json!("typed"), &json!("camera")));

        // Back, and sent by hand; then once more, as after an answer that was lost, from two pages at once.
        town.server.start_again().await;
        seat.press("#send-now").await?;
        seat.wait_for_text("#waiting-status", "2件を送りました").await?;
        seat.wait_for_text("#signal-back", "サーバーにつながりました").await?;
        seat.keep_picture("offline-back-phone").await?;
        nothing_waits(&seat).await?;
        let again = format!(
            "const store = await import('/static/store.js');
             for (const one of {}) await store.within('readwrite', ({{ queue }}) => store.asked(queue.put(one)));
             const queue = await import('/static/queue.js');
             const other = await import('/static/queue.js?other');
             return (await Promise.all([queue.send(), other.send()])).map((outcome) => outcome.sent);",
            json!(queue)
        );
        let sent = run(&seat.browser, &again).await?;
        assert_eq!(sent.as_array().context("two answers")?.iter().filter_map(Value::as_u64).sum::<u64>(), 2);
        assert_eq!(kept(&seat.browser).await?, Vec::<Value>::new());

        // An act of before the restart ended no session: Aoi's is still good.
        let lines = lines(&aoi, &item).await?;
        for (kind, one) in [("taken-out", &queue[0]), ("put-away", &queue[1])] {
            let [line] = of_kind(&lines, kind)[..] else { panic!("one {kind}: {lines:?}") };
            assert_eq!(moment(&line["occurred_at"])?, moment(&one["occurred_at"])?, "{line}");
            assert_eq!(line["actor"]["id"], json!(own), "{line}");
            let device = line["device"].as_str().context("a device")?.trim_start_matches("dev_").to_owned();
            assert_eq!(json!(device), json!(one["device"].as_str().context("a device")?.replace('-', "")), "{line}");
        }
        let card = aoi.item(&item).await;
        assert!(card.custody.sentence.contains("保管"), "{}", card.custody.sentence);
        seat.press("#reload").await?;
        seat.see("nav.tabs").await?;
        assert!(town.shell(&["ledger", "verify"]).contains("OK  the ledger is whole and unaltered"));
        seat.browser.close().await;
        Ok(())
    }

    /// What Aoi saw is not sent while Beni is signed in, and goes as Aoi's own word when she is back. Where she cannot
    /// sign in, Beni may hand it in, which the register marks and somebody has to settle.
    async fn what_one_person_saw_never_becomes_anothers_unasked(db: TestDatabase) -> anyhow::Result<()> {
        let town = ShellTown::on(db).await;
        let (codes, _) = town.print_labels("a4-24", 4, 1);
        let (aoi, beni) = (town.phone(0).await, town.phone(1).await);
        let item = aoi.register(&codes[0], "usb-memory", "税務課 USBメモリ 1").await.item.id.to_string();
        let own = aoi.me().await.person.id.to_string();
        let seat = Seat::phone(&town.server, person(&town, 0), None).await?;
        open_scan_page(&seat).await?;
        seat.open("/").await?;
        let took_out = saw(&own, &codes[0], "taken-out");
        run(&seat.browser, &took_out).await?;

        // She is told before she signs out, and who comes after her is told too; a scan then needs a person.
        seat.press(".account summary").await?;
        seat.wait_for_text("#queue-line", "1").await?;
        seat.keep_picture("offline-signing-out-phone").await?;
        seat.press(".account-menu button").await?;
        seat.wait_for_path("/sign-in").await?;
        seat.wait_for_text("#queue-names", "葵").await?;
        seat.keep_picture("offline-signed-out-phone").await?;
        let refused = run(&seat.browser, &took_out).await.expect_err("nobody is signed in");
        ensure!(refused.to_string().contains("error"), "{refused}");

        seat.sign_in(person(&town, 1)).await?;
        seat.open("/scan").await?;
        seat.wait_for_text("#waiting-list", "葵さん 1件").await?;
        seat.press("#send-now").await?;
        seat.wait_for_text("#waiting-status", "葵さんがサインインすると送れます").await?;
        seat.keep_picture("offline-others-phone").await?;
        ensure!(of_kind(&lines(&aoi, &item).await?, "taken-out").is_empty(), "nothing was sent");
        sign_out(&seat).await?;
        seat.sign_in(person(&town, 0)).await?;
        nothing_waits(&seat).await?;
        let history = lines(&aoi, &item).await?;
        let [line] = of_kind(&history, "taken-out")[..] else { panic!("one: {history:?}") };
        assert_eq!(line["actor"]["id"], json!(own));
        ensure!(of_kind(&history, "evidence-marked").is_empty(), "it is her own word: {history:?}");

        seat.open("/scan").await?;
        seat.see("#scan-form").await?;
        run(&seat.browser, &saw(&own, &codes[0], "seen")).await?;
        sign_out(&seat).await?;
        seat.sign_in(person(&town, 1)).await?;
        seat.open("/scan").await?;
        seat.press("#waiting-list .button").await?;
        seat.wait_for_text("#drawer-body", "あなたの名前で届けます").await?;
        seat.keep_picture("offline-hand-in-phone").await?;
        press_called(&seat, "自分の名前で届ける").await?;
        seat.wait_for_text("#waiting-status", "1件を送りました。 そのうち1件は登録と食い違いました").await?;
        let history = lines(&aoi, &item).await?;
        let [line] = of_kind(&history, "seen")[..] else { panic!("one: {history:?}") };
        assert_eq!(line["actor"]["id"], json!(beni.me().await.person.id));
        ensure!(!of_kind(&history, "evidence-marked").is_empty(), "{history:?}");
        seat.open("/discrepancies").await?;
        seat.wait_for_text("main", FindingKind::ReportedByAnother.sentence(Lang::Ja)).await?;
        seat.browser.close().await;
        Ok(())
    }

    /// A paired phone delivers what its person saw when nobody is signed in, when somebody else is, and after it was
    /// revoked: then marked, so that a person settles it. What the server turns away stays until its person has seen why.
    async fn a_paired_phone_delivers_whoever_is_signed_in(db: TestDatabase) -> anyhow::Result<()> {
        let mut town = ShellTown::on(db).await;
        let (codes, _) = town.print_labels("a4-24", 4, 1);
        let desk = town.phone(0).await;
        let item = desk.register(&codes[0], "usb-memory", "税務課 USBメモリ 1").await.item.id.to_string();
        let own = json!(desk.me().await.person.id.to_string());
        let seat = Seat::phone(&town.server, person(&town, 0), None).await?;
        let offer = offered(&town, desk.token()).await;
        seat.open(&format!("/pair/{offer}")).await?;
        seat.fill("#name", "税務課の携帯電話").await?;
        seat.press("main form button").await?;
        seat.see("#paired:not([data-delivery])").await?;
        let paired = run(&seat.browser, "return (await import('/static/store.js')).phoneValue('pairing');").await?;
        assert_eq!(paired["person"], own);
        let device = &paired["device"];
        open_scan_page(&seat).await?;
        let cut = async |seat: &Seat| -> anyhow::Result<()> {
            seat.browser.goto("about:blank").await?;
            seat.browser.cdp().send_raw("Network.clearBrowserCookies", json!({})).await?;
            Ok(())
        };

        // Nobody is signed in any more when there is signal again; one label is on nothing.
        assert!(town.server.stop().await.success());
        record(&seat, &codes[0], "取り出した").await?;
        recorded(&seat).await?;
        seat.close_sheet().await?;
        record(&seat, &codes[2], "あるのを見た").await?;
        recorded(&seat).await?;
        let [first, _] = &kept(&seat.browser).await?[..] else { anyhow::bail!("two wait") };
        let first = first.clone();
        cut(&seat).await?;
        town.server.start_again().await;
        seat.open("/sign-in").await?;
        nothing_waits(&seat).await?;
        let history = lines(&desk, &item).await?;
        let [line] = of_kind(&history, "taken-out")[..] else { panic!("one: {history:?}") };
        assert_eq!((&line["actor"]["id"], &line["device"]), (&own, device));
        assert_eq!(moment(&line["occurred_at"])?, moment(&first["occurred_at"])?);
        ensure!(of_kind(&history, "evidence-marked").is_empty(), "{history:?}");

        // Somebody else is.
        seat.sign_in(person(&town, 1)).await?;
        let mut second = first.clone();
        second["event_id"] = json!(uuid::Uuid::new_v4());
        second["observed"] = json!("returned");
        let put = format!(
            "const {{ within, asked }} = await import('/static/store.js');
             await within('readwrite', ({{ queue }}) => asked(queue.put({second})));"
        );
        run(&seat.browser, &put).await?;
        seat.open("/scan").await?;
        nothing_waits(&seat).await?;
        seat.wait_for_text("#waiting-list", "葵さんに確認してほしい返事があります").await?;
        let history = lines(&desk, &item).await?;
        let [line] = of_kind(&history, "returned")[..] else { panic!("one: {history:?}") };
        assert_eq!((&line["actor"]["id"], &line["device"]), (&own, device));
        sign_out(&seat).await?;

        // The phone is revoked while it is without signal.
        seat.sign_in(person(&town, 0)).await?;
        open_scan_page(&seat).await?;
        assert!(town.server.stop().await.success());
        record(&seat, &codes[0], "取り出した").await?;
        recorded(&seat).await?;
        cut(&seat).await?;
        town.server.start_again().await;
        let path = format!("/account/phones/{}/revoke", device.as_str().context("an id")?);
        let revoked = send_form(&town, desk.token(), "/account/phones", &path, &[]).await;
        ensure!(revoked.status().is_redirection(), "revoked");
        seat.open("/sign-in").await?;
        nothing_waits(&seat).await?;
        let history = lines(&desk, &item).await?;
        assert_eq!(of_kind(&history, "taken-out").len(), 2, "{history:?}");
        ensure!(!of_kind(&history, "evidence-marked").is_empty(), "{history:?}");
        let waits = page(&town, desk.token(), "/discrepancies").await;
        ensure!(waits.contains(FindingKind::LateAuthority.sentence(Lang::Ja)), "{waits}");

        // Her answers wait for her, and go when she has seen them.
        seat.sign_in(person(&town, 0)).await?;
        seat.open("/scan").await?;
        seat.wait_for_text("#waiting-list", "登録と食い違いました").await?;
        seat.wait_for_text("#waiting-list", "受け取られませんでした").await?;
        seat.keep_picture("offline-answers-phone").await?;
        while let Some(one) = kept(&seat.browser).await?.first() {
            ensure!(one["state"] != "waiting", "{one}");
            let before = seat.browser.find_all(By::Css("#waiting-list button")).await?.len();
            seat.press("#waiting-list button").await?;
            let since = Instant::now();
            while seat.browser.find_all(By::Css("#waiting-list button")).await?.len() == before {
                ensure!(since.elapsed() < PATIENCE, "it goes off the list");
                tokio::time::sleep(STEP).await;
            }
        }
        assert!(town.shell(&["ledger", "verify"]).contains("OK  the ledger is whole and unaltered"));
        seat.browser.close().await;
        Ok(())
    }
}

/// A script that records what somebody saw.
fn saw(person: &str, code: &str, observed: &str) -> String {
    let who = json!({ "id": person, "name": "葵" });
    let seen = json!({ "code": code, "method": "typed", "observed": observed });
    format!("await (await import('/static/queue.js')).record({who}, {seen});")
}

/// The phone takes and refuses the same codes as the server, however they are typed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_checks_codes_as_the_server_does() -> anyhow::Result<()> {
    let town = ShellTown::on(TestDatabase::fresh(Database::Sqlite).await).await;
    let seat = Seat::at(&town.server, BrowserOptions::default()).await;
    seat.open("/sign-in").await?;
    let mut texts = vec![String::new(), "保管".to_owned(), "000000000000".to_owned(), "7K3F-U".to_owned()];
    for entropy in [0, 1, 0x2_5A5A_1234_ABCD, 0x1_0108_4210_8421, (1 << 50) - 1, 0x3_0F0F_AAAA_1357] {
        let code = LabelCode::from_entropy(entropy);
        let text = code.to_string();
        let wide = |text: &str| -> String {
            text.chars().filter_map(|char| char::from_u32(u32::from(char) + 0xFEE0)).collect()
        };
        texts.extend([
            text.clone(),
            code.grouped(),
            format!(" {}ー", text.to_lowercase()),
            wide(&code.grouped()),
        ]);
        texts.extend([text.replace('0', "o").replace('1', "l"), format!("{text}0"), text[1..].to_owned()]);
        for (at, known) in text.char_indices() {
            for letter in "07AZ".chars().filter(|letter| *letter != known) {
                texts.push(format!("{}{letter}{}", &text[..at], &text[at + 1..]));
            }
            if let Some(next) = text[at + 1..].chars().next() {
                texts.push(format!("{}{next}{known}{}", &text[..at], &text[at + 2..]));
            }
        }
    }
    let expected: Vec<Option<String>> =
        texts.iter().map(|text| text.parse::<LabelCode>().ok().map(|code| code.to_string())).collect();
    let script = format!(
        "const {{ labelCode }} = await import('/static/code.js'); return {}.map(labelCode);",
        json!(texts)
    );
    assert_eq!(run(&seat.browser, &script).await?, json!(expected));
    seat.browser.close().await;
    Ok(())
}
