//! A body under one of the shipped regulations: in this process, with divisions, officers, a plan of its house, a
//! container, blank labels, and a clock that the test moves.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use hokan_domain::{
    carry_out::Opening,
    container::{ContainerAct, LockNumber},
    contents::Category,
    contract::{Contract, ContractEvent},
    disposal::{Presence, Shows, Verification},
    event::{Receiver, Scan, ScanMethod},
    ids::{
        CarryOutId, ContainerId, ContentsId, ContractId, DeviceId, DivisionId, IncidentId, ItemId, PersonId,
        RequestId,
    },
    item::ItemKind,
    japan_date::{jst_date, jst_day_start},
    label::LabelId,
    ledger::hash::Hash,
    person::Part,
    personal_number::CheckedText,
    place::{Home, PlaceKind},
    profile::{Area, Channel, Direction, Profile},
};
use hokan_labels::{
    payload::label_url,
    qr::{Level, Symbol},
};
use hokan_mobile_api::{
    Caller, Problem,
    request::{
        ActRequest, CarryOutActRequest, ContentsRequest, CopyRequest, DestructionRequest, ErasureRequest,
        HomeRef, IncidentActRequest, ObservedRequest, ParsedObservation, PerformedRequest, PlaceRef,
        PlanRequest, ProtectionRequest, RegisterRequest, SecrecyRequest, WantedRequest,
    },
    wire::{
        CarryOutAnswer, CarryOutView, ContainerAnswer, IncidentView, ItemCard, MissingView, ObservationAnswer,
    },
};
use hokan_server::{
    app::{NewHolding, NewHome, ProfileText, rebuild_check, verify},
    store::{Store, StoreError, ledger::ActStamp, texts::NewTexts},
};
use image::{GrayImage, Luma};
use uuid::Uuid;

use crate::{
    database::TestDatabase,
    photo::encode_jpeg,
    town::{Town, event, person, seen},
};

/// The division that the items of a body belong to.
pub const DIVISION: &str = "住民課";
/// Another one, with officers of its own.
pub const OTHER_DIVISION: &str = "税務課";

/// Somebody who holds roles of the regulation: the name to sign in with, and each role with the division that it
/// is held for.
pub type Officer<'a> = (&'a str, &'a [(&'a str, Option<&'a str>)]);

/// The places of a body.
#[derive(Debug, Clone, Copy)]
pub struct House {
    /// A cabinet with a lock, in the handling area of the office.
    pub cabinet: Home,
    /// Another one beside it.
    pub second_cabinet: Home,
    /// A shelf without a lock, in the same area.
    pub shelf: Home,
    /// A cabinet with a lock, in the server room within that area.
    pub server_cabinet: Home,
    /// A cabinet with a lock, in another handling area of the same office.
    pub other_cabinet: Home,
    /// A cabinet with a lock, in another office.
    pub branch_cabinet: Home,
}

/// A body under one of the shipped regulations. Its three handlers sign in as `aoi`, `beni` and `chika`; `kansa`
/// may look and not touch.
pub struct Body {
    /// The register.
    pub town: Town,
    /// The regulation.
    pub profile: Arc<Profile>,
    /// The division that items belong to.
    pub division: DivisionId,
    /// The other one.
    pub other_division: DivisionId,
    /// The places.
    pub house: House,
    /// A container that can be locked.
    pub container: ContainerId,
    /// Its label.
    pub container_label: LabelId,
    people: BTreeMap<String, PersonId>,
    next_label: AtomicUsize,
    next_seen: AtomicU64,
}

/// An item with the label that was stuck on it.
#[derive(Debug, Clone)]
pub struct Medium {
    /// The item.
    pub id: ItemId,
    /// Its label.
    pub label: LabelId,
}

/// An item to register.
#[derive(Debug, Clone)]
pub struct New {
    /// What it is.
    pub kind: ItemKind,
    /// The division that answers for it.
    pub division: Option<DivisionId>,
    /// What is on it.
    pub contents: Vec<ContentsRequest>,
    /// How that is protected.
    pub protection: Option<ProtectionRequest>,
}

/// A harmless text.
#[must_use]
pub fn text(text: &str) -> CheckedText {
    CheckedText::new(text, 1_000).expect("a harmless text")
}

/// A day in Japan.
#[must_use]
pub fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

/// The number on a lock or seal.
#[must_use]
pub fn number(text: &str) -> LockNumber {
    text.parse().expect("a number that a lock can bear")
}

