//! The looks at a picture, one after the other, and what is made of them.

use super::pixels::{Bits, Grey};
use super::rxing_look::Symbol;
use super::{Deadline, Found, ReadError, Reading, finder, rqrr_look, rxing_look};
use rxing::common::cpp_essentials::ConcentricPattern;
use rxing::qrcode::cpp_port::detector::FinderPatternSet;

/// Longest side of the first look. Modules of a label sheet photographed whole are still two pixels wide.
const FIRST_SIDE: usize = 1600;
/// Longest side of looks at an enlarged picture.
const LARGE_SIDE: usize = 2600;
/// Pictures up to this side are enlarged.
const ENLARGE_BELOW: usize = 1300;
/// Sets that are tried in one look before it is given up; a sheet of 65 labels needs some hundreds.
const MAX_SETS: usize = 1500;
/// On a sheet of equal symbols, sets that are tried although they are not like the others. Characters of the
/// text on labels can pass for finder patterns, and stand in rows and columns just as these do.
const MAX_UNLIKE: usize = 60;
/// Attempts by `rqrr` in one look, and for one picture. Each takes some milliseconds.
const MAX_RQRR_IN_LOOK: usize = 4;
const MAX_RQRR: usize = 12;
/// More patterns than this are no single label.
const FEW_PATTERNS: usize = 5;
/// Most symbols in one picture.
const MAX_CODES: usize = 300;

/// What is known so far.
struct Search {
    deadline: Deadline,
    codes: Vec<Found>,
    complete: bool,
    rqrr_left: usize,
}

/// What one look left behind.
#[derive(PartialEq, Eq)]
enum Seen {
    /// Nothing that could be a symbol.
    Nothing,
    /// Everything that could be a symbol was read.
    AllRead,
    /// Something that could be a symbol was not read.
    Unread,
}

pub(super) fn search(picture: &Grey, deadline: Deadline) -> Result<Reading, ReadError> {
    let mut search = Search { deadline, codes: Vec::new(), complete: true, rqrr_left: MAX_RQRR };
    search.run(picture);
    if search.codes.is_empty() && deadline.passed() {
        return Err(ReadError::TimeBudget);
    }
    let middle = |found: &Found| {
        let sum = found.corners.iter().fold((0.0, 0.0), |sum, c| (sum.0 + c.0, sum.1 + c.1));
        (sum.1, sum.0)
    };
    search.codes.sort_by(|left, right| {
        let (left, right) = (middle(left), middle(right));
        left.0.total_cmp(&right.0).then(left.1.total_cmp(&right.1))
    });
    Ok(Reading {
        width: picture.width as u32,
        height: picture.height as u32,
        codes: search.codes,
        complete: search.complete && !deadline.passed(),
    })
}

impl Search {
    fn run(&mut self, picture: &Grey) {
        let full = picture.longest();
        let first = picture.shrunk(FIRST_SIDE);
        let scale = |grey: &Grey| full as f32 / grey.longest() as f32;

        let seen = self.look(&first.by_blocks(), scale(&first));
        if seen == Seen::AllRead && self.codes.len() == 1 {
            return;
        }
        // Small modules and soft edges: larger and sharper. Of several symbols, one may have been too soft
        // even to be noticed.
        if self.deadline.passed() {
            return;
        }
        let large =
            if full <= ENLARGE_BELOW { picture.doubled() } else { picture.shrunk(LARGE_SIDE) }.sharpened();
        let before = self.codes.len();
        let seen = self.look(&large.by_blocks(), scale(&large));
        if !self.codes.is_empty() {
            // As large as the photograph is, if something is left or this look brought more than the first.
            let may_be_more = seen == Seen::Unread || (before > 0 && self.codes.len() > before);
            if may_be_more && full > LARGE_SIDE && !self.deadline.passed() {
                self.look(&picture.by_blocks(), 1.0);
            } else if may_be_more && !self.deadline.passed() {
                self.look(&large.by_mean(large.longest() / 32), scale(&large));
            }
            return;
        }
        // Modules so large that noise and texture inside them disturb: smaller.
        for side in [800, 480, 240] {
            if self.done() {
                return;
            }
            if full > side {
                let small = picture.shrunk(side);
                let small = if side < 300 { small.blurred() } else { small };
                self.look(&small.by_blocks(), scale(&small));
            }
        }
        // Uneven light, print that has run or faded: other thresholds.
        for (grey, part) in [(&large, 16), (&first, 32), (&first, 10)] {
            if self.done() {
                return;
            }
            self.look(&grey.by_mean(grey.longest() / part), scale(grey));
        }
        if self.done() {
            return;
        }
        let sharp = first.sharpened();
        self.look(&sharp.by_mean(sharp.longest() / 32), scale(&sharp));
        if full > LARGE_SIDE && !self.done() {
            self.look(&picture.by_blocks(), 1.0);
            if !self.done() {
                self.look(&picture.sharpened().by_blocks(), 1.0);
            }
        }
        if !self.done() {
            self.look(&first.inverted().by_blocks(), scale(&first));
        }
    }

    fn done(&self) -> bool {
        !self.codes.is_empty() || self.deadline.passed()
    }

