//! What phones ask for, answered by the use cases.

use async_trait::async_trait;
use axum::http::Method;
use hokan_domain::{
    container::ContainerAct,
    custody::ActKind,
    ids::{CarryOutId, ContainerId, DeviceId, EventId, FileId, IncidentId, ItemId},
    label::LabelId,
    text::Lang,
};
use hokan_mobile_api::{
    Backend, Caller, MediaType, Problem, ProblemCode, Session, Standing,
    auth::Origin,
    request::{
        ActRequest, CarryOutActRequest, CopyRequest, IncidentActRequest, OpenIncidentRequest,
        ParsedObservation, PlanRequest, RegisterRequest, Show,
    },
    wire::{
        ActAnswer, CarryOutAnswer, CarryOutLine, CarryOutView, ContainerAnswer, ContainerView, Directory,
        ExplanationView, FileView, HistoryLine, Inbox, IncidentAnswer, IncidentLine, IncidentView, ItemCard,
        Me, Named, ObservationAnswer, Pair, Paired, Proof, Resolution, SecondStep, SignIn, SignInAnswer,
        SignInNext, SignedIn, SignedInPerson,
    },
};

use crate::{
    app::App,
    identity::{Entered, Opened, SignInError, pairing::PairError, token_hash},
    store::sessions::SessionKind,
};

/// A session that was opened, as it is told.
pub(crate) fn signed_in(opened: Opened, lang: Lang) -> SignedIn {
    let account = opened.account;
    SignedIn {
        token: opened.token,
        expires_at: opened.session.expires_at,
        person: SignedInPerson {
            id: account.person.id,
            name: account.name,
            parts: account.person.parts.iter().map(|part| Named::part(*part, lang)).collect(),
        },
    }
}

/// The same, with what the session still needs.
fn sign_in_answer(opened: Opened, lang: Lang) -> SignInAnswer {
    let next = match opened.standing {
        Standing::Full => SignInNext::Done,
        Standing::MustChangePassword => SignInNext::ChangePassword,
        Standing::MustEnrol => SignInNext::Enrol,
    };
    SignInAnswer::opened(signed_in(opened, lang), next)
}

/// Why somebody could not sign in, as the person reads it.
pub(crate) fn sign_in_problem(error: SignInError, lang: Lang) -> Problem {
    match error {
        SignInError::Wrong => Problem::new(ProblemCode::WrongCredentials, lang),
        SignInError::Wait(wait) => {
            let seconds = u32::try_from(wait.num_seconds() + 1).unwrap_or(1);
            Problem::new(ProblemCode::TooManyAttempts, lang).with_retry_after(seconds)
        }
        SignInError::WrongCode => Problem::new(ProblemCode::WrongCode, lang),
        SignInError::StepOver => Problem::new(ProblemCode::SignInStepOver, lang),
        SignInError::Refused(refusals) => {
            let mut problem = Problem::new(ProblemCode::PasswordRefused, lang).with_field("new");
            let sentences: Vec<_> = refusals.iter().map(|refusal| refusal.fault.sentence(lang)).collect();
            problem.detail = sentences.join(lang.pick("", " "));
            problem.source = refusals.first().map(|refusal| refusal.source.cite(lang));
            problem
        }
        SignInError::Busy => Problem::new(ProblemCode::Busy, lang).with_retry_after(5),
        SignInError::Store(error) => Problem::internal(lang, &error),
        SignInError::Fault(error) => Problem::internal(lang, &error),
    }
}

/// Why a phone was not paired, as the person reads it.
pub(crate) fn pair_problem(error: PairError, lang: Lang) -> Problem {
    match error {
        PairError::Over => Problem::new(ProblemCode::PairingOver, lang),
        PairError::NotYours => Problem::new(ProblemCode::Forbidden, lang).with_detail(lang.pick(
            "この端末登録は、ほかの利用者が申し込んだものです。本人がサインインし直してください。",
            "Somebody else offered to pair this phone. That person has to sign in on it.",
        )),
        PairError::Stale => Problem::new(ProblemCode::Unauthenticated, lang).with_detail(lang.pick(
            "端末を登録するには、この端末でもう一度サインインしてください。",
            "Sign in again on this phone to pair it.",
        )),
        PairError::SignIn(SignInError::Wrong) => Problem::new(ProblemCode::Unauthenticated, lang),
        PairError::SignIn(error) => sign_in_problem(error, lang),
    }
}

