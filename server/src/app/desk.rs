//! What only the desk asks for, each with the part that it needs.

use std::sync::Arc;

use chrono::NaiveDate;
use hokan_domain::{
    calendar::Calendar,
    ids::EventId,
    japan_date::jst_date,
    person::Part,
    profile::{Mistake, Profile, ProfileErrors},
    refusal::Reason,
    text::Lang,
};
use hokan_mobile_api::{Caller, Problem, ProblemCode};

use super::{
    AdoptError, App, AppError,
    retention::{CalendarEdit, CalendarError},
    store_problem,
};
use crate::jobs::purge::{self, SweepReport};

impl App {
    /// Refuses whoever plays neither this part nor one of the others; the refusal names this one.
    pub(super) async fn must_play(
        &self,
        caller: &Caller,
        part: Part,
        others: &[Part],
    ) -> Result<(), Problem> {
        if caller.person.is(part) || others.iter().any(|part| caller.person.is(*part)) {
            return Ok(());
        }
        let error = AppError::reason(Reason::PartMissing { part }, &self.profile());
        Err(self.problem(caller, error).await)
    }

    /// Sets one of the numbers that the regulation leaves to the body, from today on. For administrators.
    ///
    /// # Errors
    /// `part-missing`, `second-factor-needed`, `unknown-reference` (`value`), `bad-request-body` (`number`),
    /// `event-id-reused`.
    pub(crate) async fn set_value(
        &self,
        caller: &Caller,
        value: &str,
        number: u32,
        event: Option<EventId>,
    ) -> Result<Arc<Profile>, Problem> {
        self.must_play(caller, Part::Administrator, &[]).await?;
        self.must_be_proven(caller)?;
        let lang = caller.lang;
        if self.profile().value(value).is_none() {
            return Err(Problem::new(ProblemCode::UnknownReference, lang).with_field("value"));
        }
        let store = self.store();
        let act = event.unwrap_or_else(|| EventId(store.entropy().id(store.clock().now())));
        match self.set_profile_value(value, number, caller.person.id, act).await {
            Ok(profile) => Ok(profile),
            Err(AdoptError::Refused(mistakes)) => Err(out_of_range(&mistakes, lang)),
            Err(AdoptError::Store(error)) => Err(store_problem(&error, lang)),
            Err(error @ AdoptError::Unknown(_)) => Err(Problem::internal(lang, &error)),
        }
    }

    /// Sweeps for a day, today if none is given. For the custodian and administrators.
    ///
    /// # Errors
    /// `part-missing`; `bad-request-body` (`as_of`) where a day that has not come is to be swept for in earnest.
    pub(crate) async fn sweep(
        &self,
        caller: &Caller,
        as_of: Option<NaiveDate>,
        dry_run: bool,
    ) -> Result<SweepReport, Problem> {
        self.must_play(caller, Part::Custodian, &[Part::Administrator]).await?;
        let lang = caller.lang;
        let today = jst_date(self.store().clock().now());
        // A flag is what people were told, and nobody can be told of a day that has not come.
        if !dry_run && as_of.is_some_and(|day| day > today) {
            let detail = lang.pick(
                "まだ来ていない日については試行（dry_run）だけができます。",
                "Only a dry run looks at a day that has not come.",
            );
            let problem = Problem::new(ProblemCode::BadRequestBody, lang);
            return Err(problem.with_detail(detail).with_field("as_of"));
        }
        purge::run(self, as_of, dry_run).await.map_err(|error| store_problem(&error, lang))
    }

    /// A calendar, as it is with what the body changed in it.
    ///
    /// # Errors
    /// `not-found`.
    pub(crate) async fn calendar_for(&self, caller: &Caller, name: &str) -> Result<Calendar, Problem> {
        self.calendar(name).await.map_err(|error| calendar_problem(&error, caller.lang))
    }

    /// Marks a day of a calendar, or takes its mark away. Returns how many due dates moved; none where nothing
    /// had to change. For administrators.
    ///
    /// # Errors
    /// `part-missing`, `not-found`.
    pub(crate) async fn mark_calendar(
        &self,
        caller: &Caller,
        name: &str,
        day: NaiveDate,
        edit: CalendarEdit,
    ) -> Result<Option<u64>, Problem> {
        self.must_play(caller, Part::Administrator, &[]).await?;
        match self.edit_calendar(name, day, edit, Some(caller.person.id)).await {
            Ok(moved) => Ok(Some(moved)),
            Err(CalendarError::There(_) | CalendarError::NotThere(_)) => Ok(None),
            Err(error) => Err(calendar_problem(&error, caller.lang)),
        }
    }
}

fn calendar_problem(error: &CalendarError, lang: Lang) -> Problem {
    match error {
        CalendarError::Unknown { .. } => Problem::new(ProblemCode::NotFound, lang),
        CalendarError::Store(error) => store_problem(error, lang),
        CalendarError::There(_) | CalendarError::NotThere(_) => Problem::internal(lang, error),
    }
}

/// Says what the number must be, and not what was sent.
fn out_of_range(mistakes: &ProfileErrors, lang: Lang) -> Problem {
    let bounds = mistakes.0.iter().find_map(|mistake| match mistake.kind {
        Mistake::OutOfRange { least, most, .. } => Some((least, most)),
        _ => None,
    });
    let problem = Problem::new(ProblemCode::BadRequestBody, lang).with_field("number");
    match bounds {
        Some((least, most)) => problem.with_detail(lang.pick(
            format!("この数は{least}から{most}までです。"),
            format!("This number lies between {least} and {most}."),
        )),
        None => problem.with_detail(lang.pick(
            "この数では規程のほかの定めが成り立ちません。別の数を入れてください。",
            "With this number something else in the regulation cannot stand. Choose another one.",
        )),
    }
}
