//! A town with a few items, one container and one carry-out, which works as the server does, in memory: load,
//! decide, append, fold. Beside it the people and the regulations that the tests share.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use hokan_domain::{
    carry_out::{self, CarryOut, CarryOutAct, CarryOutEvent, CarryOutState, Decided, Found, Plan, Situation},
    container::{self, ContainerAct, ContainerEvent, ContainerState, Inside, LockNumber},
    contents::{Category, Contents},
    discrepancy::{FindingKind, Watch, findings},
    event::{Event, Recorded, Scan, Stamp},
    ids::{CarryOutId, ContainerId, ContentsId, DeviceId, DivisionId, EventId, ItemId, PersonId},
    item::{Custody, Item, ItemKind, evolve},
    label::LabelId,
    person::{Part, Person, RoleHeld},
    place::Home,
    profile::{
        Approvers, Area, Bilingual, CarryOutRules, Channel, Choice, Clause, Condition, Direction, Field,
        Gate, Gated, Ground, Measure, NATIONAL_DEFAULT, Profile, Protection, Role,
    },
    protection::Secrecy,
    refusal::{Missing, Reason, Refusal, Source},
    text::{Lang, TextRef},
};
use uuid::Uuid;

use crate::register::{Book, SATO, camera, label, morning, text};

/// The officer for the data (本人確認情報管理責任者).
pub(crate) const MORI: PersonId = PersonId(Uuid::from_u128(0xa11));
/// The officer for the system (システム管理者).
pub(crate) const HARA: PersonId = PersonId(Uuid::from_u128(0xa12));
/// The protection officer of the first division (保護責任者).
pub(crate) const KATO: PersonId = PersonId(Uuid::from_u128(0xa13));
/// The protection officer of the second division.
pub(crate) const ENDO: PersonId = PersonId(Uuid::from_u128(0xa14));
/// Nobody in particular.
pub(crate) const OTA: PersonId = PersonId(Uuid::from_u128(0xa15));

pub(crate) const TAX: DivisionId = DivisionId(Uuid::from_u128(0xd1));
pub(crate) const HEALTH: DivisionId = DivisionId(Uuid::from_u128(0xd2));

pub(crate) const USB: ItemId = ItemId(Uuid::from_u128(1));
pub(crate) const TAPE: ItemId = ItemId(Uuid::from_u128(2));
pub(crate) const PAPER: ItemId = ItemId(Uuid::from_u128(3));
pub(crate) const MANUAL: ItemId = ItemId(Uuid::from_u128(4));
pub(crate) const STRANGER: ItemId = ItemId(Uuid::from_u128(5));

pub(crate) const CASE: ContainerId = ContainerId(Uuid::from_u128(0xc1));
pub(crate) const CARRY_OUT: CarryOutId = CarryOutId(Uuid::from_u128(0xca));
pub(crate) const OTHER: CarryOutId = CarryOutId(Uuid::from_u128(0xcb));

/// What is missing for whoever reads a clause.
pub(crate) const DATA: &str = "data-manager";
pub(crate) const SYSTEM: &str = "system-manager";
pub(crate) const OFFICER: &str = "protection-officer";

pub(crate) fn clause(article: &str) -> Source {
    Source::Clause(Clause { regulation: "保護規程".to_owned(), article: article.to_owned() })
}

fn named(id: &str) -> Bilingual {
    Bilingual::new(format!("{id}（和）"), format!("{id} (en)"))
}

/// A regulation that asks for nothing, with three roles, of which the last is held in each division.
pub(crate) fn silent() -> Profile {
    let mut profile = Profile::parse(NATIONAL_DEFAULT).unwrap();
    profile.gates.clear();
    profile.roles = [DATA, SYSTEM, OFFICER]
        .into_iter()
        .map(|id| Role {
            id: id.into(),
            name: named(id),
            post: None,
            per_division: id == OFFICER,
            stands_for: Vec::new(),
            top: false,
            source: clause("第4条"),
        })
        .collect();
    profile.carry_out = CarryOutRules {
        leaves: Area::Office,
        channels: vec![Channel::Hand, Channel::Post, Channel::Transmission],
        source: clause("第19条"),
        exempt: Vec::new(),
        ground_required: None,
        grounds: Vec::new(),
        fields: Vec::new(),
        protections: Vec::new(),
        lapses: TimeDelta::days(30),
    };
    profile
}

/// A regulation that asks for this approval and nothing else.
pub(crate) fn gated(approvers: Approvers) -> Profile {
    let mut profile = silent();
    profile.gates = vec![gate(Gated::CarryOut, approvers, Condition::default(), "第11条第3項")];
    profile
}

