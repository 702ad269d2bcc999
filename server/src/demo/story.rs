//! What happens to a few of the items, so that each part of the regulation can be seen in action.

use anyhow::{Context, anyhow, bail};
use chrono::{NaiveDate, TimeDelta};
use hokan_domain::{
    carry_out::Opening,
    container::{ContainerAct, LockNumber},
    custody::ActKind,
    disposal::{Presence, Shows, Verification},
    event::{Receiver, Scan, ScanMethod},
    ids::{CarryOutId, DeviceId, FileId, IncidentId, ItemId},
    item::ItemKind,
    japan_date,
    place::Home,
    profile::{Channel, Direction, Field, Gated, Gravity, HANDLER, Matter, Method, RoleId, Technique},
};
use hokan_mobile_api::request::{
    ActRequest, CarryOutActRequest, DestructionRequest, ErasureRequest, HomeRef, IncidentActRequest,
    ObservedRequest, ParsedObservation, PerformedRequest, PlanRequest, WantedRequest,
};

use super::{
    goods::Wish,
    people::{OFFICER, SECOND, TOP, WITNESS},
    picture, problem,
    town::{APPROVERS, Case, Town, text},
};

/// How many items have a story of their own.
pub(super) const STORIES: usize = 14;

/// The clerks of the three divisions.
const TAX: usize = 0;
const RESIDENTS: usize = 1;
const WELFARE: usize = 2;

/// The number on the seal of the container that is on the road.
const SEAL: &str = "MH-20417";

/// The items that have one.
#[derive(Debug)]
pub(super) struct Stories {
    /// Asked to be carried out, waiting for approval.
    waiting: [ItemId; 2],
    /// On the road in a locked container.
    road: [ItemId; 2],
    /// Back from a carry-out.
    back: ItemId,
    /// Due for a few days, its disposal waiting for approval.
    due: ItemId,
    /// Destroyed by a contractor, waiting for whoever confirms the certificate.
    contractor: ItemId,
    /// Destroyed by the town itself, and witnessed.
    destroyed: ItemId,
    /// Past its period and on hold.
    held: ItemId,
    /// With a fault.
    faulty: ItemId,
    /// Lost.
    lost: ItemId,
    /// With more records than may be handled without approval, where the regulation knows such a number.
    bulk: ItemId,
    /// Registered and not yet permitted, where the regulation asks for that.
    unpermitted: ItemId,
}

fn before(day: NaiveDate, days: i64) -> NaiveDate {
    day.checked_sub_signed(TimeDelta::days(days)).unwrap_or(day)
}

/// What is to be carried out.
struct Trip<'a> {
    by: usize,
    items: &'a [ItemId],
    case: usize,
    counterparty: &'a str,
    days: i64,
}

