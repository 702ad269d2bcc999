//! Passkeys, in a real browser with a device that Chromium plays: registered, signed in with, shown again.

use anyhow::{Context as _, ensure};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hokan_server::demo;
use hokan_tests::{
    browser::BrowserOptions,
    server::{Server, ServerOptions, Tls, run_hokan},
};
use reqwest::{StatusCode, header};
use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use thirtyfour::prelude::*;

use crate::browser_pages::Seat;

/// The beginning of the public key of a P-256 certificate (RFC 5480), up to its 65 bytes.
const P256: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// The hash by which Chromium takes a certificate for good. Passkeys do not work where it only looks away from one
/// that is bad.
pub(crate) fn key_hash(server: &Server) -> anyhow::Result<String> {
    let pem = std::fs::read(server.data_dir().join("tls/ca.pem"))?;
    let certificate = CertificateDer::from_pem_slice(&pem)?;
    let at = certificate.windows(P256.len()).position(|bytes| bytes == P256).context("a P-256 key")?;
    let key = certificate.get(at..at + P256.len() + 65).context("a whole key")?;
    Ok(STANDARD.encode(Sha256::digest(key)))
}

/// Whoever has registered a passkey signs in with it without name and password, proves himself again with it, and
/// an answer serves once. Without the finger or face that the device asks for, and after the passkey was taken off
/// the list, nobody gets in.
///
/// req: II-028 NI-059
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passkey_signs_in_and_proves_again() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("town");
    run_hokan(["demo", "--dir", &data.display().to_string(), "--seed-only"]);
    let options =
        ServerOptions { data_dir: Some(data), tls: Tls::Own, demo: true, ..ServerOptions::default() };
    let server = Server::start(options).await;
    let trusted = format!("--ignore-certificate-errors-spki-list={}", key_hash(&server)?);
    let options = BrowserOptions { flags: vec![trusted], ..BrowserOptions::default() };
    let seat = Seat::at(&server, options).await;
    seat.open("/sign-in").await?;
    let cdp = seat.browser.cdp();
    cdp.send_raw("WebAuthn.enable", json!({})).await?;
    let device = json!({
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": true, "hasUserVerification": true,
        "isUserVerified": true, "automaticPresenceSimulation": true,
    });
    let device = cdp.send_raw("WebAuthn.addVirtualAuthenticator", json!({ "options": device })).await?;
    let device = device["authenticatorId"].clone();

    // Registered, after password and code.
    seat.sign_in(("sato", demo::PASSWORD)).await?;
    seat.open("/account/passkeys?next=/account").await?;
    seat.keep_picture("passkeys").await?;
    seat.fill("#name", "窓口の携帯").await?;
    seat.press("[data-passkey] button").await?;
    seat.wait_for_path("/account").await?;
    seat.wait_for_text("#factors article h3", "窓口の携帯").await?;

    // Signed in with, without a name.
    seat.press("details.account summary").await?;
    seat.press("details.account form button").await?;
    seat.wait_for_path("/sign-in").await?;
    seat.keep_picture("sign-in-passkey").await?;
    seat.press("[data-passkey] button").await?;
    seat.wait_for_path("/").await?;
    let before = seat.cookies().await?;

    // Shown again: the session goes on under another token.
    seat.open("/account/prove?next=/account").await?;
    seat.press("[data-passkey] button").await?;
    seat.wait_for_path("/account").await?;
    let after = seat.cookies().await?;
    ensure!(before != after, "the session has a new token");

    // An answer that somebody took along serves once.
    seat.open("/sign-in").await?;
    let keep = "HTMLFormElement.prototype.submit = function () { \
                window.kept = new URLSearchParams(new FormData(this)).toString(); };";
    seat.browser.execute(keep, Vec::new()).await?;
    seat.press("[data-passkey] button").await?;
    let mut kept = String::new();
    for _ in 0..200 {
        kept = seat.browser.execute("return window.kept ?? ''", Vec::new()).await?.convert()?;
        if !kept.is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    ensure!(kept.contains("passkey_answer=%7B"), "an answer was kept: {kept}");
    let cookies = seat.cookies().await?;
    let client = server.client_builder().redirect(reqwest::redirect::Policy::none()).build()?;
    let send = async || {
        client
            .post(server.url("/sign-in/passkey"))
            .header(header::COOKIE, &cookies)
            .header(header::ORIGIN, server.url(""))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(kept.clone())
            .send()
            .await
    };
    assert_eq!(send().await?.status(), StatusCode::SEE_OTHER, "it lets in once");
    assert_eq!(send().await?.status(), StatusCode::UNAUTHORIZED, "and not again");

    // Whoever has the device and not its owner's finger gets nothing.
    seat.browser.delete_all_cookies().await?;
    seat.open("/sign-in").await?;
    let verified = json!({ "authenticatorId": device, "isUserVerified": false });
    cdp.send_raw("WebAuthn.setUserVerified", verified).await?;
    seat.press("[data-passkey] button").await?;
    seat.wait_for_text("[data-passkey] [role=status]", "もう一度").await?;
    assert_eq!(seat.path().await?, "/sign-in");

    // Taken off the list, it opens nothing.
    let verified = json!({ "authenticatorId": device, "isUserVerified": true });
    cdp.send_raw("WebAuthn.setUserVerified", verified).await?;
    seat.open("/sign-in").await?;
    seat.press("[data-passkey] button").await?;
    seat.wait_for_path("/").await?;
    seat.open("/account").await?;
    seat.press("form[action$='/remove'] button").await?;
    seat.wait_for_text("#factors", "認証アプリ").await?;
    ensure!(seat.browser.find_all(By::Css("#factors article")).await?.is_empty(), "it is off the list");
    seat.browser.delete_all_cookies().await?;
    seat.open("/sign-in").await?;
    seat.press("[data-passkey] button").await?;
    seat.wait_for_text("#problem", "パスキー").await?;
    seat.browser.close().await;
    Ok(())
}
