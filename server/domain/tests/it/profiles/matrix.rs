//! The shipped profiles against the matrix of the five regulations, subject by subject (D1 to D25).
//!
//! The lines `req:` name the obligations that a test proves, as far as what a regulation says is concerned: who,
//! what, how long. That it is also done is proven where it is done.

use std::collections::BTreeSet;

use hokan_domain::{
    contents::Category,
    item::ItemKind,
    profile::{
        Area, Channel, Clock, Field, Gated, HANDLER, Matter, Paper, Profile, Role, RoleId, SHIPPED, Technique,
    },
    refusal::{ProductRule, Source},
    retention::{Length, Start},
    text::Lang,
};

use super::{TOWNS, approvers, carried, cited, gate, measures, of_kind, shipped, usb, ways, with_settings};

fn post(profile: &Profile, role: &str) -> String {
    let found = profile.roles.iter().find(|found| found.name.ja == role);
    let found = found.unwrap_or_else(|| panic!("{} has no {role}", profile.id));
    format!("{} {}", found.post.as_deref().unwrap_or("—"), cited(&found.source))
}

/// D1, D2: who holds which role by virtue of which post.
///
/// req: II-003 II-004 II-008 II-029 YB-004 NG-005 NG-007 NG-010 NG-013 NI-002 NI-003 NI-012 NI-013
/// req: KT-006 KT-007 KT-008 KT-009
#[test]
fn roles_and_posts() {
    let table = [
        ("iide", "セキュリティ統括責任者", "副町長 第3条"),
        ("iide", "セキュリティ責任者", "住民課長 第4条第1項"),
        ("iide", "システム管理者", "企画課長 第5条第1項"),
        ("iide", "アクセス管理者", "システム管理者（企画課長） 第9条の2"),
        ("yabu", "システム管理者", "危機管理監 第3条第1項・第3項"),
        ("yabu", "運用管理者", "— 第4条第1項・第3項"),
        ("nagasaki-kyosai", "住基ネットセキュリティ統括責任者", "事務局長 第3条第1項・第2項"),
        ("nagasaki-kyosai", "本人確認情報管理責任者", "総務課長 第4条第1項・第2項"),
        ("nagasaki-kyosai", "住基ネットシステム管理者", "年金課長 第5条第1項・第2項"),
        ("nagasaki-kyosai", "住基ネットセキュリティ管理者", "年金課長 第6条第1項・第2項"),
        ("nishi-izu", "総括責任者", "副町長 第4条"),
        ("nishi-izu", "保護責任者", "特定個人情報等を取り扱う事務の担当課長及び局長 第5条第1項"),
        ("nishi-izu", "監査責任者", "総務課長 第7条"),
        ("nishi-izu", "システム管理者", "庁内ネットワーク等の情報システムを管理する課長 第8条"),
        ("nishi-izu", "システム担当者", "庁内ネットワーク等の情報システムを管理する担当者 第9条"),
        ("kitami", "COKAS-R/ADⅡ管理者", "企画財政部DX推進室情報システム課長 第3条第1項"),
        ("kitami", "個別システム管理者", "そのシステムを所管する課等の長 第3条第1項"),
        ("kitami", "二要素認証システム管理者", "企画財政部DX推進室情報システム課長 第3条第2項"),
        ("kitami", "中間サーバー管理者", "企画財政部DX推進室情報システム課長 第3条第3項"),
        ("kitami", "情報セキュリティ責任者", "— 第4条"),
        // The text names nobody above the officer of each unit.
        ("kitami", "総括責任者", "— 国 別添1 2Ca"),
    ];
    for (town, role, expected) in table {
        assert_eq!(post(&shipped(town), role), expected, "{town}");
    }
    for id in TOWNS {
        let profile = shipped(id);
        assert_eq!(profile.roles.iter().filter(|role| role.top).count(), 1, "{id} has one role at the top");
        // Somebody does the work of each role of the national default.
        for role in shipped("national-default").roles {
            let does = |own: &&Role| own.id == role.id || own.stands_for.contains(&role.id);
            assert!(profile.roles.iter().any(|own| does(&own)), "{id}: {}", role.id);
        }
    }
    let each = |town: &str, role: &str| {
        shipped(town).roles.iter().any(|found| found.name.ja == role && found.per_division)
    };
    assert!(each("nishi-izu", "保護責任者") && each("kitami", "情報セキュリティ責任者"));
    assert!(each("yabu", "運用管理者") && !each("iide", "セキュリティ責任者"));
}

