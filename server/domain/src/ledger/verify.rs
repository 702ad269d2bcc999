//! The check of a whole ledger, one entry after the other, from a database or from a bundle.
//!
//! What is compared:
//! - the sequence: no number missing, doubled or out of place;
//! - each entry with the leaf hash stored beside it, which names a changed entry exactly;
//! - the root of the tree with every signed checkpoint, as the sizes go by, and with the head that
//!   the database keeps; where a root differs, the entries since the last good checkpoint are named;
//! - each body is JSON, each event id occurs once, the versions of each subject follow one another,
//!   and the recording clock does not go back.
//!
//! Memory: 24 bytes for each entry (event ids), and the subjects with their versions.

use std::collections::HashMap;
use std::fmt;
use std::ops::RangeInclusive;

use uuid::Uuid;

use super::checkpoint::{Checkpoint, CheckpointError};
use super::entry::{Entry, body_is_json};
use super::frontier::Frontier;
use super::hash::{Hash, leaf_hash};
use super::note::NoteVerifier;

/// Beyond this many, problems are counted and no longer kept.
const MAX_PROBLEMS: usize = 10_000;
/// Beyond this many, notices are dropped, so that they crowd nothing out.
const MAX_NOTICES: usize = 1_000;

/// Something that is not as it should be. `Display` is the English sentence, [`Problem::ja`] the
/// Japanese one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Entries are missing within the sequence.
    Missing {
        /// The first missing sequence number.
        first: u64,
        /// The last missing sequence number.
        last: u64,
    },
    /// Entries are missing at the end: the head or a signed checkpoint covers more than there are.
    TailMissing {
        /// The first missing sequence number.
        first: u64,
        /// The last sequence number that there must be.
        last: u64,
    },
    /// There are entries beyond the head.
    BeyondHead {
        /// The first sequence number that the head does not cover.
        first: u64,
        /// The last sequence number found.
        last: u64,
    },
    /// A sequence number occurs again.
    Duplicate {
        /// The sequence number.
        seq: u64,
    },
    /// An entry comes after one with a higher sequence number.
    OutOfOrder {
        /// The sequence number of the late entry.
        seq: u64,
    },
    /// The entry and the leaf hash stored for it do not agree.
    Altered {
        /// Where.
        seq: u64,
        /// The event id that the entry now bears.
        event_id: Uuid,
    },
    /// There is something in an entry's place that cannot be read as one.
    Unreadable {
        /// Where.
        seq: u64,
    },
    /// The body of an entry is not JSON on one line.
    BodyNotJson {
        /// Where.
        seq: u64,
        /// Its event id.
        event_id: Uuid,
    },
    /// Two entries bear the same event id.
    DuplicateEvent {
        /// The second entry.
        seq: u64,
        /// The first entry.
        earlier: u64,
        /// The id of both.
        event_id: Uuid,
    },
    /// The version of a subject does not follow its last one.
    SubjectVersion {
        /// Where.
        seq: u64,
        /// The subject's kind.
        subject_kind: String,
        /// The subject's id.
        subject_id: String,
        /// The version that should come.
        expected: u64,
        /// The version that comes.
        found: u64,
    },
    /// The entry was recorded before the one ahead of it: the server's clock was set back. A notice
    /// only; nothing is lost by it.
    ClockBackwards {
        /// Where.
        seq: u64,
        /// By how many milliseconds.
        by_ms: u64,
    },
    /// The entries of this range do not lead to the root that was recorded for its end.
    RangeDiffers {
        /// The first entry after the last checkpoint that was right.
        first: u64,
        /// The entry up to which the wrong root counts.
        last: u64,
        /// Whether the root was signed; otherwise it is the database's own head.
        signed: bool,
    },
    /// The head's root and its frontier contradict each other.
    HeadInconsistent,
    /// A checkpoint is refused.
    CheckpointRefused {
        /// Which one, counted from 1 in the order given.
        number: usize,
        /// Why.
        reason: CheckpointError,
    },
    /// Two signed checkpoints give different roots for the same size: two histories were signed.
    CheckpointsDisagree {
        /// The size.
        size: u64,
    },
    /// A note does not have the digest that its entry gives.
    NoteAltered {
        /// The entry that the note stands behind.
        seq: u64,
    },
    /// The file does not begin with the header of a bundle that this version can read.
    BadHeader,
    /// A line of a bundle cannot be read.
    BadLine {
        /// Which line, from 1.
        line: u64,
        /// The entry that was to come next.
        seq: u64,
    },
    /// The bundle does not end with the line that ends it, or that line counts another number of entries.
    EndMissing,
}

/// Where the ledger ends, as the database keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// How many entries there must be.
    pub size: u64,
    /// The root at that size, where it is known.
    pub root: Option<Hash>,
    /// The frontier at that size, where it is known.
    pub frontier: Option<Frontier>,
}

/// What a check has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// How many entries were seen.
    pub entries: u64,
    /// The root of the tree over them.
    pub root: Hash,
    /// What is not as it should be, by place in the ledger.
    pub problems: Vec<Problem>,
    /// How many more problems there are than were kept, notices aside.
    pub problems_left_out: u64,
    /// How many signed checkpoints were right.
    pub checkpoints_ok: u64,
    /// How many signed checkpoints were refused, wrong, or could not be compared any more.
    pub checkpoints_failed: u64,
    /// The size of the largest signed checkpoint that was right: the entries after it are vouched for
    /// by nothing but the database itself.
    pub signed_up_to: u64,
}

impl Report {
    /// Whether the ledger is whole and unaltered, as far as it could be compared. Notices do not count.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.problems_left_out == 0 && self.problems.iter().all(Problem::is_notice)
    }
}

