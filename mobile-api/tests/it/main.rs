//! The interface as a phone sees it, over a small server with the domain's real rules.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on is to stop there")]

mod auth;
mod bad_input;
mod batch;
mod bodies;
mod carry_outs;
mod document;
mod fake;
mod files;
mod flow;
mod incidents;
mod life;
mod phone;
mod photo;
