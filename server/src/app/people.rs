//! People as recorded history: what is done about them, and what follows from it for the rows that every request is
//! judged by.
//!
//! An act loads the person's history, lets the rules decide, appends the events to every subject that they touch, and
//! works out anew what everybody concerned holds, in one transaction.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use hokan_domain::{
    authority::{
        Ending,
        appointment::{self, Appointing, Appointment, AppointmentEvent},
        credential::{self, Credential, CredentialEvent, Issuing},
        designation::{self, Designated, Designating, DesignationEvent},
        effects,
        staff::{self, Employment, Leaving, Staff, StaffEvent},
        validation::{self, Line, Validation, ValidationEvent},
    },
    ids::{AppointmentId, CredentialId, DesignationId, DivisionId, EventId, PersonId, ValidationId},
    japan_date::jst_date,
    ledger::entry::Entry,
    person::Person,
    personal_number::CheckedText,
    profile::{Profile, RoleId},
    refusal::Refusal,
};
use hokan_mobile_api::{Caller, Problem};

use super::{App, AppError, custody::read_division, journeys::told, people_views::PersonAnswer};
use crate::store::{StoreError, WriteTx, ledger::ActStamp, texts::NewTexts};

// ------------------------------------------------------------------------------------------ what is asked

/// Somebody to be designated or nominated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DesignateRequest {
    /// In which way, as the profile calls it.
    pub(crate) designation: String,
    /// For which division.
    pub(crate) division: Option<DivisionId>,
    /// The first day; today where none is given.
    pub(crate) from: Option<NaiveDate>,
    /// The last day.
    pub(crate) to: Option<NaiveDate>,
    /// What he is to do.
    pub(crate) duties: Option<CheckedText>,
}

/// That an entry is ended because a validation of the permission ledger found it to be wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Correction {
    /// Which validation.
    pub(crate) validation: ValidationId,
    /// What was wrong.
    pub(crate) note: CheckedText,
}

/// What is done about a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PersonAct {
    /// Record how he works for the body.
    Employ { employment: Employment, term_end: Option<NaiveDate>, information: Option<CheckedText> },
    /// Give him a role, or a post with the roles that the regulation gives to it.
    Appoint {
        role: Option<RoleId>,
        post: Option<CheckedText>,
        division: Option<DivisionId>,
        deputy_for: Option<PersonId>,
        from: Option<NaiveDate>,
        to: Option<NaiveDate>,
    },
    /// End an appointment after a day.
    EndAppointment {
        appointment: AppointmentId,
        last: NaiveDate,
        why: Ending,
        correction: Option<Correction>,
    },
    /// Name him for designation.
    Nominate(DesignateRequest),
    /// Designate him, after a nomination where there was one.
    Designate { nomination: Option<DesignationId>, request: DesignateRequest },
    /// Enter a designation in the book.
    Register { designation: DesignationId },
    /// Take note of a designation or its end.
    Acknowledge { designation: DesignationId },
    /// Turn a nomination or an application down.
    TurnDown { designation: DesignationId, reason: CheckedText },
    /// End a designation after a day.
    EndDesignation {
        designation: DesignationId,
        last: NaiveDate,
        why: Ending,
        note: Option<CheckedText>,
        correction: Option<Correction>,
    },
    /// Record that a credential was issued.
    IssueCredential { what: String, identifier: CheckedText, on: NaiveDate, exception: Option<CheckedText> },
    /// Record that it was registered where it is used.
    RegisterCredential { credential: CredentialId, on: NaiveDate, place: Option<CheckedText> },
    /// Record that it was taken back.
    RevokeCredential { credential: CredentialId, on: NaiveDate, note: Option<CheckedText> },
    /// Transfer or retirement: end all that he holds after a day, and sign-in with it.
    Leave { last: NaiveDate, why: Ending, note: Option<CheckedText> },
    /// Record that he is back.
    Resume,
}

impl PersonAct {
    /// The stable words, in the order of the acts.
    pub(crate) const CODES: [&str; 14] = [
        "employ",
        "appoint",
        "end-appointment",
        "nominate",
        "designate",
        "register",
        "acknowledge",
        "turn-down",
        "end-designation",
        "issue-credential",
        "register-credential",
        "revoke-credential",
        "leave",
        "resume",
    ];
}

