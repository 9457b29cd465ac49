//! What a State reports.

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::cases::case::model::ConsignmentKind;
use crate::decimal::{self, Shape};
use crate::quantity::Quantity;

const PURITY: Shape = Shape { integer_digits: 3, decimals: 3, negative: false, example: "64.5" };

/// Something that was seized.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "kind": "narcotic", "substance": "heroin", "quantity": {"value": "10.6", "unit": "kg"}, "purity": "64.5"
}))]
pub struct Seizure {
    /// What kind of thing.
    pub kind: ConsignmentKind,
    /// Which substance or thing, in at most 200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    pub substance: Option<String>,
    /// How much.
    pub quantity: Quantity,
    /// How pure, in per cent, from 0 to 100.
    #[serde(default, deserialize_with = "purity", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "64.5")]
    pub purity: Option<Decimal>,
}

fn purity<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Decimal>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    let purity = decimal::parse(&text, PURITY).map_err(serde::de::Error::custom)?;
    if purity > Decimal::ONE_HUNDRED {
        return Err(serde::de::Error::custom("expected a purity from 0 to 100 per cent"));
    }
    Ok(Some(purity))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seizure(purity: &str) -> Result<Seizure, serde_json::Error> {
        serde_json::from_str(&format!(
            r#"{{"kind":"narcotic","quantity":{{"value":"10.60","unit":"kg"}},"purity":{purity}}}"#
        ))
    }

    #[test]
    fn a_purity_is_a_decimal_string_up_to_a_hundred_per_cent() {
        for right in [r#""64.5""#, r#""0""#, r#""100.000""#, "null"] {
            let read = seizure(right).unwrap();
            let again: Seizure =
                serde_json::from_str(&serde_json::to_string(&read).unwrap()).unwrap();
            assert_eq!(again, read);
        }
        for wrong in [r#""100.1""#, "64.5", r#""-1""#, r#""pure""#, r#""1e2""#] {
            assert!(seizure(wrong).is_err(), "{wrong}");
        }
    }
}
