//! Telling people and other systems what waits: by webhook at once, by one mail a day, and about incidents by
//! mail at once.
//!
//! What was told is an `alert`, raised when something begins to wait and ended when it waits no more, so that
//! it is told once, however often and on however many servers it is looked at. Alert and deliveries are
//! written in one transaction that also reads what waits. A webhook leaves the house: it holds ids, counts
//! and addresses, and no title and no name.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use hokan_domain::{
    ids::PersonId,
    japan_date::{jst, jst_date, jst_date_time, jst_day_start},
    retention::StepNo,
    text::Lang,
};
use hokan_mobile_api::wire::ItemSummary;
use hokan_outbound::{
    digest::{self, Digest, Language, Line, Style},
    mail::{MailAddress, Message},
    webhook::event_body,
};
use serde_json::{Value, json};

use super::{
    App,
    inbox::{About, INBOX_PAGE, InboxLine, Picture, carry_out_page, incident_page, look_for, open_requests},
};
use crate::store::{
    StoreError, WriteTx,
    account_changes::AccountChange,
    alerts::{Alert, Look},
    deliveries::Delivery,
    people::Account,
};

/// The topic of the mail of the day.
const DIGEST: &str = "digest";
/// The topic of mails that do not wait for it.
const URGENT: &str = "urgent";
/// The kind of the alerts that say that somebody was mailed about an incident.
const INCIDENT_MAIL: &str = "incident.mail";
/// The job that queues the mail of the day.
const DIGEST_JOB: &str = "digest";
/// Between two urgent mails to one person lies at least this.
const URGENT_GAP: TimeDelta = TimeDelta::minutes(15);
/// What begins to wait again so soon after it ended is not told again: it never really ended.
const QUIET: TimeDelta = TimeDelta::minutes(10);
/// For how long it is worth telling that something about an account changed.
const ACCOUNT_NEWS: TimeDelta = TimeDelta::days(3);
/// The lines of one kind that a mail writes out.
const LINES_IN_MAIL: usize = 20;

/// What other systems are told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// A request or a carry-out waits for approval.
    RequestWaiting,
    /// A carry-out is overdue.
    CarryOutOverdue,
    /// A discrepancy bothers a person.
    DiscrepancyRaised,
    /// An incident was reported.
    IncidentOpened,
    /// A destruction waits for its witness or its confirmation.
    DisposalWaiting,
    /// A sweep flagged what has to go.
    RetentionFlagged,
    /// A role, permission or permit ends soon.
    TermExpiring,
}

impl Topic {
    /// Every topic.
    pub const ALL: [Self; 7] = [
        Self::RequestWaiting,
        Self::CarryOutOverdue,
        Self::DiscrepancyRaised,
        Self::IncidentOpened,
        Self::DisposalWaiting,
        Self::RetentionFlagged,
        Self::TermExpiring,
    ];

    /// The word in a webhook's `type`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::RequestWaiting => "request.waiting",
            Self::CarryOutOverdue => "carry-out.overdue",
            Self::DiscrepancyRaised => "discrepancy.raised",
            Self::IncidentOpened => "incident.opened",
            Self::DisposalWaiting => "disposal.waiting",
            Self::RetentionFlagged => "retention.flagged",
            Self::TermExpiring => "term.expiring",
        }
    }

    /// The topic that `code` names.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.code() == code)
    }
}

/// Something that waits now, as other systems are told of it.
#[derive(Debug)]
struct Standing {
    topic: Topic,
    subject: String,
    /// How far it has come, so that the next step is told anew.
    step: String,
    /// When it came about.
    at: DateTime<Utc>,
    data: Value,
}

impl Standing {
    fn alert(&self) -> Alert {
        let kind = self.topic.code();
        Alert {
            key: format!("{kind}/{}/{}", self.subject, self.step),
            kind: kind.to_owned(),
            subject: self.subject.clone(),
        }
    }
}

