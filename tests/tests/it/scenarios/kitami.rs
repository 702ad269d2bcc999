//! 北見市: who may operate which system, and for what. On media the rules are silent, so the national default asks.

use hokan_domain::{contents::Category, disposal::Presence, item::ItemKind};
use hokan_mobile_api::request::{ActRequest, ContentsRequest, PerformedRequest, PlanRequest, WantedRequest};
use hokan_tests::{
    body::{Body, DIVISION, Medium, New, OTHER_DIVISION, contents, day, lacks, refused, text},
    database::TestDatabase,
    on_both_databases,
};

/// The three purposes of 第10条.
const PURPOSES: [&str; 3] = ["own-tasks", "training", "as-the-officer-finds"];
const HANDLERS_ONLY: &str = "Hokanの規則: 保管は指定された担当者に限る";
const NOT_FOR_ONESELF: &str = "Hokanの規則: 申請した人は承認できない";

async fn kitami(db: &TestDatabase) -> Body {
    let mut body = Body::under(
        db,
        "kitami",
        &[
            ("shimin", &[("security-officer", Some(DIVISION))]),
            ("zeimu", &[("security-officer", Some(OTHER_DIVISION))]),
            ("joho", &[("cokas-manager", None), ("information-systems-head", None)]),
            ("soukatsu", &[("general-officer", None)]),
        ],
    )
    .await;
    body.add("daichi", &[]).await;
    body
}

async fn disc(body: &Body) -> Medium {
    let data = ContentsRequest {
        recorded_on: Some(body.today()),
        ..contents(Category::SpecificPersonal, Some("own-tasks"), 50)
    };
    let new = New::of(ItemKind::OpticalDisc, body).with(data).encrypted();
    body.register("aoi", new).await.expect("registered")
}

on_both_databases! {
    /// Data is recorded and used for one's own tasks, for training, or as the officer finds necessary, and for
    /// nothing else.
    /// req: KT-038
    async fn data_is_used_for_the_three_purposes_only(db: TestDatabase) {
        let body = kitami(&db).await;
        let new = |purpose| {
            New::of(ItemKind::PaperRecord, &body).with(contents(Category::SpecificPersonal, purpose, 5))
        };
        refused(body.register("aoi", new(None)).await, "purpose-not-permitted", "第10条");
        refused(body.register("aoi", new(Some("curiosity"))).await, "purpose-not-permitted", "第10条");
        refused(body.register("daichi", new(Some("own-tasks"))).await, "not-designated", HANDLERS_ONLY);
        for purpose in PURPOSES {
            let paper = body.register("aoi", new(Some(purpose))).await.expect("one of the three");
            body.act("aoi", &paper, paper.put_away(body.house.cabinet)).await.expect("put away");
            refused(
                body.act("aoi", &paper, paper.take_out_for("curiosity")).await,
                "purpose-not-permitted",
                "第10条",
            );
            for purpose in PURPOSES {
                body.act("beni", &paper, paper.take_out_for(purpose)).await.expect("one of the three");
                body.act("beni", &paper, paper.put_away(body.house.cabinet)).await.expect("back");
            }
        }
        body.is_whole().await;
    }

    /// The security officer of the division stands for the protection officer of the national default, which is what
    /// is cited for carry-outs and disposals.
    async fn the_divisions_officer_approves_what_the_national_default_asks_for(db: TestDatabase) {
        let body = kitami(&db).await;
        let disc = disc(&body).await;
        refused(
            body.act("aoi", &disc, disc.put_away(body.house.shelf)).await,
            "home-not-lockable",
            "別添1 2Eb",
        );
        body.act("aoi", &disc, disc.put_away(body.house.cabinet)).await.expect("behind a lock");
        body.act("aoi", &disc, disc.take_out()).await.expect("taken out");
        refused(
            body.act("aoi", &disc, disc.put_away(body.house.other_cabinet)).await,
            "carry-out-needed",
            "別添1 2Ec",
        );
        refused(body.copy("aoi", &disc, ItemKind::OpticalDisc).await, "permission-missing", "別添1 2B");

        let plan = PlanRequest {
            counterparty: Some(text("北海道")),
            container: Some(body.container),
            tracking: Some(text("42-7")),
            due_back: Some(day("2026-09-30")),
            ..body.plan(&[&disc])
        };
        let id = body.request("aoi", plan).await.expect("requested");
        for who in ["zeimu", "joho", "soukatsu"] {
            let refusal = refused(body.consent(who, id).await, "not-approver", "別添1 2B");
            assert!(refusal.detail.contains("情報セキュリティ責任者"), "{refusal}");
        }
        refused(body.consent("aoi", id).await, "own-request", NOT_FOR_ONESELF);
        body.consent("shimin", id).await.expect("the division's own officer");
        body.act("aoi", &disc, disc.put_away(body.case())).await.expect("packed");
        lacks(body.depart("aoi", id, &body.container_label).await, &[("lock", "別添1 2Ec")]);
        body.lock("aoi", "S-1", Some(id)).await.expect("locked");
        body.depart("aoi", id, &body.container_label).await.expect("nothing is missing");
        body.pass(30);
        body.arrive("aoi", id, Some("S-2")).await.expect("evidence is not refused");
        assert_eq!(body.discrepancies(&disc).await, ["seal-mismatch"]);
        body.unpack("aoi", id, Some("S-2"), &[&disc]).await.expect("back");

        let order = body.ask("aoi", &disc, WantedRequest::Dispose, None).await.expect("asked");
        refused(body.approve("zeimu", &disc, order).await, "not-approver", "別添1 2Ed");
        refused(
            body.destroy("aoi", &disc, "shred-disc", PerformedRequest::Here).await,
            "permission-missing",
            "別添1 2Ed",
        );
        body.approve("shimin", &disc, order).await.expect("ordered");
        let hold = body
            .act("shimin", &disc, ActRequest::PlaceHold { reason: text("調査のため") })
            .await
            .expect("held")
            .holds;
        refused(
            body.destroy("aoi", &disc, "shred-disc", PerformedRequest::Here).await,
            "on-hold",
            "Hokanの規則: 手順は順に行う",
        );
        let lift = ActRequest::LiftHold { hold: hold[0].id, reason: text("調査を終えた") };
        refused(body.act("joho", &disc, lift.clone()).await, "not-approver", "第4-3-(4)B");
        body.act("shimin", &disc, lift).await.expect("lifted");
        body.destroy("aoi", &disc, "shred-disc", PerformedRequest::Here).await.expect("ordered");
        body.act("beni", &disc, disc.witness(Presence::OnSite)).await.expect("another handler");
        body.is_whole().await;
    }
}
