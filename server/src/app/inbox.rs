//! The inbox: what waits for a person, as the register has it now.
//!
//! Nothing of it is stored, so nothing can get out of step. Whether something waits for a person is asked of
//! the functions that decide whether he may do it, so that no line leads to a refusal.

use std::{collections::BTreeSet, sync::Arc};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use hokan_domain::{
    approval::{Request, RequestState, Wanted, deciding, holding},
    authority::{
        designation::{Designated, Owed, rule_of, short_of},
        officers, validation,
    },
    calendar::Calendar,
    carry_out::{self, CarryOut, CarryOutActKind, CarryOutState, Situation, needs},
    custody::{self, ActKind},
    disposal::{Destruction, Done, Performed},
    entry_book::Permit,
    hand_over::Offer,
    ids::PersonId,
    incident::{self, ClockView, Incident, IncidentActKind},
    item::{Item, ItemKind},
    japan_date::{jst_date, jst_date_time, jst_day_start, wareki},
    person::{Part, Person},
    profile::{Designation, Gated, HANDLER, Inspection, Profile, RoleId, kinds::GROUPS},
    text::{Lang, Names, TextRef},
};
use hokan_mobile_api::{
    Caller, Problem,
    wire::{self, ItemSummary, Named},
};
use hokan_outbound::retry::Disable;

use super::{App, Book, retention::Whose, store_problem};
use crate::store::{
    StoreError,
    alerts::{Look, Matters, OpenFinding, Unchecked},
    calendars::CLOSED_DAYS,
    deliveries::MailTrouble,
    roles::{Holding, Stranded},
    webhooks::Webhook,
};

/// The page that shows all of it.
pub(crate) const INBOX_PAGE: &str = "/inbox";
/// The page of what has to go.
const RETENTION_PAGE: &str = "/retention";

/// What ends within so many days is told.
const TERMS_DAYS: i64 = 30;
/// Items that have to go are listed one by one up to this many, and counted beyond.
const MOST_DUE_ITEMS: u64 = 10;
/// The inspection at which media are looked at for faults (障害の有無).
const MEDIA_FAULTS: &str = "media-faults";
/// The group of kinds that it looks at.
const MEDIA: &str = "media";
/// How far back a mail that was given up troubles anybody.
const MAIL_TROUBLE_DAYS: i64 = 7;
/// A mail that was tried so often in vain is trouble.
const MAIL_TROUBLE_ATTEMPTS: u32 = 3;

/// What kind of thing waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InboxKind {
    /// An incident whose next step is his.
    Incident,
    /// A carry-out that is overdue.
    CarryOutOverdue,
    /// A discrepancy that he can settle.
    Discrepancy,
    /// A destruction that he can witness.
    Witness,
    /// A destruction that nobody witnessed in time.
    Unwitnessed,
    /// A destruction that he can confirm.
    Confirmation,
    /// A request that he can approve.
    Approval,
    /// A carry-out that he can approve.
    CarryOutApproval,
    /// An item that is offered to him.
    HandOver,
    /// His carry-out that was approved and has not left.
    CarryOutGranted,
    /// What has to go.
    Retention,
    /// Media to be looked at for faults.
    FaultCheck,
    /// A designation about which he owes something: to designate, to register, to take note.
    Designation,
    /// Fewer designations than the regulation wants.
    Short,
    /// What people hold whose authority has ended.
    Stranded,
    /// A validation of the permission ledger that is due.
    Validation,
    /// A role, permission or permit that ends soon.
    Term,
    /// An endpoint that was disabled.
    Webhook,
    /// Mail that does not get through.
    Mail,
}

impl InboxKind {
    /// Every kind.
    pub const ALL: [Self; 19] = [
        Self::Incident,
        Self::CarryOutOverdue,
        Self::Discrepancy,
        Self::Witness,
        Self::Unwitnessed,
        Self::Confirmation,
        Self::Approval,
        Self::CarryOutApproval,
        Self::HandOver,
        Self::CarryOutGranted,
        Self::Retention,
        Self::FaultCheck,
        Self::Designation,
        Self::Short,
        Self::Stranded,
        Self::Validation,
        Self::Term,
        Self::Webhook,
        Self::Mail,
    ];

    /// The stable word used on the wire.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Incident => "incident",
            Self::CarryOutOverdue => "carry-out-overdue",
            Self::Discrepancy => "discrepancy",
            Self::Witness => "witness",
            Self::Unwitnessed => "unwitnessed",
            Self::Confirmation => "confirm-disposal",
            Self::Approval => "approval",
            Self::CarryOutApproval => "carry-out-approval",
            Self::HandOver => "hand-over",
            Self::CarryOutGranted => "carry-out-granted",
            Self::Retention => "retention",
            Self::FaultCheck => "fault-check",
            Self::Designation => "designation",
            Self::Short => "designations-short",
            Self::Stranded => "stranded",
            Self::Validation => "validation",
            Self::Term => "term",
            Self::Webhook => "webhook",
            Self::Mail => "mail",
        }
    }

    /// What a person reads.
    #[must_use]
    pub fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::Incident => lang.pick("事故・事案", "Incident"),
            Self::CarryOutOverdue => lang.pick("返却期限を過ぎた持出し", "Overdue carry-out"),
            Self::Discrepancy => lang.pick("食い違い", "Discrepancy"),
            Self::Witness => lang.pick("廃棄の立会い", "Destruction to witness"),
            Self::Unwitnessed => lang.pick("立会いのない廃棄", "Destruction without a witness"),
            Self::Confirmation => lang.pick("廃棄の確認", "Destruction to confirm"),
            Self::Approval => lang.pick("承認待ち", "Waiting for your approval"),
            Self::CarryOutApproval => lang.pick("持出しの承認待ち", "Carry-out waiting for your approval"),
            Self::HandOver => lang.pick("受取り", "Offered to you"),
            Self::CarryOutGranted => lang.pick("承認済みの持出し", "Approved carry-out"),
            Self::Retention => lang.pick("保存期間の満了", "End of retention"),
            Self::FaultCheck => lang.pick("媒体の障害の確認", "Check for faults"),
            Self::Designation => lang.pick("指定", "Designation"),
            Self::Short => lang.pick("指名の不足", "Too few designations"),
            Self::Stranded => lang.pick("引継ぎの必要な媒体", "To be handed over"),
            Self::Validation => lang.pick("権限の台帳の確認", "Validation of the permission ledger"),
            Self::Term => lang.pick("期限の近い役割・許可", "Ending soon"),
            Self::Webhook => lang.pick("停止した通知先", "Disabled webhook"),
            Self::Mail => lang.pick("送れないメール", "Mail that is not delivered"),
        }
    }
}

