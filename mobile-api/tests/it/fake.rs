//! A small server behind the interface: the domain's real rules over maps in memory.

use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{Mutex, MutexGuard},
};

use async_trait::async_trait;
use axum::http::Method;
use chrono::{DateTime, TimeDelta, Utc};
use hokan_domain::{
    carry_out::CarryOutEvent,
    container::{ContainerAct, ContainerState},
    contents::Category,
    custody::{self, ActKind, Copying},
    disposal::FileRef,
    event::{Event, Receiver, Recorded, Stamp},
    explanation::explain,
    ids::{
        CarryOutId, ContainerId, DeviceId, DivisionId, EventId, FileId, IncidentId, ItemId, NoteId, PersonId,
        PlaceId,
    },
    incident::IncidentEvent,
    item::{Custody, Item, ItemKind, fold},
    label::{LabelId, LabelState, LabelTarget},
    ledger::hash::Hash,
    observation::{Observation, admit},
    person::{Part, Person, RoleHeld},
    place::Home,
    profile::{NATIONAL_DEFAULT, Profile},
    refusal::Reason,
    text::{Lang, Names, TextRef},
};
use hokan_labels::LabelCode;
use hokan_mobile_api::{
    Backend, Caller, MediaType, Problem, ProblemCode, Session,
    auth::Origin,
    request::{
        ActRequest, CarryOutActRequest, CopyRequest, IncidentActRequest, OpenIncidentRequest,
        ParsedObservation, PlanRequest, RegisterRequest, Show,
    },
    wire::{
        ActAnswer, CarryOutAnswer, CarryOutLine, CarryOutView, Choices, ClosedReason, ContainerAnswer,
        ContainerView, Directory, DirectoryHome, ExplanationView, FileView, GateViewBody, HistoryLine, Inbox,
        InboxLine, IncidentAnswer, IncidentLine, IncidentView, ItemCard, Me, Named, ObservationAnswer,
        ObservationDiscrepancy, ObservationOutcome, OfferedItem, Pair, Paired, PersonView, Proof,
        ReceiverView, Resolution, SecondStep, SignIn, SignInAnswer, SignInNext, SignedIn, SignedInPerson,
    },
};
use uuid::Uuid;

mod around;
mod convert;
mod view;

pub(crate) const PASSWORD: &str = "correct horse";

/// The code of everybody's authenticator app.
pub(crate) const CODE: &str = "123456";
/// What a machine's token looks like.
pub(crate) const MACHINE: &str = "hkt_machine";
/// With what a paired phone delivers.
pub(crate) const PHONE: &str = "hkd_phone";
/// What is behind the QR code that pairs a phone.
pub(crate) const PAIRING: &str = "an-offer";

pub(crate) fn person(number: u128) -> PersonId {
    PersonId(Uuid::from_u128(number))
}

/// Handler.
pub(crate) const SATO: u128 = 1;
/// Handler.
pub(crate) const SUZUKI: u128 = 2;
/// No handler.
pub(crate) const TANAKA: u128 = 3;
/// No handler; approves for the division as its protection officer.
pub(crate) const YAMADA: u128 = 4;

pub(crate) fn place() -> PlaceId {
    PlaceId(Uuid::from_u128(10))
}

pub(crate) fn label(number: u64) -> LabelId {
    LabelCode::from_entropy(number).as_str().parse().unwrap()
}

pub(crate) fn container() -> ContainerId {
    ContainerId(Uuid::from_u128(11))
}

pub(crate) fn division() -> DivisionId {
    DivisionId(Uuid::from_u128(12))
}

/// The label on the place.
pub(crate) const PLACE_LABEL: u64 = 999;
/// The label on the container.
pub(crate) const CONTAINER_LABEL: u64 = 998;

pub(crate) fn start() -> DateTime<Utc> {
    "2026-04-01T00:00:00Z".parse().unwrap()
}

