//! Incidents (事故) as people report them, deal with them and see them: what the state of protection was at
//! that moment comes first, since everything else follows from it.

use chrono::{DateTime, Utc};
use hokan_domain::{
    approval,
    calendar::Calendar,
    ids::{EventId, IncidentId},
    incident::{
        self, ClockView, Incident, IncidentAct, ItemAtLoss, Opening, Said, clocks, missing_to_approve,
        missing_to_close, step_name,
    },
    item::Item,
    japan_date::{jst_date, jst_date_time},
    ledger::entry::Entry,
    profile::Profile,
    text::Lang,
};
use hokan_mobile_api::{
    Caller, Problem,
    request::{IncidentActRequest, OpenIncidentRequest, Show},
    wire::{
        ClosingView, IncidentAnswer, IncidentLine, IncidentView, ItemAtLossView, MissingView, Named,
        NotificationView, OpenAct, PublicationView, ReportStepView, StepView,
    },
};

use super::{
    App, AppError, Book,
    custody::read_division,
    journeys::told,
    store_problem,
    view::{given_view, person_view, summary},
};
use crate::store::{WriteTx, texts::NewTexts};

struct IncidentDone {
    incident: Incident,
    entries: Vec<Entry>,
    repeated: bool,
}

async fn at_loss(tx: &WriteTx, id: hokan_domain::ids::ItemId) -> Result<ItemAtLoss, AppError> {
    let item = tx.item(id).await?.ok_or(AppError::UnknownReference("items"))?;
    Ok(ItemAtLoss::of(&item))
}

async fn read_act(
    tx: &WriteTx,
    act: IncidentActRequest,
    texts: &mut NewTexts,
) -> Result<IncidentAct, AppError> {
    Ok(match act {
        IncidentActRequest::Tell { step, at, note } => {
            IncidentAct::Tell { step, at, note: texts.add_optional(note) }
        }
        IncidentActRequest::LeaveOut { step, reason } => {
            IncidentAct::LeaveOut { step, reason: texts.add(&reason) }
        }
        IncidentActRequest::Contain { measure } => IncidentAct::Contain { measure: texts.add(&measure) },
        IncidentActRequest::Instruct { instruction } => {
            IncidentAct::Instruct { instruction: texts.add(&instruction) }
        }
        IncidentActRequest::AddItem { item } => IncidentAct::AddItem { item: at_loss(tx, item).await? },
        IncidentActRequest::SetGravity { gravity, attack, malicious, reason } => {
            IncidentAct::SetGravity { gravity, attack, malicious, reason: texts.add_optional(reason) }
        }
        IncidentActRequest::StateContent { content } => {
            IncidentAct::StateContent { content: texts.add(&content) }
        }
        IncidentActRequest::StateCause { cause } => IncidentAct::StateCause { cause: texts.add(&cause) },
        IncidentActRequest::StateDamage { damage } => IncidentAct::StateDamage { damage: texts.add(&damage) },
        IncidentActRequest::StatePrevention { prevention } => {
            IncidentAct::StatePrevention { prevention: texts.add(&prevention) }
        }
        IncidentActRequest::Count { persons } => IncidentAct::Count { persons },
        IncidentActRequest::Publish { on, note } => {
            IncidentAct::Publish { on, note: texts.add_optional(note) }
        }
        IncidentActRequest::NotifyPerson { persons, note } => {
            IncidentAct::NotifyPerson { persons, note: texts.add_optional(note) }
        }
        IncidentActRequest::ApproveClosing => IncidentAct::ApproveClosing {},
        IncidentActRequest::Close => IncidentAct::Close {},
        IncidentActRequest::Reopen { reason } => IncidentAct::Reopen { reason: texts.add(&reason) },
    })
}

