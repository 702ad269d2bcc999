//! Until when data may be kept, when it must go, and how loudly that is said.

use std::{collections::BTreeMap, num::NonZeroU16};

use chrono::{NaiveDate, TimeDelta};
use hokan_domain::{
    calendar::{Calendar, Calendars, PENSION_PAYMENT},
    profile::Bilingual,
    retention::{
        CONTRACT_ENDED, Due, EARLIEST, Facts, ItemDue, LATEST, Length, Missing, NO_LONGER_NEEDED,
        OPERATION_ENDED, RetentionRule, Standing, Start, StepNo, Steps, Whole, due, effective, explain,
        item_due, next_step_date, step_on, thresholds,
    },
    text::Lang,
};
use proptest::prelude::*;

use crate::calendars::{any_day, day};

fn rule(start: Start, length: Length) -> RetentionRule {
    RetentionRule {
        id: "rule".into(),
        name: Bilingual { ja: "規則".into(), en: "Rule".into() },
        start,
        length,
        grace_days: 0,
        first_day_counts: false,
        occasion: None,
    }
}

fn event(name: &str, length: Length) -> RetentionRule {
    rule(Start::Event(name.into()), length)
}

fn pension() -> RetentionRule {
    rule(Start::CalendarNext(PENSION_PAYMENT.into()), Length::None)
}

fn calendars() -> Calendars {
    BTreeMap::from([(PENSION_PAYMENT.into(), Calendar::pension_payment())])
}

fn recorded(date: NaiveDate) -> Facts {
    Facts { recorded_on: Some(date), ..Facts::default() }
}

fn happened(name: &str, date: NaiveDate) -> Facts {
    Facts { events: BTreeMap::from([(name.into(), date)]), ..Facts::default() }
}

fn given(date: NaiveDate) -> Facts {
    Facts { start_date: Some(date), ..Facts::default() }
}

/// The first day, the last day and the day on which it must go.
fn days(rule: &RetentionRule, facts: &Facts) -> (NaiveDate, NaiveDate, NaiveDate) {
    match due(rule, facts, &calendars()) {
        Due::On { starts_on, last_day, due_on, .. } => (starts_on, last_day, due_on),
        other => panic!("{other:?}"),
    }
}

fn missing(rule: &RetentionRule, facts: &Facts, calendars: &Calendars) -> Missing {
    match due(rule, facts, calendars) {
        Due::NotStarted { missing } => missing,
        other => panic!("{other:?}"),
    }
}

fn say(rule: &RetentionRule, facts: &Facts, lang: Lang, cite: &str) -> String {
    explain(&due(rule, facts, &calendars()), rule, lang, cite)
}

// ---------------------------------------------------------------------------------------- how periods count

/// req: NI-052 NI-074
#[test]
fn five_years_from_the_fiscal_year_end_on_31_march() {
    let rule = rule(Start::FiscalYear, Length::Years(5));
    let expected = (day(2026, 4, 1), day(2031, 3, 31), day(2031, 4, 1));
    for date in [day(2025, 4, 1), day(2025, 6, 10), day(2026, 3, 31)] {
        assert_eq!(days(&rule, &recorded(date)), expected, "{date}");
    }
    assert_eq!(days(&rule, &recorded(day(2026, 4, 1))).0, day(2027, 4, 1));
    let received = Facts { received_on: Some(day(2025, 6, 10)), ..Facts::default() };
    assert_eq!(days(&rule, &received), expected);
}

#[test]
fn a_period_ends_on_the_day_before_the_corresponding_one() {
    for (starts_on, length, last_day) in [
        (day(2026, 4, 1), Length::Years(5), day(2031, 3, 31)),
        (day(2026, 1, 11), Length::Years(7), day(2033, 1, 10)),
        (day(2026, 3, 15), Length::Months(1), day(2026, 4, 14)),
        (day(2026, 1, 1), Length::Months(12), day(2026, 12, 31)),
        (day(2026, 4, 1), Length::Days(1), day(2026, 4, 1)),
        (day(2026, 4, 1), Length::Days(30), day(2026, 4, 30)),
        (day(2026, 4, 1), Length::Years(150), day(2176, 3, 31)),
    ] {
        let due_on = last_day.succ_opt().unwrap();
        assert_eq!(days(&rule(Start::Date, length), &given(starts_on)), (starts_on, last_day, due_on));
    }
}

