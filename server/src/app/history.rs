//! The history of an item, told in sentences.

use chrono::NaiveDate;
use hokan_domain::{
    discrepancy::{Outcome, Settlement},
    disposal::Performed,
    event::{Event, Recorded},
    ids::{EventId, ItemId},
    item::passed_over,
    japan_date::wareki,
    label::ReplaceReason,
    place::Home,
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
        Event::Assigned { by, division } => {
            let by = person(*by);
            match division {
                Some(division) => {
                    let division = book.division(*division);
                    lang.pick(
                        format!("{by}さんが所管を{division}にしました。"),
                        format!("{by} put it under {division}."),
                    )
                }
                None => lang.pick(
                    format!("{by}さんが所管を外しました。"),
                    format!("{by} took it out of its division."),
                ),
            }
        }
        Event::HomeDesignated { by, place, .. } => {
            let (by, place) = (person(*by), book.place(*place));
            lang.pick(
                format!("{by}さんが所定の保管場所を{place}に決めました。"),
                format!("{by} set {place} as the place where it belongs."),
            )
        }
        Event::ProtectionRecorded { by, secrecy, key_apart } => {
            let (by, state) = (person(*by), secrecy.name(lang));
            let apart = match key_apart {
                true => lang.pick("、鍵・パスワードは別に保管", ", key kept apart"),
                false => "",
            };
            lang.pick(
                format!("{by}さんが保護の状態を確認しました（{state}{apart}）。"),
                format!("{by} verified its protection: {state}{apart}."),
            )
        }
        Event::ContentsErased { by, erasure, .. } => {
            let (by, how) = (person(*by), erasure.verification.name(lang));
            lang.pick(
                format!("{by}さんが記録内容を消去しました（検証：{how}）。"),
                format!("{by} erased some of its contents (verified: {how})."),
            )
        }
        Event::RetentionEventOccurred { by, on, .. } => {
            let (by, on) = (person(*by), day(*on, lang));
            lang.pick(
                format!("{by}さんが保存期間の起算の事由（{on}）を記録しました。"),
                format!("{by} recorded what starts the retention period ({on})."),
            )
        }
        Event::Copied { by, copy, .. } => {
            let (by, copy) = (person(*by), book.item(*copy));
            lang.pick(format!("{by}さんが{copy}に複製しました。"), format!("{by} copied it to {copy}."))
        }
        Event::CopyOf { by, source } => {
            let (by, source) = (person(*by), book.item(*source));
            lang.pick(
                format!("{by}さんが{source}から複製しました。"),
                format!("{by} copied it from {source}."),
            )
        }
        Event::Requested { by, wanted, .. } => {
            let (by, what) = (person(*by), wanted.gated().name(lang));
            lang.pick(format!("{by}さんが{what}を申請しました。"), format!("{by} asked for: {what}."))
        }
        Event::Approved { by, role, deputy_for, .. } => {
            let (by, role) = (person(*by), book.role(role));
            match deputy_for {
                Some(principal) => {
                    let principal = person(*principal);
                    lang.pick(
                        format!("{by}さんが{role}（{principal}さんの代理）として承認しました。"),
                        format!("{by} approved as {role}, deputy for {principal}."),
                    )
                }
                None => lang.pick(
                    format!("{by}さんが{role}として承認しました。"),
                    format!("{by} approved as {role}."),
                ),
            }
        }
        Event::Granted { .. } => lang
            .pick("必要な承認がそろい、許可されました。", "All approvals are given: it is granted.")
            .to_owned(),
        Event::TurnedDown { by, role, .. } => {
            let (by, role) = (person(*by), book.role(role));
            lang.pick(
                format!("{by}さんが{role}として承認しませんでした。"),
                format!("{by} turned it down as {role}."),
            )
        }
        Event::RequestWithdrawn { by, .. } => {
            let by = person(*by);
            lang.pick(format!("{by}さんが申請を取り下げました。"), format!("{by} withdrew the request."))
        }
        Event::PermissionEnded { by, .. } => {
            let by = person(*by);
            lang.pick(format!("{by}さんが許可を取り消しました。"), format!("{by} ended the permission."))
        }
        Event::HoldPlaced { by, .. } => {
            let by = person(*by);
            lang.pick(
                format!("{by}さんが保存期間を停止しました。"),
                format!("{by} placed a hold on its retention."),
            )
        }
        Event::HoldLifted { by, .. } => {
            let by = person(*by);
            lang.pick(format!("{by}さんが停止を解除しました。"), format!("{by} lifted a hold."))
        }
        Event::Departed { by, container, .. } => {
            let by = person(*by);
            match container {
                Some(container) => {
                    let container = book.home(Home::Container(*container));
                    lang.pick(
                        format!("{by}さんが{container}に入れて持ち出しました。"),
                        format!("{by} took it out in {container}."),
                    )
                }
                None => lang.pick(
                    format!("{by}さんが持ち出しました。"),
                    format!("{by} left with it on a carry-out."),
                ),
            }
        }
        Event::Unsealed { by, container, matches, .. } => {
            let (by, container) = (person(*by), book.home(Home::Container(*container)));
            match matches {
                true => lang.pick(
                    format!("{by}さんが{container}を開けました。番号は一致しました。"),
                    format!("{by} opened {container}; its number matched."),
                ),
                false => lang.pick(
                    format!("{by}さんが{container}を確認しました。錠・封印の番号が違いました。"),
                    format!("{by} found another number on the lock or seal of {container}."),
                ),
            }
        }
        Event::Returned { by, .. } => {
            let by = person(*by);
            lang.pick(
                format!("{by}さんが返却を受けました。"),
                format!("{by} took it back from the carry-out."),
            )
        }
        Event::MissedAtUnpacking { by, .. } => {
            let by = person(*by);
            lang.pick(
                format!("{by}さんが開梱しましたが、ありませんでした。"),
                format!("{by} unpacked and did not find it."),
            )
        }
        Event::Delivered { by, .. } => {
            let by = person(*by);
            lang.pick(
                format!("{by}さんが相手方に引き渡しました。"),
                format!("{by} handed it to the counterparty for good."),
            )
        }
        Event::Sanitized { by, erasure, .. } => {
            let (by, how) = (person(*by), erasure.verification.name(lang));
            lang.pick(
                format!("{by}さんが全体を消去しました（検証：{how}）。"),
                format!("{by} erased it (verified: {how})."),
            )
        }
        Event::Destroyed { by, destruction, .. } => {
            let by = person(*by);
            match &destruction.performed {
                Performed::Here => {
                    lang.pick(format!("{by}さんが廃棄しました。"), format!("{by} destroyed it."))
                }
                Performed::Delegated { contractor, .. } => {
                    let contractor = book.text(*contractor);
                    lang.pick(
                        format!("{by}さんが{contractor}に委託して廃棄しました。"),
                        format!("{by} had it destroyed by {contractor}."),
                    )
                }
            }
        }
        Event::Witnessed { by, presence, .. } => {
            let (by, presence) = (person(*by), presence.name(lang));
            lang.pick(
                format!("{by}さんが廃棄を確認しました（{presence}）。"),
                format!("{by} witnessed its destruction ({presence})."),
            )
        }
        Event::DisposalConfirmed { by, role, .. } => {
            let (by, role) = (person(*by), book.role(role));
            lang.pick(
                format!("{by}さんが{role}として廃棄を確認しました。"),
                format!("{by} confirmed the disposal as {role}."),
            )
        }
        Event::FaultReported { by, .. } => {
            let by = person(*by);
            lang.pick(format!("{by}さんが障害を報告しました。"), format!("{by} reported a fault."))
        }
        Event::FaultChecked { by, faulty, .. } => {
            let by = person(*by);
            match faulty {
                true => lang.pick(
                    format!("{by}さんが点検しました。障害があります。"),
                    format!("{by} checked it: it has a fault."),
                ),
                false => lang.pick(
                    format!("{by}さんが点検しました。障害はありません。"),
                    format!("{by} checked it: no fault."),
                ),
            }
        }
        Event::LostReported { by, .. } => {
            let by = person(*by);
            lang.pick(format!("{by}さんが紛失を報告しました。"), format!("{by} reported it as lost."))
        }
        Event::Found { by, .. } => {
            let by = person(*by);
            lang.pick(format!("{by}さんが発見しました。"), format!("{by} found it."))
        }
        Event::EvidenceMarked { mark, .. } => {
            let what = mark.sentence(lang, book);
            lang.pick(format!("記録の届き方: {what}"), format!("How it came in: {what}"))
        }
        Event::DiscrepancyRaised { finding, .. } => {
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
                Settlement::Person { by, reason, outcome } => {
                    let (by, reason) = (person(*by), book.text(*reason));
                    match outcome {
                        Outcome::Upheld => lang.pick(
                            format!("{by}さんが食い違いを処理しました（{reason}）: {what}"),
                            format!("{by} settled a discrepancy ({reason}): {what}"),
                        ),
                        Outcome::Dismissed => lang.pick(
                            format!("{by}さんが事実でないとして食い違いを処理しました（{reason}）: {what}"),
                            format!("{by} settled as untrue ({reason}): {what}"),
                        ),
                    }
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
        Event::Requested { reason, .. }
        | Event::TurnedDown { reason, .. }
        | Event::HoldPlaced { reason, .. }
        | Event::HoldLifted { reason, .. } => Some(book.text(*reason)),
        Event::PermissionEnded { reason: note, .. }
        | Event::Approved { note, .. }
        | Event::DisposalConfirmed { note, .. }
        | Event::FaultReported { note, .. }
        | Event::FaultChecked { note, .. }
        | Event::LostReported { note, .. } => note.map(|text| book.text(text)),
        _ => None,
    }
}

/// Why an event counts for nothing.
fn untrue(events: &[Recorded], event: EventId, lang: Lang, book: &Book) -> String {
    let settled = events.iter().find_map(|recorded| match &recorded.event {
        Event::DiscrepancySettled { finding, by: Settlement::Person { by, reason, outcome } }
            if finding.event == event && *outcome == Outcome::Dismissed =>
        {
            Some((*by, *reason))
        }
        _ => None,
    });
    match settled {
        Some((by, reason)) => {
            let (by, reason) = (book.person(by), book.text(reason));
            lang.pick(
                format!("事実でないと処理され、効力がありません（{by}さん：{reason}）。"),
                format!("Settled as untrue by {by} and counts for nothing: {reason}."),
            )
        }
        None => lang
            .pick(
                "もとになった記録が事実でないと処理されたため、効力がありません。",
                "What it rested on was settled as untrue, so it counts for nothing.",
            )
            .to_owned(),
    }
}

/// A day as people read it.
fn day(day: NaiveDate, lang: Lang) -> String {
    lang.pick(wareki(day), day.to_string())
}

impl App {
    /// The history of an item in the order in which things happened, newest first.
    ///
    /// # Errors
    /// `not-found`.
    pub async fn history(&self, caller: &Caller, item: ItemId) -> Result<Vec<HistoryLine>, Problem> {
        self.looked_at_item(caller);
        self.history_beside(caller, item).await
    }

    /// The same beside the item itself, which was counted as looked at already.
    ///
    /// # Errors
    /// `not-found`.
    pub(crate) async fn history_beside(
        &self,
        caller: &Caller,
        item: ItemId,
    ) -> Result<Vec<HistoryLine>, Problem> {
        let lang = caller.lang;
        let fault = |error| store_problem(&error, lang);
        let mut timeline = self.store().timeline(item).await.map_err(fault)?;
        if timeline.is_empty() {
            return Err(Problem::new(ProblemCode::NotFound, lang));
        }
        let events: Vec<Recorded> = timeline.iter().map(|(_, recorded)| recorded.clone()).collect();
        // What happened within one millisecond keeps the order of the ledger.
        timeline.sort_by_key(|(entry, recorded)| (OrderKey::from(&recorded.stamp).at, entry.seq));
        timeline.reverse();
        let nothing = passed_over(&events);
        self.with_names(lang, |book| {
            timeline
                .iter()
                .map(|(entry, recorded)| {
                    let stamp = &recorded.stamp;
                    let void = nothing.contains(&stamp.event);
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
                        untrue: void.then(|| untrue(&events, stamp.event, lang, book)),
                        leaf_hash: entry.leaf().to_string(),
                    }
                })
                .collect()
        })
        .await
        .map_err(fault)
    }
}