/// One thing that waits for somebody, in his language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxLine {
    /// What kind of thing.
    pub kind: InboxKind,
    /// What it is about. No name of a person: titles go into mail.
    pub title: String,
    /// What to do.
    pub sentence: String,
    /// Where, on this server.
    pub url: String,
    /// By which day in Japan.
    pub due_on: Option<NaiveDate>,
    /// Since when it waits.
    pub since: DateTime<Utc>,
    /// Whether it is late.
    pub overdue: bool,
    /// The id of what it is about, or a word where it is about no single thing.
    pub subject: String,
}

impl InboxLine {
    /// The line as a phone shows it.
    #[must_use]
    pub fn wire(self, lang: Lang) -> wire::InboxLine {
        wire::InboxLine {
            kind: Named { code: self.kind.code().to_owned(), name: self.kind.name(lang).to_owned() },
            title: self.title,
            sentence: self.sentence,
            url: self.url,
            due_on: self.due_on,
            since: self.since,
            overdue: self.overdue,
        }
    }

    /// What is late comes first, then what is due first, then what has waited longest.
    fn urgency(&self) -> impl Ord + use<> {
        (!self.overdue, self.due_on.is_none(), self.due_on, self.since, self.kind)
    }
}

// ----------------------------------------------------------------------------------------- what is looked at

/// What waits for anybody, read once, with all that it is judged by.
#[derive(Debug)]
pub(super) struct Picture {
    pub(super) matters: Matters,
    /// The items of each carry-out, in the order of the carry-outs.
    carried: Vec<Vec<Item>>,
    /// The steps of each incident that wait, in the order of the incidents.
    waiting: Vec<Vec<ClockView>>,
    mail: Option<MailTrouble>,
    pub(super) profile: Arc<Profile>,
    pub(super) now: DateTime<Utc>,
    pub(super) today: NaiveDate,
}

/// Whether a person plays any of these roles, for whichever division.
fn plays_any<'a>(person: &Person, roles: impl IntoIterator<Item = &'a RoleId>) -> bool {
    let plays = |role: &RoleId| {
        (role.0 == HANDLER && person.is(Part::Handler)) || person.roles.iter().any(|held| held.role == *role)
    };
    person.active && roles.into_iter().any(plays)
}

/// The roles that any gate before this names, and the top one, which decides about what is under no division.
fn approvers(profile: &Profile, gated: impl Fn(Gated) -> bool) -> impl Iterator<Item = &RoleId> {
    let named = profile.gates.iter().filter(move |gate| gated(gate.gated));
    let top = profile.roles.iter().filter(|role| role.top).map(|role| &role.id);
    named.flat_map(|gate| gate.approvers.roles()).chain(top)
}

fn fault_inspection(profile: &Profile) -> Option<&Inspection> {
    profile.inspections.iter().find(|inspection| inspection.id == MEDIA_FAULTS)
}

fn media() -> BTreeSet<ItemKind> {
    let group = GROUPS.iter().find(|group| group.code == MEDIA);
    group.map(|group| group.kinds.iter().copied().collect()).unwrap_or_default()
}

/// The roles that can owe something about a designation.
fn owing(profile: &Profile) -> impl Iterator<Item = &RoleId> {
    let rules = profile.designations.iter();
    rules.flat_map(|rule| std::iter::once(&rule.by).chain(&rule.registered_by).chain(&rule.report_to))
}

/// The ways of designation of which the regulation wants a number.
fn counted(profile: &Profile) -> impl Iterator<Item = &Designation> {
    profile.designations.iter().filter(|rule| rule.exactly.is_some())
}

/// What to look for: what can concern this person, or anybody where none is named.
pub(super) fn look_for(person: Option<&Person>, profile: &Profile, now: DateTime<Utc>) -> Look {
    let today = jst_date(now);
    let plays =
        |roles: &mut dyn Iterator<Item = &RoleId>| person.is_none_or(|person| plays_any(person, roles));
    let gated = |wanted: Gated| profile.gates.iter().any(|gate| gate.gated == wanted);
    let ends = |gated| matches!(gated, Gated::ConfirmDisposal | Gated::Dispose);
    let settles = approvers(profile, |gated| gated == Gated::SettleDiscrepancy);
    let anybody_settles = !gated(Gated::SettleDiscrepancy);
    let is_handler = person.is_none_or(|person| person.is(Part::Handler));
    Look {
        offers: Some(person.map(|person| person.id)),
        requests: plays(&mut approvers(profile, |_| true)),
        unwitnessed: plays(&mut profile.disposal.witness.roles().iter().chain(approvers(profile, ends))),
        unconfirmed: gated(Gated::ConfirmDisposal)
            && plays(&mut approvers(profile, |gated| gated == Gated::ConfirmDisposal)),
        discrepancies: ((anybody_settles && is_handler) || plays(&mut settles.into_iter()))
            .then(|| now - profile.offline_window),
        carry_outs: true,
        incidents: true,
        terms: today.checked_add_signed(TimeDelta::days(TERMS_DAYS)),
        oldest_password: profile.sign_in.password.max_age.as_ref().map(|(oldest, _)| *oldest),
        unchecked: fault_inspection(profile)
            .filter(|inspection| plays(&mut std::iter::once(&inspection.by)))
            .map(|inspection| (media(), now - TimeDelta::days(i64::from(inspection.every_days)))),
        disabled: person.is_none_or(|person| person.is(Part::Administrator)),
        designations: plays(&mut owing(profile)),
        counted: plays(&mut counted(profile).map(|rule| &rule.by)),
        stranded: person.is_none_or(|person| person.is(Part::Administrator))
            || plays(&mut officers(profile).iter()),
        validations: plays(&mut validation::inspections(profile).map(|inspection| &inspection.by)),
    }
}

impl Picture {
    pub(super) fn new(
        matters: Matters,
        mail: Option<MailTrouble>,
        profile: Arc<Profile>,
        closed_days: &Calendar,
        now: DateTime<Utc>,
    ) -> Self {
        let carried = matters
            .carry_outs
            .iter()
            .map(|carry_out| {
                let items = carry_out.plan.items.iter();
                items.filter_map(|item| matters.items.get(item)).cloned().collect()
            })
            .collect();
        let waiting = matters
            .incidents
            .iter()
            .map(|incident| {
                let clocks = incident::clocks(incident, &profile, closed_days, now);
                clocks.into_iter().filter(|step| step.told_at.is_none() && !step.left_out).collect()
            })
            .collect();
        Self { matters, carried, waiting, mail, profile, now, today: jst_date(now) }
    }

