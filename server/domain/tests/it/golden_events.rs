//! What the ledger holds can be read for ever. The golden files hold one line of each kind as it is stored;
//! they are added to and never changed: a change here would make the ledgers of towns unreadable, or give
//! their entries other hashes.

use std::fmt::Debug;

use chrono::TimeDelta;
use hokan_domain::{
    approval::Wanted,
    contents::{Category, Contents},
    discrepancy::{Finding, FindingKind, Outcome, Settlement},
    disposal::{Destruction, Erasure, FileRef, Performed, Photograph, Presence, Shows, Verification},
    event::{Event, Receiver, Scan, ScanMethod},
    ids::{
        CarryOutId, ContainerId, ContentsId, DivisionId, EventId, FileId, HandOverId, HoldId, IncidentId,
        ItemId, NoteId, PersonId, PlaceId, RequestId,
    },
    item::ItemKind,
    label::{LabelId, LabelTarget, ReplaceReason, SheetEvent},
    ledger::hash::Hash,
    observation::{Authority, Ended, EvidenceMark, Proof},
    place::{Home, Zone},
    profile::RoleId,
    protection::Secrecy,
    text::TextRef,
};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::register::morning;

const EVENTS: &str = include_str!("golden_events.jsonl");
const SHEET_EVENTS: &str = include_str!("golden_sheet_events.jsonl");

fn id(number: u128) -> Uuid {
    Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0000 + number)
}

fn label(code: &str) -> LabelId {
    code.parse().unwrap()
}

fn text(number: u128) -> TextRef {
    TextRef { id: NoteId(id(number)), digest: Hash::of(b"golden") }
}

fn scan(method: ScanMethod) -> Scan {
    Scan { label: label("0123456789AB"), method }
}

fn file(number: u128) -> FileRef {
    FileRef { id: FileId(id(number)), digest: Hash::of(b"golden") }
}

/// Contents of which nothing is known but the kind.
fn bare(number: u128) -> Contents {
    Contents {
        id: ContentsId(id(number)),
        category: Category::IdentityVerification,
        purpose: None,
        records: None,
        recorded_on: None,
        purpose_code: None,
        received_on: None,
        retention: None,
        starts_on: None,
    }
}

/// What the golden lines mean, in their order.
fn events() -> Vec<Event> {
    [hand_overs(), descriptions(), requests(), carry_outs(), disposals(), marks()].concat()
}

/// What is kept beside an observation that came in otherwise than usual.
fn marks() -> Vec<Event> {
    let evidence = EventId(id(4));
    let person = PersonId(id(2));
    let marks = [
        EvidenceMark::LateAuthority { ended: Ended::PhoneRevoked },
        EvidenceMark::LateAuthority { ended: Ended::Suspended },
        EvidenceMark::WithoutAuthority { lacking: Authority::Designation },
        EvidenceMark::WithoutAuthority { lacking: Authority::WitnessRole },
        EvidenceMark::WithoutProof { lacking: Proof::Method },
        EvidenceMark::WithoutProof { lacking: Proof::Order },
        EvidenceMark::WithoutProof { lacking: Proof::Erasure },
        EvidenceMark::WithoutProof { lacking: Proof::Photograph },
        EvidenceMark::WithoutProof { lacking: Proof::Certificate },
        EvidenceMark::ReportedFor { person },
        EvidenceMark::ByMachine,
    ];
    let finding = Finding { kind: FindingKind::WithoutAuthority, event: evidence };
    let raised = |dismissible| Event::DiscrepancyRaised { finding, caused_by: Some(person), dismissible };
    let by = Settlement::Person { by: person, reason: text(16), outcome: Outcome::Dismissed };
    let settled = Event::DiscrepancySettled { finding, by };
    let marked = marks.map(|mark| Event::EvidenceMarked { evidence, mark });
    marked.into_iter().chain([raised(false), raised(true), settled]).collect()
}

