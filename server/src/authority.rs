//! For whom each address is: one line for every route of the pages, of the phone's interface and of the desk's.
//!
//! The table says what the guards and the rules do; it does nothing by itself. A test walks every route that the
//! program has, over a real connection, and holds the program to it: a route without a line here fails the test,
//! and so does a line without a route, a route that answers a stranger, and one that takes an act from whom the
//! table does not name. `docs/routes.md` is made from it.

use std::collections::BTreeMap;

use hokan_domain::{person::Part, text::Lang};

use crate::{api, serve, web};

/// For whom a route is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Whoever can reach the server. The test holds the list of these with its length.
    Public,
    /// Whoever has a session, also one that may do nothing yet but finish signing in.
    AnySession,
    /// Whoever is signed in, whatever his part: what is shown or taken is for everybody who works with the
    /// register, auditors among them.
    SignedIn,
    /// Whoever plays one of these parts.
    Parts(&'static [Part]),
    /// The rules of the register judge each act by part, by role of the regulation, by division, and by what was
    /// asked before; who may do what stands in `docs/authority.md`. Somebody whom no rule names is refused with
    /// one of the codes of authority (403).
    Rules,
}

/// A line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The address; of the interfaces what follows after their base.
    pub path: &'static str,
    /// For whom it is.
    pub audience: Audience,
    /// What it is there for; of a public one, why a stranger may have it.
    pub what: &'static str,
}

macro_rules! entries {
    ($($method:ident $path:literal $audience:expr, $what:literal;)*) => {
        &[$(Entry { method: stringify!($method), path: $path, audience: $audience, what: $what }),*]
    };
}

use Audience::{AnySession, Parts, Public, Rules, SignedIn};

const PRINTING: Audience = Parts(&[Part::Handler, Part::Administrator]);
const ADMINISTRATORS: Audience = Parts(&[Part::Administrator]);
/// Those, and whom the regulation lets review the trail.
const TRAIL: Audience = Parts(&[Part::Auditor, Part::Custodian, Part::Administrator]);

/// Those, and the officers whom the regulation lets designate, register or validate.
const PEOPLE: Audience = Parts(&[Part::Auditor, Part::Administrator]);

