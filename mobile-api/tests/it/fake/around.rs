//! What is not an item: carry-outs, the container, incidents.

use hokan_domain::{
    calendar::Calendar,
    carry_out::{self, CarryOut, CarryOutAct, CarryOutEvent, Consent, Found, Plan, Situation},
    container::{self, ContainerAct, Inside},
    ids::{CarryOutId, ContainerId, EventId, IncidentId, ItemId},
    incident::{self, Incident, IncidentAct, IncidentEvent, ItemAtLoss, Opening},
    item::Item,
    label::{LabelState, LabelTarget},
    place::Home,
    profile::kinds::describe,
    refusal::Refusal,
    text::{Lang, Names},
};
use hokan_mobile_api::{
    Caller, Problem, ProblemCode,
    request::{CarryOutActRequest, IncidentActRequest, OpenIncidentRequest, PlanRequest, Show},
    wire::{
        ApprovalView, CarryOutAnswer, CarryOutLine, CarryOutStepView, CarryOutView, ClosedReason,
        ClosingView, ContainerAnswer, ContainerView, EndedView, IncidentAnswer, IncidentLine, IncidentView,
        InsteadView, ItemAtLossView, LoadView, LockView, MissingView, Named, NotificationView, OpenAct,
        PlanView, PublicationView, ReportStepView,
    },
};

use super::{CONTAINER_LABEL, Fake, State, container as the_container, division, label};

fn not_found(lang: Lang) -> Problem {
    Problem::new(ProblemCode::NotFound, lang)
}

fn unknown(field: String, lang: Lang) -> Problem {
    Problem::new(ProblemCode::UnknownReference, lang).with_field(field)
}

impl State {
    fn carry_out(&self, id: CarryOutId, lang: Lang) -> Result<CarryOut, Problem> {
        let events = self.carry_outs.get(&id).ok_or_else(|| not_found(lang))?;
        carry_out::fold(id, events).ok_or_else(|| not_found(lang))
    }

    fn incident(&self, id: IncidentId, lang: Lang) -> Result<Incident, Problem> {
        let events = self.incidents.get(&id).ok_or_else(|| not_found(lang))?;
        let folded =
            events.iter().fold(None, |known, (stamp, event)| incident::evolve(id, known, stamp, event));
        folded.ok_or_else(|| not_found(lang))
    }

    fn in_the_container(&self) -> Vec<ItemId> {
        self.resting_in(Home::Container(the_container())).map(|item| item.id).collect()
    }

    fn record(&mut self, act: EventId, content: String, about: uuid::Uuid) -> u64 {
        self.seq += 1;
        self.acts.insert(act, (content, about, self.seq));
        self.seq
    }

    fn plan(&mut self, request: &PlanRequest, before: Option<&Plan>, lang: Lang) -> Result<Plan, Problem> {
        for (index, item) in request.items.iter().enumerate() {
            if !self.items.contains_key(item) {
                return Err(unknown(format!("plan.items[{index}]"), lang));
            }
        }
        if request.container.is_some_and(|container| container != the_container()) {
            return Err(unknown("plan.container".to_owned(), lang));
        }
        // A text that stays the same stays the same text, so that approvals of it stay, too.
        let mut keep = |text: &Option<hokan_domain::personal_number::CheckedText>,
                        known: Option<hokan_domain::text::TextRef>| {
            let text = text.as_ref()?;
            known.filter(|known| self.text(*known) == text.as_str()).or_else(|| Some(self.keep(text)))
        };
        Ok(Plan {
            counterparty: keep(&request.counterparty, before.and_then(|plan| plan.counterparty)),
            destination: keep(&request.destination, before.and_then(|plan| plan.destination)),
            transport: keep(&request.transport, before.and_then(|plan| plan.transport)),
            tracking: keep(&request.tracking, before.and_then(|plan| plan.tracking)),
            route: keep(&request.route, before.and_then(|plan| plan.route)),
            packaging: keep(&request.packaging, before.and_then(|plan| plan.packaging)),
            instead: request
                .instead
                .iter()
                .map(|(measure, reason)| {
                    let known = before.iter().flat_map(|plan| &plan.instead);
                    let known = known
                        .filter(|(known, _)| known == measure)
                        .map(|(_, reason)| *reason)
                        .find(|known| self.text(*known) == reason.as_str());
                    (*measure, known.unwrap_or_else(|| self.keep(reason)))
                })
                .collect(),
            items: request.items.clone(),
            ground: request.ground.clone(),
            exempt: request.exempt.clone(),
            contract: request.contract,
            legal_ground: request.legal_ground.as_ref().map(|text| text.as_str().to_owned()),
            direction: request.direction,
            channel: request.channel,
            due_back: request.due_back,
            for_good: request.for_good,
            sealed: request.sealed,
            masked: request.masked,
            container: request.container,
        })
    }
}

