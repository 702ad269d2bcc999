//! Label stock by geometry: sheets of labels and tapes.
//!
//! Part numbers of different makers contradict one another, and printers feed a little off. So a stock is
//! its measures, staff may enter their own, and every printer has an offset of its own
//! ([`crate::sheet::PrinterOffset`]).
//!
//! The built-in sheets follow the published geometry of Hisago's ELM series on A4; those of other makers with
//! the same number and size of labels share it. The built-in tapes follow the printable widths of 180 dpi
//! label printers.

/// All measures are in millimetres from the top left corner of the page.
#[derive(Clone, Debug, PartialEq)]
pub struct SheetGeometry {
    /// Width of the page.
    pub page_w: f32,
    /// Height of the page.
    pub page_h: f32,
    /// Labels side by side.
    pub cols: u16,
    /// Labels one below the other.
    pub rows: u16,
    /// From the left edge of the page to the left edge of the first label.
    pub left: f32,
    /// From the top edge of the page to the top edge of the first label.
    pub top: f32,
    /// From one label's left edge to the next one's.
    pub pitch_x: f32,
    /// From one label's top edge to that of the one below.
    pub pitch_y: f32,
    /// Width of a label.
    pub label_w: f32,
    /// Height of a label.
    pub label_h: f32,
}

/// A continuous tape, printed one label after the other; each label is a page as high as the tape is wide.
#[derive(Clone, Debug, PartialEq)]
pub struct TapeGeometry {
    /// Width of the tape in millimetres.
    pub width_mm: f32,
    /// What the print head reaches of that width, in millimetres, in the middle of the tape.
    pub printable_mm: f32,
    /// Dots of the print head per inch. Modules of a QR symbol are whole numbers of dots, as a thermal head
    /// can print nothing else evenly.
    pub dpi: u16,
}

/// Sheet or tape.
#[derive(Clone, Debug, PartialEq)]
pub enum Media {
    /// Labels in rows and columns on a page.
    Sheet(SheetGeometry),
    /// A continuous tape.
    Tape(TapeGeometry),
}

/// One kind of label stock.
#[derive(Clone, Debug, PartialEq)]
pub struct Stock {
    /// A stable word for it, as in `a4-24`.
    pub id: String,
    /// What people call it, in Japanese.
    pub name: String,
    /// Its measures.
    pub media: Media,
}

/// Where a label lies on its sheet, in millimetres from the top left corner of the page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LabelArea {
    /// Left edge.
    pub x: f32,
    /// Top edge.
    pub y: f32,
    /// Width.
    pub w: f32,
    /// Height.
    pub h: f32,
}

/// Why a stock cannot be printed on.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum StockError {
    /// A measure that is not a number, not positive, or larger than a page can be (2 m).
    #[error("the measure “{measure}” of the label stock is not possible: {value} mm")]
    BadMeasure {
        /// Which one, by the name of its field.
        measure: &'static str,
        /// What it was given as, in millimetres.
        value: f32,
    },
    /// No labels, or more than 1,000 on a page.
    #[error("a sheet must have 1 to 1,000 labels, not {cols} × {rows}")]
    BadGrid {
        /// Labels side by side.
        cols: u16,
        /// Labels one below the other.
        rows: u16,
    },
    /// The pitch is smaller than the label.
    #[error("the labels of this stock would overlap: the pitch is smaller than the label")]
    Overlap,
    /// The last column or row lies beyond the page.
    #[error("the labels of this stock do not fit on its page")]
    BeyondPage,
    /// The head of a tape printer cannot print wider than the tape.
    #[error("the printable width of the tape is larger than the tape")]
    PrintableTooWide,
    /// A print head with fewer than 100 or more than 1,200 dots per inch.
    #[error("a print head of {dpi} dpi is not possible")]
    BadResolution {
        /// What was given.
        dpi: u16,
    },
}

impl StockError {
    /// A stable word for the kind of error, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadMeasure { .. } => "stock-measure",
            Self::BadGrid { .. } => "stock-grid",
            Self::Overlap => "stock-overlap",
            Self::BeyondPage => "stock-beyond-page",
            Self::PrintableTooWide => "stock-printable-too-wide",
            Self::BadResolution { .. } => "stock-resolution",
        }
    }
}

/// Labels and pages are cut and fed to about this, in millimetres; smaller differences are rounding.
const TOLERANCE_MM: f32 = 0.05;