    /// What waits for a person.
    pub(super) fn lines(&self, person: &Person) -> Vec<Waits<'_>> {
        let mut lines = Vec::new();
        if !person.active {
            return lines;
        }
        self.hand_overs(person, &mut lines);
        self.requests(person, &mut lines);
        self.carry_outs(person, &mut lines);
        self.disposals(person, &mut lines);
        self.discrepancies(person, &mut lines);
        self.incidents(person, &mut lines);
        self.terms(person, &mut lines);
        self.credentials(person, &mut lines);
        self.fault_checks(person, &mut lines);
        self.authority(person, &mut lines);
        if person.is(Part::Administrator) {
            self.told_in_vain(&mut lines);
        }
        lines
    }

    /// Only what is urgent enough for a mail of its own.
    pub(super) fn urgent(&self, person: &Person) -> Vec<Waits<'_>> {
        let mut lines = Vec::new();
        if person.active {
            self.incidents(person, &mut lines);
        }
        lines
    }

    fn may(&self, item: &Item, kind: ActKind, person: &Person) -> bool {
        custody::check(item, kind, person, &self.profile, self.now).is_ok()
    }

    fn hand_overs<'a>(&'a self, person: &Person, lines: &mut Vec<Waits<'a>>) {
        // Whoever may decline is who was asked, also where he may not yet accept.
        let mine = self.matters.offers.iter().filter(|item| self.may(item, ActKind::Refuse, person));
        lines.extend(mine.filter_map(|item| {
            let offer = item.pending_offer(self.now)?;
            Some(Waits {
                due: Some(offer.expires_at),
                since: offer.expires_at - self.profile.hand_over_expires,
                overdue: false,
                about: About::HandOver { item, offer },
            })
        }));
    }

    fn requests<'a>(&'a self, person: &Person, lines: &mut Vec<Waits<'a>>) {
        for item in self.matters.requests.iter().filter(|item| self.may(item, ActKind::Approve, person)) {
            for request in open_requests(item) {
                // The rules say whether any of them can be approved; asked with this one alone they say of it.
                let mut alone = item.clone();
                alone.requests.retain(|other| other.id == request.id);
                if self.may(&alone, ActKind::Approve, person) {
                    lines.push(Waits {
                        due: None,
                        since: request.at,
                        overdue: false,
                        about: About::Request { item, request },
                    });
                }
            }
        }
    }

    fn carry_outs<'a>(&'a self, person: &Person, lines: &mut Vec<Waits<'a>>) {
        for (carry_out, items) in self.matters.carry_outs.iter().zip(&self.carried) {
            let first = items.first().map(|item| item.title);
            let situation = Situation {
                carry_out: Some(carry_out),
                items,
                elsewhere: &[],
                container: None,
                contract_in_force: None,
                profile: &self.profile,
                actor: person,
                now: self.now,
            };
            let mine = carry_out.requested_by == person.id;
            match carry_out.standing(&self.profile, self.now) {
                CarryOutState::Requested
                    if carry_out::check(&situation, CarryOutActKind::Approve).is_ok() =>
                {
                    lines.push(Waits {
                        due: None,
                        since: carry_out.requested_at,
                        overdue: false,
                        about: About::CarryOutApproval { carry_out, first },
                    });
                }
                CarryOutState::Granted if mine => lines.push(Waits {
                    due: carry_out.lapses_at(&self.profile),
                    since: carry_out.granted_at.unwrap_or(carry_out.requested_at),
                    overdue: false,
                    about: About::CarryOutGranted { carry_out, first },
                }),
                _ => {}
            }
            if let Some((days, due_back)) = carry_out.overdue(self.today).zip(carry_out.plan.due_back)
                && (mine || took(carry_out, person.id) || self.approves(carry_out, items, person))
            {
                lines.push(Waits {
                    due: Some(end_of(due_back)),
                    since: end_of(due_back),
                    overdue: true,
                    about: About::CarryOutOverdue { carry_out, first, days, due_back },
                });
            }
        }
    }

    /// Whether a person holds a role that this carry-out needed the approval of.
    fn approves(&self, carry_out: &CarryOut, items: &[Item], person: &Person) -> bool {
        needs(&carry_out.plan, items, &self.profile).iter().any(|need| {
            let roles = need.gate.approvers.roles();
            roles.iter().any(|role| deciding(person, role, need.division, &self.profile).is_some())
        })
    }

    fn disposals<'a>(&'a self, person: &Person, lines: &mut Vec<Waits<'a>>) {
        for item in &self.matters.unwitnessed {
            let Some(destroyed) = &item.disposal.destroyed else { continue };
            let until = self.witness_until(destroyed);
            if self.may(item, ActKind::Witness, person) {
                lines.push(Waits {
                    due: until,
                    since: destroyed.at,
                    overdue: false,
                    about: About::Witness { item, destroyed },
                });
            } else if until.is_some_and(|until| until < self.now) && self.answers_for_end(item, person) {
                lines.push(Waits {
                    due: until,
                    since: destroyed.at,
                    overdue: true,
                    about: About::Unwitnessed { item },
                });
            }
        }
        for (item, destroyed) in self.unconfirmed() {
            if self.may(item, ActKind::ConfirmDisposal, person) {
                lines.push(Waits {
                    due: None,
                    since: destroyed.at,
                    overdue: false,
                    about: About::Confirmation { item },
                });
            }
        }
    }

    /// Until when a witness can still say that he was there; without end where a certificate comes later.
    fn witness_until(&self, destroyed: &Done<Destruction>) -> Option<DateTime<Utc>> {
        let here = matches!(destroyed.what.performed, Performed::Here);
        here.then(|| destroyed.at + self.profile.disposal.witness_within)
    }

    /// The destructions that wait for a confirmation. One from before the regulation in force asks for none.
    pub(super) fn unconfirmed(&self) -> impl Iterator<Item = (&Item, &Done<Destruction>)> {
        self.matters.unconfirmed.iter().filter_map(|item| {
            let destroyed = item.disposal.destroyed.as_ref()?;
            let gate = self.profile.gate(Gated::ConfirmDisposal, &item.matter_before(Gated::ConfirmDisposal));
            let asked = gate.is_some() && jst_date(destroyed.at) >= self.profile.in_force_from;
            asked.then_some((item, destroyed))
        })
    }

    /// Whether a person confirms destructions like this one, or orders them where nobody confirms.
    fn answers_for_end(&self, item: &Item, person: &Person) -> bool {
        let gate = |gated| self.profile.gate(gated, &item.matter_before(gated));
        let gate = gate(Gated::ConfirmDisposal).or_else(|| gate(Gated::Dispose));
        let roles = gate.map(|gate| gate.approvers.roles()).unwrap_or_default();
        roles.iter().any(|role| deciding(person, role, item.division, &self.profile).is_some())
    }

    fn discrepancies<'a>(&'a self, person: &Person, lines: &mut Vec<Waits<'a>>) {
        for open in &self.matters.discrepancies {
            let Some(item) = self.matters.items.get(&open.item) else { continue };
            if self.may(item, ActKind::SettleDiscrepancy, person) {
                lines.push(Waits {
                    due: None,
                    since: open.raised_at,
                    overdue: false,
                    about: About::Discrepancy { item, open },
                });
            }
        }
    }

    fn incidents<'a>(&'a self, person: &Person, lines: &mut Vec<Waits<'a>>) {
        for (incident, waiting) in self.matters.incidents.iter().zip(&self.waiting) {
            let Some(next) = self.next_step(incident, waiting, person) else { continue };
            let clock = next.clock();
            lines.push(Waits {
                due: clock.map(|clock| clock.due.moment()),
                since: incident.reported_at,
                overdue: clock.is_some_and(|clock| clock.overdue),
                about: About::Incident { incident, next },
            });
        }
    }

    /// What comes next in an incident for this person: his own report; otherwise the report that he is to get;
    /// otherwise, once all reports are made, what still stands before the closing.
    fn next_step<'a>(
        &'a self,
        incident: &'a Incident,
        waiting: &'a [ClockView],
        person: &Person,
    ) -> Option<Next<'a>> {
        let profile = &*self.profile;
        let plays = |role: &RoleId| holding(person, role, incident.division, profile).is_some();
        let mine = |step: &&ClockView| match &step.from {
            Some(role) => plays(role),
            // Whoever reported it is the one who knows.
            None => incident.reported_by == person.id,
        };
        if let Some(step) = waiting.iter().find(mine) {
            return Some(Next::Report(step));
        }
        if let Some(step) = waiting.first() {
            return step.to.as_ref().is_some_and(plays).then_some(Next::BeTold(step));
        }
        let may = |kind| incident::check(incident, kind, person, profile).is_ok();
        if may(IncidentActKind::ApproveClosing) {
            return Some(Next::Approve);
        }
        if may(IncidentActKind::Close) {
            return Some(Next::Close);
        }
        let roles = incident.gate(profile).map(|gate| gate.approvers.roles()).unwrap_or_default();
        let incomplete = !incident::missing_to_approve(incident, profile).is_empty();
        (incomplete && roles.iter().any(plays)).then_some(Next::Complete)
    }

    fn terms<'a>(&'a self, person: &Person, lines: &mut Vec<Waits<'a>>) {
        let ends = |on: NaiveDate, about| Waits {
            due: Some(end_of(on)),
            since: jst_day_start(on) - TimeDelta::days(TERMS_DAYS),
            overdue: false,
            about,
        };
        // The officers who designate are told of others' terms, too, each of his own division's.
        let (administers, officers) = (person.is(Part::Administrator), officers(&self.profile));
        let his = |held: &&Holding| {
            let designates = |role| holding(person, role, held.held.division, &self.profile).is_some();
            administers || held.person == person.id || officers.iter().any(designates)
        };
        for held in self.matters.holdings.iter().filter(his) {
            let Some(last) = held.to else { continue };
            lines.push(ends(last, About::Holding { held, own: held.person == person.id }));
        }
        for (item, request, until) in self.ending_permissions() {
            let for_him = matches!(request.wanted, Wanted::Handle { person: whom } if whom == person.id);
            if for_him || request.by == person.id {
                lines.push(ends(until, About::Permission { item, request }));
            }
        }
        for permit in self.matters.permits.iter().filter(|permit| permit.person == Some(person.id)) {
            let Some(until) = permit.until else { continue };
            lines.push(ends(until, About::Permit { permit }));
        }
    }

    /// What somebody signs in with and must renew soon, and what he answers for.
    fn credentials<'a>(&'a self, person: &Person, lines: &mut Vec<Waits<'a>>) {
        let ends = |at: DateTime<Utc>, about| Waits {
            due: Some(at),
            since: at - TimeDelta::days(TERMS_DAYS),
            overdue: false,
            about,
        };
        if let Some((oldest, _)) = &self.profile.sign_in.password.max_age {
            for (_, chosen) in self.matters.passwords.iter().filter(|(whose, _)| *whose == person.id) {
                lines.push(ends(
                    *chosen + *oldest,
                    About::Password { person: person.id, ends: *chosen + *oldest },
                ));
            }
        }
        for (owner, name, at) in self.matters.tokens.iter().filter(|(owner, ..)| *owner == person.id) {
            lines.push(ends(*at, About::Token { owner: *owner, name, ends: *at }));
        }
    }

    /// The permissions that end soon.
    pub(super) fn ending_permissions(&self) -> impl Iterator<Item = (&Item, &Request, NaiveDate)> {
        let soon = self.today.checked_add_signed(TimeDelta::days(TERMS_DAYS)).unwrap_or(self.today);
        let granted = self.matters.permitted.iter().flat_map(|item| {
            let granted = item.requests.iter().filter(|request| request.state == RequestState::Granted);
            granted.map(move |request| (item, request))
        });
        granted.filter_map(move |(item, request)| {
            let until = request.until.filter(|until| self.today <= *until && *until <= soon)?;
            Some((item, request, until))
        })
    }

    /// Who may act: what somebody owes about designations, how many are missing, what has to be handed over, and the
    /// validation of the permission ledger.
    fn authority<'a>(&'a self, person: &Person, lines: &mut Vec<Waits<'a>>) {
        let profile = &*self.profile;
        for designated in &self.matters.designations {
            let Some(waits) = &designated.waits else { continue };
            if designated.person != person.id
                && holding(person, &waits.role, designated.division, profile).is_some()
            {
                lines.push(Waits {
                    due: waits.due,
                    since: waits.since,
                    overdue: waits.is_overdue(self.now),
                    about: About::Designation { designated, owed: waits.owed },
                });
            }
        }
        for rule in counted(profile).filter(|rule| holding(person, &rule.by, None, profile).is_some()) {
            let missing = short_of(rule, &self.matters.designations, self.today);
            if missing > 0 {
                lines.push(Waits {
                    due: None,
                    since: jst_day_start(self.today),
                    overdue: false,
                    about: About::Short { rule, missing },
                });
            }
        }
        let administers = person.is(Part::Administrator);
        let his = |stranded: &Stranded| {
            administers
                || stranded.person == person.id
                || officers(profile)
                    .iter()
                    .any(|role| holding(person, role, stranded.division, profile).is_some())
        };
        for stranded in self.matters.stranded.iter().filter(|stranded| his(stranded)) {
            lines.push(Waits {
                due: None,
                since: jst_day_start(self.today),
                overdue: true,
                about: About::Stranded { stranded },
            });
        }
        for inspection in validation::inspections(profile) {
            let due = validation::due_on(inspection, &self.matters.validations, profile);
            let soon =
                self.today.checked_add_signed(TimeDelta::days(TERMS_DAYS)).is_none_or(|soon| due <= soon);
            if soon && holding(person, &inspection.by, None, profile).is_some() {
                lines.push(Waits {
                    due: Some(end_of(due)),
                    since: jst_day_start(due) - TimeDelta::days(TERMS_DAYS),
                    overdue: due < self.today,
                    about: About::Validation { inspection },
                });
            }
        }
    }

    fn fault_checks<'a>(&'a self, person: &Person, lines: &mut Vec<Waits<'a>>) {
        let Some(inspection) = fault_inspection(&self.profile) else { return };
        let mine = |due: &&Unchecked| holding(person, &inspection.by, due.division, &self.profile).is_some();
        let due: Vec<&Unchecked> = self.matters.unchecked.iter().filter(mine).collect();
        let Some(oldest) = due.iter().map(|due| due.oldest).min() else { return };
        let since = oldest + TimeDelta::days(i64::from(inspection.every_days));
        lines.push(Waits {
            due: Some(since),
            since,
            overdue: true,
            about: About::FaultCheck { inspection, items: due.iter().map(|due| due.items).sum() },
        });
    }

    fn told_in_vain<'a>(&'a self, lines: &mut Vec<Waits<'a>>) {
        lines.extend(self.matters.disabled.iter().filter_map(|webhook| {
            let disabled = webhook.disabled.as_ref()?;
            Some(Waits {
                due: None,
                since: disabled.at,
                overdue: false,
                about: About::Disabled { webhook, why: disabled.why },
            })
        }));
        lines.extend(self.mail.iter().map(|trouble| Waits {
            due: None,
            since: trouble.since,
            overdue: false,
            about: About::Mail { trouble },
        }));
    }
}