#[test]
fn where_no_day_corresponds_the_month_s_last_is_the_last() {
    for (starts_on, length, last_day) in [
        (day(2024, 2, 29), Length::Years(1), day(2025, 2, 28)),
        (day(2024, 2, 29), Length::Years(4), day(2028, 2, 28)),
        (day(2024, 2, 29), Length::Months(1), day(2024, 3, 28)),
        (day(2026, 1, 31), Length::Months(1), day(2026, 2, 28)),
        (day(2027, 8, 31), Length::Months(6), day(2028, 2, 29)),
        (day(2026, 1, 31), Length::Months(2), day(2026, 3, 30)),
        (day(2026, 3, 31), Length::Months(1), day(2026, 4, 30)),
        (day(2026, 1, 29), Length::Months(1), day(2026, 2, 28)),
        (day(2026, 1, 28), Length::Months(1), day(2026, 2, 27)),
        (day(2026, 3, 1), Length::Years(1), day(2027, 2, 28)),
        (day(2027, 3, 1), Length::Years(1), day(2028, 2, 29)),
    ] {
        assert_eq!(days(&rule(Start::Date, length), &given(starts_on)).1, last_day, "{starts_on} {length:?}");
    }
}

#[test]
fn the_day_of_recording_or_receipt_does_not_count_unless_the_rule_says_so() {
    let received = Facts { received_on: Some(day(2026, 5, 10)), ..Facts::default() };
    let mut year = rule(Start::Received, Length::Years(1));
    assert_eq!(days(&year, &received), (day(2026, 5, 11), day(2027, 5, 10), day(2027, 5, 11)));
    year.first_day_counts = true;
    assert_eq!(days(&year, &received), (day(2026, 5, 10), day(2027, 5, 9), day(2027, 5, 10)));
    let week = rule(Start::Recorded, Length::Days(7));
    assert_eq!(days(&week, &recorded(day(2026, 5, 10))).1, day(2026, 5, 17));
}

/// What is kept for the time of a contract or of operation goes when that ends, and is counted from the day
/// after.
///
/// req: YB-019
#[test]
fn an_event_starts_the_period_on_the_day_after() {
    let end = day(2027, 3, 31);
    let ended = happened(OPERATION_ENDED, end);
    let next = day(2027, 4, 1);
    assert_eq!(days(&event(OPERATION_ENDED, Length::None), &ended), (next, end, next));
    assert_eq!(
        days(&event(OPERATION_ENDED, Length::Years(1)), &ended),
        (next, day(2028, 3, 31), day(2028, 4, 1))
    );
    let other = happened(CONTRACT_ENDED, end);
    let missing = missing(&event(OPERATION_ENDED, Length::None), &other, &calendars());
    assert_eq!(missing, Missing::Event(OPERATION_ENDED.into()));
}

/// req: NG-035
#[test]
fn pension_data_is_due_on_the_day_after_the_next_payment() {
    let payment = day(2026, 12, 15);
    let next = day(2026, 12, 16);
    assert_eq!(days(&pension(), &recorded(day(2026, 10, 20))), (next, payment, next));
    // Received later than recorded: the next payment after receipt is the one it serves.
    let facts = Facts { received_on: Some(day(2026, 10, 20)), ..recorded(day(2026, 10, 1)) };
    assert_eq!(days(&pension(), &facts), (next, payment, next));
    // The 15th of August 2026 is a Saturday.
    assert_eq!(days(&pension(), &recorded(day(2026, 6, 20))).1, day(2026, 8, 14));
    // What is recorded on a day of payment serves the next.
    assert_eq!(days(&pension(), &recorded(day(2026, 10, 15))).1, payment);
}

/// req: NG-035
#[test]
fn a_moved_payment_moves_what_waits_for_it() {
    let mut calendars = calendars();
    let moved = &mut calendars.get_mut(PENSION_PAYMENT).unwrap().moved;
    moved.insert(day(2026, 12, 15), day(2026, 12, 11));
    let due = due(&pension(), &recorded(day(2026, 10, 20)), &calendars);
    assert_eq!(due.due_on(), Some(day(2026, 12, 12)));
}