// --------------------------------------------------------------------------------------------- what is done

/// What an act adds to one subject.
enum Step {
    Staff(Vec<StaffEvent>),
    Appointment(AppointmentId, Option<Appointment>, Vec<AppointmentEvent>),
    Designation(DesignationId, Option<Box<Designated>>, Vec<DesignationEvent>),
    Credential(CredentialId, Option<Credential>, Vec<CredentialEvent>),
    Validation(Validation, Vec<ValidationEvent>),
}

/// What the act is judged by.
struct Case<'a> {
    event: EventId,
    person: PersonId,
    whom: Person,
    actor: Person,
    staff: Option<Staff>,
    designations: Vec<Designated>,
    works_in: Option<DivisionId>,
    today: NaiveDate,
    profile: &'a Profile,
}

fn no(refusal: Refusal) -> AppError {
    AppError::Refused { refusal, item: None }
}

fn one_of<T: Clone>(all: &[T], is_it: impl Fn(&T) -> bool) -> Result<T, AppError> {
    all.iter().find(|one| is_it(one)).cloned().ok_or(AppError::NotFound)
}

/// The roles that are asked for: the one that is named, or those that the regulation gives to the post.
fn roles_of(
    role: Option<RoleId>,
    post: Option<&CheckedText>,
    profile: &Profile,
) -> Result<Vec<RoleId>, AppError> {
    let roles: Vec<RoleId> = match (role, post) {
        (Some(role), _) => profile.role(&role).into_iter().map(|role| role.id.clone()).collect(),
        (None, Some(post)) => {
            let held = profile.roles.iter().filter(|role| role.post.as_deref() == Some(post.as_str()));
            held.map(|role| role.id.clone()).collect()
        }
        (None, None) => Vec::new(),
    };
    if roles.is_empty() { Err(AppError::UnknownReference("role")) } else { Ok(roles) }
}

