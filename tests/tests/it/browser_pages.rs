//! The pages as people use them: a real browser on a real server, from a phone's camera to an auditor's desk.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use hokan_labels::{
    LabelCode, Media, PayloadContent, ReadLimits, Stock, code_in_payload,
    qr::{Level, Symbol},
    read_luma,
};
use hokan_mobile_api::wire::ItemSummary;
use hokan_server::demo;
use hokan_tests::{
    browser::{Browser, BrowserOptions, Viewport},
    camera,
    database::{Database, TestDatabase},
    on_both_databases,
    phone::{Phone, read},
    photo::{Shot, encode_jpeg, render_pdf},
    server::{Server, ServerOptions, Tls, run_hokan},
    town::ShellTown,
};
use image::{DynamicImage, GrayImage, Luma};
use reqwest::{StatusCode, header};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use thirtyfour::prelude::*;

use crate::browser_passkeys::key_hash;

/// How long a page may take before a test gives up. Not a promise about its speed.
const PATIENCE: Duration = Duration::from_secs(60);
const STEP: Duration = Duration::from_millis(50);

/// Dots to an inch at which sheets are rendered before they are photographed.
const DPI: u32 = 300;

// ----------------------------------------------------------------------------------------- at a browser

/// Somebody at a browser.
pub(crate) struct Seat {
    pub(crate) browser: Browser,
    base: String,
}

impl Seat {
    pub(crate) async fn at(server: &Server, options: BrowserOptions) -> Self {
        Self { browser: Browser::start(options).await, base: server.url("") }
    }

    /// At a browser as wide as a phone, signed in; with the film before its camera, if one is given.
    pub(crate) async fn phone(
        server: &Server,
        who: (&str, &str),
        camera: Option<PathBuf>,
    ) -> anyhow::Result<Self> {
        let options = BrowserOptions { viewport: Viewport::PHONE, camera, ..BrowserOptions::default() };
        let seat = Self::at(server, options).await;
        seat.sign_in(who).await?;
        Ok(seat)
    }

    /// Goes to the sign-in page and through it.
    pub(crate) async fn sign_in(&self, (login, password): (&str, &str)) -> anyhow::Result<()> {
        self.open("/sign-in").await?;
        self.fill("#login", login).await?;
        self.fill("#password", password).await?;
        self.press("main button[type=submit]").await?;
        self.see("#second, nav.tabs").await?;
        if self.browser.current_url().await?.path() == "/sign-in/second" {
            self.show_code("#second button").await?;
        }
        self.wait_for_path("/").await
    }

    /// Types the code that the demonstration shows, and presses a button.
    pub(crate) async fn show_code(&self, button: &str) -> anyhow::Result<()> {
        let shown = self.see("#shown-code").await?.text().await?;
        let code: String = shown.chars().filter(char::is_ascii_digit).collect();
        self.fill("#code", &code).await?;
        self.press(button).await
    }

    pub(crate) async fn open(&self, path: &str) -> anyhow::Result<()> {
        self.browser.goto(format!("{}{path}", self.base)).await.with_context(|| format!("opening {path}"))
    }

    /// The first element that fits, once it can be seen.
    pub(crate) async fn see(&self, css: &str) -> anyhow::Result<WebElement> {
        let query = self.browser.query(By::Css(css)).wait(PATIENCE, STEP).and_displayed();
        query.first().await.with_context(|| format!("waiting for {css}"))
    }

    /// Presses it as a finger does, in the middle of the screen: at its edges a bar may lie above it.
    pub(crate) async fn press(&self, css: &str) -> anyhow::Result<()> {
        let element = self.see(css).await?;
        element.scroll_into_view().await?;
        element.click().await.with_context(|| format!("pressing {css}"))
    }

    pub(crate) async fn fill(&self, css: &str, text: &str) -> anyhow::Result<()> {
        let element = self.see(css).await?;
        element.clear().await?;
        element.send_keys(text).await.with_context(|| format!("typing into {css}"))
    }

    /// Chooses what is called so in a list.
    pub(crate) async fn choose(&self, css: &str, name: &str) -> anyhow::Result<()> {
        let list = self.see(css).await?;
        list.scroll_into_view().await?;
        let list = thirtyfour::components::SelectElement::new(&list).await?;
        list.select_by_exact_text(name).await.with_context(|| format!("choosing {name} in {css}"))
    }

