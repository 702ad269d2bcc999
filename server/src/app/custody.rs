//! Acts on an item: load, decide, append, commit.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use hokan_domain::{
    approval::Wanted,
    contents::Contents,
    custody::{Act, ActKind, Copying, OfferTo, Registration, Resting, copy, decide},
    disposal::{Destruction, Erasure, Performed, Photograph, Shows},
    event::Receiver,
    ids::{ContainerId, ContentsId, DivisionId, EventId, FileId, IncidentId, ItemId, PlaceId},
    incident::{self, Incident, IncidentKind, ItemAtLoss, Opening},
    item::{Custody, Item},
    japan_date::{jst_date, jst_day_start},
    label::{LabelId, LabelState, LabelTarget},
    ledger::{entry::Entry, hash::Hash},
    person::Part,
    place::Home,
    profile::Gravity,
    protection::Secrecy,
    refusal::Reason,
};
use hokan_labels::{
    payload::{PayloadContent, code_in_payload},
    reader::{ReadError, ReadLimits, Reading, read},
};
use hokan_mobile_api::{
    Caller, Problem, ProblemCode,
    request::{
        ActRequest, ContentsRequest, CopyRequest, ErasureRequest, HomeRef, PerformedRequest, PlaceRef,
        ProtectionRequest, SecrecyRequest, WantedRequest,
    },
    wire::ActAnswer,
};

use super::{App, AppError, carry_outs::append_watched, history::sentence, store_problem, view};
use crate::store::{StoreError, WriteTx, ledger::recorded, texts::NewTexts};

/// What an act became: its first outcome, and the item as it is now.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) entries: Vec<Entry>,
    pub(super) item: Item,
    pub(super) repeated: bool,
}

/// The labels that the server's own reader found in photographs.
pub(super) type LabelsSeen = BTreeMap<FileId, Vec<LabelId>>;

impl App {
    /// Does one act on an item. The same event again with the same content gives the first answer again.
    ///
    /// # Errors
    /// As [`hokan_mobile_api::Backend::act`] says.
    pub async fn act(
        &self,
        caller: &Caller,
        item: ItemId,
        event: EventId,
        request: ActRequest,
    ) -> Result<ActAnswer, Problem> {
        let done = self.perform(caller, item, event, request).await;
        match done {
            Ok(done) => self.answer(caller, done).await,
            Err(error) => Err(self.problem(caller, error).await),
        }
    }

    async fn perform(
        &self,
        caller: &Caller,
        id: ItemId,
        event: EventId,
        request: ActRequest,
    ) -> Result<Done, AppError> {
        let mut stamp = self.stamp(caller, event, &format!("{id} {request:?}"));
        let proven = !needs_proof(request.kind()) || self.must_be_proven(caller).is_ok();
        // Before the writer is asked for: reading a picture takes longer than any act may hold it.
        let seen = self.labels_in(photographs_of(&request)).await?;
        let app = self.clone();
        let person = caller.person.id;
        self.store()
            .write("item.act", move |tx| {
                Box::pin(async move {
                    let item = tx.item(id).await?.ok_or(AppError::NotFound)?;
                    let entries = tx.first_outcome(&stamp).await?;
                    if !entries.is_empty() {
                        return Ok(Done { entries, item, repeated: true });
                    }
                    let profile = app.profile_on(jst_date(tx.now()));
                    stamp.profile = profile.digest;
                    // Looked up again under the writer's lock: authority may have ended since the request
                    // was let in.
                    let actor = tx.person(person).await?.ok_or(AppError::Unauthenticated)?.person;
                    let mut texts = NewTexts::new(tx);
                    let act = read_act(tx, &item, event, request, &seen, &mut texts).await?;
                    let events = decide(&item, &act, event, &actor, &profile, tx.now())
                        .map_err(|refusal| AppError::refused(refusal, &item))?;
                    // After the rules: nobody is asked to prove himself for what he may not do anyway.
                    if !proven {
                        return Err(AppError::Unproven);
                    }
                    let incident = match &act {
                        Act::ReportLost { incident: Some(incident), note } => {
                            let opening = Opening {
                                content: *note,
                                division: item.division,
                                items: vec![ItemAtLoss::of(&item)],
                                ..Opening::bare(IncidentKind::Loss, Gravity::Incident)
                            };
                            let opened = incident::open(&opening, &actor, &profile, tx.now())
                                .map_err(|refusal| AppError::refused(refusal, &item))?;
                            Some((*incident, opened))
                        }
                        _ => None,
                    };
                    tx.keep_texts(texts).await?;
                    let mut done = Box::pin(append_watched(tx, &stamp, item, &events, &profile)).await?;
                    if let Some((incident, opened)) = incident {
                        let (_, more) = tx.append_to::<Incident>(&stamp, incident.0, None, &opened).await?;
                        done.entries.extend(more);
                    }
                    Ok(Done { entries: done.entries, item: done.item, repeated: false })
                })
            })
            .await
    }