/// Data of a category, recorded today under a purpose of the regulation, with so many records.
#[must_use]
pub fn contents(category: Category, purpose: Option<&str>, records: u64) -> ContentsRequest {
    ContentsRequest {
        category,
        purpose: None,
        records: Some(records),
        recorded_on: None,
        purpose_code: purpose.map(str::to_owned),
        received_on: None,
        retention: None,
        starts_on: None,
    }
}

/// Encryption, with its key kept apart.
#[must_use]
pub fn encrypted() -> ProtectionRequest {
    let secrecy = SecrecyRequest::Encrypted { tool: text("BitLocker 10"), algorithm: text("AES-256") };
    ProtectionRequest { secrecy, key_apart: true }
}

/// An erasure whose tool said that it was done.
#[must_use]
pub fn erasure(method: &str, tool: Option<&str>) -> ErasureRequest {
    let tool = tool.map(text);
    ErasureRequest { method: method.to_owned(), tool, verification: Verification::ToolReport }
}

/// That this was refused: with this code, and citing this clause.
///
/// # Panics
///
/// When it was not, or otherwise.
#[track_caller]
pub fn refused<T: std::fmt::Debug>(answer: Result<T, Problem>, code: &str, clause: &str) -> Problem {
    let problem = match answer {
        Ok(answer) => panic!("{code} was to be refused by {clause} and was not: {answer:?}"),
        Err(problem) => problem,
    };
    let source = problem.source.as_deref().unwrap_or_default();
    assert_eq!(problem.code, code, "{source}: {problem}");
    assert!(cites(source, clause), "{source:?} does not cite {clause}: {problem}");
    problem
}

/// That this was refused because just these things are missing, each by its clause.
///
/// # Panics
///
/// When it was not, or others are.
#[track_caller]
pub fn lacks<T: std::fmt::Debug>(answer: Result<T, Problem>, wanted: &[(&str, &str)]) {
    let first = wanted.first().map_or("", |(_, clause)| clause);
    missing(&refused(answer, "not-ready", first).missing, wanted);
}

/// That just these things are missing, each by its clause.
///
/// # Panics
///
/// When it is not so.
#[track_caller]
pub fn missing(missing: &[MissingView], wanted: &[(&str, &str)]) {
    let found: Vec<_> =
        missing.iter().map(|missing| (missing.which.as_str(), missing.source.as_str())).collect();
    let whole = found.len() == wanted.len()
        && found.iter().zip(wanted).all(|(found, wanted)| found.0 == wanted.0 && cites(found.1, wanted.1));
    assert!(whole, "missing is {found:?}, and was to be {wanted:?}");
}

/// Whether a citation is of this clause and of no longer one: 第1条 is not in 第11条, nor 第20条 in 第20条第4号.
fn cites(source: &str, clause: &str) -> bool {
    if clause.starts_with("Hokan") {
        return source == clause;
    }
    let (_, article) = source.trim_end_matches('）').rsplit_once(' ').unwrap_or(("", source));
    let named = article.split('・').any(|one| one == clause);
    article == clause
        || named
        || source == clause
        || source.trim_end_matches('）').ends_with(&format!(" {clause}"))
}

impl New {
    /// An empty item of a kind, in the body's division.
    #[must_use]
    pub fn of(kind: ItemKind, body: &Body) -> Self {
        Self { kind, division: Some(body.division), contents: Vec::new(), protection: None }
    }

    /// With this on it.
    #[must_use]
    pub fn with(mut self, contents: ContentsRequest) -> Self {
        self.contents.push(contents);
        self
    }

    /// Encrypted.
    #[must_use]
    pub fn encrypted(mut self) -> Self {
        self.protection = Some(encrypted());
        self
    }
}

impl Medium {
    /// Its label, seen by a camera.
    #[must_use]
    pub fn seen(&self) -> Scan {
        seen(&self.label)
    }

    /// Its label on a list, without it at hand.
    #[must_use]
    pub fn listed(&self) -> Scan {
        Scan { label: self.label.clone(), method: ScanMethod::Desk }
    }

    /// Puts it away.
    #[must_use]
    pub fn put_away(&self, home: Home) -> ActRequest {
        ActRequest::PutAway { home: HomeRef::Id(home), scan: self.seen() }
    }

    /// Takes it out for what is on it.
    #[must_use]
    pub fn take_out(&self) -> ActRequest {
        ActRequest::TakeOut { scan: self.seen(), purpose: None }
    }