/// The pages, and what the server says of its health.
pub const PAGES: &[Entry] = entries! {
    GET  "/healthz" Public, "that the process lives; says nothing else";
    GET  "/readyz" Public, "that the database answers; says nothing else";
    GET  "/sign-in" Public, "the form to sign in with";
    POST "/sign-in" Public, "signing in";
    POST "/sign-in/passkey" Public, "signing in with a passkey";
    POST "/sign-in/passkey/challenge" Public, "what a passkey has to sign";
    GET  "/sign-in/second" Public, "the form for the second factor, for whoever knew a password";
    POST "/sign-in/second" Public, "the second factor, for whoever knew a password";
    GET  "/setup/{token}" Public, "the form for the first administrator, behind a secret that only the console shows";
    POST "/setup/{token}" Public, "making the first administrator, once";
    GET  "/trust" Public, "how to trust the server's certificate, before its pages can be opened without a warning";
    GET  "/trust/hokan-ca.crt" Public, "the authority's certificate itself, which holds nothing secret";
    GET  "/static/{*path}" Public, "style, script and pictures of the pages, and the empty scan page for where there is no signal: the same for everybody";
    POST "/sign-in/provider" Public, "the way to the body's own identity provider";
    GET  "/sign-in/provider/return" Public, "the way back from there, for the browser that was sent";
    GET  "/pair/{token}" Public, "what a phone sees that is to be paired, before its person has signed in on it";
    POST "/sign-out" AnySession, "ending one's own session";
    GET  "/account/password" AnySession, "the form for another password";
    POST "/account/password" AnySession, "changing one's own password, with the old one";
    GET  "/account/second-factor" AnySession, "the form for an authenticator app";
    POST "/account/second-factor" AnySession, "setting up one's own authenticator app";
    GET  "/account/passkeys" AnySession, "the form for a passkey";
    POST "/account/passkeys" AnySession, "registering one's own passkey";
    POST "/account/passkeys/challenge" AnySession, "what a new passkey has to sign";
    GET  "/account/prove" AnySession, "the form for proving oneself again";
    POST "/account/prove" AnySession, "proving oneself again";
    GET  "/account" SignedIn, "how I sign in, and where I am signed in";
    POST "/account/recovery-codes" SignedIn, "making one's own recovery codes anew";
    POST "/account/passkeys/{id}/remove" SignedIn, "taking one's own passkey off the list";
    POST "/account/sessions/end-others" SignedIn, "ending one's own other sessions";
    POST "/account/sessions/{id}/end" SignedIn, "ending one of one's own sessions";
    GET  "/accounts" ADMINISTRATORS, "how everybody signs in";
    POST "/accounts/{id}" ADMINISTRATORS, "one-time passwords, suspension, lost second factors, sessions of others";
    GET  "/" SignedIn, "what concerns me";
    GET  "/scan" SignedIn, "the camera";
    POST "/scan" SignedIn, "reading a photograph for labels";
    GET  "/L/{code}" SignedIn, "what a label leads to";
    GET  "/l/{code}" SignedIn, "what a label leads to";
    GET  "/items" SignedIn, "the list of items";
    GET  "/items/{id}" SignedIn, "an item with its history";
    POST "/items/{id}/acts" Rules, "an act on an item";
    GET  "/items/{id}/copy" SignedIn, "the form for a copy";
    POST "/items/{id}/copy" Rules, "copying contents";
    GET  "/items/{id}/certificate.pdf" SignedIn, "the certificate of a destruction";
    GET  "/files/{id}" SignedIn, "a photograph or a contractor's certificate; each reading is in the trail";
    GET  "/inbox" SignedIn, "what waits for me";
    GET  "/menu" SignedIn, "the list of pages";
    GET  "/discrepancies" SignedIn, "what is contradictory";
    GET  "/retention" SignedIn, "what has to go, and when";
    GET  "/carry-outs" SignedIn, "the list of carry-outs";
    GET  "/carry-outs/new" SignedIn, "the form for a carry-out";
    POST "/carry-outs/new" Rules, "asking for a carry-out";
    GET  "/carry-outs/{id}" SignedIn, "a carry-out";
    POST "/carry-outs/{id}/acts" Rules, "an act on a carry-out";
    GET  "/carry-outs/{id}/amend" SignedIn, "the form for another plan";
    POST "/carry-outs/{id}/amend" Rules, "asking for the carry-out with another plan";
    GET  "/containers/{id}" SignedIn, "a container";
    POST "/containers/{id}/acts" Rules, "locking or opening a container";
    GET  "/incidents" SignedIn, "the list of incidents";
    GET  "/incidents/new" SignedIn, "the form for an incident";
    POST "/incidents/new" SignedIn, "reporting an incident: whoever learns of one is to report it";
    GET  "/incidents/{id}" SignedIn, "an incident";
    POST "/incidents/{id}/acts" Rules, "an act on an incident";
    GET  "/register" SignedIn, "the form for a new item";
    POST "/register" Rules, "registering an item";
    GET  "/labels" SignedIn, "printings, stocks and printers";
    POST "/labels" PRINTING, "printing labels";
    POST "/labels/printers" PRINTING, "setting a printer's offset";
    GET  "/labels/calibration.pdf" PRINTING, "a sheet to measure a printer with";
    GET  "/labels/{sheet}" PRINTING, "a sheet of labels again";
    GET  "/ledger" SignedIn, "the newest checkpoint, for whoever wants to take it down";
    GET  "/people" PEOPLE, "who there is, for whoever keeps the register of people";
    GET  "/people/{id}" PEOPLE, "a person's record; each look is in the trail";
    POST "/people/{id}/acts" Rules, "appointing, designating, ending, transfer";
    GET  "/permission-ledger" PEOPLE, "who may what; each look is in the trail";
    POST "/permission-ledger/validations" Rules, "beginning a validation of the permission ledger";
    POST "/permission-ledger/validations/{id}" Rules, "finding an entry right, or signing off";
    GET  "/viewer-ids" PEOPLE, "the book of viewer ids on loan";
    POST "/viewer-ids" Rules, "lending a viewer id";
    POST "/viewer-ids/{id}" Rules, "recording that a viewer id came back";
    GET  "/trail" TRAIL, "the trail";
    POST "/trail/reviews" TRAIL, "signing off that the trail was looked through";
    POST "/trail/suspicions/{id}" TRAIL, "settling what looked wrong";
    POST "/pair/{token}" SignedIn, "pairing a phone of one's own";
    GET  "/account/phones" SignedIn, "one's own phones; administrators see everybody's";
    POST "/account/phones" SignedIn, "offering to pair one";
    POST "/account/phones/{id}/name" SignedIn, "another name for one of one's own";
    POST "/account/phones/{id}/revoke" SignedIn, "revoking one of one's own; administrators revoke anybody's";
    GET  "/tokens" ADMINISTRATORS, "machines' tokens";
    POST "/tokens" ADMINISTRATORS, "a new token for a machine";
    POST "/tokens/{id}/revoke" ADMINISTRATORS, "revoking one";
};