    /// Copies contents of an item to a new one, which gets a label of its own. The answer is about the copy.
    ///
    /// # Errors
    /// As [`hokan_mobile_api::Backend::copy`] says.
    pub async fn copy(
        &self,
        caller: &Caller,
        source: ItemId,
        event: EventId,
        request: CopyRequest,
    ) -> Result<ActAnswer, Problem> {
        match self.perform_copy(caller, source, event, request).await {
            Ok(done) => self.answer(caller, done).await,
            Err(error) => Err(self.problem(caller, error).await),
        }
    }

    async fn perform_copy(
        &self,
        caller: &Caller,
        source: ItemId,
        event: EventId,
        request: CopyRequest,
    ) -> Result<Done, AppError> {
        let mut stamp = self.stamp(caller, event, &format!("copy {source} {request:?}"));
        let app = self.clone();
        let person = caller.person.id;
        self.store()
            .write("item.copy", move |tx| {
                Box::pin(async move {
                    let item = tx.item(source).await?.ok_or(AppError::NotFound)?;
                    let entries = tx.first_outcome(&stamp).await?;
                    if let Some(first) = entries.first() {
                        let id: ItemId = first.subject_id.parse().map_err(|_| AppError::NotFound)?;
                        let item = tx.item(id).await?.ok_or(AppError::NotFound)?;
                        return Ok(Done { entries, item, repeated: true });
                    }
                    let profile = app.profile_on(jst_date(tx.now()));
                    stamp.profile = profile.digest;
                    let actor = tx.person(person).await?.ok_or(AppError::Unauthenticated)?.person;
                    let label = request.scan.label;
                    let label_state = tx.label(&label).await?.ok_or(AppError::UnknownLabel)?;
                    let mut texts = NewTexts::new(tx);
                    let contents = item
                        .live_contents()
                        .filter(|kept| request.contents.contains(&kept.contents.id))
                        .map(|kept| Contents {
                            id: ContentsId(tx.entropy().id(tx.now())),
                            ..kept.contents.clone()
                        })
                        .collect();
                    let copying = Copying {
                        contents: request.contents,
                        copy: ItemId(tx.entropy().id(tx.now())),
                        registration: Registration {
                            kind: request.kind,
                            label,
                            label_state,
                            title: texts.add(&request.title),
                            control_number: texts.add_optional(request.control_number),
                            serial: texts.add_optional(request.serial),
                            contents,
                            division: item.division,
                            protection: request
                                .protection
                                .map(|protection| read_protection(protection, &mut texts)),
                        },
                    };
                    let (copied, begun) = copy(&item, &copying, &actor, &profile, tx.now())
                        .map_err(|refusal| AppError::refused(refusal, &item))?;
                    tx.keep_texts(texts).await?;
                    let done = tx.append_to_item(&stamp, copying.copy, None, &begun).await?;
                    tx.append_to_item(&stamp, source, Some(item), &copied).await?;
                    tx.keep_due(&done, &profile).await?;
                    Ok(Done { entries: done.entries, item: done.item, repeated: false })
                })
            })
            .await
    }

