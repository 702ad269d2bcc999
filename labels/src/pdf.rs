//! Pages to draw on, written as PDF.
//!
//! A thin layer over `printpdf` that adds what documents of this product need:
//!
//! * **Fonts embedded small.** `printpdf` by itself embeds whole fonts (4.5 MB each). Here the characters that
//!   a document shows are collected while it is drawn, the fonts are cut down to these, and `printpdf` is
//!   given the small fonts with a map from character to glyph; it derives widths and the table for copying
//!   and searching text (ToUnicode) from that map.
//! * **QR symbols as outlines**, all of a page in one form object, in whole modules under a transform: small
//!   files, sharp at any resolution, no seams.
//! * **Photographs as they were packed**, each once however often it is shown.
//! * **The same bytes for the same input.** No clock is read and no random number drawn: the date is given,
//!   and the identifier of the document is computed from what is in it.
//! * **Printing at true size.** Viewers are told not to scale to the page, which would shift every label.
//!
//! Positions are in millimetres from the top left corner of the page, sizes of letters in points.

use crate::font::{FaceId, FontError, Fonts, Weight};
use crate::photo::Photo;
use crate::qr::Symbol;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use lopdf::{Dictionary, Object, StringFormat};
use printpdf::{
    Color, DictItem, ExternalStream, ExternalXObject, FontId, Greyscale, Mm, OffsetDateTime, Op, ParsedFont,
    PdfDocument, PdfFont, PdfFontHandle, PdfPage, PdfSaveOptions, Pt, Rect, TextItem, XObject, XObjectId,
    XObjectTransform,
};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;

/// Points in a millimetre.
pub const POINTS_PER_MM: f32 = 72.0 / 25.4;

/// The document could not be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PdfError {
    /// A font of the program is damaged.
    #[error(transparent)]
    Font(#[from] FontError),
    /// A font could not be cut down or embedded, or the file could not be put together.
    #[error("the PDF could not be written: {0}")]
    Write(String),
}

/// What a document says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocumentInfo {
    /// Shown by viewers as the name of the window.
    pub title: String,
    /// Who made it: the public body.
    pub author: String,
    /// When it was made, in seconds since 1970-01-01 00:00 UTC. Given by the caller, so that the same input
    /// gives the same bytes.
    pub created_unix: i64,
}

/// A document being drawn.
pub struct Document {
    fonts: &'static Fonts,
    info: DocumentInfo,
    language: &'static str,
    photos: Vec<Photo>,
    pages: Vec<Page>,
}

/// A photograph that a document holds, to be shown on its pages with [`Page::photo`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Embedded {
    number: usize,
    width: u32,
    height: u32,
}

impl Embedded {
    /// Its width divided by its height.
    pub fn aspect(&self) -> f32 {
        self.width as f32 / self.height as f32
    }
}

/// A page being drawn.
#[derive(Clone)]
pub struct Page {
    fonts: &'static Fonts,
    width: f32,
    height: f32,
    ops: Vec<Op>,
    symbols: String,
    used: BTreeMap<FaceId, BTreeSet<char>>,
}

/// Two decimals of a point, 3.5 µm, are more than any printer places; more digits would only swell the file.
fn rounded(points: f32) -> Pt {
    Pt((points * 100.0).round() / 100.0)
}

impl Page {
    /// Width in millimetres.
    pub fn width(&self) -> f32 {
        self.width
    }

    /// Height in millimetres.
    pub fn height(&self) -> f32 {
        self.height
    }

    fn x(&self, x_mm: f32) -> f32 {
        x_mm * POINTS_PER_MM
    }

    fn y(&self, y_mm: f32) -> f32 {
        (self.height - y_mm) * POINTS_PER_MM
    }

    /// Sets one line of text with its baseline at `baseline_mm`, beginning at `x_mm`, in letters of
    /// `size_pt` points. Characters that no font has are shown as 〓. Nothing is broken or cut: see
    /// [`crate::text`] for that.
    pub fn text(&mut self, x_mm: f32, baseline_mm: f32, size_pt: f32, weight: Weight, text: &str) {
        if text.is_empty() {
            return;
        }
        let (mut x, y) = (self.x(x_mm), self.y(baseline_mm));
        let mut runs: Vec<(FaceId, f32, String)> = Vec::new();
        for char in text.chars() {
            let glyph = self.fonts.glyph(weight, char);
            self.used.entry(glyph.face).or_default().insert(glyph.shown);
            match runs.last_mut() {
                Some((face, _, run)) if *face == glyph.face => run.push(glyph.shown),
                _ => runs.push((glyph.face, x, glyph.shown.to_string())),
            }
            x += glyph.advance * size_pt;
        }
        for (face, x, run) in runs {
            self.ops.extend([
                Op::StartTextSection,
                Op::SetFont { font: PdfFontHandle::External(font_id(face)), size: rounded(size_pt) },
                Op::SetTextCursor { pos: printpdf::Point { x: rounded(x), y: rounded(y) } },
                Op::ShowText { items: vec![TextItem::Text(run)] },
                Op::EndTextSection,
            ]);
        }
    }