/// req: NG-035 NI-052
#[test]
fn without_delay_is_the_body_s_own_number_of_days() {
    let rule = RetentionRule { grace_days: 14, ..pension() };
    let due = due(&rule, &recorded(day(2026, 10, 20)), &calendars());
    assert_eq!(due.due_on(), Some(day(2026, 12, 16)), "grace does not put off the day");
    assert_eq!(due.act_by(), Some(day(2026, 12, 30)));
}

#[test]
fn what_is_not_known_is_named() {
    let nothing = Facts::default();
    let none = Calendars::new();
    let none_listed = BTreeMap::from([("x".into(), Calendar::empty("x", "x", "x"))]);
    let starts = |start: &Start| rule(start.clone(), Length::Years(1));
    let date = day(2026, 4, 1);
    let next = || Start::CalendarNext("x".into());
    let nowhere = || Missing::CalendarDate { calendar: "x".into(), after: date };
    for (start, facts, calendars, expected) in [
        (Start::Recorded, &nothing, &none, Missing::RecordedOn),
        (Start::Received, &recorded(date), &none, Missing::ReceivedOn),
        (Start::FiscalYear, &nothing, &none, Missing::RecordedOrReceivedOn),
        (Start::Date, &recorded(date), &none, Missing::StartDate),
        (Start::Event("closed".into()), &recorded(date), &none, Missing::Event("closed".into())),
        (next(), &nothing, &none_listed, Missing::RecordedOrReceivedOn),
        (next(), &recorded(date), &none, Missing::Calendar("x".into())),
        (next(), &recorded(date), &none_listed, nowhere()),
    ] {
        let missing = missing(&starts(&start), facts, calendars);
        assert_eq!(missing, expected);
        let (ja, en) = (missing.sentence(Lang::Ja), missing.sentence(Lang::En));
        assert!(ja.ends_with("ため、保存期間が始まっていません。") && en.ends_with('.'), "{ja} {en}");
    }
}

#[test]
fn what_is_kept_for_ever_is_never_due() {
    let rule = rule(Start::FiscalYear, Length::Permanent);
    assert_eq!(due(&rule, &Facts::default(), &calendars()), Due::Permanent, "even if nothing is known of it");
    assert_eq!(Due::Permanent.due_on(), None);
}

#[test]
fn an_extension_replaces_the_last_day_but_never_shortens() {
    let rule = RetentionRule { grace_days: 7, ..rule(Start::Date, Length::Years(1)) };
    let until = |date| Facts { extended_until: Some(date), ..given(day(2026, 4, 1)) };
    let extended = due(&rule, &until(day(2027, 6, 30)), &calendars());
    let expected = Due::On {
        starts_on: day(2026, 4, 1),
        last_day: day(2027, 6, 30),
        due_on: day(2027, 7, 1),
        act_by: day(2027, 7, 8),
        extended: true,
    };
    assert_eq!(extended, expected);
    for not_later in [day(2026, 12, 31), day(2027, 3, 31)] {
        assert_eq!(
            due(&rule, &until(not_later), &calendars()),
            due(&rule, &given(day(2026, 4, 1)), &calendars())
        );
    }
}

#[test]
fn periods_beyond_all_calendars_do_not_panic() {
    let lengths = [
        Length::Years(u32::MAX),
        Length::Months(u32::MAX),
        Length::Days(u32::MAX),
        Length::Days(0),
        Length::None,
    ];
    for length in lengths {
        for date in [NaiveDate::MIN, EARLIEST, day(2026, 4, 1), LATEST, NaiveDate::MAX] {
            for start in
                [Start::Recorded, Start::FiscalYear, Start::Date, Start::CalendarNext(PENSION_PAYMENT.into())]
            {
                let rule = RetentionRule { grace_days: u32::MAX, ..rule(start, length) };
                let facts = Facts { start_date: Some(date), extended_until: Some(date), ..recorded(date) };
                if let Due::On { starts_on, last_day, due_on, act_by, .. } = due(&rule, &facts, &calendars())
                {
                    assert!(
                        EARLIEST <= last_day && starts_on <= due_on && due_on <= act_by && act_by <= LATEST
                    );
                }
            }
        }
    }
}

