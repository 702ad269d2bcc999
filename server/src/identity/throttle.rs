//! The slowing down of guesses, with a wait that grows and never exceeds some minutes, so that nobody can lock
//! out another person for good.
//!
//! Three things are counted: a name together with the address that it is tried from, which is slowed soonest;
//! a name, wherever it is tried from; and an address, whatever is tried from it. Who signed in from an address
//! before is not slowed by what others try under his name elsewhere. Codes are counted by whose they are.
//! The counts are this process's own and begin anew with it.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use hokan_domain::ids::PersonId;

/// The longest wait between two attempts.
pub const LONGEST_WAIT: TimeDelta = TimeDelta::minutes(5);
/// The names and addresses whose failures are remembered. The oldest are forgotten first.
const MOST_REMEMBERED: usize = 10_000;
/// For how long an address from which somebody signed in is his.
const KNOWN_FOR: TimeDelta = TimeDelta::days(30);

/// How many failures cost nothing, for people who mistype, and after how long one of them is forgotten.
#[derive(Debug, Clone, Copy)]
struct Bound {
    free: u32,
    leak: TimeDelta,
}

const ATTEMPTS_FROM_ONE_PLACE: Bound = Bound { free: 4, leak: TimeDelta::minutes(15) };
const ATTEMPTS_ON_ONE_NAME: Bound = Bound { free: 40, leak: TimeDelta::minutes(15) };
/// A whole office may come from one address.
const ATTEMPTS_FROM_ONE_ADDRESS: Bound = Bound { free: 40, leak: TimeDelta::minutes(2) };
const CODES: Bound = Bound { free: 5, leak: TimeDelta::minutes(15) };

/// Remembers failures.
#[derive(Debug, Clone, Default)]
pub(super) struct Throttle(Arc<Mutex<Memory>>);

#[derive(Debug, Default)]
struct Memory {
    failures: HashMap<String, Failures>,
    /// When somebody last got in, by name and address.
    known: HashMap<String, DateTime<Utc>>,
}

impl Memory {
    fn give_back(&mut self, keys: &Keys) {
        for (key, _) in keys.all() {
            if let Some(failed) = self.failures.get_mut(key) {
                failed.count = failed.count.saturating_sub(1);
            }
        }
    }
}

/// What an attempt counts against.
#[derive(Debug, Clone)]
pub(super) struct Keys {
    /// What is forgotten with the first success.
    own: (String, Bound),
    /// What is not: whoever alternates his own name with others must not start afresh each time.
    shared: Vec<(String, Bound)>,
    /// The name wherever it is tried from, with the name at this address.
    name: Option<(String, Bound)>,
}

impl Keys {
    /// An attempt to sign in under this name, from there.
    pub(super) fn of(login: &str, remote: Option<IpAddr>) -> Self {
        // Behind a proxy on this machine everybody comes from one address; failures of one must not slow all.
        let network = remote.map(|remote| remote.to_canonical()).filter(|remote| !remote.is_loopback());
        let network = network.map(network_of);
        let place = network.as_deref().unwrap_or("-");
        Self {
            own: (format!("place {place} {login}"), ATTEMPTS_FROM_ONE_PLACE),
            shared: network.iter().map(|at| (format!("address {at}"), ATTEMPTS_FROM_ONE_ADDRESS)).collect(),
            name: Some((format!("name {login}"), ATTEMPTS_ON_ONE_NAME)),
        }
    }

    /// An attempt to show a second factor of this person.
    pub(super) fn code(person: PersonId) -> Self {
        Self { own: (format!("code {person}"), CODES), shared: Vec::new(), name: None }
    }

    fn all(&self) -> impl Iterator<Item = &(String, Bound)> {
        std::iter::once(&self.own).chain(&self.shared).chain(&self.name)
    }
}

/// An address as it is counted: of IPv6 the half that names a network, since whoever has one address of it has
/// all.
fn network_of(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: DateTime<Utc>,
}

impl Failures {
    /// How many still count.
    fn left(self, bound: Bound, now: DateTime<Utc>) -> u32 {
        let forgotten = (now - self.last).num_seconds() / bound.leak.num_seconds().max(1);
        self.count.saturating_sub(u32::try_from(forgotten.max(0)).unwrap_or(u32::MAX))
    }

    fn wait_until(self, bound: Bound, now: DateTime<Utc>) -> DateTime<Utc> {
        let excess = self.left(bound, now).saturating_sub(bound.free);
        if excess == 0 {
            return self.last;
        }
        let seconds = 1_i64 << excess.min(20);
        self.last + TimeDelta::seconds(seconds).min(LONGEST_WAIT)
    }
}

