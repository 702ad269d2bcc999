//! Who goes in and out (入退室管理簿), and who permits it (入室許可).
//!
//! The levels of areas and who permits entry to each come from the profile. A row of the book is opened when
//! somebody goes in and closed when he leaves; it is not opened without the permit of just that level, a vendor's
//! (業者) not without name tag and escort where the regulation asks for them.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    approval,
    event::Stamp,
    ids::{DivisionId, EntryId, PermitId, PersonId, PlaceId},
    japan_date::jst_date_time,
    person::{Part, Person},
    profile::{Bilingual, Level, Profile, RoleId},
    refusal::{Missing, Reason, Refusal},
    text::{Lang, Names, TextRef},
};

/// What the ledger calls the subject of [`EntryEvent`]s.
pub const SUBJECT_KIND: &str = "entry";

/// What the ledger calls the subject of [`PermitEvent`]s.
pub const PERMIT_SUBJECT_KIND: &str = "entry-permit";

// ------------------------------------------------------------------------------------------------- permits

/// Something that happened to a permit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum PermitEvent {
    /// It was issued.
    Issued {
        /// By whom.
        by: PersonId,
        /// In which role; none where the regulation names nobody.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        role: Option<RoleId>,
        /// For whom, where he is a deputy.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deputy_for: Option<PersonId>,
        /// For which level.
        level: u8,
        /// To whom; none for a visit of vendors.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        person: Option<PersonId>,
        /// The last day on which it holds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<NaiveDate>,
    },
    /// It was withdrawn.
    Withdrawn {
        /// By whom.
        by: PersonId,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<TextRef>,
    },
}

impl PermitEvent {
    /// The stable word that names this kind of event in the ledger.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Issued { .. } => "issued",
            Self::Withdrawn { .. } => "withdrawn",
        }
    }

    /// The texts that this event refers to.
    #[must_use]
    pub fn texts(&self) -> Vec<TextRef> {
        match self {
            Self::Issued { .. } => Vec::new(),
            Self::Withdrawn { reason, .. } => reason.iter().copied().collect(),
        }
    }
}

/// A permit to enter areas of a level: the fold of its events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Permit {
    /// Its id.
    pub id: PermitId,
    /// How many events were folded; the next event is number `version + 1`.
    pub version: u64,
    /// Who issued it.
    pub by: PersonId,
    /// In which role.
    pub role: Option<RoleId>,
    /// When.
    pub at: DateTime<Utc>,
    /// For which level, and for no other: each has its own issuer.
    pub level: u8,
    /// To whom; none for a visit of vendors.
    pub person: Option<PersonId>,
    /// The last day on which it holds.
    pub until: Option<NaiveDate>,
    /// Whether it was withdrawn.
    pub withdrawn: bool,
}

impl Permit {
    /// Whether it lets this person, or vendors, into areas of this level on this day.
    #[must_use]
    pub fn admits(&self, level: &Level, person: Option<PersonId>, today: NaiveDate) -> bool {
        !self.withdrawn
            && self.level == level.level
            && self.person == person
            && self.until.is_none_or(|until| today <= until)
            && level.permitted_by.as_ref().is_none_or(|role| self.role.as_ref() == Some(role))
    }
}

/// Folds one event into the permit. Total; `None` stands for one that was not issued yet.
#[must_use]
pub fn evolve_permit(
    id: PermitId,
    permit: Option<Permit>,
    stamp: &Stamp,
    event: &PermitEvent,
) -> Option<Permit> {
    let Some(mut permit) = permit else {
        return match event {
            PermitEvent::Issued { by, role, level, person, until, .. } => Some(Permit {
                id,
                version: 1,
                by: *by,
                role: role.clone(),
                at: stamp.recorded_at,
                level: *level,
                person: *person,
                until: *until,
                withdrawn: false,
            }),
            PermitEvent::Withdrawn { .. } => None,
        };
    };
    permit.version += 1;
    if matches!(event, PermitEvent::Withdrawn { .. }) {
        permit.withdrawn = true;
    }
    Some(permit)
}

/// Issues a permit for a level of the profile.
///
/// # Errors
/// By the clause of the level: [`Reason::RoleMissing`] where somebody else permits entry to it, and
/// [`Reason::ReceiverNotDesignated`] where only handlers are let in.
pub fn issue(
    level: &Level,
    person: Option<&Person>,
    until: Option<NaiveDate>,
    division: Option<DivisionId>,
    actor: &Person,
    profile: &Profile,
) -> Result<Vec<PermitEvent>, Refusal> {
    let (role, deputy_for) = issuer(level, division, actor, profile)?;
    if let Some(person) = person
        && level.handlers_only
        && !person.is(Part::Handler)
    {
        return Err(Refusal::by(&level.source, Reason::ReceiverNotDesignated { person: person.id }));
    }
    Ok(vec![PermitEvent::Issued {
        by: actor.id,
        role,
        deputy_for,
        level: level.level,
        person: person.map(|person| person.id),
        until,
    }])
}

