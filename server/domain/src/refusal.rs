//! Refusals: an answer, not a fault. Each has a stable code, its source, and a sentence in Japanese and in
//! English that says what to do next.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{
    disposal::Shows,
    event::Receiver,
    ids::{ItemId, PersonId, PlaceId},
    item::Custody,
    label::{LabelId, LabelTarget},
    place::Home,
    profile::{Area, Bilingual, Clause, Gated, Measure},
    text::{Lang, Names},
};

/// A rule that the product itself makes, whatever the regulation says. A profile may name the clause that
/// asks for the same; then that clause is cited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProductRule {
    /// Only a designated handler may have custody.
    HandlersOnly,
    /// Only whoever has an item can give it away or put it away.
    HolderActs,
    /// Custody passes when the receiver accepts with his own sign-in and his own scan.
    TwoSidedHandOver,
    /// One thing bears one label in force, and a label belongs to one thing.
    OneLabel,
    /// Whoever takes an item has its label in front of him.
    LabelAtHand,
    /// A person acts only through the parts that he plays.
    PartsOnly,
    /// Nobody approves what he asked for himself, and nobody approves twice (OWASP ASVS 5.0, 2.3.5).
    RequesterNotApprover,
    /// Operator and witness are different people, each under his own sign-in.
    OperatorNotWitness,
    /// Steps are taken in their order (OWASP ASVS 5.0, 2.3.1).
    StepOrder,
    /// What was destroyed or handed over for good is no longer in custody.
    GoneIsGone,
    /// A container that is locked is opened before anything is put in or taken out.
    LockedIsLocked,
    /// What a person may do ends with his term of appointment (任用期間).
    TermEnds,
    /// What is lent is lent to one named person at a time.
    OneBorrower,
}

impl ProductRule {
    /// Every rule.
    pub const ALL: [Self; 13] = [
        Self::HandlersOnly,
        Self::HolderActs,
        Self::TwoSidedHandOver,
        Self::OneLabel,
        Self::LabelAtHand,
        Self::PartsOnly,
        Self::RequesterNotApprover,
        Self::OperatorNotWitness,
        Self::StepOrder,
        Self::GoneIsGone,
        Self::LockedIsLocked,
        Self::TermEnds,
        Self::OneBorrower,
    ];

    /// The stable word used in profiles and on the wire.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::HandlersOnly => "handlers-only",
            Self::HolderActs => "holder-acts",
            Self::TwoSidedHandOver => "two-sided-hand-over",
            Self::OneLabel => "one-label",
            Self::LabelAtHand => "label-at-hand",
            Self::PartsOnly => "parts-only",
            Self::RequesterNotApprover => "requester-not-approver",
            Self::OperatorNotWitness => "operator-not-witness",
            Self::StepOrder => "step-order",
            Self::GoneIsGone => "gone-is-gone",
            Self::LockedIsLocked => "locked-is-locked",
            Self::TermEnds => "term-ends",
            Self::OneBorrower => "one-borrower",
        }
    }

    /// The rule that `code` names.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.code() == code)
    }

    fn cite(self, lang: Lang) -> &'static str {
        match self {
            Self::HandlersOnly => lang.pick(
                "Hokanの規則: 保管は指定された担当者に限る",
                "Hokan's rule: custody is for designated handlers only",
            ),
            Self::HolderActs => lang.pick(
                "Hokanの規則: 渡せるのは保持者だけ",
                "Hokan's rule: only whoever has an item can give it away",
            ),
            Self::TwoSidedHandOver => lang.pick(
                "Hokanの規則: 引渡しは受け取る人の読取りで成立する",
                "Hokan's rule: custody passes with the receiver's own scan",
            ),
            Self::OneLabel => lang.pick(
                "Hokanの規則: 有効なラベルは一つに一枚",
                "Hokan's rule: one thing bears one label in force",
            ),
            Self::LabelAtHand => lang.pick(
                "Hokanの規則: 受け取る人はラベルを手元で読み取る",
                "Hokan's rule: whoever takes an item scans the label at hand",
            ),
            Self::PartsOnly => {
                lang.pick("Hokanの規則: 役割の範囲で操作する", "Hokan's rule: people act through their parts")
            }
            Self::RequesterNotApprover => lang.pick(
                "Hokanの規則: 申請した人は承認できない",
                "Hokan's rule: nobody approves what he asked for",
            ),
            Self::OperatorNotWitness => lang.pick(
                "Hokanの規則: 作業者と立会者は別の人",
                "Hokan's rule: operator and witness are different people",
            ),
            Self::StepOrder => {
                lang.pick("Hokanの規則: 手順は順に行う", "Hokan's rule: steps are taken in their order")
            }
            Self::GoneIsGone => lang.pick(
                "Hokanの規則: 廃棄・引渡し済みのものは操作できない",
                "Hokan's rule: what is gone is no longer in custody",
            ),
            Self::LockedIsLocked => lang.pick(
                "Hokanの規則: 施錠した容器は開けてから出し入れする",
                "Hokan's rule: a locked container is opened first",
            ),
            Self::TermEnds => lang.pick(
                "Hokanの規則: 権限は任用期間とともに終わる",
                "Hokan's rule: authority ends with the term of appointment",
            ),
            Self::OneBorrower => lang.pick(
                "Hokanの規則: 貸与は一度に一人、氏名を記録して行う",
                "Hokan's rule: what is lent is lent to one named person at a time",
            ),
        }
    }
}

/// What asks for a refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A clause of the regulation in force.
    Clause(Clause),
    /// What the national default asks for, where the regulation is silent. It is never shown as the body's
    /// own rule.
    Default(Clause),
    /// A rule of the product.
    Product(ProductRule),
}

impl Source {
    /// The citation as people read it.
    #[must_use]
    pub fn cite(&self, lang: Lang) -> String {
        match self {
            Self::Clause(clause) => format!("{} {}", clause.regulation, clause.article),
            Self::Default(clause) => lang.pick(
                format!("国の標準（{} {}）", clause.regulation, clause.article),
                format!("National default ({} {})", clause.regulation, clause.article),
            ),
            Self::Product(rule) => rule.cite(lang).to_owned(),
        }
    }
}