impl Fake {
    /// Looks at a carry-out, or at a plan, as the rules do.
    fn situated<T>(
        &self,
        state: &State,
        caller: &Caller,
        carry_out: Option<&CarryOut>,
        plan: &Plan,
        look: impl FnOnce(&Situation<'_>) -> T,
    ) -> T {
        let items: Vec<Item> = plan.items.iter().filter_map(|id| state.fold(*id)).collect();
        let inside = state.in_the_container();
        let label = label(CONTAINER_LABEL);
        let container = Inside { state: &state.container, label: &label, items: &inside, carry_out: None };
        look(&Situation {
            carry_out,
            items: &items,
            elsewhere: &[],
            container: plan.container.map(|_| container),
            contract_in_force: None,
            profile: &self.profile,
            actor: &caller.person,
            now: state.now,
        })
    }

    pub(super) fn carry_out_lines(&self, caller: &Caller, show: Show) -> Vec<CarryOutLine> {
        let state = self.state();
        let known = state.carry_outs.keys().filter_map(|id| state.carry_out(*id, caller.lang).ok());
        known
            .filter(|known| show == Show::All || known.state.is_open())
            .filter_map(|known| self.carry_out_view(&state, caller, known.id).ok())
            .map(|view| CarryOutLine {
                id: view.id,
                url: view.url,
                state: view.state,
                items: u32::try_from(view.plan.items.len()).unwrap(),
                title: view.plan.items[0].title.clone(),
                counterparty: view.plan.counterparty,
                requested_by: view.requested_by,
                requested_at: view.requested_at,
                due_back: view.plan.due_back,
                overdue_days: view.overdue_days,
                mine_to_decide: view.acts.iter().any(|act| act.act == "approve" && act.open),
            })
            .collect()
    }

    pub(super) fn carry_out_view(
        &self,
        state: &State,
        caller: &Caller,
        id: CarryOutId,
    ) -> Result<CarryOutView, Problem> {
        let lang = caller.lang;
        let known = state.carry_out(id, lang)?;
        let standing = known.standing(&self.profile, state.now).name().get(lang).to_owned();
        let (steps, acts) = self.situated(state, caller, Some(&known), &known.plan, |situation| {
            (carry_out::explain(situation), carry_out::open_acts(situation))
        });
        let names = |roles: &[hokan_domain::profile::Bilingual]| {
            roles.iter().map(|role| role.get(lang).to_owned()).collect()
        };
        let given = |consent: &Consent| self.given(state, &consent.given, consent.note, lang);
        let summaries = |items: &mut dyn Iterator<Item = ItemId>| {
            items.filter_map(|item| state.fold(item)).map(|item| state.summary(&item, lang)).collect()
        };
        let steps = steps.iter().map(|step| CarryOutStepView {
            act: Named { code: step.kind.code().to_owned(), name: step.kind.name(lang).to_owned() },
            stage: step.stage.into(),
            by: step.by.map(|person| state.person_view(person)),
            at: step.at,
            approvals: step
                .approvals
                .iter()
                .map(|asked| ApprovalView {
                    roles: names(&asked.roles),
                    all: asked.all,
                    division: None,
                    item: asked.item,
                    given: asked.given.iter().map(given).collect(),
                    missing: names(&asked.missing),
                    source: asked.source.cite(lang),
                })
                .collect(),
            missing: step.missing.iter().map(|missing| MissingView::new(missing, lang)).collect(),
            open: step.open.is_ok(),
            reason: step.open.as_ref().err().map(|refusal| ClosedReason::new(refusal, lang, state)),
        });
        let text = |text: Option<_>| text.map(|text| state.text(text));
        let choice = |code: &String| Named { code: code.clone(), name: code.clone() };
        let plan = &known.plan;
        let arrival = known.arrival.as_ref();
        Ok(CarryOutView {
            id,
            url: format!("/carry-outs/{id}"),
            state: Named { code: known.state.code().to_owned(), name: standing.clone() },
            sentence: standing,
            plan: PlanView {
                items: summaries(&mut plan.items.iter().copied()),
                ground: plan.ground.as_ref().map(choice),
                exempt: plan.exempt.as_ref().map(choice),
                counterparty: text(plan.counterparty),
                contract: None,
                legal_ground: plan.legal_ground.clone(),
                direction: Named::direction(plan.direction, lang),
                channel: Named::channel(plan.channel, lang),
                destination: text(plan.destination),
                transport: text(plan.transport),
                tracking: text(plan.tracking),
                route: text(plan.route),
                due_back: plan.due_back,
                for_good: plan.for_good,
                packaging: text(plan.packaging),
                sealed: plan.sealed,
                masked: plan.masked,
                container: plan.container.map(|container| state.home_view(Home::Container(container))),
                instead: plan
                    .instead
                    .iter()
                    .map(|(measure, reason)| InsteadView {
                        measure: Named::measure(*measure, lang),
                        reason: text(Some(*reason)),
                    })
                    .collect(),
            },
            requested_by: state.person_view(known.requested_by),
            requested_at: known.requested_at,
            lapses_at: known.lapses_at(&self.profile),
            steps: steps.collect(),
            load: known.departure.as_ref().map(|left| LoadView {
                kinds: describe(&left.load.kinds.keys().copied().collect(), lang),
                quantity: left.load.quantity,
                records: left.load.records,
            }),
            lock: known.departure.as_ref().and_then(|left| Some(left.lock.as_ref()?.to_string())),
            lock_seen: arrival.and_then(|arrival| Some(arrival.lock_seen.as_ref()?.to_string())),
            lock_matches: arrival.and_then(|arrival| arrival.matches),
            receipt: text(arrival.and_then(|arrival| arrival.receipt)),
            out: summaries(&mut known.out().into_iter()),
            missing: summaries(&mut known.missing.iter().copied()),
            overdue_days: known.overdue(state.today()),
            ended: known.ended.map(|ended| EndedView {
                by: ended.by.map(|person| state.person_view(person)),
                at: ended.at,
                text: text(ended.text),
            }),
            acts: acts
                .iter()
                .map(|(kind, answer)| OpenAct::on_carry_out(*kind, answer, lang, state))
                .collect(),
            version: known.version,
        })
    }

    pub(super) fn carry_out_asked(
        &self,
        caller: &Caller,
        event: EventId,
        request: &PlanRequest,
    ) -> Result<CarryOutAnswer, Problem> {
        let (mut state, content) = (self.state(), format!("{request:?}"));
        if state.repeated(event, &content, caller.lang)? {
            return self.carry_out_answer(&state, caller, event, true, &[]);
        }
        let plan = state.plan(request, None, caller.lang)?;
        let act = CarryOutAct::Request { plan: Box::new(plan.clone()) };
        self.carry_out_done(&mut state, caller, None, &plan, event, content, &act)
    }

    pub(super) fn carry_out_act(
        &self,
        caller: &Caller,
        id: CarryOutId,
        event: EventId,
        request: &CarryOutActRequest,
    ) -> Result<CarryOutAnswer, Problem> {
        let (mut state, content, lang) = (self.state(), format!("{id} {request:?}"), caller.lang);
        if state.repeated(event, &content, lang)? {
            return self.carry_out_answer(&state, caller, event, true, &[]);
        }
        let known = state.carry_out(id, lang)?;
        let act = match request {
            CarryOutActRequest::Amend { plan } => {
                CarryOutAct::Amend { plan: Box::new(state.plan(plan, Some(&known.plan), lang)?) }
            }
            CarryOutActRequest::Approve { role, note } => {
                CarryOutAct::Approve { role: role.clone(), note: state.keep_some(note.as_ref()) }
            }
            CarryOutActRequest::TurnDown { reason } => CarryOutAct::TurnDown { reason: state.keep(reason) },
            CarryOutActRequest::Withdraw => CarryOutAct::Withdraw,
            CarryOutActRequest::Depart { scan } => CarryOutAct::Depart { scan: scan.clone() },
            CarryOutActRequest::Arrive { lock_seen, receipt } => CarryOutAct::Arrive {
                lock_seen: lock_seen.clone(),
                receipt: state.keep_some(receipt.as_ref()),
            },
            CarryOutActRequest::Unpack { found, opened, more_to_come } => {
                let mut back = Vec::new();
                for (index, scan) in found.iter().enumerate() {
                    let field = format!("found[{index}].code");
                    match state.label_state(&scan.label, &field, lang)? {
                        LabelState::Bound(LabelTarget::Item(item)) => {
                            back.push(Found { item, scan: scan.clone() });
                        }
                        _ => {
                            return Err(Problem::new(ProblemCode::UnknownLabel, lang).with_field(field));
                        }
                    }
                }
                CarryOutAct::Unpack { found: back, opened: opened.clone(), more_to_come: *more_to_come }
            }
            CarryOutActRequest::Deliver { receipt } => CarryOutAct::Deliver { receipt: state.keep(receipt) },
            CarryOutActRequest::Close => CarryOutAct::Close,
        };
        assert_eq!(act.kind(), request.kind());
        let plan = match &act {
            CarryOutAct::Amend { plan } => (**plan).clone(),
            _ => known.plan.clone(),
        };
        self.carry_out_done(&mut state, caller, Some(&known), &plan, event, content, &act)
    }

    #[expect(clippy::too_many_arguments, reason = "everything that an act is judged by and recorded with")]
    fn carry_out_done(
        &self,
        state: &mut State,
        caller: &Caller,
        known: Option<&CarryOut>,
        plan: &Plan,
        event: EventId,
        content: String,
        act: &CarryOutAct,
    ) -> Result<CarryOutAnswer, Problem> {
        let decided = self
            .situated(state, caller, known, plan, |situation| carry_out::decide(situation, act))
            .map_err(|refusal| Problem::refused(&refusal, caller.lang, state))?;
        let id = known.map_or_else(|| event.into(), |known| known.id);
        let stamp = state.at_server(event, caller.person.id);
        for (item, events) in decided.items {
            state.append(item, EventId(uuid::Uuid::new_v4()), content.clone(), stamp, &events);
        }
        for event in decided.container {
            let version = state.container.version + 1;
            state.container =
                container::evolve(the_container(), Some(state.container.clone()), &stamp, version, &event);
        }
        let events: Vec<(_, CarryOutEvent)> =
            decided.carry_out.into_iter().map(|event| (stamp, event)).collect();
        state.carry_outs.entry(id).or_default().extend(events);
        state.record(event, content, id.0);
        self.carry_out_answer(state, caller, event, false, &decided.unexpected)
    }

    fn carry_out_answer(
        &self,
        state: &State,
        caller: &Caller,
        event: EventId,
        repeated: bool,
        unexpected: &[ItemId],
    ) -> Result<CarryOutAnswer, Problem> {
        let (_, about, seq) = &state.acts[&event];
        let items = unexpected.iter().filter_map(|item| state.fold(*item));
        Ok(CarryOutAnswer {
            event_id: event,
            seq: *seq,
            recorded_at: state.now,
            repeated,
            sentence: caller.lang.pick("記録しました。", "Recorded.").to_owned(),
            unexpected: items.map(|item| state.summary(&item, caller.lang)).collect(),
            carry_out: self.carry_out_view(state, caller, CarryOutId(*about))?,
        })
    }

    pub(super) fn container_view(
        &self,
        state: &State,
        caller: &Caller,
        id: ContainerId,
    ) -> Result<ContainerView, Problem> {
        let lang = caller.lang;
        if id != the_container() {
            return Err(not_found(lang));
        }
        let (items, label) = (state.in_the_container(), label(CONTAINER_LABEL));
        let inside = Inside { state: &state.container, label: &label, items: &items, carry_out: None };
        let acts = container::open_acts(&inside, &caller.person, &self.profile);
        Ok(ContainerView {
            id,
            url: format!("/containers/{id}"),
            name: state.home(Home::Container(id)),
            label: Some(label.clone()),
            place: None,
            locked: state.container.locked.as_ref().map(|lock| LockView {
                number: lock.number.to_string(),
                by: state.person_view(lock.by),
                at: lock.at,
            }),
            carry_out: state.container.carry_out,
            items: items
                .iter()
                .filter_map(|item| state.fold(*item))
                .map(|item| state.summary(&item, lang))
                .collect(),
            acts: acts
                .iter()
                .map(|(kind, answer)| OpenAct::on_container(*kind, answer, lang, state))
                .collect(),
            version: state.container.version,
        })
    }

    pub(super) fn container_act(
        &self,
        caller: &Caller,
        id: ContainerId,
        event: EventId,
        act: &ContainerAct,
    ) -> Result<ContainerAnswer, Problem> {
        let (mut state, content, lang) = (self.state(), format!("{id} {act:?}"), caller.lang);
        let repeated = state.repeated(event, &content, lang)?;
        self.container_view(&state, caller, id)?;
        let mut matches = None;
        if !repeated {
            let (items, label) = (state.in_the_container(), label(CONTAINER_LABEL));
            let inside = Inside { state: &state.container, label: &label, items: &items, carry_out: None };
            let decided = container::decide(&inside, act, &caller.person, &self.profile)
                .map_err(|refusal| Problem::refused(&refusal, lang, &*state))?;
            let stamp = state.at_server(event, caller.person.id);
            for event in decided.container {
                if let container::ContainerEvent::Opened { matches: found, .. } = event {
                    matches = Some(found);
                }
                let version = state.container.version + 1;
                state.container =
                    container::evolve(id, Some(state.container.clone()), &stamp, version, &event);
            }
            state.record(event, content, id.0);
        }
        Ok(ContainerAnswer {
            event_id: event,
            seq: state.acts[&event].2,
            recorded_at: state.now,
            repeated,
            sentence: lang.pick("記録しました。", "Recorded.").to_owned(),
            matches,
            container: self.container_view(&state, caller, id)?,
        })
    }

    pub(super) fn incident_lines(&self, caller: &Caller, show: Show) -> Vec<IncidentLine> {
        let state = self.state();
        let views = state.incidents.keys().filter_map(|id| self.incident_view(&state, caller, *id).ok());
        views
            .filter(|view| show == Show::All || view.closed.is_none())
            .map(|view| {
                let waiting = view.chain.iter().filter(|step| step.told.is_none() && step.left_out.is_none());
                IncidentLine {
                    next_due: waiting.map(|step| step.due_at).min(),
                    overdue: u32::try_from(view.chain.iter().filter(|step| step.overdue).count()).unwrap(),
                    id: view.id,
                    url: view.url,
                    kind: view.kind,
                    gravity: view.gravity,
                    headline: view.headline,
                    reported_by: view.reported_by,
                    reported_at: view.reported_at,
                    known_on: view.known_on,
                    closed: view.closed.is_some(),
                }
            })
            .collect()
    }

    pub(super) fn incident_view(
        &self,
        state: &State,
        caller: &Caller,
        id: IncidentId,
    ) -> Result<IncidentView, Problem> {
        let (lang, profile) = (caller.lang, &self.profile);
        let known = state.incident(id, lang)?;
        let text = |text: Option<_>| text.map(|text| state.text(text));
        let gate = known.gate(profile);
        let clocks = incident::clocks(&known, profile, &Calendar::national(), state.now);
        let chain = clocks.iter().zip(known.steps(profile)).map(|(clock, step)| {
            let tell = IncidentAct::Tell { step: step.id.clone(), at: None, note: None };
            ReportStepView {
                step: Named { code: step.id.clone(), name: incident::step_name(step, profile, lang) },
                from: clock.from.as_ref().map(|role| profile.role_name(role, lang)),
                to: clock.outside.as_ref().map_or_else(
                    || clock.to.as_ref().map(|role| profile.role_name(role, lang)).unwrap_or_default(),
                    |outside| outside.get(lang).to_owned(),
                ),
                due_at: clock.due.moment(),
                due_text: clock.due.moment().to_string(),
                told: known.told(&step.id).map(|told| state.step(told.by, told.at, told.note)),
                as_needed: clock.as_needed,
                left_out: known.left_out(&step.id).map(|said| state.step(said.by, said.at, Some(said.text))),
                overdue: clock.overdue,
                late: clock.late,
                mine_to_tell: incident::decide(&known, &tell, &caller.person, profile, state.now).is_ok(),
                source: clock.source.cite(lang),
            }
        });
        let names =
            |roles: &[_]| profile.role_names(roles).iter().map(|it| it.get(lang).to_owned()).collect();
        let acts = incident::open_acts(&known, &caller.person, profile);
        Ok(IncidentView {
            id,
            url: format!("/incidents/{id}"),
            kind: Named { code: known.kind.code().to_owned(), name: known.kind.name(lang).to_owned() },
            gravity: Named {
                code: known.gravity.code().to_owned(),
                name: known.gravity.name(lang).to_owned(),
            },
            headline: known.headline(lang),
            attack: known.attack,
            malicious: known.malicious,
            division: None,
            reported_by: state.person_view(known.reported_by),
            reported_at: known.reported_at,
            known_on: known.known_on,
            content: text(known.facts.content),
            cause: text(known.facts.cause),
            damage: text(known.facts.damage),
            prevention: text(known.facts.prevention),
            affected: known.facts.affected,
            items: known
                .items
                .iter()
                .filter_map(|at_loss| Some((at_loss, state.fold(at_loss.item)?)))
                .map(|(at_loss, item)| ItemAtLossView {
                    item: state.summary(&item, lang),
                    was_encrypted: at_loss.was_encrypted(),
                    protection: at_loss.protection_name(lang),
                    categories: at_loss.categories.iter().map(|it| Named::category(*it, lang)).collect(),
                    records: at_loss.records,
                })
                .collect(),
            chain: chain.collect(),
            measures: known.measures.iter().map(|it| state.step(it.by, it.at, Some(it.text))).collect(),
            instructions: known
                .instructions
                .iter()
                .map(|it| state.step(it.by, it.at, Some(it.text)))
                .collect(),
            published: known
                .published
                .iter()
                .map(|it| PublicationView { by: state.person_view(it.by), on: it.on, note: text(it.note) })
                .collect(),
            notified: known
                .notified
                .iter()
                .map(|it| NotificationView {
                    by: state.person_view(it.by),
                    at: it.at,
                    persons: it.persons,
                    note: text(it.note),
                })
                .collect(),
            closing: ClosingView {
                roles: gate.map(|gate| names(gate.approvers.roles())).unwrap_or_default(),
                all: gate.is_some_and(|gate| gate.approvers.needs_all()),
                given: known.approvals.iter().map(|given| self.given(state, given, None, lang)).collect(),
                missing: incident::missing_to_close(&known, profile)
                    .iter()
                    .map(|missing| MissingView::new(missing, lang))
                    .collect(),
                source: gate.map(|gate| gate.source.cite(lang)),
            },
            closed: known.closed.map(|closed| state.step(closed.by, closed.at, None)),
            acts: acts
                .iter()
                .map(|(kind, answer)| OpenAct::on_incident(*kind, answer, lang, state))
                .collect(),
            version: known.version,
        })
    }

    pub(super) fn incident_opened(
        &self,
        caller: &Caller,
        event: EventId,
        request: &OpenIncidentRequest,
    ) -> Result<IncidentAnswer, Problem> {
        let (mut state, content, lang) = (self.state(), format!("{request:?}"), caller.lang);
        let id = IncidentId::from(event);
        if state.repeated(event, &content, lang)? {
            return self.incident_answer(&state, caller, event, true);
        }
        if request.division.is_some_and(|id| id != division()) {
            return Err(unknown("division".to_owned(), lang));
        }
        let mut items = Vec::new();
        for (index, item) in request.items.iter().enumerate() {
            let item = state.fold(*item).ok_or_else(|| unknown(format!("items[{index}]"), lang))?;
            items.push(ItemAtLoss::of(&item));
        }
        let opening = Opening {
            kind: request.kind,
            gravity: request.gravity,
            known_on: request.known_on,
            division: request.division,
            content: state.keep_some(request.content.as_ref()),
            attack: request.attack,
            malicious: request.malicious,
            items,
        };
        let decided = incident::open(&opening, &caller.person, &self.profile, state.now);
        self.incident_done(&mut state, caller, id, event, content, decided)
    }

    pub(super) fn incident_act(
        &self,
        caller: &Caller,
        id: IncidentId,
        event: EventId,
        request: &IncidentActRequest,
    ) -> Result<IncidentAnswer, Problem> {
        let (mut state, content, lang) = (self.state(), format!("{id} {request:?}"), caller.lang);
        if state.repeated(event, &content, lang)? {
            return self.incident_answer(&state, caller, event, true);
        }
        let known = state.incident(id, lang)?;
        let act = match request {
            IncidentActRequest::Tell { step, at, note } => {
                IncidentAct::Tell { step: step.clone(), at: *at, note: state.keep_some(note.as_ref()) }
            }
            IncidentActRequest::LeaveOut { step, reason } => {
                IncidentAct::LeaveOut { step: step.clone(), reason: state.keep(reason) }
            }
            IncidentActRequest::Contain { measure } => IncidentAct::Contain { measure: state.keep(measure) },
            IncidentActRequest::Instruct { instruction } => {
                IncidentAct::Instruct { instruction: state.keep(instruction) }
            }
            IncidentActRequest::AddItem { item } => {
                let item = state.fold(*item).ok_or_else(|| unknown("item".to_owned(), lang))?;
                IncidentAct::AddItem { item: ItemAtLoss::of(&item) }
            }
            IncidentActRequest::SetGravity { gravity, attack, malicious, reason } => {
                IncidentAct::SetGravity {
                    gravity: *gravity,
                    attack: *attack,
                    malicious: *malicious,
                    reason: state.keep_some(reason.as_ref()),
                }
            }
            IncidentActRequest::StateContent { content } => {
                IncidentAct::StateContent { content: state.keep(content) }
            }
            IncidentActRequest::StateCause { cause } => IncidentAct::StateCause { cause: state.keep(cause) },
            IncidentActRequest::StateDamage { damage } => {
                IncidentAct::StateDamage { damage: state.keep(damage) }
            }
            IncidentActRequest::StatePrevention { prevention } => {
                IncidentAct::StatePrevention { prevention: state.keep(prevention) }
            }
            IncidentActRequest::Count { persons } => IncidentAct::Count { persons: *persons },
            IncidentActRequest::Publish { on, note } => {
                IncidentAct::Publish { on: *on, note: state.keep_some(note.as_ref()) }
            }
            IncidentActRequest::NotifyPerson { persons, note } => {
                IncidentAct::NotifyPerson { persons: *persons, note: state.keep_some(note.as_ref()) }
            }
            IncidentActRequest::ApproveClosing => IncidentAct::ApproveClosing {},
            IncidentActRequest::Close => IncidentAct::Close {},
            IncidentActRequest::Reopen { reason } => IncidentAct::Reopen { reason: state.keep(reason) },
        };
        let decided = incident::decide(&known, &act, &caller.person, &self.profile, state.now);
        assert_eq!(act.kind(), request.kind());
        self.incident_done(&mut state, caller, id, event, content, decided)
    }

    fn incident_done(
        &self,
        state: &mut State,
        caller: &Caller,
        id: IncidentId,
        event: EventId,
        content: String,
        decided: Result<Vec<IncidentEvent>, Refusal>,
    ) -> Result<IncidentAnswer, Problem> {
        let events = decided.map_err(|refusal| Problem::refused(&refusal, caller.lang, state))?;
        let stamp = state.at_server(event, caller.person.id);
        state.incidents.entry(id).or_default().extend(events.into_iter().map(|event| (stamp, event)));
        state.record(event, content, id.0);
        self.incident_answer(state, caller, event, false)
    }

    fn incident_answer(
        &self,
        state: &State,
        caller: &Caller,
        event: EventId,
        repeated: bool,
    ) -> Result<IncidentAnswer, Problem> {
        let (_, about, seq) = &state.acts[&event];
        Ok(IncidentAnswer {
            event_id: event,
            seq: *seq,
            recorded_at: state.now,
            repeated,
            sentence: caller.lang.pick("記録しました。", "Recorded.").to_owned(),
            incident: self.incident_view(state, caller, IncidentId(*about))?,
        })
    }
}
