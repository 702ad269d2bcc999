//! Who asks: the one way from a handler to the server.

use std::sync::Arc;

use axum::{
    extract::{FromRef, FromRequestParts, Path},
    http::request::Parts,
};
use hokan_mobile_api::{Backend, Caller, Problem, ProblemCode, Session, auth::language_of};

use crate::app::App;

/// The server behind the guard. Handlers cannot look inside.
#[derive(Clone)]
pub(crate) struct Guarded(App);

impl Guarded {
    /// Puts the guard before the server.
    pub(crate) fn new(app: App) -> Self {
        Self(app)
    }
}

impl FromRef<Guarded> for Arc<dyn Backend> {
    fn from_ref(guarded: &Guarded) -> Self {
        Arc::new(guarded.0.clone())
    }
}

/// Who asks, and the server that he asks.
///
/// Standing first among a handler's arguments it is asked before anything of the request is read.
pub(crate) struct Desk {
    /// The server.
    pub(crate) app: App,
    /// Who asks.
    pub(crate) caller: Caller,
}

impl FromRequestParts<Guarded> for Desk {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, guarded: &Guarded) -> Result<Self, Problem> {
        let session = Session::from_request_parts(parts, guarded).await?;
        Ok(Self { app: guarded.0.clone(), caller: session.caller })
    }
}

/// The one segment of the path that varies, as text; what cannot even be decoded names nothing.
pub(crate) struct Segment(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Segment {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(segment)) => Ok(Self(segment)),
            Err(_) => Err(Problem::new(ProblemCode::NotFound, language_of(&parts.headers, &parts.uri))),
        }
    }
}
