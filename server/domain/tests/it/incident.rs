//! Incidents: everybody can report one, nobody closes one without what the regulation asks for.
//!
//! Refusals that only incidents know have a test that bears their code as its name.

use std::{collections::BTreeSet, sync::LazyLock};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use hokan_domain::{
    approval,
    calendar::Calendar,
    contents::{Category, Contents},
    event::{Event, Recorded, Scan, ScanMethod},
    ids::{CarryOutId, ContentsId, IncidentId, PersonId},
    incident::{
        ClockView, Due, Incident, IncidentAct, IncidentActKind, IncidentEvent, IncidentKind, ItemAtLoss,
        Opening, SUBJECT_KIND, check, clocks, decide, draft, evolve, missing_to_close, open, open_acts,
    },
    item::{Custody, Item, ItemKind, fold},
    japan_date::jst_date,
    person::Person,
    profile::{Clock, Gated, Gravity, Profile, ReportStep, RoleId},
    protection::{Protected, Secrecy},
    refusal::{ProductRule, Refusal, Source},
    text::Lang,
};
use proptest::{prelude::*, sample::Index};
use uuid::Uuid;

use crate::towns::{
    Book, article, clerk, code, day, default, default_article, deputy, gone, handler, holder, iide, item,
    minutes, missing, morning, nagasaki, nishi_izu, of_kind, officer, read, role, stamp, step, text, yabu,
};

const INCIDENT: IncidentId = IncidentId(Uuid::from_u128(0x1c));

/// An incident as the server keeps it: decide, append, fold.
struct Case {
    incident: Incident,
    events: Vec<IncidentEvent>,
    profile: Profile,
    now: DateTime<Utc>,
}

impl Case {
    fn begin(profile: Profile, reporter: &Person, opening: &Opening) -> Self {
        let now = morning();
        let events = open(opening, reporter, &profile, now).unwrap();
        let incident = evolve(INCIDENT, None, &stamp(0, now, reporter.id), &events[0]).unwrap();
        Self { incident, events, profile, now }
    }

    fn wait(&mut self, time: TimeDelta) {
        self.now += time;
    }

    fn act(&mut self, actor: &Person, act: &IncidentAct) -> Result<Vec<IncidentEvent>, Refusal> {
        let events = decide(&self.incident, act, actor, &self.profile, self.now)?;
        for event in &events {
            let stamp = stamp(self.events.len() as u128, self.now, actor.id);
            self.incident = evolve(INCIDENT, Some(self.incident.clone()), &stamp, event).unwrap();
            self.events.push(event.clone());
        }
        Ok(events)
    }

    fn done(&mut self, actor: &Person, act: &IncidentAct) -> Vec<IncidentEvent> {
        self.act(actor, act).unwrap()
    }

    fn refused(&mut self, actor: &Person, act: &IncidentAct) -> Refusal {
        self.act(actor, act).unwrap_err()
    }

    fn clocks(&self) -> Vec<ClockView> {
        clocks(&self.incident, &self.profile, &Calendar::national(), self.now)
    }

    fn clock(&self, to: &str) -> ClockView {
        let id = &step(&self.profile, to).id;
        self.clocks().into_iter().find(|view| view.step == *id).unwrap()
    }

    /// Who can take this step: a holder of its role, or a clerk.
    fn teller(&self, step: &ReportStep) -> Person {
        let number = 50 + self.profile.incident.chain.iter().position(|s| s.id == step.id).unwrap() as u128;
        step.from.clone().map_or_else(|| clerk(number), |role| holder(number, role))
    }

    fn tell(&self, to: &str) -> IncidentAct {
        tell(&step(&self.profile, to).id)
    }

    /// Takes every step of the chain that waits.
    fn tell_all(&mut self) {
        let profile = self.profile.clone();
        let steps: Vec<_> = self.incident.steps(&profile).cloned().collect();
        for step in steps {
            if self.incident.told(&step.id).is_none() {
                let teller = self.teller(&step);
                self.done(&teller, &tell(&step.id));
            }
        }
    }

    fn state_all(&mut self) {
        let analyst = clerk(7);
        self.done(&analyst, &IncidentAct::StateCause { cause: text(31) });
        self.done(&analyst, &IncidentAct::StateDamage { damage: text(32) });
        self.done(&analyst, &IncidentAct::StatePrevention { prevention: text(33) });
    }
}

fn tell(step: &str) -> IncidentAct {
    IncidentAct::Tell { step: step.to_owned(), at: None, note: None }
}

fn grave() -> IncidentAct {
    IncidentAct::SetGravity { gravity: Gravity::Grave, attack: false, malicious: false, reason: None }
}

fn loss() -> Opening {
    Opening { content: Some(text(30)), ..Opening::bare(IncidentKind::Loss, Gravity::Incident) }
}

fn encrypted() -> Protected {
    let secrecy = Secrecy::Encrypted { tool: text(21), algorithm: text(22) };
    Protected { secrecy, key_apart: true, verified_by: clerk(3).id, verified_at: morning() - minutes(60) }
}

fn lost(number: u128, protection: Option<Protected>) -> ItemAtLoss {
    ItemAtLoss {
        item: item(number),
        protection,
        item_kind: ItemKind::UsbMemory,
        custody: Custody::Held { by: clerk(2).id },
        carry_out: None,
        categories: [Category::SpecificPersonal].into(),
        records: Some(1200),
    }
}

// ------------------------------------------------------------------------------------------------ reporting

/// req: NI-015
#[test]
fn everybody_who_may_act_can_report_and_both_officers_are_to_be_told_at_once() {
    let profile = nishi_izu();
    for kind in IncidentKind::ALL {
        for reporter in [clerk(1), handler(2), officer(3, &profile, "総括責任者")] {
            let case = Case::begin(profile.clone(), &reporter, &Opening::bare(kind, Gravity::Sign));
            assert_eq!((case.incident.reported_by, case.incident.reported_at), (reporter.id, morning()));
            assert_eq!(case.incident.known_on, day("2026-11-02"));
            for told in ["保護責任者", "システム管理者"] {
                let clock = case.clock(told);
                assert!(matches!(clock.due, Due::At(at) if at <= morning() + minutes(60)));
                assert!(clock.from.is_none(), "whoever learns of it tells");
                assert_eq!(article(&clock.source), "第10条第1項");
            }
        }
    }
    // A sign is enough: nothing has to have happened yet.
    let mut case = Case::begin(profile, &clerk(1), &Opening::bare(IncidentKind::Sign, Gravity::Sign));
    let tell = case.tell("保護責任者");
    case.done(&clerk(1), &tell);
    case.wait(minutes(1_000));
    assert!(!case.clock("保護責任者").overdue && !case.clock("保護責任者").late);
    assert!(case.clock("システム管理者").overdue);
}

