//! Who may do which act, under each regulation that comes with the product: found out by asking the same functions
//! that judge every act, of an item that lives through thousands of situations, and written down as a page of the
//! documents.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    path::Path,
    sync::Arc,
};

use chrono::{Days, TimeDelta};
use hokan_domain::{
    approval::Wanted,
    authority::{
        Ending,
        appointment::{self, Appointing, AppointmentEvent},
        designation::{self, Designating, DesignationEvent},
        staff::{self, Employment, Leaving, StaffEvent},
        validation,
    },
    carry_out::{self, CarryOut, CarryOutActKind, CarryOutEvent, Plan, Situation},
    container::{self, ContainerActKind, ContainerState, Inside},
    contract::{self, Contract, ContractActKind, ContractEvent, Drafting},
    custody::{Act, ActKind, OfferTo, Registration, check},
    event::Stamp,
    ids::{AppointmentId, CarryOutId, ContainerId, ContractId, DesignationId, EventId, IncidentId, PersonId},
    incident::{self, Incident, IncidentActKind, IncidentKind, Opening},
    item::{Custody, ItemKind},
    japan_date::jst_date,
    lending::{self, Borrower, Lending},
    observation::Observed,
    person::{Part, Person},
    profile::{Channel, Direction, Gravity, Profile, RoleId},
    refusal::Refusal,
    text::Lang,
    trail::review::{self, Looked},
};
use uuid::Uuid;

use crate::register::{
    CABINET, Register, SATO, SUZUKI, TAX, VAULT, WELFARE, blank, first_label, handler, morning, nobody, text,
    town, towns, with_role,
};

/// How many lives of an item are looked at, and how many things happen in each.
const LIVES: usize = 260;
const LENGTH: usize = 26;

/// Numbers that look like chance and are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % most as u64).unwrap()
    }
}

/// One column of a table: somebody, by what he is.
#[derive(Clone)]
struct Column {
    name: String,
    person: Person,
}

/// Who is asked: two handlers, a holder of each role for the item's division and for another one, and the parts that
/// the regulations do not name.
fn columns(profile: &Profile) -> Vec<Column> {
    let mut columns = vec![
        Column { name: "designated handler".to_owned(), person: handler(SUZUKI) },
        Column { name: "handler who has it".to_owned(), person: handler(SATO) },
    ];
    let mut number = 0x500;
    let mut next = || {
        number += 1;
        PersonId(Uuid::from_u128(number))
    };
    for role in &profile.roles {
        let held = |id, division| with_role(profile, nobody(id), &role.id, Some(division), None);
        let name = role.name.get(Lang::En).to_owned();
        columns.push(Column { name: name.clone(), person: held(next(), WELFARE) });
        if role.per_division {
            columns.push(Column { name: format!("{name} of another division"), person: held(next(), TAX) });
        }
    }
    for part in [Part::Witness, Part::Custodian, Part::Auditor, Part::Administrator] {
        let person = Person { parts: [part].into(), ..nobody(next()) };
        columns.push(Column { name: format!("only {}", part.name(Lang::En).to_lowercase()), person });
    }
    columns.push(Column { name: "anybody signed in".to_owned(), person: nobody(next()) });
    columns
}

/// What is known of one act: the columns that may, and what the others hear.
#[derive(Default, Clone)]
struct Row {
    may: BTreeSet<usize>,
    hears: BTreeMap<usize, BTreeSet<&'static str>>,
}

impl Row {
    fn answers(&mut self, column: usize, answer: &Result<(), Refusal>) {
        match answer {
            Ok(()) => {
                self.may.insert(column);
            }
            Err(refusal) => {
                self.hears.entry(column).or_default().insert(refusal.reason.code());
            }
        }
    }

    /// Where only the question of authority is asked: any other refusal says that this person may, once the state is
    /// right.
    fn authority(&mut self, column: usize, answer: &Result<(), Refusal>) {
        match answer {
            Err(refusal) if refusal.reason.is_about_authority() => self.answers(column, answer),
            _ => self.answers(column, &Ok(())),
        }
    }
}

