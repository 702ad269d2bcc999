//! Keeps personal numbers out: finds a 個人番号 or a 住民票コード in any text.
//!
//! Hokan never holds either number, so every free text, imported cell and file name passes
//! [`find`] or becomes a [`CheckedText`]. What is found is never repeated: a [`Finding`] knows kind and
//! place only.
//!
//! # The check digits
//!
//! 個人番号, 12 digits: 平成26年総務省令第85号 第5条. With P1 … P11 the digits ahead of the check digit
//! counted from the low end, Qn = n + 1 for n ≤ 6 and n − 5 above, the check digit is
//! 11 − (ΣPn·Qn mod 11), or 0 where the remainder is 0 or 1.
//!
//! 住民票コード, 11 digits: ten random digits and a check digit (住民基本台帳法施行規則 第1条), by the
//! formula of 平成14年総務省告示第436号. The text of that notice (官報, 25 July 2002) could not be read
//! for this module. That it is the same formula over ten digits is taken from two independent programs
//! that implement it, one of which cites the notice, and it holds for the one published specimen at
//! hand, which carries a valid 個人番号 too. Were it another, one in eleven codes would still be found
//! by chance.
//!
//! # What counts as one number
//!
//! Digits of any script count, also full-width, circled, superscript and mathematical ones. Between
//! them white space within the line, hyphens and dashes of all kinds (also the long vowel mark ー),
//! `.` `。` `_` `/` and middle dots may stand in any number, and characters that are not seen at all
//! (zero-width ones, variation selectors). Everything else ends the run, also a line feed, a comma, a
//! colon and a letter.
//!
//! - A run of exactly 12 or 11 digits is checked however it is grouped.
//! - Within a run that holds more, such as `2026-11-23 1234 5678 9018`, each sequence of whole groups
//!   that is written the way people write such a number (12, 6-6, 4-4-4, 3-3-3-3 …) is checked.
//! - An unbroken group of 13 digits and more is not searched inside: corporate numbers (法人番号), bar
//!   codes and long serial numbers would be refused more often than not, and nobody writes a personal
//!   number glued to other digits.
//! - Eleven digits in the groups of a mobile telephone number (090-1234-5678) are let through: they
//!   stand in many notes about couriers, and of the 住民票コード only one in two hundred begins so, none
//!   of which is written in these groups by custom. Without the separators they are checked.
//!
//! About one in ten serial numbers of 12 digits passes the check by chance and is refused too; the
//! sentence says how to write it otherwise. That is the price of never holding the other kind.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Which number a text seems to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NumberKind {
    /// 個人番号 (マイナンバー), 12 digits.
    Individual,
    /// 住民票コード, 11 digits.
    ResidentCode,
}

impl NumberKind {
    /// The name in Japanese.
    #[must_use]
    pub const fn ja(self) -> &'static str {
        match self {
            Self::Individual => "個人番号",
            Self::ResidentCode => "住民票コード",
        }
    }
}

impl fmt::Display for NumberKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Individual => "individual number (個人番号)",
            Self::ResidentCode => "resident record code (住民票コード)",
        })
    }
}

/// Where a text seems to hold a personal number. It does not hold the number itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which number it seems to be.
    pub kind: NumberKind,
    /// The first digit's place in the text, in characters from 0.
    pub start_char: usize,
    /// How many characters it takes up to its last digit, with what stands between.
    pub len: usize,
}

impl Finding {
    /// What is wrong and what to do, in Japanese.
    #[must_use]
    pub fn ja(&self) -> String {
        format!(
            "{}文字目から{}と読める数字があります。{}は記録できません。削除してください。\
             製造番号などが偶然一致した場合は、数字の間に英字を1字入れて書いてください(例:前半の後にSを入れる)。",
            self.start_char + 1,
            self.kind.ja(),
            self.kind.ja(),
        )
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "from character {} on there is what reads as an {}. Such numbers are never recorded: take it out. \
             If it is a serial number that matches by chance, put a letter between its digits, such as an S \
             after the first half.",
            self.start_char + 1,
            self.kind,
        )
    }
}

/// One digit of a run.
#[derive(Clone, Copy)]
struct Digit {
    value: u8,
    /// Place in the text, in characters.
    at: usize,
}

/// A run of digits with nothing but separators between them.
#[derive(Default)]
struct Run {
    digits: Vec<Digit>,
    /// How many digits stand together, for each group.
    groups: Vec<usize>,
    /// The script of the last digit; none after a separator.
    script: Option<u32>,
}

