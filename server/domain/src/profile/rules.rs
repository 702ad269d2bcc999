//! What a profile says, as plain data: roles, gates, lists, numbers, each with the clause that asks for it.
//!
//! Nothing here judges. The modules of the subjects (carry-out, disposal, retention) ask these lists; how a
//! profile is read and found sound is in [`super::read`].

use std::{collections::BTreeSet, fmt};

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::Bilingual;
use crate::{
    contents::{Category, Contents},
    item::ItemKind,
    refusal::Source,
    retention::RetentionRule,
    text::Lang,
};

/// The short name of a role, as profiles and the wire write it: `data-manager`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RoleId(pub String);

impl fmt::Display for RoleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for RoleId {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// The role that every designated handler plays, in every profile.
pub const HANDLER: &str = "handler";

/// A role that the regulation names (保護責任者, 管理責任者 and so on).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its short name.
    pub id: RoleId,
    /// What people call it.
    pub name: Bilingual,
    /// The post that holds it (充て職), where the regulation names one.
    pub post: Option<String>,
    /// Whether each division has its own holder. Then only the holder for an item's division may act for it.
    pub per_division: bool,
    /// Roles of the national default whose work this role does here.
    pub stands_for: Vec<RoleId>,
    /// Whether this is the role at the top.
    pub top: bool,
    /// What asks for it.
    pub source: Source,
}

/// Whether people who are appointed for a term may be designated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum FixedTerm {
    /// As everybody else.
    #[default]
    Alike,
    /// Only after an application of their user information (利用者情報登録申請書).
    AfterInformation,
    /// Not in this way.
    Never,
}

/// A way in which somebody becomes a handler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Designation {
    /// Its short name.
    pub id: String,
    /// What such a handler is called (システム操作者).
    pub name: Bilingual,
    /// Who designates.
    pub by: RoleId,
    /// Whether the division itself names the person first (指名), and only then is he designated.
    pub nominated: bool,
    /// Who enters the authority in his book before it is in force (登録), where that is another officer.
    pub registered_by: Option<RoleId>,
    /// Who must be told once it is in force.
    pub report_to: Option<RoleId>,
    /// How long that may take, and how long a registration may.
    pub within: Option<Clock>,
    /// The role that such a person holds, where he does not become a handler.
    pub holds: Option<RoleId>,
    /// What the regulation says of people who are appointed for a term (会計年度任用職員).
    pub fixed_term: FixedTerm,
    /// How many there must be, where the regulation says so.
    pub exactly: Option<u32>,
    /// The designation that such a person must have already (拠点管理者 are システム操作者 first).
    pub among: Option<String>,
    /// What asks for it.
    pub source: Source,
}

/// A number that a regulation speaks of, be it that it gives the number or leaves it to the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// Its short name: `bulk-records`.
    pub id: String,
    /// What it is.
    pub name: Bilingual,
    /// The words of the regulation where it gives no number (大量, 遅滞なく).
    pub phrase: Option<String>,
    /// What is counted: `records`, `days`, `hours`, `minutes`, `times-a-year`, `years`.
    pub unit: String,
    /// The number in force.
    pub value: u32,
    /// Whether the number is only proposed, until the body sets its own.
    pub proposal: bool,
    /// What asks for it.
    pub source: Source,
}

/// One of a list that people choose from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Its short name.
    pub id: String,
    /// What people read.
    pub name: Bilingual,
    /// What asks for it.
    pub source: Source,
}

/// The permitted purposes (事務).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Purposes {
    /// Whether data must be recorded under one of the list, and by what.
    pub required: Option<Source>,
    /// The list.
    pub list: Vec<Choice>,
}

/// What a gate stands before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gated {
    /// Taking items out (持出し).
    CarryOut,
    /// Copying (複製).
    Copy,
    /// Putting data on a removable medium (媒体への保存).
    Save,
    /// Connecting a medium to a terminal (接続).
    Connect,
    /// Using a medium or terminal at all (使用の許可).
    Use,
    /// Handling many records at once (大量の取扱い).
    Bulk,
    /// Handling by somebody who is no designated handler.
    Handle,
    /// Telling a third party what a system document says.
    Disclose,
    /// Destruction (廃棄の指示・許可).
    Dispose,
    /// Confirming that destruction took place (廃棄の確認).
    ConfirmDisposal,
    /// Keeping beyond the retention period (保存期間の延長).
    Extend,
    /// Suspending retention (保存期間の停止).
    Hold,
    /// Settling a discrepancy (食い違いの処理).
    SettleDiscrepancy,
    /// Closing an incident (事故の終結).
    CloseIncident,
    /// Entrusting work to a contractor (委託).
    Contract,
    /// Letting a contractor entrust it further (再委託).
    Subcontract,
}

