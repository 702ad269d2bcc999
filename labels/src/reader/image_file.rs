//! From the bytes of a file to upright grey values, or to a picture in colour.

use super::pixels::Grey;
use super::quiet::quietly;
use super::{ReadError, ReadLimits, check_size};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, RgbImage};
use std::io::Cursor;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// The most that the decoded form of a PNG or WebP may take, whatever its depth of colour: 50 million
/// pixels of eight bits in four channels, and a little.
const MAX_DECODED_BYTES: u64 = 210_000_000;

/// Each pass of a progressive JPEG goes over all its pixels, and a file can have many passes that say
/// nothing. Cameras use about ten.
const MAX_JPEG_PASSES: usize = 100;
const MAX_JPEG_PASSES_TIMES_PIXELS: u64 = 1_000_000_000;

/// Upright grey values, to be searched.
pub(super) fn decode(bytes: &[u8], limits: &ReadLimits) -> Result<Grey, ReadError> {
    bounded(bytes, limits, |opened| match opened {
        Opened::Jpeg(jpeg) => jpeg.grey(),
        Opened::Other { image, orientation } => {
            let (width, height) = (image.width() as usize, image.height() as usize);
            grey(width, height, luma_of(image)).map(|grey| grey.upright(orientation))
        }
    })
}

/// The picture in colour as the file has it, and how it has to be turned to stand upright.
pub(crate) fn decode_colour(bytes: &[u8], limits: &ReadLimits) -> Result<(RgbImage, Orientation), ReadError> {
    bounded(bytes, limits, |opened| match opened {
        Opened::Jpeg(jpeg) => jpeg.colour(),
        Opened::Other { image, orientation } => Ok((colour_of(image), orientation)),
    })
}

/// Opens a file within the limits and takes from it what is wanted.
fn bounded<T>(
    bytes: &[u8],
    limits: &ReadLimits,
    take: impl FnOnce(Opened<'_>) -> Result<T, ReadError>,
) -> Result<T, ReadError> {
    if bytes.is_empty() {
        return Err(ReadError::Empty);
    }
    if bytes.len() > limits.max_bytes {
        return Err(ReadError::TooManyBytes { found: bytes.len(), limit: limits.max_bytes });
    }
    // The decoders are not known to panic, but what they get is chosen by strangers.
    quietly(|| open(bytes, limits).and_then(take)).unwrap_or(Err(ReadError::Damaged))
}

/// A file whose size is known to be within the limits.
enum Opened<'a> {
    /// Not decoded yet: what for decides how.
    Jpeg(OpenedJpeg<'a>),
    /// Decoded.
    Other { image: DynamicImage, orientation: Orientation },
}

fn open<'a>(bytes: &'a [u8], limits: &ReadLimits) -> Result<Opened<'a>, ReadError> {
    match kind_of(bytes)? {
        Kind::Jpeg => open_jpeg(bytes, limits).map(Opened::Jpeg),
        Kind::Png => {
            check_png_size(bytes, limits)?;
            check_png_end(bytes)?;
            let png = image::codecs::png::PngDecoder::new(Cursor::new(bytes)).map_err(failure)?;
            open_other(png, limits)
        }
        Kind::WebP => {
            check_webp_end(bytes)?;
            let webp = image::codecs::webp::WebPDecoder::new(Cursor::new(bytes)).map_err(failure)?;
            open_other(webp, limits)
        }
    }
}

enum Kind {
    Jpeg,
    Png,
    WebP,
}

fn kind_of(bytes: &[u8]) -> Result<Kind, ReadError> {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    let at = |offset: usize, magic: &[u8]| bytes.get(offset..offset + magic.len()) == Some(magic);
    let other = |kind| Err(ReadError::UnsupportedFormat { kind: Some(kind) });
    if starts(b"\xFF\xD8\xFF") {
        Ok(Kind::Jpeg)
    } else if starts(b"\x89PNG\r\n\x1A\n") {
        Ok(Kind::Png)
    } else if starts(b"RIFF") && at(8, b"WEBP") {
        Ok(Kind::WebP)
    } else if at(4, b"ftyp") {
        if is_heif(bytes) { Err(ReadError::Heif) } else { other("a video") }
    } else if starts(b"GIF8") {
        other("a GIF")
    } else if starts(b"%PDF-") {
        other("a PDF")
    } else if starts(b"BM") && bytes.len() > 26 {
        other("a BMP")
    } else if starts(b"II*\0") || starts(b"MM\0*") {
        other("a TIFF or a raw photograph")
    } else if starts(b"\xFF\x0A") || starts(b"\0\0\0\x0CJXL ") {
        other("a JPEG XL")
    } else if starts(b"PK\x03\x04") {
        other("a ZIP or an Office document")
    } else {
        Err(ReadError::UnsupportedFormat { kind: None })
    }
}