/// Sato is whoever has it and Suzuki whoever has not, whichever of them that is now.
fn column_of(columns: &[Column], index: usize, custody: Custody) -> usize {
    match columns[index].person.id {
        SATO | SUZUKI if custody.holder() == Some(columns[index].person.id) => 1,
        SATO | SUZUKI => 0,
        _ => index,
    }
}

fn item_of(profile: &Arc<Profile>, kind: ItemKind) -> Register {
    Register::of(profile.clone(), &Registration { division: Some(WELFARE), ..blank(kind) })
}

/// Lets items live, asks everybody about every act at every moment, and counts when it is open to whom.
fn acts_on_items(profile: &Arc<Profile>, columns: &[Column]) -> BTreeMap<ActKind, Row> {
    let mut rows: BTreeMap<ActKind, Row> =
        ActKind::ALL.into_iter().map(|kind| (kind, Row::default())).collect();
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for life in 0..LIVES {
        let kind = match life % 2 {
            0 => ItemKind::UsbMemory,
            _ => ItemKind::ALL[life / 2 % ItemKind::ALL.len()],
        };
        let mut register = item_of(profile, kind);
        let sato = handler(SATO);
        if life % 3 != 0 {
            drop(register.act(&sato, &register.fitting_for(ActKind::RecordContents, &sato)));
        }
        if life % 4 == 0 {
            // Chance seldom comes as far as a destruction: what it takes is tried first.
            drop(register.act(&sato, &Act::Ask { wanted: Wanted::Dispose, reason: text(41), until: None }));
            for column in columns {
                drop(register.act(&column.person, &register.fitting_for(ActKind::Approve, &column.person)));
            }
            for kind in [ActKind::Sanitize, ActKind::Destroy] {
                drop(register.act(&sato, &register.fitting_for(kind, &sato)));
            }
        }
        for _ in 0..LENGTH {
            let mut open = Vec::new();
            for (index, column) in columns.iter().enumerate() {
                let shown = column_of(columns, index, register.item.custody.value);
                for kind in ActKind::ALL {
                    let answer = check(&register.item, kind, &column.person, profile, register.now);
                    if answer.is_ok() {
                        open.push((index, kind));
                    }
                    rows.entry(kind).or_default().answers(shown, &answer);
                }
            }
            register.wait(TimeDelta::minutes(7));
            match dice.below(20) {
                0 => {
                    let home = if dice.below(2) == 0 { CABINET } else { VAULT };
                    let at = register.now - TimeDelta::minutes(1);
                    register.observe(SUZUKI, Observed::Seen { home: Some(home) }, at);
                }
                1 if register.item.disposal.destroyed.is_none() && dice.below(3) == 0 => {
                    let at = register.now - TimeDelta::minutes(1);
                    register.observe(SUZUKI, Observed::TakenOut, at);
                }
                _ if open.is_empty() => {}
                _ => {
                    let (index, kind) = open[dice.below(open.len())];
                    let person = &columns[index].person;
                    let act = if kind == ActKind::Ask {
                        // Nobody asks to be let handle it: the exception makes a handler of anybody.
                        if !person.is(Part::Handler) {
                            continue;
                        }
                        let mut wishes = register.wishes(person.id);
                        let wanted = wishes.swap_remove(dice.below(wishes.len()));
                        let until = register.today().checked_add_days(Days::new(10));
                        Act::Ask { wanted, reason: text(41), until }
                    } else if kind == ActKind::Offer {
                        let other = if person.id == SATO { SUZUKI } else { SATO };
                        Act::Offer { to: OfferTo::Person(handler(other)), note: None, scan: None }
                    } else {
                        register.fitting_for(kind, person)
                    };
                    // What is refused for its details changes nothing, and the next one is tried.
                    drop(register.act(person, &act));
                }
            }
        }
    }
    rows
}

fn stamp(number: u128) -> Stamp {
    let event = EventId(Uuid::from_u128(0x7000 + number));
    Stamp { event, occurred_at: morning(), recorded_at: morning(), actor: SATO, observed_by: None }
}

