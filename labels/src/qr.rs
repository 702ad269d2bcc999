//! QR symbols (ISO/IEC 18004), as a square of modules and as an outline to be filled.

use fast_qr::{ECL, QRBuilder};

/// Modules of empty space that must surround a symbol (ISO/IEC 18004, 9.1).
pub const QUIET_MODULES: usize = 4;

/// How much of a symbol can be damaged before it is no longer read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// About 7 % of its code words.
    L,
    /// About 15 %.
    M,
    /// About 25 %.
    Q,
    /// About 30 %.
    H,
}

/// The text does not go into any QR symbol at the level asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a text of {bytes} bytes is too long for a QR symbol")]
pub struct TooLong {
    /// Its length in bytes.
    pub bytes: usize,
}

/// A QR symbol without its quiet zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    size: usize,
    dark: Vec<bool>,
}

impl Symbol {
    /// Makes the smallest symbol that holds the text at this level.
    ///
    /// The mode (numeric, alphanumeric, bytes) is the shortest that can hold all of the text; text in
    /// capitals, digits and `$%*+-./:` with spaces goes in as alphanumeric.
    ///
    /// # Errors
    /// [`TooLong`] if not even version 40 holds the text.
    pub fn encode(text: &str, level: Level) -> Result<Self, TooLong> {
        let level = match level {
            Level::L => ECL::L,
            Level::M => ECL::M,
            Level::Q => ECL::Q,
            Level::H => ECL::H,
        };
        let symbol = QRBuilder::new(text).ecl(level).build().map_err(|_| TooLong { bytes: text.len() })?;
        let size = symbol.size;
        let dark = symbol.data.iter().take(size * size).map(|module| module.value()).collect();
        Ok(Self { size, dark })
    }

    /// Modules along one side: 21 for version 1, four more for each version.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Whether the module in column `x` of row `y` is dark; light outside the symbol.
    pub fn is_dark(&self, x: usize, y: usize) -> bool {
        x < self.size && y < self.size && self.dark.get(y * self.size + x).copied().unwrap_or(false)
    }

    /// The symbol with its quiet zone as grey values, 0 for dark and 255 for light, each module a square of
    /// `module_px` pixels. Returns the side in pixels and the values row by row.
    pub fn to_luma(&self, module_px: usize) -> (usize, Vec<u8>) {
        let side = (self.size + 2 * QUIET_MODULES) * module_px;
        let mut pixels = Vec::with_capacity(side * side);
        for y in 0..side {
            for x in 0..side {
                let at = |pixel: usize| (pixel / module_px).wrapping_sub(QUIET_MODULES);
                pixels.push(if self.is_dark(at(x), at(y)) { 0 } else { 255 });
            }
        }
        (side, pixels)
    }

