//! Printing labels on sheets and tapes, as PDF.
//!
//! A label shows, from left to right, the QR symbol and beside it the name of the body, the control number
//! and the code in letters. Nothing on it tells a finder what is stored on the medium, unless the caller
//! gives a caption.
//!
//! # Size of the symbol
//! Phones need modules of 0.25 mm at least and 0.33 mm ordinarily; the distance from which a symbol can be
//! read is about ten times its side, and four modules around it must stay empty (DENSO WAVE's advice and
//! ISO/IEC 18004, 9.1). Modules are 0.5 mm wherever the label has room for that, larger on large labels and
//! smaller on small ones. On sheets a module is a whole number of 1/300 inch, on tapes a whole number of dots
//! of the print head, so that all modules of a symbol come out alike; on sheets the corner of the symbol lies
//! on such a point, too. Level Q is taken where it fits with modules of 0.25 mm; where it does not, M and
//! then L are tried, as larger modules are worth more than more correction.

use crate::code::LabelCode;
use crate::font::{Fonts, Weight};
use crate::payload::{LabelHost, label_url};
use crate::pdf::{Document, DocumentInfo, POINTS_PER_MM, Page, PdfError};
use crate::qr::{Level, QUIET_MODULES, Symbol};
use crate::stock::{LabelArea, Media, Stock, StockError};
use crate::text::{Line, clean, fit, width, wrap};

/// How far a printer feeds off, in millimetres: what must be added to every position so that it comes out
/// where it should. Up to 20 mm either way.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PrinterOffset {
    /// To the right.
    pub dx_mm: f32,
    /// Downwards.
    pub dy_mm: f32,
}

/// What one label says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelText {
    /// The code, as QR symbol and in letters.
    pub code: LabelCode,
    /// The body's own number for the item (管理番号), printed largest. None on blank labels.
    pub control_number: Option<String>,
    /// One more line. Whoever finds the item reads it, so it should not say what is stored there.
    pub caption: Option<String>,
}

/// Labels to be printed on one kind of stock.
#[derive(Clone, Debug, PartialEq)]
pub struct PrintJob {
    /// The stock in the printer.
    pub stock: Stock,
    /// On a sheet, the position of the first label, counted from 1 along the rows; those before it are
    /// left out on the first page. Ignored on tapes.
    pub start_position: u16,
    /// Further positions on the first page that are no longer there, in any order.
    pub used_positions: Vec<u16>,
    /// The printer's offset.
    pub offset: PrinterOffset,
    /// The labels, in the order in which they are to come out.
    pub labels: Vec<LabelText>,
    /// The host that the symbols point to; none for `HOKAN:` payloads.
    pub host: Option<LabelHost>,
    /// The body whose labels these are, printed on each (長崎県市町村職員共済組合).
    pub body_name: String,
    /// Draw the edges and the number of every position, to see whether the stock lies right in the printer.
    /// With this, a job without labels is a page for calibration.
    pub outlines: bool,
    /// Title of the document.
    pub title: String,
    /// When the job was made, in seconds since 1970-01-01 00:00 UTC; stands in the file.
    pub created_unix: i64,
}

/// Why labels cannot be printed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PrintError {
    /// The measures of the stock are not possible.
    #[error(transparent)]
    Stock(#[from] StockError),
    /// Nothing to print.
    #[error("there are no labels to print")]
    NoLabels,
    /// More labels than one job may have.
    #[error("{found} labels are too many for one print job; at most {} are allowed", MAX_LABELS)]
    TooManyLabels {
        /// How many there were.
        found: usize,
    },
    /// A position that the sheet does not have.
    #[error("position {position} does not exist on this sheet; it has positions 1 to {count}")]
    BadPosition {
        /// The position asked for.
        position: u16,
        /// How many the sheet has.
        count: u16,
    },
    /// Every position of the first sheet is used.
    #[error("no free label is left on the sheet")]
    NoFreePosition,
    /// An offset that is not a number or beyond 20 mm.
    #[error("the printer offset of {dx_mm} mm and {dy_mm} mm is not possible; at most 20 mm are allowed")]
    BadOffset {
        /// To the right.
        dx_mm: f32,
        /// Downwards.
        dy_mm: f32,
    },
    /// The symbol does not fit with modules of 0.25 mm and room for the code beside it.
    #[error(
        "the QR symbol and its code do not fit on labels of this stock; take larger labels or a shorter host name"
    )]
    TooSmall,
    /// The PDF could not be written.
    #[error(transparent)]
    Pdf(#[from] PdfError),
}