fn acts_on_carry_outs(profile: &Arc<Profile>, columns: &[Column]) -> BTreeMap<CarryOutActKind, Row> {
    let mut rows: BTreeMap<_, Row> = BTreeMap::new();
    let item = item_of(profile, ItemKind::UsbMemory).item;
    let plan = Plan {
        items: vec![item.id],
        ground: profile.carry_out.ground_required.as_ref().map(|_| profile.carry_out.grounds[0].id.clone()),
        exempt: None,
        counterparty: None,
        contract: None,
        legal_ground: None,
        direction: Direction::Outside,
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
    };
    let items = [item];
    let situation = |carry_out, actor| Situation {
        carry_out,
        items: &items,
        elsewhere: &[],
        container: None,
        contract_in_force: None,
        profile,
        actor,
        now: morning(),
    };
    let sato = handler(SATO);
    let request = carry_out::CarryOutAct::Request { plan: Box::new(plan) };
    let decided = carry_out::decide(&situation(None, &sato), &request).unwrap();
    let asked: Option<CarryOut> = decided.carry_out.iter().zip(1..).fold(None, |known, (event, version)| {
        let event: &CarryOutEvent = event;
        carry_out::evolve(
            CarryOutId(Uuid::from_u128(0xca)),
            known,
            &stamp(u128::from(version)),
            version,
            event,
        )
    });
    for (index, column) in columns.iter().enumerate() {
        for kind in CarryOutActKind::ALL {
            let known = asked.as_ref().filter(|_| kind != CarryOutActKind::Request);
            let answer = carry_out::check(&situation(known, &column.person), kind);
            rows.entry(kind).or_default().authority(index, &answer);
        }
    }
    rows
}

fn acts_on_containers(profile: &Arc<Profile>, columns: &[Column]) -> BTreeMap<ContainerActKind, Row> {
    let mut rows: BTreeMap<_, Row> = BTreeMap::new();
    let state = ContainerState::new(ContainerId(Uuid::from_u128(0xc1)));
    let label = first_label();
    let inside = Inside { state: &state, label: &label, items: &[], carry_out: None };
    for (index, column) in columns.iter().enumerate() {
        for kind in ContainerActKind::ALL {
            let answer = container::check(&inside, kind, &column.person, profile);
            rows.entry(kind).or_default().authority(index, &answer);
        }
    }
    rows
}

fn acts_on_incidents(profile: &Arc<Profile>, columns: &[Column]) -> BTreeMap<IncidentActKind, Row> {
    let mut rows: BTreeMap<_, Row> = BTreeMap::new();
    let opening = Opening { division: Some(WELFARE), ..Opening::bare(IncidentKind::Loss, Gravity::Incident) };
    let opened = incident::open(&opening, &handler(SATO), profile, morning()).unwrap();
    let incident: Option<Incident> = opened.iter().zip(1..).fold(None, |known, (event, number)| {
        incident::evolve(IncidentId(Uuid::from_u128(0x1c)), known, &stamp(number), event)
    });
    let incident = incident.unwrap();
    for (index, column) in columns.iter().enumerate() {
        for kind in IncidentActKind::ALL {
            let answer = incident::check(&incident, kind, &column.person, profile);
            rows.entry(kind).or_default().authority(index, &answer);
        }
    }
    rows
}

fn acts_on_contracts(profile: &Arc<Profile>, columns: &[Column]) -> BTreeMap<ContractActKind, Row> {
    let mut rows: BTreeMap<_, Row> = BTreeMap::new();
    let today = jst_date(morning());
    let id = ContractId(Uuid::from_u128(0xc7));
    let drafting =
        Drafting { contractor: text(1), subject: text(2), from: today, to: None, division: Some(WELFARE) };
    let drafted = contract::draft(&drafting, &handler(SATO), profile).unwrap();
    let draft: Contract = contract::evolve(id, None, &stamp(1), &drafted[0]).unwrap();
    let active =
        contract::evolve(id, Some(draft.clone()), &stamp(2), &ContractEvent::Activated { by: SATO }).unwrap();
    let asking =
        contract::ContractAct::AskSubcontract { to: text(3), reason: text(4), checked: Some(text(5)) };
    let asked = contract::decide(&active, &asking, stamp(3).event, &handler(SATO), profile, morning())
        .ok()
        .and_then(|events| contract::evolve(id, Some(active.clone()), &stamp(3), &events[0]));
    for (index, column) in columns.iter().enumerate() {
        for kind in ContractActKind::ALL {
            // Asked of a draft, of one in force, and of one that waits for leave to entrust further: the state in
            // which the question of authority is reached.
            let state = match kind {
                ContractActKind::Approve | ContractActKind::TurnDown | ContractActKind::Activate => {
                    Some(&draft)
                }
                ContractActKind::ApproveSubcontract | ContractActKind::TurnDownSubcontract => asked.as_ref(),
                _ => Some(&active),
            };
            let Some(state) = state else { continue };
            let answer = contract::check(state, kind, &column.person, profile, today);
            rows.entry(kind).or_default().authority(index, &answer);
        }
    }
    rows
}