impl Town {
    /// Registers what has a story.
    pub(super) async fn begin_stories(&mut self) -> anyhow::Result<Stories> {
        let today = self.today;
        let overdue = |days| Wish::Due(before(today, days));
        let later = Wish::Later;
        let named = [
            (TAX, ItemKind::UsbMemory, "特別徴収データ 受渡用USBメモリ", later),
            (TAX, ItemKind::PaperRecord, "給与支払報告書 照会用つづり", later),
            (RESIDENTS, ItemKind::HardDisk, "住民基本台帳 控え 外付けハードディスク", later),
            (RESIDENTS, ItemKind::UsbMemory, "転出入データ 受渡用USBメモリ", later),
            (TAX, ItemKind::UsbMemory, "申告受付会場用USBメモリ", later),
            (TAX, ItemKind::PaperRecord, "課税台帳 旧年度つづり", overdue(60)),
            (WELFARE, ItemKind::OpticalDisc, "児童手当 現況届データ DVD-R", overdue(3)),
            (WELFARE, ItemKind::HardDisk, "旧福祉システム ハードディスク", overdue(20)),
            (RESIDENTS, ItemKind::HardDisk, "旧窓口端末 ハードディスク", overdue(20)),
            (RESIDENTS, ItemKind::PaperRecord, "審査請求に係る住民異動届つづり", overdue(10)),
            (WELFARE, ItemKind::MagnetoOpticalDisk, "介護保険 旧台帳 MOディスク", later),
            (TAX, ItemKind::UsbMemory, "固定資産 現地調査用USBメモリ", later),
            (RESIDENTS, ItemKind::MagneticTape, "本人確認情報 一括照会結果テープ", later),
            (WELFARE, ItemKind::UsbMemory, "医療費助成 受付用USBメモリ（新規）", later),
        ];
        let mut items = Vec::with_capacity(STORIES);
        for (index, (owner, kind, title, wish)) in named.into_iter().enumerate() {
            let recorded_on = japan_date::jst_date(self.now());
            let mut piece = self.rules().piece(index, owner, kind, Some(title), recorded_on, wish)?;
            let many = self.rules().bulk().filter(|_| index == 12);
            if let (Some(bulk), Some(data)) = (many, &mut piece.data) {
                data.contents.records = Some(bulk.saturating_mul(12));
            }
            // What waits for its permission holds nothing yet.
            let empty = Matter::of(kind, std::iter::empty(), None);
            if index == 13 && self.profile.gate(Gated::Use, &empty).is_some() {
                items.push(self.enter(&piece, Vec::new()).await?);
            } else {
                items.push(self.prepare(index, &piece).await?);
            }
            self.pass(20);
        }
        // What nobody works with lies where it belongs.
        for (index, owner, kind) in [
            (5, TAX, ItemKind::PaperRecord),
            (6, WELFARE, ItemKind::OpticalDisc),
            (9, RESIDENTS, ItemKind::PaperRecord),
            (10, WELFARE, ItemKind::MagnetoOpticalDisk),
            (12, RESIDENTS, ItemKind::MagneticTape),
        ] {
            let home = self.home_of(index, owner, kind)?;
            self.put_away(owner, items[index], home).await?;
        }
        let [w1, w2, r1, r2, back, _, due, contractor, destroyed, held, faulty, lost, bulk, unpermitted] =
            <[ItemId; STORIES]>::try_from(items).map_err(|_| anyhow!("every story has its item"))?;
        Ok(Stories {
            waiting: [w1, w2],
            road: [r1, r2],
            back,
            due,
            contractor,
            destroyed,
            held,
            faulty,
            lost,
            bulk,
            unpermitted,
        })
    }

    /// The last days before the town's today.
    pub(super) async fn tell(
        &mut self,
        stories: &Stories,
        ordinary: &[(usize, ItemId)],
    ) -> anyhow::Result<()> {
        self.wait_until(9, 9, 0);
        self.there_and_back(stories.back).await?;
        self.wait_until(7, 9, 30);
        self.destroyed_here(stories.destroyed).await?;
        let hold =
            ActRequest::PlaceHold { reason: text("審査請求の裁決が出るまで保存するため")? };
        self.by_whoever_may(&APPROVERS, stories.held, ActKind::PlaceHold, hold).await?;
        self.wait_until(6, 10, 0);
        let note = Some(text("読み取りの途中で止まる。異音あり。")?);
        let scan = Some(self.scan(stories.faulty).await?);
        let reporter = self.who(WELFARE);
        self.act(&reporter, stories.faulty, ActRequest::ReportFault { note, scan }).await?;
        self.wait_until(5, 13, 30);
        let in_hand: Vec<_> = ordinary.iter().copied().filter(|(index, _)| index % 6 == 5).collect();
        let (index, item) = *in_hand.get(4).context("a fifth item that is still held")?;
        self.seen_elsewhere(index, item).await?;
        self.wait_until(4, 9, 30);
        let trip =
            Trip {
                by: RESIDENTS, items: &stories.road, case: 0, counterparty: "見本県 市町村課", days: 5
            };
        let road = self.plan(&trip).await?;
        self.agree(road, &APPROVERS).await?;
        self.wait_until(3, 10, 0);
        self.destroyed_by_contractor(stories.contractor).await?;
        self.wait_until(2, 9, 0);
        self.depart(&trip, road).await?;
        self.wait_until(2, 14, 0);
        let trip =
            Trip {
                by: TAX, items: &stories.waiting, case: 1, counterparty: "見本県 税務事務所", days: 7
            };
        let waiting = self.plan(&trip).await?;
        self.agree_but_for_the_last(waiting).await?;
        let reason = "保存期間が満了し、事務で使用しないため";
        self.ask(WELFARE, stories.due, WantedRequest::Dispose, reason).await?;
        self.wait_until(1, 10, 0);
        self.wanted_more(stories).await?;
        self.wait_until(1, 15, 0);
        self.lost(stories.lost).await?;
        self.wait_until(1, 16, 30);
        self.offers(&in_hand).await
    }

