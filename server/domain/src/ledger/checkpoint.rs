//! Checkpoints after C2SP *tlog-checkpoint*: size and root of the tree as a signed note.
//!
//! ```text
//! hokan.example/town
//! 20852163
//! CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
//!
//! — hokan.example/town Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+…
//! ```
//!
//! The whole note, about 200 bytes, goes into a QR code on every report: it can be checked by itself
//! later. [`Checkpoint::short`] is for people who compare paper and screen.

use super::frontier::read_decimal;
use super::hash::{Hash, HashError};
use super::note::{NoteError, NoteSigner, NoteVerifier, SignedNote};

/// Size and root of the tree at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The name of the ledger, best `host/path` without a scheme. Not empty.
    pub origin: String,
    /// How many entries the root covers.
    pub size: u64,
    /// The root of the tree of that size.
    pub root: Hash,
    /// Further lines, none of them empty. Hokan writes none.
    pub extensions: Vec<String>,
}

/// Why a checkpoint is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The note around it is refused.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The text lacks its three lines or has an empty one.
    #[error("the checkpoint does not have its three lines")]
    Lines,
    /// The second line is not a decimal number without leading zeros.
    #[error("the size in the checkpoint is not a number")]
    Size,
    /// The third line is not the base64 of 32 bytes, or not the root of the empty tree at size 0.
    #[error("the root in the checkpoint is not a hash or not that of the empty tree")]
    Root,
    /// The checkpoint is another ledger's.
    #[error("the checkpoint belongs to {found}, not to {expected}")]
    Origin {
        /// Whose it should be.
        expected: String,
        /// Whose it is.
        found: String,
    },
}

impl CheckpointError {
    /// The reason in Japanese, without a full stop.
    #[must_use]
    pub fn ja(&self) -> String {
        match self {
            Self::Note(NoteError::NoKnownKey) => "知っている鍵の署名がありません".to_owned(),
            Self::Note(NoteError::BadSignature(name)) => format!("鍵{name}の署名が合いません"),
            Self::Note(_) => "署名付きの形式になっていません".to_owned(),
            Self::Lines => "必要な3行がそろっていません".to_owned(),
            Self::Size => "件数を読み取れません".to_owned(),
            Self::Root => "ルートハッシュが正しくありません".to_owned(),
            Self::Origin { expected, found } => format!("{expected}ではなく{found}の台帳のものです"),
        }
    }
}

impl From<HashError> for CheckpointError {
    fn from(_: HashError) -> Self {
        Self::Root
    }
}

impl Checkpoint {
    /// A checkpoint without extension lines.
    #[must_use]
    pub fn new(origin: &str, size: u64, root: Hash) -> Self {
        Self { origin: origin.to_owned(), size, root, extensions: Vec::new() }
    }