struct State {
    people: BTreeMap<PersonId, (String, Person)>,
    sessions: BTreeMap<String, PersonId>,
    labels: BTreeMap<LabelId, LabelState>,
    items: BTreeMap<ItemId, Vec<Recorded>>,
    texts: BTreeMap<NoteId, String>,
    files: BTreeMap<FileId, (MediaType, Vec<u8>)>,
    container: ContainerState,
    carry_outs: BTreeMap<CarryOutId, Vec<(Stamp, CarryOutEvent)>>,
    incidents: BTreeMap<IncidentId, Vec<(Stamp, IncidentEvent)>>,
    /// What each act said, what it was about, and its place in the ledger.
    acts: BTreeMap<EventId, (String, Uuid, u64)>,
    seq: u64,
    now: DateTime<Utc>,
}

pub(crate) struct Fake {
    profile: Profile,
    state: Mutex<State>,
}

impl Names for State {
    fn person(&self, id: PersonId) -> String {
        self.people.get(&id).map_or_else(|| id.to_string(), |(name, _)| name.clone())
    }
    fn place(&self, id: PlaceId) -> String {
        format!("cabinet {id}")
    }
    fn item(&self, id: ItemId) -> String {
        id.to_string()
    }
    fn home(&self, home: Home) -> String {
        home.to_string()
    }
}

impl Fake {
    fn caller(&self, id: PersonId, session: &str, lang: Lang) -> Caller {
        let (name, person) = self.state().people[&id].clone();
        Caller::without_session(person, name, lang, session)
    }

