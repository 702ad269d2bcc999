//! 長崎県市町村職員共済組合: identity data for pensions, two officers for whatever leaves, crushing at the end.

use chrono::TimeDelta;
use hokan_domain::{
    contents::Category,
    disposal::{Presence, Shows},
    event::Receiver,
    item::ItemKind,
    person::Part,
    profile::{Channel, Gravity},
    retention::StepNo,
};
use hokan_mobile_api::{
    request::{
        ActRequest, CarryOutActRequest, ContentsRequest, DestructionRequest, HomeRef, IncidentActRequest,
        ObservedRequest, OpenIncidentRequest, PerformedRequest, PlanRequest, WantedRequest,
    },
    wire::{CustodyState, ObservationOutcome, Resolution},
};
use hokan_server::{
    app::{InboxKind, retention::Whose},
    jobs::purge,
};
use hokan_tests::{
    body::{Body, Medium, New, contents, day, erasure, lacks, missing, refused, text},
    database::TestDatabase,
    on_both_databases,
    town::event,
};

/// The four purposes of 第10条.
const PURPOSES: [&str; 4] = ["likely-claimants", "claims", "notices", "recipients"];

async fn association(db: &TestDatabase) -> Body {
    let mut body = Body::under(
        db,
        "nagasaki-kyosai",
        &[
            ("jimu", &[("overall-officer", None)]),
            ("soumu", &[("data-manager", None)]),
            // 年金課長 holds both of these posts.
            ("nenkin", &[("system-manager", None), ("security-manager", None)]),
        ],
    )
    .await;
    body.add("daichi", &[]).await;
    body
}

/// A tape with so many records of identity data, which the first handler holds.
async fn tape(body: &Body, records: u64) -> Medium {
    let data = ContentsRequest {
        recorded_on: Some(body.today()),
        ..contents(Category::IdentityVerification, Some("recipients"), records)
    };
    let new = New::of(ItemKind::MagneticTape, body).with(data).encrypted();
    body.register("aoi", new).await.expect("registered")
}

/// The same, at rest in its designated place.
async fn shelved(body: &Body, records: u64) -> Medium {
    let medium = tape(body, records).await;
    body.act("aoi", &medium, medium.belongs_in(body.house.cabinet)).await.expect("a place is set");
    body.act("aoi", &medium, medium.put_away(body.house.cabinet)).await.expect("put away");
    medium
}

/// A plan that has what 第11条第3項 asks for.
fn whole_plan(body: &Body, items: &[&Medium]) -> PlanRequest {
    PlanRequest {
        counterparty: Some(text("地方公務員共済組合連合会")),
        container: Some(body.container),
        due_back: Some(day("2026-09-30")),
        ..body.plan(items)
    }
}

