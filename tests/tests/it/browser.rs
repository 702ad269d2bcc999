//! The browser of the harness: that it is there, has the size of a phone, and sees its film.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use hokan_tests::browser::{Browser, BrowserOptions, Viewport};
use hokan_tests::camera;
use image::{DynamicImage, Rgb, RgbImage};
use thirtyfour::prelude::*;

const PAGE: &str = r#"<!doctype html><html lang="ja"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>保管</title>
<h1>保管庫</h1><video autoplay muted playsinline></video>
<script>
  // Leaves the colour of the middle of the camera's picture in data-colour.
  navigator.mediaDevices.getUserMedia({ video: true }).then((stream) => {
    const video = document.querySelector("video");
    video.srcObject = stream;
    const canvas = document.createElement("canvas").getContext("2d");
    const look = () => {
      if (video.videoWidth === 0) return setTimeout(look, 50);
      canvas.drawImage(video, 0, 0, 8, 8);
      document.body.dataset.colour = Array.from(canvas.getImageData(4, 4, 1, 1).data).slice(0, 3).join(",");
      setTimeout(look, 50);
    };
    look();
  });
</script>"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_shows_a_page_and_its_camera_shows_the_film() -> WebDriverResult<()> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let film = folder.path().join("red.mjpeg");
    let red = DynamicImage::from(RgbImage::from_pixel(640, 480, Rgb([200, 30, 30])));
    camera::write_film(&film, &vec![red; 5]);
    let address = serve(PAGE);

    let phone = Browser::start(BrowserOptions {
        viewport: Viewport::PHONE,
        camera: Some(film),
        ..Default::default()
    })
    .await;
    phone.goto(&address).await?;
    assert_eq!(phone.title().await?, "保管");
    let device =
        phone.execute("return [innerWidth, innerHeight, navigator.language, isSecureContext]", []).await?;
    assert_eq!(device.json(), &serde_json::json!([390, 844, "ja", true]));

    // Chromium's first frames may be blank, so wait for the colour and do not take the first.
    let sees_red = phone.query(By::Css("body[data-colour]")).with_filter(async |body: WebElement| {
        let colour = body.attr("data-colour").await?.unwrap_or_default();
        let parts: Vec<u8> = colour.split(',').filter_map(|part| part.parse().ok()).collect();
        Ok(matches!(parts[..], [red, green, blue] if red > 150 && green < 90 && blue < 90))
    });
    sees_red.wait(Duration::from_secs(60), Duration::from_millis(100)).first().await?;

    let picture = image::open(phone.screenshot_to_file("harness-phone").await).expect("a picture");
    assert_eq!((picture.width(), picture.height()), (780, 1688));
    phone.resize(Viewport::DESK).await;
    let picture = image::open(phone.screenshot_to_file("harness-desk").await).expect("a picture");
    assert_eq!((picture.width(), picture.height()), (1280, 900));
    assert!(phone.print_to_pdf().await.starts_with(b"%PDF-"));
    phone.close().await;
    Ok(())
}

/// The networks that Hokan runs on have no way out; a page that fetches from elsewhere must be seen
/// to fail in a test, also on a machine that is connected.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_hosts_cannot_be_reached_and_an_attempt_is_a_complaint() -> WebDriverResult<()> {
    let address = serve(r#"<!doctype html><title>x</title><img src="http://cdn.example/logo.png">"#);
    let desk =
        Browser::start(BrowserOptions { hosts: vec!["hokan.test".to_owned()], ..Default::default() }).await;
    desk.goto(address.replace("localhost", "hokan.test")).await?;
    let complaints = desk.complaints().await;
    assert!(
        complaints.iter().any(|line| line.contains("cdn.example") && line.contains("ERR_NAME_NOT_RESOLVED")),
        "{complaints:?}"
    );
    desk.close().await;
    Ok(())
}

/// Serves one page at every path, until the test program ends.
fn serve(page: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("a bound port").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().filter_map(Result::ok) {
            // Each on its own thread: browsers open connections ahead and leave them silent.
            std::thread::spawn(move || drop(answer(stream, page)));
        }
    });
    format!("http://localhost:{port}/")
}

fn answer(mut stream: TcpStream, page: &str) -> std::io::Result<()> {
    let mut request = [0; 8192];
    if stream.read(&mut request)? == 0 {
        return Ok(());
    }
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{page}",
        page.len()
    )
}
