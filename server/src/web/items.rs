//! The register's items: the list, the card of one, and what is done with it.

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use hokan_domain::{
    custody::ActKind,
    event::{Receiver, Scan, ScanMethod},
    ids::{ContainerId, HandOverId, ItemId, PersonId, PlaceId, RequestId},
    label::ReplaceReason,
    place::Home,
    profile::Gated,
    text::Lang,
};
use hokan_mobile_api::{
    Problem, ProblemCode, ProblemDocument,
    request::{ActRequest, HomeRef, WantedRequest},
    wire::{CustodyState, Directory, HistoryLine, ItemCard, Named, OfferView},
};
use serde::Deserialize;

use super::{
    Web, at_hand,
    error::Failed,
    form::{Form, fresh_event_id, without_personal_numbers},
    guard::Visitor,
    home,
    layout::{Nav, Page, html, html_with, percent_encoded},
    texts,
};
use crate::app::{ItemList, ItemQuery};

// ---------------------------------------------------------------------------------------------- the list

#[derive(Template)]
#[template(path = "items.html")]
struct ItemsPage {
    page: Page,
    list: ItemList,
    query: String,
    with_discrepancy: bool,
}

impl ItemsPage {
    fn first(&self) -> u64 {
        if self.list.total == 0 { 0 } else { self.list.page * self.list.per_page + 1 }
    }

    fn last(&self) -> u64 {
        (self.list.page * self.list.per_page + self.list.items.len() as u64).min(self.list.total)
    }

    fn previous(&self) -> Option<String> {
        self.list.page.checked_sub(1).map(|page| self.address(page))
    }

    fn next(&self) -> Option<String> {
        let next = self.list.page + 1;
        (next * self.list.per_page < self.list.total).then(|| self.address(next))
    }

    /// The address of a page of the list; people count pages from one.
    fn address(&self, page: u64) -> String {
        let discrepancy = if self.with_discrepancy { "&discrepancy=1" } else { "" };
        format!("/items?q={}{discrepancy}&page={}", percent_encoded(&self.query), page + 1)
    }
}

/// What the list is asked for.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Search {
    #[serde(default)]
    q: String,
    discrepancy: Option<String>,
    page: Option<u64>,
}

/// The list.
pub(crate) async fn list(
    State(web): State<Web>,
    visitor: Visitor,
    Query(search): Query<Search>,
) -> Result<Response, Failed> {
    let query: String = search.q.trim().chars().take(200).collect();
    let query = without_personal_numbers(&query);
    let with_discrepancy = search.discrepancy.is_some_and(|value| !value.is_empty());
    let asked = ItemQuery {
        text: (!query.is_empty()).then(|| query.clone()),
        with_discrepancy,
        page: search.page.unwrap_or(1).saturating_sub(1).min(1_000_000),
    };
    let list = web.app.items(&visitor.caller, asked).await?;
    let page = visitor.page(Nav::Items, texts::text(visitor.lang, "items.title"));
    html(visitor.lang, &ItemsPage { page, list, query, with_discrepancy })
}

// ----------------------------------------------------------------------------------------------- one item

/// Acts that are closed for the same reason.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Closed {
    names: Vec<String>,
    sentence: String,
    source: String,
}

#[derive(Template)]
#[template(path = "item.html")]
struct ItemPage {
    page: Page,
    item: ItemCard,
    directory: Directory,
    history: Vec<HistoryLine>,
    /// What was just done.
    done: Option<String>,
    /// What went wrong with what was just tried.
    problem: Option<ProblemDocument>,
    /// What was typed when it went wrong.
    form: Form,
    /// The seal that says that the label was in front of the person.
    seal: Option<String>,
}

impl ItemPage {
    fn is_open(&self, act: &str) -> bool {
        self.item.acts.iter().any(|open| open.act == act && open.open)
    }

    fn any_open(&self) -> bool {
        self.item.acts.iter().any(|act| act.open)
    }

    /// What can be asked for here.
    fn wanted(&self) -> Vec<Named> {
        ASKED_ON_PAGE.iter().map(|(gated, _)| Named::gated(*gated, self.page.lang)).collect()
    }

