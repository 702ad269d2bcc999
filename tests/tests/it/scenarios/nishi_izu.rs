//! 西伊豆町: the fullest of the regulations. Leave before anything is used, saved, connected or carried over the edge
//! of the handling area; permission before destruction and confirmation after it.

use chrono::TimeDelta;
use hokan_domain::{
    contents::Category,
    discrepancy::Outcome,
    disposal::{Presence, Shows},
    incident::IncidentKind,
    item::ItemKind,
    person::Part,
    profile::{Channel, Direction, Gravity, Measure},
    text::Lang,
};
use hokan_mobile_api::{
    Caller,
    request::{
        ActRequest, CarryOutActRequest, ContentsRequest, HomeRef, IncidentActRequest, ObservedRequest,
        OpenIncidentRequest, PerformedRequest, PlanRequest, ProtectionRequest, SecrecyRequest, WantedRequest,
    },
    wire::{CustodyState, ObservationOutcome},
};
use hokan_server::{app::retention::Whose, jobs::purge};
use hokan_tests::{
    body::{
        Body, DIVISION, Medium, New, OTHER_DIVISION, contents, day, encrypted, erasure, lacks, missing,
        refused, text,
    },
    database::TestDatabase,
    on_both_databases,
    town::event,
};

/// What the product itself asks for, as it is cited.
const NOT_FOR_ONESELF: &str = "Hokanの規則: 申請した人は承認できない";
const IN_ORDER: &str = "Hokanの規則: 手順は順に行う";

async fn nishi_izu(db: &TestDatabase) -> Body {
    let mut body = Body::under(
        db,
        "nishi-izu",
        &[
            ("fuku", &[("general-officer", None)]),
            ("jumin", &[("protection-officer", Some(DIVISION))]),
            ("zeimu", &[("protection-officer", Some(OTHER_DIVISION))]),
            ("joho", &[("system-manager", None)]),
            ("denzan", &[("system-officer", None)]),
            ("shukan", &[("number-system-head", None)]),
        ],
    )
    .await;
    body.add("daichi", &[]).await;
    body
}

fn data(body: &Body) -> ContentsRequest {
    ContentsRequest {
        recorded_on: Some(body.today()),
        ..contents(Category::SpecificPersonal, Some("ordinance-tasks"), 300)
    }
}

/// A USB memory that may be used and written to, with data on it, which the first handler holds.
async fn usb(body: &Body) -> Medium {
    let medium =
        body.register("aoi", New::of(ItemKind::UsbMemory, body).encrypted()).await.expect("registered");
    body.permit("aoi", &medium, WantedRequest::Use, "jumin").await;
    body.permit("aoi", &medium, WantedRequest::Save, "jumin").await;
    body.act("aoi", &medium, ActRequest::RecordContents { contents: data(body) }).await.expect("recorded");
    medium
}

/// A file of papers, which the first handler holds.
async fn papers(body: &Body) -> Medium {
    let new = New::of(ItemKind::PaperRecord, body).with(data(body));
    body.register("aoi", new).await.expect("registered")
}

/// The ground of supply to another body, with all that it asks for.
fn to_another_body(body: &Body, items: &[&Medium]) -> PlanRequest {
    PlanRequest {
        ground: Some("other-body".to_owned()),
        counterparty: Some(text("静岡県税務課")),
        legal_ground: Some(text("第8号")),
        due_back: Some(day("2026-10-02")),
        ..body.plan(items)
    }
}

