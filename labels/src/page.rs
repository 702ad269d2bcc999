//! Forms and books as PDF: headings, paragraphs, tables, photographs and symbols, one below the other.
//!
//! A [`Flow`] is filled from the top of the first page to the end of the last. What does not fit on a page
//! goes to the next one; a table repeats its headings there, and a row or a paragraph that no page can hold is
//! continued. No text is ever cut, except in the running foot, which has a text at its left, one in the middle,
//! and “n / N” at its right.
//!
//! Everything is black on white with light grey behind labels, so that copies and faxes of it can be read.
//! Lengths are in millimetres, sizes of letters in points.

use crate::font::{FontError, Fonts, Weight};
use crate::pdf::{Document, DocumentInfo, Embedded, POINTS_PER_MM, Page, PdfError};
use crate::photo::Photo;
use crate::qr::{QUIET_MODULES, Symbol};
use crate::sheet::SHEET_DOT_MM;
use crate::text::{break_anywhere, fit, width, wrap};

/// A page and its margins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Paper {
    /// Width of the page.
    pub width: f32,
    /// Height of the page.
    pub height: f32,
    /// Margin at the left and at the right. Wide enough for the holes of a file.
    pub side: f32,
    /// Margin above.
    pub top: f32,
    /// Margin below, in which the running foot stands.
    pub bottom: f32,
}

impl Paper {
    /// A4 upright, for forms.
    pub const A4: Self = Self { width: 210.0, height: 297.0, side: 20.0, top: 18.0, bottom: 22.0 };
    /// A4 lying, for books with many columns.
    pub const A4_LANDSCAPE: Self = Self { width: 297.0, height: 210.0, side: 18.0, top: 20.0, bottom: 22.0 };

    /// The width that text has.
    pub fn text_width(&self) -> f32 {
        self.width - 2.0 * self.side
    }

    /// The height that text has.
    pub fn text_height(&self) -> f32 {
        self.height - self.top - self.bottom
    }

    fn end(&self) -> f32 {
        self.height - self.bottom
    }
}

/// What stands in the foot of a page besides its number. Each part is set smaller, and then cut, if it is long.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Running {
    /// At the left: whose document it is.
    pub left: String,
    /// In the middle: which document it is.
    pub centre: String,
}

/// How letters are set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Style {
    /// Size in points.
    pub size: f32,
    /// Weight.
    pub weight: Weight,
}

impl Style {
    /// The name of a document.
    pub const TITLE: Self = Self { size: 18.0, weight: Weight::Bold };
    /// Above a part of a document.
    pub const HEADING: Self = Self { size: 10.5, weight: Weight::Bold };
    /// Most text.
    pub const BODY: Self = Self { size: 9.0, weight: Weight::Regular };
    /// Text that is to be seen first.
    pub const STRONG: Self = Self { size: 9.0, weight: Weight::Bold };
    /// What a field or a column is.
    pub const LABEL: Self = Self { size: 8.0, weight: Weight::Regular };
    /// Tables with many columns.
    pub const TABLE: Self = Self { size: 8.0, weight: Weight::Regular };
    /// Notes and identifiers.
    pub const SMALL: Self = Self { size: 7.0, weight: Weight::Regular };

    fn line_height(self) -> f32 {
        self.size * LEADING_EM / POINTS_PER_MM
    }

    fn width(self, fonts: &Fonts, text: &str) -> f32 {
        width(fonts, self.weight, self.size, text) / POINTS_PER_MM
    }

    /// Lines of a text that is at most `max_width` wide; its own line ends are kept, empty lines are not.
    fn lines(self, fonts: &Fonts, max_width: f32, text: &str) -> Vec<Line> {
        text.lines()
            .flat_map(|line| wrap(fonts, self.weight, self.size, max_width * POINTS_PER_MM, usize::MAX, line))
            .map(|text| Line { text, style: self })
            .collect()
    }
}

/// Where text stands in its width.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Align {
    /// At the left.
    #[default]
    Left,
    /// In the middle.
    Centre,
    /// At the right.
    Right,
}

/// A cell of a table: one text, or several below each other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cell {
    texts: Vec<(Style, String)>,
    align: Align,
    shaded: bool,
}

impl Cell {
    /// A cell with a text, or an empty one.
    pub fn new(style: Style, text: impl Into<String>) -> Self {
        Self { texts: vec![(style, text.into())], ..Self::default() }
    }

