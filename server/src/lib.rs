//! The Hokan server.
//!
//! | Question | Module |
//! | --- | --- |
//! | How is a request carried out? | [`app`], one file a use case |
//! | Where does the data lie, and who writes it? | [`store`] |
//! | What does a phone talk to? | [`mobile`], behind `hokan-mobile-api` |
//! | What does the desk's own interface answer? | `api` |
//! | What does a browser see? | [`web`] |
//! | Who is it? | [`identity`]; of machines [`machine`] |
//! | For whom is each address? | [`authority`] |
//! | How is it started? | [`config`], [`serve`], [`tls`], [`keys`] |
//! | What does it do by itself, each at its time? | [`jobs`] |
//! | What is there to look at? | [`demo`] |
//! | What can be done on the shell? | [`command`] |

mod api;
pub mod app;
pub mod authority;
pub mod clock;
pub mod command;
pub mod config;
mod connections;
pub mod demo;
pub mod entropy;
pub mod identity;
pub mod jobs;
pub mod keys;
pub mod machine;
pub mod mobile;
mod profile_command;
mod purge_command;
pub mod serve;
pub mod store;
pub mod tls;
mod token_command;
mod trail_command;
pub mod web;
mod webhook_command;