#[test]
fn only_who_may_not_act_at_all_cannot_report() {
    let refusal = open(&loss(), &gone(clerk(1)), &default(), morning()).unwrap_err();
    assert_eq!(code(&refusal), "not-designated");
}

#[test]
fn nobody_knew_tomorrow() {
    let opening = Opening { known_on: Some(day("2026-11-09")), ..loss() };
    assert_eq!(Case::begin(default(), &clerk(1), &opening).incident.known_on, day("2026-11-02"));
    let opening = Opening { known_on: Some(day("2026-10-30")), ..loss() };
    assert_eq!(Case::begin(default(), &clerk(1), &opening).incident.known_on, day("2026-10-30"));
}

/// What the register had of an item at the moment of the loss, by the fold of its events.
fn registered(events: &[Event]) -> Item {
    let registered = Event::Registered {
        item_kind: ItemKind::UsbMemory,
        label: "0123456789AB".parse().unwrap(),
        title: text(1),
        control_number: None,
        serial: None,
        holder: clerk(2).id,
    };
    let events: Vec<_> = std::iter::once(&registered)
        .chain(events)
        .zip(0..)
        .map(|(event, number)| Recorded {
            stamp: stamp(number, morning() + minutes(i64::try_from(number).unwrap()), clerk(2).id),
            event: event.clone(),
        })
        .collect();
    fold(item(1), &events).unwrap()
}

/// What an item was like when it was lost stays in the record, whatever is done to the item later.
#[test]
fn protection_holder_and_carry_out_are_those_of_the_moment_of_the_loss() {
    let (carry_out, scan) = (
        Some(CarryOutId(Uuid::from_u128(0xc0))),
        Scan { label: "0123456789AB".parse().unwrap(), method: ScanMethod::Camera },
    );
    let contents = Contents {
        id: ContentsId(Uuid::from_u128(1)),
        category: Category::IdentityVerification,
        purpose: None,
        records: Some(300),
        recorded_on: None,
        purpose_code: None,
        received_on: None,
        retention: None,
        starts_on: None,
    };
    let mut events = vec![
        Event::ContentsRecorded { contents },
        Event::ProtectionRecorded { by: clerk(3).id, secrecy: Secrecy::PasswordOnly, key_apart: true },
        Event::Departed { carry_out, by: clerk(2).id, container: None },
    ];
    let at_loss = ItemAtLoss::of(&registered(&events));
    assert_eq!(at_loss.custody, Custody::Out { carry_out, by: clerk(2).id });
    assert_eq!((at_loss.carry_out, at_loss.records), (carry_out, Some(300)));
    assert_eq!(at_loss.categories, [Category::IdentityVerification].into());
    let protected = at_loss.protection.clone().unwrap();
    assert_eq!((protected.secrecy.code(), protected.verified_by), ("password-only", clerk(3).id));
    assert_eq!((protected.key_apart, protected.verified_at), (true, morning() + minutes(2)));
    assert!(!at_loss.was_encrypted(), "a password alone exempts from nothing");

    let opening = Opening { items: vec![at_loss.clone()], ..loss() };
    let case = Case::begin(default(), &clerk(1), &opening);
    // It comes back and is encrypted after all.
    events.push(Event::Returned { carry_out, by: clerk(2).id, scan });
    events.push(Event::ProtectionRecorded {
        by: clerk(3).id,
        secrecy: Secrecy::Encrypted { tool: text(21), algorithm: text(22) },
        key_apart: true,
    });
    assert_ne!(ItemAtLoss::of(&registered(&events)), at_loss);
    assert_eq!(case.incident.items, [at_loss]);
    assert!(matches!(&case.events[0], IncidentEvent::Opened { items, .. } if *items == case.incident.items));
}

#[test]
fn how_it_was_protected_stands_first() {
    let profile = nishi_izu();
    let plain = Protected { secrecy: Secrecy::None, key_apart: false, ..encrypted() };
    let key_with_it = Protected { key_apart: false, ..encrypted() };
    for (items, known, ja) in [
        (vec![], None, "対象の媒体は登録されていません"),
        (vec![lost(1, Some(encrypted()))], Some(true), "暗号化済み（対象1件すべて"),
        (
            vec![lost(1, Some(encrypted())), lost(2, Some(plain))],
            Some(false),
            "確認できないもの1件（対象2件中）",
        ),
        (vec![lost(1, Some(key_with_it))], Some(false), "確認できないもの1件"),
        (vec![lost(1, None)], Some(false), "確認できないもの1件"),
    ] {
        let case = Case::begin(profile.clone(), &clerk(1), &Opening { items, ..loss() });
        assert_eq!(case.incident.was_encrypted(), known);
        let headline = case.incident.headline(Lang::Ja);
        assert!(headline.contains(ja), "{headline}");
        for lang in [Lang::Ja, Lang::En] {
            let draft = draft(&case.incident, &case.profile, &Book, &read, lang);
            let (first, outline) = (
                draft.find(&case.incident.headline(lang)).unwrap(),
                draft.find(lang.pick("1 概要", "1 Outline")).unwrap(),
            );
            assert!(first < outline, "{draft}");
        }
    }
}

// ------------------------------------------------------------------------------------------------ the chain

/// req: NI-016
/// req: NI-018
#[test]
fn each_officer_tells_the_next_and_his_clock_runs_from_when_he_was_told() {
    let profile = nishi_izu();
    let mut case = Case::begin(profile.clone(), &clerk(1), &loss());
    let protection_officer = officer(2, &profile, "保護責任者");
    let general_officer = officer(3, &profile, "総括責任者");

    // Nobody was told yet: the clocks of those after run from when they ought to have been.
    let Due::At(first) = case.clock("保護責任者").due else { panic!("minutes") };
    let Due::At(second) = case.clock("総括責任者").due else { panic!("minutes") };
    assert!(morning() < first && first < second);
    // An attack is told to the protection officer by the system manager, too: that he ought to have been is no
    // reason to count before anybody told him.
    let mut attacked = Case::begin(profile.clone(), &clerk(1), &Opening { attack: true, ..loss() });
    attacked.wait(minutes(1_000));
    let tell = attacked.tell("保護責任者");
    attacked.done(&clerk(1), &tell);
    assert!(!attacked.clock("総括責任者").overdue);

    case.wait(minutes(10));
    let tell = case.tell("保護責任者");
    case.done(&clerk(1), &tell);
    for to in ["総括責任者", "個人番号制度主管課長"] {
        let Clock::Minutes(within) = step(&profile, to).within else { panic!("minutes") };
        assert_eq!(case.clock(to).due, Due::At(case.now + minutes(within.into())));
        assert_eq!(article(&case.clock(to).source), "第10条第2項");

        let tell = case.tell(to);
        let refusal = case.refused(&clerk(1), &tell);
        assert_eq!((code(&refusal), article(&refusal.source)), ("role-missing", "第10条第2項"));
        case.done(&protection_officer, &tell);
        assert_eq!(case.clock(to).told_at, Some(case.now));
    }
    case.wait(minutes(5));
    let tell = case.tell("町長");
    let refusal = case.refused(&protection_officer, &tell);
    assert_eq!((code(&refusal), article(&refusal.source)), ("role-missing", "第10条第4項"));
    let told = case.done(&general_officer, &tell);
    let IncidentEvent::Told { role: told_in, to, at, .. } = &told[0] else { panic!("{told:?}") };
    assert_eq!((told_in.as_ref(), to), (Some(&role(&profile, "総括責任者")), &None));
    assert_eq!(*at, case.now);
    let refusal = case.refused(&general_officer, &tell);
    assert_eq!((code(&refusal), article(&refusal.source)), ("already-done", "第10条第4項"));
}