impl Gated {
    /// Every gate.
    pub const ALL: [Self; 16] = [
        Self::CarryOut,
        Self::Copy,
        Self::Save,
        Self::Connect,
        Self::Use,
        Self::Bulk,
        Self::Handle,
        Self::Disclose,
        Self::Dispose,
        Self::ConfirmDisposal,
        Self::Extend,
        Self::Hold,
        Self::SettleDiscrepancy,
        Self::CloseIncident,
        Self::Contract,
        Self::Subcontract,
    ];

    /// The stable word used in profiles and on the wire.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::CarryOut => "carry-out",
            Self::Copy => "copy",
            Self::Save => "save",
            Self::Connect => "connect",
            Self::Use => "use",
            Self::Bulk => "bulk",
            Self::Handle => "handle",
            Self::Disclose => "disclose",
            Self::Dispose => "dispose",
            Self::ConfirmDisposal => "confirm-disposal",
            Self::Extend => "extend",
            Self::Hold => "hold",
            Self::SettleDiscrepancy => "settle-discrepancy",
            Self::CloseIncident => "close-incident",
            Self::Contract => "contract",
            Self::Subcontract => "subcontract",
        }
    }

    /// The gate that `code` names.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|gated| gated.code() == code)
    }

    /// What a person reads.
    #[must_use]
    pub fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::CarryOut => lang.pick("持出し", "Carry-out"),
            Self::Copy => lang.pick("複製", "Copying"),
            Self::Save => lang.pick("媒体への保存", "Putting data on a medium"),
            Self::Connect => lang.pick("端末への接続", "Connecting to a terminal"),
            Self::Use => lang.pick("媒体・端末の使用", "Use of a medium or terminal"),
            Self::Bulk => lang.pick("大量の取扱い", "Handling many records"),
            Self::Handle => lang.pick("担当者以外の取扱い", "Handling by another person"),
            Self::Disclose => lang.pick("第三者への提供", "Disclosure to a third party"),
            Self::Dispose => lang.pick("廃棄", "Disposal"),
            Self::ConfirmDisposal => lang.pick("廃棄の確認", "Confirmation of disposal"),
            Self::Extend => lang.pick("保存期間の延長", "Extension of retention"),
            Self::Hold => lang.pick("保存期間の停止", "Hold"),
            Self::SettleDiscrepancy => lang.pick("食い違いの処理", "Settling a discrepancy"),
            Self::CloseIncident => lang.pick("事故の終結", "Closing an incident"),
            Self::Contract => lang.pick("委託", "Entrusting work"),
            Self::Subcontract => lang.pick("再委託", "Further entrusting"),
        }
    }
}

/// Who must approve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Approvers {
    /// A holder of each of these roles.
    All(Vec<RoleId>),
    /// A holder of any of these roles.
    Any(Vec<RoleId>),
    /// A holder of this role.
    One(RoleId),
}

impl Approvers {
    /// The roles that are named.
    #[must_use]
    pub fn roles(&self) -> &[RoleId] {
        match self {
            Self::All(roles) | Self::Any(roles) => roles,
            Self::One(role) => std::slice::from_ref(role),
        }
    }

    /// Whether every one of them is needed.
    #[must_use]
    pub fn needs_all(&self) -> bool {
        matches!(self, Self::All(_))
    }
}

/// Whither something goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Within the building.
    Inside,
    /// To the outside.
    Outside,
    /// In from outside, to receive data.
    Inbound,
}

impl Direction {
    /// The stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Inside => "inside",
            Self::Outside => "outside",
            Self::Inbound => "inbound",
        }
    }
}

/// When a gate or rule applies. What is absent applies to everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Condition {
    /// Only to these kinds of item.
    pub kinds: Option<BTreeSet<ItemKind>>,
    /// Only where such data lies on it.
    pub categories: Option<BTreeSet<Category>>,
    /// Only in this direction.
    pub direction: Option<Direction>,
    /// Only from this number of records on.
    pub records_at_least: Option<u64>,
}

