//! The ledger: its checkpoints, its check, its rebuild, its export.

use std::collections::{BTreeMap, BTreeSet};

use hokan_domain::{
    authority::{Effect, effects},
    discrepancy::Finding,
    disposal::FileRef,
    event::{Event, Recorded},
    ids::{FileId, ItemId, NoteId},
    item::{self, Item, evolve},
    label::{LabelId, LabelState, LabelTarget, SheetEvent},
    ledger::{
        bundle::{BundleWriter, Header},
        checkpoint::Checkpoint,
        entry::Entry,
        hash::{Hash, SALT_LEN, salted_digest},
        note::NoteVerifier,
        verify::{Head, Report, Verifier},
    },
    text::TextRef,
};
use hokan_mobile_api::{Caller, Problem};

use uuid::Uuid;

use super::{
    App, store_problem,
    subjects::{self, AnySubject},
};
use crate::{
    keys::{KeyError, LedgerKey},
    store::{Store, StoreError, files::files_in, items, labels, ledger::recorded, roles::LastDays},
};

/// Where the ledger stands.
#[derive(Debug, Clone)]
pub struct LedgerStatus {
    /// How many entries.
    pub entries: u64,
    /// The root of the tree, in base64.
    pub root: String,
    /// The newest signed checkpoint, as text to print or copy.
    pub checkpoint: Option<String>,
    /// The key that verifies checkpoints.
    pub verifier: String,
}

/// What a check or a rebuild found: one line for each problem, none where all is well.
#[derive(Debug, Clone, Default)]
pub struct Verdict {
    /// What is wrong, each with the entry or row that it is about.
    pub problems: Vec<String>,
    /// What is worth knowing but not wrong.
    pub notices: Vec<String>,
    /// How many entries were looked at.
    pub entries: u64,
    /// The root of the tree over them, in base64.
    pub root: String,
    /// Up to which entry signed checkpoints vouch.
    pub signed_up_to: u64,
}

/// Why a checkpoint could not be made.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointFault {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The key cannot sign.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The checkpoint cannot be written in its format.
    #[error("the checkpoint cannot be written: {0}")]
    Format(String),
}

impl App {
    /// Signs the ledger as it is now and keeps the signature, unless the newest one is of this size already.
    ///
    /// # Errors
    /// Where the store fails or the key cannot sign.
    pub async fn checkpoint(&self) -> Result<Option<String>, CheckpointFault> {
        let frontier = self.store().ledger_head().await?;
        let newest = self.store().newest_checkpoint().await?;
        let covered = newest.as_deref().and_then(size_of).unwrap_or(0);
        if frontier.size() == covered {
            return Ok(newest);
        }
        let key = self.key().clone();
        let note = self
            .store()
            .write("ledger.checkpoint", move |tx| {
                Box::pin(async move {
                    let (size, root) = tx.tree();
                    let note = sign(&key, size, root)?;
                    tx.keep_checkpoint(size, note.clone()).await?;
                    Ok::<_, CheckpointFault>(note)
                })
            })
            .await?;
        Ok(Some(note))
    }

    /// Where the ledger stands, for its page. Signs it first if it has grown.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn ledger_status(&self, caller: &Caller) -> Result<LedgerStatus, Problem> {
        let lang = caller.lang;
        let checkpoint = self.checkpoint().await.map_err(|error| Problem::internal(lang, &error))?;
        let frontier = self.store().ledger_head().await.map_err(|error| store_problem(&error, lang))?;
        let signer = self.key().signer().map_err(|error| Problem::internal(lang, &error))?;
        Ok(LedgerStatus {
            entries: frontier.size(),
            root: frontier.root().to_base64(),
            checkpoint,
            verifier: signer.verifier().to_string(),
        })
    }
}

fn size_of(note: &str) -> Option<u64> {
    note.lines().nth(1)?.parse().ok()
}