/// An item is registered and passes from hand to hand.
fn hand_overs() -> Vec<Event> {
    let (sato, suzuki) = (PersonId(id(1)), PersonId(id(2)));
    let (hand_over, expires_at) = (HandOverId(id(3)), morning() + TimeDelta::milliseconds(86_400_123));
    let finding = Finding { kind: FindingKind::AcceptedWithoutOffer, event: EventId(id(4)) };
    let cabinet = Home::Place(PlaceId(id(5)));
    let case = Home::Container(ContainerId(id(6)));
    vec![
        Event::Registered {
            item_kind: ItemKind::UsbMemory,
            label: label("0123456789AB"),
            title: text(11),
            control_number: Some(text(12)),
            serial: None,
            holder: sato,
        },
        Event::ContentsRecorded {
            contents: Contents {
                id: ContentsId(id(7)),
                category: Category::SpecificPersonal,
                purpose: Some(text(13)),
                records: Some(1200),
                recorded_on: "2026-10-30".parse().ok(),
                ..bare(7)
            },
        },
        Event::ContentsRecorded { contents: bare(8) },
        Event::HandOverOffered {
            hand_over,
            from: sato,
            to: Receiver::Person(suzuki),
            expires_at,
            note: Some(text(14)),
            scan: Some(scan(ScanMethod::Camera)),
        },
        Event::HandOverOffered {
            hand_over,
            from: sato,
            to: Receiver::AnyHandler,
            expires_at: morning(),
            note: None,
            scan: None,
        },
        Event::HandOverAccepted {
            hand_over: Some(hand_over),
            from: Some(sato),
            to: suzuki,
            scan: scan(ScanMethod::Photo),
        },
        Event::HandOverAccepted { hand_over: None, from: None, to: suzuki, scan: scan(ScanMethod::Typed) },
        Event::HandOverRefused { hand_over: Some(hand_over), by: suzuki, note: Some(text(15)), scan: None },
        Event::HandOverRefused {
            hand_over: None,
            by: suzuki,
            note: None,
            scan: Some(scan(ScanMethod::Camera)),
        },
        Event::HandOverWithdrawn { hand_over, by: sato },
        Event::HandOverLapsed { hand_over },
        Event::PutAway { by: sato, home: cabinet, scan: scan(ScanMethod::Desk), zone: None },
        Event::TakenOut { by: sato, from: Some(case), scan: scan(ScanMethod::Camera), purpose: None },
        Event::TakenOut { by: sato, from: None, scan: scan(ScanMethod::Camera), purpose: None },
        Event::Seen { by: sato, home: Some(cabinet), scan: scan(ScanMethod::Camera), zone: None },
        Event::Seen { by: sato, home: None, scan: scan(ScanMethod::Camera), zone: None },
        Event::LabelReplaced {
            old: label("0123456789AB"),
            new: label("CDEFGHJKMNPQ"),
            reason: ReplaceReason::Damaged,
        },
        Event::DiscrepancyRaised { finding, caused_by: None, dismissible: false },
        Event::DiscrepancySettled { finding, by: Settlement::Evidence },
        Event::DiscrepancySettled {
            finding,
            by: Settlement::Person { by: sato, reason: text(16), outcome: Outcome::Upheld },
        },
    ]
}

/// What is known of it beside that: where it is and belongs, what lies on it and how that is protected.
fn descriptions() -> Vec<Event> {
    let (sato, place) = (PersonId(id(1)), PlaceId(id(5)));
    let (area, office) = (Some(PlaceId(id(21))), Some(PlaceId(id(22))));
    let within = Zone { server_room: None, handling_area: area, office };
    let everywhere = Zone { server_room: Some(PlaceId(id(23))), ..within };
    let at_hand = || scan(ScanMethod::Camera);
    let encrypted = Secrecy::Encrypted { tool: text(31), algorithm: text(32) };
    vec![
        Event::ContentsRecorded {
            contents: Contents {
                category: Category::System,
                purpose_code: Some("claims".to_owned()),
                received_on: "2026-10-29".parse().ok(),
                retention: Some("fiscal-5".to_owned()),
                starts_on: "2027-04-01".parse().ok(),
                ..bare(9)
            },
        },
        Event::PutAway { by: sato, home: Home::Place(place), scan: at_hand(), zone: Some(within) },
        Event::TakenOut { by: sato, from: None, scan: at_hand(), purpose: Some("claims".to_owned()) },
        Event::Seen { by: sato, home: None, scan: at_hand(), zone: Some(everywhere) },
        Event::Seen { by: sato, home: None, scan: at_hand(), zone: Some(Zone::default()) },
        Event::Assigned { by: sato, division: Some(DivisionId(id(24))) },
        Event::Assigned { by: sato, division: None },
        Event::HomeDesignated { by: sato, place, zone: Some(within) },
        Event::HomeDesignated { by: sato, place, zone: None },
        Event::ProtectionRecorded { by: sato, secrecy: encrypted, key_apart: true },
        Event::ProtectionRecorded { by: sato, secrecy: Secrecy::PasswordOnly, key_apart: false },
        Event::ProtectionRecorded { by: sato, secrecy: Secrecy::None, key_apart: false },
        Event::ContentsErased {
            by: sato,
            contents: ContentsId(id(7)),
            erasure: Erasure {
                method: "erase-software".to_owned(),
                tool: Some(text(33)),
                verification: Verification::Sampled,
            },
        },
        Event::RetentionEventOccurred {
            by: sato,
            contents: ContentsId(id(7)),
            event: "contract-ended".to_owned(),
            on: "2027-03-31".parse().unwrap(),
        },
        Event::Copied {
            by: sato,
            contents: vec![ContentsId(id(7)), ContentsId(id(8))],
            copy: ItemId(id(25)),
            request: Some(RequestId(id(26))),
        },
        Event::Copied { by: sato, contents: vec![ContentsId(id(7))], copy: ItemId(id(25)), request: None },
        Event::CopyOf { by: sato, source: ItemId(id(27)) },
        Event::FaultReported { by: sato, note: Some(text(34)), scan: Some(at_hand()) },
        Event::FaultReported { by: sato, note: None, scan: None },
        Event::FaultChecked { by: sato, faulty: false, note: None, scan: at_hand() },
        Event::FaultChecked { by: sato, faulty: true, note: Some(text(35)), scan: at_hand() },
        Event::LostReported { by: sato, incident: Some(IncidentId(id(28))), note: Some(text(36)) },
        Event::LostReported { by: sato, incident: None, note: None },
        Event::Found { by: sato, scan: at_hand() },
    ]
}