/// D3: who designates handlers, and who is told.
///
/// req: NG-012
#[test]
fn designations() {
    let designated = |id: &str| -> Vec<String> {
        let profile = shipped(id);
        let name = |role: &RoleId| profile.role_name(role, Lang::Ja);
        let entries = profile.designations.iter();
        entries
            .map(|entry| {
                let told = entry.report_to.as_ref().map_or_else(|| "—".to_owned(), name);
                format!("{} / {} / {told} / {}", entry.name.ja, name(&entry.by), cited(&entry.source))
            })
            .collect()
    };
    assert_eq!(
        designated("iide"),
        [
            "本人確認情報操作者 / セキュリティ責任者 / セキュリティ統括責任者 / 第7条第1項・第2項",
            "システム操作者 / システム管理者 / セキュリティ統括責任者 / 第8条第1項・第2項",
        ]
    );
    assert_eq!(
        designated("yabu"),
        [
            "運用管理者 / システム管理者 / — / 第3条第2項第5号",
            "業務担当者 / 運用管理者 / — / 第4条第2項第2号",
        ]
    );
    assert_eq!(designated("nishi-izu"), ["事務取扱担当者 / 保護責任者 / システム管理者 / 第6条第1項"]);
    assert_eq!(designated("kitami")[0].split(" / ").nth(1), Some("情報セキュリティ責任者"));
    let nagasaki = shipped("nagasaki-kyosai");
    let site = nagasaki.designations.iter().find(|entry| entry.name.ja == "拠点管理者").unwrap();
    assert_eq!((site.exactly, site.among.as_deref()), (Some(2), Some("operator")));
}

/// D6: whose edge is crossed by a carry-out, and by which ways.
///
/// req: NI-042 NI-046
#[test]
fn what_a_carry_out_is() {
    let all = [Channel::Hand, Channel::Post, Channel::Transmission];
    let table = [
        ("iide", Area::ServerRoom, "第5条第2項"),
        ("yabu", Area::Office, "第10条第4号"),
        ("nagasaki-kyosai", Area::Office, "第11条第3項"),
        ("nishi-izu", Area::HandlingArea, "第19条柱書"),
        ("kitami", Area::HandlingArea, "国 別添1 2Ec"),
    ];
    for (town, leaves, clause) in table {
        let rules = shipped(town).carry_out;
        assert_eq!((rules.leaves, cited(&rules.source)), (leaves, clause.to_owned()), "{town}");
        assert_eq!(rules.channels, all, "{town}");
        assert_eq!(rules.exempt.len(), usize::from(town == "nishi-izu"), "{town}");
    }
    assert_eq!(cited(&shipped("nishi-izu").carry_out.exempt[0].source), "第19条柱書ただし書");
}

/// D7: who approves a carry-out.
///
/// req: NG-037 NG-044 NI-010 YB-032
#[test]
fn who_approves_a_carry_out() {
    let table = [
        ("iide", ItemKind::UsbMemory, "one セキュリティ責任者", "国 別添1 2B"),
        ("yabu", ItemKind::UsbMemory, "any システム管理者 運用管理者", "第10条第4号"),
        (
            "nagasaki-kyosai",
            ItemKind::UsbMemory,
            "all 本人確認情報管理責任者 住基ネットシステム管理者",
            "第11条第3項前段",
        ),
        (
            "nagasaki-kyosai",
            ItemKind::PaperRecord,
            "all 本人確認情報管理責任者 住基ネットシステム管理者",
            "第11条第3項前段",
        ),
        ("nagasaki-kyosai", ItemKind::SystemDocument, "one 住基ネットシステム管理者", "第12条第2項"),
        ("nishi-izu", ItemKind::UsbMemory, "one 保護責任者", "第6条第4項第3号"),
        ("kitami", ItemKind::UsbMemory, "one 情報セキュリティ責任者", "国 別添1 2B"),
    ];
    for (town, kind, who, clause) in table {
        let profile = shipped(town);
        let gate = gate(&profile, Gated::CarryOut, &of_kind(kind));
        assert_eq!(
            (approvers(&profile, &gate.approvers), cited(&gate.source)),
            (who.into(), clause.into()),
            "{town}"
        );
    }
}

/// D8: permitted grounds and purposes.
///
/// req: NI-001 NI-043 NI-044 NI-045
#[test]
fn grounds_and_purposes() {
    let grounds = |id: &str| -> Vec<String> {
        let rules = shipped(id).carry_out;
        rules.grounds.iter().map(|ground| cited(&ground.source)).collect()
    };
    assert_eq!(grounds("nishi-izu"), ["第19条第1号", "第19条第2号", "第19条第3号"]);
    let nishi_izu = shipped("nishi-izu");
    assert_eq!(nishi_izu.carry_out.ground_required.as_ref().map(cited).as_deref(), Some("第19条柱書"));
    assert_eq!(nishi_izu.ground("contractor").unwrap().requires, [Field::Contract]);
    assert_eq!(nishi_izu.ground("receipt").unwrap().requires, [Field::Counterparty]);
    assert_eq!(nishi_izu.ground("other-body").unwrap().requires, [Field::Counterparty, Field::LegalGround]);
    for town in ["iide", "yabu", "nagasaki-kyosai", "kitami"] {
        assert!(grounds(town).is_empty(), "{town}");
        assert!(shipped(town).carry_out.ground_required.is_none(), "{town}");
    }
    let purposes = |id: &str| -> Vec<String> {
        let purposes = shipped(id).purposes;
        let required = purposes.required.iter().map(cited);
        required.chain(purposes.list.iter().map(|purpose| cited(&purpose.source))).collect()
    };
    assert_eq!(
        purposes("nagasaki-kyosai"),
        ["第10条", "第10条第1号", "第10条第2号", "第10条第3号", "第10条第4号"]
    );
    assert_eq!(purposes("nishi-izu"), ["第29条・第31条", "第3条・第31条"]);
    assert_eq!(purposes("kitami"), ["第10条", "第10条第1号", "第10条第2号", "第10条第3号"]);
    assert!(purposes("iide").is_empty() && purposes("yabu").is_empty());
}

