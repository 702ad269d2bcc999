//! What the regulations that come with the product ask of a carry-out, each cited by its own clause.

use std::collections::BTreeMap;

use hokan_domain::{
    carry_out::{CarryOutState, Plan},
    disposal::{Erasure, Verification},
    event::Event,
    ids::ContractId,
    item::ItemKind,
    person::{Part, Person},
    profile::{Channel, Direction, Measure, Profile},
    refusal::{Missing, Reason, Source},
    text::Lang,
};
use uuid::Uuid;

use super::town::{
    CASE, HARA, KATO, MANUAL, MORI, OTA, PAPER, TAPE, TAX, Town, USB, amend, approve, by_hand, encrypted,
    in_case, person, plan, reason_in_stead, request,
};
use crate::register::{SATO, text};

fn of(id: &str) -> Town {
    Town::with(Profile::shipped(id, &BTreeMap::new()).unwrap().unwrap())
}

/// A plan that says nothing that need not be said.
fn bare(town: &Town) -> Plan {
    Plan {
        counterparty: None,
        legal_ground: None,
        destination: None,
        transport: None,
        tracking: None,
        route: None,
        due_back: None,
        packaging: None,
        sealed: false,
        masked: false,
        ..plan(&town.items.keys().copied().collect::<Vec<_>>())
    }
}

/// What is missing, as `code which article`, where an article of the national default is marked as such.
fn told(missing: &[Missing]) -> Vec<String> {
    let article = |source: &Source| match source {
        Source::Clause(clause) => clause.article.clone(),
        Source::Default(clause) => format!("国の標準 {}", clause.article),
        Source::Product(rule) => rule.code().to_owned(),
    };
    missing
        .iter()
        .map(|missing| format!("{} {} {}", missing.code, missing.which, article(&missing.source)))
        .collect()
}

/// The officer for the first division, in a town where that is the security officer.
fn security_officer() -> Person {
    person(KATO, &[Part::Approver], &[("security-officer", Some(TAX))])
}

/// req: NG-037 NG-038 NG-039
#[test]
fn nagasaki_asks_for_both_officers_the_four_fields_and_a_container_or_packaging() {
    let mut town = of("nagasaki-kyosai");
    town.record(TAPE, None);
    let bare = bare(&town);
    town.done(SATO, &request(bare.clone()));
    let expected = [
        "approval data-manager 第11条第3項前段",
        "approval system-manager 第11条第3項前段",
        "field counterparty 第11条第3項後段",
        "field records 第11条第3項後段",
        "protection locked-container,strict-packaging 第11条第3項後段",
    ];
    let missing = town.missing(&by_hand());
    assert_eq!(told(&missing), expected);
    assert_eq!(missing[3].item, Some(TAPE));
    assert!(missing[0].source.cite(Lang::Ja).starts_with("長崎県市町村職員共済組合"));

    // What nobody counted is erased; it is told to whom it goes, and packed.
    let uncounted = town.items[&TAPE].contents[1].contents.id;
    let erasure = Erasure { method: "overwrite".to_owned(), tool: None, verification: Verification::Full };
    town.write(TAPE, Event::ContentsErased { by: SATO, contents: uncounted, erasure });
    let full = Plan { counterparty: Some(text(20)), packaging: Some(text(25)), ..bare };
    town.done(SATO, &amend(full.clone()));
    town.done(MORI, &approve());
    assert_eq!(town.missing(&by_hand()).len(), 1, "one officer is not enough");
    town.done(HARA, &approve());
    town.clone().done(SATO, &by_hand());
    // A locked container does instead of packaging.
    town.done(SATO, &amend(Plan { packaging: None, container: Some(CASE), ..full }));
    town.done(MORI, &approve());
    town.done(HARA, &approve());
    town.pack(USB);
    town.pack(TAPE);
    let lock = ["locked lock 第11条第3項後段"];
    assert_eq!(told(&town.missing(&in_case())), lock);
    town.lock("A-1");
    town.done(SATO, &in_case());
}

/// req: NG-044
#[test]
fn nagasaki_lets_a_document_go_with_the_systems_officer_alone() {
    let mut town = of("nagasaki-kyosai");
    town.add(MANUAL, ItemKind::SystemDocument, Some(0));
    let document = Plan { items: vec![MANUAL], counterparty: Some(text(20)), ..bare(&town) };
    town.done(SATO, &request(document));
    assert_eq!(told(&town.missing(&by_hand())), ["approval system-manager 第12条第2項"]);
    assert!(matches!(town.refused(MORI, &approve()).reason, Reason::NotApprover { .. }));
    town.done(HARA, &approve());
    town.done(SATO, &by_hand());
}