fn table<K: Ord + Copy>(
    text: &mut String,
    columns: &[Column],
    rows: &BTreeMap<K, Row>,
    order: &[K],
    name: impl Fn(K) -> (String, String),
) {
    // Columns that differ in nothing stand together.
    let answers = |index: usize| {
        order.iter().map(move |kind| rows.get(kind).is_some_and(|row| row.may.contains(&index)))
    };
    let mut groups: Vec<(Vec<bool>, Vec<usize>)> = Vec::new();
    for index in 0..columns.len() {
        let answers: Vec<bool> = answers(index).collect();
        match groups.iter_mut().find(|(known, _)| *known == answers) {
            Some((_, members)) => members.push(index),
            None => groups.push((answers, vec![index])),
        }
    }
    let names = groups.iter().map(|(_, members)| {
        members.iter().map(|index| columns[*index].name.as_str()).collect::<Vec<_>>().join(", ")
    });
    let names: Vec<_> = names.collect();
    writeln!(text, "| Act | {} | What the others hear |", names.join(" | ")).unwrap();
    writeln!(text, "| --- | {} --- |", ":-: | ".repeat(groups.len())).unwrap();
    for kind in order {
        let (code, en) = name(*kind);
        let row = rows.get(kind).cloned().unwrap_or_default();
        let marks: Vec<_> =
            groups.iter().map(|(_, members)| if row.may.contains(&members[0]) { "●" } else { "" }).collect();
        let mut hears: BTreeSet<&str> = BTreeSet::new();
        for (index, codes) in &row.hears {
            if !row.may.contains(index) {
                hears.extend(codes.iter().copied());
            }
        }
        let about = [
            "not-designated",
            "not-approver",
            "role-missing",
            "part-missing",
            "not-requester",
            "not-current-holder",
            "not-addressee",
            "not-offerer",
            "own-request",
            "closes-alone",
            "permission-not-needed",
            "witness-is-operator",
        ];
        let hears: Vec<_> =
            about.into_iter().filter(|code| hears.contains(code)).map(|code| format!("`{code}`")).collect();
        writeln!(text, "| {en} `{code}` | {} | {} |", marks.join(" | "), hears.join(" ")).unwrap();
    }
    text.push('\n');
}