impl SheetGeometry {
    /// How many labels a sheet has.
    pub fn count(&self) -> u16 {
        self.cols.saturating_mul(self.rows)
    }

    /// Where the label at `position` lies, counted from 1 along the rows; `None` beyond the last.
    pub fn area(&self, position: u16) -> Option<LabelArea> {
        if position == 0 || position > self.count() {
            return None;
        }
        let (row, col) = ((position - 1) / self.cols, (position - 1) % self.cols);
        Some(LabelArea {
            x: self.left + f32::from(col) * self.pitch_x,
            y: self.top + f32::from(row) * self.pitch_y,
            w: self.label_w,
            h: self.label_h,
        })
    }

    fn validate(&self) -> Result<(), StockError> {
        check_measures(&[
            ("page_w", self.page_w, 1.0),
            ("page_h", self.page_h, 1.0),
            ("left", self.left, 0.0),
            ("top", self.top, 0.0),
            ("pitch_x", self.pitch_x, 1.0),
            ("pitch_y", self.pitch_y, 1.0),
            ("label_w", self.label_w, 1.0),
            ("label_h", self.label_h, 1.0),
        ])?;
        let total = u32::from(self.cols) * u32::from(self.rows);
        if total == 0 || total > 1000 {
            return Err(StockError::BadGrid { cols: self.cols, rows: self.rows });
        }
        let overlaps = |count: u16, pitch: f32, size: f32| count > 1 && pitch + TOLERANCE_MM < size;
        if overlaps(self.cols, self.pitch_x, self.label_w) || overlaps(self.rows, self.pitch_y, self.label_h)
        {
            return Err(StockError::Overlap);
        }
        let right = self.left + f32::from(self.cols - 1) * self.pitch_x + self.label_w;
        let bottom = self.top + f32::from(self.rows - 1) * self.pitch_y + self.label_h;
        if right > self.page_w + TOLERANCE_MM || bottom > self.page_h + TOLERANCE_MM {
            return Err(StockError::BeyondPage);
        }
        Ok(())
    }
}

impl TapeGeometry {
    fn validate(&self) -> Result<(), StockError> {
        check_measures(&[("width_mm", self.width_mm, 1.0), ("printable_mm", self.printable_mm, 1.0)])?;
        if self.printable_mm > self.width_mm {
            return Err(StockError::PrintableTooWide);
        }
        if !(100..=1200).contains(&self.dpi) {
            return Err(StockError::BadResolution { dpi: self.dpi });
        }
        Ok(())
    }
}

