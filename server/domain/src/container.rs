//! Containers that can be locked (施錠できる搬送容器): locked with a numbered lock or seal, opened with the
//! same number.
//!
//! What lies in a container is said by the items themselves, which rest in it as in any other home. A number
//! that does not match is evidence: it is recorded and found as a discrepancy, and never refused.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    event::{Event, Scan, Stamp},
    ids::{CarryOutId, ContainerId, ItemId, PersonId},
    label::LabelId,
    person::{Part, Person},
    profile::Profile,
    refusal::{Reason, Refusal},
    text::{Lang, TextRef},
    timeline::OrderKey,
};

/// The number on a lock or seal (錠・封印の番号). Two are equal whatever the case of their letters.
#[derive(Clone, Serialize)]
#[serde(transparent)]
pub struct LockNumber(String);

/// A text that is no number of a lock.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the number of a lock or seal has 1 to 40 letters, digits or hyphens")]
pub struct NotALockNumber;

impl LockNumber {
    /// The most characters that one can have.
    pub const LONGEST: usize = 40;

    /// The number as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl PartialEq for LockNumber {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for LockNumber {}

impl FromStr for LockNumber {
    type Err = NotALockNumber;
    fn from_str(text: &str) -> Result<Self, NotALockNumber> {
        let fits = (1..=Self::LONGEST).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if fits { Ok(Self(text.to_owned())) } else { Err(NotALockNumber) }
    }
}

impl fmt::Display for LockNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for LockNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for LockNumber {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// That a container is locked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// The number on the lock or seal.
    pub number: LockNumber,
    /// Who locked it.
    pub by: PersonId,
    /// When.
    pub at: DateTime<Utc>,
}

/// What the register says of a container now: the fold of its events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContainerState {
    /// Its id.
    pub id: ContainerId,
    /// How many events were folded; the next event is number `version + 1`.
    pub version: u64,
    /// The lock, while it is locked.
    pub locked: Option<Lock>,
    /// The carry-out that it was locked for, while it is locked.
    pub carry_out: Option<CarryOutId>,
    /// The place in the timeline of the event that last locked or opened it. What a phone without signal saw
    /// before that changes nothing.
    pub changed: Option<OrderKey>,
}

impl ContainerState {
    /// A container to which nothing has happened.
    #[must_use]
    pub fn new(id: ContainerId) -> Self {
        Self { id, version: 0, locked: None, carry_out: None, changed: None }
    }
}

/// Something that happened to a container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ContainerEvent {
    /// It was locked.
    Locked {
        /// By whom.
        by: PersonId,
        /// The number on the lock or seal.
        number: LockNumber,
        /// The container's label.
        scan: Scan,
        /// For which carry-out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        carry_out: Option<CarryOutId>,
    },
    /// It was opened.
    Opened {
        /// By whom.
        by: PersonId,
        /// The number on the lock or seal before it was opened.
        number_seen: LockNumber,
        /// Whether it was locked with that number.
        matches: bool,
        /// The container's label.
        scan: Scan,
    },
}

impl ContainerEvent {
    /// The stable word that names this kind of event in the ledger.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Locked { .. } => "locked",
            Self::Opened { .. } => "opened",
        }
    }

    /// The texts that this event refers to: none.
    #[must_use]
    pub fn texts(&self) -> Vec<TextRef> {
        Vec::new()
    }

    /// The label as it was scanned in this event.
    #[must_use]
    pub fn scan(&self) -> Option<&Scan> {
        match self {
            Self::Locked { scan, .. } | Self::Opened { scan, .. } => Some(scan),
        }
    }
}

/// Folds one event in. Total: any event on any container gives a container, and no profile or clock is
/// consulted. `None` stands for a container to which nothing has happened.
#[must_use]
pub fn evolve(
    id: ContainerId,
    state: Option<ContainerState>,
    stamp: &Stamp,
    version: u64,
    event: &ContainerEvent,
) -> ContainerState {
    let mut state = state.unwrap_or_else(|| ContainerState::new(id));
    state.version = version;
    let key = OrderKey::new(stamp, version);
    if state.changed.is_some_and(|changed| key < changed) {
        return state;
    }
    state.changed = Some(key);
    match event {
        ContainerEvent::Locked { by, number, carry_out, .. } => {
            state.locked = Some(Lock { number: number.clone(), by: *by, at: key.at });
            state.carry_out = *carry_out;
        }
        ContainerEvent::Opened { .. } => {
            state.locked = None;
            state.carry_out = None;
        }
    }
    state
}

/// A container with what the rules must know of it.
#[derive(Debug, Clone, Copy)]
pub struct Inside<'a> {
    /// Where it stands.
    pub state: &'a ContainerState,
    /// The label that it bears.
    pub label: &'a LabelId,
    /// What is in it: the items that rest in it, and those that are out on a carry-out in it.
    pub items: &'a [ItemId],
    /// The carry-out on which it travels now, where there is one.
    pub carry_out: Option<CarryOutId>,
}

