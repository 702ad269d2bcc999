//! Observations that phones made without signal. They are never refused.

use futures_util::future::join_all;
use hokan_domain::{
    carry_out::{self, CarryOut, CarryOutEvent, Found, Sighted},
    custody::label_target,
    discrepancy::Finding,
    disposal::Destruction,
    event::{Event, Scan, Stamp},
    ids::{CarryOutId, DeviceId, ItemId},
    item::Item,
    japan_date::jst_date,
    label::{LabelState, LabelTarget},
    ledger::entry::Entry,
    observation::{Delivery, Observation, Observed, admit},
    place::Zone,
    profile::Profile,
    refusal::Reason,
};
use hokan_mobile_api::{
    Caller, Problem, ProblemCode,
    request::{ObservedRequest, ParsedObservation},
    wire::{ObservationAnswer, ObservationDiscrepancy, ObservationOutcome},
};

use super::{
    App, AppError,
    carry_outs::{OPEN_PHASES, around},
    custody::{LabelsSeen, read_erasure, read_home, read_performed, read_photographs, resting},
};
use crate::store::{
    StoreError, WriteTx,
    ledger::{ActStamp, recorded},
    texts::NewTexts,
};

impl App {
    /// Takes observations in, in this order: exactly one answer for each.
    ///
    /// # Errors
    /// Where the store fails before anything was taken in, so that the phone sends the batch again. What
    /// was recorded before such a failure is answered as already recorded then.
    pub async fn observe(
        &self,
        caller: &Caller,
        device: DeviceId,
        observations: Vec<ParsedObservation>,
    ) -> Result<Vec<ObservationAnswer>, Problem> {
        // What a paired phone or a machine is called is not its own to say.
        let device = caller.device.unwrap_or(device);
        let now = self.store().clock().now();
        if let Err(wait) = self.0.arrivals.admit(caller.person.id, observations.len(), now) {
            let seconds = u32::try_from(wait.num_seconds() + 1).unwrap_or(u32::MAX);
            return Err(Problem::new(ProblemCode::Busy, caller.lang).with_retry_after(seconds));
        }
        // Queued in their order and so recorded in it, sharing commits instead of waiting for one each.
        let answers =
            join_all(observations.into_iter().map(|observation| self.take_in(caller, device, observation)))
                .await;
        answers.into_iter().collect()
    }

    async fn take_in(
        &self,
        caller: &Caller,
        device: DeviceId,
        observation: ParsedObservation,
    ) -> Result<ObservationAnswer, Problem> {
        let event = observation.event;
        if caller.by_machine && !a_machine_sees_it(&observation.observed) {
            let problem = Problem::new(ProblemCode::TokenScope, caller.lang);
            return Ok(ObservationAnswer::turned_away(Some(event), problem));
        }
        match self.record(caller, device, observation).await {
            Ok((entries, repeated)) => Ok(answer(caller, event, &entries, repeated)),
            Err(AppError::Store(error)) if !matches!(error, StoreError::EventIdReused(_)) => {
                Err(super::store_problem(&error, caller.lang))
            }
            Err(error) => {
                let problem = self.problem(caller, error).await;
                Ok(ObservationAnswer::turned_away(Some(event), problem))
            }
        }
    }

