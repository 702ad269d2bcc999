//! Setting up: people, places, containers, the body's name. Done by the administrator on the shell and by
//! the demonstration.

use std::collections::BTreeSet;

use chrono::{NaiveDate, TimeDelta};
use hokan_domain::{
    authority::{
        Ending,
        appointment::{self, Appointing, Appointment, Around, appoint},
        designation::{Designated, DesignationEvent},
        staff::Staff,
    },
    custody::label_is_free,
    ids::{ContainerId, DivisionId, EventId, PersonId, PlaceId},
    japan_date::jst_date,
    label::{LabelId, LabelTarget},
    ledger::hash::Hash,
    person::{Part, Person},
    personal_number::{CheckedText, TextProblem},
    place::{Home, PlaceKind},
    profile::{Area, Profile, RoleId},
    refusal::Refusal,
    text::{Lang, Nameless},
};

use super::{App, accounts::has_administrator, people::take_authority};
use crate::{
    identity::{canonical_login, hash_password},
    store::{
        StoreError, WriteTx,
        ledger::ActStamp,
        people::{Account, Credential},
        places::{Container, Place},
        roles::Division,
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
    /// Nobody signs in under this name.
    #[error("nobody signs in as “{0}”: `hokan user list` shows who there is")]
    NoSuchPerson(String),
    /// There is no such division.
    #[error("there is no division “{0}”: `hokan division list` shows what there is")]
    NoSuchDivision(String),
    /// The regulation in force has no such role.
    #[error("the regulation in force has no role “{0}”; it has {1}")]
    NoSuchRole(RoleId, String),
    /// The role is held for a division, and none was named.
    #[error("the role “{0}” is held for a division: name it")]
    DivisionNeeded(RoleId),
    /// The rules refuse it.
    #[error("{0}")]
    Refused(String),
    /// The address cannot be one of mail.
    #[error("“{0}” is no mail address")]
    BadEmail(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Somebody to add.
#[derive(Debug, Clone, Default)]
pub struct NewPerson {
    /// The name to sign in with.
    pub login: String,
    /// The name that others see.
    pub name: String,
    /// The parts.
    pub parts: Vec<Part>,
    /// The password.
    pub password: String,
    /// Whether the password is a one-time secret, which opens nothing but the form for changing it and holds
    /// for as long as the regulation in force says.
    pub one_time: bool,
    /// Where mail reaches the person.
    pub email: Option<String>,
    /// The division that the person works in.
    pub division: Option<DivisionId>,
    /// Whether signing in ends the session that was open (the ids that are lent out for viewing).
    pub one_live_session: bool,
}

/// A place or container to add.
#[derive(Debug, Clone, Default)]
pub struct NewHome {
    /// What people call it.
    pub name: String,
    /// What kind of place; `None` for a container.
    pub place: Option<(PlaceKind, Option<PlaceId>)>,
    /// A blank label to bind to it, with the act's id and who binds it.
    pub label: Option<(LabelId, EventId, PersonId)>,
    /// The kind of area of which a place is the edge, if it is one.
    pub area: Option<Area>,
    /// Whether a place can be locked. A container always can.
    pub lockable: bool,
    /// The security level of a place, where the regulation has any.
    pub level: Option<u8>,
}

/// A role to give to somebody.
#[derive(Debug, Clone)]
pub struct NewHolding {
    /// Who gets it.
    pub login: String,
    /// Which role of the regulation in force.
    pub role: RoleId,
    /// For which division, by its name; none where the role is for the whole body.
    pub division: Option<String>,
    /// Whose deputy he is.
    pub deputy_for: Option<String>,
    /// The first day; today where none is given.
    pub from: Option<NaiveDate>,
    /// The last day; none where it has no end.
    pub to: Option<NaiveDate>,
}

impl SetupError {
    fn refused(refusal: &Refusal) -> Self {
        let sentence = refusal.reason.sentence(Lang::En, &Nameless);
        Self::Refused(format!("{sentence} [{}]", refusal.source.cite(Lang::En)))
    }
}

/// What is recorded on the server's shell has no signed-in person behind it: the entry bears the server itself, and
/// its event says by nobody.
fn on_the_shell(tx: &WriteTx, profile: &Profile) -> ActStamp {
    let act = EventId(tx.entropy().id(tx.now()));
    ActStamp {
        act,
        request: Hash::of(act.0.as_bytes()),
        actor: PersonId::SERVER,
        profile: profile.digest,
        occurred_at: None,
        observed_by: None,
    }
}

/// A password that holds until it is changed.
fn credential(tx: &WriteTx, hash: String) -> Credential {
    Credential { hash, changed_at: tx.now(), must_change: false, holds_until: None }
}

/// A one-time secret.
pub(super) fn one_time(tx: &WriteTx, hash: String, holds: TimeDelta) -> Credential {
    Credential { hash, changed_at: tx.now(), must_change: true, holds_until: Some(tx.now() + holds) }
}

/// The longest name of a person or place.
const NAME: usize = 100;

impl App {
    /// Adds a person.
    ///
    /// # Errors
    /// Any [`SetupError`].
    pub async fn add_person(&self, new: NewPerson) -> Result<PersonId, SetupError> {
        let added = self.add_person_with(new, None).await?;
        added.ok_or_else(|| SetupError::Password("there is no link to use up".to_owned()))
    }

    /// Adds the first administrator and uses up the link by which he came; none where somebody used it before.
    pub(super) async fn add_person_by_link(
        &self,
        new: NewPerson,
        link: Vec<u8>,
    ) -> Result<Option<PersonId>, SetupError> {
        self.add_person_with(new, Some(link)).await
    }

    async fn add_person_with(
        &self,
        new: NewPerson,
        link: Option<Vec<u8>>,
    ) -> Result<Option<PersonId>, SetupError> {
        let login = canonical_login(&new.login);
        if login.is_empty() || login.chars().count() > 60 || login.contains(char::is_whitespace) {
            return Err(SetupError::BadLogin);
        }
        let name = CheckedText::new(&new.name, NAME).map_err(SetupError::Text)?;
        if let Some(email) = &new.email
            && hokan_outbound::mail::MailAddress::parse(email).is_err()
        {
            return Err(SetupError::BadEmail(email.clone()));
        }
        let holds = new.one_time.then(|| self.profile().sign_in.initial.0);
        let profile = self.profile();
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
                    if let Some(link) = link {
                        if !tx.is_setup_link(&link).await? || has_administrator(tx).await? {
                            return Ok(None);
                        }
                        tx.end_setup_link().await?;
                    }
                    let id = PersonId(tx.entropy().id(tx.now()));
                    let said: BTreeSet<Part> = new.parts.into_iter().collect();
                    // Who handles is nobody's standing part: it follows from a designation.
                    let parts = said.iter().copied().filter(|part| *part != Part::Handler).collect();
                    let account = Account {
                        person: Person { id, active: true, parts, roles: BTreeSet::new() },
                        login,
                        name: name.into_string(),
                        email: new.email,
                        division: new.division,
                        term_end: None,
                        left_on: None,
                        one_live_session: new.one_live_session,
                    };
                    tx.add_person(&account).await?;
                    let kept = match holds {
                        Some(holds) => one_time(tx, hash, holds),
                        None => credential(tx, hash),
                    };
                    tx.set_credential(id, &kept).await?;
                    let codes: Vec<_> = said.iter().map(|part| part.code()).collect();
                    tx.audit(None, "person-added", id, codes.join(" ")).await?;
                    if said.contains(&Part::Handler) {
                        let stamp = on_the_shell(tx, &profile);
                        let set_up = DesignationEvent::SetUp { person: id, from: jst_date(tx.now()) };
                        tx.append_to::<Designated>(&stamp, stamp.act.0, None, &[set_up]).await?;
                        take_authority(tx, id).await?;
                    }
                    Ok(Some(id))
                })
            })
            .await
    }

    /// Sets a person's password and ends the sessions that the old one opened. For the demonstration and for
    /// tests: everybody else gets a one-time secret ([`App::reset_password`]) and chooses by the rules.
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
                    tx.set_credential(account.person.id, &credential(tx, hash)).await?;
                    tx.end_sessions_of(account.person.id, None).await?;
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
                            let (area, lockable, level) = (new.area, new.lockable, new.level);
                            tx.add_place(&Place { id, kind, name, parent, label, area, lockable, level })
                                .await?;
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

    /// Adds a division, or finds the one of that name.
    ///
    /// # Errors
    /// Any [`SetupError`].
    pub async fn add_division(&self, name: &str) -> Result<DivisionId, SetupError> {
        let name = CheckedText::new(name, NAME).map_err(SetupError::Text)?.into_string();
        self.store()
            .write("division.add", move |tx| {
                Box::pin(async move {
                    if let Some(id) = tx.division_named(&name).await? {
                        return Ok(id);
                    }
                    let id = DivisionId(tx.entropy().id(tx.now()));
                    tx.add_division(&Division { id, name }).await?;
                    tx.audit(None, "division-added", id, "").await?;
                    Ok(id)
                })
            })
            .await
    }

    /// Gives a role of the regulation in force to somebody, as a recorded appointment.
    ///
    /// # Errors
    /// Any [`SetupError`].
    pub async fn grant_role(&self, new: NewHolding) -> Result<(), SetupError> {
        let profile = self.profile();
        let Some(role) = profile.role(&new.role) else {
            let known: Vec<_> = profile.roles.iter().map(|role| role.id.0.clone()).collect();
            return Err(SetupError::NoSuchRole(new.role, known.join(", ")));
        };
        if role.per_division && new.division.is_none() {
            return Err(SetupError::DivisionNeeded(new.role));
        }
        self.store()
            .write("role.grant", move |tx| {
                Box::pin(async move {
                    let login = canonical_login(&new.login);
                    let who = tx.person_with_login(&login).await?.ok_or(SetupError::NoSuchPerson(login))?;
                    let principal = match new.deputy_for {
                        Some(login) => {
                            let login = canonical_login(&login);
                            let known =
                                tx.person_with_login(&login).await?.ok_or(SetupError::NoSuchPerson(login))?;
                            tx.person(known.person.id).await?.map(|account| account.person)
                        }
                        None => None,
                    };
                    let division = match new.division {
                        Some(name) => {
                            Some(tx.division_named(&name).await?.ok_or(SetupError::NoSuchDivision(name))?)
                        }
                        None => None,
                    };
                    let person = who.person.id;
                    let detail = new.role.0.clone();
                    let appointing = Appointing {
                        person,
                        roles: vec![new.role],
                        post: None,
                        division,
                        deputy_for: principal.as_ref().map(|principal| principal.id),
                        from: new.from.unwrap_or_else(|| jst_date(tx.now())),
                        to: new.to,
                    };
                    let staff: Option<Staff> = tx.subject(person.0).await?;
                    let around = Around {
                        whom: &who.person,
                        principal: principal.as_ref(),
                        staff: staff.as_ref(),
                        actor: None,
                        today: None,
                        profile: &profile,
                    };
                    let events =
                        appoint(&appointing, around).map_err(|refusal| SetupError::refused(&refusal))?;
                    let stamp = on_the_shell(tx, &profile);
                    tx.append_to::<Appointment>(&stamp, stamp.act.0, None, &events).await?;
                    take_authority(tx, person).await?;
                    tx.audit(None, "role-granted", person, detail).await?;
                    Ok(())
                })
            })
            .await
    }

    /// Ends a role of somebody after a day: every appointment that holds it. Returns how many ended.
    ///
    /// # Errors
    /// Any [`SetupError`].
    pub async fn end_role(&self, login: &str, role: RoleId, last: NaiveDate) -> Result<u64, SetupError> {
        let login = canonical_login(login);
        let profile = self.profile();
        self.store()
            .write("role.end", move |tx| {
                Box::pin(async move {
                    let who = tx.person_with_login(&login).await?.ok_or(SetupError::NoSuchPerson(login))?;
                    let person = who.person.id;
                    let mut ended = tx.end_old_holdings(person, Some(&role), last).await?;
                    for appointment in tx.subjects_of::<Appointment>(person).await? {
                        if !appointment.roles.contains(&role) {
                            continue;
                        }
                        // What ends by then already is left as it is.
                        let Ok(events) =
                            appointment::end(&appointment, last, Ending::Released, None, None, &profile)
                        else {
                            continue;
                        };
                        let stamp = on_the_shell(tx, &profile);
                        tx.append_to(&stamp, appointment.id.0, Some(appointment), &events).await?;
                        ended += 1;
                    }
                    take_authority(tx, person).await?;
                    tx.audit(None, "role-ended", person, role).await?;
                    Ok(ended)
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
