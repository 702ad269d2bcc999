//! Employment, as far as authority depends on it: whether somebody is appointed for a term (任用期間), and when
//! he leaves a post or the body (異動・退職).

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{Ended, Ending, missing_field, term_rule};
use crate::{
    event::Stamp,
    ids::PersonId,
    person::{Part, Person},
    profile::Profile,
    refusal::{Reason, Refusal},
    text::{Lang, TextRef},
};

/// What the ledger calls the subject of these events.
pub const SUBJECT_KIND: &str = "person";

/// How somebody works for the body (北見市 第2条第4号・第5号).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Employment {
    /// Without a term (職員).
    Regular,
    /// For a term (会計年度任用職員).
    FixedTerm,
    /// By contract of his employer (保守要員).
    Contractor,
}

impl Employment {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Regular, Self::FixedTerm, Self::Contractor];

    /// The stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Regular => "regular",
            Self::FixedTerm => "fixed-term",
            Self::Contractor => "contractor",
        }
    }

    /// The kind that `code` names.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// What a person reads.
    #[must_use]
    pub fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::Regular => lang.pick("職員", "regular staff"),
            Self::FixedTerm => lang.pick("会計年度任用職員", "fixed-term appointee"),
            Self::Contractor => lang.pick("保守要員（業務委託）", "maintenance staff of a contractor"),
        }
    }
}

/// Something that happened to somebody's employment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum StaffEvent {
    /// It was recorded how he works for the body, and until when.
    Employed {
        /// By whom; none on the server's shell.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<PersonId>,
        /// How.
        employment: Employment,
        /// The last day of the term.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        term_end: Option<NaiveDate>,
        /// The application of user information that was filed first (利用者情報登録申請書).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        information: Option<TextRef>,
    },
    /// He leaves his posts, or the body, after a day.
    Left {
        /// By whom it was recorded; none on the server's shell.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<PersonId>,
        /// His last day.
        last: NaiveDate,
        /// Why.
        why: Ending,
        /// A word with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<TextRef>,
    },
    /// He is back, or stays after all.
    Resumed {
        /// By whom it was recorded.
        by: PersonId,
    },
}

impl StaffEvent {
    /// The stable word that names this kind of event in the ledger.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Employed { .. } => "employed",
            Self::Left { .. } => "left",
            Self::Resumed { .. } => "resumed",
        }
    }

    /// The texts that this event refers to.
    #[must_use]
    pub fn texts(&self) -> Vec<TextRef> {
        match self {
            Self::Employed { information, .. } => information.iter().copied().collect(),
            Self::Left { note, .. } => note.iter().copied().collect(),
            Self::Resumed { .. } => Vec::new(),
        }
    }
}

/// Somebody's employment: the fold of its events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Staff {
    /// Who.
    pub id: PersonId,
    /// How many events were folded; the next event is number `version + 1`.
    pub version: u64,
    /// How he works for the body; none where that was never recorded.
    pub employment: Option<Employment>,
    /// The last day of his term.
    pub term_end: Option<NaiveDate>,
    /// The application of user information that was filed.
    pub information: Option<TextRef>,
    /// That he left, or will.
    pub left: Option<Ended>,
    /// When it was last recorded.
    pub at: DateTime<Utc>,
}

impl Staff {
    /// The last day on which he has any authority; none where that has no end.
    #[must_use]
    pub fn serves_until(&self) -> Option<NaiveDate> {
        super::earlier(self.term_end, self.left.as_ref().map(|left| left.last))
    }

    /// Whether he is appointed for a term.
    #[must_use]
    pub fn has_term(&self) -> bool {
        self.employment == Some(Employment::FixedTerm) || self.term_end.is_some()
    }
}

