//! What the ledger holds can be read for ever. The golden files hold one line of each kind as it is stored;
//! they are added to and never changed: a change here would make the ledgers of towns unreadable, or give
//! their entries other hashes.

use std::fmt::Debug;

use chrono::TimeDelta;
use hokan_domain::{
    contents::{Category, Contents},
    discrepancy::{Finding, FindingKind, Settlement},
    event::{Event, Receiver, Scan, ScanMethod},
    ids::{ContainerId, ContentsId, EventId, HandOverId, NoteId, PersonId, PlaceId},
    item::ItemKind,
    label::{LabelId, LabelTarget, ReplaceReason, SheetEvent},
    ledger::hash::Hash,
    place::Home,
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

/// What the golden lines mean, in their order.
fn events() -> Vec<Event> {
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
            },
        },
        Event::ContentsRecorded {
            contents: Contents {
                id: ContentsId(id(8)),
                category: Category::IdentityVerification,
                purpose: None,
                records: None,
                recorded_on: None,
            },
        },
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
        Event::PutAway { by: sato, home: cabinet, scan: scan(ScanMethod::Desk) },
        Event::TakenOut { by: sato, from: Some(case), scan: scan(ScanMethod::Camera) },
        Event::TakenOut { by: sato, from: None, scan: scan(ScanMethod::Camera) },
        Event::Seen { by: sato, home: Some(cabinet), scan: scan(ScanMethod::Camera) },
        Event::Seen { by: sato, home: None, scan: scan(ScanMethod::Camera) },
        Event::LabelReplaced {
            old: label("0123456789AB"),
            new: label("CDEFGHJKMNPQ"),
            reason: ReplaceReason::Damaged,
        },
        Event::DiscrepancyRaised { finding },
        Event::DiscrepancySettled { finding, by: Settlement::Evidence },
        Event::DiscrepancySettled { finding, by: Settlement::Person { by: sato, reason: text(16) } },
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
    assert!(kinds.len() >= 13 && kinds.contains(&"seen"), "{kinds:?}");
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
