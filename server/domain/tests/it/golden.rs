//! How golden lines are checked. What the ledger holds can be read for ever: golden files are added to and
//! never changed, since a change there would make the ledgers of towns unreadable or give their entries other
//! hashes.

use std::{collections::BTreeSet, fmt::Debug};

use hokan_domain::text::TextRef;
use serde::{Serialize, de::DeserializeOwned};

/// Each line is what is written and read, bears the kind that the ledger gives it, refuses what it does not
/// know, and refers to no text that is not told.
pub(crate) fn check<T: Debug + PartialEq + Serialize + DeserializeOwned>(
    golden: &str,
    expected: &[T],
    kind: fn(&T) -> &'static str,
    texts: fn(&T) -> Vec<TextRef>,
) {
    let lines: Vec<_> = golden.lines().collect();
    let written: Vec<_> = expected.iter().map(|event| serde_json::to_string(event).unwrap()).collect();
    assert_eq!(lines, written, "written byte for byte as ever");
    for (line, expected) in lines.iter().zip(expected) {
        assert_eq!(serde_json::from_str::<T>(line).unwrap(), *expected, "read as ever: {line}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(line).unwrap()["kind"], kind(expected));
        assert!(serde_json::from_str::<T>(&line.replacen('{', "{\"unknown\":1,", 1)).is_err(), "{line}");
        let referred: BTreeSet<_> =
            line.match_indices("\"txt_").map(|(at, _)| &line[at + 1..at + 37]).collect();
        let told: BTreeSet<_> = texts(expected).iter().map(|text| text.id.to_string()).collect();
        assert_eq!(referred, told.iter().map(String::as_str).collect(), "`texts` tells each of them: {line}");
    }
    assert!(serde_json::from_str::<T>("{\"kind\":\"evaporated\"}").is_err());
}

/// Every kind that a `fn kind` of this source gives to an event has a golden line.
pub(crate) fn every_kind(source: &str, golden: &str) {
    let events = source.split("pub fn kind(&self) -> &'static str").skip(1);
    let bodies = events.filter_map(|rest| rest.split_once("    }\n\n").map(|(body, _)| body));
    let kinds: Vec<&str> = bodies
        .flat_map(|body| body.lines().filter_map(|line| line.split_once("=> \"")?.1.split('"').next()))
        .collect();
    assert!(!kinds.is_empty());
    for kind in kinds {
        assert!(golden.contains(&format!("{{\"kind\":\"{kind}\",")), "{kind} has no golden line");
    }
}
