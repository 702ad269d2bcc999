//! The pages: rendered on the server, Japanese first, English whole, working without script where a form can.
//!
//! | Question | Module |
//! | --- | --- |
//! | Which address leads where? | [`ROUTES`] in this file |
//! | Who may see a page? | [`guard`] |
//! | Did the page itself send this form? | [`csrf`], [`form`] |
//! | What does a mistake look like? | [`error`] |
//! | What is around every page, and in which words? | [`layout`], [`texts`] |
//! | Which headers does every answer bear? | [`headers`] |
//! | What do pages share on which something is done? | [`acting`] |
//! | How is it known that the label was in front of the person? | [`at_hand`] |
//!
//! The others are one file a noun: handler, form, typed context of the template.
//!
//! Invariants: a handler that shows or changes anything takes a [`guard::Visitor`], which only a session
//! yields; the fields of a form cannot be reached before its token was checked ([`form::Form`]); no page
//! holds a script or a style of its own, so the strictest content policy holds for all.

mod account;
mod accounts;
mod acting;
mod assets;
mod at_hand;
mod carry_outs;
mod containers;
mod copies;
mod csrf;
mod error;
mod files;
mod form;
mod guard;
pub(crate) mod headers;
mod home;
mod inbox;
mod incidents;
mod items;
mod labels;
mod layout;
mod ledger;
mod passkeys;
mod people;
mod phones;
mod prove;
mod provider;
pub(crate) mod proxy;
mod register;
mod scan;
mod second;
mod setup;
mod sign_in;
mod texts;
mod tokens;
mod trail;
mod trust;

use std::sync::Arc;

use axum::{Router, extract::DefaultBodyLimit, middleware};

use crate::app::App;

/// The largest body that a form may send, photographs apart.
const FORM_LIMIT: usize = 256 * 1024;

/// What the handlers share.
#[derive(Clone)]
pub(crate) struct Web {
    /// The running server.
    pub(crate) app: Arc<App>,
    /// The phones' interface, through which a photograph of a form goes too, so that it is bounded in the
    /// same way.
    pub(crate) phone: Router,
}

/// One line of the route table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The address, with its parameters in braces.
    pub path: &'static str,
}

impl Web {
    /// The code that somebody's authenticator app shows now, in the demonstration and nowhere else.
    pub(crate) async fn shown_code(&self, person: hokan_domain::ids::PersonId) -> Option<String> {
        if !self.app.config().demo {
            return None;
        }
        self.app.identity().shown_code(person).await.ok().flatten()
    }
}

macro_rules! routes {
    ($($method:ident $path:literal => $handler:path $(, up to $limit:expr)?;)*) => {
        /// Every address of the pages.
        pub const ROUTES: &[Route] = &[$(Route { method: stringify!($method), path: $path }),*];

        fn table() -> Router<Web> {
            /// The table names methods as HTTP does.
            mod by_method {
                pub(super) use axum::routing::{get as GET, post as POST};
            }
            Router::new()
            $(.route($path, by_method::$method($handler)$(.layer(DefaultBodyLimit::max($limit)))?))*
        }
    };
}