/// Everything that waits, whoever it waits for.
fn standing(picture: &Picture, origin: &str) -> Vec<Standing> {
    let mut standing = Vec::new();
    let url = |path: String| format!("{origin}{path}");
    let matters = &picture.matters;
    for item in &matters.requests {
        standing.extend(open_requests(item).map(|request| Standing {
            topic: Topic::RequestWaiting,
            subject: item.id.to_string(),
            step: request.id.to_string(),
            at: request.at,
            data: json!({
                "item": item.id,
                "request": request.id,
                "what": request.wanted.gated().code(),
                "url": url(ItemSummary::url_of(item.id)),
            }),
        }));
    }
    for carry_out in &matters.carry_outs {
        let page = url(carry_out_page(carry_out));
        if carry_out.state == hokan_domain::carry_out::CarryOutState::Requested {
            standing.push(Standing {
                topic: Topic::RequestWaiting,
                subject: carry_out.id.to_string(),
                step: "approval".to_owned(),
                at: carry_out.requested_at,
                data: json!({
                    "carry_out": carry_out.id,
                    "what": "carry-out",
                    "items": carry_out.plan.items.len(),
                    "url": page,
                }),
            });
        }
        if let (Some(days), Some(due_back)) = (carry_out.overdue(picture.today), carry_out.plan.due_back) {
            standing.push(Standing {
                topic: Topic::CarryOutOverdue,
                subject: carry_out.id.to_string(),
                step: due_back.to_string(),
                at: due_back.succ_opt().map_or(picture.now, jst_day_start),
                data: json!({
                    "carry_out": carry_out.id,
                    "items_out": carry_out.out().len(),
                    "due_back": due_back,
                    "days": days,
                    "url": page,
                }),
            });
        }
    }
    standing.extend(matters.discrepancies.iter().map(|open| Standing {
        topic: Topic::DiscrepancyRaised,
        subject: open.item.to_string(),
        step: format!("{}/{}", open.finding.kind.code(), open.finding.event),
        at: open.raised_at,
        data: json!({
            "item": open.item,
            "what": open.finding.kind.code(),
            "event": open.finding.event,
            "url": url(ItemSummary::url_of(open.item)),
        }),
    }));
    standing.extend(matters.incidents.iter().map(|incident| Standing {
        topic: Topic::IncidentOpened,
        subject: incident.id.to_string(),
        step: "open".to_owned(),
        at: incident.reported_at,
        data: json!({
            "incident": incident.id,
            "what": incident.kind.code(),
            "gravity": incident.gravity.code(),
            "items": incident.items.len(),
            "encrypted": incident.was_encrypted(),
            "url": url(incident_page(incident)),
        }),
    }));
    let unwitnessed = matters.unwitnessed.iter().filter_map(|item| {
        let destroyed = item.disposal.destroyed.as_ref()?;
        Some((item, destroyed, "witness"))
    });
    let unconfirmed = picture.unconfirmed().map(|(item, destroyed)| (item, destroyed, "confirmation"));
    standing.extend(unwitnessed.chain(unconfirmed).map(|(item, destroyed, what)| Standing {
        topic: Topic::DisposalWaiting,
        subject: item.id.to_string(),
        step: what.to_owned(),
        at: destroyed.at,
        data: json!({ "item": item.id, "what": what, "url": url(ItemSummary::url_of(item.id)) }),
    }));
    let term = |subject: String, step: String, data: Value| Standing {
        topic: Topic::TermExpiring,
        subject,
        step,
        at: picture.now,
        data,
    };
    standing.extend(matters.holdings.iter().filter_map(|held| {
        let (last, role) = (held.to?, &held.held.role);
        let division = held.held.division;
        let of = division.map_or_else(String::new, |division| division.to_string());
        Some(term(
            held.person.to_string(),
            format!("{role}/{of}/{last}"),
            json!({ "what": "role", "person": held.person, "role": role, "division": division, "last_day": last }),
        ))
    }));
    standing.extend(picture.ending_permissions().map(|(item, request, last)| {
        let page = url(ItemSummary::url_of(item.id));
        term(
            item.id.to_string(),
            format!("{}/{last}", request.id),
            json!({
                "what": request.wanted.gated().code(),
                "item": item.id,
                "request": request.id,
                "last_day": last,
                "url": page,
            }),
        )
    }));
    standing.extend(matters.permits.iter().filter_map(|permit| {
        let last = permit.until?;
        Some(term(
            permit.id.to_string(),
            last.to_string(),
            json!({ "what": "permit", "permit": permit.id, "level": permit.level, "last_day": last }),
        ))
    }));
    standing
}

/// What a look brought to light.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Told {
    /// Alerts that were raised.
    pub raised: usize,
    /// Alerts that ended.
    pub ended: usize,
}