impl PrintError {
    /// A stable word for the kind of error, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Stock(error) => error.code(),
            Self::NoLabels => "print-no-labels",
            Self::TooManyLabels { .. } => "print-too-many-labels",
            Self::BadPosition { .. } => "print-position",
            Self::NoFreePosition => "print-no-free-position",
            Self::BadOffset { .. } => "print-offset",
            Self::TooSmall => "print-stock-too-small",
            Self::Pdf(_) => "print-pdf",
        }
    }
}

/// The most labels that one job may have.
pub const MAX_LABELS: usize = 10_000;

/// A module is never smaller than this, in millimetres.
pub const MIN_MODULE_MM: f32 = 0.25;

/// The grid on which sheets are drawn: 1/300 inch in millimetres, the coarsest dots of office printers.
pub(crate) const SHEET_DOT_MM: f32 = 25.4 / 300.0;
/// Modules on sheets that have room: six such dots, 0.508 mm.
const USUAL_DOTS: u16 = 6;
/// Modules never grow beyond nine dots, 0.762 mm: such a symbol is read from 20 cm.
const MAX_DOTS: u16 = 9;
/// Labels are cut and fed with about this play, so nothing is printed nearer to their edge.
const EDGE_MM: f32 = 1.5;
/// The smallest letters, in points: codes and names in them are still read without a glass.
const LEAST_SIZE: f32 = 4.5;
/// The longest text beside a symbol on tape, in millimetres.
const TAPE_TEXT_MM: f32 = 60.0;
/// Width of a code in em: fourteen letters of half an em.
const CODE_EM: f32 = 7.0;

/// Where things stand on a label of one job, in millimetres from the corner of the label.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Layout {
    module: f32,
    symbol_x: f32,
    symbol_y: f32,
    symbol_side: f32,
    text_x: f32,
    text_w: f32,
    text_h: f32,
    label_w: f32,
    label_h: f32,
}

/// Prints labels: a PDF with a page for each sheet, or for each label on tape.
///
/// The same job gives the same bytes. Text that is too long is set smaller, then broken into two lines, then
/// cut with an ellipsis; it never leaves its label.
///
/// # Errors
/// [`PrintError`] if the job cannot be printed as it is.
pub fn print(job: &PrintJob) -> Result<Vec<u8>, PrintError> {
    job.stock.validate()?;
    if job.labels.is_empty() && !job.outlines {
        return Err(PrintError::NoLabels);
    }
    if job.labels.len() > MAX_LABELS {
        return Err(PrintError::TooManyLabels { found: job.labels.len() });
    }
    let PrinterOffset { dx_mm, dy_mm } = job.offset;
    if ![dx_mm, dy_mm].iter().all(|offset| (-20.0..=20.0).contains(offset)) {
        return Err(PrintError::BadOffset { dx_mm, dy_mm });
    }
    let info = DocumentInfo {
        title: clean(&job.title),
        author: clean(&job.body_name),
        created_unix: job.created_unix,
    };
    let mut document = Document::new(info).map_err(PdfError::from)?;
    match &job.stock.media {
        Media::Sheet(sheet) => {
            let blank = || LabelArea { x: 0.0, y: 0.0, w: sheet.label_w, h: sheet.label_h };
            let (level, layout) = sheet_layout(&blank(), job)?;
            let mut labels = job.labels.iter().peekable();
            let mut free = free_positions(job, sheet.count())?;
            while labels.peek().is_some() || document.is_empty() {
                let mut page = document.page(sheet.page_w, sheet.page_h);
                for position in 1..=sheet.count() {
                    let Some(area) = sheet.area(position) else { continue };
                    let area = LabelArea { x: area.x + dx_mm, y: area.y + dy_mm, ..area };
                    let label = if free.contains(&position) { labels.next() } else { None };
                    if let Some(label) = label {
                        draw_label(&mut page, document.fonts(), job, label, level, &layout, &area)?;
                    }
                    if job.outlines {
                        let number = label.is_none().then_some(position);
                        draw_outline(&mut page, document.fonts(), &area, number);
                    }
                }
                document.push(page);
                free = (1..=sheet.count()).collect();
            }
        }
        Media::Tape(tape) => {
            let (level, layout) = tape_layout(tape, job)?;
            for label in &job.labels {
                let layout = fitted_to_text(document.fonts(), job, label, layout);
                let mut page = document.page(layout.label_w, layout.label_h);
                let area = LabelArea { x: dx_mm, y: dy_mm, w: layout.label_w, h: layout.label_h };
                draw_label(&mut page, document.fonts(), job, label, level, &layout, &area)?;
                if job.outlines {
                    draw_outline(&mut page, document.fonts(), &area, None);
                }
                document.push(page);
            }
            if document.is_empty() {
                let mut page = document.page(layout.label_w, layout.label_h);
                let area = LabelArea { x: dx_mm, y: dy_mm, w: layout.label_w, h: layout.label_h };
                draw_outline(&mut page, document.fonts(), &area, Some(1));
                document.push(page);
            }
        }
    }
    Ok(document.finish()?)
}