/// req: NI-019
#[test]
fn outside_is_told_within_its_terms_and_as_far_as_needed() {
    let profile = nishi_izu();
    let mut case = Case::begin(profile.clone(), &clerk(1), &Opening { malicious: true, ..loss() });
    let head = officer(4, &profile, "個人番号制度主管課長");
    case.done(
        &head,
        &IncidentAct::SetGravity { gravity: Gravity::Grave, attack: false, malicious: true, reason: None },
    );
    for to in ["静岡県", "総務省", "速報", "確報"] {
        assert_eq!(article(&case.clock(to).source), "第10条第5項");
        assert_eq!(case.clock(to).from, Some(role(&profile, "個人番号制度主管課長")));
    }
    assert_eq!(case.clock("速報").due, Due::On(day("2026-11-06")));
    assert_eq!(case.clock("確報").due, Due::On(day("2027-01-04")));

    // 「必要に応じて」: to leave it out is a judgement with its reason, and his whose step it is. Of the
    // prefecture the regulation does not say so.
    let leave_out =
        |to: &str| IncidentAct::LeaveOut { step: step(&profile, to).id.clone(), reason: text(40) };
    assert!(!case.clock("静岡県").as_needed && case.clock("総務省").as_needed);
    let refusal = case.refused(&head, &leave_out("静岡県"));
    assert_eq!((code(&refusal), article(&refusal.source)), ("step-mandatory", "第10条第5項"));
    let tell = case.tell("静岡県");
    case.done(&head, &tell);
    let refusal = case.refused(&officer(5, &profile, "保護責任者"), &leave_out("総務省"));
    assert_eq!((code(&refusal), article(&refusal.source)), ("role-missing", "第10条第5項"));
    case.done(&head, &leave_out("総務省"));
    assert_eq!(case.incident.left_out(&step(&profile, "総務省").id).unwrap().text, text(40));
    case.wait(TimeDelta::days(300));
    assert!(case.clock("総務省").left_out && !case.clock("総務省").overdue);
    assert!(case.clock("速報").overdue && case.clock("確報").overdue);
    // What was left out can still be told.
    let tell = case.tell("総務省");
    case.done(&head, &tell);
    assert!(!case.clock("総務省").left_out && case.clock("総務省").late);
    // The draft is there for whoever reports.
    assert!(draft(&case.incident, &profile, &Book, &read, Lang::Ja).contains("8 再発防止のための措置"));
}

/// req: NG-015
#[test]
fn a_threat_goes_to_the_officer_at_the_top() {
    let profile = nagasaki();
    let opening = Opening { content: Some(text(30)), ..Opening::bare(IncidentKind::Sign, Gravity::Sign) };
    let mut case = Case::begin(profile.clone(), &clerk(1), &opening);
    let clock = case.clock("住基ネットセキュリティ統括責任者");
    assert_eq!(clock.from, Some(role(&profile, "住基ネットセキュリティ管理者")));
    assert!(article(&clock.source).starts_with("第6条第3項"));
    let tell = case.tell("住基ネットセキュリティ統括責任者");
    assert_eq!(code(&case.refused(&clerk(1), &tell)), "role-missing");
    case.done(&officer(2, &profile, "住基ネットセキュリティ管理者"), &tell);
    assert_eq!(case.clock("住基ネットセキュリティ統括責任者").told_at, Some(case.now));
}

/// Day 1 is the day of knowledge. Thirty days for the final report, sixty where malice is suspected; where the
/// last day is closed the next open one counts. Three to five days are a guide that no closed day moves.
#[test]
fn the_clocks_of_the_commission_count_from_the_day_of_knowledge() {
    let calendar = Calendar::national();
    let due = |known_on: NaiveDate, malicious: bool| {
        let opening = Opening {
            known_on: Some(known_on),
            malicious,
            ..Opening::bare(IncidentKind::Leak, Gravity::Grave)
        };
        let profile = default();
        let now = morning() + TimeDelta::days(400);
        let events = open(&opening, &clerk(1), &profile, now).unwrap();
        let incident = evolve(INCIDENT, None, &stamp(0, now, clerk(1).id), &events[0]).unwrap();
        let views = clocks(&incident, &profile, &calendar, now);
        let of = |to: &str| views.iter().find(|view| view.step == step(&profile, to).id).unwrap().clone();
        for to in ["速報", "確報"] {
            assert!(default_article(&of(to).source).starts_with("別添2"));
        }
        let on = |view: &ClockView| match view.due {
            Due::On(day) => day,
            due @ Due::At(_) => panic!("{due:?}"),
        };
        (on(&of("速報")), on(&of("確報")))
    };
    // Monday 2 November: the fifth day is a Friday, the thirtieth Tuesday 1 December, the sixtieth New Year's
    // Eve, from where it moves past the closed days and the Sunday to Monday 4 January.
    assert_eq!(due(day("2026-11-02"), false), (day("2026-11-06"), day("2026-12-01")));
    assert_eq!(due(day("2026-11-02"), true), (day("2026-11-06"), day("2027-01-04")));
    // Thursday 5 November: the fifth day is Monday 9; the thirtieth Friday 4 December.
    assert_eq!(due(day("2026-11-05"), false), (day("2026-11-09"), day("2026-12-04")));
    // Friday 6 November: the thirtieth is a Saturday and becomes Monday 7 December. Wednesday 4 November: the
    // fifth day is a Sunday and stays one.
    assert_eq!(due(day("2026-11-06"), false).1, day("2026-12-07"));
    assert_eq!(due(day("2026-11-04"), false).0, day("2026-11-08"));
}

