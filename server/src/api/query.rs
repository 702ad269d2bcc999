//! What stands behind the question mark of an address: days, ids and words, none of which needs to be decoded.

use axum::{extract::FromRequestParts, http::request::Parts};
use chrono::NaiveDate;
use hokan_domain::text::Lang;
use hokan_mobile_api::{Problem, ProblemCode, auth::language_of};

/// What was asked for, key by key. Ask for each, then [`Query::finish`].
pub(crate) struct Query {
    lang: Lang,
    pairs: Vec<(String, String)>,
}

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Self::read(parts.uri.query().unwrap_or_default(), language_of(&parts.headers, &parts.uri)))
    }
}

impl Query {
    fn read(query: &str, lang: Lang) -> Self {
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        Self { lang, pairs: pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect() }
    }

    /// Every value of a key, in the order in which they were sent.
    pub(crate) fn every(&mut self, key: &str) -> Vec<String> {
        let (theirs, others) =
            std::mem::take(&mut self.pairs).into_iter().partition(|(known, _)| known == key);
        self.pairs = others;
        theirs.into_iter().map(|(_, value): (String, String)| value).collect()
    }

    /// The one value of a key.
    pub(crate) fn one(&mut self, key: &'static str) -> Result<Option<String>, Problem> {
        let mut values = self.every(key);
        match values.len() {
            0 | 1 => Ok(values.pop()),
            _ => Err(self.wrong(key, "一つだけ指定してください。", "Give it once.")),
        }
    }

    /// A day.
    pub(crate) fn date(&mut self, key: &'static str) -> Result<Option<NaiveDate>, Problem> {
        let Some(text) = self.one(key)? else { return Ok(None) };
        let day = NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok().filter(|day| day.to_string() == text);
        match day {
            Some(day) => Ok(Some(day)),
            None => {
                Err(self.wrong(key, "2025-04-01の形の日付にしてください。", "It is a date like 2025-04-01."))
            }
        }
    }

    /// Whether `all` are asked for and not only what is `open`.
    pub(crate) fn shows_all(&mut self) -> Result<bool, Problem> {
        match self.one("show")?.as_deref() {
            None | Some("open") => Ok(false),
            Some("all") => Ok(true),
            Some(_) => Err(self.wrong("show", "openかallにしてください。", "It is open or all.")),
        }
    }

    /// A mistake under this key.
    pub(crate) fn wrong(&self, key: &'static str, ja: &str, en: &str) -> Problem {
        let detail =
            self.lang.pick(format!("アドレスの「{key}」: {ja}"), format!("“{key}” in the address: {en}"));
        Problem::new(ProblemCode::BadRequestBody, self.lang).with_detail(detail).with_field(key)
    }

    /// That nothing else was asked for; the language of the answer may always be.
    pub(crate) fn finish(self) -> Result<(), Problem> {
        if self.pairs.iter().all(|(key, _)| key == "lang") {
            return Ok(());
        }
        let detail = self.lang.pick(
            "アドレスに、ここでは使えない項目があります。取り除いてください。",
            "The address asks for something that does not exist here. Take it out.",
        );
        Err(Problem::new(ProblemCode::BadRequestBody, self.lang).with_detail(detail))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_asked_for_may_stand_there() {
        let mut query = Query::read("item=a&lang=en&item=b&from=2026-04-01", Lang::En);
        assert_eq!(query.every("item"), ["a", "b"]);
        assert_eq!(query.date("from").unwrap(), NaiveDate::from_ymd_opt(2026, 4, 1));
        assert!(query.finish().is_ok());
        assert!(Query::read("colour=red", Lang::En).finish().is_err());
    }

    #[test]
    fn a_day_is_written_in_one_way_and_given_once() {
        for query in ["from=2026-4-1", "from=tomorrow", "from=", "from=2026-04-01&from=2026-04-02"] {
            assert!(Query::read(query, Lang::Ja).date("from").is_err(), "{query}");
        }
    }
}