    pub(crate) fn new() -> Self {
        let somebody = |number, parts: &[Part], roles: &[&str]| {
            let id = person(number);
            let role = |role: &&str| RoleHeld { role: (*role).into(), division: None, deputy_for: None };
            let roles = roles.iter().map(role).collect();
            (id, Person { id, active: true, parts: parts.iter().copied().collect(), roles })
        };
        let people = [
            ("佐藤", somebody(SATO, &[Part::Handler], &[])),
            ("鈴木", somebody(SUZUKI, &[Part::Handler], &[])),
            ("田中", somebody(TANAKA, &[Part::Auditor], &[])),
            ("山田", somebody(YAMADA, &[Part::Approver], &["protection-officer"])),
        ];
        let people = people.into_iter().map(|(name, (id, person))| (id, (name.to_owned(), person))).collect();
        let mut labels: BTreeMap<_, _> = (1..20).map(|number| (label(number), LabelState::Blank)).collect();
        labels.insert(label(PLACE_LABEL), LabelState::Bound(LabelTarget::Place(place())));
        labels.insert(label(CONTAINER_LABEL), LabelState::Bound(LabelTarget::Container(container())));
        let sessions =
            [SATO, SUZUKI, TANAKA, YAMADA].map(|number| (format!("token-{number}"), person(number)));
        Self {
            profile: Profile::parse(NATIONAL_DEFAULT).unwrap(),
            state: Mutex::new(State {
                people,
                sessions: sessions.into(),
                labels,
                items: BTreeMap::new(),
                texts: BTreeMap::new(),
                files: BTreeMap::new(),
                container: ContainerState::new(container()),
                carry_outs: BTreeMap::new(),
                incidents: BTreeMap::new(),
                acts: BTreeMap::new(),
                seq: 0,
                now: start(),
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn answer(&self, state: &State, caller: &Caller, event: EventId, repeated: bool) -> ActAnswer {
        let (_, item, seq) = &state.acts[&event];
        let item = state.fold(ItemId(*item)).unwrap();
        ActAnswer {
            event_id: event,
            seq: *seq,
            recorded_at: state.now,
            repeated,
            sentence: caller.lang.pick("記録しました。", "Recorded.").to_owned(),
            item: self.card(state, caller, &item),
        }
    }
}

impl State {
    fn fold(&self, item: ItemId) -> Option<Item> {
        fold(item, self.items.get(&item)?)
    }

    fn resting_in(&self, home: Home) -> impl Iterator<Item = Item> {
        let items = self.items.keys().filter_map(|id| self.fold(*id));
        items.filter(move |item| matches!(item.custody.value, Custody::Stored { home: at, .. } if at == home))
    }

    fn label_state(&self, label: &LabelId, field: &str, lang: Lang) -> Result<LabelState, Problem> {
        let state = self.labels.get(label).cloned();
        state.ok_or_else(|| Problem::new(ProblemCode::UnknownLabel, lang).with_field(field))
    }

    fn text(&self, text: TextRef) -> String {
        self.texts.get(&text.id).cloned().unwrap_or_default()
    }

    fn append(&mut self, item: ItemId, act: EventId, content: String, stamp: Stamp, events: &[Event]) {
        let first = self.seq + 1;
        for (index, event) in events.iter().enumerate() {
            self.seq += 1;
            let stamp = Stamp { event: act.nth_of_act(index), ..stamp };
            self.items.entry(item).or_default().push(Recorded { stamp, event: event.clone() });
            match event {
                Event::Registered { label, .. } => {
                    self.labels.insert(label.clone(), LabelState::Bound(LabelTarget::Item(item)));
                }
                Event::LabelReplaced { old, new, .. } => {
                    let target = LabelTarget::Item(item);
                    self.labels.insert(new.clone(), LabelState::Bound(target));
                    let void = LabelState::Void { target: Some(target), replaced_by: Some(new.clone()) };
                    self.labels.insert(old.clone(), void);
                }
                _ => {}
            }
        }
        self.acts.insert(act, (content, item.0, first));
        self.now += TimeDelta::seconds(1);
    }

    fn at_server(&self, event: EventId, actor: PersonId) -> Stamp {
        Stamp { event, occurred_at: self.now, recorded_at: self.now, actor, observed_by: None }
    }

    /// Whether the act was done before: with the same content it is answered again, with another it is not.
    fn repeated(&self, event: EventId, content: &str, lang: Lang) -> Result<bool, Problem> {
        match self.acts.get(&event) {
            None => Ok(false),
            Some((known, ..)) if known == content => Ok(true),
            Some(_) => Err(Problem::new(ProblemCode::EventIdReused, lang)),
        }
    }

    fn signed_in(&self, person: PersonId, lang: Lang) -> SignedInPerson {
        let (name, somebody) = &self.people[&person];
        SignedInPerson {
            id: person,
            name: name.clone(),
            parts: somebody.parts.iter().map(|part| Named::part(*part, lang)).collect(),
        }
    }

    fn observe(
        &mut self,
        profile: &Profile,
        caller: &Caller,
        device: DeviceId,
        observation: &ParsedObservation,
    ) -> Result<ObservationAnswer, Problem> {
        let lang = caller.lang;
        let content = format!("{observation:?}");
        let answer = |outcome, seq, discrepancies| ObservationAnswer {
            event_id: Some(observation.event),
            outcome,
            seq: Some(seq),
            discrepancies,
            problem: None,
        };
        if self.repeated(observation.event, &content, lang)? {
            let seq = self.acts[&observation.event].2;
            return Ok(answer(ObservationOutcome::AlreadyRecorded, seq, Vec::new()));
        }
        let unknown = || Problem::new(ProblemCode::UnknownLabel, lang).with_field("scan.code");
        let item = match self.labels.get(&observation.scan.label).ok_or_else(unknown)? {
            LabelState::Bound(LabelTarget::Item(item))
            | LabelState::Void { target: Some(LabelTarget::Item(item)), .. } => *item,
            _ => return Err(unknown()),
        };
        let observed = self.observed(&observation.observed, lang)?;
        let stamp = Stamp {
            event: observation.event,
            occurred_at: observation.occurred_at,
            recorded_at: self.now,
            actor: caller.person.id,
            observed_by: Some((device, observation.device_seq)),
        };
        let observation =
            Observation { observed, scan: observation.scan.clone(), zone: None, stamp, marks: Vec::new() };
        let events = admit(&self.items[&item], &observation, profile);
        let raised: Vec<_> = events
            .iter()
            .filter_map(|event| match event {
                Event::DiscrepancyRaised { finding, .. } => Some(ObservationDiscrepancy {
                    kind: finding.kind.code().to_owned(),
                    sentence: finding.kind.sentence(lang).to_owned(),
                }),
                _ => None,
            })
            .collect();
        self.append(item, stamp.event, content, stamp, &events);
        let outcome = if raised.is_empty() {
            ObservationOutcome::Recorded
        } else {
            ObservationOutcome::RecordedWithDiscrepancy
        };
        Ok(answer(outcome, self.acts[&stamp.event].2, raised))
    }
}

impl Fake {
    /// A new session of somebody.
    fn opened(&self, who: u128, lang: Lang) -> SignedIn {
        let mut state = self.state();
        let token = format!("token-new-{}", state.sessions.len() + 100);
        state.sessions.insert(token.clone(), person(who));
        let expires_at = state.now + TimeDelta::hours(8);
        SignedIn { token, expires_at, person: state.signed_in(person(who), lang) }
    }
}

#[async_trait]
impl Backend for Fake {
    async fn sign_in(&self, lang: Lang, sign_in: SignIn, origin: Origin) -> Result<SignInAnswer, Problem> {
        if origin.remote == Some(IpAddr::from([203, 0, 113, 9])) {
            return Err(Problem::new(ProblemCode::TooManyAttempts, lang).with_retry_after(60));
        }
        if sign_in.login == "yamada" && sign_in.password == PASSWORD {
            return Ok(SignInAnswer::second(
                "step-yamada".to_owned(),
                self.state().now + TimeDelta::minutes(10),
            ));
        }
        if sign_in.login != "sato" || sign_in.password != PASSWORD {
            return Err(Problem::new(ProblemCode::WrongCredentials, lang));
        }
        let mut state = self.state();
        let token = format!("token-new-{}", state.sessions.len());
        state.sessions.insert(token.clone(), person(SATO));
        let expires_at = state.now + TimeDelta::hours(8);
        let signed_in = SignedIn { token, expires_at, person: state.signed_in(person(SATO), lang) };
        Ok(SignInAnswer::opened(signed_in, SignInNext::Done))
    }

    async fn second_step(&self, lang: Lang, second: SecondStep, _: Origin) -> Result<SignInAnswer, Problem> {
        if second.step != "step-yamada" {
            return Err(Problem::new(ProblemCode::SignInStepOver, lang));
        }
        if second.code != CODE {
            return Err(Problem::new(ProblemCode::WrongCode, lang));
        }
        Ok(SignInAnswer::opened(self.opened(YAMADA, lang), SignInNext::Done))
    }

    async fn prove(&self, token: &str, proof: Proof, _: Origin, lang: Lang) -> Result<SignedIn, Problem> {
        if proof.code != CODE {
            return Err(Problem::new(ProblemCode::WrongCode, lang));
        }
        let known = self.state().sessions.remove(token);
        let person = known.ok_or_else(|| Problem::new(ProblemCode::Unauthenticated, lang))?;
        Ok(self.opened(person.0.as_u128(), lang))
    }

    async fn sign_out(&self, token: &str, _: Lang) -> Result<(), Problem> {
        self.state().sessions.remove(token);
        Ok(())
    }

    async fn identify(&self, token: &str, lang: Lang) -> Result<Caller, Problem> {
        let known = self.state().sessions.get(token).copied();
        let id = known.ok_or_else(|| Problem::new(ProblemCode::Unauthenticated, lang))?;
        Ok(self.caller(id, token, lang))
    }

    async fn identify_machine(
        &self,
        token: &str,
        method: &Method,
        route: &str,
        lang: Lang,
    ) -> Result<Caller, Problem> {
        if token != MACHINE {
            return Err(Problem::new(ProblemCode::Unauthenticated, lang));
        }
        if (method.as_str(), route) != ("GET", "/api/phone/v1/items/{id}") {
            return Err(Problem::new(ProblemCode::TokenScope, lang));
        }
        Ok(self.caller(person(SATO), token, lang))
    }

    async fn identify_phone(&self, secret: &str, lang: Lang) -> Result<Caller, Problem> {
        if secret != PHONE {
            return Err(Problem::new(ProblemCode::Unauthenticated, lang));
        }
        Ok(self.caller(person(SATO), secret, lang))
    }

    async fn pair(&self, session: &Session, pair: Pair) -> Result<Paired, Problem> {
        let lang = session.caller.lang;
        if pair.token != PAIRING {
            return Err(Problem::new(ProblemCode::PairingOver, lang));
        }
        let mut state = self.state();
        let id = session.caller.person.id;
        state.sessions.remove(&session.token);
        let token = format!("token-phone-{}", state.sessions.len());
        state.sessions.insert(token.clone(), id);
        let expires_at = state.now + TimeDelta::hours(8);
        let session = SignedIn { token, expires_at, person: state.signed_in(id, lang) };
        Ok(Paired { device: DeviceId(Uuid::from_u128(77)), delivery_secret: PHONE.to_owned(), session })
    }

    async fn me(&self, caller: &Caller) -> Result<Me, Problem> {
        let (state, me, lang) = (self.state(), caller.person.id, caller.lang);
        let items: Vec<Item> = state.items.keys().filter_map(|id| state.fold(*id)).collect();
        let offered = |wanted: &dyn Fn(PersonId, Receiver) -> bool| {
            let offers = items.iter().filter_map(|item| Some((item, item.pending_offer(state.now)?)));
            offers
                .filter(|(_, offer)| wanted(offer.from, offer.to))
                .map(|(item, offer)| OfferedItem {
                    item: state.summary(item, lang),
                    hand_over: offer.hand_over,
                    from: PersonView { id: offer.from, name: state.person(offer.from) },
                    to: ReceiverView::new(offer.to, &*state),
                    expires_at: offer.expires_at,
                    expires_text: offer.expires_at.to_string(),
                })
                .collect()
        };
        Ok(Me {
            person: state.signed_in(me, lang),
            holding: items
                .iter()
                .filter(|item| item.holder() == Some(me))
                .map(|item| state.summary(item, lang))
                .collect(),
            offered_to_me: offered(&|from, to| match to {
                Receiver::Person(person) => person == me,
                Receiver::AnyHandler => from != me,
            }),
            offered_by_me: offered(&|from, _| from == me),
            discrepancies_open: items.iter().map(|item| item.discrepancies.len() as u64).sum(),
        })
    }

    async fn directory(&self, caller: &Caller) -> Result<Directory, Problem> {
        let (state, lang) = (self.state(), caller.lang);
        let others = state
            .people
            .values()
            .filter(|(_, other)| other.is(Part::Handler) && other.id != caller.person.id);
        let home = Home::Place(place());
        Ok(Directory {
            people: others.map(|(name, other)| PersonView { id: other.id, name: name.clone() }).collect(),
            homes: vec![DirectoryHome::new(home, state.home(home), Some(label(PLACE_LABEL)))],
            item_kinds: ItemKind::ALL.into_iter().map(|kind| Named::kind(kind, lang)).collect(),
            categories: Category::ALL.into_iter().map(|category| Named::category(category, lang)).collect(),
            choices: Choices::of(
                &self.profile,
                vec![Named { code: division().to_string(), name: "税務課".to_owned() }],
                lang,
            ),
        })
    }

    async fn resolve(&self, caller: &Caller, label: &LabelId) -> Result<Resolution, Problem> {
        let (state, lang) = (self.state(), caller.lang);
        let known = state.labels.get(label).ok_or_else(|| Problem::new(ProblemCode::UnknownLabel, lang))?;
        Ok(match known {
            LabelState::Blank => Resolution::Blank {
                code: label.clone(),
                may_register: caller.person.is(Part::Handler),
                sentence: Reason::LabelBlank { label: label.clone() }.sentence(lang, &*state),
            },
            LabelState::Bound(LabelTarget::Item(item)) => {
                let item = state.fold(*item).unwrap();
                Resolution::Item { item: Box::new(self.card(&state, caller, &item)) }
            }
            LabelState::Bound(LabelTarget::Place(place)) => {
                let home = Home::Place(*place);
                let items = state.resting_in(home).map(|item| state.summary(&item, lang)).collect();
                Resolution::Place { id: place.to_string(), name: state.home(home), items }
            }
            LabelState::Bound(LabelTarget::Container(container)) => Resolution::Container {
                id: container.to_string(),
                name: container.to_string(),
                items: state
                    .resting_in(Home::Container(*container))
                    .map(|item| state.summary(&item, lang))
                    .collect(),
            },
            LabelState::Void { target, replaced_by } => Resolution::Void {
                code: label.clone(),
                replaced_by: replaced_by.clone(),
                sentence: Reason::LabelVoid { label: label.clone(), replaced_by: replaced_by.clone() }
                    .sentence(lang, &*state),
                item: match target {
                    Some(LabelTarget::Item(item)) => {
                        state.fold(*item).map(|item| Box::new(state.summary(&item, lang)))
                    }
                    _ => None,
                },
            },
        })
    }

    async fn item(&self, caller: &Caller, item: ItemId) -> Result<ItemCard, Problem> {
        let state = self.state();
        let found = state.fold(item).ok_or_else(|| Problem::new(ProblemCode::NotFound, caller.lang))?;
        Ok(self.card(&state, caller, &found))
    }

    async fn history(&self, caller: &Caller, item: ItemId) -> Result<Vec<HistoryLine>, Problem> {
        let state = self.state();
        let lines = state.items.get(&item).ok_or_else(|| Problem::new(ProblemCode::NotFound, caller.lang))?;
        Ok((1..)
            .zip(lines)
            .map(|(seq, line)| HistoryLine {
                seq,
                event_id: line.stamp.event,
                kind: line.event.kind().to_owned(),
                occurred_at: line.stamp.occurred_at,
                recorded_at: line.stamp.recorded_at,
                occurred_text: line.stamp.occurred_at.to_string(),
                recorded_text: line.stamp.recorded_at.to_string(),
                late: line.stamp.occurred_at < line.stamp.recorded_at,
                actor: PersonView { id: line.stamp.actor, name: state.person(line.stamp.actor) },
                device: line.stamp.observed_by.map(|(device, _)| device),
                sentence: line.event.kind().to_owned(),
                note: line.event.texts().first().map(|text| state.text(*text)),
                untrue: None,
                leaf_hash: Hash::of(line.event.kind().as_bytes()).to_base64(),
            })
            .collect())
    }

    async fn register(
        &self,
        caller: &Caller,
        event: EventId,
        request: RegisterRequest,
    ) -> Result<ActAnswer, Problem> {
        // A title that makes the server stumble, to see what becomes of faults.
        if request.title.as_str() == "fault" {
            return Err(Problem::internal(caller.lang, &"no such column: secret_table.secret_column"));
        }
        let mut state = self.state();
        let content = format!("{request:?}");
        if state.repeated(event, &content, caller.lang)? {
            return Ok(self.answer(&state, caller, event, true));
        }
        let label_state = state.label_state(&request.scan.label, "scan.code", caller.lang)?;
        let registration = custody::Registration {
            kind: request.kind,
            label: request.scan.label.clone(),
            label_state,
            title: state.keep(&request.title),
            control_number: request.control_number.as_ref().map(|text| state.keep(text)),
            serial: request.serial.as_ref().map(|text| state.keep(text)),
            contents: request.contents.iter().map(|contents| state.keep_contents(contents)).collect(),
            division: request.division,
            protection: request.protection.as_ref().map(|protection| state.keep_protection(protection)),
        };
        let events = custody::register(&registration, &caller.person, &self.profile)
            .map_err(|refusal| Problem::refused(&refusal, caller.lang, &*state))?;
        let stamp = state.at_server(event, caller.person.id);
        state.append(ItemId(event.0), event, content, stamp, &events);
        Ok(self.answer(&state, caller, event, false))
    }

    async fn act(
        &self,
        caller: &Caller,
        id: ItemId,
        event: EventId,
        request: ActRequest,
    ) -> Result<ActAnswer, Problem> {
        let (mut state, lang) = (self.state(), caller.lang);
        let content = format!("{id} {request:?}");
        if state.repeated(event, &content, lang)? {
            return Ok(self.answer(&state, caller, event, true));
        }
        let item = state.fold(id).ok_or_else(|| Problem::new(ProblemCode::NotFound, lang))?;
        let kind = request.kind();
        let act = state.act(request, lang)?;
        assert_eq!(act.kind(), kind);
        let now = state.now;
        let events =
            custody::decide(&item, &act, event, &caller.person, &self.profile, now).map_err(|refusal| {
                Problem::refused(&refusal, lang, &*state).with_item(self.card(&state, caller, &item))
            })?;
        let stamp = state.at_server(event, caller.person.id);
        state.append(id, event, content, stamp, &events);
        Ok(self.answer(&state, caller, event, false))
    }

    async fn observe(
        &self,
        caller: &Caller,
        device: DeviceId,
        observations: Vec<ParsedObservation>,
    ) -> Result<Vec<ObservationAnswer>, Problem> {
        let mut state = self.state();
        Ok(observations
            .iter()
            .map(|observation| {
                state.observe(&self.profile, caller, device, observation).unwrap_or_else(|problem| {
                    ObservationAnswer::turned_away(Some(observation.event), problem)
                })
            })
            .collect())
    }

    async fn inbox(&self, caller: &Caller) -> Result<Inbox, Problem> {
        let (state, lang) = (self.state(), caller.lang);
        let items = state.items.keys().filter_map(|id| state.fold(*id));
        let mine = items.flat_map(|item| {
            let card = self.card(&state, caller, &item);
            card.requests.into_iter().filter(|request| request.mine_to_decide).map(move |request| InboxLine {
                kind: Named { code: "request".to_owned(), name: lang.pick("申請", "Request").to_owned() },
                title: card.title.clone(),
                sentence: request.what.name,
                url: card.url.clone(),
                due_on: request.until,
                since: request.at,
                overdue: false,
            })
        });
        Ok(Inbox { lines: mine.collect() })
    }

    async fn explanation(
        &self,
        caller: &Caller,
        item: ItemId,
        act: ActKind,
    ) -> Result<ExplanationView, Problem> {
        let (state, lang) = (self.state(), caller.lang);
        let item = state.fold(item).ok_or_else(|| Problem::new(ProblemCode::NotFound, lang))?;
        let explained = explain(&item, act, &caller.person, &self.profile, state.now);
        let names = |roles| self.profile.role_names(roles).iter().map(|it| it.get(lang).to_owned()).collect();
        Ok(ExplanationView {
            act: Named { code: act.code().to_owned(), name: act.name(lang).to_owned() },
            open: explained.refusal.is_none(),
            reason: explained.refusal.map(|refusal| ClosedReason::new(&refusal, lang, &*state)),
            gates: explained
                .gates
                .iter()
                .map(|gate| GateViewBody {
                    what: Named::gated(gate.gated, lang),
                    roles: names(&gate.roles),
                    all: gate.all,
                    given: gate.given.iter().map(|given| self.given(&state, given, None, lang)).collect(),
                    missing: names(&gate.missing),
                    state: gate.state.map(|it| Named::request_state(it, lang)),
                    source: gate.source.cite(lang),
                })
                .collect(),
        })
    }

    async fn copy(
        &self,
        caller: &Caller,
        id: ItemId,
        event: EventId,
        request: CopyRequest,
    ) -> Result<ActAnswer, Problem> {
        let (mut state, lang) = (self.state(), caller.lang);
        let content = format!("{id} {request:?}");
        if state.repeated(event, &content, lang)? {
            return Ok(self.answer(&state, caller, event, true));
        }
        let source = state.fold(id).ok_or_else(|| Problem::new(ProblemCode::NotFound, lang))?;
        let copy = ItemId(event.0);
        let copied = source.contents.iter().filter(|kept| request.contents.contains(&kept.contents.id));
        let registration = custody::Registration {
            kind: request.kind,
            label: request.scan.label.clone(),
            label_state: state.label_state(&request.scan.label, "scan.code", lang)?,
            title: state.keep(&request.title),
            control_number: request.control_number.as_ref().map(|text| state.keep(text)),
            serial: request.serial.as_ref().map(|text| state.keep(text)),
            contents: copied.map(|kept| kept.contents.clone()).collect(),
            division: source.division,
            protection: request.protection.as_ref().map(|protection| state.keep_protection(protection)),
        };
        let copying = Copying { contents: request.contents, registration, copy };
        let now = state.now;
        let (of_source, of_copy) = custody::copy(&source, &copying, &caller.person, &self.profile, now)
            .map_err(|refusal| {
                Problem::refused(&refusal, lang, &*state).with_item(self.card(&state, caller, &source))
            })?;
        let stamp = state.at_server(event, caller.person.id);
        state.append(id, EventId(Uuid::new_v4()), content.clone(), stamp, &of_source);
        state.append(copy, event, content, stamp, &of_copy);
        Ok(self.answer(&state, caller, event, false))
    }

    async fn add_file(&self, _: &Caller, media_type: MediaType, bytes: Vec<u8>) -> Result<FileView, Problem> {
        let file = FileRef { id: FileId(Uuid::new_v4()), digest: Hash::of(&bytes) };
        self.state().files.insert(file.id, (media_type, bytes));
        Ok(FileView::new(file, media_type))
    }

    async fn file(&self, caller: &Caller, file: FileId) -> Result<(MediaType, Vec<u8>), Problem> {
        let known = self.state().files.get(&file).cloned();
        known.ok_or_else(|| Problem::new(ProblemCode::NotFound, caller.lang))
    }

    async fn carry_outs(&self, caller: &Caller, show: Show) -> Result<Vec<CarryOutLine>, Problem> {
        Ok(self.carry_out_lines(caller, show))
    }

    async fn carry_out(&self, caller: &Caller, carry_out: CarryOutId) -> Result<CarryOutView, Problem> {
        self.carry_out_view(&self.state(), caller, carry_out)
    }

    async fn request_carry_out(
        &self,
        caller: &Caller,
        event: EventId,
        plan: PlanRequest,
    ) -> Result<CarryOutAnswer, Problem> {
        self.carry_out_asked(caller, event, &plan)
    }

    async fn act_on_carry_out(
        &self,
        caller: &Caller,
        carry_out: CarryOutId,
        event: EventId,
        act: CarryOutActRequest,
    ) -> Result<CarryOutAnswer, Problem> {
        self.carry_out_act(caller, carry_out, event, &act)
    }

    async fn container(&self, caller: &Caller, container: ContainerId) -> Result<ContainerView, Problem> {
        self.container_view(&self.state(), caller, container)
    }

    async fn act_on_container(
        &self,
        caller: &Caller,
        container: ContainerId,
        event: EventId,
        act: ContainerAct,
    ) -> Result<ContainerAnswer, Problem> {
        self.container_act(caller, container, event, &act)
    }

    async fn incidents(&self, caller: &Caller, show: Show) -> Result<Vec<IncidentLine>, Problem> {
        Ok(self.incident_lines(caller, show))
    }

    async fn incident(&self, caller: &Caller, incident: IncidentId) -> Result<IncidentView, Problem> {
        self.incident_view(&self.state(), caller, incident)
    }

    async fn open_incident(
        &self,
        caller: &Caller,
        event: EventId,
        request: OpenIncidentRequest,
    ) -> Result<IncidentAnswer, Problem> {
        self.incident_opened(caller, event, &request)
    }

    async fn act_on_incident(
        &self,
        caller: &Caller,
        incident: IncidentId,
        event: EventId,
        act: IncidentActRequest,
    ) -> Result<IncidentAnswer, Problem> {
        self.incident_act(caller, incident, event, &act)
    }
}