/// The requests about an item that wait for approval.
pub(super) fn open_requests(item: &Item) -> impl Iterator<Item = &Request> {
    item.requests.iter().filter(|request| request.state == RequestState::Open)
}

fn took(carry_out: &CarryOut, person: PersonId) -> bool {
    carry_out.departure.as_ref().is_some_and(|departure| departure.by == person)
}

/// The last moment of a day in Japan.
fn end_of(day: NaiveDate) -> DateTime<Utc> {
    incident::Due::On(day).moment()
}

// ------------------------------------------------------------------------------------------------- as people read

/// What comes next in an incident for somebody.
#[derive(Debug, Clone, Copy)]
pub(super) enum Next<'a> {
    /// He is to report.
    Report(&'a ClockView),
    /// Somebody is to report to him.
    BeTold(&'a ClockView),
    /// He can approve the closing.
    Approve,
    /// He can close it.
    Close,
    /// Facts are missing before the closing can be approved.
    Complete,
}

impl<'a> Next<'a> {
    fn clock(self) -> Option<&'a ClockView> {
        match self {
            Self::Report(clock) | Self::BeTold(clock) => Some(clock),
            _ => None,
        }
    }

    /// A word for how far the incident has come for him.
    pub(super) fn stage(self) -> &'a str {
        match self {
            Self::Report(clock) | Self::BeTold(clock) => &clock.step,
            Self::Approve => "approve-closing",
            Self::Close => "close",
            Self::Complete => "complete",
        }
    }
}