    /// Waits until an element's text holds this, and gives the whole text.
    pub(crate) async fn wait_for_text(&self, css: &str, wanted: &str) -> anyhow::Result<String> {
        let since = Instant::now();
        loop {
            // The page may change between finding an element and reading it; then the next look counts.
            let mut found = String::new();
            for element in self.browser.find_all(By::Css(css)).await.unwrap_or_default() {
                found = element.text().await.unwrap_or_default();
                if found.contains(wanted) {
                    return Ok(found);
                }
            }
            if since.elapsed() > PATIENCE {
                let picture = self.browser.screenshot_to_file("failure").await;
                let here = self.browser.current_url().await?;
                bail!("“{wanted}” is not in {css} of {here}: {found:?} ({})", picture.display());
            }
            tokio::time::sleep(STEP).await;
        }
    }

    /// Keeps a picture of the page once nothing on it moves any more.
    pub(crate) async fn keep_picture(&self, name: &str) -> anyhow::Result<()> {
        let since = Instant::now();
        while self.ask_page::<usize>("return document.getAnimations().length").await? > 0 {
            ensure!(since.elapsed() < PATIENCE, "{name}: something still moves");
            tokio::time::sleep(STEP).await;
        }
        self.browser.screenshot_to_file(name).await;
        Ok(())
    }

    pub(crate) async fn path(&self) -> anyhow::Result<String> {
        Ok(self.browser.current_url().await?.path().to_owned())
    }

    pub(crate) async fn wait_for_path(&self, wanted: &str) -> anyhow::Result<()> {
        let since = Instant::now();
        while self.path().await? != wanted {
            if since.elapsed() > PATIENCE {
                let picture = self.browser.screenshot_to_file("failure").await;
                bail!("{} and not {wanted} ({})", self.path().await?, picture.display());
            }
            tokio::time::sleep(STEP).await;
        }
        Ok(())
    }

    /// Puts a code into the field below the camera and presses the button beside it.
    pub(crate) async fn type_code(&self, code: &str) -> anyhow::Result<()> {
        self.fill("#code", code).await?;
        self.press("#scan-form .with-button button").await
    }

    /// Presses the only button for going on that the open sheet has, and waits until the sheet is gone.
    pub(crate) async fn close_sheet(&self) -> anyhow::Result<()> {
        self.press("#drawer-acts .button:last-child").await?;
        let gone = self.browser.query(By::Css("#drawer[hidden]")).wait(PATIENCE, STEP);
        gone.first().await.context("the sheet closes").map(drop)
    }

    /// The cookies of the session, as the browser sends them.
    pub(crate) async fn cookies(&self) -> anyhow::Result<String> {
        let cookies = self.browser.get_all_cookies().await?;
        Ok(cookies
            .iter()
            .map(|cookie| format!("{}={}", cookie.name, cookie.value))
            .collect::<Vec<_>>()
            .join("; "))
    }

    async fn ask_page<T: serde::de::DeserializeOwned>(&self, script: &str) -> anyhow::Result<T> {
        let answer = self.browser.execute(script, []).await?;
        Ok(answer.convert()?)
    }
}

/// `ab12-…`: a code as somebody types it who does not care for capitals.
pub(crate) fn typed(code: &str) -> String {
    let parts: Vec<String> =
        code.to_lowercase().as_bytes().chunks(4).map(|part| String::from_utf8_lossy(part).into()).collect();
    parts.join("-")
}

// ---------------------------------------------------------------------------------------------- labels

/// Cuts the label at a position out of a sheet.
fn label_at(page: &GrayImage, stock: &str, position: u16) -> GrayImage {
    let Some(Stock { media: Media::Sheet(sheet), .. }) = Stock::built_in(stock) else {
        panic!("{stock} is no sheet")
    };
    let area = sheet.area(position).expect("a position on the sheet");
    let pixels = |millimetres: f32| (millimetres * DPI as f32 / 25.4) as u32;
    image::imageops::crop_imm(page, pixels(area.x), pixels(area.y), pixels(area.w), pixels(area.h)).to_image()
}

/// A label under the camera of a hand that is not quite still.
fn film_of(label: &GrayImage, path: &Path) {
    let pictures: Vec<DynamicImage> = [(6.0, 1), (7.0, 2), (6.5, 3)]
        .into_iter()
        .map(|(turn, seed)| {
            let shot = Shot {
                width: 1280,
                height: 960,
                fill: 0.7,
                turn,
                tilt: 12.0,
                blur: 0.7,
                noise: 3.0,
                shade: 0.25,
                seed,
                ..Shot::default()
            };
            DynamicImage::from(shot.take(label))
        })
        .collect();
    camera::write_film(path, &pictures);
}

