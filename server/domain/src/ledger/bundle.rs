//! The file that an auditor takes away: everything that is needed to check the ledger without the
//! server, as lines of text that can be written and read as a stream.
//!
//! ```text
//! {"hokan":"ledger-bundle","version":1,"origin":"…","vkeys":["…"],"size":3}
//! {"checkpoint":"…the signed note…"}        any number, in any order
//! {"leaf":"…"}                              the leaf hash stored with the next entry, if written
//! {"seq":1,…}                               one entry in its canonical text
//! {"note":"…","salt":"…"}                   notes of that entry which were not erased, if written
//! {"leaf":"…"}
//! {"seq":2,…}
//! …
//! {"end":3}
//! ```
//!
//! The lines of the entries are the leaves of the tree, so that `grep '^{"seq":'` gives all that a
//! checker by another hand needs: SHA-256 of a zero byte and the line, and the tree of RFC 6962 over
//! these. The leaf lines repeat what the database has stored; with them an altered entry is named
//! exactly, without them only up to the checkpoints around it. A note belongs to the entry above it,
//! whose body holds its salted digest ([`super::hash::salted_digest`]) as a JSON string.
//!
//! The keys in the header are only the server's word. Whoever checks brings a key, or checkpoints
//! kept on paper, from elsewhere: see [`Trust`].

use std::borrow::Cow;

use serde::Deserialize;

use super::entry::{Entry, push_string};
use super::hash::{Hash, SALT_LEN, push_hex, read_hex, salted_digest};
use super::note::NoteVerifier;
use super::verify::{Head, Problem, Report, Verifier};

/// What stands in `hokan` of the first line.
const FORMAT: &str = "ledger-bundle";
/// The version of the format that is written and read.
const VERSION: u32 = 1;

/// The first line of a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The name of the ledger, as in its checkpoints.
    pub origin: String,
    /// The verifier keys `name+id+base64` of the ledger, the present one first.
    pub vkeys: Vec<String>,
    /// How many entries follow: the whole ledger at the moment of writing.
    pub size: u64,
}

/// Writes the lines of a bundle, each with its line feed, to the end of a text that the caller empties
/// from time to time.
///
/// The order of the calls is the order of the lines: [`BundleWriter::new`], all checkpoints, each
/// entry followed by its notes, [`BundleWriter::end`].
#[derive(Debug)]
pub struct BundleWriter {
    entries: u64,
}

impl BundleWriter {
    /// Writes the header.
    #[must_use]
    pub fn new(header: &Header, out: &mut String) -> Self {
        out.push_str(&format!("{{\"hokan\":\"{FORMAT}\",\"version\":{VERSION},\"origin\":"));
        push_string(&header.origin, out);
        out.push_str(",\"vkeys\":[");
        for (at, key) in header.vkeys.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            push_string(key, out);
        }
        out.push_str(&format!("],\"size\":{}}}\n", header.size));
        Self { entries: 0 }
    }

    /// Writes a signed checkpoint.
    pub fn checkpoint(&mut self, note: &str, out: &mut String) {
        out.push_str("{\"checkpoint\":");
        push_string(note, out);
        out.push_str("}\n");
    }

    /// Writes an entry, with the leaf hash that is stored beside it where the auditor shall have it.
    pub fn entry(&mut self, entry: &Entry, stored: Option<&Hash>, out: &mut String) {
        if let Some(leaf) = stored {
            out.push_str("{\"leaf\":\"");
            leaf.push_hex(out);
            out.push_str("\"}\n");
        }
        entry.write_canonical(out);
        out.push('\n');
        self.entries += 1;
    }

    /// Writes a note of the entry written last.
    pub fn note(&mut self, salt: &[u8; SALT_LEN], text: &str, out: &mut String) {
        out.push_str("{\"note\":");
        push_string(text, out);
        out.push_str(",\"salt\":\"");
        push_hex(salt, out);
        out.push_str("\"}\n");
    }

    /// Writes the line that ends the bundle.
    pub fn end(self, out: &mut String) {
        out.push_str(&format!("{{\"end\":{}}}\n", self.entries));
    }
}

