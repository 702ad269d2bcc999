//! The bodies of the document and what reads them agree, field by field.

use hokan_domain::{
    carry_out::CarryOutActKind,
    container::ContainerActKind,
    contents::Category,
    custody::ActKind,
    discrepancy::{FindingKind, Outcome},
    disposal::{Presence, Shows, Verification},
    event::{Receiver, ScanMethod},
    ids::{CarryOutId, ContentsId, ContractId, DeviceId, FileId, HandOverId, HoldId, ItemId, RequestId},
    incident::{IncidentActKind, IncidentKind},
    item::ItemKind,
    label::ReplaceReason,
    place::Home,
    profile::{Channel, Direction, Gravity, Measure},
};
use hokan_labels::LabelCode;
use hokan_mobile_api::wire::{
    ActBody, CarryOutActBody, CarryOutBody, CarryOutStepBody, ContainerActBody, ContainerStepBody,
    ContentsBody, CopyBody, DestructionBody, ErasureBody, IncidentActBody, IncidentStepBody, InsteadBody,
    ItemActBody, ObservationBody, ObservationsBody, ObservedBody, OpenIncidentBody, OpeningBody, Pair,
    PhotographBody, PlanBody, Proof, ProtectionBody, RegisterBody, ScanBody, SecondStep, SecrecyBody, SignIn,
    WantedBody,
};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    fake::{PAIRING, SATO, SUZUKI, container, division, label, person, place, start},
    flow::registered,
    phone::{Phone, event, server},
};

fn scan() -> ScanBody {
    ScanBody { code: label(1).to_string(), method: ScanMethod::Camera }
}

fn text() -> Option<String> {
    Some("x".to_owned())
}

fn words() -> String {
    "x".to_owned()
}

fn day() -> chrono::NaiveDate {
    "2026-04-01".parse().unwrap()
}

fn contents() -> ContentsBody {
    ContentsBody {
        category: Category::Personal,
        purpose: text(),
        purpose_code: text(),
        records: Some(1),
        recorded_on: Some(day()),
        received_on: Some(day()),
        retention: text(),
        starts_on: Some(day()),
    }
}

fn protection() -> ProtectionBody {
    let secrecy = SecrecyBody::Encrypted { tool: words(), algorithm: words() };
    ProtectionBody { secrecy, key_apart: true }
}

fn erasure() -> ErasureBody {
    ErasureBody { method: words(), tool: text(), verification: Verification::Full }
}

fn photographs() -> Vec<PhotographBody> {
    [Shows::Before, Shows::After].map(|shows| PhotographBody { file: FileId(Uuid::nil()), shows }).into()
}

fn destruction() -> DestructionBody {
    DestructionBody {
        method: words(),
        contractor: text(),
        certificate: text(),
        certificate_file: Some(FileId(Uuid::nil())),
        photographs: photographs(),
    }
}

fn wanted() -> Vec<WantedBody> {
    let contents = ContentsId(Uuid::nil());
    vec![
        WantedBody::Copy { contents: vec![contents] },
        WantedBody::Save {},
        WantedBody::Connect { terminal: ItemId(Uuid::nil()) },
        WantedBody::Use {},
        WantedBody::Bulk { records: 1 },
        WantedBody::Handle { person: person(SUZUKI) },
        WantedBody::Disclose { to: words() },
        WantedBody::Dispose {},
        WantedBody::Extend { contents, until_on: day() },
    ]
}

