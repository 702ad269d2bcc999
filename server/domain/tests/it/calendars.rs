//! Which days are holidays, on which days offices are open, when pensions are paid, when a report is due.

use chrono::{Datelike, NaiveDate, TimeDelta, Weekday};
use hokan_domain::{
    calendar::{
        ANNOUNCED_UNTIL, Calendar, FINAL_REPORT_DAYS, FINAL_REPORT_DAYS_WRONGFUL, HolidayKind, Occurrence,
        PRELIMINARY_REPORT_DAYS, Placed, YEARS, autumnal_equinox, deadline, holiday, holidays,
        is_shut_by_law, nth_day, vernal_equinox,
    },
    text::Lang,
};
use proptest::prelude::*;

pub(crate) fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

/// Any day of the years whose holidays are known.
pub(crate) fn any_day() -> impl Strategy<Value = NaiveDate> {
    (0..12_783_i64).prop_map(|days| day(2016, 1, 1) + TimeDelta::days(days))
}

/// What the Cabinet Office's list says, year by year.
const OFFICIAL: [(i32, &str); 12] = [
    (2016, "1/1 1/11 2/11 3/20 3/21 4/29 5/3 5/4 5/5 7/18 8/11 9/19 9/22 10/10 11/3 11/23 12/23"),
    (2017, "1/1 1/2 1/9 2/11 3/20 4/29 5/3 5/4 5/5 7/17 8/11 9/18 9/23 10/9 11/3 11/23 12/23"),
    (
        2018,
        "1/1 1/8 2/11 2/12 3/21 4/29 4/30 5/3 5/4 5/5 7/16 8/11 9/17 9/23 9/24 10/8 11/3 11/23 12/23 12/24",
    ),
    (
        2019,
        "1/1 1/14 2/11 3/21 4/29 4/30 5/1 5/2 5/3 5/4 5/5 5/6 7/15 8/11 8/12 9/16 9/23 10/14 10/22 11/3 \
         11/4 11/23",
    ),
    (2020, "1/1 1/13 2/11 2/23 2/24 3/20 4/29 5/3 5/4 5/5 5/6 7/23 7/24 8/10 9/21 9/22 11/3 11/23"),
    (2021, "1/1 1/11 2/11 2/23 3/20 4/29 5/3 5/4 5/5 7/22 7/23 8/8 8/9 9/20 9/23 11/3 11/23"),
    (2022, "1/1 1/10 2/11 2/23 3/21 4/29 5/3 5/4 5/5 7/18 8/11 9/19 9/23 10/10 11/3 11/23"),
    (2023, "1/1 1/2 1/9 2/11 2/23 3/21 4/29 5/3 5/4 5/5 7/17 8/11 9/18 9/23 10/9 11/3 11/23"),
    (
        2024,
        "1/1 1/8 2/11 2/12 2/23 3/20 4/29 5/3 5/4 5/5 5/6 7/15 8/11 8/12 9/16 9/22 9/23 10/14 11/3 11/4 11/23",
    ),
    (2025, "1/1 1/13 2/11 2/23 2/24 3/20 4/29 5/3 5/4 5/5 5/6 7/21 8/11 9/15 9/23 10/13 11/3 11/23 11/24"),
    (2026, "1/1 1/12 2/11 2/23 3/20 4/29 5/3 5/4 5/5 5/6 7/20 8/11 9/21 9/22 9/23 10/12 11/3 11/23"),
    (2027, "1/1 1/11 2/11 2/23 3/21 3/22 4/29 5/3 5/4 5/5 7/19 8/11 9/20 9/23 10/11 11/3 11/23"),
];

// ------------------------------------------------------------------------------------------ public holidays

#[test]
fn holidays_are_those_of_the_official_list() {
    assert_eq!(OFFICIAL.last().unwrap().0, ANNOUNCED_UNTIL, "what is announced has been compared");
    for (year, official) in OFFICIAL {
        let computed: Vec<_> =
            holidays(year).iter().map(|h| format!("{}/{}", h.date.month(), h.date.day())).collect();
        assert_eq!(computed.join(" "), official, "{year}");
    }
}

#[test]
fn holidays_are_named_as_in_the_law() {
    let names = |year: i32| -> Vec<_> { holidays(year).iter().map(|h| h.name(Lang::Ja)).collect() };
    assert_eq!(
        names(2026),
        [
            "元日",
            "成人の日",
            "建国記念の日",
            "天皇誕生日",
            "春分の日",
            "昭和の日",
            "憲法記念日",
            "みどりの日",
            "こどもの日",
            "振替休日",
            "海の日",
            "山の日",
            "敬老の日",
            "国民の休日",
            "秋分の日",
            "スポーツの日",
            "文化の日",
            "勤労感謝の日",
        ]
    );
    assert!(names(2019).contains(&"体育の日") && !names(2019).contains(&"天皇誕生日"));
    assert_eq!(holiday(day(2026, 8, 11)).unwrap().name(Lang::En), "Mountain Day");
}

