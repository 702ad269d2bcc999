//! What can be wrong with a profile, and what a person is told.

use std::{fmt, ops::Range};

use crate::text::Lang;

/// One mistake, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileError {
    /// The file, or `settings` where the body's own numbers are meant.
    pub file: String,
    /// The line, from 1; 0 where the mistake is in no text.
    pub line: usize,
    /// The character in the line, from 1; 0 where the mistake is in no text.
    pub column: usize,
    /// What is wrong.
    pub kind: Mistake,
}

/// Every mistake that was found, in the order of the files and of their lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileErrors(pub Vec<ProfileError>);

/// The file under which mistakes in the body's own numbers are reported.
pub(super) const SETTINGS: &str = "settings";

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mistake {
    /// Not TOML.
    Syntax {
        /// What the reader of TOML says.
        detail: String,
    },
    /// A key that means nothing here.
    UnknownKey {
        /// The key.
        key: String,
        /// The keys that mean something here.
        known: Vec<String>,
    },
    /// A key without which the entry says nothing.
    MissingKey {
        /// The key.
        key: String,
    },
    /// A key that cannot stand beside another one, or one of several of which exactly one is needed.
    OneOf {
        /// The keys.
        keys: Vec<&'static str>,
    },
    /// A value of another type than the key needs.
    WrongType {
        /// What was found, as the reader of TOML names it.
        found: String,
        /// What is needed, as the reader of TOML names it.
        needed: String,
    },
    /// A value of the right type that cannot be used.
    WrongValue {
        /// Why.
        detail: String,
    },
    /// A word that is not in its list.
    UnknownWord {
        /// The word.
        word: String,
        /// The list.
        known: Vec<String>,
    },
    /// A short name that is not made of lower-case letters, digits and hyphens.
    BadId {
        /// The name.
        id: String,
    },
    /// A role that neither the regulation nor the national default has.
    UnknownRole {
        /// The role.
        role: String,
    },
    /// A gate without anybody who could open it.
    NobodyApproves {
        /// What the gate stands before.
        gated: String,
    },
    /// A gate behind another one that lets nothing through to it.
    NeverReached {
        /// What the gate stands before.
        gated: String,
    },
    /// A list in which nothing stands.
    EmptyList {
        /// The key.
        key: String,
    },
    /// An entry that cites nothing.
    MissingClause,
    /// A short name that an entry of the same list has already.
    Duplicate {
        /// The name.
        id: String,
    },
    /// A number outside its range.
    OutOfRange {
        /// The key.
        key: String,
        /// The least number allowed.
        least: i64,
        /// The greatest number allowed.
        most: i64,
        /// The number found.
        found: i64,
    },
    /// A number that is named and does not exist.
    UnknownValue {
        /// Its name.
        id: String,
    },
    /// A number that is named and counts something else.
    WrongUnit {
        /// Its name.
        id: String,
        /// What it counts.
        unit: String,
        /// What is needed.
        needed: &'static str,
    },
    /// A retention rule that does not exist.
    UnknownRetentionRule {
        /// Its name.
        rule: String,
    },
    /// A designation that does not exist.
    UnknownDesignation {
        /// Its name.
        designation: String,
    },
    /// A citation for a rule that the product does not make.
    NotAProductRule {
        /// The name.
        name: String,
    },
    /// Not a day of the calendar.
    BadDate {
        /// What was found.
        found: String,
    },
    /// A number of the body's own for which the profile has no use.
    UnknownSetting {
        /// Its name.
        id: String,
    },
}

impl ProfileError {
    /// A mistake at a place of a text.
    pub(super) fn at(file: &str, text: &str, span: &Range<usize>, kind: Mistake) -> Self {
        let before = text.get(..span.start.min(text.len())).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            file: file.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            kind,
        }
    }

    /// A mistake in the body's own numbers.
    pub(super) fn in_settings(kind: Mistake) -> Self {
        Self { file: SETTINGS.to_owned(), line: 0, column: 0, kind }
    }

    /// What a person reads: what is wrong and what to do.
    #[must_use]
    pub fn sentence(&self, lang: Lang) -> String {
        self.kind.sentence(lang)
    }

    /// Where: `FILE:LINE:COLUMN`, as editors jump to it.
    #[must_use]
    pub fn place(&self) -> String {
        match self.line {
            0 => self.file.clone(),
            line => format!("{}:{line}:{}", self.file, self.column),
        }
    }
}

impl fmt::Display for ProfileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place(), self.sentence(Lang::En))
    }
}

impl std::error::Error for ProfileError {}

impl fmt::Display for ProfileErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Lang::En))
    }
}

impl std::error::Error for ProfileErrors {}

