//! The certificate of destruction: that it says what the ledger says, by the regulation that judged it, and
//! that there is none for what is not so.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{Cursor, Write as _},
    process::{Command, Stdio},
    sync::Arc,
};

use chrono::TimeDelta;
use hokan_domain::{
    contents::Category,
    discrepancy::Outcome,
    disposal::{Presence, Shows, Verification},
    ids::{DeviceId, FileId, ItemId, RequestId},
    item::ItemKind,
    japan_date::{jst, jst_date},
    ledger::checkpoint::Checkpoint,
    person::Part,
    personal_number::CheckedText,
    profile::{Gated, Profile, RoleId},
    text::Lang,
};
use hokan_labels::{
    payload::label_url,
    qr::{Level, Symbol},
    reader::{ReadLimits, read_luma},
};
use hokan_mobile_api::{
    Caller, Problem, ProblemCode,
    request::{
        ActRequest, ContentsRequest, DestructionRequest, ErasureRequest, ObservedRequest, ParsedObservation,
        PerformedRequest, ProtectionRequest, RegisterRequest, SecrecyRequest, WantedRequest,
    },
};
use hokan_server::{
    app::{NewHolding, NewPerson, ProfileText},
    store::settings::Setting,
};
use hokan_tests::{
    database::{Database, TestDatabase},
    on_both_databases,
    photo::render_pdf,
    town::{Town, event, seen},
};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage, imageops};
use sea_orm::{ConnectOptions, ConnectionTrait, DatabaseConnection};
use uuid::Uuid;

/// A body under one of the shipped regulations: three handlers of one division, who may witness each other, and
/// an officer for every role that must approve.
struct Body {
    town: Town,
    profile: Arc<Profile>,
    officers: BTreeMap<RoleId, Caller>,
    registered: usize,
}

fn text(text: &str) -> CheckedText {
    CheckedText::new(text, 200).expect("a harmless text")
}

impl Body {
    async fn under(db: &TestDatabase, regulation: &str) -> Self {
        let town = Town::on(db).await;
        let text = ProfileText::shipped(regulation).expect("it comes with the product");
        let by = town.handlers[0].person.id;
        let profile =
            town.app.adopt_profile(&text, BTreeMap::new(), None, by, event()).await.expect("adopted");
        let division = town.app.add_division("住民課").await.expect("a division");
        let named = town.app.store().write("test.name", |tx| {
            Box::pin(async move { tx.set_setting(Setting::BodyName, "見本町").await })
        });
        named.await.expect("the body has a name");
        let mut roles: BTreeSet<RoleId> = BTreeSet::new();
        for gate in &profile.gates {
            roles.extend(gate.approvers.roles().iter().cloned());
        }
        let mut officers = BTreeMap::new();
        for role in roles.iter().filter(|role| profile.role(role).is_some()) {
            let new = NewPerson {
                login: role.0.clone(),
                name: format!("{} 花子", role.0),
                parts: vec![Part::Approver],
                password: "correct horse battery".to_owned(),
                email: Some(format!("{role}@mihon.example")),
                division: Some(division),
                ..NewPerson::default()
            };
            let id = town.app.add_person(new).await.expect("an officer");
            let per_division = profile.role(role).is_some_and(|role| role.per_division);
            let holding = NewHolding {
                login: role.0.clone(),
                role: role.clone(),
                division: per_division.then(|| "住民課".to_owned()),
                deputy_for: None,
                from: None,
                to: None,
            };
            town.app.grant_role(holding).await.expect("the role is given");
            let account = town.app.store().person(id).await.expect("a database").expect("the officer");
            let caller = Caller { person: account.person, name: account.name, ..town.auditor.clone() };
            officers.insert(role.clone(), caller);
        }
        Self { town, profile, officers, registered: 0 }
    }

    async fn act(&self, by: &Caller, item: ItemId, act: ActRequest) {
        let kind = act.kind();
        let done = self.town.app.act(by, item, event(), act).await;
        done.unwrap_or_else(|problem| panic!("{kind:?}: {problem:?}"));
    }