#[test]
fn a_day_is_in_time_until_its_end_in_japan() {
    let due = Due::On(day("2026-11-06"));
    let midnight: DateTime<Utc> = "2026-11-06T15:00:00Z".parse().unwrap();
    assert!(!due.is_past(midnight - TimeDelta::milliseconds(1)) && due.is_past(midnight));
    assert_eq!(due.moment(), midnight - TimeDelta::milliseconds(1));
    let due = Due::At(morning());
    assert!(!due.is_past(morning()) && due.is_past(morning() + TimeDelta::milliseconds(1)));
}

/// req: NI-017
#[test]
fn an_attack_takes_its_own_branch() {
    let profile = nishi_izu();
    let mut case = Case::begin(profile.clone(), &clerk(1), &loss());
    let manager = officer(2, &profile, "システム管理者");
    let attack_step = profile.incident.chain.iter().find(|step| step.attack_only).unwrap().id.clone();
    let tell = tell(&attack_step);
    let refusal = case.refused(&manager, &tell);
    assert_eq!((code(&refusal), article(&refusal.source)), ("step-not-applicable", "第10条第3項"));
    assert!(case.clocks().iter().all(|view| view.step != attack_step));

    // Suspicion is enough, from the beginning or later.
    let attack = IncidentAct::SetGravity {
        gravity: Gravity::Incident,
        attack: true,
        malicious: true,
        reason: Some(text(41)),
    };
    let refusal = case.refused(&clerk(9), &attack);
    assert_eq!(code(&refusal), "role-missing");
    case.done(&manager, &attack);
    case.done(&manager, &tell);
    let opened = Case::begin(profile, &clerk(1), &Opening::bare(IncidentKind::Attack, Gravity::Sign));
    assert!(opened.incident.attack);

    // The cable was pulled, and the record says when and by whom.
    case.wait(minutes(3));
    case.done(&clerk(8), &IncidentAct::Contain { measure: text(42) });
    let measure = &case.incident.measures[0];
    assert_eq!((measure.by, measure.at, measure.text), (clerk(8).id, case.now, text(42)));
}

/// req: YB-044
#[test]
fn the_first_report_and_the_instructions_have_their_times() {
    let profile = yabu();
    let mut case = Case::begin(profile.clone(), &handler(1), &loss());
    let clock = case.clock("システム管理者");
    assert_eq!(article(&clock.source), "第12条第1項");
    let refusal = check(&case.incident, IncidentActKind::Tell, &clerk(1), &profile).unwrap_err();
    assert_eq!((code(&refusal), article(&refusal.source)), ("role-missing", "第12条第1項"));
    case.wait(minutes(4));
    let tell = case.tell("システム管理者");
    case.done(&handler(1), &tell);
    assert_eq!(case.clock("システム管理者").told_at, Some(morning() + minutes(4)));

    let instruct = IncidentAct::Instruct { instruction: text(43) };
    assert_eq!(code(&case.refused(&handler(1), &instruct)), "role-missing");
    case.wait(minutes(1));
    let manager = officer(2, &profile, "システム管理者");
    case.done(&manager, &instruct);
    let given = &case.incident.instructions[0];
    assert_eq!((given.by, given.at, given.text), (manager.id, morning() + minutes(5), text(43)));
}

/// req: YB-049
#[test]
fn a_grave_incident_goes_to_the_chief_officer_and_the_agencies() {
    let profile = yabu();
    let mut case = Case::begin(profile.clone(), &handler(1), &loss());
    let manager = officer(2, &profile, "システム管理者");
    let outside = ["最高情報セキュリティ責任者", "関係機関"];
    for to in outside {
        let tell = case.tell(to);
        let refusal = case.refused(&manager, &tell);
        assert_eq!((code(&refusal), article(&refusal.source)), ("step-not-applicable", "第15条第2項"));
    }
    case.done(&manager, &grave());
    for to in outside {
        assert!(case.clocks().iter().any(|view| view.step == step(&profile, to).id));
        let tell = case.tell(to);
        assert_eq!(code(&case.refused(&handler(1), &tell)), "role-missing");
        case.done(&manager, &tell);
        assert_eq!(case.clock(to).told_at, Some(case.now));
    }
}

#[test]
fn telling_can_be_recorded_later_but_not_ahead_of_time() {
    let profile = nishi_izu();
    let told_at = |at: DateTime<Utc>| {
        let mut case = Case::begin(profile.clone(), &clerk(1), &loss());
        case.wait(minutes(300));
        let step = step(&profile, "保護責任者").id.clone();
        case.done(&clerk(1), &IncidentAct::Tell { step, at: Some(at), note: Some(text(44)) });
        case
    };
    let case = told_at(morning() + minutes(7));
    let told = case.incident.told(&step(&profile, "保護責任者").id).unwrap();
    assert_eq!((told.at, told.recorded_at), (morning() + minutes(7), morning() + minutes(300)));
    assert!(!case.clock("保護責任者").late);

    let case = told_at(morning() + minutes(360));
    assert_eq!(case.clock("保護責任者").told_at, Some(morning() + minutes(300)));
    assert!(case.clock("保護責任者").late, "told after five hours");
}

#[test]
fn no_such_step() {
    let mut case = Case::begin(nishi_izu(), &clerk(1), &loss());
    assert_eq!(code(&case.refused(&clerk(1), &tell("to-the-moon"))), "no-such-step");
}

/// A step belongs to its role, and its clause says so.
#[test]
fn role_missing() {
    let profile = nishi_izu();
    let mut case = Case::begin(profile.clone(), &clerk(1), &loss());
    for to in ["総括責任者", "個人番号制度主管課長", "町長", "静岡県"] {
        let step = step(&profile, to);
        for stranger in [clerk(9), handler(9), officer(9, &profile, "監査責任者")] {
            let refusal = case.refused(&stranger, &tell(&step.id));
            assert_eq!((code(&refusal), &refusal.source), ("role-missing", &step.source), "{to}");
        }
        let teller = case.teller(step);
        case.done(&teller, &tell(&step.id));
    }
    // Of what no step speaks the parts do that people play.
    let refusal = case.refused(&clerk(9), &grave());
    assert_eq!(code(&refusal), "role-missing");
    assert_eq!(refusal.source, Source::Product(ProductRule::PartsOnly));
}

/// A step of graver incidents, or of attacks, is none of this one's until it is judged anew.
#[test]
fn step_not_applicable() {
    let profile = yabu();
    let mut case = Case::begin(profile.clone(), &clerk(1), &Opening::bare(IncidentKind::Sign, Gravity::Sign));
    let manager = officer(2, &profile, "システム管理者");
    let tell = case.tell("最高情報セキュリティ責任者");
    for gravity in [Gravity::Incident, Gravity::Grave] {
        let refusal = case.refused(&manager, &tell);
        assert_eq!((code(&refusal), article(&refusal.source)), ("step-not-applicable", "第15条第2項"));
        let judged = IncidentAct::SetGravity { gravity, attack: false, malicious: false, reason: None };
        case.done(&manager, &judged);
    }
    case.done(&manager, &tell);
}

