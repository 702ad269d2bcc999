//! What in the trail looks as if something were wrong: plain rules that an administrator can read and whose
//! numbers he can set. A rule raises a suspicion, which stays until somebody settles it with a reason. It locks
//! nobody out: a rule that did would be a way to lock out a colleague.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, TimeDelta, Timelike, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    approval,
    event::Stamp,
    ids::{PersonId, PlaceId, SuspicionId},
    japan_date::jst,
    person::{Part, Person},
    profile::Profile,
    refusal::{Reason, Refusal},
    text::{Lang, TextRef},
    trail::review,
};

/// What the ledger calls the subject of these events.
pub const SUBJECT_KIND: &str = "suspicion";

/// What the ids of suspicions are derived from.
const NAMESPACE: Uuid = Uuid::from_u128(0x2b1d_90c4_7f35_4a86_8e02_c6d1_3b57_f9a4);

/// A rule by which the trail is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// Many attempts to sign in fail.
    FailedSignIns,
    /// One person scans labels in two buildings within a time in which nobody gets from one to the other.
    FarApart,
    /// One person looks at very many items.
    MassViews,
    /// One person acts again and again at night.
    Night,
}

/// The numbers of the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// So many failed attempts at one account or from one address within an hour are too many.
    pub failed_sign_ins: u32,
    /// Nobody gets from one building to another in fewer minutes.
    pub minutes_between_buildings: u32,
    /// So many items looked at by one person within an hour are too many.
    pub views: u32,
    /// So many acts of one person in one night are too many.
    pub night_acts: u32,
    /// The hour of the clock in Japan at which the night begins, 12 to 23.
    pub night_from: u32,
    /// The hour of the clock in Japan at which it ends, 0 to 11.
    pub night_to: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            failed_sign_ins: 10,
            minutes_between_buildings: 5,
            views: 200,
            night_acts: 5,
            night_from: 22,
            night_to: 5,
        }
    }
}

impl Limits {
    /// The field whose number cannot stand, if there is one.
    #[must_use]
    pub fn wrong(&self) -> Option<&'static str> {
        let counts = [
            ("failed_sign_ins", self.failed_sign_ins),
            ("minutes_between_buildings", self.minutes_between_buildings),
            ("views", self.views),
            ("night_acts", self.night_acts),
        ];
        let count = counts.into_iter().find(|(_, count)| !(1..=100_000).contains(count));
        count
            .map(|(field, _)| field)
            .or_else(|| (!(12..24).contains(&self.night_from)).then_some("night_from"))
            .or_else(|| (self.night_to >= 12).then_some("night_to"))
    }

    /// The night in which a moment lies, named by the day on which it began.
    fn night(&self, at: DateTime<Utc>) -> Option<NaiveDate> {
        let local = jst(at);
        if local.hour() >= self.night_from {
            Some(local.date())
        } else if local.hour() < self.night_to {
            local.date().pred_opt()
        } else {
            None
        }
    }
}

impl Rule {
    /// Every rule.
    pub const ALL: [Self; 4] = [Self::FailedSignIns, Self::FarApart, Self::MassViews, Self::Night];

    /// The stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::FailedSignIns => "failed-sign-ins",
            Self::FarApart => "far-apart",
            Self::MassViews => "mass-views",
            Self::Night => "night",
        }
    }

    /// What a person reads.
    #[must_use]
    pub fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::FailedSignIns => lang.pick("サインインの失敗の繰返し", "Failed sign-ins"),
            Self::FarApart => lang.pick("離れた場所での読取り", "Scans far apart"),
            Self::MassViews => lang.pick("大量の閲覧", "Very many items looked at"),
            Self::Night => lang.pick("夜間の操作", "Acts at night"),
        }
    }

    /// The rule in a sentence, with its numbers.
    #[must_use]
    pub fn sentence(self, limits: &Limits, lang: Lang) -> String {
        let Limits { failed_sign_ins, minutes_between_buildings, views, night_acts, night_from, night_to } =
            limits;
        match self {
            Self::FailedSignIns => lang.pick(
                format!("1つのアカウント又は1つのアドレスで、1時間以内に{failed_sign_ins}回以上サインインに失敗したとき。"),
                format!("{failed_sign_ins} or more attempts to sign in to one account, or from one address, fail within an hour."),
            ),
            Self::FarApart => lang.pick(
                format!("1人が{minutes_between_buildings}分以内に2つの建物でラベルを読み取ったとき。"),
                format!("One person scans labels in two buildings within {minutes_between_buildings} minutes."),
            ),
            Self::MassViews => lang.pick(
                format!("1人が1時間以内に{views}件以上の媒体等を閲覧したとき。"),
                format!("One person looks at {views} or more items within an hour."),
            ),
            Self::Night => lang.pick(
                format!("1人が{night_from}時から翌{night_to}時までの間に{night_acts}回以上操作したとき。"),
                format!("One person acts {night_acts} or more times between {night_from}:00 and {night_to}:00."),
            ),
        }
    }
}

