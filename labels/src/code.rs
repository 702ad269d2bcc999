//! The code of a label: twelve characters without meaning and without sequence.
//!
//! The alphabet is Crockford's base 32 (`0-9 A-Z` without `I L O U`), so that nothing that looks alike is
//! in it twice. Ten characters carry 50 random bits; the last two check them.
//!
//! # What the check finds
//! The twelve characters, read as values `v0 … v11` of the field GF(32), obey two equations (a shortened
//! Reed–Solomon code with two check symbols):
//!
//! ```text
//! v0 + v1 + … + v11             = K1
//! v0·a^11 + v1·a^10 + … + v11·a^0 = K2      a a generator of the field
//! ```
//!
//! Two valid codes therefore differ in at least three places. It follows that **every** slip of one
//! character and **every** slip of any two characters is found, wherever they stand, the check characters
//! included: each wrong character, each swap of two neighbours, each swap of two characters further apart
//! (`AB-CA`), each pair doubled wrongly (`AA` → `BB`). Of slips in three or more places one in 1,024 passes
//! unnoticed. `K1` and `K2` are not zero, so that twelve equal zeros, the most likely thing to be typed for
//! a try, are not a valid code.

use std::fmt;
use std::str::FromStr;

/// How many characters a code has, without the hyphens that are only for the eye.
pub const CODE_LENGTH: usize = 12;

/// How many of them are random; the rest check these.
pub const PAYLOAD_LENGTH: usize = 10;

/// Crockford's base 32 in order of value; the order of the letters is the order of the values, so codes
/// sort the same as text and as numbers.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// What the two check equations must come to. Any values but zero do; these are arbitrary and must never
/// change, as every printed label depends on them.
const CHECK_SUM: u8 = 0b1_0110;
const CHECK_WEIGHTED: u8 = 0b0_1101;

/// The code of one label. Valid by construction: the check characters are right.
///
/// Shown by `Display` as twelve characters (`7K3FQ2XW9DA0`), by [`LabelCode::grouped`] as
/// `7K3F-Q2XW-9DA0`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LabelCode([u8; CODE_LENGTH]);

/// Why a text is not the code of a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LabelCodeError {
    /// Too few or too many characters, hyphens and spaces not counted.
    #[error("a label code has 12 characters, but {found} were given")]
    WrongLength {
        /// How many there were.
        found: usize,
    },
    /// A character that no code contains.
    #[error("the character “{char}” at place {position} is not used in label codes")]
    BadCharacter {
        /// Its place in the text as it was given, counted from 1, hyphens and spaces included.
        position: usize,
        /// The character as it was given.
        char: char,
    },
    /// Twelve fitting characters that do not belong together: at least one of them is wrong.
    #[error("the label code is mistyped: its check characters do not fit the rest")]
    CheckFailed,
}

impl LabelCodeError {
    /// A stable word for the kind of error, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::WrongLength { .. } => "label-code-length",
            Self::BadCharacter { .. } => "label-code-character",
            Self::CheckFailed => "label-code-check",
        }
    }
}

impl LabelCode {
    /// Makes the code that carries the lowest 50 bits of `entropy`; the other bits are ignored.
    ///
    /// The caller brings the randomness, so that this crate needs none; a code is only as hard to guess as
    /// its bits are random.
    pub fn from_entropy(entropy: u64) -> Self {
        let mut values = [0_u8; CODE_LENGTH];
        for (place, value) in values.iter_mut().take(PAYLOAD_LENGTH).enumerate() {
            *value = ((entropy >> (5 * (PAYLOAD_LENGTH - 1 - place))) & 31) as u8;
        }
        let [first, second] = check_values(&values);
        values[PAYLOAD_LENGTH] = first;
        values[PAYLOAD_LENGTH + 1] = second;
        Self(values.map(|value| ALPHABET[usize::from(value & 31)]))
    }

    /// The twelve characters, ASCII digits and capitals.
    pub fn as_str(&self) -> &str {
        // The bytes are ASCII by construction, so the fallback is never taken.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The code for people: `XXXX-XXXX-XXXX`.
    pub fn grouped(&self) -> String {
        let text = self.as_str();
        let (first, rest) = text.split_at(4);
        let (second, third) = rest.split_at(4);
        format!("{first}-{second}-{third}")
    }

    /// The 50 bits that the code carries.
    pub fn entropy(&self) -> u64 {
        self.0
            .iter()
            .take(PAYLOAD_LENGTH)
            .fold(0, |bits, &byte| (bits << 5) | u64::from(value_of(char::from(byte)).unwrap_or(0)))
    }
}

impl FromStr for LabelCode {
    type Err = LabelCodeError;

