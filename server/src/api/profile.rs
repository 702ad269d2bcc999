//! The regulation in force: what it says, with the clause for each, and the numbers that it leaves to the body.

use axum::{
    Json,
    http::header,
    response::{IntoResponse, Response},
};
use chrono::NaiveDate;
use hokan_domain::{
    ids::EventId,
    profile::{
        Approvers, Choice, Condition, Gate, Ground, Profile, RoleId,
        explain::{proposal_mark, summary},
    },
    refusal::Source,
    retention::{Length, RetentionRule, Start},
    text::Lang,
};
use hokan_mobile_api::{
    Caller, Problem, ProblemDocument,
    problem::MEDIA_TYPE,
    request::{Body, BodyFields, FromBody},
    wire::Named,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Unforeseen, guard::Desk, query::Query};

/// A role of the regulation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct RoleView {
    /// Which.
    role: Named,
    /// The post that holds it (充て職), where the regulation names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    post: Option<String>,
    /// Whether each division has its own holder.
    per_division: bool,
    /// Whether this is the role at the top.
    top: bool,
    /// The clause that asks for it.
    source: String,
}

/// When a rule applies. What is absent applies to everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ConditionView {
    /// Only to these kinds of item.
    #[serde(skip_serializing_if = "Option::is_none")]
    kinds: Option<Vec<Named>>,
    /// Only where such data lies on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    categories: Option<Vec<Named>>,
    /// Only `inside`, `outside` or `inbound`.
    #[serde(skip_serializing_if = "Option::is_none")]
    direction: Option<&'static str>,
    /// Only from this number of records on.
    #[serde(skip_serializing_if = "Option::is_none")]
    records_at_least: Option<u64>,
}

/// Who must approve what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct GateView {
    /// What it stands before.
    before: Named,
    /// The roles whose holders approve.
    approvers: Vec<Named>,
    /// Whether a holder of each of them is needed and not of any.
    all: bool,
    /// When.
    when: ConditionView,
    /// The clause that asks for it.
    source: String,
}

/// A number that the regulation speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ValueView {
    /// Which.
    value: Named,
    /// The words of the regulation where it gives no number (大量, 遅滞なく).
    #[serde(skip_serializing_if = "Option::is_none")]
    phrase: Option<String>,
    /// What is counted.
    #[schema(example = "records")]
    unit: String,
    /// The number in force.
    number: u32,
    /// Whether it is only proposed, until the body sets its own.
    proposal: bool,
    /// What stands beside a number that is only proposed.
    #[serde(skip_serializing_if = "Option::is_none")]
    mark: Option<&'static str>,
    /// The clause that asks for it.
    source: String,
}

/// One of a list that people choose from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ChoiceView {
    /// Which.
    choice: Named,
    /// The clause that asks for it.
    source: String,
}

/// The permitted purposes (事務).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct PurposesView {
    /// The clause by which data must be recorded under one of them, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    required: Option<String>,
    /// The list.
    list: Vec<ChoiceView>,
}

/// A permitted ground (事由) of a carry-out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct GroundView {
    /// Which.
    ground: Named,
    /// What must be stated with it.
    requires: Vec<Named>,
    /// The clause that asks for it.
    source: String,
}

/// How long data is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct RetentionRuleView {
    /// Which.
    rule: Named,
    /// What the period starts with: `recorded`, `received`, `fiscal-year`, `date`, `event` or `calendar`.
    start: &'static str,
    /// Which event or calendar.
    #[serde(skip_serializing_if = "Option::is_none")]
    start_of: Option<String>,
    /// What the length counts: `years`, `months`, `days`, `none` or `permanent`.
    length: &'static str,
    /// How many of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u32>,
    /// Within how many days of the end the data must be gone.
    grace_days: u32,
    /// The clause that asks for it.
    source: String,
}

