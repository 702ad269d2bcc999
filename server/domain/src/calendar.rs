//! Days on which offices are shut, and calendars of dates that something waits for (暦).
//!
//! Public holidays are computed from the rules of 国民の祝日に関する法律 (昭和23年法律第178号) and of the
//! laws that made exceptions in 2019, 2020 and 2021, not read from a list. The computed days of 2016 to 2027
//! were compared with a copy of 内閣府「国民の祝日について」 `syukujitsu.csv` that reaches to the end of 2027.
//! Later years are a forecast in two respects: the equinoxes are announced officially only in February of
//! the year before (国立天文台 暦要項), and Parliament can move a holiday. Whoever keeps a [`Calendar`]
//! corrects it by [`Calendar::closed`] and [`Calendar::open`].

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::RangeInclusive,
};

use chrono::{Datelike, Days, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

use crate::{profile::Bilingual, text::Lang};

// ------------------------------------------------------------------------------------------ holidays by law

/// The years for which the rules below are the law. Days of other years are computed as if it had been, or
/// remained, the same.
pub const YEARS: RangeInclusive<i32> = 2016..=2050;

/// The last year whose equinoxes have been announced officially (令和9年 暦要項, 2 February 2026). Those of
/// later years are computed.
pub const ANNOUNCED_UNTIL: i32 = 2027;

/// What makes a day a holiday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HolidayKind {
    /// 国民の祝日: a day that the law names (第2条).
    National,
    /// A day that a law made a holiday once, with the effect of a 国民の祝日: 1 May and 22 October 2019.
    Special,
    /// 振替休日: the day after a 国民の祝日 on a Sunday that is none itself (第3条第2項).
    Substitute,
    /// 国民の休日: a day between two 国民の祝日 (第3条第3項).
    Between,
}

/// A public holiday.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holiday {
    /// The day.
    pub date: NaiveDate,
    /// What makes it one.
    pub kind: HolidayKind,
    ja: &'static str,
    en: &'static str,
}

impl Holiday {
    /// What a person reads.
    #[must_use]
    pub fn name(&self, lang: Lang) -> &'static str {
        lang.pick(self.ja, self.en)
    }
}

/// On which day of its year a holiday falls.
#[derive(Clone, Copy)]
enum When {
    /// Month and day.
    Fixed(u32, u32),
    /// The month and which of its Mondays.
    Monday(u32, u8),
    Vernal,
    Autumnal,
}

struct Rule {
    /// The first and the last year in which it holds.
    years: (i32, i32),
    when: When,
    kind: HolidayKind,
    ja: &'static str,
    en: &'static str,
}

const fn rule(years: (i32, i32), when: When, ja: &'static str, en: &'static str) -> Rule {
    Rule { years, when, kind: HolidayKind::National, ja, en }
}

const fn once(year: i32, month: u32, day: u32, ja: &'static str, en: &'static str) -> Rule {
    Rule { years: (year, year), when: When::Fixed(month, day), kind: HolidayKind::Special, ja, en }
}

const EVER: (i32, i32) = (i32::MIN, i32::MAX);

