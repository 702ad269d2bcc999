//! The pages of people and their authority, as an administrator uses them at a desk and on a phone.

use hokan_server::demo;
use hokan_tests::{
    browser::{BrowserOptions, Viewport},
    server::{Server, ServerOptions, Tls, run_hokan},
};
use thirtyfour::prelude::*;

use super::browser_pages::Seat;

/// The administrator looks for a colleague, sees what he may do and has in hand, and records his transfer; the
/// ledger of permissions knows of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_records_a_transfer() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("town");
    run_hokan(["demo", "--dir", &data.display().to_string(), "--seed-only", "--profile", "kitami"]);
    let options =
        ServerOptions { data_dir: Some(data), tls: Tls::Own, demo: true, ..ServerOptions::default() };
    let server = Server::start(options).await;
    for (viewport, size, whom) in
        [(Viewport::DESK, "desk", "佐藤 花子"), (Viewport::PHONE, "phone", "髙橋 さくら")]
    {
        let options = BrowserOptions { viewport, ..BrowserOptions::default() };
        let seat = Seat::at(&server, options).await;
        seat.sign_in(("nakamura", demo::PASSWORD)).await?;
        seat.open("/menu").await?;
        seat.press("a[href='/people']").await?;
        seat.wait_for_text("h1", "職員と権限").await?;
        seat.keep_picture(&format!("people-{size}")).await?;
        let link = seat.browser.find(By::LinkText(whom)).await?;
        link.scroll_into_view().await?;
        link.click().await?;
        seat.wait_for_text("h1", whom).await?;
        seat.press("#act-leave summary").await?;
        let last = hokan_domain::japan_date::jst_date(hokan_server::clock::Clock::system().now());
        let set = format!("document.querySelector('#leave-last').value = '{last}'");
        seat.browser.execute(set.as_str(), []).await?;
        seat.choose("#leave-why", "異動").await?;
        seat.keep_picture(&format!("person-{size}-before")).await?;
        seat.press("#act-leave button").await?;
        seat.wait_for_text(".notice.good", "記録").await?;
        seat.wait_for_text("section[aria-labelledby=employment]", "異動").await?;
        seat.keep_picture(&format!("person-{size}")).await?;
        seat.open("/permission-ledger").await?;
        seat.wait_for_text("h1", "権限の台帳").await?;
        seat.keep_picture(&format!("permission-ledger-{size}")).await?;
        seat.open("/viewer-ids").await?;
        seat.wait_for_text("h1", "閲覧用IDの貸与").await?;
        seat.keep_picture(&format!("viewer-ids-{size}")).await?;
    }
    Ok(())
}
