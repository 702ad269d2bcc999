//! The text of a mail that gathers what one person has to see.
//!
//! Pure: the same lines make the same text. A mail leaves the house and lies in mailboxes for years, so it
//! holds no more than the caller's lines do: no name of the person, no greeting with one, and of an item only
//! its title. The subject holds no titles at all; it is shown on locked screens.

use std::{collections::BTreeMap, fmt::Write};

use serde::{Deserialize, Serialize};

use crate::text::one_line;

/// The longest title, category or due date that is written out, in characters.
const LONGEST_PART: usize = 120;
/// The longest subject, in characters. Mailboxes show some forty to seventy.
const LONGEST_SUBJECT: usize = 100;
/// The longest address that is written out, in characters. One that is cut leads nowhere, so a longer one is
/// left out.
const LONGEST_URL: usize = 500;

/// Which language a person reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    /// Japanese.
    #[serde(rename = "ja")]
    Japanese,
    /// English.
    #[serde(rename = "en")]
    English,
}

/// One thing that a person has to see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// What kind of thing, in the reader's language. Lines with the same text stand together.
    pub category: String,
    /// Which item.
    pub title: String,
    /// Until when, written the way the reader is to see it.
    pub due: Option<String>,
    /// The page about it. Only `http://` and `https://` addresses without spaces are written out.
    pub url: Option<String>,
}

/// How a digest is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Style {
    /// In which language.
    pub language: Language,
    /// How many lines of a group are written out; the others are counted.
    pub most_per_group: usize,
    /// The page that shows everything, at the end of the mail.
    pub page: Option<String>,
}

/// A mail's subject and text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// One line, with the counts only.
    pub subject: String,
    /// The text, with line feeds.
    pub text: String,
}

/// The lines of each person, each person's in the order they came in.
pub fn by_person<P: Ord>(lines: impl IntoIterator<Item = (P, Line)>) -> BTreeMap<P, Vec<Line>> {
    let mut people = BTreeMap::<P, Vec<Line>>::new();
    for (person, line) in lines {
        people.entry(person).or_default().push(line);
    }
    people
}

/// The mail about these lines of one person, or nothing where there is nothing to see.
///
/// Groups stand in the order in which their categories first come up, lines within them in the order given;
/// so whoever gives the most urgent first sees them first.
#[must_use]
pub fn digest(lines: &[Line], style: &Style) -> Option<Digest> {
    if lines.is_empty() {
        return None;
    }
    let groups = grouped(lines);
    let words = Words(style.language);
    let counts: Vec<String> =
        groups.iter().map(|(category, lines)| words.count_of(category, lines.len())).collect();
    let subject = one_line(&words.subject(lines.len(), &counts), LONGEST_SUBJECT);

    let mut text = words.lead(lines.len());
    text.push_str("\n\n");
    for count in &counts {
        text.push_str(count);
        text.push('\n');
    }
    for (category, lines) in &groups {
        // Writing to a string does not fail.
        let _ = write!(text, "\n{}\n", words.heading(category, lines.len()));
        for line in lines.iter().take(style.most_per_group) {
            write_line(&mut text, line, words);
        }
        let left = lines.len().saturating_sub(style.most_per_group);
        if left > 0 {
            let _ = writeln!(text, "{}", words.others(left));
        }
    }
    if let Some(page) = style.page.as_deref().and_then(linkable) {
        let _ = write!(text, "\n{}\n{page}\n", words.page());
    }
    let _ = write!(text, "\n{}\n", words.foot());
    Some(Digest { subject, text })
}

/// The lines of each category, in the order in which the categories first come up.
fn grouped(lines: &[Line]) -> Vec<(String, Vec<&Line>)> {
    let mut groups: Vec<(String, Vec<&Line>)> = Vec::new();
    for line in lines {
        let category = one_line(&line.category, LONGEST_PART);
        match groups.iter_mut().find(|(known, _)| *known == category) {
            Some((_, lines)) => lines.push(line),
            None => groups.push((category, vec![line])),
        }
    }
    groups
}

fn write_line(text: &mut String, line: &Line, words: Words) {
    let _ = write!(text, "{}{}", words.bullet(), one_line(&line.title, LONGEST_PART));
    if let Some(due) = &line.due {
        text.push_str(&words.due(&one_line(due, LONGEST_PART)));
    }
    text.push('\n');
    if let Some(url) = line.url.as_deref().and_then(linkable) {
        let _ = writeln!(text, "  {url}");
    }
}

/// An address that a mail program will make a link of, as a whole.
fn linkable(url: &str) -> Option<&str> {
    let web = url.starts_with("https://") || url.starts_with("http://");
    let whole = url.len() <= LONGEST_URL && url.chars().all(|c| c.is_ascii_graphic());
    (web && whole).then_some(url)
}

/// The words around the lines.
#[derive(Clone, Copy)]
struct Words(Language);

impl Words {
    fn count_of(self, category: &str, count: usize) -> String {
        match self.0 {
            Language::Japanese => format!("{category} {count} 件"),
            Language::English => format!("{category}: {count}"),
        }
    }

    fn subject(self, total: usize, counts: &[String]) -> String {
        match self.0 {
            Language::Japanese => format!("【Hokan】お知らせ {total} 件（{}）", counts.join("、")),
            Language::English => {
                let alerts = if total == 1 { "alert" } else { "alerts" };
                format!("[Hokan] {total} {alerts} ({})", counts.join(", "))
            }
        }
    }

    fn lead(self, total: usize) -> String {
        match self.0 {
            Language::Japanese => format!("確認が必要なお知らせが {total} 件あります。"),
            Language::English if total == 1 => "There is 1 alert for you to look at.".to_owned(),
            Language::English => format!("There are {total} alerts for you to look at."),
        }
    }

    fn heading(self, category: &str, count: usize) -> String {
        match self.0 {
            Language::Japanese => format!("■ {category}（{count} 件）"),
            Language::English => format!("* {category} ({count})"),
        }
    }

    fn bullet(self) -> &'static str {
        match self.0 {
            Language::Japanese => "・",
            Language::English => "- ",
        }
    }

    fn due(self, due: &str) -> String {
        match self.0 {
            Language::Japanese => format!("（期限 {due}）"),
            Language::English => format!(" (due {due})"),
        }
    }

    fn others(self, count: usize) -> String {
        match self.0 {
            Language::Japanese => format!("ほか {count} 件"),
            Language::English => format!("and {count} more"),
        }
    }

    fn page(self) -> &'static str {
        match self.0 {
            Language::Japanese => "すべてのお知らせは次のページで確認できます。",
            Language::English => "All alerts are on this page:",
        }
    }

    fn foot(self) -> &'static str {
        match self.0 {
            Language::Japanese => "このメールはHokanが自動で送信しています。",
            Language::English => "Hokan sends this mail by itself.",
        }
    }
}
