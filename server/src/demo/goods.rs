//! What the people of the town keep, and until when.

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};
use hokan_domain::{
    calendar::Calendars,
    contents::Category,
    item::ItemKind,
    profile::{Condition, Gated, Matter, Measure, Profile},
    retention::{Facts, RetentionRule, Start, due},
};
use hokan_mobile_api::request::{ContentsRequest, ProtectionRequest, SecrecyRequest};

use super::town::text;

/// The task that each division's data serves.
const TASKS: [&str; 3] =
    ["地方税の賦課徴収に関する事務", "住民基本台帳に関する事務", "児童手当の支給に関する事務"];

/// What lies on the items of each division.
const DATA: [[&str; 4]; 3] = [
    ["住民税賦課データ", "固定資産税台帳", "給与支払報告書", "納税証明交付記録"],
    ["住民異動届データ", "転入通知データ", "本人確認情報の照会結果", "個人番号カード交付記録"],
    ["児童手当受給者データ", "介護保険被保険者台帳", "障害福祉サービス受給者データ", "医療費助成申請書"],
];

/// What begins the control numbers of each division.
const PREFIXES: [&str; 3] = ["税", "住", "福"];

/// Something to register.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    /// Who registers it, and so holds it: a clerk, whose division it is under.
    pub(super) owner: usize,
    /// What it is.
    pub(super) kind: ItemKind,
    /// What people call it.
    pub(super) title: String,
    /// The division's own number for it.
    pub(super) control_number: String,
    /// The maker's serial number.
    pub(super) serial: Option<String>,
    /// What data lies on it.
    pub(super) data: Option<Data>,
}

/// What data lies on an item.
#[derive(Debug, Clone)]
pub(super) struct Data {
    /// The statement.
    pub(super) contents: ContentsRequest,
    /// What has happened that its retention rule waits for.
    pub(super) occurred: Option<(String, NaiveDate)>,
}

/// When data must go, as the town wants to show it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wish {
    /// Some time, but not yet.
    Later,
    /// On this day or shortly before.
    Due(NaiveDate),
}

/// The noun for a kind of item, and whether what lies on it goes before.
fn noun(kind: ItemKind) -> (&'static str, bool) {
    match kind {
        ItemKind::UsbMemory => ("USBメモリ", true),
        ItemKind::HardDisk => ("外付けハードディスク", true),
        ItemKind::Ssd => ("外付けSSD", true),
        ItemKind::MemoryCard => ("メモリカード", true),
        ItemKind::OpticalDisc => ("DVD-R", true),
        ItemKind::MagnetoOpticalDisk => ("MOディスク", true),
        ItemKind::MagneticTape => ("バックアップテープ", true),
        ItemKind::FloppyDisk => ("フロッピーディスク", true),
        ItemKind::Server => ("業務サーバ", false),
        ItemKind::Terminal => ("業務端末", false),
        ItemKind::PhoneOrTablet => ("訪問用タブレット", false),
        ItemKind::PaperRecord => ("申請書つづり", true),
        ItemKind::PrintOut => ("確認リスト", true),
        ItemKind::SystemDocument => ("業務システム設計書", false),
        ItemKind::Microfilm => ("マイクロフィルム", true),
        ItemKind::IdentityCard => ("回収した住民基本台帳カード", false),
    }
}

/// What everything is judged by.
#[derive(Debug)]
pub(super) struct Rules<'a> {
    pub(super) profile: &'a Profile,
    pub(super) calendars: &'a Calendars,
    pub(super) today: NaiveDate,
}

