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
/// The moment decides first. Within one millisecond, what is placed at the moment of its receipt comes
/// first, in the order of the ledger: what was decided at the server was decided on all of it that stood
/// before, and must not lose against that because its event happens to bear a smaller id. Then comes what
/// devices saw in that millisecond, by device and the device's own count. The event's id comes last, so that
/// no two events are ever equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderKey {
    /// The claimed moment, but never after the moment of receipt: a phone whose clock runs ahead must not
    /// win over what happens after it.
    pub at: DateTime<Utc>,
    /// The observing device; nil for what is placed at the moment of its receipt.
    pub device: Uuid,
    /// The device's own count; for what is placed at the moment of its receipt, the count of the item's
    /// events.
    pub device_seq: u64,
    /// The event.
    pub event: EventId,
}

impl OrderKey {
    /// The place of the event that is number `version` of its item in the ledger.
    #[must_use]
    pub fn new(stamp: &Stamp, version: u64) -> Self {
        let (occurred_at, recorded_at) = (to_millis(stamp.occurred_at), to_millis(stamp.recorded_at));
        let (device, device_seq) = match stamp.observed_by {
            Some((device, seq)) if occurred_at < recorded_at => (device.0, seq),
            _ => (Uuid::nil(), version),
        };
        Self { at: occurred_at.min(recorded_at), device, device_seq, event: stamp.event }
    }
}

impl From<&Stamp> for OrderKey {
    /// The place as far as the stamp alone tells it, without the order of the ledger within a millisecond.
    fn from(stamp: &Stamp) -> Self {
        Self::new(stamp, 0)
    }
}

/// A moment as the ledger keeps it, so that what is judged when it arrives is judged the same when it is
/// read back.
pub(crate) fn to_millis(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(at.timestamp_millis()).unwrap_or(at)
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
}

/// The events of one item in the order in which they happened, from those in the order of the ledger.
#[must_use]
pub fn in_order(events: &[Recorded]) -> Vec<(OrderKey, &Recorded)> {
    let mut ordered: Vec<_> = (1..)
        .zip(events)
        .map(|(version, recorded)| (OrderKey::new(&recorded.stamp, version), recorded))
        .collect();
    ordered.sort_by_key(|(key, _)| *key);
    ordered
}