/// What a condition is held against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matter {
    /// The kind of item.
    pub kind: ItemKind,
    /// The categories of data on it that are not erased.
    pub categories: BTreeSet<Category>,
    /// The records on it, as far as they were counted.
    pub records: u64,
    /// Whither, where that matters.
    pub direction: Option<Direction>,
}

impl Matter {
    /// An item of this kind with this on it.
    #[must_use]
    pub fn of<'c>(
        kind: ItemKind,
        contents: impl IntoIterator<Item = &'c Contents>,
        direction: Option<Direction>,
    ) -> Self {
        let mut matter = Self { kind, categories: BTreeSet::new(), records: 0, direction };
        for contents in contents {
            matter.categories.insert(contents.category);
            matter.records = matter.records.saturating_add(contents.records.unwrap_or(0));
        }
        matter
    }
}

impl Condition {
    /// Whether it applies to this.
    #[must_use]
    pub fn applies(&self, matter: &Matter) -> bool {
        self.kinds.as_ref().is_none_or(|kinds| kinds.contains(&matter.kind))
            && self.categories.as_ref().is_none_or(|categories| !categories.is_disjoint(&matter.categories))
            && self.direction.is_none_or(|direction| matter.direction == Some(direction))
            && self.records_at_least.is_none_or(|least| matter.records >= least)
    }
}

/// Who must approve what, when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// What it stands before.
    pub gated: Gated,
    /// Who must approve.
    pub approvers: Approvers,
    /// When.
    pub when: Condition,
    /// What asks for it.
    pub source: Source,
}

/// The edge whose crossing is a carry-out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Area {
    /// サーバ室
    ServerRoom,
    /// 取扱区域
    HandlingArea,
    /// 庁舎・事務所
    Office,
}

impl Area {
    /// Every kind of area, the narrowest first.
    pub const ALL: [Self; 3] = [Self::ServerRoom, Self::HandlingArea, Self::Office];

    /// The stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::ServerRoom => "server-room",
            Self::HandlingArea => "handling-area",
            Self::Office => "office",
        }
    }

    /// The area that `code` names.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|area| area.code() == code)
    }

    /// What a person reads.
    #[must_use]
    pub fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::ServerRoom => lang.pick("サーバ室", "server room"),
            Self::HandlingArea => lang.pick("取扱区域", "handling area"),
            Self::Office => lang.pick("庁舎", "office"),
        }
    }
}

/// How something leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Channel {
    /// Carried by a person.
    Hand,
    /// By post or courier (送付).
    Post,
    /// Sent over a line (送信).
    Transmission,
}

/// What must be recorded before a carry-out departs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Field {
    /// 相手方
    Counterparty,
    /// 種類
    Kinds,
    /// 数量
    Quantity,
    /// 件数
    Records,
    /// 持出しの事由
    Ground,
    /// 返却予定日
    DueBack,
    /// 搬送手段
    Transport,
    /// 追跡番号
    Tracking,
    /// 経路
    Route,
    /// 委託契約
    Contract,
    /// 番号法第19条の号
    LegalGround,
}

impl Field {
    /// Every field.
    pub const ALL: [Self; 11] = [
        Self::Counterparty,
        Self::Kinds,
        Self::Quantity,
        Self::Records,
        Self::Ground,
        Self::DueBack,
        Self::Transport,
        Self::Tracking,
        Self::Route,
        Self::Contract,
        Self::LegalGround,
    ];

    /// The stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Counterparty => "counterparty",
            Self::Kinds => "kinds",
            Self::Quantity => "quantity",
            Self::Records => "records",
            Self::Ground => "ground",
            Self::DueBack => "due-back",
            Self::Transport => "transport",
            Self::Tracking => "tracking",
            Self::Route => "route",
            Self::Contract => "contract",
            Self::LegalGround => "legal-ground",
        }
    }

    /// What a person reads.
    #[must_use]
    pub fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::Counterparty => lang.pick("相手方", "counterparty"),
            Self::Kinds => lang.pick("記録媒体の種類", "kinds of medium"),
            Self::Quantity => lang.pick("数量", "quantity"),
            Self::Records => lang.pick("件数", "number of records"),
            Self::Ground => lang.pick("持出しの事由", "ground"),
            Self::DueBack => lang.pick("返却予定日", "due back"),
            Self::Transport => lang.pick("搬送手段", "means of transport"),
            Self::Tracking => lang.pick("追跡番号", "tracking number"),
            Self::Route => lang.pick("経路", "route"),
            Self::Contract => lang.pick("委託契約", "contract"),
            Self::LegalGround => lang.pick("番号法第19条の号", "item of article 19 of the Number Act"),
        }
    }
}

