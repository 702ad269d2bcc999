//! Words that every answer uses: names, people, homes, why not.

use chrono::{DateTime, Utc};
use hokan_domain::{
    approval::RequestState,
    carry_out::CarryOutActKind,
    container::ContainerActKind,
    contents::Category,
    custody::ActKind,
    disposal::Shows,
    event::{Receiver, ScanMethod},
    ids::{FileId, ItemId, PersonId},
    incident::IncidentActKind,
    item::ItemKind,
    person::Part,
    place::Home,
    profile::{Choice, Gated, Measure},
    protection::Secrecy,
    refusal::{Missing, Reason, Refusal},
    text::{Lang, Names},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A label as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScanBody {
    /// The twelve characters, as read or typed: any case, with or without hyphens.
    #[schema(example = "JPJT-J39B-5DV3")]
    pub code: String,
    /// How it was read.
    #[schema(value_type = String, pattern = "^(camera|photo|typed|desk)$", example = "camera")]
    pub method: ScanMethod,
}

/// A photograph that was sent before, with what it shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PhotographBody {
    /// The file: `fil_…`, as sending it was answered.
    #[schema(value_type = String, example = "fil_0192f3c4d5e67890a1b2c3d4e5f60724")]
    pub file: FileId,
    /// What it shows: the medium before with its serial number, or what is left.
    #[schema(value_type = String, pattern = "^(before|after)$", example = "before")]
    pub shows: Shows,
}

/// The word for [`Receiver::AnyHandler`] on the wire.
pub(crate) const ANY_HANDLER: &str = "any-handler";

pub(super) fn receiver_text<S: serde::Serializer>(to: &Receiver, serializer: S) -> Result<S::Ok, S::Error> {
    match to {
        Receiver::Person(person) => serializer.collect_str(person),
        Receiver::AnyHandler => serializer.serialize_str(ANY_HANDLER),
    }
}

#[expect(clippy::ref_option, reason = "serde calls it with a reference to the field")]
pub(super) fn home_text<S: serde::Serializer>(home: &Option<Home>, serializer: S) -> Result<S::Ok, S::Error> {
    match home {
        Some(home) => serializer.collect_str(home),
        None => serializer.serialize_none(),
    }
}

/// A code of a closed list together with what people read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Named {
    /// The stable word.
    pub code: String,
    /// What people read.
    pub name: String,
}

impl Named {
    /// An item's kind.
    #[must_use]
    pub fn kind(kind: ItemKind, lang: Lang) -> Self {
        Self { code: kind.code().to_owned(), name: kind.name(lang).to_owned() }
    }

    /// A kind of data.
    #[must_use]
    pub fn category(category: Category, lang: Lang) -> Self {
        Self { code: category.code().to_owned(), name: category.name(lang).to_owned() }
    }

    /// A part that a person plays.
    #[must_use]
    pub fn part(part: Part, lang: Lang) -> Self {
        Self { code: part.code().to_owned(), name: part.name(lang).to_owned() }
    }

    /// What a gate stands before.
    #[must_use]
    pub fn gated(gated: Gated, lang: Lang) -> Self {
        Self { code: gated.code().to_owned(), name: gated.name(lang).to_owned() }
    }

    /// Where a request stands.
    #[must_use]
    pub fn request_state(state: RequestState, lang: Lang) -> Self {
        let (code, name) = match state {
            RequestState::Open => ("open", lang.pick("承認待ち", "Waiting for approval")),
            RequestState::Granted => ("granted", lang.pick("許可済み", "Granted")),
            RequestState::TurnedDown => ("turned-down", lang.pick("不承認", "Turned down")),
            RequestState::Withdrawn => ("withdrawn", lang.pick("取下げ", "Withdrawn")),
            RequestState::Ended => ("ended", lang.pick("終了", "Ended")),
        };
        Self { code: code.to_owned(), name: name.to_owned() }
    }

    /// What keeps a finder from reading the data.
    #[must_use]
    pub fn secrecy(secrecy: &Secrecy, lang: Lang) -> Self {
        Self { code: secrecy.code().to_owned(), name: secrecy.name(lang).to_owned() }
    }

    /// A measure that protects what is stored or carried.
    #[must_use]
    pub fn measure(measure: Measure, lang: Lang) -> Self {
        Self { code: measure.code().to_owned(), name: measure.name(lang).to_owned() }
    }

    /// One of a list of the profile.
    #[must_use]
    pub fn choice(choice: &Choice, lang: Lang) -> Self {
        Self { code: choice.id.clone(), name: choice.name.get(lang).to_owned() }
    }

    /// What a photograph shows.
    #[must_use]
    pub fn shows(shows: Shows, lang: Lang) -> Self {
        let (code, name) = match shows {
            Shows::Before => ("before", lang.pick("廃棄前", "Before")),
            Shows::After => ("after", lang.pick("廃棄後", "After")),
        };
        Self { code: code.to_owned(), name: name.to_owned() }
    }
}

/// A person, as others see him or her.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PersonView {
    /// Who.
    #[schema(value_type = String, example = "per_0192f3c4d5e67890a1b2c3d4e5f60719")]
    pub id: PersonId,
    /// The display name.
    #[schema(example = "佐藤 花子")]
    pub name: String,
}