/// What somebody asks to do with a container, or did without signal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContainerAct {
    /// Lock it.
    Lock {
        /// The number on the lock or seal.
        number: LockNumber,
        /// The container's label.
        scan: Scan,
        /// For which carry-out.
        carry_out: Option<CarryOutId>,
    },
    /// Open it.
    Open {
        /// The number on the lock or seal, as it is found.
        number_seen: LockNumber,
        /// The container's label.
        scan: Scan,
    },
}

/// The kinds of act, as pages and phones name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContainerActKind {
    /// [`ContainerAct::Lock`]
    Lock,
    /// [`ContainerAct::Open`]
    Open,
}

impl ContainerActKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Lock, Self::Open];

    /// The stable word used on the wire.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Lock => "lock",
            Self::Open => "open",
        }
    }

    /// The kind that `code` names.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// What stands on the button.
    #[must_use]
    pub fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::Lock => lang.pick("施錠する", "Lock"),
            Self::Open => lang.pick("開錠する", "Open"),
        }
    }
}

impl ContainerAct {
    /// The kind of this act.
    #[must_use]
    pub fn kind(&self) -> ContainerActKind {
        match self {
            Self::Lock { .. } => ContainerActKind::Lock,
            Self::Open { .. } => ContainerActKind::Open,
        }
    }

    /// The container's label as it was scanned.
    #[must_use]
    pub fn scan(&self) -> &Scan {
        match self {
            Self::Lock { scan, .. } | Self::Open { scan, .. } => scan,
        }
    }
}

/// What an act becomes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decided {
    /// On the container's own timeline.
    pub container: Vec<ContainerEvent>,
    /// On the timelines of what is in it.
    pub items: Vec<(ItemId, Vec<Event>)>,
}

/// Whether this person may do this kind of act with this container now.
///
/// # Errors
/// The first refusal that stands against it.
pub fn check(
    inside: &Inside<'_>,
    kind: ContainerActKind,
    actor: &Person,
    profile: &Profile,
) -> Result<(), Refusal> {
    let no = |reason| Err(profile.refuse(reason));
    if !actor.is(Part::Handler) {
        return no(Reason::NotDesignated);
    }
    match (kind, &inside.state.locked) {
        (ContainerActKind::Lock, Some(_)) => no(Reason::ContainerLocked),
        (ContainerActKind::Lock, None) if inside.items.is_empty() => no(Reason::ContainerEmpty),
        (ContainerActKind::Open, None) => no(Reason::ContainerNotLocked),
        _ => Ok(()),
    }
}

/// Every kind of act with its answer for this person now.
#[must_use]
pub fn open_acts(
    inside: &Inside<'_>,
    actor: &Person,
    profile: &Profile,
) -> Vec<(ContainerActKind, Result<(), Refusal>)> {
    ContainerActKind::ALL.into_iter().map(|kind| (kind, check(inside, kind, actor, profile))).collect()
}

/// Decides one act: the events that it becomes, or why it is refused.
///
/// # Errors
/// A refusal, which leaves everything as it was. That the number on the lock is another is none.
pub fn decide(
    inside: &Inside<'_>,
    act: &ContainerAct,
    actor: &Person,
    profile: &Profile,
) -> Result<Decided, Refusal> {
    check(inside, act.kind(), actor, profile)?;
    label_at_hand(inside, act.scan()).map_err(|reason| profile.refuse(reason))?;
    Ok(observe(inside, act, actor.id))
}

/// What an act becomes that a phone without signal saw: what [`decide`] would make of it, and never a
/// refusal.
#[must_use]
pub fn observe(inside: &Inside<'_>, act: &ContainerAct, by: PersonId) -> Decided {
    match act {
        ContainerAct::Lock { number, scan, carry_out } => Decided {
            container: vec![ContainerEvent::Locked {
                by,
                number: number.clone(),
                scan: scan.clone(),
                carry_out: *carry_out,
            }],
            items: Vec::new(),
        },
        ContainerAct::Open { number_seen, scan } => {
            // Where the register has no lock, the phone that saw it locked may be heard of later.
            let matches = inside.state.locked.as_ref().is_none_or(|lock| lock.number == *number_seen);
            let opened =
                ContainerEvent::Opened { by, number_seen: number_seen.clone(), matches, scan: scan.clone() };
            let carry_out = inside.carry_out.or(inside.state.carry_out).filter(|_| !matches);
            let unsealed = carry_out.map_or_else(Vec::new, |carry_out| {
                let event = Event::Unsealed { carry_out, by, container: inside.state.id, matches };
                inside.items.iter().map(|item| (*item, vec![event.clone()])).collect()
            });
            Decided { container: vec![opened], items: unsealed }
        }
    }
}

/// Whether the scan is of the label that the container bears, read where it stands.
pub(crate) fn label_at_hand(inside: &Inside<'_>, scan: &Scan) -> Result<(), Reason> {
    if !scan.method.label_at_hand() {
        Err(Reason::LabelNotAtHand)
    } else if scan.label != *inside.label {
        Err(Reason::WrongLabel { scanned: scan.label.clone() })
    } else {
        Ok(())
    }
}
