//! An item and how its events fold into what the register says of it now.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    contents::Contents,
    discrepancy::{Finding, Settlement},
    event::{Event, Recorded},
    hand_over::{Offer, OfferEnd, Offers},
    ids::{ItemId, PersonId},
    label::LabelId,
    place::Home,
    text::{Lang, TextRef},
    timeline::{Latest, OrderKey},
};

/// What bears a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ItemKind {
    /// ハードディスク
    HardDisk,
    /// SSD
    Ssd,
    /// USBメモリ
    UsbMemory,
    /// メモリカード
    MemoryCard,
    /// 光ディスク (CD, DVD, BD)
    OpticalDisc,
    /// 光磁気ディスク (MO)
    MagnetoOpticalDisk,
    /// 磁気テープ
    MagneticTape,
    /// フロッピーディスク
    FloppyDisk,
    /// サーバ
    Server,
    /// 端末
    Terminal,
    /// スマートフォン・タブレット
    PhoneOrTablet,
    /// 書類
    PaperRecord,
    /// 帳票
    PrintOut,
    /// ドキュメント (system documents)
    SystemDocument,
    /// マイクロフィルム
    Microfilm,
    /// 住民基本台帳カード・個人番号カード
    IdentityCard,
}

impl ItemKind {
    /// Every kind, in the order in which a form offers them.
    pub const ALL: [Self; 16] = [
        Self::UsbMemory,
        Self::HardDisk,
        Self::Ssd,
        Self::MemoryCard,
        Self::OpticalDisc,
        Self::MagnetoOpticalDisk,
        Self::MagneticTape,
        Self::FloppyDisk,
        Self::Server,
        Self::Terminal,
        Self::PhoneOrTablet,
        Self::PaperRecord,
        Self::PrintOut,
        Self::SystemDocument,
        Self::Microfilm,
        Self::IdentityCard,
    ];

    /// The stable word used in the database and on the wire.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::HardDisk => "hard-disk",
            Self::Ssd => "ssd",
            Self::UsbMemory => "usb-memory",
            Self::MemoryCard => "memory-card",
            Self::OpticalDisc => "optical-disc",
            Self::MagnetoOpticalDisk => "magneto-optical-disk",
            Self::MagneticTape => "magnetic-tape",
            Self::FloppyDisk => "floppy-disk",
            Self::Server => "server",
            Self::Terminal => "terminal",
            Self::PhoneOrTablet => "phone-or-tablet",
            Self::PaperRecord => "paper-record",
            Self::PrintOut => "print-out",
            Self::SystemDocument => "system-document",
            Self::Microfilm => "microfilm",
            Self::IdentityCard => "identity-card",
        }
    }

    /// The kind that `code` names.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// What a person reads.
    #[must_use]
    pub fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::HardDisk => lang.pick("ハードディスク", "Hard disk"),
            Self::Ssd => lang.pick("SSD", "SSD"),
            Self::UsbMemory => lang.pick("USBメモリ", "USB memory"),
            Self::MemoryCard => lang.pick("メモリカード", "Memory card"),
            Self::OpticalDisc => lang.pick("光ディスク", "Optical disc"),
            Self::MagnetoOpticalDisk => lang.pick("光磁気ディスク", "Magneto-optical disk"),
            Self::MagneticTape => lang.pick("磁気テープ", "Magnetic tape"),
            Self::FloppyDisk => lang.pick("フロッピーディスク", "Floppy disk"),
            Self::Server => lang.pick("サーバ", "Server"),
            Self::Terminal => lang.pick("端末", "Terminal"),
            Self::PhoneOrTablet => lang.pick("スマートフォン・タブレット", "Phone or tablet"),
            Self::PaperRecord => lang.pick("書類", "Paper record"),
            Self::PrintOut => lang.pick("帳票", "Print-out"),
            Self::SystemDocument => lang.pick("ドキュメント", "System document"),
            Self::Microfilm => lang.pick("マイクロフィルム", "Microfilm"),
            Self::IdentityCard => lang.pick("カード", "Identity card"),
        }
    }
}

/// Who has the item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Custody {
    /// A person has it.
    Held {
        /// Who.
        by: PersonId,
    },
    /// It rests in its home.
    Stored {
        /// Where.
        home: Home,
        /// Who put it there.
        by: PersonId,
    },
}

impl Custody {
    /// The person who has it in his hands.
    #[must_use]
    pub fn holder(&self) -> Option<PersonId> {
        match self {
            Self::Held { by } => Some(*by),
            Self::Stored { .. } => None,
        }
    }
}

