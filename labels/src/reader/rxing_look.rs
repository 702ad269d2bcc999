//! One symbol by `rxing`: sampled between three known finder patterns, then decoded.
//!
//! Only the steps of `rxing` that handle a single symbol are used; their work is bounded by the size of the
//! picture and by the 177 modules of the largest symbol.

use super::quiet::quietly;
use rxing::Point;
use rxing::common::{BitMatrix, DetectorRXingResult};
use rxing::qrcode::cpp_port::decoder::Decode;
use rxing::qrcode::cpp_port::detector::{FinderPatternSet, SampleQR};
use rxing::qrcode::detector::{Detector, FinderPattern, FinderPatternInfo};

/// Text and corners (top left, top right, bottom right, bottom left) in pixels of `matrix`.
pub(super) type Symbol = (String, [(f32, f32); 4]);

/// Reads the symbol of these three patterns.
pub(super) fn read(matrix: &BitMatrix, set: &FinderPatternSet) -> Option<Symbol> {
    // Some of these functions say of themselves that they can panic.
    quietly(|| {
        let sampled = SampleQR(matrix, set).ok();
        sampled
            .and_then(|sampled| {
                let text = decoded(sampled.getBits())?;
                let &[tl, tr, bl, br] = sampled.getPoints().first_chunk::<4>()?;
                Some((text, [tl, tr, br, bl].map(|point| (point.x, point.y))))
            })
            .or_else(|| read_otherwise(matrix, set))
    })
    .flatten()
}

/// The older sampler of the same library. It measures modules along other lines and reads some symbols that
/// the newer one does not.
fn read_otherwise(matrix: &BitMatrix, set: &FinderPatternSet) -> Option<Symbol> {
    let pattern = |p: &rxing::common::cpp_essentials::ConcentricPattern| {
        FinderPattern::new(p.p.x, p.p.y, p.size as f32 / 7.0)
    };
    let info = FinderPatternInfo::new([pattern(&set.bl), pattern(&set.tl), pattern(&set.tr)]);
    let sampled = Detector::new(matrix).processFinderPatternInfo(info).ok()?;
    let text = decoded(sampled.getBits())?;
    Some((text, estimated_corners(set)))
}

fn decoded(bits: &BitMatrix) -> Option<String> {
    let result = Decode(bits).ok()?;
    if !result.isValid() {
        return None;
    }
    let text = result.text();
    (!text.is_empty()).then_some(text)
}

/// Corners of a symbol as its three patterns tell them, without regard to perspective.
pub(super) fn estimated_corners(set: &FinderPatternSet) -> [(f32, f32); 4] {
    let (tl, tr, bl) = (set.tl.p, set.tr.p, set.bl.p);
    let module = (set.tl.size + set.tr.size + set.bl.size) as f32 / 21.0;
    let unit = |from: Point, to: Point| {
        let length = Point::distance(from, to).max(1.0);
        (to - from) / length * module * 3.5
    };
    // From the middle of a pattern it is three and a half modules to the edge, both ways.
    let (right, down) = (unit(tl, tr), unit(tl, bl));
    let br = tr + bl - tl;
    [tl - right - down, tr + right - down, br + right + down, bl - right + down]
        .map(|point| (point.x, point.y))
}
