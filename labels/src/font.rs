//! The fonts that documents are set in.
//!
//! BIZ UDGothic (Morisawa), regular and bold, made to be told apart at small sizes, which is what a label
//! needs: `0` and `O`, `1` and `l`, half-width letters of one width. It lacks rarer characters that stand
//! in names of people and places (𠮷, and most of CJK extension A and B); these come from a supplement, the
//! part of Noto Sans JP that BIZ UDGothic does not have. What neither has is shown as 〓, as printers in
//! Japan have always marked a missing type. All fonts are under the SIL Open Font License; see `fonts/`.

use std::sync::OnceLock;
use ttf_parser::{Face, GlyphId};

/// How heavy the letters are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// For most text.
    Regular,
    /// For what is to be seen first.
    Bold,
}

/// One of the font files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FaceId {
    /// BIZ UDGothic Regular.
    Regular,
    /// BIZ UDGothic Bold.
    Bold,
    /// The characters of Noto Sans JP Medium that BIZ UDGothic lacks. Its weight lies between the other
    /// two, so it stands in for both.
    Supplement,
}

impl FaceId {
    /// All of them, in order.
    pub const ALL: [Self; 3] = [Self::Regular, Self::Bold, Self::Supplement];

    fn index(self) -> usize {
        match self {
            Self::Regular => 0,
            Self::Bold => 1,
            Self::Supplement => 2,
        }
    }

    /// The PostScript name of the font.
    pub fn postscript_name(self) -> &'static str {
        match self {
            Self::Regular => "BIZUDGothic-Regular",
            Self::Bold => "BIZUDGothic-Bold",
            Self::Supplement => "NotoSansJP-Medium",
        }
    }

    /// Weight class of OpenType (OS/2), 100 to 900.
    pub fn weight_class(self) -> u16 {
        match self {
            Self::Regular => 400,
            Self::Bold => 700,
            Self::Supplement => 500,
        }
    }

    /// The whole font file.
    pub fn data(self) -> &'static [u8] {
        match self {
            Self::Regular => include_bytes!("../fonts/BIZUDGothic-Regular.ttf"),
            Self::Bold => include_bytes!("../fonts/BIZUDGothic-Bold.ttf"),
            Self::Supplement => include_bytes!("../fonts/NotoSansJP-Medium-Supplement.ttf"),
        }
    }
}

/// How one character is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Glyph {
    /// From which font.
    pub face: FaceId,
    /// Its number there.
    pub id: u16,
    /// The character that the glyph shows: the one asked for, or 〓 where no font has it.
    pub shown: char,
    /// Width in em: times the size in points it is the width in points.
    pub advance: f32,
}

/// A font file could not be read. The files are part of the program, so this means that it was built wrongly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the built-in font {0} cannot be read")]
pub struct FontError(pub &'static str);

/// All fonts, parsed.
pub struct Fonts {
    faces: [Face<'static>; 3],
}

/// Shown in place of a character that no font has.
const MISSING: char = '〓';

impl Fonts {
    /// The fonts, parsed at the first call and kept for the life of the process.
    ///
    /// # Errors
    /// [`FontError`] if the files compiled into the program are damaged.
    pub fn get() -> Result<&'static Self, FontError> {
        static FONTS: OnceLock<Result<Fonts, FontError>> = OnceLock::new();
        FONTS.get_or_init(Self::parse).as_ref().map_err(|error| *error)
    }

    fn parse() -> Result<Self, FontError> {
        let parse = |id: FaceId| Face::parse(id.data(), 0).map_err(|_| FontError(id.postscript_name()));
        let [regular, bold, supplement] = FaceId::ALL.map(parse);
        Ok(Self { faces: [regular?, bold?, supplement?] })
    }

    /// The glyph for a character; always one, at worst the one for a missing type.
    pub fn glyph(&self, weight: Weight, char: char) -> Glyph {
        let own = match weight {
            Weight::Regular => FaceId::Regular,
            Weight::Bold => FaceId::Bold,
        };
        self.lookup(own, char)
            .or_else(|| self.lookup(FaceId::Supplement, char))
            .or_else(|| self.lookup(own, MISSING))
            .unwrap_or(Glyph { face: own, id: 0, shown: char, advance: 1.0 })
    }

    /// Whether a character can be shown as itself.
    pub fn has(&self, char: char) -> bool {
        char == MISSING || self.glyph(Weight::Regular, char).shown == char
    }

    /// The parsed font file.
    pub fn face(&self, id: FaceId) -> &Face<'static> {
        &self.faces[id.index()]
    }

    fn lookup(&self, id: FaceId, char: char) -> Option<Glyph> {
        let face = self.face(id);
        let GlyphId(glyph) = face.glyph_index(char).filter(|glyph| glyph.0 != 0)?;
        let advance = f32::from(face.glyph_hor_advance(GlyphId(glyph)).unwrap_or(face.units_per_em()))
            / f32::from(face.units_per_em());
        Some(Glyph { face: id, id: glyph, shown: char, advance })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_symbols_of_japan_are_there() {
        let fonts = Fonts::get().unwrap();
        for char in "長崎県市町村職員共済組合髙﨑①㈱葛〒～−‐―ｱｶﾞ々〆ヶ𠮷A0z".chars()
        {
            assert!(fonts.has(char), "{char}");
            for weight in [Weight::Regular, Weight::Bold] {
                assert_eq!(fonts.glyph(weight, char).shown, char);
            }
        }
        assert_eq!(fonts.glyph(Weight::Bold, '𠮷').face, FaceId::Supplement);
        assert_eq!(fonts.glyph(Weight::Bold, '吉').face, FaceId::Bold);
    }

    #[test]
    fn what_no_font_has_is_marked() {
        let fonts = Fonts::get().unwrap();
        assert!(!fonts.has('\u{1F600}'));
        assert_eq!(fonts.glyph(Weight::Regular, '\u{1F600}').shown, '〓');
        assert_eq!(fonts.glyph(Weight::Regular, '\u{1F600}').face, FaceId::Regular);
    }

    #[test]
    fn letters_of_codes_have_one_width() {
        let fonts = Fonts::get().unwrap();
        for char in "0123456789ABCDEFGHJKMNPQRSTVWXYZ-".chars() {
            assert_eq!(fonts.glyph(Weight::Bold, char).advance, 0.5, "{char}");
        }
        assert_eq!(fonts.glyph(Weight::Bold, '保').advance, 1.0);
    }
}
