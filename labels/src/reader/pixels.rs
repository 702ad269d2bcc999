//! Grey and black-and-white pictures, and what is done to them before a look. Everything here takes time and
//! memory in proportion to the pixels, whatever they show.

use image::metadata::Orientation;
use rxing::common::{BitArray, BitMatrix};

/// Grey values row by row, 0 for black.
#[derive(Clone, Debug)]
pub(super) struct Grey {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) data: Vec<u8>,
}

/// A black-and-white picture: 1 for black, 0 for white.
pub(super) struct Bits {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) data: Vec<u8>,
}

impl Grey {
    pub(super) fn longest(&self) -> usize {
        self.width.max(self.height)
    }

    /// Turned and mirrored as the camera says it was held.
    pub(super) fn upright(self, orientation: Orientation) -> Self {
        let (w, h) = (self.width, self.height);
        let turned = |width: usize, height: usize, from: &dyn Fn(usize, usize) -> usize| {
            let mut data = Vec::with_capacity(width * height);
            for y in 0..height {
                data.extend((0..width).map(|x| self.data[from(x, y)]));
            }
            Self { width, height, data }
        };
        match orientation {
            Orientation::NoTransforms => self,
            Orientation::FlipHorizontal => turned(w, h, &|x, y| y * w + (w - 1 - x)),
            Orientation::Rotate180 => turned(w, h, &|x, y| (h - 1 - y) * w + (w - 1 - x)),
            Orientation::FlipVertical => turned(w, h, &|x, y| (h - 1 - y) * w + x),
            Orientation::Rotate90FlipH => turned(h, w, &|x, y| x * w + y),
            Orientation::Rotate90 => turned(h, w, &|x, y| (h - 1 - x) * w + y),
            Orientation::Rotate270FlipH => turned(h, w, &|x, y| (h - 1 - x) * w + (w - 1 - y)),
            Orientation::Rotate270 => turned(h, w, &|x, y| x * w + (w - 1 - y)),
        }
    }

    pub(super) fn inverted(&self) -> Self {
        Self { data: self.data.iter().map(|value| 255 - value).collect(), ..*self }
    }

    /// Smaller, each new pixel the mean of the area that it stands for. `longest` is the new longest side;
    /// a picture that is not longer comes back as it is.
    pub(super) fn shrunk(&self, longest: usize) -> Self {
        if self.longest() <= longest {
            return self.clone();
        }
        let scaled = |side: usize| (side * longest / self.longest()).max(1);
        let (width, height) = (scaled(self.width), scaled(self.height));
        // Weights in 1/256 pixel. Columns first, so that the second pass runs along rows.
        let spans = |from: usize, to: usize| -> Vec<(usize, usize, u32, u32)> {
            (0..to)
                .map(|i| {
                    let start = i * from * 256 / to;
                    let end = ((i + 1) * from * 256 / to).max(start + 1);
                    let (first, last) = (start / 256, ((end - 1) / 256).min(from - 1));
                    let head = if first == last { end - start } else { 256 - start % 256 };
                    let tail = end - last * 256;
                    (first, last, head as u32, tail as u32)
                })
                .collect()
        };
        let columns = spans(self.width, width);
        let rows = spans(self.height, height);
        let mut data = Vec::with_capacity(width * height);
        let mut sums = vec![0_u32; self.width];
        for &(first, last, head, tail) in &rows {
            let row = |y: usize| self.data.get(y * self.width..(y + 1) * self.width).unwrap_or_default();
            for (sum, &value) in sums.iter_mut().zip(row(first)) {
                *sum = u32::from(value) * head;
            }
            for y in first + 1..last {
                for (sum, &value) in sums.iter_mut().zip(row(y)) {
                    *sum += u32::from(value) * 256;
                }
            }
            if last > first {
                for (sum, &value) in sums.iter_mut().zip(row(last)) {
                    *sum += u32::from(value) * tail;
                }
            }
            let high = u64::from(head) + 256 * (last.saturating_sub(first + 1)) as u64;
            let high = high + if last > first { u64::from(tail) } else { 0 };
            for &(first, last, head, tail) in &columns {
                let mut sum = u64::from(sums[first]) * u64::from(head);
                let mut wide = u64::from(head);
                if last > first {
                    sum += sums[first + 1..last].iter().map(|&value| u64::from(value)).sum::<u64>() * 256;
                    sum += u64::from(sums[last]) * u64::from(tail);
                    wide += 256 * (last - first - 1) as u64 + u64::from(tail);
                }
                data.push((sum / (wide * high).max(1)).min(255) as u8);
            }
        }
        Self { width, height, data }
    }

