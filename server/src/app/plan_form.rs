//! What the form of a carry-out must ask for, so that it asks for exactly what the regulation does.

use hokan_domain::{
    carry_out::{Plan, needs},
    ids::ItemId,
    japan_date::jst_date,
    profile::{Approvers, Channel, Direction, Field, Measure},
    text::Lang,
};
use hokan_mobile_api::{
    Caller, Problem,
    request::Show,
    wire::{ItemSummary, Named},
};

use super::App;

/// A field that the regulation asks for, with the clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AskedField {
    /// Which.
    pub(crate) field: Field,
    /// The clause, as people read it.
    pub(crate) source: String,
    /// The ground with which it is asked for; none where it always is.
    pub(crate) ground: Option<Named>,
}

/// Measures of which one must be in place, with the clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AskedMeasures {
    /// One of these is enough.
    pub(crate) any_of: Vec<Measure>,
    /// The same as people read it.
    pub(crate) name: String,
    /// Whether a reason that the approvers see can stand in its place.
    pub(crate) reason_instead: bool,
    /// The clause.
    pub(crate) source: String,
}

/// What the form of a carry-out asks for.
#[derive(Debug, Clone, Default)]
pub(crate) struct PlanForm {
    /// The items that were chosen.
    pub(crate) items: Vec<ItemSummary>,
    /// What must be recorded.
    pub(crate) fields: Vec<AskedField>,
    /// How what leaves must be protected.
    pub(crate) measures: Vec<AskedMeasures>,
    /// Who approves, each with the clause.
    pub(crate) approvals: Vec<(String, String)>,
    /// The permitted grounds.
    pub(crate) grounds: Vec<Named>,
    /// Movements that are no carry-outs though they look like them.
    pub(crate) exempt: Vec<Named>,
    /// How things may leave.
    pub(crate) channels: Vec<Named>,
    /// The contracts that are not over.
    pub(crate) contracts: Vec<Named>,
}

fn either<'a>(names: impl Iterator<Item = &'a str>, lang: Lang) -> String {
    names.collect::<Vec<_>>().join(lang.pick("又は", " or "))
}

/// A plan of which only this is known.
fn bare(items: Vec<ItemId>, direction: Direction) -> Plan {
    Plan {
        items,
        ground: None,
        exempt: None,
        counterparty: None,
        contract: None,
        legal_ground: None,
        direction,
        channel: Channel::Hand,
        destination: None,
        transport: None,
        tracking: None,
        route: None,
        due_back: None,
        for_good: false,
        packaging: None,
        sealed: false,
        masked: false,
        container: None,
        instead: Vec::new(),
    }
}

impl App {
    /// What the form of a carry-out of these items in this direction asks for. Before any item is chosen it
    /// asks for whatever the regulation asks for any of them.
    ///
    /// # Errors
    /// Where the store fails.
    pub(crate) async fn plan_form(
        &self,
        caller: &Caller,
        ids: &[ItemId],
        direction: Direction,
    ) -> Result<PlanForm, Problem> {
        let lang = caller.lang;
        let profile = self.profile_on(jst_date(self.store().clock().now()));
        let rules = &profile.carry_out;
        let items = self.items_of(caller, ids).await?;
        let always = |(field, source): &(Field, _)| AskedField {
            field: *field,
            source: hokan_domain::refusal::Source::cite(source, lang),
            ground: None,
        };
        let mut fields: Vec<AskedField> = rules.fields.iter().map(always).collect();
        if let Some(source) = &rules.ground_required
            && fields.iter().all(|asked| asked.field != Field::Ground)
        {
            fields.push(AskedField { field: Field::Ground, source: source.cite(lang), ground: None });
        }
        for ground in &rules.grounds {
            let named = Named { code: ground.id.clone(), name: ground.name.get(lang).to_owned() };
            fields.extend(ground.requires.iter().map(|field| AskedField {
                field: *field,
                source: ground.source.cite(lang),
                ground: Some(named.clone()),
            }));
        }
        let applies = |protection: &&hokan_domain::profile::Protection| {
            items.is_empty()
                || items.iter().any(|item| protection.when.applies(&item.matter(Some(direction))))
        };
        let measures = rules
            .protections
            .iter()
            .filter(applies)
            .map(|protection| AskedMeasures {
                any_of: protection.any_of.clone(),
                name: either(protection.any_of.iter().map(|measure| measure.name(lang)), lang),
                reason_instead: protection.reason_instead,
                source: protection.source.cite(lang),
            })
            .collect();
        let mut approvals: Vec<(String, String)> = Vec::new();
        for need in needs(&bare(ids.to_vec(), direction), &items, &profile) {
            let names = profile.role_names(need.gate.approvers.roles());
            let names = names.iter().map(|name| name.get(lang));
            let roles = match need.gate.approvers {
                Approvers::All(_) => names.collect::<Vec<_>>().join(lang.pick("及び", " and ")),
                _ => either(names, lang),
            };
            let approval = (roles, need.gate.source.cite(lang));
            if !approvals.contains(&approval) {
                approvals.push(approval);
            }
        }
        let contracts = self.contracts(caller, Show::Open).await?;
        Ok(PlanForm {
            items: self.summaries(caller, &items).await?,
            fields,
            measures,
            approvals,
            grounds: rules
                .grounds
                .iter()
                .map(|ground| Named { code: ground.id.clone(), name: ground.name.get(lang).to_owned() })
                .collect(),
            exempt: rules.exempt.iter().map(|choice| Named::choice(choice, lang)).collect(),
            channels: rules.channels.iter().map(|channel| Named::channel(*channel, lang)).collect(),
            contracts: contracts
                .into_iter()
                .map(|contract| Named {
                    code: contract.id.to_string(),
                    name: format!("{} {}", contract.contractor, contract.subject),
                })
                .collect(),
        })
    }
}
