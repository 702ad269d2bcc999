//! One symbol by `rqrr`, in a piece of the picture and under a budget.
//!
//! `rqrr` reads a single sharp symbol well, but has loops without an end: its search for the alignment
//! pattern can run for minutes on an ordinary photograph. It takes any picture that can be asked for pixels,
//! so it is given one that counts the asking. When the budget is spent, the attempt is unwound from within.

use super::Deadline;
use super::pixels::Bits;
use super::quiet::quietly;
use super::rxing_look::{Symbol, estimated_corners};
use image::{GenericImage, GenericImageView, Luma};
use rqrr::{BitGrid, PreparedImage};
use rxing::qrcode::cpp_port::detector::FinderPatternSet;
use std::cell::Cell;
use std::panic::resume_unwind;
use std::rc::Rc;

/// Accesses to a pixel that an attempt may make for each pixel of its piece; real symbols need about ten.
const ACCESSES_PER_PIXEL: u64 = 40;
/// And so many besides, for pieces that are very small.
const ACCESSES_BESIDES: u64 = 400_000;
/// Pieces are taken in steps of several pixels where they would be larger than this.
const MAX_PIECE_SIDE: usize = 700;
/// Below this, in pixels, `rqrr` places modules so badly that its attempt is not worth the time.
const LEAST_MODULE: f32 = 2.5;
/// From this on, in pixels, it reads nearly everything that is sharp.
pub(super) const GOOD_MODULE: f32 = 4.0;

/// What an attempt is unwound with.
struct BudgetSpent;

/// Reads the symbol of these three patterns, if `rqrr` can.
pub(super) fn read(bits: &Bits, set: &FinderPatternSet, deadline: Deadline) -> Option<Symbol> {
    let module = module_of(set);
    if module < LEAST_MODULE {
        return None;
    }
    let piece = Piece::around(bits, set, module)?;
    let budget = (piece.width * piece.height) as u64 * ACCESSES_PER_PIXEL + ACCESSES_BESIDES;
    let counted = Counted {
        width: piece.width as u32,
        height: piece.height as u32,
        data: piece.data,
        left: Rc::new(Cell::new(budget)),
        deadline,
    };
    let grids = quietly(|| {
        let mut prepared = PreparedImage::without_preparation(counted);
        prepared
            .detect_grids()
            .iter()
            .filter_map(|grid| {
                let mut bytes = Vec::new();
                grid.decode_to(&mut bytes).ok()?;
                // Other character sets are left to rxing, which can tell them apart.
                let text = String::from_utf8(bytes).ok().filter(|text| !text.is_empty())?;
                Some((text, without_rim(&grid.bounds, grid.grid.size())))
            })
            .collect::<Vec<_>>()
    })?;
    let place = |(x, y): (f32, f32)| {
        let scale = piece.step as f32;
        (x * scale + piece.x as f32, y * scale + piece.y as f32)
    };
    let symbols = grids.into_iter().map(|(text, corners)| (text, corners.map(place)));
    // The piece may show parts of other symbols: the one that was meant is the one at the right place.
    let expected = centre(&estimated_corners(set));
    let near = |symbol: &Symbol| {
        let at = centre(&symbol.1);
        (at.0 - expected.0).hypot(at.1 - expected.1)
    };
    symbols.min_by(|left, right| near(left).total_cmp(&near(right)))
}

/// The corners of a symbol from the bounds that `rqrr` gives, which reach one module too far to the right and
/// downwards.
fn without_rim(bounds: &[rqrr::Point; 4], modules: usize) -> [(f32, f32); 4] {
    let [tl, tr, br, bl] = bounds.map(|point| (point.x as f32, point.y as f32));
    let part = modules as f32 / (modules as f32 + 1.0);
    let mix =
        |from: (f32, f32), to: (f32, f32)| (from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part);
    [tl, mix(tl, tr), mix(tl, br), mix(tl, bl)]
}

/// Width of a module in pixels, by the size of the finder patterns.
pub(super) fn module_of(set: &FinderPatternSet) -> f32 {
    (set.tl.size + set.tr.size + set.bl.size) as f32 / 21.0
}

