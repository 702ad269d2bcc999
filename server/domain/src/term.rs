//! How long somebody serves (任用期間).

use chrono::NaiveDate;

use crate::{
    profile::Profile,
    refusal::{Reason, Refusal},
};

/// Whether a person whose term of appointment ends on this day, inclusive, still serves. A person without a
/// term serves on.
///
/// # Errors
/// [`Reason::TermEnded`], by the clause that ties authority to the term where the regulation has one.
pub fn still_serves(term_end: Option<NaiveDate>, today: NaiveDate, profile: &Profile) -> Result<(), Refusal> {
    match term_end {
        Some(on) if on < today => Err(profile.refuse(Reason::TermEnded { on })),
        _ => Ok(()),
    }
}