    /// What the person reads after an act.
    pub(super) async fn answer(&self, caller: &Caller, done: Done) -> Result<ActAnswer, Problem> {
        let lang = caller.lang;
        let fault = |error: StoreError| store_problem(&error, lang);
        let first = done
            .entries
            .iter()
            .find(|entry| entry.subject_id == done.item.id.to_string())
            .ok_or_else(|| Problem::internal(lang, &"an act became no event"))?;
        let happened = recorded(first).map_err(fault)?;
        let shown = self.shown(caller, &done.item).await.map_err(fault)?;
        self.with_names(lang, |book| ActAnswer {
            event_id: happened.stamp.event,
            seq: first.seq,
            recorded_at: happened.stamp.recorded_at,
            repeated: done.repeated,
            sentence: sentence(&happened, lang, book),
            item: view::card(&done.item, &shown, lang, book),
        })
        .await
        .map_err(fault)
    }

    /// Reads the labels in photographs that were taken in before.
    pub(super) async fn labels_in(&self, files: Vec<FileId>) -> Result<LabelsSeen, AppError> {
        let mut seen = LabelsSeen::new();
        for id in files {
            let labels = match self.0.pictures.known(id) {
                Some(labels) => labels,
                None => self.read_labels(id).await?,
            };
            seen.insert(id, labels);
        }
        Ok(seen)
    }

    async fn read_labels(&self, id: FileId) -> Result<Vec<LabelId>, AppError> {
        // Before the file is loaded, so that what waits for its turn takes no memory.
        let permit = self.0.pictures.turn().await?;
        let kept = self.store().file(id).await?.ok_or(AppError::UnknownReference("photographs"))?;
        if kept.media_type == "application/pdf" {
            return Ok(Vec::new());
        }
        let read: Option<(Vec<LabelId>, bool)> = tokio::task::spawn_blocking(move || {
            // The permit goes with the work: a caller who gives up does not stop it.
            let _permit = permit;
            labels_of(read(&kept.bytes, &ReadLimits::default()))
        })
        .await
        .unwrap_or_default();
        // Only what was read to its end is what the picture shows, whenever it is asked again.
        if let Some((labels, true)) = &read {
            self.0.pictures.remember(id, labels);
        }
        Ok(read.map(|(labels, _)| labels).unwrap_or_default())
    }
}

/// Whether an act needs a second factor that was shown a moment ago: what lets others do what cannot be undone,
/// and what only a second pair of eyes is worth.
fn needs_proof(kind: ActKind) -> bool {
    matches!(
        kind,
        ActKind::Approve
            | ActKind::Witness
            | ActKind::ConfirmDisposal
            | ActKind::PlaceHold
            | ActKind::LiftHold
            | ActKind::SettleDiscrepancy
    )
}

/// The labels that a reading found, and whether it is worth remembering. None where the machine was too busy to read, which
/// says nothing of the picture.
fn labels_of(reading: Result<Reading, ReadError>) -> Option<(Vec<LabelId>, bool)> {
    let reading = match reading {
        Ok(reading) => reading,
        Err(ReadError::TimeBudget) => return None,
        // What cannot be read shows no label; whether it must is for the rules to say.
        Err(_) => return Some((Vec::new(), true)),
    };
    let ours = |text: &str| match code_in_payload(text) {
        PayloadContent::Ours(code) => code.as_str().parse().ok(),
        _ => None,
    };
    let labels = reading.codes.iter().filter_map(|found| ours(&found.text)).collect();
    Some((labels, reading.complete))
}

fn photographs_of(request: &ActRequest) -> Vec<FileId> {
    match request {
        ActRequest::Destroy { destruction, .. } => {
            destruction.photographs.iter().map(|(file, _)| *file).collect()
        }
        ActRequest::Witness { photographs, .. } => photographs.iter().map(|(file, _)| *file).collect(),
        _ => Vec::new(),
    }
}

