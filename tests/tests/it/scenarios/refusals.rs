//! The refusals that the regulations ask for, as one table for each body: what is tried, by which code it is refused
//! and which clause is cited.
//!
//! Tried at the domain's own functions and not again here: entry to a level, the loan of an id, the end of a term,
//! the purge of the operation history (`books.rs` of the domain's tests), activating a contract and entrusting work
//! further (`contract.rs`).

use std::fmt::Debug;

use hokan_domain::{contents::Category, item::ItemKind, profile::Direction};
use hokan_mobile_api::{
    Problem,
    request::{
        ActRequest, IncidentActRequest, PerformedRequest, PlanRequest, ProtectionRequest, SecrecyRequest,
        WantedRequest,
    },
};
use hokan_tests::{
    body::{Body, DIVISION, Medium, New, contents, day, encrypted, erasure, refused, text},
    database::TestDatabase,
    on_both_databases,
};

/// What is tried, and how it went.
struct Row {
    operation: &'static str,
    outcome: Result<(), Problem>,
    code: &'static str,
    clause: &'static str,
}

fn row<T: Debug>(
    operation: &'static str,
    outcome: Result<T, Problem>,
    code: &'static str,
    clause: &'static str,
) -> Row {
    Row { operation, outcome: outcome.map(drop), code, clause }
}

/// That each row was refused as it says, and that nothing of it was written.
async fn all_refused(body: &Body, before: u64, rows: Vec<Row>) {
    for Row { operation, outcome, code, clause } in rows {
        let problem = refused(outcome, code, clause);
        assert!(!problem.detail.is_empty() && !problem.title.is_empty(), "{operation}: {problem}");
    }
    let after = body.store().ledger_head().await.expect("a head").size();
    assert_eq!(after, before, "what is refused writes nothing");
    body.is_whole().await;
}

async fn size(body: &Body) -> u64 {
    body.store().ledger_head().await.expect("a head").size()
}

fn bearing(body: &Body, kind: ItemKind, category: Category, purpose: Option<&str>, records: u64) -> New {
    New::of(kind, body).with(contents(category, purpose, records)).encrypted()
}

async fn stored(body: &Body, new: New) -> Medium {
    let medium = body.register("aoi", new).await.expect("registered");
    body.act("aoi", &medium, medium.belongs_in(body.house.cabinet)).await.expect("a place is set");
    body.act("aoi", &medium, medium.put_away(body.house.cabinet)).await.expect("put away");
    medium
}

