use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::now;
use crate::retry::{
    Disable, Health, LONGEST_ASKED_FOR, MOST_ATTEMPTS, Next, Outcome, Patience, SCHEDULE, next,
};

#[test]
fn the_schedule_is_the_recommended_one() {
    let mut since_start = TimeDelta::zero();
    let times: Vec<String> = (0..)
        .map_while(|failed| match next(failed, 0, None) {
            Next::After(delay) => {
                since_start += delay;
                let seconds = since_start.num_seconds();
                Some(format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60))
            }
            Next::GivesUp => None,
        })
        .collect();
    // The table "Example retry schedule".
    let expected = [
        "00:00:00", "00:00:05", "00:05:05", "00:35:05", "02:35:05", "07:35:05", "17:35:05", "31:35:05",
        "51:35:05", "75:35:05",
    ];
    assert_eq!(times, expected);
    assert_eq!(times.len(), usize::try_from(MOST_ATTEMPTS).unwrap());
}

#[test]
fn after_the_last_attempt_it_gives_up() {
    assert_ne!(next(MOST_ATTEMPTS - 1, 0, None), Next::GivesUp);
    for failed in [MOST_ATTEMPTS, MOST_ATTEMPTS + 1, u32::MAX] {
        assert_eq!(next(failed, 0, None), Next::GivesUp);
        // Not even where the receiver asks for another.
        assert_eq!(next(failed, u32::MAX, Some(TimeDelta::minutes(1))), Next::GivesUp);
    }
}

#[test]
fn what_the_receiver_asks_for_only_makes_it_longer() {
    assert_eq!(next(1, 0, Some(TimeDelta::minutes(10))), Next::After(TimeDelta::minutes(10)));
    assert_eq!(next(3, 0, Some(TimeDelta::minutes(10))), Next::After(TimeDelta::minutes(30)));
    assert_eq!(next(1, 0, Some(TimeDelta::days(365))), Next::After(LONGEST_ASKED_FOR));
    assert_eq!(next(1, 0, Some(TimeDelta::seconds(-5))), Next::After(TimeDelta::seconds(5)));
}

/// What becomes of an endpoint over these outcomes, each so many hours after the first.
fn course(outcomes: &[(i64, Outcome)]) -> (Health, Option<Disable>) {
    outcomes.iter().fold((Health::default(), None), |(health, disable), (hours, outcome)| {
        assert_eq!(disable, None, "it was to be disabled before");
        health.after(*outcome, now() + TimeDelta::hours(*hours), Patience::default())
    })
}

#[test]
fn an_endpoint_that_says_gone_is_disabled_at_once() {
    assert_eq!(course(&[(0, Outcome::Delivered), (1, Outcome::Gone)]).1, Some(Disable::Gone));
}

#[test]
fn an_endpoint_is_disabled_after_messages_in_a_row_were_given_up() {
    let (_, disable) = course(&[(0, Outcome::Exhausted), (1, Outcome::Failed), (2, Outcome::Exhausted)]);
    assert_eq!(disable, None);
    let (_, disable) = course(&[(0, Outcome::Exhausted), (1, Outcome::Exhausted), (2, Outcome::Exhausted)]);
    assert_eq!(disable, Some(Disable::Exhausted { messages: 3 }));
    // One success begins the count anew.
    let (health, disable) = course(&[
        (0, Outcome::Exhausted),
        (1, Outcome::Exhausted),
        (2, Outcome::Delivered),
        (3, Outcome::Exhausted),
    ]);
    assert_eq!((health.exhausted, disable), (1, None));
}

#[test]
fn an_endpoint_is_disabled_when_everything_failed_for_five_days() {
    assert_eq!(course(&[(0, Outcome::Failed), (119, Outcome::Failed)]).1, None);
    let (health, disable) = course(&[(0, Outcome::Failed), (60, Outcome::Failed), (120, Outcome::Failed)]);
    assert_eq!(disable, Some(Disable::Failing { since: now() }));
    assert_eq!(health.failing_since, Some(now()));
    let (_, disable) = course(&[(0, Outcome::Failed), (60, Outcome::Delivered), (120, Outcome::Failed)]);
    assert_eq!(disable, None);
}

