//! How long the trail of what people did (操作履歴) is kept, and what of it may go.
//!
//! The trail is what was looked at, signed in to and printed. The ledger is no part of it and never goes. It
//! holds a seal of each day of the trail ([`seal`]), by which what is still there is proven after older days
//! have gone, and each review of it with who signed it off ([`review`]).

pub mod review;
pub mod seal;

use chrono::{Days, Months, NaiveDate};

use crate::{
    profile::Profile,
    refusal::{Reason, Refusal},
};

/// The last day on which the entries of this day must still be there. A period of years runs from the day
/// after and ends with the day of the same name (民法 第140条・第143条).
#[must_use]
pub fn kept_until(profile: &Profile, day: NaiveDate) -> NaiveDate {
    let months = profile.log_years.0.saturating_mul(12);
    day.checked_add_months(Months::new(months)).unwrap_or(NaiveDate::MAX)
}

/// The first day whose entries must be kept today: those of every day before it may go.
#[must_use]
pub fn keep_from(profile: &Profile, today: NaiveDate) -> NaiveDate {
    let months = profile.log_years.0.saturating_mul(12);
    let mut day = today.checked_sub_months(Months::new(months)).unwrap_or(NaiveDate::MIN);
    // Seven years before 29 February lies 28 February, whose own seven years ended a day ago.
    while kept_until(profile, day) < today {
        let Some(next) = day.checked_add_days(Days::new(1)) else { break };
        day = next;
    }
    day
}

/// The first day on which the entries of this day may go.
#[must_use]
pub fn may_go_on(profile: &Profile, day: NaiveDate) -> NaiveDate {
    kept_until(profile, day).checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX)
}

/// Whether the entries before the day `cut` may be purged today. `oldest_kept` is the day of the oldest entry
/// that there is.
///
/// # Errors
/// [`Reason::TrailTooYoung`] with the first day that must be kept, by the clause that says for how long.
pub fn may_prune(
    profile: &Profile,
    oldest_kept: NaiveDate,
    cut: NaiveDate,
    today: NaiveDate,
) -> Result<(), Refusal> {
    let keep_from = keep_from(profile, today);
    // Where nothing lies before the cut nothing would go.
    if cut <= keep_from || cut <= oldest_kept {
        return Ok(());
    }
    Err(Refusal::by(&profile.log_years.1, Reason::TrailTooYoung { keep_from }))
}