on_both_databases! {
    /// 長崎県市町村職員共済組合.
    /// req: NG-028 NG-029 NG-037 NG-038 NG-039 NG-041 NG-044
    async fn the_association_refuses_what_its_regulation_forbids(db: TestDatabase) {
        let mut body = Body::under(
            &db,
            "nagasaki-kyosai",
            &[("soumu", &[("data-manager", None)]), ("nenkin", &[("system-manager", None)])],
        )
        .await;
        body.add("daichi", &[]).await;
        let data = Category::IdentityVerification;
        let tape = stored(&body, bearing(&body, ItemKind::MagneticTape, data, Some("claims"), 100)).await;
        let held = body
            .register("aoi", bearing(&body, ItemKind::MagneticTape, data, Some("claims"), 5))
            .await
            .expect("registered");
        let document = body
            .register("aoi", bearing(&body, ItemKind::SystemDocument, Category::System, Some("claims"), 0))
            .await
            .expect("registered");
        let id = body.request("aoi", body.plan(&[&held])).await.expect("requested");
        let half = body
            .request(
                "aoi",
                PlanRequest {
                    counterparty: Some(text("連合会")),
                    packaging: Some(text("封筒")),
                    ..body.plan(&[&document])
                },
            )
            .await
            .expect("requested");
        let before = size(&body).await;
        let here = PerformedRequest::Here;
        all_refused(
            &body,
            before,
            vec![
                row(
                    "check-out by somebody who is no operator",
                    body.act("daichi", &tape, tape.take_out()).await,
                    "not-designated",
                    "第9条第1項",
                ),
                row(
                    "hand-over to somebody who is no operator",
                    body.act("aoi", &held, held.offer(body.id("daichi"))).await,
                    "receiver-not-designated",
                    "第9条第1項",
                ),
                row(
                    "registering for another purpose",
                    body.register("aoi", bearing(&body, ItemKind::MagneticTape, data, Some("tax"), 1)).await,
                    "purpose-not-permitted",
                    "第10条",
                ),
                row(
                    "use for another purpose",
                    body.act(
                        "aoi",
                        &document,
                        ActRequest::RecordContents { contents: contents(data, None, 1) },
                    )
                    .await,
                    "purpose-not-permitted",
                    "第10条",
                ),
                row(
                    "bulk check-out without approval",
                    body.act("aoi", &tape, tape.take_out()).await,
                    "permission-missing",
                    "第9条第2項",
                ),
                row(
                    "departure without consents, facts, packaging",
                    body.depart("aoi", id, &held.label).await,
                    "not-ready",
                    "第11条第3項前段",
                ),
                row(
                    "departure of a document without the system manager",
                    body.depart("aoi", half, &document.label).await,
                    "not-ready",
                    "第12条第2項",
                ),
                row(
                    "consent by somebody without a say",
                    body.consent("beni", id).await,
                    "not-approver",
                    "第11条第3項前段",
                ),
                row(
                    "consent to one's own request",
                    body.consent("aoi", id).await,
                    "own-request",
                    "Hokanの規則: 申請した人は承認できない",
                ),
                row(
                    "copying a document",
                    body.copy("aoi", &document, ItemKind::SystemDocument).await,
                    "permission-missing",
                    "第12条第2項",
                ),
                row(
                    "destruction without an order",
                    body.destroy("aoi", &held, "crush", here).await,
                    "permission-missing",
                    "別添1 2Ed",
                ),
                row(
                    "putting away elsewhere",
                    body.act("aoi", &held, held.put_away(body.house.cabinet)).await,
                    "not-ready",
                    "第11条第2項・第12条第1項",
                ),
            ],
        )
        .await;

        body.permit("aoi", &held, WantedRequest::Dispose, "soumu").await;
        let before = size(&body).await;
        all_refused(
            &body,
            before,
            vec![row(
                "destruction in another way",
                body.destroy("aoi", &held, "erase-software", PerformedRequest::Here).await,
                "method-not-allowed",
                "第11条第5項",
            )],
        )
        .await;
    }

    /// 西伊豆町.
    /// req: NI-006 NI-008 NI-037 NI-038 NI-040 NI-042 NI-051 NI-052 NI-053 NI-066 NI-068
    async fn nishi_izu_refuses_what_its_regulation_forbids(db: TestDatabase) {
        let mut body = Body::under(
            &db,
            "nishi-izu",
            &[("jumin", &[("protection-officer", Some(DIVISION))]), ("joho", &[("system-manager", None)])],
        )
        .await;
        body.add("daichi", &[]).await;
        let data = Category::SpecificPersonal;
        let task = Some("ordinance-tasks");
        let usb = body.register("aoi", New::of(ItemKind::UsbMemory, &body)).await.expect("registered");
        let paper = body
            .register("aoi", bearing(&body, ItemKind::PaperRecord, data, task, 9))
            .await
            .expect("registered");
        let filed = stored(&body, bearing(&body, ItemKind::PaperRecord, data, task, 9)).await;
        let taken = stored(&body, bearing(&body, ItemKind::PaperRecord, data, task, 9)).await;
        body.act("aoi", &taken, taken.take_out()).await.expect("within the area");
        let plan = |ground: Option<&str>| PlanRequest {
            ground: ground.map(str::to_owned),
            counterparty: Some(text("静岡県")),
            legal_ground: Some(text("第8号")),
            ..body.plan(&[&paper])
        };
        let id = body.request("aoi", plan(Some("other-body"))).await.expect("requested");
        body.consent("jumin", id).await.expect("instructed");
        let before = size(&body).await;
        let record = || ActRequest::RecordContents { contents: contents(data, task, 9) };
        let connect = WantedRequest::Connect { terminal: usb.id };
        all_refused(
            &body,
            before,
            vec![
                row(
                    "check-out without an exception",
                    body.act("daichi", &filed, filed.take_out()).await,
                    "not-designated",
                    "第6条第2項",
                ),
                row(
                    "registering for no task",
                    body.register("aoi", bearing(&body, ItemKind::PaperRecord, data, None, 1)).await,
                    "purpose-not-permitted",
                    "第29条・第31条",
                ),
                row(
                    "use for another task",
                    body.act("beni", &filed, filed.take_out_for("sales")).await,
                    "purpose-not-permitted",
                    "第29条・第31条",
                ),
                row(
                    "data on a medium that is not authorised",
                    body.act("aoi", &usb, record()).await,
                    "permission-missing",
                    "第18条第1号",
                ),
                row(
                    "a connection without an end",
                    body.ask("aoi", &usb, connect, None).await,
                    "not-ready",
                    "第18条第2号",
                ),
                row(
                    "copying",
                    body.copy("aoi", &paper, ItemKind::PaperRecord).await,
                    "permission-missing",
                    "第6条第4項第1号",
                ),
                row(
                    "putting away without a lock",
                    body.act("aoi", &paper, paper.put_away(body.house.shelf)).await,
                    "home-not-lockable",
                    "第17条第2号",
                ),
                row(
                    "leaving the handling area",
                    body.act("aoi", &taken, taken.put_away(body.house.other_cabinet)).await,
                    "carry-out-needed",
                    "第19条柱書",
                ),
                row(
                    "a carry-out on no ground",
                    body.request("aoi", PlanRequest { items: vec![filed.id], ..plan(None) }).await,
                    "ground-not-permitted",
                    "第19条柱書",
                ),
                row(
                    "a carry-out on another ground",
                    body.request("aoi", PlanRequest { items: vec![filed.id], ..plan(Some("because")) }).await,
                    "ground-not-permitted",
                    "第19条柱書",
                ),
                row(
                    "the exempt route to the outside",
                    body.request(
                        "aoi",
                        PlanRequest {
                            items: vec![filed.id],
                            exempt: Some("resident-network".to_owned()),
                            direction: Direction::Outside,
                            ..plan(None)
                        },
                    )
                    .await,
                    "ground-not-permitted",
                    "第19条柱書",
                ),
                row(
                    "departure of papers neither sealed nor masked",
                    body.depart("aoi", id, &paper.label).await,
                    "not-ready",
                    "別表第2",
                ),
                row(
                    "destruction without permission",
                    body.destroy("aoi", &paper, "shred-paper", PerformedRequest::Here).await,
                    "permission-missing",
                    "第20条柱書",
                ),
                row(
                    "confirming what was not destroyed",
                    body.act("jumin", &paper, ActRequest::ConfirmDisposal { note: None }).await,
                    "not-destroyed",
                    "Hokanの規則: 手順は順に行う",
                ),
            ],
        )
        .await;

        for wanted in [WantedRequest::Use, WantedRequest::Save] {
            body.permit("aoi", &usb, wanted, "jumin").await;
        }
        body.permit("aoi", &paper, WantedRequest::Dispose, "jumin").await;
        let protection = ProtectionRequest { secrecy: SecrecyRequest::None, key_apart: true };
        body.act("aoi", &usb, ActRequest::RecordProtection { protection }).await.expect("as it is");
        let before = size(&body).await;
        all_refused(
            &body,
            before,
            vec![
                row(
                    "data on a medium without protection",
                    body.act("aoi", &usb, record()).await,
                    "protection-missing",
                    "第17条第1号",
                ),
                row(
                    "papers destroyed as media are",
                    body.destroy("aoi", &paper, "destroy", PerformedRequest::Here).await,
                    "method-not-allowed",
                    "第20条",
                ),
            ],
        )
        .await;

        body.act("aoi", &usb, ActRequest::RecordProtection { protection: encrypted() })
            .await
            .expect("encrypted");
        body.act("aoi", &usb, record()).await.expect("permitted and protected");
        body.permit("aoi", &usb, WantedRequest::Dispose, "jumin").await;
        let incident = body.lose("daichi", &filed).await;
        let before = size(&body).await;
        all_refused(
            &body,
            before,
            vec![
                row(
                    "erasing without naming the software",
                    body.act("aoi", &usb, usb.sanitize(erasure("erase-software", None))).await,
                    "tool-missing",
                    "第20条第2号",
                ),
                row(
                    "closing an incident without cause and prevention",
                    body.on_incident("jumin", incident, IncidentActRequest::Close).await,
                    "not-ready",
                    "第10条第6項",
                ),
            ],
        )
        .await;
    }

    /// 養父市.
    /// req: YB-028 YB-032 YB-050
    async fn yabu_refuses_what_its_outline_forbids(db: TestDatabase) {
        let body = Body::under(
            &db,
            "yabu",
            &[("kiki", &[("system-manager", None)]), ("unyo", &[("operation-manager", Some(DIVISION))])],
        )
        .await;
        let usb = body
            .register("aoi", bearing(&body, ItemKind::UsbMemory, Category::Personal, None, 9))
            .await
            .expect("registered");
        let plan = PlanRequest {
            counterparty: Some(text("業者")),
            packaging: Some(text("封筒")),
            due_back: Some(day("2026-10-01")),
            ..body.plan(&[&usb])
        };
        let id = body.request("aoi", plan).await.expect("requested");
        let incident = body
            .lose(
                "beni",
                &body.register("aoi", New::of(ItemKind::UsbMemory, &body)).await.expect("registered"),
            )
            .await;
        body.permit("aoi", &usb, WantedRequest::Dispose, "kiki").await;
        let before = size(&body).await;
        all_refused(
            &body,
            before,
            vec![
                row(
                    "departure without leave",
                    body.depart("aoi", id, &usb.label).await,
                    "not-ready",
                    "第10条第4号",
                ),
                row(
                    "disposal before erasure",
                    body.destroy("aoi", &usb, "shred-flash", PerformedRequest::Here).await,
                    "erasure-missing",
                    "第9条第2号",
                ),
                row(
                    "closing an incident without its cause",
                    body.on_incident("kiki", incident, IncidentActRequest::Close).await,
                    "not-ready",
                    "第12条第2項・第15条第1項",
                ),
            ],
        )
        .await;
    }
}