/// What is asked for, granted and held back.
fn requests() -> Vec<Event> {
    let (sato, suzuki, tanaka) = (PersonId(id(1)), PersonId(id(2)), PersonId(id(41)));
    let (request, hold, role) = (RequestId(id(26)), HoldId(id(42)), RoleId::from("protection-officer"));
    let wanted = [
        Wanted::Copy { contents: vec![ContentsId(id(7))] },
        Wanted::Save,
        Wanted::Connect { terminal: ItemId(id(43)) },
        Wanted::Use,
        Wanted::Bulk { records: 100_000 },
        Wanted::Handle { person: suzuki },
        Wanted::Disclose { to: text(51) },
        Wanted::Dispose,
        Wanted::Extend { contents: ContentsId(id(7)), until: "2030-03-31".parse().unwrap() },
    ];
    let asked = |wanted| Event::Requested { request, by: sato, wanted, reason: text(52), until: None };
    let mut events = wanted.map(asked).to_vec();
    events.extend([
        Event::Requested {
            request,
            by: sato,
            wanted: Wanted::Use,
            reason: text(52),
            until: "2026-12-31".parse().ok(),
        },
        Event::Approved { request, by: suzuki, role: role.clone(), deputy_for: None, note: None },
        Event::Approved {
            request,
            by: suzuki,
            role: role.clone(),
            deputy_for: Some(tanaka),
            note: Some(text(53)),
        },
        Event::Granted { request },
        Event::TurnedDown { request, by: suzuki, role: role.clone(), reason: text(54) },
        Event::RequestWithdrawn { request, by: sato },
        Event::PermissionEnded { request, by: sato, reason: Some(text(55)) },
        Event::PermissionEnded { request, by: sato, reason: None },
        Event::HoldPlaced { hold, by: suzuki, role: role.clone(), reason: text(56) },
        Event::HoldLifted { hold, by: suzuki, role, reason: text(57) },
    ]);
    events
}

/// It leaves, and comes back or not.
fn carry_outs() -> Vec<Event> {
    let (sato, carry_out, container) = (PersonId(id(1)), CarryOutId(id(61)), ContainerId(id(6)));
    vec![
        Event::Departed { carry_out: Some(carry_out), by: sato, container: Some(container) },
        Event::Departed { carry_out: None, by: sato, container: None },
        Event::Unsealed { carry_out, by: sato, container, matches: true },
        Event::Returned { carry_out: Some(carry_out), by: sato, scan: scan(ScanMethod::Camera) },
        Event::Returned { carry_out: None, by: sato, scan: scan(ScanMethod::Typed) },
        Event::MissedAtUnpacking { carry_out, by: sato },
        Event::Delivered { carry_out, by: sato },
    ]
}

