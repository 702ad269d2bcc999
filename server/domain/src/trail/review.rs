//! Looking through the trail again and again, and signing off that one did (利用状況の記録の分析, ログの点検).

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    approval,
    event::Stamp,
    ids::{PersonId, TrailReviewId},
    person::{Part, Person},
    profile::{Inspection, Profile, RoleId},
    refusal::{Reason, Refusal},
    text::TextRef,
};

/// What the ledger calls the subject of these events.
pub const SUBJECT_KIND: &str = "trail-review";

/// The inspection of the profile at which the trail is looked through.
pub const INSPECTION: &str = "log-review";

/// That somebody looked through the trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ReviewEvent {
    /// The trail of these days was looked through.
    Reviewed {
        /// By whom.
        by: PersonId,
        /// In which role; none where the regulation names nobody.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        role: Option<RoleId>,
        /// For whom, where he is a deputy.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deputy_for: Option<PersonId>,
        /// The first day.
        from: NaiveDate,
        /// The last day.
        to: NaiveDate,
        /// How many lines there were.
        lines: u64,
        /// How many things that looked wrong were open then.
        open: u64,
        /// What was found.
        note: TextRef,
    },
}

impl ReviewEvent {
    /// The stable word that names this kind of event in the ledger.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        "reviewed"
    }

    /// The texts that this event refers to.
    #[must_use]
    pub fn texts(&self) -> Vec<TextRef> {
        let Self::Reviewed { note, .. } = self;
        vec![*note]
    }
}

/// A review that was signed off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrailReview {
    /// Its id.
    pub id: TrailReviewId,
    /// How many events were folded.
    pub version: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// What was signed.
    pub signed: ReviewEvent,
}

impl TrailReview {
    /// The last day that was looked through.
    #[must_use]
    pub fn to(&self) -> NaiveDate {
        let ReviewEvent::Reviewed { to, .. } = &self.signed;
        *to
    }
}

/// Folds one event in. What was signed off is not signed off again under the same id.
#[must_use]
pub fn evolve(
    id: TrailReviewId,
    review: Option<TrailReview>,
    stamp: &Stamp,
    event: &ReviewEvent,
) -> Option<TrailReview> {
    match review {
        None => Some(TrailReview { id, version: 1, at: stamp.recorded_at, signed: event.clone() }),
        Some(mut known) => {
            known.version += 1;
            Some(known)
        }
    }
}

/// The inspection of the trail, where the regulation in force has one.
#[must_use]
pub fn inspection(profile: &Profile) -> Option<&Inspection> {
    profile.inspections.iter().find(|inspection| inspection.id == INSPECTION)
}

/// What was looked through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    /// The first day.
    pub from: NaiveDate,
    /// The last day; before today, since a day that is not over has no seal.
    pub to: NaiveDate,
    /// How many lines there were.
    pub lines: u64,
    /// How many things that looked wrong were open.
    pub open: u64,
    /// What was found.
    pub note: TextRef,
}

/// Signs a review off: whoever the regulation names for it, for whichever division, or the auditor where it names
/// nobody.
///
/// # Errors
/// [`Reason::RoleMissing`] by the clause of the inspection, [`Reason::PartMissing`] where there is none.
pub fn sign_off(looked: &Looked, actor: &Person, profile: &Profile) -> Result<Vec<ReviewEvent>, Refusal> {
    let (role, deputy_for) = match inspection(profile) {
        Some(inspection) => {
            let Some(deputy_for) = approval::holding(actor, &inspection.by, None, profile) else {
                let roles = profile.role_names(std::slice::from_ref(&inspection.by));
                return Err(Refusal::by(&inspection.source, Reason::RoleMissing { roles }));
            };
            (Some(inspection.by.clone()), deputy_for)
        }
        None if actor.is(Part::Auditor) => (None, None),
        None => return Err(profile.refuse(Reason::PartMissing { part: Part::Auditor })),
    };
    Ok(vec![ReviewEvent::Reviewed {
        by: actor.id,
        role,
        deputy_for,
        from: looked.from,
        to: looked.to,
        lines: looked.lines,
        open: looked.open,
        note: looked.note,
    }])
}

/// The day by which the trail is to be looked through next: `last` is the last day that was, `first` the day
/// from which there is a trail. None where the regulation asks for no review.
#[must_use]
pub fn next_due(profile: &Profile, last: Option<NaiveDate>, first: NaiveDate) -> Option<NaiveDate> {
    let every = chrono::Days::new(u64::from(inspection(profile)?.every_days));
    last.unwrap_or(first).checked_add_days(every)
}
