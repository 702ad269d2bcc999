//! The daily sweep: flags what has to go, and says nothing twice. It erases nothing.
//!
//! A flag is a function of due date and day, so one sweep makes up for any number that were missed. It is
//! one statement a step, each in a transaction of its own; a sweep that was cut off goes on where it stopped,
//! and one that is run again finds nothing.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use hokan_domain::{japan_date::jst_date, retention::StepNo};

use super::lease::Lease;
use crate::{
    app::{App, tell_flagged},
    store::{
        StoreError,
        retention::{SweepPlan, steps},
    },
};

/// The job's name, under which its lease and its last day are kept.
pub const JOB: &str = "purge";

/// When the sweep runs each day unless the body sets another time: while nobody works, after midnight.
pub const PURGE_AT: NaiveTime = match NaiveTime::from_hms_opt(1, 0, 0) {
    Some(time) => time,
    None => NaiveTime::MIN,
};

/// What a sweep did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SweepReport {
    /// The day that it was made for.
    pub day: NaiveDate,
    /// How many flags were raised to each step.
    pub flagged: BTreeMap<StepNo, u64>,
    /// How many of these were not flagged as due before.
    pub newly_due: u64,
    /// How many items bear something whose period is over, apart from those on hold.
    pub overdue_total: u64,
    /// How many of these are late: the last day on which their going was in time has passed.
    pub late_total: u64,
    /// Whether another server was at it, and this one left it to that.
    pub skipped_because_leased: bool,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// How many due dates were computed again first, since rules or calendars had changed.
    pub recomputed: Option<u64>,
    /// Whether due dates wait to be computed again, so that a run may flag others than this dry one says.
    pub dues_outdated: bool,
    /// The days before this one for which no sweep was made.
    pub missed_days: u64,
}

impl SweepReport {
    /// How many flags were raised.
    #[must_use]
    pub fn flagged_total(&self) -> u64 {
        self.flagged.values().sum()
    }

    fn plan(plan: &SweepPlan) -> Self {
        let mut report =
            Self { day: plan.day, overdue_total: plan.overdue, late_total: plan.late, ..Self::default() };
        for raise in &plan.raises {
            report.raised(raise.threshold.step, raise.reminder, raise.rows);
        }
        report
    }

    fn raised(&mut self, step: StepNo, reminder: bool, rows: u64) {
        if rows > 0 {
            *self.flagged.entry(step).or_default() += rows;
        }
        if step >= StepNo(0) && !reminder {
            self.newly_due += rows;
        }
    }
}

/// The last day whose time of the sweep has come.
fn owed(now: DateTime<Utc>, purge_at: NaiveTime) -> NaiveDate {
    jst_date(now - (purge_at - NaiveTime::MIN))
}

/// Sweeps if the day's time has come and nobody has swept for it yet, and keeps due dates in step with rules
/// and calendars, one of which may come into force at midnight. None where there was nothing to do.
///
/// # Errors
/// Where the store fails.
pub async fn when_due(app: &App, purge_at: NaiveTime) -> Result<Option<SweepReport>, StoreError> {
    let day = owed(app.store().clock().now(), purge_at);
    let last = app.store().job_run(JOB).await?;
    if last.is_none_or(|last| last.last_day < day) {
        let report = run(app, Some(day), false).await?;
        return Ok((!report.skipped_because_leased).then_some(report));
    }
    if app.dues_outdated().await?
        && let Some(mut lease) = Lease::take(app.store(), JOB).await?
    {
        app.keep_dues_current(Some(&mut lease)).await?;
        lease.end().await?;
    }
    Ok(None)
}

/// Sweeps for a day, today if none is given. A dry run writes nothing and says what a run would do.
///
/// # Errors
/// Where the store fails. What was flagged until then stays flagged, and the next sweep does the rest.
pub async fn run(app: &App, as_of: Option<NaiveDate>, dry_run: bool) -> Result<SweepReport, StoreError> {
    let store = app.store();
    let day = as_of.unwrap_or_else(|| jst_date(store.clock().now()));
    if dry_run {
        let plan = store.sweep_plan(day, &steps(&app.profile().retention.escalation)).await?;
        let dues_outdated = app.dues_outdated().await?;
        return Ok(SweepReport { dry_run, dues_outdated, ..SweepReport::plan(&plan) });
    }
    let Some(mut lease) = Lease::take(store, JOB).await? else {
        tracing::debug!(%day, "another server sweeps");
        return Ok(SweepReport { day, skipped_because_leased: true, ..SweepReport::default() });
    };
    let last = store.job_run(JOB).await?;
    let recomputed = app.keep_dues_current(Some(&mut lease)).await?;
    let plan = store.sweep_plan(day, &steps(&app.profile().retention.escalation)).await?;
    let missed = last.map_or(0, |last| (day - last.last_day).num_days() - 1);
    let mut report = SweepReport {
        recomputed,
        missed_days: u64::try_from(missed).unwrap_or(0),
        ..SweepReport::plan(&SweepPlan { raises: Vec::new(), ..plan })
    };
    for raise in plan.raises {
        let mut reached = None;
        loop {
            let (rows, until) = store.raise_flags(raise, day, reached).await?;
            report.raised(raise.threshold.step, raise.reminder, rows);
            if !lease.keep().await? {
                return Ok(SweepReport { skipped_because_leased: true, ..report });
            }
            match until {
                Some(until) => reached = Some(until),
                None => break,
            }
        }
    }
    let summary = report.to_string();
    let flagged = report.flagged.clone();
    let origin = app.config().public_url.clone();
    store
        .write("purge.finish", move |tx| {
            Box::pin(async move {
                tell_flagged(tx, day, &flagged, &origin).await?;
                tx.finish_job(JOB, day).await?;
                tx.audit(None, "purge-swept", day, summary).await
            })
        })
        .await?;
    lease.end().await?;
    if report.missed_days > 0 {
        tracing::warn!(%day, missed = report.missed_days, "days without a sweep were made up for");
    }
    tracing::info!(
        %day,
        flagged = report.flagged_total(),
        newly_due = report.newly_due,
        overdue = report.overdue_total,
        late = report.late_total,
        "swept"
    );
    Ok(report)
}

impl std::fmt::Display for SweepReport {
    /// For logs and the audit: numbers alone.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "flagged {}, newly due {}, overdue {}, late {}",
            self.flagged_total(),
            self.newly_due,
            self.overdue_total,
            self.late_total
        )?;
        for (step, rows) in &self.flagged {
            write!(f, ", step {}: {rows}", step.0)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_owed_from_its_hour_on_in_japan() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().expect("a moment");
        let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
        // 00:59 and 01:00 on 2 April in Japan.
        assert_eq!(owed(at("2026-04-01T15:59:59Z"), PURGE_AT), day("2026-04-01"));
        assert_eq!(owed(at("2026-04-01T16:00:00Z"), PURGE_AT), day("2026-04-02"));
        assert_eq!(owed(at("2026-04-01T15:00:00Z"), NaiveTime::MIN), day("2026-04-02"));
    }
}
