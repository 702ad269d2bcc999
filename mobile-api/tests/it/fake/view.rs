//! Items as the wire shows them.

use chrono::{DateTime, Utc};
use hokan_domain::{
    approval::{self, Given, Request},
    contents::Kept,
    custody,
    disposal::{Disposal, Photograph},
    ids::PersonId,
    item::{Custody, Item},
    japan_date::jst_date,
    place::Home,
    protection::{Protected, Secrecy},
    text::{Lang, Names, TextRef},
};
use hokan_mobile_api::{
    Caller,
    wire::{
        ConditionView, ContentsView, CustodyState, CustodyView, DiscrepancyView, DisposalView, GivenView,
        HoldView, HomeView, ItemCard, ItemSummary, LostView, Named, OfferView, OpenAct, PersonView,
        PhotographView, ProtectionView, ReceiverView, RequestView, StepView,
    },
};

use super::{Fake, State};

impl Fake {
    pub(super) fn card(&self, state: &State, caller: &Caller, item: &Item) -> ItemCard {
        let lang = caller.lang;
        let summary = state.summary(item, lang);
        let acts = custody::open_acts(item, &caller.person, &self.profile, state.now);
        let disposal = &item.disposal;
        let begun = disposal.erased.is_some() || disposal.destroyed.is_some() || disposal.request.is_some();
        ItemCard {
            id: summary.id,
            code: summary.code,
            kind: summary.kind,
            title: summary.title,
            control_number: summary.control_number,
            serial: item.serial.map(|text| state.text(text)),
            custody: summary.custody,
            url: summary.url,
            registered_at: item.registered_at,
            contents: item.contents.iter().map(|kept| self.contents(state, kept, lang)).collect(),
            division: item.division.map(|id| Named { code: id.to_string(), name: "税務課".to_owned() }),
            designated_home: item.designated_home.map(|place| state.home_view(Home::Place(place))),
            protection: item.protection.as_ref().map(|known| state.protection(&known.value, lang)),
            copied_from: item.copied_from,
            copies: item.copies.clone(),
            due: None,
            holds: item
                .open_holds()
                .map(|hold| HoldView {
                    id: hold.id,
                    by: state.person_view(hold.by),
                    at: hold.at,
                    reason: Some(state.text(hold.reason)),
                })
                .collect(),
            requests: item
                .requests
                .iter()
                .map(|request| self.request(state, caller, item, request))
                .collect(),
            disposal: begun.then(|| self.disposal(state, item, disposal, lang)),
            condition: item.condition.as_ref().map(|known| ConditionView {
                faulty: known.value.faulty,
                by: state.person_view(known.value.by),
                at: known.value.at,
            }),
            lost: item.loss().map(|loss| LostView {
                by: state.person_view(loss.by),
                at: loss.at,
                incident: loss.incident,
            }),
            offer: item.pending_offer(state.now).map(|offer| OfferView {
                hand_over: offer.hand_over,
                from: state.person_view(offer.from),
                to: ReceiverView::new(offer.to, state),
                expires_at: offer.expires_at,
                expires_text: offer.expires_at.to_string(),
            }),
            discrepancies: item.discrepancies.iter().map(|it| DiscrepancyView::of(item, *it, lang)).collect(),
            acts: acts.iter().map(|(kind, answer)| OpenAct::new(*kind, answer, lang, state)).collect(),
            version: item.version,
        }
    }

    fn contents(&self, state: &State, kept: &Kept, lang: Lang) -> ContentsView {
        let contents = &kept.contents;
        let named = |code: &String, name: Option<String>| Named {
            code: code.clone(),
            name: name.unwrap_or_else(|| code.clone()),
        };
        ContentsView {
            id: contents.id,
            category: Named::category(contents.category, lang),
            purpose: contents.purpose.map(|text| state.text(text)),
            purpose_code: contents.purpose_code.as_ref().map(|code| {
                named(code, self.profile.purpose(code).map(|purpose| purpose.name.get(lang).to_owned()))
            }),
            records: contents.records,
            recorded_on: contents.recorded_on,
            received_on: contents.received_on,
            retention: contents.retention.as_ref().map(|code| {
                let rule = self.profile.retention_rule(code);
                named(code, rule.map(|(rule, _)| rule.name.get(lang).to_owned()))
            }),
            starts_on: contents.starts_on,
            erased_at: kept.erased_at,
        }
    }

