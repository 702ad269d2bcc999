//! Who may do what with an item now: hand it over, put it away, take it out.
//!
//! [`open_acts`] and [`decide`] ask the same [`check`], so a page never offers an act that is then refused
//! for a reason that the page could have known. What belongs to a subject of its own is judged in its own
//! file: [`care`] (contents, protection, faults, loss), [`permission`] (requests, approvals, holds),
//! [`destroy`] (erasure, destruction, witness, confirmation).

mod care;
pub(crate) mod destroy;
mod permission;

use chrono::{DateTime, NaiveDate, Utc};

use crate::{
    approval::Wanted,
    contents::Contents,
    discrepancy::{Finding, Outcome},
    disposal::{Destruction, Erasure, Photograph, Presence},
    event::{Event, Receiver, Scan},
    ids::{ContentsId, DivisionId, EventId, HandOverId, HoldId, IncidentId, PlaceId, RequestId},
    item::{Custody, Item},
    japan_date::jst_date,
    label::{LabelId, LabelState, LabelTarget, ReplaceReason},
    person::{Part, Person},
    place::{Home, Zone},
    profile::{Bilingual, Gate, Gated, Matter, Profile},
    protection::Secrecy,
    refusal::{Missing, Reason, Refusal},
    text::{Lang, TextRef},
};

pub use self::care::{Copying, copy};

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
        /// Where, with what the rules must know of it.
        home: Resting,
        /// The label.
        scan: Scan,
    },
    /// Take it out of its home.
    TakeOut {
        /// The label.
        scan: Scan,
        /// What for, as the profile names it; none for what its contents serve.
        purpose: Option<String>,
        /// Whether it rests in a container that is locked.
        locked: bool,
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
    /// Put it under a division.
    Assign {
        /// Which; none takes it out of its division.
        division: Option<DivisionId>,
    },
    /// Set the place where it belongs.
    DesignateHome {
        /// The place.
        place: PlaceId,
        /// The area around it.
        zone: Option<Zone>,
    },
    /// State how its data is protected.
    RecordProtection {
        /// What keeps a finder from reading it.
        secrecy: Secrecy,
        /// Whether password or key is kept apart.
        key_apart: bool,
    },
    /// Erase some of its contents.
    EraseContents {
        /// Which.
        contents: ContentsId,
        /// How.
        erasure: Erasure,
    },
    /// Record that what a retention rule waits for has happened.
    RecordRetentionEvent {
        /// To which contents.
        contents: ContentsId,
        /// What, as the profile names it.
        event: String,
        /// On which day.
        on: NaiveDate,
    },
    /// Ask for something that must be granted.
    Ask {
        /// What for.
        wanted: Wanted,
        /// Why.
        reason: TextRef,
        /// The last day on which it is of use.
        until: Option<NaiveDate>,
    },
    /// Approve a request.
    Approve {
        /// Which.
        request: RequestId,
        /// A word with it.
        note: Option<TextRef>,
    },
    /// Turn a request down.
    TurnDown {
        /// Which.
        request: RequestId,
        /// Why.
        reason: TextRef,
    },
    /// Take a request back.
    WithdrawRequest {
        /// Which.
        request: RequestId,
    },
    /// End what was granted before its time.
    EndPermission {
        /// Which.
        request: RequestId,
        /// Why.
        reason: TextRef,
    },
    /// Suspend retention.
    PlaceHold {
        /// Why.
        reason: TextRef,
    },
    /// Lift a suspension.
    LiftHold {
        /// Which.
        hold: HoldId,
        /// Why.
        reason: TextRef,
    },
    /// Erase the whole item.
    Sanitize {
        /// How.
        erasure: Erasure,
        /// The label.
        scan: Scan,
    },
    /// Destroy it, or have it destroyed.
    Destroy {
        /// How.
        destruction: Destruction,
        /// The label.
        scan: Scan,
    },
    /// Stand by at its destruction.
    Witness {
        /// How.
        presence: Presence,
        /// Photographs that the witness took.
        photographs: Vec<Photograph>,
        /// The label.
        scan: Scan,
    },
    /// Confirm its destruction.
    ConfirmDisposal {
        /// A word with it.
        note: Option<TextRef>,
    },
    /// Report a fault.
    ReportFault {
        /// What is wrong.
        note: Option<TextRef>,
        /// The label, if it was scanned.
        scan: Option<Scan>,
    },
    /// Record whether it has a fault.
    CheckFault {
        /// Whether it has one.
        faulty: bool,
        /// A word with it.
        note: Option<TextRef>,
        /// The label.
        scan: Scan,
    },
    /// Report that it is not to be found.
    ReportLost {
        /// The incident that this opens.
        incident: Option<IncidentId>,
        /// What is known.
        note: Option<TextRef>,
    },
    /// Report that it was found.
    ReportFound {
        /// The label.
        scan: Scan,
    },
    /// Settle a discrepancy.
    SettleDiscrepancy {
        /// Which.
        finding: Finding,
        /// Whether what was observed counts.
        outcome: Outcome,
        /// How it came about.
        reason: TextRef,
    },
}