pub(crate) fn person(town: &ShellTown, index: usize) -> (&str, &str) {
    let (login, password) = &town.people[index];
    (login, password)
}

// ----------------------------------------------------------------------------------------- the main job

on_both_databases! {
    /// The main job, by hand and on phones: a printed label is registered through the form, its item is
    /// offered through the form; whoever it was offered to opens the camera, sees the label's item, and takes
    /// it over with one tap. Nothing of it is known to the test but what stands on the pages.
    async fn a_hand_over_takes_one_tap_before_the_camera(db: TestDatabase) -> anyhow::Result<()> {
        let town = ShellTown::on(db).await;
        let (codes, pdf) = town.print_labels("a4-24", 24, 1);
        let code = &codes[7];
        let page = render_pdf(&pdf, DPI)?.remove(0);
        let film = town.file("label.mjpeg");
        film_of(&label_at(&page, "a4-24", 8), &film);

        let aoi = Seat::phone(&town.server, person(&town, 0), None).await?;
        aoi.press("a[href='/items']").await?;
        aoi.press("a[href='/register']").await?;
        aoi.fill("#code", &typed(code)).await?;
        aoi.choose("#kind", "USBメモリ").await?;
        aoi.fill("#title", "住基ネット 受渡し用USB").await?;
        aoi.press("main form button[type=submit]").await?;
        aoi.wait_for_text(".hero-sentence", "葵").await?;
        let item = aoi.path().await?.trim_start_matches("/items/").to_owned();

        aoi.press("#act-offer summary").await?;
        aoi.choose("#offer-to", "紅").await?;
        aoi.fill("#offer-note", "来週の点検のため").await?;
        aoi.press("#act-offer button").await?;
        aoi.wait_for_text(".notice.wait", "紅さんの受取りを待っています").await?;

        let (login, password) = person(&town, 1);
        let phone = Phone::sign_in(&town.server, login, password).await;
        let holder = phone.item(&item).await.custody.person.context("somebody has it")?.name;
        assert_eq!(holder, "葵", "an offer moves nothing");

        let beni = Seat::phone(&town.server, person(&town, 1), Some(film)).await?;
        beni.wait_for_text("section[aria-labelledby=to-me]", "住基ネット 受渡し用USB").await?;
        beni.press(".tab-scan").await?;
        beni.wait_for_text("#drawer-title", "住基ネット 受渡し用USB").await?;
        beni.wait_for_text("#drawer", "紅さんの受取りを待っています").await?;
        beni.keep_picture("scan-sheet-phone").await?;
        let tap = beni.see("#drawer-acts .primary").await?;
        assert_eq!(tap.text().await?, "受け取る");
        tap.click().await?;
        beni.wait_for_text("#drawer-result.good", "紅").await?;
        beni.wait_for_text("#drawer .drawer-where", "紅").await?;
        beni.keep_picture("scan-accepted-phone").await?;

        let card = phone.item(&item).await;
        assert_eq!(card.custody.person.context("somebody has it")?.name, "紅");
        assert_eq!((card.offer, card.discrepancies), (None, vec![]));
        let verdict = town.shell(&["ledger", "verify"]);
        assert!(verdict.contains("OK  the ledger is whole and unaltered"), "{verdict}");
        assert_eq!(aoi.browser.complaints().await, Vec::<String>::new());
        assert_eq!(beni.browser.complaints().await, Vec::<String>::new());
        aoi.browser.close().await;
        beni.browser.close().await;
        Ok(())
    }
}

// ----------------------------------------------------------------------------------------- the scan page