/// One of each act with every field that it has.
fn act(kind: ActKind) -> Vec<ItemActBody> {
    let (hand_over, contents_id) = (HandOverId(Uuid::nil()), ContentsId(Uuid::nil()));
    let (request, scan) = (RequestId(Uuid::nil()), scan());
    let one = match kind {
        ActKind::Offer => {
            ItemActBody::Offer { to: Receiver::Person(person(SUZUKI)), note: text(), scan: Some(scan) }
        }
        ActKind::Accept => ItemActBody::Accept { hand_over, scan },
        ActKind::Refuse => ItemActBody::Refuse { hand_over, note: text() },
        ActKind::Withdraw => ItemActBody::Withdraw { hand_over },
        ActKind::PutAway => ItemActBody::PutAway { home: Some(Home::Place(place())), home_code: None, scan },
        ActKind::TakeOut => ItemActBody::TakeOut { scan, purpose: text() },
        ActKind::ReplaceLabel => {
            ItemActBody::ReplaceLabel { code: scan.code, reason: ReplaceReason::Damaged }
        }
        ActKind::RecordContents => ItemActBody::RecordContents { contents: contents() },
        ActKind::Assign => ItemActBody::Assign { division: Some(division()) },
        ActKind::DesignateHome => ItemActBody::DesignateHome { home: Some(place()), home_code: None },
        ActKind::RecordProtection => {
            let secrecy = [SecrecyBody::None {}, SecrecyBody::PasswordOnly {}, protection().secrecy];
            return secrecy
                .map(|secrecy| ItemActBody::RecordProtection {
                    protection: ProtectionBody { secrecy, key_apart: false },
                })
                .into();
        }
        ActKind::EraseContents => ItemActBody::EraseContents { contents: contents_id, erasure: erasure() },
        ActKind::RecordRetentionEvent => {
            ItemActBody::RecordRetentionEvent { contents: contents_id, event: words(), on: day() }
        }
        ActKind::Ask => {
            let ask = |wanted| ItemActBody::Ask { wanted, reason: words(), until: Some(day()) };
            return wanted().into_iter().map(ask).collect();
        }
        ActKind::Approve => ItemActBody::Approve { request, note: text() },
        ActKind::TurnDown => ItemActBody::TurnDown { request, reason: words() },
        ActKind::WithdrawRequest => ItemActBody::WithdrawRequest { request },
        ActKind::EndPermission => ItemActBody::EndPermission { request, reason: words() },
        ActKind::PlaceHold => ItemActBody::PlaceHold { reason: words() },
        ActKind::LiftHold => ItemActBody::LiftHold { hold: HoldId(Uuid::nil()), reason: words() },
        ActKind::Sanitize => ItemActBody::Sanitize { erasure: erasure(), scan },
        ActKind::Destroy => ItemActBody::Destroy { destruction: destruction(), scan },
        ActKind::Witness => {
            ItemActBody::Witness { presence: Presence::OnSite, photographs: photographs(), scan }
        }
        ActKind::ConfirmDisposal => ItemActBody::ConfirmDisposal { note: text() },
        ActKind::ReportFault => ItemActBody::ReportFault { note: text(), scan: Some(scan) },
        ActKind::CheckFault => ItemActBody::CheckFault { faulty: true, note: text(), scan },
        ActKind::ReportLost => ItemActBody::ReportLost { note: text() },
        ActKind::ReportFound => ItemActBody::ReportFound { scan },
        ActKind::SettleDiscrepancy => ItemActBody::SettleDiscrepancy {
            finding_event: event(50),
            finding_kind: FindingKind::SeenElsewhere,
            outcome: Some(Outcome::Dismissed),
            reason: words(),
        },
    };
    vec![one]
}

fn plan(item: ItemId) -> PlanBody {
    PlanBody {
        items: vec![item],
        ground: text(),
        exempt: text(),
        counterparty: text(),
        contract: Some(ContractId(Uuid::nil())),
        legal_ground: Some("第9号".to_owned()),
        direction: Direction::Outside,
        channel: Channel::Hand,
        destination: text(),
        transport: text(),
        tracking: text(),
        route: text(),
        due_back: Some(day()),
        for_good: false,
        packaging: text(),
        sealed: true,
        masked: true,
        container: Some(container()),
        instead: vec![InsteadBody { measure: Measure::Traceable, reason: words() }],
    }
}

fn carry_out_act(kind: CarryOutActKind, item: ItemId) -> Option<CarryOutStepBody> {
    Some(match kind {
        // It has an address of its own.
        CarryOutActKind::Request => return None,
        CarryOutActKind::Amend => CarryOutStepBody::Amend { plan: Box::new(plan(item)) },
        CarryOutActKind::Approve => CarryOutStepBody::Approve { role: text(), note: text() },
        CarryOutActKind::TurnDown => CarryOutStepBody::TurnDown { reason: words() },
        CarryOutActKind::Withdraw => CarryOutStepBody::Withdraw {},
        CarryOutActKind::Depart => CarryOutStepBody::Depart { scan: Some(scan()) },
        CarryOutActKind::Arrive => CarryOutStepBody::Arrive { lock_seen: text(), receipt: text() },
        CarryOutActKind::Unpack => CarryOutStepBody::Unpack {
            found: vec![scan()],
            opened: Some(OpeningBody { number_seen: words(), scan: scan() }),
            more_to_come: true,
        },
        CarryOutActKind::Deliver => CarryOutStepBody::Deliver { receipt: words() },
        CarryOutActKind::Close => CarryOutStepBody::Close {},
    })
}