// ------------------------------------------------------------------------------------------------- in words

/// req: NI-074
#[test]
fn a_due_date_says_where_it_comes_from() {
    let five = rule(Start::FiscalYear, Length::Years(5));
    let facts = recorded(day(2025, 6, 10));
    assert_eq!(
        say(&five, &facts, Lang::Ja, "規程 第36条"),
        "令和8年4月1日起算・5年保存・令和13年3月31日満了（規程 第36条）"
    );
    assert_eq!(
        say(&five, &facts, Lang::En, "規程 第36条"),
        "Counted from 2026-04-01, 5 years, until 2031-03-31 (規程 第36条)."
    );
    let extended = Facts { extended_until: Some(day(2032, 3, 31)), ..facts };
    assert_eq!(
        say(&RetentionRule { grace_days: 30, ..five.clone() }, &extended, Lang::Ja, "規程 第36条"),
        "令和8年4月1日起算・5年保存・延長により令和14年3月31日満了・令和14年5月1日までに消去・廃棄（規程 第36条）"
    );
    assert_eq!(
        say(&five, &extended, Lang::En, ""),
        "Counted from 2026-04-01, 5 years, extended until 2032-03-31."
    );
}

/// req: NG-035
#[test]
fn a_due_date_after_a_payment_names_the_payment() {
    let facts = recorded(day(2026, 10, 20));
    assert_eq!(
        say(&pension(), &facts, Lang::Ja, "規程 第11条第1項"),
        "次回の年金給付日 令和8年12月15日の後、遅滞なく消去・廃棄（規程 第11条第1項）"
    );
    let rule = RetentionRule { grace_days: 7, ..pension() };
    assert_eq!(
        say(&rule, &facts, Lang::Ja, ""),
        "次回の年金給付日 令和8年12月15日の後、遅滞なく消去・廃棄・遅くとも令和8年12月23日まで"
    );
    assert_eq!(
        say(&rule, &facts, Lang::En, "規程 第11条第1項"),
        "To be erased and disposed of without delay after the next pension payment day, 2026-12-15, \
         by 2026-12-23 at the latest (規程 第11条第1項)."
    );
}

#[test]
fn a_due_date_after_an_event_names_the_event() {
    let facts = happened(NO_LONGER_NEEDED, day(2027, 3, 31));
    assert_eq!(
        say(&event(NO_LONGER_NEEDED, Length::None), &facts, Lang::Ja, ""),
        "不要となった日 令和9年3月31日の後、遅滞なく消去・廃棄"
    );
    assert_eq!(
        say(&event(NO_LONGER_NEEDED, Length::Months(1)), &facts, Lang::En, ""),
        "Counted from the day after the day it was no longer needed, 2027-04-01, 1 month, until 2027-04-30."
    );
    let counts = RetentionRule { first_day_counts: true, ..event("left", Length::Years(1)) };
    let own = Bilingual { ja: "退職日".into(), en: "the last day of service".into() };
    let named = RetentionRule { occasion: Some(own), ..counts.clone() };
    let left = happened("left", day(2027, 3, 31));
    assert_eq!(
        say(&named, &left, Lang::Ja, "規程"),
        "退職日 令和9年3月31日起算・1年保存・令和10年3月30日満了（規程）"
    );
    assert!(say(&counts, &left, Lang::Ja, "").starts_with("「left」の日 令和9年3月31日起算"));
    assert_eq!(
        say(&named, &Facts::default(), Lang::Ja, "規程"),
        "退職日がまだ登録されていないため、保存期間が始まっていません（規程）"
    );
    assert_eq!(
        say(&event(CONTRACT_ENDED, Length::None), &Facts::default(), Lang::En, ""),
        "The period has not begun, because the end of the contract has not been entered yet."
    );
}

#[test]
fn what_is_kept_for_ever_says_so() {
    let rule = rule(Start::Recorded, Length::Permanent);
    assert_eq!(say(&rule, &Facts::default(), Lang::Ja, "規程 第5条"), "永年保存（規程 第5条）");
    assert_eq!(say(&rule, &Facts::default(), Lang::En, "規程 第5条"), "Kept for ever (規程 第5条).");
}

// -------------------------------------------------------------------------------------------------- as data

