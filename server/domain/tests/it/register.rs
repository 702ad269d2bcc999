//! A register of one item that works as the server does, in memory: load, decide or admit, append, fold.
//! Beside it the people, places and labels that the tests share, with their names.

use chrono::{DateTime, TimeDelta, Utc};
use hokan_domain::{
    contents::{Category, Contents},
    custody::{Act, ActKind, OfferTo, Registration, decide, register},
    discrepancy::{Finding, Settlement},
    event::{Event, Recorded, Scan, ScanMethod, Stamp},
    ids::{ContainerId, ContentsId, DeviceId, EventId, HandOverId, ItemId, NoteId, PersonId, PlaceId},
    item::{Custody, Item, ItemKind, evolve},
    label::{LabelId, LabelState, ReplaceReason},
    ledger::hash::Hash,
    observation::{Observation, Observed, admit},
    person::{Part, Person},
    place::Home,
    profile::{NATIONAL_DEFAULT, Profile},
    refusal::{ProductRule, Refusal},
    text::{Names, TextRef},
};
use uuid::Uuid;

pub(crate) const ITEM: ItemId = ItemId(Uuid::from_u128(0x17e3));
pub(crate) const SATO: PersonId = PersonId(Uuid::from_u128(0xa1));
pub(crate) const SUZUKI: PersonId = PersonId(Uuid::from_u128(0xa2));
pub(crate) const TANAKA: PersonId = PersonId(Uuid::from_u128(0xa3));
pub(crate) const CABINET: Home = Home::Place(PlaceId(Uuid::from_u128(0xb1)));
pub(crate) const VAULT: Home = Home::Place(PlaceId(Uuid::from_u128(0xb2)));
pub(crate) const CASE: Home = Home::Container(ContainerId(Uuid::from_u128(0xc1)));

/// Beginning of everything.
pub(crate) fn morning() -> DateTime<Utc> {
    "2026-11-02T00:00:00Z".parse().unwrap()
}

/// The label that the item is registered with.
pub(crate) fn first_label() -> LabelId {
    label(1)
}

pub(crate) fn label(number: u32) -> LabelId {
    format!("LABEL{number:07}").parse().unwrap()
}

pub(crate) fn text(number: u128) -> TextRef {
    TextRef { id: NoteId(Uuid::from_u128(number)), digest: Hash::of(&number.to_be_bytes()) }
}

pub(crate) fn contents(number: u128) -> Contents {
    Contents {
        id: ContentsId(Uuid::from_u128(number)),
        category: Category::SpecificPersonal,
        purpose: Some(text(7)),
        records: Some(1200),
        recorded_on: "2026-10-30".parse().ok(),
    }
}

pub(crate) fn camera(label: LabelId) -> Scan {
    Scan { label, method: ScanMethod::Camera }
}

pub(crate) fn handler(id: PersonId) -> Person {
    Person { id, active: true, parts: [Part::Handler].into() }
}

pub(crate) fn profile() -> Profile {
    Profile::parse(NATIONAL_DEFAULT).unwrap()
}

/// A profile that names a clause for each rule of the product.
pub(crate) fn citing_profile() -> Profile {
    let citations: String = (1..)
        .zip(ProductRule::ALL)
        .map(|(number, rule)| {
            format!("{} = {{ regulation = \"保護規程\", article = \"第{number}条第1項\" }}\n", rule.code())
        })
        .collect();
    Profile::parse(&format!("{NATIONAL_DEFAULT}\n[citations]\n{citations}")).unwrap()
}

/// What people read instead of ids.
pub(crate) struct Book;

impl Names for Book {
    fn person(&self, id: PersonId) -> String {
        match id {
            SATO => "佐藤",
            SUZUKI => "鈴木",
            TANAKA => "田中",
            _ => "山田",
        }
        .to_owned()
    }
    fn place(&self, _: PlaceId) -> String {
        "第一保管庫".to_owned()
    }
    fn item(&self, _: ItemId) -> String {
        "税証明用USBメモリ".to_owned()
    }
    fn home(&self, home: Home) -> String {
        match home {
            Home::Place(_) => "第一保管庫",
            Home::Container(_) => "搬送箱",
        }
        .to_owned()
    }
}

/// The register of one item.
#[derive(Clone)]
pub(crate) struct Register {
    pub(crate) item: Item,
    pub(crate) timeline: Vec<Recorded>,
    pub(crate) now: DateTime<Utc>,
    pub(crate) profile: Profile,
    ids: u128,
}

impl Register {
    /// The item was registered by Sato, who holds it.
    pub(crate) fn begin() -> Self {
        let registration = Registration {
            kind: ItemKind::UsbMemory,
            label: first_label(),
            label_state: LabelState::Blank,
            title: text(1),
            control_number: None,
            serial: None,
            contents: Vec::new(),
        };
        let profile = profile();
        let events = register(&registration, &handler(SATO), &profile).unwrap();
        let stamp = Stamp {
            event: EventId(Uuid::from_u128(0xe0)),
            occurred_at: morning(),
            recorded_at: morning(),
            actor: SATO,
            observed_by: None,
        };
        let [event] = <[Event; 1]>::try_from(events).unwrap();
        let recorded = Recorded { stamp, event };
        let item = evolve(ITEM, None, &recorded).unwrap();
        Self { item, timeline: vec![recorded], now: morning(), profile, ids: 0xe000 }
    }

