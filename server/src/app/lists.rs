//! Lists that only pages show: whom else there is, what contradicts the register, what has to go.

use chrono::{DateTime, NaiveDate, Utc};
use hokan_domain::{
    approval::deciding,
    carry_out::CarryOut,
    custody::{self, ActKind},
    ids::{CarryOutId, ItemId},
    japan_date::jst_date,
    person::Part,
    profile::{Gated, HANDLER, RoleId},
};
use hokan_mobile_api::{
    Caller, Problem,
    wire::{DiscrepancyView, ItemSummary, PersonView},
};

use super::{App, carry_outs::OPEN_PHASES, retention::Whose, store_problem, view::summary};
use crate::store::alerts::Look;

/// The most items that the list of what has to go shows.
const MOST_DUE: u64 = 200;

/// A discrepancy that is open, with whose it is to settle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DiscrepancyLine {
    /// The item.
    pub(crate) item: ItemSummary,
    /// What is contradicted, and by which event.
    pub(crate) discrepancy: DiscrepancyView,
    /// When it was raised.
    pub(crate) raised_at: DateTime<Utc>,
    /// The roles that settle it, as people call them.
    pub(crate) roles: Vec<String>,
    /// Who plays them now.
    pub(crate) owners: Vec<String>,
    /// Whether the caller can settle it.
    pub(crate) mine: bool,
}

/// Something that has to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DueLine {
    /// Which.
    pub(crate) item: ItemId,
    /// What people call it.
    pub(crate) title: String,
    /// What it is.
    pub(crate) kind: &'static str,
    /// How far the flag has gone.
    pub(crate) step: String,
    /// The first day on which it must go.
    pub(crate) due_on: NaiveDate,
    /// Whether the last day on which its going was in time has passed.
    pub(crate) late: bool,
    /// Whether a hold suspends it.
    pub(crate) held: bool,
    /// Why, with the clause.
    pub(crate) sentence: String,
    /// Who owes the act, and who is told beside him, as people call them.
    pub(crate) told: Vec<String>,
}

impl App {
    /// Everybody who is active but the caller, be it a handler or not.
    ///
    /// # Errors
    /// Where the store fails.
    pub(crate) async fn everybody_else(&self, caller: &Caller) -> Result<Vec<PersonView>, Problem> {
        let people = self.store().people().await.map_err(|error| store_problem(&error, caller.lang))?;
        let others = people.into_iter().filter(|account| account.person.active);
        Ok(others
            .map(|account| PersonView { id: account.person.id, name: account.name })
            .filter(|person| person.id != caller.person.id)
            .collect())
    }

    /// The carry-out that is not over and on which an item is planned.
    ///
    /// # Errors
    /// Where the store fails.
    pub(crate) async fn carry_out_of(
        &self,
        caller: &Caller,
        item: ItemId,
    ) -> Result<Option<CarryOutId>, Problem> {
        let fault = |error| store_problem(&error, caller.lang);
        let open = self.store().subjects::<CarryOut>(&OPEN_PHASES).await.map_err(fault)?;
        let now = self.store().clock().now();
        let profile = self.profile_on(jst_date(now));
        let on = open.into_iter().find(|carry_out| {
            carry_out.plan.items.contains(&item) && carry_out.standing(&profile, now).is_open()
        });
        Ok(on.map(|carry_out| carry_out.id))
    }

    /// Every discrepancy that is open, the oldest first.
    ///
    /// # Errors
    /// Where the store fails.
    pub(crate) async fn discrepancies(&self, caller: &Caller) -> Result<Vec<DiscrepancyLine>, Problem> {
        let lang = caller.lang;
        let fault = |error| store_problem(&error, lang);
        let now = self.store().clock().now();
        let profile = self.profile_on(jst_date(now));
        let look = Look { discrepancies: Some(now), ..Look::default() };
        let matters = self.store().look(&look, jst_date(now)).await.map_err(fault)?;
        let people = self.store().people().await.map_err(fault)?;
        let handlers = [RoleId(HANDLER.to_owned())];
        self.with_names(lang, |book| {
            let open = matters.discrepancies.iter();
            open.filter_map(|open| {
                let item = matters.items.get(&open.item)?;
                let gated = Gated::SettleDiscrepancy;
                let gate = profile.gate(gated, &item.matter_before(gated));
                let roles = gate.map_or(handlers.as_slice(), |gate| gate.approvers.roles());
                let plays = |person| {
                    roles.iter().any(|role| deciding(person, role, item.division, &profile).is_some())
                };
                // Where every handler may, nobody is named.
                let named = people.iter().filter(|account| gate.is_some() && plays(&account.person));
                let owners = named.map(|account| account.name.clone()).collect();
                let may = custody::check(item, ActKind::SettleDiscrepancy, &caller.person, &profile, now);
                Some(DiscrepancyLine {
                    item: summary(item, lang, book),
                    discrepancy: DiscrepancyView::of(item, open.finding, lang),
                    raised_at: open.raised_at,
                    roles: roles.iter().map(|role| book.role(role)).collect(),
                    owners,
                    mine: may.is_ok(),
                })
            })
            .collect()
        })
        .await
        .map_err(fault)
    }

    /// What has to go or is about to: what concerns the caller, and everything for whoever looks after the
    /// rules.
    ///
    /// # Errors
    /// Where the store fails.
    pub(crate) async fn due_lines_for(&self, caller: &Caller) -> Result<Vec<DueLine>, Problem> {
        let lang = caller.lang;
        let fault = |error| store_problem(&error, lang);
        let looks_after = [Part::Custodian, Part::Auditor, Part::Administrator];
        let whose = if looks_after.iter().any(|part| caller.person.is(*part)) {
            Whose::Everybody
        } else {
            Whose::Person(&caller.person)
        };
        let today = jst_date(self.store().clock().now());
        let profile = self.profile();
        let due = self.due_items(whose, false, None, MOST_DUE, lang).await.map_err(fault)?;
        Ok(due
            .into_iter()
            .map(|due| DueLine {
                item: due.item,
                title: due.title,
                kind: due.kind.name(lang),
                step: due.step.name(lang),
                due_on: due.due_on,
                late: due.act_by < today,
                held: due.held,
                sentence: due.contents.into_iter().next().map(|told| told.sentence).unwrap_or_default(),
                told: due.told.iter().map(|role| profile.role_name(role, lang)).collect(),
            })
            .collect())
    }
}
