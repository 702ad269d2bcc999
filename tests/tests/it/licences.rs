//! What Hokan is made of may be passed on with it, to anyone, for good.

use std::path::Path;

use hokan_tests::workspace;
use spdx::{Expression, LicenseReq, ParseMode};

use crate::imports::metadata;

/// Licences that ask for no more than that their notice goes along, if for anything.
const ALLOWED: [&str; 13] = [
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Packages under the Mozilla Public License, which asks that changes to its own files are passed on and says
/// nothing about what else a program is made of. They are used as they were published, so there are none;
/// passkeys have no other well-kept implementation.
const UNCHANGED_UNDER_MPL: [&str; 5] =
    ["crypto-glue", "webauthn-attestation-ca", "webauthn-rs", "webauthn-rs-core", "webauthn-rs-proto"];

#[test]
fn every_dependency_has_a_licence_that_is_allowed() {
    let mut refused = Vec::new();
    for package in metadata().packages {
        let licence = package.license.as_deref().unwrap_or_default();
        // Lax: older packages write MIT/Apache-2.0.
        let allowed = Expression::parse_mode(licence, ParseMode::LAX)
            .is_ok_and(|expression| expression.evaluate(is_allowed));
        let as_published = licence == "MPL-2.0"
            && package.source.as_ref().is_some_and(cargo_metadata::Source::is_crates_io)
            && UNCHANGED_UNDER_MPL.contains(&package.name.as_str());
        if !allowed && !as_published {
            refused.push(format!("{} {}: {licence:?}", package.name, package.version));
        }
    }
    assert!(refused.is_empty(), "{refused:#?}");
}

fn is_allowed(licence: &LicenseReq) -> bool {
    // An exception (as LLVM's to Apache-2.0) only gives more leave.
    licence.license.id().is_some_and(|id| ALLOWED.contains(&id.name))
}

/// The list is what keeps others out.
#[test]
fn a_licence_that_asks_for_more_is_refused() {
    let allowed = |text| Expression::parse(text).expect("an SPDX expression").evaluate(is_allowed);
    assert!(allowed("GPL-3.0-only OR MIT"));
    assert!(!allowed("GPL-3.0-only AND MIT"));
    for licence in ["AGPL-3.0-only", "MPL-2.0", "LGPL-2.1-or-later", "BUSL-1.1", "LicenseRef-own"] {
        assert!(!allowed(licence), "{licence}");
    }
}

/// The Open Font License asks that it goes wherever the font goes.
#[test]
fn every_font_has_its_licence_beside_it() {
    for path in workspace::files() {
        let is_font = path
            .extension()
            .is_some_and(|of| ["ttf", "otf", "ttc", "woff", "woff2"].iter().any(|f| of == *f));
        if is_font {
            let name = path.file_stem().and_then(|stem| stem.to_str()).expect("file names are UTF-8");
            let family = name.split('-').next().unwrap_or(name);
            let licence = path.with_file_name(format!("{family}-OFL.txt"));
            let text = workspace::read(&licence);
            assert!(text.contains("SIL OPEN FONT LICENSE Version 1.1"), "{}", licence.display());
        }
    }
}

#[test]
fn hokan_itself_is_under_the_apache_licence() {
    assert!(
        workspace::read(Path::new("LICENSE"))
            .contains("Apache License\n                           Version 2.0")
    );
    for package in metadata().workspace_packages() {
        assert_eq!(package.license.as_deref(), Some("Apache-2.0"), "{}", package.name);
    }
}
