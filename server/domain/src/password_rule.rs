//! Whether a password may be chosen, by the regulation in force.
//!
//! The rules are the profile's: how long, which classes of characters, how often changed, how many old ones
//! refused. Beside them every profile refuses what is guessed first: a password made of little but common
//! words, runs and years, and one that holds the login, the name, or the name or host of the body.
//!
//! Texts are compared as the reader's ear would: full-width as half-width, capitals as small letters, `0` as
//! `o`, `@` as `a` and so on. So no slight disguise makes a word another.

use std::{collections::BTreeSet, sync::LazyLock};

use crate::{
    profile::{Clause, PasswordRules},
    refusal::Source,
    text::Lang,
};

/// What a password may not hold: words by which whoever guesses would begin.
#[derive(Debug, Clone, Copy, Default)]
pub struct About<'a> {
    /// The name that the person signs in with.
    pub login: &'a str,
    /// The name that others see.
    pub name: &'a str,
    /// The name of the town or association.
    pub body: &'a str,
    /// The host of the server.
    pub host: &'a str,
}

/// What is wrong with a password. It never repeats any of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It is too short.
    TooShort {
        /// The least number of characters.
        least: u32,
    },
    /// It is longer than is ever read.
    TooLong,
    /// It lacks letters, digits or symbols.
    NotMixed,
    /// It is made of little but common words, runs and years.
    Common,
    /// It holds the login, the name, or the name or host of the body.
    AboutOneself,
    /// It was used before.
    UsedBefore,
}

/// A password that may not be chosen, and what forbids it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordRefusal {
    /// What is wrong with it.
    pub fault: Fault,
    /// What asks for another.
    pub source: Source,
}

/// The longest password that is read, in characters. Longer ones would only make the server work.
pub const LONGEST: usize = 256;

/// A password of fewer parts than this is guessed soon: a common word, a run such as `12345` and a year count
/// as one part each, every other character as one.
const FEWEST_PARTS: usize = 6;

impl Fault {
    /// The stable word.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooShort { .. } => "too-short",
            Self::TooLong => "too-long",
            Self::NotMixed => "not-mixed",
            Self::Common => "common",
            Self::AboutOneself => "about-oneself",
            Self::UsedBefore => "used-before",
        }
    }

    /// What is wrong and what to do.
    #[must_use]
    pub fn sentence(&self, lang: Lang) -> String {
        match self {
            Self::TooShort { least } => lang.pick(
                format!("パスワードは{least}文字以上にしてください。"),
                format!("Choose a password of at least {least} characters."),
            ),
            Self::TooLong => lang.pick(
                format!("パスワードは{LONGEST}文字以内にしてください。"),
                format!("Choose a password of at most {LONGEST} characters."),
            ),
            Self::NotMixed => lang
                .pick(
                    "パスワードには、英字、数字、記号をすべて含めてください。",
                    "Mix letters, digits and symbols in the password.",
                )
                .to_owned(),
            Self::Common => lang
                .pick(
                    "推測されやすいパスワードです。ありふれた単語、連続した文字、年号を避けてください。",
                    "This password is easily guessed. Avoid common words, runs of characters and years.",
                )
                .to_owned(),
            Self::AboutOneself => lang
                .pick(
                    "利用者名、氏名、団体名、サーバー名を含むパスワードは使えません。別のものにしてください。",
                    "A password must not hold your login or name, or the body's name or host. Choose another.",
                )
                .to_owned(),
            Self::UsedBefore => lang
                .pick(
                    "以前に使ったパスワードは使えません。新しいパスワードにしてください。",
                    "This password was used before. Choose a new one.",
                )
                .to_owned(),
        }
    }
}

