//! Until when something is kept, and when it must go (保存期間と廃棄).
//!
//! A rule names what a period starts with and how long it lasts; [`due`] applies it to what is known about
//! one body of data. Periods are counted by 民法 第140条, 第141条 and 第143条: the day of an occurrence does not
//! count, and a period of years or months ends on the day before the one that corresponds to its first, or
//! at the end of the month where there is none. A period that ends on a closed day ends all the same:
//! 第142条 speaks of days on which business is not done, and keeping is not business.
//!
//! Nothing here erases anything. A date that has come is flagged, again and again ([`Steps`]), until
//! somebody disposes of the data, extends its period or lays a hold on it.

use std::{collections::BTreeMap, num::NonZeroU16};

use chrono::{Datelike, Days, Months, NaiveDate, TimeDelta};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use crate::{
    calendar::{Calendars, PENSION_PAYMENT},
    japan_date::{fiscal_year, wareki},
    profile::Bilingual,
    text::Lang,
};

/// The earliest date that is ever named: the first that both databases order as it is written.
pub const EARLIEST: NaiveDate = written(1, 1, 1, NaiveDate::MIN);

/// The latest date that is ever named: the last that is written with four digits of a year. What would lie
/// beyond lies here.
pub const LATEST: NaiveDate = written(9999, 12, 31, NaiveDate::MAX);

const fn written(year: i32, month: u32, day: u32, otherwise: NaiveDate) -> NaiveDate {
    match NaiveDate::from_ymd_opt(year, month, day) {
        Some(date) => date,
        None => otherwise,
    }
}

/// So many days later, or earlier, within [`EARLIEST`] and [`LATEST`].
fn shift(date: NaiveDate, days: i64) -> NaiveDate {
    let edge = if days < 0 { EARLIEST } else { LATEST };
    let shifted = TimeDelta::try_days(days).and_then(|days| date.checked_add_signed(days));
    shifted.unwrap_or(edge).clamp(EARLIEST, LATEST)
}

// ---------------------------------------------------------------------------------------------------- rules

/// The event that ends a contract.
pub const CONTRACT_ENDED: &str = "contract-ended";
/// The event that something is not needed any more.
pub const NO_LONGER_NEEDED: &str = "no-longer-needed";
/// The event that ends the operation of a system.
pub const OPERATION_ENDED: &str = "operation-ended";

/// What a period starts with. As data: `"recorded"`, `"received"`, `"fiscal-year"`, `"date"`,
/// `{ event = "contract-ended" }` or `{ calendar = "pension-payment" }`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// The day on which the data was recorded.
    Recorded,
    /// The day on which it was received.
    Received,
    /// 1 April of the fiscal year after the one in which it was recorded or, where that is not known,
    /// received (翌年度4月1日).
    FiscalYear,
    /// The first day of the period is given with the data (起算日).
    Date,
    /// An event of this name, such as [`CONTRACT_ENDED`].
    Event(String),
    /// The next date of this calendar after the day of receipt or, where that is not known, of recording.
    /// A date on that very day has passed.
    #[serde(rename = "calendar")]
    CalendarNext(String),
}

