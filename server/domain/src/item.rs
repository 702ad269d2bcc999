//! An item and how its events fold into what the register says of it now.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    approval::{Given, Request, RequestState, Wanted},
    contents::Kept,
    discrepancy::{Finding, Settlement, counts_for_nothing},
    disposal::{Disposal, Done, Erasure, Presence, Verification},
    event::{Event, Recorded},
    hand_over::{Offer, OfferEnd, Offers},
    ids::{CarryOutId, DivisionId, EventId, HoldId, IncidentId, ItemId, PersonId, PlaceId, RequestId},
    label::LabelId,
    place::{Home, Zone},
    profile::{Direction, Gated, Matter},
    protection::Protected,
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
    /// It is on the road, or with the counterparty, and is to come back or to be delivered.
    Out {
        /// The carry-out; unknown where only a phone without signal told of it.
        carry_out: Option<CarryOutId>,
        /// Who took it out.
        by: PersonId,
    },
    /// It was handed to the counterparty for good.
    Delivered {
        /// The carry-out.
        carry_out: CarryOutId,
    },
    /// It was destroyed.
    Destroyed {
        /// By whom.
        by: PersonId,
    },
}

impl Custody {
    /// The person who has it in his hands.
    #[must_use]
    pub fn holder(&self) -> Option<PersonId> {
        match self {
            Self::Held { by } => Some(*by),
            Self::Stored { .. } | Self::Out { .. } | Self::Delivered { .. } | Self::Destroyed { .. } => None,
        }
    }

    /// Whether the body has it no more.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        matches!(self, Self::Delivered { .. } | Self::Destroyed { .. })
    }
}

/// A suspension of retention.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    /// Its id.
    pub id: HoldId,
    /// Who placed it.
    pub by: PersonId,
    /// When.
    pub at: DateTime<Utc>,
    /// Why.
    pub reason: TextRef,
    /// When it was lifted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifted_at: Option<DateTime<Utc>>,
}

/// That an item is not to be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Loss {
    /// Who reported it.
    pub by: PersonId,
    /// When.
    pub at: DateTime<Utc>,
    /// The incident that it opened.
    pub incident: Option<IncidentId>,
}

