//! What the interface asks of the server that stands behind it.

use std::{fmt, net::IpAddr};

use async_trait::async_trait;
use hokan_domain::{
    ids::{DeviceId, EventId, ItemId},
    label::LabelId,
    person::Person,
    text::Lang,
};

use crate::{
    problem::Problem,
    request::{ActRequest, ParsedObservation, RegisterRequest},
    wire::{
        ActAnswer, Directory, HistoryLine, ItemCard, Me, ObservationAnswer, Resolution, SignIn, SignedIn,
    },
};

/// The person who asks: proof that a session was identified.
///
/// Every method of [`Backend`] that shows or changes anything takes one, and within this crate only the
/// guard in [`crate::auth`] obtains one, so a route without the guard does not compile.
#[derive(Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who it is, with the parts played now.
    pub person: Person,
    /// The display name.
    pub name: String,
    /// The language to answer in.
    pub lang: Lang,
    /// The session, as a hash that tells sessions apart in logs and opens none.
    pub session: String,
    /// The device that the session belongs to, where it is known.
    pub device: Option<DeviceId>,
}

/// Leaves the name out: a caller ends up in logs, where names must not appear.
impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller")
            .field("person", &self.person.id)
            .field("session", &self.session)
            .field("device", &self.device)
            .finish_non_exhaustive()
    }
}

/// The server behind the interface.
///
/// Requests arrive read and checked: ids of the right kind, label codes whose check characters fit, texts
/// without personal numbers. What remains is to know the register and the rules.
#[async_trait]
pub trait Backend: Send + Sync + 'static {
    /// Opens a session.
    ///
    /// # Errors
    /// `wrong-credentials`, `too-many-attempts`.
    async fn sign_in(&self, lang: Lang, sign_in: SignIn, remote: Option<IpAddr>)
    -> Result<SignedIn, Problem>;

    /// Ends the session that this token opens. Only called after [`Backend::identify`] knew the token.
    async fn sign_out(&self, token: &str, lang: Lang) -> Result<(), Problem>;

    /// Says whose session a token opens. `lang` is what the request asks for and becomes `Caller::lang`.
    ///
    /// # Errors
    /// `unauthenticated`.
    async fn identify(&self, token: &str, lang: Lang) -> Result<Caller, Problem>;

    /// What concerns the caller.
    async fn me(&self, caller: &Caller) -> Result<Me, Problem>;

    /// What a phone needs to choose from.
    async fn directory(&self, caller: &Caller) -> Result<Directory, Problem>;

    /// What a label leads to. Its check characters are known to fit.
    ///
    /// # Errors
    /// `unknown-label`.
    async fn resolve(&self, caller: &Caller, label: &LabelId) -> Result<Resolution, Problem>;

    /// An item.
    ///
    /// # Errors
    /// `not-found`.
    async fn item(&self, caller: &Caller, item: ItemId) -> Result<ItemCard, Problem>;

    /// The history of an item, in the order in which it is to be shown.
    ///
    /// # Errors
    /// `not-found`.
    async fn history(&self, caller: &Caller, item: ItemId) -> Result<Vec<HistoryLine>, Problem>;

    /// Registers an item. The same event again with the same content gives the first answer again.
    ///
    /// # Errors
    /// A refusal, `event-id-reused`, `unknown-label`.
    async fn register(
        &self,
        caller: &Caller,
        event: EventId,
        request: RegisterRequest,
    ) -> Result<ActAnswer, Problem>;

    /// Does one act on an item. The same event again with the same content gives the first answer again.
    ///
    /// # Errors
    /// A refusal (with the item as it is now), `not-found`, `event-id-reused`, `unknown-label`,
    /// `unknown-reference`.
    async fn act(
        &self,
        caller: &Caller,
        item: ItemId,
        event: EventId,
        act: ActRequest,
    ) -> Result<ActAnswer, Problem>;

    /// Takes observations in, in this order: exactly one answer for each.
    ///
    /// Evidence is never refused, so an observation is turned away only for what no register can take in:
    /// an unknown label or home, or an event id that was used for something else.
    ///
    /// # Errors
    /// Only where nothing of the batch was taken in and the phone shall send it again: `busy`, `internal`.
    async fn observe(
        &self,
        caller: &Caller,
        device: DeviceId,
        observations: Vec<ParsedObservation>,
    ) -> Result<Vec<ObservationAnswer>, Problem>;
}