/// A home with what the rules must know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resting {
    /// Which.
    pub home: Home,
    /// The area around it.
    pub zone: Option<Zone>,
    /// Whether it can be locked.
    pub lockable: bool,
    /// Whether it is a container that is locked now.
    pub locked: bool,
    /// The place and every place around it, up to the building; empty for a container.
    pub within: Vec<PlaceId>,
}

impl Resting {
    /// A home of which nothing more is known, such as one that a phone without signal named.
    #[must_use]
    pub fn plain(home: Home) -> Self {
        let within = match home {
            Home::Place(place) => vec![place],
            Home::Container(_) => Vec::new(),
        };
        Self { home, zone: None, lockable: true, locked: false, within }
    }
}

/// To whom an offer goes, with what the rules must know of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OfferTo {
    /// This person.
    Person(Person),
    /// Whichever designated handler comes first.
    AnyHandler,
}

macro_rules! act_kinds {
    ($($kind:ident, $code:literal, $ja:literal, $en:literal;)*) => {
        /// The kinds of act, as pages and phones name them, in the order in which a phone shows them: what
        /// is waited for comes first.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ActKind {
            $(#[doc = concat!("[`Act::", stringify!($kind), "`]")] $kind,)*
        }

        impl ActKind {
            /// Every kind.
            pub const ALL: [Self; [$(ActKind::$kind),*].len()] = [$(Self::$kind),*];

            /// The stable word used on the wire.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$kind => $code,)*
                }
            }

            /// What stands on the button.
            #[must_use]
            pub fn name(self, lang: Lang) -> &'static str {
                match self {
                    $(Self::$kind => lang.pick($ja, $en),)*
                }
            }
        }

        impl Act {
            /// The kind of this act.
            #[must_use]
            pub fn kind(&self) -> ActKind {
                match self {
                    $(Self::$kind { .. } => ActKind::$kind,)*
                }
            }
        }
    };
}

act_kinds! {
    Accept, "accept", "受け取る", "Take over";
    Refuse, "refuse", "受け取らない", "Decline";
    Witness, "witness", "廃棄に立ち会う", "Witness the destruction";
    ConfirmDisposal, "confirm-disposal", "廃棄を確認する", "Confirm the disposal";
    Approve, "approve", "承認する", "Approve";
    TurnDown, "turn-down", "承認しない", "Turn down";
    TakeOut, "take-out", "取り出す", "Take out";
    Offer, "offer", "引き渡す", "Hand over";
    PutAway, "put-away", "保管する", "Put away";
    Withdraw, "withdraw", "引渡しを取り下げる", "Withdraw the offer";
    RecordContents, "record-contents", "記録内容を登録する", "Record contents";
    RecordProtection, "record-protection", "保護の状態を記録する", "Record the protection";
    Ask, "ask", "許可を申請する", "Ask for permission";
    WithdrawRequest, "withdraw-request", "申請を取り下げる", "Withdraw a request";
    EndPermission, "end-permission", "許可を取り消す", "End a permission";
    EraseContents, "erase-contents", "記録内容を消去する", "Erase contents";
    RecordRetentionEvent, "record-retention-event", "起算の事由を記録する", "Record what starts the period";
    PlaceHold, "place-hold", "保存期間を停止する", "Place a hold";
    LiftHold, "lift-hold", "停止を解除する", "Lift a hold";
    Sanitize, "sanitize", "全体を消去する", "Erase everything";
    Destroy, "destroy", "廃棄する", "Destroy";
    ReportFault, "report-fault", "障害を報告する", "Report a fault";
    CheckFault, "check-fault", "障害の有無を記録する", "Record a check";
    ReportLost, "report-lost", "紛失を報告する", "Report a loss";
    ReportFound, "report-found", "発見を報告する", "Report as found";
    SettleDiscrepancy, "settle-discrepancy", "食い違いを処理する", "Settle a discrepancy";
    Assign, "assign", "所管を変える", "Change the division";
    DesignateHome, "designate-home", "所定の場所を決める", "Set where it belongs";
    ReplaceLabel, "replace-label", "ラベルを貼り替える", "Replace the label";
}

