//! Acts that are worth a second look at who does them: a second factor, shown within the last minutes.

use chrono::TimeDelta;
use hokan_mobile_api::{Caller, Problem, ProblemCode};

use super::App;

/// How long a shown factor counts.
pub(crate) const PROOF_LASTS: TimeDelta = TimeDelta::minutes(5);

impl App {
    /// Refuses whoever has not shown a second factor within the last five minutes.
    ///
    /// # Errors
    /// `second-factor-needed`.
    pub(crate) fn must_be_proven(&self, caller: &Caller) -> Result<(), Problem> {
        let now = self.store().clock().now();
        if caller.proven_at.is_some_and(|at| now.signed_duration_since(at) <= PROOF_LASTS) {
            return Ok(());
        }
        Err(Problem::new(ProblemCode::SecondFactorNeeded, caller.lang))
    }
}
