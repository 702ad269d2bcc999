//! An identity provider on this machine (OpenID Connect): discovery, keys, authorization and token endpoint. It
//! checks what a provider has to check (client, code, redirect, PKCE) and says of people whatever a test wants.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Form, Json, Router,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use chrono::TimeDelta;
use openidconnect::{
    AccessToken, Audience, AuthUrl, AuthenticationMethodReference, EmptyAdditionalClaims,
    EmptyAdditionalProviderMetadata, EmptyExtraTokenFields, EndUserEmail, IssuerUrl, JsonWebKeyId,
    JsonWebKeySetUrl, Nonce, PkceCodeChallenge, PkceCodeVerifier, PrivateSigningKey as _, ResponseTypes,
    StandardClaims, SubjectIdentifier, TokenUrl,
    core::{
        CoreEdDsaPrivateSigningKey, CoreIdToken, CoreIdTokenClaims, CoreIdTokenFields, CoreJsonWebKeySet,
        CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreResponseType, CoreSubjectIdentifierType,
        CoreTokenResponse, CoreTokenType,
    },
};
use serde_json::{Value, json};
use uuid::Uuid;

/// Under which id the provider knows the server that is tested.
pub const CLIENT_ID: &str = "hokan-under-test";
/// The secret that it gave to that server.
pub const CLIENT_SECRET: &str = "the-secret-of-the-client";

/// The provider's own key, made for these tests.
const OWN_KEY: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIHYGk2sonA617X2YLlWD+ysZzB7qVlXSQn8qIcmFxBT+
-----END PRIVATE KEY-----
";
/// A key that is not the provider's.
const OTHER_KEY: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIN/59uQQLi3evVbzaCdYnz96UaSt5ahozgW2WR1y1SIP
-----END PRIVATE KEY-----
";

/// What the provider says of whoever signs in next.
#[derive(Debug, Clone)]
pub struct Says {
    /// Who it is there.
    pub subject: String,
    /// The mail address, and whether the provider has verified it.
    pub email: Option<(String, bool)>,
    /// How the person signed in there.
    pub amr: Vec<String>,
    /// For whom the token is.
    pub audience: String,
    /// Who says so; the provider itself where none is given.
    pub issuer: Option<String>,
    /// The nonce; the one that was asked for where none is given.
    pub nonce: Option<String>,
    /// How long the token holds from now on; less than nothing for one that has expired.
    pub holds: TimeDelta,
    /// How long ago the person showed there who he is; the provider says nothing of it where none is given.
    pub shown_ago: Option<TimeDelta>,
    /// Whether another key signs, under the name of the provider's.
    pub signed_by_another: bool,
}

impl Says {
    /// The truth about somebody.
    #[must_use]
    pub fn of(subject: &str) -> Self {
        Self {
            subject: subject.to_owned(),
            email: None,
            amr: vec!["pwd".to_owned()],
            audience: CLIENT_ID.to_owned(),
            issuer: None,
            nonce: None,
            holds: TimeDelta::minutes(5),
            shown_ago: Some(TimeDelta::zero()),
            signed_by_another: false,
        }
    }

    /// The same with a mail address.
    #[must_use]
    pub fn with_email(self, email: &str, verified: bool) -> Self {
        Self { email: Some((email.to_owned(), verified)), ..self }
    }
}

#[derive(Debug)]
struct Code {
    challenge: String,
    nonce: String,
    redirect_uri: String,
}

#[derive(Debug)]
struct Inner {
    issuer: String,
    says: Says,
    codes: HashMap<String, Code>,
}

/// A provider that runs until it is dropped.
#[derive(Debug)]
pub struct TestProvider {
    inner: Arc<Mutex<Inner>>,
    task: tokio::task::JoinHandle<()>,
}

type Shared = State<Arc<Mutex<Inner>>>;

fn lock(inner: &Mutex<Inner>) -> MutexGuard<'_, Inner> {
    inner.lock().unwrap_or_else(PoisonError::into_inner)
}

impl TestProvider {
    /// Starts one on a free port.
    ///
    /// # Panics
    /// Where it cannot listen.
    pub async fn start(says: Says) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let issuer = format!("http://{}", listener.local_addr().expect("its address"));
        let inner = Arc::new(Mutex::new(Inner { issuer, says, codes: HashMap::new() }));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/keys", get(keys))
            .route("/authorize", get(authorize))
            .route("/token", post(token))
            .with_state(Arc::clone(&inner));
        let task = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("the provider serves");
        });
        Self { inner, task }
    }

    /// Its issuer.
    #[must_use]
    pub fn issuer(&self) -> String {
        lock(&self.inner).issuer.clone()
    }

    /// What it says from now on.
    pub fn say(&self, says: Says) {
        lock(&self.inner).says = says;
    }

    /// `--provider-…` for the server that is tested.
    #[must_use]
    pub fn flags(&self) -> Vec<String> {
        let issuer = self.issuer();
        ["--provider-issuer", &issuer, "--provider-client-id", CLIENT_ID, "--provider-allow-loopback"]
            .map(str::to_owned)
            .to_vec()
    }
}

