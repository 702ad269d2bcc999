//! A register of one item that works as the server does, in memory: load, decide or admit, append, fold.
//! Beside it the people, places and labels that the tests share, with their names.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, LazyLock},
};

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use hokan_domain::{
    approval::{RequestState, Wanted},
    contents::{Category, Contents},
    custody::{Act, ActKind, OfferTo, Registration, Resting, decide, register},
    discrepancy::{Finding, FindingKind, Outcome, Settlement, Watch, differences},
    disposal::{Destruction, Erasure, FileRef, Performed, Photograph, Presence, Shows, Verification},
    event::{Event, Recorded, Scan, ScanMethod, Stamp},
    ids::{
        ContainerId, ContentsId, DeviceId, DivisionId, EventId, FileId, HandOverId, HoldId, ItemId, NoteId,
        PersonId, PlaceId, RequestId,
    },
    item::{Custody, Item, ItemKind, evolve, fold},
    japan_date::jst_date,
    label::{LabelId, LabelState, ReplaceReason},
    ledger::hash::Hash,
    observation::{Delivery, Observation, Observed, admit},
    person::{Part, Person, RoleHeld},
    place::{Home, Zone},
    profile::{Gated, HANDLER, Matter, Profile, RoleId, SHIPPED, Texts},
    protection::Secrecy,
    refusal::{ProductRule, Refusal},
    retention::Start,
    text::{Lang, Names, TextRef},
};
use uuid::Uuid;

pub(crate) const ITEM: ItemId = ItemId(Uuid::from_u128(0x17e3));
pub(crate) const SATO: PersonId = PersonId(Uuid::from_u128(0xa1));
pub(crate) const SUZUKI: PersonId = PersonId(Uuid::from_u128(0xa2));
pub(crate) const TANAKA: PersonId = PersonId(Uuid::from_u128(0xa3));
pub(crate) const YAMADA: PersonId = PersonId(Uuid::from_u128(0xa4));
pub(crate) const KATO: PersonId = PersonId(Uuid::from_u128(0xa5));
pub(crate) const WELFARE: DivisionId = DivisionId(Uuid::from_u128(0xd1));
pub(crate) const TAX: DivisionId = DivisionId(Uuid::from_u128(0xd2));
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
        purpose_code: None,
        received_on: None,
        retention: None,
        starts_on: None,
    }
}

pub(crate) fn camera(label: LabelId) -> Scan {
    Scan { label, method: ScanMethod::Camera }
}

/// A scan of the first label, which was chosen on a page and not read from the item.
pub(crate) fn at_the_desk() -> Scan {
    Scan { label: first_label(), method: ScanMethod::Desk }
}

pub(crate) fn encrypted() -> Secrecy {
    Secrecy::Encrypted { tool: text(21), algorithm: text(22) }
}

/// An erasure that names its tool and worked.
pub(crate) fn erasure(method: &str) -> Erasure {
    Erasure { method: method.to_owned(), tool: Some(text(23)), verification: Verification::Sampled }
}

pub(crate) fn file(number: u128) -> FileRef {
    FileRef { id: FileId(Uuid::from_u128(number)), digest: Hash::of(&number.to_be_bytes()) }
}

/// A photograph on which the label can be read.
pub(crate) fn photograph(shows: Shows) -> Photograph {
    Photograph { file: file(31), shows, label_read: true }
}

/// A destruction by the body itself with all photographs.
pub(crate) fn destruction(method: &str) -> Destruction {
    let photographs = vec![photograph(Shows::Before), photograph(Shows::After)];
    Destruction { method: method.to_owned(), performed: Performed::Here, photographs }
}

/// A destruction by a contractor, with its certificate.
pub(crate) fn delegated(method: &str) -> Destruction {
    let performed =
        Performed::Delegated { contractor: text(24), certificate: Some(text(25)), file: Some(file(32)) };
    Destruction { performed, ..destruction(method) }
}

pub(crate) fn put_away(home: Home) -> Act {
    Act::PutAway { home: Resting::plain(home), scan: camera(first_label()) }
}

pub(crate) fn take_out(scan: Scan) -> Act {
    Act::TakeOut { scan, purpose: None, locked: false }
}

// ------------------------------------------------------------------------------------------------ people

pub(crate) fn handler(id: PersonId) -> Person {
    Person { id, active: true, parts: [Part::Handler].into(), roles: BTreeSet::new() }
}