    /// A cell that says what others hold, on grey.
    pub fn label(text: impl Into<String>) -> Self {
        Self { shaded: true, ..Self::new(Style::LABEL, text) }
    }

    /// With one more text below.
    #[must_use]
    pub fn and(mut self, style: Style, text: impl Into<String>) -> Self {
        self.texts.push((style, text.into()));
        self
    }

    /// With its text elsewhere than at the left.
    #[must_use]
    pub fn aligned(mut self, align: Align) -> Self {
        self.align = align;
        self
    }
}

/// A table with headings, which are repeated on every page that it reaches.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The headings and how wide the columns are: each gets its share of the width of the text.
    pub columns: Vec<(f32, Cell)>,
    /// The rows, each with a cell for every column.
    pub rows: Vec<Vec<Cell>>,
}

/// One line of a form: what it is, and what was filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// What it is.
    pub label: String,
    /// What was filled in.
    pub value: String,
    /// Whether it takes the whole width however short it is. Others stand side by side where both are short.
    pub wide: bool,
}

/// A photograph with what it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// The photograph, taken into the document with [`Flow::embed`].
    pub photo: Embedded,
    /// What it shows, printed below.
    pub caption: String,
}

/// Width of the labels of a form, for tables that stand below one.
pub const FIELD_LABEL: f32 = 29.0;

/// How far apart lines stand, in em.
const LEADING_EM: f32 = 1.4;
/// From the top of a line to its baseline, in em: half of what the line is higher than its letters, and their
/// ascent.
const BASELINE_EM: f32 = (LEADING_EM - 1.0) / 2.0 + 0.88;
/// Between the edge of a cell and its text.
const PAD_X: f32 = 1.6;
const PAD_Y: f32 = 0.9;
/// The edges of cells.
const EDGE_PT: f32 = 0.4;
const EDGE_GREY: f32 = 0.45;
const SHADE_GREY: f32 = 0.94;
/// Fields stand side by side as long as neither value takes more lines than this.
const FIELD_LINES: usize = 2;
/// A heading goes to the next page rather than stand above less than this, in which the headings of a table
/// and its first row find room.
const AFTER_HEADING: f32 = 30.0;
/// A row is not divided so that less than this of it stands on the first page.
const LEAST_PART: f32 = 15.0;
/// What is lower than this part of a page is not divided, if it is a row or is to stay together.
const WHOLE: f32 = 0.4;
/// Headings that take more than this part of a page are not repeated.
const REPEATED_HEAD: f32 = 0.3;
/// Two photographs stand side by side, this far apart.
const PHOTO_GAP: f32 = 6.0;
/// Between a photograph and its caption.
const PHOTO_CAPTION: f32 = 1.0;
/// The height of photographs side by side, and of one by itself.
const PHOTO_HEIGHT: f32 = 62.0;
const LONE_PHOTO_HEIGHT: f32 = 90.0;
/// A photograph whose caption takes more lines than this stands by itself.
const CAPTION_LINES: usize = 5;
/// A symbol's modules are six dots of 1/300 inch where it is not wider than this with them, else five or four:
/// four are 0.34 mm, which every phone reads.
const SYMBOL_SIDE: f32 = 46.0;

/// A line of text as it is set.
#[derive(Clone, Debug)]
struct Line {
    text: String,
    style: Style,
}

/// A cell with its text broken into lines.
#[derive(Clone, Debug)]
struct Laid {
    x: f32,
    width: f32,
    lines: Vec<Line>,
    /// Space above, which brings its first line level with those of its neighbours in larger letters.
    drop: f32,
    align: Align,
    shaded: bool,
}

impl Laid {
    fn height(&self) -> f32 {
        let lines = self.lines.iter().map(|line| line.style.line_height());
        lines.sum::<f32>() + self.drop + 2.0 * PAD_Y
    }

    /// Takes away the lines that go into a height, as a cell with these only. A label that fits stays as
    /// well, so that it stands beside each part of what it says.
    fn split(&mut self, height: f32) -> Self {
        if self.shaded && self.height() <= height {
            return self.clone();
        }
        let mut left = height - self.drop - 2.0 * PAD_Y;
        let fitting = |line: &Line| {
            left -= line.style.line_height();
            left >= 0.0
        };
        let count = self.lines.iter().map(fitting).take_while(|fits| *fits).count();
        let rest = self.lines.split_off(count);
        let lines = std::mem::replace(&mut self.lines, rest);
        Self { lines, ..*self }
    }
}