/// D9: what is recorded before departure.
///
/// req: NG-038
#[test]
fn fields_of_a_carry_out() {
    let fields = |id: &str| -> Vec<(Field, String)> {
        shipped(id).carry_out.fields.iter().map(|(field, source)| (*field, cited(source))).collect()
    };
    let clause = "第11条第3項後段".to_owned();
    let of_nagasaki = [Field::Counterparty, Field::Kinds, Field::Quantity, Field::Records];
    assert_eq!(fields("nagasaki-kyosai"), of_nagasaki.map(|field| (field, clause.clone())));
    for town in ["iide", "yabu", "nishi-izu", "kitami"] {
        assert_eq!(fields(town), [(Field::Counterparty, "国 別添1 2Cb".to_owned())], "{town}");
    }
}

/// D10: how what leaves is protected.
///
/// req: NG-039 NI-047 NI-048 NI-049 NI-050 NI-051
#[test]
fn protection_on_the_way() {
    let nagasaki = shipped("nagasaki-kyosai");
    for kind in [ItemKind::UsbMemory, ItemKind::MagneticTape, ItemKind::PaperRecord] {
        assert_eq!(carried(&nagasaki, kind), ["locked-container|strict-packaging (第11条第3項後段)"]);
    }
    let nishi_izu = shipped("nishi-izu");
    assert_eq!(
        carried(&nishi_izu, ItemKind::HardDisk),
        [
            "encryption|password or reason (別表第2)",
            "locked-container or reason (別表第2)",
            "traceable or reason (別表第2)",
        ]
    );
    assert_eq!(
        carried(&nishi_izu, ItemKind::PrintOut),
        ["sealed or reason (別表第2)", "masked or reason (別表第2)"]
    );
    // Where data is stored on media there is no way around it.
    let stored = &nishi_izu.media.before_data[0];
    assert_eq!(measures(stored), "encryption|password (第17条第1号)");
    assert!(stored.when.applies(&usb()));
    assert_eq!(
        carried(&shipped("yabu"), ItemKind::UsbMemory),
        ["locked-container|strict-packaging|traceable (第9条第1号後段)"]
    );
    for town in ["iide", "kitami"] {
        assert_eq!(
            carried(&shipped(town), ItemKind::UsbMemory),
            [
                "encryption|password or reason (国 別添1 2Ec)",
                "locked-container or reason (国 別添1 2Ec)",
                "traceable or reason (国 別添1 2Ec)",
            ],
            "{town}"
        );
    }
}

/// The retention rule of contents that name none, by kind of item and category.
fn falls_under(profile: &Profile, kind: ItemKind, category: Category) -> (&str, String) {
    let matter = Matter { categories: [category].into(), ..of_kind(kind) };
    let (_, id) = profile.retention.defaults.iter().find(|(when, _)| when.applies(&matter)).unwrap();
    (id, cited(&profile.retention_rule(id).unwrap().1))
}

