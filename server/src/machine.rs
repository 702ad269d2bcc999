//! What machines may ask: the scopes of their tokens, and which route asks for which.
//!
//! A machine has a token of its own, made on a person's authority. What is not in [`SCOPES`] is for people:
//! acts need the person at the item, and no token stands for that. Observations are no acts but evidence.

use std::fmt;

use hokan_domain::text::Lang;

/// What stands before the secret of a machine's token, so that it is known where it turns up.
pub const TOKEN_PREFIX: &str = hokan_mobile_api::auth::MACHINE_PREFIX;

/// What a machine's token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Items, labels, places and containers, carry-outs.
    ReadRegister,
    /// What happened to an item, and how the obligations stand.
    ReadLedger,
    /// What has to go and when, and the calendars.
    ReadRetention,
    /// Incidents.
    ReadIncidents,
    /// Contracts with contractors.
    ReadContracts,
    /// The regulation in force.
    ReadRules,
    /// Hand in what a reader or gate saw.
    WriteObservations,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 7] = [
        Self::ReadRegister,
        Self::ReadLedger,
        Self::ReadRetention,
        Self::ReadIncidents,
        Self::ReadContracts,
        Self::ReadRules,
        Self::WriteObservations,
    ];

    /// The stable word used in the database and on the shell.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::ReadRegister => "read-register",
            Self::ReadLedger => "read-ledger",
            Self::ReadRetention => "read-retention",
            Self::ReadIncidents => "read-incidents",
            Self::ReadContracts => "read-contracts",
            Self::ReadRules => "read-rules",
            Self::WriteObservations => "write-observations",
        }
    }

    /// The scope that `code` names.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.code() == code)
    }

    /// What a person reads.
    #[must_use]
    pub fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::ReadRegister => lang
                .pick("台帳の閲覧（媒体・保管場所・持出し）", "Read the register: items, places, carry-outs"),
            Self::ReadLedger => lang.pick("履歴の閲覧", "Read the history of items"),
            Self::ReadRetention => lang.pick("保存期間の閲覧", "Read retention: what has to go, and when"),
            Self::ReadIncidents => lang.pick("事故の閲覧", "Read incidents"),
            Self::ReadContracts => lang.pick("委託契約の閲覧", "Read contracts"),
            Self::ReadRules => lang.pick("規程の閲覧", "Read the regulation in force"),
            Self::WriteObservations => lang.pick("読取りの記録の送信", "Hand in what a reader or gate saw"),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Which scope a route asks for: method, route below the interface's own address, scope. What is not here
/// refuses machines.
pub const SCOPES: &[(&str, &str, Scope)] = &[
    ("GET", "/directory", Scope::ReadRegister),
    ("GET", "/labels/{code}", Scope::ReadRegister),
    ("GET", "/items/{id}", Scope::ReadRegister),
    ("GET", "/carry-outs", Scope::ReadRegister),
    ("GET", "/carry-outs/{id}", Scope::ReadRegister),
    ("GET", "/containers/{id}", Scope::ReadRegister),
    ("GET", "/items/{id}/history", Scope::ReadLedger),
    ("GET", "/requirements", Scope::ReadLedger),
    ("GET", "/retention", Scope::ReadRetention),
    ("GET", "/retention/counts", Scope::ReadRetention),
    ("GET", "/calendars/{name}", Scope::ReadRetention),
    ("GET", "/incidents", Scope::ReadIncidents),
    ("GET", "/incidents/{id}", Scope::ReadIncidents),
    ("GET", "/contracts", Scope::ReadContracts),
    ("GET", "/contracts/{id}", Scope::ReadContracts),
    ("GET", "/profile", Scope::ReadRules),
    ("GET", "/profile/summary", Scope::ReadRules),
    ("POST", "/observations", Scope::WriteObservations),
];

/// Where the interfaces stand on the server.
const INTERFACES: [&str; 2] = ["/api/phone/v1", "/api/v1"];

/// The scope that a route asks of a machine; none where it refuses machines. `route` is the pattern of the
/// whole address, as in `/api/v1/items/{id}`.
#[must_use]
pub fn scope_of(method: &str, route: &str) -> Option<Scope> {
    let below = INTERFACES.iter().find_map(|base| route.strip_prefix(base))?;
    SCOPES.iter().find(|(known, path, _)| *known == method && *path == below).map(|(.., scope)| *scope)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_asks_for_its_scope_in_both_interfaces_and_refuses_machines_by_default() {
        assert_eq!(scope_of("GET", "/api/v1/items/{id}"), Some(Scope::ReadRegister));
        assert_eq!(scope_of("GET", "/api/phone/v1/items/{id}"), Some(Scope::ReadRegister));
        assert_eq!(scope_of("POST", "/api/phone/v1/observations"), Some(Scope::WriteObservations));
        for (method, route) in [
            ("POST", "/api/v1/items/{id}/acts"),
            ("POST", "/api/v1/items"),
            ("GET", "/api/v1/me"),
            ("GET", "/items/{id}"),
            ("GET", "/api/v2/items/{id}"),
        ] {
            assert_eq!(scope_of(method, route), None, "{method} {route}");
        }
    }

    #[test]
    fn every_scope_has_a_word_and_a_route() {
        for scope in Scope::ALL {
            assert_eq!(Scope::from_code(scope.code()), Some(scope));
            assert!(SCOPES.iter().any(|(.., asked)| *asked == scope), "{scope} opens nothing");
        }
    }
}