/// Whether a medium has a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// Whether it has one.
    pub faulty: bool,
    /// Who said so.
    pub by: PersonId,
    /// When.
    pub at: DateTime<Utc>,
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
    /// What data lies on it, or lay on it.
    pub contents: Vec<Kept>,
    /// The division whose officers answer for it.
    pub division: Option<DivisionId>,
    /// The place where it belongs (所定の場所).
    pub designated_home: Option<PlaceId>,
    /// The area in which it was when that was last known.
    pub zone: Option<Latest<Zone>>,
    /// How its data is protected, as last verified.
    pub protection: Option<Latest<Protected>>,
    /// The item of which it is a copy.
    pub copied_from: Option<ItemId>,
    /// Copies of it.
    pub copies: Vec<ItemId>,
    /// What was asked for it.
    pub requests: Vec<Request>,
    /// Suspensions of its retention.
    pub holds: Vec<Hold>,
    /// Where its disposal stands.
    pub disposal: Disposal,
    /// Whether it has a fault, as last told.
    pub condition: Option<Latest<Condition>>,
    /// That it is not to be found.
    pub lost: Option<Latest<Option<Loss>>>,
    /// Where register and world disagree.
    pub discrepancies: BTreeSet<Finding>,
    /// Whose acts or observations those are about.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub caused_by: BTreeMap<EventId, PersonId>,
    /// Which of those can be settled as untrue.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub dismissible: BTreeSet<EventId>,
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

    /// The contents that are not erased.
    pub fn live_contents(&self) -> impl Iterator<Item = &Kept> {
        self.contents.iter().filter(|kept| kept.erased_at.is_none())
    }

    /// What conditions of the profile are held against.
    #[must_use]
    pub fn matter(&self, direction: Option<Direction>) -> Matter {
        Matter::of(self.kind, self.live_contents().map(|kept| &kept.contents), direction)
    }

    /// What conditions of a gate are held against. How a medium may end is told by all that ever lay on it:
    /// erasing it first opens no way around whoever orders the destruction or confirms it.
    #[must_use]
    pub fn matter_before(&self, gated: Gated) -> Matter {
        match gated {
            Gated::Dispose | Gated::ConfirmDisposal => {
                Matter::of(self.kind, self.contents.iter().map(|kept| &kept.contents), None)
            }
            _ => self.matter(None),
        }
    }

    /// The request with this id.
    #[must_use]
    pub fn request(&self, id: RequestId) -> Option<&Request> {
        self.requests.iter().find(|request| request.id == id)
    }

    /// A request for this that is granted and of use on this day.
    pub fn permission(&self, today: NaiveDate, fits: impl Fn(&Wanted) -> bool) -> Option<&Request> {
        self.requests.iter().find(|request| request.is_live(today) && fits(&request.wanted))
    }

    /// The suspensions that are not lifted.
    pub fn open_holds(&self) -> impl Iterator<Item = &Hold> {
        self.holds.iter().filter(|hold| hold.lifted_at.is_none())
    }

    /// That it is not to be found, where that still holds.
    #[must_use]
    pub fn loss(&self) -> Option<&Loss> {
        self.lost.as_ref().and_then(|lost| lost.value.as_ref())
    }

    /// Whether it is out and back neither in hand nor in a home.
    #[must_use]
    pub fn is_out(&self) -> bool {
        matches!(self.custody.value, Custody::Out { .. })
    }

    /// Whether something speaks against an event that nobody has settled.
    #[must_use]
    pub fn is_doubtful(&self, event: EventId) -> bool {
        self.discrepancies.iter().any(|finding| finding.event == event && finding.kind.casts_doubt())
    }

    /// Whether all that is known of its destruction is doubtful.
    #[must_use]
    pub fn is_end_doubtful(&self) -> bool {
        self.disposal.destroyed.as_ref().is_some_and(|destroyed| self.is_doubtful(destroyed.event))
    }

    /// Whether the body has it no more, beyond doubt.
    #[must_use]
    pub fn is_surely_gone(&self) -> bool {
        let destroyed = matches!(self.custody.value, Custody::Destroyed { .. });
        self.custody.value.is_gone() && !(destroyed && self.is_end_doubtful())
    }

    /// Whether somebody stood by who did not destroy it himself, and nothing speaks against it.
    #[must_use]
    pub fn is_witnessed(&self) -> bool {
        let disposal = &self.disposal;
        let counts = |witness: &Done<Presence>| {
            !disposal.operators.contains(&witness.by) && !self.is_doubtful(witness.event)
        };
        disposal.destroyed.is_some() && disposal.witnessed.iter().any(counts)
    }

    fn request_mut(&mut self, id: RequestId) -> Option<&mut Request> {
        self.requests.iter_mut().find(|request| request.id == id)
    }

    fn close_request(&mut self, id: RequestId, state: RequestState) {
        if let Some(request) = self.request_mut(id)
            && !matches!(request.state, RequestState::TurnedDown | RequestState::Withdrawn)
        {
            request.state = state;
        }
    }

    /// What was recorded only afterwards was not erased, whenever the erasure is heard of.
    fn erase(&mut self, at: DateTime<Utc>) {
        for kept in self.contents.iter_mut().filter(|kept| kept.recorded_at <= at) {
            kept.erased_at = Some(kept.erased_at.map_or(at, |known| known.min(at)));
        }
    }

    /// Puts what is beyond doubt first among what was told of the end.
    fn rank_end(&mut self) {
        let mut erasures: Vec<_> = self.disposal.erasures().cloned().collect();
        erasures.sort_by_key(|erased| (self.is_doubtful(erased.event), Reverse(erased.key)));
        let mut destructions: Vec<_> = self.disposal.destructions().cloned().collect();
        destructions.sort_by_key(|destroyed| (self.is_doubtful(destroyed.event), destroyed.key));
        let (mut erasures, mut destructions) = (erasures.into_iter(), destructions.into_iter());
        let disposal = &mut self.disposal;
        (disposal.erased, disposal.destroyed) = (erasures.next(), destructions.next());
        (disposal.other_erasures, disposal.other_destructions) = (erasures.collect(), destructions.collect());
    }

    /// After doubt of an event was raised or settled: an erasure counts only while it is beyond doubt.
    fn weigh_again(&mut self, event: EventId) {
        let disposal = &self.disposal;
        let worked = |erased: &&Done<Erasure>| erased.what.verification != Verification::Failed;
        let erased = disposal.erasures().filter(worked).map(|erased| (erased.event, erased.key.at));
        let destroyed = disposal.destructions().map(|destroyed| (destroyed.event, destroyed.key.at));
        let ends: Vec<_> = erased.chain(destroyed).collect();
        if !disposal.rests_on(event) {
            return;
        }
        if ends.iter().any(|(end, _)| *end == event) {
            let sure: Vec<_> =
                ends.iter().filter(|(end, _)| !self.is_doubtful(*end)).map(|(_, at)| *at).collect();
            for kept in &mut self.contents {
                let with_all = sure.iter().copied().filter(|at| kept.recorded_at <= *at);
                kept.erased_at = with_all.chain(kept.erased_alone_at).min();
            }
        }
        self.rank_end();
    }

    /// An extension lasts as long as the permission for it.
    fn extend(&mut self) {
        for kept in &mut self.contents {
            let granted = self.requests.iter().filter(|request| request.state == RequestState::Granted);
            kept.extended_until = granted
                .filter_map(|request| match request.wanted {
                    Wanted::Extend { contents, until } if contents == kept.contents.id => Some(until),
                    _ => None,
                })
                .max();
        }
    }

    /// Who holds it.
    #[must_use]
    pub fn holder(&self) -> Option<PersonId> {
        self.custody.value.holder()
    }

    fn seen_in(&mut self, key: OrderKey, zone: Option<Zone>) {
        if let Some(zone) = zone {
            set(&mut self.zone, key, zone);
        }
    }

    fn change_hands(&mut self, key: OrderKey, custody: Custody) {
        self.custody.update(key, custody);
        self.offers.forget_before(self.custody.key);
    }
}

