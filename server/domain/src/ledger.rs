//! The ledger: the append-only sequence of everything that happened to the things in custody,
//! and the proofs that it is whole and unaltered.
//!
//! Each [`entry::Entry`] has one canonical text; the texts are the leaves of a Merkle tree after
//! RFC 6962 and RFC 9162. The tree's root at a size, signed, is a [`checkpoint::Checkpoint`] in the
//! C2SP formats *signed-note* and *tlog-checkpoint*. Somebody who holds one checkpoint, on paper if
//! need be, can tell whether the entries before it were changed, dropped, swapped or added.
//!
//! | Module | What it does |
//! | --- | --- |
//! | [`hash`] | SHA-256, leaf and node hashes, salted digests of erasable notes |
//! | [`entry`] | one entry and its canonical text |
//! | [`frontier`] | the growing tree in a few hashes: append and root |
//! | [`proof`] | proofs that an entry is in the tree and that one tree continues another |
//! | [`note`] | signed texts and their keys |
//! | [`checkpoint`] | size and root of the tree as a signed text |
//! | [`verify`] | the whole check of a ledger, streaming, with what was found |
//! | [`bundle`] | the file that an auditor takes away, and its check |
//!
//! Nothing here reads a file, a clock or a database.

pub mod bundle;
pub mod checkpoint;
pub mod entry;
pub mod frontier;
pub mod hash;
pub mod note;
pub mod proof;
pub mod verify;