impl ProfileErrors {
    /// Every mistake with its place, one in a line.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        let line = |mistake: &ProfileError| format!("{}: {}", mistake.place(), mistake.sentence(lang));
        self.0.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

impl Mistake {
    /// What the reader of TOML says about a value, by the words that serde uses.
    pub(super) fn from_serde(message: &str) -> Self {
        let quoted = || message.split('`').skip(1).step_by(2).map(str::to_owned);
        if message.starts_with("unknown field") {
            let mut names = quoted();
            return Self::UnknownKey { key: names.next().unwrap_or_default(), known: names.collect() };
        }
        if message.starts_with("missing field") {
            return Self::MissingKey { key: quoted().next().unwrap_or_default() };
        }
        if message.starts_with("unknown variant") {
            let mut names = quoted();
            return Self::UnknownWord { word: names.next().unwrap_or_default(), known: names.collect() };
        }
        for start in ["invalid type: ", "invalid value: "] {
            if let Some((found, needed)) =
                message.strip_prefix(start).and_then(|rest| rest.split_once(", expected "))
            {
                return Self::WrongType { found: found.to_owned(), needed: needed.to_owned() };
            }
        }
        Self::out_of_range(message).unwrap_or_else(|| Self::WrongValue { detail: message.to_owned() })
    }

    /// What the lengths of retention rules say of themselves: `must be between 1 and 1000, but is 0`.
    fn out_of_range(message: &str) -> Option<Self> {
        let (range, found) = message.strip_prefix("must be between ")?.split_once(", but is ")?;
        let (least, most) = range.split_once(" and ")?;
        Some(Self::OutOfRange {
            key: "length".to_owned(),
            least: least.parse().ok()?,
            most: most.parse().ok()?,
            found: found.parse().ok()?,
        })
    }

    /// What a person reads.
    #[must_use]
    pub fn sentence(&self, lang: Lang) -> String {
        match lang {
            Lang::Ja => self.ja(),
            Lang::En => self.en(),
        }
    }

    fn ja(&self) -> String {
        match self {
            Self::Syntax { detail } => format!("TOMLとして読めません（{detail}）。"),
            Self::UnknownKey { key, known } => {
                format!("「{key}」というキーはありません。使えるキー: {}。", known.join("、"))
            }
            Self::MissingKey { key } => format!("「{key}」がありません。書き足してください。"),
            Self::OneOf { keys } => format!("{}のうち一つだけを書いてください。", keys.join("、")),
            Self::WrongType { found, needed } => {
                format!("値の型が違います。{}ではなく{}を書いてください。", type_ja(found), type_ja(needed))
            }
            Self::WrongValue { detail } => format!("この値は使えません（{detail}）。"),
            Self::UnknownWord { word, known } => {
                format!("「{word}」という語はありません。使える語: {}。", known.join("、"))
            }
            Self::BadId { id } => {
                format!("「{id}」は名前に使えません。英小文字・数字・ハイフンで書いてください。")
            }
            Self::UnknownRole { role } => {
                format!("「{role}」という役割はありません。[[roles]]に定めるか、名前を直してください。")
            }
            Self::NobodyApproves { gated } => {
                format!("「{gated}」を承認できる人がいません。役割を一つ以上書いてください。")
            }
            Self::NeverReached { gated } => format!(
                "前にある条件のない「{gated}」の承認がすべてに当たるので、ここには届きません。順序を入れ替えてください。"
            ),
            Self::EmptyList { key } => format!("「{key}」が空です。一つ以上書くか、キーを消してください。"),
            Self::MissingClause => {
                "根拠の条項（clause）がありません。「第11条第3項」のように書いてください。".to_owned()
            }
            Self::Duplicate { id } => format!("「{id}」が二度出てきます。別の名前にしてください。"),
            Self::OutOfRange { key, least, most, found } => {
                format!("{key}は{least}から{most}まででなければなりませんが、{found}です。")
            }
            Self::UnknownValue { id } => {
                format!("「{id}」という数はありません。[[values]]に定めるか、名前を直してください。")
            }
            Self::WrongUnit { id, unit, needed } => {
                format!("「{id}」の単位は{unit}ですが、ここでは{needed}が必要です。")
            }
            Self::UnknownRetentionRule { rule } => {
                format!(
                    "「{rule}」という保存期間の規則はありません。[[retention.rules]]に定めるか、名前を直してください。"
                )
            }
            Self::UnknownDesignation { designation } => {
                format!(
                    "「{designation}」という指定はありません。[[designations]]に定めるか、名前を直してください。"
                )
            }
            Self::NotAProductRule { name } => format!("citations: 「{name}」という規則はありません。"),
            Self::BadDate { found } => {
                format!("「{found}」は日付ではありません。2026-04-01のように書いてください。")
            }
            Self::UnknownSetting { id } => {
                format!(
                    "設定「{id}」に当たる数がこの規程にはありません。設定を消すか、名前を直してください。"
                )
            }
        }
    }

