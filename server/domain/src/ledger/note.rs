//! Signed notes after C2SP *signed-note*: a text, an empty line, and one line for each signature.
//!
//! ```text
//! the text, one or more lines
//!
//! — key name base64(key id || signature)
//! ```
//!
//! Only Ed25519 keys (signature type 1) are used. Signatures by other keys and of other types are kept
//! and ignored, as the specification asks, so that a witness may add its own.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};

use super::hash::{Hash, push_hex, read_hex};

/// The signature type byte of Ed25519.
const ED25519: u8 = 1;
/// What a signature line begins with: an em dash and a space.
const SIGNATURE_START: &str = "— ";
/// More signatures than this are refused (the specification asks for at least 16).
const MAX_SIGNATURES: usize = 100;
/// Longer notes than this, in bytes, are refused.
const MAX_LEN: usize = 1 << 20;

/// Why a note or a key is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// The text is not a signed note.
    #[error("not a signed note: {0}")]
    Malformed(&'static str),
    /// A key name is empty or contains white space or a plus sign.
    #[error("a key name must not be empty nor contain spaces or plus signs")]
    KeyName,
    /// The text is not a verifier key `name+id+base64`.
    #[error("not a verifier key: {0}")]
    VerifierKey(&'static str),
    /// The signature of a known key does not fit the text.
    #[error("the signature of key {0} does not fit the text")]
    BadSignature(String),
    /// None of the known keys has signed.
    #[error("no known key has signed this note")]
    NoKnownKey,
}

/// One signature line, checked for form only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteSignature {
    /// The name of the key.
    pub name: String,
    /// The id of the key.
    pub key_id: [u8; 4],
    /// The signature itself; 64 bytes where the key is an Ed25519 key.
    pub signature: Vec<u8>,
}

/// A text with its signatures, checked for form only until [`SignedNote::verify`].
///
/// Its `Display` is the note as transmitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedNote {
    text: String,
    signatures: Vec<NoteSignature>,
}

/// A secret key with its name. Neither `Debug` nor anything else shows the secret.
#[derive(Clone)]
pub struct NoteSigner {
    name: String,
    key_id: [u8; 4],
    key: SigningKey,
}

/// A public key with its name. Its `Display` is the verifier key `name+id+base64`.
#[derive(Clone, PartialEq, Eq)]
pub struct NoteVerifier {
    name: String,
    key_id: [u8; 4],
    key: VerifyingKey,
}

fn check_name(name: &str) -> Result<(), NoteError> {
    let bad = |c: char| c.is_whitespace() || c == '+' || c < ' ';
    if name.is_empty() || name.contains(bad) { Err(NoteError::KeyName) } else { Ok(()) }
}

/// The first four bytes of SHA-256(name || 0x0A || 0x01 || public key).
fn key_id(name: &str, key: &VerifyingKey) -> [u8; 4] {
    let input = [name.as_bytes(), b"\n", &[ED25519], key.as_bytes()].concat();
    let mut id = [0; 4];
    id.copy_from_slice(&Hash::of(&input).as_bytes()[..4]);
    id
}

/// A note text: lines that each end in a line feed, without other control characters.
fn check_text(text: &str) -> Result<(), NoteError> {
    if !text.ends_with('\n') {
        return Err(NoteError::Malformed("the text does not end with a line feed"));
    }
    if text.bytes().any(|byte| byte < b' ' && byte != b'\n') {
        return Err(NoteError::Malformed("it contains control characters"));
    }
    Ok(())
}

impl NoteSigner {
    /// A signer from its name (best `host/path` without a scheme) and the 32 bytes of an Ed25519 seed.
    ///
    /// # Errors
    /// [`NoteError::KeyName`].
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, NoteError> {
        check_name(name)?;
        let key = SigningKey::from_bytes(seed);
        Ok(Self { name: name.to_owned(), key_id: key_id(name, &key.verifying_key()), key })
    }

    /// The name of the key.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The public half.
    #[must_use]
    pub fn verifier(&self) -> NoteVerifier {
        NoteVerifier { name: self.name.clone(), key_id: self.key_id, key: self.key.verifying_key() }
    }

    /// Signs a text.
    ///
    /// # Errors
    /// [`NoteError::Malformed`] where the text does not end with a line feed, contains other control
    /// characters or is longer than a mebibyte.
    pub fn sign(&self, text: &str) -> Result<SignedNote, NoteError> {
        check_text(text)?;
        if text.len() > MAX_LEN / 2 {
            return Err(NoteError::Malformed("it is too long"));
        }
        let signature = NoteSignature {
            name: self.name.clone(),
            key_id: self.key_id,
            signature: self.key.sign(text.as_bytes()).to_bytes().to_vec(),
        };
        Ok(SignedNote { text: text.to_owned(), signatures: vec![signature] })
    }
}