    /// Draws a QR symbol with the corner of its first module at (`x_mm`, `y_mm`) and modules of `module_mm`.
    /// The quiet zone is the caller's affair.
    pub fn symbol(&mut self, x_mm: f32, y_mm: f32, module_mm: f32, symbol: &Symbol) {
        // Four decimals: a module is multiplied by up to 177, and must not drift from the printer's dots.
        let scale = module_mm * POINTS_PER_MM;
        let (x, y) = (rounded(self.x(x_mm)).0, rounded(self.y(y_mm)).0);
        // Writing to a string cannot fail.
        let _ = writeln!(self.symbols, "q {scale:.4} 0 0 -{scale:.4} {x} {y} cm");
        for corners in symbol.outlines() {
            for (index, (x, y)) in corners.iter().enumerate() {
                let _ = writeln!(self.symbols, "{x} {y} {}", if index == 0 { 'm' } else { 'l' });
            }
        }
        // Filling closes every loop by itself.
        self.symbols.push_str("f* Q\n");
    }

    /// Shows a photograph of this document in a rectangle, which should have its [`Embedded::aspect`].
    pub fn photo(&mut self, x_mm: f32, y_mm: f32, w_mm: f32, h_mm: f32, photo: &Embedded) {
        let transform = XObjectTransform {
            translate_x: Some(rounded(self.x(x_mm))),
            translate_y: Some(rounded(self.y(y_mm + h_mm))),
            scale_x: Some(rounded(w_mm * POINTS_PER_MM).0),
            scale_y: Some(rounded(h_mm * POINTS_PER_MM).0),
            ..XObjectTransform::default()
        };
        self.ops.push(Op::UseXobject { id: photo_id(photo.number), transform });
    }

    /// Fills a rectangle with a grey from 0 (black) to 1 (white).
    pub fn fill(&mut self, x_mm: f32, y_mm: f32, w_mm: f32, h_mm: f32, grey: f32) {
        let mut rectangle = self.rectangle(x_mm, y_mm, w_mm, h_mm);
        rectangle.mode = Some(printpdf::PaintMode::Fill);
        let col = Color::Greyscale(Greyscale { percent: grey.clamp(0.0, 1.0), icc_profile: None });
        self.ops.extend([
            Op::SaveGraphicsState,
            Op::SetFillColor { col },
            Op::DrawRectangle { rectangle },
            Op::RestoreGraphicsState,
        ]);
    }

    /// Draws the outline of a rectangle, `line_pt` points thick, in a grey from 0 (black) to 1 (white).
    pub fn outline(&mut self, x_mm: f32, y_mm: f32, w_mm: f32, h_mm: f32, line_pt: f32, grey: f32) {
        let mut rectangle = self.rectangle(x_mm, y_mm, w_mm, h_mm);
        rectangle.mode = Some(printpdf::PaintMode::Stroke);
        self.stroked(line_pt, grey, Op::DrawRectangle { rectangle });
    }

    fn rectangle(&self, x_mm: f32, y_mm: f32, w_mm: f32, h_mm: f32) -> Rect {
        Rect {
            x: rounded(self.x(x_mm)),
            y: rounded(self.y(y_mm + h_mm)),
            width: rounded(w_mm * POINTS_PER_MM),
            height: rounded(h_mm * POINTS_PER_MM),
            mode: None,
            winding_order: None,
        }
    }

    /// Draws a straight line, `line_pt` points thick, in a grey from 0 (black) to 1 (white).
    pub fn line(&mut self, from_mm: (f32, f32), to_mm: (f32, f32), line_pt: f32, grey: f32) {
        let points = [from_mm, to_mm]
            .map(|(x, y)| printpdf::LinePoint {
                p: printpdf::Point { x: rounded(self.x(x)), y: rounded(self.y(y)) },
                bezier: false,
            })
            .to_vec();
        let line = printpdf::Line { points, is_closed: false };
        self.stroked(line_pt, grey, Op::DrawLine { line });
    }