    pub(crate) fn wait(&mut self, time: TimeDelta) {
        self.now += time;
    }

    /// An id that was not used yet. Ids of later acts are smaller, so that nothing can lean on their order.
    pub(crate) fn fresh_id(&mut self) -> EventId {
        self.ids -= 1;
        EventId(Uuid::from_u128(self.ids))
    }

    /// Asks for an act at the server.
    pub(crate) fn act(&mut self, actor: &Person, act: &Act) -> Result<Vec<Event>, Refusal> {
        let id = self.fresh_id();
        let events = decide(&self.item, act, id, actor, &self.profile, self.now)?;
        let stamp = self.at_server(id, actor.id);
        self.append(stamp, &events);
        Ok(events)
    }

    /// Asks for an act, with all that it takes to be allowed, and expects it to be.
    pub(crate) fn done(&mut self, actor: PersonId, act: &Act) -> Vec<Event> {
        self.act(&handler(actor), act).unwrap()
    }

    /// Takes an observation in, the moment of whose claimed time is given.
    pub(crate) fn observe(
        &mut self,
        actor: PersonId,
        observed: Observed,
        occurred_at: DateTime<Utc>,
    ) -> Vec<Event> {
        let event = self.fresh_id();
        // Each person has one device; its count is not needed where no two claims fall together.
        let observed_by = Some((DeviceId(actor.0), 1));
        let stamp = Stamp { event, occurred_at, recorded_at: self.now, actor, observed_by };
        let scan = camera(self.item.label.value.clone());
        self.take_in(&Observation { observed, scan, stamp })
    }

    pub(crate) fn take_in(&mut self, observation: &Observation) -> Vec<Event> {
        let events = admit(&self.timeline, observation, &self.profile);
        self.append(observation.stamp, &events);
        events
    }

    /// A person settles a discrepancy.
    pub(crate) fn explain(&mut self, finding: Finding) {
        let id = self.fresh_id();
        let by = Settlement::Person { by: TANAKA, reason: text(9) };
        let stamp = self.at_server(id, TANAKA);
        self.append(stamp, &[Event::DiscrepancySettled { finding, by }]);
    }

    pub(crate) fn at_server(&self, event: EventId, actor: PersonId) -> Stamp {
        Stamp { event, occurred_at: self.now, recorded_at: self.now, actor, observed_by: None }
    }

    /// Appends as the store does: what follows from the first event of an act happens at the server, now.
    pub(crate) fn append(&mut self, stamp: Stamp, events: &[Event]) {
        for (index, event) in events.iter().enumerate() {
            let stamp = match index {
                0 => stamp,
                _ => self.at_server(stamp.event.nth_of_act(index), stamp.actor),
            };
            let recorded = Recorded { stamp, event: event.clone() };
            self.item = evolve(ITEM, Some(self.item.clone()), &recorded).unwrap();
            self.timeline.push(recorded);
        }
    }

    /// The hand-over that waits, or one that never was.
    pub(crate) fn hand_over(&self) -> HandOverId {
        self.item.unanswered_offer().map_or(HandOverId(Uuid::from_u128(0xdead)), |offer| offer.hand_over)
    }

    /// An act of this kind with arguments that give no ground to refuse it.
    pub(crate) fn fitting(&self, kind: ActKind, actor: PersonId) -> Act {
        let (hand_over, scan) = (self.hand_over(), self.scan());
        match kind {
            ActKind::Offer => {
                let to = if actor == TANAKA { SUZUKI } else { TANAKA };
                Act::Offer { to: OfferTo::Person(handler(to)), note: None, scan: Some(scan) }
            }
            ActKind::Accept => Act::Accept { hand_over, scan },
            ActKind::Refuse => Act::Refuse { hand_over, note: None },
            ActKind::Withdraw => Act::Withdraw { hand_over },
            ActKind::PutAway => {
                let home = match self.item.custody.value {
                    Custody::Stored { home: CABINET, .. } => VAULT,
                    _ => CABINET,
                };
                Act::PutAway { home, scan }
            }
            ActKind::TakeOut => Act::TakeOut { scan },
            ActKind::ReplaceLabel => {
                let label = label(1000 + u32::try_from(self.timeline.len()).unwrap());
                Act::ReplaceLabel { label, state: LabelState::Blank, reason: ReplaceReason::Damaged }
            }
            ActKind::RecordContents => Act::RecordContents { contents: contents(1) },
        }
    }

    /// A scan of the label that the item bears.
    pub(crate) fn scan(&self) -> Scan {
        camera(self.item.label.value.clone())
    }
}