    /// The text that is signed.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("{}\n{}\n{}\n", self.origin, self.size, self.root.to_base64());
        for line in &self.extensions {
            text.push_str(line);
            text.push('\n');
        }
        text
    }

    /// Reads the text of a checkpoint.
    ///
    /// # Errors
    /// [`CheckpointError::Lines`], [`CheckpointError::Size`] or [`CheckpointError::Root`].
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let mut lines = text.strip_suffix('\n').ok_or(CheckpointError::Lines)?.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(CheckpointError::Lines);
        };
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        if origin.is_empty() || extensions.iter().any(String::is_empty) {
            return Err(CheckpointError::Lines);
        }
        let size = read_decimal(size).ok_or(CheckpointError::Size)?;
        Ok(Self { origin: origin.to_owned(), size, root: Hash::from_base64(root)?, extensions })
    }

    /// Signs the checkpoint.
    ///
    /// # Errors
    /// What [`Checkpoint::parse`] says of the text, so that nothing is signed that cannot be read
    /// back, and what [`NoteSigner::sign`] says of it.
    pub fn sign(&self, signer: &NoteSigner) -> Result<SignedNote, CheckpointError> {
        let text = self.text();
        if Self::parse(&text)? != *self {
            return Err(CheckpointError::Lines);
        }
        Ok(signer.sign(&text)?)
    }

    /// Reads a signed checkpoint and checks it: form, signature by one of `keys` at least, and that it
    /// is the ledger's own where `origin` is given.
    ///
    /// # Errors
    /// [`CheckpointError`] says which of them fails.
    pub fn open(note: &str, keys: &[NoteVerifier], origin: Option<&str>) -> Result<Self, CheckpointError> {
        let note = SignedNote::parse(note)?;
        note.verify(keys)?;
        let checkpoint = Self::parse(note.text())?;
        match origin {
            Some(expected) if checkpoint.origin != expected => {
                Err(CheckpointError::Origin { expected: expected.to_owned(), found: checkpoint.origin })
            }
            _ => Ok(checkpoint),
        }
    }

    /// Size and the first 160 bits of the root for reading aloud:
    /// `20852163 / 0ac5 186a 9186 3e8e 1d90 c808 014a a89b f5da 8e3e`.
    #[must_use]
    pub fn short(&self) -> String {
        let mut text = format!("{} /", self.size);
        let mut root = String::with_capacity(64);
        self.root.push_hex(&mut root);
        for (at, digit) in root.chars().take(40).enumerate() {
            if at % 4 == 0 {
                text.push(' ');
            }
            text.push(digit);
        }
        text
    }

    /// Whether a text typed from paper is this checkpoint's [`Checkpoint::short`]; spaces, the stroke
    /// and the case of letters do not matter as long as size and digits stay apart.
    #[must_use]
    pub fn matches_short(&self, typed: &str) -> bool {
        let squeeze = |text: &str| {
            let (size, digits) = text.trim().split_once(|c: char| c == '/' || c.is_whitespace())?;
            let digits: String = digits.chars().filter(|c| *c != '/' && !c.is_whitespace()).collect();
            Some((size.to_owned(), digits.to_ascii_lowercase()))
        };
        let typed = squeeze(typed);
        typed.is_some() && typed == squeeze(&self.short())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::note::tests::signer;
    use proptest::prelude::*;

    const PUBLISHED: &str =
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

    #[test]
    fn the_published_text_reads_and_writes() {
        let checkpoint = Checkpoint::parse(PUBLISHED).unwrap();
        assert_eq!(
            (checkpoint.origin.as_str(), checkpoint.size),
            ("example.com/behind-the-sofa", 20_852_163)
        );
        assert_eq!(checkpoint.text(), PUBLISHED);
        assert_eq!(checkpoint.short(), "20852163 / 0ac5 186a 9186 3e8e 1d90 c808 014a a89b f5da 8e3e");
    }

    #[test]
    fn a_signed_checkpoint_opens_with_its_key_and_origin_only() {
        let checkpoint = Checkpoint::new("hokan.example/town", 0, Hash::EMPTY_ROOT);
        let note = checkpoint.sign(&signer()).unwrap().to_string();
        let keys = [signer().verifier()];
        assert_eq!(Checkpoint::open(&note, &keys, Some("hokan.example/town")), Ok(checkpoint.clone()));
        assert_eq!(Checkpoint::open(&note, &keys, None), Ok(checkpoint));
        assert!(matches!(Checkpoint::open(&note, &keys, Some("other")), Err(CheckpointError::Origin { .. })));
        assert!(matches!(
            Checkpoint::open(&note, &[], None),
            Err(CheckpointError::Note(NoteError::NoKnownKey))
        ));
        let changed = note.replacen("\n0\n", "\n1\n", 1);
        assert!(matches!(
            Checkpoint::open(&changed, &keys, None),
            Err(CheckpointError::Note(NoteError::BadSignature(_)))
        ));
        assert!(note.len() < 250, "{}", note.len());
    }

    #[test]
    fn malformed_texts_are_refused() {
        use CheckpointError::{Lines, Root, Size};
        let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
        for (text, error) in [
            (String::new(), Lines),
            (format!("a\n1\n{root}"), Lines),
            ("a\n1\n".to_owned(), Lines),
            (format!("\n1\n{root}\n"), Lines),
            (format!("a\n1\n{root}\n\n"), Lines),
            (format!("a\n1\n{root}\next\n\nmore\n"), Lines),
            (format!("a\n01\n{root}\n"), Size),
            (format!("a\n-1\n{root}\n"), Size),
            (format!("a\n１\n{root}\n"), Size),
            (format!("a\n\n{root}\n"), Size),
            (format!("a\n18446744073709551616\n{root}\n"), Size),
            (format!("a\n1\n{}\n", &root[..40]), Root),
            (format!("a\n1\n{} \n", root), Root),
            ("a\n1\nAAAA\n".to_owned(), Root),
        ] {
            assert_eq!(Checkpoint::parse(&text), Err(error), "{text:?}");
        }
        let mut bad = Checkpoint::new("a\n5", 1, Hash::EMPTY_ROOT);
        assert!(bad.sign(&signer()).is_err());
        bad = Checkpoint::new("a", 1, Hash::EMPTY_ROOT);
        bad.extensions = vec!["x\ny".to_owned()];
        assert_eq!(bad.sign(&signer()).err(), Some(Lines));
        bad.extensions = vec!["witness 1".to_owned()];
        assert!(bad.sign(&signer()).is_ok());
    }

    #[test]
    fn the_short_form_can_be_typed_from_paper() {
        let checkpoint = Checkpoint::parse(PUBLISHED).unwrap();
        let short = checkpoint.short();
        assert!(checkpoint.matches_short(&short));
        assert!(checkpoint.matches_short(" 20852163/0AC5186A 91863e8e1d90c808014aa89bf5da8e3e "));
        assert!(checkpoint.matches_short(&short.replace(" / ", " ")));
        for bad in ["", "20852163", &short[1..], &short[..short.len() - 1], &short.replace('9', "8")] {
            assert!(!checkpoint.matches_short(bad), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_checkpoint_reads_back(
            origin in "[^\\x00-\\x1f]{1,30}",
            size: u64,
            root: [u8; 32],
            extensions in prop::collection::vec("[^\\x00-\\x1f]{1,20}", 0..3),
        ) {
            let checkpoint = Checkpoint { origin, size, root: Hash::new(root), extensions };
            let note = checkpoint.sign(&signer()).unwrap().to_string();
            prop_assert_eq!(Checkpoint::open(&note, &[signer().verifier()], None), Ok(checkpoint));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "[a\n0-9=/+ ]{0,80}") {
            let _ = Checkpoint::parse(&text);
        }
    }
}