impl Case<'_> {
    /// The event that ends the entry is the correction that the validation names.
    async fn corrects(
        &self,
        tx: &WriteTx,
        line: Line,
        correction: Option<Correction>,
        texts: &mut NewTexts,
    ) -> Result<Option<Step>, AppError> {
        let Some(Correction { validation, note }) = correction else { return Ok(None) };
        let validation: Validation =
            tx.subject(validation.0).await?.ok_or(AppError::UnknownReference("validation"))?;
        let inspection = validation::inspections(self.profile)
            .find(|inspection| inspection.id == validation.inspection)
            .ok_or(AppError::UnknownReference("validation"))?;
        let corrected = Some((self.event, texts.add(&note)));
        let events = validation::look_at(&validation, inspection, line, corrected, &self.actor, self.profile)
            .map_err(no)?;
        Ok(Some(Step::Validation(validation, events)))
    }

    fn designation(&self, id: DesignationId) -> Result<Designated, AppError> {
        one_of(&self.designations, |one| one.id == id && one.person == self.person)
    }

    async fn designating(
        &self,
        tx: &WriteTx,
        nomination: Option<DesignationId>,
        request: DesignateRequest,
        texts: &mut NewTexts,
        nominates: bool,
    ) -> Result<Step, AppError> {
        let rules = &self.profile.designations;
        let rule = rules.iter().find(|rule| rule.id == request.designation);
        let designating = Designating {
            rule: rule.ok_or(AppError::UnknownReference("designation"))?,
            person: self.person,
            division: read_division(tx, request.division).await?,
            from: request.from.unwrap_or(self.today),
            to: request.to,
            duties: texts.add_optional(request.duties),
        };
        let around = designation::Around {
            whom: &self.whom,
            staff: self.staff.as_ref(),
            others: &self.designations,
            profile: self.profile,
            now: tx.now(),
        };
        if nominates {
            let works_there = self.works_in.is_some() && self.works_in == designating.division;
            let events = designation::nominate(&designating, works_there, &self.actor, around).map_err(no)?;
            return Ok(Step::Designation(self.event.into(), None, events));
        }
        let nominated = nomination.map(|id| self.designation(id)).transpose()?;
        let events =
            designation::designate(&designating, nominated.as_ref(), &self.actor, around).map_err(no)?;
        let id = nominated.as_ref().map_or_else(|| self.event.into(), |nominated| nominated.id);
        Ok(Step::Designation(id, nominated.map(Box::new), events))
    }

    async fn decide(
        &self,
        tx: &mut WriteTx,
        act: PersonAct,
        texts: &mut NewTexts,
    ) -> Result<Vec<Step>, AppError> {
        let Self { event, person, whom, actor, staff, today, profile, .. } = self;
        let (today, today_said) = (*today, Some(*today));
        let in_force: Vec<Designated> = self
            .designations
            .iter()
            .filter(|one| one.person == *person && one.stands_on(today))
            .cloned()
            .collect();
        Ok(match act {
            PersonAct::Employ { employment, term_end, information } => {
                let information = texts.add_optional(information);
                let events =
                    staff::employ(employment, term_end, information, whom, actor, profile).map_err(no)?;
                vec![Step::Staff(events)]
            }
            PersonAct::Appoint { role, post, division, deputy_for, from, to } => {
                let appointing = Appointing {
                    person: *person,
                    roles: roles_of(role, post.as_ref(), profile)?,
                    post: texts.add_optional(post),
                    division: read_division(tx, division).await?,
                    deputy_for,
                    from: from.unwrap_or(today),
                    to,
                };
                let principal = match deputy_for {
                    Some(id) => {
                        let known = tx.person(id).await?;
                        Some(known.ok_or(AppError::UnknownReference("deputy_for"))?.person)
                    }
                    None => None,
                };
                let around = appointment::Around {
                    whom,
                    principal: principal.as_ref(),
                    staff: staff.as_ref(),
                    actor: Some(actor),
                    today: today_said,
                    profile,
                };
                let events = appointment::appoint(&appointing, around).map_err(no)?;
                vec![Step::Appointment((*event).into(), None, events)]
            }
            PersonAct::EndAppointment { appointment, last, why, correction } => {
                let known =
                    one_of(&tx.subjects_of::<Appointment>(*person).await?, |one| one.id == appointment)?;
                let corrected = self.corrects(tx, Line::Appointment(known.id), correction, texts).await?;
                let today = today_said.filter(|_| corrected.is_none());
                let events = appointment::end(&known, last, why, Some(actor), today, profile).map_err(no)?;
                let mut steps = vec![Step::Appointment(known.id, Some(known), events)];
                steps.extend(corrected);
                steps
            }
            PersonAct::Nominate(request) => {
                vec![self.designating(tx, None, request, texts, true).await?]
            }
            PersonAct::Designate { nomination, request } => {
                vec![self.designating(tx, nomination, request, texts, false).await?]
            }
            PersonAct::Register { designation } => {
                let known = self.designation(designation)?;
                let events = designation::register(&known, whom, actor, profile, tx.now()).map_err(no)?;
                vec![Step::Designation(known.id, Some(Box::new(known)), events)]
            }
            PersonAct::Acknowledge { designation } => {
                let known = self.designation(designation)?;
                let events = designation::acknowledge(&known, actor, profile).map_err(no)?;
                vec![Step::Designation(known.id, Some(Box::new(known)), events)]
            }
            PersonAct::TurnDown { designation, reason } => {
                let known = self.designation(designation)?;
                let events =
                    designation::turn_down(&known, texts.add(&reason), actor, profile).map_err(no)?;
                vec![Step::Designation(known.id, Some(Box::new(known)), events)]
            }
            PersonAct::EndDesignation { designation, last, why, note, correction } => {
                let known = self.designation(designation)?;
                let corrected = self.corrects(tx, Line::Designation(known.id), correction, texts).await?;
                let (today, note) = (today_said.filter(|_| corrected.is_none()), texts.add_optional(note));
                let events = designation::end(&known, last, why, note, actor, today, profile).map_err(no)?;
                let mut steps = vec![Step::Designation(known.id, Some(Box::new(known)), events)];
                steps.extend(corrected);
                steps
            }
            PersonAct::IssueCredential { what, identifier, on, exception } => {
                let what = profile.credentials.kinds.iter().find(|kind| kind.id == what);
                let issuing = Issuing {
                    person: *person,
                    what: what.ok_or(AppError::UnknownReference("what"))?,
                    identifier: texts.add(&identifier),
                    on,
                    exception: texts.add_optional(exception),
                };
                let events = credential::issue(&issuing, &in_force, actor, profile).map_err(no)?;
                vec![Step::Credential((*event).into(), None, events)]
            }
            PersonAct::RegisterCredential { credential, on, place } => {
                let known =
                    one_of(&tx.subjects_of::<Credential>(*person).await?, |one| one.id == credential)?;
                let place = texts.add_optional(place);
                let events =
                    credential::register(&known, on, place, &in_force, actor, profile).map_err(no)?;
                vec![Step::Credential(known.id, Some(known), events)]
            }
            PersonAct::RevokeCredential { credential, on, note } => {
                let known =
                    one_of(&tx.subjects_of::<Credential>(*person).await?, |one| one.id == credential)?;
                let note = texts.add_optional(note);
                let events = credential::revoke(&known, on, note, &in_force, actor, profile).map_err(no)?;
                vec![Step::Credential(known.id, Some(known), events)]
            }
            PersonAct::Leave { last, why, note } => {
                let note = texts.add_optional(note);
                let events =
                    staff::leave(staff.as_ref(), Leaving { last, why, note }, whom, actor, today, profile)
                        .map_err(no)?;
                self.end_everything(tx, events, last, why).await?
            }
            PersonAct::Resume => {
                vec![Step::Staff(staff::resume(staff.as_ref(), whom, actor, profile).map_err(no)?)]
            }
        })
    }

    /// Transfer or retirement in one act: he leaves, and with that his posts and roles end, those of his deputies in
    /// his place, and his designations.
    async fn end_everything(
        &self,
        tx: &WriteTx,
        left: Vec<StaffEvent>,
        last: NaiveDate,
        why: Ending,
    ) -> Result<Vec<Step>, AppError> {
        let by = self.actor.id;
        let mut steps = vec![Step::Staff(left)];
        for one in tx.every_subject::<Appointment>().await? {
            let his = one.person == self.person || one.deputy_for == Some(self.person);
            if let Some(ended) = appointment::end_with_person(&one, last, why, by).filter(|_| his) {
                steps.push(Step::Appointment(one.id, Some(one), vec![ended]));
            }
        }
        for one in self.designations.iter().filter(|one| one.person == self.person) {
            if let Some(ended) = designation::end_with_person(one, last, why, by, self.profile) {
                steps.push(Step::Designation(one.id, Some(Box::new(one.clone())), vec![ended]));
            }
        }
        Ok(steps)
    }
}

