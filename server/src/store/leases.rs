//! Leases, by which of several servers one runs a job, and when each job last ran.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter,
    sea_query::{Expr, OnConflict},
};
use uuid::Uuid;

use super::{
    Store, StoreError, WriteTx,
    entity::{job_run, lease},
    ledger::time,
    subjects::{day_number, day_of},
};

/// When a job last ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobRun {
    /// The last day that it was run for.
    pub last_day: NaiveDate,
    /// When it ended.
    pub finished_at: DateTime<Utc>,
}

impl WriteTx {
    /// Takes a lease, or prolongs one's own. `false` where somebody else has it.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn take_lease(
        &mut self,
        name: &str,
        holder: Uuid,
        span: TimeDelta,
    ) -> Result<bool, StoreError> {
        let now = self.now();
        let row = lease::ActiveModel {
            name: Set(name.to_owned()),
            holder: Set(holder),
            until: Set((now + span).timestamp_millis()),
        };
        // In an upsert both rows have these columns, so each is named with its table.
        let known = |column: lease::Column| Expr::col((lease::Entity, column));
        let mut free_or_own = OnConflict::column(lease::Column::Name);
        free_or_own.update_columns([lease::Column::Holder, lease::Column::Until]).action_and_where(
            known(lease::Column::Until)
                .lte(now.timestamp_millis())
                .or(known(lease::Column::Holder).eq(holder)),
        );
        let taken =
            lease::Entity::insert(row).on_conflict(free_or_own).exec_without_returning(self.write()).await?;
        Ok(taken > 0)
    }

    /// Gives a lease back, where it is still one's own.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn end_lease(&mut self, name: &str, holder: Uuid) -> Result<(), StoreError> {
        lease::Entity::delete_many()
            .filter(Condition::all().add(lease::Column::Name.eq(name)).add(lease::Column::Holder.eq(holder)))
            .exec(self.write())
            .await?;
        Ok(())
    }

    /// Notes that a job was run for a day. A later day that it was run for already stays.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn finish_job(&mut self, name: &str, day: NaiveDate) -> Result<(), StoreError> {
        let row = job_run::ActiveModel {
            name: Set(name.to_owned()),
            last_day: Set(day_number(day)),
            finished_at: Set(self.now().timestamp_millis()),
        };
        let mut on_conflict = OnConflict::column(job_run::Column::Name);
        on_conflict
            .update_columns([job_run::Column::LastDay, job_run::Column::FinishedAt])
            .action_and_where(Expr::col((job_run::Entity, job_run::Column::LastDay)).lte(day_number(day)));
        job_run::Entity::insert(row).on_conflict(on_conflict).exec_without_returning(self.write()).await?;
        Ok(())
    }
}

impl Store {
    /// When a job last ran; none where it never did.
    ///
    /// # Errors
    /// Where the database fails or the row cannot be read.
    pub async fn job_run(&self, name: &str) -> Result<Option<JobRun>, StoreError> {
        let Some(row) = job_run::Entity::find_by_id(name).one(&self.reader).await? else { return Ok(None) };
        Ok(Some(JobRun {
            last_day: day_of(row.last_day),
            finished_at: time("job_run", "finished_at", name, row.finished_at)?,
        }))
    }
}
