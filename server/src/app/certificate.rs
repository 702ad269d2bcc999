//! The certificate of destruction (廃棄証明書): what the ledger tells of the end of items, made ready for print.
//!
//! It is made from the entries themselves and not from the rows that were folded from them, and nothing goes
//! on it that is not what the ledger committed to: each entry is held against its hash, each text and each file
//! against the hash that an entry holds of it. Where one of them was altered there is no certificate, and the
//! log says which.
//!
//! It cites the regulation that judged the destruction, also when another one is in force by now.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, btree_map},
    sync::Arc,
};

use chrono::{DateTime, NaiveDate, Timelike, Utc};
use hokan_domain::{
    approval::{Given, Request},
    contents::Kept,
    disposal::{Destruction, Done, Erasure, FileRef, Performed, Presence, Shows, Verification},
    event::{Event, Recorded},
    ids::{DeviceId, DivisionId, EventId, FileId, ItemId, NoteId, PersonId},
    item::{Item, fold},
    japan_date::{fiscal_year_ja, jst, jst_date, jst_date_time, wareki},
    ledger::{
        entry::Entry,
        hash::{Hash, SALT_LEN, salted_digest},
    },
    profile::{Gated, HANDLER, Method, Profile, RoleId, Technique},
    refusal::{Reason, Refusal, Source},
    retention::explain,
    text::{Lang, TextRef},
};
use hokan_labels::{
    certificate::{
        self as paper, Attestation, Certificate, Contractor, Permission, Rules, Signature, Treatment,
    },
    code::LabelCode,
    photo::Photo,
    qr::{Level, Symbol},
    reader::ReadLimits,
};
use hokan_mobile_api::{Caller, Problem, ProblemCode};

use super::{App, AppError};
use crate::store::{
    StoreError, calendars::Calendars, ledger::recorded, people::Account, retention::contents_due,
    roles::Holding,
};

/// The most periods of retention that are told one by one; a thousand items have hardly more than a few.
const MOST_PERIODS: usize = 12;

impl App {
    /// The certificate of destruction of one or several items, as PDF, with its number: each language on pages
    /// of its own, in this order. Items that did not end together (by other people, in another way, on another
    /// day) each have a part of their own.
    ///
    /// The number is told by the items alone, whatever their order.
    ///
    /// # Errors
    /// `not-found`; `not-destroyed`; `not-witnessed` until somebody stood by who did not destroy it himself;
    /// `method-not-allowed` where a phone without signal told of a way that the regulation does not allow. Where
    /// an entry, a text or a photograph was altered in the database.
    pub async fn certificate(
        &self,
        caller: &Caller,
        items: &[ItemId],
        languages: &[Lang],
    ) -> Result<(String, Vec<u8>), Problem> {
        let lang = caller.lang;
        let items: BTreeSet<ItemId> = items.iter().copied().collect();
        if items.is_empty() || items.len() > paper::MAX_ITEMS {
            return Err(out_of_bounds(lang));
        }
        let mut ends = Vec::with_capacity(items.len());
        for item in items {
            match self.end_of(item).await {
                Ok(end) => ends.push(end),
                Err(error) => return Err(self.problem(caller, error).await),
            }
        }
        ends.sort_by_key(|end| end.destroyed.signed.seq);
        if ends.iter().map(|end| end.shots.len()).sum::<usize>() > paper::MAX_PHOTOGRAPHS {
            return Err(out_of_bounds(lang));
        }
        let known = match self.known(&ends).await {
            Ok(known) => known,
            Err(error) => return Err(self.problem(caller, error).await),
        };
        // Signed after everything was read, so that it covers all of it.
        let checkpoint = self.checkpoint().await.map_err(|error| Problem::internal(lang, &error))?;
        let number = known.number.clone();
        let mut asked: Vec<Lang> = Vec::new();
        for language in languages {
            if !asked.contains(language) {
                asked.push(*language);
            }
        }
        if asked.is_empty() {
            asked.push(lang);
        }
        let printed = tokio::task::spawn_blocking(move || {
            let checkpoint = checkpoint.map(signed_checkpoint);
            let parts = known.parts(&ends, &asked, checkpoint.as_ref());
            paper::print(&parts, known.issued_at.timestamp())
        })
        .await
        .map_err(|error| Problem::internal(lang, &error))?;
        let pdf = printed.map_err(|error| Problem::internal(lang, &error))?;
        self.note_seldom(caller, "certificate-printed", &number, "").await;
        Ok((number, pdf))
    }

    /// The end of an item, as the ledger tells it.
    async fn end_of(&self, id: ItemId) -> Result<End, AppError> {
        let mut timeline = Vec::new();
        for stored in self.store().entries_about(&id.to_string()).await? {
            if stored.entry.leaf() != stored.leaf {
                return Err(altered("ledger_entry", "body", stored.entry.seq));
            }
            let recorded = recorded(&stored.entry)?;
            timeline.push((stored.entry, recorded));
        }
        let events: Vec<Recorded> = timeline.iter().map(|(_, recorded)| recorded.clone()).collect();
        let item = fold(id, &events).ok_or(AppError::NotFound)?;
        End::of(item, &timeline, |entry, day| self.judge(entry.profile, day), &self.profile())
    }

    /// The regulation that judged an entry: the version that it names, otherwise the one of that day.
    fn judge(&self, digest: Option<Hash>, day: NaiveDate) -> Arc<Profile> {
        let named = digest.and_then(|digest| self.in_force().named(digest));
        named.unwrap_or_else(|| self.profile_on(day))
    }