/// How long a period is. As data: `{ years = 7 }`, `{ months = 6 }`, `{ days = 30 }`, `"none"` or
/// `"permanent"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Length {
    /// Years, from 1 to 1,000.
    Years(#[serde(deserialize_with = "within::<_, 1_000>")] u32),
    /// Months, from 1 to 12,000.
    Months(#[serde(deserialize_with = "within::<_, 12_000>")] u32),
    /// Days, from 1 to 366,000.
    Days(#[serde(deserialize_with = "within::<_, 366_000>")] u32),
    /// No time at all: due as soon as it has started (遅滞なく).
    None,
    /// It never ends (永年保存).
    Permanent,
}

fn within<'de, D: Deserializer<'de>, const MOST: u32>(from: D) -> Result<u32, D::Error> {
    let found = u32::deserialize(from)?;
    if (1..=MOST).contains(&found) {
        Ok(found)
    } else {
        Err(D::Error::custom(format!("must be between 1 and {MOST}, but is {found}")))
    }
}

impl Length {
    /// What a person reads: 5年保存, 5 years.
    fn name(self, lang: Lang) -> String {
        let counted = |n: u32, ja: &str, en: &str| match lang {
            Lang::Ja => format!("{n}{ja}保存"),
            Lang::En if n == 1 => format!("{n} {en}"),
            Lang::En => format!("{n} {en}s"),
        };
        match self {
            Self::Years(n) => counted(n, "年", "year"),
            Self::Months(n) => counted(n, "か月", "month"),
            Self::Days(n) => counted(n, "日", "day"),
            Self::None => lang.pick("保存期間なし", "no time").into(),
            Self::Permanent => lang.pick("永年保存", "ever").into(),
        }
    }
}

/// How long one kind of data is kept.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionRule {
    /// Its id.
    pub id: String,
    /// What a person reads.
    pub name: Bilingual,
    /// What the period starts with.
    pub start: Start,
    /// How long it is.
    pub length: Length,
    /// Within how many days of [`Due::On::due_on`] the data must be gone: what the body reads 遅滞なく or
    /// 速やかに to mean, about which no regulation gives a number. None unless it is given.
    #[serde(default)]
    pub grace_days: u32,
    /// Whether the day of recording, receipt or the event is itself the first day of the period, as where a
    /// rule says 「の日から起算して」. Otherwise the day after it is (初日不算入, 民法 第140条).
    #[serde(default)]
    pub first_day_counts: bool,
    /// What a person reads for the day of the event or of the calendar, where Hokan has no word of its own.
    #[serde(default)]
    pub occasion: Option<Bilingual>,
}

/// What is known about one body of data.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Facts {
    /// The day on which it was recorded, in Japan.
    pub recorded_on: Option<NaiveDate>,
    /// The day on which it was received, in Japan.
    pub received_on: Option<NaiveDate>,
    /// The first day of the period, where it is given with the data.
    pub start_date: Option<NaiveDate>,
    /// The day of each event that has happened.
    pub events: BTreeMap<String, NaiveDate>,
    /// The last day to which somebody extended the period.
    pub extended_until: Option<NaiveDate>,
}

// ------------------------------------------------------------------------------------------------ due dates

/// What has to become known before a period starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Missing {
    /// The day of recording.
    RecordedOn,
    /// The day of receipt.
    ReceivedOn,
    /// The day of recording or of receipt.
    RecordedOrReceivedOn,
    /// The date that is given with the data.
    StartDate,
    /// The event of this name, which has not happened as far as is known.
    Event(String),
    /// The calendar of this id, which nobody keeps.
    Calendar(String),
    /// A date in a calendar.
    CalendarDate {
        /// The calendar's id.
        calendar: String,
        /// The day after which there is none.
        after: NaiveDate,
    },
}

/// The word for the day of an event or a calendar, without the rule's own.
fn occasion(id: &str, lang: Lang) -> String {
    match id {
        CONTRACT_ENDED => lang.pick("契約終了日", "the end of the contract").into(),
        NO_LONGER_NEEDED => lang.pick("不要となった日", "the day it was no longer needed").into(),
        OPERATION_ENDED => lang.pick("運用終了日", "the end of operation").into(),
        PENSION_PAYMENT => lang.pick("年金給付日", "pension payment day").into(),
        other => lang.pick(format!("「{other}」の日"), format!("the day of “{other}”")),
    }
}

impl Missing {
    /// What a person reads, without a full stop.
    fn clause(&self, lang: Lang, own: Option<&Bilingual>) -> String {
        let named = |id: &str| own.map_or_else(|| occasion(id, lang), |own| own.get(lang).into());
        let what = match self {
            Self::RecordedOn => {
                lang.pick("記録した日が登録されていない", "the day of recording is not known").into()
            }
            Self::ReceivedOn => {
                lang.pick("受け取った日が登録されていない", "the day of receipt is not known").into()
            }
            Self::RecordedOrReceivedOn => lang
                .pick(
                    "記録した日も受け取った日も登録されていない",
                    "neither the day of recording nor that of receipt is known",
                )
                .into(),
            Self::StartDate => {
                lang.pick("起算日が登録されていない", "its first day has not been entered").into()
            }
            Self::Event(id) => match lang {
                Lang::Ja => format!("{}がまだ登録されていない", named(id)),
                Lang::En => format!("{} has not been entered yet", named(id)),
            },
            Self::Calendar(id) => match lang {
                Lang::Ja => format!("{}の暦が設定されていない", named(id)),
                Lang::En => format!("there is no calendar for {}", named(id)),
            },
            Self::CalendarDate { calendar, after } => match lang {
                Lang::Ja => format!("{}の暦に{}より後の日付がない", named(calendar), wareki(*after)),
                Lang::En => format!("the calendar for {} has no date after {after}", named(calendar)),
            },
        };
        match lang {
            Lang::Ja => format!("{what}ため、保存期間が始まっていません"),
            Lang::En => format!("The period has not begun, because {what}"),
        }
    }

