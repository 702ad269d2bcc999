//! What the rules of custody promise, told from outside.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on is to stop there")]

mod authority;
mod books;
mod calendars;
mod care;
mod carry_out;
mod contract;
mod discrepancies;
mod disposal;
mod given_when_then;
mod golden;
mod golden_events;
mod incident;
mod people;
mod permissions;
mod profiles;
mod properties;
mod register;
mod retention;
mod towns;
mod words;