impl App {
    /// Reports an incident.
    ///
    /// # Errors
    /// As [`hokan_mobile_api::Backend::open_incident`] says.
    pub async fn open_incident(
        &self,
        caller: &Caller,
        event: EventId,
        request: OpenIncidentRequest,
    ) -> Result<IncidentAnswer, Problem> {
        let mut stamp = self.stamp(caller, event, &format!("incident {request:?}"));
        let app = self.clone();
        let person = caller.person.id;
        let id = IncidentId::from(event);
        let done = self
            .store()
            .write("incident.open", move |tx| {
                Box::pin(async move {
                    let entries = tx.first_outcome(&stamp).await?;
                    if !entries.is_empty() {
                        let incident = tx.subject(id.0).await?.ok_or(AppError::NotFound)?;
                        return Ok(IncidentDone { incident, entries, repeated: true });
                    }
                    tx.must_be_free(id.0).await?;
                    let profile = app.profile_on(jst_date(tx.now()));
                    stamp.profile = profile.digest;
                    let actor = tx.person(person).await?.ok_or(AppError::Unauthenticated)?.person;
                    let mut texts = NewTexts::new(tx);
                    let mut items = Vec::with_capacity(request.items.len());
                    for item in request.items {
                        items.push(at_loss(tx, item).await?);
                    }
                    let opening = Opening {
                        kind: request.kind,
                        gravity: request.gravity,
                        known_on: request.known_on,
                        division: read_division(tx, request.division).await?,
                        content: texts.add_optional(request.content),
                        attack: request.attack,
                        malicious: request.malicious,
                        items,
                    };
                    let events = incident::open(&opening, &actor, &profile, tx.now())
                        .map_err(|refusal| AppError::Refused { refusal, item: None })?;
                    tx.keep_texts(texts).await?;
                    let (incident, entries) = tx.append_to::<Incident>(&stamp, id.0, None, &events).await?;
                    let incident = incident.ok_or(AppError::NotFound)?;
                    Ok(IncidentDone { incident, entries, repeated: false })
                })
            })
            .await;
        self.incident_answer(caller, event, done).await
    }

    /// Does one act on an incident.
    ///
    /// # Errors
    /// As [`hokan_mobile_api::Backend::act_on_incident`] says.
    pub async fn act_on_incident(
        &self,
        caller: &Caller,
        id: IncidentId,
        event: EventId,
        act: IncidentActRequest,
    ) -> Result<IncidentAnswer, Problem> {
        let mut stamp = self.stamp(caller, event, &format!("{id} {act:?}"));
        let closes = matches!(act, IncidentActRequest::ApproveClosing | IncidentActRequest::Close);
        let proven = !closes || self.must_be_proven(caller).is_ok();
        let app = self.clone();
        let person = caller.person.id;
        let done = self
            .store()
            .write("incident.act", move |tx| {
                Box::pin(async move {
                    let known: Incident = tx.subject(id.0).await?.ok_or(AppError::NotFound)?;
                    let entries = tx.first_outcome(&stamp).await?;
                    if !entries.is_empty() {
                        return Ok(IncidentDone { incident: known, entries, repeated: true });
                    }
                    let profile = app.profile_on(jst_date(tx.now()));
                    stamp.profile = profile.digest;
                    let actor = tx.person(person).await?.ok_or(AppError::Unauthenticated)?.person;
                    let mut texts = NewTexts::new(tx);
                    let act = read_act(tx, act, &mut texts).await?;
                    let events = incident::decide(&known, &act, &actor, &profile, tx.now())
                        .map_err(|refusal| AppError::Refused { refusal, item: None })?;
                    // After the rules: nobody is asked to prove himself for what he may not do anyway.
                    if !proven {
                        return Err(AppError::Unproven);
                    }
                    tx.keep_texts(texts).await?;
                    let (incident, entries) = tx.append_to(&stamp, id.0, Some(known), &events).await?;
                    let incident = incident.ok_or(AppError::NotFound)?;
                    Ok(IncidentDone { incident, entries, repeated: false })
                })
            })
            .await;
        self.incident_answer(caller, event, done).await
    }

