//! Proofs over the tree: that an entry is in it, and that a later tree continues an earlier one
//! (RFC 6962 sections 2.1.1 and 2.1.2, RFC 9162 sections 2.1.3 and 2.1.4).
//!
//! Making a proof is in two steps, so that a database can serve it whichever way it is asked: first
//! [`inclusion_path`] or [`consistency_path`] names the subtrees whose roots make up the proof, then
//! [`prove`] builds them from perfect subtrees ([`Node`]), which the store keeps
//! ([`super::frontier::Frontier::push_with`]) or which come from the leaf hashes ([`node_of`]).
//!
//! Checking a proof is left to the crate `ct-merkle`, which shares no line with the making of it.

use ct_merkle::{ConsistencyProof, InclusionProof, RootHash};
use sha2::Sha256;
use sha2::digest::Output;

use super::frontier::Frontier;
use super::hash::{Hash, node_hash};

/// Trees beyond this size are refused: no ledger gets there, and no arithmetic overflows below it.
const MAX_SIZE: u64 = 1 << 62;

/// A perfect subtree: the leaves from `index << level` on, `1 << level` of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node {
    /// Height above the leaves; 0 is a leaf.
    pub level: u8,
    /// Position among the nodes of this level, from 0.
    pub index: u64,
}

/// The leaves from `start` to before `end` (indices from 0): one element of a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subtree {
    /// Index of the first leaf.
    pub start: u64,
    /// Index after the last leaf.
    pub end: u64,
}

/// Why a proof cannot be made or does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The leaf or the earlier size lies beyond the tree, or the tree is too large.
    #[error("the tree has no such leaf or earlier size")]
    OutOfRange,
    /// The proof has the wrong number of hashes.
    #[error("the proof has the wrong length")]
    Malformed,
    /// The proof does not lead to the given root.
    #[error("the proof does not lead to the root")]
    Mismatch,
}

impl Subtree {
    /// The perfect subtrees that make up this one, from left to right.
    #[must_use]
    pub fn nodes(&self) -> Vec<Node> {
        let mut nodes = Vec::new();
        let mut start = self.start;
        while start < self.end {
            let level = (self.end - start).ilog2().min(start.trailing_zeros());
            nodes.push(Node { level: u8::try_from(level).unwrap_or(u8::MAX), index: start >> level });
            start += 1 << level;
        }
        nodes
    }
}

/// The largest power of two below `count`, which is at least 2.
fn split(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}