    /// Everything beside the ledger that the certificate names or shows.
    async fn known(&self, ends: &[End]) -> Result<Known, AppError> {
        let store = self.store();
        let mut people = BTreeMap::new();
        for id in ends.iter().flat_map(End::people) {
            if !people.contains_key(&id)
                && let Some(account) = store.person(id).await?
            {
                people.insert(id, account);
            }
        }
        let mut holdings = BTreeMap::new();
        for day in ends.iter().flat_map(End::days) {
            if let btree_map::Entry::Vacant(unknown) = holdings.entry(day) {
                unknown.insert(store.roles_held(day).await?);
            }
        }
        let divisions = store.divisions().await?;
        let mut pictures = BTreeMap::new();
        for file in ends.iter().flat_map(|end| &end.shots).map(|shot| shot.file) {
            if let btree_map::Entry::Vacant(unknown) = pictures.entry(file.id) {
                unknown.insert(self.picture(file).await?);
            }
        }
        Ok(Known {
            number: number(ends),
            body_name: self.body_name().await,
            issued_at: store.clock().now(),
            people,
            holdings,
            divisions: divisions.into_iter().map(|division| (division.id, division.name)).collect(),
            texts: self.committed_texts(ends.iter().flat_map(End::texts).collect()).await?,
            pictures,
            calendars: store.calendars().await?,
        })
    }

    /// Texts beside the ledger, each held against its hash; one that was erased is absent.
    async fn committed_texts(&self, wanted: Vec<TextRef>) -> Result<HashMap<NoteId, String>, AppError> {
        let mut kept = self.store().salted_texts(wanted.iter().map(|text| text.id)).await?;
        let mut texts = HashMap::new();
        for text in wanted {
            let Some((salt, body)) = kept.remove(&text.id) else { continue };
            let same =
                <[u8; SALT_LEN]>::try_from(salt).is_ok_and(|salt| salted_digest(&salt, &body) == text.digest);
            if !same {
                return Err(altered("note_text", "body", text.id));
            }
            texts.insert(text.id, body);
        }
        Ok(texts)
    }

    /// A file, held against the hash that the ledger has of it, and made ready to be shown.
    async fn picture(&self, file: FileRef) -> Result<Picture, AppError> {
        let permit = self.0.pictures.turn().await?;
        let Some(kept) = self.store().file(file.id).await? else {
            return Err(altered("file", "id", file.id));
        };
        // Not against the hash in its own row, which whoever alters the bytes can alter as well.
        if Hash::of(&kept.bytes) != file.digest {
            return Err(altered("file", "bytes", file.id));
        }
        if !kept.media_type.starts_with("image/") {
            return Ok(Picture::Document);
        }
        // Scaled down one by one: all of them as they came from phones would fill the memory.
        let shown = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            Photo::prepare(&kept.bytes, &ReadLimits::default())
        })
        .await
        .map_err(|_| StoreError::Panicked("certificate.photograph"))?;
        Ok(shown.map_or(Picture::Unreadable, |photo| Picture::Shown(photo.into_jpeg())))
    }
}

fn out_of_bounds(lang: Lang) -> Problem {
    let (items, photographs) = (paper::MAX_ITEMS, paper::MAX_PHOTOGRAPHS);
    Problem::new(ProblemCode::BadRequestBody, lang).with_field("items").with_detail(lang.pick(
        format!(
            "一つの証明書にできるのは、媒体1点から{items}点まで、写真{photographs}枚までです。分けて作成してください。"
        ),
        format!(
            "One certificate is for 1 to {items} items with at most {photographs} photographs. Make several."
        ),
    ))
}

/// What was altered in the database is told to the log alone.
fn altered(table: &'static str, column: &'static str, row: impl ToString) -> AppError {
    StoreError::corrupt(table, column, row, "it is not what the ledger committed to").into()
}

/// The number of a certificate: the fiscal year and the ledger's number of the destruction,
/// 廃棄-令和8-000123. One for several items bears the first, how many more there are, and what tells it from
/// every other set with the same first: 廃棄-令和8-000123外2点-9f3a01c7.
fn number(ends: &[End]) -> String {
    let Some(first) = ends.first() else { return String::new() };
    let year = fiscal_year_ja(jst_date(first.destroyed.signed.at));
    let seq = first.destroyed.signed.seq;
    let mut number = format!("廃棄-{}-{seq:06}", year.trim_end_matches("年度"));
    if ends.len() > 1 {
        let seqs: Vec<_> = ends.iter().map(|end| end.destroyed.signed.seq.to_string()).collect();
        let set = Hash::of(seqs.join(",").as_bytes()).to_string();
        number.push_str(&format!("外{}点-{}", ends.len() - 1, set.get(..8).unwrap_or_default()));
    }
    number
}

/// A checkpoint as the certificate prints it. Its symbol holds the whole note, so that it can be checked by
/// itself; only where that is too long, the name of the ledger, its size and its root.
fn signed_checkpoint(note: String) -> paper::Checkpoint {
    let payload = if Symbol::encode(&note, Level::L).is_ok() {
        note.clone()
    } else {
        note.lines().take(3).map(|line| format!("{line}\n")).collect()
    };
    paper::Checkpoint { text: note, payload }
}

// ------------------------------------------------------------------------------------- what the ledger tells

/// Who stands for an act, and where the ledger says so.
#[derive(Debug, Clone)]
struct Signed {
    by: PersonId,
    at: DateTime<Utc>,
    event: EventId,
    seq: u64,
    device: Option<DeviceId>,
}

