//! What phones ask for, answered by the use cases.

use std::net::IpAddr;

use async_trait::async_trait;
use hokan_domain::{
    ids::{DeviceId, EventId, ItemId},
    label::LabelId,
    text::Lang,
};
use hokan_mobile_api::{
    Backend, Caller, Problem, ProblemCode,
    request::{ActRequest, ParsedObservation, RegisterRequest},
    wire::{
        ActAnswer, Directory, HistoryLine, ItemCard, Me, Named, ObservationAnswer, Resolution, SignIn,
        SignedIn, SignedInPerson,
    },
};

use crate::{
    app::App,
    identity::{SignInError, token_hash},
};

#[async_trait]
impl Backend for App {
    async fn sign_in(
        &self,
        lang: Lang,
        sign_in: SignIn,
        remote: Option<IpAddr>,
    ) -> Result<SignedIn, Problem> {
        match self.identity().sign_in(&sign_in.login, &sign_in.password, remote).await {
            Ok(opened) => Ok(SignedIn {
                token: opened.token,
                expires_at: opened.expires_at,
                person: SignedInPerson {
                    id: opened.account.person.id,
                    name: opened.account.name,
                    parts: opened.account.person.parts.iter().map(|part| Named::part(*part, lang)).collect(),
                },
            }),
            Err(SignInError::Wrong) => Err(Problem::new(ProblemCode::WrongCredentials, lang)),
            Err(SignInError::Wait(wait)) => {
                let seconds = u32::try_from(wait.num_seconds() + 1).unwrap_or(1);
                Err(Problem::new(ProblemCode::TooManyAttempts, lang).with_retry_after(seconds))
            }
            Err(SignInError::Store(error)) => Err(Problem::internal(lang, &error)),
            Err(SignInError::Hash(error)) => Err(Problem::internal(lang, &error)),
        }
    }

    async fn sign_out(&self, token: &str, lang: Lang) -> Result<(), Problem> {
        self.identity().sign_out(token).await.map_err(|error| Problem::internal(lang, &error))
    }

    async fn identify(&self, token: &str, lang: Lang) -> Result<Caller, Problem> {
        let account = self
            .identity()
            .identify(token)
            .await
            .map_err(|error| Problem::internal(lang, &error))?
            .ok_or_else(|| Problem::new(ProblemCode::Unauthenticated, lang))?;
        let session = token_hash(token).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        Ok(Caller { person: account.person, name: account.name, lang, session, device: None })
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
}