enum Class {
    /// Value, and the script that it belongs to.
    Digit(u8, u32),
    Separator,
    Invisible,
    Other,
}

/// Looks for a personal number; gives the first.
#[must_use]
pub fn find(text: &str) -> Option<Finding> {
    let mut run = Run::default();
    for (at, c) in text.chars().enumerate() {
        match classify(c) {
            Class::Digit(value, script) => run.push(Digit { value, at }, script),
            Class::Separator => run.script = None,
            Class::Invisible => (),
            Class::Other => {
                if let Some(finding) = run.finding() {
                    return Some(finding);
                }
                run.clear();
            }
        }
    }
    run.finding()
}

impl Run {
    fn push(&mut self, digit: Digit, script: u32) {
        match self.groups.last_mut() {
            Some(group) if self.script == Some(script) => *group += 1,
            _ => self.groups.push(1),
        }
        self.script = Some(script);
        self.digits.push(digit);
    }

    fn clear(&mut self) {
        self.digits.clear();
        self.groups.clear();
        self.script = None;
    }

    fn finding(&self) -> Option<Finding> {
        judge(&self.digits, &self.groups).or_else(|| {
            let mut start = 0;
            for (from, first) in self.groups.iter().enumerate() {
                let mut end = start;
                for (count, group) in self.groups[from..].iter().enumerate() {
                    end += group;
                    if end - start > 12 {
                        break;
                    }
                    let groups = &self.groups[from..=from + count];
                    if is_customary(groups)
                        && let Some(finding) = judge(&self.digits[start..end], groups)
                    {
                        return Some(finding);
                    }
                }
                start += first;
            }
            None
        })
    }
}

/// Whether these digits, taken as a whole, are one of the numbers.
fn judge(digits: &[Digit], groups: &[usize]) -> Option<Finding> {
    let kind = match digits.len() {
        12 => NumberKind::Individual,
        11 if !is_mobile_phone(digits, groups) => NumberKind::ResidentCode,
        _ => return None,
    };
    let (check, body) = digits.split_last()?;
    let first = digits.first()?;
    (check_digit(body.iter().map(|digit| digit.value)) == check.value).then_some(Finding {
        kind,
        start_char: first.at,
        len: check.at - first.at + 1,
    })
}

/// The check digit over the digits ahead of it, high end first.
fn check_digit(digits: impl DoubleEndedIterator<Item = u8>) -> u8 {
    // Qn: 2 3 4 5 6 7, and again from 2.
    let sum: u32 = digits.rev().zip((2..=7).cycle()).map(|(p, q)| u32::from(p) * q).sum();
    match sum % 11 {
        0 | 1 => 0,
        rest => (11 - rest) as u8,
    }
}

/// The ways in which people part a number of 12 or 11 digits.
fn is_customary(groups: &[usize]) -> bool {
    let even = groups.iter().all(|group| Some(group) == groups.first());
    even || matches!(
        groups,
        [8, 4] | [4, 8] | [11, 1] | [10, 1] | [5, 6] | [6, 5] | [4, 4, 3] | [3, 4, 4] | [3, 3, 3, 2]
    )
}

/// 050/060/070/080/090-1234-5678 and 0800-123-4567.
fn is_mobile_phone(digits: &[Digit], groups: &[usize]) -> bool {
    let value = |at: usize| digits.get(at).map(|digit| digit.value);
    match groups {
        [3, 4, 4] => value(0) == Some(0) && matches!(value(1), Some(5..=9)) && value(2) == Some(0),
        [4, 3, 4] => (0..4).map(value).eq([Some(0), Some(8), Some(0), Some(0)]),
        _ => false,
    }
}

/// The zeros of the scripts with ten decimal digits in a row, in order (Unicode general category Nd).
const ZEROS: [u32; 77] = [
    0x30, 0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6, 0xE50,
    0xED0, 0xF20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40,
    0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10, 0x104A0, 0x10D30, 0x10D40,
    0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x116D0, 0x116DA,
    0x11730, 0x118E0, 0x11950, 0x11BF0, 0x11C50, 0x11D50, 0x11DA0, 0x11F50, 0x16130, 0x16A60, 0x16AC0,
    0x16B50, 0x16D70, 0x1CCF0, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E4F0,
    0x1E5F1, 0x1E950, 0x1F101, 0x1FBF0,
];

