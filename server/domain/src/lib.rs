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
//! | Until when is it kept, and when must it go? | [`retention`], [`calendar`] |
//! | What happens when something is lost or leaks? | [`incident`] |
//! | With whom is there a contract, and is it in force? | [`contract`] |
//! | Who goes in and out, and which id is lent to whom? | [`entry_book`], [`lending`] |
//! | Who holds which post, role and designation, and since when? | [`authority`] |
//! | How long do people serve, and how long is their trail kept? | [`term`], [`trail`] |
//! | What in the trail looks as if something were wrong? | [`watch`] |
//! | Which rule is in force? | [`profile`] |
//! | How is it proven? | [`ledger`] |
//! | What do the regulations ask for, and which test proves it? | [`obligation`] |
//!
//! Invariants: nothing here reads a clock or draws a random number; both are arguments. `evolve` is total
//! and never consults a profile, so the past is never judged again by today's rules.

pub mod approval;
pub mod authority;
pub mod calendar;
pub mod carry_out;
pub mod container;
pub mod contents;
pub mod contract;
pub mod custody;
pub mod discrepancy;
pub mod disposal;
pub mod entry_book;
pub mod event;
pub mod explanation;
pub mod hand_over;
pub mod ids;
pub mod incident;
pub mod item;
pub mod japan_date;
pub mod label;
pub mod ledger;
pub mod lending;
pub mod obligation;
pub mod observation;
pub mod password_rule;
pub mod person;
pub mod personal_number;
pub mod place;
pub mod profile;
pub mod protection;
pub mod refusal;
pub mod retention;
pub mod second_factor;
pub mod term;
pub mod text;
pub mod timeline;
pub mod trail;
pub mod watch;