#[async_trait]
impl Backend for App {
    async fn sign_in(&self, lang: Lang, sign_in: SignIn, origin: Origin) -> Result<SignInAnswer, Problem> {
        let SignIn { login, password } = sign_in;
        match self.identity().sign_in(&login, &password, SessionKind::Phone, &origin).await {
            Ok(Entered::Done(opened)) => Ok(sign_in_answer(*opened, lang)),
            Ok(Entered::Second(second)) => Ok(SignInAnswer::second(second.token, second.expires_at)),
            Err(error) => Err(sign_in_problem(error, lang)),
        }
    }

    async fn second_step(
        &self,
        lang: Lang,
        second: SecondStep,
        origin: Origin,
    ) -> Result<SignInAnswer, Problem> {
        let opened = self.identity().second_step(&second.step, &second.code, &origin).await;
        opened.map(|opened| sign_in_answer(opened, lang)).map_err(|error| sign_in_problem(error, lang))
    }

    async fn prove(
        &self,
        token: &str,
        proof: Proof,
        origin: Origin,
        lang: Lang,
    ) -> Result<SignedIn, Problem> {
        match self.identity().prove(token, &proof.code, &origin).await {
            Ok(opened) => Ok(signed_in(opened, lang)),
            Err(SignInError::Wrong) => Err(Problem::new(ProblemCode::Unauthenticated, lang)),
            Err(error) => Err(sign_in_problem(error, lang)),
        }
    }

    async fn sign_out(&self, token: &str, lang: Lang) -> Result<(), Problem> {
        self.identity().sign_out(token).await.map_err(|error| Problem::internal(lang, &error))
    }

    async fn identify(&self, token: &str, lang: Lang) -> Result<Caller, Problem> {
        let identified = self
            .identity()
            .identify(token)
            .await
            .map_err(|error| Problem::internal(lang, &error))?
            .ok_or_else(|| Problem::new(ProblemCode::Unauthenticated, lang))?;
        let account = identified.account;
        Ok(Caller {
            person: account.person,
            name: account.name,
            lang,
            session: token_hash(token).iter().take(4).map(|byte| format!("{byte:02x}")).collect(),
            session_id: identified.session.id,
            device: identified.session.device,
            by_machine: false,
            proven_at: identified.session.proven_at,
            standing: identified.standing,
        })
    }

    async fn identify_machine(
        &self,
        token: &str,
        method: &Method,
        route: &str,
        lang: Lang,
    ) -> Result<Caller, Problem> {
        self.machine(token, method.as_str(), route, lang).await
    }

    async fn identify_phone(&self, secret: &str, lang: Lang) -> Result<Caller, Problem> {
        self.delivering_phone(&token_hash(secret), lang).await
    }

    async fn pair(&self, session: &Session, pair: Pair) -> Result<Paired, Problem> {
        let lang = session.caller.lang;
        match self.identity().pair(&session.token, &pair.token, pair.name).await {
            Ok(paired) => Ok(Paired {
                device: paired.device.id,
                delivery_secret: paired.delivery_secret,
                session: signed_in(paired.opened, lang),
            }),
            Err(error) => Err(pair_problem(error, lang)),
        }
    }

    async fn me(&self, caller: &Caller) -> Result<Me, Problem> {
        Self::me(self, caller).await
    }

    async fn directory(&self, caller: &Caller) -> Result<Directory, Problem> {
        Self::directory(self, caller).await
    }

    async fn resolve(&self, caller: &Caller, label: &LabelId) -> Result<Resolution, Problem> {
        Self::resolve(self, caller, label).await
    }

    async fn item(&self, caller: &Caller, item: ItemId) -> Result<ItemCard, Problem> {
        Self::item(self, caller, item).await
    }

    async fn history(&self, caller: &Caller, item: ItemId) -> Result<Vec<HistoryLine>, Problem> {
        Self::history(self, caller, item).await
    }

