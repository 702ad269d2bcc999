//! The slowing down of guesses: by account and by address, with a wait that grows and never exceeds some
//! minutes, so that nobody can lock out another person for good.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};

/// Failures that cost nothing, for people who mistype.
const FREE_FAILURES: u32 = 4;
/// The longest wait between two attempts.
pub const LONGEST_WAIT: TimeDelta = TimeDelta::minutes(5);
/// The names and addresses whose failures are remembered. The oldest are forgotten first.
const MOST_REMEMBERED: usize = 10_000;

/// Remembers failures.
#[derive(Debug, Clone, Default)]
pub(super) struct Throttle(Arc<Mutex<HashMap<String, Failures>>>);

/// What an attempt counts against.
#[derive(Debug, Clone)]
pub(super) struct Keys(Vec<String>);

impl Keys {
    /// An attempt to sign in under this name, from there.
    pub(super) fn of(login: &str, remote: Option<IpAddr>) -> Self {
        // Behind a proxy on this machine everybody comes from one address; failures of one must not slow all.
        let remote = remote.filter(|remote| !remote.is_loopback());
        let mut keys = vec![format!("name {login}")];
        keys.extend(remote.map(|remote| format!("address {remote}")));
        Self(keys)
    }
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: DateTime<Utc>,
}

impl Failures {
    fn wait_until(self) -> DateTime<Utc> {
        let excess = self.count.saturating_sub(FREE_FAILURES);
        if excess == 0 {
            return self.last;
        }
        let seconds = 1_i64 << excess.min(20);
        self.last + TimeDelta::seconds(seconds).min(LONGEST_WAIT)
    }
}

impl Throttle {
    /// How long to wait before the next attempt, if at all.
    pub(super) fn wait(&self, keys: &Keys, now: DateTime<Utc>) -> Option<TimeDelta> {
        let failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waits = keys.0.iter().filter_map(|key| failures.get(key)).map(|failed| failed.wait_until() - now);
        waits.filter(|wait| *wait > TimeDelta::zero()).max()
    }

    /// Counts a failure.
    pub(super) fn failed(&self, keys: &Keys, now: DateTime<Utc>) {
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= MOST_REMEMBERED {
            failures.retain(|_, failed| failed.last + LONGEST_WAIT > now);
        }
        if failures.len() >= MOST_REMEMBERED {
            // Somebody tries ten thousand names within minutes. Forgetting all costs him a pause for each
            // that he tries again, and costs the memory of this server nothing.
            failures.clear();
        }
        for key in &keys.0 {
            let failed = failures.entry(key.clone()).or_insert(Failures { count: 0, last: now });
            failed.count = failed.count.saturating_add(1);
            failed.last = now;
        }
    }

    /// Forgets the failures of somebody who got in.
    pub(super) fn succeeded(&self, keys: &Keys) {
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for key in &keys.0 {
            failures.remove(key);
        }
    }
}
