//! Measuring text, fitting it into a width, breaking it into lines by the rules of Japanese setting.
//!
//! Sizes and widths are in points (1/72 inch) throughout.

use crate::font::{Fonts, Weight};

/// A line of text with the size that it is to be set in.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The text; cleaned, and perhaps cut with an ellipsis at the end.
    pub text: String,
    /// Size of the letters in points.
    pub size: f32,
    /// Width of the text in that size, in points.
    pub width: f32,
}

/// Makes one clean line of a text as people and spreadsheets give it.
///
/// Line ends, tabs and other control characters become one space; characters that have no shape of their
/// own (variation selectors, joiners, marks of direction) are dropped, as is space at both ends; kana with a
/// separate voicing mark, as some file systems write them, become one character (か + ゙ → が).
pub fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        if char.is_control() || matches!(char, '\u{2028}' | '\u{2029}') {
            if !out.ends_with(' ') {
                out.push(' ');
            }
        } else if is_shapeless(char) {
            continue;
        } else if let '\u{3099}' | '\u{309A}' = char {
            match out.pop() {
                Some(last) => match voiced(last, char) {
                    Some(composed) => out.push(composed),
                    None => out.extend([last, char]),
                },
                None => out.push(char),
            }
        } else {
            out.push(char);
        }
    }
    out.trim().to_owned()
}

fn is_shapeless(char: char) -> bool {
    matches!(char,
        '\u{00AD}'
        | '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}'
        | '\u{FE00}'..='\u{FE0F}'
        | '\u{FEFF}'
        | '\u{E0000}'..='\u{E0FFF}')
}

/// The kana with the mark in it, if there is one. Voiced kana follow the plain ones in Unicode, half-voiced
/// ones follow those.
fn voiced(kana: char, mark: char) -> Option<char> {
    let half = mark == '\u{309A}';
    let takes_mark = match kana {
        'は' | 'ひ' | 'ふ' | 'へ' | 'ほ' | 'ハ' | 'ヒ' | 'フ' | 'ヘ' | 'ホ' => true,
        _ if half => false,
        'う' => return Some('ゔ'),
        'ウ' => return Some('ヴ'),
        _ => "かきくけこさしすせそたちつてとカキクケコサシスセソタチツテトゝヽ".contains(kana),
    };
    takes_mark.then(|| char::from_u32(u32::from(kana) + if half { 2 } else { 1 })).flatten()
}

/// Width of a text in points when set in `size` points.
pub fn width(fonts: &Fonts, weight: Weight, size: f32, text: &str) -> f32 {
    text.chars().map(|char| fonts.glyph(weight, char).advance).sum::<f32>() * size
}

/// Fits a text on one line: in `size` if it goes, smaller down to `least` if it must, and cut with an
/// ellipsis if that is not enough either. Never wider than `max_width`.
pub fn fit(fonts: &Fonts, weight: Weight, size: f32, least: f32, max_width: f32, text: &str) -> Line {
    let text = clean(text);
    let em = width(fonts, weight, 1.0, &text);
    if em * size <= max_width {
        return Line { width: em * size, text, size };
    }
    // A hundredth less than exact, so that rounding of coordinates never pushes the end over the edge.
    let shrunk = (max_width / em * 0.99).min(size);
    if shrunk >= least {
        return Line { width: em * shrunk, text, size: shrunk };
    }
    let text = cut(fonts, weight, least, max_width, &text);
    Line { width: width(fonts, weight, least, &text), text, size: least }
}

/// Cuts a text so that it goes into `max_width` with an ellipsis at its end; empty if not even that fits.
pub fn cut(fonts: &Fonts, weight: Weight, size: f32, max_width: f32, text: &str) -> String {
    if width(fonts, weight, size, text) <= max_width {
        return text.to_owned();
    }
    let ellipsis = '…';
    let mut left = max_width / size - fonts.glyph(weight, ellipsis).advance;
    if left < 0.0 {
        return String::new();
    }
    let mut out = String::new();
    for char in text.chars() {
        left -= fonts.glyph(weight, char).advance;
        if left < 0.0 {
            break;
        }
        out.push(char);
    }
    let mut out = out.trim_end().to_owned();
    out.push(ellipsis);
    out
}