    fn stroked(&mut self, line_pt: f32, grey: f32, draw: Op) {
        let col = Color::Greyscale(Greyscale { percent: grey.clamp(0.0, 1.0), icc_profile: None });
        self.ops.extend([
            Op::SaveGraphicsState,
            Op::SetOutlineColor { col },
            Op::SetOutlineThickness { pt: rounded(line_pt) },
            draw,
            Op::RestoreGraphicsState,
        ]);
    }
}

impl Document {
    /// An empty document.
    ///
    /// # Errors
    /// [`FontError`] if the fonts compiled into the program are damaged.
    pub fn new(info: DocumentInfo) -> Result<Self, FontError> {
        Ok(Self { fonts: Fonts::get()?, info, language: "ja-JP", photos: Vec::new(), pages: Vec::new() })
    }

    /// Says in which language the document is, as a tag like `en` (BCP 47), for programs that read it aloud.
    /// Japanese unless this is called.
    pub fn set_language(&mut self, tag: &'static str) {
        self.language = tag;
    }

    /// Takes a photograph into the document, once, to be shown as often as wanted.
    pub fn embed(&mut self, photo: Photo) -> Embedded {
        let embedded = Embedded { number: self.photos.len(), width: photo.width(), height: photo.height() };
        self.photos.push(photo);
        embedded
    }

    /// The fonts that text is set in, for measuring.
    pub fn fonts(&self) -> &'static Fonts {
        self.fonts
    }

    /// An empty page of this size in millimetres, to be drawn on and then given to [`Document::push`].
    pub fn page(&self, width_mm: f32, height_mm: f32) -> Page {
        Page {
            fonts: self.fonts,
            width: width_mm,
            height: height_mm,
            ops: Vec::new(),
            symbols: String::new(),
            used: BTreeMap::new(),
        }
    }

    /// Whether it has no page yet.
    pub fn is_empty(&self) -> bool {
        self.pages.is_empty()
    }

    /// Adds a page at the end.
    pub fn push(&mut self, page: Page) {
        self.pages.push(page);
    }

    /// Writes the document.
    ///
    /// # Errors
    /// [`PdfError::Write`] if a font cannot be cut down to the characters used.
    pub fn finish(self) -> Result<Vec<u8>, PdfError> {
        let mut pdf = PdfDocument::new(&self.info.title);
        let info = &mut pdf.metadata.info;
        info.author.clone_from(&self.info.author);
        info.creator = "Hokan".to_owned();
        info.producer = "Hokan".to_owned();
        let created = OffsetDateTime::from_unix_timestamp(self.info.created_unix)
            .map_err(|error| PdfError::Write(error.to_owned()))?;
        info.creation_date = created;
        info.modification_date = created;
        info.metadata_date = created;

        let mut used: BTreeMap<FaceId, BTreeSet<char>> = BTreeMap::new();
        for page in &self.pages {
            for (&face, chars) in &page.used {
                used.entry(face).or_default().extend(chars);
            }
        }
        for (face, chars) in used {
            let font = embedded_font(self.fonts, face, &chars)?;
            pdf.resources.fonts.map.insert(font_id(face), PdfFont::new(font));
        }

        for (number, photo) in self.photos.into_iter().enumerate() {
            pdf.resources.xobjects.map.insert(photo_id(number), photo_object(photo));
        }
        for (number, page) in self.pages.into_iter().enumerate() {
            let mut ops = page.ops;
            if !page.symbols.is_empty() {
                let id = XObjectId(format!("Symbols{number}"));
                let form = symbols_form(page.width, page.height, page.symbols);
                pdf.resources.xobjects.map.insert(id.clone(), form);
                ops.push(Op::UseXobject { id, transform: XObjectTransform::default() });
            }
            pdf.pages.push(PdfPage::new(Mm(page.width), Mm(page.height), ops));
        }
        write(&pdf, self.language)
    }
}

fn photo_id(number: usize) -> XObjectId {
    XObjectId(format!("Photo{number}"))
}