/// Other characters that stand for a digit: first character, how many, value of the first.
const SIGNS: [(u32, u32, u8); 15] = [
    (0xB2, 2, 2),    // superscript two, three
    (0xB9, 1, 1),    // superscript one
    (0x2070, 1, 0),  // superscript zero
    (0x2074, 6, 4),  // superscript four to nine
    (0x2080, 10, 0), // subscripts
    (0x2460, 9, 1),  // circled
    (0x2474, 9, 1),  // parenthesised
    (0x2488, 9, 1),  // with a full stop
    (0x24EA, 1, 0),  // circled zero
    (0x24F5, 9, 1),  // doubly circled
    (0x24FF, 1, 0),  // black circled zero
    (0x2776, 9, 1),  // black circled
    (0x2780, 9, 1),  // circled, sans-serif
    (0x278A, 9, 1),  // black circled, sans-serif
    (0x1F100, 1, 0), // zero with a full stop
];

fn classify(c: char) -> Class {
    let code = u32::from(c);
    if let '0'..='9' = c {
        return Class::Digit((code - 0x30) as u8, 0x30);
    }
    match c {
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Class::Other,
        '-' | '.' | '_' | '/' | '\u{ad}' | '\u{b7}' => Class::Separator,
        // Hebrew and Mongolian hyphens, the dashes, the hyphen bullet, the minus signs.
        '\u{5be}'
        | '\u{1806}'
        | '\u{2010}'..='\u{2015}'
        | '\u{2022}'
        | '\u{2027}'
        | '\u{2043}'
        | '\u{2044}' => Class::Separator,
        '\u{207b}' | '\u{208b}' | '\u{2212}' | '\u{2215}' | '\u{2219}' | '\u{22c5}' | '\u{2796}' => {
            Class::Separator
        }
        '\u{2500}' | '\u{2501}' | '\u{2e3a}' | '\u{2e3b}' | '\u{3002}' | '\u{30fb}' | '\u{30fc}' => {
            Class::Separator
        }
        '\u{fe31}' | '\u{fe32}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}' | '\u{ff0e}' | '\u{ff0f}'
        | '\u{ff3f}' => Class::Separator,
        '\u{ff61}' | '\u{ff65}' | '\u{ff70}' | '\u{ffe3}' => Class::Separator,
        // Zero-width characters, marks of direction, joiners, enclosing marks, variation selectors, tags.
        '\u{34f}'
        | '\u{61c}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' => Class::Invisible,
        '\u{2060}'..='\u{206f}' | '\u{20dd}'..='\u{20e4}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' => {
            Class::Invisible
        }
        '\u{e0000}'..='\u{e01ef}' => Class::Invisible,
        _ if c.is_whitespace() => Class::Separator,
        _ => digit(code).map_or(Class::Other, |(value, script)| Class::Digit(value, script)),
    }
}

/// The value of a digit outside ASCII, and the first character of its row.
fn digit(code: u32) -> Option<(u8, u32)> {
    let row = ZEROS.partition_point(|zero| *zero <= code).checked_sub(1).map(|at| ZEROS[at]);
    if let Some(zero) = row.filter(|zero| code - zero < 10) {
        return Some(((code - zero) as u8, zero));
    }
    let (first, _, value) = SIGNS.iter().find(|(first, count, _)| (*first..first + count).contains(&code))?;
    Some((value + (code - first) as u8, SIGNS[0].0))
}

/// A text that holds no personal number and no control characters, is not empty and not too long.
///
/// White space around it is taken away. It can be made in no other way, by deserialising neither.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CheckedText(String);

/// Why a text is refused. Neither `Debug` nor `Display` repeats the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextProblem {
    /// There is nothing to see in it.
    #[error("the text is empty")]
    Empty,
    /// It is too long.
    #[error("the text has {found} characters; {max} are allowed")]
    TooLong {
        /// How many characters are allowed.
        max: usize,
        /// How many it has.
        found: usize,
    },
    /// It contains control characters, or such as turn the direction of the writing.
    #[error("the text contains control characters")]
    ControlCharacter,
    /// It seems to hold a personal number. Places count from the text without the white space around it.
    #[error("{0}")]
    PersonalNumber(Finding),
}

