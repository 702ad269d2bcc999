//! The film that a test's camera shows.
//!
//! Chromium can take its camera's picture from a file of JPEG pictures laid end to end (MJPEG),
//! which it plays at 30 a second and from the start again. So a page that reads labels can be
//! tested with the very photographs that a label reader must read.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageFormat, ImageReader};

/// Writes pictures as JPEG frames of a film.
///
/// # Panics
///
/// When there is no picture, when they differ in size (Chromium takes the size of the first for
/// all, and shows torn pictures), or when the file cannot be written.
pub fn write_film(path: &Path, pictures: &[DynamicImage]) {
    let frames = pictures.iter().map(|picture| {
        let mut jpeg = Vec::new();
        JpegEncoder::new_with_quality(&mut jpeg, 90)
            .encode_image(&picture.to_rgb8())
            .expect("a picture in memory encodes as JPEG");
        jpeg
    });
    write_mjpeg(path, &frames.collect::<Vec<_>>());
}

/// Writes frames that are JPEG files already, as they are: artefacts of the camera stay in.
///
/// # Panics
///
/// As [`write_film`], and when a frame is not a JPEG file.
pub fn write_mjpeg(path: &Path, frames: &[Vec<u8>]) {
    let size = |frame: &[u8]| {
        ImageReader::with_format(Cursor::new(frame), ImageFormat::Jpeg)
            .into_dimensions()
            .expect("each frame of a film is a JPEG file")
    };
    let first = size(frames.first().expect("a film has at least one frame"));
    assert_eq!((first.0 % 2, first.1 % 2), (0, 0), "Chromium's camera wants even measures");
    for frame in frames {
        assert_eq!(size(frame), first, "the frames of a film have one size");
    }
    fs::write(path, frames.concat()).expect("the film is written");
}
