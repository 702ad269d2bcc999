//! Identifiers as types of their own, each printed with its prefix, so that an item's id can never be
//! passed where a person's is wanted and a reader of a log can tell them apart.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An identifier that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected an id of the form {prefix}_ followed by 32 hexadecimal digits")]
pub struct BadId {
    /// The prefix that this kind of id bears.
    pub prefix: &'static str,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident, $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Uuid);

        impl $name {
            /// What stands before the underscore when this id is printed.
            pub const PREFIX: &'static str = $prefix;
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}_{}", $prefix, self.0.simple())
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
        impl FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                text.strip_prefix(concat!($prefix, "_"))
                    .filter(|hex| hex.len() == 32)
                    .and_then(|hex| Uuid::try_parse(hex).ok())
                    .map(Self)
                    .ok_or(BadId { prefix: $prefix })
            }
        }
        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

ids! {
    /// A registered medium or document (記録媒体・ドキュメント・帳票).
    ItemId, "itm";
    /// A person who can sign in.
    PersonId, "per";
    /// A cabinet, room or building.
    PlaceId, "plc";
    /// A lockable transport box or other container with its own label.
    ContainerId, "con";
    /// One hand-over, from its offer to its end. It is the id of the offer's event.
    HandOverId, "hov";
    /// One taking out of items (持出し), from its request to its end.
    CarryOutId, "cro";
    /// One request about an item that somebody must grant.
    RequestId, "req";
    /// One suspension of retention.
    HoldId, "hld";
    /// One incident (事故).
    IncidentId, "inc";
    /// One contract with a contractor (委託契約).
    ContractId, "ctr";
    /// One entry into an area (入退室), from coming in to going out.
    EntryId, "ent";
    /// A permit to enter areas of a security level (入室許可).
    PermitId, "prm";
    /// One loan of an id for viewing (閲覧用ユーザID).
    LoanId, "lon";
    /// That a person holds a post or a role (発令), from its beginning to its end.
    AppointmentId, "apt";
    /// A designation (指定・指名), from its beginning to its end.
    DesignationId, "dsg";
    /// A credential that is not Hokan's own (照合ID), as a fact.
    CredentialId, "crd";
    /// One validation of the permission ledger (管理ファイルの正当性の確認).
    ValidationId, "vld";
    /// One day of the trail (操作履歴) under its seal.
    TrailDayId, "trd";
    /// One review of the trail, signed off (利用状況の記録の分析).
    TrailReviewId, "trr";
    /// One thing in the trail that somebody has to look at.
    SuspicionId, "sus";
    /// A division (課・局) of the body.
    DivisionId, "div";
    /// A photograph or another file that is kept beside the ledger.
    FileId, "fil";
    /// One statement of what data lies on an item.
    ContentsId, "cnt";
    /// A text kept beside the ledger, which holds only its salted hash.
    NoteId, "txt";
    /// One printing of labels.
    SheetId, "sht";
    /// A session of somebody who signed in. It names the session and does not open it.
    SessionId, "ses";
    /// A passkey that somebody registered.
    PasskeyId, "psk";
    /// A phone or other device that makes observations.
    DeviceId, "dev";
    /// One event in the ledger. The first event of an act bears the id that the caller gave to the act.
    EventId, "evt";
}

impl PersonId {
    /// Who acts where the server does something by itself, at its time: nobody in the register.
    pub const SERVER: Self = Self(Uuid::nil());
}

impl EventId {
    /// The id of the `index`-th event of the act whose id is this one.
    ///
    /// The first event bears the act's own id, so that a retry of the act finds it; the others are derived
    /// from it, so that a retry derives the same.
    #[must_use]
    pub fn nth_of_act(self, index: usize) -> Self {
        if index == 0 { self } else { Self(Uuid::new_v5(&self.0, &(index as u64).to_be_bytes())) }
    }

    /// The id of what this person says that somebody else saw. It differs from the event's own, so that whoever
    /// saw it can still tell of it himself.
    #[must_use]
    pub fn reported_by(self, person: PersonId) -> Self {
        Self(Uuid::new_v5(&self.0, person.0.as_bytes()))
    }

    /// Reads an event id in either form: with its prefix, or as the bare UUID that a phone makes.
    pub fn parse_lenient(text: &str) -> Result<Self, BadId> {
        text.parse().or_else(|error| Uuid::try_parse(text).map(Self).map_err(|_| error))
    }
}

macro_rules! named_by_event {
    ($($name:ident),*) => {$(
        /// What an event begins bears the event's id, so that the caller can compute it.
        impl From<EventId> for $name {
            fn from(event: EventId) -> Self {
                Self(event.0)
            }
        }
    )*};
}

named_by_event!(
    HandOverId,
    CarryOutId,
    RequestId,
    HoldId,
    IncidentId,
    ContractId,
    EntryId,
    PermitId,
    LoanId,
    AppointmentId,
    DesignationId,
    CredentialId,
    ValidationId,
    TrailReviewId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_and_refuses_another_kind() {
        let id = ItemId(Uuid::from_u128(7));
        assert_eq!(id.to_string(), "itm_00000000000000000000000000000007");
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.to_string().parse::<PersonId>(), Err(BadId { prefix: "per" }));
        assert!("itm_7".parse::<ItemId>().is_err());
    }

    #[test]
    fn events_of_one_act_have_stable_and_different_ids() {
        let act = EventId(Uuid::from_u128(9));
        assert_eq!(act.nth_of_act(0), act);
        assert_eq!(act.nth_of_act(2), act.nth_of_act(2));
        assert_ne!(act.nth_of_act(1), act.nth_of_act(2));
        let (one, other) = (PersonId(Uuid::from_u128(8)), PersonId(Uuid::from_u128(9)));
        assert_eq!(act.reported_by(one), act.reported_by(one));
        assert_ne!(act.reported_by(one), act.reported_by(other));
    }

    #[test]
    fn an_event_id_may_be_a_bare_uuid() {
        let id = EventId(Uuid::from_u128(3));
        assert_eq!(EventId::parse_lenient(&id.0.to_string()), Ok(id));
        assert_eq!(EventId::parse_lenient(&id.to_string()), Ok(id));
        assert!(EventId::parse_lenient("3").is_err());
    }
}