    /// Does something as the first who may.
    async fn by_whoever_may(
        &mut self,
        order: &[usize],
        item: ItemId,
        kind: ActKind,
        act: ActRequest,
    ) -> anyhow::Result<()> {
        let known = self.known(item).await?;
        let who = order.iter().find(|who| self.may(**who, &known, kind));
        let caller = self.who(*who.with_context(|| format!("nobody may do this: {}", kind.code()))?);
        self.act(&caller, item, act).await.map(drop)
    }

    // --------------------------------------------------------------------------------------------- carry-outs

    async fn plan(&mut self, trip: &Trip<'_>) -> anyhow::Result<CarryOutId> {
        let rules = &self.profile.carry_out;
        // A contract is another story: one of the grounds that need none.
        let ground = rules.grounds.iter().rfind(|ground| !ground.requires.contains(&Field::Contract));
        let named = ground.is_some_and(|ground| ground.requires.contains(&Field::LegalGround));
        let plan = PlanRequest {
            items: trip.items.to_vec(),
            ground: ground.map(|ground| ground.id.clone()),
            exempt: None,
            counterparty: Some(text(trip.counterparty)?),
            contract: None,
            legal_ground: named.then(|| text("第9号")).transpose()?,
            direction: Direction::Outside,
            channel: Channel::Hand,
            destination: Some(text("見本県庁")?),
            transport: Some(text("公用車（職員2名）")?),
            tracking: Some(text("公用車運行記録 41号")?),
            route: Some(text("庁舎から県庁まで、立寄りなし")?),
            due_back: self.today.checked_add_signed(TimeDelta::days(trip.days)),
            for_good: false,
            packaging: Some(text("緩衝材で包み、封かん袋に入れる")?),
            sealed: true,
            masked: true,
            container: Some(self.case(trip.case)?.id),
            instead: Vec::new(),
        };
        let caller = self.who(trip.by);
        let event = self.event();
        let answer = self.app.request_carry_out(&caller, event, plan).await.map_err(problem)?;
        self.pass(15);
        Ok(answer.carry_out.id)
    }

    fn case(&self, number: usize) -> anyhow::Result<Case> {
        self.places.cases.get(number).cloned().context("a container")
    }

    async fn act_on_trip(
        &mut self,
        who: usize,
        id: CarryOutId,
        act: CarryOutActRequest,
    ) -> anyhow::Result<()> {
        let caller = self.who(who);
        let event = self.event();
        let what = act.kind().code();
        let answer = self.app.act_on_carry_out(&caller, id, event, act).await.map_err(problem);
        answer.with_context(|| format!("{what} by {}", caller.name))?;
        self.pass(10);
        Ok(())
    }

    async fn may_agree(&self, who: usize, id: CarryOutId) -> anyhow::Result<bool> {
        let seen = self.app.carry_out(&self.who(who), id).await.map_err(problem)?;
        Ok(seen.acts.iter().any(|act| act.act == "approve" && act.open))
    }