pub(crate) fn gate(gated: Gated, approvers: Approvers, when: Condition, article: &str) -> Gate {
    Gate { gated, approvers, when, source: clause(article) }
}

pub(crate) fn kinds(kinds: &[ItemKind]) -> Condition {
    Condition { kinds: Some(kinds.iter().copied().collect()), ..Condition::default() }
}

/// A regulation that asks for this field and nothing else.
pub(crate) fn asking(field: Field) -> Profile {
    let mut profile = silent();
    profile.carry_out.fields = vec![(field, clause("第11条第3項"))];
    profile
}

/// A regulation that asks for one of these measures and nothing else.
pub(crate) fn protecting(any_of: &[Measure]) -> Profile {
    let mut profile = silent();
    profile.carry_out.protections = vec![Protection {
        when: Condition::default(),
        any_of: any_of.to_vec(),
        reason_instead: false,
        source: clause("別表第2"),
    }];
    profile
}

/// A regulation with one ground, which asks for these fields.
pub(crate) fn grounded(requires: &[Field]) -> Profile {
    let mut profile = silent();
    profile.carry_out.ground_required = Some(clause("第19条"));
    profile.carry_out.grounds = vec![Ground {
        id: "contractor".to_owned(),
        name: named("contractor"),
        requires: requires.to_vec(),
        source: clause("第19条第1号"),
    }];
    profile
}

/// A regulation by which a movement within the building is exempt.
pub(crate) fn exempting() -> Profile {
    let mut profile = gated(Approvers::One(OFFICER.into()));
    profile.carry_out.ground_required = Some(clause("第19条"));
    profile.carry_out.fields = vec![(Field::Counterparty, clause("第11条第3項"))];
    profile.carry_out.protections = protecting(&[Measure::Encryption]).carry_out.protections;
    profile.carry_out.exempt = vec![Choice {
        id: "network-to-system".to_owned(),
        name: named("network-to-system"),
        source: clause("第19条ただし書"),
    }];
    profile
}

/// The two officers of whom a medium needs both, and a document the second alone.
pub(crate) fn two_officers() -> Profile {
    let mut profile = silent();
    let both = Approvers::All(vec![DATA.into(), SYSTEM.into()]);
    profile.gates = vec![
        gate(
            Gated::CarryOut,
            Approvers::One(SYSTEM.into()),
            kinds(&[ItemKind::SystemDocument]),
            "第12条第2項",
        ),
        gate(Gated::CarryOut, both, Condition::default(), "第11条第3項"),
    ];
    profile
}

pub(crate) fn person(id: PersonId, parts: &[Part], roles: &[(&str, Option<DivisionId>)]) -> Person {
    Person {
        id,
        active: true,
        parts: parts.iter().copied().collect(),
        roles: roles
            .iter()
            .map(|(role, division)| RoleHeld { role: (*role).into(), division: *division, deputy_for: None })
            .collect(),
    }
}

/// Whoever it is, with what he is in this town.
pub(crate) fn who(id: PersonId) -> Person {
    match id {
        MORI => person(id, &[Part::Approver], &[(DATA, None)]),
        HARA => person(id, &[Part::Approver], &[(SYSTEM, None)]),
        KATO => person(id, &[Part::Approver], &[(OFFICER, Some(TAX))]),
        ENDO => person(id, &[Part::Approver], &[(OFFICER, Some(HEALTH))]),
        OTA => person(id, &[Part::Administrator], &[]),
        _ => person(id, &[Part::Handler], &[]),
    }
}

/// Somebody who stands in for another in a role.
pub(crate) fn deputy(id: PersonId, role: &str, deputy_for: PersonId) -> Person {
    let held = RoleHeld { role: role.into(), division: None, deputy_for: Some(deputy_for) };
    Person { id, active: true, parts: [Part::Approver].into(), roles: [held].into() }
}

/// A plan that gives everything that a regulation can ask for except a container.
pub(crate) fn plan(items: &[ItemId]) -> Plan {
    Plan {
        items: items.to_vec(),
        ground: None,
        exempt: None,
        counterparty: Some(text(20)),
        contract: None,
        legal_ground: Some("第9号".to_owned()),
        direction: Direction::Outside,
        channel: Channel::Hand,
        destination: Some(text(21)),
        transport: Some(text(22)),
        tracking: Some(text(23)),
        route: Some(text(24)),
        due_back: Some(day("2026-11-20")),
        for_good: false,
        packaging: Some(text(25)),
        sealed: true,
        masked: true,
        container: None,
        instead: Vec::new(),
    }
}