fn container_act(kind: ContainerActKind) -> ContainerStepBody {
    match kind {
        ContainerActKind::Lock => ContainerStepBody::Lock {
            number: words(),
            scan: scan(),
            carry_out: Some(CarryOutId(Uuid::nil())),
        },
        ContainerActKind::Open => ContainerStepBody::Open { number_seen: words(), scan: scan() },
    }
}

fn incident_act(kind: IncidentActKind, item: ItemId) -> IncidentStepBody {
    match kind {
        IncidentActKind::Tell => IncidentStepBody::Tell { step: words(), at: Some(start()), note: text() },
        IncidentActKind::LeaveOut => IncidentStepBody::LeaveOut { step: words(), reason: words() },
        IncidentActKind::Contain => IncidentStepBody::Contain { measure: words() },
        IncidentActKind::Instruct => IncidentStepBody::Instruct { instruction: words() },
        IncidentActKind::AddItem => IncidentStepBody::AddItem { item },
        IncidentActKind::SetGravity => IncidentStepBody::SetGravity {
            gravity: Gravity::Grave,
            attack: true,
            malicious: false,
            reason: text(),
        },
        IncidentActKind::StateContent => IncidentStepBody::StateContent { content: words() },
        IncidentActKind::StateCause => IncidentStepBody::StateCause { cause: words() },
        IncidentActKind::StateDamage => IncidentStepBody::StateDamage { damage: words() },
        IncidentActKind::StatePrevention => IncidentStepBody::StatePrevention { prevention: words() },
        IncidentActKind::Count => IncidentStepBody::Count { persons: 1 },
        IncidentActKind::Publish => IncidentStepBody::Publish { on: day(), note: text() },
        IncidentActKind::NotifyPerson => IncidentStepBody::NotifyPerson { persons: 1, note: text() },
        IncidentActKind::ApproveClosing => IncidentStepBody::ApproveClosing {},
        IncidentActKind::Close => IncidentStepBody::Close {},
        IncidentActKind::Reopen => IncidentStepBody::Reopen { reason: words() },
    }
}

fn observed() -> Vec<ObservedBody> {
    let home = Some(Home::Place(place()));
    let carry_out = Some(CarryOutId(Uuid::nil()));
    vec![
        ObservedBody::Offered { to: Receiver::AnyHandler },
        ObservedBody::Accepted { hand_over: Some(HandOverId(Uuid::nil())), from: Some(person(SUZUKI)) },
        ObservedBody::Refused { hand_over: Some(HandOverId(Uuid::nil())), note: text() },
        ObservedBody::PutAway { home, home_code: None },
        ObservedBody::TakenOut {},
        ObservedBody::Seen { home, home_code: None },
        ObservedBody::Departed { carry_out },
        ObservedBody::Returned { carry_out },
        ObservedBody::Sanitized { erasure: erasure() },
        ObservedBody::Destroyed { destruction: destruction() },
        ObservedBody::Witnessed { presence: Presence::Photograph, photographs: photographs() },
        ObservedBody::FaultReported { note: text() },
        ObservedBody::FaultChecked { faulty: false, note: text() },
        ObservedBody::LostReported { note: text() },
        ObservedBody::Found {},
    ]
}

/// The field that the reader complains about, if it does.
async fn complaint(phone: &Phone, path: &str, body: &Value) -> Option<(String, String)> {
    let reply = phone.post(path, body).await;
    let problem = reply.json();
    if path == "/observations?lang=en" {
        let problem = &problem["answers"][0]["problem"];
        (problem["code"] == "bad-request-body").then(|| parts(problem))
    } else {
        (problem["code"] == "bad-request-body").then(|| parts(&problem))
    }
}

fn parts(problem: &Value) -> (String, String) {
    let text = |key: &str| problem[key].as_str().unwrap().to_owned();
    (text("field"), text("detail"))
}

/// The reader takes the whole body, and asks for no field that the body does not have.
async fn agrees(phone: &Phone, path: &str, body: impl Serialize, wrap: impl Fn(Value) -> Value) {
    let body = serde_json::to_value(body).unwrap();
    assert_eq!(complaint(phone, path, &wrap(body.clone())).await, None, "{body}");
    let mut odd = body.clone();
    odd["odd"] = json!(1);
    let (field, detail) = complaint(phone, path, &wrap(odd)).await.unwrap();
    assert_eq!(field, "odd");
    let known = detail.split_once("Known fields: ").unwrap().1;
    let mut fields: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
    // Of the two ways to name a home a body has one.
    if fields.contains(&"home") {
        fields.push("home_code");
    }
    fields.sort_unstable();
    assert_eq!(known.split(", ").collect::<Vec<_>>(), fields, "{path} {body}");
}

