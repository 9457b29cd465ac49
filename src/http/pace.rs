//! How often an account may ask, and how often all accounts of an agency may: whoever asks faster waits.
//!
//! Each node counts for itself, in memory: this protects a node, and is no proof of anything. What has to hold over all
//! nodes, such as wrong one-time passwords in a row, is counted in the database, where it is decided. The clock is one
//! that cannot be set, so that nobody waits because the time of day was corrected.
//!
//! May import: `config`, `error`, `ids`.

use std::hash::Hash;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, MonotonicClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};
use uuid::Uuid;

use crate::config::{Limits, Rate};
use crate::error::{Error, Result};
use crate::ids::AgencyId;

/// How much every account and every agency have asked of late.
pub struct Pace<C: Clock = MonotonicClock> {
    clock: C,
    accounts: Limiter<Uuid, C>,
    agencies: Limiter<AgencyId, C>,
}

type Limiter<K, C> =
    RateLimiter<K, DefaultKeyedStateStore<K>, C, NoOpMiddleware<<C as Clock>::Instant>>;

impl Pace {
    /// Nobody has asked for anything yet.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self::with(MonotonicClock, limits.account, limits.agency)
    }
}

impl<C: Clock + Clone> Pace<C> {
    fn with(clock: C, account: Rate, agency: Rate) -> Self {
        Self {
            accounts: limiter(account, clock.clone()),
            agencies: limiter(agency, clock.clone()),
            clock,
        }
    }

    /// Counts a request of `account`, a user or a token of provisioning, of `agency`.
    ///
    /// # Errors
    /// Too many requests, with the seconds until the next.
    pub fn count(&self, account: Uuid, agency: AgencyId) -> Result<()> {
        self.ask(&self.accounts, &account, "Too many requests of this account.")?;
        self.ask(&self.agencies, &agency, "Too many requests of this agency.")
    }

    fn ask<K>(&self, limiter: &Limiter<K, C>, key: &K, words: &str) -> Result<()>
    where
        K: Hash + Eq + Clone,
    {
        let Err(refused) = limiter.check_key(key) else { return Ok(()) };
        let wait = refused.wait_time_from(self.clock.now());
        Err(Error::too_many(whole_seconds(wait), words))
    }
}

impl<C: Clock> std::fmt::Debug for Pace<C> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (accounts, agencies) = (self.accounts.len(), self.agencies.len());
        write!(formatter, "{accounts} accounts of {agencies} agencies")
    }
}

fn limiter<K: Hash + Eq + Clone, C: Clock>(rate: Rate, clock: C) -> Limiter<K, C> {
    let at_least_one = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
    let quota =
        Quota::per_second(at_least_one(rate.per_second)).allow_burst(at_least_one(rate.burst));
    RateLimiter::new(quota, DefaultKeyedStateStore::default(), clock)
}

/// `wait`, rounded up: who waits that long is not refused again.
fn whole_seconds(wait: Duration) -> u32 {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    u32::try_from(seconds.max(1)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;

    use super::*;

    fn pace(clock: &FakeRelativeClock) -> Pace<FakeRelativeClock> {
        let account = Rate { per_second: 1, burst: 3 };
        Pace::with(clock.clone(), account, Rate { per_second: 2, burst: 5 })
    }

    fn user(number: u128) -> Uuid {
        Uuid::from_u128(number)
    }

    fn agency(number: u128) -> AgencyId {
        AgencyId::from_uuid(Uuid::from_u128(number))
    }

    #[test]
    fn an_account_waits_and_no_other_does() {
        let clock = FakeRelativeClock::default();
        let pace = pace(&clock);
        for _ in 0..3 {
            assert!(pace.count(user(1), agency(1)).is_ok());
        }
        let refused = pace.count(user(1), agency(1)).unwrap_err();
        assert_eq!(refused.code().name, "too-many-requests");
        assert_eq!(refused.retry_after(), Some(1));
        assert!(pace.count(user(2), agency(1)).is_ok());
        clock.advance(Duration::from_secs(1));
        assert!(pace.count(user(1), agency(1)).is_ok());
        assert!(pace.count(user(1), agency(1)).is_err());
    }

    #[test]
    fn an_agency_waits_whoever_asks_and_no_other_does() {
        let clock = FakeRelativeClock::default();
        let pace = pace(&clock);
        for number in 0..5 {
            assert!(pace.count(user(number), agency(1)).is_ok());
        }
        assert!(pace.count(user(9), agency(1)).is_err());
        assert!(pace.count(user(10), agency(2)).is_ok());
        clock.advance(Duration::from_millis(500));
        assert!(pace.count(user(11), agency(1)).is_ok());
        assert!(pace.count(user(12), agency(1)).is_err());
    }

    #[test]
    fn whoever_is_told_to_wait_is_told_whole_seconds() {
        assert_eq!(whole_seconds(Duration::from_millis(1)), 1);
        assert_eq!(whole_seconds(Duration::from_millis(1001)), 2);
        assert_eq!(whole_seconds(Duration::ZERO), 1);
    }
}
