//! From the print job to the code in hand: labels are printed, rendered, photographed and read.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use hokan_labels::qr::{Level, QUIET_MODULES, Symbol};
use hokan_labels::{
    LabelCode, LabelText, Media, PayloadContent, PrintJob, PrinterOffset, ReadLimits, Stock, code_in_payload,
    label_url, print, read,
};
use hokan_tests::photo::{Shot, render_pdf};
use image::GrayImage;
use std::time::Duration;

const MM_PER_INCH: f32 = 25.4;

fn job(stock: &str, labels: u64) -> PrintJob {
    PrintJob {
        stock: Stock::built_in(stock).unwrap(),
        start_position: 1,
        used_positions: Vec::new(),
        offset: PrinterOffset::default(),
        labels: (0..labels)
            .map(|number| LabelText {
                code: LabelCode::from_entropy((number + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 3),
                control_number: Some(match number % 3 {
                    0 => format!("住基-USB-{number:03}"),
                    1 => format!("髙﨑①㈱葛-{number:04}"),
                    _ => format!("𠮷田商店 外付けハードディスク第{number}号機"),
                }),
                caption: (number % 4 == 0).then(|| "保管庫 A-2".to_owned()),
            })
            .collect(),
        host: Some("custody.example.lg.jp".parse().unwrap()),
        body_name: "長崎県市町村職員共済組合".to_owned(),
        outlines: false,
        title: "ラベル".to_owned(),
        created_unix: 1_790_000_000,
    }
}

/// Time enough for a machine that does other things besides; it is the reading that is tested here.
fn limits() -> ReadLimits {
    ReadLimits { time_budget: Duration::from_secs(60), ..ReadLimits::default() }
}

/// The codes of our labels in a photograph.
fn codes_in(photo: &[u8]) -> Vec<LabelCode> {
    let reading = read(photo, &limits()).unwrap();
    let mut codes: Vec<LabelCode> = reading
        .codes
        .iter()
        .map(|found| match code_in_payload(&found.text) {
            PayloadContent::Ours(code) => code,
            other => panic!("{other:?}: {}", found.text),
        })
        .collect();
    codes.sort();
    codes
}

fn codes_of(job: &PrintJob) -> Vec<LabelCode> {
    let mut codes: Vec<LabelCode> = job.labels.iter().map(|label| label.code).collect();
    codes.sort();
    codes
}

#[test]
fn a_whole_sheet_is_read_from_one_photograph() {
    for (stock, labels, shot) in [
        (
            "a4-24",
            24,
            Shot {
                turn: 4.0,
                tilt: 15.0,
                sway: -8.0,
                blur: 0.7,
                noise: 4.0,
                shade: 0.4,
                quality: 60,
                ..Shot::default()
            },
        ),
        (
            "a4-44",
            44,
            Shot {
                width: 2400,
                height: 1800,
                turn: 93.0,
                tilt: -10.0,
                blur: 0.8,
                noise: 4.0,
                shadow: 0.6,
                quality: 60,
                ..Shot::default()
            },
        ),
        (
            "a4-65",
            65,
            Shot {
                width: 2400,
                height: 1800,
                turn: 181.0,
                blur: 0.7,
                noise: 3.0,
                shade: 0.3,
                quality: 70,
                ..Shot::default()
            },
        ),
    ] {
        let job = job(stock, labels);
        let pages = render_pdf(&print(&job).unwrap(), 250).unwrap();
        assert_eq!(pages.len(), 1);
        assert_eq!(codes_in(&shot.jpeg(&pages[0]).unwrap()), codes_of(&job), "{stock}");
    }
}

#[test]
fn labels_are_found_where_they_are() {
    let job = job("a4-18", 18);
    let dpi = 200;
    let page = render_pdf(&print(&job).unwrap(), dpi).unwrap().remove(0);
    let shot =
        Shot { turn: -12.0, tilt: 20.0, sway: 10.0, blur: 0.6, noise: 3.0, quality: 70, ..Shot::default() };
    let projection = shot.projection(page.width(), page.height());
    let reading = read(&shot.jpeg(&page).unwrap(), &limits()).unwrap();
    assert_eq!((reading.width, reading.height, reading.codes.len()), (shot.width, shot.height, 18));
    let Media::Sheet(sheet) = &job.stock.media else { panic!("a sheet") };
    for (position, label) in (1..).zip(&job.labels) {
        let url = label_url(job.host.as_ref(), label.code);
        let found = reading.codes.iter().find(|found| found.text == url).unwrap();
        let area = sheet.area(position).unwrap();
        // All four corners lie on the left half of their label.
        let corner = |x: f32, y: f32| {
            let scale = dpi as f32 / MM_PER_INCH;
            projection.place(x * scale, y * scale)
        };
        let half = [
            corner(area.x, area.y),
            corner(area.x + area.w / 2.0, area.y),
            corner(area.x + area.w / 2.0, area.y + area.h),
            corner(area.x, area.y + area.h),
        ];
        for point in found.corners {
            for side in 0..4 {
                let (a, b) = (half[side], half[(side + 1) % 4]);
                let inside = (b.0 - a.0) * (point.1 - a.1) - (b.1 - a.1) * (point.0 - a.0) > 0.0;
                assert!(inside, "position {position}: {point:?} is outside of {half:?}");
            }
        }
    }
}

#[test]
fn labels_on_tape_are_read_as_phones_see_them() {
    for (stock, turn) in [("tape-12", 10.0), ("tape-18", 100.0), ("tape-24", -35.0)] {
        let job = job(stock, 3);
        // As coarse as the head of the printer: what is not whole dots is lost.
        let pages = render_pdf(&print(&job).unwrap(), 180).unwrap();
        assert_eq!(pages.len(), 3);
        let shot = Shot {
            width: 1600,
            height: 1200,
            fill: 0.95,
            turn,
            tilt: 20.0,
            blur: 1.0,
            shake: 2.0,
            noise: 5.0,
            shade: 0.4,
            shadow: 0.6,
            quality: 60,
            ..Shot::default()
        };
        assert_eq!(codes_in(&shot.jpeg(&pages[1]).unwrap()), [job.labels[1].code], "{stock}");
    }
}

#[test]
fn a_sheet_begun_elsewhere_carries_the_labels_on_the_free_positions() {
    let mut job = job("a4-24", 4);
    job.start_position = 11;
    job.used_positions = vec![12, 14];
    let page = render_pdf(&print(&job).unwrap(), 200).unwrap().remove(0);
    let Media::Sheet(sheet) = &job.stock.media else { panic!("a sheet") };
    let dark = |position: u16| dark_pixels(&page, 200, sheet.area(position).unwrap(), 0.0) > 0;
    let used: Vec<u16> = (1..=24).filter(|&position| dark(position)).collect();
    assert_eq!(used, [11, 13, 15, 16]);
    let shot = Shot { noise: 2.0, blur: 0.5, ..Shot::default() };
    assert_eq!(codes_in(&shot.jpeg(&page).unwrap()), codes_of(&job));
}

#[test]
fn the_offset_of_a_printer_moves_everything() {
    let page = |offset| {
        let job = PrintJob { offset, ..job("a4-24", 24) };
        render_pdf(&print(&job).unwrap(), 150).unwrap().remove(0)
    };
    let edges = |page: &GrayImage| {
        let dark = |x, y| page.get_pixel(x, y).0[0] < 128;
        let left = (0..page.width()).find(|&x| (0..page.height()).any(|y| dark(x, y))).unwrap();
        let top = (0..page.height()).find(|&y| (0..page.width()).any(|x| dark(x, y))).unwrap();
        (left as f32 / 150.0 * MM_PER_INCH, top as f32 / 150.0 * MM_PER_INCH)
    };
    let plain = edges(&page(PrinterOffset::default()));
    let moved = edges(&page(PrinterOffset { dx_mm: 2.0, dy_mm: -1.5 }));
    assert!((moved.0 - plain.0 - 2.0).abs() < 0.3, "{plain:?} {moved:?}");
    assert!((moved.1 - plain.1 + 1.5).abs() < 0.3, "{plain:?} {moved:?}");
}

/// Dark pixels on a page in an area of it, without the pixels nearer to its edge than `rim_mm`.
fn dark_pixels(page: &GrayImage, dpi: u32, area: hokan_labels::stock::LabelArea, rim_mm: f32) -> usize {
    let pixel = |mm: f32| (mm / MM_PER_INCH * dpi as f32).max(0.0).round() as u32;
    let columns = pixel(area.x + rim_mm)..pixel(area.x + area.w - rim_mm).min(page.width());
    let rows = pixel(area.y + rim_mm)..pixel(area.y + area.h - rim_mm).min(page.height());
    rows.flat_map(|y| columns.clone().map(move |x| (x, y)))
        .filter(|&(x, y)| page.get_pixel(x, y).0[0] < 160)
        .count()
}

#[test]
fn no_text_leaves_its_label_however_long_it_is() {
    let texts = [
        "長崎県市町村職員共済組合連合会業務管理システム運用保守担当部署（離島地区）".to_owned(),
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ-0123456789-ABCDEFGHIJKLMNOPQRSTUVWXYZ".to_owned(),
        "𠮷𠮷𠮷、、、）））ーーー".repeat(10),
    ];
    let dpi = 200;
    for stock in ["a4-12", "a4-18", "a4-24", "a4-44", "a4-65"] {
        let mut job = job(stock, 9);
        for (index, label) in job.labels.iter_mut().enumerate() {
            label.control_number = Some(texts[index % 3].clone());
            label.caption = (index >= 3).then(|| texts[(index + 1) % 3].clone());
        }
        for body_name in &texts {
            job.body_name.clone_from(body_name);
            let page = render_pdf(&print(&job).unwrap(), dpi).unwrap().remove(0);
            let Media::Sheet(sheet) = &job.stock.media else { panic!("a sheet") };
            for position in 1..=sheet.count() {
                let area = sheet.area(position).unwrap();
                let (all, inner) = (dark_pixels(&page, dpi, area, 0.0), dark_pixels(&page, dpi, area, 1.2));
                assert_eq!(
                    all, inner,
                    "{stock}, position {position}: something lies within 1.2 mm of the edge"
                );
                assert_eq!(inner > 0, position <= 9);
            }
        }
    }
}

#[test]
fn symbols_have_no_gaps_between_modules_and_a_free_rim() {
    let job = job("a4-24", 1);
    let symbol = Symbol::encode(&label_url(job.host.as_ref(), job.labels[0].code), Level::Q).unwrap();
    let pdf = print(&job).unwrap();
    let Media::Sheet(sheet) = &job.stock.media else { panic!("a sheet") };
    let area = sheet.area(1).unwrap();
    for dpi in [150, 200, 300, 600] {
        let page = render_pdf(&pdf, dpi).unwrap().remove(0);
        let at = |x: f32, y: f32| page.get_pixel(x as u32, y as u32).0[0];
        let pixel = |mm: f32| mm / MM_PER_INCH * dpi as f32;
        // The left, top and bottom edges of the symbol, as its finder patterns show them.
        let x = pixel(area.x)..pixel(area.x + 6.0);
        let y = pixel(area.y)..pixel(area.y + area.h);
        let dark: Vec<(u32, u32)> = (y.start as u32..y.end as u32)
            .flat_map(|row| (x.start as u32..x.end as u32).map(move |column| (column, row)))
            .filter(|&(column, row)| page.get_pixel(column, row).0[0] < 128)
            .collect();
        let left = dark.iter().map(|point| point.0).min().unwrap() as f32;
        let top = dark.iter().map(|point| point.1).min().unwrap() as f32;
        let bottom = (dark.iter().map(|point| point.1).max().unwrap() + 1) as f32;
        let module = (bottom - top) / symbol.size() as f32;
        let module_mm = module / dpi as f32 * MM_PER_INCH;
        assert!((0.5..0.8).contains(&module_mm), "{module_mm} mm at {dpi} dpi");
        for row in 0..symbol.size() {
            for column in 0..symbol.size() {
                let middle = |index: usize| (index as f32 + 0.5) * module;
                let value = at(left + middle(column), top + middle(row));
                assert_eq!(value < 128, symbol.is_dark(column, row), "{column} {row} at {dpi} dpi");
                if !symbol.is_dark(column, row) {
                    continue;
                }
                // From the middle of a dark module to that of its dark neighbour, all is black.
                for (next, (dx, dy)) in [((column + 1, row), (1.0, 0.0)), ((column, row + 1), (0.0, 1.0))] {
                    if symbol.is_dark(next.0, next.1) {
                        for step in 0..=(module as u32) {
                            let (x, y) = (middle(column) + dx * step as f32, middle(row) + dy * step as f32);
                            assert!(at(left + x, top + y) < 40, "a gap at {column} {row} at {dpi} dpi");
                        }
                    }
                }
            }
        }
        let quiet = QUIET_MODULES as f32 * module;
        let side = bottom - top;
        let light = |from: (f32, f32), to: (f32, f32)| {
            (from.1 as u32..to.1 as u32)
                .all(|y| (from.0 as u32..to.0 as u32).all(|x| at(x as f32, y as f32) > 200))
        };
        assert!(left - quiet >= pixel(area.x) - 1.0, "the quiet zone lies on the label");
        assert!(light((left - quiet + 2.0, top - quiet), (left - 2.0, bottom + quiet)));
        assert!(light((left - quiet + 2.0, top - quiet), (left + side + quiet, top - 2.0)));
        assert!(light((left - quiet + 2.0, bottom + 2.0), (left + side + quiet, bottom + quiet)));
        assert!(light((left + side + 2.0, top), (left + side + quiet - 2.0, bottom)));
    }
}

#[test]
fn text_can_be_searched_and_copied() {
    let mut child = std::process::Command::new("pdftotext")
        .args(["-", "-"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("pdftotext must be installed (package poppler-utils)");
    let job = job("a4-12", 12);
    let pdf = print(&job).unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), &pdf).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    for part in ["長崎県市町村職員共済組合", "髙﨑①㈱葛-0001", "𠮷田商店", "保管庫 A-2"]
    {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    for label in &job.labels {
        assert!(text.contains(&label.code.grouped()));
    }
}
