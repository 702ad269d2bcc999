//! How long somebody serves (任用期間).

use chrono::NaiveDate;

use crate::{
    authority::earlier,
    person::{Part, Person, RoleHeld},
    profile::{HANDLER, Profile},
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

/// Gives a person what he holds on a day, and nothing beyond his term or his last day: whoever has left may not act
/// at all; whoever's term is over signs in, so that he can give back what he has, and plays no part. A designation
/// in force makes a handler. The one place that says so.
pub fn take_effect(
    person: &mut Person,
    term_end: Option<NaiveDate>,
    left_on: Option<NaiveDate>,
    held: impl IntoIterator<Item = RoleHeld>,
    today: NaiveDate,
) {
    if left_on.is_some_and(|last| last < today) {
        person.active = false;
    }
    if earlier(term_end, left_on).is_some_and(|last| last < today) {
        person.parts.clear();
        person.roles.clear();
        return;
    }
    for held in held {
        if held.role.0 == HANDLER {
            person.parts.insert(Part::Handler);
        } else {
            person.roles.insert(held);
        }
    }
}
