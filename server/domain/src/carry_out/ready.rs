//! What is still missing before a carry-out can depart.

use super::{CarryOut, Plan, Situation, missing_roles, needs};
use crate::{
    container::Inside,
    ids::ItemId,
    item::{Custody, Item},
    japan_date::jst_date,
    place::Home,
    profile::{Approvers, Bilingual, Field, Gated, Measure, Profile, Protection, RoleId},
    refusal::{Missing, ProductRule, Source},
    text::Lang,
};

/// Everything that is missing before this carry-out can depart, each with what asks for it: approvals,
/// fields, protection, packing, the lock.
///
/// A page that explains what is missing and the decision about a departure both ask this.
#[must_use]
pub fn lacking(situation: &Situation<'_>, carry_out: &CarryOut) -> Vec<Missing> {
    let plan = &carry_out.plan;
    let mut missing = approvals(situation, carry_out);
    missing.extend(absent(plan, situation.items, situation.profile));
    if plan.exempt.is_none() {
        missing.extend(fields(situation, plan));
        missing.extend(protections(situation, plan));
    }
    if !plan.is_transmission() {
        missing.extend(packing(situation, carry_out));
    }
    missing
}

/// The approvals that are missing, each role once, and once a division where each has its own.
pub(super) fn approvals(situation: &Situation<'_>, carry_out: &CarryOut) -> Vec<Missing> {
    let Situation { items, profile, .. } = situation;
    let mut missing: Vec<Missing> = Vec::new();
    for need in needs(&carry_out.plan, items, profile) {
        let roles = missing_roles(&need, Some(carry_out), profile);
        let asked: Vec<Vec<RoleId>> = match need.gate.approvers {
            // One of these is enough, so they are one thing that is missing.
            Approvers::Any(_) if !roles.is_empty() => vec![roles],
            _ => roles.into_iter().map(|role| vec![role]).collect(),
        };
        for roles in asked {
            let which = roles.iter().map(|role| role.0.as_str()).collect::<Vec<_>>().join(",");
            let names = profile.role_names(&roles);
            let per_division =
                roles.iter().any(|role| profile.role(role).is_some_and(|role| role.per_division));
            let item = need.division.filter(|_| per_division).map(|_| need.item);
            if missing.iter().any(|known| known.which == which && known.item == item) {
                continue;
            }
            missing.push(Missing {
                code: "approval",
                which,
                name: Bilingual::new(
                    format!("{}の承認", either(names.iter().map(|name| name.get(Lang::Ja)), Lang::Ja)),
                    format!("approval by {}", either(names.iter().map(|name| name.get(Lang::En)), Lang::En)),
                ),
                item,
                source: need.gate.source.clone(),
            });
        }
    }
    missing
}

/// Items of the plan that are not there to be carried out: unknown to the register, or lost.
pub(super) fn absent(plan: &Plan, items: &[Item], profile: &Profile) -> Vec<Missing> {
    let source = profile.source(ProductRule::StepOrder);
    let missing = |which: &str, name, item| Missing {
        code: "packed",
        which: which.to_owned(),
        name,
        item,
        source: source.clone(),
    };
    if plan.items.is_empty() {
        let name = Bilingual::new("持ち出す媒体", "an item to carry out");
        return vec![missing("items", name, None)];
    }
    plan.items
        .iter()
        .filter_map(|id| match items.iter().find(|item| item.id == *id) {
            None => {
                let name = Bilingual::new("登録されている媒体", "an item that the register knows");
                Some(missing("known", name, Some(*id)))
            }
            Some(item) => item.loss().map(|_| {
                let name = Bilingual::new("紛失した媒体の発見", "finding an item that is lost");
                missing("found", name, Some(*id))
            }),
        })
        .collect()
}

