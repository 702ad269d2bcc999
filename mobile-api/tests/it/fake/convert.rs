//! What was asked, as the rules take it.

use hokan_domain::{
    approval::Wanted,
    contents::Contents,
    custody::{Act, OfferTo, Resting},
    disposal::{Destruction, Erasure, FileRef, Performed, Photograph, Shows},
    event::Receiver,
    ids::{ContentsId, FileId, NoteId, PlaceId},
    label::{LabelId, LabelState, LabelTarget},
    ledger::hash::Hash,
    observation::Observed,
    personal_number::CheckedText,
    place::Home,
    protection::Secrecy,
    text::{Lang, TextRef},
};
use hokan_mobile_api::{
    Problem, ProblemCode,
    request::{
        ActRequest, ContentsRequest, DestructionRequest, ErasureRequest, HomeRef, ObservedRequest,
        PerformedRequest, PlaceRef, ProtectionRequest, SecrecyRequest, WantedRequest,
    },
};
use uuid::Uuid;

use super::{State, container, division, place};

fn unknown(field: &str, lang: Lang) -> Problem {
    Problem::new(ProblemCode::UnknownReference, lang).with_field(field)
}

impl State {
    pub(super) fn keep(&mut self, text: &CheckedText) -> TextRef {
        let id = NoteId(Uuid::new_v4());
        self.texts.insert(id, text.as_str().to_owned());
        TextRef { id, digest: Hash::of(text.as_str().as_bytes()) }
    }

    pub(super) fn keep_some(&mut self, text: Option<&CheckedText>) -> Option<TextRef> {
        text.map(|text| self.keep(text))
    }

    pub(super) fn keep_contents(&mut self, request: &ContentsRequest) -> Contents {
        Contents {
            id: ContentsId(Uuid::new_v4()),
            category: request.category,
            purpose: self.keep_some(request.purpose.as_ref()),
            records: request.records,
            recorded_on: request.recorded_on,
            purpose_code: request.purpose_code.clone(),
            received_on: request.received_on,
            retention: request.retention.clone(),
            starts_on: request.starts_on,
        }
    }

    pub(super) fn keep_protection(&mut self, request: &ProtectionRequest) -> (Secrecy, bool) {
        let secrecy = match &request.secrecy {
            SecrecyRequest::None => Secrecy::None,
            SecrecyRequest::PasswordOnly => Secrecy::PasswordOnly,
            SecrecyRequest::Encrypted { tool, algorithm } => {
                Secrecy::Encrypted { tool: self.keep(tool), algorithm: self.keep(algorithm) }
            }
        };
        (secrecy, request.key_apart)
    }

    fn erasure(&mut self, request: &ErasureRequest) -> Erasure {
        Erasure {
            method: request.method.clone(),
            tool: self.keep_some(request.tool.as_ref()),
            verification: request.verification,
        }
    }

    fn file_ref(&self, file: FileId, field: &str, lang: Lang) -> Result<FileRef, Problem> {
        let (_, bytes) = self.files.get(&file).ok_or_else(|| unknown(field, lang))?;
        Ok(FileRef { id: file, digest: Hash::of(bytes) })
    }

    fn photographs(&self, named: &[(FileId, Shows)], lang: Lang) -> Result<Vec<Photograph>, Problem> {
        let photograph = |(index, (file, shows)): (usize, &(FileId, Shows))| {
            let file = self.file_ref(*file, &format!("photographs[{index}].file"), lang)?;
            Ok(Photograph { file, shows: *shows, label_read: true })
        };
        named.iter().enumerate().map(photograph).collect()
    }

    fn destruction(&mut self, request: &DestructionRequest, lang: Lang) -> Result<Destruction, Problem> {
        let performed = match &request.performed {
            PerformedRequest::Here => Performed::Here,
            PerformedRequest::Delegated { contractor, certificate, file } => Performed::Delegated {
                file: file.map(|file| self.file_ref(file, "certificate_file", lang)).transpose()?,
                contractor: self.keep(contractor),
                certificate: self.keep_some(certificate.as_ref()),
            },
        };
        let photographs = self.photographs(&request.photographs, lang)?;
        Ok(Destruction { method: request.method.clone(), performed, photographs })
    }

