//! Signing in through the body's own identity provider: OpenID Connect Core 1.0, authorization code flow with
//! PKCE (RFC 7636).
//!
//! The provider says who somebody is there. Who that is here was settled before, or is settled at the first
//! sign-in by a mail address that the provider has verified, where the administrator allows that. Nobody gets
//! into the register in this way.
//!
//! What is sent along (`state`, `nonce`, the code verifier) is kept on the server for ten minutes, serves once,
//! and only the browser that was sent there can come back with it.

use std::{fs, pin::Pin, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use hokan_domain::{
    ids::PersonId,
    person::{Part, Person},
};
use hokan_outbound::ask::{AskError, AskOptions, Asker};
use openidconnect::{
    AccessTokenHash, AsyncHttpClient, AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest,
    HttpResponse, IssuerUrl, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier,
    RedirectUrl, Scope, TokenResponse as _,
    core::{
        CoreAuthenticationFlow, CoreClient, CoreIdTokenClaims, CoreJwsSigningAlgorithm, CoreProviderMetadata,
    },
};
use tokio::{sync::Mutex, time::Instant};

use super::{SignInError, new_token, token_hash};
use crate::{
    config::ProviderSettings,
    store::{Store, StoreError, WriteTx, provider::Attempt},
};

/// How long somebody may take to sign in there.
const ATTEMPT_LASTS: TimeDelta = TimeDelta::minutes(10);
/// The longest ago that somebody may have signed in there, so that what he shows there counts as shown now.
const PROVEN_WITHIN: Duration = Duration::from_secs(300);
/// The longest ago otherwise. That it is asked for makes the provider say when it was (OpenID Connect Core 1.0,
/// 3.1.2.1).
const SESSION_THERE: Duration = Duration::from_secs(12 * 60 * 60);
/// For so long the provider is sent people to without asking where it wants them. Its keys are asked for
/// whenever they are needed, so a provider that changes them is believed at once.
const KNOWN_FOR: Duration = Duration::from_secs(600);
/// Signatures that are believed. Never one that the shared secret could make, and never none.
const SIGNATURES: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// A provider that cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum ProviderSetupError {
    /// A file cannot be read.
    #[error("sign-in.provider.extra-ca: {0}")]
    File(std::io::Error),
    /// The connection cannot be set up, or the issuer's address may not be asked.
    #[error("sign-in.provider: {0}")]
    Connection(#[from] AskError),
    /// The issuer or this server's own address is none.
    #[error("sign-in.provider.issuer: {0}")]
    Address(String),
}

/// Why nobody came out of it.
#[derive(Debug)]
pub enum ProviderError {
    /// The provider does not answer, or not as it should. The text is for the log.
    Unreachable(String),
    /// The sign-in did not come to its end, or its result cannot be believed. The text is for the log.
    Failed(String),
    /// Somebody signed in there who is nobody here, or may not act.
    Unknown,
    /// The session could not be opened.
    SignIn(SignInError),
}

impl From<StoreError> for ProviderError {
    fn from(error: StoreError) -> Self {
        Self::SignIn(SignInError::Store(error))
    }
}

/// Where to send somebody, and what stays in the browser.
pub struct Sent {
    /// The provider's page.
    pub address: String,
    /// The secret that binds the attempt to this browser.
    pub browser: String,
}

/// Prints no secret.
impl std::fmt::Debug for Sent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sent").finish_non_exhaustive()
    }
}

/// Who came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// Who it is.
    pub person: PersonId,
    /// When the provider says that two factors were shown there; none where it says nothing of the kind.
    pub proven_at: Option<DateTime<Utc>>,
    /// Where the person wanted to go.
    pub next: String,
}

/// The body's identity provider. Cheap to clone.
#[derive(Clone)]
pub struct Provider {
    settings: Arc<ProviderSettings>,
    issuer: IssuerUrl,
    own_address: RedirectUrl,
    http: Http,
    known: Arc<Mutex<Option<(Instant, CoreProviderMetadata)>>>,
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Provider").field("issuer", &self.issuer.as_str()).finish_non_exhaustive()
    }
}

/// Our way of asking, behind the crate's trait.
#[derive(Debug, Clone)]
struct Http(Asker);

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = AskError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, AskError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let address = parts.uri.to_string();
            let answer = self.0.ask(parts.method, &address, parts.headers, body).await?;
            let mut response = HttpResponse::new(answer.body);
            *response.status_mut() = answer.status;
            *response.headers_mut() = answer.headers;
            Ok(response)
        })
    }
}

