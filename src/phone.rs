//! Telephone numbers at which somebody is called across borders.
//!
//! May import: `text_value`.

use std::str::FromStr;

use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::sql_types::Text;
use utoipa::ToSchema;

use crate::text_value;

/// A number with its country code (E.164): a plus and 7 to 15 digits of which the first is no zero. Spaces, dashes and
/// brackets may part them, and are kept as they were written.
#[derive(Debug, Clone, PartialEq, Eq, Hash, ToSchema, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
#[schema(value_type = String, example = "+996 312 123456")]
pub struct Phone(String);

impl Phone {
    /// The number as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Phone {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let number = text.strip_prefix('+').unwrap_or_default();
        let digits: Vec<u8> = number.bytes().filter(u8::is_ascii_digit).collect();
        let fine = number.len() <= 32
            && number.bytes().all(|byte| byte.is_ascii_digit() || b" -()".contains(&byte))
            && (7..=15).contains(&digits.len())
            && digits.first() != Some(&b'0');
        if fine {
            Ok(Self(text.to_owned()))
        } else {
            Err("expected a number with its country code, such as +996 312 123456")
        }
    }
}

text_value!(Phone);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_its_country_code() {
        for right in ["+996312123456", "+1 202 555 0100", " +44 (20) 7946-0000 "] {
            assert_eq!(right.parse::<Phone>().unwrap().as_str(), right.trim());
        }
        for wrong in
            ["", "+", "996312123456", "+0996312123", "+12345", "+1234567890123456", "+1x2345678"]
        {
            assert!(wrong.parse::<Phone>().is_err(), "{wrong}");
        }
    }
}