/// Photographs beside each other, with their captions broken into lines.
struct PhotoRow<'a> {
    figures: Vec<(&'a Figure, Vec<Line>)>,
    /// What each photograph has.
    width: f32,
    max_height: f32,
    /// What the highest of them has, and all of them with their captions.
    photo_height: f32,
    height: f32,
}

fn height_of(row: &[Laid]) -> f32 {
    // An empty row is as high as one with a line in it.
    row.iter().map(Laid::height).fold(Style::BODY.line_height() + 2.0 * PAD_Y, f32::max)
}

/// A document that is filled from top to bottom.
pub struct Flow {
    document: Document,
    paper: Paper,
    running: Running,
    done: Vec<(Page, Running)>,
    page: Page,
    /// Where the next thing begins, from the top of the page.
    y: f32,
    /// Whether nothing stands on the page yet but headings of a table that goes on.
    fresh: bool,
}

impl Flow {
    /// An empty document.
    ///
    /// # Errors
    /// [`FontError`] if the fonts compiled into the program are damaged.
    pub fn new(info: DocumentInfo, paper: Paper) -> Result<Self, FontError> {
        let document = Document::new(info)?;
        let page = document.page(paper.width, paper.height);
        Ok(Self {
            document,
            paper,
            running: Running::default(),
            done: Vec::new(),
            page,
            y: paper.top,
            fresh: true,
        })
    }

    /// The document, to say its language.
    pub fn document(&mut self) -> &mut Document {
        &mut self.document
    }

    /// Takes a photograph into the document, to be shown with [`Flow::photos`].
    pub fn embed(&mut self, photo: Photo) -> Embedded {
        self.document.embed(photo)
    }

    /// Begins a part of the document, on a page of its own: this stands in the foot of its pages.
    pub fn begin(&mut self, running: Running) {
        if !self.fresh {
            self.page_break();
        }
        self.running = running;
    }

    /// Goes on at the top of the next page.
    pub fn page_break(&mut self) {
        let next = self.document.page(self.paper.width, self.paper.height);
        let page = std::mem::replace(&mut self.page, next);
        self.done.push((page, self.running.clone()));
        self.y = self.paper.top;
        self.fresh = true;
    }

    /// Leaves space, but none at the top of a page.
    pub fn space(&mut self, height: f32) {
        if !self.fresh {
            self.y += height;
        }
    }

    /// Goes to the next page if less than this is left on this one.
    pub fn keep(&mut self, height: f32) {
        // What fits exactly is not to fail by a rounding error.
        if !self.fresh && self.left() + 0.01 < height {
            self.page_break();
        }
    }

    /// Draws things that belong together: on the next page if they would otherwise be divided, unless that
    /// left much of this page empty. What draws them may be called twice, and has to draw the same.
    pub fn together(&mut self, draw: impl Fn(&mut Self)) {
        let before = (self.page.clone(), self.y, self.fresh);
        let pages = self.done.len();
        let little = self.left() <= WHOLE * self.paper.text_height();
        draw(self);
        if self.done.len() > pages && little && !before.2 {
            self.done.truncate(pages);
            (self.page, self.y, self.fresh) = before;
            self.page_break();
            draw(self);
        }
    }

    fn left(&self) -> f32 {
        self.paper.end() - self.y
    }

    /// The name of the document.
    pub fn title(&mut self, text: &str) {
        self.paragraph(Style::TITLE, Align::Centre, text);
        self.space(3.0);
    }

    /// The name of a part of the document. It never stands alone at the end of a page.
    pub fn heading(&mut self, text: &str) {
        self.heading_above(text, AFTER_HEADING);
    }

    /// Likewise, with at least this much room below it on the same page.
    pub fn heading_above(&mut self, text: &str, height: f32) {
        let space = 4.5;
        self.keep(space + Style::HEADING.line_height() + height);
        self.space(space);
        self.paragraph(Style::HEADING, Align::Left, text);
        self.space(0.8);
    }

    /// Text over the whole width. Its line ends are kept.
    pub fn paragraph(&mut self, style: Style, align: Align, text: &str) {
        let lines = style.lines(self.document.fonts(), self.paper.text_width(), text);
        self.lines(self.paper.side, self.paper.text_width(), align, lines);
    }

    /// Keys, hashes and signatures: nothing is left out or added, and lines are broken where they are full.
    pub fn verbatim(&mut self, style: Style, text: &str) {
        let lines = self.broken(style, self.paper.text_width(), text);
        self.lines(self.paper.side, self.paper.text_width(), Align::Left, lines);
    }

