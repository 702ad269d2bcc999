//! 養父市: contact data of a messaging system. Either of two officers lets it out of the office; a medium is erased
//! before it is disposed of; the system manager hears of everything.

use chrono::TimeDelta;
use hokan_domain::{
    contents::Category,
    disposal::{Presence, Verification},
    incident::IncidentKind,
    item::ItemKind,
    person::Part,
    profile::{Channel, Gravity},
};
use hokan_mobile_api::{
    request::{
        ActRequest, CarryOutActRequest, ContentsRequest, ErasureRequest, IncidentActRequest,
        OpenIncidentRequest, PerformedRequest, PlanRequest, WantedRequest,
    },
    wire::CustodyState,
};
use hokan_server::jobs::purge;
use hokan_tests::{
    body::{
        Body, DIVISION, Medium, New, OTHER_DIVISION, contents, day, encrypted, erasure, lacks, refused, text,
    },
    database::TestDatabase,
    on_both_databases,
    town::event,
};

const NOT_FOR_ONESELF: &str = "Hokanの規則: 申請した人は承認できない";
const IN_ORDER: &str = "Hokanの規則: 手順は順に行う";
const HANDLERS_ONLY: &str = "Hokanの規則: 保管は指定された担当者に限る";

async fn yabu(db: &TestDatabase) -> Body {
    let mut body = Body::under(
        db,
        "yabu",
        &[
            ("kiki", &[("system-manager", None)]),
            ("unyo", &[("operation-manager", Some(DIVISION))]),
            ("kyoiku", &[("operation-manager", Some(OTHER_DIVISION))]),
            ("ciso", &[("ciso", None)]),
        ],
    )
    .await;
    body.add("daichi", &[]).await;
    body
}

/// A USB memory with contact data, which the first handler holds.
async fn usb(body: &Body, retention: Option<&str>) -> Medium {
    let data = ContentsRequest {
        recorded_on: Some(body.today()),
        retention: retention.map(str::to_owned),
        ..contents(Category::Personal, None, 120)
    };
    let new = New::of(ItemKind::UsbMemory, body).with(data).encrypted();
    body.register("aoi", new).await.expect("registered")
}

fn posted(body: &Body, medium: &Medium) -> PlanRequest {
    PlanRequest {
        counterparty: Some(text("運用業者")),
        channel: Channel::Post,
        due_back: Some(day("2026-10-01")),
        ..body.plan(&[medium])
    }
}

