//! Carry-outs (持出し): asked for, approved, packed, departed, arrived, returned or delivered, closed.

use chrono::{DateTime, NaiveDate, Utc};
use hokan_domain::{
    carry_out::Stage as DomainStage,
    ids::{CarryOutId, ContainerId, ContractId, EventId, ItemId},
    profile::{Channel, Direction, Measure},
    text::Lang,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    ClosedReason, GivenView, HomeView, ItemSummary, MissingView, Named, OpenAct, PersonView, ScanBody,
};

/// Every direction.
pub(crate) const DIRECTIONS: [Direction; 3] = [Direction::Inside, Direction::Outside, Direction::Inbound];

/// Every channel.
pub(crate) const CHANNELS: [Channel; 3] = [Channel::Hand, Channel::Post, Channel::Transmission];

/// The stable word of a channel.
pub(crate) fn channel_code(channel: Channel) -> &'static str {
    match channel {
        Channel::Hand => "hand",
        Channel::Post => "post",
        Channel::Transmission => "transmission",
    }
}

impl Named {
    /// Whither something goes.
    #[must_use]
    pub fn direction(direction: Direction, lang: Lang) -> Self {
        let name = match direction {
            Direction::Inside => lang.pick("庁舎内", "Within the building"),
            Direction::Outside => lang.pick("庁舎外", "To the outside"),
            Direction::Inbound => lang.pick("外部からの受領", "In from outside"),
        };
        Self { code: direction.code().to_owned(), name: name.to_owned() }
    }

    /// How something leaves.
    #[must_use]
    pub fn channel(channel: Channel, lang: Lang) -> Self {
        let name = match channel {
            Channel::Hand => lang.pick("携行", "Carried by a person"),
            Channel::Post => lang.pick("送付", "By post or courier"),
            Channel::Transmission => lang.pick("送信", "Sent over a line"),
        };
        Self { code: channel_code(channel).to_owned(), name: name.to_owned() }
    }
}

// ---------------------------------------------------------------------------------------------- requests

/// What is to be carried out, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanBody {
    /// Which items.
    #[schema(value_type = Vec<String>, min_items = 1, max_items = 200)]
    pub items: Vec<ItemId>,
    /// Why; the directory lists the permitted grounds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 60)]
    pub ground: Option<String>,
    /// Which exempt movement it is, where it is one; the directory lists them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 60)]
    pub exempt: Option<String>,
    /// To or from whom (相手方).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    pub counterparty: Option<String>,
    /// Under which contract.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub contract: Option<ContractId>,
    /// Under which item of article 19 of the Number Act (番号法第19条第N号): digits, as `9` or `第9号`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 20)]
    pub legal_ground: Option<String>,
    /// Whither.
    #[schema(value_type = String, pattern = "^(inside|outside|inbound)$", example = "outside")]
    pub direction: Direction,
    /// How it leaves.
    #[schema(value_type = String, pattern = "^(hand|post|transmission)$", example = "hand")]
    pub channel: Channel,
    /// The place to which it goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    pub destination: Option<String>,
    /// The means of transport.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    pub transport: Option<String>,
    /// The number under which it can be traced.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100)]
    pub tracking: Option<String>,
    /// The route.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    pub route: Option<String>,
    /// The last day on which it is to be back, in Japan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_back: Option<NaiveDate>,
    /// Whether it stays with the counterparty. Left out, it comes back.
    #[schema(required = false)]
    pub for_good: bool,
    /// How it is packed (厳重な包装).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    pub packaging: Option<String>,
    /// Whether it is sealed (封かん). Left out, it is not.
    #[schema(required = false)]
    pub sealed: bool,
    /// Whether it is masked (目隠しシール). Left out, it is not.
    #[schema(required = false)]
    pub masked: bool,
    /// In which container.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub container: Option<ContainerId>,
    /// Reasons that stand in the place of a measure.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 8)]
    pub instead: Vec<InsteadBody>,
}

/// A reason that stands in the place of a measure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InsteadBody {
    /// The measure.
    #[schema(value_type = String, example = "locked-container")]
    pub measure: Measure,
    /// The reason, which the approvers see.
    #[schema(max_length = 1000)]
    pub reason: String,
}

/// Asks for a carry-out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CarryOutBody {
    /// Made by the phone, once for one act; also accepted as a bare UUID.
    #[schema(value_type = String, example = "evt_0192f3c4d5e67890a1b2c3d4e5f60718")]
    pub event_id: EventId,
    /// What is planned.
    pub plan: PlanBody,
}