    /// Lets whoever may approve a carry-out, in this order, until nobody is missing.
    async fn agree(&mut self, id: CarryOutId, order: &[usize]) -> anyhow::Result<()> {
        for who in order {
            if self.may_agree(*who, id).await? {
                self.act_on_trip(*who, id, CarryOutActRequest::Approve { role: None, note: None }).await?;
            }
        }
        let state = self.app.carry_out(&self.who(TAX), id).await.map_err(problem)?.state.code;
        if state == "granted" { Ok(()) } else { bail!("nobody is left to approve a carry-out: {state}") }
    }

    /// Where several must approve a carry-out, all of them but the last do.
    async fn agree_but_for_the_last(&mut self, id: CarryOutId) -> anyhow::Result<()> {
        for who in [OFFICER, SECOND, TOP] {
            let seen = self.app.carry_out(&self.who(who), id).await.map_err(problem)?;
            let missing: usize = seen
                .steps
                .iter()
                .flat_map(|step| &step.approvals)
                .map(|asked| if asked.all { asked.missing.len() } else { asked.missing.len().min(1) })
                .sum();
            if missing > 1 && self.may_agree(who, id).await? {
                self.act_on_trip(who, id, CarryOutActRequest::Approve { role: None, note: None }).await?;
            }
        }
        Ok(())
    }

    fn of_case(case: &Case) -> Scan {
        Scan { label: case.label.clone(), method: ScanMethod::Camera }
    }

    /// Packs the container, locks it and leaves.
    async fn depart(&mut self, trip: &Trip<'_>, id: CarryOutId) -> anyhow::Result<()> {
        let case = self.case(trip.case)?;
        for item in trip.items {
            self.put_away(trip.by, *item, Home::Container(case.id)).await?;
        }
        let lock = ContainerAct::Lock { number: seal()?, scan: Self::of_case(&case), carry_out: Some(id) };
        let caller = self.who(trip.by);
        let event = self.event();
        self.app.act_on_container(&caller, case.id, event, lock).await.map_err(problem)?;
        self.pass(10);
        let scan = Some(Self::of_case(&case));
        self.act_on_trip(trip.by, id, CarryOutActRequest::Depart { scan }).await
    }

    /// A carry-out from the request to its end. The deputy approves where he can.
    async fn there_and_back(&mut self, item: ItemId) -> anyhow::Result<()> {
        let trip =
            Trip { by: TAX, items: &[item], case: 0, counterparty: "見本県 税務事務所", days: 0 };
        let id = self.plan(&trip).await?;
        self.agree(id, &[WITNESS, SECOND, OFFICER, TOP]).await?;
        self.wait_until(8, 9, 0);
        self.depart(&trip, id).await?;
        self.pass(60);
        let receipt = Some(text("県税務事務所 受付担当")?);
        let arrive = CarryOutActRequest::Arrive { lock_seen: Some(seal()?), receipt };
        self.act_on_trip(TAX, id, arrive).await?;
        self.pass(120);
        let label = self.known(item).await?.label.value;
        let opened = Opening { number_seen: seal()?, scan: Self::of_case(&self.case(0)?) };
        let unpack = CarryOutActRequest::Unpack {
            found: vec![Scan { label, method: ScanMethod::Camera }],
            opened: Some(opened),
            more_to_come: false,
        };
        self.act_on_trip(TAX, id, unpack).await?;
        self.act_on_trip(TAX, id, CarryOutActRequest::Close).await?;
        let home = self.home_of(4, TAX, ItemKind::UsbMemory)?;
        self.put_away(TAX, item, home).await
    }

    // ---------------------------------------------------------------------------------------------- disposals

    async fn file(&mut self, by: usize, bytes: Vec<u8>) -> anyhow::Result<FileId> {
        let caller = self.who(by);
        Ok(self.app.keep_file(&caller, "image/png", bytes).await.map_err(problem)?.id)
    }