/// Somebody who plays no part and holds no role.
pub(crate) fn nobody(id: PersonId) -> Person {
    Person { parts: BTreeSet::new(), ..handler(id) }
}

/// The role that the regulation calls so.
#[track_caller]
pub(crate) fn role(profile: &Profile, name: &str) -> RoleId {
    let found = profile.roles.iter().find(|role| role.name.ja == name);
    let names: Vec<_> = profile.roles.iter().map(|role| role.name.ja.as_str()).collect();
    found.unwrap_or_else(|| panic!("no {name} among {names:?}")).id.clone()
}

/// A person with one more role: for the division, where each has its own holder.
pub(crate) fn with_role(
    profile: &Profile,
    person: Person,
    role: &RoleId,
    division: Option<DivisionId>,
    deputy_for: Option<PersonId>,
) -> Person {
    let Person { mut parts, mut roles, .. } = person;
    if role.0 == HANDLER {
        parts.insert(Part::Handler);
    } else {
        let per_division = profile.role(role).is_some_and(|role| role.per_division);
        let division = division.filter(|_| per_division);
        roles.insert(RoleHeld { role: role.clone(), division, deputy_for });
    }
    Person { parts, roles, ..person }
}

/// Somebody who holds the roles that the regulation calls so, for the welfare division where each division
/// has its own holder.
#[track_caller]
pub(crate) fn officer(profile: &Profile, id: PersonId, names: &[&str]) -> Person {
    names.iter().fold(nobody(id), |person, name| {
        with_role(profile, person, &role(profile, name), Some(WELFARE), None)
    })
}

// ------------------------------------------------------------------------------------------- regulations

/// The regulations that come with the product.
static TOWNS: LazyLock<BTreeMap<&str, Arc<Profile>>> = LazyLock::new(|| {
    let read = |id| Profile::shipped(id, &BTreeMap::new()).unwrap().unwrap();
    SHIPPED.iter().map(|shipped| (shipped.id, Arc::new(read(shipped.id)))).collect()
});

/// The regulation of this name.
pub(crate) fn town(id: &str) -> Arc<Profile> {
    TOWNS[id].clone()
}

/// The names of the regulations.
pub(crate) fn towns() -> Vec<&'static str> {
    TOWNS.keys().copied().collect()
}

/// The national default.
pub(crate) fn profile() -> Arc<Profile> {
    town("national-default")
}

/// A regulation that names a clause for each rule of the product.
pub(crate) fn citing_profile() -> Arc<Profile> {
    static CITING: LazyLock<Arc<Profile>> = LazyLock::new(|| {
        let citations: String = (1..)
            .zip(ProductRule::ALL)
            .map(|(number, rule)| format!("{} = \"第{number}条第1項\"\n", rule.code()))
            .collect();
        let own = format!(
            "id = \"own\"\ntitle = {{ ja = \"保護規程\", en = \"Own\" }}\nregulation = \"保護規程\"\n\
             in_force_from = 2020-04-01\n[citations]\n{citations}"
        );
        Arc::new(Profile::read(&Texts::of("own.toml", &own)).unwrap())
    });
    CITING.clone()
}

/// The national default with a change to it.
pub(crate) fn changed(change: impl FnOnce(&mut Profile)) -> Arc<Profile> {
    let mut profile = Profile::clone(&profile());
    change(&mut profile);
    Arc::new(profile)
}

/// The citation of a refusal, as people in Japan read it.
pub(crate) fn cited(refusal: &Refusal) -> String {
    refusal.source.cite(Lang::Ja)
}