/// Where the camera is of no use, a photograph or the twelve characters do, in whatever way they are typed;
/// and what is no item says what it is instead: a strange code, a mistyped one, a label of nobody here, a
/// blank label, a void one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_scan_page_takes_photographs_and_codes_and_says_what_is_no_item() -> anyhow::Result<()> {
    let town = ShellTown::on(TestDatabase::fresh(Database::Sqlite).await).await;
    let (codes, pdf) = town.print_labels("a4-24", 24, 1);
    let page = render_pdf(&pdf, DPI)?.remove(0);
    let (login, password) = person(&town, 0);
    let phone = Phone::sign_in(&town.server, login, password).await;
    phone.register(&codes[0], "usb-memory", "税務課 USBメモリ 1").await;
    let torn = phone.register(&codes[1], "paper-record", "税務課 届出書").await.item.id.to_string();
    phone.act(&torn, json!({ "act": "replace-label", "code": codes[2], "reason": "damaged" })).await;

    let aoi = Seat::phone(&town.server, person(&town, 0), None).await?;
    aoi.open("/scan").await?;

    let file = |name: &str, picture: &GrayImage| -> anyhow::Result<PathBuf> {
        let path = town.file(name);
        std::fs::write(&path, encode_jpeg(picture, 80)?)?;
        Ok(path)
    };
    let shot =
        Shot { width: 1600, height: 1200, turn: -11.0, tilt: 15.0, blur: 0.8, noise: 3.0, ..Shot::default() };
    let photo = file("label.jpg", &shot.take(&label_at(&page, "a4-24", 1)))?;
    let chosen = aoi.browser.find(By::Css("#photo")).await?;
    chosen.send_keys(photo.display().to_string()).await?;
    aoi.wait_for_text("#drawer-title", "税務課 USBメモリ 1").await?;
    aoi.close_sheet().await?;

    let (side, pixels) = Symbol::encode("https://www.example.com/menu", Level::M)?.to_luma(8);
    let side = u32::try_from(side)?;
    let strange = GrayImage::from_raw(side, side, pixels).context("a square")?;
    let photo = file("strange.jpg", &strange)?;
    chosen.send_keys(photo.display().to_string()).await?;
    aoi.wait_for_text("#drawer", "Hokanのラベルではありません").await?;
    aoi.close_sheet().await?;

    let nothing = file("nothing.jpg", &GrayImage::from_pixel(640, 480, Luma([120])))?;
    chosen.send_keys(nothing.display().to_string()).await?;
    aoi.wait_for_text("#drawer-title", "ラベルが見つかりません").await?;
    aoi.close_sheet().await?;

    let mistyped = if codes[0].ends_with('0') { '1' } else { '0' };
    let mistyped = format!("{}{mistyped}", &codes[0][..11]);
    let stranger = LabelCode::from_entropy(0x1_2345_6789).grouped();
    for (text, title, sentence) in [
        (typed(&codes[0]), "税務課 USBメモリ 1", "葵"),
        (format!("  {}  ", codes[0].to_lowercase()), "税務課 USBメモリ 1", "葵"),
        (format!("https://elsewhere.example/L/{}", codes[0]), "税務課 USBメモリ 1", "葵"),
        (mistyped, "ラベルの検査文字が合いません", "一文字ずつ"),
        (stranger, "登録のないラベルです", "登録されていません"),
        ("https://www.example.com/menu".to_owned(), "Hokanのラベルではありません", "12文字"),
        (typed(&codes[5]), "未使用のラベル", "登録できます"),
        (typed(&codes[1]), "無効なラベル", &typed(&codes[2]).to_uppercase()),
    ] {
        aoi.type_code(&text).await?;
        aoi.wait_for_text("#drawer-title", title).await.with_context(|| text.clone())?;
        aoi.wait_for_text("#drawer", sentence).await.with_context(|| text.clone())?;
        aoi.close_sheet().await?;
    }

    // A blank label leads to registering, with its code filled in.
    aoi.type_code(&typed(&codes[5])).await?;
    aoi.press("#drawer-acts .primary").await?;
    aoi.wait_for_path("/register").await?;
    let filled = aoi.see("#code").await?.value().await?.unwrap_or_default();
    assert_eq!(filled.replace('-', ""), codes[5]);
    aoi.browser.close().await;
    Ok(())
}

