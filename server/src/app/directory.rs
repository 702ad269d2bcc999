//! Lists: what concerns a person, whom and what he can choose, and the register's items.

use hokan_domain::{contents::Category, item::ItemKind, person::Part, place::Home};
use hokan_mobile_api::{
    Caller, Problem,
    wire::{Choices, Directory, DirectoryHome, ItemSummary, Me, Named, OfferedItem, PersonView},
};

use super::{App, store_problem, view};
use crate::store::items::ItemFilter;

/// The most items that a person's own page lists.
const MOST_OWN: u64 = 500;
/// The items on one page of the register.
const PER_PAGE: u64 = 50;

/// Which items to list, and which page of them.
#[derive(Debug, Clone, Default)]
pub struct ItemQuery {
    /// The title, control number or label contains this.
    pub text: Option<String>,
    /// Only items with an open discrepancy.
    pub with_discrepancy: bool,
    /// The page, counted from zero.
    pub page: u64,
}

/// One page of a list of items.
#[derive(Debug, Clone)]
pub struct ItemList {
    /// The items on this page.
    pub items: Vec<ItemSummary>,
    /// How many there are on all pages.
    pub total: u64,
    /// The page, counted from zero.
    pub page: u64,
    /// How many items a page holds.
    pub per_page: u64,
}

impl App {
    /// What concerns the caller.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn me(&self, caller: &Caller) -> Result<Me, Problem> {
        let lang = caller.lang;
        let store = self.store();
        let fault = |error| store_problem(&error, lang);
        let list = |filter| async move { store.items(&filter).await.map_err(fault) };
        let own = ItemFilter::first(MOST_OWN);
        let id = Some(caller.person.id);
        let holding = list(ItemFilter { holder: id, ..own.clone() }).await?;
        let to_me = if caller.person.is(Part::Handler) {
            list(ItemFilter { offered_to: id, ..own.clone() }).await?
        } else {
            Vec::new()
        };
        let by_me = list(ItemFilter { offered_by: id, ..own.clone() }).await?;
        let discrepancies_open = store.open_discrepancies().await.map_err(fault)?.len();
        self.with_names(lang, |book| {
            let offers = |items: &[_]| -> Vec<OfferedItem> {
                items.iter().filter_map(|item| view::offered(item, lang, book)).collect()
            };
            Me {
                person: view::signed_in_person(&caller.person, &caller.name, lang),
                holding: holding.iter().map(|item| view::summary(item, lang, book)).collect(),
                offered_to_me: offers(&to_me),
                offered_by_me: offers(&by_me),
                discrepancies_open: u64::try_from(discrepancies_open).unwrap_or(u64::MAX),
            }
        })
        .await
        .map_err(fault)
    }

    /// What a phone needs to choose from.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn directory(&self, caller: &Caller) -> Result<Directory, Problem> {
        let lang = caller.lang;
        let fault = |error| store_problem(&error, lang);
        let people = self.store().people().await.map_err(fault)?;
        let places = self.store().places().await.map_err(fault)?;
        let containers = self.store().containers().await.map_err(fault)?;
        let divisions = self.store().divisions().await.map_err(fault)?;
        let divisions = divisions
            .into_iter()
            .map(|division| Named { code: division.id.to_string(), name: division.name })
            .collect();
        Ok(Directory {
            people: people
                .into_iter()
                .filter(|account| account.person.id != caller.person.id && account.person.is(Part::Handler))
                .map(|account| PersonView { id: account.person.id, name: account.name })
                .collect(),
            homes: places
                .into_iter()
                .map(|place| DirectoryHome::new(Home::Place(place.id), place.name, place.label))
                .chain(containers.into_iter().map(|container| {
                    DirectoryHome::new(Home::Container(container.id), container.name, container.label)
                }))
                .collect(),
            item_kinds: ItemKind::ALL.into_iter().map(|kind| Named::kind(kind, lang)).collect(),
            categories: Category::ALL.into_iter().map(|category| Named::category(category, lang)).collect(),
            choices: Choices::of(&self.profile(), divisions, lang),
        })
    }

    /// A page of the register.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn items(&self, caller: &Caller, query: ItemQuery) -> Result<ItemList, Problem> {
        let fault = |error| store_problem(&error, caller.lang);
        let filter = ItemFilter {
            containing: query.text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()),
            with_discrepancy: query.with_discrepancy,
            offset: query.page.min(u64::from(u32::MAX)) * PER_PAGE,
            ..ItemFilter::first(PER_PAGE)
        };
        let items = self.store().items(&filter).await.map_err(fault)?;
        let total = self.store().count_items(&filter).await.map_err(fault)?;
        let items = self.summaries(caller, &items).await?;
        Ok(ItemList { items, total, page: query.page, per_page: PER_PAGE })
    }
}
