//! What the ledger holds of carry-outs and containers can be read for ever. The golden files hold one line of
//! each kind as it is stored; they are added to and never changed.

use std::fmt::Debug;

use hokan_domain::{
    carry_out::{CarryOutEvent, Guarded, Load, Loaded, Plan},
    container::ContainerEvent,
    event::{Scan, ScanMethod},
    ids::{CarryOutId, ContainerId, ContractId, DivisionId, ItemId, NoteId, PersonId},
    item::ItemKind,
    ledger::hash::Hash,
    profile::{Channel, Direction, Measure},
    text::TextRef,
};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use super::town::{day, number};

const CARRY_OUTS: &str = include_str!("../golden_carry_out_events.jsonl");
const CONTAINERS: &str = include_str!("../golden_container_events.jsonl");

fn id(number: u128) -> Uuid {
    Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0000 + number)
}

fn text(number: u128) -> TextRef {
    TextRef { id: NoteId(id(number)), digest: Hash::of(b"golden") }
}

fn scan() -> Scan {
    Scan { label: "0123456789AB".parse().unwrap(), method: ScanMethod::Camera }
}

/// What the golden lines mean, in their order.
fn carry_out_events() -> Vec<CarryOutEvent> {
    let (sato, mori, kato) = (PersonId(id(1)), PersonId(id(2)), PersonId(id(3)));
    let (usb, paper) = (ItemId(id(4)), ItemId(id(5)));
    let case = ContainerId(id(6));
    let bare = Plan {
        items: vec![usb],
        ground: None,
        exempt: Some("network-to-system".to_owned()),
        counterparty: None,
        contract: None,
        legal_ground: None,
        direction: Direction::Inside,
        channel: Channel::Hand,
        destination: None,
        transport: None,
        tracking: None,
        route: None,
        due_back: None,
        for_good: false,
        packaging: None,
        sealed: false,
        masked: false,
        container: None,
        instead: Vec::new(),
    };
    let full = Plan {
        items: vec![usb, paper],
        ground: Some("contractor".to_owned()),
        exempt: None,
        counterparty: Some(text(11)),
        contract: Some(ContractId(id(7))),
        legal_ground: Some("第9号".to_owned()),
        direction: Direction::Outside,
        channel: Channel::Post,
        destination: Some(text(12)),
        transport: Some(text(13)),
        tracking: Some(text(14)),
        route: Some(text(15)),
        due_back: Some(day("2026-11-20")),
        for_good: true,
        packaging: Some(text(16)),
        sealed: true,
        masked: true,
        container: Some(case),
        instead: vec![(Measure::Encryption, text(17))],
    };
    let usb_loaded = Loaded {
        item: usb,
        item_kind: ItemKind::UsbMemory,
        records: Some(1200),
        secrecy: Guarded::Encrypted,
        key_apart: true,
    };
    let paper_loaded = Loaded {
        item: paper,
        item_kind: ItemKind::PaperRecord,
        records: None,
        secrecy: Guarded::Unverified,
        key_apart: false,
    };
    vec![
        CarryOutEvent::Requested { by: sato, plan: Box::new(bare) },
        CarryOutEvent::Requested { by: sato, plan: Box::new(full.clone()) },
        CarryOutEvent::Amended { by: sato, plan: Box::new(full) },
        CarryOutEvent::ApprovalsVoided {},
        CarryOutEvent::Approved {
            by: kato,
            role: "protection-officer".into(),
            deputy_for: Some(mori),
            divisions: vec![DivisionId(id(8))],
            note: Some(text(18)),
        },
        CarryOutEvent::Approved {
            by: mori,
            role: "system-manager".into(),
            deputy_for: None,
            divisions: Vec::new(),
            note: None,
        },
        CarryOutEvent::Granted {},
        CarryOutEvent::TurnedDown { by: mori, role: "system-manager".into(), reason: text(19) },
        CarryOutEvent::Withdrawn { by: sato },
        CarryOutEvent::Lapsed {},
        CarryOutEvent::Departed {
            by: sato,
            container: Some(case),
            lock: Some(number("A-1")),
            load: Load {
                items: vec![usb_loaded.clone(), paper_loaded],
                kinds: [(ItemKind::UsbMemory, 1), (ItemKind::PaperRecord, 1)].into(),
                quantity: 2,
                records: None,
            },
            scan: Some(scan()),
        },
        CarryOutEvent::Departed {
            by: sato,
            container: None,
            lock: None,
            load: Load {
                items: vec![
                    Loaded { secrecy: Guarded::PasswordOnly, ..usb_loaded.clone() },
                    Loaded { secrecy: Guarded::None, ..usb_loaded },
                ],
                kinds: [(ItemKind::UsbMemory, 2)].into(),
                quantity: 2,
                records: Some(2400),
            },
            scan: None,
        },
        CarryOutEvent::Arrived {
            by: sato,
            lock_seen: Some(number("B-9")),
            matches: Some(false),
            receipt: Some(text(20)),
        },
        CarryOutEvent::Arrived { by: sato, lock_seen: None, matches: None, receipt: None },
        CarryOutEvent::Unpacked { by: sato, found: vec![usb], missing: vec![paper] },
        CarryOutEvent::Unpacked { by: sato, found: vec![paper], missing: Vec::new() },
        CarryOutEvent::Delivered { by: sato, receipt: text(21) },
        CarryOutEvent::Closed { by: sato },
    ]
}