// ----------------------------------------------------------------------------------------------- the rules

/// What one of the rules has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The rule.
    pub rule: Rule,
    /// Whom it is about; none where nobody is known, as with failed attempts from an address.
    pub person: Option<PersonId>,
    /// What tells it from others of the rule, besides the person: the hour, the night, the first scan.
    pub window: String,
    /// How many there were.
    pub count: u32,
    /// The first of them.
    pub from: DateTime<Utc>,
    /// The last of them.
    pub to: DateTime<Utc>,
}

impl Found {
    /// The id that it gets: the same for the same, so that looking twice raises it once.
    #[must_use]
    pub fn id(&self) -> SuspicionId {
        let person = self.person.map(|person| person.to_string()).unwrap_or_default();
        let named = format!("{} {person} {}", self.rule.code(), self.window);
        SuspicionId(Uuid::new_v5(&NAMESPACE, named.as_bytes()))
    }
}

/// A failed attempt to sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedSignIn {
    /// When.
    pub at: DateTime<Utc>,
    /// At which account, or from which address: words that tell them apart and say no more.
    pub at_what: String,
    /// Whose account it is, where it is anybody's.
    pub person: Option<PersonId>,
}

/// A scan that says where somebody was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sighting {
    /// Who scanned.
    pub person: PersonId,
    /// When, by the clock of whoever observed it.
    pub at: DateTime<Utc>,
    /// In which building.
    pub building: PlaceId,
}

/// The hour of a moment, as a word.
fn hour(at: DateTime<Utc>) -> String {
    jst(at).format("%Y-%m-%dT%H").to_string()
}

/// Attempts to sign in that failed too often, for each account or address.
#[must_use]
pub fn failed_sign_ins(attempts: &[FailedSignIn], limits: &Limits) -> Vec<Found> {
    let mut by: BTreeMap<&str, Vec<&FailedSignIn>> = BTreeMap::new();
    for attempt in attempts {
        by.entry(&attempt.at_what).or_default().push(attempt);
    }
    let most = limits.failed_sign_ins.max(1) as usize;
    let mut found = Vec::new();
    for (what, mut attempts) in by {
        attempts.sort_by_key(|attempt| attempt.at);
        let mut told = BTreeSet::new();
        for window in attempts.windows(most) {
            let (Some(first), Some(last)) = (window.first(), window.last()) else { continue };
            // One that goes on is one a day, not one an hour.
            if last.at - first.at <= TimeDelta::hours(1) && told.insert(jst(last.at).date()) {
                found.push(Found {
                    rule: Rule::FailedSignIns,
                    person: first.person,
                    window: format!("{what} {}", jst(last.at).date()),
                    count: u32::try_from(most).unwrap_or(u32::MAX),
                    from: first.at,
                    to: last.at,
                });
            }
        }
    }
    found
}

/// Scans of one person in two buildings, too soon after each other.
#[must_use]
pub fn far_apart(sightings: &[Sighting], limits: &Limits) -> Vec<Found> {
    let mut sorted = sightings.to_vec();
    sorted.sort_by_key(|sighting| (sighting.person, sighting.at));
    let within = TimeDelta::minutes(i64::from(limits.minutes_between_buildings));
    let near = |pair: &[Sighting; 2]| {
        pair[0].person == pair[1].person
            && pair[0].building != pair[1].building
            && pair[1].at - pair[0].at < within
    };
    sorted
        .array_windows::<2>()
        .filter(|pair| near(pair))
        .map(|pair| Found {
            rule: Rule::FarApart,
            person: Some(pair[0].person),
            window: pair[0].at.timestamp_millis().to_string(),
            count: 2,
            from: pair[0].at,
            to: pair[1].at,
        })
        .collect()
}

/// Very many items looked at by one person within an hour of the clock. `views` counts them by the hour's first
/// moment.
#[must_use]
pub fn mass_views(views: &[(PersonId, DateTime<Utc>, u32)], limits: &Limits) -> Vec<Found> {
    views
        .iter()
        .filter(|(_, _, count)| *count >= limits.views)
        .map(|(person, from, count)| Found {
            rule: Rule::MassViews,
            person: Some(*person),
            window: hour(*from),
            count: *count,
            from: *from,
            to: *from + TimeDelta::hours(1),
        })
        .collect()
}