/// The positions of the first page that labels may go to.
fn free_positions(job: &PrintJob, count: u16) -> Result<Vec<u16>, PrintError> {
    let wanted = job.used_positions.iter().chain(std::iter::once(&job.start_position));
    if let Some(&position) = wanted.clone().find(|&&position| position == 0 || position > count) {
        return Err(PrintError::BadPosition { position, count });
    }
    let free: Vec<u16> =
        (job.start_position..=count).filter(|position| !job.used_positions.contains(position)).collect();
    if free.is_empty() {
        return Err(PrintError::NoFreePosition);
    }
    Ok(free)
}

/// The symbol at each level, best correction first. All payloads of a job have the same length, so all
/// symbols have the same size; a code of zeros stands for them.
fn levels(job: &PrintJob) -> impl Iterator<Item = (Level, usize)> + use<> {
    let text = label_url(job.host.as_ref(), LabelCode::from_entropy(0));
    [Level::Q, Level::M, Level::L]
        .into_iter()
        .filter_map(move |level| Symbol::encode(&text, level).ok().map(|symbol| (level, symbol.size())))
}

fn sheet_layout(area: &LabelArea, job: &PrintJob) -> Result<(Level, Layout), PrintError> {
    let quiet = QUIET_MODULES as f32;
    let least_dots = (MIN_MODULE_MM / SHEET_DOT_MM).ceil() as u16;
    for (level, modules) in levels(job) {
        for dots in (least_dots..=MAX_DOTS).rev() {
            let module = f32::from(dots) * SHEET_DOT_MM;
            let side = modules as f32 * module;
            let margin = (quiet * module).max(EDGE_MM);
            // The quiet zone lies on the label: what is beyond its edge may be another label.
            let text_x = margin + side + (quiet * module).max(2.0);
            let text_w = area.w - text_x - EDGE_MM;
            let fits = side + 2.0 * quiet * module <= area.h + 0.01;
            // Symbols grow on large labels, but leave most of the label to the text.
            let stately = dots <= USUAL_DOTS || (side <= 0.55 * area.h && side <= 0.36 * area.w);
            // On narrow labels the symbol gives way to a code in letters that can be read.
            let code_size = if dots > least_dots { 6.0 } else { LEAST_SIZE };
            if fits && stately && text_w * POINTS_PER_MM >= CODE_EM * code_size {
                let layout = Layout {
                    module,
                    symbol_x: margin,
                    symbol_y: (area.h - side) / 2.0,
                    symbol_side: side,
                    text_x,
                    text_w,
                    text_h: area.h - 2.0 * EDGE_MM,
                    label_w: area.w,
                    label_h: area.h,
                };
                return Ok((level, layout));
            }
        }
    }
    Err(PrintError::TooSmall)
}

/// The layout on a tape with the longest text; [`fitted_to_text`] makes it as short as the text allows.
fn tape_layout(tape: &crate::stock::TapeGeometry, job: &PrintJob) -> Result<(Level, Layout), PrintError> {
    let quiet = QUIET_MODULES as f32;
    let dot = 25.4 / f32::from(tape.dpi);
    // A head with more dots makes the same sizes: take as many as come nearest to the usual module.
    let most_dots = (0.6 / dot).floor().max(1.0) as u16;
    let least_dots = (MIN_MODULE_MM / dot).ceil().max(1.0) as u16;
    for (level, modules) in levels(job) {
        for dots in (least_dots..=most_dots).rev() {
            let module = f32::from(dots) * dot;
            let side = modules as f32 * module;
            // Above and below, the unprinted edge of the tape counts as quiet zone.
            if side <= tape.printable_mm && side + 2.0 * quiet * module <= tape.width_mm {
                let margin = (quiet * module).max(EDGE_MM);
                let text_x = margin + side + (quiet * module).max(1.5);
                let layout = Layout {
                    module,
                    symbol_x: margin,
                    symbol_y: (tape.width_mm - side) / 2.0,
                    symbol_side: side,
                    text_x,
                    text_w: TAPE_TEXT_MM,
                    text_h: tape.printable_mm,
                    label_w: text_x + TAPE_TEXT_MM + EDGE_MM,
                    label_h: tape.width_mm,
                };
                return Ok((level, layout));
            }
        }
    }
    Err(PrintError::TooSmall)
}