/// Who does what about people: each act with its word and its name, told of somebody who is nobody's deputy.
fn acts_about_people(profile: &Arc<Profile>, columns: &[Column]) -> Vec<(String, String, Row)> {
    let today = jst_date(morning());
    let (whom, officer) =
        (nobody(PersonId(Uuid::from_u128(0x6f0))), nobody(PersonId(Uuid::from_u128(0x6f1))));
    let officer = with_role(profile, officer, &profile.roles[0].id, Some(WELFARE), None);
    let role = profile.roles.iter().find(|role| role.per_division).unwrap_or(&profile.roles[0]).id.clone();
    let plain = |person: &Person, deputy_for| Appointing {
        person: person.id,
        roles: vec![role.clone()],
        post: None,
        division: Some(WELFARE),
        deputy_for,
        from: today,
        to: None,
    };
    let appointing = |appointing: &Appointing, actor: &Person, principal: Option<&Person>| {
        let around = appointment::Around {
            whom: &whom,
            principal,
            staff: None,
            actor: Some(actor),
            today: Some(today),
            profile,
        };
        appointment::appoint(appointing, around).map(drop)
    };
    let event = AppointmentEvent::Appointed {
        by: None,
        person: whom.id,
        roles: vec![role.clone()],
        post: None,
        division: Some(WELFARE),
        deputy_for: None,
        from: today,
        to: None,
    };
    let id = AppointmentId(Uuid::from_u128(0xa9));
    let held = appointment::evolve(id, None, &stamp(1), &event).unwrap();
    let event = StaffEvent::Left { by: None, last: today, why: Ending::Transfer, note: None };
    let left = staff::evolve(whom.id, None, &stamp(2), &event).unwrap();
    let leaving = Leaving { last: today, why: Ending::Transfer, note: None };

    let mut rows: Vec<(String, String, Row)> = Vec::new();
    let mut row = |code: &str, name: String, ask: &dyn Fn(&Person) -> Result<(), Refusal>| {
        let mut row = Row::default();
        for (index, column) in columns.iter().enumerate() {
            row.authority(index, &ask(&column.person));
        }
        rows.push((code.to_owned(), name, row));
    };
    row("employ", "Record employment and term".to_owned(), &|actor| {
        staff::employ(Employment::Regular, None, None, &whom, actor, profile).map(drop)
    });
    row("appoint", "Appoint to a post or role".to_owned(), &|actor| {
        appointing(&plain(&whom, None), actor, None)
    });
    row("appoint", "Name a deputy for an officer".to_owned(), &|actor| {
        appointing(&plain(&whom, Some(officer.id)), actor, Some(&officer))
    });
    row("end-appointment", "End a post or role".to_owned(), &|actor| {
        appointment::end(&held, today, Ending::Released, Some(actor), Some(today), profile).map(drop)
    });
    row("leave", "Record transfer or retirement of a handler".to_owned(), &|actor| {
        staff::leave(None, leaving, &whom, actor, today, profile).map(drop)
    });
    row("leave", "Record transfer or retirement of an officer".to_owned(), &|actor| {
        staff::leave(None, leaving, &officer, actor, today, profile).map(drop)
    });
    row("resume", "Record that somebody is back".to_owned(), &|actor| {
        staff::resume(Some(&left), &whom, actor, profile).map(drop)
    });
    for (number, rule) in (0x40..).step_by(8).zip(&profile.designations) {
        let name = rule.name.get(Lang::En);
        let designating = Designating {
            rule,
            person: whom.id,
            division: Some(WELFARE),
            from: today,
            to: None,
            duties: None,
        };
        let around = designation::Around { whom: &whom, staff: None, others: &[], profile, now: morning() };
        let fold = |known, number: u128, events: &[DesignationEvent]| {
            let id = DesignationId(Uuid::from_u128(0xde00 + number));
            events.iter().fold(known, |known, event| designation::evolve(id, known, &stamp(number), event))
        };
        let head = |role: &RoleId, id| {
            with_role(profile, nobody(PersonId(Uuid::from_u128(id))), role, Some(WELFARE), None)
        };
        let nominated = rule.nominated.then(|| {
            let by =
                Person { parts: [Part::Administrator].into(), ..nobody(PersonId(Uuid::from_u128(0x6f2))) };
            let events = designation::nominate(&designating, true, &by, around).unwrap();
            fold(None, number, &events).unwrap()
        });
        if rule.nominated {
            row("nominate", format!("Nominate: {name}"), &|actor| {
                designation::nominate(&designating, false, actor, around).map(drop)
            });
        }
        row("designate", format!("Designate: {name}"), &|actor| {
            designation::designate(&designating, nominated.as_ref(), actor, around).map(drop)
        });
        let by = head(&rule.by, 0x6f3);
        // What stands against this one is not who designates.
        let Ok(events) = designation::designate(&designating, nominated.as_ref(), &by, around) else {
            continue;
        };
        let designated = fold(nominated, number + 1, &events).unwrap();
        if let Some(registrar) = &rule.registered_by {
            row("register-designation", format!("Enter in the book: {name}"), &|actor| {
                designation::register(&designated, &whom, actor, profile, morning()).map(drop)
            });
            let by = head(registrar, 0x6f4);
            let events = designation::register(&designated, &whom, &by, profile, morning()).unwrap();
            let registered = fold(Some(designated.clone()), number + 2, &events).unwrap();
            if rule.report_to.is_some() {
                row("acknowledge-designation", format!("Take note of: {name}"), &|actor| {
                    designation::acknowledge(&registered, actor, profile).map(drop)
                });
            }
        } else if rule.report_to.is_some() {
            row("acknowledge-designation", format!("Take note of: {name}"), &|actor| {
                designation::acknowledge(&designated, actor, profile).map(drop)
            });
        }
        row("end-designation", format!("End a designation: {name}"), &|actor| {
            let today = Some(today);
            let last = morning().date_naive();
            designation::end(&designated, last, Ending::Released, None, actor, today, profile).map(drop)
        });
    }
    for inspection in validation::inspections(profile) {
        let name = inspection.name.get(Lang::En);
        row("begin-validation", format!("Validate the ledger: {name}"), &|actor| {
            validation::begin(inspection, Vec::new(), None, actor, profile).map(drop)
        });
    }
    let lent = Lending {
        viewer_id: "viewer-1".to_owned(),
        borrower: Some(Borrower::Named(text(1))),
        purpose: text(2),
        due: None,
        division: Some(WELFARE),
    };
    row("lend-viewer-id", "Lend a viewer id".to_owned(), &|actor| {
        lending::lend(&lent, &[], actor, profile).map(drop)
    });
    let looked = Looked { from: today, to: today, lines: 0, open: 0, note: text(3) };
    row("review-trail", "Sign off the review of the trail".to_owned(), &|actor| {
        review::sign_off(&looked, actor, profile).map(drop)
    });
    rows
}