/// An act on a carry-out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CarryOutActBody {
    /// The act's own id, made by the phone; also accepted as a bare UUID.
    #[schema(value_type = String, example = "evt_0192f3c4d5e67890a1b2c3d4e5f60718")]
    pub event_id: EventId,
    /// What is done.
    #[serde(flatten)]
    pub act: CarryOutStepBody,
}

/// What is done with a carry-out. `act` says what; beside it stand the fields that this act needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "act", rename_all = "kebab-case")]
pub enum CarryOutStepBody {
    /// Change the plan. Approvals that were given to another plan count no more.
    Amend {
        /// What is planned from now on, all of it.
        plan: Box<PlanBody>,
    },
    /// Approve it.
    Approve {
        /// In which role, where the approver holds several.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(max_length = 60)]
        role: Option<String>,
        /// A word with it.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(max_length = 1000)]
        note: Option<String>,
    },
    /// Turn it down.
    TurnDown {
        /// Why.
        #[schema(max_length = 1000)]
        reason: String,
    },
    /// Take it back.
    Withdraw {},
    /// Leave with it.
    Depart {
        /// The label of the container where one is used, otherwise of one of the items.
        #[serde(skip_serializing_if = "Option::is_none")]
        scan: Option<ScanBody>,
    },
    /// Record that it reached its destination.
    Arrive {
        /// The number on lock or seal as it is found.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(max_length = 40)]
        lock_seen: Option<String>,
        /// The name of whoever took it in for the counterparty.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(max_length = 200)]
        receipt: Option<String>,
    },
    /// Take it back in.
    Unpack {
        /// The labels of what is there.
        #[schema(max_items = 200)]
        found: Vec<ScanBody>,
        /// How the container was found, where it is opened now.
        #[serde(skip_serializing_if = "Option::is_none")]
        opened: Option<OpeningBody>,
        /// Whether what is not there is still to come, so that nothing is missed. Left out, that is all.
        #[schema(required = false)]
        more_to_come: bool,
    },
    /// Record that it was handed over for good.
    Deliver {
        /// The name of whoever took it.
        #[schema(max_length = 200)]
        receipt: String,
    },
    /// Say that nothing is left to do.
    Close {},
}

/// How a container was found and opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpeningBody {
    /// The number on lock or seal as it was found.
    #[schema(max_length = 40)]
    pub number_seen: String,
    /// The container's label.
    pub scan: ScanBody,
}

// ----------------------------------------------------------------------------------------------- answers

/// The carry-outs, the latest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CarryOuts {
    /// One line for each.
    pub carry_outs: Vec<CarryOutLine>,
}

/// A carry-out in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CarryOutLine {
    /// The carry-out.
    #[schema(value_type = String, example = "cro_0192f3c4d5e67890a1b2c3d4e5f60728")]
    pub id: CarryOutId,
    /// Where its page is on this server.
    pub url: String,
    /// Where it stands.
    pub state: Named,
    /// How many items are planned.
    pub items: u32,
    /// What people call the first of them.
    pub title: String,
    /// To or from whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counterparty: Option<String>,
    /// Who asked for it.
    pub requested_by: PersonView,
    /// When.
    pub requested_at: DateTime<Utc>,
    /// The last day on which it is to be back, in Japan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_back: Option<NaiveDate>,
    /// For how many days something has been due back, where it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overdue_days: Option<u64>,
    /// Whether the caller can approve it now.
    pub mine_to_decide: bool,
}

/// Everything about a carry-out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CarryOutView {
    /// The carry-out.
    #[schema(value_type = String, example = "cro_0192f3c4d5e67890a1b2c3d4e5f60728")]
    pub id: CarryOutId,
    /// Where its page is on this server.
    pub url: String,
    /// Where it stands.
    pub state: Named,
    /// The same as a sentence.
    pub sentence: String,
    /// What is planned.
    pub plan: PlanView,
    /// Who asked for it.
    pub requested_by: PersonView,
    /// When.
    pub requested_at: DateTime<Utc>,
    /// When the approval lapses unless it departs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lapses_at: Option<DateTime<Utc>>,
    /// The steps from its request to its end, each with what it takes and what is missing.
    pub steps: Vec<CarryOutStepView>,
    /// What left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load: Option<LoadView>,
    /// The number on lock or seal at departure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lock: Option<String>,
    /// The number on lock or seal at arrival.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lock_seen: Option<String>,
    /// Whether the two agree, where both are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lock_matches: Option<bool>,
    /// Who took it in for the counterparty, at arrival or for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<String>,
    /// The items that left and have neither come back nor been delivered.
    pub out: Vec<ItemSummary>,
    /// The items that were missed when it was unpacked.
    pub missing: Vec<ItemSummary>,
    /// For how many days something has been due back, where it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overdue_days: Option<u64>,
    /// Who turned it down, took it back or closed it, when, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<EndedView>,
    /// Every kind of act, open or not, in the order of the steps.
    pub acts: Vec<OpenAct>,
    /// Grows with every event of the carry-out.
    pub version: u64,
}

