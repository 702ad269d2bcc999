//! What the interface asks of the server that stands behind it.

use std::fmt;

use async_trait::async_trait;
use axum::http::Method;
use chrono::{DateTime, Utc};
use hokan_domain::{
    container::ContainerAct,
    custody::ActKind,
    ids::{CarryOutId, ContainerId, DeviceId, EventId, FileId, IncidentId, ItemId, SessionId},
    label::LabelId,
    person::Person,
    text::Lang,
};
use uuid::Uuid;

use crate::{
    auth::{Origin, Session},
    file::MediaType,
    problem::{Problem, ProblemCode},
    request::{
        ActRequest, CarryOutActRequest, CopyRequest, IncidentActRequest, OpenIncidentRequest,
        ParsedObservation, PlanRequest, RegisterRequest, Show,
    },
    wire::{
        ActAnswer, CarryOutAnswer, CarryOutLine, CarryOutView, ContainerAnswer, ContainerView, Directory,
        ExplanationView, FileView, HistoryLine, Inbox, IncidentAnswer, IncidentLine, IncidentView, ItemCard,
        Me, ObservationAnswer, Pair, Paired, Proof, Resolution, SecondStep, SignIn, SignInAnswer, SignedIn,
    },
};

/// What a session may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Everything that its person may.
    Full,
    /// Nothing but change the password, which somebody else chose or which is too old.
    MustChangePassword,
    /// Nothing but set up or show a second factor, which this person needs.
    MustEnrol,
}

impl Standing {
    /// What a restricted session is told wherever it may not go.
    #[must_use]
    pub fn problem(self, lang: Lang) -> Option<Problem> {
        match self {
            Self::Full => None,
            Self::MustChangePassword => Some(Problem::new(ProblemCode::PasswordChangeNeeded, lang)),
            Self::MustEnrol => Some(Problem::new(ProblemCode::SecondFactorEnrolmentNeeded, lang)),
        }
    }
}

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
    /// The session's name, by which its person sees it in a list. It opens nothing.
    pub session_id: SessionId,
    /// The device that the session belongs to, where it is known.
    pub device: Option<DeviceId>,
    /// Whether a machine asks, for which the person answers: then nothing is the person's own word.
    pub by_machine: bool,
    /// When the person last showed a second factor; none where none was shown.
    pub proven_at: Option<DateTime<Utc>>,
    /// What the session may do.
    pub standing: Standing,
}

impl Caller {
    /// Somebody who acts without a session, such as on the server's own shell: whoever has that has proven
    /// more than any factor could. `whence` stands in the place of the session in logs.
    #[must_use]
    pub fn without_session(person: Person, name: String, lang: Lang, whence: &str) -> Self {
        Self {
            person,
            name,
            lang,
            session: whence.to_owned(),
            session_id: SessionId(Uuid::nil()),
            device: None,
            by_machine: false,
            proven_at: Some(DateTime::<Utc>::MAX_UTC),
            standing: Standing::Full,
        }
    }
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
    /// Takes name and password: opens a session, or says that a second factor is needed.
    ///
    /// # Errors
    /// `wrong-credentials`, `too-many-attempts`.
    async fn sign_in(&self, lang: Lang, sign_in: SignIn, origin: Origin) -> Result<SignInAnswer, Problem>;

    /// Takes the second factor of somebody whose password was right, and opens a session.
    ///
    /// # Errors
    /// `wrong-code`, `sign-in-step-over`, `too-many-attempts`.
    async fn second_step(
        &self,
        lang: Lang,
        second: SecondStep,
        origin: Origin,
    ) -> Result<SignInAnswer, Problem>;

    /// Takes a second factor from somebody who is signed in, so that acts which need a fresh one are open for
    /// five minutes. The session goes on under a new token.
    ///
    /// # Errors
    /// `wrong-code`, `too-many-attempts`, `unauthenticated`.
    async fn prove(&self, token: &str, proof: Proof, origin: Origin, lang: Lang)
    -> Result<SignedIn, Problem>;

    /// Ends the session that this token opens. Only called after [`Backend::identify`] knew the token.
    async fn sign_out(&self, token: &str, lang: Lang) -> Result<(), Problem>;

    /// Says whose session a token opens. `lang` is what the request asks for and becomes `Caller::lang`.
    ///
    /// # Errors
    /// `unauthenticated`.
    async fn identify(&self, token: &str, lang: Lang) -> Result<Caller, Problem>;

    /// Says for whom a machine acts with this token, which begins with [`crate::auth::MACHINE_PREFIX`]. `route`
    /// is the pattern of the whole address that it asks for, as in `/api/v1/items/{id}`. The caller is the
    /// person who answers for the machine, without a proof of any second factor.
    ///
    /// # Errors
    /// `unauthenticated`; `token-scope` where the token is none for this route.
    async fn identify_machine(
        &self,
        token: &str,
        method: &Method,
        route: &str,
        lang: Lang,
    ) -> Result<Caller, Problem>;

    /// Says whose paired phone delivers with this secret, which begins with
    /// [`crate::auth::DELIVERY_PREFIX`]. The caller's device is the phone; the person need not be active any
    /// more, nor the phone in use.
    ///
    /// # Errors
    /// `unauthenticated`.
    async fn identify_phone(&self, secret: &str, lang: Lang) -> Result<Caller, Problem>;

    /// Pairs the phone that confirms with this session: uses up the offer, and lets the session go on under a
    /// new token as the phone's.
    ///
    /// # Errors
    /// `pairing-over`; `forbidden` where the offer is somebody else's; `unauthenticated` where the person
    /// signed in too long ago to be sure that it is still he.
    async fn pair(&self, session: &Session, pair: Pair) -> Result<Paired, Problem>;

