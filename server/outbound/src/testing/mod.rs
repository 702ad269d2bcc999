//! A mail server and a receiver of webhooks on this machine, for tests.
//!
//! Both listen on a free port of a loopback address, speak as much of their protocol as a sender needs, keep
//! what they got, and can misbehave on purpose. They end when they are dropped. Only with the feature
//! `testing`.

use std::{collections::BTreeMap, io, net::IpAddr};

use crate::webhook::{Looked, Lookup};

mod http;
mod mime;
mod smtp;
mod tls;

pub use http::{Answer, ReceivedRequest, WebhookReceiver};
pub use smtp::{ReceivedMail, SmtpBehaviour, SmtpSetup, SmtpSink, SmtpTls};

/// Names with the addresses that a test gives them. Any other name has none.
#[derive(Debug, Clone, Default)]
pub struct FixedLookup(BTreeMap<String, Vec<IpAddr>>);

impl FixedLookup {
    /// Also this name, with these addresses.
    #[must_use]
    pub fn with(mut self, host: &str, addresses: &[IpAddr]) -> Self {
        self.0.insert(host.to_owned(), addresses.to_vec());
        self
    }
}

impl Lookup for FixedLookup {
    fn lookup(&self, host: &str) -> Looked {
        let found = self.0.get(host).cloned().ok_or_else(|| io::ErrorKind::NotFound.into());
        Box::pin(std::future::ready(found))
    }
}