fn container_events() -> Vec<ContainerEvent> {
    let sato = PersonId(id(1));
    let locked =
        |carry_out| ContainerEvent::Locked { by: sato, number: number("A-1"), scan: scan(), carry_out };
    vec![
        locked(Some(CarryOutId(id(9)))),
        locked(None),
        ContainerEvent::Opened { by: sato, number_seen: number("B-9"), matches: false, scan: scan() },
    ]
}

fn is_as_ever<T: Debug + PartialEq + Serialize + DeserializeOwned>(
    golden: &str,
    expected: &[T],
    kind: impl Fn(&T) -> &'static str,
) {
    let lines: Vec<_> = golden.lines().collect();
    let written: Vec<_> = expected.iter().map(|event| serde_json::to_string(event).unwrap()).collect();
    assert_eq!(lines, written, "written byte for byte as ever");
    for (line, expected) in lines.iter().zip(expected) {
        assert_eq!(serde_json::from_str::<T>(line).unwrap(), *expected, "read as ever: {line}");
        assert!(line.starts_with(&format!("{{\"kind\":\"{}\"", kind(expected))), "{line}");
        // An entry that a later version wrote with more in it must not be folded as if the rest were not
        // there.
        assert!(serde_json::from_str::<T>(&line.replacen('{', "{\"unknown\":1,", 1)).is_err(), "{line}");
    }
    assert!(serde_json::from_str::<T>("{\"kind\":\"evaporated\"}").is_err());
}

/// The kinds that `fn kind` of this source gives.
fn kinds(source: &str) -> Vec<&str> {
    let (_, kind) = source.split_once("pub fn kind(&self)").unwrap();
    let (body, _) = kind.split_once("    }\n\n").unwrap();
    body.lines().filter_map(|line| line.split_once("=> \"")?.1.split('"').next()).collect()
}

#[test]
fn carry_out_events_are_read_and_written_as_ever() {
    is_as_ever(CARRY_OUTS, &carry_out_events(), CarryOutEvent::kind);
}

#[test]
fn container_events_are_read_and_written_as_ever() {
    is_as_ever(CONTAINERS, &container_events(), ContainerEvent::kind);
}

#[test]
fn every_kind_has_a_golden_line() {
    for (source, golden, least) in [
        (include_str!("../../../src/carry_out.rs"), CARRY_OUTS, 13),
        (include_str!("../../../src/container.rs"), CONTAINERS, 2),
    ] {
        let kinds = kinds(source);
        assert!(kinds.len() >= least, "{kinds:?}");
        for kind in kinds {
            assert!(golden.contains(&format!("{{\"kind\":\"{kind}\"")), "{kind} has no golden line");
        }
    }
}

#[test]
fn every_text_and_label_that_a_stored_event_refers_to_is_found() {
    let events = carry_out_events();
    let referred: usize = events.iter().map(|event| event.texts().len()).sum();
    assert_eq!(CARRY_OUTS.matches("\"txt_").count(), referred, "`texts` finds each of them");
    let scanned = events.iter().filter(|event| event.scan().is_some()).count();
    assert_eq!(CARRY_OUTS.matches("\"scan\":").count(), scanned);
    for event in container_events() {
        assert_eq!((event.texts(), event.scan()), (vec![], Some(&scan())));
    }
}
