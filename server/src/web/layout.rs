//! What is around every page, and how a template becomes an answer.

use std::{borrow::Cow, fmt};

use askama::Template;
use axum::{
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};
use chrono::NaiveDate;
use hokan_domain::{japan_date, label::LabelId, text::Lang};
use hokan_mobile_api::Problem;

use super::{assets, error::Failed, texts};
use crate::app::{InboxKind, PRODUCT};

/// Which part of the navigation a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nav {
    /// None of them.
    Elsewhere,
    /// What concerns the person.
    Home,
    /// Reading a label.
    Scan,
    /// The register.
    Items,
    /// Printing labels.
    Labels,
    /// The ledger.
    Ledger,
    /// What leaves the house.
    CarryOuts,
    /// What has no place in the bar.
    Menu,
}

/// The signed-in person, as the head of a page shows him or her.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Viewer {
    /// The display name.
    pub(crate) name: String,
}

/// What every page shows.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    /// The language of the page.
    pub(crate) lang: Lang,
    /// What the page is about.
    pub(crate) title: String,
    /// The town or association.
    pub(crate) body_name: String,
    /// Where in the navigation.
    pub(crate) nav: Nav,
    /// The address of the page, to which a change of language returns.
    pub(crate) here: String,
    /// Who is signed in.
    pub(crate) viewer: Option<Viewer>,
    /// What its forms must carry.
    pub(crate) csrf: String,
}

impl Page {
    /// The text for a key.
    pub(crate) fn t(&self, key: &str) -> Cow<'static, str> {
        texts::text(self.lang, key)
    }

    /// The text for a key with a value put in.
    pub(crate) fn t1(&self, key: &str, name: &str, value: impl fmt::Display) -> String {
        texts::text_with(self.lang, key, name, value)
    }

    /// Whether the town or association has given its name; until then the product's stands in its place.
    pub(crate) fn has_body(&self) -> bool {
        self.body_name != PRODUCT
    }

    /// Whether the page is in this part of the navigation, as the name of its icon.
    pub(crate) fn is_in(&self, part: &str) -> bool {
        let own = match self.nav {
            Nav::Elsewhere => "",
            Nav::Home => "home",
            Nav::Scan => "scan",
            Nav::Items => "items",
            Nav::Labels => "labels",
            Nav::Ledger => "ledger",
            Nav::CarryOuts => "carry-outs",
            Nav::Menu => "menu",
        };
        own == part
    }

    /// What kind of thing waits.
    pub(crate) fn waiting(&self, kind: &InboxKind) -> &'static str {
        kind.name(self.lang)
    }

    /// The address of a file that pages are made of, which may be kept for ever.
    #[expect(clippy::unused_self, reason = "templates reach functions through the page")]
    pub(crate) fn asset(&self, path: &str) -> String {
        assets::url(path)
    }

    /// The language tag of the other language.
    pub(crate) fn other_lang(&self) -> &'static str {
        match self.lang {
            Lang::Ja => Lang::En.tag(),
            Lang::En => Lang::Ja.tag(),
        }
    }

    /// The address of this page in the other language.
    pub(crate) fn in_other_lang(&self) -> String {
        let (path, query) = self.here.split_once('?').unwrap_or((&self.here, ""));
        let kept = query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("lang="));
        let query: String = kept.map(|pair| format!("{pair}&")).collect();
        format!("{path}?{query}lang={}", self.other_lang())
    }

    /// A label's code as people read it.
    #[expect(clippy::unused_self, reason = "templates reach functions through the page")]
    pub(crate) fn grouped(&self, code: &LabelId) -> String {
        let text = code.as_str();
        match (text.get(..4), text.get(4..8), text.get(8..)) {
            (Some(first), Some(second), Some(third)) => format!("{first}-{second}-{third}"),
            _ => text.to_owned(),
        }
    }

    /// A day: `2026-11-23（令和8年11月23日）`.
    pub(crate) fn day(&self, day: &NaiveDate) -> String {
        match self.lang {
            Lang::Ja => format!("{day}（{}）", japan_date::wareki(*day)),
            Lang::En => day.to_string(),
        }
    }

    /// A moment in Japan time.
    #[expect(clippy::unused_self, reason = "templates reach functions through the page")]
    pub(crate) fn moment(&self, at: &chrono::DateTime<chrono::Utc>) -> String {
        japan_date::jst_date_time(*at)
    }

    /// A moment for programs, as the `datetime` of a `<time>`.
    #[expect(clippy::unused_self, reason = "templates reach functions through the page")]
    pub(crate) fn machine_time(&self, at: &chrono::DateTime<chrono::Utc>) -> String {
        at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
    }

    /// A number with its thousands parted.
    #[expect(clippy::unused_self, reason = "templates reach functions through the page")]
    pub(crate) fn number(&self, number: impl fmt::Display) -> String {
        let digits = number.to_string();
        let mut text = String::with_capacity(digits.len() * 4 / 3);
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                text.push(',');
            }
            text.push(digit);
        }
        text
    }
}

/// A page with status 200.
pub(crate) fn html(lang: Lang, template: &impl Template) -> Result<Response, Failed> {
    html_with(StatusCode::OK, lang, template)
}

/// A page with another status.
pub(crate) fn html_with(
    status: StatusCode,
    lang: Lang,
    template: &impl Template,
) -> Result<Response, Failed> {
    match template.render() {
        Ok(text) => Ok((status, Html(text)).into_response()),
        Err(error) => Err(Problem::internal(lang, &error).into()),
    }
}

/// Puts a text into an address.
pub(crate) fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut encoded, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => {
                encoded.push(char::from(byte));
            }
            _ => {
                use fmt::Write as _;
                // Writing into a string cannot fail.
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(lang: Lang, here: &str) -> Page {
        Page {
            lang,
            title: String::new(),
            body_name: String::new(),
            nav: Nav::Home,
            here: here.to_owned(),
            viewer: None,
            csrf: String::new(),
        }
    }

    #[test]
    fn the_other_language_keeps_the_rest_of_the_address() {
        assert_eq!(page(Lang::Ja, "/items").in_other_lang(), "/items?lang=en");
        assert_eq!(
            page(Lang::En, "/items?lang=en&q=%E4%BF%9D&page=2").in_other_lang(),
            "/items?q=%E4%BF%9D&page=2&lang=ja"
        );
    }

    #[test]
    fn numbers_and_days_read_well() {
        let page = page(Lang::Ja, "/");
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (12_345_678, "12,345,678")] {
            assert_eq!(page.number(number), text);
        }
        let day = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
        assert_eq!(page.day(&day), "2026-11-23（令和8年11月23日）");
        assert_eq!(page.grouped(&"JPJTJ39B5DV3".parse().unwrap()), "JPJT-J39B-5DV3");
        assert_eq!(percent_encoded("/L/X?a=保 &"), "/L/X%3Fa%3D%E4%BF%9D%20%26");
    }
}