/// D11: what a retention period starts with.
#[test]
fn what_retention_starts_with() {
    let nagasaki = shipped("nagasaki-kyosai");
    let (rule, source) = nagasaki.retention_rule("next-payment").unwrap();
    assert_eq!(rule.start, Start::CalendarNext("pension-payment".to_owned()));
    assert_eq!((rule.length, rule.grace_days, cited(source)), (Length::None, 14, "第11条第1項".to_owned()));
    for kind in [ItemKind::UsbMemory, ItemKind::PaperRecord] {
        for category in [Category::IdentityVerification, Category::SpecificPersonal] {
            let under = falls_under(&nagasaki, kind, category);
            assert_eq!(under, ("next-payment", "第11条第1項".to_owned()));
        }
    }
    let (id, source) = falls_under(&nagasaki, ItemKind::SystemDocument, Category::System);
    assert_eq!((id, source.as_str()), ("no-longer-needed", "国 第4-3-(4)B"));
    let offered: Vec<_> = nagasaki.retention.rules.iter().map(|(rule, _)| rule.id.as_str()).collect();
    assert_eq!(offered, ["next-payment", "no-longer-needed"], "no longer period is offered");

    let yabu = shipped("yabu");
    let ended = &yabu.retention_rule("operation-ended").unwrap().0;
    assert_eq!(ended.start, Start::Event("operation-ended".to_owned()));
    let under = falls_under(&yabu, ItemKind::UsbMemory, Category::Personal);
    assert_eq!(under, ("no-longer-needed", "第9条第2号".to_owned()));

    let nishi_izu = shipped("nishi-izu");
    let years = |id: &str| nishi_izu.retention_rule(id).map(|(rule, source)| (rule.length, cited(source)));
    for (id, length) in [
        ("fiscal-1", 1),
        ("fiscal-3", 3),
        ("fiscal-5", 5),
        ("fiscal-7", 7),
        ("fiscal-10", 10),
        ("fiscal-30", 30),
    ] {
        assert_eq!(years(id), Some((Length::Years(length), "第36条".to_owned())));
    }
    assert_eq!(nishi_izu.retention_rule("fiscal-5").unwrap().0.grace_days, 30);
    for town in ["iide", "kitami"] {
        let profile = shipped(town);
        assert!(profile.retention.rules.iter().all(|(_, source)| matches!(source, Source::Default(_))));
        let under = falls_under(&profile, ItemKind::PaperRecord, Category::SpecificPersonal);
        assert_eq!(under, ("fiscal-5", "国 別添1 2Ed".to_owned()));
    }
}

#[test]
fn what_is_due_is_told_again_and_again() {
    for known in SHIPPED {
        let escalation = shipped(known.id).retention.escalation;
        assert_eq!((escalation.days_before, escalation.every_days), (vec![90, 30, 7], 7));
        assert!(escalation.escalate.iter().all(|(_, role)| *role != escalation.owner), "{}", known.id);
    }
}

/// D12: who orders destruction, and who confirms it.
///
/// req: NI-052 NI-091 YB-028
#[test]
fn who_orders_disposal() {
    let table = [
        ("iide", "one セキュリティ責任者", "国 別添1 2Ed"),
        ("yabu", "one システム管理者", "第9条第2号"),
        ("nagasaki-kyosai", "one 本人確認情報管理責任者", "国 別添1 2Ed"),
        ("nishi-izu", "one 保護責任者", "第20条柱書"),
        ("kitami", "one 情報セキュリティ責任者", "国 別添1 2Ed"),
    ];
    for (town, who, clause) in table {
        let profile = shipped(town);
        let gate = gate(&profile, Gated::Dispose, &usb());
        assert_eq!(
            (approvers(&profile, &gate.approvers), cited(&gate.source)),
            (who.into(), clause.into()),
            "{town}"
        );
        let confirmed = profile.gate(Gated::ConfirmDisposal, &usb()).map(|gate| cited(&gate.source));
        assert_eq!(confirmed.as_deref(), (town == "nishi-izu").then_some("別表第1"), "{town}");
    }
}

/// D13: how.
///
/// req: YB-028 NG-041 NI-053 NI-054
#[test]
fn how_things_are_destroyed() {
    let nishi_izu = shipped("nishi-izu");
    let paper = ["shred-paper", "burn-paper", "dissolve-paper"];
    assert_eq!(ways(&nishi_izu, ItemKind::PaperRecord, true), paper);
    assert_eq!(ways(&nishi_izu, ItemKind::Ssd, true), ["erase-software", "destroy"]);
    assert_eq!(ways(&nishi_izu, ItemKind::Server, true), ["erase-software", "destroy"]);
    let software = nishi_izu.method("erase-software").unwrap();
    assert!(software.needs_tool, "software and version are recorded");
    assert_eq!((software.technique, cited(&software.source)), (Technique::Purge, "第20条第2号".to_owned()));

    let nagasaki = shipped("nagasaki-kyosai");
    assert_eq!(ways(&nagasaki, ItemKind::UsbMemory, true), ["crush", "incinerate"]);
    let paper = ["incinerate", "shred-paper", "dissolve-paper"];
    assert_eq!(ways(&nagasaki, ItemKind::PaperRecord, true), paper);
    assert_eq!(cited(&nagasaki.disposal.methods_source), "第11条第5項");
    // Erasing alone (消去) is not spoken of: it stays as the national default has it, and disposes of nothing.
    assert!(ways(&nagasaki, ItemKind::UsbMemory, false).contains(&"crypto-erase"));

    let yabu = shipped("yabu");
    let (when, source) = yabu.disposal.erase_first.as_ref().unwrap();
    assert_eq!(cited(source), "第9条第2号");
    assert!(when.applies(&usb()) && !when.applies(&of_kind(ItemKind::PaperRecord)));
    for town in ["iide", "nagasaki-kyosai", "nishi-izu", "kitami"] {
        assert!(shipped(town).disposal.erase_first.is_none(), "{town}");
    }
    for town in ["iide", "yabu", "kitami"] {
        let profile = shipped(town);
        assert_eq!(ways(&profile, ItemKind::UsbMemory, true), ["shred-flash", "incinerate"], "{town}");
        assert!(profile.disposal.methods.iter().all(|method| matches!(method.source, Source::Default(_))));
    }
    // There is a way for every kind of item in every town.
    for known in SHIPPED {
        let profile = shipped(known.id);
        for kind in ItemKind::ALL {
            assert!(!ways(&profile, kind, true).is_empty(), "{}: {}", known.id, kind.code());
        }
        let names: BTreeSet<_> = profile.disposal.methods.iter().map(|method| &method.id).collect();
        assert_eq!(names.len(), profile.disposal.methods.len(), "each method has a name of its own");
    }
}

