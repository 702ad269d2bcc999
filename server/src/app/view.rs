//! Items as pages and phones show them.

use chrono::{DateTime, Utc};
use hokan_domain::{
    custody::open_acts,
    event::Receiver,
    item::{Custody, Item},
    japan_date,
    person::Person,
    place::Home,
    profile::Profile,
    text::{Lang, Names},
};
use hokan_mobile_api::{
    Caller, Problem,
    wire::{
        ContentsView, CustodyState, CustodyView, DiscrepancyView, HomeView, ItemCard, ItemSummary, Named,
        OfferView, OfferedItem, OpenAct, PersonView, ReceiverView, SignedInPerson,
    },
};

use super::{App, Book, store_problem};

/// A moment in Japan time, for people.
pub(super) fn moment(at: DateTime<Utc>) -> String {
    japan_date::jst_date_time(at)
}

pub(super) fn person_view(id: hokan_domain::ids::PersonId, names: &dyn Names) -> PersonView {
    PersonView { id, name: names.person(id) }
}

pub(super) fn home_view(home: Home, names: &dyn Names) -> HomeView {
    HomeView::new(home, names.home(home))
}

pub(super) fn signed_in_person(person: &Person, name: &str, lang: Lang) -> SignedInPerson {
    SignedInPerson {
        id: person.id,
        name: name.to_owned(),
        parts: person.parts.iter().map(|part| Named::part(*part, lang)).collect(),
    }
}

fn custody_view(item: &Item, lang: Lang, names: &dyn Names) -> CustodyView {
    let since = item.custody.key.at;
    match item.custody.value {
        Custody::Held { by } => {
            let person = person_view(by, names);
            let sentence =
                lang.pick(format!("{}さんが保持しています", person.name), format!("{} has it", person.name));
            CustodyView { state: CustodyState::Held, person: Some(person), home: None, since, sentence }
        }
        Custody::Stored { home, by } => {
            let home = home_view(home, names);
            let sentence =
                lang.pick(format!("{}に保管されています", home.name), format!("It rests in {}", home.name));
            CustodyView {
                state: CustodyState::Stored,
                person: Some(person_view(by, names)),
                home: Some(home),
                since,
                sentence,
            }
        }
    }
}

pub(super) fn summary(item: &Item, lang: Lang, book: &Book) -> ItemSummary {
    ItemSummary {
        id: item.id,
        code: item.label.value.clone(),
        kind: Named::kind(item.kind, lang),
        title: book.text(item.title),
        control_number: item.control_number.map(|text| book.text(text)),
        custody: custody_view(item, lang, book),
        url: ItemSummary::url_of(item.id),
    }
}

pub(super) fn offered(item: &Item, lang: Lang, book: &Book) -> Option<OfferedItem> {
    let offer = item.unanswered_offer()?;
    Some(OfferedItem {
        item: summary(item, lang, book),
        hand_over: offer.hand_over,
        from: person_view(offer.from, book),
        to: ReceiverView::new(offer.to, book),
        expires_at: offer.expires_at,
        expires_text: moment(offer.expires_at),
    })
}

/// Everything about an item that fits on a phone, with the acts that are open to this person now.
pub(super) fn card(
    item: &Item,
    person: &Person,
    profile: &Profile,
    now: DateTime<Utc>,
    lang: Lang,
    book: &Book,
) -> ItemCard {
    let ItemSummary { id, code, kind, title, control_number, custody, url } = summary(item, lang, book);
    ItemCard {
        id,
        code,
        kind,
        title,
        control_number,
        serial: item.serial.map(|text| book.text(text)),
        custody,
        url,
        registered_at: item.registered_at,
        contents: item
            .contents
            .iter()
            .map(|contents| ContentsView {
                category: Named::category(contents.category, lang),
                purpose: contents.purpose.map(|text| book.text(text)),
                records: contents.records,
                recorded_on: contents.recorded_on,
            })
            .collect(),
        offer: item.pending_offer(now).map(|offer| OfferView {
            hand_over: offer.hand_over,
            from: person_view(offer.from, book),
            to: ReceiverView::new(offer.to, book),
            expires_at: offer.expires_at,
            expires_text: moment(offer.expires_at),
        }),
        discrepancies: item
            .discrepancies
            .iter()
            .map(|finding| DiscrepancyView::new(*finding, lang))
            .collect(),
        acts: open_acts(item, person, profile, now)
            .iter()
            .map(|(kind, answer)| OpenAct::new(*kind, answer, lang, book))
            .collect(),
        version: item.version,
    }
}

/// The receiver as a sentence names him.
pub(super) fn receiver_name(to: Receiver, lang: Lang, names: &dyn Names) -> String {
    match to {
        Receiver::Person(person) => {
            let name = names.person(person);
            lang.pick(format!("{name}さん"), name)
        }
        Receiver::AnyHandler => lang.pick("取扱担当者のだれか", "any designated handler").to_owned(),
    }
}

impl App {
    pub(super) async fn card(&self, caller: &Caller, item: &Item) -> Result<ItemCard, Problem> {
        let now = self.store().clock().now();
        self.with_names(caller.lang, |book| {
            card(item, &caller.person, self.profile(), now, caller.lang, book)
        })
        .await
        .map_err(|error| store_problem(&error, caller.lang))
    }

    pub(super) async fn summaries(
        &self,
        caller: &Caller,
        items: &[Item],
    ) -> Result<Vec<ItemSummary>, Problem> {
        self.with_names(caller.lang, |book| {
            items.iter().map(|item| summary(item, caller.lang, book)).collect()
        })
        .await
        .map_err(|error| store_problem(&error, caller.lang))
    }
}
