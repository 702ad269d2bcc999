//! The crate as its users see it: print jobs to PDF, pictures to codes, and what strangers may send.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use hokan_labels::qr::{Level, Symbol};
use hokan_labels::{
    LabelCode, LabelHost, LabelText, Media, PayloadContent, PrintError, PrintJob, PrinterOffset, ReadError,
    ReadLimits, Stock, StockError, code_in_payload, label_url, print, read, read_luma,
};
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, GrayImage, ImageFormat, Luma};
use std::io::Cursor;
use std::time::Duration;

fn code(number: u64) -> LabelCode {
    LabelCode::from_entropy((number + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 3)
}

fn host() -> LabelHost {
    "custody.example.lg.jp".parse().unwrap()
}

fn job(stock: &str, labels: u64) -> PrintJob {
    PrintJob {
        stock: Stock::built_in(stock).unwrap(),
        start_position: 1,
        used_positions: Vec::new(),
        offset: PrinterOffset::default(),
        labels: (0..labels)
            .map(|number| LabelText {
                code: code(number),
                control_number: Some(format!("住基-USB-{number:03}")),
                caption: None,
            })
            .collect(),
        host: Some(host()),
        body_name: "長崎県市町村職員共済組合".to_owned(),
        outlines: false,
        title: "ラベル".to_owned(),
        created_unix: 1_790_000_000,
    }
}

mod printing {
    use super::*;

    fn pages(pdf: &[u8]) -> usize {
        lopdf::Document::load_mem(pdf).unwrap().get_pages().len()
    }

    fn text(pdf: &[u8]) -> String {
        let document = lopdf::Document::load_mem(pdf).unwrap();
        let pages: Vec<u32> = document.get_pages().into_keys().collect();
        document.extract_text(&pages).unwrap()
    }

    #[test]
    fn every_stock_takes_labels_with_and_without_host() {
        for stock in Stock::all_built_in() {
            for host in
                [None, Some(host()), Some("hokan.nagasaki-kyosai.example.lg.jp:8443".parse().unwrap())]
            {
                let job = PrintJob { host, ..job(&stock.id, 3) };
                let pdf = print(&job).unwrap_or_else(|error| panic!("{}: {error}", stock.id));
                assert_eq!(pages(&pdf), if matches!(stock.media, Media::Tape(_)) { 3 } else { 1 });
                let text = text(&pdf);
                for label in &job.labels {
                    assert!(text.contains(&label.code.grouped()), "{}: {text}", stock.id);
                }
                assert!(text.contains("住基-USB-001"), "{}: {text}", stock.id);
            }
        }
    }

    #[test]
    fn pages_are_as_large_as_the_stock() {
        let size = |pdf: &[u8]| {
            let document = lopdf::Document::load_mem(pdf).unwrap();
            let page = *document.get_pages().get(&1).unwrap();
            let page = document.get_dictionary(page).unwrap();
            let numbers = page.get(b"MediaBox").unwrap().as_array().unwrap();
            let side = |index: usize| numbers[index].as_float().unwrap() * 25.4 / 72.0;
            (side(2), side(3))
        };
        let (width, height) = size(&print(&job("a4-24", 1)).unwrap());
        assert!((width - 210.0).abs() < 0.01 && (height - 297.0).abs() < 0.01, "{width} {height}");
        let (width, height) = size(&print(&job("tape-18", 1)).unwrap());
        assert!((height - 18.0).abs() < 0.01 && (30.0..80.0).contains(&width), "{width} {height}");
    }

    #[test]
    fn half_used_sheets_are_filled_up_and_then_new_ones_taken() {
        let start = |start_position, used_positions: &[u16], labels| {
            print(&PrintJob {
                start_position,
                used_positions: used_positions.to_vec(),
                ..job("a4-24", labels)
            })
        };
        assert_eq!(pages(&start(1, &[], 24).unwrap()), 1);
        assert_eq!(pages(&start(1, &[], 25).unwrap()), 2);
        assert_eq!(pages(&start(24, &[], 1).unwrap()), 1);
        assert_eq!(pages(&start(24, &[], 2).unwrap()), 2);
        assert_eq!(pages(&start(22, &[23], 2).unwrap()), 1);
        assert_eq!(pages(&start(22, &[23, 24, 24], 2).unwrap()), 2);
        assert_eq!(start(24, &[24], 1), Err(PrintError::NoFreePosition));
        assert_eq!(start(25, &[], 1), Err(PrintError::BadPosition { position: 25, count: 24 }));
        assert_eq!(start(0, &[], 1), Err(PrintError::BadPosition { position: 0, count: 24 }));
        assert_eq!(start(1, &[99], 1), Err(PrintError::BadPosition { position: 99, count: 24 }));
    }

    #[test]
    fn the_same_job_gives_the_same_bytes() {
        let first = print(&job("a4-44", 50)).unwrap();
        assert_eq!(first, print(&job("a4-44", 50)).unwrap());
        let other = PrintJob { created_unix: 1_790_000_001, ..job("a4-44", 50) };
        assert_ne!(first, print(&other).unwrap());
    }

    #[test]
    fn a_sheet_for_calibration_needs_no_labels() {
        for stock in Stock::all_built_in() {
            let empty = PrintJob { labels: Vec::new(), ..job(&stock.id, 0) };
            assert_eq!(print(&empty), Err(PrintError::NoLabels));
            assert_eq!(pages(&print(&PrintJob { outlines: true, ..empty }).unwrap()), 1);
        }
    }

    #[test]
    fn any_text_can_be_printed() {
        let long = "長い".repeat(400);
        for text in ["", "\u{0}\r\n\t", "𠮷田 髙﨑①㈱葛󠄀", "a\u{1F600}b مرحبا", long.as_str()]
        {
            for stock in ["a4-65", "a4-12", "tape-12"] {
                let mut job = job(stock, 2);
                job.body_name = text.to_owned();
                job.title = text.to_owned();
                for label in &mut job.labels {
                    label.control_number = Some(text.to_owned());
                    label.caption = Some(text.to_owned());
                }
                let pdf = print(&job).unwrap();
                assert!(super::printing::text(&pdf).contains(&code(1).grouped()), "{stock} {text}");
            }
        }
    }

    #[test]
    fn impossible_jobs_are_refused_with_a_reason() {
        let long_host = format!("{}example.jp", "custody.".repeat(25)).parse().unwrap();
        let tight = PrintJob { host: Some(long_host), ..job("tape-12", 1) };
        assert_eq!(print(&tight), Err(PrintError::TooSmall));
        for offset in [f32::NAN, 21.0, f32::NEG_INFINITY] {
            let offset = PrinterOffset { dx_mm: offset, dy_mm: 0.0 };
            assert!(matches!(
                print(&PrintJob { offset, ..job("a4-24", 1) }),
                Err(PrintError::BadOffset { .. })
            ));
        }
        let mut wrong = job("a4-24", 1);
        let Media::Sheet(sheet) = &mut wrong.stock.media else { panic!("a sheet") };
        sheet.label_w = 70.0;
        assert_eq!(print(&wrong), Err(PrintError::Stock(StockError::Overlap)));
        let many = job("a4-24", 10_001);
        assert_eq!(print(&many), Err(PrintError::TooManyLabels { found: 10_001 }));
        for error in [PrintError::TooSmall, PrintError::NoLabels, PrintError::Stock(StockError::Overlap)] {
            assert!(!error.code().is_empty() && !error.to_string().is_empty());
        }
    }

    #[test]
    fn tiny_stock_gets_no_symbol_that_phones_cannot_read() {
        let mut job = job("a4-65", 1);
        let Media::Sheet(sheet) = &mut job.stock.media else { panic!("a sheet") };
        (sheet.label_w, sheet.label_h) = (15.0, 8.0);
        assert_eq!(print(&job), Err(PrintError::TooSmall));
        assert_eq!(PrintError::TooSmall.code(), "print-stock-too-small");
    }
}

/// A picture with symbols, each as its text, the left and top edge of its quiet zone, and its modules' size.
fn picture(width: u32, height: u32, symbols: &[(&str, u32, u32, usize)]) -> GrayImage {
    let mut picture = GrayImage::from_pixel(width, height, Luma([230]));
    for &(text, left, top, module) in symbols {
        let (side, luma) = Symbol::encode(text, Level::Q).unwrap().to_luma(module);
        for (index, value) in luma.into_iter().enumerate() {
            let (x, y) = (left + (index % side) as u32, top + (index / side) as u32);
            picture.put_pixel(x, y, Luma([value]));
        }
    }
    picture
}

fn jpeg(picture: &GrayImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 85).encode_image(picture).unwrap();
    bytes
}