/// Without script the same is done by forms alone. A form that is sent twice, by an impatient double click or
/// by a browser that repeats it, is recorded once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_script_the_forms_do_everything_and_do_it_once() -> anyhow::Result<()> {
    let town = ShellTown::on(TestDatabase::fresh(Database::Sqlite).await).await;
    let (codes, pdf) = town.print_labels("a4-24", 4, 1);
    let (login, password) = person(&town, 0);
    let phone = Phone::sign_in(&town.server, login, password).await;
    let id = phone.register(&codes[0], "usb-memory", "税務課 USBメモリ 1").await.item.id.to_string();
    let events = async || -> anyhow::Result<usize> {
        let history: Vec<Value> = read_list(&phone, &format!("/items/{id}/history")).await?;
        Ok(history.len())
    };
    assert_eq!(events().await?, 1);

    let options = BrowserOptions { viewport: Viewport::PHONE, ..BrowserOptions::default() };
    let aoi = Seat::at(&town.server, options).await;
    aoi.browser.cdp().send_raw("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await?;
    aoi.sign_in(person(&town, 0)).await?;
    aoi.open("/scan").await?;
    ensure!(aoi.browser.find_all(By::Css("body.with-script")).await?.is_empty(), "no script runs");

    // A photograph, by way of the server.
    let page = render_pdf(&pdf, DPI)?.remove(0);
    let photo = town.file("label.jpg");
    std::fs::write(&photo, encode_jpeg(&label_at(&page, "a4-24", 1), 80)?)?;
    aoi.see("#photo").await?.send_keys(photo.display().to_string()).await?;
    aoi.press(".photo-submit").await?;
    aoi.wait_for_path(&format!("/items/{id}")).await?;

    // The twelve characters; first with a mistake, which does not lose what was typed.
    aoi.open("/scan").await?;
    aoi.type_code("1234-5678").await?;
    aoi.wait_for_text("#problem", "12文字").await?;
    assert_eq!(aoi.see("#code").await?.value().await?.as_deref(), Some("1234-5678"));
    aoi.type_code("https://www.example.com/menu").await?;
    aoi.wait_for_text("#problem", "Hokanのラベルではありません").await?;
    aoi.type_code(&typed(&codes[0])).await?;
    aoi.wait_for_text("h1", "税務課 USBメモリ 1").await?;
    aoi.wait_for_text(".at-hand", "ラベルを読み取りました").await?;

    aoi.press("#act-put-away summary").await?;
    aoi.choose("#put-away-home", "保管庫A").await?;
    let fields = fields_of(&aoi, "#act-put-away form").await?;
    let button = aoi.see("#act-put-away button").await?;
    button.scroll_into_view().await?;
    aoi.browser.action_chain().double_click_element(&button).perform().await?;
    aoi.wait_for_text(".notice.good", "記録しました").await?;
    aoi.wait_for_text(".hero-sentence", "保管庫A").await?;
    assert_eq!(events().await?, 2, "a double click puts it away once");

    // The same form once more, as a browser sends it that repeats a page.
    let mut form = reqwest::Url::parse(&town.server.url("/"))?;
    form.query_pairs_mut().extend_pairs(&fields);
    let answer = town
        .server
        .client()
        .post(town.server.url(&format!("/items/{id}/acts")))
        .header(header::COOKIE, aoi.cookies().await?)
        .header("sec-fetch-site", "same-origin")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(form.query().unwrap_or_default().to_owned())
        .send()
        .await?;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER, "the answer is that of the first time");
    assert_eq!(events().await?, 2, "and nothing more was recorded");
    let verdict = town.shell(&["ledger", "verify"]);
    // Two handlers set up, one printing, one registration, one putting away.
    assert!(verdict.contains("\n5 entries\n") || verdict.starts_with("5 entries\n"), "{verdict}");

    // Taking it out again, with the label that was read before.
    aoi.press("#act-take-out button").await?;
    aoi.wait_for_text(".hero-sentence", "葵").await?;
    assert_eq!(events().await?, 3);
    aoi.browser.close().await;
    Ok(())
}

/// What a form holds at the moment, by the names of its fields.
async fn fields_of(seat: &Seat, form: &str) -> anyhow::Result<BTreeMap<String, String>> {
    let mut fields = BTreeMap::new();
    for field in seat.browser.find_all(By::Css(format!("{form} [name]"))).await? {
        let name = field.attr("name").await?.unwrap_or_default();
        fields.insert(name, field.prop("value").await?.unwrap_or_default());
    }
    Ok(fields)
}

async fn read_list(phone: &Phone, path: &str) -> anyhow::Result<Vec<Value>> {
    let answer: Value = read(phone.get(path).await?, StatusCode::OK).await;
    let list = answer.as_array().or_else(|| answer.as_object()?.values().find_map(Value::as_array));
    list.cloned().with_context(|| format!("a list in {answer}"))
}

// ------------------------------------------------------------------------- refusals, sessions, languages

