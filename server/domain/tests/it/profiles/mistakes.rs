//! Each kind of mistake in a profile is refused with its place and a sentence in both languages.

use std::collections::BTreeMap;

use hokan_domain::{
    profile::{Mistake, NATIONAL_DEFAULT, Profile, ProfileError, Texts},
    text::Lang,
};

use super::HEAD;

fn mistakes(text: &str) -> Vec<ProfileError> {
    let refused = Profile::read(&Texts::of("mihon.toml", text)).expect_err("this is to be refused");
    assert_eq!(refused.text(Lang::Ja).lines().count(), refused.0.len());
    for mistake in &refused.0 {
        let [ja, en] = [Lang::Ja, Lang::En].map(|lang| mistake.sentence(lang));
        assert!(ja.ends_with('。') && ja != en && !en.is_empty(), "{ja} / {en}");
        let place = format!("mihon.toml:{}:{}: ", mistake.line, mistake.column);
        assert!(mistake.to_string().starts_with(&place), "{mistake}");
    }
    refused.0
}

/// The only mistake in what stands below [`HEAD`], whose lines begin at 4.
fn mistake(below: &str) -> ProfileError {
    let mut found = mistakes(&format!("{HEAD}{below}"));
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

fn refused(below: &str, line: usize, column: usize, kind: &Mistake) {
    let found = mistake(below);
    assert_eq!((found.line, found.column, &found.kind), (line, column, kind), "{found}");
}

const NAME: &str = "name = { ja = \"あ\", en = \"a\" }";

#[test]
fn syntax() {
    let found = mistake("number = \n");
    assert_eq!((found.line, matches!(found.kind, Mistake::Syntax { .. })), (4, true));
    let found = mistake("id = \"twice\"\n");
    assert_eq!((found.line, matches!(found.kind, Mistake::Syntax { .. })), (4, true));
}

#[test]
fn unknown_key() {
    let found = mistake("nubmer = \"1\"\n");
    assert_eq!((found.line, found.column), (4, 1));
    assert!(found.to_string().contains("“nubmer”") && found.sentence(Lang::Ja).contains("「nubmer」"));
    let found = mistake(&format!("[[roles]]\nid = \"a\"\n{NAME}\npots = \"町長\"\nclause = \"第1条\"\n"));
    assert_eq!((found.line, found.column), (7, 1));
    assert!(
        matches!(found.kind, Mistake::UnknownKey { key, known } if key == "pots" && known.contains(&"post".into()))
    );
    let found = mistake("[disposal]\nphoto_before = { requierd = true, clause = \"第1条\" }\n");
    assert_eq!((found.line, found.column), (5, 18));
    let when = "[disposal]\nphoto_before = { when = { kinds = [\"media\"] }, clause = \"第1条\" }\n";
    assert!(matches!(mistake(when).kind, Mistake::UnknownKey { key, .. } if key == "when"));
}

#[test]
fn missing_key() {
    let missing = |key: &str| Mistake::MissingKey { key: key.to_owned() };
    refused("[[roles]]\nid = \"a\"\nclause = \"第1条\"\n", 4, 1, &missing("name"));
    let found = mistakes("id = \"mihon\"\nin_force_from = 2026-04-01\n");
    assert_eq!((found.len(), found[0].line, &found[0].kind), (1, 1, &missing("title")));
}

#[test]
fn wrong_type() {
    let found = mistake("[log]\nyears = true\nclause = \"第1条\"\n");
    assert_eq!((found.line, found.column), (5, 9));
    let said = "値の型が違います。trueかfalse（true）ではなく整数か数の名前を書いてください。";
    assert_eq!(found.sentence(Lang::Ja), said);
    assert_eq!(
        found.to_string(),
        "mihon.toml:5:9: wrong type: write a whole number or the name of a number, not true or false (true)"
    );
    assert!(matches!(mistake("roles = 5\n").kind, Mistake::WrongType { .. }));
    assert!(matches!(mistake("media = 5\n").kind, Mistake::WrongType { .. }));
}

#[test]
fn unknown_word() {
    let unknown = [
        (
            "[[gates]]\nbefore = \"carryout\"\napprovals = { one = \"handler\" }\nclause = \"第1条\"\n",
            5,
            "carryout",
        ),
        ("[carry_out]\nleaves = \"village\"\nclause = \"第1条\"\n", 5, "village"),
        ("[carry_out]\nchannels = [\"hand\", \"pigeon\"]\nclause = \"第1条\"\n", 5, "pigeon"),
        ("[[carry_out.fields]]\nfields = [\"weather\"]\nclause = \"第1条\"\n", 5, "weather"),
        ("[[carry_out.protections]]\nany_of = [\"prayer\"]\nclause = \"第1条\"\n", 5, "prayer"),
        (
            "[[carry_out.protections]]\nwhen = { kinds = [\"stone\"] }\nany_of = [\"sealed\"]\nclause = \"第1条\"\n",
            5,
            "stone",
        ),
        (
            "[[carry_out.protections]]\nwhen = { categories = [\"gossip\"] }\nany_of = [\"sealed\"]\nclause = \"第1条\"\n",
            5,
            "gossip",
        ),
        (
            "[[carry_out.protections]]\nwhen = { direction = \"up\" }\nany_of = [\"sealed\"]\nclause = \"第1条\"\n",
            5,
            "up",
        ),
        (
            "[[carry_out.grounds]]\nid = \"a\"\nname = { ja = \"あ\", en = \"a\" }\nrequires = [\"luck\"]\nclause = \"第1条\"\n",
            7,
            "luck",
        ),
        (
            "[[disposal.methods]]\nid = \"a\"\nname = { ja = \"あ\", en = \"a\" }\nkinds = [\"media\"]\ntechnique = \"hide\"\nclause = \"第1条\"\n",
            8,
            "hide",
        ),
        (
            "[[incident.chain]]\nid = \"a\"\nto = \"general-officer\"\nwithin = { days = 1 }\nat_least = \"bad\"\nclause = \"第1条\"\n",
            8,
            "bad",
        ),
        (
            "[[values]]\nid = \"a\"\nname = { ja = \"あ\", en = \"a\" }\nunit = \"moons\"\nvalue = 1\nclause = \"第1条\"\n",
            7,
            "moons",
        ),
        (
            "[[retention.rules]]\nid = \"a\"\nname = { ja = \"あ\", en = \"a\" }\nstart = \"someday\"\nlength = \"none\"\nclause = \"第1条\"\n",
            7,
            "someday",
        ),
    ];
    for (below, line, expected) in unknown {
        let found = mistake(below);
        assert_eq!(found.line, line, "{found}");
        let Mistake::UnknownWord { word, known } = &found.kind else { panic!("{found}") };
        assert_eq!(word, expected);
        assert!(known.len() > 1 && found.sentence(Lang::Ja).contains(known[0].as_str()));
    }
}

#[test]
fn unknown_role() {
    let unknown = [
        ("[[gates]]\nbefore = \"copy\"\napprovals = { one = \"ghost\" }\nclause = \"第1条\"\n", 6, 21),
        (
            "[[gates]]\nbefore = \"copy\"\napprovals = { all = [\"handler\", \"ghost\"] }\nclause = \"第1条\"\n",
            6,
            33,
        ),
        (
            "[[designations]]\nid = \"a\"\nname = { ja = \"あ\", en = \"a\" }\nby = \"ghost\"\nclause = \"第1条\"\n",
            7,
            6,
        ),
        (
            "[[roles]]\nid = \"a\"\nname = { ja = \"あ\", en = \"a\" }\nstands_for = [\"ghost\"]\nclause = \"第1条\"\n",
            7,
            15,
        ),
        (
            "[[levels]]\nlevel = 1\nname = { ja = \"あ\", en = \"a\" }\npermitted_by = \"ghost\"\nclause = \"第1条\"\n",
            7,
            16,
        ),
        (
            "[[inspections]]\nid = \"a\"\nname = { ja = \"あ\", en = \"a\" }\nby = \"ghost\"\nevery_days = 1\nclause = \"第1条\"\n",
            7,
            6,
        ),
        ("[[incident.chain]]\nid = \"a\"\nto = \"ghost\"\nwithin = { days = 1 }\nclause = \"第1条\"\n", 6, 6),
        ("[disposal]\nwitness = { by = { any = [\"ghost\"] }, clause = \"第1条\" }\n", 5, 27),
        (
            "[retention.escalation]\ndays_before = [1]\nevery_days = 7\nowner = \"ghost\"\nclause = \"第1条\"\n",
            7,
            9,
        ),
    ];
    for (below, line, column) in unknown {
        refused(below, line, column, &Mistake::UnknownRole { role: "ghost".to_owned() });
    }
    // A mistake in the default is told with the default's own place.
    let beneath = NATIONAL_DEFAULT.replacen("{ one = \"protection-officer\" }", "{ one = \"ghost\" }", 1);
    let found = Profile::parse(&beneath).unwrap_err().0;
    let line = beneath.lines().position(|line| line.contains("ghost")).unwrap() + 1;
    assert_eq!((found.len(), found[0].file.as_str(), found[0].line), (1, "national-default.toml", line));
}

#[test]
fn unsatisfiable_gate() {
    let nobody = Mistake::NobodyApproves { gated: "copy".to_owned() };
    for approvals in ["{ any = [] }", "{ all = [] }", "{ }"] {
        refused(
            &format!("[[gates]]\nbefore = \"copy\"\napprovals = {approvals}\nclause = \"第1条\"\n"),
            6,
            13,
            &nobody,
        );
    }
    let both = "[[gates]]\nbefore = \"copy\"\napprovals = { one = \"handler\", any = [\"handler\"] }\nclause = \"第1条\"\n";
    assert!(matches!(mistake(both).kind, Mistake::OneOf { .. }));
}

#[test]
fn gate_that_is_never_reached() {
    let gate = |when: &str| {
        format!(
            "[[gates]]\nbefore = \"copy\"\napprovals = {{ one = \"handler\" }}\n{when}clause = \"第1条\"\n"
        )
    };
    let documents = "when = { kinds = [\"documents\"] }\n";
    let never = Mistake::NeverReached { gated: "copy".to_owned() };
    refused(&format!("{}{}", gate(""), gate(documents)), 9, 10, &never);
    let in_order = format!("{HEAD}{}{}", gate(documents), gate(""));
    assert!(Profile::read(&Texts::of("mihon.toml", &in_order)).is_ok());
}

#[test]
fn missing_clause() {
    let without = [
        (format!("[[roles]]\nid = \"a\"\n{NAME}\n"), 4, 1),
        (format!("[[roles]]\nid = \"a\"\n{NAME}\nclause = \" \"\n"), 7, 10),
        ("[[gates]]\nbefore = \"copy\"\napprovals = { one = \"handler\" }\n".to_owned(), 4, 1),
        ("[carry_out]\nleaves = \"office\"\n".to_owned(), 4, 1),
        ("[log]\nyears = 7\n".to_owned(), 4, 1),
        ("[disposal]\nphoto_after = { required = false }\n".to_owned(), 5, 15),
        ("[media]\ndesignated_home = {}\n".to_owned(), 5, 19),
        ("[[remarks]]\ntext = { ja = \"あ\", en = \"a\" }\n".to_owned(), 4, 1),
        ("[citations]\nhandlers-only = \"\"\n".to_owned(), 5, 1),
    ];
    for (below, line, column) in without {
        refused(&below, line, column, &Mistake::MissingClause);
    }
}

#[test]
fn duplicate_id() {
    let role = |id: &str| format!("[[roles]]\nid = \"{id}\"\n{NAME}\nclause = \"第1条\"\n");
    let twice = |id: &str| Mistake::Duplicate { id: id.to_owned() };
    refused(&format!("{}{}", role("a"), role("a")), 9, 6, &twice("a"));
    // Every handler is one already.
    refused(&role("handler"), 5, 6, &twice("handler"));
    let fields = "[[carry_out.fields]]\nfields = [\"kinds\", \"kinds\"]\nclause = \"第1条\"\n";
    refused(fields, 5, 10, &twice("kinds"));
    let level = format!("[[levels]]\nlevel = 1\n{NAME}\nclause = \"第1条\"\n");
    refused(&format!("{level}{level}"), 9, 9, &twice("1"));
}

#[test]
fn bad_id() {
    let below = format!("[[roles]]\nid = \"データ管理者\"\n{NAME}\nclause = \"第1条\"\n");
    refused(&below, 5, 6, &Mistake::BadId { id: "データ管理者".to_owned() });
}

#[test]
fn number_out_of_range() {
    let out = |key: &str, least, most, found| Mistake::OutOfRange { key: key.to_owned(), least, most, found };
    refused("[hand_over]\nexpires_hours = 0\n", 5, 17, &out("hand_over.expires_hours", 1, 744, 0));
    refused("[log]\nyears = 201\nclause = \"第1条\"\n", 5, 9, &out("log.years", 1, 200, 201));
    let value = format!("[[values]]\nid = \"a\"\n{NAME}\nunit = \"years\"\nvalue = -1\nclause = \"第1条\"\n");
    refused(&value, 8, 9, &out("a", 1, 200, -1));
    let rule = format!(
        "[[retention.rules]]\nid = \"a\"\n{NAME}\nstart = \"recorded\"\nlength = {{ years = 0 }}\nclause = \"第1条\"\n"
    );
    assert_eq!(mistake(&rule).kind, out("length", 1, 1000, 0));
    let level = format!("[[levels]]\nlevel = 10\n{NAME}\nclause = \"第1条\"\n");
    refused(&level, 5, 9, &out("level", 1, 9, 10));
    let method = format!(
        "[[disposal.methods]]\nid = \"a\"\n{NAME}\nkinds = [\"media\"]\ntechnique = \"destroy\"\nparticle_mm2 = -2.5\nclause = \"第1条\"\n"
    );
    assert_eq!(
        (mistake(&method).line, matches!(mistake(&method).kind, Mistake::OutOfRange { .. })),
        (9, true)
    );
}

#[test]
fn unknown_value() {
    let unknown = Mistake::UnknownValue { id: "soon".to_owned() };
    refused("[log]\nyears = \"soon\"\nclause = \"第1条\"\n", 5, 9, &unknown);
    let wrong =
        Mistake::WrongUnit { id: "witness-minutes".to_owned(), unit: "minutes".to_owned(), needed: "years" };
    refused("[log]\nyears = \"witness-minutes\"\nclause = \"第1条\"\n", 5, 9, &wrong);
}

#[test]
fn retention_default_that_names_no_rule() {
    let unknown = Mistake::UnknownRetentionRule { rule: "forever".to_owned() };
    refused("[[retention.defaults]]\nrule = \"forever\"\n", 5, 8, &unknown);
}

#[test]
fn designation_among_nobody() {
    let below = format!(
        "[[designations]]\nid = \"a\"\n{NAME}\nby = \"general-officer\"\namong = \"b\"\nclause = \"第1条\"\n"
    );
    refused(&below, 8, 9, &Mistake::UnknownDesignation { designation: "b".to_owned() });
}

#[test]
fn citation_for_no_rule() {
    let nobody = Mistake::NotAProductRule { name: "nobody".to_owned() };
    refused("[citations]\nnobody = \"第1条\"\n", 5, 1, &nobody);
    let table = "[citations]\nnobody = { regulation = \"x\", article = \"y\" }\n";
    refused(table, 5, 1, &nobody);
}

#[test]
fn dates() {
    let with = |date: &str| mistakes(&HEAD.replace("2026-04-01", date)).remove(0);
    for date in ["2026-04-01T09:00:00", "09:00:00"] {
        let found = with(date);
        assert!(matches!(&found.kind, Mistake::BadDate { .. }), "{found}");
        assert_eq!((found.line, found.column), (3, 17));
    }
    assert!(matches!(with("2026-02-30").kind, Mistake::Syntax { .. }));
    assert!(matches!(with("\"2026-04-01\"").kind, Mistake::WrongType { .. } | Mistake::WrongValue { .. }));
}

#[test]
fn empty_list() {
    let empty = |key: &str| Mistake::EmptyList { key: key.to_owned() };
    refused("[carry_out]\nchannels = []\nclause = \"第1条\"\n", 5, 12, &empty("channels"));
    let none = "[[carry_out.protections]]\nany_of = []\nclause = \"第1条\"\n";
    refused(none, 5, 10, &empty("any_of"));
    let nothing = "[disposal]\ndelegated = { witnessed = false, certificate = false, clause = \"第1条\" }\n";
    refused(nothing, 5, 13, &empty("delegated"));
}

#[test]
fn exactly_one_of() {
    let step = |to: &str, within: &str| {
        format!("[[incident.chain]]\nid = \"a\"\n{to}within = {within}\nclause = \"第1条\"\n")
    };
    let general = "to = \"general-officer\"\n";
    for below in [
        step(general, "{ minutes = 1, days = 1 }"),
        step(general, "{}"),
        step("", "{ days = 1 }"),
        format!("[[inspections]]\nid = \"a\"\n{NAME}\nby = \"general-officer\"\nclause = \"第1条\"\n"),
    ] {
        assert!(matches!(mistake(&below).kind, Mistake::OneOf { .. }), "{below}");
    }
}

#[test]
fn settings_that_mean_nothing() {
    let read = |id: &str, number: u32| {
        let settings = BTreeMap::from([(id.to_owned(), number)]);
        Profile::shipped("nishi-izu", &settings).unwrap().unwrap_err().0.remove(0)
    };
    let unknown = read("bulk-records", 5);
    assert_eq!(unknown.kind, Mistake::UnknownSetting { id: "bulk-records".to_owned() });
    assert!(unknown.to_string().starts_with("settings: "));
    assert!(matches!(read("log-years", 0).kind, Mistake::OutOfRange { found: 0, .. }));
    // In range for what it counts, but not for what it is used for.
    let used = read("witness-minutes", 0);
    assert!(matches!(used.kind, Mistake::OutOfRange { key, .. } if key == "disposal.witness_within_minutes"));
}

#[test]
fn all_mistakes_are_told_at_once() {
    let below = format!(
        "foo = 1\n[[roles]]\nid = \"a\"\n{NAME}\npots = \"x\"\nclause = \"第1条\"\n\
         [[gates]]\nbefore = \"copy\"\napprovals = 5\nclause = \"第1条\"\n[log]\nyear = 7\n"
    );
    let lines: Vec<_> = mistakes(&format!("{HEAD}{below}")).iter().map(|mistake| mistake.line).collect();
    assert_eq!(lines, [4, 8, 12, 15]);
    let below = format!(
        "[[roles]]\nid = \"a\"\n{NAME}\n[[roles]]\nid = \"a\"\n{NAME}\nclause = \"第1条\"\n\
         [log]\nyears = \"soon\"\nclause = \"第1条\"\n[citations]\nnobody = \"第1条\"\n"
    );
    let lines: Vec<_> = mistakes(&format!("{HEAD}{below}")).iter().map(|mistake| mistake.line).collect();
    assert_eq!(lines, [4, 8, 12, 15]);
}

#[test]
fn a_column_counts_characters() {
    let found = mistake("number = \"令和二年\" x\n");
    assert_eq!((found.line, found.column), (4, 17));
}