#[test]
fn the_default_names_particle_sizes() {
    let default = shipped("national-default");
    let sizes = [
        ("crush-drive", "H-4", 200_000),
        ("shred-flash", "E-4", 3_000),
        ("shred-disc", "O-4", 3_000),
        ("shred-tape", "T-4", 16_000),
        ("shred-paper", "P-4", 16_000),
        ("shred-film", "F-4", 250),
    ];
    for (id, class, hundredths) in sizes {
        let method = default.method(id).unwrap();
        assert_eq!((method.particle_class.as_deref(), method.particle_mm2), (Some(class), Some(hundredths)));
    }
    assert_eq!(default.method("degauss").unwrap().technique, Technique::Purge, "no destruction any more");
}

/// D14: who stands by, and how work that is entrusted is made sure of.
///
/// req: NI-014 NI-057
#[test]
fn witnesses() {
    let nishi_izu = shipped("nishi-izu");
    assert_eq!(approvers(&nishi_izu, &nishi_izu.disposal.witness), "any システム担当者 取扱担当者");
    assert_eq!(cited(&nishi_izu.disposal.delegated.source), "第20条第4号");
    assert!(nishi_izu.disposal.delegated.witnessed && nishi_izu.disposal.delegated.certificate);
    // The clause is about contractors: that a town's own work is witnessed is not passed off as its rule.
    assert!(matches!(nishi_izu.disposal.witness_source, Source::Default(_)));
    for town in ["iide", "yabu", "nagasaki-kyosai", "kitami"] {
        let disposal = shipped(town).disposal;
        assert_eq!(cited(&disposal.delegated.source), "国 別添1 2Ed", "{town}");
        assert!(matches!(disposal.witness_source, Source::Default(_)), "{town}");
        assert!(disposal.witness.roles().contains(&HANDLER.into()), "{town}");
    }
}

/// D15: for how long the trail is kept.
///
/// req: II-030 NG-060 NI-061
#[test]
fn years_of_the_trail() {
    let table = [
        ("iide", "第9条の3"),
        ("yabu", "国 別添1 2Cb"),
        ("nagasaki-kyosai", "第17条"),
        ("nishi-izu", "第23条"),
        ("kitami", "国 別添1 2Cb"),
    ];
    for (town, clause) in table {
        let (years, source) = shipped(town).log_years;
        assert_eq!((years, cited(&source).as_str()), (7, clause), "{town}");
    }
    // 「一定期間」 is for the town to fill.
    assert!(shipped("nishi-izu").value("log-years").unwrap().proposal);
    assert_eq!(with_settings("nishi-izu", &[("log-years", 10)]).log_years.0, 10);
}

/// D16: levels of places, who permits entry, and what vendors need.
///
/// req: NG-045 NG-046 NG-047
#[test]
fn levels_of_places() {
    let levels = |id: &str| -> Vec<String> {
        let profile = shipped(id);
        let entries = profile.levels.iter();
        entries
            .map(|level| {
                let by = level.permitted_by.as_ref().map(|role| profile.role_name(role, Lang::Ja));
                format!(
                    "{} {} {} {}",
                    level.level,
                    level.name.ja,
                    by.unwrap_or_default(),
                    cited(&level.source)
                )
            })
            .collect()
    };
    let clause = "第13条第1項・第2項";
    let terminals = "業務端末機（生体認証装置等を含む。）及びネットワーク機器の設置場所";
    assert_eq!(
        levels("nagasaki-kyosai"),
        [
            format!("1 {terminals} 住基ネットシステム管理者 {clause}"),
            format!("2 サーバの設置場所 本人確認情報管理責任者 {clause}"),
            format!("3 記録媒体の保管場所 住基ネットセキュリティ統括責任者 {clause}"),
        ]
    );
    let nagasaki = shipped("nagasaki-kyosai").levels;
    for level in &nagasaki {
        for asked in [&level.vendor_tag, &level.vendor_escort] {
            assert_eq!(asked.as_ref().map(cited).as_deref(), Some("第13条第4項"));
        }
    }
    assert_eq!(nagasaki.iter().map(|level| level.handlers_only).collect::<Vec<_>>(), [true, false, false]);
    assert_eq!(levels("nishi-izu")[0], "1 取扱区域 保護責任者 第16条");
    let tag = shipped("nishi-izu").levels[0].tag.as_ref().map(cited);
    assert_eq!(tag.as_deref(), Some("第16条第1号"));
    assert_eq!(levels("iide")[1], "2 サーバ室 システム管理者 第5条第2項");
}