fn document() -> String {
    let mut text = String::from(
        "# Who may do what\n\n\
         Made from the code and the profiles that come with Hokan, by asking the functions that judge every act\n\
         (`server/domain/tests/it/authority.rs`); do not edit it by hand. Renewed with `HOKAN_UPDATE_SNAPSHOTS=1`.\n\n\
         - ● there is a situation in which this person may do the act. Whether it is open now depends on the situation:\n  \
           who has the item, what was asked, granted, held or destroyed. Nobody approves what he asked for himself, and\n  \
           nobody counts twice, whatever role he holds; neither does a deputy for his principal.\n\
         - Columns that differ in nothing stand together. A role that each division has for itself is asked twice: for the\n  \
           item's own division and for another one. Somebody who holds several roles may what any of them may.\n\
         - What is under no division is decided about by whoever holds the role for the whole body, or the top role.\n\
         - About people: of somebody else, who is neither one's principal nor one's deputy. Whoever works in a division\n  \
           may nominate there, and every officer names his own deputy.\n\
         - A row without a mark: the regulation asks for no such act, or leaves it to nobody.\n\
         - A permission `handle`, given by whom the regulation names, lets one person handle one item as a designated\n  \
           handler would, until its day.\n\
         - Which routes are for whom is in [routes](routes.md).\n\n",
    );
    for id in towns() {
        let profile = town(id);
        let columns = columns(&profile);
        writeln!(text, "## {}\n", profile.title.get(Lang::Ja)).unwrap();
        writeln!(text, "Profile `{id}`.\n\n### Items\n").unwrap();
        table(&mut text, &columns, &acts_on_items(&profile, &columns), &ActKind::ALL, |kind| {
            (kind.code().to_owned(), kind.name(Lang::En).to_owned())
        });
        text.push_str("### Carry-outs\n\n");
        table(&mut text, &columns, &acts_on_carry_outs(&profile, &columns), &CarryOutActKind::ALL, |kind| {
            (kind.code().to_owned(), kind.name(Lang::En).to_owned())
        });
        text.push_str("### Containers\n\n");
        table(&mut text, &columns, &acts_on_containers(&profile, &columns), &ContainerActKind::ALL, |kind| {
            (kind.code().to_owned(), kind.name(Lang::En).to_owned())
        });
        text.push_str("### Incidents\n\n");
        table(&mut text, &columns, &acts_on_incidents(&profile, &columns), &IncidentActKind::ALL, |kind| {
            (kind.code().to_owned(), kind.name(Lang::En).to_owned())
        });
        text.push_str("### Contracts\n\n");
        table(&mut text, &columns, &acts_on_contracts(&profile, &columns), &ContractActKind::ALL, |kind| {
            (kind.code().to_owned(), kind.name(Lang::En).to_owned())
        });
        text.push_str("### People\n\n");
        let about_people = acts_about_people(&profile, &columns);
        let rows: BTreeMap<usize, Row> =
            (0..).zip(&about_people).map(|(index, (_, _, row))| (index, row.clone())).collect();
        let order: Vec<usize> = rows.keys().copied().collect();
        table(&mut text, &columns, &rows, &order, |index| {
            let (code, name, _) = &about_people[index];
            (code.clone(), name.clone())
        });
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// The page of the documents is what code and profiles say.
#[test]
fn the_table_of_authority_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/authority.md");
    let wanted = document();
    if std::env::var_os("HOKAN_UPDATE_SNAPSHOTS").is_some_and(|value| value == "1") {
        std::fs::write(&path, &wanted).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == wanted,
        "authority.md is not what the code says; renew it with HOKAN_UPDATE_SNAPSHOTS=1"
    );
}

/// Under every regulation: whoever plays no part may only ask to be let handle, tell of a loss, and say what he knows
/// of an incident; an auditor and an administrator may no more than that; and another division's officer has no say
/// where the item's own has one.
#[test]
fn parts_that_no_rule_names_may_do_no_more_than_anybody() {
    for id in towns() {
        let profile = town(id);
        let columns = columns(&profile);
        let rows = acts_on_items(&profile, &columns);
        let of = |name: &str| columns.iter().position(|column| column.name == name).unwrap();
        let anybody = of("anybody signed in");
        let harmless = [ActKind::Ask, ActKind::ReportLost];
        for (kind, row) in &rows {
            for name in ["only auditor", "only administrator", "only custodian of the rules"] {
                let (part, anybody) = (row.may.contains(&of(name)), row.may.contains(&anybody));
                assert_eq!(part, anybody, "{id}: {} by {name}", kind.code());
            }
            if row.may.contains(&anybody) {
                let asked = matches!(kind, ActKind::WithdrawRequest | ActKind::EndPermission);
                let excepted = profile.gates.iter().any(|gate| gate.gated.code() == "handle");
                assert!(harmless.contains(kind) || asked || excepted, "{id}: {} by anybody", kind.code());
            }
        }
        for (index, column) in
            columns.iter().enumerate().filter(|(_, column)| column.name.ends_with("of another division"))
        {
            for kind in [
                ActKind::Approve,
                ActKind::TurnDown,
                ActKind::PlaceHold,
                ActKind::LiftHold,
                ActKind::ConfirmDisposal,
            ] {
                let row = &rows[&kind];
                assert!(!row.may.contains(&index), "{id}: {} by {}", kind.code(), column.name);
            }
        }
        assert!(rows[&ActKind::TakeOut].may.contains(&0), "{id}: the table was really asked");
        assert!(!rows[&ActKind::TakeOut].may.contains(&of("only auditor")), "{id}");
    }
}

/// The role that a gate names can be found in the table: what the profile asks is what the code does.
#[test]
fn whoever_a_gate_names_has_the_say() {
    for id in towns() {
        let profile = town(id);
        let columns = columns(&profile);
        let rows = acts_on_items(&profile, &columns);
        let gates = profile.gates.iter().filter(|gate| {
            matches!(gate.gated.code(), "dispose" | "use" | "save" | "copy" | "extend" | "disclose" | "bulk")
        });
        for role in gates.flat_map(|gate| gate.approvers.roles()) {
            let named = |role: &RoleId| profile.role(role).map(|role| role.name.get(Lang::En).to_owned());
            let Some(name) = named(role) else { continue };
            let index = columns.iter().position(|column| column.name == name).unwrap();
            assert!(rows[&ActKind::Approve].may.contains(&index), "{id}: {name} never gets to approve");
        }
    }
}