routes! {
    GET  "/" => home::show;
    GET  "/sign-in" => sign_in::show;
    POST "/sign-in" => sign_in::sign_in;
    POST "/sign-in/passkey" => passkeys::sign_in;
    POST "/sign-in/passkey/challenge" => passkeys::challenge;
    GET  "/sign-in/second" => second::show;
    POST "/sign-in/second" => second::sign_in;
    GET  "/setup/{token}" => setup::show;
    POST "/setup/{token}" => setup::make;
    GET  "/account" => account::show;
    GET  "/account/password" => account::password_form;
    POST "/account/password" => account::change_password;
    GET  "/account/second-factor" => account::factor_form;
    POST "/account/second-factor" => account::add_factor;
    POST "/account/recovery-codes" => account::renew_codes;
    POST "/account/passkeys/{id}/remove" => account::remove_passkey;
    GET  "/account/prove" => prove::show;
    POST "/account/prove" => prove::prove;
    POST "/account/sessions/end-others" => account::end_others;
    POST "/account/sessions/{id}/end" => account::end_session;
    GET  "/accounts" => accounts::show;
    POST "/accounts/{id}" => accounts::act;
    POST "/sign-out" => sign_in::sign_out;
    GET  "/account/passkeys" => passkeys::show;
    POST "/account/passkeys" => passkeys::add;
    POST "/account/passkeys/challenge" => passkeys::new_challenge;
    POST "/sign-in/provider" => provider::begin;
    GET  "/sign-in/provider/return" => provider::finish;
    GET  "/account/phones" => phones::show;
    POST "/account/phones" => phones::offer;
    POST "/account/phones/{id}/name" => phones::rename;
    POST "/account/phones/{id}/revoke" => phones::revoke;
    GET  "/pair/{token}" => phones::look;
    POST "/pair/{token}" => phones::pair;
    GET  "/tokens" => tokens::show;
    POST "/tokens" => tokens::add;
    POST "/tokens/{id}/revoke" => tokens::revoke;
    GET  "/scan" => scan::show;
    POST "/scan" => scan::read, up to scan::LIMIT;
    GET  "/L/{code}" => scan::open_label;
    GET  "/l/{code}" => scan::open_label;
    GET  "/items" => items::list;
    GET  "/items/{id}" => items::show;
    POST "/items/{id}/acts" => items::act, up to form::LIMIT_WITH_FILES;
    GET  "/items/{id}/copy" => copies::show;
    POST "/items/{id}/copy" => copies::copy;
    GET  "/items/{id}/certificate.pdf" => items::certificate;
    GET  "/files/{id}" => files::show;
    GET  "/inbox" => inbox::show;
    GET  "/menu" => inbox::menu;
    GET  "/discrepancies" => inbox::discrepancies;
    GET  "/retention" => inbox::retention;
    GET  "/carry-outs" => carry_outs::list;
    GET  "/carry-outs/new" => carry_outs::plan;
    POST "/carry-outs/new" => carry_outs::request;
    GET  "/carry-outs/{id}" => carry_outs::show;
    POST "/carry-outs/{id}/acts" => carry_outs::act;
    GET  "/carry-outs/{id}/amend" => carry_outs::amending;
    POST "/carry-outs/{id}/amend" => carry_outs::amend;
    GET  "/containers/{id}" => containers::show;
    POST "/containers/{id}/acts" => containers::act;
    GET  "/incidents" => incidents::list;
    GET  "/incidents/new" => incidents::report_form;
    POST "/incidents/new" => incidents::report;
    GET  "/incidents/{id}" => incidents::show;
    POST "/incidents/{id}/acts" => incidents::act;
    GET  "/register" => register::show;
    POST "/register" => register::register;
    GET  "/labels" => labels::show;
    POST "/labels" => labels::print;
    POST "/labels/printers" => labels::set_printer;
    GET  "/labels/calibration.pdf" => labels::calibration;
    GET  "/labels/{sheet}" => labels::sheet;
    GET  "/ledger" => ledger::show;
    GET  "/people" => people::list;
    GET  "/people/{id}" => people::show;
    POST "/people/{id}/acts" => people::act;
    GET  "/permission-ledger" => people::ledger;
    POST "/permission-ledger/validations" => people::begin;
    POST "/permission-ledger/validations/{id}" => people::look;
    GET  "/viewer-ids" => people::loans;
    POST "/viewer-ids" => people::lend;
    POST "/viewer-ids/{id}" => people::give_back;
    GET  "/trail" => trail::show;
    POST "/trail/reviews" => trail::review;
    POST "/trail/suspicions/{id}" => trail::settle;
    GET  "/trust" => trust::show;
    GET  "/trust/hokan-ca.crt" => trust::certificate;
    GET  "/static/{*path}" => assets::show;
}

/// The addresses that need no session: what leads to signing in, and what every page is made of.
pub const PUBLIC_ROUTES: &[Route] = &[
    Route { method: "GET", path: "/sign-in" },
    Route { method: "POST", path: "/sign-in" },
    Route { method: "POST", path: "/sign-in/passkey" },
    Route { method: "POST", path: "/sign-in/passkey/challenge" },
    Route { method: "GET", path: "/sign-in/second" },
    Route { method: "POST", path: "/sign-in/second" },
    Route { method: "GET", path: "/setup/{token}" },
    Route { method: "POST", path: "/setup/{token}" },
    Route { method: "POST", path: "/sign-in/provider" },
    Route { method: "GET", path: "/sign-in/provider/return" },
    Route { method: "GET", path: "/pair/{token}" },
    Route { method: "GET", path: "/trust" },
    Route { method: "GET", path: "/trust/hokan-ca.crt" },
    Route { method: "GET", path: "/static/{*path}" },
];

