//! Pairing a phone: offered on a desk page, confirmed on the phone by the person himself, who has just signed in
//! there.

use chrono::{DateTime, TimeDelta, Utc};
use hokan_domain::ids::{DeviceId, PersonId};
use hokan_mobile_api::auth::DELIVERY_PREFIX;

use super::{Identity, Opened, SignInError, new_token, token_hash};
use crate::store::{
    StoreError,
    devices::{Device, Pairing},
    sessions::{Method, Session, SessionKind},
};

/// How long an offer waits to be taken up.
const OFFER_LASTS: TimeDelta = TimeDelta::minutes(5);
/// How long ago the person may have signed in who confirms.
const SIGNED_IN_WITHIN: TimeDelta = TimeDelta::minutes(10);

/// Why a phone was not paired.
#[derive(Debug)]
pub enum PairError {
    /// The offer was used, or its time is over, or there never was one.
    Over,
    /// The offer is somebody else's.
    NotYours,
    /// The person signed in too long ago to be sure that it is still he.
    Stale,
    /// The session could not go on.
    SignIn(SignInError),
}

impl From<StoreError> for PairError {
    fn from(error: StoreError) -> Self {
        Self::SignIn(SignInError::Store(error))
    }
}

/// An offer to pair a phone.
pub struct Offer {
    /// What stands behind `/pair/` in the address. Shown once; the server keeps only its hash.
    pub token: String,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

/// Prints no secret.
impl std::fmt::Debug for Offer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Offer").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// A phone that was paired.
pub struct NewPhone {
    /// The phone.
    pub device: Device,
    /// With what it delivers observations when no session does. Shown once; the server keeps only its hash.
    pub delivery_secret: String,
    /// Its session, under a new token.
    pub opened: Opened,
}

/// Prints no secret.
impl std::fmt::Debug for NewPhone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewPhone").field("device", &self.device.id).finish_non_exhaustive()
    }
}

/// Whether somebody showed here who he is, or a second factor anywhere, so short a time ago that he is still
/// there. That the provider let him in says nothing of when he showed what there.
pub(crate) fn is_fresh(session: &Session, now: DateTime<Utc>) -> bool {
    let lately = |at: DateTime<Utc>| now.signed_duration_since(at) <= SIGNED_IN_WITHIN;
    let signed_in_here = session.method != Method::Provider;
    (signed_in_here && lately(session.created_at)) || session.proven_at.is_some_and(lately)
}

impl Identity {
    /// Offers to pair a phone of this person.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn offer_pairing(&self, person: PersonId) -> Result<Offer, StoreError> {
        let token = new_token(self.store.entropy());
        let (hash, expires_at) = (token_hash(&token), self.store.clock().now() + OFFER_LASTS);
        self.store
            .write("phone.offer", move |tx| {
                Box::pin(async move { tx.offer_pairing(hash, person, expires_at).await })
            })
            .await?;
        Ok(Offer { token, expires_at })
    }

    /// The offer behind an address, if it is in force.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn pairing(&self, token: &str) -> Result<Option<Pairing>, StoreError> {
        self.store.pairing(&token_hash(token)).await
    }

    /// Whether the session of this token was opened, or its person proven, so short a time ago that it may
    /// confirm a pairing.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn is_fresh(&self, token: &str) -> Result<bool, StoreError> {
        let known = self.store.session(&token_hash(token)).await?;
        let now = self.store.clock().now();
        Ok(known.is_some_and(|(session, _)| is_fresh(&session, now)))
    }

    /// Pairs the phone that has this session. The session goes on as the phone's, under a new token.
    ///
    /// # Errors
    /// Any [`PairError`].
    pub async fn pair(
        &self,
        session_token: &str,
        offer_token: &str,
        name: String,
    ) -> Result<NewPhone, PairError> {
        let (old, offer_hash) = (token_hash(session_token), token_hash(offer_token));
        let delivery_secret = format!("{DELIVERY_PREFIX}{}", new_token(self.store.entropy()));
        let delivery_hash = token_hash(&delivery_secret);
        let token = new_token(self.store.entropy());
        let hash = token_hash(&token);
        let (device, session, account) = self
            .store
            .write("phone.pair", move |tx| {
                Box::pin(async move {
                    let wrong = || PairError::SignIn(SignInError::Wrong);
                    let mut session = tx.session(&old).await?.ok_or_else(wrong)?;
                    let account = tx.person(session.person).await?.filter(|account| account.person.active);
                    let account = account.ok_or_else(wrong)?;
                    let now = tx.now();
                    // Judged before anything is used up: whoever may not take an offer cannot end it.
                    let offer = tx.pairing(&offer_hash).await?.ok_or(PairError::Over)?;
                    if offer.person != session.person {
                        return Err(PairError::NotYours);
                    }
                    if !is_fresh(&session, now) {
                        return Err(PairError::Stale);
                    }
                    tx.end_pairing(&offer_hash).await?;
                    let device = Device {
                        id: DeviceId(tx.entropy().id(now)),
                        person: session.person,
                        name,
                        agent: session.agent.clone(),
                        paired_at: now,
                        last_seen_at: Some(now),
                        revoked_at: None,
                    };
                    tx.add_device(&device, delivery_hash).await?;
                    // In the same commit: no phone is on the list whose session and secret nobody has.
                    session.device = Some(device.id);
                    session.kind = SessionKind::Phone;
                    session.seen_at = now;
                    tx.end_session(&old).await?;
                    tx.open_session(hash, &session).await?;
                    tx.audit(Some(session.person), "phone-session", session.person, session.id).await?;
                    Ok((device, session, account))
                })
            })
            .await?;
        let standing = self.standing(&session, &account);
        let opened = Opened { token, session, account, standing };
        Ok(NewPhone { device, delivery_secret, opened })
    }
}