/// The operations of both interfaces.
pub const OPERATIONS: &[Entry] = entries! {
    GET  "/openapi.json" Public, "the description of the interface, which holds no data of the body's";
    POST "/sign-in" Public, "signing in";
    POST "/sign-in/second" Public, "the second factor, for whoever knew a password";
    POST "/sign-out" AnySession, "ending one's own session";
    POST "/prove" AnySession, "proving oneself again";
    POST "/pair" SignedIn, "pairing this phone";
    GET  "/me" SignedIn, "what concerns me";
    GET  "/inbox" SignedIn, "what waits for me";
    GET  "/directory" SignedIn, "what there is to choose from";
    GET  "/labels/{code}" SignedIn, "what a label leads to";
    POST "/photo" SignedIn, "reading a photograph for labels; it is not kept";
    POST "/items" Rules, "registering an item";
    GET  "/items/{id}" SignedIn, "an item";
    GET  "/items/{id}/history" SignedIn, "everything that happened to it";
    GET  "/items/{id}/explanation" SignedIn, "why an act is open or not";
    POST "/items/{id}/copies" Rules, "copying contents";
    POST "/items/{id}/acts" Rules, "an act on an item";
    POST "/observations" SignedIn, "what was seen without signal: evidence is never refused, and judged afterwards";
    POST "/files" Rules, "keeping a photograph or a certificate, for whoever can name it in an act";
    GET  "/files/{id}" SignedIn, "a photograph or a contractor's certificate; each reading is in the trail";
    GET  "/carry-outs" SignedIn, "the list of carry-outs";
    POST "/carry-outs" Rules, "asking for a carry-out";
    GET  "/carry-outs/{id}" SignedIn, "a carry-out";
    POST "/carry-outs/{id}/acts" Rules, "an act on a carry-out";
    GET  "/containers/{id}" SignedIn, "a container";
    POST "/containers/{id}/acts" Rules, "locking or opening a container";
    GET  "/incidents" SignedIn, "the list of incidents";
    POST "/incidents" SignedIn, "reporting an incident: whoever learns of one is to report it";
    GET  "/incidents/{id}" SignedIn, "an incident";
    POST "/incidents/{id}/acts" Rules, "an act on an incident";
};

/// The operations that the desk's interface has beside those.
pub const DESK: &[Entry] = entries! {
    GET  "/profile" SignedIn, "the regulation in force";
    GET  "/profile/summary" SignedIn, "the same as a text";
    POST "/profile/values" ADMINISTRATORS, "setting a number that the regulation leaves to the body";
    GET  "/retention" SignedIn, "what has to go, and when";
    GET  "/retention/counts" SignedIn, "how much of it there is";
    POST "/purge" Parts(&[Part::Custodian, Part::Administrator]), "the sweep, and its dry run";
    GET  "/calendars/{name}" SignedIn, "a calendar";
    POST "/calendars/{name}" ADMINISTRATORS, "marking a day of it";
    GET  "/contracts" SignedIn, "the list of contracts";
    POST "/contracts" Rules, "beginning a contract";
    GET  "/contracts/{id}" SignedIn, "a contract";
    POST "/contracts/{id}/acts" Rules, "an act on a contract";
    GET  "/certificates" SignedIn, "the certificate of a destruction";
    GET  "/requirements" SignedIn, "which obligation is proven by which test";
    GET  "/people" PEOPLE, "who there is, for whoever keeps the register of people";
    GET  "/people/{id}" PEOPLE, "a person's record; each look is in the trail";
    POST "/people/{id}" Rules, "appointing, designating, ending, transfer";
    GET  "/permission-ledger" PEOPLE, "who may what; each look is in the trail";
    POST "/permission-ledger/validations" Rules, "beginning a validation of the permission ledger";
    POST "/permission-ledger/validations/{id}" Rules, "finding an entry right, or signing off";
    GET  "/viewer-ids" PEOPLE, "the book of viewer ids on loan";
    POST "/viewer-ids" Rules, "lending a viewer id";
    POST "/viewer-ids/{id}" Rules, "recording that a viewer id came back";
    GET  "/trail" TRAIL, "the trail";
    GET  "/trail/status" TRAIL, "how the trail stands";
    POST "/trail/reviews" TRAIL, "signing off that the trail was looked through";
    POST "/trail/suspicions/{id}" TRAIL, "settling what looked wrong";
    POST "/trail/limits" ADMINISTRATORS, "setting the numbers of the rules of the watch";
};