/// It ends.
fn disposals() -> Vec<Event> {
    let (sato, suzuki, request) = (PersonId(id(1)), PersonId(id(2)), RequestId(id(26)));
    let at_hand = || scan(ScanMethod::Camera);
    let photograph = |number, shows, label_read| Photograph { file: file(number), shows, label_read };
    let destruction =
        |performed, photographs| Destruction { method: "crush-drive".to_owned(), performed, photographs };
    let contractor = |certificate, file| Performed::Delegated { contractor: text(71), certificate, file };
    let destroyed =
        |request, destruction| Event::Destroyed { request, by: sato, destruction, scan: at_hand() };
    let erased = |tool, verification| Event::Sanitized {
        by: sato,
        erasure: Erasure { method: "overwrite".to_owned(), tool, verification },
        scan: at_hand(),
    };
    let witnessed =
        |presence, photographs| Event::Witnessed { by: suzuki, presence, photographs, scan: at_hand() };
    let before = photograph(73, Shows::Before, true);
    let after = photograph(74, Shows::After, false);
    vec![
        erased(Some(text(72)), Verification::ToolReport),
        erased(Some(text(72)), Verification::Full),
        erased(None, Verification::Failed),
        destroyed(Some(request), destruction(Performed::Here, vec![before, after])),
        destroyed(None, destruction(contractor(Some(text(75)), Some(file(76))), Vec::new())),
        destroyed(None, destruction(contractor(None, None), Vec::new())),
        witnessed(Presence::OnSite, vec![after]),
        witnessed(Presence::Photograph, Vec::new()),
        witnessed(Presence::Certificate, Vec::new()),
        Event::DisposalConfirmed { by: suzuki, role: RoleId::from("protection-officer"), note: None },
        Event::DisposalConfirmed {
            by: suzuki,
            role: RoleId::from("protection-officer"),
            note: Some(text(77)),
        },
    ]
}

fn sheet_events() -> Vec<SheetEvent> {
    let printed = SheetEvent::LabelsPrinted {
        stock: "a4-3x8".to_owned(),
        start_position: 4,
        labels: vec![label("0123456789AB"), label("CDEFGHJKMNPQ")],
    };
    let bound = |target| SheetEvent::LabelBound { label: label("0123456789AB"), target };
    vec![
        printed,
        bound(LabelTarget::Place(PlaceId(id(5)))),
        bound(LabelTarget::Container(ContainerId(id(6)))),
    ]
}

fn check<T: Debug + PartialEq + Serialize + DeserializeOwned>(golden: &str, expected: &[T]) {
    let lines: Vec<_> = golden.lines().collect();
    let written: Vec<_> = expected.iter().map(|event| serde_json::to_string(event).unwrap()).collect();
    assert_eq!(lines, written, "written byte for byte as ever");
    for (line, expected) in lines.iter().zip(expected) {
        assert_eq!(serde_json::from_str::<T>(line).unwrap(), *expected, "read as ever: {line}");
    }
}

/// The kinds that `fn kind` of this source gives.
fn kinds(source: &str) -> Vec<&str> {
    let (_, kind) = source.split_once("pub fn kind(&self)").unwrap();
    let (body, _) = kind.split_once("    }\n\n").unwrap();
    body.lines().filter_map(|line| line.split_once("=> \"")?.1.split('"').next()).collect()
}

#[test]
fn events_are_read_and_written_as_ever() {
    check(EVENTS, &events());
}

#[test]
fn sheet_events_are_read_and_written_as_ever() {
    check(SHEET_EVENTS, &sheet_events());
}

#[test]
fn every_kind_of_event_has_a_golden_line_under_the_name_that_the_ledger_gives_it() {
    for event in events() {
        let line = serde_json::to_value(&event).unwrap();
        assert_eq!(line["kind"], event.kind());
    }
    for event in sheet_events() {
        let line = serde_json::to_value(&event).unwrap();
        assert_eq!(line["kind"], event.kind());
    }
    let kinds = kinds(include_str!("../../src/event.rs"));
    assert!(kinds.len() >= 41 && kinds.contains(&"seen"), "{kinds:?}");
    for kind in kinds {
        assert!(EVENTS.contains(&format!("{{\"kind\":\"{kind}\",")), "{kind} has no golden line");
    }
}

/// An entry that a later version wrote with more in it must not be folded as if the rest were not there.
#[test]
fn an_event_with_an_unknown_field_or_kind_is_not_read() {
    for line in EVENTS.lines() {
        assert!(serde_json::from_str::<Event>(&line.replacen('{', "{\"unknown\":1,", 1)).is_err(), "{line}");
    }
    assert!(serde_json::from_str::<Event>("{\"kind\":\"evaporated\"}").is_err());
}

/// A note lies beside the ledger; what the ledger holds are ids, codes, numbers and moments.
#[test]
fn every_text_that_a_stored_event_refers_to_is_found() {
    let referred: usize = events().iter().map(|event| event.texts().len()).sum();
    assert_eq!(EVENTS.matches("\"txt_").count(), referred, "`texts` finds each of them");
}
