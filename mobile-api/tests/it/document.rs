//! The documents beside this crate are what the code says.

use std::{collections::BTreeSet, path::Path};

use hokan_domain::{
    disposal::Shows,
    event::Receiver,
    ids::ItemId,
    item::Custody,
    label::LabelTarget,
    person::Part,
    place::Home,
    profile::{Area, Bilingual, Gated, Measure},
    refusal::{Missing, ProductRule, Reason, Source},
    text::{Lang, Nameless},
};
use hokan_mobile_api::ProblemCode;
use uuid::Uuid;

use crate::{
    fake::{label, person, place, start},
    phone::{Phone, server},
};

/// Compares a file beside this crate with what it should be; `HOKAN_UPDATE_SNAPSHOTS=1` writes it.
fn matches_file(name: &str, wanted: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if std::env::var_os("HOKAN_UPDATE_SNAPSHOTS").is_some_and(|value| value == "1") {
        std::fs::write(&path, wanted).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == wanted,
        "{name} is not what the code says; look at the change, then run with HOKAN_UPDATE_SNAPSHOTS=1"
    );
}

#[test]
fn the_openapi_document_is_up_to_date() {
    let mut document = hokan_mobile_api::openapi().to_pretty_json().unwrap();
    document.push('\n');
    matches_file("openapi.json", &document);
}

#[tokio::test]
async fn the_server_shows_the_same_document() {
    let shown = Phone::stranger(&server()).get("/openapi.json").await.ok();
    assert_eq!(shown, serde_json::to_value(hokan_mobile_api::openapi()).unwrap());
}