impl Provider {
    /// Gets ready to send people to this provider. `public_url` is where they come back to. Nothing is asked
    /// of it yet: a server starts also while its provider does not answer.
    ///
    /// # Errors
    /// Any [`ProviderSetupError`].
    pub fn new(settings: ProviderSettings, public_url: &str) -> Result<Self, ProviderSetupError> {
        let extra_ca_pem = settings
            .extra_ca
            .as_ref()
            .map(fs::read_to_string)
            .transpose()
            .map_err(ProviderSetupError::File)?;
        let asker = Asker::new(&AskOptions { allow_loopback: settings.allow_loopback, extra_ca_pem })?;
        asker.check(&settings.issuer)?;
        let wrong = |error: &dyn ToString| ProviderSetupError::Address(error.to_string());
        let issuer = IssuerUrl::new(settings.issuer.clone()).map_err(|error| wrong(&error))?;
        let own_address = RedirectUrl::new(format!("{public_url}/sign-in/provider/return"))
            .map_err(|error| wrong(&error))?;
        Ok(Self {
            settings: Arc::new(settings),
            issuer,
            own_address,
            http: Http(asker),
            known: Arc::default(),
        })
    }

    /// What people call it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.settings.name
    }

    /// Who vouches, as it is written in its tokens.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.settings.issuer
    }

    /// Whether it can vouch for a second factor: an administrator said by which words it does.
    #[must_use]
    pub fn can_prove(&self) -> bool {
        !(self.settings.second_factor_amr.is_empty() && self.settings.second_factor_acr.is_empty())
    }

    /// What the provider says of itself now, with its keys.
    async fn ask(&self) -> Result<CoreProviderMetadata, ProviderError> {
        let asked = CoreProviderMetadata::discover_async(self.issuer.clone(), &self.http).await;
        let metadata = asked.map_err(|error| unreachable(&error))?;
        *self.known.lock().await = Some((Instant::now(), metadata.clone()));
        Ok(metadata)
    }

    async fn known_or_asked(&self) -> Result<CoreProviderMetadata, ProviderError> {
        let known = self.known.lock().await.clone();
        match known {
            Some((since, metadata)) if since.elapsed() < KNOWN_FOR => Ok(metadata),
            _ => self.ask().await,
        }
    }

    fn client_id(&self) -> ClientId {
        ClientId::new(self.settings.client_id.clone())
    }

    fn client_secret(&self) -> Option<ClientSecret> {
        self.settings.client_secret.as_ref().map(|secret| ClientSecret::new(secret.reveal().to_owned()))
    }

    /// Sends somebody there who wanted to go to `next`. `anew` asks that he shows who he is once more, also where
    /// he has a session there.
    ///
    /// # Errors
    /// [`ProviderError::Unreachable`], or where the store fails.
    pub async fn begin(&self, store: &Store, next: &str, anew: bool) -> Result<Sent, ProviderError> {
        let metadata = self.known_or_asked().await?;
        let client = CoreClient::from_provider_metadata(metadata, self.client_id(), self.client_secret())
            .set_redirect_uri(self.own_address.clone());
        let secret = || new_token(store.entropy());
        let (state, nonce, verifier, browser) = (secret(), secret(), secret(), secret());
        let challenge =
            PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(verifier.clone()));
        let (sent_state, sent_nonce) = (state.clone(), nonce.clone());
        let (address, ..) = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                move || CsrfToken::new(sent_state),
                move || Nonce::new(sent_nonce),
            )
            .add_scope(Scope::new("email".to_owned()))
            .set_pkce_challenge(challenge)
            .set_max_age(if anew { PROVEN_WITHIN } else { SESSION_THERE })
            .url();
        let attempt = Attempt {
            state_hash: token_hash(&state),
            browser_hash: token_hash(&browser),
            nonce,
            verifier,
            next: next.to_owned(),
            expires_at: store.clock().now() + ATTEMPT_LASTS,
        };
        store
            .write("provider.begin", move |tx| Box::pin(async move { tx.keep_attempt(attempt).await }))
            .await?;
        Ok(Sent { address: address.into(), browser })
    }

    /// Takes in who comes back with a code.
    ///
    /// # Errors
    /// Any [`ProviderError`].
    pub async fn finish(
        &self,
        store: &Store,
        state: &str,
        browser: &str,
        code: &str,
    ) -> Result<Proven, ProviderError> {
        let (state_hash, browser_hash) = (token_hash(state), token_hash(browser));
        let attempt = store
            .write("provider.return", move |tx| {
                Box::pin(async move { tx.take_attempt(&state_hash, &browser_hash).await })
            })
            .await?
            .ok_or_else(|| ProviderError::Failed("no attempt of this browser has this state".to_owned()))?;
        let outcome = match self.claims(store, &attempt, code).await {
            Ok(claims) => self.who(store, &claims).await.map(|person| Proven {
                person,
                // Whoever finds a desk with an open session at the provider has shown nothing today.
                proven_at: self.attests_second_factor(&claims).then(|| claims.auth_time()).flatten(),
                next: attempt.next,
            }),
            Err(error) => Err(error),
        };
        if let Err(ProviderError::Failed(_) | ProviderError::Unknown) = &outcome {
            let unknown = matches!(outcome, Err(ProviderError::Unknown));
            let why = if unknown { "unknown" } else { "not believed" };
            store
                .write("provider.failed", move |tx| {
                    Box::pin(async move { tx.audit(None, "sign-in-failed", "provider", why).await })
                })
                .await?;
        }
        outcome
    }

    /// What the provider says of whoever has this code: signed with its key, for this server, for this
    /// attempt, and still valid.
    async fn claims(
        &self,
        store: &Store,
        attempt: &Attempt,
        code: &str,
    ) -> Result<CoreIdTokenClaims, ProviderError> {
        let failed = |what: &str, error: &dyn std::error::Error| {
            ProviderError::Failed(format!("{what}: {}", with_causes(error)))
        };
        let metadata = self.ask().await?;
        let client = CoreClient::from_provider_metadata(metadata, self.client_id(), self.client_secret())
            .set_redirect_uri(self.own_address.clone());
        let request = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|error| failed("the provider has no token endpoint", &error))?
            .set_pkce_verifier(PkceCodeVerifier::new(attempt.verifier.clone()));
        let tokens = request.request_async(&self.http).await.map_err(|error| match &error {
            openidconnect::RequestTokenError::Request(_) => unreachable(&error),
            // What was sent back may hold tokens; it is not repeated.
            openidconnect::RequestTokenError::Parse(..) => {
                ProviderError::Failed("the token endpoint's answer cannot be read".to_owned())
            }
            _ => ProviderError::Failed("the provider does not take the code".to_owned()),
        })?;
        let id_token =
            tokens.id_token().ok_or_else(|| ProviderError::Failed("there is no ID token".to_owned()))?;
        let clock = store.clock().clone();
        let verifier =
            client.id_token_verifier().set_allowed_algs(SIGNATURES).set_time_fn(move || clock.now());
        let nonce = Nonce::new(attempt.nonce.clone());
        let claims = id_token
            .claims(&verifier, &nonce)
            .map_err(|error| failed("the ID token is not believed", &error))?;
        if let Some(expected) = claims.access_token_hash() {
            let algorithm =
                id_token.signing_alg().map_err(|error| failed("the ID token has no algorithm", &error))?;
            let key =
                id_token.signing_key(&verifier).map_err(|error| failed("the ID token has no key", &error))?;
            let actual = AccessTokenHash::from_token(tokens.access_token(), algorithm, key)
                .map_err(|error| failed("the access token cannot be hashed", &error))?;
            if actual != *expected {
                return Err(ProviderError::Failed("the access token is another one's".to_owned()));
            }
        }
        Ok(claims.clone())
    }

    /// Whether what the provider says counts as two factors, as the administrator set it.
    fn attests_second_factor(&self, claims: &CoreIdTokenClaims) -> bool {
        let amr = claims.auth_method_refs().into_iter().flatten();
        let level = claims.auth_context_ref().map(|level| level.as_str().to_owned());
        amr.map(|way| way.as_str().to_owned()).any(|way| self.settings.second_factor_amr.contains(&way))
            || level.is_some_and(|level| self.settings.second_factor_acr.contains(&level))
    }

    /// Who in the register that is.
    async fn who(&self, store: &Store, claims: &CoreIdTokenClaims) -> Result<PersonId, ProviderError> {
        let issuer = claims.issuer().as_str().to_owned();
        let subject = claims.subject().as_str().to_owned();
        let verified = claims.email_verified() == Some(true);
        let email = claims.email().filter(|_| verified && self.settings.link_by_email);
        let email = email.map(|email| email.as_str().to_owned());
        let found = store
            .write("provider.who", move |tx| {
                Box::pin(async move {
                    let person = match tx.provider_link(&issuer, &subject).await? {
                        Some(known) => Some(known),
                        None => link(tx, &issuer, &subject, email.as_deref()).await?,
                    };
                    let Some(person) = person else { return Ok(None) };
                    let account = tx.person(person).await?.filter(|account| account.person.active);
                    Ok::<_, StoreError>(account.map(|account| account.person.id))
                })
            })
            .await?;
        found.ok_or(ProviderError::Unknown)
    }
}

/// Whether it matters so much who somebody is that a mail address does not settle it: whoever runs the provider
/// could become anybody by it. These are linked on the shell.
fn is_linked_by_hand(person: &Person) -> bool {
    !person.roles.is_empty() || person.parts.iter().any(|part| *part != Part::Handler)
}

/// Settles who a subject is by the mail address that the provider verified: an active person who bears it, alone,
/// whom nobody else there is yet, and who plays no part but a handler's.
async fn link(
    tx: &mut WriteTx,
    issuer: &str,
    subject: &str,
    email: Option<&str>,
) -> Result<Option<PersonId>, StoreError> {
    let Some(email) = email else { return Ok(None) };
    let Some(person) = tx.person_with_email(email).await? else { return Ok(None) };
    let account = tx.person(person).await?;
    let fits = account.is_some_and(|account| account.person.active && !is_linked_by_hand(&account.person));
    if !fits || tx.is_provider_linked(issuer, person).await? {
        return Ok(None);
    }
    tx.link_provider(issuer, subject, person).await?;
    Ok(Some(person))
}

fn unreachable(error: &dyn std::error::Error) -> ProviderError {
    ProviderError::Unreachable(with_causes(error))
}

/// An error and what is behind it, in one line for the log.
fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
