//! Items as pages and phones show them.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use hokan_domain::{
    approval::{Given, Request, RequestState, Wanted, missing_about, role_about},
    calendar::Calendars,
    contents::Kept,
    custody::open_acts,
    disposal::{Disposal, Performed},
    event::Receiver,
    item::{Custody, Item},
    japan_date,
    person::Person,
    place::Home,
    profile::Profile,
    protection::{Protected, Secrecy},
    retention::StepNo,
    text::{Lang, Names, TextRef},
};
use hokan_mobile_api::{
    Caller, Problem,
    wire::{
        ConditionView, ContentsView, CustodyState, CustodyView, DiscrepancyView, DisposalView, DueView,
        GivenView, HoldView, HomeView, ItemCard, ItemSummary, LostView, Named, OfferView, OfferedItem,
        OpenAct, PersonView, PhotographView, ProtectionView, ReceiverView, RequestView, SignedInPerson,
        StepView,
    },
};

use super::{App, Book, retention::explained, store_problem};
use crate::store::{StoreError, retention::DueRow};

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
    let plain =
        |state, person, sentence| CustodyView { state, person, home: None, carry_out: None, since, sentence };
    match item.custody.value {
        Custody::Held { by } => {
            let person = person_view(by, names);
            let sentence =
                lang.pick(format!("{}さんが保持しています", person.name), format!("{} has it", person.name));
            plain(CustodyState::Held, Some(person), sentence)
        }
        Custody::Stored { home, by } => {
            let home = home_view(home, names);
            let sentence =
                lang.pick(format!("{}に保管されています", home.name), format!("It rests in {}", home.name));
            CustodyView {
                home: Some(home),
                ..plain(CustodyState::Stored, Some(person_view(by, names)), sentence)
            }
        }
        Custody::Out { carry_out, by } => {
            let person = person_view(by, names);
            let sentence = lang.pick(
                format!("{}さんが持ち出しています", person.name),
                format!("{} has taken it out", person.name),
            );
            CustodyView { carry_out, ..plain(CustodyState::Out, Some(person), sentence) }
        }
        Custody::Delivered { carry_out } => {
            let sentence = lang.pick("相手方に引き渡されています", "It was handed over for good").to_owned();
            CustodyView { carry_out: Some(carry_out), ..plain(CustodyState::Delivered, None, sentence) }
        }
        Custody::Destroyed { by } => {
            let sentence = lang.pick("廃棄されています", "It was destroyed").to_owned();
            plain(CustodyState::Destroyed, Some(person_view(by, names)), sentence)
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

/// What is shown of an item beside its own fold: who looks, and by which rules.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    pub(super) person: Person,
    pub(super) profile: Arc<Profile>,
    pub(super) calendars: Calendars,
    pub(super) step: Option<StepNo>,
    pub(super) now: DateTime<Utc>,
}

/// Everything about an item that fits on a phone, with the acts that are open to this person now.
pub(super) fn card(item: &Item, shown: &Shown, lang: Lang, book: &Book) -> ItemCard {
    let Shown { person, profile, now, .. } = shown;
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
        contents: item.contents.iter().map(|kept| contents_view(kept, profile, lang, book)).collect(),
        division: item.division.map(|id| Named { code: id.to_string(), name: book.division(id) }),
        designated_home: item.designated_home.map(|place| home_view(Home::Place(place), book)),
        protection: item.protection.as_ref().map(|known| protection_view(&known.value, lang, book)),
        copied_from: item.copied_from,
        copies: item.copies.clone(),
        due: due_view(item, shown, lang),
        holds: item
            .open_holds()
            .map(|hold| HoldView {
                id: hold.id,
                by: person_view(hold.by, book),
                at: hold.at,
                reason: Some(book.text(hold.reason)),
            })
            .collect(),
        requests: item
            .requests
            .iter()
            .rev()
            .map(|request| request_view(item, request, shown, lang, book))
            .collect(),
        disposal: disposal_view(item, profile, lang, book),
        condition: item.condition.as_ref().map(|known| ConditionView {
            faulty: known.value.faulty,
            by: person_view(known.value.by, book),
            at: known.value.at,
        }),
        lost: item.loss().map(|loss| LostView {
            by: person_view(loss.by, book),
            at: loss.at,
            incident: loss.incident,
        }),
        offer: item.pending_offer(*now).map(|offer| OfferView {
            hand_over: offer.hand_over,
            from: person_view(offer.from, book),
            to: ReceiverView::new(offer.to, book),
            expires_at: offer.expires_at,
            expires_text: moment(offer.expires_at),
        }),
        discrepancies: item
            .discrepancies
            .iter()
            .map(|finding| DiscrepancyView::of(item, *finding, lang))
            .collect(),
        acts: open_acts(item, person, profile, *now)
            .iter()
            .map(|(kind, answer)| OpenAct::new(*kind, answer, lang, book))
            .collect(),
        version: item.version,
    }
}

