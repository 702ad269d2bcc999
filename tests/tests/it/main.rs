//! The tests that need more than one crate: one program, so that the server is linked once.
//!
//! Run them with `tests/run`, which also starts the PostgreSQL that half of them need.

mod bad_input;
mod browser;
mod browser_pages;
mod demo;
mod harness;
mod imports;
mod kill;
mod label_round_trip;
mod licences;
mod main_job;
mod observations;
mod race;
mod shell;
mod sources;
mod store;
mod tampering;