fn check_measures(measures: &[(&'static str, f32, f32)]) -> Result<(), StockError> {
    const LARGEST_MM: f32 = 2000.0;
    match measures.iter().find(|(_, value, least)| !(*least..=LARGEST_MM).contains(value)) {
        Some(&(measure, value, _)) => Err(StockError::BadMeasure { measure, value }),
        None => Ok(()),
    }
}

impl Stock {
    /// Checks that the stock can exist: measures possible, labels on the page and not over one another.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn validate(&self) -> Result<(), StockError> {
        match &self.media {
            Media::Sheet(sheet) => sheet.validate(),
            Media::Tape(tape) => tape.validate(),
        }
    }

    /// The stock with this id among the built-in ones.
    pub fn built_in(id: &str) -> Option<Self> {
        Self::all_built_in().into_iter().find(|stock| stock.id == id)
    }

    /// The stock that the product knows from the start: `a4-12`, `a4-18`, `a4-24`, `a4-44`, `a4-65`,
    /// `tape-12`, `tape-18`, `tape-24`.
    pub fn all_built_in() -> Vec<Self> {
        let sheet = |count: u16, cols, rows, left, top, pitch: (f32, f32), label: (f32, f32)| Self {
            id: format!("a4-{count}"),
            name: format!("A4 {count}面（{} × {} mm）", label.0, label.1),
            media: Media::Sheet(SheetGeometry {
                page_w: 210.0,
                page_h: 297.0,
                cols,
                rows,
                left,
                top,
                pitch_x: pitch.0,
                pitch_y: pitch.1,
                label_w: label.0,
                label_h: label.1,
            }),
        };
        // The head of these printers has 180 dots to the inch, of which so many reach each tape.
        let tape = |width: u16, dots: f32| Self {
            id: format!("tape-{width}"),
            name: format!("テープ {width} mm"),
            media: Media::Tape(TapeGeometry {
                width_mm: f32::from(width),
                printable_mm: dots * 25.4 / 180.0,
                dpi: 180,
            }),
        };
        vec![
            sheet(12, 2, 6, 18.6, 21.2, (86.4, 42.3), (86.4, 42.3)),
            sheet(18, 3, 6, 0.0, 21.2, (70.0, 42.3), (70.0, 42.3)),
            sheet(24, 3, 8, 6.0, 12.9, (66.0, 33.9), (66.0, 33.9)),
            sheet(44, 4, 11, 8.4, 8.8, (48.3, 25.4), (48.3, 25.4)),
            sheet(65, 5, 13, 4.75, 10.92, (40.6, 21.2), (38.1, 21.2)),
            tape(12, 76.0),
            tape(18, 120.0),
            tape(24, 128.0),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_stock_is_possible_and_has_its_own_id() {
        let all = Stock::all_built_in();
        for stock in &all {
            assert_eq!(stock.validate(), Ok(()), "{}", stock.id);
            assert_eq!(Stock::built_in(&stock.id).as_ref(), Some(stock));
        }
        assert_eq!(all.len(), 8);
        assert_eq!(Stock::built_in("letter-3"), None);
    }

    #[test]
    fn labels_lie_on_the_page_and_not_on_each_other() {
        for stock in Stock::all_built_in() {
            let Media::Sheet(sheet) = &stock.media else { continue };
            let areas: Vec<LabelArea> = (1..=sheet.count()).filter_map(|p| sheet.area(p)).collect();
            assert_eq!(areas.len(), usize::from(sheet.count()));
            assert_eq!(stock.id, format!("a4-{}", areas.len()));
            for (index, area) in areas.iter().enumerate() {
                assert!(area.x >= 0.0 && area.x + area.w <= sheet.page_w + TOLERANCE_MM, "{}", stock.id);
                assert!(area.y >= 0.0 && area.y + area.h <= sheet.page_h + TOLERANCE_MM, "{}", stock.id);
                for other in &areas[index + 1..] {
                    let apart = |a: f32, a_size: f32, b: f32, b_size: f32| {
                        a + a_size <= b + 1e-3 || b + b_size <= a + 1e-3
                    };
                    assert!(
                        apart(area.x, area.w, other.x, other.w) || apart(area.y, area.h, other.y, other.h)
                    );
                }
            }
            assert_eq!(sheet.area(0), None);
            assert_eq!(sheet.area(sheet.count() + 1), None);
        }
    }

    #[test]
    fn impossible_stock_is_refused() {
        let Some(Stock { media: Media::Sheet(good), .. }) = Stock::built_in("a4-24") else {
            panic!("a4-24 is a sheet")
        };
        let check = |change: &dyn Fn(&mut SheetGeometry)| {
            let mut sheet = good.clone();
            change(&mut sheet);
            let stock = Stock { id: "x".to_owned(), name: "x".to_owned(), media: Media::Sheet(sheet) };
            stock.validate().unwrap_err()
        };
        assert_eq!(check(&|s| s.rows = 9), StockError::BeyondPage);
        assert_eq!(check(&|s| s.cols = 0), StockError::BadGrid { cols: 0, rows: 8 });
        assert_eq!(check(&|s| s.cols = 60_000), StockError::BadGrid { cols: 60_000, rows: 8 });
        assert_eq!(check(&|s| s.pitch_x = 60.0), StockError::Overlap);
        assert_eq!(check(&|s| s.left = -1.0), StockError::BadMeasure { measure: "left", value: -1.0 });
        assert!(matches!(check(&|s| s.label_w = f32::NAN), StockError::BadMeasure { .. }));
        assert!(matches!(check(&|s| s.page_w = f32::INFINITY), StockError::BadMeasure { .. }));
        let tape = |width_mm, printable_mm, dpi| {
            let media = Media::Tape(TapeGeometry { width_mm, printable_mm, dpi });
            Stock { id: "x".to_owned(), name: "x".to_owned(), media }.validate()
        };
        assert_eq!(tape(12.0, 13.0, 180), Err(StockError::PrintableTooWide));
        assert_eq!(tape(12.0, 10.0, 0), Err(StockError::BadResolution { dpi: 0 }));
        assert!(matches!(tape(0.0, 10.0, 180), Err(StockError::BadMeasure { .. })));
        assert_eq!(StockError::Overlap.code(), "stock-overlap");
    }
}