/// Withdraws a permit. Whoever could issue it can.
///
/// # Errors
/// [`Reason::AlreadyDone`], or [`Reason::RoleMissing`] by the clause of the level.
pub fn withdraw(
    permit: &Permit,
    level: &Level,
    reason: Option<TextRef>,
    division: Option<DivisionId>,
    actor: &Person,
    profile: &Profile,
) -> Result<Vec<PermitEvent>, Refusal> {
    issuer(level, division, actor, profile)?;
    if permit.withdrawn {
        return Err(profile.refuse(Reason::AlreadyDone));
    }
    Ok(vec![PermitEvent::Withdrawn { by: actor.id, reason }])
}

fn issuer(
    level: &Level,
    division: Option<DivisionId>,
    actor: &Person,
    profile: &Profile,
) -> Result<(Option<RoleId>, Option<PersonId>), Refusal> {
    if !actor.active {
        return Err(profile.refuse(Reason::NotDesignated));
    }
    let Some(role) = &level.permitted_by else { return Ok((None, None)) };
    match approval::holding(actor, role, division, profile) {
        Some(deputy_for) => Ok((Some(role.clone()), deputy_for)),
        None => {
            let roles = profile.role_names(std::slice::from_ref(role));
            Err(Refusal::by(&level.source, Reason::RoleMissing { roles }))
        }
    }
}

// ------------------------------------------------------------------------------------------------- entries

/// What a vendor comes for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Work {
    /// 設置
    Install,
    /// 保守
    Maintain,
    /// 撤去
    Remove,
}

impl Work {
    /// Every kind of work.
    pub const ALL: [Self; 3] = [Self::Install, Self::Maintain, Self::Remove];

    /// The stable word used in the database and on the wire.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Install => "install",
            Self::Maintain => "maintain",
            Self::Remove => "remove",
        }
    }

    /// The kind of work that `code` names.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|work| work.code() == code)
    }

    /// What a person reads.
    #[must_use]
    pub fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::Install => lang.pick("設置", "Installation"),
            Self::Maintain => lang.pick("保守", "Maintenance"),
            Self::Remove => lang.pick("撤去", "Removal"),
        }
    }
}

/// Who went in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Entrant {
    /// Somebody of the body.
    Person {
        /// Who.
        person: PersonId,
    },
    /// Somebody of a vendor (業者).
    Vendor {
        /// Of which.
        company: TextRef,
        /// Who.
        name: TextRef,
        /// What for.
        work: Work,
        /// Who goes with him.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        escort: Option<PersonId>,
        /// What he brings in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        equipment: Option<TextRef>,
    },
}

/// Something that happened to a row of the book.
#[expect(clippy::large_enum_variant, reason = "a row of a book is held once, not by the thousand")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum EntryEvent {
    /// Somebody went in.
    Entered {
        /// Who recorded it.
        by: PersonId,
        /// Where.
        place: PlaceId,
        /// The level of that place.
        level: u8,
        /// Who.
        who: Entrant,
        /// What for.
        purpose: TextRef,
        /// The permit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        permit: Option<PermitId>,
        /// The number of the name tag.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tag: Option<TextRef>,
    },
    /// He left.
    Left {
        /// Who recorded it.
        by: PersonId,
        /// Whether the name tag came back, where one was given out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tag_returned: Option<bool>,
        /// What he took out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        equipment: Option<TextRef>,
    },
}

impl EntryEvent {
    /// The stable word that names this kind of event in the ledger.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Entered { .. } => "entered",
            Self::Left { .. } => "left",
        }
    }

    /// The texts that this event refers to.
    #[must_use]
    pub fn texts(&self) -> Vec<TextRef> {
        match self {
            Self::Entered { who, purpose, tag, .. } => {
                let vendor = match who {
                    Entrant::Vendor { company, name, equipment, .. } => {
                        [Some(*company), Some(*name), *equipment]
                    }
                    Entrant::Person { .. } => [None; 3],
                };
                std::iter::once(*purpose).chain(*tag).chain(vendor.into_iter().flatten()).collect()
            }
            Self::Left { equipment, .. } => equipment.iter().copied().collect(),
        }
    }
}

/// How a row of the book ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leaving {
    /// When.
    pub at: DateTime<Utc>,
    /// Who recorded it.
    pub by: PersonId,
    /// Whether the name tag came back, where one was given out.
    pub tag_returned: Option<bool>,
    /// What he took out.
    pub equipment: Option<TextRef>,
}