    /// What a person reads.
    #[must_use]
    pub fn sentence(&self, lang: Lang) -> String {
        format!("{}{}", self.clause(lang, None), lang.pick("。", "."))
    }
}

/// Where the period of one body of data stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Due {
    /// It has not started.
    NotStarted {
        /// What is not known yet.
        missing: Missing,
    },
    /// It never ends.
    Permanent,
    /// It has a first and a last day. All are days in Japan.
    On {
        /// The first day of the period (起算日). Where there is no time to keep it, the day on which it is due
        /// unless it is extended.
        starts_on: NaiveDate,
        /// The last day on which the data is kept (満了日).
        last_day: NaiveDate,
        /// The first day on which it must go: the day after the last.
        due_on: NaiveDate,
        /// The last day on which its going is in time: `due_on` and the rule's grace.
        act_by: NaiveDate,
        /// Whether the last day is that of an extension.
        extended: bool,
    },
}

impl Due {
    /// The first day on which the data must go.
    #[must_use]
    pub fn due_on(&self) -> Option<NaiveDate> {
        match self {
            Self::On { due_on, .. } => Some(*due_on),
            Self::NotStarted { .. } | Self::Permanent => None,
        }
    }

    /// The last day on which its going is in time.
    #[must_use]
    pub fn act_by(&self) -> Option<NaiveDate> {
        match self {
            Self::On { act_by, .. } => Some(*act_by),
            Self::NotStarted { .. } | Self::Permanent => None,
        }
    }
}

/// The first day of a period.
fn starts_on(rule: &RetentionRule, facts: &Facts, calendars: &Calendars) -> Result<NaiveDate, Missing> {
    let from = |day: NaiveDate| if rule.first_day_counts { day } else { shift(day, 1) };
    match &rule.start {
        Start::Recorded => facts.recorded_on.map(from).ok_or(Missing::RecordedOn),
        Start::Received => facts.received_on.map(from).ok_or(Missing::ReceivedOn),
        Start::FiscalYear => {
            let day = facts.recorded_on.or(facts.received_on).ok_or(Missing::RecordedOrReceivedOn)?;
            Ok(NaiveDate::from_ymd_opt(fiscal_year(day) + 1, 4, 1).unwrap_or(LATEST))
        }
        Start::Date => facts.start_date.ok_or(Missing::StartDate),
        Start::Event(name) => {
            facts.events.get(name).copied().map(from).ok_or_else(|| Missing::Event(name.clone()))
        }
        Start::CalendarNext(id) => {
            let after = facts.received_on.or(facts.recorded_on).ok_or(Missing::RecordedOrReceivedOn)?;
            let calendar = calendars.get(id).ok_or_else(|| Missing::Calendar(id.clone()))?;
            let date = calendar
                .next_after(after)
                .ok_or_else(|| Missing::CalendarDate { calendar: id.clone(), after })?;
            // The data serves that date, so it is kept until its end whatever the rule says of first days.
            Ok(shift(date, 1))
        }
    }
}

/// The last day of so many months (民法 第143条第2項).
fn last_of_months(starts_on: NaiveDate, months: u32) -> NaiveDate {
    match starts_on.checked_add_months(Months::new(months)) {
        Some(corresponding) if corresponding.day() == starts_on.day() => shift(corresponding, -1),
        // There is no corresponding day: this is the end of the month.
        Some(end_of_month) => end_of_month,
        None => LATEST,
    }
}

/// Until when a rule lets this data be kept, by what is known about it.
#[must_use]
pub fn due(rule: &RetentionRule, facts: &Facts, calendars: &Calendars) -> Due {
    // What is kept for ever is kept from whenever it may be.
    if rule.length == Length::Permanent {
        return Due::Permanent;
    }
    let starts_on = match starts_on(rule, facts, calendars) {
        // The day before the first and the day after the last are to be dates too.
        Ok(day) => day.clamp(shift(EARLIEST, 1), LATEST),
        Err(missing) => return Due::NotStarted { missing },
    };
    let by_rule = match rule.length {
        Length::Years(years) => last_of_months(starts_on, years.saturating_mul(12)),
        Length::Months(months) => last_of_months(starts_on, months),
        Length::Days(days) => shift(starts_on, i64::from(days) - 1),
        Length::None | Length::Permanent => shift(starts_on, -1),
    };
    let extended = facts.extended_until.filter(|until| *until > by_rule);
    let last_day = extended.unwrap_or(by_rule).min(shift(LATEST, -1));
    let due_on = shift(last_day, 1);
    let act_by = shift(due_on, i64::from(rule.grace_days));
    Due::On { starts_on, last_day, due_on, act_by, extended: extended.is_some() }
}

