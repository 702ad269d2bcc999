//! The growing edge of the tree: the roots of its perfect subtrees, largest first.
//!
//! This is all that has to be kept to append a leaf and to know the root: at most one hash for each
//! bit of the size. Its text fits a database row and is checked when it is read back.

use std::fmt;
use std::str::FromStr;

use super::hash::{Hash, node_hash};
use super::proof::Node;

/// An append-only Merkle tree of RFC 6962, reduced to the roots of its perfect subtrees.
///
/// As text: the size, then each root in hexadecimal from the largest subtree to the smallest, parted
/// by single spaces; `0` for the empty tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

/// The text is not a frontier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrontierError {
    /// The size is missing, is not a decimal number or has leading zeros.
    #[error("the frontier does not begin with a size")]
    Size,
    /// A hash is not 64 lower-case hexadecimal digits.
    #[error("the frontier holds something that is not a hash")]
    Hash,
    /// A tree of this size has another number of perfect subtrees.
    #[error("the frontier holds {found} hashes where its size asks for {expected}")]
    Count {
        /// One for each set bit of the size.
        expected: u32,
        /// How many the text holds.
        found: usize,
    },
}

impl Frontier {
    /// The empty tree.
    #[must_use]
    pub const fn new() -> Self {
        Self { size: 0, peaks: Vec::new() }
    }

    /// How many leaves the tree has.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf, given by its leaf hash.
    pub fn push(&mut self, leaf: Hash) {
        self.push_with(leaf, |_, _| ());
    }

    /// Appends a leaf and hands each perfect subtree that it completes, the leaf itself first, to
    /// `completed`. A store that keeps them (about two for each leaf) can serve any proof with a few
    /// look-ups; see [`super::proof`].
    pub fn push_with(&mut self, leaf: Hash, mut completed: impl FnMut(Node, Hash)) {
        let mut hash = leaf;
        let mut node = Node { level: 0, index: self.size };
        completed(node, hash);
        for _ in 0..self.size.trailing_ones() {
            let Some(left) = self.peaks.pop() else { break };
            hash = node_hash(&left, &hash);
            node = Node { level: node.level + 1, index: node.index >> 1 };
            completed(node, hash);
        }
        self.peaks.push(hash);
        self.size = self.size.saturating_add(1);
    }

    /// The root of the tree; SHA-256 of nothing where the tree is empty.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.peaks
            .iter()
            .rev()
            .copied()
            .reduce(|right, left| node_hash(&left, &right))
            .unwrap_or(Hash::EMPTY_ROOT)
    }
}

impl FromIterator<Hash> for Frontier {
    fn from_iter<I: IntoIterator<Item = Hash>>(leaves: I) -> Self {
        let mut frontier = Self::new();
        for leaf in leaves {
            frontier.push(leaf);
        }
        frontier
    }
}

impl fmt::Display for Frontier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.size)?;
        self.peaks.iter().try_for_each(|peak| write!(f, " {peak}"))
    }
}

impl FromStr for Frontier {
    type Err = FrontierError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut words = text.split(' ');
        let size = words.next().and_then(read_decimal).ok_or(FrontierError::Size)?;
        let peaks =
            words.map(str::parse).collect::<Result<Vec<Hash>, _>>().map_err(|_| FrontierError::Hash)?;
        if usize::try_from(size.count_ones()) != Ok(peaks.len()) {
            return Err(FrontierError::Count { expected: size.count_ones(), found: peaks.len() });
        }
        Ok(Self { size, peaks })
    }
}

/// Reads a decimal number as checkpoints write it: ASCII digits only, no sign, no leading zeros.
pub(crate) fn read_decimal(text: &str) -> Option<u64> {
    let canonical = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    canonical.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::proof::tests::{VECTOR_ROOTS, vector_leaves};

    /// MTH as RFC 6962 section 2.1 defines it, without any cleverness.
    fn naive(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Hash::EMPTY_ROOT,
            [leaf] => *leaf,
            _ => {
                let half = leaves.len().next_power_of_two() / 2;
                node_hash(&naive(&leaves[..half]), &naive(&leaves[half..]))
            }
        }
    }

    #[test]
    fn the_published_roots_come_out() {
        let mut frontier = Frontier::new();
        assert_eq!(frontier.root(), Hash::EMPTY_ROOT);
        for (leaf, root) in vector_leaves().into_iter().zip(VECTOR_ROOTS) {
            frontier.push(leaf);
            assert_eq!(frontier.root().to_string(), root);
        }
    }

    #[test]
    fn every_size_gives_the_defined_root_and_reads_back() {
        let leaves: Vec<Hash> = (0..130_u32).map(|n| Hash::of(&n.to_be_bytes())).collect();
        let mut frontier = Frontier::new();
        for size in 0..leaves.len() {
            assert_eq!(frontier.root(), naive(&leaves[..size]), "size {size}");
            assert_eq!(frontier.size(), size as u64);
            let text = frontier.to_string();
            assert_eq!(text.parse(), Ok(frontier.clone()), "{text}");
            frontier.push(leaves[size]);
        }
        assert_eq!(leaves.into_iter().collect::<Frontier>().root(), frontier.root());
    }

    #[test]
    fn the_completed_subtrees_are_the_right_ones() {
        let leaves: Vec<Hash> = (0..37_u32).map(|n| Hash::of(&n.to_be_bytes())).collect();
        let mut frontier = Frontier::new();
        let mut seen = 0;
        for leaf in &leaves {
            frontier.push_with(*leaf, |node, hash| {
                let start = (node.index << node.level) as usize;
                assert_eq!(hash, naive(&leaves[start..start + (1 << node.level)]), "{node:?}");
                seen += 1;
            });
        }
        assert_eq!(seen, 2 * leaves.len() as u32 - 37_u32.count_ones());
    }

    #[test]
    fn a_damaged_text_is_refused() {
        let frontier: Frontier = (0..5_u32).map(|n| Hash::of(&n.to_be_bytes())).collect();
        let text = frontier.to_string();
        assert_eq!(Frontier::from_str(""), Err(FrontierError::Size));
        assert_eq!(Frontier::from_str("x"), Err(FrontierError::Size));
        assert_eq!(Frontier::from_str("00"), Err(FrontierError::Size));
        assert_eq!(Frontier::from_str("+5"), Err(FrontierError::Size));
        assert_eq!(Frontier::from_str("18446744073709551616"), Err(FrontierError::Size));
        assert_eq!(Frontier::from_str(&format!("{text} ")), Err(FrontierError::Hash));
        assert_eq!(Frontier::from_str(&text[..text.len() - 1]), Err(FrontierError::Hash));
        assert_eq!(
            Frontier::from_str(&text.replacen('5', "7", 1)),
            Err(FrontierError::Count { expected: 3, found: 2 })
        );
    }
}