/// May not begin a line (行頭禁則, JIS X 4051: closing brackets, stops, small kana, marks of repetition and
/// length).
const NOT_FIRST: &str = "、。，．・：；？！゛゜ヽヾゝゞ々ー）〕］｝〉》」』】〙〗〟’”｠»‐゠–〜～…‥\
                         ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿ\
                         ,.:;?!)]}%％‰℃°′″";
/// May not end a line (行末禁則: opening brackets, signs before numbers).
const NOT_LAST: &str = "（〔［｛〈《「『【〘〖〝‘“｟«([{￥¥＄$£＃#№";

/// Breaks a text into lines of at most `max_width` points, at most `max_lines` of them; the last is cut with
/// an ellipsis if the text goes on.
///
/// Breaks between any two characters of Japanese, but words and numbers in Latin letters stay whole where a
/// line can hold them, and characters that may not begin or end a line do not.
pub fn wrap(
    fonts: &Fonts,
    weight: Weight,
    size: f32,
    max_width: f32,
    max_lines: usize,
    text: &str,
) -> Vec<String> {
    let text = clean(text);
    let chars: Vec<char> = text.chars().collect();
    let advances: Vec<f32> = chars.iter().map(|&char| fonts.glyph(weight, char).advance * size).collect();
    let mut lines = Vec::new();
    let mut start = 0;
    while start < chars.len() && lines.len() < max_lines {
        let rest = || chars.get(start..).unwrap_or_default().iter().collect::<String>();
        if lines.len() + 1 == max_lines {
            lines.push(cut(fonts, weight, size, max_width, &rest()));
            break;
        }
        let mut end = start;
        let mut used = 0.0;
        while end < chars.len() && used + advances[end] <= max_width {
            used += advances[end];
            end += 1;
        }
        if end == chars.len() {
            lines.push(rest());
            break;
        }
        // At least one character a line, or a narrow column would never end.
        let longest = end.max(start + 1);
        let breaks_at = |&at: &usize| chars.get(at).is_none_or(|&next| may_break(chars[at - 1], next));
        let end = (start + 1..=longest).rev().find(breaks_at).unwrap_or(longest);
        let line: String = chars[start..end].iter().collect();
        lines.push(cut(fonts, weight, size, max_width, line.trim_end()));
        start = end;
        while chars.get(start) == Some(&' ') {
            start += 1;
        }
    }
    lines
}

/// Breaks a text into lines of at most `max_width` points wherever a line is full, and at its own line ends.
///
/// For keys, hashes and signatures, in which no place is better than another and not a character may be lost
/// or added; empty lines stay.
pub fn break_anywhere(fonts: &Fonts, weight: Weight, size: f32, max_width: f32, text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for given in text.lines() {
        let mut line = String::new();
        let mut used = 0.0;
        for char in given.chars().filter(|char| !char.is_control() && !is_shapeless(*char)) {
            let advance = fonts.glyph(weight, char).advance * size;
            if used + advance > max_width && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
                used = 0.0;
            }
            line.push(char);
            used += advance;
        }
        lines.push(line);
    }
    lines
}

