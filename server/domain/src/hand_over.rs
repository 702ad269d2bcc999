//! Which offer stands (引渡しの申し出).
//!
//! Evidence arrives in any order, so "the open offer" cannot be kept as one field that the last arrival
//! overwrites: a refusal may come in before the offer that it answers, an offer by somebody who only later
//! proves to have had the item, an answer to an offer that has long been replaced. What is kept instead is
//! every offer and every end of one since the item last changed hands, from which the answer is derived.
//! Custody forgets them: nothing before it can stand again.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    event::Receiver,
    ids::{HandOverId, PersonId},
    item::Custody,
    timeline::{Latest, OrderKey},
};

/// A hand-over that was offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// Its id.
    pub hand_over: HandOverId,
    /// Who offers.
    pub from: PersonId,
    /// Who may accept.
    pub to: Receiver,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

impl Offer {
    /// Whether this person may answer it.
    #[must_use]
    pub fn is_for(&self, person: PersonId) -> bool {
        match self.to {
            Receiver::Person(receiver) => receiver == person,
            Receiver::AnyHandler => self.from != person,
        }
    }
}

/// How an offer ended without a change of custody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OfferEnd {
    /// Somebody declined. It counts only for an offer that was his to answer.
    Refused {
        /// The offer; `None` stands for whichever he was offered, on a phone that had no signal.
        hand_over: Option<HandOverId>,
        /// Who declined.
        by: PersonId,
    },
    /// It was withdrawn or lapsed.
    Over {
        /// The offer.
        hand_over: HandOverId,
    },
}

impl Latest<OfferEnd> {
    /// An end that names its offer came after it, whatever a slow clock says. One that names none ends
    /// what came before it.
    fn ends(&self, offer: &Latest<Offer>) -> bool {
        match self.value {
            OfferEnd::Refused { hand_over: Some(named), by } => {
                named == offer.value.hand_over && offer.value.is_for(by)
            }
            OfferEnd::Refused { hand_over: None, by } => offer.key < self.key && offer.value.is_for(by),
            OfferEnd::Over { hand_over } => hand_over == offer.value.hand_over,
        }
    }
}

/// The offers of one item since it last changed hands.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offers {
    /// The last offer that each person made.
    made: Vec<Latest<Offer>>,
    /// How offers ended.
    ended: Vec<Latest<OfferEnd>>,
}

impl Offers {
    /// The offer that waits for an answer, whether or not its time has run out: the last one that the
    /// holder made, unless it ended.
    ///
    /// Somebody else's offer neither stands nor stands in the way: only whoever has an item can give it.
    pub(crate) fn standing(&self, custody: Custody) -> Option<&Offer> {
        let holder = custody.holder()?;
        let last = self.made.iter().find(|made| made.value.from == holder)?;
        (!self.ended.iter().any(|end| end.ends(last))).then_some(&last.value)
    }

    /// An offer was made; `since` is where the item last changed hands.
    pub(crate) fn offered(&mut self, key: OrderKey, offer: Offer, since: OrderKey) {
        if key < since {
            return;
        }
        match self.made.iter_mut().find(|made| made.value.from == offer.from) {
            Some(made) if made.key < key => {
                // What ended the replaced offer has no more to say, so that a holder who offers and
                // withdraws all year does not make his item grow.
                let replaced = made.value.hand_over;
                self.ended.retain(|end| match end.value {
                    OfferEnd::Refused { hand_over, .. } => hand_over != Some(replaced),
                    OfferEnd::Over { hand_over } => hand_over != replaced,
                });
                *made = Latest { key, value: offer };
            }
            Some(_) => {}
            None => self.made.push(Latest { key, value: offer }),
        }
    }

    /// An offer ended; `since` is where the item last changed hands.
    pub(crate) fn ended(&mut self, key: OrderKey, end: OfferEnd, since: OrderKey) {
        if key < since {
            return;
        }
        match self.ended.iter_mut().find(|known| known.value == end) {
            Some(known) => known.update(key, end),
            None => self.ended.push(Latest { key, value: end }),
        }
    }

    /// The item changed hands.
    pub(crate) fn forget_before(&mut self, key: OrderKey) {
        self.made.retain(|made| made.key > key);
        self.ended.retain(|end| end.key > key);
    }
}
