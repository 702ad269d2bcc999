//! The order in which things happened to an item, as distinct from the order in which the server heard
//! of them.
//!
//! The ledger keeps the second order and never changes it. Who holds an item follows the first, so that the
//! answer does not depend on which phone found a signal first.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    event::{Recorded, Stamp},
    ids::EventId,
};

/// A total order over what happened to one item.
///
/// The moment decides first, then the device and its own count (a device knows in which order it saw two
/// things within the same millisecond), then the event's id, so that no two events are ever equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderKey {
    /// The claimed moment, but never after the moment of receipt: a phone whose clock runs ahead must not
    /// win over what happens after it.
    pub at: DateTime<Utc>,
    /// The observing device; nil for what happened at the server.
    pub device: Uuid,
    /// The device's own count.
    pub device_seq: u64,
    /// The event.
    pub event: EventId,
}

impl From<&Stamp> for OrderKey {
    fn from(stamp: &Stamp) -> Self {
        let (device, device_seq) = stamp.observed_by.map_or((Uuid::nil(), 0), |(id, seq)| (id.0, seq));
        Self { at: stamp.occurred_at.min(stamp.recorded_at), device, device_seq, event: stamp.event }
    }
}

/// A value together with the event that set it. The later event wins, whichever arrives first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Latest<T> {
    /// The place in the timeline of the event that set the value.
    pub key: OrderKey,
    /// The value.
    pub value: T,
}

impl<T> Latest<T> {
    /// Takes the new value if its event comes after the one that set the present value.
    pub fn update(&mut self, key: OrderKey, value: T) {
        if key > self.key {
            *self = Self { key, value };
        }
    }

    /// The same for a value that may not have been set yet.
    pub fn update_option(slot: &mut Option<Self>, key: OrderKey, value: T) {
        match slot {
            Some(latest) => latest.update(key, value),
            None => *slot = Some(Self { key, value }),
        }
    }
}

/// The events of one item in the order in which they happened.
#[must_use]
pub fn in_order(events: &[Recorded]) -> Vec<&Recorded> {
    let mut ordered: Vec<_> = events.iter().collect();
    ordered.sort_by_key(|recorded| OrderKey::from(&recorded.stamp));
    ordered
}