    /// A little later.
    fn pass(&self) {
        self.town.clock.set(self.town.clock.now() + TimeDelta::minutes(7));
    }

    /// Asks for something and has it granted, where the regulation has a gate before it.
    async fn permit(&self, item: ItemId, gated: Gated, wanted: WantedRequest) -> Option<RequestId> {
        let state = self.town.app.store().item(item).await.expect("a database").expect("the item");
        let gate = self.profile.gate(gated, &state.matter_before(gated))?;
        let act = event();
        let ask = ActRequest::Ask { wanted, reason: text("事務のため"), until: None };
        self.town.app.act(&self.town.handlers[0], item, act, ask).await.expect("asked");
        let roles = gate.approvers.roles();
        let needed = if gate.approvers.needs_all() { roles } else { &roles[..1] };
        for role in needed {
            self.pass();
            let approve = ActRequest::Approve { request: act.into(), note: None };
            self.act(&self.officers[role], item, approve).await;
        }
        Some(act.into())
    }

    /// A hard disk that the first handler holds, permitted to go.
    async fn doomed(&mut self) -> (ItemId, usize) {
        let (item, index) = self.disk().await;
        self.permit(item, Gated::Dispose, WantedRequest::Dispose).await;
        self.pass();
        (item, index)
    }

    /// A hard disk with 12,480 records that the first handler holds.
    async fn disk(&mut self) -> (ItemId, usize) {
        let index = self.registered;
        self.registered += 1;
        let (town, aoi) = (&self.town, &self.town.handlers[0]);
        let division = town.app.add_division("住民課").await.expect("the division");
        let encrypted = SecrecyRequest::Encrypted { tool: text("BitLocker 10"), algorithm: text("AES-256") };
        let registration = RegisterRequest {
            scan: seen(&town.labels[index]),
            kind: ItemKind::HardDisk,
            title: text("業務端末の内蔵ディスク"),
            control_number: Some(text(&format!("住基-HDD-{index:03}"))),
            serial: Some(text(&format!("Y6KTP{index:05}S"))),
            contents: Vec::new(),
            division: Some(division),
            protection: Some(ProtectionRequest { secrecy: encrypted, key_apart: true }),
        };
        let item = town.app.register(aoi, event(), registration).await.expect("registered").item.id;
        self.permit(item, Gated::Use, WantedRequest::Use).await;
        self.permit(item, Gated::Save, WantedRequest::Save).await;
        let day = |day: &str| Some(day.parse().expect("a day"));
        let contents = ContentsRequest {
            category: Category::SpecificPersonal,
            purpose: Some(text("住民税の通知")),
            purpose_code: self.profile.purposes.list.first().map(|purpose| purpose.id.clone()),
            records: Some(12_480),
            recorded_on: day("2026-08-01"),
            received_on: day("2026-08-01"),
            retention: None,
            starts_on: None,
        };
        self.act(aoi, item, ActRequest::RecordContents { contents }).await;
        self.pass();
        (item, index)
    }

    async fn keep(&self, media_type: &'static str, bytes: Vec<u8>) -> FileId {
        let by = self.town.handlers[0].person.id;
        let kept = self
            .town
            .app
            .store()
            .write("test.file", move |tx| Box::pin(async move { tx.add_file(media_type, bytes, by).await }))
            .await;
        kept.expect("kept").id
    }

    async fn destroy(
        &self,
        by: &Caller,
        item: ItemId,
        index: usize,
        method: &str,
        by_whom: PerformedRequest,
    ) {
        let before = self.keep("image/jpeg", photograph(&self.town, index, false)).await;
        let after = self.keep("image/jpeg", photograph(&self.town, index, true)).await;
        let destruction = DestructionRequest {
            method: method.to_owned(),
            performed: by_whom,
            photographs: vec![(before, Shows::Before), (after, Shows::After)],
        };
        let scan = seen(&self.town.labels[index]);
        self.act(by, item, ActRequest::Destroy { destruction, scan }).await;
        self.pass();
    }