/// Article 2 of the law as it stands, with what differed since 2016.
///
/// 2019: 天皇の即位の日及び即位礼正殿の儀の行われる日を休日とする法律 (平成30年法律第99号), whose 附則第2条 lets
/// 第3条第2項・第3項 apply; there was no 天皇誕生日. 2020 and 2021: three holidays were moved for the Olympic
/// Games (東京オリンピック競技大会・東京パラリンピック競技大会特別措置法, 平成27年法律第33号, 第32条).
const RULES: [Rule; 28] = [
    rule(EVER, When::Fixed(1, 1), "元日", "New Year's Day"),
    rule(EVER, When::Monday(1, 2), "成人の日", "Coming of Age Day"),
    rule(EVER, When::Fixed(2, 11), "建国記念の日", "National Foundation Day"),
    rule((2020, i32::MAX), When::Fixed(2, 23), "天皇誕生日", "The Emperor's Birthday"),
    rule(EVER, When::Vernal, "春分の日", "Vernal Equinox Day"),
    rule(EVER, When::Fixed(4, 29), "昭和の日", "Showa Day"),
    once(2019, 5, 1, "天皇の即位の日", "Enthronement Day"),
    rule(EVER, When::Fixed(5, 3), "憲法記念日", "Constitution Memorial Day"),
    rule(EVER, When::Fixed(5, 4), "みどりの日", "Greenery Day"),
    rule(EVER, When::Fixed(5, 5), "こどもの日", "Children's Day"),
    rule((i32::MIN, 2019), When::Monday(7, 3), "海の日", "Marine Day"),
    rule((2020, 2020), When::Fixed(7, 23), "海の日", "Marine Day"),
    rule((2021, 2021), When::Fixed(7, 22), "海の日", "Marine Day"),
    rule((2022, i32::MAX), When::Monday(7, 3), "海の日", "Marine Day"),
    rule((2016, 2019), When::Fixed(8, 11), "山の日", "Mountain Day"),
    rule((2020, 2020), When::Fixed(8, 10), "山の日", "Mountain Day"),
    rule((2021, 2021), When::Fixed(8, 8), "山の日", "Mountain Day"),
    rule((2022, i32::MAX), When::Fixed(8, 11), "山の日", "Mountain Day"),
    rule(EVER, When::Monday(9, 3), "敬老の日", "Respect for the Aged Day"),
    rule(EVER, When::Autumnal, "秋分の日", "Autumnal Equinox Day"),
    rule((i32::MIN, 2019), When::Monday(10, 2), "体育の日", "Health and Sports Day"),
    once(2019, 10, 22, "即位礼正殿の儀の行われる日", "Day of the Enthronement Ceremony"),
    rule((2020, 2020), When::Fixed(7, 24), "スポーツの日", "Sports Day"),
    rule((2021, 2021), When::Fixed(7, 23), "スポーツの日", "Sports Day"),
    rule((2022, i32::MAX), When::Monday(10, 2), "スポーツの日", "Sports Day"),
    rule(EVER, When::Fixed(11, 3), "文化の日", "Culture Day"),
    rule(EVER, When::Fixed(11, 23), "勤労感謝の日", "Labor Thanksgiving Day"),
    rule((i32::MIN, 2018), When::Fixed(12, 23), "天皇誕生日", "The Emperor's Birthday"),
];

/// An equinox by the usual approximation (海上保安庁水路部 暦計算研究会『新こよみ便利帳』, as quoted by
/// others), valid from 1980 to 2099: `⌊base + 0.242194 × (year − 1980)⌋ − ⌊(year − 1980) ÷ 4⌋`. In each of
/// these years it names the same day as a numerical ephemeris does. Until 2050 the closest calls are the
/// autumns of 2041 and 2045, which lie within half an hour of midnight.
///
/// `base` is in millionths of a day. In whole numbers, because a day near midnight must not depend on how a
/// machine rounds.
fn equinox(year: i32, month: u32, base: i64) -> Option<NaiveDate> {
    let since = i64::from(year) - 1980;
    let day = (base + 242_194 * since).div_euclid(1_000_000) - since.div_euclid(4);
    NaiveDate::from_ymd_opt(year, month, u32::try_from(day).ok()?)
}

/// The vernal equinox of a year, in Japan. Computed; the official date is announced in February of the year
/// before.
#[must_use]
pub fn vernal_equinox(year: i32) -> Option<NaiveDate> {
    equinox(year, 3, 20_843_100)
}

/// The autumnal equinox of a year, in Japan. Computed; the official date is announced in February of the
/// year before.
#[must_use]
pub fn autumnal_equinox(year: i32) -> Option<NaiveDate> {
    equinox(year, 9, 23_248_800)
}

impl When {
    fn date(self, year: i32) -> Option<NaiveDate> {
        match self {
            Self::Fixed(month, day) => NaiveDate::from_ymd_opt(year, month, day),
            Self::Monday(month, n) => NaiveDate::from_weekday_of_month_opt(year, month, Weekday::Mon, n),
            Self::Vernal => vernal_equinox(year),
            Self::Autumnal => autumnal_equinox(year),
        }
    }
}