fn file(picture: &GrayImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let picture = DynamicImage::ImageLuma8(picture.clone());
    DynamicImage::ImageRgb8(picture.to_rgb8()).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn texts(bytes: &[u8]) -> Vec<String> {
    read(bytes, &ReadLimits::default()).unwrap().codes.into_iter().map(|found| found.text).collect()
}

mod reading {
    use super::*;

    #[test]
    fn symbols_of_every_level_and_size_are_read() {
        for level in [Level::L, Level::M, Level::Q, Level::H] {
            for module in [2, 3, 5, 9, 24] {
                for host in [None, Some(host())] {
                    let url = label_url(host.as_ref(), code(7));
                    let (side, luma) = Symbol::encode(&url, level).unwrap().to_luma(module);
                    let reading = read_luma(side as u32, side as u32, &luma, &ReadLimits::default()).unwrap();
                    assert_eq!(reading.codes.len(), 1, "{level:?} {module}");
                    assert_eq!(reading.codes[0].text, url);
                    assert_eq!(code_in_payload(&reading.codes[0].text), PayloadContent::Ours(code(7)));
                    assert!(reading.complete);
                }
            }
        }
    }

    #[test]
    fn corners_are_where_the_symbol_is() {
        let url = label_url(None, code(3));
        let reading =
            read(&jpeg(&picture(640, 480, &[(&url, 200, 100, 5)])), &ReadLimits::default()).unwrap();
        assert_eq!((reading.width, reading.height), (640, 480));
        let (left, top, side) = (220.0, 120.0, 125.0);
        let expected = [(left, top), (left + side, top), (left + side, top + side), (left, top + side)];
        for (corner, expected) in reading.codes[0].corners.iter().zip(expected) {
            let off = (corner.0 - expected.0).hypot(corner.1 - expected.1);
            assert!(off < 6.0, "{corner:?} should be near {expected:?}");
        }
    }

    #[test]
    fn every_symbol_is_told_once_and_equal_ones_by_their_place() {
        let [a, b] = [code(1), code(2)].map(|code| label_url(None, code));
        let picture = picture(
            1000,
            700,
            &[(&b, 500, 30, 4), (&a, 20, 20, 4), (&a, 700, 550, 3), ("tel:0958221111", 60, 430, 5)],
        );
        assert_eq!(texts(&jpeg(&picture)), [a.clone(), b, "tel:0958221111".to_owned(), a]);
    }

    #[test]
    fn all_formats_are_read() {
        let url = label_url(Some(&host()), code(5));
        let picture = picture(400, 300, &[(&url, 60, 30, 4)]);
        for bytes in [
            jpeg(&picture),
            file(&picture, ImageFormat::Jpeg),
            file(&picture, ImageFormat::Png),
            file(&picture, ImageFormat::WebP),
        ] {
            assert_eq!(texts(&bytes), std::slice::from_ref(&url));
        }
    }

    #[test]
    fn drawings_on_nothing_are_read() {
        let url = label_url(None, code(5));
        let drawing = picture(300, 300, &[(&url, 40, 40, 5)]);
        let clear = image::RgbaImage::from_fn(300, 300, |x, y| {
            let dark = drawing.get_pixel(x, y).0[0] < 128;
            image::Rgba([0, 0, 0, if dark { 255 } else { 0 }])
        });
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::ImageRgba8(clear).write_to(&mut bytes, ImageFormat::Png).unwrap();
        assert_eq!(texts(&bytes.into_inner()), [url]);
    }

    /// An APP1 segment with nothing in it but the orientation, put behind the start of a JPEG.
    fn with_orientation(jpeg: &[u8], orientation: u8) -> Vec<u8> {
        let mut exif = b"Exif\0\0MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
        exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
        let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
        [&jpeg[..2], &[0xFF, 0xE1], &length, &exif, &jpeg[2..]].concat()
    }

    #[test]
    fn pictures_are_turned_upright_first() {
        let url = label_url(None, code(5));
        // Held so that the camera has to be turned a quarter clockwise: stored lying on its side.
        let upright = picture(300, 400, &[(&url, 20, 30, 5)]);
        let stored = image::imageops::rotate270(&upright);
        let reading = read(&with_orientation(&jpeg(&stored), 6), &ReadLimits::default()).unwrap();
        assert_eq!((reading.width, reading.height), (300, 400));
        let (x, y) = reading.codes[0].corners[0];
        assert!((x - 40.0).abs() < 6.0 && (y - 50.0).abs() < 6.0, "{x} {y}");
    }

    #[test]
    fn light_symbols_on_dark_are_read() {
        let url = label_url(None, code(5));
        let mut picture = picture(300, 300, &[(&url, 40, 40, 5)]);
        image::imageops::invert(&mut picture);
        assert_eq!(texts(&jpeg(&picture)), [url]);
    }

    #[test]
    fn a_picture_without_symbols_gives_none() {
        let picture = GrayImage::from_fn(640, 480, |x, y| Luma([((x * 7) ^ (y * 13)) as u8]));
        let reading = read(&jpeg(&picture), &ReadLimits::default()).unwrap();
        assert_eq!(reading.codes, []);
    }
}

mod strangers {
    use super::*;

    fn refused(bytes: &[u8]) -> ReadError {
        read(bytes, &ReadLimits::default()).unwrap_err()
    }

    #[test]
    fn incomplete_files_are_reported_wherever_they_end() {
        let picture = picture(320, 240, &[(&label_url(None, code(1)), 20, 20, 4)]);
        for whole in [jpeg(&picture), file(&picture, ImageFormat::Png), file(&picture, ImageFormat::WebP)] {
            for parts in 1..20 {
                let cut = &whole[..(whole.len() * parts / 20).max(32)];
                assert_eq!(refused(cut), ReadError::Truncated, "{} of {}", cut.len(), whole.len());
            }
        }
    }

    #[test]
    fn damaged_files_do_no_harm() {
        let picture = picture(320, 240, &[(&label_url(None, code(1)), 20, 20, 4)]);
        let mut state = 1_u64;
        for whole in [jpeg(&picture), file(&picture, ImageFormat::Png), file(&picture, ImageFormat::WebP)] {
            for _ in 0..60 {
                let mut bytes = whole.clone();
                for _ in 0..8 {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    let place = (state >> 33) as usize % bytes.len();
                    bytes[place] = (state >> 20) as u8;
                }
                // Whatever comes of it, it comes back.
                let _ = read(&bytes, &ReadLimits::default());
            }
        }
    }

    #[test]
    fn headers_that_claim_too_much_are_refused_by_themselves() {
        let side = 60_000_u32.to_be_bytes();
        let png =
            [&b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR"[..], &side, &side, &[8, 2, 0, 0, 0, 1, 2, 3, 4]].concat();
        assert_eq!(refused(&png), ReadError::TooManyPixels { width: 60_000, height: 60_000 });
        let jpeg = b"\xFF\xD8\xFF\xC0\x00\x11\x08\xEA\x60\xEA\x60\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01";
        assert_eq!(refused(jpeg), ReadError::TooManyPixels { width: 60_000, height: 60_000 });
        // Long and thin, with few pixels in all.
        let side = 20_000_u32.to_be_bytes();
        let thin = [
            &b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR"[..],
            &side,
            &1_u32.to_be_bytes(),
            &[8, 0, 0, 0, 0, 1, 2, 3, 4],
        ]
        .concat();
        assert_eq!(refused(&thin), ReadError::TooManyPixels { width: 20_000, height: 1 });
    }

    #[test]
    fn too_many_passes_are_refused() {
        let start = b"\xFF\xD8\xFF\xC2\x00\x0B\x08\x10\x00\x10\x00\x01\x01\x11\x00";
        let pass = b"\xFF\xDA\x00\x08\x01\x01\x00\x00\x00\x00";
        let mut bytes = start.to_vec();
        bytes.extend(pass.repeat(2000));
        bytes.extend(b"\xFF\xD9");
        assert_eq!(refused(&bytes), ReadError::TooComplex);
    }

    #[test]
    fn other_files_are_told_apart() {
        assert_eq!(refused(b""), ReadError::Empty);
        assert_eq!(refused(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"), ReadError::Heif);
        assert!(matches!(refused(b"GIF89a"), ReadError::UnsupportedFormat { kind: Some(_) }));
        let limits = ReadLimits { max_bytes: 3, ..ReadLimits::default() };
        assert_eq!(read(b"abcd", &limits), Err(ReadError::TooManyBytes { found: 4, limit: 3 }));
        assert_eq!(
            read_luma(3, 3, &[0; 8], &ReadLimits::default()),
            Err(ReadError::WrongPixelCount { width: 3, height: 3, found: 8 })
        );
        assert_eq!(
            read_luma(0, 0, &[], &ReadLimits::default()),
            Err(ReadError::WrongPixelCount { width: 0, height: 0, found: 0 })
        );
        assert_eq!(
            read_luma(u32::MAX, u32::MAX, &[], &ReadLimits::default()),
            Err(ReadError::TooManyPixels { width: u32::MAX, height: u32::MAX })
        );
        for error in [ReadError::Empty, ReadError::Heif, ReadError::Truncated, ReadError::TimeBudget] {
            assert!(error.code().starts_with("photo-") && !error.to_string().is_empty());
        }
    }

    /// Looks at a crafted picture: an answer must come, and no code that is not there.
    fn survives(width: u32, height: u32, value: impl Fn(u32, u32) -> u8) {
        let mut luma = Vec::with_capacity((width * height) as usize);
        for y in 0..height {
            luma.extend((0..width).map(|x| value(x, y)));
        }
        match read_luma(width, height, &luma, &ReadLimits::default()) {
            Ok(reading) => assert_eq!(reading.codes, [], "{width} × {height}"),
            Err(error) => assert_eq!(error, ReadError::TimeBudget, "{width} × {height}"),
        }
    }

    #[test]
    fn pictures_of_nothing_but_finder_patterns_are_survived() {
        const FINDER: [u8; 7] = [0x7F, 0x41, 0x5D, 0x5D, 0x5D, 0x41, 0x7F];
        for (side, module, pitch) in [(800, 1, 8), (800, 1, 9), (1600, 1, 8), (1600, 3, 20), (2600, 4, 24)] {
            survives(side, side, |x, y| {
                let (x, y) = (x / module % pitch, y / module % pitch);
                let dark = x < 7 && FINDER.get(y as usize).is_some_and(|row| row >> x & 1 == 1);
                if dark { 0 } else { 255 }
            });
        }
    }

    #[test]
    fn noise_is_survived() {
        let noise = |x: u32, y: u32| {
            let mut mixed = (u64::from(x) << 32 | u64::from(y)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            mixed ^= mixed >> 29;
            (mixed.wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 40) as u8
        };
        survives(4000, 4000, noise);
        survives(2000, 2000, |x, y| if noise(x / 5, y / 5) < 128 { 0 } else { 255 });
        survives(1000, 1000, |x, y| if noise(x, y) < 128 { 0 } else { 255 });
    }

    #[test]
    fn odd_shapes_are_survived() {
        for (width, height) in
            [(1, 1), (1, 12_000), (12_000, 1), (12_000, 3), (2, 2), (7, 7), (33, 33), (40, 12_000)]
        {
            survives(width, height, |x, y| (x * 37 + y * 91) as u8);
            survives(width, height, |_, _| 0);
            survives(width, height, |_, _| 255);
        }
    }

    #[test]
    fn a_budget_of_no_time_is_kept() {
        let limits = ReadLimits { time_budget: Duration::ZERO, ..ReadLimits::default() };
        let picture = picture(640, 480, &[(&label_url(None, code(1)), 20, 20, 4)]);
        assert_eq!(read(&jpeg(&picture), &limits), Err(ReadError::TimeBudget));
    }
}