#[tokio::test]
async fn the_document_and_the_reader_know_the_same_fields() {
    let phone = Phone::alone();
    let item = registered(&phone, event(1)).await;
    let whole = |body| body;
    agrees(&phone, "/sign-in?lang=en", SignIn { login: "sato".into(), password: "x".into() }, whole).await;
    let second = SecondStep { step: "x".into(), code: "x".into() };
    agrees(&phone, "/sign-in/second?lang=en", second, whole).await;
    agrees(&phone, "/prove?lang=en", Proof { code: "x".into() }, whole).await;
    let register = RegisterBody {
        event_id: event(40),
        scan: scan(),
        kind: ItemKind::Ssd,
        title: "x".to_owned(),
        control_number: text(),
        serial: text(),
        contents: vec![contents()],
        division: Some(division()),
        protection: Some(protection()),
    };
    agrees(&phone, "/items?lang=en", register, whole).await;
    let copy = CopyBody {
        event_id: event(41),
        contents: vec![ContentsId(Uuid::nil())],
        scan: scan(),
        kind: ItemKind::Ssd,
        title: words(),
        control_number: text(),
        serial: text(),
        protection: Some(protection()),
    };
    agrees(&phone, &format!("/items/{item}/copies?lang=en"), copy, whole).await;
    for act in ActKind::ALL.into_iter().flat_map(act) {
        let body = ActBody { event_id: event(50), act };
        agrees(&phone, &format!("/items/{item}/acts?lang=en"), body, whole).await;
    }
    agrees(&phone, "/carry-outs?lang=en", CarryOutBody { event_id: event(51), plan: plan(item) }, whole)
        .await;
    let path = format!("/carry-outs/{}/acts?lang=en", CarryOutId(Uuid::nil()));
    for act in CarryOutActKind::ALL.into_iter().filter_map(|kind| carry_out_act(kind, item)) {
        agrees(&phone, &path, CarryOutActBody { event_id: event(52), act }, whole).await;
    }
    for act in ContainerActKind::ALL.map(container_act) {
        let body = ContainerActBody { event_id: event(53), act };
        agrees(&phone, &format!("/containers/{}/acts?lang=en", container()), body, whole).await;
    }
    let report = OpenIncidentBody {
        event_id: event(54),
        kind: IncidentKind::Loss,
        gravity: Gravity::Sign,
        known_on: Some(day()),
        division: Some(division()),
        content: text(),
        attack: false,
        malicious: true,
        items: vec![item],
    };
    agrees(&phone, "/incidents?lang=en", report, whole).await;
    let path = format!("/incidents/inc_{}/acts?lang=en", event(54).0.simple());
    for act in IncidentActKind::ALL.map(|kind| incident_act(kind, item)) {
        agrees(&phone, &path, IncidentActBody { event_id: event(55), act }, whole).await;
    }
    for (index, observed) in (60..).zip(observed()) {
        let body = ObservationBody {
            event_id: event(index),
            person: Some(person(SATO)),
            device_seq: 1,
            occurred_at: start(),
            scan: scan(),
            observed,
        };
        let batch = |body: Value| json!({ "device": DeviceId(Uuid::nil()), "observations": [body] });
        agrees(&phone, "/observations?lang=en", body, batch).await;
    }
    let pair = Pair { token: PAIRING.to_owned(), name: "税務課の携帯電話".to_owned() };
    Phone::of(&server(), SATO).post("/pair", &serde_json::to_value(pair).unwrap()).await.ok();
    let batch = ObservationsBody { device: DeviceId(Uuid::nil()), observations: Vec::new() };
    phone.post("/observations", &serde_json::to_value(batch).unwrap()).await.ok();
}

#[test]
fn secrets_are_not_printed() {
    let sign_in = SignIn { login: "sato".into(), password: "swordfish".into() };
    assert!(!format!("{sign_in:?}").contains("swordfish"));
    let second = SecondStep { step: "swordfish".into(), code: "swordfish".into() };
    let proof = Proof { code: "swordfish".into() };
    assert!(!format!("{second:?} {proof:?}").contains("swordfish"));
    let pair = Pair { token: "swordfish".into(), name: "電話".into() };
    assert!(!format!("{pair:?}").contains("swordfish"));
}

/// The reader turns every valid code into the domain's name for it.
#[test]
fn both_crates_mean_the_same_twelve_characters() {
    let mut state = 7_u64;
    for _ in 0..1_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let code = LabelCode::from_entropy(state);
        assert_eq!(code.as_str().parse::<hokan_domain::label::LabelId>().unwrap().as_str(), code.as_str());
    }
}