/// The 国民の祝日 that lies on this day: what 第3条第2項 and 第3項 look at.
fn named(date: NaiveDate) -> Option<Holiday> {
    let year = date.year();
    let rule = RULES
        .iter()
        .find(|rule| (rule.years.0..=rule.years.1).contains(&year) && rule.when.date(year) == Some(date))?;
    Some(Holiday { date, kind: rule.kind, ja: rule.ja, en: rule.en })
}

/// The public holiday that a day is.
#[must_use]
pub fn holiday(date: NaiveDate) -> Option<Holiday> {
    if let Some(holiday) = named(date) {
        return Some(holiday);
    }
    // A Sunday's substitute is the first day after it that is no holiday: all days back to it are.
    let mut before = date.pred_opt();
    while let Some(day) = before.filter(|day| named(*day).is_some()) {
        if day.weekday() == Weekday::Sun {
            let kind = HolidayKind::Substitute;
            return Some(Holiday { date, kind, ja: "振替休日", en: "Substitute holiday" });
        }
        before = day.pred_opt();
    }
    let named_there = |day: Option<NaiveDate>| day.and_then(named).is_some();
    (named_there(date.pred_opt()) && named_there(date.succ_opt())).then_some(Holiday {
        date,
        kind: HolidayKind::Between,
        ja: "国民の休日",
        en: "Citizens' holiday",
    })
}

/// The public holidays of a year, in order.
#[must_use]
pub fn holidays(year: i32) -> Vec<Holiday> {
    let first = NaiveDate::from_ymd_opt(year, 1, 1);
    first
        .into_iter()
        .flat_map(|day| day.iter_days())
        .take_while(|day| day.year() == year)
        .filter_map(holiday)
        .collect()
}

/// Whether administrative organs of the State are shut on this day: Saturdays, Sundays, public holidays and
/// 29 December to 3 January (行政機関の休日に関する法律 (昭和63年法律第91号) 第1条).
///
/// A municipality's own days are set by its ordinance (地方自治法 第4条の2); that they are the same unless a
/// [`Calendar`] says otherwise is an assumption.
#[must_use]
pub fn is_shut_by_law(date: NaiveDate) -> bool {
    let turn_of_the_year = matches!((date.month(), date.day()), (12, 29..) | (1, ..=3));
    let weekend = matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
    weekend || turn_of_the_year || holiday(date).is_some()
}

// ------------------------------------------------------------------------------------------------ calendars

/// The id of the shipped calendar of pension payments.
pub const PENSION_PAYMENT: &str = "pension-payment";

/// Calendars by id.
pub type Calendars = BTreeMap<String, Calendar>;

/// Which dates a calendar has by rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// None but those listed.
    #[default]
    Listed,
    /// The 15th of every even month; where that is no business day, the business day before.
    ///
    /// The months are those of 国民年金法 第18条第3項. Day and shift are the practice of the paying bodies as
    /// municipalities and mutual-aid associations publish it; no statute that sets them was found.
    PensionPayment,
}

impl Schedule {
    /// Whether this is a date by rule, before it is moved off a day that is no business day.
    fn has(self, nominal: NaiveDate) -> bool {
        match self {
            Self::Listed => false,
            Self::PensionPayment => nominal.month().is_multiple_of(2) && nominal.day() == 15,
        }
    }

    /// The dates by rule from this day on.
    fn from(self, day: NaiveDate) -> impl Iterator<Item = NaiveDate> {
        let start = match self {
            // Nothing to look through.
            Self::Listed => None,
            Self::PensionPayment => Some(day),
        };
        start.into_iter().flat_map(|day| day.iter_days()).filter(move |day| self.has(*day))
    }
}

/// How a date of a calendar came to lie where it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Placed {
    /// By rule.
    ByRule,
    /// On the business day before the rule's.
    BusinessDayBefore,
    /// Listed.
    Listed,
    /// The body moved it.
    Moved,
}

/// One date of a calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Occurrence {
    /// The date on which it happens.
    pub date: NaiveDate,
    /// The date that the rule or the list names: under this one it can be moved.
    pub nominal: NaiveDate,
    /// Why it lies there.
    pub placed: Placed,
}