/// The subtrees whose roots prove that the leaf at `index` (from 0: an entry's `seq` less one) is in
/// the tree of `size` leaves, in the order of the proof.
///
/// # Errors
/// [`ProofError::OutOfRange`] where the tree has no such leaf.
pub fn inclusion_path(index: u64, size: u64) -> Result<Vec<Subtree>, ProofError> {
    if index >= size || size > MAX_SIZE {
        return Err(ProofError::OutOfRange);
    }
    let (mut start, mut end) = (0, size);
    let mut path = Vec::new();
    while end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            path.push(Subtree { start: middle, end });
            end = middle;
        } else {
            path.push(Subtree { start, end: middle });
            start = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// The subtrees whose roots prove that the tree of `new` leaves begins with the tree of `old` leaves,
/// in the order of the proof. Empty where `old` is 0 or equal to `new`.
///
/// # Errors
/// [`ProofError::OutOfRange`] where `old` is larger than `new`.
pub fn consistency_path(old: u64, new: u64) -> Result<Vec<Subtree>, ProofError> {
    if old > new || new > MAX_SIZE {
        return Err(ProofError::OutOfRange);
    }
    let (mut start, mut end) = (0, new);
    let mut path = Vec::new();
    if old == 0 {
        return Ok(path);
    }
    while old != end {
        let middle = start + split(end - start);
        if old <= middle {
            path.push(Subtree { start: middle, end });
            end = middle;
        } else {
            path.push(Subtree { start, end: middle });
            start = middle;
        }
    }
    // The old tree itself is known to whoever checks; a part of it is not.
    if start > 0 {
        path.push(Subtree { start, end });
    }
    path.reverse();
    Ok(path)
}

/// The proof for a path. `fetch` gives the hash of a perfect subtree; where its source can only be
/// asked beforehand, collect [`Subtree::nodes`] of the path first.
///
/// # Errors
/// What `fetch` returns.
pub fn prove<E>(path: &[Subtree], mut fetch: impl FnMut(Node) -> Result<Hash, E>) -> Result<Vec<Hash>, E> {
    path.iter()
        .map(|subtree| {
            let mut root = None;
            for node in subtree.nodes().into_iter().rev() {
                let left = fetch(node)?;
                root = Some(root.map_or(left, |right| node_hash(&left, &right)));
            }
            Ok(root.unwrap_or(Hash::EMPTY_ROOT))
        })
        .collect()
}

/// The hash of a perfect subtree from all the leaf hashes of a tree: a source for [`prove`] that
/// keeps nothing and costs one pass over the leaves of the subtree.
///
/// # Errors
/// [`ProofError::OutOfRange`] where the subtree is not wholly within `leaves`.
pub fn node_of(leaves: &[Hash], node: Node) -> Result<Hash, ProofError> {
    let count = 1_u64.checked_shl(node.level.into()).ok_or(ProofError::OutOfRange)?;
    let start = node.index.checked_mul(count).ok_or(ProofError::OutOfRange)?;
    let end = start.checked_add(count).ok_or(ProofError::OutOfRange)?;
    let (Ok(start), Ok(end)) = (usize::try_from(start), usize::try_from(end)) else {
        return Err(ProofError::OutOfRange);
    };
    let part = leaves.get(start..end).ok_or(ProofError::OutOfRange)?;
    Ok(part.iter().copied().collect::<Frontier>().root())
}

/// The proof that the leaf at `index` is in the tree of these leaf hashes.
///
/// # Errors
/// [`ProofError::OutOfRange`] where there is no such leaf.
pub fn prove_inclusion(leaves: &[Hash], index: u64) -> Result<Vec<Hash>, ProofError> {
    prove(&inclusion_path(index, leaves.len() as u64)?, |node| node_of(leaves, node))
}

/// The proof that the tree of these leaf hashes begins with the tree of its first `old` ones.
///
/// # Errors
/// [`ProofError::OutOfRange`] where there are fewer leaves than `old`.
pub fn prove_consistency(leaves: &[Hash], old: u64) -> Result<Vec<Hash>, ProofError> {
    prove(&consistency_path(old, leaves.len() as u64)?, |node| node_of(leaves, node))
}

/// Checks that `leaf` (the bytes themselves, such as an entry's canonical text, not their hash) is the
/// leaf at `index` of the tree with this size and root.
///
/// # Errors
/// [`ProofError`] says in what way it is not proven.
pub fn verify_inclusion(
    leaf: &[u8],
    index: u64,
    size: u64,
    root: &Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    if proof.len() != inclusion_path(index, size)?.len() {
        return Err(ProofError::Malformed);
    }
    let proof =
        InclusionProof::<Sha256>::try_from_bytes(concatenate(proof)).map_err(|_| ProofError::Malformed)?;
    tree_root(root, size).verify_inclusion(&leaf, index, &proof).map_err(|_| ProofError::Mismatch)
}

/// Checks that the tree with the new size and root begins with the tree of the old size and root:
/// that nothing recorded up to the old one was changed or removed.
///
/// # Errors
/// [`ProofError`] says in what way it is not proven.
pub fn verify_consistency(
    old_size: u64,
    old_root: &Hash,
    new_size: u64,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    if proof.len() != consistency_path(old_size, new_size)?.len() {
        return Err(ProofError::Malformed);
    }
    if old_size == 0 {
        let roots_hold = *old_root == Hash::EMPTY_ROOT && (new_size > 0 || new_root == old_root);
        return if roots_hold { Ok(()) } else { Err(ProofError::Mismatch) };
    }
    let proof =
        ConsistencyProof::<Sha256>::try_from_bytes(concatenate(proof)).map_err(|_| ProofError::Malformed)?;
    tree_root(new_root, new_size)
        .verify_consistency(&tree_root(old_root, old_size), &proof)
        .map_err(|_| ProofError::Mismatch)
}

fn concatenate(proof: &[Hash]) -> Vec<u8> {
    proof.iter().flat_map(|hash| *hash.as_bytes()).collect()
}

fn tree_root(root: &Hash, size: u64) -> RootHash<Sha256> {
    RootHash::new(Output::<Sha256>::from(*root.as_bytes()), size)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::ledger::hash::{leaf_hash, read_hex};
    use ct_merkle::mem_backed_tree::MemoryBackedTree;
    use std::collections::HashMap;

    /// The leaves of the reference tests of Certificate Transparency.
    pub(crate) const VECTOR_LEAVES: [&[u8]; 8] = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ];

    /// Their roots at sizes 1 to 8.
    pub(crate) const VECTOR_ROOTS: [&str; 8] = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    pub(crate) fn vector_leaves() -> Vec<Hash> {
        VECTOR_LEAVES.iter().map(|bytes| leaf_hash(bytes)).collect()
    }

    fn hashes(texts: &[&str]) -> Vec<Hash> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn numbered(count: u32) -> (Vec<[u8; 4]>, Vec<Hash>) {
        let bytes: Vec<[u8; 4]> = (0..count).map(u32::to_be_bytes).collect();
        let leaves = bytes.iter().map(|b| leaf_hash(b)).collect();
        (bytes, leaves)
    }

    fn root(leaves: &[Hash]) -> Hash {
        leaves.iter().copied().collect::<Frontier>().root()
    }

    #[test]
    fn the_published_inclusion_proofs_come_out() {
        let leaves = vector_leaves();
        let known: [(usize, u64, &[&str]); 5] = [
            (1, 0, &[]),
            (
                8,
                0,
                &[
                    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
                ],
            ),
            (
                8,
                5,
                &[
                    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                ],
            ),
            (3, 2, &["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
            (
                5,
                1,
                &[
                    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                ],
            ),
        ];
        for (size, index, proof) in known {
            assert_eq!(prove_inclusion(&leaves[..size], index), Ok(hashes(proof)), "{index} of {size}");
        }
    }

    #[test]
    fn the_published_consistency_proofs_come_out() {
        let leaves = vector_leaves();
        let known: [(usize, u64, &[&str]); 4] = [
            (1, 1, &[]),
            (
                8,
                1,
                &[
                    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
                ],
            ),
            (
                8,
                6,
                &[
                    "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                ],
            ),
            (
                5,
                2,
                &[
                    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                ],
            ),
        ];
        for (size, old, proof) in known {
            assert_eq!(prove_consistency(&leaves[..size], old), Ok(hashes(proof)), "{old} to {size}");
        }
    }

    #[test]
    fn every_inclusion_proof_equals_the_other_implementation_and_holds_only_for_its_leaf() {
        let (bytes, leaves) = numbered(65);
        let mut other = MemoryBackedTree::<Sha256, _>::new();
        for (size, value) in (1_u64..).zip(&bytes) {
            other.push(*value);
            let part = &leaves[..size as usize];
            let top = root(part);
            assert_eq!(top.as_bytes()[..], other.root().as_bytes()[..]);
            for index in 0..size {
                let proof = prove_inclusion(part, index).unwrap();
                assert_eq!(concatenate(&proof), other.prove_inclusion(index as usize).as_bytes());
                let leaf = &bytes[index as usize];
                assert_eq!(verify_inclusion(leaf, index, size, &top, &proof), Ok(()), "{index} of {size}");
                assert!(verify_inclusion(b"other", index, size, &top, &proof).is_err());
                assert!(verify_inclusion(leaf, index, size, &Hash::of(b"other"), &proof).is_err());
                assert!(verify_inclusion(leaf, (index + 1) % size, size, &top, &proof).is_err() || size == 1);
                let mut longer = proof.clone();
                longer.push(top);
                assert_eq!(verify_inclusion(leaf, index, size, &top, &longer), Err(ProofError::Malformed));
                for broken in 0..proof.len() {
                    let mut bad = proof.clone();
                    bad[broken] = Hash::of(b"x");
                    assert_eq!(verify_inclusion(leaf, index, size, &top, &bad), Err(ProofError::Mismatch));
                }
            }
        }
    }

    #[test]
    fn every_consistency_proof_up_to_forty_holds_and_no_damaged_one_does() {
        let (bytes, leaves) = numbered(40);
        for new in 0..=40_u64 {
            let mut other = MemoryBackedTree::<Sha256, _>::new();
            bytes[..new as usize].iter().for_each(|value| other.push(*value));
            let new_root = root(&leaves[..new as usize]);
            for old in 0..=new {
                let old_root = root(&leaves[..old as usize]);
                let proof = prove_consistency(&leaves[..new as usize], old).unwrap();
                assert_eq!(verify_consistency(old, &old_root, new, &new_root, &proof), Ok(()), "{old} {new}");
                let wrong = Hash::of(b"wrong");
                assert!(verify_consistency(old, &wrong, new, &new_root, &proof).is_err());
                if old > 0 {
                    let theirs = other.prove_consistency((new - old) as usize);
                    assert_eq!(concatenate(&proof), theirs.as_bytes());
                    assert!(verify_consistency(old, &old_root, new, &wrong, &proof).is_err());
                }
                let mut longer = proof.clone();
                longer.push(wrong);
                assert!(verify_consistency(old, &old_root, new, &new_root, &longer).is_err());
                for broken in 0..proof.len() {
                    let mut bad = proof.clone();
                    bad[broken] = wrong;
                    assert!(verify_consistency(old, &old_root, new, &new_root, &bad).is_err());
                }
            }
        }
    }

    #[test]
    fn a_store_of_completed_subtrees_serves_every_proof() {
        let (_, leaves) = numbered(53);
        let mut store = HashMap::new();
        let mut frontier = Frontier::new();
        for leaf in &leaves {
            frontier.push_with(*leaf, |node, hash| assert_eq!(store.insert(node, hash), None));
        }
        for size in 1..=53 {
            for index in 0..size {
                let path = inclusion_path(index, size).unwrap();
                let proof = prove(&path, |node| store.get(&node).copied().ok_or(node));
                assert_eq!(proof.unwrap(), prove_inclusion(&leaves[..size as usize], index).unwrap());
                let path = consistency_path(index, size).unwrap();
                let proof = prove(&path, |node| store.get(&node).copied().ok_or(node));
                assert_eq!(proof.unwrap(), prove_consistency(&leaves[..size as usize], index).unwrap());
            }
        }
    }

    #[test]
    fn what_is_out_of_range_is_refused_not_panicked_on() {
        for (index, size) in [(0, 0), (5, 5), (u64::MAX, u64::MAX), (0, u64::MAX), (1 << 62, (1 << 62) + 1)] {
            assert_eq!(inclusion_path(index, size), Err(ProofError::OutOfRange));
            assert!(verify_inclusion(b"", index, size, &Hash::EMPTY_ROOT, &[]).is_err());
        }
        assert_eq!(consistency_path(6, 5), Err(ProofError::OutOfRange));
        assert_eq!(consistency_path(1, u64::MAX), Err(ProofError::OutOfRange));
        assert!(consistency_path((1 << 62) - 1, 1 << 62).is_ok());
        assert_eq!(inclusion_path((1 << 62) - 1, 1 << 62).unwrap().len(), 62);
        let leaves = vector_leaves();
        for node in [
            Node { level: 4, index: 0 },
            Node { level: 64, index: 0 },
            Node { level: 255, index: 1 },
            Node { level: 63, index: u64::MAX },
            Node { level: 0, index: u64::MAX },
        ] {
            assert_eq!(node_of(&leaves, node), Err(ProofError::OutOfRange));
        }
        assert_eq!(
            read_hex::<32>(VECTOR_ROOTS[7]),
            Some(*node_of(&leaves, Node { level: 3, index: 0 }).unwrap().as_bytes())
        );
    }
}