/// A photograph as an object: the JPEG file as it is, which viewers unpack by themselves.
fn photo_object(photo: Photo) -> XObject {
    let name = |name: &str| DictItem::Name(name.as_bytes().to_vec());
    let dict = BTreeMap::from([
        ("Type".to_owned(), name("XObject")),
        ("Subtype".to_owned(), name("Image")),
        ("Width".to_owned(), DictItem::Int(photo.width().into())),
        ("Height".to_owned(), DictItem::Int(photo.height().into())),
        ("ColorSpace".to_owned(), name("DeviceRGB")),
        ("BitsPerComponent".to_owned(), DictItem::Int(8)),
        ("Filter".to_owned(), name("DCTDecode")),
    ]);
    XObject::External(ExternalXObject {
        stream: ExternalStream { dict, content: photo.into_jpeg(), compress: false },
        // With these, printpdf would scale it by itself.
        width: None,
        height: None,
        dpi: None,
    })
}

fn font_id(face: FaceId) -> FontId {
    // Not F1 to F14: printpdf takes those names for the fonts that every viewer has.
    FontId(
        match face {
            FaceId::Regular => "Regular",
            FaceId::Bold => "Bold",
            FaceId::Supplement => "Supplement",
        }
        .to_owned(),
    )
}

/// The font with only the glyphs of `chars`, and the map from them to their new numbers.
fn embedded_font(fonts: &Fonts, face: FaceId, chars: &BTreeSet<char>) -> Result<ParsedFont, PdfError> {
    let failed = |what: &str| PdfError::Write(format!("{}: {what}", face.postscript_name()));
    let mut remapper = subsetter::GlyphRemapper::new();
    let mut glyph_of = BTreeMap::new();
    for &char in chars {
        let glyph = fonts.face(face).glyph_index(char).ok_or_else(|| failed("a glyph is missing"))?;
        glyph_of.insert(u32::from(char), remapper.remap(glyph.0));
    }
    let data = subsetter::subset(face.data(), 0, &remapper).map_err(|error| failed(&error.to_string()))?;
    let mut font = ParsedFont::from_bytes(&data, 0, &mut Vec::new())
        .ok_or_else(|| failed("the part that is used cannot be read"))?;
    // ISO 32000-1, 9.6.4: the name of a font of which only a part is embedded begins with six capitals that
    // tell parts apart.
    let mut hash = Fnv::new();
    hash.update(&data);
    let tag: String = (0..6).map(|place| char::from(b'A' + ((hash.0 >> (8 * place)) % 26) as u8)).collect();
    font.font_name = Some(format!("{tag}+{}", face.postscript_name()));
    font.pdf_font_metrics.us_weight_class = face.weight_class();
    font.codepoint_to_glyph = glyph_of;
    Ok(font)
}

/// All symbols of a page as one form object in the coordinates of the page.
fn symbols_form(width_mm: f32, height_mm: f32, content: String) -> XObject {
    let number = |value: f32| DictItem::Real((value * POINTS_PER_MM).ceil());
    let name = |name: &str| DictItem::Name(name.as_bytes().to_vec());
    let dict = BTreeMap::from([
        ("Type".to_owned(), name("XObject")),
        ("Subtype".to_owned(), name("Form")),
        (
            "BBox".to_owned(),
            DictItem::Array(vec![DictItem::Int(0), DictItem::Int(0), number(width_mm), number(height_mm)]),
        ),
    ]);
    XObject::External(ExternalXObject {
        stream: ExternalStream { dict, content: content.into_bytes(), compress: true },
        width: None,
        height: None,
        dpi: None,
    })
}

fn write(pdf: &PdfDocument, language: &str) -> Result<Vec<u8>, PdfError> {
    let mut warnings = Vec::new();
    let mut document = printpdf::serialize::to_lopdf_doc(pdf, &PdfSaveOptions::default(), &mut warnings);
    if let Some(warning) = warnings.first() {
        return Err(PdfError::Write(warning.msg.clone()));
    }
    let failed = |error: lopdf::Error| PdfError::Write(error.to_string());
    // For /ViewerPreferences /PrintScaling (1.6).
    document.version = "1.7".to_owned();
    let catalog = document.catalog_mut().map_err(failed)?;
    catalog.set("Lang", Object::string_literal(language));
    catalog.set(
        "ViewerPreferences",
        Dictionary::from_iter([
            ("PrintScaling", Object::Name(b"None".to_vec())),
            ("DisplayDocTitle", Object::Boolean(true)),
        ]),
    );
    let info = document.trailer.get(b"Info").and_then(Object::as_reference).map_err(failed)?;
    let info = document.get_object_mut(info).and_then(Object::as_dict_mut).map_err(failed)?;
    for claim in ["GTS_PDFXVersion", "Trapped", "Identifier", "Keywords", "Subject"] {
        // printpdf writes these even when they say nothing.
        info.remove(claim.as_bytes());
    }
    for object in document.objects.values_mut() {
        // A photograph is packed already.
        if let Object::Stream(stream) = object
            && !stream.dict.has(b"Filter")
        {
            pack(stream)?;
        }
    }

    // printpdf numbers documents as it goes along, which would make equal documents differ: take a number
    // that follows from the content instead (ISO 32000-1, 14.4).
    document.trailer.remove(b"ID");
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).map_err(|error| PdfError::Write(error.to_string()))?;
    let mut hash = Fnv::new();
    hash.update(&bytes);
    let first = hash.0;
    hash.update(b"second half");
    let id: Vec<u8> = first.to_be_bytes().into_iter().chain(hash.0.to_be_bytes()).collect();
    let id = Object::String(id, StringFormat::Hexadecimal);
    document.trailer.set("ID", vec![id.clone(), id]);
    bytes.clear();
    document.save_to(&mut bytes).map_err(|error| PdfError::Write(error.to_string()))?;
    Ok(bytes)
}