    fn method(&self, kind: ItemKind, serves: impl Fn(&Method) -> bool) -> Option<Method> {
        let methods = &self.profile.disposal.methods;
        methods.iter().find(|method| method.kinds.contains(&kind) && serves(method)).cloned()
    }

    /// An order, an erasure where one must come first, and the destruction with its photographs.
    async fn destroy(&mut self, by: usize, item: ItemId, performed: PerformedRequest) -> anyhow::Result<()> {
        let known = self.known(item).await?;
        let matter = known.matter_before(Gated::Dispose);
        self.permitted(by, item, Gated::Dispose, &matter, "機器の更新に伴い不要となったため").await?;
        let whole = |method: &Method| method.disposes && method.technique == Technique::Destroy;
        let method = self
            .method(known.kind, |method| whole(method) && !method.needs_tool)
            .or_else(|| self.method(known.kind, |method| method.disposes))
            .context("a way to dispose of it")?;
        let first = &self.profile.disposal.erase_first;
        let caller = self.who(by);
        if method.needs_tool || first.as_ref().is_some_and(|(when, _)| when.applies(&matter)) {
            let erases = self.method(known.kind, |method| method.technique != Technique::Destroy);
            let erasure = ErasureRequest {
                method: erases.context("a way to erase it")?.id,
                tool: Some(text("データ消去ツール 6.0")?),
                verification: Verification::Full,
            };
            let scan = self.scan(item).await?;
            self.act(&caller, item, ActRequest::Sanitize { erasure, scan }).await?;
        }
        let host = self.app.config().label_host().map(str::parse).transpose()?;
        let shown = picture::before(&known.label.value, host.as_ref())?;
        let shown = self.file(by, shown).await?;
        let left = picture::after()?;
        let left = self.file(by, left).await?;
        let destruction = DestructionRequest {
            method: method.id,
            performed,
            photographs: vec![(shown, Shows::Before), (left, Shows::After)],
        };
        let scan = self.scan(item).await?;
        self.act(&caller, item, ActRequest::Destroy { destruction, scan }).await.map(drop)
    }

    /// Destroyed in the town hall, with somebody standing by, and confirmed where the regulation asks for it.
    async fn destroyed_here(&mut self, item: ItemId) -> anyhow::Result<()> {
        self.destroy(RESIDENTS, item, PerformedRequest::Here).await?;
        let scan = self.scan(item).await?;
        let witness = ActRequest::Witness { presence: Presence::OnSite, photographs: Vec::new(), scan };
        let order = [WITNESS, SECOND, OFFICER, TOP];
        self.by_whoever_may(&order, item, ActKind::Witness, witness).await?;
        let matter = self.known(item).await?.matter_before(Gated::ConfirmDisposal);
        if self.profile.gate(Gated::ConfirmDisposal, &matter).is_some() {
            self.pass(30);
            let confirm = ActRequest::ConfirmDisposal { note: None };
            self.by_whoever_may(&APPROVERS, item, ActKind::ConfirmDisposal, confirm).await?;
        }
        Ok(())
    }

    /// Destroyed by a contractor whose certificate has come and which nobody has confirmed yet. Where the
    /// regulation does not take a certificate, by the town itself.
    async fn destroyed_by_contractor(&mut self, item: ItemId) -> anyhow::Result<()> {
        let performed = if self.profile.disposal.delegated.certificate {
            let certificate = picture::certificate()?;
            PerformedRequest::Delegated {
                contractor: text("見本リサイクル株式会社")?,
                certificate: Some(text("廃棄証明 第118号")?),
                file: Some(self.file(WELFARE, certificate).await?),
            }
        } else {
            PerformedRequest::Here
        };
        self.destroy(WELFARE, item, performed).await
    }

    // ---------------------------------------------------------------------------------------------- the rest

