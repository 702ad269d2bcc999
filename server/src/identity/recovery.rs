//! Recovery codes: what lets somebody in once who has lost the authenticator app. Ten of 120 bits each; the
//! server keeps their hashes, and shows them once.

use hokan_domain::ids::PersonId;
use sha2::{Digest, Sha256};

use crate::entropy::Entropy;

/// How many there are.
pub const RECOVERY_CODES: usize = 10;

/// Codes that are read out and typed.
pub(super) mod base32_codes {
    /// Letters and digits that nobody takes for another: no I, L, O, U.
    const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

    /// Bytes as groups of four characters of five bits each.
    pub(in crate::identity) fn grouped(bytes: &[u8]) -> String {
        let mut bits: Vec<u8> = Vec::with_capacity(bytes.len() * 8);
        for byte in bytes {
            bits.extend((0..8).rev().map(|bit| (byte >> bit) & 1));
        }
        let mut text = String::new();
        for (index, five) in bits.chunks(5).enumerate() {
            if index > 0 && index % 4 == 0 {
                text.push('-');
            }
            let value = five.iter().fold(0_u8, |value, bit| value << 1 | bit);
            text.push(char::from(ALPHABET[usize::from(value)]));
        }
        text
    }

    /// What was typed, as it was given out: small letters without spaces and hyphens, `o` for zero and so on.
    pub(in crate::identity) fn plain(text: &str) -> String {
        text.chars()
            .map(|char| match u32::from(char) {
                code @ 0xFF01..=0xFF5E => char::from_u32(code - 0xFEE0).unwrap_or(char),
                _ => char,
            })
            .filter(char::is_ascii_alphanumeric)
            .map(|char| match char.to_ascii_lowercase() {
                'o' => '0',
                'i' | 'l' => '1',
                other => other,
            })
            .collect()
    }
}

/// Fresh codes.
pub(super) fn fresh(entropy: &Entropy) -> Vec<String> {
    (0..RECOVERY_CODES).map(|_| base32_codes::grouped(&entropy.bytes::<15>())).collect()
}

/// What the server keeps of a code. With more than 112 bits the codes are random enough that a fast hash hides them
/// (OWASP ASVS 5.0, 6.5.2); those of 80 bits that were given out before are still taken.
pub(super) fn hash(person: PersonId, code: &str) -> Vec<u8> {
    let digest = Sha256::new()
        .chain_update(b"hokan recovery 1\0")
        .chain_update(person.0.as_bytes())
        .chain_update(base32_codes::plain(code).as_bytes())
        .finalize();
    digest.to_vec()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_code_is_typed_as_people_type() {
        let person = PersonId(Uuid::from_u128(1));
        let codes = fresh(&Entropy::seeded(1));
        assert_eq!(codes.len(), RECOVERY_CODES);
        for code in &codes {
            assert_eq!(code.len(), 29, "{code}");
            let typed = code.to_uppercase().replace('-', " ").replace('0', "O").replace('1', "l");
            assert_eq!(hash(person, code), hash(person, &typed));
            assert_ne!(hash(person, code), hash(PersonId(Uuid::from_u128(2)), code));
        }
        assert_eq!(base32_codes::plain("Ａｂ－１２"), "ab12");
    }
}