/// A calendar that a body keeps: its closed days, and dates that something waits for. As data:
///
/// ```toml
/// id = "pension-payment"
/// name = { ja = "年金給付日", en = "Pension payment day" }
/// schedule = "pension-payment"
/// closed = ["2026-11-02"]             # shut, though the law does not say so
/// open = ["2026-12-29"]               # open, though the law says otherwise
/// dates = ["2026-09-01"]              # listed dates
/// moved = { 2026-12-15 = "2026-12-11" } # the date that the rule or the list names = the date instead
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// Its id.
    pub id: String,
    /// What a person reads.
    pub name: Bilingual,
    /// The dates that it has by rule.
    #[serde(default)]
    pub schedule: Schedule,
    /// Days on which the body is shut, besides those of the law.
    #[serde(default)]
    pub closed: BTreeSet<NaiveDate>,
    /// Days on which the body is open although the law shuts it. A day that is also in `closed` is closed.
    #[serde(default)]
    pub open: BTreeSet<NaiveDate>,
    /// Listed dates, which happen on the very day, business day or not, also where the rule names it too.
    #[serde(default)]
    pub dates: BTreeSet<NaiveDate>,
    /// Dates that happen on another day, by the date that rule or list names.
    #[serde(default)]
    pub moved: BTreeMap<NaiveDate, NaiveDate>,
}

impl Calendar {
    /// A calendar of this name that has no dates and no closed days besides those of the law.
    #[must_use]
    pub fn empty(id: &str, ja: &str, en: &str) -> Self {
        Self {
            id: id.into(),
            name: Bilingual { ja: ja.into(), en: en.into() },
            schedule: Schedule::Listed,
            closed: BTreeSet::new(),
            open: BTreeSet::new(),
            dates: BTreeSet::new(),
            moved: BTreeMap::new(),
        }
    }

    /// The closed days of the State's administrative organs, which deadlines towards them go by.
    #[must_use]
    pub fn national() -> Self {
        Self::empty("national", "行政機関の休日", "Closed days of administrative organs")
    }

    /// The shipped calendar of pension payments.
    #[must_use]
    pub fn pension_payment() -> Self {
        let calendar = Self::empty(PENSION_PAYMENT, "年金給付日", "Pension payment day");
        Self { schedule: Schedule::PensionPayment, ..calendar }
    }

    /// Whether the body works on this day.
    #[must_use]
    pub fn is_business_day(&self, date: NaiveDate) -> bool {
        !self.closed.contains(&date) && (self.open.contains(&date) || !is_shut_by_law(date))
    }

    /// This day, if it is a business day, otherwise the last one before it.
    #[must_use]
    pub fn previous_business_day(&self, date: NaiveDate) -> NaiveDate {
        let mut day = date;
        while !self.is_business_day(day) {
            let Some(before) = day.pred_opt() else { break };
            day = before;
        }
        day
    }

    /// This day, if it is a business day, otherwise the first one after it.
    #[must_use]
    pub fn next_business_day(&self, date: NaiveDate) -> NaiveDate {
        let mut day = date;
        while !self.is_business_day(day) {
            let Some(after) = day.succ_opt() else { break };
            day = after;
        }
        day
    }

    /// The `days`-th business day after this day, which is not counted itself. None after it is the day
    /// itself, if it is a business day, otherwise the first one after it.
    #[must_use]
    pub fn add_business_days(&self, date: NaiveDate, days: u32) -> NaiveDate {
        if days == 0 {
            return self.next_business_day(date);
        }
        let mut day = date;
        for _ in 0..days {
            let Some(after) = day.succ_opt() else { break };
            day = self.next_business_day(after);
        }
        day
    }

    /// The last day on which something is in time that is due within so many days of becoming known, the
    /// day of knowledge being the first; where it is no business day, the next one is.
    ///
    /// See [`deadline`]. Deadlines towards the State go by [`Calendar::national`] and its corrections, never
    /// by a body's own closed days.
    #[must_use]
    pub fn deadline(&self, day_of_knowledge: NaiveDate, days: u32) -> NaiveDate {
        self.next_business_day(nth_day(day_of_knowledge, days))
    }

