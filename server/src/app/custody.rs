//! Acts on an item: load, decide, append, commit.

use hokan_domain::{
    contents::Contents,
    custody::{Act, OfferTo, decide},
    event::Receiver,
    ids::{ContainerId, ContentsId, EventId, ItemId, PlaceId},
    item::Item,
    label::{LabelState, LabelTarget},
    ledger::entry::Entry,
    place::Home,
};
use hokan_mobile_api::{
    Caller, Problem,
    request::{ActRequest, ContentsRequest, HomeRef},
    wire::ActAnswer,
};

use super::{App, AppError, history::sentence, store_problem, view};
use crate::store::{StoreError, WriteTx, ledger::recorded, texts::NewTexts};

/// What an act became: its first outcome, and the item as it is now.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) entries: Vec<Entry>,
    pub(super) item: Item,
    pub(super) repeated: bool,
}

impl App {
    /// Does one act on an item. The same event again with the same content gives the first answer again.
    ///
    /// # Errors
    /// As [`hokan_mobile_api::Backend::act`] says.
    pub async fn act(
        &self,
        caller: &Caller,
        item: ItemId,
        event: EventId,
        request: ActRequest,
    ) -> Result<ActAnswer, Problem> {
        let done = self.perform(caller, item, event, request).await;
        match done {
            Ok(done) => self.answer(caller, done).await,
            Err(error) => Err(self.problem(caller, error).await),
        }
    }

    async fn perform(
        &self,
        caller: &Caller,
        id: ItemId,
        event: EventId,
        request: ActRequest,
    ) -> Result<Done, AppError> {
        let stamp = self.stamp(caller, event, &format!("{id} {request:?}"));
        let app = self.clone();
        let person = caller.person.id;
        self.store()
            .write("item.act", move |tx| {
                Box::pin(async move {
                    let item = tx.item(id).await?.ok_or(AppError::NotFound)?;
                    let entries = tx.first_outcome(&stamp).await?;
                    if !entries.is_empty() {
                        return Ok(Done { entries, item, repeated: true });
                    }
                    // Looked up again under the writer's lock: authority may have ended since the request
                    // was let in.
                    let actor = tx.person(person).await?.ok_or(AppError::Unauthenticated)?.person;
                    let mut texts = NewTexts::new(tx);
                    let act = read_act(tx, request, &mut texts).await?;
                    let events = decide(&item, &act, event, &actor, app.profile(), tx.now())
                        .map_err(|refusal| AppError::refused(refusal, &item))?;
                    tx.keep_texts(texts).await?;
                    let done = tx.append_to_item(&stamp, id, Some(item), &events).await?;
                    Ok(Done { entries: done.entries, item: done.item, repeated: false })
                })
            })
            .await
    }

    /// What the person reads after an act.
    pub(super) async fn answer(&self, caller: &Caller, done: Done) -> Result<ActAnswer, Problem> {
        let lang = caller.lang;
        let now = self.store().clock().now();
        let fault = |error: StoreError| store_problem(&error, lang);
        let first = done.entries.first().ok_or_else(|| Problem::internal(lang, &"an act became no event"))?;
        let happened = recorded(first).map_err(fault)?;
        self.with_names(lang, |book| ActAnswer {
            event_id: happened.stamp.event,
            seq: first.seq,
            recorded_at: happened.stamp.recorded_at,
            repeated: done.repeated,
            sentence: sentence(&happened, lang, book),
            item: view::card(&done.item, &caller.person, self.profile(), now, lang, book),
        })
        .await
        .map_err(fault)
    }
}

/// Turns what was asked into what the rules judge: references are looked up, texts are set aside.
async fn read_act(tx: &mut WriteTx, request: ActRequest, texts: &mut NewTexts) -> Result<Act, AppError> {
    Ok(match request {
        ActRequest::Offer { to, note, scan } => Act::Offer {
            to: match to {
                Receiver::Person(id) => {
                    let account = tx.person(id).await?.ok_or(AppError::UnknownReference("to"))?;
                    OfferTo::Person(account.person)
                }
                Receiver::AnyHandler => OfferTo::AnyHandler,
            },
            note: texts.add_optional(note),
            scan,
        },
        ActRequest::Accept { hand_over, scan } => Act::Accept { hand_over, scan },
        ActRequest::Refuse { hand_over, note } => Act::Refuse { hand_over, note: texts.add_optional(note) },
        ActRequest::Withdraw { hand_over } => Act::Withdraw { hand_over },
        ActRequest::PutAway { home, scan } => Act::PutAway { home: read_home(tx, home).await?, scan },
        ActRequest::TakeOut { scan } => Act::TakeOut { scan },
        ActRequest::ReplaceLabel { label, reason } => {
            let state = tx.label(&label).await?.ok_or(AppError::UnknownLabel)?;
            Act::ReplaceLabel { label, state, reason }
        }
        ActRequest::RecordContents { contents } => {
            Act::RecordContents { contents: read_contents(tx, contents, texts) }
        }
    })
}

pub(super) fn read_contents(tx: &WriteTx, contents: ContentsRequest, texts: &mut NewTexts) -> Contents {
    Contents {
        id: ContentsId(tx.entropy().id(tx.now())),
        category: contents.category,
        purpose: texts.add_optional(contents.purpose),
        records: contents.records,
        recorded_on: contents.recorded_on,
    }
}

/// The place or container that was chosen or scanned.
pub(super) async fn read_home(tx: &WriteTx, home: HomeRef) -> Result<Home, AppError> {
    match home {
        HomeRef::Id(home) if tx.home_exists(home).await? => Ok(home),
        HomeRef::Id(_) => Err(AppError::UnknownReference("home")),
        HomeRef::Label(label) => match tx.label(&label).await?.ok_or(AppError::UnknownLabel)? {
            LabelState::Bound(LabelTarget::Place(PlaceId(id))) => Ok(Home::Place(PlaceId(id))),
            LabelState::Bound(LabelTarget::Container(ContainerId(id))) => {
                Ok(Home::Container(ContainerId(id)))
            }
            // The label of an item, a blank or a void one names no home.
            _ => Err(AppError::UnknownReference("home_code")),
        },
    }
}
