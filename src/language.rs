//! Languages in which one can write to somebody.
//!
//! May import: `text_value`.

use std::str::FromStr;

use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::sql_types::Text;
use utoipa::ToSchema;

use crate::text_value;

/// A language tag of BCP 47: two or three small letters with optional subtags, such as `ky` or `zh-Hant`.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, ToSchema, AsExpression, FromSqlRow,
)]
#[diesel(sql_type = Text)]
#[schema(value_type = String, example = "ky")]
pub struct Language(String);

impl Language {
    /// The tag.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Language {
    type Err = &'static str;

    fn from_str(tag: &str) -> Result<Self, Self::Err> {
        let mut subtags = tag.split('-');
        let primary = subtags.next().unwrap_or_default();
        let fine = tag.len() <= 35
            && (2..=3).contains(&primary.len())
            && primary.bytes().all(|byte| byte.is_ascii_lowercase())
            && subtags.all(|subtag| {
                (2..=8).contains(&subtag.len())
                    && subtag.bytes().all(|byte| byte.is_ascii_alphanumeric())
            });
        if fine {
            Ok(Self(tag.to_owned()))
        } else {
            Err("expected a language tag, such as ky or zh-Hant")
        }
    }
}

text_value!(Language);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_a_tag() {
        for right in ["ky", "rus", "zh-Hant", "uz-Latn-UZ"] {
            assert_eq!(right.parse::<Language>().unwrap().as_str(), right);
        }
        for wrong in ["", "k", "KY", "kyrg", "ky-", "ky_KG", "kü"] {
            assert!(wrong.parse::<Language>().is_err(), "{wrong}");
        }
    }
}
