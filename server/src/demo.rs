//! A small town to look around in. Everything in it was done through the same use cases as in a real one,
//! by a clock that is moved and bytes that come from the date, so that one day always makes the same town.

use anyhow::{Context, anyhow};
use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use hokan_domain::{
    contents::Category,
    event::{Receiver, Scan, ScanMethod},
    ids::{DeviceId, EventId, ItemId, PersonId, SheetId},
    item::ItemKind,
    japan_date,
    label::{LabelId, ReplaceReason},
    person::Part,
    personal_number::CheckedText,
    place::{Home, PlaceKind},
    text::Lang,
};
use hokan_mobile_api::{
    Caller, Problem,
    request::{ActRequest, ContentsRequest, HomeRef, ObservedRequest, ParsedObservation, RegisterRequest},
    wire::ItemCard,
};

use crate::{
    app::{App, NewHome, NewPerson, PrintRequest, PrinterView},
    clock::Clock,
    config::Config,
    entropy::Entropy,
    serve,
    store::Schema,
};

/// The password of everybody in the demonstration. A real register never has one that was not drawn.
pub const PASSWORD: &str = "hokan-demo";

/// The name of the town.
pub const BODY: &str = "見本町";

/// Who lives there: login, name, parts, and what they are there to show.
const PEOPLE: [(&str, &str, &[Part], &str); 8] = [
    ("sato", "佐藤 花子", &[Part::Handler], "税務課の担当者 / clerk, tax division"),
    ("suzuki", "鈴木 一郎", &[Part::Handler], "住民課の担当者 / clerk, residents division"),
    ("takahashi", "髙橋 さくら", &[Part::Handler], "福祉課の担当者 / clerk, welfare division"),
    ("tanaka", "田中 健", &[Part::Approver, Part::Handler], "住民課長・保護責任者 / approver"),
    ("ito", "伊藤 誠", &[Part::Witness, Part::Handler], "廃棄の立会者 / witness"),
    ("watanabe", "渡辺 恵子", &[Part::Custodian], "副町長・総括責任者 / custodian of the rules"),
    ("yamamoto", "山本 隆", &[Part::Auditor], "監査責任者 / auditor"),
    ("nakamura", "中村 学", &[Part::Administrator, Part::Handler], "情報係・システム管理者 / administrator"),
];

/// How many items there are.
pub const ITEMS: usize = 60;

/// What was made, or found.
#[derive(Debug)]
pub struct Made {
    /// Whether the town was there already.
    pub found: bool,
    /// What there is, for people.
    pub summary: String,
}

fn problem(problem: Problem) -> anyhow::Error {
    anyhow!("{}: {}", problem.code, problem.detail)
}

/// Makes the town in the data folder of `config`, unless there is one already.
///
/// # Errors
/// Where the register cannot be opened or something in the town is refused.
pub async fn make(config: &Config, date: Option<NaiveDate>) -> anyhow::Result<Made> {
    let today = date.unwrap_or_else(|| japan_date::jst_date(Clock::system().now()));
    let seed = u64::try_from(today.num_days_from_ce()).unwrap_or(0);
    // The town's day begins at midnight in Japan; what its people did lies before that, so that nothing in
    // the ledger lies in the future of the server that goes on with it.
    let midnight = japan_date::jst_day_start(today);
    let clock = Clock::standing_at(midnight - TimeDelta::days(40));
    let app = serve::open(config.clone(), clock.clone(), Entropy::seeded(seed), Schema::Migrate).await?;
    let found = app.store().has_people().await?;
    if !found {
        Town {
            app: app.clone(),
            clock,
            callers: Vec::new(),
            homes: Vec::new(),
            labels: Vec::new(),
            minutes: 0,
        }
        .build(midnight)
        .await?;
    }
    let summary = summary(&app).await?;
    app.store().clone().close().await;
    Ok(Made { found, summary })
}

