//! A profile as people read it: every section with what asks for it, what is only proposed, and what comes
//! from the national default.

use chrono::TimeDelta;

use super::{kinds, *};
use crate::{
    japan_date::wareki,
    retention::{Length, Start},
};

/// What stands beside a number that no text gives.
#[must_use]
pub fn proposal_mark(lang: Lang) -> &'static str {
    lang.pick("案（規程に数の定めなし）", "proposal (the regulation gives no number)")
}

/// The whole profile as text, section by section.
#[must_use]
pub fn summary(profile: &Profile, lang: Lang) -> String {
    let mut page = Page { text: String::new(), lang, profile };
    page.head();
    page.roles();
    page.values();
    page.purposes();
    page.gates();
    page.carry_out();
    page.media();
    page.retention();
    page.disposal();
    page.incident();
    page.contract();
    page.places_and_credentials();
    page.inspections();
    page.papers();
    page.remarks();
    page.text
}

struct Page<'p> {
    text: String,
    lang: Lang,
    profile: &'p Profile,
}

impl Page<'_> {
    fn title(&mut self, ja: &str, en: &str) {
        let title = self.lang.pick(ja, en);
        self.text.push_str(&format!("\n■ {title}\n"));
    }

    /// One entry, and what asks for it. The regulation's own title stands at the head and is not repeated.
    fn entry(&mut self, what: &str, source: &Source) {
        let cited = match source {
            Source::Clause(clause) if clause.regulation == self.profile.title.ja => clause.article.clone(),
            source => source.cite(self.lang),
        };
        self.text.push_str(&format!("  {what} — {cited}\n"));
    }

    /// One entry that nothing asks for: a choice of the product's.
    fn plain(&mut self, what: &str) {
        self.text.push_str(&format!("  {what}\n"));
    }

    fn pick<'a>(&self, ja: &'a str, en: &'a str) -> &'a str {
        self.lang.pick(ja, en)
    }

    fn joined(&self, parts: impl IntoIterator<Item = String>) -> String {
        parts.into_iter().collect::<Vec<_>>().join(self.pick("、", ", "))
    }

    fn role(&self, id: &RoleId) -> String {
        self.profile.role_name(id, self.lang)
    }

    fn approvers(&self, approvers: &Approvers) -> String {
        let roles = self.joined(approvers.roles().iter().map(|role| self.role(role)));
        match approvers {
            Approvers::All(_) => self.lang.pick(format!("{roles}の全員"), format!("all of {roles}")),
            Approvers::Any(_) => self.lang.pick(format!("{roles}のいずれか"), format!("any of {roles}")),
            Approvers::One(_) => roles,
        }
    }

    /// ［電磁的記録媒体・100件以上］, or nothing where everything is meant.
    fn condition(&self, when: &Condition) -> String {
        let mut parts = Vec::new();
        parts.extend(when.kinds.as_ref().map(|kinds| kinds::describe(kinds, self.lang)));
        parts.extend(
            when.categories
                .as_ref()
                .map(|list| self.joined(list.iter().map(|category| category.name(self.lang).to_owned()))),
        );
        parts.extend(when.direction.map(|direction| {
            match direction {
                Direction::Inside => self.pick("庁舎内", "within the building"),
                Direction::Outside => self.pick("外部へ", "to the outside"),
                Direction::Inbound => self.pick("外部から", "from outside"),
            }
            .to_owned()
        }));
        parts.extend(
            when.records_at_least.map(|records| {
                self.lang.pick(format!("{records}件以上"), format!("{records} records or more"))
            }),
        );
        if parts.is_empty() {
            return String::new();
        }
        let parts = self.joined(parts);
        self.lang.pick(format!("［{parts}］"), format!(" [{parts}]"))
    }

    fn time(&self, time: TimeDelta) -> String {
        let minutes = time.num_minutes();
        let (number, ja, en) = match minutes {
            minutes if minutes > 0 && minutes % 1_440 == 0 => (minutes / 1_440, "日", "days"),
            minutes if minutes > 0 && minutes % 60 == 0 => (minutes / 60, "時間", "hours"),
            minutes => (minutes, "分", "minutes"),
        };
        self.lang.pick(format!("{number}{ja}"), format!("{number} {en}"))
    }

    fn choices(&mut self, heading: (&str, &str), choices: &[Choice]) {
        for choice in choices {
            let heading = self.pick(heading.0, heading.1);
            let what = format!("{heading}: {}", choice.name.get(self.lang));
            self.entry(&what, &choice.source);
        }
    }

    fn demand(&mut self, ja: &str, en: &str, asked: Option<&Source>) {
        if let Some(source) = asked {
            let what = self.pick(ja, en).to_owned();
            self.entry(&what, source);
        }
    }

    // ----------------------------------------------------------------------------------------- sections

    fn head(&mut self) {
        let Profile { id, title, number, in_force_from, digest, .. } = self.profile;
        let number = number.as_ref().map(|number| format!(" {number}")).unwrap_or_default();
        let from = self
            .lang
            .pick(format!("{}から施行", wareki(*in_force_from)), format!("in force from {in_force_from}"));
        self.text = format!("{} ({id}){number}\n{from}\nSHA-256 {digest}\n", title.get(self.lang));
    }

    fn roles(&mut self) {
        self.title("役割", "Roles");
        for role in &self.profile.roles {
            let mut notes = Vec::new();
            notes.extend(role.post.clone());
            if role.per_division {
                notes.push(self.pick("部署ごと", "one in each division").to_owned());
            }
            if role.top {
                notes.push(self.pick("最上位", "at the top").to_owned());
            }
            let what = self.with_notes(role.name.get(self.lang), notes);
            self.entry(&what, &role.source);
        }
        for designation in &self.profile.designations {
            let by = self.role(&designation.by);
            let mut notes = vec![self.lang.pick(format!("{by}が指定"), format!("designated by {by}"))];
            if designation.nominated {
                notes.push(self.pick("部署が指名", "nominated by the division").to_owned());
            }
            if let Some(by) = &designation.registered_by {
                let by = self.role(by);
                notes.push(self.lang.pick(format!("{by}が登録"), format!("registered by {by}")));
            }
            if let Some(to) = &designation.report_to {
                let to = self.role(to);
                notes.push(self.lang.pick(format!("{to}に報告"), format!("reported to {to}")));
            }
            if let Some(among) = &designation.among {
                let name = self.profile.designations.iter().find(|other| other.id == *among);
                let name = name.map_or(among.as_str(), |other| other.name.get(self.lang)).to_owned();
                notes.push(self.lang.pick(format!("{name}の中から"), format!("out of: {name}")));
            }
            notes.extend(
                designation.exactly.map(|n| self.lang.pick(format!("{n}名"), format!("exactly {n}"))),
            );
            let what = self.with_notes(designation.name.get(self.lang), notes);
            self.entry(&what, &designation.source);
        }
    }

    fn with_notes(&self, what: &str, notes: Vec<String>) -> String {
        if notes.is_empty() {
            return what.to_owned();
        }
        let notes = self.joined(notes);
        self.lang.pick(format!("{what}（{notes}）"), format!("{what} ({notes})"))
    }

    fn values(&mut self) {
        self.title("数", "Numbers");
        for value in &self.profile.values {
            let unit = match value.unit.as_str() {
                "characters" => self.pick("文字", "characters"),
                "passwords" => self.pick("個", "passwords"),
                "records" => self.pick("件", "records"),
                "minutes" => self.pick("分", "minutes"),
                "hours" => self.pick("時間", "hours"),
                "days" => self.pick("日", "days"),
                "times-a-year" => self.pick("回／年", "times a year"),
                "years" => self.pick("年", "years"),
                other => other,
            };
            let space = self.pick("", " ");
            let phrase = value.phrase.as_ref().map(|phrase| format!("「{phrase}」")).unwrap_or_default();
            let mark =
                if value.proposal { format!(" — {}", proposal_mark(self.lang)) } else { String::new() };
            let name = value.name.get(self.lang);
            let what = format!("{name}{phrase} ({}): {}{space}{unit}{mark}", value.id, value.value);
            self.entry(&what, &value.source);
        }
    }

    fn purposes(&mut self) {
        let purposes = &self.profile.purposes;
        if purposes.required.is_none() && purposes.list.is_empty() {
            return;
        }
        self.title("利用目的", "Purposes");
        self.demand("目的の記録が必要", "a purpose must be recorded", purposes.required.as_ref());
        self.choices(("目的", "purpose"), &purposes.list);
    }

    fn gates(&mut self) {
        self.title("承認", "Approvals");
        for gate in &self.profile.gates {
            let (when, who) = (self.condition(&gate.when), self.approvers(&gate.approvers));
            let what = format!("{}{when}: {who}", gate.gated.name(self.lang));
            self.entry(&what, &gate.source);
        }
    }

    fn carry_out(&mut self) {
        self.title("持出し", "Carry-out");
        let rules = &self.profile.carry_out;
        let channels = self.joined(rules.channels.iter().map(|channel| {
            match channel {
                Channel::Hand => self.pick("持参", "by hand"),
                Channel::Post => self.pick("送付", "by post"),
                Channel::Transmission => self.pick("送信", "over a line"),
            }
            .to_owned()
        }));
        let area = rules.leaves.name(self.lang);
        let edge = self.lang.pick(
            format!("{area}の外に出すこと（{channels}）"),
            format!("whatever leaves the {area} ({channels})"),
        );
        self.entry(&edge, &rules.source);
        self.choices(("例外", "exempt"), &rules.exempt);
        self.demand("事由が必要", "a ground is needed", rules.ground_required.as_ref());
        for ground in &rules.grounds {
            let notes = ground.requires.iter().map(|field| field.name(self.lang).to_owned()).collect();
            let name = format!("{}: {}", self.pick("事由", "ground"), ground.name.get(self.lang));
            let what = self.with_notes(&name, notes);
            self.entry(&what, &ground.source);
        }
        for (field, source) in &rules.fields {
            let what = format!("{}: {}", self.pick("記録する事項", "to be recorded"), field.name(self.lang));
            self.entry(&what, source);
        }
        self.protections(&rules.protections);
        let lapses = self.time(rules.lapses);
        let what =
            self.lang.pick(format!("承認は{lapses}で失効"), format!("an approval lapses after {lapses}"));
        self.plain(&what);
    }

    fn protections(&mut self, protections: &[Protection]) {
        for protection in protections {
            let measures =
                self.joined(protection.any_of.iter().map(|measure| measure.name(self.lang).to_owned()));
            let several = protection.any_of.len() > 1;
            let measures = match (self.lang, several) {
                (Lang::Ja, true) => format!("{measures}のいずれか"),
                (Lang::En, true) => format!("any of {measures}"),
                _ => measures,
            };
            let reason = if protection.reason_instead {
                self.pick("（欠けるときは理由）", " (or a reason)")
            } else {
                ""
            };
            let when = self.condition(&protection.when);
            let what = format!("{}{when}: {measures}{reason}", self.pick("保護", "protection"));
            self.entry(&what, &protection.source);
        }
    }

    fn media(&mut self) {
        self.title("媒体の保存・保管", "Media");
        let rules = &self.profile.media;
        self.protections(&rules.before_data);
        if let Some((when, source)) = &rules.lockable_home {
            let when = self.condition(when);
            let what = format!("{}{when}", self.pick("施錠できる場所に保管", "kept where it can be locked"));
            self.entry(&what, source);
        }
        self.demand("所定の場所が必要", "a designated home is needed", rules.designated_home.as_ref());
    }

    fn retention(&mut self) {
        self.title("保存期間", "Retention");
        let rules = &self.profile.retention;
        for (rule, source) in &rules.rules {
            let start = match &rule.start {
                Start::FiscalYear => self.pick("翌年度4月1日", "the next 1 April").to_owned(),
                Start::Recorded => self.pick("記録した日", "the day of recording").to_owned(),
                Start::Received => self.pick("受け取った日", "the day of receipt").to_owned(),
                Start::Date => self.pick("起算日", "a given day").to_owned(),
                Start::Event(name) => {
                    self.lang.pick(format!("出来事「{name}」"), format!("the event “{name}”"))
                }
                Start::CalendarNext(name) => {
                    self.lang.pick(format!("暦「{name}」の次の日"), format!("the next day of “{name}”"))
                }
            };
            let length = match rule.length {
                Length::Years(n) => self.lang.pick(format!("{n}年"), format!("{n} years")),
                Length::Months(n) => self.lang.pick(format!("{n}か月"), format!("{n} months")),
                Length::Days(n) => self.lang.pick(format!("{n}日"), format!("{n} days")),
                Length::None => self.pick("期間なし", "no time").to_owned(),
                Length::Permanent => self.pick("永年", "for ever").to_owned(),
            };
            let grace = rule.grace_days;
            let notes = vec![
                self.lang.pick(format!("{start}から"), format!("from {start}")),
                length,
                self.lang.pick(format!("猶予{grace}日"), format!("grace {grace} days")),
            ];
            let what = self.with_notes(rule.name.get(self.lang), notes);
            self.entry(&what, source);
        }
        for (when, rule) in &rules.defaults {
            let when = self.condition(when);
            let name =
                self.profile.retention_rule(rule).map_or(rule.as_str(), |(rule, _)| rule.name.get(self.lang));
            let what = format!("{}{when}: {name}", self.pick("指定のないもの", "where none is named"));
            self.plain(&what);
        }
        let escalation = &rules.escalation;
        let before = self.joined(escalation.days_before.iter().map(ToString::to_string));
        let (every, owner) = (escalation.every_days, self.role(&escalation.owner));
        let mut what = self.lang.pick(
            format!("通知: {before}日前、当日、以後{every}日ごと、{owner}に"),
            format!("{owner} is told {before} days before, on the day, and every {every} days after"),
        );
        for (days, role) in &escalation.escalate {
            let role = self.role(role);
            what.push_str(&self.lang.pick(
                format!("、{days}日を過ぎたら{role}にも"),
                format!("; {role} too once it is {days} days late"),
            ));
        }
        self.entry(&what, &escalation.source);
    }

    fn disposal(&mut self) {
        self.title("廃棄", "Disposal");
        let rules = &self.profile.disposal;
        if let Some((when, source)) = &rules.erase_first {
            let when = self.condition(when);
            let what = format!("{}{when}", self.pick("先に消去", "erased first"));
            self.entry(&what, source);
        }
        for method in &rules.methods {
            let mut notes = vec![kinds::describe(&method.kinds, self.lang)];
            notes.push(method.technique.name(self.lang).to_owned());
            if !method.disposes {
                notes.push(self.pick("消去のみ", "erasure only").to_owned());
            }
            notes.extend(method.particle_class.clone());
            notes.extend(method.particle_mm2.map(|size| {
                let (whole, rest) = (size / 100, size % 100);
                let size = if rest == 0 { whole.to_string() } else { format!("{whole}.{rest:02}") };
                format!("≤{} mm²", if rest == 0 { size.as_str() } else { size.trim_end_matches('0') })
            }));
            if method.needs_tool {
                notes.push(self.pick("ツールと版を記録", "tool and version recorded").to_owned());
            }
            let what = self.with_notes(method.name.get(self.lang), notes);
            self.entry(&what, &method.source);
        }
        self.demand("これ以外の方法は不可", "no other way is allowed", Some(&rules.methods_source));
        let (who, within) = (self.approvers(&rules.witness), self.time(rules.witness_within));
        let what = self.lang.pick(
            format!("立会い: {who}（作業者と別の人、{within}以内）"),
            format!("witness: {who}, another than the operator, within {within}"),
        );
        self.entry(&what, &rules.witness_source);
        self.demand("写真（前）", "photograph before", rules.photo_before.as_ref());
        self.demand("写真にラベルが写ること", "its label shows", rules.photo_shows_label.as_ref());
        self.demand("写真（後）", "photograph after", rules.photo_after.as_ref());
        let delegated = &rules.delegated;
        let ways = [
            (delegated.witnessed, self.pick("立会い", "a witness")),
            (delegated.certificate, self.pick("証明書の確認", "a certificate that is confirmed")),
        ];
        let ways = self.joined(ways.into_iter().filter(|(is, _)| *is).map(|(_, way)| way.to_owned()));
        let what = self.lang.pick(format!("委託した廃棄: {ways}"), format!("by a contractor: {ways}"));
        self.entry(&what, &delegated.source);
    }

    fn incident(&mut self) {
        self.title("事故", "Incidents");
        let rules = &self.profile.incident;
        for step in &rules.chain {
            let from = step.from.as_ref().map_or_else(
                || self.pick("発見した人", "whoever finds it").to_owned(),
                |role| self.role(role),
            );
            let to = match (&step.to, &step.outside) {
                (Some(role), _) => self.role(role),
                (None, Some(outside)) => outside.get(self.lang).to_owned(),
                (None, None) => String::new(),
            };
            let within = match step.within {
                Clock::Minutes(minutes) => self.time(TimeDelta::minutes(minutes.into())),
                Clock::Days(days) => self.time(TimeDelta::days(days.into())),
            };
            let gravity = step.at_least.name(self.lang);
            let mut notes = vec![
                self.lang.pick(format!("{within}以内"), format!("within {within}")),
                self.lang.pick(format!("{gravity}以上"), format!("{gravity} or worse")),
            ];
            notes.extend(step.malicious_days.map(|days| {
                self.lang
                    .pick(format!("不正の目的なら{days}日"), format!("{days} days where malice is suspected"))
            }));
            if step.attack_only {
                notes.push(self.pick("外部からの攻撃に限る", "attacks from outside only").to_owned());
            }
            if step.as_needed {
                notes.push(self.pick("必要に応じて", "as needed").to_owned());
            }
            let what = self.with_notes(&format!("{from} → {to}"), notes);
            self.entry(&what, &step.source);
        }
        self.demand("原因がなければ終結できない", "closed only with its cause", rules.cause.as_ref());
        self.demand(
            "再発防止策がなければ終結できない",
            "closed only with a plan against its return",
            rules.prevention.as_ref(),
        );
        self.demand("被害の状況を記録", "the damage is stated", rules.damage.as_ref());
    }

    fn contract(&mut self) {
        self.title("委託", "Contracts");
        let rules = &self.profile.contract;
        self.choices(("契約の条項", "clause"), &rules.clauses);
        self.choices(("書面での確認", "confirmed in writing"), &rules.confirmations);
        self.demand("再委託は禁止", "no further entrusting", rules.subcontract_forbidden.as_ref());
    }

    fn places_and_credentials(&mut self) {
        self.title("記録・区域・認証", "Trail, places, credentials");
        let (years, source) = &self.profile.log_years;
        let what =
            self.lang.pick(format!("操作履歴の保存: {years}年"), format!("trail kept for {years} years"));
        self.entry(&what, source);
        for level in &self.profile.levels {
            let mut notes = Vec::new();
            notes.extend(level.permitted_by.as_ref().map(|role| {
                let role = self.role(role);
                self.lang.pick(format!("{role}が許可"), format!("permitted by {role}"))
            }));
            let marks = [
                (level.handlers_only, "取扱担当者に限る", "handlers only"),
                (level.tag.is_some(), "名札", "name tag"),
                (level.vendor_tag.is_some(), "業者の名札", "vendors wear a tag"),
                (level.vendor_escort.is_some(), "業者に同行", "vendors are escorted"),
            ];
            let lang = self.lang;
            notes.extend(
                marks.into_iter().filter(|mark| mark.0).map(|(_, ja, en)| lang.pick(ja, en).to_owned()),
            );
            let name = format!("{} {}: {}", self.pick("レベル", "level"), level.level, level.name.get(lang));
            let what = self.with_notes(&name, notes);
            self.entry(&what, &level.source);
        }
        self.choices(("認証", "credential"), &self.profile.credentials.kinds);
        self.choices(("パスワード", "password"), &self.profile.credentials.password);
        self.sign_in();
    }

    fn sign_in(&mut self) {
        let lang = self.lang;
        let rules = &self.profile.sign_in;
        self.demand("全員に2要素認証", "two factors for everybody", rules.second_factor_for_all.as_ref());
        let (minutes, hours, days) =
            (rules.idle.0.num_minutes(), rules.lasts.0.num_hours(), rules.initial.0.num_days());
        let password = &rules.password;
        let length = password.min_length.0;
        for (what, source) in [
            (
                lang.pick(
                    format!("操作がない場合のサインアウト: {minutes}分"),
                    format!("signed out after {minutes} minutes without use"),
                ),
                &rules.idle.1,
            ),
            (
                lang.pick(
                    format!("サインインの有効時間: {hours}時間"),
                    format!("signed out after {hours} hours"),
                ),
                &rules.lasts.1,
            ),
            (
                lang.pick(
                    format!("初期パスワードの有効日数: {days}日"),
                    format!("a one-time secret holds for {days} days"),
                ),
                &rules.initial.1,
            ),
            (
                lang.pick(
                    format!("パスワードの長さ: {length}文字以上"),
                    format!("passwords have at least {length} characters"),
                ),
                &password.min_length.1,
            ),
        ] {
            self.entry(&what, source);
        }
        let mixed = "パスワードに英字、数字、記号を混在させる";
        self.demand(mixed, "passwords mix letters, digits and symbols", password.classes.as_ref());
        if let Some((age, source)) = &password.max_age {
            let days = age.num_days();
            let what = lang.pick(
                format!("パスワードを{days}日ごとに変更する"),
                format!("passwords are changed every {days} days"),
            );
            self.entry(&what, source);
        }
        if let Some((last, source)) = &password.history {
            let what = lang.pick(
                format!("過去{last}個のパスワードを再利用しない"),
                format!("none of the last {last} passwords is used again"),
            );
            self.entry(&what, source);
        }
        let guessable = "推測されやすいパスワードを使わない";
        self.demand(guessable, "passwords are not easily guessed", Some(&password.not_guessable));
    }

    fn inspections(&mut self) {
        self.title("点検・監査・研修", "Inspections, audits, training");
        for inspection in &self.profile.inspections {
            let (by, days) = (self.role(&inspection.by), inspection.every_days);
            let notes = vec![by, self.lang.pick(format!("{days}日ごと"), format!("every {days} days"))];
            let what = self.with_notes(inspection.name.get(self.lang), notes);
            self.entry(&what, &inspection.source);
        }
    }

    fn papers(&mut self) {
        self.title("様式・管理簿", "Forms and books");
        for paper in self.profile.forms.iter().chain(&self.profile.books) {
            let number = paper.number.as_ref().map(|number| format!("{number} ")).unwrap_or_default();
            let what = format!("{number}{}", paper.title.get(self.lang));
            self.entry(&what, &paper.source);
        }
    }

    fn remarks(&mut self) {
        self.title("留意点", "Remarks");
        for remark in &self.profile.remarks {
            self.entry(remark.text.get(self.lang), &remark.source);
        }
        for (rule, clause) in &self.profile.citations {
            let cited = Source::Clause(clause.clone());
            let what = Source::Product(*rule).cite(self.lang);
            self.entry(&what, &cited);
        }
    }
}
