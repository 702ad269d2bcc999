//! Refusals: an answer, not a fault. Each has a stable code, its source, and a sentence in Japanese and in
//! English that says what to do next.

use serde::{Deserialize, Serialize};

use crate::{
    event::Receiver,
    ids::PersonId,
    item::Custody,
    label::{LabelId, LabelTarget},
    place::Home,
    profile::Clause,
    text::{Lang, Names},
};

/// A rule that the product itself makes, whatever the regulation says. A profile may name the clause that
/// asks for the same; then that clause is cited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProductRule {
    /// Only a designated handler may have custody.
    HandlersOnly,
    /// Only whoever has an item can give it away or put it away.
    HolderActs,
    /// Custody passes when the receiver accepts with his own sign-in and his own scan.
    TwoSidedHandOver,
    /// One thing bears one label in force, and a label belongs to one thing.
    OneLabel,
    /// Whoever takes an item has its label in front of him.
    LabelAtHand,
    /// A person acts only through the parts that he plays.
    PartsOnly,
}

impl ProductRule {
    /// Every rule.
    pub const ALL: [Self; 6] = [
        Self::HandlersOnly,
        Self::HolderActs,
        Self::TwoSidedHandOver,
        Self::OneLabel,
        Self::LabelAtHand,
        Self::PartsOnly,
    ];

    /// The stable word used in profiles and on the wire.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::HandlersOnly => "handlers-only",
            Self::HolderActs => "holder-acts",
            Self::TwoSidedHandOver => "two-sided-hand-over",
            Self::OneLabel => "one-label",
            Self::LabelAtHand => "label-at-hand",
            Self::PartsOnly => "parts-only",
        }
    }

    /// The rule that `code` names.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.code() == code)
    }

    fn cite(self, lang: Lang) -> &'static str {
        match self {
            Self::HandlersOnly => lang.pick(
                "Hokanの規則: 保管は指定された担当者に限る",
                "Hokan's rule: custody is for designated handlers only",
            ),
            Self::HolderActs => lang.pick(
                "Hokanの規則: 渡せるのは保持者だけ",
                "Hokan's rule: only whoever has an item can give it away",
            ),
            Self::TwoSidedHandOver => lang.pick(
                "Hokanの規則: 引渡しは受け取る人の読取りで成立する",
                "Hokan's rule: custody passes with the receiver's own scan",
            ),
            Self::OneLabel => lang.pick(
                "Hokanの規則: 有効なラベルは一つに一枚",
                "Hokan's rule: one thing bears one label in force",
            ),
            Self::LabelAtHand => lang.pick(
                "Hokanの規則: 受け取る人はラベルを手元で読み取る",
                "Hokan's rule: whoever takes an item scans the label at hand",
            ),
            Self::PartsOnly => {
                lang.pick("Hokanの規則: 役割の範囲で操作する", "Hokan's rule: people act through their parts")
            }
        }
    }
}

/// What asks for a refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A clause of the regulation in force.
    Clause(Clause),
    /// A rule of the product.
    Product(ProductRule),
}

impl Source {
    /// The citation as people read it.
    #[must_use]
    pub fn cite(&self, lang: Lang) -> String {
        match self {
            Self::Clause(clause) => format!("{} {}", clause.regulation, clause.article),
            Self::Product(rule) => rule.cite(lang).to_owned(),
        }
    }
}

/// Why an act is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The actor is not a designated handler.
    NotDesignated,
    /// The person who is to receive is not a designated handler.
    ReceiverNotDesignated {
        /// Who.
        person: PersonId,
    },
    /// The actor does not play the part that the act needs.
    PartMissing {
        /// The part.
        part: crate::person::Part,
    },
    /// Somebody else has the item, or nobody does.
    NotCurrentHolder {
        /// Who or what has it.
        custody: Custody,
    },
    /// The actor already has the item.
    AlreadyHolder,
    /// The item is not in a home, so it cannot be taken out of one.
    NotStored {
        /// Who has it.
        holder: PersonId,
    },
    /// The item already rests where it is to be put.
    AlreadyThere {
        /// Where.
        home: Home,
    },
    /// Nobody hands over to himself.
    HandOverToSelf,
    /// A hand-over already waits for an answer.
    HandOverPending {
        /// Who is to answer.
        to: Receiver,
    },
    /// The hand-over is over, or there never was one.
    HandOverSettled {
        /// Who or what has the item now.
        custody: Custody,
    },
    /// The time to accept has run out.
    HandOverLapsed,
    /// The hand-over is for somebody else.
    NotAddressee {
        /// For whom.
        to: Receiver,
    },
    /// Only the offerer can withdraw.
    NotOfferer {
        /// Who offered.
        from: PersonId,
    },
    /// The scanned label is not this item's.
    WrongLabel {
        /// What was scanned.
        scanned: LabelId,
    },
    /// The scanned label is void.
    LabelVoid {
        /// The void label.
        label: LabelId,
        /// The one in force.
        replaced_by: Option<LabelId>,
    },
    /// The label is on nothing yet.
    LabelBlank {
        /// The blank label.
        label: LabelId,
    },
    /// The label is already on something.
    LabelTaken {
        /// The label.
        label: LabelId,
        /// On what.
        target: LabelTarget,
    },
    /// The act needs the label in front of the person.
    LabelNotAtHand,
}