async fn summary(app: &App) -> anyhow::Result<String> {
    let store = app.store();
    let items = store.count_items(&crate::store::items::ItemFilter::first(1)).await?;
    let frontier = store.ledger_head().await?;
    Ok(format!(
        "{}: {} people, {items} items, {} sheets of labels, {} entries in the ledger, root {}",
        app.body_name().await,
        store.people().await?.len(),
        store.sheets().await?.len(),
        frontier.size(),
        frontier.root().to_base64(),
    ))
}

/// What to look at, and who may sign in.
#[must_use]
pub fn welcome(app: &App, made: &Made) -> String {
    let config = app.config();
    let mut text = format!("\n{}\n\nOpen {}\n", made.summary, config.public_url);
    if app.ca_certificate().is_some() {
        text.push_str(&format!(
            "The certificate is this server's own: a browser warns until it is told to trust it.\n\
             {}/trust shows how.\n",
            config.public_url
        ));
    }
    text.push_str(&format!("\nEverybody's password is {PASSWORD}. Sign in as\n"));
    for (login, name, _, what) in PEOPLE {
        text.push_str(&format!("  {login:<10} {name}  {what}\n"));
    }
    text.push_str(&format!(
        "\nTry: sign in as sato, hand an item over to suzuki, sign in as suzuki in another browser and accept \
         it on the scan page.\nThen: hokan ledger verify --data-dir {}\nCtrl-C stops the server.\n",
        config.data_dir.display()
    ));
    text
}

struct Town {
    app: App,
    clock: Clock,
    callers: Vec<Caller>,
    homes: Vec<Home>,
    labels: Vec<LabelId>,
    minutes: i64,
}

fn text(text: &str) -> anyhow::Result<CheckedText> {
    CheckedText::new(text, 200).map_err(|error| anyhow!("{text}: {error}"))
}

impl Town {
    async fn build(mut self, midnight: DateTime<Utc>) -> anyhow::Result<()> {
        let host = self.app.config().label_host().map(str::to_owned);
        self.app.set_body(BODY, host.as_deref()).await?;
        for (login, name, parts, _) in PEOPLE {
            let new = NewPerson {
                login: login.to_owned(),
                name: name.to_owned(),
                parts: parts.to_vec(),
                password: PASSWORD.to_owned(),
            };
            let id = self.app.add_person(new).await?;
            self.callers.push(self.caller(id).await?);
        }
        self.print_labels().await?;
        self.furnish().await?;
        let mut items = Vec::with_capacity(ITEMS);
        for index in 0..ITEMS {
            items.push(self.register(index).await?);
        }
        self.live(&items).await?;
        // The last evening before the town's day: offers that are still open when somebody looks.
        self.clock.set(midnight - TimeDelta::minutes(30));
        self.evening(&items).await?;
        self.clock.set(midnight);
        self.app.checkpoint().await?;
        Ok(())
    }

    async fn caller(&self, id: PersonId) -> anyhow::Result<Caller> {
        let account = self.app.store().person(id).await?.context("a person who was just added")?;
        Ok(Caller {
            person: account.person,
            name: account.name,
            lang: Lang::Ja,
            session: "demo".to_owned(),
            device: None,
        })
    }

    fn who(&self, index: usize) -> Caller {
        // The last is the administrator; the handlers take turns.
        self.callers[index % self.callers.len()].clone()
    }

    fn event(&self) -> EventId {
        EventId(self.app.store().entropy().id(self.clock.now()))
    }

    /// Lets time pass within the working day.
    fn pass(&mut self, minutes: i64) {
        self.minutes += minutes;
        self.clock.set(self.clock.now() + TimeDelta::minutes(minutes));
    }

    /// Four printings: a full sheet, two half-used ones, a tape.
    async fn print_labels(&mut self) -> anyhow::Result<()> {
        let administrator = self.who(PEOPLE.len() - 1);
        let jobs = [("a4-44", 44, 1), ("a4-24", 15, 10), ("a4-65", 30, 20), ("tape-24", 6, 1)];
        for (stock, count, start_position) in jobs {
            let request = PrintRequest { stock: stock.to_owned(), count, start_position };
            let sheet: SheetId =
                self.app.print_labels(&administrator, self.event(), request).await.map_err(problem)?;
            let labels = self.app.store().labels_of_sheet(sheet).await?;
            self.labels.extend(labels.into_iter().map(|(label, _)| label));
            self.pass(15);
        }
        let printer = PrinterView { name: "2階複合機".to_owned(), offset_x_mm: 0.6, offset_y_mm: -0.4 };
        self.app.set_printer(&administrator, printer).await.map_err(problem)?;
        // They are used from the first on, as a clerk would.
        self.labels.reverse();
        Ok(())
    }

