//! Each obligation that is called proven has a test that says so.

use hokan_tests::{requirements, workspace};

/// What the program reports is what the tests say. `HOKAN_UPDATE_SNAPSHOTS=1` writes it.
#[test]
fn the_proofs_on_file_are_those_that_the_tests_name() {
    let path = workspace::root().join(requirements::PROOFS);
    let wanted = requirements::render(&requirements::scan(workspace::root()));
    if std::env::var_os("HOKAN_UPDATE_SNAPSHOTS").is_some_and(|value| value == "1") {
        std::fs::write(&path, &wanted).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == wanted,
        "{} is not what the tests say; look at the change, then run with HOKAN_UPDATE_SNAPSHOTS=1",
        requirements::PROOFS
    );
}