/// D17: who tells whom, how soon.
#[test]
fn reporting_chains() {
    let chain = |id: &str| -> Vec<String> {
        let profile = shipped(id);
        let steps = profile.incident.chain.iter();
        steps
            .map(|step| {
                let name = |role: &RoleId| profile.role_name(role, Lang::Ja);
                let from = step.from.as_ref().map_or_else(|| "誰でも".to_owned(), name);
                let to = step.to.as_ref().map(name);
                let to = to.or_else(|| step.outside.as_ref().map(|outside| outside.ja.clone())).unwrap();
                let within = match step.within {
                    Clock::Minutes(minutes) => format!("{minutes}分"),
                    Clock::Days(days) => format!("{days}日"),
                };
                format!("{from}→{to} {within} {:?} {}", step.at_least, cited(&step.source))
            })
            .collect()
    };
    let commission = |from: &str, clause: &str| {
        [
            format!("{from}→個人情報保護委員会（速報） 5日 Incident {clause}"),
            format!("{from}→個人情報保護委員会（確報） 30日 Grave {clause}"),
        ]
    };
    let nishi_izu = chain("nishi-izu");
    let expected = [
        "誰でも→保護責任者 60分 Sign 第10条第1項",
        "誰でも→システム管理者 60分 Sign 第10条第1項",
        "システム管理者→保護責任者 1440分 Sign 第10条第3項",
        "保護責任者→総括責任者 60分 Sign 第10条第2項",
        "保護責任者→個人番号制度主管課長 60分 Sign 第10条第2項",
        "総括責任者→町長 1440分 Incident 第10条第4項",
        "個人番号制度主管課長→静岡県の個人番号事務主管課 1440分 Incident 第10条第5項",
        "個人番号制度主管課長→総務省 5日 Incident 第10条第5項",
    ];
    assert_eq!(nishi_izu[..8], expected);
    assert_eq!(nishi_izu[8..], commission("個人番号制度主管課長", "第10条第5項"));
    let attack: Vec<_> =
        shipped("nishi-izu").incident.chain.into_iter().filter(|step| step.attack_only).collect();
    assert_eq!(attack.iter().map(|step| cited(&step.source)).collect::<Vec<_>>(), ["第10条第3項"]);

    let yabu = chain("yabu");
    assert_eq!(
        yabu[..4],
        [
            "取扱担当者→システム管理者 60分 Incident 第12条第1項",
            "取扱担当者→システム管理者 1440分 Sign 第15条第1項",
            "システム管理者→最高情報セキュリティ責任者 60分 Grave 第15条第2項",
            "システム管理者→関係機関 1440分 Grave 第15条第2項",
        ]
    );
    let nagasaki = chain("nagasaki-kyosai");
    assert_eq!(
        nagasaki[..2],
        [
            "取扱担当者→住基ネットシステム管理者 1440分 Sign 第20条",
            "住基ネットセキュリティ管理者→住基ネットセキュリティ統括責任者 1440分 Sign 第6条第3項後段",
        ]
    );
    // Within the body the regulation has spoken; what the law asks to tell outside stays.
    assert_eq!(nagasaki[2..].len(), 2);
    assert!(nagasaki[2].contains("国 別添2 3D") && nagasaki[3].contains("国 別添2 3E"));
    assert_eq!(chain("kitami")[0], "誰でも→情報セキュリティ責任者 60分 Sign 国 別添2 2A");

    let last = shipped("national-default").incident.chain.pop().unwrap();
    assert_eq!((last.within, last.malicious_days, last.guide), (Clock::Days(30), Some(60), false));
    let incident = shipped("yabu").incident;
    let closing =
        [incident.cause, incident.prevention, incident.damage].map(|source| cited(&source.unwrap()));
    assert_eq!(closing, ["第12条第2項・第15条第1項", "第15条第3項", "第15条第1項"]);
}

/// Who says that an incident is over.
///
/// req: NI-020
#[test]
fn who_closes_an_incident() {
    let table = [
        ("nishi-izu", "all 保護責任者 システム管理者", "第10条第6項"),
        ("yabu", "one システム管理者", "第15条第3項"),
        ("iide", "all セキュリティ責任者 セキュリティ統括責任者", "国 別添2 2D"),
        ("kitami", "all 情報セキュリティ責任者 総括責任者", "国 別添2 2D"),
    ];
    for (town, who, clause) in table {
        let profile = shipped(town);
        let gate = gate(&profile, Gated::CloseIncident, &usb());
        assert_eq!(
            (approvers(&profile, &gate.approvers), cited(&gate.source)),
            (who.into(), clause.into()),
            "{town}"
        );
    }
}