/// A row of the book: the fold of its events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its id.
    pub id: EntryId,
    /// How many events were folded; the next event is number `version + 1`.
    pub version: u64,
    /// Where.
    pub place: PlaceId,
    /// The level of that place at the time.
    pub level: u8,
    /// Who.
    pub who: Entrant,
    /// What for.
    pub purpose: TextRef,
    /// The permit.
    pub permit: Option<PermitId>,
    /// The number of the name tag.
    pub tag: Option<TextRef>,
    /// When he went in.
    pub entered_at: DateTime<Utc>,
    /// Who recorded that.
    pub recorded_by: PersonId,
    /// That he left.
    pub left: Option<Leaving>,
}

impl Entry {
    /// Whether he is still inside.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.left.is_none()
    }

    /// Whether a name tag was given out and is not back.
    #[must_use]
    pub fn tag_is_out(&self) -> bool {
        self.tag.is_some() && self.left.as_ref().and_then(|left| left.tag_returned) != Some(true)
    }
}

/// Folds one event into the row. Total; `None` stands for a row that was not opened yet.
#[must_use]
pub fn evolve(id: EntryId, entry: Option<Entry>, stamp: &Stamp, event: &EntryEvent) -> Option<Entry> {
    let at = stamp.occurred_at.min(stamp.recorded_at);
    let Some(mut entry) = entry else {
        return match event {
            EntryEvent::Entered { by, place, level, who, purpose, permit, tag } => Some(Entry {
                id,
                version: 1,
                place: *place,
                level: *level,
                who: who.clone(),
                purpose: *purpose,
                permit: *permit,
                tag: *tag,
                entered_at: at,
                recorded_by: *by,
                left: None,
            }),
            EntryEvent::Left { .. } => None,
        };
    };
    entry.version += 1;
    if let EntryEvent::Left { by, tag_returned, equipment } = event {
        entry.left.get_or_insert(Leaving { at, by: *by, tag_returned: *tag_returned, equipment: *equipment });
    }
    Some(entry)
}

/// Who wants to go in, with what the rules must know of him.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entering {
    /// Somebody of the body.
    Person(Person),
    /// Somebody of a vendor (業者).
    Vendor {
        /// Of which.
        company: TextRef,
        /// Who.
        name: TextRef,
        /// What for.
        work: Work,
        /// Who goes with him.
        escort: Option<Person>,
        /// What he brings in.
        equipment: Option<TextRef>,
    },
}

/// What is needed to open a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryRow {
    /// Where.
    pub place: PlaceId,
    /// The level of that place.
    pub level: u8,
    /// Who.
    pub who: Entering,
    /// What for.
    pub purpose: TextRef,
    /// The permit.
    pub permit: Option<Permit>,
    /// The number of the name tag.
    pub tag: Option<TextRef>,
}

/// What is still missing before this row can be opened, each with what asks for it. Nothing is asked for at a
/// level that the profile does not know.
#[must_use]
pub fn missing_to_enter(row: &EntryRow, profile: &Profile, today: NaiveDate) -> Vec<Missing> {
    let Some(level) = profile.levels.iter().find(|level| level.level == row.level) else { return Vec::new() };
    let mut missing = Vec::new();
    let mut lacks = |code, which: String, name, source: &crate::refusal::Source| {
        missing.push(Missing { code, which, name, item: None, source: source.clone() });
    };
    let person = match &row.who {
        Entering::Person(person) => Some(person.id),
        Entering::Vendor { .. } => None,
    };
    if let Some(role) = &level.permitted_by
        && !row.permit.as_ref().is_some_and(|permit| permit.admits(level, person, today))
    {
        let name = Bilingual::of(|lang| {
            let (role, place) = (profile.role_name(role, lang), level.name.get(lang));
            lang.pick(format!("{place}に入る{role}の許可"), format!("{role}'s permit for the {place}"))
        });
        lacks("permit", level.level.to_string(), name, &level.source);
    }
    let tag_asked_by = match &row.who {
        Entering::Person(_) => level.tag.as_ref(),
        Entering::Vendor { .. } => level.vendor_tag.as_ref().or(level.tag.as_ref()),
    };
    if let (Some(source), None) = (tag_asked_by, row.tag) {
        lacks("tag", "tag".to_owned(), Bilingual::new("名札の番号", "the number of a name tag"), source);
    }
    match &row.who {
        Entering::Person(person) if level.handlers_only && !person.is(Part::Handler) => {
            let name = Bilingual::new("取扱担当者の指定", "designation as a handler");
            lacks("designation", person.id.to_string(), name, &level.source);
        }
        Entering::Vendor { escort, .. } => {
            if let Some(source) = &level.vendor_escort
                && !escort.as_ref().is_some_and(|escort| escort.is(Part::Handler))
            {
                let name = Bilingual::new("取扱担当者の同行", "a designated handler who goes along");
                lacks("escort", "escort".to_owned(), name, source);
            }
        }
        Entering::Person(_) => {}
    }
    missing
}