/// Turns what was asked into what the rules judge: references are looked up, texts are set aside.
async fn read_act(
    tx: &mut WriteTx,
    item: &Item,
    event: EventId,
    request: ActRequest,
    seen: &LabelsSeen,
    texts: &mut NewTexts,
) -> Result<Act, AppError> {
    Ok(match request {
        ActRequest::Offer { to, note, scan } => Act::Offer {
            to: match to {
                Receiver::Person(id) => {
                    let account = tx.person(id).await?.ok_or(AppError::UnknownReference("to"))?;
                    OfferTo::Person(account.person)
                }
                Receiver::AnyHandler => OfferTo::AnyHandler,
            },
            note: texts.add_optional(note),
            scan,
        },
        ActRequest::Accept { hand_over, scan } => Act::Accept { hand_over, scan },
        ActRequest::Refuse { hand_over, note } => Act::Refuse { hand_over, note: texts.add_optional(note) },
        ActRequest::Withdraw { hand_over } => Act::Withdraw { hand_over },
        ActRequest::PutAway { home, scan } => {
            let home = read_home(tx, home).await?;
            Act::PutAway { home: resting(tx, home).await?, scan }
        }
        ActRequest::TakeOut { scan, purpose } => {
            let locked = match item.custody.value {
                Custody::Stored { home: Home::Container(id), .. } => is_locked(tx, id).await?,
                _ => false,
            };
            Act::TakeOut { scan, purpose, locked }
        }
        ActRequest::ReplaceLabel { label, reason } => {
            let state = tx.label(&label).await?.ok_or(AppError::UnknownLabel)?;
            Act::ReplaceLabel { label, state, reason }
        }
        ActRequest::RecordContents { contents } => {
            Act::RecordContents { contents: read_contents(tx, contents, texts) }
        }
        ActRequest::Assign { division } => Act::Assign { division: read_division(tx, division).await? },
        ActRequest::DesignateHome { place } => {
            let place = read_place(tx, place).await?;
            let around = tx.places_around(place).await?;
            Act::DesignateHome { place, zone: tx.zone(&around).await? }
        }
        ActRequest::RecordProtection { protection } => Act::RecordProtection {
            secrecy: read_secrecy(protection.secrecy, texts),
            key_apart: protection.key_apart,
        },
        ActRequest::EraseContents { contents, erasure } => {
            Act::EraseContents { contents, erasure: read_erasure(erasure, texts) }
        }
        ActRequest::RecordRetentionEvent { contents, event, on } => {
            Act::RecordRetentionEvent { contents, event, on }
        }
        ActRequest::Ask { wanted, reason, until } => {
            Act::Ask { wanted: read_wanted(tx, wanted, texts).await?, reason: texts.add(&reason), until }
        }
        ActRequest::Approve { request, note } => Act::Approve { request, note: texts.add_optional(note) },
        ActRequest::TurnDown { request, reason } => Act::TurnDown { request, reason: texts.add(&reason) },
        ActRequest::WithdrawRequest { request } => Act::WithdrawRequest { request },
        ActRequest::EndPermission { request, reason } => {
            Act::EndPermission { request, reason: texts.add(&reason) }
        }
        ActRequest::PlaceHold { reason } => Act::PlaceHold { reason: texts.add(&reason) },
        ActRequest::LiftHold { hold, reason } => Act::LiftHold { hold, reason: texts.add(&reason) },
        ActRequest::Sanitize { erasure, scan } => {
            Act::Sanitize { erasure: read_erasure(erasure, texts), scan }
        }
        ActRequest::Destroy { destruction, scan } => Act::Destroy {
            destruction: Destruction {
                method: destruction.method,
                performed: read_performed(tx, destruction.performed, texts).await?,
                photographs: read_photographs(tx, &destruction.photographs, &item.label.value, seen).await?,
            },
            scan,
        },
        ActRequest::Witness { presence, photographs, scan } => Act::Witness {
            presence,
            photographs: read_photographs(tx, &photographs, &item.label.value, seen).await?,
            scan,
        },
        ActRequest::ConfirmDisposal { note } => Act::ConfirmDisposal { note: texts.add_optional(note) },
        ActRequest::ReportFault { note, scan } => Act::ReportFault { note: texts.add_optional(note), scan },
        ActRequest::CheckFault { faulty, note, scan } => {
            Act::CheckFault { faulty, note: texts.add_optional(note), scan }
        }
        ActRequest::ReportLost { note } => {
            Act::ReportLost { incident: Some(IncidentId::from(event)), note: texts.add_optional(note) }
        }
        ActRequest::ReportFound { scan } => Act::ReportFound { scan },
        ActRequest::SettleDiscrepancy { finding, outcome, reason } => {
            Act::SettleDiscrepancy { finding, outcome, reason: texts.add(&reason) }
        }
    })
}