fn sign(key: &LedgerKey, size: u64, root: Hash) -> Result<String, CheckpointFault> {
    let note = Checkpoint::new(key.origin(), size, root)
        .sign(&key.signer()?)
        .map_err(|error| CheckpointFault::Format(error.to_string()))?;
    Ok(note.to_string())
}

/// Checks the whole ledger of a store: every entry against its hash, the tree against the head and against
/// every signed checkpoint, and every text against the hash that an event holds of it.
///
/// `keys` are the verifier keys that the checker trusts; `more` are checkpoints from elsewhere, such as one
/// that was kept on paper.
///
/// # Errors
/// Where the database fails.
pub async fn verify(store: &Store, keys: &[NoteVerifier], more: &[String]) -> Result<Verdict, StoreError> {
    let mut checkpoints = store.checkpoints().await?;
    checkpoints.extend_from_slice(more);
    let mut broken = Vec::new();
    let mut verifier = Verifier::new(keys, None, &checkpoints);
    // Read after the checkpoints, so that none of them can be ahead of it.
    let mut end = None;
    match store.ledger_head_and_root().await {
        Ok((frontier, root)) => {
            end = Some(frontier.size());
            verifier = verifier.with_head(Head {
                size: frontier.size(),
                root: Some(root),
                frontier: Some(frontier),
            });
        }
        Err(error) => broken.push(unreadable(error)?),
    }
    let mut after = 0;
    let mut texts = BTreeMap::new();
    let mut files = BTreeMap::new();
    'pages: loop {
        let page = store.entries_after(after).await?;
        let Some((last, _)) = page.last() else { break };
        after = *last;
        for (seq, stored) in page {
            // What was recorded since the check began is for the next check. What lies beyond the end that
            // the database itself knows of is not.
            if end.is_some_and(|end| seq > end) {
                end = Some(store.ledger_head().await?.size());
                if end.is_some_and(|end| seq <= end) {
                    break 'pages;
                }
                end = None;
            }
            match stored {
                Ok(stored) => {
                    for text in texts_of(&stored.entry) {
                        texts.insert(text.id, (text, seq));
                    }
                    for file in files_in(&stored.entry.body) {
                        files.entry(file.id).or_insert((file, seq));
                    }
                    verifier.feed(&stored.entry, Some(stored.leaf));
                }
                Err(error) => {
                    broken.push(format!("entry {seq}: {}", unreadable(error)?));
                    verifier.feed_unreadable(seq, None);
                }
            }
        }
    }
    let mut verdict = verdict_of(&verifier.finish());
    verdict.problems.extend(broken);
    let grew = store.ledger_head().await.is_ok_and(|now| now.size() > verdict.entries);
    verdict.problems.extend(check_texts(store, &texts, grew).await?);
    verdict.problems.extend(check_files(store, &files).await?);
    Ok(verdict)
}

/// A row that cannot be read is a finding; a database that does not answer is a fault.
fn unreadable(error: StoreError) -> Result<String, StoreError> {
    match error {
        StoreError::Corrupt { .. } => Ok(error.to_string()),
        other => Err(other),
    }
}

/// A report in lines for people.
#[must_use]
pub fn verdict_of(report: &Report) -> Verdict {
    let mut verdict = Verdict {
        entries: report.entries,
        root: report.root.to_base64(),
        signed_up_to: report.signed_up_to,
        ..Verdict::default()
    };
    for problem in &report.problems {
        let line = format!("{} / {problem}", problem.ja());
        if problem.is_notice() {
            verdict.notices.push(line);
        } else {
            verdict.problems.push(line);
        }
    }
    if report.problems_left_out > 0 {
        verdict.problems.push(format!("{} more problems", report.problems_left_out));
    }
    verdict
}

fn texts_of(entry: &Entry) -> Vec<TextRef> {
    subjects::texts_of(entry).unwrap_or_else(|| {
        serde_json::from_str::<Event>(&entry.body).map(|event| event.texts()).unwrap_or_default()
    })
}