fn contents_view(kept: &Kept, profile: &Profile, lang: Lang, book: &Book) -> ContentsView {
    let contents = &kept.contents;
    let unknown = |code: &str| Named { code: code.to_owned(), name: code.to_owned() };
    ContentsView {
        id: contents.id,
        category: Named::category(contents.category, lang),
        purpose: contents.purpose.map(|text| book.text(text)),
        purpose_code: contents.purpose_code.as_deref().map(|code| {
            profile.purpose(code).map_or_else(|| unknown(code), |choice| Named::choice(choice, lang))
        }),
        records: contents.records,
        recorded_on: contents.recorded_on,
        received_on: contents.received_on,
        retention: contents.retention.as_deref().map(|code| {
            profile.retention_rule(code).map_or_else(
                || unknown(code),
                |(rule, _)| Named { code: rule.id.clone(), name: rule.name.get(lang).to_owned() },
            )
        }),
        starts_on: contents.starts_on,
        erased_at: kept.erased_at,
    }
}

fn protection_view(known: &Protected, lang: Lang, book: &Book) -> ProtectionView {
    let (tool, algorithm) = match &known.secrecy {
        Secrecy::Encrypted { tool, algorithm } => (Some(book.text(*tool)), Some(book.text(*algorithm))),
        _ => (None, None),
    };
    ProtectionView {
        state: Named::secrecy(&known.secrecy, lang),
        tool,
        algorithm,
        key_apart: known.key_apart,
        verified_by: person_view(known.verified_by, book),
        verified_at: known.verified_at,
    }
}

fn due_view(item: &Item, shown: &Shown, lang: Lang) -> Option<DueView> {
    let due = DueRow::of(item, &shown.profile, &shown.calendars)?;
    let (due_on, act_by) = (due.due_on?, due.act_by?);
    let told = explained(item, &shown.profile, &shown.calendars, lang);
    Some(DueView {
        due_on,
        act_by,
        sentence: told.into_iter().next().map(|told| told.sentence).unwrap_or_default(),
        held: due.held,
        step: shown.step.map(|step| Named { code: step.0.to_string(), name: step.name(lang) }),
    })
}

