//! The tests that need more than one crate: one program, so that the server is linked once.
//!
//! Run them with `tests/run`, which also starts the PostgreSQL that half of them need.

mod browser;
mod harness;
mod imports;
mod licences;
mod sources;
