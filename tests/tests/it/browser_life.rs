//! The pages of an item's whole life, as people use them: a real browser on a real server with a town under the
//! regulation of 長崎県市町村職員共済組合.

use anyhow::Context as _;
use hokan_server::demo;
use hokan_tests::{
    browser::{BrowserOptions, Viewport},
    phone::Phone,
    server::{Server, ServerOptions, Tls, run_hokan},
};
use reqwest::header;
use serde_json::Value;
use thirtyfour::prelude::*;

use super::browser_pages::Seat;

async fn town(folder: &tempfile::TempDir) -> Server {
    let data = folder.path().join("town");
    run_hokan(["demo", "--dir", &data.display().to_string(), "--seed-only", "--profile", "nagasaki-kyosai"]);
    Server::start(ServerOptions {
        data_dir: Some(data),
        tls: Tls::Own,
        demo: true,
        ..ServerOptions::default()
    })
    .await
}

async fn seat(server: &Server, login: &str) -> anyhow::Result<Seat> {
    let options = BrowserOptions { viewport: Viewport::PHONE, ..BrowserOptions::default() };
    let seat = Seat::at(server, options).await;
    seat.sign_in((login, demo::PASSWORD)).await?;
    Ok(seat)
}

async fn texts(seat: &Seat, css: &str) -> anyhow::Result<Vec<String>> {
    let mut texts = Vec::new();
    for element in seat.browser.find_all(By::Css(css)).await? {
        texts.push(element.text().await?);
    }
    Ok(texts)
}

/// The address of what waits for somebody, by its kind.
async fn waiting(server: &Server, login: &str, kind: &str) -> anyhow::Result<String> {
    let phone = Phone::sign_in(server, login, demo::PASSWORD).await;
    let inbox: Value = phone.get("/inbox").await?.json().await?;
    let lines = inbox["lines"].as_array().context("lines")?;
    let line = lines.iter().find(|line| line["kind"]["code"] == kind).context("nothing of the kind waits")?;
    Ok(line["url"].as_str().context("an address")?.to_owned())
}

/// From the refusal before departure, which names each missing thing with its clause, over the second consent,
/// packing, the lock and the way, to the return.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_carry_out_goes_from_its_request_to_its_return() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let server = town(&folder).await;
    let page = waiting(&server, "nakamura", "carry-out-approval").await?;
    let sato = seat(&server, "sato").await?;
    sato.open(&page).await?;
    let missing =
        sato.wait_for_text(".track .next .missing, .track .later .missing", "第11条第3項前段").await?;
    assert!(missing.contains("第11条第3項後段") && missing.contains("容器の施錠"), "{missing}");
    sato.keep_picture("carry-out-phone").await?;
    let codes = texts(&sato, ".column-side .contents code").await?;

    let nakamura = seat(&server, "nakamura").await?;
    nakamura.open(&page).await?;
    nakamura.press("#act-approve button").await?;
    nakamura.wait_for_text(".notice.good", "承認する").await?;

    sato.open(&page).await?;
    for code in &codes {
        sato.fill("#pack-code", code).await?;
        sato.press("#act-pack button").await?;
        sato.wait_for_text(".notice.good", "容器に入れる").await?;
    }
    sato.press("a[href^='/containers/']").await?;
    let case = texts(&sato, ".item-head code").await?.pop().context("its label")?;
    sato.open(&page).await?;
    sato.press("#act-lock summary").await?;
    sato.fill("#lock-number", "A-0417").await?;
    sato.fill("#lock-code", &case).await?;
    sato.press("#act-lock button").await?;
    sato.wait_for_text(".notice.good", "施錠").await?;
    sato.open(&page).await?;
    sato.fill("#depart-code", &case).await?;
    sato.press("#act-depart button").await?;
    sato.wait_for_text(".item-head .tag", "搬送中").await?;
    sato.press("#act-arrive summary").await?;
    sato.fill("#arrive-lock_seen", "A-0417").await?;
    sato.press("#act-arrive button").await?;
    sato.wait_for_text(".notice.good", "到着").await?;
    sato.press("#act-unpack summary").await?;
    sato.fill("#unpack-number_seen", "A-0417").await?;
    sato.fill("#unpack-container-code", &case).await?;
    sato.fill("#unpack-found", &codes.join("\n")).await?;
    sato.press("#act-unpack button").await?;
    sato.wait_for_text(".notice.good", "返却").await?;
    sato.press("#act-close button").await?;
    sato.wait_for_text(".notice.good", "終了").await?;
    assert_eq!(sato.browser.complaints().await, Vec::<String>::new());
    sato.browser.close().await;
    nakamura.browser.close().await;
    Ok(())
}

/// A witness records under his own sign-in what he saw, and the certificate can be had.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_destruction_is_witnessed_and_certified() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let server = town(&folder).await;
    let page = waiting(&server, "sato", "witness").await?;
    let sato = seat(&server, "sato").await?;
    sato.open(&page).await?;
    let code = texts(&sato, ".item-head code").await?.pop().context("its label")?;
    sato.fill("#witness-code", &code).await?;
    sato.choose("#witness-presence", "証明書による確認").await?;
    sato.press("#act-witness button").await?;
    sato.wait_for_text(".notice.good", "記録しました").await?;
    let certificate = sato.see("a[href$='/certificate.pdf']").await?.attr("href").await?.context("a link")?;
    let answer = server
        .client()
        .get(server.url(&certificate))
        .header(header::COOKIE, sato.cookies().await?)
        .send()
        .await?;
    assert!(answer.status().is_success());
    assert!(answer.bytes().await?.starts_with(b"%PDF-"));
    assert_eq!(sato.browser.complaints().await, Vec::<String>::new());
    sato.browser.close().await;
    Ok(())
}

/// Reporting a loss opens an incident, which says first how what was lost was protected.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_loss_opens_an_incident_with_its_chain() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let server = town(&folder).await;
    let phone = Phone::sign_in(&server, "sato", demo::PASSWORD).await;
    let held = phone.me().await.holding;
    let item = held.iter().find(|item| item.kind.code == "usb-memory").context("a medium in hand")?;
    let sato = seat(&server, "sato").await?;
    sato.open(&item.url).await?;
    sato.press("#act-report-lost summary").await?;
    sato.fill("#report-lost-note", "机の上に置いたはず").await?;
    sato.press("#act-report-lost button").await?;
    sato.press(".notice.bad a[href^='/incidents/']").await?;
    sato.wait_for_text("#headline", "発生時の状態").await?;
    sato.wait_for_text("section[aria-labelledby=chain]", "根拠").await?;
    assert_eq!(sato.browser.complaints().await, Vec::<String>::new());
    sato.browser.close().await;
    Ok(())
}
