//! Time as a parameter.
//!
//! Everything that has a lifetime takes a [`Clock`]; the global clock is forbidden by lint, so that expiry can be
//! tested without sleeping. Times are UTC and cut to microseconds, which both databases keep exactly.
//!
//! May import: nothing of this crate.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex};

use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::query_builder::QueryId;
use diesel::sql_types::SqlType;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The SQL type of moments: `timestamptz` on PostgreSQL, integer microseconds since 1970 on SQLite.
#[derive(Debug, Clone, Copy, Default, QueryId, SqlType)]
#[diesel(postgres_type(oid = 1184, array_oid = 1185))]
#[diesel(sqlite_type(name = "Long"))]
pub struct Moment;

impl diesel::sql_types::SqlOrd for Moment {}

/// A moment in UTC with microsecond precision; RFC 3339 with six decimals on the wire.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Moment)]
pub struct Instant(Timestamp);

impl Instant {
    /// The first moment of all: the beginning of the year 1, which both databases can keep.
    pub const EARLIEST: Self = Self(Timestamp::constant(-62_135_596_800, 0));

    /// Cuts `timestamp` down to whole microseconds.
    ///
    /// # Errors
    /// When the moment lies outside of the years that can be represented.
    pub fn new(timestamp: Timestamp) -> Result<Self, jiff::Error> {
        let kept = timestamp >= Self::EARLIEST.0;
        // What lies before is refused in the words of what cannot be represented at all.
        Timestamp::from_microsecond(if kept { timestamp.as_microsecond() } else { i64::MIN })
            .map(Self)
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// When the moment lies outside of the years that can be represented.
    pub fn from_microseconds(microseconds: i64) -> Result<Self, jiff::Error> {
        Timestamp::from_microsecond(microseconds).map(Self)
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn microseconds(self) -> i64 {
        self.0.as_microsecond()
    }

    /// Whole seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn seconds(self) -> i64 {
        self.0.as_second()
    }

    /// The moment `seconds` later (earlier when negative); stays at the end of time when there is none.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        let shifted = self.microseconds().saturating_add(seconds.saturating_mul(1_000_000));
        Timestamp::from_microsecond(shifted).map_or(Self(Timestamp::MAX), Self)
    }

    /// The year in UTC.
    #[must_use]
    pub fn year(self) -> i16 {
        self.0.to_zoned_datetime(jiff::tz::TimeZone::UTC).year()
    }

    /// The underlying timestamp.
    #[must_use]
    pub fn timestamp(self) -> Timestamp {
        self.0
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:.6}", self.0)
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for Instant {
    type Err = jiff::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<Timestamp>().and_then(Self::new)
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|_| {
            serde::de::Error::custom(
                "expected a time in RFC 3339 with an offset, such as 2026-03-01T04:30:00Z",
            )
        })
    }
}

impl utoipa::PartialSchema for Instant {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("RFC 3339; answers are in UTC with microseconds."))
            .examples(["2026-03-01T04:30:00.000000Z"])
            .into()
    }
}

impl utoipa::ToSchema for Instant {
    fn name() -> std::borrow::Cow<'static, str> {
        "Instant".into()
    }
}

/// Whoever tells the time.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Instant;
}

/// A clock that many parts share.
pub type SharedClock = Arc<dyn Clock>;

/// The machine's clock: the one place that may ask for it.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the machine's clock is read"
    )]
    fn now(&self) -> Instant {
        Instant::new(Timestamp::now()).unwrap_or(Instant(Timestamp::UNIX_EPOCH))
    }
}

/// A clock that stands still until it is moved: for tests and for the demonstration's past.
#[derive(Debug)]
pub struct ManualClock(Mutex<Instant>);

impl ManualClock {
    /// A clock that shows `start`.
    #[must_use]
    pub fn new(start: Instant) -> Self {
        Self(Mutex::new(start))
    }

    /// Sets the hands to `moment`.
    pub fn set(&self, moment: Instant) {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = moment;
    }

    /// Moves the hands by `seconds`.
    pub fn advance(&self, seconds: i64) {
        let now = self.now();
        self.set(now.plus_seconds(seconds));
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Instant {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_with_six_decimals_and_cut_to_microseconds() {
        let instant: Instant = "2026-03-01T04:30:00.123456789+06:00".parse().unwrap();
        assert_eq!(instant.to_string(), "2026-02-28T22:30:00.123456Z");
        assert_eq!(Instant::from_microseconds(instant.microseconds()).unwrap(), instant);
    }

    #[test]
    fn a_time_that_a_database_cannot_keep_is_no_instant() {
        assert!("-005000-01-01T00:00:00Z".parse::<Instant>().is_err());
        assert!("0000-12-31T23:59:59Z".parse::<Instant>().is_err());
        let earliest: Instant = "0001-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(earliest, Instant::EARLIEST);
    }

    #[test]
    fn a_local_time_without_offset_is_no_instant() {
        assert!("2026-03-01T04:30:00".parse::<Instant>().is_err());
        assert!("yesterday".parse::<Instant>().is_err());
    }
}
