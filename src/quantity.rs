//! Quantities: a decimal with its unit, `{"value":"10.6","unit":"kg"}`.
//!
//! A [`Quantity`] is never negative, has at most 12 digits before and 6 after the point, and keeps the digits as they
//! were written.
//!
//! May import: `decimal`, `text_enum`.

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::decimal::{self, Shape};
use crate::text_enum;

const SHAPE: Shape = Shape { integer_digits: 12, decimals: 6, negative: false, example: "10.6" };

text_enum! {
    /// What a quantity is counted in. Money is counted in its currency's ISO 4217 code in small letters.
    pub enum Unit {
        /// Tonne.
        Tonne = "t",
        /// Kilogram.
        Kilogram = "kg",
        /// Gram.
        Gram = "g",
        /// Milligram.
        Milligram = "mg",
        /// Litre.
        Litre = "l",
        /// Millilitre.
        Millilitre = "ml",
        /// Cubic metre.
        CubicMetre = "m3",
        /// Metre.
        Metre = "m",
        /// Becquerel, for radioactive material.
        Becquerel = "bq",
        /// Piece.
        Piece = "piece",
        /// Tablet.
        Tablet = "tablet",
        /// Capsule.
        Capsule = "capsule",
        /// Ampoule.
        Ampoule = "ampoule",
        /// Blotter, one dose on paper.
        Blotter = "blotter",
        /// Plant.
        Plant = "plant",
        /// Package, of whatever content.
        Package = "package",
        /// Pack, as cigarettes are sold.
        Pack = "pack",
        /// Carton of packs.
        Carton = "carton",
        /// Cigarette.
        Cigarette = "cigarette",
        /// Round of ammunition.
        Round = "round",
        /// Live animal or whole specimen.
        Specimen = "specimen",
        /// United States dollar.
        Usd = "usd",
        /// Euro.
        Eur = "eur",
        /// Kyrgyz som.
        Kgs = "kgs",
        /// Kazakh tenge.
        Kzt = "kzt",
        /// Uzbek sum.
        Uzs = "uzs",
        /// Tajik somoni.
        Tjs = "tjs",
        /// Turkmen manat.
        Tmt = "tmt",
        /// Russian rouble.
        Rub = "rub",
        /// Chinese yuan.
        Cny = "cny",
        /// Afghan afghani.
        Afn = "afn",
        /// Iranian rial.
        Irr = "irr",
        /// Pakistani rupee.
        Pkr = "pkr",
        /// Indian rupee.
        Inr = "inr",
        /// Azerbaijani manat.
        Azn = "azn",
        /// Georgian lari.
        Gel = "gel",
        /// Armenian dram.
        Amd = "amd",
        /// Turkish lira.
        Try = "try",
        /// Ukrainian hryvnia.
        Uah = "uah",
        /// Belarusian rouble.
        Byn = "byn",
        /// Mongolian tugrik.
        Mnt = "mnt",
        /// United Arab Emirates dirham.
        Aed = "aed",
        /// Pound sterling.
        Gbp = "gbp",
        /// Swiss franc.
        Chf = "chf",
        /// Japanese yen.
        Jpy = "jpy",
    }
}

impl Unit {
    /// How many of `other` one of this is, where both measure the same.
    fn per(self, other: Self) -> Option<Decimal> {
        /// The measure and how many of its smallest unit one is.
        fn size(unit: Unit) -> (u8, i64) {
            match unit {
                Unit::Milligram => (1, 1),
                Unit::Gram => (1, 1_000),
                Unit::Kilogram => (1, 1_000_000),
                Unit::Tonne => (1, 1_000_000_000),
                Unit::Millilitre => (2, 1),
                Unit::Litre => (2, 1_000),
                Unit::CubicMetre => (2, 1_000_000),
                _ => (0, 1),
            }
        }
        if self == other {
            return Some(Decimal::ONE);
        }
        let ((measure, one), (wanted, unit)) = (size(self), size(other));
        let same = measure == wanted && measure != 0;
        same.then(|| Decimal::from(one)).and_then(|one| one.checked_div(Decimal::from(unit)))
    }

    /// Whether this unit is money.
    #[must_use]
    pub fn is_currency(self) -> bool {
        self >= Self::Usd
    }
}

/// How much of something there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Quantity {
    /// A plain decimal as a string, not negative, at most 12 digits before and 6 after the point.
    #[serde(deserialize_with = "value_from_text")]
    #[schema(value_type = String, example = "10.6", pattern = r"^(0|[1-9][0-9]{0,11})(\.[0-9]{1,6})?$")]
    value: Decimal,
    /// What is counted.
    unit: Unit,
}

impl Quantity {
    /// `value` as written, such as `10.6`, of `unit`.
    ///
    /// # Errors
    /// In words for people, when `value` is not a plain decimal within the limits.
    pub fn parse(value: &str, unit: Unit) -> Result<Self, String> {
        decimal::parse(value, SHAPE).map(|value| Self { value, unit })
    }

    /// `value` of `unit`.
    ///
    /// # Errors
    /// In words for people, when `value` is negative or has too many digits.
    pub fn new(value: Decimal, unit: Unit) -> Result<Self, String> {
        Self::parse(&value.to_string(), unit)
    }