pub(crate) fn boxed(items: &[ItemId]) -> Plan {
    Plan { container: Some(CASE), ..plan(items) }
}

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(crate) fn number(text: &str) -> LockNumber {
    text.parse().unwrap()
}

pub(crate) fn request(plan: Plan) -> CarryOutAct {
    CarryOutAct::Request { plan: Box::new(plan) }
}

pub(crate) fn amend(plan: Plan) -> CarryOutAct {
    CarryOutAct::Amend { plan: Box::new(plan) }
}

pub(crate) fn approve() -> CarryOutAct {
    CarryOutAct::Approve { role: None, note: None }
}

pub(crate) fn by_hand() -> CarryOutAct {
    CarryOutAct::Depart { scan: None }
}

pub(crate) fn in_case() -> CarryOutAct {
    CarryOutAct::Depart { scan: Some(camera(case_label())) }
}

pub(crate) fn arrive(lock_seen: Option<&str>) -> CarryOutAct {
    CarryOutAct::Arrive { lock_seen: lock_seen.map(number), receipt: None }
}

pub(crate) fn case_label() -> LabelId {
    label(900)
}

pub(crate) fn camera_of_case() -> Scan {
    camera(case_label())
}

pub(crate) fn label_of(item: ItemId) -> LabelId {
    label(100 + u32::try_from(item.0.as_u128()).unwrap())
}

pub(crate) fn found(items: &[ItemId]) -> Vec<Found> {
    items.iter().map(|item| Found { item: *item, scan: camera(label_of(*item)) }).collect()
}

pub(crate) fn unpack(items: &[ItemId]) -> CarryOutAct {
    CarryOutAct::Unpack { found: found(items), opened: None, more_to_come: false }
}

#[derive(Clone)]
pub(crate) struct Town {
    pub(crate) profile: Profile,
    pub(crate) items: BTreeMap<ItemId, Item>,
    pub(crate) timelines: BTreeMap<ItemId, Vec<Recorded>>,
    pub(crate) carry_out: Option<CarryOut>,
    pub(crate) told: Vec<(Stamp, CarryOutEvent)>,
    pub(crate) container: ContainerState,
    pub(crate) contract_in_force: Option<bool>,
    pub(crate) elsewhere: Vec<ItemId>,
    pub(crate) now: DateTime<Utc>,
    ids: u128,
}

impl Town {
    /// Sato has a USB memory and a tape with data of one division in his hands.
    pub(crate) fn with(profile: Profile) -> Self {
        let mut town = Self {
            profile,
            items: BTreeMap::new(),
            timelines: BTreeMap::new(),
            carry_out: None,
            told: Vec::new(),
            container: ContainerState::new(CASE),
            contract_in_force: None,
            elsewhere: Vec::new(),
            now: morning(),
            ids: 0xe000,
        };
        town.add(USB, ItemKind::UsbMemory, Some(1200));
        town.add(TAPE, ItemKind::MagneticTape, Some(30));
        town
    }

    /// Another item in Sato's hands.
    pub(crate) fn add(&mut self, id: ItemId, item_kind: ItemKind, records: Option<u64>) {
        self.write(
            id,
            Event::Registered {
                item_kind,
                label: label_of(id),
                title: text(1),
                control_number: None,
                serial: None,
                holder: SATO,
            },
        );
        self.record(id, records);
        self.write(id, Event::Assigned { by: SATO, division: Some(TAX) });
    }

    pub(crate) fn record(&mut self, id: ItemId, records: Option<u64>) {
        let number = self.fresh().event.0;
        self.write(
            id,
            Event::ContentsRecorded {
                contents: Contents {
                    id: ContentsId(number),
                    category: Category::SpecificPersonal,
                    purpose: None,
                    records,
                    recorded_on: None,
                    purpose_code: None,
                    received_on: None,
                    retention: None,
                    starts_on: None,
                },
            },
        );
    }

    pub(crate) fn protect(&mut self, id: ItemId, secrecy: Secrecy, key_apart: bool) {
        self.write(id, Event::ProtectionRecorded { by: SATO, secrecy, key_apart });
    }

    pub(crate) fn pack(&mut self, id: ItemId) {
        let home = Home::Container(CASE);
        self.write(id, Event::PutAway { by: SATO, home, scan: camera(label_of(id)), zone: None });
    }

