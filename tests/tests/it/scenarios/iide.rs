//! 飯豊町: the resident network. Nothing leaves the server room unseen; where the regulation is silent, the national
//! default asks, and says that it is the one who asks.

use hokan_domain::{contents::Category, disposal::Presence, item::ItemKind, profile::Measure};
use hokan_mobile_api::{
    request::{
        ActRequest, CarryOutActRequest, ContentsRequest, HomeRef, IncidentActRequest, ObservedRequest,
        PerformedRequest, PlanRequest, WantedRequest,
    },
    wire::ObservationOutcome,
};
use hokan_tests::{
    body::{Body, Medium, New, contents, day, erasure, lacks, refused, text},
    database::TestDatabase,
    on_both_databases,
};

const NOT_FOR_ONESELF: &str = "Hokanの規則: 申請した人は承認できない";
const IN_ORDER: &str = "Hokanの規則: 手順は順に行う";

async fn iide(db: &TestDatabase) -> Body {
    let mut body = Body::under(
        db,
        "iide",
        &[
            ("fuku", &[("overall-officer", None)]),
            ("jumin", &[("security-officer", None)]),
            ("kikaku", &[("system-manager", None), ("access-manager", None)]),
        ],
    )
    .await;
    body.add("daichi", &[]).await;
    body
}

/// A backup tape in the server room.
async fn backup(body: &Body) -> Medium {
    let data = ContentsRequest {
        recorded_on: Some(body.today()),
        ..contents(Category::IdentityVerification, None, 7_000)
    };
    let new = New::of(ItemKind::MagneticTape, body).with(data).encrypted();
    let tape = body.register("aoi", new).await.expect("registered");
    body.act("aoi", &tape, tape.put_away(body.house.server_cabinet)).await.expect("put away");
    tape
}