/// What may not be done says so in a sentence, with the rule that forbids it, and the page goes on from
/// there. Signing out ends the session in every page that is still open. The other language is whole.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_cite_their_rule_and_signing_out_is_final() -> anyhow::Result<()> {
    let town = ShellTown::on(TestDatabase::fresh(Database::Sqlite).await).await;
    let (codes, _) = town.print_labels("a4-24", 4, 1);
    let [phone_of_aoi, phone_of_beni] = [0, 1].map(|index| {
        let (login, password) = person(&town, index);
        Phone::sign_in(&town.server, login, password)
    });
    let (phone_of_aoi, phone_of_beni) = (phone_of_aoi.await, phone_of_beni.await);
    let id = phone_of_aoi.register(&codes[0], "usb-memory", "USB 1").await.item.id.to_string();
    let to = phone_of_beni.me().await.person.id.to_string();
    let offered = phone_of_aoi.act(&id, json!({ "act": "offer", "to": to })).await;
    let hand_over = offered.item.offer.context("it waits")?.hand_over.to_string();

    let beni = Seat::phone(&town.server, person(&town, 1), None).await?;
    beni.press("section[aria-labelledby=to-me] .row-acts a").await?;
    beni.fill("#accept-code", &typed(&codes[0])).await?;
    // Meanwhile it is taken back.
    phone_of_aoi.act(&id, json!({ "act": "withdraw", "hand_over": hand_over })).await;
    beni.press("#act-accept button").await?;
    let problem = beni.wait_for_text("#problem", "根拠:").await?;
    assert!(problem.contains("引渡し") && problem.contains("葵"), "{problem}");
    beni.wait_for_text(".hero-sentence", "葵").await?;
    beni.keep_picture("refusal-phone").await?;
    let closed = beni.see("details.closed").await?;
    if closed.attr("open").await?.is_none() {
        beni.press("details.closed summary").await?;
    }
    beni.wait_for_text("details.closed", "根拠:").await?;

    // The other language, on every page and for as long as the browser keeps its cookies.
    let names = ["葵", "紅", "監査 一郎", "保管庫A", "見本町"];
    beni.press(".lang").await?;
    for path in [
        format!("/items/{id}"),
        "/".into(),
        "/scan".into(),
        "/items".into(),
        "/register".into(),
        "/labels".into(),
        "/ledger".into(),
        "/trust".into(),
        format!("/L/{}", codes[1]),
        "/nowhere".into(),
    ] {
        beni.open(&path).await?;
        beni.see("h1").await?;
        let lang: String = beni.ask_page("return document.documentElement.lang").await?;
        assert_eq!(lang, "en", "{path}");
        let mut texts: Vec<String> = beni
            .ask_page(
                "const found = [document.title];
                 const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
                 for (let node = walker.nextNode(); node; node = walker.nextNode()) {
                   const element = node.nodeType === Node.TEXT_NODE ? node.parentElement : node;
                   if (element.closest('[lang]:not([lang=en])')) continue;
                   if (node.nodeType === Node.TEXT_NODE) found.push(node.data);
                   else for (const name of ['placeholder', 'title', 'alt', 'aria-label'])
                     if (node.hasAttribute(name)) found.push(node.getAttribute(name));
                 }
                 return found;",
            )
            .await?;
        texts.retain(|text| {
            // What is cited bears the name that it has, in whichever language the page is.
            if text.contains("National default (") {
                return false;
            }
            let text = names.iter().fold(text.clone(), |text, name| text.replace(name, ""));
            text.chars().any(|char| matches!(char, '\u{3001}'..='\u{30FF}' | '\u{4E00}'..='\u{9FFF}' | '\u{FF01}'..='\u{FF60}'))
        });
        assert_eq!(texts, Vec::<String>::new(), "{path} is English");
    }
    beni.open("/").await?;
    beni.press(".lang").await?;
    beni.wait_for_text("h1", "紅さん").await?;

    // Signing out, and what is left behind.
    let cookies = beni.cookies().await?;
    beni.press(".account summary").await?;
    beni.press(".account-menu button").await?;
    beni.wait_for_path("/sign-in").await?;
    beni.browser.back().await?;
    beni.wait_for_path("/sign-in").await?;
    for path in ["/items", "/scan", "/ledger"] {
        beni.open(path).await?;
        beni.wait_for_path("/sign-in").await?;
    }
    let answer =
        town.server.client().get(town.server.url("/items")).header(header::COOKIE, cookies).send().await?;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER, "the server has forgotten the session too");
    // Signing in leads back to where the person wanted to go.
    let (login, password) = person(&town, 1);
    beni.fill("#login", login).await?;
    beni.fill("#password", "wrong").await?;
    beni.press("main button[type=submit]").await?;
    beni.wait_for_text("#problem", "サインインできません").await?;
    beni.fill("#password", password).await?;
    beni.press("main button[type=submit]").await?;
    beni.wait_for_path("/ledger").await?;
    beni.browser.close().await;
    Ok(())
}

// ---------------------------------------------------------------------------------------- printing labels

