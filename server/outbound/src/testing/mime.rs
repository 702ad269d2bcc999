//! As much of MIME as it takes to read a mail of one text (RFC 2045, RFC 2047).

use base64::{Engine, engine::general_purpose::STANDARD};

/// The value of a mail's header, in one line, as it was sent.
pub(super) fn header(content: &str, name: &str) -> Option<String> {
    let head = content.split("\r\n\r\n").next().unwrap_or_default();
    // A line that begins with a space goes on with the one before it.
    let head = head.replace("\r\n ", " ").replace("\r\n\t", "\t");
    head.split("\r\n").find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })
}

/// A mail's text, with line feeds.
pub(super) fn text(content: &str) -> String {
    let body = content.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let encoding = header(content, "Content-Transfer-Encoding").unwrap_or_default();
    let bytes = match encoding.to_ascii_lowercase().as_str() {
        "base64" => {
            let encoded: String = body.split_ascii_whitespace().collect();
            STANDARD.decode(encoded).unwrap_or_default()
        }
        "quoted-printable" => quoted(&body.replace("=\r\n", "")),
        _ => body.as_bytes().to_vec(),
    };
    String::from_utf8_lossy(&bytes).replace("\r\n", "\n")
}

/// A header's value with its encoded words (`=?utf-8?b?…?=`) as text.
pub(super) fn words(value: &str) -> String {
    let mut text = String::new();
    let mut rest = value;
    let mut after_word = false;
    while let Some((before, behind)) = rest.split_once("=?") {
        match word(behind) {
            Some((decoded, tail)) => {
                // Spaces between two encoded words are not part of the text.
                if !(after_word && before.trim().is_empty()) {
                    text.push_str(before);
                }
                text.push_str(&decoded);
                (rest, after_word) = (tail, true);
            }
            None => {
                text.push_str(before);
                text.push_str("=?");
                (rest, after_word) = (behind, false);
            }
        }
    }
    text.push_str(rest);
    text
}

fn word(text: &str) -> Option<(String, &str)> {
    let mut parts = text.splitn(3, '?');
    let (charset, encoding) = (parts.next()?, parts.next()?);
    let (encoded, tail) = parts.next()?.split_once("?=")?;
    if !charset.eq_ignore_ascii_case("utf-8") {
        return None;
    }
    let bytes = match encoding {
        "b" | "B" => STANDARD.decode(encoded).ok()?,
        "q" | "Q" => quoted(&encoded.replace('_', " ")),
        _ => return None,
    };
    Some((String::from_utf8_lossy(&bytes).into_owned(), tail))
}

fn quoted(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let coded = tail.get(..2).filter(|_| byte == b'=');
        let coded = coded.and_then(|digits| std::str::from_utf8(digits).ok());
        match coded.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(decoded) => {
                bytes.push(decoded);
                rest = &tail[2..];
            }
            None => {
                bytes.push(byte);
                rest = tail;
            }
        }
    }
    bytes
}