    async fn record(
        &self,
        caller: &Caller,
        device: DeviceId,
        mut observation: ParsedObservation,
    ) -> Result<(Vec<Entry>, bool), AppError> {
        // It is the word of whoever was proven. That somebody else saw it is kept beside it, and under an id of
        // its own: it must not stand in the way of that person's own word.
        let sender = caller.person.id;
        let claimed = observation.person.take().filter(|person| *person != sender);
        let asked = format!("observe {claimed:?} {observation:?}");
        let act = claimed.map_or(observation.event, |_| observation.event.reported_by(sender));
        let mut stamp = self.stamp_of(sender, act, &asked, &self.profile());
        stamp.occurred_at = Some(observation.occurred_at);
        stamp.observed_by = Some((device, observation.device_seq));
        let photographs = match &observation.observed {
            ObservedRequest::Destroyed { destruction } => &destruction.photographs[..],
            ObservedRequest::Witnessed { photographs, .. } => photographs,
            _ => &[],
        };
        let seen = self.labels_in(photographs.iter().map(|(file, _)| *file).collect()).await?;
        let (app, sending_device, by_machine) = (self.clone(), caller.device, caller.by_machine);
        let proven = self.must_be_proven(caller).is_ok();
        self.store()
            .write("item.observe", move |tx| {
                Box::pin(async move {
                    let entries = tx.first_outcome(&stamp).await?;
                    if !entries.is_empty() {
                        return Ok((entries, true));
                    }
                    let profile = app.profile_on(jst_date(tx.now()));
                    stamp.profile = profile.digest;
                    if let Some(claimed) = claimed {
                        tx.person(claimed).await?.ok_or(AppError::UnknownReference("person"))?;
                    }
                    let sender = tx.person(sender).await?.ok_or(AppError::Unauthenticated)?;
                    let phone = match sending_device {
                        Some(id) => tx.device(id).await?,
                        None => None,
                    };
                    let id = item_of(tx, &app, &observation).await?;
                    let item = tx.item(id).await?.ok_or(AppError::NotFound)?;
                    let timeline = tx.timeline(id).await?;
                    let mut texts = NewTexts::new(tx);
                    let (observed, zone) =
                        read_observed(tx, &item, observation.observed, &seen, &mut texts).await?;
                    let sighting = match observed {
                        Observed::Departed { carry_out } | Observed::Returned { carry_out } => {
                            journey(tx, &item, &observed, carry_out, &observation.scan, &profile, &stamp)
                                .await?
                        }
                        _ => Journey::default(),
                    };
                    let observed = sighting.observed.unwrap_or(observed);
                    let delivery = Delivery {
                        sender: &sender.person,
                        claimed,
                        proven,
                        phone_revoked: phone.is_some_and(|phone| phone.revoked_at.is_some()),
                        by_machine,
                        item: &item,
                        profile: &profile,
                        at: tx.now(),
                    };
                    let observation = Observation {
                        marks: delivery.marks(&observed),
                        observed,
                        zone,
                        scan: observation.scan,
                        stamp: Stamp {
                            event: stamp.act,
                            occurred_at: observation.occurred_at,
                            recorded_at: tx.now(),
                            actor: stamp.actor,
                            observed_by: stamp.observed_by,
                        },
                    };
                    if observation.repeats(&timeline) {
                        return Ok((Vec::new(), true));
                    }
                    let events = admit(&timeline, &observation, &profile);
                    tx.keep_texts(texts).await?;
                    let mut done = tx.append_to_item(&stamp, id, Some(item), &events).await?;
                    if let Some(known) = sighting.carry_out {
                        let id = known.id.0;
                        let (_, more) = tx.append_to(&stamp, id, Some(known), &sighting.events).await?;
                        done.entries.extend(more);
                    }
                    tx.keep_due(&done, &profile).await?;
                    Ok((done.entries, false))
                })
            })
            .await
    }
}

/// Whether a gate or reader can see it without anybody's word: that a label passed it. Everything else is a
/// person's to say.
fn a_machine_sees_it(observed: &ObservedRequest) -> bool {
    use ObservedRequest::{Departed, Returned, Seen};
    matches!(observed, Seen { .. } | Departed { .. } | Returned { .. })
}

/// The item that an observation is about. A void label still tells which item it was on: that it was
/// scanned is evidence, and a discrepancy.
async fn item_of(tx: &WriteTx, app: &App, observation: &ParsedObservation) -> Result<ItemId, AppError> {
    let label = &observation.scan.label;
    let state = tx.label(label).await?.ok_or(AppError::UnknownLabel)?;
    if let LabelState::Void { target: Some(LabelTarget::Item(id)), .. } = &state {
        return Ok(*id);
    }
    match label_target(label, &state) {
        Ok(LabelTarget::Item(id)) => Ok(id),
        Ok(_) => Err(AppError::reason(Reason::WrongLabel { scanned: label.clone() }, &app.profile())),
        Err(reason) => Err(AppError::reason(reason, &app.profile())),
    }
}