/// Folds one event into it. Total; `None` stands for somebody of whom nothing was recorded yet.
#[must_use]
pub fn evolve(id: PersonId, staff: Option<Staff>, stamp: &Stamp, event: &StaffEvent) -> Option<Staff> {
    let mut staff = staff.unwrap_or(Staff {
        id,
        version: 0,
        employment: None,
        term_end: None,
        information: None,
        left: None,
        at: stamp.recorded_at,
    });
    staff.version += 1;
    staff.at = stamp.recorded_at;
    match event {
        StaffEvent::Employed { employment, term_end, information, .. } => {
            staff.employment = Some(*employment);
            staff.term_end = *term_end;
            staff.information = information.or(staff.information);
        }
        StaffEvent::Left { by, last, why, .. } => {
            staff.left = Some(Ended { by: *by, last: *last, why: *why });
        }
        StaffEvent::Resumed { .. } => staff.left = None,
    }
    Some(staff)
}

fn must_administer(actor: &Person, profile: &Profile) -> Result<(), Refusal> {
    if actor.is(Part::Administrator) {
        return Ok(());
    }
    Err(profile.refuse(Reason::PartMissing { part: Part::Administrator }))
}

/// Records how somebody works for the body.
///
/// # Errors
/// [`Reason::PartMissing`]; [`Reason::OwnAuthority`]; [`Reason::NotReady`] where a fixed-term appointee has no term, by the clause that ties
/// authority to it (北見市 第7条).
pub fn employ(
    employment: Employment,
    term_end: Option<NaiveDate>,
    information: Option<TextRef>,
    whom: &Person,
    actor: &Person,
    profile: &Profile,
) -> Result<Vec<StaffEvent>, Refusal> {
    must_administer(actor, profile)?;
    super::not_own(Some(actor), whom, profile)?;
    if employment == Employment::FixedTerm && term_end.is_none() {
        let missing = missing_field("term-end", "任用期間の末日", "last day of the term", term_rule(profile));
        Refusal::unless_complete(vec![missing])?;
    }
    Ok(vec![StaffEvent::Employed { by: Some(actor.id), employment, term_end, information }])
}

/// Transfer, retirement, or another reason to end all that somebody holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaving {
    /// His last day.
    pub last: NaiveDate,
    /// Why.
    pub why: Ending,
    /// A word with it.
    pub note: Option<TextRef>,
}

/// Records that somebody leaves after a day. Administrators do, and so do officers who designate (北見市 第5条第5項), but
/// only of handlers: nobody gets rid of another officer or of an administrator in this way.
///
/// [`super::may_manage`] says who those officers are.
///
/// # Errors
/// [`Reason::RoleMissing`], [`Reason::PartMissing`]; [`Reason::AlreadyDone`] where the same day is recorded already;
/// [`Reason::DayIsOver`].
pub fn leave(
    staff: Option<&Staff>,
    leaving: Leaving,
    whom: &Person,
    actor: &Person,
    today: NaiveDate,
    profile: &Profile,
) -> Result<Vec<StaffEvent>, Refusal> {
    let Leaving { last, why, note } = leaving;
    super::may_manage(actor, profile)?;
    let plain = whom.roles.is_empty() && whom.parts.iter().all(|part| *part == Part::Handler);
    if !plain {
        must_administer(actor, profile)?;
    }
    super::ends_not_before(last, Some(today), profile)?;
    if staff.and_then(|staff| staff.left.as_ref()).is_some_and(|left| left.last == last) {
        return Err(profile.refuse(Reason::AlreadyDone));
    }
    Ok(vec![StaffEvent::Left { by: Some(actor.id), last, why, note }])
}

/// Records that somebody is back. Posts and designations that ended are not revived by it.
///
/// # Errors
/// [`Reason::PartMissing`]; [`Reason::OwnAuthority`]; [`Reason::AlreadyDone`] where he never left.
pub fn resume(
    staff: Option<&Staff>,
    whom: &Person,
    actor: &Person,
    profile: &Profile,
) -> Result<Vec<StaffEvent>, Refusal> {
    must_administer(actor, profile)?;
    super::not_own(Some(actor), whom, profile)?;
    if staff.is_none_or(|staff| staff.left.is_none()) {
        return Err(profile.refuse(Reason::AlreadyDone));
    }
    Ok(vec![StaffEvent::Resumed { by: actor.id }])
}