/// One thing that is still missing before a step can be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The stable word for the kind of thing: `approval`, `field`, `protection`, `packed`, `locked`.
    pub code: &'static str,
    /// Which of its kind, as profiles and the wire name it: a role, a field, a measure.
    pub which: String,
    /// What people read.
    pub name: Bilingual,
    /// The item that it is missing for, where it is for one.
    pub item: Option<ItemId>,
    /// What asks for it.
    pub source: Source,
}

/// Why an act is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The requester cannot approve.
    OwnRequest,
    /// The person, or the one whose deputy he is, approved already.
    AlreadyApproved,
    /// The person holds none of the roles that can approve.
    NotApprover {
        /// The roles that can, as people call them.
        roles: Vec<Bilingual>,
    },
    /// The person answers for a division, and the thing is under none.
    UnderNoDivision {
        /// The role that he holds there, as people call it.
        role: Vec<Bilingual>,
        /// The role that decides about what is under none; empty where the regulation has no top role.
        top: Vec<Bilingual>,
    },
    /// The request does not wait any more, or there never was one.
    RequestSettled,
    /// Only the requester can take a request back.
    NotRequester {
        /// Who asked.
        by: PersonId,
    },
    /// Something must be granted first.
    PermissionMissing {
        /// What.
        gated: Gated,
        /// The roles that grant it, as people call them.
        roles: Vec<Bilingual>,
    },
    /// Nobody needs to grant this here.
    PermissionNotNeeded {
        /// What.
        gated: Gated,
    },
    /// Things are still missing.
    NotReady {
        /// Which. Never empty.
        missing: Vec<Missing>,
    },
    /// No purpose was given, or one that is not permitted.
    PurposeNotPermitted,
    /// No ground was given, or one that is not permitted.
    GroundNotPermitted,
    /// The retention rule is none of the profile's.
    RuleUnknown,
    /// The data is not protected as it must be.
    ProtectionMissing {
        /// One of these is enough.
        any_of: Vec<Measure>,
    },
    /// The home cannot be locked.
    HomeNotLockable {
        /// Which.
        home: Home,
    },
    /// The item belongs elsewhere.
    NotDesignatedHome {
        /// Where.
        place: PlaceId,
    },
    /// Leaving that area needs a carry-out.
    CarryOutNeeded {
        /// Which.
        area: Area,
    },
    /// The item is destroyed or was handed over for good.
    ItemGone {
        /// Which of the two.
        custody: Custody,
    },
    /// The item is out on a carry-out.
    ItemOut,
    /// The item is on no carry-out.
    ItemNotOut,
    /// Retention is suspended.
    OnHold,
    /// There is no such hold, or it was lifted.
    HoldLifted,
    /// No such contents, or they were erased.
    NoSuchContents,
    /// The day lies before the one that is in force already.
    NotLater {
        /// The day in force.
        until: NaiveDate,
    },
    /// The method is not allowed for this kind of item.
    MethodNotAllowed {
        /// Those that are, as people call them.
        allowed: Vec<Bilingual>,
    },
    /// The tool with its version is missing.
    ToolMissing,
    /// The data must be erased first.
    ErasureMissing,
    /// Whoever destroyed cannot be the witness.
    WitnessIsOperator,
    /// Too much time has passed between operator and witness.
    WitnessTooLate {
        /// How many minutes are allowed.
        minutes: i64,
    },
    /// Nothing was destroyed yet.
    NotDestroyed,
    /// Nobody stood by yet.
    NotWitnessed,
    /// Something that the record of the disposal rests on is doubtful, and nobody has settled that.
    EvidenceInDoubt,
    /// A witness must be there in a way that counts.
    PresenceNotEnough,
    /// A photograph is missing or does not show what it must.
    PhotographMissing {
        /// What it must show.
        shows: Shows,
        /// Whether there is one, which does not show the label.
        label_unread: bool,
    },
    /// The contractor's certificate is missing.
    CertificateMissing,
    /// It was done already.
    AlreadyDone,
    /// What looked wrong is about whoever wants to settle it.
    OwnSuspicion,
    /// The container is locked.
    ContainerLocked,
    /// The container is not locked.
    ContainerNotLocked,
    /// There is nothing in the container.
    ContainerEmpty,
    /// The carry-out is at another step.
    CarryOutElsewhere {
        /// At which, as people call it.
        state: Bilingual,
    },
    /// The item is on another carry-out.
    OnOtherCarryOut {
        /// The item.
        item: ItemId,
    },
    /// The incident is closed.
    IncidentClosed,
    /// There is no such step of the reporting chain.
    NoSuchStep,
    /// There is no such discrepancy, or it was settled.
    DiscrepancySettled,
    /// Only what a phone told of can be settled as untrue.
    NotAnObservation,
    /// The item is not lost.
    NotLost,
    /// The contract is not in force.
    ContractNotInForce,
    /// The work may not be entrusted further.
    SubcontractForbidden,
    /// The contract is at another step.
    ContractElsewhere {
        /// At which, as people call it.
        state: Bilingual,
    },
    /// The regulation asks for no such clause or confirmation.
    NoSuchClause,
    /// The act belongs to a role that the person does not hold.
    RoleMissing {
        /// The roles that do it, as people call them.
        roles: Vec<Bilingual>,
    },
    /// The step of the reporting chain is none of this incident's.
    StepNotApplicable,
    /// The step of the reporting chain cannot be left out.
    StepMandatory,
    /// One person alone cannot close an incident.
    ClosesAlone,
    /// The term of appointment has ended.
    TermEnded {
        /// Its last day.
        on: NaiveDate,
    },
    /// Some of the entries are too young to be purged.
    TrailTooYoung {
        /// The first day whose entries must be kept.
        keep_from: NaiveDate,
    },
    /// The term of appointment ends before that day.
    BeyondTerm {
        /// Its last day.
        on: NaiveDate,
    },
    /// The person has left, or will have by then.
    PersonLeft {
        /// Who.
        person: PersonId,
        /// His last day.
        last: NaiveDate,
    },
    /// People who are appointed for a term are not designated in this way.
    FixedTermExcluded,
    /// There are as many as the regulation wants.
    DesignationsFull {
        /// What they are called.
        name: Bilingual,
        /// How many there are to be.
        exactly: u32,
    },
    /// Another designation comes first.
    DesignationMissing {
        /// What that is called.
        name: Bilingual,
    },
    /// The designation is at another step.
    DesignationElsewhere {
        /// At which, as people call it.
        state: Bilingual,
    },
    /// Nobody stands in for a person who does not hold the role himself.
    NothingToDeputise {
        /// Whose place was to be taken.
        person: PersonId,
    },
    /// The last day lies before the first.
    PeriodInverted,
    /// The day is over: nobody gets or loses authority backwards.
    DayIsOver {
        /// The first day that can be said.
        first: NaiveDate,
    },
    /// Nobody gives authority to himself, nor to the one whose deputy he is or who is his.
    OwnAuthority,
    /// The id is lent to somebody already.
    IdOnLoan {
        /// The id.
        id: String,
    },
    /// The actor is not a designated handler.
    NotDesignated,
    /// The person who is to receive is not a designated handler.
    ReceiverNotDesignated {
        /// Who.
        person: PersonId,
    },
    /// The actor does not play the part that the act needs.
    PartMissing {
        /// The part.
        part: crate::person::Part,
    },
    /// Somebody else has the item, or nobody does.
    NotCurrentHolder {
        /// Who or what has it.
        custody: Custody,
    },
    /// The actor already has the item.
    AlreadyHolder,
    /// The item is not in a home, so it cannot be taken out of one.
    NotStored {
        /// Who has it.
        holder: PersonId,
    },
    /// The item already rests where it is to be put.
    AlreadyThere {
        /// Where.
        home: Home,
    },
    /// Nobody hands over to himself.
    HandOverToSelf,
    /// A hand-over already waits for an answer.
    HandOverPending {
        /// Who is to answer.
        to: Receiver,
    },
    /// The hand-over is over, or there never was one.
    HandOverSettled {
        /// Who or what has the item now.
        custody: Custody,
    },
    /// The time to accept has run out.
    HandOverLapsed,
    /// The hand-over is for somebody else.
    NotAddressee {
        /// For whom.
        to: Receiver,
    },
    /// Only the offerer can withdraw.
    NotOfferer {
        /// Who offered.
        from: PersonId,
    },
    /// The scanned label is not this item's.
    WrongLabel {
        /// What was scanned.
        scanned: LabelId,
    },
    /// The scanned label is void.
    LabelVoid {
        /// The void label.
        label: LabelId,
        /// The one in force.
        replaced_by: Option<LabelId>,
    },
    /// The label is on nothing yet.
    LabelBlank {
        /// The blank label.
        label: LabelId,
    },
    /// The label is already on something.
    LabelTaken {
        /// The label.
        label: LabelId,
        /// On what.
        target: LabelTarget,
    },
    /// The act needs the label in front of the person.
    LabelNotAtHand,
}

