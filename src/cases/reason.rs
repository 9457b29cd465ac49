//! Why somebody did what must be explained.
//!
//! A [`Reason`] is trimmed, not empty, at most 2000 characters, without control characters but line breaks and tabs.
//! Rules that demand a reason take one, so that it cannot be forgotten.
//!
//! May import: `text_value`.

use std::str::FromStr;

use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::sql_types::Text;
use utoipa::ToSchema;

use crate::text_value;

/// The longest reason, in characters.
pub const LONGEST: usize = 2000;

/// A reason, in words.
#[derive(Debug, Clone, PartialEq, Eq, Hash, ToSchema, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
#[schema(value_type = String, min_length = 1, max_length = 2000, example = "Seen at another post")]
pub struct Reason(String);

impl Reason {
    /// The words.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Reason {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let trimmed = text.trim();
        if trimmed.is_empty() || trimmed.chars().count() > LONGEST {
            return Err(format!("expected a reason of 1 to {LONGEST} characters"));
        }
        if trimmed.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            return Err("expected no control characters but line breaks and tabs".to_owned());
        }
        Ok(Self(trimmed.to_owned()))
    }
}

text_value!(Reason);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_trimmed_and_of_sensible_length() {
        assert_eq!(" Wrong post\n".parse::<Reason>().unwrap().as_str(), "Wrong post");
        assert!("я".repeat(2000).parse::<Reason>().is_ok());
        for wrong in ["", " \n\t ", "a\u{0}b", &"я".repeat(2001)] {
            assert!(wrong.parse::<Reason>().is_err());
        }
    }
}