/// The fields that the profile and the ground ask for.
fn fields(situation: &Situation<'_>, plan: &Plan) -> Vec<Missing> {
    let Situation { profile, items, now, contract_in_force, .. } = situation;
    let rules = &profile.carry_out;
    let mut asked: Vec<(Field, &Source)> = Vec::new();
    let mut ask = |field, source| {
        if !asked.iter().any(|(known, _)| *known == field) {
            asked.push((field, source));
        }
    };
    for (field, source) in &rules.fields {
        ask(*field, source);
    }
    if let Some(source) = &rules.ground_required {
        ask(Field::Ground, source);
    }
    if let Some(ground) = plan.ground.as_deref().and_then(|ground| profile.ground(ground)) {
        for field in &ground.requires {
            ask(*field, &ground.source);
        }
    }
    let today = jst_date(*now);
    let mut missing = Vec::new();
    for (field, source) in &asked {
        let there = match field {
            Field::Counterparty => plan.counterparty.is_some(),
            // Counted from the items themselves.
            Field::Kinds | Field::Quantity => !plan.items.is_empty(),
            Field::Records => {
                let uncounted = planned(plan, items)
                    .filter(|item| item.live_contents().any(|kept| kept.contents.records.is_none()));
                missing.extend(uncounted.map(|item| of_field(*field, source, Some(item.id))));
                true
            }
            Field::Ground => plan.ground.is_some(),
            Field::DueBack => !plan.returns() || plan.due_back.is_some_and(|day| day >= today),
            Field::Transport => plan.transport.is_some(),
            Field::Tracking => plan.tracking.is_some(),
            Field::Route => plan.route.is_some(),
            Field::Contract => plan.contract.is_some(),
            Field::LegalGround => plan.legal_ground.is_some(),
        };
        if !there {
            missing.push(of_field(*field, source, None));
        }
    }
    // A contract that is named must be in force, whether or not one had to be named.
    if plan.contract.is_some() && *contract_in_force != Some(true) {
        let asked = asked.iter().find(|(field, _)| *field == Field::Contract).map(|(_, source)| *source);
        let gate = profile.gates.iter().find(|gate| gate.gated == Gated::Contract).map(|gate| &gate.source);
        let source = asked.or(gate).cloned().unwrap_or_else(|| profile.source(ProductRule::StepOrder));
        let name = Bilingual::new("効力のある委託契約", "a contract that is in force");
        missing.push(Missing {
            code: "field",
            which: Field::Contract.code().to_owned(),
            name,
            item: None,
            source,
        });
    }
    missing
}

fn of_field(field: Field, source: &Source, item: Option<ItemId>) -> Missing {
    Missing {
        code: "field",
        which: field.code().to_owned(),
        name: Bilingual::of(|lang| field.name(lang).to_owned()),
        item,
        source: source.clone(),
    }
}

/// The measures of protection that are not in place.
fn protections(situation: &Situation<'_>, plan: &Plan) -> Vec<Missing> {
    let items = situation.items;
    let mut missing = Vec::new();
    for protection in applying(situation, plan) {
        let of_the_data = protection.any_of.iter().any(|measure| is_of_the_data(*measure));
        let unmet = planned(plan, items).filter(|item| {
            protection.when.applies(&item.matter(Some(plan.direction))) && !is_met(protection, plan, item)
        });
        let lack = |item| Missing {
            code: "protection",
            which: protection.any_of.iter().map(|measure| measure.code()).collect::<Vec<_>>().join(","),
            name: Bilingual::of(|lang| either(protection.any_of.iter().map(|m| m.name(lang)), lang)),
            item,
            source: protection.source.clone(),
        };
        // What must be done to the medium is missing for the medium, what is done for the journey is
        // missing once.
        if of_the_data {
            missing.extend(unmet.map(|item| lack(Some(item.id))));
        } else if unmet.count() > 0 {
            missing.push(lack(None));
        }
    }
    missing
}

/// The entries about protection that speak of this carry-out. Where only data leaves, nothing is packed.
fn applying<'a>(situation: &Situation<'a>, plan: &'a Plan) -> impl Iterator<Item = &'a Protection> {
    let items = situation.items;
    situation.profile.carry_out.protections.iter().filter(move |protection| {
        (!plan.is_transmission() || protection.any_of.iter().any(|measure| is_of_the_data(*measure)))
            && planned(plan, items).any(|item| protection.when.applies(&item.matter(Some(plan.direction))))
    })
}

