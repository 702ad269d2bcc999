//! Finding every QR symbol in a photograph that a stranger may have sent.
//!
//! # How it looks
//! A photograph is first looked at cheaply and, only if something in it stays unread, again with more
//! effort: enlarged and sharpened, smaller, with another threshold, in full size, inverted. Each look goes
//! the same way:
//!
//! 1. The picture becomes black and white by a threshold that follows the light over the picture.
//! 2. The finder patterns (the squares in three corners of a symbol) are searched for, and sets of three that
//!    could belong to one symbol are put in order of likelihood.
//! 3. Of each set the symbol is read: by `rqrr` first where one symbol stands alone in the picture and is
//!    sharp, which it reads best; by the sampler and decoder of `rxing` where there are many or where they
//!    are small; by the other where one fails.
//!
//! Looking ends as soon as everything that looks like a symbol has been read. Symbols seen in several looks
//! are told apart from several symbols with the same text by their place.
//!
//! # What it costs at most
//! Every upload has a bound of memory and of work, whatever is in it. Sizes are checked in the header of a
//! file before anything is decoded. The search for finder patterns and the choice of sets are our own, with
//! caps on both (neither library has any: crafted pictures keep them busy for minutes), each step of either
//! library handles one set only, and time is checked between steps; `rqrr`, in which single steps can go on
//! for ever, reads through a picture that counts every access and ends the attempt when its budget is spent
//! ([`rqrr_look`]). Panics in a library end an attempt, not the process ([`quiet`]).

mod finder;
mod image_file;
mod pixels;
mod quiet;
mod rqrr_look;
mod rxing_look;
mod search;

use std::time::{Duration, Instant};

pub(crate) use image_file::decode_colour;

/// Bounds for one call. The defaults suit photographs from phones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadLimits {
    /// Largest file in bytes. Default: 20 MB.
    pub max_bytes: usize,
    /// Most pixels of a picture. Default: 50 million.
    pub max_pixels: u64,
    /// Longest side in pixels. Default: 12,000.
    pub max_side: u32,
    /// Time for the whole call. Default: 3 s. Decoding the file is not interrupted (it is bounded by the
    /// number of pixels); the search is, within some tens of milliseconds.
    pub time_budget: Duration,
}

impl Default for ReadLimits {
    fn default() -> Self {
        Self {
            max_bytes: 20_000_000,
            max_pixels: 50_000_000,
            max_side: 12_000,
            time_budget: Duration::from_secs(3),
        }
    }
}

/// What was found in a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// Width in pixels of the picture as it is to be looked at, after turning it by its EXIF orientation.
    pub width: u32,
    /// Height likewise.
    pub height: u32,
    /// The symbols, from top to bottom and from left to right. Empty if there is none.
    pub codes: Vec<Found>,
    /// Whether the search went to its end. If not, the time budget ran out or the picture held more that
    /// looked like symbols than can be examined, and there may be more codes.
    pub complete: bool,
}

/// A symbol in a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// What it says, as it stands there. Bytes without a declared character set are taken for UTF-8 if they
    /// are that, else for Shift_JIS or ISO 8859-1, whichever fits.
    pub text: String,
    /// Its corners in pixels of the upright picture: top left, top right, bottom right, bottom left as seen
    /// on the symbol itself (its three finder patterns are top left, top right and bottom left).
    pub corners: [(f32, f32); 4],
}