/// `grew` says that entries were recorded since the check began: their texts are in no entry that was seen.
async fn check_texts(
    store: &Store,
    wanted: &BTreeMap<NoteId, (TextRef, u64)>,
    grew: bool,
) -> Result<Vec<String>, StoreError> {
    let mut problems = Vec::new();
    let mut kept = 0_usize;
    for text in store.all_texts().await? {
        let Some((reference, seq)) = wanted.get(&text.id) else {
            if grew {
                continue;
            }
            problems.push(format!("text {} is in no entry of the ledger", text.id));
            continue;
        };
        kept += 1;
        let Some((salt, body)) = text.content else { continue };
        let same = <[u8; SALT_LEN]>::try_from(salt)
            .is_ok_and(|salt| salted_digest(&salt, &body) == reference.digest);
        if !same {
            problems.push(format!("entry {seq}: its text {} was altered", text.id));
        }
    }
    if kept < wanted.len() {
        problems.push(format!("{} texts that the ledger refers to are missing", wanted.len() - kept));
    }
    Ok(problems)
}

/// Holds every photograph and certificate that an entry names against the digest that the entry holds of it. One at a
/// time: each may have twenty megabytes.
async fn check_files(
    store: &Store,
    named: &BTreeMap<FileId, (FileRef, u64)>,
) -> Result<Vec<String>, StoreError> {
    let mut problems = Vec::new();
    for (id, (file, seq)) in named {
        match store.file(*id).await {
            Ok(None) => problems.push(format!("entry {seq}: its file {id} is missing")),
            Ok(Some(kept)) if kept.file.digest != file.digest || Hash::of(&kept.bytes) != file.digest => {
                problems.push(format!("entry {seq}: its file {id} was altered"));
            }
            Ok(Some(_)) => {}
            Err(error) => problems.push(format!("entry {seq}: {}", unreadable(error)?)),
        }
    }
    Ok(problems)
}

/// Folds every entry again and compares with the rows: items, labels, discrepancies.
///
/// # Errors
/// Where the database fails.
pub async fn rebuild_check(store: &Store) -> Result<Verdict, StoreError> {
    // Rows and entries are read one after the other; where a server went on in between they need not agree.
    for _ in 0..REBUILD_TRIES {
        let before = store.ledger_head().await?.size();
        let verdict = rebuild_check_once(store).await?;
        if verdict.problems.is_empty() || store.ledger_head().await?.size() == before {
            return Ok(verdict);
        }
    }
    let mut verdict = rebuild_check_once(store).await?;
    verdict.notices.push("the ledger grew while it was checked: check a copy, or a quieter hour".to_owned());
    Ok(verdict)
}

/// How often a comparison is tried while a server goes on writing.
const REBUILD_TRIES: usize = 5;