impl fmt::Debug for NoteSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NoteSigner({})", self.verifier())
    }
}

impl NoteVerifier {
    /// Reads a verifier key `name+id+base64(0x01 || public key)`.
    ///
    /// # Errors
    /// [`NoteError::VerifierKey`] where the form, the type, the key or the id is wrong, and
    /// [`NoteError::KeyName`].
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::VerifierKey("it does not have three parts"));
        };
        check_name(name)?;
        let id =
            read_hex::<4>(id).ok_or(NoteError::VerifierKey("the key id is not eight hexadecimal digits"))?;
        let key = STANDARD.decode(key).map_err(|_| NoteError::VerifierKey("the key is not base64"))?;
        let (Some(&ED25519), Some(key)) = (key.first(), key.get(1..)) else {
            return Err(NoteError::VerifierKey("it is not an Ed25519 key"));
        };
        let key = key.try_into().map_err(|_| NoteError::VerifierKey("an Ed25519 key has 32 bytes"))?;
        let verifier = Self::from_public_key(name, key)?;
        if verifier.key_id == id {
            Ok(verifier)
        } else {
            Err(NoteError::VerifierKey("its id is another key's"))
        }
    }

    /// A verifier from its name and the 32 bytes of an Ed25519 public key.
    ///
    /// # Errors
    /// [`NoteError::KeyName`], and [`NoteError::VerifierKey`] where the bytes are not a sound public key.
    pub fn from_public_key(name: &str, key: &[u8; 32]) -> Result<Self, NoteError> {
        check_name(name)?;
        let key = VerifyingKey::from_bytes(key).map_err(|_| NoteError::VerifierKey("it is not a point"))?;
        if key.is_weak() {
            return Err(NoteError::VerifierKey("it is a weak key"));
        }
        Ok(Self { name: name.to_owned(), key_id: key_id(name, &key), key })
    }

    /// The name of the key.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    fn holds(&self, text: &str, signature: &[u8]) -> bool {
        Signature::from_slice(signature)
            .is_ok_and(|signature| self.key.verify_strict(text.as_bytes(), &signature).is_ok())
    }
}

impl fmt::Display for NoteVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut id = String::new();
        push_hex(&self.key_id, &mut id);
        let key = STANDARD.encode([&[ED25519], &self.key.as_bytes()[..]].concat());
        write!(f, "{}+{id}+{key}", self.name)
    }
}

impl fmt::Debug for NoteVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NoteVerifier({self})")
    }
}

impl SignedNote {
    /// Reads a note without judging its signatures.
    ///
    /// # Errors
    /// [`NoteError::Malformed`] where the form is not exactly that of the specification: UTF-8 without
    /// control characters, a text, an empty line, one to a hundred signature lines and nothing after
    /// them.
    pub fn parse(note: &str) -> Result<Self, NoteError> {
        if note.len() > MAX_LEN {
            return Err(NoteError::Malformed("it is too long"));
        }
        check_text(note)?;
        // The last empty line parts text and signatures; the text keeps its own line feed.
        let at =
            note.rfind("\n\n").ok_or(NoteError::Malformed("there is no empty line before the signatures"))?;
        let (text, lines) = (&note[..=at], &note[at + 2..]);
        let mut signatures = Vec::new();
        for line in lines.split_terminator('\n') {
            if signatures.len() == MAX_SIGNATURES {
                return Err(NoteError::Malformed("there are too many signatures"));
            }
            let (name, blob) = line
                .strip_prefix(SIGNATURE_START)
                .and_then(|rest| rest.split_once(' '))
                .ok_or(NoteError::Malformed("a signature line has another form"))?;
            check_name(name).map_err(|_| NoteError::Malformed("a signature line has a bad key name"))?;
            let blob =
                STANDARD.decode(blob).map_err(|_| NoteError::Malformed("a signature is not base64"))?;
            let Some((key_id, signature)) =
                blob.split_first_chunk::<4>().filter(|(_, rest)| !rest.is_empty())
            else {
                return Err(NoteError::Malformed("a signature is too short"));
            };
            signatures.push(NoteSignature {
                name: name.to_owned(),
                key_id: *key_id,
                signature: signature.to_vec(),
            });
        }
        if signatures.is_empty() {
            return Err(NoteError::Malformed("there is no signature"));
        }
        Ok(Self { text: text.to_owned(), signatures })
    }

