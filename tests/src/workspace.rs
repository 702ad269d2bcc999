//! The workspace as cargo and git see it.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of the workspace's `Cargo.toml`.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests crate lies in the workspace")
}

/// Where cargo put the programs of this build: `target/debug`, or as `CARGO_TARGET_DIR` has it.
pub fn build_folder() -> PathBuf {
    let test = std::env::current_exe().expect("a test program knows its own path");
    // target/debug/deps/it-0123456789abcdef
    test.ancestors().nth(2).expect("a test program lies in target/PROFILE/deps").to_owned()
}

/// Every file that is in git or would be after `git add --all`, relative to [`root`].
///
/// # Panics
///
/// When git cannot list them.
pub fn files() -> Vec<PathBuf> {
    let output = Command::new("git")
        // The tests may run as another user than the one that owns the checkout.
        .args(["-c", "safe.directory=*", "-C"])
        .arg(root())
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"])
        .output()
        .expect("git can be started");
    assert!(output.status.success(), "git ls-files: {}", String::from_utf8_lossy(&output.stderr));
    let listed = String::from_utf8(output.stdout).expect("file names are UTF-8");
    listed.split_terminator('\0').map(PathBuf::from).filter(|path| root().join(path).is_file()).collect()
}

/// The text of a file, by its path relative to [`root`].
///
/// # Panics
///
/// When it cannot be read.
pub fn read(path: &Path) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
