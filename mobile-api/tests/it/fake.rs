//! A small server behind the interface: the domain's real rules over maps in memory.

use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{Mutex, MutexGuard},
};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use hokan_domain::{
    contents::{Category, Contents},
    custody::{self, Act, OfferTo},
    event::{Event, Receiver, Recorded, Stamp},
    ids::{ContentsId, DeviceId, EventId, ItemId, NoteId, PersonId, PlaceId},
    item::{Custody, Item, ItemKind, fold},
    label::{LabelId, LabelState, LabelTarget},
    ledger::hash::Hash,
    observation::{Observation, Observed, admit},
    person::{Part, Person},
    personal_number::CheckedText,
    place::Home,
    profile::{NATIONAL_DEFAULT, Profile},
    refusal::{Reason, Refusal},
    text::{Lang, Names, TextRef},
};
use hokan_labels::LabelCode;
use hokan_mobile_api::{
    Backend, Caller, Problem, ProblemCode,
    request::{ActRequest, ContentsRequest, HomeRef, ObservedRequest, ParsedObservation, RegisterRequest},
    wire::{
        ActAnswer, ContentsView, CustodyState, CustodyView, Directory, DirectoryHome, DiscrepancyView,
        HistoryLine, HomeView, ItemCard, ItemSummary, Me, Named, ObservationAnswer, ObservationDiscrepancy,
        ObservationOutcome, OfferView, OfferedItem, OpenAct, PersonView, ReceiverView, Resolution, SignIn,
        SignedIn, SignedInPerson,
    },
};
use uuid::Uuid;

pub(crate) const PASSWORD: &str = "correct horse";

pub(crate) fn person(number: u128) -> PersonId {
    PersonId(Uuid::from_u128(number))
}

/// Handler.
pub(crate) const SATO: u128 = 1;
/// Handler.
pub(crate) const SUZUKI: u128 = 2;
/// No handler.
pub(crate) const TANAKA: u128 = 3;

pub(crate) fn place() -> PlaceId {
    PlaceId(Uuid::from_u128(10))
}

pub(crate) fn label(number: u64) -> LabelId {
    LabelCode::from_entropy(number).as_str().parse().unwrap()
}

/// The label on the place.
pub(crate) const PLACE_LABEL: u64 = 999;

pub(crate) fn start() -> DateTime<Utc> {
    "2026-04-01T00:00:00Z".parse().unwrap()
}

