//! The register's items: the list, the card of one, and what is done with it.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    http::{HeaderName, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use hokan_domain::{
    custody::ActKind,
    discrepancy::Outcome,
    disposal::{Presence, Verification},
    event::{Receiver, Scan, ScanMethod},
    ids::{CarryOutId, ContainerId, HandOverId, ItemId, PersonId, PlaceId, RequestId},
    label::ReplaceReason,
    person::Part,
    place::Home,
    profile::{Gated, Profile},
    text::Lang,
};
use hokan_mobile_api::{
    Problem, ProblemCode,
    request::{ActRequest, HomeRef, MAX_TITLE, PlaceRef, WantedRequest},
    wire::{
        CustodyState, Directory, HistoryLine, ItemCard, Named, OfferView, PersonView, RequestView,
        Resolution, StepView,
    },
};
use serde::Deserialize;

use super::{
    Web,
    acting::{Acting, Acts, Closed},
    error::Failed,
    form::{Form, without_personal_numbers},
    guard::{Visitor, local_path},
    home,
    layout::{Nav, Page, html, html_with, percent_encoded},
    prove, texts,
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

/// The acts of an item as the page puts them together, and in which order.
const GROUPS: [(&str, &[ActKind]); 6] = [
    ("hand-over", &[ActKind::Accept, ActKind::Refuse, ActKind::Offer, ActKind::Withdraw]),
    (
        "place",
        &[ActKind::TakeOut, ActKind::PutAway, ActKind::DesignateHome, ActKind::Assign, ActKind::ReplaceLabel],
    ),
    ("disposal", &[ActKind::Witness, ActKind::ConfirmDisposal, ActKind::Sanitize, ActKind::Destroy]),
    (
        "permission",
        &[
            ActKind::RecordProtection,
            ActKind::Ask,
            ActKind::WithdrawRequest,
            ActKind::EndPermission,
            ActKind::Approve,
            ActKind::TurnDown,
        ],
    ),
    (
        "data",
        &[
            ActKind::RecordContents,
            ActKind::EraseContents,
            ActKind::RecordRetentionEvent,
            ActKind::PlaceHold,
            ActKind::LiftHold,
        ],
    ),
    (
        "trouble",
        &[
            ActKind::ReportFound,
            ActKind::CheckFault,
            ActKind::ReportFault,
            ActKind::ReportLost,
            ActKind::SettleDiscrepancy,
        ],
    ),
];

/// What can be asked for about an item, in the order in which the page offers it.
const ASKED: [Gated; 9] = [
    Gated::Dispose,
    Gated::Copy,
    Gated::Save,
    Gated::Use,
    Gated::Connect,
    Gated::Bulk,
    Gated::Handle,
    Gated::Disclose,
    Gated::Extend,
];

/// Something that can be asked for, with who approves it.
struct Askable {
    code: &'static str,
    name: &'static str,
    roles: String,
    source: String,
    chosen: bool,
}

/// A step of a disposal.
struct DisposalStep {
    name: String,
    class: &'static str,
    done: Vec<String>,
}

#[derive(Template)]
#[template(path = "item.html")]
struct ItemPage {
    page: Page,
    item: ItemCard,
    directory: Directory,
    history: Vec<HistoryLine>,
    /// Everybody who is not the caller, where somebody may be let handle the item.
    people: Vec<PersonView>,
    /// The carry-out that the item is planned for or out on.
    carry_out: Option<CarryOutId>,
    profile: Arc<Profile>,
    me: PersonId,
    is_handler: bool,
    /// What was just done.
    done: Option<String>,
    /// What is to be asked for.
    ask: String,
    acting: Acting,
}

impl Acts for ItemPage {
    fn acting(&self) -> &Acting {
        &self.acting
    }

    fn target(&self) -> String {
        format!("/items/{}/acts", self.item.id)
    }
}

impl ItemPage {
    fn codes(group: &str) -> Vec<&'static str> {
        let known = GROUPS.iter().find(|(name, _)| *name == group);
        known.map(|(_, kinds)| kinds.iter().map(|kind| kind.code()).collect()).unwrap_or_default()
    }

    /// Whether a group has a form. Approving and settling have theirs beside what they are about.
    fn group_open(&self, group: &str) -> bool {
        let elsewhere = [ActKind::Approve, ActKind::TurnDown, ActKind::SettleDiscrepancy];
        let codes = Self::codes(group);
        let mut forms = codes.iter().filter(|code| elsewhere.iter().all(|kind| kind.code() != **code));
        forms.any(|code| self.is_open(code))
    }

    fn group_name(&self, group: &str) -> String {
        match group {
            "hand-over" => self.page.t("group.hand_over"),
            "place" => self.page.t("group.place"),
            "disposal" => self.page.t("group.disposal"),
            "permission" => self.page.t("group.permission"),
            "data" => self.page.t("group.data"),
            "carry-out" => self.page.t("group.carry_out"),
            _ => self.page.t("group.trouble"),
        }
        .into_owned()
    }

    fn nothing_open(&self) -> bool {
        self.acting.acts.iter().all(|act| !act.open) && !self.may_carry_out()
    }

    /// What cannot be done now, with the reasons, group by group.
    fn closed_groups(&self) -> Vec<(String, Vec<Closed>)> {
        let closed =
            GROUPS.iter().map(|(group, _)| (self.group_name(group), self.closed(&Self::codes(group))));
        closed.filter(|(_, closed)| !closed.is_empty()).collect()
    }

    fn may_carry_out(&self) -> bool {
        let here = matches!(self.item.custody.state, CustodyState::Held | CustodyState::Stored);
        self.is_handler && here && self.carry_out.is_none()
    }

    fn may_copy(&self) -> bool {
        let mine = self.item.custody.person.as_ref().is_some_and(|person| person.id == self.me);
        self.is_held() && mine && !self.live_contents().is_empty()
    }

    /// What can be asked for of such an item: that before which the regulation has a gate.
    fn askable(&self) -> Vec<Askable> {
        let lang = self.page.lang;
        let asked = if self.tried("ask") { self.acting.form.raw("wanted") } else { &self.ask };
        let gate = |gated: Gated| {
            self.profile.gates.iter().find(|gate| {
                let kinds = gate.when.kinds.as_ref();
                let fits = |kind| hokan_domain::item::ItemKind::code(kind) == self.item.kind.code;
                gate.gated == gated && kinds.is_none_or(|kinds| kinds.iter().any(|kind| fits(*kind)))
            })
        };
        let with_gate = ASKED.into_iter().filter_map(|gated| Some((gated, gate(gated)?)));
        with_gate
            .map(|(gated, gate)| {
                let names = self.profile.role_names(gate.approvers.roles());
                let names: Vec<&str> = names.iter().map(|name| name.get(lang)).collect();
                let and = gate.approvers.needs_all();
                Askable {
                    code: gated.code(),
                    name: gated.name(lang),
                    roles: names.join(if and {
                        lang.pick("と", " and ")
                    } else {
                        lang.pick("又は", " or ")
                    }),
                    source: gate.source.cite(lang),
                    chosen: gated.code() == asked,
                }
            })
            .collect()
    }

    /// What is to be asked for, if something was chosen.
    fn asked(&self) -> Option<Askable> {
        self.askable().into_iter().find(|choice| choice.chosen)
    }

    /// Whether what is asked for must have an end.
    #[expect(clippy::unused_self, reason = "templates reach functions through the page")]
    fn needs_end(&self, wanted: &str) -> bool {
        [Gated::Handle.code(), Gated::Connect.code()].contains(&wanted)
    }

    fn everybody(&self) -> Vec<Named> {
        let named = |person: &PersonView| Named { code: person.id.to_string(), name: person.name.clone() };
        self.people.iter().map(named).collect()
    }

    fn places(&self) -> Vec<Named> {
        let places = self.directory.homes.iter().filter(|home| home.id.starts_with(PlaceId::PREFIX));
        places.map(|home| Named { code: home.id.clone(), name: home.name.clone() }).collect()
    }

    /// Where it is to be put: what was chosen, otherwise where it belongs.
    fn put_away_to(&self, act: &str, home: impl AsRef<str>) -> bool {
        if self.tried(act) {
            return self.chose(act, "home", home);
        }
        self.item.designated_home.as_ref().is_some_and(|belongs| belongs.id == home.as_ref())
    }

    fn is_division(&self, code: impl AsRef<str>) -> bool {
        self.item.division.as_ref().is_some_and(|division| division.code == code.as_ref())
    }

    fn live_contents(&self) -> Vec<Named> {
        live_contents(&self.item)
    }

    fn retention_events(&self) -> Vec<Named> {
        self.directory.choices.retention_events.clone()
    }

    fn holds(&self) -> Vec<Named> {
        let name = |hold: &hokan_mobile_api::wire::HoldView| {
            let day = self.page.moment(&hold.at);
            hold.reason.as_ref().map_or_else(|| day.clone(), |reason| format!("{day} {reason}"))
        };
        let holds = self.item.holds.iter();
        holds.map(|hold| Named { code: hold.id.to_string(), name: name(hold) }).collect()
    }

    fn requests_in(&self, state: &str) -> Vec<Named> {
        let mine = |request: &&RequestView| state != "open" || request.by.id == self.me;
        let such = self.item.requests.iter().filter(|request| request.state.code == state).filter(mine);
        such.map(|request| Named { code: request.id.to_string(), name: request_name(&self.page, request) })
            .collect()
    }

    fn methods(&self, fits: impl Fn(&hokan_domain::profile::Method) -> bool) -> Vec<Named> {
        let lang = self.page.lang;
        let kind = |kind: &hokan_domain::item::ItemKind| kind.code() == self.item.kind.code;
        let methods = self.profile.disposal.methods.iter();
        methods
            .filter(|method| method.kinds.iter().any(kind) && fits(method))
            .map(|method| Named { code: method.id.clone(), name: method.name.get(lang).to_owned() })
            .collect()
    }

    /// The ways to erase such an item.
    fn erasing(&self) -> Vec<Named> {
        self.methods(|method| method.technique != hokan_domain::profile::Technique::Destroy)
    }

    /// The ways to dispose of such an item.
    fn destroying(&self) -> Vec<Named> {
        self.methods(|method| method.disposes)
    }

    fn verifications(&self) -> Vec<Named> {
        let lang = self.page.lang;
        Verification::ALL
            .map(|known| Named { code: known.code().to_owned(), name: known.name(lang).to_owned() })
            .to_vec()
    }

    fn presences(&self) -> Vec<Named> {
        let lang = self.page.lang;
        let known = ["on-site", "photograph", "certificate"].into_iter();
        known
            .filter_map(|code| {
                let presence = Presence::from_code(code)?;
                Some(Named { code: code.to_owned(), name: presence.name(lang).to_owned() })
            })
            .collect()
    }

    fn photo_before_hint(&self) -> String {
        let rules = &self.profile.disposal;
        let lang = self.page.lang;
        let asked = match (&rules.photo_shows_label, &rules.photo_before) {
            (Some(source), _) => Some(("disposal.photo_shows_label", source)),
            (None, Some(source)) => Some(("disposal.photo_needed", source)),
            (None, None) => None,
        };
        match asked {
            Some((key, source)) => {
                let told = texts::text(lang, key);
                format!("{told}{}", self.page.t1("problem.source", "source", source.cite(lang)))
            }
            None => self.page.t("disposal.photo_hint").into_owned(),
        }
    }

    fn photo_after_hint(&self) -> String {
        match &self.profile.disposal.photo_after {
            Some(source) => {
                let source = source.cite(self.page.lang);
                let told = self.page.t("disposal.photo_needed");
                format!("{told}{}", self.page.t1("problem.source", "source", source))
            }
            None => self.page.t("disposal.photo_hint").into_owned(),
        }
    }

    fn delegated_hint(&self) -> String {
        let source = self.profile.disposal.delegated.source.cite(self.page.lang);
        let told = self.page.t("disposal.delegated_hint");
        format!("{told}{}", self.page.t1("problem.source", "source", source))
    }

    /// What has been done of the disposal, and what is still to be done.
    fn disposal_steps(&self) -> Vec<DisposalStep> {
        let Some(disposal) = &self.item.disposal else { return Vec::new() };
        let told = |step: &StepView| {
            let text = step.text.as_ref().map(|text| format!("（{text}）")).unwrap_or_default();
            format!("{} {}{text}", self.page.moment(&step.at), step.by.name)
        };
        let confirmed = self.profile.gates.iter().any(|gate| gate.gated == Gated::ConfirmDisposal);
        let steps: [(_, Vec<&StepView>, bool); 5] = [
            ("disposal.ordered", disposal.ordered.iter().collect(), true),
            ("disposal.erased", disposal.erased.iter().collect(), false),
            ("disposal.destroyed", disposal.destroyed.iter().collect(), true),
            ("disposal.witnessed", disposal.witnessed.iter().collect(), true),
            ("disposal.confirmed", disposal.confirmed.iter().collect(), confirmed),
        ];
        let shown = steps.into_iter().filter(|(_, done, asked)| *asked || !done.is_empty());
        shown
            .map(|(key, done, _)| DisposalStep {
                name: self.page.t(key).into_owned(),
                class: if done.is_empty() { "later" } else { "done" },
                done: done.into_iter().map(told).collect(),
            })
            .collect()
    }

    /// Whether its end can be certified.
    fn has_certificate(&self) -> bool {
        let witnessed = self.item.disposal.as_ref().is_some_and(|disposal| !disposal.witnessed.is_empty());
        self.item.custody.state == CustodyState::Destroyed && witnessed
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

    fn is_stored(&self) -> bool {
        self.item.custody.state == CustodyState::Stored
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
}

/// What lies on an item and is not erased, to choose from.
pub(crate) fn live_contents(item: &ItemCard) -> Vec<Named> {
    let live = item.contents.iter().filter(|contents| contents.erased_at.is_none());
    live.map(|contents| {
        let purpose = contents.purpose_code.as_ref().map(|purpose| &purpose.name);
        let more = contents.purpose.as_ref().or(purpose).map(|more| format!("・{more}")).unwrap_or_default();
        Named { code: contents.id.to_string(), name: format!("{}{more}", contents.category.name) }
    })
    .collect()
}

fn request_name(page: &Page, request: &RequestView) -> String {
    let details = request.details.as_ref().map(|details| format!("・{details}")).unwrap_or_default();
    format!("{}{details}（{} {}）", request.what.name, request.by.name, page.moment(&request.at))
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
    /// What is to be asked for.
    #[serde(default)]
    ask: String,
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
    mut form: Form,
) -> Result<Response, Failed> {
    let id = item_id(&id, visitor.lang)?;
    let outcome = async {
        form.keep_files(&visitor, &web).await?;
        let (event, act) = (form.event_id()?, read_act(&form, &visitor, &web).await?);
        web.app.act(&visitor.caller, id, event, act).await
    };
    let outcome = Box::pin(outcome).await;
    let seal = form.raw("at_hand").to_owned();
    match outcome {
        Ok(_) if !form.raw("back").is_empty() => {
            Ok(Redirect::to(local_path(form.raw("back"))).into_response())
        }
        Ok(answer) => {
            let at_hand =
                if seal.is_empty() { String::new() } else { format!("&at_hand={}", percent_encoded(&seal)) };
            Ok(Redirect::to(&format!("/items/{id}?done={}{at_hand}", answer.event_id)).into_response())
        }
        Err(problem) if problem.is(ProblemCode::NotFound) => Err(problem.into()),
        Err(problem) if problem.is(ProblemCode::SecondFactorNeeded) => {
            prove::ask(&web, &visitor, &format!("/items/{id}/acts"), &form).await
        }
        Err(problem) => {
            let arrival = Arrival { at_hand: seal, ..Arrival::default() };
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
    let caller = &visitor.caller;
    let mut item = web.app.item(caller, id).await?;
    let history = web.app.history_beside(caller, id).await?;
    let directory = web.app.directory(caller).await?;
    let people = web.app.everybody_else(caller).await?;
    let carry_out = match item.custody.carry_out {
        Some(carry_out) if item.custody.state == CustodyState::Out => Some(carry_out),
        _ => web.app.carry_out_of(caller, id).await?,
    };
    let done = history
        .iter()
        .find(|line| !arrival.done.is_empty() && line.event_id.to_string() == arrival.done)
        .map(|line| line.sentence.clone());
    let status = problem.as_ref().map_or(StatusCode::OK, Problem::status_code);
    let page = visitor.page(Nav::Items, item.title.clone());
    let acts = std::mem::take(&mut item.acts);
    let acting = Acting::after(acts, problem, form).with_seal(
        &arrival.at_hand,
        |label| *label == item.code,
        visitor,
        web,
    );
    let view = ItemPage {
        page,
        item,
        directory,
        history,
        people,
        carry_out,
        profile: web.app.profile(),
        me: caller.person.id,
        is_handler: caller.person.is(Part::Handler),
        done,
        ask: arrival.ask,
        acting,
    };
    html_with(status, visitor.lang, &view)
}

/// The id in an address. What is no id names nothing.
pub(crate) fn item_id(text: &str, lang: Lang) -> Result<ItemId, Problem> {
    text.parse().map_err(|_| Problem::new(ProblemCode::NotFound, lang))
}

/// The act that a form asks for.
async fn read_act(form: &Form, visitor: &Visitor, web: &Web) -> Result<ActRequest, Problem> {
    let scan = || form.scan(visitor, web);
    let scan_needed = || scan()?.ok_or_else(|| form.wrong("code", "error.scan_first"));
    let hand_over = || {
        form.word("hand_over", |text| text.parse::<HandOverId>().ok())
            .map_err(|_| form.wrong("hand_over", "error.reload"))
    };
    let request = || form.id::<RequestId>("request");
    Ok(match form.word("act", ActKind::from_code)? {
        ActKind::Offer => ActRequest::Offer {
            to: form.word("to", |text| match text {
                "any-handler" => Some(Receiver::AnyHandler),
                person => person.parse::<PersonId>().ok().map(Receiver::Person),
            })?,
            note: form.optional_note("note")?,
            scan: scan()?,
        },
        ActKind::Accept => ActRequest::Accept { hand_over: hand_over()?, scan: scan_needed()? },
        ActKind::Refuse => ActRequest::Refuse { hand_over: hand_over()?, note: form.optional_note("note")? },
        ActKind::Withdraw => ActRequest::Withdraw { hand_over: hand_over()? },
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
            ActRequest::PutAway { home, scan }
        }
        ActKind::TakeOut => {
            ActRequest::TakeOut { scan: scan_needed()?, purpose: form.optional_code("purpose_code") }
        }
        ActKind::ReplaceLabel => ActRequest::ReplaceLabel {
            label: form.label("new_code")?,
            reason: form.word("reason", ReplaceReason::from_code)?,
        },
        ActKind::RecordContents => ActRequest::RecordContents {
            contents: form.contents()?.ok_or_else(|| form.wrong("category", "error.choose"))?,
        },
        ActKind::Assign => ActRequest::Assign { division: form.optional_id("division")? },
        ActKind::DesignateHome => ActRequest::DesignateHome {
            place: if form.raw("home_code").trim().is_empty() {
                PlaceRef::Id(form.id("home")?)
            } else {
                PlaceRef::Label(form.label("home_code")?)
            },
        },
        ActKind::RecordProtection => ActRequest::RecordProtection {
            protection: form.protection()?.ok_or_else(|| form.wrong("protection", "error.choose"))?,
        },
        ActKind::EraseContents => {
            ActRequest::EraseContents { contents: form.id("contents")?, erasure: form.erasure()? }
        }
        ActKind::RecordRetentionEvent => ActRequest::RecordRetentionEvent {
            contents: form.id("contents")?,
            event: form.optional_code("event").ok_or_else(|| form.wrong("event", "error.choose"))?,
            on: form.day("on")?,
        },
        ActKind::Ask => ActRequest::Ask {
            wanted: read_wanted(form, visitor, web).await?,
            reason: form.note("reason")?,
            until: form.optional_day("until")?,
        },
        ActKind::Approve => ActRequest::Approve { request: request()?, note: form.optional_note("note")? },
        ActKind::TurnDown => ActRequest::TurnDown { request: request()?, reason: form.note("reason")? },
        ActKind::WithdrawRequest => ActRequest::WithdrawRequest { request: request()? },
        ActKind::EndPermission => {
            ActRequest::EndPermission { request: request()?, reason: form.note("reason")? }
        }
        ActKind::PlaceHold => ActRequest::PlaceHold { reason: form.note("reason")? },
        ActKind::LiftHold => ActRequest::LiftHold { hold: form.id("hold")?, reason: form.note("reason")? },
        ActKind::Sanitize => ActRequest::Sanitize { erasure: form.erasure()?, scan: scan_needed()? },
        ActKind::Destroy => ActRequest::Destroy { destruction: form.destruction()?, scan: scan_needed()? },
        ActKind::Witness => ActRequest::Witness {
            presence: form.word("presence", Presence::from_code)?,
            photographs: form.photographs()?,
            scan: scan_needed()?,
        },
        ActKind::ConfirmDisposal => ActRequest::ConfirmDisposal { note: form.optional_note("note")? },
        ActKind::ReportFault => ActRequest::ReportFault { note: form.optional_note("note")?, scan: scan()? },
        ActKind::CheckFault => ActRequest::CheckFault {
            faulty: form.word("faulty", |word| match word {
                "yes" => Some(true),
                "no" => Some(false),
                _ => None,
            })?,
            note: form.optional_note("note")?,
            scan: scan_needed()?,
        },
        ActKind::ReportLost => ActRequest::ReportLost { note: form.optional_note("note")? },
        ActKind::ReportFound => ActRequest::ReportFound { scan: scan_needed()? },
        ActKind::SettleDiscrepancy => ActRequest::SettleDiscrepancy {
            finding: form.finding()?,
            outcome: form.word("outcome", Outcome::from_code)?,
            reason: form.note("reason")?,
        },
    })
}

/// What a form asks permission for.
async fn read_wanted(form: &Form, visitor: &Visitor, web: &Web) -> Result<WantedRequest, Problem> {
    let asked = |code: &str| ASKED.into_iter().find(|gated| gated.code() == code);
    Ok(match form.word("wanted", asked)? {
        Gated::Copy => {
            let contents = form.ids("contents")?;
            if contents.is_empty() {
                return Err(form.wrong("contents", "error.choose"));
            }
            WantedRequest::Copy { contents }
        }
        Gated::Save => WantedRequest::Save,
        Gated::Connect => {
            let label = form.label("terminal")?;
            match web.app.resolve(&visitor.caller, &label).await.map_err(|no| no.with_field("terminal"))? {
                Resolution::Item { item } => WantedRequest::Connect { terminal: item.id },
                _ => return Err(form.wrong("terminal", "error.no_item")),
            }
        }
        Gated::Bulk => WantedRequest::Bulk { records: form.number("records")? },
        Gated::Handle => WantedRequest::Handle { person: form.id("person")? },
        Gated::Disclose => WantedRequest::Disclose { to: form.line("to", MAX_TITLE)? },
        Gated::Dispose => WantedRequest::Dispose,
        Gated::Extend => {
            WantedRequest::Extend { contents: form.id("contents")?, until: form.day("until_on")? }
        }
        // No word but the last of the list gets here.
        _ => WantedRequest::Use,
    })
}

fn home_of(text: &str) -> Option<Home> {
    let place = text.parse::<PlaceId>().map(Home::Place).ok();
    place.or_else(|| text.parse::<ContainerId>().map(Home::Container).ok())
}

/// The certificate of an item's destruction, in the language of the request.
pub(crate) async fn certificate(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Failed> {
    let id = item_id(&id, visitor.lang)?;
    let (number, pdf) = web.app.certificate(&visitor.caller, &[id], &[visitor.lang]).await?;
    let name: String = number.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let headers: [(HeaderName, String); 2] = [
        (header::CONTENT_TYPE, "application/pdf".to_owned()),
        // RFC 6266: the second name is for whoever reads names that are not ASCII.
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"certificate.pdf\"; filename*=UTF-8''{name}.pdf"),
        ),
    ];
    Ok((headers, pdf).into_response())
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
        let done = history.first().map(|line| line.sentence.clone());
        let ask = "extend".to_owned();
        ItemPage { done, ask, ..view(page, item, directory, history, Some(problem), form) }
    }

    fn view(
        page: Page,
        mut item: ItemCard,
        directory: Directory,
        history: Vec<HistoryLine>,
        problem: Option<Problem>,
        form: Form,
    ) -> ItemPage {
        let acts = std::mem::take(&mut item.acts);
        let someone = PersonId(uuid::Uuid::from_u128(9));
        ItemPage {
            page,
            item,
            directory,
            history,
            people: vec![PersonView { id: someone, name: "鈴木 一郎".to_owned() }],
            carry_out: Some(CarryOutId(uuid::Uuid::from_u128(12))),
            profile: Arc::new(Profile::parse(hokan_domain::profile::NATIONAL_DEFAULT).unwrap()),
            me: someone,
            is_handler: true,
            done: None,
            ask: String::new(),
            acting: Acting::after(acts, problem, form),
        }
    }

    #[test]
    fn acts_closed_for_one_reason_are_told_once() {
        let (item, directory, history) = crate::web::tests::sample_item(Lang::Ja);
        let page = crate::web::tests::page(Lang::Ja, Nav::Items);
        let view = view(page, item, directory, history, None, Form::default());
        let closed: Vec<Closed> = view.closed_groups().into_iter().flat_map(|(_, closed)| closed).collect();
        let names: usize = closed.iter().map(|group| group.names.len()).sum();
        assert!(closed.len() < names, "{closed:?}");
        assert!(closed.iter().all(|group| !group.reason.source.is_empty()));
        assert_ne!(view.event_id("offer"), view.event_id("offer"), "each form has an id of its own");
    }

    /// Every kind of act stands in one group, and every form of the page names one that is known.
    #[test]
    fn every_act_has_its_place_and_its_form() {
        let mut grouped: Vec<ActKind> = GROUPS.iter().flat_map(|(_, kinds)| kinds.iter().copied()).collect();
        grouped.sort_unstable();
        let mut all = ActKind::ALL.to_vec();
        all.sort_unstable();
        assert_eq!(grouped, all);
        let page = crate::web::tests::page(Lang::Ja, Nav::Items);
        let (mut item, directory, history) = crate::web::tests::sample_item(Lang::Ja);
        for act in &mut item.acts {
            act.open = true;
        }
        let view = ItemPage {
            ask: "dispose".to_owned(),
            ..view(page, item, directory, history, None, Form::default())
        };
        let html = view.render().unwrap();
        for kind in ActKind::ALL {
            let field = format!("name=\"act\" value=\"{}\"", kind.code());
            assert!(html.contains(&field), "{} has no form", kind.code());
        }
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
