//! The certificate of destruction (廃棄証明書), as PDF.
//!
//! It records what NIST SP 800-88 Rev. 1, 4.8, asks of a certificate of media disposition, and what a Japanese
//! public body is asked for beyond that: who permitted it, by which article, the witness, photographs, the
//! contractor's certificate, and the ledger that all of it can be checked against.
//!
//! One certificate is for the items of one act: one is printed as a form, several as a table. Fields that are
//! not filled in are left out, except those that the standard demands: these are printed as 「―」, so that a
//! gap is seen as one. Numbers of records are printed, never their contents.
//!
//! Dates, places and rules come as text in the language of the certificate. A certificate in two languages is
//! two of them in one document.

mod words;

use crate::page::{Align, Cell, FIELD_LABEL, Field, Figure, Flow, Paper, Running, Style, Table};
use crate::pdf::{DocumentInfo, Embedded, PdfError};
use crate::photo::Photo;
use crate::qr::{Level, Symbol, TooLong};
use crate::reader::{ReadError, ReadLimits};
use crate::text::clean;
use words::Words;

/// The language of a certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// Japanese.
    #[default]
    Japanese,
    /// English.
    English,
}

/// How far the data were made unreadable (NIST SP 800-88 Rev. 1, 2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Technique {
    /// Against simple recovery: overwritten.
    Clear,
    /// Against recovery in a laboratory: erased by the device itself, its key destroyed, demagnetised.
    Purge,
    /// The medium can hold data no more: shredded, crushed, melted, burnt.
    Destroy,
}

/// How the act was seen by somebody besides the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// The witness was there.
    OnSite,
    /// By photographs.
    Photograph,
    /// Only a contractor's certificate says so.
    CertificateOnly,
}

/// A medium that was sanitized or destroyed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Item {
    /// Its identifier in the ledger.
    pub item_id: String,
    /// The code of its label, as printed there.
    pub label_code: Option<String>,
    /// Who made it.
    pub manufacturer: Option<String>,
    /// Its model.
    pub model: Option<String>,
    /// Its maker's serial number.
    pub serial: Option<String>,
    /// The body's own number for it (管理番号).
    pub control_number: Option<String>,
    /// What it is: magnetic disk, flash memory, paper.
    pub media_type: Option<String>,
    /// The system or the division that it was used in.
    pub source: Option<String>,
    /// How confidential its contents were.
    pub category_before: Option<String>,
    /// How confidential what is left of it is.
    pub category_after: Option<String>,
    /// How many records were on it.
    pub records: Option<u64>,
    /// A remark.
    pub note: Option<String>,
}

/// What was done to the items, and how it was found to have worked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Treatment {
    /// How far it goes.
    pub technique: Technique,
    /// How: overwriting, cryptographic erasure, shredding.
    pub method: Option<String>,
    /// With what, and its version.
    pub tool: Option<String>,
    /// How small the pieces are (ISO/IEC 21964: P-5, H-4).
    pub particle_class: Option<String>,
    /// How it was verified: in full, by samples, by looking.
    pub verification_method: Option<String>,
    /// What the verification found.
    pub verification_result: Option<String>,
    /// Whether that was judged enough for what was on the items.
    pub validation: Option<String>,
    /// Where the items or their remains went.
    pub destination: Option<String>,
    /// Where the data are still kept, if they are.
    pub backup: Option<String>,
}

/// What stands in place of a person's signature.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signature {
    /// Under which sign-in.
    pub sign_in: String,
    /// From which device.
    pub device: Option<String>,
    /// The entry in the ledger.
    pub event: String,
}

/// A person who answers for a part of the act.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attestation {
    /// The person's name.
    pub name: String,
    /// Position and role.
    pub position: Option<String>,
    /// Date and time.
    pub at: Option<String>,
    /// Location.
    pub place: Option<String>,
    /// Telephone or other contact.
    pub contact: Option<String>,
    /// In place of the signature.
    pub signature: Option<Signature>,
}

