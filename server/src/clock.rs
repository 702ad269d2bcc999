//! Where the time comes from.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, SubsecRound, Utc};

/// The source of the current time, given to everything that needs it, so that tests can move it.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    System,
    Moved(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still until it is moved.
    #[must_use]
    pub fn standing_at(at: DateTime<Utc>) -> Self {
        Self(Source::Moved(Arc::new(AtomicI64::new(at.timestamp_millis()))))
    }

    /// Moves a standing clock, with all its clones; the machine's clock cannot be moved.
    pub fn set(&self, at: DateTime<Utc>) {
        if let Source::Moved(millis) = &self.0 {
            millis.store(at.timestamp_millis(), Ordering::SeqCst);
        }
    }

    /// Now, to the millisecond: what the ledger keeps, so that a value read back equals the value written.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one place that may read the wall clock")]
    pub fn now(&self) -> DateTime<Utc> {
        match &self.0 {
            Source::System => Utc::now().trunc_subsecs(3),
            Source::Moved(millis) => {
                DateTime::from_timestamp_millis(millis.load(Ordering::SeqCst)).unwrap_or_default()
            }
        }
    }
}