    fn broken(&self, style: Style, max_width: f32, text: &str) -> Vec<Line> {
        let max_width = max_width * POINTS_PER_MM;
        break_anywhere(self.document.fonts(), style.weight, style.size, max_width, text)
            .into_iter()
            .map(|text| Line { text, style })
            .collect()
    }

    fn lines(&mut self, x: f32, max_width: f32, align: Align, lines: Vec<Line>) {
        for line in lines {
            let height = line.style.line_height();
            self.keep(height);
            self.draw_line(x, self.y, max_width, align, &line);
            self.y += height;
            self.fresh = false;
        }
    }

    fn draw_line(&mut self, x: f32, top: f32, max_width: f32, align: Align, line: &Line) {
        let style = line.style;
        let spare = max_width - style.width(self.document.fonts(), &line.text);
        let x = match align {
            Align::Left => x,
            Align::Centre => x + spare / 2.0,
            Align::Right => x + spare,
        };
        let baseline = top + style.size * BASELINE_EM / POINTS_PER_MM;
        self.page.text(x, baseline, style.size, style.weight, &line.text);
    }

    /// A form: labels on grey with what was filled in beside them, two side by side where both are short.
    pub fn fields(&mut self, fields: &[Field]) {
        let fonts = self.document.fonts();
        let half = self.paper.text_width() / 2.0 - FIELD_LABEL;
        let short = |field: &Field| {
            !field.wide && Style::BODY.lines(fonts, half - 2.0 * PAD_X, &field.value).len() <= FIELD_LINES
        };
        let mut rest = fields;
        while let [first, after @ ..] = rest {
            rest = after;
            let label = |field: &Field| Cell::label(&field.label);
            let value = |field: &Field| Cell::new(Style::BODY, &field.value);
            let row = match after {
                [second, after @ ..] if short(first) && short(second) => {
                    rest = after;
                    vec![
                        (FIELD_LABEL, label(first)),
                        (half, value(first)),
                        (FIELD_LABEL, label(second)),
                        (half, value(second)),
                    ]
                }
                _ => vec![(FIELD_LABEL, label(first)), (half + half + FIELD_LABEL, value(first))],
            };
            let row = self.lay(row.iter().map(|(width, cell)| (*width, cell)));
            self.row(row, &[]);
        }
    }

    /// A table. Its headings are repeated at the top of each page.
    pub fn table(&mut self, table: &Table) {
        let shares: f32 = table.columns.iter().map(|(share, _)| share).sum();
        let widths: Vec<f32> =
            table.columns.iter().map(|(share, _)| share / shares * self.paper.text_width()).collect();
        let heads = table.columns.iter().map(|(_, cell)| cell);
        let mut head = self.lay(widths.iter().copied().zip(heads));
        for cell in &mut head {
            cell.shaded = true;
        }
        // Headings stay with the first row.
        let first =
            table.rows.first().map_or(0.0, |row| height_of(&self.lay(widths.iter().copied().zip(row))));
        let both = height_of(&head) + first.min(LEAST_PART);
        self.keep(both.min(self.paper.text_height()));
        self.row(head.clone(), &[]);
        if height_of(&head) > REPEATED_HEAD * self.paper.text_height() {
            head.clear();
        }
        for row in &table.rows {
            let row = self.lay(widths.iter().copied().zip(row));
            self.row(row, &head);
        }
    }