/// A measure that protects what is stored or carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// 暗号化
    Encryption,
    /// パスワード
    Password,
    /// パスワード・鍵の別送
    KeyApart,
    /// 施錠できる搬送容器
    LockedContainer,
    /// 厳重な包装
    StrictPackaging,
    /// 追跡可能な移動手段
    Traceable,
    /// 封かん
    Sealed,
    /// 目隠しシール
    Masked,
}

impl Measure {
    /// Every measure.
    pub const ALL: [Self; 8] = [
        Self::Encryption,
        Self::Password,
        Self::KeyApart,
        Self::LockedContainer,
        Self::StrictPackaging,
        Self::Traceable,
        Self::Sealed,
        Self::Masked,
    ];

    /// The stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Encryption => "encryption",
            Self::Password => "password",
            Self::KeyApart => "key-apart",
            Self::LockedContainer => "locked-container",
            Self::StrictPackaging => "strict-packaging",
            Self::Traceable => "traceable",
            Self::Sealed => "sealed",
            Self::Masked => "masked",
        }
    }

    /// The measure that `code` names.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|measure| measure.code() == code)
    }

    /// What a person reads.
    #[must_use]
    pub fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::Encryption => lang.pick("暗号化", "encryption"),
            Self::Password => lang.pick("パスワードによる保護", "password protection"),
            Self::KeyApart => lang.pick("パスワード・鍵の別送", "password and key kept apart"),
            Self::LockedContainer => lang.pick("施錠した容器", "a locked container"),
            Self::StrictPackaging => lang.pick("厳重な包装", "strict packaging"),
            Self::Traceable => lang.pick("追跡可能な移動手段", "traceable transport"),
            Self::Sealed => lang.pick("封かん", "sealing"),
            Self::Masked => lang.pick("目隠しシール", "masking stickers"),
        }
    }
}

/// Which measures are needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protection {
    /// For what.
    pub when: Condition,
    /// One of these is enough.
    pub any_of: Vec<Measure>,
    /// Whether a reason that the approvers see can stand in its place.
    pub reason_instead: bool,
    /// What asks for it.
    pub source: Source,
}

/// A permitted ground (事由) of a carry-out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ground {
    /// Its short name.
    pub id: String,
    /// What people read.
    pub name: Bilingual,
    /// What must be recorded with it.
    pub requires: Vec<Field>,
    /// What permits it.
    pub source: Source,
}

/// What a carry-out is and needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarryOutRules {
    /// Crossing the edge of which area is a carry-out.
    pub leaves: Area,
    /// By which channels.
    pub channels: Vec<Channel>,
    /// What says so.
    pub source: Source,
    /// Movements that are none, though they cross the edge.
    pub exempt: Vec<Choice>,
    /// Whether one of the grounds must be given, and by what.
    pub ground_required: Option<Source>,
    /// The permitted grounds.
    pub grounds: Vec<Ground>,
    /// What must be recorded before departure, each with what asks for it.
    pub fields: Vec<(Field, Source)>,
    /// How what leaves is protected. Every entry that applies must be met.
    pub protections: Vec<Protection>,
    /// How long an approved carry-out may wait to depart before it lapses.
    pub lapses: TimeDelta,
}

/// What media need before and while they are used.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MediaRules {
    /// Protection that must be recorded before data goes on an item. Every entry that applies must be met.
    pub before_data: Vec<Protection>,
    /// Kinds that must rest in a home that can be locked.
    pub lockable_home: Option<(Condition, Source)>,
    /// Whether an item must have a designated home (所定の場所) to which it belongs.
    pub designated_home: Option<Source>,
}

/// How thorough a way of getting rid of data is (NIST SP 800-88).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Technique {
    /// Overwriting with the ordinary means of the medium.
    Clear,
    /// Unrecoverable with laboratory means; the medium survives.
    Purge,
    /// The medium does not survive.
    Destroy,
}