/// Everything that speaks against a password; nothing where it may be chosen. Whether it was used before is
/// for whoever keeps the hashes to say, with [`used_before`].
#[must_use]
pub fn judge(password: &str, rules: &PasswordRules, about: &About<'_>) -> Vec<PasswordRefusal> {
    let mut refusals = Vec::new();
    let mut refuse = |fault, source: &Source| {
        refusals.push(PasswordRefusal { fault, source: source.clone() });
    };
    let (least, by) = &rules.min_length;
    let length = password.chars().count();
    if length > LONGEST {
        refuse(Fault::TooLong, by);
        return refusals;
    }
    if u32::try_from(length).unwrap_or(u32::MAX) < *least {
        refuse(Fault::TooShort { least: *least }, by);
    }
    if let Some(by) = &rules.classes {
        let has = |is: fn(char) -> bool| password.chars().any(is);
        let symbol = |char: char| !char.is_alphanumeric() && !char.is_whitespace();
        if !(has(char::is_alphabetic) && has(char::is_numeric) && has(symbol)) {
            refuse(Fault::NotMixed, by);
        }
    }
    let plain = folded(password);
    if parts(&plain) < FEWEST_PARTS {
        refuse(Fault::Common, &rules.not_guessable);
    }
    if words_about(about).iter().any(|word| plain.contains(word.as_str())) {
        refuse(Fault::AboutOneself, &rules.not_guessable);
    }
    refusals
}

/// The refusal of a password that was used before.
#[must_use]
pub fn used_before(rules: &PasswordRules) -> PasswordRefusal {
    let source = rules.history.as_ref().map_or(&rules.not_guessable, |(_, source)| source);
    PasswordRefusal { fault: Fault::UsedBefore, source: source.clone() }
}

/// The clause by which the national default stands in where no text says anything of passwords.
pub(crate) fn default_clause(regulation: &str) -> Source {
    Source::Default(Clause { regulation: regulation.to_owned(), article: "別添1 2Fb".to_owned() })
}

/// A text in half-width and small letters, as it is compared.
#[must_use]
pub fn folded(text: &str) -> String {
    let half_width = |char: char| match u32::from(char) {
        code @ 0xFF01..=0xFF5E => char::from_u32(code - 0xFEE0).unwrap_or(char),
        0x3000 => ' ',
        _ => char,
    };
    text.chars().map(half_width).flat_map(char::to_lowercase).collect()
}

/// A folded text with letters for what is typed in their place.
fn undisguised(folded: &str) -> String {
    let letter = |char| match char {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        _ => char,
    };
    folded.chars().map(letter).collect()
}

/// The common words.
static COMMON: LazyLock<BTreeSet<Vec<char>>> = LazyLock::new(|| {
    let lines = include_str!("common_passwords.txt").lines().filter(|line| !line.starts_with('#'));
    lines.flat_map(str::split_whitespace).map(|word| word.chars().collect()).collect()
});

/// The longest of them, in characters.
static LONGEST_WORD: LazyLock<usize> =
    LazyLock::new(|| COMMON.iter().map(Vec::len).max().unwrap_or_default());

/// Of how many parts a folded text is made.
fn parts(folded: &str) -> usize {
    let typed: Vec<char> = folded.chars().collect();
    // Every substitution is one character for one, so both texts have the same places.
    let meant: Vec<char> = undisguised(folded).chars().collect();
    let mut at = 0;
    let mut count = 0;
    while at < typed.len() {
        let rest = &typed[at..];
        let word = word_at(rest).max(meant.get(at..).map_or(0, word_at));
        at += word.max(run_at(rest)).max(year_at(rest)).max(1);
        count += 1;
    }
    count
}

/// How many characters of the beginning are a common word; none where they are none.
fn word_at(text: &[char]) -> usize {
    let most = text.len().min(*LONGEST_WORD);
    (3..=most).rev().find(|length| COMMON.contains(&text[..*length])).unwrap_or_default()
}

/// How many characters of the beginning go up, go down or stay, one by one; none where they are fewer than
/// three.
fn run_at(text: &[char]) -> usize {
    let step = |pair: &[char]| i64::from(u32::from(pair[1])) - i64::from(u32::from(pair[0]));
    let mut steps = text.windows(2).map(step);
    let Some(first) = steps.next().filter(|step| (-1..=1).contains(step)) else { return 0 };
    let length = 2 + steps.take_while(|step| *step == first).count();
    if length < 3 { 0 } else { length }
}

/// Four, where a year of this or the last century begins the text.
fn year_at(text: &[char]) -> usize {
    let is_year = text.len() >= 4
        && text[..4].iter().all(char::is_ascii_digit)
        && (text.starts_with(&['1', '9']) || text.starts_with(&['2', '0']));
    if is_year { 4 } else { 0 }
}