/// Only what the regulation leaves to judgement (必要に応じて) can be left out.
#[test]
fn step_mandatory() {
    for profile in [yabu(), nishi_izu(), nagasaki()] {
        let opening = Opening { attack: true, ..Opening::bare(IncidentKind::Attack, Gravity::Grave) };
        let mut case = Case::begin(profile.clone(), &clerk(1), &opening);
        for step in &profile.incident.chain {
            // A word that nothing needs to be reported is for an officer, also where anybody reports.
            let mut teller = case.teller(step);
            teller.roles.extend(officer(40, &profile, &profile.roles[0].name.ja).roles);
            let leave_out = IncidentAct::LeaveOut { step: step.id.clone(), reason: text(40) };
            match case.act(&teller, &leave_out) {
                Ok(_) => assert!(step.as_needed, "{}", step.id),
                Err(refusal) => {
                    assert_eq!((code(&refusal), &refusal.source), ("step-mandatory", &step.source));
                    assert!(!step.as_needed, "{}", step.id);
                }
            }
        }
    }
}

#[test]
fn a_role_of_a_division_speaks_for_its_own() {
    let profile = nishi_izu();
    let [here, there] = [1, 2].map(|number| hokan_domain::ids::DivisionId(Uuid::from_u128(number)));
    let opening = Opening { division: Some(here), ..loss() };
    let mut case = Case::begin(profile.clone(), &clerk(1), &opening);
    let of = |division| {
        let mut person = officer(2, &profile, "保護責任者");
        person.roles = person
            .roles
            .into_iter()
            .map(|held| hokan_domain::person::RoleHeld { division: Some(division), ..held })
            .collect();
        person
    };
    let tell = case.tell("総括責任者");
    assert_eq!(code(&case.refused(&of(there), &tell)), "role-missing");
    case.done(&of(here), &tell);
}

// -------------------------------------------------------------------------------------------------- closing

/// req: YB-048
/// req: YB-050
#[test]
fn no_incident_is_closed_without_cause_damage_and_a_plan_against_its_repetition() {
    let profile = yabu();
    let mut case = Case::begin(profile.clone(), &handler(1), &loss());
    let refusal = case.refused(&officer(2, &profile, "システム管理者"), &IncidentAct::Close {});
    let fields = of_kind(missing(&refusal), "field");
    let wanted = [("原因", "第15条第1項"), ("被害の状況", "第15条第1項"), ("再発防止策", "第15条第3項")];
    assert_eq!(fields.len(), wanted.len());
    for ((name, article), (wanted, cited)) in fields.iter().zip(wanted) {
        assert!(*name == wanted && article.contains(cited), "{name}: {article}");
    }
    assert!(article(&refusal.source).contains("第15条第1項"), "the first of them is cited");

    // Whoever knows something states it.
    case.done(&handler(1), &IncidentAct::StateContent { content: text(34) });
    case.done(&handler(1), &IncidentAct::StateCause { cause: text(31) });
    case.done(&handler(1), &IncidentAct::StateDamage { damage: text(32) });
    let refusal = case.refused(&handler(1), &IncidentAct::Close {});
    assert_eq!(of_kind(missing(&refusal), "field"), [("再発防止策", "第15条第3項")]);
    case.done(&handler(1), &IncidentAct::StatePrevention { prevention: text(33) });
    let facts = case.incident.facts;
    assert_eq!(
        (facts.content, facts.cause, facts.damage, facts.prevention),
        (Some(text(34)), Some(text(31)), Some(text(32)), Some(text(33)))
    );

    case.tell_all();
    let approvers = case.incident.gate(&profile).unwrap().approvers.clone();
    for (role, number) in approval::missing(&approvers, &[]).into_iter().zip(60..) {
        case.done(&holder(number, role), &IncidentAct::ApproveClosing {});
    }
    case.done(&handler(1), &IncidentAct::Close {});
    assert_eq!(case.incident.closed.unwrap().by, handler(1).id);
}

/// req: NI-020
#[test]
fn both_officers_analyse_the_cause_and_approve_the_closing() {
    let profile = nishi_izu();
    let mut case = Case::begin(profile.clone(), &clerk(1), &loss());
    let protection_officer = officer(2, &profile, "保護責任者");
    let system_manager = officer(3, &profile, "システム管理者");

    let refusal = case.refused(&protection_officer, &IncidentAct::ApproveClosing {});
    let fields = of_kind(missing(&refusal), "field");
    assert!(fields.contains(&("原因", "第10条第6項")) && fields.contains(&("再発防止策", "第10条第6項")));
    case.state_all();
    // Whom nobody told of it is missing, too, each by its own clause.
    let refusal = case.refused(&protection_officer, &IncidentAct::ApproveClosing {});
    let reports: Vec<_> =
        missing(&refusal).iter().filter(|one| one.code == "report").map(|one| &*one.name.ja).collect();
    for to in ["保護責任者", "システム管理者", "総括責任者", "個人番号制度主管課長", "町長", "総務省"]
    {
        assert!(reports.iter().any(|name| name.contains(to)), "{to}: {reports:?}");
    }
    case.tell_all();

    let refusal = case.refused(&clerk(9), &IncidentAct::Close {});
    assert_eq!(
        of_kind(missing(&refusal), "approval"),
        [("保護責任者の承認", "第10条第6項"), ("システム管理者の承認", "第10条第6項")]
    );
    let refusal = case.refused(&officer(4, &profile, "総括責任者"), &IncidentAct::ApproveClosing {});
    assert_eq!((code(&refusal), article(&refusal.source)), ("not-approver", "第10条第6項"));

    case.done(&protection_officer, &IncidentAct::ApproveClosing {});
    let refusal = case.refused(&protection_officer, &IncidentAct::ApproveClosing {});
    assert_eq!(code(&refusal), "already-approved");
    let refusal = case.refused(&protection_officer, &IncidentAct::Close {});
    assert_eq!(of_kind(missing(&refusal), "approval"), [("システム管理者の承認", "第10条第6項")]);

    // One person who holds both roles is still one person.
    let mut both = protection_officer.clone();
    both.roles.extend(system_manager.roles.clone());
    assert_eq!(code(&case.refused(&both, &IncidentAct::ApproveClosing {})), "already-approved");
    // And so is a deputy of somebody who approved.
    let stand_in = deputy(6, role(&profile, "システム管理者"), &protection_officer);
    assert_eq!(code(&case.refused(&stand_in, &IncidentAct::ApproveClosing {})), "not-approver");

    case.done(&system_manager, &IncidentAct::ApproveClosing {});
    let late = deputy(7, role(&profile, "システム管理者"), &clerk(8));
    assert_eq!(code(&case.refused(&late, &IncidentAct::ApproveClosing {})), "already-done");
    case.done(&protection_officer, &IncidentAct::Close {});
    assert_eq!(case.incident.closed.unwrap().by, protection_officer.id);
}

