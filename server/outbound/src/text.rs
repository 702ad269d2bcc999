//! Texts that come from elsewhere and go into a line of their own.

/// Whether a character would end a line or is not seen: control characters of any kind and the two line
/// separators of Unicode.
pub(crate) fn breaks_a_line(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}' | '\u{2029}')
}

/// The text in one line of at most so many characters: what breaks a line becomes a space, a run of spaces
/// becomes one, and `…` stands for what was left off. The wide space of Japanese stays.
pub(crate) fn one_line(text: &str, most: usize) -> String {
    let spaced: String = text.chars().map(|c| if breaks_a_line(c) { ' ' } else { c }).collect();
    let mut line = String::new();
    for word in spaced.split(' ').filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if line.chars().count() > most {
        line = line.chars().take(most.saturating_sub(1)).collect();
        line.push('…');
    }
    line
}