/// One of each refusal, with the line that documents it.
fn refusals() -> Vec<(Reason, &'static str)> {
    let (who, home, custody) = (person(1), Home::Place(place()), Custody::Held { by: person(1) });
    let item = ItemId(Uuid::nil());
    let target = LabelTarget::Item(item);
    let on = start().date_naive();
    let name = Bilingual::new("承認済み", "approved");
    let (roles, said) = (vec![name.clone()], name.clone());
    let missing = Missing {
        code: "field",
        which: "route".to_owned(),
        name: name.clone(),
        item: None,
        source: Source::Product(ProductRule::StepOrder),
    };
    let all = vec![
        Reason::NotDesignated,
        Reason::ReceiverNotDesignated { person: who },
        Reason::PartMissing { part: Part::Administrator },
        Reason::RoleMissing { roles: roles.clone() },
        Reason::TermEnded { on },
        Reason::NotCurrentHolder { custody },
        Reason::AlreadyHolder,
        Reason::NotStored { holder: who },
        Reason::AlreadyThere { home },
        Reason::ItemGone { custody: Custody::Destroyed { by: who } },
        Reason::ItemOut,
        Reason::ItemNotOut,
        Reason::NotLost,
        Reason::HandOverToSelf,
        Reason::HandOverPending { to: Receiver::AnyHandler },
        Reason::HandOverSettled { custody },
        Reason::HandOverLapsed,
        Reason::NotAddressee { to: Receiver::AnyHandler },
        Reason::NotOfferer { from: who },
        Reason::WrongLabel { scanned: label(1) },
        Reason::LabelVoid { label: label(1), replaced_by: None },
        Reason::LabelBlank { label: label(1) },
        Reason::LabelTaken { label: label(1), target },
        Reason::LabelNotAtHand,
        Reason::OwnRequest,
        Reason::AlreadyApproved,
        Reason::NotApprover { roles: roles.clone() },
        Reason::UnderNoDivision {
            role: vec![Bilingual::new("保護責任者", "protection officer")],
            top: vec![Bilingual::new("総括責任者", "general officer")],
        },
        Reason::RequestSettled,
        Reason::NotRequester { by: who },
        Reason::PermissionMissing { gated: Gated::Copy, roles },
        Reason::PermissionNotNeeded { gated: Gated::Copy },
        Reason::NotReady { missing: vec![missing] },
        Reason::PurposeNotPermitted,
        Reason::GroundNotPermitted,
        Reason::RuleUnknown,
        Reason::ProtectionMissing { any_of: vec![Measure::Encryption] },
        Reason::HomeNotLockable { home },
        Reason::NotDesignatedHome { place: place() },
        Reason::CarryOutNeeded { area: Area::Office },
        Reason::OnHold,
        Reason::HoldLifted,
        Reason::NoSuchContents,
        Reason::NotLater { until: on },
        Reason::MethodNotAllowed { allowed: Vec::new() },
        Reason::ToolMissing,
        Reason::ErasureMissing,
        Reason::WitnessIsOperator,
        Reason::WitnessTooLate { minutes: 30 },
        Reason::NotDestroyed,
        Reason::NotWitnessed,
        Reason::EvidenceInDoubt,
        Reason::PresenceNotEnough,
        Reason::PhotographMissing { shows: Shows::Before, label_unread: false },
        Reason::CertificateMissing,
        Reason::AlreadyDone,
        Reason::OwnSuspicion,
        Reason::DiscrepancySettled,
        Reason::NotAnObservation,
        Reason::ContainerLocked,
        Reason::ContainerNotLocked,
        Reason::ContainerEmpty,
        Reason::CarryOutElsewhere { state: name.clone() },
        Reason::OnOtherCarryOut { item },
        Reason::IncidentClosed,
        Reason::NoSuchStep,
        Reason::StepNotApplicable,
        Reason::StepMandatory,
        Reason::ClosesAlone,
        Reason::ContractNotInForce,
        Reason::ContractElsewhere { state: name },
        Reason::SubcontractForbidden,
        Reason::NoSuchClause,
        Reason::TrailTooYoung { keep_from: on },
        Reason::IdOnLoan { id: "viewer-1".to_owned() },
        Reason::BeyondTerm { on },
        Reason::PersonLeft { person: who, last: on },
        Reason::FixedTermExcluded,
        Reason::DesignationsFull { name: said.clone(), exactly: 2 },
        Reason::DesignationMissing { name: said.clone() },
        Reason::DesignationElsewhere { state: said },
        Reason::NothingToDeputise { person: who },
        Reason::PeriodInverted,
        Reason::DayIsOver { first: on },
        Reason::OwnAuthority,
    ];
    // A refusal that is missing above does not compile here, and must be added above as well.
    let line = |reason: &Reason| match reason {
        Reason::NotDesignated => "The caller is not a designated handler.",
        Reason::ReceiverNotDesignated { .. } => "The person who is to receive is not a designated handler.",
        Reason::PartMissing { .. } => "The caller does not play the part that this needs.",
        Reason::RoleMissing { .. } => "The caller does not hold the role that this needs.",
        Reason::TermEnded { .. } => "The caller's term of appointment has ended.",
        Reason::BeyondTerm { .. } => "The person's term of appointment ends before that day.",
        Reason::PersonLeft { .. } => "The person has left, or will have by then.",
        Reason::FixedTermExcluded => "Fixed-term appointees are not designated in this way.",
        Reason::DesignationsFull { .. } => "There are as many as the regulation wants.",
        Reason::DesignationMissing { .. } => "Another designation must come first.",
        Reason::DesignationElsewhere { .. } => "The designation is at another step.",
        Reason::NothingToDeputise { .. } => "Whose place was to be taken does not hold the role.",
        Reason::PeriodInverted => "The last day lies before the first.",
        Reason::DayIsOver { .. } => "Authority is not given or taken backwards.",
        Reason::OwnAuthority => "Nobody gives authority to himself, his principal or his deputy.",
        Reason::NotCurrentHolder { .. } => "Somebody else has the item, or it rests in its home.",
        Reason::AlreadyHolder => "The caller already has the item.",
        Reason::NotStored { .. } => "The item is in somebody's hands and cannot be taken out of a home.",
        Reason::AlreadyThere { .. } => "The item already rests where it is to be put.",
        Reason::ItemGone { .. } => "The item is destroyed or was handed over for good.",
        Reason::ItemOut => "The item is out on a carry-out.",
        Reason::ItemNotOut => "The item is on no carry-out.",
        Reason::NotLost => "The item is not lost.",
        Reason::HandOverToSelf => "Nobody hands over to himself.",
        Reason::HandOverPending { .. } => "A hand-over already waits for an answer.",
        Reason::HandOverSettled { .. } => "The hand-over is over, or there never was one.",
        Reason::HandOverLapsed => "The time to accept has run out.",
        Reason::NotAddressee { .. } => "The hand-over is for somebody else.",
        Reason::NotOfferer { .. } => "Only whoever offered can withdraw.",
        Reason::WrongLabel { .. } => "The scanned label is not this item's.",
        Reason::LabelVoid { .. } => "The scanned label is void.",
        Reason::LabelBlank { .. } => "The label is on nothing yet.",
        Reason::LabelTaken { .. } => "The label is already on something.",
        Reason::LabelNotAtHand => "The act needs the label in front of the person.",
        Reason::OwnRequest => "Nobody approves what he asked for himself.",
        Reason::AlreadyApproved => "The caller, or the one for whom he stands, approved already.",
        Reason::NotApprover { .. } => "The caller holds none of the roles that can approve.",
        Reason::UnderNoDivision { .. } => {
            "The thing is under no division, and whoever answers for one does not decide about it."
        }
        Reason::RequestSettled => "The request does not wait any more, or there never was one.",
        Reason::NotRequester { .. } => "Only whoever asked can do this.",
        Reason::PermissionMissing { .. } => "Something must be granted first.",
        Reason::PermissionNotNeeded { .. } => "Nobody needs to grant this here.",
        Reason::NotReady { .. } => "Things are still missing; `missing` lists them.",
        Reason::PurposeNotPermitted => "No purpose was given, or one that is not permitted.",
        Reason::GroundNotPermitted => "No ground was given, or one that is not permitted.",
        Reason::RuleUnknown => "The regulation knows no such retention rule.",
        Reason::ProtectionMissing { .. } => "The data is not protected as it must be.",
        Reason::HomeNotLockable { .. } => "The home cannot be locked.",
        Reason::NotDesignatedHome { .. } => "The item belongs elsewhere.",
        Reason::CarryOutNeeded { .. } => "Leaving that area needs a carry-out.",
        Reason::OnHold => "Retention is suspended.",
        Reason::HoldLifted => "There is no such hold, or it was lifted.",
        Reason::NoSuchContents => "There are no such contents, or they were erased.",
        Reason::NotLater { .. } => "The day lies before the one that is in force already.",
        Reason::MethodNotAllowed { .. } => "The method is not allowed for this kind of item.",
        Reason::ToolMissing => "The tool with its version is missing.",
        Reason::ErasureMissing => "The data must be erased first.",
        Reason::WitnessIsOperator => "Whoever destroyed it cannot be the witness.",
        Reason::WitnessTooLate { .. } => "Too much time has passed between operator and witness.",
        Reason::NotDestroyed => "Nothing was destroyed yet.",
        Reason::NotWitnessed => "Nobody stood by yet.",
        Reason::EvidenceInDoubt => {
            "What the record of a disposal rests on is doubtful, and nobody has settled that."
        }
        Reason::PresenceNotEnough => "The witness must be there in a way that counts.",
        Reason::PhotographMissing { .. } => "A photograph is missing or does not show what it must.",
        Reason::CertificateMissing => "The contractor's certificate is missing.",
        Reason::AlreadyDone => "It was done already.",
        Reason::OwnSuspicion => "What looks wrong is about whoever wants to settle it.",
        Reason::NotAnObservation => {
            "It was done at the server, or a carry-out tells of it as well: it cannot be settled as untrue."
        }
        Reason::DiscrepancySettled => "There is no such discrepancy, or it was settled.",
        Reason::ContainerLocked => "The container is locked.",
        Reason::ContainerNotLocked => "The container is not locked.",
        Reason::ContainerEmpty => "There is nothing in the container.",
        Reason::CarryOutElsewhere { .. } => "The carry-out is at another step.",
        Reason::OnOtherCarryOut { .. } => "The item is on another carry-out.",
        Reason::IncidentClosed => "The incident is closed.",
        Reason::NoSuchStep => "There is no such step of the reporting chain.",
        Reason::StepNotApplicable => "The step of the reporting chain is none of this incident's.",
        Reason::StepMandatory => "The step of the reporting chain cannot be left out.",
        Reason::ClosesAlone => "One person alone cannot close an incident.",
        Reason::ContractNotInForce => "The contract is not in force.",
        Reason::ContractElsewhere { .. } => "The contract is at another step.",
        Reason::SubcontractForbidden => "The work may not be entrusted further.",
        Reason::NoSuchClause => "The regulation asks for no such clause or confirmation.",
        Reason::TrailTooYoung { .. } => "Some of the entries are too young to be purged.",
        Reason::IdOnLoan { .. } => "The id is lent to somebody already.",
    };
    all.into_iter()
        .map(|reason| {
            let line = line(&reason);
            (reason, line)
        })
        .collect()
}