async fn read_wanted(
    tx: &mut WriteTx,
    wanted: WantedRequest,
    texts: &mut NewTexts,
) -> Result<Wanted, AppError> {
    Ok(match wanted {
        WantedRequest::Copy { contents } => Wanted::Copy { contents },
        WantedRequest::Save => Wanted::Save,
        WantedRequest::Connect { terminal } => {
            tx.item(terminal).await?.ok_or(AppError::UnknownReference("terminal"))?;
            Wanted::Connect { terminal }
        }
        WantedRequest::Use => Wanted::Use,
        WantedRequest::Bulk { records } => Wanted::Bulk { records },
        WantedRequest::Handle { person } => {
            tx.person(person).await?.ok_or(AppError::UnknownReference("person"))?;
            Wanted::Handle { person }
        }
        WantedRequest::Disclose { to } => Wanted::Disclose { to: texts.add(&to) },
        WantedRequest::Dispose => Wanted::Dispose,
        WantedRequest::Extend { contents, until } => Wanted::Extend { contents, until },
    })
}

pub(super) fn read_contents(tx: &WriteTx, contents: ContentsRequest, texts: &mut NewTexts) -> Contents {
    Contents {
        id: ContentsId(tx.entropy().id(tx.now())),
        category: contents.category,
        purpose: texts.add_optional(contents.purpose),
        records: contents.records,
        recorded_on: contents.recorded_on,
        purpose_code: contents.purpose_code,
        received_on: contents.received_on,
        retention: contents.retention,
        starts_on: contents.starts_on,
    }
}

/// A division that was named must be there.
pub(super) async fn read_division(
    tx: &WriteTx,
    division: Option<DivisionId>,
) -> Result<Option<DivisionId>, AppError> {
    match division {
        Some(id) if !tx.division_exists(id).await? => Err(AppError::UnknownReference("division")),
        known => Ok(known),
    }
}

/// The protection that was stated, with its texts set aside.
pub(super) fn read_protection(protection: ProtectionRequest, texts: &mut NewTexts) -> (Secrecy, bool) {
    (read_secrecy(protection.secrecy, texts), protection.key_apart)
}

fn read_secrecy(secrecy: SecrecyRequest, texts: &mut NewTexts) -> Secrecy {
    match secrecy {
        SecrecyRequest::None => Secrecy::None,
        SecrecyRequest::PasswordOnly => Secrecy::PasswordOnly,
        SecrecyRequest::Encrypted { tool, algorithm } => {
            Secrecy::Encrypted { tool: texts.add(&tool), algorithm: texts.add(&algorithm) }
        }
    }
}

/// An erasure, with its texts set aside.
pub(super) fn read_erasure(erasure: ErasureRequest, texts: &mut NewTexts) -> Erasure {
    Erasure {
        method: erasure.method,
        tool: texts.add_optional(erasure.tool),
        verification: erasure.verification,
    }
}

/// Who destroys, with its texts set aside and its file looked up.
pub(super) async fn read_performed(
    tx: &WriteTx,
    performed: PerformedRequest,
    texts: &mut NewTexts,
) -> Result<Performed, AppError> {
    Ok(match performed {
        PerformedRequest::Here => Performed::Here,
        PerformedRequest::Delegated { contractor, certificate, file } => Performed::Delegated {
            contractor: texts.add(&contractor),
            certificate: texts.add_optional(certificate),
            file: match file {
                Some(id) => {
                    let kept = tx.file(id).await?.ok_or(AppError::UnknownReference("certificate_file"))?;
                    Some(kept.file)
                }
                None => None,
            },
        },
    })
}

