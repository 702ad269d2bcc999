//! The regulation in force: adopted with a first day, kept with its text, named by every entry that it judged.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use chrono::NaiveDate;
use hokan_domain::{
    event::Stamp,
    ids::{EventId, PersonId},
    ledger::hash::Hash,
    profile::{
        Profile,
        read::{NATIONAL_DEFAULT, ProfileErrors, SHIPPED, Texts},
    },
    text::TextRef,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::App;
use crate::store::{Store, StoreError, ledger::ActStamp, profiles::Adopted, subjects::Subjected};

/// What happens to the regulation in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ProfileEvent {
    /// A version was adopted.
    Adopted {
        /// The profile's short name.
        profile: String,
        /// The digest that entries name which it judges.
        digest: Hash,
        /// The first day on which it judges.
        in_force_from: NaiveDate,
        /// The body's own numbers.
        settings: BTreeMap<String, u32>,
    },
}

/// Every version that was adopted, as the ledger tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileBook {
    version: u64,
    adopted: Vec<ProfileEvent>,
}

/// There is one regulation in force and so one book of its versions.
const BOOK: Uuid = Uuid::from_u128(1);

impl Subjected for ProfileBook {
    type Event = ProfileEvent;
    const KIND: &'static str = "profile";

    fn printed(id: Uuid) -> String {
        format!("prf_{}", id.simple())
    }
    fn version(&self) -> u64 {
        self.version
    }
    fn phase(&self) -> String {
        String::new()
    }
    fn due_on(&self) -> Option<NaiveDate> {
        None
    }
    fn event_kind(event: &ProfileEvent) -> &'static str {
        match event {
            ProfileEvent::Adopted { .. } => "adopted",
        }
    }
    fn texts(_: &ProfileEvent) -> Vec<TextRef> {
        Vec::new()
    }
    fn evolve(_: Uuid, before: Option<Self>, _: &Stamp, event: &ProfileEvent) -> Option<Self> {
        let mut book = before.unwrap_or(Self { version: 0, adopted: Vec::new() });
        book.version += 1;
        book.adopted.push(event.clone());
        Some(book)
    }
}