#[test]
fn a_holiday_on_a_sunday_moves_to_the_next_day_that_is_none() {
    let kind = |date| holiday(date).map(|h| h.kind);
    // 3 May 2026 is a Sunday; the next two days are holidays themselves.
    assert_eq!(kind(day(2026, 5, 6)), Some(HolidayKind::Substitute));
    assert_eq!(kind(day(2026, 5, 7)), None);
    assert_eq!(kind(day(2027, 3, 22)), Some(HolidayKind::Substitute));
    // A Saturday has none.
    assert_eq!(kind(day(2025, 11, 4)), None);
    assert_eq!(kind(day(2026, 5, 4)), Some(HolidayKind::National), "not a substitute as well");
}

#[test]
fn a_day_between_two_holidays_is_one() {
    for date in [day(2019, 4, 30), day(2019, 5, 2), day(2026, 9, 22)] {
        assert_eq!(holiday(date).unwrap().kind, HolidayKind::Between, "{date}");
    }
    // Computed, not announced: 20 September 2032 is the third Monday, and the equinox is on the 22nd.
    assert_eq!(holiday(day(2032, 9, 21)).unwrap().kind, HolidayKind::Between);
    assert_eq!(holiday(day(2019, 5, 1)).unwrap().kind, HolidayKind::Special);
}

#[test]
fn equinoxes_are_those_that_are_known() {
    let known = [
        (2016, 20, 22),
        (2017, 20, 23),
        (2018, 21, 23),
        (2019, 21, 23),
        (2020, 20, 22),
        (2021, 20, 23),
        (2022, 21, 23),
        (2023, 21, 23),
        (2024, 20, 22),
        (2025, 20, 23),
        (2026, 20, 23),
        (2027, 21, 23),
    ];
    // Not announced yet, but the same by an ephemeris; the years in which the pattern changes among them.
    let forecast =
        [(2028, 20, 22), (2031, 21, 23), (2041, 20, 23), (2044, 20, 22), (2045, 20, 22), (2050, 20, 23)];
    for (year, march, september) in known.into_iter().chain(forecast) {
        assert_eq!(vernal_equinox(year), Some(day(year, 3, march)));
        assert_eq!(autumnal_equinox(year), Some(day(year, 9, september)));
    }
}

#[test]
fn every_year_of_the_range_has_its_holidays() {
    for year in YEARS {
        let named = holidays(year)
            .into_iter()
            .filter(|h| matches!(h.kind, HolidayKind::National | HolidayKind::Special))
            .count();
        // 2019 had no Emperor's Birthday, and two days of its own.
        assert_eq!(named, if year == 2019 { 17 } else { 16 }, "{year}");
    }
}

#[test]
fn years_beyond_all_calendars_do_not_panic() {
    for year in [i32::MIN, -262_143, -1, 0, 9999, 262_142, i32::MAX] {
        let _ = (holidays(year), vernal_equinox(year), autumnal_equinox(year));
    }
    let calendar = Calendar::pension_payment();
    for date in [NaiveDate::MIN, NaiveDate::MAX] {
        let _ = (
            calendar.previous_business_day(date),
            calendar.next_business_day(date),
            calendar.add_business_days(date, 2),
            calendar.next_after(date),
            deadline(date, u32::MAX),
        );
    }
}

// -------------------------------------------------------------------------------------------- business days

#[test]
fn offices_are_shut_at_weekends_on_holidays_and_at_the_turn_of_the_year() {
    for shut in [day(2026, 11, 21), day(2026, 11, 22), day(2026, 11, 23), day(2026, 12, 29), day(2027, 1, 3)]
    {
        assert!(is_shut_by_law(shut), "{shut}");
    }
    for open in [day(2026, 11, 20), day(2026, 11, 24), day(2026, 12, 28), day(2027, 1, 4)] {
        assert!(!is_shut_by_law(open), "{open}");
    }
}

#[test]
fn a_body_adds_and_removes_closed_days() {
    let mut calendar = Calendar::national();
    let (friday, saturday, monday) = (day(2026, 6, 5), day(2026, 6, 6), day(2026, 6, 8));
    assert_eq!(calendar.next_business_day(saturday), monday);
    calendar.closed.insert(monday);
    assert_eq!(calendar.next_business_day(saturday), day(2026, 6, 9));
    calendar.open.insert(saturday);
    assert_eq!(calendar.next_business_day(saturday), saturday);
    calendar.closed.insert(saturday);
    assert_eq!(calendar.previous_business_day(saturday), friday, "closed outweighs open");
}