    fn request(&self, state: &State, caller: &Caller, item: &Item, request: &Request) -> RequestView {
        let lang = caller.lang;
        let gated = request.wanted.gated();
        let gate = self.profile.gate(gated, &item.matter(None));
        let open = request.state == approval::RequestState::Open;
        let missing = gate
            .map(|gate| {
                approval::missing_about(&gate.approvers, &request.given, item.division, &self.profile)
            })
            .unwrap_or_default();
        RequestView {
            id: request.id,
            what: Named::gated(gated, lang),
            details: None,
            by: state.person_view(request.by),
            at: request.at,
            reason: Some(state.text(request.reason)),
            until: request.until,
            state: Named::request_state(request.state, lang),
            given: request.given.iter().map(|given| self.given(state, given, None, lang)).collect(),
            missing: missing.iter().map(|role| self.profile.role_name(role, lang)).collect(),
            source: gate.map(|gate| gate.source.cite(lang)),
            mine_to_decide: open
                && gate.is_some_and(|gate| {
                    let (given, division) = (&request.given, item.division);
                    let role = approval::role_about(
                        &caller.person,
                        request.by,
                        &gate.approvers,
                        given,
                        division,
                        &self.profile,
                    );
                    role.is_ok()
                }),
        }
    }

    pub(super) fn given(&self, state: &State, given: &Given, note: Option<TextRef>, lang: Lang) -> GivenView {
        GivenView {
            by: state.person_view(given.by),
            role: self.profile.role_name(&given.role, lang),
            deputy_for: given.deputy_for.map(|person| state.person_view(person)),
            at: given.at,
            note: note.map(|text| state.text(text)),
        }
    }

    fn disposal(&self, state: &State, item: &Item, disposal: &Disposal, lang: Lang) -> DisposalView {
        let step =
            |by, at, text: &str| StepView { by: state.person_view(by), at, text: Some(text.to_owned()) };
        let photograph = |photograph: &Photograph| PhotographView {
            file: photograph.file.id,
            shows: Named::shows(photograph.shows, lang),
            label_read: photograph.label_read,
        };
        let method = |id: &str| {
            self.profile.method(id).map_or_else(|| id.to_owned(), |method| method.name.get(lang).to_owned())
        };
        let destroyed = disposal.destroyed.as_ref();
        DisposalView {
            ordered: disposal
                .request
                .and_then(|id| item.request(id))
                .map(|request| step(request.by, request.at, &state.text(request.reason))),
            erased: disposal.erased.as_ref().map(|it| step(it.by, it.at, &method(&it.what.method))),
            destroyed: destroyed.map(|it| step(it.by, it.at, &method(&it.what.method))),
            witnessed: disposal.witnessed.iter().map(|it| step(it.by, it.at, it.what.name(lang))).collect(),
            confirmed: disposal
                .confirmed
                .as_ref()
                .map(|it| step(it.by, it.at, &self.profile.role_name(&it.what, lang))),
            photographs: destroyed.iter().flat_map(|it| &it.what.photographs).map(photograph).collect(),
            certificate: None,
        }
    }
}

impl State {
    pub(super) fn person_view(&self, id: PersonId) -> PersonView {
        PersonView { id, name: self.person(id) }
    }

    pub(super) fn home_view(&self, home: Home) -> HomeView {
        HomeView::new(home, self.home(home))
    }

    pub(super) fn step(&self, by: PersonId, at: DateTime<Utc>, text: Option<TextRef>) -> StepView {
        StepView { by: self.person_view(by), at, text: text.map(|text| self.text(text)) }
    }

    fn protection(&self, known: &Protected, lang: Lang) -> ProtectionView {
        let (tool, algorithm) = match known.secrecy {
            Secrecy::Encrypted { tool, algorithm } => (Some(tool), Some(algorithm)),
            _ => (None, None),
        };
        ProtectionView {
            state: Named::secrecy(&known.secrecy, lang),
            tool: tool.map(|text| self.text(text)),
            algorithm: algorithm.map(|text| self.text(text)),
            key_apart: known.key_apart,
            verified_by: self.person_view(known.verified_by),
            verified_at: known.verified_at,
        }
    }

    pub(super) fn summary(&self, item: &Item, lang: Lang) -> ItemSummary {
        let (state, person, home, carry_out) = match item.custody.value {
            Custody::Held { by } => (CustodyState::Held, Some(by), None, None),
            Custody::Stored { home, by } => (CustodyState::Stored, Some(by), Some(home), None),
            Custody::Out { carry_out, by } => (CustodyState::Out, Some(by), None, carry_out),
            Custody::Delivered { carry_out } => (CustodyState::Delivered, None, None, Some(carry_out)),
            Custody::Destroyed { by } => (CustodyState::Destroyed, Some(by), None, None),
        };
        ItemSummary {
            id: item.id,
            code: item.label.value.clone(),
            kind: Named::kind(item.kind, lang),
            title: self.text(item.title),
            control_number: item.control_number.map(|text| self.text(text)),
            custody: CustodyView {
                state,
                person: person.map(|person| self.person_view(person)),
                home: home.map(|home| self.home_view(home)),
                carry_out,
                since: item.custody.key.at,
                sentence: lang.pick("保管中", "in custody").to_owned(),
            },
            url: ItemSummary::url_of(item.id),
        }
    }

    pub(super) fn today(&self) -> chrono::NaiveDate {
        jst_date(self.now)
    }
}
