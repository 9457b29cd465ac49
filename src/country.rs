//! Countries as ISO 3166-1 alpha-2 codes.
//!
//! A [`Country`] is always one of the 249 officially assigned codes, in capitals.
//!
//! May import: `text_value`.

use std::fmt;
use std::str::FromStr;

use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::sql_types::Text;
use utoipa::ToSchema;

use crate::text_value;

/// The officially assigned codes of ISO 3166-1 alpha-2, sorted.
const CODES: [[u8; 2]; 249] = codes(
    b"ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZ\
CACCCDCFCGCHCICKCLCMCNCOCRCUCVCWCXCYCZDEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFR\
GAGBGDGEGFGGGHGIGLGMGNGPGQGRGSGTGUGWGYHKHMHNHRHTHUIDIEILIMINIOIQIRISITJEJMJOJP\
KEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZ\
NANCNENFNGNINLNONPNRNUNZOMPAPEPFPGPHPKPLPMPNPRPSPTPWPYQARERORSRURW\
SASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSVSXSYSZTCTDTFTGTHTJTKTLTMTNTOTRTTTVTWTZ\
UAUGUMUSUYUZVAVCVEVGVIVNVUWFWSYEYTZAZMZW",
);

/// Cuts the run of letters into its codes.
#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler: out of bounds does not build"
)]
const fn codes(letters: &[u8; 498]) -> [[u8; 2]; 249] {
    let mut codes = [[0; 2]; 249];
    let mut index = 0;
    while index < codes.len() {
        codes[index] = [letters[2 * index], letters[2 * index + 1]];
        index += 1;
    }
    codes
}

/// A country's code, such as `KG` (ISO 3166-1 alpha-2).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ToSchema, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
#[schema(value_type = String, example = "KG", pattern = "^[A-Z]{2}$")]
pub struct Country([u8; 2]);

impl Country {
    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Every country, in the order of the codes.
    pub fn all() -> impl Iterator<Item = Self> {
        CODES.iter().copied().map(Self)
    }
}

impl FromStr for Country {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = |bytes: [u8; 2]| CODES.binary_search(&bytes).is_ok().then_some(Self(bytes));
        let bytes = <[u8; 2]>::try_from(text.as_bytes()).ok();
        if let Some(country) = bytes.and_then(known) {
            return Ok(country);
        }
        match <[u8; 2]>::try_from(text.trim().to_ascii_uppercase().as_bytes()).ok().and_then(known)
        {
            Some(country) => Err(format!("expected the country in two capitals: {country}")),
            None => Err("expected a country as in ISO 3166-1 alpha-2, such as KG".to_owned()),
        }
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

text_value!(Country);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_table_is_sorted_and_has_the_neighbours() {
        assert!(CODES.is_sorted_by(|left, right| left < right));
        assert_eq!(Country::all().count(), 249);
        for code in ["KG", "KZ", "UZ", "TJ", "TM", "RU", "CN", "AF", "AZ", "TR", "IR", "GB", "ZW"] {
            assert_eq!(code.parse::<Country>().unwrap().as_str(), code);
        }
    }

    #[test]
    fn what_is_no_assigned_code_is_refused_with_what_would_be_right() {
        for wrong in ["", "K", "XX", "UK", "EU", "XK", "KGZ", "Кг", "K1", "kk"] {
            assert!(wrong.parse::<Country>().unwrap_err().contains("ISO 3166-1"), "{wrong}");
        }
        let error = "kg".parse::<Country>().unwrap_err();
        assert_eq!(error, "expected the country in two capitals: KG");
    }

    #[test]
    fn it_is_a_string_in_json_and_in_the_schema() {
        let country: Country = serde_json::from_str("\"KG\"").unwrap();
        assert_eq!(serde_json::to_string(&country).unwrap(), "\"KG\"");
        assert!(serde_json::from_str::<Country>("\"ZZ\"").is_err());
        assert!(serde_json::from_str::<Country>("7").is_err());
        let schema = serde_json::to_value(<Country as utoipa::PartialSchema>::schema()).unwrap();
        assert_eq!(schema["type"], "string");
        assert_eq!(schema["pattern"], "^[A-Z]{2}$");
    }

    #[test]
    fn it_goes_through_a_database_as_text() {
        use diesel::prelude::*;
        let mut connection = diesel::SqliteConnection::establish(":memory:").unwrap();
        let country: Country = "UZ".parse().unwrap();
        let back = diesel::select(country.into_sql::<Text>())
            .get_result::<Country>(&mut connection)
            .unwrap();
        assert_eq!(back, country);
        assert!(
            diesel::select("ZZ".into_sql::<Text>()).get_result::<Country>(&mut connection).is_err()
        );
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC*") {
            if let Ok(country) = text.parse::<Country>() {
                prop_assert_eq!(country.to_string(), text);
            }
        }
    }
}
