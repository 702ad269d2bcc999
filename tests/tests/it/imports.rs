//! Which crate may use which. The picture is in `server/docs/architecture.md`; this holds it.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, PackageId};
use hokan_tests::workspace;

/// Each crate of the workspace with those of the others that it uses.
const IMPORTS: [(&str, &[&str]); 6] = [
    ("hokan-domain", &[]),
    ("hokan-labels", &[]),
    ("hokan-migrations", &[]),
    ("hokan-mobile-api", &["hokan-domain", "hokan-labels"]),
    ("hokan-outbound", &[]),
    (
        "hokan-server",
        &["hokan-domain", "hokan-labels", "hokan-migrations", "hokan-mobile-api", "hokan-outbound"],
    ),
];

#[test]
fn imports_run_one_way() {
    let metadata = metadata();
    let members: BTreeSet<_> =
        metadata.workspace_packages().iter().map(|package| package.name.to_string()).collect();
    let mut found: BTreeMap<String, BTreeSet<String>> = metadata
        .workspace_packages()
        .into_iter()
        .map(|package| {
            let used = package.dependencies.iter().map(|dependency| dependency.name.clone());
            (package.name.to_string(), used.filter(|name| members.contains(name)).collect())
        })
        .collect();

    // The tests may use every crate, and no crate uses the tests.
    assert!(found.remove("hokan-tests").is_some());
    let expected = IMPORTS
        .iter()
        .map(|(name, used)| ((*name).to_owned(), used.iter().map(|name| (*name).to_owned()).collect()))
        .collect();
    assert_eq!(found, expected);
}

/// The rules of custody are to be read, and tested, without a database, a clock or a network.
#[test]
fn the_domain_stands_on_no_database_and_no_network() {
    let metadata = metadata();
    let tree = everything_under(&metadata, "hokan-domain");
    for name in ["tokio", "axum", "hyper", "sea-orm", "sea-orm-migration", "sqlx", "sqlx-core", "reqwest"] {
        assert!(!tree.contains(name), "hokan-domain stands on {name}");
    }
    // The walk finds what is there.
    assert!(tree.contains("serde_core"), "{tree:?}");
}

/// What the labels are read and printed with has nothing to do with the register either.
#[test]
fn the_labels_stand_on_no_database_and_no_network() {
    let metadata = metadata();
    let tree = everything_under(&metadata, "hokan-labels");
    for name in ["tokio", "axum", "hyper", "sea-orm", "sqlx", "sqlx-core", "reqwest"] {
        assert!(!tree.contains(name), "hokan-labels stands on {name}");
    }
}

#[test]
fn only_the_server_knows_the_database() {
    let metadata = metadata();
    let users = |name: &str| -> BTreeSet<_> {
        let uses = |package: &&Package| package.dependencies.iter().any(|dependency| dependency.name == name);
        metadata
            .workspace_packages()
            .into_iter()
            .filter(uses)
            .map(|package| package.name.to_string())
            .collect()
    };
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(users("sea-orm"), names(&["hokan-server", "hokan-tests"]));
    assert_eq!(users("sea-orm-migration"), names(&["hokan-migrations", "hokan-server"]));
}

/// Within the server it is known to the store alone: every write goes through the one writer there.
#[test]
fn only_the_store_mentions_sea_orm() {
    for path in workspace::files() {
        if path.starts_with("server/src") && !path.starts_with("server/src/store") && ends_in(&path, "rs") {
            let text = workspace::read(&path);
            for (line, number) in text.lines().zip(1..) {
                let code = line.split("//").next().unwrap_or_default();
                // Paths, not the bare name: the log's filter may say sea_orm=warn.
                let named =
                    ["sea_orm::", "sea_orm_migration::", "use sea_orm"].iter().any(|it| code.contains(it));
                assert!(!named, "{}:{number}: {line}", path.display());
            }
        }
    }
}

/// A feature that only the tests turn on changes the program under test. These change what JSON
/// looks like, and so every hash over it; a part of the browser tests needs the first of them.
#[test]
fn the_tests_do_not_change_how_the_server_writes_json() {
    let chosen = |selection: &[&str]| -> BTreeSet<String> {
        let output = std::process::Command::new(env!("CARGO"))
            .current_dir(workspace::root())
            .args([
                "tree",
                "--locked",
                "--offline",
                "--edges",
                "normal",
                "--prefix",
                "none",
                "--format",
                "{p} {f}",
            ])
            .args(selection)
            .output()
            .expect("cargo can be started");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let tree = String::from_utf8(output.stdout).expect("cargo writes UTF-8");
        let packages = tree.lines().filter(|line| line.starts_with("serde_json v"));
        let features: BTreeSet<_> =
            packages.flat_map(|line| line.split([' ', ','])).map(str::to_owned).collect();
        assert!(features.contains("raw_value"), "{tree}");
        let telling = ["preserve_order", "arbitrary_precision", "float_roundtrip"];
        features.into_iter().filter(|feature| telling.contains(&feature.as_str())).collect()
    };
    assert_eq!(chosen(&["--package", "hokan-server"]), chosen(&["--workspace"]));
}

/// The names of all packages that a crate needs to run, at whatever depth.
fn everything_under(metadata: &Metadata, name: &str) -> BTreeSet<String> {
    let root = metadata.workspace_packages().into_iter().find(|package| package.name == name);
    let root = root.unwrap_or_else(|| panic!("no crate {name}"));
    let nodes = &metadata.resolve.as_ref().expect("metadata with a resolved graph").nodes;
    let nodes: BTreeMap<&PackageId, _> = nodes.iter().map(|node| (&node.id, node)).collect();
    let mut seen = BTreeSet::from([&root.id]);
    let mut open = vec![&root.id];
    while let Some(id) = open.pop() {
        for dependency in &nodes[id].deps {
            let at_run_time = dependency.dep_kinds.iter().any(|of| of.kind == DependencyKind::Normal);
            if at_run_time && seen.insert(&dependency.pkg) {
                open.push(&dependency.pkg);
            }
        }
    }
    seen.into_iter().map(|id| metadata[id].name.to_string()).collect()
}

/// The workspace and all packages that it is built from on this kind of machine.
pub(crate) fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(workspace::root().join("Cargo.toml"))
        // Offline: a test downloads nothing. For this platform: packages for others are not here.
        .other_options(["--locked", "--offline", "--filter-platform", host()].map(str::to_owned).to_vec())
        .exec()
        .expect("cargo metadata")
}

/// The platform of this build, from the parts that Rust names it by.
const fn host() -> &'static str {
    if cfg!(target_arch = "aarch64") { "aarch64-unknown-linux-gnu" } else { "x86_64-unknown-linux-gnu" }
}

fn ends_in(path: &std::path::Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found == extension)
}