/// Shortens a label on tape to what its text needs.
fn fitted_to_text(fonts: &Fonts, job: &PrintJob, label: &LabelText, layout: Layout) -> Layout {
    let sizes = Sizes::for_height(layout.text_h);
    let widths = [
        width(fonts, Weight::Regular, sizes.body, &clean(&job.body_name)),
        width(fonts, Weight::Bold, sizes.control, &clean(label.control_number.as_deref().unwrap_or(""))),
        width(fonts, Weight::Regular, sizes.caption, &clean(label.caption.as_deref().unwrap_or(""))),
        CODE_EM * sizes.code,
    ];
    let widest = widths.into_iter().fold(0.0, f32::max) / POINTS_PER_MM;
    // A little more than exact, so that fitting does not find it too narrow by a rounding error.
    let text_w = (widest + 0.1).min(layout.text_w);
    Layout { text_w, label_w: layout.text_x + text_w + EDGE_MM, ..layout }
}

/// Sizes of letters in points that suit a label.
#[derive(Clone, Copy)]
struct Sizes {
    body: f32,
    control: f32,
    caption: f32,
    code: f32,
}

impl Sizes {
    /// For a text block of this height in millimetres.
    fn for_height(height_mm: f32) -> Self {
        let scale = (height_mm / 18.2).sqrt().clamp(0.72, 1.5);
        Self { body: 6.5 * scale, control: 9.5 * scale, caption: 6.0 * scale, code: 7.5 * scale }
    }

    fn scaled(self, factor: f32) -> Self {
        let scale = |size: f32| (size * factor).max(LEAST_SIZE);
        Self {
            body: scale(self.body),
            control: scale(self.control),
            caption: scale(self.caption),
            code: scale(self.code),
        }
    }
}

/// How far the ink of a line reaches above its baseline, and how far apart lines stand, in em.
const ASCENT_EM: f32 = 0.84;
const LEADING_EM: f32 = 1.12;
/// Between the body's name, the control number, the caption and the code.
const GROUP_GAP_EM: f32 = 0.22;

/// One line, or two if one would be too small; never more than the width.
fn lines_of(
    fonts: &Fonts,
    weight: Weight,
    size: f32,
    max_width: f32,
    max_lines: usize,
    text: &str,
) -> Vec<Line> {
    let single = fit(fonts, weight, size, (size * 0.72).max(LEAST_SIZE), max_width, text);
    if single.text.is_empty() || max_lines < 2 || !single.text.ends_with('…') {
        return if single.text.is_empty() { Vec::new() } else { vec![single] };
    }
    // Two lines as large as they can be without losing a character; if they lose one even at the smallest,
    // they are cut there.
    let steps = (0_u8..=4).map(|step| (size * (0.88 - 0.08 * f32::from(step))).max(LEAST_SIZE));
    let mut best = Vec::new();
    for size in steps {
        best = wrap(fonts, weight, size, max_width, max_lines, text)
            .into_iter()
            .map(|text| Line { width: width(fonts, weight, size, &text), text, size })
            .collect::<Vec<_>>();
        if best.last().is_none_or(|line| !line.text.ends_with('…')) {
            break;
        }
    }
    best
}

/// A line as it is set.
struct Set {
    weight: Weight,
    line: Line,
    /// Empty space above it, in points.
    gap: f32,
}

impl Set {
    fn height(&self) -> f32 {
        self.gap + self.line.size * LEADING_EM
    }
}

/// The text beside a symbol: lines above, the code at the foot.
struct Block {
    above: Vec<Set>,
    code: Line,
    height: f32,
}