fn request_view(item: &Item, request: &Request, shown: &Shown, lang: Lang, book: &Book) -> RequestView {
    let profile = &shown.profile;
    let gate = profile.gate(request.wanted.gated(), &item.matter(None));
    let open = request.state == RequestState::Open;
    let missing = gate
        .filter(|_| open)
        .map(|gate| missing_about(&gate.approvers, &request.given, item.division, profile))
        .unwrap_or_default();
    let mine_to_decide = open
        && gate.is_some_and(|gate| {
            role_about(&shown.person, request.by, &gate.approvers, &request.given, item.division, profile)
                .is_ok()
        });
    RequestView {
        id: request.id,
        what: Named::gated(request.wanted.gated(), lang),
        details: match &request.wanted {
            Wanted::Connect { terminal } => Some(book.item(*terminal)),
            Wanted::Handle { person } => Some(book.person(*person)),
            Wanted::Disclose { to } => Some(book.text(*to)),
            Wanted::Bulk { records } => Some(lang.pick(format!("{records}件"), format!("{records} records"))),
            Wanted::Extend { until, .. } => {
                Some(lang.pick(format!("{}まで", japan_date::wareki(*until)), format!("until {until}")))
            }
            Wanted::Copy { .. } | Wanted::Save | Wanted::Use | Wanted::Dispose => None,
        },
        by: person_view(request.by, book),
        at: request.at,
        reason: Some(book.text(request.reason)),
        until: request.until,
        state: Named::request_state(request.state, lang),
        given: request.given.iter().map(|given| given_view(given, None, book)).collect(),
        missing: missing.iter().map(|role| book.role(role)).collect(),
        source: gate.map(|gate| gate.source.cite(lang)),
        mine_to_decide,
    }
}

/// An approval as people read it.
pub(super) fn given_view(given: &Given, note: Option<TextRef>, book: &Book) -> GivenView {
    GivenView {
        by: person_view(given.by, book),
        role: book.role(&given.role),
        deputy_for: given.deputy_for.map(|id| person_view(id, book)),
        at: given.at,
        note: note.map(|text| book.text(text)),
    }
}

fn disposal_view(item: &Item, profile: &Profile, lang: Lang, book: &Book) -> Option<DisposalView> {
    let disposal = &item.disposal;
    if *disposal == Disposal::default() {
        return None;
    }
    let method = |code: &str| {
        profile.method(code).map_or_else(|| code.to_owned(), |method| method.name.get(lang).to_owned())
    };
    let step = |by, at, text| StepView { by: person_view(by, book), at, text };
    let ordered = disposal.request.and_then(|id| item.request(id)).map(|request| {
        let last = request.given.last();
        let by = last.map_or(request.by, |given| given.by);
        step(by, last.map_or(request.at, |given| given.at), last.map(|given| book.role(&given.role)))
    });
    let destroyed = disposal.destroyed.as_ref();
    let performed = destroyed.map(|done| &done.what.performed);
    Some(DisposalView {
        ordered,
        erased: disposal.erased.as_ref().map(|done| {
            let how = format!("{}・{}", method(&done.what.method), done.what.verification.name(lang));
            step(done.by, done.at, Some(how))
        }),
        destroyed: destroyed.map(|done| step(done.by, done.at, Some(method(&done.what.method)))),
        witnessed: disposal
            .witnessed
            .iter()
            .map(|done| step(done.by, done.at, Some(done.what.name(lang).to_owned())))
            .collect(),
        confirmed: disposal
            .confirmed
            .as_ref()
            .map(|done| step(done.by, done.at, Some(book.role(&done.what)))),
        photographs: destroyed
            .iter()
            .flat_map(|done| &done.what.photographs)
            .map(|photo| PhotographView {
                file: photo.file.id,
                shows: Named::shows(photo.shows, lang),
                label_read: photo.label_read,
            })
            .collect(),
        certificate: match performed {
            Some(Performed::Delegated { file: Some(file), .. }) => Some(file.id),
            _ => None,
        },
    })
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
        let fault = |error| store_problem(&error, caller.lang);
        let shown = self.shown(caller, item).await.map_err(fault)?;
        self.with_names(caller.lang, |book| card(item, &shown, caller.lang, book)).await.map_err(fault)
    }

    /// What is shown of an item beside its own fold.
    pub(super) async fn shown(&self, caller: &Caller, item: &Item) -> Result<Shown, StoreError> {
        let now = self.store().clock().now();
        Ok(Shown {
            // Roles may have changed since the request was let in.
            person: caller.person.clone(),
            profile: self.profile_on(japan_date::jst_date(now)),
            calendars: self.calendars().await?,
            step: self.store().due_of(item.id).await?.and_then(|(_, step)| step),
            now,
        })
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
