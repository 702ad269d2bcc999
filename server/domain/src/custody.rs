//! Who may do what with an item now: hand it over, put it away, take it out.
//!
//! [`open_acts`] and [`decide`] ask the same [`check`], so a page never offers an act that is then refused
//! for a reason that the page could have known.

use chrono::{DateTime, Utc};

use crate::{
    contents::Contents,
    event::{Event, Receiver, Scan},
    ids::{EventId, HandOverId},
    item::{Custody, Item},
    label::{LabelId, LabelState, LabelTarget, ReplaceReason},
    person::{Part, Person},
    place::Home,
    profile::Profile,
    refusal::{Reason, Refusal},
    text::TextRef,
};

/// What somebody asks to do with an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Offer it to somebody.
    Offer {
        /// To whom.
        to: OfferTo,
        /// A word with it.
        note: Option<TextRef>,
        /// The label, if it was scanned.
        scan: Option<Scan>,
    },
    /// Take it over.
    Accept {
        /// The offer that is accepted.
        hand_over: HandOverId,
        /// The label as the receiver sees it.
        scan: Scan,
    },
    /// Decline to take it over.
    Refuse {
        /// The offer that is declined.
        hand_over: HandOverId,
        /// Why.
        note: Option<TextRef>,
    },
    /// Take the offer back.
    Withdraw {
        /// The offer.
        hand_over: HandOverId,
    },
    /// Put it into a place or container.
    PutAway {
        /// Where.
        home: Home,
        /// The label.
        scan: Scan,
    },
    /// Take it out of its home.
    TakeOut {
        /// The label.
        scan: Scan,
    },
    /// Put a new label on it.
    ReplaceLabel {
        /// The new label.
        label: LabelId,
        /// Where the new label stands.
        state: LabelState,
        /// Why.
        reason: ReplaceReason,
    },
    /// State what data lies on it.
    RecordContents {
        /// What data.
        contents: Contents,
    },
}

/// To whom an offer goes, with what the rules must know of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OfferTo {
    /// This person.
    Person(Person),
    /// Whichever designated handler comes first.
    AnyHandler,
}

/// The kinds of act, as pages and phones name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ActKind {
    /// [`Act::Offer`]
    Offer,
    /// [`Act::Accept`]
    Accept,
    /// [`Act::Refuse`]
    Refuse,
    /// [`Act::Withdraw`]
    Withdraw,
    /// [`Act::PutAway`]
    PutAway,
    /// [`Act::TakeOut`]
    TakeOut,
    /// [`Act::ReplaceLabel`]
    ReplaceLabel,
    /// [`Act::RecordContents`]
    RecordContents,
}

impl ActKind {
    /// Every kind, in the order in which a phone shows them: what is waited for comes first.
    pub const ALL: [Self; 8] = [
        Self::Accept,
        Self::Refuse,
        Self::TakeOut,
        Self::Offer,
        Self::PutAway,
        Self::Withdraw,
        Self::RecordContents,
        Self::ReplaceLabel,
    ];

    /// The stable word used on the wire.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Offer => "offer",
            Self::Accept => "accept",
            Self::Refuse => "refuse",
            Self::Withdraw => "withdraw",
            Self::PutAway => "put-away",
            Self::TakeOut => "take-out",
            Self::ReplaceLabel => "replace-label",
            Self::RecordContents => "record-contents",
        }
    }

    /// The kind that `code` names.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

impl Act {
    /// The kind of this act.
    #[must_use]
    pub fn kind(&self) -> ActKind {
        match self {
            Self::Offer { .. } => ActKind::Offer,
            Self::Accept { .. } => ActKind::Accept,
            Self::Refuse { .. } => ActKind::Refuse,
            Self::Withdraw { .. } => ActKind::Withdraw,
            Self::PutAway { .. } => ActKind::PutAway,
            Self::TakeOut { .. } => ActKind::TakeOut,
            Self::ReplaceLabel { .. } => ActKind::ReplaceLabel,
            Self::RecordContents { .. } => ActKind::RecordContents,
        }
    }

    fn scan(&self) -> Option<&Scan> {
        match self {
            Self::Offer { scan, .. } => scan.as_ref(),
            Self::Accept { scan, .. } | Self::PutAway { scan, .. } | Self::TakeOut { scan } => Some(scan),
            _ => None,
        }
    }
}

