//! Carry-outs and containers as people ask for them and see them.

use std::collections::HashMap;

use hokan_domain::{
    carry_out::{self, CarryOut, CarryOutAct, Found, Plan, Step},
    container::{self, ContainerAct, ContainerEvent},
    contract::Contract,
    ids::{CarryOutId, ContainerId, EventId, ItemId, NoteId},
    item::Item,
    japan_date::jst_date,
    label::{LabelState, LabelTarget},
    ledger::entry::Entry,
    personal_number::CheckedText,
    place::Home,
    profile::{Measure, Profile},
    text::{Lang, Names, TextRef},
};
use hokan_mobile_api::{
    Caller, Problem, ProblemCode,
    request::{CarryOutActRequest, PlanRequest, Show},
    wire::{
        ApprovalView, CarryOutAnswer, CarryOutLine, CarryOutStepView, CarryOutView, ClosedReason,
        ContainerAnswer, ContainerView, EndedView, HomeView, InsteadView, LoadView, LockView, MissingView,
        Named, OpenAct, PlanView,
    },
};

use super::{
    App, AppError, Book,
    carry_outs::{
        Around, CarryOutDone, ContainerDone, OPEN_PHASES, Within, act_on_carry_out, act_on_container, around,
        within,
    },
    store_problem,
    view::{given_view, person_view, summary},
};
use crate::store::{WriteTx, ledger::stamp_of, texts::NewTexts};

/// Everything that a page about a carry-out shows, loaded at one moment.
struct Loaded {
    carry_out: CarryOut,
    around: Around,
    contract: Option<Contract>,
}

/// The plan as it stood, with what its texts say: a text that says what it said before stays the same one, so
/// that approvals given to it do not lapse.
#[derive(Debug, Default)]
struct Before {
    plan: Option<Plan>,
    said: HashMap<NoteId, String>,
}

impl Before {
    fn keep(
        &self,
        old: impl Fn(&Plan) -> Option<TextRef>,
        new: Option<CheckedText>,
        texts: &mut NewTexts,
    ) -> Option<TextRef> {
        let new = new?;
        let old = self.plan.as_ref().and_then(old);
        let same = old.filter(|old| self.said.get(&old.id).is_some_and(|said| said == new.as_str()));
        Some(same.unwrap_or_else(|| texts.add(&new)))
    }

    fn keep_reason(&self, measure: Measure, why: &CheckedText, texts: &mut NewTexts) -> TextRef {
        let known = self.plan.iter().flat_map(|plan| &plan.instead);
        let same = known
            .filter(|(known, _)| *known == measure)
            .map(|(_, text)| *text)
            .find(|text| self.said.get(&text.id).is_some_and(|said| said == why.as_str()));
        same.unwrap_or_else(|| texts.add(why))
    }
}

fn read_plan(plan: PlanRequest, before: &Before, texts: &mut NewTexts) -> Plan {
    Plan {
        items: plan.items,
        ground: plan.ground,
        exempt: plan.exempt,
        counterparty: before.keep(|plan| plan.counterparty, plan.counterparty, texts),
        contract: plan.contract,
        legal_ground: plan.legal_ground.map(|text| text.as_str().to_owned()),
        direction: plan.direction,
        channel: plan.channel,
        destination: before.keep(|plan| plan.destination, plan.destination, texts),
        transport: before.keep(|plan| plan.transport, plan.transport, texts),
        tracking: before.keep(|plan| plan.tracking, plan.tracking, texts),
        route: before.keep(|plan| plan.route, plan.route, texts),
        due_back: plan.due_back,
        for_good: plan.for_good,
        packaging: before.keep(|plan| plan.packaging, plan.packaging, texts),
        sealed: plan.sealed,
        masked: plan.masked,
        container: plan.container,
        instead: plan
            .instead
            .into_iter()
            .map(|(measure, why)| (measure, before.keep_reason(measure, &why, texts)))
            .collect(),
    }
}

