//! The town is founded, and lives for some weeks.

use std::sync::Arc;

use anyhow::{Context, anyhow, bail};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use hokan_domain::{
    approval::{RequestState, Wanted},
    calendar::{Calendars, is_shut_by_law},
    custody::{self, ActKind},
    event::{Receiver, Scan, ScanMethod},
    ids::{ContainerId, DivisionId, EventId, ItemId, PersonId, PlaceId, SheetId},
    item::{Custody, Item, ItemKind},
    japan_date,
    label::{LabelId, ReplaceReason},
    personal_number::CheckedText,
    place::{Home, PlaceKind},
    profile::{Area, Gated, Matter, Profile},
    text::Lang,
};
use hokan_mobile_api::{
    Caller,
    request::{ActRequest, ContentsRequest, HomeRef, PlaceRef, RegisterRequest, WantedRequest},
    wire::ItemCard,
};

use super::{
    BODY, ITEMS, PASSWORD,
    goods::{Piece, Rules, Wish},
    people::{DIVISIONS, OFFICER, PEOPLE, SECOND, TOP, WITNESS, give_roles},
    problem,
    story::STORIES,
};
use crate::{
    app::{App, NewHome, NewPerson, PrintRequest, PrinterView, ProfileText},
    clock::Clock,
    jobs,
};

/// Those who approve, in the order in which they are asked.
pub(super) const APPROVERS: [usize; 4] = [OFFICER, SECOND, TOP, WITNESS];

/// Work begins at 08:30 and ends at 17:15 in Japan.
const OPENS: TimeDelta = TimeDelta::minutes(8 * 60 + 30);
const SHUTS: TimeDelta = TimeDelta::minutes(17 * 60 + 15);

pub(super) fn text(text: &str) -> anyhow::Result<CheckedText> {
    CheckedText::new(text, 200).map_err(|error| anyhow!("{text}: {error}"))
}

/// Whether it is something to store data on, and so can be encrypted.
pub(super) fn is_medium(kind: ItemKind) -> bool {
    !matches!(
        kind,
        ItemKind::PaperRecord
            | ItemKind::PrintOut
            | ItemKind::SystemDocument
            | ItemKind::Microfilm
            | ItemKind::IdentityCard
    )
}

/// The first moment from this one on at which people are at work.
fn at_work(mut moment: DateTime<Utc>) -> DateTime<Utc> {
    loop {
        let date = japan_date::jst_date(moment);
        let midnight = japan_date::jst_day_start(date);
        if !is_shut_by_law(date) && moment <= midnight + SHUTS {
            return moment.max(midnight + OPENS);
        }
        moment = midnight + TimeDelta::days(1) + OPENS;
    }
}

/// The `count`-th working day before a day.
fn working_day_before(day: NaiveDate, count: usize) -> NaiveDate {
    let earlier = std::iter::successors(day.pred_opt(), NaiveDate::pred_opt);
    earlier.filter(|day| !is_shut_by_law(*day)).take(count).last().unwrap_or(day)
}

/// A container with the label on it.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) id: ContainerId,
    pub(super) label: LabelId,
}

/// Where things are kept.
#[derive(Debug, Default)]
pub(super) struct Places {
    server_room: Option<Home>,
    vault: Option<Home>,
    cabinets: Vec<Home>,
    pub(super) cases: Vec<Case>,
}

/// The town while it is made.
#[derive(Debug)]
pub(super) struct Town {
    pub(super) app: App,
    clock: Clock,
    pub(super) today: NaiveDate,
    pub(super) profile: Arc<Profile>,
    pub(super) calendars: Calendars,
    callers: Vec<Caller>,
    divisions: Vec<DivisionId>,
    pub(super) places: Places,
    labels: Vec<LabelId>,
}

