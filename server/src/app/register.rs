//! Registering an item by binding a blank label to it.

use hokan_domain::{
    custody::{Registration, register},
    ids::{EventId, ItemId},
    japan_date::jst_date,
};
use hokan_mobile_api::{Caller, Problem, request::RegisterRequest, wire::ActAnswer};

use super::{
    App, AppError,
    custody::{Done, read_contents, read_division, read_protection},
};
use crate::store::texts::NewTexts;

impl App {
    /// Registers an item. The same event again with the same content gives the first answer again.
    ///
    /// # Errors
    /// As [`hokan_mobile_api::Backend::register`] says.
    pub async fn register(
        &self,
        caller: &Caller,
        event: EventId,
        request: RegisterRequest,
    ) -> Result<ActAnswer, Problem> {
        match self.perform_registration(caller, event, request).await {
            Ok(done) => self.answer(caller, done).await,
            Err(error) => Err(self.problem(caller, error).await),
        }
    }

    async fn perform_registration(
        &self,
        caller: &Caller,
        event: EventId,
        request: RegisterRequest,
    ) -> Result<Done, AppError> {
        let mut stamp = self.stamp(caller, event, &format!("register {request:?}"));
        let app = self.clone();
        let person = caller.person.id;
        self.store()
            .write("item.register", move |tx| {
                Box::pin(async move {
                    let entries = tx.first_outcome(&stamp).await?;
                    if let Some(first) = entries.first() {
                        let id: ItemId = first.subject_id.parse().map_err(|_| AppError::NotFound)?;
                        let item = tx.item(id).await?.ok_or(AppError::NotFound)?;
                        return Ok(Done { entries, item, repeated: true });
                    }
                    let profile = app.profile_on(jst_date(tx.now()));
                    stamp.profile = profile.digest;
                    let actor = tx.person(person).await?.ok_or(AppError::Unauthenticated)?.person;
                    let label = request.scan.label;
                    let label_state = tx.label(&label).await?.ok_or(AppError::UnknownLabel)?;
                    let mut texts = NewTexts::new(tx);
                    let registration = Registration {
                        kind: request.kind,
                        label,
                        label_state,
                        title: texts.add(&request.title),
                        control_number: texts.add_optional(request.control_number),
                        serial: texts.add_optional(request.serial),
                        contents: request
                            .contents
                            .into_iter()
                            .map(|contents| read_contents(tx, contents, &mut texts))
                            .collect(),
                        division: read_division(tx, request.division).await?,
                        protection: request
                            .protection
                            .map(|protection| read_protection(protection, &mut texts)),
                    };
                    let events = register(&registration, &actor, &profile)
                        .map_err(|refusal| AppError::Refused { refusal, item: None })?;
                    let id = ItemId(tx.entropy().id(tx.now()));
                    tx.keep_texts(texts).await?;
                    let done = tx.append_to_item(&stamp, id, None, &events).await?;
                    tx.keep_due(&done, &profile).await?;
                    Ok(Done { entries: done.entries, item: done.item, repeated: false })
                })
            })
            .await
    }
}
