//! How many observations one account may hand in. They are never refused for what they say, so without a bound
//! anybody who signs in could fill the ledger, and keep everybody else waiting before its one writer.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use hokan_domain::ids::PersonId;

/// The most that is taken in from one account within [`SPAN`]. More than anybody can scan in that time, and
/// several days' work of a phone that had no signal.
const MOST: usize = 3_000;
/// Over how long they are counted.
const SPAN: TimeDelta = TimeDelta::hours(1);

/// What came in lately, by account. Forgotten when the server starts anew.
#[derive(Debug, Default)]
pub(super) struct Arrivals(Mutex<HashMap<PersonId, (DateTime<Utc>, usize)>>);

impl Arrivals {
    /// Counts observations that came in now.
    ///
    /// # Errors
    /// How long to wait, where there were too many. Then nothing is counted, and the phone keeps its queue.
    pub(super) fn admit(&self, person: PersonId, count: usize, now: DateTime<Utc>) -> Result<(), TimeDelta> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, (since, _)| now.signed_duration_since(*since) < SPAN);
        let (since, taken) = known.entry(person).or_insert((now, 0));
        if *taken > 0 && *taken + count > MOST {
            return Err(*since + SPAN - now);
        }
        *taken += count;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn an_account_is_bounded_by_the_hour_and_no_other_account_waits_for_it() {
        let (arrivals, now) = (Arrivals::default(), DateTime::<Utc>::UNIX_EPOCH);
        let (one, other) = (PersonId(Uuid::from_u128(1)), PersonId(Uuid::from_u128(2)));
        for _ in 0..MOST / 500 {
            assert_eq!(arrivals.admit(one, 500, now), Ok(()));
        }
        let later = now + TimeDelta::minutes(20);
        assert_eq!(arrivals.admit(one, 1, later), Err(TimeDelta::minutes(40)));
        assert_eq!(arrivals.admit(other, 500, later), Ok(()));
        assert_eq!(arrivals.admit(one, 1, now + SPAN), Ok(()));
    }
}