    /// The text, with its last line feed. To be ignored unless [`SignedNote::verify`] succeeds.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signature lines.
    #[must_use]
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Adds the signature of another key, such as a new one during a change of keys.
    ///
    /// # Errors
    /// [`NoteError::Malformed`] where there are a hundred signatures already.
    pub fn add_signature(&mut self, signer: &NoteSigner) -> Result<(), NoteError> {
        if self.signatures.len() >= MAX_SIGNATURES {
            return Err(NoteError::Malformed("there are too many signatures"));
        }
        self.signatures.extend(signer.sign(&self.text)?.signatures);
        Ok(())
    }

    /// Checks the signatures against the known keys; gives those that have signed, in the order of
    /// `known`. Signatures of unknown keys do not count either way.
    ///
    /// # Errors
    /// [`NoteError::BadSignature`] where one known key's signature does not fit, even if another's
    /// does; [`NoteError::NoKnownKey`] where no known key has signed.
    pub fn verify<'k>(&self, known: &'k [NoteVerifier]) -> Result<Vec<&'k NoteVerifier>, NoteError> {
        let mut signed = Vec::new();
        for key in known {
            let mut own = self
                .signatures
                .iter()
                .filter(|line| line.name == key.name && line.key_id == key.key_id)
                .peekable();
            if own.peek().is_none() {
                continue;
            }
            if !own.all(|line| key.holds(&self.text, &line.signature)) {
                return Err(NoteError::BadSignature(key.name.clone()));
            }
            signed.push(key);
        }
        if signed.is_empty() { Err(NoteError::NoKnownKey) } else { Ok(signed) }
    }
}