/// An act of the disposal with its entry.
#[derive(Debug, Clone)]
struct Entered<T> {
    signed: Signed,
    what: T,
}

impl<T: Clone> Entered<T> {
    fn of(done: &Done<T>, timeline: &[(Entry, Recorded)]) -> Option<Self> {
        let (entry, recorded) = timeline.iter().find(|(entry, _)| entry.event_id == done.event.0)?;
        let signed = Signed {
            by: done.by,
            at: done.at,
            event: done.event,
            seq: entry.seq,
            device: recorded.stamp.observed_by.map(|(device, _)| device),
        };
        Some(Self { signed, what: done.what.clone() })
    }
}

/// A file that is evidence.
#[derive(Debug, Clone)]
struct Shot {
    file: FileRef,
    /// What it shows; the contractor's certificate where that is none of the medium.
    shows: Option<Shows>,
    by_witness: bool,
}

/// An item that was destroyed and witnessed.
#[derive(Debug, Clone)]
struct End {
    item: Item,
    profile: Arc<Profile>,
    method: Method,
    destroyed: Entered<Destruction>,
    witness: Entered<Presence>,
    /// Others who stood by.
    also_witnessed: Vec<Signed>,
    confirmed: Option<Entered<RoleId>>,
    permission: Option<Request>,
    /// The entry by which that was granted.
    granted: Option<u64>,
    /// The erasure that went before, unless more was recorded on the item after it.
    erased: Option<Entered<Erasure>>,
    /// What lay on the item, none of it erased.
    contents: Vec<Kept>,
    shots: Vec<Shot>,
}

impl End {
    fn of(
        item: Item,
        timeline: &[(Entry, Recorded)],
        judge: impl Fn(&Entry, NaiveDate) -> Arc<Profile>,
        in_force: &Profile,
    ) -> Result<Self, AppError> {
        let disposal = &item.disposal;
        let entry_of = |event: EventId| timeline.iter().find(|(entry, _)| entry.event_id == event.0);
        let destruction = disposal.destroyed.as_ref().and_then(|done| {
            let (entry, recorded) = entry_of(done.event)?;
            Some((Entered::of(done, timeline)?, entry, recorded))
        });
        let Some((destroyed, entry, told)) = destruction else {
            return Err(AppError::refused(in_force.refuse(Reason::NotDestroyed), &item));
        };
        if item.is_end_doubtful() {
            return Err(AppError::refused(in_force.refuse(Reason::EvidenceInDoubt), &item));
        }
        let profile = judge(entry, jst_date(destroyed.signed.at));
        let rules = &profile.disposal;

        let others = disposal.witnessed.iter().filter(|witness| !disposal.operators.contains(&witness.by));
        let (doubtful, others): (Vec<_>, Vec<_>) =
            others.partition(|witness| item.is_doubtful(witness.event));
        let mut witnesses: Vec<Entered<Presence>> =
            others.into_iter().filter_map(|done| Entered::of(done, timeline)).collect();
        if witnesses.is_empty() && !doubtful.is_empty() {
            return Err(AppError::refused(in_force.refuse(Reason::EvidenceInDoubt), &item));
        }
        // Whoever was there says more than who saw papers.
        let best = witnesses.iter().position(|witness| witness.what == Presence::OnSite).unwrap_or(0);
        if witnesses.is_empty() {
            let refusal = Refusal::by(witness_source(&profile, &destroyed.what), Reason::NotWitnessed);
            return Err(AppError::refused(refusal, &item));
        }
        let witness = witnesses.remove(best);

        let fits = |method: &&Method| method.disposes && method.kinds.contains(&item.kind);
        let Some(method) = profile.method(&destroyed.what.method).filter(fits).cloned() else {
            let allowed = rules.methods.iter().filter(fits).map(|method| method.name.clone()).collect();
            let refusal = Refusal::by(&rules.methods_source, Reason::MethodNotAllowed { allowed });
            return Err(AppError::refused(refusal, &item));
        };

        let named = match &told.event {
            Event::Destroyed { request, .. } => *request,
            _ => None,
        };
        let permission = named.or(disposal.request).and_then(|id| item.request(id)).cloned();
        let granted = permission.as_ref().and_then(|permission| {
            let grants =
                |event: &Event| matches!(event, Event::Granted { request } if *request == permission.id);
            timeline.iter().find(|(_, recorded)| grants(&recorded.event)).map(|(entry, _)| entry.seq)
        });

        let ended_at = destroyed.signed.at;
        let (last_put_on, gone_since) = span_of_end(&item, ended_at);
        let erased = disposal.erased.as_ref().filter(|done| {
            !item.is_doubtful(done.event) && last_put_on.is_none_or(|put_on| put_on <= done.at)
        });
        let erased = erased.filter(|done| done.at <= ended_at).and_then(|done| Entered::of(done, timeline));
        let gone = |kept: &&Kept| kept.erased_at.is_some_and(|at| gone_since <= at);
        let contents = item.contents.iter().filter(gone);
        let contents = contents.map(|kept| Kept { erased_at: None, ..kept.clone() }).collect();

        Ok(Self {
            method,
            also_witnessed: witnesses.into_iter().map(|witness| witness.signed).collect(),
            confirmed: disposal.confirmed.as_ref().and_then(|done| Entered::of(done, timeline)),
            permission,
            granted,
            erased,
            contents,
            shots: shots(&item, &destroyed.what, timeline),
            destroyed,
            witness,
            profile,
            item,
        })
    }

