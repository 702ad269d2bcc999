//! Evidence about carry-outs from phones that had no signal. Evidence is never refused: [`observe`] has no
//! error type. What was done with a container's lock is told by [`crate::container::observe`].

use chrono::{DateTime, Utc};

use super::{
    CarryOutEvent, CarryOutState, Decided, Found, Situation,
    act::{arrive, departed, take_in},
    ready::approvals,
};
use crate::{
    container::LockNumber,
    event::{Event, Scan},
    ids::{CarryOutId, ItemId},
    text::TextRef,
};

/// What a phone saw its owner do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sighted {
    /// Left with these.
    Departed {
        /// Which: what is in the container whose label was scanned, or the item whose label was.
        items: Vec<ItemId>,
        /// The label.
        scan: Scan,
    },
    /// Reached the destination.
    Arrived {
        /// The number on lock or seal as it was found.
        lock_seen: Option<LockNumber>,
        /// The name of whoever took it in for the counterparty.
        receipt: Option<TextRef>,
    },
    /// Took these back in.
    Returned {
        /// Which.
        found: Vec<Found>,
        /// Whether the container was emptied and this was all that was in it.
        that_was_all: bool,
    },
}

/// The carry-out that this item is on at that moment, where it may be out on it: it is of the plan, the
/// approvals are enough and were so then, and have not lapsed.
#[must_use]
pub fn covers(situation: &Situation<'_>, item: ItemId, at: DateTime<Utc>) -> Option<CarryOutId> {
    let carry_out = situation.carry_out.filter(|carry_out| carry_out.plan.items.contains(&item))?;
    // Phones differ from the server by as much as the profile allows.
    let approved = carry_out
        .granted_at
        .is_some_and(|granted_at| granted_at - at <= situation.profile.allowed_clock_skew);
    let usable = match carry_out.state {
        // The time to depart is told by when it departed, not by when that was heard of.
        CarryOutState::Granted => {
            carry_out.lapses_at(situation.profile).is_none_or(|lapses| at < lapses)
                && approvals(situation, carry_out).is_empty()
        }
        // What came back leaves again on another carry-out.
        state => {
            let back_before = carry_out.unpacked.is_some_and(|unpacked| unpacked.at < at);
            state.is_under_way() && !(back_before && carry_out.found.contains(&item))
        }
    };
    (approved && usable).then_some(carry_out.id)
}

/// Takes an observation in: what it writes on the timelines of items and carry-out. What contradicts the
/// register is then found on the items' timelines.
///
/// The situation is as the server knows it when it hears of it; `at` is when it happened, by the clock of
/// whoever saw it.
#[must_use]
pub fn observe(situation: &Situation<'_>, sighted: &Sighted, at: DateTime<Utc>) -> Decided {
    match sighted {
        Sighted::Departed { items, scan } => leave(situation, items, scan, at),
        Sighted::Arrived { lock_seen, receipt } => match situation.carry_out {
            Some(carry_out)
                if matches!(carry_out.state, CarryOutState::Granted | CarryOutState::Departed) =>
            {
                arrive(situation, carry_out, lock_seen.as_ref(), *receipt)
            }
            _ => Decided::default(),
        },
        Sighted::Returned { found, that_was_all } => come_back(situation, found, *that_was_all),
    }
}

fn leave(situation: &Situation<'_>, items: &[ItemId], scan: &Scan, at: DateTime<Utc>) -> Decided {
    let inside = situation.container.filter(|inside| inside.label == &scan.label);
    let mut decided = Decided::default();
    let mut on_it: Vec<ItemId> = Vec::new();
    for item in items {
        let carry_out = covers(situation, *item, at);
        on_it.extend(carry_out.map(|_| *item));
        let container = inside.map(|inside| inside.state.id);
        decided.happened_to(*item, Event::Departed { carry_out, by: situation.actor.id, container });
    }
    // What left already leaves its destination for the way back, which is no step of its own.
    let departure = situation.carry_out.and_then(|carry_out| carry_out.departure.as_ref());
    on_it.retain(|item| !departure.is_some_and(|departure| departure.load.has(*item)));
    if !on_it.is_empty() {
        let left = situation.items.iter().filter(|item| on_it.contains(&item.id));
        decided.carry_out.push(departed(situation, inside.as_ref(), left, Some(scan)));
    }
    decided
}

fn come_back(situation: &Situation<'_>, found: &[Found], that_was_all: bool) -> Decided {
    let by = situation.actor.id;
    let mut decided = Decided::default();
    let known = situation.carry_out.filter(|carry_out| {
        carry_out.departure.is_some()
            && (carry_out.state.is_under_way() || carry_out.state == CarryOutState::Returned)
    });
    let unknown: Vec<ItemId> = match known {
        Some(carry_out) => {
            take_in(&mut decided, situation, carry_out, found, &carry_out.out(), that_was_all);
            // That nothing of it came back and nothing was missed is no step of it.
            decided.carry_out.retain(|event| match event {
                CarryOutEvent::Unpacked { found, missing, .. } => !found.is_empty() || !missing.is_empty(),
                _ => true,
            });
            std::mem::take(&mut decided.unexpected)
        }
        None => found.iter().map(|found| found.item).collect(),
    };
    // Evidence of what the register does not have out is evidence all the same.
    for Found { item, scan } in found.iter().filter(|found| unknown.contains(&found.item)) {
        decided.happened_to(*item, Event::Returned { carry_out: None, by, scan: scan.clone() });
    }
    decided
}