on_both_databases! {
    /// Nobody but an operator registers, takes out, receives or is let in by an exception; and only data for one of
    /// the four purposes of the pensions is registered and used, be it on tape or on paper.
    /// req: NG-002 NG-028 NG-030 NG-031 NG-032 NG-033
    async fn only_operators_handle_the_data_and_only_for_the_four_purposes(db: TestDatabase) {
        let body = association(&db).await;
        let data = |purpose| contents(Category::IdentityVerification, purpose, 20);
        let new = |kind, purpose| New::of(kind, &body).with(data(purpose)).encrypted();

        refused(
            body.register("daichi", new(ItemKind::MagneticTape, Some("claims"))).await,
            "not-designated",
            "第9条第1項",
        );
        refused(
            body.register("soumu", new(ItemKind::MagneticTape, Some("claims"))).await,
            "not-designated",
            "第9条第1項",
        );
        for kind in [ItemKind::MagneticTape, ItemKind::PaperRecord] {
            refused(body.register("aoi", new(kind, None)).await, "purpose-not-permitted", "第10条");
            refused(body.register("aoi", new(kind, Some("tax"))).await, "purpose-not-permitted", "第10条");
        }
        let bare = New::of(ItemKind::UsbMemory, &body).with(data(Some("claims")));
        refused(body.register("aoi", bare).await, "protection-missing", "別添1 2Fd");

        let mut items = Vec::new();
        for purpose in PURPOSES {
            for kind in [ItemKind::MagneticTape, ItemKind::PaperRecord] {
                items.push(body.register("aoi", new(kind, Some(purpose))).await.expect("one of the four"));
            }
        }
        let [medium, paper, ..] = items.as_slice() else { panic!("eight items") };
        for medium in [medium, paper] {
            let more = ActRequest::RecordContents { contents: data(Some("research")) };
            refused(body.act("aoi", medium, more).await, "purpose-not-permitted", "第10条");
            body.act("aoi", medium, medium.belongs_in(body.house.cabinet)).await.expect("a place is set");
            body.act("aoi", medium, medium.put_away(body.house.cabinet)).await.expect("put away");

            refused(body.act("daichi", medium, medium.take_out()).await, "not-designated", "第9条第1項");
            refused(body.act("nenkin", medium, medium.take_out()).await, "not-designated", "第9条第1項");
            refused(
                body.act("beni", medium, medium.take_out_for("research")).await,
                "purpose-not-permitted",
                "第10条",
            );
            for purpose in PURPOSES {
                body.act("beni", medium, medium.take_out_for(purpose)).await.expect("one of the four");
                body.act("beni", medium, medium.put_away(body.house.cabinet)).await.expect("back");
            }
            body.act("beni", medium, medium.take_out()).await.expect("for what it was recorded for");

            // There is no exception, and nothing is handed to somebody else.
            let handle = WantedRequest::Handle { person: body.id("daichi") };
            let tomorrow = Some(day("2026-09-25"));
            refused(
                body.ask("daichi", medium, handle.clone(), tomorrow).await,
                "not-designated",
                "第9条第1項",
            );
            refused(
                body.ask("aoi", medium, handle, tomorrow).await,
                "permission-not-needed",
                "Hokanの規則: 手順は順に行う",
            );
            refused(
                body.act("beni", medium, medium.offer(body.id("daichi"))).await,
                "receiver-not-designated",
                "第9条第1項",
            );
            let offer = ActRequest::Offer { to: Receiver::AnyHandler, note: None, scan: None };
            let card = body.act("beni", medium, offer).await.expect("offered");
            let hand_over = card.offer.expect("it waits").hand_over;
            let accept = || ActRequest::Accept { hand_over, scan: medium.seen() };
            refused(body.act("daichi", medium, accept()).await, "not-designated", "第9条第1項");
            body.act("chika", medium, accept()).await.expect("a handler takes it over");
        }
        body.is_whole().await;
    }

    /// From a hundred records on, the figure that the body may set, nothing is taken or received unless the data
    /// manager approved so many beforehand; the system manager's word is not enough, nor the asker's own.
    /// req: NG-029
    async fn many_records_are_handled_only_once_the_data_manager_approved(db: TestDatabase) {
        let mut body = association(&db).await;
        let few = shelved(&body, 99).await;
        body.act("beni", &few, few.take_out()).await.expect("few records");
        let many = shelved(&body, 100).await;
        refused(body.act("aoi", &many, many.take_out()).await, "permission-missing", "第9条第2項");
        refused(body.act("beni", &many, many.take_out()).await, "permission-missing", "第9条第2項");

        // Somebody who is both handler and data manager does not approve for himself.
        body.add("kaneda", &[Part::Handler]).await;
        body.grant("kaneda", "data-manager", None, None).await;
        let wanted = |records| WantedRequest::Bulk { records };
        let own = body.ask("kaneda", &many, wanted(100), None).await.expect("asked");
        refused(
            body.approve("kaneda", &many, own).await,
            "own-request",
            "Hokanの規則: 申請した人は承認できない",
        );
        refused(body.approve("nenkin", &many, own).await, "not-approver", "第9条第2項");
        refused(body.approve("jimu", &many, own).await, "not-approver", "第9条第2項");
        refused(body.act("kaneda", &many, many.take_out()).await, "permission-missing", "第9条第2項");
        body.approve("soumu", &many, own).await.expect("the data manager approves");
        body.act("beni", &many, many.take_out()).await.expect("approved beforehand");

        // More came to it than was approved.
        let more = contents(Category::IdentityVerification, Some("recipients"), 1);
        body.act("beni", &many, ActRequest::RecordContents { contents: more }).await.expect("recorded");
        let card = body.act("beni", &many, many.offer(body.id("chika"))).await.expect("offered");
        let hand_over = card.offer.expect("it waits").hand_over;
        let accept = || ActRequest::Accept { hand_over, scan: many.seen() };
        refused(body.act("chika", &many, accept()).await, "permission-missing", "第9条第2項");
        body.permit("chika", &many, wanted(101), "soumu").await;
        body.act("chika", &many, accept()).await.expect("approved now");

        // An approval that ends counts no more.
        body.act("chika", &many, many.put_away(body.house.cabinet)).await.expect("put away");
        let granted = body.card("kansa", &many).await.requests;
        for request in granted.iter().filter(|request| request.state.code == "granted") {
            let end =
                ActRequest::EndPermission { request: request.id, reason: text("作業が終わった") };
            refused(
                body.act("beni", &many, end.clone()).await,
                "not-approver",
                "Hokanの規則: 役割の範囲で操作する",
            );
            body.act("soumu", &many, end).await.expect("ended");
        }
        refused(body.act("beni", &many, many.take_out()).await, "permission-missing", "第9条第2項");
        body.is_whole().await;
    }

    /// A medium rests in the place that was set for it and nowhere else; whoever sees it elsewhere raises a
    /// discrepancy, and so does whoever finds it outside the office without a carry-out.
    /// req: NG-036 NG-042
    async fn media_rest_in_their_designated_place_and_their_faults_are_recorded(db: TestDatabase) {
        let body = association(&db).await;
        let medium = tape(&body, 20).await;
        lacks(
            body.act("aoi", &medium, medium.put_away(body.house.cabinet)).await,
            &[("designated-home", "第11条第2項・第12条第1項")],
        );
        refused(
            body.act("daichi", &medium, medium.belongs_in(body.house.cabinet)).await,
            "not-designated",
            "第9条第1項",
        );
        body.act("aoi", &medium, medium.belongs_in(body.house.cabinet)).await.expect("a place is set");
        refused(
            body.act("aoi", &medium, medium.put_away(body.house.second_cabinet)).await,
            "not-designated-home",
            "第11条第2項・第12条第1項",
        );
        refused(
            body.act("aoi", &medium, medium.put_away(body.house.shelf)).await,
            "home-not-lockable",
            "別添1 2Eb",
        );
        refused(
            body.act("aoi", &medium, medium.put_away(body.house.branch_cabinet)).await,
            "carry-out-needed",
            "第11条第3項",
        );
        body.act("aoi", &medium, medium.put_away(body.house.cabinet)).await.expect("in its place");

        // Whether it has a fault is recorded of what is at hand, and the system manager is told what to look at.
        let told = async || {
            let inbox = body.town.app.inbox(&body.who("nenkin").await).await.expect("an inbox");
            inbox.iter().any(|line| line.kind == InboxKind::FaultCheck)
        };
        body.noon("2026-12-01");
        assert!(told().await, "nobody has looked at it yet");
        let check = |scan| ActRequest::CheckFault { faulty: false, note: None, scan };
        refused(body.act("daichi", &medium, check(medium.seen())).await, "not-designated", "第9条第1項");
        refused(
            body.act("beni", &medium, check(medium.listed())).await,
            "label-not-at-hand",
            "Hokanの規則: 受け取る人はラベルを手元で読み取る",
        );
        let card = body.act("beni", &medium, check(medium.seen())).await.expect("checked");
        assert!(!card.condition.expect("it was looked at").faulty);
        assert!(!told().await, "it was looked at");
        let fault = ActRequest::ReportFault {
            note: Some(text("読み取れないブロックがある")), scan: None
        };
        let card = body.act("beni", &medium, fault).await.expect("reported");
        assert!(card.condition.expect("it was looked at").faulty);

        let seen_in = |home| ObservedRequest::Seen { home: Some(HomeRef::Id(home)) };
        let answer = body.observe("chika", &medium, seen_in(body.house.second_cabinet), body.now()).await;
        assert_eq!(answer.outcome, ObservationOutcome::RecordedWithDiscrepancy);
        assert_eq!(body.discrepancies(&medium).await, ["seen-elsewhere"]);
        let answer = body.observe("chika", &medium, seen_in(body.house.branch_cabinet), body.now()).await;
        assert_eq!(answer.outcome, ObservationOutcome::RecordedWithDiscrepancy);
        let found = body.discrepancies(&medium).await;
        assert!(found.iter().any(|kind| kind == "outside-zone"), "{found:?}");
        body.is_whole().await;
    }

    /// A document is copied and taken out with the system manager's permission and nobody else's, and each copy is
    /// an item with a label of its own, which needs the same again.
    /// req: NG-003 NG-044
    async fn documents_are_copied_and_taken_out_by_the_system_managers_leave_alone(db: TestDatabase) {
        let body = association(&db).await;
        let data = contents(Category::System, Some("notices"), 0);
        let new = New::of(ItemKind::SystemDocument, &body).with(data);
        let document = body.register("aoi", new).await.expect("registered");
        lacks(
            body.act("aoi", &document, document.put_away(body.house.cabinet)).await,
            &[("designated-home", "第11条第2項・第12条第1項")],
        );

        refused(
            body.copy("aoi", &document, ItemKind::SystemDocument).await,
            "permission-missing",
            "第12条第2項",
        );
        let wanted = WantedRequest::Copy { contents: body.contents_of(&document).await };
        let request = body.ask("aoi", &document, wanted, None).await.expect("asked");
        refused(body.approve("soumu", &document, request).await, "not-approver", "第12条第2項");
        refused(
            body.copy("aoi", &document, ItemKind::SystemDocument).await,
            "permission-missing",
            "第12条第2項",
        );
        body.approve("nenkin", &document, request).await.expect("the system manager permits it");
        refused(
            body.copy("daichi", &document, ItemKind::SystemDocument).await,
            "not-designated",
            "第9条第1項",
        );
        refused(
            body.copy("beni", &document, ItemKind::SystemDocument).await,
            "not-current-holder",
            "Hokanの規則: 渡せるのは保持者だけ",
        );
        let copy = body.copy("aoi", &document, ItemKind::SystemDocument).await.expect("permitted");
        assert_ne!(copy.label, document.label);
        assert_eq!(body.card("kansa", &copy).await.copied_from, Some(document.id));
        assert_eq!(body.card("kansa", &document).await.copies, [copy.id]);
        refused(body.copy("aoi", &copy, ItemKind::SystemDocument).await, "permission-missing", "第12条第2項");

        // Out of the house: one officer, and it is the system manager.
        let plan = PlanRequest { counterparty: Some(text("保守業者")), ..body.plan(&[&document]) };
        let id = body.request("aoi", plan).await.expect("requested");
        lacks(body.depart("aoi", id, &document.label).await, &[("system-manager", "第12条第2項")]);
        refused(body.consent("soumu", id).await, "not-approver", "第12条第2項");
        refused(body.consent("aoi", id).await, "own-request", "Hokanの規則: 申請した人は承認できない");
        body.consent("nenkin", id).await.expect("permitted");
        body.depart("aoi", id, &document.label).await.expect("permitted");
        let card = body.card("kansa", &document).await;
        assert_eq!(card.custody.state, CustodyState::Out);
        body.unpack("aoi", id, None, &[&document]).await.expect("back");
        body.is_whole().await;
    }

    /// A carry-out needs both officers, the four facts and a locked container or strict packaging; each that is
    /// missing is named with its clause. It is counted as it leaves, and a lock with another number is a
    /// discrepancy at once.
    /// req: NG-037 NG-038 NG-039
    async fn media_leave_with_both_consents_all_four_facts_and_a_locked_container(db: TestDatabase) {
        let body = association(&db).await;
        let tapes = [shelved(&body, 40).await, shelved(&body, 30).await];
        let uncounted = {
            let data = ContentsRequest {
                records: None,
                ..contents(Category::IdentityVerification, Some("claims"), 0)
            };
            let new = New::of(ItemKind::PaperRecord, &body).with(data).encrypted();
            body.register("aoi", new).await.expect("registered")
        };
        for tape in &tapes {
            body.act("aoi", tape, tape.take_out()).await.expect("few records");
        }
        let [first, second] = &tapes;
        let all = [first, second, &uncounted];

        refused(body.request("daichi", body.plan(&all)).await, "not-designated", "第9条第1項");
        let made_up = PlanRequest { ground: Some("because".to_owned()), ..body.plan(&all) };
        refused(body.request("aoi", made_up).await, "ground-not-permitted", "Hokanの規則: 手順は順に行う");
        let exempt = PlanRequest { exempt: Some("resident-network".to_owned()), ..body.plan(&all) };
        refused(body.request("aoi", exempt).await, "ground-not-permitted", "第11条第3項");

        let id = body.request("aoi", body.plan(&all)).await.expect("requested");
        lacks(
            body.depart("aoi", id, &first.label).await,
            &[
                ("data-manager", "第11条第3項前段"),
                ("system-manager", "第11条第3項前段"),
                ("counterparty", "第11条第3項後段"),
                ("records", "第11条第3項後段"),
                ("locked-container,strict-packaging", "第11条第3項後段"),
            ],
        );
        refused(
            body.request("aoi", body.plan(&[first])).await,
            "on-other-carry-out",
            "Hokanの規則: 手順は順に行う",
        );

        // What nobody counted cannot be stated, so it stays here.
        let id = {
            body.on("aoi", id, CarryOutActRequest::Withdraw).await.expect("taken back");
            let plan = whole_plan(&body, &[first, second]);
            body.request("aoi", plan).await.expect("requested anew")
        };
        refused(body.consent("aoi", id).await, "own-request", "Hokanの規則: 申請した人は承認できない");
        refused(body.consent("jimu", id).await, "not-approver", "第11条第3項前段");
        body.consent("nenkin", id).await.expect("one of the two");
        refused(
            body.consent("nenkin", id).await,
            "already-approved",
            "Hokanの規則: 申請した人は承認できない",
        );
        lacks(
            body.depart("aoi", id, &body.container_label).await,
            &[
                ("data-manager", "第11条第3項前段"),
                ("in-container", "Hokanの規則: 施錠した容器は開けてから出し入れする"),
                ("in-container", "Hokanの規則: 施錠した容器は開けてから出し入れする"),
                ("lock", "第11条第3項後段"),
            ],
        );
        body.consent("soumu", id).await.expect("the other");

        refused(
            body.lock("aoi", "A-1041", Some(id)).await,
            "container-empty",
            "Hokanの規則: 施錠した容器は開けてから出し入れする",
        );
        body.act("aoi", first, first.put_away(body.case())).await.expect("packed");
        body.act("aoi", &uncounted, uncounted.put_away(body.case())).await.expect("packed by mistake");
        lacks(
            body.depart("aoi", id, &body.container_label).await,
            &[
                ("in-container", "Hokanの規則: 施錠した容器は開けてから出し入れする"),
                ("not-planned", "Hokanの規則: 施錠した容器は開けてから出し入れする"),
                ("lock", "第11条第3項後段"),
            ],
        );
        body.act("aoi", &uncounted, uncounted.take_out()).await.expect("out again");
        body.act("aoi", second, second.put_away(body.case())).await.expect("packed");
        lacks(body.depart("aoi", id, &body.container_label).await, &[("lock", "第11条第3項後段")]);
        refused(body.lock("daichi", "A-1041", Some(id)).await, "not-designated", "第9条第1項");
        body.lock("aoi", "A-1041", Some(id)).await.expect("locked");
        refused(
            body.act("aoi", first, first.take_out()).await,
            "container-locked",
            "Hokanの規則: 施錠した容器は開けてから出し入れする",
        );
        refused(
            body.depart("aoi", id, &first.label).await,
            "wrong-label",
            "Hokanの規則: 有効なラベルは一つに一枚",
        );
        refused(
            body.on("aoi", id, CarryOutActRequest::Depart { scan: None }).await,
            "label-not-at-hand",
            "Hokanの規則: 受け取る人はラベルを手元で読み取る",
        );
        let left = body.depart("aoi", id, &body.container_label).await.expect("nothing is missing").carry_out;
        let load = left.load.expect("it was counted as it left");
        assert_eq!((load.kinds.as_str(), load.quantity, load.records), ("磁気テープ 2", 2, Some(70)));
        assert_eq!(left.lock.as_deref(), Some("A-1041"));
        assert_eq!(left.plan.counterparty.as_deref(), Some("地方公務員共済組合連合会"));
        refused(body.act("aoi", first, first.take_out()).await, "item-out", "Hokanの規則: 手順は順に行う");
        refused(
            body.depart("aoi", id, &body.container_label).await,
            "carry-out-elsewhere",
            "Hokanの規則: 手順は順に行う",
        );

        // The lock bears another number than at departure: evidence, and at once a discrepancy of all in it.
        body.pass(90);
        let arrived =
            body.arrive("aoi", id, Some("A-1014")).await.expect("evidence is not refused").carry_out;
        assert_eq!((arrived.lock_seen.as_deref(), arrived.lock_matches), (Some("A-1014"), Some(false)));
        for medium in [first, second] {
            assert_eq!(body.discrepancies(medium).await, ["seal-mismatch"]);
        }

        // Overdue the day after it was due back.
        body.noon("2026-09-30");
        assert_eq!(body.carry_out("soumu", id).await.overdue_days, None);
        body.noon("2026-10-02");
        assert_eq!(body.carry_out("soumu", id).await.overdue_days, Some(2));
        let inbox = body.town.app.inbox(&body.who("aoi").await).await.expect("an inbox");
        assert!(inbox.iter().any(|line| line.kind.code() == "carry-out-overdue"), "{inbox:?}");

        // One of the two is not in the container. What was not sent is named and nothing happens to it.
        refused(
            body.unpack("aoi", id, None, &[first]).await,
            "container-locked",
            "Hokanの規則: 施錠した容器は開けてから出し入れする",
        );
        let answer = body.unpack("aoi", id, Some("A-1014"), &[first, &uncounted]).await.expect("unpacked");
        assert_eq!(answer.unexpected.iter().map(|item| item.id).collect::<Vec<_>>(), [uncounted.id]);
        assert_eq!(answer.carry_out.missing.iter().map(|item| item.id).collect::<Vec<_>>(), [second.id]);
        let found = body.discrepancies(second).await;
        assert!(found.iter().any(|kind| kind == "missing-at-unpacking"), "{found:?}");
        lacks(
            body.on("aoi", id, CarryOutActRequest::Close).await,
            &[("back", "Hokanの規則: 手順は順に行う")],
        );
        body.unpack("beni", id, None, &[second]).await.expect("it turned up");
        assert!(!body.discrepancies(second).await.contains(&"missing-at-unpacking".to_owned()));
        body.on("aoi", id, CarryOutActRequest::Close).await.expect("all is back");

        // The broken seal stays until an officer explains it.
        let card = body.card("kansa", first).await;
        let open = card.discrepancies.first().expect("the seal");
        let finding = hokan_domain::discrepancy::Finding {
            kind: hokan_domain::discrepancy::FindingKind::SealMismatch,
            event: open.event_id,
        };
        let settle = ActRequest::SettleDiscrepancy {
            finding,
            outcome: hokan_domain::discrepancy::Outcome::Upheld,
            reason: text("番号の書き誤り"),
        };
        refused(body.act("aoi", first, settle.clone()).await, "not-approver", "別添1 2Cb");
        body.act("soumu", first, settle).await.expect("the data manager explains it");
        body.is_whole().await;
    }

    /// Strict packaging stands in the place of the container. What is filled in of the journey leaves the
    /// approvals alone; what decides whether it may leave at all voids them.
    /// req: NG-037 NG-039
    async fn strict_packaging_will_do_and_a_changed_plan_needs_both_consents_again(db: TestDatabase) {
        let body = association(&db).await;
        let medium = tape(&body, 20).await;
        let bare = || PlanRequest {
            counterparty: Some(text("連合会")),
            channel: Channel::Post,
            ..body.plan(&[&medium])
        };
        let id = body.request("aoi", bare()).await.expect("requested");
        for officer in ["soumu", "nenkin"] {
            body.consent(officer, id).await.expect("consent");
        }
        lacks(
            body.depart("aoi", id, &medium.label).await,
            &[("locked-container,strict-packaging", "第11条第3項後段")],
        );
        refused(body.amend("beni", id, bare()).await, "not-requester", "Hokanの規則: 役割の範囲で操作する");
        let packed =
            || PlanRequest { packaging: Some(text("緩衝材と二重の封筒、封印")), ..bare() };
        let view = body.amend("aoi", id, packed()).await.expect("filled in").carry_out;
        assert_eq!(view.state.code, "granted", "the approvers said yes to just this");

        let elsewhere = PlanRequest { counterparty: Some(text("別の連合会")), ..packed() };
        let view = body.amend("aoi", id, elsewhere.clone()).await.expect("changed").carry_out;
        assert_eq!(view.state.code, "requested");
        lacks(
            body.depart("aoi", id, &medium.label).await,
            &[("data-manager", "第11条第3項前段"), ("system-manager", "第11条第3項前段")],
        );
        for officer in ["soumu", "nenkin"] {
            body.consent(officer, id).await.expect("consent to the new plan");
        }
        // And not by somebody who does not have it in hand.
        refused(
            body.depart("beni", id, &medium.label).await,
            "not-ready",
            "Hokanの規則: 渡せるのは保持者だけ",
        );
        let left = body.depart("aoi", id, &medium.label).await.expect("packed").carry_out;
        assert_eq!(left.state.code, "departed");
        body.is_whole().await;
    }

    /// An approval that is not used in two weeks lapses; one that was turned down or taken back is over.
    async fn an_approved_carry_out_lapses_and_one_that_is_over_stays_so(db: TestDatabase) {
        let body = association(&db).await;
        let medium = tape(&body, 20).await;
        let plan = || PlanRequest {
            packaging: Some(text("封筒")),
            ..PlanRequest { container: None, ..whole_plan(&body, &[&medium]) }
        };
        let id = body.request("aoi", plan()).await.expect("requested");
        for officer in ["soumu", "nenkin"] {
            body.consent(officer, id).await.expect("consent");
        }
        body.noon("2026-10-07");
        refused(body.request("beni", plan()).await, "on-other-carry-out", "Hokanの規則: 手順は順に行う");
        body.noon("2026-10-09");
        refused(
            body.depart("aoi", id, &medium.label).await,
            "carry-out-elsewhere",
            "Hokanの規則: 手順は順に行う",
        );
        assert_eq!(body.carry_out("aoi", id).await.state.code, "lapsed");
        let next = PlanRequest { due_back: Some(day("2026-10-20")), ..plan() };
        let (lapsed, id) = (id, body.request("aoi", next).await.expect("asked anew"));
        let kept: hokan_domain::carry_out::CarryOut =
            body.store().subject(lapsed.0).await.expect("a database").expect("it was asked for");
        assert_eq!(
            kept.state,
            hokan_domain::carry_out::CarryOutState::Lapsed,
            "that is on record from then on"
        );
        let turn_down = || CarryOutActRequest::TurnDown { reason: text("経路が決まっていない") };
        refused(body.on("beni", id, turn_down()).await, "not-approver", "第11条第3項前段");
        body.on("soumu", id, turn_down()).await.expect("turned down");
        refused(body.consent("nenkin", id).await, "request-settled", "Hokanの規則: 手順は順に行う");
        refused(
            body.depart("aoi", id, &medium.label).await,
            "carry-out-elsewhere",
            "Hokanの規則: 手順は順に行う",
        );
        body.is_whole().await;
    }

    /// A phone without signal left with one tape on the approved carry-out and with another on none: both are taken
    /// in, and only the second is a discrepancy.
    /// req: NG-037
    async fn what_left_without_signal_and_without_both_consents_is_a_discrepancy(db: TestDatabase) {
        let body = association(&db).await;
        let (good, bad) = (tape(&body, 20).await, tape(&body, 20).await);
        let plan = |medium: &Medium| PlanRequest {
            packaging: Some(text("封筒")),
            container: None,
            ..whole_plan(&body, &[medium])
        };
        let id = body.request("aoi", plan(&good)).await.expect("requested");
        let half = body.request("aoi", plan(&bad)).await.expect("requested");
        for (officer, id) in [("soumu", id), ("nenkin", id), ("soumu", half)] {
            body.consent(officer, id).await.expect("consent");
        }
        body.pass(10);
        let moment = body.now();
        body.pass(60);
        let departed = || ObservedRequest::Departed { carry_out: None };
        let answer = body.observe("aoi", &good, departed(), moment).await;
        assert_eq!(answer.outcome, ObservationOutcome::Recorded, "{answer:?}");
        assert_eq!(body.carry_out("aoi", id).await.state.code, "departed");
        let answer = body.observe("aoi", &bad, departed(), moment).await;
        assert_eq!(answer.outcome, ObservationOutcome::RecordedWithDiscrepancy);
        assert_eq!(body.discrepancies(&bad).await, ["departed-without-carry-out"]);
        assert_eq!(body.carry_out("aoi", half).await.state.code, "requested");
        body.pass(60);
        let back = body.now();
        body.pass(30);
        let answer =
            body.observe("aoi", &good, ObservedRequest::Returned { carry_out: Some(id) }, back).await;
        assert_eq!(answer.outcome, ObservationOutcome::Recorded, "{answer:?}");
        assert_eq!(body.carry_out("aoi", id).await.state.code, "returned");
        body.is_whole().await;
    }

    /// What was received is due with the next pension payment, two weeks for it to go are set by the body; the
    /// sweep flags it and tells the data manager, a hold stops it, and an extension needs his approval.
    /// req: NG-035
    async fn identity_data_is_due_with_the_next_pension_payment(db: TestDatabase) {
        let body = association(&db).await;
        let medium = tape(&body, 20).await;
        // Paid on the 15th of even months; recorded on 24 September.
        assert_eq!(body.due(&medium).await, Some((day("2026-10-16"), day("2026-10-30"))));
        let sentence = body.card("kansa", &medium).await.due.expect("it is due").sentence;
        assert!(sentence.contains("第11条第1項"), "{sentence}");
        body.noon("2026-10-15");
        let report = purge::run(&body.town.app, None, false).await.expect("swept");
        assert_eq!(report.newly_due, 0, "on the day of payment it is still needed");
        body.noon("2026-10-16");
        let report = purge::run(&body.town.app, None, false).await.expect("swept");
        assert_eq!((report.flagged_total(), report.newly_due), (1, 1));
        let flagged = body
            .town
            .app
            .due_items(
                Whose::Person(&body.who("soumu").await.person),
                true,
                None,
                10,
                hokan_domain::text::Lang::Ja,
            )
            .await
            .expect("flags");
        assert_eq!(flagged.iter().map(|due| due.item).collect::<Vec<_>>(), [medium.id]);
        assert_eq!(flagged[0].step, StepNo(0));

        // Longer only with the data manager's approval, and never to an earlier day.
        let kept = body.contents_of(&medium).await[0];
        let extend = |until| WantedRequest::Extend { contents: kept, until };
        let request = body.ask("aoi", &medium, extend(day("2026-12-31")), None).await.expect("asked");
        refused(body.approve("nenkin", &medium, request).await, "not-approver", "第4-3-(4)B");
        assert_eq!(body.due(&medium).await.expect("it is due").0, day("2026-10-16"));
        body.approve("soumu", &medium, request).await.expect("approved");
        let later = body.due(&medium).await.expect("it is due").0;
        assert_eq!(later, day("2027-01-01"));
        refused(
            body.ask("aoi", &medium, extend(day("2026-11-30")), None).await,
            "not-later",
            "Hokanの規則: 手順は順に行う",
        );

        // A hold stops the erasure and the order to destroy.
        let hold = ActRequest::PlaceHold { reason: text("審査請求のため") };
        refused(body.act("aoi", &medium, hold.clone()).await, "not-approver", "第4-3-(4)B");
        let card = body.act("soumu", &medium, hold).await.expect("held");
        assert!(card.due.expect("it is due").held);
        let erase = ActRequest::EraseContents {
            contents: kept,
            erasure: erasure("erase-software", Some("消去君 3.1")),
        };
        refused(body.act("aoi", &medium, erase.clone()).await, "on-hold", "Hokanの規則: 手順は順に行う");
        refused(
            body.ask("aoi", &medium, WantedRequest::Dispose, None).await,
            "on-hold",
            "Hokanの規則: 手順は順に行う",
        );
        body.noon("2027-01-01");
        assert_eq!(purge::run(&body.town.app, None, false).await.expect("swept").flagged_total(), 0);
        let lift = ActRequest::LiftHold { hold: card.holds[0].id, reason: text("裁決があった") };
        body.act("soumu", &medium, lift).await.expect("lifted");
        assert_eq!(purge::run(&body.town.app, None, false).await.expect("swept").flagged_total(), 1);
        // Late one week after the last day on which its going was in time: the secretary-general is told, too.
        body.noon("2027-01-23");
        purge::run(&body.town.app, None, false).await.expect("swept");
        let whose = body.who("jimu").await.person;
        let counts = body.town.app.due_counts(Whose::Person(&whose)).await.expect("counts");
        assert_eq!(counts, body.town.app.due_counts(Whose::Everybody).await.expect("counts"));

        // Once it is erased nothing is due.
        body.act("aoi", &medium, erase).await.expect("erased");
        assert_eq!(body.due(&medium).await, None);
        body.is_whole().await;
    }

    /// Destruction needs the data manager's order, a way that the regulation knows for the kind, a photograph of the
    /// label, and a witness who is another person; then it is on record with the clause, and its label must not be
    /// seen again.
    /// req: NG-040 NG-041
    async fn media_are_crushed_on_order_and_before_a_witness_and_that_is_recorded(db: TestDatabase) {
        let body = association(&db).await;
        let medium = tape(&body, 20).await;
        let here = || PerformedRequest::Here;
        refused(body.destroy("aoi", &medium, "crush", here()).await, "permission-missing", "別添1 2Ed");
        let order = body.ask("aoi", &medium, WantedRequest::Dispose, None).await.expect("asked");
        refused(
            body.approve("aoi", &medium, order).await,
            "own-request",
            "Hokanの規則: 申請した人は承認できない",
        );
        refused(body.approve("nenkin", &medium, order).await, "not-approver", "別添1 2Ed");
        body.approve("soumu", &medium, order).await.expect("ordered");

        for method in ["shred-paper", "dissolve-paper", "erase-software", "burying"] {
            refused(body.destroy("aoi", &medium, method, here()).await, "method-not-allowed", "第11条第5項");
        }
        refused(
            body.destroy("beni", &medium, "crush", here()).await,
            "not-current-holder",
            "Hokanの規則: 渡せるのは保持者だけ",
        );
        let bare = |photographs| ActRequest::Destroy {
            destruction: DestructionRequest {
                method: "crush".to_owned(),
                performed: PerformedRequest::Here,
                photographs,
            },
            scan: medium.seen(),
        };
        let shown = body.photograph("aoi", Some(&medium)).await;
        refused(
            body.act("daichi", &medium, bare(vec![(shown, Shows::Before)])).await,
            "not-designated",
            "第9条第1項",
        );
        refused(body.act("aoi", &medium, bare(Vec::new())).await, "photograph-missing", "4.8");
        let other = body.photograph("aoi", None).await;
        refused(
            body.act("aoi", &medium, bare(vec![(other, Shows::Before)])).await,
            "photograph-missing",
            "4.8",
        );
        refused(
            body.act("beni", &medium, medium.witness(Presence::OnSite)).await,
            "not-destroyed",
            "Hokanの規則: 手順は順に行う",
        );
        let card = body.destroy("aoi", &medium, "crush", here()).await.expect("crushed");
        assert_eq!(card.custody.state, CustodyState::Destroyed);

        refused(
            body.act("aoi", &medium, medium.witness(Presence::OnSite)).await,
            "witness-is-operator",
            "Hokanの規則: 作業者と立会者は別の人",
        );
        refused(body.act("nenkin", &medium, medium.witness(Presence::OnSite)).await, "not-approver", "4.8");
        refused(
            body.act("beni", &medium, medium.witness(Presence::Photograph)).await,
            "presence-not-enough",
            "4.8",
        );
        body.pass(11);
        refused(body.act("beni", &medium, medium.witness(Presence::OnSite)).await, "witness-too-late", "4.8");
        body.is_whole().await;
    }

    /// A witness who says so within ten minutes closes the record: who, when, in which way, by which clause.
    /// Whoever scans the label afterwards raises a discrepancy.
    /// req: NG-040 NG-041
    async fn the_label_of_what_was_crushed_must_not_be_seen_again(db: TestDatabase) {
        let body = association(&db).await;
        let medium = tape(&body, 20).await;
        body.permit("aoi", &medium, WantedRequest::Dispose, "soumu").await;
        body.destroy("aoi", &medium, "crush", PerformedRequest::Here).await.expect("crushed");
        body.pass(5);
        body.act("beni", &medium, medium.witness(Presence::OnSite)).await.expect("in time");
        refused(
            body.act("beni", &medium, medium.witness(Presence::OnSite)).await,
            "already-done",
            "Hokanの規則: 手順は順に行う",
        );
        refused(
            body.act("soumu", &medium, ActRequest::ConfirmDisposal { note: None }).await,
            "permission-not-needed",
            "Hokanの規則: 手順は順に行う",
        );
        let disposal = body.card("kansa", &medium).await.disposal.expect("it is gone");
        assert_eq!(disposal.destroyed.expect("it was crushed").by.id, body.id("aoi"));
        assert_eq!(disposal.witnessed[0].by.id, body.id("beni"));
        assert!(disposal.photographs.iter().any(|photograph| photograph.label_read));
        refused(
            body.act("aoi", &medium, medium.take_out()).await,
            "item-gone",
            "Hokanの規則: 廃棄・引渡し済みのものは操作できない",
        );
        refused(
            body.destroy("aoi", &medium, "crush", PerformedRequest::Here).await,
            "item-gone",
            "Hokanの規則: 廃棄・引渡し済みのものは操作できない",
        );
        assert_eq!(body.discrepancies(&medium).await, Vec::<String>::new());
        body.pass(60 * 24);
        let resolved =
            body.town.app.resolve(&body.who("chika").await, &medium.label).await.expect("it leads there");
        assert!(matches!(resolved, Resolution::Item { .. }));
        assert_eq!(body.discrepancies(&medium).await, ["gone-item-scanned"]);
        body.is_whole().await;
    }

    /// Paper is shredded, dissolved or burnt; a contractor's work is proven by its certificate or a witness.
    /// req: NG-041
    async fn paper_is_not_crushed_and_a_contractors_work_is_proven(db: TestDatabase) {
        let body = association(&db).await;
        let data = contents(Category::IdentityVerification, Some("claims"), 5);
        let paper =
            body.register("aoi", New::of(ItemKind::PaperRecord, &body).with(data)).await.expect("registered");
        body.permit("aoi", &paper, WantedRequest::Dispose, "soumu").await;
        refused(
            body.destroy("aoi", &paper, "crush", PerformedRequest::Here).await,
            "method-not-allowed",
            "第11条第5項",
        );
        let by_contractor = |file| PerformedRequest::Delegated {
            contractor: text("見本溶解株式会社"),
            certificate: Some(text("第2026-81号")),
            file,
        };
        let card =
            body.destroy("aoi", &paper, "dissolve-paper", by_contractor(None)).await.expect("dissolved");
        assert_eq!(card.custody.state, CustodyState::Destroyed);
        // A number alone is no certificate.
        refused(
            body.act("beni", &paper, paper.witness(Presence::Certificate)).await,
            "certificate-missing",
            "別添1 2Ed",
        );
        body.act("beni", &paper, paper.witness(Presence::OnSite)).await.expect("he was there");
        body.is_whole().await;
    }

    /// What is lost is an incident: first it says whether the data was encrypted, then it goes to the system
    /// manager and, by the security manager, to the secretary-general; it is not closed without cause and
    /// prevention, nor by one officer alone.
    /// req: NG-015
    async fn a_loss_goes_to_the_system_manager_and_is_closed_by_both_officers(db: TestDatabase) {
        let body = association(&db).await;
        let medium = shelved(&body, 20).await;
        let incident = body.lose("daichi", &medium).await;
        let view = body.incident("nenkin", incident).await;
        assert!(view.headline.contains("暗号化"), "{}", view.headline);
        assert!(view.items[0].was_encrypted);
        let steps: Vec<_> = view.chain.iter().map(|step| step.step.code.as_str()).collect();
        assert_eq!(steps, ["to-system-manager", "threat", "ppc-prompt"]);
        assert!(view.chain[0].source.ends_with("第20条"), "{}", view.chain[0].source);
        assert_eq!(view.chain[0].due_at, body.now() + TimeDelta::days(1));
        assert_eq!(view.acts.iter().find(|act| act.act == "close").map(|act| act.open), Some(false));

        refused(body.tell("daichi", incident, "to-system-manager").await, "role-missing", "第20条");
        refused(body.tell("aoi", incident, "threat").await, "role-missing", "第6条第3項後段");
        refused(body.tell("aoi", incident, "to-mayor").await, "no-such-step", "Hokanの規則: 手順は順に行う");
        refused(body.leave_out("nenkin", incident, "threat").await, "step-mandatory", "第6条第3項後段");
        refused(body.leave_out("soumu", incident, "ppc-prompt").await, "role-missing", "別添2 3D");
        body.tell("aoi", incident, "to-system-manager").await.expect("told");
        refused(body.tell("beni", incident, "to-system-manager").await, "already-done", "第20条");
        body.pass(60 * 25);
        let late = body.incident("nenkin", incident).await;
        let clock = |code: &str| late.chain.iter().find(|step| step.step.code == code).expect("a step");
        assert!(!clock("to-system-manager").overdue && clock("threat").overdue);
        body.tell("nenkin", incident, "threat").await.expect("told late");
        body.leave_out("jimu", incident, "ppc-prompt").await.expect("judged, with the reason");

        let facts = [("cause", "別添2 2B"), ("damage", "別添2 2C"), ("prevention", "別添2 2D")];
        lacks(body.on_incident("soumu", incident, IncidentActRequest::ApproveClosing).await, &facts);
        missing(&body.incident("soumu", incident).await.closing.missing, &facts);
        for act in [
            IncidentActRequest::StateCause { cause: text("貸出の記録漏れ") },
            IncidentActRequest::StateDamage { damage: text("なし") },
        ] {
            body.on_incident("aoi", incident, act).await.expect("stated");
        }
        lacks(body.on_incident("soumu", incident, IncidentActRequest::ApproveClosing).await, &facts[2..]);
        let act = IncidentActRequest::StatePrevention { prevention: text("週に一度の棚卸") };
        body.on_incident("aoi", incident, act).await.expect("stated");
        refused(
            body.on_incident("nenkin", incident, IncidentActRequest::ApproveClosing).await,
            "not-approver",
            "別添2 2D",
        );
        body.on_incident("soumu", incident, IncidentActRequest::ApproveClosing)
            .await
            .expect("one of the two");
        lacks(
            body.on_incident("soumu", incident, IncidentActRequest::Close).await,
            &[("overall-officer", "別添2 2D")],
        );
        body.on_incident("jimu", incident, IncidentActRequest::ApproveClosing).await.expect("the other");
        let closed = body.on_incident("soumu", incident, IncidentActRequest::Close).await.expect("closed");
        assert!(closed.closed.is_some());
        refused(body.tell("aoi", incident, "threat").await, "incident-closed", "Hokanの規則: 手順は順に行う");

        // A defect is a sign: it goes the same way, and nobody outside is told.
        let sign = OpenIncidentRequest {
            kind: hokan_domain::incident::IncidentKind::Sign,
            gravity: Gravity::Sign,
            known_on: None,
            division: None,
            content: Some(text("端末の誤作動")),
            attack: false,
            malicious: false,
            items: Vec::new(),
        };
        let opened =
            body.town.app.open_incident(&body.who("beni").await, event(), sign).await.expect("reported");
        let steps: Vec<_> = opened.incident.chain.iter().map(|step| step.step.code.as_str()).collect();
        assert_eq!(steps, ["to-system-manager", "threat"]);
        body.is_whole().await;
    }
}