/// Photographs, each with whether the server's own reader found the item's label in it.
pub(super) async fn read_photographs(
    tx: &WriteTx,
    photographs: &[(FileId, Shows)],
    label: &LabelId,
    seen: &LabelsSeen,
) -> Result<Vec<Photograph>, AppError> {
    let mut read = Vec::with_capacity(photographs.len());
    for (id, shows) in photographs {
        let kept = tx.file(*id).await?.ok_or(AppError::UnknownReference("photographs"))?;
        let label_read = seen.get(id).is_some_and(|labels| labels.contains(label));
        read.push(Photograph { file: kept.file, shows: *shows, label_read });
    }
    Ok(read)
}

async fn is_locked(tx: &WriteTx, id: ContainerId) -> Result<bool, AppError> {
    let state: Option<hokan_domain::container::ContainerState> = tx.subject(id.0).await?;
    Ok(state.is_some_and(|state| state.locked.is_some()))
}

/// A home with what the rules must know of it.
pub(super) async fn resting(tx: &WriteTx, home: Home) -> Result<Resting, AppError> {
    Ok(match home {
        Home::Place(id) => {
            let around = tx.places_around(id).await?;
            Resting {
                home,
                zone: tx.zone(&around).await?,
                lockable: around.iter().any(|place| place.lockable),
                locked: false,
                within: around.iter().map(|place| place.id).collect(),
            }
        }
        Home::Container(id) => {
            Resting { locked: is_locked(tx, id).await?, ..Resting::plain(Home::Container(id)) }
        }
    })
}

/// How long a file stays that no act names. A phone sends its pictures just before the act that names them.
const UNNAMED_FILES_STAY: TimeDelta = TimeDelta::days(1);

/// The place or container that was chosen or scanned.
pub(super) async fn read_home(tx: &WriteTx, home: HomeRef) -> Result<Home, AppError> {
    match home {
        HomeRef::Id(home) if tx.home_exists(home).await? => Ok(home),
        HomeRef::Id(_) => Err(AppError::UnknownReference("home")),
        HomeRef::Label(label) => match tx.label(&label).await?.ok_or(AppError::UnknownLabel)? {
            LabelState::Bound(LabelTarget::Place(PlaceId(id))) => Ok(Home::Place(PlaceId(id))),
            LabelState::Bound(LabelTarget::Container(ContainerId(id))) => {
                Ok(Home::Container(ContainerId(id)))
            }
            // The label of an item, a blank or a void one names no home.
            _ => Err(AppError::UnknownReference("home_code")),
        },
    }
}

async fn read_place(tx: &WriteTx, place: PlaceRef) -> Result<PlaceId, AppError> {
    let home = match place {
        PlaceRef::Id(id) => read_home(tx, HomeRef::Id(Home::Place(id))).await?,
        PlaceRef::Label(label) => read_home(tx, HomeRef::Label(label)).await?,
    };
    match home {
        Home::Place(id) => Ok(id),
        Home::Container(_) => Err(AppError::UnknownReference("home")),
    }
}

