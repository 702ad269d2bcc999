//! Mail addresses.

use std::{fmt, str::FromStr};

use lettre::{Address, message::Mailbox};
use serde::{Deserialize, Serialize};

use crate::text::breaks_a_line;

/// The longest address, in bytes (RFC 5321, section 4.5.3.1.3: 256 with the brackets around it).
const LONGEST_ADDRESS: usize = 254;
/// The longest name before an address, in characters.
const LONGEST_NAME: usize = 100;

/// A text that is no mail address that can be written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It is none.
    #[error("this is no mail address; it looks like name@example.jp")]
    Malformed,
    /// It has characters that not every mail server takes, or that could be read as something else.
    #[error("a mail address is written with ASCII letters, digits and signs, without quotation marks")]
    Characters,
    /// It is too long.
    #[error("a mail address has no more than 254 bytes")]
    TooLong,
    /// The name before it cannot stand in a mail.
    #[error("the name before a mail address has 1 to 100 characters and no line breaks")]
    Name,
}

/// A mail address, checked, with or without a name. Written `name@example.jp` or `防災課 <name@example.jp>`.
///
/// Only ASCII: an address in other characters reaches only those whose every mail server on the way takes
/// them (RFC 6531), and a domain in other characters can be entered in its ASCII form. Quoted local parts,
/// which could hold spaces and brackets, are refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MailAddress {
    name: Option<String>,
    address: Address,
}

impl MailAddress {
    /// Reads an address, with a name before it or without.
    ///
    /// # Errors
    /// Any [`AddressError`].
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        let Some((name, address)) = text.strip_suffix('>').and_then(|text| text.rsplit_once('<')) else {
            return Ok(Self { name: None, address: bare(text)? });
        };
        let address = Self { name: None, address: bare(address)? };
        let name = name.trim();
        let unquoted = name.strip_prefix('"').and_then(|name| name.strip_suffix('"')).unwrap_or(name);
        if unquoted.trim().is_empty() { Ok(address) } else { address.with_name(unquoted) }
    }

    /// The same address with this name before it.
    ///
    /// # Errors
    /// [`AddressError::Name`].
    pub fn with_name(self, name: &str) -> Result<Self, AddressError> {
        let name = name.trim();
        let fits = (1..=LONGEST_NAME).contains(&name.chars().count());
        if !fits || name.chars().any(breaks_a_line) {
            return Err(AddressError::Name);
        }
        Ok(Self { name: Some(name.to_owned()), address: self.address })
    }

    /// The address alone.
    #[must_use]
    pub fn address(&self) -> &str {
        self.address.as_ref()
    }

    /// What stands after the `@`.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.address.domain()
    }

    /// The name before it.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    pub(super) fn envelope(&self) -> Address {
        self.address.clone()
    }

    pub(super) fn mailbox(&self) -> Mailbox {
        Mailbox::new(self.name.clone(), self.address.clone())
    }
}

fn bare(text: &str) -> Result<Address, AddressError> {
    let text = text.trim_matches(' ');
    if text.len() > LONGEST_ADDRESS {
        return Err(AddressError::TooLong);
    }
    // Everything that could end a command or a header, or the brackets around an address, is kept out by this
    // line alone, whatever the library thinks of it.
    if !text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"\\<>()[],;:".contains(&byte)) {
        return Err(AddressError::Characters);
    }
    text.parse().map_err(|_| AddressError::Malformed)
}

impl fmt::Display for MailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} <{}>", self.address),
            None => write!(f, "{}", self.address),
        }
    }
}

impl FromStr for MailAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<String> for MailAddress {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<MailAddress> for String {
    fn from(address: MailAddress) -> Self {
        address.to_string()
    }
}