impl Drop for TestProvider {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn discovery(State(inner): Shared) -> Json<CoreProviderMetadata> {
    let issuer = lock(&inner).issuer.clone();
    let metadata = CoreProviderMetadata::new(
        IssuerUrl::new(issuer.clone()).expect("an address"),
        AuthUrl::new(format!("{issuer}/authorize")).expect("an address"),
        JsonWebKeySetUrl::new(format!("{issuer}/keys")).expect("an address"),
        vec![ResponseTypes::new(vec![CoreResponseType::Code])],
        vec![CoreSubjectIdentifierType::Public],
        vec![CoreJwsSigningAlgorithm::EdDsa],
        EmptyAdditionalProviderMetadata {},
    );
    Json(metadata.set_token_endpoint(Some(TokenUrl::new(format!("{issuer}/token")).expect("an address"))))
}

fn key(pem: &str) -> CoreEdDsaPrivateSigningKey {
    CoreEdDsaPrivateSigningKey::from_ed25519_pem(pem, Some(JsonWebKeyId::new("1".to_owned()))).expect("a key")
}

async fn keys() -> Json<CoreJsonWebKeySet> {
    Json(CoreJsonWebKeySet::new(vec![key(OWN_KEY).as_verification_key()]))
}

/// Signs whoever comes in, without asking, and sends the browser back with a code.
async fn authorize(State(inner): Shared, Query(asked): Query<HashMap<String, String>>) -> Response {
    let of = |name: &str| asked.get(name).cloned().unwrap_or_default();
    let right = of("client_id") == CLIENT_ID
        && of("response_type") == "code"
        && of("code_challenge_method") == "S256"
        && of("max_age").parse::<u64>().is_ok()
        && of("scope").split(' ').any(|scope| scope == "openid");
    if !right {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let code = Uuid::new_v4().to_string();
    let (redirect_uri, state) = (of("redirect_uri"), of("state"));
    let address = format!("{redirect_uri}?code={code}&state={state}");
    let issued = Code { challenge: of("code_challenge"), nonce: of("nonce"), redirect_uri };
    lock(&inner).codes.insert(code, issued);
    Redirect::to(&address).into_response()
}

/// Gives a token for a code, once, to whoever can show the verifier that the code's challenge was made from.
async fn token(
    State(inner): Shared,
    headers: axum::http::HeaderMap,
    Form(asked): Form<HashMap<String, String>>,
) -> Response {
    let of = |name: &str| asked.get(name).cloned().unwrap_or_default();
    let refused = |why: &str| (StatusCode::BAD_REQUEST, Json(json!({ "error": why }))).into_response();
    if !headers.contains_key("authorization") {
        return refused("invalid_client");
    }
    let mut inner = lock(&inner);
    let Some(code) = inner.codes.remove(&of("code")) else { return refused("invalid_grant") };
    let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(of("code_verifier")));
    if challenge.as_str() != code.challenge || of("redirect_uri") != code.redirect_uri {
        return refused("invalid_grant");
    }
    Json(answer(&inner.says, &inner.issuer, code.nonce)).into_response()
}

fn answer(says: &Says, issuer: &str, nonce: String) -> Value {
    let (email, verified) = says.email.clone().unzip();
    let subject = StandardClaims::new(SubjectIdentifier::new(says.subject.clone()))
        .set_email(email.map(EndUserEmail::new))
        .set_email_verified(verified);
    let amr = says.amr.iter().cloned().map(AuthenticationMethodReference::new).collect();
    let now = hokan_server::clock::Clock::system().now();
    let claims = CoreIdTokenClaims::new(
        IssuerUrl::new(says.issuer.clone().unwrap_or_else(|| issuer.to_owned())).expect("an address"),
        vec![Audience::new(says.audience.clone())],
        now + says.holds,
        now,
        subject,
        EmptyAdditionalClaims {},
    )
    .set_nonce(Some(Nonce::new(says.nonce.clone().unwrap_or(nonce))))
    .set_auth_method_refs(Some(amr))
    .set_auth_time(says.shown_ago.map(|ago| now - ago));
    let access = AccessToken::new(Uuid::new_v4().to_string());
    let signer = key(if says.signed_by_another { OTHER_KEY } else { OWN_KEY });
    let algorithm = CoreJwsSigningAlgorithm::EdDsa;
    let id_token = CoreIdToken::new(claims, &signer, algorithm, Some(&access), None).expect("a token");
    let fields = CoreIdTokenFields::new(Some(id_token), EmptyExtraTokenFields {});
    let response = CoreTokenResponse::new(access, CoreTokenType::Bearer, fields);
    serde_json::to_value(response).expect("an answer")
}