async fn append(
    tx: &mut WriteTx,
    stamp: &ActStamp,
    case: &Case<'_>,
    step: Step,
) -> Result<Vec<Entry>, StoreError> {
    Ok(match step {
        Step::Staff(events) => {
            for event in &events {
                if let StaffEvent::Left { last, .. } = event {
                    tx.end_old_holdings(case.person, None, *last).await?;
                }
            }
            tx.append_to(stamp, case.person.0, case.staff.clone(), &events).await?.1
        }
        Step::Appointment(id, before, events) => tx.append_to(stamp, id.0, before, &events).await?.1,
        Step::Designation(id, before, events) => {
            tx.append_to(stamp, id.0, before.map(|before| *before), &events).await?.1
        }
        Step::Credential(id, before, events) => tx.append_to(stamp, id.0, before, &events).await?.1,
        Step::Validation(before, events) => tx.append_to(stamp, before.id.0, Some(before), &events).await?.1,
    })
}

/// Everybody whose rows an act may have changed beside the person himself.
fn others_touched(steps: &[Step], person: PersonId) -> BTreeSet<PersonId> {
    let appointed = steps.iter().filter_map(|step| match step {
        Step::Appointment(_, Some(before), _) if before.person != person => Some(before.person),
        _ => None,
    });
    appointed.collect()
}