/// Whether a file with an `ftyp` box (ISO/IEC 14496-12, 4.3) is a still picture of the HEIF family: its
/// brand or one of those it says it is compatible with.
fn is_heif(bytes: &[u8]) -> bool {
    let length = bytes.first_chunk::<4>().map_or(0, |size| u32::from_be_bytes(*size) as usize);
    let end = length.clamp(12, 256).min(bytes.len());
    let brands = bytes.get(8..end).unwrap_or_default();
    brands.chunks_exact(4).any(|brand| {
        matches!(
            brand,
            b"heic"
                | b"heix"
                | b"heim"
                | b"heis"
                | b"hevc"
                | b"hevx"
                | b"mif1"
                | b"mif2"
                | b"msf1"
                | b"avif"
                | b"avis"
                | b"avci"
        )
    })
}

/// What the markers of a JPEG say.
struct JpegHeader {
    width: u16,
    height: u16,
    passes: usize,
}

/// Walks the markers of a JPEG file (ISO/IEC 10918-1, Annex B) to its end marker, which decoders do not ask
/// for: they fill up what is missing with grey and call it done.
fn walk_jpeg(bytes: &[u8], limits: &ReadLimits) -> Result<JpegHeader, ReadError> {
    let mut size = None;
    let mut passes = 0;
    let mut at = 2;
    let mut in_scan = false;
    loop {
        // To the next marker: FF and then neither 00 (an FF in the data) nor FF (filling).
        let Some(step) = bytes.get(at..).and_then(|rest| rest.iter().position(|&byte| byte == 0xFF)) else {
            return Err(ReadError::Truncated);
        };
        if step > 0 && !in_scan {
            // Between segments there is nothing; some writers leave a few bytes, decoders skip them.
            at += step;
            continue;
        }
        at += step;
        let Some(&marker) = bytes.get(at + 1) else { return Err(ReadError::Truncated) };
        match marker {
            0xFF => at += 1,
            0x00 | 0x01 | 0xD0..=0xD7 => at += 2,
            0xD8 => at += 2,
            0xD9 => break,
            _ => {
                let Some(&[high, low]) = bytes.get(at + 2..at + 4) else { return Err(ReadError::Truncated) };
                let length = usize::from(u16::from_be_bytes([high, low]));
                let Some(segment) = bytes.get(at + 4..at + 2 + length.max(2)) else {
                    return Err(ReadError::Truncated);
                };
                if matches!(marker, 0xC0..=0xCF) && !matches!(marker, 0xC4 | 0xC8 | 0xCC) {
                    let Some(&[_, h1, h0, w1, w0]) = segment.first_chunk::<5>() else {
                        return Err(ReadError::Damaged);
                    };
                    let (width, height) = (u16::from_be_bytes([w1, w0]), u16::from_be_bytes([h1, h0]));
                    // Here and not at the end, so that a picture too large is refused by its header.
                    check_size(width.into(), height.into(), limits)?;
                    size.get_or_insert((width, height));
                }
                in_scan = marker == 0xDA;
                passes += usize::from(in_scan);
                at += 2 + length.max(2);
            }
        }
    }
    match size {
        Some((width, height)) if width > 0 && height > 0 && passes > 0 => {
            Ok(JpegHeader { width, height, passes })
        }
        _ => Err(ReadError::Damaged),
    }
}

struct OpenedJpeg<'a> {
    /// Some thirty kilobytes.
    decoder: Box<JpegDecoder<ZCursor<&'a [u8]>>>,
    orientation: Orientation,
    width: usize,
    height: usize,
}