/// Something that waits for somebody, not yet in words.
#[derive(Debug)]
pub(super) struct Waits<'a> {
    /// The last moment that is in time.
    due: Option<DateTime<Utc>>,
    since: DateTime<Utc>,
    overdue: bool,
    pub(super) about: About<'a>,
}

/// What it is about.
#[derive(Debug)]
pub(super) enum About<'a> {
    HandOver { item: &'a Item, offer: &'a Offer },
    Request { item: &'a Item, request: &'a Request },
    CarryOutApproval { carry_out: &'a CarryOut, first: Option<TextRef> },
    CarryOutGranted { carry_out: &'a CarryOut, first: Option<TextRef> },
    CarryOutOverdue { carry_out: &'a CarryOut, first: Option<TextRef>, days: u64, due_back: NaiveDate },
    Witness { item: &'a Item, destroyed: &'a Done<Destruction> },
    Unwitnessed { item: &'a Item },
    Confirmation { item: &'a Item },
    Discrepancy { item: &'a Item, open: &'a OpenFinding },
    Incident { incident: &'a Incident, next: Next<'a> },
    Holding { held: &'a Holding, own: bool },
    Permission { item: &'a Item, request: &'a Request },
    Permit { permit: &'a Permit },
    Password { person: PersonId, ends: DateTime<Utc> },
    Token { owner: PersonId, name: &'a str, ends: DateTime<Utc> },
    FaultCheck { inspection: &'a Inspection, items: u64 },
    Designation { designated: &'a Designated, owed: Owed },
    Short { rule: &'a Designation, missing: u32 },
    Stranded { stranded: &'a Stranded },
    Validation { inspection: &'a Inspection },
    Disabled { webhook: &'a Webhook, why: Disable },
    Mail { trouble: &'a MailTrouble },
}

/// The page of a carry-out.
pub(super) fn carry_out_page(carry_out: &CarryOut) -> String {
    format!("/carry-outs/{}", carry_out.id)
}

/// The page of an incident.
pub(super) fn incident_page(incident: &Incident) -> String {
    format!("/incidents/{}", incident.id)
}

fn day(date: NaiveDate, lang: Lang) -> String {
    lang.pick(wareki(date), date.to_string())
}

impl About<'_> {
    fn kind(&self) -> InboxKind {
        match self {
            Self::HandOver { .. } => InboxKind::HandOver,
            Self::Request { .. } => InboxKind::Approval,
            Self::CarryOutApproval { .. } => InboxKind::CarryOutApproval,
            Self::CarryOutGranted { .. } => InboxKind::CarryOutGranted,
            Self::CarryOutOverdue { .. } => InboxKind::CarryOutOverdue,
            Self::Witness { .. } => InboxKind::Witness,
            Self::Unwitnessed { .. } => InboxKind::Unwitnessed,
            Self::Confirmation { .. } => InboxKind::Confirmation,
            Self::Discrepancy { .. } => InboxKind::Discrepancy,
            Self::Incident { .. } => InboxKind::Incident,
            Self::Holding { .. }
            | Self::Permission { .. }
            | Self::Permit { .. }
            | Self::Password { .. }
            | Self::Token { .. } => InboxKind::Term,
            Self::FaultCheck { .. } => InboxKind::FaultCheck,
            Self::Designation { .. } => InboxKind::Designation,
            Self::Short { .. } => InboxKind::Short,
            Self::Stranded { .. } => InboxKind::Stranded,
            Self::Validation { .. } => InboxKind::Validation,
            Self::Disabled { .. } => InboxKind::Webhook,
            Self::Mail { .. } => InboxKind::Mail,
        }
    }

    fn subject(&self) -> String {
        match self {
            Self::HandOver { item, .. }
            | Self::Request { item, .. }
            | Self::Witness { item, .. }
            | Self::Unwitnessed { item }
            | Self::Confirmation { item }
            | Self::Discrepancy { item, .. }
            | Self::Permission { item, .. } => item.id.to_string(),
            Self::CarryOutApproval { carry_out, .. }
            | Self::CarryOutGranted { carry_out, .. }
            | Self::CarryOutOverdue { carry_out, .. } => carry_out.id.to_string(),
            Self::Incident { incident, .. } => incident.id.to_string(),
            Self::Holding { held, .. } => held.person.to_string(),
            Self::Permit { permit } => permit.id.to_string(),
            Self::Password { person, .. } | Self::Token { owner: person, .. } => person.to_string(),
            Self::FaultCheck { inspection, .. } | Self::Validation { inspection } => inspection.id.clone(),
            Self::Designation { designated, .. } => designated.id.to_string(),
            Self::Short { rule, .. } => rule.id.clone(),
            Self::Stranded { stranded } => stranded.person.to_string(),
            Self::Disabled { webhook, .. } => webhook.id.to_string(),
            Self::Mail { .. } => "mail".to_owned(),
        }
    }

    fn url(&self) -> String {
        match self {
            Self::HandOver { item, .. }
            | Self::Request { item, .. }
            | Self::Witness { item, .. }
            | Self::Unwitnessed { item }
            | Self::Confirmation { item }
            | Self::Discrepancy { item, .. }
            | Self::Permission { item, .. } => ItemSummary::url_of(item.id),
            Self::CarryOutApproval { carry_out, .. }
            | Self::CarryOutGranted { carry_out, .. }
            | Self::CarryOutOverdue { carry_out, .. } => carry_out_page(carry_out),
            Self::Incident { incident, .. } => incident_page(incident),
            Self::Designation { designated, .. } => format!("/people/{}", designated.person),
            Self::Stranded { stranded } => format!("/people/{}", stranded.person),
            Self::Validation { .. } => "/permission-ledger".to_owned(),
            Self::Short { .. } => "/people".to_owned(),
            Self::Password { .. } => "/account/password".to_owned(),
            Self::Token { .. } => "/tokens".to_owned(),
            Self::Holding { .. }
            | Self::Permit { .. }
            | Self::FaultCheck { .. }
            | Self::Disabled { .. }
            | Self::Mail { .. } => INBOX_PAGE.to_owned(),
        }
    }

    fn title(&self, profile: &Profile, lang: Lang, book: &Book) -> String {
        match self {
            Self::HandOver { item, .. }
            | Self::Request { item, .. }
            | Self::Witness { item, .. }
            | Self::Unwitnessed { item }
            | Self::Confirmation { item }
            | Self::Discrepancy { item, .. }
            | Self::Permission { item, .. } => book.text(item.title),
            Self::CarryOutApproval { carry_out, first }
            | Self::CarryOutGranted { carry_out, first }
            | Self::CarryOutOverdue { carry_out, first, .. } => {
                let items = carry_out.plan.items.len();
                match (first.map(|first| book.text(first)), items) {
                    (Some(first), 1) => first,
                    (Some(first), _) => lang.pick(
                        format!("{first} ほか{}件", items - 1),
                        format!("{first} and {} more", items - 1),
                    ),
                    (None, _) => lang.pick(format!("媒体{items}件"), format!("{items} items")),
                }
            }
            Self::Incident { incident, .. } => {
                let (kind, gravity) = (incident.kind.name(lang), incident.gravity.name(lang));
                lang.pick(format!("{kind}（{gravity}）"), format!("{kind} ({gravity})"))
            }
            Self::Holding { held, .. } => {
                let role = profile.role_name(&held.held.role, lang);
                match held.held.division {
                    Some(division) => {
                        let division = book.division(division);
                        lang.pick(format!("{role}（{division}）"), format!("{role} ({division})"))
                    }
                    None => role,
                }
            }
            Self::Permit { permit } => lang.pick(
                format!("入室の許可（区分{}）", permit.level),
                format!("Permit to enter (level {})", permit.level),
            ),
            Self::Password { .. } => lang.pick("パスワード", "Password").to_owned(),
            Self::Token { name, .. } => {
                lang.pick(format!("機器用のトークン（{name}）"), format!("Machine's token ({name})"))
            }
            Self::FaultCheck { inspection, .. } | Self::Validation { inspection } => {
                inspection.name.get(lang).to_owned()
            }
            Self::Designation { designated, .. } => match rule_of(designated, profile) {
                Some(rule) => rule.name.get(lang).to_owned(),
                None => lang.pick("取扱担当者の指定", "Designation of a handler").to_owned(),
            },
            Self::Short { rule, .. } => rule.name.get(lang).to_owned(),
            Self::Stranded { stranded } => {
                lang.pick(format!("媒体{}件", stranded.items), format!("{} items", stranded.items))
            }
            Self::Disabled { webhook, .. } => webhook.host().to_owned(),
            Self::Mail { .. } => lang.pick("メールの送信", "Sending mail").to_owned(),
        }
    }

    fn sentence(&self, due: Option<DateTime<Utc>>, profile: &Profile, lang: Lang, book: &Book) -> String {
        let until = due.map(jst_date_time).unwrap_or_default();
        match self {
            Self::HandOver { offer, .. } => {
                let from = book.person(offer.from);
                lang.pick(
                    format!(
                        "{from}さんから引渡しの申し出があります。{until}までに受け取るか断ってください。"
                    ),
                    format!("{from} offers it to you. Take it over or decline by {until}."),
                )
            }
            Self::Request { request, .. } => {
                let (by, what) = (book.person(request.by), request.wanted.gated().name(lang));
                lang.pick(
                    format!("{by}さんの申請（{what}）が承認を待っています。"),
                    format!("What {by} asks for ({what}) waits for your approval."),
                )
            }
            Self::CarryOutApproval { carry_out, .. } => {
                let by = book.person(carry_out.requested_by);
                lang.pick(
                    format!("{by}さんの持出しの申請が承認を待っています。"),
                    format!("The carry-out that {by} asks for waits for your approval."),
                )
            }
            Self::CarryOutGranted { .. } => lang.pick(
                format!("持出しが承認されています。{until}までに出発しないと失効します。"),
                format!("The carry-out is approved. It lapses unless it departs by {until}."),
            ),
            Self::CarryOutOverdue { days, due_back, .. } => {
                let due_back = day(*due_back, lang);
                lang.pick(
                    format!("返却の期限（{due_back}）を{days}日過ぎています。返却を記録するか、所在を確かめてください。"),
                    format!("It was due back on {due_back}, {days} days ago. Take it back in or find out where it is."),
                )
            }
            Self::Witness { destroyed, .. } => {
                let by = book.person(destroyed.by);
                match destroyed.what.performed {
                    Performed::Here => lang.pick(
                        format!("{by}さんによる廃棄の立会いを{until}までに記録してください。"),
                        format!("If you saw {by} destroy it, record that by {until}."),
                    ),
                    Performed::Delegated { .. } => lang.pick(
                        "委託先による廃棄の立会い又は証明書の確認を記録してください。".to_owned(),
                        "A contractor destroyed it: record that you saw it, or his certificate.".to_owned(),
                    ),
                }
            }
            Self::Unwitnessed { .. } => lang.pick(
                format!(
                    "立会いの記録がないまま、記録できる時間（{until}）を過ぎました。経緯を確かめてください。"
                ),
                format!("Nobody recorded that he saw it by {until}. Find out how that came about."),
            ),
            Self::Confirmation { .. } => lang
                .pick("廃棄の確認を待っています。", "Its destruction waits for your confirmation.")
                .to_owned(),
            Self::Discrepancy { open, .. } => {
                let what = open.finding.kind.sentence(lang);
                lang.pick(
                    format!("{what}確かめて、処理を記録してください。"),
                    format!("{what} Find out why and settle it."),
                )
            }
            Self::Incident { incident, next } => incident_sentence(incident, *next, profile, lang),
            Self::Holding { held, own } => {
                let last = day(held.to.unwrap_or_default(), lang);
                match own {
                    true => lang.pick(
                        format!("あなたの役割は{last}で終わります。引継ぎ又は更新を確かめてください。"),
                        format!("Your role ends on {last}. See to its renewal or to who follows."),
                    ),
                    false => {
                        let who = book.person(held.person);
                        lang.pick(
                            format!("{who}さんの役割は{last}で終わります。"),
                            format!("The role of {who} ends on {last}."),
                        )
                    }
                }
            }
            Self::Permission { request, .. } => {
                let what = request.wanted.gated().name(lang);
                let last = day(request.until.unwrap_or_default(), lang);
                lang.pick(
                    format!("許可（{what}）は{last}で終わります。"),
                    format!("The permission ({what}) ends on {last}."),
                )
            }
            Self::Permit { permit } => {
                let last = day(permit.until.unwrap_or_default(), lang);
                lang.pick(format!("許可は{last}で終わります。"), format!("The permit ends on {last}."))
            }
            Self::Password { ends, .. } => {
                let last = day(jst_date(*ends), lang);
                lang.pick(
                    format!(
                        "パスワードは{last}までに変更してください。過ぎると、変更するまで何もできません。"
                    ),
                    format!("Change your password by {last}. After that nothing else is open until you do."),
                )
            }
            Self::Token { ends, .. } => {
                let last = day(jst_date(*ends), lang);
                lang.pick(
                    format!("トークンは{last}で終わります。機器を使い続けるには新しいものが必要です。"),
                    format!("The token ends on {last}. The machine needs a new one to go on."),
                )
            }
            Self::FaultCheck { items, .. } => lang.pick(
                format!("確認の時期を過ぎた媒体が{items}件あります。"),
                format!("{items} media are due to be looked at."),
            ),
            Self::Designation { designated, owed } => {
                let (who, what) = (book.person(designated.person), owed.name(lang));
                lang.pick(
                    format!("{who}さんの指定について、{what}が必要です。"),
                    format!("About the designation of {who} you are {what}."),
                )
            }
            Self::Short { rule, missing } => {
                let exactly = rule.exactly.unwrap_or_default();
                lang.pick(
                    format!("{exactly}名と定められていますが、{missing}名足りません。指名してください。"),
                    format!("There are to be {exactly}; {missing} are missing. Designate somebody."),
                )
            }
            Self::Stranded { stranded } => {
                let who = book.person(stranded.person);
                lang.pick(
                    format!("権限の終わった{who}さんが持っています。引継ぎをさせてください。"),
                    format!("They are with {who}, whose authority has ended. See that they are handed over."),
                )
            }
            Self::Validation { .. } => lang
                .pick(
                    "権限の台帳を一件ずつ確認し、完了を記録してください。",
                    "Look through the permission ledger entry by entry, and sign it off.",
                )
                .to_owned(),
            Self::Disabled { why, .. } => disabled_sentence(*why, lang),
            Self::Mail { trouble } => lang.pick(
                format!("メール{}件を送れません：{}", trouble.mails, trouble.last_error),
                format!("{} mails are not delivered: {}", trouble.mails, trouble.last_error),
            ),
        }
    }
}

fn incident_sentence(incident: &Incident, next: Next<'_>, profile: &Profile, lang: Lang) -> String {
    let name = |clock: &ClockView| {
        let step = profile.incident.chain.iter().find(|step| step.id == clock.step);
        step.map_or_else(|| clock.step.clone(), |step| incident::step_name(step, profile, lang))
    };
    let due = |clock: &ClockView| match clock.due {
        incident::Due::At(at) => jst_date_time(at),
        incident::Due::On(on) => day(on, lang),
    };
    match next {
        Next::Report(clock) if clock.overdue => lang.pick(
            format!(
                "{}の期限（{}）を過ぎています。すぐに報告し、記録してください。",
                name(clock),
                due(clock)
            ),
            format!("The {} was due by {}. Make it now and record it.", name(clock), due(clock)),
        ),
        Next::Report(clock) => lang.pick(
            format!("{}を{}までに行い、記録してください。", name(clock), due(clock)),
            format!("Make the {} by {} and record it.", name(clock), due(clock)),
        ),
        Next::BeTold(clock) => lang.pick(
            format!("{}がまだ記録されていません（期限{}）。", name(clock), due(clock)),
            format!("The {} is not recorded yet; it is due by {}.", name(clock), due(clock)),
        ),
        Next::Approve => {
            lang.pick("終結の承認を待っています。", "Its closing waits for your approval.").to_owned()
        }
        Next::Close => lang
            .pick(
                "報告と承認がそろいました。終結を記録してください。",
                "Nothing is missing: it can be closed.",
            )
            .to_owned(),
        Next::Complete => {
            let missing = incident::missing_to_approve(incident, profile);
            let names: Vec<&str> = missing.iter().map(|missing| missing.name.get(lang)).collect();
            let names = names.join(lang.pick("、", ", "));
            lang.pick(
                format!("終結までに次の記載が必要です：{names}"),
                format!("Before it can be closed, this is to be stated: {names}."),
            )
        }
    }
}

/// Why an endpoint was disabled, and what to do.
pub(crate) fn disabled_sentence(why: Disable, lang: Lang) -> String {
    match why {
        Disable::Gone => lang.pick(
            "受信側が通知の終了を求めたため（410）、送信を止めました。".to_owned(),
            "The receiver wants no more (410), so nothing is sent there.".to_owned(),
        ),
        Disable::Exhausted { messages } => lang.pick(
            format!("続けて{messages}件を届けられなかったため、送信を止めました。"),
            format!("{messages} messages in a row could not be delivered, so nothing is sent there."),
        ),
        Disable::Failing { since } => {
            let since = jst_date_time(since);
            lang.pick(
                format!("{since}から失敗が続いたため、送信を止めました。"),
                format!("All has failed since {since}, so nothing is sent there."),
            )
        }
    }
}

impl Waits<'_> {
    fn line(&self, profile: &Profile, lang: Lang, book: &Book) -> InboxLine {
        InboxLine {
            kind: self.about.kind(),
            title: self.about.title(profile, lang, book),
            sentence: self.about.sentence(self.due, profile, lang, book),
            url: self.about.url(),
            due_on: self.due.map(jst_date),
            since: self.since,
            overdue: self.overdue,
            subject: self.about.subject(),
        }
    }
}

impl App {
    /// What waits for the caller: what is late first, then what is due first, then what has waited longest.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn inbox(&self, caller: &Caller) -> Result<Vec<InboxLine>, Problem> {
        self.inbox_of(&caller.person, caller.lang).await.map_err(|error| store_problem(&error, caller.lang))
    }

    /// What waits for a person.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn inbox_of(&self, person: &Person, lang: Lang) -> Result<Vec<InboxLine>, StoreError> {
        let picture = self.waiting_picture(Some(person)).await?;
        self.inbox_in(&picture, person, lang).await
    }

    /// What waits for this person, or for anybody where none is named.
    pub(super) async fn waiting_picture(&self, person: Option<&Person>) -> Result<Picture, StoreError> {
        let store = self.store();
        let (profile, now) = (self.profile(), store.clock().now());
        let look = look_for(person, &profile, now);
        let administers = person.is_none_or(|person| person.is(Part::Administrator));
        let mail = match administers && self.config().mail.is_some() {
            true => {
                let since = now - TimeDelta::days(MAIL_TROUBLE_DAYS);
                store.mail_trouble(since, MAIL_TROUBLE_ATTEMPTS).await?
            }
            false => None,
        };
        let matters = store.look(&look, jst_date(now)).await?;
        Ok(Picture::new(matters, mail, profile, &self.closed_days().await?, now))
    }

    /// The days on which the organs are closed to which incidents are reported.
    pub(super) async fn closed_days(&self) -> Result<Calendar, StoreError> {
        Ok(self.calendars().await?.remove(CLOSED_DAYS).unwrap_or_else(Calendar::national))
    }

    /// What waits for a person in what was read before.
    pub(super) async fn inbox_in(
        &self,
        picture: &Picture,
        person: &Person,
        lang: Lang,
    ) -> Result<Vec<InboxLine>, StoreError> {
        let waits = picture.lines(person);
        let mut lines = self.in_words(picture, &waits, lang).await?;
        lines.extend(self.due_lines(picture, person, lang).await?);
        lines.sort_by_cached_key(InboxLine::urgency);
        Ok(lines)
    }

    /// The lines as a person reads them.
    pub(super) async fn in_words(
        &self,
        picture: &Picture,
        waits: &[Waits<'_>],
        lang: Lang,
    ) -> Result<Vec<InboxLine>, StoreError> {
        let profile = &*picture.profile;
        let words = |book: &Book| waits.iter().map(|waits| waits.line(profile, lang, book)).collect();
        let mut lines: Vec<InboxLine> = self.with_names(lang, words).await?;
        lines.sort_by_cached_key(InboxLine::urgency);
        Ok(lines)
    }

    /// What has to go, item by item where that is few, otherwise counted by how far it has come.
    async fn due_lines(
        &self,
        picture: &Picture,
        person: &Person,
        lang: Lang,
    ) -> Result<Vec<InboxLine>, StoreError> {
        let escalation = &picture.profile.retention.escalation;
        let told = std::iter::once(&escalation.owner).chain(escalation.escalate.iter().map(|(_, role)| role));
        if !plays_any(person, told) {
            return Ok(Vec::new());
        }
        let whose = Whose::Person(person);
        let counts = self.due_counts(whose).await?;
        if counts.steps.values().sum::<u64>() <= MOST_DUE_ITEMS {
            let due = self.due_items(whose, false, None, MOST_DUE_ITEMS, lang).await?;
            let line = |due: super::retention::DueItem| InboxLine {
                kind: InboxKind::Retention,
                url: ItemSummary::url_of(due.item),
                sentence: due
                    .contents
                    .into_iter()
                    .next()
                    .map(|contents| contents.sentence)
                    .unwrap_or_default(),
                title: due.title,
                due_on: Some(due.due_on),
                since: jst_day_start(due.flagged_on),
                overdue: due.act_by < picture.today,
                subject: due.item.to_string(),
            };
            return Ok(due.into_iter().map(line).collect());
        }
        let line = |(step, items): (hokan_domain::retention::StepNo, u64)| InboxLine {
            kind: InboxKind::Retention,
            title: step.name(lang),
            sentence: lang.pick(
                format!("保存期間について対応が必要なものが{items}件あります。"),
                format!("{items} items have to go or are about to."),
            ),
            url: RETENTION_PAGE.to_owned(),
            due_on: None,
            since: jst_day_start(picture.today),
            overdue: step.0 > 0,
            subject: format!("step {}", step.0),
        };
        // The longest due first.
        Ok(counts.steps.into_iter().rev().map(line).collect())
    }
}