/// The reason is told in both languages, with names and never with ids, and what asks for it is cited.
pub(crate) fn speaks(refusal: &Refusal) {
    let prefixes = ["itm_", "per_", "plc_", "con_", "hov_", "evt_", "cnt_", "req_", "hld_", "div_"];
    let reason = &refusal.reason;
    for lang in [Lang::Ja, Lang::En] {
        let sentence = reason.sentence(lang, &Book);
        // In Japanese the list of what is missing comes after its sentence.
        let full_stop = lang.pick(if reason.code() == "not-ready" { '）' } else { '。' }, '.');
        assert!(sentence.ends_with(full_stop), "a whole sentence: {sentence}");
        assert!(prefixes.iter().all(|prefix| !sentence.contains(prefix)), "an id in: {sentence}");
        let source = refusal.source.cite(lang);
        assert!(!source.trim().is_empty(), "{}: no source", reason.code());
    }
    assert_ne!(reason.sentence(Lang::Ja, &Book), reason.sentence(Lang::En, &Book));
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

// ---------------------------------------------------------------------------------------- the register

/// What Sato registers where nothing else is said: an encrypted medium without data, on the first label.
pub(crate) fn blank(kind: ItemKind) -> Registration {
    Registration {
        kind,
        label: first_label(),
        label_state: LabelState::Blank,
        title: text(1),
        control_number: None,
        serial: None,
        contents: Vec::new(),
        division: None,
        protection: Some((encrypted(), true)),
    }
}

/// The register of one item.
#[derive(Clone)]
pub(crate) struct Register {
    pub(crate) item: Item,
    pub(crate) timeline: Vec<Recorded>,
    pub(crate) now: DateTime<Utc>,
    pub(crate) profile: Arc<Profile>,
    ids: u128,
}

impl Register {
    /// A USB memory under the national default: Sato registered it and holds it.
    pub(crate) fn begin() -> Self {
        Self::of(profile(), &blank(ItemKind::UsbMemory))
    }

    /// An item of the welfare division under this regulation: Sato registered it and holds it.
    pub(crate) fn under(profile: Arc<Profile>, kind: ItemKind) -> Self {
        Self::of(profile, &Registration { division: Some(WELFARE), ..blank(kind) })
    }

    /// Sato registered this and holds it.
    pub(crate) fn of(profile: Arc<Profile>, registration: &Registration) -> Self {
        let events = register(registration, &handler(SATO), &profile).unwrap();
        let at_server = |event| Stamp {
            event,
            occurred_at: morning(),
            recorded_at: morning(),
            actor: SATO,
            observed_by: None,
        };
        let first = EventId(Uuid::from_u128(0xe0));
        let recorded = Recorded { stamp: at_server(first), event: events[0].clone() };
        let item = evolve(ITEM, None, &recorded).unwrap();
        let mut register = Self { item, timeline: vec![recorded], now: morning(), profile, ids: 0xe000 };
        for (index, event) in events.iter().enumerate().skip(1) {
            register.append(at_server(first.nth_of_act(index)), std::slice::from_ref(event));
        }
        register
    }

    pub(crate) fn wait(&mut self, time: TimeDelta) {
        self.now += time;
    }

    /// The day in Japan.
    pub(crate) fn today(&self) -> NaiveDate {
        jst_date(self.now)
    }

    pub(crate) fn watch(&self) -> Watch {
        Watch::from(self.profile.as_ref())
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
    #[track_caller]
    pub(crate) fn done(&mut self, actor: PersonId, act: &Act) -> Vec<Event> {
        self.done_by(&handler(actor), act)
    }

    /// The same by somebody in particular.
    #[track_caller]
    pub(crate) fn done_by(&mut self, actor: &Person, act: &Act) -> Vec<Event> {
        self.act(actor, act)
            .unwrap_or_else(|no| panic!("{}: {}", cited(&no), no.reason.sentence(Lang::Ja, &Book)))
    }

    /// Asks for an act in vain: gives the refusal, having checked that it speaks.
    #[track_caller]
    pub(crate) fn refused(&self, actor: &Person, act: &Act) -> Refusal {
        let refusal = self.clone().act(actor, act).expect_err("this is to be refused");
        speaks(&refusal);
        refusal
    }

    /// Asks for something that must be granted.
    #[track_caller]
    pub(crate) fn ask(&mut self, actor: &Person, wanted: Wanted, until: Option<NaiveDate>) -> RequestId {
        let events = self.done_by(actor, &Act::Ask { wanted, reason: text(41), until });
        match events.as_slice() {
            [Event::Requested { request, .. }] => *request,
            other => panic!("a request: {other:?}"),
        }
    }

    /// Approves a request, or says why not.
    pub(crate) fn approve(&mut self, actor: &Person, request: RequestId) -> Result<Vec<Event>, Refusal> {
        self.act(actor, &Act::Approve { request, note: None })
    }

    /// Where a request stands.
    pub(crate) fn state(&self, request: RequestId) -> RequestState {
        self.item.request(request).unwrap().state
    }

    /// Sato asks for something, and everybody whose approval it takes approves.
    #[track_caller]
    pub(crate) fn grant(&mut self, wanted: Wanted, until: Option<NaiveDate>) -> RequestId {
        let matter = Matter { records: u64::MAX, ..self.item.matter_before(wanted.gated()) };
        let gate = self.profile.gate(wanted.gated(), &matter).unwrap();
        let roles = gate.approvers.roles().to_vec();
        let request = self.ask(&handler(SATO), wanted, until);
        for (number, role) in (0xf0..).zip(roles) {
            if self.state(request) == RequestState::Open {
                let id = PersonId(Uuid::from_u128(number));
                let approver = with_role(&self.profile, nobody(id), &role, self.item.division, None);
                self.approve(&approver, request).unwrap();
            }
        }
        assert_eq!(self.state(request), RequestState::Granted);
        request
    }

    /// Has retention suspended by whoever can.
    #[track_caller]
    pub(crate) fn hold(&mut self) -> HoldId {
        let gate = self.profile.gate(Gated::Hold, &self.item.matter(None)).unwrap();
        let role = gate.approvers.roles()[0].clone();
        let by = with_role(&self.profile, nobody(YAMADA), &role, self.item.division, None);
        self.done_by(&by, &Act::PlaceHold { reason: text(44) });
        self.item.open_holds().last().unwrap().id
    }

    /// Takes an observation in, the moment of whose claimed time is given.
    pub(crate) fn observe(
        &mut self,
        actor: PersonId,
        observed: Observed,
        occurred_at: DateTime<Utc>,
    ) -> Vec<Event> {
        let stamp = self.claim(actor, occurred_at);
        let scan = camera(self.item.label.value.clone());
        self.take_in(&Observation { observed, scan, zone: None, stamp, marks: Vec::new() })
    }

    /// The same, sent in through this person's own sign-in and marked as the server marks it.
    pub(crate) fn deliver(
        &mut self,
        sender: &Person,
        observed: Observed,
        occurred_at: DateTime<Utc>,
    ) -> Vec<Event> {
        let marks = self.delivery(sender).marks(&observed);
        let stamp = self.claim(sender.id, occurred_at);
        let scan = camera(self.item.label.value.clone());
        self.take_in(&Observation { observed, scan, zone: None, stamp, marks })
    }

    /// The usual way in which an observation comes in.
    pub(crate) fn delivery<'a>(&'a self, sender: &'a Person) -> Delivery<'a> {
        Delivery {
            sender,
            claimed: None,
            proven: true,
            phone_revoked: false,
            by_machine: false,
            item: &self.item,
            profile: &self.profile,
            at: self.now,
        }
    }

    /// The stamp of an observation.
    pub(crate) fn claim(&mut self, actor: PersonId, occurred_at: DateTime<Utc>) -> Stamp {
        let event = self.fresh_id();
        // Each person has one device; its count is not needed where no two claims fall together.
        let observed_by = Some((DeviceId(actor.0), 1));
        Stamp { event, occurred_at, recorded_at: self.now, actor, observed_by }
    }

    pub(crate) fn take_in(&mut self, observation: &Observation) -> Vec<Event> {
        let events = admit(&self.timeline, observation, &self.profile);
        self.append(observation.stamp, &events);
        events
    }

    /// A person settles a discrepancy.
    pub(crate) fn explain(&mut self, finding: Finding) {
        let id = self.fresh_id();
        let by = Settlement::Person { by: TANAKA, reason: text(9), outcome: Outcome::Upheld };
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
        if events.iter().any(|event| event.dismisses().is_some()) {
            self.item = fold(ITEM, &self.timeline).unwrap();
        }
    }

    /// The open discrepancy of this kind.
    #[track_caller]
    pub(crate) fn finding(&self, kind: FindingKind) -> Finding {
        let open = &self.item.discrepancies;
        *open
            .iter()
            .find(|finding| finding.kind == kind)
            .unwrap_or_else(|| panic!("{kind:?} not in {open:?}"))
    }

    /// Somebody settles a discrepancy as untrue, and the register looks again at what is left.
    #[track_caller]
    pub(crate) fn dismiss(&mut self, actor: &Person, finding: Finding) -> Vec<Event> {
        let settle = Act::SettleDiscrepancy { finding, outcome: Outcome::Dismissed, reason: text(53) };
        let mut events = self.done_by(actor, &settle);
        let found = differences(&self.timeline, &self.watch());
        let id = self.fresh_id();
        let stamp = self.at_server(id, actor.id);
        self.append(stamp, &found);
        events.extend(found);
        events
    }

    /// The hand-over that waits, or one that never was.
    pub(crate) fn hand_over(&self) -> HandOverId {
        self.item.unanswered_offer().map_or(HandOverId(Uuid::from_u128(0xdead)), |offer| offer.hand_over)
    }

    /// An act of this kind with arguments that give this handler no ground to refuse it, as far as there are
    /// such arguments.
    pub(crate) fn fitting(&self, kind: ActKind, actor: PersonId) -> Act {
        self.fitting_for(kind, &handler(actor))
    }

    /// The same for somebody in particular.
    pub(crate) fn fitting_for(&self, kind: ActKind, actor: &Person) -> Act {
        let mut acts = self.conceivable(kind, actor.id);
        let id = EventId(Uuid::from_u128(0xf17));
        let allowed = |act: &Act| decide(&self.item, act, id, actor, &self.profile, self.now).is_ok();
        let fits = acts.iter().position(allowed).unwrap_or(0);
        acts.swap_remove(fits)
    }

    /// Acts of this kind, at least one: with each of the requests, methods and so on that there are.
    fn conceivable(&self, kind: ActKind, actor: PersonId) -> Vec<Act> {
        let (hand_over, scan, reason) = (self.hand_over(), self.scan(), text(42));
        let each = |make: &dyn Fn(RequestId) -> Act| {
            let nothing = RequestId(Uuid::from_u128(0xdead));
            self.item.requests.iter().map(|request| request.id).chain([nothing]).map(make).collect()
        };
        let live: Vec<_> = self.item.live_contents().map(|kept| kept.contents.id).collect();
        let some = live.first().copied().unwrap_or(ContentsId(Uuid::from_u128(0xdead)));
        let methods = || self.profile.disposal.methods.iter().map(|method| method.id.as_str());
        match kind {
            ActKind::Offer => {
                let to = if actor == TANAKA { SUZUKI } else { TANAKA };
                vec![Act::Offer { to: OfferTo::Person(handler(to)), note: None, scan: Some(scan) }]
            }
            ActKind::Accept => vec![Act::Accept { hand_over, scan }],
            ActKind::Refuse => vec![Act::Refuse { hand_over, note: None }],
            ActKind::Withdraw => vec![Act::Withdraw { hand_over }],
            ActKind::PutAway => {
                let designated = self.item.designated_home.map(Home::Place);
                let homes = [designated.unwrap_or(CABINET), VAULT, CASE];
                let elsewhere = |home: &Home| !matches!(self.item.custody.value, Custody::Stored { home: known, .. } if known == *home);
                let zone = self.item.zone.as_ref().map(|zone| zone.value);
                let resting = |home| Resting { zone, ..Resting::plain(home) };
                let there = |home| Act::PutAway { home: resting(home), scan: scan.clone() };
                homes.into_iter().filter(elsewhere).map(there).collect()
            }
            ActKind::TakeOut => {
                vec![Act::TakeOut { scan, purpose: self.purpose(), locked: false }]
            }
            ActKind::ReplaceLabel => {
                let label = label(1000 + u32::try_from(self.timeline.len()).unwrap());
                let reason = ReplaceReason::Damaged;
                vec![Act::ReplaceLabel { label, state: LabelState::Blank, reason }]
            }
            ActKind::RecordContents => {
                let number = 1 + self.item.contents.len() as u128;
                vec![Act::RecordContents {
                    contents: Contents { purpose_code: self.purpose(), ..contents(number) },
                }]
            }
            ActKind::Assign => vec![Act::Assign { division: Some(WELFARE) }],
            ActKind::DesignateHome => vec![Act::DesignateHome { place: place(CABINET), zone: None }],
            ActKind::RecordProtection => {
                vec![Act::RecordProtection { secrecy: encrypted(), key_apart: true }]
            }
            ActKind::EraseContents => methods()
                .map(|method| Act::EraseContents { contents: some, erasure: erasure(method) })
                .collect(),
            ActKind::RecordRetentionEvent => {
                let events = self.profile.retention.rules.iter().filter_map(|(rule, _)| match &rule.start {
                    Start::Event(event) => Some(event.clone()),
                    _ => None,
                });
                events
                    .chain(["no-such-event".to_owned()])
                    .map(|event| Act::RecordRetentionEvent { contents: some, event, on: self.today() })
                    .collect()
            }
            ActKind::Ask => self
                .wishes(actor)
                .into_iter()
                .map(|wanted| {
                    let until = self.today().checked_add_days(Days::new(10));
                    Act::Ask { wanted, reason, until }
                })
                .collect(),
            ActKind::Approve => each(&|request| Act::Approve { request, note: None }),
            ActKind::TurnDown => each(&|request| Act::TurnDown { request, reason }),
            ActKind::WithdrawRequest => each(&|request| Act::WithdrawRequest { request }),
            ActKind::EndPermission => each(&|request| Act::EndPermission { request, reason }),
            ActKind::PlaceHold => vec![Act::PlaceHold { reason }],
            ActKind::LiftHold => {
                let open = self.item.open_holds().next();
                let hold = open.map_or(HoldId(Uuid::from_u128(0xdead)), |hold| hold.id);
                vec![Act::LiftHold { hold, reason }]
            }
            ActKind::Sanitize => methods()
                .map(|method| Act::Sanitize { erasure: erasure(method), scan: scan.clone() })
                .collect(),
            ActKind::Destroy => methods()
                .map(|method| Act::Destroy { destruction: destruction(method), scan: scan.clone() })
                .collect(),
            ActKind::Witness => [Presence::OnSite, Presence::Certificate]
                .map(|presence| {
                    let photographs = vec![photograph(Shows::After)];
                    Act::Witness { presence, photographs, scan: scan.clone() }
                })
                .to_vec(),
            ActKind::ConfirmDisposal => vec![Act::ConfirmDisposal { note: None }],
            ActKind::ReportFault => vec![Act::ReportFault { note: None, scan: Some(scan) }],
            ActKind::CheckFault => vec![Act::CheckFault { faulty: false, note: None, scan }],
            ActKind::ReportLost => vec![Act::ReportLost { incident: None, note: None }],
            ActKind::ReportFound => vec![Act::ReportFound { scan }],
            ActKind::SettleDiscrepancy => {
                let nothing =
                    Finding { kind: FindingKind::ClockAhead, event: EventId(Uuid::from_u128(0xdead)) };
                let mut open: Vec<_> = self.item.discrepancies.iter().copied().collect();
                if open.is_empty() {
                    open.push(nothing);
                }
                let either =
                    |finding| Outcome::ALL.map(|outcome| Act::SettleDiscrepancy { finding, outcome, reason });
                open.into_iter().flat_map(either).collect()
            }
        }
    }

    /// Everything that can be asked for, disposal first.
    pub(crate) fn wishes(&self, actor: PersonId) -> Vec<Wanted> {
        let live: Vec<_> = self.item.live_contents().map(|kept| kept.contents.id).collect();
        let longer = self.item.live_contents().map(|kept| {
            let until = kept.extended_until.unwrap_or(self.today()) + Days::new(365);
            Wanted::Extend { contents: kept.contents.id, until }
        });
        let mut wishes = vec![
            Wanted::Dispose,
            Wanted::Use,
            Wanted::Save,
            Wanted::Bulk { records: 1_000_000 },
            Wanted::Copy { contents: live },
            Wanted::Connect { terminal: ItemId(Uuid::from_u128(0x7e)) },
            Wanted::Handle { person: actor },
            Wanted::Disclose { to: text(43) },
        ];
        wishes.extend(longer);
        wishes
    }

    /// A purpose that the regulation permits, where it asks for one.
    pub(crate) fn purpose(&self) -> Option<String> {
        let purposes = &self.profile.purposes;
        purposes.required.as_ref().map(|_| purposes.list[0].id.clone())
    }

    /// A scan of the label that the item bears.
    pub(crate) fn scan(&self) -> Scan {
        camera(self.item.label.value.clone())
    }
}

/// The place that a home is.
#[track_caller]
pub(crate) fn place(home: Home) -> PlaceId {
    match home {
        Home::Place(place) => place,
        Home::Container(_) => panic!("a container is no place"),
    }
}

/// The area around a place, as far as there is one.
pub(crate) fn zone(handling_area: Option<u128>, office: Option<u128>) -> Zone {
    let place = |number| PlaceId(Uuid::from_u128(number));
    Zone { server_room: None, handling_area: handling_area.map(place), office: office.map(place) }
}