#[test]
fn business_days_are_counted_from_the_day_after() {
    let calendar = Calendar::national();
    assert_eq!(calendar.add_business_days(day(2026, 4, 30), 1), day(2026, 5, 1));
    assert_eq!(calendar.add_business_days(day(2026, 5, 1), 1), day(2026, 5, 7));
    assert_eq!(calendar.add_business_days(day(2026, 5, 3), 2), day(2026, 5, 8));
    assert_eq!(calendar.add_business_days(day(2026, 5, 3), 0), day(2026, 5, 7));
    assert_eq!(calendar.add_business_days(day(2026, 12, 28), 1), day(2027, 1, 4));
}

// ----------------------------------------------------------------------------------------- pension payments

#[test]
fn pensions_are_paid_on_the_15th_of_even_months_or_the_business_day_before() {
    let calendar = Calendar::pension_payment();
    let paid = calendar.occurrences(day(2025, 1, 1)..=day(2027, 12, 31));
    let dates: Vec<_> = paid.iter().map(|paid| paid.date).collect();
    assert_eq!(
        dates,
        [
            day(2025, 2, 14),
            day(2025, 4, 15),
            day(2025, 6, 13),
            day(2025, 8, 15),
            day(2025, 10, 15),
            day(2025, 12, 15),
            day(2026, 2, 13),
            day(2026, 4, 15),
            day(2026, 6, 15),
            day(2026, 8, 14),
            day(2026, 10, 15),
            day(2026, 12, 15),
            day(2027, 2, 15),
            day(2027, 4, 15),
            day(2027, 6, 15),
            day(2027, 8, 13),
            day(2027, 10, 15),
            day(2027, 12, 15),
        ]
    );
    assert_eq!(paid[0].placed, Placed::BusinessDayBefore);
    assert_eq!(paid[1].placed, Placed::ByRule);
}

#[test]
fn a_payment_on_the_day_itself_has_passed() {
    let calendar = Calendar::pension_payment();
    assert_eq!(calendar.next_after(day(2026, 6, 14)), Some(day(2026, 6, 15)));
    assert_eq!(calendar.next_after(day(2026, 6, 15)), Some(day(2026, 8, 14)));
    // Paid on Friday the 14th: on Saturday the 15th it has passed.
    assert_eq!(calendar.next_after(day(2026, 8, 14)), Some(day(2026, 10, 15)));
    assert_eq!(calendar.next_after(day(2026, 8, 15)), Some(day(2026, 10, 15)));
}

#[test]
fn a_body_moves_a_payment() {
    let mut calendar = Calendar::pension_payment();
    calendar.moved.insert(day(2026, 12, 15), day(2026, 12, 11));
    assert_eq!(calendar.next_after(day(2026, 12, 1)), Some(day(2026, 12, 11)));
    assert_eq!(calendar.next_after(day(2026, 12, 11)), Some(day(2027, 2, 15)), "not on the 15th as well");
    let december = calendar.occurrences(day(2026, 12, 1)..=day(2026, 12, 31));
    let moved = Occurrence { date: day(2026, 12, 11), nominal: day(2026, 12, 15), placed: Placed::Moved };
    assert_eq!(december, [moved]);
    // A day that the rule does not name moves nothing.
    calendar.moved.insert(day(2026, 11, 15), day(2026, 11, 13));
    assert_eq!(calendar.next_after(day(2026, 11, 1)), Some(day(2026, 12, 11)));
    assert_eq!(calendar.moved_in_vain().collect::<Vec<_>>(), [day(2026, 11, 15)]);
}

#[test]
fn a_closed_day_of_the_calendar_moves_a_payment_too() {
    let mut calendar = Calendar::pension_payment();
    calendar.closed.insert(day(2026, 12, 15));
    assert_eq!(calendar.next_after(day(2026, 12, 1)), Some(day(2026, 12, 14)));
}

#[test]
fn a_calendar_can_be_a_list_of_dates() {
    let mut calendar = Calendar::empty("elections", "選挙の日", "Election day");
    assert_eq!(calendar.next_after(day(2026, 1, 1)), None);
    let (first, second) = (day(2026, 6, 7), day(2027, 4, 25));
    calendar.dates.extend([first, second]);
    assert_eq!(calendar.next_after(day(2026, 1, 1)), Some(first), "although it is a Sunday");
    assert_eq!(calendar.next_after(first), Some(second));
    calendar.moved.insert(second, day(2027, 4, 18));
    assert_eq!(calendar.next_after(first), Some(day(2027, 4, 18)));
    assert_eq!(calendar.next_after(day(2027, 4, 18)), None);
}