/// What was done at this place in the timeline.
fn done<T>(key: OrderKey, by: PersonId, what: T) -> Done<T> {
    Done { key, event: key.event, by, at: key.at, what }
}

/// Sets a value that the later event wins, whichever arrives first.
fn set<T>(known: &mut Option<Latest<T>>, key: OrderKey, value: T) {
    match known {
        Some(known) => known.update(key, value),
        None => *known = Some(Latest { key, value }),
    }
}

/// Folds one event into the item. Total: any event on any item gives an item, and no profile or clock is
/// consulted. `None` stands for an item that is not registered yet; only a registration changes that.
///
/// An event that [dismisses](Event::dismisses) an observation looks back, which one item cannot: after it the item is
/// the [`fold`] of its whole timeline.
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
                division: None,
                designated_home: None,
                zone: None,
                protection: None,
                copied_from: None,
                copies: Vec::new(),
                requests: Vec::new(),
                holds: Vec::new(),
                disposal: Disposal::default(),
                condition: None,
                lost: None,
                discrepancies: BTreeSet::new(),
                caused_by: BTreeMap::new(),
                dismissible: BTreeSet::new(),
            }),
            _ => None,
        };
    };
    item.version += 1;
    match &recorded.event {
        // A second registration of the same item cannot be decided; folding it changes nothing.
        Event::Registered { .. } => {}
        Event::Seen { zone, .. } => item.seen_in(key, *zone),
        Event::ContentsRecorded { contents } => item.contents.push(Kept::new(contents.clone(), key.at)),
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
        Event::PutAway { by, home, zone, .. } => {
            item.change_hands(key, Custody::Stored { home: *home, by: *by });
            item.seen_in(key, *zone);
        }
        Event::Assigned { division, .. } => item.division = *division,
        Event::HomeDesignated { place, zone, .. } => {
            item.designated_home = Some(*place);
            // Where it belongs tells where it is until somebody says where he saw it, whenever that was.
            item.seen_in(OrderKey { at: DateTime::<Utc>::MIN_UTC, ..key }, *zone);
        }
        Event::ProtectionRecorded { by, secrecy, key_apart } => {
            let value = Protected {
                secrecy: secrecy.clone(),
                key_apart: *key_apart,
                verified_by: *by,
                verified_at: key.at,
            };
            set(&mut item.protection, key, value);
        }
        Event::ContentsErased { contents, erasure, .. } => {
            if erasure.verification != Verification::Failed {
                let kept = item.contents.iter_mut();
                for kept in kept.filter(|kept| kept.contents.id == *contents && kept.recorded_at <= key.at) {
                    for erased in [&mut kept.erased_at, &mut kept.erased_alone_at] {
                        *erased = Some(erased.map_or(key.at, |known| known.min(key.at)));
                    }
                }
            }
        }
        Event::RetentionEventOccurred { contents, event, on, .. } => {
            if let Some(kept) = item.contents.iter_mut().find(|kept| kept.contents.id == *contents) {
                kept.events.insert(event.clone(), *on);
            }
        }
        Event::Copied { copy, request, .. } => {
            item.copies.push(*copy);
            // A permission to copy is for one copy.
            if let Some(request) = request {
                item.close_request(*request, RequestState::Ended);
            }
        }
        Event::CopyOf { source, .. } => item.copied_from = Some(*source),
        Event::Requested { request, by, wanted, reason, until } => item.requests.push(Request {
            id: *request,
            wanted: wanted.clone(),
            by: *by,
            at: recorded.stamp.recorded_at,
            reason: *reason,
            until: *until,
            given: Vec::new(),
            state: RequestState::Open,
        }),
        Event::Approved { request, by, role, deputy_for, .. } => {
            let given = Given {
                by: *by,
                role: role.clone(),
                deputy_for: *deputy_for,
                at: recorded.stamp.recorded_at,
            };
            if let Some(request) = item.request_mut(*request) {
                request.given.push(given);
            }
        }
        Event::Granted { request } => {
            item.close_request(*request, RequestState::Granted);
            let wanted = item.request(*request).map(|request| request.wanted.clone());
            match wanted {
                Some(Wanted::Extend { .. }) => item.extend(),
                Some(Wanted::Dispose) => item.disposal.request = Some(*request),
                _ => {}
            }
        }
        Event::TurnedDown { request, .. } => item.close_request(*request, RequestState::TurnedDown),
        Event::RequestWithdrawn { request, .. } => item.close_request(*request, RequestState::Withdrawn),
        Event::PermissionEnded { request, .. } => {
            item.close_request(*request, RequestState::Ended);
            item.extend();
            if item.disposal.request == Some(*request) {
                item.disposal.request = None;
            }
        }
        Event::HoldPlaced { hold, by, reason, .. } => item.holds.push(Hold {
            id: *hold,
            by: *by,
            at: recorded.stamp.recorded_at,
            reason: *reason,
            lifted_at: None,
        }),
        Event::HoldLifted { hold, .. } => {
            if let Some(hold) = item.holds.iter_mut().find(|known| known.id == *hold) {
                hold.lifted_at.get_or_insert(recorded.stamp.recorded_at);
            }
        }
        Event::Departed { carry_out, by, .. } => {
            item.change_hands(key, Custody::Out { carry_out: *carry_out, by: *by });
            // Where it goes is the carry-out's business; where it rests next begins anew.
            item.seen_in(key, Some(Zone::default()));
        }
        Event::Unsealed { .. } | Event::MissedAtUnpacking { .. } | Event::EvidenceMarked { .. } => {}
        Event::Returned { by, .. } => item.change_hands(key, Custody::Held { by: *by }),
        Event::Delivered { carry_out, .. } => {
            item.change_hands(key, Custody::Delivered { carry_out: *carry_out });
        }
        Event::Sanitized { by, erasure, .. } => {
            if erasure.verification != Verification::Failed && !item.is_doubtful(key.event) {
                item.erase(key.at);
            }
            item.disposal.other_erasures.push(done(key, *by, erasure.clone()));
            item.rank_end();
        }
        Event::Destroyed { request, by, destruction, .. } => {
            item.disposal.operators.insert(*by);
            item.disposal.other_destructions.push(done(key, *by, destruction.clone()));
            item.rank_end();
            item.disposal.request = item.disposal.request.or(*request);
            if !item.is_doubtful(key.event) {
                item.erase(key.at);
            }
            item.change_hands(key, Custody::Destroyed { by: *by });
        }
        Event::Witnessed { by, presence, .. } => {
            let witnessed = done(key, *by, *presence);
            let known = &mut item.disposal.witnessed;
            known.insert(known.partition_point(|known| known.key < witnessed.key), witnessed);
        }
        Event::DisposalConfirmed { by, role, .. } => {
            let confirmed = done(key, *by, role.clone());
            item.disposal.confirmed.get_or_insert(confirmed);
        }
        Event::FaultReported { by, .. } => {
            set(&mut item.condition, key, Condition { faulty: true, by: *by, at: key.at });
        }
        Event::FaultChecked { by, faulty, .. } => {
            set(&mut item.condition, key, Condition { faulty: *faulty, by: *by, at: key.at });
        }
        Event::LostReported { by, incident, .. } => {
            set(&mut item.lost, key, Some(Loss { by: *by, at: key.at, incident: *incident }));
        }
        Event::Found { .. } => set(&mut item.lost, key, None),
        Event::LabelReplaced { new, .. } => item.label.update(key, new.clone()),
        Event::DiscrepancyRaised { finding, caused_by, dismissible } => {
            item.discrepancies.insert(*finding);
            item.caused_by.extend(caused_by.map(|person| (finding.event, person)));
            if *dismissible {
                item.dismissible.insert(finding.event);
            }
            item.weigh_again(finding.event);
        }
        Event::DiscrepancySettled { finding, by: Settlement::Evidence | Settlement::Person { .. } } => {
            item.discrepancies.remove(finding);
            if !item.discrepancies.iter().any(|open| open.event == finding.event) {
                item.caused_by.remove(&finding.event);
                item.dismissible.remove(&finding.event);
            }
            item.weigh_again(finding.event);
        }
    }
    Some(item)
}