    /// What a phone saw without signal an hour before it tells of it.
    async fn observed(&self, by: &Caller, device: DeviceId, index: usize, observed: ObservedRequest) {
        let observation = ParsedObservation {
            event: event(),
            person: None,
            device_seq: 1,
            occurred_at: self.town.clock.now() - TimeDelta::minutes(60),
            scan: seen(&self.town.labels[index]),
            observed,
        };
        let answers = self.town.app.observe(by, device, vec![observation]).await.expect("answers");
        assert!(answers.iter().all(|answer| answer.problem.is_none()), "{answers:?}");
    }

    async fn witness(&self, by: &Caller, item: ItemId, index: usize, presence: Presence) {
        let scan = seen(&self.town.labels[index]);
        self.act(by, item, ActRequest::Witness { presence, photographs: Vec::new(), scan }).await;
        self.pass();
    }

    /// An officer who had no part in it explains what speaks against the evidence.
    async fn settle_doubts(&self, item: ItemId) {
        loop {
            let state = self.town.app.store().item(item).await.expect("a database").expect("the item");
            let Some(finding) =
                state.discrepancies.iter().find(|finding| finding.kind.casts_doubt()).copied()
            else {
                break;
            };
            let gated = Gated::SettleDiscrepancy;
            let gate = self.profile.gate(gated, &state.matter_before(gated)).expect("somebody settles");
            let by = &self.officers[&gate.approvers.roles()[0]];
            let reason = hokan_tests::body::text("本人に確かめた");
            self.act(by, item, ActRequest::SettleDiscrepancy { finding, outcome: Outcome::Upheld, reason })
                .await;
        }
    }

    async fn confirm(&self, item: ItemId) {
        let state = self.town.app.store().item(item).await.expect("a database").expect("the item");
        let gated = Gated::ConfirmDisposal;
        let gate = self.profile.gate(gated, &state.matter_before(gated)).expect("somebody confirms");
        let role = &gate.approvers.roles()[0];
        self.act(&self.officers[role], item, ActRequest::ConfirmDisposal { note: None }).await;
        self.pass();
    }

    async fn certificate(&self, items: &[ItemId], languages: &[Lang]) -> Result<(String, Vec<u8>), Problem> {
        self.town.app.certificate(&self.town.auditor, items, languages).await
    }

    /// The root of the ledger as it is now, as a signed checkpoint says it.
    async fn root(&self) -> String {
        let note = self.town.app.checkpoint().await.expect("a checkpoint").expect("a ledger");
        let keys = [self.town.app.key().signer().expect("a key").verifier()];
        Checkpoint::open(&note, &keys, None).expect("its own signature").root.to_base64()
    }
}

/// A drive on a table, with its label, whole or in pieces.
fn photograph(town: &Town, index: usize, in_pieces: bool) -> Vec<u8> {
    let mut image = RgbImage::from_fn(1200, 900, |x, y| {
        let grain = ((x * 31) ^ (y * 17)) as u8 % 12;
        let cut = in_pieces && (x / 60 + y / 60).is_multiple_of(3);
        match ((180..1020).contains(&x) && (120..780).contains(&y), cut) {
            (true, false) => Rgb([160 + grain, 164 + grain, 170 + grain]),
            _ => Rgb([150 - grain, 118 - grain, 84 - grain]),
        }
    });
    if !in_pieces {
        let code = town.labels[index].as_str().parse().expect("a label's code");
        let symbol = Symbol::encode(&label_url(None, code), Level::M).expect("a short text");
        let (side, pixels) = symbol.to_luma(10);
        let side = u32::try_from(side).expect("a small symbol");
        let label = image::GrayImage::from_raw(side, side, pixels).expect("a square");
        imageops::replace(&mut image, &DynamicImage::ImageLuma8(label).to_rgb8(), 420, 260);
    }
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(image).write_to(&mut bytes, ImageFormat::Jpeg).expect("a picture");
    bytes.into_inner()
}

