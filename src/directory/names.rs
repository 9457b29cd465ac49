//! What countries are called, in the languages of the console.
//!
//! The table is made once from CLDR and committed; `names/README.md` says how.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Serialize;
use utoipa::ToSchema;

use crate::country::Country;

/// The names of a country.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"en": "Kyrgyzstan", "ru": "Кыргызстан", "ky": "Кыргызстан"}))]
pub struct Names {
    /// In English.
    pub en: &'static str,
    /// In Russian.
    pub ru: &'static str,
    /// In Kyrgyz.
    pub ky: &'static str,
}

static TABLE: LazyLock<BTreeMap<Country, Names>> =
    LazyLock::new(|| rows(include_str!("names/table.tsv")).collect());

fn rows(table: &'static str) -> impl Iterator<Item = (Country, Names)> {
    table.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut cells = line.split('\t');
        let code = cells.next()?.parse().ok()?;
        Some((code, Names { en: cells.next()?, ru: cells.next()?, ky: cells.next()? }))
    })
}

/// What `country` is called. Every country stands in the table.
#[must_use]
pub fn of(country: Country) -> Names {
    const NONE: Names = Names { en: "", ru: "", ky: "" };
    TABLE.get(&country).copied().unwrap_or(NONE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_country_has_a_name_in_every_language() {
        let table = include_str!("names/table.tsv");
        assert_eq!(rows(table).count(), 249);
        let codes: Vec<Country> = rows(table).map(|(code, _)| code).collect();
        assert_eq!(
            codes,
            Country::all().collect::<Vec<_>>(),
            "each once, in the order of the codes"
        );
        for country in Country::all() {
            let Names { en, ru, ky } = of(country);
            for name in [en, ru, ky] {
                assert!(!name.is_empty() && name.trim() == name, "{country}: {name:?}");
            }
            assert!(!en.chars().any(|letter| ('\u{400}'..'\u{500}').contains(&letter)), "{en}");
            for name in [ru, ky] {
                assert!(!name.chars().any(|letter| letter.is_ascii_alphabetic()), "{name}");
            }
        }
    }

    #[test]
    fn names_are_told_apart() {
        for language in [|names: Names| names.en, |names: Names| names.ru, |names: Names| names.ky]
        {
            let once: std::collections::BTreeSet<_> =
                Country::all().map(|country| language(of(country))).collect();
            assert_eq!(once.len(), 249);
        }
    }

    #[test]
    fn the_overrides_are_applied_and_each_says_why() {
        let mut seen = 0;
        for line in
            include_str!("names/overrides.tsv").lines().filter(|line| !line.starts_with('#'))
        {
            let cells: Vec<&str> = line.split('\t').collect();
            let [code, language, name, why] = cells[..] else { panic!("{line}") };
            let names = of(code.parse().unwrap());
            let found = match language {
                "en" => names.en,
                "ru" => names.ru,
                "ky" => names.ky,
                other => panic!("{other} is no language of the table"),
            };
            assert_eq!(found, name, "run scripts/country-names/make");
            assert!(why.len() > 5, "{line}");
            seen += 1;
        }
        assert!(seen > 5);
        assert_eq!(of("KG".parse().unwrap()).ru, "Кыргызстан");
    }
}
