//! The regulations that the tests of incidents, contracts and books are judged by, and people who hold roles
//! under them. Roles, clauses and steps are looked for by the words and articles of the regulation, never by
//! the short names of a profile.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use hokan_domain::{
    event::Stamp,
    ids::{EventId, ItemId, NoteId, PersonId, PlaceId},
    ledger::hash::Hash,
    person::{Part, Person, RoleHeld},
    place::Home,
    profile::{HANDLER, Profile, ReportStep, RoleId},
    refusal::{Missing, Reason, Refusal, Source},
    text::{Lang, Names, TextRef},
};
use uuid::Uuid;

/// Monday, 2 November 2026, nine in the morning in Japan.
pub(crate) fn morning() -> DateTime<Utc> {
    "2026-11-02T00:00:00Z".parse().unwrap()
}

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(crate) fn minutes(minutes: i64) -> TimeDelta {
    TimeDelta::minutes(minutes)
}

pub(crate) fn text(number: u128) -> TextRef {
    TextRef { id: NoteId(Uuid::from_u128(number)), digest: Hash::of(&number.to_be_bytes()) }
}

pub(crate) fn item(number: u128) -> ItemId {
    ItemId(Uuid::from_u128(0x17e0 + number))
}

/// What happens at the server at this moment.
pub(crate) fn stamp(number: u128, at: DateTime<Utc>, actor: PersonId) -> Stamp {
    let event = EventId(Uuid::from_u128(0xe000_0000 + number));
    Stamp { event, occurred_at: at, recorded_at: at, actor, observed_by: None }
}

// -------------------------------------------------------------------------------------------------- people

/// Somebody who plays no part and holds no role.
pub(crate) fn clerk(number: u128) -> Person {
    let id = PersonId(Uuid::from_u128(0xa00 + number));
    Person { id, active: true, parts: BTreeSet::new(), roles: BTreeSet::new() }
}

pub(crate) fn handler(number: u128) -> Person {
    Person { parts: [Part::Handler].into(), ..clerk(number) }
}

/// Somebody who holds the role that the regulation calls so.
pub(crate) fn officer(number: u128, profile: &Profile, called: &str) -> Person {
    holder(number, role(profile, called))
}

pub(crate) fn holder(number: u128, role: RoleId) -> Person {
    if role.0 == HANDLER {
        return handler(number);
    }
    Person { roles: [RoleHeld { role, division: None, deputy_for: None }].into(), ..clerk(number) }
}

/// Somebody who stands in for the holder of a role.
pub(crate) fn deputy(number: u128, role: RoleId, of: &Person) -> Person {
    Person { roles: [RoleHeld { role, division: None, deputy_for: Some(of.id) }].into(), ..clerk(number) }
}

pub(crate) fn gone(person: Person) -> Person {
    Person { active: false, ..person }
}

pub(crate) fn role(profile: &Profile, called: &str) -> RoleId {
    let found = profile.roles.iter().find(|role| role.name.ja == called);
    found.unwrap_or_else(|| panic!("{} has no {called}", profile.id)).id.clone()
}

/// The step of the reporting chain to whoever the regulation calls so.
pub(crate) fn step<'a>(profile: &'a Profile, to: &str) -> &'a ReportStep {
    let found = profile.incident.chain.iter().find(|step| match (&step.to, &step.outside) {
        (Some(role), _) => profile.role_name(role, Lang::Ja) == to,
        (None, outside) => outside.as_ref().is_some_and(|outside| outside.ja.contains(to)),
    });
    found.unwrap_or_else(|| panic!("{} tells no {to}", profile.id))
}

/// What people read instead of ids.
pub(crate) struct Book;

impl Names for Book {
    fn person(&self, id: PersonId) -> String {
        format!("職員{}", id.0.as_u128() - 0xa00)
    }
    fn place(&self, _: PlaceId) -> String {
        "第一保管庫".to_owned()
    }
    fn item(&self, _: ItemId) -> String {
        "税証明用USBメモリ".to_owned()
    }
    fn home(&self, _: Home) -> String {
        "第一保管庫".to_owned()
    }
}

/// The texts beside the ledger: each says its number. Number 666 was erased.
pub(crate) fn read(at: TextRef) -> Option<String> {
    let number = at.id.0.as_u128();
    (number != 666).then(|| format!("本文{number}"))
}

// ---------------------------------------------------------------------------------------------- citations

/// The article that is cited as the body's own.
pub(crate) fn article(source: &Source) -> &str {
    match source {
        Source::Clause(clause) => &clause.article,
        other => panic!("no clause of the regulation: {other:?}"),
    }
}

/// The article that the national default is cited by.
pub(crate) fn default_article(source: &Source) -> &str {
    match source {
        Source::Default(clause) => &clause.article,
        other => panic!("no clause of the national default: {other:?}"),
    }
}

/// What a refusal finds missing; it must speak in both languages and cite what asks for the first of it.
pub(crate) fn missing(refusal: &Refusal) -> &[Missing] {
    speaks(refusal);
    match &refusal.reason {
        Reason::NotReady { missing } => {
            assert_eq!(refusal.source, missing[0].source);
            missing
        }
        other => panic!("not for want of something: {other:?}"),
    }
}

/// The code of a refusal that speaks.
pub(crate) fn code(refusal: &Refusal) -> &'static str {
    speaks(refusal);
    refusal.reason.code()
}

fn speaks(refusal: &Refusal) {
    for lang in [Lang::Ja, Lang::En] {
        let sentence = refusal.reason.sentence(lang, &Book);
        assert!(sentence.ends_with(['。', '.', '、']) || sentence.contains('。'), "no sentence: {sentence}");
        assert!(!refusal.source.cite(lang).is_empty());
        assert!(
            ["per_", "itm_", "inc_", "ctr_"].iter().all(|id| !sentence.contains(id)),
            "an id: {sentence}"
        );
    }
    let [ja, en] = [Lang::Ja, Lang::En].map(|lang| refusal.reason.sentence(lang, &Book));
    assert_ne!(ja, en);
}

/// Of this kind, which are missing, each with the article of the body's own regulation that asks for it; 国の標準
/// where that is silent.
pub(crate) fn of_kind<'a>(missing: &'a [Missing], code: &str) -> Vec<(&'a str, &'a str)> {
    let cited = |source: &'a Source| match source {
        Source::Default(_) => "国の標準",
        own => article(own),
    };
    let of_kind = missing.iter().filter(|missing| missing.code == code);
    of_kind.map(|missing| (missing.name.ja.as_str(), cited(&missing.source))).collect()
}

// ------------------------------------------------------------------------------------------------ profiles

fn shipped(id: &str) -> Profile {
    Profile::shipped(id, &BTreeMap::new()).unwrap().unwrap_or_else(|mistakes| panic!("{id}: {mistakes}"))
}

pub(crate) fn default() -> Profile {
    shipped("national-default")
}

/// 飯豊町住民基本台帳ネットワークシステム運用管理規程
pub(crate) fn iide() -> Profile {
    shipped("iide")
}

/// 養父市情報連絡システム運用管理要綱
pub(crate) fn yabu() -> Profile {
    shipped("yabu")
}

/// 長崎県市町村職員共済組合の規程
pub(crate) fn nagasaki() -> Profile {
    shipped("nagasaki-kyosai")
}

/// 西伊豆町特定個人情報等取扱規程
pub(crate) fn nishi_izu() -> Profile {
    shipped("nishi-izu")
}

/// 北見市行政情報システムの管理運用に関する取扱要領
pub(crate) fn kitami() -> Profile {
    shipped("kitami")
}