on_both_databases! {
    /// Data comes on a medium only once the protection officer of its division let it be used and written to, and
    /// with encryption or a password; registered with data on it, it is refused.
    /// req: NI-003 NI-037 NI-040 NI-065 NI-066
    async fn a_medium_bears_data_only_with_leave_to_use_and_to_save_and_with_protection(db: TestDatabase) {
        let body = nishi_izu(&db).await;
        let new = || New::of(ItemKind::UsbMemory, &body);
        refused(body.register("daichi", new()).await, "not-designated", "第6条第2項");
        refused(
            body.register("aoi", new().with(data(&body)).encrypted()).await,
            "permission-missing",
            "第18条第1号",
        );
        refused(
            body.register("aoi", new().with(contents(Category::SpecificPersonal, None, 3))).await,
            "purpose-not-permitted",
            "第29条・第31条",
        );
        refused(
            body.register("aoi", new().with(contents(Category::SpecificPersonal, Some("sales"), 3))).await,
            "purpose-not-permitted",
            "第29条・第31条",
        );

        let medium = body.register("aoi", new()).await.expect("an empty medium");
        let record = || ActRequest::RecordContents { contents: data(&body) };
        refused(body.act("aoi", &medium, record()).await, "permission-missing", "第18条第1号");
        let request = body.ask("aoi", &medium, WantedRequest::Use, None).await.expect("asked");
        // The officer of another division has no say, nor has anybody above.
        refused(body.approve("zeimu", &medium, request).await, "not-approver", "第18条第1号");
        refused(body.approve("fuku", &medium, request).await, "not-approver", "第18条第1号");
        refused(body.approve("aoi", &medium, request).await, "own-request", NOT_FOR_ONESELF);
        body.approve("jumin", &medium, request).await.expect("the division's own officer");
        refused(body.act("aoi", &medium, record()).await, "permission-missing", "第17条第1号");
        let turned_down = body.ask("aoi", &medium, WantedRequest::Save, None).await.expect("asked");
        let no =
            ActRequest::TurnDown { request: turned_down, reason: text("共有フォルダで足りる") };
        body.act("jumin", &medium, no).await.expect("turned down");
        refused(body.approve("jumin", &medium, turned_down).await, "request-settled", IN_ORDER);
        refused(body.act("aoi", &medium, record()).await, "permission-missing", "第17条第1号");
        body.permit("aoi", &medium, WantedRequest::Save, "jumin").await;

        refused(body.act("aoi", &medium, record()).await, "protection-missing", "第17条第1号");
        let protect = |secrecy| ActRequest::RecordProtection {
            protection: ProtectionRequest { secrecy, key_apart: false },
        };
        body.act("aoi", &medium, protect(SecrecyRequest::None)).await.expect("as it is");
        refused(body.act("aoi", &medium, record()).await, "protection-missing", "第17条第1号");
        body.act("aoi", &medium, protect(SecrecyRequest::PasswordOnly)).await.expect("a password will do");
        body.act("aoi", &medium, record()).await.expect("permitted and protected");

        // Once the leave to use it is ended it cannot be taken out any more.
        body.act("aoi", &medium, medium.put_away(body.house.cabinet)).await.expect("put away");
        let end = ActRequest::EndPermission { request, reason: text("更改のため") };
        body.act("jumin", &medium, end).await.expect("ended");
        refused(body.act("aoi", &medium, medium.take_out()).await, "permission-missing", "第18条第1号");
        body.is_whole().await;
    }

    /// Media and papers rest where there is a lock; leaving the handling area, even for the room next door, is a
    /// carry-out, and whoever meets a thing there without one raises a discrepancy.
    /// req: NI-038 NI-042 NI-068 NI-089
    async fn media_rest_behind_a_lock_and_do_not_cross_the_edge_of_the_handling_area(db: TestDatabase) {
        let body = nishi_izu(&db).await;
        for medium in [usb(&body).await, papers(&body).await] {
            refused(
                body.act("aoi", &medium, medium.put_away(body.house.shelf)).await,
                "home-not-lockable",
                "第17条第2号",
            );
            body.act("aoi", &medium, medium.put_away(body.house.cabinet)).await.expect("behind a lock");
            refused(body.act("daichi", &medium, medium.take_out()).await, "not-designated", "第6条第2項");
            refused(
                body.act("aoi", &medium, medium.take_out_for("sales")).await,
                "purpose-not-permitted",
                "第29条・第31条",
            );
            body.act("aoi", &medium, medium.take_out_for("ordinance-tasks")).await.expect("one of the tasks");
            // Within the building, and nevertheless a carry-out.
            refused(
                body.act("aoi", &medium, medium.put_away(body.house.other_cabinet)).await,
                "carry-out-needed",
                "第19条柱書",
            );
            body.act("aoi", &medium, medium.put_away(body.house.second_cabinet))
                .await
                .expect("within the area");
            let seen = ObservedRequest::Seen { home: Some(HomeRef::Id(body.house.other_cabinet)) };
            let answer = body.observe("beni", &medium, seen, body.now()).await;
            assert_eq!(answer.outcome, ObservationOutcome::RecordedWithDiscrepancy);
            let found = body.discrepancies(&medium).await;
            assert!(found.contains(&"outside-zone".to_owned()), "{found:?}");
        }
        body.is_whole().await;
    }

    /// Somebody who is no handler handles a thing only by an exception: for that thing, with a reason and a last
    /// day, granted by the officer of its division. The next day, and for the next thing, he is refused again.
    /// req: NI-006
    async fn who_is_no_handler_handles_a_thing_only_by_an_exception_that_ends(db: TestDatabase) {
        let body = nishi_izu(&db).await;
        let (medium, other) = (usb(&body).await, usb(&body).await);
        for medium in [&medium, &other] {
            body.act("aoi", medium, medium.put_away(body.house.cabinet)).await.expect("put away");
        }
        refused(body.act("daichi", &medium, medium.take_out()).await, "not-designated", "第6条第2項");
        let (handle, daichi) =
            (|| WantedRequest::Handle { person: body.id("daichi") }, body.who("daichi").await);
        lacks(body.ask("daichi", &medium, handle(), None).await, &[("until", "第6条第2項")]);
        refused(
            body.ask("daichi", &medium, WantedRequest::Dispose, None).await,
            "not-designated",
            "第6条第2項",
        );
        let request = body.ask("daichi", &medium, handle(), Some(body.today())).await.expect("asked");
        refused(body.approve("daichi", &medium, request).await, "own-request", NOT_FOR_ONESELF);
        refused(body.approve("zeimu", &medium, request).await, "not-approver", "第6条第2項");
        refused(body.act("daichi", &medium, medium.take_out()).await, "not-designated", "第6条第2項");
        // What he may not handle he shows no picture of.
        let picture = || body.town.app.keep_file(&daichi, "image/jpeg", b"a picture".to_vec());
        assert_eq!(picture().await.expect_err("he handles nothing").code.as_ref(), "part-missing");
        body.approve("jumin", &medium, request).await.expect("unavoidable");
        picture().await.expect("by the exception");
        refused(body.act("daichi", &other, other.take_out()).await, "not-designated", "第6条第2項");
        body.act("daichi", &medium, medium.take_out()).await.expect("by the exception");
        body.act("daichi", &medium, medium.put_away(body.house.cabinet)).await.expect("by the exception");
        body.noon("2026-09-25");
        refused(body.act("daichi", &medium, medium.take_out()).await, "not-designated", "第6条第2項");
        assert_eq!(picture().await.expect_err("it has ended").code.as_ref(), "part-missing");
        body.is_whole().await;
    }

    /// To connect a medium needs a permit for that terminal with a last day; to copy from it needs one for those
    /// contents, and the copy is an item of its own.
    /// req: NI-008 NI-041
    async fn connecting_and_copying_need_leave_for_just_that(db: TestDatabase) {
        let body = nishi_izu(&db).await;
        let medium = usb(&body).await;
        let terminal =
            body.register("aoi", New::of(ItemKind::Terminal, &body).encrypted()).await.expect("registered");
        let connect = || WantedRequest::Connect { terminal: terminal.id };
        refused(
            body.ask("daichi", &medium, connect(), Some(day("2026-09-30"))).await,
            "not-designated",
            "第6条第2項",
        );
        lacks(body.ask("aoi", &medium, connect(), None).await, &[("until", "第18条第2号")]);
        let nowhere = WantedRequest::Connect { terminal: hokan_domain::ids::ItemId(uuid::Uuid::nil()) };
        let unknown =
            body.ask("aoi", &medium, nowhere, Some(day("2026-09-30"))).await.expect_err("no such terminal");
        assert_eq!(unknown.code, "unknown-reference");
        let request = body.ask("aoi", &medium, connect(), Some(day("2026-09-30"))).await.expect("asked");
        refused(body.approve("joho", &medium, request).await, "not-approver", "第18条第2号");
        let state = |card: &hokan_mobile_api::wire::ItemCard| {
            let asked = card.requests.iter().find(|asked| asked.id == request).expect("it was asked");
            (asked.state.code.clone(), asked.until)
        };
        assert_eq!(state(&body.card("beni", &medium).await), ("open".to_owned(), Some(day("2026-09-30"))));
        let card = body.approve("jumin", &medium, request).await.expect("permitted");
        assert_eq!(state(&card), ("granted".to_owned(), Some(day("2026-09-30"))));
        let item = body.store().item(medium.id).await.expect("a database").expect("the item");
        let live = |on: &str| {
            let fits = |wanted: &hokan_domain::approval::Wanted| matches!(wanted, hokan_domain::approval::Wanted::Connect { terminal: to } if *to == terminal.id);
            item.permission(day(on), fits).is_some()
        };
        assert!(live("2026-09-30") && !live("2026-10-01"), "the permit ends with its last day");

        refused(
            body.copy("aoi", &medium, ItemKind::OpticalDisc).await,
            "permission-missing",
            "第6条第4項第1号",
        );
        let wanted = WantedRequest::Copy { contents: body.contents_of(&medium).await };
        let request = body.ask("aoi", &medium, wanted, None).await.expect("asked");
        refused(body.approve("zeimu", &medium, request).await, "not-approver", "第6条第4項第1号");
        body.approve("jumin", &medium, request).await.expect("instructed");
        let more = contents(Category::Personal, Some("ordinance-tasks"), 1);
        body.act("aoi", &medium, ActRequest::RecordContents { contents: more }).await.expect("recorded");
        refused(
            body.copy("aoi", &medium, ItemKind::OpticalDisc).await,
            "permission-missing",
            "第6条第4項第1号",
        );
        let added = body.contents_of(&medium).await[1];
        let erase = ActRequest::EraseContents {
            contents: added,
            erasure: erasure("erase-software", Some("消去君 3.1")),
        };
        body.act("aoi", &medium, erase).await.expect("erased");
        let copy = body.copy("aoi", &medium, ItemKind::OpticalDisc).await.expect("just these contents");
        assert_eq!(body.card("kansa", &copy).await.copied_from, Some(medium.id));
        // To use the copy needs leave of its own.
        body.act("aoi", &copy, copy.put_away(body.house.cabinet)).await.expect("put away");
        refused(body.act("aoi", &copy, copy.take_out()).await, "permission-missing", "第18条第1号");
        body.is_whole().await;
    }

    /// Only on one of the three grounds does anything leave: with a contract in force, with a counterparty, or with
    /// the item of article 19 of the Number Act. The one exempt route is within the building.
    /// req: NI-010 NI-043 NI-044 NI-045 NI-046 NI-072
    async fn nothing_leaves_without_one_of_the_grounds_and_what_it_asks_for(db: TestDatabase) {
        let body = nishi_izu(&db).await;
        let medium = papers(&body).await;
        let sealed = || PlanRequest {
            sealed: true,
            masked: true,
            counterparty: Some(text("見本データ株式会社")),
            ..body.plan(&[&medium])
        };
        let on = |ground: &str, plan: PlanRequest| PlanRequest { ground: Some(ground.to_owned()), ..plan };
        refused(body.request("daichi", sealed()).await, "not-designated", "第6条第2項");
        refused(body.request("aoi", sealed()).await, "ground-not-permitted", "第19条柱書");
        refused(
            body.request("aoi", on("work-at-home", sealed())).await,
            "ground-not-permitted",
            "第19条柱書",
        );

        let depart = async |id| {
            body.consent("jumin", id).await.expect("instructed");
            body.depart("aoi", id, &medium.label).await
        };
        let withdraw = async |id| body.on("aoi", id, CarryOutActRequest::Withdraw).await.expect("taken back");
        let id = body.request("aoi", on("contractor", sealed())).await.expect("requested");
        lacks(depart(id).await, &[("contract", "第19条第1号")]);
        withdraw(id).await;
        // From whom or to whom is asked of whatever moves, so the default is what is cited for that.
        let to_nobody = || PlanRequest { counterparty: None, ..sealed() };
        let id = body.request("aoi", on("receipt", to_nobody())).await.expect("requested");
        lacks(depart(id).await, &[("counterparty", "別添1 2Cb")]);
        withdraw(id).await;
        let id = body.request("aoi", on("other-body", to_nobody())).await.expect("requested");
        lacks(depart(id).await, &[("counterparty", "別添1 2Cb"), ("legal-ground", "第19条第3号")]);
        withdraw(id).await;
        let consent =
            PlanRequest { legal_ground: Some(text("本人の同意")), ..on("other-body", sealed()) };
        lacks(body.request("aoi", consent).await, &[("legal-ground", IN_ORDER)]);

        // A contract that begins tomorrow is not in force today.
        let contract = body.contract_from(day("2026-09-25")).await;
        let plan = PlanRequest { contract: Some(contract), ..on("contractor", sealed()) };
        let id = body.request("aoi", plan).await.expect("requested");
        lacks(depart(id).await, &[("contract", "第19条第1号")]);
        body.noon("2026-09-25");
        body.depart("aoi", id, &medium.label).await.expect("it is in force");
        body.unpack("aoi", id, None, &[&medium]).await.expect("back");

        // The exempt route needs nobody's leave and no ground, and does not lead outside.
        let exempt = |direction| PlanRequest {
            exempt: Some("resident-network".to_owned()),
            direction,
            ..body.plan(&[&medium])
        };
        refused(body.request("aoi", exempt(Direction::Outside)).await, "ground-not-permitted", "第19条柱書");
        let other = PlanRequest { exempt: Some("lunch".to_owned()), ..exempt(Direction::Inside) };
        refused(body.request("aoi", other).await, "ground-not-permitted", "第19条柱書");
        let id = body.request("aoi", exempt(Direction::Inside)).await.expect("exempt");
        body.depart("aoi", id, &medium.label).await.expect("nothing is asked of it");
        body.is_whole().await;
    }

    /// A medium leaves encrypted or with a password, in a locked container and traceable; where one of these is
    /// missing, for a reason that the officer saw, and a reason given after his word needs that word again.
    /// req: NI-047 NI-048 NI-049 NI-050
    async fn media_leave_encrypted_locked_and_traceable_or_for_a_reason_that_was_seen(db: TestDatabase) {
        let body = nishi_izu(&db).await;
        let medium = usb(&body).await;
        let protect = |secrecy| ActRequest::RecordProtection {
            protection: ProtectionRequest { secrecy, key_apart: false },
        };
        body.act("aoi", &medium, protect(SecrecyRequest::None)).await.expect("opened for work");
        let id = body.request("aoi", to_another_body(&body, &[&medium])).await.expect("requested");
        lacks(
            body.depart("aoi", id, &medium.label).await,
            &[
                ("protection-officer", "第6条第4項第3号"),
                ("encryption,password", "別表第2"),
                ("locked-container", "別表第2"),
                ("traceable", "別表第2"),
            ],
        );
        refused(body.consent("zeimu", id).await, "not-approver", "第6条第4項第3号");
        body.consent("jumin", id).await.expect("instructed");
        body.act("aoi", &medium, protect(SecrecyRequest::PasswordOnly)).await.expect("protected");
        lacks(
            body.depart("aoi", id, &medium.label).await,
            &[("locked-container", "別表第2"), ("traceable", "別表第2")],
        );

        let packed = || PlanRequest {
            container: Some(body.container),
            tracking: Some(text("1234-5678-90")),
            ..to_another_body(&body, &[&medium])
        };
        let view = body.amend("aoi", id, packed()).await.expect("filled in").carry_out;
        assert_eq!(view.state.code, "granted");
        lacks(
            body.depart("aoi", id, &body.container_label).await,
            &[("in-container", "Hokanの規則: 施錠した容器は開けてから出し入れする"), ("lock", "別表第2")],
        );
        body.act("aoi", &medium, medium.put_away(body.case())).await.expect("packed");
        body.lock("aoi", "K77", Some(id)).await.expect("locked");

        // To leave the tracking out after all needs the officer to see why.
        let reasoned = || PlanRequest {
            tracking: None,
            instead: vec![(Measure::Traceable, text("職員二名が公用車で直接運ぶ"))],
            ..packed()
        };
        let view = body.amend("aoi", id, reasoned()).await.expect("changed").carry_out;
        assert_eq!(view.state.code, "requested");
        lacks(
            body.depart("aoi", id, &body.container_label).await,
            &[("protection-officer", "第6条第4項第3号")],
        );
        let shown = body.carry_out("jumin", id).await;
        assert_eq!(shown.plan.instead[0].reason.as_deref(), Some("職員二名が公用車で直接運ぶ"));
        body.consent("jumin", id).await.expect("he saw the reason");
        // Put again in the same words, it is the same reason.
        let view = body.amend("aoi", id, reasoned()).await.expect("as it was").carry_out;
        assert_eq!(view.state.code, "granted");
        body.depart("aoi", id, &body.container_label).await.expect("nothing is missing");
        body.pass(60);
        let view = body.arrive("aoi", id, Some("k77")).await.expect("arrived").carry_out;
        assert_eq!(view.lock_matches, Some(true));
        assert_eq!(body.discrepancies(&medium).await, Vec::<String>::new());

        // What was approved to come back is not left there for good.
        let deliver = CarryOutActRequest::Deliver { receipt: text("県の担当者") };
        lacks(body.on("aoi", id, deliver).await, &[("for-good", IN_ORDER)]);
        body.unpack("aoi", id, Some("K77"), &[&medium]).await.expect("back");
        body.on("aoi", id, CarryOutActRequest::Close).await.expect("nothing is left to do");
        body.is_whole().await;
    }

    /// Papers leave sealed and masked. What is sent over a line is a carry-out as well: it needs the same ground and
    /// the same leave, and the medium stays.
    /// req: NI-009 NI-042 NI-051
    async fn papers_leave_sealed_and_masked_and_sending_is_a_carry_out(db: TestDatabase) {
        let body = nishi_izu(&db).await;
        let paper = papers(&body).await;
        let plan = |sealed, masked| PlanRequest {
            sealed,
            masked,
            channel: Channel::Post,
            for_good: true,
            due_back: None,
            ..to_another_body(&body, &[&paper])
        };
        let id = body.request("aoi", plan(false, false)).await.expect("requested");
        body.consent("jumin", id).await.expect("instructed");
        lacks(body.depart("aoi", id, &paper.label).await, &[("sealed", "別表第2"), ("masked", "別表第2")]);
        body.amend("aoi", id, plan(true, false)).await.expect("sealed");
        lacks(body.depart("aoi", id, &paper.label).await, &[("masked", "別表第2")]);
        body.amend("aoi", id, plan(true, true)).await.expect("masked");
        body.depart("aoi", id, &paper.label).await.expect("nothing is missing");
        body.pass(60);
        let delivered = body.on("aoi", id, CarryOutActRequest::Deliver { receipt: text("県の担当者") }).await;
        assert_eq!(delivered.expect("handed over for good").carry_out.state.code, "delivered");
        refused(
            body.act("aoi", &paper, paper.take_out()).await,
            "item-gone",
            "Hokanの規則: 廃棄・引渡し済みのものは操作できない",
        );

        let medium = usb(&body).await;
        let send = |ground: Option<&str>| PlanRequest {
            channel: Channel::Transmission,
            ground: ground.map(str::to_owned),
            ..to_another_body(&body, &[&medium])
        };
        refused(body.request("aoi", send(None)).await, "ground-not-permitted", "第19条柱書");
        let id = body.request("aoi", send(Some("other-body"))).await.expect("requested");
        lacks(
            body.on("aoi", id, CarryOutActRequest::Depart { scan: None }).await,
            &[("protection-officer", "第6条第4項第3号")],
        );
        body.consent("jumin", id).await.expect("instructed");
        body.on("aoi", id, CarryOutActRequest::Depart { scan: None }).await.expect("sent");
        assert_eq!(body.card("kansa", &medium).await.custody.state, CustodyState::Held);
        body.is_whole().await;
    }

    /// Items of two divisions on one carry-out need the officer of each; one officer's word is for his own.
    /// req: NI-003 NI-010
    async fn each_division_speaks_for_its_own_items(db: TestDatabase) {
        let mut body = nishi_izu(&db).await;
        let ours = papers(&body).await;
        let theirs = {
            let new = New {
                division: Some(body.other_division),
                ..New::of(ItemKind::PaperRecord, &body).with(data(&body))
            };
            body.register("aoi", new).await.expect("registered")
        };
        let plan = PlanRequest { sealed: true, masked: true, ..to_another_body(&body, &[&ours, &theirs]) };
        let id = body.request("aoi", plan).await.expect("requested");
        body.consent("jumin", id).await.expect("for his own");
        lacks(body.depart("aoi", id, &ours.label).await, &[("protection-officer", "第6条第4項第3号")]);
        // A deputy speaks in the place of his officer, who then has spoken.
        body.add("dairi", &[]).await;
        body.grant("dairi", "protection-officer", Some(OTHER_DIVISION), Some("zeimu")).await;
        let view = body.consent("dairi", id).await.expect("the deputy").carry_out;
        assert_eq!(view.state.code, "granted");
        refused(body.consent("zeimu", id).await, "already-approved", NOT_FOR_ONESELF);
        body.depart("aoi", id, &ours.label).await.expect("both spoke");
        body.is_whole().await;
    }

    /// Kept for years from the next 1 April, promptly disposed of afterwards: the sweep tells the officer of the
    /// division, and a week after it became late the general officer.
    /// req: NI-052 NI-074
    async fn what_is_past_its_period_is_flagged_for_the_officer_of_its_division(db: TestDatabase) {
        let body = nishi_izu(&db).await;
        let filed = ContentsRequest { retention: Some("fiscal-1".to_owned()), ..data(&body) };
        let new = New::of(ItemKind::PaperRecord, &body).with(filed);
        let paper = body.register("aoi", new).await.expect("registered");
        let odd = ContentsRequest { retention: Some("for-ever".to_owned()), ..data(&body) };
        refused(
            body.register("aoi", New::of(ItemKind::PaperRecord, &body).with(odd)).await,
            "rule-unknown",
            "別添1 2Ed",
        );
        assert_eq!(body.due(&paper).await, Some((day("2028-04-01"), day("2028-05-01"))));
        let sentence = body.card("jumin", &paper).await.due.expect("it is due").sentence;
        assert!(sentence.contains("第36条"), "{sentence}");

        let mine = async |who: &str| {
            let person = body.who(who).await.person;
            body.town
                .app
                .due_items(Whose::Person(&person), false, None, 10, Lang::Ja)
                .await
                .expect("flags")
                .len()
        };
        for (on, owner, elsewhere, above) in [
            ("2028-01-01", 0, 0, 0),
            ("2028-01-02", 1, 0, 0),
            ("2028-04-01", 1, 0, 0),
            ("2028-05-02", 1, 0, 0),
            ("2028-05-08", 1, 0, 1),
        ] {
            body.noon(on);
            purge::run(&body.town.app, None, false).await.expect("swept");
            assert_eq!(
                (mine("jumin").await, mine("zeimu").await, mine("fuku").await),
                (owner, elsewhere, above),
                "{on}"
            );
        }

        // What is kept until it is needed no more waits for somebody to say so.
        let waiting = usb(&body).await;
        assert_eq!(body.due(&waiting).await, None);
        let kept = body.contents_of(&waiting).await[0];
        let ended = |event: &str| ActRequest::RecordRetentionEvent {
            contents: kept,
            event: event.to_owned(),
            on: body.today(),
        };
        refused(body.act("aoi", &waiting, ended("rain")).await, "rule-unknown", "別添1 2Ed");
        refused(
            body.act("daichi", &waiting, ended("no-longer-needed")).await,
            "not-designated",
            "第6条第2項",
        );
        body.act("aoi", &waiting, ended("no-longer-needed")).await.expect("told");
        assert_eq!(body.due(&waiting).await.map(|(due, _)| due), body.today().succ_opt());
        body.is_whole().await;
    }

    /// Permission, one of the ways for the kind with its software, a witness who is another person and plays the
    /// part, and the officer's confirmation when all that is done.
    /// req: NI-052 NI-053 NI-054 NI-091
    async fn disposal_needs_permission_before_it_and_confirmation_after_it(db: TestDatabase) {
        let body = nishi_izu(&db).await;
        let paper = papers(&body).await;
        let here = || PerformedRequest::Here;
        let confirm = || ActRequest::ConfirmDisposal { note: None };
        refused(body.destroy("aoi", &paper, "shred-paper", here()).await, "permission-missing", "第20条柱書");
        let request = body.ask("aoi", &paper, WantedRequest::Dispose, None).await.expect("asked");
        refused(body.approve("zeimu", &paper, request).await, "not-approver", "第20条柱書");
        body.approve("jumin", &paper, request).await.expect("permitted");
        for method in ["destroy", "erase-software", "compost"] {
            refused(body.destroy("aoi", &paper, method, here()).await, "method-not-allowed", "第20条");
        }
        refused(body.act("jumin", &paper, confirm()).await, "not-destroyed", IN_ORDER);
        body.destroy("aoi", &paper, "shred-paper", here()).await.expect("shredded");
        refused(
            body.act("aoi", &paper, paper.witness(Presence::OnSite)).await,
            "witness-is-operator",
            "Hokanの規則: 作業者と立会者は別の人",
        );
        refused(body.act("joho", &paper, paper.witness(Presence::OnSite)).await, "not-approver", "4.8");
        refused(body.act("jumin", &paper, confirm()).await, "not-witnessed", "4.8");
        body.act("beni", &paper, paper.witness(Presence::OnSite)).await.expect("another handler");
        refused(body.act("beni", &paper, confirm()).await, "not-approver", "別表第1");
        refused(body.act("zeimu", &paper, confirm()).await, "not-approver", "別表第1");
        body.act("jumin", &paper, confirm()).await.expect("confirmed");
        refused(body.act("jumin", &paper, confirm()).await, "already-done", IN_ORDER);

        // Erasing software is a way by itself for media, and names itself with its version.
        let medium = usb(&body).await;
        body.permit("aoi", &medium, WantedRequest::Dispose, "jumin").await;
        refused(
            body.act("aoi", &medium, medium.sanitize(erasure("overwrite", Some("x 1")))).await,
            "method-not-allowed",
            "第20条",
        );
        refused(
            body.act("aoi", &medium, medium.sanitize(erasure("erase-software", None))).await,
            "tool-missing",
            "第20条第2号",
        );
        refused(body.destroy("aoi", &medium, "erase-software", here()).await, "tool-missing", "第20条第2号");
        body.act("aoi", &medium, medium.sanitize(erasure("erase-software", Some("消去君 3.1"))))
            .await
            .expect("erased");
        body.destroy("aoi", &medium, "erase-software", here()).await.expect("that is enough");
        body.act("denzan", &medium, medium.witness(Presence::OnSite)).await.expect("the system officer");
        body.act("jumin", &medium, confirm()).await.expect("confirmed");
        let disposal = body.card("kansa", &medium).await.disposal.expect("it is gone");
        assert!(disposal.ordered.is_some() && disposal.erased.is_some() && disposal.confirmed.is_some());
        body.is_whole().await;
    }

    /// What a contractor destroys is witnessed by a system officer or handler, or proven by its certificate, number
    /// and copy; a photograph alone is neither, and unproven it is not confirmed.
    /// req: NI-014 NI-057
    async fn what_a_contractor_destroys_is_witnessed_or_certified(db: TestDatabase) {
        let body = nishi_izu(&db).await;
        let paper = papers(&body).await;
        body.permit("aoi", &paper, WantedRequest::Dispose, "jumin").await;
        let by_contractor = |certificate: Option<&str>, file| PerformedRequest::Delegated {
            contractor: text("見本溶解株式会社"),
            certificate: certificate.map(text),
            file,
        };
        body.destroy("aoi", &paper, "dissolve-paper", by_contractor(None, None)).await.expect("told");
        refused(
            body.act("jumin", &paper, ActRequest::ConfirmDisposal { note: None }).await,
            "not-witnessed",
            "第20条第4号",
        );
        refused(
            body.act("beni", &paper, paper.witness(Presence::Certificate)).await,
            "certificate-missing",
            "第20条第4号",
        );
        refused(
            body.act("beni", &paper, paper.witness(Presence::Photograph)).await,
            "presence-not-enough",
            "第20条第4号",
        );
        refused(
            body.act("fuku", &paper, paper.witness(Presence::OnSite)).await,
            "not-approver",
            "第20条第4号",
        );
        body.pass(60 * 24 * 7);
        body.act("denzan", &paper, paper.witness(Presence::OnSite))
            .await
            .expect("he was there and says so later");

        let paper = papers(&body).await;
        body.permit("aoi", &paper, WantedRequest::Dispose, "jumin").await;
        let file = body.certificate("aoi").await;
        body.destroy("aoi", &paper, "burn-paper", by_contractor(Some("第12号"), Some(file)))
            .await
            .expect("told");
        body.pass(60 * 24 * 7);
        body.act("beni", &paper, paper.witness(Presence::Certificate))
            .await
            .expect("the certificate is there");
        body.act("jumin", &paper, ActRequest::ConfirmDisposal { note: None }).await.expect("confirmed");
        assert_eq!(body.card("kansa", &paper).await.disposal.expect("it is gone").certificate, Some(file));
        body.is_whole().await;
    }

    /// What a phone saw without signal is taken in whatever it contradicts: a destruction without permission, a
    /// witness who is the operator, a departure on no carry-out.
    /// req: NI-052
    async fn evidence_without_signal_is_taken_in_and_contradictions_are_shown(db: TestDatabase) {
        let body = nishi_izu(&db).await;
        let paper = papers(&body).await;
        let before = body.photograph("aoi", Some(&paper)).await;
        let after = body.photograph("aoi", None).await;
        body.pass(5);
        let destroyed = ObservedRequest::Destroyed {
            destruction: hokan_mobile_api::request::DestructionRequest {
                method: "shred-paper".to_owned(),
                performed: PerformedRequest::Here,
                photographs: vec![(before, Shows::Before), (after, Shows::After)],
            },
        };
        let answer = body.observe("aoi", &paper, destroyed, body.now()).await;
        assert_eq!(answer.outcome, ObservationOutcome::RecordedWithDiscrepancy);
        body.pass(1);
        let witnessed = ObservedRequest::Witnessed { presence: Presence::OnSite, photographs: Vec::new() };
        body.observe("aoi", &paper, witnessed, body.now()).await;
        assert_eq!(body.discrepancies(&paper).await, ["destroyed-without-order", "witnessed-by-operator"]);

        let medium = usb(&body).await;
        body.act("aoi", &medium, medium.put_away(body.house.cabinet)).await.expect("put away");
        body.pass(5);
        let answer =
            body.observe("beni", &medium, ObservedRequest::Departed { carry_out: None }, body.now()).await;
        assert_eq!(answer.outcome, ObservationOutcome::RecordedWithDiscrepancy);
        assert_eq!(body.discrepancies(&medium).await, ["departed-without-carry-out"]);
        body.is_whole().await;
    }

    /// What somebody tells who could not have done it at the server is taken in and completes no disposal, nor does
    /// what is told in a colleague's name; when an officer who had no part in it has settled that, it counts.
    /// req: NI-053 NI-054
    async fn a_witness_without_the_role_completes_no_disposal_before_an_officer_settles_it(db: TestDatabase) {
        let body = nishi_izu(&db).await;
        let paper = papers(&body).await;
        body.permit("aoi", &paper, WantedRequest::Dispose, "jumin").await;
        body.destroy("aoi", &paper, "shred-paper", PerformedRequest::Here).await.expect("shredded");
        body.pass(5);
        let confirm = || ActRequest::ConfirmDisposal { note: None };
        let witnessed = || ObservedRequest::Witnessed { presence: Presence::OnSite, photographs: Vec::new() };
        let in_doubt = async || {
            refused(body.act("jumin", &paper, confirm()).await, "evidence-in-doubt", IN_ORDER);
            let certificate = body.town.app.certificate(&body.who("kansa").await, &[paper.id], &[Lang::Ja]).await;
            assert_eq!(certificate.expect_err("it is in doubt").code.as_ref(), "evidence-in-doubt");
        };

        let beni = body.id("beni");
        let answer = body.observe_for("joho", Some(beni), &paper, witnessed(), body.now()).await;
        assert_eq!(answer.outcome, ObservationOutcome::RecordedWithDiscrepancy);
        assert_eq!(body.discrepancies(&paper).await, ["reported-by-another", "without-authority"]);
        let disposal = body.card("kansa", &paper).await.disposal.expect("it is gone");
        assert_eq!(disposal.witnessed[0].by.id, body.id("joho"), "it is the word of whoever was proven");
        in_doubt().await;

        let open = || async {
            let item = body.store().item(paper.id).await.expect("a database").expect("the item");
            item.discrepancies.first().copied()
        };
        let settle = |finding| ActRequest::SettleDiscrepancy {
            finding,
            outcome: Outcome::Upheld,
            reason: text("本人に確かめた"),
        };
        let first = open().await.expect("an open one");
        refused(body.act("aoi", &paper, settle(first)).await, "not-approver", "別添1 2Cb");
        body.act("jumin", &paper, settle(first)).await.expect("settled");
        in_doubt().await;
        let second = open().await.expect("the other one");
        body.act("jumin", &paper, settle(second)).await.expect("settled");
        body.act("jumin", &paper, confirm()).await.expect("confirmed");
        body.is_whole().await;
    }

    /// A destruction that somebody tells of who had no part in it erases nothing and ends no retention.
    /// req: NI-052
    async fn a_destruction_by_nobody_in_charge_ends_no_retention(db: TestDatabase) {
        let body = nishi_izu(&db).await;
        let paper = papers(&body).await;
        body.permit("aoi", &paper, WantedRequest::Dispose, "jumin").await;
        let lay = body.contents_of(&paper).await;
        assert!(!lay.is_empty());
        let due = body.due(&paper).await;
        body.pass(5);
        let destroyed = || ObservedRequest::Destroyed {
            destruction: hokan_mobile_api::request::DestructionRequest {
                method: "shred-paper".to_owned(),
                performed: PerformedRequest::Here,
                photographs: Vec::new(),
            },
        };
        body.observe("kansa", &paper, destroyed(), body.now()).await;
        let found = body.discrepancies(&paper).await;
        for kind in ["without-authority", "ended-by-non-holder"] {
            assert!(found.iter().any(|found| found == kind), "{kind} is not among {found:?}");
        }
        assert_eq!(body.contents_of(&paper).await, lay, "nothing counts as erased");
        assert_eq!(body.due(&paper).await, due);
        body.is_whole().await;
    }

    /// What is settled as untrue stays in the history and counts for nothing: the item is where it was, its retention
    /// runs, and it comes to its true end. A witness who was not there is none, and no certificate rests on him.
    /// req: NI-052 NI-053
    async fn what_is_settled_as_untrue_counts_for_nothing(db: TestDatabase) {
        let body = nishi_izu(&db).await;
        let paper = papers(&body).await;
        body.permit("aoi", &paper, WantedRequest::Dispose, "jumin").await;
        let (lay, due, before) =
            (body.contents_of(&paper).await, body.due(&paper).await, body.card("kansa", &paper).await);
        assert!(due.is_some());
        body.pass(5);
        let destroyed = || ObservedRequest::Destroyed {
            destruction: hokan_mobile_api::request::DestructionRequest {
                method: "shred-paper".to_owned(),
                performed: PerformedRequest::Here,
                photographs: Vec::new(),
            },
        };
        body.observe("beni", &paper, destroyed(), body.now()).await;
        let card = body.card("kansa", &paper).await;
        assert_eq!(card.custody.state, CustodyState::Destroyed);
        assert!(card.discrepancies.iter().all(|open| open.dismissible), "{:?}", card.discrepancies);
        let open = || async {
            let item = body.store().item(paper.id).await.expect("a database").expect("the item");
            *item.discrepancies.first().expect("an open one")
        };
        let (finding, act) = (open().await, event());
        let dismiss = |finding| ActRequest::SettleDiscrepancy {
            finding,
            outcome: Outcome::Dismissed,
            reason: text("本人は触れていない"),
        };
        refused(body.act("aoi", &paper, dismiss(finding)).await, "not-approver", "別添1 2Cb");
        let (jumin, app) = (body.who("jumin").await, &body.town.app);
        let unproven = Caller { proven_at: None, ..jumin.clone() };
        let asked = app.act(&unproven, paper.id, act, dismiss(finding)).await;
        assert_eq!(asked.expect_err("no factor was shown").code.as_ref(), "second-factor-needed");
        for repeated in [false, true] {
            let answer = app.act(&jumin, paper.id, act, dismiss(finding)).await.expect("settled as untrue");
            assert_eq!(answer.repeated, repeated);
        }
        let card = body.card("kansa", &paper).await;
        assert_eq!(card.custody, before.custody);
        assert!(card.discrepancies.is_empty(), "{:?}", card.discrepancies);
        assert!(card.disposal.is_none_or(|disposal| disposal.destroyed.is_none()));
        assert_eq!((body.contents_of(&paper).await, body.due(&paper).await), (lay, due));
        let history = app.history(&jumin, paper.id).await.expect("a history");
        let untrue: Vec<_> = history.iter().filter(|line| line.untrue.is_some()).collect();
        assert_eq!(untrue.iter().map(|line| line.kind.as_str()).collect::<Vec<_>>(), ["destroyed"]);
        assert!(untrue[0].untrue.as_ref().is_some_and(|why| why.contains("本人は触れていない")));
        body.is_whole().await;

        body.destroy("aoi", &paper, "shred-paper", PerformedRequest::Here).await.expect("shredded");
        let witnessed = ObservedRequest::Witnessed { presence: Presence::OnSite, photographs: Vec::new() };
        body.observe("kansa", &paper, witnessed, body.now()).await;
        body.act("jumin", &paper, dismiss(open().await)).await.expect("he was not there");
        let confirm = || ActRequest::ConfirmDisposal { note: None };
        let none = body.act("jumin", &paper, confirm()).await.expect_err("nobody stood by");
        assert_eq!(none.code, "not-witnessed");
        let paper_of = async || app.certificate(&jumin, &[paper.id], &[Lang::Ja]).await;
        assert_eq!(paper_of().await.expect_err("nobody stood by").code, "not-witnessed");
        body.act("beni", &paper, paper.witness(Presence::OnSite)).await.expect("he was there");
        body.act("jumin", &paper, confirm()).await.expect("confirmed");
        paper_of().await.expect("a certificate");
        body.is_whole().await;
    }

    /// Anybody tells of a loss; both officers are told within the hour, then those above by those whose step it is.
    /// It is closed by the word of both once cause, damage and prevention are stated.
    /// req: NI-015 NI-016 NI-018 NI-019 NI-020 NI-021
    async fn a_loss_goes_up_the_chain_and_is_closed_by_both_officers(db: TestDatabase) {
        let body = nishi_izu(&db).await;
        let medium = usb(&body).await;
        body.act(
            "aoi",
            &medium,
            ActRequest::RecordProtection {
                protection: ProtectionRequest { secrecy: SecrecyRequest::None, key_apart: false },
            },
        )
        .await
        .expect("opened for work");
        let incident = body.lose("kansa", &medium).await;
        // What is known of its protection afterwards does not change what it was when it was lost.
        body.act("aoi", &medium, ActRequest::RecordProtection { protection: encrypted() })
            .await
            .expect("said too late");
        let view = body.incident("jumin", incident).await;
        assert!(!view.items[0].was_encrypted, "{:?}", view.items[0]);
        assert!(view.headline.contains("暗号化"), "{}", view.headline);
        assert_eq!(view.items[0].records, Some(300));
        let steps: Vec<_> = view.chain.iter().map(|step| step.step.code.as_str()).collect();
        assert_eq!(
            steps,
            [
                "to-protection-officer",
                "to-system-manager",
                "to-general-officer",
                "to-number-system-head",
                "to-mayor",
                "to-prefecture",
                "to-ministry",
                "ppc-prompt",
            ]
        );
        // At once means an hour, and what rests on another step an hour after that.
        for (step, hours) in view.chain.iter().zip([1, 1, 2, 2]) {
            assert_eq!(step.due_at, view.reported_at + TimeDelta::hours(hours), "{}", step.step.code);
        }
        refused(body.tell("aoi", incident, "to-general-officer").await, "role-missing", "第10条第2項");
        refused(body.tell("zeimu", incident, "to-general-officer").await, "role-missing", "第10条第2項");
        refused(body.tell("jumin", incident, "to-mayor").await, "role-missing", "第10条第4項");
        refused(body.tell("joho", incident, "attack").await, "step-not-applicable", "第10条第3項");
        refused(body.leave_out("shukan", incident, "to-prefecture").await, "step-mandatory", "第10条第5項");
        refused(body.leave_out("jumin", incident, "ppc-prompt").await, "role-missing", "第10条第5項");
        for (who, step) in [
            ("kansa", "to-protection-officer"),
            ("kansa", "to-system-manager"),
            ("jumin", "to-general-officer"),
            ("jumin", "to-number-system-head"),
            ("fuku", "to-mayor"),
            ("shukan", "to-prefecture"),
            ("shukan", "ppc-prompt"),
        ] {
            body.tell(who, incident, step).await.expect(step);
        }
        body.leave_out("shukan", incident, "to-ministry").await.expect("judged, with the reason");

        let publish = || IncidentActRequest::Publish { on: body.today(), note: None };
        refused(
            body.on_incident("aoi", incident, publish()).await,
            "role-missing",
            "Hokanの規則: 役割の範囲で操作する",
        );
        body.on_incident("fuku", incident, publish()).await.expect("made public");
        let told = IncidentActRequest::NotifyPerson { persons: 300, note: Some(text("郵送")) };
        body.on_incident("jumin", incident, told).await.expect("the persons were told");

        let facts = [("cause", "第10条第6項"), ("damage", "第10条第5項"), ("prevention", "第10条第6項")];
        lacks(body.on_incident("jumin", incident, IncidentActRequest::ApproveClosing).await, &facts);
        let both = [("protection-officer", "第10条第6項"), ("system-manager", "第10条第6項")];
        lacks(
            body.on_incident("jumin", incident, IncidentActRequest::Close).await,
            &[facts[0], facts[1], facts[2], both[0], both[1]],
        );
        for act in [
            IncidentActRequest::StateCause { cause: text("机上への放置") },
            IncidentActRequest::StateDamage { damage: text("300人分の情報の滅失") },
            IncidentActRequest::StatePrevention { prevention: text("退庁時の棚卸") },
        ] {
            body.on_incident("aoi", incident, act).await.expect("stated");
        }
        refused(
            body.on_incident("fuku", incident, IncidentActRequest::ApproveClosing).await,
            "not-approver",
            "第10条第6項",
        );
        refused(
            body.on_incident("zeimu", incident, IncidentActRequest::ApproveClosing).await,
            "not-approver",
            "第10条第6項",
        );
        let unproven = Caller { proven_at: None, ..body.who("jumin").await };
        for act in [IncidentActRequest::ApproveClosing, IncidentActRequest::Close] {
            let closing = matches!(act, IncidentActRequest::Close);
            let answer = body.town.app.act_on_incident(&unproven, incident, event(), act).await;
            let asked = if closing { "not-ready" } else { "second-factor-needed" };
            assert_eq!(answer.expect_err("no factor was shown").code.as_ref(), asked);
        }
        body.on_incident("jumin", incident, IncidentActRequest::ApproveClosing)
            .await
            .expect("one of the two");
        lacks(body.on_incident("jumin", incident, IncidentActRequest::Close).await, &both[1..]);
        body.on_incident("joho", incident, IncidentActRequest::ApproveClosing).await.expect("the other");
        // What is stated anew was approved by nobody.
        let again = IncidentActRequest::StateCause { cause: text("盗難の疑い") };
        body.on_incident("aoi", incident, again).await.expect("stated anew");
        lacks(body.on_incident("jumin", incident, IncidentActRequest::Close).await, &both);
        for officer in ["jumin", "joho"] {
            body.on_incident(officer, incident, IncidentActRequest::ApproveClosing).await.expect("approved");
        }
        let answer =
            body.town.app.act_on_incident(&unproven, incident, event(), IncidentActRequest::Close).await;
        assert_eq!(answer.expect_err("no factor was shown").code.as_ref(), "second-factor-needed");
        let closed = body.on_incident("jumin", incident, IncidentActRequest::Close).await.expect("closed");
        assert!(closed.closed.is_some());
        missing(&closed.closing.missing, &[]);
        body.on_incident("beni", incident, IncidentActRequest::Reopen { reason: text("見つかった") })
            .await
            .expect("opened again");
        body.act("beni", &medium, ActRequest::ReportFound { scan: medium.seen() }).await.expect("found");
        assert!(body.card("kansa", &medium).await.lost.is_none());
        body.is_whole().await;
    }

    /// An attack from outside goes from the system manager to the protection officers, and what he did against it is
    /// on record; a mere sign goes to nobody outside.
    /// req: NI-015 NI-017
    async fn an_attack_is_told_by_the_system_manager_and_a_sign_stays_within(db: TestDatabase) {
        let body = nishi_izu(&db).await;
        let report = |kind, gravity| OpenIncidentRequest {
            kind,
            gravity,
            known_on: None,
            division: Some(body.division),
            content: Some(text("不審な通信")),
            attack: false,
            malicious: false,
            items: Vec::new(),
        };
        let open = async |kind, gravity| {
            let answer =
                body.town.app.open_incident(&body.who("daichi").await, event(), report(kind, gravity)).await;
            answer.expect("a report is never refused").incident
        };
        let attack = open(IncidentKind::Attack, Gravity::Sign).await;
        assert!(attack.chain.iter().any(|step| step.step.code == "attack"));
        refused(body.tell("jumin", attack.id, "attack").await, "role-missing", "第10条第3項");
        let contain = IncidentActRequest::Contain { measure: text("LANケーブルを抜いた") };
        let view = body.on_incident("joho", attack.id, contain).await.expect("recorded");
        assert_eq!(view.measures[0].text.as_deref(), Some("LANケーブルを抜いた"));
        body.tell("joho", attack.id, "attack").await.expect("told");

        let sign = open(IncidentKind::Sign, Gravity::Sign).await;
        let steps: Vec<_> = sign.chain.iter().map(|step| step.step.code.as_str()).collect();
        assert_eq!(
            steps,
            ["to-protection-officer", "to-system-manager", "to-general-officer", "to-number-system-head"]
        );
        let graver = IncidentActRequest::SetGravity {
            gravity: Gravity::Grave,
            attack: false,
            malicious: true,
            reason: None,
        };
        refused(
            body.on_incident("daichi", sign.id, graver.clone()).await,
            "role-missing",
            "Hokanの規則: 役割の範囲で操作する",
        );
        let view = body.on_incident("shukan", sign.id, graver).await.expect("judged graver");
        let last = view.chain.last().expect("steps");
        assert_eq!(last.step.code, "ppc-final");
        // Sixty days where malice is suspected, the day of knowledge being the first: 22 November is a Sunday and 23 November a holiday.
        assert_eq!(
            hokan_domain::japan_date::jst_date(last.due_at - TimeDelta::seconds(1)),
            day("2026-11-24")
        );
        body.is_whole().await;
    }

    /// Neither an officer nor an auditor handles a thing; who is designated does.
    /// req: NI-006
    async fn officers_and_auditors_do_not_handle_a_thing(db: TestDatabase) {
        let mut body = nishi_izu(&db).await;
        let medium = usb(&body).await;
        body.act("aoi", &medium, medium.put_away(body.house.cabinet)).await.expect("put away");
        for officer in ["jumin", "joho", "fuku", "kansa"] {
            refused(body.act(officer, &medium, medium.take_out()).await, "not-designated", "第6条第2項");
        }
        body.add("erika", &[Part::Handler]).await;
        body.act("erika", &medium, medium.take_out()).await.expect("designated");
        body.is_whole().await;
    }
}
