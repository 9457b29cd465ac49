//! The reference of a case: `KG-2026-7K3QX`.
//!
//! Country of the lead (`R` for a regional lead), year, five random characters of Crockford's base 32, so that
//! references do not tell how many cases a lead has.
//!
//! May import: `country`, `text_value`.

use std::fmt::Write as _;
use std::str::FromStr;

use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::sql_types::Text;
use utoipa::ToSchema;

use crate::country::Country;
use crate::text_value;

/// Crockford's base 32: no I, L, O, U.
const ALPHABET: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const SERIAL_LENGTH: u32 = 5;
const REGIONAL: &str = "R";

/// A case's reference, such as `KG-2026-7K3QX`.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, ToSchema, AsExpression, FromSqlRow,
)]
#[diesel(sql_type = Text)]
#[schema(
    value_type = String,
    example = "KG-2026-7K3QX",
    pattern = "^([A-Z]{2}|R)-[0-9]{4}-[0-9A-HJKMNP-TV-Z]{5}$"
)]
pub struct CaseReference(String);

impl CaseReference {
    /// The reference of a case that a lead of `country` (`None`: a regional lead) opens in `year`. Of `random` the
    /// lowest 25 bits are used; they should come from a cryptographic source.
    #[must_use]
    pub fn new(country: Option<Country>, year: i16, random: u32) -> Self {
        let lead = country.as_ref().map_or(REGIONAL, Country::as_str);
        let mut reference = format!("{lead}-{:04}-", year.clamp(0, 9999));
        for place in (0..SERIAL_LENGTH).rev() {
            let index = (random >> (5 * place)) & 31;
            let character = ALPHABET.chars().nth(index as usize).unwrap_or('0');
            // Writing to a String cannot fail.
            let _ = reference.write_char(character);
        }
        Self(reference)
    }

    /// The reference.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CaseReference {
    type Err = String;

    /// Reads a reference as people write it: small letters count as capitals, and in the random part O as 0, I and L
    /// as 1 (Crockford).
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || "expected a case reference such as KG-2026-7K3QX".to_owned();
        let capitals = text.trim().to_ascii_uppercase();
        let mut parts = capitals.split('-');
        let (Some(lead), Some(year), Some(serial), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(error());
        };
        let lead_is_fine = lead == REGIONAL || lead.parse::<Country>().is_ok();
        let year_is_fine = year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit());
        let serial: String = serial
            .chars()
            .map(|c| match c {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            })
            .collect();
        let serial_is_fine = serial.chars().count() == SERIAL_LENGTH as usize
            && serial.chars().all(|c| ALPHABET.contains(c));
        if lead_is_fine && year_is_fine && serial_is_fine {
            Ok(Self(format!("{lead}-{year}-{serial}")))
        } else {
            Err(error())
        }
    }
}

text_value!(CaseReference);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn it_has_the_leads_country_the_year_and_five_characters() {
        let kg = "KG".parse().unwrap();
        assert_eq!(CaseReference::new(Some(kg), 2026, 0).as_str(), "KG-2026-00000");
        assert_eq!(CaseReference::new(None, 2026, u32::MAX).as_str(), "R-2026-ZZZZZ");
        assert_eq!(CaseReference::new(Some(kg), 2026, 1).as_str(), "KG-2026-00001");
        assert_eq!(
            CaseReference::new(Some(kg), 2026, 0b00111_10011_00011_10111_11101).as_str(),
            "KG-2026-7K3QX"
        );
    }

    #[test]
    fn people_may_write_it_in_their_way() {
        let read = |text: &str| text.parse::<CaseReference>().unwrap().to_string();
        assert_eq!(read("KG-2026-7K3QX"), "KG-2026-7K3QX");
        assert_eq!(read(" kg-2026-7k3qx "), "KG-2026-7K3QX");
        assert_eq!(read("r-2026-oil0l"), "R-2026-01101");
    }

    #[test]
    fn anything_else_is_refused() {
        for wrong in [
            "",
            "KG",
            "KG-2026",
            "KG-2026-7K3Q",
            "KG-2026-7K3QXX",
            "KG-26-7K3QX",
            "XX-2026-7K3QX",
            "KG-2026-7K3QU",
            "KG-2026-7K3QX-",
            "-2026-7K3QX",
            "RR-2026-7K3QX",
            "KG 2026 7K3QX",
            "KG-٢٠٢٦-7K3QX",
            "KG-2026-7К3QX",
        ] {
            assert!(wrong.parse::<CaseReference>().is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn every_reference_made_can_be_read(index in 0_usize..249, year in 2000_i16..3000, random: u32) {
            let reference = CaseReference::new(Country::all().nth(index), year, random);
            prop_assert_eq!(reference.to_string().parse::<CaseReference>(), Ok(reference));
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC*") {
            let _ = text.parse::<CaseReference>();
        }
    }
}