#[test]
fn rules_are_read_from_data() {
    let read = |start: &str, length: &str| {
        let text =
            format!("id = \"x\"\nname = {{ ja = \"あ\", en = \"a\" }}\nstart = {start}\nlength = {length}\n");
        toml::from_str::<RetentionRule>(&text)
    };
    for (text, start) in [
        ("\"recorded\"", Start::Recorded),
        ("\"received\"", Start::Received),
        ("\"fiscal-year\"", Start::FiscalYear),
        ("\"date\"", Start::Date),
        ("{ event = \"contract-ended\" }", Start::Event(CONTRACT_ENDED.into())),
        ("{ calendar = \"pension-payment\" }", Start::CalendarNext(PENSION_PAYMENT.into())),
    ] {
        assert_eq!(read(text, "\"none\"").unwrap().start, start);
    }
    for (text, length) in [
        ("{ years = 7 }", Length::Years(7)),
        ("{ months = 6 }", Length::Months(6)),
        ("{ days = 30 }", Length::Days(30)),
        ("\"none\"", Length::None),
        ("\"permanent\"", Length::Permanent),
    ] {
        let rule = read("\"recorded\"", text).unwrap();
        assert_eq!((rule.length, rule.grace_days, rule.first_day_counts), (length, 0, false));
    }
    for (start, length) in [
        ("\"someday\"", "\"none\""),
        ("\"event\"", "\"none\""),
        ("{ events = \"x\" }", "\"none\""),
        ("{ event = \"x\", calendar = \"y\" }", "\"none\""),
        ("\"date\"", "\"years\""),
        ("\"date\"", "{ weeks = 1 }"),
        ("\"date\"", "{ years = 1, months = 6 }"),
        ("\"date\"", "{ years = 0 }"),
        ("\"date\"", "{ years = 1001 }"),
        ("\"date\"", "{ years = -1 }"),
        ("\"date\"", "\"none\"\ngrace = 1"),
    ] {
        assert!(read(start, length).is_err(), "{start} {length}");
    }
}

#[test]
fn facts_and_due_dates_survive_being_stored() {
    let facts = Facts { extended_until: Some(day(2030, 1, 1)), ..happened(CONTRACT_ENDED, day(2026, 4, 1)) };
    let json = serde_json::to_string(&facts).unwrap();
    assert_eq!(serde_json::from_str::<Facts>(&json).unwrap(), facts);
    assert_eq!(serde_json::from_str::<Facts>("{}").unwrap(), Facts::default());
    for due in
        [due(&pension(), &recorded(day(2026, 4, 1)), &calendars()), due(&pension(), &facts, &calendars())]
    {
        let json = serde_json::to_string(&due).unwrap();
        assert_eq!(serde_json::from_str::<Due>(&json).unwrap(), due);
    }
}

// ------------------------------------------------------------------------------------------ items and holds

fn on(due_on: NaiveDate, grace: i64) -> Due {
    let last_day = due_on.pred_opt().unwrap();
    Due::On {
        starts_on: last_day,
        last_day,
        due_on,
        act_by: due_on + TimeDelta::days(grace),
        extended: false,
    }
}

#[test]
fn an_item_with_several_contents_is_due_first_for_one_and_last_for_all() {
    let (early, late) = (on(day(2026, 4, 1), 30), on(day(2031, 4, 1), 0));
    let unknown = Due::NotStarted { missing: Missing::RecordedOn };
    let first = Some(day(2026, 4, 1));
    let act_by = Some(day(2026, 5, 1));
    let item = |whole| ItemDue { first, act_by, whole };
    assert_eq!(item_due([&late, &early]), item(Whole::On(day(2031, 4, 1))));
    assert_eq!(item_due([&early]), item(Whole::On(day(2026, 4, 1))));
    assert_eq!(item_due([&early, &unknown, &late]), item(Whole::NotStarted));
    assert_eq!(item_due([&unknown, &Due::Permanent, &early]), item(Whole::Permanent));
    assert_eq!(item_due([]), ItemDue { first: None, act_by: None, whole: Whole::Empty });
    // The most urgent need not be the first that is due.
    assert_eq!(item_due([&early, &on(day(2026, 4, 15), 0)]).act_by, Some(day(2026, 4, 15)));
}