impl Technique {
    /// What a person reads.
    #[must_use]
    pub fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::Clear => lang.pick("消去（Clear）", "Clear"),
            Self::Purge => lang.pick("完全消去（Purge）", "Purge"),
            Self::Destroy => lang.pick("破壊（Destroy）", "Destroy"),
        }
    }
}

/// An allowed way to erase or destroy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Method {
    /// Its short name: `crush`.
    pub id: String,
    /// What people read.
    pub name: Bilingual,
    /// For what.
    pub kinds: BTreeSet<ItemKind>,
    /// How thorough.
    pub technique: Technique,
    /// Whether it is enough to dispose of the item (廃棄). Otherwise it only rids the item of its data (消去).
    pub disposes: bool,
    /// The class of particle that is left, such as P-4 (DIN 66399, ISO/IEC 21964).
    pub particle_class: Option<String>,
    /// The greatest particle, in hundredths of a square millimetre.
    pub particle_mm2: Option<u32>,
    /// Whether tool and version must be recorded.
    pub needs_tool: bool,
    /// What allows it.
    pub source: Source,
}

/// What disposal needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisposalRules {
    /// Whether data must be erased before the medium is destroyed: for what, by what.
    pub erase_first: Option<(Condition, Source)>,
    /// The allowed ways.
    pub methods: Vec<Method>,
    /// What says that no other way is allowed.
    pub methods_source: Source,
    /// Who may stand by. The witness is always another person than the operator.
    pub witness: Approvers,
    /// Whether a witness is needed where the body destroys by itself, and by what.
    pub witness_source: Source,
    /// How far operator and witness may be apart.
    pub witness_within: TimeDelta,
    /// Whether a photograph before, with the serial number, is needed; and by what.
    pub photo_before: Option<Source>,
    /// Whether a photograph after is needed.
    pub photo_after: Option<Source>,
    /// Whether the photograph before must show the item's label, as the server's own reader sees it.
    pub photo_shows_label: Option<Source>,
    /// How destruction by a contractor is made sure of.
    pub delegated: Delegated,
}

/// How destruction by a contractor is made sure of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delegated {
    /// Whether a witness on the spot is one way.
    pub witnessed: bool,
    /// Whether a contractor's certificate that an officer confirms is one way.
    pub certificate: bool,
    /// What asks for one of them.
    pub source: Source,
}

/// A step of the reporting chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportStep {
    /// Its short name.
    pub id: String,
    /// Who reports: a role, or anybody where there is none.
    pub from: Option<RoleId>,
    /// To whom within the body.
    pub to: Option<RoleId>,
    /// To whom outside, or to a post that is no role (町長, 個人情報保護委員会).
    pub outside: Option<Bilingual>,
    /// How long. Minutes run from when the one who reports was told by a step before, otherwise from the
    /// report of the incident; days from the day on which the incident became known.
    pub within: Clock,
    /// How many days where the purpose may have been wrongful (不正の目的), where that makes a difference.
    pub malicious_days: Option<u32>,
    /// Whether the days only say what 速やかに means: a closed day does not move them.
    pub guide: bool,
    /// Whether it is for the officers to judge that it is not needed (必要に応じて); they say why.
    pub as_needed: bool,
    /// Only for incidents at least this grave.
    pub at_least: Gravity,
    /// Only where the incident came from an attack from outside.
    pub attack_only: bool,
    /// What asks for it.
    pub source: Source,
}

/// How long a report may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Clock {
    /// So many minutes after it is known.
    Minutes(u32),
    /// So many days; the day on which it is known is the first, and a day on which offices are closed moves
    /// it to the next.
    Days(u32),
}

/// How grave an incident is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gravity {
    /// A sign that something may be wrong (兆候).
    #[default]
    Sign,
    /// It has happened.
    Incident,
    /// It has happened and is grave (重大).
    Grave,
}

impl Gravity {
    /// Every gravity, the least first.
    pub const ALL: [Self; 3] = [Self::Sign, Self::Incident, Self::Grave];

    /// The stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Sign => "sign",
            Self::Incident => "incident",
            Self::Grave => "grave",
        }
    }

    /// The gravity that `code` names.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|gravity| gravity.code() == code)
    }

    /// What a person reads.
    #[must_use]
    pub fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::Sign => lang.pick("兆候", "sign"),
            Self::Incident => lang.pick("事案", "incident"),
            Self::Grave => lang.pick("重大事案", "grave incident"),
        }
    }
}

