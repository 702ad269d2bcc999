//! Carry-outs and containers: load all that an act is judged by, let the rules decide, and write what it
//! becomes on every timeline that it touches, in one transaction.

use hokan_domain::{
    carry_out::{self, CarryOut, CarryOutAct, CarryOutState, Plan, Situation},
    container::{self, ContainerAct, ContainerState, Inside},
    contract::Contract,
    discrepancy::{Watch, differences},
    event::{Event, Recorded},
    ids::{CarryOutId, ContainerId, ItemId},
    item::Item,
    japan_date::jst_date,
    label::LabelId,
    ledger::entry::Entry,
    person::Person,
    place::Home,
    profile::Profile,
};

use super::AppError;
use crate::store::{StoreError, WriteTx, items::Appended, ledger::ActStamp, texts::NewTexts};

/// The phases of a carry-out that is not over.
pub(super) const OPEN_PHASES: [&str; 4] = ["requested", "granted", "departed", "arrived"];

/// What an act on a carry-out became.
#[derive(Debug)]
pub(super) struct CarryOutDone {
    pub(super) carry_out: CarryOut,
    pub(super) entries: Vec<Entry>,
    pub(super) repeated: bool,
    /// What was scanned and is not of this carry-out.
    pub(super) unexpected: Vec<ItemId>,
}

/// What an act on a container became.
#[derive(Debug)]
pub(super) struct ContainerDone {
    pub(super) state: ContainerState,
    pub(super) entries: Vec<Entry>,
    pub(super) repeated: bool,
}

/// Everything around a carry-out, as one transaction or one reader saw it.
#[derive(Debug)]
pub(super) struct Around {
    pub(super) items: Vec<Item>,
    pub(super) elsewhere: Vec<ItemId>,
    pub(super) container: Option<Within>,
    pub(super) contract_in_force: Option<bool>,
}

/// A container with what is in it.
#[derive(Debug)]
pub(super) struct Within {
    pub(super) state: ContainerState,
    pub(super) label: LabelId,
    pub(super) items: Vec<ItemId>,
    pub(super) carry_out: Option<CarryOutId>,
}

impl Within {
    pub(super) fn inside(&self) -> Inside<'_> {
        Inside { state: &self.state, label: &self.label, items: &self.items, carry_out: self.carry_out }
    }
}

impl Around {
    pub(super) fn situation<'a>(
        &'a self,
        carry_out: Option<&'a CarryOut>,
        profile: &'a Profile,
        actor: &'a Person,
        now: chrono::DateTime<chrono::Utc>,
    ) -> Situation<'a> {
        Situation {
            carry_out,
            items: &self.items,
            elsewhere: &self.elsewhere,
            container: self.container.as_ref().map(Within::inside),
            contract_in_force: self.contract_in_force,
            profile,
            actor,
            now,
        }
    }
}

/// Loads what a plan speaks of.
pub(super) async fn around(
    tx: &WriteTx,
    id: Option<CarryOutId>,
    plan: &Plan,
    profile: &Profile,
) -> Result<Around, AppError> {
    let today = jst_date(tx.now());
    let mut items = Vec::with_capacity(plan.items.len());
    for item in &plan.items {
        items.push(tx.item(*item).await?.ok_or(AppError::UnknownReference("items"))?);
    }
    let open = tx.subjects::<CarryOut>(&OPEN_PHASES).await?;
    let elsewhere = open
        .iter()
        // One that lapsed is over, whether or not that was recorded already.
        .filter(|other| Some(other.id) != id && other.standing(profile, tx.now()).is_open())
        .flat_map(|other| &other.plan.items)
        .filter(|item| plan.items.contains(item))
        .copied()
        .collect();
    let container = match plan.container {
        Some(container) => Some(within(tx, container, &open).await?),
        None => None,
    };
    let contract_in_force = match plan.contract {
        Some(contract) => {
            let contract: Contract =
                tx.subject(contract.0).await?.ok_or(AppError::UnknownReference("contract"))?;
            Some(contract.in_force(today))
        }
        None => None,
    };
    Ok(Around { items, elsewhere, container, contract_in_force })
}

/// A container with what is in it: what rests there, and what travels in it.
pub(super) async fn within(tx: &WriteTx, id: ContainerId, open: &[CarryOut]) -> Result<Within, AppError> {
    let row = tx.container(id).await?.ok_or(AppError::UnknownReference("container"))?;
    let label = row.label.ok_or(AppError::UnknownReference("container"))?;
    let state = tx.subject(id.0).await?.unwrap_or_else(|| ContainerState::new(id));
    let travelling = open.iter().find(|carry_out| {
        matches!(carry_out.state, CarryOutState::Departed | CarryOutState::Arrived)
            && carry_out.departure.as_ref().is_some_and(|departure| departure.container == Some(id))
    });
    let mut items = tx.items_resting_in(Home::Container(id)).await?;
    if let Some(carry_out) = travelling {
        items.extend(carry_out.out());
    }
    Ok(Within { state, label, items, carry_out: travelling.map(|carry_out| carry_out.id) })
}

