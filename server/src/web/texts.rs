//! The texts of the pages, from `locales/ja.yml` and `locales/en.yml`.

use std::{borrow::Cow, fmt};

use hokan_domain::text::Lang;

mod generated {
    rust_i18n::i18n!("locales");

    // The macro above reads these files without telling the compiler so; naming them here makes a change of
    // a text a reason to build again.
    const _: [&str; 2] = [include_str!("../../locales/ja.yml"), include_str!("../../locales/en.yml")];
}

/// The text for a key.
///
/// A key without a text shows itself: a page with one odd word is better than none. Tests see to it that
/// there is none.
pub(crate) fn text(lang: Lang, key: &str) -> Cow<'static, str> {
    generated::_rust_i18n_try_translate(lang.tag(), key).unwrap_or_else(|| Cow::Owned(key.to_owned()))
}

/// The text for a key with one value put in at `%{name}`.
pub(crate) fn text_with(lang: Lang, key: &str, name: &str, value: impl fmt::Display) -> String {
    rust_i18n::replace_patterns(&text(lang, key), &[name], &[value.to_string()])
}

#[cfg(test)]
mod tests {
    use std::{
        collections::{BTreeMap, BTreeSet},
        fs,
        path::Path,
    };

    use super::*;

    /// Keys with their texts, read independently of the macro: two levels, one text a line.
    fn file(tag: &str) -> BTreeMap<String, String> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("locales/{tag}.yml"));
        let mut group = String::new();
        let mut found = BTreeMap::new();
        for line in fs::read_to_string(path).unwrap().lines() {
            let Some((key, value)) = line.split_once(':') else { continue };
            if line.starts_with('#') || key.starts_with('_') {
                continue;
            }
            match key.strip_prefix("  ") {
                Some(key) => {
                    let value = value.trim().trim_matches('"').to_owned();
                    assert!(found.insert(format!("{group}.{key}"), value).is_none(), "{group}.{key} twice");
                }
                None => group = key.to_owned(),
            }
        }
        found
    }

    fn placeholders(text: &str) -> BTreeSet<&str> {
        text.split("%{").skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
    }

    #[test]
    fn both_languages_have_the_same_keys_and_values_to_put_in() {
        let (ja, en) = (file("ja"), file("en"));
        assert_eq!(ja.keys().collect::<Vec<_>>(), en.keys().collect::<Vec<_>>());
        assert!(ja.len() > 100);
        for (key, text_ja) in &ja {
            assert!(!text_ja.is_empty() && !en[key].is_empty(), "{key} is empty");
            assert_eq!(placeholders(text_ja), placeholders(&en[key]), "{key}");
            assert_eq!(text(Lang::Ja, key), *text_ja, "{key}");
            assert_eq!(text(Lang::En, key), en[key], "{key}");
        }
    }

    /// Every key that stands in quotes behind `t(`, `t1(`, `text(` or `text_with(` somewhere.
    fn used() -> BTreeSet<String> {
        fn walk(folder: &Path, found: &mut BTreeSet<String>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, found);
                    continue;
                }
                let content = fs::read_to_string(&path).unwrap();
                for quoted in content.split('"').skip(1).step_by(1) {
                    let looks_like_a_key = quoted.split('.').count() == 2
                        && quoted.split('.').all(|part| {
                            part.len() > 1 && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
                        });
                    if looks_like_a_key {
                        found.insert(quoted.to_owned());
                    }
                }
            }
        }
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut found = BTreeSet::new();
        walk(&root.join("templates"), &mut found);
        walk(&root.join("src/web"), &mut found);
        found
    }

    #[test]
    fn every_key_that_is_used_has_a_text_and_every_text_is_used() {
        const NOT_KEYS: [&str; 8] = [
            "app.css",
            "scan.js",
            "labels.js",
            "icon.svg",
            "layout.html",
            "hokan.webmanifest",
            "icon.png",
            "calibration.pdf",
        ];
        let ja = file("ja");
        let is_file = |word: &str| {
            NOT_KEYS.contains(&word)
                || [".html", ".svg", ".js", ".css", ".yml", ".png", ".pdf", ".crt"]
                    .iter()
                    .any(|end| word.ends_with(end))
        };
        let used = used();
        let unknown: Vec<&String> =
            used.iter().filter(|key| !is_file(key) && !ja.contains_key(*key)).collect();
        assert!(unknown.is_empty(), "without a text: {unknown:?}");
        let idle: Vec<&String> = ja.keys().filter(|key| !used.contains(*key)).collect();
        assert!(idle.is_empty(), "texts that nothing shows: {idle:?}");
    }
}