    /// Everybody who is named.
    fn people(&self) -> Vec<PersonId> {
        let mut people = vec![self.destroyed.signed.by, self.witness.signed.by];
        people.extend(&self.item.disposal.operators);
        people.extend(self.also_witnessed.iter().map(|witness| witness.by));
        people.extend(self.confirmed.iter().map(|confirmed| confirmed.signed.by));
        for given in self.permission.iter().flat_map(|request| &request.given) {
            people.push(given.by);
            people.extend(given.deputy_for);
        }
        people
    }

    /// The days whose offices are named.
    fn days(&self) -> Vec<NaiveDate> {
        let confirmed = self.confirmed.as_ref().map(|confirmed| &confirmed.signed);
        let acts = [Some(&self.destroyed.signed), Some(&self.witness.signed), confirmed];
        acts.into_iter().flatten().map(|signed| jst_date(signed.at)).collect()
    }

    fn texts(&self) -> Vec<TextRef> {
        let mut texts: Vec<TextRef> = self.item.serial.into_iter().chain(self.item.control_number).collect();
        texts.extend(self.erased.iter().filter_map(|erased| erased.what.tool));
        if let Performed::Delegated { contractor, certificate, .. } = &self.destroyed.what.performed {
            texts.push(*contractor);
            texts.extend(*certificate);
        }
        texts
    }

    /// The erasure that went before, where it worked.
    fn erasure(&self) -> Option<&Erasure> {
        let erased = self.erased.as_ref().map(|erased| &erased.what);
        erased.filter(|erasure| erasure.verification != Verification::Failed)
    }

    /// What asks for the steps that were taken, each with the words for the step.
    fn sources(&self, lang: Lang) -> Vec<(&'static str, &Source)> {
        let gate = |gated| {
            let gate = self.profile.gate(gated, &self.item.matter_before(gated));
            gate.map(|gate| &gate.source)
        };
        let method = lang.pick("方法", "method");
        let mut sources: Vec<(&'static str, &Source)> =
            vec![(method, &self.profile.disposal.methods_source), (method, &self.method.source)];
        sources.extend(gate(Gated::Dispose).map(|source| (lang.pick("許可", "permission"), source)));
        let witness = witness_source(&self.profile, &self.destroyed.what);
        sources.push((lang.pick("立会い", "witness"), witness));
        sources
            .extend(gate(Gated::ConfirmDisposal).map(|source| (lang.pick("確認", "confirmation"), source)));
        sources
    }
}

/// What asks that somebody stands by.
fn witness_source<'a>(profile: &'a Profile, destruction: &Destruction) -> &'a Source {
    match destruction.performed {
        Performed::Here => &profile.disposal.witness_source,
        Performed::Delegated { .. } => &profile.disposal.delegated.source,
    }
}

/// When something was last recorded on an item before its end, and since when it was being rid of that: an
/// erasure before which all of it was there belongs to the end.
fn span_of_end(item: &Item, ended_at: DateTime<Utc>) -> (Option<DateTime<Utc>>, DateTime<Utc>) {
    let before = item.contents.iter().map(|kept| kept.recorded_at).filter(|at| *at <= ended_at);
    let last_put_on = before.max();
    let worked = |done: &&Done<Erasure>| done.what.verification != Verification::Failed;
    let erasures = item.disposal.erasures().filter(worked).map(|done| done.key.at);
    let first = erasures.filter(|at| last_put_on.is_none_or(|put_on| put_on <= *at)).min();
    (last_put_on, first.map_or(ended_at, |at| at.min(ended_at)))
}

/// The files that are evidence of an end: before, after, and the contractor's certificate.
fn shots(item: &Item, destruction: &Destruction, timeline: &[(Entry, Recorded)]) -> Vec<Shot> {
    let by_operator = destruction.photographs.iter().map(|photo| (photo, false));
    // Not of every witness in the timeline: what one told may have been found to be untrue.
    let stood_by = |event: EventId| item.disposal.witnessed.iter().any(|witness| witness.event == event);
    let by_witness = timeline.iter().filter_map(|(_, recorded)| match &recorded.event {
        Event::Witnessed { by, photographs, .. }
            if stood_by(recorded.stamp.event)
                && !item.disposal.operators.contains(by)
                && !item.is_doubtful(recorded.stamp.event) =>
        {
            Some(photographs)
        }
        _ => None,
    });
    let all = by_operator.chain(by_witness.flatten().map(|photo| (photo, true)));
    let mut shots: Vec<Shot> = all
        .map(|(photo, by_witness)| Shot { file: photo.file, shows: Some(photo.shows), by_witness })
        .collect();
    shots.sort_by_key(|shot| shot.shows == Some(Shows::After));
    if let Performed::Delegated { file: Some(file), .. } = destruction.performed {
        shots.push(Shot { file, shows: None, by_witness: false });
    }
    shots
}

// ------------------------------------------------------------------------------------ what stands on the paper

/// A file that was found to be what the ledger says.
#[derive(Debug, Clone)]
enum Picture {
    /// Made ready for print.
    Shown(Vec<u8>),
    /// No picture, such as a contractor's certificate as PDF.
    Document,
    /// A picture that cannot be read. It is what was sent in, so the certificate names it all the same.
    Unreadable,
}

/// Everything beside the ledger that the certificate needs.
#[derive(Debug)]
struct Known {
    number: String,
    body_name: String,
    issued_at: DateTime<Utc>,
    people: BTreeMap<PersonId, Account>,
    holdings: BTreeMap<NaiveDate, Vec<Holding>>,
    divisions: HashMap<DivisionId, String>,
    texts: HashMap<NoteId, String>,
    pictures: BTreeMap<FileId, Picture>,
    calendars: Calendars,
}