/// Appends events to an item and sees whether they contradict what the register knows, or explain what did.
pub(super) async fn append_watched(
    tx: &mut WriteTx,
    stamp: &ActStamp,
    item: Item,
    events: &[Event],
    profile: &Profile,
) -> Result<Appended, StoreError> {
    let id = item.id;
    // Only these can contradict or explain anything when they are decided at the server; folding every
    // timeline again for the others would cost a carry-out of two hundred items its speed.
    let worth_a_look = !item.discrepancies.is_empty()
        || events.iter().any(|event| {
            matches!(
                event,
                Event::Unsealed { .. }
                    | Event::MissedAtUnpacking { .. }
                    | Event::Returned { .. }
                    | Event::Seen { .. }
            )
        });
    let mut done = tx.append_to_item(stamp, id, Some(item), events).await?;
    if worth_a_look {
        let timeline: Vec<Recorded> = tx.timeline(id).await?;
        let found = differences(&timeline, &Watch::from(profile));
        if !found.is_empty() {
            let more = tx.append_to_item(stamp, id, Some(done.item), &found).await?;
            done.entries.extend(more.entries);
            done.item = more.item;
        }
    }
    tx.keep_due(&done, profile).await?;
    Ok(done)
}

/// Does one act on a carry-out.
pub(super) async fn act_on_carry_out(
    tx: &mut WriteTx,
    stamp: &ActStamp,
    id: CarryOutId,
    actor: &Person,
    profile: &Profile,
    act: &CarryOutAct,
    texts: NewTexts,
) -> Result<CarryOutDone, AppError> {
    let now = tx.now();
    let known: Option<CarryOut> = tx.subject(id.0).await?;
    let plan = match (act, &known) {
        (CarryOutAct::Request { plan } | CarryOutAct::Amend { plan }, _) => plan.as_ref().clone(),
        (_, Some(known)) => known.plan.clone(),
        (_, None) => return Err(AppError::NotFound),
    };
    let around = around(tx, Some(id), &plan, profile).await?;
    let decided = carry_out::decide(&around.situation(known.as_ref(), profile, actor, now), act)
        .map_err(|refusal| AppError::Refused { refusal, item: None })?;
    tx.keep_texts(texts).await?;
    let unexpected = decided.unexpected.clone();
    let (carry_out, mut entries) = tx.append_to(stamp, id.0, known, &decided.carry_out).await?;
    if let CarryOutAct::Request { plan } | CarryOutAct::Amend { plan } = act {
        entries.extend(lapse_others(tx, stamp, id, plan, profile).await?);
    }
    if let (Some(within), false) = (around.container, decided.container.is_empty()) {
        let container = within.state.id.0;
        let before = (within.state.version > 0).then_some(within.state);
        let (_, more) = tx.append_to(stamp, container, before, &decided.container).await?;
        entries.extend(more);
    }
    let mut items = around.items;
    for (item, events) in &decided.items {
        let item = match items.iter().position(|known| known.id == *item) {
            Some(index) => items.swap_remove(index),
            None => tx.item(*item).await?.ok_or(AppError::NotFound)?,
        };
        let done = Box::pin(append_watched(tx, stamp, item, events, profile)).await?;
        entries.extend(done.entries);
    }
    let carry_out = carry_out.ok_or(AppError::NotFound)?;
    Ok(CarryOutDone { carry_out, entries, repeated: false, unexpected })
}

/// Records of other carry-outs of these items that their approval has lapsed, so that from now on each item is
/// on one carry-out that is not over.
async fn lapse_others(
    tx: &mut WriteTx,
    stamp: &ActStamp,
    id: CarryOutId,
    plan: &Plan,
    profile: &Profile,
) -> Result<Vec<Entry>, StoreError> {
    let mut entries = Vec::new();
    for other in tx.subjects::<CarryOut>(&OPEN_PHASES).await? {
        let shares = other.id != id && other.plan.items.iter().any(|item| plan.items.contains(item));
        if shares && let Some(lapsed) = carry_out::lapse(&other, profile, tx.now()) {
            let (_, more) = tx.append_to(stamp, other.id.0, Some(other), &[lapsed]).await?;
            entries.extend(more);
        }
    }
    Ok(entries)
}

/// Does one act on a container.
pub(super) async fn act_on_container(
    tx: &mut WriteTx,
    stamp: &ActStamp,
    id: ContainerId,
    actor: &Person,
    profile: &Profile,
    act: &ContainerAct,
) -> Result<ContainerDone, AppError> {
    let open = tx.subjects::<CarryOut>(&OPEN_PHASES).await?;
    let within = within(tx, id, &open).await?;
    let decided = container::decide(&within.inside(), act, actor, profile)
        .map_err(|refusal| AppError::Refused { refusal, item: None })?;
    let before = (within.state.version > 0).then_some(within.state);
    let (state, mut entries) = tx.append_to(stamp, id.0, before, &decided.container).await?;
    for (item, events) in &decided.items {
        let item = tx.item(*item).await?.ok_or(AppError::NotFound)?;
        let done = Box::pin(append_watched(tx, stamp, item, events, profile)).await?;
        entries.extend(done.entries);
    }
    Ok(ContainerDone { state: state.ok_or(AppError::NotFound)?, entries, repeated: false })
}
