//! Making photographs of printed pages without a camera: a page is rendered, laid on a table, seen from the
//! side, badly lit, out of focus, shaken, noisy and compressed, each as much as a test wants.
//!
//! Everything is computed from its arguments alone; noise comes from a seed. So a test that fails fails again.

use anyhow::{Context, ensure};
use image::GrayImage;
use std::io::Write;
use std::process::{Command, Stdio};

/// Renders all pages of a PDF as grey pictures with `pdftoppm` (package poppler-utils).
///
/// # Errors
/// If `pdftoppm` is not installed or cannot read the document. A test that needs it must fail then, not pass
/// without having looked.
pub fn render_pdf(pdf: &[u8], dpi: u32) -> anyhow::Result<Vec<GrayImage>> {
    let mut child = Command::new("pdftoppm")
        .args(["-gray", "-r", &dpi.to_string(), "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("pdftoppm must be installed (package poppler-utils)")?;
    let mut stdin = child.stdin.take().context("a pipe to pdftoppm")?;
    let input = pdf.to_vec();
    // The whole document is read before the first page comes out, but not every version keeps to that.
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output()?;
    writer.join().map_err(|_| anyhow::anyhow!("the writer panicked"))??;
    ensure!(output.status.success(), "pdftoppm: {}", String::from_utf8_lossy(&output.stderr));
    let mut pages = Vec::new();
    let mut rest = output.stdout.as_slice();
    while !rest.is_empty() {
        let (page, after) = parse_pgm(rest).context("pdftoppm wrote something that is no PGM")?;
        pages.push(page);
        rest = after;
    }
    Ok(pages)
}

/// One binary PGM (`P5 width height 255`) and what follows it.
fn parse_pgm(bytes: &[u8]) -> Option<(GrayImage, &[u8])> {
    let mut fields = [0_u32; 3];
    let mut rest = bytes.strip_prefix(b"P5")?;
    for field in &mut fields {
        let start = rest.iter().position(|byte| !byte.is_ascii_whitespace())?;
        rest = rest.get(start..)?;
        let end = rest.iter().position(u8::is_ascii_whitespace)?;
        *field = std::str::from_utf8(rest.get(..end)?).ok()?.parse().ok()?;
        rest = rest.get(end..)?;
    }
    let [width, height, most] = fields;
    if most != 255 {
        return None;
    }
    // Exactly one white space stands before the pixels.
    let (pixels, after) = rest.get(1..)?.split_at_checked(width as usize * height as usize)?;
    Some((GrayImage::from_raw(width, height, pixels.to_vec())?, after))
}

/// How a photograph is taken.
#[derive(Clone, Copy, Debug)]
pub struct Shot {
    /// Width of the photograph in pixels.
    pub width: u32,
    /// Height of the photograph in pixels.
    pub height: u32,
    /// What part of the photograph's shorter side the page's longer side takes, before turning and tilting:
    /// 0.9 fills the frame. More than 1 cuts the page off.
    pub fill: f32,
    /// How far the page is turned, in degrees clockwise.
    pub turn: f32,
    /// How far the camera is from straight above, in degrees about the horizontal axis.
    pub tilt: f32,
    /// Likewise about the vertical axis.
    pub sway: f32,
    /// Out of focus: sigma of the blur in pixels.
    pub blur: f32,
    /// Shaken: length of the smear in pixels, along `shake_angle`.
    pub shake: f32,
    /// Direction of the shake in degrees.
    pub shake_angle: f32,
    /// Noise of the sensor: standard deviation in grey values.
    pub noise: f32,
    /// How much darker the darkest corner is than the lightest, 0 to 1.
    pub shade: f32,
    /// Edge of a shadow over the page: what is on its one side has this share of the light (1: no shadow).
    pub shadow: f32,
    /// Quality of the JPEG, 1 to 100.
    pub quality: u8,
    /// For the noise.
    pub seed: u64,
}

impl Default for Shot {
    fn default() -> Self {
        Self {
            width: 2016,
            height: 1512,
            fill: 0.9,
            turn: 0.0,
            tilt: 0.0,
            sway: 0.0,
            blur: 0.0,
            shake: 0.0,
            shake_angle: 20.0,
            noise: 0.0,
            shade: 0.0,
            shadow: 1.0,
            quality: 90,
            seed: 1,
        }
    }
}

/// Where points of a page are in a photograph of it.
#[derive(Clone, Copy, Debug)]
pub struct Projection {
    /// Row by row: x', y' and w' of a point (x, y, 1) of the page, in pixels of each.
    matrix: [[f32; 3]; 3],
}

impl Projection {
    /// The place in the photograph of a point of the page, both in pixels.
    pub fn place(&self, x: f32, y: f32) -> (f32, f32) {
        let row = |r: [f32; 3]| r[0] * x + r[1] * y + r[2];
        let [u, v, w] = self.matrix.map(row);
        (u / w, v / w)
    }

    fn inverse(&self) -> Self {
        let [[a, b, c], [d, e, f], [g, h, i]] = self.matrix;
        // The adjugate does: a common factor makes no difference.
        Self {
            matrix: [
                [e * i - f * h, c * h - b * i, b * f - c * e],
                [f * g - d * i, a * i - c * g, c * d - a * f],
                [d * h - e * g, b * g - a * h, a * e - b * d],
            ],
        }
    }
}

impl Shot {
    /// Where the points of a page of this size come to lie.
    pub fn projection(&self, page_width: u32, page_height: u32) -> Projection {
        let (page_w, page_h) = (page_width as f32, page_height as f32);
        let frame = self.width.min(self.height) as f32;
        let (tilt, sway, turn) = (self.tilt.to_radians(), self.sway.to_radians(), self.turn.to_radians());
        // The page as a plane around its middle, its longer side 1; turned in itself, then about the two axes
        // of the picture, seen from a distance of 2.
        let unit = page_w.max(page_h);
        let axis = |x: f32, y: f32| {
            let (x, y) = (x * turn.cos() - y * turn.sin(), x * turn.sin() + y * turn.cos());
            let (y, z) = (y * tilt.cos(), y * tilt.sin());
            let (x, z) = (x * sway.cos() - z * sway.sin(), x * sway.sin() + z * sway.cos());
            [x, y, z]
        };
        let (right, down) = (axis(1.0 / unit, 0.0), axis(0.0, 1.0 / unit));
        let distance = 2.0;
        let zoom = frame * self.fill * distance;
        let (cx, cy) = (self.width as f32 / 2.0, self.height as f32 / 2.0);
        // w = distance + z; the photograph's x is zoom · x / w + its middle.
        let w = [right[2], down[2], distance - (right[2] * page_w + down[2] * page_h) / 2.0];
        let line = |k: usize, middle: f32| {
            let at_origin = -(right[k] * page_w + down[k] * page_h) / 2.0;
            [
                zoom * right[k] + middle * w[0],
                zoom * down[k] + middle * w[1],
                zoom * at_origin + middle * w[2],
            ]
        };
        Projection { matrix: [line(0, cx), line(1, cy), w] }
    }

    /// Photographs a page lying on a grey table.
    pub fn take(&self, page: &GrayImage) -> GrayImage {
        let seen = project(page, &self.projection(page.width(), page.height()), self.width, self.height);
        let mut photo = seen;
        if self.blur > 0.0 {
            photo = blurred(&photo, self.blur);
        }
        if self.shake > 1.0 {
            photo = shaken(&photo, self.shake, self.shake_angle);
        }
        if self.shade > 0.0 || self.shadow < 1.0 {
            light_unevenly(&mut photo, self.shade, self.shadow);
        }
        if self.noise > 0.0 {
            add_noise(&mut photo, self.noise, self.seed);
        }
        photo
    }

    /// Photographs a page and gives the JPEG file.
    ///
    /// # Errors
    /// If the photograph cannot be encoded.
    pub fn jpeg(&self, page: &GrayImage) -> anyhow::Result<Vec<u8>> {
        encode_jpeg(&self.take(page), self.quality)
    }
}

/// The picture as a JPEG file.
///
/// # Errors
/// If it is too large for the format.
pub fn encode_jpeg(picture: &GrayImage, quality: u8) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, quality).encode_image(picture)?;
    Ok(bytes)
}