/// Who approved something approved that and not what became of it later.
#[test]
fn what_changes_the_substance_voids_the_approvals() {
    let profile = nishi_izu();
    let (one, other) = (officer(2, &profile, "保護責任者"), officer(3, &profile, "システム管理者"));
    let changes = [
        IncidentAct::StateCause { cause: text(91) },
        IncidentAct::StateDamage { damage: text(92) },
        IncidentAct::StatePrevention { prevention: text(93) },
        IncidentAct::StateContent { content: text(94) },
        IncidentAct::Count { persons: 12 },
        IncidentAct::AddItem { item: lost(5, None) },
        grave(),
    ];
    for change in changes {
        let mut case = Case::begin(profile.clone(), &clerk(1), &loss());
        case.state_all();
        case.tell_all();
        case.done(&one, &IncidentAct::ApproveClosing {});
        case.done(&other, &IncidentAct::ApproveClosing {});
        case.done(&one, &change);
        assert!(case.incident.approvals.is_empty(), "{change:?}");
        let refusal = case.refused(&one, &IncidentAct::Close {});
        assert_eq!(of_kind(missing(&refusal), "approval").len(), 2, "{change:?}");
    }
}

/// Where one officer's approval is enough, another person closes.
#[test]
fn closes_alone() {
    let mut profile = nishi_izu();
    let one = role(&profile, "保護責任者");
    for gate in &mut profile.gates {
        if gate.gated == Gated::CloseIncident {
            gate.approvers = hokan_domain::profile::Approvers::One(one.clone());
        }
    }
    let mut case = Case::begin(profile.clone(), &clerk(1), &loss());
    case.state_all();
    case.tell_all();
    let officer = officer(2, &profile, "保護責任者");
    case.done(&officer, &IncidentAct::ApproveClosing {});
    let refusal = case.refused(&officer, &IncidentAct::Close {});
    assert_eq!(code(&refusal), "closes-alone");
    assert_eq!(refusal.source, Source::Product(ProductRule::RequesterNotApprover));
    let stand_in = deputy(3, one, &officer);
    assert_eq!(code(&case.refused(&stand_in, &IncidentAct::Close {})), "closes-alone");
    case.done(&clerk(4), &IncidentAct::Close {});
}

#[test]
fn where_the_regulation_is_silent_the_national_default_asks_and_is_cited_as_such() {
    let profile = iide();
    let mut case = Case::begin(profile, &clerk(1), &loss());
    let refusal = case.refused(&clerk(1), &IncidentAct::Close {});
    for missing in missing(&refusal) {
        assert!(default_article(&missing.source).starts_with("別添2"), "{missing:?}");
        assert!(missing.source.cite(Lang::Ja).contains("国の標準"));
    }
}

/// A closed incident is only opened again.
#[test]
fn incident_closed() {
    let profile = yabu();
    let mut case = Case::begin(profile.clone(), &clerk(1), &loss());
    let refusal = case.refused(&clerk(1), &IncidentAct::Reopen { reason: text(50) });
    assert_eq!(code(&refusal), "already-done");
    case.state_all();
    case.tell_all();
    let approvers = case.incident.gate(&profile).unwrap().approvers.clone();
    for (role, number) in approval::missing(&approvers, &[]).into_iter().zip(60..) {
        case.done(&holder(number, role), &IncidentAct::ApproveClosing {});
    }
    case.done(&clerk(9), &IncidentAct::Close {});
    for kind in IncidentActKind::ALL.into_iter().filter(|kind| *kind != IncidentActKind::Reopen) {
        let refusal = check(&case.incident, kind, &officer(2, &profile, "システム管理者"), &profile);
        assert_eq!(code(&refusal.unwrap_err()), "incident-closed", "{kind:?}");
    }
    let tell = case.tell("システム管理者");
    assert_eq!(code(&case.refused(&clerk(1), &tell)), "incident-closed");
    // What turns up later is evidence like the rest.
    case.done(&clerk(1), &IncidentAct::Reopen { reason: text(50) });
    assert!(case.incident.closed.is_none() && case.incident.approvals.is_empty());
    case.done(&clerk(1), &IncidentAct::StateCause { cause: text(51) });
}

#[test]
fn the_same_item_is_not_added_twice() {
    let mut case = Case::begin(default(), &clerk(1), &Opening { items: vec![lost(1, None)], ..loss() });
    let again = IncidentAct::AddItem { item: lost(1, Some(encrypted())) };
    assert_eq!(code(&case.refused(&clerk(1), &again)), "already-done");
    case.done(&clerk(1), &IncidentAct::AddItem { item: lost(2, Some(encrypted())) });
    assert_eq!(case.incident.items.len(), 2);
}

// ------------------------------------------------------------------------------------- what others are told

/// req: NI-021
#[test]
fn publication_and_what_was_done_for_the_persons_are_recorded() {
    let profile = nishi_izu();
    let mut case = Case::begin(profile.clone(), &clerk(1), &loss());
    let publish = IncidentAct::Publish { on: day("2026-11-02"), note: Some(text(45)) };
    let notify = IncidentAct::NotifyPerson { persons: 1180, note: Some(text(46)) };
    for act in [&publish, &notify] {
        assert_eq!(code(&case.refused(&clerk(1), act)), "role-missing");
    }
    case.done(&officer(2, &profile, "個人番号制度主管課長"), &publish);
    case.done(&officer(3, &profile, "保護責任者"), &notify);
    let (published, notified) = (&case.incident.published[0], &case.incident.notified[0]);
    assert_eq!((published.on, published.note), (day("2026-11-02"), Some(text(45))));
    assert_eq!((notified.persons, notified.at), (1180, case.now));
    let draft = draft(&case.incident, &profile, &Book, &read, Lang::Ja);
    assert!(draft.contains("1180人に連絡") && draft.contains("令和8年11月2日 公表"), "{draft}");
}