impl Reason {
    /// The stable code, also the last part of a problem's type.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotDesignated => "not-designated",
            Self::ReceiverNotDesignated { .. } => "receiver-not-designated",
            Self::PartMissing { .. } => "part-missing",
            Self::NotCurrentHolder { .. } => "not-current-holder",
            Self::AlreadyHolder => "already-holder",
            Self::NotStored { .. } => "not-stored",
            Self::AlreadyThere { .. } => "already-there",
            Self::HandOverToSelf => "hand-over-to-self",
            Self::HandOverPending { .. } => "hand-over-pending",
            Self::HandOverSettled { .. } => "hand-over-settled",
            Self::HandOverLapsed => "hand-over-lapsed",
            Self::NotAddressee { .. } => "not-addressee",
            Self::NotOfferer { .. } => "not-offerer",
            Self::WrongLabel { .. } => "wrong-label",
            Self::LabelVoid { .. } => "label-void",
            Self::LabelBlank { .. } => "label-blank",
            Self::LabelTaken { .. } => "label-taken",
            Self::LabelNotAtHand => "label-not-at-hand",
            Self::OwnRequest => "own-request",
            Self::AlreadyApproved => "already-approved",
            Self::NotApprover { .. } => "not-approver",
            Self::UnderNoDivision { .. } => "under-no-division",
            Self::RequestSettled => "request-settled",
            Self::NotRequester { .. } => "not-requester",
            Self::PermissionMissing { .. } => "permission-missing",
            Self::PermissionNotNeeded { .. } => "permission-not-needed",
            Self::NotReady { .. } => "not-ready",
            Self::PurposeNotPermitted => "purpose-not-permitted",
            Self::GroundNotPermitted => "ground-not-permitted",
            Self::RuleUnknown => "rule-unknown",
            Self::ProtectionMissing { .. } => "protection-missing",
            Self::HomeNotLockable { .. } => "home-not-lockable",
            Self::NotDesignatedHome { .. } => "not-designated-home",
            Self::CarryOutNeeded { .. } => "carry-out-needed",
            Self::ItemGone { .. } => "item-gone",
            Self::ItemOut => "item-out",
            Self::ItemNotOut => "item-not-out",
            Self::OnHold => "on-hold",
            Self::HoldLifted => "hold-lifted",
            Self::NoSuchContents => "no-such-contents",
            Self::NotLater { .. } => "not-later",
            Self::MethodNotAllowed { .. } => "method-not-allowed",
            Self::ToolMissing => "tool-missing",
            Self::ErasureMissing => "erasure-missing",
            Self::WitnessIsOperator => "witness-is-operator",
            Self::WitnessTooLate { .. } => "witness-too-late",
            Self::NotDestroyed => "not-destroyed",
            Self::NotWitnessed => "not-witnessed",
            Self::EvidenceInDoubt => "evidence-in-doubt",
            Self::PresenceNotEnough => "presence-not-enough",
            Self::PhotographMissing { .. } => "photograph-missing",
            Self::CertificateMissing => "certificate-missing",
            Self::AlreadyDone => "already-done",
            Self::OwnSuspicion => "own-suspicion",
            Self::ContainerLocked => "container-locked",
            Self::ContainerNotLocked => "container-not-locked",
            Self::ContainerEmpty => "container-empty",
            Self::CarryOutElsewhere { .. } => "carry-out-elsewhere",
            Self::OnOtherCarryOut { .. } => "on-other-carry-out",
            Self::IncidentClosed => "incident-closed",
            Self::NoSuchStep => "no-such-step",
            Self::DiscrepancySettled => "discrepancy-settled",
            Self::NotAnObservation => "not-an-observation",
            Self::NotLost => "not-lost",
            Self::ContractNotInForce => "contract-not-in-force",
            Self::SubcontractForbidden => "subcontract-forbidden",
            Self::ContractElsewhere { .. } => "contract-elsewhere",
            Self::NoSuchClause => "no-such-clause",
            Self::RoleMissing { .. } => "role-missing",
            Self::StepNotApplicable => "step-not-applicable",
            Self::StepMandatory => "step-mandatory",
            Self::ClosesAlone => "closes-alone",
            Self::TermEnded { .. } => "term-ended",
            Self::TrailTooYoung { .. } => "trail-too-young",
            Self::IdOnLoan { .. } => "id-on-loan",
            Self::BeyondTerm { .. } => "beyond-term",
            Self::PersonLeft { .. } => "person-left",
            Self::FixedTermExcluded => "fixed-term-excluded",
            Self::DesignationsFull { .. } => "designations-full",
            Self::DesignationMissing { .. } => "designation-missing",
            Self::DesignationElsewhere { .. } => "designation-elsewhere",
            Self::NothingToDeputise { .. } => "nothing-to-deputise",
            Self::PeriodInverted => "period-inverted",
            Self::DayIsOver { .. } => "day-is-over",
            Self::OwnAuthority => "own-authority",
        }
    }

    /// The rule that this reason follows from.
    #[must_use]
    pub fn rule(&self) -> ProductRule {
        match self {
            Self::NotDesignated | Self::ReceiverNotDesignated { .. } => ProductRule::HandlersOnly,
            Self::PartMissing { .. } => ProductRule::PartsOnly,
            Self::NotCurrentHolder { .. }
            | Self::AlreadyHolder
            | Self::NotStored { .. }
            | Self::AlreadyThere { .. }
            | Self::NotOfferer { .. } => ProductRule::HolderActs,
            Self::HandOverToSelf
            | Self::HandOverPending { .. }
            | Self::HandOverSettled { .. }
            | Self::HandOverLapsed
            | Self::NotAddressee { .. } => ProductRule::TwoSidedHandOver,
            Self::WrongLabel { .. }
            | Self::LabelVoid { .. }
            | Self::LabelBlank { .. }
            | Self::LabelTaken { .. } => ProductRule::OneLabel,
            Self::LabelNotAtHand => ProductRule::LabelAtHand,
            Self::OwnRequest | Self::AlreadyApproved | Self::ClosesAlone | Self::OwnSuspicion => {
                ProductRule::RequesterNotApprover
            }
            Self::NotApprover { .. }
            | Self::UnderNoDivision { .. }
            | Self::NotRequester { .. }
            | Self::RoleMissing { .. } => ProductRule::PartsOnly,
            Self::TermEnded { .. } | Self::BeyondTerm { .. } | Self::PersonLeft { .. } => {
                ProductRule::TermEnds
            }
            Self::FixedTermExcluded | Self::DesignationsFull { .. } | Self::DesignationMissing { .. } => {
                ProductRule::HandlersOnly
            }
            Self::NothingToDeputise { .. } => ProductRule::PartsOnly,
            Self::OwnAuthority => ProductRule::RequesterNotApprover,
            Self::IdOnLoan { .. } => ProductRule::OneBorrower,
            Self::WitnessIsOperator => ProductRule::OperatorNotWitness,
            Self::ItemGone { .. } => ProductRule::GoneIsGone,
            Self::ContainerLocked | Self::ContainerNotLocked | Self::ContainerEmpty => {
                ProductRule::LockedIsLocked
            }
            _ => ProductRule::StepOrder,
        }
    }

    /// Whether the refusal is about who asks, rather than about the state of things.
    #[must_use]
    pub fn is_about_authority(&self) -> bool {
        matches!(
            self,
            Self::NotDesignated
                | Self::PartMissing { .. }
                | Self::NotAddressee { .. }
                | Self::OwnRequest
                | Self::OwnSuspicion
                | Self::AlreadyApproved
                | Self::NotApprover { .. }
                | Self::UnderNoDivision { .. }
                | Self::NotRequester { .. }
                | Self::RoleMissing { .. }
                | Self::ClosesAlone
                | Self::TermEnded { .. }
                | Self::WitnessIsOperator
        )
    }

    /// What a person reads: what is wrong and what to do.
    #[must_use]
    pub fn sentence(&self, lang: Lang, names: &dyn Names) -> String {
        match self {
            Self::NotDesignated => lang
                .pick(
                    "あなたは取扱担当者に指定されていません。指定を受けてから操作してください。",
                    "You are not a designated handler. Ask to be designated first.",
                )
                .to_owned(),
            Self::ReceiverNotDesignated { person } => {
                let name = names.person(*person);
                lang.pick(
                    format!("{name}さんは取扱担当者に指定されていません。指定された担当者を選んでください。"),
                    format!("{name} is not a designated handler. Choose a designated handler."),
                )
            }
            Self::PartMissing { part } => {
                let part = part.name(lang);
                lang.pick(
                    format!("この操作は{part}だけができます。{part}に依頼してください。"),
                    format!("This is for the part “{part}”. Ask somebody who plays it."),
                )
            }
            Self::NotCurrentHolder { custody } => {
                let who = whereabouts(*custody, lang, names);
                lang.pick(
                    format!("{who}。保持している人だけができる操作です。"),
                    format!("{who}. Only whoever has the item can do this."),
                )
            }
            Self::AlreadyHolder => lang
                .pick(
                    "この媒体はすでにあなたが保持しています。操作は不要です。",
                    "You already have this item. Nothing to do.",
                )
                .to_owned(),
            Self::NotStored { holder } => {
                let name = names.person(*holder);
                lang.pick(
                    format!(
                        "この媒体は{name}さんが保持しています。受け取るには引渡しを申し出てもらってください。"
                    ),
                    format!("{name} has this item. Ask for a hand-over instead."),
                )
            }
            Self::AlreadyThere { home } => {
                let home = names.home(*home);
                lang.pick(
                    format!("この媒体はすでに{home}に保管されています。操作は不要です。"),
                    format!("This item already rests in {home}. Nothing to do."),
                )
            }
            Self::HandOverToSelf => lang
                .pick(
                    "自分に引き渡すことはできません。受け取る人を選んでください。",
                    "You cannot hand over to yourself. Choose who is to receive.",
                )
                .to_owned(),
            Self::HandOverPending { to } => {
                let name = receiver(*to, lang, names);
                lang.pick(
                    format!(
                        "{name}への引渡しが受取りを待っています。先に取り下げるか、受け取ってもらってください。"
                    ),
                    format!("A hand-over to {name} waits for an answer. Withdraw it first, or have it accepted."),
                )
            }
            Self::HandOverSettled { custody } => {
                let who = whereabouts(*custody, lang, names);
                lang.pick(
                    format!("この引渡しはもう受け付けていません。{who}。"),
                    format!("This hand-over is over. {who}."),
                )
            }
            Self::HandOverLapsed => lang
                .pick(
                    "引渡しの期限が過ぎました。もう一度申し出てもらってください。",
                    "The time to accept has run out. Ask for a new offer.",
                )
                .to_owned(),
            Self::NotAddressee { to } => {
                let name = receiver(*to, lang, names);
                lang.pick(
                    format!("この引渡しは{name}あてです。本人が受け取ってください。"),
                    format!("This hand-over is for {name}, who must accept it in person."),
                )
            }
            Self::NotOfferer { from } => {
                let name = names.person(*from);
                lang.pick(
                    format!("この引渡しは{name}さんの申し出です。取り下げられるのは本人だけです。"),
                    format!("{name} made this offer and alone can withdraw it."),
                )
            }
            Self::WrongLabel { scanned } => lang.pick(
                format!(
                    "読み取ったラベル {scanned} はこの媒体のものではありません。現物を確かめてください。"
                ),
                format!("The scanned label {scanned} is not this item's. Check what you have in hand."),
            ),
            Self::LabelVoid { label, replaced_by } => match replaced_by {
                Some(new) => lang.pick(
                    format!("ラベル {label} は無効です。新しいラベル {new} を読み取ってください。"),
                    format!("Label {label} is void. Scan the label that replaced it, {new}."),
                ),
                None => lang.pick(
                    format!("ラベル {label} は無効です。管理者に確かめてください。"),
                    format!("Label {label} is void. Ask an administrator."),
                ),
            },
            Self::LabelBlank { label } => lang.pick(
                format!("ラベル {label} はまだ何にも貼られていません。先に登録してください。"),
                format!("Label {label} is not on anything yet. Register the item first."),
            ),
            Self::LabelTaken { label, .. } => lang.pick(
                format!("ラベル {label} はすでに使われています。新しいラベルを使ってください。"),
                format!("Label {label} is already in use. Take a new one."),
            ),
            Self::OwnRequest => lang
                .pick(
                    "自分の申請や自分が行ったことは、自分では承認も処理もできません。ほかの承認者に依頼してください。",
                    "You cannot approve your own request, nor settle what you did yourself. Ask somebody else who may.",
                )
                .to_owned(),
            Self::AlreadyApproved => lang
                .pick(
                    "あなたの承認は済んでいます。ほかの承認者の承認を待ってください。",
                    "You have approved already. It waits for another approver.",
                )
                .to_owned(),
            Self::UnderNoDivision { role, top } => {
                let (role, top, alone) = (listed(role, lang), listed(top, lang), top.is_empty());
                if alone {
                    return lang.pick(
                        format!("どの部署の所管でもないため、部署の{role}は判断できません。先に所管を決めてください。"),
                        format!("It is under no division, so the {role} of one does not decide. Put it under a division first."),
                    );
                }
                lang.pick(
                    format!("どの部署の所管でもないため、部署の{role}は判断できません。所管を決めるか、{top}に依頼してください。"),
                    format!(
                        "It is under no division, so the {role} of one does not decide. Put it under a division, or ask \
                         the {top}."
                    ),
                )
            }
            Self::NotApprover { roles } => {
                let roles = listed(roles, lang);
                lang.pick(
                    format!("承認できるのは{roles}です。{roles}に依頼してください。"),
                    format!("This is for {roles} to approve. Ask them."),
                )
            }
            Self::RequestSettled => lang
                .pick(
                    "この申請はもう承認を待っていません。画面を更新してください。",
                    "This request does not wait any more. Look at it again.",
                )
                .to_owned(),
            Self::NotRequester { by } => {
                let name = names.person(*by);
                lang.pick(
                    format!("この申請は{name}さんのものです。取り下げられるのは本人だけです。"),
                    format!("{name} made this request and alone can withdraw it."),
                )
            }
            Self::PermissionMissing { gated, roles } => {
                let (what, roles) = (gated.name(lang), listed(roles, lang));
                lang.pick(
                    format!("{what}には{roles}の許可が必要です。先に申請してください。"),
                    format!("{what} needs permission from {roles}. Ask for it first."),
                )
            }
            Self::PermissionNotNeeded { gated } => {
                let what = gated.name(lang);
                lang.pick(
                    format!("{what}には許可が要りません。申請せずに行えます。"),
                    format!("{what} needs no permission here. Go ahead without a request."),
                )
            }
            Self::NotReady { missing } => {
                let list: Vec<String> = missing
                    .iter()
                    .map(|missing| {
                        let name = missing.name.get(lang);
                        let cite = missing.source.cite(lang);
                        match missing.item {
                            Some(item) => {
                                let item = names.item(item);
                                lang.pick(format!("{name}：{item}（{cite}）"), format!("{name}: {item} ({cite})"))
                            }
                            None => lang.pick(format!("{name}（{cite}）"), format!("{name} ({cite})")),
                        }
                    })
                    .collect();
                lang.pick(
                    format!("次のものが足りません。そろえてからもう一度行ってください。{}", list.join("、")),
                    format!("Still missing: {}. See to them and try again.", list.join("; ")),
                )
            }
            Self::PurposeNotPermitted => lang
                .pick(
                    "事務（利用目的）が許された一覧にありません。一覧から選んでください。",
                    "The purpose is not on the list of permitted ones. Choose one from the list.",
                )
                .to_owned(),
            Self::GroundNotPermitted => lang
                .pick(
                    "持出しの事由が許された一覧にありません。一覧から選んでください。",
                    "The ground is not on the list of permitted ones. Choose one from the list.",
                )
                .to_owned(),
            Self::RuleUnknown => lang
                .pick(
                    "その保存期間の区分はありません。一覧から選んでください。",
                    "There is no such retention rule. Choose one from the list.",
                )
                .to_owned(),
            Self::ProtectionMissing { any_of } => {
                let names: Vec<_> = any_of.iter().map(|measure| measure.name(lang)).collect();
                let names = names.join(lang.pick("又は", " or "));
                lang.pick(
                    format!("{names}が記録されていません。先に保護の状態を確かめて記録してください。"),
                    format!("No {names} is recorded. Verify and record the protection first."),
                )
            }
            Self::HomeNotLockable { home } => {
                let home = names.home(*home);
                lang.pick(
                    format!("{home}は施錠できません。施錠できる保管場所に入れてください。"),
                    format!("{home} cannot be locked. Put it where it can be locked."),
                )
            }
            Self::NotDesignatedHome { place } => {
                let place = names.place(*place);
                lang.pick(
                    format!("所定の保管場所は{place}です。そこに戻してください。"),
                    format!("It belongs in {place}. Put it there."),
                )
            }
            Self::CarryOutNeeded { area } => {
                let area = area.name(lang);
                lang.pick(
                    format!("{area}の外に出すには持出しの手続が必要です。先に持出しを申請してください。"),
                    format!("Leaving the {area} is a carry-out. Request one first."),
                )
            }
            Self::ItemGone { custody } => match custody {
                Custody::Destroyed { .. } => lang.pick(
                    "この媒体は廃棄済みです。操作はできません。現物があるなら食い違いとして報告してください。",
                    "This item was destroyed. If you have it in hand, report that.",
                ),
                _ => lang.pick(
                    "この媒体は相手方に引き渡されています。操作はできません。",
                    "This item was handed over for good. Nothing more can be done with it.",
                ),
            }
            .to_owned(),
            Self::ItemOut => lang
                .pick(
                    "この媒体は持出し中です。返却を記録してから行ってください。",
                    "This item is out on a carry-out. Record its return first.",
                )
                .to_owned(),
            Self::ItemNotOut => lang
                .pick(
                    "この媒体は持出し中ではありません。",
                    "This item is not out on a carry-out.",
                )
                .to_owned(),
            Self::OnHold => lang
                .pick(
                    "この媒体は保存期間が停止されています。停止が解除されるまで廃棄・消去できません。",
                    "A hold is placed on this item. It cannot be erased or destroyed until every hold is lifted.",
                )
                .to_owned(),
            Self::HoldLifted => lang
                .pick("その停止はすでに解除されています。", "That hold is lifted already.")
                .to_owned(),
            Self::NoSuchContents => lang
                .pick(
                    "その記録内容はないか、すでに消去されています。画面を更新してください。",
                    "There are no such contents, or they were erased. Look at the item again.",
                )
                .to_owned(),
            Self::NotLater { until } => {
                let day = crate::japan_date::wareki(*until);
                lang.pick(
                    format!("いまの期限は{day}です。それより後の日を選んでください。"),
                    format!("It is kept until {until} already. Choose a later day."),
                )
            }
            Self::MethodNotAllowed { allowed } if allowed.is_empty() => lang
                .pick(
                    "この種類に使える方法は定められていません。ほかの方法で廃棄してください。",
                    "No way to do this is laid down for this kind. Dispose of it in another way.",
                )
                .to_owned(),
            Self::MethodNotAllowed { allowed } => {
                let allowed = listed(allowed, lang);
                lang.pick(
                    format!("その方法はこの種類には使えません。使える方法：{allowed}。"),
                    format!("That method is not allowed for this kind. Allowed: {allowed}."),
                )
            }
            Self::ToolMissing => lang
                .pick(
                    "使用したソフトウェアの名称と版を記録してください。",
                    "Record the tool and its version.",
                )
                .to_owned(),
            Self::ErasureMissing => lang
                .pick(
                    "先に復元できないように消去し、その結果を記録してください。",
                    "Erase it first so that nothing can be restored, and record the result.",
                )
                .to_owned(),
            Self::WitnessIsOperator => lang
                .pick(
                    "作業した人は立会者になれません。別の人が自分のサインインで確認してください。",
                    "Whoever destroyed it cannot be the witness. Another person must confirm under his own sign-in.",
                )
                .to_owned(),
            Self::WitnessTooLate { minutes } => lang.pick(
                format!("作業から{minutes}分を過ぎています。立会いは作業と同時に記録してください。"),
                format!("More than {minutes} minutes have passed since the destruction. A witness records it at once."),
            ),
            Self::NotDestroyed => lang
                .pick(
                    "廃棄の作業がまだ記録されていません。先に作業者が記録してください。",
                    "No destruction is recorded yet. The operator records it first.",
                )
                .to_owned(),
            Self::NotWitnessed => lang
                .pick(
                    "立会いがまだ記録されていません。先に立会者が確認してください。",
                    "No witness has confirmed yet. The witness confirms first.",
                )
                .to_owned(),
            Self::EvidenceInDoubt => lang
                .pick(
                    "廃棄又は立会いの記録に、処理されていない食い違いがあります。権限のある人が食い違いを処理してから確認してください。",
                    "The record of its destruction or witness bears a discrepancy that nobody has settled. Whoever may \
                     settles it first.",
                )
                .to_owned(),
            Self::PresenceNotEnough => lang
                .pick(
                    "この廃棄には、現場での立会い又は定められた方法での確認が必要です。",
                    "This destruction needs a witness on site, or one of the other ways that the regulation allows.",
                )
                .to_owned(),
            Self::PhotographMissing { shows, label_unread } => match (shows, label_unread) {
                (_, true) => lang.pick(
                    "写真からこの媒体のラベルを読み取れません。ラベルと製造番号が写るように撮り直してください。",
                    "This item's label cannot be read in the photograph. Take one that shows label and serial number.",
                ),
                (Shows::Before, false) => lang.pick(
                    "作業前の写真が必要です。製造番号が写るように撮ってください。",
                    "A photograph before the destruction is needed. Show the serial number.",
                ),
                (Shows::After, false) => lang.pick(
                    "作業後の写真が必要です。",
                    "A photograph after the destruction is needed.",
                ),
            }
            .to_owned(),
            Self::CertificateMissing => lang
                .pick(
                    "委託先の証明書の番号と写しが必要です。",
                    "The number of the contractor's certificate and a copy of it are needed.",
                )
                .to_owned(),
            Self::AlreadyDone => {
                lang.pick("すでに記録されています。操作は不要です。", "That is recorded already. Nothing to do.").to_owned()
            }
            Self::OwnSuspicion => lang
                .pick(
                    "あなた自身に関するものです。ほかの監査責任者又は管理者に確認を依頼してください。",
                    "This is about you. Ask another auditor or administrator to settle it.",
                )
                .to_owned(),
            Self::ContainerLocked => lang
                .pick(
                    "容器は施錠されています。番号を確かめて開けてから行ってください。",
                    "The container is locked. Check its number and open it first.",
                )
                .to_owned(),
            Self::ContainerNotLocked => lang
                .pick(
                    "容器は施錠されていません。",
                    "The container is not locked.",
                )
                .to_owned(),
            Self::ContainerEmpty => lang
                .pick(
                    "容器に何も入っていません。先に媒体を入れてください。",
                    "There is nothing in the container. Pack it first.",
                )
                .to_owned(),
            Self::CarryOutElsewhere { state } => {
                let state = state.get(lang);
                lang.pick(
                    format!("この持出しは「{state}」です。いまこの操作はできません。"),
                    format!("This carry-out is at “{state}”. That cannot be done now."),
                )
            }
            Self::OnOtherCarryOut { item } => {
                let item = names.item(*item);
                lang.pick(
                    format!("{item}はほかの持出しに含まれています。先にそちらを終えてください。"),
                    format!("{item} is on another carry-out. Finish that one first."),
                )
            }
            Self::IncidentClosed => lang
                .pick("この事故の記録は終結しています。", "This incident is closed.")
                .to_owned(),
            Self::NoSuchStep => lang
                .pick("その報告の段階はありません。", "There is no such step of the reporting chain.")
                .to_owned(),
            Self::DiscrepancySettled => lang
                .pick(
                    "その食い違いはもう解消されています。画面を更新してください。",
                    "That discrepancy is settled already. Look at the item again.",
                )
                .to_owned(),
            Self::NotAnObservation => lang
                .pick(
                    "事実でないとして処理できるのは、端末から後で届いた記録だけです。サーバで行った操作や持出しの記録と結び付いたものは、経緯を書いて処理し、今の状態を記録してください。",
                    "Only what a phone told of later can be settled as untrue. For what was done at the server, or what a \
                     carry-out tells as well, say how it came about, and record how things are now.",
                )
                .to_owned(),
            Self::NotLost => lang
                .pick("この媒体は紛失として報告されていません。", "This item is not reported as lost.")
                .to_owned(),
            Self::ContractNotInForce => lang
                .pick(
                    "有効な委託契約がありません。必要な条項を満たし、承認を受けた契約を選んでください。",
                    "There is no contract in force. Choose one that has its clauses and is approved.",
                )
                .to_owned(),
            Self::SubcontractForbidden => lang
                .pick("再委託は禁止されています。", "Entrusting the work further is forbidden.")
                .to_owned(),
            Self::ContractElsewhere { state } => {
                let state = state.get(lang);
                lang.pick(
                    format!("この契約は「{state}」です。いまこの操作はできません。"),
                    format!("This contract is at “{state}”. That cannot be done now."),
                )
            }
            Self::NoSuchClause => lang
                .pick(
                    "その条項又は確認事項は一覧にありません。一覧から選んでください。",
                    "There is no such clause or confirmation. Choose one from the list.",
                )
                .to_owned(),
            Self::RoleMissing { roles } => {
                let roles = listed(roles, lang);
                lang.pick(
                    format!("この操作は{roles}だけができます。{roles}に依頼してください。"),
                    format!("This is for {roles} to do. Ask them."),
                )
            }
            Self::StepNotApplicable => lang
                .pick(
                    "この段階の報告は、いま記録されている重大さと原因の事故には要りません。必要なら先に重大さを見直してください。",
                    "An incident as grave as this one is recorded to be, and of its origin, does not go through this \
                     step. If it should, assess the incident again first.",
                )
                .to_owned(),
            Self::StepMandatory => lang
                .pick(
                    "この段階の報告は省けません。報告してから記録してください。",
                    "This step of the reporting chain cannot be left out. Report, and record it.",
                )
                .to_owned(),
            Self::ClosesAlone => lang
                .pick(
                    "一人だけでは終結できません。承認した人とは別の人が終結してください。",
                    "One person alone cannot close an incident. Somebody other than the approver must close it.",
                )
                .to_owned(),
            Self::TermEnded { on } => {
                let day = crate::japan_date::wareki(*on);
                lang.pick(
                    format!(
                        "任用期間は{day}で終わりました。保持している媒体を引き渡し、続けるなら新しい任用を登録してもらってください。"
                    ),
                    format!(
                        "The term of appointment ended on {on}. Hand over what you hold; to go on, have a new term recorded."
                    ),
                )
            }
            Self::TrailTooYoung { keep_from } => {
                let day = crate::japan_date::wareki(*keep_from);
                lang.pick(
                    format!("{day}以後の操作履歴はまだ保存期間内です。それより前のものだけを選んでください。"),
                    format!("The trail must be kept from {keep_from} on. Choose only what is older."),
                )
            }
            Self::BeyondTerm { on } => {
                let day = crate::japan_date::wareki(*on);
                lang.pick(
                    format!("任用期間は{day}までです。その日までの期間にしてください。"),
                    format!("The term of appointment ends on {on}. Choose a period that ends by then."),
                )
            }
            Self::PersonLeft { person, last } => {
                let (name, day) = (names.person(*person), crate::japan_date::wareki(*last));
                lang.pick(
                    format!("{name}さんの在籍は{day}までです。在籍している人を選ぶか、復帰を記録してください。"),
                    format!("{name} leaves on {last}. Choose somebody else, or record that the person is back."),
                )
            }
            Self::FixedTermExcluded => lang
                .pick(
                    "任用期間の定めのある職員は、この方法では指定できません。申請による指定を行ってください。",
                    "Somebody who is appointed for a term cannot be designated in this way. Go by application.",
                )
                .to_owned(),
            Self::DesignationsFull { name, exactly } => {
                let name = name.get(lang);
                lang.pick(
                    format!("{name}は{exactly}名と定められ、すでに指名されています。先に一人の指名を解いてください。"),
                    format!("There are {exactly} to be ({name}), and there are. End one of these designations first."),
                )
            }
            Self::DesignationMissing { name } => {
                let name = name.get(lang);
                lang.pick(
                    format!("{name}の中から指名します。先に{name}に指定してください。"),
                    format!("This is for one who is designated already ({name}). Have that done first."),
                )
            }
            Self::DesignationElsewhere { state } => {
                let state = state.get(lang);
                lang.pick(
                    format!("この指定は「{state}」です。いまこの操作はできません。"),
                    format!("This designation is at “{state}”. That cannot be done now."),
                )
            }
            Self::NothingToDeputise { person } => {
                let name = names.person(*person);
                lang.pick(
                    format!("{name}さんはこの役割を持っていません。役割を持つ人の代理を登録してください。"),
                    format!("{name} does not hold this role. Name somebody who does."),
                )
            }
            Self::DayIsOver { first } => {
                let day = crate::japan_date::wareki(*first);
                lang.pick(
                    format!("過ぎた日からの権限は記録できません。{day}以後の日にしてください。"),
                    format!("Authority is not given or taken backwards. Choose {first} or a later day."),
                )
            }
            Self::OwnAuthority => lang
                .pick(
                    "自分や、自分が代理をする人・自分の代理人に権限を与えることはできません。ほかの人が行ってください。",
                    "Nobody gives authority to himself, to the one whose place he takes, or to his own deputy. Have \
                     somebody else do it.",
                )
                .to_owned(),
            Self::PeriodInverted => lang
                .pick(
                    "終わりの日が始まりの日より前です。日付を直してください。",
                    "The last day lies before the first. Correct the days.",
                )
                .to_owned(),
            Self::IdOnLoan { id } => lang.pick(
                format!("{id}は貸与中です。返却を記録してから貸与してください。"),
                format!("{id} is on loan. Record its return first."),
            ),
            Self::LabelNotAtHand => lang
                .pick(
                    "この操作にはラベルの読取りが必要です。現物のラベルを読み取ってください。",
                    "This needs a scan of the label. Scan the label on the item itself.",
                )
                .to_owned(),
        }
    }
}

