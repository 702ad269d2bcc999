//! The shipped profiles, how two texts become one profile, and what is told of one.

mod matrix;
mod mistakes;

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use hokan_domain::{
    item::ItemKind,
    ledger::hash::Hash,
    profile::{
        Approvers, Area, Condition, Direction, Gate, Gated, Matter, Measure, Mistake, NATIONAL_DEFAULT,
        Profile, Protection, SHIPPED, Texts, explain, kinds,
    },
    refusal::{ProductRule, Source},
    text::Lang,
};

// --------------------------------------------------------------------------------------------- the profiles

const TOWNS: [&str; 5] = ["iide", "yabu", "nagasaki-kyosai", "nishi-izu", "kitami"];

/// The least that a regulation must say: three lines.
const HEAD: &str =
    "id = \"mihon\"\ntitle = { ja = \"規程\", en = \"Regulation\" }\nin_force_from = 2026-04-01\n";

fn shipped(id: &str) -> Profile {
    with_settings(id, &[])
}

fn with_settings(id: &str, settings: &[(&str, u32)]) -> Profile {
    let settings = settings.iter().map(|(id, number)| ((*id).to_owned(), *number)).collect();
    Profile::shipped(id, &settings).unwrap().unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

fn of_kind(kind: ItemKind) -> Matter {
    Matter { kind, categories: BTreeSet::new(), records: 0, direction: None }
}

fn usb() -> Matter {
    of_kind(ItemKind::UsbMemory)
}

fn gate(profile: &Profile, gated: Gated, matter: &Matter) -> Gate {
    profile.gate(gated, matter).unwrap_or_else(|| panic!("{} has no gate {gated:?}", profile.id)).clone()
}

/// The roles that a gate asks for, by what people call them, and how: `all 甲 乙`.
fn approvers(profile: &Profile, approvers: &Approvers) -> String {
    let how = match approvers {
        Approvers::All(_) => "all",
        Approvers::Any(_) => "any",
        Approvers::One(_) => "one",
    };
    let roles = approvers.roles().iter().map(|role| profile.role_name(role, Lang::Ja));
    [how.to_owned()].into_iter().chain(roles).collect::<Vec<_>>().join(" ")
}

/// The article that is cited as the body's own; `国` and the place where it is the national default's.
fn cited(source: &Source) -> String {
    match source {
        Source::Clause(clause) => clause.article.clone(),
        Source::Default(clause) => format!("国 {}", clause.article),
        Source::Product(rule) => panic!("{rule:?} is no entry of a profile"),
    }
}

fn measures(protection: &Protection) -> String {
    let any: Vec<_> = protection.any_of.iter().map(|measure| measure.code()).collect();
    let reason = if protection.reason_instead { " or reason" } else { "" };
    format!("{}{reason} ({})", any.join("|"), cited(&protection.source))
}

/// What protects this kind of item on its way.
fn carried(profile: &Profile, kind: ItemKind) -> Vec<String> {
    let applying = profile.carry_out.protections.iter().filter(|entry| entry.when.applies(&of_kind(kind)));
    applying.map(measures).collect()
}

/// The ways to be rid of an item of this kind, or only of its data.
fn ways(profile: &Profile, kind: ItemKind, disposing: bool) -> Vec<&str> {
    let methods = profile.disposal.methods.iter();
    let fitting = methods.filter(|method| method.kinds.contains(&kind) && method.disposes == disposing);
    fitting.map(|method| method.id.as_str()).collect()
}

#[test]
fn each_shipped_profile_loads() {
    assert_eq!(SHIPPED.len(), 6);
    let mut digests = BTreeSet::new();
    for known in SHIPPED {
        let profile = shipped(known.id);
        assert_eq!(profile.id, known.id, "{}", known.file);
        assert_eq!(known.file, format!("{}.toml", known.id));
        assert!(digests.insert(profile.digest), "each has a digest of its own");
    }
    assert!(Profile::shipped("mihon", &BTreeMap::new()).is_none());
}

/// Every entry that a person can be refused by, or be told to do something by.
fn sources(profile: &Profile) -> Vec<&Source> {
    let p = profile;
    let mut all: Vec<&Source> = Vec::new();
    all.extend(p.roles.iter().map(|entry| &entry.source));
    all.extend(p.designations.iter().map(|entry| &entry.source));
    all.extend(p.values.iter().map(|entry| &entry.source));
    all.extend(p.purposes.required.iter().chain(p.purposes.list.iter().map(|entry| &entry.source)));
    all.extend(p.gates.iter().map(|entry| &entry.source));
    all.extend([&p.carry_out.source]);
    all.extend(p.carry_out.exempt.iter().map(|entry| &entry.source));
    all.extend(p.carry_out.ground_required.iter());
    all.extend(p.carry_out.grounds.iter().map(|entry| &entry.source));
    all.extend(p.carry_out.fields.iter().map(|(_, source)| source));
    all.extend(p.carry_out.protections.iter().map(|entry| &entry.source));
    all.extend(p.media.before_data.iter().map(|entry| &entry.source));
    all.extend(p.media.lockable_home.iter().map(|(_, source)| source));
    all.extend(p.media.designated_home.iter());
    all.extend(p.retention.rules.iter().map(|(_, source)| source));
    all.extend([&p.retention.escalation.source]);
    let disposal = &p.disposal;
    all.extend(disposal.erase_first.iter().map(|(_, source)| source));
    all.extend(disposal.methods.iter().map(|entry| &entry.source));
    all.extend([&disposal.methods_source, &disposal.witness_source, &disposal.delegated.source]);
    all.extend(
        [&disposal.photo_before, &disposal.photo_after, &disposal.photo_shows_label].into_iter().flatten(),
    );
    all.extend(p.incident.chain.iter().map(|entry| &entry.source));
    all.extend([&p.incident.cause, &p.incident.prevention, &p.incident.damage].into_iter().flatten());
    all.extend(p.contract.clauses.iter().chain(&p.contract.confirmations).map(|entry| &entry.source));
    all.extend(p.contract.subcontract_forbidden.iter());
    all.extend([&p.log_years.1]);
    for level in &p.levels {
        all.extend([&level.source]);
        all.extend([&level.tag, &level.vendor_tag, &level.vendor_escort].into_iter().flatten());
    }
    all.extend(p.credentials.kinds.iter().chain(&p.credentials.password).map(|entry| &entry.source));
    all.extend(p.inspections.iter().map(|entry| &entry.source));
    all.extend(p.forms.iter().chain(&p.books).map(|entry| &entry.source));
    all.extend(p.remarks.iter().map(|entry| &entry.source));
    all
}

#[test]
fn every_entry_cites_a_clause() {
    for known in SHIPPED {
        let profile = shipped(known.id);
        for source in sources(&profile) {
            match source {
                Source::Clause(clause) => {
                    assert_eq!(clause.regulation, profile.title.ja, "a town cites its own regulation");
                    let place = &clause.article;
                    let is_place = ["第", "別", "様式", "全文"].iter().any(|start| place.starts_with(start));
                    assert!(is_place, "{}: {place}", known.id);
                }
                Source::Default(clause) => {
                    let guideline = "特定個人情報の適正な取扱いに関するガイドライン（行政機関等編）";
                    assert!([guideline, "NIST SP 800-88 Rev. 1"].contains(&clause.regulation.as_str()));
                    assert!(!clause.article.is_empty());
                }
                Source::Product(rule) => panic!("{}: {rule:?}", known.id),
            }
        }
    }
    let default = shipped("national-default");
    assert!(sources(&default).iter().all(|source| matches!(source, Source::Default(_))));
}

/// Whatever a shipped profile cites of its regulation is a place in it: no article beyond its last one.
#[test]
fn no_article_is_invented() {
    let last = BTreeMap::from([
        ("iide", 12),
        ("yabu", 17),
        ("nagasaki-kyosai", 23),
        ("nishi-izu", 38),
        ("kitami", 14),
    ]);
    for id in TOWNS {
        let profile = shipped(id);
        for source in sources(&profile) {
            let Source::Clause(clause) = source else { continue };
            for part in clause.article.split('・') {
                let number = part.strip_prefix('第').and_then(|rest| rest.split_once('条')).map(|(n, _)| n);
                let Some(number) = number.and_then(|number| number.parse::<u32>().ok()) else { continue };
                assert!((1..=last[id]).contains(&number), "{id}: {part}");
            }
        }
    }
}

/// No number of a regulation without a number is passed off as the regulation's.
#[test]
fn numbers_that_no_text_gives_are_proposals() {
    for known in SHIPPED {
        for value in shipped(known.id).values {
            let given = ["ppc-final-days", "ppc-final-malicious-days"].contains(&value.id.as_str());
            assert_eq!(value.proposal, !given, "{}: {}", known.id, value.id);
        }
    }
    let phrases = |id: &str| -> BTreeSet<String> {
        let own = shipped(id).values.into_iter().filter(|value| matches!(value.source, Source::Clause(_)));
        own.filter_map(|value| value.phrase).collect()
    };
    assert_eq!(phrases("nagasaki-kyosai"), ["大量", "遅滞なく", "速やかに"].map(str::to_owned).into());
    let words = ["直ちに", "速やかに", "一定期間", "毎年度数回"];
    assert!(words.iter().all(|word| phrases("nishi-izu").contains(*word)));
}

// ------------------------------------------------------------------------------------- what is silent, and settings

#[test]
fn what_is_silent_is_marked_as_the_national_default() {
    let kitami = shipped("kitami");
    let source = gate(&kitami, Gated::Dispose, &usb()).source;
    assert_eq!(
        source.cite(Lang::Ja),
        "国の標準（特定個人情報の適正な取扱いに関するガイドライン（行政機関等編） 別添1 2Ed）"
    );
    assert!(source.cite(Lang::En).starts_with("National default ("));
    for id in TOWNS {
        let profile = shipped(id);
        let marked = |source: &&Source| matches!(source, Source::Default(_));
        assert!(sources(&profile).iter().any(&marked), "{id} is silent on something");
        assert!(!sources(&profile).iter().all(marked), "{id} says something");
    }
}

#[test]
fn the_bodys_own_numbers_replace_proposals() {
    let proposed = shipped("nagasaki-kyosai");
    let settings = [("bulk-records", 1_000), ("without-delay-days", 7), ("witness-minutes", 30)];
    let set = with_settings("nagasaki-kyosai", &settings);
    assert!(proposed.value("bulk-records").unwrap().proposal);
    let bulk = set.value("bulk-records").unwrap();
    assert_eq!((bulk.value, bulk.proposal, cited(&bulk.source)), (1_000, false, "第9条第2項".to_owned()));
    assert!(set.gate(Gated::Bulk, &Matter { records: 999, ..usb() }).is_none());
    assert_eq!(set.retention_rule("next-payment").unwrap().0.grace_days, 7);
    assert_eq!(set.disposal.witness_within, TimeDelta::minutes(30));
    assert_ne!(set.digest, proposed.digest, "another number is another profile");
    assert_eq!(set.digest, with_settings("nagasaki-kyosai", &settings).digest);
    assert_ne!(set.digest, with_settings("nagasaki-kyosai", &settings[..2]).digest);
}

#[test]
fn a_digest_is_of_all_that_a_profile_is_read_from() {
    let default = shipped("national-default");
    assert_eq!(default.digest, Hash::of(NATIONAL_DEFAULT.as_bytes()), "alone, it is that of the text");
    assert_ne!(with_settings("national-default", &[("witness-minutes", 10)]).digest, default.digest);
    let of = |own: &str, beneath: &str| {
        let own = format!("{HEAD}{own}");
        Profile::read(&Texts { beneath: ("d", beneath), ..Texts::of("own", &own) }).unwrap().digest
    };
    let changed = format!("{NATIONAL_DEFAULT}\n# as of today\n");
    assert_ne!(of("", NATIONAL_DEFAULT), of("", &changed), "the default beneath counts");
    assert_ne!(of("", NATIONAL_DEFAULT), of("# x\n", NATIONAL_DEFAULT));
    // What goes from the end of one text to the beginning of the other makes a difference.
    assert_ne!(of("# x\n", NATIONAL_DEFAULT), of("", &format!("# x\n{NATIONAL_DEFAULT}")));
    let [one, other] = ["a.toml", "b.toml"].map(|file| Profile::read(&Texts::of(file, HEAD)).unwrap().digest);
    assert_eq!(one, other, "what a file is called does not count");
}

// ------------------------------------------------------------------------------------------ a sixth regulation

/// A town that nobody thought of when the product was made.
const SIXTH: &str = r#"
id = "mihon"
title = { ja = "見本町個人番号取扱規程", en = "Mihon: regulation" }
in_force_from = 2026-04-01

[[roles]]
id = "steward"
name = { ja = "保管統括監", en = "steward" }
post = "会計管理者"
top = true
stands_for = ["general-officer"]
clause = "第2条"

[[roles]]
id = "tax-keeper"
name = { ja = "税務保管責任者", en = "keeper of tax data" }
stands_for = ["protection-officer"]
clause = "第3条第1号"

[[roles]]
id = "welfare-keeper"
name = { ja = "福祉保管責任者", en = "keeper of welfare data" }
stands_for = ["protection-officer"]
clause = "第3条第2号"

[[values]]
id = "many"
name = { ja = "大量に当たる件数", en = "many" }
phrase = "大量"
unit = "records"
value = 500
proposal = true
clause = "第8条"

[[gates]]
before = "carry-out"
approvals = { all = ["tax-keeper", "steward"] }
when = { kinds = ["cards"], direction = "outside", records_at_least = "many" }
clause = "第8条"

[[gates]]
before = "copy"
approvals = { any = ["protection-officer", "handler"] }
clause = "第9条"

[carry_out]
leaves = "office"
clause = "第7条"

[[carry_out.protections]]
when = { kinds = ["removable"] }
any_of = ["key-apart"]
clause = "第7条第2項"

[[retention.rules]]
id = "one-month"
name = { ja = "一月", en = "one month" }
start = "received"
length = { months = 1 }
clause = "第11条"

[[retention.defaults]]
when = { kinds = ["media"] }
rule = "one-month"

[disposal]
photo_after = { required = false, clause = "第12条第2項" }

[[disposal.methods]]
id = "shred-paper"
name = { ja = "裁断", en = "shredding" }
kinds = ["print-out"]
technique = "destroy"
particle_mm2 = 30
clause = "第12条"

[[incident.chain]]
id = "mayor"
from = "steward"
outside = { ja = "町長", en = "mayor" }
within = { minutes = 15 }
clause = "第15条"
"#;

fn sixth() -> Profile {
    Profile::read(&Texts::of("mihon.toml", SIXTH)).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

#[test]
fn a_sixth_regulation_needs_no_code() {
    let mihon = sixth();
    let card =
        |records| Matter { records, direction: Some(Direction::Outside), ..of_kind(ItemKind::IdentityCard) };
    let all = gate(&mihon, Gated::CarryOut, &card(500));
    assert_eq!(approvers(&mihon, &all.approvers), "all 税務保管責任者 保管統括監");
    assert_eq!(all.source.cite(Lang::Ja), "見本町個人番号取扱規程 第8条");
    // Fewer cards, or any other thing, go by the national default, by either of the two keepers.
    for matter in [card(499), usb()] {
        let fewer = gate(&mihon, Gated::CarryOut, &matter);
        assert_eq!(approvers(&mihon, &fewer.approvers), "any 税務保管責任者 福祉保管責任者");
        assert_eq!(cited(&fewer.source), "国 別添1 2B");
    }
    let copy = gate(&mihon, Gated::Copy, &usb());
    assert_eq!(approvers(&mihon, &copy.approvers), "any 税務保管責任者 福祉保管責任者 取扱担当者");
    let settings = BTreeMap::from([("many".to_owned(), 10)]);
    let stricter = Profile::read(&Texts::of("mihon.toml", SIXTH).with(&settings)).unwrap();
    assert_eq!(cited(&gate(&stricter, Gated::CarryOut, &card(10)).source), "第8条");
}

#[test]
fn of_several_that_stand_for_one_the_first_has_things_to_do() {
    let mihon = sixth();
    assert_eq!(mihon.retention.escalation.owner, "tax-keeper".into());
    assert_eq!(mihon.retention.escalation.escalate, [(7, "steward".into())]);
    let closing = gate(&mihon, Gated::CloseIncident, &usb());
    assert_eq!(approvers(&mihon, &closing.approvers), "all 税務保管責任者 保管統括監");
    let ids: Vec<_> = mihon.roles.iter().map(|role| role.id.0.as_str()).collect();
    assert_eq!(ids, ["steward", "tax-keeper", "welfare-keeper", "audit-officer"]);
}

#[test]
fn the_default_answers_for_the_kinds_that_a_regulation_leaves_out() {
    let mihon = sixth();
    assert_eq!(carried(&mihon, ItemKind::UsbMemory), ["key-apart (第7条第2項)"]);
    assert_eq!(carried(&mihon, ItemKind::HardDisk).len(), 3);
    assert!(carried(&mihon, ItemKind::HardDisk).iter().all(|entry| entry.contains("国 別添1 2Ec")));
    assert_eq!(ways(&mihon, ItemKind::PrintOut, true), ["shred-paper"]);
    // The default's method of the same name, for the kinds that are left, is called otherwise.
    let paper = ["national-shred-paper", "dissolve-paper", "burn-paper"];
    assert_eq!(ways(&mihon, ItemKind::PaperRecord, true), paper);
    assert_eq!(ways(&mihon, ItemKind::PrintOut, false), ["mask"], "on erasing it is silent");
}

#[test]
fn of_the_default_rules_only_those_stay_that_are_fallen_back_on() {
    let mihon = sixth();
    let offered: Vec<_> =
        mihon.retention.rules.iter().map(|(rule, source)| (rule.id.as_str(), cited(source))).collect();
    let default = |id, place: &str| (id, format!("国 {place}"));
    let expected = [
        ("one-month", "第11条".to_owned()),
        default("fiscal-5", "別添1 2Ed"),
        default("no-longer-needed", "第4-3-(4)B"),
    ];
    assert_eq!(offered, expected);
    let under = |kind| {
        let matter = of_kind(kind);
        mihon.retention.defaults.iter().find(|(when, _)| when.applies(&matter)).unwrap().1.as_str()
    };
    assert_eq!(
        [ItemKind::Ssd, ItemKind::PrintOut, ItemKind::Server].map(under),
        ["one-month", "fiscal-5", "no-longer-needed"]
    );
}

#[test]
fn what_the_default_asks_for_can_be_declined() {
    let mihon = sixth();
    assert!(mihon.disposal.photo_after.is_none());
    assert_eq!(mihon.disposal.photo_before.as_ref().map(cited).as_deref(), Some("国 4.8"));
}

#[test]
fn the_default_chain_stays_where_a_regulation_tells_only_outsiders() {
    let ids: Vec<_> = sixth().incident.chain.into_iter().map(|step| step.id).collect();
    assert_eq!(ids, ["mayor", "to-officer", "to-general-officer", "ppc-prompt", "ppc-final"]);
}

// --------------------------------------------------------------------------------- the national default alone

#[test]
fn the_shipped_default_is_sound() {
    let profile = Profile::parse(NATIONAL_DEFAULT).unwrap();
    assert_eq!(profile.id, "national-default");
    assert_eq!(profile, shipped("national-default"));
    assert_eq!(profile.hand_over_expires, TimeDelta::hours(24));
    assert_eq!(profile.allowed_clock_skew, TimeDelta::minutes(5));
}

#[test]
fn an_unknown_key_of_the_default_is_refused_by_name() {
    let text = NATIONAL_DEFAULT.replace("expires_hours", "expire_hours");
    assert!(Profile::parse(&text).unwrap_err().to_string().contains("expire_hours"));
}

#[test]
fn a_default_that_does_not_answer_is_refused() {
    let log = "[log]\nyears = \"log-years\"\nclause = \"別添1 2Cb\"\n";
    let expires = "expires_hours = \"hand-over-hours\"\n";
    for (answer, key) in [(expires, "hand_over.expires_hours"), (log, "log")] {
        let silent = NATIONAL_DEFAULT.replacen(answer, "", 1);
        assert_ne!(silent, NATIONAL_DEFAULT);
        let found = Profile::parse(&silent).unwrap_err().0;
        assert_eq!(
            found.iter().map(|mistake| &mistake.kind).collect::<Vec<_>>(),
            [&Mistake::MissingKey { key: key.to_owned() }]
        );
    }
}

#[test]
fn a_clause_of_the_profile_is_cited_before_the_product_rule() {
    let text = format!(
        "{NATIONAL_DEFAULT}\n[citations]\nhandlers-only = {{ regulation = \"規程\", article = \"第7条第1項\" }}\n"
    );
    let source = Profile::parse(&text).unwrap().source(ProductRule::HandlersOnly);
    assert_eq!(source.cite(Lang::Ja), "規程 第7条第1項");
}

// ------------------------------------------------------------------------------------------------ explanation

#[test]
fn the_summary_tells_defaults_and_proposals_apart() {
    for known in SHIPPED {
        let profile = shipped(known.id);
        let [ja, en] = [Lang::Ja, Lang::En].map(|lang| explain::summary(&profile, lang));
        assert!(ja.contains("■ 役割") && en.contains("■ Roles"));
        assert!(ja.contains("案（規程に数の定めなし）") && ja.contains("国の標準（"), "{}", known.id);
        assert!(
            en.contains("proposal (the regulation gives no number)") && en.contains("National default (")
        );
        let titles = |text: &str| text.lines().filter(|line| line.starts_with('■')).count();
        assert_eq!(titles(&ja), titles(&en));
        assert_eq!(ja.lines().count(), en.lines().count(), "both say the same");
    }
    let ja = explain::summary(&shipped("nagasaki-kyosai"), Lang::Ja);
    let line = |start: &str| {
        ja.lines().find(|line| line.trim().starts_with(start)).unwrap_or_else(|| panic!("no {start}")).trim()
    };
    assert_eq!(
        line("持出し: "),
        "持出し: 本人確認情報管理責任者、住基ネットシステム管理者の全員 — 第11条第3項前段"
    );
    assert_eq!(line("再委託は"), "再委託は禁止 — 第22条第2項第5号");
    assert!(
        line("大量の本人確認情報に")
            .ends_with("「大量」 (bulk-records): 100件 — 案（規程に数の定めなし） — 第9条第2項")
    );
    let set = explain::summary(&with_settings("nagasaki-kyosai", &[("bulk-records", 300)]), Lang::Ja);
    assert!(set.contains("(bulk-records): 300件 — 第9条第2項"), "no proposal any more");
}

#[test]
fn groups_of_kinds() {
    for group in kinds::GROUPS {
        assert_eq!(kinds::named(group.code).unwrap(), group.kinds);
    }
    assert_eq!(kinds::named("hard-disk"), Some(vec![ItemKind::HardDisk]));
    assert_eq!(kinds::named("stone"), None);
    assert!(kinds::words().iter().all(|word| kinds::named(word).is_some()));
    let media: BTreeSet<_> = kinds::named("media").unwrap().into_iter().collect();
    assert!(kinds::named("removable").unwrap().iter().all(|kind| media.contains(kind)));
    assert_eq!(kinds::describe(&media, Lang::Ja), "電磁的記録媒体");
    assert_eq!(
        kinds::describe(&[ItemKind::Ssd, ItemKind::PaperRecord].into(), Lang::En),
        "SSD, Paper record"
    );
    let grouped: BTreeSet<_> = kinds::GROUPS.iter().flat_map(|group| group.kinds).collect();
    assert_eq!(grouped.len(), ItemKind::ALL.len() - 1, "microfilm alone is in no group");
}

#[test]
fn a_condition_without_limits_applies_to_everything() {
    let any = Condition::default();
    assert!(ItemKind::ALL.into_iter().all(|kind| any.applies(&of_kind(kind))));
    assert!(Measure::ALL.iter().all(|measure| Measure::from_code(measure.code()) == Some(*measure)));
    assert!(Area::ALL.iter().all(|area| Area::from_code(area.code()) == Some(*area)));
    assert!(Gated::ALL.iter().all(|gated| Gated::from_code(gated.code()) == Some(*gated)));
}