impl ActKind {
    /// The kind that `code` names.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

impl Act {
    fn scan(&self) -> Option<&Scan> {
        match self {
            Self::Offer { scan, .. } | Self::ReportFault { scan, .. } => scan.as_ref(),
            Self::Accept { scan, .. }
            | Self::PutAway { scan, .. }
            | Self::TakeOut { scan, .. }
            | Self::Sanitize { scan, .. }
            | Self::Destroy { scan, .. }
            | Self::Witness { scan, .. }
            | Self::CheckFault { scan, .. }
            | Self::ReportFound { scan } => Some(scan),
            _ => None,
        }
    }
}

/// Everything that an act is judged by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case<'a> {
    pub(crate) item: &'a Item,
    pub(crate) actor: &'a Person,
    pub(crate) profile: &'a Profile,
    pub(crate) now: DateTime<Utc>,
}

impl Case<'_> {
    pub(crate) fn today(&self) -> NaiveDate {
        jst_date(self.now)
    }

    pub(crate) fn matter(&self) -> Matter {
        self.item.matter(None)
    }

    /// The gate that stands before this, if there is one.
    pub(crate) fn gate(&self, gated: Gated) -> Option<&Gate> {
        self.profile.gate(gated, &self.item.matter_before(gated))
    }

    pub(crate) fn refuse(&self, reason: Reason) -> Refusal {
        self.profile.refuse(reason)
    }

    /// Whether the actor may handle the item: as a designated handler, or by an exception that an officer
    /// granted for this item (西伊豆町 第6条第2項ただし書).
    pub(crate) fn must_be_handler(&self) -> Result<(), Refusal> {
        let excepted =
            |wanted: &Wanted| matches!(wanted, Wanted::Handle { person } if *person == self.actor.id);
        if self.actor.is(Part::Handler)
            || (self.actor.active && self.item.permission(self.today(), excepted).is_some())
        {
            Ok(())
        } else {
            Err(self.refuse(Reason::NotDesignated))
        }
    }

    pub(crate) fn must_hold(&self) -> Result<(), Refusal> {
        let custody = self.item.custody.value;
        if custody.holder() == Some(self.actor.id) {
            Ok(())
        } else {
            Err(self.refuse(Reason::NotCurrentHolder { custody }))
        }
    }

    /// Whoever stands at the cabinet may describe what rests there; what somebody holds is his to describe.
    pub(crate) fn must_be_at_hand(&self) -> Result<(), Refusal> {
        match self.item.custody.value {
            Custody::Stored { .. } => Ok(()),
            Custody::Out { .. } => Err(self.refuse(Reason::ItemOut)),
            _ => self.must_hold(),
        }
    }

    pub(crate) fn must_be_here(&self) -> Result<(), Refusal> {
        let custody = self.item.custody.value;
        if custody.is_gone() { Err(self.refuse(Reason::ItemGone { custody })) } else { Ok(()) }
    }

    /// Refuses what the profile puts a gate before, unless it was granted.
    pub(crate) fn must_be_granted(
        &self,
        gated: Gated,
        fits: impl Fn(&Wanted) -> bool,
    ) -> Result<Option<RequestId>, Refusal> {
        self.must_be_granted_for(gated, &self.item.matter_before(gated), fits)
    }

    /// The same for an item that will be as `matter` says.
    pub(crate) fn must_be_granted_for(
        &self,
        gated: Gated,
        matter: &Matter,
        fits: impl Fn(&Wanted) -> bool,
    ) -> Result<Option<RequestId>, Refusal> {
        let Some(gate) = self.profile.gate(gated, matter) else { return Ok(None) };
        match self.item.permission(self.today(), fits) {
            Some(request) => Ok(Some(request.id)),
            None => Err(Refusal::by(
                &gate.source,
                Reason::PermissionMissing { gated, roles: self.profile.role_names(gate.approvers.roles()) },
            )),
        }
    }

    /// Refuses handling more records than the profile lets pass without approval (大量の取扱い).
    fn bulk_must_be_granted(&self) -> Result<(), Refusal> {
        let records = self.matter().records;
        self.must_be_granted(
            Gated::Bulk,
            |wanted| matches!(wanted, Wanted::Bulk { records: granted } if *granted >= records),
        )
        .map(drop)
    }

    fn use_must_be_granted(&self) -> Result<(), Refusal> {
        self.must_be_granted(Gated::Use, |wanted| matches!(wanted, Wanted::Use)).map(drop)
    }

    fn must_offer_nothing(&self) -> Result<(), Refusal> {
        match self.item.pending_offer(self.now) {
            Some(offer) => Err(self.refuse(Reason::HandOverPending { to: offer.to })),
            None => Ok(()),
        }
    }
}