/// req: NG-029
#[test]
fn nagasaki_asks_the_officer_for_the_data_where_many_records_go_together() {
    let mut town = of("nagasaki-kyosai");
    let many = u64::from(town.profile.value("bulk-records").unwrap().value);
    town.add(MANUAL, ItemKind::SystemDocument, Some(many));
    let document = Plan { items: vec![MANUAL], counterparty: Some(text(20)), ..bare(&town) };
    town.done(SATO, &request(document));
    let expected = ["approval system-manager 第12条第2項", "approval data-manager 第9条第2項"];
    assert_eq!(told(&town.missing(&by_hand())), expected);
    town.done(HARA, &approve());
    town.done(MORI, &approve());
    town.done(SATO, &by_hand());
}

/// Carrying data out is forbidden but on three grounds, each with what it rests on.
///
/// req: NI-043 NI-044 NI-045 NI-072
#[test]
fn nishi_izu_knows_three_grounds() {
    let mut town = of("nishi-izu");
    let bare = bare(&town);
    for ground in [None, Some("convenience".to_owned())] {
        let refusal = town.refused(SATO, &request(Plan { ground, ..bare.clone() }));
        assert_eq!(refusal.reason, Reason::GroundNotPermitted);
        assert_eq!(told_of(&refusal.source), "第19条柱書");
    }
    let asks = |ground: &str, legal_ground: Option<&str>| {
        let ground = Some(ground.to_owned());
        let legal_ground = legal_ground.map(str::to_owned);
        let mut town = town.clone();
        town.done(SATO, &request(Plan { ground, legal_ground, ..bare.clone() }));
        let fields = told(&town.missing(&by_hand()));
        fields.into_iter().filter(|missing| missing.starts_with("field")).collect::<Vec<_>>()
    };
    let counterparty = "field counterparty 国の標準 別添1 2Cb";
    assert_eq!(asks("contractor", None), [counterparty, "field contract 第19条第1号"]);
    assert_eq!(asks("receipt", None), [counterparty]);
    assert_eq!(asks("other-body", None), [counterparty, "field legal-ground 第19条第3号"]);
    assert_eq!(asks("other-body", Some("第8号")), [counterparty]);
    // A contract that is named and not in force is none.
    let contract = Some(ContractId(Uuid::from_u128(7)));
    let named = Plan { contract, ground: Some("contractor".to_owned()), ..bare.clone() };
    town.done(SATO, &request(named));
    let in_force = |town: &mut Town| {
        told(&town.missing(&by_hand())).iter().all(|missing| missing != "field contract 第19条第1号")
    };
    for (known, expected) in [(None, false), (Some(false), false), (Some(true), true)] {
        town.contract_in_force = known;
        assert_eq!(in_force(&mut town), expected);
    }
}

fn told_of(source: &Source) -> String {
    let Source::Clause(clause) = source else { panic!("not the regulation's own: {source:?}") };
    clause.article.clone()
}

/// From the resident network to the handling system within the building is no carry-out.
///
/// req: NI-046
#[test]
fn nishi_izu_exempts_one_way() {
    let mut town = of("nishi-izu");
    let exempt =
        Plan { exempt: Some("resident-network".to_owned()), direction: Direction::Inside, ..bare(&town) };
    let outside = Plan { direction: Direction::Outside, ..exempt.clone() };
    assert_eq!(town.refused(SATO, &request(outside)).reason, Reason::GroundNotPermitted);
    town.done(SATO, &request(exempt));
    assert_eq!(town.state(), CarryOutState::Granted);
    town.done(SATO, &by_hand());
}

/// The four methods for media; a missing one needs a reason that the officer of the division sees.
///
/// req: NI-010 NI-047 NI-048 NI-049 NI-050
#[test]
fn nishi_izu_protects_media() {
    let mut town = of("nishi-izu");
    let ground = Some("receipt".to_owned());
    let bare = Plan { ground, counterparty: Some(text(20)), ..bare(&town) };
    town.done(SATO, &request(bare.clone()));
    let expected = [
        "approval protection-officer 第6条第4項第3号",
        "protection encryption,password 別表第2",
        "protection encryption,password 別表第2",
        "protection locked-container 別表第2",
        "protection traceable 別表第2",
    ];
    let missing = town.missing(&by_hand());
    assert_eq!(told(&missing), expected);
    assert_eq!(missing[0].item, Some(USB), "of the division of the item");
    assert_eq!((missing[1].item, missing[2].item), (Some(USB), Some(TAPE)));

    let reasons = [Measure::Encryption, Measure::LockedContainer, Measure::Traceable];
    let mut excused = town.clone();
    let instead = reasons.map(reason_in_stead).to_vec();
    excused.done(SATO, &amend(Plan { instead, ..bare.clone() }));
    assert_eq!(told(&excused.missing(&by_hand())), expected[..1]);
    excused.done(KATO, &approve());
    excused.done(SATO, &by_hand());

    town.protect(USB, encrypted(), true);
    town.protect(TAPE, encrypted(), true);
    town.done(SATO, &amend(Plan { container: Some(CASE), tracking: Some(text(23)), ..bare }));
    assert!(matches!(town.refused(OTA, &approve()).reason, Reason::NotApprover { .. }));
    town.done(KATO, &approve());
    town.pack(USB);
    town.pack(TAPE);
    assert_eq!(told(&town.missing(&in_case())), ["locked lock 別表第2"]);
    town.lock("A-1");
    town.done(SATO, &in_case());
}