/// Why a picture was not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// No bytes at all.
    #[error("the file is empty")]
    Empty,
    /// A photograph in HEIC, HEIF or AVIF, which phones can be told to send as JPEG.
    #[error("photographs in HEIC, HEIF or AVIF cannot be read; send the photograph as JPEG")]
    Heif,
    /// Neither JPEG nor PNG nor WebP.
    #[error("this is not a JPEG, PNG or WebP picture{}", kind.map(|kind| format!(" but {kind}")).unwrap_or_default())]
    UnsupportedFormat {
        /// What it is, where that is plain.
        kind: Option<&'static str>,
    },
    /// A file larger than allowed.
    #[error("the file has {found} bytes; at most {limit} are allowed")]
    TooManyBytes {
        /// Its size.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// More or longer pixels than allowed.
    #[error("the picture has {width} × {height} pixels, which is too large")]
    TooManyPixels {
        /// Width by the header of the file.
        width: u32,
        /// Height likewise.
        height: u32,
    },
    /// A file that would take unreasonably long to decode for its size.
    #[error("the picture is stored in a way that takes too long to decode")]
    TooComplex,
    /// The end of the file is missing, as after a broken upload.
    #[error("the picture is incomplete: the end of the file is missing; send it again")]
    Truncated,
    /// The file contradicts itself.
    #[error("the picture is damaged and cannot be decoded")]
    Damaged,
    /// The time budget ran out before any symbol was read.
    #[error("no QR code was found within the time allowed")]
    TimeBudget,
    /// Grey values that are not as many as width times height, or none.
    #[error("{found} grey values were given for {width} × {height} pixels")]
    WrongPixelCount {
        /// Width given.
        width: u32,
        /// Height given.
        height: u32,
        /// How many values were given.
        found: usize,
    },
}

impl ReadError {
    /// A stable word for the kind of error, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "photo-empty",
            Self::Heif => "photo-heif",
            Self::UnsupportedFormat { .. } => "photo-format",
            Self::TooManyBytes { .. } => "photo-too-many-bytes",
            Self::TooManyPixels { .. } => "photo-too-many-pixels",
            Self::TooComplex => "photo-too-complex",
            Self::Truncated => "photo-truncated",
            Self::Damaged => "photo-damaged",
            Self::TimeBudget => "photo-time-budget",
            Self::WrongPixelCount { .. } => "photo-pixel-count",
        }
    }
}

/// The moment at which a call has to be over.
#[derive(Clone, Copy, Debug)]
struct Deadline(Option<Instant>);

impl Deadline {
    fn after(budget: Duration) -> Self {
        // A budget beyond the range of the clock is none.
        Self(Instant::now().checked_add(budget))
    }

    fn passed(self) -> bool {
        self.0.is_some_and(|end| Instant::now() >= end)
    }
}

/// Reads all QR symbols in a JPEG, PNG or WebP file.
///
/// # Errors
/// [`ReadError`] if the file is not such a picture, is too large, incomplete or damaged, or if the time ran
/// out before anything was read. A picture without symbols is not an error.
pub fn read(bytes: &[u8], limits: &ReadLimits) -> Result<Reading, ReadError> {
    let deadline = Deadline::after(limits.time_budget);
    let picture = image_file::decode(bytes, limits)?;
    search::search(&picture, deadline)
}

/// Reads all QR symbols in a picture that is already decoded to grey values, row by row from the top left,
/// 0 for black and 255 for white.
///
/// # Errors
/// [`ReadError::WrongPixelCount`], [`ReadError::TooManyPixels`], [`ReadError::TimeBudget`].
pub fn read_luma(width: u32, height: u32, luma: &[u8], limits: &ReadLimits) -> Result<Reading, ReadError> {
    let deadline = Deadline::after(limits.time_budget);
    check_size(width, height, limits)?;
    if luma.is_empty() || u64::from(width) * u64::from(height) != luma.len() as u64 {
        return Err(ReadError::WrongPixelCount { width, height, found: luma.len() });
    }
    let picture = pixels::Grey { width: width as usize, height: height as usize, data: luma.to_vec() };
    search::search(&picture, deadline)
}

fn check_size(width: u32, height: u32, limits: &ReadLimits) -> Result<(), ReadError> {
    let pixels = u64::from(width) * u64::from(height);
    if pixels > limits.max_pixels || width > limits.max_side || height > limits.max_side {
        return Err(ReadError::TooManyPixels { width, height });
    }
    Ok(())
}