/// The page as the projection shows it. Each pixel is the mean of three by three points, as a sensor gathers
/// light over its whole area.
pub fn project(page: &GrayImage, projection: &Projection, width: u32, height: u32) -> GrayImage {
    const TABLE: f32 = 110.0;
    const PARTS: [f32; 3] = [1.0 / 6.0, 0.5, 5.0 / 6.0];
    let back = projection.inverse();
    let (page_width, page_height) = (page.width() as usize, page.height() as usize);
    let pixels = page.as_raw();
    let mut photo = GrayImage::new(width, height);
    for (index, out) in photo.iter_mut().enumerate() {
        let (x, y) = ((index as u32 % width) as f32, (index as u32 / width) as f32);
        let mut sum = 0.0;
        for dy in PARTS {
            for dx in PARTS {
                let (px, py) = back.place(x + dx, y + dy);
                // Negative numbers become zero, so they are told apart before.
                let on_page =
                    px >= 0.0 && py >= 0.0 && (px as usize) < page_width && (py as usize) < page_height;
                sum +=
                    if on_page { f32::from(pixels[py as usize * page_width + px as usize]) } else { TABLE };
            }
        }
        // Paper is not pure white in a photograph, nor toner pure black.
        *out = (25.5 + sum / 9.0 * 0.82) as u8;
    }
    photo
}