#[test]
fn a_clock_that_is_set_back_does_not_prolong_it() {
    let (health, _) = Health::default().after(Outcome::Failed, now(), Patience::default());
    let earlier = now() - TimeDelta::days(30);
    let (health, disable) = health.after(Outcome::Failed, earlier, Patience::default());
    assert_eq!((health.failing_since, disable), (Some(earlier), None));
}

#[test]
fn how_an_endpoint_has_been_doing_can_be_kept() {
    let health = Health { exhausted: 2, failing_since: Some(now()) };
    let kept = serde_json::to_string(&health).unwrap();
    assert_eq!(kept, r#"{"exhausted":2,"failing_since":"2026-11-23T00:30:00Z"}"#);
    assert_eq!(serde_json::from_str::<Health>(&kept).unwrap(), health);
    let why = serde_json::to_string(&Disable::Exhausted { messages: 3 }).unwrap();
    assert_eq!(why, r#"{"reason":"exhausted","messages":3}"#);
}

fn delay(failed: u32, jitter: u32, asked_for: Option<TimeDelta>) -> TimeDelta {
    match next(failed, jitter, asked_for) {
        Next::After(delay) => delay,
        Next::GivesUp => panic!("gives up after {failed}"),
    }
}

proptest! {
    #[test]
    fn a_later_attempt_never_waits_less(failed in 1..MOST_ATTEMPTS - 1, earlier: u32, later: u32) {
        prop_assert!(delay(failed, earlier, None) <= delay(failed + 1, later, None));
    }

    #[test]
    fn a_delay_is_the_schedules_and_up_to_a_fifth(failed in 1..MOST_ATTEMPTS, jitter: u32) {
        let planned = SCHEDULE[usize::try_from(failed - 1).unwrap()];
        let found = delay(failed, jitter, None);
        prop_assert!(planned <= found && found <= planned * 6 / 5);
    }

    #[test]
    fn more_chance_never_makes_it_shorter(failed in 1..MOST_ATTEMPTS, a: u32, b: u32) {
        prop_assert!(delay(failed, a.min(b), None) <= delay(failed, a.max(b), None));
    }

    #[test]
    fn nothing_waits_longer_than_a_day_and_a_fifth(
        failed in 0..MOST_ATTEMPTS,
        jitter: u32,
        asked_for in proptest::option::of(-10_i64..100_000_000),
    ) {
        let found = delay(failed, jitter, asked_for.map(TimeDelta::seconds));
        prop_assert!(TimeDelta::zero() <= found && found <= TimeDelta::minutes(28 * 60 + 48));
    }

    /// Whatever happens in whatever order at whatever time, nothing overflows, and an endpoint whose last
    /// attempt succeeded is never disabled.
    #[test]
    fn an_endpoint_that_answers_is_kept(
        outcomes in proptest::collection::vec((0..4_u8, 0..10_000_000_000_i64), 1..40),
    ) {
        let mut health = Health::default();
        for (outcome, seconds) in outcomes {
            let outcome = match outcome {
                0 => Outcome::Delivered,
                1 => Outcome::Failed,
                2 => Outcome::Exhausted,
                _ => Outcome::Gone,
            };
            let at: DateTime<Utc> = DateTime::from_timestamp(seconds, 0).unwrap();
            let (after, disable) = health.after(outcome, at, Patience::default());
            if outcome == Outcome::Delivered {
                prop_assert_eq!((after, disable), (Health::default(), None));
            }
            if outcome == Outcome::Gone {
                prop_assert_eq!(disable, Some(Disable::Gone));
            }
            health = after;
        }
    }
}
