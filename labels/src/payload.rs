//! What the QR symbol of a label says.
//!
//! With a host, a web address that a phone's own camera opens: `HTTPS://HOST/L/XXXXXXXXXXXX`. Without one,
//! `HOKAN:XXXXXXXXXXXX`. Both are in capitals throughout, because the alphanumeric mode of QR (ISO/IEC
//! 18004, 7.4.4) has only capitals and takes 5.5 bits a character where bytes take 8: at level Q a label
//! with a host of up to 24 characters needs version 3 (29 modules) where small letters would need 5. Host
//! names and schemes do not distinguish capitals (RFC 3986, 3.1 and 3.2.2), and the server must not either
//! on `/L/`.
//!
//! When a code is read back, any host is accepted: a label outlives the name of the machine.

use crate::code::{LabelCode, LabelCodeError};
use std::fmt;
use std::str::FromStr;

/// The host that labels point to: a DNS name or an IPv4 address, with a port if it is not 443.
///
/// Kept in capitals. Holds only characters of the alphanumeric mode of QR.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LabelHost(String);

/// Why a text cannot stand as host in the address of a label.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// Nothing given.
    #[error("the host for label addresses is empty")]
    Empty,
    /// Longer than a DNS name can be (RFC 1035, 2.3.4).
    #[error("the host for label addresses has {found} characters; at most 253 are allowed")]
    TooLong {
        /// How many there were.
        found: usize,
    },
    /// A character that a host name in a label cannot have. Names in Japanese are to be given in their
    /// ASCII form (`xn--…`); IPv6 addresses are not possible, as `[` is not in the alphanumeric mode.
    #[error("the character “{char}” cannot stand in the host for label addresses")]
    BadCharacter {
        /// The first such character.
        char: char,
    },
    /// A part between dots that is empty, too long (63), or begins or ends with a hyphen.
    #[error("“{part}” is not a valid part of a host name")]
    BadPart {
        /// The part.
        part: String,
    },
    /// Not a number from 1 to 65535 after the colon.
    #[error("“{port}” is not a port number")]
    BadPort {
        /// What stands there.
        port: String,
    },
}

impl HostError {
    /// A stable word for the kind of error, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "label-host-empty",
            Self::TooLong { .. } => "label-host-too-long",
            Self::BadCharacter { .. } => "label-host-character",
            Self::BadPart { .. } => "label-host-part",
            Self::BadPort { .. } => "label-host-port",
        }
    }
}

impl LabelHost {
    /// The host in capitals, with its port if it has one.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LabelHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for LabelHost {
    type Err = HostError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.is_empty() {
            return Err(HostError::Empty);
        }
        if text.len() > 253 {
            return Err(HostError::TooLong { found: text.chars().count() });
        }
        if let Some(char) = text.chars().find(|c| !(c.is_ascii_alphanumeric() || "-.:".contains(*c))) {
            return Err(HostError::BadCharacter { char });
        }
        let (name, port) = match text.split_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (text, None),
        };
        if let Some(part) = name
            .split('.')
            .find(|part| part.is_empty() || part.len() > 63 || part.starts_with('-') || part.ends_with('-'))
        {
            return Err(HostError::BadPart { part: part.to_owned() });
        }
        if let Some(port) = port {
            let is_number = port.bytes().all(|byte| byte.is_ascii_digit());
            if !is_number || !port.parse::<u16>().is_ok_and(|number| number > 0) {
                return Err(HostError::BadPort { port: port.to_owned() });
            }
        }
        Ok(Self(text.to_ascii_uppercase()))
    }
}

/// The text of the QR symbol of a label: `HTTPS://HOST/L/XXXXXXXXXXXX`, or `HOKAN:XXXXXXXXXXXX` where there
/// is no stable host.
pub fn label_url(host: Option<&LabelHost>, code: LabelCode) -> String {
    match host {
        Some(host) => format!("HTTPS://{host}/L/{code}"),
        None => format!("HOKAN:{code}"),
    }
}

/// What a text out of a QR symbol is to us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PayloadContent {
    /// The label with this code.
    Ours(LabelCode),
    /// Made like one of our labels, but the code in it is not valid: not printed by this product, or
    /// changed on the way (a QR symbol corrects its own errors, so misreading is not the likely cause).
    Damaged(LabelCodeError),
    /// Something else: a QR symbol of a manufacturer, a web page, a telephone number.
    Foreign,
}

/// Takes the label code out of the text of a QR symbol.
///
/// Any host is accepted, `http` as well as `https`, capitals or not, a slash at the end, a query or a
/// fragment behind the code.
pub fn code_in_payload(text: &str) -> PayloadContent {
    let text = text.trim();
    let Some((scheme, rest)) = text.split_once(':') else { return PayloadContent::Foreign };
    if scheme.eq_ignore_ascii_case("HOKAN") {
        return content_of(rest);
    }
    if !scheme.eq_ignore_ascii_case("HTTPS") && !scheme.eq_ignore_ascii_case("HTTP") {
        return PayloadContent::Foreign;
    }
    let path = rest.strip_prefix("//").and_then(|rest| rest.split_once('/')).map(|(host, path)| {
        let end = path.find(['?', '#']).unwrap_or(path.len());
        (host, path.get(..end).unwrap_or_default())
    });
    let Some((host, path)) = path.filter(|(host, _)| !host.is_empty()) else {
        return PayloadContent::Foreign;
    };
    let Some((folder, code)) = path.split_once('/') else { return PayloadContent::Foreign };
    let code = code.strip_suffix('/').unwrap_or(code);
    // Another site may well have pages under /l/; only what has our length in our alphabet is taken for a
    // label of ours that went wrong.
    let has_our_shape = code.len() == crate::code::CODE_LENGTH
        && code.bytes().all(|byte| byte.is_ascii_alphanumeric() && !byte.eq_ignore_ascii_case(&b'U'));
    if host.contains(char::is_whitespace) || !folder.eq_ignore_ascii_case("L") || !has_our_shape {
        return PayloadContent::Foreign;
    }
    content_of(code)
}