/// Out of focus by a Gaussian blur with this sigma in pixels.
pub fn blurred(picture: &GrayImage, sigma: f32) -> GrayImage {
    let radius = (sigma * 3.0).ceil() as i64;
    let weights: Vec<f32> =
        (-radius..=radius).map(|k| (-(k * k) as f32 / (2.0 * sigma * sigma)).exp()).collect();
    let taps = |dx: i64, dy: i64| -> Vec<(i64, i64, f32)> {
        (-radius..=radius).zip(&weights).map(|(k, &weight)| (k * dx, k * dy, weight)).collect()
    };
    weighted(&weighted(picture, &taps(1, 0)), &taps(0, 1))
}

/// Smeared along a straight line of `length` pixels.
pub fn shaken(picture: &GrayImage, length: f32, angle_degrees: f32) -> GrayImage {
    let radius = (length / 2.0).ceil().max(1.0) as i64;
    let angle = angle_degrees.to_radians();
    let step = length / (2 * radius) as f32;
    let taps: Vec<(i64, i64, f32)> = (-radius..=radius)
        .map(|k| {
            let along = k as f32 * step;
            ((along * angle.cos()).round() as i64, (along * angle.sin()).round() as i64, 1.0)
        })
        .collect();
    weighted(picture, &taps)
}

/// Each pixel the weighted mean of those at some steps from it; beyond the edge, the pixels at the edge count.
fn weighted(picture: &GrayImage, taps: &[(i64, i64, f32)]) -> GrayImage {
    let total: f32 = taps.iter().map(|tap| tap.2).sum();
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let pixels = picture.as_raw();
    let mut sums = vec![0.0_f32; pixels.len()];
    for &(dx, dy, weight) in taps {
        let weight = weight / total;
        for (y, sums) in sums.chunks_exact_mut(width).enumerate() {
            let from = (y as i64 + dy).clamp(0, height as i64 - 1) as usize;
            let row = &pixels[from * width..(from + 1) * width];
            for (x, sum) in sums.iter_mut().enumerate() {
                let from = (x as i64 + dx).clamp(0, width as i64 - 1) as usize;
                *sum += f32::from(row[from]) * weight;
            }
        }
    }
    let mut out = GrayImage::new(picture.width(), picture.height());
    for (out, sum) in out.iter_mut().zip(sums) {
        *out = (sum + 0.5) as u8;
    }
    out
}

/// Light that falls off towards one corner by `shade` (0 to 1), and a shadow with a soft edge over the lower
/// left half in which only the part `shadow` of the light is left.
pub fn light_unevenly(picture: &mut GrayImage, shade: f32, shadow: f32) {
    let (w, h) = (picture.width() as f32, picture.height() as f32);
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        let (u, v) = (x as f32 / w, y as f32 / h);
        let fall = 1.0 - shade * (u + v) / 2.0;
        // The edge runs across the picture and is a fiftieth of it wide.
        let across = ((v - 0.3 - 0.5 * u) * 50.0 + 0.5).clamp(0.0, 1.0);
        let light = fall * (1.0 - across * (1.0 - shadow));
        pixel.0[0] = (f32::from(pixel.0[0]) * light + 0.5) as u8;
    }
}