/// All pages. What they do not know is answered with a page as well.
pub fn router(app: Arc<App>) -> Router {
    let backend = Arc::clone(&app) as Arc<dyn hokan_mobile_api::Backend>;
    let web = Web { app, phone: hokan_mobile_api::router(backend) };
    table()
        .fallback(error::not_found)
        .layer(DefaultBodyLimit::max(FORM_LIMIT))
        .layer(middleware::from_fn_with_state(web.clone(), prove::again))
        .layer(middleware::from_fn_with_state(web.clone(), error::as_page))
        .layer(middleware::from_fn(headers::add))
        .with_state(web)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeSet;

    use axum::{
        body::Body,
        http::{Request, StatusCode, header},
        response::Response,
    };
    use chrono::{DateTime, NaiveDate, Utc};
    use hokan_domain::{
        carry_out::CarryOutActKind,
        container::ContainerActKind,
        contents::Category,
        custody::ActKind,
        event::Receiver,
        ids::{
            CarryOutId, ContainerId, ContentsId, EventId, HandOverId, IncidentId, ItemId, PersonId, PlaceId,
        },
        incident::IncidentActKind,
        item::{Custody, ItemKind},
        person::Part,
        place::Home,
        profile::{NATIONAL_DEFAULT, Profile},
        refusal::{Reason, Refusal},
        text::{Lang, Nameless},
    };
    use hokan_mobile_api::wire::{
        ApprovalView, CarryOutLine, CarryOutStepView, CarryOutView, ClosingView, ContainerView, ContentsView,
        CustodyState, CustodyView, Directory, DirectoryHome, DiscrepancyView, EndedView, GivenView,
        HistoryLine, HomeKind, HomeView, IncidentLine, IncidentView, InsteadView, ItemAtLossView, ItemCard,
        ItemSummary, LoadView, Me, Named, NotificationView, OfferView, OfferedItem, OpenAct, PersonView,
        PlanView, PublicationView, ReceiverView, ReportStepView, SignedInPerson, Stage, StepView,
    };
    use tower::ServiceExt as _;
    use uuid::Uuid;

    use super::{
        layout::{Nav, Page, Viewer},
        *,
    };
    use crate::{
        clock::Clock,
        config::{Config, LogFormat, TlsMode},
        entropy::Entropy,
        serve,
        store::{DatabaseUrl, Schema},
    };

    /// What is around a sample.
    pub(crate) fn page(lang: Lang, nav: Nav) -> Page {
        Page {
            lang,
            title: "見本 <Sample> & Co".to_owned(),
            body_name: "みどり町".to_owned(),
            nav,
            here: "/items?q=x&lang=ja".to_owned(),
            viewer: Some(Viewer { name: "佐藤 花子".to_owned() }),
            csrf: "0123456789abcdef".to_owned(),
        }
    }

    fn moment() -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_392_000, 0).unwrap()
    }

    fn person(number: u128, name: &str) -> PersonView {
        PersonView { id: PersonId(Uuid::from_u128(number)), name: name.to_owned() }
    }

    fn summary(lang: Lang) -> ItemSummary {
        let id = ItemId(Uuid::from_u128(1));
        ItemSummary {
            id,
            code: "JPJTJ39B5DV3".parse().unwrap(),
            kind: Named::kind(ItemKind::UsbMemory, lang),
            title: "税務課 USBメモリ 3 <b>".to_owned(),
            control_number: Some("税-2026-003".to_owned()),
            custody: CustodyView {
                state: CustodyState::Held,
                person: Some(person(1, "佐藤 花子")),
                home: None,
                carry_out: None,
                since: moment(),
                sentence: lang.pick("佐藤 花子さんが保持しています", "Sato Hanako has it").to_owned(),
            },
            url: ItemSummary::url_of(id),
        }
    }

    fn offer() -> OfferView {
        OfferView {
            hand_over: HandOverId(Uuid::from_u128(3)),
            from: person(1, "佐藤 花子"),
            to: ReceiverView::new(Receiver::AnyHandler, &Nameless),
            expires_at: moment(),
            expires_text: "2026-11-24 09:00".to_owned(),
        }
    }

    fn sample_request(state: &str, lang: Lang) -> hokan_mobile_api::wire::RequestView {
        let number = if state == "open" { 44 } else { 45 };
        hokan_mobile_api::wire::RequestView {
            id: hokan_domain::ids::RequestId(Uuid::from_u128(number)),
            what: Named::gated(hokan_domain::profile::Gated::Dispose, lang),
            details: Some("<詳細>".to_owned()),
            by: person(1, "佐藤 花子"),
            at: moment(),
            reason: Some("満了".to_owned()),
            until: NaiveDate::from_ymd_opt(2026, 12, 1),
            state: Named { code: state.to_owned(), name: state.to_owned() },
            given: Vec::new(),
            missing: vec!["保護責任者".to_owned()],
            source: Some("第12条".to_owned()),
            mine_to_decide: true,
        }
    }

    /// An item with everything that a page can show of one.
    pub(crate) fn sample_item(lang: Lang) -> (ItemCard, Directory, Vec<HistoryLine>) {
        let profile = Profile::parse(NATIONAL_DEFAULT).unwrap();
        let custody = Custody::Held { by: PersonId(Uuid::from_u128(9)) };
        let acts = ActKind::ALL.map(|kind| {
            let reason = match kind {
                ActKind::PutAway | ActKind::TakeOut => Some(Reason::NotCurrentHolder { custody }),
                ActKind::Refuse | ActKind::Withdraw => Some(Reason::HandOverSettled { custody }),
                _ => None,
            };
            let answer = reason
                .map_or(Ok(()), |reason| Err(Refusal { source: profile.source(reason.rule()), reason }));
            OpenAct::new(kind, &answer, lang, &Nameless)
        });
        let ItemSummary { id, code, kind, title, control_number, custody, url } = summary(lang);
        let finding = hokan_domain::discrepancy::Finding {
            kind: hokan_domain::discrepancy::FindingKind::SeenElsewhere,
            event: EventId(Uuid::from_u128(4)),
        };
        let card = ItemCard {
            id,
            code,
            kind,
            title,
            control_number,
            serial: Some("SN-0042".to_owned()),
            custody,
            url,
            registered_at: moment(),
            contents: vec![ContentsView {
                id: ContentsId(Uuid::from_u128(8)),
                purpose_code: None,
                received_on: None,
                retention: None,
                starts_on: None,
                erased_at: None,
                category: Named::category(Category::SpecificPersonal, lang),
                purpose: Some("個人住民税".to_owned()),
                records: Some(12_345),
                recorded_on: NaiveDate::from_ymd_opt(2026, 11, 23),
            }],
            division: None,
            designated_home: None,
            protection: None,
            copied_from: None,
            copies: Vec::new(),
            due: None,
            holds: vec![hokan_mobile_api::wire::HoldView {
                id: hokan_domain::ids::HoldId(Uuid::from_u128(41)),
                by: person(1, "佐藤 花子"),
                at: moment(),
                reason: Some("監査のため".to_owned()),
            }],
            requests: vec![sample_request("open", lang), sample_request("granted", lang)],
            disposal: Some(hokan_mobile_api::wire::DisposalView {
                destroyed: Some(StepView { by: person(1, "佐藤 花子"), at: moment(), text: None }),
                witnessed: vec![StepView {
                    by: person(2, "鈴木 一郎"),
                    at: moment(),
                    text: Some("立会い".to_owned()),
                }],
                photographs: vec![hokan_mobile_api::wire::PhotographView {
                    file: hokan_domain::ids::FileId(Uuid::from_u128(42)),
                    shows: Named::shows(hokan_domain::disposal::Shows::Before, lang),
                    label_read: true,
                }],
                certificate: Some(hokan_domain::ids::FileId(Uuid::from_u128(43))),
                ..hokan_mobile_api::wire::DisposalView::default()
            }),
            condition: Some(hokan_mobile_api::wire::ConditionView {
                faulty: true,
                by: person(1, "佐藤 花子"),
                at: moment(),
            }),
            lost: Some(hokan_mobile_api::wire::LostView {
                by: person(1, "佐藤 花子"),
                at: moment(),
                incident: Some(IncidentId(Uuid::from_u128(30))),
            }),
            offer: Some(offer()),
            discrepancies: vec![DiscrepancyView {
                kind: finding.kind.code().to_owned(),
                sentence: finding.kind.sentence(lang).to_owned(),
                event_id: finding.event,
                dismissible: true,
            }],
            acts: acts.to_vec(),
            version: 3,
        };
        let place = Home::Place(PlaceId(Uuid::from_u128(6)));
        let directory = Directory {
            people: vec![person(2, "鈴木 一郎")],
            homes: vec![DirectoryHome::new(place, "税務課 保管庫A".to_owned(), None)],
            item_kinds: ItemKind::ALL.map(|kind| Named::kind(kind, lang)).to_vec(),
            categories: Category::ALL.map(|category| Named::category(category, lang)).to_vec(),
            choices: hokan_mobile_api::wire::Choices::of(&profile, Vec::new(), lang),
        };
        let line = HistoryLine {
            seq: 12,
            event_id: EventId(Uuid::from_u128(4)),
            kind: "seen".to_owned(),
            occurred_at: moment(),
            recorded_at: moment(),
            occurred_text: "2026-11-23 09:00".to_owned(),
            recorded_text: "2026-11-23 11:00".to_owned(),
            late: true,
            actor: person(1, "佐藤 花子"),
            device: Some(hokan_domain::ids::DeviceId(Uuid::from_u128(7))),
            sentence: lang.pick("確認されました。", "It was seen.").to_owned(),
            note: Some("棚の奥".to_owned()),
            untrue: Some(lang.pick("事実でないと処理されました。", "Settled as untrue.").to_owned()),
            leaf_hash: "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=".to_owned(),
        };
        (card, directory, vec![line])
    }

    fn sample_me(lang: Lang) -> Me {
        let OfferView { hand_over, from, to, expires_at, expires_text } = offer();
        let offered = OfferedItem { item: summary(lang), hand_over, from, to, expires_at, expires_text };
        let id = PersonId(Uuid::from_u128(1));
        Me {
            person: SignedInPerson {
                id,
                name: "佐藤 花子".to_owned(),
                parts: vec![Named::part(Part::Handler, lang)],
            },
            holding: vec![summary(lang)],
            offered_to_me: vec![offered.clone()],
            offered_by_me: vec![OfferedItem {
                to: ReceiverView::Person(person(2, "鈴木 一郎")), ..offered
            }],
            discrepancies_open: 2,
        }
    }

    fn refused(lang: Lang) -> Vec<hokan_mobile_api::wire::MissingView> {
        let lack = |item| hokan_mobile_api::wire::MissingView {
            code: "approval".to_owned(),
            which: "protection-officer".to_owned(),
            name: lang.pick("保護責任者の承認", "approval by the protection officer").to_owned(),
            item,
            source: "第11条第3項".to_owned(),
        };
        vec![lack(None), lack(Some(ItemId(Uuid::from_u128(1))))]
    }

    fn sample_carry_out(lang: Lang) -> CarryOutView {
        let acts = CarryOutActKind::ALL.map(|kind| OpenAct::on_carry_out(kind, &Ok(()), lang, &Nameless));
        let named = |code: &str, name: &str| Named { code: code.to_owned(), name: name.to_owned() };
        let given = GivenView {
            by: person(2, "鈴木 一郎"),
            role: "保護責任者".to_owned(),
            deputy_for: Some(person(3, "田中 健")),
            at: moment(),
            note: Some("早めに".to_owned()),
        };
        let step = |kind: CarryOutActKind, stage, missing| CarryOutStepView {
            act: named(kind.code(), kind.name(lang)),
            stage,
            by: Some(person(1, "佐藤 花子")),
            at: Some(moment()),
            approvals: vec![ApprovalView {
                roles: vec!["甲".to_owned(), "乙".to_owned()],
                all: true,
                division: Some(named("div_1", "税務課")),
                item: ItemId(Uuid::from_u128(1)),
                given: vec![given.clone()],
                missing: vec!["乙".to_owned()],
                source: "第11条第3項".to_owned(),
            }],
            missing,
            open: false,
            reason: None,
        };
        let text = |text: &str| Some(text.to_owned());
        CarryOutView {
            id: CarryOutId(Uuid::from_u128(20)),
            url: "/carry-outs/cro_1".to_owned(),
            state: named("granted", "承認済み"),
            sentence: "税務課 USBメモリ 3：承認済み".to_owned(),
            plan: PlanView {
                items: vec![summary(lang)],
                ground: Some(named("repair", "修理")),
                exempt: Some(named("x", "x")),
                counterparty: text("連合会"),
                contract: Some(named("ctr_1", "委託先")),
                legal_ground: text("第9号"),
                direction: named("outside", "庁舎外"),
                channel: named("hand", "携行"),
                destination: text("本庁"),
                transport: text("公用車"),
                tracking: text("1234"),
                route: text("国道"),
                due_back: NaiveDate::from_ymd_opt(2026, 11, 30),
                for_good: false,
                packaging: text("封筒"),
                sealed: true,
                masked: true,
                container: Some(HomeView {
                    id: "con_1".to_owned(),
                    kind: HomeKind::Container,
                    name: "搬送ケース".to_owned(),
                }),
                instead: vec![InsteadView {
                    measure: named("sealed", "封かん"), reason: text("急ぐため")
                }],
            },
            requested_by: person(1, "佐藤 花子"),
            requested_at: moment(),
            lapses_at: Some(moment()),
            steps: vec![
                step(CarryOutActKind::Approve, Stage::Done, Vec::new()),
                step(CarryOutActKind::Depart, Stage::Next, refused(lang)),
                step(CarryOutActKind::Arrive, Stage::Later, Vec::new()),
                step(CarryOutActKind::Close, Stage::Never, Vec::new()),
            ],
            load: Some(LoadView { kinds: "USBメモリ 1".to_owned(), quantity: 1, records: Some(20) }),
            lock: text("A-1"),
            lock_seen: text("A-2"),
            lock_matches: Some(false),
            receipt: text("係員"),
            out: vec![summary(lang)],
            missing: vec![summary(lang)],
            overdue_days: Some(2),
            ended: Some(EndedView {
                by: Some(person(1, "佐藤 花子")), at: moment(), text: text("不要")
            }),
            acts: acts.to_vec(),
            version: 4,
        }
    }

    fn sample_container(lang: Lang) -> ContainerView {
        let acts = ContainerActKind::ALL.map(|kind| OpenAct::on_container(kind, &Ok(()), lang, &Nameless));
        ContainerView {
            id: ContainerId(Uuid::from_u128(21)),
            url: "/containers/con_1".to_owned(),
            name: "搬送ケース 1".to_owned(),
            label: Some("JPJTJ39B5DV3".parse().unwrap()),
            place: None,
            locked: None,
            carry_out: Some(CarryOutId(Uuid::from_u128(20))),
            items: Vec::new(),
            acts: acts.to_vec(),
            version: 1,
        }
    }

    fn sample_incident(lang: Lang) -> (IncidentLine, IncidentView) {
        let named = |code: &str, name: &str| Named { code: code.to_owned(), name: name.to_owned() };
        let said =
            StepView { by: person(1, "佐藤 花子"), at: moment(), text: Some("<了解>".to_owned()) };
        let step = |told: bool, out: bool, overdue: bool| ReportStepView {
            step: named("to-officer", "保護責任者への報告"),
            from: Some("担当者".to_owned()),
            to: "保護責任者".to_owned(),
            due_at: moment(),
            due_text: "2026-11-23 10:00".to_owned(),
            told: told.then(|| said.clone()),
            as_needed: true,
            left_out: out.then(|| said.clone()),
            overdue,
            late: told,
            mine_to_tell: !told && !out,
            source: "第18条".to_owned(),
        };
        let acts = IncidentActKind::ALL.map(|kind| OpenAct::on_incident(kind, &Ok(()), lang, &Nameless));
        let text = |text: &str| Some(text.to_owned());
        let known_on = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
        let view = IncidentView {
            id: IncidentId(Uuid::from_u128(30)),
            url: "/incidents/inc_1".to_owned(),
            kind: named("loss", "紛失"),
            gravity: named("incident", "事故"),
            headline: "暗号化されていました".to_owned(),
            attack: true,
            malicious: true,
            division: Some(named("div_1", "税務課")),
            reported_by: person(1, "佐藤 花子"),
            reported_at: moment(),
            known_on,
            content: text("内容"),
            cause: text("原因"),
            damage: text("被害"),
            prevention: text("対策"),
            affected: Some(1_200),
            items: vec![ItemAtLossView {
                item: summary(lang),
                was_encrypted: true,
                protection: "暗号化".to_owned(),
                categories: vec![Named::category(Category::SpecificPersonal, lang)],
                records: Some(12),
            }],
            chain: vec![step(true, false, false), step(false, true, false), step(false, false, true)],
            measures: vec![said.clone()],
            instructions: vec![said.clone()],
            published: vec![PublicationView {
                by: person(1, "佐藤 花子"), on: known_on, note: text("掲示")
            }],
            notified: vec![NotificationView {
                by: person(1, "佐藤 花子"),
                at: moment(),
                persons: 12,
                note: text("文書"),
            }],
            closing: ClosingView { missing: refused(lang), ..ClosingView::default() },
            closed: Some(said.clone()),
            acts: acts.to_vec(),
            version: 2,
        };
        let line = IncidentLine {
            id: view.id,
            url: view.url.clone(),
            kind: view.kind.clone(),
            gravity: view.gravity.clone(),
            headline: view.headline.clone(),
            reported_by: person(1, "佐藤 花子"),
            reported_at: moment(),
            known_on,
            next_due: Some(moment()),
            overdue: 1,
            closed: false,
        };
        (line, view)
    }

    fn sample_waiting(lang: Lang) -> crate::app::InboxLine {
        crate::app::InboxLine {
            kind: crate::app::InboxKind::Witness,
            title: "税務課 <USB>".to_owned(),
            sentence: lang.pick("立会いを記録してください。", "Record it.").to_owned(),
            url: "/items/itm_1".to_owned(),
            due_on: NaiveDate::from_ymd_opt(2026, 11, 23),
            since: moment(),
            overdue: true,
            subject: "itm_1".to_owned(),
        }
    }

    /// The templates about what waits, what leaves and what went wrong.
    fn samples_of_life(lang: Lang) -> Vec<(&'static str, String)> {
        let render =
            |name: &'static str, template: &dyn askama::DynTemplate| (name, template.dyn_render().unwrap());
        let (card, directory, _) = sample_item(lang);
        let carry_out = sample_carry_out(lang);
        let line = CarryOutLine {
            id: carry_out.id,
            url: carry_out.url.clone(),
            state: carry_out.state.clone(),
            items: 1,
            title: "税務課 USBメモリ 3".to_owned(),
            counterparty: Some("連合会".to_owned()),
            requested_by: person(1, "佐藤 花子"),
            requested_at: moment(),
            due_back: NaiveDate::from_ymd_opt(2026, 11, 30),
            overdue_days: Some(3),
            mine_to_decide: true,
        };
        let (incident_line, incident) = sample_incident(lang);
        let division = Named { code: "div_1".to_owned(), name: "税務課".to_owned() };
        let plan = crate::app::PlanForm {
            items: vec![summary(lang)],
            measures: vec![crate::app::AskedMeasures {
                any_of: vec![hokan_domain::profile::Measure::LockedContainer],
                name: "施錠した容器".to_owned(),
                reason_instead: true,
                source: "第11条第3項後段".to_owned(),
            }],
            approvals: vec![("保護責任者".to_owned(), "第11条".to_owned())],
            grounds: vec![division.clone()],
            exempt: vec![division.clone()],
            channels: vec![Named { code: "hand".to_owned(), name: "携行".to_owned() }],
            ..crate::app::PlanForm::default()
        };
        let discrepancy = crate::app::DiscrepancyLine {
            item: summary(lang),
            discrepancy: card.discrepancies[0].clone(),
            raised_at: moment(),
            roles: vec!["保護責任者".to_owned()],
            owners: vec!["田中 健".to_owned()],
            mine: true,
        };
        let due = crate::app::DueLine {
            item: card.id,
            title: card.title.clone(),
            kind: "USBメモリ",
            step: "期限超過".to_owned(),
            due_on: NaiveDate::from_ymd_opt(2026, 11, 1).unwrap(),
            late: true,
            held: true,
            sentence: "5年保存".to_owned(),
            told: vec!["保護責任者".to_owned()],
        };
        let of = |nav| page(lang, nav);
        vec![
            render("copy", &copies::tests::sample(of(Nav::Items), card, directory)),
            render("carry_outs", &carry_outs::tests::sample_list(of(Nav::CarryOuts), line)),
            render(
                "carry_out_plan",
                &carry_outs::tests::sample_plan(of(Nav::CarryOuts), plan, summary(lang)),
            ),
            render(
                "carry_out",
                &carry_outs::tests::sample(of(Nav::CarryOuts), carry_out, sample_container(lang)),
            ),
            render("container", &containers::tests::sample(of(Nav::CarryOuts), sample_container(lang))),
            render("incidents", &incidents::tests::sample_list(of(Nav::Menu), incident_line)),
            render("incident_new", &incidents::tests::sample_new(of(Nav::Menu), division)),
            render("incident", &incidents::tests::sample(of(Nav::Menu), incident)),
            render("inbox", &inbox::tests::sample(of(Nav::Home), sample_waiting(lang))),
            render("discrepancies", &inbox::tests::sample_discrepancies(of(Nav::Menu), discrepancy)),
            render("retention", &inbox::tests::sample_retention(of(Nav::Menu), due)),
            render("menu", &inbox::tests::sample_menu(of(Nav::Menu))),
        ]
    }

    /// Every template with everything in it.
    fn samples(lang: Lang) -> Vec<(&'static str, String)> {
        let (card, directory, history) = sample_item(lang);
        let render =
            |name: &'static str, template: &dyn askama::DynTemplate| (name, template.dyn_render().unwrap());
        let mut rendered = vec![
            render("error", &error::tests::sample(page(lang, Nav::Elsewhere))),
            render("sign_in", &sign_in::tests::sample(page(lang, Nav::Elsewhere))),
            render("second", &second::tests::sample(page(lang, Nav::Elsewhere))),
            render("passkeys", &passkeys::tests::sample(page(lang, Nav::Elsewhere))),
            render("prove", &prove::tests::sample(page(lang, Nav::Elsewhere))),
            render("setup", &setup::tests::sample(page(lang, Nav::Elsewhere))),
            render("account", &account::tests::sample(page(lang, Nav::Elsewhere))),
            render("account_password", &account::tests::sample_password(page(lang, Nav::Elsewhere))),
            render("account_factor", &account::tests::sample_factor(page(lang, Nav::Elsewhere))),
            render("account_codes", &account::tests::sample_codes(page(lang, Nav::Elsewhere))),
            render("accounts", &accounts::tests::sample(page(lang, Nav::Menu))),
            render(
                "home",
                &home::tests::sample(page(lang, Nav::Home), sample_me(lang), sample_waiting(lang)),
            ),
            render("items", &items::tests::sample_list(page(lang, Nav::Items), vec![summary(lang)])),
            render(
                "item",
                &items::tests::sample_card(page(lang, Nav::Items), card, directory.clone(), history),
            ),
            render("register", &register::tests::sample(page(lang, Nav::Items), directory)),
            render("scan", &scan::tests::sample(page(lang, Nav::Scan))),
            render("place", &scan::tests::sample_place(page(lang, Nav::Scan), vec![summary(lang)])),
            render("label", &scan::tests::sample_void(page(lang, Nav::Scan), summary(lang))),
            render("labels", &labels::tests::sample(page(lang, Nav::Labels))),
            render("ledger", &ledger::tests::sample(page(lang, Nav::Ledger))),
            render("provider", &provider::tests::sample(page(lang, Nav::Elsewhere))),
            render("phones", &phones::tests::sample(page(lang, Nav::Elsewhere))),
            render("pair", &phones::tests::sample_pair(page(lang, Nav::Elsewhere), false, false)),
            render("pair", &phones::tests::sample_pair(page(lang, Nav::Elsewhere), true, false)),
            render("pair", &phones::tests::sample_pair(page(lang, Nav::Elsewhere), false, true)),
            render("tokens", &tokens::tests::sample(page(lang, Nav::Elsewhere))),
            render("trail", &trail::tests::sample(page(lang, Nav::Ledger))),
            render("people", &people::tests::sample_list(page(lang, Nav::Menu))),
            render("person", &people::tests::sample(page(lang, Nav::Menu), summary(lang))),
            render("permission_ledger", &people::tests::sample_ledger(page(lang, Nav::Menu))),
            render("viewer_ids", &people::tests::sample_loans(page(lang, Nav::Menu))),
            render("trust", &trust::tests::sample(page(lang, Nav::Elsewhere))),
        ];
        rendered.extend(samples_of_life(lang));
        rendered
    }

    #[test]
    fn every_page_is_whole_in_both_languages() {
        for lang in [Lang::Ja, Lang::En] {
            for (name, html) in samples(lang) {
                assert!(html.starts_with("<!DOCTYPE html>"), "{name}");
                assert!(html.contains(&format!("<html lang=\"{}\">", lang.tag())), "{name}");
                assert_eq!(html.matches("<h1").count(), 1, "{name} has one heading of the first order");
                // The texts that the scanner's script fills in itself stand at the end of its page.
                let shown = html.split("<ul id=\"texts\"").next().unwrap();
                assert!(!shown.contains("%{"), "{name}: a value was not put in");
                assert!(!html.contains("<b>\""), "{name}: something was not escaped");
                assert!(html.contains("&#60;Sample&#62;"), "{name}: the title is escaped");
            }
        }
    }

    #[test]
    fn no_page_holds_script_or_style_of_its_own() {
        for (name, html) in samples(Lang::Ja) {
            assert!(!html.contains(" style="), "{name}");
            assert!(!html.contains("<style"), "{name}");
            assert!(!html.contains(" onclick="), "{name}");
            for script in html.split("<script").skip(1) {
                assert!(script.starts_with(" type=\"module\" src=\"/static/"), "{name}: {}", &script[..40]);
            }
            assert!(!html.contains("=\"http:") && !html.contains("=\"//"), "{name} loads from elsewhere");
        }
    }

    #[test]
    fn every_form_that_changes_something_carries_the_token() {
        for (name, html) in samples(Lang::Ja) {
            for form in html.split("<form").skip(1) {
                let form = form.split("</form>").next().unwrap();
                if form.contains("method=\"post\"") {
                    assert!(form.contains("name=\"csrf\" value=\"0123456789abcdef\""), "{name}: {form}");
                }
            }
        }
    }

    #[test]
    fn ids_are_unique_and_what_points_at_them_finds_them() {
        for lang in [Lang::Ja, Lang::En] {
            for (name, html) in samples(lang) {
                let values = |attribute: &str| -> Vec<String> {
                    let start = format!(" {attribute}=\"");
                    let rest = html.split(&start).skip(1);
                    rest.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
                };
                let ids = values("id");
                let unique: BTreeSet<&String> = ids.iter().collect();
                assert_eq!(ids.len(), unique.len(), "{name}: {ids:?}");
                for attribute in ["for", "aria-labelledby", "aria-describedby"] {
                    for value in values(attribute) {
                        for target in value.split_whitespace() {
                            assert!(unique.contains(&target.to_owned()), "{name}: {attribute}={target}");
                        }
                    }
                }
            }
        }
    }

    /// A folder that goes when the test ends.
    struct Folder(std::path::PathBuf);

    impl Drop for Folder {
        fn drop(&mut self) {
            // What cannot be removed is the system's to clean up.
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    /// A server with an empty register in a folder of its own.
    async fn empty_server() -> (Folder, Router) {
        let folder = Folder(std::env::temp_dir().join(format!("hokan-web-{}", Uuid::new_v4().simple())));
        let config = Config {
            data_dir: folder.0.clone(),
            database: DatabaseUrl::Sqlite(folder.0.join("register")),
            listen: "127.0.0.1:8443".parse().unwrap(),
            public_url: "https://hokan.example:8443".to_owned(),
            public_url_given: true,
            tls: TlsMode::Off,
            tls_files: None,
            file_bytes_a_day: 1_000_000,
            secure: true,
            trusted_proxies: Arc::default(),
            log_format: LogFormat::Text,
            mail: None,
            webhooks: crate::config::WebhookSettings::default(),
            jobs: crate::config::JobSettings::default(),
            demo: false,
            provider: None,
        };
        let clock = Clock::standing_at(moment());
        let app = serve::open(config, clock, Entropy::seeded(7), Schema::Migrate).await.unwrap();
        (folder, router(Arc::new(app)))
    }

    async fn ask(router: &Router, method: &str, path: &str) -> Response {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        router.clone().oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn every_route_but_the_public_ones_leads_to_signing_in() {
        let (_folder, router) = empty_server().await;
        for route in ROUTES {
            let path = route
                .path
                .replace("{id}", "itm_00000000000000000000000000000001")
                .replace("{code}", "JPJTJ39B5DV3")
                .replace("{sheet}", "sht_00000000000000000000000000000001.pdf")
                .replace("{*path}", "app.css");
            let response = ask(&router, route.method, &path).await;
            let leads_to_sign_in = response.status() == StatusCode::SEE_OTHER
                && response.headers()[header::LOCATION].as_bytes().starts_with(b"/sign-in");
            let is_public = PUBLIC_ROUTES.contains(route);
            assert_eq!(leads_to_sign_in, !is_public, "{} {} gave {}", route.method, path, response.status());
        }
        assert!(PUBLIC_ROUTES.iter().all(|route| ROUTES.contains(route)));
    }

    #[tokio::test]
    async fn every_answer_bears_the_headers() {
        let (_folder, router) = empty_server().await;
        for (path, status) in [
            ("/sign-in", StatusCode::OK),
            ("/trust", StatusCode::OK),
            ("/", StatusCode::SEE_OTHER),
            ("/nowhere", StatusCode::NOT_FOUND),
            ("/static/none.css", StatusCode::NOT_FOUND),
            ("/static/app.css", StatusCode::OK),
        ] {
            let response = ask(&router, "GET", path).await;
            assert_eq!(response.status(), status, "{path}");
            let headers = response.headers();
            let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
            assert!(!policy.contains("unsafe") && policy.contains("frame-ancestors 'none'"), "{path}");
            assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff", "{path}");
            let kept = headers[header::CACHE_CONTROL].to_str().unwrap();
            assert_eq!(kept, if path == "/static/app.css" { "no-cache" } else { "no-store" }, "{path}");
        }
    }

    #[tokio::test]
    async fn a_form_from_elsewhere_is_not_taken() {
        let (_folder, router) = empty_server().await;
        let sign_in = |cookie: &str, csrf: &str, site: &str| {
            Request::builder()
                .method("POST")
                .uri("/sign-in")
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .header(header::COOKIE, cookie)
                .header("sec-fetch-site", site)
                .body(Body::from(format!("csrf={csrf}&login=a&password=b&next=/")))
                .unwrap()
        };
        let good = csrf::token_for("v");
        for (cookie, token, site, status) in [
            ("__Host-hokan-form=v", good.as_str(), "same-origin", StatusCode::UNAUTHORIZED),
            ("__Host-hokan-form=v", "x", "same-origin", StatusCode::FORBIDDEN),
            ("__Host-hokan-form=w", good.as_str(), "same-origin", StatusCode::FORBIDDEN),
            ("__Host-hokan-form=v", good.as_str(), "cross-site", StatusCode::FORBIDDEN),
            ("a=b", good.as_str(), "same-origin", StatusCode::FORBIDDEN),
        ] {
            let response = router.clone().oneshot(sign_in(cookie, token, site)).await.unwrap();
            assert_eq!(response.status(), status, "{cookie} {site}");
            let kind = &response.headers()[header::CONTENT_TYPE];
            assert_eq!(kind, "text/html; charset=utf-8", "a page tells why");
        }
    }

    #[tokio::test]
    async fn the_language_is_remembered() {
        let (_folder, router) = empty_server().await;
        let response = ask(&router, "GET", "/sign-in?lang=en").await;
        let cookies: Vec<_> = response.headers().get_all(header::SET_COOKIE).iter().collect();
        assert!(
            cookies.iter().any(|cookie| cookie.as_bytes().starts_with(b"__Host-hokan-lang=en;")),
            "{cookies:?}"
        );
    }

    #[tokio::test]
    async fn files_are_kept_by_their_version() {
        let (_folder, router) = empty_server().await;
        let address = assets::url("app.css");
        let response = ask(&router, "GET", &address).await;
        assert_eq!(response.headers()[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
        let request = Request::builder()
            .uri("/static/app.css")
            .header(header::IF_NONE_MATCH, response.headers()[header::ETAG].clone())
            .body(Body::empty())
            .unwrap();
        let again = router.clone().oneshot(request).await.unwrap();
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    }
}