    fn next_label(&mut self) -> anyhow::Result<LabelId> {
        self.labels.pop().context("a blank label")
    }

    async fn furnish(&mut self) -> anyhow::Result<()> {
        let administrator = self.who(PEOPLE.len() - 1).person.id;
        let mut building = None;
        let places = [
            ("見本町役場 本庁舎", PlaceKind::Building),
            ("電算室", PlaceKind::Room),
            ("電算室 耐火金庫", PlaceKind::Cabinet),
            ("税務課 保管庫A", PlaceKind::Cabinet),
            ("住民課 保管庫B", PlaceKind::Cabinet),
            ("福祉課 保管庫C", PlaceKind::Cabinet),
        ];
        for (name, kind) in places {
            let label = match kind {
                PlaceKind::Building => None,
                _ => Some((self.next_label()?, self.event(), administrator)),
            };
            let new = NewHome { name: name.to_owned(), place: Some((kind, building)), label };
            let home = self.app.add_home(new).await?;
            match (kind, home) {
                (PlaceKind::Building, Home::Place(id)) => building = Some(id),
                (PlaceKind::Cabinet, home) => self.homes.push(home),
                _ => {}
            }
        }
        for name in ["搬送用ケース 1号", "搬送用ケース 2号"] {
            let label = Some((self.next_label()?, self.event(), administrator));
            let home = self.app.add_home(NewHome { name: name.to_owned(), place: None, label }).await?;
            self.homes.push(home);
        }
        self.pass(60);
        Ok(())
    }

    async fn register(&mut self, index: usize) -> anyhow::Result<ItemCard> {
        let kind = ItemKind::ALL[index % ItemKind::ALL.len()];
        let (division, prefix, category, task) = [
            ("税務課", "税", Category::SpecificPersonal, "地方税の賦課徴収に関する事務"),
            ("住民課", "住基", Category::IdentityVerification, "住民基本台帳に関する事務"),
            ("福祉課", "福", Category::SpecificPersonal, "児童手当の支給に関する事務"),
        ][index % 3];
        let label = self.next_label()?;
        let date = japan_date::jst_date(self.clock.now());
        let kind_name = kind.name(Lang::Ja);
        let request = RegisterRequest {
            scan: Scan { label, method: ScanMethod::Photo },
            kind,
            title: text(&format!("{division} {kind_name} {}", index + 1))?,
            control_number: Some(text(&format!("{prefix}-{:03}", index + 1))?),
            serial: index
                .is_multiple_of(4)
                .then(|| text(&format!("SN{:04}A", index * 37 + 11)))
                .transpose()?,
            contents: if index % 5 == 4 {
                Vec::new()
            } else {
                vec![ContentsRequest {
                    category,
                    purpose: Some(text(task)?),
                    records: Some(u64::try_from(index * 131 % 4_000 + 12)?),
                    recorded_on: Some(date),
                }]
            },
        };
        let caller = self.who(index % 3);
        let event = self.event();
        let answer = self.app.register(&caller, event, request).await.map_err(problem)?;
        self.pass(37);
        Ok(answer.item)
    }

    async fn act(&mut self, caller: &Caller, item: ItemId, act: ActRequest) -> anyhow::Result<ItemCard> {
        let event = self.event();
        let answer = self.app.act(caller, item, event, act).await.map_err(problem)?;
        self.pass(13);
        Ok(answer.item)
    }

    fn scan(item: &ItemCard, method: ScanMethod) -> Scan {
        Scan { label: item.code.clone(), method }
    }

