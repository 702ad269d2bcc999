//! The stable words: what the database, the wire and the profiles call a thing never differs from what the
//! ledger calls it, and every word reads back.

use std::{collections::BTreeSet, fmt::Debug};

use hokan_domain::{
    contents::Category, custody::ActKind, discrepancy::FindingKind, event::ScanMethod, item::ItemKind,
    label::ReplaceReason, person::Part, place::PlaceKind, refusal::ProductRule, text::Lang,
};
use serde::Serialize;

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
    for method in [ScanMethod::Camera, ScanMethod::Photo, ScanMethod::Typed, ScanMethod::Desk] {
        let word = serde_json::to_string(&method).unwrap();
        assert_eq!(ScanMethod::from_code(word.trim_matches('"')), Some(method));
    }
    assert_eq!(ScanMethod::from_code("guessed"), None);
}

#[test]
fn every_name_and_sentence_is_told_in_both_languages() {
    for lang in [Lang::Ja, Lang::En] {
        let names: BTreeSet<_> = ItemKind::ALL.into_iter().map(|kind| kind.name(lang)).collect();
        assert_eq!(names.len(), ItemKind::ALL.len());
        let names: BTreeSet<_> = Category::ALL.into_iter().map(|category| category.name(lang)).collect();
        assert_eq!(names.len(), Category::ALL.len());
        let sentences: BTreeSet<_> = FindingKind::ALL.into_iter().map(|kind| kind.sentence(lang)).collect();
        assert_eq!(sentences.len(), FindingKind::ALL.len());
        assert!(sentences.iter().all(|sentence| sentence.ends_with(lang.pick('。', '.'))));
    }
}
