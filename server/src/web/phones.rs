//! One's phones: which are paired, pairing another, and what a phone sees that is to be paired.

use askama::Template;
use axum::{
    extract::{FromRequestParts as _, Path, Query, Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use hokan_domain::{ids::DeviceId, person::Part};
use hokan_mobile_api::{Problem, ProblemCode, ProblemDocument, auth::language_of, request::MAX_PHONE_NAME};
use serde::Deserialize;

use super::{
    Web,
    error::Failed,
    form::Form,
    guard::{AnyVisitor, Visitor},
    layout::{Nav, Page, html, html_with},
    sign_in::session_cookie,
    texts,
    trust::Drawing,
};
use crate::{identity::pairing::PairError, mobile::pair_problem, store::devices::Device};

#[derive(Template)]
#[template(path = "phones.html")]
struct PhonesPage {
    page: Page,
    phones: Vec<(Device, String)>,
    everybody: bool,
    may_see_everybody: bool,
    offer: Option<OfferView>,
    problem: Option<ProblemDocument>,
}

/// An offer to pair a phone, as it is shown once.
struct OfferView {
    address: String,
    symbol: Option<Drawing>,
}

/// Whose phones are asked for.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Whose {
    #[serde(default)]
    all: String,
}

/// The phones.
pub(crate) async fn show(
    State(web): State<Web>,
    visitor: Visitor,
    Query(whose): Query<Whose>,
) -> Result<Response, Failed> {
    phones_page(&web, &visitor, whose.all == "1", None, None).await
}

/// Offers to pair a phone. The answer shows the offer, and nothing shows it again.
pub(crate) async fn offer(State(web): State<Web>, visitor: Visitor, _form: Form) -> Result<Response, Failed> {
    let offer = web.app.identity().offer_pairing(visitor.caller.person.id).await;
    let offer = offer.map_err(|error| Problem::internal(visitor.lang, &error))?;
    let address = format!("{}/pair/{}", web.app.config().public_url, offer.token);
    let symbol = Drawing::of(&address);
    phones_page(&web, &visitor, false, Some(OfferView { address, symbol }), None).await
}

/// Gives a phone another name.
pub(crate) async fn rename(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Failed> {
    let renamed = match form.line("name", MAX_PHONE_NAME) {
        Ok(name) => web.app.rename_phone(&visitor.caller, phone_id(&id, &visitor)?, name).await,
        Err(problem) => Err(problem),
    };
    done(&web, &visitor, renamed, &form).await
}

/// Revokes a phone.
pub(crate) async fn revoke(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Failed> {
    let revoked = web.app.revoke_phone(&visitor.caller, phone_id(&id, &visitor)?).await;
    done(&web, &visitor, revoked, &form).await
}

fn phone_id(id: &str, visitor: &Visitor) -> Result<DeviceId, Failed> {
    id.parse().map_err(|_| Problem::new(ProblemCode::NotFound, visitor.lang).into())
}

async fn done(
    web: &Web,
    visitor: &Visitor,
    done: Result<(), Problem>,
    form: &Form,
) -> Result<Response, Failed> {
    let everybody = form.chose("all", "1");
    match done {
        Ok(()) => {
            let address = if everybody { "/account/phones?all=1" } else { "/account/phones" };
            Ok(Redirect::to(address).into_response())
        }
        Err(problem) => phones_page(web, visitor, everybody, None, Some(problem)).await,
    }
}

async fn phones_page(
    web: &Web,
    visitor: &Visitor,
    everybody: bool,
    offer: Option<OfferView>,
    problem: Option<Problem>,
) -> Result<Response, Failed> {
    let status = problem.as_ref().map_or(StatusCode::OK, |problem| problem.status_code());
    let phones = web.app.phones(&visitor.caller, everybody).await?;
    let names = web.app.store().person_names(phones.iter().map(|phone| phone.person)).await;
    let names = names.map_err(|error| Problem::internal(visitor.lang, &error))?;
    let phones = phones.into_iter().map(|phone| {
        let name = names.get(&phone.person).cloned().unwrap_or_default();
        (phone, name)
    });
    let template = PhonesPage {
        page: visitor.page(Nav::Elsewhere, texts::text(visitor.lang, "phones.title")),
        phones: phones.collect(),
        everybody,
        may_see_everybody: visitor.caller.person.is(Part::Administrator),
        offer,
        problem: problem.map(Problem::into_document),
    };
    html_with(status, visitor.lang, &template)
}

#[derive(Template)]
#[template(path = "pair.html")]
struct PairPage {
    page: Page,
    token: String,
    /// Whose phone it will be.
    whose: String,
    /// Whether that person has just signed in on it.
    may_confirm: bool,
    name: String,
    problem: Option<ProblemDocument>,
    paired: Option<PairedView>,
}

/// What a phone has to keep that was paired.
struct PairedView {
    device: String,
    /// Whose it is: only what this person saw goes with the secret.
    person: String,
    delivery_secret: String,
}

/// What a phone sees that is to be paired. Open to whoever has the address: before the person has signed in on
/// the phone it shows only whose phone it will be.
pub(crate) async fn look(
    State(web): State<Web>,
    Path(token): Path<String>,
    request: Request,
) -> Result<Response, Failed> {
    let lang = language_of(request.headers(), request.uri());
    let fault = |error| Problem::internal(lang, &error);
    let offer = web.app.identity().pairing(&token).await.map_err(fault)?;
    let offer = offer.ok_or_else(|| Problem::new(ProblemCode::PairingOver, lang))?;
    let person = web.app.store().person(offer.person).await.map_err(fault)?;
    let whose = person.map(|account| account.name).unwrap_or_default();
    let (mut parts, _) = request.into_parts();
    let title = texts::text(lang, "pair.title").into_owned();
    let Ok(AnyVisitor(visitor)) = AnyVisitor::from_request_parts(&mut parts, &web).await else {
        let page = Page {
            lang,
            title,
            body_name: web.app.body_name().await,
            nav: Nav::Elsewhere,
            here: format!("/pair/{token}"),
            viewer: None,
            csrf: String::new(),
        };
        let (name, problem, paired) = (String::new(), None, None);
        return html(lang, &PairPage { page, token, whose, may_confirm: false, name, problem, paired });
    };
    // A session that may not do everything yet first goes where it may.
    if let Err(elsewhere) = Visitor::from_request_parts(&mut parts, &web).await {
        return Ok(elsewhere);
    }
    let own = visitor.caller.person.id == offer.person;
    let fresh = web.app.identity().is_fresh(&visitor.token).await.map_err(fault)?;
    let problem = (!own).then(|| pair_problem(PairError::NotYours, lang).into_document());
    let template = PairPage {
        page: visitor.page(Nav::Elsewhere, title),
        token,
        whose,
        may_confirm: own && fresh,
        name: String::new(),
        problem,
        paired: None,
    };
    html(lang, &template)
}

/// Pairs the phone.
pub(crate) async fn pair(
    State(web): State<Web>,
    visitor: Visitor,
    Path(token): Path<String>,
    form: Form,
) -> Result<Response, Failed> {
    let lang = visitor.lang;
    let page = visitor.page(Nav::Elsewhere, texts::text(lang, "pair.title"));
    let whose = visitor.caller.name.clone();
    let name = match form.line("name", MAX_PHONE_NAME) {
        Ok(name) => name.into_string(),
        Err(problem) => {
            let status = problem.status_code();
            let problem = Some(problem.into_document());
            let name = form.shown_again().raw("name").to_owned();
            let template = PairPage { page, token, whose, may_confirm: true, name, problem, paired: None };
            return html_with(status, lang, &template);
        }
    };
    let paired = web.app.identity().pair(&visitor.token, &token, name.clone()).await;
    let paired = paired.map_err(|error| pair_problem(error, lang))?;
    let view = PairedView {
        device: paired.device.id.to_string(),
        person: paired.device.person.to_string(),
        delivery_secret: paired.delivery_secret,
    };
    // What its forms carry belongs to the session that has just ended; the page has none that matters.
    let template = PairPage {
        page: Page { viewer: None, ..page },
        token: String::new(),
        whose,
        may_confirm: false,
        name,
        problem: None,
        paired: Some(view),
    };
    let mut response = html(lang, &template)?;
    let cookie = session_cookie(&paired.opened.token)?;
    let headers: &mut HeaderMap = response.headers_mut();
    headers.append(header::SET_COOKIE, cookie);
    Ok(response)
}

#[cfg(test)]
pub(crate) mod tests {
    use chrono::DateTime;
    use hokan_domain::ids::PersonId;
    use uuid::Uuid;

    use super::*;

    pub(crate) fn sample(page: Page) -> impl Template {
        let at = DateTime::from_timestamp(1_795_392_000, 0).unwrap();
        let phone = |number, revoked| Device {
            id: DeviceId(Uuid::from_u128(number)),
            person: PersonId(Uuid::from_u128(1)),
            name: "税務課の携帯電話 <b>\"".to_owned(),
            agent: "Mozilla/5.0".to_owned(),
            paired_at: at,
            last_seen_at: Some(at),
            revoked_at: revoked,
        };
        let address = "https://hokan.example/pair/secret".to_owned();
        let named = |phone: Device| (phone, "佐藤 花子".to_owned());
        PhonesPage {
            problem: Some(Problem::new(ProblemCode::TextEmpty, page.lang).with_field("name").into_document()),
            page,
            phones: vec![named(phone(1, None)), named(phone(2, Some(at)))],
            everybody: true,
            may_see_everybody: true,
            offer: Some(OfferView { symbol: Drawing::of(&address), address }),
        }
    }

    pub(crate) fn sample_pair(page: Page, may_confirm: bool, paired: bool) -> impl Template {
        PairPage {
            page,
            token: "secret".to_owned(),
            whose: "佐藤 花子".to_owned(),
            may_confirm,
            name: String::new(),
            problem: None,
            paired: paired.then(|| PairedView {
                device: "dev_1".to_owned(),
                person: "per_1".to_owned(),
                delivery_secret: "hkd_secret".to_owned(),
            }),
        }
    }
}