    /// Twice as large by cubic interpolation (Catmull–Rom), which keeps edges that a linear one would blur.
    pub(super) fn doubled(&self) -> Self {
        // New pixels lie a quarter of an old one to either side of an old one's middle.
        const WEIGHTS: [i32; 4] = [-9, 111, 29, -3];
        let along = |source: &[u8], stride: usize, count: usize, out: &mut dyn FnMut(usize, u8)| {
            let at = |i: isize| {
                let i = i.clamp(0, count as isize - 1) as usize;
                i32::from(source[i * stride])
            };
            for i in 0..count as isize {
                let mix = |step: isize| {
                    let sum: i32 = WEIGHTS
                        .iter()
                        .enumerate()
                        .map(|(k, weight)| weight * at(i + step * (k as isize - 1)))
                        .sum();
                    ((sum + 64) >> 7).clamp(0, 255) as u8
                };
                out(2 * i as usize, mix(-1));
                out(2 * i as usize + 1, mix(1));
            }
        };
        let (width, height) = (self.width * 2, self.height * 2);
        let mut wide = vec![0; width * self.height];
        for (row, out) in self.data.chunks_exact(self.width).zip(wide.chunks_exact_mut(width)) {
            along(row, 1, self.width, &mut |x, value| out[x] = value);
        }
        // Downwards row by row, as memory lies.
        let mut data = vec![0; width * height];
        for y in 0..self.height {
            for (step, half) in [(-1_isize, 0), (1, 1)] {
                let rows: [&[u8]; 4] = std::array::from_fn(|k| {
                    let from = (y as isize + step * (k as isize - 1)).clamp(0, self.height as isize - 1);
                    &wide[from as usize * width..(from as usize + 1) * width]
                });
                let start = (2 * y + half) * width;
                for (x, out) in data[start..start + width].iter_mut().enumerate() {
                    let sum: i32 =
                        WEIGHTS.iter().zip(rows).map(|(weight, row)| weight * i32::from(row[x])).sum();
                    *out = ((sum + 64) >> 7).clamp(0, 255) as u8;
                }
            }
        }
        Self { width, height, data }
    }

    /// Blurred with the weights 1 4 6 4 1 both ways.
    pub(super) fn blurred(&self) -> Self {
        let w = self.width;
        let mut across = vec![0_u8; self.data.len()];
        for (row, out) in self.data.chunks_exact(w).zip(across.chunks_exact_mut(w)) {
            let at = |x: isize| u32::from(row[x.clamp(0, w as isize - 1) as usize]);
            let mix =
                |x: isize| ((at(x - 2) + at(x + 2) + 4 * (at(x - 1) + at(x + 1)) + 6 * at(x) + 8) >> 4) as u8;
            // Two pixels at either end have no full neighbourhood; in a row of less than five, none has.
            for (x, out) in out.iter_mut().enumerate().filter(|(x, _)| *x < 2 || x + 2 >= w) {
                *out = mix(x as isize);
            }
            for (x, five) in row.windows(5).enumerate() {
                let five: [u32; 5] = std::array::from_fn(|k| u32::from(five[k]));
                out[x + 2] = ((five[0] + five[4] + 4 * (five[1] + five[3]) + 6 * five[2] + 8) >> 4) as u8;
            }
        }
        let mut data = vec![0_u8; self.data.len()];
        for (y, out) in data.chunks_exact_mut(w).enumerate() {
            let rows: [&[u8]; 5] = std::array::from_fn(|k| {
                let from = (y as isize + k as isize - 2).clamp(0, self.height as isize - 1) as usize;
                &across[from * w..(from + 1) * w]
            });
            for (x, out) in out.iter_mut().enumerate() {
                let at = |k: usize| u32::from(rows[k][x]);
                *out = ((at(0) + at(4) + 4 * (at(1) + at(3)) + 6 * at(2) + 8) >> 4) as u8;
            }
        }
        Self { width: w, height: self.height, data }
    }

    /// Sharpened: what a blur takes away is added, twice.
    pub(super) fn sharpened(&self) -> Self {
        let blurred = self.blurred().blurred().blurred().blurred();
        let data = self
            .data
            .iter()
            .zip(&blurred.data)
            .map(|(&value, &blur)| {
                let (value, blur) = (i32::from(value), i32::from(blur));
                (value + 2 * (value - blur)).clamp(0, 255) as u8
            })
            .collect();
        Self { width: self.width, height: self.height, data }
    }