impl App {
    /// Keeps a file that somebody sent in: a photograph, or a contractor's certificate.
    ///
    /// # Errors
    /// `part-missing` for somebody who could name it in no act, nor may handle anything by exception; `body-too-large` where he sent in as much as a person
    /// may in a day; where the store fails.
    pub async fn keep_file(
        &self,
        caller: &Caller,
        media_type: &'static str,
        bytes: Vec<u8>,
    ) -> Result<hokan_domain::disposal::FileRef, Problem> {
        let lang = caller.lang;
        let plays = [Part::Handler, Part::Witness, Part::Approver, Part::Custodian];
        let person = &caller.person;
        let mut concerned =
            person.active && !person.roles.is_empty() || plays.into_iter().any(|part| person.is(part));
        if !concerned && person.active {
            let today = jst_date(self.store().clock().now());
            let excepted = self.store().handles_by_exception(person.id, today).await;
            concerned = excepted.map_err(|error| store_problem(&error, lang))?;
        }
        if !concerned {
            let error = AppError::reason(Reason::PartMissing { part: Part::Handler }, &self.profile());
            return Err(self.problem(caller, error).await);
        }
        let by = person.id;
        let most = self.config().file_bytes_a_day;
        let today = jst_day_start(jst_date(self.store().clock().now()));
        let kept = self
            .store()
            .write("file.add", move |tx| {
                Box::pin(async move {
                    let more = bytes.len() as u64;
                    if tx.bytes_added(by, today).await?.saturating_add(more) > most {
                        return Ok(None);
                    }
                    let file = tx.add_file(media_type, bytes, by).await?;
                    tx.audit(Some(by), "file-added", file.id, media_type).await?;
                    Ok::<_, StoreError>(Some(file))
                })
            })
            .await
            .map_err(|error| store_problem(&error, lang))?;
        kept.ok_or_else(|| {
            let megabytes = most / 1_000_000;
            let detail = lang.pick(
                format!("一人が一日に送信できるのは{megabytes}MBまでです。明日送信するか、管理者に相談してください。"),
                format!("One person can send {megabytes} MB a day. Send the rest tomorrow, or ask an administrator."),
            );
            Problem::new(ProblemCode::BodyTooLarge, lang).with_detail(detail)
        })
    }

    /// A file, after making sure that it is the one that the ledger names, or where no act has named it yet, the one
    /// that was sent in. That it was read is in the trail.
    ///
    /// # Errors
    /// `not-found`; where the file was altered in the database.
    pub async fn kept_file(&self, caller: &Caller, id: FileId) -> Result<(String, Vec<u8>), Problem> {
        let lang = caller.lang;
        let fault = |error: StoreError| store_problem(&error, lang);
        let kept = self.store().file(id).await.map_err(fault)?;
        let kept = kept.ok_or_else(|| Problem::new(ProblemCode::NotFound, lang))?;
        let named = match kept.named_by {
            Some(seq) => self.store().file_named_in(seq, id).await.map_err(fault)?,
            None => Some(kept.file),
        };
        if named.is_none_or(|named| Hash::of(&kept.bytes) != named.digest) {
            return Err(Problem::internal(lang, &format!("the file {id} was altered in the database")));
        }
        self.note_seldom(caller, "file-read", id, "").await;
        Ok((kept.media_type, kept.bytes))
    }

    /// Lets files go that nobody named in an act within a day: what was tried and given up is kept by nobody.
    /// Returns how many went.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn drop_unnamed_files(&self) -> Result<u64, StoreError> {
        let mut dropped = 0;
        let before = self.store().clock().now() - UNNAMED_FILES_STAY;
        for id in self.store().unnamed_files(before).await? {
            let named = self.store().entry_naming(id).await?;
            let gone = self
                .store()
                .write("file.drop", move |tx| {
                    Box::pin(async move {
                        if let Some(seq) = named {
                            tx.found_named(id, seq).await?;
                            return Ok::<_, StoreError>(false);
                        }
                        let gone = tx.drop_file(id).await?;
                        if gone {
                            tx.audit(None, "file-dropped", id, "no act named it").await?;
                        }
                        Ok(gone)
                    })
                })
                .await?;
            dropped += u64::from(gone);
        }
        Ok(dropped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was read while the machine was busy is not what the picture shows for ever.
    #[test]
    fn only_a_whole_reading_is_remembered() {
        let reading = |complete| Reading { width: 1, height: 1, codes: Vec::new(), complete };
        assert_eq!(labels_of(Err(ReadError::TimeBudget)), None);
        assert_eq!(labels_of(Err(ReadError::Empty)), Some((Vec::new(), true)));
        assert_eq!(labels_of(Ok(reading(false))), Some((Vec::new(), false)));
        assert_eq!(labels_of(Ok(reading(true))), Some((Vec::new(), true)));
    }
}
