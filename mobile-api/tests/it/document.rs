//! The documents beside this crate are what the code says.

use std::{collections::BTreeSet, path::Path};

use hokan_domain::{
    event::Receiver,
    ids::ItemId,
    item::Custody,
    label::LabelTarget,
    person::Part,
    place::Home,
    refusal::Reason,
    text::{Lang, Nameless},
};
use hokan_mobile_api::ProblemCode;
use uuid::Uuid;

use crate::{
    fake::{label, person, place},
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
    let target = LabelTarget::Item(ItemId(Uuid::nil()));
    let all = vec![
        Reason::NotDesignated,
        Reason::ReceiverNotDesignated { person: who },
        Reason::PartMissing { part: Part::Administrator },
        Reason::NotCurrentHolder { custody },
        Reason::AlreadyHolder,
        Reason::NotStored { holder: who },
        Reason::AlreadyThere { home },
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
    ];
    let line = |reason: &Reason| match reason {
        Reason::NotDesignated => "The caller is not a designated handler.",
        Reason::ReceiverNotDesignated { .. } => "The person who is to receive is not a designated handler.",
        Reason::PartMissing { .. } => "The caller does not play the part that this needs.",
        Reason::NotCurrentHolder { .. } => "Somebody else has the item, or it rests in its home.",
        Reason::AlreadyHolder => "The caller already has the item.",
        Reason::NotStored { .. } => "The item is in somebody's hands and cannot be taken out of a home.",
        Reason::AlreadyThere { .. } => "The item already rests where it is to be put.",
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