/// Acts at night, for each person and night. `acts` are those that were done at the server, not those that a
/// phone brought in later.
#[must_use]
pub fn night(acts: &[(PersonId, DateTime<Utc>)], limits: &Limits) -> Vec<Found> {
    let mut by: BTreeMap<(PersonId, NaiveDate), Vec<DateTime<Utc>>> = BTreeMap::new();
    for (person, at) in acts {
        if let Some(night) = limits.night(*at) {
            by.entry((*person, night)).or_default().push(*at);
        }
    }
    by.into_iter()
        .filter(|(_, acts)| acts.len() >= limits.night_acts.max(1) as usize)
        .filter_map(|((person, night), acts)| {
            Some(Found {
                rule: Rule::Night,
                person: Some(person),
                window: night.to_string(),
                count: u32::try_from(acts.len()).unwrap_or(u32::MAX),
                from: *acts.iter().min()?,
                to: *acts.iter().max()?,
            })
        })
        .collect()
}

// ---------------------------------------------------------------------------------------------- its life

/// Something that happened to a suspicion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum SuspicionEvent {
    /// A rule raised it.
    Raised {
        /// Which.
        rule: Rule,
        /// Whom it is about.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        person: Option<PersonId>,
        /// How many there were.
        count: u32,
        /// The first of them.
        from: DateTime<Utc>,
        /// The last of them.
        to: DateTime<Utc>,
    },
    /// Somebody looked at it.
    Settled {
        /// Who.
        by: PersonId,
        /// What it was.
        reason: TextRef,
    },
}

impl SuspicionEvent {
    /// The stable word that names this kind of event in the ledger.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Raised { .. } => "raised",
            Self::Settled { .. } => "settled",
        }
    }

    /// The texts that this event refers to.
    #[must_use]
    pub fn texts(&self) -> Vec<TextRef> {
        match self {
            Self::Raised { .. } => Vec::new(),
            Self::Settled { reason, .. } => vec![*reason],
        }
    }
}

/// A suspicion: the fold of its events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suspicion {
    /// Its id.
    pub id: SuspicionId,
    /// How many events were folded; the next event is number `version + 1`.
    pub version: u64,
    /// The rule that raised it.
    pub rule: Rule,
    /// Whom it is about.
    pub person: Option<PersonId>,
    /// How many there were.
    pub count: u32,
    /// The first of them.
    pub from: DateTime<Utc>,
    /// The last of them.
    pub to: DateTime<Utc>,
    /// When it was raised.
    pub raised_at: DateTime<Utc>,
    /// Who settled it, when, and what it was.
    pub settled: Option<(PersonId, DateTime<Utc>, TextRef)>,
}

/// Folds one event into the suspicion. Total; `None` stands for one that was not raised yet.
#[must_use]
pub fn evolve(
    id: SuspicionId,
    suspicion: Option<Suspicion>,
    stamp: &Stamp,
    event: &SuspicionEvent,
) -> Option<Suspicion> {
    match (suspicion, event) {
        (None, SuspicionEvent::Raised { rule, person, count, from, to }) => Some(Suspicion {
            id,
            version: 1,
            rule: *rule,
            person: *person,
            count: *count,
            from: *from,
            to: *to,
            raised_at: stamp.recorded_at,
            settled: None,
        }),
        (None, SuspicionEvent::Settled { .. }) => None,
        (Some(mut known), event) => {
            known.version += 1;
            if let SuspicionEvent::Settled { by, reason } = event {
                known.settled.get_or_insert((*by, stamp.recorded_at, *reason));
            }
            Some(known)
        }
    }
}

/// Whether somebody may see the trail and what is suspected: auditors, the custodian of the rules,
/// administrators, and whom the regulation in force names to look through it.
#[must_use]
pub fn may_look(person: &Person, profile: &Profile) -> bool {
    let reviews = review::inspection(profile)
        .is_some_and(|inspection| approval::holding(person, &inspection.by, None, profile).is_some());
    reviews || [Part::Auditor, Part::Custodian, Part::Administrator].into_iter().any(|part| person.is(part))
}