async fn read_act(
    tx: &WriteTx,
    act: CarryOutActRequest,
    before: &Before,
    texts: &mut NewTexts,
) -> Result<CarryOutAct, AppError> {
    Ok(match act {
        CarryOutActRequest::Amend { plan } => {
            CarryOutAct::Amend { plan: Box::new(read_plan(*plan, before, texts)) }
        }
        CarryOutActRequest::Approve { role, note } => {
            CarryOutAct::Approve { role, note: texts.add_optional(note) }
        }
        CarryOutActRequest::TurnDown { reason } => CarryOutAct::TurnDown { reason: texts.add(&reason) },
        CarryOutActRequest::Withdraw => CarryOutAct::Withdraw,
        CarryOutActRequest::Depart { scan } => CarryOutAct::Depart { scan },
        CarryOutActRequest::Arrive { lock_seen, receipt } => {
            CarryOutAct::Arrive { lock_seen, receipt: texts.add_optional(receipt) }
        }
        CarryOutActRequest::Unpack { found, opened, more_to_come } => {
            let mut items = Vec::with_capacity(found.len());
            for scan in found {
                match tx.label(&scan.label).await?.ok_or(AppError::UnknownLabel)? {
                    LabelState::Bound(LabelTarget::Item(item)) => items.push(Found { item, scan }),
                    _ => return Err(AppError::UnknownReference("found")),
                }
            }
            CarryOutAct::Unpack { found: items, opened, more_to_come }
        }
        CarryOutActRequest::Deliver { receipt } => CarryOutAct::Deliver { receipt: texts.add(&receipt) },
        CarryOutActRequest::Close => CarryOutAct::Close,
    })
}

impl App {
    /// Asks for a carry-out.
    ///
    /// # Errors
    /// As [`hokan_mobile_api::Backend::request_carry_out`] says.
    pub async fn request_carry_out(
        &self,
        caller: &Caller,
        event: EventId,
        plan: PlanRequest,
    ) -> Result<CarryOutAnswer, Problem> {
        let asked = format!("carry-out {plan:?}");
        let id = CarryOutId::from(event);
        let done = self.perform_on_carry_out(caller, id, event, asked, Asked::Request(Box::new(plan))).await;
        self.carry_out_answer(caller, event, done).await
    }

    /// Does one act on a carry-out.
    ///
    /// # Errors
    /// As [`hokan_mobile_api::Backend::act_on_carry_out`] says.
    pub async fn act_on_carry_out(
        &self,
        caller: &Caller,
        id: CarryOutId,
        event: EventId,
        act: CarryOutActRequest,
    ) -> Result<CarryOutAnswer, Problem> {
        let asked = format!("{id} {act:?}");
        let done = self.perform_on_carry_out(caller, id, event, asked, Asked::Act(act)).await;
        self.carry_out_answer(caller, event, done).await
    }

    async fn perform_on_carry_out(
        &self,
        caller: &Caller,
        id: CarryOutId,
        event: EventId,
        asked: String,
        request: Asked,
    ) -> Result<CarryOutDone, AppError> {
        let mut stamp = self.stamp(caller, event, &asked);
        let app = self.clone();
        let person = caller.person.id;
        let approves = matches!(&request, Asked::Act(CarryOutActRequest::Approve { .. }));
        let proven = !approves || self.must_be_proven(caller).is_ok();
        let before = match &request {
            Asked::Act(CarryOutActRequest::Amend { .. }) => self.before(id).await?,
            _ => Before::default(),
        };
        self.store()
            .write("carry-out.act", move |tx| {
                Box::pin(async move {
                    let entries = tx.first_outcome(&stamp).await?;
                    if !entries.is_empty() {
                        let carry_out = tx.subject(id.0).await?.ok_or(AppError::NotFound)?;
                        return Ok(CarryOutDone {
                            carry_out,
                            entries,
                            repeated: true,
                            unexpected: Vec::new(),
                        });
                    }
                    if !proven {
                        return Err(AppError::Unproven);
                    }
                    if matches!(request, Asked::Request(_)) {
                        tx.must_be_free(id.0).await?;
                    }
                    let profile = app.profile_on(jst_date(tx.now()));
                    stamp.profile = profile.digest;
                    let actor = tx.person(person).await?.ok_or(AppError::Unauthenticated)?.person;
                    let mut texts = NewTexts::new(tx);
                    let act = match request {
                        Asked::Request(plan) => {
                            CarryOutAct::Request { plan: Box::new(read_plan(*plan, &before, &mut texts)) }
                        }
                        Asked::Act(act) => read_act(tx, act, &before, &mut texts).await?,
                    };
                    Box::pin(act_on_carry_out(tx, &stamp, id, &actor, &profile, &act, texts)).await
                })
            })
            .await
    }