/// What was observed, with the area around the place that was named.
async fn read_observed(
    tx: &WriteTx,
    item: &Item,
    observed: ObservedRequest,
    seen: &LabelsSeen,
    texts: &mut NewTexts,
) -> Result<(Observed, Option<Zone>), AppError> {
    let label = &item.label.value;
    let mut zone = None;
    let observed = match observed {
        ObservedRequest::Offered { to } => Observed::Offered { to },
        ObservedRequest::Accepted { hand_over, from } => Observed::Accepted { hand_over, from },
        ObservedRequest::Refused { hand_over, note } => {
            Observed::Refused { hand_over, note: texts.add_optional(note) }
        }
        ObservedRequest::PutAway { home } => {
            let home = resting(tx, read_home(tx, home).await?).await?;
            zone = home.zone;
            Observed::PutAway { home: home.home }
        }
        ObservedRequest::TakenOut => Observed::TakenOut,
        ObservedRequest::Seen { home } => Observed::Seen {
            home: match home {
                Some(home) => {
                    let home = resting(tx, read_home(tx, home).await?).await?;
                    zone = home.zone;
                    Some(home.home)
                }
                None => None,
            },
        },
        ObservedRequest::Departed { carry_out } => Observed::Departed { carry_out },
        ObservedRequest::Returned { carry_out } => Observed::Returned { carry_out },
        ObservedRequest::Sanitized { erasure } => {
            Observed::Sanitized { erasure: read_erasure(erasure, texts) }
        }
        ObservedRequest::Destroyed { destruction } => Observed::Destroyed {
            destruction: Destruction {
                method: destruction.method,
                performed: read_performed(tx, destruction.performed, texts).await?,
                photographs: read_photographs(tx, &destruction.photographs, label, seen).await?,
            },
        },
        ObservedRequest::Witnessed { presence, photographs } => Observed::Witnessed {
            presence,
            photographs: read_photographs(tx, &photographs, label, seen).await?,
        },
        ObservedRequest::FaultReported { note } => Observed::FaultReported { note: texts.add_optional(note) },
        ObservedRequest::FaultChecked { faulty, note } => {
            Observed::FaultChecked { faulty, note: texts.add_optional(note) }
        }
        ObservedRequest::LostReported { note } => Observed::LostReported { note: texts.add_optional(note) },
        ObservedRequest::Found => Observed::Found,
    };
    Ok((observed, zone))
}

/// What an item's leaving or coming back means for the carry-out that it is on.
#[derive(Default)]
struct Journey {
    observed: Option<Observed>,
    carry_out: Option<CarryOut>,
    events: Vec<CarryOutEvent>,
}

async fn journey(
    tx: &mut WriteTx,
    item: &Item,
    observed: &Observed,
    named: Option<CarryOutId>,
    scan: &Scan,
    profile: &Profile,
    stamp: &ActStamp,
) -> Result<Journey, AppError> {
    // The phone may not have known of the carry-out that was granted meanwhile.
    let open = tx.subjects::<CarryOut>(&OPEN_PHASES).await?;
    let known = open.into_iter().find(|carry_out| {
        named.is_none_or(|named| carry_out.id == named) && carry_out.plan.items.contains(&item.id)
    });
    let Some(known) = known else { return Ok(Journey::default()) };
    let actor = tx.person(stamp.actor).await?.ok_or(AppError::Unauthenticated)?.person;
    let now = tx.now();
    let around = around(tx, Some(known.id), &known.plan, profile).await?;
    let situation = around.situation(Some(&known), profile, &actor, now);
    let sighted = match observed {
        Observed::Departed { .. } => Sighted::Departed { items: vec![item.id], scan: scan.clone() },
        _ => Sighted::Returned {
            found: vec![Found { item: item.id, scan: scan.clone() }],
            that_was_all: false,
        },
    };
    let decided = carry_out::observe(&situation, &sighted, stamp.occurred_at.unwrap_or(now));
    let observed = decided.items.iter().flat_map(|(_, events)| events).find_map(|event| match event {
        Event::Departed { carry_out, .. } => Some(Observed::Departed { carry_out: *carry_out }),
        Event::Returned { carry_out, .. } => Some(Observed::Returned { carry_out: *carry_out }),
        _ => None,
    });
    Ok(Journey { observed, events: decided.carry_out, carry_out: Some(known) })
}

/// The answer to an observation, from the entries that it became.
fn answer(
    caller: &Caller,
    event: hokan_domain::ids::EventId,
    entries: &[Entry],
    repeated: bool,
) -> ObservationAnswer {
    // An entry that was just written can be read; one that cannot is reported by the ledger's own check.
    let raised: Vec<Finding> = entries
        .iter()
        .filter_map(|entry| match recorded(entry).ok()?.event {
            Event::DiscrepancyRaised { finding, .. } => Some(finding),
            _ => None,
        })
        .collect();
    let outcome = match (repeated, raised.is_empty()) {
        (true, _) => ObservationOutcome::AlreadyRecorded,
        (false, true) => ObservationOutcome::Recorded,
        (false, false) => ObservationOutcome::RecordedWithDiscrepancy,
    };
    ObservationAnswer {
        event_id: Some(event),
        outcome,
        seq: entries.first().map(|entry| entry.seq),
        discrepancies: raised
            .into_iter()
            .map(|finding| ObservationDiscrepancy {
                kind: finding.kind.code().to_owned(),
                sentence: finding.kind.sentence(caller.lang).to_owned(),
            })
            .collect(),
        problem: None,
    }
}