#[test]
fn every_code_is_unique_and_speaks_both_languages() {
    let mut codes = BTreeSet::new();
    for problem in ProblemCode::ALL {
        assert!(codes.insert(problem.code()), "{problem} twice");
        assert!(problem.status().is_client_error() || problem.status().is_server_error());
        assert!(!problem.documentation().is_empty());
        for text in [problem.title(Lang::Ja), problem.sentence(Lang::Ja)] {
            assert!(!text.is_empty() && !text.is_ascii(), "{problem}");
        }
        for text in [problem.title(Lang::En), problem.sentence(Lang::En)] {
            let plain = text.replace(['“', '”'], "");
            assert!(!plain.is_empty() && plain.is_ascii(), "{problem}: {text}");
        }
        assert!(problem.sentence(Lang::Ja).ends_with('。') && problem.sentence(Lang::En).ends_with('.'));
    }
    for (reason, line) in refusals() {
        assert!(codes.insert(reason.code()), "{} twice", reason.code());
        for lang in [Lang::Ja, Lang::En] {
            assert!(!reason.sentence(lang, &Nameless).is_empty());
        }
        assert!(line.ends_with('.'));
    }
}

#[test]
fn the_list_of_problems_is_up_to_date() {
    use std::fmt::Write as _;
    let mut page = String::from(
        "# Problems\n\n\
         Whatever is no success is answered with a problem document (RFC 9457, `application/problem+json`): \
         `type` is\n`urn:hokan:problem:` and the code, `detail` says in the person's language what is wrong \
         and what to do.\nThis page is made from the code.\n\n\
         ## Of the interface\n\n| Code | Status | When |\n| --- | --- | --- |\n",
    );
    for problem in ProblemCode::ALL {
        let (code, status) = (problem.code(), problem.status().as_u16());
        writeln!(page, "| `{code}` | {status} | {} |", problem.documentation()).unwrap();
    }
    page.push_str(
        "\n## Of the rules\n\nRefusals. `source` cites the clause of the regulation, or the rule of the \
         product, that each follows from.\n\n| Code | Status | When |\n| --- | --- | --- |\n",
    );
    for (reason, line) in refusals() {
        let status = if reason.is_about_authority() { 403 } else { 409 };
        writeln!(page, "| `{}` | {status} | {line} |", reason.code()).unwrap();
    }
    matches_file("PROBLEMS.md", &page);
}
