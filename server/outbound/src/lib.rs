//! What leaves the house: mail to people, signed webhooks to other systems, questions to the identity provider.
//!
//! Nothing here knows the register. There is no database and no clock: what is to be sent, and what time it
//! is, comes from the caller, and what became of it goes back to the caller, who keeps it. So each part can
//! be tried out against a server on this machine, which is in `testing` behind the feature of that name.
//!
//! | Module | What |
//! | --- | --- |
//! | [`mail`] | one plain-text mail over SMTP |
//! | [`webhook`] | one signed webhook (Standard Webhooks 1.0.0), and which addresses it may reach |
//! | [`ask`] | one question to a service that the administrator chose |
//! | [`retry`] | when to try again, when to give up, when to stop sending to an endpoint |
//! | [`digest`] | the text of a mail that gathers what one person has to see |
//!
//! TLS is rustls with ring throughout.

pub mod ask;
pub mod digest;
pub mod mail;
pub mod retry;
pub mod webhook;

#[cfg(any(test, feature = "testing"))]
pub mod testing;

mod cause;
mod text;
mod trust;

#[cfg(test)]
mod tests;

pub use trust::TrustError;
