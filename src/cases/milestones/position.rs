//! Where something was, in decimal degrees of WGS 84.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::decimal::{self, Shape};

const LATITUDE: Shape =
    Shape { integer_digits: 2, decimals: 7, negative: true, example: "42.8746" };
const LONGITUDE: Shape =
    Shape { integer_digits: 3, decimals: 7, negative: true, example: "74.5698" };

/// A point on the earth: decimal strings, `{"latitude":"42.8746","longitude":"74.5698"}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// Degrees north, from -90 to 90, at most seven decimals.
    #[serde(deserialize_with = "latitude")]
    #[schema(value_type = String, example = "42.8746")]
    latitude: Decimal,
    /// Degrees east, from -180 to 180, at most seven decimals.
    #[serde(deserialize_with = "longitude")]
    #[schema(value_type = String, example = "74.5698")]
    longitude: Decimal,
}

impl Position {
    /// The point at `latitude` and `longitude`, as written.
    ///
    /// # Errors
    /// In words for people, when one is not a plain decimal within its limits.
    pub fn parse(latitude: &str, longitude: &str) -> Result<Self, String> {
        Ok(Self {
            latitude: within(decimal::parse(latitude, LATITUDE)?, 90, "latitude")?,
            longitude: within(decimal::parse(longitude, LONGITUDE)?, 180, "longitude")?,
        })
    }

    /// Degrees north.
    #[must_use]
    pub fn latitude(&self) -> Decimal {
        self.latitude
    }

    /// Degrees east.
    #[must_use]
    pub fn longitude(&self) -> Decimal {
        self.longitude
    }
}

/// `latitude, longitude` in degrees.
impl fmt::Display for Position {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}, {}", self.latitude, self.longitude)
    }
}

fn within(degrees: Decimal, most: i64, name: &str) -> Result<Decimal, String> {
    if degrees.abs() <= Decimal::from(most) {
        Ok(degrees)
    } else {
        Err(format!("expected a {name} from -{most} to {most}"))
    }
}

fn latitude<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
    let degrees = decimal::deserialize(deserializer, LATITUDE)?;
    within(degrees, 90, "latitude").map_err(serde::de::Error::custom)
}

fn longitude<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
    let degrees = decimal::deserialize(deserializer, LONGITUDE)?;
    within(degrees, 180, "longitude").map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_two_decimal_strings_kept_as_written() {
        let json = r#"{"latitude":"42.8746","longitude":"-74.56980"}"#;
        let position: Position = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&position).unwrap(), json);
        assert_eq!(position, Position::parse("42.8746", "-74.56980").unwrap());
    }

    #[test]
    fn the_edges_of_the_world_are_inside_and_what_lies_beyond_is_not() {
        assert!(Position::parse("-90", "180.0000000").is_ok());
        assert!(Position::parse("90.0", "-180").is_ok());
        for (latitude, longitude, expected) in [
            ("90.1", "0", "latitude from -90 to 90"),
            ("0", "-180.0000001", "longitude from -180 to 180"),
            ("42,8", "0", "plain decimal"),
            ("1e1", "0", "plain decimal"),
            ("0", "0.00000001", "7 after"),
        ] {
            let error = Position::parse(latitude, longitude).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn numbers_and_half_positions_are_refused() {
        for json in [
            r#"{"latitude":42.8,"longitude":"74"}"#,
            r#"{"latitude":"42.8"}"#,
            r#"{"latitude":"42.8","longitude":"181"}"#,
            r#"{"latitude":"42.8","longitude":"74","altitude":"800"}"#,
        ] {
            assert!(serde_json::from_str::<Position>(json).is_err(), "{json}");
        }
    }
}