fn centre(corners: &[(f32, f32); 4]) -> (f32, f32) {
    let sum = corners.iter().fold((0.0, 0.0), |sum, corner| (sum.0 + corner.0, sum.1 + corner.1));
    (sum.0 / 4.0, sum.1 / 4.0)
}

/// A part of a picture, perhaps only every second or third pixel of it.
struct Piece {
    x: usize,
    y: usize,
    step: usize,
    width: usize,
    height: usize,
    data: Vec<u8>,
}

impl Piece {
    fn around(bits: &Bits, set: &FinderPatternSet, module: f32) -> Option<Self> {
        let corners = estimated_corners(set);
        // Perspective moves the corner without a pattern; the quiet zone must be in the piece as well.
        let margin = module * 6.0;
        let range = |of: fn(&(f32, f32)) -> f32, limit: usize| {
            let least = corners.iter().map(of).fold(f32::INFINITY, f32::min) - margin;
            let most = corners.iter().map(of).fold(f32::NEG_INFINITY, f32::max) + margin;
            let clamp = |value: f32| value.clamp(0.0, limit as f32) as usize;
            (clamp(least.floor()), clamp(most.ceil()))
        };
        let (x0, x1) = range(|corner| corner.0, bits.width);
        let (y0, y1) = range(|corner| corner.1, bits.height);
        if x1 <= x0 || y1 <= y0 {
            return None;
        }
        // Not so coarse that modules become smaller than four pixels.
        let step = (x1 - x0).max(y1 - y0).div_ceil(MAX_PIECE_SIDE).min((module / 4.0) as usize).max(1);
        let (width, height) = ((x1 - x0).div_ceil(step), (y1 - y0).div_ceil(step));
        let mut data = Vec::with_capacity(width * height);
        for y in (y0..y1).step_by(step) {
            let row = bits.data.get(y * bits.width + x0..y * bits.width + x1)?;
            data.extend(row.iter().step_by(step));
        }
        Some(Self { x: x0, y: y0, step, width, height, data })
    }
}

/// A picture that counts how often it is asked.
struct Counted {
    width: u32,
    height: u32,
    data: Vec<u8>,
    left: Rc<Cell<u64>>,
    deadline: Deadline,
}

impl Counted {
    fn count(&self, accesses: u64) {
        let before = self.left.get();
        let Some(left) = before.checked_sub(accesses) else { resume_unwind(Box::new(BudgetSpent)) };
        // Looking at the clock costs more than looking at a pixel.
        if before >> 16 != left >> 16 && self.deadline.passed() {
            resume_unwind(Box::new(BudgetSpent));
        }
        self.left.set(left);
    }

    fn index(&self, x: u32, y: u32) -> usize {
        self.count(1);
        if x >= self.width || y >= self.height {
            // A bounds check would panic and write to the log.
            resume_unwind(Box::new(BudgetSpent));
        }
        y as usize * self.width as usize + x as usize
    }
}

impl Clone for Counted {
    fn clone(&self) -> Self {
        // A copy moves eight pixels or more in the time of one access.
        self.count(self.data.len() as u64 / 8 + 1);
        Self { data: self.data.clone(), left: Rc::clone(&self.left), ..*self }
    }
}

impl GenericImageView for Counted {
    type Pixel = Luma<u8>;

    fn dimensions(&self) -> (u32, u32) {
        // Asked for in every loop, and in some that ask for nothing else.
        self.count(1);
        (self.width, self.height)
    }

    fn get_pixel(&self, x: u32, y: u32) -> Luma<u8> {
        let index = self.index(x, y);
        Luma([self.data.get(index).copied().unwrap_or(0)])
    }
}

impl GenericImage for Counted {
    fn get_pixel_mut(&mut self, x: u32, y: u32) -> &mut Luma<u8> {
        // Never called by rqrr, and a byte is not a Luma.
        self.index(x, y);
        resume_unwind(Box::new(BudgetSpent))
    }

    fn put_pixel(&mut self, x: u32, y: u32, pixel: Luma<u8>) {
        let index = self.index(x, y);
        if let Some(value) = self.data.get_mut(index) {
            *value = pixel.0[0];
        }
    }

    fn blend_pixel(&mut self, x: u32, y: u32, pixel: Luma<u8>) {
        self.put_pixel(x, y, pixel);
    }
}