/// Founds the town and lets it live until the midnight with which `today` begins.
pub(super) async fn build(
    app: App,
    clock: Clock,
    today: NaiveDate,
    profile: &ProfileText,
) -> anyhow::Result<()> {
    clock.set(at_work(clock.now()));
    let mut town = Town {
        profile: app.profile(),
        calendars: Calendars::new(),
        app,
        clock,
        today,
        callers: Vec::new(),
        divisions: Vec::new(),
        places: Places::default(),
        labels: Vec::new(),
    };
    town.found(profile).await?;
    town.print_labels().await?;
    town.furnish().await?;
    let stories = Box::pin(town.begin_stories()).await?;
    let mut items = Vec::with_capacity(ITEMS);
    for index in STORIES..ITEMS {
        items.push((index, town.register(index).await?));
    }
    town.live(&items).await?;
    Box::pin(town.tell(&stories, &items)).await?;
    let midnight = japan_date::jst_day_start(today);
    if town.clock.now() >= midnight {
        bail!("the town did not get its work done by {today}");
    }
    town.clock.set(midnight);
    // The flags of the town's today, so that what has to go is shown from the first look on.
    jobs::purge::run(&town.app, Some(today), false).await?;
    town.app.checkpoint().await?;
    Ok(())
}

impl Town {
    // ------------------------------------------------------------------------------------------- who and when

    pub(super) fn who(&self, index: usize) -> Caller {
        self.callers[index].clone()
    }

    pub(super) fn event(&self) -> EventId {
        EventId(self.app.store().entropy().id(self.clock.now()))
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Lets time pass. What does not fit into the day is done on the next on which people work.
    pub(super) fn pass(&mut self, minutes: i64) {
        self.clock.set(at_work(self.clock.now() + TimeDelta::minutes(minutes)));
    }

    /// Waits until an hour of the `count`-th working day before the town's today.
    pub(super) fn wait_until(&mut self, count: usize, hour: i64, minute: i64) {
        let day = japan_date::jst_day_start(working_day_before(self.today, count));
        let moment = day + TimeDelta::minutes(hour * 60 + minute);
        self.clock.set(at_work(moment.max(self.clock.now())));
    }

    pub(super) fn rules(&self) -> Rules<'_> {
        Rules { profile: &self.profile, calendars: &self.calendars, today: self.today }
    }

    async fn caller(&self, id: PersonId) -> anyhow::Result<Caller> {
        let account = self.app.store().person(id).await?.context("a person who was just added")?;
        Ok(Caller::without_session(account.person, account.name, Lang::Ja, "demo"))
    }

    /// People, divisions, the regulation, and who plays which role of it.
    async fn found(&mut self, profile: &ProfileText) -> anyhow::Result<()> {
        let host = self.app.config().label_host().map(str::to_owned);
        self.app.set_body(BODY, host.as_deref()).await?;
        for division in DIVISIONS {
            self.divisions.push(self.app.add_division(division).await?);
        }
        let mut people = Vec::new();
        for lives in PEOPLE {
            let new = NewPerson {
                login: lives.login.to_owned(),
                name: lives.name.to_owned(),
                parts: lives.parts.to_vec(),
                password: PASSWORD.to_owned(),
                division: lives.division.map(|division| self.divisions[division]),
                ..NewPerson::default()
            };
            people.push(self.app.add_person(new).await?);
        }
        self.pass(10);
        let (by, act) = (people[SECOND], self.event());
        self.profile = self.app.adopt_profile(profile, Default::default(), None, by, act).await?;
        self.calendars = self.app.calendars().await?;
        give_roles(&self.app, &self.profile, self.today).await?;
        for person in people {
            self.callers.push(self.caller(person).await?);
        }
        self.pass(20);
        Ok(())
    }

    /// Four printings: a full sheet, two half-used ones, a tape.
    async fn print_labels(&mut self) -> anyhow::Result<()> {
        let administrator = self.who(SECOND);
        let jobs = [("a4-44", 44, 1), ("a4-24", 15, 10), ("a4-65", 30, 20), ("tape-24", 6, 1)];
        for (stock, count, start_position) in jobs {
            let request = PrintRequest { stock: stock.to_owned(), count, start_position };
            let sheet: SheetId =
                self.app.print_labels(&administrator, self.event(), request).await.map_err(problem)?;
            let labels = self.app.store().labels_of_sheet(sheet).await?;
            self.labels.extend(labels.into_iter().map(|(label, _)| label));
            self.pass(10);
        }
        let printer = PrinterView { name: "2階複合機".to_owned(), offset_x_mm: 0.6, offset_y_mm: -0.4 };
        self.app.set_printer(&administrator, printer).await.map_err(problem)?;
        // They are used from the first on, as a clerk would.
        self.labels.reverse();
        Ok(())
    }

    pub(super) fn next_label(&mut self) -> anyhow::Result<LabelId> {
        self.labels.pop().context("a blank label")
    }