/// Why data has the due date that it has, in one sentence that cites where the rule comes from:
/// 令和8年4月1日起算・5年保存・令和13年3月31日満了（規程 第36条）.
#[must_use]
pub fn explain(due: &Due, rule: &RetentionRule, lang: Lang, source_cite: &str) -> String {
    let own = rule.occasion.as_ref();
    let reason = match due {
        Due::NotStarted { missing } => missing.clause(lang, own),
        Due::Permanent => lang.pick("永年保存", "Kept for ever").into(),
        Due::On { starts_on, last_day, due_on, act_by, extended } => {
            let day = |date: NaiveDate| match lang {
                Lang::Ja => wareki(date),
                Lang::En => date.to_string(),
            };
            let mut parts = match rule.length {
                Length::None => vec![at_once(rule, *starts_on, lang, day)],
                _ => vec![counted_from(rule, *starts_on, lang, day), rule.length.name(lang)],
            };
            if *extended {
                parts.push(match lang {
                    Lang::Ja => format!("延長により{}満了", day(*last_day)),
                    Lang::En => format!("extended until {}", day(*last_day)),
                });
            } else if rule.length != Length::None {
                parts.push(match lang {
                    Lang::Ja => format!("{}満了", day(*last_day)),
                    Lang::En => format!("until {}", day(*last_day)),
                });
            }
            if act_by > due_on {
                parts.push(match (lang, rule.length) {
                    (Lang::Ja, Length::None) => format!("遅くとも{}まで", day(*act_by)),
                    (Lang::Ja, _) => format!("{}までに消去・廃棄", day(*act_by)),
                    (Lang::En, Length::None) => format!("by {} at the latest", day(*act_by)),
                    (Lang::En, _) => format!("to be erased and disposed of by {}", day(*act_by)),
                });
            }
            parts.join(lang.pick("・", ", "))
        }
    };
    match (lang, source_cite) {
        (Lang::Ja, "") => reason,
        (Lang::Ja, cite) => format!("{reason}（{cite}）"),
        (Lang::En, "") => format!("{reason}."),
        (Lang::En, cite) => format!("{reason} ({cite})."),
    }
}

/// The occasion that a rule waits for and, if the period started with the day after it, that day before.
fn awaited(rule: &RetentionRule, starts_on: NaiveDate, lang: Lang) -> Option<(String, NaiveDate)> {
    let named =
        |id: &str| rule.occasion.as_ref().map_or_else(|| occasion(id, lang), |own| own.get(lang).to_owned());
    match &rule.start {
        Start::CalendarNext(id) => {
            let name = named(id);
            let next = lang.pick(format!("次回の{name}"), format!("the next {name}"));
            Some((next, shift(starts_on, -1)))
        }
        Start::Event(id) if rule.first_day_counts => Some((named(id), starts_on)),
        Start::Event(id) => Some((named(id), shift(starts_on, -1))),
        Start::Recorded | Start::Received | Start::FiscalYear | Start::Date => None,
    }
}

/// 次回の年金給付日 令和8年12月15日の後、遅滞なく消去・廃棄.
fn at_once(
    rule: &RetentionRule,
    starts_on: NaiveDate,
    lang: Lang,
    day: impl Fn(NaiveDate) -> String,
) -> String {
    match (awaited(rule, starts_on, lang), lang) {
        (Some((name, date)), Lang::Ja) => format!("{name} {}の後、遅滞なく消去・廃棄", day(date)),
        (Some((name, date)), Lang::En) => {
            format!("To be erased and disposed of without delay after {name}, {}", day(date))
        }
        (None, Lang::Ja) => format!("{}から遅滞なく消去・廃棄", day(starts_on)),
        (None, Lang::En) => format!("To be erased and disposed of without delay from {}", day(starts_on)),
    }
}