impl Throttle {
    /// Lets an attempt begin and counts it as failed, unless it has to wait: of many that are sent at the same
    /// moment each sees those before it. What succeeds is given back.
    pub(super) fn begin(&self, keys: &Keys, now: DateTime<Utc>) -> Result<(), TimeDelta> {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at_home = memory.known.get(&keys.own.0).is_some_and(|last| now - *last < KNOWN_FOR);
        let asked = keys.all().filter(|key| !(at_home && keys.name.as_ref() == Some(key)));
        let waits = asked.filter_map(|(key, bound)| {
            memory.failures.get(key).map(|failed| failed.wait_until(*bound, now) - now)
        });
        if let Some(wait) = waits.filter(|wait| *wait > TimeDelta::zero()).max() {
            return Err(wait);
        }
        if memory.failures.len() >= MOST_REMEMBERED {
            forget_the_oldest(&mut memory.failures);
        }
        for (key, bound) in keys.all() {
            let failed = memory.failures.entry(key.clone()).or_insert(Failures { count: 0, last: now });
            failed.count = failed.left(*bound, now).saturating_add(1);
            failed.last = now;
        }
        Ok(())
    }

    /// Gives back what was counted of an attempt that nobody looked at.
    pub(super) fn taken_back(&self, keys: &Keys) {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        memory.give_back(keys);
    }

    /// Gives back what was counted of an attempt that succeeded, and forgets the failures of the name at this
    /// address.
    pub(super) fn succeeded(&self, keys: &Keys, now: DateTime<Utc>) {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        memory.failures.remove(&keys.own.0);
        memory.give_back(keys);
        if keys.name.is_some() {
            if memory.known.len() >= MOST_REMEMBERED {
                memory.known.retain(|_, last| now - *last < TimeDelta::days(1));
            }
            memory.known.insert(keys.own.0.clone(), now);
        }
    }
}

impl PartialEq for Bound {
    fn eq(&self, other: &Self) -> bool {
        self.free == other.free && self.leak == other.leak
    }
}

/// Somebody tries ten thousand names within minutes: the tenth of what is remembered that is oldest goes.
fn forget_the_oldest(failures: &mut HashMap<String, Failures>) {
    let mut times: Vec<_> = failures.values().map(|failed| failed.last).collect();
    times.sort_unstable();
    let Some(oldest) = times.get(times.len() / 10).copied() else { return };
    failures.retain(|_, failed| failed.last > oldest);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    fn from(address: &str) -> Option<IpAddr> {
        Some(address.parse().unwrap())
    }

    /// How many of these attempts are let through.
    fn let_through(throttle: &Throttle, attempts: impl IntoIterator<Item = Keys>) -> usize {
        attempts.into_iter().filter(|keys| throttle.begin(keys, now()).is_ok()).count()
    }

    #[test]
    fn guesses_are_bounded_and_never_for_good() {
        let throttle = Throttle::default();
        let keys = Keys::of("sato", from("192.0.2.1"));
        assert_eq!(let_through(&throttle, std::iter::repeat_n(keys.clone(), 1000)), 5);
        let wait = throttle.begin(&keys, now()).unwrap_err();
        assert!(wait <= LONGEST_WAIT);
        let mut at = now();
        let mut tried = 0;
        while at < now() + TimeDelta::days(1) {
            tried += usize::from(throttle.begin(&keys, at).is_ok());
            at += TimeDelta::seconds(1);
        }
        assert!(tried < 24 * 12 + 12, "{tried} guesses a day");
        let much_later = at + LONGEST_WAIT;
        assert_eq!(throttle.begin(&keys, much_later), Ok(()), "the wait has an end");
    }

    #[test]
    fn others_cannot_lock_somebody_out_of_his_own_desk() {
        let throttle = Throttle::default();
        let home = Keys::of("sato", from("192.0.2.7"));
        assert_eq!(throttle.begin(&home, now()), Ok(()));
        throttle.succeeded(&home, now());
        let others = (0..10_000_u32).map(|number| Keys::of("sato", Some(IpAddr::from(number.to_be_bytes()))));
        assert!(let_through(&throttle, others) < 50, "the name as such is bounded");
        assert_eq!(throttle.begin(&home, now()), Ok(()));
    }

    #[test]
    fn an_own_success_does_not_reset_what_was_tried_on_others() {
        let throttle = Throttle::default();
        let own = Keys::of("sato", from("192.0.2.1"));
        let mut guesses = 0;
        for number in 0..200 {
            guesses += let_through(&throttle, [Keys::of(&format!("name{number}"), from("192.0.2.1"))]);
            if throttle.begin(&own, now()).is_ok() {
                throttle.succeeded(&own, now());
            }
        }
        assert!(guesses <= 41, "{guesses}");
    }

    #[test]
    fn a_network_is_one_address_and_a_mapped_loopback_none() {
        let throttle = Throttle::default();
        let network = (0..500_u32).map(|number| Keys::of("sato", from(&format!("2001:db8::{number:x}"))));
        assert_eq!(let_through(&throttle, network), 5);
        assert!(Keys::of("x", from("::ffff:127.0.0.1")).shared.is_empty());
    }

    #[test]
    fn a_flood_of_names_does_not_make_the_last_ones_forgotten() {
        let throttle = Throttle::default();
        for number in 0..MOST_REMEMBERED {
            let at = now() - TimeDelta::hours(1);
            throttle.begin(&Keys::of(&format!("name{number}"), None), at).ok();
        }
        let keys = Keys::of("sato", None);
        assert_eq!(let_through(&throttle, std::iter::repeat_n(keys.clone(), 10)), 5);
        let_through(&throttle, (0..20).map(|number| Keys::of(&format!("more{number}"), None)));
        assert!(throttle.begin(&keys, now()).is_err());
    }
}