/// Whether this person may do this kind of act on this item now, as far as can be said before the details
/// of the act are known.
///
/// # Errors
/// The first reason that stands against it.
pub fn check(item: &Item, kind: ActKind, actor: &Person, now: DateTime<Utc>) -> Result<(), Reason> {
    if !actor.is(Part::Handler) {
        return Err(Reason::NotDesignated);
    }
    let custody = item.custody.value;
    let holds = custody.holder() == Some(actor.id);
    let must_hold = if holds { Ok(()) } else { Err(Reason::NotCurrentHolder { custody }) };
    match kind {
        ActKind::Offer => {
            must_hold?;
            match item.pending_offer(now) {
                Some(offer) => Err(Reason::HandOverPending { to: offer.to }),
                None => Ok(()),
            }
        }
        ActKind::Accept | ActKind::Refuse => {
            let offer = item.unanswered_offer().ok_or(Reason::HandOverSettled { custody })?;
            if now >= offer.expires_at {
                return Err(Reason::HandOverLapsed);
            }
            match offer.is_for(actor.id) {
                true => Ok(()),
                false if offer.from == actor.id => Err(Reason::AlreadyHolder),
                false => Err(Reason::NotAddressee { to: offer.to }),
            }
        }
        ActKind::Withdraw => {
            let offer = item.unanswered_offer().ok_or(Reason::HandOverSettled { custody })?;
            if offer.from == actor.id { Ok(()) } else { Err(Reason::NotOfferer { from: offer.from }) }
        }
        ActKind::PutAway => {
            must_hold?;
            match item.pending_offer(now) {
                Some(offer) => Err(Reason::HandOverPending { to: offer.to }),
                None => Ok(()),
            }
        }
        ActKind::TakeOut => match custody {
            Custody::Stored { .. } => Ok(()),
            Custody::Held { by } if by == actor.id => Err(Reason::AlreadyHolder),
            Custody::Held { by } => Err(Reason::NotStored { holder: by }),
        },
        // Whoever stands at the cabinet may relabel or describe what rests there.
        ActKind::ReplaceLabel | ActKind::RecordContents => match custody {
            Custody::Stored { .. } => Ok(()),
            Custody::Held { .. } => must_hold,
        },
    }
}

/// Every kind of act with its answer for this person now.
#[must_use]
pub fn open_acts(
    item: &Item,
    actor: &Person,
    profile: &Profile,
    now: DateTime<Utc>,
) -> Vec<(ActKind, Result<(), Refusal>)> {
    ActKind::ALL
        .into_iter()
        .map(|kind| (kind, check(item, kind, actor, now).map_err(|reason| refuse(reason, profile))))
        .collect()
}

/// Decides one act: the events that it becomes, or why it is refused.
///
/// `act_id` is the id of the act and so of its first event.
///
/// # Errors
/// A refusal, which leaves everything as it was.
pub fn decide(
    item: &Item,
    act: &Act,
    act_id: EventId,
    actor: &Person,
    profile: &Profile,
    now: DateTime<Utc>,
) -> Result<Vec<Event>, Refusal> {
    judge(item, act, act_id, actor, profile, now).map_err(|reason| refuse(reason, profile))
}

fn refuse(reason: Reason, profile: &Profile) -> Refusal {
    Refusal { source: profile.source(reason.rule()), reason }
}