    async fn before(&self, id: CarryOutId) -> Result<Before, AppError> {
        let known: Option<CarryOut> = self.store().subject(id.0).await?;
        let plan = known.map(|known| known.plan);
        let texts = plan.as_ref().map(Plan::texts).unwrap_or_default();
        let said = self.store().texts(texts.into_iter().map(|text| text.id)).await?;
        Ok(Before { plan, said })
    }

    async fn carry_out_answer(
        &self,
        caller: &Caller,
        event: EventId,
        done: Result<CarryOutDone, AppError>,
    ) -> Result<CarryOutAnswer, Problem> {
        let lang = caller.lang;
        let done = match done {
            Ok(done) => done,
            Err(error) => return Err(self.problem(caller, error).await),
        };
        let (seq, recorded_at) = told(&done.entries, lang)?;
        let unexpected = self.items_of(caller, &done.unexpected).await?;
        let carry_out = self.carry_out(caller, done.carry_out.id).await?;
        Ok(CarryOutAnswer {
            event_id: event,
            seq,
            recorded_at,
            repeated: done.repeated,
            sentence: carry_out.sentence.clone(),
            unexpected: self.summaries(caller, &unexpected).await?,
            carry_out,
        })
    }

    /// Those of these items that there are.
    pub(super) async fn items_of(&self, caller: &Caller, ids: &[ItemId]) -> Result<Vec<Item>, Problem> {
        let mut items = Vec::with_capacity(ids.len());
        for id in ids {
            let item = self.store().item(*id).await.map_err(|error| store_problem(&error, caller.lang))?;
            items.extend(item);
        }
        Ok(items)
    }

    async fn loaded(&self, caller: &Caller, id: CarryOutId) -> Result<Loaded, AppError> {
        let profile = self.profile();
        let _ = caller;
        self.store()
            .snapshot(move |tx| {
                Box::pin(async move {
                    let carry_out: CarryOut = tx.subject(id.0).await?.ok_or(AppError::NotFound)?;
                    let around = around(tx, Some(id), &carry_out.plan, &profile).await?;
                    let contract = match carry_out.plan.contract {
                        Some(contract) => tx.subject(contract.0).await?,
                        None => None,
                    };
                    Ok(Loaded { carry_out, around, contract })
                })
            })
            .await
    }

    /// A carry-out, with who must approve, what is missing, and what is open to the caller.
    ///
    /// # Errors
    /// `not-found`.
    pub async fn carry_out(&self, caller: &Caller, id: CarryOutId) -> Result<CarryOutView, Problem> {
        let lang = caller.lang;
        let loaded = match self.loaded(caller, id).await {
            Ok(loaded) => loaded,
            Err(error) => return Err(self.problem(caller, error).await),
        };
        let now = self.store().clock().now();
        let profile = self.profile_on(jst_date(now));
        let missing =
            self.items_of(caller, &loaded.carry_out.missing.iter().copied().collect::<Vec<_>>()).await?;
        self.with_names(lang, |book| carry_out_view(&loaded, &missing, caller, &profile, now, lang, book))
            .await
            .map_err(|error| store_problem(&error, lang))
    }