fn content_of(code: &str) -> PayloadContent {
    match code.parse() {
        Ok(code) => PayloadContent::Ours(code),
        Err(error) => PayloadContent::Damaged(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code() -> LabelCode {
        LabelCode::from_entropy(0x1_2345_6789_ABCD)
    }

    #[test]
    fn addresses_are_alphanumeric_in_the_sense_of_qr() {
        let allowed = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
        let host: LabelHost = " custody.town.example.jp:8443 ".parse().unwrap();
        assert_eq!(host.as_str(), "CUSTODY.TOWN.EXAMPLE.JP:8443");
        let with_host = label_url(Some(&host), code());
        assert_eq!(with_host, format!("HTTPS://CUSTODY.TOWN.EXAMPLE.JP:8443/L/{}", code()));
        let without = label_url(None, code());
        assert_eq!(without, format!("HOKAN:{}", code()));
        for text in [with_host, without] {
            assert!(text.chars().all(|char| allowed.contains(char)), "{text}");
            assert_eq!(code_in_payload(&text), PayloadContent::Ours(code()));
        }
    }

    #[test]
    fn hosts_are_checked() {
        for good in ["a", "localhost", "192.168.1.20", "xn--wgv71a.jp", "hokan-1.lg.jp:1", "h:65535"] {
            assert!(good.parse::<LabelHost>().is_ok(), "{good}");
        }
        let error = |text: &str| text.parse::<LabelHost>().unwrap_err();
        assert_eq!(error("  "), HostError::Empty);
        assert_eq!(error("保管.jp"), HostError::BadCharacter { char: '保' });
        assert_eq!(error("https://a"), HostError::BadCharacter { char: '/' });
        assert_eq!(error("[::1]"), HostError::BadCharacter { char: '[' });
        assert_eq!(error("a..b"), HostError::BadPart { part: String::new() });
        assert_eq!(error("-a.b"), HostError::BadPart { part: "-a".to_owned() });
        assert_eq!(error(":80"), HostError::BadPart { part: String::new() });
        assert_eq!(error("a:"), HostError::BadPort { port: String::new() });
        assert_eq!(error("a:0"), HostError::BadPort { port: "0".to_owned() });
        assert_eq!(error("a:65536"), HostError::BadPort { port: "65536".to_owned() });
        assert_eq!(error("a:1:2"), HostError::BadPort { port: "1:2".to_owned() });
        assert_eq!(error(&"a.".repeat(140)), HostError::TooLong { found: 280 });
        for error in [
            HostError::Empty,
            HostError::TooLong { found: 300 },
            HostError::BadCharacter { char: '/' },
            HostError::BadPart { part: String::new() },
            HostError::BadPort { port: String::new() },
        ] {
            assert!(error.code().starts_with("label-host-"));
            assert!(!error.to_string().is_empty());
        }
    }

    #[test]
    fn a_code_is_found_under_any_host_and_in_any_dress() {
        let code = code();
        for text in [
            format!("https://a.example/l/{code}"),
            format!("http://10.0.0.1:8080/L/{}", code.to_string().to_lowercase()),
            format!("HTTPS://OLD.NAME/L/{code}/"),
            format!("https://x/L/{code}?utm=1#top"),
            format!(" hokan:{}\n", code.grouped()),
        ] {
            assert_eq!(code_in_payload(&text), PayloadContent::Ours(code), "{text}");
        }
    }

    #[test]
    fn damage_and_strangers_are_told_apart() {
        let wrong = if code().as_str().ends_with('0') { "1" } else { "0" };
        let damaged = format!("{}{wrong}", &code().as_str()[..11]);
        for text in [format!("HTTPS://A/L/{damaged}"), format!("HOKAN:{damaged}")] {
            assert_eq!(code_in_payload(&text), PayloadContent::Damaged(LabelCodeError::CheckFailed));
        }
        assert_eq!(
            code_in_payload("HOKAN:123"),
            PayloadContent::Damaged(LabelCodeError::WrongLength { found: 3 })
        );
        for text in [
            "",
            "HOKAN",
            "hello",
            "https://example.jp/",
            "https://example.jp/l/about",
            "https:///L/000000000000",
            "https://example.jp/l/presentation",
            "https://example.jp/x/L/000000000000",
            "mailto:a@example.jp",
            "WIFI:S:net;;",
            "https://example.jp/L/保管保管",
        ] {
            let expected = if text.ends_with("presentation") {
                // Twelve letters of our alphabet under /l/ are ours in shape.
                PayloadContent::Damaged(LabelCodeError::CheckFailed)
            } else {
                PayloadContent::Foreign
            };
            assert_eq!(code_in_payload(text), expected, "{text}");
        }
    }
}