/// What the register says of an item now: the fold of all its events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Its id.
    pub id: ItemId,
    /// How many events were folded; the next event is number `version + 1`.
    pub version: u64,
    /// What it is.
    pub kind: ItemKind,
    /// The label in force.
    pub label: Latest<LabelId>,
    /// What people call it.
    pub title: TextRef,
    /// The body's own number for it (管理番号).
    pub control_number: Option<TextRef>,
    /// The maker's serial number.
    pub serial: Option<TextRef>,
    /// When it was registered.
    pub registered_at: DateTime<Utc>,
    /// Who has it.
    pub custody: Latest<Custody>,
    /// What was offered, and how that ended, since it last changed hands.
    pub offers: Offers,
    /// What data lies on it.
    pub contents: Vec<Contents>,
    /// Where register and world disagree.
    pub discrepancies: BTreeSet<Finding>,
}

impl Item {
    /// The hand-over that waits for an answer, whether or not its time has run out: an offer by whoever
    /// holds the item, made after he got it and neither replaced nor ended since.
    #[must_use]
    pub fn unanswered_offer(&self) -> Option<&Offer> {
        self.offers.standing(self.custody.value)
    }

    /// The hand-over that can be accepted at `now`.
    #[must_use]
    pub fn pending_offer(&self, now: DateTime<Utc>) -> Option<&Offer> {
        self.unanswered_offer().filter(|offer| now < offer.expires_at)
    }

    /// Who holds it.
    #[must_use]
    pub fn holder(&self) -> Option<PersonId> {
        self.custody.value.holder()
    }

    fn change_hands(&mut self, key: OrderKey, custody: Custody) {
        self.custody.update(key, custody);
        self.offers.forget_before(self.custody.key);
    }
}

/// Folds one event into the item. Total: any event on any item gives an item, and no profile or clock is
/// consulted. `None` stands for an item that is not registered yet; only a registration changes that.
#[must_use]
pub fn evolve(id: ItemId, item: Option<Item>, recorded: &Recorded) -> Option<Item> {
    let version = item.as_ref().map_or(0, |item| item.version) + 1;
    evolve_at(id, item, recorded, OrderKey::new(&recorded.stamp, version))
}

/// Folds one event in at a place in the timeline that is already known.
pub(crate) fn evolve_at(id: ItemId, item: Option<Item>, recorded: &Recorded, key: OrderKey) -> Option<Item> {
    let Some(mut item) = item else {
        return match &recorded.event {
            Event::Registered { item_kind, label, title, control_number, serial, holder } => Some(Item {
                id,
                version: 1,
                kind: *item_kind,
                label: Latest { key, value: label.clone() },
                title: *title,
                control_number: *control_number,
                serial: *serial,
                registered_at: recorded.stamp.recorded_at,
                custody: Latest { key, value: Custody::Held { by: *holder } },
                offers: Offers::default(),
                contents: Vec::new(),
                discrepancies: BTreeSet::new(),
            }),
            _ => None,
        };
    };
    item.version += 1;
    match &recorded.event {
        // A second registration of the same item cannot be decided; folding it changes nothing.
        Event::Registered { .. } | Event::Seen { .. } => {}
        Event::ContentsRecorded { contents } => item.contents.push(contents.clone()),
        Event::HandOverOffered { hand_over, from, to, expires_at, .. } => {
            let offer = Offer { hand_over: *hand_over, from: *from, to: *to, expires_at: *expires_at };
            item.offers.offered(key, offer, item.custody.key);
        }
        Event::HandOverAccepted { to: by, .. } | Event::TakenOut { by, .. } => {
            item.change_hands(key, Custody::Held { by: *by });
        }
        Event::HandOverRefused { hand_over, by, .. } => {
            let end = OfferEnd::Refused { hand_over: *hand_over, by: *by };
            item.offers.ended(key, end, item.custody.key);
        }
        Event::HandOverWithdrawn { hand_over, .. } | Event::HandOverLapsed { hand_over } => {
            item.offers.ended(key, OfferEnd::Over { hand_over: *hand_over }, item.custody.key);
        }
        Event::PutAway { by, home, .. } => {
            item.change_hands(key, Custody::Stored { home: *home, by: *by });
        }
        Event::LabelReplaced { new, .. } => item.label.update(key, new.clone()),
        Event::DiscrepancyRaised { finding } => {
            item.discrepancies.insert(*finding);
        }
        Event::DiscrepancySettled { finding, by: Settlement::Evidence | Settlement::Person { .. } } => {
            item.discrepancies.remove(finding);
        }
    }
    Some(item)
}

/// Folds a whole timeline, in the order in which the ledger keeps it.
#[must_use]
pub fn fold(id: ItemId, events: &[Recorded]) -> Option<Item> {
    events.iter().fold(None, |item, recorded| evolve(id, item, recorded))
}