    fn wanted(&mut self, request: WantedRequest, lang: Lang) -> Result<Wanted, Problem> {
        Ok(match request {
            WantedRequest::Copy { contents } => Wanted::Copy { contents },
            WantedRequest::Save => Wanted::Save,
            WantedRequest::Connect { terminal } if self.items.contains_key(&terminal) => {
                Wanted::Connect { terminal }
            }
            WantedRequest::Connect { .. } => return Err(unknown("terminal", lang)),
            WantedRequest::Use => Wanted::Use,
            WantedRequest::Bulk { records } => Wanted::Bulk { records },
            WantedRequest::Handle { person } if self.people.contains_key(&person) => {
                Wanted::Handle { person }
            }
            WantedRequest::Handle { .. } => return Err(unknown("person", lang)),
            WantedRequest::Disclose { to } => Wanted::Disclose { to: self.keep(&to) },
            WantedRequest::Dispose => Wanted::Dispose,
            WantedRequest::Extend { contents, until } => Wanted::Extend { contents, until },
        })
    }

    fn home_of(&self, home: &HomeRef, lang: Lang) -> Result<Home, Problem> {
        match home {
            HomeRef::Id(home) if [Home::Place(place()), Home::Container(container())].contains(home) => {
                Ok(*home)
            }
            HomeRef::Id(_) => Err(unknown("home", lang)),
            HomeRef::Label(label) => self.labelled(label, lang),
        }
    }

    fn labelled(&self, label: &LabelId, lang: Lang) -> Result<Home, Problem> {
        match self.labels.get(label) {
            Some(LabelState::Bound(LabelTarget::Place(place))) => Ok(Home::Place(*place)),
            Some(LabelState::Bound(LabelTarget::Container(container))) => Ok(Home::Container(*container)),
            _ => Err(unknown("home_code", lang)),
        }
    }

    fn place_of(&self, named: &PlaceRef, lang: Lang) -> Result<PlaceId, Problem> {
        match named {
            PlaceRef::Id(id) if *id == place() => Ok(*id),
            PlaceRef::Id(_) => Err(unknown("home", lang)),
            PlaceRef::Label(label) => match self.labelled(label, lang)? {
                Home::Place(place) => Ok(place),
                Home::Container(_) => Err(unknown("home_code", lang)),
            },
        }
    }