    /// The outlines of the dark areas as closed loops of corners, in modules from the top left corner with y
    /// downwards.
    ///
    /// Filling all loops at once by the even-odd rule gives the symbol. An outline has no seams inside, so
    /// no renderer and no printer can leave hairlines between modules, which squares laid side by side do.
    pub fn outlines(&self) -> Vec<Vec<(u16, u16)>> {
        // Each edge between dark and light is one step along a loop, with the dark module on its right hand
        // (y downwards). A corner has one step leaving it, or two where two dark modules meet only there.
        const RIGHT: u8 = 1;
        const DOWN: u8 = 2;
        const LEFT: u8 = 4;
        const UP: u8 = 8;
        let side = self.size + 1;
        let mut steps = vec![0_u8; side * side];
        for y in 0..self.size {
            for x in 0..self.size {
                if !self.is_dark(x, y) {
                    continue;
                }
                let corner = |x: usize, y: usize| y * side + x;
                if y == 0 || !self.is_dark(x, y - 1) {
                    steps[corner(x, y)] |= RIGHT;
                }
                if !self.is_dark(x + 1, y) {
                    steps[corner(x + 1, y)] |= DOWN;
                }
                if !self.is_dark(x, y + 1) {
                    steps[corner(x + 1, y + 1)] |= LEFT;
                }
                if x == 0 || !self.is_dark(x - 1, y) {
                    steps[corner(x, y + 1)] |= UP;
                }
            }
        }
        let mut loops = Vec::new();
        for start in 0..steps.len() {
            while steps[start] != 0 {
                let mut corners = Vec::new();
                let mut at = start;
                let mut last = 0_u8;
                loop {
                    let leaving = steps[at];
                    if leaving == 0 {
                        break;
                    }
                    // Where two loops touch, turning right keeps each around its own module.
                    let right_of_last = if last == UP { RIGHT } else { last << 1 };
                    let step = if leaving.is_power_of_two() {
                        leaving
                    } else if leaving & right_of_last != 0 {
                        right_of_last
                    } else {
                        leaving & leaving.wrapping_neg()
                    };
                    steps[at] &= !step;
                    if step != last {
                        corners.push(((at % side) as u16, (at / side) as u16));
                        last = step;
                    }
                    at = match step {
                        RIGHT => at + 1,
                        DOWN => at + side,
                        LEFT => at - 1,
                        _ => at - side,
                    };
                }
                loops.push(corners);
            }
        }
        loops
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_version_is_taken() {
        let size = |text: &str, level| Symbol::encode(text, level).unwrap().size();
        assert_eq!(size("HOKAN:0123456789AB", Level::Q), 25);
        assert_eq!(size(&"A".repeat(47), Level::Q), 29, "47 characters are the most that version 3-Q holds");
        assert_eq!(size(&"A".repeat(48), Level::Q), 33);
        assert_eq!(size(&"A".repeat(47), Level::L), 25);
        assert_eq!(size(&"a".repeat(47), Level::Q), 37, "small letters are bytes");
        assert!(Symbol::encode(&"A".repeat(5000), Level::L).is_err());
    }

    /// Fills outlines by the even-odd rule, each module by how many edges lie to its left.
    fn fill(size: usize, loops: &[Vec<(u16, u16)>]) -> Vec<bool> {
        let mut crossings = vec![0_u32; size * size];
        for corners in loops {
            for (index, &(x, y)) in corners.iter().enumerate() {
                let (next_x, next_y) = corners[(index + 1) % corners.len()];
                assert!((x == next_x) != (y == next_y), "every side is upright or level");
                if x == next_x {
                    for row in y.min(next_y)..y.max(next_y) {
                        for col in usize::from(x)..size {
                            crossings[usize::from(row) * size + col] += 1;
                        }
                    }
                }
            }
        }
        crossings.into_iter().map(|count| count % 2 == 1).collect()
    }

    #[test]
    fn outlines_enclose_exactly_the_dark_modules() {
        for text in ["HOKAN:0123456789AB", "HTTPS://CUSTODY.TOWN.EXAMPLE.JP/L/0123456789AB", ""] {
            let symbol = Symbol::encode(text, Level::Q).unwrap();
            let loops = symbol.outlines();
            assert!(loops.iter().all(|corners| corners.len() >= 4 && corners.len() % 2 == 0));
            assert_eq!(fill(symbol.size(), &loops), symbol.dark);
        }
    }

    #[test]
    fn modules_that_touch_at_a_corner_stay_apart() {
        let symbol = Symbol { size: 2, dark: vec![true, false, false, true] };
        let loops = symbol.outlines();
        assert_eq!(loops.len(), 2);
        assert!(loops.iter().all(|corners| corners.len() == 4));
        let other = Symbol { size: 2, dark: vec![false, true, true, false] };
        assert_eq!(other.outlines().len(), 2);
    }

    #[test]
    fn a_symbol_as_pixels_has_its_quiet_zone() {
        let symbol = Symbol::encode("HOKAN:0123456789AB", Level::Q).unwrap();
        let (side, pixels) = symbol.to_luma(3);
        assert_eq!((side, pixels.len()), (33 * 3, 99 * 99));
        assert!(pixels[..99 * 12].iter().all(|&pixel| pixel == 255));
        assert_eq!(pixels[99 * 12 + 12], 0, "the corner of the finder pattern");
    }
}