    /// What concerns the caller.
    async fn me(&self, caller: &Caller) -> Result<Me, Problem>;

    /// What waits for the caller, the most urgent first.
    async fn inbox(&self, caller: &Caller) -> Result<Inbox, Problem>;

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

    /// Why an act is open to the caller or not: every gate before it, with how far it is passed.
    ///
    /// # Errors
    /// `not-found`.
    async fn explanation(
        &self,
        caller: &Caller,
        item: ItemId,
        act: ActKind,
    ) -> Result<ExplanationView, Problem>;

    /// Registers an item. The same event again with the same content gives the first answer again.
    ///
    /// # Errors
    /// A refusal, `event-id-reused`, `unknown-label`, `unknown-reference` (`division`).
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
    /// `unknown-reference` (a person, home, division, terminal, photograph or certificate that is named).
    async fn act(
        &self,
        caller: &Caller,
        item: ItemId,
        event: EventId,
        act: ActRequest,
    ) -> Result<ActAnswer, Problem>;

    /// Copies contents of an item to a new one, which bears the id that follows from the event's. The same
    /// event again with the same content gives the first answer again. The answer shows the copy.
    ///
    /// # Errors
    /// A refusal (with the item that was to be copied), `not-found`, `event-id-reused`, `unknown-label`.
    async fn copy(
        &self,
        caller: &Caller,
        item: ItemId,
        event: EventId,
        request: CopyRequest,
    ) -> Result<ActAnswer, Problem>;

    /// Takes observations in, in this order: exactly one answer for each.
    ///
    /// Evidence is never refused, so an observation is turned away only for what no register can take in:
    /// an unknown label, home or photograph, or an event id that was used for something else.
    ///
    /// # Errors
    /// Only where nothing of the batch was taken in and the phone shall send it again: `busy`, `internal`.
    async fn observe(
        &self,
        caller: &Caller,
        device: DeviceId,
        observations: Vec<ParsedObservation>,
    ) -> Result<Vec<ObservationAnswer>, Problem>;

    /// Keeps a file. Its media type was told by its bytes.
    ///
    /// # Errors
    /// `forbidden` where the caller may not act at all.
    async fn add_file(
        &self,
        caller: &Caller,
        media_type: MediaType,
        bytes: Vec<u8>,
    ) -> Result<FileView, Problem>;

    /// A file with what its bytes are.
    ///
    /// # Errors
    /// `not-found`, `forbidden`.
    async fn file(&self, caller: &Caller, file: FileId) -> Result<(MediaType, Vec<u8>), Problem>;

    /// The carry-outs, the latest first.
    async fn carry_outs(&self, caller: &Caller, show: Show) -> Result<Vec<CarryOutLine>, Problem>;

    /// A carry-out.
    ///
    /// # Errors
    /// `not-found`.
    async fn carry_out(&self, caller: &Caller, carry_out: CarryOutId) -> Result<CarryOutView, Problem>;

    /// Asks for a carry-out, which bears the id that follows from the event's. The same event again with the
    /// same content gives the first answer again.
    ///
    /// # Errors
    /// A refusal, `event-id-reused`, `unknown-reference` (`plan.items[…]`, `plan.container`, `plan.contract`).
    async fn request_carry_out(
        &self,
        caller: &Caller,
        event: EventId,
        plan: PlanRequest,
    ) -> Result<CarryOutAnswer, Problem>;

    /// Does one act on a carry-out. The same event again with the same content gives the first answer again.
    ///
    /// # Errors
    /// A refusal, `not-found`, `event-id-reused`, `unknown-label` (`scan.code`, `found[…].code`),
    /// `unknown-reference` (as when it was asked for).
    async fn act_on_carry_out(
        &self,
        caller: &Caller,
        carry_out: CarryOutId,
        event: EventId,
        act: CarryOutActRequest,
    ) -> Result<CarryOutAnswer, Problem>;

    /// A container with what is in it.
    ///
    /// # Errors
    /// `not-found`.
    async fn container(&self, caller: &Caller, container: ContainerId) -> Result<ContainerView, Problem>;

    /// Does one act on a container. The same event again with the same content gives the first answer again.
    ///
    /// # Errors
    /// A refusal, `not-found`, `event-id-reused`, `unknown-reference` (`carry_out`).
    async fn act_on_container(
        &self,
        caller: &Caller,
        container: ContainerId,
        event: EventId,
        act: ContainerAct,
    ) -> Result<ContainerAnswer, Problem>;

    /// The incidents, the latest first.
    async fn incidents(&self, caller: &Caller, show: Show) -> Result<Vec<IncidentLine>, Problem>;

    /// An incident.
    ///
    /// # Errors
    /// `not-found`.
    async fn incident(&self, caller: &Caller, incident: IncidentId) -> Result<IncidentView, Problem>;

    /// Reports an incident, which bears the id that follows from the event's. The same event again with the
    /// same content gives the first answer again.
    ///
    /// # Errors
    /// A refusal where the caller may not act at all, `event-id-reused`, `unknown-reference` (`items[…]`,
    /// `division`).
    async fn open_incident(
        &self,
        caller: &Caller,
        event: EventId,
        request: OpenIncidentRequest,
    ) -> Result<IncidentAnswer, Problem>;

    /// Does one act on an incident. The same event again with the same content gives the first answer again.
    ///
    /// # Errors
    /// A refusal, `not-found`, `event-id-reused`, `unknown-reference` (`item`).
    async fn act_on_incident(
        &self,
        caller: &Caller,
        incident: IncidentId,
        event: EventId,
        act: IncidentActRequest,
    ) -> Result<IncidentAnswer, Problem>;
}