    /// Cells beside each other, their text broken into lines.
    fn lay<'a>(&self, cells: impl Iterator<Item = (f32, &'a Cell)>) -> Vec<Laid> {
        let fonts = self.document.fonts();
        let mut x = self.paper.side;
        let mut row = Vec::new();
        for (width, cell) in cells {
            let lines = cell.texts.iter();
            let lines = lines.flat_map(|(style, text)| style.lines(fonts, width - 2.0 * PAD_X, text));
            let (lines, align, shaded) = (lines.collect(), cell.align, cell.shaded);
            row.push(Laid { x, width, lines, drop: 0.0, align, shaded });
            x += width;
        }
        let first_size = |cell: &Laid| cell.lines.first().map_or(0.0, |line| line.style.size);
        let largest = row.iter().map(first_size).fold(0.0, f32::max);
        for cell in &mut row {
            cell.drop = (largest - first_size(cell)) * BASELINE_EM / POINTS_PER_MM;
        }
        row
    }

    /// One row of a table: whole on this page, or whole on the next, or divided if it is high.
    fn row(&mut self, mut row: Vec<Laid>, head: &[Laid]) {
        loop {
            let height = height_of(&row);
            if height <= self.left() {
                self.draw_row(&row, height);
                return;
            }
            let left = self.left();
            let divided = height > WHOLE * self.paper.text_height() && left >= LEAST_PART;
            if self.fresh || divided {
                let lines = |row: &[Laid]| row.iter().map(|cell| cell.lines.len()).sum::<usize>();
                let before = lines(&row);
                let part: Vec<Laid> = row.iter_mut().map(|cell| cell.split(left)).collect();
                if lines(&row) < before {
                    self.draw_row(&part, left);
                } else if self.fresh {
                    // A line that no page can hold: it reaches over the edge, or this would never end.
                    self.draw_row(&row, height);
                    return;
                }
            }
            self.page_break();
            if !head.is_empty() {
                self.draw_row(head, height_of(head));
                self.fresh = true;
            }
        }
    }

    fn draw_row(&mut self, row: &[Laid], height: f32) {
        for cell in row {
            if cell.shaded {
                self.page.fill(cell.x, self.y, cell.width, height, SHADE_GREY);
            }
        }
        for cell in row {
            self.page.outline(cell.x, self.y, cell.width, height, EDGE_PT, EDGE_GREY);
            let mut top = self.y + PAD_Y + cell.drop;
            for line in &cell.lines {
                self.draw_line(cell.x + PAD_X, top, cell.width - 2.0 * PAD_X, cell.align, line);
                top += line.style.line_height();
            }
        }
        self.y += height;
        self.fresh = false;
    }

    /// Photographs, two side by side, each with its caption. One with a long caption stands by itself.
    pub fn photos(&mut self, figures: &[Figure]) {
        let mut rest = figures;
        while let Some((row, after)) = self.photo_row(rest) {
            rest = after;
            self.keep(row.height);
            let top = self.y;
            let mut x = self.paper.side;
            for (figure, caption) in row.figures {
                self.draw_photo(&figure.photo, (x, top), row.width, row.max_height);
                self.y = top + row.photo_height + PHOTO_CAPTION;
                self.fresh = false;
                self.lines(x, row.width, Align::Left, caption);
                x += row.width + PHOTO_GAP;
            }
            if row.width < self.paper.text_width() {
                self.y = top + row.height;
            }
            self.space(4.0);
        }
    }

    /// The height that must be left on a page for the first row of photographs, to keep a heading with it.
    pub fn photo_row_height(&self, figures: &[Figure]) -> f32 {
        self.photo_row(figures).map_or(0.0, |(row, _)| row.height)
    }

    /// The first row of photographs, and those after it.
    fn photo_row<'a>(&self, figures: &'a [Figure]) -> Option<(PhotoRow<'a>, &'a [Figure])> {
        let (fonts, full) = (self.document.fonts(), self.paper.text_width());
        let half = (full - PHOTO_GAP) / 2.0;
        let style = Style::LABEL;
        let caption = |figure: &Figure, width| style.lines(fonts, width, &figure.caption);
        let fits = |figure: &&Figure| caption(figure, half).len() <= CAPTION_LINES;
        let first = figures.first()?;
        let count = figures.iter().take(2).take_while(fits).count();
        let (width, max_height) = if count > 0 { (half, PHOTO_HEIGHT) } else { (full, LONE_PHOTO_HEIGHT) };
        let (row, after) = figures.split_at(count.max(1));
        let heights = row.iter().map(|figure| fitted(&figure.photo, width, max_height).1);
        let photo_height = heights.fold(0.0, f32::max);
        // A long caption goes on on the next page.
        let lines = if count > 0 {
            row.iter().map(|figure| caption(figure, width).len()).fold(0, usize::max)
        } else {
            caption(first, width).len().min(CAPTION_LINES)
        };
        let height = photo_height + PHOTO_CAPTION + lines as f32 * style.line_height();
        let figures = row.iter().map(|figure| (figure, caption(figure, width))).collect();
        Some((PhotoRow { figures, width, max_height, photo_height, height }, after))
    }

    fn draw_photo(&mut self, photo: &Embedded, (x, y): (f32, f32), max_width: f32, max_height: f32) {
        let (width, height) = fitted(photo, max_width, max_height);
        self.page.photo(x, y, width, height, photo);
        // White parts of a photograph would run into the paper.
        self.page.outline(x, y, width, height, EDGE_PT, EDGE_GREY);
    }

    /// A symbol at the left with what it says, or what belongs to it, beside it; see [`Flow::verbatim`].
    pub fn symbol_beside(&mut self, symbol: &Symbol, style: Style, text: &str) {
        let module = symbol_module(symbol.size());
        let quiet = QUIET_MODULES as f32 * module;
        let side = symbol.size() as f32 * module;
        self.keep(side + 2.0 * quiet);
        let on_grid = |position: f32| (position / SHEET_DOT_MM).ceil() * SHEET_DOT_MM;
        // The margin is part of the quiet zone, so that the symbol's edge is in line with the text above.
        let (x, y) = (on_grid(self.paper.side), on_grid(self.y + quiet));
        self.page.symbol(x, y, module, symbol);
        let foot = y + side + quiet;
        let pages = self.done.len();

        let beside = self.paper.side + side + quiet.max(5.0);
        let room = self.paper.width - self.paper.side - beside;
        self.y = y;
        self.fresh = false;
        let lines = self.broken(style, room, text);
        self.lines(beside, room, Align::Left, lines);
        if self.done.len() == pages {
            self.y = self.y.max(foot);
        }
    }

    /// Writes the document.
    ///
    /// # Errors
    /// [`PdfError::Write`] if a font cannot be cut down to the characters used.
    pub fn finish(mut self) -> Result<Vec<u8>, PdfError> {
        if !self.fresh || self.done.is_empty() {
            self.page_break();
        }
        let Self { mut document, paper, done, .. } = self;
        let total = done.len();
        for ((mut page, running), number) in done.into_iter().zip(1..) {
            draw_foot(&mut page, document.fonts(), &paper, &running, &format!("{number} / {total}"));
            document.push(page);
        }
        document.finish()
    }
}