/// req: NI-051
#[test]
fn nishi_izu_seals_and_masks_papers() {
    let mut town = of("nishi-izu");
    town.add(PAPER, ItemKind::PaperRecord, Some(3));
    let ground = Some("receipt".to_owned());
    let open = Plan { items: vec![PAPER], ground, counterparty: Some(text(20)), ..bare(&town) };
    town.done(SATO, &request(open.clone()));
    town.done(KATO, &approve());
    assert_eq!(told(&town.missing(&by_hand())), ["protection sealed 別表第2", "protection masked 別表第2"]);
    town.done(SATO, &amend(Plan { sealed: true, masked: true, ..open }));
    town.done(SATO, &by_hand());
}

/// Sending goes through the same gate, and nothing is packed for it.
///
/// req: NI-009
#[test]
fn nishi_izu_sends_by_instruction() {
    let mut town = of("nishi-izu");
    town.protect(USB, encrypted(), true);
    let ground = Some("receipt".to_owned());
    let sent = Plan {
        items: vec![USB],
        channel: Channel::Transmission,
        ground,
        counterparty: Some(text(20)),
        ..bare(&town)
    };
    town.done(SATO, &request(sent));
    assert_eq!(told(&town.missing(&by_hand())), ["approval protection-officer 第6条第4項第3号"]);
    town.done(KATO, &approve());
    town.done(SATO, &by_hand());
}

/// Media or e-mail: either of two officers permits it, and it travels so that it is not lost.
///
/// req: YB-027 YB-032
#[test]
fn yabu_asks_either_officer_and_care() {
    let operation = person(OTA, &[Part::Approver], &[("operation-manager", Some(TAX))]);
    for (channel, officer) in [
        (Channel::Hand, operation.clone()),
        (Channel::Hand, super::town::who(HARA)),
        (Channel::Transmission, operation),
    ] {
        let mut town = of("yabu");
        town.protect(USB, encrypted(), true);
        town.protect(TAPE, encrypted(), true);
        let plan = Plan { channel, counterparty: Some(text(20)), ..bare(&town) };
        town.done(SATO, &request(plan.clone()));
        let missing = told(&town.missing(&by_hand()));
        assert_eq!(missing[0], "approval system-manager,operation-manager 第10条第4号");
        let care = "protection locked-container,strict-packaging,traceable 第9条第1号後段";
        assert_eq!(missing.iter().any(|missing| missing == care), channel == Channel::Hand, "{missing:?}");
        town.done(SATO, &amend(Plan { packaging: Some(text(25)), ..plan }));
        town.done_as(&officer, &approve());
        town.done(SATO, &by_hand());
    }
}

/// Nothing goes to a contractor whose contract is not in force.
///
/// req: II-032
#[test]
fn iide_lets_nothing_go_under_a_contract_that_is_not_in_force() {
    let mut town = of("iide");
    let contract = Some(ContractId(Uuid::from_u128(7)));
    let instead = Measure::ALL.map(reason_in_stead).to_vec();
    let plan = Plan { contract, counterparty: Some(text(20)), instead, ..bare(&town) };
    town.done(SATO, &request(plan));
    town.done_as(&security_officer(), &approve());
    assert_eq!(told(&town.missing(&by_hand())), ["field contract 第11条第1項"]);
    town.contract_in_force = Some(true);
    town.done(SATO, &by_hand());
}

/// Where a regulation is silent, what is missing is asked for by the national default and shown as its own.
#[test]
fn where_a_regulation_is_silent_the_national_default_asks() {
    let mut town = of("kitami");
    let bare = bare(&town);
    town.done(SATO, &request(bare));
    let missing = town.missing(&by_hand());
    assert_eq!(missing[0].which, "security-officer", "who does the protection officer's work here");
    for missing in &missing {
        let cite = missing.source.cite(Lang::Ja);
        assert!(cite.starts_with("国の標準（特定個人情報の適正な取扱いに関するガイドライン"), "{cite}");
    }
    town.done_as(&security_officer(), &approve());
    assert_eq!(town.state(), CarryOutState::Granted);
}