    async fn incident_answer(
        &self,
        caller: &Caller,
        event: EventId,
        done: Result<IncidentDone, AppError>,
    ) -> Result<IncidentAnswer, Problem> {
        let done = match done {
            Ok(done) => done,
            Err(error) => return Err(self.problem(caller, error).await),
        };
        let (seq, recorded_at) = told(&done.entries, caller.lang)?;
        let incident = self.incident(caller, done.incident.id).await?;
        Ok(IncidentAnswer {
            event_id: event,
            seq,
            recorded_at,
            repeated: done.repeated,
            sentence: incident.headline.clone(),
            incident,
        })
    }

    /// An incident, with its clocks and what is still missing before it can be closed.
    ///
    /// # Errors
    /// `not-found`.
    pub async fn incident(&self, caller: &Caller, id: IncidentId) -> Result<IncidentView, Problem> {
        let lang = caller.lang;
        let fault = |error| store_problem(&error, lang);
        let incident: Option<Incident> = self.store().subject(id.0).await.map_err(fault)?;
        let Some(incident) = incident else {
            return Err(self.problem(caller, AppError::NotFound).await);
        };
        let ids: Vec<_> = incident.items.iter().map(|lost| lost.item).collect();
        let items = self.items_of(caller, &ids).await?;
        let now = self.store().clock().now();
        let profile = self.profile_on(jst_date(now));
        self.with_names(lang, |book| view(&incident, &items, caller, &profile, now, lang, book))
            .await
            .map_err(fault)
    }

    /// The incidents, the latest first.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn incidents(&self, caller: &Caller, show: Show) -> Result<Vec<IncidentLine>, Problem> {
        let lang = caller.lang;
        let fault = |error| store_problem(&error, lang);
        let phases: &[&str] = match show {
            Show::Open => &["open"],
            Show::All => &[],
        };
        let incidents = self.store().subjects::<Incident>(phases).await.map_err(fault)?;
        let now = self.store().clock().now();
        let profile = self.profile_on(jst_date(now));
        self.with_names(lang, |book| {
            incidents
                .iter()
                .map(|incident| {
                    let waiting = || {
                        clocks(incident, &profile, &Calendar::national(), now)
                            .into_iter()
                            .filter(|clock| clock.told_at.is_none() && !clock.left_out)
                    };
                    IncidentLine {
                        id: incident.id,
                        url: format!("/incidents/{}", incident.id),
                        kind: kind_named(incident, lang),
                        gravity: gravity_named(incident, lang),
                        headline: incident.headline(lang),
                        reported_by: person_view(incident.reported_by, book),
                        reported_at: incident.reported_at,
                        known_on: incident.known_on,
                        next_due: waiting().map(|clock| clock.due.moment()).min(),
                        overdue: u32::try_from(waiting().filter(|clock| clock.overdue).count())
                            .unwrap_or(u32::MAX),
                        closed: incident.closed.is_some(),
                    }
                })
                .collect()
        })
        .await
        .map_err(fault)
    }
}

fn kind_named(incident: &Incident, lang: Lang) -> Named {
    Named { code: incident.kind.code().to_owned(), name: incident.kind.name(lang).to_owned() }
}

fn gravity_named(incident: &Incident, lang: Lang) -> Named {
    Named { code: incident.gravity.code().to_owned(), name: incident.gravity.name(lang).to_owned() }
}

fn said(said: &Said, book: &Book) -> StepView {
    StepView { by: person_view(said.by, book), at: said.at, text: Some(book.text(said.text)) }
}

