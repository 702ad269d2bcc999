//! SHA-256 values and the two hashes of the Merkle tree in RFC 6962 section 2.1 and RFC 9162
//! section 2.1.1.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};

/// Length of a salt of [`salted_digest`], in bytes.
pub const SALT_LEN: usize = 16;

/// What goes before a salted note, so that its digest can be taken for no other.
const NOTE_DOMAIN: &[u8] = b"hokan-note-v1\0";

/// A SHA-256 value. Shown, read and serialised as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; 32]);

/// The text is not a hash: 64 lower-case hexadecimal digits (or the base64 of 32 bytes) were expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a SHA-256 value: 64 lower-case hexadecimal digits are expected")]
pub struct HashError;

impl Hash {
    /// The root of a tree without leaves: SHA-256 of nothing (RFC 6962 section 2.1).
    pub const EMPTY_ROOT: Hash = Hash([
        0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27,
        0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
    ]);

    /// A hash from its 32 bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The plain SHA-256 of `bytes`, without any prefix: for requests, profiles and files.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// A hash from a column of a database.
    ///
    /// # Errors
    /// [`HashError`] where the slice is not 32 bytes long.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, HashError> {
        bytes.try_into().map(Self).map_err(|_| HashError)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The standard base64 with padding, as checkpoints write it.
    #[must_use]
    pub fn to_base64(&self) -> String {
        STANDARD.encode(self.0)
    }

    /// Reads what [`Hash::to_base64`] writes.
    ///
    /// # Errors
    /// [`HashError`] where the text is not the canonical base64 of 32 bytes.
    pub fn from_base64(text: &str) -> Result<Self, HashError> {
        Self::from_slice(&STANDARD.decode(text).map_err(|_| HashError)?)
    }

    /// Appends the 64 hexadecimal digits to `out`.
    pub fn push_hex(&self, out: &mut String) {
        push_hex(&self.0, out);
    }
}

/// Appends `bytes` to `out` in lower-case hexadecimal.
pub(crate) fn push_hex(bytes: &[u8], out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut buffer = [0_u8; 64];
    for part in bytes.chunks(32) {
        for (pair, byte) in buffer.chunks_exact_mut(2).zip(part) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        out.push_str(std::str::from_utf8(&buffer[..part.len() * 2]).unwrap_or_default());
    }
}

/// Reads exactly `N` bytes from lower-case hexadecimal.
pub(crate) fn read_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    fn nibble(digit: u8) -> Option<u8> {
        match digit {
            b'0'..=b'9' => Some(digit - b'0'),
            b'a'..=b'f' => Some(digit - b'a' + 10),
            _ => None,
        }
    }
    let digits = text.as_bytes();
    if digits.len() != N * 2 {
        return None;
    }
    let mut bytes = [0_u8; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
    }
    Some(bytes)
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(64);
        self.push_hex(&mut text);
        f.pad(&text)
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

impl FromStr for Hash {
    type Err = HashError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        read_hex(text).map(Self).ok_or(HashError)
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Hash;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("64 lower-case hexadecimal digits")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Hash, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

/// The hash of a leaf: SHA-256(0x00 || bytes).
#[must_use]
pub fn leaf_hash(bytes: &[u8]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([0_u8]);
    hasher.update(bytes);
    Hash(hasher.finalize().into())
}

/// The hash of an inner node: SHA-256(0x01 || left || right).
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut bytes = [1_u8; 65];
    bytes[1..33].copy_from_slice(&left.0);
    bytes[33..].copy_from_slice(&right.0);
    Hash(Sha256::digest(bytes).into())
}

/// The digest that stands in an entry for a free-text note kept beside the ledger:
/// SHA-256(`hokan-note-v1` || 0x00 || salt || text).
///
/// The salt (random, 16 bytes, one for each note) is kept with the note and erased with it, after
/// which the digest says nothing about the text and the proof of the ledger still holds.
#[must_use]
pub fn salted_digest(salt: &[u8; SALT_LEN], text: &str) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(NOTE_DOMAIN);
    hasher.update(salt);
    hasher.update(text.as_bytes());
    Hash(hasher.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_reads_back_and_refuses_the_rest() {
        let hash = Hash::of(b"abc");
        let text = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hash.to_string(), text);
        assert_eq!(text.parse(), Ok(hash));
        assert_eq!(Hash::from_base64(&hash.to_base64()), Ok(hash));
        assert_eq!(serde_json::from_str::<Hash>(&serde_json::to_string(&hash).unwrap()).unwrap(), hash);
        for bad in ["", &text[1..], &text.to_uppercase(), &format!("{text}0"), &text.replace('b', "g")] {
            assert_eq!(bad.parse::<Hash>(), Err(HashError), "{bad}");
        }
        assert!(serde_json::from_str::<Hash>("5").is_err());
        assert!(Hash::from_slice(&[0; 31]).is_err());
        // 0x..1 in the last symbol: bits that no encoder writes.
        assert!(Hash::from_base64("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=").is_err());
    }

    #[test]
    fn the_empty_root_is_sha256_of_nothing() {
        assert_eq!(Hash::of(b""), Hash::EMPTY_ROOT);
    }

    #[test]
    fn a_leaf_a_node_and_a_note_never_hash_alike() {
        let (left, right) = (Hash::of(b"l"), Hash::of(b"r"));
        let joined = [&left.as_bytes()[..], &right.as_bytes()[..]].concat();
        assert_ne!(leaf_hash(&joined), node_hash(&left, &right));
        assert_eq!(node_hash(&left, &right), Hash::of(&[&[1], &joined[..]].concat()));
        assert_eq!(leaf_hash(b"x"), Hash::of(b"\0x"));
    }

    #[test]
    fn a_salted_digest_depends_on_salt_and_text() {
        let digest = salted_digest(&[7; SALT_LEN], "破損あり");
        assert_eq!(digest, Hash::of(&[b"hokan-note-v1\0", &[7; 16][..], "破損あり".as_bytes()].concat()));
        assert_ne!(digest, salted_digest(&[8; SALT_LEN], "破損あり"));
        assert_ne!(digest, salted_digest(&[7; SALT_LEN], "破損なし"));
    }
}