impl App {
    /// Does one act about a person.
    ///
    /// # Errors
    /// A refusal, `not-found`, `unknown-reference`, `event-id-reused`.
    pub(crate) async fn act_on_person(
        &self,
        caller: &Caller,
        person: PersonId,
        event: EventId,
        act: PersonAct,
    ) -> Result<PersonAnswer, Problem> {
        let mut stamp = self.stamp(caller, event, &format!("{person} {act:?}"));
        let app = self.clone();
        let by = caller.person.id;
        let proven = self.must_be_proven(caller).is_ok();
        let done = self
            .store()
            .write("person.act", move |tx| {
                Box::pin(async move {
                    let known = tx.person(person).await?.ok_or(AppError::NotFound)?;
                    let entries = tx.first_outcome(&stamp).await?;
                    if !entries.is_empty() {
                        return Ok((entries, true));
                    }
                    let today = jst_date(tx.now());
                    let profile = app.profile_on(today);
                    stamp.profile = profile.digest;
                    let actor = tx.person(by).await?.ok_or(AppError::Unauthenticated)?;
                    tx.must_be_free(event.0).await?;
                    let case = Case {
                        event,
                        person,
                        whom: known.person,
                        works_in: actor.division,
                        actor: actor.person,
                        staff: tx.subject(person.0).await?,
                        designations: tx.every_subject().await?,
                        today,
                        profile: &profile,
                    };
                    let mut texts = NewTexts::new(tx);
                    let steps = Box::pin(case.decide(tx, act, &mut texts)).await?;
                    // After the rules: nobody is asked to prove himself for what he may not do anyway.
                    if !proven {
                        return Err(AppError::Unproven);
                    }
                    tx.keep_texts(texts).await?;
                    let others = others_touched(&steps, person);
                    let mut entries = Vec::new();
                    for step in steps {
                        entries.extend(append(tx, &stamp, &case, step).await?);
                    }
                    take_authority(tx, person).await?;
                    for other in others {
                        take_authority(tx, other).await?;
                    }
                    // Whoever may not act any more is signed out at once; from the day after his last day on his
                    // session opens nothing, and nobody signs in.
                    let now = tx.person(person).await?.ok_or(AppError::NotFound)?;
                    if !now.person.active {
                        tx.end_sessions_of(person, None).await?;
                    }
                    Ok((entries, false))
                })
            })
            .await;
        let (entries, repeated) = match done {
            Ok(done) => done,
            Err(error) => return Err(self.problem(caller, error).await),
        };
        let (seq, recorded_at) = told(&entries, caller.lang)?;
        let person = self.record_of(caller, person).await?;
        Ok(PersonAnswer { event_id: event, seq, recorded_at, repeated, person })
    }
}

// ------------------------------------------------------------------------------------------ what follows

/// Works out anew what a person and his deputies hold and until when they serve, and writes it into the rows. To be
/// called in the transaction that changed anything of it.
///
/// # Errors
/// Where the database fails or a row cannot be read.
pub(super) async fn take_authority(tx: &mut WriteTx, person: PersonId) -> Result<(), StoreError> {
    take_own(tx, person).await?;
    let mut deputies = BTreeSet::new();
    for appointment in tx.every_subject::<Appointment>().await? {
        if appointment.deputy_for == Some(person) {
            deputies.insert(appointment.person);
        }
    }
    for deputy in deputies {
        take_own(tx, deputy).await?;
    }
    Ok(())
}

async fn take_own(tx: &mut WriteTx, person: PersonId) -> Result<(), StoreError> {
    let staff: Option<Staff> = tx.subject(person.0).await?;
    let appointments = tx.subjects_of::<Appointment>(person).await?;
    let designations = tx.subjects_of::<Designated>(person).await?;
    let principals: Vec<PersonId> =
        appointments.iter().filter_map(|appointment| appointment.deputy_for).collect();
    let principals = tx.own_holdings(&principals).await?;
    let term_end = staff.as_ref().and_then(|staff| staff.term_end);
    let left_on = staff.as_ref().and_then(|staff| staff.left.as_ref()).map(|left| left.last);
    let effects = effects(staff.as_ref(), &appointments, &designations, &principals);
    tx.set_authority(person, term_end, left_on, &effects).await
}