    fn en(&self) -> String {
        match self {
            Self::Syntax { detail } => format!("this is not TOML: {detail}"),
            Self::UnknownKey { key, known } => {
                format!("there is no key “{key}” here; the keys are: {}", known.join(", "))
            }
            Self::MissingKey { key } => format!("“{key}” is missing; add it"),
            Self::OneOf { keys } => format!("write exactly one of {}", keys.join(", ")),
            Self::WrongType { found, needed } => {
                format!("wrong type: write {}, not {}", type_en(needed), type_en(found))
            }
            Self::WrongValue { detail } => format!("this value cannot be used: {detail}"),
            Self::UnknownWord { word, known } => {
                format!("there is no word “{word}” here; the words are: {}", known.join(", "))
            }
            Self::BadId { id } => {
                format!("“{id}” cannot be a name; use lower-case letters, digits and hyphens")
            }
            Self::UnknownRole { role } => {
                format!("there is no role “{role}”; define it in [[roles]] or correct the name")
            }
            Self::NobodyApproves { gated } => {
                format!("nobody can approve “{gated}”; name at least one role")
            }
            Self::NeverReached { gated } => format!(
                "nothing gets here, because a gate before “{gated}” without a condition comes first; put this one before it"
            ),
            Self::EmptyList { key } => format!("“{key}” is empty; name at least one or leave the key out"),
            Self::MissingClause => {
                "the entry cites nothing; add clause = \"第11条第3項\" or the like".to_owned()
            }
            Self::Duplicate { id } => format!("“{id}” is there twice; choose another name"),
            Self::OutOfRange { key, least, most, found } => {
                format!("{key} must be between {least} and {most}, but is {found}")
            }
            Self::UnknownValue { id } => {
                format!("there is no number “{id}”; define it in [[values]] or correct the name")
            }
            Self::WrongUnit { id, unit, needed } => {
                format!("the number “{id}” counts {unit}, but {needed} are needed here")
            }
            Self::UnknownRetentionRule { rule } => {
                format!(
                    "there is no retention rule “{rule}”; define it in [[retention.rules]] or correct the name"
                )
            }
            Self::UnknownDesignation { designation } => {
                format!(
                    "there is no designation “{designation}”; define it in [[designations]] or correct the name"
                )
            }
            Self::NotAProductRule { name } => format!("citations: there is no rule named “{name}”"),
            Self::BadDate { found } => format!("“{found}” is not a date; write one like 2026-04-01"),
            Self::UnknownSetting { id } => {
                format!("the profile has no number “{id}”; remove the setting or correct its name")
            }
        }
    }
}

/// What serde calls a type, as a person does. The value that was found is kept where serde names it.
fn type_en(serde: &str) -> String {
    let (kind, value) = split_value(serde);
    let kind = match kind {
        "u8" | "u32" | "i64" | "u64" | "usize" | "integer" => "a whole number",
        "floating point" | "f64" => "a number with a decimal point",
        "string" | "a string" => "a text",
        "boolean" | "a boolean" => "true or false",
        "sequence" | "a sequence" => "a list",
        "map" | "a map" => "a table",
        kind if kind.starts_with("struct ") => "a table",
        kind => kind,
    };
    value.map_or_else(|| kind.to_owned(), |value| format!("{kind} ({value})"))
}

fn type_ja(serde: &str) -> String {
    let (kind, value) = split_value(serde);
    let kind = match type_en(kind).as_str() {
        "a whole number" => "整数".to_owned(),
        "a number with a decimal point" => "小数".to_owned(),
        "a text" => "文字列".to_owned(),
        "true or false" => "trueかfalse".to_owned(),
        "a list" => "リスト".to_owned(),
        "a table" => "表".to_owned(),
        "another value" => "ほかの値".to_owned(),
        super::written::NUMBER => "整数か数の名前".to_owned(),
        super::written::DECIMAL => "数".to_owned(),
        other => other.to_owned(),
    };
    value.map_or_else(|| kind.clone(), |value| format!("{kind}（{value}）"))
}

/// `integer `5`` is an integer, and 5.
fn split_value(serde: &str) -> (&str, Option<&str>) {
    for (open, close) in [(" `", '`'), (" \"", '"')] {
        if let Some((kind, value)) = serde.split_once(open) {
            return (kind, Some(value.trim_end_matches(close)));
        }
    }
    (serde, None)
}