/// What an incident needs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IncidentRules {
    /// Who tells whom, in this order.
    pub chain: Vec<ReportStep>,
    /// Whether it closes only with its cause, and by what.
    pub cause: Option<Source>,
    /// Whether it closes only with a plan against its happening again.
    pub prevention: Option<Source>,
    /// Whether the damage must be stated.
    pub damage: Option<Source>,
}

/// Flags that grow with the time for which something is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Escalation {
    /// So many days before the day itself, the greatest first.
    pub days_before: Vec<u32>,
    /// How often after the day, in days.
    pub every_days: u32,
    /// Who owes the act.
    pub owner: RoleId,
    /// Who is told beside him, once it is so many days late.
    pub escalate: Vec<(u32, RoleId)>,
    /// What asks for it.
    pub source: Source,
}

/// What retention needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetentionRules {
    /// The rules that contents can be under, each with what asks for it.
    pub rules: Vec<(RetentionRule, Source)>,
    /// The rule of contents that name none: the first whose condition applies.
    pub defaults: Vec<(Condition, String)>,
    /// When people are told.
    pub escalation: Escalation,
}

/// What a contract with a contractor needs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ContractRules {
    /// The clauses that it must have.
    pub clauses: Vec<Choice>,
    /// What is confirmed in writing beside it.
    pub confirmations: Vec<Choice>,
    /// What forbids entrusting the work further, where that is forbidden.
    pub subcontract_forbidden: Option<Source>,
}

/// A security level of places (セキュリティ区分).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Level {
    /// The greater the number, the stricter.
    pub level: u8,
    /// What lies there.
    pub name: Bilingual,
    /// Who permits entry.
    pub permitted_by: Option<RoleId>,
    /// Whether only designated handlers are permitted, beside vendors (業者).
    pub handlers_only: bool,
    /// What asks everybody who enters to wear a name tag (名札).
    pub tag: Option<Source>,
    /// What asks vendors to wear one.
    pub vendor_tag: Option<Source>,
    /// What asks that a designated handler goes with vendors (同行).
    pub vendor_escort: Option<Source>,
    /// What asks for it.
    pub source: Source,
}

/// How people prove who they are, as far as the regulation says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CredentialRules {
    /// Ways of proving it that the regulation names.
    pub kinds: Vec<Choice>,
    /// Those of them that are given only where there is no other way (やむを得ない事情), with a reason and by
    /// the officer himself.
    pub exceptions: Vec<String>,
    /// Rules for passwords that the regulation names.
    pub password: Vec<Choice>,
}

/// How people sign in, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInRules {
    /// What asks everybody for two factors; otherwise only those whose part needs them are asked.
    pub second_factor_for_all: Option<Source>,
    /// After how long without use a session ends (離席時のログアウト), and by what.
    pub idle: (TimeDelta, Source),
    /// After how long a session ends whatever happens, and by what.
    pub lasts: (TimeDelta, Source),
    /// How long a one-time secret (仮パスワード) holds that somebody else set, and by what.
    pub initial: (TimeDelta, Source),
    /// What a password must be.
    pub password: PasswordRules,
}

/// What a password must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordRules {
    /// The least number of characters, and by what.
    pub min_length: (u32, Source),
    /// What asks for letters, digits and symbols together.
    pub classes: Option<Source>,
    /// After how long it must be changed, and by what; never where nothing asks for it.
    pub max_age: Option<(TimeDelta, Source)>,
    /// How many of the last passwords may not be used again, and by what.
    pub history: Option<(u32, Source)>,
    /// What asks that it is not easily guessed.
    pub not_guessable: Source,
}

/// Something that must be looked at again and again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// Its short name: `media-faults`.
    pub id: String,
    /// What people read.
    pub name: Bilingual,
    /// Who looks.
    pub by: RoleId,
    /// How often, in days.
    pub every_days: u32,
    /// What asks for it.
    pub source: Source,
}

/// A form (様式) or a book (管理簿) with its title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paper {
    /// Its short name.
    pub id: String,
    /// The number that it bears, such as 様式第2号.
    pub number: Option<String>,
    /// Its title.
    pub title: Bilingual,
    /// What asks for it.
    pub source: Source,
}

/// Something about the text that the body should know: an oddity, or what is silent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// What.
    pub text: Bilingual,
    /// About which clause.
    pub source: Source,
}