fn may_break(before: char, after: char) -> bool {
    let in_word = |char: char| char.is_ascii_alphanumeric() || "-_./'@&+".contains(char);
    // In numbers, versions and times.
    let in_number = ".,:".contains(before) && after.is_ascii_digit();
    !(NOT_FIRST.contains(after)
        || NOT_LAST.contains(before)
        || in_number
        || (in_word(before) && in_word(after) && !"-_/.".contains(before)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fonts() -> &'static Fonts {
        Fonts::get().unwrap()
    }

    #[test]
    fn text_is_cleaned() {
        assert_eq!(clean(" 住基\r\nUSB\t012 "), "住基 USB 012");
        assert_eq!(clean("か\u{3099}は\u{309A}ウ\u{3099}葛\u{E0100}城"), "がぱヴ葛城");
        assert_eq!(clean("\u{3099}あ\u{3099}"), "\u{3099}あ\u{3099}");
        assert_eq!(clean("\u{202E}a\u{200B}"), "a");
        assert_eq!(clean("\u{0}"), "");
    }

    #[test]
    fn widths_add_up() {
        assert_eq!(width(fonts(), Weight::Regular, 10.0, "保管AB"), 30.0);
        assert_eq!(width(fonts(), Weight::Regular, 10.0, ""), 0.0);
    }

    #[test]
    fn a_line_is_fitted_by_shrinking_and_then_by_cutting() {
        let name = "長崎県市町村職員共済組合";
        let plain = fit(fonts(), Weight::Regular, 8.0, 5.0, 200.0, name);
        assert_eq!((plain.text.as_str(), plain.size), (name, 8.0));
        let shrunk = fit(fonts(), Weight::Regular, 8.0, 5.0, 70.0, name);
        assert_eq!(shrunk.text, name);
        assert!(shrunk.size < 6.0 && shrunk.width <= 70.0);
        let cut = fit(fonts(), Weight::Regular, 8.0, 5.0, 40.0, name);
        assert!(cut.text.ends_with('…') && cut.size == 5.0 && cut.width <= 40.0);
        assert_eq!(fit(fonts(), Weight::Regular, 8.0, 5.0, 1.0, name).text, "");
        assert_eq!(fit(fonts(), Weight::Regular, 8.0, 5.0, 1.0, "").text, "");
    }

    #[test]
    fn lines_are_broken_by_the_rules() {
        let lines = |max_width: f32, max: usize, text: &str| {
            wrap(fonts(), Weight::Regular, 10.0, max_width, max, text)
        };
        assert_eq!(lines(60.0, 9, "長崎県市町村職員共済組合"), ["長崎県市町村", "職員共済組合"]);
        assert_eq!(lines(50.0, 9, "保管する、こと。"), ["保管する、", "こと。"]);
        assert_eq!(lines(40.0, 9, "保管する、こと。"), ["保管す", "る、こ", "と。"]);
        assert_eq!(lines(50.0, 9, "保管庫は（二階）"), ["保管庫は", "（二階）"]);
        assert_eq!(lines(60.0, 9, "媒体 USB-Memory 012"), ["媒体 USB-", "Memory 012"]);
        assert_eq!(lines(60.0, 9, "管理ソフト 12.4.1"), ["管理ソフト", "12.4.1"]);
        assert_eq!(lines(60.0, 9, "記録件数12,480件"), ["記録件数", "12,480件"]);
        assert_eq!(lines(60.0, 2, "長崎県市町村職員共済組合本部"), ["長崎県市町村", "職員共済組…"]);
        assert_eq!(lines(60.0, 0, "長崎"), Vec::<String>::new());
        assert_eq!(lines(5.0, 3, "長崎"), ["", ""]);
        assert_eq!(lines(60.0, 3, ""), Vec::<String>::new());
    }

    #[test]
    fn keys_are_broken_where_a_line_is_full() {
        let lines =
            |max_width: f32, text: &str| break_anywhere(fonts(), Weight::Regular, 10.0, max_width, text);
        assert_eq!(lines(20.0, "ab+/cd=\n\n— x"), ["ab+/", "cd=", "", "— x"]);
        assert_eq!(lines(20.0, ""), Vec::<String>::new());
        assert_eq!(lines(1.0, "保管"), ["保", "管"], "a character a line at least");
        assert_eq!(lines(100.0, "a\r\nb\u{200B}c"), ["a", "bc"]);
    }

    #[test]
    fn nothing_is_ever_wider_than_it_may_be() {
        let text = "（株）髙﨑①㈱葛𠮷田 ABCdefGHI-0123456789、、、」」」ーーー長崎県市町村職員共済組合";
        for max_width in 0..120_u8 {
            let max_width = f32::from(max_width);
            for size in [4.5, 7.0, 11.0] {
                for line in wrap(fonts(), Weight::Bold, size, max_width, 4, text) {
                    assert!(width(fonts(), Weight::Bold, size, &line) <= max_width, "{line} {max_width}");
                }
                assert!(fit(fonts(), Weight::Bold, size, 4.0, max_width, text).width <= max_width);
            }
        }
    }
}