    /// Takes it out for this.
    #[must_use]
    pub fn take_out_for(&self, purpose: &str) -> ActRequest {
        ActRequest::TakeOut { scan: self.seen(), purpose: Some(purpose.to_owned()) }
    }

    /// Offers it to somebody.
    #[must_use]
    pub fn offer(&self, to: PersonId) -> ActRequest {
        ActRequest::Offer { to: Receiver::Person(to), note: None, scan: None }
    }

    /// Sets where it belongs.
    #[must_use]
    pub fn belongs_in(&self, home: Home) -> ActRequest {
        let Home::Place(place) = home else { panic!("a thing belongs in a place") };
        ActRequest::DesignateHome { place: PlaceRef::Id(place) }
    }

    /// Erases all of it.
    #[must_use]
    pub fn sanitize(&self, erasure: ErasureRequest) -> ActRequest {
        ActRequest::Sanitize { erasure, scan: self.seen() }
    }

    /// Stands by at its destruction.
    #[must_use]
    pub fn witness(&self, presence: Presence) -> ActRequest {
        ActRequest::Witness { presence, photographs: Vec::new(), scan: self.seen() }
    }
}

impl Body {
    /// Sets one up on an empty database, at nine on Thursday, 24 September 2026.
    pub async fn under(database: &TestDatabase, regulation: &str, officers: &[Officer<'_>]) -> Self {
        let town = Town::on(database).await;
        let profile = {
            let text = ProfileText::shipped(regulation).expect("it comes with the product");
            let by = town.handlers[0].person.id;
            let adopted = town.app.adopt_profile(&text, BTreeMap::new(), None, by, event()).await;
            adopted.expect("what is shipped is sound")
        };
        town.app.keep_dues_current(None).await.expect("due dates follow");
        let division = town.app.add_division(DIVISION).await.expect("a division");
        let other_division = town.app.add_division(OTHER_DIVISION).await.expect("another division");
        let house = House::build(&town).await;
        let container_label = town.labels[0].clone();
        let container = NewHome {
            name: "搬送用ケース1".to_owned(),
            label: Some((container_label.clone(), event(), town.handlers[0].person.id)),
            ..NewHome::default()
        };
        let Home::Container(container) = town.app.add_home(container).await.expect("a container") else {
            panic!("what has no kind of place is a container")
        };
        let mut people = BTreeMap::new();
        for (login, caller) in ["aoi", "beni", "chika"].into_iter().zip(&town.handlers) {
            people.insert(login.to_owned(), caller.person.id);
        }
        people.insert("kansa".to_owned(), town.auditor.person.id);
        let mut body = Self {
            town,
            profile,
            division,
            other_division,
            house,
            container,
            container_label,
            people,
            next_label: AtomicUsize::new(1),
            next_seen: AtomicU64::new(1),
        };
        body.set(jst_day_start(day("2026-09-24")) + TimeDelta::hours(9));
        for (login, roles) in officers {
            body.add(login, &[Part::Approver]).await;
            for (role, division) in *roles {
                body.grant(login, role, *division, None).await;
            }
        }
        body
    }

    /// Adds somebody.
    pub async fn add(&mut self, login: &str, parts: &[Part]) -> PersonId {
        let caller = person(&self.town.app, login, parts).await;
        self.people.insert(login.to_owned(), caller.person.id);
        caller.person.id
    }

    /// Gives somebody a role, be it as the deputy of another.
    pub async fn grant(&self, login: &str, role: &str, division: Option<&str>, deputy_for: Option<&str>) {
        let holding = NewHolding {
            login: login.to_owned(),
            role: role.into(),
            division: division.map(str::to_owned),
            deputy_for: deputy_for.map(str::to_owned),
            from: None,
            to: None,
        };
        self.town.app.grant_role(holding).await.expect("the role is given");
    }

    /// The id of somebody.
    #[must_use]
    pub fn id(&self, login: &str) -> PersonId {
        *self.people.get(login).unwrap_or_else(|| panic!("nobody signs in as {login}"))
    }

    /// Somebody with the roles that he holds now.
    pub async fn who(&self, login: &str) -> Caller {
        let account = self.store().person(self.id(login)).await.expect("a database").expect("the person");
        Caller { person: account.person, name: account.name, ..self.town.auditor.clone() }
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Store {
        self.town.app.store()
    }

    // ---------------------------------------------------------------------------------------- time

    /// Moves the clock to a moment.
    pub fn set(&self, at: DateTime<Utc>) {
        self.town.clock.set(at);
    }

    /// Moves the clock to noon of a day in Japan.
    pub fn noon(&self, text: &str) {
        self.set(jst_day_start(day(text)) + TimeDelta::hours(12));
    }

    /// Lets some minutes pass.
    pub fn pass(&self, minutes: i64) {
        self.set(self.now() + TimeDelta::minutes(minutes));
    }

    /// What the clock says.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.town.clock.now()
    }

    /// Today in Japan.
    #[must_use]
    pub fn today(&self) -> NaiveDate {
        jst_date(self.now())
    }

    // --------------------------------------------------------------------------------------- items

    /// The next blank label.
    pub fn blank(&self) -> LabelId {
        let index = self.next_label.fetch_add(1, Ordering::Relaxed);
        self.town.labels.get(index).unwrap_or_else(|| panic!("no blank label is left")).clone()
    }

    /// Registers an item under a new label.
    ///
    /// # Errors
    /// Where it is refused.
    pub async fn register(&self, by: &str, new: New) -> Result<Medium, Problem> {
        let label = self.blank();
        let request = RegisterRequest {
            scan: seen(&label),
            kind: new.kind,
            title: text("媒体"),
            control_number: Some(text("管理-001")),
            serial: Some(text("SN-0001")),
            contents: new.contents,
            division: new.division,
            protection: new.protection,
        };
        let card = self.town.app.register(&self.who(by).await, event(), request).await?.item;
        Ok(Medium { id: card.id, label })
    }

    /// Copies what is on an item to a new one of this kind.
    ///
    /// # Errors
    /// Where it is refused.
    pub async fn copy(&self, by: &str, source: &Medium, kind: ItemKind) -> Result<Medium, Problem> {
        let label = self.blank();
        let request = CopyRequest {
            contents: self.contents_of(source).await,
            scan: seen(&label),
            kind,
            title: text("写し"),
            control_number: None,
            serial: None,
            protection: Some(encrypted()),
        };
        let card = self.town.app.copy(&self.who(by).await, source.id, event(), request).await?.item;
        Ok(Medium { id: card.id, label })
    }

    /// Does something with an item.
    ///
    /// # Errors
    /// Where it is refused.
    pub async fn act(&self, by: &str, medium: &Medium, act: ActRequest) -> Result<ItemCard, Problem> {
        Ok(self.town.app.act(&self.who(by).await, medium.id, event(), act).await?.item)
    }

    /// An item as somebody sees it.
    pub async fn card(&self, by: &str, medium: &Medium) -> ItemCard {
        self.town.app.item(&self.who(by).await, medium.id).await.expect("the item")
    }

    /// What lies on an item and was not erased.
    pub async fn contents_of(&self, medium: &Medium) -> Vec<ContentsId> {
        let item = self.store().item(medium.id).await.expect("a database").expect("the item");
        item.live_contents().map(|kept| kept.contents.id).collect()
    }

    /// The kinds of the discrepancies that an item has.
    pub async fn discrepancies(&self, medium: &Medium) -> Vec<String> {
        let card = self.card("kansa", medium).await;
        card.discrepancies.into_iter().map(|discrepancy| discrepancy.kind).collect()
    }

    /// The first day on which an item must go, and the last on which its going is in time.
    pub async fn due(&self, medium: &Medium) -> Option<(NaiveDate, NaiveDate)> {
        self.card("kansa", medium).await.due.map(|due| (due.due_on, due.act_by))
    }

    // ----------------------------------------------------------------------------------- approvals

    /// Asks for something about an item.
    ///
    /// # Errors
    /// Where it is refused.
    pub async fn ask(
        &self,
        by: &str,
        medium: &Medium,
        wanted: WantedRequest,
        until: Option<NaiveDate>,
    ) -> Result<RequestId, Problem> {
        let act = event();
        let ask = ActRequest::Ask { wanted, reason: text("事務のため"), until };
        self.town.app.act(&self.who(by).await, medium.id, act, ask).await?;
        Ok(act.into())
    }

    /// Approves what was asked.
    ///
    /// # Errors
    /// Where it is refused.
    pub async fn approve(&self, by: &str, medium: &Medium, request: RequestId) -> Result<ItemCard, Problem> {
        self.act(by, medium, ActRequest::Approve { request, note: None }).await
    }

    /// Asks for something and has it granted.
    pub async fn permit(&self, by: &str, medium: &Medium, wanted: WantedRequest, officer: &str) -> RequestId {
        let request = self.ask(by, medium, wanted, None).await.expect("asked");
        self.approve(officer, medium, request).await.expect("granted");
        request
    }

    // ---------------------------------------------------------------------------------- carry-outs

    /// A plan to carry items by hand to the outside, with nothing else stated.
    #[must_use]
    pub fn plan(&self, items: &[&Medium]) -> PlanRequest {
        PlanRequest {
            items: items.iter().map(|medium| medium.id).collect(),
            ground: None,
            exempt: None,
            counterparty: None,
            contract: None,
            legal_ground: None,
            direction: Direction::Outside,
            channel: Channel::Hand,
            destination: None,
            transport: None,
            tracking: None,
            route: None,
            due_back: None,
            for_good: false,
            packaging: None,
            sealed: false,
            masked: false,
            container: None,
            instead: Vec::new(),
        }
    }

    /// Asks for a carry-out.
    ///
    /// # Errors
    /// Where it is refused.
    pub async fn request(&self, by: &str, plan: PlanRequest) -> Result<CarryOutId, Problem> {
        Ok(self.town.app.request_carry_out(&self.who(by).await, event(), plan).await?.carry_out.id)
    }

    /// Does something with a carry-out.
    ///
    /// # Errors
    /// Where it is refused.
    pub async fn on(
        &self,
        by: &str,
        id: CarryOutId,
        act: CarryOutActRequest,
    ) -> Result<CarryOutAnswer, Problem> {
        self.town.app.act_on_carry_out(&self.who(by).await, id, event(), act).await
    }

    /// Changes the plan of a carry-out.
    ///
    /// # Errors
    /// Where it is refused.
    pub async fn amend(
        &self,
        by: &str,
        id: CarryOutId,
        plan: PlanRequest,
    ) -> Result<CarryOutAnswer, Problem> {
        self.on(by, id, CarryOutActRequest::Amend { plan: Box::new(plan) }).await
    }

    /// Approves a carry-out.
    ///
    /// # Errors
    /// Where it is refused.
    pub async fn consent(&self, by: &str, id: CarryOutId) -> Result<CarryOutAnswer, Problem> {
        self.on(by, id, CarryOutActRequest::Approve { role: None, note: None }).await
    }

    /// Leaves with a carry-out; `label` is that of the container or of an item.
    ///
    /// # Errors
    /// Where it is refused.
    pub async fn depart(&self, by: &str, id: CarryOutId, label: &LabelId) -> Result<CarryOutAnswer, Problem> {
        self.on(by, id, CarryOutActRequest::Depart { scan: Some(seen(label)) }).await
    }

    /// Arrives, with this number on the lock.
    ///
    /// # Errors
    /// Where it is refused.
    pub async fn arrive(
        &self,
        by: &str,
        id: CarryOutId,
        lock: Option<&str>,
    ) -> Result<CarryOutAnswer, Problem> {
        let receipt = Some(text("先方の受領者"));
        self.on(by, id, CarryOutActRequest::Arrive { lock_seen: lock.map(number), receipt }).await
    }

    /// Unpacks: opens the container where a number is given, and scans what is in it.
    ///
    /// # Errors
    /// Where it is refused.
    pub async fn unpack(
        &self,
        by: &str,
        id: CarryOutId,
        lock: Option<&str>,
        found: &[&Medium],
    ) -> Result<CarryOutAnswer, Problem> {
        let opened =
            lock.map(|lock| Opening { number_seen: number(lock), scan: seen(&self.container_label) });
        let found = found.iter().map(|medium| medium.seen()).collect();
        self.on(by, id, CarryOutActRequest::Unpack { found, opened, more_to_come: false }).await
    }

    /// A carry-out as somebody sees it.
    pub async fn carry_out(&self, by: &str, id: CarryOutId) -> CarryOutView {
        self.town.app.carry_out(&self.who(by).await, id).await.expect("the carry-out")
    }

    /// Locks the container.
    ///
    /// # Errors
    /// Where it is refused.
    pub async fn lock(
        &self,
        by: &str,
        lock: &str,
        carry_out: Option<CarryOutId>,
    ) -> Result<ContainerAnswer, Problem> {
        let act = ContainerAct::Lock { number: number(lock), scan: seen(&self.container_label), carry_out };
        self.town.app.act_on_container(&self.who(by).await, self.container, event(), act).await
    }

    /// Opens the container, which bore this number.
    ///
    /// # Errors
    /// Where it is refused.
    pub async fn open(&self, by: &str, lock: &str) -> Result<ContainerAnswer, Problem> {
        let act = ContainerAct::Open { number_seen: number(lock), scan: seen(&self.container_label) };
        self.town.app.act_on_container(&self.who(by).await, self.container, event(), act).await
    }

    /// The container as a home.
    #[must_use]
    pub fn case(&self) -> Home {
        Home::Container(self.container)
    }

    // ------------------------------------------------------------------------- without signal

    /// Hands in what somebody's phone saw without signal.
    pub async fn observe(
        &self,
        by: &str,
        medium: &Medium,
        observed: ObservedRequest,
        at: DateTime<Utc>,
    ) -> ObservationAnswer {
        self.observe_for(by, None, medium, observed, at).await
    }

    /// The same, as what somebody else is said to have seen.
    pub async fn observe_for(
        &self,
        by: &str,
        person: Option<PersonId>,
        medium: &Medium,
        observed: ObservedRequest,
        at: DateTime<Utc>,
    ) -> ObservationAnswer {
        let observation = ParsedObservation {
            event: event(),
            person,
            device_seq: self.next_seen.fetch_add(1, Ordering::Relaxed),
            occurred_at: at,
            scan: medium.seen(),
            observed,
        };
        let device = DeviceId(Uuid::from_u128(0xde71ce));
        let answers = self.town.app.observe(&self.who(by).await, device, vec![observation]).await;
        answers.expect("evidence is taken in").pop().expect("an answer to it")
    }

    // -------------------------------------------------------------------------------------- the end

    /// Keeps a photograph: of the item with its label, or of something else.
    pub async fn photograph(&self, by: &str, of: Option<&Medium>) -> hokan_domain::ids::FileId {
        let mut picture = GrayImage::from_pixel(640, 480, Luma([150]));
        if let Some(medium) = of {
            let code = medium.label.as_str().parse().expect("a label's code");
            let symbol = Symbol::encode(&label_url(None, code), Level::M).expect("a short text");
            let (side, pixels) = symbol.to_luma(8);
            let side = u32::try_from(side).expect("a small symbol");
            let label = GrayImage::from_raw(side, side, pixels).expect("a square");
            image::imageops::replace(&mut picture, &label, 100, 60);
        }
        let bytes = encode_jpeg(&picture, 90).expect("a picture");
        self.town.app.keep_file(&self.who(by).await, "image/jpeg", bytes).await.expect("kept").id
    }

    /// Keeps a contractor's certificate.
    pub async fn certificate(&self, by: &str) -> hokan_domain::ids::FileId {
        let bytes = b"%PDF-1.4 a certificate".to_vec();
        self.town.app.keep_file(&self.who(by).await, "application/pdf", bytes).await.expect("kept").id
    }

    /// Destroys an item, with a photograph of its label before and one after.
    ///
    /// # Errors
    /// Where it is refused.
    pub async fn destroy(
        &self,
        by: &str,
        medium: &Medium,
        method: &str,
        performed: PerformedRequest,
    ) -> Result<ItemCard, Problem> {
        let before = self.photograph(by, Some(medium)).await;
        let after = self.photograph(by, None).await;
        let photographs = vec![(before, Shows::Before), (after, Shows::After)];
        let destruction = DestructionRequest { method: method.to_owned(), performed, photographs };
        self.act(by, medium, ActRequest::Destroy { destruction, scan: medium.seen() }).await
    }

    // ----------------------------------------------------------------------------------- incidents

    /// Reports an item as lost; the incident that this opens.
    pub async fn lose(&self, by: &str, medium: &Medium) -> IncidentId {
        let card = self.act(by, medium, ActRequest::ReportLost { note: Some(text("棚にありません")) }).await;
        card.expect("a loss is told").lost.expect("it is lost").incident.expect("an incident is opened")
    }

    /// Does something with an incident.
    ///
    /// # Errors
    /// Where it is refused.
    pub async fn on_incident(
        &self,
        by: &str,
        id: IncidentId,
        act: IncidentActRequest,
    ) -> Result<IncidentView, Problem> {
        Ok(self.town.app.act_on_incident(&self.who(by).await, id, event(), act).await?.incident)
    }

    /// Takes a step of the reporting chain.
    ///
    /// # Errors
    /// Where it is refused.
    pub async fn tell(&self, by: &str, id: IncidentId, step: &str) -> Result<IncidentView, Problem> {
        let act = IncidentActRequest::Tell { step: step.to_owned(), at: None, note: None };
        self.on_incident(by, id, act).await
    }

    /// Says that a step of the chain is not needed.
    ///
    /// # Errors
    /// Where it is refused.
    pub async fn leave_out(&self, by: &str, id: IncidentId, step: &str) -> Result<IncidentView, Problem> {
        let reason = text("暗号化されており、本人の権利利益を害するおそれがない");
        self.on_incident(by, id, IncidentActRequest::LeaveOut { step: step.to_owned(), reason }).await
    }

    /// An incident as somebody sees it.
    pub async fn incident(&self, by: &str, id: IncidentId) -> IncidentView {
        self.town.app.incident(&self.who(by).await, id).await.expect("the incident")
    }

    // --------------------------------------------------------------------------------------- ledger

    /// That the ledger is whole and the rows agree with it.
    pub async fn is_whole(&self) {
        self.town.app.checkpoint().await.expect("a checkpoint");
        let keys = [self.town.app.key().signer().expect("a key").verifier()];
        let verdict = verify(self.store(), &keys, &[]).await.expect("a check");
        assert_eq!(verdict.problems, Vec::<String>::new());
        let rows = rebuild_check(self.store()).await.expect("a check");
        assert_eq!(rows.problems, Vec::<String>::new());
    }

    /// Puts a contract in force that has all that is asked for, from a day on. To prepare one is no use case yet.
    pub async fn contract_from(&self, from: NaiveDate) -> ContractId {
        let by = self.id("aoi");
        let (act, profile) = (event(), self.profile.digest);
        let id = ContractId::from(act);
        let done: Result<(), StoreError> = self
            .store()
            .write("test.contract", move |tx| {
                Box::pin(async move {
                    let mut texts = NewTexts::new(tx);
                    let (contractor, subject) =
                        (texts.add(&text("見本データ株式会社")), texts.add(&text("入力業務")));
                    let drafted =
                        ContractEvent::Drafted { by, contractor, subject, from, to: None, division: None };
                    let request = Hash::of(act.to_string().as_bytes());
                    let stamp =
                        ActStamp { act, request, actor: by, profile, occurred_at: None, observed_by: None };
                    tx.keep_texts(texts).await?;
                    let events = [drafted, ContractEvent::Activated { by }];
                    tx.append_to::<Contract>(&stamp, id.0, None, &events).await?;
                    Ok(())
                })
            })
            .await;
        done.expect("a contract is in force");
        id
    }
}

impl House {
    async fn build(town: &Town) -> Self {
        let office = place(town, "庁舎", PlaceKind::Building, None, Some(Area::Office), false).await;
        let room =
            place(town, "事務室", PlaceKind::Room, Some(office), Some(Area::HandlingArea), false).await;
        let server_room =
            place(town, "サーバ室", PlaceKind::Room, Some(room), Some(Area::ServerRoom), false).await;
        let other =
            place(town, "別の事務室", PlaceKind::Room, Some(office), Some(Area::HandlingArea), false).await;
        let branch = place(town, "支所", PlaceKind::Building, None, Some(Area::Office), false).await;
        let cabinet = |name, within| place(town, name, PlaceKind::Cabinet, Some(within), None, true);
        Self {
            cabinet: cabinet("保管庫1", room).await,
            second_cabinet: cabinet("保管庫2", room).await,
            shelf: place(town, "書棚", PlaceKind::Cabinet, Some(room), None, false).await,
            server_cabinet: cabinet("サーバ室の保管庫", server_room).await,
            other_cabinet: cabinet("別の事務室の保管庫", other).await,
            branch_cabinet: cabinet("支所の保管庫", branch).await,
        }
    }
}

async fn place(
    town: &Town,
    name: &str,
    kind: PlaceKind,
    within: Option<Home>,
    area: Option<Area>,
    lockable: bool,
) -> Home {
    let parent = within.map(|home| match home {
        Home::Place(place) => place,
        Home::Container(_) => panic!("a place lies in a place"),
    });
    let name = name.to_owned();
    let new = NewHome { name, place: Some((kind, parent)), area, lockable, ..NewHome::default() };
    town.app.add_home(new).await.expect("a place")
}
