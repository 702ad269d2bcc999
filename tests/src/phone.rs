//! A phone: what it sends and how it reads the answers, over a real connection.

use hokan_mobile_api::wire::{ActAnswer, ItemCard, Me, PhotoAnswer, SignInAnswer, SignInNext};
use reqwest::{Response, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{factor, server::Server};

/// The address of the phone's interface on a server.
pub const BASE: &str = "/api/phone/v1";

/// Somebody's phone, signed in.
#[derive(Debug, Clone)]
pub struct Phone {
    client: reqwest::Client,
    base: String,
    token: String,
}

impl Phone {
    /// Signs in, with a code of the person's authenticator app where one is asked for.
    ///
    /// # Panics
    /// Where the server does not let the person in.
    pub async fn sign_in(server: &Server, login: &str, password: &str) -> Self {
        let client = server.client();
        let base = server.url(BASE);
        let body = json!({ "login": login, "password": password });
        let answer = client.post(format!("{base}/sign-in")).json(&body).send().await.expect("an answer");
        let mut answer: SignInAnswer = read(answer, StatusCode::OK).await;
        if answer.next == SignInNext::SecondFactor {
            let step = answer.step.expect("a step");
            answer = loop {
                let code = factor::next_code(server, login).await;
                let body = json!({ "step": step, "code": code });
                let sent = client.post(format!("{base}/sign-in/second")).json(&body).send().await;
                let sent = sent.expect("an answer");
                // A browser may have used the code up.
                if sent.status() != StatusCode::FORBIDDEN {
                    break read(sent, StatusCode::OK).await;
                }
            };
        }
        assert_eq!(answer.next, SignInNext::Done, "{login} cannot act yet");
        Self { client, base, token: answer.token.expect("a token") }
    }

    /// The secret that opens the session.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Asks for something.
    ///
    /// # Errors
    /// Where no answer comes.
    pub async fn get(&self, path: &str) -> reqwest::Result<Response> {
        self.client.get(format!("{}{path}", self.base)).bearer_auth(&self.token).send().await
    }

    /// Sends JSON.
    ///
    /// # Errors
    /// Where no answer comes.
    pub async fn post(&self, path: &str, body: &Value) -> reqwest::Result<Response> {
        self.client.post(format!("{}{path}", self.base)).bearer_auth(&self.token).json(body).send().await
    }

    /// Sends bytes of a kind.
    ///
    /// # Errors
    /// Where no answer comes.
    pub async fn post_bytes(&self, path: &str, kind: &str, bytes: Vec<u8>) -> reqwest::Result<Response> {
        self.client
            .post(format!("{}{path}", self.base))
            .bearer_auth(&self.token)
            .header("content-type", kind)
            .body(bytes)
            .send()
            .await
    }

    /// Sends a photograph and reads what is in it.
    ///
    /// # Panics
    /// Where the server refuses it.
    pub async fn photo(&self, jpeg: Vec<u8>) -> PhotoAnswer {
        let answer = self.post_bytes("/photo", "image/jpeg", jpeg).await.expect("an answer");
        read(answer, StatusCode::OK).await
    }

    /// What concerns the person.
    ///
    /// # Panics
    /// Where the server refuses.
    pub async fn me(&self) -> Me {
        read(self.get("/me").await.expect("an answer"), StatusCode::OK).await
    }

    /// An item.
    ///
    /// # Panics
    /// Where the server refuses.
    pub async fn item(&self, id: &str) -> ItemCard {
        read(self.get(&format!("/items/{id}")).await.expect("an answer"), StatusCode::OK).await
    }

    /// Does an act under a new event id; `act` holds what follows after the id.
    ///
    /// # Panics
    /// Where the server refuses it.
    pub async fn act(&self, item: &str, act: Value) -> ActAnswer {
        let answer = self.try_act(item, act).await;
        read(answer, StatusCode::OK).await
    }

    /// The same, whatever the answer.
    ///
    /// # Panics
    /// Where no answer comes.
    pub async fn try_act(&self, item: &str, mut act: Value) -> Response {
        if act.get("event_id").is_none() {
            act["event_id"] = json!(Uuid::new_v4());
        }
        self.post(&format!("/items/{item}/acts"), &act).await.expect("an answer")
    }

    /// Registers an item under a label.
    ///
    /// # Panics
    /// Where the server refuses.
    pub async fn register(&self, code: &str, kind: &str, title: &str) -> ActAnswer {
        let body = json!({
            "event_id": Uuid::new_v4(),
            "scan": { "code": code, "method": "camera" },
            "kind": kind,
            "title": title,
        });
        read(self.post("/items", &body).await.expect("an answer"), StatusCode::OK).await
    }
}

/// A scan as a phone sends it.
#[must_use]
pub fn scan(code: &str) -> Value {
    json!({ "code": code, "method": "camera" })
}

/// Reads an answer that has to have this status.
///
/// # Panics
/// Where it has not, with what it says.
pub async fn read<T: DeserializeOwned>(answer: Response, status: StatusCode) -> T {
    let found = answer.status();
    let text = answer.text().await.expect("a body");
    assert_eq!(found, status, "{text}");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Reads a problem document that has to have this status and code, and whose sentence has to say something
/// in both languages' letters.
///
/// # Panics
/// Where it is another.
pub async fn read_problem(answer: Response, status: u16, code: &str) -> Value {
    let found = answer.status().as_u16();
    let kind = answer.headers().get("content-type").and_then(|kind| kind.to_str().ok()).map(str::to_owned);
    let text = answer.text().await.expect("a body");
    assert_eq!((found, kind.as_deref()), (status, Some("application/problem+json")), "{text}");
    let problem: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(problem["code"], code, "{text}");
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.chars().count() > 8), "{text}");
    problem
}