/// Queues the summary of a sweep for other systems: one event, with how many flags were raised to each step.
/// To be called in the transaction that ends the sweep.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn tell_flagged(
    tx: &mut WriteTx,
    day: NaiveDate,
    flagged: &BTreeMap<StepNo, u64>,
    origin: &str,
) -> Result<(), StoreError> {
    let steps: Vec<_> = flagged
        .iter()
        .filter(|(_, items)| **items > 0)
        .map(|(step, items)| json!({ "step": step.0, "items": items }))
        .collect();
    if steps.is_empty() {
        return Ok(());
    }
    let total: u64 = flagged.values().sum();
    let data = json!({ "day": day, "items": total, "steps": steps, "url": format!("{origin}/retention") });
    queue(tx, Topic::RetentionFlagged, tx.now(), &data).await
}

async fn queue(tx: &mut WriteTx, topic: Topic, at: DateTime<Utc>, data: &Value) -> Result<(), StoreError> {
    let body = event_body(topic.code(), at, data);
    // It was a text before it was bytes.
    tx.queue_webhooks(topic.code(), &String::from_utf8_lossy(&body)).await?;
    Ok(())
}

impl App {
    /// Looks what waits, and tells of what has begun to since the last look.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn watch(&self) -> Result<Told, StoreError> {
        let mails = self.config().mail.is_some();
        let people = match mails {
            true => self.store().people().await?,
            false => Vec::new(),
        };
        let readers: Vec<Account> =
            people.into_iter().filter(|account| account.person.active && account.email.is_some()).collect();
        let closed_days = self.closed_days().await?;
        let app = self.clone();
        self.store()
            .write("notify.watch", move |tx| {
                Box::pin(async move {
                    let (now, profile) = (tx.now(), app.profile());
                    // Hand-overs, media to be looked at and endpoints are nobody's but the inbox's.
                    let look = Look {
                        offers: None,
                        unchecked: None,
                        disabled: false,
                        ..look_for(None, &profile, now)
                    };
                    let matters = tx.look(&look, jst_date(now)).await?;
                    let picture = Picture::new(matters, None, profile, &closed_days, now);
                    raise(tx, &picture, &readers, &app.config().public_url).await
                })
            })
            .await
    }

    /// Queues the mail of the day for everybody who has an address and for whom something waits, once the
    /// day's hour has come. Returns for how many.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn queue_digests(&self) -> Result<usize, StoreError> {
        let (config, store) = (self.config(), self.store());
        let now = store.clock().now();
        let today = jst_date(now);
        if config.mail.is_none() || jst(now).time() < config.jobs.digest_at() {
            return Ok(0);
        }
        if store.job_run(DIGEST_JOB).await?.is_some_and(|last| last.last_day >= today) {
            return Ok(0);
        }
        let picture = self.waiting_picture(None).await?;
        let mut readers = Vec::new();
        for account in store.people().await? {
            let (person, reachable) = (&account.person, account.email.is_some());
            if reachable && person.active && !self.inbox_in(&picture, person, Lang::Ja).await?.is_empty() {
                readers.push(person.id);
            }
        }
        store
            .write("notify.digest", move |tx| {
                Box::pin(async move {
                    if !tx.first_on(DIGEST_JOB, today).await? {
                        return Ok(0);
                    }
                    for person in &readers {
                        tx.queue_mail(*person, DIGEST).await?;
                    }
                    Ok(readers.len())
                })
            })
            .await
    }

    /// The mail to a person on a topic, as it reads now; or why there is none to send any more.
    ///
    /// # Errors
    /// Where the store fails.
    pub(crate) async fn mail_to(
        &self,
        person: PersonId,
        delivery: &Delivery,
    ) -> Result<Result<Message, &'static str>, StoreError> {
        let Some(account) = self.store().person(person).await? else {
            return Ok(Err("the person is not in the register"));
        };
        let Some(Ok(to)) = account.email.as_deref().map(MailAddress::parse) else {
            return Ok(Err("the person has no mail address that can be written to"));
        };
        // Mail is in Japanese: nobody has told in which language he reads it.
        let lang = Lang::Ja;
        let id = delivery.id.simple().to_string();
        if let Some(change) = AccountChange::from_topic(&delivery.topic) {
            if self.store().clock().now() - delivery.queued_at > ACCOUNT_NEWS {
                return Ok(Err("it is no news any more"));
            }
            let body = self.body_name().await;
            let Digest { subject, text } =
                about_account(change, &body, delivery.queued_at, lang, &self.config().public_url);
            return Ok(Ok(Message { to, subject, text, id, reply_to: None }));
        }
        if !account.person.active {
            return Ok(Err("the person may not act any more"));
        }
        let picture = self.waiting_picture(Some(&account.person)).await?;
        let lines = match &*delivery.topic {
            URGENT => self.in_words(&picture, &picture.urgent(&account.person), lang).await?,
            _ => self.inbox_in(&picture, &account.person, lang).await?,
        };
        let Some(Digest { subject, text }) = in_mail(&lines, lang, &self.config().public_url) else {
            return Ok(Err("nothing waits any more"));
        };
        Ok(Ok(Message { to, subject, text, id, reply_to: None }))
    }
}