async fn rebuild_check_once(store: &Store) -> Result<Verdict, StoreError> {
    let mut verdict = Verdict::default();
    let mut folded: BTreeMap<ItemId, Item> = BTreeMap::new();
    let mut labels: BTreeMap<LabelId, LabelState> = BTreeMap::new();
    let mut others: BTreeMap<Uuid, AnySubject> = BTreeMap::new();
    let mut look_back = BTreeSet::new();
    let mut after = 0;
    loop {
        let page = store.entries_after(after).await?;
        let Some((last, _)) = page.last() else { break };
        after = *last;
        for (seq, stored) in page {
            verdict.entries += 1;
            let outcome =
                stored.and_then(|stored| fold(&stored.entry, &mut folded, &mut labels, &mut others));
            if let Ok(Some(item)) = outcome {
                look_back.insert(item);
            }
            if let Err(error) = outcome {
                verdict.problems.push(format!("entry {seq}: {}", unreadable(error)?));
            }
        }
    }
    for id in look_back {
        match store.timeline(id).await {
            Ok(timeline) => {
                let read = timeline.into_iter().filter(|(entry, _)| entry.seq <= after);
                let events: Vec<Recorded> = read.map(|(_, recorded)| recorded).collect();
                folded.extend(item::fold(id, &events).map(|item| (id, item)));
            }
            Err(error) => verdict.problems.push(format!("{id}: {}", unreadable(error)?)),
        }
    }
    let mut rows = store.item_ids().await?;
    let mut discrepancies: Vec<(ItemId, Finding)> = Vec::new();
    for (id, item) in &folded {
        rows.remove(id);
        for column in store.item_row_differs(item).await? {
            verdict.problems.push(format!("{id}: the column {column} differs from what the ledger says"));
        }
        discrepancies.extend(item.discrepancies.iter().map(|finding| (*id, *finding)));
    }
    for id in rows {
        verdict.problems.push(format!("{id}: the ledger knows no such item"));
    }
    authority_agrees(store, &others, &mut verdict).await?;
    for (id, kind, state) in store.subject_rows().await? {
        let told = others.remove(&id).map(|subject| subject.state());
        let same = told.is_some_and(|(known, told)| known == kind && told.is_ok_and(|told| told == state));
        if !same {
            verdict.problems.push(format!("{kind} {id}: its row differs from what the ledger says"));
        }
    }
    for (id, subject) in &others {
        verdict.problems.push(format!("{} {id}: its row is missing", subject.state().0));
    }
    let mut stored: BTreeMap<_, _> = store.all_labels().await?.into_iter().collect();
    for (label, state) in &labels {
        if stored.remove(label).as_ref() != Some(state) {
            verdict.problems.push(format!("label {label}: its row differs from what the ledger says"));
        }
    }
    for label in stored.keys() {
        verdict.problems.push(format!("label {label}: the ledger knows no such label"));
    }
    let mut open = store.open_discrepancies().await?;
    open.sort();
    discrepancies.sort();
    if open != discrepancies {
        verdict.problems.push("the open discrepancies differ from what the ledger says".to_owned());
    }
    Ok(verdict)
}

/// Works out anew who holds what and until when everybody serves, and compares with the rows.
async fn authority_agrees(
    store: &Store,
    folded: &BTreeMap<Uuid, AnySubject>,
    verdict: &mut Verdict,
) -> Result<(), StoreError> {
    let (rows, old, ends) = store.authority_rows().await?;
    let mut histories = Vec::new();
    for LastDays { person, term, left } in ends {
        let staff = match folded.get(&person.0) {
            Some(AnySubject::Staff(staff)) => Some(&**staff),
            _ => None,
        };
        let left_on = staff.and_then(|staff| staff.left.as_ref()).map(|left| left.last);
        if (term, left) != (staff.and_then(|staff| staff.term_end), left_on) {
            verdict.problems.push(format!("{person}: the last days differ from what the ledger says"));
        }
        let mut appointments = Vec::new();
        let mut designations = Vec::new();
        for subject in folded.values() {
            match subject {
                AnySubject::Appointment(one) if one.person == person => appointments.push((**one).clone()),
                AnySubject::Designated(one) if one.person == person => designations.push((**one).clone()),
                _ => {}
            }
        }
        histories.push((staff, appointments, designations));
    }
    // A deputy acts while his principal holds the role: first what everybody holds himself, then the deputies.
    let all = |principals: &[Effect]| -> Vec<Effect> {
        let each = histories.iter();
        each.flat_map(|(staff, appointments, designations)| {
            effects(*staff, appointments, designations, principals)
        })
        .collect()
    };
    let own: Vec<Effect> = all(&[]).into_iter().chain(old).filter(|held| held.deputy_for.is_none()).collect();
    let mut expected = all(&own);
    expected.sort();
    if rows != expected {
        verdict.problems.push("who holds which role differs from what the ledger says".to_owned());
    }
    Ok(())
}