#[test]
fn the_draft_has_the_nine_items_and_says_what_is_not_known_yet() {
    let profile = nishi_izu();
    let items = vec![lost(1, Some(encrypted())), lost(2, None)];
    let mut case = Case::begin(profile.clone(), &clerk(1), &Opening { items, ..loss() });
    let nine = [
        "1 概要",
        "2 特定個人情報の項目",
        "3 本人の数",
        "4 原因",
        "5 二次被害又はそのおそれの有無及びその内容",
        "6 本人への対応の実施状況",
        "7 公表の実施状況",
        "8 再発防止のための措置",
        "9 その他参考となる事項",
    ];
    let in_order = |draft: &str| {
        let places: Vec<_> = nine.iter().map(|heading| draft.find(heading).unwrap()).collect();
        assert!(places.is_sorted(), "{draft}");
    };
    let before = draft(&case.incident, &profile, &Book, &read, Lang::Ja);
    in_order(&before);
    assert_eq!(before.matches("（未記載）").count(), 4, "number, cause, damage, prevention: {before}");
    assert_eq!(before.matches("未実施").count(), 2);

    case.state_all();
    case.done(&clerk(1), &IncidentAct::Count { persons: 1180 });
    case.done(&clerk(1), &IncidentAct::StateContent { content: text(666) });
    case.done(&clerk(1), &IncidentAct::Contain { measure: text(42) });
    case.tell_all();
    let after = draft(&case.incident, &profile, &Book, &read, Lang::Ja);
    in_order(&after);
    assert!(!after.contains("（未記載）"), "{after}");
    for known in [
        "暗号化（鍵・パスワードは別に管理）",
        "方式 本文22、ソフトウェア 本文21",
        "記録なし（確認されていない）",
        "確認 2026-11-02 08:00 職員3",
        "知った日 令和8年11月2日",
        "（記載は消去済み）",
        "特定個人情報",
        "記録された件数 2400件",
        "1180人",
        "本文31",
        "本文32",
        "本文33",
        "措置 2026-11-02 09:00 本文42",
        "町長への報告 2026-11-02 09:00",
    ] {
        assert!(after.contains(known), "{known}: {after}");
    }
    for lang in [Lang::Ja, Lang::En] {
        let draft = draft(&case.incident, &profile, &Book, &read, lang);
        for id in ["per_", "itm_", "txt_", "inc_"] {
            assert!(!draft.contains(id), "{draft}");
        }
    }
}

// ----------------------------------------------------------------------------------------------- properties

static PROFILES: LazyLock<[Profile; 4]> = LazyLock::new(|| [default(), yabu(), nishi_izu(), iide()]);

/// People of every role of the profile, a deputy of each, and two who hold none.
fn people(profile: &Profile) -> Vec<Person> {
    let roles: Vec<RoleId> = profile.roles.iter().map(|role| role.id.clone()).collect();
    let mut people = vec![clerk(0), handler(1), gone(clerk(2))];
    for (role, number) in roles.into_iter().zip(1_u128..) {
        let one = holder(number * 10, role.clone());
        people.push(deputy(number * 10 + 1, role, &one));
        people.push(one);
    }
    people
}

#[derive(Debug, Clone)]
struct Try {
    who: Index,
    what: u8,
    which: Index,
    flags: (bool, bool),
    wait: i64,
}

fn tries() -> impl Strategy<Value = Vec<Try>> {
    let one = (any::<Index>(), 0_u8..48, any::<Index>(), any::<(bool, bool)>(), 0_i64..5_000);
    prop::collection::vec(
        one.prop_map(|(who, what, which, flags, wait)| Try { who, what, which, flags, wait }),
        0..120,
    )
}

fn act_of(one: &Try, profile: &Profile) -> IncidentAct {
    let step = one.which.get(&profile.incident.chain).id.clone();
    let gravity = *one.which.get(&Gravity::ALL);
    let note = text(100);
    match one.what {
        0..=7 => tell(&step),
        8 | 9 => IncidentAct::LeaveOut { step, reason: note },
        10 => IncidentAct::Contain { measure: note },
        11 => IncidentAct::Instruct { instruction: note },
        12 => IncidentAct::AddItem { item: lost(one.which.index(3) as u128, None) },
        13 => IncidentAct::SetGravity { gravity, attack: one.flags.0, malicious: one.flags.1, reason: None },
        14 => IncidentAct::StateCause { cause: note },
        15 => IncidentAct::StateDamage { damage: note },
        16 => IncidentAct::StatePrevention { prevention: note },
        17 => IncidentAct::Count { persons: 7 },
        18 => IncidentAct::Reopen { reason: note },
        19..=36 => IncidentAct::ApproveClosing {},
        _ => IncidentAct::Close {},
    }
}

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(256))]

    /// Whatever people try, in whichever order: an incident that is closed has all that its regulation asks for,
    /// and more than one person had a hand in it.
    #[test]
    fn nothing_is_closed_without_what_the_profile_asks_for(
        which in 0_usize..4,
        far in any::<(bool, bool)>(),
        tries in tries(),
    ) {
        let profile = PROFILES[which].clone();
        let people = people(&profile);
        let mut case = Case::begin(profile.clone(), &clerk(0), &loss());
        // From nothing at all few tries come to an end.
        if far.0 {
            case.tell_all();
        }
        if far.1 {
            case.state_all();
        }
        for one in &tries {
            case.wait(minutes(one.wait));
            let (actor, act) = (one.who.get(&people), act_of(one, &profile));
            let before = case.incident.clone();
            match case.act(actor, &act) {
                Ok(_) => prop_assert!(actor.active),
                Err(_) => prop_assert_eq!(&case.incident, &before, "a refusal changes nothing"),
            }
            if before.closed.is_none() && case.incident.closed.is_some() {
                prop_assert_eq!(missing_to_close(&case.incident, &profile), vec![]);
                let rules = &profile.incident;
                let facts = case.incident.facts;
                prop_assert!(rules.cause.is_none() || facts.cause.is_some());
                prop_assert!(rules.damage.is_none() || facts.damage.is_some());
                prop_assert!(rules.prevention.is_none() || facts.prevention.is_some());
                for step in case.incident.steps(&profile) {
                    let left_out = step.as_needed && case.incident.left_out(&step.id).is_some();
                    prop_assert!(case.incident.told(&step.id).is_some() || left_out, "{}", step.id);
                }
                let mut hands: BTreeSet<PersonId> =
                    case.incident.approvals.iter().map(|given| given.by).collect();
                hands.insert(actor.id);
                prop_assert!(hands.len() > 1);
            }
        }
    }

    /// What a page offers is what the server then does, as far as the page can know.
    #[test]
    fn what_is_offered_is_what_is_decided(which in 0_usize..4, tries in tries()) {
        let profile = PROFILES[which].clone();
        let people = people(&profile);
        let mut case = Case::begin(profile.clone(), &clerk(0), &loss());
        for one in &tries {
            let (actor, act) = (one.who.get(&people), act_of(one, &profile));
            let offered = open_acts(&case.incident, actor, &profile);
            let (_, answer) = offered.into_iter().find(|(kind, _)| *kind == act.kind()).unwrap();
            let decided = decide(&case.incident, &act, actor, &profile, case.now);
            if answer.is_err() {
                prop_assert!(decided.is_err(), "not offered, yet done: {act:?}");
            }
            if !matches!(
                act,
                IncidentAct::Tell { .. } | IncidentAct::LeaveOut { .. } | IncidentAct::AddItem { .. }
            ) {
                prop_assert_eq!(answer.err(), decided.err());
            }
            let _ = case.act(actor, &act);
        }
    }

    /// `evolve` takes any event on any incident, and the clocks can be told of whatever comes of it.
    #[test]
    fn folding_is_total(order in prop::collection::vec(any::<Index>(), 0..60), days in 0_i64..100_000) {
        let golden = events();
        let mut incident = None;
        for (index, number) in order.iter().zip(0..) {
            incident = evolve(INCIDENT, incident, &stamp(number, morning(), clerk(1).id), index.get(&golden));
        }
        if let Some(incident) = incident {
            for profile in &*PROFILES {
                let now = morning() + TimeDelta::days(days);
                let views = clocks(&incident, profile, &Calendar::national(), now);
                prop_assert_eq!(views.len(), incident.steps(profile).count());
                prop_assert!(!draft(&incident, profile, &Book, &read, Lang::Ja).is_empty());
            }
            let json = serde_json::to_string(&incident).unwrap();
            prop_assert_eq!(serde_json::from_str::<Incident>(&json).unwrap(), incident);
        }
    }
}

