//! Who needs a second factor to sign in.
//!
//! Whoever approves, witnesses, keeps the rules, audits or sets things up, in a part or in a role of the
//! regulation, and everybody where the regulation says so. A handler needs none unless it does: what he may
//! do alone, others see.

use crate::{
    person::{Part, Person},
    profile::SignInRules,
};

/// Whether this person needs a second factor under these rules.
#[must_use]
pub fn is_needed(person: &Person, rules: &SignInRules) -> bool {
    rules.second_factor_for_all.is_some()
        || !person.roles.is_empty()
        || person.parts.iter().any(|part| *part != Part::Handler)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use uuid::Uuid;

    use super::*;
    use crate::{
        ids::PersonId,
        person::RoleHeld,
        profile::{NATIONAL_DEFAULT, Profile},
    };

    fn person(parts: &[Part], roles: &[&str]) -> Person {
        let held = |role: &&str| RoleHeld { role: (*role).into(), division: None, deputy_for: None };
        Person {
            id: PersonId(Uuid::from_u128(1)),
            active: true,
            parts: parts.iter().copied().collect(),
            roles: roles.iter().map(held).collect::<BTreeSet<_>>(),
        }
    }

    #[test]
    fn who_decides_needs_two_factors() {
        let mut rules = Profile::parse(NATIONAL_DEFAULT).unwrap().sign_in;
        rules.second_factor_for_all = None;
        for part in Part::ALL {
            assert_eq!(is_needed(&person(&[part], &[]), &rules), part != Part::Handler, "{part:?}");
            assert!(is_needed(&person(&[Part::Handler, part], &["protection-officer"]), &rules));
        }
        assert!(!is_needed(&person(&[], &[]), &rules));
        rules.second_factor_for_all = Some(rules.idle.1.clone());
        assert!(is_needed(&person(&[Part::Handler], &[]), &rules), "the regulation asks everybody");
    }
}