    /// What stands on the button.
    fn name(&self, act: &str) -> &str {
        self.item.acts.iter().find(|open| open.act == act).map_or("", |open| &open.name)
    }

    fn closed(&self) -> Vec<Closed> {
        let mut groups: Vec<Closed> = Vec::new();
        for act in &self.item.acts {
            let Some(reason) = &act.reason else { continue };
            let same =
                |group: &&mut Closed| group.sentence == reason.sentence && group.source == reason.source;
            match groups.iter_mut().find(same) {
                Some(group) => group.names.push(act.name.clone()),
                None => groups.push(Closed {
                    names: vec![act.name.clone()],
                    sentence: reason.sentence.clone(),
                    source: reason.source.clone(),
                }),
            }
        }
        groups
    }

    /// Whether this form is the one that went wrong.
    fn tried(&self, act: &str) -> bool {
        self.problem.is_some() && self.form.raw("act") == act
    }

    /// What was typed in a field of the form that went wrong.
    fn typed(&self, act: &str, field: &str) -> &str {
        if self.tried(act) { self.form.raw(field) } else { "" }
    }

    fn chose(&self, act: &str, field: &str, value: impl AsRef<str>) -> bool {
        self.tried(act) && self.form.chose(field, value.as_ref())
    }

    /// Whether the field is the one that is wrong.
    fn wrong(&self, act: &str, field: &str) -> bool {
        self.tried(act)
            && self.problem.as_ref().is_some_and(|problem| problem.field.as_deref() == Some(field))
    }

    /// The id of the act that the form asks for. What was refused keeps its id, because a refusal recorded
    /// nothing; only an id that was used for something else is given up.
    fn event_id(&self, act: &str) -> String {
        let used_up = |problem: &ProblemDocument| problem.code == ProblemCode::EventIdReused.code();
        let kept = self.typed(act, "event_id");
        if kept.is_empty() || self.problem.as_ref().is_some_and(used_up) {
            fresh_event_id()
        } else {
            kept.to_owned()
        }
    }

    fn hand_over(&self) -> String {
        self.item.offer.as_ref().map(|offer| offer.hand_over.to_string()).unwrap_or_default()
    }

    fn receiver(&self, offer: &OfferView) -> String {
        home::receiver(&self.page, &offer.to)
    }

    fn is_held(&self) -> bool {
        self.item.custody.state == CustodyState::Held
    }

    fn reason_name(&self, code: &str) -> String {
        match ReplaceReason::from_code(code) {
            Some(ReplaceReason::Damaged) => self.page.t("act.reason_damaged"),
            Some(ReplaceReason::Missing) => self.page.t("act.reason_missing"),
            Some(ReplaceReason::Restock) | None => self.page.t("act.reason_restock"),
        }
        .into_owned()
    }

    fn reasons(&self) -> [&'static str; 3] {
        ReplaceReason::ALL.map(ReplaceReason::code)
    }

    fn seal_text(&self) -> &str {
        self.seal.as_deref().unwrap_or_default()
    }
}

/// What leads to the page of an item.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Arrival {
    /// The event that was just recorded.
    #[serde(default)]
    done: String,
    /// The seal of a label that was just read.
    #[serde(default)]
    at_hand: String,
}

/// The card of an item.
pub(crate) async fn show(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
    Query(arrival): Query<Arrival>,
) -> Result<Response, Failed> {
    let id = item_id(&id, visitor.lang)?;
    item_page(&web, &visitor, id, arrival, None, Form::default()).await
}