    /// The quantity of `unit` that is closest to `value`: not negative, and of no more digits than there may be.
    #[must_use]
    pub fn closest(value: Decimal, unit: Unit) -> Self {
        let most = Decimal::from_i128_with_scale(999_999_999_999_999_999, 6);
        Self { value: value.clamp(Decimal::ZERO, most).round_dp(6).normalize(), unit }
    }

    /// The number.
    #[must_use]
    pub fn value(&self) -> Decimal {
        self.value
    }

    /// What is counted.
    #[must_use]
    pub fn unit(&self) -> Unit {
        self.unit
    }

    /// The number of `unit` that this is; none where the two do not measure the same.
    #[must_use]
    pub fn counted_in(&self, unit: Unit) -> Option<Decimal> {
        self.value.checked_mul(self.unit.per(unit)?)
    }
}

impl std::fmt::Display for Quantity {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} {}", self.value, self.unit)
    }
}

fn value_from_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
    decimal::deserialize(deserializer, SHAPE)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text_enum::TextEnum;

    fn error(json: &str) -> String {
        serde_json::from_str::<Quantity>(json).unwrap_err().to_string()
    }

    #[test]
    fn the_digits_come_back_as_written() {
        for json in [
            r#"{"value":"10.6","unit":"kg"}"#,
            r#"{"value":"10.600","unit":"g"}"#,
            r#"{"value":"0","unit":"piece"}"#,
            r#"{"value":"250000.00","unit":"usd"}"#,
        ] {
            let quantity: Quantity = serde_json::from_str(json).unwrap();
            assert_eq!(serde_json::to_string(&quantity).unwrap(), json);
        }
    }

    #[test]
    fn a_json_number_is_refused_with_the_reason() {
        for json in [
            r#"{"value":10.6,"unit":"kg"}"#,
            r#"{"value":10,"unit":"kg"}"#,
            r#"{"value":-1,"unit":"kg"}"#,
        ] {
            assert!(
                error(json).starts_with("expected a string such as \"10.6\", not a JSON number")
            );
        }
    }

    #[test]
    fn what_else_is_wrong_is_said() {
        assert!(error(r#"{"value":"1e3","unit":"kg"}"#).contains("plain decimal"));
        assert!(error(r#"{"value":"-1","unit":"kg"}"#).contains("not negative"));
        assert!(error(r#"{"value":null,"unit":"kg"}"#).contains("a decimal as a string"));
        assert!(error(r#"{"value":"1","unit":"stone"}"#).contains("expected one of t, kg, g, mg"));
        assert!(error(r#"{"value":"1","unit":"kg","more":1}"#).contains("unknown field"));
        assert!(error(r#"{"value":"1"}"#).contains("missing field `unit`"));
    }

    #[test]
    fn numbers_out_of_the_limits_are_refused() {
        assert!(Quantity::new(Decimal::new(-1, 0), Unit::Gram).is_err());
        assert!(Quantity::new(Decimal::new(1, 7), Unit::Gram).is_err());
        assert!(Quantity::new(Decimal::MAX, Unit::Gram).is_err());
        assert_eq!(Quantity::new(Decimal::new(106, 1), Unit::Gram).unwrap().to_string(), "10.6 g");
    }

    #[test]
    fn money_is_what_has_three_letters_of_iso_4217() {
        let money: Vec<_> = Unit::ALL.iter().filter(|unit| unit.is_currency()).collect();
        assert_eq!(money.len(), 24);
        assert!(money.iter().all(|unit| unit.as_str().len() == 3));
        assert!(!Unit::Kilogram.is_currency() && !Unit::Specimen.is_currency());
    }

    #[test]
    fn what_measures_the_same_is_counted_alike() {
        let one = |value: &str, unit| Quantity::parse(value, unit).unwrap();
        let grams = one("1.5", Unit::Kilogram).counted_in(Unit::Gram).unwrap();
        assert_eq!(grams, Decimal::from(1500));
        let tonnes = one("1", Unit::Milligram).counted_in(Unit::Tonne).unwrap();
        assert_eq!(tonnes, Decimal::new(1, 9));
        assert_eq!(one("2", Unit::CubicMetre).counted_in(Unit::Litre), Some(Decimal::from(2000)));
        assert_eq!(one("7", Unit::Tablet).counted_in(Unit::Tablet), Some(Decimal::from(7)));
        for (value, unit) in
            [(Unit::Kilogram, Unit::Litre), (Unit::Tablet, Unit::Piece), (Unit::Usd, Unit::Eur)]
        {
            assert_eq!(one("1", value).counted_in(unit), None);
        }
    }

    #[test]
    fn the_schema_tells_of_a_string() {
        let schema = serde_json::to_value(<Quantity as utoipa::PartialSchema>::schema()).unwrap();
        assert_eq!(schema["properties"]["value"]["type"], "string");
    }

    proptest! {
        #[test]
        fn it_survives_json(text in "(0|[1-9][0-9]{0,11})(\\.[0-9]{1,6})?") {
            let quantity = Quantity::parse(&text, Unit::Kilogram).unwrap();
            let back: Quantity =
                serde_json::from_str(&serde_json::to_string(&quantity).unwrap()).unwrap();
            prop_assert_eq!(back.value().to_string(), text);
        }
    }
}