/// D18, D19: what comes round again.
#[test]
fn inspections() {
    let inspection = |town: &str, id: &str| {
        let profile = shipped(town);
        let found = profile.inspections.iter().find(|entry| entry.id == id).unwrap();
        let by = profile.role_name(&found.by, Lang::Ja);
        (by, found.every_days, cited(&found.source))
    };
    let table = [
        ("nagasaki-kyosai", "media-faults", "住基ネットシステム管理者", 60, "第11条第6項"),
        ("nagasaki-kyosai", "documents", "住基ネットシステム管理者", 365, "第12条第1項"),
        ("nagasaki-kyosai", "log-review", "住基ネットシステム管理者", 30, "第14条第1項"),
        ("nagasaki-kyosai", "training", "住基ネットセキュリティ管理者", 365, "第19条"),
        // The regulation is silent on stocktakes.
        ("nagasaki-kyosai", "stocktake", "本人確認情報管理責任者", 365, "国 別添1 2Ce"),
        ("nishi-izu", "life-cycle", "保護責任者", 182, "第12条第1項"),
        ("nishi-izu", "life-cycle-system", "システム管理者", 182, "第12条第1項"),
        ("nishi-izu", "stocktake", "保護責任者", 365, "第12条第2項"),
        ("nishi-izu", "audit", "監査責任者", 365, "第13条第1項"),
        ("nishi-izu", "training-cyber", "総括責任者", 365, "第11条第1項後段"),
        ("kitami", "ledger-cokas", "COKAS-R/ADⅡ管理者", 182, "第5条第10項"),
        ("kitami", "ledger-two-factor", "二要素認証システム管理者", 182, "第6条第5項"),
    ];
    for (town, id, by, days, clause) in table {
        assert_eq!(inspection(town, id), (by.to_owned(), days, clause.to_owned()), "{town} {id}");
    }
    let often = with_settings("nishi-izu", &[("inspections-a-year", 4)]);
    assert_eq!(often.inspections.iter().find(|entry| entry.id == "life-cycle").unwrap().every_days, 91);
}

/// D20: contracts.
///
/// req: II-032 II-033 II-034 II-035 II-036 II-037 KT-043 KT-046 NI-084
/// req: NG-066 NG-067 NG-068 NG-069 NG-070 NG-071 NG-072 NG-073 NG-074 NG-075 NG-076 NG-077
/// req: NI-077 NI-078 NI-079 NI-080 NI-081 NI-082
#[test]
fn contracts() {
    let clauses = |id: &str| -> Vec<String> {
        shipped(id).contract.clauses.iter().map(|clause| cited(&clause.source)).collect()
    };
    let numbered = |article: &str, last: usize| -> Vec<String> {
        (1..=last).map(|number| format!("{article}第{number}号")).collect()
    };
    assert_eq!(clauses("iide"), numbered("第11条第2項", 5));
    assert_eq!(clauses("nagasaki-kyosai"), numbered("第22条第2項", 13));
    assert_eq!(clauses("nishi-izu"), numbered("第37条第1項", 6));
    for town in ["yabu", "kitami"] {
        assert_eq!(clauses(town).len(), 10, "{town}");
        assert!(clauses(town).iter().all(|clause| clause == "国 第4-2-(1) 1B"), "{town}");
    }
    let confirmed = |id: &str| shipped(id).contract.confirmations.len();
    assert_eq!((confirmed("nishi-izu"), confirmed("nagasaki-kyosai"), confirmed("kitami")), (6, 1, 7));

    let nagasaki = shipped("nagasaki-kyosai");
    assert_eq!(
        nagasaki.contract.subcontract_forbidden.as_ref().map(cited).as_deref(),
        Some("第22条第2項第5号")
    );
    assert!(nagasaki.gate(Gated::Subcontract, &usb()).is_none(), "what is forbidden cannot be approved");
    let table = [
        ("iide", Gated::Contract, "one セキュリティ統括責任者", "第11条第1項"),
        ("kitami", Gated::Contract, "one 情報システム課長", "第12条第2項"),
        ("kitami", Gated::Subcontract, "one 情報セキュリティ責任者", "第12条第1項第1号"),
        ("nishi-izu", Gated::Subcontract, "one 保護責任者", "第37条第4項"),
        ("yabu", Gated::Subcontract, "one システム管理者", "国 第4-2-(1) 2B"),
    ];
    for (town, gated, who, clause) in table {
        let profile = shipped(town);
        let gate = gate(&profile, gated, &usb());
        assert_eq!(
            (approvers(&profile, &gate.approvers), cited(&gate.source)),
            (who.into(), clause.into()),
            "{town}"
        );
    }
}