/// Folds a whole timeline, in the order in which the ledger keeps it, less what is [passed over](passed_over).
#[must_use]
pub fn fold(id: ItemId, events: &[Recorded]) -> Option<Item> {
    fold_and_see(id, events).0
}

/// What a person settled as untrue, and what rests on nothing but that: it stays in the timeline and counts its number,
/// and does nothing else.
#[must_use]
pub fn passed_over(events: &[Recorded]) -> BTreeSet<EventId> {
    // The usual case costs no fold.
    if events.iter().all(|recorded| recorded.event.dismisses().is_none()) {
        return BTreeSet::new();
    }
    fold_and_see(ItemId(Uuid::nil()), events).1
}

fn fold_and_see(id: ItemId, events: &[Recorded]) -> (Option<Item>, BTreeSet<EventId>) {
    let mut nothing = counts_for_nothing(events);
    // What comes after the last dismissal was decided on what was left.
    let last = events.iter().rposition(|recorded| recorded.event.dismisses().is_some());
    let mut known: Option<Item> = None;
    for (number, recorded) in (0..).zip(events) {
        let event = recorded.stamp.event;
        let unfounded = || {
            last.is_some_and(|last| number < last)
                && matches!(recorded.event, Event::DisposalConfirmed { .. })
                && known.as_ref().is_some_and(|item| !item.is_witnessed())
        };
        if unfounded() {
            nothing.insert(event);
        }
        known = match known {
            Some(item) if nothing.contains(&event) => Some(Item { version: item.version + 1, ..item }),
            item => evolve(id, item, recorded),
        };
    }
    (known, nothing)
}