/// The order or permission to do it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permission {
    /// Its number.
    pub id: String,
    /// Who gave it.
    pub name: String,
    /// In which position or role.
    pub position: Option<String>,
    /// When.
    pub at: Option<String>,
}

/// The rules that it was done by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// The title of the regulation or profile.
    pub profile: String,
    /// The articles, each as it is cited.
    pub articles: Vec<String>,
    /// How long the items had to be kept.
    pub retention: Option<String>,
    /// The sentence that says when that time ended.
    pub expiry: Option<String>,
}

/// Who did it on the body's behalf.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contractor {
    /// The contractor's name.
    pub name: String,
    /// The contract.
    pub contract: Option<String>,
    /// The number of the contractor's own certificate.
    pub certificate_number: Option<String>,
}

/// A photograph as evidence.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Photograph {
    /// The file: JPEG, PNG or WebP.
    pub bytes: Vec<u8>,
    /// What it shows: before with the serial number, after.
    pub caption: String,
}

impl std::fmt::Debug for Photograph {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Photograph({}, {} bytes)", self.caption, self.bytes.len())
    }
}

/// What the ledger says of itself at the time of the certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checkpoint {
    /// The signed checkpoint, line by line as it was signed.
    pub text: String,
    /// What the QR symbol says.
    pub payload: String,
}

/// A certificate for the items of one act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The language that it is in.
    pub language: Language,
    /// Its number.
    pub number: String,
    /// The body that issues it.
    pub body_name: String,
    /// The day on which it is issued.
    pub issued_at: String,
    /// The items.
    pub items: Vec<Item>,
    /// What was done.
    pub treatment: Treatment,
    /// Who did it.
    pub operator: Attestation,
    /// Who verified it. None where the witness did.
    pub verifier: Option<Attestation>,
    /// Who saw it: somebody else than the operator, which the caller has to see to.
    pub witness: Option<Attestation>,
    /// How it was seen.
    pub presence: Option<Presence>,
    /// The officer who confirmed all of it.
    pub confirmer: Option<Attestation>,
    /// The order or permission.
    pub permission: Option<Permission>,
    /// The rules.
    pub rules: Rules,
    /// The contractor, where one did it.
    pub contractor: Option<Contractor>,
    /// The container that the items were brought in.
    pub container: Option<String>,
    /// Its seal.
    pub seal: Option<String>,
    /// The photographs.
    pub photographs: Vec<Photograph>,
    /// The ledger's checkpoint.
    pub checkpoint: Option<Checkpoint>,
}

/// Why a certificate cannot be printed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// No certificate, or one for nothing.
    #[error("the certificate names no item")]
    NoItems,
    /// More items than one certificate may have.
    #[error("{found} items are too many for one certificate; at most {} are allowed", MAX_ITEMS)]
    TooManyItems {
        /// How many there were.
        found: usize,
    },
    /// More photographs than one certificate may have.
    #[error("{found} photographs are too many for one certificate; at most {} are allowed", MAX_PHOTOGRAPHS)]
    TooManyPhotographs {
        /// How many there were.
        found: usize,
    },
    /// A photograph that cannot be shown.
    #[error("photograph {number} ({caption}): {reason}")]
    Photograph {
        /// Which one, counted from 1.
        number: usize,
        /// Its caption.
        caption: String,
        /// Why.
        reason: ReadError,
    },
    /// The checkpoint goes into no QR symbol.
    #[error(transparent)]
    TooLong(#[from] TooLong),
    /// The PDF could not be written.
    #[error(transparent)]
    Pdf(#[from] PdfError),
}

impl CertificateError {
    /// A stable word for the kind of error, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoItems => "certificate-no-items",
            Self::TooManyItems { .. } => "certificate-too-many-items",
            Self::TooManyPhotographs { .. } => "certificate-too-many-photographs",
            Self::Photograph { .. } => "certificate-photograph",
            Self::TooLong(_) => "certificate-checkpoint-too-long",
            Self::Pdf(_) => "certificate-pdf",
        }
    }
}