    // --------------------------------------------------------------------------------------------- the house

    async fn place(
        &mut self,
        name: &str,
        kind: PlaceKind,
        parent: Option<Home>,
        area: Option<Area>,
        level: u8,
    ) -> anyhow::Result<Home> {
        let label = match kind {
            PlaceKind::Building => None,
            _ => Some((self.next_label()?, self.event(), self.callers[SECOND].person.id)),
        };
        let parent = match parent {
            Some(Home::Place(id)) => Some(id),
            _ => None,
        };
        let known = self.profile.levels.iter().any(|known| known.level == level);
        let new = NewHome {
            name: name.to_owned(),
            place: Some((kind, parent)),
            label,
            area,
            lockable: kind == PlaceKind::Cabinet,
            level: known.then_some(level),
        };
        Ok(self.app.add_home(new).await?)
    }

    /// A town hall with a handling area for each division, a server room, cabinets that can be locked, and two
    /// containers.
    async fn furnish(&mut self) -> anyhow::Result<()> {
        let hall = self.place("見本町役場 本庁舎", PlaceKind::Building, None, Some(Area::Office), 0).await?;
        let room = self.place("電算室", PlaceKind::Room, Some(hall), Some(Area::ServerRoom), 2).await?;
        let vault = self.place("電算室 耐火金庫", PlaceKind::Cabinet, Some(room), None, 3).await?;
        self.places.server_room = Some(room);
        self.places.vault = Some(vault);
        for (division, cabinet) in DIVISIONS.into_iter().zip(["A", "B", "C"]) {
            let area = Some(Area::HandlingArea);
            let room =
                self.place(&format!("{division} 取扱区域"), PlaceKind::Room, Some(hall), area, 1).await?;
            let name = format!("{division} 保管庫{cabinet}");
            let cabinet = self.place(&name, PlaceKind::Cabinet, Some(room), None, 3).await?;
            self.places.cabinets.push(cabinet);
        }
        for name in ["搬送用ケース 1号", "搬送用ケース 2号"] {
            let label = self.next_label()?;
            let bound = Some((label.clone(), self.event(), self.callers[SECOND].person.id));
            let new = NewHome { name: name.to_owned(), label: bound, ..NewHome::default() };
            if let Home::Container(id) = self.app.add_home(new).await? {
                self.places.cases.push(Case { id, label });
            }
        }
        self.pass(30);
        Ok(())
    }

    /// Where a thing of this kind belongs.
    pub(super) fn home_of(&self, index: usize, owner: usize, kind: ItemKind) -> anyhow::Result<Home> {
        let cabinet = self.places.cabinets.get(owner).copied();
        let home = match kind {
            ItemKind::Server => self.places.server_room,
            _ if is_medium(kind) && index % 4 == 3 => self.places.vault,
            _ => cabinet,
        };
        home.context("a home")
    }

    // --------------------------------------------------------------------------------------------------- acts

    pub(super) async fn act(
        &mut self,
        caller: &Caller,
        item: ItemId,
        act: ActRequest,
    ) -> anyhow::Result<ItemCard> {
        let event = self.event();
        let what = act.kind();
        let answer = self.app.act(caller, item, event, act).await.map_err(problem);
        let answer = answer.with_context(|| format!("{} by {}", what.code(), caller.name))?;
        self.pass(3);
        Ok(answer.item)
    }

    pub(super) async fn known(&self, item: ItemId) -> anyhow::Result<Item> {
        self.app.store().item(item).await?.context("an item of the town")
    }

    pub(super) fn may(&self, who: usize, item: &Item, act: ActKind) -> bool {
        custody::check(item, act, &self.callers[who].person, &self.profile, self.now()).is_ok()
    }

    /// The label that an item bears now, as it is scanned.
    pub(super) async fn scan(&self, item: ItemId) -> anyhow::Result<Scan> {
        let label = self.known(item).await?.label.value;
        Ok(Scan { label, method: ScanMethod::Camera })
    }

    /// Asks for something, where the regulation has a gate before it.
    pub(super) async fn ask(
        &mut self,
        who: usize,
        item: ItemId,
        wanted: WantedRequest,
        reason: &str,
    ) -> anyhow::Result<()> {
        let act = ActRequest::Ask { wanted, reason: text(reason)?, until: None };
        let caller = self.who(who);
        self.act(&caller, item, act).await.map(drop)
    }

