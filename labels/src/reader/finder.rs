//! Finder patterns and the sets of three that may belong to one symbol.
//!
//! The search goes over rows for runs of black and white as 1:1:3:1:1 and lets `rxing` confirm and measure
//! each place. It is ours, and not that of a library, because a picture can be made of nothing but finder
//! patterns: here their number and the number of sets are capped, and time is looked at on the way.

use super::Deadline;
use super::pixels::Bits;
use rxing::Point;
use rxing::common::BitMatrix;
use rxing::common::cpp_essentials::{ConcentricPattern, LocateConcentricPattern};
use rxing::qrcode::cpp_port::detector::FinderPatternSet;

/// A sheet of 65 labels has 195 finder patterns. Beyond this, a picture is a pattern of its own.
const MAX_PATTERNS: usize = 600;
/// Places to confirm in one look.
const MAX_CANDIDATES: usize = 40_000;
/// Of each pattern, so many of its neighbours are tried as the other two of its symbol.
const MAX_NEIGHBOURS: usize = 14;

/// Finder patterns of one look.
pub(super) struct Patterns {
    pub(super) all: Vec<ConcentricPattern>,
    /// Whether the search ended before the picture did.
    pub(super) cut_short: bool,
}

/// Searches a picture; `bits` and `matrix` are the same picture in two forms.
pub(super) fn find(bits: &Bits, matrix: &BitMatrix, deadline: Deadline) -> Patterns {
    // The middle of a pattern is three modules high, so no pattern with modules of two pixels is missed.
    let step = (bits.height / 400).clamp(2, 6);
    let mut found = Patterns { all: Vec::new(), cut_short: false };
    let mut candidates = 0;
    let mut runs = Vec::new();
    for (y, row) in bits.data.chunks_exact(bits.width).enumerate().skip(step - 1).step_by(step) {
        if deadline.passed() {
            found.cut_short = true;
            return found;
        }
        runs_of(row, &mut runs);
        let mut x = 0;
        for (index, &run) in runs.iter().enumerate() {
            // Runs begin with white, so those with odd numbers are black.
            let five = runs.get(index..index + 5).filter(|_| index % 2 == 1);
            if let Some(&[a, b, c, d, e]) = five
                && looks_like_a_pattern([a, b, c, d, e])
            {
                let centre = Point::new((x + a + b) as f32 + c as f32 / 2.0, y as f32 + 0.5);
                if !found.all.iter().any(|old| near(old, centre)) {
                    candidates += 1;
                    if candidates > MAX_CANDIDATES || found.all.len() >= MAX_PATTERNS {
                        found.cut_short = true;
                        return found;
                    }
                    // Three times the width, for symbols seen very much from the side.
                    let range = ((a + b + c + d + e) * 3).min(i32::from(u16::MAX) as u32) as i32;
                    let pattern =
                        LocateConcentricPattern::<true, 5, 7>(matrix, &[1, 1, 3, 1, 1], centre, range);
                    found.all.extend(pattern);
                }
            }
            x += run;
        }
    }
    found
}

fn near(pattern: &ConcentricPattern, point: Point) -> bool {
    let half = pattern.size as f32 / 2.0;
    (pattern.p.x - point.x).abs() < half && (pattern.p.y - point.y).abs() < half
}

/// Lengths of runs of equal pixels, beginning with white (0 long if the row begins with black).
fn runs_of(row: &[u8], runs: &mut Vec<u32>) {
    runs.clear();
    let mut last = 0;
    let mut length = 0;
    for &bit in row {
        if bit == last {
            length += 1;
        } else {
            runs.push(length);
            last = bit;
            length = 1;
        }
    }
    runs.push(length);
}

/// Whether five runs can be a cut through the middle of a finder pattern. Blur and a wrong threshold make
/// black wider and white narrower or the other way round, by the same on each edge; so black and white are
/// each measured with a unit of their own.
fn looks_like_a_pattern([a, b, c, d, e]: [u32; 5]) -> bool {
    if c < 3 || c < b.max(d) || 2 * a.max(e) > c + 2 {
        return false;
    }
    let (black, white) = ((a + c + e) as f32 / 5.0, (b + d) as f32 / 2.0);
    if black > 5.0 * white || white > 2.5 * black {
        return false;
    }
    let close = |run: u32, modules: f32, unit: f32| (run as f32 - modules * unit).abs() <= unit * 0.75 + 0.6;
    close(a, 1.0, black)
        && close(e, 1.0, black)
        && close(c, 3.0, black)
        && close(b, 1.0, white)
        && close(d, 1.0, white)
}