/// That somebody did something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StepView {
    /// Who.
    pub by: PersonView,
    /// When.
    pub at: DateTime<Utc>,
    /// What, or a word with it; missing where there was none or it was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// An approval that was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GivenView {
    /// Who approved.
    pub by: PersonView,
    /// In which role, as people call it.
    pub role: String,
    /// For whom, where a deputy approved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deputy_for: Option<PersonView>,
    /// When.
    pub at: DateTime<Utc>,
    /// A word with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Whether a home is a place or a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HomeKind {
    /// A cabinet, room or building.
    Place,
    /// A lockable box.
    Container,
}

impl From<Home> for HomeKind {
    fn from(home: Home) -> Self {
        match home {
            Home::Place(_) => Self::Place,
            Home::Container(_) => Self::Container,
        }
    }
}

/// A place or container, as others refer to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HomeView {
    /// `plc_…` or `con_…`.
    pub id: String,
    /// Which of the two.
    pub kind: HomeKind,
    /// What people call it.
    pub name: String,
}

impl HomeView {
    /// A home with its name.
    #[must_use]
    pub fn new(home: Home, name: String) -> Self {
        Self { id: home.to_string(), kind: home.into(), name }
    }
}

/// Why an act is not open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClosedReason {
    /// The stable code.
    #[schema(example = "not-current-holder")]
    pub code: String,
    /// What is wrong and what to do.
    pub sentence: String,
    /// The clause or rule that asks for it.
    pub source: String,
    /// What is still missing, where that is the reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<MissingView>,
}

impl ClosedReason {
    /// A refusal as people read it.
    #[must_use]
    pub fn new(refusal: &Refusal, lang: Lang, names: &dyn Names) -> Self {
        Self {
            code: refusal.reason.code().to_owned(),
            sentence: refusal.reason.sentence(lang, names),
            source: refusal.source.cite(lang),
            missing: MissingView::all(&refusal.reason, lang),
        }
    }
}

/// Something that is still missing before a step can be taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MissingView {
    /// The stable word for the kind of thing.
    #[schema(example = "approval")]
    pub code: String,
    /// Which of its kind: a role, a field, a measure.
    #[schema(example = "protection-officer")]
    pub which: String,
    /// What people read.
    pub name: String,
    /// The item that it is missing for, where it is for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub item: Option<ItemId>,
    /// The clause or rule that asks for it.
    pub source: String,
}

impl MissingView {
    /// One thing as people read it.
    #[must_use]
    pub fn new(missing: &Missing, lang: Lang) -> Self {
        Self {
            code: missing.code.to_owned(),
            which: missing.which.clone(),
            name: missing.name.get(lang).to_owned(),
            item: missing.item,
            source: missing.source.cite(lang),
        }
    }

    /// Everything that a refusal lists as missing.
    #[must_use]
    pub fn all(reason: &Reason, lang: Lang) -> Vec<Self> {
        match reason {
            Reason::NotReady { missing } => missing.iter().map(|missing| Self::new(missing, lang)).collect(),
            _ => Vec::new(),
        }
    }
}

/// A kind of act with the answer whether it is open to this person now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OpenAct {
    /// The stable word, as it is sent.
    #[schema(example = "accept")]
    pub act: String,
    /// What stands on the button.
    pub name: String,
    /// Whether it is open.
    pub open: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<ClosedReason>,
}

impl OpenAct {
    /// The answer of [`hokan_domain::custody::open_acts`] as a phone shows it.
    #[must_use]
    pub fn new(kind: ActKind, answer: &Result<(), Refusal>, lang: Lang, names: &dyn Names) -> Self {
        Self::of(kind.code(), kind.name(lang), answer, lang, names)
    }

    /// The same of [`hokan_domain::carry_out::open_acts`].
    #[must_use]
    pub fn on_carry_out(
        kind: CarryOutActKind,
        answer: &Result<(), Refusal>,
        lang: Lang,
        names: &dyn Names,
    ) -> Self {
        Self::of(kind.code(), kind.name(lang), answer, lang, names)
    }

    /// The same of [`hokan_domain::container::open_acts`].
    #[must_use]
    pub fn on_container(
        kind: ContainerActKind,
        answer: &Result<(), Refusal>,
        lang: Lang,
        names: &dyn Names,
    ) -> Self {
        Self::of(kind.code(), kind.name(lang), answer, lang, names)
    }

    /// The same of [`hokan_domain::incident::open_acts`].
    #[must_use]
    pub fn on_incident(
        kind: IncidentActKind,
        answer: &Result<(), Refusal>,
        lang: Lang,
        names: &dyn Names,
    ) -> Self {
        Self::of(kind.code(), kind.name(lang), answer, lang, names)
    }

    fn of(code: &str, name: &str, answer: &Result<(), Refusal>, lang: Lang, names: &dyn Names) -> Self {
        Self {
            act: code.to_owned(),
            name: name.to_owned(),
            open: answer.is_ok(),
            reason: answer.as_ref().err().map(|refusal| ClosedReason::new(refusal, lang, names)),
        }
    }
}