#[test]
fn a_hold_suspends_until_the_last_is_lifted() {
    let due = on(day(2026, 4, 1), 0);
    for holds in [2, 1] {
        let held = effective(due.clone(), holds);
        assert_eq!(held, Standing::Held { due: due.clone(), holds });
        assert_eq!(held.flagged_from(), None);
    }
    let running = effective(due, 0);
    assert_eq!(running.flagged_from(), Some(day(2026, 4, 1)), "the days of the hold are not added");
    assert_eq!(effective(Due::Permanent, 0).flagged_from(), None);
}

// ---------------------------------------------------------------------------------------------------- flags

/// req: NI-074
#[test]
fn flags_rise_90_30_and_7_days_before_on_the_day_and_every_week_after() {
    let due_on = day(2026, 12, 16);
    let at =
        |days: i64| step_on(due_on, due_on + TimeDelta::days(days), &Steps::default()).map(|step| step.0);
    for (days, step) in [
        (-91, None),
        (-90, Some(-90)),
        (-31, Some(-90)),
        (-30, Some(-30)),
        (-8, Some(-30)),
        (-7, Some(-7)),
        (-1, Some(-7)),
        (0, Some(0)),
        (6, Some(0)),
        (7, Some(1)),
        (13, Some(1)),
        (14, Some(2)),
        (3639, Some(519)),
        (3640, Some(520)),
        (9999, Some(520)),
    ] {
        assert_eq!(at(days), step, "{days}");
    }
}

#[test]
fn steps_are_read_from_data_in_any_order() {
    let steps: Steps = toml::from_str("before_days = [7, 0, 90, 30, 7]\nrepeat_days = 7").unwrap();
    assert_eq!(steps, Steps::default());
    assert_eq!((steps.before_days(), steps.repeat_days()), (&[90, 30, 7][..], 7));
    assert!(toml::from_str::<Steps>("before_days = [7]\nrepeat_days = 0").is_err());
    assert!(toml::from_str::<Steps>("before_days = [7]\nrepeat = 7").is_err());
    let none: Steps = toml::from_str("before_days = []\nrepeat_days = 1").unwrap();
    let due_on = day(2026, 4, 1);
    assert_eq!(step_on(due_on, day(2026, 3, 31), &none), None);
    assert_eq!(next_step_date(due_on, day(2026, 3, 1), &none), Some(due_on));
}

#[test]
fn steps_have_names() {
    let names = |lang| [-30, 0, 3].map(|step| StepNo(step).name(lang));
    assert_eq!(names(Lang::Ja), ["保存期間の満了まで30日以内", "保存期間が満了", "期限超過・催促3回目"]);
    assert_eq!(names(Lang::En), ["Due within 30 days", "Due", "Overdue, reminder 3"]);
}

#[test]
fn thresholds_of_a_day_are_as_told() {
    let today = day(2026, 12, 1);
    let told: Vec<_> = thresholds(today, &Steps::default())
        .iter()
        .take(5)
        .map(|t| ((t.due_from - today).num_days(), (t.due_to - today).num_days(), t.step.0))
        .collect();
    assert_eq!(told, [(31, 90, -90), (8, 30, -30), (1, 7, -7), (-6, 0, 0), (-13, -7, 1)]);
    let oldest = *thresholds(today, &Steps::default()).last().unwrap();
    assert_eq!((oldest.due_from, oldest.step), (EARLIEST, StepNo(Steps::MAX_REPEATS)));
}

fn any_length() -> impl Strategy<Value = Length> {
    prop_oneof![
        (1..160_u32).prop_map(Length::Years),
        (1..200_u32).prop_map(Length::Months),
        (1..4000_u32).prop_map(Length::Days),
        Just(Length::None),
    ]
}

fn any_start() -> impl Strategy<Value = Start> {
    prop_oneof![
        Just(Start::Recorded),
        Just(Start::Received),
        Just(Start::FiscalYear),
        Just(Start::Date),
        Just(Start::Event(CONTRACT_ENDED.into())),
        Just(Start::CalendarNext(PENSION_PAYMENT.into())),
    ]
}