    /// Black and white by the light of the neighbourhood: blocks of 8 by 8 pixels, each judged by the mean of
    /// the five by five blocks around it. A block without contrast of its own is light, unless the blocks
    /// before it say that a dark area goes on.
    pub(super) fn by_blocks(&self) -> Bits {
        const SIDE: usize = 8;
        const LEAST_CONTRAST: u8 = 24;
        let (w, h) = (self.width, self.height);
        let (cols, rows) = (w.div_ceil(SIDE), h.div_ceil(SIDE));
        if cols < 5 || rows < 5 {
            return self.by_middle();
        }
        let mut points = vec![0_u32; cols * rows];
        for row in 0..rows {
            for col in 0..cols {
                // The last blocks are moved in, so that all are whole.
                let (x0, y0) = ((col * SIDE).min(w - SIDE), (row * SIDE).min(h - SIDE));
                let (mut sum, mut least, mut most) = (0_u32, 255_u8, 0_u8);
                for y in y0..y0 + SIDE {
                    for &value in &self.data[y * w + x0..y * w + x0 + SIDE] {
                        sum += u32::from(value);
                        least = least.min(value);
                        most = most.max(value);
                    }
                }
                let mut point = sum / (SIDE * SIDE) as u32;
                if most - least <= LEAST_CONTRAST {
                    // Even: light, so the threshold goes below its darkest; but inside a large dark area, below
                    // the threshold around it, the neighbours' threshold is kept.
                    point = u32::from(least) / 2;
                    if row > 0 && col > 0 {
                        let at = |r: usize, c: usize| points[r * cols + c];
                        let before = (at(row - 1, col) + 2 * at(row, col - 1) + at(row - 1, col - 1)) / 4;
                        if u32::from(least) < before {
                            point = before;
                        }
                    }
                }
                points[row * cols + col] = point;
            }
        }
        let mut data = vec![0_u8; w * h];
        for row in 0..rows {
            for col in 0..cols {
                let (c0, r0) = (col.saturating_sub(2).min(cols - 5), row.saturating_sub(2).min(rows - 5));
                let sum: u32 =
                    (r0..r0 + 5).map(|r| points[r * cols + c0..r * cols + c0 + 5].iter().sum::<u32>()).sum();
                let threshold = (sum / 25) as u8;
                for y in row * SIDE..((row + 1) * SIDE).min(h) {
                    let span = y * w + col * SIDE..y * w + ((col + 1) * SIDE).min(w);
                    for (bit, &value) in data[span.clone()].iter_mut().zip(&self.data[span]) {
                        *bit = u8::from(value <= threshold);
                    }
                }
            }
        }
        Bits { width: w, height: h, data }
    }

    /// Black and white by the middle between the darkest and the lightest: for pictures too small for blocks.
    fn by_middle(&self) -> Bits {
        let least = self.data.iter().min().copied().unwrap_or(0);
        let most = self.data.iter().max().copied().unwrap_or(0);
        let middle = ((u16::from(least) + u16::from(most)) / 2) as u8;
        let data = self.data.iter().map(|&value| u8::from(value < middle)).collect();
        Bits { width: self.width, height: self.height, data }
    }

    /// Black and white by the mean of the square around each pixel, `radius` to each side.
    pub(super) fn by_mean(&self, radius: usize) -> Bits {
        let (w, h) = (self.width, self.height);
        // Sums of whole columns of the square slide downwards, their sum slides along the row.
        let mut columns = vec![0_u32; w];
        for y in 0..radius.min(h) {
            for (sum, &value) in columns.iter_mut().zip(&self.data[y * w..]) {
                *sum += u32::from(value);
            }
        }
        let mut data = vec![0_u8; w * h];
        for y in 0..h {
            if y + radius < h {
                for (sum, &value) in columns.iter_mut().zip(&self.data[(y + radius) * w..]) {
                    *sum += u32::from(value);
                }
            }
            if y > radius {
                for (sum, &value) in columns.iter_mut().zip(&self.data[(y - radius - 1) * w..]) {
                    *sum -= u32::from(value);
                }
            }
            let high = (y + radius).min(h - 1) - y.saturating_sub(radius) + 1;
            let mut sum: u64 = columns.iter().take(radius).map(|&value| u64::from(value)).sum();
            let mut wide = radius.min(w);
            for x in 0..w {
                if x + radius < w {
                    sum += u64::from(columns[x + radius]);
                    wide += 1;
                }
                if x > radius {
                    sum -= u64::from(columns[x - radius - 1]);
                    wide -= 1;
                }
                // A little below the mean, so that even areas are light.
                let value = u64::from(self.data[y * w + x]) + 4;
                data[y * w + x] = u8::from(value * (wide * high) as u64 <= sum);
            }
        }
        Bits { width: w, height: h, data }
    }
}