/// Whether this person may do this kind of act on this item now, as far as can be said before the details
/// of the act are known.
///
/// # Errors
/// The first refusal that stands against it.
pub fn check(
    item: &Item,
    kind: ActKind,
    actor: &Person,
    profile: &Profile,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let case = Case { item, actor, profile, now };
    let custody = item.custody.value;
    match kind {
        ActKind::Offer | ActKind::PutAway => {
            // Whoever has an item may always give it back: his authority may have ended, his custody has not.
            if !(actor.active && custody.holder() == Some(actor.id)) {
                case.must_be_handler()?;
                case.must_hold()?;
            }
            case.must_offer_nothing()
        }
        ActKind::Accept | ActKind::Refuse => {
            case.must_be_handler()?;
            let offer =
                item.unanswered_offer().ok_or_else(|| case.refuse(Reason::HandOverSettled { custody }))?;
            if now >= offer.expires_at {
                return Err(case.refuse(Reason::HandOverLapsed));
            }
            match offer.is_for(actor.id) {
                true if kind == ActKind::Accept => {
                    case.use_must_be_granted()?;
                    case.bulk_must_be_granted()
                }
                true => Ok(()),
                false if offer.from == actor.id => Err(case.refuse(Reason::AlreadyHolder)),
                false => Err(case.refuse(Reason::NotAddressee { to: offer.to })),
            }
        }
        ActKind::Withdraw => {
            case.must_be_handler()?;
            let offer =
                item.unanswered_offer().ok_or_else(|| case.refuse(Reason::HandOverSettled { custody }))?;
            if offer.from == actor.id {
                Ok(())
            } else {
                Err(case.refuse(Reason::NotOfferer { from: offer.from }))
            }
        }
        ActKind::TakeOut => {
            case.must_be_handler()?;
            case.must_be_here()?;
            match custody {
                Custody::Stored { .. } => {}
                Custody::Held { by } if by == actor.id => return Err(case.refuse(Reason::AlreadyHolder)),
                Custody::Held { by } => return Err(case.refuse(Reason::NotStored { holder: by })),
                _ => return Err(case.refuse(Reason::ItemOut)),
            }
            case.use_must_be_granted()?;
            case.bulk_must_be_granted()
        }
        ActKind::ReplaceLabel => {
            case.must_be_handler()?;
            case.must_be_here()?;
            case.must_be_at_hand()
        }
        ActKind::RecordContents => {
            case.must_be_handler()?;
            case.must_be_here()?;
            case.must_be_at_hand()?;
            care::before_data(&case, &case.matter())
        }
        ActKind::RecordProtection
        | ActKind::EraseContents
        | ActKind::RecordRetentionEvent
        | ActKind::Assign
        | ActKind::DesignateHome
        | ActKind::ReportFault
        | ActKind::CheckFault
        | ActKind::ReportLost
        | ActKind::ReportFound
        | ActKind::SettleDiscrepancy => care::check(&case, kind),
        ActKind::Ask
        | ActKind::Approve
        | ActKind::TurnDown
        | ActKind::WithdrawRequest
        | ActKind::EndPermission
        | ActKind::PlaceHold
        | ActKind::LiftHold => permission::check(&case, kind),
        ActKind::Sanitize | ActKind::Destroy | ActKind::Witness | ActKind::ConfirmDisposal => {
            destroy::check(&case, kind)
        }
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
    ActKind::ALL.into_iter().map(|kind| (kind, check(item, kind, actor, profile, now))).collect()
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
    let case = Case { item, actor, profile, now };
    // An answer to another hand-over than the one that waits is answered before the actor is told whom the
    // waiting one is for: two people who accept at once must learn who has the item.
    if let Act::Accept { hand_over, .. } | Act::Refuse { hand_over, .. } | Act::Withdraw { hand_over } = act
        && item.unanswered_offer().is_none_or(|offer| offer.hand_over != *hand_over)
        && actor.is(Part::Handler)
    {
        return Err(case.refuse(Reason::HandOverSettled { custody: item.custody.value }));
    }
    // Putting it where the register has it already needs nothing, which is more use to the actor than that
    // nobody holds it.
    if let Act::PutAway { home, scan } = act
        && matches!(item.custody.value, Custody::Stored { home: known, .. } if known == home.home)
        && scan.label == item.label.value
        && actor.is(Part::Handler)
    {
        return Err(case.refuse(Reason::AlreadyThere { home: home.home }));
    }
    check(item, act.kind(), actor, profile, now)?;
    if let Some(scan) = act.scan()
        && scan.label != item.label.value
    {
        return Err(case.refuse(Reason::WrongLabel { scanned: scan.label.clone() }));
    }
    match act {
        Act::Offer { to, note, scan } => {
            let receiver = match to {
                OfferTo::Person(person) if person.id == actor.id => {
                    return Err(case.refuse(Reason::HandOverToSelf));
                }
                OfferTo::Person(person) if (Case { actor: person, ..case }).must_be_handler().is_err() => {
                    return Err(case.refuse(Reason::ReceiverNotDesignated { person: person.id }));
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
            at_hand(&case, scan)?;
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
            resting(&case, home)?;
            Ok(vec![Event::PutAway { by: actor.id, home: home.home, scan: scan.clone(), zone: home.zone }])
        }
        Act::TakeOut { scan, purpose, locked } => {
            at_hand(&case, scan)?;
            if *locked {
                return Err(case.refuse(Reason::ContainerLocked));
            }
            care::purpose_of_use(&case, purpose.as_deref())?;
            let from = match item.custody.value {
                Custody::Stored { home, .. } => Some(home),
                _ => None,
            };
            Ok(vec![Event::TakenOut { by: actor.id, from, scan: scan.clone(), purpose: purpose.clone() }])
        }
        Act::ReplaceLabel { label, state, reason } => {
            label_is_free(label, state).map_err(|reason| case.refuse(reason))?;
            Ok(vec![Event::LabelReplaced {
                old: item.label.value.clone(),
                new: label.clone(),
                reason: *reason,
            }])
        }
        Act::RecordContents { contents } => {
            care::contents_fit(profile, contents)?;
            let known = item.live_contents().map(|kept| &kept.contents);
            let matter = Matter::of(item.kind, known.chain(std::iter::once(contents)), None);
            care::before_data(&case, &matter)?;
            Ok(vec![Event::ContentsRecorded { contents: contents.clone() }])
        }
        Act::Assign { .. }
        | Act::DesignateHome { .. }
        | Act::RecordProtection { .. }
        | Act::EraseContents { .. }
        | Act::RecordRetentionEvent { .. }
        | Act::ReportFault { .. }
        | Act::CheckFault { .. }
        | Act::ReportLost { .. }
        | Act::ReportFound { .. }
        | Act::SettleDiscrepancy { .. } => care::decide(&case, act),
        Act::Ask { .. }
        | Act::Approve { .. }
        | Act::TurnDown { .. }
        | Act::WithdrawRequest { .. }
        | Act::EndPermission { .. }
        | Act::PlaceHold { .. }
        | Act::LiftHold { .. } => permission::decide(&case, act, act_id),
        Act::Sanitize { .. } | Act::Destroy { .. } | Act::Witness { .. } | Act::ConfirmDisposal { .. } => {
            destroy::decide(&case, act)
        }
    }
}

/// Whoever takes an item, or says what becomes of it, has its label in front of him.
pub(crate) fn at_hand(case: &Case<'_>, scan: &Scan) -> Result<(), Refusal> {
    if scan.method.label_at_hand() { Ok(()) } else { Err(case.refuse(Reason::LabelNotAtHand)) }
}

/// Whether an item may rest there.
fn resting(case: &Case<'_>, home: &Resting) -> Result<(), Refusal> {
    let Case { item, profile, .. } = case;
    if home.locked {
        return Err(case.refuse(Reason::ContainerLocked));
    }
    if let Some((when, source)) = &profile.media.lockable_home
        && when.applies(&case.matter())
        && !home.lockable
    {
        return Err(Refusal::by(source, Reason::HomeNotLockable { home: home.home }));
    }
    if let (Some(here), Some(there)) = (&item.zone, &home.zone)
        && here.value.leaves(profile.carry_out.leaves, there)
    {
        let area = profile.carry_out.leaves;
        return Err(Refusal::by(&profile.carry_out.source, Reason::CarryOutNeeded { area }));
    }
    // A container moves about; where it may go is the carry-out's business.
    if let (Some(source), Home::Place(_)) = (&profile.media.designated_home, home.home) {
        match item.designated_home {
            Some(place) if home.within.contains(&place) => {}
            Some(place) => return Err(Refusal::by(source, Reason::NotDesignatedHome { place })),
            None => {
                let missing = Missing {
                    code: "designated-home",
                    which: "designated-home".to_owned(),
                    name: Bilingual::new("所定の保管場所の指定", "the place where it belongs"),
                    item: Some(item.id),
                    source: source.clone(),
                };
                return Refusal::unless_complete(vec![missing]);
            }
        }
    }
    Ok(())
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
    /// The division whose officers answer for it.
    pub division: Option<DivisionId>,
    /// How its data is protected, where that was verified already.
    pub protection: Option<(Secrecy, bool)>,
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
    enter(registration, false, actor, profile)
}

/// Registers an item. `permitted` says that somebody granted that this data is on it.
fn enter(
    registration: &Registration,
    permitted: bool,
    actor: &Person,
    profile: &Profile,
) -> Result<Vec<Event>, Refusal> {
    if !actor.is(Part::Handler) {
        return Err(profile.refuse(Reason::NotDesignated));
    }
    label_is_free(&registration.label, &registration.label_state).map_err(|reason| profile.refuse(reason))?;
    care::registration_fits(registration, permitted, profile)?;
    let registered = Event::Registered {
        item_kind: registration.kind,
        label: registration.label.clone(),
        title: registration.title,
        control_number: registration.control_number,
        serial: registration.serial,
        holder: actor.id,
    };
    let division =
        registration.division.map(|division| Event::Assigned { by: actor.id, division: Some(division) });
    let protection = registration.protection.as_ref().map(|(secrecy, key_apart)| Event::ProtectionRecorded {
        by: actor.id,
        secrecy: secrecy.clone(),
        key_apart: *key_apart,
    });
    let contents =
        registration.contents.iter().map(|contents| Event::ContentsRecorded { contents: contents.clone() });
    Ok(std::iter::once(registered).chain(division).chain(protection).chain(contents).collect())
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