/// The regulation in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ProfileView {
    /// Its short name.
    #[schema(example = "nagasaki-kyosai")]
    id: String,
    /// Its title.
    title: String,
    /// Its number and the amendment that it follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<String>,
    /// The digest that entries name which it judges.
    digest: String,
    /// The first day on which it is in force.
    in_force_from: NaiveDate,
    /// The roles.
    roles: Vec<RoleView>,
    /// Who must approve what. The first that applies counts.
    gates: Vec<GateView>,
    /// The numbers.
    values: Vec<ValueView>,
    /// The permitted purposes.
    purposes: PurposesView,
    /// The permitted grounds of a carry-out.
    grounds: Vec<GroundView>,
    /// How long data is kept.
    retention: Vec<RetentionRuleView>,
}

/// The profile as one person reads it.
struct Reader<'p> {
    profile: &'p Profile,
    lang: Lang,
}

impl Reader<'_> {
    fn cite(&self, source: &Source) -> String {
        source.cite(self.lang)
    }

    fn role(&self, id: &RoleId) -> Named {
        Named { code: id.0.clone(), name: self.profile.role_name(id, self.lang) }
    }

    fn condition(&self, when: &Condition) -> ConditionView {
        let Condition { kinds, categories, direction, records_at_least } = when;
        let kinds = kinds.as_ref();
        let categories = categories.as_ref();
        ConditionView {
            kinds: kinds.map(|kinds| kinds.iter().map(|kind| Named::kind(*kind, self.lang)).collect()),
            categories: categories
                .map(|categories| categories.iter().map(|one| Named::category(*one, self.lang)).collect()),
            direction: direction.map(|direction| direction.code()),
            records_at_least: *records_at_least,
        }
    }

    fn gate(&self, gate: &Gate) -> GateView {
        GateView {
            before: Named { code: gate.gated.code().to_owned(), name: gate.gated.name(self.lang).to_owned() },
            approvers: gate.approvers.roles().iter().map(|role| self.role(role)).collect(),
            all: Approvers::needs_all(&gate.approvers),
            when: self.condition(&gate.when),
            source: self.cite(&gate.source),
        }
    }

    fn choice(&self, choice: &Choice) -> ChoiceView {
        ChoiceView {
            choice: Named { code: choice.id.clone(), name: choice.name.get(self.lang).to_owned() },
            source: self.cite(&choice.source),
        }
    }

    fn ground(&self, ground: &Ground) -> GroundView {
        let field = |field: &hokan_domain::profile::Field| Named {
            code: field.code().to_owned(),
            name: field.name(self.lang).to_owned(),
        };
        GroundView {
            ground: Named { code: ground.id.clone(), name: ground.name.get(self.lang).to_owned() },
            requires: ground.requires.iter().map(field).collect(),
            source: self.cite(&ground.source),
        }
    }

    fn retention(&self, rule: &RetentionRule, source: &Source) -> RetentionRuleView {
        let (start, start_of) = match &rule.start {
            Start::Recorded => ("recorded", None),
            Start::Received => ("received", None),
            Start::FiscalYear => ("fiscal-year", None),
            Start::Date => ("date", None),
            Start::Event(event) => ("event", Some(event.clone())),
            Start::CalendarNext(calendar) => ("calendar", Some(calendar.clone())),
        };
        let (length, count) = match rule.length {
            Length::Years(years) => ("years", Some(years)),
            Length::Months(months) => ("months", Some(months)),
            Length::Days(days) => ("days", Some(days)),
            Length::None => ("none", None),
            Length::Permanent => ("permanent", None),
        };
        RetentionRuleView {
            rule: Named { code: rule.id.clone(), name: rule.name.get(self.lang).to_owned() },
            start,
            start_of,
            length,
            count,
            grace_days: rule.grace_days,
            source: self.cite(source),
        }
    }
}