impl TextProblem {
    /// The sentence in Japanese.
    #[must_use]
    pub fn ja(&self) -> String {
        match self {
            Self::Empty => "入力してください。".to_owned(),
            Self::TooLong { max, found } => format!("{max}文字以内で入力してください(現在{found}文字)。"),
            Self::ControlCharacter => {
                "使用できない制御文字が含まれています。入力し直してください。".to_owned()
            }
            Self::PersonalNumber(finding) => finding.ja(),
        }
    }
}

impl CheckedText {
    /// How many characters [`Deserialize`] allows, where no smaller limit is known.
    pub const MAX_CHARS: usize = 10_000;

    /// A text on one line; `max_chars` counts Unicode characters. A tab becomes a space.
    ///
    /// # Errors
    /// The first of [`TextProblem`] that applies.
    pub fn new(text: &str, max_chars: usize) -> Result<Self, TextProblem> {
        Self::check(text.replace('\t', " "), max_chars, |c| c.is_control())
    }

    /// A text that may have several lines. A tab becomes a space, and every line end a line feed.
    ///
    /// # Errors
    /// The first of [`TextProblem`] that applies.
    pub fn multi_line(text: &str, max_chars: usize) -> Result<Self, TextProblem> {
        let text = text.replace("\r\n", "\n").replace('\r', "\n").replace('\t', " ");
        Self::check(text, max_chars, |c| c.is_control() && c != '\n')
    }

