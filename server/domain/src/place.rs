//! Where an item rests when nobody holds it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::{ContainerId, PlaceId};

/// What an item is put away into: a place (保管場所) or a container (搬送用容器).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Home {
    /// A cabinet, room or building.
    Place(PlaceId),
    /// A container with its own label.
    Container(ContainerId),
}

impl fmt::Display for Home {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Place(id) => id.fmt(f),
            Self::Container(id) => id.fmt(f),
        }
    }
}

/// What kind of place it is, from the largest to the smallest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlaceKind {
    /// 建物
    Building,
    /// 部屋
    Room,
    /// 保管庫・キャビネット
    Cabinet,
}

impl PlaceKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Building, Self::Room, Self::Cabinet];

    /// The stable word used in the database and on the wire.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Building => "building",
            Self::Room => "room",
            Self::Cabinet => "cabinet",
        }
    }

    /// The kind that `code` names.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}