impl Rules<'_> {
    /// The least number of records that nobody handles without approval.
    pub(super) fn bulk(&self) -> Option<u64> {
        let gates = self.profile.gates.iter().filter(|gate| gate.gated == Gated::Bulk);
        gates.filter_map(|gate| gate.when.records_at_least).min()
    }

    /// The `index`-th item. One that is in a story bears its own name.
    pub(super) fn piece(
        &self,
        index: usize,
        owner: usize,
        kind: ItemKind,
        own: Option<&str>,
        recorded_on: NaiveDate,
        wish: Wish,
    ) -> anyhow::Result<Piece> {
        let number = index + 1;
        let (noun, after_data) = noun(kind);
        let data = DATA[owner][index / 3 % DATA[owner].len()];
        let division = super::people::DIVISIONS[owner];
        let title = match own {
            Some(own) => own.to_owned(),
            None if after_data => format!("{data} {noun} {number}"),
            None => format!("{division} {noun} {number}"),
        };
        let records = u64::try_from(index * 131 % 4_000 + 12)?;
        // What is handled every day stays below what must be approved.
        let records = self.bulk().map_or(records, |bulk| records % bulk.max(2));
        let empty = own.is_none() && index % 5 == 4;
        let data = (!empty).then(|| self.data(owner, kind, records, recorded_on, wish, index)).transpose()?;
        Ok(Piece {
            owner,
            kind,
            title,
            control_number: format!("{}-{number:03}", PREFIXES[owner]),
            serial: (index.is_multiple_of(4) || own.is_some()).then(|| format!("SN{:04}A", index * 37 + 11)),
            data,
        })
    }

    fn data(
        &self,
        owner: usize,
        kind: ItemKind,
        records: u64,
        recorded_on: NaiveDate,
        wish: Wish,
        index: usize,
    ) -> anyhow::Result<Data> {
        let category = match kind {
            ItemKind::SystemDocument => Category::System,
            _ => [Category::SpecificPersonal, Category::IdentityVerification, Category::SpecificPersonal]
                [owner],
        };
        let purposes = &self.profile.purposes;
        let purpose_code = purposes
            .required
            .as_ref()
            .and_then(|_| purposes.list.get(index % purposes.list.len().max(1)))
            .map(|purpose| purpose.id.clone());
        let contents = ContentsRequest {
            category,
            purpose: Some(text(TASKS[owner])?),
            purpose_code,
            records: Some(records),
            recorded_on: Some(recorded_on),
            received_on: None,
            retention: None,
            starts_on: None,
        };
        let matter = Matter { kind, categories: [category].into(), records, direction: None };
        Ok(match wish {
            Wish::Later => self.not_yet(contents, &matter),
            Wish::Due(day) => self.overdue(contents, &matter, day),
        })
    }

    /// The rules that such data can be under: the one that it falls back on, then all others.
    fn rules_for(&self, matter: &Matter) -> Vec<(&RetentionRule, bool)> {
        let retention = &self.profile.retention;
        let fallen_back_on = |(when, _): &&(Condition, String)| when.applies(matter);
        let default = retention.defaults.iter().find(fallen_back_on).map(|(_, rule)| rule.as_str());
        let all = || retention.rules.iter().map(|(rule, _)| rule);
        let named = all().filter(|rule| Some(rule.id.as_str()) != default).map(|rule| (rule, false));
        all().filter(|rule| Some(rule.id.as_str()) == default).map(|rule| (rule, true)).chain(named).collect()
    }

    /// Data that must not go for some time yet.
    fn not_yet(&self, contents: ContentsRequest, matter: &Matter) -> Data {
        let facts = Facts {
            recorded_on: contents.recorded_on,
            received_on: contents.received_on,
            start_date: contents.recorded_on,
            ..Facts::default()
        };
        let is_later = |(rule, _): &&(&RetentionRule, bool)| {
            due(rule, &facts, self.calendars).due_on().is_none_or(|day| day > self.today)
        };
        let rules = self.rules_for(matter);
        let chosen = rules.iter().find(is_later).filter(|(_, is_default)| !is_default);
        let starts_on = chosen.filter(|(rule, _)| rule.start == Start::Date).and(contents.recorded_on);
        let retention = chosen.map(|(rule, _)| rule.id.clone());
        Data { contents: ContentsRequest { retention, starts_on, ..contents }, occurred: None }
    }

    /// Data whose period is over: the latest that had to go by `by`.
    fn overdue(&self, contents: ContentsRequest, matter: &Matter, by: NaiveDate) -> Data {
        for (rule, is_default) in self.rules_for(matter) {
            let event = match &rule.start {
                Start::Event(name) => Some(name.clone()),
                _ => None,
            };
            let facts = |day: NaiveDate| Facts {
                recorded_on: Some(day),
                received_on: Some(day),
                start_date: Some(day),
                events: event.iter().map(|name| (name.clone(), day)).collect::<BTreeMap<_, _>>(),
                extended_until: None,
            };
            let is_due = |day: &NaiveDate| {
                due(rule, &facts(*day), self.calendars).due_on().is_some_and(|due_on| due_on <= by)
            };
            // Forty years back, a week at a time: nothing shipped is kept longer but for ever.
            let mut days = (1..2_080).filter_map(|week| by.checked_sub_signed(TimeDelta::weeks(week)));
            let Some(day) = days.find(is_due) else { continue };
            let recorded_on = match &event {
                Some(_) => day.checked_sub_signed(TimeDelta::days(400)).unwrap_or(day),
                None => day,
            };
            let contents = ContentsRequest {
                recorded_on: Some(recorded_on),
                received_on: (rule.start == Start::Received).then_some(day),
                starts_on: (rule.start == Start::Date).then_some(day),
                retention: (!is_default).then(|| rule.id.clone()),
                ..contents
            };
            return Data { contents, occurred: event.map(|name| (name, day)) };
        }
        Data { contents, occurred: None }
    }

    /// How the data on such an item is protected, where it is.
    pub(super) fn protection(&self, piece: &Piece) -> anyhow::Result<Option<ProtectionRequest>> {
        let matter = Matter::of(piece.kind, std::iter::empty(), None);
        let rules = &self.profile.media.before_data;
        let mut asked = rules.iter().filter(|rule| rule.when.applies(&matter)).peekable();
        if asked.peek().is_none() && !super::town::is_medium(piece.kind) {
            return Ok(None);
        }
        let password_is_enough = asked.all(|rule| rule.any_of.contains(&Measure::Password));
        let by_password = password_is_enough && piece.kind == ItemKind::OpticalDisc;
        let secrecy = if by_password {
            SecrecyRequest::PasswordOnly
        } else {
            SecrecyRequest::Encrypted {
                tool: text("媒体暗号化ツール 4.2")?, algorithm: text("AES-256")?
            }
        };
        Ok(Some(ProtectionRequest { secrecy, key_apart: true }))
    }
}