#[test]
fn a_calendar_is_read_from_data_and_unknown_keys_are_refused() {
    let text = r#"
        id = "pension-payment"
        name = { ja = "年金給付日", en = "Pension payment day" }
        schedule = "pension-payment"
        closed = ["2026-11-02"]
        open = ["2026-12-29"]
        dates = ["2026-09-01"]
        moved = { 2026-12-15 = "2026-12-11" }
    "#;
    let calendar: Calendar = toml::from_str(text).unwrap();
    assert_eq!(calendar.next_after(day(2026, 8, 20)), Some(day(2026, 9, 1)));
    assert_eq!(calendar.next_after(day(2026, 11, 1)), Some(day(2026, 12, 11)));
    assert!(!calendar.is_business_day(day(2026, 11, 2)) && calendar.is_business_day(day(2026, 12, 29)));
    let error = toml::from_str::<Calendar>(&text.replace("closed", "close")).unwrap_err();
    assert!(error.to_string().contains("close"));
}

// ------------------------------------------------------------------------------- reports about breaches

#[test]
fn the_day_of_knowledge_is_the_first_of_thirty() {
    assert_eq!(deadline(day(2026, 6, 1), FINAL_REPORT_DAYS), day(2026, 6, 30));
    assert_eq!(deadline(day(2026, 6, 1), FINAL_REPORT_DAYS_WRONGFUL), day(2026, 7, 30));
    assert_eq!(nth_day(day(2026, 6, 1), *PRELIMINARY_REPORT_DAYS.start()), day(2026, 6, 3));
    assert_eq!(nth_day(day(2026, 6, 1), *PRELIMINARY_REPORT_DAYS.end()), day(2026, 6, 5));
}

#[test]
fn a_deadline_on_a_closed_day_moves_to_the_next_open_one() {
    // Day 30 is 3 May, the first of four closed days.
    assert_eq!(deadline(day(2026, 4, 4), FINAL_REPORT_DAYS), day(2026, 5, 7));
    // Day 60 is Sunday 20 September, before three holidays.
    assert_eq!(deadline(day(2026, 7, 23), FINAL_REPORT_DAYS_WRONGFUL), day(2026, 9, 24));
    // Day 30 is 29 December.
    assert_eq!(deadline(day(2026, 11, 30), FINAL_REPORT_DAYS), day(2027, 1, 4));
    // Day 30 is Saturday 27 June.
    assert_eq!(deadline(day(2026, 5, 29), FINAL_REPORT_DAYS), day(2026, 6, 29));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_nearest_business_days_are_business_days_with_none_between(date in any_day()) {
        let calendar = Calendar::national();
        let (before, after) = (calendar.previous_business_day(date), calendar.next_business_day(date));
        prop_assert!(calendar.is_business_day(before) && calendar.is_business_day(after));
        prop_assert!(before <= date && date <= after);
        prop_assert_eq!(before == date, calendar.is_business_day(date));
        for day in before.iter_days().skip(1).take_while(|day| *day < after) {
            prop_assert!(!calendar.is_business_day(day) || day == date);
        }
    }

    #[test]
    fn adding_business_days_counts_each_once(date in any_day(), days in 1..40_u32) {
        let calendar = Calendar::national();
        let reached = calendar.add_business_days(date, days);
        let counted = date.iter_days().skip(1).take_while(|day| *day <= reached);
        prop_assert_eq!(counted.filter(|day| calendar.is_business_day(*day)).count(), days as usize);
        prop_assert!(calendar.is_business_day(reached));
    }

    #[test]
    fn a_substitute_follows_a_sunday_without_a_working_day_between(date in any_day()) {
        if holiday(date).is_some_and(|h| h.kind == HolidayKind::Substitute) {
            let back = (1..7).map(|n| date - TimeDelta::days(n)).find(|day| day.weekday() == Weekday::Sun).unwrap();
            for day in back.iter_days().take_while(|day| *day < date) {
                prop_assert_eq!(holiday(day).unwrap().kind, HolidayKind::National);
            }
        }
    }

    #[test]
    fn the_next_payment_is_ahead_within_ten_weeks_and_by_its_rule(date in any_day()) {
        let calendar = Calendar::pension_payment();
        let paid = calendar.next_after(date).unwrap();
        prop_assert!(date < paid && paid - date <= TimeDelta::days(70));
        prop_assert!(paid.month().is_multiple_of(2) && paid.day() <= 15 && calendar.is_business_day(paid));
        prop_assert_eq!(calendar.previous_business_day(paid.with_day(15).unwrap()), paid);
        // The list tells the same.
        let listed = calendar.occurrences(date.succ_opt().unwrap()..=paid);
        prop_assert_eq!(listed.iter().map(|o| o.date).collect::<Vec<_>>(), [paid]);
    }

    #[test]
    fn a_deadline_is_never_early_nor_on_a_closed_day(date in any_day(), days in 1..=60_u32) {
        let last = deadline(date, days);
        let full = date + TimeDelta::days(i64::from(days) - 1);
        prop_assert!(!is_shut_by_law(last));
        prop_assert_eq!(last, Calendar::national().next_business_day(full));
    }
}