/// A half-used sheet of paper is used up: five labels from the fourth position on, as a PDF of one page on
/// which exactly these five can be read and the first three positions are white.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn labels_are_printed_on_the_rest_of_a_sheet() -> anyhow::Result<()> {
    let town = ShellTown::on(TestDatabase::fresh(Database::Sqlite).await).await;
    let desk = Seat::at(&town.server, BrowserOptions::default()).await;
    desk.sign_in(person(&town, 0)).await?;
    desk.press("a[href='/labels']").await?;
    desk.choose("#stock", "A4 24面（66 × 33.9 mm）").await?;
    desk.wait_for_text(".sheet", "24").await?;
    desk.press(".position:has([value='4'])").await?;
    desk.fill("#count", "5").await?;
    assert_eq!(desk.browser.find_all(By::Css(".position.printed")).await?.len(), 5, "the page shows which");
    desk.press("form[action='/labels'][method=post] button").await?;
    desk.wait_for_text(".notice.good", "ラベルを作りました").await?;
    let address = desk.see(".notice.good a.primary").await?.attr("href").await?.context("a link")?;

    let answer = town
        .server
        .client()
        .get(town.server.url(&address))
        .header(header::COOKIE, desk.cookies().await?)
        .send()
        .await?;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()[header::CONTENT_TYPE], "application/pdf");
    let pdf = answer.bytes().await?;
    assert!(pdf.starts_with(b"%PDF"));
    let pages = render_pdf(&pdf, DPI)?;
    assert_eq!(pages.len(), 1);
    for position in 1..=24 {
        let label = label_at(&pages[0], "a4-24", position);
        let is_white = label.pixels().all(|pixel| pixel.0[0] > 250);
        assert_eq!(is_white, !(4..9).contains(&position), "position {position}");
    }
    let limits = ReadLimits { time_budget: PATIENCE, ..ReadLimits::default() };
    let found = read_luma(pages[0].width(), pages[0].height(), pages[0].as_raw(), &limits)?;
    let codes =
        found.codes.iter().filter(|found| matches!(code_in_payload(&found.text), PayloadContent::Ours(_)));
    assert_eq!(codes.count(), 5);
    desk.keep_picture("labels-printed-desk").await?;

    // Nobody else gets it.
    let answer = town.server.client().get(town.server.url(&address)).send().await?;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    desk.browser.close().await;
    Ok(())
}

// --------------------------------------------------------------------------------- every page, everywhere