/// D22, D23, D24: copying, disclosure, saving, connecting, using, handling by others, and many records.
///
/// req: NG-029 NI-008 NI-037 NI-040 NI-041 YB-046
#[test]
fn other_gates_and_storage() {
    let table = [
        ("nishi-izu", Gated::Copy, "one 保護責任者", "第6条第4項第1号"),
        ("nishi-izu", Gated::Save, "one 保護責任者", "第17条第1号"),
        ("nishi-izu", Gated::Use, "one 保護責任者", "第18条第1号"),
        ("nishi-izu", Gated::Connect, "one 保護責任者", "第18条第2号"),
        ("nishi-izu", Gated::Handle, "one 保護責任者", "第6条第2項"),
        ("yabu", Gated::Disclose, "one システム管理者", "第13条"),
        ("nagasaki-kyosai", Gated::Copy, "one 本人確認情報管理責任者", "国 別添1 2B"),
    ];
    for (town, gated, who, clause) in table {
        let profile = shipped(town);
        let gate = gate(&profile, gated, &usb());
        assert_eq!(
            (approvers(&profile, &gate.approvers), cited(&gate.source)),
            (who.into(), clause.into()),
            "{town}"
        );
    }
    let nagasaki = shipped("nagasaki-kyosai");
    let copied = gate(&nagasaki, Gated::Copy, &of_kind(ItemKind::SystemDocument));
    assert_eq!(cited(&copied.source), "第12条第2項");
    assert!(shipped("nishi-izu").gate(Gated::Save, &of_kind(ItemKind::PaperRecord)).is_none());
    assert!(shipped("kitami").gate(Gated::Connect, &usb()).is_none());

    let many =
        |records| nagasaki.gate(Gated::Bulk, &Matter { records, ..usb() }).map(|gate| cited(&gate.source));
    assert_eq!((many(99), many(100).as_deref()), (None, Some("第9条第2項")));
    assert_eq!(
        nagasaki.media.designated_home.as_ref().map(cited).as_deref(),
        Some("第11条第2項・第12条第1項")
    );
    let (when, source) = shipped("nishi-izu").media.lockable_home.unwrap();
    assert_eq!(cited(&source), "第17条第2号");
    assert!(when.applies(&usb()) && when.applies(&of_kind(ItemKind::PaperRecord)));
}

/// D4, D5, D25: credentials, forms and books.
#[test]
fn credentials_forms_and_books() {
    let forms = |id: &str| -> Vec<String> {
        let forms = shipped(id).forms;
        let text =
            |form: &Paper| format!("{} {}", form.number.as_deref().unwrap_or("—"), cited(&form.source));
        forms.iter().map(text).collect()
    };
    assert_eq!(forms("yabu"), ["様式第1号 第6条第1項", "様式第2号 第6条第2項"]);
    assert_eq!(forms("nishi-izu"), ["様式第2号 第13条第2項", "様式第4号 第22条第2項"]);
    assert_eq!(forms("kitami"), ["別記様式1 第5条第2項・第6条第2項", "別記様式2 第8条第1項"]);
    assert_eq!(forms("nagasaki-kyosai"), ["— 第22条第3項", "— 第20条"]);
    assert!(forms("iide").is_empty());
    let books: BTreeSet<_> = shipped("nagasaki-kyosai").books.into_iter().map(|book| book.title.ja).collect();
    for book in ["入退室管理簿", "ユーザＩＤ管理簿", "照合情報管理簿", "情報資産管理簿"]
    {
        assert!(books.contains(book), "{book}");
    }
    let iide = shipped("iide").credentials;
    assert_eq!(iide.kinds.len(), 3);
    assert_eq!(cited(&iide.kinds[2].source), "第7条第3項ただし書・第8条第3項ただし書");
    assert_eq!(shipped("yabu").credentials.password.len(), 4);
    assert_eq!(shipped("kitami").credentials.password.len(), 4);
}

#[test]
fn clauses_for_rules_of_the_product() {
    let table = [
        ("iide", ProductRule::HandlersOnly, "第7条第1項"),
        ("yabu", ProductRule::TwoSidedHandOver, "第9条第1号後段"),
        ("nagasaki-kyosai", ProductRule::HandlersOnly, "第9条第1項"),
        ("nishi-izu", ProductRule::HandlersOnly, "第6条第2項"),
        ("kitami", ProductRule::TermEnds, "第7条"),
        ("kitami", ProductRule::OneBorrower, "第11条第3項"),
    ];
    for (town, rule, clause) in table {
        assert_eq!(cited(&shipped(town).source(rule)), clause, "{town}");
    }
    let rule = ProductRule::OperatorNotWitness;
    assert_eq!(shipped("nishi-izu").source(rule), Source::Product(rule), "no regulation says so");
}