on_both_databases! {
    /// Whoever gives and whoever receives both say so, each under his own sign-in and the receiver with the label in
    /// hand; an offer that nobody took in a day lapses, and a medium without protection bears no data.
    /// req: YB-003 YB-027
    async fn a_medium_that_moves_is_given_and_received_by_two_people(db: TestDatabase) {
        let body = yabu(&db).await;
        let bare = New::of(ItemKind::UsbMemory, &body).with(contents(Category::Personal, None, 1));
        refused(body.register("aoi", bare).await, "protection-missing", "別添1 2Fd");
        refused(
            body.register("daichi", New::of(ItemKind::UsbMemory, &body)).await,
            "not-designated",
            HANDLERS_ONLY,
        );
        let medium = usb(&body, None).await;
        assert_eq!(body.card("kansa", &medium).await.contents[0].category.code, "personal");
        refused(
            body.act("beni", &medium, medium.offer(body.id("chika"))).await,
            "not-current-holder",
            "Hokanの規則: 渡せるのは保持者だけ",
        );
        refused(
            body.act("aoi", &medium, medium.offer(body.id("aoi"))).await,
            "hand-over-to-self",
            "第9条第1号後段",
        );
        let card = body.act("aoi", &medium, medium.offer(body.id("beni"))).await.expect("offered");
        let hand_over = card.offer.expect("it waits").hand_over;
        let accept = |scan| ActRequest::Accept { hand_over, scan };
        refused(body.act("chika", &medium, accept(medium.seen())).await, "not-addressee", "第9条第1号後段");
        refused(
            body.act("aoi", &medium, accept(medium.seen())).await,
            "already-holder",
            "Hokanの規則: 渡せるのは保持者だけ",
        );
        refused(
            body.act("beni", &medium, accept(medium.listed())).await,
            "label-not-at-hand",
            "Hokanの規則: 受け取る人はラベルを手元で読み取る",
        );
        refused(
            body.act("aoi", &medium, medium.put_away(body.house.cabinet)).await,
            "hand-over-pending",
            "第9条第1号後段",
        );
        body.pass(24 * 60);
        refused(body.act("beni", &medium, accept(medium.seen())).await, "hand-over-lapsed", "第9条第1号後段");
        let card = body.act("aoi", &medium, medium.offer(body.id("beni"))).await.expect("offered again");
        let again =
            ActRequest::Accept { hand_over: card.offer.expect("it waits").hand_over, scan: medium.seen() };
        body.act("beni", &medium, again).await.expect("received");
        assert_eq!(
            body.card("kansa", &medium).await.custody.person.map(|person| person.id),
            Some(body.id("beni"))
        );
        body.is_whole().await;
    }

    /// Either the system manager or the operation manager of the division lets a medium or a mail out; nobody else,
    /// and nobody for himself. Nothing else is asked but that it cannot be lost.
    /// req: YB-027 YB-032
    async fn either_officer_lets_it_out_and_nobody_lets_himself(db: TestDatabase) {
        let mut body = yabu(&db).await;
        let medium = usb(&body, None).await;
        let id = body.request("aoi", posted(&body, &medium)).await.expect("requested");
        lacks(
            body.depart("aoi", id, &medium.label).await,
            &[
                ("system-manager,operation-manager", "第10条第4号"),
                ("locked-container,strict-packaging,traceable", "第9条第1号後段"),
            ],
        );
        for who in ["kyoiku", "ciso", "beni"] {
            refused(body.consent(who, id).await, "not-approver", "第10条第4号");
        }
        refused(body.consent("aoi", id).await, "own-request", NOT_FOR_ONESELF);
        let view = body.consent("unyo", id).await.expect("one will do").carry_out;
        assert_eq!(view.state.code, "granted");
        refused(body.consent("kiki", id).await, "request-settled", IN_ORDER);
        let traceable = PlanRequest { tracking: Some(text("9876-54")), ..posted(&body, &medium) };
        body.amend("aoi", id, traceable).await.expect("filled in");
        body.depart("aoi", id, &medium.label).await.expect("nothing is missing");
        assert_eq!(body.card("kansa", &medium).await.custody.state, CustodyState::Out);
        body.noon("2026-10-03");
        assert_eq!(body.carry_out("unyo", id).await.overdue_days, Some(2));
        body.unpack("aoi", id, None, &[&medium]).await.expect("back");

        // An operation manager who is a handler himself still needs another officer.
        body.add("kaneda", &[Part::Handler]).await;
        body.grant("kaneda", "operation-manager", Some(DIVISION), None).await;
        let mail = PlanRequest { channel: Channel::Transmission, due_back: None, ..posted(&body, &medium) };
        let id = body.request("kaneda", mail).await.expect("a mail is a carry-out, too");
        refused(body.consent("kaneda", id).await, "own-request", NOT_FOR_ONESELF);
        lacks(
            body.on("kaneda", id, CarryOutActRequest::Depart { scan: None }).await,
            &[("system-manager,operation-manager", "第10条第4号")],
        );
        body.consent("kiki", id).await.expect("the system manager");
        body.on("kaneda", id, CarryOutActRequest::Depart { scan: None }).await.expect("sent");
        // What was left in the house does not come to rest in another office without leave.
        body.act("aoi", &medium, medium.put_away(body.house.cabinet)).await.expect("put away");
        body.act("aoi", &medium, medium.take_out()).await.expect("taken out");
        refused(
            body.act("aoi", &medium, medium.put_away(body.house.branch_cabinet)).await,
            "carry-out-needed",
            "第10条第4号",
        );
        body.act("aoi", &medium, medium.put_away(body.house.other_cabinet))
            .await
            .expect("within the office it may move");
        body.is_whole().await;
    }

    /// When the operating period has ended, what was collected goes; it is flagged from then on.
    /// req: YB-019
    async fn what_was_collected_goes_when_the_operating_period_ends(db: TestDatabase) {
        let body = yabu(&db).await;
        let medium = usb(&body, Some("operation-ended")).await;
        assert_eq!(body.due(&medium).await, None);
        let kept = body.contents_of(&medium).await[0];
        let ended = |event: &str| ActRequest::RecordRetentionEvent {
            contents: kept,
            event: event.to_owned(),
            on: day("2026-09-30"),
        };
        refused(body.act("daichi", &medium, ended("operation-ended")).await, "not-designated", HANDLERS_ONLY);
        body.act("aoi", &medium, ended("operation-ended")).await.expect("the period ends");
        assert_eq!(body.due(&medium).await.map(|(due, _)| due), Some(day("2026-10-01")));
        let sentence = body.card("kansa", &medium).await.due.expect("it is due").sentence;
        assert!(sentence.contains("第7条第2号"), "{sentence}");
        body.noon("2026-10-01");
        assert_eq!(purge::run(&body.town.app, None, false).await.expect("swept").newly_due, 1);
        body.is_whole().await;
    }

    /// A medium is erased so that nothing can be restored, and then disposed of: not without the system manager's
    /// order, not before the erasure, not after one that failed.
    /// req: YB-028
    async fn a_medium_is_erased_before_it_is_disposed_of(db: TestDatabase) {
        let body = yabu(&db).await;
        let medium = usb(&body, None).await;
        let here = || PerformedRequest::Here;
        refused(
            body.destroy("aoi", &medium, "shred-flash", here()).await,
            "permission-missing",
            "第9条第2号",
        );
        refused(
            body.act("aoi", &medium, medium.sanitize(erasure("device-erase", Some("x 1")))).await,
            "permission-missing",
            "第9条第2号",
        );
        let order = body.ask("aoi", &medium, WantedRequest::Dispose, None).await.expect("asked");
        refused(body.approve("unyo", &medium, order).await, "not-approver", "第9条第2号");
        body.approve("kiki", &medium, order).await.expect("ordered");
        refused(body.destroy("aoi", &medium, "shred-flash", here()).await, "erasure-missing", "第9条第2号");
        refused(
            body.act("aoi", &medium, medium.sanitize(erasure("overwrite", Some("x 1")))).await,
            "method-not-allowed",
            "別添1 2Ed",
        );
        refused(
            body.act("aoi", &medium, medium.sanitize(erasure("device-erase", None))).await,
            "tool-missing",
            "Table A-5・A-8",
        );
        let failed =
            ErasureRequest { verification: Verification::Failed, ..erasure("device-erase", Some("x 1")) };
        body.act("aoi", &medium, medium.sanitize(failed)).await.expect("that it failed is on record");
        refused(body.destroy("aoi", &medium, "shred-flash", here()).await, "erasure-missing", "第9条第2号");
        let sure =
            ErasureRequest { verification: Verification::Full, ..erasure("device-erase", Some("x 1")) };
        body.act("aoi", &medium, medium.sanitize(sure)).await.expect("erased");
        refused(body.destroy("aoi", &medium, "shred-paper", here()).await, "method-not-allowed", "別添1 2Ed");
        body.destroy("aoi", &medium, "shred-flash", here()).await.expect("erased before");
        refused(
            body.act("aoi", &medium, medium.witness(Presence::OnSite)).await,
            "witness-is-operator",
            "Hokanの規則: 作業者と立会者は別の人",
        );
        body.act("beni", &medium, medium.witness(Presence::OnSite)).await.expect("another handler");
        let disposal = body.card("kansa", &medium).await.disposal.expect("it is gone");
        assert!(disposal.erased.expect("erased").at <= disposal.destroyed.expect("destroyed").at);

        // Of papers the clause does not speak.
        let paper = body
            .register(
                "aoi",
                New::of(ItemKind::PaperRecord, &body).with(contents(Category::Personal, None, 3)),
            )
            .await
            .expect("registered");
        refused(body.destroy("aoi", &paper, "shred-paper", here()).await, "permission-missing", "別添1 2Ed");
        body.permit("aoi", &paper, WantedRequest::Dispose, "kiki").await;
        body.destroy("aoi", &paper, "shred-paper", here()).await.expect("ordered");
        body.is_whole().await;
    }

    /// What a document of the system says is told to a third party with the system manager's leave only.
    /// req: YB-046
    async fn what_a_document_says_is_told_with_the_system_managers_leave(db: TestDatabase) {
        let body = yabu(&db).await;
        let document =
            body.register("aoi", New::of(ItemKind::SystemDocument, &body)).await.expect("registered");
        let disclose = || WantedRequest::Disclose { to: text("開発業者") };
        refused(body.ask("daichi", &document, disclose(), None).await, "not-designated", HANDLERS_ONLY);
        let request = body.ask("aoi", &document, disclose(), None).await.expect("asked");
        refused(body.approve("unyo", &document, request).await, "not-approver", "第13条");
        refused(body.approve("aoi", &document, request).await, "own-request", NOT_FOR_ONESELF);
        let card = body.approve("kiki", &document, request).await.expect("permitted");
        assert_eq!(card.requests[0].state.code, "granted");
        assert!(card.requests[0].source.as_deref().is_some_and(|source| source.ends_with("第13条")));
        body.is_whole().await;
    }

    /// An accident goes to the system manager within the hour, a grave one from him to the CISO and the agencies; he
    /// closes it once content, cause, damage and a plan against its repetition are there, and not by himself alone.
    /// req: YB-044 YB-048 YB-049 YB-050
    async fn an_accident_goes_to_the_system_manager_and_a_grave_one_to_the_ciso(db: TestDatabase) {
        let body = yabu(&db).await;
        let medium = usb(&body, None).await;
        let incident = body.lose("aoi", &medium).await;
        let view = body.incident("kiki", incident).await;
        assert!(view.items[0].was_encrypted);
        let steps: Vec<_> = view.chain.iter().map(|step| step.step.code.as_str()).collect();
        assert_eq!(steps, ["accident", "breach", "ppc-prompt"]);
        assert_eq!(view.chain[0].due_at, view.reported_at + TimeDelta::hours(1));
        assert!(view.chain[0].source.ends_with("第12条第1項"));
        refused(body.tell("daichi", incident, "accident").await, "role-missing", "第12条第1項");
        refused(body.tell("kiki", incident, "to-ciso").await, "step-not-applicable", "第15条第2項");
        for step in ["accident", "breach"] {
            body.tell("aoi", incident, step).await.expect("told");
        }
        let instruct = || IncidentActRequest::Instruct {
            instruction: text("経路を調べ、運用管理者に報告を求める"),
        };
        refused(
            body.on_incident("aoi", incident, instruct()).await,
            "role-missing",
            "Hokanの規則: 役割の範囲で操作する",
        );
        let view = body.on_incident("kiki", incident, instruct()).await.expect("instructed");
        assert_eq!(view.instructions.len(), 1);

        let grave = IncidentActRequest::SetGravity {
            gravity: Gravity::Grave,
            attack: false,
            malicious: false,
            reason: None,
        };
        let view = body.on_incident("kiki", incident, grave).await.expect("judged grave");
        let steps: Vec<_> = view.chain.iter().map(|step| step.step.code.as_str()).collect();
        assert_eq!(steps, ["accident", "breach", "to-ciso", "to-agencies", "ppc-prompt", "ppc-final"]);
        refused(body.tell("aoi", incident, "to-ciso").await, "role-missing", "第15条第2項");
        for step in ["to-ciso", "to-agencies", "ppc-prompt", "ppc-final"] {
            body.tell("kiki", incident, step).await.expect("told");
        }

        let facts =
            [("cause", "第12条第2項・第15条第1項"), ("damage", "第15条第1項"), ("prevention", "第15条第3項")];
        lacks(body.on_incident("kiki", incident, IncidentActRequest::ApproveClosing).await, &facts);
        for act in [
            IncidentActRequest::StateContent { content: text("机から無くなった") },
            IncidentActRequest::StateCause { cause: text("施錠の漏れ") },
            IncidentActRequest::StateDamage { damage: text("120人分の連絡先") },
        ] {
            body.on_incident("aoi", incident, act).await.expect("stated");
        }
        lacks(body.on_incident("kiki", incident, IncidentActRequest::ApproveClosing).await, &facts[2..]);
        let plan = IncidentActRequest::StatePrevention { prevention: text("鍵の管理簿") };
        body.on_incident("kiki", incident, plan).await.expect("stated");
        refused(
            body.on_incident("unyo", incident, IncidentActRequest::ApproveClosing).await,
            "not-approver",
            "第15条第3項",
        );
        body.on_incident("kiki", incident, IncidentActRequest::ApproveClosing).await.expect("approved");
        refused(
            body.on_incident("kiki", incident, IncidentActRequest::Close).await,
            "closes-alone",
            NOT_FOR_ONESELF,
        );
        body.on_incident("unyo", incident, IncidentActRequest::Close).await.expect("closed by another");

        // Danger alone is told, too, and at leisure.
        let sign = OpenIncidentRequest {
            kind: IncidentKind::Sign,
            gravity: Gravity::Sign,
            known_on: None,
            division: Some(body.division),
            content: None,
            attack: false,
            malicious: false,
            items: Vec::new(),
        };
        let opened = body
            .town
            .app
            .open_incident(&body.who("beni").await, event(), sign)
            .await
            .expect("reported")
            .incident;
        let steps: Vec<_> = opened.chain.iter().map(|step| step.step.code.as_str()).collect();
        assert_eq!(steps, ["breach"]);
        body.is_whole().await;
    }

    /// Protection that is recorded afterwards lets data come on a medium.
    async fn a_medium_takes_data_once_it_is_encrypted(db: TestDatabase) {
        let body = yabu(&db).await;
        let medium = body.register("aoi", New::of(ItemKind::UsbMemory, &body)).await.expect("registered");
        let record = || ActRequest::RecordContents { contents: contents(Category::Personal, None, 9) };
        refused(body.act("aoi", &medium, record()).await, "protection-missing", "別添1 2Fd");
        body.act("aoi", &medium, ActRequest::RecordProtection { protection: encrypted() })
            .await
            .expect("recorded");
        body.act("aoi", &medium, record()).await.expect("protected");
        body.is_whole().await;
    }
}
