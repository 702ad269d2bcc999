//! A phone: sends requests to the router as the server would nest it, and reads the answers.

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode, header},
};
use hokan_domain::ids::EventId;
use serde_json::Value;
use tower::ServiceExt;
use uuid::Uuid;

use crate::fake::{Fake, SATO};

pub(crate) const BASE: &str = "/api/phone/v1";

pub(crate) fn server() -> Router {
    Router::new().nest(BASE, hokan_mobile_api::router(Arc::new(Fake::new())))
}

pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
    /// The same as text.
    pub(crate) text: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The body of a success.
    pub(crate) fn ok(self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text);
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/json");
        self.json()
    }

    /// A problem document that is whole; its code must be this.
    pub(crate) fn problem(self, status: u16, code: &str) -> Value {
        let problem = self.json();
        assert_eq!(problem["code"], code, "{}", self.text);
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/problem+json");
        assert_eq!(self.headers[header::CACHE_CONTROL], "no-store");
        assert_eq!(problem["type"], format!("urn:hokan:problem:{code}"));
        assert_eq!(problem["status"], status);
        for text in ["title", "detail"] {
            assert!(problem[text].as_str().is_some_and(|text| !text.is_empty()), "{}", self.text);
        }
        assert_eq!(self.headers.contains_key(header::WWW_AUTHENTICATE), status == 401);
        problem
    }
}

#[derive(Clone)]
pub(crate) struct Phone {
    server: Router,
    headers: Vec<(String, String)>,
}

impl Phone {
    pub(crate) fn stranger(server: &Router) -> Self {
        Self { server: server.clone(), headers: Vec::new() }
    }

    /// The phone of one of the people that the server knows.
    pub(crate) fn of(server: &Router, person: u128) -> Self {
        Self::stranger(server).with("authorization", &format!("Bearer token-{person}"))
    }

    /// The phone of a handler with a server of its own.
    pub(crate) fn alone() -> Self {
        Self::of(&server(), SATO)
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) async fn send(&self, method: &str, path: &str, body: impl Into<Body>) -> Reply {
        let mut request = Request::builder().method(method).uri(format!("{BASE}{path}"));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let response = self.server.clone().oneshot(request.body(body.into()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Reply { status: parts.status, headers: parts.headers, bytes, text }
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send("GET", path, Body::empty()).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Reply {
        self.post_text(path, body.to_string()).await
    }

    pub(crate) async fn post_text(&self, path: &str, body: impl Into<Body>) -> Reply {
        let phone = self.clone().with("content-type", "application/json; charset=utf-8");
        phone.send("POST", path, body).await
    }

    pub(crate) async fn file(&self, media_type: &str, bytes: Vec<u8>) -> Reply {
        self.clone().with("content-type", media_type).send("POST", "/files", bytes).await
    }

    pub(crate) async fn photo(&self, media_type: &str, bytes: Vec<u8>) -> Reply {
        self.clone().with("content-type", media_type).send("POST", "/photo", bytes).await
    }
}

pub(crate) fn event(number: u128) -> EventId {
    EventId(Uuid::from_u128(0x5eed_0000 + number))
}
