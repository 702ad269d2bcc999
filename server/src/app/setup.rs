//! Setting up: people, places, containers, the body's name. Done by the administrator on the shell and by
//! the demonstration.

use hokan_domain::{
    custody::label_is_free,
    ids::{ContainerId, EventId, PersonId, PlaceId},
    label::{LabelId, LabelTarget},
    ledger::hash::Hash,
    person::{Part, Person},
    personal_number::{CheckedText, TextProblem},
    place::{Home, PlaceKind},
};

use super::App;
use crate::{
    identity::{canonical_login, hash_password},
    store::{
        StoreError,
        ledger::ActStamp,
        people::Account,
        places::{Container, Place},
        settings::Setting,
    },
};

/// Why something could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The name to sign in with is taken.
    #[error("the name “{0}” is taken: choose another one to sign in with")]
    LoginTaken(String),
    /// The name to sign in with is empty, too long or has white space.
    #[error("the name to sign in with has 1 to 60 characters and no white space")]
    BadLogin,
    /// A name that cannot be kept.
    #[error("{0}")]
    Text(TextProblem),
    /// The label cannot be used.
    #[error("the label {0} cannot be used: it is unknown, void or on something already")]
    Label(LabelId),
    /// The password could not be hashed.
    #[error("the password could not be hashed: {0}")]
    Password(String),
    /// The host cannot stand on a label.
    #[error("the host cannot stand on a label: {0}")]
    Host(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Somebody to add.
#[derive(Debug, Clone)]
pub struct NewPerson {
    /// The name to sign in with.
    pub login: String,
    /// The name that others see.
    pub name: String,
    /// The parts.
    pub parts: Vec<Part>,
    /// The password.
    pub password: String,
}

/// A place or container to add.
#[derive(Debug, Clone)]
pub struct NewHome {
    /// What people call it.
    pub name: String,
    /// What kind of place; `None` for a container.
    pub place: Option<(PlaceKind, Option<PlaceId>)>,
    /// A blank label to bind to it, with the act's id and who binds it.
    pub label: Option<(LabelId, EventId, PersonId)>,
}

/// The longest name of a person or place.
const NAME: usize = 100;

impl App {
    /// Adds a person.
    ///
    /// # Errors
    /// Any [`SetupError`].
    pub async fn add_person(&self, new: NewPerson) -> Result<PersonId, SetupError> {
        let login = canonical_login(&new.login);
        if login.is_empty() || login.chars().count() > 60 || login.contains(char::is_whitespace) {
            return Err(SetupError::BadLogin);
        }
        let name = CheckedText::new(&new.name, NAME).map_err(SetupError::Text)?;
        let entropy = self.store().entropy().clone();
        let password = new.password;
        let hash = tokio::task::spawn_blocking(move || hash_password(&password, &entropy))
            .await
            .map_err(|error| SetupError::Password(error.to_string()))?
            .map_err(SetupError::Password)?;
        self.store()
            .write("person.add", move |tx| {
                Box::pin(async move {
                    if tx.person_with_login(&login).await?.is_some() {
                        return Err(SetupError::LoginTaken(login));
                    }
                    let id = PersonId(tx.entropy().id(tx.now()));
                    let parts = new.parts.into_iter().collect();
                    let account = Account {
                        person: Person { id, active: true, parts },
                        login,
                        name: name.into_string(),
                    };
                    tx.add_person(&account).await?;
                    tx.set_password_hash(id, hash).await?;
                    let parts: Vec<_> = account.person.parts.iter().map(|part| part.code()).collect();
                    tx.audit(None, "person-added", id, parts.join(" ")).await?;
                    Ok(id)
                })
            })
            .await
    }

    /// Sets a person's password and ends the sessions that the old one opened.
    ///
    /// # Errors
    /// [`SetupError::BadLogin`] where there is no such person, otherwise as [`App::add_person`].
    pub async fn set_password(&self, login: &str, password: &str) -> Result<(), SetupError> {
        let login = canonical_login(login);
        let hash = hash_password(password, self.store().entropy()).map_err(SetupError::Password)?;
        self.store()
            .write("person.password", move |tx| {
                Box::pin(async move {
                    let account = tx.person_with_login(&login).await?.ok_or(SetupError::BadLogin)?;
                    tx.set_password_hash(account.person.id, hash).await?;
                    tx.end_sessions_of(account.person.id).await?;
                    tx.audit(None, "password-set", account.person.id, "").await?;
                    Ok(())
                })
            })
            .await
    }

    /// Adds a place or a container.
    ///
    /// # Errors
    /// Any [`SetupError`].
    pub async fn add_home(&self, new: NewHome) -> Result<Home, SetupError> {
        let name = CheckedText::new(&new.name, NAME).map_err(SetupError::Text)?.into_string();
        let profile = self.profile().digest;
        self.store()
            .write("home.add", move |tx| {
                Box::pin(async move {
                    let id = tx.entropy().id(tx.now());
                    let label = new.label.as_ref().map(|(label, ..)| label.clone());
                    if let Some(label) = &label {
                        let free = match tx.label(label).await? {
                            Some(state) => label_is_free(label, &state).is_ok(),
                            None => false,
                        };
                        if !free {
                            return Err(SetupError::Label(label.clone()));
                        }
                    }
                    let home = match new.place {
                        Some((kind, parent)) => {
                            let id = PlaceId(id);
                            tx.add_place(&Place { id, kind, name, parent, label }).await?;
                            Home::Place(id)
                        }
                        None => {
                            let id = ContainerId(id);
                            tx.add_container(&Container { id, name, label }).await?;
                            Home::Container(id)
                        }
                    };
                    if let Some((label, act, actor)) = new.label {
                        let stamp = ActStamp {
                            act,
                            request: Hash::of(home.to_string().as_bytes()),
                            actor,
                            profile,
                            occurred_at: None,
                            observed_by: None,
                        };
                        let target = match home {
                            Home::Place(id) => LabelTarget::Place(id),
                            Home::Container(id) => LabelTarget::Container(id),
                        };
                        tx.bind_label_to_home(&stamp, &label, target).await?;
                    }
                    tx.audit(None, "home-added", home, "").await?;
                    Ok(home)
                })
            })
            .await
    }

    /// Sets the body's name and the host that labels point to.
    ///
    /// # Errors
    /// Any [`SetupError`].
    pub async fn set_body(&self, name: &str, label_host: Option<&str>) -> Result<(), SetupError> {
        let name = CheckedText::new(name, NAME).map_err(SetupError::Text)?.into_string();
        let host = match label_host {
            Some(host) => Some(
                host.parse::<hokan_labels::payload::LabelHost>()
                    .map_err(|error| SetupError::Host(error.to_string()))?
                    .as_str()
                    .to_owned(),
            ),
            None => None,
        };
        self.store()
            .write("body.set", move |tx| {
                Box::pin(async move {
                    tx.set_setting(Setting::BodyName, &name).await?;
                    if let Some(host) = &host {
                        tx.set_setting(Setting::LabelHost, host).await?;
                    }
                    tx.audit(None, "body-set", "body", host.unwrap_or_default()).await?;
                    Ok(())
                })
            })
            .await
    }
}
