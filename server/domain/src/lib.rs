//! The rules of custody as pure functions over data: no database, no clock, no network.
//!
//! A map for the reader:
//!
//! | Question | Module |
//! | --- | --- |
//! | What is an item, a label, a home, a person? | [`item`], [`label`], [`place`], [`person`], [`contents`] |
//! | What may this person do with this item now? | [`custody`] (`decide`, `open_acts`) |
//! | Why not? | [`refusal`] |
//! | What was seen while there was no signal? | [`observation`] (`admit`) |
//! | What happened, and what does it add up to? | [`event`], [`timeline`], [`item::evolve`] |
//! | Which hand-over waits for an answer? | [`hand_over`] |
//! | Where do register and world disagree? | [`discrepancy`] |
//! | Which rule is in force? | [`profile`] |
//! | How is it proven? | [`ledger`] |
//!
//! Invariants: nothing here reads a clock or draws a random number; both are arguments. `evolve` is total
//! and never consults a profile, so the past is never judged again by today's rules.

pub mod contents;
pub mod custody;
pub mod discrepancy;
pub mod event;
pub mod hand_over;
pub mod ids;
pub mod item;
pub mod japan_date;
pub mod label;
pub mod ledger;
pub mod observation;
pub mod person;
pub mod personal_number;
pub mod place;
pub mod profile;
pub mod refusal;
pub mod text;
pub mod timeline;
