//! The photographs of the town: drawn, so that the same town has the same ones.

use std::io::Cursor;

use anyhow::Context;
use hokan_domain::label::LabelId;
use hokan_labels::{
    code::LabelCode,
    payload::{LabelHost, label_url},
    qr::{Level, Symbol},
};
use image::{GrayImage, ImageFormat, Luma, imageops};

const WIDTH: u32 = 480;
const HEIGHT: u32 = 360;

/// A table, a little darker to the lower right.
fn table() -> GrayImage {
    GrayImage::from_fn(WIDTH, HEIGHT, |x, y| Luma([u8::try_from(205 - (x + y) / 16).unwrap_or(150)]))
}

fn png(picture: &GrayImage) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png)?;
    Ok(bytes.into_inner())
}

/// A medium with its label.
pub(super) fn before(label: &LabelId, host: Option<&LabelHost>) -> anyhow::Result<Vec<u8>> {
    let code: LabelCode = label.as_str().parse()?;
    let (side, pixels) = Symbol::encode(&label_url(host, code), Level::M)?.to_luma(6);
    let side = u32::try_from(side)?;
    let symbol = GrayImage::from_raw(side, side, pixels).context("a square")?;
    let mut picture = table();
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        if (60..420).contains(&x) && (40..320).contains(&y) {
            *pixel = Luma([92]);
        }
    }
    imageops::replace(&mut picture, &symbol, i64::from((WIDTH - side) / 2), i64::from((HEIGHT - side) / 2));
    png(&picture)
}

/// What is left of it.
pub(super) fn after() -> anyhow::Result<Vec<u8>> {
    let mut picture = table();
    for piece in 0..120_u32 {
        let (x, y) = (60 + piece * 97 % 340, 60 + piece * 53 % 220);
        for (dx, dy) in (0..11).flat_map(|dx| (0..7).map(move |dy| (dx, dy))) {
            picture.put_pixel(x + dx, y + dy, Luma([u8::try_from(40 + piece % 60).unwrap_or(60)]));
        }
    }
    png(&picture)
}

/// A contractor's certificate as it came out of the copier: lines of text and a seal, with nothing to read.
pub(super) fn certificate() -> anyhow::Result<Vec<u8>> {
    let mut picture = GrayImage::from_pixel(HEIGHT, WIDTH, Luma([250]));
    for line in 0..12_u32 {
        for x in 50..(HEIGHT - 50 - line * 37 % 90) {
            for y in 0..4 {
                picture.put_pixel(x, 60 + line * 26 + y, Luma([120]));
            }
        }
    }
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        let (dx, dy) = (i64::from(x) - 270, i64::from(y) - 410);
        if (900..1_300).contains(&(dx * dx + dy * dy)) {
            *pixel = Luma([90]);
        }
    }
    png(&picture)
}

#[cfg(test)]
mod tests {
    use hokan_labels::reader::{ReadLimits, read};

    use super::*;

    #[test]
    fn the_server_s_own_reader_reads_the_label() {
        let code = LabelCode::from_entropy(7);
        let label: LabelId = code.as_str().parse().expect("a label");
        let seen = |bytes: Vec<u8>| read(&bytes, &ReadLimits::default()).expect("a picture").codes.len();
        assert_eq!(seen(before(&label, None).expect("drawn")), 1);
        assert_eq!(seen(after().expect("drawn")), 0);
        assert_eq!(seen(certificate().expect("drawn")), 0);
    }
}
