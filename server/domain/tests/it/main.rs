//! What the rules of custody promise, told from outside.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on is to stop there")]

mod discrepancies;
mod given_when_then;
mod golden_events;
mod properties;
mod register;
mod words;
