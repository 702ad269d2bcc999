//! Groups of kinds of item, so that a profile need not name sixteen kinds where the regulation says
//! 電磁的記録媒体.

use std::collections::BTreeSet;

use crate::{item::ItemKind, text::Lang};

/// A word of a profile for several kinds at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    /// The word.
    pub code: &'static str,
    /// The kinds that it stands for.
    pub kinds: &'static [ItemKind],
    ja: &'static str,
    en: &'static str,
}

/// Every group, the greater before what it contains.
pub const GROUPS: [Group; 6] = [
    Group {
        code: "media",
        kinds: &[
            ItemKind::UsbMemory,
            ItemKind::HardDisk,
            ItemKind::Ssd,
            ItemKind::MemoryCard,
            ItemKind::OpticalDisc,
            ItemKind::MagnetoOpticalDisk,
            ItemKind::MagneticTape,
            ItemKind::FloppyDisk,
        ],
        ja: "電磁的記録媒体",
        en: "electronic media",
    },
    Group {
        code: "removable",
        kinds: &[
            ItemKind::UsbMemory,
            ItemKind::MemoryCard,
            ItemKind::OpticalDisc,
            ItemKind::MagnetoOpticalDisk,
            ItemKind::MagneticTape,
            ItemKind::FloppyDisk,
        ],
        ja: "取り出し可能な記録媒体",
        en: "removable media",
    },
    // Microfilm is a record too, but is neither shredded nor masked as paper is: a profile names it by itself.
    Group {
        code: "paper",
        kinds: &[ItemKind::PaperRecord, ItemKind::PrintOut],
        ja: "書類・帳票",
        en: "papers",
    },
    Group {
        code: "documents",
        kinds: &[ItemKind::SystemDocument],
        ja: "ドキュメント",
        en: "system documents",
    },
    Group {
        code: "devices",
        kinds: &[ItemKind::Server, ItemKind::Terminal, ItemKind::PhoneOrTablet],
        ja: "機器",
        en: "devices",
    },
    Group { code: "cards", kinds: &[ItemKind::IdentityCard], ja: "カード", en: "identity cards" },
];

impl Group {
    /// What a person reads.
    #[must_use]
    pub fn name(&self, lang: Lang) -> &'static str {
        lang.pick(self.ja, self.en)
    }
}

/// The kinds that a word of a profile names: those of a group, or one.
#[must_use]
pub fn named(word: &str) -> Option<Vec<ItemKind>> {
    let group = GROUPS.iter().find(|group| group.code == word).map(|group| group.kinds.to_vec());
    group.or_else(|| ItemKind::from_code(word).map(|kind| vec![kind]))
}

/// Every word that [`named`] knows.
#[must_use]
pub fn words() -> Vec<&'static str> {
    let groups = GROUPS.iter().map(|group| group.code);
    groups.chain(ItemKind::ALL.into_iter().map(ItemKind::code)).collect()
}

/// What a person reads for several kinds: whole groups by their names, the rest one by one.
#[must_use]
pub fn describe(kinds: &BTreeSet<ItemKind>, lang: Lang) -> String {
    let mut left = kinds.clone();
    let mut names = Vec::new();
    for group in &GROUPS {
        if group.kinds.iter().all(|kind| left.contains(kind)) {
            left.retain(|kind| !group.kinds.contains(kind));
            names.push(group.name(lang));
        }
    }
    names.extend(left.into_iter().map(|kind| kind.name(lang)));
    names.join(lang.pick("・", ", "))
}