/// The text of a PDF without white space, which depends on where lines are broken.
fn text_of(pdf: &[u8]) -> String {
    let mut child = Command::new("pdftotext")
        .args(["-raw", "-", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("pdftotext must be installed (package poppler-utils)");
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = pdf.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().expect("pdftotext runs");
    writer.join().expect("the writer").expect("all of it was read");
    assert!(output.status.success());
    packed(&String::from_utf8(output.stdout).expect("UTF-8"))
}

fn packed(text: &str) -> String {
    text.chars().filter(|char| !char.is_whitespace()).collect()
}

#[track_caller]
fn says(pdf: &[u8], parts: &[&str]) {
    let text = text_of(pdf);
    for part in parts {
        assert!(text.contains(&packed(part)), "{part} is not in {text}");
    }
}

/// What the symbols on a PDF say.
fn symbols(pdf: &[u8]) -> Vec<String> {
    let limits = ReadLimits { time_budget: std::time::Duration::from_secs(60), ..ReadLimits::default() };
    let pages = render_pdf(pdf, 200).expect("pdftoppm renders it");
    let codes = pages.iter().flat_map(|page| {
        read_luma(page.width(), page.height(), page.as_raw(), &limits).expect("a page").codes
    });
    codes.map(|found| found.text).collect()
}

async fn administrator(db: &TestDatabase) -> DatabaseConnection {
    let mut options = ConnectOptions::new(db.url());
    options.max_connections(1).sqlx_logging(false);
    sea_orm::Database::connect(options).await.expect("the administrator's own connection")
}

on_both_databases! {
    /// Crushed under the association's regulation: refused until somebody stood by, then on paper with
    /// operator, witness, method, clause, permission and the ledger's root, in Japanese and in English.
    /// req: NG-041
    async fn a_crushed_disk_is_certified_once_it_was_witnessed(db: TestDatabase) {
        let mut body = Body::under(&db, "nagasaki-kyosai").await;
        let (item, index) = body.doomed().await;
        let refused = body.certificate(&[item], &[Lang::Ja]).await.expect_err("it is whole");
        assert_eq!(refused.code, "not-destroyed");
        let [aoi, beni] = [0, 1].map(|at| body.town.handlers[at].clone());
        body.destroy(&aoi, item, index, "crush", PerformedRequest::Here).await;
        let refused = body.certificate(&[item], &[Lang::Ja]).await.expect_err("nobody saw it");
        assert_eq!(refused.code, "not-witnessed");
        assert_eq!(refused.item.as_ref().map(|card| card.id), Some(item));
        body.witness(&beni, item, index, Presence::OnSite).await;

        let (number, pdf) = body.certificate(&[item], &[Lang::Ja, Lang::En]).await.expect("a certificate");
        assert!(number.starts_with("廃棄-令和8-") && number.len() == "廃棄-令和8-000000".len(), "{number}");
        let root = body.root().await;
        says(&pdf, &[
            &number, "廃棄証明書", "住基-HDD-000", "Y6KTP00000S", "ハードディスク", "住民課", "12,480",
            "見本町", "破壊（Destroy）", "破砕", "立会者が現地で確認", "第11条第5項", "aoiさん", "beniさん", "取扱担当者", "利用者:aoi",
            "利用者:beni", "現地で立ち会った", "data-manager花子", "住民課本人確認情報管理責任者", "令和8年9月",
            "作業前・製造番号Y6KTP00000S", "作業後", "年金給付", &root,
            "Certificate of Sanitization and Destruction", "crushing", "Hard disk", "Present on site",
            "Before, serial number Y6KTP00000S",
        ]);
        let state = body.town.app.store().item(item).await.expect("a database").expect("the item");
        let events = [state.disposal.destroyed.map(|done| done.event), state.disposal.witnessed.first().map(|done| done.event)];
        for event in events {
            says(&pdf, &[&event.expect("it happened").to_string()]);
        }
        says(&pdf, &[&state.disposal.request.expect("permitted").to_string()]);
        let note = body.town.app.checkpoint().await.expect("a checkpoint").expect("a ledger");
        assert_eq!(symbols(&pdf).iter().filter(|text| **text == note).count(), 2, "one in each language");

        let (again, _) = body.certificate(&[item, item], &[]).await.expect("the same again");
        assert_eq!(again, number);
    }

    /// Destroyed by a contractor under the town's regulation: no certificate by the contractor's word alone;
    /// once somebody of the town made sure, one that says how, and whether the officer has confirmed it.
    /// req: NI-057
    async fn what_a_contractor_destroyed_is_certified_by_somebody_of_the_town(db: TestDatabase) {
        let mut body = Body::under(&db, "nishi-izu").await;
        let [aoi, beni] = [0, 1].map(|at| body.town.handlers[at].clone());
        let (item, index) = body.doomed().await;
        let copy = body.keep("application/pdf", b"%PDF-1.7 MR-2026-00871".to_vec()).await;
        let contractor = PerformedRequest::Delegated {
            contractor: text("見本リサイクル"),
            certificate: Some(text("MR-2026-00871")),
            file: Some(copy),
        };
        body.destroy(&aoi, item, index, "destroy", contractor).await;
        let refused = body.certificate(&[item], &[Lang::Ja]).await.expect_err("the contractor's word alone");
        assert_eq!(refused.code, "not-witnessed");
        assert!(refused.source.as_ref().is_some_and(|source| source.contains("第20条第4号")), "{refused:?}");
        body.witness(&beni, item, index, Presence::Certificate).await;

        let (number, pdf) = body.certificate(&[item], &[Lang::Ja]).await.expect("a certificate");
        says(&pdf, &[
            "見本リサイクル", "MR-2026-00871", "受託者の証明書のみにより確認した", "aoiさん", "beniさん",
            "物理的な破壊", "第20条第2号", "第20条第4号", "第20条柱書", "令和2年規程第2号", "（未確認）",
            "受託者の証明書の写し", &copy.to_string(), &body.root().await,
        ]);
        body.confirm(item).await;
        let (again, pdf) = body.certificate(&[item], &[Lang::Ja]).await.expect("a certificate");
        assert_eq!(again, number, "more is known of the same destruction");
        says(&pdf, &["住民課保護責任者", "protection-officer花子", "利用者:protection-officer",
            "protection-officer@mihon.example"]);
        assert!(!text_of(&pdf).contains("（未確認）"));
    }

    /// Erased by software, which is enough for the town: the tool and what came of looking are told.
    async fn an_erasure_is_told_with_its_tool_and_its_outcome(db: TestDatabase) {
        let mut body = Body::under(&db, "nishi-izu").await;
        let [aoi, beni] = [0, 1].map(|at| body.town.handlers[at].clone());
        let (item, index) = body.doomed().await;
        for verification in [Verification::Failed, Verification::Full] {
            let erasure = ErasureRequest {
                method: "erase-software".to_owned(),
                tool: Some(text("消去ソフト 2.4.1")),
                verification,
            };
            let scan = seen(&body.town.labels[index]);
            body.act(&aoi, item, ActRequest::Sanitize { erasure, scan }).await;
            body.pass();
        }
        body.destroy(&aoi, item, index, "erase-software", PerformedRequest::Here).await;
        body.witness(&beni, item, index, Presence::OnSite).await;
        body.confirm(item).await;
        let (_, pdf) = body.certificate(&[item], &[Lang::Ja]).await.expect("a certificate");
        says(&pdf, &[
            "除去（Purge）", "専用データ削除ソフトウェアの利用", "消去ソフト2.4.1", "全部の再読取り", "データなし",
            "12,480",
        ]);
        assert!(!text_of(&pdf).contains("の後）"), "one method, told once");
    }

    /// Items of one act stand in one form and others in forms of their own; the number does not depend on the
    /// order in which they are named.
    async fn several_items_have_one_certificate(db: TestDatabase) {
        let mut body = Body::under(&db, "nagasaki-kyosai").await;
        let [aoi, beni, chika] = [0, 1, 2].map(|at| body.town.handlers[at].clone());
        // The next morning, so that all of them end on one day.
        body.town.clock.set(body.town.clock.now() + TimeDelta::hours(10));
        let mut items = Vec::new();
        for witness in [&beni, &beni, &chika] {
            let (item, index) = body.doomed().await;
            body.destroy(&aoi, item, index, "crush", PerformedRequest::Here).await;
            body.witness(witness, item, index, Presence::OnSite).await;
            items.push(item);
        }
        let (whole, index) = body.doomed().await;
        let refused = body.certificate(&[items[0], whole], &[Lang::Ja]).await.expect_err("one is whole");
        assert_eq!(refused.code, "not-destroyed", "all or none");
        body.destroy(&aoi, whole, index, "crush", PerformedRequest::Here).await;

        let (number, pdf) = body.certificate(&items, &[Lang::Ja]).await.expect("a certificate");
        assert!(number.contains("外2点-"), "{number}");
        says(&pdf, &[
            &format!("{number}（1/2）"), &format!("{number}（2/2）"), "住基-HDD-000", "住基-HDD-001", "住基-HDD-002",
            "以上2点", "24,960", "許可第", "ほか1件（各媒体の備考）", "住基-HDD-001作業前・製造番号Y6KTP00001S", "chikaさん",
        ]);
        let backwards: Vec<_> = items.iter().rev().copied().collect();
        assert_eq!(body.certificate(&backwards, &[Lang::En]).await.expect("a certificate").0, number);
        let (pair, _) = body.certificate(&items[..2], &[Lang::Ja]).await.expect("a certificate");
        let (other, _) = body.certificate(&[items[0], items[2]], &[Lang::Ja]).await.expect("a certificate");
        assert_ne!(pair, other, "two sets with the same first and as many items");
        let none = body.certificate(&[], &[Lang::Ja]).await.expect_err("nothing to certify");
        assert!(none.is(ProblemCode::BadRequestBody));
    }

    /// What phones told of later bears the moment at which they saw it and their names; what went without
    /// permission says so, and whatever register and world disagree about.
    async fn what_phones_saw_is_told_with_its_gaps(db: TestDatabase) {
        let mut body = Body::under(&db, "nagasaki-kyosai").await;
        let [aoi, beni] = [0, 1].map(|at| body.town.handlers[at].clone());
        let (item, index) = body.disk().await;
        body.town.clock.set(body.town.clock.now() + TimeDelta::hours(12));
        let [his, hers] = [7, 8].map(|number| DeviceId(Uuid::from_u128(number)));
        let witnessed = ObservedRequest::Witnessed { presence: Presence::OnSite, photographs: Vec::new() };
        body.observed(&beni, hers, index, witnessed).await;
        let destruction = DestructionRequest {
            method: "crush".to_owned(),
            performed: PerformedRequest::Here,
            photographs: Vec::new(),
        };
        body.observed(&aoi, his, index, ObservedRequest::Destroyed { destruction }).await;
        let refused = body.certificate(&[item], &[Lang::Ja]).await.expect_err("nobody had ordered it");
        assert_eq!(refused.code, "evidence-in-doubt");
        body.settle_doubts(item).await;
        let (_, pdf) = body.certificate(&[item], &[Lang::Ja]).await.expect("a certificate");
        let occurred = jst(body.town.clock.now() - TimeDelta::minutes(60)).format("%-H時%M分").to_string();
        says(&pdf, &[&his.to_string(), &hers.to_string(), &occurred, "許可の番号（記録なし）"]);
        let state = body.town.app.store().item(item).await.expect("a database").expect("the item");
        for finding in &state.discrepancies {
            says(&pdf, &[&format!("未処理の食い違い: {}", finding.kind.sentence(Lang::Ja))]);
        }

        // A way that the regulation does not know is evidence, but nothing to certify.
        let (item, index) = body.disk().await;
        let destruction = DestructionRequest {
            method: "eaten".to_owned(),
            performed: PerformedRequest::Here,
            photographs: Vec::new(),
        };
        body.observed(&aoi, his, index, ObservedRequest::Destroyed { destruction }).await;
        let witnessed = ObservedRequest::Witnessed { presence: Presence::OnSite, photographs: Vec::new() };
        body.observed(&beni, hers, index, witnessed).await;
        body.settle_doubts(item).await;
        let refused = body.certificate(&[item], &[Lang::Ja]).await.expect_err("no such way");
        assert_eq!(refused.code, "method-not-allowed");
    }

    /// Whoever alters a photograph, a text or an entry in the database gets no certificate out of it.
    async fn altered_evidence_makes_no_certificate(db: TestDatabase) {
        let mut body = Body::under(&db, "nagasaki-kyosai").await;
        let [aoi, beni] = [0, 1].map(|at| body.town.handlers[at].clone());
        let (item, index) = body.doomed().await;
        body.destroy(&aoi, item, index, "crush", PerformedRequest::Here).await;
        body.witness(&beni, item, index, Presence::OnSite).await;
        body.certificate(&[item], &[Lang::Ja]).await.expect("nothing is altered yet");
        let connection = administrator(&db).await;
        let (disarm, same_length): (&[&str], &str) = match db.kind() {
            Database::Sqlite => {
                (&["DROP TRIGGER ledger_entry_no_update"], "UPDATE file SET bytes = zeroblob(length(bytes))")
            }
            Database::Postgres => (
                &["ALTER TABLE ledger_entry DISABLE TRIGGER ALL"],
                "UPDATE file SET bytes = decode(repeat('00', length(bytes)), 'hex')",
            ),
        };
        for statement in disarm {
            connection.execute_unprepared(statement).await.expect(statement);
        }
        let serial = "UPDATE note_text SET body = 'Y6KTP99999S' WHERE body = 'Y6KTP00000S'";
        let operator = "UPDATE ledger_entry SET body = replace(body, 'crush', 'burnt') WHERE kind = 'destroyed'";
        for (table, alteration, column) in [
            ("file", same_length, "bytes"),
            ("note_text", serial, "body"),
            ("ledger_entry", operator, "body"),
        ] {
            let key = if table == "ledger_entry" { "seq" } else { "id" };
            for statement in [&format!("CREATE TABLE kept AS SELECT * FROM {table}"), alteration] {
                connection.execute_unprepared(statement).await.expect(statement);
            }
            let refused = body.certificate(&[item], &[Lang::Ja]).await.expect_err(alteration);
            assert!(refused.is(ProblemCode::Internal), "{alteration}: {refused:?}");
            assert!(refused.incident.is_some(), "the log says which");
            for statement in [
                format!("UPDATE {table} SET {column} = (SELECT {column} FROM kept WHERE kept.{key} = {table}.{key})"),
                "DROP TABLE kept".to_owned(),
            ] {
                connection.execute_unprepared(&statement).await.expect(&statement);
            }
            body.certificate(&[item], &[Lang::Ja]).await.expect("all was put back");
        }
    }

    /// What was destroyed under one regulation is certified by it, also when another is in force.
    async fn the_regulation_that_judged_it_is_cited(db: TestDatabase) {
        let mut body = Body::under(&db, "nagasaki-kyosai").await;
        let [aoi, beni] = [0, 1].map(|at| body.town.handlers[at].clone());
        let (item, index) = body.doomed().await;
        body.destroy(&aoi, item, index, "crush", PerformedRequest::Here).await;
        body.witness(&beni, item, index, Presence::OnSite).await;
        let (number, _) = body.certificate(&[item], &[Lang::Ja]).await.expect("a certificate");
        let later = ProfileText::shipped("nishi-izu").expect("it comes with the product");
        let today = jst_date(body.town.clock.now());
        let adopted = body.town.app.adopt_profile(&later, BTreeMap::new(), Some(today), aoi.person.id, event());
        let adopted = adopted.await.expect("adopted");
        assert_eq!(body.town.app.profile().digest, adopted.digest);
        let (again, pdf) = body.certificate(&[item], &[Lang::Ja]).await.expect("a certificate");
        assert_eq!(again, number);
        says(&pdf, &[&body.profile.title.ja, "第11条第5項", "本人確認情報管理責任者"]);
        assert!(!text_of(&pdf).contains("西伊豆町"));
    }
}