fn open_jpeg<'a>(bytes: &'a [u8], limits: &ReadLimits) -> Result<OpenedJpeg<'a>, ReadError> {
    let header = walk_jpeg(bytes, limits)?;
    let pixels = u64::from(header.width) * u64::from(header.height);
    if header.passes > MAX_JPEG_PASSES || header.passes as u64 * pixels > MAX_JPEG_PASSES_TIMES_PIXELS {
        return Err(ReadError::TooComplex);
    }
    let options = DecoderOptions::default()
        .set_strict_mode(false)
        .set_max_width(usize::MAX)
        .set_max_height(usize::MAX)
        .jpeg_set_max_scans(MAX_JPEG_PASSES);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(|_| ReadError::Damaged)?;
    let orientation = decoder
        .exif()
        .and_then(|exif| Orientation::from_exif_chunk(exif))
        .unwrap_or(Orientation::NoTransforms);
    let Some((width, height)) = decoder.dimensions() else { return Err(ReadError::Damaged) };
    if (width, height) != (usize::from(header.width), usize::from(header.height)) {
        return Err(ReadError::Damaged);
    }
    Ok(OpenedJpeg { decoder: Box::new(decoder), orientation, width, height })
}

impl OpenedJpeg<'_> {
    fn decoded(&mut self, wanted: ColorSpace) -> Result<Vec<u8>, ReadError> {
        self.decoder.set_options(self.decoder.options().jpeg_set_out_colorspace(wanted));
        self.decoder.decode().map_err(|_| ReadError::Damaged)
    }

    fn grey(mut self) -> Result<Grey, ReadError> {
        // The luma channel is all that is needed, and taking it alone saves half of the time.
        let data = match self.decoder.input_colorspace() {
            Some(ColorSpace::YCbCr | ColorSpace::Luma) => self.decoded(ColorSpace::Luma)?,
            _ => self.decoded(ColorSpace::RGB)?.chunks_exact(3).map(grey_of_rgb).collect(),
        };
        grey(self.width, self.height, data).map(|grey| grey.upright(self.orientation))
    }

    fn colour(mut self) -> Result<(RgbImage, Orientation), ReadError> {
        let data = self.decoded(ColorSpace::RGB)?;
        // Sides of a JPEG have 16 bits.
        let image = RgbImage::from_raw(self.width as u32, self.height as u32, data);
        Ok((image.ok_or(ReadError::Damaged)?, self.orientation))
    }
}

fn grey(width: usize, height: usize, data: Vec<u8>) -> Result<Grey, ReadError> {
    if width == 0 || height == 0 || data.len() != width * height {
        return Err(ReadError::Damaged);
    }
    Ok(Grey { width, height, data })
}

/// ITU-R BT.601, as JPEG has it.
fn grey_of_rgb(rgb: &[u8]) -> u8 {
    match *rgb {
        [r, g, b, ..] => ((77 * u32::from(r) + 150 * u32::from(g) + 29 * u32::from(b) + 128) >> 8) as u8,
        _ => 255,
    }
}