/// Does an act.
pub(crate) async fn act(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Failed> {
    let id = item_id(&id, visitor.lang)?;
    let asked = form.event_id().and_then(|event| Ok((event, read_act(&form, &visitor, &web)?)));
    let outcome = match asked {
        Ok((event, act)) => web.app.act(&visitor.caller, id, event, act).await,
        Err(problem) => Err(problem),
    };
    let seal = form.raw("at_hand").to_owned();
    match outcome {
        Ok(answer) => {
            let at_hand =
                if seal.is_empty() { String::new() } else { format!("&at_hand={}", percent_encoded(&seal)) };
            Ok(Redirect::to(&format!("/items/{id}?done={}{at_hand}", answer.event_id)).into_response())
        }
        Err(problem) if problem.is(ProblemCode::NotFound) => Err(problem.into()),
        Err(problem) => {
            let arrival = Arrival { done: String::new(), at_hand: seal };
            item_page(&web, &visitor, id, arrival, Some(problem), form.shown_again()).await
        }
    }
}

async fn item_page(
    web: &Web,
    visitor: &Visitor,
    id: ItemId,
    arrival: Arrival,
    problem: Option<Problem>,
    form: Form,
) -> Result<Response, Failed> {
    let item = web.app.item(&visitor.caller, id).await?;
    let history = web.app.history(&visitor.caller, id).await?;
    let directory = web.app.directory(&visitor.caller).await?;
    let done = history
        .iter()
        .find(|line| !arrival.done.is_empty() && line.event_id.to_string() == arrival.done)
        .map(|line| line.sentence.clone());
    let seal = at_hand::open(&arrival.at_hand, visitor, web)
        .filter(|scan| scan.label == item.code)
        .map(|_| arrival.at_hand);
    let status = problem.as_ref().map_or(StatusCode::OK, Problem::status_code);
    let page = visitor.page(Nav::Items, item.title.clone());
    let problem = problem.map(Problem::into_document);
    let view = ItemPage { page, item, directory, history, done, problem, form, seal };
    html_with(status, visitor.lang, &view)
}

/// The id in an address. What is no id names nothing.
pub(crate) fn item_id(text: &str, lang: Lang) -> Result<ItemId, Problem> {
    text.parse().map_err(|_| Problem::new(ProblemCode::NotFound, lang))
}

/// The act that a form asks for.
fn read_act(form: &Form, visitor: &Visitor, web: &Web) -> Result<ActRequest, Problem> {
    let scan = || form.scan(visitor, web);
    let scan_needed = || scan()?.ok_or_else(|| form.wrong("code", "error.scan_first"));
    let hand_over = || {
        form.word("hand_over", |text| text.parse::<HandOverId>().ok())
            .map_err(|_| form.wrong("hand_over", "error.reload"))
    };
    let request = || {
        form.word("request", |text| text.parse::<RequestId>().ok())
            .map_err(|_| form.wrong("request", "error.reload"))
    };
    match form.word("act", ActKind::from_code)? {
        ActKind::Offer => Ok(ActRequest::Offer {
            to: form.word("to", |text| match text {
                "any-handler" => Some(Receiver::AnyHandler),
                person => person.parse::<PersonId>().ok().map(Receiver::Person),
            })?,
            note: form.optional_note("note")?,
            scan: scan()?,
        }),
        ActKind::Accept => Ok(ActRequest::Accept { hand_over: hand_over()?, scan: scan_needed()? }),
        ActKind::Refuse => {
            Ok(ActRequest::Refuse { hand_over: hand_over()?, note: form.optional_note("note")? })
        }
        ActKind::Withdraw => Ok(ActRequest::Withdraw { hand_over: hand_over()? }),
        ActKind::PutAway => {
            let home = if form.raw("home_code").trim().is_empty() {
                HomeRef::Id(form.word("home", home_of)?)
            } else {
                HomeRef::Label(form.label("home_code")?)
            };
            let scan = match scan()? {
                Some(scan) => scan,
                // Putting away may be recorded at the desk; the register then says so.
                None => Scan { label: form.label("label")?, method: ScanMethod::Desk },
            };
            Ok(ActRequest::PutAway { home, scan })
        }
        ActKind::TakeOut => {
            Ok(ActRequest::TakeOut { scan: scan_needed()?, purpose: form.optional_code("purpose_code") })
        }
        ActKind::ReplaceLabel => Ok(ActRequest::ReplaceLabel {
            label: form.label("new_code")?,
            reason: form.word("reason", ReplaceReason::from_code)?,
        }),
        ActKind::RecordContents => Ok(ActRequest::RecordContents {
            contents: form.contents()?.ok_or_else(|| form.wrong("category", "error.choose"))?,
        }),
        ActKind::RecordProtection => Ok(ActRequest::RecordProtection {
            protection: form.protection()?.ok_or_else(|| form.wrong("protection", "error.choose"))?,
        }),
        ActKind::Ask => Ok(ActRequest::Ask {
            wanted: form.word("wanted", |text| {
                ASKED_ON_PAGE.iter().find(|(gated, _)| gated.code() == text).map(|(_, wanted)| wanted.clone())
            })?,
            reason: form.note("reason")?,
            until: form.optional_day("until")?,
        }),
        ActKind::Approve => {
            Ok(ActRequest::Approve { request: request()?, note: form.optional_note("note")? })
        }
        ActKind::TurnDown => Ok(ActRequest::TurnDown { request: request()?, reason: form.note("reason")? }),
        // What needs more than a form gives is done with a phone, or by a program through the interface.
        _ => Err(form.wrong("act", "error.choose")),
    }
}

/// What can be asked for on the page: that which needs no further details.
const ASKED_ON_PAGE: [(Gated, WantedRequest); 3] = [
    (Gated::Dispose, WantedRequest::Dispose),
    (Gated::Save, WantedRequest::Save),
    (Gated::Use, WantedRequest::Use),
];

fn home_of(text: &str) -> Option<Home> {
    let place = text.parse::<PlaceId>().map(Home::Place).ok();
    place.or_else(|| text.parse::<ContainerId>().map(Home::Container).ok())
}

#[cfg(test)]
pub(crate) mod tests {
    use hokan_mobile_api::wire::ItemSummary;

    use super::*;

    pub(crate) fn sample_list(page: Page, items: Vec<ItemSummary>) -> impl Template {
        let list = ItemList { items, total: 130, page: 1, per_page: 50 };
        ItemsPage { page, list, query: "税務".to_owned(), with_discrepancy: true }
    }

    pub(crate) fn sample_card(
        page: Page,
        item: ItemCard,
        directory: Directory,
        history: Vec<HistoryLine>,
    ) -> impl Template {
        let lang = page.lang;
        let problem = Problem::new(ProblemCode::PersonalNumberInText, lang).with_field("note");
        let form = Form::filled(lang, &[("act", "offer"), ("to", "any-handler"), ("note", "3枚組です")]);
        ItemPage {
            page,
            done: history.first().map(|line| line.sentence.clone()),
            item,
            directory,
            history,
            problem: Some(problem.into_document()),
            form,
            seal: None,
        }
    }

    #[test]
    fn acts_closed_for_one_reason_are_told_once() {
        let (item, directory, history) = crate::web::tests::sample_item(Lang::Ja);
        let page = crate::web::tests::page(Lang::Ja, Nav::Items);
        let view = ItemPage {
            page,
            item,
            directory,
            history,
            done: None,
            problem: None,
            form: Form::default(),
            seal: None,
        };
        let closed = view.closed();
        let names: usize = closed.iter().map(|group| group.names.len()).sum();
        assert!(closed.len() < names, "{closed:?}");
        assert!(closed.iter().all(|group| !group.source.is_empty()));
        assert_ne!(view.event_id("offer"), view.event_id("offer"), "each form has an id of its own");
    }

    #[test]
    fn pages_of_the_list_are_counted_from_one_by_people() {
        let page = crate::web::tests::page(Lang::Ja, Nav::Items);
        let list = |page| ItemList { items: Vec::new(), total: 130, page, per_page: 50 };
        let view = |number| ItemsPage {
            page: page.clone(),
            list: list(number),
            query: "a&b".to_owned(),
            with_discrepancy: true,
        };
        assert_eq!(view(0).previous(), None);
        assert_eq!(view(0).next().as_deref(), Some("/items?q=a%26b&discrepancy=1&page=2"));
        assert_eq!(view(2).next(), None);
        assert_eq!(view(2).first(), 101);
    }

    #[test]
    fn a_home_is_a_place_or_a_container() {
        let place = PlaceId(uuid::Uuid::from_u128(1));
        let container = ContainerId(uuid::Uuid::from_u128(2));
        assert_eq!(home_of(&place.to_string()), Some(Home::Place(place)));
        assert_eq!(home_of(&container.to_string()), Some(Home::Container(container)));
        assert_eq!(home_of(""), None);
    }
}