/// A root that is compared when the tree has its size.
struct Stop {
    size: u64,
    root: Hash,
    signed: bool,
}

/// An event id and where it was seen, in 24 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Seen {
    id: (u64, u64),
    seq: u64,
}

/// The streaming check. Give it the signed checkpoints first, then every entry in order, then ask for
/// the [`Report`].
pub struct Verifier {
    /// The sequence number that should come next.
    next: u64,
    entries: u64,
    /// The tree over the stored leaf hashes, or over the computed ones where none are stored.
    tree: Frontier,
    /// The tree over the computed ones, from the first entry on that differs from its stored hash.
    computed: Option<Frontier>,
    /// Entries are missing, so that later roots cannot be compared.
    torn: bool,
    /// A root was wrong, so that later ones tell nothing new.
    differs: bool,
    signed_up_to: u64,
    stops: Vec<Stop>,
    next_stop: usize,
    signed_total: u64,
    signed_ok: u64,
    head_size: Option<u64>,
    missing: Vec<(u64, u64)>,
    events: Option<Vec<Seen>>,
    subjects: HashMap<String, HashMap<String, u64>>,
    recorded_at: Option<i64>,
    problems: Vec<Problem>,
    notices: usize,
    left_out: u64,
    buffer: String,
}

impl Verifier {
    /// A check against signed checkpoints (whole notes, in any order; also such as were kept on paper).
    /// Each must be signed by one of `keys` and be this ledger's own where `origin` is given; one that
    /// is not is a problem of the report.
    #[must_use]
    pub fn new<N: AsRef<str>>(keys: &[NoteVerifier], origin: Option<&str>, checkpoints: &[N]) -> Self {
        let mut verifier = Self {
            next: 1,
            entries: 0,
            tree: Frontier::new(),
            computed: None,
            torn: false,
            differs: false,
            signed_up_to: 0,
            stops: Vec::new(),
            next_stop: 0,
            signed_total: checkpoints.len() as u64,
            signed_ok: 0,
            head_size: None,
            missing: Vec::new(),
            events: Some(Vec::new()),
            subjects: HashMap::new(),
            recorded_at: None,
            problems: Vec::new(),
            notices: 0,
            left_out: 0,
            buffer: String::with_capacity(1024),
        };
        for (number, note) in (1..).zip(checkpoints) {
            match Checkpoint::open(note.as_ref(), keys, origin) {
                Ok(Checkpoint { size: 0, root, .. }) if root != Hash::EMPTY_ROOT => {
                    verifier.report(Problem::CheckpointRefused { number, reason: CheckpointError::Root });
                }
                Ok(Checkpoint { size, root, .. }) => verifier.stops.push(Stop { size, root, signed: true }),
                Err(reason) => verifier.report(Problem::CheckpointRefused { number, reason }),
            }
        }
        verifier.stops.sort_by_key(|stop| stop.size);
        for pair in 1..verifier.stops.len() {
            let (a, b) = (&verifier.stops[pair - 1], &verifier.stops[pair]);
            if a.size == b.size && a.root != b.root {
                let size = a.size;
                verifier.report(Problem::CheckpointsDisagree { size });
            }
        }
        verifier
    }

    /// Compares with the head of the database too.
    #[must_use]
    pub fn with_head(mut self, head: Head) -> Self {
        let Head { size, root, frontier } = head;
        self.head_size = Some(size);
        let from_frontier = frontier.as_ref().map(Frontier::root);
        let sizes_differ = frontier.is_some_and(|frontier| frontier.size() != size);
        let roots_differ = matches!((root, from_frontier), (Some(a), Some(b)) if a != b);
        let root = root.or(from_frontier.filter(|_| !sizes_differ));
        let empty_differs = size == 0 && root.is_some_and(|root| root != Hash::EMPTY_ROOT);
        if sizes_differ || roots_differ || empty_differs {
            self.report(Problem::HeadInconsistent);
        }
        if let Some(root) = root.filter(|_| size > 0) {
            // After the signed ones of the same size, whose word counts for more.
            let at = self.stops.partition_point(|stop| stop.size <= size);
            self.stops.insert(at, Stop { size, root, signed: false });
        }
        self
    }

    /// Leaves out the search for event ids that occur twice, and its 24 bytes for each entry: for where
    /// a unique index sees to it.
    #[must_use]
    pub fn without_event_ids(mut self) -> Self {
        self.events = None;
        self
    }

    /// Takes the next entry, with the leaf hash that is stored beside it where one is.
    pub fn feed(&mut self, entry: &Entry, stored: Option<Hash>) {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        entry.write_canonical(&mut buffer);
        let computed = leaf_hash(buffer.as_bytes());
        self.buffer = buffer;
        if !body_is_json(&entry.body) {
            self.report(Problem::BodyNotJson { seq: entry.seq, event_id: entry.event_id });
        }
        self.take(entry, computed, stored);
    }

    /// Takes the next entry by its canonical text: what [`Entry::from_canonical`] accepts.
    ///
    /// # Errors
    /// [`super::entry::EntryError`] where the text is not an entry; nothing was taken then.
    pub fn feed_canonical(
        &mut self,
        text: &str,
        stored: Option<Hash>,
    ) -> Result<Entry, super::entry::EntryError> {
        let entry = Entry::from_canonical(text)?;
        self.take(&entry, leaf_hash(text.as_bytes()), stored);
        Ok(entry)
    }

    /// Takes something that stands in an entry's place but cannot be read as one, so that the entries
    /// after it can still be compared where its leaf hash is stored.
    pub fn feed_unreadable(&mut self, seq: u64, stored: Option<Hash>) {
        self.entries += 1;
        self.report(Problem::Unreadable { seq });
        self.compare_empty();
        if self.arrives(seq) {
            self.grow(stored, stored);
        }
    }

