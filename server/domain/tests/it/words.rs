//! The stable words: what the database, the wire and the profiles call a thing never differs from what the
//! ledger calls it, and every word reads back.

use std::{collections::BTreeSet, fmt::Debug};

use hokan_domain::{
    contents::Category,
    custody::ActKind,
    discrepancy::FindingKind,
    disposal::{Presence, Verification},
    event::ScanMethod,
    item::ItemKind,
    label::ReplaceReason,
    person::Part,
    place::PlaceKind,
    profile::{Area, Field, Gated, Gravity, Measure},
    protection::Secrecy,
    refusal::ProductRule,
    text::Lang,
};
use serde::Serialize;

use crate::register::encrypted;

fn read_back<T: Copy + Debug + PartialEq>(
    all: &[T],
    code: impl Fn(T) -> &'static str,
    from_code: impl Fn(&str) -> Option<T>,
) {
    let codes: BTreeSet<_> = all.iter().map(|value| code(*value)).collect();
    assert_eq!(codes.len(), all.len(), "each has a word of its own");
    for value in all {
        assert_eq!(from_code(code(*value)), Some(*value));
    }
    assert_eq!(from_code(""), None);
    assert_eq!(from_code("no-such-word"), None);
}

fn as_in_the_ledger<T: Copy + Serialize>(all: &[T], code: impl Fn(T) -> &'static str) {
    for value in all {
        assert_eq!(serde_json::to_string(value).unwrap(), format!("\"{}\"", code(*value)));
    }
}

#[test]
fn every_word_reads_back() {
    read_back(&ItemKind::ALL, ItemKind::code, ItemKind::from_code);
    read_back(&Category::ALL, Category::code, Category::from_code);
    read_back(&FindingKind::ALL, FindingKind::code, FindingKind::from_code);
    read_back(&ReplaceReason::ALL, ReplaceReason::code, ReplaceReason::from_code);
    read_back(&Part::ALL, Part::code, Part::from_code);
    read_back(&PlaceKind::ALL, PlaceKind::code, PlaceKind::from_code);
    read_back(&ProductRule::ALL, ProductRule::code, ProductRule::from_code);
    read_back(&ActKind::ALL, ActKind::code, ActKind::from_code);
    read_back(&Gated::ALL, Gated::code, Gated::from_code);
    read_back(&Area::ALL, Area::code, Area::from_code);
    read_back(&Measure::ALL, Measure::code, Measure::from_code);
    read_back(&Gravity::ALL, Gravity::code, Gravity::from_code);
}

#[test]
fn the_ledger_uses_the_same_words() {
    as_in_the_ledger(&ItemKind::ALL, ItemKind::code);
    as_in_the_ledger(&Category::ALL, Category::code);
    as_in_the_ledger(&FindingKind::ALL, FindingKind::code);
    as_in_the_ledger(&ReplaceReason::ALL, ReplaceReason::code);
    as_in_the_ledger(&Part::ALL, Part::code);
    as_in_the_ledger(&PlaceKind::ALL, PlaceKind::code);
    as_in_the_ledger(&ProductRule::ALL, ProductRule::code);
    as_in_the_ledger(&Gated::ALL, Gated::code);
    as_in_the_ledger(&Area::ALL, Area::code);
    as_in_the_ledger(&Measure::ALL, Measure::code);
    as_in_the_ledger(&Gravity::ALL, Gravity::code);
    as_in_the_ledger(&Field::ALL, Field::code);
    as_in_the_ledger(&Verification::ALL, Verification::code);
    for presence in [Presence::OnSite, Presence::Photograph, Presence::Certificate] {
        let word = serde_json::to_string(&presence).unwrap();
        assert_eq!(Presence::from_code(word.trim_matches('"')), Some(presence));
    }
    assert_eq!(Presence::from_code("by-telephone"), None);
    for secrecy in [Secrecy::None, Secrecy::PasswordOnly, encrypted()] {
        assert_eq!(serde_json::to_value(&secrecy).unwrap()["state"], secrecy.code());
    }
    for method in [ScanMethod::Camera, ScanMethod::Photo, ScanMethod::Typed, ScanMethod::Desk] {
        let word = serde_json::to_string(&method).unwrap();
        assert_eq!(ScanMethod::from_code(word.trim_matches('"')), Some(method));
    }
    assert_eq!(ScanMethod::from_code("guessed"), None);
}

/// Each of them has a name of its own in each language, and the Japanese one is no English one.
fn named<T: Copy + Debug>(all: &[T], name: impl Fn(T, Lang) -> &'static str) {
    for lang in [Lang::Ja, Lang::En] {
        let names: BTreeSet<_> = all.iter().map(|value| name(*value, lang)).collect();
        assert_eq!(names.len(), all.len(), "{lang:?}: {names:?}");
    }
    let translated = all.iter().filter(|value| name(**value, Lang::Ja) != name(**value, Lang::En)).count();
    assert!(translated + 1 >= all.len(), "all but SSD: {all:?}");
}

#[test]
fn every_name_and_sentence_is_told_in_both_languages() {
    named(&ItemKind::ALL, ItemKind::name);
    named(&Category::ALL, Category::name);
    named(&ActKind::ALL, ActKind::name);
    named(&Gated::ALL, Gated::name);
    named(&Area::ALL, Area::name);
    named(&Field::ALL, Field::name);
    named(&Measure::ALL, Measure::name);
    named(&Gravity::ALL, Gravity::name);
    named(&Verification::ALL, Verification::name);
    named(&[Presence::OnSite, Presence::Photograph, Presence::Certificate], Presence::name);
    named(&FindingKind::ALL, FindingKind::sentence);
    for lang in [Lang::Ja, Lang::En] {
        let names = [Secrecy::None, Secrecy::PasswordOnly, encrypted()].map(|secrecy| secrecy.name(lang));
        assert_eq!(BTreeSet::from(names).len(), 3);
        let sentences = FindingKind::ALL.map(|kind| kind.sentence(lang));
        assert!(sentences.iter().all(|sentence| sentence.ends_with(lang.pick('。', '.'))));
    }
}