impl Bits {
    /// The same for `rxing`; none for a picture without pixels.
    pub(super) fn to_matrix(&self) -> Option<BitMatrix> {
        const WORD: usize = usize::BITS as usize;
        let mut matrix = BitMatrix::new(self.width as u32, self.height as u32).ok()?;
        let mut line = BitArray::with_size(self.width);
        for (y, row) in self.data.chunks_exact(self.width).enumerate() {
            for (index, word) in row.chunks(WORD).enumerate() {
                let bits = word.iter().rev().fold(0, |bits, &bit| (bits << 1) | usize::from(bit));
                line.setBulk(index * WORD, bits);
            }
            matrix.setRow(y as u32, &line);
        }
        Some(matrix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(width: usize, data: &[u8]) -> Grey {
        Grey { width, height: data.len() / width, data: data.to_vec() }
    }

    #[test]
    fn pictures_are_turned_as_exif_says() {
        let picture = grey(3, &[1, 2, 3, 4, 5, 6]);
        for (number, width, expected) in [
            (1, 3, [1, 2, 3, 4, 5, 6]),
            (2, 3, [3, 2, 1, 6, 5, 4]),
            (3, 3, [6, 5, 4, 3, 2, 1]),
            (4, 3, [4, 5, 6, 1, 2, 3]),
            (5, 2, [1, 4, 2, 5, 3, 6]),
            (6, 2, [4, 1, 5, 2, 6, 3]),
            (7, 2, [6, 3, 5, 2, 4, 1]),
            (8, 2, [3, 6, 2, 5, 1, 4]),
        ] {
            let turned = picture.clone().upright(Orientation::from_exif(number).unwrap());
            assert_eq!((turned.width, turned.data.as_slice()), (width, &expected[..]), "EXIF {number}");
        }
    }

    #[test]
    fn scaling_keeps_even_pictures_even() {
        for (width, height) in [(1, 1), (1, 700), (700, 1), (33, 17), (640, 480)] {
            for value in [0, 97, 255] {
                let picture = Grey { width, height, data: vec![value; width * height] };
                for scaled in [
                    picture.shrunk(320),
                    picture.shrunk(3),
                    picture.doubled(),
                    picture.blurred(),
                    picture.sharpened(),
                ] {
                    assert_eq!(scaled.data.len(), scaled.width * scaled.height);
                    assert!(scaled.data.iter().all(|&pixel| pixel == value), "{width} × {height}");
                }
                for bits in [picture.by_blocks(), picture.by_mean(5), picture.by_mean(500)] {
                    assert_eq!(bits.data.len(), width * height);
                    if value > 4 {
                        assert!(bits.data.iter().all(|&bit| bit == 0), "{width} × {height}");
                    }
                }
            }
        }
    }

    #[test]
    fn shrinking_takes_means_of_areas() {
        assert_eq!(grey(4, &[0, 100, 200, 100]).shrunk(2).data, [50, 150]);
        let thirds = grey(3, &[0, 90, 240]).shrunk(2);
        assert_eq!(thirds.data, [30, 190]);
    }

    #[test]
    fn both_forms_of_a_picture_are_the_same() {
        for width in [1, 63, 64, 65, 130] {
            let data: Vec<u8> = (0..width * 3).map(|i| u8::from(i % 7 < 3)).collect();
            let bits = Bits { width, height: 3, data };
            let matrix = bits.to_matrix().unwrap();
            for (index, &bit) in bits.data.iter().enumerate() {
                let (x, y) = ((index % width) as u32, (index / width) as u32);
                assert_eq!(matrix.get(x, y), bit == 1, "{width}: {x} {y}");
            }
        }
        assert!(Bits { width: 0, height: 0, data: Vec::new() }.to_matrix().is_none());
    }

    #[test]
    fn a_mean_is_taken_over_the_square() {
        let mut data = vec![200_u8; 9 * 9];
        data[4 * 9 + 4] = 0;
        let bits = grey(9, &data).by_mean(2);
        assert_eq!(bits.data.iter().map(|&bit| u32::from(bit)).sum::<u32>(), 1);
        assert_eq!(bits.data[4 * 9 + 4], 1);
    }
}