    /// The sequence number that should come next.
    #[must_use]
    pub fn expected(&self) -> u64 {
        self.next
    }

    /// Adds a problem that was found around the entries.
    pub(crate) fn report(&mut self, problem: Problem) {
        if problem.is_notice() {
            self.notices += 1;
            if self.notices > MAX_NOTICES {
                return;
            }
        }
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(problem);
        } else {
            self.left_out += 1;
        }
    }

    fn take(&mut self, entry: &Entry, computed: Hash, stored: Option<Hash>) {
        self.entries += 1;
        self.compare_empty();
        if stored.is_some_and(|stored| stored != computed) {
            self.report(Problem::Altered { seq: entry.seq, event_id: entry.event_id });
        }
        if !self.arrives(entry.seq) {
            return;
        }
        if let Some(events) = &mut self.events {
            events.push(Seen { id: entry.event_id.as_u64_pair(), seq: entry.seq });
        }
        self.follow_subject(entry);
        if let Some(before) = self.recorded_at.filter(|before| *before > entry.recorded_at) {
            let by_ms = before.abs_diff(entry.recorded_at);
            self.report(Problem::ClockBackwards { seq: entry.seq, by_ms });
        }
        self.recorded_at = Some(entry.recorded_at);
        self.grow(stored, Some(computed));
    }

    /// Places an entry in the sequence; false where it does not extend it.
    fn arrives(&mut self, seq: u64) -> bool {
        if seq < self.next {
            let gap = self.missing.iter().position(|(first, last)| (*first..=*last).contains(&seq));
            if let Some(gap) = gap {
                let (first, last) = self.missing.swap_remove(gap);
                self.missing.extend((first < seq).then(|| (first, seq - 1)));
                self.missing.extend((seq < last).then(|| (seq + 1, last)));
                self.report(Problem::OutOfOrder { seq });
            } else if seq == 0 {
                self.report(Problem::OutOfOrder { seq });
            } else {
                self.report(Problem::Duplicate { seq });
            }
            return false;
        }
        if seq > self.next {
            self.torn = true;
            self.missing.push((self.next, seq - 1));
        }
        self.next = seq.saturating_add(1);
        true
    }

    fn follow_subject(&mut self, entry: &Entry) {
        let known = self.subjects.get_mut(&entry.subject_kind).and_then(|ids| ids.get_mut(&entry.subject_id));
        let expected = match known {
            Some(version) => std::mem::replace(version, entry.subject_version).saturating_add(1),
            None => {
                let ids = self.subjects.entry(entry.subject_kind.clone()).or_default();
                ids.insert(entry.subject_id.clone(), entry.subject_version);
                1
            }
        };
        if expected != entry.subject_version {
            self.report(Problem::SubjectVersion {
                seq: entry.seq,
                subject_kind: entry.subject_kind.clone(),
                subject_id: entry.subject_id.clone(),
                expected,
                found: entry.subject_version,
            });
        }
    }

    /// Adds a leaf and compares what there is to compare at the new size.
    fn grow(&mut self, stored: Option<Hash>, computed: Option<Hash>) {
        let Some(leaf) = stored.or(computed) else {
            self.torn = true;
            return;
        };
        let other = computed.unwrap_or(leaf);
        if other != leaf && self.computed.is_none() {
            self.computed = Some(self.tree.clone());
        }
        if let Some(tree) = &mut self.computed {
            tree.push(other);
        }
        self.tree.push(leaf);
        self.compare();
    }

    /// Compares the checkpoints of the empty tree, once.
    fn compare_empty(&mut self) {
        if self.tree.size() == 0 {
            self.compare();
        }
    }

    fn compare(&mut self) {
        while let Some(stop) = self.stops.get(self.next_stop).filter(|stop| stop.size <= self.tree.size()) {
            let (root, size, signed) = (stop.root, stop.size, stop.signed);
            self.next_stop += 1;
            if self.torn || self.differs {
                continue;
            }
            if self.computed.as_ref().is_some_and(|tree| tree.root() == root) {
                // The entries are the signed ones; it was the stored leaf hashes that were changed.
                self.tree = self.computed.take().unwrap_or_default();
            } else if self.tree.root() == root {
                self.computed = None;
            } else {
                self.differs = true;
                self.report(Problem::RangeDiffers { first: self.signed_up_to + 1, last: size, signed });
                continue;
            }
            if signed {
                self.signed_ok += 1;
                self.signed_up_to = size;
            }
        }
    }

    /// Ends the check.
    #[must_use]
    pub fn finish(mut self) -> Report {
        self.compare_empty();
        let last = self.next - 1;
        let must_be = self.stops[self.next_stop..].iter().map(|stop| stop.size).chain(self.head_size).max();
        if let Some(must_be) = must_be.filter(|size| *size > last) {
            self.report(Problem::TailMissing { first: last + 1, last: must_be });
        }
        if let Some(size) = self.head_size.filter(|size| *size < last) {
            self.report(Problem::BeyondHead { first: size + 1, last });
        }
        for (first, last) in std::mem::take(&mut self.missing) {
            self.report(Problem::Missing { first, last });
        }
        let mut events = self.events.take().unwrap_or_default();
        events.sort_unstable();
        for pair in events.windows(2).filter(|pair| pair[0].id == pair[1].id) {
            let event_id = Uuid::from_u64_pair(pair[1].id.0, pair[1].id.1);
            self.report(Problem::DuplicateEvent { seq: pair[1].seq, earlier: pair[0].seq, event_id });
        }
        self.problems.sort_by_key(|problem| problem.entries().map_or(0, |range| *range.start()));
        Report {
            entries: self.entries,
            root: self.tree.root(),
            problems: self.problems,
            problems_left_out: self.left_out,
            checkpoints_ok: self.signed_ok,
            checkpoints_failed: self.signed_total - self.signed_ok,
            signed_up_to: self.signed_up_to,
        }
    }
}