/// 令和8年4月1日起算, or 契約終了日の翌日 令和8年4月1日起算.
fn counted_from(
    rule: &RetentionRule,
    starts_on: NaiveDate,
    lang: Lang,
    day: impl Fn(NaiveDate) -> String,
) -> String {
    let first = day(starts_on);
    match (awaited(rule, starts_on, lang), lang) {
        (Some((name, date)), Lang::Ja) if date < starts_on => format!("{name}の翌日 {first}起算"),
        (Some((name, date)), Lang::En) if date < starts_on => {
            format!("Counted from the day after {name}, {first}")
        }
        (Some((name, _)), Lang::Ja) => format!("{name} {first}起算"),
        (Some((name, _)), Lang::En) => format!("Counted from {name}, {first}"),
        (None, Lang::Ja) => format!("{first}起算"),
        (None, Lang::En) => format!("Counted from {first}"),
    }
}

// ---------------------------------------------------------------------------- items with several bodies of data

/// When an item can go as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Whole {
    /// Nothing lies on it.
    Empty,
    /// On this day, the latest that anything on it is due.
    On(NaiveDate),
    /// Not before some period has started.
    NotStarted,
    /// Never: something on it is kept for ever.
    Permanent,
}

/// When what lies on an item must go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemDue {
    /// The first day on which something on it must go.
    pub first: Option<NaiveDate>,
    /// The last day on which the going of the most urgent is in time.
    pub act_by: Option<NaiveDate>,
    /// When all of it can go, and so the item.
    pub whole: Whole,
}

/// When an item must go by what still lies on it; erased contents are to be left out.
#[must_use]
pub fn item_due<'a>(contents: impl IntoIterator<Item = &'a Due>) -> ItemDue {
    let nothing = ItemDue { first: None, act_by: None, whole: Whole::Empty };
    let earlier = |a: Option<NaiveDate>, b: Option<NaiveDate>| a.into_iter().chain(b).min();
    contents.into_iter().fold(nothing, |item, due| ItemDue {
        first: earlier(item.first, due.due_on()),
        act_by: earlier(item.act_by, due.act_by()),
        whole: match (item.whole, due) {
            (Whole::Permanent, _) | (_, Due::Permanent) => Whole::Permanent,
            (Whole::NotStarted, _) | (_, Due::NotStarted { .. }) => Whole::NotStarted,
            (Whole::On(latest), Due::On { due_on, .. }) => Whole::On(latest.max(*due_on)),
            (Whole::Empty, Due::On { due_on, .. }) => Whole::On(*due_on),
        },
    })
}

// ---------------------------------------------------------------------------------------------------- holds

/// Where a period stands when holds are taken into account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Nothing suspends it.
    Running(Due),
    /// It is suspended until every hold is lifted. Then it stands where it would have stood without them:
    /// the days of a hold are not added.
    Held {
        /// Where it stands apart from that.
        due: Due,
        /// How many holds are open.
        holds: usize,
    },
}

impl Standing {
    /// The first day on which the data must go; `None` also while a hold is open. This is the date to store
    /// for the sweep that flags.
    #[must_use]
    pub fn flagged_from(&self) -> Option<NaiveDate> {
        match self {
            Self::Running(due) => due.due_on(),
            Self::Held { .. } => None,
        }
    }
}

/// Takes the open holds into account.
#[must_use]
pub fn effective(due: Due, holds_open: usize) -> Standing {
    if holds_open == 0 { Standing::Running(due) } else { Standing::Held { due, holds: holds_open } }
}

// ---------------------------------------------------------------------------------------------------- flags

/// How far a flag has gone: a number that only grows as time goes by while the due date stays.
///
/// `-30` says that the due date is 30 days off or less (but more than the next lead); `0` that the day has
/// come; `n` that it lies `n` times the repeat interval back. A lead is its own number, so that a flag keeps
/// its meaning when leads are added or removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StepNo(pub i32);

impl StepNo {
    /// What a person reads.
    #[must_use]
    pub fn name(self, lang: Lang) -> String {
        match (self.0, lang) {
            (lead @ ..0, Lang::Ja) => format!("保存期間の満了まで{}日以内", -i64::from(lead)),
            (lead @ ..0, Lang::En) => format!("Due within {} days", -i64::from(lead)),
            (0, Lang::Ja) => "保存期間が満了".into(),
            (0, Lang::En) => "Due".into(),
            (count, Lang::Ja) => format!("期限超過・催促{count}回目"),
            (count, Lang::En) => format!("Overdue, reminder {count}"),
        }
    }
}