struct State {
    people: BTreeMap<PersonId, (String, Person)>,
    sessions: BTreeMap<String, PersonId>,
    labels: BTreeMap<LabelId, LabelState>,
    items: BTreeMap<ItemId, Vec<Recorded>>,
    texts: BTreeMap<NoteId, String>,
    acts: BTreeMap<EventId, (String, ItemId, u64)>,
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
    pub(crate) fn new() -> Self {
        let somebody = |number, parts: &[Part]| {
            let id = person(number);
            (id, Person { id, active: true, parts: parts.iter().copied().collect() })
        };
        let people = [
            ("佐藤", somebody(SATO, &[Part::Handler])),
            ("鈴木", somebody(SUZUKI, &[Part::Handler])),
            ("田中", somebody(TANAKA, &[Part::Auditor])),
        ];
        let people = people.into_iter().map(|(name, (id, person))| (id, (name.to_owned(), person))).collect();
        let mut labels: BTreeMap<_, _> = (1..20).map(|number| (label(number), LabelState::Blank)).collect();
        labels.insert(label(PLACE_LABEL), LabelState::Bound(LabelTarget::Place(place())));
        let sessions = [SATO, SUZUKI, TANAKA].map(|number| (format!("token-{number}"), person(number)));
        Self {
            profile: Profile::parse(NATIONAL_DEFAULT).unwrap(),
            state: Mutex::new(State {
                people,
                sessions: sessions.into(),
                labels,
                items: BTreeMap::new(),
                texts: BTreeMap::new(),
                acts: BTreeMap::new(),
                seq: 0,
                now: start(),
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn refuse(&self, reason: Reason, state: &State, lang: Lang) -> Problem {
        let source = self.profile.source(reason.rule());
        Problem::refused(&Refusal { reason, source }, lang, state)
    }

    fn card(&self, state: &State, caller: &Caller, item: &Item) -> ItemCard {
        let lang = caller.lang;
        let summary = state.summary(item, lang);
        let acts = custody::open_acts(item, &caller.person, &self.profile, state.now);
        ItemCard {
            id: summary.id,
            code: summary.code,
            kind: summary.kind,
            title: summary.title,
            control_number: summary.control_number,
            serial: item.serial.map(|text| state.text(text)),
            custody: summary.custody,
            url: summary.url,
            registered_at: item.registered_at,
            contents: item.contents.iter().map(|contents| state.contents(contents, lang)).collect(),
            offer: item.pending_offer(state.now).map(|offer| OfferView {
                hand_over: offer.hand_over,
                from: PersonView { id: offer.from, name: state.person(offer.from) },
                to: ReceiverView::new(offer.to, state),
                expires_at: offer.expires_at,
                expires_text: offer.expires_at.to_string(),
            }),
            discrepancies: item.discrepancies.iter().map(|it| DiscrepancyView::new(*it, lang)).collect(),
            acts: acts.iter().map(|(kind, answer)| OpenAct::new(*kind, answer, lang, state)).collect(),
            version: item.version,
        }
    }

    fn answer(&self, state: &State, caller: &Caller, event: EventId, repeated: bool) -> ActAnswer {
        let (_, item, seq) = &state.acts[&event];
        let item = state.fold(*item).unwrap();
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

    fn text(&self, text: TextRef) -> String {
        self.texts.get(&text.id).cloned().unwrap_or_default()
    }

    fn keep(&mut self, text: &CheckedText) -> TextRef {
        let id = NoteId(Uuid::new_v4());
        self.texts.insert(id, text.as_str().to_owned());
        TextRef { id, digest: Hash::of(text.as_str().as_bytes()) }
    }

    fn keep_contents(&mut self, request: &ContentsRequest) -> Contents {
        Contents {
            id: ContentsId(Uuid::new_v4()),
            category: request.category,
            purpose: request.purpose.as_ref().map(|text| self.keep(text)),
            records: request.records,
            recorded_on: request.recorded_on,
        }
    }

    fn contents(&self, contents: &Contents, lang: Lang) -> ContentsView {
        ContentsView {
            category: Named::category(contents.category, lang),
            purpose: contents.purpose.map(|text| self.text(text)),
            records: contents.records,
            recorded_on: contents.recorded_on,
        }
    }

    fn summary(&self, item: &Item, lang: Lang) -> ItemSummary {
        let view = |id| PersonView { id, name: self.person(id) };
        let (state, person, home) = match item.custody.value {
            Custody::Held { by } => (CustodyState::Held, view(by), None),
            Custody::Stored { home, by } => {
                (CustodyState::Stored, view(by), Some(HomeView::new(home, self.home(home))))
            }
        };
        ItemSummary {
            id: item.id,
            code: item.label.value.clone(),
            kind: Named::kind(item.kind, lang),
            title: self.text(item.title),
            control_number: item.control_number.map(|text| self.text(text)),
            custody: CustodyView {
                state,
                person: Some(person),
                home,
                since: item.custody.key.at,
                sentence: lang.pick("保管中", "in custody").to_owned(),
            },
            url: ItemSummary::url_of(item.id),
        }
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
        self.acts.insert(act, (content, item, first));
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

    fn home_of(&self, home: &HomeRef, lang: Lang) -> Result<Home, Problem> {
        let unknown = |field| Problem::new(ProblemCode::UnknownReference, lang).with_field(field);
        match home {
            HomeRef::Id(home) if *home == Home::Place(place()) => Ok(*home),
            HomeRef::Id(_) => Err(unknown("home")),
            HomeRef::Label(label) => match self.labels.get(label) {
                Some(LabelState::Bound(LabelTarget::Place(place))) => Ok(Home::Place(*place)),
                Some(LabelState::Bound(LabelTarget::Container(container))) => Ok(Home::Container(*container)),
                _ => Err(unknown("home_code")),
            },
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
        let observed = match &observation.observed {
            ObservedRequest::Offered { to } => Observed::Offered { to: *to },
            ObservedRequest::Accepted { hand_over, from } => {
                Observed::Accepted { hand_over: *hand_over, from: *from }
            }
            ObservedRequest::Refused { hand_over, note } => {
                Observed::Refused { hand_over: *hand_over, note: note.as_ref().map(|note| self.keep(note)) }
            }
            ObservedRequest::PutAway { home } => Observed::PutAway { home: self.home_of(home, lang)? },
            ObservedRequest::TakenOut => Observed::TakenOut,
            ObservedRequest::Seen { home } => {
                Observed::Seen { home: home.as_ref().map(|home| self.home_of(home, lang)).transpose()? }
            }
        };
        let stamp = Stamp {
            event: observation.event,
            occurred_at: observation.occurred_at,
            recorded_at: self.now,
            actor: caller.person.id,
            observed_by: Some((device, observation.device_seq)),
        };
        let observation = Observation { observed, scan: observation.scan.clone(), stamp };
        let events = admit(&self.items[&item], &observation, profile);
        let raised: Vec<_> = events
            .iter()
            .filter_map(|event| match event {
                Event::DiscrepancyRaised { finding } => Some(ObservationDiscrepancy {
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

#[async_trait]
impl Backend for Fake {
    async fn sign_in(
        &self,
        lang: Lang,
        sign_in: SignIn,
        remote: Option<IpAddr>,
    ) -> Result<SignedIn, Problem> {
        if remote == Some(IpAddr::from([203, 0, 113, 9])) {
            return Err(Problem::new(ProblemCode::TooManyAttempts, lang).with_retry_after(60));
        }
        if sign_in.login != "sato" || sign_in.password != PASSWORD {
            return Err(Problem::new(ProblemCode::WrongCredentials, lang));
        }
        let mut state = self.state();
        let token = format!("token-new-{}", state.sessions.len());
        state.sessions.insert(token.clone(), person(SATO));
        let expires_at = state.now + TimeDelta::hours(8);
        Ok(SignedIn { token, expires_at, person: state.signed_in(person(SATO), lang) })
    }

    async fn sign_out(&self, token: &str, _: Lang) -> Result<(), Problem> {
        self.state().sessions.remove(token);
        Ok(())
    }

    async fn identify(&self, token: &str, lang: Lang) -> Result<Caller, Problem> {
        let state = self.state();
        let id = state.sessions.get(token).ok_or_else(|| Problem::new(ProblemCode::Unauthenticated, lang))?;
        let (name, person) = &state.people[id];
        Ok(Caller {
            person: person.clone(),
            name: name.clone(),
            lang,
            session: token.to_owned(),
            device: None,
        })
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
                let items = state.items.keys().filter_map(|id| state.fold(*id));
                let items = items
                    .filter(
                        |item| matches!(item.custody.value, Custody::Stored { home: at, .. } if at == home),
                    )
                    .map(|item| state.summary(&item, lang))
                    .collect();
                Resolution::Place { id: place.to_string(), name: state.home(home), items }
            }
            LabelState::Bound(LabelTarget::Container(container)) => Resolution::Container {
                id: container.to_string(),
                name: container.to_string(),
                items: Vec::new(),
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
        let label_state =
            state.labels.get(&request.scan.label).cloned().ok_or_else(|| {
                Problem::new(ProblemCode::UnknownLabel, caller.lang).with_field("scan.code")
            })?;
        let registration = custody::Registration {
            kind: request.kind,
            label: request.scan.label.clone(),
            label_state,
            title: state.keep(&request.title),
            control_number: request.control_number.as_ref().map(|text| state.keep(text)),
            serial: request.serial.as_ref().map(|text| state.keep(text)),
            contents: request.contents.iter().map(|contents| state.keep_contents(contents)).collect(),
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
        let act = match request {
            ActRequest::Offer { to, note, scan } => {
                let to = match to {
                    Receiver::AnyHandler => OfferTo::AnyHandler,
                    Receiver::Person(person) => OfferTo::Person(
                        state
                            .people
                            .get(&person)
                            .ok_or_else(|| {
                                Problem::new(ProblemCode::UnknownReference, lang).with_field("to")
                            })?
                            .1
                            .clone(),
                    ),
                };
                Act::Offer { to, note: note.map(|note| state.keep(&note)), scan }
            }
            ActRequest::Accept { hand_over, scan } => Act::Accept { hand_over, scan },
            ActRequest::Refuse { hand_over, note } => {
                Act::Refuse { hand_over, note: note.map(|note| state.keep(&note)) }
            }
            ActRequest::Withdraw { hand_over } => Act::Withdraw { hand_over },
            ActRequest::PutAway { home, scan } => Act::PutAway { home: state.home_of(&home, lang)?, scan },
            ActRequest::TakeOut { scan } => Act::TakeOut { scan },
            ActRequest::ReplaceLabel { label, reason } => {
                let found = state.labels.get(&label).cloned();
                let found =
                    found.ok_or_else(|| Problem::new(ProblemCode::UnknownLabel, lang).with_field("code"))?;
                Act::ReplaceLabel { label, state: found, reason }
            }
            ActRequest::RecordContents { contents } => {
                Act::RecordContents { contents: state.keep_contents(&contents) }
            }
        };
        let events = custody::decide(&item, &act, event, &caller.person, &self.profile, state.now).map_err(
            |refusal| self.refuse(refusal.reason, &state, lang).with_item(self.card(&state, caller, &item)),
        )?;
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
}
