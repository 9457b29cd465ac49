//! Days of the calendar, where the hour says nothing: when something was reviewed, when it is due again.
//!
//! May import: `clock`, `text_value`.

use std::str::FromStr;

use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::sql_types::Text;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use utoipa::ToSchema;

use crate::clock::Instant;
use crate::text_value;

/// A day, `2026-03-01` (RFC 3339, `full-date`). Days are ordered as they follow each other, also in both databases.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, ToSchema, AsExpression, FromSqlRow,
)]
#[diesel(sql_type = Text)]
#[schema(value_type = String, format = "date", example = "2026-03-01")]
pub struct Day(String);

impl Day {
    /// The day in UTC at `now`.
    #[must_use]
    pub fn of(now: Instant) -> Self {
        Self(now.timestamp().to_zoned_datetime(TimeZone::UTC).date().to_string())
    }

    /// When the next day begins, in UTC; nothing where that is beyond all times.
    #[must_use]
    pub fn next(&self) -> Option<Instant> {
        let next = self.0.parse::<Date>().ok()?.tomorrow().ok()?;
        format!("{next}T00:00:00Z").parse().ok()
    }

    /// The day as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Day {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // Other spellings of the same day would be ordered wrongly.
        let day = text.parse::<Date>().map(|date| date.to_string());
        match day {
            Ok(day) if day == text && text.len() == 10 => Ok(Self(day)),
            _ => Err("expected a day such as 2026-03-01"),
        }
    }
}

text_value!(Day);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_day_is_written_in_one_way() {
        for right in ["2026-03-01", "2024-02-29", "0001-01-01", "9999-12-31"] {
            assert_eq!(right.parse::<Day>().unwrap().as_str(), right);
        }
        for wrong in ["", "2026-3-1", "20260301", "2026-02-29", "2026-03-01T00:00", "-000001-01-01"]
        {
            assert!(wrong.parse::<Day>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_day_is_that_of_utc() {
        let day = |text: &str| Day::of(text.parse().unwrap()).to_string();
        assert_eq!(day("2026-03-01T23:59:59Z"), "2026-03-01");
        assert_eq!(day("2026-03-02T04:00:00+06:00"), "2026-03-01");
    }

    #[test]
    fn a_day_ends_where_the_next_one_begins() {
        let next = |day: &str| day.parse::<Day>().unwrap().next();
        assert_eq!(next("2024-02-29"), Some("2024-03-01T00:00:00Z".parse().unwrap()));
        assert_eq!(next("9999-12-31"), None);
    }

    proptest! {
        #[test]
        fn days_follow_each_other(one in 0i64..200_000_000_000, other in 0i64..200_000_000_000) {
            let instant = |seconds: i64| Instant::from_microseconds(seconds * 1_000_000).unwrap();
            let (one, other) = (one.min(other), one.max(other));
            prop_assert!(Day::of(instant(one)) <= Day::of(instant(other)));
        }
    }
}
