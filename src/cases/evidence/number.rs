//! The number by which officers call an item within its case: `E-7K3Q`.
//!
//! Four random characters of Crockford's base 32. A counter would tell by its gaps that there are items which the
//! reader is not shown.
//!
//! May import: `text_value`.

use std::str::FromStr;

use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::sql_types::Text;
use utoipa::ToSchema;

use crate::text_value;

/// Crockford's base 32: no I, L, O, U.
const ALPHABET: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH: usize = 4;

/// An item's number within its case, such as `E-7K3Q`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, ToSchema, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
#[schema(value_type = String, example = "E-7K3Q", pattern = "^E-[0-9A-HJKMNP-TV-Z]{4}$")]
pub struct EvidenceNumber(String);

impl EvidenceNumber {
    /// A number of random bytes, of each of which the lowest five bits are used.
    #[must_use]
    pub fn new(random: [u8; LENGTH]) -> Self {
        let characters = random.iter().filter_map(|byte| {
            let index = usize::from(byte & 31);
            ALPHABET.chars().nth(index)
        });
        Self("E-".chars().chain(characters).collect())
    }

    /// The number.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for EvidenceNumber {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let serial = text.strip_prefix("E-").unwrap_or_default();
        if serial.len() == LENGTH && serial.chars().all(|c| ALPHABET.contains(c)) {
            Ok(Self(text.to_owned()))
        } else {
            Err("expected a number such as E-7K3Q".to_owned())
        }
    }
}

text_value!(EvidenceNumber);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_four_characters_and_comes_back_as_it_went() {
        assert_eq!(EvidenceNumber::new([7, 19, 3, 23]).as_str(), "E-7K3Q");
        for random in [[0; 4], [255; 4], [31, 32, 64, 9]] {
            let number = EvidenceNumber::new(random);
            assert_eq!(number.as_str().parse(), Ok(number));
        }
        for wrong in ["", "E-", "E-12345", "E-12I4", "7K3Q", "e-7k3q"] {
            assert!(wrong.parse::<EvidenceNumber>().is_err());
        }
    }
}