/// What items have in common that one form speaks of.
#[derive(Debug, PartialEq)]
struct Together {
    profile: Hash,
    day: NaiveDate,
    treatment: Treatment,
    contractor: Option<Contractor>,
    presence: Presence,
    permitted: bool,
    people: Vec<(PersonId, Option<String>)>,
}

impl Known {
    /// The certificates of these items: in each language, one for those that ended together.
    fn parts(
        &self,
        ends: &[End],
        languages: &[Lang],
        checkpoint: Option<&paper::Checkpoint>,
    ) -> Vec<Certificate> {
        let telling = Telling { known: self, lang: Lang::Ja };
        let mut groups: Vec<(Together, Vec<&End>)> = Vec::new();
        for end in ends {
            let together = telling.together(end);
            match groups.iter_mut().find(|(known, _)| *known == together) {
                Some((_, group)) => group.push(end),
                None => groups.push((together, vec![end])),
            }
        }
        let of = groups.len();
        let mut parts = Vec::with_capacity(of * languages.len());
        for lang in languages {
            let telling = Telling { known: self, lang: *lang };
            for ((_, group), position) in groups.iter().zip(1..) {
                let Some((first, others)) = group.split_first() else { continue };
                let mut part = telling.certificate(first, others);
                part.checkpoint = checkpoint.cloned();
                if of > 1 {
                    part.number = format!("{}（{position}/{of}）", part.number);
                }
                parts.push(part);
            }
        }
        parts
    }
}

/// The words of one language for all of it.
#[derive(Debug, Clone, Copy)]
struct Telling<'a> {
    known: &'a Known,
    lang: Lang,
}

