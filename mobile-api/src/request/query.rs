//! What stands behind the question mark of an address.

use axum::{extract::FromRequestParts, http::request::Parts};
use hokan_domain::{custody::ActKind, text::Lang};

use super::read::{Expected, Words, must_be};
use crate::{auth::language_of, problem::Problem};

/// Which of a list are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Show {
    /// Those that still need something.
    #[default]
    Open,
    /// Those that have ended, too.
    All,
}

const ACTS: Words = || ActKind::ALL.iter().map(|kind| kind.code()).collect();
const SHOWN: Words = || vec!["open", "all"];

/// What was asked for in a query. Its values are words of closed lists, so nothing needs to be decoded.
pub(crate) trait FromQuery: Sized {
    /// Reads it from the query, which may be empty.
    fn from_query(query: &str, lang: Lang) -> Result<Self, Problem>;
}

/// What was asked for in a query, read and checked.
pub(crate) struct Asked<T>(pub(crate) T);

impl<T: FromQuery, S: Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let lang = language_of(&parts.headers, &parts.uri);
        T::from_query(parts.uri.query().unwrap_or_default(), lang).map(Self)
    }
}

impl FromQuery for Show {
    fn from_query(query: &str, lang: Lang) -> Result<Self, Problem> {
        match value(query, "show") {
            None | Some("open") => Ok(Self::Open),
            Some("all") => Ok(Self::All),
            Some(_) => Err(must_be("show", Expected::OneOf(SHOWN), lang)),
        }
    }
}

impl FromQuery for ActKind {
    fn from_query(query: &str, lang: Lang) -> Result<Self, Problem> {
        let kind = value(query, "act").and_then(Self::from_code);
        kind.ok_or_else(|| must_be("act", Expected::OneOf(ACTS), lang))
    }
}

fn value<'q>(query: &'q str, name: &str) -> Option<&'q str> {
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}
