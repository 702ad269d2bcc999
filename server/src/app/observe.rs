//! Observations that phones made without signal. They are never refused.

use futures_util::future::join_all;
use hokan_domain::{
    custody::label_target,
    discrepancy::Finding,
    event::{Event, Stamp},
    ids::{DeviceId, ItemId},
    label::{LabelState, LabelTarget},
    ledger::entry::Entry,
    observation::{Observation, Observed, admit},
    refusal::Reason,
};
use hokan_mobile_api::{
    Caller, Problem,
    request::{ObservedRequest, ParsedObservation},
    wire::{ObservationAnswer, ObservationDiscrepancy, ObservationOutcome},
};

use super::{App, AppError, custody::read_home};
use crate::store::{StoreError, WriteTx, ledger::recorded, texts::NewTexts};

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
        observation: ParsedObservation,
    ) -> Result<(Vec<Entry>, bool), AppError> {
        let mut stamp = self.stamp(caller, observation.event, &format!("observe {device} {observation:?}"));
        stamp.occurred_at = Some(observation.occurred_at);
        stamp.observed_by = Some((device, observation.device_seq));
        let app = self.clone();
        self.store()
            .write("item.observe", move |tx| {
                Box::pin(async move {
                    let entries = tx.first_outcome(&stamp).await?;
                    if !entries.is_empty() {
                        return Ok((entries, true));
                    }
                    let id = item_of(tx, &app, &observation).await?;
                    let mut texts = NewTexts::new(tx);
                    let observed = read_observed(tx, observation.observed, &mut texts).await?;
                    let observation = Observation {
                        observed,
                        scan: observation.scan,
                        stamp: Stamp {
                            event: stamp.act,
                            occurred_at: observation.occurred_at,
                            recorded_at: tx.now(),
                            actor: stamp.actor,
                            observed_by: stamp.observed_by,
                        },
                    };
                    let item = tx.item(id).await?.ok_or(AppError::NotFound)?;
                    let timeline = tx.timeline(id).await?;
                    let events = admit(&timeline, &observation, app.profile());
                    tx.keep_texts(texts).await?;
                    let done = tx.append_to_item(&stamp, id, Some(item), &events).await?;
                    Ok((done.entries, false))
                })
            })
            .await
    }
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
        Ok(_) => Err(AppError::reason(Reason::WrongLabel { scanned: label.clone() }, app.profile())),
        Err(reason) => Err(AppError::reason(reason, app.profile())),
    }
}

async fn read_observed(
    tx: &WriteTx,
    observed: ObservedRequest,
    texts: &mut NewTexts,
) -> Result<Observed, AppError> {
    Ok(match observed {
        ObservedRequest::Offered { to } => Observed::Offered { to },
        ObservedRequest::Accepted { hand_over, from } => Observed::Accepted { hand_over, from },
        ObservedRequest::Refused { hand_over, note } => {
            Observed::Refused { hand_over, note: texts.add_optional(note) }
        }
        ObservedRequest::PutAway { home } => Observed::PutAway { home: read_home(tx, home).await? },
        ObservedRequest::TakenOut => Observed::TakenOut,
        ObservedRequest::Seen { home } => Observed::Seen {
            home: match home {
                Some(home) => Some(read_home(tx, home).await?),
                None => None,
            },
        },
    })
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
            Event::DiscrepancyRaised { finding } => Some(finding),
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