fn is_of_the_data(measure: Measure) -> bool {
    matches!(measure, Measure::Encryption | Measure::Password | Measure::KeyApart)
}

fn is_met(protection: &Protection, plan: &Plan, item: &Item) -> bool {
    let in_place = |measure: &Measure| match measure {
        Measure::Encryption | Measure::Password | Measure::KeyApart => {
            item.protection.as_ref().is_some_and(|protection| protection.value.has(*measure))
        }
        // What protects a parcel does not protect what is sent over a line.
        _ if plan.is_transmission() => false,
        // Whether it is packed into the container and that is locked is asked by itself.
        Measure::LockedContainer => plan.container.is_some(),
        Measure::StrictPackaging => plan.packaging.is_some(),
        Measure::Traceable => plan.tracking.is_some(),
        Measure::Sealed => plan.sealed,
        Measure::Masked => plan.masked,
    };
    let excused = |(measure, _): &(Measure, _)| protection.any_of.contains(measure);
    protection.any_of.iter().any(in_place) || (protection.reason_instead && plan.instead.iter().any(excused))
}

/// What is not packed as planned, and the lock.
fn packing(situation: &Situation<'_>, carry_out: &CarryOut) -> Vec<Missing> {
    let Situation { profile, items, actor, .. } = situation;
    let plan = &carry_out.plan;
    let missing =
        |code, which: &str, name, item, source| Missing { code, which: which.to_owned(), name, item, source };
    let Some(container) = plan.container else {
        let source = profile.source(ProductRule::HolderActs);
        return planned(plan, items)
            .filter(|item| item.holder() != Some(actor.id))
            .map(|item| {
                let name = Bilingual::new("あなたの手元にあること", "having it in your hands");
                missing("packed", "in-hand", name, Some(item.id), source.clone())
            })
            .collect();
    };
    let inside = packed_in(situation, plan);
    let in_it = |item: &Item| matches!(item.custody.value, Custody::Stored { home: Home::Container(home), .. } if home == container);
    let rule = profile.source(ProductRule::LockedIsLocked);
    let mut lack: Vec<Missing> = planned(plan, items)
        .filter(|item| !in_it(item))
        .map(|item| {
            let name = Bilingual::new("容器に入れること", "packing it into the container");
            missing("packed", "in-container", name, Some(item.id), rule.clone())
        })
        .collect();
    let foreign =
        inside.into_iter().flat_map(|inside| inside.items).filter(|item| !plan.items.contains(item));
    lack.extend(foreign.map(|item| {
        let name = Bilingual::new(
            "この持出しに含まれないものを容器から出すこと",
            "taking out of the container what is not on this carry-out",
        );
        missing("packed", "not-planned", name, Some(*item), rule.clone())
    }));
    let asked = applying(situation, plan)
        .find(|protection| protection.any_of.contains(&Measure::LockedContainer))
        .map_or(rule, |protection| protection.source.clone());
    match inside.and_then(|inside| inside.state.locked.as_ref().map(|_| inside.state.carry_out)) {
        None => {
            let name = Bilingual::new("容器の施錠", "locking the container");
            lack.push(missing("locked", "lock", name, None, asked));
        }
        Some(Some(other)) if other != carry_out.id => {
            let name =
                Bilingual::new("この持出しのための容器の施錠", "locking the container for this carry-out");
            lack.push(missing("locked", "lock", name, None, asked));
        }
        Some(_) => {}
    }
    lack
}

/// The container that is planned, where it was looked up.
pub(super) fn packed_in<'a>(situation: &Situation<'a>, plan: &Plan) -> Option<Inside<'a>> {
    situation.container.filter(|inside| Some(inside.state.id) == plan.container)
}

/// The items of the plan that were looked up.
pub(super) fn planned<'a>(plan: &Plan, items: &'a [Item]) -> impl Iterator<Item = &'a Item> {
    items.iter().filter(|item| plan.items.contains(&item.id))
}

/// Names of which one is enough.
fn either<'a>(names: impl Iterator<Item = &'a str>, lang: Lang) -> String {
    names.collect::<Vec<_>>().join(lang.pick("又は", " or "))
}