    pub(crate) fn lock(&mut self, lock: &str) -> container::Decided {
        let act = ContainerAct::Lock {
            number: number(lock),
            scan: camera(case_label()),
            carry_out: self.carry_out.as_ref().map(|carry_out| carry_out.id),
        };
        self.turn(SATO, &act).unwrap()
    }

    pub(crate) fn open(&mut self, lock: &str) -> container::Decided {
        let act = ContainerAct::Open { number_seen: number(lock), scan: camera(case_label()) };
        self.turn(SATO, &act).unwrap()
    }

    /// Locks or opens the container.
    pub(crate) fn turn(
        &mut self,
        actor: PersonId,
        act: &ContainerAct,
    ) -> Result<container::Decided, Refusal> {
        let items = self.inside();
        let decided = container::decide(&self.case(&items), act, &who(actor), &self.profile)?;
        for event in &decided.container {
            self.write_container(event);
        }
        self.write_items(&decided.items);
        Ok(decided)
    }

    /// What is in the container: what rests in it and what travels in it.
    pub(crate) fn inside(&self) -> Vec<ItemId> {
        let travels = self
            .carry_out
            .as_ref()
            .and_then(|carry_out| carry_out.departure.as_ref())
            .is_some_and(|departure| departure.container == Some(CASE));
        self.items
            .values()
            .filter(|item| match item.custody.value {
                Custody::Stored { home, .. } => home == Home::Container(CASE),
                Custody::Out { carry_out, .. } => travels && carry_out == Some(CARRY_OUT),
                _ => false,
            })
            .map(|item| item.id)
            .collect()
    }

    pub(crate) fn case<'a>(&'a self, items: &'a [ItemId]) -> Inside<'a> {
        static LABEL: std::sync::LazyLock<LabelId> = std::sync::LazyLock::new(case_label);
        let under_way = |carry_out: &&CarryOut| carry_out.state.is_under_way();
        let carry_out = self.carry_out.as_ref().filter(under_way).map(|carry_out| carry_out.id);
        Inside { state: &self.container, label: &LABEL, items, carry_out }
    }