    /// Lets whoever may approve what was asked last, in this order, until nobody is missing.
    pub(super) async fn approve(&mut self, item: ItemId, order: &[usize]) -> anyhow::Result<()> {
        for who in order {
            let known = self.known(item).await?;
            let Some(open) = known.requests.iter().rfind(|request| request.state == RequestState::Open)
            else {
                return Ok(());
            };
            if self.may(*who, &known, ActKind::Approve) {
                let caller = self.who(*who);
                self.act(&caller, item, ActRequest::Approve { request: open.id, note: None }).await?;
            }
        }
        let known = self.known(item).await?;
        if known.requests.iter().any(|request| request.state == RequestState::Open) {
            bail!("nobody is left to approve what was asked for {item}");
        }
        Ok(())
    }

    /// Asks for something and has it approved, where the regulation asks for that and it is not granted.
    pub(super) async fn permitted(
        &mut self,
        who: usize,
        item: ItemId,
        gated: Gated,
        matter: &Matter,
        reason: &str,
    ) -> anyhow::Result<()> {
        let wanted = match gated {
            Gated::Use => (WantedRequest::Use, Wanted::Use),
            Gated::Save => (WantedRequest::Save, Wanted::Save),
            _ => (WantedRequest::Dispose, Wanted::Dispose),
        };
        let known = self.known(item).await?;
        let granted =
            known.permission(japan_date::jst_date(self.now()), |known| *known == wanted.1).is_some();
        if granted || self.profile.gate(gated, matter).is_none() {
            return Ok(());
        }
        self.ask(who, item, wanted.0, reason).await?;
        self.approve(item, &APPROVERS).await
    }

    // ------------------------------------------------------------------------------------------ registration

    /// Registers something and prepares it for use, in the order that the regulation asks for: permission to
    /// use it and to put data on it, protection, the place where it belongs, and then what lies on it.
    pub(super) async fn prepare(&mut self, index: usize, piece: &Piece) -> anyhow::Result<ItemId> {
        let caller = self.who(piece.owner);
        let contents: Vec<_> = piece.data.iter().map(|data| data.contents.clone()).collect();
        let empty = Matter::of(piece.kind, std::iter::empty(), None);
        let full = Matter {
            categories: contents.iter().map(|contents| contents.category).collect(),
            records: contents.iter().filter_map(|contents| contents.records).sum(),
            ..empty.clone()
        };
        let gated = [Gated::Use, Gated::Save]
            .into_iter()
            .any(|gated| !contents.is_empty() && self.profile.gate(gated, &full).is_some());
        let at_once = if gated { Vec::new() } else { contents.clone() };
        let item = self.enter(piece, at_once).await?;
        self.permitted(piece.owner, item, Gated::Use, &empty, "担当事務で使用するため").await?;
        if gated {
            self.permitted(piece.owner, item, Gated::Use, &full, "担当事務で使用するため").await?;
            self.permitted(piece.owner, item, Gated::Save, &full, "担当事務のデータを保存するため").await?;
            for contents in contents {
                self.act(&caller, item, ActRequest::RecordContents { contents }).await?;
            }
        }
        if self.profile.media.designated_home.is_some() || index % 8 == 1 {
            let place = self.place_of(index, piece)?;
            self.act(&caller, item, ActRequest::DesignateHome { place: PlaceRef::Id(place) }).await?;
        }
        if let Some((event, on)) = piece.data.as_ref().and_then(|data| data.occurred.clone()) {
            let known = self.known(item).await?;
            let contents = known.live_contents().next().context("contents")?.contents.id;
            self.act(&caller, item, ActRequest::RecordRetentionEvent { contents, event, on }).await?;
        }
        Ok(item)
    }

    /// Registers something with these contents, and no more.
    pub(super) async fn enter(
        &mut self,
        piece: &Piece,
        contents: Vec<ContentsRequest>,
    ) -> anyhow::Result<ItemId> {
        let caller = self.who(piece.owner);
        let request = RegisterRequest {
            scan: Scan { label: self.next_label()?, method: ScanMethod::Photo },
            kind: piece.kind,
            title: text(&piece.title)?,
            control_number: Some(text(&piece.control_number)?),
            serial: piece.serial.as_deref().map(text).transpose()?,
            contents,
            division: Some(self.divisions[piece.owner]),
            protection: self.rules().protection(piece)?,
        };
        let event = self.event();
        let registered = self.app.register(&caller, event, request).await.map_err(problem);
        let item = registered.with_context(|| piece.title.clone())?.item.id;
        self.pass(5);
        Ok(item)
    }