impl Reason {
    /// The stable code, also the last part of a problem's type.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotDesignated => "not-designated",
            Self::ReceiverNotDesignated { .. } => "receiver-not-designated",
            Self::PartMissing { .. } => "part-missing",
            Self::NotCurrentHolder { .. } => "not-current-holder",
            Self::AlreadyHolder => "already-holder",
            Self::NotStored { .. } => "not-stored",
            Self::AlreadyThere { .. } => "already-there",
            Self::HandOverToSelf => "hand-over-to-self",
            Self::HandOverPending { .. } => "hand-over-pending",
            Self::HandOverSettled { .. } => "hand-over-settled",
            Self::HandOverLapsed => "hand-over-lapsed",
            Self::NotAddressee { .. } => "not-addressee",
            Self::NotOfferer { .. } => "not-offerer",
            Self::WrongLabel { .. } => "wrong-label",
            Self::LabelVoid { .. } => "label-void",
            Self::LabelBlank { .. } => "label-blank",
            Self::LabelTaken { .. } => "label-taken",
            Self::LabelNotAtHand => "label-not-at-hand",
        }
    }

    /// The rule that this reason follows from.
    #[must_use]
    pub fn rule(&self) -> ProductRule {
        match self {
            Self::NotDesignated | Self::ReceiverNotDesignated { .. } => ProductRule::HandlersOnly,
            Self::PartMissing { .. } => ProductRule::PartsOnly,
            Self::NotCurrentHolder { .. }
            | Self::AlreadyHolder
            | Self::NotStored { .. }
            | Self::AlreadyThere { .. }
            | Self::NotOfferer { .. } => ProductRule::HolderActs,
            Self::HandOverToSelf
            | Self::HandOverPending { .. }
            | Self::HandOverSettled { .. }
            | Self::HandOverLapsed
            | Self::NotAddressee { .. } => ProductRule::TwoSidedHandOver,
            Self::WrongLabel { .. }
            | Self::LabelVoid { .. }
            | Self::LabelBlank { .. }
            | Self::LabelTaken { .. } => ProductRule::OneLabel,
            Self::LabelNotAtHand => ProductRule::LabelAtHand,
        }
    }

    /// Whether the refusal is about who asks, rather than about the state of things.
    #[must_use]
    pub fn is_about_authority(&self) -> bool {
        matches!(self, Self::NotDesignated | Self::PartMissing { .. } | Self::NotAddressee { .. })
    }

    /// What a person reads: what is wrong and what to do.
    #[must_use]
    pub fn sentence(&self, lang: Lang, names: &dyn Names) -> String {
        match self {
            Self::NotDesignated => lang
                .pick(
                    "あなたは取扱担当者に指定されていません。指定を受けてから操作してください。",
                    "You are not a designated handler. Ask to be designated first.",
                )
                .to_owned(),
            Self::ReceiverNotDesignated { person } => {
                let name = names.person(*person);
                lang.pick(
                    format!("{name}さんは取扱担当者に指定されていません。指定された担当者を選んでください。"),
                    format!("{name} is not a designated handler. Choose a designated handler."),
                )
            }
            Self::PartMissing { part } => {
                let part = part.name(lang);
                lang.pick(
                    format!("この操作は{part}だけができます。{part}に依頼してください。"),
                    format!("This is for the part “{part}”. Ask somebody who plays it."),
                )
            }
            Self::NotCurrentHolder { custody } => {
                let who = whereabouts(*custody, lang, names);
                lang.pick(
                    format!("{who}。保持している人だけができる操作です。"),
                    format!("{who}. Only whoever has the item can do this."),
                )
            }
            Self::AlreadyHolder => lang
                .pick(
                    "この媒体はすでにあなたが保持しています。操作は不要です。",
                    "You already have this item. Nothing to do.",
                )
                .to_owned(),
            Self::NotStored { holder } => {
                let name = names.person(*holder);
                lang.pick(
                    format!(
                        "この媒体は{name}さんが保持しています。受け取るには引渡しを申し出てもらってください。"
                    ),
                    format!("{name} has this item. Ask for a hand-over instead."),
                )
            }
            Self::AlreadyThere { home } => {
                let home = names.home(*home);
                lang.pick(
                    format!("この媒体はすでに{home}に保管されています。操作は不要です。"),
                    format!("This item already rests in {home}. Nothing to do."),
                )
            }
            Self::HandOverToSelf => lang
                .pick(
                    "自分に引き渡すことはできません。受け取る人を選んでください。",
                    "You cannot hand over to yourself. Choose who is to receive.",
                )
                .to_owned(),
            Self::HandOverPending { to } => {
                let name = receiver(*to, lang, names);
                lang.pick(
                    format!(
                        "{name}への引渡しが受取りを待っています。先に取り下げるか、受け取ってもらってください。"
                    ),
                    format!("A hand-over to {name} waits for an answer. Withdraw it first, or have it accepted."),
                )
            }
            Self::HandOverSettled { custody } => {
                let who = whereabouts(*custody, lang, names);
                lang.pick(
                    format!("この引渡しはもう受け付けていません。{who}。"),
                    format!("This hand-over is over. {who}."),
                )
            }
            Self::HandOverLapsed => lang
                .pick(
                    "引渡しの期限が過ぎました。もう一度申し出てもらってください。",
                    "The time to accept has run out. Ask for a new offer.",
                )
                .to_owned(),
            Self::NotAddressee { to } => {
                let name = receiver(*to, lang, names);
                lang.pick(
                    format!("この引渡しは{name}あてです。本人が受け取ってください。"),
                    format!("This hand-over is for {name}, who must accept it in person."),
                )
            }
            Self::NotOfferer { from } => {
                let name = names.person(*from);
                lang.pick(
                    format!("この引渡しは{name}さんの申し出です。取り下げられるのは本人だけです。"),
                    format!("{name} made this offer and alone can withdraw it."),
                )
            }
            Self::WrongLabel { scanned } => lang.pick(
                format!(
                    "読み取ったラベル {scanned} はこの媒体のものではありません。現物を確かめてください。"
                ),
                format!("The scanned label {scanned} is not this item's. Check what you have in hand."),
            ),
            Self::LabelVoid { label, replaced_by } => match replaced_by {
                Some(new) => lang.pick(
                    format!("ラベル {label} は無効です。新しいラベル {new} を読み取ってください。"),
                    format!("Label {label} is void. Scan the label that replaced it, {new}."),
                ),
                None => lang.pick(
                    format!("ラベル {label} は無効です。管理者に確かめてください。"),
                    format!("Label {label} is void. Ask an administrator."),
                ),
            },
            Self::LabelBlank { label } => lang.pick(
                format!("ラベル {label} はまだ何にも貼られていません。先に登録してください。"),
                format!("Label {label} is not on anything yet. Register the item first."),
            ),
            Self::LabelTaken { label, .. } => lang.pick(
                format!("ラベル {label} はすでに使われています。新しいラベルを使ってください。"),
                format!("Label {label} is already in use. Take a new one."),
            ),
            Self::LabelNotAtHand => lang
                .pick(
                    "この操作にはラベルの読取りが必要です。現物のラベルを読み取ってください。",
                    "This needs a scan of the label. Scan the label on the item itself.",
                )
                .to_owned(),
        }
    }
}

/// A refusal with its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub reason: Reason,
    /// What asks for it.
    pub source: Source,
}

/// Who or what has an item, as the beginning of a sentence without its full stop.
fn whereabouts(custody: Custody, lang: Lang, names: &dyn Names) -> String {
    match custody {
        Custody::Held { by } => {
            let name = names.person(by);
            lang.pick(format!("いまの保持者は{name}さんです"), format!("{name} has the item now"))
        }
        Custody::Stored { home, .. } => {
            let home = names.home(home);
            lang.pick(format!("いまは{home}に保管されています"), format!("The item rests in {home} now"))
        }
    }
}

/// Who may accept, as people read it.
fn receiver(to: Receiver, lang: Lang, names: &dyn Names) -> String {
    match to {
        Receiver::Person(person) => {
            let name = names.person(person);
            lang.pick(format!("{name}さん"), name)
        }
        Receiver::AnyHandler => lang.pick("取扱担当者のだれか", "any designated handler").to_owned(),
    }
}
