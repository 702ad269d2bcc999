//! The seal of a day.
//!
//! Once a day is over, the number of its lines and the root of the tree over them go into the ledger. Whoever
//! changes, adds or takes away a line of that day afterwards is found out by the ledger's own proofs, and days
//! that have outlived their period go without breaking those of the others. Rejected: a chain through all
//! lines, which could not lose its oldest links; and lines in the ledger itself, which never loses any.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    event::Stamp,
    ids::{PersonId, TrailDayId},
    ledger::{
        frontier::Frontier,
        hash::{Hash, leaf_hash},
    },
    text::TextRef,
};

/// What the ledger calls the subject of these events.
pub const SUBJECT_KIND: &str = "trail-day";

/// What the ids of days are derived from.
const NAMESPACE: Uuid = Uuid::from_u128(0x6f8b_2c1e_54a7_4d0b_9a3e_7c21_d5e0_41f6);

/// The id of a day of the trail.
#[must_use]
pub fn day_id(day: NaiveDate) -> TrailDayId {
    TrailDayId(Uuid::new_v5(&NAMESPACE, day.to_string().as_bytes()))
}

/// One line of the trail, as it is sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line<'a> {
    /// Its id.
    pub id: Uuid,
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// Who; none where nobody was known.
    pub actor: Option<Uuid>,
    /// What was done.
    pub act: &'a str,
    /// To what.
    pub subject: &'a str,
    /// What else is to be known.
    pub detail: &'a str,
}

impl Line<'_> {
    fn leaf(&self) -> Hash {
        // Texts, numbers and ids: there is nothing in it that JSON could not write.
        let text = serde_json::to_string(&(
            self.id.simple().to_string(),
            self.at,
            self.actor.map(|actor| actor.simple().to_string()),
            self.act,
            self.subject,
            self.detail,
        ));
        leaf_hash(text.unwrap_or_default().as_bytes())
    }
}

/// The seal of lines, in the order of time and id, as they come.
#[derive(Debug, Clone, Default)]
pub struct Sealer {
    frontier: Frontier,
}

impl Sealer {
    /// Takes the next line in.
    pub fn push(&mut self, line: &Line<'_>) {
        self.frontier.push(line.leaf());
    }

    /// How many lines, and the root of the tree over them (RFC 9162 section 2.1.1).
    #[must_use]
    pub fn seal(&self) -> (u64, Hash) {
        (self.frontier.size(), self.frontier.root())
    }
}

/// Something that happened to a day of the trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum DayEvent {
    /// It was over and got its seal.
    Sealed {
        /// The day, in Japan.
        day: NaiveDate,
        /// How many lines it has.
        lines: u64,
        /// The root of the tree over them.
        root: Hash,
    },
    /// Its period was over and its lines went.
    Pruned {
        /// Who had them go.
        by: PersonId,
    },
}

impl DayEvent {
    /// The stable word that names this kind of event in the ledger.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Sealed { .. } => "sealed",
            Self::Pruned { .. } => "pruned",
        }
    }

    /// The texts that this event refers to: none.
    #[must_use]
    pub fn texts(&self) -> Vec<TextRef> {
        Vec::new()
    }
}

/// A day of the trail: the fold of its events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrailDay {
    /// Its id.
    pub id: TrailDayId,
    /// How many events were folded; the next event is number `version + 1`.
    pub version: u64,
    /// The day, in Japan.
    pub day: NaiveDate,
    /// How many lines it has, or had.
    pub lines: u64,
    /// The root of the tree over them.
    pub root: Hash,
    /// When it was sealed.
    pub sealed_at: DateTime<Utc>,
    /// Who had its lines go, and when.
    pub pruned: Option<(PersonId, DateTime<Utc>)>,
}

/// Folds one event into the day. Total; `None` stands for one that was not sealed yet.
#[must_use]
pub fn evolve(id: TrailDayId, day: Option<TrailDay>, stamp: &Stamp, event: &DayEvent) -> Option<TrailDay> {
    match (day, event) {
        (None, DayEvent::Sealed { day, lines, root }) => Some(TrailDay {
            id,
            version: 1,
            day: *day,
            lines: *lines,
            root: *root,
            sealed_at: stamp.recorded_at,
            pruned: None,
        }),
        (None, DayEvent::Pruned { .. }) => None,
        (Some(mut known), event) => {
            known.version += 1;
            if let DayEvent::Pruned { by } = event {
                known.pruned.get_or_insert((*by, stamp.recorded_at));
            }
            Some(known)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(number: u128, detail: &str) -> Line<'_> {
        Line { id: Uuid::from_u128(number), at: 7, actor: None, act: "sign-in", subject: "per_1", detail }
    }

    fn seal(lines: &[Line<'_>]) -> (u64, Hash) {
        let mut sealer = Sealer::default();
        lines.iter().for_each(|line| sealer.push(line));
        sealer.seal()
    }

    #[test]
    fn a_seal_tells_every_change_of_a_line_and_of_their_order() {
        let whole = seal(&[line(1, ""), line(2, "")]);
        assert_eq!(whole, seal(&[line(1, ""), line(2, "")]));
        for other in [
            seal(&[line(1, ""), line(2, "x")]),
            seal(&[line(2, ""), line(1, "")]),
            seal(&[line(1, "")]),
            seal(&[line(1, ""), line(2, ""), line(3, "")]),
            seal(&[Line { actor: Some(Uuid::nil()), ..line(1, "") }, line(2, "")]),
            seal(&[Line { at: 8, ..line(1, "") }, line(2, "")]),
            // A word that moves from one field into the next.
            seal(&[Line { act: "sign-inper_1", subject: "", ..line(1, "") }, line(2, "")]),
        ] {
            assert_ne!(whole, other);
        }
        assert_eq!(seal(&[]), (0, Hash::EMPTY_ROOT));
    }
}
