//! Photographs made ready to stand in a document.
//!
//! A phone's photograph has ten times the pixels that a printed page shows, and says in its EXIF part where
//! it was taken. So each is decoded within the bounds that [`crate::reader`] sets for strangers' files, turned
//! upright, scaled down, and packed anew: only its pixels go into the document.

use crate::reader::{ReadError, ReadLimits, decode_colour};
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, imageops};

/// The longest side that a photograph has in a document, in pixels: 480 dpi on half the width of a page, in
/// which the small print on a drive's label is read.
pub const MAX_SIDE: u32 = 1600;

/// The JPEG quality at which letters in a photograph keep their edges.
const QUALITY: u8 = 80;

/// A photograph ready to be embedded: upright, in colour, packed as JPEG without anything else.
#[derive(Clone, PartialEq, Eq)]
pub struct Photo {
    width: u32,
    height: u32,
    jpeg: Vec<u8>,
}

impl std::fmt::Debug for Photo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Photo({} × {}, {} bytes)", self.width, self.height, self.jpeg.len())
    }
}

impl Photo {
    /// Makes a JPEG, PNG or WebP file ready, within the limits of bytes and pixels.
    ///
    /// # Errors
    /// [`ReadError`] if the file is not such a picture, or is too large, incomplete or damaged.
    pub fn prepare(bytes: &[u8], limits: &ReadLimits) -> Result<Self, ReadError> {
        let (image, orientation) = decode_colour(bytes, limits)?;
        let (width, height) = (image.width(), image.height());
        let longest = width.max(height);
        let scaled = if longest > MAX_SIDE {
            let side = |side: u32| {
                let side = u64::from(side) * u64::from(MAX_SIDE) / u64::from(longest);
                // No more than MAX_SIDE, and a line however thin stays.
                (side as u32).max(1)
            };
            imageops::thumbnail(&image, side(width), side(height))
        } else {
            image
        };
        // Turned when it is small already.
        let mut upright = DynamicImage::ImageRgb8(scaled);
        upright.apply_orientation(orientation);
        let mut jpeg = Vec::new();
        JpegEncoder::new_with_quality(&mut jpeg, QUALITY)
            .encode_image(&upright)
            .map_err(|_| ReadError::Damaged)?;
        Ok(Self { width: upright.width(), height: upright.height(), jpeg })
    }

    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// The JPEG file.
    pub fn into_jpeg(self) -> Vec<u8> {
        self.jpeg
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{GrayImage, ImageFormat, Luma, Rgb, RgbImage, Rgba, RgbaImage};
    use std::io::Cursor;

    fn file(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    fn prepare(bytes: &[u8]) -> Result<Photo, ReadError> {
        Photo::prepare(bytes, &ReadLimits::default())
    }

    fn shown(photo: Photo) -> RgbImage {
        image::load_from_memory(&photo.into_jpeg()).unwrap().into_rgb8()
    }

    #[test]
    fn large_photographs_are_scaled_down_and_small_ones_kept() {
        let of = |width, height| {
            let image = RgbImage::from_pixel(width, height, Rgb([200, 40, 40]));
            let photo = prepare(&file(&DynamicImage::ImageRgb8(image), ImageFormat::Png)).unwrap();
            (photo.width(), photo.height())
        };
        assert_eq!(of(4000, 3000), (1600, 1200));
        assert_eq!(of(3000, 4000), (1200, 1600));
        assert_eq!(of(1600, 900), (1600, 900));
        assert_eq!(of(1, 1), (1, 1));
        assert_eq!(of(12_000, 1), (1600, 1));
    }

    #[test]
    fn colours_are_kept_and_what_is_clear_is_white() {
        let near = |left: &Rgb<u8>, right: [u8; 3]| {
            left.0.iter().zip(right).all(|(left, right)| left.abs_diff(right) < 12)
        };
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
            let image = RgbImage::from_pixel(64, 48, Rgb([200, 40, 40]));
            let photo = prepare(&file(&DynamicImage::ImageRgb8(image), format)).unwrap();
            assert!(near(shown(photo).get_pixel(30, 20), [200, 40, 40]), "{format:?}");
        }
        let grey = GrayImage::from_pixel(64, 48, Luma([90]));
        let photo = prepare(&file(&DynamicImage::ImageLuma8(grey), ImageFormat::Jpeg)).unwrap();
        assert!(near(shown(photo).get_pixel(30, 20), [90, 90, 90]));
        let clear = RgbaImage::from_pixel(64, 48, Rgba([0, 0, 0, 0]));
        let photo = prepare(&file(&DynamicImage::ImageRgba8(clear), ImageFormat::Png)).unwrap();
        assert!(near(shown(photo).get_pixel(30, 20), [255, 255, 255]));
    }

    #[test]
    fn photographs_stand_upright_and_say_nothing_else() {
        let jpeg = file(&DynamicImage::ImageRgb8(RgbImage::new(64, 48)), ImageFormat::Jpeg);
        let mut exif = b"Exif\0\0MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0".to_vec();
        exif.extend(b"35.6812N 139.7671E");
        let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
        let turned = [&jpeg[..2], &[0xFF, 0xE1], &length, &exif, &jpeg[2..]].concat();
        let photo = prepare(&turned).unwrap();
        assert_eq!((photo.width(), photo.height()), (48, 64));
        assert!(!photo.into_jpeg().windows(8).any(|bytes| bytes == b"139.7671"));
    }

    #[test]
    fn what_is_no_photograph_is_refused() {
        assert_eq!(prepare(b""), Err(ReadError::Empty));
        assert_eq!(prepare(b"%PDF-1.7"), Err(ReadError::UnsupportedFormat { kind: Some("a PDF") }));
        let jpeg = file(&DynamicImage::ImageRgb8(RgbImage::new(64, 48)), ImageFormat::Jpeg);
        assert_eq!(prepare(&jpeg[..jpeg.len() - 8]), Err(ReadError::Truncated));
        let limits = ReadLimits { max_pixels: 100, ..ReadLimits::default() };
        assert_eq!(Photo::prepare(&jpeg, &limits), Err(ReadError::TooManyPixels { width: 64, height: 48 }));
    }
}