/// Folds one entry in. Of an item of which it dismisses something, the whole timeline is to be folded.
fn fold(
    entry: &Entry,
    folded: &mut BTreeMap<ItemId, Item>,
    all_labels: &mut BTreeMap<LabelId, LabelState>,
    others: &mut BTreeMap<Uuid, AnySubject>,
) -> Result<Option<ItemId>, StoreError> {
    let corrupt =
        |column, why: &dyn ToString| StoreError::corrupt("ledger_entry", column, entry.seq, why.to_string());
    match entry.subject_kind.as_str() {
        items::SUBJECT_KIND => {
            let id: ItemId = entry.subject_id.parse().map_err(|error| corrupt("subject_id", &error))?;
            let recorded = recorded(entry)?;
            match &recorded.event {
                Event::Registered { label, .. } => {
                    all_labels.insert(label.clone(), LabelState::Bound(LabelTarget::Item(id)));
                }
                Event::LabelReplaced { old, new, .. } => {
                    let target = Some(LabelTarget::Item(id));
                    let void = LabelState::Void { target, replaced_by: Some(new.clone()) };
                    all_labels.insert(old.clone(), void);
                    all_labels.insert(new.clone(), LabelState::Bound(LabelTarget::Item(id)));
                }
                _ => {}
            }
            if let Some(item) = evolve(id, folded.remove(&id), &recorded) {
                folded.insert(id, item);
            }
            Ok(recorded.event.dismisses().map(|_| id))
        }
        labels::SUBJECT_KIND => {
            match serde_json::from_str(&entry.body).map_err(|error| corrupt("body", &error))? {
                SheetEvent::LabelsPrinted { labels: printed, .. } => {
                    all_labels.extend(printed.into_iter().map(|label| (label, LabelState::Blank)));
                }
                SheetEvent::LabelBound { label, target } => {
                    all_labels.insert(label, LabelState::Bound(target));
                }
            }
            Ok(None)
        }
        other => {
            let id = entry
                .subject_id
                .split_once('_')
                .and_then(|(_, id)| Uuid::try_parse(id).ok())
                .ok_or_else(|| corrupt("subject_id", &"it is no id"))?;
            let folded = AnySubject::fold(others.remove(&id), id, entry)
                .ok_or_else(|| corrupt("subject_kind", &other))??;
            others.insert(id, folded);
            Ok(None)
        }
    }
}

/// Writes the ledger as it is now as a bundle that an auditor can check without this server, with the texts
/// beside it where `with_texts` says so.
///
/// # Errors
/// Where the database fails, a row cannot be read, or `out` fails.
pub async fn export(
    store: &Store,
    key: &LedgerKey,
    with_texts: bool,
    out: &mut (dyn std::io::Write + Send),
) -> anyhow::Result<u64> {
    let size = store.ledger_head().await?.size();
    let header =
        Header { origin: key.origin().to_owned(), vkeys: vec![key.signer()?.verifier().to_string()], size };
    let mut lines = String::new();
    let mut bundle = BundleWriter::new(&header, &mut lines);
    for note in store.checkpoints().await? {
        // One that was signed since speaks of entries that are not in this bundle.
        if size_of(&note).is_some_and(|covered| covered <= size) {
            bundle.checkpoint(&note, &mut lines);
        }
    }
    let mut after = 0;
    while after < size {
        let page = store.entries_after(after).await?;
        if page.is_empty() {
            break;
        }
        for (seq, stored) in page {
            after = seq;
            if seq > size {
                break;
            }
            let stored = stored?;
            bundle.entry(&stored.entry, Some(&stored.leaf), &mut lines);
            if with_texts {
                let wanted = texts_of(&stored.entry);
                for (salt, text) in store.salted_texts(wanted.iter().map(|text| text.id)).await?.into_values()
                {
                    if let Ok(salt) = <[u8; SALT_LEN]>::try_from(salt) {
                        bundle.note(&salt, &text, &mut lines);
                    }
                }
            }
        }
        out.write_all(lines.as_bytes())?;
        lines.clear();
    }
    bundle.end(&mut lines);
    out.write_all(lines.as_bytes())?;
    out.flush()?;
    Ok(size)
}
