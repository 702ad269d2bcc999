//! What may lie in the repository.

use std::collections::BTreeSet;

use hokan_tests::workspace;

/// The top level as the product's owner fixed it.
const FOLDERS: [&str; 5] = ["labels", "migrations", "mobile-api", "server", "tests"];

/// What goes with it at the top because its tools look for it there.
const FILES: [&str; 8] = [
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "clippy.toml",
    "rust-toolchain.toml",
    "rustfmt.toml",
];

#[test]
fn nothing_else_lies_at_the_top() {
    let files = workspace::files();
    let top = |in_folder: bool| -> BTreeSet<&str> {
        let chosen = files.iter().filter(|path| (path.components().count() > 1) == in_folder);
        let names = chosen.filter_map(|path| path.iter().next()?.to_str());
        names.filter(|name| !name.starts_with('.')).collect()
    };
    assert_eq!(top(true), BTreeSet::from(FOLDERS));
    let other: Vec<_> = top(false).into_iter().filter(|name| !FILES.contains(name)).collect();
    assert!(other.is_empty(), "{other:?}");
}

/// A test that is ignored, and code that is still to be written, look like tests and code.
#[test]
fn nothing_is_ignored_and_nothing_is_left_to_do() {
    // Written in two parts, or this file would find itself.
    let marks = [concat!("#[ig", "nore"), concat!("to", "do!("), concat!("unimplem", "ented!(")];
    for path in workspace::files() {
        if path.extension().is_some_and(|extension| extension == "rs") {
            let text = workspace::read(&path);
            for (line, number) in text.lines().zip(1..) {
                let found = marks.iter().find(|mark| line.contains(*mark));
                assert!(found.is_none(), "{}:{number}: {line}", path.display());
            }
        }
    }
}

/// No claim of the page on security without the file or the test that it rests on.
#[test]
fn what_the_page_on_security_names_is_there() {
    let page = workspace::read(std::path::Path::new("server/docs/security.md"));
    let mut tests = 0;
    // Between backticks, the odd ones.
    for named in page.split('`').skip(1).step_by(2) {
        let (file, test) = named.split_once("::").map_or((named, None), |(file, test)| (file, Some(test)));
        if !file.contains('/')
            || !["rs", "md", "toml", "json", "js"].iter().any(|end| file.ends_with(&format!(".{end}")))
        {
            continue;
        }
        let found = workspace::files().iter().any(|path| path.to_str() == Some(file));
        assert!(found, "{file} is not there");
        if let Some(test) = test {
            let name = test.rsplit("::").next().unwrap_or(test);
            let text = workspace::read(std::path::Path::new(file));
            assert!(text.contains(&format!("fn {name}(")), "{file} has no test {name}");
            tests += 1;
        }
    }
    assert!(tests > 50, "the page names tests");
}
