//! The tests that need more than one crate: one program, so that the server is linked once.
//!
//! Run them with `tests/run`, which also starts the PostgreSQL that half of them need.

mod authority;
mod bad_input;
mod browser;
mod browser_life;
mod browser_offline;
mod browser_pages;
mod browser_passkeys;
mod browser_people;
mod certificate;
mod demo;
mod desk_api;
mod devices;
mod hardening;
mod harness;
mod imports;
mod kill;
mod label_round_trip;
mod licences;
mod main_job;
mod notify;
mod observations;
mod people;
mod provider;
mod purge;
mod race;
mod requirements;
mod scenarios;
mod secrets;
mod sessions;
mod shell;
mod sign_in;
mod sources;
mod store;
mod tampering;
mod trail;