/// The property above would hold of a world in which nothing can be closed.
#[test]
fn under_every_regulation_an_incident_can_be_closed() {
    for profile in &*PROFILES {
        for gravity in Gravity::ALL {
            for kind in IncidentKind::ALL {
                let mut case = Case::begin(profile.clone(), &clerk(1), &Opening::bare(kind, gravity));
                case.state_all();
                case.tell_all();
                if let Some(gate) = case.incident.gate(profile) {
                    for (role, number) in approval::missing(&gate.approvers, &[]).into_iter().zip(60..) {
                        case.done(&holder(number, role), &IncidentAct::ApproveClosing {});
                    }
                }
                case.done(&clerk(1), &IncidentAct::Close {});
                assert_eq!(jst_date(case.incident.closed.unwrap().at), day("2026-11-02"));
            }
        }
    }
}

// ---------------------------------------------------------------------------------------------------- golden

const GOLDEN: &str = include_str!("golden_incident_events.jsonl");

/// What the golden lines mean, in their order.
fn events() -> Vec<IncidentEvent> {
    let id = |number: u128| Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0000 + number);
    let (by, other) = (PersonId(id(1)), PersonId(id(2)));
    let at_loss = ItemAtLoss {
        item: hokan_domain::ids::ItemId(id(3)),
        protection: Some(Protected { verified_by: other, verified_at: morning(), ..encrypted() }),
        item_kind: ItemKind::UsbMemory,
        custody: Custody::Out { carry_out: Some(CarryOutId(id(4))), by },
        carry_out: Some(CarryOutId(id(4))),
        categories: [Category::SpecificPersonal, Category::IdentityVerification].into(),
        records: Some(1200),
    };
    let bare = ItemAtLoss {
        item: at_loss.item,
        protection: None,
        item_kind: ItemKind::UsbMemory,
        custody: Custody::Held { by },
        carry_out: None,
        categories: BTreeSet::new(),
        records: None,
    };
    let officer = RoleId::from("protection-officer");
    vec![
        IncidentEvent::Opened {
            by,
            incident_kind: IncidentKind::Loss,
            gravity: Gravity::Incident,
            known_on: day("2026-11-02"),
            division: Some(hokan_domain::ids::DivisionId(id(5))),
            content: Some(text(11)),
            attack: false,
            malicious: true,
            items: vec![at_loss],
        },
        IncidentEvent::Opened {
            by,
            incident_kind: IncidentKind::Sign,
            gravity: Gravity::Sign,
            known_on: day("2026-11-02"),
            division: None,
            content: None,
            attack: false,
            malicious: false,
            items: Vec::new(),
        },
        IncidentEvent::ItemAdded { by, item: bare },
        IncidentEvent::GravitySet {
            by,
            gravity: Gravity::Grave,
            attack: true,
            malicious: false,
            reason: Some(text(12)),
        },
        IncidentEvent::ContentStated { by, content: text(13) },
        IncidentEvent::CauseStated { by, cause: text(14) },
        IncidentEvent::DamageStated { by, damage: text(15) },
        IncidentEvent::PreventionStated { by, prevention: text(16) },
        IncidentEvent::AffectedCounted { by, persons: 1180 },
        IncidentEvent::Contained { by, measure: text(17) },
        IncidentEvent::Instructed { by, instruction: text(18) },
        IncidentEvent::Told {
            step: "to-general-officer".to_owned(),
            by,
            role: Some(officer.clone()),
            deputy_for: Some(other),
            to: Some(RoleId::from("general-officer")),
            at: morning() + TimeDelta::milliseconds(123),
            note: Some(text(19)),
        },
        IncidentEvent::Told {
            step: "to-officer".to_owned(),
            by,
            role: None,
            deputy_for: None,
            to: None,
            at: morning(),
            note: None,
        },
        IncidentEvent::StepLeftOut {
            step: "to-ministry".to_owned(),
            by,
            role: Some(officer.clone()),
            deputy_for: None,
            reason: text(20),
        },
        IncidentEvent::Published { by, on: day("2026-11-05"), note: Some(text(23)) },
        IncidentEvent::PersonNotified { by, persons: 1180, note: None },
        IncidentEvent::ApprovedClosing { by, role: officer, deputy_for: Some(other) },
        IncidentEvent::Closed { by },
        IncidentEvent::Reopened { by, reason: text(24) },
    ]
}

#[test]
fn events_are_read_and_written_as_ever() {
    crate::golden::check(GOLDEN, &events(), IncidentEvent::kind, IncidentEvent::texts);
    crate::golden::every_kind(include_str!("../../src/incident.rs"), GOLDEN);
    assert_eq!(SUBJECT_KIND, "incident");
}

#[test]
fn codes_name_what_they_are_the_codes_of() {
    for kind in IncidentKind::ALL {
        assert_eq!(IncidentKind::from_code(kind.code()), Some(kind));
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.code());
        assert_ne!(kind.name(Lang::Ja), kind.name(Lang::En));
    }
    for kind in IncidentActKind::ALL {
        assert_eq!(IncidentActKind::from_code(kind.code()), Some(kind));
        assert_ne!(kind.name(Lang::Ja), kind.name(Lang::En));
    }
    for gravity in Gravity::ALL {
        assert_eq!(Gravity::from_code(gravity.code()), Some(gravity));
        assert_eq!(serde_json::to_value(gravity).unwrap(), gravity.code());
    }
}
