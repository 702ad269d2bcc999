//! Which test proves which obligation, as the tests themselves say.
//!
//! A test that proves what a regulation asks for names the obligation's id, or several, in its documentation:
//!
//! ```text
//! /// One consent is not enough.
//! /// req: NG-037 NI-010
//! #[test]
//! fn a_medium_goes_out_with_both_consents_only() {
//! ```
//!
//! [`scan`] gathers these lines. It reads line by line and not as a compiler does, because a test may stand in
//! a macro. A line that it cannot bind to a test is an error and not a line less.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use hokan_domain::obligation;

/// The file that keeps what [`scan`] found, relative to the workspace.
pub const PROOFS: &str = "server/domain/obligations/proofs.toml";

/// Where tests may stand.
const FOLDERS: [&str; 5] = ["labels", "migrations", "mobile-api", "server", "tests"];

/// The tests that prove each obligation, as `crate::file::name` with the file relative to its crate, out of
/// every source file of the workspace at `root`.
///
/// # Panics
///
/// When a line names no id, an id that there is not, or stands above no test: with the file and number of
/// every such line. And when a file cannot be read.
pub fn scan(root: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let mut files = Vec::new();
    for folder in FOLDERS {
        gather(&root.join(folder), &mut files);
    }
    files.sort();
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut wrong = Vec::new();
    for path in &files {
        let shown = path.strip_prefix(root).expect("it was found there").display();
        let (claims, complaints) = claims(&read(path));
        wrong.extend(complaints.into_iter().map(|(line, why)| format!("{shown}:{line}: {why}")));
        for Claim { line, id, test } in claims {
            match obligation::by_id(&id).expect("the list of obligations is sound") {
                Some(_) => {
                    found.entry(id).or_default().insert(format!("{}::{test}", within_crate(path)));
                }
                None => wrong.push(format!("{shown}:{line}: there is no obligation {id}")),
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    found
}

/// What [`PROOFS`] should hold.
pub fn render(proofs: &BTreeMap<String, BTreeSet<String>>) -> String {
    let mut text =
        "# Which tests prove which obligation, as the tests themselves say. Written by a test; not to be edited.\n"
            .to_owned();
    for (id, tests) in proofs {
        let tests: String = tests.iter().map(|test| format!("  \"{test}\",\n")).collect();
        write!(text, "\n{id} = [\n{tests}]\n").expect("a text takes a text");
    }
    text
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.expect("an entry of a folder").path();
        if path.is_dir() {
            gather(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// `crate::file` of a source file.
fn within_crate(path: &Path) -> String {
    let home = path.ancestors().skip(1).find(|folder| folder.join("Cargo.toml").is_file());
    let home = home.unwrap_or_else(|| panic!("{} lies in no crate", path.display()));
    let manifest = read(&home.join("Cargo.toml"));
    let name = manifest.lines().find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
    let file = path.strip_prefix(home).expect("a file lies in its crate").display();
    format!("{}::{file}", name.expect("a crate has a name"))
}

/// A test that says of itself that it proves an obligation.
#[derive(Debug, PartialEq)]
struct Claim {
    line: usize,
    id: String,
    test: String,
}

/// What the tests of one source file claim; and the lines that claim something wrongly, each with the reason.
fn claims(text: &str) -> (Vec<Claim>, Vec<(usize, String)>) {
    let (mut claims, mut wrong) = (Vec::new(), Vec::new());
    // What stands above the next function.
    let (mut ids, mut is_test): (Vec<(usize, String)>, bool) = (Vec::new(), false);
    let mut attribute = String::new();
    let mut in_comment = false;
    // How far on_both_databases! is indented, within it.
    let mut both = None;
    for (line, number) in text.lines().zip(1..) {
        if in_comment {
            in_comment = !line.contains("*/");
            continue;
        }
        // An attribute may go over several lines, and a function may follow it on its last.
        let joined = format!("{attribute}{}", line.trim());
        attribute.clear();
        let mut code = joined.as_str();
        while code.starts_with("#[") {
            let Some(end) = end_of_attribute(code) else {
                attribute = code.to_owned();
                code = "";
                break;
            };
            let (inner, rest) = (&code[2..end - 1], &code[end..]);
            is_test |= ["test", "tokio::test"].contains(&inner) || inner.starts_with("tokio::test(");
            code = rest.trim_start();
        }

        if let Some(comment) = code.strip_prefix("//") {
            let (documents, comment) = match comment.strip_prefix('/') {
                Some(comment) => (true, comment),
                None => (false, comment.strip_prefix('!').unwrap_or(comment)),
            };
            let comment = comment.trim_start();
            match comment.strip_prefix("req:") {
                Some(list) if documents && !list.trim().is_empty() => {
                    ids.extend(list.split_whitespace().map(|id| (number, id.to_owned())));
                }
                Some(_) => wrong.push((number, "it takes `/// req:` and at least one id".to_owned())),
                None => {}
            }
            continue;
        }
        if code.is_empty() {
            continue;
        }
        if code.starts_with("/*") {
            in_comment = !code.contains("*/");
            continue;
        }

        let indent = line.len() - line.trim_start().len();
        let name = function(code);
        if let Some(name) = name
            && (is_test || both == indent.checked_sub(4) && both.is_some())
        {
            let claim = |(line, id)| Claim { line, id, test: name.to_owned() };
            claims.extend(ids.drain(..).map(claim));
        }
        let above = name.map_or_else(|| "no function".to_owned(), |name| format!("{name}, which is no test"));
        wrong.extend(ids.drain(..).map(|(line, id)| (line, format!("{id} stands above {above}"))));
        is_test = false;
        if code == "on_both_databases! {" || code.ends_with("::on_both_databases! {") {
            both = Some(indent);
        } else if code == "}" && both == Some(indent) {
            both = None;
        }
    }
    wrong.extend(ids.into_iter().map(|(line, id)| (line, format!("{id} stands above nothing"))));
    if in_comment || !attribute.is_empty() {
        // Misread, and so might lines have been that claim something.
        wrong.push((text.lines().count(), "an attribute or comment goes to the end".to_owned()));
    }
    (claims, wrong)
}

/// Where the attribute that the text begins with ends, if it does.
fn end_of_attribute(text: &str) -> Option<usize> {
    let (mut depth, mut quoted) = (0, false);
    for (at, char) in text.char_indices() {
        match char {
            '"' => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted && depth == 1 => return Some(at + 1),
            ']' if !quoted => depth -= 1,
            _ => {}
        }
    }
    None
}

/// The name of the function whose head this is.
fn function(code: &str) -> Option<&str> {
    let (before, after) = code.split_once("fn ")?;
    let words = ["pub", "pub(crate)", "pub(super)", "async", "const", "unsafe"];
    let name = after.split(|char: char| !char.is_alphanumeric() && char != '_').next()?;
    (before.split_whitespace().all(|word| words.contains(&word)) && !name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written with `~` for the slashes, or the scan of this file would find it.
    fn claimed(text: &str) -> (Vec<Claim>, Vec<(usize, String)>) {
        claims(&text.replace('~', "//"))
    }

    /// That there are these claims and none is wrong.
    fn binds(text: &str, wanted: &[(usize, &str, &str)]) {
        let (found, wrong) = claimed(text);
        assert_eq!(wrong, [], "{text}");
        let found: Vec<_> =
            found.iter().map(|claim| (claim.line, claim.id.as_str(), claim.test.as_str())).collect();
        assert_eq!(found, wanted, "{text}");
    }

    #[test]
    fn a_line_is_bound_to_the_test_below_it() {
        binds("~/ req: NG-037 NI-010\n#[test]\nfn a() {}\n", &[(1, "NG-037", "a"), (1, "NI-010", "a")]);
        binds("#[test]\n~/ A.\n~/ req: NG-037\n~ Why.\npub(crate) fn a() {}\n", &[(3, "NG-037", "a")]);
        binds(
            "mod tests {\n    ~/ req: A-1\n    #[tokio::test]\n    async fn a() {}\n}\n",
            &[(2, "A-1", "a")],
        );
        binds(
            "~/ req: A-1\n#[tokio::test(\n    flavor = \"multi_thread\",\n)]\n#[expect(x, reason = \"]\")]\nasync fn a() {}\n",
            &[(1, "A-1", "a")],
        );
        binds(
            "~/ req: A-1\n#[test] fn a() {}\n~/ req: A-2\n#[test]\nfn b() {}\n",
            &[(1, "A-1", "a"), (3, "A-2", "b")],
        );
    }

    #[test]
    fn a_line_in_a_macro_for_tests_is_bound_too() {
        binds(
            "on_both_databases! {\n    ~/ req: A-1\n    async fn a(db: TestDatabase) {\n        x();\n    }\n\n    ~/ req: A-2\n    async fn b(db: TestDatabase) {}\n}\n",
            &[(2, "A-1", "a"), (7, "A-2", "b")],
        );
        binds(
            "hokan_tests::on_both_databases! {\n    ~/ req: A-1\n    async fn a(db: X) {}\n}\n",
            &[(2, "A-1", "a")],
        );
        binds(
            "    proptest! {\n        #![proptest_config(cases(9))]\n\n        ~/ req: A-1\n        #[test]\n        fn a(x in y()) {}\n    }\n",
            &[(4, "A-1", "a")],
        );
    }

    #[test]
    fn a_line_above_no_test_is_refused() {
        for (text, wanted) in [
            ("~/ req: A-1\nfn a() {}\n#[test]\nfn b() {}\n", "A-1 stands above a, which is no test"),
            ("~/ req: A-1\n#[cfg(test)]\nfn a() {}\n", "A-1 stands above a, which is no test"),
            ("~/ req: A-1\nstruct A;\n#[test]\nfn b() {}\n", "A-1 stands above no function"),
            ("~/ req: A-1\n", "A-1 stands above nothing"),
            ("~/ req:\n#[test]\nfn a() {}\n", "it takes `/// req:` and at least one id"),
            ("~ req: A-1\n#[test]\nfn a() {}\n", "it takes `/// req:` and at least one id"),
            ("~! req: A-1\n#[test]\nfn a() {}\n", "it takes `/// req:` and at least one id"),
            ("~/ req: A-1\non_both_databases! {\n}\n", "A-1 stands above no function"),
            ("proptest! {\n    ~/ req: A-1\n    fn a() {}\n}\n", "A-1 stands above a, which is no test"),
            ("#[cfg(\n~/ req: A-1\nfn a() {}\n", "an attribute or comment goes to the end"),
            ("/*\n~/ req: A-1\n#[test]\nfn a() {}\n", "an attribute or comment goes to the end"),
        ] {
            let (found, wrong) = claimed(text);
            assert_eq!(found, [], "{text}");
            assert_eq!(wrong.iter().map(|(_, why)| why.as_str()).collect::<Vec<_>>(), [wanted], "{text}");
        }
        // A helper in the body of a test, and a function after the macro's end.
        let (found, wrong) = claimed(
            "on_both_databases! {\n    async fn a(db: X) {\n        ~/ req: A-1\n        fn help() {}\n    }\n}\n~/ req: A-2\n    fn after() {}\n",
        );
        assert_eq!(found, []);
        assert_eq!(wrong.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [3, 7]);
    }

    #[test]
    fn what_is_commented_out_proves_nothing() {
        binds("/*\n~/ req: A-1\n#[test]\nfn a() {}\n*/\n", &[]);
        binds("~ ~/ req: A-1\n~ #[test]\n~ fn a() {}\n", &[]);
    }

    /// A workspace of one crate with this one file.
    fn workspace(file: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in FOLDERS {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let home = folder.path().join("server/domain");
        fs::create_dir_all(home.join("src/a")).unwrap();
        fs::write(home.join("Cargo.toml"), "[package]\nname = \"hokan-domain\"\n").unwrap();
        fs::write(home.join("src/a/b.rs"), file.replace('~', "//")).unwrap();
        folder
    }

    #[test]
    fn a_proof_names_its_crate_its_file_and_its_test() {
        let folder =
            workspace("~/ req: NG-037 II-001\n#[test]\nfn b() {}\n~/ req: NG-037\n#[test]\nfn a() {}\n");
        let found = scan(folder.path());
        assert_eq!(
            render(&found).split_once("\n\n").unwrap().1,
            "II-001 = [\n  \"hokan-domain::src/a/b.rs::b\",\n]\n\n\
             NG-037 = [\n  \"hokan-domain::src/a/b.rs::a\",\n  \"hokan-domain::src/a/b.rs::b\",\n]\n"
        );
    }

    #[test]
    fn an_unknown_id_is_refused_by_file_and_line() {
        let folder = workspace(
            "~/ A.\n~/ req: NG-037 NG-081\n#[test]\nfn a() {}\n~/ req: NG-001,\n#[test]\nfn b() {}\n",
        );
        let root = folder.path().to_owned();
        let error = std::panic::catch_unwind(|| scan(&root)).unwrap_err();
        let message = error.downcast_ref::<String>().unwrap();
        assert_eq!(
            message.trim(),
            "server/domain/src/a/b.rs:2: there is no obligation NG-081\n\
             server/domain/src/a/b.rs:5: there is no obligation NG-001,"
        );
    }
}
