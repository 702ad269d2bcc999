//! When to try again, when to give up, and when to stop sending to an endpoint.
//!
//! Pure: how often it failed, a random number and the time are arguments. The delays are the example schedule
//! of the [Standard Webhooks specification, 1.0.0][spec], section "Deliverability and reliability"; mail
//! keeps to the same.
//!
//! [spec]: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// How long to wait after the first, second … failed attempt. The first attempt is made at once.
pub const SCHEDULE: [TimeDelta; 9] = [
    TimeDelta::seconds(5),
    TimeDelta::minutes(5),
    TimeDelta::minutes(30),
    TimeDelta::hours(2),
    TimeDelta::hours(5),
    TimeDelta::hours(10),
    TimeDelta::hours(14),
    TimeDelta::hours(20),
    TimeDelta::hours(24),
];

/// How often one message is tried: once at once, and once after each delay of the [`SCHEDULE`].
pub const MOST_ATTEMPTS: u32 = SCHEDULE.len() as u32 + 1;

/// The most that chance adds to a delay, as a part of it: a fifth.
///
/// With more, a delay could come out longer than the next one (20 hours and a fifth are 24 hours).
const JITTER_IS_ONE_IN: i64 = 5;

/// The longest wait that a receiver may ask for.
pub const LONGEST_ASKED_FOR: TimeDelta = TimeDelta::hours(24);

/// What to do with a message after an attempt that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Try again after this long.
    After(TimeDelta),
    /// Not again: it was tried [`MOST_ATTEMPTS`] times.
    GivesUp,
}

/// What to do after `failed` attempts, of which none succeeded.
///
/// `jitter` is any random number; it spreads what failed together, and adds up to a fifth of the delay.
/// `asked_for` is what the receiver asked for (`Retry-After`), if it did: it can make the wait longer, up to
/// [`LONGEST_ASKED_FOR`], and never shorter.
///
/// Without `asked_for`, a later attempt never waits less than an earlier one, whatever the random numbers,
/// and none waits longer than 28 hours and 48 minutes.
#[must_use]
pub fn next(failed: u32, jitter: u32, asked_for: Option<TimeDelta>) -> Next {
    let Some(index) = failed.checked_sub(1) else { return Next::After(TimeDelta::zero()) };
    let delay = usize::try_from(index).ok().and_then(|index| SCHEDULE.get(index));
    let Some(delay) = delay else { return Next::GivesUp };
    // At most a fifth of a day in milliseconds times 2³²: far from the end of 64 bits.
    let chance = ((delay.num_milliseconds() / JITTER_IS_ONE_IN) * i64::from(jitter)) >> u32::BITS;
    let delay = *delay + TimeDelta::milliseconds(chance);
    Next::After(asked_for.map_or(delay, |asked_for| delay.max(asked_for.min(LONGEST_ASKED_FOR))))
}

/// When an endpoint is to be disabled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patience {
    /// After so many messages in a row that were given up. At least 1; 0 is taken for 1.
    pub exhausted: u32,
    /// After an attempt that failed so long after the first of an unbroken row of failures, in seconds.
    pub failing_seconds: u32,
}

impl Default for Patience {
    /// Three messages in a row, or five days.
    fn default() -> Self {
        Self { exhausted: 3, failing_seconds: 5 * 24 * 60 * 60 }
    }
}

/// What became of one attempt to reach an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was delivered.
    Delivered,
    /// It failed, and will be tried again.
    Failed,
    /// It failed, and will not be tried again.
    Exhausted,
    /// The receiver says that it wants no more (410 Gone).
    Gone,
}

/// Why an endpoint is to be disabled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "reason")]
pub enum Disable {
    /// The receiver says that it wants no more (410 Gone).
    Gone,
    /// Too many messages in a row were given up.
    Exhausted {
        /// So many.
        messages: u32,
    },
    /// Every attempt has failed for too long.
    Failing {
        /// Since then.
        since: DateTime<Utc>,
    },
}

/// How an endpoint has been doing. The caller keeps it beside the endpoint; a new endpoint, and one that was
/// enabled again, starts with the default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// Messages in a row that were given up.
    pub exhausted: u32,
    /// The first failure after the last success.
    pub failing_since: Option<DateTime<Utc>>,
}

impl Health {
    /// How the endpoint has been doing after one more attempt, and whether it is to be disabled now.
    #[must_use]
    pub fn after(self, outcome: Outcome, now: DateTime<Utc>, patience: Patience) -> (Self, Option<Disable>) {
        if outcome == Outcome::Delivered {
            return (Self::default(), None);
        }
        // A clock that was set back must not make a row of failures begin in the future.
        let since = self.failing_since.map_or(now, |since| since.min(now));
        let given_up = u32::from(outcome == Outcome::Exhausted);
        let health = Self { exhausted: self.exhausted.saturating_add(given_up), failing_since: Some(since) };
        let disable = if outcome == Outcome::Gone {
            Some(Disable::Gone)
        } else if given_up > 0 && health.exhausted >= patience.exhausted.max(1) {
            Some(Disable::Exhausted { messages: health.exhausted })
        } else if now - since >= TimeDelta::seconds(i64::from(patience.failing_seconds)) {
            Some(Disable::Failing { since })
        } else {
            None
        };
        (health, disable)
    }
}