/// Packs a stream. `lopdf` can do that, but only at the highest level, which takes most of the time of a job
/// and saves a twentieth of its size.
fn pack(stream: &mut lopdf::Stream) -> Result<(), PdfError> {
    let failed = |error: std::io::Error| PdfError::Write(error.to_string());
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(&stream.content).map_err(failed)?;
    let packed = encoder.finish().map_err(failed)?;
    if packed.len() < stream.content.len() {
        stream.dict.set("Filter", Object::Name(b"FlateDecode".to_vec()));
        stream.set_content(packed);
    }
    Ok(())
}

/// FNV-1a with 64 bits: names things, protects nothing.
struct Fnv(u64);

impl Fnv {
    fn new() -> Self {
        Self(0xCBF2_9CE4_8422_2325)
    }

    fn update(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<u8> {
        let info = DocumentInfo {
            title: "ラベル".to_owned(),
            author: "保管町".to_owned(),
            created_unix: 1_790_000_000,
        };
        let mut document = Document::new(info).unwrap();
        let mut page = document.page(100.0, 50.0);
        page.text(5.0, 10.0, 9.0, Weight::Bold, "髙﨑①㈱葛𠮷");
        page.text(5.0, 20.0, 9.0, Weight::Regular, "");
        page.symbol(50.0, 5.0, 0.5, &Symbol::encode("HOKAN:0123456789AB", crate::qr::Level::Q).unwrap());
        page.outline(1.0, 1.0, 98.0, 48.0, 0.25, 0.5);
        page.line((1.0, 1.0), (99.0, 49.0), 0.25, 0.5);
        document.push(page);
        document.finish().unwrap()
    }

    #[test]
    fn the_same_input_gives_the_same_bytes() {
        assert_eq!(sample(), sample());
    }

    #[test]
    fn fonts_are_embedded_in_part_and_the_file_is_small() {
        let bytes = sample();
        assert!(bytes.len() < 40_000, "{}", bytes.len());
        let document = lopdf::Document::load_mem(&bytes).unwrap();
        assert_eq!(document.get_pages().len(), 1);
        let names: Vec<String> = document
            .objects
            .values()
            .filter_map(|object| object.as_dict().ok())
            .filter(|dict| dict.has(b"DescendantFonts"))
            .map(|dict| {
                String::from_utf8_lossy(dict.get(b"BaseFont").unwrap().as_name().unwrap()).into_owned()
            })
            .collect();
        assert_eq!(names.len(), 2, "{names:?}");
        assert!(names.iter().all(|name| name.as_bytes()[6] == b'+'), "{names:?}");
        let catalog = document.catalog().unwrap();
        assert_eq!(catalog.get(b"Lang").unwrap().as_str().unwrap(), b"ja-JP");
    }

    #[test]
    fn text_can_be_taken_out_again() {
        let document = lopdf::Document::load_mem(&sample()).unwrap();
        let text = document.extract_text(&[1]).unwrap();
        for part in ["髙﨑①㈱葛", "𠮷"] {
            assert!(text.contains(part), "{text:?}");
        }
    }

    #[test]
    fn an_impossible_date_is_an_error() {
        let info = DocumentInfo { created_unix: i64::MAX, ..DocumentInfo::default() };
        let document = Document::new(info).unwrap();
        assert!(matches!(document.finish(), Err(PdfError::Write(_))));
    }
}