    /// The first date after this day: a date on the day itself has passed.
    #[must_use]
    pub fn next_after(&self, day: NaiveDate) -> Option<NaiveDate> {
        let after = day.succ_opt()?;
        // A date by rule never lies after its nominal one, so all that are left have theirs from here on.
        let by_rule = self
            .schedule
            .from(after)
            .filter(|nominal| !self.moved.contains_key(nominal) && !self.dates.contains(nominal))
            .map(|nominal| self.previous_business_day(nominal))
            .find(|date| *date >= after);
        let listed = self.dates.range(after..).find(|date| !self.moved.contains_key(date)).copied();
        let moved = self.moved_dates().map(|(_, date)| date).filter(|date| *date >= after).min();
        [by_rule, listed, moved].into_iter().flatten().min()
    }

    /// The dates within these days, in order, for whoever keeps the calendar.
    #[must_use]
    pub fn occurrences(&self, days: RangeInclusive<NaiveDate>) -> Vec<Occurrence> {
        let by_rule = self
            .schedule
            .from(*days.start())
            .map(|nominal| {
                let date = self.previous_business_day(nominal);
                let placed = if date == nominal { Placed::ByRule } else { Placed::BusinessDayBefore };
                Occurrence { date, nominal, placed }
            })
            .take_while(|occurrence| occurrence.date <= *days.end())
            // What is listed lies where the list says.
            .filter(|occurrence| !self.dates.contains(&occurrence.nominal));
        let listed =
            self.dates.iter().map(|date| Occurrence { date: *date, nominal: *date, placed: Placed::Listed });
        let moved =
            self.moved_dates().map(|(nominal, date)| Occurrence { date, nominal, placed: Placed::Moved });
        let mut all: Vec<_> = by_rule
            .chain(listed)
            .filter(|occurrence| !self.moved.contains_key(&occurrence.nominal))
            .chain(moved)
            .filter(|occurrence| days.contains(&occurrence.date))
            .collect();
        all.sort_unstable();
        all
    }

    /// The entries of `moved` that move nothing, because neither rule nor list has such a date: mistakes.
    pub fn moved_in_vain(&self) -> impl Iterator<Item = NaiveDate> {
        self.moved.keys().copied().filter(|nominal| !self.has(*nominal))
    }

    fn has(&self, nominal: NaiveDate) -> bool {
        self.schedule.has(nominal) || self.dates.contains(&nominal)
    }

    fn moved_dates(&self) -> impl Iterator<Item = (NaiveDate, NaiveDate)> {
        self.moved.iter().map(|(nominal, date)| (*nominal, *date)).filter(|(nominal, _)| self.has(*nominal))
    }
}

// ---------------------------------------------------------------- the clocks of reports about breaches (漏えい等)

/// Within how many days the preliminary report (速報) is expected, from the day of knowledge: 3 to 5. A
/// guide to what 速やかに means, not a term, so nothing moves it off a closed day: take [`nth_day`].
/// (特定個人情報の適正な取扱いに関するガイドライン（行政機関等編）別添2 3D)
pub const PRELIMINARY_REPORT_DAYS: RangeInclusive<u32> = 3..=5;

/// Within how many days the final report (確報) is due: 30. (同 3E)
pub const FINAL_REPORT_DAYS: u32 = 30;

/// Within how many days the final report (確報) is due where the purpose may have been wrongful
/// (不正の目的): 60. (同 3E)
pub const FINAL_REPORT_DAYS_WRONGFUL: u32 = 60;

/// The `n`-th day, this one being the first; there is none before it.
#[must_use]
pub fn nth_day(first: NaiveDate, n: u32) -> NaiveDate {
    let days = u64::from(n.saturating_sub(1));
    first.checked_add_days(Days::new(days)).unwrap_or(NaiveDate::MAX)
}

/// The last day of a final report (確報) that is due within so many days of becoming known.
///
/// The day on which any part of the organisation got to know counts as day 1, closed days count, and where
/// the last day is a Saturday, a Sunday, a holiday or between 29 December and 3 January, the next day that
/// is none of these is the last (同 3E 注2; 行政機関の休日に関する法律 第2条).
#[must_use]
pub fn deadline(day_of_knowledge: NaiveDate, days: u32) -> NaiveDate {
    Calendar::national().deadline(day_of_knowledge, days)
}