    /// What more waits under some of the regulations: the use of a new medium, the handling of many records.
    async fn wanted_more(&mut self, stories: &Stories) -> anyhow::Result<()> {
        let bulk = self.known(stories.bulk).await?;
        if self.profile.gate(Gated::Bulk, &bulk.matter(None)).is_some() {
            let wanted = WantedRequest::Bulk { records: bulk.matter(None).records };
            self.ask(RESIDENTS, stories.bulk, wanted, "現況の一括照会のため").await?;
        }
        let new = self.known(stories.unpermitted).await?;
        if self.profile.gate(Gated::Use, &new.matter(None)).is_some() && new.requests.is_empty() {
            let reason = "新年度の受付で使用するため";
            self.ask(WELFARE, stories.unpermitted, WantedRequest::Use, reason).await?;
        }
        Ok(())
    }

    /// A loss, which opens an incident. Whoever found it out tells whom he must; the rest of the chain waits.
    async fn lost(&mut self, item: ItemId) -> anyhow::Result<()> {
        let reporter = self.who(TAX);
        let note = Some(text("現地調査から戻った後、鞄の中に見当たらない。最後に見たのは午前10時ごろ。")?);
        let event = self.event();
        self.app.act(&reporter, item, event, ActRequest::ReportLost { note }).await.map_err(problem)?;
        self.pass(10);
        let incident = IncidentId::from(event);
        let tells = |role: &Option<RoleId>| role.as_ref().is_none_or(|role| role.0 == HANDLER);
        let chain = self.profile.incident.chain.iter();
        let steps: Vec<String> = chain
            .filter(|step| tells(&step.from) && !step.attack_only && step.at_least <= Gravity::Incident)
            .map(|step| step.id.clone())
            .collect();
        for step in steps {
            let tell = IncidentActRequest::Tell { step, at: None, note: None };
            self.act_on_incident(incident, tell).await?;
        }
        let measure = text("立ち寄り先2か所に連絡し、公用車の車内を確認した。")?;
        self.act_on_incident(incident, IncidentActRequest::Contain { measure }).await
    }

    async fn act_on_incident(&mut self, id: IncidentId, act: IncidentActRequest) -> anyhow::Result<()> {
        let reporter = self.who(TAX);
        let event = self.event();
        self.app.act_on_incident(&reporter, id, event, act).await.map_err(problem)?;
        self.pass(5);
        Ok(())
    }

    /// A phone in the vault, without signal, saw an item put away by somebody who did not have it.
    async fn seen_elsewhere(&mut self, index: usize, item: ItemId) -> anyhow::Result<()> {
        let other = self.who((index + 1) % 3);
        let known = self.known(item).await?;
        let home = self.home_of(index, index % 3, known.kind)?;
        let observation = ParsedObservation {
            event: self.event(),
            person: None,
            device_seq: 1,
            occurred_at: self.now() - TimeDelta::hours(3),
            scan: self.scan(item).await?,
            observed: ObservedRequest::PutAway { home: HomeRef::Id(home) },
        };
        let device = DeviceId(self.app.store().entropy().id(self.now()));
        self.app.observe(&other, device, vec![observation]).await.map_err(problem)?;
        self.pass(10);
        Ok(())
    }

    /// Offers that are still open when somebody looks.
    async fn offers(&mut self, in_hand: &[(usize, ItemId)]) -> anyhow::Result<()> {
        for (step, (index, item)) in in_hand.iter().copied().take(3).enumerate() {
            let from = self.who(index % 3);
            let to = match step {
                0 => Receiver::Person(self.who((index + 1) % 3).person.id),
                1 => Receiver::Person(self.who((index + 2) % 3).person.id),
                _ => Receiver::AnyHandler,
            };
            let note = (step == 0).then(|| text("来週の点検のため")).transpose()?;
            // As it is now: its label may have been replaced since it was registered.
            let scan = Some(self.scan(item).await?);
            self.act(&from, item, ActRequest::Offer { to, note, scan }).await?;
        }
        Ok(())
    }
}

fn seal() -> anyhow::Result<LockNumber> {
    Ok(SEAL.parse()?)
}