on_both_databases! {
    /// Only designated handlers register, take out and receive.
    /// req: II-018
    async fn nobody_but_designated_handlers_handles_a_thing(db: TestDatabase) {
        let body = iide(&db).await;
        let clause = "第7条第1項";
        let new =
            || New::of(ItemKind::PrintOut, &body).with(contents(Category::IdentityVerification, None, 4));
        for who in ["daichi", "jumin", "kansa"] {
            refused(body.register(who, new()).await, "not-designated", clause);
        }
        let print_out = body.register("aoi", new()).await.expect("registered");
        refused(
            body.act("aoi", &print_out, print_out.offer(body.id("daichi"))).await,
            "receiver-not-designated",
            clause,
        );
        body.act("aoi", &print_out, print_out.put_away(body.house.cabinet)).await.expect("put away");
        for who in ["daichi", "jumin", "kikaku"] {
            refused(body.act(who, &print_out, print_out.take_out()).await, "not-designated", clause);
        }
        body.act("beni", &print_out, print_out.take_out()).await.expect("a handler");
        body.is_whole().await;
    }

    /// What lies in the server room does not leave it without a carry-out, not even for the room around it; and
    /// whoever meets it outside raises a discrepancy.
    /// req: II-009
    async fn nothing_leaves_the_server_room_without_a_carry_out(db: TestDatabase) {
        let body = iide(&db).await;
        let tape = backup(&body).await;
        body.act("aoi", &tape, tape.take_out()).await.expect("taken out");
        refused(
            body.act("aoi", &tape, tape.put_away(body.house.cabinet)).await,
            "carry-out-needed",
            "第5条第2項",
        );
        body.act("aoi", &tape, tape.put_away(body.house.server_cabinet)).await.expect("back in its room");
        let seen = ObservedRequest::Seen { home: Some(HomeRef::Id(body.house.cabinet)) };
        let answer = body.observe("beni", &tape, seen, body.now()).await;
        assert_eq!(answer.outcome, ObservationOutcome::RecordedWithDiscrepancy);
        let found = body.discrepancies(&tape).await;
        assert!(found.contains(&"outside-zone".to_owned()), "{found:?}");
        body.is_whole().await;
    }

    /// Who permits a carry-out is not said: the security officer, as the national default has it, and the citation
    /// says that it is the default. What is missing of the protection needs a reason that he saw.
    async fn a_carry_out_follows_the_national_default_and_says_so(db: TestDatabase) {
        let body = iide(&db).await;
        let tape = backup(&body).await;
        body.act("aoi", &tape, tape.take_out()).await.expect("taken out");
        let id = body.request("aoi", body.plan(&[&tape])).await.expect("requested");
        lacks(
            body.depart("aoi", id, &tape.label).await,
            &[
                ("security-officer", "別添1 2B"),
                ("counterparty", "別添1 2Cb"),
                ("locked-container", "別添1 2Ec"),
                ("traceable", "別添1 2Ec"),
            ],
        );
        let refusal = body.consent("kikaku", id).await;
        let refusal = refused(refusal, "not-approver", "別添1 2B");
        assert!(refusal.source.as_deref().is_some_and(|source| source.starts_with("国の標準")), "{refusal}");
        refused(body.consent("aoi", id).await, "own-request", NOT_FOR_ONESELF);
        let plan = PlanRequest {
            counterparty: Some(text("山形県")),
            due_back: Some(day("2026-09-25")),
            instead: vec![
                (Measure::LockedContainer, text("職員二名で運ぶ")),
                (Measure::Traceable, text("職員二名で運ぶ")),
            ],
            ..body.plan(&[&tape])
        };
        body.amend("aoi", id, plan).await.expect("with reasons");
        body.consent("jumin", id).await.expect("the security officer");
        refused(body.depart("beni", id, &tape.label).await, "not-ready", "Hokanの規則: 渡せるのは保持者だけ");
        body.depart("aoi", id, &tape.label).await.expect("nothing is missing");
        body.noon("2026-09-26");
        assert_eq!(body.carry_out("jumin", id).await.overdue_days, Some(1));
        // Whoever carried it came back without it: it is missed.
        let view = body.unpack("aoi", id, None, &[]).await.expect("nothing came").carry_out;
        assert_eq!(view.missing.len(), 1);
        assert_eq!(body.discrepancies(&tape).await, ["missing-at-unpacking"]);
        lacks(body.on("aoi", id, CarryOutActRequest::Close).await, &[("back", IN_ORDER)]);

        // So it is lost, and that is an incident for the officers of the default's chain.
        let incident = body.lose("aoi", &tape).await;
        body.on("aoi", id, CarryOutActRequest::Close).await.expect("its loss was told");
        let view = body.incident("jumin", incident).await;
        assert!(view.items[0].was_encrypted);
        let steps: Vec<_> = view.chain.iter().map(|step| step.step.code.as_str()).collect();
        assert_eq!(steps, ["to-officer", "to-general-officer", "ppc-prompt"]);
        body.tell("aoi", incident, "to-officer").await.expect("told");
        refused(body.tell("kikaku", incident, "to-general-officer").await, "role-missing", "別添2 2A");
        body.tell("jumin", incident, "to-general-officer").await.expect("told");
        refused(body.leave_out("jumin", incident, "ppc-prompt").await, "role-missing", "別添2 3D");
        body.leave_out("fuku", incident, "ppc-prompt").await.expect("encrypted");
        let facts = [("cause", "別添2 2B"), ("damage", "別添2 2C"), ("prevention", "別添2 2D")];
        let both = [("security-officer", "別添2 2D"), ("overall-officer", "別添2 2D")];
        lacks(
            body.on_incident("jumin", incident, IncidentActRequest::Close).await,
            &[facts[0], facts[1], facts[2], both[0], both[1]],
        );
        body.is_whole().await;
    }

    /// Erasure and destruction are those of the national default: on the security officer's order, by a way for the
    /// kind, before a witness.
    async fn disposal_follows_the_national_default(db: TestDatabase) {
        let body = iide(&db).await;
        let tape = backup(&body).await;
        body.act("aoi", &tape, tape.take_out()).await.expect("taken out");
        let here = || PerformedRequest::Here;
        refused(body.destroy("aoi", &tape, "shred-tape", here()).await, "permission-missing", "別添1 2Ed");
        let order = body.ask("aoi", &tape, WantedRequest::Dispose, None).await.expect("asked");
        refused(body.approve("kikaku", &tape, order).await, "not-approver", "別添1 2Ed");
        body.approve("jumin", &tape, order).await.expect("ordered");
        refused(body.destroy("aoi", &tape, "shred-flash", here()).await, "method-not-allowed", "別添1 2Ed");
        // Software alone does not dispose of a medium here.
        body.act("aoi", &tape, tape.sanitize(erasure("degauss", Some("消磁機 D-200"))))
            .await
            .expect("erased");
        refused(body.destroy("aoi", &tape, "degauss", here()).await, "method-not-allowed", "別添1 2Ed");
        body.destroy("aoi", &tape, "shred-tape", here()).await.expect("shredded");
        refused(
            body.act("aoi", &tape, tape.witness(Presence::OnSite)).await,
            "witness-is-operator",
            "Hokanの規則: 作業者と立会者は別の人",
        );
        refused(body.act("kikaku", &tape, tape.witness(Presence::OnSite)).await, "not-approver", "4.8");
        body.act("jumin", &tape, tape.witness(Presence::OnSite)).await.expect("the officer may stand by");
        refused(
            body.act("aoi", &tape, ActRequest::ReportLost { note: None }).await,
            "item-gone",
            "Hokanの規則: 廃棄・引渡し済みのものは操作できない",
        );
        body.is_whole().await;
    }
}
