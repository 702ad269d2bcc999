//! Where an item rests when nobody holds it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    ids::{ContainerId, PlaceId},
    profile::Area,
};

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

/// The area around a place: the nearest place above it that is a server room, a handling area or an office.
///
/// Crossing its edge is a carry-out where the profile says so, which is why events that tell where an item is
/// hold it: the past must not change when somebody redraws the plan of the building. One that lies in no area
/// is left by nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Zone {
    /// The server room that it lies in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_room: Option<PlaceId>,
    /// The handling area (取扱区域) that it lies in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handling_area: Option<PlaceId>,
    /// The office (庁舎) that it lies in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub office: Option<PlaceId>,
}

impl Zone {
    /// The area of this kind that the place lies in.
    #[must_use]
    pub fn area(&self, area: Area) -> Option<PlaceId> {
        match area {
            Area::ServerRoom => self.server_room,
            Area::HandlingArea => self.handling_area,
            Area::Office => self.office,
        }
    }

    /// Whether somebody who goes from here to there leaves an area of this kind.
    #[must_use]
    pub fn leaves(&self, area: Area, there: &Self) -> bool {
        self.area(area).is_some_and(|here| there.area(area) != Some(here))
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
