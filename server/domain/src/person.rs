//! People, as far as the rules need them to judge an act.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    ids::{DivisionId, PersonId},
    profile::RoleId,
    text::Lang,
};

/// The part that a person plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// Designated handler (事務取扱担当者, 操作者): may have custody.
    Handler,
    /// Approves carry-outs and disposals (保護責任者, 管理責任者).
    Approver,
    /// Confirms destruction (立会者).
    Witness,
    /// Custodian of the rules (総括責任者, 統括責任者).
    Custodian,
    /// Proves that the history is whole (監査責任者).
    Auditor,
    /// Sets up people, places and label stock.
    Administrator,
}

impl Part {
    /// Every part.
    pub const ALL: [Self; 6] =
        [Self::Handler, Self::Approver, Self::Witness, Self::Custodian, Self::Auditor, Self::Administrator];

    /// The stable word used in the database and on the wire.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Handler => "handler",
            Self::Approver => "approver",
            Self::Witness => "witness",
            Self::Custodian => "custodian",
            Self::Auditor => "auditor",
            Self::Administrator => "administrator",
        }
    }

    /// The part that `code` names.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.code() == code)
    }

    /// What a person reads.
    #[must_use]
    pub fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::Handler => lang.pick("事務取扱担当者", "Designated handler"),
            Self::Approver => lang.pick("保護責任者", "Approver"),
            Self::Witness => lang.pick("立会者", "Witness"),
            Self::Custodian => lang.pick("総括責任者", "Custodian of the rules"),
            Self::Auditor => lang.pick("監査責任者", "Auditor"),
            Self::Administrator => lang.pick("システム管理者", "Administrator"),
        }
    }
}

/// A role that a person holds now, be it by his post or as a deputy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleHeld {
    /// The role.
    pub role: RoleId,
    /// For which division; none where the role is for the whole body.
    pub division: Option<DivisionId>,
    /// Whose place he takes (代理).
    pub deputy_for: Option<PersonId>,
}

/// A person together with what allows him or her to act, as of the moment of the act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Who it is.
    pub id: PersonId,
    /// May act at all: not suspended, term not ended.
    pub active: bool,
    /// The parts that the person plays now.
    pub parts: BTreeSet<Part>,
    /// The roles of the regulation that the person holds now.
    pub roles: BTreeSet<RoleHeld>,
}

impl Person {
    /// Whether the person plays this part now. Somebody who may not act plays none.
    #[must_use]
    pub fn is(&self, part: Part) -> bool {
        self.active && self.parts.contains(&part)
    }
}