/// Settles a suspicion: whoever may look, and not the one whom it is about.
///
/// # Errors
/// [`Reason::PartMissing`], [`Reason::OwnSuspicion`], [`Reason::AlreadyDone`].
pub fn settle(
    suspicion: &Suspicion,
    reason: TextRef,
    actor: &Person,
    profile: &Profile,
) -> Result<Vec<SuspicionEvent>, Refusal> {
    if !may_look(actor, profile) {
        return Err(profile.refuse(Reason::PartMissing { part: Part::Auditor }));
    }
    if suspicion.person == Some(actor.id) {
        return Err(profile.refuse(Reason::OwnSuspicion));
    }
    if suspicion.settled.is_some() {
        return Err(profile.refuse(Reason::AlreadyDone));
    }
    Ok(vec![SuspicionEvent::Settled { by: actor.id, reason }])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a moment")
    }

    fn person(number: u128) -> PersonId {
        PersonId(Uuid::from_u128(number))
    }

    /// 30 September 2026, 09:00 in Japan, and so many seconds.
    fn morning(seconds: i64) -> DateTime<Utc> {
        at("2026-09-30T00:00:00Z") + TimeDelta::seconds(seconds)
    }

    #[test]
    fn ten_failures_in_an_hour_are_told_once_a_day_and_nine_are_not() {
        let attempt = |number: i64, what: &str| FailedSignIn {
            at: morning(number * 60),
            at_what: what.to_owned(),
            person: None,
        };
        let limits = Limits::default();
        let nine: Vec<_> = (0..9).map(|number| attempt(number, "a")).collect();
        assert!(failed_sign_ins(&nine, &limits).is_empty());
        let other: Vec<_> = nine.iter().cloned().chain([attempt(9, "b")]).collect();
        assert!(failed_sign_ins(&other, &limits).is_empty(), "two addresses are not one");
        let many: Vec<_> = (0..50).map(|number| attempt(number, "a")).collect();
        let found = failed_sign_ins(&many, &limits);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].count, found[0].from), (10, morning(0)));
        // Spread over the day they are what people do.
        let slow: Vec<_> =
            (0..10).map(|number| FailedSignIn { at: morning(number * 3_000), ..attempt(0, "a") }).collect();
        assert!(failed_sign_ins(&slow, &limits).is_empty());
    }

    #[test]
    fn nobody_is_in_two_buildings_at_once() {
        let place = |number: u128| PlaceId(Uuid::from_u128(number));
        let sighting = |who, seconds, building| Sighting {
            person: person(who),
            at: morning(seconds),
            building: place(building),
        };
        let limits = Limits::default();
        let found = far_apart(&[sighting(1, 299, 2), sighting(1, 0, 1)], &limits);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].person, found[0].from, found[0].to),
            (Some(person(1)), morning(0), morning(299))
        );
        assert!(far_apart(&[sighting(1, 0, 1), sighting(1, 300, 2)], &limits).is_empty(), "he had time");
        assert!(far_apart(&[sighting(1, 0, 1), sighting(2, 1, 2)], &limits).is_empty(), "two people");
        assert!(far_apart(&[sighting(1, 0, 1), sighting(1, 1, 1)], &limits).is_empty(), "one building");
    }

    #[test]
    fn a_night_goes_over_midnight_and_is_one() {
        let limits = Limits::default();
        // 22:00, 23:30, 00:30, 04:59 and 05:00 in Japan.
        let hours = ["13:00", "14:30", "15:30", "19:59"].map(|hour| at(&format!("2026-09-30T{hour}:00Z")));
        let mut acts: Vec<_> = hours.into_iter().map(|at| (person(1), at)).collect();
        assert!(night(&acts, &limits).is_empty(), "four are not five");
        acts.push((person(1), at("2026-09-30T20:00:00Z")));
        assert!(night(&acts, &limits).is_empty(), "at five it is morning");
        acts.push((person(1), at("2026-09-30T15:00:00Z")));
        let found = night(&acts, &limits);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].count, found[0].window.as_str()), (5, "2026-09-30"));
    }

    #[test]
    fn looking_twice_finds_the_same() {
        let views = [(person(1), morning(0), 200), (person(2), morning(0), 199)];
        let once = mass_views(&views, &Limits::default());
        assert_eq!(once.len(), 1);
        let more = mass_views(&[(person(1), morning(0), 250)], &Limits::default());
        assert_eq!(once[0].id(), more[0].id());
        let later = mass_views(&[(person(1), morning(3_600), 250)], &Limits::default());
        assert_ne!(once[0].id(), later[0].id());
    }

    #[test]
    fn numbers_that_cannot_stand_are_named() {
        let limits = Limits::default();
        assert_eq!(limits.wrong(), None);
        assert_eq!(Limits { views: 0, ..limits }.wrong(), Some("views"));
        assert_eq!(Limits { night_from: 5, ..limits }.wrong(), Some("night_from"));
        assert_eq!(Limits { night_to: 12, ..limits }.wrong(), Some("night_to"));
    }
}