    /// Reads a code as a person types it: in any case, with `O` for zero and `I` or `L` for one, with
    /// spaces and hyphens anywhere, and with the full-width characters that a Japanese keyboard gives.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut values = [0_u8; CODE_LENGTH];
        let mut found = 0;
        for (index, char) in text.chars().enumerate() {
            if is_separator(char) {
                continue;
            }
            let value = value_of(char).ok_or(LabelCodeError::BadCharacter { position: index + 1, char })?;
            if let Some(place) = values.get_mut(found) {
                *place = value;
            }
            found += 1;
        }
        if found != CODE_LENGTH {
            return Err(LabelCodeError::WrongLength { found });
        }
        if check_values(&values) != [values[PAYLOAD_LENGTH], values[PAYLOAD_LENGTH + 1]] {
            return Err(LabelCodeError::CheckFailed);
        }
        Ok(Self(values.map(|value| ALPHABET[usize::from(value & 31)])))
    }
}

impl fmt::Display for LabelCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for LabelCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LabelCode({})", self.as_str())
    }
}

/// Spaces and everything that Japanese and Western keyboards give where a person means a hyphen. The long
/// vowel marks are among them because that is what the hyphen key gives in kana mode.
fn is_separator(char: char) -> bool {
    char.is_whitespace()
        || matches!(
            char,
            '-' | '_' | '\u{00AD}' | '\u{2010}'
                ..='\u{2015}'
                    | '\u{2212}'
                    | '\u{2500}'
                    | '\u{30FC}'
                    | '\u{FE58}'
                    | '\u{FE63}'
                    | '\u{FF0D}'
                    | '\u{FF3F}'
                    | '\u{FF70}'
        )
}

/// The value of a character as typed, 0 to 31.
fn value_of(char: char) -> Option<u8> {
    let ascii = match char {
        // Full-width forms stand in the order of ASCII, 0xFEE0 higher.
        '\u{FF10}'..='\u{FF19}' | '\u{FF21}'..='\u{FF3A}' | '\u{FF41}'..='\u{FF5A}' => {
            u8::try_from(u32::from(char) - 0xFEE0).ok()?
        }
        _ => u8::try_from(char).ok()?,
    };
    let plain = match ascii.to_ascii_uppercase() {
        b'O' => b'0',
        b'I' | b'L' => b'1',
        other => other,
    };
    ALPHABET.iter().position(|&letter| letter == plain).and_then(|value| u8::try_from(value).ok())
}

/// Product of two elements of GF(32), the polynomials over GF(2) modulo x⁵ + x² + 1.
fn multiply(left: u8, right: u8) -> u8 {
    let mut product = 0;
    let mut shifted = left & 31;
    for bit in 0..5 {
        if right >> bit & 1 == 1 {
            product ^= shifted;
        }
        shifted <<= 1;
        if shifted & 32 != 0 {
            shifted ^= 0b10_0101;
        }
    }
    product
}