fn any_rule() -> impl Strategy<Value = RetentionRule> {
    (any_start(), any_length(), 0..400_u32, any::<bool>()).prop_map(|(start, length, grace_days, first)| {
        RetentionRule { grace_days, first_day_counts: first, ..rule(start, length) }
    })
}

fn any_steps() -> impl Strategy<Value = Steps> {
    (prop::collection::vec(0..400_u16, 0..5), 1..40_u16)
        .prop_map(|(before, every)| Steps::new(&before, NonZeroU16::new(every).unwrap()))
}

/// Everything that a rule can ask for, on one day.
fn all_on(date: NaiveDate) -> Facts {
    Facts {
        recorded_on: Some(date),
        received_on: Some(date),
        start_date: Some(date),
        ..happened(CONTRACT_ENDED, date)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_due_before_its_start(rule in any_rule(), date in any_day()) {
        let Due::On { starts_on, last_day, due_on, act_by, .. } = due(&rule, &all_on(date), &calendars()) else {
            return Err(TestCaseError::fail("everything is known"));
        };
        prop_assert!(date <= starts_on && starts_on <= due_on && due_on <= act_by);
        prop_assert_eq!(last_day.succ_opt(), Some(due_on));
        prop_assert_eq!((act_by - due_on).num_days(), i64::from(rule.grace_days));
        prop_assert_eq!(starts_on == due_on, rule.length == Length::None);
    }

    #[test]
    fn an_extension_never_shortens(rule in any_rule(), date in any_day(), until in any_day()) {
        let calendars = calendars();
        let plain = due(&rule, &all_on(date), &calendars).due_on().unwrap();
        let extended = Facts { extended_until: Some(until), ..all_on(date) };
        let extended = due(&rule, &extended, &calendars).due_on().unwrap();
        prop_assert_eq!(extended, plain.max(until.succ_opt().unwrap()));
    }

    #[test]
    fn what_comes_later_is_due_no_earlier(rule in any_rule(), date in any_day(), later in 0..2000_i64) {
        let calendars = calendars();
        let [first, second] = [date, date + TimeDelta::days(later)].map(|d| due(&rule, &all_on(d), &calendars));
        prop_assert!(first.due_on() <= second.due_on());
    }

    #[test]
    fn a_year_is_twelve_months(date in any_day(), years in 1..160_u32) {
        let [by_years, by_months] = [Length::Years(years), Length::Months(12 * years)]
            .map(|length| days(&rule(Start::Date, length), &given(date)));
        prop_assert_eq!(by_years, by_months);
    }

    #[test]
    fn a_step_never_goes_back_while_time_goes_by(
        steps in any_steps(), due_on in any_day(), from in -500..5000_i64, passed in 0..500_i64,
    ) {
        let today = due_on + TimeDelta::days(from);
        prop_assert!(step_on(due_on, today, &steps) <= step_on(due_on, today + TimeDelta::days(passed), &steps));
    }

    #[test]
    fn the_step_changes_on_the_next_step_date_and_not_before(
        steps in any_steps(), due_on in any_day(), from in -500..5000_i64,
    ) {
        let today = due_on + TimeDelta::days(from);
        let now = step_on(due_on, today, &steps);
        match next_step_date(due_on, today, &steps) {
            Some(next) => {
                prop_assert!(next > today);
                prop_assert_eq!(step_on(due_on, next.pred_opt().unwrap(), &steps), now);
                prop_assert!(step_on(due_on, next, &steps) > now);
            }
            None => prop_assert_eq!(now, Some(StepNo(Steps::MAX_REPEATS))),
        }
    }

    #[test]
    fn thresholds_agree_with_steps(steps in any_steps(), today in any_day(), off in -30_000..500_i64) {
        let due_on = today + TimeDelta::days(off);
        let thresholds = thresholds(today, &steps);
        let within: Vec<_> =
            thresholds.iter().filter(|t| (t.due_from..=t.due_to).contains(&due_on)).map(|t| t.step).collect();
        prop_assert_eq!(within, step_on(due_on, today, &steps).into_iter().collect::<Vec<_>>());
        // They come by growing step, one behind the other.
        for pair in thresholds.windows(2) {
            prop_assert!(pair[0].step < pair[1].step);
            prop_assert_eq!(pair[1].due_to.succ_opt(), Some(pair[0].due_from));
        }
    }
}
