//! The history of an item, told in sentences.

use hokan_domain::{
    discrepancy::Settlement,
    event::{Event, Recorded},
    ids::ItemId,
    label::ReplaceReason,
    text::{Lang, Names},
    timeline::OrderKey,
};
use hokan_mobile_api::{Caller, Problem, ProblemCode, wire::HistoryLine};

use super::{
    App, Book, store_problem,
    view::{moment, person_view, receiver_name},
};

/// What happened, as a sentence that names who did it.
pub(super) fn sentence(recorded: &Recorded, lang: Lang, book: &Book) -> String {
    let person = |id| book.person(id);
    match &recorded.event {
        Event::Registered { label, holder, .. } => {
            let holder = person(*holder);
            lang.pick(
                format!("{holder}さんが登録し、ラベル {label} を貼りました。"),
                format!("{holder} registered it with label {label}."),
            )
        }
        Event::ContentsRecorded { contents } => {
            let category = contents.category.name(lang);
            match contents.records {
                Some(records) => lang.pick(
                    format!("記録内容「{category}」{records}件を登録しました。"),
                    format!("Contents were recorded: {category}, {records} records."),
                ),
                None => lang.pick(
                    format!("記録内容「{category}」を登録しました。"),
                    format!("Contents were recorded: {category}."),
                ),
            }
        }
        Event::HandOverOffered { from, to, expires_at, .. } => {
            let (from, to, until) = (person(*from), receiver_name(*to, lang, book), moment(*expires_at));
            lang.pick(
                format!("{from}さんが{to}への引渡しを申し出ました（{until}まで）。"),
                format!("{from} offered it to {to} (until {until})."),
            )
        }
        Event::HandOverAccepted { from, to, .. } => {
            let to = person(*to);
            match from {
                Some(from) => {
                    let from = person(*from);
                    lang.pick(
                        format!("{to}さんが{from}さんから受け取りました。"),
                        format!("{to} took it over from {from}."),
                    )
                }
                None => lang.pick(format!("{to}さんが受け取りました。"), format!("{to} took it over.")),
            }
        }
        Event::HandOverRefused { by, .. } => {
            let by = person(*by);
            lang.pick(format!("{by}さんは受け取りませんでした。"), format!("{by} declined it."))
        }
        Event::HandOverWithdrawn { by, .. } => {
            let by = person(*by);
            lang.pick(format!("{by}さんが引渡しを取り下げました。"), format!("{by} withdrew the offer."))
        }
        Event::HandOverLapsed { .. } => {
            lang.pick("引渡しの期限が過ぎました。", "The offer lapsed.").to_owned()
        }
        Event::PutAway { by, home, .. } => {
            let (by, home) = (person(*by), book.home(*home));
            lang.pick(format!("{by}さんが{home}に保管しました。"), format!("{by} put it away in {home}."))
        }
        Event::TakenOut { by, from, .. } => {
            let by = person(*by);
            match from {
                Some(home) => {
                    let home = book.home(*home);
                    lang.pick(
                        format!("{by}さんが{home}から取り出しました。"),
                        format!("{by} took it out of {home}."),
                    )
                }
                None => lang.pick(format!("{by}さんが取り出しました。"), format!("{by} took it out.")),
            }
        }
        Event::Seen { by, home, .. } => {
            let by = person(*by);
            match home {
                Some(home) => {
                    let home = book.home(*home);
                    lang.pick(format!("{by}さんが{home}で確認しました。"), format!("{by} saw it in {home}."))
                }
                None => lang.pick(format!("{by}さんが確認しました。"), format!("{by} saw it.")),
            }
        }
        Event::LabelReplaced { old, new, reason } => {
            let why = match reason {
                ReplaceReason::Damaged => lang.pick("読めない", "unreadable"),
                ReplaceReason::Missing => lang.pick("はがれた", "missing"),
                ReplaceReason::Restock => lang.pick("別の用紙", "other stock"),
            };
            lang.pick(
                format!("ラベル {old} を無効にし、{new} に貼り替えました（{why}）。"),
                format!("Label {old} was voided and replaced by {new} ({why})."),
            )
        }
        Event::DiscrepancyRaised { finding } => {
            let what = finding.kind.sentence(lang);
            lang.pick(format!("食い違いが見つかりました: {what}"), format!("A discrepancy was found: {what}"))
        }
        Event::DiscrepancySettled { finding, by } => {
            let what = finding.kind.sentence(lang);
            match by {
                Settlement::Evidence => lang.pick(
                    format!("食い違いは記録が届いて解消しました: {what}"),
                    format!("Evidence settled a discrepancy: {what}"),
                ),
                Settlement::Person { by, reason } => {
                    let (by, reason) = (person(*by), book.text(*reason));
                    lang.pick(
                        format!("{by}さんが食い違いを処理しました（{reason}）: {what}"),
                        format!("{by} settled a discrepancy ({reason}): {what}"),
                    )
                }
            }
        }
    }
}

fn note(event: &Event, book: &Book) -> Option<String> {
    match event {
        Event::HandOverOffered { note, .. } | Event::HandOverRefused { note, .. } => {
            note.map(|text| book.text(text))
        }
        Event::ContentsRecorded { contents } => contents.purpose.map(|text| book.text(text)),
        _ => None,
    }
}

impl App {
    /// The history of an item in the order in which things happened, newest first.
    ///
    /// # Errors
    /// `not-found`.
    pub async fn history(&self, caller: &Caller, item: ItemId) -> Result<Vec<HistoryLine>, Problem> {
        let lang = caller.lang;
        let fault = |error| store_problem(&error, lang);
        let mut timeline = self.store().timeline(item).await.map_err(fault)?;
        if timeline.is_empty() {
            return Err(Problem::new(ProblemCode::NotFound, lang));
        }
        // What happened within one millisecond keeps the order of the ledger.
        timeline.sort_by_key(|(entry, recorded)| (OrderKey::from(&recorded.stamp).at, entry.seq));
        timeline.reverse();
        self.with_names(lang, |book| {
            timeline
                .iter()
                .map(|(entry, recorded)| {
                    let stamp = &recorded.stamp;
                    HistoryLine {
                        seq: entry.seq,
                        event_id: stamp.event,
                        kind: entry.kind.clone(),
                        occurred_at: stamp.occurred_at,
                        recorded_at: stamp.recorded_at,
                        occurred_text: moment(stamp.occurred_at),
                        recorded_text: moment(stamp.recorded_at),
                        late: stamp.observed_by.is_some(),
                        actor: person_view(stamp.actor, book),
                        device: stamp.observed_by.map(|(device, _)| device),
                        sentence: sentence(recorded, lang, book),
                        note: note(&recorded.event, book),
                        leaf_hash: entry.leaf().to_string(),
                    }
                })
                .collect()
        })
        .await
        .map_err(fault)
    }
}