/// Opens a row of the book.
///
/// # Errors
/// [`Reason::NotReady`] with all that is missing: permit, name tag, escort.
pub fn enter(
    row: &EntryRow,
    actor: &Person,
    profile: &Profile,
    today: NaiveDate,
) -> Result<Vec<EntryEvent>, Refusal> {
    if !actor.active {
        return Err(profile.refuse(Reason::NotDesignated));
    }
    Refusal::unless_complete(missing_to_enter(row, profile, today))?;
    let who = match &row.who {
        Entering::Person(person) => Entrant::Person { person: person.id },
        Entering::Vendor { company, name, work, escort, equipment } => Entrant::Vendor {
            company: *company,
            name: *name,
            work: *work,
            escort: escort.as_ref().map(|escort| escort.id),
            equipment: *equipment,
        },
    };
    Ok(vec![EntryEvent::Entered {
        by: actor.id,
        place: row.place,
        level: row.level,
        who,
        purpose: row.purpose,
        permit: row.permit.as_ref().map(|permit| permit.id),
        tag: row.tag,
    }])
}

/// Closes a row of the book. That somebody left is never refused for a name tag that did not come back: that is
/// recorded instead.
///
/// # Errors
/// [`Reason::AlreadyDone`] where he left already.
pub fn leave(
    entry: &Entry,
    tag_returned: bool,
    equipment: Option<TextRef>,
    actor: &Person,
    profile: &Profile,
) -> Result<Vec<EntryEvent>, Refusal> {
    if !actor.active {
        return Err(profile.refuse(Reason::NotDesignated));
    }
    if !entry.is_open() {
        return Err(profile.refuse(Reason::AlreadyDone));
    }
    let tag_returned = entry.tag.map(|_| tag_returned);
    Ok(vec![EntryEvent::Left { by: actor.id, tag_returned, equipment }])
}

/// The headings of the book, in the order of [`fn@line`].
#[must_use]
pub fn headings(lang: Lang) -> [&'static str; 11] {
    lang.pick(
        ["場所", "区分", "氏名", "所属", "目的", "許可", "名札", "同行者", "搬入・搬出機器", "入室", "退室"],
        [
            "Place",
            "Level",
            "Name",
            "Affiliation",
            "Purpose",
            "Permitted by",
            "Name tag",
            "Escort",
            "Equipment in and out",
            "In",
            "Out",
        ],
    )
}

/// A row as the book shows it. `permit` is the row's; `text` looks up what a person wrote, none where that was
/// erased.
#[must_use]
pub fn line(
    entry: &Entry,
    permit: Option<&Permit>,
    names: &dyn Names,
    text: &dyn Fn(TextRef) -> Option<String>,
    lang: Lang,
) -> [String; 11] {
    let read = |at: Option<TextRef>| at.and_then(text).unwrap_or_default();
    let (name, affiliation, purpose, escort, brought) = match &entry.who {
        Entrant::Person { person } => {
            (names.person(*person), String::new(), read(Some(entry.purpose)), String::new(), None)
        }
        Entrant::Vendor { company, name, work, escort, equipment } => (
            read(Some(*name)),
            read(Some(*company)),
            format!("{} {}", work.name(lang), read(Some(entry.purpose))),
            escort.map(|escort| names.person(escort)).unwrap_or_default(),
            *equipment,
        ),
    };
    let taken = entry.left.as_ref().and_then(|left| left.equipment);
    let equipment: Vec<String> = [brought, taken].into_iter().flatten().filter_map(text).collect();
    let tag = match (entry.tag, entry.is_open() || !entry.tag_is_out()) {
        (Some(tag), false) => {
            let tag = read(Some(tag));
            lang.pick(format!("{tag}（未返却）"), format!("{tag} (not back)"))
        }
        (tag, _) => read(tag),
    };
    [
        names.place(entry.place),
        entry.level.to_string(),
        name,
        affiliation,
        purpose,
        permit.map(|permit| names.person(permit.by)).unwrap_or_default(),
        tag,
        escort,
        equipment.join(lang.pick("、", ", ")),
        jst_date_time(entry.entered_at),
        entry.left.as_ref().map(|left| jst_date_time(left.at)).unwrap_or_default(),
    ]
}