/// A refusal with its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub reason: Reason,
    /// What asks for it.
    pub source: Source,
}

impl Refusal {
    /// A refusal that this entry of the profile asks for.
    #[must_use]
    pub fn by(source: &Source, reason: Reason) -> Self {
        Self { reason, source: source.clone() }
    }

    /// A refusal that lists what is missing; it cites what asks for the first of it.
    ///
    /// # Errors
    /// The refusal, where anything is missing.
    pub fn unless_complete(missing: Vec<Missing>) -> Result<(), Self> {
        match missing.first() {
            None => Ok(()),
            Some(first) => Err(Self { source: first.source.clone(), reason: Reason::NotReady { missing } }),
        }
    }
}

/// Names as a sentence lists them.
fn listed(names: &[Bilingual], lang: Lang) -> String {
    let names: Vec<&str> = names.iter().map(|name| name.get(lang)).collect();
    names.join(lang.pick("、", ", "))
}

/// Who or what has an item, as the beginning of a sentence without its full stop.
fn whereabouts(custody: Custody, lang: Lang, names: &dyn Names) -> String {
    match custody {
        Custody::Held { by } => {
            let name = names.person(by);
            lang.pick(format!("いまの保持者は{name}さんです"), format!("{name} has the item now"))
        }
        Custody::Stored { home, .. } => {
            let home = names.home(home);
            lang.pick(format!("いまは{home}に保管されています"), format!("The item rests in {home} now"))
        }
        Custody::Out { by, .. } => {
            let name = names.person(by);
            lang.pick(format!("いまは{name}さんが持ち出しています"), format!("{name} has taken the item out"))
        }
        Custody::Delivered { .. } => {
            lang.pick("相手方に引き渡されています", "The item was handed over for good").to_owned()
        }
        Custody::Destroyed { .. } => lang.pick("廃棄されています", "The item was destroyed").to_owned(),
    }
}

/// Who may accept, as people read it.
fn receiver(to: Receiver, lang: Lang, names: &dyn Names) -> String {
    match to {
        Receiver::Person(person) => {
            let name = names.person(person);
            lang.pick(format!("{name}さん"), name)
        }
        Receiver::AnyHandler => lang.pick("取扱担当者のだれか", "any designated handler").to_owned(),
    }
}