    async fn register(
        &self,
        caller: &Caller,
        event: EventId,
        request: RegisterRequest,
    ) -> Result<ActAnswer, Problem> {
        Self::register(self, caller, event, request).await
    }

    async fn act(
        &self,
        caller: &Caller,
        item: ItemId,
        event: EventId,
        act: ActRequest,
    ) -> Result<ActAnswer, Problem> {
        Self::act(self, caller, item, event, act).await
    }

    async fn observe(
        &self,
        caller: &Caller,
        device: DeviceId,
        observations: Vec<ParsedObservation>,
    ) -> Result<Vec<ObservationAnswer>, Problem> {
        Self::observe(self, caller, device, observations).await
    }

    async fn inbox(&self, caller: &Caller) -> Result<Inbox, Problem> {
        let lines = Self::inbox(self, caller).await?;
        Ok(Inbox { lines: lines.into_iter().map(|line| line.wire(caller.lang)).collect() })
    }

    async fn explanation(
        &self,
        caller: &Caller,
        item: ItemId,
        act: ActKind,
    ) -> Result<ExplanationView, Problem> {
        Self::explanation(self, caller, item, act).await
    }

    async fn copy(
        &self,
        caller: &Caller,
        item: ItemId,
        event: EventId,
        request: CopyRequest,
    ) -> Result<ActAnswer, Problem> {
        Self::copy(self, caller, item, event, request).await
    }

    async fn add_file(
        &self,
        caller: &Caller,
        media_type: MediaType,
        bytes: Vec<u8>,
    ) -> Result<FileView, Problem> {
        let file = self.keep_file(caller, media_type.name(), bytes).await?;
        Ok(FileView::new(file, media_type))
    }

    async fn file(&self, caller: &Caller, file: FileId) -> Result<(MediaType, Vec<u8>), Problem> {
        let (media_type, bytes) = self.kept_file(caller, file).await?;
        let media_type = MediaType::from_name(&media_type)
            .ok_or_else(|| Problem::internal(caller.lang, &format!("the media type of {file}")))?;
        Ok((media_type, bytes))
    }

    async fn carry_outs(&self, caller: &Caller, show: Show) -> Result<Vec<CarryOutLine>, Problem> {
        Self::carry_outs(self, caller, show).await
    }

    async fn carry_out(&self, caller: &Caller, carry_out: CarryOutId) -> Result<CarryOutView, Problem> {
        Self::carry_out(self, caller, carry_out).await
    }

    async fn request_carry_out(
        &self,
        caller: &Caller,
        event: EventId,
        plan: PlanRequest,
    ) -> Result<CarryOutAnswer, Problem> {
        Self::request_carry_out(self, caller, event, plan).await
    }

    async fn act_on_carry_out(
        &self,
        caller: &Caller,
        carry_out: CarryOutId,
        event: EventId,
        act: CarryOutActRequest,
    ) -> Result<CarryOutAnswer, Problem> {
        Self::act_on_carry_out(self, caller, carry_out, event, act).await
    }

    async fn container(&self, caller: &Caller, container: ContainerId) -> Result<ContainerView, Problem> {
        Self::container(self, caller, container).await
    }

    async fn act_on_container(
        &self,
        caller: &Caller,
        container: ContainerId,
        event: EventId,
        act: ContainerAct,
    ) -> Result<ContainerAnswer, Problem> {
        Self::act_on_container(self, caller, container, event, act).await
    }

    async fn incidents(&self, caller: &Caller, show: Show) -> Result<Vec<IncidentLine>, Problem> {
        Self::incidents(self, caller, show).await
    }

    async fn incident(&self, caller: &Caller, incident: IncidentId) -> Result<IncidentView, Problem> {
        Self::incident(self, caller, incident).await
    }

    async fn open_incident(
        &self,
        caller: &Caller,
        event: EventId,
        request: OpenIncidentRequest,
    ) -> Result<IncidentAnswer, Problem> {
        Self::open_incident(self, caller, event, request).await
    }

    async fn act_on_incident(
        &self,
        caller: &Caller,
        incident: IncidentId,
        event: EventId,
        act: IncidentActRequest,
    ) -> Result<IncidentAnswer, Problem> {
        Self::act_on_incident(self, caller, incident, event, act).await
    }
}