fn draw_foot(page: &mut Page, fonts: &Fonts, paper: &Paper, running: &Running, number: &str) {
    let style = Style { size: 7.5, weight: Weight::Regular };
    let rule = paper.end() + 5.0;
    page.line((paper.side, rule), (paper.width - paper.side, rule), EDGE_PT, EDGE_GREY);
    let baseline = rule + 4.2;
    // The middle part is in the middle of the page whatever stands beside it.
    let text = paper.text_width();
    for (text, part, align) in [
        (running.left.as_str(), text * 0.34, Align::Left),
        (running.centre.as_str(), text * 0.3, Align::Centre),
        (number, text * 0.14, Align::Right),
    ] {
        let line = fit(fonts, style.weight, style.size, 5.0, part * POINTS_PER_MM, text);
        let width = line.width / POINTS_PER_MM;
        let x = match align {
            Align::Left => paper.side,
            Align::Centre => (paper.width - width) / 2.0,
            Align::Right => paper.width - paper.side - width,
        };
        page.text(x, baseline, line.size, style.weight, &line.text);
    }
}

/// The largest width and height that a photograph can have.
fn fitted(photo: &Embedded, max_width: f32, max_height: f32) -> (f32, f32) {
    // Even a photograph of one line of pixels is to be seen.
    let aspect = photo.aspect().clamp(0.02, 50.0);
    if aspect * max_height <= max_width {
        (aspect * max_height, max_height)
    } else {
        (max_width, max_width / aspect)
    }
}