impl Telling<'_> {
    fn together(&self, end: &End) -> Together {
        let confirmed = end.confirmed.as_ref();
        let mut people = vec![
            (end.destroyed.signed.by, self.position(end, &end.destroyed.signed, None)),
            (end.witness.signed.by, self.position(end, &end.witness.signed, None)),
        ];
        people.extend(confirmed.map(|confirmed| {
            let position = self.position(end, &confirmed.signed, Some(&confirmed.what));
            (confirmed.signed.by, position)
        }));
        let given = end.permission.iter().flat_map(|request| &request.given);
        people.extend(given.map(|given| (given.by, self.approving(end, given))));
        Together {
            profile: end.profile.digest,
            day: jst_date(end.destroyed.signed.at),
            treatment: self.treatment(end),
            contractor: self.contractor(end),
            presence: end.witness.what,
            permitted: end.permission.is_some(),
            people,
        }
    }

    /// One form for items that ended together.
    fn certificate(&self, first: &End, others: &[&End]) -> Certificate {
        let lang = self.lang;
        let ends: Vec<&End> = [first].into_iter().chain(others.iter().copied()).collect();
        let signed = |pick: fn(&End) -> Option<&Signed>| ends.iter().filter_map(|end| pick(end)).collect();
        let operator: Vec<&Signed> = signed(|end| Some(&end.destroyed.signed));
        let witness: Vec<&Signed> = signed(|end| Some(&end.witness.signed));
        let confirmer: Vec<&Signed> = signed(|end| end.confirmed.as_ref().map(|confirmed| &confirmed.signed));
        let confirming =
            first.profile.gate(Gated::ConfirmDisposal, &first.item.matter_before(Gated::ConfirmDisposal));
        let role = first.confirmed.as_ref().map(|confirmed| &confirmed.what);
        let confirmer = self.attestation(first, &confirmer, role).or_else(|| {
            // Who looks for it is to see that it is not there yet.
            let name = lang.pick("（未確認）", "(not yet confirmed)").to_owned();
            confirming.map(|_| Attestation { name, ..Attestation::default() })
        });
        Certificate {
            language: lang.pick(paper::Language::Japanese, paper::Language::English),
            number: self.known.number.clone(),
            body_name: self.known.body_name.clone(),
            issued_at: self.day(jst_date(self.known.issued_at)),
            items: ends.iter().map(|end| self.item(end, others.is_empty())).collect(),
            treatment: self.treatment(first),
            operator: self.attestation(first, &operator, None).unwrap_or_default(),
            verifier: None,
            witness: self.attestation(first, &witness, None),
            presence: Some(match first.witness.what {
                Presence::OnSite => paper::Presence::OnSite,
                Presence::Photograph => paper::Presence::Photograph,
                Presence::Certificate => paper::Presence::CertificateOnly,
            }),
            confirmer,
            permission: self.permission(first, &ends),
            rules: self.rules(first, &ends),
            contractor: self.contractor(first),
            container: None,
            seal: None,
            photographs: ends.iter().flat_map(|end| self.photographs(end, others.is_empty())).collect(),
            checkpoint: None,
        }
    }

    // ------------------------------------------------------------------------------------------ single words

    fn day(&self, day: NaiveDate) -> String {
        self.lang.pick(wareki(day), day.to_string())
    }

    /// A moment in Japan: 令和8年9月24日 10時32分.
    fn moment(&self, at: DateTime<Utc>) -> String {
        let local = jst(at);
        self.lang.pick(
            format!("{} {}時{:02}分", wareki(local.date()), local.hour(), local.minute()),
            format!("{} JST", jst_date_time(at)),
        )
    }

    /// A moment, or the first and the last of several.
    fn moments(&self, times: impl Iterator<Item = DateTime<Utc>> + Clone) -> Option<String> {
        let (first, last) = (self.moment(times.clone().min()?), self.moment(times.max()?));
        if first == last {
            return Some(first);
        }
        Some(self.lang.pick(format!("{first}から{last}まで"), format!("{first} to {last}")))
    }

    fn person(&self, id: PersonId) -> String {
        let account = self.known.people.get(&id);
        account.map_or_else(
            || self.lang.pick("（不明）", "(unknown)").to_owned(),
            |account| account.name.clone(),
        )
    }

    fn text(&self, text: TextRef) -> String {
        let kept = self.known.texts.get(&text.id).cloned();
        kept.unwrap_or_else(|| self.lang.pick("（消去済み）", "(erased)").to_owned())
    }

    /// The number of an entry in the ledger.
    fn entry(&self, seq: u64) -> String {
        self.lang.pick(format!("第{seq}号"), format!("No. {seq}"))
    }

    fn more(&self, count: usize, unit: [&str; 2]) -> String {
        let [ja, en] = unit;
        self.lang.pick(format!("ほか{count}{ja}"), format!("and {count} more{en}"))
    }

    fn role(&self, end: &End, role: &RoleId, deputy_for: Option<PersonId>) -> String {
        let name = end.profile.role_name(role, self.lang);
        match deputy_for {
            None => name,
            Some(principal) => {
                let principal = self.person(principal);
                self.lang
                    .pick(format!("{name}（{principal} 代理）"), format!("{name}, deputy for {principal}"))
            }
        }
    }

    /// The division that a person works in, and what he is there.
    fn office(&self, person: PersonId, roles: &[String]) -> Option<String> {
        let division = self.known.people.get(&person).and_then(|account| account.division);
        let division = division.and_then(|id| self.known.divisions.get(&id)).cloned();
        let roles = (!roles.is_empty()).then(|| roles.join(self.lang.pick("・", ", ")));
        let parts: Vec<String> = division.into_iter().chain(roles).collect();
        (!parts.is_empty()).then(|| parts.join(self.lang.pick(" ", ", ")))
    }

    /// In which office somebody approved.
    fn approving(&self, end: &End, given: &Given) -> Option<String> {
        self.office(given.by, &[self.role(end, &given.role, given.deputy_for)])
    }

    /// The office of somebody: the role that he acted in or, where the act names none, those that he held on
    /// that day.
    fn position(&self, end: &End, signed: &Signed, acted_as: Option<&RoleId>) -> Option<String> {
        let lang = self.lang;
        let of_day = self.known.holdings.get(&jst_date(signed.at)).into_iter().flatten();
        let own = of_day.filter(|holding| holding.person == signed.by).map(|holding| &holding.held);
        let (handles, held): (Vec<_>, Vec<_>) = own.partition(|held| held.role.0 == HANDLER);
        let mut held = held.into_iter();
        let roles: Vec<String> = match acted_as {
            Some(role) => {
                let deputy_for = held.find(|held| held.role == *role).and_then(|held| held.deputy_for);
                vec![self.role(end, role, deputy_for)]
            }
            None => {
                let handler = (!handles.is_empty()).then(|| end.profile.role_name(&HANDLER.into(), lang));
                held.map(|held| self.role(end, &held.role, held.deputy_for)).chain(handler).collect()
            }
        };
        self.office(signed.by, &roles)
    }

    // ------------------------------------------------------------------------------------------------ people

    /// Who answers for one act or, where several items ended together, for as many.
    fn attestation(&self, end: &End, acts: &[&Signed], acted_as: Option<&RoleId>) -> Option<Attestation> {
        let (first, others) = acts.split_first()?;
        let account = self.known.people.get(&first.by);
        let entry = self.entry(first.seq);
        let event = match others.len() {
            0 => format!("{entry} {}", first.event),
            count => {
                format!("{entry} {}", self.more(count, ["件（各媒体の備考）", ", see each item's note"]))
            }
        };
        let mut devices: Vec<String> =
            acts.iter().filter_map(|signed| signed.device).map(|device| device.to_string()).collect();
        devices.dedup();
        Some(Attestation {
            name: self.person(first.by),
            position: self.position(end, first, acted_as),
            at: self.moments(acts.iter().map(|signed| signed.at)),
            place: None,
            contact: account.and_then(|account| account.email.clone()),
            signature: Some(Signature {
                sign_in: account.map(|account| account.login.clone()).unwrap_or_default(),
                device: (!devices.is_empty()).then(|| devices.join(", ")),
                event,
            }),
        })
    }

    fn permission(&self, first: &End, ends: &[&End]) -> Option<Permission> {
        let lang = self.lang;
        let Some(request) = &first.permission else {
            // That none is on record is said where the regulation asks for one.
            let gate = first.profile.gate(Gated::Dispose, &first.item.matter_before(Gated::Dispose));
            let id = lang.pick("（記録なし）", "(none on record)").to_owned();
            return gate.map(|_| Permission { id, ..Permission::default() });
        };
        let requests = || ends.iter().filter_map(|end| end.permission.as_ref());
        let mut id = match first.granted {
            Some(seq) => format!("{} {}", self.entry(seq), request.id),
            None => request.id.to_string(),
        };
        if ends.len() > 1 {
            id = format!(
                "{id} {}",
                self.more(ends.len() - 1, ["件（各媒体の備考）", ", see each item's note"])
            );
        }
        let all = requests().flat_map(|request| request.given.last()).map(|given| given.at);
        let at = self.moments(all);
        let mut given = request.given.iter();
        let first_given = given.next();
        let others = given.map(|given| {
            let office = self.approving(first, given).unwrap_or_default();
            format!("{office}{} {}", lang.pick("", ","), self.person(given.by))
        });
        let names: Vec<String> =
            first_given.map(|given| self.person(given.by)).into_iter().chain(others).collect();
        Some(Permission {
            id,
            name: names.join(lang.pick("、", "; ")),
            position: first_given
                .and_then(|given| self.approving(first, given))
                .map(|office| format!("{office}{}", lang.pick("", ","))),
            at,
        })
    }

    fn contractor(&self, end: &End) -> Option<Contractor> {
        let Performed::Delegated { contractor, certificate, .. } = &end.destroyed.what.performed else {
            return None;
        };
        Some(Contractor {
            name: self.text(*contractor),
            contract: None,
            certificate_number: certificate.map(|number| self.text(number)),
        })
    }

    // -------------------------------------------------------------------------------------------- what was done

    fn treatment(&self, end: &End) -> Treatment {
        let lang = self.lang;
        let erasure = end.erasure();
        let mut method = end.method.name.get(lang).to_owned();
        if let Some(before) = erasure.filter(|erasure| erasure.method != end.method.id) {
            let known = end.profile.method(&before.method);
            let before = known.map_or(before.method.as_str(), |method| method.name.get(lang));
            method = lang.pick(format!("{method}（{before}の後）"), format!("{method}, after {before}"));
        }
        let particle_class = end.method.particle_class.as_ref().map(|class| {
            let Some(size) = end.method.particle_mm2 else { return class.clone() };
            let size = f64::from(size) / 100.0;
            lang.pick(format!("{class}（{size} mm² 以下）"), format!("{class} (at most {size} mm²)"))
        });
        // Where nothing was read again, the witness is who saw that nothing can be.
        let verification_method = match erasure {
            Some(erasure) => erasure.verification.name(lang),
            None => match end.witness.what {
                Presence::OnSite => lang.pick("立会者が現地で確認", "seen on site by the witness"),
                Presence::Photograph => lang.pick("立会者が写真で確認", "seen on photographs by the witness"),
                Presence::Certificate => lang.pick("受託者の証明書による", "by the contractor's certificate"),
            },
        };
        let verification_result = erasure.and_then(|erasure| match erasure.verification {
            Verification::ToolReport => Some(lang.pick("完了と報告", "reported as done")),
            Verification::Sampled | Verification::Full => Some(lang.pick("データなし", "no data was found")),
            Verification::Failed => None,
        });
        Treatment {
            technique: match end.method.technique {
                Technique::Clear => paper::Technique::Clear,
                Technique::Purge => paper::Technique::Purge,
                Technique::Destroy => paper::Technique::Destroy,
            },
            method: Some(method),
            tool: erasure.and_then(|erasure| erasure.tool).map(|tool| self.text(tool)),
            particle_class,
            verification_method: Some(verification_method.to_owned()),
            verification_result: verification_result.map(str::to_owned),
            validation: None,
            destination: None,
            backup: None,
        }
    }

    fn rules(&self, first: &End, ends: &[&End]) -> Rules {
        let lang = self.lang;
        let mut articles: Vec<(String, Vec<&str>)> = Vec::new();
        for (what, source) in ends.iter().flat_map(|end| end.sources(lang)) {
            let cite = source.cite(lang);
            match articles.iter_mut().find(|(known, _)| *known == cite) {
                Some((_, whats)) if whats.contains(&what) => {}
                Some((_, whats)) => whats.push(what),
                None => articles.push((cite, vec![what])),
            }
        }
        let articles = articles.into_iter().map(|(cite, whats)| {
            let whats = whats.join(lang.pick("・", ", "));
            lang.pick(format!("{cite}（{whats}）"), format!("{cite} ({whats})"))
        });
        let (mut names, mut sentences) = (Vec::new(), Vec::new());
        for (name, sentence) in ends.iter().flat_map(|end| self.retention(end)) {
            if !names.contains(&name) {
                names.push(name);
            }
            if !sentences.contains(&sentence) {
                sentences.push(sentence);
            }
        }
        if sentences.len() > MOST_PERIODS {
            let left_out = sentences.len() - MOST_PERIODS;
            sentences.truncate(MOST_PERIODS);
            sentences.push(self.more(left_out, ["件の期間", " periods"]));
        }
        let title = first.profile.title.get(lang);
        Rules {
            profile: match &first.profile.number {
                Some(number) => lang.pick(format!("{title}（{number}）"), format!("{title} ({number})")),
                None => title.to_owned(),
            },
            articles: articles.collect(),
            retention: (!names.is_empty()).then(|| names.join("\n")),
            expiry: (!sentences.is_empty()).then(|| sentences.join("\n")),
        }
    }

    /// The rule that each body of data on the item was under, and the sentence that says until when it was kept.
    fn retention(&self, end: &End) -> Vec<(String, String)> {
        let before = Item { contents: end.contents.clone(), ..end.item.clone() };
        let dues = contents_due(&before, &end.profile, &self.known.calendars);
        let told = dues.iter().filter_map(|contents| {
            let ((rule, source), due) = (contents.rule?, contents.due.as_ref()?);
            let sentence = explain(due, rule, self.lang, &source.cite(self.lang));
            Some((rule.name.get(self.lang).to_owned(), sentence))
        });
        told.collect()
    }

    // ------------------------------------------------------------------------------------------------- items

    fn item(&self, end: &End, alone: bool) -> paper::Item {
        let item = &end.item;
        let division = item.division.and_then(|id| self.known.divisions.get(&id));
        let notes = self.notes(end, alone);
        paper::Item {
            item_id: item.id.to_string(),
            label_code: Some(label_code(item)),
            manufacturer: None,
            model: None,
            serial: item.serial.map(|text| self.text(text)),
            control_number: item.control_number.map(|text| self.text(text)),
            media_type: Some(item.kind.name(self.lang).to_owned()),
            source: division.cloned(),
            category_before: None,
            category_after: None,
            records: records(end).filter(|(_, all)| *all).map(|(records, _)| records),
            note: (!notes.is_empty()).then(|| notes.join("\n")),
        }
    }

    /// What is to be known about one item and has no field of its own.
    fn notes(&self, end: &End, alone: bool) -> Vec<String> {
        let lang = self.lang;
        let mut notes = Vec::new();
        if !alone {
            notes.push(self.entries(end));
        }
        if let Some((records, false)) = records(end) {
            notes.push(lang.pick(
                format!("記録件数は一部のみ判明（{records}件）"),
                format!("only some of its records were counted ({records})"),
            ));
        }
        if end.contents.is_empty() && !end.item.contents.is_empty() {
            let note = lang.pick("記録内容は廃棄の前に消去済み", "its contents had been erased before");
            notes.push(note.to_owned());
        }
        if end.erased.as_ref().is_some_and(|erased| erased.what.verification == Verification::Failed) {
            let note = lang.pick("廃棄の前の消去は失敗", "an erasure before it had failed");
            notes.push(note.to_owned());
        }
        for operator in end.item.disposal.operators.iter().filter(|id| **id != end.destroyed.signed.by) {
            let name = self.person(*operator);
            notes.push(lang.pick(
                format!("ほかに実施を記録した者 {name}"),
                format!("{name} recorded its destruction too"),
            ));
        }
        for witness in &end.also_witnessed {
            let (name, at) = (self.person(witness.by), self.moment(witness.at));
            notes.push(lang.pick(
                format!("ほかの立会者 {name}（{at}・{}）", self.entry(witness.seq)),
                format!("also witnessed by {name} ({at}, {})", self.entry(witness.seq)),
            ));
        }
        for shot in &end.shots {
            let what = match self.known.pictures.get(&shot.file.id) {
                Some(Picture::Unreadable) => {
                    lang.pick("表示できない写真", "a photograph that cannot be shown")
                }
                Some(Picture::Document) => {
                    lang.pick("受託者の証明書の写し", "a copy of the contractor's certificate")
                }
                _ => continue,
            };
            notes.push(format!("{what}: {}, SHA-256 {}", shot.file.id, shot.file.digest));
        }
        // The register does not vouch for more than it knows.
        for finding in &end.item.discrepancies {
            let sentence = finding.kind.sentence(lang);
            notes.push(
                lang.pick(format!("未処理の食い違い: {sentence}"), format!("open discrepancy: {sentence}")),
            );
        }
        notes
    }

    /// The entries that tell of one item, where the form names only those of the first.
    fn entries(&self, end: &End) -> String {
        let lang = self.lang;
        let told = |ja, en, seq| format!("{} {}", lang.pick(ja, en), self.entry(seq));
        let mut entries = vec![
            told("実施", "destroyed", end.destroyed.signed.seq),
            told("立会い", "witnessed", end.witness.signed.seq),
        ];
        let confirmed = end.confirmed.as_ref().map(|confirmed| confirmed.signed.seq);
        entries.extend(confirmed.map(|seq| told("確認", "confirmed", seq)));
        entries.extend(end.granted.map(|seq| told("許可", "permitted", seq)));
        entries.join(lang.pick("・", ", "))
    }

    fn photographs(&self, end: &End, alone: bool) -> Vec<paper::Photograph> {
        let lang = self.lang;
        let serial = end.item.serial.map(|text| self.text(text));
        let mut photographs = Vec::new();
        for shot in &end.shots {
            let Some(Picture::Shown(bytes)) = self.known.pictures.get(&shot.file.id) else { continue };
            let mut caption = match (shot.shows, &serial) {
                (Some(Shows::Before), Some(serial)) => {
                    lang.pick(format!("作業前・製造番号 {serial}"), format!("Before, serial number {serial}"))
                }
                (Some(Shows::Before), None) => lang.pick("作業前", "Before").to_owned(),
                (Some(Shows::After), _) => lang.pick("作業後", "After").to_owned(),
                (None, _) => lang.pick("受託者の証明書", "The contractor's certificate").to_owned(),
            };
            if shot.by_witness {
                caption.push_str(lang.pick("（立会者撮影）", " (by the witness)"));
            }
            if !alone {
                let number = end.item.control_number.map(|text| self.text(text));
                let name = number.unwrap_or_else(|| label_code(&end.item));
                caption = format!("{name}　{caption}");
            }
            photographs.push(paper::Photograph { bytes: bytes.clone(), caption });
        }
        photographs
    }
}

/// The code as it is printed on the label.
fn label_code(item: &Item) -> String {
    let code = item.label.value.as_str().parse::<LabelCode>();
    code.map_or_else(|_| item.label.value.to_string(), |code| code.grouped())
}

/// How many records lay on an item, as far as anybody counted, and whether that is all of them.
fn records(end: &End) -> Option<(u64, bool)> {
    let counted: Vec<u64> = end.contents.iter().filter_map(|kept| kept.contents.records).collect();
    let sum = counted.iter().fold(0_u64, |sum, records| sum.saturating_add(*records));
    (!counted.is_empty()).then_some((sum, counted.len() == end.contents.len()))
}