fn block_of(fonts: &Fonts, job: &PrintJob, label: &LabelText, layout: &Layout) -> Block {
    let max_width = layout.text_w * POINTS_PER_MM;
    let max_height = layout.text_h * POINTS_PER_MM;
    let full = Sizes::for_height(layout.text_h);
    let mut block = None;
    // Less and less until it fits: smaller letters first, then single lines, then no caption.
    for (factor, body_lines, control_lines, caption_lines) in
        [(1.0, 2, 2, 2), (0.9, 2, 2, 2), (0.9, 2, 2, 1), (0.85, 1, 2, 1), (0.8, 1, 1, 1), (0.72, 1, 1, 0)]
    {
        let sizes = full.scaled(factor);
        let mut above: Vec<Set> = Vec::new();
        for (weight, size, lines, text) in [
            (Weight::Regular, sizes.body, body_lines, Some(job.body_name.as_str())),
            (Weight::Bold, sizes.control, control_lines, label.control_number.as_deref()),
            (Weight::Regular, sizes.caption, caption_lines, label.caption.as_deref()),
        ] {
            let Some(text) = text.filter(|_| lines > 0) else { continue };
            for (number, line) in
                lines_of(fonts, weight, size, max_width, lines, text).into_iter().enumerate()
            {
                // A little more space between different things than between the lines of one.
                let gap = if number == 0 && !above.is_empty() { line.size * GROUP_GAP_EM } else { 0.0 };
                above.push(Set { weight, line, gap });
            }
        }
        let code =
            fit(fonts, Weight::Bold, sizes.code, LEAST_SIZE.min(3.0), max_width, &label.code.grouped());
        let height = above.iter().map(Set::height).sum::<f32>() + code.size * (ASCENT_EM + GROUP_GAP_EM);
        let found = block.insert(Block { above, code, height });
        if found.height <= max_height {
            break;
        }
    }
    let mut block = block.unwrap_or_else(|| Block {
        above: Vec::new(),
        code: Line { text: String::new(), size: LEAST_SIZE, width: 0.0 },
        height: 0.0,
    });
    // On a label too low even for that, the code stays and the others go, the least needed first.
    while block.height > max_height {
        let Some(last) = block.above.pop() else { break };
        block.height -= last.height();
    }
    block
}

fn draw_label(
    page: &mut Page,
    fonts: &Fonts,
    job: &PrintJob,
    label: &LabelText,
    level: Level,
    layout: &Layout,
    area: &LabelArea,
) -> Result<(), PrintError> {
    let url = label_url(job.host.as_ref(), label.code);
    let symbol = Symbol::encode(&url, level).map_err(|_| PrintError::TooSmall)?;
    let (mut x, mut y) = (area.x + layout.symbol_x, area.y + layout.symbol_y);
    if let Media::Sheet(_) = job.stock.media {
        x = (x / SHEET_DOT_MM).round() * SHEET_DOT_MM;
        y = (y / SHEET_DOT_MM).round() * SHEET_DOT_MM;
    }
    page.symbol(x, y, layout.module, &symbol);

    // The text stands level with the symbol, its head and foot on the symbol's; where it needs more height,
    // it is centred on the label.
    let block = block_of(fonts, job, label, layout);
    let height = (block.height / POINTS_PER_MM).max(layout.symbol_side).min(layout.text_h);
    let top = area.y + (layout.label_h - height) / 2.0;
    let x = area.x + layout.text_x;
    let mut cursor = top;
    for set in &block.above {
        let baseline = cursor + (set.gap + set.line.size * ASCENT_EM) / POINTS_PER_MM;
        page.text(x, baseline, set.line.size, set.weight, &set.line.text);
        cursor += set.height() / POINTS_PER_MM;
    }
    // Letters and digits do not reach below the baseline, so the foot of the block is the baseline itself.
    page.text(x, top + height, block.code.size, Weight::Bold, &block.code.text);
    Ok(())
}

/// The edge of a label, with its number in the middle if it is empty.
fn draw_outline(page: &mut Page, fonts: &Fonts, area: &LabelArea, number: Option<u16>) {
    page.outline(area.x, area.y, area.w, area.h, 0.25, 0.4);
    let (cx, cy) = (area.x + area.w / 2.0, area.y + area.h / 2.0);
    let Some(number) = number else { return };
    let text = number.to_string();
    let size = 9.0;
    let half = width(fonts, Weight::Regular, size, &text) / POINTS_PER_MM / 2.0;
    page.text(cx - half, cy + size * 0.36 / POINTS_PER_MM, size, Weight::Regular, &text);
    for (dx, dy) in [(1.0, 0.0), (0.0, 1.0)] {
        // A cross that leaves the number free: two short lines on either side.
        for way in [-1.0, 1.0] {
            let from = (cx + way * dx * 4.0, cy + way * dy * 4.0);
            let to = (cx + way * dx * 7.0, cy + way * dy * 7.0);
            page.line(from, to, 0.25, 0.4);
        }
    }
}