fn view(
    incident: &Incident,
    items: &[Item],
    caller: &Caller,
    profile: &Profile,
    now: DateTime<Utc>,
    lang: Lang,
    book: &Book,
) -> IncidentView {
    let gate = incident.gate(profile);
    let text = |text: Option<hokan_domain::text::TextRef>| text.map(|text| book.text(text));
    let missing = match gate {
        Some(gate) if !approval::missing(&gate.approvers, &incident.approvals).is_empty() => {
            missing_to_approve(incident, profile)
        }
        _ => missing_to_close(incident, profile),
    };
    IncidentView {
        id: incident.id,
        url: format!("/incidents/{}", incident.id),
        kind: kind_named(incident, lang),
        gravity: gravity_named(incident, lang),
        headline: incident.headline(lang),
        attack: incident.attack,
        malicious: incident.malicious,
        division: incident.division.map(|id| Named { code: id.to_string(), name: book.division(id) }),
        reported_by: person_view(incident.reported_by, book),
        reported_at: incident.reported_at,
        known_on: incident.known_on,
        content: text(incident.facts.content),
        cause: text(incident.facts.cause),
        damage: text(incident.facts.damage),
        prevention: text(incident.facts.prevention),
        affected: incident.facts.affected,
        items: incident
            .items
            .iter()
            .filter_map(|lost| {
                let item = items.iter().find(|item| item.id == lost.item)?;
                Some(ItemAtLossView {
                    item: summary(item, lang, book),
                    was_encrypted: lost.was_encrypted(),
                    protection: lost.protection_name(lang),
                    categories: lost.categories.iter().map(|known| Named::category(*known, lang)).collect(),
                    records: lost.records,
                })
            })
            .collect(),
        chain: clocks(incident, profile, &Calendar::national(), now)
            .iter()
            .map(|clock| step_view(clock, incident, caller, profile, now, lang, book))
            .collect(),
        measures: incident.measures.iter().map(|one| said(one, book)).collect(),
        instructions: incident.instructions.iter().map(|one| said(one, book)).collect(),
        published: incident
            .published
            .iter()
            .map(|one| PublicationView { by: person_view(one.by, book), on: one.on, note: text(one.note) })
            .collect(),
        notified: incident
            .notified
            .iter()
            .map(|one| NotificationView {
                by: person_view(one.by, book),
                at: one.at,
                persons: one.persons,
                note: text(one.note),
            })
            .collect(),
        closing: ClosingView {
            roles: gate
                .map(|gate| gate.approvers.roles().iter().map(|role| book.role(role)).collect())
                .unwrap_or_default(),
            all: gate.is_some_and(|gate| gate.approvers.needs_all()),
            given: incident.approvals.iter().map(|given| given_view(given, None, book)).collect(),
            missing: missing.iter().map(|missing| MissingView::new(missing, lang)).collect(),
            source: gate.map(|gate| gate.source.cite(lang)),
        },
        closed: incident.closed.map(|closed| StepView {
            by: person_view(closed.by, book),
            at: closed.at,
            text: None,
        }),
        acts: incident::open_acts(incident, &caller.person, profile)
            .iter()
            .map(|(kind, answer)| OpenAct::on_incident(*kind, answer, lang, book))
            .collect(),
        version: incident.version,
    }
}

fn step_view(
    clock: &ClockView,
    incident: &Incident,
    caller: &Caller,
    profile: &Profile,
    now: DateTime<Utc>,
    lang: Lang,
    book: &Book,
) -> ReportStepView {
    let step = profile.incident.chain.iter().find(|step| step.id == clock.step);
    let name = step.map_or_else(|| clock.step.clone(), |step| step_name(step, profile, lang));
    let due_at = clock.due.moment();
    let told = incident.told(&clock.step).map(|told| StepView {
        by: person_view(told.by, book),
        at: told.at,
        text: told.note.map(|text| book.text(text)),
    });
    let act = IncidentAct::Tell { step: clock.step.clone(), at: None, note: None };
    let mine_to_tell =
        told.is_none() && incident::decide(incident, &act, &caller.person, profile, now).is_ok();
    ReportStepView {
        step: Named { code: clock.step.clone(), name },
        from: clock.from.as_ref().map(|role| book.role(role)),
        to: match (&clock.to, &clock.outside) {
            (Some(role), _) => book.role(role),
            (None, Some(outside)) => outside.get(lang).to_owned(),
            (None, None) => String::new(),
        },
        due_at,
        due_text: jst_date_time(due_at),
        told,
        as_needed: clock.as_needed,
        left_out: incident.left_out(&clock.step).map(|one| said(one, book)),
        overdue: clock.overdue,
        late: clock.late,
        mine_to_tell,
        source: clock.source.cite(lang),
    }
}
