//! What a scanned label leads to.

use hokan_domain::{
    ids::ItemId,
    label::{LabelId, LabelState, LabelTarget},
    person::Part,
    place::Home,
    refusal::Reason,
    text::Nameless,
};
use hokan_mobile_api::{
    Caller, Problem, ProblemCode,
    wire::{ItemCard, ItemSummary, Resolution},
};

use super::{App, store_problem};
use crate::store::items::ItemFilter;

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
        self.card(caller, &item).await
    }

    /// What a label leads to.
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

    async fn items_in(&self, caller: &Caller, home: Home) -> Result<Vec<ItemSummary>, Problem> {
        let filter = ItemFilter { home: Some(home), ..ItemFilter::first(MOST_ITEMS) };
        let items = self.store().items(&filter).await.map_err(|error| store_problem(&error, caller.lang))?;
        self.summaries(caller, &items).await
    }
}