/// The check characters that make the first ten of `values` valid.
fn check_values(values: &[u8; CODE_LENGTH]) -> [u8; 2] {
    const GENERATOR: u8 = 2;
    // Horner's rule gives the weighted sum up to the tenth value; two more steps make room for the checks,
    // whose weights are then a and 1.
    let payload = values.iter().take(PAYLOAD_LENGTH);
    let sum = payload.clone().fold(0, |sum, value| sum ^ value);
    let weighted = payload.fold(0, |sum, value| multiply(sum, GENERATOR) ^ value);
    let weighted = multiply(multiply(weighted, GENERATOR), GENERATOR);
    // c + d = s and a·c + d = t, so c·(a + 1) = s + t. The generator is 2, a + 1 is 3, whose inverse is 28.
    const INVERSE_OF_GENERATOR_PLUS_ONE: u8 = 28;
    let s = sum ^ CHECK_SUM;
    let t = weighted ^ CHECK_WEIGHTED;
    let first = multiply(s ^ t, INVERSE_OF_GENERATOR_PLUS_ONE);
    [first, s ^ first]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Some codes spread over the whole range.
    fn samples() -> impl Iterator<Item = LabelCode> {
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        [0, 1, (1 << 50) - 1].into_iter().map(LabelCode::from_entropy).chain((0..40).map(move |_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            LabelCode::from_entropy(state)
        }))
    }

    fn parse(bytes: &[u8]) -> Result<LabelCode, LabelCodeError> {
        std::str::from_utf8(bytes).unwrap().parse()
    }

    #[test]
    fn the_field_is_a_field() {
        assert_eq!(multiply(3, 28), 1, "the inverse that the checks are computed with");
        let mut power = 1;
        for exponent in 1..=31 {
            power = multiply(power, 2);
            assert_eq!(power == 1, exponent == 31, "2 generates all 31 elements but zero");
        }
    }

    #[test]
    fn a_code_comes_back_from_its_own_text() {
        for code in samples() {
            assert_eq!(code.to_string().parse(), Ok(code));
            assert_eq!(code.grouped().parse(), Ok(code));
            assert_eq!(LabelCode::from_entropy(code.entropy()), code);
            assert_eq!(code.grouped().len(), 14);
        }
    }

    #[test]
    fn every_wrong_character_is_found() {
        for code in samples() {
            for place in 0..CODE_LENGTH {
                for &letter in ALPHABET {
                    let mut bytes = code.0;
                    bytes[place] = letter;
                    let expected = if bytes == code.0 { Ok(code) } else { Err(LabelCodeError::CheckFailed) };
                    assert_eq!(parse(&bytes), expected);
                }
            }
        }
    }

    #[test]
    fn every_swap_of_two_characters_is_found() {
        for code in samples() {
            for left in 0..CODE_LENGTH {
                for right in left + 1..CODE_LENGTH {
                    let mut bytes = code.0;
                    bytes.swap(left, right);
                    if bytes != code.0 {
                        assert_eq!(parse(&bytes), Err(LabelCodeError::CheckFailed));
                    }
                }
            }
        }
    }

    /// The code is affine, so an error is found for all codes or for none: it is enough to put every pair
    /// of values (swaps of neighbours with every pair of values among them) on one code.
    #[test]
    fn every_slip_of_two_characters_is_found() {
        let code = LabelCode::from_entropy(0x2_5A5A_1234_ABCD);
        let values = code.0.map(|byte| value_of(char::from(byte)).unwrap());
        for left in 0..CODE_LENGTH {
            for right in left + 1..CODE_LENGTH {
                for change in 1..32_u8 {
                    for other in 0..32_u8 {
                        let mut slipped = values;
                        slipped[left] ^= change;
                        slipped[right] ^= other;
                        let bytes = slipped.map(|value| ALPHABET[usize::from(value)]);
                        assert_eq!(parse(&bytes), Err(LabelCodeError::CheckFailed));
                    }
                }
            }
        }
    }

    #[test]
    fn the_printed_form_never_changes() {
        // Labels on the shelves depend on these.
        assert_eq!(LabelCode::from_entropy(0).as_str(), "00000000009Z");
        assert_eq!(LabelCode::from_entropy(0x2_5A5A_1234_ABCD).as_str(), "JTB8939AYDYS");
        assert!("000000000000".parse::<LabelCode>().is_err());
    }

    #[test]
    fn typing_is_forgiven() {
        let code = LabelCode::from_entropy(0x0_0108_4210_8421);
        let text = code.to_string();
        let looks_alike: String = text
            .chars()
            .map(|c| {
                if c == '0' {
                    'o'
                } else if c == '1' {
                    'l'
                } else {
                    c
                }
            })
            .collect();
        assert_eq!(looks_alike.parse(), Ok(code));
        assert_eq!(text.to_lowercase().replace('1', "i").parse(), Ok(code));
        let full_width: String =
            code.grouped().chars().map(|c| char::from_u32(u32::from(c) + 0xFEE0).unwrap()).collect();
        assert_eq!(full_width.parse(), Ok(code));
        assert_eq!(full_width.to_lowercase().replace('\u{FF0D}', "ー").parse(), Ok(code));
        assert_eq!(format!("\u{3000}{} \r\n", code.grouped().replace('-', "−")).parse(), Ok(code));
    }

    #[test]
    fn errors_say_what_and_where() {
        assert_eq!("".parse::<LabelCode>(), Err(LabelCodeError::WrongLength { found: 0 }));
        assert_eq!("7K3F-Q2XW".parse::<LabelCode>(), Err(LabelCodeError::WrongLength { found: 8 }));
        assert_eq!("7K3FQ2XW9D0C4".parse::<LabelCode>(), Err(LabelCodeError::WrongLength { found: 13 }));
        assert_eq!(
            " 7K3F-U".parse::<LabelCode>(),
            Err(LabelCodeError::BadCharacter { position: 7, char: 'U' })
        );
        assert_eq!(
            "保管".parse::<LabelCode>(),
            Err(LabelCodeError::BadCharacter { position: 1, char: '保' })
        );
        for (error, code) in [
            (LabelCodeError::WrongLength { found: 3 }, "label-code-length"),
            (LabelCodeError::BadCharacter { position: 1, char: 'U' }, "label-code-character"),
            (LabelCodeError::CheckFailed, "label-code-check"),
        ] {
            assert_eq!(error.code(), code);
            assert!(!error.to_string().is_empty());
        }
    }

    #[test]
    fn codes_sort_as_their_text() {
        let mut codes: Vec<LabelCode> = samples().collect();
        codes.sort();
        assert!(codes.windows(2).all(|pair| pair[0].to_string() <= pair[1].to_string()));
        assert!(codes.windows(2).all(|pair| pair[0].entropy() <= pair[1].entropy()));
    }
}