/// The demonstration town over its own certificate: every page at the width of a phone and of a desk has one
/// heading and a title, fits its width, loads nothing but its own, runs nothing but its own, and the browser
/// has nothing to complain of. The certificate's page shows the fingerprint of the certificate.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_fits_and_keeps_to_its_policy_over_tls() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("town");
    run_hokan(["demo", "--dir", &data.display().to_string(), "--seed-only"]);
    let server = Server::start(ServerOptions {
        data_dir: Some(data),
        tls: Tls::Own,
        demo: true,
        ..ServerOptions::default()
    })
    .await;
    let giver = Phone::sign_in(&server, "sato", demo::PASSWORD).await;
    let phone = Phone::sign_in(&server, "suzuki", demo::PASSWORD).await;
    // An offer of today, however late in the town's day it is.
    let hands = giver.me().await;
    let is_offered = |item: &ItemSummary| hands.offered_by_me.iter().any(|offer| offer.item.id == item.id);
    let offered = hands.holding.iter().find(|item| !is_offered(item)).context("something to give")?;
    let to = phone.me().await.person.id.to_string();
    giver.act(&offered.id.to_string(), json!({ "act": "offer", "to": to, "note": "来週の点検のため" })).await;
    let film = folder.path().join("label.mjpeg");
    let (side, pixels) = Symbol::encode(&format!("HOKAN:{}", offered.code), Level::M)?.to_luma(8);
    let side = u32::try_from(side)?;
    film_of(&GrayImage::from_raw(side, side, pixels).context("a square")?, &film);

    // A worker of the scan page is taken only where the certificate is.
    let trusted = format!("--ignore-certificate-errors-spki-list={}", key_hash(&server)?);
    let options = BrowserOptions { camera: Some(film), flags: vec![trusted], ..BrowserOptions::default() };
    let seat = Seat::at(&server, options).await;
    let open_to_all = vec![("sign-in", "/sign-in".to_owned()), ("trust", "/trust".to_owned())];
    visit(&seat, &server, "", &open_to_all).await?;

    seat.open("/trust").await?;
    let pem = std::fs::read(server.data_dir().join("tls/ca.pem"))?;
    let der =
        <rustls::pki_types::CertificateDer<'_> as rustls::pki_types::pem::PemObject>::from_pem_slice(&pem)?;
    let pairs: Vec<String> = Sha256::digest(&der).iter().map(|byte| format!("{byte:02X}")).collect();
    assert_eq!(seat.see(".fingerprint").await?.text().await?, pairs.join(":"));
    let sent = server.client().get(server.url("/trust/hokan-ca.crt")).send().await?.bytes().await?;
    assert_eq!(sent, der.as_ref(), "what is installed is what was shown");

    seat.sign_in(("suzuki", demo::PASSWORD)).await?;
    let kept = seat.browser.cdp().send_raw("Network.getCookies", json!({})).await?;
    let kept = kept["cookies"].as_array().context("cookies")?;
    let session = kept.iter().find(|cookie| cookie["name"] == "__Host-hokan").context("a session")?;
    for (property, value) in
        [("httpOnly", json!(true)), ("secure", json!(true)), ("sameSite", json!("Lax")), ("path", json!("/"))]
    {
        assert_eq!(session[property], value, "{session}");
    }
    assert_eq!(seat.ask_page::<String>("return document.cookie").await?, "", "scripts see no cookie");

    let directory: Value = read(phone.get("/directory").await?, StatusCode::OK).await;
    let homes = directory["homes"].as_array().context("homes")?;
    let place = homes.iter().find_map(|home| home["label"].as_str()).context("a home with a label")?;
    let pages = [
        ("home", "/".to_owned()),
        ("items", "/items".to_owned()),
        ("items-found", "/items?q=USB".to_owned()),
        ("items-none", "/items?q=zzz".to_owned()),
        ("item", offered.url.clone()),
        ("item-read", format!("/L/{}", offered.code)),
        ("place", format!("/L/{place}")),
        ("register", "/register".to_owned()),
        ("labels", "/labels".to_owned()),
        ("labels-tape", "/labels?stock=tape-24".to_owned()),
        ("ledger", "/ledger".to_owned()),
        ("scan", "/scan".to_owned()),
    ];
    visit(&seat, &server, &seat.cookies().await?, &pages).await?;

    // So it would open without signal as well.
    let since = Instant::now();
    while !seat.ask_page::<bool>("return navigator.serviceWorker.controller !== null").await? {
        ensure!(since.elapsed() < PATIENCE, "the scan page has its worker");
        tokio::time::sleep(STEP).await;
    }
    // The scan page opens the sheet of what is before the camera, at both widths.
    for (width, viewport) in [("phone", Viewport::PHONE), ("desk", Viewport::DESK)] {
        seat.browser.resize(viewport).await;
        seat.open("/scan").await?;
        seat.wait_for_text("#drawer-title", &offered.title).await?;
        fits(&seat, "the scan page's sheet").await?;
        seat.keep_picture(&format!("scan-sheet-{width}")).await?;
    }
    assert_eq!(seat.browser.complaints().await, Vec::<String>::new());
    seat.browser.close().await;
    Ok(())
}

/// Looks at pages at both widths.
async fn visit(seat: &Seat, server: &Server, cookies: &str, pages: &[(&str, String)]) -> anyhow::Result<()> {
    for (width, viewport) in [("phone", Viewport::PHONE), ("desk", Viewport::DESK)] {
        seat.browser.resize(viewport).await;
        for (name, path) in pages {
            seat.open(path).await?;
            assert_eq!(seat.browser.find_all(By::Css("h1")).await?.len(), 1, "{path}");
            let title = seat.browser.title().await?;
            assert!(title.ends_with(" | 見本町") && title.len() > " | 見本町".len(), "{path}: {title}");
            fits(seat, path).await?;
            seat.keep_picture(&format!("{name}-{width}")).await?;
            assert_eq!(seat.browser.complaints().await, Vec::<String>::new(), "{path} at {width}");
        }
    }
    for (_, path) in pages {
        let answer = server.client().get(server.url(path)).header(header::COOKIE, cookies).send().await?;
        let policy = answer.headers()[header::CONTENT_SECURITY_POLICY].to_str()?;
        assert!(policy.contains("default-src 'self'") && !policy.contains("unsafe"), "{path}: {policy}");
    }
    Ok(())
}

/// Nothing reaches beyond the right edge of the window.
async fn fits(seat: &Seat, path: &str) -> anyhow::Result<()> {
    let (content, window): (u32, u32) =
        seat.ask_page("return [document.documentElement.scrollWidth, innerWidth]").await?;
    ensure!(content <= window, "{path} is {content} wide in a window of {window}");
    Ok(())
}
