//! What nobody may read: every secret that a test used, to be looked for in whatever the program wrote.
//!
//! A function of the harness that makes or hears a secret notes it here, so that a test which looks through logs,
//! exports and answers knows of it without listing it again.

use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The shortest secret that is looked for; shorter ones would be found by chance.
const SHORTEST: usize = 8;

/// Secrets by what they are.
#[derive(Debug, Clone, Default)]
pub struct Secrets(BTreeMap<String, Vec<Vec<u8>>>);

impl Secrets {
    /// Notes one: what it is, and the secret itself, as text.
    ///
    /// # Panics
    /// Where it is too short to be looked for.
    pub fn note(&mut self, what: &str, secret: &str) {
        self.note_bytes(what, secret.as_bytes());
    }

    /// Notes one that is bytes: it is looked for as bytes, in hexadecimal and in base64.
    ///
    /// # Panics
    /// Where it is too short to be looked for.
    pub fn note_bytes(&mut self, what: &str, secret: &[u8]) {
        assert!(secret.len() >= SHORTEST, "{what} is too short to be looked for");
        let forms = self.0.entry(what.to_owned()).or_default();
        let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
        for form in [secret.to_vec(), hex.to_uppercase().into_bytes(), hex.into_bytes()] {
            forms.push(form);
        }
        // Wherever the bytes stand in what was encoded, one of three shifts of them is there; without the letters at
        // both ends, which hold bits of their neighbours.
        for shift in 0..3 {
            let shifted: Vec<u8> = std::iter::repeat_n(0, shift).chain(secret.iter().copied()).collect();
            for url in [false, true] {
                let letters = base64(&shifted, url);
                let inner = &letters[(shift * 8).div_ceil(6)..shifted.len() * 8 / 6];
                if inner.len() >= SHORTEST {
                    forms.push(inner.as_bytes().to_vec());
                }
            }
        }
    }

    /// How many things were noted.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing was noted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What of these is in there, by what it is; never the secret itself.
    #[must_use]
    pub fn found_in(&self, haystack: &[u8]) -> Vec<&str> {
        // In one pass, by how the forms begin: a log of the most talkative kind has many megabytes.
        let mut begins: HashMap<[u8; SHORTEST], Vec<(&str, &[u8])>> = HashMap::new();
        for (what, forms) in &self.0 {
            for form in forms {
                if let Some(begin) = form.first_chunk() {
                    begins.entry(*begin).or_default().push((what, form));
                }
            }
        }
        let mut found = BTreeSet::new();
        for (at, window) in haystack.windows(SHORTEST).enumerate() {
            let begin = window.first_chunk::<SHORTEST>();
            let Some(candidates) = begin.and_then(|begin| begins.get(begin)) else { continue };
            let here = candidates.iter().filter(|(_, form)| haystack[at..].starts_with(form));
            found.extend(here.map(|(what, _)| *what));
        }
        found.into_iter().collect()
    }
}

fn base64(bytes: &[u8], url: bool) -> String {
    const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let letter = |six: u32| match usize::try_from(six) {
        Ok(62) => {
            if url {
                '-'
            } else {
                '+'
            }
        }
        Ok(63) => {
            if url {
                '_'
            } else {
                '/'
            }
        }
        Ok(index) => char::from(LETTERS[index]),
        Err(_) => '=',
    };
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let mut word = [0_u8; 4];
        word[1..=chunk.len()].copy_from_slice(chunk);
        let word = u32::from_be_bytes(word);
        text.extend((0..=chunk.len()).map(|place| letter(word >> (18 - 6 * place) & 63)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_however_it_was_written() {
        let mut secrets = Secrets::default();
        secrets.note("the password", "correct horse battery");
        secrets
            .note_bytes("the key", &[0xfb, 0xef, 0xff, 0x3e, 0x3f, 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde]);
        assert_eq!(secrets.found_in(b"nothing of it"), Vec::<&str>::new());
        for text in [
            "password=correct horse battery;",
            "636f727265637420686f7273652062617474657279",
            "{\"x\":\"Y29ycmVjdCBob3JzZSBiYXR0ZXJ5\"}",
            "YXV0aDpjb3JyZWN0IGhvcnNlIGJhdHRlcnk=",
            "eHl6Y29ycmVjdCBob3JzZSBiYXR0ZXJ5",
        ] {
            assert_eq!(secrets.found_in(text.as_bytes()), ["the password"], "{text}");
        }
        for text in ["FBEFFF3E3F123456789ABCDE", "++//Pj8SNFZ4mrze", "--__Pj8SNFZ4mrze"] {
            assert_eq!(secrets.found_in(text.as_bytes()), ["the key"], "{text}");
        }
        assert_eq!(secrets.len(), 2);
    }
}