    /// The carry-outs, the latest first.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn carry_outs(&self, caller: &Caller, show: Show) -> Result<Vec<CarryOutLine>, Problem> {
        let lang = caller.lang;
        let fault = |error| store_problem(&error, lang);
        let phases: &[&str] = match show {
            Show::Open => &OPEN_PHASES,
            Show::All => &[],
        };
        let carry_outs = self.store().subjects::<CarryOut>(phases).await.map_err(fault)?;
        let now = self.store().clock().now();
        let profile = self.profile_on(jst_date(now));
        let mut lines = Vec::with_capacity(carry_outs.len());
        for carry_out in carry_outs {
            let items = self.items_of(caller, &carry_out.plan.items).await?;
            lines.push((carry_out, items));
        }
        self.with_names(lang, |book| {
            lines
                .iter()
                .map(|(carry_out, items)| line(carry_out, items, caller, &profile, now, lang, book))
                .collect()
        })
        .await
        .map_err(fault)
    }

    /// A container with what is in it.
    ///
    /// # Errors
    /// `not-found`.
    pub async fn container(&self, caller: &Caller, id: ContainerId) -> Result<ContainerView, Problem> {
        let lang = caller.lang;
        let fault = |error| store_problem(&error, lang);
        let known = self.store().container(id).await.map_err(fault)?;
        let known = known.ok_or_else(|| Problem::new(ProblemCode::NotFound, lang))?;
        let loaded = self
            .store()
            .snapshot(move |tx| {
                Box::pin(async move {
                    let open = tx.subjects::<CarryOut>(&OPEN_PHASES).await?;
                    match within(tx, id, &open).await {
                        Ok(within) => Ok(Some(within)),
                        // One without a label can hold things, and nothing can be done with it.
                        Err(AppError::UnknownReference(_)) => Ok(None),
                        Err(error) => Err(error),
                    }
                })
            })
            .await;
        let within = match loaded {
            Ok(within) => within,
            Err(error) => return Err(self.problem(caller, error).await),
        };
        let items = within.as_ref().map(|within| within.items.clone()).unwrap_or_default();
        let items = self.items_of(caller, &items).await?;
        let profile = self.profile();
        self.with_names(lang, |book| ContainerView {
            id,
            url: format!("/containers/{id}"),
            name: known.name.clone(),
            label: known.label.clone(),
            place: None,
            locked: within.as_ref().and_then(|within| within.state.locked.as_ref()).map(|lock| LockView {
                number: lock.number.to_string(),
                by: person_view(lock.by, book),
                at: lock.at,
            }),
            carry_out: within.as_ref().and_then(|within| within.carry_out),
            items: items.iter().map(|item| summary(item, lang, book)).collect(),
            acts: within
                .as_ref()
                .map(|within| container::open_acts(&within.inside(), &caller.person, &profile))
                .unwrap_or_default()
                .iter()
                .map(|(kind, answer)| OpenAct::on_container(*kind, answer, lang, book))
                .collect(),
            version: within.as_ref().map_or(0, |within: &Within| within.state.version),
        })
        .await
        .map_err(fault)
    }

    /// Does one act on a container.
    ///
    /// # Errors
    /// As [`hokan_mobile_api::Backend::act_on_container`] says.
    pub async fn act_on_container(
        &self,
        caller: &Caller,
        id: ContainerId,
        event: EventId,
        act: ContainerAct,
    ) -> Result<ContainerAnswer, Problem> {
        let lang = caller.lang;
        let mut stamp = self.stamp(caller, event, &format!("{id} {act:?}"));
        let app = self.clone();
        let person = caller.person.id;
        let done = self
            .store()
            .write("container.act", move |tx| {
                Box::pin(async move {
                    let entries = tx.first_outcome(&stamp).await?;
                    if !entries.is_empty() {
                        let state = tx.subject(id.0).await?.ok_or(AppError::NotFound)?;
                        return Ok(ContainerDone { state, entries, repeated: true });
                    }
                    let profile = app.profile_on(jst_date(tx.now()));
                    stamp.profile = profile.digest;
                    let actor = tx.person(person).await?.ok_or(AppError::Unauthenticated)?.person;
                    Box::pin(act_on_container(tx, &stamp, id, &actor, &profile, &act)).await
                })
            })
            .await;
        let done = match done {
            Ok(done) => done,
            Err(error) => return Err(self.problem(caller, error).await),
        };
        let (seq, recorded_at) = told(&done.entries, lang)?;
        let matches =
            done.entries.iter().find_map(|entry| match serde_json::from_str::<ContainerEvent>(&entry.body) {
                Ok(ContainerEvent::Opened { matches, .. }) => Some(matches),
                _ => None,
            });
        let container = self.container(caller, id).await?;
        let sentence = match (&done.state.locked, matches) {
            (Some(lock), _) => {
                let number = &lock.number;
                lang.pick(
                    format!("{}を番号 {number} で施錠しました。", container.name),
                    format!("{} was locked with number {number}.", container.name),
                )
            }
            (None, Some(false)) => lang.pick(
                format!("{}を開けました。番号が違うため、食い違いとして記録しました。", container.name),
                format!(
                    "{} was opened. The number was another: that is recorded as a discrepancy.",
                    container.name
                ),
            ),
            (None, _) => lang
                .pick(format!("{}を開けました。", container.name), format!("{} was opened.", container.name)),
        };
        Ok(ContainerAnswer {
            event_id: event,
            seq,
            recorded_at,
            repeated: done.repeated,
            sentence,
            matches,
            container,
        })
    }
}