/// When something that is due is flagged: some days before, on the day, and again and again after it. As
/// data: `{ before_days = [90, 30, 7], repeat_days = 7 }`. The day itself is always a step.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "WrittenSteps")]
pub struct Steps {
    /// Days before the due date, the most first, each once, without the day itself.
    before: Vec<u16>,
    /// Days between two reminders after it.
    every: NonZeroU16,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenSteps {
    before_days: Vec<u16>,
    repeat_days: NonZeroU16,
}

impl From<WrittenSteps> for Steps {
    fn from(written: WrittenSteps) -> Self {
        Self::new(&written.before_days, written.repeat_days)
    }
}

impl Default for Steps {
    /// 90, 30 and 7 days before, on the day, and every week after. A proposal: no regulation gives numbers.
    fn default() -> Self {
        const WEEK: NonZeroU16 = NonZeroU16::MIN.saturating_add(6);
        Self::new(&[90, 30, 7], WEEK)
    }
}

/// The due dates that stand at one step today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Threshold {
    /// The earliest of them.
    pub due_from: NaiveDate,
    /// The latest of them.
    pub due_to: NaiveDate,
    /// The step.
    pub step: StepNo,
}

impl Steps {
    /// After so many reminders there are no more: ten years of weeks. What has not gone by then stays flagged.
    pub const MAX_REPEATS: i32 = 520;

    /// Steps so many days before, in any order, on the day, and every so many days after.
    #[must_use]
    pub fn new(before: &[u16], every: NonZeroU16) -> Self {
        let mut before: Vec<_> = before.iter().copied().filter(|days| *days > 0).collect();
        before.sort_unstable_by(|a, b| b.cmp(a));
        before.dedup();
        Self { before, every }
    }

    /// The days before the due date at which there is a step, the most first.
    #[must_use]
    pub fn before_days(&self) -> &[u16] {
        &self.before
    }

    /// The days between two reminders after the due date.
    #[must_use]
    pub fn repeat_days(&self) -> u16 {
        self.every.get()
    }

    fn every(&self) -> i64 {
        i64::from(self.every.get())
    }
}

/// The step at which something stands today; `None` before the first.
#[must_use]
pub fn step_on(due_on: NaiveDate, today: NaiveDate, steps: &Steps) -> Option<StepNo> {
    let left = (due_on - today).num_days();
    if left > 0 {
        let lead = steps.before.iter().copied().filter(|lead| left <= i64::from(*lead)).min()?;
        return Some(StepNo(-i32::from(lead)));
    }
    let repeats = i32::try_from(-left / steps.every()).unwrap_or(i32::MAX);
    Some(StepNo(repeats.min(Steps::MAX_REPEATS)))
}

/// The next day on which its step changes; `None` after the last.
#[must_use]
pub fn next_step_date(due_on: NaiveDate, today: NaiveDate, steps: &Steps) -> Option<NaiveDate> {
    if today < due_on {
        let leads = steps.before.iter().filter_map(|lead| due_on.checked_sub_days(Days::new((*lead).into())));
        return leads.chain([due_on]).find(|day| *day > today);
    }
    let repeats = (today - due_on).num_days() / steps.every() + 1;
    let days = TimeDelta::try_days(repeats.checked_mul(steps.every())?)?;
    (repeats <= i64::from(Steps::MAX_REPEATS)).then(|| due_on.checked_add_signed(days)).flatten()
}

/// Which due dates stand at which step today, for statements that set the step of many rows at once.
///
/// The ranges do not overlap, cover every due date from [`EARLIEST`] that has a step, and agree with
/// [`step_on`]. They come by growing step, so by ever earlier due dates: whoever knows the earliest due date
/// stored need not look further than the range it lies in.
#[must_use]
pub fn thresholds(today: NaiveDate, steps: &Steps) -> Vec<Threshold> {
    let mut found = Vec::new();
    let nearer = steps.before.iter().skip(1).copied().chain([0]);
    for (lead, nearer) in steps.before.iter().copied().zip(nearer) {
        found.push(Threshold {
            due_from: shift(today, i64::from(nearer) + 1),
            due_to: shift(today, lead.into()),
            step: StepNo(-i32::from(lead)),
        });
    }
    for repeats in 0..=Steps::MAX_REPEATS {
        let back = i64::from(repeats) * steps.every();
        let next = shift(today, -(back + steps.every()));
        let last = repeats == Steps::MAX_REPEATS || next == EARLIEST;
        found.push(Threshold {
            due_from: if last { EARLIEST } else { shift(next, 1) },
            due_to: shift(today, -back),
            step: StepNo(repeats),
        });
        if last {
            break;
        }
    }
    found
}