    /// One look at one version of the picture; `scale` takes its pixels to those of the whole one.
    fn look(&mut self, bits: &Bits, scale: f32) -> Seen {
        let Some(matrix) = bits.to_matrix() else { return Seen::Nothing };
        let patterns = finder::find(bits, &matrix, self.deadline);
        let sets = finder::sets(&patterns.all);
        let alone = patterns.all.len() <= FEW_PATTERNS;
        let deadline = self.deadline;
        let granted = self.rqrr_left.min(MAX_RQRR_IN_LOOK);
        let mut rqrr_left = granted;
        let mut by_rqrr = |set: &FinderPatternSet| {
            rqrr_left = rqrr_left.checked_sub(1)?;
            rqrr_look::read(bits, set, deadline)
        };
        let mut unread = patterns.cut_short;
        let mut any_read = false;
        let mut used = Vec::new();
        let mut crowd = Crowd::default();
        let (mut tried, mut tried_unlike) = (0, 0);
        for set in &sets {
            let members = [set.tl, set.tr, set.bl];
            if members.iter().any(|member| used.contains(member)) {
                continue;
            }
            // What belongs to a symbol read in an earlier look belongs to no other.
            let owners = members.map(|member| self.owner(&member, scale));
            if owners.iter().any(Option::is_some) {
                if owners.iter().all(|owner| *owner == owners[0]) {
                    any_read = true;
                    crowd.add(set);
                }
                continue;
            }
            if tried >= MAX_SETS || self.codes.len() >= MAX_CODES || self.deadline.passed() {
                unread = true;
                self.complete = false;
                break;
            }
            tried += 1;
            if !crowd.is_like_the_others(set) {
                tried_unlike += 1;
                if tried_unlike > MAX_UNLIKE {
                    continue;
                }
            }
            let symbol = if alone && rqrr_look::module_of(set) >= rqrr_look::GOOD_MODULE {
                by_rqrr(set).or_else(|| rxing_look::read(&matrix, set))
            } else {
                rxing_look::read(&matrix, set).or_else(|| by_rqrr(set))
            };
            match symbol {
                Some(symbol) => {
                    used.extend(members);
                    crowd.add(set);
                    any_read = true;
                    self.add(symbol, scale);
                }
                None => unread = true,
            }
        }
        self.rqrr_left -= granted - rqrr_left;
        if patterns.cut_short {
            self.complete = false;
        }
        if unread && self.leftover(&sets, &crowd, scale) {
            Seen::Unread
        } else if any_read {
            Seen::AllRead
        } else {
            Seen::Nothing
        }
    }

    /// The symbol among those read in whose area a pattern lies.
    fn owner(&self, pattern: &ConcentricPattern, scale: f32) -> Option<usize> {
        let point = (pattern.p.x * scale, pattern.p.y * scale);
        self.codes.iter().position(|found| contains(&found.corners, point))
    }

    /// Whether a set of patterns remains of which none belongs to a symbol that was read; on a sheet of equal
    /// symbols, one that is like the others.
    fn leftover(&self, sets: &[FinderPatternSet], crowd: &Crowd, scale: f32) -> bool {
        sets.iter().any(|set| {
            crowd.is_like_the_others(set)
                && [set.tl, set.tr, set.bl].iter().all(|pattern| self.owner(pattern, scale).is_none())
        })
    }

    fn add(&mut self, (text, corners): Symbol, scale: f32) {
        let corners = corners.map(|(x, y)| (x * scale, y * scale));
        let middle = middle_of(&corners);
        let known = self.codes.iter().any(|found| {
            found.text == text
                && (contains(&found.corners, middle) || contains(&corners, middle_of(&found.corners)))
        });
        if !known {
            self.codes.push(Found { text, corners });
        }
    }
}

/// The symbols read in one look, by which the others on a sheet are known.
#[derive(Default)]
struct Crowd {
    sizes: Vec<f32>,
    arms: Vec<f32>,
}

impl Crowd {
    fn measures(set: &FinderPatternSet) -> (f32, f32) {
        let arms = [set.tr, set.bl].map(|end| ConcentricPattern::distance(set.tl, end));
        (rqrr_look::module_of(set), arms[0] + arms[1])
    }

    fn add(&mut self, set: &FinderPatternSet) {
        let (size, arm) = Self::measures(set);
        for (value, values) in [(size, &mut self.sizes), (arm, &mut self.arms)] {
            let place = values.partition_point(|other| *other < value);
            values.insert(place, value);
        }
    }

    /// Whether a set measures about as much as the median of those read; true as long as these are too few
    /// to tell.
    fn is_like_the_others(&self, set: &FinderPatternSet) -> bool {
        let (size, arm) = Self::measures(set);
        let near = |value: f32, values: &[f32]| {
            values.get(values.len() / 2).is_none_or(|median| value < median * 1.7 && *median < value * 1.7)
        };
        self.sizes.len() < 3 || (near(size, &self.sizes) && near(arm, &self.arms))
    }
}

fn middle_of(corners: &[(f32, f32); 4]) -> (f32, f32) {
    let sum = corners.iter().fold((0.0, 0.0), |sum, corner| (sum.0 + corner.0, sum.1 + corner.1));
    (sum.0 / 4.0, sum.1 / 4.0)
}

/// Whether a point lies in a convex four-cornered area.
fn contains(corners: &[(f32, f32); 4], (x, y): (f32, f32)) -> bool {
    let side = |index: usize| {
        let (ax, ay) = corners[index];
        let (bx, by) = corners[(index + 1) % 4];
        (bx - ax) * (y - ay) - (by - ay) * (x - ax)
    };
    let sides = [side(0), side(1), side(2), side(3)];
    sides.iter().all(|&value| value >= 0.0) || sides.iter().all(|&value| value <= 0.0)
}