    /// Asks something of everything that an act is judged by.
    pub(crate) fn ask<T>(
        &self,
        actor: &Person,
        plan: Option<&Plan>,
        ask: impl FnOnce(&Situation<'_>) -> T,
    ) -> T {
        let plan = plan.or(self.carry_out.as_ref().map(|carry_out| &carry_out.plan));
        let wanted = plan.map(|plan| plan.items.clone()).unwrap_or_default();
        let items: Vec<Item> = wanted.iter().filter_map(|id| self.items.get(id).cloned()).collect();
        let inside = self.inside();
        let container = plan.and_then(|plan| plan.container).map(|_| self.case(&inside));
        ask(&Situation {
            carry_out: self.carry_out.as_ref(),
            items: &items,
            elsewhere: &self.elsewhere,
            container,
            contract_in_force: self.contract_in_force,
            profile: &self.profile,
            actor,
            now: self.now,
        })
    }

    pub(crate) fn try_as(&mut self, actor: &Person, act: &CarryOutAct) -> Result<Decided, Refusal> {
        let plan = match act {
            CarryOutAct::Request { plan } | CarryOutAct::Amend { plan } => Some(&**plan),
            _ => None,
        };
        let decided = self.ask(actor, plan, |situation| {
            let decided = carry_out::decide(situation, act);
            // What a page says beforehand, and what a decision says, are the same as far as a page can know.
            if let Err(refusal) = carry_out::check(situation, act.kind()) {
                assert_eq!(decided.as_ref(), Err(&refusal));
            }
            decided
        })?;
        self.take(actor.id, &decided);
        Ok(decided)
    }

    /// Takes in what was decided or observed.
    pub(crate) fn take(&mut self, actor: PersonId, decided: &Decided) {
        for event in &decided.carry_out {
            let stamp = Stamp { actor, ..self.fresh() };
            self.told.push((stamp, event.clone()));
            let version = self.told.len() as u64;
            self.carry_out = carry_out::evolve(CARRY_OUT, self.carry_out.take(), &stamp, version, event);
        }
        self.write_items(&decided.items);
        for event in &decided.container {
            self.write_container(event);
        }
        // So that no two acts fall into the same millisecond.
        self.now += TimeDelta::minutes(1);
    }

    pub(crate) fn try_act(&mut self, actor: PersonId, act: &CarryOutAct) -> Result<Decided, Refusal> {
        self.try_as(&who(actor), act)
    }

    pub(crate) fn done(&mut self, actor: PersonId, act: &CarryOutAct) -> Decided {
        self.try_act(actor, act).unwrap()
    }

    pub(crate) fn done_as(&mut self, actor: &Person, act: &CarryOutAct) -> Decided {
        self.try_as(actor, act).unwrap()
    }

    /// Asks in vain: gives the refusal, having checked that it speaks.
    pub(crate) fn refused(&mut self, actor: PersonId, act: &CarryOutAct) -> Refusal {
        self.refused_as(&who(actor), act)
    }

    pub(crate) fn refused_as(&mut self, actor: &Person, act: &CarryOutAct) -> Refusal {
        let before = self.carry_out.clone();
        let refusal = self.try_as(actor, act).unwrap_err();
        assert_eq!(self.carry_out, before, "a refusal leaves everything as it was");
        for lang in [Lang::Ja, Lang::En] {
            let sentence = refusal.reason.sentence(lang, &Book);
            let prefixes = ["itm_", "per_", "con_", "cro_", "div_", "ctr_", "txt_"];
            assert!(prefixes.iter().all(|prefix| !sentence.contains(prefix)), "an id in: {sentence}");
            assert!(!refusal.source.cite(lang).is_empty());
        }
        refusal
    }

    /// Tries to leave, and gives everything that is missing.
    pub(crate) fn missing(&mut self, depart: &CarryOutAct) -> Vec<Missing> {
        let refusal = self.refused(SATO, depart);
        let listed = self
            .ask(&who(SATO), None, |situation| carry_out::lacking(situation, situation.carry_out.unwrap()));
        let Reason::NotReady { missing } = refusal.reason else { panic!("{refusal:?}") };
        assert_eq!(missing, listed, "the page and the decision list the same");
        assert_eq!(refusal.source, missing[0].source);
        missing
    }

    pub(crate) fn state(&self) -> CarryOutState {
        self.carry_out.as_ref().unwrap().standing(&self.profile, self.now)
    }

    pub(crate) fn custody(&self, id: ItemId) -> Custody {
        self.items[&id].custody.value
    }

    pub(crate) fn findings(&self, id: ItemId) -> Vec<FindingKind> {
        let watch = Watch::from(&self.profile);
        findings(&self.timelines[&id], &watch).into_iter().map(|finding| finding.kind).collect()
    }

    /// A stamp of now, with an id that was not used yet.
    pub(crate) fn fresh(&mut self) -> Stamp {
        self.ids += 1;
        Stamp {
            event: EventId(Uuid::from_u128(self.ids)),
            occurred_at: self.now,
            recorded_at: self.now,
            actor: SATO,
            observed_by: None,
        }
    }

    pub(crate) fn write(&mut self, id: ItemId, event: Event) {
        let stamp = self.fresh();
        self.write_at(id, event, stamp);
    }

    pub(crate) fn write_at(&mut self, id: ItemId, event: Event, stamp: Stamp) {
        let recorded = Recorded { stamp, event };
        let item = evolve(id, self.items.remove(&id), &recorded).unwrap();
        self.items.insert(id, item);
        self.timelines.entry(id).or_default().push(recorded);
    }

    fn write_items(&mut self, items: &[(ItemId, Vec<Event>)]) {
        for (id, events) in items {
            for event in events {
                self.write(*id, event.clone());
            }
        }
    }

    fn write_container(&mut self, event: &ContainerEvent) {
        let stamp = self.fresh();
        let version = self.container.version + 1;
        self.container = container::evolve(CASE, Some(self.container.clone()), &stamp, version, event);
    }

    /// A stamp of what a phone saw at that moment and is heard of now.
    pub(crate) fn seen_at(&mut self, at: DateTime<Utc>) -> Stamp {
        Stamp { occurred_at: at, observed_by: Some((DeviceId(SATO.0), self.ids as u64)), ..self.fresh() }
    }
}

/// Code and name of the thing, and the item for which it is missing.
pub(crate) fn listed(missing: &[Missing]) -> Vec<(&str, &str, Option<ItemId>)> {
    missing.iter().map(|missing| (missing.code, missing.which.as_str(), missing.item)).collect()
}

pub(crate) fn reason_in_stead(measure: Measure) -> (Measure, TextRef) {
    (measure, text(40))
}

pub(crate) fn scan_of(item: ItemId) -> Scan {
    camera(label_of(item))
}

pub(crate) fn encrypted() -> Secrecy {
    Secrecy::Encrypted { tool: text(41), algorithm: text(42) }
}