/// Noise with this standard deviation in grey values, nearly normal.
pub fn add_noise(picture: &mut GrayImage, deviation: f32, seed: u64) {
    let mut random = Random(seed);
    for value in picture.iter_mut() {
        // Six evenly spread numbers from 0 to 1023 add up to 3069 and a variance of half a square of 1024.
        let mut bits = random.next();
        let mut sum = -3069.0;
        for _ in 0..6 {
            sum += (bits & 1023) as f32;
            bits >>= 10;
        }
        let noise = sum / 1024.0 * std::f32::consts::SQRT_2 * deviation;
        // Converting cuts off at 0 and 255 by itself.
        *value = (f32::from(*value) + noise + 0.5) as u8;
    }
}

/// A stream of numbers that looks random (SplitMix64).
#[derive(Clone, Debug)]
pub struct Random(pub u64);

impl Random {
    /// The next number.
    #[expect(clippy::should_implement_trait, reason = "an endless stream needs no Option around each number")]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from `from` to `to`.
    pub fn between(&mut self, from: f32, to: f32) -> f32 {
        from + (self.next() >> 40) as f32 / (1 << 24) as f32 * (to - from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_a_page_is_in_the_middle_of_its_photograph() {
        for (turn, tilt, sway) in [(0.0, 0.0, 0.0), (30.0, 20.0, -15.0), (200.0, -30.0, 30.0)] {
            let shot = Shot { turn, tilt, sway, ..Shot::default() };
            let (x, y) = shot.projection(700, 1000).place(350.0, 500.0);
            assert!((x - 1008.0).abs() < 0.5 && (y - 756.0).abs() < 0.5, "{x} {y}");
        }
    }

    #[test]
    fn a_page_seen_from_above_keeps_its_measures() {
        let projection = Shot::default().projection(700, 1000);
        let (left, top) = projection.place(0.0, 0.0);
        let (right, bottom) = projection.place(700.0, 1000.0);
        assert!(((bottom - top) - 1512.0 * 0.9).abs() < 0.5);
        assert!(((right - left) - 1512.0 * 0.9 * 0.7).abs() < 0.5);
    }

    #[test]
    fn a_point_comes_back() {
        let projection = Shot { turn: 25.0, tilt: 30.0, sway: 10.0, ..Shot::default() }.projection(700, 1000);
        let (x, y) = projection.place(123.0, 456.0);
        let (px, py) = projection.inverse().place(x, y);
        assert!((px - 123.0).abs() < 0.1 && (py - 456.0).abs() < 0.1, "{px} {py}");
    }

    #[test]
    fn the_same_shot_gives_the_same_photograph() {
        let page =
            GrayImage::from_fn(60, 80, |x, y| image::Luma([if (x / 5 + y / 5) % 2 == 0 { 0 } else { 255 }]));
        let shot = Shot {
            width: 120,
            height: 90,
            turn: 10.0,
            blur: 0.8,
            shake: 3.0,
            noise: 4.0,
            shade: 0.3,
            shadow: 0.6,
            ..Shot::default()
        };
        assert_eq!(shot.take(&page), shot.take(&page));
        assert_ne!(shot.take(&page), Shot { seed: 2, ..shot }.take(&page));
    }

    #[test]
    fn pages_are_taken_apart() {
        let bytes = b"P5\n2 1\n255\n\x01\x02P5 1 2 255 \x03\x04";
        let (first, rest) = parse_pgm(bytes).unwrap();
        let (second, rest) = parse_pgm(rest).unwrap();
        assert_eq!((first.dimensions(), second.dimensions(), rest.len()), ((2, 1), (1, 2), 0));
        assert!(parse_pgm(b"P5 2 2 255 \x01").is_none());
        assert!(parse_pgm(b"P6 1 1 255 \x01").is_none());
    }
}
