//! What a scanned label leads to.

use hokan_domain::{
    custody::ActKind,
    event::{Event, Scan, ScanMethod},
    explanation::explain,
    ids::{EventId, ItemId},
    japan_date::jst_date,
    label::{LabelId, LabelState, LabelTarget},
    person::Part,
    place::Home,
    refusal::Reason,
    text::Nameless,
};
use hokan_mobile_api::{
    Caller, Problem, ProblemCode,
    wire::{ClosedReason, ExplanationView, GateViewBody, ItemCard, ItemSummary, Named, Resolution},
};
use uuid::Uuid;

use super::{App, carry_outs::append_watched, store_problem, view::given_view};
use crate::store::{StoreError, items::ItemFilter};

/// A cabinet with more items than this shows the newest; the item list shows the rest.
const MOST_ITEMS: u64 = 500;

impl App {
    /// An item, with the acts that are open to the caller.
    ///
    /// # Errors
    /// `not-found`.
    pub async fn item(&self, caller: &Caller, item: ItemId) -> Result<ItemCard, Problem> {
        let item = self
            .store()
            .item(item)
            .await
            .map_err(|error| store_problem(&error, caller.lang))?
            .ok_or_else(|| Problem::new(ProblemCode::NotFound, caller.lang))?;
        self.looked_at_item(caller);
        self.card(caller, &item).await
    }

    /// Why an act on an item is open to the caller or not: every gate before it, with how far it is passed.
    ///
    /// # Errors
    /// `not-found`.
    pub async fn explanation(
        &self,
        caller: &Caller,
        item: ItemId,
        act: ActKind,
    ) -> Result<ExplanationView, Problem> {
        let lang = caller.lang;
        let fault = |error| store_problem(&error, lang);
        let item = self.store().item(item).await.map_err(fault)?;
        let item = item.ok_or_else(|| Problem::new(ProblemCode::NotFound, lang))?;
        let now = self.store().clock().now();
        let profile = self.profile_on(jst_date(now));
        let explanation = explain(&item, act, &caller.person, &profile, now);
        self.with_names(lang, |book| ExplanationView {
            act: Named { code: act.code().to_owned(), name: act.name(lang).to_owned() },
            open: explanation.refusal.is_none(),
            reason: explanation.refusal.as_ref().map(|refusal| ClosedReason::new(refusal, lang, book)),
            gates: explanation
                .gates
                .iter()
                .map(|gate| GateViewBody {
                    what: Named::gated(gate.gated, lang),
                    roles: gate.roles.iter().map(|role| book.role(role)).collect(),
                    all: gate.all,
                    given: gate.given.iter().map(|given| given_view(given, None, book)).collect(),
                    missing: gate.missing.iter().map(|role| book.role(role)).collect(),
                    state: gate.state.map(|state| Named::request_state(state, lang)),
                    source: gate.source.cite(lang),
                })
                .collect(),
        })
        .await
        .map_err(fault)
    }

    /// What a label leads to. That the label of something that is gone was scanned is kept as evidence.
    ///
    /// # Errors
    /// `unknown-label`.
    pub async fn resolve(&self, caller: &Caller, label: &LabelId) -> Result<Resolution, Problem> {
        let lang = caller.lang;
        let fault = |error| store_problem(&error, lang);
        let state = self
            .store()
            .label(label)
            .await
            .map_err(fault)?
            .ok_or_else(|| Problem::new(ProblemCode::UnknownLabel, lang))?;
        match state {
            LabelState::Bound(LabelTarget::Item(id)) => {
                self.note_sighting(caller, id, label).await.map_err(fault)?;
                Ok(Resolution::Item { item: Box::new(self.item(caller, id).await?) })
            }
            LabelState::Bound(LabelTarget::Place(id)) => {
                let place = self.store().place(id).await.map_err(fault)?;
                let items = self.items_in(caller, Home::Place(id)).await?;
                Ok(Resolution::Place {
                    id: id.to_string(),
                    name: place.map(|place| place.name).unwrap_or_default(),
                    items,
                })
            }
            LabelState::Bound(LabelTarget::Container(id)) => {
                let container = self.store().container(id).await.map_err(fault)?;
                let items = self.items_in(caller, Home::Container(id)).await?;
                Ok(Resolution::Container {
                    id: id.to_string(),
                    name: container.map(|container| container.name).unwrap_or_default(),
                    items,
                })
            }
            LabelState::Blank => Ok(Resolution::Blank {
                may_register: caller.person.is(Part::Handler),
                sentence: if caller.person.is(Part::Handler) {
                    lang.pick(
                        "まだ何にも貼られていないラベルです。媒体に貼って登録できます。",
                        "This label is on nothing yet. Stick it on an item and register it.",
                    )
                    .to_owned()
                } else {
                    Reason::LabelBlank { label: label.clone() }.sentence(lang, &Nameless)
                },
                code: label.clone(),
            }),
            LabelState::Void { target, replaced_by } => {
                let item = match target {
                    Some(LabelTarget::Item(id)) => self.store().item(id).await.map_err(fault)?,
                    _ => None,
                };
                let item = match item {
                    Some(item) => self.summaries(caller, &[item]).await?.pop(),
                    None => None,
                };
                let reason = Reason::LabelVoid { label: label.clone(), replaced_by: replaced_by.clone() };
                Ok(Resolution::Void {
                    code: label.clone(),
                    replaced_by,
                    sentence: reason.sentence(lang, &Nameless),
                    item: item.map(Box::new),
                })
            }
        }
    }

    /// Keeps the sighting of an item that is destroyed or was handed over for good, once a day and person: its
    /// label must not be anywhere.
    async fn note_sighting(&self, caller: &Caller, id: ItemId, label: &LabelId) -> Result<(), StoreError> {
        let gone = self.store().item(id).await?.is_some_and(|item| item.custody.value.is_gone());
        if !gone {
            return Ok(());
        }
        let today = jst_date(self.store().clock().now());
        let seen = format!("{id} {} {today}", caller.person.id);
        let act = EventId(Uuid::new_v5(&id.0, seen.as_bytes()));
        let mut stamp = self.stamp(caller, act, &seen);
        let (app, label, by) = (self.clone(), label.clone(), caller.person.id);
        self.store()
            .write("item.sighted", move |tx| {
                Box::pin(async move {
                    if !tx.first_outcome(&stamp).await?.is_empty() {
                        return Ok(());
                    }
                    let Some(item) = tx.item(id).await? else { return Ok(()) };
                    let profile = app.profile_on(jst_date(tx.now()));
                    stamp.profile = profile.digest;
                    let scan = Scan { label, method: ScanMethod::Typed };
                    let seen = Event::Seen { by, home: None, scan, zone: None };
                    Box::pin(append_watched(tx, &stamp, item, &[seen], &profile)).await?;
                    Ok(())
                })
            })
            .await
    }

    async fn items_in(&self, caller: &Caller, home: Home) -> Result<Vec<ItemSummary>, Problem> {
        let filter = ItemFilter { home: Some(home), ..ItemFilter::first(MOST_ITEMS) };
        let items = self.store().items(&filter).await.map_err(|error| store_problem(&error, caller.lang))?;
        self.summaries(caller, &items).await
    }
}