/// What is asked of a carry-out.
enum Asked {
    Request(Box<PlanRequest>),
    Act(CarryOutActRequest),
}

/// Where and when an act was recorded.
pub(super) fn told(entries: &[Entry], lang: Lang) -> Result<(u64, chrono::DateTime<chrono::Utc>), Problem> {
    let first = entries.first().ok_or_else(|| Problem::internal(lang, &"an act became no event"))?;
    let stamp = stamp_of(first).map_err(|error| store_problem(&error, lang))?;
    Ok((first.seq, stamp.recorded_at))
}

fn title(items: &[Item], lang: Lang, book: &Book) -> String {
    match items {
        [] => String::new(),
        [only] => book.text(only.title),
        [first, rest @ ..] => {
            let (first, more) = (book.text(first.title), rest.len());
            lang.pick(format!("{first}ほか{more}点"), format!("{first} and {more} more"))
        }
    }
}

fn line(
    carry_out: &CarryOut,
    items: &[Item],
    caller: &Caller,
    profile: &Profile,
    now: chrono::DateTime<chrono::Utc>,
    lang: Lang,
    book: &Book,
) -> CarryOutLine {
    let state = carry_out.standing(profile, now);
    let around =
        Around { items: items.to_vec(), elsewhere: Vec::new(), container: None, contract_in_force: None };
    let situation = around.situation(Some(carry_out), profile, &caller.person, now);
    CarryOutLine {
        id: carry_out.id,
        url: format!("/carry-outs/{}", carry_out.id),
        state: Named { code: state.code().to_owned(), name: state.name().get(lang).to_owned() },
        items: u32::try_from(carry_out.plan.items.len()).unwrap_or(u32::MAX),
        title: title(items, lang, book),
        counterparty: carry_out.plan.counterparty.map(|text| book.text(text)),
        requested_by: person_view(carry_out.requested_by, book),
        requested_at: carry_out.requested_at,
        due_back: carry_out.plan.due_back,
        overdue_days: carry_out.overdue(jst_date(now)),
        mine_to_decide: carry_out::check(&situation, carry_out::CarryOutActKind::Approve).is_ok(),
    }
}

