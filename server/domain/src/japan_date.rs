//! Times in Japan and dates in the Japanese calendar (和暦).
//!
//! Hokan keeps times in UTC and shows them in Japan Standard Time, nine hours ahead, which has had no
//! summer time since 1951. Years are those of the eras; the first is 元年.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, TimeDelta, Utc, Weekday};

/// Japan Standard Time is this many hours ahead of UTC.
const JST_HOURS: i64 = 9;

/// One era of the Japanese calendar.
struct Era {
    name: &'static str,
    letter: char,
    /// Year, month and day of the first day.
    first: (i32, u32, u32),
}

/// The eras, the latest first.
///
/// 明治 counts from the first day of its first lunar year, as the edict of its beginning says. Until the
/// end of 明治5年 (1872) months and days were those of the lunar calendar; these are given here as in the
/// Gregorian one.
const ERAS: [Era; 5] = [
    Era { name: "令和", letter: 'R', first: (2019, 5, 1) },
    Era { name: "平成", letter: 'H', first: (1989, 1, 8) },
    Era { name: "昭和", letter: 'S', first: (1926, 12, 25) },
    Era { name: "大正", letter: 'T', first: (1912, 7, 30) },
    Era { name: "明治", letter: 'M', first: (1868, 1, 25) },
];

/// The era of a date and the year in it, from 1; none before 25 January 1868.
fn era(date: NaiveDate) -> Option<(&'static Era, i32)> {
    let era = ERAS.iter().find(|era| (date.year(), date.month(), date.day()) >= era.first)?;
    Some((era, date.year() - era.first.0 + 1))
}

/// A time kept as milliseconds since 1970-01-01T00:00:00Z; the nearest that can be shown where it lies
/// beyond all calendars.
#[must_use]
pub fn from_millis(ms: i64) -> DateTime<Utc> {
    let edge = if ms < 0 { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC };
    DateTime::from_timestamp_millis(ms).unwrap_or(edge)
}

/// Date and time of day in Japan.
#[must_use]
pub fn jst(time: DateTime<Utc>) -> NaiveDateTime {
    time.naive_utc().checked_add_signed(TimeDelta::hours(JST_HOURS)).unwrap_or(NaiveDateTime::MAX)
}

/// The date in Japan.
#[must_use]
pub fn jst_date(time: DateTime<Utc>) -> NaiveDate {
    jst(time).date()
}

/// Date and time in Japan to the minute: `2026-11-23 12:34`.
#[must_use]
pub fn jst_date_time(time: DateTime<Utc>) -> String {
    jst(time).format("%Y-%m-%d %H:%M").to_string()
}

/// The moment at which a day begins in Japan.
#[must_use]
pub fn jst_day_start(date: NaiveDate) -> DateTime<Utc> {
    let midnight = NaiveDateTime::from(date);
    midnight.checked_sub_signed(TimeDelta::hours(JST_HOURS)).unwrap_or(NaiveDateTime::MIN).and_utc()
}

/// A date in the Japanese calendar: 令和8年4月1日, 令和元年5月1日. Before 明治 the year is the Western one.
#[must_use]
pub fn wareki(date: NaiveDate) -> String {
    format!("{}{}月{}日", wareki_year(date), date.month(), date.day())
}

/// The year of a date in the Japanese calendar: 令和8年, 令和元年.
fn wareki_year(date: NaiveDate) -> String {
    match era(date) {
        Some((era, 1)) => format!("{}元年", era.name),
        Some((era, year)) => format!("{}{year}年", era.name),
        None => format!("{}年", date.year()),
    }
}

/// A date in the Japanese calendar in few characters: `R8.4.1`, `R1.5.1`. Before 明治 the year is the
/// Western one.
#[must_use]
pub fn wareki_short(date: NaiveDate) -> String {
    let (month, day) = (date.month(), date.day());
    match era(date) {
        Some((era, year)) => format!("{}{year}.{month}.{day}", era.letter),
        None => format!("{}.{month}.{day}", date.year()),
    }
}

/// The day of the week: 水.
#[must_use]
pub fn weekday_ja(date: NaiveDate) -> &'static str {
    match date.weekday() {
        Weekday::Mon => "月",
        Weekday::Tue => "火",
        Weekday::Wed => "水",
        Weekday::Thu => "木",
        Weekday::Fri => "金",
        Weekday::Sat => "土",
        Weekday::Sun => "日",
    }
}

/// The fiscal year (年度) that a date lies in, which begins on 1 April, by the Western year of its
/// beginning.
#[must_use]
pub fn fiscal_year(date: NaiveDate) -> i32 {
    if date.month() < 4 { date.year() - 1 } else { date.year() }
}