/// What is to be carried out, and how, as people read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanView {
    /// Which items.
    pub items: Vec<ItemSummary>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ground: Option<Named>,
    /// Which exempt movement it is, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exempt: Option<Named>,
    /// To or from whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counterparty: Option<String>,
    /// Under which contract; its code is an id: `ctr_…`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contract: Option<Named>,
    /// Under which item of article 19 of the Number Act.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legal_ground: Option<String>,
    /// Whither.
    pub direction: Named,
    /// How it leaves.
    pub channel: Named,
    /// The place to which it goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination: Option<String>,
    /// The means of transport.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transport: Option<String>,
    /// The number under which it can be traced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracking: Option<String>,
    /// The route.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
    /// The last day on which it is to be back, in Japan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_back: Option<NaiveDate>,
    /// Whether it stays with the counterparty.
    pub for_good: bool,
    /// How it is packed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub packaging: Option<String>,
    /// Whether it is sealed.
    pub sealed: bool,
    /// Whether it is masked.
    pub masked: bool,
    /// In which container.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container: Option<HomeView>,
    /// Reasons that stand in the place of a measure.
    pub instead: Vec<InsteadView>,
}

/// A reason that stands in the place of a measure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InsteadView {
    /// The measure.
    pub measure: Named,
    /// The reason; missing where it was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What left, as the carry-out book lists it (種類・数量・件数).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LoadView {
    /// The kinds with how many of each, as people read it.
    pub kinds: String,
    /// How many in all.
    pub quantity: u32,
    /// How many records in all; missing where somebody did not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub records: Option<u64>,
}

/// How a carry-out ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EndedView {
    /// Who ended it; missing where time ran out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonView>,
    /// When.
    pub at: DateTime<Utc>,
    /// Why it was turned down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// Where a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// It is done.
    Done,
    /// It is what comes next.
    Next,
    /// Something else comes first.
    Later,
    /// It will not be: the carry-out ended before, or goes another way.
    Never,
}

impl From<DomainStage> for Stage {
    fn from(stage: DomainStage) -> Self {
        match stage {
            DomainStage::Done => Self::Done,
            DomainStage::Next => Self::Next,
            DomainStage::Later => Self::Later,
            DomainStage::Never => Self::Never,
        }
    }
}

/// A step of a carry-out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CarryOutStepView {
    /// The act that takes it.
    pub act: Named,
    /// Where it stands.
    pub stage: Stage,
    /// Who took it, where one person did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonView>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<DateTime<Utc>>,
    /// Who must approve: for the step of approval, and empty for the others.
    pub approvals: Vec<ApprovalView>,
    /// What is missing before it can be taken.
    pub missing: Vec<MissingView>,
    /// Whether the caller may take it now.
    pub open: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<ClosedReason>,
}

/// An approval that is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApprovalView {
    /// The roles, as people call them.
    pub roles: Vec<String>,
    /// Whether all of them must approve, rather than one.
    pub all: bool,
    /// The division whose officers must; its code is an id: `div_…`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub division: Option<Named>,
    /// The first item for which it is asked.
    #[schema(value_type = String)]
    pub item: ItemId,
    /// The approvals that count for it.
    pub given: Vec<GivenView>,
    /// The roles that have not approved yet and of which it takes one or all.
    pub missing: Vec<String>,
    /// The clause that asks for it.
    pub source: String,
}

/// The answer to an act on a carry-out, or to the request for one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CarryOutAnswer {
    /// The act.
    #[schema(value_type = String, example = "evt_0192f3c4d5e67890a1b2c3d4e5f60718")]
    pub event_id: EventId,
    /// Its place in the ledger.
    pub seq: u64,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// Whether the same act had been recorded before; nothing was done again.
    pub repeated: bool,
    /// What happened.
    pub sentence: String,
    /// What was scanned and is not of this carry-out. Nothing happened to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unexpected: Vec<ItemSummary>,
    /// The carry-out as it is now.
    pub carry_out: CarryOutView,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever sends a body writes these words by their own names; whoever reads it by the lists above.
    #[test]
    fn words_are_written_as_they_are_read() {
        for channel in CHANNELS {
            assert_eq!(serde_json::to_value(channel).unwrap(), channel_code(channel));
        }
        for direction in DIRECTIONS {
            assert_eq!(serde_json::to_value(direction).unwrap(), direction.code());
        }
    }
}