    pub(super) fn act(&mut self, request: ActRequest, lang: Lang) -> Result<Act, Problem> {
        Ok(match request {
            ActRequest::Offer { to, note, scan } => {
                let to = match to {
                    Receiver::AnyHandler => OfferTo::AnyHandler,
                    Receiver::Person(person) => {
                        let known = self.people.get(&person).ok_or_else(|| unknown("to", lang))?;
                        OfferTo::Person(known.1.clone())
                    }
                };
                Act::Offer { to, note: self.keep_some(note.as_ref()), scan }
            }
            ActRequest::Accept { hand_over, scan } => Act::Accept { hand_over, scan },
            ActRequest::Refuse { hand_over, note } => {
                Act::Refuse { hand_over, note: self.keep_some(note.as_ref()) }
            }
            ActRequest::Withdraw { hand_over } => Act::Withdraw { hand_over },
            ActRequest::PutAway { home, scan } => {
                Act::PutAway { home: Resting::plain(self.home_of(&home, lang)?), scan }
            }
            ActRequest::TakeOut { scan, purpose } => Act::TakeOut { scan, purpose, locked: false },
            ActRequest::ReplaceLabel { label, reason } => {
                Act::ReplaceLabel { state: self.label_state(&label, "code", lang)?, label, reason }
            }
            ActRequest::RecordContents { contents } => {
                Act::RecordContents { contents: self.keep_contents(&contents) }
            }
            ActRequest::Assign { division: Some(id) } if id != division() => {
                return Err(unknown("division", lang));
            }
            ActRequest::Assign { division } => Act::Assign { division },
            ActRequest::DesignateHome { place } => {
                Act::DesignateHome { place: self.place_of(&place, lang)?, zone: None }
            }
            ActRequest::RecordProtection { protection } => {
                let (secrecy, key_apart) = self.keep_protection(&protection);
                Act::RecordProtection { secrecy, key_apart }
            }
            ActRequest::EraseContents { contents, erasure } => {
                Act::EraseContents { contents, erasure: self.erasure(&erasure) }
            }
            ActRequest::RecordRetentionEvent { contents, event, on } => {
                Act::RecordRetentionEvent { contents, event, on }
            }
            ActRequest::Ask { wanted, reason, until } => {
                Act::Ask { wanted: self.wanted(wanted, lang)?, reason: self.keep(&reason), until }
            }
            ActRequest::Approve { request, note } => {
                Act::Approve { request, note: self.keep_some(note.as_ref()) }
            }
            ActRequest::TurnDown { request, reason } => Act::TurnDown { request, reason: self.keep(&reason) },
            ActRequest::WithdrawRequest { request } => Act::WithdrawRequest { request },
            ActRequest::EndPermission { request, reason } => {
                Act::EndPermission { request, reason: self.keep(&reason) }
            }
            ActRequest::PlaceHold { reason } => Act::PlaceHold { reason: self.keep(&reason) },
            ActRequest::LiftHold { hold, reason } => Act::LiftHold { hold, reason: self.keep(&reason) },
            ActRequest::Sanitize { erasure, scan } => Act::Sanitize { erasure: self.erasure(&erasure), scan },
            ActRequest::Destroy { destruction, scan } => {
                Act::Destroy { destruction: self.destruction(&destruction, lang)?, scan }
            }
            ActRequest::Witness { presence, photographs, scan } => {
                Act::Witness { presence, photographs: self.photographs(&photographs, lang)?, scan }
            }
            ActRequest::ConfirmDisposal { note } => {
                Act::ConfirmDisposal { note: self.keep_some(note.as_ref()) }
            }
            ActRequest::ReportFault { note, scan } => {
                Act::ReportFault { note: self.keep_some(note.as_ref()), scan }
            }
            ActRequest::CheckFault { faulty, note, scan } => {
                Act::CheckFault { faulty, note: self.keep_some(note.as_ref()), scan }
            }
            ActRequest::ReportLost { note } => {
                Act::ReportLost { incident: None, note: self.keep_some(note.as_ref()) }
            }
            ActRequest::ReportFound { scan } => Act::ReportFound { scan },
            ActRequest::SettleDiscrepancy { finding, outcome, reason } => {
                Act::SettleDiscrepancy { finding, outcome, reason: self.keep(&reason) }
            }
        })
    }

    pub(super) fn observed(&mut self, request: &ObservedRequest, lang: Lang) -> Result<Observed, Problem> {
        Ok(match request {
            ObservedRequest::Offered { to } => Observed::Offered { to: *to },
            ObservedRequest::Accepted { hand_over, from } => {
                Observed::Accepted { hand_over: *hand_over, from: *from }
            }
            ObservedRequest::Refused { hand_over, note } => {
                Observed::Refused { hand_over: *hand_over, note: self.keep_some(note.as_ref()) }
            }
            ObservedRequest::PutAway { home } => Observed::PutAway { home: self.home_of(home, lang)? },
            ObservedRequest::TakenOut => Observed::TakenOut,
            ObservedRequest::Seen { home } => {
                Observed::Seen { home: home.as_ref().map(|home| self.home_of(home, lang)).transpose()? }
            }
            ObservedRequest::Departed { carry_out } => Observed::Departed { carry_out: *carry_out },
            ObservedRequest::Returned { carry_out } => Observed::Returned { carry_out: *carry_out },
            ObservedRequest::Sanitized { erasure } => Observed::Sanitized { erasure: self.erasure(erasure) },
            ObservedRequest::Destroyed { destruction } => {
                Observed::Destroyed { destruction: self.destruction(destruction, lang)? }
            }
            ObservedRequest::Witnessed { presence, photographs } => {
                Observed::Witnessed { presence: *presence, photographs: self.photographs(photographs, lang)? }
            }
            ObservedRequest::FaultReported { note } => {
                Observed::FaultReported { note: self.keep_some(note.as_ref()) }
            }
            ObservedRequest::FaultChecked { faulty, note } => {
                Observed::FaultChecked { faulty: *faulty, note: self.keep_some(note.as_ref()) }
            }
            ObservedRequest::LostReported { note } => {
                Observed::LostReported { note: self.keep_some(note.as_ref()) }
            }
            ObservedRequest::Found => Observed::Found,
        })
    }
}