/// The name of the fiscal year that a date lies in: 令和8年度. A year in which the era changes bears the
/// new one's name throughout, as 令和元年度 did.
#[must_use]
pub fn fiscal_year_ja(date: NaiveDate) -> String {
    let december = NaiveDate::from_ymd_opt(fiscal_year(date), 12, 31).unwrap_or(date);
    format!("{}度", wareki_year(december))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn the_edges_of_the_eras_are_right() {
        for (date, long, short) in [
            (day(2026, 4, 1), "令和8年4月1日", "R8.4.1"),
            (day(2020, 1, 1), "令和2年1月1日", "R2.1.1"),
            (day(2019, 12, 31), "令和元年12月31日", "R1.12.31"),
            (day(2019, 5, 1), "令和元年5月1日", "R1.5.1"),
            (day(2019, 4, 30), "平成31年4月30日", "H31.4.30"),
            (day(1990, 1, 1), "平成2年1月1日", "H2.1.1"),
            (day(1989, 1, 8), "平成元年1月8日", "H1.1.8"),
            (day(1989, 1, 7), "昭和64年1月7日", "S64.1.7"),
            (day(1927, 1, 1), "昭和2年1月1日", "S2.1.1"),
            (day(1926, 12, 25), "昭和元年12月25日", "S1.12.25"),
            (day(1926, 12, 24), "大正15年12月24日", "T15.12.24"),
            (day(1912, 7, 30), "大正元年7月30日", "T1.7.30"),
            (day(1912, 7, 29), "明治45年7月29日", "M45.7.29"),
            (day(1873, 1, 1), "明治6年1月1日", "M6.1.1"),
            (day(1868, 1, 25), "明治元年1月25日", "M1.1.25"),
            (day(1868, 1, 24), "1868年1月24日", "1868.1.24"),
        ] {
            assert_eq!((wareki(date).as_str(), wareki_short(date).as_str()), (long, short));
        }
    }

    #[test]
    fn the_day_in_japan_begins_nine_hours_early() {
        assert_eq!(jst_date(utc("2026-11-22T14:59:59Z")), day(2026, 11, 22));
        assert_eq!(jst_date(utc("2026-11-22T15:00:00Z")), day(2026, 11, 23));
        assert_eq!(jst_date_time(utc("2026-11-23T03:34:56Z")), "2026-11-23 12:34");
        assert_eq!(jst_date_time(utc("2019-04-30T15:00:00Z")), "2019-05-01 00:00");
        assert_eq!(jst_day_start(day(2026, 11, 23)), utc("2026-11-22T15:00:00Z"));
        assert_eq!(from_millis(1_795_395_723_004), utc("2026-11-23T01:02:03.004Z"));
    }

    #[test]
    fn fiscal_years_begin_in_april() {
        for (date, year, name) in [
            (day(2026, 3, 31), 2025, "令和7年度"),
            (day(2026, 4, 1), 2026, "令和8年度"),
            (day(2019, 4, 1), 2019, "令和元年度"),
            (day(2020, 3, 31), 2019, "令和元年度"),
            (day(2019, 3, 31), 2018, "平成30年度"),
            (day(1989, 4, 1), 1989, "平成元年度"),
            (day(1989, 3, 31), 1988, "昭和63年度"),
        ] {
            assert_eq!((fiscal_year(date), fiscal_year_ja(date).as_str()), (year, name));
        }
    }

    #[test]
    fn weekdays_have_their_names() {
        let names: String = (23..30).map(|d| weekday_ja(day(2026, 11, d))).collect();
        assert_eq!(names, "月火水木金土日");
    }

    #[test]
    fn the_ends_of_time_do_not_panic() {
        for ms in [i64::MIN, -8_400_000_000_000_000, -1, 0, 8_400_000_000_000_000, i64::MAX] {
            let time = from_millis(ms);
            let date = jst_date(time);
            let _ = (
                jst_date_time(time),
                wareki(date),
                wareki_short(date),
                fiscal_year_ja(date),
                weekday_ja(date),
            );
        }
        for date in [NaiveDate::MIN, NaiveDate::MAX] {
            let _ = (jst_day_start(date), fiscal_year_ja(date), wareki(date));
        }
    }

    proptest! {
        #[test]
        fn a_day_holds_its_own_start_and_not_the_moment_before(days in 0..80_000_i64) {
            let date = day(1868, 1, 1) + TimeDelta::days(days);
            let start = jst_day_start(date);
            prop_assert_eq!(jst_date(start), date);
            prop_assert_eq!(jst_date(start - TimeDelta::milliseconds(1)), date.pred_opt().unwrap());
        }
    }
}