    fn place_of(&self, index: usize, piece: &Piece) -> anyhow::Result<PlaceId> {
        match self.home_of(index, piece.owner, piece.kind)? {
            Home::Place(place) => Ok(place),
            Home::Container(_) => bail!("things belong in places"),
        }
    }

    async fn register(&mut self, index: usize) -> anyhow::Result<ItemId> {
        let kind = ItemKind::ALL[index % ItemKind::ALL.len()];
        let recorded_on = japan_date::jst_date(self.now());
        let piece = self.rules().piece(index, index % 3, kind, None, recorded_on, Wish::Later)?;
        self.prepare(index, &piece).await
    }

    /// Puts something away where it belongs.
    pub(super) async fn put_away(&mut self, who: usize, item: ItemId, home: Home) -> anyhow::Result<()> {
        let scan = self.scan(item).await?;
        let caller = self.who(who);
        self.act(&caller, item, ActRequest::PutAway { home: HomeRef::Id(home), scan }).await.map(drop)
    }

    // ------------------------------------------------------------------------------------------ everyday life

    /// Some weeks of ordinary work.
    async fn live(&mut self, items: &[(usize, ItemId)]) -> anyhow::Result<()> {
        for (index, item) in items.iter().copied() {
            let owner = index % 3;
            match index % 6 {
                // Put away; some were taken out again.
                0..=3 => {
                    let kind = self.known(item).await?.kind;
                    let home = self.home_of(index, owner, kind)?;
                    self.put_away(owner, item, home).await?;
                    if index % 12 == 2 {
                        let scan = self.scan(item).await?;
                        let taker = self.who((index + 1) % 3);
                        self.act(&taker, item, ActRequest::TakeOut { scan, purpose: None }).await?;
                    }
                }
                // Handed over, twice.
                4 => {
                    for step in 0..2 {
                        self.hand_over((index + step) % 3, (index + step + 1) % 3, item).await?;
                    }
                }
                // Still with whoever registered it.
                _ => {}
            }
            self.pass(80);
        }
        // A label that was torn off and replaced.
        for (_, item) in items {
            let known = self.known(*item).await?;
            if is_medium(known.kind) {
                continue;
            }
            let holder = match known.custody.value {
                Custody::Held { by } => self.callers.iter().find(|caller| caller.person.id == by).cloned(),
                _ => None,
            };
            if let Some(holder) = holder {
                let label = self.next_label()?;
                let replace = ActRequest::ReplaceLabel { label, reason: ReplaceReason::Damaged };
                self.act(&holder, known.id, replace).await?;
                break;
            }
        }
        Ok(())
    }

    async fn hand_over(&mut self, from: usize, to: usize, item: ItemId) -> anyhow::Result<()> {
        let (from, to) = (self.who(from), self.who(to));
        let scan = self.scan(item).await?;
        let offer =
            ActRequest::Offer { to: Receiver::Person(to.person.id), note: None, scan: Some(scan.clone()) };
        let offered = self.act(&from, item, offer).await?;
        let hand_over = offered.offer.context("an offer that was just made")?.hand_over;
        self.act(&to, item, ActRequest::Accept { hand_over, scan }).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_work_from_half_past_eight_to_a_quarter_past_five_on_working_days() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().expect("a moment");
        // Friday 27 March 2026, in Japan nine hours later.
        assert_eq!(at_work(at("2026-03-26T20:00:00Z")), at("2026-03-26T23:30:00Z"), "before work");
        assert_eq!(at_work(at("2026-03-27T03:00:00Z")), at("2026-03-27T03:00:00Z"), "at noon");
        assert_eq!(at_work(at("2026-03-27T08:16:00Z")), at("2026-03-29T23:30:00Z"), "over the weekend");
        // 29 April is a holiday.
        assert_eq!(at_work(at("2026-04-28T09:00:00Z")), at("2026-04-29T23:30:00Z"));
        let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
        assert_eq!(working_day_before(day("2026-03-30"), 1), day("2026-03-27"));
        assert_eq!(working_day_before(day("2026-03-30"), 3), day("2026-03-25"));
    }
}