fn judge(
    item: &Item,
    act: &Act,
    act_id: EventId,
    actor: &Person,
    profile: &Profile,
    now: DateTime<Utc>,
) -> Result<Vec<Event>, Reason> {
    // An answer to another hand-over than the one that waits is answered before the actor is told whom the
    // waiting one is for: two people who accept at once must learn who has the item.
    if let Act::Accept { hand_over, .. } | Act::Refuse { hand_over, .. } | Act::Withdraw { hand_over } = act
        && item.unanswered_offer().is_none_or(|offer| offer.hand_over != *hand_over)
        && actor.is(Part::Handler)
    {
        return Err(Reason::HandOverSettled { custody: item.custody.value });
    }
    // Putting it where the register has it already needs nothing, which is more use to the actor than that
    // nobody holds it.
    if let Act::PutAway { home, scan } = act
        && matches!(item.custody.value, Custody::Stored { home: known, .. } if known == *home)
        && scan.label == item.label.value
        && actor.is(Part::Handler)
    {
        return Err(Reason::AlreadyThere { home: *home });
    }
    check(item, act.kind(), actor, now)?;
    if let Some(scan) = act.scan()
        && scan.label != item.label.value
    {
        return Err(Reason::WrongLabel { scanned: scan.label.clone() });
    }
    match act {
        Act::Offer { to, note, scan } => {
            let receiver = match to {
                OfferTo::Person(person) if person.id == actor.id => return Err(Reason::HandOverToSelf),
                OfferTo::Person(person) if !person.is(Part::Handler) => {
                    return Err(Reason::ReceiverNotDesignated { person: person.id });
                }
                OfferTo::Person(person) => Receiver::Person(person.id),
                OfferTo::AnyHandler => Receiver::AnyHandler,
            };
            // The hand-over bears an id that the caller can compute: that of the act.
            let offered = Event::HandOverOffered {
                hand_over: act_id.into(),
                from: actor.id,
                to: receiver,
                expires_at: now + profile.hand_over_expires,
                note: *note,
                scan: scan.clone(),
            };
            Ok(vec![offered])
        }
        Act::Accept { hand_over, scan } => {
            if !scan.method.label_at_hand() {
                return Err(Reason::LabelNotAtHand);
            }
            Ok(vec![Event::HandOverAccepted {
                hand_over: Some(*hand_over),
                from: item.holder(),
                to: actor.id,
                scan: scan.clone(),
            }])
        }
        Act::Refuse { hand_over, note } => Ok(vec![Event::HandOverRefused {
            hand_over: Some(*hand_over),
            by: actor.id,
            note: *note,
            scan: None,
        }]),
        Act::Withdraw { hand_over } => {
            Ok(vec![Event::HandOverWithdrawn { hand_over: *hand_over, by: actor.id }])
        }
        Act::PutAway { home, scan } => {
            Ok(vec![Event::PutAway { by: actor.id, home: *home, scan: scan.clone() }])
        }
        Act::TakeOut { scan } => {
            if !scan.method.label_at_hand() {
                return Err(Reason::LabelNotAtHand);
            }
            let from = match item.custody.value {
                Custody::Stored { home, .. } => Some(home),
                Custody::Held { .. } => None,
            };
            Ok(vec![Event::TakenOut { by: actor.id, from, scan: scan.clone() }])
        }
        Act::ReplaceLabel { label, state, reason } => {
            label_is_free(label, state)?;
            Ok(vec![Event::LabelReplaced {
                old: item.label.value.clone(),
                new: label.clone(),
                reason: *reason,
            }])
        }
        Act::RecordContents { contents } => Ok(vec![Event::ContentsRecorded { contents: contents.clone() }]),
    }
}

/// What is needed to register an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// What it is.
    pub kind: crate::item::ItemKind,
    /// The label that was stuck on it.
    pub label: LabelId,
    /// Where that label stands.
    pub label_state: LabelState,
    /// What people call it.
    pub title: TextRef,
    /// The body's own number for it.
    pub control_number: Option<TextRef>,
    /// The maker's serial number.
    pub serial: Option<TextRef>,
    /// What data lies on it, as far as that is known already.
    pub contents: Vec<Contents>,
}

/// Registers an item by binding a blank label to it. Whoever registers it holds it.
///
/// # Errors
/// A refusal where the person is no designated handler or the label is not free.
pub fn register(
    registration: &Registration,
    actor: &Person,
    profile: &Profile,
) -> Result<Vec<Event>, Refusal> {
    let judge = || {
        if !actor.is(Part::Handler) {
            return Err(Reason::NotDesignated);
        }
        label_is_free(&registration.label, &registration.label_state)
    };
    judge().map_err(|reason| refuse(reason, profile))?;
    let registered = Event::Registered {
        item_kind: registration.kind,
        label: registration.label.clone(),
        title: registration.title,
        control_number: registration.control_number,
        serial: registration.serial,
        holder: actor.id,
    };
    let contents =
        registration.contents.iter().map(|contents| Event::ContentsRecorded { contents: contents.clone() });
    Ok(std::iter::once(registered).chain(contents).collect())
}

/// Whether a label can be stuck on something.
///
/// # Errors
/// [`Reason::LabelTaken`] or [`Reason::LabelVoid`].
pub fn label_is_free(label: &LabelId, state: &LabelState) -> Result<(), Reason> {
    match state {
        LabelState::Blank => Ok(()),
        LabelState::Bound(target) => Err(Reason::LabelTaken { label: label.clone(), target: *target }),
        LabelState::Void { replaced_by, .. } => {
            Err(Reason::LabelVoid { label: label.clone(), replaced_by: replaced_by.clone() })
        }
    }
}

/// The item that a scanned label leads to.
///
/// # Errors
/// [`Reason::LabelBlank`] or [`Reason::LabelVoid`], each of which says what to do.
pub fn label_target(label: &LabelId, state: &LabelState) -> Result<LabelTarget, Reason> {
    match state {
        LabelState::Bound(target) => Ok(*target),
        LabelState::Blank => Err(Reason::LabelBlank { label: label.clone() }),
        LabelState::Void { replaced_by, .. } => {
            Err(Reason::LabelVoid { label: label.clone(), replaced_by: replaced_by.clone() })
        }
    }
}