impl Problem {
    /// The entries that it is about; none where it is about the whole.
    #[must_use]
    pub fn entries(&self) -> Option<RangeInclusive<u64>> {
        match self {
            Self::Missing { first, last }
            | Self::TailMissing { first, last }
            | Self::BeyondHead { first, last }
            | Self::RangeDiffers { first, last, .. } => Some(*first..=*last),
            Self::Duplicate { seq }
            | Self::OutOfOrder { seq }
            | Self::Altered { seq, .. }
            | Self::Unreadable { seq }
            | Self::BodyNotJson { seq, .. }
            | Self::DuplicateEvent { seq, .. }
            | Self::SubjectVersion { seq, .. }
            | Self::ClockBackwards { seq, .. }
            | Self::NoteAltered { seq }
            | Self::BadLine { seq, .. } => Some(*seq..=*seq),
            Self::HeadInconsistent
            | Self::CheckpointRefused { .. }
            | Self::CheckpointsDisagree { .. }
            | Self::BadHeader
            | Self::EndMissing => None,
        }
    }

    /// Whether it is worth a look but does not put the ledger in doubt.
    #[must_use]
    pub fn is_notice(&self) -> bool {
        matches!(self, Self::ClockBackwards { .. })
    }

    /// The sentence in Japanese.
    #[must_use]
    pub fn ja(&self) -> String {
        let span = |first: &u64, last: &u64| {
            if first == last {
                format!("第{first}号")
            } else {
                format!("第{first}号から第{last}号まで")
            }
        };
        match self {
            Self::Missing { first, last } => format!("記録{}がありません。", span(first, last)),
            Self::TailMissing { first, last } => {
                format!("末尾の記録{}がありません。台帳が途中で切り詰められています。", span(first, last))
            }
            Self::BeyondHead { first, last } => {
                format!("台帳の末尾として控えた位置より後に記録{}があります。", span(first, last))
            }
            Self::Duplicate { seq } => format!("記録第{seq}号が重複しています。"),
            Self::OutOfOrder { seq } => format!("記録第{seq}号の位置が順序と合いません。"),
            Self::Altered { seq, event_id } => {
                format!(
                    "記録第{seq}号(事象{event_id})が、保存されたハッシュ値と一致しません。改変されています。"
                )
            }
            Self::Unreadable { seq } => format!("記録第{seq}号を読み取れません。"),
            Self::BodyNotJson { seq, event_id } => {
                format!("記録第{seq}号(事象{event_id})の本文が1行のJSONではありません。")
            }
            Self::DuplicateEvent { seq, earlier, event_id } => {
                format!("記録第{seq}号の事象ID {event_id} は、記録第{earlier}号で既に使われています。")
            }
            Self::SubjectVersion { seq, subject_kind, subject_id, expected, found } => format!(
                "記録第{seq}号で {subject_kind} {subject_id} の版が連続していません(あるべき版{expected}、実際{found})。"
            ),
            Self::ClockBackwards { seq, by_ms } => {
                format!(
                    "記録第{seq}号の記録時刻が直前の記録より{by_ms}ミリ秒前です。サーバーの時計が戻されています。"
                )
            }
            Self::RangeDiffers { first, last, signed: true } => {
                format!("記録{}が、署名されたチェックポイントと一致しません。", span(first, last))
            }
            Self::RangeDiffers { first, last, signed: false } => {
                format!("記録{}が、データベースに控えたルートハッシュと一致しません。", span(first, last))
            }
            Self::HeadInconsistent => "データベースに控えた台帳の末尾の値どうしが矛盾しています。".to_owned(),
            Self::CheckpointRefused { number, reason } => {
                format!("{number}番目のチェックポイントは認められません({})。", reason.ja())
            }
            Self::CheckpointsDisagree { size } => {
                format!("第{size}号までのチェックポイントが2通り署名されています。台帳が分岐しています。")
            }
            Self::NoteAltered { seq } => format!("記録第{seq}号に添えられた備考が、記録の値と一致しません。"),
            Self::BadHeader => "このファイルは、読み取れる形式の台帳の写しではありません。".to_owned(),
            Self::BadLine { line, seq } => format!("{line}行目を読み取れません(記録第{seq}号の付近)。"),
            Self::EndMissing => "台帳の写しに終わりの行がないか、その件数が合いません。".to_owned(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let span = |first: &u64, last: &u64| {
            if first == last { format!("entry {first}") } else { format!("entries {first} to {last}") }
        };
        match self {
            Self::Missing { first, last } => write!(f, "{} missing", span(first, last)),
            Self::TailMissing { first, last } => {
                write!(f, "{} missing at the end: the ledger was cut off", span(first, last))
            }
            Self::BeyondHead { first, last } => write!(f, "{} beyond the recorded end", span(first, last)),
            Self::Duplicate { seq } => write!(f, "entry {seq} occurs again"),
            Self::OutOfOrder { seq } => write!(f, "entry {seq} is out of order"),
            Self::Altered { seq, event_id } => {
                write!(f, "entry {seq} (event {event_id}) does not have its stored hash: it was altered")
            }
            Self::Unreadable { seq } => write!(f, "entry {seq} cannot be read"),
            Self::BodyNotJson { seq, event_id } => {
                write!(f, "the body of entry {seq} (event {event_id}) is not JSON on one line")
            }
            Self::DuplicateEvent { seq, earlier, event_id } => {
                write!(f, "entry {seq} bears the event id {event_id} of entry {earlier}")
            }
            Self::SubjectVersion { seq, subject_kind, subject_id, expected, found } => {
                write!(f, "entry {seq} makes {subject_kind} {subject_id} version {found}, not {expected}")
            }
            Self::ClockBackwards { seq, by_ms } => {
                write!(f, "entry {seq} was recorded {by_ms} ms before the one ahead: the clock was set back")
            }
            Self::RangeDiffers { first, last, signed } => {
                let root = if *signed { "signed checkpoint" } else { "root kept in the database" };
                write!(f, "{} do not lead to the {root} at size {last}", span(first, last))
            }
            Self::HeadInconsistent => write!(f, "the recorded end of the ledger contradicts itself"),
            Self::CheckpointRefused { number, reason } => {
                write!(f, "checkpoint {number} is refused: {reason}")
            }
            Self::CheckpointsDisagree { size } => {
                write!(f, "two roots were signed for size {size}: the ledger was forked")
            }
            Self::NoteAltered { seq } => write!(f, "a note of entry {seq} does not have its digest"),
            Self::BadHeader => write!(f, "the file is not a ledger bundle of a known version"),
            Self::BadLine { line, seq } => write!(f, "line {line} cannot be read (near entry {seq})"),
            Self::EndMissing => write!(f, "the bundle does not end as it should"),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::ledger::entry::tests::{any_entry, sample};
    use crate::ledger::note::NoteSigner;
    use crate::ledger::note::tests::signer;
    use proptest::prelude::*;
    use std::sync::LazyLock;

    const ORIGIN: &str = "hokan.example/town";
    const COUNT: u64 = 20;
    const STOPS: [u64; 4] = [0, 7, 13, 20];

    /// Entries with their leaf hashes, as a database has them.
    pub(crate) fn ledger(count: u64) -> Vec<(Entry, Hash)> {
        (1..=count).map(sample).map(|entry| (entry.clone(), entry.leaf())).collect()
    }

    fn tree(rows: &[(Entry, Hash)]) -> Frontier {
        rows.iter().map(|row| row.1).collect()
    }

    pub(crate) fn checkpoints(rows: &[(Entry, Hash)], sizes: &[u64]) -> Vec<String> {
        let note = |size: &u64| {
            let root = tree(&rows[..*size as usize]).root();
            Checkpoint::new(ORIGIN, *size, root).sign(&signer()).unwrap().to_string()
        };
        sizes.iter().map(note).collect()
    }

    fn head(rows: &[(Entry, Hash)]) -> Head {
        let frontier = tree(rows);
        Head { size: frontier.size(), root: Some(frontier.root()), frontier: Some(frontier) }
    }

    /// The signed checkpoints of the untouched ledger, signed once.
    static NOTES: LazyLock<Vec<String>> = LazyLock::new(|| checkpoints(&ledger(COUNT), &STOPS));

    /// Checks `rows` against the checkpoints and the head of the untouched ledger.
    fn check(rows: &[(Entry, Hash)], with_leaves: bool) -> Report {
        let original = ledger(COUNT);
        let mut verifier =
            Verifier::new(&[signer().verifier()], Some(ORIGIN), &NOTES).with_head(head(&original));
        for (entry, leaf) in rows {
            verifier.feed(entry, with_leaves.then_some(*leaf));
        }
        verifier.finish()
    }

    fn names(report: &Report, seq: u64) -> bool {
        report.problems.iter().any(|problem| problem.entries() == Some(seq..=seq))
    }

    #[test]
    fn an_untouched_ledger_has_no_problems() {
        let rows = ledger(COUNT);
        for with_leaves in [true, false] {
            let report = check(&rows, with_leaves);
            assert_eq!(report.problems, []);
            assert!(report.is_ok());
            assert_eq!((report.entries, report.root), (COUNT, tree(&rows).root()));
            assert_eq!((report.checkpoints_ok, report.checkpoints_failed), (4, 0));
            assert_eq!(report.signed_up_to, COUNT);
        }
        let empty = Verifier::new::<&str>(&[], None, &[]).with_head(head(&[])).finish();
        assert_eq!((empty.problems.len(), empty.root), (0, Hash::EMPTY_ROOT));
    }

    #[test]
    fn a_changed_entry_is_named_and_the_rest_still_counts() {
        let mut rows = ledger(COUNT);
        rows[8].0.body = rows[8].0.body.replace("cabinet", "Cabinet");
        let event_id = rows[8].0.event_id;
        let report = check(&rows, true);
        assert_eq!(report.problems, [Problem::Altered { seq: 9, event_id }]);
        assert_eq!((report.checkpoints_ok, report.signed_up_to), (4, COUNT));
        // Without the stored hash the checkpoints on either side bound it.
        let report = check(&rows, false);
        assert_eq!(report.problems, [Problem::RangeDiffers { first: 8, last: 13, signed: true }]);
        assert_eq!((report.checkpoints_ok, report.checkpoints_failed, report.signed_up_to), (2, 2, 7));
    }

    #[test]
    fn a_changed_leaf_hash_is_told_from_the_signed_tree() {
        let mut rows = ledger(COUNT);
        rows[8].1 = Hash::of(b"changed");
        let event_id = rows[8].0.event_id;
        let report = check(&rows, true);
        assert_eq!(report.problems, [Problem::Altered { seq: 9, event_id }]);
        assert_eq!(report.checkpoints_ok, 4);
        assert_eq!(report.root, tree(&ledger(COUNT)).root());
    }

    #[test]
    fn an_entry_changed_together_with_its_hash_is_bounded_by_the_checkpoints() {
        let mut rows = ledger(COUNT);
        rows[13].0.actor = None;
        rows[13].1 = rows[13].0.leaf();
        assert_eq!(
            check(&rows, true).problems,
            [Problem::RangeDiffers { first: 14, last: 20, signed: true }]
        );
        // The head was changed with it and nothing was signed since: only the signature could tell.
        let original = ledger(COUNT);
        let notes = checkpoints(&original, &STOPS[..3]);
        let mut verifier = Verifier::new(&[signer().verifier()], None, &notes).with_head(head(&rows));
        rows.iter().for_each(|row| verifier.feed(&row.0, Some(row.1)));
        let report = verifier.finish();
        assert!(report.is_ok());
        assert_eq!(report.signed_up_to, 13);
        // The head was not changed with it.
        let mut verifier = Verifier::new(&[signer().verifier()], None, &notes).with_head(head(&original));
        rows.iter().for_each(|row| verifier.feed(&row.0, Some(row.1)));
        assert_eq!(
            verifier.finish().problems,
            [Problem::RangeDiffers { first: 14, last: 20, signed: false }]
        );
    }

    #[test]
    fn a_dropped_entry_is_named() {
        for drop in 0..COUNT as usize - 1 {
            let mut rows = ledger(COUNT);
            rows.remove(drop);
            let report = check(&rows, true);
            let seq = drop as u64 + 1;
            assert!(report.problems.contains(&Problem::Missing { first: seq, last: seq }), "{seq}");
        }
        let mut rows = ledger(COUNT);
        rows.drain(4..9);
        assert!(check(&rows, false).problems.contains(&Problem::Missing { first: 5, last: 9 }));
    }

    #[test]
    fn a_cut_off_tail_is_found_by_the_head_and_by_the_checkpoints() {
        let rows = ledger(COUNT);
        for keep in 0..COUNT {
            let report = check(&rows[..keep as usize], true);
            assert_eq!(report.problems, [Problem::TailMissing { first: keep + 1, last: COUNT }]);
        }
        let notes = checkpoints(&rows, &STOPS);
        let mut verifier =
            Verifier::new(&[signer().verifier()], Some(ORIGIN), &notes).with_head(head(&rows[..15]));
        rows[..15].iter().for_each(|row| verifier.feed(&row.0, Some(row.1)));
        let report = verifier.finish();
        assert_eq!(report.problems, [Problem::TailMissing { first: 16, last: 20 }]);
        assert_eq!((report.checkpoints_ok, report.checkpoints_failed), (3, 1));
    }

    #[test]
    fn entries_beyond_the_head_are_found() {
        let rows = ledger(COUNT);
        let mut verifier = Verifier::new::<&str>(&[], None, &[]).with_head(head(&rows[..15]));
        rows.iter().for_each(|row| verifier.feed(&row.0, Some(row.1)));
        assert_eq!(verifier.finish().problems, [Problem::BeyondHead { first: 16, last: 20 }]);
    }

    #[test]
    fn swapped_and_doubled_entries_are_named() {
        for at in 0..COUNT as usize - 1 {
            let seq = at as u64 + 1;
            let mut rows = ledger(COUNT);
            rows.swap(at, at + 1);
            assert!(check(&rows, true).problems.contains(&Problem::OutOfOrder { seq }), "{seq}");
            let mut rows = ledger(COUNT);
            rows.insert(at + 1, rows[at].clone());
            let report = check(&rows, true);
            assert_eq!(report.problems, [Problem::Duplicate { seq }]);
            assert_eq!(report.checkpoints_ok, 4);
        }
        // Two entries trade places and numbers.
        let mut rows = ledger(COUNT);
        rows.swap(9, 10);
        rows[9].0.seq = 10;
        rows[10].0.seq = 11;
        let report = check(&rows, true);
        assert!(names(&report, 10) && names(&report, 11), "{:?}", report.problems);
        assert!(!check(&rows, false).is_ok());
    }

    #[test]
    fn what_does_not_fit_together_is_named() {
        let mut rows = ledger(COUNT);
        rows[4].0.event_id = rows[1].0.event_id;
        rows[6].0.subject_version += 1;
        rows[8].0.recorded_at = rows[7].0.recorded_at - 5;
        rows[10].0.body = "{} x".to_owned();
        for row in &mut rows {
            row.1 = row.0.leaf();
        }
        let mut verifier = Verifier::new::<&str>(&[], None, &[]).with_head(head(&rows));
        rows.iter().for_each(|row| verifier.feed(&row.0, Some(row.1)));
        let report = verifier.finish();
        let version = |seq, expected, found| Problem::SubjectVersion {
            seq,
            subject_kind: "item".to_owned(),
            subject_id: "item-0".to_owned(),
            expected,
            found,
        };
        assert_eq!(
            report.problems,
            [
                Problem::DuplicateEvent { seq: 5, earlier: 2, event_id: rows[1].0.event_id },
                version(7, 3, 4),
                Problem::ClockBackwards { seq: 9, by_ms: 5 },
                version(10, 5, 4),
                Problem::BodyNotJson { seq: 11, event_id: rows[10].0.event_id },
            ]
        );
        assert!(!report.is_ok());
        let mut verifier = Verifier::new::<&str>(&[], None, &[]).without_event_ids();
        rows[..5].iter().for_each(|row| verifier.feed(&row.0, None));
        assert!(verifier.finish().is_ok());
    }

    #[test]
    fn a_clock_set_back_is_a_notice_only() {
        let mut rows = ledger(3);
        rows[2].0.recorded_at = i64::MIN;
        rows[1].0.recorded_at = i64::MAX;
        let mut verifier = Verifier::new::<&str>(&[], None, &[]);
        rows.iter().for_each(|row| verifier.feed(&row.0, None));
        let report = verifier.finish();
        assert_eq!(report.problems, [Problem::ClockBackwards { seq: 3, by_ms: u64::MAX }]);
        assert!(report.is_ok());
    }

    #[test]
    fn notices_do_not_crowd_out_problems() {
        let mut verifier = Verifier::new::<&str>(&[], None, &[]).without_event_ids();
        for seq in 1..=(MAX_PROBLEMS as u64) + 5 {
            let mut entry = sample(seq);
            entry.recorded_at = -(seq as i64);
            verifier.feed(&entry, None);
        }
        let report = verifier.finish();
        assert_eq!((report.problems.len(), report.problems_left_out), (MAX_NOTICES, 0));
        assert!(report.is_ok());
    }

    #[test]
    fn the_empty_tree_has_one_root_only() {
        let wrong = Checkpoint::new(ORIGIN, 0, Hash::of(b"x")).sign(&signer()).unwrap().to_string();
        let head = Head { size: 0, root: Some(Hash::of(b"x")), frontier: None };
        let report = Verifier::new(&[signer().verifier()], None, &[wrong]).with_head(head).finish();
        assert_eq!(
            report.problems,
            [
                Problem::CheckpointRefused { number: 1, reason: CheckpointError::Root },
                Problem::HeadInconsistent
            ]
        );
    }

    #[test]
    fn bad_checkpoints_are_refused_and_a_fork_is_found() {
        let rows = ledger(COUNT);
        let other = NoteSigner::from_seed(ORIGIN, &[1; 32]).unwrap();
        let mut notes = checkpoints(&rows, &[7]);
        notes.push(Checkpoint::new(ORIGIN, 8, Hash::EMPTY_ROOT).sign(&other).unwrap().to_string());
        notes.push(Checkpoint::new("elsewhere", 8, Hash::EMPTY_ROOT).sign(&signer()).unwrap().to_string());
        notes.push("no note".to_owned());
        notes.push(Checkpoint::new(ORIGIN, 7, Hash::of(b"fork")).sign(&signer()).unwrap().to_string());
        let mut verifier = Verifier::new(&[signer().verifier()], Some(ORIGIN), &notes);
        rows.iter().for_each(|row| verifier.feed(&row.0, Some(row.1)));
        let report = verifier.finish();
        let refused: Vec<usize> = report
            .problems
            .iter()
            .filter_map(|problem| match problem {
                Problem::CheckpointRefused { number, .. } => Some(*number),
                _ => None,
            })
            .collect();
        assert_eq!(refused, [2, 3, 4]);
        assert!(report.problems.contains(&Problem::CheckpointsDisagree { size: 7 }));
        assert_eq!((report.checkpoints_ok, report.checkpoints_failed), (1, 4));
    }

    #[test]
    fn a_head_that_contradicts_itself_is_found() {
        let rows = ledger(COUNT);
        for change in 0..3 {
            let mut head = head(&rows);
            match change {
                0 => head.root = Some(Hash::of(b"x")),
                1 => head.frontier = Some(tree(&rows[..19])),
                _ => head.frontier.as_mut().unwrap().push(Hash::of(b"x")),
            }
            let mut verifier = Verifier::new::<&str>(&[], None, &[]).with_head(head);
            rows.iter().for_each(|row| verifier.feed(&row.0, Some(row.1)));
            assert!(verifier.finish().problems.contains(&Problem::HeadInconsistent));
        }
    }

    #[test]
    fn an_unreadable_row_does_not_spoil_the_rest_where_its_hash_is_stored() {
        let rows = ledger(COUNT);
        let notes = checkpoints(&rows, &STOPS);
        for stored in [true, false] {
            let mut verifier = Verifier::new(&[signer().verifier()], None, &notes).with_head(head(&rows));
            for (entry, leaf) in &rows {
                if entry.seq == 5 {
                    verifier.feed_unreadable(5, stored.then_some(*leaf));
                } else {
                    verifier.feed(entry, Some(*leaf));
                }
            }
            let report = verifier.finish();
            assert!(report.problems.contains(&Problem::Unreadable { seq: 5 }));
            assert_eq!(report.checkpoints_ok, if stored { 4 } else { 1 });
        }
    }

    #[test]
    fn a_flood_of_problems_is_counted_not_kept() {
        let mut verifier = Verifier::new::<&str>(&[], None, &[]);
        let entry = sample(1);
        for _ in 0..MAX_PROBLEMS + 6 {
            verifier.feed(&entry, None);
        }
        let report = verifier.finish();
        assert_eq!((report.problems.len(), report.problems_left_out), (MAX_PROBLEMS, 5));
        assert!(!report.is_ok());
    }

    #[test]
    fn every_problem_has_its_sentence_in_both_languages() {
        let event_id = Uuid::from_u128(5);
        let problems = [
            Problem::Missing { first: 3, last: 3 },
            Problem::TailMissing { first: 3, last: 9 },
            Problem::BeyondHead { first: 3, last: 9 },
            Problem::Duplicate { seq: 3 },
            Problem::OutOfOrder { seq: 3 },
            Problem::Altered { seq: 3, event_id },
            Problem::Unreadable { seq: 3 },
            Problem::BodyNotJson { seq: 3, event_id },
            Problem::DuplicateEvent { seq: 3, earlier: 2, event_id },
            Problem::SubjectVersion {
                seq: 3,
                subject_kind: "item".to_owned(),
                subject_id: "x".to_owned(),
                expected: 1,
                found: 2,
            },
            Problem::ClockBackwards { seq: 3, by_ms: 4 },
            Problem::RangeDiffers { first: 3, last: 9, signed: true },
            Problem::RangeDiffers { first: 3, last: 9, signed: false },
            Problem::HeadInconsistent,
            Problem::CheckpointRefused { number: 3, reason: CheckpointError::Lines },
            Problem::CheckpointsDisagree { size: 3 },
            Problem::NoteAltered { seq: 3 },
            Problem::BadHeader,
            Problem::BadLine { line: 4, seq: 3 },
            Problem::EndMissing,
        ];
        for problem in problems {
            let (en, ja) = (problem.to_string(), problem.ja());
            assert!(!en.ends_with('.') && en.is_ascii(), "{en}");
            assert!(ja.ends_with('。'), "{ja}");
            if problem.entries().is_some() {
                assert!(en.contains('3') && ja.contains('3'), "{en} {ja}");
            }
        }
    }

    /// Changes one byte of one field; the result differs from the entry.
    fn flip(entry: &mut Entry, field: usize, at: usize, bit: u32) {
        fn number(value: u64, at: usize, bit: u32) -> u64 {
            value ^ 1 << ((at % 8) as u32 * 8 + bit % 8)
        }
        fn id(value: Uuid, at: usize, bit: u32) -> Uuid {
            Uuid::from_u128(value.as_u128() ^ 1 << ((at % 16) as u32 * 8 + bit % 8))
        }
        fn hash(value: Hash, at: usize, bit: u32) -> Hash {
            let mut bytes = *value.as_bytes();
            bytes[at % 32] ^= 1 << (bit % 8);
            Hash::new(bytes)
        }
        fn text(value: &mut String, at: usize, bit: u32) {
            let mut bytes = value.clone().into_bytes();
            let length = bytes.len();
            bytes[at % length] ^= 1 << (bit % 7);
            *value = String::from_utf8(bytes).unwrap();
        }
        match field {
            0 => entry.seq = number(entry.seq, at, bit),
            1 => entry.event_id = id(entry.event_id, at, bit),
            2 => entry.act_id = id(entry.act_id, at, bit),
            3 => text(&mut entry.subject_kind, at, bit),
            4 => text(&mut entry.subject_id, at, bit),
            5 => entry.subject_version = number(entry.subject_version, at, bit),
            6 => text(&mut entry.kind, at, bit),
            7 => entry.occurred_at = number(entry.occurred_at as u64, at, bit) as i64,
            8 => entry.recorded_at = number(entry.recorded_at as u64, at, bit) as i64,
            9 => entry.actor = entry.actor.map(|value| id(value, at, bit)),
            10 => entry.device = Some(id(Uuid::nil(), at, bit)),
            11 => entry.device_seq = entry.device_seq.map(|value| number(value, at, bit)),
            12 => entry.profile = entry.profile.map(|value| hash(value, at, bit)),
            13 => entry.request = hash(entry.request, at, bit),
            _ => text(&mut entry.body, at, bit),
        }
    }

    #[test]
    fn every_bit_of_an_entry_counts() {
        let rows = ledger(COUNT);
        for seq in [1, 8, COUNT] {
            for field in 0..15 {
                for at in 0..32 {
                    let mut changed = rows.clone();
                    let row = &mut changed[seq as usize - 1];
                    flip(&mut row.0, field, at, at as u32 * 3);
                    assert_ne!(row.0, rows[seq as usize - 1].0);
                    if field == 0 {
                        // A database hands its rows out by their numbers.
                        changed.sort_by_key(|row| row.0.seq);
                    }
                    let report = check(&changed, true);
                    let near =
                        |problem: &Problem| problem.entries().is_some_and(|range| range.contains(&seq));
                    // The last entry leaves a gap as wide as its number was moved.
                    let gap = seq == COUNT && field == 0 && report.problems.iter().any(near);
                    assert!(names(&report, seq) || gap, "{seq} {field} {at}: {:?}", report.problems);
                    let report = check(&changed, false);
                    assert!(report.problems.iter().any(near), "{seq} {field} {at}: {:?}", report.problems);
                    assert!(!report.is_ok());
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn a_flipped_byte_is_found_whichever_it_is(
            seq in 1..=COUNT, field in 1_usize..15, at: usize, bit in 0_u32..8,
        ) {
            let mut rows = ledger(COUNT);
            flip(&mut rows[seq as usize - 1].0, field, at, bit);
            prop_assert!(names(&check(&rows, true), seq));
            prop_assert!(!check(&rows, false).is_ok());
        }

        #[test]
        fn a_ledger_of_any_entries_in_any_other_order_is_found(
            mut order in Just((0..12_usize).collect::<Vec<_>>()).prop_shuffle(),
            drop in prop::option::of(0..12_usize),
        ) {
            let rows = ledger(12);
            order.truncate(drop.unwrap_or(12));
            let notes = checkpoints(&rows, &[12]);
            let mut verifier = Verifier::new(&[signer().verifier()], None, &notes);
            order.iter().for_each(|at| verifier.feed(&rows[*at].0, Some(rows[*at].1)));
            let right = order.iter().copied().eq(0..12);
            prop_assert_eq!(verifier.finish().is_ok(), right);
        }

        #[test]
        fn nothing_makes_the_check_panic(
            entries in prop::collection::vec((any_entry(), any::<Option<[u8; 32]>>(), any::<bool>()), 0..12),
            size: u64,
        ) {
            let mut verifier = Verifier::new(&[], None, &["x"])
                .with_head(Head { size, root: Some(Hash::EMPTY_ROOT), frontier: None });
            for (entry, leaf, readable) in &entries {
                let leaf = leaf.map(Hash::new);
                if *readable { verifier.feed(entry, leaf) } else { verifier.feed_unreadable(entry.seq, leaf) }
            }
            let report = verifier.finish();
            prop_assert_eq!(report.entries, entries.len() as u64);
            prop_assert!(!report.is_ok());
        }
    }
}