/// The most items that one certificate may have.
pub const MAX_ITEMS: usize = 2_000;

/// The most photographs that one certificate may have: all of them are held in memory, some 300 kB each.
pub const MAX_PHOTOGRAPHS: usize = 120;

/// Stands where the standard demands something that is not known.
const ABSENT: &str = "―";

/// Prints a certificate as PDF: A4, one part after the other, each in its language and on pages of its own,
/// the pages counted through. The first part names the document.
///
/// The same values give the same bytes: `created_unix`, in seconds since 1970-01-01 00:00 UTC, is the time
/// that stands in the file. A photograph that several parts show is held once.
///
/// # Errors
/// [`CertificateError`] if there is nothing to certify, or something that cannot be shown.
pub fn print(parts: &[Certificate], created_unix: i64) -> Result<Vec<u8>, CertificateError> {
    let Some(first) = parts.first() else { return Err(CertificateError::NoItems) };
    for part in parts {
        match (part.items.len(), part.photographs.len()) {
            (0, _) => return Err(CertificateError::NoItems),
            (found, _) if found > MAX_ITEMS => return Err(CertificateError::TooManyItems { found }),
            (_, found) if found > MAX_PHOTOGRAPHS => {
                return Err(CertificateError::TooManyPhotographs { found });
            }
            _ => {}
        }
    }
    let info = DocumentInfo {
        title: clean(&format!("{} {}", first.language.words().title, first.number)),
        author: clean(&first.body_name),
        created_unix,
    };
    let mut flow = Flow::new(info, Paper::A4).map_err(PdfError::from)?;
    if first.language == Language::English {
        flow.document().set_language("en");
    }
    let mut embedded: Vec<(&[u8], Embedded)> = Vec::new();
    for part in parts {
        let words = part.language.words();
        Form { flow: &mut flow, words, part, sections: 0, gaps: false }.print(&mut embedded)?;
    }
    Ok(flow.finish()?)
}

/// A text that says something.
fn filled(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !clean(text).is_empty())
}

/// A number with its thousands parted.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// What one line of the table of people says of each.
type Answer = fn(&Attestation) -> Option<&str>;

/// One part being printed.
struct Form<'f, 'a> {
    flow: &'f mut Flow,
    words: &'static Words,
    part: &'a Certificate,
    sections: usize,
    /// Whether something that the standard demands is not there.
    gaps: bool,
}