/// Sets of three patterns that can be one symbol, the likeliest first.
pub(super) fn sets(patterns: &[ConcentricPattern]) -> Vec<FinderPatternSet> {
    let mut scored: Vec<(f32, FinderPatternSet)> = Vec::new();
    for corner in patterns {
        // The symbol is at most 177 modules wide, the pattern is seven.
        let reach = corner.size as f32 / 7.0 * 177.0 * 1.3;
        let mut neighbours: Vec<(f32, &ConcentricPattern)> = patterns
            .iter()
            .filter(|other| {
                *other != corner && other.size <= corner.size * 2 && corner.size <= other.size * 2
            })
            .map(|other| (Point::distance(corner.p, other.p), other))
            .filter(|(distance, _)| *distance <= reach && *distance > corner.size as f32)
            .collect();
        neighbours.sort_by(|left, right| left.0.total_cmp(&right.0));
        neighbours.truncate(MAX_NEIGHBOURS);
        for (index, &(first_distance, first)) in neighbours.iter().enumerate() {
            for &(second_distance, second) in neighbours.iter().skip(index + 1) {
                if let Some(set) = score(corner, (first_distance, first), (second_distance, second)) {
                    scored.push(set);
                }
            }
        }
    }
    scored.sort_by(|left, right| left.0.total_cmp(&right.0));
    scored.into_iter().map(|(_, set)| set).collect()
}

/// How little three patterns look like one symbol with `corner` at its top left; none if not at all.
fn score(
    corner: &ConcentricPattern,
    (first_distance, first): (f32, &ConcentricPattern),
    (second_distance, second): (f32, &ConcentricPattern),
) -> Option<(f32, FinderPatternSet)> {
    let (short, long) = (first_distance.min(second_distance), first_distance.max(second_distance));
    if long > 2.5 * short {
        return None;
    }
    let size = (corner.size + first.size + second.size) as f32 / 3.0;
    let modules = (first_distance + second_distance) / 2.0 / (size / 7.0) + 7.0;
    if !(21.0 * 0.75..=177.0 * 1.5).contains(&modules) {
        return None;
    }
    let (u, v) = (first.p - corner.p, second.p - corner.p);
    let cosine = Point::dot(u, v) / (first_distance * second_distance);
    if cosine.abs() > 0.6 {
        return None;
    }
    // The two arms as seen from the corner: to the right and downwards, as y grows downwards.
    let (tr, bl) = if Point::cross(u, v) > 0.0 { (first, second) } else { (second, first) };
    let uneven = (long - short) / long;
    let sizes = [corner.size, first.size, second.size];
    let spread = (sizes.iter().max().copied().unwrap_or(0) - sizes.iter().min().copied().unwrap_or(0)) as f32;
    let unlike = 1.0 + cosine.abs() + uneven + spread / size;
    let score = (first_distance + second_distance) * unlike;
    Some((score, FinderPatternSet { bl: *bl, tl: *corner, tr: *tr }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_begin_with_white() {
        let mut runs = Vec::new();
        runs_of(&[1, 1, 0, 1], &mut runs);
        assert_eq!(runs, [0, 2, 1, 1]);
        runs_of(&[0, 0], &mut runs);
        assert_eq!(runs, [2]);
        runs_of(&[], &mut runs);
        assert_eq!(runs, [0]);
    }

    #[test]
    fn proportions_are_recognised() {
        for five in [[1, 1, 3, 1, 1], [4, 4, 12, 4, 4], [3, 5, 11, 5, 3], [6, 3, 15, 3, 6], [2, 2, 5, 2, 2]] {
            assert!(looks_like_a_pattern(five), "{five:?}");
        }
        for five in
            [[1, 1, 1, 1, 1], [4, 4, 4, 4, 4], [12, 4, 12, 4, 12], [4, 12, 12, 12, 4], [1, 9, 30, 1, 9]]
        {
            assert!(!looks_like_a_pattern(five), "{five:?}");
        }
    }

    fn pattern(x: f32, y: f32, size: i32) -> ConcentricPattern {
        ConcentricPattern { p: Point::new(x, y), size }
    }

    #[test]
    fn a_set_knows_its_corners_however_it_is_turned() {
        let (tl, tr, bl) = (pattern(0.0, 0.0, 28), pattern(72.0, 0.0, 28), pattern(0.0, 72.0, 28));
        for order in [[tl, tr, bl], [bl, tl, tr], [tr, bl, tl]] {
            let best = sets(&order).into_iter().next().unwrap();
            assert_eq!((best.tl, best.tr, best.bl), (tl, tr, bl));
        }
        assert!(sets(&[tl, tr]).is_empty());
        assert!(sets(&[tl, tr, pattern(140.0, 0.0, 28)]).is_empty(), "in a row");
    }

    #[test]
    fn the_number_of_sets_is_bounded() {
        let many: Vec<_> =
            (0..MAX_PATTERNS).map(|i| pattern((i % 25 * 40) as f32, (i / 25 * 40) as f32, 28)).collect();
        assert!(sets(&many).len() <= MAX_PATTERNS * MAX_NEIGHBOURS * (MAX_NEIGHBOURS - 1) / 2);
    }
}