/// The words of which a password may hold none, folded.
fn words_about(about: &About<'_>) -> Vec<String> {
    let split = |text: &str| -> Vec<String> {
        let is_gap = |char: char| !char.is_alphanumeric();
        folded(text).split(is_gap).map(str::to_owned).collect()
    };
    // Two characters of Japanese are a name; of Latin script they are in every other word.
    let long_enough = |word: &String, latin: usize| {
        let length = word.chars().count();
        length >= if word.is_ascii() { latin } else { 2 }
    };
    let mut words: Vec<String> = [about.login, about.name, about.body].into_iter().flat_map(split).collect();
    words.retain(|word| long_enough(word, 3));
    words.push(folded(about.login));
    let labels = split(about.host).into_iter().filter(|label| long_enough(label, 4));
    words.extend(labels);
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Profile;

    fn faults(profile: &str, password: &str) -> Vec<(&'static str, String)> {
        let none = std::collections::BTreeMap::new();
        let profile =
            Profile::shipped(profile, &none).expect("a profile that is shipped").expect("a sound one");
        let about =
            About { login: "hanako", name: "鈴木 花子", body: "見本町", host: "hokan.mihon.example" };
        judge(password, &profile.sign_in.password, &about)
            .into_iter()
            .map(|refusal| (refusal.fault.code(), refusal.source.cite(Lang::Ja)))
            .collect()
    }

    fn codes(profile: &str, password: &str) -> Vec<&'static str> {
        faults(profile, password).into_iter().map(|(code, _)| code).collect()
    }

    #[test]
    fn long_phrases_pass_and_short_ones_do_not() {
        assert_eq!(codes("national-default", "violet thimble under glass"), Vec::<&str>::new());
        assert_eq!(codes("national-default", "k7v-Wq2-Tn9-x"), Vec::<&str>::new());
        assert_eq!(codes("national-default", "k7v-Wq2"), ["too-short"]);
        assert_eq!(codes("national-default", &"é".repeat(257)), ["too-long"]);
    }

    /// req: KT-033
    #[test]
    fn common_words_are_refused_in_every_disguise() {
        for password in [
            "password1234",
            "P@ssw0rd2026!",
            "ＰＡＳＳＷＯＲＤ１２３４",
            "qwertyuiop12",
            "Sakura2026!!!",
            "hokanhokanhokan",
            "123456789012",
            "aaaaaaaaaaaa",
            "kanrisha-2026",
            "abcdefghijkl",
            "1qaz2wsx3edc",
        ] {
            let found = faults("kitami", password);
            let common = found.iter().find(|(code, _)| *code == "common");
            let (_, cited) = common.unwrap_or_else(|| panic!("{password}: {found:?}"));
            assert!(cited.ends_with("第8条第6項"), "{password}: {cited}");
        }
    }

    #[test]
    fn words_about_oneself_are_refused() {
        for password in [
            "xk-hanako-72-vq",
            "xk-ＨＡＮＡＫＯ-72-vq",
            "7t-花子-x92-qpv",
            "見本町-q8-zv-t3-m",
            "mihon-7t-x92-qpv-z",
        ] {
            assert!(codes("national-default", password).contains(&"about-oneself"), "{password}");
        }
        let nobody = About::default();
        let none = std::collections::BTreeMap::new();
        let profile = Profile::shipped("yabu", &none).expect("shipped").expect("sound");
        assert_eq!(judge("xk-hanako-72-vq!", &profile.sign_in.password, &nobody), Vec::new());
    }

    /// req: YB-038
    #[test]
    fn yabu_asks_for_letters_digits_and_symbols() {
        for password in
            ["violet thimble under glass", "violet-thimble-glass", "81940271-66350284", "violet81thimble66"]
        {
            let found = faults("yabu", password);
            let (_, cited) = found.iter().find(|(code, _)| *code == "not-mixed").expect("it is not mixed");
            assert!(cited.ends_with("第11条第2項第3号"), "{cited}");
        }
        assert_eq!(codes("yabu", "violet-81-thimble"), Vec::<&str>::new());
        assert!(codes("national-default", "violet thimble under glass").is_empty(), "nobody else asks");
    }
}
