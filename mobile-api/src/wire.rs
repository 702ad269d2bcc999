//! What goes over the wire: the bodies of requests and answers, as the OpenAPI document shows them.
//!
//! Answers hold the domain's own ids, printed with their prefixes, and every name and sentence in the
//! language of the request, so that a phone needs no tables of its own.
//!
//! The bodies of requests are here for whoever *sends* them and for the document; they cannot be
//! deserialised. What *receives* them is [`crate::request`], which names each mistake by its field and gives
//! the backend checked domain types.
//!
//! | Question | Module |
//! | --- | --- |
//! | What are words that every answer uses? | [`common`] |
//! | Who is signed in, and what can he choose from? | [`session`] |
//! | What is an item, and what can be done with it? | [`item`], [`act`], [`life`], [`history`] |
//! | What does a label lead to? | [`label`] |
//! | What did a phone without signal see? | [`observation`] |
//! | What about things other than items? | [`carry_out`], [`container`], [`incident`], [`file`](mod@file) |
//! | What waits for me, and why can I not do it? | [`inbox`] |

pub mod act;
pub mod carry_out;
pub mod common;
pub mod container;
pub mod file;
pub mod history;
pub mod inbox;
pub mod incident;
pub mod item;
pub mod label;
pub mod life;
pub mod observation;
pub mod session;

pub use self::{
    act::*, carry_out::*, common::*, container::*, file::*, history::*, inbox::*, incident::*, item::*,
    label::*, life::*, observation::*, session::*,
};