/// Why a profile could not be adopted.
#[derive(Debug, thiserror::Error)]
pub enum AdoptError {
    /// The text is refused.
    #[error("{0}")]
    Refused(#[from] ProfileErrors),
    /// No such profile comes with the product.
    #[error("no profile “{0}” comes with Hokan: it has {known}", known = shipped_ids())]
    Unknown(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn shipped_ids() -> String {
    SHIPPED.iter().map(|shipped| shipped.id).collect::<Vec<_>>().join(", ")
}

/// The text of a profile, from which it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileText {
    /// The name of its file, for mistakes.
    pub file: String,
    /// The text; none for the national default alone.
    pub own: Option<String>,
}

impl ProfileText {
    /// One that comes with the product.
    ///
    /// # Errors
    /// [`AdoptError::Unknown`].
    pub fn shipped(id: &str) -> Result<Self, AdoptError> {
        let shipped = SHIPPED
            .iter()
            .find(|shipped| shipped.id == id)
            .ok_or_else(|| AdoptError::Unknown(id.to_owned()))?;
        let own = (shipped.text != NATIONAL_DEFAULT).then(|| shipped.text.to_owned());
        Ok(Self { file: shipped.file.to_owned(), own })
    }

    /// Reads the profile.
    ///
    /// # Errors
    /// Every mistake that was found, with its place.
    pub fn read(&self, settings: &BTreeMap<String, u32>) -> Result<Profile, ProfileErrors> {
        let texts = match &self.own {
            Some(own) => Texts::of(&self.file, own),
            None => Texts::national_default(),
        };
        Profile::read(&texts.with(settings))
    }
}

/// The versions of the regulation, in the order in which they come into force.
#[derive(Debug, Clone)]
pub struct Profiles {
    /// The first, which also judges what happened before it.
    pub first: Arc<Profile>,
    /// All of them, the first included.
    pub later: Vec<Arc<Profile>>,
}

/// The regulation in force, shared by everything that asks for it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct InForce(Arc<RwLock<Profiles>>);

impl InForce {
    /// With these versions.
    #[must_use]
    pub fn new(profiles: Profiles) -> Self {
        Self(Arc::new(RwLock::new(profiles)))
    }

    /// The regulation in force on a day: the last that had come into force by then. Before the first of them
    /// that first one judges, since something must.
    #[must_use]
    pub fn on(&self, day: NaiveDate) -> Arc<Profile> {
        let profiles = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let in_force = profiles.later.iter().rev().find(|profile| profile.in_force_from <= day);
        Arc::clone(in_force.unwrap_or(&profiles.first))
    }

    /// The version with this digest, if it was adopted or stands in the place of one.
    pub(crate) fn named(&self, digest: Hash) -> Option<Arc<Profile>> {
        let profiles = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut adopted = profiles.later.iter().chain([&profiles.first]);
        adopted.find(|profile| profile.digest == digest).cloned()
    }

    /// The digest and first day of every version that is known.
    fn known(&self) -> Vec<(Hash, NaiveDate)> {
        let profiles = self.0.read().unwrap_or_else(PoisonError::into_inner);
        profiles.later.iter().map(|profile| (profile.digest, profile.in_force_from)).collect()
    }

    /// Puts the versions that were adopted in the place of those that were known.
    pub(crate) fn set(&self, profiles: Profiles) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = profiles;
    }
}

/// Reads every version that was adopted; the national default where none was.
///
/// # Errors
/// Where the database fails, or a text that was sound when it was adopted is no longer read by this version.
pub(crate) async fn load(store: &Store) -> anyhow::Result<Profiles> {
    let mut profiles = Vec::new();
    for adopted in store.adopted_profiles().await? {
        // What was adopted is read with the default that lay beneath it then: the past is judged by the text
        // that judged it.
        let file = format!("{}.toml", adopted.profile);
        let texts = Texts {
            own: adopted.own.as_deref().map(|own| (file.as_str(), own)),
            beneath: ("national-default.toml", &adopted.beneath),
            settings: &adopted.settings,
        };
        let mut profile = Profile::read(&texts)?;
        profile.in_force_from = adopted.in_force_from;
        profiles.push(Arc::new(profile));
    }
    let first = match profiles.first() {
        Some(first) => Arc::clone(first),
        None => Arc::new(Profile::parse(NATIONAL_DEFAULT)?),
    };
    Ok(Profiles { first, later: profiles })
}

impl App {
    /// Adopts a profile from a day on. Adopting the same text again moves its first day.
    ///
    /// # Errors
    /// Any [`AdoptError`]; nothing is changed then.
    pub async fn adopt_profile(
        &self,
        text: &ProfileText,
        settings: BTreeMap<String, u32>,
        from: Option<NaiveDate>,
        by: PersonId,
        act: EventId,
    ) -> Result<Arc<Profile>, AdoptError> {
        let mut profile = text.read(&settings)?;
        profile.in_force_from = from.unwrap_or(profile.in_force_from);
        let profile = Arc::new(profile);
        let adopted = Adopted {
            digest: profile.digest,
            profile: profile.id.clone(),
            in_force_from: profile.in_force_from,
            own: text.own.clone(),
            beneath: NATIONAL_DEFAULT.to_owned(),
            settings: settings.clone(),
        };
        let stamp = ActStamp {
            act,
            request: Hash::of(format!("adopt {} {}", profile.digest, profile.in_force_from).as_bytes()),
            actor: by,
            profile: profile.digest,
            occurred_at: None,
            observed_by: None,
        };
        self.store()
            .write("profile.adopt", move |tx| {
                Box::pin(async move {
                    if !tx.first_outcome(&stamp).await?.is_empty() {
                        return Ok::<_, StoreError>(());
                    }
                    let book = tx.subject::<ProfileBook>(BOOK).await?;
                    tx.adopt_profile(&adopted).await?;
                    let event = ProfileEvent::Adopted {
                        profile: adopted.profile,
                        digest: adopted.digest,
                        in_force_from: adopted.in_force_from,
                        settings,
                    };
                    tx.append_to(&stamp, BOOK, book, &[event]).await?;
                    Ok(())
                })
            })
            .await?;
        let profiles =
            load(self.store()).await.map_err(|error| StoreError::corrupt("profile_text", "own", 0, error))?;
        self.in_force().set(profiles);
        Ok(profile)
    }

    /// Takes in the versions that another process adopted since they were last read, be it a shell or another
    /// server on the same database. Says whether there were any.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn follow_profiles(&self) -> Result<bool, StoreError> {
        let adopted = self.store().adopted_versions().await?;
        let known: Vec<_> = self.in_force().known();
        if adopted == known {
            return Ok(false);
        }
        let profiles =
            load(self.store()).await.map_err(|error| StoreError::corrupt("profile_text", "own", 0, error))?;
        self.in_force().set(profiles);
        tracing::info!(versions = adopted.len(), "the regulation was adopted anew");
        Ok(true)
    }

    /// Sets one of the numbers that the regulation leaves to the body, from today on.
    ///
    /// # Errors
    /// Any [`AdoptError`]; an unknown number is refused by name.
    pub async fn set_profile_value(
        &self,
        value: &str,
        number: u32,
        by: PersonId,
        act: EventId,
    ) -> Result<Arc<Profile>, AdoptError> {
        let in_force = self.profile().digest;
        let today = hokan_domain::japan_date::jst_date(self.store().clock().now());
        let known = self.store().adopted_profiles().await?;
        let known = known.into_iter().find(|adopted| adopted.digest == in_force);
        let (text, mut settings) = match known {
            Some(adopted) => (
                ProfileText { file: format!("{}.toml", adopted.profile), own: adopted.own },
                adopted.settings,
            ),
            None => (ProfileText::shipped("national-default")?, BTreeMap::new()),
        };
        settings.insert(value.to_owned(), number);
        self.adopt_profile(&text, settings, Some(today), by, act).await
    }
}
