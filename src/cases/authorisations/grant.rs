//! What a country's authority allows, and from when until when. Pure.

use crate::clock::Instant;
use crate::country::Country;
use crate::delivery::{Ask, Modality};
use crate::ids::AuthorisationId;
use crate::quantity::Quantity;

/// What a country lets happen on its territory. Modalities are a set, not a level: a country may allow live and not
/// substituted goods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The request that it answers.
    pub request: AuthorisationId,
    /// The country that allows it.
    pub country: Country,
    /// How the goods may travel there.
    pub permitted_modalities: Vec<Modality>,
    /// What may be done there.
    pub asks: Vec<Ask>,
    /// The most that may be live, over all consignments.
    pub live_cap: Option<Quantity>,
    /// Where the goods may come in; anywhere when empty.
    pub entry_points: Vec<String>,
    /// Where they may go out; anywhere when empty.
    pub exit_points: Vec<String>,
    /// Whether officers of other countries may be in control of the goods there.
    pub foreign_officers: bool,
    /// The first moment at which it counts.
    pub valid_from: Instant,
    /// The last moment at which it counts.
    pub valid_until: Instant,
    /// The last moment at which it counts while it was only spoken.
    pub confirm_by: Option<Instant>,
    /// When it was revoked, or a new version took its place.
    pub ended_at: Option<Instant>,
}

impl Grant {
    /// Whether the grant counts, or counted, at `at`.
    #[must_use]
    pub fn is_effective(&self, at: Instant) -> bool {
        self.valid_from <= at && at <= self.ends() && self.ended_at.is_none_or(|ended| at < ended)
    }

    /// The last moment at which the grant counts unless it is revoked: an oral one ends when it should have been
    /// confirmed.
    #[must_use]
    pub fn ends(&self) -> Instant {
        self.confirm_by.map_or(self.valid_until, |confirm_by| confirm_by.min(self.valid_until))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Instant {
        Instant::EARLIEST.plus_seconds(seconds)
    }

    fn grant(confirm_by: Option<Instant>) -> Grant {
        Grant {
            request: AuthorisationId::new(at(0)),
            country: "KZ".parse().unwrap(),
            permitted_modalities: vec![Modality::Live],
            asks: vec![Ask::Transit],
            live_cap: None,
            entry_points: Vec::new(),
            exit_points: Vec::new(),
            foreign_officers: false,
            valid_from: at(10),
            valid_until: at(20),
            confirm_by,
            ended_at: None,
        }
    }

    #[test]
    fn it_counts_from_its_first_moment_to_its_last() {
        let grant = grant(None);
        assert!(!grant.is_effective(at(9)));
        assert!(grant.is_effective(at(10)));
        assert!(grant.is_effective(at(20)));
        assert!(!grant.is_effective(at(21)));
    }

    #[test]
    fn what_was_revoked_counted_until_then() {
        let grant = Grant { ended_at: Some(at(15)), ..grant(None) };
        assert!(grant.is_effective(at(14)));
        assert!(!grant.is_effective(at(15)));
    }

    #[test]
    fn one_that_was_only_spoken_ends_when_it_should_have_been_confirmed() {
        assert_eq!(grant(Some(at(15))).ends(), at(15));
        assert!(!grant(Some(at(15))).is_effective(at(16)));
        assert_eq!(grant(Some(at(25))).ends(), at(20));
    }
}