fn carry_out_view(
    loaded: &Loaded,
    missing: &[Item],
    caller: &Caller,
    profile: &Profile,
    now: chrono::DateTime<chrono::Utc>,
    lang: Lang,
    book: &Book,
) -> CarryOutView {
    let Loaded { carry_out, around, contract } = loaded;
    let plan = &carry_out.plan;
    let situation = around.situation(Some(carry_out), profile, &caller.person, now);
    let state = carry_out.standing(profile, now);
    let state_name = state.name().get(lang).to_owned();
    let overdue_days = carry_out.overdue(jst_date(now));
    let out = carry_out.out();
    let departure = carry_out.departure.as_ref();
    let arrival = carry_out.arrival.as_ref();
    let named = title(&around.items, lang, book);
    let ended = carry_out.ended.or(carry_out.delivered);
    CarryOutView {
        id: carry_out.id,
        url: format!("/carry-outs/{}", carry_out.id),
        state: Named { code: state.code().to_owned(), name: state_name.clone() },
        sentence: match overdue_days {
            Some(days) => lang.pick(
                format!("{named}：{state_name}（返却予定日を{days}日過ぎています）"),
                format!("{named}: {state_name} ({days} days overdue)"),
            ),
            None => format!("{named}：{state_name}"),
        },
        plan: PlanView {
            items: around.items.iter().map(|item| summary(item, lang, book)).collect(),
            ground: plan.ground.as_deref().map(|id| {
                let name = profile.ground(id).map_or_else(|| id.to_owned(), |g| g.name.get(lang).to_owned());
                Named { code: id.to_owned(), name }
            }),
            exempt: plan.exempt.as_deref().map(|id| {
                let known = profile.carry_out.exempt.iter().find(|choice| choice.id == id);
                known.map_or_else(
                    || Named { code: id.to_owned(), name: id.to_owned() },
                    |choice| Named::choice(choice, lang),
                )
            }),
            counterparty: plan.counterparty.map(|text| book.text(text)),
            contract: contract.as_ref().map(|contract| Named {
                code: contract.id.to_string(),
                name: book.text(contract.contractor),
            }),
            legal_ground: plan.legal_ground.clone(),
            direction: Named::direction(plan.direction, lang),
            channel: Named::channel(plan.channel, lang),
            destination: plan.destination.map(|text| book.text(text)),
            transport: plan.transport.map(|text| book.text(text)),
            tracking: plan.tracking.map(|text| book.text(text)),
            route: plan.route.map(|text| book.text(text)),
            due_back: plan.due_back,
            for_good: plan.for_good,
            packaging: plan.packaging.map(|text| book.text(text)),
            sealed: plan.sealed,
            masked: plan.masked,
            container: plan
                .container
                .map(|id| HomeView::new(Home::Container(id), book.home(Home::Container(id)))),
            instead: plan
                .instead
                .iter()
                .map(|(measure, why)| InsteadView {
                    measure: Named::measure(*measure, lang),
                    reason: Some(book.text(*why)),
                })
                .collect(),
        },
        requested_by: person_view(carry_out.requested_by, book),
        requested_at: carry_out.requested_at,
        lapses_at: carry_out.lapses_at(profile),
        steps: carry_out::explain(&situation).iter().map(|step| step_view(step, lang, book)).collect(),
        load: departure.map(|departure| LoadView {
            kinds: departure
                .load
                .kinds
                .iter()
                .map(|(kind, count)| format!("{} {count}", kind.name(lang)))
                .collect::<Vec<_>>()
                .join(lang.pick("、", ", ")),
            quantity: departure.load.quantity,
            records: departure.load.records,
        }),
        lock: departure.and_then(|departure| departure.lock.as_ref()).map(ToString::to_string),
        lock_seen: arrival.and_then(|arrival| arrival.lock_seen.as_ref()).map(ToString::to_string),
        lock_matches: arrival.and_then(|arrival| arrival.matches),
        receipt: arrival.and_then(|arrival| arrival.receipt).map(|text| book.text(text)),
        out: around
            .items
            .iter()
            .filter(|item| out.contains(&item.id))
            .map(|item| summary(item, lang, book))
            .collect(),
        missing: missing.iter().map(|item| summary(item, lang, book)).collect(),
        overdue_days,
        ended: ended.map(|ended| EndedView {
            by: ended.by.map(|id| person_view(id, book)),
            at: ended.at,
            text: ended.text.map(|text| book.text(text)),
        }),
        acts: carry_out::open_acts(&situation)
            .iter()
            .filter(|(kind, _)| *kind != carry_out::CarryOutActKind::Request)
            .map(|(kind, answer)| OpenAct::on_carry_out(*kind, answer, lang, book))
            .collect(),
        version: carry_out.version,
    }
}

fn step_view(step: &Step, lang: Lang, book: &Book) -> CarryOutStepView {
    CarryOutStepView {
        act: Named { code: step.kind.code().to_owned(), name: step.kind.name(lang).to_owned() },
        stage: step.stage.into(),
        by: step.by.map(|id| person_view(id, book)),
        at: step.at,
        approvals: step
            .approvals
            .iter()
            .map(|asked| ApprovalView {
                roles: asked.roles.iter().map(|role| role.get(lang).to_owned()).collect(),
                all: asked.all,
                division: asked.division.map(|id| Named { code: id.to_string(), name: book.division(id) }),
                item: asked.item,
                given: asked
                    .given
                    .iter()
                    .map(|consent| given_view(&consent.given, consent.note, book))
                    .collect(),
                missing: asked.missing.iter().map(|role| role.get(lang).to_owned()).collect(),
                source: asked.source.cite(lang),
            })
            .collect(),
        missing: step.missing.iter().map(|missing| MissingView::new(missing, lang)).collect(),
        open: step.open.is_ok(),
        reason: step.open.as_ref().err().map(|refusal| ClosedReason::new(refusal, lang, book)),
    }
}