fn view(caller: &Caller, profile: &Profile) -> ProfileView {
    let lang = caller.lang;
    let reader = Reader { profile, lang };
    ProfileView {
        id: profile.id.clone(),
        title: profile.title.get(lang).to_owned(),
        number: profile.number.clone(),
        digest: profile.digest.to_string(),
        in_force_from: profile.in_force_from,
        roles: profile
            .roles
            .iter()
            .map(|role| RoleView {
                role: reader.role(&role.id),
                post: role.post.clone(),
                per_division: role.per_division,
                top: role.top,
                source: reader.cite(&role.source),
            })
            .collect(),
        gates: profile.gates.iter().map(|gate| reader.gate(gate)).collect(),
        values: profile
            .values
            .iter()
            .map(|value| ValueView {
                value: Named { code: value.id.clone(), name: value.name.get(lang).to_owned() },
                phrase: value.phrase.clone(),
                unit: value.unit.clone(),
                number: value.value,
                proposal: value.proposal,
                mark: value.proposal.then(|| proposal_mark(lang)),
                source: reader.cite(&value.source),
            })
            .collect(),
        purposes: PurposesView {
            required: profile.purposes.required.as_ref().map(|source| reader.cite(source)),
            list: profile.purposes.list.iter().map(|purpose| reader.choice(purpose)).collect(),
        },
        grounds: profile.carry_out.grounds.iter().map(|ground| reader.ground(ground)).collect(),
        retention: profile
            .retention
            .rules
            .iter()
            .map(|(rule, source)| reader.retention(rule, source))
            .collect(),
    }
}

/// The regulation in force
#[utoipa::path(
    get, path = "/profile", operation_id = "show_profile", tag = "profile",
    responses(
        (status = 200, description = "What it says, each with its clause", body = ProfileView),
        Unforeseen,
    )
)]
pub(crate) async fn show_profile(desk: Desk, query: Query) -> Result<Json<ProfileView>, Problem> {
    query.finish()?;
    Ok(Json(view(&desk.caller, &desk.app.profile())))
}

/// The regulation in force as one text
#[utoipa::path(
    get, path = "/profile/summary", operation_id = "show_profile_summary", tag = "profile",
    responses(
        (status = 200, description = "Section by section", content_type = "text/plain", body = String),
        Unforeseen,
    )
)]
pub(crate) async fn show_summary(desk: Desk, query: Query) -> Result<Response, Problem> {
    query.finish()?;
    let text = summary(&desk.app.profile(), desk.caller.lang);
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
}

/// A number to set.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its description is used")]
pub(crate) struct SetValueBody {
    /// An id for this act, a UUID or `evt_…`; the same again does nothing again.
    event_id: Option<String>,
    /// Which number.
    #[schema(example = "bulk-records")]
    value: String,
    /// What it is to be.
    number: u32,
}

/// The body of setting a number.
pub(crate) struct SetValue {
    event: Option<EventId>,
    value: String,
    number: u32,
}

impl FromBody for SetValue {
    const LIMIT: usize = 4 * 1024;

    fn from_body(text: &str, lang: Lang) -> Result<Self, Problem> {
        let mut fields = BodyFields::parse(text, lang)?;
        let event = fields.optional_event_id()?;
        let value = fields.code("value")?;
        let number = fields.number("number")?;
        fields.finish()?;
        Ok(Self { event, value, number })
    }
}

/// Set a number that the regulation leaves to the body
///
/// From today on. For administrators.
#[utoipa::path(
    post, path = "/profile/values", operation_id = "set_profile_value", tag = "profile",
    request_body = SetValueBody,
    responses(
        (status = 200, description = "The regulation with that number", body = ProfileView),
        (status = 403, description = "`part-missing`", body = ProblemDocument, content_type = MEDIA_TYPE),
        (
            status = 422,
            description = "`bad-request-body`; `unknown-reference` where there is no such number",
            body = ProblemDocument,
            content_type = MEDIA_TYPE
        ),
        Unforeseen,
    )
)]
pub(crate) async fn set_value(desk: Desk, Body(body): Body<SetValue>) -> Result<Json<ProfileView>, Problem> {
    let profile = desk.app.set_value(&desk.caller, &body.value, body.number, body.event).await?;
    Ok(Json(view(&desk.caller, &profile)))
}