/// What the checker of a bundle knows from elsewhere.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// The keys of the ledger. Where there are none, the header's own are taken and
    /// [`BundleReport::keys_trusted`] is false.
    pub keys: Vec<NoteVerifier>,
    /// Signed checkpoints that were kept elsewhere, such as read from the code on a printed report.
    pub checkpoints: Vec<String>,
}

/// What the check of a bundle has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundleReport {
    /// The header, where the file has one.
    pub header: Option<Header>,
    /// Whether the checkpoints were checked with keys that the checker brought.
    pub keys_trusted: bool,
    /// How many notes came with their right digest.
    pub notes: u64,
    /// The entries and checkpoints.
    pub report: Report,
}

/// The streaming check of a bundle: give it every line, then ask for the report.
pub struct BundleVerifier {
    trust: Trust,
    keys_trusted: bool,
    line: u64,
    header: Option<Header>,
    /// None until the first entry, and where there is no header.
    verifier: Option<Verifier>,
    checkpoints: Vec<String>,
    early: Vec<Problem>,
    leaf: Option<Hash>,
    last: Option<(u64, String)>,
    notes: u64,
    ended: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HeaderLine {
    hokan: String,
    version: u32,
    origin: String,
    vkeys: Vec<String>,
    size: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckpointLine {
    checkpoint: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LeafLine {
    leaf: Hash,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoteLine<'a> {
    #[serde(borrow)]
    note: Cow<'a, str>,
    #[serde(borrow)]
    salt: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EndLine {
    end: u64,
}

impl BundleVerifier {
    /// A check with what is known from elsewhere.
    #[must_use]
    pub fn new(trust: Trust) -> Self {
        Self {
            keys_trusted: !trust.keys.is_empty(),
            trust,
            line: 0,
            header: None,
            verifier: None,
            checkpoints: Vec::new(),
            early: Vec::new(),
            leaf: None,
            last: None,
            notes: 0,
            ended: None,
        }
    }

    /// Takes the next line, without its line feed.
    pub fn line(&mut self, text: &str) {
        self.line += 1;
        if self.line == 1 {
            self.header = read_header(text);
            return;
        }
        if self.header.is_none() {
            return;
        }
        let read = if self.ended.is_some() {
            None
        } else if text.starts_with("{\"seq\":") {
            self.entry(text)
        } else if text.starts_with("{\"leaf\":") {
            self.leaf_line(text)
        } else if text.starts_with("{\"note\":") {
            self.note(text)
        } else if text.starts_with("{\"checkpoint\":") {
            self.checkpoint(text)
        } else if text.starts_with("{\"end\":") {
            self.end(text)
        } else {
            None
        };
        if read.is_none() {
            self.unreadable();
        }
    }

    /// Ends the check.
    #[must_use]
    pub fn finish(mut self) -> BundleReport {
        if self.header.is_none() {
            self.problem(Problem::BadHeader);
        } else if self.ended.is_none() {
            self.problem(Problem::EndMissing);
        }
        let mut report = match self.verifier.take() {
            Some(verifier) => verifier.finish(),
            None => self.start().finish(),
        };
        if self.ended.is_some_and(|entries| entries != report.entries) {
            report.problems.push(Problem::EndMissing);
        }
        BundleReport { header: self.header, keys_trusted: self.keys_trusted, notes: self.notes, report }
    }

    /// The check of the entries, with all that came before them.
    fn start(&mut self) -> Verifier {
        let mut keys = std::mem::take(&mut self.trust.keys);
        let header = self.header.as_ref();
        if keys.is_empty() {
            keys = header
                .iter()
                .flat_map(|h| &h.vkeys)
                .filter_map(|key| NoteVerifier::parse(key).ok())
                .collect();
        }
        let mut checkpoints = std::mem::take(&mut self.checkpoints);
        checkpoints.append(&mut self.trust.checkpoints);
        let mut verifier = Verifier::new(&keys, header.map(|h| h.origin.as_str()), &checkpoints);
        if let Some(header) = header {
            verifier = verifier.with_head(Head { size: header.size, root: None, frontier: None });
        }
        for problem in self.early.drain(..) {
            verifier.report(problem);
        }
        verifier
    }

    fn running(&mut self) -> &mut Verifier {
        let verifier = match self.verifier.take() {
            Some(verifier) => verifier,
            None => self.start(),
        };
        self.verifier.insert(verifier)
    }

    fn problem(&mut self, problem: Problem) {
        match &mut self.verifier {
            Some(verifier) => verifier.report(problem),
            None => self.early.push(problem),
        }
    }

    /// A line that says nothing: an entry, where a leaf hash announced one.
    fn unreadable(&mut self) {
        let line = self.line;
        let seq = self.verifier.as_ref().map_or(1, Verifier::expected);
        if let Some(leaf) = self.leaf.take() {
            self.running().feed_unreadable(seq, Some(leaf));
            self.last = None;
        }
        // Not all of a file that is something else altogether.
        if self.early.len() < 1_000 {
            self.problem(Problem::BadLine { line, seq });
        }
    }

    fn entry(&mut self, text: &str) -> Option<()> {
        let leaf = self.leaf;
        let entry = self.running().feed_canonical(text, leaf).ok()?;
        self.leaf = None;
        self.last = Some((entry.seq, entry.body));
        Some(())
    }

    fn leaf_line(&mut self, text: &str) -> Option<()> {
        if self.leaf.is_some() {
            return None;
        }
        self.leaf = Some(serde_json::from_str::<LeafLine>(text).ok()?.leaf);
        Some(())
    }

    fn note(&mut self, text: &str) -> Option<()> {
        let line: NoteLine<'_> = serde_json::from_str(text).ok()?;
        let salt = read_hex::<SALT_LEN>(&line.salt)?;
        let (seq, body) = self.last.as_ref().filter(|_| self.leaf.is_none())?;
        if body.contains(&format!("\"{}\"", salted_digest(&salt, &line.note))) {
            self.notes += 1;
        } else {
            let seq = *seq;
            self.problem(Problem::NoteAltered { seq });
        }
        Some(())
    }

    fn checkpoint(&mut self, text: &str) -> Option<()> {
        if self.verifier.is_some() || self.leaf.is_some() {
            return None;
        }
        self.checkpoints.push(serde_json::from_str::<CheckpointLine>(text).ok()?.checkpoint);
        Some(())
    }

    fn end(&mut self, text: &str) -> Option<()> {
        if self.leaf.is_some() {
            return None;
        }
        self.ended = Some(serde_json::from_str::<EndLine>(text).ok()?.end);
        Some(())
    }
}

fn read_header(text: &str) -> Option<Header> {
    let line: HeaderLine = serde_json::from_str(text).ok()?;
    let keys_read = line.vkeys.iter().all(|key| NoteVerifier::parse(key).is_ok());
    (line.hokan == FORMAT && line.version == VERSION && keys_read).then_some(Header {
        origin: line.origin,
        vkeys: line.vkeys,
        size: line.size,
    })
}

/// Checks a bundle that is at hand as lines.
pub fn verify<L: AsRef<str>>(trust: Trust, lines: impl IntoIterator<Item = L>) -> BundleReport {
    let mut verifier = BundleVerifier::new(trust);
    for line in lines {
        verifier.line(line.as_ref());
    }
    verifier.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::hash::leaf_hash;
    use crate::ledger::note::NoteSigner;
    use crate::ledger::note::tests::signer;
    use crate::ledger::verify::tests::{checkpoints, ledger};
    use proptest::prelude::*;

    const SALT: [u8; SALT_LEN] = [3; SALT_LEN];
    const NOTE: &str = "背面に「傷」あり\n\"A\"";

    fn rows() -> Vec<(Entry, Hash)> {
        let mut rows = ledger(4);
        rows[2].0.body = format!("{{\"note\":\"{}\"}}", salted_digest(&SALT, NOTE));
        rows[2].1 = rows[2].0.leaf();
        rows
    }

    fn bundle(leaves: bool) -> String {
        let rows = rows();
        let mut out = String::new();
        let header = Header {
            origin: "hokan.example/town".to_owned(),
            vkeys: vec![signer().verifier().to_string()],
            size: rows.len() as u64,
        };
        let mut writer = BundleWriter::new(&header, &mut out);
        for note in checkpoints(&rows, &[2, 4]) {
            writer.checkpoint(&note, &mut out);
        }
        for (entry, leaf) in &rows {
            writer.entry(entry, leaves.then_some(leaf), &mut out);
            if entry.seq == 3 {
                writer.note(&SALT, NOTE, &mut out);
            }
        }
        writer.end(&mut out);
        out
    }

    fn trust() -> Trust {
        Trust { keys: vec![signer().verifier()], checkpoints: Vec::new() }
    }

    fn check(bundle: &str) -> BundleReport {
        verify(trust(), bundle.split_terminator('\n'))
    }

    #[test]
    fn an_untouched_bundle_is_right() {
        for leaves in [true, false] {
            let bundle = bundle(leaves);
            let found = check(&bundle);
            assert_eq!(found.report.problems, []);
            assert!(found.keys_trusted);
            assert_eq!((found.notes, found.report.checkpoints_ok, found.report.signed_up_to), (1, 2, 4));
            assert_eq!(found.header.unwrap().size, 4);
            let untrusting = verify(Trust::default(), bundle.lines());
            assert!(untrusting.report.is_ok() && !untrusting.keys_trusted);
        }
    }

    #[test]
    fn the_lines_of_the_entries_are_the_leaves() {
        let bundle = bundle(true);
        let entries = bundle.lines().filter(|line| line.starts_with("{\"seq\":"));
        let leaves = bundle.lines().filter_map(|line| line.strip_prefix("{\"leaf\":\"")?.strip_suffix("\"}"));
        assert!(entries.map(|line| leaf_hash(line.as_bytes()).to_string()).eq(leaves.map(str::to_owned)));
        assert!(bundle.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()));
    }

    #[test]
    fn an_empty_ledger_makes_a_bundle_too() {
        let mut out = String::new();
        let header = Header { origin: "x".to_owned(), vkeys: vec![], size: 0 };
        BundleWriter::new(&header, &mut out).end(&mut out);
        let found = check(&out);
        assert!(found.report.is_ok());
        assert_eq!((found.report.entries, found.report.root), (0, Hash::EMPTY_ROOT));
    }

    #[test]
    fn paper_kept_elsewhere_convicts_a_rewritten_ledger() {
        let old = checkpoints(&rows(), &[3]).remove(0);
        let mut rewritten = rows();
        rewritten[1].0.actor = None;
        rewritten[1].1 = rewritten[1].0.leaf();
        let mut out = String::new();
        let header = Header { origin: "hokan.example/town".to_owned(), vkeys: vec![], size: 4 };
        let mut writer = BundleWriter::new(&header, &mut out);
        writer.checkpoint(&checkpoints(&rewritten, &[4])[0], &mut out);
        rewritten.iter().for_each(|(entry, leaf)| writer.entry(entry, Some(leaf), &mut out));
        writer.end(&mut out);
        assert!(check(&out).report.is_ok());
        let found = verify(Trust { checkpoints: vec![old], ..trust() }, out.lines());
        assert_eq!(found.report.problems, [Problem::RangeDiffers { first: 1, last: 3, signed: true }]);
    }

    #[test]
    fn another_key_in_the_header_does_not_help_against_a_trusted_one() {
        let other = NoteSigner::from_seed("hokan.example/town", &[1; 32]).unwrap();
        let forged = bundle(true).replace(&signer().verifier().to_string(), &other.verifier().to_string());
        assert!(check(&forged).report.is_ok());
        let found = verify(Trust { keys: vec![other.verifier()], checkpoints: vec![] }, bundle(true).lines());
        assert_eq!(found.report.checkpoints_failed, 2);
        assert!(!found.report.is_ok());
    }

    #[test]
    fn a_file_that_is_something_else_is_told() {
        for text in [
            "",
            "x",
            "{}",
            "{\"hokan\":\"ledger-bundle\",\"version\":2,\"origin\":\"\",\"vkeys\":[],\"size\":0}",
        ] {
            assert_eq!(check(text).report.problems, [Problem::BadHeader], "{text}");
        }
    }

    #[test]
    fn a_line_dropped_doubled_or_moved_is_found() {
        for leaves in [true, false] {
            let bundle = bundle(leaves);
            let lines: Vec<&str> = bundle.lines().collect();
            let may_be_dropped = |line: &str| {
                ["{\"leaf\":", "{\"note\":", "{\"checkpoint\":"].iter().any(|start| line.starts_with(start))
            };
            for at in 0..lines.len() {
                let mut fewer = lines.clone();
                let line = fewer.remove(at);
                let found = verify(trust(), &fewer);
                if let Ok(entry) = Entry::from_canonical(line) {
                    let near = |problem: &Problem| problem.entries().is_some_and(|r| r.contains(&entry.seq));
                    assert!(found.report.problems.iter().any(near), "{at} {:?}", found.report.problems);
                }
                assert!(!found.report.is_ok() || may_be_dropped(line), "{at} {line}");
                let mut more = lines.clone();
                more.insert(at, lines[at]);
                let harmless =
                    lines[at].starts_with("{\"note\":") || lines[at].starts_with("{\"checkpoint\":");
                assert!(!verify(trust(), &more).report.is_ok() || harmless, "{at}");
                if at + 1 < lines.len() && !lines[at].starts_with("{\"check") {
                    let mut swapped = lines.clone();
                    swapped.swap(at, at + 1);
                    assert!(!verify(trust(), &swapped).report.is_ok(), "{at} {leaves}");
                }
            }
        }
    }

    #[test]
    fn every_byte_of_the_file_counts() {
        for leaves in [true, false] {
            let original = bundle(leaves);
            let mut entry = None;
            let mut line_start = 0;
            for at in 0..original.len() {
                if at == 0 || original.as_bytes()[at - 1] == b'\n' {
                    let line = original[at..].lines().next().unwrap();
                    entry = Entry::from_canonical(line).ok().map(|entry| entry.seq);
                    line_start = at;
                }
                let mut bytes = original.clone().into_bytes();
                bytes[at] ^= 1 << ((at - line_start) % 7);
                let Ok(changed) = String::from_utf8(bytes) else { continue };
                let found = check(&changed);
                assert!(!found.report.is_ok(), "byte {at}");
                if let Some(seq) = entry {
                    let near = |problem: &Problem| {
                        problem.entries().is_some_and(|range| {
                            range.contains(&seq)
                                && (!leaves
                                    || matches!(problem, Problem::TailMissing { .. })
                                    || range == (seq..=seq))
                        })
                    };
                    assert!(
                        found.report.problems.iter().any(near),
                        "byte {at} of entry {seq}: {:?}",
                        found.report.problems
                    );
                }
            }
        }
    }

    proptest! {
        #[test]
        fn no_lines_make_the_check_panic(
            cut in prop::collection::vec((0_usize..20, 0_usize..200), 0..8), junk in "[{}\":a-z0-9,\\[\\]]{0,60}",
        ) {
            let bundle = bundle(true);
            let mut lines: Vec<String> = bundle.lines().map(str::to_owned).collect();
            for (line, at) in cut {
                let line = line % lines.len();
                let at = at % (lines[line].len() + 1);
                if lines[line].is_char_boundary(at) {
                    let rest = lines[line].split_off(at);
                    lines.insert(line + 1, junk.clone());
                    lines.insert(line + 2, rest);
                }
            }
            let _ = verify(trust(), &lines);
        }
    }
}