/// Over white paper, which is what transparent parts of a drawing are meant for.
fn over_white(grey: u8, alpha: u8) -> u8 {
    let (grey, alpha) = (u32::from(grey), u32::from(alpha));
    ((grey * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}

/// Walks the chunks of a PNG file (ISO/IEC 15948, 5.3) to its last one.
fn check_png_end(bytes: &[u8]) -> Result<(), ReadError> {
    let mut at = 8;
    loop {
        let Some(&[a, b, c, d, ref name @ ..]) = bytes.get(at..at + 8) else {
            return Err(ReadError::Truncated);
        };
        if name == b"IEND" {
            return Ok(());
        }
        // Length, name and check sum take twelve bytes beside the data.
        let Some(next) = (u32::from_be_bytes([a, b, c, d]) as usize).checked_add(at + 12) else {
            return Err(ReadError::Damaged);
        };
        at = next;
    }
}

/// The size stands in the first chunk; a picture too large is refused by it alone.
fn check_png_size(bytes: &[u8], limits: &ReadLimits) -> Result<(), ReadError> {
    match bytes.get(12..24) {
        Some(&[b'I', b'H', b'D', b'R', w3, w2, w1, w0, h3, h2, h1, h0]) => {
            check_size(u32::from_be_bytes([w3, w2, w1, w0]), u32::from_be_bytes([h3, h2, h1, h0]), limits)
        }
        Some(_) => Err(ReadError::Damaged),
        None => Err(ReadError::Truncated),
    }
}

/// The RIFF header of a WebP file says how long it is.
fn check_webp_end(bytes: &[u8]) -> Result<(), ReadError> {
    let length = bytes.get(4..8).and_then(|size| size.first_chunk::<4>());
    let length = length.map_or(u64::MAX, |size| u64::from(u32::from_le_bytes(*size)));
    // An odd length is padded to an even one, and some writers forget the padding of the last chunk.
    if length + 8 > bytes.len() as u64 + 1 { Err(ReadError::Truncated) } else { Ok(()) }
}

fn failure(error: ImageError) -> ReadError {
    match error {
        ImageError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            ReadError::Truncated
        }
        _ => ReadError::Damaged,
    }
}

fn open_other<'a>(mut decoder: impl ImageDecoder, limits: &ReadLimits) -> Result<Opened<'a>, ReadError> {
    let (width, height) = decoder.dimensions();
    check_size(width, height, limits)?;
    if decoder.total_bytes() > MAX_DECODED_BYTES {
        return Err(ReadError::TooManyPixels { width, height });
    }
    let mut image_limits = image::Limits::default();
    image_limits.max_alloc = Some(MAX_DECODED_BYTES * 2);
    decoder.set_limits(image_limits).map_err(failure)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let image = DynamicImage::from_decoder(decoder).map_err(failure)?;
    Ok(Opened::Other { image, orientation })
}

fn luma_of(image: DynamicImage) -> Vec<u8> {
    match image {
        DynamicImage::ImageLuma8(image) => image.into_raw(),
        DynamicImage::ImageLumaA8(image) => {
            image.pixels().map(|pixel| over_white(pixel.0[0], pixel.0[1])).collect()
        }
        DynamicImage::ImageRgb8(image) => image.as_raw().chunks_exact(3).map(grey_of_rgb).collect(),
        DynamicImage::ImageRgba8(image) => {
            image.pixels().map(|pixel| over_white(grey_of_rgb(&pixel.0), pixel.0[3])).collect()
        }
        deep => deep.to_luma_alpha8().pixels().map(|pixel| over_white(pixel.0[0], pixel.0[1])).collect(),
    }
}

fn colour_of(image: DynamicImage) -> RgbImage {
    if !image.color().has_alpha() {
        return image.into_rgb8();
    }
    let image = image.into_rgba8();
    RgbImage::from_fn(image.width(), image.height(), |x, y| {
        let [r, g, b, alpha] = image.get_pixel(x, y).0;
        image::Rgb([r, g, b].map(|value| over_white(value, alpha)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(bytes: &[u8]) -> ReadError {
        match decode(bytes, &ReadLimits::default()) {
            Ok(grey) => panic!("decoded to {} × {}", grey.width, grey.height),
            Err(error) => error,
        }
    }

    #[test]
    fn kinds_of_files_are_told_apart() {
        assert_eq!(error(b""), ReadError::Empty);
        for (bytes, kind) in [
            (&b"GIF89a.............."[..], Some("a GIF")),
            (b"%PDF-1.7", Some("a PDF")),
            (b"II*\0aaaaaaaa", Some("a TIFF or a raw photograph")),
            (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", Some("a video")),
            (b"hello", None),
            (b"\xFF\xD8", None),
        ] {
            assert_eq!(error(bytes), ReadError::UnsupportedFormat { kind });
        }
        for bytes in [
            &b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"[..],
            b"\0\0\0\x1Cftypavif\0\0\0\0avifmif1miaf",
            b"\0\0\0\x18ftypmif1\0\0\0\0heic",
            b"\0\0\0\x18ftypmsf1",
        ] {
            assert_eq!(error(bytes), ReadError::Heif);
        }
    }

    #[test]
    fn markers_without_end_are_truncated() {
        assert_eq!(error(b"\xFF\xD8\xFF"), ReadError::Truncated);
        assert_eq!(error(b"\xFF\xD8\xFF\xE0\x00\x10JFIF"), ReadError::Truncated);
        assert_eq!(error(b"\xFF\xD8\xFF\xD9"), ReadError::Damaged);
        assert_eq!(error(b"\xFF\xD8\xFF\xC0\x00\x02\xFF\xD9"), ReadError::Damaged);
        assert_eq!(error(b"\x89PNG\r\n\x1A\n"), ReadError::Truncated);
        assert_eq!(error(b"RIFF\xFF\xFF\xFF\xFFWEBPVP8 "), ReadError::Truncated);
    }

    #[test]
    fn drawings_lie_on_white_paper() {
        assert_eq!(over_white(0, 0), 255);
        assert_eq!(over_white(0, 255), 0);
        assert_eq!(over_white(100, 255), 100);
        assert_eq!(grey_of_rgb(&[255, 255, 255]), 255);
        assert_eq!(grey_of_rgb(&[0, 0, 0]), 0);
    }
}
