//! What the tests of Hokan stand on.
//!
//! | Module | Gives a test |
//! | --- | --- |
//! | [`database`] | an empty database of its own, and the macro that runs one test on SQLite and on PostgreSQL |
//! | [`postgres`] | the throw-away PostgreSQL server that `tests/run` started |
//! | [`requirements`] | which test proves which obligation, for the test that holds the list of proofs |
//! | [`secrets`] | every secret that it used, to be looked for in what the program wrote |
//! | [`server`] | the built `hokan` program: started, killed, started again; its other commands |
//! | [`body`] | a body under one of the shipped regulations, with officers, places and a container |
//! | [`browser`] | a headless Chromium of phone or desk size, with a camera that shows chosen pictures |
//! | [`bulk`] | due dates by the million |
//! | [`camera`] | the film that such a camera shows |
//! | [`form`] | the fields and the token of a form, as a browser sends them |
//! | [`phone`] | somebody's phone: what it sends and how it reads the answers |
//! | [`photo`] | photographs of printed pages, made without a camera |
//! | [`provider`] | an identity provider that says whatever a test wants |
//! | [`town`] | a small register, in this process or behind the program |
//! | [`workspace`] | the workspace as cargo and git see it, for the tests that hold its structure |
//!
//! Nothing here skips. A test that needs PostgreSQL, a browser or the program and does not find it
//! fails and says what to do: a run that passed without them would prove less than it says.

pub mod body;
pub mod browser;
pub mod bulk;
pub mod camera;
pub mod database;
pub mod factor;
pub mod form;
pub mod phone;
pub mod photo;
pub mod postgres;
pub mod provider;
pub mod requirements;
pub mod secrets;
pub mod server;
pub mod town;
pub mod workspace;
