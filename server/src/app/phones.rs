//! The phones of people, as their persons and the administrators see them.

use chrono::TimeDelta;
use hokan_domain::{ids::DeviceId, person::Part, personal_number::CheckedText};
use hokan_mobile_api::{Caller, Problem, ProblemCode};

use super::{App, AppError, store_problem};
use crate::store::{StoreError, devices::Device};

/// How long a phone still delivers what it saw after it was revoked, or was last heard of before its person was
/// suspended or left: longer than any phone is without signal.
const DELIVERS_AFTER_END: TimeDelta = TimeDelta::weeks(4);
/// How exactly it is kept when a phone was last heard of. Writing it for every request would make each a write.
const TOUCH_EVERY: TimeDelta = TimeDelta::minutes(5);

impl App {
    /// The caller's phones; for an administrator who asks for them, everybody's.
    ///
    /// # Errors
    /// Where the store fails; `part-missing`.
    pub(crate) async fn phones(&self, caller: &Caller, everybody: bool) -> Result<Vec<Device>, Problem> {
        if everybody {
            self.must_play(caller, Part::Administrator, &[]).await?;
        }
        let whose = (!everybody).then_some(caller.person.id);
        self.store().devices(whose).await.map_err(|error| store_problem(&error, caller.lang))
    }

    /// Gives a phone another name. For its person and administrators.
    ///
    /// # Errors
    /// `not-found`.
    pub(crate) async fn rename_phone(
        &self,
        caller: &Caller,
        id: DeviceId,
        name: CheckedText,
    ) -> Result<(), Problem> {
        let (who, name) = (caller.clone(), name.into_string());
        let done = self.store().write("phone.rename", move |tx| {
            Box::pin(async move {
                let phone = tx.device(id).await?;
                must_be_over(&who, phone)?;
                Ok(tx.rename_device(id, &name, who.person.id).await?)
            })
        });
        self.told(caller, done.await).await
    }

    /// Revokes a phone and ends what is open on it. What it saw before, it may still deliver. For its person and
    /// administrators.
    ///
    /// # Errors
    /// `not-found`.
    pub async fn revoke_phone(&self, caller: &Caller, id: DeviceId) -> Result<(), Problem> {
        let who = caller.clone();
        let done = self.store().write("phone.revoke", move |tx| {
            Box::pin(async move {
                let phone = tx.device(id).await?;
                must_be_over(&who, phone)?;
                tx.revoke_device(id, who.person.id).await?;
                tx.end_sessions_on(id).await?;
                Ok(())
            })
        });
        self.told(caller, done.await).await
    }

    async fn told(&self, caller: &Caller, done: Result<(), AppError>) -> Result<(), Problem> {
        match done {
            Ok(()) => Ok(()),
            Err(error) => Err(self.problem(caller, error).await),
        }
    }

    /// Whose phone delivers with a secret, as a caller who may do nothing but that. The secret ends some weeks
    /// after the phone's use ended.
    ///
    /// # Errors
    /// `unauthenticated`.
    pub(crate) async fn delivering_phone(
        &self,
        secret_hash: &[u8],
        lang: hokan_domain::text::Lang,
    ) -> Result<Caller, Problem> {
        let fault = |error: StoreError| store_problem(&error, lang);
        let unknown = || Problem::new(ProblemCode::Unauthenticated, lang);
        let store = self.store();
        let phone = store.device_delivering(secret_hash).await.map_err(fault)?.ok_or_else(unknown)?;
        let account = store.person(phone.person).await.map_err(fault)?.ok_or_else(unknown)?;
        let (id, now) = (phone.id, store.clock().now());
        let in_use = phone.revoked_at.is_none() && account.person.active;
        let ended_at = phone.revoked_at.or((!in_use).then(|| phone.last_seen_at.unwrap_or(phone.paired_at)));
        if ended_at.is_some_and(|at| now.signed_duration_since(at) > DELIVERS_AFTER_END) {
            return Err(unknown());
        }
        if in_use && phone.last_seen_at.is_none_or(|at| now.signed_duration_since(at) > TOUCH_EVERY) {
            store
                .write("phone.touch", move |tx| Box::pin(async move { tx.touch_device(id).await }))
                .await
                .map_err(fault)?;
        }
        let whence = id.to_string();
        let caller = Caller::without_session(account.person, account.name, lang, &whence);
        Ok(Caller { device: Some(id), proven_at: None, ..caller })
    }
}

/// Refuses whoever is neither the phone's person nor an administrator, in the words of a phone that there is
/// not.
fn must_be_over(caller: &Caller, phone: Option<Device>) -> Result<Device, AppError> {
    let administers = caller.person.is(Part::Administrator);
    phone.filter(|phone| phone.person == caller.person.id || administers).ok_or(AppError::NotFound)
}
