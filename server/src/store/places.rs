//! Places and containers: where items rest.

use std::collections::HashMap;

use hokan_domain::{
    ids::{ContainerId, PlaceId},
    label::LabelId,
    place::{Home, PlaceKind, Zone},
    profile::Area,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use super::{
    Store, StoreError, WriteTx,
    entity::{container, place},
};

/// A cabinet, room or building.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its id.
    pub id: PlaceId,
    /// What kind of place.
    pub kind: PlaceKind,
    /// What people call it.
    pub name: String,
    /// What it is in.
    pub parent: Option<PlaceId>,
    /// The label on it.
    pub label: Option<LabelId>,
    /// The kind of area of which it is the edge, if it is one.
    pub area: Option<Area>,
    /// Whether it can be locked.
    pub lockable: bool,
    /// Its security level, where the regulation has any.
    pub level: Option<u8>,
}

/// A lockable box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// Its id.
    pub id: ContainerId,
    /// What people call it.
    pub name: String,
    /// The label on it.
    pub label: Option<LabelId>,
}

fn read_label(
    table: &'static str,
    row: uuid::Uuid,
    label: Option<String>,
) -> Result<Option<LabelId>, StoreError> {
    label
        .map(|code| {
            code.parse().map_err(|_| StoreError::corrupt(table, "label", row, "it is not a label code"))
        })
        .transpose()
}

fn read_place(row: place::Model) -> Result<Place, StoreError> {
    Ok(Place {
        id: PlaceId(row.id),
        kind: PlaceKind::from_code(&row.kind)
            .ok_or_else(|| StoreError::corrupt("place", "kind", row.id, &row.kind))?,
        name: row.name,
        parent: row.parent.map(PlaceId),
        label: read_label("place", row.id, row.label)?,
        area: match &row.area {
            Some(code) => Some(
                Area::from_code(code).ok_or_else(|| StoreError::corrupt("place", "area", row.id, code))?,
            ),
            None => None,
        },
        lockable: row.lockable,
        level: row.level.and_then(|level| u8::try_from(level).ok()),
    })
}

fn read_container(row: container::Model) -> Result<Container, StoreError> {
    Ok(Container {
        id: ContainerId(row.id),
        name: row.name,
        label: read_label("container", row.id, row.label)?,
    })
}

async fn exists(connection: &impl ConnectionTrait, home: Home) -> Result<bool, StoreError> {
    Ok(match home {
        Home::Place(id) => place::Entity::find_by_id(id.0).one(connection).await?.is_some(),
        Home::Container(id) => container::Entity::find_by_id(id.0).one(connection).await?.is_some(),
    })
}

/// A place with every place around it, from itself up to the building.
async fn around(connection: &impl ConnectionTrait, id: PlaceId) -> Result<Vec<Place>, StoreError> {
    let mut chain: Vec<Place> = Vec::new();
    let mut next = Some(id);
    while let Some(id) = next {
        // A circle can only be made by hand in the database; it must not hold up the writer.
        if chain.iter().any(|place| place.id == id) {
            break;
        }
        let Some(row) = place::Entity::find_by_id(id.0).one(connection).await? else { break };
        let place = read_place(row)?;
        next = place.parent;
        chain.push(place);
    }
    Ok(chain)
}

/// The areas that a place lies in, from the places around it.
fn zone_of(around: &[Place]) -> Zone {
    let edge = |area| around.iter().find(|place| place.area == Some(area)).map(|place| place.id);
    Zone {
        server_room: edge(Area::ServerRoom),
        handling_area: edge(Area::HandlingArea),
        office: edge(Area::Office),
    }
}

impl WriteTx {
    /// A place with every place around it, from itself up to the building.
    ///
    /// # Errors
    /// Where the database fails or a row cannot be read.
    pub async fn places_around(&self, id: PlaceId) -> Result<Vec<Place>, StoreError> {
        around(self.read(), id).await
    }

    /// The areas that a place lies in; none where the body has drawn no areas, and so knows of no edges.
    ///
    /// # Errors
    /// Where the database fails or a row cannot be read.
    pub async fn zone(&self, around: &[Place]) -> Result<Option<Zone>, StoreError> {
        let drawn = place::Entity::find().filter(place::Column::Area.is_not_null()).one(self.read()).await?;
        Ok(drawn.map(|_| zone_of(around)))
    }

    /// Whether there is such a place or container.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn home_exists(&self, home: Home) -> Result<bool, StoreError> {
        exists(self.read(), home).await
    }

    /// One container.
    ///
    /// # Errors
    /// Where the database fails or the row cannot be read.
    pub async fn container(&self, id: ContainerId) -> Result<Option<Container>, StoreError> {
        container::Entity::find_by_id(id.0).one(self.read()).await?.map(read_container).transpose()
    }

    /// Adds a place.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn add_place(&mut self, place: &Place) -> Result<(), StoreError> {
        let row = place::ActiveModel {
            id: Set(place.id.0),
            kind: Set(place.kind.code().to_owned()),
            name: Set(place.name.clone()),
            parent: Set(place.parent.map(|id| id.0)),
            label: Set(place.label.as_ref().map(ToString::to_string)),
            area: Set(place.area.map(|area| area.code().to_owned())),
            lockable: Set(place.lockable),
            level: Set(place.level.map(i32::from)),
        };
        place::Entity::insert(row).exec_without_returning(self.write()).await?;
        Ok(())
    }

    /// Adds a container.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn add_container(&mut self, container: &Container) -> Result<(), StoreError> {
        let row = container::ActiveModel {
            id: Set(container.id.0),
            name: Set(container.name.clone()),
            label: Set(container.label.as_ref().map(ToString::to_string)),
        };
        container::Entity::insert(row).exec_without_returning(self.write()).await?;
        Ok(())
    }
}

impl Store {
    /// All places, by name.
    ///
    /// # Errors
    /// Where the database fails or a row cannot be read.
    pub async fn places(&self) -> Result<Vec<Place>, StoreError> {
        let rows = place::Entity::find().order_by_asc(place::Column::Name).all(&self.reader).await?;
        rows.into_iter().map(read_place).collect()
    }

    /// All containers, by name.
    ///
    /// # Errors
    /// Where the database fails or a row cannot be read.
    pub async fn containers(&self) -> Result<Vec<Container>, StoreError> {
        let rows = container::Entity::find().order_by_asc(container::Column::Name).all(&self.reader).await?;
        rows.into_iter().map(read_container).collect()
    }

    /// One place.
    ///
    /// # Errors
    /// Where the database fails or the row cannot be read.
    pub async fn place(&self, id: PlaceId) -> Result<Option<Place>, StoreError> {
        place::Entity::find_by_id(id.0).one(&self.reader).await?.map(read_place).transpose()
    }

    /// One container.
    ///
    /// # Errors
    /// Where the database fails or the row cannot be read.
    pub async fn container(&self, id: ContainerId) -> Result<Option<Container>, StoreError> {
        container::Entity::find_by_id(id.0).one(&self.reader).await?.map(read_container).transpose()
    }

    /// The names of all places and containers. There are hundreds at the most.
    ///
    /// # Errors
    /// Where the database fails or a row cannot be read.
    pub async fn home_names(&self) -> Result<HashMap<Home, String>, StoreError> {
        let places = self.places().await?.into_iter().map(|place| (Home::Place(place.id), place.name));
        let containers = self
            .containers()
            .await?
            .into_iter()
            .map(|container| (Home::Container(container.id), container.name));
        Ok(places.chain(containers).collect())
    }
}