fn symbol_module(modules: usize) -> f32 {
    let side = |dots: u8| modules as f32 * f32::from(dots) * SHEET_DOT_MM;
    let dots = [6, 5].into_iter().find(|&dots| side(dots) <= SYMBOL_SIDE).unwrap_or(4);
    f32::from(dots) * SHEET_DOT_MM
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::qr::Level;
    use crate::reader::ReadLimits;
    use image::{DynamicImage, ImageFormat, RgbImage};

    fn flow(paper: Paper) -> Flow {
        let info = DocumentInfo {
            title: "台帳".to_owned(),
            author: "見本町".to_owned(),
            created_unix: 1_790_000_000,
        };
        Flow::new(info, paper).unwrap()
    }

    /// The text of each page without white space.
    fn pages(flow: Flow) -> Vec<String> {
        let document = lopdf::Document::load_mem(&flow.finish().unwrap()).unwrap();
        let text = |page| document.extract_text(&[page]).unwrap();
        let packed = |text: String| text.chars().filter(|char| !char.is_whitespace()).collect();
        document.get_pages().into_keys().map(text).map(packed).collect()
    }

    fn field(label: &str, value: &str) -> Field {
        Field { label: label.to_owned(), value: value.to_owned(), wide: false }
    }

    /// Fills the page until this much is left.
    fn fill_to(flow: &mut Flow, left: f32) {
        flow.paragraph(Style::BODY, Align::Left, "先");
        flow.y = flow.paper.end() - left;
    }

    #[test]
    fn an_empty_document_has_a_page_and_its_number() {
        assert_eq!(pages(flow(Paper::A4)), ["1/1"]);
    }

    #[test]
    fn each_page_has_the_foot_of_its_part() {
        let mut flow = flow(Paper::A4_LANDSCAPE);
        for (left, centre) in [("見本町", "第1号"), ("Mihon Town", "No. 2")] {
            flow.begin(Running { left: left.to_owned(), centre: centre.to_owned() });
            flow.title("題");
            flow.page_break();
            flow.paragraph(Style::BODY, Align::Right, "文");
        }
        let expected = ["題見本町第1号1/4", "文見本町第1号2/4", "題MihonTownNo.23/4", "文MihonTownNo.24/4"];
        assert_eq!(pages(flow), expected);
    }

    #[test]
    fn a_long_foot_leaves_the_number_alone() {
        let mut flow = flow(Paper::A4);
        let long = "長崎県市町村".repeat(40);
        flow.begin(Running { left: long.clone(), centre: long });
        let page = pages(flow).remove(0);
        assert!(page.ends_with("…1/1") && page.matches('…').count() == 2, "{page}");
    }

    #[test]
    fn a_heading_goes_with_what_follows() {
        let mut near_the_end = flow(Paper::A4);
        fill_to(&mut near_the_end, 25.0);
        near_the_end.heading("見出し");
        near_the_end.paragraph(Style::BODY, Align::Left, "文");
        assert_eq!(pages(near_the_end), ["先1/2", "見出し文2/2"]);
        let mut with_room = flow(Paper::A4);
        fill_to(&mut with_room, 45.0);
        with_room.heading("見出し");
        with_room.paragraph(Style::BODY, Align::Left, "文");
        assert_eq!(pages(with_room), ["先見出し文1/1"]);
    }

    #[test]
    fn what_belongs_together_is_divided_only_if_much_would_stay_empty() {
        let drawn = |left: f32| {
            let mut flow = flow(Paper::A4);
            fill_to(&mut flow, left);
            flow.together(|flow| {
                flow.heading("見出し");
                for _ in 0..30 {
                    flow.fields(&[Field { wide: true, ..field("欄", "値") }]);
                }
            });
            pages(flow)
        };
        let [first, second] = drawn(90.0).try_into().unwrap();
        assert_eq!(first, "先1/2");
        assert_eq!(second.matches("欄値").count(), 30);
        let [first, second] = drawn(180.0).try_into().unwrap();
        assert!(first.contains("見出し欄値") && second.starts_with("欄値"), "{first} {second}");
        assert_eq!(first.matches("欄値").count() + second.matches("欄値").count(), 30);
    }

    #[test]
    fn short_fields_stand_side_by_side() {
        let rows = |fields: &[Field]| {
            let mut flow = flow(Paper::A4);
            flow.fields(fields);
            let row = Style::BODY.line_height() + 2.0 * PAD_Y;
            ((flow.y - flow.paper.top) / row).round() as usize
        };
        let (short, wide) = (field("欄", "値"), Field { wide: true, ..field("欄", "値") });
        let long = field("欄", &"長い値".repeat(14));
        assert_eq!(rows(&[]), 0);
        assert_eq!(rows(std::slice::from_ref(&short)), 1);
        assert_eq!(rows(&[short.clone(), short.clone()]), 1);
        assert_eq!(rows(&[short.clone(), short.clone(), short.clone()]), 2);
        assert_eq!(rows(&[short.clone(), wide, short.clone(), short.clone()]), 3);
        assert_eq!(rows(&[short.clone(), long, short]), 3, "a long one has all of the width");
    }

    #[test]
    fn tables_go_on_under_their_headings() {
        let cell = |text: String| Cell::new(Style::TABLE, text);
        let table = Table {
            columns: vec![(1.0, Cell::label("番号").aligned(Align::Right)), (3.0, Cell::label("事項"))],
            rows: (0..120).map(|row| vec![cell(format!("{row}番")), cell("甲".to_owned())]).collect(),
        };
        let mut flow = flow(Paper::A4_LANDSCAPE);
        flow.table(&table);
        let pages = pages(flow);
        assert!(pages.len() >= 4, "{}", pages.len());
        assert!(pages.iter().all(|page| page.starts_with("番号事項")), "{pages:?}");
        for row in 0..120 {
            let whole = |page: &&String| page.contains(&format!("{row}番甲"));
            assert!(pages.iter().any(|page| whole(&page)), "{row}");
        }
    }

    #[test]
    fn a_row_higher_than_a_page_goes_on_beside_its_label() {
        let mut flow = flow(Paper::A4);
        flow.fields(&[field("欄", &"値は次のとおり。".repeat(900)), field("次", "終わり")]);
        let pages = pages(flow);
        assert!(pages.len() >= 3, "{}", pages.len());
        assert!(pages.iter().all(|page| page.starts_with('欄')), "{pages:?}");
        assert_eq!(pages.concat().matches('値').count(), 900);
        assert!(pages[pages.len() - 1].contains("次終わり"));
    }

    #[test]
    fn lines_that_no_page_can_hold_end_somehow() {
        let huge = Style { size: 900.0, weight: Weight::Bold };
        let mut flow = flow(Paper::A4);
        flow.paragraph(huge, Align::Left, "大");
        let columns = vec![(1.0, Cell::new(huge, "頭")), (0.0, Cell::label("無"))];
        flow.table(&Table { columns, rows: vec![vec![Cell::new(huge, "大"), Cell::default()]; 2] });
        flow.table(&Table { columns: Vec::new(), rows: vec![Vec::new()] });
        assert!(pages(flow).len() < 10);
    }

    #[test]
    fn photographs_stand_in_rows_with_their_captions() {
        let mut flow = flow(Paper::A4);
        let mut figure = |width, height, caption: &str| {
            let mut bytes = std::io::Cursor::new(Vec::new());
            let image = DynamicImage::ImageRgb8(RgbImage::new(width, height));
            image.write_to(&mut bytes, ImageFormat::Png).unwrap();
            let photo = Photo::prepare(bytes.get_ref(), &ReadLimits::default()).unwrap();
            Figure { photo: flow.embed(photo), caption: caption.to_owned() }
        };
        let (wide, high) = (figure(40, 30, "横"), figure(30, 40, "縦"));
        let thin = figure(1000, 1, "線");
        let long = figure(40, 30, &"長い説明".repeat(60));
        let heights = |figures: &[Figure]| flow.photo_row_height(figures).round() as i32;
        // A line of caption is 4 mm high.
        assert_eq!(heights(std::slice::from_ref(&wide)), 66);
        assert_eq!(heights(&[thin.clone(), thin.clone()]), 7);
        assert_eq!(heights(&[thin.clone(), high.clone()]), 67);
        assert_eq!(heights(&[thin.clone(), long.clone()]), 7, "which has a row of its own");
        assert_eq!(heights(std::slice::from_ref(&long)), 90 + 1 + 16);
        assert_eq!(heights(&[]), 0);
        flow.photos(&[wide.clone(), high.clone(), wide, long, high, thin]);
        let pages = pages(flow);
        assert_eq!(pages.len(), 2, "{pages:?}");
        assert!(pages[0].starts_with("横縦横長い説明") && pages[1].starts_with("縦線"), "{pages:?}");
    }

    #[test]
    fn symbols_of_every_size_can_be_read_and_leave_room() {
        for version in 1..=40 {
            let modules = 17 + 4 * version;
            let module = symbol_module(modules);
            assert!((0.33..0.51).contains(&module), "{version}: {module}");
            assert!(modules as f32 * module <= 60.0, "{version}: {module}");
        }
    }

    #[test]
    fn what_stands_beside_a_symbol_goes_on_on_the_next_page() {
        let symbol = Symbol::encode("HOKAN:0123456789AB", Level::M).unwrap();
        let mut short = flow(Paper::A4);
        short.symbol_beside(&symbol, Style::SMALL, "鍵");
        let foot = short.paper.top + 25.0 * 0.5 + 4.0 * 0.5;
        assert!(short.y >= foot, "what follows leaves the symbol its quiet zone");
        let mut long = flow(Paper::A4);
        long.symbol_beside(&symbol, Style::SMALL, &"鍵".repeat(8000));
        let pages = pages(long);
        assert!(pages.len() > 1);
        assert_eq!(pages.concat().matches('鍵').count(), 8000);
    }
}