    fn check(text: String, max: usize, is_refused: impl Fn(char) -> bool) -> Result<Self, TextProblem> {
        let trimmed = text.trim();
        let found = trimmed.chars().count();
        if trimmed.chars().all(|c| c.is_whitespace() || matches!(classify(c), Class::Invisible)) {
            return Err(TextProblem::Empty);
        }
        if found > max {
            return Err(TextProblem::TooLong { max, found });
        }
        let turns =
            |c| matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if trimmed.chars().any(|c| turns(c) || is_refused(c)) {
            return Err(TextProblem::ControlCharacter);
        }
        if let Some(finding) = find(trimmed) {
            return Err(TextProblem::PersonalNumber(finding));
        }
        Ok(Self(if trimmed.len() == text.len() { text } else { trimmed.to_owned() }))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, given away.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl AsRef<str> for CheckedText {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CheckedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Serialize for CheckedText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for CheckedText {
    /// Checks as [`CheckedText::multi_line`] does. The errors do not repeat the input, nor where it is a
    /// number instead of a text: a deserialiser asked for a text would name the number.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        /// The provided methods of the trait name the value that they refuse.
        macro_rules! refuse {
            ($($method:ident: $type:ty),*) => {
                $(fn $method<E: de::Error>(self, _: $type) -> Result<CheckedText, E> {
                    Err(E::custom("a text is expected"))
                })*
            };
        }

        impl de::Visitor<'_> for Visitor {
            type Value = CheckedText;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<CheckedText, E> {
                CheckedText::multi_line(text, CheckedText::MAX_CHARS).map_err(E::custom)
            }

            refuse!(visit_i64: i64, visit_i128: i128, visit_u64: u64, visit_u128: u128, visit_f64: f64);
            refuse!(visit_bytes: &[u8]);
        }
        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// An example that satisfies the check; nobody's number by intent.
    const INDIVIDUAL: &str = "123456789018";
    /// From a published specimen of a resident record.
    const CODE: &str = "24727059608";

    fn kind(text: &str) -> Option<NumberKind> {
        find(text).map(|finding| finding.kind)
    }

    fn values(text: &str) -> Vec<u8> {
        text.bytes().map(|byte| byte - b'0').collect()
    }

    /// The formula once more, as the ordinance writes it.
    fn remainder(body: &[u8]) -> u32 {
        let p = |n: usize| u32::from(body[body.len() - n]);
        let q = |n: usize| if n <= 6 { n + 1 } else { n - 5 } as u32;
        (1..=body.len()).map(|n| p(n) * q(n)).sum::<u32>() % 11
    }

    fn with_check_digit(body: &[u8]) -> String {
        let check = match remainder(body) {
            0 | 1 => 0,
            rest => 11 - rest,
        };
        body.iter().map(|digit| char::from(b'0' + digit)).chain(char::from_digit(check, 10)).collect()
    }

    #[test]
    fn the_known_examples_are_found() {
        assert_eq!(find(INDIVIDUAL), Some(Finding { kind: NumberKind::Individual, start_char: 0, len: 12 }));
        assert_eq!(find(CODE), Some(Finding { kind: NumberKind::ResidentCode, start_char: 0, len: 11 }));
        // The same specimen's other number.
        assert_eq!(kind("379474484458"), Some(NumberKind::Individual));
        assert_eq!(
            find("本人の番号は 1234-5678-9018 です"),
            Some(Finding { kind: NumberKind::Individual, start_char: 7, len: 14 })
        );
    }

    #[test]
    fn the_numbers_are_found_in_every_script_and_with_every_separator() {
        let full_width: String =
            INDIVIDUAL.chars().map(|c| char::from_u32(c as u32 + 0xFEE0).unwrap()).collect();
        assert_eq!(kind(&full_width), Some(NumberKind::Individual));
        for text in [
            "１２３４　５６７８　９０１８",
            "1234－5678－9018",
            "1234ー5678ー9018",
            "1234ｰ5678ｰ9018",
            "1234・5678・9018",
            "1234･5678･9018",
            "1234 - 5678 - 9018",
            "1234.5678.9018",
            "1234。5678。9018",
            "1234_5678_9018",
            "1234/5678/9018",
            "1234\u{200b}5678\u{200b}9018",
            "1\u{fe0f}\u{20e3}2\u{fe0f}\u{20e3}34 5678 9018",
            "1234\u{ad}5678\u{2060}9018",
            "1234\t5678\t9018",
            "1 2 3 4 5 6 7 8 9 0 1 8",
            "123 456 789 018",
            "12-34-56-78-90-18",
            "1234567-89018",
            "①②③④⑤⑥⑦⑧⑨⓪①⑧",
            "¹²³⁴⁵⁶⁷⁸⁹⁰¹⁸",
            "𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗𝟎𝟏𝟖",
            "١٢٣٤٥٦٧٨٩٠١٨",
            "12３4 56７8 90１8",
            "SN123456789018X",
            "個人番号:123456789018",
            "file_1234-5678-9018.pdf",
            "123456789018\n",
            "予備\n123456789018",
        ] {
            assert_eq!(kind(text), Some(NumberKind::Individual), "{text}");
        }
    }

    #[test]
    fn a_number_beside_other_digits_is_found_by_its_groups() {
        for text in [
            "2026-11-23 1234 5678 9018",
            "2026-11-23 123456789018",
            "1. 1234-5678-9018",
            "①123456789018",
            "①1234-5678-9018",
            "No.3 123-456-789-018 5",
            "1234 5678 9018 2026.4.1",
            "12 123456 789018",
            "20 1 2 3 4 5 6 7 8 9 0 1 8",
            "0001 12345678 9018",
        ] {
            assert_eq!(kind(text), Some(NumberKind::Individual), "{text}");
        }
        for text in [
            "1 24727059608",
            "2026-11-23 2472-7059-608",
            "3 247-2705-9608",
            "1 24727 059608",
            "1 2472705960-8",
        ] {
            assert_eq!(kind(text), Some(NumberKind::ResidentCode), "{text}");
        }
    }

    #[test]
    fn what_is_no_personal_number_passes() {
        for text in [
            "",
            "備考なし",
            "2026-11-23 12:34",
            "2026-11-23 2026-12-01",
            "2026-11-23～2026-12-01",
            "1234〜5678〜9018",
            "令和8年4月1日から令和8年12月31日まで",
            "03-1234-5678",
            "0120-123-456",
            "123456789012",
            "123456789019",
            "12345678901",
            "1234 5678 901",
            "1,234,567,890,18",
            "123456S789018",
            "123456\n789018",
            "12時34分56秒78 9018",
            // Unbroken and longer: a corporate number, a bar code, a serial number that hold one within.
            "1123456789018",
            "1234567890181",
            "00000123456789018",
            "98123456789018-1",
            // Groups that nobody writes, within a longer run.
            "2026-1-2345-6789018",
            "978-4-06-519981-7",
        ] {
            assert_eq!(find(text), None, "{text}");
        }
    }

    #[test]
    fn a_mobile_telephone_number_passes_in_its_groups_only() {
        let check = |head: &str| {
            let body: Vec<u8> = values(head);
            with_check_digit(&body)
        };
        for head in ["0901234567", "0801234567", "0700000000", "0503333333", "0609876543"] {
            let number = check(head);
            let grouped = format!("{}-{}-{}", &number[..3], &number[3..7], &number[7..]);
            assert_eq!(find(&grouped), None, "{grouped}");
            assert_eq!(find(&format!("電話 {grouped} 内線2")), None);
            assert_eq!(find(&grouped.replace('-', "ー")), None);
            assert_eq!(kind(&number), Some(NumberKind::ResidentCode), "{number}");
            let other = format!("{}-{}", &number[..5], &number[5..]);
            assert_eq!(kind(&other), Some(NumberKind::ResidentCode), "{other}");
        }
        let number = check("0800123456");
        assert_eq!(find(&format!("{}-{}-{}", &number[..4], &number[4..7], &number[7..])), None);
        let number = check("1901234567");
        assert!(find(&format!("{}-{}-{}", &number[..3], &number[3..7], &number[7..])).is_some());
    }

    #[test]
    fn every_digit_of_unicode_that_the_standard_library_knows_of_is_looked_at() {
        for c in (0..=0x10_FFFF).filter_map(char::from_u32) {
            if let Class::Digit(value, _) = classify(c) {
                assert!(value < 10);
                assert!(c.is_numeric(), "{c:?}");
            }
            assert!(
                !c.is_whitespace() || !matches!(classify(c), Class::Digit(..) | Class::Invisible),
                "{c:?}"
            );
        }
        assert!(ZEROS.is_sorted());
        for (c, value) in [
            ('९', 9),
            ('𑃹', 9),
            ('𝟿', 9),
            ('⒈', 1),
            ('❾', 9),
            ('➈', 9),
            ('⓵', 1),
            ('🄀', 0),
            ('🄂', 1),
            ('₅', 5),
        ] {
            assert!(matches!(classify(c), Class::Digit(found, _) if found == value), "{c}");
        }
    }

    #[test]
    fn a_finding_and_its_sentences_do_not_repeat_the_number() {
        let finding = find(&format!("番号 {INDIVIDUAL}")).unwrap();
        let problem = CheckedText::new(&format!("番号 {INDIVIDUAL}"), 100).unwrap_err();
        assert_eq!(problem, TextProblem::PersonalNumber(finding));
        for text in [
            format!("{finding:?}"),
            finding.to_string(),
            finding.ja(),
            format!("{problem:?}"),
            problem.to_string(),
            problem.ja(),
        ] {
            assert!(!text.contains(INDIVIDUAL), "{text}");
            assert!(text.chars().filter(char::is_ascii_digit).count() < 6, "{text}");
        }
        assert!(finding.ja().contains("個人番号") && finding.ja().contains("4文字目"));
    }

    #[test]
    fn a_checked_text_is_trimmed_and_bounded() {
        assert_eq!(CheckedText::new(" 　金庫A\t2段目 ", 7).unwrap().as_str(), "金庫A 2段目");
        assert_eq!(CheckedText::new("金庫A", 2), Err(TextProblem::TooLong { max: 2, found: 3 }));
        for empty in ["", " ", "\u{3000}\t", "\u{200b}", " \u{feff} \u{2060}"] {
            assert_eq!(CheckedText::new(empty, 10), Err(TextProblem::Empty), "{empty:?}");
        }
        for bad in ["a\u{0}b", "a\nb", "a\u{7f}b", "a\u{202e}b", "a\u{2067}b", "a\u{85}b", "a\u{2028}b"] {
            assert_eq!(CheckedText::new(bad, 10), Err(TextProblem::ControlCharacter), "{bad:?}");
        }
        assert_eq!(CheckedText::multi_line("一\r\n二\r三\n", 10).unwrap().as_str(), "一\n二\n三");
        assert_eq!(CheckedText::multi_line("a\u{1b}b", 10), Err(TextProblem::ControlCharacter));
        // Names need variation selectors and joiners.
        assert!(CheckedText::new("葛\u{e0100}城市 👩\u{200d}💻", 20).is_ok());
        assert!(matches!(CheckedText::new(CODE, 20), Err(TextProblem::PersonalNumber(_))));
        assert_eq!(CheckedText::new("x", 1).unwrap().into_string(), "x");
    }

    #[test]
    fn deserialising_checks_too_and_does_not_echo() {
        assert_eq!(serde_json::from_str::<CheckedText>("\" 金庫 \"").unwrap().as_str(), "金庫");
        assert_eq!(serde_json::to_string(&CheckedText::new("金庫", 5).unwrap()).unwrap(), "\"金庫\"");
        for json in [
            format!("\"{INDIVIDUAL}\""),
            INDIVIDUAL.to_owned(),
            format!("-{INDIVIDUAL}"),
            format!("{INDIVIDUAL}.5"),
            format!("[{INDIVIDUAL}]"),
            format!("{{\"{INDIVIDUAL}\":1}}"),
            "\"\"".to_owned(),
            "null".to_owned(),
        ] {
            let error = serde_json::from_str::<CheckedText>(&json).unwrap_err();
            assert!(!error.to_string().contains(INDIVIDUAL), "{error}");
            let value = serde_json::from_str::<serde_json::Value>(&json).unwrap();
            let error = serde_json::from_value::<CheckedText>(value).unwrap_err();
            assert!(!error.to_string().contains(INDIVIDUAL), "{error}");
        }
    }

    #[test]
    fn one_in_about_ten_serial_numbers_matches_by_chance() {
        let hits = (0..10_000_u64).filter(|n| find(&format!("{:012}", n * 99_991_777 + 5)).is_some()).count();
        assert!((700..1_200).contains(&hits), "{hits}");
    }

    const SEPARATORS: [&str; 22] = [
        " ", "\u{3000}", "\u{a0}", "-", "‐", "‑", "‒", "–", "—", "―", "−", "－", "ー", "・", ".", "_", "/",
        "／", "．", "＿", "\u{200b}", " - ",
    ];

    proptest! {
        #[test]
        fn a_wrong_digit_is_seen_unless_both_remainders_are_below_two(
            mut body in prop::collection::vec(0..10_u8, 10..=11), at: prop::sample::Index, add in 1..10_u8,
        ) {
            let number = with_check_digit(&body);
            let expected = if body.len() == 11 { NumberKind::Individual } else { NumberKind::ResidentCode };
            prop_assert_eq!(kind(&number), Some(expected));
            let mut wrong = values(&number);
            *wrong.last_mut().unwrap() = (wrong.last().unwrap() + add) % 10;
            let text: String = wrong.iter().map(|d| char::from(b'0' + d)).collect();
            prop_assert_eq!(kind(&text), None);
            let before = remainder(&body);
            let at = at.index(body.len());
            body[at] = (body[at] + add) % 10;
            let after = remainder(&body);
            prop_assert_ne!(before, after);
            let changed: String =
                body.iter().map(|d| char::from(b'0' + d)).chain(number.chars().last()).collect();
            prop_assert_eq!(kind(&changed).is_some(), before < 2 && after < 2);
        }

        #[test]
        fn separators_anywhere_do_not_hide_a_number(
            body in prop::collection::vec(0..10_u8, 11),
            between in prop::collection::vec(prop::option::of(prop::sample::select(&SEPARATORS[..])), 11),
            before in "[ぁ-んa-zA-Z:,、。 ]{0,8}", after in "[ぁ-んa-zA-Z:,、。 ]{0,8}", full: bool,
        ) {
            let number = with_check_digit(&body);
            let mut text = before.clone();
            for (at, c) in number.chars().enumerate() {
                if at > 0 {
                    text.push_str(between[at - 1].unwrap_or_default());
                }
                text.push(if full { char::from_u32(c as u32 + 0xFEE0).unwrap() } else { c });
            }
            let end = text.chars().count();
            text.push_str(&after);
            let finding = find(&text).unwrap();
            prop_assert_eq!(finding.kind, NumberKind::Individual);
            let start = before.chars().count();
            prop_assert_eq!((finding.start_char, finding.len), (start, end - start));
            prop_assert!(!finding.to_string().contains(&number) && !finding.ja().contains(&number));
            prop_assert!(CheckedText::new(&text, 1_000).is_err());
        }

        #[test]
        fn any_text_is_searched_without_panic_and_findings_lie_within(text in "[0-9０-９ ー\\-①a\n]{0,60}|.{0,60}") {
            if let Some(finding) = find(&text) {
                let part: Vec<char> = text.chars().skip(finding.start_char).take(finding.len).collect();
                prop_assert_eq!(part.len(), finding.len);
                let digits = part.iter().filter(|c| matches!(classify(**c), Class::Digit(..))).count();
                prop_assert_eq!(digits, if finding.kind == NumberKind::Individual { 12 } else { 11 });
            }
            if let Ok(checked) = CheckedText::multi_line(&text, 100) {
                prop_assert_eq!(find(checked.as_str()), None);
                prop_assert_eq!(CheckedText::multi_line(checked.as_str(), 100), Ok(checked));
            }
        }
    }
}
