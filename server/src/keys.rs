//! The key that signs the ledger's checkpoints.
//!
//! It lies in a file of its own, not in the database, so that somebody who can only write the database
//! cannot sign a rewritten history.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use hokan_domain::ledger::note::{NoteError, NoteSigner};
use sha2::{Digest, Sha256};

use crate::entropy::Entropy;

/// The name of the file in the data folder.
pub const FILE: &str = "ledger.key";

/// A key file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// It cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It holds something else.
    #[error("{0} does not hold a ledger key: two lines, the ledger's name and 32 bytes in base64")]
    Malformed(PathBuf),
    /// The ledger's name cannot stand in a signature.
    #[error("the ledger's name cannot be used: {0}")]
    Name(#[from] NoteError),
}

/// The ledger's name and its secret key.
#[derive(Clone)]
pub struct LedgerKey {
    name: String,
    seed: [u8; 32],
    request_secret: [u8; 32],
}

impl fmt::Debug for LedgerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LedgerKey").field("name", &self.name).finish_non_exhaustive()
    }
}

impl LedgerKey {
    /// Makes a key for a ledger of this name.
    ///
    /// # Errors
    /// [`KeyError::Name`] where the name is empty or has a space or a plus sign.
    pub fn new(name: &str, seed: [u8; 32]) -> Result<Self, KeyError> {
        NoteSigner::from_seed(name, &seed)?;
        let mut digest = Sha256::new();
        digest.update(b"hokan/request/v1");
        digest.update(seed);
        Ok(Self { name: name.to_owned(), seed, request_secret: digest.finalize().into() })
    }

    /// Reads the key file, or makes one where there is none. `name` is used only for a new one.
    ///
    /// # Errors
    /// Any [`KeyError`].
    pub fn load_or_create(folder: &Path, name: &str, entropy: &Entropy) -> Result<Self, KeyError> {
        let path = folder.join(FILE);
        match Self::load(folder) {
            Err(KeyError::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
            other => return other,
        }
        let key = Self::new(name, entropy.bytes())?;
        let text = format!("{}\n{}\n", key.name, STANDARD.encode(key.seed));
        write_secret(&path, text.as_bytes()).map_err(|source| KeyError::File { path, source })?;
        Ok(key)
    }

    /// Reads the key file.
    ///
    /// # Errors
    /// Any [`KeyError`].
    pub fn load(folder: &Path) -> Result<Self, KeyError> {
        let path = folder.join(FILE);
        let text =
            fs::read_to_string(&path).map_err(|source| KeyError::File { path: path.clone(), source })?;
        let mut lines = text.lines();
        let seed = match (lines.next(), lines.next(), lines.next()) {
            (Some(name), Some(seed), None) => {
                STANDARD.decode(seed).ok().and_then(|seed| seed.try_into().ok()).map(|seed| (name, seed))
            }
            _ => None,
        };
        let (name, seed) = seed.ok_or(KeyError::Malformed(path))?;
        Self::new(name, seed)
    }

    /// The ledger's name: the origin line of its checkpoints.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.name
    }

    /// Signs in the ledger's name.
    ///
    /// # Errors
    /// [`KeyError::Name`]; not for a key that was made by [`LedgerKey::new`].
    pub fn signer(&self) -> Result<NoteSigner, KeyError> {
        Ok(NoteSigner::from_seed(&self.name, &self.seed)?)
    }

    /// The secret under which requests are digested, so that nobody can try out what a short text was.
    #[must_use]
    pub(crate) fn request_secret(&self) -> &[u8; 32] {
        &self.request_secret
    }
}

/// Writes a file that only its owner may read. It never exists in a readable state, not even for a moment.
pub(crate) fn write_secret(path: &Path, bytes: &[u8]) -> io::Result<()> {
    use std::io::Write;
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
