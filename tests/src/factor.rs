//! Authenticator apps of the people in tests: each has the secret that the demonstration gives to that name.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use hokan_server::{
    clock::Clock,
    demo,
    identity::{code_of_step, steps_at},
};

use crate::server::Server;

/// The last time step of which a code was given out, by server and name.
static GIVEN: Mutex<Option<HashMap<(u16, String), i64>>> = Mutex::new(None);

/// A code of this person's app that was not given out before. After three within half a minute it waits for the
/// next one, as people have to.
pub async fn next_code(server: &Server, login: &str) -> String {
    let key = (server.port(), login.to_owned());
    loop {
        {
            let mut given = GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
            let last = given.get_or_insert_default().entry(key.clone()).or_default();
            if let Some(step) = steps_at(Clock::system().now()).find(|step| *step > *last) {
                *last = step;
                return code_of_step(&demo::totp_secret(login), step);
            }
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}