impl<'a> Form<'_, 'a> {
    fn print(mut self, embedded: &mut Vec<(&'a [u8], Embedded)>) -> Result<(), CertificateError> {
        let (words, part) = (self.words, self.part);
        self.flow.begin(Running { left: part.body_name.clone(), centre: part.number.clone() });
        self.flow.title(words.title);
        let number = optional(words.number, Some(&part.number));
        let issued_at = optional(words.issued_at, Some(&part.issued_at));
        let body = optional(words.body, Some(&part.body_name)).map(wide);
        let fields: Vec<Field> = [number, issued_at, body].into_iter().flatten().collect();
        self.flow.fields(&fields);
        self.flow.space(3.0);
        self.flow.paragraph(Style::BODY, Align::Left, words.statement);

        self.items();
        self.treatment();
        self.people();
        self.authority();
        self.contract();
        self.photographs(embedded)?;
        self.checkpoint()?;
        if self.gaps {
            self.flow.space(3.0);
            self.flow.paragraph(Style::SMALL, Align::Left, words.absent_note);
        }
        Ok(())
    }

    /// The heading of the next section.
    fn section(&mut self, name: &str) -> String {
        self.sections += 1;
        format!("{}　{name}", self.sections)
    }

    /// A section that is a form; none without fields.
    fn form(&mut self, name: &str, fields: &[Field]) {
        if fields.is_empty() {
            return;
        }
        let heading = self.section(name);
        self.flow.together(|flow| {
            flow.heading(&heading);
            flow.fields(fields);
        });
    }

    /// A value that the standard demands, or the mark of its absence.
    fn text(&mut self, value: Option<&str>) -> String {
        match value.filter(|text| !clean(text).is_empty()) {
            Some(text) => text.to_owned(),
            None => {
                self.gaps = true;
                ABSENT.to_owned()
            }
        }
    }

    fn demanded(&mut self, label: &str, value: Option<&str>) -> Field {
        Field { label: label.to_owned(), value: self.text(value), wide: false }
    }

    fn items(&mut self) {
        let part = self.part;
        match part.items.as_slice() {
            [item] => self.single_item(item),
            items => self.item_table(items),
        }
    }

    fn records(&self, number: u64) -> String {
        format!("{}{}", grouped(number), self.words.records_unit)
    }

    fn single_item(&mut self, item: &Item) {
        let words = self.words;
        let mut fields = vec![
            self.demanded(words.control_number, filled(&item.control_number)),
            self.demanded(words.media_type, filled(&item.media_type)),
            self.demanded(words.manufacturer, filled(&item.manufacturer)),
            self.demanded(words.model, filled(&item.model)),
            self.demanded(words.serial, filled(&item.serial)),
            self.demanded(words.source, filled(&item.source)),
        ];
        let records = item.records.map(|number| self.records(number));
        fields.extend(optional(words.label_code, filled(&item.label_code)));
        fields.extend(optional(words.records, records.as_deref()));
        fields.extend(optional(words.category_before, filled(&item.category_before)));
        fields.extend(optional(words.category_after, filled(&item.category_after)));
        fields.extend(optional(words.item_id, Some(&item.item_id)).map(wide));
        fields.extend(optional(words.note, filled(&item.note)).map(wide));
        self.form(words.items, &fields);
    }

    fn item_table(&mut self, items: &[Item]) {
        let words = self.words;
        let (table, small) = (Style::TABLE, Style::SMALL);
        let with_records = items.iter().any(|item| item.records.is_some());
        let mut columns = vec![
            (8.0, Cell::label("№").aligned(Align::Right)),
            (48.0, Cell::label(words.control_number).and(small, words.label_code).and(small, words.item_id)),
            (39.0, Cell::label(words.media_type).and(table, words.manufacturer).and(table, words.model)),
            (28.0, Cell::label(words.serial)),
            (32.0, Cell::label(words.source)),
        ];
        if with_records {
            columns.push((15.0, Cell::label(words.records).aligned(Align::Right)));
        }
        let mut rows = Vec::new();
        for (item, number) in items.iter().zip(1_usize..) {
            let bold = Style { weight: Style::STRONG.weight, ..table };
            let named = Cell::new(bold, self.text(filled(&item.control_number)))
                .and(small, filled(&item.label_code).unwrap_or_default())
                .and(small, &item.item_id);
            let kind = Cell::new(table, self.text(filled(&item.media_type)))
                .and(table, self.text(filled(&item.manufacturer)))
                .and(table, self.text(filled(&item.model)));
            let mut source = Cell::new(table, self.text(filled(&item.source)));
            for (label, value) in [
                (words.before, &item.category_before),
                (words.after, &item.category_after),
                (words.note, &item.note),
            ] {
                if let Some(value) = filled(value) {
                    source = source.and(small, format!("{label}: {value}"));
                }
            }
            let mut row = vec![
                Cell::new(table, number.to_string()).aligned(Align::Right),
                named,
                kind,
                Cell::new(table, self.text(filled(&item.serial))),
                source,
            ];
            if with_records {
                let records = item.records.map(grouped).unwrap_or_default();
                row.push(Cell::new(table, records).aligned(Align::Right));
            }
            rows.push(row);
        }
        let heading = self.section(words.items);
        self.flow.heading(&heading);
        self.flow.table(&Table { columns, rows });
        // The count closes the list: nothing can be added to it unseen.
        let [before, after] = words.items_in_all;
        let mut total = format!("{before}{}{after}", grouped(items.len() as u64));
        // A sum of some of them would look like that of all.
        let records: Option<u64> = items.iter().try_fold(0_u64, |sum, item| sum.checked_add(item.records?));
        if let Some(records) = records {
            let [before, after] = words.records_in_all;
            total.push_str(&format!("{before}{}{after}", grouped(records)));
        }
        self.flow.space(1.0);
        self.flow.paragraph(Style::TABLE, Align::Right, &total);
    }

    fn treatment(&mut self) {
        let (words, treatment) = (self.words, &self.part.treatment);
        let technique = treatment.technique.word(self.part.language);
        let mut fields = vec![
            self.demanded(words.technique, Some(technique)),
            self.demanded(words.method, filled(&treatment.method)),
            self.demanded(words.tool, filled(&treatment.tool)),
        ];
        fields.extend(optional(words.particle_class, filled(&treatment.particle_class)));
        fields.push(self.demanded(words.verification_method, filled(&treatment.verification_method)));
        fields.extend(optional(words.verification_result, filled(&treatment.verification_result)));
        fields.extend(optional(words.validation, filled(&treatment.validation)));
        fields.push(self.demanded(words.destination, filled(&treatment.destination)));
        fields.extend(optional(words.backup, filled(&treatment.backup)));
        self.form(words.treatment, &fields);
    }

    fn people(&mut self) {
        let (words, part) = (self.words, self.part);
        let witness = part.witness.as_ref();
        // The standard demands one who did it and one who verified it.
        let mut people = vec![(words.operator, Some(&part.operator), true)];
        match (&part.verifier, witness) {
            (None, Some(witness)) => people.push((words.verifier_and_witness, Some(witness), true)),
            (verifier, witness) => {
                people.push((words.verifier, verifier.as_ref(), true));
                people.extend(witness.map(|witness| (words.witness, Some(witness), true)));
            }
        }
        people.extend(part.confirmer.as_ref().map(|confirmer| (words.confirmer, Some(confirmer), false)));

        let share = (Paper::A4.text_width() - FIELD_LABEL) / people.len() as f32;
        let mut columns = vec![(FIELD_LABEL, Cell::label(""))];
        columns.extend(people.iter().map(|(role, ..)| (share, Cell::label(*role).aligned(Align::Centre))));
        let lines: [(&str, Style, Answer); 5] = [
            (words.name, Style::STRONG, |person| Some(&person.name)),
            (words.position, Style::TABLE, |person| person.position.as_deref()),
            (words.at, Style::TABLE, |person| person.at.as_deref()),
            (words.place, Style::TABLE, |person| person.place.as_deref()),
            (words.contact, Style::TABLE, |person| person.contact.as_deref()),
        ];
        let mut rows = Vec::new();
        for (label, style, answer) in lines {
            let mut row = vec![Cell::label(label)];
            for (_, person, demanded) in &people {
                let value = person.and_then(answer);
                let text = if *demanded { self.text(value) } else { value.unwrap_or_default().to_owned() };
                row.push(Cell::new(style, text));
            }
            rows.push(row);
        }
        let mut row = vec![Cell::label(words.signature)];
        let mut signed = false;
        for (_, person, demanded) in &people {
            let signature = person.and_then(|person| person.signature.as_ref());
            row.push(match signature {
                Some(signature) => {
                    signed = true;
                    let line = |label: &str, value: &str| format!("{label}: {value}");
                    let mut cell = Cell::new(Style::SMALL, line(words.sign_in, &signature.sign_in));
                    if let Some(device) = filled(&signature.device) {
                        cell = cell.and(Style::SMALL, line(words.device, device));
                    }
                    cell.and(Style::SMALL, line(words.event, &signature.event))
                }
                None if *demanded => Cell::new(Style::TABLE, self.text(None)),
                None => Cell::new(Style::TABLE, ""),
            });
        }
        rows.push(row);
        let table = Table { columns, rows };
        let presence = part.presence.map(|presence| presence.word(part.language));
        let presence = optional(words.presence, presence).map(wide);
        let heading = self.section(words.people);
        self.flow.together(|flow| {
            flow.heading(&heading);
            flow.table(&table);
            flow.fields(presence.as_slice());
            if signed {
                flow.space(1.0);
                flow.paragraph(Style::SMALL, Align::Left, words.signature_note);
            }
        });
    }

    fn authority(&mut self) {
        let (words, part) = (self.words, self.part);
        let mut fields = Vec::new();
        if let Some(permission) = &part.permission {
            let by = [filled(&permission.position).unwrap_or_default(), &permission.name].join(" ");
            fields.extend(optional(words.permission, Some(&permission.id)));
            fields.extend(optional(words.permitted_at, filled(&permission.at)));
            fields.extend(optional(words.permitted_by, Some(&by)).map(wide));
        }
        fields.extend(optional(words.profile, Some(&part.rules.profile)).map(wide));
        fields.extend(optional(words.articles, Some(&part.rules.articles.join("\n"))).map(wide));
        fields.extend(optional(words.retention, filled(&part.rules.retention)).map(wide));
        fields.extend(optional(words.expiry, filled(&part.rules.expiry)).map(wide));
        self.form(words.authority, &fields);
    }

    fn contract(&mut self) {
        let (words, part) = (self.words, self.part);
        let mut fields = Vec::new();
        if let Some(contractor) = &part.contractor {
            fields.extend(optional(words.contractor, Some(&contractor.name)).map(wide));
            fields.extend(optional(words.agreement, filled(&contractor.contract)));
            fields.extend(optional(words.contractor_certificate, filled(&contractor.certificate_number)));
        }
        fields.extend(optional(words.container, filled(&part.container)));
        fields.extend(optional(words.seal, filled(&part.seal)));
        self.form(words.contract, &fields);
    }

    fn photographs(&mut self, embedded: &mut Vec<(&'a [u8], Embedded)>) -> Result<(), CertificateError> {
        let part = self.part;
        let mut figures = Vec::new();
        for (photograph, number) in part.photographs.iter().zip(1_usize..) {
            let known = embedded.iter().find(|(bytes, _)| *bytes == photograph.bytes.as_slice());
            let photo = if let Some((_, photo)) = known {
                *photo
            } else {
                let photo = Photo::prepare(&photograph.bytes, &ReadLimits::default()).map_err(|reason| {
                    CertificateError::Photograph { number, caption: clean(&photograph.caption), reason }
                })?;
                let photo = self.flow.embed(photo);
                embedded.push((&photograph.bytes, photo));
                photo
            };
            let caption = format!("{} {number}　{}", self.words.photograph, photograph.caption);
            figures.push(Figure { photo, caption });
        }
        if !figures.is_empty() {
            let heading = self.section(self.words.photographs);
            let height = self.flow.photo_row_height(&figures);
            self.flow.heading_above(&heading, height);
            self.flow.photos(&figures);
        }
        Ok(())
    }

    fn checkpoint(&mut self) -> Result<(), CertificateError> {
        let (words, part) = (self.words, self.part);
        let Some(checkpoint) = &part.checkpoint else { return Ok(()) };
        let symbol = match checkpoint.payload.as_str() {
            "" => None,
            // A level lower, if the symbol would not hold it otherwise.
            payload => {
                Some(Symbol::encode(payload, Level::M).or_else(|_| Symbol::encode(payload, Level::L))?)
            }
        };
        let heading = self.section(words.ledger);
        self.flow.together(|flow| {
            flow.heading(&heading);
            flow.paragraph(Style::TABLE, Align::Left, words.ledger_note);
            flow.space(1.0);
            match &symbol {
                Some(symbol) => flow.symbol_beside(symbol, Style::SMALL, &checkpoint.text),
                None => flow.verbatim(Style::SMALL, &checkpoint.text),
            }
        });
        Ok(())
    }
}

/// A field that is left out where nothing was filled in.
fn optional(label: &str, value: Option<&str>) -> Option<Field> {
    let value = value.filter(|text| !clean(text).is_empty())?;
    Some(Field { label: label.to_owned(), value: value.to_owned(), wide: false })
}

fn wide(field: Field) -> Field {
    Field { wide: true, ..field }
}