impl fmt::Display for SignedNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        for line in &self.signatures {
            let blob = STANDARD.encode([&line.key_id[..], &line.signature].concat());
            writeln!(f, "{SIGNATURE_START}{} {blob}", line.name)?;
        }
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const ENOCH: &str = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";
    const PETER_SEED: &str = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    const TEXT: &str = "If you think cryptography is the answer to your problem,\n\
                        then you don't know what your problem is.\n";
    const PETER_LINE: &str = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    const ENOCH_LINE: &str = "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n";

    pub(crate) fn signer() -> NoteSigner {
        NoteSigner::from_seed("hokan.example/town", &[9; 32]).unwrap()
    }

    fn peter() -> NoteSigner {
        let seed = STANDARD.decode(PETER_SEED).unwrap();
        NoteSigner::from_seed("PeterNeumann", seed[1..].try_into().unwrap()).unwrap()
    }

    #[test]
    fn the_published_note_is_signed_and_verified_alike() {
        let note = format!("{TEXT}\n{PETER_LINE}");
        assert_eq!(peter().sign(TEXT).unwrap().to_string(), note);
        assert_eq!(peter().verifier().to_string(), PETER);
        let parsed = SignedNote::parse(&note).unwrap();
        assert_eq!(parsed.text(), TEXT);
        assert_eq!(parsed.to_string(), note);
        let keys = [NoteVerifier::parse(ENOCH).unwrap(), NoteVerifier::parse(PETER).unwrap()];
        assert_eq!(parsed.verify(&keys).unwrap(), [&keys[1]]);
        assert_eq!(parsed.verify(&keys[..1]), Err(NoteError::NoKnownKey));
        assert_eq!(parsed.verify(&[]), Err(NoteError::NoKnownKey));
    }

    #[test]
    fn two_published_signatures_count_by_the_keys_that_are_known() {
        let note = SignedNote::parse(&format!("{TEXT}\n{PETER_LINE}{ENOCH_LINE}")).unwrap();
        let keys = [NoteVerifier::parse(PETER).unwrap(), NoteVerifier::parse(ENOCH).unwrap()];
        assert_eq!(note.verify(&keys).unwrap().len(), 2);
        assert_eq!(note.verify(&keys[1..]).unwrap(), [&keys[1]]);
        let mut two = peter().sign(TEXT).unwrap();
        two.add_signature(&signer()).unwrap();
        assert_eq!(two.verify(&[signer().verifier()]).unwrap().len(), 1);
    }

    #[test]
    fn a_known_key_with_a_bad_signature_spoils_the_note() {
        let keys = [NoteVerifier::parse(PETER).unwrap(), NoteVerifier::parse(ENOCH).unwrap()];
        let other = TEXT.replace("cryptography", "cryptographY");
        let note = SignedNote::parse(&format!("{other}\n{PETER_LINE}{ENOCH_LINE}")).unwrap();
        assert_eq!(note.verify(&keys), Err(NoteError::BadSignature("PeterNeumann".to_owned())));
        let longer = format!("{}ABCD{}", &PETER_LINE[..60], &PETER_LINE[60..]);
        let note = SignedNote::parse(&format!("{TEXT}\n{longer}{ENOCH_LINE}")).unwrap();
        assert!(matches!(note.verify(&keys), Err(NoteError::BadSignature(_))));
        assert!(note.verify(&keys[1..]).is_ok());
        // A good and a bad line of the same key.
        let note = SignedNote::parse(&format!("{TEXT}\n{PETER_LINE}{longer}")).unwrap();
        assert!(note.verify(&keys).is_err());
    }

    #[test]
    fn malformed_notes_are_refused() {
        let bad = [
            String::new(),
            TEXT.to_owned(),
            format!("{TEXT}\n"),
            format!("{TEXT}\n{}", PETER_LINE.trim_end()),
            format!("\u{1}{TEXT}\n{PETER_LINE}"),
            format!("{TEXT}\r\n\r\n{PETER_LINE}"),
            format!("{TEXT}\n{PETER_LINE}Unexpected line.\n"),
            format!("{TEXT}\n{PETER_LINE}\n"),
            format!("{TEXT}{PETER_LINE}"),
            format!("{TEXT}\n{}", PETER_LINE.replacen('—', "--", 1)),
            format!("{TEXT}\n{}", PETER_LINE.replacen("PeterNeumann", "Bad Name", 1)),
            format!("{TEXT}\n{}", PETER_LINE.replacen("PeterNeumann", "", 1)),
            format!("{TEXT}\n{}", PETER_LINE.replacen("PeterNeumann", "a+b", 1)),
            format!("{TEXT}\n{}", PETER_LINE.replace("AM=", "AM")),
            format!("{TEXT}\n— PeterNeumann x08gow==\n"),
            format!("{TEXT}\n— PeterNeumann\n"),
            format!("{TEXT}\n{}", PETER_LINE.repeat(101)),
            format!("{}\n{PETER_LINE}", TEXT.repeat(20_000)),
        ];
        for note in &bad {
            assert!(matches!(SignedNote::parse(note), Err(NoteError::Malformed(_))), "{:.80}", note);
        }
        assert!(SignedNote::parse(&format!("{TEXT}\n{}", PETER_LINE.repeat(100))).is_ok());
        // Empty lines within the text are the text's own.
        let poem = "a\n\nb\n";
        let note = signer().sign(poem).unwrap();
        assert_eq!(SignedNote::parse(&note.to_string()).unwrap().text(), poem);
        assert!(signer().sign("no line feed").is_err());
        assert!(signer().sign("tab\t\n").is_err());
    }

    #[test]
    fn every_mangled_verifier_key_is_refused() {
        for from in 0..=PETER.len() {
            for to in from..=PETER.len() {
                assert_eq!(NoteVerifier::parse(&PETER[from..to]).is_ok(), to - from == PETER.len());
            }
        }
        for at in 0..PETER.len() {
            let mut bytes = PETER.as_bytes().to_vec();
            bytes[at] += 1;
            assert!(NoteVerifier::parse(&String::from_utf8(bytes).unwrap()).is_err(), "{at}");
        }
        // Right ids over a key of the wrong length and of an unknown type.
        for bad in [
            "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
            "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        ] {
            assert!(NoteVerifier::parse(bad).is_err());
        }
        assert!(NoteVerifier::from_public_key("a", &[0; 32]).is_err());
        for name in ["", "a b", "a+b", "保\u{3000}管", "a\nb"] {
            assert_eq!(NoteSigner::from_seed(name, &[1; 32]).err(), Some(NoteError::KeyName));
        }
    }

    #[test]
    fn a_signer_does_not_show_its_secret() {
        assert_eq!(format!("{:?}", peter()), format!("NoteSigner({PETER})"));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_readers_panic(text in "[a-z\n— +=]{0,60}") {
            let _ = SignedNote::parse(&text);
            let _ = NoteVerifier::parse(&text);
        }

        #[test]
        fn any_text_signs_and_reads_back(lines in prop::collection::vec("[^\\x00-\\x1f]{0,20}", 1..6)) {
            let text = lines.join("\n") + "\n";
            let note = signer().sign(&text).unwrap();
            let parsed = SignedNote::parse(&note.to_string()).unwrap();
            prop_assert_eq!(parsed.text(), text);
            prop_assert!(parsed.verify(&[signer().verifier()]).is_ok());
        }
    }
}