/// The mail about a change of how its reader signs in. It holds no link that signs anybody in, and no name.
fn about_account(change: AccountChange, body: &str, at: DateTime<Utc>, lang: Lang, origin: &str) -> Digest {
    let (sentence, at) = (change.sentence(lang), jst_date_time(at));
    let subject =
        lang.pick("【Hokan】サインインに関するお知らせ", "[Hokan] About how you sign in").to_owned();
    let text = lang.pick(
        format!(
            "{sentence}\n\n日時: {at}\n団体: {body}\n\nご自身の操作や、管理者に頼んだことでなければ、すぐに管理者に知らせてください。\n\
             サインインの方法と、サインイン中の端末は、次のページで確かめられます。\n{origin}/account\n\nこのメールはHokanが自動で送信しています。\n"
        ),
        format!(
            "{sentence}\n\nWhen: {at}\nBody: {body}\n\nIf you neither did nor asked for this, tell an administrator at once.\n\
             How you sign in, and where you are signed in, is on this page:\n{origin}/account\n\nHokan sent this mail by itself.\n"
        ),
    );
    Digest { subject, text }
}

/// The lines as a mail holds them: titles, days and addresses, and no sentence, since those name people.
fn in_mail(lines: &[InboxLine], lang: Lang, origin: &str) -> Option<Digest> {
    let lines: Vec<Line> = lines
        .iter()
        .map(|line| Line {
            category: line.kind.name(lang).to_owned(),
            title: line.title.clone(),
            due: line.due_on.map(|on| lang.pick(hokan_domain::japan_date::wareki(on), on.to_string())),
            url: Some(format!("{origin}{}", line.url)),
        })
        .collect();
    let style = Style {
        language: lang.pick(Language::Japanese, Language::English),
        most_per_group: LINES_IN_MAIL,
        page: Some(format!("{origin}{INBOX_PAGE}")),
    };
    digest::digest(&lines, &style)
}

/// Raises what stands and was not told, and ends what was told and stands no more.
async fn raise(
    tx: &mut WriteTx,
    picture: &Picture,
    readers: &[Account],
    origin: &str,
) -> Result<Told, StoreError> {
    let mut open = tx.open_alerts().await?;
    let mut told = Told::default();
    for standing in standing(picture, origin) {
        let alert = standing.alert();
        if open.remove(&alert.key).is_some() {
            continue;
        }
        if tx.raise_alert(&alert, QUIET).await? {
            queue(tx, standing.topic, standing.at, &standing.data).await?;
        }
        told.raised += 1;
    }
    for reader in readers {
        for waits in picture.urgent(&reader.person) {
            let About::Incident { incident, next } = waits.about else { continue };
            let alert = Alert {
                key: format!("{INCIDENT_MAIL}/{}/{}/{}", incident.id, next.stage(), reader.person.id),
                kind: INCIDENT_MAIL.to_owned(),
                subject: incident.id.to_string(),
            };
            if open.remove(&alert.key).is_some() {
                continue;
            }
            if tx.raise_alert(&alert, QUIET).await? {
                tx.queue_urgent_mail(reader.person.id, URGENT, URGENT_GAP).await?;
            }
            told.raised += 1;
        }
    }
    let over: Vec<String> = open.into_keys().collect();
    told.ended = over.len();
    tx.end_alerts(&over).await?;
    Ok(told)
}