/// Where the phone's interface is nested.
pub const PHONE_BASE: &str = "/api/phone/v1";
/// Where the desk's interface is nested.
pub const DESK_BASE: &str = "/api/v1";

/// Every route of the program by method and whole address, as its parts declare them: the route table of the
/// pages and the documents that the interfaces make of their own routes.
#[must_use]
pub fn routes() -> Vec<(String, String)> {
    let pages = web::ROUTES.iter().chain(serve::HEALTH_ROUTES);
    let mut routes: Vec<_> = pages.map(|route| (route.method.to_owned(), route.path.to_owned())).collect();
    for (base, document) in [(PHONE_BASE, hokan_mobile_api::openapi()), (DESK_BASE, api::document())] {
        for (path, item) in document.paths.paths {
            let methods = [
                ("GET", item.get.is_some()),
                ("POST", item.post.is_some()),
                ("PUT", item.put.is_some()),
                ("PATCH", item.patch.is_some()),
                ("DELETE", item.delete.is_some()),
            ];
            for (method, _) in methods.into_iter().filter(|(_, there)| *there) {
                routes.push((method.to_owned(), format!("{base}{path}")));
            }
        }
    }
    routes
}

/// The whole table by method and whole address.
#[must_use]
pub fn table() -> BTreeMap<(String, String), Entry> {
    let under = |base: &'static str, entries: &'static [Entry]| {
        entries.iter().map(move |entry| ((entry.method.to_owned(), format!("{base}{}", entry.path)), *entry))
    };
    under("", PAGES)
        .chain(under(PHONE_BASE, OPERATIONS))
        .chain(under(DESK_BASE, OPERATIONS))
        .chain(under(DESK_BASE, DESK))
        .collect()
}

impl Audience {
    /// For whom, in words.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Public => "anybody".to_owned(),
            AnySession => "any session".to_owned(),
            SignedIn => "signed in".to_owned(),
            Rules => "by the rules of the act".to_owned(),
            Parts(parts) => {
                let names: Vec<_> = parts.iter().map(|part| part.name(Lang::En).to_lowercase()).collect();
                names.join(", ")
            }
        }
    }
}

/// The table as a page of the documents, in Markdown.
#[must_use]
pub fn document() -> String {
    let mut text = String::from(
        "# Routes and for whom they are\n\n\
         Made from `server/src/authority.rs`, which a test holds against every route of the program\n\
         (`tests/tests/it/authority.rs`); do not edit it by hand. Renewed with `HOKAN_UPDATE_SNAPSHOTS=1`.\n\
         Who may do which act is in [authority](authority.md).\n\n\
         - *anybody*: no session is asked. The list can only shrink: the test holds its length.\n\
         - *any session*: also one that must first change its password or show a second factor.\n\
         - *signed in*: everybody who works with the register, auditors among them.\n\
         - *by the rules of the act*: judged by part, role, division and what was asked before, by the same function\n  \
           that pages ask before they show a button.\n\
         - otherwise the parts that may.\n",
    );
    for (title, entries) in [
        ("Pages and health", PAGES),
        ("Both interfaces, under `/api/phone/v1` and `/api/v1`", OPERATIONS),
        ("The desk's interface, under `/api/v1`", DESK),
    ] {
        text.push_str(&format!("\n## {title}\n\n| Route | For whom | What |\n| --- | --- | --- |\n"));
        for Entry { method, path, audience, what } in entries {
            text.push_str(&format!("| `{method} {path}` | {} | {what} |\n", audience.words()));
        }
    }
    text
}