    /// Some weeks of ordinary work.
    async fn live(&mut self, items: &[ItemCard]) -> anyhow::Result<()> {
        for (index, item) in items.iter().enumerate() {
            let owner = self.who(index % 3);
            match index % 6 {
                // Put away; some were taken out again.
                0..=3 => {
                    let home = self.homes[index % self.homes.len()];
                    let scan = Self::scan(item, ScanMethod::Camera);
                    self.act(&owner, item.id, ActRequest::PutAway { home: HomeRef::Id(home), scan }).await?;
                    if index % 12 == 2 {
                        let taker = self.who((index + 1) % 3);
                        let scan = Self::scan(item, ScanMethod::Camera);
                        self.act(&taker, item.id, ActRequest::TakeOut { scan }).await?;
                    }
                }
                // Handed over, twice.
                4 => {
                    for step in 0..2 {
                        let from = self.who((index + step) % 3);
                        let to = self.who((index + step + 1) % 3);
                        self.hand_over(&from, &to, item).await?;
                    }
                }
                // Still with whoever registered it.
                _ => {}
            }
            self.pass(40);
        }
        // A label that was torn off and replaced.
        let damaged = items.iter().find(|item| item.kind.code == "paper-record").context("a paper record")?;
        let card = self.app.item(&self.who(0), damaged.id).await.map_err(problem)?;
        let holder = card
            .custody
            .person
            .as_ref()
            .and_then(|person| self.callers.iter().find(|caller| caller.person.id == person.id))
            .context("somebody who has it")?
            .clone();
        let label = self.next_label()?;
        let replace = ActRequest::ReplaceLabel { label, reason: ReplaceReason::Damaged };
        self.act(&holder, damaged.id, replace).await?;
        Ok(())
    }

    async fn hand_over(&mut self, from: &Caller, to: &Caller, item: &ItemCard) -> anyhow::Result<()> {
        let offer = ActRequest::Offer {
            to: Receiver::Person(to.person.id),
            note: None,
            scan: Some(Self::scan(item, ScanMethod::Camera)),
        };
        let offered = self.act(from, item.id, offer).await?;
        let hand_over = offered.offer.context("an offer that was just made")?.hand_over;
        let scan = Self::scan(item, ScanMethod::Camera);
        self.act(to, item.id, ActRequest::Accept { hand_over, scan }).await?;
        Ok(())
    }

    /// What is still open when somebody looks: offers that wait, and a scan from the vault that contradicts
    /// the register.
    async fn evening(&mut self, items: &[ItemCard]) -> anyhow::Result<()> {
        let held: Vec<_> = items.iter().enumerate().filter(|(index, _)| index % 6 == 5).collect();
        for (step, (index, item)) in held.iter().take(3).enumerate() {
            let from = self.who(index % 3);
            let to = match step {
                0 => Receiver::Person(self.who((index + 1) % 3).person.id),
                1 => Receiver::Person(self.who((index + 2) % 3).person.id),
                _ => Receiver::AnyHandler,
            };
            // As it is now: its label may have been replaced since it was registered.
            let item = self.app.item(&from, item.id).await.map_err(problem)?;
            let note = (step == 0).then(|| text("来週の点検のため")).transpose()?;
            let event = self.event();
            let act = ActRequest::Offer { to, note, scan: Some(Self::scan(&item, ScanMethod::Camera)) };
            self.app.act(&from, item.id, event, act).await.map_err(problem)?;
            self.pass(2);
        }
        // A phone in the vault, without signal, saw an item put away by somebody who did not have it.
        let (index, item) = held.get(4).context("a fifth item that is still held")?;
        let other = self.who((index + 1) % 3);
        let item = self.app.item(&other, item.id).await.map_err(problem)?;
        let observation = ParsedObservation {
            event: self.event(),
            device_seq: 1,
            occurred_at: self.clock.now() - TimeDelta::hours(5),
            scan: Self::scan(&item, ScanMethod::Camera),
            observed: ObservedRequest::PutAway { home: HomeRef::Id(self.homes[0]) },
        };
        let device = DeviceId(self.app.store().entropy().id(self.clock.now()));
        self.app.observe(&other, device, vec![observation]).await.map_err(problem)?;
        Ok(())
    }
}
